//! What a client says of itself, and why it begins a session.

use std::collections::BTreeMap;

use crate::auth::Account;
use crate::dm2::Dialect;
use crate::limits::Limits;
use crate::session::interaction::InteractionKind;
use crate::session::v1::version::Version;
use crate::syncml::Encoding;

/// What a client says of itself.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The relation with the server.
    pub account: Account,
    /// The server's address.
    pub url: String,
    /// The version to speak.
    pub version: Version,
    /// How to write messages.
    pub encoding: Encoding,
    /// Speaks DM 2.0 in this dialect; version and encoding do not count then.
    pub dm2: Option<Dialect>,
    /// Origins that RespURI, and in DM 2.0 every command but SHOW, may name beside the server's own. With `https` only.
    pub origins: Vec<String>,
    /// What the host can show; other interactions are answered 406.
    pub interactions: Vec<InteractionKind>,
    /// Whether Add makes missing parents.
    pub implicit_add: bool,
    /// Whether package 1 of DM 1.3, and of DM 2.0 in the draft dialect, tells what of the tree has changed since the last session with this
    /// server, as far as [`AccountState::tree_revision`](crate::AccountState::tree_revision) says when that was.
    pub tree_alerts: bool,
    /// Octets of the largest message that is taken; announced to the server. At most [`Limits::bytes`], which is the default.
    pub max_msg_size: Option<u32>,
    /// Octets of the largest object that is taken; announced to the server where it is given. Default: 16,777,216, not announced.
    pub max_obj_size: Option<u32>,
    /// What is said of management objects in DM 2.0.
    pub objects: ObjectSettings,
    /// Bounds on what a server can make us do.
    pub limits: Limits,
}

/// What a device says of its management objects in DM 2.0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectSettings {
    /// Which objects notifications in the draft dialect mean: their identifiers by the index that stands for them.
    pub index: BTreeMap<u16, String>,
    /// The identifiers of the objects that the server was granted, where the host knows them; otherwise the accounts in the tree say it, and
    /// where there are none of DM 2.0 it was granted all.
    pub granted: Option<Vec<String>>,
    /// What tells the validators of this tree from those of one before it: another number whenever the tree begins anew. Without it there are
    /// none, and all data is always sent.
    pub epoch: Option<u64>,
    /// Whether package 1 always lists the objects that the device has, not only where a notification asks for them.
    pub always_listed: bool,
}

/// Why a session starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The device wants it (Alert 1201).
    Client,
    /// The device has been bootstrapped, of which DM 2.0 alone has a way to tell.
    Bootstrap,
    /// A notification, which the host has verified, asks for this session (Alert 1200). For one that is to be verified there is
    /// [`ClientSession::notified`](super::ClientSession::notified).
    Server {
        /// The SessionID of the notification; in the approved dialect of DM 2.0 its number.
        session_id: u16,
        /// The objects that it asks for, by their identifiers. Package 1 of DM 1.3, and of DM 2.0 in the draft dialect, holds those that the
        /// server may read.
        requested: Vec<String>,
    },
}
