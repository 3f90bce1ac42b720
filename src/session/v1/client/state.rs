//! What the client remembers of a session.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::auth::{Fingerprint, Scheme};
use crate::notification::UiMode;
use crate::session::v1::object::assembly::Assembly;
use crate::session::v1::object::parts::{Parts, Run};
use crate::session::v1::object::refused::Refusals;
use crate::session::v1::reply::Kept;
use crate::session::v1::rest::AtRest;
use crate::session::v1::version::Version;
use crate::snapshot::Kind;
use crate::status::StatusCode;
use crate::tree::Answer;

use super::alerts::{self, Raised};
use super::commands::Saying;
use super::execute::Execution;
use super::objects::Told;

/// Where a session stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Package 1 is due.
    SetUp,
    /// A message is out.
    Waiting,
    /// Commands are executed; a ticket is open.
    Executing(Box<Execution>),
    /// What waits to be said is due, and these answers behind it.
    Answering(Vec<Answer>),
    /// Alert 1223 is due.
    Aborting,
    /// Nothing is due.
    Over,
}

/// Whether the server has accepted our credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ClientProof {
    /// It has not said.
    #[default]
    Open,
    /// It has asked for these, this often.
    Asked { scheme: Scheme, times: u8 },
    /// For the session.
    Accepted(Scheme),
    /// For one message: every message carries them.
    Each(Scheme),
}

/// Whether the server has proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ServerProof {
    /// Not yet.
    Open {
        /// How often it has failed.
        failures: u8,
        /// What it was asked for.
        asked: Option<Scheme>,
    },
    /// It has.
    Proven(Scheme),
}

/// The server's message that the next one of ours answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handled {
    pub(super) msg_id: u32,
    pub(super) body: Fingerprint,
    /// The code of our Status for its header.
    pub(super) code: StatusCode,
    /// Whether a challenge, or with 212 the nonce for the next session, goes with it.
    pub(super) chal: Option<Scheme>,
    /// Source and Target of the header, as TargetRef and SourceRef repeat them.
    pub(super) target: String,
    pub(super) source: String,
}

/// What is kept between messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// The account: device and server.
    pub(super) account: (String, String),
    pub(super) session_id: String,
    pub(super) by_server: bool,
    /// How much the user is to see of it, as the notification says.
    pub(super) ui_mode: Option<UiMode>,
    /// The objects that the notification has asked for, by their identifiers.
    pub(super) requested: Vec<String>,
    /// The revision of the tree when package 1 told of it, where it does.
    pub(super) tree_revision: Option<u32>,
    /// What the host has raised, as long as the server has not answered it.
    pub(super) alerts: Vec<Raised>,
    pub(super) next_alert: u32,
    pub(super) phase: Phase,
    /// MsgID of our last message; 0 before the first.
    pub(super) msg_id: u32,
    pub(super) empty_turns: u32,
    /// When the last message was sent, in milliseconds since 1970.
    pub(super) now: u64,
    /// What the server speaks, once it has proved itself.
    pub(super) server_version: Option<Version>,
    /// What the server takes.
    pub(super) peer_max_msg_size: Option<u32>,
    /// The largest object that it takes.
    pub(super) peer_max_obj_size: Option<u32>,
    /// The object that the server is sending.
    pub(super) object: Option<Assembly>,
    /// Those that were refused or broken off of late.
    pub(super) refused: Refusals,
    /// Octets of objects that have come or are told.
    pub(super) moved: u64,
    /// The octets of objects, the server's and ours.
    pub(super) parts: Parts,
    /// Octets of the objects that the answers will come to which are not said yet.
    pub(super) promised: u64,
    /// The server's package goes on: ours must not be closed.
    pub(super) more: bool,
    /// What is still to be said in our package, because it did not fit into the messages so far.
    pub(super) unsaid: VecDeque<Saying>,
    /// Chunks of ours that the server has not answered.
    pub(super) told: Vec<Told>,
    pub(super) client: ClientProof,
    pub(super) server: ServerProof,
    /// What proved the server, which may repeat it.
    pub(super) server_cred: Option<Fingerprint>,
    /// Whether the message that is out carries our credentials.
    pub(super) gave_cred: bool,
    /// The nonce that an unproven server gave us: for this session's attempts only.
    #[serde(with = "serde_bytes")]
    pub(super) offered_nonce: Option<Vec<u8>>,
    /// The message that is out has a nonce for a later digest of the server.
    pub(super) renews: bool,
    /// The nonce that we gave to an unproven server.
    #[serde(with = "serde_bytes")]
    pub(super) issued_nonce: Option<Vec<u8>>,
    /// The session was asked for under the nonce of a resynchronization: our next proof uses it.
    pub(super) resync: bool,
    /// The server may prove itself under that nonce.
    pub(super) may_resync: bool,
    pub(super) resp_uri: Option<String>,
    pub(super) last: Option<Handled>,
    /// MsgID of the server's message that our last one answered; 0 before the first.
    pub(super) answered: u32,
    pub(super) out: Option<Kept>,
    pub(super) next_ticket: u32,
}

impl AtRest for State {
    const KIND: Kind = Kind::Client;
    const FOREIGN: &'static str = "of another account";

