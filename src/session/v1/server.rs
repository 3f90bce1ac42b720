//! The DM Server's side of a session (DM protocol, chapters 6, 7 and 9).
//!
//! ```text
//!            receive                        respond
//!  at rest ───────────▶ a reply is due ───────────────▶ at rest
//!                        push, cancel,                     │ the reply holds commands or a challenge,
//!                        answer, abort                     │ or asks for the next message: the session goes on
//!                                                          ▼ nothing but Status: over
//! ```
//!
//! Whether the device has proved itself is a state of its own ([`state::ClientProof`]); how a message is received stands in
//! `receive`, who made it in `identify`, what its commands mean in `process`, and what is answered in `respond`. Values that fit no message
//! go out in `chunks`, of commands in `waiting`, and come in `incoming`.

mod alerts;
mod answers;
mod chunks;
mod draft;
mod identify;
mod incoming;
mod own_proof;
mod process;
mod receive;
mod respond;
mod state;
mod waiting;

use std::fmt;

use crate::auth::{Account, AccountState};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::session::command::NewCommand;
use crate::session::event::{AbortedBy, ServerEvent};
use crate::session::server::{Binding, ServerConfig, Unsaid, VERDICTS};
use crate::session::transport::{Outgoing, Part, Received};
use crate::session::v1::rest::{self, AtRest};
use crate::status::{AlertCode, StatusCode};

use state::{Phase, State, Turn, is_own};
use waiting::Waiting;

/// One management session of DM 1.x at the server.
pub(crate) struct ServerSession {
    config: ServerConfig,
    state: State,
    account: AccountState,
    turn: Turn,
    /// Octets that other sessions leave for large objects.
    room: u64,
    /// Octets that all objects may have come to behind what is taken in now.
    most: u64,
}

/// What was said, tokens and nonces are not for logs.
impl fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSession")
            .field("device", &self.state.device)
            .field("session_id", &self.state.session_id)
            .field("msg_id", &self.state.msg_id)
            .finish_non_exhaustive()
    }
}

impl ServerSession {
    /// A session that waits for its first message.
    pub(crate) fn new(config: ServerConfig) -> Self {
        Self {
            state: State {
                server_id: config.server_id.clone(),
                ..State::default()
            },
            config,
            account: AccountState::default(),
            turn: Turn::Rest,
            room: u64::MAX,
            most: u64::MAX,
        }
    }

    pub(crate) fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// Octets of the large objects that are kept: those to be sent, and those that come.
    pub(crate) fn object_bytes(&self) -> u64 {
        self.state.object_bytes()
    }

    /// How many octets more may be kept of large objects from now on, where other sessions need memory, too: what would be more is refused
    /// where it is [pushed](Self::push), and answered 413 where it comes in chunks. What a message may bring is counted from before that
    /// message. Is not saved; no bound but [`Limits::object_bytes`] where it is not called.
    pub(crate) fn set_room(&mut self, octets: u64) {
        self.room = octets;
        self.most = self.object_bytes().saturating_add(octets);
    }

    /// Takes a message in and says what it means for the host.
    ///
    /// `account` is what the host knows of the device that [`Message::peek`](crate::Message::peek) names; without one the device is
    /// refused like one with a wrong password. A message that came before gives [`ServerEvent::Repeated`] and is not executed again.
    ///
    /// # Errors
    ///
    /// What the codec refuses, and [`Code::State`](crate::Code::State) for a message that does not belong here: of another session,
    /// with an old MsgID, with a used one from who has not proved to be the device, after the end. Then nothing has changed, and no reply is
    /// due.
    pub(crate) fn receive(
        &mut self,
        message: &Received<'_>,
        account: Option<&Account>,
    ) -> Result<Vec<ServerEvent>> {
        self.at_rest()?;
        self.most = self.object_bytes().saturating_add(self.room);
        let mut events = receive::receive(self, message, account)?;
        events.retain(|event| !is_own(event));
        Ok(events)
    }

    /// Queues a command; the number is the one by which events name it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) and the codec's codes where the command cannot be sent; [`Code::Limit`](crate::Code::Limit) where the
    /// session would hold more than [`Limits::object_bytes`] of large values, or than there is [room](Self::set_room) for.
    pub(crate) fn push(&mut self, mut command: NewCommand) -> Result<u32> {
        command.check()?;
        let number = self.state.next_command;
        let next = number
            .checked_add(1)
            .ok_or_else(|| Error::state("no number is left for a command"))?;
        let large = waiting::beside(&mut command);
        let most = u64::from(self.config.limits.object_bytes).min(self.most);
        if large > 0 {
            rest::within(self.object_bytes().saturating_add(large), most)?;
        }
        self.state.next_command = next;
        let waiting = Waiting::new(number, command, &mut self.state.parts);
        self.state.queue.push_back(waiting);
        Ok(number)
    }

