//! How an item's value travels in WBXML, where it may be text, octets or a document of its own, and how it is told what came.
//!
//! Text is a string. Everything else is OPAQUE, and Format and Type say what it is: `bin` means octets, `xml` and the media types of
//! XML mean markup, a media type that ends in `+wbxml` means a document, which the model holds as the XML that it stands for. What is
//! none of these is text again, for some encoders write all values as OPAQUE.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};

use crate::error::{Error, Result};
use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::element::{Child, Document, Element};
use crate::markup::pages::{DEVINF, DMDDF, DMDDF_TEXT};
use crate::markup::wbxml::{self, Notes, PublicId, WbxmlForm};
use crate::markup::xml;
use crate::steps;

use super::command::Command;
use super::data::Data;
use super::item::Item;
use super::meta::Meta;

/// A kind of document that travels in WBXML as WBXML: its media types there and in XML, its namespace and its public identifier.
struct Embedded {
    in_wbxml: &'static str,
    in_xml: &'static str,
    namespace: &'static str,
    public_id: &'static str,
}

const EMBEDDED: [Embedded; 3] = [
    Embedded {
        in_wbxml: "application/vnd.syncml.dmtnds+wbxml",
        in_xml: "application/vnd.syncml.dmtnds+xml",
        namespace: DMDDF,
        public_id: DMDDF_TEXT,
    },
    Embedded {
        in_wbxml: "application/vnd.syncml.dmddf+wbxml",
        in_xml: "application/vnd.syncml.dmddf+xml",
        namespace: DMDDF,
        public_id: DMDDF_TEXT,
    },
    Embedded {
        in_wbxml: "application/vnd.syncml-devinf+wbxml",
        in_xml: "application/vnd.syncml-devinf+xml",
        namespace: DEVINF,
        public_id: "-//SYNCML//DTD DevInf 1.2//EN",
    },
];

/// Octets of the longest media type with its parameters.
pub(super) const MAX_MEDIA_TYPE: usize = 256;

/// A media type and its parameters, the `;` with them. What is longer is none, and one Meta may hold for many items.
fn media_type(mime: Option<&str>) -> (&str, &str) {
    let mime = mime
        .filter(|mime| mime.len() <= MAX_MEDIA_TYPE)
        .unwrap_or_default();
    let (kind, parameters) = mime.split_at(mime.find(';').unwrap_or(mime.len()));
    (kind.trim(), parameters)
}

/// How many octets more than an embedded document has its text may have: references to its string table repeat what they refer to.
const FREE_GROWTH: usize = 1 << 16;

/// How deep Data stands in a message where no group is around its command.
const DEPTH_OF_DATA: u32 = 5;

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
        let kind = media_type(self.mime).0.to_ascii_lowercase();
        self.format == Some("xml")
            || matches!(kind.as_str(), "text/xml" | "application/xml")
            || kind.ends_with("+xml")
    }
}

/// How a value is written: its content, and what Format and Type say where they must say something else than the message.
pub(super) struct Carried<'a> {
    pub(super) content: Content<'a>,
    pub(super) format: Option<&'static str>,
    pub(super) mime: Option<String>,
}

