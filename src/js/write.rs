//! Values on their way out: plain data, and errors as plain objects.

#[cfg(feature = "sessions")]
use std::collections::BTreeSet;

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

#[cfg(feature = "sessions")]
use crate::auth::{Account, AccountState, Party, Triggers};
use crate::error::{Code, Error, Fault};
#[cfg(feature = "sessions")]
use crate::order::gathered;
#[cfg(feature = "sessions")]
use crate::session::{Outgoing, ServerEvent};

#[cfg(feature = "sessions")]
use super::dm2;
use super::read::key;

/// What a call comes to when it fails.
pub enum Failure {
    /// An error of ours.
    Error(Error),
    /// What code of the caller's threw while an argument was read. It may look like anything, also like an error of ours.
    Thrown(JsValue),
}

/// A result whose error JavaScript understands.
pub(super) type JsResult<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<JsValue> for Failure {
    fn from(thrown: JsValue) -> Self {
        Self::Thrown(thrown)
    }
}

/// An error as a plain object.
impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let (error, cause) = match failure {
            Failure::Error(error) => (error, None),
            Failure::Thrown(cause) => (Error::arg("reading an argument threw"), Some(cause)),
        };
        let object = Object::new();
        let text = |value: Option<&str>| value.map(Self::from_str);
        let number = |value: Option<u16>| value.map(|value| Self::from_f64(f64::from(value)));
        set(&object, "code", text(Some(error.code().as_str())));
        set(&object, "fault", text(Some(error.fault().as_str())));
        set(&object, "message", text(Some(&error.to_string())));
        set(&object, "limit", text(error.exceeded()));
        set(&object, "expected", text(error.expected()));
        set(&object, "status", number(error.status()));
        set(&object, "http", number(error.http()));
        set(
            &object,
            "offset",
            error.offset().map(|offset| Self::from_f64(offset as f64)),
        );
        set(&object, "path", text(error.path()));
        set(&object, "cause", cause);
        object.into()
    }
}

/// Sets a property where there is a value. It cannot fail on a plain object of our own.
pub(super) fn set(object: &Object, name: &'static str, value: Option<JsValue>) {
    if let Some(value) = value {
        let done = Reflect::set(object, &key(name), &value);
        debug_assert!(done.is_ok(), "a plain object takes every property");
    }
}

/// A value as plain data: structs are objects, records are Maps, octets are Uint8Arrays.
pub(super) fn plain<T: Serialize + ?Sized>(value: &T) -> JsResult<JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new();
    value
        .serialize(&serializer)
        .map_err(|_| Error::new(Code::State, Fault::Host, "a value cannot be given out").into())
}

/// The events of a server. What holds JSON is written by hand, for numbers that a double cannot hold.
#[cfg(feature = "sessions")]
pub(super) fn server_events(events: &[ServerEvent]) -> JsResult<JsValue> {
    let list = js_sys::Array::new();
    for event in events {
        let object: Object = plain(event)?.unchecked_into();
        match event {
            ServerEvent::Alert {
                data: Some(data), ..
            } => set(&object, "data", Some(super::json::out(data)?)),
            ServerEvent::Supported { objects } => {
                let objects = objects.iter().map(dm2::show_supported);
                let objects: js_sys::Array = objects.collect::<JsResult<_>>()?;
                set(&object, "objects", Some(objects.into()));
            }
            ServerEvent::Data { item } => {
                Object::assign(&object, &dm2::show_item(item)?.unchecked_into());
            }
            ServerEvent::Results { objects, .. } if !objects.is_empty() => {
                let objects = objects.iter().map(dm2::show_item);
                let objects: js_sys::Array = objects.collect::<JsResult<_>>()?;
                set(&object, "objects", Some(objects.into()));
            }
            _ => {}
        }
        list.push(&object);
    }
    Ok(list.into())
}

/// Octets as a Uint8Array of their own.
pub(super) fn octets(octets: &[u8]) -> JsValue {
    js_sys::Uint8Array::from(octets).into()
}

/// A document as it goes over HTTP.
pub(super) fn body(octets: &[u8], media_type: &str) -> Object {
    let (object, headers) = (Object::new(), Object::new());
    let media_type = JsValue::from_str(media_type);
    set(&headers, "content-type", Some(media_type.clone()));
    set(&object, "body", Some(self::octets(octets)));
    set(&object, "contentType", Some(media_type));
    set(&object, "headers", Some(headers.into()));
    object
}

