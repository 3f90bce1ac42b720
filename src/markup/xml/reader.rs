//! Tokens to document: nesting, text and references.

use std::borrow::Cow;
use std::ops::Range;

use super::attributes::Attributes;
use super::chars::{Name, is_blank, line_ends, malformed_reference, name_like, reference};
use super::cursor::Cursor;
use super::namespaces::{Binding, Scope};
use super::prolog::{self, Source};
use super::tokens::{self, PlainStart, Token, plain_end, plain_start, token};
use crate::error::{Code, Error, Result, excerpt};
use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::element::{Builder, DEPTH_OF_PARTS, Document, NsId, Parts, USUAL_DEPTH};
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

/// What stands behind the name in a start tag.
enum Inside<'a> {
    /// The default namespace at the most.
    Namespace(Option<&'a str>),
    /// Whatever is to be read there.
    Attributes(Cursor<'a>),
}

/// Reads one document or fragment.
pub(super) struct Reader<'a, 'l> {
    text: &'a str,
    base: usize,
    stop: Option<Error>,
    limits: &'l Limits,
    most_nodes: usize,
    parts: Option<&'l mut dyn Parts>,
    builder: Builder<'a>,
    scope: Scope<'a>,
    frames: Vec<Frame<'a>>,
    attributes: Attributes<'a>,
    place: Place,
    text_octets: usize,
    /// The depth at which a serialised tree or a description has begun.
    tree_from: Option<usize>,
    /// Whether no more is to be read.
    is_stopped: bool,
    /// Up to where the text has been read, token by token.
    reached: usize,
}

impl<'a, 'l> Reader<'a, 'l> {
    /// At the start of a source; `parts` are shown what is read.
    pub(super) fn new(
        source: Source<'a>,
        parts: Option<&'l mut dyn Parts>,
        limits: &'l Limits,
    ) -> Self {
        Self {
            text: source.text,
            base: source.base,
            stop: source.stop,
            limits,
            most_nodes: limits.most_nodes(),
            parts,
            builder: Builder::for_input(source.text.len(), OCTETS_PER_NODE),
            scope: Scope::new(),
            frames: Vec::with_capacity(USUAL_DEPTH),
            attributes: Attributes::default(),
            place: Place::Prolog(false),
            text_octets: 0,
            tree_from: None,
            is_stopped: false,
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
        let text = self.text;
        let mut end = 0;
        while !self.is_stopped {
            let start = end;
            self.reached = start;
            let rest = text.as_bytes().get(start..).unwrap_or_default();
            steps::add(1);
            // First what most tokens are.
            match rest {
                [] => return self.end(fragment),
                [b'<', b'/', ..] => {
                    let name = self.frames.last().map_or("", |frame| frame.name);
                    if let Some(length) = plain_end(rest, name).filter(|_| !name.is_empty()) {
                        end = start + length;
                        self.close(start, end);
                        continue;
                    }
                }
                [b'<', ..] => {
                    if let Some(tag) = plain_start(rest).filter(|tag| self.may_declare(tag)) {
                        end = start + tag.length;
                        let at =
                            |range: Range<usize>| text.get(start + range.start..start + range.end);
                        let name = Name::plain(at(1..1 + tag.name).unwrap_or_default());
                        let inside = Inside::Namespace(tag.namespace.and_then(at));
                        self.open(name, inside, start, end, tag.content)?;
                        continue;
                    }
                }
                [b'&', ..] => {}
                _ => {
                    let (length, plain) = tokens::text(rest);
                    end = start + length;
                    let raw = text.get(start..end).unwrap_or_default();
                    self.characters(raw, plain, start, end)?;
                    continue;
                }
            }
            let Some((token, length)) = token(text.get(start..).unwrap_or_default()) else {
                return self.untokenized(start);
            };
            end = start + length;
            let inside = |before: usize, behind: usize| {
                text.get(start + before..end - behind).unwrap_or_default()
            };
            match token {
                Token::Start => self.start(inside(1, 1), start, end, true)?,
                Token::Empty => self.start(inside(1, 2), start, end, false)?,
                Token::End => self.end_tag(inside(2, 1), start, end, fragment)?,
                Token::Reference => {
                    self.check_inside("a reference", start)?;
                    let character = reference(inside(1, 1), self.base + start)?;
                    self.text(Piece::Character(character), start, end)?;
                }
                Token::CData => {
                    self.check_inside("a CDATA section", start)?;
                    self.text(Piece::Lines(inside(9, 3)), start, end)?;
                }
                Token::Comment => prolog::check_comment(inside(4, 3), self.base + start)?,
                Token::Instruction => self.instruction(inside(0, 0), start)?,
                Token::DocType => end = self.doctype(start)?,
                Token::Text => {}
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

    /// Takes text, which is `plain` if it holds neither `>` nor a carriage return.
    #[inline]
    fn characters(&mut self, raw: &'a str, plain: bool, start: usize, end: usize) -> Result<()> {
        if self.place != Place::Root {
            steps::add(raw.len());
            let other = raw.bytes().position(|octet| !is_blank(octet));
            return other.map_or(Ok(()), |at| self.check_inside("text", start + at));
        }
        if plain {
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

    /// Opens an element by what is between `<` and `>` or `/>`.
    fn start(&mut self, inside: &'a str, start: usize, end: usize, content: bool) -> Result<()> {
        self.check_place(start)?;
        let mut cursor = Cursor::over(inside, self.base + start + 1);
        let name = cursor.name()?;
        self.open(name, Inside::Attributes(cursor), start, end, content)
    }

    /// Refuses a second root.
    fn check_place(&self, start: usize) -> Result<()> {
        if self.place == Place::Epilog {
            return Err(self.error(Code::Trailing, "a second root", start));
        }
        Ok(())
    }

    /// Whether a tag may declare the namespace that it declares.
    fn may_declare(&self, tag: &PlainStart) -> bool {
        tag.namespace.is_none() || self.limits.namespaces > 0
    }

    /// Opens an element, and closes it again if it has no content; `end` is where its start tag ends.
    fn open(
        &mut self,
        name: Name<'a>,
        inside: Inside<'a>,
        start: usize,
        end: usize,
        content: bool,
    ) -> Result<()> {
        self.check_place(start)?;
        let offset = self.base + start;
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
        match inside {
            Inside::Namespace(None) => {}
            Inside::Namespace(Some(namespace)) => {
                let declared = Cow::Borrowed(namespace);
                self.scope
                    .declare("", declared, depth, &mut self.builder)
                    .map_err(|error| error.at(offset + name.raw.len() + 2))?;
            }
            Inside::Attributes(mut cursor) => {
                self.attributes.read(&mut cursor, self.limits)?;
                self.declare(depth)?;
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
        self.builder.check_room(self.most_nodes, offset)?;
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
            self.closed(Some(""), end);
        }
        Ok(())
    }

    /// Binds the prefixes that the start tag just read declares.
    fn declare(&mut self, depth: usize) -> Result<()> {
        if self.attributes.declarations.is_empty() {
            return Ok(());
        }
        self.attributes.check_declarations()?;
        for declaration in self.attributes.declarations.drain(..) {
            let (prefix, value) = (declaration.local, declaration.value);
            self.scope
                .declare(prefix, value, depth, &mut self.builder)
                .map_err(|error| error.at(declaration.offset))?;
        }
        Ok(())
    }

    fn push(&mut self, name: &'a str, local: &'a str, ns: NsId, content: usize, mark: usize) {
        if self.tree_from.is_none() && self.builder.is_in_tree(ns, local) {
            self.tree_from = Some(self.frames.len());
        }
        self.frames.push(Frame {
            name,
            ns,
            content,
            mark,
            prefix_from: UNUSED,
            default_from: UNUSED,
            default: self.scope.default().ns,
        });
    }

    /// Closes an element by what is between `</` and `>`.
    fn end_tag(&mut self, inside: &'a str, start: usize, end: usize, fragment: bool) -> Result<()> {
        steps::add(2 * inside.len());
        let outermost = usize::from(fragment);
        let name = self.frames.get(outermost..).and_then(|open| open.last());
        let Some(name) = name.map(|frame| frame.name) else {
            let problem = format!("end tag of `{}` without start", excerpt(inside));
            return Err(self.error(Code::Syntax, problem, start));
        };
        if trimmed(inside) != name {
            let problem = format!("end tag of `{}`", short(inside));
            let expected = format!("`</{}>`", short(name));
            return Err(self.error(Code::Syntax, problem, start).expecting(expected));
        }
        self.close(start, end);
        Ok(())
    }

    /// Closes the element that is open, whose end tag stands from `start` to `end`.
    fn close(&mut self, start: usize, end: usize) {
        let depth = self.frames.len();
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.scope.reset(frame.mark);
        if let Some(parent) = self.frames.last_mut() {
            parent.prefix_from = parent.prefix_from.min(frame.prefix_from);
            parent.default_from = parent.default_from.min(frame.default_from);
        }
        // What is bound further in than this element comes along with its content.
        let portable =
            frame.prefix_from > depth && (frame.default_from > depth || frame.default == frame.ns);
        let inner = self.text.get(frame.content..start);
        self.closed(inner.filter(|_| portable), end);
    }

    fn closed(&mut self, inner: Option<&'a str>, end: usize) {
        self.tree_from = self.tree_from.filter(|from| *from < self.frames.len());
        let index = self.builder.close(inner, self.base + end);
        match self.frames.len() {
            0 => self.place = Place::Epilog,
            1..=DEPTH_OF_PARTS => self.show(index),
            _ => {}
        }
    }

    #[inline(never)]
    fn show(&mut self, index: Option<u32>) {
        if let Some(parts) = &mut self.parts {
            self.is_stopped = !self.builder.show(index, *parts);
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

    /// Passes the DOCTYPE, and says where it ends.
    fn doctype(&mut self, start: usize) -> Result<usize> {
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
        Ok(cursor.offset() - self.base)
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
