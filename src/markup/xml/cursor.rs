//! A place in the source, and what can be taken from it.

use super::chars::{Name, is_blank, name_like, qualified_name};
use crate::error::{Code, Error, Result, excerpt};
use crate::steps;

/// Reads a piece of the source from its start to its end.
pub(super) struct Cursor<'a> {
    rest: &'a str,
    /// Octets from the start of the input to the rest.
    offset: usize,
    /// Whether the piece ends where it ought to; if not, the input ends there.
    whole: bool,
}

impl<'a> Cursor<'a> {
    /// At the start of a piece that the tokenizer has found the end of.
    pub(super) fn over(piece: &'a str, offset: usize) -> Self {
        Self {
            rest: piece,
            offset,
            whole: true,
        }
    }

    /// At the start of everything that is left of the input.
    pub(super) fn over_rest(rest: &'a str, offset: usize) -> Self {
        Self {
            rest,
            offset,
            whole: false,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    fn advance(&mut self, octets: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(octets)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        self.offset += taken.len();
        taken
    }

    /// Passes blanks and says whether there were any.
    pub(super) fn blanks(&mut self) -> bool {
        let count = self
            .rest
            .bytes()
            .take_while(|octet| is_blank(*octet))
            .count();
        steps::add(count + 1);
        !self.advance(count).is_empty()
    }

    /// Passes `token` if it is next.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        steps::add(token.len());
        let found = self.rest.starts_with(token);
        if found {
            self.advance(token.len());
        }
        found
    }

    /// Passes `token`, which must be next.
    pub(super) fn expect(&mut self, token: &'static str) -> Result<()> {
        if self.eat(token) {
            return Ok(());
        }
        if !self.whole && token.starts_with(self.rest) {
            return Err(self.truncated());
        }
        Err(self.unexpected().expecting(format!("`{token}`")))
    }

    /// Passes blanks, of which there must be some.
    pub(super) fn expect_blanks(&mut self) -> Result<()> {
        if self.blanks() {
            Ok(())
        } else {
            Err(self.unexpected().expecting("a blank"))
        }
    }

    /// Takes everything before `end` and passes `end`.
    pub(super) fn until(&mut self, end: &str) -> Option<&'a str> {
        let found = self.rest.find(end);
        steps::add(found.unwrap_or(self.rest.len()));
        let taken = self.advance(found?);
        self.advance(end.len());
        Some(taken)
    }

    /// Takes a value in quotes.
    pub(super) fn quoted(&mut self) -> Result<&'a str> {
        let quote = match self.rest.as_bytes().first() {
            Some(b'"') => '"',
            Some(b'\'') => '\'',
            _ => return Err(self.unexpected().expecting("a value in quotes")),
        };
        self.advance(1);
        let found = self.rest.find(quote);
        steps::add(found.unwrap_or(self.rest.len()));
        if let Some(length) = found {
            let value = self.advance(length);
            self.advance(1);
            return Ok(value);
        }
        Err(if self.whole {
            Error::input(Code::Syntax, "value without closing quote").at(self.offset)
        } else {
            self.truncated()
        })
    }

    /// Takes a qualified name.
    #[inline]
    pub(super) fn name(&mut self) -> Result<Name<'a>> {
        if let Some((name, rest)) = qualified_name(self.rest) {
            self.offset += self.rest.len() - rest.len();
            self.rest = rest;
            return Ok(name);
        }
        Err(self.bad_name())
    }

    #[cold]
    fn bad_name(&self) -> Error {
        let length = name_like(self.rest);
        if length == self.rest.len() && !self.whole {
            return self.truncated();
        }
        if length == 0 {
            return self.unexpected().expecting("a name");
        }
        let bad = self.rest.get(..length).unwrap_or_default();
        let problem = format!("bad name `{}`", excerpt(bad));
        Error::input(Code::Syntax, problem).at(self.offset)
    }

    /// The error that the next character is.
    pub(super) fn unexpected(&self) -> Error {
        match self.rest.chars().next() {
            Some(character) => {
                let mut buffer = [0; 4];
                let shown = excerpt(character.encode_utf8(&mut buffer));
                Error::input(Code::Syntax, format!("unexpected `{shown}`")).at(self.offset)
            }
            None if self.whole => {
                Error::input(Code::Syntax, "unexpected end of the markup").at(self.offset)
            }
            None => self.truncated(),
        }
    }

    /// The error that the input ends too early.
    pub(super) fn truncated(&self) -> Error {
        Error::input(Code::Truncated, "the input ends too early").at(self.offset + self.rest.len())
    }
}
