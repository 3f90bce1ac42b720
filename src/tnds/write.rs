//! Nodes to elements, in the order of the DTD.

use std::borrow::Cow;

use super::value::{self, Content};
use super::{Tnds, TndsNode};
use crate::error::{Code, Error, Result};
use crate::limits::{Limits, MAX_DEPTH};
use crate::markup::element::{Builder, Document, NsId};
use crate::markup::pages::DMDDF;
use crate::markup::xml;
use crate::steps;
use crate::syncml::{Data, Encoding, Format};

/// How many elements stand in one another inside Node, at the most: RTProperties, Type, MIME.
const INSIDE_NODE: usize = 3;

/// The document of a tree.
pub(super) fn document(tnds: &Tnds, encoding: Encoding) -> Result<Document<'_>> {
    let mut builder = Builder::new();
    let ns = builder.namespace(DMDDF);
    let mut writer = Writer {
        builder,
        ns,
        encoding,
    };
    writer.open("MgmtTree");
    writer.leaf("VerDTD", "1.2");
    writer.optional("Man", tnds.man.as_deref());
    writer.optional("Mod", tnds.model.as_deref());
    let mut waiting = vec![tnds.nodes.iter()];
    while let Some(siblings) = waiting.last_mut() {
        if let Some(node) = siblings.next() {
            writer.node(node)?;
            waiting.push(node.children.iter());
            continue;
        }
        waiting.pop();
        // That of Node, and at last that of MgmtTree.
        writer.builder.close(None, 0);
    }
    let none = || Error::input(Code::Schema, "missing Node");
    if tnds.nodes.is_empty() {
        return Err(none());
    }
    writer.builder.finish().ok_or_else(none)
}

struct Writer<'a> {
    builder: Builder<'a>,
    ns: NsId,
    encoding: Encoding,
}

impl<'a> Writer<'a> {
    /// Writes a node up to the nodes inside it.
    fn node(&mut self, node: &'a TndsNode) -> Result<()> {
        steps::add(1);
        self.open("Node");
        if self.builder.depth() + INSIDE_NODE > MAX_DEPTH as usize {
            let problem = format!("elements nested more than {MAX_DEPTH} deep");
            return Err(Error::limit("depth", problem).within(self.builder.path()));
        }
        let is_interior = node.format == Some(Format::Node) || !node.children.is_empty();
        if is_interior && node.data.is_some() {
            return Err(self.error("a value of an interior node"));
        }
        if is_interior && !matches!(node.format, None | Some(Format::Node)) {
            return Err(self.error("nodes below a leaf"));
        }
        if let Some(Data::Markup(markup)) = &node.data {
            xml::check_fragment(markup, DMDDF, &Limits::UNBOUNDED)
                .map_err(|error| error.within(self.builder.path()))?;
        }
        self.optional("NodeName", node.name.as_deref());
        self.optional("Path", node.path.as_deref());
        let written = node
            .data
            .as_ref()
            .map(|data| value::write(data, node.format, self.encoding));
        let format = match &written {
            Some((_, format)) => Some(*format),
            None if is_interior => Some(Format::Node),
            None => node.format,
        };
        self.properties(node, format);
        if let Some((content, _)) = written {
            self.value(content);
        }
        Ok(())
    }

    /// Without format, value and nodes inside, what a node is depends on the rest of the document: then its Format is not written.
    fn properties(&mut self, node: &'a TndsNode, format: Option<Format>) {
        self.open("RTProperties");
        self.optional("ACL", node.acl.as_deref());
        if let Some(format) = format {
            self.open("Format");
            self.open(format.name());
            self.close();
            self.close();
        }
        self.optional("Title", node.title.as_deref());
        self.optional("TStamp", node.tstamp.as_deref());
        self.open("Type");
        let mime = node.mime.as_deref();
        match format {
            None | Some(Format::Node) => self.leaf("DDFName", mime.unwrap_or_default()),
            Some(_) => self.leaf("MIME", mime.unwrap_or("text/plain")),
        }
        self.close();
        if let Some(ver_no) = node.ver_no {
            self.leaf("VerNo", ver_no.to_string());
        }
        self.close();
    }

    fn value(&mut self, content: Content<'a>) {
        self.open("Value");
        match content {
            Content::Text(text) => self.builder.text(text, 0..0),
            Content::Octets(octets) => self.builder.octets(octets, 0..0),
            Content::Markup(markup) => self.builder.markup(markup),
        }
        self.close();
    }

    fn open(&mut self, name: &'static str) {
        self.builder.open(self.ns, name, 0);
    }

    fn close(&mut self) {
        self.builder.close(None, 0);
    }

    /// An element that holds only text.
    fn leaf(&mut self, name: &'static str, text: impl Into<Cow<'a, str>>) {
        self.open(name);
        self.builder.text(text, 0..0);
        self.close();
    }

    /// The same where there is a value.
    fn optional(&mut self, name: &'static str, text: Option<&'a str>) {
        if let Some(text) = text {
            self.leaf(name, text);
        }
    }

    fn error(&self, problem: &'static str) -> Error {
        Error::input(Code::Schema, problem).within(self.builder.path())
    }
}
