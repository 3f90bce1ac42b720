//! Putting a document together.

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use super::{Attribute, Content, Document, Element, Namespace, Node, NsId};
use super::{Part, Parts};
use crate::error::{Error, Result};
use crate::markup::pages::DMDDF;
use crate::steps;

/// How deep ordinary messages are.
pub(crate) const USUAL_DEPTH: usize = 12;

/// Nodes that there is room for at once. Only what has many in one part needs more.
const FEW: usize = 256;

/// How much more room there is made, at the most, where that is not enough.
const MORE: usize = 7;

/// Namespaces that are looked through for each that is declared.
const FAMILIAR: u32 = 8;

/// Puts a [`Document`] together, node by node, in document order.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    document: Document<'a>,
    open: Vec<u32>,
    /// Nodes that have been cut off, and where the last of them began.
    cut: usize,
    seam: usize,
    /// Octets of the input, and how many of them a node takes.
    octets: usize,
    per_node: usize,
}

impl<'a> Builder<'a> {
    /// A document without any node.
    pub(crate) fn new() -> Self {
        Self::with_room(0)
    }

    /// The same, with room for so many nodes.
    fn with_room(nodes: usize) -> Self {
        let mut namespaces = Vec::with_capacity(4);
        namespaces.push(Namespace::new(Cow::Borrowed("")));
        let document = Document {
            nodes: Vec::with_capacity(nodes),
            attributes: Vec::new(),
            namespaces,
            texts: Vec::new(),
            octets: Vec::new(),
        };
        Self {
            document,
            open: Vec::with_capacity(USUAL_DEPTH),
            cut: 0,
            seam: 0,
            octets: 0,
            per_node: 1,
        }
    }

    /// The same for what is read of so many octets, of which a node takes `per_node` at the least in what is ordinary.
    pub(crate) fn for_input(octets: usize, per_node: usize) -> Self {
        Self {
            octets,
            per_node,
            ..Self::with_room(FEW.min(2 * octets / per_node))
        }
    }

    /// The place of a namespace name in the table; the empty name is [`NsId::NONE`].
    pub(crate) fn namespace(&mut self, name: impl Into<Cow<'a, str>>) -> NsId {
        let name = name.into();
        self.familiar(&name)
            .unwrap_or_else(|| self.add_namespace(name))
    }

    /// The place of a name among the few that come first, which are those that a message uses: looking no further keeps the work linear.
    pub(crate) fn familiar(&self, name: &str) -> Option<NsId> {
        let first = self.document.namespaces.iter().take(FAMILIAR as usize);
        let known = first.clone().position(|other| other.name == name);
        steps::add(first.filter(|other| other.name.len() == name.len()).count() * name.len() + 8);
        known.map(|index| NsId(index as u32))
    }

    /// Puts a name behind those in the table.
    pub(crate) fn add_namespace(&mut self, name: Cow<'a, str>) -> NsId {
        self.document.namespaces.push(Namespace::new(name));
        NsId(self.document.namespaces.len() as u32 - 1)
    }

