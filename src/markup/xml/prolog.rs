//! What comes before the root: encoding, XML declaration and DOCTYPE (XML 1.0, 2.8, 4.2.2, 4.3.3 and appendix F).

use super::chars::{first_forbidden, is_blank};
use super::cursor::Cursor;
use crate::error::{Code, Error, Result, excerpt};
use crate::steps;

/// The one document type whose internal subset is looked into: device description files come with one.
const DESCRIPTION: &str = "MgmtTree";

/// The readable part of an input.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The text up to the first octet that is none, without byte order mark.
    pub(super) text: &'a str,
    /// Octets before the text.
    pub(super) base: usize,
    /// Why the text ends, where that is not the end of the input.
    pub(super) stop: Option<Error>,
}

impl<'a> Source<'a> {
    /// Finds the text of an input.
    pub(super) fn new(input: &'a [u8]) -> Result<Self> {
        let (base, octets) = match input.strip_prefix(b"\xef\xbb\xbf") {
            Some(octets) => (3, octets),
            None => (0, input),
        };
        let wide = match octets {
            [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => true,
            [0, 0, 0, other, ..] | [other, 0, 0, 0, ..] => *other != 0,
            [0, one, 0, two, ..] | [one, 0, two, 0, ..] => *one != 0 && *two != 0,
            _ => false,
        };
        if wide {
            return Err(encoding("UTF-16 or UTF-32").at(base));
        }
        steps::add(octets.len());
        let (text, stop) = match str::from_utf8(octets) {
            Ok(text) => (text, None),
            Err(error) => {
                let valid = octets.get(..error.valid_up_to()).unwrap_or_default();
                let text = str::from_utf8(valid).unwrap_or_default();
                // A character cut off at the very end is a message cut off, not a wrong encoding.
                let stop = match error.error_len() {
                    Some(_) => encoding("octets that are no character"),
                    None => Error::input(Code::Truncated, "the input ends within a character"),
                };
                (text, Some(stop))
            }
        };
        let mut source = Self::of_text(text);
        source.stop = source.stop.or(stop);
        source.base = base;
        Ok(source)
    }

    /// Takes text that is known to be UTF-8 already.
    pub(super) fn of_text(text: &'a str) -> Self {
        let (text, stop) = match first_forbidden(text).and_then(|at| text.split_at_checked(at)) {
            Some((before, behind)) => (before, behind.chars().next().map(forbidden)),
            None => (text, None),
        };
        Self {
            text,
            base: 0,
            stop,
        }
    }
}

/// The error that a character is which XML does not allow.
pub(super) fn forbidden(character: char) -> Error {
    let problem = format!("U+{:04X} is not allowed in XML", u32::from(character));
    Error::input(Code::Char, problem)
}

fn encoding(problem: &'static str) -> Error {
    Error::input(Code::Encoding, problem).expecting("UTF-8")
}

/// Checks an XML declaration from `<?xml` to `?>`. Says whether it promises ASCII.
pub(super) fn declaration(raw: &str, offset: usize) -> Result<bool> {
    let mut cursor = Cursor::over(raw.strip_suffix("?>").unwrap_or(raw), offset);
    cursor.expect("<?xml")?;
    cursor.expect_blanks()?;
    let (version, at) = pseudo_attribute(&mut cursor, "version")?;
    let minor = version.strip_prefix("1.").unwrap_or_default();
    if minor.is_empty() || !minor.bytes().all(|octet| octet.is_ascii_digit()) {
        let problem = format!("XML version `{}`", excerpt(version));
        let error = Error::input(Code::Syntax, problem);
        return Err(error.expecting("`1.0`").at(at));
    }
    let mut blanks = cursor.blanks();
    let mut ascii = false;
    if blanks && cursor.rest().starts_with("encoding") {
        let (name, at) = pseudo_attribute(&mut cursor, "encoding")?;
        ascii = check_encoding(name).map_err(|error| error.at(at))?;
        blanks = cursor.blanks();
    }
    if blanks && cursor.rest().starts_with("standalone") {
        let (value, at) = pseudo_attribute(&mut cursor, "standalone")?;
        if !matches!(value, "yes" | "no") {
            let error = Error::input(Code::Syntax, "bad value of standalone");
            return Err(error.expecting("`yes` or `no`").at(at));
        }
        cursor.blanks();
    }
    if cursor.rest().is_empty() {
        Ok(ascii)
    } else {
        Err(cursor.unexpected().expecting("`?>`"))
    }
}

fn pseudo_attribute<'a>(cursor: &mut Cursor<'a>, name: &'static str) -> Result<(&'a str, usize)> {
    cursor.expect(name)?;
    cursor.blanks();
    cursor.expect("=")?;
    cursor.blanks();
    let at = cursor.offset();
    Ok((cursor.quoted()?, at))
}

