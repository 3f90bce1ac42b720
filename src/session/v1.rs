//! DM 1.1 to 1.3: one engine a side. The two sides never import each other.

pub(super) mod client;
#[cfg_attr(not(test), expect(dead_code, reason = "the engines come next"))]
mod object;
mod reply;
mod room;
pub(super) mod server;
pub(super) mod version;
