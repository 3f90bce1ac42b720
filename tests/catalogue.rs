//! What a peer may send that is bad, or only looks so: the rows P, X and W of the catalogue, with what must come of each.
//! Every test runs natively, in Node and in Chromium; `tests/node/catalogue.test.js` asks the same of the package.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the tests themselves make is read"
)]

#[path = "catalogue/cases.rs"]
mod cases;
#[path = "catalogue/mass.rs"]
mod mass;
#[path = "catalogue/table.rs"]
mod table;
