//! Commands that wait. Large values lie beside them, in parts that are stored once.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::session::command::{NewCommand, Shape};
use crate::session::v1::object::LARGE;
use crate::session::v1::object::assembly::octets;
use crate::session::v1::object::cut::{Carrier, Kind, Whole, carrier, settled};
use crate::session::v1::object::parts::{Parts, Run};
use crate::syncml::{Command, Data, Encoding, Format, Item};

/// A command of the host that is not sent, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) number: u32,
    /// Without its large values.
    command: NewCommand,
    values: Vec<Value>,
    /// Which item of the host's command is the first of this, where others are in a command of their own.
    first_item: Option<u32>,
    /// How it is told in chunks, once that has begun.
    pub(super) cut: Option<Cut>,
}

/// A value that lies beside its command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Value {
    /// Where it belongs, of all places for a value in their order.
    slot: u32,
    kind: Kind,
    run: Run,
}

/// How the last value of a command is told in chunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    carrier: Carrier,
    /// What Format says, where that is something else than the host says.
    format: Option<String>,
    /// What Size says.
    pub(super) size: u32,
    /// Octets that the device has.
    pub(super) told: u32,
}

/// A command that goes out as one, and where the chunk belongs.
pub(super) struct Template {
    command: Command,
    pub(super) shapes: Vec<Shape>,
    /// The Item without its value.
    pub(super) item: Item,
}

impl Waiting {
    /// Of a command of which is known what lies [`beside`] it.
    pub(super) fn new(number: u32, mut command: NewCommand, parts: &mut Parts) -> Self {
        let mut values = Vec::new();
        for (slot, place) in (0..).zip(slots(&mut command)) {
            let Some(data) = place.take_if(|data| data.len() >= LARGE) else {
                continue;
            };
            let kind = Kind::of(&data);
            let run = parts.take_in(match data {
                Data::Text(text) | Data::Markup(text) => text.into_bytes(),
                Data::Octets(octets) => octets,
            });
            values.push(Value { slot, kind, run });
        }
        Self {
            number,
            command,
            values,
            first_item: None,
            cut: None,
        }
    }

    /// The command without its large values.
    pub(super) fn command(&self) -> &NewCommand {
        &self.command
    }

    /// The command with them.
    pub(super) fn whole(&self, parts: &Parts) -> NewCommand {
        self.filled(parts, None).0.into_owned()
    }

    /// Puts another in its place, which has its values at the same places.
    pub(super) fn replace(&mut self, command: NewCommand) {
        self.command = command;
    }

    /// Whether the device has been sent a part of it.
    pub(super) fn is_begun(&self) -> bool {
        self.cut.is_some() || self.first_item.is_some()
    }

    /// The same, told in chunks.
    pub(super) fn in_chunks(&self, cut: Cut) -> Self {
        Self {
            cut: Some(cut),
            ..self.clone()
        }
    }

    /// The command as it was before any chunk of it was sent.
    pub(super) fn afresh(&self) -> Self {
        Self {
            cut: None,
            ..self.clone()
        }
    }

    /// Whether it can be: its values have places, and of the last no other size and no more is told than there is.
    pub(super) fn is_sound(&self) -> bool {
        let places = count(&self.command);
        let is_told = |cut: &Cut| {
            let last = self.last().map(|(_, octets, _)| cut.carrier.size(octets));
            last == Some(cut.size as usize) && cut.told <= cut.size
        };
        self.values.iter().all(|value| value.slot < places) && self.cut.as_ref().is_none_or(is_told)
    }

