//! Limits at the door: every figure that bounds what a peer can make us do, with its default.

use crate::error::{Error, Result};

/// The deepest nesting that [`Limits::depth`] may be set to, so that bounded recursion stays bounded.
pub const MAX_DEPTH: u32 = 256;

/// Octets of the largest object that is taken where nothing else is said.
pub(crate) const MAX_OBJECT: u32 = 16 << 20;

/// Octets of large objects that allow for one more message. The smallest messages that are useful hold as many.
const PER_MESSAGE: u64 = 128;

/// Bounds on what one message, object, session or tree may hold. All are inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one message.
    pub bytes: u32,
    /// Nesting of elements in a message; never more than [`MAX_DEPTH`].
    pub depth: u32,
    /// Items in one message. A device in which more waits to be said takes no further commands: it aborts.
    pub items: u32,
    /// Attributes on one element, namespace declarations not counted.
    pub attributes: u32,
    /// Namespace declarations on one element.
    pub namespaces: u32,
    /// Octets of text in one message, all together.
    pub text_bytes: u32,
    /// Commands in one message, those inside Atomic and Sequence included. A server aborts where more Statuses wait for a message with room.
    pub commands: u32,
    /// Nodes of one tree.
    pub nodes: u32,
    /// Messages of one session, in each direction. Each 128 octets of large objects that travel, up to [`object_bytes`](Self::object_bytes),
    /// allow for one more.
    pub messages: u32,
    /// Messages in succession that carry nothing but the demand for the next.
    pub empty_turns: u32,
    /// The smallest MaxMsgSize, in octets, that a peer may ask for.
    pub min_msg_size: u32,
    /// Octets of large objects of which not all has come or not all is sent, all of a session together.
    pub object_bytes: u32,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        bytes: 1 << 20,
        depth: 32,
        items: 10_000,
        attributes: 16,
        namespaces: 16,
        text_bytes: 1 << 20,
        commands: 1_000,
        nodes: 200_000,
        messages: 1_000,
        empty_turns: 8,
        min_msg_size: 1_000,
        object_bytes: 64 << 20,
    };

    /// No bound but the one on depth: for what the caller itself supplies.
    pub const UNBOUNDED: Self = Self {
        bytes: u32::MAX,
        depth: MAX_DEPTH,
        items: u32::MAX,
        attributes: u32::MAX,
        namespaces: u32::MAX,
        text_bytes: u32::MAX,
        commands: u32::MAX,
        nodes: u32::MAX,
        messages: u32::MAX,
        empty_turns: u32::MAX,
        min_msg_size: 0,
        object_bytes: u32::MAX,
    };
}

impl Limits {
    /// The most elements and values of a message: what the most items and commands come to where nothing is left out of them.
    pub(crate) fn most_nodes(&self) -> usize {
        let of_items = (self.items as usize).saturating_mul(12);
        of_items.saturating_add((self.commands as usize).saturating_mul(16))
    }

    /// Messages of a session in which so many octets of large objects have travelled.
    pub(crate) fn most_messages(&self, moved: u64) -> u32 {
        let moved = moved.min(u64::from(self.object_bytes)) / PER_MESSAGE;
        self.messages
            .saturating_add(u32::try_from(moved).unwrap_or(u32::MAX))
    }

    /// Looks at the size of a message before anything else does.
    pub(crate) fn check_bytes(&self, bytes: usize) -> Result<()> {
        let limit = self.bytes as usize;
        if bytes <= limit {
            return Ok(());
        }
        let problem = format!("{bytes} octets, more than {limit}");
        Err(Error::limit("bytes", problem).at(limit))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
