//! Reading elements: the names we know, single values, numbers.

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};

use crate::error::{Code, Error, Result, excerpt};
use crate::limits::Limits;
use crate::markup::element::{Child, Element};
use crate::markup::pages::Space;
use crate::markup::xml;
use crate::status::StatusCode;
use crate::steps;

use super::item::Item;

pub(super) use crate::markup::pages::METINF;

/// The namespaces of SyncML's root that are spoken here, with the VerDTD of each.
const SYNCML: [(&str, &str); 3] = [
    ("SYNCML:SYNCML1.2", "1.2"),
    ("SYNCML:SYNCML1.1", "1.1"),
    ("SYNCML:SYNCML1.0", "1.0"),
];

/// The namespace in which a message of this VerDTD is written.
pub(super) fn namespace(ver_dtd: &str) -> &'static str {
    SYNCML
        .iter()
        .find(|(_, version)| *version == ver_dtd)
        .map_or("SYNCML:SYNCML1.2", |(name, _)| name)
}

/// Whether a root with this namespace is SyncML that is spoken here; one without namespace is.
pub(super) fn is_spoken(ns: &str) -> bool {
    ns.is_empty() || SYNCML.iter().any(|(name, _)| *name == ns)
}

/// Whether an element with this namespace is SyncML of any version.
pub(super) fn is_syncml(ns: &str) -> bool {
    Space::of(ns) == Some(Space::SyncMl)
}

/// Groups in groups, at the most. The specification has one Atomic in none, and Sequences are of no use in each other; what reads, compares
/// and executes them recurses no deeper.
const MAX_GROUPS: u32 = 32;

/// What is left of the limits while a message is read.
pub(super) struct Reader<'l> {
    pub(super) limits: &'l Limits,
    items: u32,
    commands: u32,
    /// How many of the items are chunks, but for the last of each object.
    pub(super) chunks: u32,
    /// How many groups are open.
    groups: u32,
}

impl<'l> Reader<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            items: 0,
            commands: 0,
            chunks: 0,
            groups: 0,
        }
    }

    pub(super) fn count_item(&mut self, at: Element<'_>) -> Result<()> {
        self.items += 1;
        within(self.items, self.limits.items, "items", at)
    }

    /// Room for the items among the children of a command, as far as they may be read.
    pub(super) fn room_for_items(&self, command: Element<'_>) -> Vec<Item> {
        let children = command.elements();
        let items = children.filter(|child| child.name() == "Item").count();
        let left = self.limits.items.saturating_sub(self.items) as usize;
        Vec::with_capacity(items.min(left))
    }

    /// Enters an Atomic or Sequence; the result goes to [`leave_group`](Self::leave_group).
    pub(super) fn enter_group(&mut self, at: Element<'_>) -> Result<()> {
        self.groups += 1;
        if self.groups > MAX_GROUPS {
            let problem = format!("groups nested more than {MAX_GROUPS} deep");
            return Err(Error::limit("depth", problem)
                .at(at.offset())
                .within(at.path()));
        }
        Ok(())
    }

    pub(super) fn leave_group(&mut self) {
        self.groups -= 1;
    }

    pub(super) fn count_command(&mut self, at: Element<'_>) -> Result<()> {
        self.commands += 1;
        within(self.commands, self.limits.commands, "commands", at)
    }
}

fn within(count: u32, limit: u32, name: &'static str, at: Element<'_>) -> Result<()> {
    if count > limit {
        return Err(Error::limit(name, format!("more than {limit} {name}"))
            .at(at.offset())
            .within(at.path()));
    }
    Ok(())
}

/// Whether a VerDTD is spoken here.
pub(super) fn is_known_dtd(ver_dtd: &str) -> bool {
    SYNCML.iter().any(|(_, version)| *version == ver_dtd)
}

/// The local name of an element if it belongs to SyncML, else the empty name, which nothing has. Where the namespace of Meta's elements
/// is declared on Meta, Meta itself is in it.
#[inline]
pub(super) fn name(element: Element<'_>) -> &str {
    match (element.space(), element.name()) {
        (Some(Space::SyncMl), name) | (Some(Space::MetInf), name @ "Meta") => name,
        _ => "",
    }
}

