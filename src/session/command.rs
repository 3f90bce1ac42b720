//! What a host asks a device to do.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Fault, Result};
use crate::markup::xml::is_text;
use crate::syncml::{
    Atomic, Command, Data, Encoding, Format, Item, Location, Message, Meta, Operation,
};
use crate::tnds;
use crate::uri::NodeUri;

use super::interaction::UiCommand;
use super::v1::version::Version;

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
    /// Make a node like another, with all that is below it.
    Copy {
        /// The node to copy.
        from: String,
        /// What it becomes.
        to: String,
    },
    /// Start what a node stands for.
    Exec {
        /// The node.
        uri: String,
        /// What goes with it.
        data: Option<Data>,
        /// The format of that, as in [`NewItem`].
        format: Option<Format>,
        /// Its media type, likewise.
        mime: Option<String>,
        /// Comes back with the alert that tells the outcome, where that takes its time. Devices of DM 1.1 are not sent it.
        correlator: Option<String>,
    },
    /// Commands of which all take effect or none: Add, Copy, Delete, Replace and interactions.
    Atomic(Vec<NewCommand>),
    /// Commands to be executed one after the other: all but Atomic.
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
    /// The path inside Atomic and Sequence.
    pub(crate) child: Vec<u32>,
    /// The nodes that it addresses, one for each item; empty for an alert, Atomic or Sequence.
    pub(crate) uris: Vec<String>,
    /// Whether Results may come.
    pub(crate) is_get: bool,
    /// Which item of the host's command is the first of this, where the others are in another command.
    pub(crate) first_item: Option<u32>,
}

impl Shape {
    /// Which item of the host's command is the last of this, where it has several.
    pub(crate) fn last_item(&self) -> Option<u32> {
        let last = self.uris.len().saturating_sub(1) as u32;
        match self.first_item {
            Some(first) => Some(first.saturating_add(last)),
            None => (last > 0).then_some(last),
        }
    }
}

impl NewCommand {
    /// Makes sure that the command can be sent.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) or the codec's own code, the fault being the caller's.
    pub(crate) fn check(&self) -> Result<()> {
        self.check_parts()?;
        if self.is_plain() {
            return Ok(());
        }
        let mut next = 1;
        let command = self.number(&mut next, &mut Vec::new(), &mut Vec::new());
        let message = Message {
            commands: vec![command],
            ..Message::default()
        };
        message
            .encode(Encoding::Xml, false)
            .map(drop)
            .map_err(|error| error.blaming(Fault::Caller))
    }

    /// Whether it is one command of which nothing can hinder the writing.
    fn is_plain(&self) -> bool {
        let is_value = |data: &Option<Data>| match data {
            Some(Data::Text(text)) => is_text(text),
            Some(Data::Markup(_)) => false,
            Some(Data::Octets(_)) | None => true,
        };
        let is_item =
            |item: &NewItem| is_value(&item.data) && item.mime.as_deref().is_none_or(is_text);
        let has_values = match self {
            Self::Get(_) | Self::Delete(_) | Self::Copy { .. } => true,
            Self::Add(items) | Self::Replace(items) => items.iter().all(is_item),
            _ => false,
        };
        has_values && self.uris().into_iter().all(is_text)
    }

    /// The recursion is bounded by the depth that the JavaScript floor and the codec allow.
    fn check_parts(&self) -> Result<()> {
        let group = match self {
            Self::Interaction(command) => return command.check(),
            Self::Sequence(commands) | Self::Atomic(commands) => commands,
            _ => return self.check_uris(),
        };
        if group.is_empty() {
            return Err(Error::arg("an empty group").expecting("at least one command"));
        }
        // What every device refuses (Representation Protocol, sections on Atomic and Sequence).
        let is_atomic = matches!(self, Self::Atomic(_));
        let is_misplaced = |command: &Self| match command {
            Self::Atomic(_) => true,
            Self::Get(_) | Self::Exec { .. } | Self::Sequence(_) => is_atomic,
            _ => false,
        };
        if group.iter().any(is_misplaced) {
            return Err(match is_atomic {
                true => Error::arg("a command that an Atomic cannot hold")
                    .expecting("add, copy, delete, replace or an interaction"),
                false => Error::arg("an Atomic inside a Sequence")
                    .expecting("an Atomic that stands by itself"),
            });
        }
        group.iter().try_for_each(Self::check_parts)
    }