    /// What must be kept for it.
    pub(super) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.values.iter().map(|value| &value.run)
    }

    /// Octets below which no message that holds all of it can be. Markup may be shorter in WBXML.
    fn least(&self) -> usize {
        let plain = |value: &&Value| value.kind != Kind::Markup;
        let lengths = self.values.iter().filter(plain);
        lengths.map(|value| value.run.len() as usize).sum()
    }

    /// Octets of the largest value, as they are transported.
    pub(super) fn largest(&self, encoding: Encoding) -> usize {
        let mut command = self.command.clone();
        let beside = self.values.iter().map(|value| {
            let (carrier, _) = carrier(value.kind, None, encoding);
            carrier.size(value.run.len() as usize)
        });
        let inside = slots(&mut command).into_iter().flatten().map(|data| {
            let (carrier, _) = carrier(Kind::of(data), None, encoding);
            carrier.size(data.len())
        });
        beside.chain(inside).max().unwrap_or_default()
    }

    /// The command as it goes into a message, unless it is plainly larger than so many octets.
    pub(super) fn number(
        &self,
        most: usize,
        parts: &Parts,
        next: &mut u32,
        shapes: &mut Vec<Shape>,
    ) -> Option<Command> {
        (self.least() <= most).then(|| {
            self.filled(parts, None)
                .number(next, shapes, self.first_item)
        })
    }

    /// The command with its values, but without the one for `except`.
    fn filled(&self, parts: &Parts, except: Option<u32>) -> Filled<'_> {
        if self.values.is_empty() && except.is_none() {
            return Filled(Cow::Borrowed(&self.command));
        }
        let mut command = self.command.clone();
        let mut places = slots(&mut command);
        for value in &self.values {
            if Some(value.slot) != except
                && let Some(place) = places.get_mut(value.slot as usize)
            {
                **place = Some(value.data(parts));
            }
        }
        if let Some(place) = except.and_then(|slot| places.get_mut(slot as usize)) {
            **place = None;
        }
        Filled(Cow::Owned(command))
    }

    /// Two commands where there are several items, the last of which is to be cut: it is a command of its own.
    pub(super) fn split(&self) -> Option<(Self, Self)> {
        let (NewCommand::Add(items) | NewCommand::Replace(items)) = &self.command else {
            return None;
        };
        let (last, others) = items
            .split_last()
            .filter(|(_, others)| !others.is_empty())?;
        let of = |items: &[_]| match &self.command {
            NewCommand::Add(_) => NewCommand::Add(items.to_vec()),
            _ => NewCommand::Replace(items.to_vec()),
        };
        let at = others.len() as u32;
        let first = self.first_item.unwrap_or_default();
        let (mut before, mut rest) = (Vec::new(), Vec::new());
        for value in &self.values {
            match value.slot.checked_sub(at) {
                Some(slot) => rest.push(Value {
                    slot,
                    ..value.clone()
                }),
                None => before.push(value.clone()),
            }
        }
        let part = |command, values, first| Self {
            number: self.number,
            command,
            values,
            first_item: Some(first),
            cut: None,
        };
        Some((
            part(of(others), before, first),
            part(
                of(std::slice::from_ref(last)),
                rest,
                first.saturating_add(at),
            ),
        ))
    }

    /// How it is told in chunks: as it was begun, else as this encoding would have it, from the beginning. Nothing where its last item has
    /// no value.
    pub(super) fn cut(&self, encoding: Encoding) -> Option<Cut> {
        let is_possible =
            |cut: &&Cut| cut.carrier != Carrier::Octets || encoding == Encoding::Wbxml;
        if let Some(cut) = self.cut.as_ref().filter(is_possible) {
            return Some(cut.clone());
        }
        let (kind, octets, format) = self.last()?;
        let (carrier, said) = carrier(kind, format.map(Format::name), encoding);
        Some(Cut {
            carrier,
            format: said.map(str::to_owned),
            size: u32::try_from(carrier.size(octets)).ok()?,
            told: 0,
        })
    }

    /// What the value of its last item is, its octets, and the Format that goes with it.
    fn last(&self) -> Option<(Kind, usize, Option<Format>)> {
        let (slot, format) = last(&self.command)?;
        if let Some(value) = self.beside(slot) {
            return Some((value.kind, value.run.len() as usize, format));
        }
        let mut command = self.command.clone();
        let data = slots(&mut command).pop()?.take().map(settled)?;
        Some((Kind::of(&data), data.len(), format))
    }

    fn beside(&self, slot: u32) -> Option<&Value> {
        self.values.iter().find(|value| value.slot == slot)
    }

    /// The command around its chunk, from this CmdID on.
    pub(super) fn template(&self, cut: &Cut, parts: &Parts, next: u32) -> Option<Template> {
        let (slot, _) = last(&self.command)?;
        let (mut next, mut shapes) = (next, Vec::new());
        let filled = self.filled(parts, Some(slot));
        let mut command = filled.number(&mut next, &mut shapes, self.first_item);
        let mut item = last_item(&mut command)?.clone();
        if let Some(format) = &cut.format {
            item.meta.get_or_insert_default().format = Some(format.clone());
        }
        Some(Template {
            command,
            shapes,
            item,
        })
    }

    /// What the next chunk may need of the value, for a message of so many octets.
    pub(super) fn window<T>(
        &self,
        cut: &Cut,
        parts: &Parts,
        most: usize,
        then: impl FnOnce(Whole<'_>) -> Option<T>,
    ) -> Option<T> {
        let (slot, _) = last(&self.command)?;
        let Some(value) = self.beside(slot) else {
            let mut command = self.command.clone();
            let data = slots(&mut command).pop()?.take().map(settled)?;
            return then(Whole::of(octets(&data), cut.carrier));
        };
        let window = cut.carrier.window(cut.told as usize, most);
        let from = window.start;
        let octets = parts.read(&value.run, window);
        let total = value.run.len() as usize;
        then(Whole::part(&octets, from, total, cut.carrier))
    }
}

