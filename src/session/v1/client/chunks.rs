//! Taking in what comes in chunks (DM protocol, chapter 8): what of a message is kept, what is whole now, what was broken off.
//!
//! A group with a chunk in it comes whole in every message. Until the last chunk is there that chunk stands for the group, so that nothing
//! of it is executed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::auth::{Fingerprint, fingerprint};
use crate::limits::Limits;
use crate::session::event::{ClientEvent, Direction};
use crate::session::v1::object::assembly::{Arrived, Assembly, Bounds, Purpose, declared, octets};
use crate::session::v1::object::parts::Parts;
use crate::session::v1::object::refused::Refusals;
use crate::status::StatusCode;
use crate::syncml::{Command, Encoding, Item, Message, Meta, Operation};

use super::execute::is_session_alert;

/// An item: the indices of its command, those of the groups around ahead, and its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    path: Vec<u32>,
    item: usize,
}

/// What the chunks in a message are to its execution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chunks {
    /// Items that are answered, not executed.
    settled: BTreeMap<Place, StatusCode>,
    /// Chunks that stand for the groups that they are in.
    alone: Vec<Place>,
    /// Items of which all has come.
    whole: Vec<(Place, Arrived)>,
}

impl Chunks {
    /// The status of an item that is not executed.
    pub(super) fn settled(&self, path: &[u32], item: usize) -> Option<StatusCode> {
        if self.settled.is_empty() {
            return None;
        }
        let path = path.to_vec();
        self.settled.get(&Place { path, item }).copied()
    }

    /// Makes the commands those that are executed.
    pub(super) fn apply(&self, commands: &mut [Command], parts: &mut Parts, limits: &Limits) {
        for place in &self.alone {
            let alone =
                operation_at(commands, &place.path).and_then(|command| alone(command, place.item));
            let group = place.path.first();
            if let (Some(alone), Some(command)) = (
                alone,
                group.and_then(|index| commands.get_mut(*index as usize)),
            ) {
                *command = alone;
            }
        }
        for (place, arrived) in &self.whole {
            if let Some(item) = item_mut(commands, place) {
                arrived.fill(item, parts, limits);
            }
        }
    }

    /// What the values are in parts that are lent to these commands.
    pub(super) fn lent<'c>(
        &'c self,
        commands: &'c [Command],
    ) -> impl Iterator<Item = (&'c Arrived, &'c [u8])> {
        self.whole.iter().filter_map(|(place, arrived)| {
            let operation = operation_at(commands, &place.path)?.operation()?;
            let data = operation.items.get(place.item)?.data.as_ref()?;
            Some((arrived, octets(data)))
        })
    }

    /// Forgets the values: they are executed.
    pub(super) fn drop(&mut self, parts: &mut Parts) {
        for (_, arrived) in self.whole.drain(..) {
            parts.drop(arrived.run);
        }
    }
}

/// What a message has brought.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) chunks: Chunks,
    /// What was broken off.
    pub(super) broken: Vec<Purpose>,
    /// Whether any chunk was taken in, and how many octets with all of them.
    pub(super) has_chunk: bool,
    pub(super) octets: u64,
    pub(super) progress: Vec<ClientEvent>,
}

/// Octets that may be kept: of one object, and of all together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) object: u32,
    pub(super) held: u64,
}

/// Takes in the chunks of a message. `open` is the object that is under way, `refused` are those that are not taken.
pub(super) fn gather(
    commands: &[Command],
    open: &mut Option<Assembly>,
    refused: &mut Refusals,
    parts: &mut Parts,
    most: Most,
) -> Gathered {
    let mut gathering = Gathering {
        open,
        refused,
        parts,
        most,
        seen: BTreeSet::new(),
        gathered: Gathered::default(),
    };
    for (index, command) in (0..).zip(commands) {
        match command {
            Command::Status(_) | Command::Results(_) => {}
            command if is_session_alert(command) => {}
            Command::Atomic(_) | Command::Sequence(_) => gathering.group(command, index),
            command => gathering.plain(command, index),
        }
    }
    gathering.gathered
}

