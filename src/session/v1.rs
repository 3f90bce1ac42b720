//! DM 1.1 to 1.3: one engine a side. The two sides never import each other.

pub(super) mod client;
pub(super) mod object;
mod reply;
mod rest;
mod room;
pub(super) mod server;
pub(super) mod version;
