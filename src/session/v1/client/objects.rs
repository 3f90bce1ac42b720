//! Values that fit no message, and are told in chunks (DM protocol, chapter 8): one chunk a message, and nothing new between them.

use std::cell::Cell;
use std::mem;

use serde::{Deserialize, Serialize};

use crate::session::event::{ClientEvent, Direction};
use crate::session::v1::object::cut::{Carrier, Chunk, Kind, Whole, carrier, ready, settled};
use crate::session::v1::object::parts::{Parts, Run};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Command, Data, Encoding, Item, Message};
use crate::tree::{Answer, Value};

use super::ClientSession;
use super::alerts;
use super::commands::Saying;
use super::largest;
use super::send::Draft;
use super::state::{Phase, State};

/// A value that is told in chunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    /// What it is said with, the value being empty.
    saying: Box<Saying>,
    kind: Kind,
    carrier: Carrier,
    /// What Format says of its chunks, where that is something else than it says of the value.
    format: Option<String>,
    run: Run,
    /// How much of it is told.
    told: usize,
    /// MsgID and CmdID of the last chunk.
    sent: Option<(u32, u32)>,
}

impl Object {
    /// Whether a part of it is told.
    pub(super) fn is_begun(&self) -> bool {
        self.sent.is_some()
    }

    /// Whether it can be: of something that has a value, of which no more is told than there is, and nothing before the first chunk.
    pub(super) fn is_sound(&self) -> bool {
        let has_value = matches!(
            *self.saying,
            Saying::Results { .. } | Saying::Tell { .. } | Saying::Raised { .. }
        );
        has_value && self.told <= self.size() && (self.told == 0 || self.is_begun())
    }

    /// The number of the host's alert that it is of.
    pub(super) fn raised(&self) -> Option<u32> {
        match *self.saying {
            Saying::Raised { number, .. } => Some(number),
            _ => None,
        }
    }

    /// The command, without the value.
    pub(super) fn command(&self, number: usize) -> Command {
        self.saying.command(number, 1)
    }

    /// Whether an alert names its place; nothing where it names none.
    fn is_named(&self, alert: &Alert) -> Option<bool> {
        let places = |item: &Item| {
            let places = [item.target.clone(), item.source.clone()];
            places.into_iter().flatten().map(|place| place.uri)
        };
        let own: Vec<String> = match self.command(1) {
            Command::Results(results) => results.items.iter().flat_map(places).collect(),
            Command::Alert(alert) => alert.items.iter().flat_map(places).collect(),
            _ => Vec::new(),
        };
        let mut named = alert.items.iter().flat_map(places).peekable();
        named.peek()?;
        Some(named.any(|place| own.contains(&place)))
    }

    /// How much of it is told.
    pub(super) fn told(&self) -> usize {
        self.told
    }

    /// What it is said with.
    pub(super) fn saying(&self) -> &Saying {
        &self.saying
    }

    /// Where its octets are.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// Octets, as they are transported.
    pub(super) fn size(&self) -> usize {
        self.carrier.size(self.run.len() as usize)
    }

    /// The next chunk, as much as there is room for, or all of it; `left` says how much room there is behind a command.
    pub(super) fn chunk(
        &self,
        parts: &Parts,
        number: usize,
        around: (Encoding, usize),
        left: impl Fn(&Command) -> Option<i64>,
    ) -> Option<(Command, usize)> {
        let entire = self.entire(parts, number, around.1);
        let holds = |command: &Command| left(command).is_some_and(|left| left >= 0);
        match entire.filter(holds) {
            Some(entire) => Some((entire, self.size())),
            None => self.cut(parts, number, around, left),
        }
    }

    /// Whether a message of so many octets may hold all of it, of which nothing is told.
    pub(super) fn may_be_whole(&self, most: usize) -> bool {
        // Markup may be shorter in WBXML.
        self.told == 0 && (self.kind == Kind::Markup || self.run.len() as usize <= most)
    }

    /// The command with all of the value, unless that is more than a message of so many octets holds.
    pub(super) fn entire(&self, parts: &Parts, number: usize, most: usize) -> Option<Command> {
        let is_possible = self.may_be_whole(most);
        let octets = is_possible.then(|| parts.read(&self.run, 0..self.run.len() as usize))?;
        let data = self.kind.data(octets)?;
        let mut command = self.command(number);
        items(&mut command)?.last_mut()?.data = Some(data);
        Some(command)
    }

