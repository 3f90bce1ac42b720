//! `peek`, `decode`, `inspect`, `encode`.

#![expect(
    unreachable_pub,
    reason = "wasm-bindgen exports nothing that is not pub"
)]

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Fault;
use crate::limits::Limits;
use crate::syncml::{self, Encoding, Form, Message, PublicId, WbxmlForm};

use super::message;
use super::read::{Given, optional};
use super::settings;
use super::write::{self, Failure, JsResult};

/// The encodings by their names.
pub(super) const ENCODINGS: [(&str, Encoding); 2] =
    [("xml", Encoding::Xml), ("wbxml", Encoding::Wbxml)];

/// A document on its way out.
#[derive(Serialize)]
struct Document<'m> {
    #[serde(rename = "type")]
    kind: &'static str,
    encoding: Encoding,
    #[serde(skip_serializing_if = "Option::is_none")]
    wbxml: Option<Wbxml<'m>>,
    message: &'m Message,
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

impl<'m> Document<'m> {
    fn of(message: &'m Message, form: &'m Form) -> Self {
        let wbxml = match form {
            Form::Xml => None,
            Form::Wbxml(form) => Some(Wbxml {
                version: form.version,
                public_id: match &form.public_id {
                    PublicId::Number(number) => Id::Number(*number),
                    PublicId::Text(text) => Id::Text(text),
                },
                string_table: form.string_table,
                unterminated: form.unterminated,
            }),
        };
        Self {
            kind: "syncml",
            encoding: form.encoding(),
            wbxml,
            message,
        }
    }
}

/// What can be known before anything is trusted.
#[wasm_bindgen]
pub fn peek(received: JsValue) -> JsResult<JsValue> {
    let message = settings::Message::read_any(&Given::new(received, "message"), &Limits::DEFAULT)?;
    let received = message.received();
    let encoding = Encoding::detect(received.content_type, received.body)?;
    write::plain(&Message::peek(received.body, encoding, &Limits::DEFAULT)?)
}

/// A document by content type or octets.
#[wasm_bindgen]
pub fn decode(input: JsValue) -> JsResult<JsValue> {
    let message = settings::Message::read_any(&Given::new(input, "input"), &Limits::DEFAULT)?;
    let received = message.received();
    let encoding = Encoding::detect(received.content_type, received.body)?;
    let limits = &Limits::DEFAULT;
    let (message, form) = Message::decode_with_form(received.body, encoding, limits)?;
    write::plain(&Document::of(&message, &form))
}

/// What can be seen in octets, whether they are a whole document or not.
#[wasm_bindgen]
pub fn inspect(input: JsValue) -> JsResult<JsValue> {
    let message = settings::Message::read_any(&Given::new(input, "input"), &Limits::DEFAULT)?;
    let received = message.received();
    let seen = syncml::inspect(received.body, received.content_type, &Limits::DEFAULT);
    let object = js_sys::Object::new();
    write::set(&object, "outline", Some(write::plain(&seen.outline)?));
    if let Some((message, form)) = &seen.message {
        let document = write::plain(&Document::of(message, form))?;
        write::set(&object, "document", Some(document));
    }
    let error = seen.error.map(|error| Failure::Error(error).into());
    write::set(&object, "error", error);
    Ok(object.into())
}

/// A document as octets.
#[wasm_bindgen]
pub fn encode(document: JsValue, options: JsValue) -> JsResult<JsValue> {
    let given = Given::new(document, "document");
    given.only(&["type", "encoding", "wbxml", "message"])?;
    given.need("type")?.one_of(&[("syncml", ())])?;
    let own = given
        .maybe("encoding", |encoding| encoding.one_of(&ENCODINGS))?
        .unwrap_or_default();
    let message = message::read(&given.need("message")?)?;
    let ver_dtd = &message.header.ver_dtd;
    let mut form = WbxmlForm::of_version(ver_dtd);
    given.maybe("wbxml", |given| wbxml(given, &mut form))?;
    let (mut encoding, mut indent) = (own, false);
    if let Some(options) = optional(options, "options") {
        options.only(&["encoding", "indent", "wbxml"])?;
        let asked = options.maybe("encoding", |given| given.one_of(&ENCODINGS))?;
        encoding = asked.unwrap_or(own);
        indent = options.maybe("indent", Given::boolean)?.unwrap_or(false);
        options.maybe("wbxml", |given| wbxml(given, &mut form))?;
    }
    let body = match encoding {
        Encoding::Xml => message.encode(encoding, indent),
        Encoding::Wbxml => message.encode_as(&Form::Wbxml(form)),
    };
    let out = crate::session::Outgoing {
        body: body.map_err(|error| error.blaming(Fault::Caller))?,
        content_type: encoding.media_type(),
        url: None,
        done: false,
        repeated: false,
        too_large: Vec::new(),
    };
    let object = write::outgoing(&out);
    js_sys::Reflect::delete_property(&object, &JsValue::from_str("done"))?;
    Ok(object.into())
}

/// Takes from a `WbxmlForm` what is there.
fn wbxml(given: &Given<'_>, form: &mut WbxmlForm) -> JsResult<()> {
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
