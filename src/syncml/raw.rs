//! Elements that the model has no name for, kept whole.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::markup::element::{Child, Element};
use crate::markup::xml::is_text;
use crate::order;
use crate::steps;

use super::read::{METINF, is_syncml};
use super::write::Writer;

/// Attributes by name; a name in a namespace is written `{namespace}name`.
pub type Attributes = BTreeMap<String, String>;

/// An element that the model has no name for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawElement {
    /// The name of the namespace, empty for none.
    pub ns: String,
    /// The local name.
    pub name: String,
    /// Attributes, namespace declarations left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Attributes,
    /// What is inside, in order.
    pub children: Vec<RawChild>,
}

/// What is inside an element that the model has no name for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawChild {
    /// An element.
    Element(RawElement),
    /// Text.
    Text(String),
    /// Octets that are not text.
    Octets(Vec<u8>),
}

impl Serialize for RawChild {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Element(element) => element.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Octets(octets) => serializer.serialize_bytes(octets),
        }
    }
}

/// The attributes of an element.
pub(super) fn attributes(element: Element<'_>) -> Attributes {
    let mut attributes = Attributes::new();
    for (ns, name, value) in element.attributes() {
        let key = if ns.is_empty() {
            name.to_owned()
        } else {
            format!("{{{ns}}}{name}")
        };
        steps::add(key.len() + value.len());
        attributes.insert(key, value.to_owned());
    }
    attributes
}

/// Writes attributes onto the element just opened.
pub(super) fn emit_attributes<'a>(attributes: &'a Attributes, out: &mut Writer<'a>) {
    for (key, value) in attributes {
        let (ns, name) = key
            .strip_prefix('{')
            // The name of a namespace may hold any character, a local name may not.
            .and_then(|rest| rest.rsplit_once('}'))
            .unwrap_or(("", key));
        out.attribute(ns, name, value);
    }
}

/// The place of an element among those that the DTD puts ahead of fields of ours, or behind all of them.
fn rank(element: &RawElement, ahead: &[&str]) -> usize {
    ahead
        .iter()
        .position(|name| is_syncml(&element.ns) && element.name == *name)
        .unwrap_or(ahead.len())
}

/// Puts what was kept into the order in which it is written: first what the DTD puts ahead of fields of ours.
pub(super) fn sort(extra: &mut Vec<RawElement>, ahead: &[&str]) {
    order::sort_by_key(extra, |element| rank(element, ahead));
}

/// Writes those elements that the DTD puts ahead of fields of ours, in its order.
pub(super) fn emit_ahead<'a>(extra: &'a [RawElement], ahead: &[&str], out: &mut Writer<'a>) {
    for place in 0..ahead.len() {
        extra
            .iter()
            .filter(|element| rank(element, ahead) == place)
            .for_each(|element| element.emit(out));
    }
}

/// Writes the others.
pub(super) fn emit_rest<'a>(extra: &'a [RawElement], ahead: &[&str], out: &mut Writer<'a>) {
    extra
        .iter()
        .filter(|element| rank(element, ahead) == ahead.len())
        .for_each(|element| element.emit(out));
}

impl RawElement {
    /// An element that holds only text.
    pub(super) fn leaf(ns: &str, name: &str, text: String) -> Self {
        let is_empty = text.is_empty();
        Self {
            ns: ns.to_owned(),
            name: name.to_owned(),
            attributes: Attributes::new(),
            children: (!is_empty)
                .then_some(RawChild::Text(text))
                .into_iter()
                .collect(),
        }
    }

    /// The element as one of Meta: peers that leave its namespace out mean that one. The recursion is bounded by the depth of the document.
    pub(super) fn in_metinf(mut self) -> Self {
        if is_syncml(&self.ns) {
            METINF.clone_into(&mut self.ns);
            let inside = self.children.into_iter().map(|child| match child {
                RawChild::Element(element) => RawChild::Element(element.in_metinf()),
                other => other,
            });
            self.children = inside.collect();
        }
        self
    }

    /// Keeps an element. The recursion is bounded by the depth of the document.
    pub(super) fn parse(element: Element<'_>) -> Self {
        steps::add(element.ns().len() + element.name().len() + 1);
        // Where there are many of them, most hold little.
        let mut children = Vec::with_capacity(element.children().count());
        for child in element.children() {
            let text = match child {
                Child::Element(inner) => {
                    children.push(RawChild::Element(Self::parse(inner)));
                    continue;
                }
                Child::Text(text) | Child::Markup(text) => text,
                // One more way to write text.
                Child::Octets(octets) => match str::from_utf8(octets) {
                    Ok(text) if is_text(text) => text,
                    _ => {
                        children.push(RawChild::Octets(octets.to_vec()));
                        continue;
                    }
                },
            };
            steps::add(text.len());
            match children.last_mut() {
                Some(RawChild::Text(before)) => before.push_str(text),
                _ if text.is_empty() => {}
                _ => children.push(RawChild::Text(text.to_owned())),
            }
        }
        Self {
            ns: element.ns().to_owned(),
            name: element.name().to_owned(),
            attributes: attributes(element),
            children,
        }
    }

    pub(super) fn emit<'a>(&'a self, out: &mut Writer<'a>) {
        out.open_raw(&self.ns, &self.name);
        emit_attributes(&self.attributes, out);
        for child in &self.children {
            match child {
                RawChild::Element(element) => element.emit(out),
                RawChild::Text(text) => out.text(text),
                RawChild::Octets(octets) => out.octets(octets),
            }
        }
        out.close();
    }
}
