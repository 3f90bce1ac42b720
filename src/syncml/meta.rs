//! Meta: what qualifies a command or an item (Meta Information DTD), and Chal, which is nothing but a Meta.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Result};
use crate::markup::element::Element;

use super::raw::RawElement;
use super::read::{METINF, meta_name, name, once, required, size, text};
use super::write::Writer;

/// The formats of a node's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Base64 text.
    B64,
    /// Octets.
    Bin,
    /// `true` or `false`.
    Bool,
    /// Text, the default.
    #[default]
    Chr,
    /// A decimal number of 32 bits.
    Int,
    /// An interior node.
    Node,
    /// No value.
    Null,
    /// XML.
    Xml,
    /// A date of ISO 8601.
    Date,
    /// A time of ISO 8601.
    Time,
    /// A float of XML Schema.
    Float,
}

impl Format {
    const ALL: [(Self, &'static str); 11] = [
        (Self::B64, "b64"),
        (Self::Bin, "bin"),
        (Self::Bool, "bool"),
        (Self::Chr, "chr"),
        (Self::Int, "int"),
        (Self::Node, "node"),
        (Self::Null, "null"),
        (Self::Xml, "xml"),
        (Self::Date, "date"),
        (Self::Time, "time"),
        (Self::Float, "float"),
    ];

    /// The format with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(format, _)| *format)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(format, _)| *format == self)
            .map_or("", |(_, name)| name)
    }
}

/// Meta information. Every field is optional; Format and Type have the defaults `chr` and `text/plain`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The format of the data, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The media type of the data.
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    pub mime: Option<String>,
    /// How severe an alert is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Octets of an object that comes in chunks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// The nonce for the next digest, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_nonce: Option<String>,
    /// Octets of the largest message that the sender takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_msg_size: Option<u32>,
    /// Octets of the largest object that the sender takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_obj_size: Option<u32>,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

impl Meta {
    /// Meta with a format and a type.
    pub fn of(format: impl Into<String>, mime: impl Into<String>) -> Self {
        Self {
            format: Some(format.into()),
            mime: Some(mime.into()),
            ..Self::default()
        }
    }

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let mut meta = Self::default();
        for child in element.elements() {
            // The wrapper is legal and says nothing.
            if child.ns() == METINF && child.name() == "MetInf" {
                for inner in child.elements() {
                    meta.field(inner)?;
                }
            } else {
                meta.field(child)?;
            }
        }
        Ok(meta)
    }

    fn field(&mut self, child: Element<'_>) -> Result<()> {
        match meta_name(child) {
            "Format" => once(&mut self.format, text(child)?.to_owned(), child),
            "Type" => once(&mut self.mime, text(child)?.to_owned(), child),
            "Mark" => once(&mut self.mark, text(child)?.to_owned(), child),
            "Size" => once(&mut self.size, size(child)?, child),
            "NextNonce" => once(&mut self.next_nonce, text(child)?.to_owned(), child),
            "MaxMsgSize" => once(&mut self.max_msg_size, size(child)?, child),
            "MaxObjSize" => once(&mut self.max_obj_size, size(child)?, child),
            _ => {
                self.extra.push(RawElement::parse(child));
                Ok(())
            }
        }
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) {
        self.emit_as(self.format.as_deref(), out);
    }

    /// Writes the element with another format than it says.
    pub(super) fn emit_as<'a>(&'a self, format: Option<&'a str>, out: &mut Writer<'a>) {
        out.open("Meta");
        out.meta_leaf("Format", format);
        out.meta_leaf("Type", self.mime.as_deref());
        out.meta_leaf("Mark", self.mark.as_deref());
        out.meta_leaf("Size", self.size.map(|size| size.to_string()));
        out.meta_leaf("NextNonce", self.next_nonce.as_deref());
        out.meta_leaf("MaxMsgSize", self.max_msg_size.map(|size| size.to_string()));
        out.meta_leaf("MaxObjSize", self.max_obj_size.map(|size| size.to_string()));
        for extra in &self.extra {
            extra.emit(out);
        }
        out.close();
    }
}

/// A challenge: which credentials are wanted.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chal {
    /// The type of the credentials, such as `syncml:auth-md5`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The format of credentials and nonce.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The nonce to use, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_nonce: Option<String>,
}

/// Nonces are not for logs.
impl fmt::Debug for Chal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chal")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Chal {
    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let mut meta = None;
        for child in element.elements() {
            if name(child) == "Meta" {
                once(&mut meta, Meta::parse(child)?, child)?;
            }
        }
        let meta = required(meta, "Meta", element)?;
        let kind = meta
            .mime
            .ok_or_else(|| element.error(Code::Schema, "missing Type"))?;
        Ok(Self {
            kind,
            format: meta.format,
            next_nonce: meta.next_nonce,
        })
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) {
        out.open("Chal");
        out.open("Meta");
        out.meta_leaf("Format", self.format.as_deref());
        out.meta_leaf("Type", Some(self.kind.as_str()));
        out.meta_leaf("NextNonce", self.next_nonce.as_deref());
        out.close();
        out.close();
    }
}
