//! Floor 3, authentication: schemes, nonces, and the proof that a peer is who it says (DM protocol, chapter 9; DM Security).
//!
//! `Authenticated` is made here and nowhere else; what needs an authenticated peer asks for one.

mod account;
mod challenge;
mod credential;
mod hash;
mod mac;
mod notification;
mod proof;
mod scheme;
mod triggers;

pub use account::{Account, AccountState, Party};
pub(crate) use challenge::{Demand, challenge};
pub use credential::{Credential, Secret};
pub(crate) use mac::MacKey;
pub(crate) use notification::take_notification;
pub use notification::{
    Ignored, Nonce, NotificationPolicy, NotificationSecret, SignedNotification,
    VerifiedNotification, new_notification_number, sign_notification, verify_notification,
};
pub(crate) use proof::{
    Authenticated, Evidence, Fingerprint, Nonces, RESYNC_NONCE, Verdict, fingerprint, verify,
};
pub use scheme::Scheme;
pub use triggers::Triggers;
