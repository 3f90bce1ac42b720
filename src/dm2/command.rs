//! Commands: what a server has a device do.

use crate::error::{Code, Error, Fault, Result};
use crate::json::{Json, Kind, Value};

use super::Dialect;
use super::members::{Members, strings};
use super::read::array;

/// A command. Addresses are texts here: whether one leads anywhere is known where the command is carried out.
///
/// A ServerURI is an absolute `http` or `https` URI, a ClientURI is anything else ([`ClientUri`](super::ClientUri)); they are told
/// apart by this, in whichever order they stand. Where a command needs a ServerURI and none looks like one, the first argument is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Fetch data, and store it at a place or where the device likes.
    Hget {
        /// The ServerURI.
        from: String,
        /// The ClientURI.
        to: Option<String>,
    },
    /// Send data with PUT.
    Hput {
        /// The ClientURIs, at least one.
        from: Vec<String>,
        /// The ServerURI.
        to: String,
    },
    /// Send data with POST.
    Hpost {
        /// The ClientURIs, at least one.
        from: Vec<String>,
        /// The ServerURI.
        to: String,
    },
    /// Remove a node with what is below it.
    Delete {
        /// The ClientURI.
        uri: String,
    },
    /// Run a node.
    Exec {
        /// The ClientURI.
        uri: String,
        /// The ServerURI where the outcome is reported in a session of its own.
        report_to: Option<String>,
    },
    /// Give data back in the session.
    Get {
        /// The ClientURI.
        uri: String,
    },
    /// Show a page to the user.
    Show {
        /// The ServerURI.
        url: String,
    },
    /// Go on with the session elsewhere.
    Cont {
        /// The ServerURI.
        url: String,
    },
    /// The session is over once the package is carried out.
    End,
    /// Where data of an object is to be fetched when it is needed.
    Default {
        /// The ServerURI.
        url: String,
        /// The identifier of the management object.
        moid: String,
    },
    /// Send data whenever it has changed.
    Sub {
        /// The ServerURI.
        url: String,
        /// The ClientURI.
        uri: String,
    },
    /// No longer.
    Unsub {
        /// The ClientURI, spelt as in [`Sub`](Self::Sub).
        uri: String,
    },
    /// One that is not known here: its result is 501.
    Unknown {
        /// Its name, which is case-sensitive.
        name: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// What is no command, as it stands in the list: its result is 400.
    Malformed(Json),
}

