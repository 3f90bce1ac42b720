//! The DM Client's side of a session (DM protocol, chapters 6, 7, 9 and 10).
//!
//! ```text
//!  set-up ── send ──▶ waiting ── receive ──▶ executing ⇄ a ticket is open (complete)
//!    ▲                   │  ▲                    │
//!    │  challenged       │  └───── send ◀────────┘ answers are due
//!    └───────────────────┤
//!                        ▼ nothing but Status: over
//! ```
//!
//! How a message is received stands in `receive`, what its commands do to the tree in `execute`, what is sent in `send`.

mod alerts;
mod chunks;
mod commands;
mod execute;
mod header;
mod largest;
mod notified;
mod objects;
mod proof;
mod receive;
mod send;
mod state;

use std::{fmt, mem};

use crate::auth::AccountState;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::session::alert::ClientAlert;
use crate::session::client::{ClientConfig, Outcome, Trigger};
use crate::session::event::{AbortedBy, ClientEvent};
use crate::session::transport::{Outgoing, Part, Received};
use crate::session::v1::object::LARGE;
use crate::session::v1::object::parts::Name;
use crate::session::v1::rest::{self, AtRest};
use crate::syncml::Message;
use crate::tree::Tree;

use state::{Phase, State};

/// One management session at the device: [`send`](Self::send), [`receive`](Self::receive), and [`complete`](Self::complete) for each
/// ticket, until `send` gives nothing.
pub(crate) struct ClientSession {
    config: ClientConfig,
    state: State,
    account: AccountState,
    /// The message that is executed, while a ticket is open; kept as octets in the state.
    message: Option<Message>,
    /// Octets of objects that may be kept beside those that are.
    room: u64,
}

/// What was said, tokens and nonces are not for logs.
impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession")
            .field("device", &self.config.account.device_id)
            .field("session_id", &self.state.session_id)
            .field("msg_id", &self.state.msg_id)
            .finish_non_exhaustive()
    }
}

impl ClientSession {
    /// A session that is about to send its first message.
    pub(crate) fn new(config: ClientConfig, trigger: Trigger, env: &Env<'_>) -> Self {
        let mut account = config.account.state.clone();
        let (session_id, requested) = match trigger {
            Trigger::Server {
                session_id,
                requested,
            } => {
                // Even if it was verified elsewhere, it begins no other.
                account.triggers.remember(session_id);
                (session_id, Some(requested))
            }
            Trigger::Client | Trigger::Bootstrap => {
                let [high, low, ..] = env.token();
                (u16::from_be_bytes([high, low]).max(1), None)
            }
        };
        // It is for this session and no other.
        let resync = mem::take(&mut account.resync);
        let mut state = State::new(
            format!("{session_id:X}"),
            requested.is_some(),
            resync,
            account_id(&config),
        );
        state.requested = requested.unwrap_or_default();
        Self {
            config,
            state,
            account,
            message: None,
            room: u64::MAX,
        }
    }

    /// Queues an alert: it goes out with package 1 or with the next answers. The number is the one by which events name it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) and the codec's codes for an alert that the version of the session cannot carry,
    /// [`Code::State`](crate::Code::State) when the session is over, [`Code::Limit`](crate::Code::Limit) for more than
    /// [`Limits::commands`] that wait, and for a large value that [`Limits::object_bytes`] or the [room](Self::set_room) do not allow.
    pub(crate) fn raise(&mut self, alert: ClientAlert) -> Result<u32> {
        let octets = alert.data.len();
        if octets >= LARGE {
            let all = self.object_bytes().saturating_add(octets as u64);
            rest::within(all, self.most_object_bytes())?;
        }
        alerts::raise(self, alert)
    }

    /// The next message, or nothing when the session is over. While a message is out, gives that message again.
    ///
    /// # Errors
    ///
    /// [`Code::State`](crate::Code::State) while a ticket is open, [`Code::Limit`](crate::Code::Limit) where a value below `./DevInfo`, which is
    /// the error's path, fits no message that the server takes. Then nothing has changed; [`abort`](Self::abort) ends the session.
    pub(crate) fn send(&mut self, tree: &Tree, env: &Env<'_>) -> Result<Option<Outgoing>> {
        send::send(self, tree, env)
    }

    /// Takes the server's reply in: executes its commands on the tree, up to the first that needs the host.
    ///
    /// # Errors
    ///
    /// What the codec refuses, and [`Code::State`](crate::Code::State) for a reply that does not belong here or did not succeed. Then
    /// neither session nor tree has changed.
    pub(crate) fn receive(
        &mut self,
        tree: &mut Tree,
        message: &Received<'_>,
    ) -> Result<Vec<ClientEvent>> {
        let mut events = receive::receive(self, tree, message)?;
        receive::bound(self, &mut events);
        alerts::settle(self, tree, &mut events);
        objects::settle(self);
        Ok(events)
    }

