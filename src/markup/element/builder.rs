//! Putting a document together.

use std::borrow::Cow;
use std::ops::Range;

use super::{Attribute, Content, Document, Namespace, Node, NsId};
use crate::error::{Error, Result};
use crate::markup::pages::DMDDF;
use crate::steps;

/// Octets of what is short: room for twice the nodes is little.
const SHORT: usize = 1 << 15;

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
            namespaces: vec![Namespace::new(Cow::Borrowed(""))],
            texts: Vec::new(),
            octets: Vec::new(),
        };
        Self {
            document,
            open: Vec::new(),
        }
    }

    /// The same for what is read of so many octets, of which a node takes `per_node` at the least in what is ordinary. In what is short it may
    /// take half of that.
    pub(crate) fn for_input(octets: usize, per_node: usize) -> Self {
        Self::with_room(octets.max(octets.min(SHORT) * 2) / per_node)
    }

    /// The place of a namespace name in the table; the empty name is [`NsId::NONE`].
    pub(crate) fn namespace(&mut self, name: impl Into<Cow<'a, str>>) -> NsId {
        let name = name.into();
        // The few that a message uses come first; looking no further keeps the work linear.
        let first = self.document.namespaces.iter().take(8);
        let known = first.clone().position(|other| other.name == name);
        steps::add(first.filter(|other| other.name.len() == name.len()).count() * name.len() + 8);
        let index = known.unwrap_or_else(|| {
            self.document.namespaces.push(Namespace::new(name));
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

    /// Closes the element that is open. `inner` is what stood between its tags, see [`Element::inner`]; `offset` is where it
    /// ends in the input, its end tag included.
    #[inline]
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

    /// Refuses one node more than there may be.
    #[inline]
    pub(crate) fn check_room(&self, most: usize, offset: usize) -> Result<()> {
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

    #[inline]
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
