//! Tokens to document (WBXML 1.3, section 5.8).
//!
//! Open elements are counted in the builder, not on the stack; text and names borrow from the input. A string of the table may be
//! referred to any number of times: what that comes to is counted before anything is made of it.

use std::borrow::Cow;

use super::head::{Head, Known, Notes, Table, text};
use super::octets::Octets;
use crate::error::{Code, Error, Result, excerpt};
use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::element::{Builder, DEPTH_OF_PARTS, NsId, Parts, USUAL_DEPTH};
use crate::markup::pages::{DATA, ITEM, Language, Names, Space};
use crate::markup::xml;
use crate::steps;

use super::Partial;
use super::token::{
    END, ENTITY, HAS_ATTRIBUTES, HAS_CONTENT, IDENTITY, LITERAL, OPAQUE, PI, STR_I, STR_T,
    SWITCH_PAGE,
};

/// How much of an ordinary input an element or a text takes, at the least.
const OCTETS_PER_NODE: usize = 14;

/// An element that is open.
#[derive(Clone, Copy)]
struct Frame {
    ns: NsId,
    space: Space,
    is_item: bool,
    /// Its value may be an inline tree: it is the Data of an Item, or stands in such a tree.
    takes_tree: bool,
}

/// Where in the document we are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Prolog,
    Root,
    Epilog,
}

/// Reads one document.
pub(super) struct Reader<'a, 'l> {
    octets: Octets<'a>,
    limits: &'l Limits,
    most_nodes: usize,
    parts: Option<&'l mut dyn Parts>,
    builder: Builder<'a>,
    frames: Vec<Frame>,
    page: u8,
    /// The names of the page, where the language is known.
    names: Option<Names>,
    place: Place,
    text_octets: usize,
    /// The namespace of the message where its root names it.
    root_ns: Option<NsId>,
    /// Whether no more is to be read.
    is_stopped: bool,
    notes: Notes,
    known: Known<'a>,
    /// The namespaces of the spaces, once they have been used.
    spaces: [NsId; 4],
}

impl<'a, 'l> Reader<'a, 'l> {
    /// At the start of an input; `parts` are shown what is read, `notes` take what is said of the head.
    pub(super) fn new(
        input: &'a [u8],
        parts: Option<&'l mut dyn Parts>,
        notes: Notes,
        limits: &'l Limits,
    ) -> Self {
        Self {
            octets: Octets::new(input),
            limits,
            most_nodes: limits.most_nodes(),
            parts,
            builder: Builder::for_input(input.len(), OCTETS_PER_NODE),
            frames: Vec::with_capacity(USUAL_DEPTH),
            page: 0,
            names: None,
            place: Place::Prolog,
            text_octets: 0,
            root_ns: None,
            is_stopped: false,
            notes,
            known: Known::default(),
            spaces: [NsId::NONE; 4],
        }
    }

