//! The tree as a handle.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{Error, Fault};
use crate::status::StatusCode;
use crate::syncml::{Data, Format};
use crate::tree::{Found, Node, Tree};
use crate::uri;

use super::read::{Given, optional};
use super::settings::{self, data, format};
use super::write::{self, JsResult};

/// See `DmTree` in `types.d.ts`.
#[wasm_bindgen]
pub struct RawTree {
    pub(super) tree: Tree,
}

#[derive(Serialize)]
struct Shown<'t> {
    format: Format,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    mime: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'t Data>,
    #[serde(skip_serializing_if = "Option::is_none")]
    children: Option<&'t [&'t str]>,
}

#[wasm_bindgen]
impl RawTree {
    /// A tree, with values.
    #[wasm_bindgen(constructor)]
    pub fn new(source: JsValue, limits: JsValue) -> JsResult<Self> {
        let limits = settings::limits(optional(limits, "limits").as_ref())?;
        let mut tree = Tree::new(&limits);
        let values = optional(source, "source")
            .map(|source| source.get("values"))
            .transpose()?
            .flatten();
        for (uri, given) in values
            .map(|values| values.entries())
            .transpose()?
            .unwrap_or_default()
        {
            tree.set(&uri, value(&given)?)?;
        }
        Ok(Self { tree })
    }

    /// A tree as it was saved.
    pub fn restore(full: JsValue, limits: JsValue) -> JsResult<Self> {
        let limits = settings::limits(optional(limits, "limits").as_ref())?;
        let full = Given::new(full, "full").octets()?;
        Ok(Self {
            tree: Tree::restore(&full, &limits)?,
        })
    }

    /// A number that grows with every change.
    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> u32 {
        self.tree.revision()
    }

    /// A node.
    pub fn get(&self, uri: JsValue) -> JsResult<JsValue> {
        let uri = Given::new(uri, "uri").string()?;
        match self.tree.find(&uri)? {
            None => Ok(JsValue::UNDEFINED),
            Some(Found::Leaf(node)) => write::plain(&Shown {
                format: node.format(),
                mime: node.mime(),
                data: node.data(),
                children: None,
            }),
            Some(Found::Interior(node, children)) => {
                let mime = node.and_then(Node::mime);
                write::plain(&Shown {
                    format: Format::Node,
                    mime,
                    data: None,
                    children: Some(&children),
                })
            }
        }
    }

    /// Sets a leaf, or makes an interior node.
    pub fn set(&mut self, uri: JsValue, data: JsValue, options: JsValue) -> JsResult<()> {
        let uri = Given::new(uri, "uri").string()?;
        let options = optional(options, "options");
        let format = options
            .as_ref()
            .map(|options| options.maybe("format", |given| format(given)))
            .transpose()?;
        let mime = options
            .as_ref()
            .map(|options| options.maybe("type", Given::string))
            .transpose()?;
        let data = if data.is_null() {
            None
        } else {
            Some(self::data(&Given::new(data, "data"))?)
        };
        Ok(self
            .tree
            .set(&uri, node(format.flatten(), mime.flatten(), data)?)?)
    }

    /// Removes a node and what is below it.
    pub fn remove(&mut self, uri: JsValue) -> JsResult<bool> {
        Ok(self.tree.remove(&Given::new(uri, "uri").string()?)?)
    }

    /// The URIs of the nodes at and below one.
    pub fn entries(&self, uri: JsValue) -> JsResult<JsValue> {
        let uri = optional(uri, "uri")
            .map(|uri| uri.string())
            .transpose()?
            .unwrap_or_else(|| ".".to_owned());
        let paths = self.tree.entries(&uri)?;
        write::plain(
            &paths
                .iter()
                .map(|path| uri::display(path))
                .collect::<Vec<_>>(),
        )
    }

    /// The tree as bytes.
    pub fn save(&self) -> JsResult<JsValue> {
        Ok(write::octets(&self.tree.save()?))
    }
}

/// A value of `values`: text, a number, true or false, null, octets, or data with format and type.
fn value(given: &Given<'_>) -> JsResult<Node> {
    let raw = given.raw();
    if raw.is_null() {
        return node(Some(Format::Null), None, None);
    }
    if let Some(truth) = raw.as_bool() {
        return node(
            Some(Format::Bool),
            None,
            Some(Data::Text(truth.to_string())),
        );
    }
    if let Some(number) = raw.as_f64() {
        let is_int = number.trunc() == number
            && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
        return match is_int {
            true => node(
                Some(Format::Int),
                None,
                Some(Data::Text((number as i32).to_string())),
            ),
            false => Err(given.wrong("a whole number of 32 bits")),
        };
    }
    if given.is_string() || given.is_octets()? {
        return node(None, None, Some(data(given)?));
    }
    let format = given.maybe("format", |given| format(given))?;
    let mime = given.maybe("type", Given::string)?;
    let data = given.maybe("data", |given| data(given))?;
    if format.is_none() && data.is_none() {
        return Err(given.wrong("a value, or an object with data or format"));
    }
    node(format, mime, data)
}

fn node(format: Option<Format>, mime: Option<String>, data: Option<Data>) -> JsResult<Node> {
    let format = match (format, &data) {
        (Some(Format::Node), Some(_)) => {
            return Err(Error::arg("an interior node has no value").into());
        }
        (Some(Format::Node), None) => return Ok(Node::interior(mime)),
        (Some(format), _) => format,
        (None, Some(Data::Octets(_))) => Format::Bin,
        (None, Some(Data::Markup(_))) => Format::Xml,
        (None, Some(Data::Text(_))) => Format::Chr,
        (None, None) => Format::Null,
    };
    Node::leaf(format, mime, data).map_err(|status| {
        let problem = if status == StatusCode::INCOMPLETE {
            "a leaf without value"
        } else {
            "the value does not fit its format"
        };
        Error::arg(problem)
            .blaming(Fault::Caller)
            .expecting(format!("a value of format {}", format.name()))
            .into()
    })
}
