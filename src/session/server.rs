//! The DM Server's side of a session, whatever the device speaks.

use std::fmt;

use crate::auth::{Account, AccountState, Scheme};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::snapshot::{self, Kind};

use super::command::NewCommand;
use super::event::ServerEvent;
use super::transport::{Outgoing, Part, Received, Saved, SavedSince};
use super::{v1, v2};

/// What a host can say to a Generic Alert (section 6.7).
pub(super) const VERDICTS: [u16; 8] = [200, 202, 401, 406, 407, 412, 415, 500];

/// What ties later messages to the authenticated session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// A token of 128 bits in RespURI.
    RespUri,
    /// Credentials on every message.
    PerMessage,
    /// The transport, for instance one connection or a client certificate.
    Transport,
}

/// What a server says of itself.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The server's identifier.
    pub server_id: String,
    /// The address that devices call.
    pub url: String,
    /// What ties later messages to the authenticated session.
    pub binding: Binding,
    /// The schemes that a device without an account is asked for, as if it had one that allows these: what most accounts allow, so that
    /// nobody learns which devices there are. None stands for [`Scheme::Md5`].
    pub strangers: Vec<Scheme>,
    /// The formats in which data is taken where Hput and Hpost send it, as in the header Accept of HTTP; devices of DM 2.0 are told.
    pub accept_mo: Option<String>,
    /// Types of Generic Alert that the host handles; others are answered 415.
    pub alert_types: Vec<String>,
    /// Octets of the largest message that is taken; announced to the device.
    pub max_msg_size: Option<u32>,
    /// Octets of the largest object that is taken in chunks; announced to the device. Without it 16 MiB is what is taken.
    pub max_obj_size: Option<u32>,
    /// Bounds on what a device can make us do.
    pub limits: Limits,
}

/// One management session at the server: [`receive`](Self::receive), then any of [`push`](Self::push), [`cancel`](Self::cancel),
/// [`answer`](Self::answer), [`finish`](Self::finish) and [`abort`](Self::abort), then [`respond`](Self::respond).
///
/// The first message decides which protocol it is in. What is queued before waits for that.
pub struct ServerSession {
    config: ServerConfig,
    side: Side,
    /// Octets of large objects that may come: kept for the time that the protocol is another.
    room: u64,
}

/// The session in a protocol: in DM 1.x until something else has come.
enum Side {
    V1(Box<v1::server::ServerSession>),
    V2(Box<v2::server::ServerSession>),
}

/// What a host has queued before the first message.
pub(crate) struct Unsaid {
    pub(crate) next_command: u32,
    pub(crate) queue: Vec<(u32, NewCommand)>,
    pub(crate) abort: bool,
}

/// What was said, tokens and nonces are not for logs.
impl fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.side {
            Side::V1(session) => session.fmt(f),
            Side::V2(session) => session.fmt(f),
        }
    }
}

impl From<v1::server::ServerSession> for ServerSession {
    fn from(session: v1::server::ServerSession) -> Self {
        Self {
            config: session.config().clone(),
            side: Side::V1(Box::new(session)),
            room: u64::MAX,
        }
    }
}

impl ServerSession {
    /// A session that waits for its first message.
    pub fn new(config: ServerConfig) -> Self {
        v1::server::ServerSession::new(config).into()
    }

    /// Octets of the large objects that are kept: those to be sent, and those that come.
    pub fn object_bytes(&self) -> u64 {
        match &self.side {
            Side::V1(session) => session.object_bytes(),
            Side::V2(session) => session.object_bytes(),
        }
    }

    /// How many octets more may be kept of large objects from now on, where other sessions need memory, too: what would be more is refused
    /// where it is [pushed](Self::push), and answered 413 where it comes in chunks. What a message may bring is counted from before that
    /// message. Is not saved; no bound but [`Limits::object_bytes`] where it is not called. A device of DM 2.0 is
    /// sent none: what is queued is kept until that is certain.
    pub fn set_room(&mut self, octets: u64) {
        self.room = octets;
        match &mut self.side {
            Side::V1(session) => session.set_room(octets),
            Side::V2(session) => session.set_room(octets),
        }
    }

    /// Takes a message in and says what it means for the host.
    ///
    /// `account` is what the host knows of the device that [`Message::peek`](crate::Message::peek) or [`dm2::peek`](crate::dm2::peek) names;
    /// without one the device is refused like one with a wrong password. A message that came before gives [`ServerEvent::Repeated`] and is not
    /// executed again.
    ///
    /// In DM 2.0 the transport proves the device: the host checks its certificate, or its credentials of HTTP, and says which device it is
    /// by [`Received::peer`]; of an account whose device is proved by the transport no `peer` is needed.
    ///
    /// # Errors
    ///
    /// What the codec refuses, and [`Code::State`](crate::Code::State) for a message that does not belong here: of another session,
    /// with an old number, with a used one from who has not proved to be the device, after the end. Then nothing has changed, and no reply is
    /// due: the host answers with the HTTP status of the error ([`Error::http`]) and no body.
    pub fn receive(
        &mut self,
        message: &Received<'_>,
        account: Option<&Account>,
    ) -> Result<Vec<ServerEvent>> {
        let changed = match (&self.side, message.is_of_dm2()) {
            (Side::V1(session), true) => session.unsaid(),
            (Side::V2(session), false) => session.unsaid(),
            _ => None,
        };
        let mut changed = changed.map(|unsaid| match self.side {
            Side::V1(_) => {
                let mut session = v2::server::ServerSession::with(self.config.clone(), unsaid);
                session.set_room(self.room);
                Side::V2(Box::new(session))
            }
            Side::V2(_) => {
                let mut session = v1::server::ServerSession::with(self.config.clone(), unsaid);
                session.set_room(self.room);
                Side::V1(Box::new(session))
            }
        });
        let events = match changed.as_mut().unwrap_or(&mut self.side) {
            Side::V1(session) => session.receive(message, account)?,
            Side::V2(session) => session.receive(message, account)?,
        };
        if let Some(changed) = changed {
            self.side = changed;
        }
        Ok(events)
    }

