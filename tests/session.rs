//! Whole sessions: a device and a server back to back, and peers that misbehave. Every test runs natively, in Node and in Chromium.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the tests themselves make is read"
)]

#[path = "session/abort.rs"]
mod abort;
#[path = "session/authentication.rs"]
mod authentication;
#[path = "session/catalogue.rs"]
mod catalogue;
#[path = "session/commands.rs"]
mod commands;
#[path = "session/content.rs"]
mod content;
#[path = "session/damage.rs"]
mod damage;
#[path = "session/example.rs"]
mod example;
#[path = "session/order.rs"]
mod order;
#[path = "session/package.rs"]
mod package;
#[path = "session/pair.rs"]
mod pair;
#[path = "session/peer.rs"]
mod peer;
#[path = "session/proof.rs"]
mod proof;
#[path = "session/replay.rs"]
mod replay;
#[path = "session/say.rs"]
mod say;
#[path = "session/size.rs"]
mod size;
