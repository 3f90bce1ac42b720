//! What the client remembers of a session.

use serde::{Deserialize, Serialize};

use crate::dm2::{Dialect, Outcome, Request, is_session_id};

use super::alerts::{self, Raised};
use super::beginning::Beginning;
use super::execute::Execution;

/// Where a session stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Package 1 is due.
    SetUp,
    /// A package is out.
    Waiting,
    /// Commands are carried out; a ticket is open.
    Executing(Box<Execution>),
    /// Package 3 is due.
    Answering(Vec<Outcome>),
    /// The word that the session is aborted is due, and these results with it.
    Aborting(Vec<Outcome>),
    /// Nothing is due.
    Over,
}

/// The package that is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Out {
    #[serde(with = "serde_bytes")]
    pub(super) body: Vec<u8>,
    /// The alerts in it: those of the host by their numbers.
    pub(super) alerts: Vec<Option<u32>>,
}

/// What is kept between packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// The account: device and server.
    pub(super) account: (String, String),
    pub(super) dialect: Dialect,
    pub(super) beginning: Beginning,
    pub(super) phase: Phase,
    /// The number of our last package; 0 before the first.
    pub(super) seq: u32,
    pub(super) out: Option<Out>,
    /// The server has asked for credentials.
    pub(super) is_challenged: bool,
    /// What the host has raised and is not dealt with.
    pub(super) alerts: Vec<Raised>,
    pub(super) next_alert: u32,
    /// The revision of the tree of which package 1 has told.
    pub(super) tree_revision: Option<u32>,
    /// When the last package was sent, in milliseconds since 1970.
    pub(super) now: u64,
    /// Where package 3 goes, where that is not the server's address.
    pub(super) url: Option<String>,
    pub(super) next_ticket: u32,
}

impl State {
    pub(super) fn new(dialect: Dialect, beginning: Beginning, account: (String, String)) -> Self {
        Self {
            account,
            dialect,
            beginning,
            phase: Phase::SetUp,
            seq: 0,
            out: None,
            is_challenged: false,
            alerts: Vec::new(),
            next_alert: 0,
            tree_revision: None,
            now: 0,
            url: None,
            next_ticket: 1,
        }
    }

    /// Whether it can be, with the package that is carried out: what is due can be sent, and what is open can be completed.
    pub(super) fn is_sound(&self, package: Option<&Request>) -> bool {
        let is_begun = self.seq > 0;
        let is_of_phase = match &self.phase {
            Phase::SetUp => !is_begun && self.out.is_none(),
            Phase::Waiting => is_begun && self.out.as_ref().is_some_and(|out| !out.body.is_empty()),
            Phase::Executing(execution) => {
                let is_sound = |package| execution.is_sound(package, self.next_ticket);
                is_begun && self.out.is_none() && package.is_some_and(is_sound)
            }
            Phase::Answering(_) => is_begun && self.out.is_none(),
            Phase::Aborting(_) => is_begun && self.dialect == Dialect::Draft,
            Phase::Over => true,
        };
        is_of_phase
            && is_session_id(&self.beginning.session_id)
            && self.next_ticket > 0
            && alerts::is_sound(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::beginning::Beginning;
    use super::super::execute::Execution;
    use super::*;
    use crate::env::Env;
    use crate::session::client::Trigger;

    #[test]
    fn b22_a_state_that_cannot_be_is_not_sound() {
        let entropy = [7; 64];
        let env = Env::new(0, &entropy).unwrap();
        let beginning = Beginning::of_trigger(Trigger::Client, Dialect::Draft, &env);
        let new = State::new(Dialect::Draft, beginning, Default::default());
        let waiting = State {
            phase: Phase::Waiting,
            seq: 1,
            out: Some(Out {
                body: vec![b'{'],
                alerts: vec![None],
            }),
            ..new.clone()
        };
        let answering = State {
            phase: Phase::Answering(Vec::new()),
            seq: 1,
            ..new.clone()
        };
        assert!(
            [&new, &waiting, &answering]
                .iter()
                .all(|state| state.is_sound(None))
        );
        type Hurt = fn(&mut State);
        let cases: [(&State, Hurt); 14] = [
            (&new, |state| state.seq = 1),
            (&new, |state| state.next_ticket = 0),
            (&new, |state| state.beginning.session_id.clear()),
            (&new, |state| state.beginning.session_id = "7".repeat(33)),
            (&new, |state| state.phase = Phase::Waiting),
            (&new, |state| state.phase = Phase::Answering(Vec::new())),
            (&new, |state| state.phase = Phase::Aborting(Vec::new())),
            (&waiting, |state| state.seq = 0),
            (&waiting, |state| state.out = None),
            (&waiting, |state| state.phase = Phase::SetUp),
            (&waiting, |state| {
                state.out.iter_mut().for_each(|out| out.body.clear());
            }),
            (&waiting, |state| {
                state
                    .out
                    .iter_mut()
                    .for_each(|out| out.alerts = vec![Some(0)]);
            }),
            (&answering, |state| {
                state.phase = Phase::Aborting(Vec::new());
                state.dialect = Dialect::Approved;
            }),
            (&answering, |state| {
                state.phase = Phase::Executing(Box::new(Execution::new(b"{}".to_vec(), None)));
            }),
        ];
        for (at, (state, hurt)) in cases.into_iter().enumerate() {
            let mut state = state.clone();
            hurt(&mut state);
            assert!(!state.is_sound(Some(&Request::default())), "{at}");
        }
    }
}