fn check_encoding(name: &str) -> Result<bool> {
    let follows = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.bytes().all(follows) {
        let problem = format!("bad encoding name `{}`", excerpt(name));
        return Err(Error::input(Code::Syntax, problem));
    }
    let ascii = name.eq_ignore_ascii_case("us-ascii");
    if ascii || name.eq_ignore_ascii_case("utf-8") {
        return Ok(ascii);
    }
    let problem = format!("declared encoding `{}`", excerpt(name));
    Err(Error::input(Code::Encoding, problem).expecting("UTF-8"))
}

/// Passes a DOCTYPE, which may name an external subset (it is not read) but may not declare anything itself.
pub(super) fn doctype(cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.expect("<!DOCTYPE")?;
    cursor.expect_blanks()?;
    let name = cursor.name()?;
    let blanks = cursor.blanks();
    if blanks && !matches!(cursor.rest().as_bytes().first(), Some(b'[' | b'>')) {
        external_identifier(cursor)?;
        cursor.blanks();
    }
    let subset = cursor.offset();
    if cursor.eat("[") {
        let described = name.raw == DESCRIPTION;
        let found = internal_subset(cursor);
        if !described && found.as_ref().map_or_else(Error::code, |()| Code::Syntax) != Code::Dtd {
            return Err(declares().at(subset));
        }
        found?;
        cursor.blanks();
    }
    cursor.expect(">")
}

fn declares() -> Error {
    Error::input(Code::Dtd, "a DOCTYPE with declarations of its own")
}

fn external_identifier(cursor: &mut Cursor<'_>) -> Result<()> {
    if cursor.rest().starts_with('P') {
        cursor.expect("PUBLIC")?;
        cursor.expect_blanks()?;
        let at = cursor.offset();
        let allowed = |octet: u8| {
            octet.is_ascii_alphanumeric() || b" \r\n-'()+,./:=?;!*#@$_%".contains(&octet)
        };
        if !cursor.quoted()?.bytes().all(allowed) {
            let problem = "a public identifier with a character it may not have";
            return Err(Error::input(Code::Syntax, problem).at(at));
        }
    } else {
        cursor.expect("SYSTEM")?;
    }
    cursor.expect_blanks()?;
    cursor.quoted().map(drop)
}

/// Passes what is between the brackets, as long as it declares nothing.
fn internal_subset(cursor: &mut Cursor<'_>) -> Result<()> {
    loop {
        cursor.blanks();
        let offset = cursor.offset();
        if cursor.eat("]") {
            return Ok(());
        } else if cursor.eat("<!--") {
            let text = cursor.until("-->").ok_or_else(|| cursor.truncated())?;
            check_comment(text, offset)?;
        } else if cursor.eat("<?") {
            let text = cursor.until("?>").ok_or_else(|| cursor.truncated())?;
            check_instruction(text, offset)?;
        } else if "<!--".starts_with(cursor.rest()) {
            return Err(cursor.truncated());
        } else if cursor.rest().starts_with("<!") || cursor.rest().starts_with('%') {
            return Err(declares().at(offset));
        } else {
            return Err(cursor.unexpected());
        }
    }
}

/// Checks what is between `<!--` and `-->`; `offset` is that of the `<`.
pub(super) fn check_comment(text: &str, offset: usize) -> Result<()> {
    steps::add(text.len());
    let at = text.find("--").or_else(|| {
        let last = text.len().checked_sub(1)?;
        text.ends_with('-').then_some(last)
    });
    at.map_or(Ok(()), |at| {
        Err(Error::input(Code::Syntax, "`--` in a comment").at(offset + "<!--".len() + at))
    })
}

/// Checks what is between `<?` and `?>`; `offset` is that of the `<`.
pub(super) fn check_instruction(text: &str, offset: usize) -> Result<()> {
    let mut cursor = Cursor::over(text, offset + "<?".len());
    let name = cursor.name()?;
    let problem = if name.raw.eq_ignore_ascii_case("xml") {
        "an XML declaration that is not at the start"
    } else if name.raw.contains(':') {
        "a processing instruction with a colon in its name"
    } else if text
        .as_bytes()
        .get(name.raw.len())
        .is_none_or(|octet| is_blank(*octet))
    {
        return Ok(());
    } else {
        return Err(cursor.unexpected().expecting("a blank or `?>`"));
    };
    Err(Error::input(Code::Syntax, problem).at(offset))
}
