//! JSON (RFC 8259): read strictly, kept where it stands, and written.
//!
//! The reader is our own, and small, because none of what DM 2.0 asks of one can be had from serde_json without a second reader beside it:
//! names that stand twice in an object are refused, also in what is skipped; an error has its offset in octets and its path; lone surrogates,
//! octets that are no UTF-8, an input that is cut off and one that goes on are told apart; numbers stay as they are written; nothing
//! recurses; what can be read of a broken input is shown. The tests compare it with serde_json.
//!
//! A document is a list of [`Piece`](document::Piece)s over its input, and so takes 16 octets for each value, whatever the input says.

mod document;
mod number;
mod reader;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub(crate) use document::{Document, Kind, Value};
pub use number::Number;
pub(crate) use reader::{is_json, parse, parse_partial};
pub use value::Json;
pub(crate) use write::write;
