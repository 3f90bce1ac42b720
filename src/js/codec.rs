//! `peek`, `decode`, `inspect`, `encode`.

#![expect(
    unreachable_pub,
    reason = "wasm-bindgen exports nothing that is not pub"
)]

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{Code, Error, Fault, Result};
use crate::limits::Limits;
use crate::syncml::{Encoding, Form, Message, PublicId, WbxmlForm};
use crate::tnds::{self, Tnds};

use super::arguments;
use super::dm2;
use super::document::{Document, Kind};
use super::message;
use super::nodes;
use super::notification;
use super::plain;
use super::read::{Given, optional};
use super::write::{self, Failure, JsResult};

/// The encodings by their names.
pub(super) const ENCODINGS: [(&str, Encoding); 2] =
    [("xml", Encoding::Xml), ("wbxml", Encoding::Wbxml)];

/// What can be known before anything is trusted.
#[wasm_bindgen]
pub fn peek(received: JsValue) -> JsResult<JsValue> {
    let message = arguments::Message::read_any(received, "message", &Limits::DEFAULT)?;
    let headers = message.dm2();
    let received = message.received(&headers);
    if received.is_of_dm2() {
        let headers = received.dm2_headers()?;
        let peek = crate::dm2::peek(received.body, &headers, &Limits::DEFAULT)?;
        return small(&peek);
    }
    let encoding = Encoding::detect(received.content_type, received.body)?;
    small(&Message::peek(received.body, encoding, &Limits::DEFAULT)?)
}

/// A few words as plain data: for so little the form that documents go out in is not worth its building.
fn small(value: &impl Serialize) -> JsResult<JsValue> {
    value
        .serialize(&serde_wasm_bindgen::Serializer::new())
        .map_err(|_| Error::new(Code::State, Fault::Host, "a value cannot be given out").into())
}

/// A document by content type or octets.
#[wasm_bindgen]
pub fn decode(input: JsValue, limits: JsValue) -> JsResult<JsValue> {
    let limits = arguments::limits(optional(limits, "limits")?.as_ref())?;
    let message = arguments::Message::read_any(input, "input", &limits)?;
    let headers = message.dm2();
    let received = message.received(&headers);
    let document = Document::decode(&received, &limits)?;
    // What it holds it holds itself.
    drop(message);
    plain::show(|out| document.show(out))
}

/// What can be seen in octets, whether they are a whole document or not.
#[wasm_bindgen]
pub fn inspect(input: JsValue, limits: JsValue) -> JsResult<JsValue> {
    let limits = arguments::limits(optional(limits, "limits")?.as_ref())?;
    let message = arguments::Message::read_any(input, "input", &limits)?;
    let headers = message.dm2();
    let received = message.received(&headers);
    let (outline, found) = Document::inspect(&received, &limits);
    plain::object(|out| {
        out.member("outline", &outline);
        match found {
            Ok(document) => {
                out.key("document");
                document.show(out);
            }
            Err(error) => out.inside("error", |out| Failure::Error(error).show(out)),
        }
    })
}

/// The documents by their names.
const KINDS: [(&str, Kind); 6] = [
    ("syncml", Kind::SyncMl),
    ("tnds", Kind::Tnds),
    ("ddf", Kind::Ddf),
    ("notification", Kind::Notification),
    ("dm2", Kind::Dm2),
    ("mo", Kind::Mo),
];

/// A document to be written.
enum Written {
    SyncMl(Message),
    Tnds(Tnds),
}

impl Written {
    fn read(given: &Given) -> JsResult<Self> {
        match given.need("type")?.one_of(&KINDS)? {
            Kind::SyncMl => {
                given.only(&["type", "encoding", "wbxml", "message"])?;
                Ok(Self::SyncMl(message::read(&given.need("message")?)?))
            }
            Kind::Tnds => {
                given.only(&["type", "encoding", "wbxml", "man", "mod", "nodes"])?;
                Ok(Self::Tnds(Tnds {
                    man: given.maybe("man", Given::string)?,
                    model: given.maybe("mod", Given::string)?,
                    nodes: nodes::nodes(&given.need("nodes")?)?,
                }))
            }
            Kind::Ddf | Kind::Notification | Kind::Dm2 | Kind::Mo => {
                Err(Error::arg("device descriptions are read, not written")
                    .expecting("syncml or tnds")
                    .into())
            }
        }
    }

