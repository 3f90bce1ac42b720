//! The digests of notifications, and what they are made with.

use std::fmt;
use std::ops::Range;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::env::NONCE_LEN;
use crate::error::{Error, Result};
use crate::notification::{MD5_LEN, SHA256_LEN};

use super::super::account::{Account, Party};
use super::super::credential::Credential;
use super::super::hash::Hash;
use super::super::mac::{hash_of_body, mac};
use super::super::proof::RESYNC_NONCE;
use super::Ignored;

/// Octets of the longest secret, and of the longest data beside it.
const MAX_LEN: usize = 4096;

/// What proves the notifications of DM 2.0 (DM Account, Auth/Noti).
#[derive(Clone)]
pub struct NotificationSecret {
    secret: Zeroizing<Vec<u8>>,
    auth_data: Zeroizing<Vec<u8>>,
}

impl NotificationSecret {
    /// A secret and the data beside it: in the draft form password and nonce, in the approved form what stands before and behind the notification
    /// in what is hashed.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for an empty secret, and where either exceeds 4096 octets.
    pub fn new(secret: Zeroizing<Vec<u8>>, auth_data: Zeroizing<Vec<u8>>) -> Result<Self> {
        if secret.is_empty() || secret.len() > MAX_LEN {
            return Err(Error::arg("no secret of notifications").expecting("1 to 4096 octets"));
        }
        if auth_data.len() > MAX_LEN {
            return Err(Error::arg("long data of notifications").expecting("at most 4096 octets"));
        }
        Ok(Self { secret, auth_data })
    }

    /// The digest of the octets of the draft form in front of it.
    pub(super) fn of_draft(&self, server_id: &str, octets: &[u8]) -> Vec<u8> {
        let secret = Credential::secret_of(Hash::Md5, server_id, &self.secret);
        mac(&secret, &self.auth_data, &hash_of_body(octets))
    }

    /// The digest of the octets of the approved form, with zeros in its place.
    pub(super) fn of_approved(&self, octets: &[u8]) -> Vec<u8> {
        Hash::Sha256.of(&[&self.secret, octets, &self.auth_data])
    }
}

impl fmt::Debug for NotificationSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotificationSecret(..)")
    }
}

/// Under which nonce a digest is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// The one that was issued, or one that does not change.
    Stored,
    /// The one of a resynchronization.
    Resync,
}

/// What the secret of the server's credentials comes to for notifications of DM 1.x. The user in it is the server as the message
/// names it, and with some devices the user of the credentials: right are both, and written is the first that the credentials suffice for.
pub(super) fn secrets(account: &Account) -> [Option<Zeroizing<String>>; 2] {
    let Party::Credential(credential) = &account.server else {
        return [None, None];
    };
    let of_user = credential.hash(Hash::Md5);
    [
        credential
            .password()
            .map(|password| Credential::secret_of(Hash::Md5, &account.server_id, password)),
        // Of an account that keeps only another hash there is none.
        Some(of_user).filter(|secret| !secret.is_empty()),
    ]
}

/// Checks the first octets against all behind them. Every digest that may be right is computed, whichever is.
pub(super) fn of_v1(body: &[u8], account: &Account, may_resync: bool) -> Result<Match, Ignored> {
    let (digest, trigger) = body
        .split_at_checked(MD5_LEN)
        .filter(|(_, trigger)| trigger.len() >= 8)
        .ok_or(Ignored::Malformed)?;
    let hash = hash_of_body(trigger);
    // Before the first session no nonce has been issued; the empty one is what both sides start from.
    let state = &account.state;
    let issued = state.server_nonce.as_deref();
    let known = state
        .trigger_nonce
        .as_ref()
        .map(<[u8; NONCE_LEN]>::as_slice)
        .or(issued)
        .unwrap_or_default();
    let challenge = state.challenge_nonce.as_ref();
    let challenge = challenge.map(<[u8; NONCE_LEN]>::as_slice);
    // The message with the next one may have come or not, and so may a challenge: then what both start from counts as before.
    let other = if challenge.is_some() { &[][..] } else { known };
    let stored = [known, issued.unwrap_or(other), challenge.unwrap_or(known)];
    let (mut is_right, mut is_resync) = (Choice::from(0), Choice::from(0));
    for secret in secrets(account) {
        let is_there = Choice::from(u8::from(secret.is_some()));
        let secret = secret.unwrap_or_default();
        for nonce in stored {
            is_right |= mac(&secret, nonce, &hash).as_slice().ct_eq(digest) & is_there;
        }
        is_resync |= mac(&secret, &RESYNC_NONCE, &hash).as_slice().ct_eq(digest) & is_there;
    }
    is_resync &= Choice::from(u8::from(may_resync));
    if bool::from(is_right) {
        Ok(Match::Stored)
    } else if bool::from(is_resync) {
        Ok(Match::Resync)
    } else {
        Err(Ignored::Digest)
    }
}

/// Checks the last octets against all in front of them.
pub(super) fn of_draft(
    body: &[u8],
    server_id: &str,
    secret: &NotificationSecret,
) -> Result<Match, Ignored> {
    let at = body.len().checked_sub(MD5_LEN).ok_or(Ignored::Malformed)?;
    let (octets, digest) = body.split_at_checked(at).ok_or(Ignored::Malformed)?;
    right(&secret.of_draft(server_id, octets), digest)
}

/// Checks the octets of a range against all of them, with zeros in their place.
pub(super) fn of_approved(
    body: &[u8],
    range: Range<usize>,
    secret: &NotificationSecret,
) -> Result<Match, Ignored> {
    let (Some(before), Some(digest), Some(behind)) = (
        body.get(..range.start),
        body.get(range.clone()),
        body.get(range.end..),
    ) else {
        return Err(Ignored::Malformed);
    };
    let octets = [before, &[0; SHA256_LEN], behind].concat();
    right(&secret.of_approved(&octets), digest)
}

fn right(expected: &[u8], digest: &[u8]) -> Result<Match, Ignored> {
    match bool::from(expected.ct_eq(digest)) {
        true => Ok(Match::Stored),
        false => Err(Ignored::Digest),
    }
}
