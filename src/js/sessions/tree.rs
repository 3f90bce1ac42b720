//! The tree as a handle.

use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::{Error, Fault};
use crate::session::accounts as accounts_of;
use crate::status::StatusCode;
use crate::syncml::{Data, Format};
use crate::tree::{Acl, By, Found, Node, Owner, Tree};
use crate::uri;

use super::session;
use crate::js::arguments::{self, data, format};
use crate::js::nodes;
use crate::js::plain;
use crate::js::read::{Given, optional};
use crate::js::write::JsResult;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    acl: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'t str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    host: bool,
}

#[derive(Serialize)]
struct ShownChange<'t> {
    uri: String,
    by: By,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<&'t str>,
}

#[wasm_bindgen]
impl RawTree {
    /// A tree, with values, serialised nodes, or as descriptions say.
    #[wasm_bindgen(constructor)]
    pub fn new(source: JsValue, limits: JsValue) -> JsResult<Self> {
        let limits = arguments::limits(optional(limits, "limits")?.as_ref())?;
        let Some(source) = optional(source, "source")? else {
            return Ok(Self {
                tree: Tree::new(&limits),
            });
        };
        source.only(&["values", "tnds", "ddf"])?;
        let ddfs = source
            .maybe("ddf", |ddfs| ddfs.each(Given::octets))?
            .unwrap_or_default();
        let ddfs: Vec<&[u8]> = ddfs.iter().map(Vec::as_slice).collect();
        let mut tree =
            Tree::described(&ddfs, &limits).map_err(|error| error.blaming(Fault::Caller))?;
        if let Some(tnds) = source.maybe("tnds", nodes::tnds)? {
            tree.set_tnds(".", tnds)
                .map_err(|error| error.blaming(Fault::Caller))?;
        }
        let values = source.get("values")?;
        let values = values.map(|values| values.entries()).transpose()?;
        for (uri, given) in values.unwrap_or_default() {
            let (data, options) = value(&given)?;
            set(&mut tree, &uri, data, options)?;
        }
        Ok(Self { tree })
    }

    /// A tree as it was saved, and what had changed since.
    pub fn restore(full: JsValue, deltas: JsValue, limits: JsValue) -> JsResult<Self> {
        let limits = arguments::limits(optional(limits, "limits")?.as_ref())?;
        let full = Given::new(full, "full")?.octets()?;
        let deltas = optional(deltas, "deltas")?.map(|deltas| deltas.each(Given::octets));
        let deltas = deltas.transpose()?.unwrap_or_default();
        let deltas: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
        Ok(Self {
            tree: Tree::restore(&full, &deltas, &limits)?,
        })
    }

    /// A number that grows with every change.
    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> u32 {
        self.tree.revision()
    }

    /// A node.
    pub fn get(&self, uri: JsValue) -> JsResult<JsValue> {
        let uri = Given::new(uri, "uri")?.string()?;
        let (node, children) = match self.tree.find(&uri)? {
            None => return Ok(JsValue::UNDEFINED),
            Some(Found::Leaf(node)) => (node, None),
            Some(Found::Interior(node, children)) => (node, Some(children)),
        };
        plain::plain(&Shown {
            format: node.format(),
            mime: node.mime(),
            data: node.data(),
            children: children.as_deref(),
            acl: Some(node.acl().to_string()).filter(|acl| !acl.is_empty()),
            title: node.title(),
            host: node.owner() == Owner::Host,
        })
    }

    /// Sets a leaf, or makes an interior node. What the options do not say stays as it is.
    pub fn set(&mut self, uri: JsValue, data: JsValue, options: JsValue) -> JsResult<()> {
        let uri = Given::new(uri, "uri")?.string()?;
        let data = if data.is_null() {
            None
        } else {
            Some(self::data(&Given::new(data, "data")?)?)
        };
        let options = optional(options, "options")?;
        let options = options.as_ref().map(Options::read).transpose()?;
        set(&mut self.tree, &uri, data, options.unwrap_or_default())
    }

    /// Removes a node and what is below it.
    pub fn remove(&mut self, uri: JsValue) -> JsResult<bool> {
        Ok(self.tree.remove(&Given::new(uri, "uri")?.string()?)?)
    }

    /// The URIs of the nodes at and below one.
    pub fn entries(&self, uri: JsValue) -> JsResult<JsValue> {
        let uri = optional(uri, "uri")?
            .map(|uri| uri.string())
            .transpose()?
            .unwrap_or_else(|| ".".to_owned());
        let paths = self.tree.entries(&uri)?;
        plain::plain(
            &paths
                .iter()
                .map(|path| uri::display(path))
                .collect::<Vec<_>>(),
        )
    }

    /// What has changed behind a revision; undefined where not all of it is known any more.
    pub fn changes(&self, since: JsValue) -> JsResult<JsValue> {
        let since = Given::new(since, "since")?.number()?;
        let Some(changes) = self.tree.changes(since) else {
            return Ok(JsValue::UNDEFINED);
        };
        let shown: Vec<ShownChange<'_>> = changes
            .into_iter()
            .map(|change| ShownChange {
                uri: uri::display(&change.path),
                by: change.by,
                server: change.server.as_deref(),
            })
            .collect();
        plain::plain(&shown)
    }

    /// The roots of the objects with an identifier.
    pub fn instances(&self, moid: JsValue) -> JsResult<JsValue> {
        plain::plain(&self.tree.instances(&Given::new(moid, "moid")?.string()?))
    }

