//! Commands that fit no message: their last value goes out in chunks, one a message (chapter 8).

use crate::session::v1::object::cut::Chunk;
use crate::syncml::Command;

use super::ServerSession;
use super::draft::{Draft, Said, sent};
use super::state::ChunkSent;
use super::waiting::{Cut, Template, Waiting};

/// What became of a command that was to be told in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// All of it, by now.
    Whole,
    /// A chunk of it, behind which nothing may come.
    Chunk,
    /// A part of it that takes its room from it: the rest comes with the next message.
    Before,
    /// Nothing: there is no room.
    Nothing,
}

impl Draft {
    /// Tells the next chunk of a command, behind a command for its other items where there are any.
    pub(super) fn tell_chunk(
        &mut self,
        session: &ServerSession,
        waiting: &Waiting,
        said: &mut Said,
    ) -> Told {
        let Some((before, rest)) = waiting.cut.is_none().then(|| waiting.split()).flatten() else {
            return self.tell_chunk_of(session, waiting, said);
        };
        let (mut next, mut shapes) = (self.next_cmd_id(), Vec::new());
        let parts = &session.state.parts;
        let others = before.number(self.room.octets(), parts, &mut next, &mut shapes);
        let Some(others) = others.filter(|others| self.holds_one(others)) else {
            return Told::Nothing;
        };
        // Where the last item cannot be cut either, the others are not sent without it.
        if self.bare().chunk(session, &rest).is_none() {
            return Told::Nothing;
        }
        let msg_id = self.message.header.msg_id;
        self.message.commands.push(others);
        let number = waiting.number;
        let shapes = shapes.into_iter().map(|shape| sent(msg_id, number, shape));
        said.sent.extend(shapes);
        said.before = Some(before);
        match self.tell_chunk_of(session, &rest, said) {
            Told::Nothing | Told::Before => {
                said.rest = Some(rest);
                Told::Before
            }
            Told::Whole => {
                said.before = None;
                Told::Whole
            }
            Told::Chunk => Told::Chunk,
        }
    }

    fn tell_chunk_of(
        &mut self,
        session: &ServerSession,
        waiting: &Waiting,
        said: &mut Said,
    ) -> Told {
        let Some((cut, template, chunk)) = self.chunk(session, waiting) else {
            return Told::Nothing;
        };
        let msg_id = self.message.header.msg_id;
        self.message.commands.push(template.with(&chunk.item));
        let shapes = template.shapes.into_iter();
        let shapes = shapes.map(|shape| sent(msg_id, waiting.number, shape));
        if !chunk.item.more_data {
            said.sent.extend(shapes);
            said.rest = None;
            return Told::Whole;
        }
        said.chunk = Some(ChunkSent {
            sent: shapes.collect(),
            end: u32::try_from(chunk.end).unwrap_or(u32::MAX),
            is_taken: false,
            is_answered: false,
            is_anew: cut.told == 0 && waiting.cut.as_ref().is_some_and(|cut| cut.told > 0),
        });
        said.rest = Some(waiting.in_chunks(cut));
        Told::Chunk
    }

    /// Whether a chunk of a command, or the other items of it, have room.
    pub(super) fn can_begin(&self, session: &ServerSession, waiting: &Waiting) -> bool {
        let split = waiting.cut.is_none().then(|| waiting.split()).flatten();
        let Some((before, rest)) = split else {
            return self.chunk(session, waiting).is_some();
        };
        let (mut next, mut shapes) = (self.next_cmd_id(), Vec::new());
        let parts = &session.state.parts;
        let others = before.number(self.room.octets(), parts, &mut next, &mut shapes);
        others.is_some_and(|others| self.holds_one(&others)) && self.chunk(session, &rest).is_some()
    }

    /// The largest chunk for which there is room behind what is there.
    fn chunk(&self, session: &ServerSession, waiting: &Waiting) -> Option<(Cut, Template, Chunk)> {
        let encoding = self.form.encoding();
        let parts = &session.state.parts;
        let cut = waiting.cut(encoding)?;
        let template = waiting.template(&cut, parts, self.next_cmd_id())?;
        let at = cut.told as usize;
        let most = self.room.octets();
        let chunk = waiting.window(&cut, parts, most, |whole| {
            whole.chunk(&template.item, at, encoding, |item| {
                self.left(&[&[template.with(item)], &[]], !item.more_data)
            })
        })?;
        Some((cut, template, chunk))
    }

    /// The next CmdID behind commands some of which are groups.
    fn next_cmd_id(&self) -> u32 {
        let mut next = self.next_id();
        let mut waiting: Vec<&Command> = self.message.commands.iter().collect();
        while let Some(command) = waiting.pop() {
            let id = command.number().and_then(|id| id.parse::<u32>().ok());
            next = next.max(id.unwrap_or_default().saturating_add(1));
            if let Command::Atomic(group) | Command::Sequence(group) = command {
                waiting.extend(&group.commands);
            }
        }
        next
    }

    /// Whether a command fits behind what is there.
    pub(super) fn holds_one(&self, command: &Command) -> bool {
        self.holds(std::slice::from_ref(command), None, true)
    }
}