    /// Reads as far as it goes.
    pub(super) fn read(mut self) -> Partial<'a> {
        let (mut form, mut names_itself) = (None, false);
        let result = Head::read(&mut self.octets, &mut self.notes).and_then(|head| {
            let table = head.table;
            form = Some(head.form);
            let result = self.body(head.language, table);
            names_itself = self.root_ns.is_some();
            result
        });
        let path = self.builder.path();
        let at = self.octets.offset();
        Partial {
            notes: self.notes,
            text_octets: self.text_octets,
            form,
            names_itself,
            document: self.builder.finish_at(at),
            error: result.err().map(|error| error.within(path)),
        }
    }

    fn body(&mut self, language: Option<Language>, table: Table<'a>) -> Result<()> {
        let mut language = language;
        self.names = language.and_then(|language| language.names(self.page));
        while !self.is_stopped {
            steps::add(1);
            let start = self.octets.offset();
            if self.place == Place::Epilog {
                if self.octets.is_at_end() {
                    break;
                }
                if self.octets.rest().first() != Some(&PI) {
                    let problem = "octets behind the end of the root";
                    return Err(self.error(Code::Trailing, problem, start));
                }
            }
            let token = self.octets.octet()?;
            match token {
                SWITCH_PAGE => {
                    let page = self.octets.octet()?;
                    self.switch(page, language, start)?;
                }
                END => self.end(start)?,
                ENTITY => {
                    let number = self.octets.number()?;
                    let character = char::from_u32(number).filter(|character| {
                        let mut buffer = [0; 4];
                        xml::is_text(character.encode_utf8(&mut buffer))
                    });
                    let character = character.ok_or_else(|| {
                        self.error(Code::Char, format!("entity {number:#x}"), start)
                    })?;
                    self.string(Cow::Owned(character.to_string()), true, start)?;
                }
                STR_I => {
                    let rest = self.octets.rest();
                    let (octets, plain) = self.octets.terminated().inspect_err(|_| {
                        let whole = rest.utf8_chunks().next().map(|chunk| chunk.valid());
                        self.keep_text(whole.unwrap_or_default(), start);
                    })?;
                    let known = self.known.string(rest, octets.len(), start + 1);
                    let string = match known.filter(|_| !table.is_ascii()) {
                        Some(string) => string,
                        None => text(octets, start + 1, table.is_ascii())?,
                    };
                    self.string(Cow::Borrowed(string), plain, start)?;
                }
                STR_T => {
                    let index = self.octets.number()?;
                    let string = table.string(index, start)?;
                    self.string(Cow::Borrowed(string), false, start)?;
                }
                OPAQUE => {
                    let mut behind = self.octets.clone();
                    let octets = self.octets.counted("opaque data").inspect_err(|_| {
                        let rest = behind.number().map(|_| behind.rest());
                        self.keep(rest.unwrap_or_default(), start);
                    })?;
                    self.check_inside("opaque data", start)?;
                    self.count(octets.len(), start)?;
                    self.builder.check_room(self.most_nodes, start)?;
                    self.builder.octets(octets, start..self.octets.offset());
                }
                PI => self.instruction(table, start)?,
                // The flag of attributes is looked at where the element is opened.
                LITERAL | 0x44 | 0x84 | 0xc4 => {
                    let index = self.octets.number()?;
                    let name = table.string(index, start)?;
                    self.literal(name, token, start)?;
                }
                _ if token & IDENTITY <= LITERAL => {
                    let problem = format!("extension token 0x{token:02X}");
                    return Err(self.error(Code::Token, problem, start));
                }
                _ => {
                    if self.place == Place::Prolog && language.is_none() {
                        language = Language::of_root(self.page, token & IDENTITY);
                        self.names = language.and_then(|language| language.names(self.page));
                    }
                    let language = language.ok_or_else(|| {
                        let problem = "a public identifier that says nothing, before a root that is not known";
                        self.error(Code::Version, problem, start)
                    })?;
                    self.tag(language, token, table, start)?;
                }
            }
        }
        Ok(())
    }

    fn error(&self, code: Code, problem: impl Into<Cow<'static, str>>, at: usize) -> Error {
        Error::input(code, problem).at(at)
    }

    /// Refuses what may only stand within the root; what follows the root was refused before.
    fn check_inside(&self, what: &str, at: usize) -> Result<()> {
        if self.place == Place::Root {
            return Ok(());
        }
        Err(self.error(Code::Syntax, format!("{what} before the root"), at))
    }

    /// Keeps what is there of a value that is cut off, for those who look at broken documents.
    fn keep(&mut self, rest: &'a [u8], start: usize) {
        if self.place == Place::Root && !rest.is_empty() {
            let end = self.octets.pass_all();
            self.builder.octets(rest, start..end);
        }
    }

    /// The same of a string.
    fn keep_text(&mut self, rest: &'a str, start: usize) {
        if self.place == Place::Root && xml::is_text(rest) {
            let end = self.octets.pass_all();
            self.builder.text(rest, start..end);
        }
    }

    /// Counts text before anything is made of it.
    #[inline]
    fn count(&mut self, octets: usize, at: usize) -> Result<()> {
        steps::add(octets + 1);
        self.text_octets += octets;
        let limit = self.limits.text_bytes;
        if self.text_octets > limit as usize {
            let problem = format!("more than {limit} octets of text");
            return Err(Error::limit("textBytes", problem).at(at));
        }
        Ok(())
    }

    /// Takes text, which is `plain` if it surely holds nothing that XML forbids.
    #[inline]
    fn string(&mut self, text: Cow<'a, str>, plain: bool, start: usize) -> Result<()> {
        self.check_inside("text", start)?;
        self.count(text.len(), start)?;
        if !plain && !xml::is_text(&text) {
            return Err(self.error(Code::Char, "a character that text must not hold", start));
        }
        self.builder.text(text, start..self.octets.offset());
        Ok(())
    }

    /// The pages of one language are always there; that of trees also inside the Data of a message, where some write them inline.
    fn switch(&mut self, page: u8, language: Option<Language>, start: usize) -> Result<()> {
        let is_there = match language.map(|language| (language, language.space(page))) {
            None => page <= 2,
            Some((Language::SyncMl(_), Some(Space::DmDdf))) => {
                self.frames.last().is_some_and(|frame| frame.takes_tree)
            }
            Some((_, space)) => space.is_some() || page == 0,
        };
        if !is_there {
            return Err(self.error(Code::Token, format!("code page {page}"), start));
        }
        self.page = page;
        self.names = language.and_then(|language| language.names(page));
        Ok(())
    }

    fn tag(&mut self, language: Language, token: u8, table: Table<'a>, start: usize) -> Result<()> {
        let identity = token & IDENTITY;
        let Some((space, name)) = self.names.and_then(|names| names.of(identity)) else {
            let problem = format!("tag token 0x{identity:02X} of code page {}", self.page);
            return Err(self.error(Code::Token, problem, start));
        };
        let around = self.frames.last().copied();
        let is_in_tree = || around.is_some_and(|frame| frame.takes_tree);
        if space == Space::DmDdf && matches!(language, Language::SyncMl(_)) && !is_in_tree() {
            return Err(self.error(Code::Token, format!("{name} outside Data"), start));
        }
        let is_root = self.place == Place::Prolog;
        if token & HAS_ATTRIBUTES != 0 {
            if !is_root || name != "SyncML" {
                return Err(self.attributes_refused(name, start));
            }
            let namespace = self.root_namespace(table, start)?;
            self.root_ns = Some(self.builder.namespace(namespace));
        }
        let ns = match (self.root_ns, space) {
            (Some(ns), Space::SyncMl) => ns,
            _ => self.namespace(language, space),
        };
        let takes_tree = match space {
            Space::SyncMl => identity == DATA && around.is_some_and(|around| around.is_item),
            Space::DmDdf => true,
            Space::MetInf | Space::DevInf => false,
        };
        let frame = Frame {
            ns,
            space,
            is_item: space == Space::SyncMl && identity == ITEM,
            takes_tree,
        };
        self.open(name, frame, token & HAS_CONTENT != 0, start)
    }

    fn namespace(&mut self, language: Language, space: Space) -> NsId {
        match self.spaces.get_mut(space as usize) {
            Some(known) => {
                if *known == NsId::NONE {
                    *known = self.builder.namespace(language.namespace(space));
                }
                *known
            }
            None => NsId::NONE,
        }
    }

    /// An element whose name is in no table: in the namespace of the element around it, as in XML.
    fn literal(&mut self, name: &'a str, token: u8, start: usize) -> Result<()> {
        if token & HAS_ATTRIBUTES != 0 {
            return Err(self.attributes_refused(name, start));
        }
        if !xml::is_local_name(name) {
            let problem = format!("bad name `{}`", excerpt(name));
            return Err(self.error(Code::Syntax, problem, start));
        }
        self.count(name.len(), start)?;
        let around = self.frames.last().copied();
        let frame = Frame {
            ns: around.map_or(NsId::NONE, |frame| frame.ns),
            space: around.map_or(Space::SyncMl, |frame| frame.space),
            is_item: false,
            takes_tree: around.is_some_and(|frame| frame.takes_tree),
        };
        self.open(name, frame, token & HAS_CONTENT != 0, start)
    }

    fn attributes_refused(&self, name: &str, start: usize) -> Error {
        let problem = format!("attributes on {}", excerpt(name));
        self.error(Code::Token, problem, start)
            .expecting("a tag without the bit of attributes")
    }

    /// The one attribute that is sent: the namespace on the root, as a literal `xmlns` that some refer to without a string table.
    fn root_namespace(&mut self, table: Table<'a>, start: usize) -> Result<Cow<'a, str>> {
        let at = self.octets.offset();
        if self.octets.octet()? != LITERAL {
            return Err(self.attributes_refused("SyncML", start));
        }
        let index = self.octets.number()?;
        let is_xmlns = (table.is_empty() && index == 0) || table.string(index, at)? == "xmlns";
        if !is_xmlns {
            return Err(self.attributes_refused("SyncML", start));
        }
        let mut value = Cow::Borrowed("");
        loop {
            let at = self.octets.offset();
            let piece = match self.octets.octet()? {
                END => return Ok(value),
                STR_I => text(self.octets.terminated()?.0, at + 1, table.is_ascii())?,
                STR_T => {
                    let index = self.octets.number()?;
                    table.string(index, at)?
                }
                _ => return Err(self.attributes_refused("SyncML", start)),
            };
            self.count(piece.len(), at)?;
            if !xml::is_text(piece) {
                return Err(self.error(Code::Char, "a character that text must not hold", at));
            }
            if value.is_empty() {
                value = Cow::Borrowed(piece);
            } else {
                value.to_mut().push_str(piece);
            }
        }
    }

    fn open(&mut self, name: &'a str, frame: Frame, has_content: bool, start: usize) -> Result<()> {
        // A tree may nest deeper than the message around it.
        let is_in_tree = frame.space == Space::DmDdf;
        let limit = if is_in_tree {
            MAX_DEPTH
        } else {
            self.limits.depth.min(MAX_DEPTH)
        };
        if self.frames.len() >= limit as usize {
            let problem = format!("elements nested more than {limit} deep");
            return Err(Error::limit("depth", problem).at(start));
        }
        self.builder.check_room(self.most_nodes, start)?;
        self.place = Place::Root;
        self.builder.open(frame.ns, name, start);
        self.frames.push(frame);
        if !has_content {
            self.close();
        }
        Ok(())
    }

    fn end(&mut self, start: usize) -> Result<()> {
        if self.place != Place::Root {
            return Err(self.error(Code::Syntax, "END before the root", start));
        }
        self.close();
        Ok(())
    }

    fn close(&mut self) {
        let index = self.builder.close(None, self.octets.offset());
        self.frames.pop();
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

    /// Passes a processing instruction: a literal name and its values, of which a message says nothing.
    fn instruction(&mut self, table: Table<'a>, start: usize) -> Result<()> {
        loop {
            let at = self.octets.offset();
            match self.octets.octet()? {
                END => return Ok(()),
                LITERAL | STR_T => {
                    let index = self.octets.number()?;
                    let string = table.string(index, at)?;
                    self.count(string.len(), at)?;
                }
                STR_I => {
                    text(self.octets.terminated()?.0, at + 1, table.is_ascii())?;
                }
                ENTITY => {
                    self.octets.number()?;
                }
                OPAQUE => {
                    self.octets.counted("opaque data")?;
                }
                token => {
                    let problem = format!("token 0x{token:02X} in a processing instruction");
                    return Err(self.error(Code::Token, problem, start));
                }
            }
        }
    }
}
