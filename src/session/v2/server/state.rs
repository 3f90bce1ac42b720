//! What the server remembers of a session of DM 2.0.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::auth::Fingerprint;
use crate::dm2::{Dialect, is_session_id};
use crate::session::command::NewCommand;
use crate::session::event::ServerEvent;
use crate::status::{AlertCode, StatusCode};

/// Where a session stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// No package has come.
    #[default]
    New,
    /// A package 3 is to come.
    Open,
    /// END has been said.
    Over,
}

/// The last package that was answered, where it may come again: only the draft dialect numbers its packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handled {
    pub(super) body: Fingerprint,
    pub(super) reply: Vec<u8>,
}

/// What is kept between packages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Whose session it is.
    pub(super) server_id: String,
    pub(super) phase: Phase,
    pub(super) device: String,
    pub(super) dialect: Dialect,
    /// SessionID, which the approved dialect has none of.
    pub(super) session_id: Option<String>,
    /// PkgSeq of the last package, likewise.
    pub(super) seq: u32,
    pub(super) last: Option<Handled>,
    /// The notification that asked for this session.
    pub(super) notified: Option<u16>,
    /// Packages that have come.
    pub(super) received: u32,
    pub(super) next_command: u32,
    pub(super) next_alert: u32,
    pub(super) queue: VecDeque<(u32, NewCommand)>,
    /// The commands of the last package 2.
    pub(super) sent: Vec<(u32, NewCommand)>,
    pub(super) abort: bool,
}

impl State {
    /// Whether it can be: packages 2 and the reply to what comes again can be made of it, what was sent has words in DM 2.0, and each command
    /// has a number of its own that no other will get.
    pub(super) fn is_sound(&self) -> bool {
        let is_named = self.session_id.as_deref().is_some_and(is_session_id);
        let is_of_session = match (self.phase, self.dialect) {
            (Phase::New, _) => self.session_id.is_none() && self.sent.is_empty(),
            (Phase::Open, Dialect::Draft) => is_named && self.seq > 0 && self.last.is_some(),
            (Phase::Over, Dialect::Draft) => is_named && self.seq > 0,
            (_, Dialect::Approved) => self.session_id.is_none(),
        };
        let is_repeated = self.last.is_none() || self.session_id.is_some();
        let is_answered = self.sent.is_empty() || self.phase == Phase::Open;
        let mut numbers = BTreeSet::new();
        let mut commands = self.queue.iter().chain(&self.sent);
        let is_numbered =
            commands.all(|(number, _)| *number < self.next_command && numbers.insert(*number));
        is_of_session
            && is_repeated
            && is_answered
            && is_numbered
            && self
                .queue
                .iter()
                .all(|(_, command)| command.check().is_ok())
            && self
                .sent
                .iter()
                .all(|(_, command)| command.check().is_ok() && command.for_dm2().is_some())
    }

    /// The state of a new session of the same device; what the host has queued stays queued.
    pub(super) fn afresh(&self) -> Self {
        Self {
            server_id: self.server_id.clone(),
            phase: Phase::Open,
            next_command: self.next_command,
            next_alert: self.next_alert,
            queue: self.queue.clone(),
            abort: self.abort,
            ..Self::default()
        }
    }

    /// What was sent will not be answered any more.
    pub(super) fn forget(&mut self, events: &mut Vec<ServerEvent>) {
        for (command, sent) in self.sent.drain(..) {
            let parts = sent.for_dm2().unwrap_or_default();
            events.extend(parts.into_iter().map(|part| ServerEvent::Unknown {
                command,
                child: part.child,
                item: part.item,
            }));
        }
    }
}

/// What stands between `receive` and `respond`.
#[derive(Debug)]
pub(super) enum Turn {
    /// Nothing: the session is at rest.
    Rest,
    /// A stored reply.
    Repeated(Vec<u8>),
    /// A reply without a body, of this HTTP status.
    Refused(u16),
    /// Package 2.
    Due(Box<Due>),
}

/// The package 2 that is due.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) body: Fingerprint,
    /// What becomes of the alerts, in their order.
    pub(super) acks: Vec<Ack>,
    /// Nothing but END is said.
    pub(super) is_end: bool,
    /// What is said is said with END.
    pub(super) is_last: bool,
}

/// What becomes of an alert.
#[derive(Debug)]
pub(super) struct Ack {
    /// The least that it comes to, whatever the host says.
    pub(super) code: StatusCode,
    /// One for each item that the host is told.
    pub(super) verdicts: Vec<Verdict>,
}

/// What becomes of an item of an alert, unless the host says otherwise.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) id: u32,
    /// What kind of alert it is.
    pub(super) of: AlertCode,
    pub(super) code: StatusCode,
}

impl Ack {
    /// The worst of all.
    pub(super) fn code(&self) -> StatusCode {
        let codes = self.verdicts.iter().map(|verdict| verdict.code);
        codes.fold(self.code, StatusCode::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b22_a_state_that_cannot_be_is_not_sound() {
        let get = || NewCommand::Get(vec!["urn:a:b:1.0//x".to_owned()]);
        let open = State {
            phase: Phase::Open,
            session_id: Some("7F".to_owned()),
            seq: 1,
            last: Some(Handled {
                body: Fingerprint::default(),
                reply: Vec::new(),
            }),
            sent: vec![(0, get())],
            next_command: 2,
            ..State::default()
        };
        let approved = State {
            dialect: Dialect::Approved,
            session_id: None,
            seq: 0,
            last: None,
            ..open.clone()
        };
        assert!(State::default().is_sound() && open.is_sound() && approved.is_sound());
        type Hurt = fn(&mut State);
        let cases: [Hurt; 13] = [
            |state| state.session_id = None,
            |state| state.session_id = Some(String::new()),
            |state| state.session_id = Some("7".repeat(33)),
            |state| state.seq = 0,
            |state| state.last = None,
            |state| state.dialect = Dialect::Approved,
            |state| state.phase = Phase::New,
            |state| state.phase = Phase::Over,
            |state| state.sent = vec![(0, NewCommand::Get(Vec::new()))],
            |state| state.queue.push_back((1, NewCommand::Get(Vec::new()))),
            |state| state.next_command = 0,
            |state| state.queue.extend(state.sent.clone()),
            |state| state.sent.extend(state.sent.clone()),
        ];
        for (at, hurt) in cases.into_iter().enumerate() {
            let mut state = open.clone();
            hurt(&mut state);
            assert!(!state.is_sound(), "{at}");
        }
    }
}