/// The same inside Meta, whose elements have a namespace of their own, which some peers leave out.
#[inline]
pub(super) fn meta_name(element: Element<'_>) -> &str {
    match element.space() {
        Some(Space::SyncMl | Space::MetInf) => element.name(),
        _ => "",
    }
}

/// What XML takes for white space.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Text without white space around it, of which there is seldom any.
#[inline]
fn trimmed(text: &str) -> &str {
    let is_blank = |octet: Option<&u8>| matches!(octet, Some(b' ' | b'\t' | b'\r' | b'\n'));
    let octets = text.as_bytes();
    if is_blank(octets.first()) || is_blank(octets.last()) {
        text.trim_matches(BLANKS)
    } else {
        text
    }
}

fn is_blank(child: Child<'_>) -> bool {
    match child {
        Child::Text(text) => text.trim_matches(BLANKS).is_empty(),
        // One more way to write text.
        Child::Octets(octets) => octets.trim_ascii().is_empty(),
        Child::Element(_) | Child::Markup(_) => false,
    }
}

/// The elements inside an element that holds nothing else. Blanks between them mean nothing.
#[inline]
pub(super) fn elements(element: Element<'_>) -> Result<impl Iterator<Item = Element<'_>>> {
    let is_stray = |child| !matches!(child, Child::Element(_)) && !is_blank(child);
    if element.children().any(is_stray) {
        let problem = format!("text between the elements of {}", excerpt(element.name()));
        return Err(element.error(Code::Schema, problem));
    }
    Ok(element.elements())
}

/// A flag: an element that is there and empty.
pub(super) fn flag(element: Element<'_>) -> Result<bool> {
    if element.children().all(is_blank) {
        return Ok(true);
    }
    let problem = format!("{} holds something", excerpt(element.name()));
    Err(element
        .error(Code::Schema, problem)
        .expecting("an empty element"))
}

/// The text of an element that holds nothing but text, in however many pieces; white space around it trimmed.
#[inline]
pub(super) fn text(element: Element<'_>) -> Result<Cow<'_, str>> {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => return Ok(Cow::Borrowed("")),
        (Some(Child::Text(text)), None) => return Ok(Cow::Borrowed(trimmed(text))),
        _ => {}
    }
    joined(octets(element)?, element).map(Cow::Owned)
}

/// The text that the pieces of an element come to, white space around it trimmed. What is cut inside a character in one piece may go on in
/// the next.
pub(super) fn joined(octets: Vec<u8>, element: Element<'_>) -> Result<String> {
    steps::add(octets.len());
    let text = String::from_utf8(octets).map_err(|_| {
        let problem = format!("{} is not UTF-8", excerpt(element.name()));
        element.error(Code::Encoding, problem)
    })?;
    if !xml::is_text(&text) {
        let problem = format!(
            "{} holds a character that XML does not allow",
            excerpt(element.name())
        );
        return Err(element.error(Code::Char, problem));
    }
    Ok(trimmed(&text).to_owned())
}

/// The same, for keeping.
#[inline]
pub(super) fn string(element: Element<'_>) -> Result<String> {
    let text = text(element)?;
    steps::add(text.len() + 1);
    Ok(text.into_owned())
}

/// A nonce as base64: the text, or the octets where it travels as such (WBXML).
pub(super) fn nonce(element: Element<'_>) -> Result<String> {
    let is_octets = |child| matches!(child, Child::Octets(_));
    if element.children().any(is_octets) {
        return octets(element).map(|octets| Base64::encode_string(&octets));
    }
    string(element)
}

/// Credentials: the text, or base64 of the octets where they are none (WBXML). Whether they are right is not for the reader to say.
pub(super) fn credentials(element: Element<'_>) -> Result<String> {
    let octets = octets(element)?;
    if std::str::from_utf8(&octets).is_ok_and(xml::is_text) {
        return string(element);
    }
    Ok(Base64::encode_string(&octets))
}

/// All pieces of text and octets of an element that holds no element.
fn octets(element: Element<'_>) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    for child in element.children() {
        match child {
            Child::Text(text) => octets.extend_from_slice(text.as_bytes()),
            Child::Octets(more) => octets.extend_from_slice(more),
            Child::Element(_) | Child::Markup(_) => {
                let problem = format!("{} holds more than text", excerpt(element.name()));
                return Err(element.error(Code::Schema, problem));
            }
        }
    }
    Ok(octets)
}

