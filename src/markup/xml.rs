//! XML: quick-xml cuts the tokens, everything that makes a parser conforming is checked here.
//!
//! The input is one slice, every token is a slice of it, and elements, text and attributes borrow from it unless a
//! reference or a line end has to be replaced. Open elements are kept on a stack of our own.

mod attributes;
mod chars;
mod cursor;
mod emit;
mod namespaces;
mod outline;
mod prolog;
mod reader;
mod tokens;

pub(crate) use emit::{Writer, emit, emit_inner};
pub(crate) use outline::outline;

use self::prolog::Source;
use self::reader::Reader;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::markup::element::{Child, Document, Parts, Until};

/// Reads UTF-8 XML; the document borrows from the input wherever it can.
pub(crate) fn parse<'a>(input: &'a [u8], limits: &Limits) -> Result<Document<'a>> {
    read(input, None, limits)
}

/// The same where parts of it are looked at while it is read.
pub(crate) fn parse_parts<'a>(
    input: &'a [u8],
    parts: &mut dyn Parts,
    limits: &Limits,
) -> Result<Document<'a>> {
    read(input, Some(parts), limits)
}

/// Reads up to the end of the first child of the root that is called `until`. What follows is not looked at, and what is
/// open then counts as closed. Reads all if there is no such child.
pub(crate) fn parse_until<'a>(
    input: &'a [u8],
    until: &str,
    limits: &Limits,
) -> Result<Document<'a>> {
    read(input, Some(&mut Until(until)), limits)
}

/// Reads as much as can be read, and says what was wrong then. What is open where reading stops ends there.
pub(crate) fn parse_partial<'a>(
    input: &'a [u8],
    limits: &Limits,
) -> (Option<Document<'a>>, Option<Error>) {
    let source = limits
        .check_bytes(input.len())
        .and_then(|()| Source::new(input));
    match source {
        Ok(source) => Reader::new(source, None, limits).read_partial(),
        Err(error) => (None, Some(error)),
    }
}

/// Whether XML can hold the text at all.
pub(crate) fn is_text(text: &str) -> bool {
    chars::first_forbidden(text).is_none()
}

/// Whether the name is one without prefix.
pub(crate) fn is_local_name(name: &str) -> bool {
    chars::is_ncname(name)
}

/// Whether there is more in markup than text, CDATA sections, comments and instructions.
pub(crate) fn holds_element(markup: &str) -> bool {
    let around = wrapped(markup);
    let document = parse(around.as_bytes(), &Limits::UNBOUNDED);
    document.is_ok_and(|document| document.root().elements().next().is_some())
}

fn wrapped(markup: &str) -> String {
    ["<x>", markup, "</x>"].concat()
}

/// The text of markup that has passed [`check_fragment`] and holds no element.
///
/// # Errors
///
/// Those of reading.
pub(crate) fn text_of(markup: &str) -> Result<String> {
    let around = wrapped(markup);
    let document = parse(around.as_bytes(), &Limits::UNBOUNDED)?;
    let text = document.root().children().next();
    Ok(match text {
        Some(Child::Text(text)) => text.to_owned(),
        _ => String::new(),
    })
}

/// Checks that `markup` can stand, as it is, inside an element of the namespace `ns` that is written without prefix.
pub(crate) fn check_fragment(markup: &str, ns: &str, limits: &Limits) -> Result<()> {
    limits.check_bytes(markup.len())?;
    Reader::new(Source::of_text(markup), None, limits).check_fragment(ns)
}

fn read<'a, 'l>(
    input: &'a [u8],
    parts: Option<&'l mut dyn Parts>,
    limits: &'l Limits,
) -> Result<Document<'a>> {
    limits.check_bytes(input.len())?;
    Reader::new(Source::new(input)?, parts, limits).read()
}

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
