//! What the host moves: messages in and out, and sessions at rest.

use std::collections::BTreeSet;
use std::fmt;

use crate::auth::AccountState;

use crate::error::Result;
use crate::order::gathered;

pub use crate::received::Received;

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
        let mut gone: BTreeSet<String> = gathered(stored);
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
