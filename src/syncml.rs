//! SyncML DM messages as plain data (Representation Protocol 1.1 to 1.3, Meta Information).
//!
//! Reading is lenient where real peers differ and strict where two readings would be possible: children come in any order, unknown
//! elements are kept, a field that is given twice with different values is refused. Writing is canonical: the order of the DTD,
//! namespaces where they are needed, nothing else.
//!
//! Recursion here is bounded: no document deeper than [`MAX_DEPTH`](crate::limits::MAX_DEPTH) leaves the markup floor.

mod body;
mod carried;
mod command;
mod data;
mod encoding;
mod header;
mod inspect;
mod item;
#[cfg(test)]
mod linear;
mod message;
mod meta;
mod raw;
mod read;
mod write;

pub use crate::markup::outline::Outline;
pub use crate::markup::wbxml::{PublicId, WbxmlForm};
pub(crate) use carried::Joined;
pub(crate) use command::refers;
pub use command::{Alert, Atomic, Command, Operation, Results, Sequence, Status, Unknown};
pub use data::Data;
pub use encoding::{Encoding, Form, MEDIA_TYPE_WBXML, MEDIA_TYPE_XML};
pub use header::{Cred, Header, Location};
pub use inspect::{Inspection, inspect};
pub use item::Item;
pub(crate) use message::Pieces;
pub use message::{Message, Peek};
pub use meta::{Chal, Format, Meta};
pub use raw::{Attributes, RawChild, RawElement};

/// Serialises a flag only where it is set.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_unset(flag: &bool) -> bool {
    !flag
}