/// The parts of a message that both sides have.
#[cfg(feature = "sessions")]
pub(super) fn outgoing(out: &Outgoing) -> Object {
    let object = Object::new();
    let headers = Object::new();
    let content_type = JsValue::from_str(out.content_type);
    set(&headers, "content-type", Some(content_type.clone()));
    let hmac = out.hmac.as_deref().map(JsValue::from_str);
    set(&headers, "x-syncml-hmac", hmac);
    for (name, value) in &out.headers {
        set(&headers, name, Some(JsValue::from_str(value)));
    }
    set(&object, "body", Some(octets(&out.body)));
    set(&object, "contentType", Some(content_type));
    set(&object, "headers", Some(headers.into()));
    set(&object, "done", Some(JsValue::from_bool(out.done)));
    object
}

/// A session at rest, without the parts that are stored. `save` gives them one by one: each leaves the module before the next is looked at.
#[cfg(feature = "sessions")]
pub(super) fn saved(
    stored: Option<Vec<String>>,
    save: impl FnOnce(&mut dyn FnMut(String, &[u8])) -> Result<(Vec<u8>, AccountState), Error>,
) -> JsResult<JsValue> {
    let object = Object::new();
    let parts = js_sys::Array::new();
    let is_since = stored.is_some();
    let mut gone: BTreeSet<String> = gathered(stored.into_iter().flatten());
    let (state, account) = save(&mut |id, bytes| {
        if gone.remove(&id) {
            return;
        }
        let object = Object::new();
        set(&object, "id", Some(JsValue::from_str(&id)));
        set(&object, "bytes", Some(octets(bytes)));
        parts.push(&object);
    })?;
    set(&object, "state", Some(octets(&state)));
    set(&object, "account", Some(account_state(&account)));
    set(&object, "parts", Some(parts.into()));
    let gone = gone.iter().map(|id| JsValue::from_str(id.as_str()));
    let gone = is_since.then(|| gone.collect::<js_sys::Array>().into());
    set(&object, "gone", gone);
    Ok(object.into())
}

/// An account as it was given or found.
#[cfg(feature = "sessions")]
pub(super) fn account(account: &Account) -> JsResult<JsValue> {
    let object = Object::new();
    set(
        &object,
        "deviceId",
        Some(JsValue::from_str(&account.device_id)),
    );
    set(
        &object,
        "serverId",
        Some(JsValue::from_str(&account.server_id)),
    );
    set(&object, "client", Some(party(&account.client)?));
    set(&object, "server", Some(party(&account.server)?));
    set(&object, "state", Some(account_state(&account.state)));
    Ok(object.into())
}

#[cfg(feature = "sessions")]
fn party(party: &Party) -> JsResult<JsValue> {
    let Some(credential) = party.credential() else {
        return Ok(JsValue::from_str("transport"));
    };
    let (object, secret) = (Object::new(), Object::new());
    set(&object, "user", Some(JsValue::from_str(credential.user())));
    set(&secret, "password", credential.password().map(octets));
    set(&object, "secret", Some(secret.into()));
    set(&object, "schemes", Some(plain(credential.schemes())?));
    Ok(object.into())
}

/// Numbers that are remembered, if there are any.
#[cfg(feature = "sessions")]
fn numbers<T: Copy + Into<f64>>(remembered: Triggers<T>) -> Option<JsValue> {
    let numbers: js_sys::Array = Vec::from(remembered)
        .into_iter()
        .map(|number| JsValue::from_f64(number.into()))
        .collect();
    (numbers.length() > 0).then(|| numbers.into())
}

#[cfg(feature = "sessions")]
pub(super) fn account_state(state: &AccountState) -> JsValue {
    let object = Object::new();
    set(
        &object,
        "clientNonce",
        state.client_nonce.as_deref().map(octets),
    );
    set(
        &object,
        "serverNonce",
        state.server_nonce.as_deref().map(octets),
    );
    set(
        &object,
        "triggerNonce",
        state.trigger_nonce.as_ref().map(|nonce| octets(nonce)),
    );
    set(
        &object,
        "resync",
        state.resync.then(|| JsValue::from_bool(true)),
    );
    let revision = state
        .tree_revision
        .map(|revision| JsValue::from_f64(f64::from(revision)));
    set(&object, "treeRevision", revision);
    set(&object, "triggers", numbers(state.triggers));
    let number = state.trigger_number.map(JsValue::from);
    set(&object, "triggerNumber", number);
    set(&object, "triggerDigests", numbers(state.trigger_digests));
    let moment = |moment: Option<u64>| moment.map(|moment| JsValue::from_f64(moment as f64));
    set(&object, "triggerTime", moment(state.trigger_time));
    set(&object, "resyncTime", moment(state.resync_time));
    object.into()
}
