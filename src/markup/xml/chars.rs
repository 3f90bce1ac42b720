//! Characters, names and references (XML 1.0, fifth edition, 2.2, 2.3, 4.1; Namespaces in XML 1.0, 4).

use std::borrow::Cow;

use crate::error::{Code, Error, Result, excerpt};
use crate::markup::scan::{below, count_before, equal};
use crate::steps;

const START: u8 = 1;
const FOLLOW: u8 = 2;

/// What an ASCII character may do in a name without colon.
static CLASSES: [u8; 128] = {
    let mut classes = [0; 128];
    let mut octet = 0;
    let mut left: &mut [u8] = &mut classes;
    while let Some((class, rest)) = left.split_first_mut() {
        *class = match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => START | FOLLOW,
            b'0'..=b'9' | b'-' | b'.' => FOLLOW,
            _ => 0,
        };
        octet += 1;
        left = rest;
    }
    classes
};

/// Whether an octet is a blank (production S).
pub(super) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether XML allows a character at all (production Char).
pub(super) const fn is_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[inline]
fn begins_name(character: char) -> bool {
    if let Some(class) = CLASSES.get(character as usize) {
        return class & START != 0;
    }
    matches!(character,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(character: char) -> bool {
    if let Some(class) = CLASSES.get(character as usize) {
        return class & FOLLOW != 0;
    }
    begins_name(character)
        || matches!(character, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Octets at the start of `text` that can stand in a name without colon, whatever the first of them is.
#[inline]
fn run(text: &str) -> usize {
    let ascii = text
        .bytes()
        .position(|octet| {
            CLASSES
                .get(usize::from(octet))
                .is_none_or(|class| *class == 0)
        })
        .unwrap_or(text.len());
    steps::add(ascii + 1);
    if text.as_bytes().get(ascii).is_none_or(u8::is_ascii) {
        return ascii;
    }
    let length = text
        .char_indices()
        .find(|(_, character)| !continues_name(*character))
        .map_or(text.len(), |(at, _)| at);
    steps::add(length);
    length
}

/// Octets at the start of `text` that are a name of ASCII without colon; none if it begins with no such name.
#[inline]
pub(super) fn plain_name(text: &[u8]) -> usize {
    let class = |octet: &u8| CLASSES.get(usize::from(*octet)).map_or(0, |class| *class);
    if text.first().is_none_or(|first| class(first) & START == 0) {
        return 0;
    }
    let length = text
        .iter()
        .position(|octet| class(octet) == 0)
        .unwrap_or(text.len());
    steps::add(length + 1);
    length
}

/// A name as it stands, with its parts around the colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) raw: &'a str,
    /// Empty where there is none, which may be in spite of a colon.
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
}

impl<'a> Name<'a> {
    /// A name without prefix.
    pub(super) fn plain(name: &'a str) -> Self {
        Self {
            raw: name,
            prefix: "",
            local: name,
        }
    }
}

/// Takes the longest name off the start of `text`; nothing if there is none.
///
/// A name whose first colon has the beginning of a name behind it must be a qualified one (Namespaces in XML 1.0, 4). Where
/// something else is behind it, as in `A:.b`, no prefix can be meant: that is a name of XML 1.0, and its own local name.
#[inline]
pub(super) fn qualified_name(text: &str) -> Option<(Name<'_>, &str)> {
    let (first, rest) = text.split_at_checked(run(text))?;
    let begins = first.starts_with(begins_name) || (first.is_empty() && rest.starts_with(':'));
    if !begins {
        return None;
    }
    let Some(behind) = rest.strip_prefix(':') else {
        return Some((Name::plain(first), rest));
    };
    if !behind.starts_with(begins_name) {
        let (name, rest) = text.split_at_checked(name_like(text))?;
        let prefix_only = !first.is_empty() && name.len() == first.len() + 1;
        return (!prefix_only).then(|| (Name::plain(name), rest));
    }
    let (local, rest) = behind.split_at_checked(run(behind))?;
    if first.is_empty() || rest.starts_with(':') {
        return None;
    }
    let raw = text.get(..text.len() - rest.len())?;
    let name = Name {
        raw,
        prefix: first,
        local,
    };
    Some((name, rest))
}

/// Octets at the start of `text` that look like a name, colons and all: where a bad name ends, for its error.
pub(super) fn name_like(text: &str) -> usize {
    let length = text
        .char_indices()
        .find(|(_, character)| *character != ':' && !continues_name(*character))
        .map_or(text.len(), |(at, _)| at);
    steps::add(length);
    length
}

/// Whether the whole of `text` is a name without colon (production NCName).
pub(super) fn is_ncname(text: &str) -> bool {
    text.starts_with(begins_name) && run(text) == text.len()
}

/// Whether the whole of `text` is a name that has no prefix, if perhaps a colon.
pub(super) fn is_unprefixed(text: &str) -> bool {
    qualified_name(text).is_some_and(|(name, rest)| rest.is_empty() && name.prefix.is_empty())
}

/// The offset of the first character that XML forbids.
pub(super) fn first_forbidden(text: &str) -> Option<usize> {
    let octets = text.as_bytes();
    let mut at = 0;
    loop {
        // U+FFFE and U+FFFF begin with this octet.
        let rest = octets.get(at..)?;
        at += count_before(rest, |word| below(word, 0x20) | equal(word, 0xef));
        if is_forbidden(octets.get(at..)?)? {
            return Some(at);
        }
        at += 1;
    }
}

/// Whether a character that XML forbids is next; nothing at the end.
fn is_forbidden(octets: &[u8]) -> Option<bool> {
    Some(match octets {
        [] => return None,
        [0xef, 0xbf, 0xbe | 0xbf, ..] => true,
        [octet, ..] => *octet < 0x20 && !is_blank(*octet),
    })
}

/// Text with every line end a line feed (XML 1.0, 2.11).
pub(super) fn line_ends(raw: &str) -> Cow<'_, str> {
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

/// The character that a reference stands for; `body` is what is between `&` and `;`, `offset` that of the `&`.
pub(super) fn reference(body: &str, offset: usize) -> Result<char> {
    steps::add(body.len());
    let known = match body {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return character_reference(body, offset),
    };
    Ok(known)
}

fn character_reference(body: &str, offset: usize) -> Result<char> {
    let (digits, radix) = match body.strip_prefix('#') {
        Some(number) => match number.strip_prefix('x') {
            Some(digits) => (digits, 16),
            None => (number, 10),
        },
        None => {
            let error = if qualified_name(body).is_some_and(|(_, rest)| rest.is_empty()) {
                let problem = format!("undefined entity `{}`", excerpt(body));
                Error::input(Code::Entity, problem)
            } else {
                malformed_reference()
            };
            return Err(error.at(offset));
        }
    };
    if digits.is_empty() {
        return Err(malformed_reference().at(offset));
    }
    let mut value: u32 = 0;
    for digit in digits.chars() {
        let Some(digit) = digit.to_digit(radix) else {
            return Err(malformed_reference().at(offset));
        };
        value = value.saturating_mul(radix).saturating_add(digit);
    }
    char::from_u32(value)
        .filter(|character| is_char(*character))
        .ok_or_else(|| {
            let problem = format!("reference `&{};` to no character of XML", excerpt(body));
            Error::input(Code::Char, problem).at(offset)
        })
}

/// What an ampersand is that begins no reference.
pub(super) fn malformed_reference() -> Error {
    Error::input(Code::Syntax, "`&` without a reference").expecting("`&amp;`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> Code {
        reference(body, 7).unwrap_err().code()
    }

    #[test]
    fn references_to_characters() {
        for (body, character) in [
            ("amp", '&'),
            ("#65", 'A'),
            ("#x4a", 'J'),
            ("#x4A", 'J'),
            ("#0000000000000000000000065", 'A'),
            ("#x10FFFF", '\u{10ffff}'),
            ("#9", '\t'),
        ] {
            assert_eq!(reference(body, 0).unwrap(), character);
        }
    }

    #[test]
    fn x08_undefined_entity() {
        assert_eq!(code("nbsp"), Code::Entity);
        assert_eq!(code("SyncML"), Code::Entity);
        assert_eq!(code("AMP"), Code::Entity);
    }

    #[test]
    fn x09_x10_x11_x12_references_to_no_character() {
        for body in [
            "#0",
            "#x0",
            "#1",
            "#x1F",
            "#xFFFE",
            "#xFFFF",
            "#xD800",
            "#xD83D",
            "#xDE00",
            "#x110000",
            "#4294967296",
            "#4294967361",
            "#99999999999999999999",
            "#x100000041",
        ] {
            assert_eq!(code(body), Code::Char, "{body}");
        }
    }

    #[test]
    fn malformed_references() {
        for body in [
            "", "#", "#x", "#X41", "#-1", "#+1", "#1a", "#xg", " amp", "amp ", "1", "a b",
        ] {
            assert_eq!(code(body), Code::Syntax, "{body}");
        }
    }

    #[test]
    fn x31_names() {
        for good in ["a", "_", "a-1.b", "é", "a:b", "日本", "a\u{b7}", "x:é"] {
            let (name, rest) = qualified_name(good).unwrap();
            assert_eq!((name.raw, rest), (good, ""));
        }
        for bad in [
            "", "0A", "-A", ":a", "a:", "a:b:c", ".a", "\u{b7}", "a: ", "a:=", "\u{d7}", ":a:b",
        ] {
            assert_eq!(qualified_name(bad), None, "{bad}");
            assert!(!is_unprefixed(bad));
        }
        for plain in [
            ":",
            "::",
            "a:-b",
            "a::b",
            "::.b",
            "A.-:\u{300}\u{b7}",
            "a:.b:c",
        ] {
            let (name, rest) = qualified_name(plain).unwrap();
            assert_eq!((name, rest), (Name::plain(plain), ""));
            assert!(is_unprefixed(plain) && !is_ncname(plain));
        }
        assert!(is_unprefixed("a") && !is_unprefixed("a:b") && !is_unprefixed("a "));
        let (name, rest) = qualified_name("p:x é='1'").unwrap();
        assert_eq!((name.prefix, name.local, rest), ("p", "x", " é='1'"));
        assert_eq!(qualified_name("A@").unwrap().1, "@");
        assert!(is_ncname("a\u{300}") && !is_ncname("a:b") && !is_ncname("") && !is_ncname("a b"));
    }

    #[test]
    fn x14_forbidden_characters_are_found_wherever_they_stand() {
        let forbidden = (0..0x20u8)
            .filter(|octet| !is_blank(*octet))
            .map(char::from)
            .chain(['\u{fffe}', '\u{ffff}']);
        for character in forbidden {
            for before in 0..20 {
                for filler in ["a", "\n", "é", "\u{fffd}", "\u{ef}"] {
                    let mut text = filler.repeat(before);
                    assert_eq!(first_forbidden(&text), None);
                    let at = text.len();
                    text.push(character);
                    assert_eq!(first_forbidden(&text), Some(at));
                    text.push_str("tail of some length");
                    assert_eq!(first_forbidden(&text), Some(at));
                    assert!(!is_char(character));
                }
            }
        }
        assert_eq!(first_forbidden("\u{7f}\u{80}\t\r\n\u{10ffff}"), None);
    }
}
