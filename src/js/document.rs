//! Documents of the family on their way out: what they are, and as plain data.

use std::ops::Range;

use serde::Serialize;

use crate::ddf::Ddf;
use crate::dm2::{self, Dialect, MediaType, MoDocument, Package};
use crate::error::{Error, Result};
use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::element::Document as Markup;
use crate::markup::outline::Outline;
use crate::markup::{wbxml, xml};
use crate::notification::{Decoded, Notification, NotificationForm};
use crate::received::Received;
use crate::syncml::{self, Encoding, Form, Message, PublicId, WbxmlForm};
use crate::tnds::{self, Tnds, TndsNode};

use super::plain::Out;

/// The media type of a device description.
const DDF: &str = "application/vnd.syncml.dmddf+xml";

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SyncMl,
    Tnds,
    Ddf,
    Notification,
    Dm2,
    Mo,
}

/// A document that was read.
pub(super) enum Document {
    SyncMl(Message, Form),
    Tnds(Tnds, Form),
    Ddf(Ddf),
    Notification {
        notification: Notification,
        digest: Option<Vec<u8>>,
    },
    Dm2(Package, Dialect),
    Mo(MoDocument),
}

#[derive(Serialize)]
struct ShownMessage<'d> {
    #[serde(rename = "type")]
    kind: &'static str,
    encoding: Encoding,
    #[serde(skip_serializing_if = "Option::is_none")]
    wbxml: Option<Wbxml<'d>>,
    message: &'d Message,
}

#[derive(Serialize)]
struct ShownTnds<'d> {
    #[serde(rename = "type")]
    kind: &'static str,
    encoding: Encoding,
    #[serde(skip_serializing_if = "Option::is_none")]
    wbxml: Option<Wbxml<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    man: Option<&'d str>,
    #[serde(rename = "mod", skip_serializing_if = "Option::is_none")]
    model: Option<&'d str>,
    nodes: &'d [TndsNode],
}

#[derive(Serialize)]
struct ShownDdf<'d> {
    #[serde(rename = "type")]
    kind: &'static str,
    ddf: &'d Ddf,
}

#[derive(Serialize)]
struct ShownNotification<'d> {
    #[serde(rename = "type")]
    kind: &'static str,
    notification: &'d Notification,
    #[serde(with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    digest: Option<&'d [u8]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wbxml<'m> {
    version: u8,
    public_id: Id<'m>,
    string_table: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unterminated: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Id<'m> {
    Number(u32),
    Text(&'m str),
}

impl<'m> Wbxml<'m> {
    fn of(form: &'m Form) -> Option<Self> {
        let Form::Wbxml(WbxmlForm {
            version,
            public_id,
            string_table,
            unterminated,
        }) = form
        else {
            return None;
        };
        Some(Self {
            version: *version,
            public_id: match public_id {
                PublicId::Number(number) => Id::Number(*number),
                PublicId::Text(text) => Id::Text(text),
            },
            string_table: *string_table,
            unterminated: *unterminated,
        })
    }
}

impl Document {
    /// Reads a document by its content type or, without one, by its octets.
    pub(super) fn decode(received: &Received<'_>, limits: &Limits) -> Result<Self> {
        let (body, content_type) = (received.body, received.content_type);
        limits.check_bytes(body.len())?;
        if let Some(form) = NotificationForm::detect(content_type, body) {
            let decoded = Notification::decode(body, form, limits)?;
            return Ok(Self::notification(decoded, body));
        }
        if let Some(kind) = detect_json(content_type, body)? {
            return Self::read_json(received, kind, limits);
        }
        if content_type.is_none() && Encoding::detect(None, body)? == Encoding::Wbxml {
            // Of nearly all it is the kind: to look for the root first would be to read the header twice.
            let read = Self::read(body, Kind::SyncMl, Encoding::Wbxml, limits);
            if read.is_ok() || kind_of(body, Encoding::Wbxml, limits) == Kind::SyncMl {
                return read;
            }
        }
        let (kind, encoding) = detect(content_type, body, limits)?;
        Self::read(body, kind, encoding, limits)
    }