    /// The accounts that stand in the tree.
    pub fn accounts(&self) -> JsResult<JsValue> {
        let accounts = accounts_of(&self.tree);
        plain::show(|out| out.array(accounts.iter(), session::account))
    }

    /// Takes a server, whose account is gone, out of all access control lists.
    #[wasm_bindgen(js_name = forgetServer)]
    pub fn forget_server(&mut self, server: JsValue) -> JsResult<()> {
        self.tree
            .forget_server(&Given::new(server, "serverId")?.string()?);
        Ok(())
    }

    /// The tree as bytes, or what has changed behind a revision; undefined where not all of that is known any more.
    pub fn save(&self, since: JsValue) -> JsResult<JsValue> {
        let bytes = match optional(since, "since")? {
            None => Some(self.tree.save()?),
            Some(since) => self.tree.save_since(since.number()?)?,
        };
        bytes.map_or(Ok(JsValue::UNDEFINED), |bytes| plain::octets(&bytes))
    }
}

/// What is said of a node beside its value.
#[derive(Default)]
struct Options {
    format: Option<Format>,
    mime: Option<String>,
    acl: Option<Acl>,
    title: Option<String>,
    host: Option<bool>,
}

/// The names of [`Options`], and of the value beside them.
const MEMBERS: [&str; 6] = ["format", "type", "acl", "title", "host", "data"];

impl Options {
    fn read(given: &Given) -> JsResult<Self> {
        let [members @ .., _] = MEMBERS;
        given.only(&members)?;
        Self::read_members(given)
    }

    fn read_members(given: &Given) -> JsResult<Self> {
        let acl = |given: &Given| {
            Acl::parse(&given.string()?)
                .ok_or_else(|| given.wrong("an access control list such as Get=*&Replace=a+b"))
        };
        Ok(Self {
            format: given.maybe("format", format)?,
            mime: given.maybe("type", Given::string)?,
            acl: given.maybe("acl", acl)?,
            title: given.maybe("title", Given::string)?,
            host: given.maybe("host", Given::boolean)?,
        })
    }

    /// The node in the place of another; what is not said of it stays as it was.
    fn node(self, before: Option<&Node>, data: Option<Data>) -> JsResult<Node> {
        let said = self.format.or_else(|| {
            let format = before?.format();
            let is_kept = match format {
                Format::Node => data.is_none(),
                Format::Null => false,
                _ => data.is_some(),
            };
            is_kept.then_some(format)
        });
        let same_kind =
            before.filter(|before| before.is_interior() == (said == Some(Format::Node)));
        let mime = self.mime.or_else(|| same_kind?.mime().map(str::to_owned));
        let mut node = node(said, mime, data)?;
        if let Some(before) = before {
            node = node.keeping(before);
        }
        if let Some(acl) = self.acl {
            node = node.with_acl(acl);
        }
        if let Some(title) = self.title {
            node = node
                .with_title(&title)
                .map_err(|_| Error::arg("bad title").expecting("at most 255 octets of text"))?;
        }
        if let Some(host) = self.host {
            node = node.owned_by(if host { Owner::Host } else { Owner::Tree });
        }
        Ok(node)
    }
}

/// Sets a node from the host's side.
fn set(tree: &mut Tree, uri: &str, data: Option<Data>, options: Options) -> JsResult<()> {
    let before = tree.find(uri)?.map(|found| match found {
        Found::Leaf(node) | Found::Interior(node, _) => node,
    });
    let node = options.node(before, data);
    let node = node.map_err(|failure| failure.within(uri))?;
    Ok(tree.set(uri, node)?)
}

/// A value of `values`: text, a number, true or false, null, octets, or data with what is said of the node.
fn value(given: &Given) -> JsResult<(Option<Data>, Options)> {
    let of = |format, data| {
        let options = Options {
            format: Some(format),
            ..Options::default()
        };
        Ok((data, options))
    };
    if given.is_null() {
        return of(Format::Null, None);
    }
    if let Some(truth) = given.as_bool() {
        return of(Format::Bool, Some(Data::Text(truth.to_string())));
    }
    if let Some(number) = given.as_number() {
        let is_int = number.trunc() == number
            && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
        return match is_int {
            true => of(Format::Int, Some(Data::Text((number as i32).to_string()))),
            false => Err(given.wrong("a whole number of 32 bits")),
        };
    }
    if given.is_string() || given.is_octets() {
        return Ok((Some(data(given)?), Options::default()));
    }
    given.only(&MEMBERS)?;
    let options = Options::read_members(given)?;
    let given_data = given.get("data")?;
    let says_nothing = given_data.is_none()
        && options.format.is_none()
        && options.acl.is_none()
        && options.title.is_none()
        && options.host.is_none();
    if says_nothing {
        return Err(given.wrong("a value, or an object with data or format"));
    }
    let data = given_data.filter(|given| !given.is_null());
    Ok((data.map(|given| self::data(&given)).transpose()?, options))
}

pub(super) fn node(
    format: Option<Format>,
    mime: Option<String>,
    data: Option<Data>,
) -> JsResult<Node> {
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
        let expected = format!("a value of format {}", format.name());
        let (problem, expected) = match status {
            StatusCode::INCOMPLETE => (
                "a leaf without value",
                format!("{expected}, such as \"\" of one that is only run"),
            ),
            _ => ("the value does not fit its format", expected),
        };
        let error = Error::arg(problem).blaming(Fault::Caller);
        error.expecting(expected).into()
    })
}
