//! A whole message: from octets and back.

use serde::Serialize;

use crate::error::{Code, Error, Result, excerpt};
use crate::limits::Limits;
use crate::markup::element::{Document, Element};
use crate::markup::xml;

use super::command::Command;
use super::header::Header;
use super::read::{Reader, elements, flag, is_known_dtd, is_spoken, name, once, required};
use super::write::Writer;
use super::{Encoding, MEDIA_TYPE_XML};

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

impl Encoding {
    /// How a body is written: by its content type or, without one, by its octets.
    pub fn detect(content_type: Option<&str>, body: &[u8]) -> Result<Self> {
        if let Some(content_type) = content_type {
            return Self::of_content_type(content_type);
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        match body.iter().find(|octet| !octet.is_ascii_whitespace()) {
            Some(b'<') => Ok(Self::Xml),
            None => Err(Error::input(Code::Truncated, "empty body")
                .at(body.len())
                .expecting("a SyncML message")),
            // UTF-16 is refused by name, as the XML floor does.
            Some(0xfe | 0xff | 0) => Err(Error::input(Code::Encoding, "not UTF-8").at(0)),
            Some(_) => Err(Error::input(Code::Syntax, "not XML").at(0).expecting("'<'")),
        }
    }

    /// The encoding that a content type names. Wrong media types and character sets are answered with HTTP 415.
    pub fn of_content_type(content_type: &str) -> Result<Self> {
        let mut parts = content_type.split(';');
        let media_type = parts.next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case(MEDIA_TYPE_XML) {
            let problem = format!("media type {}", excerpt(media_type));
            return Err(Error::input(Code::Schema, problem)
                .expecting(MEDIA_TYPE_XML)
                .with_http(415));
        }
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            let is_utf8 =
                value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii");
            if key.trim().eq_ignore_ascii_case("charset") && !is_utf8 {
                let problem = format!("charset {}", excerpt(value));
                return Err(Error::input(Code::Charset, problem).expecting("utf-8"));
            }
        }
        Ok(Self::Xml)
    }
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// Says what is not well-formed, not a message, not spoken here ([`Code::Version`]) or beyond a limit, and where.
    pub fn decode(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Self> {
        let document = match encoding {
            Encoding::Xml => xml::parse(body, limits)?,
        };
        let root = root(&document)?;
        if !is_spoken(root.ns()) {
            let problem = format!("namespace {}", excerpt(root.ns()));
            return Err(root
                .error(Code::Version, problem)
                .expecting("SYNCML:SYNCML1.1 or SYNCML:SYNCML1.2"));
        }
        let mut reader = Reader::new(limits);
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
                "SyncHdr" => header = Some(Header::parse(child)?),
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
        let (mut commands, mut is_final) = (Vec::new(), None);
        for child in elements(body)? {
            match name(child) {
                "Final" => once(&mut is_final, flag(child)?, child)?,
                _ => commands.push(Command::parse(child, &mut reader)?),
            }
        }
        Ok(Self {
            header,
            commands,
            is_final: is_final.unwrap_or(false),
        })
    }

    /// Writes the message: canonical and minimal, or indented for people.
    ///
    /// # Errors
    ///
    /// [`Code::Char`], [`Code::Syntax`] and their like where a text, a name or markup cannot stand in a document.
    pub fn encode(&self, encoding: Encoding, indent: bool) -> Result<Vec<u8>> {
        let mut out = Writer::new(&self.header.ver_dtd, encoding);
        out.open("SyncML");
        self.header.emit(&mut out);
        out.open("SyncBody");
        self.commands
            .iter()
            .try_for_each(|command| command.emit(&mut out))?;
        out.flag("Final", self.is_final);
        out.close();
        out.close();
        match (out.finish(), encoding) {
            (Some(document), Encoding::Xml) => xml::emit(&document, indent),
            (None, _) => Ok(Vec::new()),
        }
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

    /// Reads the header alone, of a version that is not spoken here too.
    pub fn decode_header(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Header> {
        let document = match encoding {
            Encoding::Xml => xml::parse_until(body, "SyncHdr", limits)?,
        };
        let root = root(&document)?;
        match elements(root)?.next() {
            Some(first) if name(first) == "SyncHdr" => Header::parse(first),
            Some(first) => Err(first.error(Code::Schema, "missing SyncHdr")),
            None => Err(root.error(Code::Schema, "missing SyncHdr")),
        }
    }
}

fn root<'d>(document: &'d Document<'_>) -> Result<Element<'d>> {
    let root = document.root();
    if root.name() != "SyncML" {
        let problem = format!("root element {}", excerpt(root.name()));
        return Err(root.error(Code::Schema, problem).expecting("SyncML"));
    }
    Ok(root)
}
