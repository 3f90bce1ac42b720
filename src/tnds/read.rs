//! Elements to nodes.

use std::borrow::Cow;

use super::{Tnds, TndsNode, value};
use crate::error::{Code, Error, Result, excerpt};
use crate::limits::Limits;
use crate::markup::element::{Child, Document, Element};
use crate::markup::xml;
use crate::steps;
use crate::syncml::Format;

/// What the namespaces of descriptions and serialised trees begin with; prose names them without version.
const NAMESPACE: &str = "syncml:dmddf";

/// What XML takes for white space.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The tree that a document holds.
pub(super) fn document(document: &Document<'_>, limits: &Limits) -> Result<Tnds> {
    let root = document.root();
    if root.name() != "MgmtTree" {
        let problem = format!("root element {}", excerpt(root.name()));
        return Err(root.error(Code::Schema, problem).expecting("MgmtTree"));
    }
    if !is_ours(root) {
        let problem = format!("namespace {}", excerpt(root.ns()));
        return Err(root
            .error(Code::Version, problem)
            .expecting("syncml:dmddf1.2"));
    }
    let (mut ver_dtd, mut man, mut model) = (None, None, None);
    let mut reader = Reader { limits, nodes: 0 };
    let mut nodes = reader.room(root);
    for child in elements(root)? {
        match name(child) {
            "VerDTD" => once(&mut ver_dtd, token(child)?, child)?,
            "Man" => once(&mut man, token(child)?, child)?,
            "Mod" => once(&mut model, token(child)?, child)?,
            "Node" => nodes.push(reader.node(child)?),
            "" => {}
            _ => return Err(unknown(child, root)),
        }
        if let Some(ver_dtd) = ver_dtd.as_deref().filter(|text| !text.starts_with("1.")) {
            let problem = format!("VerDTD {}", excerpt(ver_dtd));
            return Err(child.error(Code::Version, problem).expecting("1.2"));
        }
    }
    if nodes.is_empty() {
        return Err(root.error(Code::Schema, "missing Node"));
    }
    Ok(Tnds { man, model, nodes })
}

struct Reader<'l> {
    limits: &'l Limits,
    nodes: u32,
}

impl Reader<'_> {
    /// The recursion is bounded by the depth of the document.
    fn node(&mut self, element: Element<'_>) -> Result<TndsNode> {
        self.count(element)?;
        let mut node = TndsNode {
            children: self.room(element),
            ..TndsNode::default()
        };
        let (mut properties, mut value) = (None, None);
        for child in elements(element)? {
            match name(child) {
                "NodeName" => once(&mut node.name, token(child)?, child)?,
                "Path" => once(&mut node.path, token(child)?, child)?,
                "RTProperties" => once(&mut properties, child, child)?,
                "Value" => once(&mut value, child, child)?,
                "Node" => node.children.push(self.node(child)?),
                "DFProperties" | "" => {}
                _ => return Err(unknown(child, element)),
            }
        }
        if let Some(properties) = properties {
            read_properties(&mut node, properties)?;
        }
        // Some write the names of its children as the value of an interior node.
        if let Some(value) = value.filter(|_| node.format != Some(Format::Node)) {
            if !node.children.is_empty() {
                return Err(value.error(Code::Schema, "Value beside Node"));
            }
            node.data = Some(value::read(value, node.format)?);
        }
        Ok(node)
    }

    fn count(&mut self, element: Element<'_>) -> Result<()> {
        steps::add(1);
        self.nodes += 1;
        let limit = self.limits.nodes;
        if self.nodes > limit {
            return Err(Error::limit("nodes", format!("more than {limit} nodes"))
                .at(element.offset())
                .within(element.path()));
        }
        Ok(())
    }

    /// Room for the nodes inside an element, as far as they may be read.
    fn room(&self, element: Element<'_>) -> Vec<TndsNode> {
        let nodes = element.elements().filter(|child| name(*child) == "Node");
        let left = self.limits.nodes.saturating_sub(self.nodes) as usize;
        Vec::with_capacity(nodes.count().min(left))
    }
}

fn read_properties(node: &mut TndsNode, properties: Element<'_>) -> Result<()> {
    let (mut format, mut mime) = (None, None);
    for child in elements(properties)? {
        match name(child) {
            "ACL" => once(&mut node.acl, token(child)?, child)?,
            "Format" => once(&mut format, self::format(child)?, child)?,
            "Title" => once(&mut node.title, text(child)?.into_owned(), child)?,
            "TStamp" => once(&mut node.tstamp, token(child)?, child)?,
            "Type" => once(&mut mime, self::mime(child)?, child)?,
            "VerNo" => once(&mut node.ver_no, ver_no(child)?, child)?,
            // They say what is known without them.
            "Name" | "Size" | "" => {}
            _ => return Err(unknown(child, properties)),
        }
    }
    node.format = format.flatten();
    node.mime = mime.flatten();
    Ok(())
}

