//! WBXML 1.1 to 1.3 (WAP-192), with the code pages of device management: the same tree of elements as XML.

mod emit;
mod form;
mod head;
mod octets;
mod outline;
mod reader;
mod token;

pub use form::{PublicId, WbxmlForm};

pub(crate) use emit::{Writer, emit};
pub(crate) use head::Notes;
pub(crate) use outline::outline;

use self::reader::Reader;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::markup::element::{Document, Parts, Until};

/// What could be read of a document.
pub(crate) struct Partial<'a> {
    /// What was noted of the head.
    pub(crate) notes: Notes,
    /// Octets of text, references to the string table counted each time.
    pub(crate) text_octets: usize,
    /// The form, once the head is read.
    pub(crate) form: Option<WbxmlForm>,
    /// The root says itself which namespace it is in.
    pub(crate) names_itself: bool,
    /// What was read of the body; what was open counts as closed.
    pub(crate) document: Option<Document<'a>>,
    /// Why, if not at the end.
    pub(crate) error: Option<Error>,
}

/// A document that was read whole.
pub(crate) struct Whole<'a> {
    /// Its elements.
    pub(crate) document: Document<'a>,
    /// How it is written.
    pub(crate) form: WbxmlForm,
    /// The root says itself which namespace it is in; otherwise the public identifier does.
    pub(crate) names_itself: bool,
}

/// Reads a document; what it holds borrows from the input.
pub(crate) fn parse<'a>(input: &'a [u8], limits: &Limits) -> Result<Whole<'a>> {
    whole(read(input, None, Notes::default(), limits))
}

/// The same where parts of it are looked at while it is read.
pub(crate) fn parse_parts<'a>(
    input: &'a [u8],
    parts: &mut dyn Parts,
    limits: &Limits,
) -> Result<Whole<'a>> {
    whole(read(input, Some(parts), Notes::default(), limits))
}

/// Reads up to the end of the first child of the root that is called `until`, as its namesake for XML does.
pub(crate) fn parse_until<'a>(input: &'a [u8], until: &str, limits: &Limits) -> Result<Whole<'a>> {
    let mut until = Until(until);
    whole(read(input, Some(&mut until), Notes::default(), limits))
}

/// Reads as far as it goes.
pub(crate) fn parse_partial<'a>(input: &'a [u8], notes: Notes, limits: &Limits) -> Partial<'a> {
    read(input, None, notes, limits)
}

fn read<'a, 'l>(
    input: &'a [u8],
    parts: Option<&'l mut dyn Parts>,
    notes: Notes,
    limits: &'l Limits,
) -> Partial<'a> {
    if let Err(error) = limits.check_bytes(input.len()) {
        return Partial {
            notes,
            text_octets: 0,
            form: None,
            names_itself: false,
            document: None,
            error: Some(error),
        };
    }
    Reader::new(input, parts, notes, limits).read()
}

fn whole(partial: Partial<'_>) -> Result<Whole<'_>> {
    match (partial.error, partial.document, partial.form) {
        (Some(error), ..) => Err(error),
        (None, Some(document), Some(form)) => Ok(Whole {
            document,
            form,
            names_itself: partial.names_itself,
        }),
        (None, ..) => Err(octets::Octets::new(&[]).truncated()),
    }
}

#[cfg(test)]
mod tests;
