//! What could be read of an input, as names and ranges of octets.

use std::ops::Range;

use serde::Serialize;

use super::element::{Child, Children, Document, Element};
use super::xml::is_text;

/// Octets that are shown of what is not text.
const SHOWN: usize = 64;

/// A piece of an input, and the pieces inside it in the order in which they stand there.
///
/// Elements go by their local names. Their attributes come first, called `@name`. Where text stands beside anything else
/// but attributes it is a piece called `#text`; octets that are not text are pieces called `#octets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Outline {
    /// What the piece is called.
    pub name: String,
    /// Where it starts, in octets from the start of the input.
    pub start: usize,
    /// Where it ends, likewise.
    pub end: usize,
    /// The text where it holds nothing else; of octets at most the first 64, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What is inside.
    pub children: Vec<Outline>,
}

impl Outline {
    /// A piece without anything inside.
    pub(crate) fn new(name: impl Into<String>, range: Range<usize>, text: Option<String>) -> Self {
        Self {
            name: name.into(),
            start: range.start,
            end: range.end,
            text,
            children: Vec::new(),
        }
    }

    /// The outline of a document that was read; it is as deep as the document.
    pub(crate) fn of(document: &Document<'_>) -> Self {
        let (mut piece, mut children) = Self::open(document.root());
        let mut around: Vec<(Self, Children<'_>)> = Vec::new();
        loop {
            let range = children.next_range();
            let inside = match children.next() {
                Some(Child::Element(element)) => {
                    let opened = Self::open(element);
                    around.push((
                        std::mem::replace(&mut piece, opened.0),
                        std::mem::replace(&mut children, opened.1),
                    ));
                    continue;
                }
                Some(Child::Text(text) | Child::Markup(text)) => {
                    Self::new("#text", range, Some(text.to_owned()))
                }
                Some(Child::Octets(octets)) => Self::new("#octets", range, Some(hex(octets))),
                None => match around.pop() {
                    Some((outer, rest)) => {
                        children = rest;
                        std::mem::replace(&mut piece, outer)
                    }
                    None => return piece,
                },
            };
            piece.children.push(inside);
        }
    }

    /// The piece that an element is, and what is still to be put into it.
    fn open(element: Element<'_>) -> (Self, Children<'_>) {
        let mut piece = Self::new(element.name(), element.range(), None);
        for attribute in element.attribute_list() {
            let name = format!("@{}", attribute.name);
            let value = attribute.value.clone().into_owned();
            piece
                .children
                .push(Self::new(name, attribute.range(), Some(value)));
        }
        let mut children = element.children();
        let mut ahead = children.clone();
        match (ahead.next(), ahead.next()) {
            (Some(Child::Text(text)), None) => {
                piece.text = Some(text.to_owned());
                children = ahead;
            }
            // One more way to write text.
            (Some(Child::Octets(octets)), None) => {
                let text = str::from_utf8(octets).ok();
                piece.text = text.filter(|text| is_text(text)).map(str::to_owned);
            }
            _ => {}
        }
        (piece, children)
    }
}

/// Octets in hexadecimal, at most the first [`SHOWN`].
pub(crate) fn hex(octets: &[u8]) -> String {
    let mut shown = String::with_capacity(2 * octets.len().min(SHOWN));
    let digits = octets
        .iter()
        .take(SHOWN)
        .flat_map(|octet| [octet >> 4, octet & 15]);
    shown.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::element::{Builder, NsId};

    #[test]
    fn octets_are_shown_in_part() {
        let mut builder = Builder::new();
        builder.open(NsId::NONE, "Data", 4);
        builder.octets(vec![0xab; 65], 6..71);
        builder.text("x", 71..72);
        builder.close(None, 73);
        let outline = Outline::of(&builder.finish().unwrap());
        let octets = Outline::new("#octets", 6..71, Some("ab".repeat(64)));
        let text = Outline::new("#text", 71..72, Some("x".into()));
        let expected = Outline {
            children: vec![octets, text],
            ..Outline::new("Data", 4..73, None)
        };
        assert_eq!(outline, expected);
    }
}
