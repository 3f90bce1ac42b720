//! Reads a notification from its first octet to its last, and notes what each piece of it is.

use std::ops::Range;

use crate::error::{Code, Error, Result};
use crate::markup::outline::{Outline, hex};

/// Octets, how far they are read, and what was seen in them.
pub(super) struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    seen: Vec<Outline>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self {
            body,
            at: 0,
            seen: Vec::new(),
        }
    }

    /// Octets that are read.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Octets that are not.
    pub(super) const fn left(&self) -> usize {
        self.body.len().saturating_sub(self.at)
    }

    /// The next octets; without them the input is cut off.
    pub(super) fn take(&mut self, octets: usize, path: &'static str) -> Result<&'a [u8]> {
        let end = self.at.saturating_add(octets);
        let taken = self.body.get(self.at..end).ok_or_else(|| {
            Error::input(Code::Truncated, format!("{} octets left", self.left()))
                .at(self.body.len())
                .within(path)
                .expecting(octets.to_string())
        })?;
        self.at = end;
        Ok(taken)
    }

    /// The next octets as a number, of which there are at most eight.
    pub(super) fn number(&mut self, octets: usize, path: &'static str) -> Result<u64> {
        Ok(number(self.take(octets, path)?))
    }

    /// The next octets, as many as a length says that stands at `said_at`.
    pub(super) fn counted(
        &mut self,
        octets: usize,
        said_at: usize,
        path: &'static str,
    ) -> Result<&'a [u8]> {
        if octets > self.left() {
            let problem = format!("length {octets}");
            return Err(Error::input(Code::Range, problem)
                .at(said_at)
                .within(path)
                .expecting(format!("at most {}", self.left())));
        }
        self.take(octets, path)
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = self.body.get(self.at..).unwrap_or_default();
        self.at = self.body.len();
        rest
    }

    /// Notes what a piece is.
    pub(super) fn note(&mut self, name: &str, range: Range<usize>, text: impl ToString) {
        self.seen
            .push(Outline::new(name, range, Some(text.to_string())));
    }

    /// Notes what a piece of octets is.
    pub(super) fn note_octets(&mut self, name: &str, range: Range<usize>) {
        let octets = self.body.get(range.clone()).unwrap_or_default();
        let text = hex(octets);
        self.note(name, range, text);
    }

    /// The name of a server.
    pub(super) fn server_id(
        &mut self,
        octets: &[u8],
        range: Range<usize>,
        path: &'static str,
    ) -> Result<String> {
        let text = str::from_utf8(octets).map_err(|error| {
            Error::input(Code::Encoding, "not UTF-8")
                .at(range.start + error.valid_up_to())
                .within(path)
        })?;
        self.note("Server-ID", range, text);
        Ok(text.to_owned())
    }

    /// What was seen; what nothing was made of is a piece by itself.
    pub(super) fn outline(mut self) -> Outline {
        let known = self.seen.iter().map(|piece| piece.end).max().unwrap_or(0);
        if known < self.body.len() {
            self.note_octets("#octets", known..self.body.len());
        }
        let mut whole = Outline::new("notification", 0..self.body.len(), None);
        whole.children = self.seen;
        whole
    }
}

/// Big-endian octets as a number; of more than eight the last count.
pub(super) fn number(octets: &[u8]) -> u64 {
    let add = |number: u64, octet: &u8| number << 8 | u64::from(*octet);
    octets.iter().fold(0, add)
}

/// Some bits of a number: `width` of them above the lowest `shift`.
pub(super) const fn bits(number: u64, shift: u32, width: u32) -> u64 {
    number >> shift & ((1 << width) - 1)
}

/// An option that is not as it must be.
pub(super) fn wrong_option(problem: String, at: usize) -> Error {
    Error::input(Code::Schema, problem).at(at).within("options")
}
