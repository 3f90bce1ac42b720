//! One neutral tree of elements, read from and written to XML and WBXML alike.
//!
//! A [`Document`] is a flat list of nodes in document order, each of which knows its parent and where its subtree ends.
//! So nothing that walks, compares or drops a document recurses.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::error::{Code, Error, Result, excerpt};
use crate::limits::Limits;
use crate::markup::pages::DMDDF;
use crate::steps;

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

#[derive(Clone, Debug)]
enum Content<'a> {
    Element {
        ns: NsId,
        name: &'a str,
        attributes: (u32, u32),
        /// What stands between the tags, as it stood, where that means the same anywhere below an element of this namespace.
        inner: Option<&'a str>,
    },
    Text(Cow<'a, str>),
    Octets(Cow<'a, [u8]>),
    Markup(Cow<'a, str>),
}

#[derive(Clone, Debug)]
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
    namespaces: Vec<Cow<'a, str>>,
}

/// Puts a [`Document`] together, node by node, in document order.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    document: Document<'a>,
    open: Vec<u32>,
}

impl<'a> Builder<'a> {
    /// A document without any node.
    pub(crate) fn new() -> Self {
        Self::with_room(0)
    }

    /// The same, with room for so many nodes.
    pub(crate) fn with_room(nodes: usize) -> Self {
        let document = Document {
            nodes: Vec::with_capacity(nodes),
            attributes: Vec::new(),
            namespaces: vec![Cow::Borrowed("")],
        };
        Self {
            document,
            open: Vec::new(),
        }
    }

    /// The place of a namespace name in the table; the empty name is [`NsId::NONE`].
    pub(crate) fn namespace(&mut self, name: impl Into<Cow<'a, str>>) -> NsId {
        let name = name.into();
        // The few that a message uses come first; looking no further keeps the work linear.
        let first = self.document.namespaces.iter().take(8);
        let known = first.clone().position(|other| *other == name);
        steps::add(first.filter(|other| other.len() == name.len()).count() * name.len() + 8);
        let index = known.unwrap_or_else(|| {
            self.document.namespaces.push(name);
            self.document.namespaces.len() - 1
        });
        NsId(index as u32)
    }

    /// Octets of the name of a namespace.
    pub(crate) fn namespace_len(&self, ns: NsId) -> usize {
        self.document.namespace_name(ns).len()
    }

    /// Whether an element begins a serialised tree or a device description.
    pub(crate) fn is_in_tree(&self, ns: NsId, name: &str) -> bool {
        name == "MgmtTree" && matches!(self.document.namespace_name(ns), DMDDF | "")
    }

    /// Opens an element below the one that is open; `offset` is where it starts in the input, in octets.
    pub(crate) fn open(&mut self, ns: NsId, name: &'a str, offset: usize) {
        let start = self.document.attributes.len() as u32;
        let content = Content::Element {
            ns,
            name,
            attributes: (start, start),
            inner: None,
        };
        let index = self.push(content, offset..offset);
        self.open.push(index);
    }

    /// Adds an attribute, which stands at `range` in the input, to the element just opened, before any child.
    pub(crate) fn attribute(
        &mut self,
        ns: NsId,
        name: &'a str,
        value: impl Into<Cow<'a, str>>,
        range: Range<usize>,
    ) {
        steps::add(1);
        self.document.attributes.push(Attribute {
            ns,
            name,
            value: value.into(),
            range: (range.start as u32, range.end as u32),
        });
        let end = self.document.attributes.len() as u32;
        let open = self
            .open
            .last()
            .and_then(|index| self.document.nodes.get_mut(*index as usize));
        if let Some(Node {
            content: Content::Element { attributes, .. },
            ..
        }) = open
        {
            attributes.1 = end;
        }
    }

    /// Adds text, which stands at `range` in the input, to the open element; text next to text is one node.
    pub(crate) fn text(&mut self, text: impl Into<Cow<'a, str>>, range: Range<usize>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        if let Some(last) = self.document.nodes.last_mut()
            && self.open.last() == Some(&last.parent)
            && let Content::Text(before) = &mut last.content
        {
            let copied = if matches!(before, Cow::Borrowed(_)) {
                before.len()
            } else {
                0
            };
            steps::add(copied + text.len());
            before.to_mut().push_str(&text);
            last.range.1 = range.end as u32;
            return;
        }
        self.push(Content::Text(text), range);
    }

