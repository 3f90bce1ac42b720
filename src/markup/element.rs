//! One neutral tree of elements, read from and written to XML and WBXML alike.
//!
//! A [`Document`] is a flat list of nodes in document order, each of which knows its parent and where its subtree ends.
//! So nothing that walks, compares or drops a document recurses.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::error::{Code, Error, excerpt};
use crate::markup::pages::Space;
use crate::steps;

mod builder;
mod parts;

pub(crate) use builder::{Builder, USUAL_DEPTH};
pub(crate) use parts::{DEPTH_OF_PARTS, Part, Parts, Until};

/// A namespace of a document, by its place in the document's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NsId(u32);

impl NsId {
    /// No namespace.
    pub(crate) const NONE: Self = Self(0);
}

/// An attribute: its expanded name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// The namespace, [`NsId::NONE`] for an attribute without prefix.
    pub(crate) ns: NsId,
    /// The local name.
    pub(crate) name: &'a str,
    /// The value, references resolved.
    pub(crate) value: Cow<'a, str>,
    range: (u32, u32),
}

impl Attribute<'_> {
    /// Where it stands in the input, in octets.
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.0 as usize..self.range.1 as usize
    }
}

#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    Element {
        ns: NsId,
        name: &'a str,
        attributes: (u32, u32),
        /// What stands between the tags, as it stood, where that means the same anywhere below an element of this namespace.
        inner: Option<&'a str>,
    },
    Text(&'a str),
    /// Text of the document's own, by its place there.
    OwnText(u32),
    Octets(&'a [u8]),
    OwnOctets(u32),
    Markup(&'a str),
}

/// There are many of them, so they hold nothing that has to be dropped.
#[derive(Clone, Copy, Debug)]
struct Node<'a> {
    content: Content<'a>,
    parent: u32,
    /// The index of the first node behind the subtree.
    end: u32,
    /// Where it stands in the input, tags included, in octets.
    range: (u32, u32),
}

/// A tree of elements with exactly one root.
#[derive(Clone, Debug)]
pub(crate) struct Document<'a> {
    nodes: Vec<Node<'a>>,
    attributes: Vec<Attribute<'a>>,
    namespaces: Vec<Namespace<'a>>,
    /// Text that does not stand in the input as it is.
    texts: Vec<String>,
    /// The same of octets.
    octets: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct Namespace<'a> {
    name: Cow<'a, str>,
    space: Option<Space>,
}

impl<'a> Namespace<'a> {
    fn new(name: Cow<'a, str>) -> Self {
        let space = Space::of(&name);
        Self { name, space }
    }
}

impl<'a> Document<'a> {
    /// How many nodes there are.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The root.
    pub(crate) fn root(&self) -> Element<'_> {
        Element {
            document: self,
            index: 0,
        }
    }

    /// Gives the namespace of the root another name, and so to all that is in it.
    pub(crate) fn rename_root_namespace(&mut self, name: &'static str) {
        let ns = match self.node(0).map(|node| &node.content) {
            Some(Content::Element { ns, .. }) => *ns,
            _ => return,
        };
        if let Some(known) = self.namespaces.get_mut(ns.0 as usize) {
            *known = Namespace::new(Cow::Borrowed(name));
        }
    }

    fn node(&self, index: u32) -> Option<&Node<'a>> {
        self.nodes.get(index as usize)
    }

    fn namespace_name(&self, ns: NsId) -> &str {
        let namespace = self.namespaces.get(ns.0 as usize);
        namespace.map_or("", |namespace| &namespace.name)
    }

    fn range(&self, index: u32) -> Range<usize> {
        let (start, end) = self.node(index).map_or((0, 0), |node| node.range);
        start as usize..end as usize
    }

    #[inline]
    fn child<'d>(&'d self, index: u32, node: &Node<'d>) -> Child<'d> {
        match node.content {
            Content::Element { .. } => Child::Element(Element {
                document: self,
                index,
            }),
            Content::Text(text) => Child::Text(text),
            Content::OwnText(own) => {
                let text = self.texts.get(own as usize);
                Child::Text(text.map_or("", |text| text))
            }
            Content::Octets(octets) => Child::Octets(octets),
            Content::OwnOctets(own) => {
                let octets = self.octets.get(own as usize);
                Child::Octets(octets.map_or(&[], |octets| octets))
            }
            Content::Markup(markup) => Child::Markup(markup),
        }
    }

    #[inline]
    fn name(&self, index: u32) -> &str {
        match self.node(index).map(|node| &node.content) {
            Some(Content::Element { name, .. }) => name,
            _ => "",
        }
    }

    fn path(&self, index: u32) -> String {
        let mut steps = Vec::new();
        let mut at = index;
        while let Some(parent) = self.node(at).map(|node| node.parent)
            && parent != at
        {
            let name = self.name(at);
            let mut count = 1;
            let mut sibling = parent + 1;
            while sibling < at {
                steps::add(
                    1 + if self.name(sibling).len() == name.len() {
                        name.len()
                    } else {
                        0
                    },
                );
                count += usize::from(self.name(sibling) == name);
                sibling = self.node(sibling).map_or(at, |node| node.end);
            }
            steps.push(step(name, count));
            at = parent;
        }
        steps.reverse();
        steps.join("/")
    }
}

