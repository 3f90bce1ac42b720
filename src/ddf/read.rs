//! Reading elements: whose they are, what they hold.

use crate::error::{Code, Error, Result, excerpt};
use crate::markup::element::{Child, Element};
use crate::steps;

/// What XML takes for white space.
pub(super) const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The namespace of Microsoft's extensions, behind `http` or, in some copies, `https`.
const MICROSOFT: &str = "://schemas.microsoft.com/MobileDevice/DM";

/// Whose an element is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Of the description framework.
    Ddf,
    Microsoft,
    /// To be skipped.
    Foreign,
}

pub(super) fn owner(element: Element<'_>) -> Owner {
    let ns = element.ns();
    if ns.is_empty() || ns.starts_with("syncml:dmddf") {
        Owner::Ddf
    } else if ns.ends_with(MICROSOFT) {
        Owner::Microsoft
    } else {
        Owner::Foreign
    }
}

/// The elements inside an element of the framework, which holds nothing else. Blanks between them mean nothing, nor do foreign elements.
pub(super) fn elements(element: Element<'_>) -> Result<impl Iterator<Item = Element<'_>>> {
    for child in element.children() {
        steps::add(1);
        if let Child::Text(text) = child {
            steps::add(text.len());
            if !text.trim_matches(BLANKS).is_empty() {
                let problem = format!("text between the elements of {}", excerpt(element.name()));
                return Err(element.error(Code::Schema, problem));
            }
        }
    }
    let elements = element.elements();
    Ok(elements.filter(|child| owner(*child) != Owner::Foreign))
}

/// The text of an element that holds nothing but text, as it stands.
pub(super) fn text(element: Element<'_>) -> Result<String> {
    if let Some(child) = element.elements().find(|child| owner(*child) == Owner::Ddf) {
        return Err(unexpected(child).expecting("text"));
    }
    Ok(loose_text(element))
}

/// The text directly inside an element, whatever else is there.
pub(super) fn loose_text(element: Element<'_>) -> String {
    let mut joined = String::new();
    for child in element.children() {
        steps::add(1);
        if let Child::Text(text) = child {
            steps::add(text.len());
            joined.push_str(text);
        }
    }
    joined
}

/// The same without white space around it.
pub(super) fn trimmed(element: Element<'_>) -> Result<String> {
    text(element).map(trim)
}

pub(super) fn trim(text: String) -> String {
    let inside = text.trim_matches(BLANKS);
    if inside.len() == text.len() {
        text
    } else {
        inside.to_owned()
    }
}

/// The only element inside, of those the framework knows.
pub(super) fn choice(element: Element<'_>) -> Result<Element<'_>> {
    let mut found = None;
    for child in elements(element)? {
        once(&mut found, child, child)?;
    }
    found.ok_or_else(|| {
        let problem = format!("{} without its one element", excerpt(element.name()));
        element.error(Code::Schema, problem)
    })
}

/// Makes sure that nothing is inside.
pub(super) fn empty(element: Element<'_>) -> Result<()> {
    if elements(element)?.next().is_none() {
        return Ok(());
    }
    let problem = format!("{} holds something", excerpt(element.name()));
    let error = element.error(Code::Schema, problem);
    Err(error.expecting("an empty element"))
}

/// Keeps what may be there once only.
pub(super) fn once<T>(field: &mut Option<T>, value: T, element: Element<'_>) -> Result<()> {
    if field.replace(value).is_some() {
        let problem = format!("{} that is one too many", excerpt(element.name()));
        return Err(element.error(Code::Schema, problem));
    }
    Ok(())
}

pub(super) fn required<T>(field: Option<T>, name: &'static str, element: Element<'_>) -> Result<T> {
    field.ok_or_else(|| {
        let problem = format!("missing {name}");
        element.error(Code::Schema, problem)
    })
}

pub(super) fn unexpected(element: Element<'_>) -> Error {
    let problem = format!("unexpected {}", excerpt(element.name()));
    element.error(Code::Schema, problem)
}
