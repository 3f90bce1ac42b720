//! The outline of XML, what stands outside the root included.

use std::ops::Range;

use super::cursor::Cursor;
use super::tokens::{Token, token};
use super::{chars, parse_partial, prolog};
use crate::error::Error;
use crate::limits::Limits;
use crate::markup::outline::Outline;

/// Outlines what can be read of UTF-8 XML, and says what was wrong then.
///
/// The whole is called `xml`. Around the root it holds the XML declaration and instructions (`?name`), the DOCTYPE
/// (`!DOCTYPE`) and comments (`#comment`).
pub(crate) fn outline(input: &[u8], limits: &Limits) -> (Outline, Option<Error>) {
    let mut whole = Outline::new("xml", 0..input.len(), None);
    let (document, error) = parse_partial(input, limits);
    let wrong = error.as_ref().and_then(Error::offset);
    let start = if input.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let end = wrong.unwrap_or(input.len());
    match document {
        Some(document) => {
            let root = document.root().range();
            outside(input, start..root.start, &mut whole);
            whole.children.push(Outline::of(&document));
            outside(input, root.end..end, &mut whole);
        }
        None => outside(input, start..end, &mut whole),
    }
    (whole, error)
}

/// Adds what stands outside the root in a part of the input that has been read.
fn outside(input: &[u8], range: Range<usize>, whole: &mut Outline) {
    let part = input.get(range.clone()).unwrap_or_default();
    let part = str::from_utf8(part).unwrap_or_default();
    let mut start = 0;
    while let Some(rest) = part.get(start..).filter(|rest| !rest.is_empty()) {
        let Some((token, mut length)) = token(rest) else {
            return;
        };
        if token == Token::DocType {
            let mut cursor = Cursor::over_rest(rest, 0);
            if prolog::doctype(&mut cursor).is_err() {
                return;
            }
            length = cursor.offset();
        }
        let at = range.start + start..range.start + start + length;
        start += length;
        let inside = |before: usize, behind: usize| {
            rest.get(before..length.saturating_sub(behind))
                .unwrap_or_default()
        };
        let (name, inside) = match token {
            Token::Comment => ("#comment".to_owned(), inside(4, 3)),
            Token::Instruction => {
                let inside = inside(2, 2);
                let (name, rest) = inside.split_at(chars::name_like(inside));
                (format!("?{name}"), rest.trim_ascii())
            }
            Token::DocType => ("!DOCTYPE".to_owned(), inside(9, 1).trim_ascii()),
            Token::Text => continue,
            _ => return,
        };
        let piece = Outline::new(name, at, Some(inside.to_owned()));
        whole.children.push(piece);
    }
}
