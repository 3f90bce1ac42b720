//! How a message is written on the wire, and how that is told.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result, excerpt};
use crate::markup::wbxml::WbxmlForm;

/// The media type of a DM message in XML.
pub const MEDIA_TYPE_XML: &str = "application/vnd.syncml.dm+xml";
/// The media type of a DM message in WBXML.
pub const MEDIA_TYPE_WBXML: &str = "application/vnd.syncml.dm+wbxml";

/// How a message is written on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Text.
    #[default]
    Xml,
    /// Tokens.
    Wbxml,
}

/// An encoding, and what it leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// XML as it is written here always.
    #[default]
    Xml,
    /// WBXML in a form of its own.
    Wbxml(WbxmlForm),
}

impl Form {
    /// The form in which a message of this VerDTD is written unless something else is known of its reader.
    pub fn of_version(encoding: Encoding, ver_dtd: &str) -> Self {
        match encoding {
            Encoding::Xml => Self::Xml,
            Encoding::Wbxml => Self::Wbxml(WbxmlForm::of_version(ver_dtd)),
        }
    }

    /// The encoding alone.
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Xml => Encoding::Xml,
            Self::Wbxml(_) => Encoding::Wbxml,
        }
    }
}

impl Encoding {
    /// The media type of a DM message in this encoding.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xml => MEDIA_TYPE_XML,
            Self::Wbxml => MEDIA_TYPE_WBXML,
        }
    }

    /// How a body is written: by its content type or, without one, by its octets.
    ///
    /// # Errors
    ///
    /// [`Code::Schema`] for a media type that is not one of DM messages, and where the octets are plainly of the other encoding;
    /// [`Code::Truncated`] for an empty body, [`Code::Encoding`] and [`Code::Syntax`] for octets that are neither.
    pub fn detect(content_type: Option<&str>, body: &[u8]) -> Result<Self> {
        let seen = Self::of_octets(body);
        let Some(content_type) = content_type else {
            return seen;
        };
        let declared = Self::of_content_type(content_type)?;
        // What is declared decides; octets that could be anything are for its reader to judge.
        let is_plain = matches!(body.first(), Some(1..=3)) || seen == Ok(Self::Xml);
        match seen {
            Ok(seen) if is_plain && seen != declared => {
                let problem = format!("{} declared as {}", seen.name(), declared.name());
                let error = Error::input(Code::Schema, problem).at(0);
                Err(error.expecting(declared.name()))
            }
            _ => Ok(declared),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Xml => "XML",
            Self::Wbxml => "WBXML",
        }
    }

    /// WBXML begins with its version, an octet that no text begins with.
    fn of_octets(body: &[u8]) -> Result<Self> {
        let wide = [
            &b"\0<"[..],
            b"<\0",
            b"\0\0\0<",
            b"\0\0\xfe\xff",
            b"\xfe\xff",
            b"\xff\xfe",
        ];
        if wide.iter().any(|start| body.starts_with(start)) {
            return Err(Error::input(Code::Encoding, "not UTF-8").at(0));
        }
        let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let first = text.iter().position(|octet| !octet.is_ascii_whitespace());
        let Some(at) = first else {
            return Err(Error::input(Code::Truncated, "empty body")
                .at(body.len())
                .expecting("a SyncML message"));
        };
        let at = at + body.len() - text.len();
        match body.get(at) {
            Some(b'<') => Ok(Self::Xml),
            Some(octet) if at == 0 && octet.is_ascii_control() => Ok(Self::Wbxml),
            // A version that looks like a blank.
            Some(0x80..) if at == 1 && str::from_utf8(body).is_err() => Ok(Self::Wbxml),
            Some(0x80..) if str::from_utf8(body).is_err() => {
                Err(Error::input(Code::Encoding, "not UTF-8").at(at))
            }
            Some(b'[') => Err(Error::input(
                Code::Syntax,
                "an array of JSON, as data of objects is",
            )
            .at(at)
            .expecting("a message")),
            _ => Err(Error::input(Code::Syntax, "neither XML nor WBXML")
                .at(at)
                .expecting("`<`, or the version of WBXML")),
        }
    }

    /// The encoding that a content type names. Wrong media types and character sets are answered with HTTP 415.
    pub fn of_content_type(content_type: &str) -> Result<Self> {
        let mut parts = content_type.split(';');
        let media_type = parts.next().unwrap_or_default().trim();
        let known = [Self::Xml, Self::Wbxml];
        let encoding = known
            .into_iter()
            .find(|known| media_type.eq_ignore_ascii_case(known.media_type()));
        let encoding = encoding.ok_or_else(|| {
            let problem = format!("media type {}", excerpt(media_type));
            Error::input(Code::Schema, problem)
                .expecting("application/vnd.syncml.dm+xml or application/vnd.syncml.dm+wbxml")
                .with_http(415)
        })?;
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            let is_utf8 =
                value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii");
            if key.trim().eq_ignore_ascii_case("charset") && !is_utf8 {
                let problem = format!("charset {}", excerpt(value));
                return Err(Error::input(Code::Charset, problem).expecting("utf-8"));
            }
        }
        Ok(encoding)
    }
}