    /// Adds octets that are not text (WBXML OPAQUE) and stand at `range` in the input to the open element.
    pub(crate) fn octets(&mut self, octets: impl Into<Cow<'a, [u8]>>, range: Range<usize>) {
        self.push(Content::Octets(octets.into()), range);
    }

    /// Adds XML that is written as it stands. Only what [`super::xml::check_fragment`] has passed belongs here.
    pub(crate) fn markup(&mut self, markup: impl Into<Cow<'a, str>>) {
        self.push(Content::Markup(markup.into()), 0..0);
    }

    /// Closes the element that is open. `inner` is what stood between its tags, see [`Element::inner`]; `offset` is where it
    /// ends in the input, its end tag included.
    pub(crate) fn close(&mut self, inner: Option<&'a str>, offset: usize) {
        let end = self.document.nodes.len() as u32;
        if let Some(node) = self
            .open
            .pop()
            .and_then(|index| self.document.nodes.get_mut(index as usize))
        {
            node.end = end;
            node.range.1 = node.range.0.max(offset as u32);
            if let Content::Element { inner: kept, .. } = &mut node.content {
                *kept = inner;
            }
        }
    }

    /// Refuses one node more than a message may have.
    pub(crate) fn check_room(&self, limits: &Limits, offset: usize) -> Result<()> {
        let most = limits.most_nodes();
        if self.document.nodes.len() < most {
            return Ok(());
        }
        Err(Error::limit("items", format!("more than {most} elements and values")).at(offset))
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The name of the element that is open.
    pub(crate) fn open_name(&self) -> &str {
        let open = self.open.last();
        open.map_or("", |index| self.document.name(*index))
    }

    /// Where we are, for an error: `SyncBody/Replace[2]`, the root left out.
    pub(crate) fn path(&self) -> String {
        self.open
            .last()
            .map_or_else(String::new, |index| self.document.path(*index))
    }

    /// The document, once its root is closed.
    pub(crate) fn finish(self) -> Option<Document<'a>> {
        (self.open.is_empty() && !self.document.nodes.is_empty()).then_some(self.document)
    }

    /// The document as far as it goes, with all that is open closed at `offset`; nothing if not even the root is there.
    pub(crate) fn finish_at(mut self, offset: usize) -> Option<Document<'a>> {
        while self.depth() > 0 {
            self.close(None, offset);
        }
        self.finish()
    }

    fn push(&mut self, content: Content<'a>, range: Range<usize>) -> u32 {
        steps::add(1);
        let index = self.document.nodes.len() as u32;
        let parent = self.open.last().copied().unwrap_or(index);
        self.document.nodes.push(Node {
            content,
            parent,
            end: index + 1,
            range: (range.start as u32, range.end as u32),
        });
        index
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
            *known = Cow::Borrowed(name);
        }
    }

    fn node(&self, index: u32) -> Option<&Node<'a>> {
        self.nodes.get(index as usize)
    }

    fn namespace_name(&self, ns: NsId) -> &str {
        self.namespaces.get(ns.0 as usize).map_or("", |name| name)
    }

    fn range(&self, index: u32) -> Range<usize> {
        let (start, end) = self.node(index).map_or((0, 0), |node| node.range);
        start as usize..end as usize
    }

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
            // A path is for people too: no error says names of any length.
            let name = excerpt(name);
            steps.push(if count > 1 {
                format!("{name}[{count}]")
            } else {
                name
            });
            at = parent;
        }
        steps.reverse();
        steps.join("/")
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
        Error::input(code, problem)
            .at(self.offset())
            .within(self.path())
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
        Some(match &node.content {
            Content::Element { .. } => Child::Element(Element {
                document: self.document,
                index,
            }),
            Content::Text(text) => Child::Text(text),
            Content::Octets(octets) => Child::Octets(octets),
            Content::Markup(markup) => Child::Markup(markup),
        })
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
                    one.end == two.end && one.parent == two.parent && {
                        match (&one.content, &two.content) {
                            (Content::Element { .. }, Content::Element { .. }) => {
                                let (one, two) = (
                                    Element {
                                        document: self,
                                        index: index as u32,
                                    },
                                    Element {
                                        document: other,
                                        index: index as u32,
                                    },
                                );
                                one.name() == two.name()
                                    && one.ns() == two.ns()
                                    && one.attributes().eq(two.attributes())
                            }
                            (Content::Text(one), Content::Text(two))
                            | (Content::Markup(one), Content::Markup(two)) => one == two,
                            (Content::Octets(one), Content::Octets(two)) => one == two,
                            _ => false,
                        }
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
