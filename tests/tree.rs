//! The management tree as servers and its host see it. Every test runs natively, in Node and in Chromium.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the tests themselves make is read"
)]

#[path = "tree/atomic.rs"]
mod atomic;
#[path = "tree/client_uri.rs"]
mod client_uri;
#[path = "tree/commands.rs"]
mod commands;
#[path = "tree/descriptions.rs"]
mod descriptions;
#[path = "tree/desk.rs"]
mod desk;
#[path = "tree/guards.rs"]
mod guards;
#[path = "tree/lists.rs"]
mod lists;
#[path = "tree/mo.rs"]
mod mo;
#[path = "tree/mo_access.rs"]
mod mo_access;
#[path = "tree/mo_accounts.rs"]
mod mo_accounts;
#[path = "tree/mo_gone.rs"]
mod mo_gone;
#[path = "tree/mo_guards.rs"]
mod mo_guards;
#[path = "tree/mo_kept.rs"]
mod mo_kept;
#[path = "tree/mo_store.rs"]
mod mo_store;
#[path = "tree/mo_subscription.rs"]
mod mo_subscription;
#[path = "tree/model.rs"]
mod model;
#[path = "tree/objects.rs"]
mod objects;
#[path = "tree/properties.rs"]
mod properties;
#[path = "tree/random.rs"]
mod random;
#[path = "tree/rights.rs"]
mod rights;
#[path = "tree/saved.rs"]
mod saved;
#[path = "tree/subtrees.rs"]
mod subtrees;
#[path = "tree/uris.rs"]
mod uris;
