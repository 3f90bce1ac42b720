//! The device's side of a session, in whichever protocol it is.

mod config;
mod outcome;

use std::fmt;

use crate::auth::{AccountState, Ignored, NotificationPolicy, VerifiedNotification};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::notification::UiMode;
use crate::tree::Tree;

use super::alert::ClientAlert;
use super::event::ClientEvent;
use super::transport::{Outgoing, Part, Received, Saved, SavedSince};
use super::{v1, v2};

pub use config::{ClientConfig, ObjectSettings, Trigger};
pub use outcome::{Failure, Fetched, Outcome};

/// One management session at the device: [`send`](Self::send), [`receive`](Self::receive), and [`complete`](Self::complete) for each
/// ticket, until `send` gives nothing. It is one of DM 2.0 where [`ClientConfig::dm2`] says so.
pub struct ClientSession(Protocol);

enum Protocol {
    V1(Box<v1::client::ClientSession>),
    V2(Box<v2::client::ClientSession>),
}

macro_rules! each {
    ($protocol:expr, $session:ident => $call:expr) => {
        match $protocol {
            Protocol::V1($session) => $call,
            Protocol::V2($session) => $call,
        }
    };
}

/// What was said, tokens and nonces are not for logs.
impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each!(&self.0, session => session.fmt(f))
    }
}

impl From<v1::client::ClientSession> for ClientSession {
    fn from(session: v1::client::ClientSession) -> Self {
        Self(Protocol::V1(Box::new(session)))
    }
}

impl From<v2::client::ClientSession> for ClientSession {
    fn from(session: v2::client::ClientSession) -> Self {
        Self(Protocol::V2(Box::new(session)))
    }
}

impl ClientSession {
    /// A session that is about to send its first message.
    pub fn new(config: ClientConfig, trigger: Trigger, env: &Env<'_>) -> Self {
        match config.dm2 {
            None => v1::client::ClientSession::new(config, trigger, env).into(),
            Some(dialect) => v2::client::ClientSession::new(config, dialect, trigger, env).into(),
        }
    }

    /// A session for a notification that has just come (Alert 1200), with its SessionID. `requested` is what else package 1 of DM 1.3 is to hold:
    /// objects by their identifiers, of which the form of DM 1.x says nothing. In DM 2.0 the notification alone says what package 1 holds; the numbers
    /// in one of the draft dialect are those of [`ObjectSettings::index`].
    ///
    /// Only where no session with this server is open: while one is, [`notify`](Self::notify) takes its notifications.
    ///
    /// # Errors
    ///
    /// [`Code::Auth`](crate::Code::Auth) for a notification that is to be ignored, with the reason in its text; nobody is to be told.
    /// [`Code::Arg`](crate::Code::Arg) where the policy names another form than that of the protocol.
    pub fn notified(
        config: ClientConfig,
        notification: &[u8],
        requested: Vec<String>,
        policy: &NotificationPolicy,
        env: &Env<'_>,
    ) -> Result<Self> {
        Ok(match config.dm2 {
            None => {
                let config = Box::new(config);
                let session = v1::client::ClientSession::notified(
                    *config,
                    notification,
                    requested,
                    policy,
                    env,
                );
                session?.into()
            }
            Some(dialect) => {
                v2::client::ClientSession::notified(config, dialect, notification, policy, env)?
                    .into()
            }
        })
    }

    /// The same session, of which the user is to see so much: one by [`Trigger::Server`], for a notification that [`notify`](Self::notify) has taken.
    #[must_use]
    pub fn with_ui_mode(self, mode: UiMode) -> Self {
        match self.0 {
            Protocol::V1(session) => session.with_ui_mode(mode).into(),
            Protocol::V2(session) => session.with_ui_mode(mode).into(),
        }
    }

    /// How much the user is to see of the session, where it was made from a notification.
    pub fn ui_mode(&self) -> Option<UiMode> {
        each!(&self.0, session => session.ui_mode())
    }

