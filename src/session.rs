//! Floor 4, sessions: who may say what when.
//!
//! One message in, one message out. A session never waits, never calls back, and holds no clock, socket or random source.

mod accounts;
mod alert;
mod client;
mod command;
mod event;
mod interaction;
mod protocol;
mod server;
mod transport;
mod v1;
mod v2;

pub use accounts::accounts;
pub use alert::ClientAlert;
pub use client::{ClientConfig, ClientSession, Failure, Fetched, ObjectSettings, Outcome, Trigger};
pub use command::{NewCommand, NewItem};
pub use event::{AbortedBy, ClientEvent, Direction, InitiatedBy, ServerEvent};
pub use interaction::{Interaction, InteractionKind, UiCommand, UiOptions};
pub use protocol::Protocol;
pub use server::{Binding, ServerConfig, ServerSession};
pub use transport::{Outgoing, Part, Received, Saved, SavedSince};
pub use v1::version::Version;
