//! Meta: what qualifies a command or an item (Meta Information DTD), and Chal, which is nothing but a Meta.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Result};
use crate::markup::element::{Child, Element};
use crate::order;

use super::carried::MAX_MEDIA_TYPE;
use super::raw::RawElement;
use super::read::{
    METINF, elements, joined, meta_name, name, nonce, once, required, size, string, whole_size,
};
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
    /// Octets of an object that comes in chunks. What is no number of 32 bits is left in [`extra`](Self::extra).
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
    /// Text beside the elements, white space around it trimmed: to the DTD of SyncML the content of Meta is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

/// Which sizes must be numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sizes {
    /// All.
    #[default]
    Numbers,
    /// MaxMsgSize need not: what is none counts as 0, which nobody may ask for.
    Anything,
    /// Size, of a chunk, need not: what is none is an error of the command, not of the message, and kept as it stands.
    OfChunk,
}

impl Sizes {
    /// Those in the Meta of an Item.
    pub(super) fn of_item(item: Element<'_>) -> Self {
        match item.elements().any(|child| name(child) == "MoreData") {
            true => Self::OfChunk,
            false => Self::Numbers,
        }
    }

    /// Those in the Meta of a command, which may hold for a chunk among its items.
    fn of_command(command: Element<'_>) -> Self {
        let mut items = command.elements().filter(|child| name(*child) == "Item");
        match items.any(|item| Self::of_item(item) == Self::OfChunk) {
            true => Self::OfChunk,
            false => Self::Numbers,
        }
    }
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

    /// Takes over what it is silent on from the Meta around it, Format and Type. What is too long for either is none: one Meta may hold for
    /// many items.
    pub(crate) fn inherit(&mut self, outer: &Self) {
        let fields = [
            (&mut self.format, &outer.format),
            (&mut self.mime, &outer.mime),
        ];
        for (own, outer) in fields {
            if own.is_none() {
                let fitting = outer.as_ref().filter(|outer| outer.len() <= MAX_MEDIA_TYPE);
                *own = fitting.cloned();
            }
        }
    }

    /// Whether it says a size that is none of 32 bits.
    pub(crate) fn odd_size(&self) -> bool {
        let mut extra = self.extra.iter();
        extra.any(|extra| extra.name == "Size" && extra.ns == METINF)
    }

    /// The Meta of a command.
    pub(super) fn parse_of(element: Element<'_>, command: Element<'_>) -> Result<Self> {
        Self::parse_with(element, Sizes::of_command(command))
    }

    /// The Meta of a group, in which there are chunks or none.
    pub(super) fn parse_around(element: Element<'_>, has_chunk: bool) -> Result<Self> {
        let sizes = match has_chunk {
            true => Sizes::OfChunk,
            false => Sizes::Numbers,
        };
        Self::parse_with(element, sizes)
    }

    pub(super) fn parse_with(element: Element<'_>, sizes: Sizes) -> Result<Self> {
        let mut meta = Self {
            text: text_beside(element)?,
            ..Self::default()
        };
        for child in element.elements() {
            meta.field(child, sizes)?;
        }
        Ok(meta)
    }

    /// The recursion is bounded by the depth of the document.
    fn field(&mut self, child: Element<'_>, sizes: Sizes) -> Result<()> {
        match meta_name(child) {
            // The wrapper is legal, wherever it stands, and says nothing.
            "MetInf" => {
                for inner in elements(child)? {
                    self.field(inner, sizes)?;
                }
                Ok(())
            }
            "Format" => once(&mut self.format, string(child)?, child),
            "Type" => once(&mut self.mime, string(child)?, child),
            "Mark" => once(&mut self.mark, string(child)?, child),
            "Size" if sizes == Sizes::OfChunk && whole_size(child).is_none() => {
                self.extra.push(RawElement::parse(child).in_metinf());
                Ok(())
            }
            "Size" => once(&mut self.size, size(child)?, child),
            "NextNonce" => once(&mut self.next_nonce, nonce(child)?, child),
            "MaxMsgSize" if sizes == Sizes::Anything && size(child).is_err() => {
                once(&mut self.max_msg_size, 0, child)
            }
            "MaxMsgSize" => once(&mut self.max_msg_size, size(child)?, child),
            "MaxObjSize" => once(&mut self.max_obj_size, size(child)?, child),
            _ => {
                self.extra.push(RawElement::parse(child).in_metinf());
                Ok(())
            }
        }
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) {
        self.emit_as(None, None, out);
    }

