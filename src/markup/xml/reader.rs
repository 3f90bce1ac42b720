//! Tokens to document: nesting, text and references.

use std::borrow::Cow;

use quick_xml::events::Event;

use super::attributes::Attributes;
use super::chars::{is_blank, malformed_reference, name_like, reference};
use super::cursor::Cursor;
use super::namespaces::{Binding, Scope};
use super::prolog::{self, Source};
use crate::error::{Code, Error, Result, excerpt};
use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::element::{Builder, Document, NsId};
use crate::steps;

/// Octets of the longest namespace whose uses are not counted.
const SHORT_NAMESPACE: usize = 64;

/// How much of an ordinary input an element or a text takes, at the least.
const OCTETS_PER_NODE: usize = 20;

/// Depth of a binding that nothing inside an element has used.
const UNUSED: usize = usize::MAX;

/// An element that is open.
#[derive(Debug)]
struct Frame<'a> {
    name: &'a str,
    local: &'a str,
    ns: NsId,
    /// Where its content begins in the text.
    content: usize,
    /// Where to reset the scope to when it closes.
    mark: usize,
    /// The outermost depth at which a prefix is bound that something inside uses.
    prefix_from: usize,
    /// Likewise for the default namespace.
    default_from: usize,
    /// The default namespace its children inherit.
    default: NsId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the root; whether the DOCTYPE has been.
    Prolog(bool),
    Root,
    Epilog,
}

