//! Where each token ends (XML 1.0, 2.4 to 2.8 and 3.1). What is inside is for others to look at.
//!
//! quick-xml cuts the tokens, but for the text and the bare tags that messages are mostly made of: what it looks for in them would be looked for
//! again to check it, so that here both is done in one pass.

use std::ops::Range;

use quick_xml::events::Event;

use super::chars::plain_name;
use crate::markup::scan::{alike, count_before, equal};
use crate::steps;

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Everything up to the next markup or reference.
    Text,
    Reference,
    Start,
    Empty,
    End,
    CData,
    Comment,
    /// The XML declaration among them.
    Instruction,
    /// Where it ends is for its own grammar to say; here it is as long as its keyword.
    DocType,
}

/// The keyword of a DOCTYPE, and how long it is.
const DOCTYPE: &[u8] = b"<!DOCTYPE";

/// How the default namespace is mostly declared.
const XMLNS: &[u8] = b" xmlns=";

/// The token at the start of `rest`, and its octets; nothing where there is none, or where the input ends within it.
pub(super) fn token(rest: &str) -> Option<(Token, usize)> {
    if !rest.is_empty() && !rest.starts_with(['<', '&']) {
        return Some((Token::Text, text(rest.as_bytes()).0));
    }
    let keyword = rest.as_bytes().get(..DOCTYPE.len());
    if keyword.is_some_and(|keyword| keyword.eq_ignore_ascii_case(DOCTYPE)) {
        return Some((Token::DocType, DOCTYPE.len()));
    }
    let mut tokens = quick_xml::Reader::from_str(rest);
    // It sees one token, so that it knows of no name to compare with.
    tokens.config_mut().check_end_names = false;
    tokens.config_mut().allow_unmatched_ends = true;
    let token = match tokens.read_event() {
        Ok(Event::GeneralRef(_)) => Token::Reference,
        Ok(Event::Start(_)) => Token::Start,
        Ok(Event::Empty(_)) => Token::Empty,
        Ok(Event::End(_)) => Token::End,
        Ok(Event::CData(_)) => Token::CData,
        Ok(Event::Comment(_)) => Token::Comment,
        Ok(Event::PI(_) | Event::Decl(_)) => Token::Instruction,
        Ok(Event::Text(_) | Event::DocType(_) | Event::Eof) | Err(_) => return None,
    };
    let length = rest.len() - tokens.get_ref().len();
    steps::add(length);
    Some((token, length))
}

/// Octets up to the next `<` or `&`, and whether none of them is `>` or a carriage return.
#[inline]
pub(super) fn text(rest: &[u8]) -> (usize, bool) {
    let (mut length, mut plain) = (0, true);
    loop {
        let from = rest.get(length..).unwrap_or_default();
        length += count_before(from, |word| {
            alike(word, b'<', b'<' ^ b'>') | equal(word, b'&') | equal(word, b'\r')
        });
        if !matches!(rest.get(length), Some(b'>' | b'\r')) {
            return (length, plain);
        }
        plain = false;
        length += 1;
    }
}

/// A start tag, or the tag of an empty element, that has nothing but a name of ASCII without colon and perhaps the default namespace: what
/// most tags are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlainStart {
    /// Octets of the tag, and of its name.
    pub(super) length: usize,
    pub(super) name: usize,
    /// Where the namespace stands, in octets from the start of the tag.
    pub(super) namespace: Option<Range<usize>>,
    /// Whether there is content to come.
    pub(super) content: bool,
}

/// The tag at the start of `rest`, if it is so plain.
#[inline]
pub(super) fn plain_start(rest: &[u8]) -> Option<PlainStart> {
    let name = plain_name(rest.get(1..)?);
    let mut at = 1 + name;
    let mut namespace = None;
    if let [b' ', ..] = rest.get(at..)? {
        let range = namespace_declared(rest, at)?;
        at = range.end + 1;
        namespace = Some(range);
    }
    let (octets, content) = match rest.get(at..)? {
        [b'>', ..] if name > 0 => (1, true),
        [b'/', b'>', ..] if name > 0 => (2, false),
        _ => return None,
    };
    Some(PlainStart {
        length: at + octets,
        name,
        namespace,
        content,
    })
}

