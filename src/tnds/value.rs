//! What the value of a node is, in each encoding.
//!
//! Octets (Format `bin`) are OPAQUE in WBXML and base64 where only text can be. A node that is base64 by nature (Format `b64`) keeps its text.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};

use super::read::{octets, text};
use crate::error::Result;
use crate::limits::Limits;
use crate::markup::element::{Child, Element};
use crate::markup::xml;
use crate::steps;
use crate::syncml::{Data, Encoding, Format};

/// What Value holds, by the Format of its node.
pub(super) fn read(element: Element<'_>, format: Option<Format>) -> Result<Data> {
    let is_opaque = element
        .children()
        .any(|child| matches!(child, Child::Octets(_)));
    if format == Some(Format::Bin) {
        if is_opaque {
            return octets(element).map(Data::Octets);
        }
        let text = text(element)?;
        steps::add(2 * text.len());
        let decoded = Data::decode_base64(&text);
        return decoded
            .map(Data::Octets)
            .map_err(|error| error.at(element.offset()).within(element.path()));
    }
    if element.elements().next().is_some() {
        steps::add(element.range().len());
        let inner = element.inner().map(|inner| Ok(inner.to_owned()));
        return inner
            .unwrap_or_else(|| xml::emit_inner(element))
            .map(Data::Markup);
    }
    if !is_opaque {
        return Ok(Data::Text(text(element)?.into_owned()));
    }
    let text = match String::from_utf8(octets(element)?) {
        Ok(text) if xml::is_text(&text) => text,
        Ok(text) => return Ok(not_text(text.into_bytes(), format)),
        Err(error) => return Ok(not_text(error.into_bytes(), format)),
    };
    if format == Some(Format::Xml) && is_markup(&text) {
        return Ok(Data::Markup(text));
    }
    Ok(Data::Text(text))
}

fn not_text(octets: Vec<u8>, format: Option<Format>) -> Data {
    steps::add(octets.len());
    if format == Some(Format::B64) {
        Data::Text(Base64::encode_string(&octets))
    } else {
        Data::Octets(octets)
    }
}

/// Whether the text is XML with an element in it.
fn is_markup(text: &str) -> bool {
    text.contains('<') && xml::check_fragment(text, "", &Limits::UNBOUNDED).is_ok()
}

/// What stands between the tags of Value.
pub(super) enum Content<'a> {
    Text(Cow<'a, str>),
    Octets(&'a [u8]),
    Markup(&'a str),
}

/// How a value is written, and the Format that it needs: the one that is given, wherever a reader can tell by that what has come.
pub(super) fn write(
    data: &Data,
    format: Option<Format>,
    encoding: Encoding,
) -> (Content<'_>, Format) {
    match (data, format, encoding) {
        (Data::Text(text), Some(Format::Bin), _) => binary(text.as_bytes(), encoding),
        (Data::Text(text), format, _) => (
            Content::Text(Cow::Borrowed(text)),
            format.unwrap_or(Format::Chr),
        ),
        (Data::Octets(octets), Some(Format::B64), _) => {
            let text = Cow::Owned(Base64::encode_string(octets));
            (Content::Text(text), Format::B64)
        }
        (Data::Octets(octets), ..) => binary(octets, encoding),
        // There is no token for what stands in it.
        (Data::Markup(markup), _, Encoding::Wbxml) => {
            (Content::Octets(markup.as_bytes()), Format::Xml)
        }
        (Data::Markup(markup), format, Encoding::Xml) => {
            let format = format.filter(|format| *format != Format::Bin);
            (Content::Markup(markup), format.unwrap_or(Format::Xml))
        }
    }
}

fn binary(octets: &[u8], encoding: Encoding) -> (Content<'_>, Format) {
    let content = match encoding {
        Encoding::Xml => Content::Text(Cow::Owned(Base64::encode_string(octets))),
        Encoding::Wbxml => Content::Octets(octets),
    };
    (content, Format::Bin)
}