impl Template {
    /// The command with a chunk in it.
    pub(super) fn with(&self, item: &Item) -> Command {
        let mut command = self.command.clone();
        if let Some(place) = last_item(&mut command) {
            place.clone_from(item);
        }
        command
    }
}

struct Filled<'a>(Cow<'a, NewCommand>);

impl Filled<'_> {
    fn number(&self, next: &mut u32, shapes: &mut Vec<Shape>, first: Option<u32>) -> Command {
        let known = shapes.len();
        let command = self.0.number(next, &mut Vec::new(), shapes);
        for shape in shapes.iter_mut().skip(known) {
            shape.first_item = first;
        }
        command
    }
}

impl Value {
    fn data(&self, parts: &Parts) -> Data {
        let octets = parts.read(&self.run, 0..self.run.len() as usize);
        let none = || Data::Text(String::new());
        self.kind.data(octets).unwrap_or_else(none)
    }
}

/// Octets of the values that will lie beside a command. Markup among them that is but text becomes text.
pub(super) fn beside(command: &mut NewCommand) -> u64 {
    let mut octets = 0;
    for place in slots(command) {
        if place.as_ref().is_some_and(|data| data.len() >= LARGE) {
            *place = place.take().map(settled);
        }
        let large = place.as_ref().filter(|data| data.len() >= LARGE);
        octets += large.map_or(0, |data| data.len() as u64);
    }
    octets
}

/// All places for a value, in their order. The recursion is bounded by what could be queued.
fn slots(command: &mut NewCommand) -> Vec<&mut Option<Data>> {
    match command {
        NewCommand::Add(items) | NewCommand::Replace(items) => {
            items.iter_mut().map(|item| &mut item.data).collect()
        }
        NewCommand::Exec { data, .. } => vec![data],
        NewCommand::Atomic(commands) | NewCommand::Sequence(commands) => {
            commands.iter_mut().flat_map(slots).collect()
        }
        _ => Vec::new(),
    }
}

/// The last place for a value, where it is that of the last item, and the Format that goes with it.
fn last(command: &NewCommand) -> Option<(u32, Option<Format>)> {
    let format = last_format(command)?;
    let count = count(command);
    Some((count.checked_sub(1)?, format))
}

fn last_format(command: &NewCommand) -> Option<Option<Format>> {
    match command {
        NewCommand::Add(items) | NewCommand::Replace(items) => items.last().map(|item| item.format),
        NewCommand::Exec { format, .. } => Some(*format),
        NewCommand::Atomic(commands) | NewCommand::Sequence(commands) => {
            last_format(commands.last()?)
        }
        _ => None,
    }
}

fn count(command: &NewCommand) -> u32 {
    match command {
        NewCommand::Add(items) | NewCommand::Replace(items) => items.len() as u32,
        NewCommand::Exec { .. } => 1,
        NewCommand::Atomic(commands) | NewCommand::Sequence(commands) => {
            commands.iter().map(count).sum()
        }
        _ => 0,
    }
}

fn last_item(command: &mut Command) -> Option<&mut Item> {
    match command {
        Command::Atomic(group) | Command::Sequence(group) => last_item(group.commands.last_mut()?),
        Command::Add(operation) | Command::Replace(operation) | Command::Exec(operation) => {
            operation.items.last_mut()
        }
        _ => None,
    }
}
