//! Whole sessions: a device and a server back to back, and peers that misbehave. Every test runs natively, in Node and in Chromium.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the tests themselves make is read"
)]

#[path = "session/authentication.rs"]
mod authentication;
#[path = "session/catalogue_a.rs"]
mod catalogue_a;
#[path = "session/commands.rs"]
mod commands;
#[path = "session/example.rs"]
mod example;
#[path = "session/pair.rs"]
mod pair;
#[path = "session/peer.rs"]
mod peer;
#[path = "session/say.rs"]
mod say;
