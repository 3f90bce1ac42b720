//! What the host moves: messages in and out, and sessions at rest.

use std::collections::BTreeSet;
use std::fmt;

use crate::auth::AccountState;
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

/// What goes over the transport.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The body.
    pub body: Vec<u8>,
    /// Its content type.
    pub content_type: &'static str,
    /// The header `x-syncml-hmac`, where the sender proves itself by it.
    pub hmac: Option<String>,
    /// Names and values of the headers that DM 2.0 needs beside the content type.
    pub headers: Vec<(&'static str, String)>,
    /// The HTTP status that it goes with; the server only.
    pub status: Option<u16>,
    /// Where it goes; the client only.
    pub url: Option<String>,
    /// The session is over with it.
    pub done: bool,
    /// It is a stored reply to a message that came again.
    pub repeated: bool,
    /// The commands that no message to this device can hold, and that cannot be cut, and those with a value that is larger than it takes: they
    /// are taken from the queue and were not sent, or not to the end. The server only.
    pub too_large: Vec<u32>,
    /// The commands that have no words in the protocol of this device: likewise. The server only.
    pub unsupported: Vec<u32>,
}

/// A session at rest. No secret is inside.
#[derive(Clone, PartialEq, Eq)]
pub struct Saved {
    /// The session.
    pub state: Vec<u8>,
    /// The nonces as this session knows them. They belong to the state, which is not restored with others: whoever stores them apart, for the
    /// next session of the account, stores a copy. What other sessions have come to since is handed in as
    /// [`Account::state`](crate::Account::state).
    pub account: AccountState,
    /// What large objects have come to so far. A part never changes: write those with new ids, drop those that are gone.
    pub parts: Vec<Part>,
}

/// A session at rest, for a host that has stored parts of it before: the octets of those are not copied again.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedSince {
    /// The session.
    pub state: Vec<u8>,
    /// The nonces of the account, to be stored with it.
    pub account: AccountState,
    /// The parts that are not stored yet, to be stored beside the others.
    pub parts: Vec<Part>,
    /// The names of stored parts that are none of the session any more, to be dropped.
    pub gone: Vec<String>,
}

impl SavedSince {
    /// `save` gives all parts, one by one.
    pub(crate) fn of(
        stored: impl IntoIterator<Item = String>,
        save: impl FnOnce(&mut dyn FnMut(String, &[u8])) -> Result<(Vec<u8>, AccountState)>,
    ) -> Result<Self> {
        let mut gone: BTreeSet<String> = stored.into_iter().collect();
        let mut parts = Vec::new();
        let (state, account) = save(&mut |id, octets| {
            if !gone.remove(&id) {
                let bytes = octets.to_vec();
                parts.push(Part { id, bytes });
            }
        })?;
        Ok(Self {
            state,
            account,
            parts,
            gone: gone.into_iter().collect(),
        })
    }
}

impl From<SavedSince> for Saved {
    fn from(since: SavedSince) -> Self {
        let SavedSince {
            state,
            account,
            parts,
            ..
        } = since;
        Self {
            state,
            account,
            parts,
        }
    }
}

impl fmt::Debug for SavedSince {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedSince")
            .field("octets", &self.state.len())
            .field("parts", &self.parts.len())
            .field("gone", &self.gone.len())
            .finish_non_exhaustive()
    }
}

/// A piece of a session at rest.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Names it within its session.
    pub id: String,
    /// Its octets, at most 1,048,576.
    pub bytes: Vec<u8>,
}

/// Credentials and tokens are not for logs.
impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("octets", &self.body.len())
            .field("content_type", &self.content_type)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("octets", &self.body.len())
            .field("content_type", &self.content_type)
            .field("done", &self.done)
            .field("repeated", &self.repeated)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saved")
            .field("octets", &self.state.len())
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}

/// Values are not for logs either.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("id", &self.id)
            .field("octets", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