    fn check_uris(&self) -> Result<()> {
        let uris = self.uris();
        if uris.is_empty() {
            return Err(Error::arg("a command without node").expecting("at least one URI"));
        }
        let is_plain = matches!(self, Self::Copy { .. } | Self::Exec { .. });
        let is_node =
            |uri: &&str| NodeUri::parse(uri).is_ok_and(|uri| !is_plain || uri.query().is_none());
        if uris.iter().all(is_node) {
            Ok(())
        } else {
            Err(Error::arg("no URI of a node").expecting("a URI such as ./DevInfo/DevId"))
        }
    }

    /// The nodes that the command names by itself.
    fn uris(&self) -> Vec<&str> {
        match self {
            Self::Get(uris) | Self::Delete(uris) => uris.iter().map(String::as_str).collect(),
            Self::Add(items) | Self::Replace(items) => {
                items.iter().map(|item| item.uri.as_str()).collect()
            }
            Self::Copy { from, to } => vec![from, to],
            Self::Exec { uri, .. } => vec![uri],
            Self::Atomic(_) | Self::Sequence(_) | Self::Interaction(_) => Vec::new(),
        }
    }

    /// The command as a device of this version can be sent it; nothing where it cannot be sent at all.
    ///
    /// DM 1.1 knows no serialised trees, no Inbox and no formats for dates, times and floats; a Correlator is left out there.
    pub(crate) fn for_version(&self, version: Version) -> Option<Cow<'_, Self>> {
        if version > Version::V1_1 {
            return Some(Cow::Borrowed(self));
        }
        match self {
            Self::Atomic(commands) => {
                Self::each_for(commands, version).map(|commands| Cow::Owned(Self::Atomic(commands)))
            }
            Self::Sequence(commands) => Self::each_for(commands, version)
                .map(|commands| Cow::Owned(Self::Sequence(commands))),
            Self::Interaction(_) => Some(Cow::Borrowed(self)),
            _ if !self.is_known_to_1_1() => None,
            Self::Exec {
                uri,
                data,
                format,
                mime,
                correlator: Some(_),
            } => Some(Cow::Owned(Self::Exec {
                uri: uri.clone(),
                data: data.clone(),
                format: *format,
                mime: mime.clone(),
                correlator: None,
            })),
            _ => Some(Cow::Borrowed(self)),
        }
    }

    fn each_for(commands: &[Self], version: Version) -> Option<Vec<Self>> {
        let each = commands.iter().map(|command| command.for_version(version));
        each.map(|command| command.map(Cow::into_owned)).collect()
    }

    fn is_known_to_1_1(&self) -> bool {
        let is_node = |uri: &&str| {
            NodeUri::parse(uri).is_ok_and(|uri| {
                let is_inbox = crate::uri::segments(uri.path()).next() == Some("Inbox");
                let is_tnds = uri
                    .query()
                    .is_some_and(|query| query.starts_with("list=TNDS"));
                !is_inbox && !is_tnds
            })
        };
        let is_value = |format: &Option<Format>, mime: &Option<String>| {
            let is_late = matches!(format, Some(Format::Date | Format::Time | Format::Float));
            !is_late && !mime.as_deref().is_some_and(tnds::is_media_type)
        };
        let has_values = match self {
            Self::Add(items) | Self::Replace(items) => {
                items.iter().all(|item| is_value(&item.format, &item.mime))
            }
            Self::Exec { format, mime, .. } => is_value(format, mime),
            _ => true,
        };
        has_values && self.uris().iter().all(is_node)
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
                first_item: None,
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
            Self::Copy { from, to } => {
                remember(vec![to.clone()], false);
                Command::Copy(on_nodes(vec![Item {
                    source: Some(Location::of(from.trim())),
                    ..Item::at(to.trim())
                }]))
            }
            Self::Exec {
                uri,
                data,
                format,
                mime,
                correlator,
            } => {
                remember(vec![uri.clone()], false);
                let item = NewItem {
                    uri: uri.clone(),
                    data: data.clone(),
                    format: *format,
                    mime: mime.clone(),
                };
                Command::Exec(Operation {
                    correlator: correlator.clone(),
                    ..on_nodes(vec![item.item()])
                })
            }
            Self::Interaction(command) => {
                remember(Vec::new(), false);
                Command::Alert(command.to_alert(cmd_id.to_string()))
            }
            Self::Atomic(commands) | Self::Sequence(commands) => {
                remember(Vec::new(), false);
                let mut inner = Vec::with_capacity(commands.len());
                for (index, command) in (0..).zip(commands) {
                    child.push(index);
                    inner.push(command.number(next, child, shapes));
                    child.pop();
                }
                let group = Atomic {
                    cmd_id: id,
                    commands: inner,
                    ..Atomic::default()
                };
                match self {
                    Self::Atomic(_) => Command::Atomic(group),
                    _ => Command::Sequence(group),
                }
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

    fn copy(from: &str, to: &str) -> NewCommand {
        NewCommand::Copy {
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    fn exec(uri: &str, correlator: Option<&str>) -> NewCommand {
        NewCommand::Exec {
            uri: uri.to_owned(),
            data: None,
            format: None,
            mime: None,
            correlator: correlator.map(str::to_owned),
        }
    }

    fn item(uri: &str, format: Option<Format>, mime: Option<&str>) -> NewItem {
        NewItem {
            uri: uri.to_owned(),
            data: Some(Data::Text("1".to_owned())),
            format,
            mime: mime.map(str::to_owned),
        }
    }

    fn add(uri: &str, format: Option<Format>, mime: Option<&str>) -> NewCommand {
        NewCommand::Add(vec![item(uri, format, mime)])
    }

    #[test]
    fn t04_groups_that_every_device_refuses_cannot_be_pushed() {
        let (get, exec, copy) = (get("./A"), exec("./A", None), copy("./A", "./B"));
        let atomic = |command: &NewCommand| NewCommand::Atomic(vec![command.clone()]);
        let sequence = |command: &NewCommand| NewCommand::Sequence(vec![command.clone()]);
        for bad in [
            atomic(&get),
            atomic(&exec),
            atomic(&atomic(&copy)),
            atomic(&sequence(&copy)),
            sequence(&atomic(&copy)),
            sequence(&sequence(&atomic(&copy))),
            NewCommand::Atomic(vec![]),
            NewCommand::Atomic(vec![copy.clone(), get.clone()]),
        ] {
            assert_eq!(bad.check().unwrap_err().code(), crate::Code::Arg, "{bad:?}");
        }
        for good in [
            atomic(&copy),
            sequence(&get),
            sequence(&exec),
            sequence(&sequence(&copy)),
        ] {
            assert!(good.check().is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_device_of_1_1_is_sent_only_what_it_knows() {
        let sequence = |command: NewCommand| NewCommand::Sequence(vec![get("./A"), command]);
        let tnds = "application/vnd.syncml.dmtnds+xml";
        for late in [
            get("./A?list=TNDS"),
            get("./A?list=TNDS+Value"),
            get("./Inbox"),
            add("./A", Some(Format::Date), None),
            add("./A", Some(Format::Time), None),
            add("./A", Some(Format::Float), None),
            add("./A", Some(Format::Xml), Some(tnds)),
            add("Inbox/A", None, None),
            copy("./Inbox/A", "./B"),
            NewCommand::Delete(vec!["./A".to_owned(), "./Inbox".to_owned()]),
        ] {
            assert_eq!(late.for_version(Version::V1_1), None, "{late:?}");
            assert_eq!(sequence(late.clone()).for_version(Version::V1_1), None);
            assert_eq!(
                late.for_version(Version::V1_2).as_deref(),
                Some(&late),
                "{late:?}"
            );
        }
        for known in [
            get("./A?list=StructData"),
            get("./A?prop=ACL"),
            add("./Inboxes", Some(Format::Int), None),
            copy("./A", "./B"),
            exec("./A", None),
        ] {
            assert_eq!(known.for_version(Version::V1_1).as_deref(), Some(&known));
        }
        let with = exec("./A", Some("c"));
        let without = exec("./A", None);
        assert_eq!(with.for_version(Version::V1_1).as_deref(), Some(&without));
        assert_eq!(with.for_version(Version::V1_2).as_deref(), Some(&with));
        assert_eq!(
            sequence(with).for_version(Version::V1_1).as_deref(),
            Some(&sequence(without))
        );
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
            copy("./A", "./B?prop=Name"),
            copy("", "./B"),
            exec("./A?prop=ACL", None),
            NewCommand::Add(vec![]),
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
