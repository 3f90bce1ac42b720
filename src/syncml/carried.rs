//! How an item's value travels in WBXML, where it may be text, octets or a document of its own, and how it is told what came.
//!
//! Text is a string. Everything else is OPAQUE, and Format and Type say what it is: `bin` means octets, `xml` and the media types of
//! XML mean markup, a media type that ends in `+wbxml` means a document, which the model holds as the XML that it stands for. What is
//! none of these is text again, for some encoders write all values as OPAQUE.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::markup::element::{Child, Document, Element};
use crate::markup::pages::{DEVINF, DMDDF, DMDDF_TEXT};
use crate::markup::wbxml::{self, PublicId, WbxmlForm};
use crate::markup::xml;
use crate::steps;

use super::command::Command;
use super::data::Data;
use super::item::Item;
use super::meta::Meta;

/// Media types of documents that travel in WBXML as WBXML, and what they are in XML; their namespace and public identifier.
const EMBEDDED: [(&str, &str, &str, &str); 3] = [
    (
        "application/vnd.syncml.dmtnds+wbxml",
        "application/vnd.syncml.dmtnds+xml",
        DMDDF,
        DMDDF_TEXT,
    ),
    (
        "application/vnd.syncml.dmddf+wbxml",
        "application/vnd.syncml.dmddf+xml",
        DMDDF,
        DMDDF_TEXT,
    ),
    (
        "application/vnd.syncml-devinf+wbxml",
        "application/vnd.syncml-devinf+xml",
        DEVINF,
        "-//SYNCML//DTD DevInf 1.2//EN",
    ),
];

/// Octets of the longest media type with its parameters.
const MAX_MEDIA_TYPE: usize = 256;

/// Format and Type as they hold for an item: its own, else those of what is around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Qualities<'a> {
    format: Option<&'a str>,
    mime: Option<&'a str>,
}

impl<'a> Qualities<'a> {
    /// What holds inside, where `meta` is given.
    pub(super) fn within(self, meta: Option<&'a Meta>) -> Self {
        let own = |field: fn(&Meta) -> Option<&str>| meta.and_then(field);
        Self {
            format: own(|meta| meta.format.as_deref()).or(self.format),
            mime: own(|meta| meta.mime.as_deref()).or(self.mime),
        }
    }

    fn are_binary(self) -> bool {
        self.format == Some("bin")
    }

    fn are_markup(self) -> bool {
        // What is longer is no media type, and one Meta may hold for many items.
        let mime = self.mime.filter(|mime| mime.len() <= MAX_MEDIA_TYPE);
        let mime = mime.and_then(|mime| mime.split(';').next());
        let mime = mime.unwrap_or_default().trim().to_ascii_lowercase();
        self.format == Some("xml")
            || matches!(mime.as_str(), "text/xml" | "application/xml")
            || mime.ends_with("+xml")
    }
}

/// How a value is written: its content, and what Format and Type say where they must say something else than the message.
pub(super) struct Carried<'a> {
    pub(super) content: Content<'a>,
    format: Option<&'static str>,
    mime: Option<&'static str>,
}