    fn owners(&self) -> (&str, &str) {
        let (device, server) = &self.account;
        (device, server)
    }

    fn is_sound(&self) -> bool {
        let mut unsaid = self.unsaid.iter();
        let unsaid = unsaid.all(|saying| match saying {
            Saying::Object(object) => object.is_sound(),
            _ => true,
        });
        unsaid
            && alerts::are_sound(&self.alerts)
            && self.object.as_ref().is_none_or(Assembly::is_sound)
    }

    fn parts(&mut self) -> &mut Parts {
        &mut self.parts
    }

    fn growing(&self) -> Option<(Run, usize)> {
        self.object.as_ref().map(Assembly::expected)
    }

    fn object_bytes(&self) -> u64 {
        let raised = alerts::large_values(&self.alerts);
        [self.promised, raised]
            .into_iter()
            .fold(self.parts.held(), u64::saturating_add)
    }
}

impl State {
    pub(super) fn new(
        session_id: String,
        by_server: bool,
        resync: bool,
        account: (String, String),
    ) -> Self {
        Self {
            account,
            session_id,
            by_server,
            ui_mode: None,
            requested: Vec::new(),
            tree_revision: None,
            alerts: Vec::new(),
            next_alert: 0,
            phase: Phase::SetUp,
            msg_id: 0,
            empty_turns: 0,
            now: 0,
            server_version: None,
            peer_max_msg_size: None,
            peer_max_obj_size: None,
            object: None,
            refused: Refusals::default(),
            moved: 0,
            parts: Parts::default(),
            promised: 0,
            more: false,
            unsaid: VecDeque::new(),
            told: Vec::new(),
            client: ClientProof::Open,
            server: ServerProof::Open {
                failures: 0,
                asked: None,
            },
            server_cred: None,
            gave_cred: false,
            offered_nonce: None,
            issued_nonce: None,
            renews: false,
            resync,
            may_resync: resync,
            resp_uri: None,
            last: None,
            answered: 0,
            out: None,
            next_ticket: 1,
        }
    }

    /// Puts answers behind what waits to be said.
    pub(super) fn say(&mut self, answers: Vec<Answer>) {
        let sayings = self.sayings(answers);
        self.queue(sayings);
    }

    /// What there is to say with answers to the server's last message.
    pub(super) fn sayings(&self, answers: Vec<Answer>) -> Vec<Saying> {
        let msg_ref = self.last.as_ref().map_or(0, |last| last.msg_id);
        let answers = answers.into_iter();
        answers
            .flat_map(|answer| Saying::of_answer(msg_ref, answer))
            .collect()
    }

    /// Puts something behind what waits to be said. While an object is being sent nothing but Status stands between its chunks.
    pub(super) fn queue(&mut self, sayings: Vec<Saying>) {
        let Some(begun) = self.unsaid.iter().position(is_begun) else {
            return self.unsaid.extend(sayings);
        };
        let behind = self.unsaid.split_off(begun);
        let is_between = |saying: &Saying| {
            matches!(
                saying,
                Saying::Status { .. } | Saying::Demanded { .. } | Saying::Broken { .. }
            )
        };
        let (between, later): (Vec<_>, Vec<_>) = sayings.into_iter().partition(is_between);
        self.unsaid.extend(between);
        self.unsaid.extend(behind);
        self.unsaid.extend(later);
    }

    /// Drops what does not fit where nothing waits but the Statuses of demands for what waits: it would be demanded for ever, by as many
    /// demands as there is room for Statuses. Tells whether it has.
    pub(super) fn drop_demands(&mut self, fitting: usize) -> bool {
        let is_demand = |saying: &Saying| matches!(saying, Saying::Demanded { .. });
        let is_endless = !self.more && fitting < self.unsaid.len();
        if is_endless && self.unsaid.iter().all(is_demand) {
            self.unsaid.truncate(fitting);
            return true;
        }
        // What fits behind none of them would wait for ever: the next message is demanded, too.
        let mut first = self.unsaid.iter().take(fitting);
        let is_starved = is_endless && fitting > 0 && !self.holds_back() && first.all(is_demand);
        if is_starved {
            self.unsaid.drain(..fitting);
        }
        is_starved
    }

    /// Whether no object of ours is begun as long as the server is sending one.
    pub(super) fn holds_back(&self) -> bool {
        self.object.is_some() && !self.unsaid.iter().any(is_begun)
    }

    /// Puts objects that are held back behind everything else.
    pub(super) fn hold_back(&mut self) {
        if self.holds_back() {
            let unsaid = std::mem::take(&mut self.unsaid).into_iter();
            let is_object = |saying: &Saying| matches!(saying, Saying::Object(_));
            let (later, now): (Vec<_>, Vec<_>) = unsaid.partition(is_object);
            self.unsaid.extend(now);
            self.unsaid.extend(later);
        }
    }

    /// Whether our package has begun and goes on, though the server's is complete.
    pub(super) fn is_saying(&self) -> bool {
        !self.more && !self.unsaid.is_empty()
    }
}

/// Whether it is an object of which a part is told.
fn is_begun(saying: &Saying) -> bool {
    matches!(saying, Saying::Object(object) if object.is_begun())
}
