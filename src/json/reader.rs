//! Reading: octets to a document, or what is wrong and where.

use std::borrow::Cow;

use crate::error::{Code, Error, Result, excerpt};
use crate::limits::{Limits, MAX_DEPTH};
use crate::order;
use crate::steps;

use super::document::{Document, Kind, Piece, unescape};
use super::number::{is_finite, length};

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of an array just begun.
    ValueOrEnd,
    Name,
    /// A name, or the end of an object just begun.
    NameOrEnd,
    Colon,
    /// A comma or the end of what is open, or the end of the input.
    After,
}

impl Next {
    const fn name(self) -> &'static str {
        match self {
            Self::Value => "a value",
            Self::ValueOrEnd => "a value or ]",
            Self::Name => "a name",
            Self::NameOrEnd => "a name or }",
            Self::Colon => "a colon",
            Self::After => "a comma or the end",
        }
    }
}

/// What is behind the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Input,
    /// The first octets of a character.
    Cut,
    /// Octets that are no UTF-8.
    Foreign,
}

/// What a reader keeps to.
struct Bounds {
    depth: usize,
    values: usize,
    text: usize,
}

struct Reader<'i> {
    text: &'i str,
    end: End,
    at: usize,
    next: Next,
    pieces: Vec<Piece>,
    /// What is open: arrays and objects by their pieces.
    open: Vec<u32>,
    values: usize,
    texts: usize,
    bounds: Bounds,
}

/// Reads UTF-8 JSON; a byte order mark before it is passed over. The document borrows from the input.
///
/// Nesting may be twice as deep as [`Limits::depth`], since what is one level in XML is an array and an object here.
pub(crate) fn parse<'i>(input: &'i [u8], limits: &Limits) -> Result<Document<'i>> {
    match parse_partial(input, limits) {
        (document, None) => Ok(document),
        (_, Some(error)) => Err(error),
    }
}

/// Reads as much as can be read, and says what was wrong then. What is open where reading stops ends there.
pub(crate) fn parse_partial<'i>(input: &'i [u8], limits: &Limits) -> (Document<'i>, Option<Error>) {
    if let Err(error) = limits.check_bytes(input.len()) {
        let document = Document {
            text: "",
            pieces: Vec::new(),
        };
        return (document, Some(error));
    }
    let bounds = Bounds {
        depth: limits.depth.saturating_mul(2).min(MAX_DEPTH) as usize,
        values: limits.most_nodes(),
        text: limits.text_bytes as usize,
    };
    let (text, end) = match str::from_utf8(input) {
        Ok(text) => (text, End::Input),
        Err(error) => {
            let valid = input.get(..error.valid_up_to()).unwrap_or_default();
            let end = match error.error_len() {
                None => End::Cut,
                Some(_) => End::Foreign,
            };
            (str::from_utf8(valid).unwrap_or_default(), end)
        }
    };
    let mut reader = Reader::new(text, end, bounds);
    let error = reader.run().err();
    let error = error.map(|error| error.at(reader.at).within(reader.path()));
    reader.close_all();
    let document = Document {
        text,
        pieces: reader.pieces,
    };
    (document, error)
}

/// Whether a text is one JSON value, of any depth and length.
pub(crate) fn is_json(text: &str) -> bool {
    let bounds = Bounds {
        depth: usize::MAX,
        values: usize::MAX,
        text: usize::MAX,
    };
    let mut reader = Reader::new(text, End::Input, bounds);
    reader.run().is_ok()
}

impl<'i> Reader<'i> {
    fn new(text: &'i str, end: End, bounds: Bounds) -> Self {
        Self {
            text,
            end,
            at: 0,
            next: Next::Value,
            pieces: Vec::new(),
            open: Vec::new(),
            values: 0,
            texts: 0,
            bounds,
        }
    }

    fn run(&mut self) -> Result<()> {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        loop {
            self.blanks();
            let Some(first) = self.first() else {
                return self.finish();
            };
            self.next = match (self.next, first) {
                (Next::Value | Next::ValueOrEnd, b'{') => self.begin(Kind::Object)?,
                (Next::Value | Next::ValueOrEnd, b'[') => self.begin(Kind::Array)?,
                (Next::ValueOrEnd, b']') | (Next::NameOrEnd, b'}') => self.close()?,
                (Next::Value | Next::ValueOrEnd, _) => self.scalar(first)?,
                (Next::Name | Next::NameOrEnd, b'"') => {
                    self.string()?;
                    Next::Colon
                }
                (Next::Colon, b':') => self.pass(Next::Value),
                (Next::After, _) if self.open.is_empty() => {
                    return Err(Error::input(Code::Trailing, "something behind the end"));
                }
                (Next::After, b',') => self.pass(match self.is_in_object() {
                    true => Next::Name,
                    false => Next::Value,
                }),
                (Next::After, b'}') if self.is_in_object() => self.close()?,
                (Next::After, b']') if !self.is_in_object() => self.close()?,
                _ => return Err(self.unexpected()),
            };
        }
    }

