//! Large objects: values that no message can hold travel in chunks, one a message (DM protocol, chapter 8). Either side sends and takes them.

pub(super) mod assembly;
mod blocks;
pub(super) mod cut;
pub(super) mod parts;
pub(super) mod refused;

/// Octets of the shortest value that counts as large.
pub(in crate::session) const LARGE: usize = 512;
