//! What the server remembers of a session.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::auth::{Fingerprint, MacKey, Scheme};
use crate::env::NONCE_LEN;
use crate::session::command::{NewCommand, Shape};
use crate::session::event::{Direction, ServerEvent};
use crate::session::v1::object::parts::{Parts, Run};
use crate::session::v1::object::refused::Refusals;
use crate::session::v1::reply::Kept;
use crate::session::v1::rest::AtRest;
use crate::session::v1::version::Version;
use crate::snapshot::Kind;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Cred, Encoding, Form, Location, Status, refers};

use super::incoming::Incoming;
use super::waiting::Waiting;

/// Where a session stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// No message has come.
    #[default]
    New,
    /// Messages go to and fro.
    Open,
    /// The last reply has been given.
    Over,
}

/// Where a server stands with its packages (chapter 7.1, in its order).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Package {
    /// Ours is complete, and the device answers it. A session begins like that: the device speaks first.
    #[default]
    Sent,
    /// The device's is complete: ours may begin.
    Received,
    /// Ours has begun and goes on.
    Sending,
}

/// Whether the device has proved itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ClientProof {
    /// Not yet.
    Open {
        /// What was asked for.
        asked: Option<Scheme>,
        /// How often credentials were missing, and how often wrong.
        missing: u8,
        wrong: u8,
    },
    /// It has.
    Proven {
        /// By what, if not by the transport: it stays the same for the session.
        scheme: Option<Scheme>,
        /// What its next messages may repeat.
        cred: Option<Fingerprint>,
        /// What stands in RespURI from the next reply on.
        token: Option<[u8; NONCE_LEN]>,
        /// What the transport said of the sender.
        peer: Option<String>,
    },
}

impl Default for ClientProof {
    fn default() -> Self {
        Self::Open {
            asked: None,
            missing: 0,
            wrong: 0,
        }
    }
}

/// Whether the device has accepted our credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ServerProof {
    /// It has not said yet.
    #[default]
    Open,
    /// It has asked for these.
    Asked(Scheme),
    /// For one message: every message carries them.
    Each(Scheme),
    /// For the whole session.
    Accepted(Scheme),
}

/// The last message that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handled {
    pub(super) msg_id: u32,
    pub(super) body: Fingerprint,
    pub(super) reply: Kept,
    pub(super) done: bool,
}

/// A command that the device has not answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) msg_id: u32,
    pub(super) command: u32,
    pub(super) shape: Shape,
    /// For each item, or once for a command without items: whether its Status has come.
    pub(super) answered: Vec<bool>,
}

/// A chunk that the device has been sent, and that is not the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChunkSent {
    /// Its command and those in the same group; the last is the one that is told in chunks.
    pub(super) sent: Vec<Sent>,
    /// Octets of the object that the device has with it.
    pub(super) end: u32,
    /// The device has taken it: it has said so, or asked for the next message.
    pub(super) is_taken: bool,
    /// It has said so.
    pub(super) is_answered: bool,
    /// It begins an object anew of which the device has a part, and will say that this is broken.
    pub(super) is_anew: bool,
}

/// A Status that did not fit into the message that it was for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    pub(super) msg_ref: u32,
    pub(super) cmd_ref: String,
    pub(super) cmd: String,
    pub(super) code: StatusCode,
    /// It is the host that asks for credentials, which goes with a challenge.
    pub(super) asks: bool,
}

