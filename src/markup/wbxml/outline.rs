//! The outline of WBXML: its head, its elements, and the documents inside OPAQUE.

use super::{Notes, Partial, parse_partial};
use crate::error::Error;
use crate::limits::Limits;
use crate::markup::outline::Outline;

/// How deep documents stand in documents that are looked into.
const MAX_EMBEDDED: u32 = 2;

/// Outlines what can be read of WBXML, and says what was wrong then.
///
/// The whole is called `wbxml`. It holds the parts of the head (`#version`, `#public identifier`, `#character set`, `#string table`) and
/// the root; documents inside are called `#wbxml`.
pub(crate) fn outline(input: &[u8], limits: &Limits) -> (Outline, Option<Error>) {
    let mut left = limits.text_bytes as usize;
    within(input, 0, "wbxml", limits, MAX_EMBEDDED, &mut left)
}

/// The recursion is bounded by `embedded`; `left` is how much text there may still be in all.
fn within(
    input: &[u8],
    base: usize,
    name: &str,
    limits: &Limits,
    embedded: u32,
    left: &mut usize,
) -> (Outline, Option<Error>) {
    let Partial {
        notes,
        document,
        error,
        text_octets,
        ..
    } = parse_partial(
        input,
        Notes(Some(Vec::new())),
        &Limits {
            text_bytes: u32::try_from(*left).unwrap_or(u32::MAX),
            ..limits.clone()
        },
    );
    *left = left.saturating_sub(text_octets);
    let mut whole = Outline::new(name, base..base + input.len(), None);
    for note in notes.0.into_iter().flatten() {
        let range = base + note.start..base + note.end;
        let name = format!("#{}", note.name);
        whole
            .children
            .push(Outline::new(name, range, Some(note.text)));
    }
    let Some(document) = document else {
        return (whole, error);
    };
    let mut root = Outline::of(&document);
    let mut waiting = vec![&mut root];
    while let Some(piece) = waiting.pop() {
        if piece.name == "#octets"
            && let Some(embedded) = embedded.checked_sub(1)
            && let Some(octets) = input.get(piece.start..piece.end).and_then(inside)
        {
            // What begins like a document is shown as far as it goes.
            let start = base + piece.end - octets.len();
            let (document, _) = within(octets, start, "#wbxml", limits, embedded, left);
            if document
                .children
                .iter()
                .any(|part| !part.name.starts_with('#'))
            {
                piece.children.push(document);
            }
        }
        piece.start += base;
        piece.end += base;
        let is_document = |child: &&mut Outline| child.name != "#wbxml";
        waiting.extend(piece.children.iter_mut().filter(is_document));
    }
    whole.children.push(root);
    (whole, error)
}

/// What an OPAQUE token holds, if it begins like a document.
fn inside(token: &[u8]) -> Option<&[u8]> {
    let mut octets = super::octets::Octets::new(token);
    octets.octet().ok()?;
    let inside = octets.counted("opaque data").ok()?;
    matches!(inside.first(), Some(1..=3)).then_some(inside)
}
