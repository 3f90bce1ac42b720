//! What a host asks a device to do.

mod dm2;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::dm2::bare_moid;
use crate::error::{Error, Fault, Result};
use crate::markup::xml::is_text;
use crate::syncml::{
    Atomic, Command, Data, Encoding, Format, Item, Location, Message, Meta, Operation,
};
use crate::tnds;
use crate::uri::NodeUri;

pub(crate) use dm2::Said;

use super::interaction::UiCommand;
use super::v1::object::LARGE;
use super::v1::version::Version;

/// A command of the host, not yet numbered.
///
/// What the device speaks decides what it can be sent, see [`Outgoing::unsupported`](super::Outgoing::unsupported). Nodes are named as the device
/// names them: in DM 1.x by a URI such as `./DevInfo/DevId`, in DM 2.0 by a ClientURI. A device of DM 2.0 can be sent Get, Delete and Exec, each URI
/// in a command of its own, Sequences of these, and what is said to be of DM 2.0.
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
        /// Comes back with the alert that tells the outcome, where that takes its time. Devices of DM 1.1 and 2.0 are not sent it.
        correlator: Option<String>,
        /// The address that the outcome is reported to, in a session of its own; DM 2.0.
        report_to: Option<String>,
    },
    /// Commands of which all take effect or none: Add, Copy, Delete, Replace and interactions.
    Atomic(Vec<NewCommand>),
    /// Commands to be executed one after the other: all but Atomic.
    Sequence(Vec<NewCommand>),
    /// Tell or ask the user.
    Interaction(UiCommand),
    /// Have the device fetch data and store it; DM 2.0.
    Hget {
        /// Where the data is: `https:`, or `http:` where the device takes that.
        from: String,
        /// Where it goes; without it the device chooses, and says where.
        to: Option<String>,
    },
    /// Have the device send data elsewhere with PUT; DM 2.0.
    Hput {
        /// What to send: ClientURIs, at least one.
        from: Vec<String>,
        /// Where it goes.
        to: String,
    },
    /// The same with POST; DM 2.0.
    Hpost {
        /// What to send: ClientURIs, at least one.
        from: Vec<String>,
        /// Where it goes.
        to: String,
    },
    /// Show a page to the user; DM 2.0.
    Show {
        /// The page.
        url: String,
    },
    /// Have the device go on with the session elsewhere; DM 2.0.
    Cont {
        /// Where.
        url: String,
    },
    /// Where the device fetches the data of an object when it needs it; DM 2.0.
    Default {
        /// Where.
        url: String,
        /// The identifier of the object.
        moid: String,
    },
    /// Have the device send data whenever it has changed; DM 2.0.
    Sub {
        /// Where it goes.
        url: String,
        /// What: a ClientURI.
        uri: String,
    },
    /// No longer; DM 2.0.
    Unsub {
        /// The ClientURI, spelt as in Sub.
        uri: String,
    },
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
        if self.for_dm2().is_some() {
            return Ok(());
        }
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
        has_values && self.uris().all(is_text)
    }

    /// Octets of the large values in it. The recursion is bounded by what could be queued.
    pub(super) fn large_octets(&self) -> u64 {
        let octets = |data: &Option<Data>| {
            let octets = data.as_ref().map_or(0, Data::len);
            if octets < LARGE { 0 } else { octets as u64 }
        };
        match self {
            Self::Add(items) | Self::Replace(items) => {
                items.iter().map(|item| octets(&item.data)).sum()
            }
            Self::Exec { data, .. } => octets(data),
            Self::Atomic(commands) | Self::Sequence(commands) => {
                commands.iter().map(Self::large_octets).sum()
            }
            _ => 0,
        }
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
        if self.is_of_dm2() {
            return Err(
                Error::arg("addresses that are none of the command").expecting(
                    "URLs with https: or http:, ClientURIs such as urn:oma:mo:oma-dm-devinfo:1.0//Man, and for exec neither data nor correlator",
                ),
            );
        }
        let mut uris = self.uris();
        if self.uris().next().is_none() {
            return Err(Error::arg("a command without node").expecting("at least one URI"));
        }
        let is_plain = matches!(self, Self::Copy { .. } | Self::Exec { .. });
        // Trees of DM 1.x have no such names at their root: it is an address in an object.
        let is_of_object = |uri: &str| bare_moid(uri) != uri || uri.starts_with("oma:mo:");
        let is_node = |uri: &str| {
            let node = NodeUri::split(uri);
            !is_of_object(uri) && node.is_ok_and(|(_, query)| !is_plain || query.is_none())
        };
        if uris.all(is_node) {
            return Ok(());
        }
        let is_of_dm2 = self.uris().any(is_of_object);
        let is_of_both = is_of_dm2 && self.uris().any(is_node);
        Err(match self {
            Self::Get(_) | Self::Delete(_) if is_of_both => Error::arg("addresses of both protocols in one command")
                .expecting("ClientURIs alone, or URIs such as ./DevInfo/DevId alone"),
            _ if self.for_dm2().is_some() => Error::arg("a ClientURI in a group of DM 1.x")
                .expecting("URIs such as ./DevInfo/DevId: DM 2.0 has no atomic, and a sequence of its own commands alone"),
            Self::Exec { data, correlator, .. } if is_of_dm2 && (data.is_some() || correlator.is_some()) => {
                Error::arg("data or a correlator for a node of DM 2.0")
                    .expecting("neither: EXEC there takes a ClientURI alone")
            }
            Self::Get(_) | Self::Delete(_) | Self::Exec { .. } if is_of_dm2 => {
                Error::arg("no ClientURI")
                    .expecting("one such as urn:oma:mo:oma-dm-devinfo:1.0//Man")
            }
            _ if is_of_dm2 => Error::arg("a ClientURI in a command of DM 1.x")
                .expecting("get, delete or exec, or a URI such as ./DevInfo/DevId"),
            _ => Error::arg("no URI of a node").expecting("a URI such as ./DevInfo/DevId"),
        })
    }

    /// The nodes that the command names by itself.
    fn uris(&self) -> impl Iterator<Item = &str> {
        let (uris, items, others): (&[String], &[NewItem], [Option<&str>; 2]) = match self {
            Self::Get(uris) | Self::Delete(uris) => (uris, &[], [None, None]),
            Self::Add(items) | Self::Replace(items) => (&[], items, [None, None]),
            Self::Copy { from, to } => (&[], &[], [Some(from), Some(to)]),
            Self::Exec { uri, .. } => (&[], &[], [Some(uri), None]),
            _ => (&[], &[], [None, None]),
        };
        let items = items.iter().map(|item| item.uri.as_str());
        let uris = uris.iter().map(String::as_str).chain(items);
        uris.chain(others.into_iter().flatten())
    }

    /// Whether no version of DM 1 has words for it, whatever it addresses.
    fn is_of_dm2(&self) -> bool {
        matches!(
            self,
            Self::Hget { .. }
                | Self::Hput { .. }
                | Self::Hpost { .. }
                | Self::Show { .. }
                | Self::Cont { .. }
                | Self::Default { .. }
                | Self::Sub { .. }
                | Self::Unsub { .. }
                | Self::Exec {
                    report_to: Some(_),
                    ..
                }
        )
    }

    /// The command as a device of this version can be sent it; nothing where it cannot be sent at all.
    ///
    /// What is of DM 2.0 cannot. DM 1.1 knows no serialised trees, no Inbox and no formats for dates, times and floats; a Correlator is left out there.
    pub(crate) fn for_version(&self, version: Version) -> Option<Cow<'_, Self>> {
        if self.check_parts().is_err() {
            return None;
        }
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
                report_to: _,
            } => Some(Cow::Owned(Self::Exec {
                uri: uri.clone(),
                data: data.clone(),
                format: *format,
                mime: mime.clone(),
                correlator: None,
                report_to: None,
            })),
            _ => Some(Cow::Borrowed(self)),
        }
    }

    fn each_for(commands: &[Self], version: Version) -> Option<Vec<Self>> {
        let each = commands.iter().map(|command| command.for_version(version));
        each.map(|command| command.map(Cow::into_owned)).collect()
    }

    fn is_known_to_1_1(&self) -> bool {
        let is_node = |uri: &str| {
            NodeUri::split(uri).is_ok_and(|(path, query)| {
                let is_inbox = crate::uri::segments(path).next() == Some("Inbox");
                let is_tnds = query.is_some_and(|query| query.starts_with("list=TNDS"));
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
        has_values && self.uris().all(is_node)
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
                ..
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
            // No device is sent them: they are set aside before.
            Self::Hget { .. }
            | Self::Hput { .. }
            | Self::Hpost { .. }
            | Self::Show { .. }
            | Self::Cont { .. }
            | Self::Default { .. }
            | Self::Sub { .. }
            | Self::Unsub { .. } => Command::Sequence(Atomic {
                cmd_id: id,
                ..Atomic::default()
            }),
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

/// Whether so many octets of large values may be kept.
///
/// # Errors
///
/// [`Code::Limit`](crate::Code::Limit) where they are more than that.
pub(in crate::session) fn within(octets: u64, most: u64) -> Result<()> {
    if octets > most {
        let problem = format!("more than {most} octets of large values");
        return Err(Error::limit("objectBytes", problem).blaming(Fault::Caller));
    }
    Ok(())
}
