//! Arguments that every call may have: a message, limits, data.

use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::limits::{Limits, MAX_DEPTH};
use crate::received::Received;
use crate::syncml::{Data, Format};

use super::headers::{Headers, headers};
use super::read::{Given, Kind};
use super::write::JsResult;

/// `Received`, its octets copied.
pub(super) struct Message {
    pub(super) body: Vec<u8>,
    pub(super) content_type: Option<String>,
    hmac: Option<String>,
    pub(super) dm2: Vec<(&'static str, String)>,
    url: Option<String>,
    status: Option<u16>,
    peer: Option<String>,
}

impl Message {
    /// A message whose body is not copied where it exceeds the limit.
    pub(super) fn read(value: JsValue, limits: &Limits) -> JsResult<Self> {
        Self::of(&Given::of(value, "message", Kind::Message)?, limits)
    }

    pub(super) fn of(given: &Given, limits: &Limits) -> JsResult<Self> {
        let body = given.need("body")?.octets_up_to(limits.bytes, "bytes")?;
        let declared = given.maybe("contentType", Given::string)?;
        let Headers {
            content_type,
            hmac,
            dm2,
        } = given.maybe("headers", headers)?.unwrap_or_default();
        let url = given.maybe("url", Given::string)?;
        let status = given.maybe("status", Given::short)?;
        let peer = given.maybe("peer", Given::string)?;
        Ok(Self {
            body,
            content_type: declared.or(content_type),
            hmac,
            dm2,
            url,
            status,
            peer,
        })
    }

    /// The octets alone, or a whole message.
    pub(super) fn read_any(value: JsValue, name: &'static str, limits: &Limits) -> JsResult<Self> {
        let given = &Given::of(value, name, Kind::Message)?;
        if given.is_octets() {
            let body = given.octets_up_to(limits.bytes, "bytes")?;
            return Ok(Self {
                body,
                content_type: None,
                hmac: None,
                dm2: Vec::new(),
                url: None,
                status: None,
                peer: None,
            });
        }
        match given.get("body") {
            Ok(Some(_)) => Self::of(given, limits),
            _ => Err(given.wrong("a Uint8Array, or an object with one as body")),
        }
    }

    /// The headers of DM 2.0 that came, without the content type.
    pub(super) fn dm2(&self) -> Vec<(&str, &str)> {
        let headers = self.dm2.iter();
        headers.map(|(name, value)| (*name, &**value)).collect()
    }

    /// The message with its headers, which are those of [`dm2`](Self::dm2).
    pub(super) fn received<'m>(&'m self, headers: &'m [(&'m str, &'m str)]) -> Received<'m> {
        Received {
            headers,
            body: &self.body,
            content_type: self.content_type.as_deref(),
            hmac: self.hmac.as_deref(),
            url: self.url.as_deref(),
            status: self.status,
            peer: self.peer.as_deref(),
        }
    }
}

/// `Partial<Limits>` over the defaults.
pub(super) fn limits(given: Option<&Given>) -> JsResult<Limits> {
    let mut limits = Limits::DEFAULT;
    let Some(given) = given else {
        return Ok(limits);
    };
    let slots = [
        ("bytes", &mut limits.bytes),
        ("depth", &mut limits.depth),
        ("items", &mut limits.items),
        ("attributes", &mut limits.attributes),
        ("namespaces", &mut limits.namespaces),
        ("textBytes", &mut limits.text_bytes),
        ("objectBytes", &mut limits.object_bytes),
        ("commands", &mut limits.commands),
        ("nodes", &mut limits.nodes),
        ("messages", &mut limits.messages),
        ("emptyTurns", &mut limits.empty_turns),
        ("minMsgSize", &mut limits.min_msg_size),
    ];
    given.only(&slots.each_ref().map(|(name, _)| *name))?;
    for (name, slot) in slots {
        if let Some(value) = given.maybe(name, Given::number)? {
            *slot = value;
        }
    }
    if limits.depth > MAX_DEPTH {
        return Err(Error::arg("limits.depth is not what it must be")
            .expecting("at most 256")
            .into());
    }
    Ok(limits)
}

/// Text, octets or markup.
pub(super) fn data(given: &Given) -> JsResult<Data> {
    if given.is_string() {
        return given.string().map(Data::Text);
    }
    if given.is_octets() {
        return given.octets().map(Data::Octets);
    }
    let markup = given
        .get("markup")?
        .ok_or_else(|| given.wrong("a string, a Uint8Array or { markup }"))?;
    given.only(&["markup"])?;
    markup.string().map(Data::Markup)
}

pub(super) fn format(given: &Given) -> JsResult<Format> {
    let name = given.string()?;
    Format::from_name(&name).ok_or_else(|| given.wrong("the name of a format, such as chr"))
}
