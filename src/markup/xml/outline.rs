//! The outline of XML, what stands outside the root included.

use std::ops::Range;

use quick_xml::events::Event;

use super::{chars, parse_partial};
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
    let mut tokens = quick_xml::Reader::from_str(part);
    let mut end = 0;
    loop {
        let start = end;
        let event = tokens.read_event();
        end = part.len() - tokens.get_ref().len();
        let raw = part.get(start..end).unwrap_or_default();
        let (name, inside) = match event {
            Ok(Event::Comment(_)) => ("#comment".to_owned(), raw.get(4..raw.len() - 3)),
            Ok(Event::PI(_) | Event::Decl(_)) => {
                let inside = raw.get(2..raw.len() - 2).unwrap_or_default();
                let (name, rest) = inside.split_at(chars::name_like(inside));
                (format!("?{name}"), Some(rest.trim_ascii()))
            }
            Ok(Event::DocType(_)) => {
                let inside = raw.get(9..raw.len() - 1);
                ("!DOCTYPE".to_owned(), inside.map(str::trim_ascii))
            }
            Ok(Event::Text(_)) => continue,
            _ => return,
        };
        let range = range.start + start..range.start + end;
        let piece = Outline::new(name, range, inside.map(str::to_owned));
        whole.children.push(piece);
    }
}