    /// Queues a command; the number is the one by which events name it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) and the codec's codes where the command can be sent in no protocol; [`Code::Limit`](crate::Code::Limit)
    /// where the session would hold more than [`Limits::object_bytes`] of large values, or than there is [room](Self::set_room) for.
    pub fn push(&mut self, command: NewCommand) -> Result<u32> {
        match &mut self.side {
            Side::V1(session) => session.push(command),
            Side::V2(session) => session.push(command),
        }
    }

    /// Takes back a command that has not been sent yet; tells whether it was.
    pub fn cancel(&mut self, command: u32) -> bool {
        match &mut self.side {
            Side::V1(session) => session.cancel(command),
            Side::V2(session) => session.cancel(command),
        }
    }

    /// The host's verdict on an alert: the code of its Status, with 401 and 407 a challenge (section 9.1). The approved dialect of DM 2.0
    /// answers no alert: there nothing comes of it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for an alert that is not waiting for an answer, for a code outside 200 to 599, and of a Generic
    /// Alert for any but 200, 202, 401, 406, 407, 412, 415 and 500.
    pub fn answer(&mut self, alert: u32, status: u16) -> Result<()> {
        match &mut self.side {
            Side::V1(session) => session.answer(alert, status),
            Side::V2(session) => session.answer(alert, status),
        }
    }

    /// The reply. With [`Outgoing::done`] the session is over.
    ///
    /// # Errors
    ///
    /// [`Code::State`](crate::Code::State) where none is due.
    pub fn respond(&mut self, env: &Env<'_>) -> Result<Outgoing> {
        match &mut self.side {
            Side::V1(session) => session.respond(env),
            Side::V2(session) => session.respond(),
        }
    }

    /// Lets the session end with the reply that is due: in DM 2.0 what is queued goes out with END, so that the device does it and nobody hears
    /// what became of it. Nothing where no reply is due, or the device speaks DM 1.x, in which sessions end when nothing is left to be said.
    pub fn finish(&mut self) {
        if let Side::V2(session) = &mut self.side {
            session.finish();
        }
    }

    /// Ends the session: the reply that is due, or the next one, carries Alert 1223, in DM 2.0 END, and nothing else that is new. Gives the
    /// event that says so, with the reason, and those of the commands that stay unanswered by that; nothing for a session that is over or was
    /// aborted before.
    pub fn abort(&mut self, reason: Option<String>) -> Vec<ServerEvent> {
        match &mut self.side {
            Side::V1(session) => session.abort(reason),
            Side::V2(session) => session.abort(reason),
        }
    }

    /// The session at rest.
    ///
    /// # Errors
    ///
    /// [`Code::State`](crate::Code::State) while a reply is due.
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
        match &self.side {
            Side::V1(session) => session.save_apart(part),
            Side::V2(session) => session.save(),
        }
    }

    /// The session as it was saved.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) for damaged, foreign or newer bytes, for those of another server or saved with other nonces than these,
    /// and where a part is missing or another. A session of DM 2.0 uses no nonces: any account of the server's will do for it.
    pub fn restore(saved: &Saved, config: ServerConfig) -> Result<Self> {
        let parts = saved.parts.iter().cloned().map(Ok);
        Self::restore_apart(&saved.state, saved.account.clone(), config, u64::MAX, parts)
    }

    /// The same where the parts come one by one, and only so many octets of large objects may be kept: [`Code::Limit`](crate::Code::Limit)
    /// where they are more.
    pub(crate) fn restore_apart<E: From<Error>>(
        state: &[u8],
        account: AccountState,
        config: ServerConfig,
        room: u64,
        parts: impl Iterator<Item = Result<Part, E>>,
    ) -> Result<Self, E> {
        let own = config.clone();
        let side = if snapshot::is_of(Kind::ServerV2, state) {
            let session = v2::server::ServerSession::restore(state, account, own)?;
            Side::V2(Box::new(session))
        } else {
            let session =
                v1::server::ServerSession::restore_apart(state, account, own, room, parts)?;
            Side::V1(Box::new(session))
        };
        Ok(Self {
            config,
            side,
            room: u64::MAX,
        })
    }
}