/// A step of a path: `Replace[2]` for the second of that name.
pub(crate) fn step(name: &str, count: usize) -> String {
    // A path is for people too: no error says names of any length.
    let name = excerpt(name);
    match count {
        1 => name,
        _ => format!("{name}[{count}]"),
    }
}

/// An element of a [`Document`], to be read.
#[derive(Clone, Copy)]
pub(crate) struct Element<'d> {
    document: &'d Document<'d>,
    index: u32,
}

/// What stands inside an element.
#[derive(Clone, Copy)]
pub(crate) enum Child<'d> {
    /// An element.
    Element(Element<'d>),
    /// Text, joined from all its pieces.
    Text(&'d str),
    /// Octets that are not text.
    Octets(&'d [u8]),
    /// XML to be written as it stands; never in a document that was read.
    Markup(&'d str),
}

impl<'d> Element<'d> {
    /// The local name.
    pub(crate) fn name(self) -> &'d str {
        self.document.name(self.index)
    }

    /// The name of the namespace, empty for none.
    pub(crate) fn ns(self) -> &'d str {
        match self.document.node(self.index).map(|node| &node.content) {
            Some(Content::Element { ns, .. }) => self.document.namespace_name(*ns),
            _ => "",
        }
    }

    /// Whose names the namespace holds, where that is known; those without namespace count as SyncML's.
    #[inline]
    pub(crate) fn space(self) -> Option<Space> {
        match self.document.node(self.index).map(|node| &node.content) {
            Some(Content::Element { ns, .. }) => {
                let namespace = self.document.namespaces.get(ns.0 as usize);
                namespace.and_then(|namespace| namespace.space)
            }
            _ => None,
        }
    }

    /// The element around this one; the root is in itself.
    pub(crate) fn parent(self) -> Self {
        let parent = self.document.node(self.index).map(|node| node.parent);
        Self {
            index: parent.unwrap_or_default(),
            ..self
        }
    }

    /// Octets from the start of the input.
    pub(crate) fn offset(self) -> usize {
        self.range().start
    }

    /// Where the element stands in the input, tags included, in octets.
    pub(crate) fn range(self) -> Range<usize> {
        self.document.range(self.index)
    }

    /// The attributes: namespace name, local name, value.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        self.attribute_list().iter().map(|attribute| {
            (
                self.document.namespace_name(attribute.ns),
                attribute.name,
                &*attribute.value,
            )
        })
    }

    /// The attributes as they are kept.
    pub(crate) fn attribute_list(self) -> &'d [Attribute<'d>] {
        let (start, end) = match self.document.node(self.index).map(|node| &node.content) {
            Some(Content::Element { attributes, .. }) => *attributes,
            _ => (0, 0),
        };
        let all = &self.document.attributes;
        all.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Everything inside, in order.
    pub(crate) fn children(self) -> Children<'d> {
        let end = self.document.node(self.index).map_or(0, |node| node.end);
        Children {
            document: self.document,
            next: self.index + 1,
            end,
        }
    }

    /// The elements inside, in order.
    pub(crate) fn elements(self) -> impl Iterator<Item = Element<'d>> {
        self.children().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) | Child::Octets(_) | Child::Markup(_) => None,
        })
    }

    /// What stood between the tags in the input, byte for byte, if it means the same wherever it is written below an
    /// element of this namespace; nothing for a document that did not come from XML.
    pub(crate) fn inner(self) -> Option<&'d str> {
        match self.document.node(self.index).map(|node| &node.content) {
            Some(Content::Element { inner, .. }) => *inner,
            _ => None,
        }
    }

    /// Where the element stands: `SyncBody/Replace[2]/Item`, the root left out.
    pub(crate) fn path(self) -> String {
        self.document.path(self.index)
    }

    /// An error at this element.
    pub(crate) fn error(self, code: Code, problem: impl Into<Cow<'static, str>>) -> Error {
        self.place(Error::input(code, problem))
    }

    /// The error, with the place of this element.
    pub(crate) fn place(self, error: Error) -> Error {
        error.at(self.offset()).within(self.path())
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}> at {}", self.name(), self.offset())
    }
}