    fn cut(
        &self,
        parts: &Parts,
        number: usize,
        (encoding, most): (Encoding, usize),
        left: impl Fn(&Command) -> Option<i64>,
    ) -> Option<(Command, usize)> {
        let mut command = self.command(number);
        let mut item = items(&mut command)?.pop()?;
        item.data = None;
        if let Some(format) = &self.format {
            item.meta.get_or_insert_default().format = Some(format.clone());
        }
        let window = self.carrier.window(self.told, most);
        let from = window.start;
        let octets = parts.read(&self.run, window);
        let total = self.run.len() as usize;
        let whole = Whole::part(&octets, from, total, self.carrier);
        let with = |item: &Item| {
            let mut command = command.clone();
            items(&mut command)?.push(item.clone());
            Some(command)
        };
        let chunk = whole.chunk(&item, self.told, encoding, |item| left(&with(item)?));
        let Chunk { item, end } = chunk?;
        Some((with(&item)?, end))
    }
}

/// Whether a command holds a chunk that is not the last.
pub(super) fn goes_on(command: &Command) -> bool {
    let items = match command {
        Command::Results(results) => &results.items,
        Command::Alert(alert) => &alert.items,
        _ => return false,
    };
    items.iter().any(|item| item.more_data)
}

/// The items of a command that can have large values.
fn items(command: &mut Command) -> Option<&mut Vec<Item>> {
    match command {
        Command::Results(results) => Some(&mut results.items),
        Command::Alert(alert) => Some(&mut alert.items),
        _ => None,
    }
}

/// Octets of a value as it is transported.
pub(super) fn transported(data: &Data, format: Option<&str>, encoding: Encoding) -> usize {
    carrier(Kind::of(data), format, encoding).0.size(data.len())
}

/// Whether the server takes a value at all: whole, or in chunks, for which `room` has so many octets.
pub(super) fn takes(
    session: &ClientSession,
    cmd_ref: &str,
    value: &Value,
    room: &Cell<u64>,
) -> bool {
    let results = |value: Value| Saying::Results {
        msg_ref: session.state.last.as_ref().map_or(0, |last| last.msg_id),
        cmd_ref: cmd_ref.to_owned(),
        values: vec![value],
    };
    let size = size_of(session, value);
    let most = session.state.peer_max_obj_size.unwrap_or(u32::MAX) as usize;
    if size > most {
        return false;
    }
    let draft = Draft::in_the_end(session);
    if size <= draft.room.octets() && draft.holds_all(&[results(value.clone()).command(2, 1)]) {
        return true;
    }
    // A little of it stands for any chunk.
    let probe = Value {
        uri: value.uri.clone(),
        format: value.format.clone(),
        mime: value.mime.clone(),
        data: Some(Data::Text("0".repeat(PROBE))),
        item: value.item,
    };
    let rest = room.get().checked_sub(size as u64);
    // The server's demand for the next is answered with it.
    let next = Answer::new(cmd_ref, "Alert", StatusCode::OK);
    let msg_ref = u32::MAX;
    let status = Saying::Status {
        msg_ref,
        answer: next,
    };
    let commands = [status.command(2, 1), results(probe).command(3, 1)];
    let Some(rest) = rest.filter(|_| draft.holds_all(&commands)) else {
        return false;
    };
    room.set(rest);
    true
}

/// Octets that a chunk must have room for: some of the value, MoreData, Size and another Format.
pub(super) const PROBE: usize = 160;

pub(super) fn size_of(session: &ClientSession, value: &Value) -> usize {
    let encoding = session.config.encoding;
    let size = |data: &Data| transported(data, value.format.as_deref(), encoding);
    value.data.as_ref().map_or(0, size)
}

