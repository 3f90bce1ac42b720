//! What the client remembers of a session.

use serde::{Deserialize, Serialize};

use crate::dm2::{Dialect, Outcome};

use super::alerts::Raised;
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
}