/// What is kept between messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Whose session it is.
    pub(super) server_id: String,
    pub(super) phase: Phase,
    pub(super) device: String,
    pub(super) session_id: String,
    pub(super) version: Option<Version>,
    pub(super) client: ClientProof,
    pub(super) server: ServerProof,
    pub(super) started: bool,
    pub(super) package: Package,
    /// Statuses that go out ahead of all others, as far as they fit.
    pub(super) owed: Vec<Owed>,
    /// The alerts by which the device was asked for the rest of its package, by MsgID and CmdID: each may have a Status.
    pub(super) nudges: Vec<(u32, u32)>,
    /// The last reply was for making room: it said no command, though one was waiting.
    pub(super) made_room: bool,
    /// MsgID of the last reply.
    pub(super) msg_id: u32,
    /// MsgID of the last reply that was not for a stranger.
    pub(super) told_msg_id: u32,
    /// The nonce that the host handed in when the device last proved itself: it is used up, even if the host hands it in again.
    pub(super) spent: Option<Fingerprint>,
    /// A resynchronization has been used, even if the host hands it in again.
    pub(super) is_resynced: bool,
    /// The device has used the nonce of a resynchronization, and so do we until it gives us another.
    pub(super) resync: bool,
    /// The nonces are being resynchronized, and nothing has been sent that the device answers, with a nonce for us.
    pub(super) renews: bool,
    /// The notification that asked for this session.
    pub(super) notified: Option<u16>,
    pub(super) received: u32,
    /// Octets of objects that have come, or that the device has.
    pub(super) moved: u64,
    pub(super) empty_turns: u32,
    pub(super) peer_max_msg_size: Option<u32>,
    pub(super) last: Option<Handled>,
    pub(super) next_command: u32,
    pub(super) next_alert: u32,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) sent: Vec<Sent>,
    /// The commands of the last reply, for as long as the device may ask for our credentials first.
    pub(super) in_flight: Vec<Waiting>,
    /// The chunk in the last reply, if more follow: they are of the first command in the queue.
    pub(super) chunk: Option<ChunkSent>,
    /// The latest of the earlier chunks that went on without a Status of theirs, which may still come; without the rest of their groups.
    pub(super) late: Vec<Sent>,
    /// The object that comes in chunks.
    pub(super) incoming: Option<Incoming>,
    /// Objects that were refused or broken off of late.
    pub(super) refused: Refusals,
    /// The octets of large values.
    pub(super) parts: Parts,
    pub(super) peer_max_obj_size: Option<u32>,
    /// What the messages of package 1 have said so far.
    pub(super) set_up: SetUp,
    pub(super) abort: bool,
}

impl AtRest for State {
    const KIND: Kind = Kind::Server;
    const FOREIGN: &'static str = "of another server";

    fn owners(&self) -> (&str, &str) {
        (&self.device, &self.server_id)
    }

    fn is_sound(&self) -> bool {
        let mut waiting = self.queue.iter().chain(&self.in_flight);
        waiting.all(Waiting::is_sound) && self.incoming.as_ref().is_none_or(Incoming::is_sound)
    }

    fn parts(&mut self) -> &mut Parts {
        &mut self.parts
    }

    fn growing(&self) -> Option<(Run, usize)> {
        self.incoming.as_ref().map(Incoming::expected)
    }

    fn object_bytes(&self) -> u64 {
        self.parts.held()
    }
}

/// What package 1 says, over all of its messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SetUp {
    pub(super) by_server: bool,
    pub(super) dev_info: BTreeMap<String, String>,
    /// Octets of these names and values.
    octets: usize,
}

/// So many earlier chunks are remembered.
const LATE: usize = 4;

/// The number of a command of our own: the host's stay below.
pub(super) const OWN: u32 = u32::MAX;

/// Whether an event tells of that command, of which the host knows nothing.
pub(super) fn is_own(event: &ServerEvent) -> bool {
    matches!(
        event,
        ServerEvent::Status { command: OWN, .. }
            | ServerEvent::Results { command: OWN, .. }
            | ServerEvent::Unknown { command: OWN, .. }
            | ServerEvent::Progress {
                command: Some(OWN),
                ..
            }
    )
}

/// Octets of the DevInfo of a device, in all: what it tells is small, and lies in the state until package 1 is complete.
const DEV_INFO: usize = 32_768;

impl SetUp {
    /// Takes values of DevInfo in, unless that would be too much.
    pub(super) fn hear(&mut self, values: BTreeMap<String, String>) -> bool {
        let length = |(name, value): (&String, &String)| name.len().saturating_add(value.len());
        let before = values.keys();
        let before = before.filter_map(|name| self.dev_info.get_key_value(name));
        let others = self.octets.saturating_sub(before.map(length).sum());
        let octets = values
            .iter()
            .map(length)
            .fold(others, usize::saturating_add);
        let has_room = octets <= DEV_INFO;
        if has_room {
            self.dev_info.extend(values);
            self.octets = octets;
        }
        has_room
    }
}

