//! Document to WBXML: one spelling for every document and form.

use std::collections::BTreeMap;

use super::form::{PublicId, WbxmlForm};
use super::octets::push_number;
use super::token::{END, HAS_CONTENT, LITERAL, OPAQUE, STR_I, STR_T, SWITCH_PAGE};
use crate::error::{Code, Error, Result, excerpt};
use crate::markup::element::{Child, Children, Document, Element};
use crate::markup::pages::{DEVINF, DMDDF, Language, METINF, Space, UNKNOWN_ID};
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

/// Writes a document in the form that is asked for. Pages are switched only where a tag needs another one.
///
/// # Errors
///
/// [`Code::Arg`] for a form that no reader takes; [`Code::Schema`] for what WBXML has no place for: attributes, and an element of a namespace that is neither in the code pages nor that
/// of the element around it. [`Code::Char`] for text that no document may hold.
pub(crate) fn emit(document: &Document<'_>, form: &WbxmlForm) -> Result<Vec<u8>> {
    let root = document.root();
    if !(1..=3).contains(&form.version) {
        let problem = format!("WBXML 1.{}", form.version);
        return Err(Error::arg(problem).expecting("version 1, 2 or 3"));
    }
    let says_nothing = form.public_id == PublicId::Number(UNKNOWN_ID);
    let language = form.public_id.language().or(match root.name() {
        "SyncML" if says_nothing => Some(Language::SyncMl("")),
        "MgmtTree" if says_nothing => Some(Language::DmDdf),
        _ => None,
    });
    let Some(language) = language else {
        let problem = "a public identifier that no code pages belong to";
        return Err(Error::arg(problem).expecting("that of SyncML, DevInf or DM DDF"));
    };
    let names = Names { language, root };
    let table = Table::of(root, names, form)?;
    let mut out = vec![form.version];
    match form.public_id {
        PublicId::Number(number) => push_number(&mut out, number),
        PublicId::Text(_) => out.extend([0, 0]),
    }
    push_number(&mut out, UTF_8);
    push_counted(&mut out, &table.octets);
    let mut page = 0;
    walk(root, |step| {
        match step {
            Step::Open(element, around, has_content) => {
                let flag = if has_content { HAS_CONTENT } else { 0 };
                match names.tag(element, around)? {
                    Tag::Token(wanted, token) => {
                        if page != wanted {
                            page = wanted;
                            out.extend([SWITCH_PAGE, page]);
                        }
                        out.push(token | flag);
                    }
                    Tag::Literal(name) => {
                        out.push(LITERAL | flag);
                        push_number(&mut out, table.index(name).unwrap_or_default());
                    }
                }
            }
            Step::Text(text, element) => {
                if !xml::is_text(text) {
                    let problem = "a character that text must not hold";
                    return Err(element.error(Code::Char, problem));
                }
                match table.index(text) {
                    Some(index) => {
                        out.push(STR_T);
                        push_number(&mut out, index);
                    }
                    None => {
                        out.push(STR_I);
                        steps::add(text.len());
                        out.extend_from_slice(text.as_bytes());
                        out.push(0);
                    }
                }
            }
            Step::Octets(octets) => {
                out.push(OPAQUE);
                push_counted(&mut out, octets);
            }
            Step::Close => out.push(END),
        }
        Ok(())
    })?;
    Ok(out)
}

fn push_counted(out: &mut Vec<u8>, octets: &[u8]) {
    push_number(out, u32::try_from(octets.len()).unwrap_or(u32::MAX));
    steps::add(octets.len());
    out.extend_from_slice(octets);
}

/// A step of a walk through a document.
enum Step<'d> {
    /// An element, the one around it, and whether there is anything inside.
    Open(Element<'d>, Option<Element<'d>>, bool),
    Text(&'d str, Element<'d>),
    Octets(&'d [u8]),
    /// The end of an element that has anything inside.
    Close,
}

/// Walks through an element in document order.
fn walk<'d>(root: Element<'d>, mut visit: impl FnMut(Step<'d>) -> Result<()>) -> Result<()> {
    let mut open: Vec<(Element<'d>, Children<'d>)> = Vec::new();
    let enter = |element: Element<'d>,
                 open: &mut Vec<(Element<'d>, Children<'d>)>,
                 visit: &mut dyn FnMut(Step<'d>) -> Result<()>| {
        let has_content = element.children().next().is_some();
        let around = open.last().map(|(around, _)| *around);
        visit(Step::Open(element, around, has_content))?;
        if has_content {
            open.push((element, element.children()));
        }
        Ok(())
    };
    enter(root, &mut open, &mut visit)?;
    while let Some((element, children)) = open.last_mut() {
        let element = *element;
        match children.next() {
            Some(Child::Element(child)) => enter(child, &mut open, &mut visit)?,
            Some(Child::Text(text)) => visit(Step::Text(text, element))?,
            Some(Child::Octets(octets)) => visit(Step::Octets(octets))?,
            Some(Child::Markup(_)) => {
                return Err(element.error(Code::Schema, "markup that is not in code pages"));
            }
            None => {
                open.pop();
                visit(Step::Close)?;
            }
        }
    }
    Ok(())
}

