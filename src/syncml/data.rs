//! Data: what an Item carries.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error, Result};
use crate::markup::element::{Child, Element};
use crate::markup::xml;
use crate::steps;

use super::carried::marked;

/// The content of Data. Absent, empty and present are three different things: this is what is present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Text, possibly empty.
    Text(String),
    /// Octets; in XML they are written as base64.
    Octets(Vec<u8>),
    /// XML inside Data, as it stood, white space included.
    Markup(String),
}

impl Data {
    /// The text, where it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Octets(_) | Self::Markup(_) => None,
        }
    }

    /// Octets of the value: the property Size.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Markup(text) => text.len(),
            Self::Octets(octets) => octets.len(),
        }
    }

    /// Whether the value is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        steps::add(element.range().len());
        let mut children = element.children();
        match (children.next(), children.next()) {
            (None, _) => return Ok(Self::Text(String::new())),
            (Some(Child::Text(text)), None) => return Ok(Self::Text(text.to_owned())),
            (Some(Child::Octets(octets)), None) => return Ok(Self::Octets(octets.to_vec())),
            _ => {}
        }
        if element.elements().next().is_some() {
            let markup = element
                .inner()
                .map_or_else(|| xml::emit_inner(element), |inner| Ok(inner.to_owned()));
            return markup.map(Self::Markup);
        }
        if let [
            Some(Child::Octets(first)),
            Some(Child::Octets(second)),
            None,
        ] = first_three(element)
            && let Some(markup) = marked(first, second)
        {
            return Ok(Self::Markup(markup));
        }
        let mut octets = Vec::new();
        for child in element.children() {
            match child {
                Child::Text(text) => octets.extend_from_slice(text.as_bytes()),
                Child::Octets(more) => octets.extend_from_slice(more),
                Child::Element(_) | Child::Markup(_) => {}
            }
        }
        Ok(Self::Octets(octets))
    }

    /// The octets behind base64 text, white space in it ignored.
    pub(crate) fn decode_base64(text: &str) -> Result<Vec<u8>> {
        let is_blank = |character: char| character.is_ascii_whitespace();
        // A large value is not copied for nothing.
        let compact = match text.contains(is_blank) {
            true => Cow::Owned(text.replace(is_blank, "")),
            false => Cow::Borrowed(text),
        };
        Base64::decode_vec(&compact).map_err(|_| Error::input(Code::Syntax, "not base64"))
    }
}

/// For people and JavaScript a plain value; for snapshots a tagged one.
impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Markup<'a> {
            markup: &'a str,
        }
        if !serializer.is_human_readable() {
            return match self {
                Self::Text(text) => {
                    (0u8, serde_bytes::Bytes::new(text.as_bytes())).serialize(serializer)
                }
                Self::Octets(octets) => {
                    (1u8, serde_bytes::Bytes::new(octets)).serialize(serializer)
                }
                Self::Markup(markup) => {
                    (2u8, serde_bytes::Bytes::new(markup.as_bytes())).serialize(serializer)
                }
            };
        }
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Octets(octets) => serializer.serialize_bytes(octets),
            Self::Markup(markup) => Markup { markup }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let (kind, octets) = <(u8, serde_bytes::ByteBuf)>::deserialize(deserializer)?;
        let text = |octets: serde_bytes::ByteBuf| {
            String::from_utf8(octets.into_vec())
                .map_err(|_| D::Error::custom("text that is not UTF-8"))
        };
        match kind {
            0 => text(octets).map(Self::Text),
            1 => Ok(Self::Octets(octets.into_vec())),
            2 => text(octets).map(Self::Markup),
            _ => Err(D::Error::custom("unknown kind of data")),
        }
    }
}

fn first_three(element: Element<'_>) -> [Option<Child<'_>>; 3] {
    let mut children = element.children();
    [children.next(), children.next(), children.next()]
}