/// What stands between the tags of Data.
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Octets(Cow<'a, [u8]>),
    Markup(&'a str),
    /// Markup as OPAQUE where nothing says so: behind an OPAQUE without octets, see [`is_marked`].
    Marked(&'a str),
}

impl<'a> Carried<'a> {
    fn plain(content: Content<'a>) -> Self {
        Self {
            content,
            format: None,
            mime: None,
        }
    }

    /// In XML octets are base64, and their Format says so (TND, on the property Format).
    pub(super) fn in_xml(data: &'a Data) -> Self {
        match data {
            Data::Text(text) => Self::plain(Content::Text(Cow::Borrowed(text))),
            Data::Octets(octets) => Self {
                format: Some("b64"),
                ..Self::plain(Content::Text(Cow::Owned(Base64::encode_string(octets))))
            },
            Data::Markup(markup) => Self::plain(Content::Markup(markup)),
        }
    }

    /// In WBXML Format and Type stay as they are wherever a reader can tell by them what has come. `own` is the Meta of the item itself.
    ///
    /// # Errors
    ///
    /// Those of XML, for markup that could not stand there either.
    pub(super) fn in_wbxml(
        data: &'a Data,
        qualities: Qualities<'_>,
        own: Option<&Meta>,
    ) -> Result<Self> {
        let limits = &Limits::UNBOUNDED;
        Ok(match data {
            Data::Text(text) => Self::plain(Content::Text(Cow::Borrowed(text))),
            // The Format says how the value is written, whatever carries it.
            Data::Octets(octets) if qualities.format == Some("b64") => {
                Self::plain(Content::Text(Cow::Owned(Base64::encode_string(octets))))
            }
            Data::Octets(octets) => {
                let told = told(octets, qualities, limits, 0, &mut usize::MAX.clone());
                Self {
                    format: (!matches!(told, Ok(None))).then_some("bin"),
                    ..Self::plain(Content::Octets(Cow::Borrowed(octets)))
                }
            }
            Data::Markup(markup) => {
                let own = own.and_then(|meta| meta.mime.as_deref());
                if let Some((octets, mime)) = embed(markup, qualities, own) {
                    return Ok(Self {
                        mime: Some(mime),
                        ..Self::plain(Content::Octets(Cow::Owned(octets)))
                    });
                }
                xml::check_fragment(markup, "", limits)?;
                if !xml::holds_element(markup) {
                    return Ok(Self::plain(Content::Text(Cow::Owned(xml::text_of(
                        markup,
                    )?))));
                }
                Self::plain(if qualities.are_markup() && !qualities.are_binary() {
                    Content::Octets(Cow::Borrowed(markup.as_bytes()))
                } else {
                    Content::Marked(markup)
                })
            }
        })
    }
}

/// The markup that two OPAQUE pieces are, the first of which is empty: for all other readers they are one text.
pub(super) fn marked(first: &[u8], second: &[u8]) -> Option<String> {
    let text = str::from_utf8(second).ok().filter(|_| first.is_empty())?;
    is_markup(text, &Limits::UNBOUNDED)
        .ok()
        .filter(|is_markup| *is_markup)?;
    Some(text.to_owned())
}

/// A document in WBXML and its media type, where the markup is one that is the same again when it is read back, and the item itself says
/// what it is.
fn embed(markup: &str, qualities: Qualities<'_>, own: Option<&str>) -> Option<(Vec<u8>, String)> {
    let (kind, parameters) = media_type(own.filter(|_| !qualities.are_binary()));
    let embedded = EMBEDDED.iter().find(|known| known.in_xml == kind)?;
    let document = xml::parse(markup.as_bytes(), &Limits::UNBOUNDED).ok()?;
    let root = document.root();
    if root.ns() != embedded.namespace
        || !is_tight(root)
        || xml::emit(&document, false).ok()? != markup.as_bytes()
    {
        return None;
    }
    let form = WbxmlForm {
        version: 2,
        public_id: PublicId::Text(embedded.public_id.to_owned()),
        string_table: false,
        unterminated: false,
    };
    let octets = wbxml::emit(&document, &form).ok()?;
    Some((octets, format!("{}{parameters}", embedded.in_wbxml)))
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

/// Finds out of all values that came as OPAQUE what they are.
pub(super) fn settle(commands: &mut [Command], limits: &Limits) -> Result<()> {
    let mut budget = limits.text_bytes as usize;
    settle_within(
        commands,
        Qualities::default(),
        DEPTH_OF_DATA,
        limits,
        &mut budget,
    )
}

/// The recursion into Atomic and Sequence is bounded by the depth of the document. `budget` is how much text embedded documents may come to.
fn settle_within(
    commands: &mut [Command],
    around: Qualities<'_>,
    depth: u32,
    limits: &Limits,
    budget: &mut usize,
) -> Result<()> {
    for command in commands {
        let (meta, items) = match command {
            Command::Add(operation)
            | Command::Replace(operation)
            | Command::Delete(operation)
            | Command::Copy(operation)
            | Command::Get(operation)
            | Command::Exec(operation) => (operation.meta.as_deref(), &mut operation.items),
            Command::Results(results) => (results.meta.as_deref(), &mut results.items),
            Command::Alert(alert) => (None, &mut alert.items),
            Command::Status(status) => (None, &mut status.items),
            Command::Atomic(group) | Command::Sequence(group) => {
                let inside = around.within(group.meta.as_deref());
                settle_within(&mut group.commands, inside, depth + 1, limits, budget)?;
                continue;
            }
            Command::Unknown(_) => continue,
        };
        let inside = around.within(meta);
        let settled = items
            .iter_mut()
            .try_for_each(|item| settle_item(item, inside, depth, limits, budget));
        settled.map_err(|error| {
            // Its own place is one in the embedded document.
            let limit = Error::limit(error.exceeded().unwrap_or("textBytes"), error.to_string());
            limit.within(format!("SyncBody/{}/Item/Data", command.name()))
        })?;
    }
    Ok(())
}

fn settle_item(
    item: &mut Item,
    around: Qualities<'_>,
    depth: u32,
    limits: &Limits,
    budget: &mut usize,
) -> Result<()> {
    let Some(Data::Octets(octets)) = &item.data else {
        return Ok(());
    };
    let qualities = around.within(item.meta.as_ref());
    let Some((data, mime)) = told(octets, qualities, limits, depth, budget)? else {
        return Ok(());
    };
    item.data = Some(data);
    if let Some(mime) = mime {
        item.meta.get_or_insert_default().mime = Some(mime);
    }
    Ok(())
}

/// What the octets are that an item's chunks come to.
pub(crate) enum Joined {
    /// The value, as it came.
    Plain(Data),
    /// A document that travelled as WBXML: the XML that it stands for, the media type that it has then, and what came.
    Expanded {
        data: Data,
        mime: String,
        octets: Vec<u8>,
    },
}

impl Joined {
    /// Looks at the octets as at those of an item that came in one piece with this Meta; `is_opaque` where any of them came as OPAQUE.
    /// Markup travels as the text that it is, so that it can be cut.
    pub(crate) fn of(octets: Vec<u8>, meta: &Meta, is_opaque: bool, limits: &Limits) -> Self {
        let qualities = Qualities::default().within(Some(meta));
        // The size of an object has a limit of its own.
        let limits = Limits {
            bytes: u32::MAX,
            text_bytes: u32::MAX,
            ..limits.clone()
        };
        if is_opaque {
            let mut budget = octets.len().saturating_add(limits.bytes as usize);
            return match told(&octets, qualities, &limits, DEPTH_OF_DATA, &mut budget) {
                Ok(Some((data, Some(mime)))) => Self::Expanded { data, mime, octets },
                Ok(Some((data, None))) => Self::Plain(data),
                Ok(None) | Err(_) => Self::Plain(Data::Octets(octets)),
            };
        }
        let text = match String::from_utf8(octets) {
            Ok(text) => text,
            Err(error) => return Self::Plain(Data::Octets(error.into_bytes())),
        };
        let limits = Limits {
            depth: limits.depth.saturating_sub(DEPTH_OF_DATA),
            ..limits
        };
        let is_markup = qualities.are_markup() && is_markup(&text, &limits).unwrap_or_default();
        Self::Plain(if is_markup {
            Data::Markup(text)
        } else {
            Data::Text(text)
        })
    }
}

/// What OPAQUE octets are, if not octets, and the media type that they have then. `depth` is that of the Data around.
fn told(
    octets: &[u8],
    qualities: Qualities<'_>,
    limits: &Limits,
    depth: u32,
    budget: &mut usize,
) -> Result<Option<(Data, Option<String>)>> {
    if qualities.are_binary() {
        return Ok(None);
    }
    let (kind, parameters) = media_type(qualities.mime);
    let embedded = EMBEDDED
        .iter()
        .find(|known| known.in_wbxml.eq_ignore_ascii_case(kind));
    if let Some(embedded) = embedded
        && let Some(markup) = expand(octets, limits, budget)?
    {
        let mime = format!("{}{parameters}", embedded.in_xml);
        return Ok(Some((Data::Markup(markup), Some(mime))));
    }
    steps::add(octets.len());
    let Some(text) = str::from_utf8(octets)
        .ok()
        .filter(|text| xml::is_text(text))
    else {
        return Ok(None);
    };
    let limits = Limits {
        depth: limits.depth.saturating_sub(depth),
        ..limits.clone()
    };
    let data = if qualities.are_markup() && is_markup(text, &limits)? {
        Data::Markup(text.to_owned())
    } else {
        Data::Text(text.to_owned())
    };
    Ok(Some((data, None)))
}

/// Whether the text is XML with an element in it.
///
/// # Errors
///
/// [`Code::Limit`](crate::Code::Limit) for more than a message may have.
fn is_markup(text: &str, limits: &Limits) -> Result<bool> {
    if !text.contains('<') {
        return Ok(false);
    }
    match xml::check_fragment(text, "", limits) {
        Ok(()) => Ok(xml::holds_element(text)),
        Err(error) if error.exceeded().is_some() => Err(error),
        Err(_) => Ok(false),
    }
}

/// The XML that an embedded document stands for, unless it is damaged or holds octets that are not text. What its text comes to is charged
/// in any case.
fn expand(octets: &[u8], limits: &Limits, budget: &mut usize) -> Result<Option<String>> {
    let most = octets.len().saturating_add(FREE_GROWTH);
    let limits = Limits {
        text_bytes: u32::try_from(most.min(*budget)).unwrap_or(u32::MAX),
        depth: MAX_DEPTH,
        ..limits.clone()
    };
    let partial = wbxml::parse_partial(octets, Notes::default(), &limits);
    *budget = budget.saturating_sub(partial.text_octets);
    let document = match (partial.error, partial.document) {
        (Some(error), _) if error.exceeded() == Some("textBytes") => return Err(error),
        (None, Some(document)) if holds_text_only(&document) => document,
        _ => return Ok(None),
    };
    let Ok(markup) = xml::emit(&document, false) else {
        return Ok(None);
    };
    let Some(rest) = budget.checked_sub(markup.len() - partial.text_octets.min(markup.len()))
    else {
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
