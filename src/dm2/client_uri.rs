//! ClientURI: the address of nodes in an instance of a management object.
//!
//! ```text
//! ClientURI = MOID "/" instance "/" [ path ] [ "?" field *( "&" field ) ]
//! instance  = MIID / x-name / "*" / ""           nothing where there is exactly one
//! path      = segment *( "/" segment ) [ "/" ]   segment = name / x-name / "*"
//! x-name    = "(" letter ")"
//! field     = "nv=" x-name "/" path ":" value / "cv=" validator
//! ```

use std::fmt;

use crate::order;
use crate::status::StatusCode;

use super::command::is_server_uri;

/// Octets of the longest ClientURI, and its most segments; what is longer is malformed.
const MAX_LEN: usize = 4096;
const MAX_STEPS: usize = 64;

/// What stands for itself nowhere in a name.
const RESERVED: [char; 8] = ['/', '?', '#', '%', '&', '*', '(', ')'];

/// An address that may stand for several nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientUri {
    /// The identifier of the management object.
    pub moid: String,
    /// Which instance; nothing for the only one.
    pub instance: Option<Step>,
    /// The way from the instance's root; none for the root itself.
    pub path: Vec<Step>,
    /// What must hold of the nodes that [`Step::Any`] letters stand for.
    pub conditions: Vec<Condition>,
    /// A change validator: what has not changed since is not sent again.
    pub cv: Option<String>,
}

/// A segment of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The node, or the instance, of this name.
    Name(String),
    /// The one for which the conditions of this letter hold.
    Any(char),
    /// Every one.
    All,
}

/// A condition: the node at a path below that of the letter has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The letter.
    pub letter: char,
    /// Names of nodes, at least one.
    pub path: Vec<String>,
    /// The value as text.
    pub value: String,
}

impl Step {
    /// The name, where it is one.
    pub fn as_name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    fn parse(segment: &str) -> Option<Self> {
        if segment == "*" {
            return Some(Self::All);
        }
        match letter(segment) {
            Some(letter) => Some(Self::Any(letter)),
            None => name(segment).map(Self::Name),
        }
    }
}

/// The letter of an x-name.
fn letter(segment: &str) -> Option<char> {
    let inside = segment.strip_prefix('(')?.strip_suffix(')')?;
    let mut characters = inside.chars();
    let letter = characters.next().filter(char::is_ascii_alphabetic)?;
    characters.next().is_none().then_some(letter)
}

/// The name of a node, its escapes undone. No node is called `.` or `..`.
fn name(segment: &str) -> Option<String> {
    let is_plain = !segment.contains(|c: char| c != '%' && RESERVED.contains(&c));
    let name = unescape(segment).filter(|_| is_plain)?;
    (!matches!(&*name, "" | "." | "..") && !name.contains(char::is_control)).then_some(name)
}

/// A text without its percent signs.
fn unescape(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? << 4 | digit()?) as u8
            }
            octet => octet,
        });
    }
    String::from_utf8(octets).ok()
}

/// A text in which nothing of these stands for itself.
fn escape(text: &str, reserved: &[char], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    for character in text.chars() {
        if reserved.contains(&character) || character.is_control() {
            for octet in character.encode_utf8(&mut [0; 4]).bytes() {
                write!(out, "%{octet:02X}")?;
            }
        } else {
            write!(out, "{character}")?;
        }
    }
    Ok(())
}

/// An identifier as it is compared: without `urn:` in whichever case, which the draft dialect leaves out.
pub(crate) fn bare_moid(moid: &str) -> &str {
    match moid.split_at_checked(4) {
        Some((urn, rest)) if urn.eq_ignore_ascii_case("urn:") => rest,
        _ => moid,
    }
}

impl ClientUri {
    /// Reads a ClientURI. The error is the status to answer: 400.
    pub fn parse(text: &str) -> Result<Self, StatusCode> {
        Self::parse_known(text, [])
    }