    /// Whether a name at this place is one of the few.
    pub(crate) fn is_familiar(ns: NsId) -> bool {
        ns.0 < FAMILIAR
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
    #[inline]
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
    #[inline]
    pub(crate) fn text(&mut self, text: impl Into<Cow<'a, str>>, range: Range<usize>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        if let Some(last) = self.document.nodes.last_mut()
            && self.open.last() == Some(&last.parent)
            && let Content::Text(_) | Content::OwnText(_) = last.content
        {
            if mem::take(&mut self.seam) == self.document.nodes.len() {
                // It would have been one of its own.
                self.cut += 1;
            }
            return self.append(&text, range.end);
        }
        let content = match text {
            Cow::Borrowed(text) => Content::Text(text),
            Cow::Owned(text) => {
                self.document.texts.push(text);
                Content::OwnText(self.document.texts.len() as u32 - 1)
            }
        };
        self.push(content, range);
    }

    /// Adds to the text that is the last node, which ends at `end` then.
    #[cold]
    fn append(&mut self, more: &str, end: usize) {
        let Some(last) = self.document.nodes.last_mut() else {
            return;
        };
        steps::add(more.len());
        if let Content::Text(text) = last.content {
            steps::add(text.len());
            last.content = Content::OwnText(self.document.texts.len() as u32);
            self.document.texts.push(text.to_owned());
        }
        last.range.1 = end as u32;
        if let Content::OwnText(own) = last.content
            && let Some(text) = self.document.texts.get_mut(own as usize)
        {
            text.push_str(more);
        }
    }

    /// Adds octets that are not text (WBXML OPAQUE) and stand at `range` in the input to the open element.
    pub(crate) fn octets(&mut self, octets: impl Into<Cow<'a, [u8]>>, range: Range<usize>) {
        let content = match octets.into() {
            Cow::Borrowed(octets) => Content::Octets(octets),
            Cow::Owned(octets) => {
                self.document.octets.push(octets);
                Content::OwnOctets(self.document.octets.len() as u32 - 1)
            }
        };
        self.push(content, range);
    }

    /// Adds XML that is written as it stands. Only what [`super::xml::check_fragment`] has passed belongs here.
    pub(crate) fn markup(&mut self, markup: &'a str) {
        self.push(Content::Markup(markup), 0..0);
    }

    /// Closes the element that is open, and gives its place. `inner` is what stood between its tags, see [`Element::inner`]; `offset` is where
    /// it ends in the input, its end tag included.
    #[inline]
    pub(crate) fn close(&mut self, inner: Option<&'a str>, offset: usize) -> Option<u32> {
        let end = self.document.nodes.len() as u32;
        let index = self.open.pop();
        let node = index.and_then(|index| self.document.nodes.get_mut(index as usize));
        if let Some(node) = node {
            node.end = end;
            node.range.1 = node.range.0.max(offset as u32);
            if let Content::Element { inner: kept, .. } = &mut node.content {
                *kept = inner;
            }
        }
        index
    }

    /// Shows an element that has just been closed; says whether there is more to be read.
    pub(crate) fn show(&mut self, index: Option<u32>, parts: &mut dyn Parts) -> bool {
        let Some(index) = index else {
            return true;
        };
        let element = Element {
            document: &self.document,
            index,
        };
        match parts.part(element, self.depth()) {
            Part::Keep => true,
            Part::Stop => false,
            Part::Cut => {
                self.cut_off(index as usize);
                true
            }
        }
    }

    /// Takes the last nodes away from the document, with all that is theirs.
    fn cut_off(&mut self, from: usize) {
        let document = &mut self.document;
        self.cut += document.nodes.len() - from;
        self.seam = from;
        let is_bare = document.attributes.is_empty()
            && document.texts.is_empty()
            && document.octets.is_empty();
        if is_bare {
            return document.nodes.truncate(from);
        }
        for node in document.nodes.drain(from..) {
            match node.content {
                Content::Element { attributes, .. } => {
                    document.attributes.truncate(attributes.0 as usize);
                }
                Content::OwnText(own) => document.texts.truncate(own as usize),
                Content::OwnOctets(own) => document.octets.truncate(own as usize),
                Content::Text(_) | Content::Octets(_) | Content::Markup(_) => {}
            }
        }
    }

    /// Refuses one node more than there may be.
    #[inline]
    pub(crate) fn check_room(&self, most: usize, offset: usize) -> Result<()> {
        if self.cut + self.document.nodes.len() < most {
            return Ok(());
        }
        Err(Error::limit("items", format!("more than {most} elements and values")).at(offset))
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
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

    #[inline]
    fn push(&mut self, content: Content<'a>, range: Range<usize>) -> u32 {
        steps::add(1);
        let index = self.document.nodes.len() as u32;
        let parent = self.open.last().copied().unwrap_or(index);
        if self.document.nodes.len() == self.document.nodes.capacity() {
            self.make_room(range.start);
        }
        self.document.nodes.push(Node {
            content,
            parent,
            end: index + 1,
            range: (range.start as u32, range.end as u32),
        });
        index
    }

    /// Makes room for what may come behind `offset`, in steps so large that little is moved.
    #[cold]
    fn make_room(&mut self, offset: usize) {
        let nodes = self.document.nodes.len().max(16);
        let left = self.octets.saturating_sub(offset) / self.per_node;
        let more = left.clamp(nodes, MORE * nodes);
        self.document.nodes.reserve_exact(more);
    }
}