    fn read(body: &[u8], kind: Kind, encoding: Encoding, limits: &Limits) -> Result<Self> {
        match kind {
            Kind::SyncMl => Message::decode_with_form(body, encoding, limits)
                .map(|(message, form)| Self::SyncMl(message, form)),
            Kind::Tnds => Tnds::decode_with_form(body, encoding, limits)
                .map(|(tnds, form)| Self::Tnds(tnds, form)),
            Kind::Ddf => Ddf::decode(body, &deep(limits)).map(Self::Ddf),
            Kind::Notification | Kind::Dm2 | Kind::Mo => {
                Err(Error::state("a document without encodings"))
            }
        }
    }

    fn read_json(received: &Received<'_>, kind: Kind, limits: &Limits) -> Result<Self> {
        if kind == Kind::Mo {
            return MoDocument::decode(received.body, limits).map(Self::Mo);
        }
        let headers = received.dm2_headers()?;
        let (package, dialect) = Package::decode(received.body, &headers, limits)?;
        Ok(Self::Dm2(package, dialect))
    }

    fn notification(decoded: Decoded, body: &[u8]) -> Self {
        let digest = decoded.digest.and_then(|digest| body.get(digest));
        Self::Notification {
            notification: decoded.notification,
            digest: digest.map(<[u8]>::to_vec),
        }
    }

    /// What can be seen in octets, and the document or why there is none.
    pub(super) fn inspect(received: &Received<'_>, limits: &Limits) -> (Outline, Result<Self>) {
        let (body, content_type) = (received.body, received.content_type);
        let is_short = limits.check_bytes(body.len()).is_ok();
        let form = NotificationForm::detect(content_type, body).filter(|_| is_short);
        if let Some(form) = form {
            let (outline, decoded) = Notification::inspect(body, form, limits);
            return (
                outline,
                decoded.map(|decoded| Self::notification(decoded, body)),
            );
        }
        match detect_json(content_type, body) {
            Ok(None) => {}
            found => {
                let (outline, _) = dm2::inspect(body, limits);
                let document = found
                    .and_then(|kind| Self::read_json(received, kind.unwrap_or(Kind::Dm2), limits));
                return (outline, document);
            }
        }
        let (kind, encoding) = match detect(content_type, body, limits) {
            Ok((Kind::Tnds | Kind::Ddf, _)) if limits.check_bytes(body.len()).is_err() => {
                (Kind::SyncMl, Encoding::Xml)
            }
            Ok(found) => found,
            Err(error) => {
                let seen = syncml::inspect(body, None, limits);
                return (seen.outline, Err(error));
            }
        };
        let (outline, error) = match (kind, encoding) {
            (Kind::SyncMl, _) => {
                let seen = syncml::inspect(body, content_type, limits);
                let found = match (seen.message, seen.error) {
                    (Some((message, form)), _) => Ok(Self::SyncMl(message, form)),
                    (None, Some(error)) => Err(error),
                    (None, None) => Err(Error::state("neither a message nor an error")),
                };
                return (seen.outline, found);
            }
            (_, Encoding::Xml) => xml::outline(body, &deep(limits)),
            (_, Encoding::Wbxml) => wbxml::outline(body, &deep(limits)),
        };
        let found = match error {
            Some(error) => Err(error),
            None => Self::read(body, kind, encoding, limits),
        };
        (outline, found)
    }

    /// The document as plain data.
    pub(super) fn show(&self, out: &mut Out) {
        match self {
            Self::SyncMl(message, form) => out.plain(&ShownMessage {
                kind: "syncml",
                encoding: form.encoding(),
                wbxml: Wbxml::of(form),
                message,
            }),
            Self::Tnds(tnds, form) => out.plain(&ShownTnds {
                kind: "tnds",
                encoding: form.encoding(),
                wbxml: Wbxml::of(form),
                man: tnds.man.as_deref(),
                model: tnds.model.as_deref(),
                nodes: &tnds.nodes,
            }),
            Self::Ddf(ddf) => out.plain(&ShownDdf { kind: "ddf", ddf }),
            Self::Notification {
                notification,
                digest,
            } => out.plain(&ShownNotification {
                kind: "notification",
                notification,
                digest: digest.as_deref(),
            }),
            Self::Dm2(package, dialect) => super::dm2::plain(out, package, *dialect),
            Self::Mo(document) => super::dm2::plain_mo(out, document),
        }
    }
}