    /// Takes a notification of this server that has come while the session is open. One that counts is remembered in the account's state:
    /// the session that it asks for is to be started once this one is over, as [`Trigger::Server`]. That of this session, sent again, is
    /// [`Ignored::Repeated`].
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) where the policy names another form than that of the protocol; inside it why the notification is to be
    /// ignored. Then nothing has changed.
    pub fn notify(
        &mut self,
        notification: &[u8],
        policy: &NotificationPolicy,
        now: u64,
    ) -> Result<Result<VerifiedNotification, Ignored>> {
        each!(&mut self.0, session => session.notify(notification, policy, now))
    }

    /// Queues an alert: it goes out with package 1 or with the next answers. The number is the one by which events name it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) and the codec's codes for an alert that the version of the session cannot carry,
    /// [`Code::State`](crate::Code::State) when the session is over, [`Code::Limit`](crate::Code::Limit) for more than
    /// [`Limits::commands`](crate::Limits::commands) that wait.
    pub fn raise(&mut self, alert: ClientAlert) -> Result<u32> {
        each!(&mut self.0, session => session.raise(alert))
    }

    /// The next message, or nothing when the session is over. While a message is out, gives that message again: a host sends it again where it
    /// cannot have come, and in the approved dialect of DM 2.0 only then, since nothing tells a repeated package 3 from another.
    ///
    /// # Errors
    ///
    /// [`Code::State`](crate::Code::State) while a ticket is open, [`Code::Limit`](crate::Code::Limit) where a value below `./DevInfo`, which is
    /// the error's path, fits no message that a server of DM 1.x takes. Then nothing has changed; [`abort`](Self::abort) ends the session.
    pub fn send(&mut self, tree: &Tree, env: &Env<'_>) -> Result<Option<Outgoing>> {
        each!(&mut self.0, session => session.send(tree, env))
    }

    /// Takes the server's reply in: executes its commands on the tree, up to the first that needs the host.
    ///
    /// In DM 2.0 what is no package for this session, or came with another HTTP status than 200, ends the session, and an event says why. But
    /// after the first 401 [`send`](Self::send) gives the same package again, for the host to send with credentials.
    ///
    /// # Errors
    ///
    /// What the codec refuses, and [`Code::State`](crate::Code::State) for a reply that does not belong here or did not succeed. Then
    /// neither session nor tree has changed.
    pub fn receive(&mut self, tree: &mut Tree, message: &Received<'_>) -> Result<Vec<ClientEvent>> {
        each!(&mut self.0, session => session.receive(tree, message))
    }

    /// Execution goes on from where the ticket stopped it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a ticket that is not open, or an outcome that it cannot have; the ticket stays open.
    pub fn complete(
        &mut self,
        tree: &mut Tree,
        ticket: u32,
        outcome: &Outcome,
    ) -> Result<Vec<ClientEvent>> {
        each!(&mut self.0, session => session.complete(tree, ticket, outcome))
    }

    /// Ends the session: the next message says what was executed and carries Alert 1223. A session that has not begun ends without a word, and so
    /// does one in the approved dialect of DM 2.0, which has no word for it.
    ///
    /// An open ticket is void. What an Atomic under way has done is undone; where the host has written something in it, that is a ticket,
    /// and the session ends behind the last. Gives that ticket, or the event that the session is aborted, with the reason, behind those of the
    /// alerts that stay without an answer; nothing for a session that is over or was aborted before.
    pub fn abort(&mut self, reason: Option<String>) -> Vec<ClientEvent> {
        each!(&mut self.0, session => session.abort(reason))
    }

    /// Octets of the large objects that are kept: those that come, and those to be sent, with those of answers that are not said yet.
    pub fn object_bytes(&self) -> u64 {
        match &self.0 {
            Protocol::V1(session) => session.object_bytes(),
            Protocol::V2(_) => 0,
        }
    }

    /// How many octets more may be kept of large objects, where other sessions need memory, too: what would be more is answered 413.
    /// Is not saved; no bound but [`Limits::object_bytes`](crate::Limits::object_bytes) where it is not called. DM 2.0 has no large objects.
    pub fn set_room(&mut self, octets: u64) {
        if let Protocol::V1(session) = &mut self.0 {
            session.set_room(octets);
        }
    }

    /// The session at rest.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where the state cannot be written.
    pub fn save(&self) -> Result<Saved> {
        self.save_since([]).map(Saved::from)
    }

    /// The session at rest, without the octets of these parts, which the host has stored before: a message writes and copies only what it
    /// has brought.
    ///
    /// # Errors
    ///
    /// As for [`save`](Self::save).
    pub fn save_since(&self, stored: impl IntoIterator<Item = String>) -> Result<SavedSince> {
        SavedSince::of(stored, |part| self.save_apart(part))
    }

    /// The session at rest, its parts given one by one: they may be large, and need not be copied.
    pub(crate) fn save_apart(
        &self,
        part: impl FnMut(String, &[u8]),
    ) -> Result<(Vec<u8>, AccountState)> {
        match &self.0 {
            Protocol::V1(session) => session.save_apart(part),
            Protocol::V2(session) => session.save(),
        }
    }

    /// The session as it was saved.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) for damaged, foreign or newer bytes, for those of another account or protocol, or saved with other nonces
    /// than these, and where a part is missing or another.
    pub fn restore(saved: &Saved, config: ClientConfig) -> Result<Self> {
        let parts = saved.parts.iter().cloned().map(Ok);
        Self::restore_apart(&saved.state, saved.account.clone(), config, u64::MAX, parts)
    }

    /// The same where the parts come one by one, and only so many octets of large objects may be kept: [`Code::Limit`](crate::Code::Limit)
    /// where they are more.
    pub(crate) fn restore_apart<E: From<Error>>(
        state: &[u8],
        account: AccountState,
        config: ClientConfig,
        room: u64,
        mut parts: impl Iterator<Item = Result<Part, E>>,
    ) -> Result<Self, E> {
        let Some(dialect) = config.dm2 else {
            let session =
                v1::client::ClientSession::restore_apart(state, account, config, room, parts)?;
            return Ok(session.into());
        };
        if parts.next().transpose()?.is_some() {
            return Err(Error::snapshot("a part of another session").into());
        }
        Ok(v2::client::ClientSession::restore(state, account, config, dialect)?.into())
    }
}
