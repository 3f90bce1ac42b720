//! Floor 3, authentication: schemes, nonces, and the proof that a peer is who it says (DM protocol, chapter 9; DM Security).
//!
//! `Authenticated` is made here and nowhere else; what needs an authenticated peer asks for one.

mod account;
mod challenge;
mod credential;
mod hash;
mod mac;
mod proof;
mod scheme;

pub use account::{Account, AccountState, Party};
pub(crate) use challenge::{Demand, challenge};
pub use credential::{Credential, Secret};
pub(crate) use mac::MacKey;
pub(crate) use proof::{
    Authenticated, Evidence, Fingerprint, Nonces, RESYNC_NONCE, Verdict, fingerprint, verify,
};
pub use scheme::Scheme;
