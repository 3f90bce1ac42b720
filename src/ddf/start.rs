//! The nodes that a device has from the start.

use serde::Serialize;

use super::description::Description;
use super::rule::Rule;
use super::value::is_of;
use crate::steps;
use crate::syncml::{Data, Format};
use crate::uri::display;

/// The media type of a leaf whose description names none.
const PLAIN: &str = "text/plain";

/// A node that a device has from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartNode {
    /// The URI.
    pub uri: String,
    /// The format; `node` for an interior node.
    pub format: Format,
    /// The media type of a leaf; of an interior node the identifier of a management object, or nothing.
    #[serde(rename = "type")]
    pub mime: String,
    /// The value; none for an interior node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Data>,
}

impl Description {
    /// The nodes that a device has from the start, parents before their children, without the root: those with a fixed name of which there
    /// is at least one, below parents that are there as well. What a Path names is taken to be there.
    ///
    /// A leaf without a default value, or with one that is none of its format, has the neutral value of its format, whatever the allowed
    /// values are: empty, `0`, `false`, `1970-01-01`, `00:00:00`.
    pub fn instantiate(&self) -> Vec<StartNode> {
        let mut paths: Vec<Option<String>> = vec![Some(String::new())];
        let mut nodes = Vec::new();
        for entry in self.entries.iter().skip(1) {
            let is_there = entry
                .rule
                .as_ref()
                .is_none_or(|rule| rule.occurrence.min() > 0);
            let parent = paths.get(entry.parent).and_then(Option::as_deref);
            let path = match (parent, &entry.name) {
                (Some(""), Some(name)) if is_there => Some(name.clone()),
                (Some(parent), Some(name)) if is_there => Some(format!("{parent}/{name}")),
                _ => None,
            };
            steps::add(path.as_ref().map_or(1, String::len));
            if let Some(path) = &path {
                nodes.push(start(display(path), entry.rule.as_ref()));
            }
            paths.push(path);
        }
        nodes
    }
}

fn start(uri: String, rule: Option<&Rule>) -> StartNode {
    match rule {
        Some(rule) if !rule.is_interior() => {
            let format = rule.formats.first().copied().unwrap_or_default();
            StartNode {
                uri,
                format,
                mime: rule.mimes().first().map_or(PLAIN, |mime| mime).to_owned(),
                value: Some(value(rule, format)),
            }
        }
        rule => StartNode {
            uri,
            format: Format::Node,
            mime: rule
                .and_then(|rule| rule.ddf_name.clone())
                .unwrap_or_default(),
            value: None,
        },
    }
}

fn value(rule: &Rule, format: Format) -> Data {
    let text = |text: &str| Data::Text(text.to_owned());
    let default = rule.default_value.as_deref();
    // Some descriptions say 0 and 1 for false and true.
    let default = match (format, default.map(str::trim)) {
        (Format::Bool, Some("0")) => Some("false"),
        (Format::Bool, Some("1")) => Some("true"),
        (Format::Chr | Format::Xml, _) => default,
        (_, trimmed) => trimmed,
    };
    let default = default.map(text).filter(|value| is_of(value, format));
    match (format, default) {
        (Format::Bin, Some(Data::Text(text))) => Data::Octets(text.into_bytes()),
        (_, Some(value)) => value,
        (Format::Bin | Format::B64, None) => Data::Octets(Vec::new()),
        (Format::Bool, None) => text("false"),
        (Format::Int | Format::Float, None) => text("0"),
        (Format::Date, None) => text("1970-01-01"),
        (Format::Time, None) => text("00:00:00"),
        (Format::Chr | Format::Xml | Format::Null | Format::Node, None) => text(""),
    }
}
