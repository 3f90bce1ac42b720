//! A whole message: from octets and back.

use serde::Serialize;

use crate::error::{Code, Error, Result, excerpt};
use crate::limits::Limits;
use crate::markup::element::{Document, Element};
use crate::markup::wbxml;
use crate::markup::xml;

use super::body::Body;
use super::carried::settle;
use super::command::Command;
use super::encoding::{Encoding, Form};
use super::header::Header;
use super::meta::Sizes;
use super::read::{elements, is_known_dtd, is_spoken, name, namespace, required, text};
use super::write::Writer;

/// A message of a DM session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// SyncHdr.
    pub header: Header,
    /// SyncBody, in order.
    pub commands: Vec<Command>,
    /// The message is the last of its package.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// A message whose commands lie in several places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pieces<'m> {
    /// SyncHdr.
    pub(crate) header: &'m Header,
    /// SyncBody, in order.
    pub(crate) commands: &'m [&'m [Command]],
    /// The message is the last of its package.
    pub(crate) is_final: bool,
}

impl Pieces<'_> {
    /// Writes the message as [`Message::encode_as`] does.
    pub(crate) fn encode_as(&self, form: &Form) -> Result<Vec<u8>> {
        self.write(form, false).map_err(Error::without_offset)
    }

    fn write(&self, form: &Form, indent: bool) -> Result<Vec<u8>> {
        let count: usize = self.commands.iter().map(|commands| commands.len()).sum();
        let mut out = Writer::new(&self.header.ver_dtd, form, indent, count)?;
        out.open("SyncML");
        self.header.emit(&mut out);
        out.open("SyncBody");
        let mut commands = self.commands.iter().copied().flatten();
        commands.try_for_each(|command| command.emit(&mut out))?;
        out.flag("Final", self.is_final);
        out.close();
        out.close();
        out.finish()
    }
}