    /// Takes back a command that has not been sent yet; tells whether it was.
    pub(crate) fn cancel(&mut self, command: u32) -> bool {
        let before = self.state.queue.len();
        self.state
            .queue
            .retain(|waiting| waiting.number != command || waiting.is_begun());
        self.state.sweep();
        self.state.queue.len() < before
    }

    /// The host's verdict on an alert: the code of its Status, with 401 and 407 a challenge (section 9.1).
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for an alert that is not waiting for an answer, for a code outside 200 to 599, and of a Generic
    /// Alert for any but 200, 202, 401, 406, 407, 412, 415 and 500.
    pub(crate) fn answer(&mut self, alert: u32, status: u16) -> Result<()> {
        if !(200..600).contains(&status) {
            return Err(Error::arg("no status of an alert").expecting("200 to 599"));
        }
        let Turn::Due(due) = &mut self.turn else {
            return Err(Error::arg("no alert is waiting"));
        };
        let verdict = due.verdicts.iter_mut().find(|verdict| verdict.id == alert);
        let verdict = verdict.ok_or_else(|| Error::arg("no such alert is waiting"))?;
        if verdict.of == AlertCode::GENERIC_ALERT && !VERDICTS.contains(&status) {
            return Err(Error::arg("no status of a Generic Alert")
                .expecting("200, 202, 401, 406, 407, 412, 415 or 500"));
        }
        verdict.code = StatusCode(status);
        Ok(())
    }

    /// The reply. With [`Outgoing::done`] the session is over.
    ///
    /// # Errors
    ///
    /// [`Code::State`](crate::Code::State) where none is due.
    pub(crate) fn respond(&mut self, env: &Env<'_>) -> Result<Outgoing> {
        respond::respond(self, env)
    }

    /// Ends the session: the reply that is due, or the next one, carries Alert 1223 and nothing else that is new. Gives the event that
    /// says so, with the reason, and those of the commands that stay unanswered by that; nothing for a session that is over or was aborted before.
    pub(crate) fn abort(&mut self, reason: Option<String>) -> Vec<ServerEvent> {
        if self.state.abort || self.state.phase == Phase::Over {
            return Vec::new();
        }
        self.state.abort = true;
        let by = AbortedBy::Server;
        let mut events = vec![ServerEvent::Aborted { by, reason }];
        // The reply that is due is the last; else the next message may still answer.
        if matches!(self.turn, Turn::Due(_)) {
            process::forget(&mut self.state, &mut events);
            events.retain(|event| !is_own(event));
        }
        events
    }

    /// The session at rest, its parts given one by one: they may be large, and need not be copied.
    pub(crate) fn save_apart(
        &self,
        mut part: impl FnMut(String, &[u8]),
    ) -> Result<(Vec<u8>, AccountState)> {
        self.at_rest()?;
        let state = rest::seal(&self.state, &self.account)?;
        for (name, octets) in self.state.parts.each() {
            part(name.to_string(), octets);
        }
        Ok((state, self.account.clone()))
    }

    /// The session as it was saved; its parts come one by one, and only so many octets of large objects may be kept: [`Code::Limit`](crate::Code::Limit)
    /// where they are more.
    pub(crate) fn restore_apart<E: From<Error>>(
        state: &[u8],
        account: AccountState,
        config: ServerConfig,
        room: u64,
        parts: impl Iterator<Item = Result<Part, E>>,
    ) -> Result<Self, E> {
        let is_ours = |state: &State| state.server_id == config.server_id;
        let state = rest::restore(state, &account, is_ours, room, parts)?;
        Ok(Self {
            config,
            state,
            account,
            turn: Turn::Rest,
            room: u64::MAX,
            most: u64::MAX,
        })
    }

    /// What has been queued before the first message, where none has come.
    pub(crate) fn unsaid(&self) -> Option<Unsaid> {
        let is_new = self.state.phase == Phase::New && matches!(self.turn, Turn::Rest);
        let whole = |waiting: &Waiting| (waiting.number, waiting.whole(&self.state.parts));
        is_new.then(|| Unsaid {
            next_command: self.state.next_command,
            queue: self.state.queue.iter().map(whole).collect(),
            abort: self.state.abort,
        })
    }

    /// The session that waits for its first message, with what has been queued before.
    pub(crate) fn with(config: ServerConfig, unsaid: Unsaid) -> Self {
        let mut session = Self::new(config);
        let state = &mut session.state;
        (state.next_command, state.abort) = (unsaid.next_command, unsaid.abort);
        for (number, command) in unsaid.queue {
            let waiting = Waiting::new(number, command, &mut state.parts);
            state.queue.push_back(waiting);
        }
        session
    }

    fn at_rest(&self) -> Result<()> {
        match self.turn {
            Turn::Rest => Ok(()),
            Turn::Repeated(_) | Turn::Due(_) => {
                Err(Error::state("a reply is due").expecting("respond"))
            }
        }
    }
}