/// Format holds an empty element with the name, or the name.
fn format(element: Element<'_>) -> Result<Option<Format>> {
    let named = if element.elements().next().is_none() {
        trimmed(text(element)?)
    } else {
        let mut names = elements(element)?.filter(|inner| is_ours(*inner));
        let named = names.next();
        if let Some(second) = names.next() {
            return Err(second.error(Code::Schema, "a second name in Format"));
        }
        if let Some(named) = named.filter(|named| !named.children().all(is_blank)) {
            let problem = format!("{} holds something", excerpt(named.name()));
            return Err(named.error(Code::Schema, problem));
        }
        Cow::Borrowed(named.map_or("", Element::name))
    };
    if named.is_empty() {
        return Ok(None);
    }
    let known = Format::from_name(&named).ok_or_else(|| {
        let problem = format!("Format {}", excerpt(&named));
        element
            .error(Code::Schema, problem)
            .expecting("b64, bin, bool, chr, int, node, null, xml, date, time or float")
    })?;
    Ok(Some(known))
}

/// Type holds MIME or DDFName, or text.
fn mime(element: Element<'_>) -> Result<Option<String>> {
    if element.elements().next().is_none() {
        return token(element).map(some);
    }
    let mut mime = None;
    for child in elements(element)? {
        match name(child) {
            "MIME" | "DDFName" => once(&mut mime, token(child)?, child)?,
            "" => {}
            _ => return Err(unknown(child, element)),
        }
    }
    Ok(mime.and_then(some))
}

fn ver_no(element: Element<'_>) -> Result<u16> {
    let text = token(element)?;
    let is_digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let number = is_digits.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| {
        let problem = format!("VerNo is no number: {}", excerpt(&text));
        element
            .error(Code::Number, problem)
            .expecting("0 to 65535 in decimal digits")
    })
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Whether an element belongs to serialised trees. Some leave out the namespace.
fn is_ours(element: Element<'_>) -> bool {
    element.ns().is_empty() || element.ns().starts_with(NAMESPACE)
}

/// The local name of an element that belongs to serialised trees, else the empty name, which nothing has.
fn name(element: Element<'_>) -> &str {
    if is_ours(element) { element.name() } else { "" }
}

fn unknown(element: Element<'_>, parent: Element<'_>) -> Error {
    let problem = format!("{} in {}", excerpt(element.name()), excerpt(parent.name()));
    element.error(Code::Schema, problem)
}

fn is_blank(child: Child<'_>) -> bool {
    matches!(child, Child::Text(text) if text.trim_matches(BLANKS).is_empty())
}

/// The elements inside an element that holds nothing else. Blanks between them mean nothing.
fn elements(element: Element<'_>) -> Result<impl Iterator<Item = Element<'_>>> {
    let is_stray = |child| !matches!(child, Child::Element(_)) && !is_blank(child);
    if element.children().any(is_stray) {
        let problem = format!("text between the elements of {}", excerpt(element.name()));
        return Err(element.error(Code::Schema, problem));
    }
    Ok(element.elements())
}

/// Sets what may be given only once.
fn once<T>(slot: &mut Option<T>, value: T, at: Element<'_>) -> Result<()> {
    if slot.is_some() {
        let problem = format!("{} is given twice", excerpt(at.name()));
        return Err(at.error(Code::Schema, problem));
    }
    *slot = Some(value);
    Ok(())
}

/// The text of an element in which white space around it means nothing.
fn token(element: Element<'_>) -> Result<String> {
    Ok(trimmed(text(element)?).into_owned())
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(BLANKS)),
        Cow::Owned(text) => Cow::Owned(text.trim_matches(BLANKS).to_owned()),
    }
}

/// The text of an element that holds nothing but text, in however many pieces.
pub(super) fn text(element: Element<'_>) -> Result<Cow<'_, str>> {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => return Ok(Cow::Borrowed("")),
        (Some(Child::Text(text)), None) => {
            steps::add(text.len() + 1);
            return Ok(Cow::Borrowed(text));
        }
        _ => {}
    }
    let text = String::from_utf8(octets(element)?).map_err(|_| {
        let problem = format!("{} is not UTF-8", excerpt(element.name()));
        element.error(Code::Encoding, problem)
    })?;
    if !xml::is_text(&text) {
        let name = excerpt(element.name());
        let problem = format!("{name} holds a character that XML does not allow");
        return Err(element.error(Code::Char, problem));
    }
    Ok(Cow::Owned(text))
}

/// All pieces of text and octets of an element that holds no element.
pub(super) fn octets(element: Element<'_>) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    for child in element.children() {
        match child {
            Child::Text(text) => octets.extend_from_slice(text.as_bytes()),
            Child::Octets(more) => octets.extend_from_slice(more),
            Child::Element(_) | Child::Markup(_) => {
                let problem = format!("{} holds more than text", excerpt(element.name()));
                return Err(element.error(Code::Schema, problem));
            }
        }
    }
    steps::add(2 * octets.len() + 1);
    Ok(octets)
}