/// What can be known of a message before anything in it is trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Peek {
    /// The generation of the protocol: 1.
    pub protocol: u8,
    /// How the message is written.
    pub encoding: Encoding,
    /// VerDTD.
    pub ver_dtd: String,
    /// VerProto.
    pub ver_proto: String,
    /// SessionID.
    pub session_id: String,
    /// MsgID.
    pub msg_id: u32,
    /// Source/LocURI.
    pub source: String,
    /// Target/LocURI.
    pub target: String,
    /// Source/LocName.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The type of the credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cred_type: Option<String>,
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// Says what is not well-formed, not a message, not spoken here ([`Code::Version`]) or beyond a limit, and where.
    pub fn decode(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Self> {
        Self::decode_with_form(body, encoding, limits).map(|(message, _)| message)
    }

    /// Reads a message and the form in which it is written.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Self::decode).
    pub fn decode_with_form(
        body: &[u8],
        encoding: Encoding,
        limits: &Limits,
    ) -> Result<(Self, Form)> {
        // What is wrong is found by looking at the whole.
        Self::read_parts(body, encoding, limits)
            .map_or_else(|| Self::read_whole(body, encoding, limits), Ok)
    }

    /// Reads a message command by command; nothing where anything is wrong with it.
    pub(super) fn read_parts(
        body: &[u8],
        encoding: Encoding,
        limits: &Limits,
    ) -> Option<(Self, Form)> {
        let mut parts = Body::of(body.len(), limits);
        let (document, form) = match encoding {
            Encoding::Xml => (xml::parse_parts(body, &mut parts, limits).ok()?, Form::Xml),
            Encoding::Wbxml => {
                let whole = wbxml::parse_parts(body, &mut parts, limits).ok()?;
                (whole.document, Form::Wbxml(whole.form))
            }
        };
        let message = parts.is_fine().then(|| Self::parse(&document, parts))?;
        message.ok()?.settled(form, limits).ok()
    }

    pub(super) fn read_whole(
        body: &[u8],
        encoding: Encoding,
        limits: &Limits,
    ) -> Result<(Self, Form)> {
        let (mut document, form) = match encoding {
            Encoding::Xml => (xml::parse(body, limits)?, Form::Xml),
            Encoding::Wbxml => {
                let whole = wbxml::parse(body, limits)?;
                (whole.document, Form::Wbxml(whole.form))
            }
        };
        trust_ver_dtd(&mut document);
        Self::parse(&document, Body::of(body.len(), limits))?.settled(form, limits)
    }

    fn settled(mut self, form: Form, limits: &Limits) -> Result<(Self, Form)> {
        if form.encoding() == Encoding::Wbxml {
            settle(&mut self.commands, limits)?;
        }
        Ok((self, form))
    }

    /// Reads what is in a document, behind what has been read of its SyncBody.
    fn parse(document: &Document<'_>, mut read: Body<'_>) -> Result<Self> {
        let root = root(document)?;
        if !is_spoken(root.ns()) {
            let problem = format!("namespace {}", excerpt(root.ns()));
            return Err(root
                .error(Code::Version, problem)
                .expecting("SYNCML:SYNCML1.1 or SYNCML:SYNCML1.2"));
        }
        let (mut header, mut body) = (None, None);
        for child in elements(root)? {
            match name(child) {
                "SyncHdr" if header.is_some() => {
                    return Err(child.error(Code::Schema, "a second SyncHdr"));
                }
                "SyncBody" if body.is_some() => {
                    return Err(child.error(Code::Schema, "a second SyncBody"));
                }
                "SyncBody" if header.is_none() => {
                    return Err(child
                        .error(Code::Schema, "SyncBody before SyncHdr")
                        .expecting("SyncHdr"));
                }
                "SyncHdr" => header = Some(Header::parse(child, Sizes::Numbers)?),
                "SyncBody" => body = Some(child),
                _ => {
                    let problem = format!("{} beside SyncHdr and SyncBody", excerpt(child.name()));
                    return Err(child.error(Code::Schema, problem));
                }
            }
        }
        let header = required(header, "SyncHdr", root)?;
        if root.ns().is_empty() && !is_known_dtd(&header.ver_dtd) {
            let problem = format!("VerDTD {}", excerpt(&header.ver_dtd));
            return Err(root.error(Code::Version, problem).expecting("1.1 or 1.2"));
        }
        let body = required(body, "SyncBody", root)?;
        for child in elements(body)? {
            read.child(child)?;
        }
        Ok(Self {
            header,
            commands: read.commands,
            is_final: read.is_final.unwrap_or(false),
        })
    }

    /// Writes the message: canonical and minimal, or indented for people.
    ///
    /// # Errors
    ///
    /// [`Code::Char`], [`Code::Syntax`] and their like where a text, a name or markup cannot stand in a document.
    pub fn encode(&self, encoding: Encoding, indent: bool) -> Result<Vec<u8>> {
        let form = Form::of_version(encoding, &self.header.ver_dtd);
        self.write(&form, indent).map_err(Error::without_offset)
    }

    /// Writes the message in the form of its reader.
    ///
    /// # Errors
    ///
    /// Those of [`encode`](Self::encode); in WBXML [`Code::Schema`] for attributes and for elements of other namespaces.
    pub fn encode_as(&self, form: &Form) -> Result<Vec<u8>> {
        self.write(form, false).map_err(Error::without_offset)
    }

    fn write(&self, form: &Form, indent: bool) -> Result<Vec<u8>> {
        let pieces = Pieces {
            header: &self.header,
            commands: &[&self.commands],
            is_final: self.is_final,
        };
        pieces.write(form, indent)
    }

    /// Reads the header alone, of a version that is not spoken here too.
    pub fn peek(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Peek> {
        let header = Self::decode_header(body, encoding, limits)?;
        Ok(Peek {
            protocol: 1,
            encoding,
            ver_dtd: header.ver_dtd,
            ver_proto: header.ver_proto,
            session_id: header.session_id,
            msg_id: header.msg_id,
            source: header.source.uri,
            target: header.target.uri,
            user: header.source.name,
            cred_type: header.cred.map(|cred| cred.kind),
        })
    }

    /// Reads the header alone, of a version that is not spoken here too. A MaxMsgSize that is no number counts as 0.
    pub fn decode_header(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Header> {
        let mut document = match encoding {
            Encoding::Xml => xml::parse_until(body, "SyncHdr", limits)?,
            Encoding::Wbxml => wbxml::parse_until(body, "SyncHdr", limits)?.document,
        };
        // In a namespace of its own it is read as what it is called.
        if !is_spoken(document.root().ns()) {
            document.rename_root_namespace(namespace(""));
        }
        let root = root(&document)?;
        match elements(root)?.next() {
            Some(first) if name(first) == "SyncHdr" => Header::parse(first, Sizes::Anything),
            Some(first) => Err(first.error(Code::Schema, "missing SyncHdr")),
            None => Err(root.error(Code::Schema, "missing SyncHdr")),
        }
    }
}

/// Gives the root the namespace that is meant.
fn trust_ver_dtd(document: &mut Document<'_>) {
    let root = document.root();
    let header = root.elements().find(|child| name(*child) == "SyncHdr");
    if let Some(namespace) = header.and_then(|header| meant_namespace(root, header)) {
        document.rename_root_namespace(namespace);
    }
}

/// The namespace of a message by its header, where its root has one that is spoken: VerDTD decides the version where the namespace says
/// another one. One that is not known counts as the newest, in which the message would be written.
pub(super) fn meant_namespace(root: Element<'_>, header: Element<'_>) -> Option<&'static str> {
    let ver_dtd = header.elements().find(|child| name(*child) == "VerDTD")?;
    let namespace = namespace(&text(ver_dtd).ok()?);
    (!root.ns().is_empty() && is_spoken(root.ns())).then_some(namespace)
}

fn root<'d>(document: &'d Document<'_>) -> Result<Element<'d>> {
    let root = document.root();
    if root.name() != "SyncML" {
        let problem = format!("root element {}", excerpt(root.name()));
        return Err(root.error(Code::Schema, problem).expecting("SyncML"));
    }
    Ok(root)
}
