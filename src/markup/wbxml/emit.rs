//! Elements to WBXML: one spelling for every document and form.

use std::collections::BTreeMap;

use super::form::{PublicId, WbxmlForm};
use super::octets::push_number;
use super::token::{END, HAS_CONTENT, LITERAL, OPAQUE, STR_I, STR_T, SWITCH_PAGE};
use crate::error::{Code, Error, Result, excerpt};
use crate::markup::element::Document;
use crate::markup::pages::{DEVINF, DMDDF, Language, METINF, Space, UNKNOWN_ID};
use crate::markup::sink::{self, Sink, same};
use crate::markup::xml;
use crate::steps;

const UTF_8: u32 = 106;

/// The last tags of SyncML 1.0 and 1.1: VerProto and MoreData.
const LAST_OF_1_0: u8 = 0x32;
const LAST_OF_1_1: u8 = 0x34;

/// Octets of the shortest text that is worth a place in the string table: said twice, it makes the document shorter wherever it stands.
const MIN_SHARED: usize = 8;

/// How many different texts are looked at for the string table; those that come later stand where they are said.
const MAX_STRINGS: usize = 1024;

/// About how many octets a node of a document takes.
const OCTETS: usize = 8;

/// Writes a document in the form that is asked for, as a [`Writer`] does.
///
/// # Errors
///
/// Those of [`Writer::new`] and of what it takes.
pub(crate) fn emit(document: &Document<'_>, form: &WbxmlForm) -> Result<Vec<u8>> {
    let root = document.root();
    let room = document.nodes() * OCTETS;
    let mut writer = Writer::new(root.ns(), root.name(), form, room)?;
    sink::whole(root, &mut writer)?;
    Ok(writer.finish())
}

/// An element whose end is still to be written.
struct Open<'a> {
    ns: &'a str,
    name: &'a str,
    /// Where its tag stands in the output, and where its content begins.
    tag: usize,
    content: usize,
}

/// A string that may go into the table, and the octets of the output for which a reference would stand.
struct Mention {
    start: usize,
    end: usize,
    /// It is the name of an element, which nothing else can stand for, and not a text.
    is_name: bool,
}

impl Mention {
    fn string<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        // A text has its token in front and a NUL behind.
        let around = usize::from(!self.is_name);
        out.get(self.start + around..self.end - around)
            .unwrap_or_default()
    }
}

/// Writes elements in a form. Pages are switched only where a tag needs another one.
///
/// [`Code::Schema`] is the error for what WBXML has no place for: attributes, and an element of a namespace that is neither in the code pages nor
/// that of the element around it; [`Code::Char`] for text that no document may hold.
pub(crate) struct Writer<'a> {
    out: Vec<u8>,
    form: &'a WbxmlForm,
    language: Language,
    /// The namespace of the root, and its last tag that all its readers know.
    root: &'a str,
    last: u8,
    /// Where the root stands in the output.
    body: usize,
    page: u8,
    open: Vec<Open<'a>>,
    /// Where the text begins and ends that was written last.
    text: (usize, usize),
    mentions: Vec<Mention>,
}

impl<'a> Writer<'a> {
    /// For a document with this root, with room for so many octets.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`] for a form that no reader takes.
    pub(crate) fn new(ns: &'a str, name: &str, form: &'a WbxmlForm, room: usize) -> Result<Self> {
        if !(1..=3).contains(&form.version) {
            let problem = format!("WBXML 1.{}", form.version);
            return Err(Error::arg(problem).expecting("version 1, 2 or 3"));
        }
        let says_nothing = form.public_id == PublicId::Number(UNKNOWN_ID);
        let language = form.public_id.language().or(match name {
            "SyncML" if says_nothing => Some(Language::SyncMl("")),
            "MgmtTree" if says_nothing => Some(Language::DmDdf),
            _ => None,
        });
        let Some(language) = language else {
            let problem = "a public identifier that no code pages belong to";
            return Err(Error::arg(problem).expecting("that of SyncML, DevInf or DM DDF"));
        };
        let out = head(form, &[], room);
        Ok(Self {
            body: out.len(),
            out,
            form,
            language,
            root: ns,
            last: match ns {
                "SYNCML:SYNCML1.0" => LAST_OF_1_0,
                "SYNCML:SYNCML1.1" => LAST_OF_1_1,
                _ => u8::MAX,
            },
            page: 0,
            open: Vec::new(),
            text: (0, 0),
            mentions: Vec::new(),
        })
    }