impl State {
    /// Takes out of the queue what a device of this version cannot be sent, and what it does not know out of the rest; gives the numbers of
    /// the former. Before anybody has said which version that is, there is nothing to take out.
    pub(super) fn set_aside(&mut self) -> Vec<u32> {
        let mut unsupported = Vec::new();
        let Some(version) = self.version else {
            return unsupported;
        };
        self.queue.retain_mut(|waiting| {
            let known = match waiting.command().for_version(version) {
                Some(Cow::Borrowed(_)) => return true,
                Some(Cow::Owned(known)) => known,
                None => {
                    unsupported.push(waiting.number);
                    return false;
                }
            };
            waiting.replace(known);
            true
        });
        unsupported
    }

    /// Takes out of the queue what holds a value larger than the device takes; gives the numbers.
    pub(super) fn set_aside_large(&mut self, encoding: Encoding) -> Vec<u32> {
        let mut too_large = Vec::new();
        let Some(most) = self.peer_max_obj_size else {
            return too_large;
        };
        let first = self.queue.front().map(|waiting| waiting.number);
        self.queue.retain(|waiting| {
            let is_too_large = waiting.largest(encoding) > most as usize;
            if is_too_large && too_large.last() != Some(&waiting.number) {
                too_large.push(waiting.number);
            }
            !is_too_large
        });
        if self.queue.front().map(|waiting| waiting.number) != first {
            self.chunk = None;
        }
        too_large
    }

    /// The device has taken the chunk that it was sent.
    pub(super) fn take_chunk(&mut self, events: &mut Vec<ServerEvent>) {
        let waiting = self.queue.front_mut();
        let Some((chunk, cut)) = self
            .chunk
            .as_mut()
            .filter(|chunk| !chunk.is_taken)
            .zip(waiting.and_then(|waiting| waiting.cut.as_mut()))
        else {
            return;
        };
        chunk.is_taken = true;
        self.moved = self
            .moved
            .saturating_add(u64::from(chunk.end.saturating_sub(cut.told)));
        cut.told = chunk.end;
        if let Some(sent) = chunk.sent.last() {
            events.push(ServerEvent::Progress {
                direction: Direction::Sent,
                bytes: cut.told,
                total: Some(cut.size),
                uri: None,
                command: Some(sent.command),
                child: sent.shape.child.clone(),
                item: sent.shape.last_item(),
            });
        }
    }

    /// The chunk of the next reply, if there is one.
    pub(super) fn next_chunk(&mut self, next: Option<ChunkSent>) {
        let before = std::mem::replace(&mut self.chunk, next);
        let unanswered = before.filter(|before| !before.is_answered);
        if let Some(told) = unanswered.and_then(|mut before| before.sent.pop()) {
            if self.late.len() >= LATE {
                self.late.remove(0);
            }
            self.late.push(told);
        }
    }

    /// The object is not told any further: what the device says of its command now counts for all of it.
    pub(super) fn give_up_chunk(&mut self) {
        if let Some(chunk) = self.chunk.take() {
            self.queue.pop_front();
            self.sent.extend(chunk.sent);
        }
    }

    /// The same for an earlier chunk: what the device says of it, and not what it says of the one after, counts for the object.
    pub(super) fn refuse_earlier(&mut self, earlier: Sent) {
        let Some(chunk) = self.chunk.take() else {
            return;
        };
        self.queue.pop_front();
        for sent in chunk.sent {
            let is_same = sent.shape.child == earlier.shape.child;
            let list = if is_same {
                &mut self.late
            } else {
                &mut self.sent
            };
            list.push(sent);
        }
        self.sent.push(earlier);
    }

    /// Queues a command of our own, only for the nonce that comes with its answer.
    pub(super) fn ask_for_nonce(&mut self) {
        let command = NewCommand::Get(vec!["./DevInfo/DevId".to_owned()]);
        let waiting = Waiting::new(OWN, command, &mut self.parts);
        self.queue.push_back(waiting);
    }

