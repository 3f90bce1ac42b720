//! Proof of notifications: who has made one, and whether it asks for anything new (DM Notification, chapter 6; DM Security, chapter 5).
//!
//! Nothing of a notification is believed before its digest is found right, and one that is not right is not answered: the device behaves as if
//! it had never come. Why is told to the host alone, as one of [`Ignored`].

mod key;
mod sign;

use serde::Serialize;

use crate::error::{Code, Error};
use crate::limits::Limits;
use crate::notification::{Approved, MD5_LEN, Notification, NotificationForm};

use super::account::{Account, AccountState};
use key::{Match, of_approved, of_draft, of_v1};

pub use key::NotificationSecret;
pub use sign::{Nonce, SignedNotification, new_notification_number, sign_notification};

/// What a device lets a notification do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationPolicy {
    /// The form, which the octets do not say.
    pub form: NotificationForm,
    /// Whether one under the nonce of four zero octets counts, which resynchronizes the nonces. It can be replayed by anyone who has seen
    /// one, so it is off by default.
    pub resync: bool,
    /// Milliseconds from one such to the next: 86,400,000.
    pub resync_interval: u64,
    /// How far its time may be off, in milliseconds: 86,400,000. The approved form of DM 2.0 only.
    pub max_age: u64,
}

/// Why a notification is ignored: a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ignored {
    /// It is no notification of the form.
    Malformed,
    /// Its version is not of the form.
    Version,
    /// Its digest is wrong or missing, or there is nothing to check it with.
    Digest,
    /// It is of another server.
    Server,
    /// It came before.
    Repeated,
    /// It is older than one that came before, or its time is too far off.
    Stale,
    /// It resynchronizes too soon after the last one that did.
    Resync,
}

/// A notification that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedNotification {
    /// What it says.
    pub notification: Notification,
    /// The account's state, to be stored before a session is started for it.
    pub state: AccountState,
    /// Whether a digest has proved it. Only an account without a [`NotificationSecret`] takes one without, and only in the forms of DM 2.0.
    pub is_signed: bool,
    /// It was made under the nonce of a resynchronization: the session that it asks for renews both nonces.
    pub resync: bool,
}

impl Ignored {
    /// The name of the reason.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Version => "version",
            Self::Digest => "digest",
            Self::Server => "server",
            Self::Repeated => "repeated",
            Self::Stale => "stale",
            Self::Resync => "resync",
        }
    }

    /// As an error, for who cannot but fail where a notification is ignored.
    pub(crate) fn error(self) -> Error {
        let problem = format!("the notification is ignored: {}", self.name());
        Error::peer(Code::Auth, problem)
    }
}

impl From<Error> for Ignored {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::Version => Self::Version,
            _ => Self::Malformed,
        }
    }
}

impl Default for NotificationPolicy {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60 * 1000;
        Self {
            form: NotificationForm::default(),
            resync: false,
            resync_interval: DAY,
            max_age: DAY,
        }
    }
}

/// Checks a notification that came while a session keeps the newest state of the account, and remembers in that state one that counts.
pub(crate) fn take_notification(
    body: &[u8],
    account: &Account,
    state: &mut AccountState,
    policy: &NotificationPolicy,
    now: u64,
) -> Result<VerifiedNotification, Ignored> {
    let account = Account {
        state: state.clone(),
        ..account.clone()
    };
    let verified = verify_notification(body, &account, policy, now)?;
    state.clone_from(&verified.state);
    Ok(verified)
}

/// Checks a notification that came for an account. `now` is in milliseconds since 1970.
///
/// # Errors
///
/// Why it is to be ignored, whatever the octets are. Then nothing has changed.
pub fn verify_notification(
    body: &[u8],
    account: &Account,
    policy: &NotificationPolicy,
    now: u64,
) -> Result<VerifiedNotification, Ignored> {
    Limits::DEFAULT.check_bytes(body.len())?;
    let decode = |body: &[u8]| {
        let decoded = Notification::decode(body, policy.form, &Limits::DEFAULT);
        decoded.map(|decoded| decoded.notification)
    };
    // Where the place of the digest is known before anything is read, it is checked before.
    let mut digest = None;
    let (notification, found) = match policy.form {
        NotificationForm::V1 => {
            let found = of_v1(body, account, policy.resync)?;
            (decode(body)?, Some(found))
        }
        NotificationForm::Draft => match &account.notification {
            // There is no room for one.
            Some(_) if body.len() < MD5_LEN => {
                decode(body)?;
                return Err(Ignored::Digest);
            }
            Some(secret) => {
                let found = of_draft(body, &account.server_id, secret)?;
                (decode(body)?, Some(found))
            }
            None => {
                let decoded = Notification::decode(body, policy.form, &Limits::DEFAULT)?;
                // Nothing says that it is right.
                if decoded.digest.is_some() {
                    return Err(Ignored::Digest);
                }
                (decoded.notification, None)
            }
        },
        NotificationForm::Approved => {
            let decoded = Notification::decode(body, policy.form, &Limits::DEFAULT)?;
            let range = decoded.digest.clone();
            digest = range.and_then(|range| body.get(range)?.first_chunk());
            let found = match (&account.notification, decoded.digest) {
                (Some(secret), Some(range)) => Some(of_approved(body, range, secret)?),
                (None, None) => None,
                (Some(_), None) | (None, Some(_)) => return Err(Ignored::Digest),
            };
            (decoded.notification, found)
        }
    };
    if notification.server_id() != account.server_id {
        return Err(Ignored::Server);
    }
    // No session has this number.
    if notification.form() != NotificationForm::Approved && notification.number() == Some(0) {
        return Err(Ignored::Malformed);
    }
    let mut state = account.state.clone();
    settle_time(&notification, &mut state, policy, now)?;
    if let Some(number) = notification.number() {
        if state.triggers.contains(number) {
            return Err(Ignored::Repeated);
        }
        state.triggers.remember(number);
    }
    if let (true, Some(digest)) = (is_bare(&notification), digest) {
        let digest = u32::from_be_bytes(*digest);
        if state.trigger_digests.contains(digest) {
            return Err(Ignored::Repeated);
        }
        state.trigger_digests.remember(digest);
    }
    let resync = found == Some(Match::Resync);
    if resync {
        let last = state.resync_time.replace(now);
        // A clock that was set back does not open the window.
        if last.is_some_and(|last| now.saturating_sub(last) < policy.resync_interval) {
            return Err(Ignored::Resync);
        }
    }
    state.resync = resync;
    Ok(VerifiedNotification {
        notification,
        state,
        is_signed: found.is_some(),
        resync,
    })
}

/// Whether a notification says nothing that tells it from the next.
const fn is_bare(notification: &Notification) -> bool {
    matches!(
        notification,
        Notification::Approved(Approved {
            id: None,
            timestamp: None,
            ..
        })
    )
}

/// Whether the time of a notification is one that can be.
fn settle_time(
    notification: &Notification,
    state: &mut AccountState,
    policy: &NotificationPolicy,
    now: u64,
) -> Result<(), Ignored> {
    let Notification::Approved(approved) = notification else {
        return Ok(());
    };
    let Some(seconds) = approved.timestamp else {
        return Ok(());
    };
    let is_old = state.trigger_time.is_some_and(|newest| seconds < newest);
    // Without a number nothing else tells it from the one that counted.
    if approved.id.is_none() && state.trigger_time == Some(seconds) {
        return Err(Ignored::Repeated);
    }
    if is_old || seconds.saturating_mul(1000).abs_diff(now) > policy.max_age {
        return Err(Ignored::Stale);
    }
    state.trigger_time = Some(seconds);
    Ok(())
}