/// A decimal number from 0 to 4294967295.
pub(super) fn number(element: Element<'_>) -> Result<u32> {
    let text = text(element)?;
    decimal(&text)
        .and_then(|value| u32::try_from(value).ok())
        .ok_or_else(|| {
            let problem = format!(
                "{} is no number: {}",
                excerpt(element.name()),
                excerpt(&text)
            );
            element
                .error(Code::Number, problem)
                .expecting("0 to 4294967295 in decimal digits")
        })
}

/// A status code is a number of at most three digits; a longer one would mean nothing to anybody.
pub(super) fn status_code(element: Element<'_>) -> Result<StatusCode> {
    match u16::try_from(number(element)?) {
        Ok(code @ 0..=999) => Ok(StatusCode(code)),
        _ => {
            let problem = format!("no status code: {}", excerpt(&text(element)?));
            Err(element.error(Code::Number, problem).expecting("0 to 999"))
        }
    }
}

/// A decimal number of octets; what exceeds 4294967295 counts as that.
pub(super) fn size(element: Element<'_>) -> Result<u32> {
    let text = text(element)?;
    let is_digits =
        !text.is_empty() && text.len() <= 64 && text.bytes().all(|octet| octet.is_ascii_digit());
    if !is_digits {
        let problem = format!("{} is no size: {}", excerpt(element.name()), excerpt(&text));
        return Err(element
            .error(Code::Number, problem)
            .expecting("a decimal number of octets"));
    }
    Ok(decimal(&text).map_or(u32::MAX, |value| u32::try_from(value).unwrap_or(u32::MAX)))
}

/// A decimal number of octets that 32 bits hold.
pub(super) fn whole_size(element: Element<'_>) -> Option<u32> {
    let text = text(element).ok().filter(|text| text.len() <= 64)?;
    u32::try_from(decimal(&text)?).ok()
}