    /// Forgets the octets of values that nobody needs any more.
    pub(super) fn sweep(&mut self) {
        let incoming = self.incoming.as_ref().map(Incoming::run);
        let kept = self.queue.iter().chain(&self.in_flight);
        let kept = kept.flat_map(Waiting::runs).chain(&incoming);
        self.parts.keep(kept);
    }

    /// Whether a Status is for an alert that asked for the rest of the device's package, and the first for it.
    pub(super) fn takes_nudge(&mut self, status: &Status) -> bool {
        let cmd_id = status.cmd_ref.as_deref().and_then(|id| id.parse().ok());
        let is_for =
            |(of, id): &(u32, u32)| refers(status.msg_ref.as_deref(), *of) && Some(*id) == cmd_id;
        match self.nudges.iter().position(is_for) {
            Some(at) => {
                self.nudges.swap_remove(at);
                true
            }
            None => false,
        }
    }

    /// Whether a Status speaks of the last reply that the device has, or may have: one to a stranger may have been for it.
    pub(super) fn is_answered_by(&self, status: &Status) -> bool {
        status.answers(self.msg_id) || status.answers(self.told_msg_id)
    }
}

/// What stands between `receive` and `respond`.
#[derive(Debug)]
pub(super) enum Turn {
    /// Nothing: the session is at rest.
    Rest,
    /// A stored reply.
    Repeated(Vec<u8>),
    /// A reply.
    Due(Box<Due>),
}

/// The reply that is due.
#[derive(Debug)]
pub(super) struct Due {
    /// The form of the message, in which its sender is answered.
    pub(super) form: Form,
    pub(super) msg_id: u32,
    pub(super) body: Fingerprint,
    /// VerDTD and VerProto of the reply.
    pub(super) versions: (String, String),
    pub(super) session_id: String,
    /// MaxMsgSize, where the message has one.
    pub(super) announced: Option<u32>,
    pub(super) device: Location,
    /// The Target of the message: the name by which the device knows us.
    pub(super) server: Location,
    pub(super) cred: Option<Cred>,
    /// What makes our MAC, where that is our proof.
    pub(super) mac: Option<MacKey>,
    /// Our user, where the credentials are a digest: it goes into Source/LocName.
    pub(super) user: Option<String>,
    /// Status of the header, with the data of its items.
    pub(super) header: (StatusCode, Vec<String>),
    pub(super) chal: Challenge,
    /// What the device is known by from now on, where this message has proved it.
    pub(super) newly_proven: Option<Proof>,
    pub(super) statuses: Vec<Pending>,
    /// Which of these is for the device's abort: it goes out, even if another does not fit.
    pub(super) abort: Option<usize>,
    pub(super) verdicts: Vec<Verdict>,
    /// Target and Source of an object whose chunks were interrupted.
    pub(super) broken: Option<(Option<String>, Option<String>)>,
    pub(super) next: Next,
    /// The message is not from the device for all we know, and must leave the session as it is.
    pub(super) is_stranger: bool,
}

impl Due {
    /// Whether the device may be sent something to answer, and gives a nonce with that: our proof needs one.
    pub(super) fn asks_for_nonce(&self) -> bool {
        self.next == Next::Commands && self.user.is_some()
    }
}

/// What later messages are compared with.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) scheme: Option<Scheme>,
    pub(super) cred: Option<Fingerprint>,
    pub(super) peer: Option<String>,
}

/// Whether a challenge goes with the Status of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// No.
    None,
    /// With a nonce that was never used.
    Fresh(Scheme),
    /// With the nonce that was issued last.
    Again(Scheme),
}

/// The Status of one command.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) cmd_ref: String,
    pub(super) cmd: String,
    pub(super) code: StatusCode,
    /// The verdicts that it waits for.
    pub(super) alerts: Vec<u32>,
}

/// What becomes of an alert, unless the host says otherwise.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) id: u32,
    /// What kind of alert it is.
    pub(super) of: AlertCode,
    pub(super) code: StatusCode,
}

/// What the reply is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The device's package is complete: commands may follow.
    Commands,
    /// The device's package goes on.
    More,
    /// The device is to prove itself first.
    Challenge,
    /// Alert 1223.
    Abort,
    /// Nothing more will come.
    End,
    /// The device takes no message that could be written: it gets none.
    Silence,
}

#[cfg(test)]
mod tests;
