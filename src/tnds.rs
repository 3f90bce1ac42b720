//! Serialised management trees (TNDS) as documents of their own, in both encodings.
//!
//! Reading is lenient where real peers differ: RTProperties may be missing, what describes nodes (DFProperties) and elements of other
//! namespaces are passed over, Format and Type may hold plain text, and an interior node may come with a value, which is dropped. Writing
//! is canonical: the order of the DTD, every node with its RTProperties.
//!
//! A document says which nodes there are; [`Tnds::resolve`] says where they belong, which depends on what the command names.
//!
//! ```
//! use omadm::tnds::{Placement, Reading, Tnds};
//! use omadm::{Encoding, Limits};
//!
//! # fn main() -> omadm::Result<()> {
//! let text = b"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName>
//!     <Node><NodeName>L</NodeName><Value>v</Value></Node></Node></MgmtTree>";
//! let tnds = Tnds::decode(text, Encoding::Xml, &Limits::DEFAULT)?;
//! let found = tnds.resolve("./X", Placement::Target).map_err(|misplaced| misplaced.error)?;
//! assert_eq!(found.reading, Reading::Target);
//! assert_eq!((found.path(0), found.path(1)), ("X".into(), "X/L".into()));
//! # Ok(())
//! # }
//! ```

#[cfg(test)]
mod linear;
mod list;
mod read;
mod resolve;
mod value;
mod write;

use serde::Serialize;

pub use resolve::{Misplaced, Placed, Placement, Reading, SubTree};

use crate::error::{Code, Error, Result, excerpt};
use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::pages::DMDDF_TEXT;
use crate::markup::{wbxml, xml};
use crate::syncml::{Data, Encoding, Form, Format, PublicId, WbxmlForm};

/// The media type of a serialised tree in XML.
pub const MEDIA_TYPE_XML: &str = "application/vnd.syncml.dmtnds+xml";
/// The media type of a serialised tree in WBXML.
pub const MEDIA_TYPE_WBXML: &str = "application/vnd.syncml.dmtnds+wbxml";

/// A serialised management tree (TNDS 1.2): what a document says, not yet where in a tree it belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tnds {
    /// Man: who made the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub man: Option<String>,
    /// Mod: the model of the device.
    #[serde(rename = "mod", skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The nodes directly under MgmtTree; at least one.
    pub nodes: Vec<TndsNode>,
}

/// A node of a serialised tree, with the nodes inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TndsNode {
    /// NodeName. Empty means the last segment of what the command names; missing, that the recipient chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Path: the parent of a node directly under MgmtTree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Format; [`Format::Node`] for an interior node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Type: the media type of a leaf, or the identifier of a management object (DDFName); missing where it is empty.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
    /// ACL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// TStamp: when the node changed last, in the basic form of ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tstamp: Option<String>,
    /// VerNo: how often the value has changed, modulo 65536.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ver_no: Option<u16>,
    /// The nodes inside.
    pub children: Vec<TndsNode>,
}

impl Tnds {
    /// Reads a document. Trees nest deeper than messages: [`MAX_DEPTH`] holds here instead of [`Limits::depth`].
    ///
    /// # Errors
    ///
    /// Says what is not well-formed, not a serialised tree, not spoken here ([`Code::Version`]) or beyond a limit, and where.
    pub fn decode(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Self> {
        Self::decode_with_form(body, encoding, limits).map(|(tnds, _)| tnds)
    }

    /// Reads a document and the form in which it is written.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Self::decode).
    pub fn decode_with_form(
        body: &[u8],
        encoding: Encoding,
        limits: &Limits,
    ) -> Result<(Self, Form)> {
        let limits = Limits {
            depth: MAX_DEPTH,
            // Its nodes are counted by themselves.
            items: u32::MAX,
            ..limits.clone()
        };
        match encoding {
            Encoding::Xml => {
                let document = xml::parse(body, &limits)?;
                Ok((read::document(&document, &limits)?, Form::Xml))
            }
            Encoding::Wbxml => {
                let whole = wbxml::parse(body, &limits)?;
                let tnds = read::document(&whole.document, &limits)?;
                Ok((tnds, Form::Wbxml(whole.form)))
            }
        }
    }

    /// Reads the value of an Item whose media type is that of a serialised tree. Markup is XML and octets are mostly WBXML; text is XML, or
    /// base64 of either.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Self::decode), with places relative to the value, and [`Code::Schema`] for another media type.
    pub fn of_data(data: &Data, mime: &str, limits: &Limits) -> Result<Self> {
        if !is_media_type(mime) {
            let problem = format!("media type {}", excerpt(mime));
            return Err(Error::input(Code::Schema, problem).expecting(
                "application/vnd.syncml.dmtnds+xml or application/vnd.syncml.dmtnds+wbxml",
            ));
        }
        limits.check_bytes(data.len())?;
        match data {
            Data::Markup(text) => Self::decode(text.as_bytes(), Encoding::Xml, limits),
            Data::Text(text) if text.contains('<') => {
                Self::decode(text.as_bytes(), Encoding::Xml, limits)
            }
            Data::Text(text) => Self::of_octets(&Data::decode_base64(text)?, limits),
            Data::Octets(octets) => Self::of_octets(octets, limits),
        }
    }

    fn of_octets(octets: &[u8], limits: &Limits) -> Result<Self> {
        let encoding = Encoding::detect(None, octets)?;
        Self::decode(octets, encoding, limits)
    }

    /// Writes the document: canonical and minimal, or indented for people.
    ///
    /// # Errors
    ///
    /// [`Code::Char`], [`Code::Syntax`] and their like where a text or markup cannot stand in a document; [`Code::Schema`] for no node at
    /// all and for a node with both a value and nodes inside; [`Code::Limit`] for nodes nested deeper than may be read.
    pub fn encode(&self, encoding: Encoding, indent: bool) -> Result<Vec<u8>> {
        let form = match encoding {
            Encoding::Xml => Form::Xml,
            Encoding::Wbxml => Form::Wbxml(Self::wbxml_form()),
        };
        self.write(&form, indent)
    }

    /// Writes the document in the form of its reader.
    ///
    /// # Errors
    ///
    /// Those of [`encode`](Self::encode).
    pub fn encode_as(&self, form: &Form) -> Result<Vec<u8>> {
        self.write(form, false)
    }

    /// The form of WBXML in which trees are written unless something else is known of the reader: no number is registered for them.
    pub fn wbxml_form() -> WbxmlForm {
        WbxmlForm {
            version: 2,
            public_id: PublicId::Text(DMDDF_TEXT.to_owned()),
            string_table: false,
            unterminated: false,
        }
    }

    fn write(&self, form: &Form, indent: bool) -> Result<Vec<u8>> {
        let document = write::document(self, form.encoding())?;
        match form {
            Form::Xml => xml::emit(&document, indent),
            Form::Wbxml(form) => wbxml::emit(&document, form),
        }
    }
}

/// Whether a media type, parameters aside, is that of a serialised tree.
pub fn is_media_type(mime: &str) -> bool {
    let base = mime.split(';').next().unwrap_or_default().trim();
    [MEDIA_TYPE_XML, MEDIA_TYPE_WBXML]
        .iter()
        .any(|known| base.eq_ignore_ascii_case(known))
}
