//! The server's side: a notification for an account.

use crate::env::Env;
use crate::error::{Code, Error, Fault, Result};
use crate::notification::{Approved, Draft, Notification, SHA256_LEN, V1};

use super::super::account::{Account, AccountState};
use super::super::mac::{hash_of_body, mac};
use super::super::proof::RESYNC_NONCE;
use super::key::secrets;

/// The nonce of a notification of DM 1.x.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nonce {
    /// The one that the device issued last, or none before it has issued any.
    #[default]
    Stored,
    /// Four zero octets: the nonces are to be resynchronized. Not every device takes it.
    Resync,
}

/// A notification to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedNotification {
    /// The octets.
    pub body: Vec<u8>,
    /// The account's state, to be stored before it is sent: the session that it asks for is expected.
    pub state: AccountState,
}

impl std::fmt::Debug for SignedNotification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedNotification")
            .field("octets", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A number for a notification: 1 to 65535. The one behind the last, which the device cannot remember any more; the first is by chance.
pub fn new_notification_number(state: &AccountState, env: &Env<'_>) -> u16 {
    let [high, low, ..] = env.token();
    let first = match state.trigger_number {
        Some(last) => last.wrapping_add(1),
        None => u16::from_be_bytes([high, low]),
    };
    let first = first.max(1);
    let is_free = |number: &u16| !state.triggers.contains(*number);
    let mut numbers = (first..=u16::MAX).chain(1..first);
    numbers.find(is_free).unwrap_or(first)
}

/// Whether a number is ahead of another on the way round.
const fn is_ahead(number: u16, last: u16) -> bool {
    let distance = number.wrapping_sub(last);
    distance > 0 && distance < 1 << 15
}

/// Makes the octets of a notification for an account, with the digest that proves the server. One with a number that is remembered is the same
/// sent again.
///
/// # Errors
///
/// [`Code::Arg`] for a notification of another server, without a number in the forms that have one, with reserved bits, and for what the form has
/// no place for; [`Code::Auth`] where the account of DM 1.x keeps nothing that a digest can be made with.
pub fn sign_notification(
    notification: &Notification,
    account: &Account,
    nonce: Nonce,
) -> Result<SignedNotification> {
    if notification.server_id() != account.server_id {
        return Err(Error::arg("a notification of another server").expecting("that of the account"));
    }
    if notification.reserved() != 0 {
        return Err(Error::arg("reserved bits").expecting("none"));
    }
    let mut state = account.state.clone();
    let is_v1 = matches!(notification, Notification::V1(_));
    if nonce == Nonce::Resync && !is_v1 {
        return Err(Error::arg("no nonce in this form").expecting("form 1.2"));
    }
    let body = match notification {
        Notification::V1(V1 { session_id: 0, .. })
        | Notification::Draft(Draft { session_id: 0, .. }) => {
            return Err(Error::arg("bad number of a session").expecting("1 to 65535"));
        }
        Notification::V1(v1) => {
            let [of_server, of_user] = secrets(account);
            let secret = of_server.or(of_user).ok_or_else(|| {
                Error::new(Code::Auth, Fault::Caller, "no secret to sign with")
                    .expecting("a password or its MD5 hash for the server")
            })?;
            let nonce = match nonce {
                Nonce::Resync => &RESYNC_NONCE[..],
                Nonce::Stored => state.server_nonce.as_deref().unwrap_or_default(),
            };
            let digest = mac(&secret, nonce, &hash_of_body(&v1.emit()?));
            notification.encode(Some(&digest))?
        }
        Notification::Draft(draft) => {
            let secret = account.notification.as_ref();
            let octets = draft.emit()?;
            let digest = secret.map(|secret| secret.of_draft(&account.server_id, &octets));
            notification.encode(digest.as_deref())?
        }
        Notification::Approved(approved) => match &account.notification {
            Some(secret) => {
                let octets = approved.emit(&[0; SHA256_LEN])?;
                let digest = secret.of_approved(&octets);
                notification.encode(Some(&digest))?
            }
            None => notification.encode(None)?,
        },
    };
    if let Notification::Approved(Approved {
        timestamp: Some(seconds),
        ..
    }) = notification
    {
        state.trigger_time = Some(*seconds);
    }
    if let Some(number) = notification.number() {
        state.triggers.remember(number);
        let last = state.trigger_number;
        if last.is_none_or(|last| is_ahead(number, last)) {
            state.trigger_number = Some(number);
        }
    }
    // The last notification decides which nonce the device may come with.
    if is_v1 {
        state.resync = nonce == Nonce::Resync;
    }
    Ok(SignedNotification { body, state })
}