/// Whether a document is one of JSON: by its content type or, without one, by how it begins, as no other can.
fn detect_json(content_type: Option<&str>, body: &[u8]) -> Result<Option<Kind>> {
    if let Some(content_type) = content_type {
        let found = MediaType::of_content_type(content_type)?;
        return Ok(found.map(|kind| match kind {
            MediaType::Mo => Kind::Mo,
            _ => Kind::Dm2,
        }));
    }
    let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    Ok(match text.trim_ascii_start().first() {
        Some(b'{') => Some(Kind::Dm2),
        Some(b'[') => Some(Kind::Mo),
        _ => None,
    })
}

/// Trees nest deeper than messages.
fn deep(limits: &Limits) -> Limits {
    Limits {
        depth: MAX_DEPTH,
        ..limits.clone()
    }
}

/// What a document is, and how it is written.
fn detect(content_type: Option<&str>, body: &[u8], limits: &Limits) -> Result<(Kind, Encoding)> {
    let Some(content_type) = content_type else {
        let encoding = Encoding::detect(None, body)?;
        return Ok((kind_of(body, encoding, limits), encoding));
    };
    let media_type = content_type.split(';').next().unwrap_or_default();
    let known = [
        (tnds::MEDIA_TYPE_XML, Kind::Tnds, Encoding::Xml),
        (tnds::MEDIA_TYPE_WBXML, Kind::Tnds, Encoding::Wbxml),
        (DDF, Kind::Ddf, Encoding::Xml),
    ];
    let declared = known
        .iter()
        .find(|(known, ..)| media_type.trim().eq_ignore_ascii_case(known));
    let Some((_, kind, encoding)) = declared else {
        return Ok((Kind::SyncMl, Encoding::detect(Some(content_type), body)?));
    };
    // What holds for the parameters of one media type holds for those of the others.
    let parameters = content_type.get(media_type.len()..).unwrap_or_default();
    let alike = [encoding.media_type(), parameters].concat();
    Ok((*kind, Encoding::detect(Some(&alike), body)?))
}

/// What octets are: their root says it and, of trees, whether DFProperties describe a node.
fn kind_of(body: &[u8], encoding: Encoding, limits: &Limits) -> Kind {
    if encoding == Encoding::Wbxml {
        let whole = wbxml::parse_until(body, "", &deep(limits));
        let is_tree = whole.is_ok_and(|whole| whole.document.root().name() == ROOT);
        return if is_tree { Kind::Tnds } else { Kind::SyncMl };
    }
    if !is_tree(body) {
        return Kind::SyncMl;
    }
    let describes = str::from_utf8(body).is_ok_and(|text| text.contains(DESCRIBES))
        && xml::parse(body, &deep(limits)).is_ok_and(|document| describes(&document));
    if describes { Kind::Ddf } else { Kind::Tnds }
}

const ROOT: &str = "MgmtTree";
const DESCRIBES: &str = "DFProperties";

/// Whether the first start tag is that of a tree. Nothing behind its name is looked at, and nothing behind octets that are no text.
fn is_tree(body: &[u8]) -> bool {
    let end = first_name(body).map_or(0, |name| name.end);
    let head = body.get(..end).unwrap_or_default();
    let head = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let name = first_name(head.as_bytes()).and_then(|name| head.get(name));
    let local = name.map(|name| name.split_once(':').map_or(name, |(_, local)| local));
    local == Some(ROOT)
}

/// Where the name of the first start tag is.
fn first_name(text: &[u8]) -> Option<Range<usize>> {
    let mut at = 0;
    let behind = |at: usize, what: &[u8]| {
        let mut found = text.get(at..)?.windows(what.len());
        Some(at + found.position(|window| window == what)? + what.len())
    };
    loop {
        at = behind(at, b"<")?;
        let inside = text.get(at..)?;
        match inside {
            [b'!', b'-', b'-', ..] => at = behind(at + 3, b"-->")?,
            [b'?', ..] => at = behind(at, b"?>")?,
            [b'!', ..] => {}
            _ => {
                let ends = |octet: &u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>');
                let length = inside.iter().position(ends).unwrap_or(inside.len());
                return Some(at..at + length);
            }
        }
    }
}

/// Whether any node has DFProperties.
fn describes(document: &Markup<'_>) -> bool {
    let mut open = vec![document.root()];
    while let Some(element) = open.pop() {
        for child in element.elements() {
            match child.name() {
                DESCRIBES => return true,
                "Node" => open.push(child),
                _ => {}
            }
        }
    }
    false
}
