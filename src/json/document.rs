//! A document that was read, and ways to its values.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use crate::error::{Code, Error, excerpt};
use crate::steps;

use super::number::{Number, integer};
use super::value::Json;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    True,
    False,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// As an error calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::True | Self::False => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A value, or the name of a member, which stands right before its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The piece behind all that is inside this one.
    pub(super) next: u32,
}

/// What was read of an input: the first piece is the whole.
#[derive(Debug)]
pub(crate) struct Document<'i> {
    pub(super) text: &'i str,
    pub(super) pieces: Vec<Piece>,
}

/// A value in a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'d> {
    document: &'d Document<'d>,
    at: u32,
}

impl Document<'_> {
    /// The whole; nothing where not even its first octet was there.
    pub(crate) fn root(&self) -> Option<Value<'_>> {
        self.value(0)
    }

    fn value(&self, at: u32) -> Option<Value<'_>> {
        self.piece(at).map(|_| Value { document: self, at })
    }

    fn piece(&self, at: u32) -> Option<Piece> {
        self.pieces.get(at as usize).copied()
    }

    fn raw(&self, piece: Piece) -> &str {
        let range = piece.start as usize..piece.end as usize;
        self.text.get(range).unwrap_or_default()
    }

    /// The text of a string, its quotes and escapes undone.
    pub(super) fn string(&self, piece: Piece) -> Cow<'_, str> {
        let raw = self.raw(piece);
        unescape(raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default())
    }

    /// Where in the document a piece is: `Cmds[2]/GET[1]`. Elements are counted from 1; those of an array in an array are steps of their own.
    pub(super) fn path(&self, at: u32) -> String {
        let (mut path, mut around) = (String::new(), 0);
        while around != at {
            let Some(open) = self.piece(around) else {
                break;
            };
            let names = u32::from(open.kind == Kind::Object);
            let (mut child, mut count) = (around + 1, 1_usize);
            // The piece behind the child; a name may be without its value.
            let behind = |child: u32| {
                self.piece(child + names)
                    .map_or(u32::MAX, |value| value.next)
            };
            while behind(child) <= at {
                steps::add(1);
                child = behind(child);
                count += 1;
            }
            let Some(first) = self.piece(child) else {
                break;
            };
            if names == 1 {
                let joint = if path.is_empty() { "" } else { "/" };
                path.push_str(joint);
                path.push_str(&excerpt(&self.string(first)));
            } else {
                let joint = if path.ends_with(']') { "/" } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(path, "{joint}[{count}]");
            }
            around = if child == at { at } else { child + names };
        }
        path
    }
}

impl<'d> Value<'d> {
    fn piece(self) -> Piece {
        self.document.piece(self.at).unwrap_or(Piece {
            kind: Kind::Null,
            start: 0,
            end: 0,
            next: self.at + 1,
        })
    }

    /// What it is.
    pub(crate) fn kind(self) -> Kind {
        self.piece().kind
    }

    /// Where it stands, in octets from the start of the input.
    pub(crate) fn range(self) -> Range<usize> {
        let piece = self.piece();
        piece.start as usize..piece.end as usize
    }

    /// The text of a string.
    pub(crate) fn string(self) -> Option<Cow<'d, str>> {
        (self.kind() == Kind::String).then(|| self.document.string(self.piece()))
    }

    /// A number, `true`, `false` or `null` as it is written.
    pub(crate) fn literal(self) -> &'d str {
        self.document.raw(self.piece())
    }

    /// The value of an integral number that fits.
    pub(crate) fn integer(self) -> Option<i64> {
        match self.kind() {
            Kind::Number => integer(self.literal()),
            _ => None,
        }
    }

    /// The elements of an array; none where it is none.
    pub(crate) fn elements(self) -> impl Iterator<Item = Self> {
        let piece = self.piece();
        let end = match piece.kind {
            Kind::Array => piece.next,
            _ => 0,
        };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            steps::add(1);
            let value = self.document.value(at).filter(|_| at < end)?;
            at = value.piece().next;
            Some(value)
        })
    }

    /// The members of an object: each name as a value of its own, and what it names. None where it is none.
    pub(crate) fn members(self) -> impl Iterator<Item = (Self, Self)> {
        let piece = self.piece();
        let end = match piece.kind {
            Kind::Object => piece.next,
            _ => 0,
        };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            steps::add(1);
            let name = self.document.value(at).filter(|_| at < end)?;
            let value = self.document.value(at + 1).filter(|_| at + 1 < end)?;
            at = value.piece().next;
            Some((name, value))
        })
    }

    /// The member of an object with this name.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        let mut members = self.members();
        let is_called = |(own, _): &(Self, Self)| own.string().as_deref() == Some(name);
        members.find(is_called).map(|(_, value)| value)
    }

    /// An error at this value.
    pub(crate) fn error(self, code: Code, problem: impl Into<Cow<'static, str>>) -> Error {
        let error = Error::input(code, problem).at(self.range().start);
        error.within(self.document.path(self.at))
    }

    /// The value on its own. It recurses as deep as the document, which the reader has bounded.
    pub(crate) fn to_json(self) -> Json {
        steps::add(self.range().len());
        match self.kind() {
            Kind::Null => Json::Null,
            Kind::True => Json::Bool(true),
            Kind::False => Json::Bool(false),
            Kind::Number => Json::Number(Number::of_read(self.literal())),
            Kind::String => Json::String(self.string().unwrap_or_default().into_owned()),
            Kind::Array => Json::Array(self.elements().map(Self::to_json).collect()),
            Kind::Object => {
                let member = |(name, value): (Self, Self)| {
                    let name = name.string().unwrap_or_default().into_owned();
                    (name, value.to_json())
                };
                Json::Object(self.members().map(member).collect())
            }
        }
    }
}

/// A string without its escapes, which the reader has found to be right.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    steps::add(raw.len());
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let (character, length) = unescaped(escaped);
        text.push(character);
        rest = escaped.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character that an escape stands for, and how long the escape is without its backslash.
fn unescaped(escaped: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = escaped.get(from..from + 4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let character = match escaped.bytes().next() {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let first = unit(1).unwrap_or_default();
            if let Some(character) = char::from_u32(first) {
                return (character, 5);
            }
            let second = unit(7).unwrap_or_default();
            let both = 0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
            return (char::from_u32(both).unwrap_or('\u{fffd}'), 11);
        }
        Some(plain) => char::from(plain),
        None => '\\',
    };
    (character, 1)
}