/// Iterates over the children of an element.
#[derive(Clone)]
pub(crate) struct Children<'d> {
    document: &'d Document<'d>,
    next: u32,
    end: u32,
}

impl Children<'_> {
    /// Where the next child stands in the input, in octets.
    pub(crate) fn next_range(&self) -> Range<usize> {
        self.document.range(self.next)
    }
}

impl<'d> Iterator for Children<'d> {
    type Item = Child<'d>;

    fn next(&mut self) -> Option<Child<'d>> {
        if self.next >= self.end {
            return None;
        }
        let index = self.next;
        let node = self.document.node(index)?;
        self.next = node.end;
        Some(self.document.child(index, node))
    }
}

/// Equal names, attributes and content; offsets and spellings do not count.
impl PartialEq for Document<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.nodes.len() == other.nodes.len()
            && self
                .nodes
                .iter()
                .zip(&other.nodes)
                .enumerate()
                .all(|(index, (one, two))| {
                    let index = index as u32;
                    let children = (self.child(index, one), other.child(index, two));
                    one.end == two.end
                        && one.parent == two.parent
                        && match children {
                            (Child::Element(one), Child::Element(two)) => {
                                one.name() == two.name()
                                    && one.ns() == two.ns()
                                    && one.attributes().eq(two.attributes())
                            }
                            (Child::Text(one), Child::Text(two))
                            | (Child::Markup(one), Child::Markup(two)) => one == two,
                            (Child::Octets(one), Child::Octets(two)) => one == two,
                            _ => false,
                        }
                })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Document<'static> {
        let mut builder = Builder::new();
        let ns = builder.namespace("SYNCML:SYNCML1.2");
        builder.open(ns, "SyncML", 0);
        builder.open(ns, "SyncBody", 8);
        for offset in [18, 40] {
            builder.open(ns, "Replace", offset);
            builder.attribute(NsId::NONE, "a", "1", 0..0);
            builder.text("x", offset + 9..offset + 10);
            builder.text("y", offset + 10..offset + 11);
            builder.close(None, offset + 21);
        }
        assert_eq!(builder.depth(), 2);
        builder.close(None, 72);
        builder.close(None, 81);
        builder.finish().unwrap()
    }

    #[test]
    fn text_is_joined_and_paths_count_siblings() {
        let document = sample();
        let body = document.root().elements().next().unwrap();
        let replaces: Vec<_> = body.elements().collect();
        assert_eq!(replaces[0].path(), "SyncBody/Replace");
        assert_eq!(replaces[1].path(), "SyncBody/Replace[2]");
        assert!(matches!(
            replaces[1].children().collect::<Vec<_>>()[..],
            [Child::Text("xy")]
        ));
        assert_eq!(
            replaces[1].attributes().collect::<Vec<_>>(),
            [("", "a", "1")]
        );
        assert_eq!(document, sample());
        assert_eq!(document.root().range(), 0..81);
        assert_eq!(replaces[1].range(), 40..61);
        assert_eq!(replaces[1].children().next_range(), 49..51);
    }

    #[test]
    fn text_of_different_elements_is_not_joined() {
        let mut builder = Builder::new();
        builder.open(NsId::NONE, "a", 0);
        builder.open(NsId::NONE, "b", 0);
        builder.text("1", 0..0);
        builder.close(None, 0);
        builder.text("2", 0..0);
        builder.close(None, 0);
        let document = builder.finish().unwrap();
        let shown: Vec<_> = document.root().children().collect();
        assert!(matches!(shown[..], [Child::Element(_), Child::Text("2")]));
    }
}