    /// The output, once all is closed.
    pub(crate) fn finish(self) -> Vec<u8> {
        let Self {
            out,
            form,
            body,
            mentions,
            ..
        } = self;
        let table = Table::of(&mentions, &out);
        if table.places.is_empty() {
            return out;
        }
        let mut shared = head(form, &table.octets, out.len());
        let first = table.first(form);
        let mut done = body;
        for mention in mentions {
            let Some(place) = table.index(mention.string(&out)) else {
                continue;
            };
            shared.extend_from_slice(out.get(done..mention.start).unwrap_or_default());
            if !mention.is_name {
                shared.push(STR_T);
            }
            push_number(&mut shared, first.saturating_add(place));
            done = mention.end;
        }
        steps::add(out.len());
        shared.extend_from_slice(out.get(done..).unwrap_or_default());
        shared
    }

    /// The page and the token of an element; nothing where its name stands for itself.
    #[inline]
    fn tag(&self, ns: &str, name: &str) -> Result<Option<(u8, u8)>> {
        let (space, last) = match self.language {
            Language::SyncMl(_) if same(ns, self.root) => (Some(Space::SyncMl), self.last),
            // Inside a message a tree is a document of its own.
            Language::DmDdf if ns == DMDDF => (Some(Space::DmDdf), u8::MAX),
            Language::DevInf if ns == DEVINF => (Some(Space::DevInf), u8::MAX),
            _ => ((ns == METINF).then_some(Space::MetInf), u8::MAX),
        };
        match space.and_then(|space| self.language.token(space, name)) {
            Some((page, token)) if token <= last => Ok(Some((page, token))),
            token => self.unknown(ns, name, token),
        }
    }

    /// The same for what came later than the version of the document, which its readers may know none the less, or never.
    #[cold]
    fn unknown(&self, ns: &str, name: &str, token: Option<(u8, u8)>) -> Result<Option<(u8, u8)>> {
        // What stands in Meta is in its namespace, whichever a reader gives it.
        let fits = |around: &Open<'_>| around.ns == ns || (around.name == "Meta" && ns == METINF);
        if self.open.last().is_some_and(fits) && xml::is_local_name(name) {
            return Ok(None);
        }
        if token.is_some() {
            return Ok(token);
        }
        let problem = format!("no token for {} in WBXML", excerpt(name));
        Err(Error::input(Code::Schema, problem).expecting(
            "a name of the code pages, or one in the namespace of the element around it",
        ))
    }
}

