//! Accounts: the relation of one device with one server.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::env::NONCE_LEN;

use super::credential::Credential;
use super::notification::NotificationSecret;
use super::triggers::Triggers;

/// How a party proves itself.
#[derive(Clone, Debug)]
pub enum Party {
    /// The transport has proved it, for instance by a certificate.
    Transport,
    /// By credentials in the messages.
    Credential(Credential),
}

/// The relation of one device with one server.
#[derive(Clone, Debug)]
pub struct Account {
    /// Source/LocURI of the device's messages.
    pub device_id: String,
    /// The server's identifier.
    pub server_id: String,
    /// What proves the device.
    pub client: Party,
    /// What proves the server.
    pub server: Party,
    /// What proves the notifications of DM 2.0; those of DM 1.x are proven by the server's credentials.
    pub notification: Option<NotificationSecret>,
    /// What changes with every session.
    pub state: AccountState,
}

/// What changes with every session: the nonces, decoded, and what the server knows of the tree.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    /// For the next digest of the device, issued by the server.
    #[serde(with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub client_nonce: Option<Vec<u8>>,
    /// For the next digest of the server, issued by the device.
    #[serde(with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub server_nonce: Option<Vec<u8>>,
    /// The nonce that the server has as far as is known: that of the last challenge by which it has proved itself, or the one before `server_nonce`, until
    /// it has answered the message with another. It makes notifications with it, since a session may end before there is a message for the
    /// next nonce, and that message may be lost. No digest of a message counts under it again. The device only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_nonce: Option<[u8; NONCE_LEN]>,
    /// The nonce of the last challenge, until the server has proved itself: if its answer was lost, it makes notifications with this one. It counts
    /// for nothing else. The device only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge_nonce: Option<[u8; NONCE_LEN]>,
    /// The server has sent a notification under the nonce of four zero octets, and the device has accepted it under that nonce: it
    /// counts for both directions, once. Cleared where the device has proved itself, and at the device where a session begins.
    pub resync: bool,
    /// The revision of the device's tree that the server knows of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree_revision: Option<u32>,
    /// The last notifications: at the device those that counted, at the server those that were sent and whose session has not come.
    #[serde(default)]
    #[zeroize(skip)]
    pub triggers: Triggers,
    /// The furthest of the numbers that the server has given notifications: the next is behind it, so that none comes again that the device
    /// remembers. The server only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_number: Option<u16>,
    /// Of the last notifications with neither number nor time that counted what their digests begin with, as a number. The device only.
    #[serde(default)]
    #[zeroize(skip)]
    pub trigger_digests: Triggers<u32>,
    /// The time of the newest notification, in seconds since 1970, where it says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_time: Option<u64>,
    /// When a notification last counted under the nonce of four zero octets, in milliseconds since 1970. The device only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resync_time: Option<u64>,
}

impl AccountState {
    /// Gives the server another nonce for its next digest; until it is known to have that, the one before, which this gives, may be all it has.
    pub(crate) fn renew_server_nonce(&mut self, nonce: Vec<u8>) -> Option<Vec<u8>> {
        let before = self.server_nonce.replace(nonce);
        let issued = before.as_deref().and_then(|nonce| nonce.try_into().ok());
        self.trigger_nonce = self.trigger_nonce.or(issued);
        before
    }

    /// Asks the server for a digest under another nonce. Nothing is known to count any less until it has answered.
    pub(crate) fn challenge_server(&mut self, nonce: [u8; NONCE_LEN]) {
        let before = self.challenge_nonce.replace(nonce);
        self.trigger_nonce = self.trigger_nonce.or(before);
    }
}

impl Party {
    /// The credentials, where the messages carry them.
    pub fn credential(&self) -> Option<&Credential> {
        match self {
            Self::Transport => None,
            Self::Credential(credential) => Some(credential),
        }
    }
}

impl fmt::Debug for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountState(..)")
    }
}