enum Tag<'d> {
    /// A page and a token.
    Token(u8, u8),
    Literal(&'d str),
}

/// How elements are called in a document.
#[derive(Clone, Copy)]
struct Names<'d> {
    language: Language,
    root: Element<'d>,
}

impl<'d> Names<'d> {
    fn tag(self, element: Element<'d>, around: Option<Element<'d>>) -> Result<Tag<'d>> {
        let (name, ns) = (element.name(), element.ns());
        if element.attributes().next().is_some() {
            let problem = format!("attributes on {} in WBXML", excerpt(name));
            return Err(element
                .error(Code::Schema, problem)
                .expecting("an element without attributes"));
        }
        let space = match (self.language, ns) {
            (Language::SyncMl(_), ns) if ns == self.root.ns() => Some(Space::SyncMl),
            (_, METINF) => Some(Space::MetInf),
            // Inside a message a tree is a document of its own.
            (Language::DmDdf, DMDDF) => Some(Space::DmDdf),
            (Language::DevInf, DEVINF) => Some(Space::DevInf),
            _ => None,
        };
        // What came with 1.2 has no token for a reader of an older version.
        let is_known = |(_, token): &(u8, u8)| match ns {
            "SYNCML:SYNCML1.0" => *token <= LAST_OF_1_0,
            "SYNCML:SYNCML1.1" => *token <= LAST_OF_1_1,
            _ => true,
        };
        let token = space.and_then(|space| self.language.token(space, name));
        // What stands in Meta is in its namespace, whichever a reader gives it.
        let fits =
            |around: Element<'_>| around.ns() == ns || (around.name() == "Meta" && ns == METINF);
        let fits_literal = around.is_some_and(fits) && xml::is_local_name(name);
        match token {
            Some((page, token)) if is_known(&(page, token)) || !fits_literal => {
                return Ok(Tag::Token(page, token));
            }
            _ if fits_literal => return Ok(Tag::Literal(name)),
            _ => {}
        }
        let problem = format!("no token for {} in WBXML", excerpt(name));
        Err(element.error(Code::Schema, problem).expecting(
            "a name of the code pages, or one in the namespace of the element around it",
        ))
    }
}

/// The strings that are written once and referred to.
struct Table<'d> {
    octets: Vec<u8>,
    places: BTreeMap<&'d str, u32>,
}

impl<'d> Table<'d> {
    fn of(root: Element<'d>, names: Names<'d>, form: &WbxmlForm) -> Result<Self> {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        let mut order = Vec::new();
        walk(root, |step| {
            let (string, needs_place) = match step {
                Step::Open(element, around, _) => match names.tag(element, around)? {
                    Tag::Literal(name) => (name, true),
                    Tag::Token(..) => return Ok(()),
                },
                Step::Text(text, _) if form.string_table && text.len() >= MIN_SHARED => {
                    (text, false)
                }
                _ => return Ok(()),
            };
            steps::add_lookup(string.len(), counts.len());
            if counts.len() >= MAX_STRINGS && !needs_place && !counts.contains_key(string) {
                return Ok(());
            }
            let count = counts.entry(string).or_default();
            if *count == 0 {
                order.push(string);
            }
            *count += if needs_place { 2 } else { 1 };
            Ok(())
        })?;
        let shared: Vec<&str> = order
            .into_iter()
            .filter(|string| counts.get(string).is_some_and(|count| *count > 1))
            .collect();
        let mut table = Self {
            octets: Vec::new(),
            places: BTreeMap::new(),
        };
        if let PublicId::Text(text) = &form.public_id {
            table.octets.extend_from_slice(text.as_bytes());
            if !(form.unterminated && shared.is_empty()) {
                table.octets.push(0);
            }
        }
        for string in shared {
            // No reader could tell such a string from two.
            if string.contains('\0') {
                continue;
            }
            let place = u32::try_from(table.octets.len()).unwrap_or(u32::MAX);
            table.places.insert(string, place);
            table.octets.extend_from_slice(string.as_bytes());
            table.octets.push(0);
        }
        Ok(table)
    }

    fn index(&self, string: &str) -> Option<u32> {
        steps::add_lookup(string.len(), self.places.len());
        self.places.get(string).copied()
    }
}
