//! DM 2.0: one engine a side. The two sides never import each other.

pub(super) mod client;
pub(super) mod server;
