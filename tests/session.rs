//! Whole sessions: a device and a server back to back, and peers that misbehave. Every test runs natively, in Node and in Chromium.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the tests themselves make is read"
)]

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
#[path = "session/hmac.rs"]
mod hmac;
#[path = "session/order.rs"]
mod order;
#[path = "session/pair.rs"]
mod pair;
#[path = "session/peer.rs"]
mod peer;
#[path = "session/proof.rs"]
mod proof;
#[path = "session/prove.rs"]
mod prove;
#[path = "session/replay.rs"]
mod replay;
#[path = "session/resync.rs"]
mod resync;
#[path = "session/say.rs"]
mod say;
#[path = "session/schemes.rs"]
mod schemes;
#[path = "session/secrets.rs"]
mod secrets;
#[path = "session/strangers.rs"]
mod strangers;
#[path = "session/unproven.rs"]
mod unproven;