    /// The same where identifiers are known that hold a `/`: the longest with which the text begins is meant.
    pub fn parse_known<'m>(
        text: &str,
        known: impl IntoIterator<Item = &'m str>,
    ) -> Result<Self, StatusCode> {
        let (moid, rest) = split(text, known)?;
        let rest = rest.strip_prefix('/').ok_or(StatusCode::BAD_REQUEST)?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let (instance, path) = path.split_once('/').unwrap_or((path, ""));
        let is_bare = instance.is_empty() && !rest.starts_with('/');
        let instance = match instance {
            "" => None,
            instance => Some(Step::parse(instance).ok_or(StatusCode::BAD_REQUEST)?),
        };
        // `MOID/` alone names no instance, `MOID//` the only one.
        if is_bare {
            return Err(StatusCode::BAD_REQUEST);
        }
        Self::of(moid, instance, path, query)
    }

    /// The path of the only instance, as the draft dialect writes it: `MOID/` and the way from its root.
    pub(crate) fn parse_only(moid: String, rest: &str) -> Result<Self, StatusCode> {
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Self::of(moid, None, path, query)
    }

    fn of(
        moid: String,
        instance: Option<Step>,
        path: &str,
        query: Option<&str>,
    ) -> Result<Self, StatusCode> {
        let malformed = StatusCode::BAD_REQUEST;
        if path.starts_with('/') {
            return Err(malformed);
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments = path.split('/').filter(|_| !path.is_empty());
        if segments.clone().count() > MAX_STEPS {
            return Err(malformed);
        }
        let steps: Option<Vec<Step>> = segments.map(Step::parse).collect();
        let mut uri = Self {
            moid,
            instance,
            path: steps.ok_or(malformed)?,
            conditions: Vec::new(),
            cv: None,
        };
        for field in query.into_iter().flat_map(|query| query.split('&')) {
            if let Some(condition) = field.strip_prefix("nv=") {
                uri.conditions
                    .push(Condition::parse(condition).ok_or(malformed)?);
            } else {
                let cv = field.strip_prefix("cv=").and_then(unescape);
                let cv = cv.filter(|cv| !cv.is_empty()).ok_or(malformed)?;
                if uri.cv.replace(cv).is_some() {
                    return Err(malformed);
                }
            }
        }
        uri.is_sound().then_some(uri).ok_or(malformed)
    }

    /// Whether each letter stands once and has conditions, each condition has its letter, and a validator is of one instance.
    fn is_sound(&self) -> bool {
        let steps = || self.instance.iter().chain(&self.path);
        let mut letters: Vec<char> = steps()
            .filter_map(|step| match step {
                Step::Any(letter) => Some(*letter),
                _ => None,
            })
            .collect();
        let count = letters.len();
        order::sort(&mut letters);
        letters.dedup();
        let has_condition = |letter: &char| self.conditions.iter().any(|one| one.letter == *letter);
        letters.len() == count
            && letters.iter().all(has_condition)
            && self
                .conditions
                .iter()
                .all(|one| letters.contains(&one.letter))
            && (self.cv.is_none() || self.instance != Some(Step::All))
    }

    /// Whether it is the address of the root of instances.
    pub fn is_root(&self) -> bool {
        self.path.is_empty()
    }
}

/// The identifier with which a text begins, and the rest.
pub(crate) fn split<'t, 'm>(
    text: &'t str,
    known: impl IntoIterator<Item = &'m str>,
) -> Result<(String, &'t str), StatusCode> {
    if text.len() > MAX_LEN || is_server_uri(text) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let bare = bare_moid(text);
    let begins = |moid: &&str| {
        let moid = bare_moid(moid);
        moid.contains('/')
            && bare
                .strip_prefix(moid)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let longest = known
        .into_iter()
        .filter(begins)
        .max_by_key(|moid| bare_moid(moid).len());
    if let Some(moid) = longest {
        let rest = bare.get(bare_moid(moid).len()..).unwrap_or_default();
        return Ok((moid.to_owned(), rest));
    }
    let end = text.find(['/', '?']).unwrap_or(text.len());
    let (moid, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let moid = name(moid).ok_or(StatusCode::BAD_REQUEST)?;
    Ok((moid, rest))
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        let (place, value) = text.split_once(':')?;
        let (letter, path) = place.split_once('/')?;
        let is_plain = !value.contains('#');
        let path: Option<Vec<String>> = path.split('/').map(name).collect();
        Some(Self {
            letter: self::letter(letter)?,
            path: path?,
            value: unescape(value).filter(|_| is_plain)?,
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => escape(name, &RESERVED, f),
            Self::Any(letter) => write!(f, "({letter})"),
            Self::All => f.write_str("*"),
        }
    }
}

/// As it is written on the wire.
impl fmt::Display for ClientUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(&self.moid, &RESERVED, f)?;
        f.write_str("/")?;
        if let Some(instance) = &self.instance {
            write!(f, "{instance}")?;
        }
        f.write_str("/")?;
        for (at, step) in self.path.iter().enumerate() {
            let joint = if at == 0 { "" } else { "/" };
            write!(f, "{joint}{step}")?;
        }
        let mut joint = '?';
        for Condition {
            letter,
            path,
            value,
        } in &self.conditions
        {
            write!(f, "{joint}nv=({letter})")?;
            for name in path {
                f.write_str("/")?;
                // The first colon ends the path.
                escape(name, &[&RESERVED[..], &[':']].concat(), f)?;
            }
            f.write_str(":")?;
            escape(value, &['%', '&', '#'], f)?;
            joint = '&';
        }
        if let Some(cv) = &self.cv {
            write!(f, "{joint}cv=")?;
            escape(cv, &['%', '&', '#'], f)?;
        }
        Ok(())
    }
}
