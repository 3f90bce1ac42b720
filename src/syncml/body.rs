//! SyncBody, read command by command.
//!
//! The commands leave the document while the message is still being read, so that it never holds more than one of them. What is wrong is
//! said in the order of the grammar, which looks at the whole first: where anything is wrong, the message is read again as a whole.

use crate::error::Result;
use crate::limits::Limits;
use crate::markup::element::{Element, Part, Parts};

use super::command::Command;
use super::message::meant_namespace;
use super::read::{Reader, flag, name, once};

/// What has been read of SyncBody.
pub(super) struct Body<'l> {
    pub(super) commands: Vec<Command>,
    pub(super) is_final: Option<bool>,
    reader: Reader<'l>,
    /// Octets of the message.
    octets: usize,
    has_header: bool,
    is_wrong: bool,
}

impl<'l> Body<'l> {
    /// Nothing, of a message of so many octets.
    pub(super) fn of(octets: usize, limits: &'l Limits) -> Self {
        Self {
            commands: Vec::new(),
            is_final: None,
            reader: Reader::new(limits),
            octets,
            has_header: false,
            is_wrong: false,
        }
    }

    /// Reads a child of SyncBody.
    pub(super) fn child(&mut self, child: Element<'_>) -> Result<()> {
        match name(child) {
            "Final" => once(&mut self.is_final, flag(child)?, child),
            _ => {
                self.make_room(child.range().end);
                self.commands.push(Command::parse(child, &mut self.reader)?);
                Ok(())
            }
        }
    }

    /// Makes room for as many commands as will come if they go on as they did up to `offset`, and for no more than as many again.
    fn make_room(&mut self, offset: usize) {
        let count = self.commands.len();
        if count == self.commands.capacity() {
            let left = self.octets.saturating_sub(offset) as u64;
            let expected = count as u64 * left / offset.max(1) as u64;
            let most = count.max(4);
            let more = usize::try_from(expected).map_or(most, |more| more + more / 8);
            self.commands
                .reserve_exact(more.clamp(most.div_ceil(4), most));
        }
    }

    /// Whether nothing was found wrong while the message was read in parts.
    pub(super) const fn is_fine(&self) -> bool {
        !self.is_wrong
    }

    /// What becomes of an element, unless the whole has to be looked at.
    fn take(&mut self, element: Element<'_>, depth: usize) -> Option<Part> {
        let around = element.parent();
        match (depth, name(around), name(element)) {
            (1, _, "SyncHdr") if !self.has_header => {
                self.has_header = true;
                let meant = meant_namespace(around, element);
                meant
                    .is_none_or(|namespace| namespace == around.ns())
                    .then_some(Part::Keep)
            }
            (2, "SyncBody", _) => {
                let is_read = self.has_header && self.child(element).is_ok();
                is_read.then_some(Part::Cut)
            }
            _ => Some(Part::Keep),
        }
    }
}

impl Parts for Body<'_> {
    fn part(&mut self, element: Element<'_>, depth: usize) -> Part {
        self.take(element, depth).unwrap_or_else(|| {
            self.is_wrong = true;
            Part::Stop
        })
    }
}