fn decimal(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

/// Puts a value behind others, of which there are mostly none.
pub(super) fn push_one<T>(list: &mut Vec<T>, value: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(value);
}

/// Sets a value that may be given only once; the same value again does no harm.
#[inline]
pub(super) fn once<T: PartialEq>(slot: &mut Option<T>, value: T, at: Element<'_>) -> Result<()> {
    match slot {
        Some(before) if *before != value => Err(at
            .error(
                Code::Schema,
                format!("{} is given twice", excerpt(at.name())),
            )
            .expecting("one value")),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}

/// The value of an element that must be there.
pub(super) fn required<T>(slot: Option<T>, name: &'static str, parent: Element<'_>) -> Result<T> {
    slot.ok_or_else(|| parent.error(Code::Schema, Cow::Owned(format!("missing {name}"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::element::{Builder, Document, NsId};

    enum Piece<'a> {
        Text(&'a str),
        Octets(&'a [u8]),
        Element,
    }
    use Piece::{Octets, Text};

    fn document<'a>(pieces: &[Piece<'a>]) -> Document<'a> {
        let mut builder = Builder::new();
        builder.open(NsId::NONE, "NextNonce", 0);
        for piece in pieces {
            match piece {
                Text(text) => builder.text(*text, 0..0),
                Octets(octets) => builder.octets(*octets, 0..0),
                Piece::Element => {
                    builder.open(NsId::NONE, "b", 0);
                    builder.close(None, 0);
                }
            }
        }
        builder.close(None, 0);
        builder.finish().unwrap()
    }

    #[test]
    fn text_comes_in_pieces_of_any_kind() {
        let cases: [(&[Piece<'_>], &str); 8] = [
            (&[], ""),
            (&[Text(" a b\n")], "a b"),
            (&[Octets(b"\ta ")], "a"),
            (&[Octets(b"")], ""),
            (&[Text(" a"), Octets(b" b "), Text("c ")], "a b c"),
            (&[Octets(b"a"), Octets(b"b")], "ab"),
            (&[Octets(b"\xe6\x97"), Octets(b"\xa5")], "日"),
            (&[Octets(b" "), Text(" ")], ""),
        ];
        for (pieces, expected) in cases {
            assert_eq!(text(document(pieces).root()).unwrap(), expected);
        }
        let document = document(&[Text(" a ")]);
        assert!(matches!(text(document.root()), Ok(Cow::Borrowed("a"))));
    }

    #[test]
    fn text_that_is_none_is_refused() {
        let cases: [(&[Piece<'_>], Code); 7] = [
            (&[Octets(b"\xff")], Code::Encoding),
            (&[Text("a"), Octets(b"\xe6\x97")], Code::Encoding),
            (&[Octets(b"\xed\xa0\x80")], Code::Encoding),
            (&[Octets(b"a\0")], Code::Char),
            (&[Octets(b"\xef\xbf\xbf"), Text("a")], Code::Char),
            (&[Text("a"), Piece::Element], Code::Schema),
            (&[Octets(b"\xff"), Piece::Element], Code::Schema),
        ];
        for (pieces, code) in cases {
            let document = document(pieces);
            let root = document.root();
            assert_eq!(text(root).unwrap_err().code(), code);
            assert_eq!(number(root).unwrap_err().code(), code);
        }
    }

    #[test]
    fn octets_of_a_nonce_are_the_nonce() {
        let cases: [(&[Piece<'_>], &str); 4] = [
            (&[Text(" AAH/\n")], "AAH/"),
            (&[Octets(&[0, 1, 0xff])], "AAH/"),
            (&[Octets(&[0]), Octets(&[1, 0xff])], "AAH/"),
            (&[Text("a"), Octets(b" ")], "YSA="),
        ];
        for (pieces, expected) in cases {
            assert_eq!(nonce(document(pieces).root()).unwrap(), expected);
        }
        let mixed = document(&[Octets(b"a"), Piece::Element]);
        assert_eq!(nonce(mixed.root()).unwrap_err().code(), Code::Schema);
    }

    #[test]
    fn x54_octets_that_are_no_text_are_credentials_all_the_same() {
        let cases: [(&[Piece<'_>], &str); 4] = [
            (&[Text(" QQ== ")], "QQ=="),
            (&[Octets(b"QQ==")], "QQ=="),
            (&[Octets(&[0, 1, 0xff])], "AAH/"),
            (&[Text("A"), Octets(&[0])], "QQA="),
        ];
        for (pieces, expected) in cases {
            assert_eq!(credentials(document(pieces).root()).unwrap(), expected);
        }
    }

    #[test]
    fn only_blanks_stand_between_elements_and_in_flags() {
        let blank = document(&[Text(" \t"), Piece::Element, Text("\r\n")]);
        assert_eq!(elements(blank.root()).unwrap().count(), 1);
        let blank = document(&[Octets(b" \t"), Piece::Element, Octets(b"")]);
        assert_eq!(elements(blank.root()).unwrap().count(), 1);
        for stray in [Text("a"), Text("\u{a0}"), Octets(b"a")] {
            let document = document(&[Piece::Element, stray]);
            let error = elements(document.root()).err().unwrap();
            assert_eq!(error.code(), Code::Schema);
        }
        assert!(flag(document(&[Text(" \n")]).root()).unwrap());
        assert!(flag(document(&[Octets(b"")]).root()).unwrap());
        for something in [Text("1"), Octets(b"1"), Piece::Element] {
            let error = flag(document(&[something]).root()).unwrap_err();
            assert_eq!(error.code(), Code::Schema);
        }
    }
}
