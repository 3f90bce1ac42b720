//! Where each token ends (XML 1.0, 2.4 to 2.8 and 3.1). What is inside is for others to look at.
//!
//! quick-xml cuts the tokens, but for the text and the bare tags that messages are mostly made of: what it looks for in them would be looked for
//! again to check it, so that here both is done in one pass.

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

/// The octets of a start tag or the tag of an empty element without anything but a name of ASCII without colon, those of the name,
/// and whether there is content to come: what most tags are.
#[inline]
pub(super) fn plain_start(rest: &[u8]) -> Option<(usize, usize, bool)> {
    let name = plain_name(rest.get(1..)?);
    match rest.get(1 + name..)? {
        [b'>', ..] if name > 0 => Some((name + 2, name, true)),
        [b'/', b'>', ..] if name > 0 => Some((name + 3, name, false)),
        _ => None,
    }
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
        for (input, expected) in [
            ("<a>b", Some((3, 1, true))),
            ("<Add-.9/>", Some((9, 6, false))),
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