/// What stands between the tags of Data.
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Octets(Cow<'a, [u8]>),
    Markup(&'a str),
}

impl<'a> Carried<'a> {
    /// In XML octets are base64, and their Format says so (TND, on the property Format).
    pub(super) fn in_xml(data: &'a Data) -> Self {
        let (content, format) = match data {
            Data::Text(text) => (Content::Text(Cow::Borrowed(text)), None),
            Data::Octets(octets) => {
                let text = Base64::encode_string(octets);
                (Content::Text(Cow::Owned(text)), Some("b64"))
            }
            Data::Markup(markup) => (Content::Markup(markup), None),
        };
        Self {
            content,
            format,
            mime: None,
        }
    }

    /// Format and Type where the item must say something else than it does.
    pub(super) fn says(&self) -> (Option<&'static str>, Option<&'static str>) {
        (self.format, self.mime)
    }

    /// In WBXML Format and Type stay as they are wherever a reader can tell by them what has come.
    pub(super) fn in_wbxml(data: &'a Data, qualities: Qualities<'_>) -> Self {
        let plain = |content, format| Self {
            content,
            format,
            mime: None,
        };
        match data {
            Data::Text(text) => plain(Content::Text(Cow::Borrowed(text)), None),
            // The Format says how the value is written, whatever carries it.
            Data::Octets(octets) if qualities.format == Some("b64") => {
                let text = Base64::encode_string(octets);
                plain(Content::Text(Cow::Owned(text)), None)
            }
            Data::Octets(octets) => {
                let is_plain = matches!(told(octets, qualities, &mut usize::MAX.clone()), Ok(None));
                let format = (!is_plain).then_some("bin");
                plain(Content::Octets(Cow::Borrowed(octets)), format)
            }
            Data::Markup(markup) => {
                if let Some((octets, mime)) = embed(markup, qualities) {
                    return Self {
                        content: Content::Octets(Cow::Owned(octets)),
                        format: None,
                        mime: Some(mime),
                    };
                }
                if !is_markup(markup) {
                    return plain(Content::Text(Cow::Borrowed(markup)), None);
                }
                let is_told = qualities.are_markup() && !qualities.are_binary();
                let format = (!is_told).then_some("xml");
                plain(Content::Octets(Cow::Borrowed(markup.as_bytes())), format)
            }
        }
    }
}

/// A document in WBXML, where the markup is one that is the same again when it is read back.
fn embed(markup: &str, qualities: Qualities<'_>) -> Option<(Vec<u8>, &'static str)> {
    let mime = qualities.mime.filter(|_| !qualities.are_binary())?;
    let (wbxml_type, _, namespace, public_id) =
        EMBEDDED.into_iter().find(|(_, known, ..)| *known == mime)?;
    let document = xml::parse(markup.as_bytes(), &Limits::UNBOUNDED).ok()?;
    let root = document.root();
    if root.ns() != namespace
        || !is_tight(root)
        || xml::emit(&document, false).ok()? != markup.as_bytes()
    {
        return None;
    }
    let form = WbxmlForm {
        version: 2,
        public_id: PublicId::Text(public_id.to_owned()),
        string_table: false,
        unterminated: false,
    };
    let octets = wbxml::emit(&document, &form).ok()?;
    Some((octets, wbxml_type))
}

/// Whether no element holds blanks beside elements: they are for people, and would confuse a reader of WBXML.
fn is_tight(root: Element<'_>) -> bool {
    let mut waiting = vec![root];
    while let Some(element) = waiting.pop() {
        let (mut elements, mut others) = (0, 0);
        for child in element.children() {
            match child {
                Child::Element(inner) => {
                    elements += 1;
                    waiting.push(inner);
                }
                _ => others += 1,
            }
        }
        if elements > 0 && others > 0 {
            return false;
        }
    }
    true
}

/// Finds out of all values that came as OPAQUE what they are. `budget` is how many octets of markup embedded documents may come to.
pub(super) fn settle(commands: &mut [Command], limits: &Limits) -> Result<()> {
    let mut budget = limits.text_bytes as usize;
    settle_within(commands, Qualities::default(), &mut budget)
}

/// The recursion into Atomic and Sequence is bounded by the depth of the document.
fn settle_within(
    commands: &mut [Command],
    around: Qualities<'_>,
    budget: &mut usize,
) -> Result<()> {
    for command in commands {
        let (meta, items) = match command {
            Command::Add(operation)
            | Command::Replace(operation)
            | Command::Delete(operation)
            | Command::Copy(operation)
            | Command::Get(operation)
            | Command::Exec(operation) => (operation.meta.as_ref(), &mut operation.items),
            Command::Results(results) => (results.meta.as_ref(), &mut results.items),
            Command::Alert(alert) => (None, &mut alert.items),
            Command::Status(status) => (None, &mut status.items),
            Command::Atomic(group) | Command::Sequence(group) => {
                let inside = around.within(group.meta.as_ref());
                settle_within(&mut group.commands, inside, budget)?;
                continue;
            }
            Command::Unknown(_) => continue,
        };
        let inside = around.within(meta);
        for item in items {
            settle_item(item, inside, budget)?;
        }
    }
    Ok(())
}

fn settle_item(item: &mut Item, around: Qualities<'_>, budget: &mut usize) -> Result<()> {
    let Some(Data::Octets(octets)) = &item.data else {
        return Ok(());
    };
    let Some((data, mime)) = told(octets, around.within(item.meta.as_ref()), budget)? else {
        return Ok(());
    };
    item.data = Some(data);
    if let Some(mime) = mime {
        item.meta.get_or_insert_default().mime = Some(mime.to_owned());
    }
    Ok(())
}

/// What OPAQUE octets are, if not octets, and the media type that they have then.
fn told(
    octets: &[u8],
    qualities: Qualities<'_>,
    budget: &mut usize,
) -> Result<Option<(Data, Option<&'static str>)>> {
    if qualities.are_binary() {
        return Ok(None);
    }
    let embedded = EMBEDDED.into_iter().find(|(known, ..)| {
        qualities
            .mime
            .is_some_and(|mime| mime.eq_ignore_ascii_case(known))
    });
    if let Some((_, xml_type, ..)) = embedded
        && let Some(markup) = expand(octets, budget)?
    {
        return Ok(Some((Data::Markup(markup), Some(xml_type))));
    }
    steps::add(octets.len());
    let text = std::str::from_utf8(octets)
        .ok()
        .filter(|text| xml::is_text(text));
    Ok(text.map(|text| {
        let data = if qualities.are_markup() && is_markup(text) {
            Data::Markup(text.to_owned())
        } else {
            Data::Text(text.to_owned())
        };
        (data, None)
    }))
}

/// Whether the text is XML with an element in it.
fn is_markup(text: &str) -> bool {
    text.contains('<')
        && xml::check_fragment(text, "", &Limits::UNBOUNDED).is_ok()
        && holds_element(text)
}

/// Whether there is more in a fragment than text, CDATA sections, comments and instructions.
fn holds_element(fragment: &str) -> bool {
    let whole = format!("<a>{fragment}</a>");
    let document = xml::parse(whole.as_bytes(), &Limits::UNBOUNDED);
    document.is_ok_and(|document| document.root().elements().next().is_some())
}

/// The XML that an embedded document stands for, unless it is damaged or holds octets that are not text.
fn expand(octets: &[u8], budget: &mut usize) -> Result<Option<String>> {
    let limits = Limits {
        text_bytes: u32::try_from(*budget).unwrap_or(u32::MAX),
        ..Limits::UNBOUNDED
    };
    let whole = match wbxml::parse(octets, &limits) {
        Ok(whole) => whole,
        Err(error) if error.exceeded() == Some("textBytes") => return Err(error),
        Err(_) => return Ok(None),
    };
    if !holds_text_only(&whole.document) {
        return Ok(None);
    }
    let Ok(markup) = xml::emit(&whole.document, false) else {
        return Ok(None);
    };
    let Some(rest) = budget.checked_sub(markup.len()) else {
        let problem = format!("an embedded document of {} octets as XML", markup.len());
        return Err(Error::limit("textBytes", problem));
    };
    *budget = rest;
    Ok(String::from_utf8(markup).ok())
}

/// Whether nothing in a document can be anything but text: OPAQUE values may be octets where a Format of it is `bin`.
fn holds_text_only(document: &Document<'_>) -> bool {
    let (mut is_opaque, mut is_binary) = (false, false);
    let mut waiting = vec![document.root()];
    while let Some(element) = waiting.pop() {
        is_binary |= element.name() == "bin";
        for child in element.children() {
            match child {
                Child::Element(inner) => waiting.push(inner),
                Child::Text(_) => {}
                Child::Octets(octets) => {
                    is_opaque = true;
                    is_binary |= !std::str::from_utf8(octets).is_ok_and(xml::is_text);
                }
                Child::Markup(_) => return false,
            }
        }
    }
    !(is_opaque && is_binary)
}
