//! The codec as its users see it: what must be read, what must be refused, and that writing and reading are each other's reverse.
//! Every test runs natively, in Node and in Chromium.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the tests themselves make is read"
)]

#[path = "codec/accepted.rs"]
mod accepted;
#[path = "codec/carriable.rs"]
mod carriable;
#[path = "codec/damage.rs"]
mod damage;
#[path = "codec/ddf.rs"]
mod ddf;
#[path = "codec/description.rs"]
mod description;
#[path = "codec/dm2.rs"]
mod dm2;
#[path = "codec/generated.rs"]
mod generated;
#[path = "codec/notification.rs"]
mod notification;
#[path = "codec/notifications.rs"]
mod notifications;
#[path = "codec/push.rs"]
mod push;
#[path = "codec/refused.rs"]
mod refused;
#[path = "codec/strategies.rs"]
mod strategies;
#[path = "codec/text.rs"]
mod text;
#[path = "codec/tnds.rs"]
mod tnds;
#[path = "codec/wbxml.rs"]
mod wbxml;
#[path = "codec/written.rs"]
mod written;
