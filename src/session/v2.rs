//! DM 2.0. The two sides never import each other.

pub(super) mod server;