    /// Writes the element with another format than it says.
    pub(super) fn emit_as<'a>(
        &'a self,
        format: Option<&str>,
        mime: Option<&str>,
        out: &mut Writer<'a>,
    ) {
        out.open("Meta");
        out.meta_leaf("Format", format.or(self.format.as_deref()));
        out.meta_leaf("Type", mime.or(self.mime.as_deref()));
        out.meta_leaf("Mark", self.mark.as_deref());
        out.meta_number("Size", self.size);
        out.meta_leaf("NextNonce", self.next_nonce.as_deref());
        out.meta_number("MaxMsgSize", self.max_msg_size);
        out.meta_number("MaxObjSize", self.max_obj_size);
        for extra in &self.extra {
            extra.emit(out);
        }
        if let Some(text) = &self.text {
            out.text(text);
        }
        out.close();
    }
}

/// What stands in Header, Cred and Chal and has no name there: inside their Meta and beside it. Both are kept in one list, in which the
/// namespace tells what goes into Meta.
#[derive(Default)]
pub(super) struct Rest<'d> {
    meta: Option<Meta>,
    /// Elements of Meta that stand beside it.
    loose: Vec<Element<'d>>,
    extra: Vec<RawElement>,
    sizes: Sizes,
}

impl<'d> Rest<'d> {
    /// Nothing so far.
    pub(super) fn of(sizes: Sizes) -> Self {
        Self {
            sizes,
            ..Self::default()
        }
    }

    /// Takes an element that is not known to be anything else.
    pub(super) fn take(&mut self, child: Element<'d>) -> Result<()> {
        if name(child) == "Meta" {
            let meta = Meta::parse_with(child, self.sizes)?;
            if meta.text.is_some() {
                return Err(child.error(Code::Schema, "text between the elements of Meta"));
            }
            return once(&mut self.meta, meta, child);
        }
        if child.ns() == METINF {
            self.loose.push(child);
        } else {
            self.extra.push(RawElement::parse(child));
        }
        Ok(())
    }

    /// Meta, of which `known` takes what has a name, and what is left.
    pub(super) fn finish(self, known: impl FnOnce(&mut Meta)) -> Result<Vec<RawElement>> {
        let mut meta = self.meta.unwrap_or_default();
        for child in self.loose {
            meta.field(child, self.sizes)?;
        }
        known(&mut meta);
        let mut extra = self.extra;
        extra.extend(meta.into_raw());
        // What is not of Meta is written beside it, and so comes first when it is read again.
        order::sort_by_key(&mut extra, |extra| (extra.ns == METINF).into());
        Ok(extra)
    }
}

/// Splits such a list into what goes into Meta and what goes beside it.
pub(super) fn split(extra: &[RawElement]) -> (Vec<&RawElement>, Vec<&RawElement>) {
    extra.iter().partition(|extra| extra.ns == METINF)
}

impl Meta {
    /// All that is set, as elements of its namespace.
    fn into_raw(self) -> impl Iterator<Item = RawElement> {
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let fields = [
            ("Format", self.format),
            ("Type", self.mime),
            ("Mark", self.mark),
            ("Size", number(self.size)),
            ("NextNonce", self.next_nonce),
            ("MaxMsgSize", number(self.max_msg_size)),
            ("MaxObjSize", number(self.max_obj_size)),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, text)| Some(RawElement::leaf(METINF, name, text?)));
        fields.chain(self.extra)
    }
}

/// The text beside the elements of Meta.
fn text_beside(element: Element<'_>) -> Result<Option<String>> {
    let mut octets = Vec::new();
    for child in element.children() {
        match child {
            Child::Text(text) => octets.extend_from_slice(text.as_bytes()),
            Child::Octets(more) => octets.extend_from_slice(more),
            Child::Element(_) | Child::Markup(_) => {}
        }
    }
    if octets.is_empty() {
        return Ok(None);
    }
    let text = joined(octets, element)?;
    Ok((!text.is_empty()).then_some(text))
}

/// A challenge: which credentials are wanted.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
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
    /// What has no name here. What is in the namespace `syncml:metinf` stands in Meta.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
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
        let mut rest = Rest::default();
        for child in elements(element)? {
            rest.take(child)?;
        }
        let mut chal = Self::default();
        let mut kind = None;
        chal.extra = rest.finish(|meta| {
            kind = meta.mime.take();
            chal.format = meta.format.take();
            chal.next_nonce = meta.next_nonce.take();
        })?;
        chal.kind = required(kind, "Type", element)?;
        Ok(chal)
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) {
        let (in_meta, beside) = split(&self.extra);
        out.open("Chal");
        out.open("Meta");
        out.meta_leaf("Format", self.format.as_deref());
        out.meta_leaf("Type", Some(self.kind.as_str()));
        out.meta_leaf("NextNonce", self.next_nonce.as_deref());
        in_meta.into_iter().for_each(|extra| extra.emit(out));
        out.close();
        beside.into_iter().for_each(|extra| extra.emit(out));
        out.close();
    }
}