/// Whether an argument is a ServerURI by its look.
pub fn is_server_uri(argument: &str) -> bool {
    let scheme = argument.split(':').next().unwrap_or_default();
    let is_absolute = scheme.len() < argument.len();
    is_absolute
        && ["http", "https"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
}

impl Command {
    /// The name on the wire; nothing for what is no command.
    pub fn name(&self) -> Option<&str> {
        Some(match self {
            Self::Hget { .. } => "HGET",
            Self::Hput { .. } => "HPUT",
            Self::Hpost { .. } => "HPOST",
            Self::Delete { .. } => "DELETE",
            Self::Exec { .. } => "EXEC",
            Self::Get { .. } => "GET",
            Self::Show { .. } => "SHOW",
            Self::Cont { .. } => "CONT",
            Self::End => "END",
            Self::Default { .. } => "DEFAULT",
            Self::Sub { .. } => "SUB",
            Self::Unsub { .. } => "UNSUB",
            Self::Unknown { name, .. } => name,
            Self::Malformed(_) => return None,
        })
    }

    /// How many results it has in the draft dialect: one for each place that it names, and one where it names none.
    pub fn targets(&self) -> usize {
        match self {
            Self::Hput { from, .. } | Self::Hpost { from, .. } => from.len().max(1),
            _ => 1,
        }
    }

    /// The arguments, ServerURIs first.
    fn arguments(&self) -> Vec<String> {
        let pair = |one: &String, other: &String| vec![one.clone(), other.clone()];
        match self {
            Self::Hget { from, to } => [Some(from.clone()), to.clone()]
                .into_iter()
                .flatten()
                .collect(),
            Self::Hput { from, to } | Self::Hpost { from, to } => {
                [std::slice::from_ref(to), from].concat()
            }
            Self::Exec { uri, report_to } => [report_to.clone(), Some(uri.clone())]
                .into_iter()
                .flatten()
                .collect(),
            Self::Delete { uri } | Self::Get { uri } | Self::Unsub { uri } => vec![uri.clone()],
            Self::Show { url } | Self::Cont { url } => vec![url.clone()],
            Self::Default { url, moid } => pair(url, moid),
            Self::Sub { url, uri } => pair(url, uri),
            Self::Unknown { arguments, .. } => arguments.clone(),
            Self::End | Self::Malformed(_) => Vec::new(),
        }
    }

    /// A command by its name and arguments; nothing where they are not those of the name.
    fn of(name: &str, arguments: Vec<String>) -> Option<Self> {
        let is_server = |argument: &String| is_server_uri(argument);
        if !NAMES.contains(&name) {
            let name = name.to_owned();
            return Some(Self::Unknown { name, arguments });
        }
        let (mut servers, mut clients): (Vec<_>, Vec<_>) =
            arguments.into_iter().partition(is_server);
        let needs_server = !matches!(name, "DELETE" | "EXEC" | "GET" | "END" | "UNSUB");
        if needs_server && servers.is_empty() && !clients.is_empty() {
            // Whatever it is, it stands where the ServerURI should: the one who carries it out refuses it.
            servers.push(clients.remove(0));
        }
        let (mut servers, mut clients) = (servers.into_iter(), clients.into_iter());
        let (url, uri) = (servers.next(), clients.next());
        let command = match (name, url, uri) {
            ("HGET", Some(from), to) => Self::Hget { from, to },
            ("HPUT" | "HPOST", Some(to), Some(first)) => {
                let from = std::iter::once(first).chain(clients.by_ref()).collect();
                match name {
                    "HPUT" => Self::Hput { from, to },
                    _ => Self::Hpost { from, to },
                }
            }
            ("DELETE", None, Some(uri)) => Self::Delete { uri },
            ("EXEC", report_to, Some(uri)) => Self::Exec { uri, report_to },
            ("GET", None, Some(uri)) => Self::Get { uri },
            ("SHOW", Some(url), None) => Self::Show { url },
            ("CONT", Some(url), None) => Self::Cont { url },
            ("END", None, None) => Self::End,
            ("DEFAULT", Some(url), Some(moid)) => Self::Default { url, moid },
            ("SUB", Some(url), Some(uri)) => Self::Sub { url, uri },
            ("UNSUB", None, Some(uri)) => Self::Unsub { uri },
            _ => return None,
        };
        (servers.next().is_none() && clients.next().is_none()).then_some(command)
    }

    /// An entry of the list of commands, which has no more arguments than `most`.
    pub(super) fn parse(entry: Value<'_>, dialect: Dialect, most: u32) -> Result<Self> {
        let read = match dialect {
            Dialect::Draft => of_member(entry, most)?,
            Dialect::Approved => of_array(entry, most)?,
        };
        Ok(read.unwrap_or_else(|| Self::Malformed(entry.to_json())))
    }

    /// The entry of the list of commands; an error where its arguments would be read as something else.
    pub(super) fn emit(&self, dialect: Dialect) -> Result<Json> {
        let (name, arguments) = match (self, self.name()) {
            (Self::Malformed(entry), _) => return Ok(entry.clone()),
            (_, name) => (name.unwrap_or_default(), self.arguments()),
        };
        if Self::of(name, arguments.clone()).as_ref() != Some(self) {
            let error = Error::new(
                Code::Schema,
                Fault::Caller,
                "arguments that are none of the command",
            );
            let expected =
                "ServerURIs that begin with http: or https:, other addresses that do not";
            return Err(error
                .expecting(expected)
                .within(crate::error::excerpt(name)));
        }
        Ok(match dialect {
            Dialect::Draft => {
                let mut entry = Members::default();
                entry.put(name, strings(&arguments));
                entry.into()
            }
            Dialect::Approved => strings(&[&[name.to_owned()], &arguments[..]].concat()),
        })
    }
}

/// Every name that is known.
const NAMES: [&str; 12] = [
    "HGET", "HPUT", "HPOST", "DELETE", "EXEC", "GET", "SHOW", "CONT", "END", "DEFAULT", "SUB",
    "UNSUB",
];

/// The texts in an array of no more than `most`; nothing where anything else is in it.
fn texts(value: Value<'_>, most: u32) -> Result<Option<Vec<String>>> {
    let text = |value: Value<'_>| Some(value.string()?.into_owned());
    Ok(array(value, most, "items")?.map(text).collect())
}

/// `{"GET": ["..."]}`.
fn of_member(entry: Value<'_>, most: u32) -> Result<Option<Command>> {
    let mut members = entry.members();
    let (Some((name, value)), None) = (members.next(), members.next()) else {
        return Ok(None);
    };
    let Some(name) = name.string() else {
        return Ok(None);
    };
    let is_blank = match value.kind() {
        Kind::Null => true,
        Kind::String => value.string().as_deref() == Some(""),
        Kind::Object => value.members().next().is_none(),
        _ => false,
    };
    Ok(match value.kind() {
        Kind::Array => texts(value, most)?.and_then(|texts| Command::of(&name, texts)),
        // Nothing, however it is written.
        _ if name == "END" && is_blank => Some(Command::End),
        _ => None,
    })
}

/// `["GET", "..."]`.
fn of_array(entry: Value<'_>, most: u32) -> Result<Option<Command>> {
    if entry.kind() != Kind::Array {
        return Ok(None);
    }
    let texts = texts(entry, most.saturating_add(1))?.unwrap_or_default();
    let mut texts = texts.into_iter();
    let name = texts.next();
    Ok(name.and_then(|name| Command::of(&name, texts.collect())))
}

#[cfg(test)]
mod tests {
    use crate::dm2::{Dialect, Headers, Request};
    use crate::error::Code;
    use crate::limits::Limits;

    /// A package with a command in both dialects.
    fn packages(name: &str, arguments: &[&str]) -> [(Dialect, String); 2] {
        let quoted = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
            texts.join(",")
        };
        let info = r#""SessionInfo":{"SessionID":"1","PkgSeq":1}"#;
        let named = quoted(&[&[name], arguments].concat());
        let arguments = quoted(arguments);
        [
            (
                Dialect::Draft,
                format!(r#"{{{info},"Cmds":[{{"{name}":[{arguments}]}}]}}"#),
            ),
            (Dialect::Approved, format!(r#"{{"CMD":[[{named}]]}}"#)),
        ]
    }

    #[test]
    fn a_command_has_no_more_arguments_than_there_may_be_items() {
        let limits = Limits {
            items: 3,
            ..Limits::DEFAULT
        };
        for (name, last, many) in [
            ("HPUT", "M/zz/Mode", true),
            ("HPOST", "M/zz/Mode", true),
            ("HPUT", "M/zz/Mode", false),
            ("NEW", "zz", true),
            ("GET", "zz", true),
        ] {
            let mut arguments = vec!["https://a.example/", "M/a", "M/b", last];
            if !many {
                arguments.remove(1);
            }
            for (dialect, body) in packages(name, &arguments) {
                let read = Request::decode(body.as_bytes(), &Headers::default(), &limits);
                if !many {
                    assert!(read.is_ok(), "{body}: {read:?}");
                    continue;
                }
                let error = read.unwrap_err();
                let at = body.find(&format!("\"{last}\"")).map(|at| at as u64);
                assert_eq!(error.code(), Code::Limit, "{dialect:?} {body}");
                assert_eq!(error.offset().map(|at| at as u64), at, "{dialect:?} {body}");
            }
        }
    }
}
