//! What came over the transport, with what its headers say.

use crate::dm2::{Headers, MediaType};
use crate::error::Result;
use crate::syncml::Encoding;

const CONTENT_TYPE: &str = "content-type";

/// What came over the transport.
#[derive(Clone, Copy, Default)]
pub struct Received<'a> {
    /// The body, after any coding of the transport was undone.
    pub body: &'a [u8],
    /// The content type; without one the octets of the body decide.
    pub content_type: Option<&'a str>,
    /// The header `x-syncml-hmac`; where it came several times, all of them with commas between.
    pub hmac: Option<&'a str>,
    /// Names and values of the headers that count in DM 2.0: `Accept`, `OMADM-DevID`, `OMADM-Accept`, in whichever case. Others may be among
    /// them and mean nothing; a content type counts where `content_type` says none.
    pub headers: &'a [(&'a str, &'a str)],
    /// The address that was called; carries the token of RespURI.
    pub url: Option<&'a str>,
    /// The HTTP status of a reply.
    pub status: Option<u16>,
    /// The device that the transport has authenticated.
    pub peer: Option<&'a str>,
}

impl<'a> Received<'a> {
    /// A body without anything else.
    pub fn body(body: &'a [u8]) -> Self {
        Self {
            body,
            ..Self::default()
        }
    }

    /// What the headers say in DM 2.0.
    pub(crate) fn dm2_headers(&self) -> Result<Headers> {
        let declared = self.content_type.map(|value| (CONTENT_TYPE, value));
        let is_other = |(name, _): &&(&str, &str)| {
            declared.is_none() || !name.eq_ignore_ascii_case(CONTENT_TYPE)
        };
        let others = self.headers.iter().filter(is_other).copied();
        Headers::read(declared.into_iter().chain(others))
    }

    /// Whether it is a package of DM 2.0: its media type is one of them, or else its body begins as no message of DM 1.x can.
    pub(crate) fn is_of_dm2(&self) -> bool {
        let of = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(CONTENT_TYPE);
        let among = || Some(self.headers.iter().find(of)?.1);
        let declared = self.content_type.or_else(among);
        let is_ours = |declared| !matches!(MediaType::of_content_type(declared), Ok(None));
        let body = self.body.strip_prefix("\u{feff}".as_bytes());
        let body = body.unwrap_or(self.body).trim_ascii_start();
        declared.is_some_and(is_ours) || body.first() == Some(&b'{')
    }

    pub(crate) fn encoding(&self) -> Result<Encoding> {
        Encoding::detect(self.content_type, self.body)
    }
}
