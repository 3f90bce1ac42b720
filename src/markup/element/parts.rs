//! Looking at a document while it is read.

use super::Element;

/// What is to become of an element that has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It stays in the document.
    Keep,
    /// It leaves the document: all that there is to know of it is known.
    Cut,
    /// Nothing behind it is read.
    Stop,
}

/// Is shown the children of the root, and theirs, each as soon as it has come to its end.
pub(crate) trait Parts {
    /// An element, which is whole; `depth` is that of the element around it, 1 for the root. Of those around it the children that were cut are missing.
    fn part(&mut self, element: Element<'_>, depth: usize) -> Part;
}

/// How deep the elements stand whose children are shown.
pub(crate) const DEPTH_OF_PARTS: usize = 2;

/// Reads up to the end of the first child of the root that is called so; the empty name is any.
pub(crate) struct Until<'n>(pub(crate) &'n str);

impl Parts for Until<'_> {
    fn part(&mut self, element: Element<'_>, depth: usize) -> Part {
        if depth == 1 && (self.0.is_empty() || element.name() == self.0) {
            Part::Stop
        } else {
            Part::Keep
        }
    }
}