/// Makes objects of the values that fit no message.
pub(super) fn prepare(session: &mut ClientSession, sayings: Vec<Saying>) -> Vec<Saying> {
    let mut prepared = Vec::with_capacity(sayings.len());
    for saying in sayings {
        let mut rest = largest::allowed(session, saying);
        while let Some(saying) = rest.take() {
            let Some(at) = first_large(session, &saying) else {
                prepared.push(saying);
                break;
            };
            let behind = match at {
                0 => Some(saying),
                at => {
                    let (before, behind) = saying.split(at);
                    prepared.push(before);
                    behind
                }
            };
            if let Some((large, behind)) = behind.map(|behind| behind.split(1)) {
                prepared.push(object(session, large));
                rest = behind;
            }
        }
    }
    prepared
}

/// The same for all that waits, where the server takes less than before.
pub(super) fn prepare_waiting(session: &mut ClientSession) {
    let waiting = mem::take(&mut session.state.unsaid).into();
    session.state.unsaid = prepare(session, waiting).into();
}

/// The first value that fits no message.
fn first_large(session: &ClientSession, saying: &Saying) -> Option<usize> {
    let has_values = matches!(
        saying,
        Saying::Results { .. } | Saying::Tell { .. } | Saying::Raised { .. }
    );
    if !has_values {
        return None;
    }
    let draft = Draft::in_the_end(session);
    let most = draft.room.octets();
    let is_large = |length: usize, say: &dyn Fn() -> Saying| {
        // What is far below needs no closer look, what is above neither: nothing grows more than sixfold, or becomes less.
        let may_be = length.saturating_mul(6).saturating_add(SURROUNDINGS) > most;
        may_be && (length > most || !draft.holds_all(&[say().command(2, 1)]))
    };
    let length = |value: &Value| value.data.as_ref().map_or(0, Data::len);
    match saying {
        Saying::Results {
            msg_ref,
            cmd_ref,
            values,
        } => values.iter().position(|value| {
            is_large(length(value), &|| Saying::Results {
                msg_ref: *msg_ref,
                cmd_ref: cmd_ref.clone(),
                values: vec![value.clone()],
            })
        }),
        Saying::Tell { code, values } => values.iter().position(|value| {
            value.data.is_some()
                && is_large(length(value), &|| Saying::Tell {
                    code: *code,
                    values: vec![value.clone()],
                })
        }),
        Saying::Raised { alert, .. } => is_large(alert.data.len(), &|| saying.clone()).then_some(0),
        _ => None,
    }
}

/// More than what is around a value takes.
const SURROUNDINGS: usize = 16_384;

/// The object of something that is said with one value.
fn object(session: &mut ClientSession, mut saying: Saying) -> Saying {
    let encoding = session.config.encoding;
    let nothing = || Data::Text(String::new());
    let data = match &mut saying {
        Saying::Results { values, .. } | Saying::Tell { values, .. } => values
            .first_mut()
            .and_then(|value| value.data.replace(nothing())),
        Saying::Raised { alert, .. } => {
            alert.format = Some(alert.said_format());
            Some(mem::replace(&mut alert.data, nothing()))
        }
        _ => None,
    };
    let Some(data) = data else { return saying };
    let mut command = saying.command(1, 1);
    let meta = items(&mut command)
        .and_then(Vec::pop)
        .and_then(|item| item.meta);
    let data = settled(data);
    let kind = Kind::of(&data);
    let ready = ready(data, meta.as_ref(), encoding);
    let run = session.state.parts.take_in(ready.octets);
    let object = Object {
        saying: Box::new(saying),
        kind,
        carrier: ready.carrier,
        format: ready.format.map(str::to_owned),
        run,
        told: 0,
        sent: None,
    };
    if let Some(number) = object.raised() {
        alerts::enlarge(&mut session.state, number, &object);
    }
    Saying::Object(object)
}

/// Forgets the octets of an object, unless they may have to be said once more.
fn release(state: &mut State, object: Object) {
    if !alerts::holds(state, &object) {
        state.parts.drop(object.run);
    }
}

/// A chunk of ours that the server has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    uri: String,
    bytes: u32,
    total: u32,
    /// MsgID and CmdID.
    sent: (u32, u32),
}

impl Told {
    fn new(object: &Object, end: usize, sent: (u32, u32)) -> Self {
        let octets = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let item = items(&mut object.command(1)).and_then(Vec::pop);
        let place = item.and_then(|item| item.source.or(item.target));
        Self {
            uri: place.map(|place| place.uri).unwrap_or_default(),
            bytes: octets(end),
            total: octets(object.size()),
            sent,
        }
    }
}

