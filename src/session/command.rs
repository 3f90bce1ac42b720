//! What a host asks a device to do.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Fault, Result};
use crate::syncml::{Atomic, Command, Data, Encoding, Format, Item, Message, Meta, Operation};
use crate::uri::NodeUri;

use super::interaction::UiCommand;

/// A command of the host, not yet numbered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewCommand {
    /// Ask for the values of nodes.
    Get(Vec<String>),
    /// Remove nodes.
    Delete(Vec<String>),
    /// Make nodes.
    Add(Vec<NewItem>),
    /// Set values.
    Replace(Vec<NewItem>),
    /// Commands to be executed one after the other.
    Sequence(Vec<NewCommand>),
    /// Tell or ask the user.
    Interaction(UiCommand),
}

/// A node and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewItem {
    /// The node.
    pub uri: String,
    /// The value.
    pub data: Option<Data>,
    /// The format of the value; `chr` where it is left out, `bin` for octets.
    pub format: Option<Format>,
    /// The media type of the value; `text/plain` where it is left out.
    pub mime: Option<String>,
}

/// What the session remembers of a command that it has put into a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shape {
    /// CmdID in the message.
    pub(crate) cmd_id: u32,
    /// The path inside Sequence.
    pub(crate) child: Vec<u32>,
    /// The nodes that it addresses, one for each item; empty for an alert or Sequence.
    pub(crate) uris: Vec<String>,
    /// Whether Results may come.
    pub(crate) is_get: bool,
}

impl NewCommand {
    /// Makes sure that the command can be sent.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) or the codec's own code, the fault being the caller's.
    pub(crate) fn check(&self) -> Result<()> {
        let mut next = 1;
        let command = self.number(&mut next, &mut Vec::new(), &mut Vec::new());
        self.check_parts()?;
        let message = Message {
            commands: vec![command],
            ..Message::default()
        };
        message
            .encode(Encoding::Xml, false)
            .map(drop)
            .map_err(|error| error.blaming(Fault::Caller))
    }

    /// The recursion is bounded by the depth that the JavaScript floor and the codec allow.
    fn check_parts(&self) -> Result<()> {
        let uris: Vec<&str> = match self {
            Self::Get(uris) | Self::Delete(uris) => uris.iter().map(String::as_str).collect(),
            Self::Add(items) | Self::Replace(items) => {
                items.iter().map(|item| item.uri.as_str()).collect()
            }
            Self::Sequence(commands) if commands.is_empty() => {
                return Err(Error::arg("an empty sequence").expecting("at least one command"));
            }
            Self::Sequence(commands) => return commands.iter().try_for_each(Self::check_parts),
            Self::Interaction(_) => return Ok(()),
        };
        if uris.is_empty() {
            return Err(Error::arg("a command without node").expecting("at least one URI"));
        }
        match uris.iter().find(|uri| NodeUri::parse(uri).is_err()) {
            Some(_) => {
                Err(Error::arg("no URI of a node").expecting("a URI such as ./DevInfo/DevId"))
            }
            None => Ok(()),
        }
    }

    /// The command as it goes into a message: CmdIDs are counted on from `next`, parents before children.
    pub(crate) fn number(
        &self,
        next: &mut u32,
        child: &mut Vec<u32>,
        shapes: &mut Vec<Shape>,
    ) -> Command {
        let cmd_id = *next;
        *next += 1;
        let mut remember = |uris: Vec<String>, is_get| {
            shapes.push(Shape {
                cmd_id,
                child: child.clone(),
                uris,
                is_get,
            })
        };
        let id = Some(cmd_id.to_string());
        let on_nodes = |items| Operation {
            cmd_id: id.clone(),
            items,
            ..Operation::default()
        };
        let at = |uris: &[String]| uris.iter().map(|uri| Item::at(uri.trim())).collect();
        let values = |items: &[NewItem]| items.iter().map(NewItem::item).collect();
        let uris = |items: &[NewItem]| items.iter().map(|item| item.uri.clone()).collect();
        match self {
            Self::Get(nodes) => {
                remember(nodes.clone(), true);
                Command::Get(on_nodes(at(nodes)))
            }
            Self::Delete(nodes) => {
                remember(nodes.clone(), false);
                Command::Delete(on_nodes(at(nodes)))
            }
            Self::Add(items) => {
                remember(uris(items), false);
                Command::Add(on_nodes(values(items)))
            }
            Self::Replace(items) => {
                remember(uris(items), false);
                Command::Replace(on_nodes(values(items)))
            }
            Self::Interaction(command) => {
                remember(Vec::new(), false);
                Command::Alert(command.to_alert(cmd_id.to_string()))
            }
            Self::Sequence(commands) => {
                remember(Vec::new(), false);
                let mut inner = Vec::with_capacity(commands.len());
                for (index, command) in (0..).zip(commands) {
                    child.push(index);
                    inner.push(command.number(next, child, shapes));
                    child.pop();
                }
                Command::Sequence(Atomic {
                    cmd_id: id,
                    commands: inner,
                    ..Atomic::default()
                })
            }
        }
    }
}

impl NewItem {
    /// Meta is written where format or type are not the default values.
    fn item(&self) -> Item {
        let format = match (self.format, &self.data) {
            (None | Some(Format::Chr), Some(Data::Octets(_))) => Some(Format::Bin),
            (None | Some(Format::Chr), _) => None,
            (format, _) => format,
        };
        let format = format.map(|format| format.name().to_owned());
        let has_meta = format.is_some() || self.mime.is_some();
        let meta = has_meta.then(|| Meta {
            format,
            mime: self.mime.clone(),
            ..Meta::default()
        });
        Item {
            meta,
            data: self.data.clone(),
            ..Item::at(self.uri.trim())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(uri: &str) -> NewCommand {
        NewCommand::Get(vec![uri.to_owned()])
    }

    #[test]
    fn numbers_run_through_sequences() {
        let command = NewCommand::Sequence(vec![
            get("./A"),
            NewCommand::Sequence(vec![get("./B")]),
            get("./C"),
        ]);
        let (mut next, mut shapes) = (4, Vec::new());
        command.number(&mut next, &mut Vec::new(), &mut shapes);
        let seen: Vec<_> = shapes
            .iter()
            .map(|shape| (shape.cmd_id, shape.child.clone()))
            .collect();
        assert_eq!(
            seen,
            [
                (4, vec![]),
                (5, vec![0]),
                (6, vec![1]),
                (7, vec![1, 0]),
                (8, vec![2])
            ]
        );
        assert_eq!(next, 9);
    }

    #[test]
    fn what_cannot_be_sent_cannot_be_pushed() {
        for bad in [
            get("/A"),
            get(""),
            NewCommand::Get(vec![]),
            NewCommand::Sequence(vec![]),
            NewCommand::Sequence(vec![get("A/")]),
        ] {
            assert_eq!(bad.check().unwrap_err().code(), crate::Code::Arg, "{bad:?}");
        }
        let item = NewItem {
            uri: "./A".to_owned(),
            data: Some(Data::Text("\u{1}".to_owned())),
            format: None,
            mime: None,
        };
        let error = NewCommand::Add(vec![item]).check().unwrap_err();
        assert_eq!(
            (error.code(), error.fault()),
            (crate::Code::Char, Fault::Caller)
        );
        assert!(get("./A?list=Struct").check().is_ok());
    }
}
