//! SyncHdr: who speaks to whom, in which session and version.

use serde::Serialize;

use crate::error::{Code, Result};
use crate::markup::element::Element;

use super::is_unset;
use super::meta::{Rest, Sizes, split};
use super::raw::RawElement;
use super::read::{credentials, elements, flag, name, number, once, required, string, text};
use super::write::Writer;

/// Characters of the longest SessionID.
const MAX_SESSION_ID: usize = 32;

/// An address: Target or Source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Location {
    /// LocURI.
    pub uri: String,
    /// LocName; in the Source of a header the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What has no name here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

impl Location {
    /// An address without name.
    pub fn of(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            ..Self::default()
        }
    }

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let (mut uri, mut loc_name, mut extra) = (None, None, Vec::new());
        for child in elements(element)? {
            match name(child) {
                "LocURI" => once(&mut uri, string(child)?, child)?,
                "LocName" => once(&mut loc_name, string(child)?, child)?,
                _ => extra.push(RawElement::parse(child)),
            }
        }
        Ok(Self {
            uri: required(uri, "LocURI", element)?,
            name: loc_name,
            extra,
        })
    }

    pub(super) fn emit<'a>(&'a self, element: &'static str, out: &mut Writer<'a>) {
        out.open(element);
        out.leaf("LocURI", &self.uri);
        out.optional("LocName", self.name.as_deref());
        self.extra.iter().for_each(|extra| extra.emit(out));
        out.close();
    }
}

/// Credentials.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cred {
    /// The type, such as `syncml:auth-basic`; empty where the peer gave none.
    #[serde(rename = "type")]
    pub kind: String,
    /// The format of `data`, usually `b64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The credentials themselves.
    pub data: String,
    /// What has no name here. What is in the namespace `syncml:metinf` stands in Meta.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

/// Credentials are not for logs.
impl std::fmt::Debug for Cred {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cred")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Cred {
    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let (mut data, mut rest) = (None, Rest::default());
        for child in elements(element)? {
            match name(child) {
                "Data" => once(&mut data, credentials(child)?, child)?,
                _ => rest.take(child)?,
            }
        }
        let mut cred = Self::default();
        cred.extra = rest.finish(|meta| {
            cred.kind = meta.mime.take().unwrap_or_default();
            cred.format = meta.format.take();
        })?;
        cred.data = required(data, "Data", element)?;
        Ok(cred)
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) {
        let (in_meta, beside) = split(&self.extra);
        out.open("Cred");
        if self.format.is_some() || !self.kind.is_empty() || !in_meta.is_empty() {
            out.open("Meta");
            out.meta_leaf("Format", self.format.as_deref());
            out.meta_leaf(
                "Type",
                (!self.kind.is_empty()).then_some(self.kind.as_str()),
            );
            in_meta.into_iter().for_each(|extra| extra.emit(out));
            out.close();
        }
        out.leaf("Data", &self.data);
        beside.into_iter().for_each(|extra| extra.emit(out));
        out.close();
    }
}

/// The header of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The version of the representation: `1.1` or `1.2`.
    pub ver_dtd: String,
    /// The version of the protocol: `DM/1.1` to `DM/1.3`.
    pub ver_proto: String,
    /// The session, an opaque text of at most 32 characters.
    pub session_id: String,
    /// The number of the message among those of its sender, from 1.
    pub msg_id: u32,
    /// To whom.
    pub target: Location,
    /// From whom.
    pub source: Location,
    /// Where the next message goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resp_uri: Option<String>,
    /// No Status is wanted.
    #[serde(skip_serializing_if = "is_unset")]
    pub no_resp: bool,
    /// Credentials of the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cred: Option<Cred>,
    /// Octets of the largest message that the sender takes; 4294967295 stands for anything larger too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_msg_size: Option<u32>,
    /// Octets of the largest object that the sender takes; 4294967295 stands for anything larger too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_obj_size: Option<u32>,
    /// What has no name here. What is in the namespace `syncml:metinf` stands in Meta.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<RawElement>,
}

impl Header {
    pub(super) fn parse(element: Element<'_>, sizes: Sizes) -> Result<Self> {
        let mut header = Self::default();
        let (mut ver_dtd, mut ver_proto, mut session_id, mut msg_id) = (None, None, None, None);
        let (mut target, mut source, mut rest) = (None, None, Rest::of(sizes));
        for child in elements(element)? {
            match name(child) {
                "VerDTD" => once(&mut ver_dtd, string(child)?, child)?,
                "VerProto" => once(&mut ver_proto, string(child)?, child)?,
                "SessionID" => once(&mut session_id, session(child)?, child)?,
                "MsgID" => once(&mut msg_id, positive(child)?, child)?,
                "Target" => once(&mut target, Location::parse(child)?, child)?,
                "Source" => once(&mut source, Location::parse(child)?, child)?,
                "RespURI" => once(&mut header.resp_uri, string(child)?, child)?,
                "NoResp" => header.no_resp = flag(child)?,
                "Cred" => once(&mut header.cred, Cred::parse(child)?, child)?,
                _ => rest.take(child)?,
            }
        }
        header.ver_dtd = required(ver_dtd, "VerDTD", element)?;
        header.ver_proto = required(ver_proto, "VerProto", element)?;
        header.session_id = required(session_id, "SessionID", element)?;
        header.msg_id = required(msg_id, "MsgID", element)?;
        header.target = required(target, "Target", element)?;
        header.source = required(source, "Source", element)?;
        header.extra = rest.finish(|meta| {
            header.max_msg_size = meta.max_msg_size.take();
            header.max_obj_size = meta.max_obj_size.take();
        })?;
        Ok(header)
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) {
        out.open("SyncHdr");
        out.leaf("VerDTD", &self.ver_dtd);
        out.leaf("VerProto", &self.ver_proto);
        out.leaf("SessionID", &self.session_id);
        out.leaf("MsgID", &self.msg_id.to_string());
        self.target.emit("Target", out);
        self.source.emit("Source", out);
        out.optional("RespURI", self.resp_uri.as_deref());
        out.flag("NoResp", self.no_resp);
        if let Some(cred) = &self.cred {
            cred.emit(out);
        }
        let (in_meta, beside) = split(&self.extra);
        if self.max_msg_size.is_some() || self.max_obj_size.is_some() || !in_meta.is_empty() {
            out.open("Meta");
            out.meta_number("MaxMsgSize", self.max_msg_size);
            out.meta_number("MaxObjSize", self.max_obj_size);
            in_meta.into_iter().for_each(|extra| extra.emit(out));
            out.close();
        }
        beside.into_iter().for_each(|extra| extra.emit(out));
        out.close();
    }
}

fn session(element: Element<'_>) -> Result<String> {
    let id = text(element)?;
    if id.is_empty() || id.chars().count() > MAX_SESSION_ID {
        return Err(element
            .error(Code::Schema, "SessionID of a wrong length")
            .expecting("1 to 32 characters"));
    }
    Ok(id.into_owned())
}

fn positive(element: Element<'_>) -> Result<u32> {
    match number(element)? {
        0 => Err(element
            .error(Code::Number, "MsgID is 0")
            .expecting("1 to 4294967295")),
        id => Ok(id),
    }
}