    fn wbxml_form(&self) -> WbxmlForm {
        match self {
            Self::SyncMl(message) => WbxmlForm::of_version(&message.header.ver_dtd),
            Self::Tnds(_) => Tnds::wbxml_form(),
        }
    }

    fn media_type(&self, encoding: Encoding) -> &'static str {
        match (self, encoding) {
            (Self::SyncMl(_), _) => encoding.media_type(),
            (Self::Tnds(_), Encoding::Xml) => tnds::MEDIA_TYPE_XML,
            (Self::Tnds(_), Encoding::Wbxml) => tnds::MEDIA_TYPE_WBXML,
        }
    }

    fn encode(&self, encoding: Encoding, indent: bool, form: WbxmlForm) -> Result<Vec<u8>> {
        match (self, encoding) {
            (Self::SyncMl(message), Encoding::Xml) => message.encode(encoding, indent),
            (Self::SyncMl(message), Encoding::Wbxml) => message.encode_as(&Form::Wbxml(form)),
            (Self::Tnds(tnds), Encoding::Xml) => tnds.encode(encoding, indent),
            (Self::Tnds(tnds), Encoding::Wbxml) => tnds.encode_as(&Form::Wbxml(form)),
        }
    }
}

/// A document as octets.
#[wasm_bindgen]
pub fn encode(document: JsValue, options: JsValue) -> JsResult<JsValue> {
    let given = Given::new(document, "document")?;
    let kind = given.need("type")?.one_of(&KINDS)?;
    if let Kind::Notification | Kind::Dm2 | Kind::Mo = kind {
        let mut indent = false;
        if let Some(options) = optional(options, "options")? {
            options.only(&["indent"])?;
            indent = options.maybe("indent", Given::boolean)?.unwrap_or(false);
        }
        return match kind {
            Kind::Dm2 => dm2::encode(&given, indent),
            Kind::Mo => dm2::encode_mo(&given, indent),
            _ => {
                let (octets, form) = notification::document(&given)?;
                write::body(&octets, form.media_type())
            }
        };
    }
    let document = Written::read(&given)?;
    let own = given
        .maybe("encoding", |encoding| encoding.one_of(&ENCODINGS))?
        .unwrap_or_default();
    let mut form = document.wbxml_form();
    given.maybe("wbxml", |given| wbxml(given, &mut form))?;
    let (mut encoding, mut indent) = (own, false);
    if let Some(options) = optional(options, "options")? {
        options.only(&["encoding", "indent", "wbxml"])?;
        let asked = options.maybe("encoding", |given| given.one_of(&ENCODINGS))?;
        encoding = asked.unwrap_or(own);
        indent = options.maybe("indent", Given::boolean)?.unwrap_or(false);
        options.maybe("wbxml", |given| wbxml(given, &mut form))?;
    }
    let body = document.encode(encoding, indent, form);
    let body = body.map_err(|error| error.blaming(Fault::Caller))?;
    write::body(&body, document.media_type(encoding))
}

/// Takes from a `WbxmlForm` what is there.
fn wbxml(given: &Given, form: &mut WbxmlForm) -> JsResult<()> {
    given.only(&["version", "publicId", "stringTable", "unterminated"])?;
    if let Some(version) = given.get("version")? {
        form.version = match version.number()? {
            1 => 1,
            2 => 2,
            3 => 3,
            _ => return Err(version.wrong("1, 2 or 3")),
        };
    }
    if let Some(id) = given.get("publicId")? {
        form.public_id = if id.is_string() {
            PublicId::Text(id.string()?)
        } else {
            PublicId::Number(id.number()?)
        };
    }
    if let Some(shares) = given.maybe("stringTable", Given::boolean)? {
        form.string_table = shares;
    }
    if let Some(unterminated) = given.maybe("unterminated", Given::boolean)? {
        form.unterminated = unterminated;
    }
    Ok(())
}