/// Where the value of ` xmlns="..."` stands, which begins at `at`, if there is nothing in it to replace or to refuse.
#[inline]
fn namespace_declared(rest: &[u8], at: usize) -> Option<Range<usize>> {
    let value = rest.get(at..)?.strip_prefix(XMLNS)?;
    let (quote, value) = value.split_first()?;
    let ends = |octet: &u8| octet == quote || matches!(octet, b'<' | b'&' | ..b' ');
    let length = value.iter().position(ends)?;
    steps::add(XMLNS.len() + length);
    let is_quoted = matches!(quote, b'"' | b'\'') && value.get(length) == Some(quote);
    let start = at + XMLNS.len() + 1;
    is_quoted.then_some(start..start + length)
}

/// The octets of an end tag of the name without blanks.
#[inline]
pub(super) fn plain_end(rest: &[u8], name: &str) -> Option<usize> {
    let inside = rest.strip_prefix(b"</")?;
    let behind = inside.strip_prefix(name.as_bytes())?;
    behind.starts_with(b">").then_some(name.len() + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_end_where_they_end() {
        for (input, expected) in [
            ("a", Some((Token::Text, 1))),
            ("a>b\rc<", Some((Token::Text, 5))),
            ("\u{feff}&", Some((Token::Text, 3))),
            ("&a;b", Some((Token::Reference, 3))),
            ("&;", Some((Token::Reference, 2))),
            ("&a", None),
            ("&a&b;", None),
            ("&a<b;", None),
            ("<a>>", Some((Token::Start, 3))),
            ("<>", Some((Token::Start, 2))),
            ("<a b='>' c=\"'>\">>", Some((Token::Start, 16))),
            ("<a/>", Some((Token::Empty, 4))),
            ("<a b='/>'/>", Some((Token::Empty, 11))),
            ("</a b='>'>", Some((Token::End, 10))),
            ("</>", Some((Token::End, 3))),
            ("</", None),
            ("<", None),
            ("<a", None),
            ("<a '>", None),
            ("<a \">'>", None),
            ("<!---->-->", Some((Token::Comment, 7))),
            ("<!--->-->", Some((Token::Comment, 9))),
            ("<!-->-->", Some((Token::Comment, 8))),
            ("<!--a->", None),
            ("<!-a-->", None),
            ("<![CDATA[]]>]]>", Some((Token::CData, 12))),
            ("<![CDATA[]>]]>", Some((Token::CData, 14))),
            ("<![CDATA[>]]]>", Some((Token::CData, 14))),
            ("<![CDATA]]>", None),
            ("<??>", Some((Token::Instruction, 4))),
            ("<?a>?>", Some((Token::Instruction, 6))),
            ("<?>?>", None),
            ("<?a", None),
            ("<!DOCTYPE a>", Some((Token::DocType, 9))),
            ("<!doctype a>", Some((Token::DocType, 9))),
            ("<!DOCTYP", None),
            ("<!ELEMENT a>", None),
        ] {
            assert_eq!(token(input), expected, "{input}");
        }
    }

    #[test]
    fn plain_tags_are_the_same_tags() {
        let tag = |length, name, namespace, content| {
            Some(PlainStart {
                length,
                name,
                namespace,
                content,
            })
        };
        for (input, expected) in [
            ("<a>b", tag(3, 1, None, true)),
            ("<Add-.9/>", tag(9, 6, None, false)),
            ("<a xmlns='b\"c'>", tag(15, 1, Some(10..13), true)),
            ("<a xmlns=\"\"/>", tag(13, 1, Some(10..10), false)),
            ("<a xmlns='é ü'>", tag(17, 1, Some(10..15), true)),
            ("<a xmlns='b' >", None),
            ("<a xmlns='b' c='d'>", None),
            ("<a  xmlns='b'>", None),
            ("<a xmlns ='b'>", None),
            ("<a xmlns= 'b'>", None),
            ("<a xmlns:b='c'>", None),
            ("<a xmlns='b", None),
            ("<a xmlns='b'", None),
            ("<a xmlns=bxb>", None),
            ("<a xmlns='&lt;'>", None),
            ("<a xmlns='<'>", None),
            ("<a xmlns='\t'>", None),
            ("< xmlns='b'>", None),
            ("<a >", None),
            ("<a/ >", None),
            ("<9>", None),
            ("<->", None),
            ("<a:b>", None),
            ("<é>", None),
            ("<>", None),
            ("</>", None),
            ("<a", None),
            ("<", None),
        ] {
            assert_eq!(plain_start(input.as_bytes()), expected, "{input}");
        }
        assert_eq!(plain_end(b"</ab>", "ab"), Some(5));
        for input in ["</ab >", "</abc>", "</a>", "</ab", "<ab>"] {
            assert_eq!(plain_end(input.as_bytes(), "ab"), None, "{input}");
        }
    }
}
