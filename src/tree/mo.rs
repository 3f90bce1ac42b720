//! Management objects as DM 2.0 knows them: who may do what with an instance, its data in packages and documents, and what documents do to it.
//!
//! Nothing here asks the host: where a value is the host's, what is to be asked of it comes out, and the call is repeated with the answer.

mod access;
mod accounts;
mod asked;
mod called;
mod codes;
mod dacmo;
mod data;
mod given;
pub(super) mod guard;
mod home;
#[cfg(test)]
mod linear;
mod put;
mod read;
mod remove;
pub(super) mod standing;
mod store;
mod subscription;
mod value;

pub use access::{Access, Deed, Requester, Rights, Seen};
pub use asked::Asked;
pub use read::{Reader, Reading};
pub use remove::Removal;
pub use store::{Fetched, Storing, Written};
pub(super) use subscription::Services;
pub use subscription::{DefaultSource, Due, DuePut, Subscribing, Subscription};