/// So much of what waited is out, to its end: of an object of which a part was told before, under this MsgID and CmdID.
pub(super) fn said(state: &mut State, count: usize, sent: (u32, u32)) {
    let rest = state.unsaid.split_off(count.min(state.unsaid.len()));
    for saying in mem::replace(&mut state.unsaid, rest) {
        if let Saying::Object(object) = saying {
            if object.is_begun() {
                state.told.push(Told::new(&object, object.size(), sent));
            }
            release(state, object);
        }
    }
}

/// A chunk is out, which ends there, under this number; more of its object follows.
pub(super) fn sent(state: &mut State, end: usize, sent: (u32, u32)) {
    if let Some(Saying::Object(object)) = state.unsaid.front_mut() {
        state.moved = state
            .moved
            .saturating_add(end.saturating_sub(object.told) as u64);
        object.told = end;
        object.sent = Some(sent);
        state.told.push(Told::new(object, end, sent));
    }
}

/// The server says what it makes of the last chunks. What it does not take, it is not sent the rest of.
pub(super) fn answered(state: &mut State, message: &Message, events: &mut Vec<ClientEvent>) {
    let told = mem::take(&mut state.told);
    let given_up = is_refused(state, message).then(|| give_up(state)).flatten();
    let taken = told.into_iter().filter(|told| {
        let is_refused = codes(message, told.sent).any(|code| !code.is_success());
        !is_refused && given_up != Some(told.sent)
    });
    events.extend(taken.map(|told| ClientEvent::Progress {
        direction: Direction::Sent,
        uri: told.uri,
        bytes: told.bytes,
        total: told.total,
    }));
}

/// What a message says of what was sent under this MsgID and CmdID.
fn codes(
    message: &Message,
    (msg_id, cmd_id): (u32, u32),
) -> impl Iterator<Item = StatusCode> + Clone {
    let statuses = message.commands.iter().filter_map(|command| match command {
        Command::Status(status) => Some(status),
        _ => None,
    });
    statuses
        .filter(move |status| {
            let cmd_ref = status.cmd_ref.as_deref().and_then(|text| text.parse().ok());
            status.answers(msg_id) && cmd_ref == Some(cmd_id)
        })
        .map(|status| status.code)
}

/// Whether the server does not take the object of which a part is told.
fn is_refused(state: &State, message: &Message) -> bool {
    let Some(Saying::Object(object)) = state.unsaid.front() else {
        return false;
    };
    let Some(sent) = object.sent else {
        return false;
    };
    let mut codes = codes(message, sent);
    let is_refused = codes.clone().any(|code| !code.is_success());
    // The one before it may be meant.
    let is_kept = codes.any(StatusCode::is_success);
    let is_broken = message.commands.iter().any(|command| match command {
        Command::Alert(alert) if alert.code == Some(AlertCode::NO_END_OF_DATA) => {
            object.is_named(alert).unwrap_or(!is_kept)
        }
        _ => false,
    });
    is_refused || is_broken
}

/// Says nothing more of what is first; gives MsgID and CmdID of the last chunk.
pub(super) fn give_up(state: &mut State) -> Option<(u32, u32)> {
    let Some(Saying::Object(object)) = state.unsaid.pop_front() else {
        return None;
    };
    let sent = object.sent;
    release(state, object);
    sent
}

/// At the new beginning of a session nothing is kept of any object but those of alerts that nobody has answered.
pub(super) fn forget(state: &mut State) {
    state.object = None;
    state.refused = Default::default();
    state.told.clear();
    state.parts.keep(alerts::runs(&state.alerts));
    state.promised = 0;
    state
        .unsaid
        .retain(|saying| !matches!(saying, Saying::Object(_)));
}

/// Behind the end of a session nothing is kept of any.
pub(super) fn settle(session: &mut ClientSession) {
    if matches!(session.state.phase, Phase::Over | Phase::Aborting) {
        forget(&mut session.state);
        session.state.parts.clear();
    }
}

#[cfg(test)]
mod tests;