    fn finish(&self) -> Result<()> {
        match self.end {
            End::Foreign => Err(Error::input(Code::Encoding, "not UTF-8")),
            End::Input if self.next == Next::After && self.open.is_empty() => Ok(()),
            End::Input if self.pieces.is_empty() => {
                Err(Error::input(Code::Schema, "empty").expecting("an object"))
            }
            _ => Err(Error::input(Code::Truncated, "ends too soon").expecting(self.next.name())),
        }
    }

    fn rest(&self) -> &'i str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn first(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        steps::add(blanks + 1);
        self.at += blanks;
    }

    fn unexpected(&self) -> Error {
        match self.rest().chars().next() {
            Some(found) => {
                let problem = format!("unexpected {}", excerpt(found.encode_utf8(&mut [0; 4])));
                Error::input(Code::Syntax, problem).expecting(self.next.name())
            }
            None => Error::input(Code::Truncated, "ends too soon").expecting(self.next.name()),
        }
    }

    /// The error that the text ends inside a token, unless there is something.
    fn cut_or(&self, at: usize, error: Error) -> Error {
        match (at >= self.text.len(), self.end) {
            (true, End::Foreign) => Error::input(Code::Encoding, "not UTF-8").at(self.text.len()),
            (true, _) => Error::input(Code::Truncated, "ends too soon").at(self.text.len()),
            (false, _) => error.at(at),
        }
    }

    fn pass(&mut self, next: Next) -> Next {
        self.at += 1;
        next
    }

    fn is_in_object(&self) -> bool {
        let open = self.open.last();
        let open = open.and_then(|open| self.pieces.get(*open as usize));
        open.is_some_and(|open| open.kind == Kind::Object)
    }

    fn push(&mut self, kind: Kind, end: usize) -> Result<()> {
        if self.values >= self.bounds.values {
            let problem = format!("more than {} values", self.bounds.values);
            return Err(Error::limit("items", problem));
        }
        self.values += 1;
        let piece = Piece {
            kind,
            start: self.at as u32,
            end: end as u32,
            next: self.pieces.len() as u32 + 1,
        };
        self.pieces.push(piece);
        Ok(())
    }

    fn begin(&mut self, kind: Kind) -> Result<Next> {
        if self.open.len() >= self.bounds.depth {
            let problem = format!("more than {} values in each other", self.bounds.depth);
            return Err(Error::limit("depth", problem));
        }
        let index = self.pieces.len() as u32;
        self.push(kind, self.at + 1)?;
        self.open.push(index);
        self.at += 1;
        Ok(match kind {
            Kind::Object => Next::NameOrEnd,
            _ => Next::ValueOrEnd,
        })
    }

    fn close(&mut self) -> Result<Next> {
        let next = self.pieces.len() as u32;
        if let Some(open) = self.open.last().copied()
            && let Some(piece) = self.pieces.get_mut(open as usize)
        {
            let is_object = piece.kind == Kind::Object;
            (piece.end, piece.next) = (self.at as u32 + 1, next);
            if is_object {
                self.check_names(open)?;
            }
        }
        self.open.pop();
        Ok(self.pass(Next::After))
    }

    /// Whatever is open ends where reading has stopped.
    fn close_all(&mut self) {
        let next = self.pieces.len() as u32;
        while let Some(open) = self.open.pop() {
            if let Some(piece) = self.pieces.get_mut(open as usize) {
                (piece.end, piece.next) = (self.at as u32, next);
            }
        }
    }

    fn scalar(&mut self, first: u8) -> Result<Next> {
        match first {
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true", Kind::True)?,
            b'f' => self.word("false", Kind::False)?,
            b'n' => self.word("null", Kind::Null)?,
            _ => return Err(self.unexpected()),
        }
        Ok(Next::After)
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<()> {
        let alike = word.bytes().zip(self.rest().bytes());
        let end = self.at + alike.take_while(|(own, found)| own == found).count();
        if end - self.at < word.len() {
            return Err(self.cut_or(end, self.unexpected()));
        }
        self.push(kind, end)?;
        self.at = end;
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        let rest = self.rest();
        let end = length(rest).map_err(|wrong| {
            let error = Error::input(Code::Syntax, "not a number").expecting("a digit");
            self.cut_or(self.at + wrong, error)
        })?;
        steps::add(end);
        if !is_finite(rest.get(..end).unwrap_or_default()) {
            return Err(Error::input(Code::Number, "a number out of all bounds"));
        }
        self.push(Kind::Number, self.at + end)?;
        self.at += end;
        Ok(())
    }

    fn string(&mut self) -> Result<()> {
        let start = self.at;
        let octets = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            let rest = octets.get(at..).unwrap_or_default();
            let plain = rest
                .iter()
                .take_while(|octet| !matches!(octet, b'"' | b'\\' | 0..=0x1f))
                .count();
            at += plain;
            match octets.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at = self.escape(at)?,
                _ => {
                    let error = Error::input(Code::Syntax, "a control character in a string");
                    return Err(self.cut_or(at, error));
                }
            }
        }
        steps::add(at - start);
        self.texts += at - start - 1;
        if self.texts > self.bounds.text {
            let problem = format!("more than {} octets of text", self.bounds.text);
            return Err(Error::limit("textBytes", problem));
        }
        self.push(Kind::String, at + 1)?;
        self.at = at + 1;
        Ok(())
    }

    /// The place behind an escape.
    fn escape(&self, at: usize) -> Result<usize> {
        match self.text.as_bytes().get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => return Ok(at + 2),
            Some(b'u') => {}
            _ => {
                let error = Error::input(Code::Syntax, "an unknown escape").at(at);
                return Err(self.cut_or(at + 1, error));
            }
        }
        let end = at + 6;
        let lone = |problem: &'static str| Error::input(Code::Char, problem).at(at);
        match self.unit(at)? {
            0xd800..=0xdbff => {
                let is_escape = |octet: &u8, at: usize| match at {
                    0 => *octet == b'\\',
                    _ => *octet == b'u',
                };
                let rest = self.text.as_bytes().get(end..).unwrap_or_default();
                let alike = rest.iter().take(2).enumerate();
                let alike = alike
                    .take_while(|(at, octet)| is_escape(octet, *at))
                    .count();
                if alike < 2 {
                    return Err(self.cut_or(end + alike, lone("half a surrogate pair").at(at)));
                }
                match self.unit(end)? {
                    0xdc00..=0xdfff => Ok(end + 6),
                    _ => Err(lone("half a surrogate pair")),
                }
            }
            0xdc00..=0xdfff => {
                let follows = self.text.get(end..end + 2) == Some("\\u");
                let is_swapped = follows && matches!(self.unit(end), Ok(0xd800..=0xdbff));
                Err(match is_swapped {
                    true => {
                        Error::input(Code::Syntax, "a surrogate pair in the wrong order").at(at)
                    }
                    false => lone("half a surrogate pair"),
                })
            }
            _ => Ok(end),
        }
    }

    /// The four digits of the escape at a place.
    fn unit(&self, at: usize) -> Result<u32> {
        let digits = self.text.as_bytes().get(at + 2..).unwrap_or_default();
        let digits = digits.iter().take(4);
        let count = digits
            .clone()
            .take_while(|octet| octet.is_ascii_hexdigit())
            .count();
        if count < 4 {
            let error = Error::input(Code::Syntax, "an unknown escape").expecting("a digit");
            return Err(self.cut_or(at + 2 + count, error));
        }
        let digits = digits.filter_map(|octet| char::from(*octet).to_digit(16));
        Ok(digits.fold(0, |unit, digit| unit << 4 | digit))
    }

    /// Refuses a name that stands twice in an object.
    fn check_names(&self, object: u32) -> Result<()> {
        let piece = |at: u32| self.pieces.get(at as usize).copied();
        let Some(open) = piece(object) else {
            return Ok(());
        };
        let raw = |name: Piece| {
            let range = name.start as usize + 1..(name.end as usize).saturating_sub(1);
            self.text.get(range).unwrap_or_default()
        };
        let mut names: Vec<(Cow<'_, str>, u32)> = Vec::new();
        let mut at = object + 1;
        while let (true, Some(name), Some(value)) = (at < open.next, piece(at), piece(at + 1)) {
            steps::add_lookup(raw(name).len(), names.len());
            names.push((unescape(raw(name)), at));
            at = value.next;
        }
        order::sort(&mut names);
        let same = names.windows(2).filter_map(|pair| match pair {
            [(one, _), (other, at)] if one == other => Some(*at),
            _ => None,
        });
        match same.min().and_then(|at| Some((at, piece(at)?))) {
            None => Ok(()),
            Some((at, name)) => Err(Error::input(Code::Schema, "a name that stands twice")
                .at(name.start as usize)
                .within(self.path_of(at))),
        }
    }

    /// The path of a piece while not everything is closed; the one behind the last is a value that should stand there.
    fn path_of(&self, at: u32) -> String {
        let mut pieces = self.pieces.clone();
        for open in &self.open {
            if let Some(piece) = pieces.get_mut(*open as usize) {
                piece.next = u32::MAX;
            }
        }
        if at as usize == pieces.len() {
            pieces.push(Piece {
                kind: Kind::Null,
                start: self.at as u32,
                end: self.at as u32,
                next: at + 1,
            });
        }
        let text = self.text;
        Document { text, pieces }.path(at)
    }

    /// Where reading has stopped.
    fn path(&self) -> String {
        let next = self.pieces.len() as u32;
        match (self.next, self.open.last()) {
            (Next::Value | Next::ValueOrEnd, _) => self.path_of(next),
            (Next::Colon, _) => self.path_of(next.saturating_sub(1)),
            (_, Some(open)) => self.path_of(*open),
            (_, None) => String::new(),
        }
    }
}
