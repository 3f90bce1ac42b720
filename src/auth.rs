//! Floor 3, authentication: schemes, nonces, and the proof that a peer is who it says (DM protocol, chapter 9; DM Security).
//!
//! `Authenticated` is made here and nowhere else; what needs an authenticated peer asks for one.

mod account;
mod challenge;
mod proof;
mod scheme;

pub use account::{Account, AccountState, Credential, Party, Secret};
pub(crate) use challenge::{Demand, challenge};
pub(crate) use proof::{Authenticated, Fingerprint, Verdict, fingerprint, verify};
pub use scheme::Scheme;
