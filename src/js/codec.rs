//! `peek`, `decode`, `encode`.

#![expect(
    unreachable_pub,
    reason = "wasm-bindgen exports nothing that is not pub"
)]

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Fault;
use crate::limits::Limits;
use crate::syncml::{Encoding, Message};

use super::message;
use super::read::{Given, optional};
use super::settings;
use super::write::{self, JsResult};

#[derive(Serialize)]
struct Document<'m> {
    #[serde(rename = "type")]
    kind: &'static str,
    encoding: Encoding,
    message: &'m Message,
}

/// What can be known before anything is trusted.
#[wasm_bindgen]
pub fn peek(received: JsValue) -> JsResult<JsValue> {
    let message = settings::Message::read(&Given::new(received, "message"), &Limits::DEFAULT)?;
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
    let message = Message::decode(received.body, encoding, &Limits::DEFAULT)?;
    write::plain(&Document {
        kind: "syncml",
        encoding,
        message: &message,
    })
}

/// A document as octets.
#[wasm_bindgen]
pub fn encode(document: JsValue, options: JsValue) -> JsResult<JsValue> {
    let given = Given::new(document, "document");
    given.only(&["type", "encoding", "message"])?;
    given.need("type")?.one_of(&[("syncml", ())])?;
    let encodings = [("xml", Encoding::Xml)];
    let own = given
        .maybe("encoding", |encoding| encoding.one_of(&encodings))?
        .unwrap_or_default();
    let message = message::read(&given.need("message")?)?;
    let options = optional(options, "options");
    if let Some(options) = &options {
        options.only(&["encoding", "indent"])?;
    }
    let asked = options
        .as_ref()
        .map(|options| options.maybe("encoding", |given| given.one_of(&encodings)))
        .transpose()?;
    let indent = options
        .as_ref()
        .map(|options| options.maybe("indent", Given::boolean))
        .transpose()?;
    let encoding = asked.flatten().unwrap_or(own);
    let body = message
        .encode(encoding, indent.flatten().unwrap_or(false))
        .map_err(|error| error.blaming(Fault::Caller))?;
    let out = crate::session::Outgoing {
        body,
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