struct Gathering<'g> {
    open: &'g mut Option<Assembly>,
    refused: &'g mut Refusals,
    parts: &'g mut Parts,
    most: Most,
    /// CmdIDs.
    seen: BTreeSet<String>,
    gathered: Gathered,
}

/// What becomes of an item.
enum Fate {
    /// It is executed as any other.
    Executed,
    /// It is answered.
    Settled(StatusCode),
    /// It is executed with all of its value.
    Whole(Box<Arrived>),
}

impl Gathering<'_> {
    /// A command that stands in no group.
    fn plain(&mut self, command: &Command, index: u32) {
        let is_refused = self.is_refused(command);
        let Some(operation) = command.operation() else {
            return self.interrupt();
        };
        if !takes_value(command) || operation.items.is_empty() {
            self.interrupt();
        }
        for (at, item) in operation.items.iter().enumerate() {
            let place = Place {
                path: vec![index],
                item: at,
            };
            if takes_value(command) {
                let meta = operation.meta.as_deref();
                let purpose = Purpose::of(command.name(), item, meta, None);
                if is_refused {
                    self.refuse(purpose, item, meta);
                    continue;
                }
                let fate = self.item(purpose, item, meta);
                self.note(place, fate);
            } else if item.more_data && !is_refused {
                self.note(place, Fate::Settled(StatusCode::BAD_REQUEST));
            }
        }
    }

    /// Atomic or Sequence: a chunk is the last item of its last command.
    fn group(&mut self, group: &Command, index: u32) {
        let inside = Command::answerable(std::slice::from_ref(group));
        let is_refused = inside.into_iter().fold(false, |is_refused, command| {
            self.is_refused(command) | is_refused
        });
        let last = last_place(group, index);
        let mut waiting = vec![(vec![index], group)];
        while let Some((path, command)) = waiting.pop() {
            if let Command::Atomic(group) | Command::Sequence(group) = command {
                let inner = (0..).zip(&group.commands);
                waiting.extend(inner.map(|(at, command)| ([&path[..], &[at]].concat(), command)));
                continue;
            }
            let operation = command.operation();
            for (item, given) in operation
                .iter()
                .flat_map(|operation| operation.items.iter().enumerate())
            {
                let place = Place {
                    path: path.clone(),
                    item,
                };
                if last.as_ref() == Some(&place) && !is_refused {
                    continue;
                }
                let length = given.data.as_ref().map_or(0, |data| octets(data).len());
                if given.more_data {
                    self.note(place, Fate::Settled(StatusCode::BAD_REQUEST));
                } else if takes_value(command) && length > self.most.object as usize {
                    self.note(place, Fate::Settled(StatusCode::TOO_LARGE));
                }
            }
        }
        let found = last.and_then(|place| {
            let (command, meta) = within(group, &place.path)?;
            let item = command.operation()?.items.get(place.item)?;
            Some((place, command, meta, item))
        });
        let Some((place, command, meta, item)) = found else {
            return self.interrupt();
        };
        let is_of_interest = item.more_data || self.open.is_some() || !self.refused.is_empty();
        let around = is_of_interest.then(|| print(group, &place)).flatten();
        let purpose = Purpose::of(command.name(), item, Some(&meta), around);
        if is_refused {
            return self.refuse(purpose, item, Some(&meta));
        }
        match self.item(purpose, item, Some(&meta)) {
            Fate::Settled(StatusCode::CHUNK_KEPT) => {
                let alone = Place {
                    path: vec![index],
                    item: 0,
                };
                self.gathered.chunks.alone.push(place);
                self.note(alone, Fate::Settled(StatusCode::CHUNK_KEPT));
            }
            fate => self.note(place, fate),
        }
    }

    /// Whether a command is refused as it stands, whatever it says.
    fn is_refused(&mut self, command: &Command) -> bool {
        let number = command.number().map(str::to_owned);
        !number.is_some_and(|number| self.seen.insert(number)) || command.holds_cred()
    }

    fn item(&mut self, purpose: Purpose, item: &Item, meta: Option<&Meta>) -> Fate {
        let said = declared(item, meta);
        let length = item.data.as_ref().map_or(0, |data| octets(data).len());
        let goes_on = |open: &mut Assembly| open.goes_on(&purpose, said);
        let mut assembly = match self.open.take_if(goes_on) {
            Some(open) => open,
            None => {
                self.break_off();
                if let Some(code) = self.refused.claims(&purpose, said, item) {
                    return Fate::Settled(code);
                }
                if !item.more_data {
                    return match length > self.most.object as usize {
                        true => Fate::Settled(StatusCode::TOO_LARGE),
                        false => Fate::Executed,
                    };
                }
                let (of, bounds) = (purpose.clone(), self.bounds());
                match said.and_then(|size| Assembly::new(of, size, bounds)) {
                    Ok(new) => {
                        self.refused.forget(&purpose);
                        new
                    }
                    Err(code) => {
                        self.refused.note(purpose, code, said.ok(), length as u64);
                        return Fate::Settled(code);
                    }
                }
            }
        };
        let (data, is_last, bounds) = (item.data.as_ref(), !item.more_data, self.bounds());
        if let Err(code) = assembly.take(data, is_last, self.parts, bounds) {
            let (size, total) = (assembly.size(), assembly.received());
            if !is_last {
                let total = u64::from(total).saturating_add(length as u64);
                self.refused.note(purpose, code, Some(size), total);
            }
            assembly.drop(self.parts);
            return Fate::Settled(code);
        }
        self.gathered.has_chunk = true;
        self.gathered.octets += length as u64;
        self.gathered.progress.push(ClientEvent::Progress {
            direction: Direction::Received,
            uri: assembly.purpose().target.clone().unwrap_or_default(),
            bytes: assembly.received(),
            total: assembly.size(),
        });
        if is_last {
            return Fate::Whole(Box::new(assembly.into_arrived()));
        }
        *self.open = Some(assembly);
        Fate::Settled(StatusCode::CHUNK_KEPT)
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            object: self.most.object,
            room: self.most.held.saturating_sub(self.parts.held()),
        }
    }

    fn note(&mut self, place: Place, fate: Fate) {
        let chunks = &mut self.gathered.chunks;
        match fate {
            Fate::Executed => {}
            Fate::Settled(code) => {
                chunks.settled.entry(place).or_insert(code);
            }
            Fate::Whole(arrived) => chunks.whole.push((place, *arrived)),
        }
    }

    /// An item of a command that is refused as it stands.
    fn refuse(&mut self, purpose: Purpose, item: &Item, meta: Option<&Meta>) {
        let said = declared(item, meta);
        let goes_on = |open: &Assembly| open.goes_on(&purpose, said);
        let goes_on = self.open.as_ref().is_some_and(goes_on);
        self.break_off();
        if !(goes_on || item.more_data) {
            return self.refused.pass();
        }
        let code = StatusCode::BAD_REQUEST;
        self.refused.refuse(purpose, code, said, item);
    }

    /// Something without a chunk where the next chunk should be.
    fn interrupt(&mut self) {
        self.break_off();
        self.refused.pass();
    }

    /// Something new where the next chunk should be.
    fn break_off(&mut self) {
        if let Some(open) = self.open.take() {
            self.refused.broken(&open);
            self.gathered.broken.push(open.purpose().clone());
            open.drop(self.parts);
        }
    }
}