    /// Execution goes on from where the ticket stopped it.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a ticket that is not open, or an outcome that it cannot have; the ticket stays open.
    pub(crate) fn complete(
        &mut self,
        tree: &mut Tree,
        ticket: u32,
        outcome: &Outcome,
    ) -> Result<Vec<ClientEvent>> {
        let Phase::Executing(execution) = &mut self.state.phase else {
            return Err(Error::arg("no ticket is open"));
        };
        let Some(message) = &self.message else {
            return Err(Error::state("the message is gone"));
        };
        if !execution.may_change(tree) {
            return Err(receive::busy());
        }
        execution.complete(message, ticket, outcome)?;
        let mut events = Vec::new();
        receive::execute(self, tree, &mut events);
        receive::bound(self, &mut events);
        alerts::settle(self, tree, &mut events);
        objects::settle(self);
        Ok(events)
    }

    /// Ends the session: the next message says what was executed and carries Alert 1223. A session that has not begun ends without a word.
    ///
    /// An open ticket is void. What an Atomic under way has done is undone; where the host has written something in it, that is a ticket,
    /// and the session ends behind the last. Gives that ticket, or the event that the session is aborted, with the reason, behind those of the
    /// alerts that stay without an answer; nothing for a session that is over or was aborted before.
    pub(crate) fn abort(&mut self, reason: Option<String>) -> Vec<ClientEvent> {
        let message = self.message.take();
        match mem::replace(&mut self.state.phase, Phase::Over) {
            phase @ (Phase::Over | Phase::Aborting) => {
                self.state.phase = phase;
                return Vec::new();
            }
            Phase::Executing(mut execution) => {
                if execution.aborted().is_some() {
                    self.message = message;
                    self.state.phase = Phase::Executing(execution);
                    return Vec::new();
                }
                if let Some(message) = message {
                    let next_ticket = &mut self.state.next_ticket;
                    let undo = execution.abort(&message, reason.clone(), next_ticket);
                    if let Ok(Some(event)) = undo {
                        self.message = Some(message);
                        self.state.phase = Phase::Executing(execution);
                        return vec![event];
                    }
                }
                self.state.say(execution.take_answers());
            }
            Phase::Answering(answers) => self.state.say(answers),
            Phase::SetUp | Phase::Waiting => {}
        }
        self.state.phase = match self.state.msg_id {
            0 => Phase::Over,
            _ => Phase::Aborting,
        };
        let by = AbortedBy::Device;
        let mut events = vec![ClientEvent::Aborted { by, reason }];
        alerts::forget(self, &mut events);
        objects::settle(self);
        events
    }

    /// Octets of the large objects that are kept: those that come, and those to be sent, with those of answers that are not said yet.
    pub(crate) fn object_bytes(&self) -> u64 {
        self.state.object_bytes()
    }

    /// How many octets more may be kept of large objects, where other sessions need memory, too: what would be more is refused
    /// where it is [raised](Self::raise), and answered 413 where it comes or is asked for.
    /// Is not saved; no bound but [`Limits::object_bytes`] where it is not called.
    pub(crate) fn set_room(&mut self, octets: u64) {
        self.room = octets;
    }

    /// Octets of large objects that may be kept in all.
    fn most_object_bytes(&self) -> u64 {
        let most = self.object_bytes().saturating_add(self.room);
        most.min(u64::from(self.config.limits.object_bytes))
    }

    /// The session at rest, its parts given one by one: they may be large, and need not be copied.
    pub(crate) fn save_apart(
        &self,
        mut part: impl FnMut(String, &[u8]),
    ) -> Result<(Vec<u8>, AccountState)> {
        let Self { state, message, .. } = self;
        let sealed = rest::seal(state, &self.account)?;
        let mut each = |(name, octets): (Name, &[u8])| part(name.to_string(), octets);
        state.parts.each().for_each(&mut each);
        if let (Phase::Executing(execution), Some(message)) = (&state.phase, message) {
            for (arrived, octets) in execution.chunks.lent(&message.commands) {
                if state.parts.is_lent(&arrived.run) {
                    let lent = state.parts.each_lent(&arrived.run, octets);
                    lent.for_each(&mut each);
                }
            }
        }
        Ok((sealed, self.account.clone()))
    }

    /// The session as it was saved; its parts come one by one, and only so many octets of large objects may be kept: [`Code::Limit`](crate::Code::Limit)
    /// where they are more.
    pub(crate) fn restore_apart<E: From<Error>>(
        state: &[u8],
        account: AccountState,
        config: ClientConfig,
        room: u64,
        parts: impl Iterator<Item = Result<Part, E>>,
    ) -> Result<Self, E> {
        let is_ours = |state: &State| state.account == account_id(&config);
        let mut state = rest::restore(state, &account, is_ours, room, parts)?;
        let message = match &state.phase {
            Phase::Executing(execution) => {
                let decoded = Message::decode(&execution.body, execution.encoding, &config.limits);
                let mut message = decoded.map_err(|_| Error::snapshot("damaged"))?;
                let chunks = &execution.chunks;
                chunks.apply(&mut message.commands, &mut state.parts, &config.limits);
                Some(message)
            }
            _ => None,
        };
        Ok(Self {
            config,
            state,
            account,
            message,
            room: u64::MAX,
        })
    }
}

/// What a saved session belongs to.
fn account_id(config: &ClientConfig) -> (String, String) {
    (
        config.account.device_id.clone(),
        config.account.server_id.clone(),
    )
}
