//! Taking elements in, in the order of a document, however they are written then.

use crate::error::Result;
use crate::steps;

use super::element::{Child, Element};

/// What elements are written to. What an element holds follows it, up to its end. An error says what is wrong, and whoever writes knows where.
pub(crate) trait Sink<'a> {
    /// Begins an element.
    fn open(&mut self, ns: &'a str, name: &'a str) -> Result<()>;

    /// Adds an attribute to the element that has just begun.
    fn attribute(&mut self, ns: &'a str, name: &str, value: &str) -> Result<()>;

    /// Text; text behind text is one with it.
    fn text(&mut self, text: &str) -> Result<()>;

    /// Octets that need not be text.
    fn octets(&mut self, octets: &[u8]) -> Result<()>;

    /// XML that is written as it stands. Only what [`check_fragment`](super::xml::check_fragment) has passed belongs here.
    fn markup(&mut self, markup: &str) -> Result<()>;

    /// Ends the element that began last and is still open.
    fn close(&mut self);
}

/// Writes an element with all that is in it.
pub(super) fn whole<'d>(element: Element<'d>, sink: &mut impl Sink<'d>) -> Result<()> {
    start(element, sink)?;
    inside(element, sink)?;
    sink.close();
    Ok(())
}

/// Writes all that is in an element.
pub(super) fn inside<'d>(element: Element<'d>, sink: &mut impl Sink<'d>) -> Result<()> {
    let mut open = vec![(element, element.children())];
    while let Some((element, children)) = open.last_mut() {
        let element = *element;
        let written = match children.next() {
            Some(Child::Element(child)) => {
                open.push((child, child.children()));
                start(child, sink)?;
                continue;
            }
            Some(Child::Text(text)) => sink.text(text),
            Some(Child::Octets(octets)) => sink.octets(octets),
            Some(Child::Markup(markup)) => sink.markup(markup),
            None => {
                open.pop();
                if !open.is_empty() {
                    sink.close();
                }
                continue;
            }
        };
        written.map_err(|error| element.place(error))?;
    }
    Ok(())
}

fn start<'d>(element: Element<'d>, sink: &mut impl Sink<'d>) -> Result<()> {
    let mut attributes = element.attributes();
    sink.open(element.ns(), element.name())
        .and_then(|()| attributes.try_for_each(|(ns, name, value)| sink.attribute(ns, name, value)))
        .map_err(|error| element.place(error))
}

/// Whether two namespaces are the same. In a document one name is mostly at one place, and that costs less than to compare
/// what may be a very long name for each of very many elements.
#[inline]
pub(super) fn same(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other) || {
        steps::add(if one.len() == other.len() {
            one.len()
        } else {
            1
        });
        one == other
    }
}