/// Whether the items of a command have values.
fn takes_value(command: &Command) -> bool {
    matches!(
        command,
        Command::Add(_) | Command::Replace(_) | Command::Exec(_)
    )
}

/// The place of the last item of a group, where it is one that has a value.
fn last_place(group: &Command, index: u32) -> Option<Place> {
    let (mut path, mut command) = (vec![index], group);
    while let Command::Atomic(group) | Command::Sequence(group) = command {
        let at = group.commands.len().checked_sub(1)?;
        path.push(u32::try_from(at).ok()?);
        command = group.commands.get(at)?;
    }
    let operation = command.operation().filter(|_| takes_value(command))?;
    let item = operation.items.len().checked_sub(1)?;
    Some(Place { path, item })
}

/// A command of a group, and the Meta that holds for its items. The path begins with the group.
fn within<'c>(group: &'c Command, path: &[u32]) -> Option<(&'c Command, Meta)> {
    let mut command = group;
    let mut metas = Vec::new();
    for index in path.iter().skip(1) {
        let (Command::Atomic(group) | Command::Sequence(group)) = command else {
            return None;
        };
        metas.extend(group.meta.as_deref());
        command = group.commands.get(*index as usize)?;
    }
    let mut meta = command
        .operation()?
        .meta
        .as_deref()
        .cloned()
        .unwrap_or_default();
    for outer in metas.into_iter().rev() {
        meta.inherit(outer);
    }
    Some((command, meta))
}

