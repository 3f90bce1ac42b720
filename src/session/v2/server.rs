//! The DM Server's side of a session in DM 2.0, in either dialect.
//!
//! ```text
//!            receive                        respond
//!  at rest ───────────▶ a reply is due ───────────────▶ at rest
//!     package 1 or 3     push, cancel,                     │ package 2 has commands: package 3 is to come
//!                        answer, abort                     ▼ package 2 has END: over
//! ```
//!
//! Which package it is, whether it belongs here and who sent it stands in `receive`; what it says in `told` and `alerts`; what is answered
//! in `respond`. Who the device is the transport knows (HTTP authentication, TLS): here that is compared, never proved.

mod alerts;
mod identify;
mod receive;
mod respond;
mod state;
mod told;

use std::fmt;

use crate::auth::{Account, AccountState};
use crate::error::{Error, Result};
use crate::session::command::{NewCommand, within};
use crate::session::event::{AbortedBy, ServerEvent};
use crate::session::server::{ServerConfig, Unsaid, VERDICTS};
use crate::session::transport::{Outgoing, Received};
use crate::snapshot::{self, Kind};
use crate::status::{AlertCode, StatusCode};

use state::{Phase, State, Turn};

/// One management session of DM 2.0 at the server.
pub(crate) struct ServerSession {
    config: ServerConfig,
    state: State,
    account: AccountState,
    turn: Turn,
    /// Octets of large values that may be kept at most.
    most: u64,
}

/// What was said is not for logs.
impl fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSession")
            .field("device", &self.state.device)
            .field("dialect", &self.state.dialect)
            .field("seq", &self.state.seq)
            .finish_non_exhaustive()
    }
}

impl ServerSession {
    /// A session that waits for its first message, with what has been queued before.
    pub(crate) fn with(config: ServerConfig, unsaid: Unsaid) -> Self {
        let state = State {
            server_id: config.server_id.clone(),
            next_command: unsaid.next_command,
            queue: unsaid.queue.into(),
            abort: unsaid.abort,
            ..State::default()
        };
        Self {
            config,
            state,
            account: AccountState::default(),
            turn: Turn::Rest,
            most: u64::MAX,
        }
    }

    /// Octets of the large values that are kept: a device of DM 2.0 is sent none, but what is queued waits until it has proved to be one.
    pub(crate) fn object_bytes(&self) -> u64 {
        let queue = self.state.queue.iter();
        queue.map(|(_, command)| command.large_octets()).sum()
    }

    /// How many octets more may be kept of large values.
    pub(crate) fn set_room(&mut self, octets: u64) {
        self.most = self.object_bytes().saturating_add(octets);
    }

    /// What has been queued before the first message, where none has come.
    pub(crate) fn unsaid(&self) -> Option<Unsaid> {
        let is_new = self.state.phase == Phase::New && matches!(self.turn, Turn::Rest);
        is_new.then(|| Unsaid {
            next_command: self.state.next_command,
            queue: self.state.queue.iter().cloned().collect(),
            abort: self.state.abort,
        })
    }

    pub(crate) fn receive(
        &mut self,
        message: &Received<'_>,
        account: Option<&Account>,
    ) -> Result<Vec<ServerEvent>> {
        self.at_rest()?;
        receive::receive(self, message, account)
    }

    pub(crate) fn push(&mut self, command: NewCommand) -> Result<u32> {
        command.check()?;
        let number = self.state.next_command;
        let next = number
            .checked_add(1)
            .ok_or_else(|| Error::state("no number is left for a command"))?;
        let large = command.large_octets();
        if large > 0 {
            let most = u64::from(self.config.limits.object_bytes).min(self.most);
            within(self.object_bytes().saturating_add(large), most)?;
        }
        self.state.next_command = next;
        self.state.queue.push_back((number, command));
        Ok(number)
    }

    pub(crate) fn cancel(&mut self, command: u32) -> bool {
        let before = self.state.queue.len();
        self.state.queue.retain(|(number, _)| *number != command);
        self.state.queue.len() < before
    }

    pub(crate) fn answer(&mut self, alert: u32, status: u16) -> Result<()> {
        if !(200..600).contains(&status) {
            return Err(Error::arg("no status of an alert").expecting("200 to 599"));
        }
        let Turn::Due(due) = &mut self.turn else {
            return Err(Error::arg("no alert is waiting"));
        };
        let mut verdicts = due.acks.iter_mut().flat_map(|ack| &mut ack.verdicts);
        let verdict = verdicts.find(|verdict| verdict.id == alert);
        let verdict = verdict.ok_or_else(|| Error::arg("no such alert is waiting"))?;
        if verdict.of == AlertCode::GENERIC_ALERT && !VERDICTS.contains(&status) {
            return Err(Error::arg("no status of a Generic Alert")
                .expecting("200, 202, 401, 406, 407, 412, 415 or 500"));
        }
        verdict.code = StatusCode(status);
        Ok(())
    }

    pub(crate) fn respond(&mut self) -> Result<Outgoing> {
        respond::respond(self)
    }

    pub(crate) fn finish(&mut self) {
        if let Turn::Due(due) = &mut self.turn {
            due.is_last = true;
        }
    }

    pub(crate) fn abort(&mut self, reason: Option<String>) -> Vec<ServerEvent> {
        if self.state.abort || self.state.phase == Phase::Over {
            return Vec::new();
        }
        self.state.abort = true;
        let by = AbortedBy::Server;
        // What was sent the next package may still answer; where a reply is due it has.
        vec![ServerEvent::Aborted { by, reason }]
    }

    /// The session at rest. It has no parts.
    pub(crate) fn save(&self) -> Result<(Vec<u8>, AccountState)> {
        self.at_rest()?;
        let state = snapshot::seal(Kind::ServerV2, &self.state)?;
        Ok((state, self.account.clone()))
    }

    pub(crate) fn restore(
        state: &[u8],
        account: AccountState,
        config: ServerConfig,
    ) -> Result<Self> {
        let state: State = snapshot::open(Kind::ServerV2, state)?;
        if state.server_id != config.server_id {
            return Err(Error::snapshot("of another server"));
        }
        if !state.is_sound() {
            return Err(Error::snapshot("damaged"));
        }
        Ok(Self {
            config,
            state,
            account,
            turn: Turn::Rest,
            most: u64::MAX,
        })
    }

    fn at_rest(&self) -> Result<()> {
        match self.turn {
            Turn::Rest => Ok(()),
            _ => Err(Error::state("a reply is due").expecting("respond")),
        }
    }
}
