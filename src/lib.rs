//! OMA Device Management, both sides, without I/O.
//!
//! The crate is a house of six floors; a file imports only from floors below its own, and a test holds it to that.
//!
//! | floor | modules | what it knows |
//! |---|---|---|
//! | 5 JavaScript | `js` (wasm32 only) | wasm-bindgen; checks every argument, carries values out |
//! | 4 sessions | [`session`] | who may say what when: [`ServerSession`] and [`ClientSession`] |
//! | 3 services | [`tree`], [`auth`] `received` | the management tree; schemes, nonces, proof; what came over the transport |
//! | 2 messages | [`syncml`] [`dm2`] [`notification`] [`tnds`] [`ddf`] | SyncML messages, packages of DM 2.0, notifications, serialised management trees and device descriptions as plain data |
//! | 1 syntax | `markup` `json` | one neutral tree of elements, read from and written to XML and WBXML; JSON |
//! | 0 words | `order` `error` `limits` `env` [`status`] `uri` `snapshot` `checksum` `steps` | numbers and names of the field; time and entropy as values |
//!
//! What holds everywhere: no input makes it panic; nothing recurses deeper than [`limits::MAX_DEPTH`]; no clock, socket or random
//! source is held; where a function returns an error, nothing has changed.
//!
//! # A session
//!
//! Each side takes one message in and gives one message out. The host moves them, and may put a session to rest after any of them.
//!
//! ```
//! use omadm::{Account, ClientConfig, ClientSession, Credential, Encoding, Env, Limits, Message, Party, Received, Scheme, Secret};
//! use omadm::{AccountState, Binding, NewCommand, ServerConfig, ServerEvent, ServerSession, Tree, Trigger, Version};
//!
//! # fn main() -> omadm::Result<()> {
//! # let random: Vec<u8> = (0..32).collect();
//! # let mut tree = Tree::new(&Limits::DEFAULT);
//! let secret = Secret::Password(b"OhBehave".to_vec().into());
//! let client = Party::Credential(Credential::new("Bruce2".into(), secret, vec![Scheme::Md5])?);
//! let account = Account {
//!     device_id: "IMEI:490154203237518".into(),
//!     server_id: "mgmt.example".into(),
//!     client,
//!     server: Party::Transport,
//!     notification: None,
//!     state: AccountState::default(),
//! };
//! let mut device = ClientSession::new(
//!     ClientConfig {
//!         account: account.clone(),
//!         url: "https://mgmt.example/dm".into(),
//!         version: Version::V1_2,
//!         encoding: Encoding::Xml,
//!         origins: vec![],
//!         interactions: vec![],
//!         implicit_add: false,
//!         tree_alerts: false,
//!         dm2: None,
//!         objects: Default::default(),
//!         max_msg_size: None,
//!         max_obj_size: None,
//!         limits: Limits::DEFAULT,
//!     },
//!     Trigger::Client,
//!     &Env::new(0, &random)?,
//! );
//! let mut server = ServerSession::new(ServerConfig {
//!     accept_mo: None,
//!     server_id: "mgmt.example".into(),
//!     url: "https://mgmt.example/dm".into(),
//!     binding: Binding::RespUri,
//!     strangers: vec![],
//!     alert_types: vec![],
//!     max_msg_size: None,
//!     max_obj_size: None,
//!     limits: Limits::DEFAULT,
//! });
//! let mut found = vec![];
//! server.push(NewCommand::Get(vec![".".into()]))?;
//! while let Some(out) = device.send(&tree, &Env::new(0, &random)?)? {
//!     let request = Received { url: out.url.as_deref(), ..Received::body(&out.body) };
//!     found.extend(server.receive(&request, Some(&account))?);
//!     let reply = server.respond(&Env::new(0, &random)?)?;
//!     device.receive(&mut tree, &Received::body(&reply.body))?;
//! }
//! assert!(found.iter().any(|event| matches!(event, ServerEvent::Results { .. })));
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    not(feature = "sessions"),
    allow(
        dead_code,
        unused_imports,
        reason = "the floors below hold what only sessions need; the whole is checked with them"
    )
)]

#[cfg(feature = "sessions")]
pub mod auth;
#[cfg(feature = "sessions")]
mod checksum;
pub mod ddf;
pub mod dm2;
#[cfg(feature = "sessions")]
mod env;
mod error;
mod json;
pub mod limits;
mod markup;
pub mod notification;
mod order;
mod received;
#[cfg(feature = "sessions")]
pub mod session;
#[cfg(feature = "sessions")]
mod snapshot;
pub mod status;
mod steps;
pub mod syncml;
#[cfg(feature = "sessions")]
#[doc(hidden)]
pub mod testing;
pub mod tnds;
#[cfg(feature = "sessions")]
pub mod tree;
mod uri;

#[cfg(target_arch = "wasm32")]
mod js;

#[cfg(feature = "sessions")]
pub use auth::{Account, AccountState, Credential, Party, Scheme, Secret};
#[cfg(feature = "sessions")]
pub use env::Env;
pub use error::{Code, Error, Fault, Result};
pub use limits::Limits;
pub use markup::outline::Outline;
pub use notification::{Notification, NotificationForm, UiMode};
pub use received::Received;
#[cfg(feature = "sessions")]
pub use session::{
    AbortedBy, Binding, ClientAlert, ClientConfig, ClientEvent, ClientSession, Direction,
    InitiatedBy, Interaction, InteractionKind, NewCommand, NewItem, Outcome, Outgoing, Part,
    Protocol, Saved, SavedSince, ServerConfig, ServerEvent, ServerSession, Trigger, UiCommand,
    UiOptions, Version,
};
pub use status::{AlertCode, StatusCode};
pub use syncml::{Command, Data, Encoding, Format, Item, Message, Peek};
#[cfg(feature = "sessions")]
pub use tree::{Node, Tree};
