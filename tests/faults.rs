//! The bench of faults: a device and a server back to back, each with its host, and everything that can go wrong between them.
//!
//! Clock, entropy and network are the bench's own, and one number decides all that happens. `OMADM_FAULT` names the runs to make, as
//! failures name them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only what the tests themselves make is read"
)]

#[path = "faults/check.rs"]
mod check;
#[path = "faults/device.rs"]
mod device;
#[path = "faults/dice.rs"]
mod dice;
#[path = "faults/dm2_every.rs"]
mod dm2_every;
#[path = "faults/dm2_fault.rs"]
mod dm2_fault;
#[path = "faults/dm2_flow.rs"]
mod dm2_flow;
#[path = "faults/dm2_host.rs"]
mod dm2_host;
#[path = "faults/dm2_play.rs"]
mod dm2_play;
#[path = "faults/dm2_worked.rs"]
mod dm2_worked;
#[path = "faults/every.rs"]
mod every;
#[path = "faults/fault.rs"]
mod fault;
#[path = "faults/flow.rs"]
mod flow;
#[path = "faults/flows.rs"]
mod flows;
#[path = "faults/forge.rs"]
mod forge;
#[path = "faults/hurt.rs"]
mod hurt;
#[path = "faults/many.rs"]
mod many;
#[path = "faults/named.rs"]
mod named;
#[path = "faults/needles.rs"]
mod needles;
#[path = "faults/objects.rs"]
mod objects;
#[path = "faults/pairs.rs"]
mod pairs;
#[path = "faults/play.rs"]
mod play;
#[path = "faults/rest.rs"]
mod rest;
#[path = "faults/server.rs"]
mod server;
#[path = "faults/trouble.rs"]
mod trouble;
#[path = "faults/witness.rs"]
mod witness;