/// A piece of text as it comes.
#[derive(Clone, Copy)]
enum Piece<'a> {
    /// Without line ends to replace.
    Verbatim(&'a str),
    /// With any line ends.
    Lines(&'a str),
    /// From a reference.
    Character(char),
}

/// Reads one document or fragment.
pub(super) struct Reader<'a, 'l> {
    text: &'a str,
    base: usize,
    stop: Option<Error>,
    limits: &'l Limits,
    until: Option<&'l str>,
    builder: Builder<'a>,
    scope: Scope<'a>,
    frames: Vec<Frame<'a>>,
    attributes: Attributes<'a>,
    place: Place,
    text_octets: usize,
    /// The depth at which a serialised tree or a description has begun.
    tree_from: Option<usize>,
    /// Whether the element that was to be found has been.
    found: bool,
    /// Up to where the text has been read, token by token.
    reached: usize,
}

impl<'a, 'l> Reader<'a, 'l> {
    /// At the start of a source.
    pub(super) fn new(source: Source<'a>, until: Option<&'l str>, limits: &'l Limits) -> Self {
        Self {
            text: source.text,
            base: source.base,
            stop: source.stop,
            limits,
            until,
            builder: Builder::with_room(source.text.len() / OCTETS_PER_NODE),
            scope: Scope::new(),
            frames: Vec::new(),
            attributes: Attributes::default(),
            place: Place::Prolog(false),
            text_octets: 0,
            tree_from: None,
            found: false,
            reached: 0,
        }
    }

    /// Reads a document.
    pub(super) fn read(self) -> Result<Document<'a>> {
        match self.read_partial() {
            (_, Some(error)) => Err(error),
            (Some(document), None) => Ok(document),
            (None, None) => Err(Error::input(Code::Truncated, "no root element").at(0)),
        }
    }

    /// Reads as much of a document as can be read, and says what was wrong then. Elements that are open end there.
    pub(super) fn read_partial(mut self) -> (Option<Document<'a>>, Option<Error>) {
        let result = self.tokens();
        let error = result.map_err(|error| self.located(error)).err();
        let document = self.builder.finish_at(self.base + self.reached);
        (document, error)
    }

    /// Reads the content of an element of the namespace `ns`.
    pub(super) fn check_fragment(mut self, ns: &'a str) -> Result<()> {
        self.scope
            .declare("", Cow::Borrowed(ns), 1, &mut self.builder)?;
        let ns = self.scope.default().ns;
        self.builder.open(ns, "", 0);
        self.push("", "", ns, 0, 0);
        self.place = Place::Root;
        let result = self.tokens();
        result.map_err(|error| self.located(error))
    }

    /// Adds where we are, and says why the text ended if that is why the markup did.
    fn located(&mut self, error: Error) -> Error {
        let error = match self.stop.take() {
            Some(stop) if error.code() == Code::Truncated => stop.at(self.base + self.text.len()),
            _ => error,
        };
        let path = self.builder.path();
        if path.is_empty() {
            error
        } else {
            error.within(path)
        }
    }

    fn tokens(&mut self) -> Result<()> {
        let fragment = !self.frames.is_empty();
        let mut skipped = 0;
        // The tokenizer drops a byte order mark; ours is gone already, this one is a character like any other.
        while let Some(mark) = self.text.get(skipped..).and_then(|rest| rest.get(..3))
            && mark == "\u{feff}"
        {
            let end = skipped + mark.len();
            self.characters(mark, skipped, end)?;
            skipped = end;
        }
        let rest = self.text.get(skipped..).unwrap_or_default();
        let mut tokens = quick_xml::Reader::from_str(rest);
        // Names are compared here, without the copies that it would make.
        tokens.config_mut().check_end_names = false;
        tokens.config_mut().allow_unmatched_ends = true;
        let mut end = skipped;
        while !self.found {
            let start = end;
            self.reached = start;
            let event = tokens.read_event();
            end = self.text.len() - tokens.get_ref().len();
            let raw = self.text.get(start..end).unwrap_or_default();
            steps::add(1);
            match event {
                Ok(Event::Text(_)) => self.characters(raw, start, end)?,
                Ok(Event::Start(_)) => {
                    let inside = raw.get(1..raw.len() - 1).unwrap_or_default();
                    self.open(inside, start, end, true)?;
                }
                Ok(Event::Empty(_)) => {
                    let inside = raw.get(1..raw.len() - 2).unwrap_or_default();
                    self.open(inside, start, end, false)?;
                }
                Ok(Event::End(_)) => {
                    let inside = raw.get(2..raw.len() - 1).unwrap_or_default();
                    self.close(inside, start, end, fragment)?;
                }
                Ok(Event::GeneralRef(_)) => {
                    let body = raw.get(1..raw.len() - 1).unwrap_or_default();
                    self.check_inside("a reference", start)?;
                    let character = reference(body, self.base + start)?;
                    self.text(Piece::Character(character), start, end)?;
                }
                Ok(Event::CData(_)) => {
                    self.check_inside("a CDATA section", start)?;
                    let inside = raw.get(9..raw.len() - 3).unwrap_or_default();
                    self.text(Piece::Lines(inside), start, end)?;
                }
                Ok(Event::Comment(_)) => {
                    let inside = raw.get(4..raw.len() - 3).unwrap_or_default();
                    prolog::check_comment(inside, self.base + start)?;
                }
                Ok(Event::PI(_) | Event::Decl(_)) => self.instruction(raw, start)?,
                Ok(Event::DocType(_)) => self.doctype(start, Some(end))?,
                Ok(Event::Eof) => return self.end(fragment),
                Err(_) => return self.untokenized(start),
            }
        }
        self.reached = end;
        Ok(())
    }

    fn end(&self, fragment: bool) -> Result<()> {
        let complete = if fragment {
            self.frames.len() == 1
        } else {
            self.place == Place::Epilog
        };
        if complete && self.stop.is_none() {
            return Ok(());
        }
        let problem = match (self.place, self.frames.last()) {
            (Place::Prolog(_), _) => Cow::Borrowed("no root element"),
            (_, Some(frame)) => Cow::Owned(format!("`{}` not closed", excerpt(frame.name))),
            (_, None) => Cow::Borrowed("the input ends too early"),
        };
        Err(Error::input(Code::Truncated, problem).at(self.base + self.text.len()))
    }

    fn error(&self, code: Code, problem: impl Into<Cow<'static, str>>, at: usize) -> Error {
        Error::input(code, problem).at(self.base + at)
    }

    /// Refuses what may only stand within the root.
    fn check_inside(&self, what: &str, at: usize) -> Result<()> {
        let (code, place) = match self.place {
            Place::Root => return Ok(()),
            Place::Prolog(_) => (Code::Syntax, "before"),
            Place::Epilog => (Code::Trailing, "after"),
        };
        Err(self.error(code, format!("{what} {place} the root"), at))
    }

    #[inline]
    fn characters(&mut self, raw: &'a str, start: usize, end: usize) -> Result<()> {
        steps::add(raw.len());
        if self.place != Place::Root {
            let other = raw.bytes().position(|octet| !is_blank(octet));
            return other.map_or(Ok(()), |at| self.check_inside("text", start + at));
        }
        let special = raw.bytes().fold(false, |found, octet| {
            found | (octet == b'>') | (octet == b'\r')
        });
        if !special {
            return self.text(Piece::Verbatim(raw), start, end);
        }
        steps::add(raw.len());
        if let Some(at) = raw.find("]]>") {
            let error = self.error(Code::Syntax, "`]]>` in text", start + at);
            return Err(error.expecting("`]]&gt;`"));
        }
        self.text(Piece::Lines(raw), start, end)
    }

    /// The one place where text of any origin goes into the document.
    #[inline]
    fn text(&mut self, piece: Piece<'a>, start: usize, end: usize) -> Result<()> {
        if let Piece::Lines(raw) = piece {
            // Counted, searched and perhaps copied.
            steps::add(3 * raw.len());
        }
        let octets = match piece {
            Piece::Verbatim(raw) => raw.len(),
            Piece::Lines(raw) => raw.len() - raw.matches("\r\n").count(),
            Piece::Character(character) => character.len_utf8(),
        };
        self.count(octets, self.base + start)?;
        let text = match piece {
            Piece::Verbatim(raw) => Cow::Borrowed(raw),
            Piece::Lines(raw) => line_ends(raw),
            Piece::Character(character) => Cow::Owned(character.to_string()),
        };
        self.builder.text(text, self.base + start..self.base + end);
        Ok(())
    }

    fn count(&mut self, octets: usize, offset: usize) -> Result<()> {
        self.text_octets += octets;
        let limit = self.limits.text_bytes;
        if self.text_octets > limit as usize {
            let problem = format!("more than {limit} octets of text");
            return Err(Error::limit("textBytes", problem).at(offset));
        }
        Ok(())
    }

    /// Opens an element, and closes it again if it has no content; `end` is where its start tag ends.
    fn open(&mut self, inside: &'a str, start: usize, end: usize, content: bool) -> Result<()> {
        if self.place == Place::Epilog {
            return Err(self.error(Code::Trailing, "a second root", start));
        }
        let offset = self.base + start;
        let mut cursor = Cursor::over(inside, offset + 1);
        let name = cursor.name()?;
        let depth = self.frames.len() + 1;
        // A tree may nest deeper than the message around it.
        let limit = match self.tree_from {
            Some(_) => MAX_DEPTH,
            None => self.limits.depth.min(MAX_DEPTH),
        };
        if depth > limit as usize {
            let problem = format!("elements nested more than {limit} deep");
            return Err(Error::limit("depth", problem).at(offset));
        }
        let mark = self.scope.mark();
        self.attributes.read(&mut cursor, self.limits)?;
        if !self.attributes.declarations.is_empty() {
            self.attributes.check_declarations()?;
            for declaration in self.attributes.declarations.drain(..) {
                let (prefix, value) = (declaration.local, declaration.value);
                self.scope
                    .declare(prefix, value, depth, &mut self.builder)
                    .map_err(|error| error.at(declaration.offset))?;
            }
        }
        let mut prefix_from = UNUSED;
        let mut default_from = UNUSED;
        let binding = if name.prefix.is_empty() {
            let binding = self.scope.default();
            default_from = binding.depth;
            binding
        } else {
            let binding = self
                .scope
                .resolve(name.prefix, &mut self.builder)
                .map_err(|error| error.at(offset))?;
            used(&mut prefix_from, name.prefix, binding);
            binding
        };
        self.builder.check_room(self.limits, offset)?;
        self.builder.open(binding.ns, name.local, offset);
        let mut copied = copied(&self.builder, binding.ns);
        if !self.attributes.attributes.is_empty() {
            for attribute in &mut self.attributes.attributes {
                if !attribute.prefix.is_empty() {
                    let binding = self
                        .scope
                        .resolve(attribute.prefix, &mut self.builder)
                        .map_err(|error| error.at(attribute.offset))?;
                    used(&mut prefix_from, attribute.prefix, binding);
                    copied += self::copied(&self.builder, binding.ns);
                    attribute.ns = binding.ns;
                }
            }
            self.attributes.check_attributes()?;
            for attribute in self.attributes.attributes.drain(..) {
                let range = attribute.offset..attribute.end;
                self.builder
                    .attribute(attribute.ns, attribute.local, attribute.value, range);
            }
        }
        self.count(copied, offset)?;
        if let Some(parent) = self.frames.last_mut() {
            parent.prefix_from = parent.prefix_from.min(prefix_from);
            parent.default_from = parent.default_from.min(default_from);
        }
        self.place = Place::Root;
        if content {
            self.push(name.raw, name.local, binding.ns, end, mark);
        } else {
            self.scope.reset(mark);
            self.closed(name.local, Some(""), end);
        }
        Ok(())
    }

    fn push(&mut self, name: &'a str, local: &'a str, ns: NsId, content: usize, mark: usize) {
        if self.tree_from.is_none() && self.builder.is_in_tree(ns, local) {
            self.tree_from = Some(self.frames.len());
        }
        self.frames.push(Frame {
            name,
            local,
            ns,
            content,
            mark,
            prefix_from: UNUSED,
            default_from: UNUSED,
            default: self.scope.default().ns,
        });
    }

    fn close(&mut self, inside: &'a str, start: usize, end: usize, fragment: bool) -> Result<()> {
        let depth = self.frames.len();
        steps::add(2 * inside.len());
        let outermost = usize::from(fragment);
        let Some(frame) = self.frames.pop_if(|_| depth > outermost) else {
            let problem = format!("end tag of `{}` without start", excerpt(inside));
            return Err(self.error(Code::Syntax, problem, start));
        };
        if inside != frame.name && trimmed(inside) != frame.name {
            let problem = format!("end tag of `{}`", short(inside));
            let expected = format!("`</{}>`", short(frame.name));
            return Err(self.error(Code::Syntax, problem, start).expecting(expected));
        }
        self.scope.reset(frame.mark);
        if let Some(parent) = self.frames.last_mut() {
            parent.prefix_from = parent.prefix_from.min(frame.prefix_from);
            parent.default_from = parent.default_from.min(frame.default_from);
        }
        // What is bound further in than this element comes along with its content.
        let portable =
            frame.prefix_from > depth && (frame.default_from > depth || frame.default == frame.ns);
        let inner = self.text.get(frame.content..start);
        self.closed(frame.local, inner.filter(|_| portable), end);
        Ok(())
    }

    fn closed(&mut self, local: &str, inner: Option<&'a str>, end: usize) {
        self.tree_from = self.tree_from.filter(|from| *from < self.frames.len());
        self.builder.close(inner, self.base + end);
        match self.frames.len() {
            0 => self.place = Place::Epilog,
            1 => self.found = self.until == Some(local),
            _ => {}
        }
    }

    fn instruction(&mut self, raw: &'a str, start: usize) -> Result<()> {
        let offset = self.base + start;
        let inside = raw.get(2..raw.len() - 2).unwrap_or_default();
        let declares = inside
            .strip_prefix("xml")
            .is_some_and(|rest| rest.bytes().next().is_none_or(is_blank));
        if !declares || start > 0 || self.place == Place::Root {
            return prolog::check_instruction(inside, offset);
        }
        steps::add(self.text.len());
        if prolog::declaration(raw, offset)?
            && let Some(at) = self.text.bytes().position(|octet| !octet.is_ascii())
        {
            let error = self.error(Code::Encoding, "not US-ASCII as declared", at);
            return Err(error);
        }
        Ok(())
    }

    /// Passes the DOCTYPE; `end` is where the tokenizer saw its end.
    fn doctype(&mut self, start: usize, end: Option<usize>) -> Result<()> {
        if self.place != Place::Prolog(false) {
            let code = match self.place {
                Place::Epilog => Code::Trailing,
                Place::Prolog(_) | Place::Root => Code::Syntax,
            };
            return Err(self.error(code, "a DOCTYPE out of its place", start));
        }
        self.place = Place::Prolog(true);
        let rest = self.text.get(start..).unwrap_or_default();
        let mut cursor = Cursor::over_rest(rest, self.base + start);
        prolog::doctype(&mut cursor)?;
        if Some(cursor.offset()) == end.map(|end| self.base + end) {
            return Ok(());
        }
        Err(self.error(Code::Syntax, "a DOCTYPE that cannot be read", start))
    }

    /// Finds out what is wrong where the tokenizer found no token, most often that the input ends.
    fn untokenized(&mut self, start: usize) -> Result<()> {
        let rest = self.text.get(start..).unwrap_or_default();
        let mut cursor = Cursor::over_rest(rest, self.base + start);
        let cut = |opening: &str| rest.starts_with(opening) || opening.starts_with(rest);
        if cursor.eat("&") {
            self.check_inside("a reference", start)?;
            let body = cursor.rest();
            let name = body.strip_prefix('#').unwrap_or(body);
            if name_like(name) < name.len() {
                return Err(malformed_reference().at(self.base + start));
            }
        } else if cursor.eat("</") {
            let inside = cursor.rest();
            let expected = self.frames.last().map_or("", |frame| frame.name);
            if !expected.starts_with(inside) && trimmed(inside) != expected {
                let problem = format!("end tag of `{}`", excerpt(inside));
                return Err(self.error(Code::Syntax, problem, start));
            }
        } else if rest.starts_with("<!DOCTYPE") {
            return self.doctype(start, None);
        } else if rest.starts_with("<!") {
            if !["<!--", "<![CDATA[", "<!DOCTYPE"].into_iter().any(cut) {
                return Err(self.error(Code::Syntax, "markup that begins with `<!`", start));
            }
        } else if rest.starts_with("<?>") || rest.starts_with("<??>") {
            return Err(self.error(Code::Syntax, "a processing instruction without name", start));
        } else if !rest.starts_with("<?") {
            if self.place == Place::Epilog {
                return Err(self.error(Code::Trailing, "a second root", start));
            }
            let inside = rest.strip_prefix('<').unwrap_or(rest);
            let inside = inside.strip_suffix('/').unwrap_or(inside);
            let mut cursor = Cursor::over_rest(inside, self.base + start + 1);
            cursor.name()?;
            self.attributes.read(&mut cursor, self.limits)?;
        }
        Err(Cursor::over_rest(rest, self.base + start).truncated())
    }
}

/// A long namespace counts as text wherever it is used: who keeps the elements of a document keeps a copy for each.
fn copied(builder: &Builder<'_>, ns: NsId) -> usize {
    let octets = builder.namespace_len(ns);
    if octets > SHORT_NAMESPACE { octets } else { 0 }
}

/// Half as much of the input as one error may show, for an error that shows two names.
fn short(name: &str) -> String {
    match name.char_indices().nth(16) {
        Some((at, _)) => excerpt(name.get(..at).unwrap_or_default()) + "…",
        None => excerpt(name),
    }
}

fn used(from: &mut usize, prefix: &str, binding: Binding) {
    if prefix != "xml" {
        *from = (*from).min(binding.depth);
    }
}

fn trimmed(name: &str) -> &str {
    name.trim_end_matches([' ', '\t', '\n', '\r'])
}

/// Text with every line end a line feed (XML 1.0, 2.11).
fn line_ends(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\r') {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut lines = raw.split('\r');
    text.extend(lines.next());
    for line in lines {
        text.push('\n');
        text.push_str(line.strip_prefix('\n').unwrap_or(line));
    }
    Cow::Owned(text)
}