impl<'a> Sink<'a> for Writer<'a> {
    #[inline]
    fn open(&mut self, ns: &'a str, name: &'a str) -> Result<()> {
        let tag = self.tag(ns, name)?;
        if let Some((page, _)) = tag.filter(|(page, _)| *page != self.page) {
            self.page = page;
            self.out.extend([SWITCH_PAGE, page]);
        }
        let at = self.out.len();
        let token = tag.map_or(LITERAL, |(_, token)| token);
        self.out.push(token | HAS_CONTENT);
        if tag.is_none() {
            self.out.extend_from_slice(name.as_bytes());
            self.mentions.push(Mention {
                start: at + 1,
                end: self.out.len(),
                is_name: true,
            });
        }
        self.open.push(Open {
            ns,
            name,
            tag: at,
            content: self.out.len(),
        });
        Ok(())
    }

    fn attribute(&mut self, _: &'a str, _: &str, _: &str) -> Result<()> {
        let name = self.open.last().map_or("", |open| open.name);
        let problem = format!("attributes on {} in WBXML", excerpt(name));
        Err(Error::input(Code::Schema, problem).expecting("an element without attributes"))
    }

    #[inline]
    fn text(&mut self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if !xml::is_text(text) {
            let problem = "a character that text must not hold";
            return Err(Error::input(Code::Char, problem));
        }
        let (mut start, end) = self.text;
        if end == self.out.len() {
            // The NUL behind the text that it goes on.
            self.out.pop();
            let is_it = |mention: &mut Mention| mention.start == start;
            self.mentions.pop_if(is_it);
        } else {
            start = self.out.len();
            self.out.push(STR_I);
        }
        steps::add(text.len());
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(0);
        let end = self.out.len();
        self.text = (start, end);
        if self.form.string_table && end - start >= MIN_SHARED + 2 {
            self.mentions.push(Mention {
                start,
                end,
                is_name: false,
            });
        }
        Ok(())
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        self.out.push(OPAQUE);
        push_counted(&mut self.out, octets);
        Ok(())
    }

    fn markup(&mut self, _: &str) -> Result<()> {
        let problem = "markup that is not in code pages";
        Err(Error::input(Code::Schema, problem))
    }

    #[inline]
    fn close(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        if self.out.len() > open.content {
            self.out.push(END);
        } else if let Some(tag) = self.out.get_mut(open.tag) {
            *tag &= !HAS_CONTENT;
        }
    }
}

/// What a document begins with, up to its root.
fn head(form: &WbxmlForm, strings: &[u8], room: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(room + strings.len() + 64);
    out.push(form.version);
    let mut table = Vec::new();
    match &form.public_id {
        PublicId::Number(number) => push_number(&mut out, *number),
        PublicId::Text(text) => {
            out.extend([0, 0]);
            table.extend_from_slice(text.as_bytes());
            if !(form.unterminated && strings.is_empty()) {
                table.push(0);
            }
        }
    }
    push_number(&mut out, UTF_8);
    table.extend_from_slice(strings);
    push_counted(&mut out, &table);
    out
}

fn push_counted(out: &mut Vec<u8>, octets: &[u8]) {
    push_number(out, u32::try_from(octets.len()).unwrap_or(u32::MAX));
    steps::add(octets.len());
    out.extend_from_slice(octets);
}

/// The strings that are written once and referred to.
struct Table<'o> {
    octets: Vec<u8>,
    places: BTreeMap<&'o [u8], u32>,
}

impl<'o> Table<'o> {
    /// Those that are worth it, in the order in which they are said first.
    fn of(mentions: &[Mention], out: &'o [u8]) -> Self {
        let mut counts: BTreeMap<&[u8], u32> = BTreeMap::new();
        let mut order = Vec::new();
        for mention in mentions {
            let string = mention.string(out);
            steps::add_lookup(string.len(), counts.len());
            let is_full = counts.len() >= MAX_STRINGS && !mention.is_name;
            if is_full && !counts.contains_key(string) {
                continue;
            }
            let count = counts.entry(string).or_default();
            if *count == 0 {
                order.push(string);
            }
            *count += if mention.is_name { 2 } else { 1 };
        }
        let mut table = Self {
            octets: Vec::new(),
            places: BTreeMap::new(),
        };
        let is_shared = |string: &&[u8]| counts.get(string).is_some_and(|count| *count > 1);
        for string in order.into_iter().filter(is_shared) {
            let place = u32::try_from(table.octets.len()).unwrap_or(u32::MAX);
            table.places.insert(string, place);
            table.octets.extend_from_slice(string);
            table.octets.push(0);
        }
        table
    }

    /// Where the first of them stands.
    fn first(&self, form: &WbxmlForm) -> u32 {
        match &form.public_id {
            PublicId::Number(_) => 0,
            PublicId::Text(text) => u32::try_from(text.len() + 1).unwrap_or(u32::MAX),
        }
    }

    fn index(&self, string: &[u8]) -> Option<u32> {
        steps::add_lookup(string.len(), self.places.len());
        self.places.get(string).copied()
    }
}
