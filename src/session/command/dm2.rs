//! The commands in the words of DM 2.0.

use crate::dm2::{ClientUri, Command, is_server_uri, split_moid};

use super::NewCommand;

/// A command of DM 2.0, and which part of the host's command it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// The path inside Sequence.
    pub(crate) child: Vec<u32>,
    /// The URI, where the host's command has several.
    pub(crate) item: Option<u32>,
    pub(crate) command: Command,
}

impl Said {
    /// The ClientURIs that it names, or the identifier of an object.
    pub(crate) fn uris(&self) -> Vec<&str> {
        let (list, one): (&[String], _) = match &self.command {
            Command::Hput { from, .. } | Command::Hpost { from, .. } => (from, None),
            Command::Get { uri }
            | Command::Delete { uri }
            | Command::Exec { uri, .. }
            | Command::Sub { uri, .. }
            | Command::Unsub { uri } => (&[], Some(uri)),
            Command::Hget { to, .. } => (&[], to.as_ref()),
            Command::Default { moid, .. } => (&[], Some(moid)),
            _ => (&[], None),
        };
        list.iter().chain(one).map(String::as_str).collect()
    }

    /// Octets that it takes in a package at the most.
    pub(crate) fn octets(&self) -> usize {
        let url = match &self.command {
            Command::Hget { from: url, .. }
            | Command::Hput { to: url, .. }
            | Command::Hpost { to: url, .. }
            | Command::Show { url }
            | Command::Cont { url }
            | Command::Default { url, .. }
            | Command::Sub { url, .. }
            | Command::Exec {
                report_to: Some(url),
                ..
            } => escaped(url),
            _ => 0,
        };
        let uris = self.uris().into_iter().map(|uri| escaped(uri) + 3);
        uris.sum::<usize>() + url + 20
    }
}

/// Octets of a text in JSON, where a control character takes six, at the most.
fn escaped(text: &str) -> usize {
    let octets = text.bytes().map(|octet| match octet {
        0..0x20 | 0x7f => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    });
    octets.sum()
}

impl NewCommand {
    /// The command as a device of DM 2.0 is sent it, at least one; nothing where it cannot be sent at all.
    ///
    /// There a list of commands is carried out in its order, and nothing is atomic; no command carries a value.
    pub(crate) fn for_dm2(&self) -> Option<Vec<Said>> {
        let mut said = Vec::new();
        self.say(&mut Vec::new(), &mut said)?;
        (!said.is_empty()).then_some(said)
    }

    /// The recursion is bounded as that of the checks is.
    fn say(&self, child: &mut Vec<u32>, said: &mut Vec<Said>) -> Option<()> {
        let mut each = |uris: &[String], of: fn(String) -> Command| {
            let is_one = uris.len() == 1;
            for (item, uri) in (0..).zip(uris) {
                said.push(Said {
                    child: child.clone(),
                    item: (!is_one).then_some(item),
                    command: of(client(uri)?),
                });
            }
            (!uris.is_empty()).then_some(())
        };
        let clients = |uris: &[String]| {
            let clients: Option<Vec<String>> = uris.iter().map(|uri| client(uri)).collect();
            clients.filter(|clients| !clients.is_empty())
        };
        let command = match self {
            Self::Get(uris) => return each(uris, |uri| Command::Get { uri }),
            Self::Delete(uris) => return each(uris, |uri| Command::Delete { uri }),
            Self::Sequence(commands) => {
                for (index, command) in (0..).zip(commands) {
                    child.push(index);
                    command.say(child, said)?;
                    child.pop();
                }
                return (!commands.is_empty()).then_some(());
            }
            Self::Exec {
                uri,
                data: None,
                correlator: None,
                report_to,
                ..
            } => Command::Exec {
                uri: client(uri)?,
                report_to: maybe(report_to, server)?,
            },
            Self::Hget { from, to } => Command::Hget {
                from: server(from)?,
                to: maybe(to, client)?,
            },
            Self::Hput { from, to } => Command::Hput {
                from: clients(from)?,
                to: server(to)?,
            },
            Self::Hpost { from, to } => Command::Hpost {
                from: clients(from)?,
                to: server(to)?,
            },
            Self::Show { url } => Command::Show { url: server(url)? },
            Self::Cont { url } => Command::Cont { url: server(url)? },
            Self::Default { url, moid } => Command::Default {
                url: server(url)?,
                moid: Some(moid).filter(|moid| is_moid(moid))?.clone(),
            },
            Self::Sub { url, uri } => Command::Sub {
                url: server(url)?,
                uri: client(uri)?,
            },
            Self::Unsub { uri } => Command::Unsub { uri: client(uri)? },
            Self::Exec { .. }
            | Self::Add(_)
            | Self::Replace(_)
            | Self::Copy { .. }
            | Self::Atomic(_)
            | Self::Interaction(_) => return None,
        };
        said.push(Said {
            child: child.clone(),
            item: None,
            command,
        });
        Some(())
    }
}

fn maybe(text: &Option<String>, of: fn(&str) -> Option<String>) -> Option<Option<String>> {
    match text {
        Some(text) => of(text).map(Some),
        None => Some(None),
    }
}

/// A ServerURI.
fn server(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let is_whole = !rest.is_empty() && url.bytes().all(|octet| octet.is_ascii_graphic());
    (is_whole && is_server_uri(url)).then(|| url.to_owned())
}

/// A ClientURI as either dialect has it. What it is the address of begins with an identifier of an object, in which no URI of DM 1.x is like it.
fn client(uri: &str) -> Option<String> {
    let (moid, rest) = split_moid(uri, []).ok()?;
    let is_one = ClientUri::parse(uri).is_ok()
        || rest
            .strip_prefix('/')
            .is_some_and(|rest| ClientUri::parse_only(moid.clone(), rest).is_ok());
    (is_one && is_moid(&moid)).then(|| uri.to_owned())
}

fn is_moid(moid: &str) -> bool {
    let is_plain = !moid.contains(|c: char| c.is_control() || c.is_whitespace());
    is_plain && !is_server_uri(moid) && moid.contains([':', '.', '/'])
}