fn operation_at<'c>(commands: &'c [Command], path: &[u32]) -> Option<&'c Command> {
    let (first, rest) = path.split_first()?;
    let mut command = commands.get(*first as usize)?;
    for index in rest {
        let (Command::Atomic(group) | Command::Sequence(group)) = command else {
            return None;
        };
        command = group.commands.get(*index as usize)?;
    }
    Some(command)
}

fn command_mut<'c>(commands: &'c mut [Command], path: &[u32]) -> Option<&'c mut Command> {
    let (first, rest) = path.split_first()?;
    let mut command = commands.get_mut(*first as usize)?;
    for index in rest {
        let (Command::Atomic(group) | Command::Sequence(group)) = command else {
            return None;
        };
        command = group.commands.get_mut(*index as usize)?;
    }
    Some(command)
}

fn item_mut<'c>(commands: &'c mut [Command], place: &Place) -> Option<&'c mut Item> {
    let operation = operation_mut(command_mut(commands, &place.path)?)?;
    operation.items.get_mut(place.item)
}

fn operation_mut(command: &mut Command) -> Option<&mut Operation> {
    match command {
        Command::Add(operation) | Command::Replace(operation) | Command::Exec(operation) => {
            Some(operation)
        }
        _ => None,
    }
}

/// A command with one of its items, without the value.
fn alone(command: &Command, item: usize) -> Option<Command> {
    let operation = command.operation()?;
    let given = operation.items.get(item)?;
    let mut alone = match command {
        Command::Add(_) => Command::Add(Operation::default()),
        Command::Replace(_) => Command::Replace(Operation::default()),
        _ => Command::Exec(Operation::default()),
    };
    *operation_mut(&mut alone)? = Operation {
        cmd_id: operation.cmd_id.clone(),
        items: vec![Item {
            target: given.target.clone(),
            ..Item::default()
        }],
        ..Operation::default()
    };
    Some(alone)
}

/// What of a group must not change from chunk to chunk: all but the CmdIDs, and of the chunk what [`Purpose`] looks at.
fn print(group: &Command, place: &Place) -> Option<Fingerprint> {
    let mut commands = vec![group.clone()];
    let local: Vec<u32> = [0]
        .into_iter()
        .chain(place.path.iter().skip(1).copied())
        .collect();
    let operation = operation_mut(command_mut(&mut commands, &local)?)?;
    operation.meta = None;
    let item = operation.items.get_mut(place.item)?;
    (item.meta, item.data, item.more_data) = (None, None, false);
    item.attributes.clear();
    let mut waiting: Vec<&mut Command> = commands.iter_mut().collect();
    while let Some(command) = waiting.pop() {
        match command {
            Command::Atomic(group) | Command::Sequence(group) => {
                group.cmd_id = None;
                waiting.extend(&mut group.commands);
            }
            Command::Alert(alert) => alert.cmd_id = None,
            Command::Add(operation)
            | Command::Replace(operation)
            | Command::Delete(operation)
            | Command::Copy(operation)
            | Command::Get(operation)
            | Command::Exec(operation) => operation.cmd_id = None,
            Command::Status(_) | Command::Results(_) | Command::Unknown(_) => {}
        }
    }
    let message = Message {
        commands,
        ..Message::default()
    };
    let octets = message.encode(Encoding::Xml, false).ok()?;
    Some(fingerprint(&octets))
}
