//! Management objects: those that a device has, and their data.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Fault, Result};
use crate::json::{self, Json, Kind, Value};
use crate::limits::Limits;
use crate::status::StatusCode;

use super::Dialect;
use super::client_uri::ClientUri;
use super::members::{Members, each, strings};
use super::read::{self, maybe_string, need, object, status, string};

/// A management object that a device has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupportedMo {
    /// Its identifier. Only readers of the approved dialect may find none.
    pub moid: Option<String>,
    /// Where its description is.
    pub ddf: Option<String>,
    /// Its instances: in the draft dialect what follows the identifier in a ClientURI, in the approved one their MIIDs.
    pub instances: Vec<String>,
}

/// Data of a management object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoItem {
    /// What it is the data of: a ClientURI.
    pub uri: String,
    /// The change validator of the instance, where the URI is that of its root.
    pub cv: Option<String>,
    /// Where the description is.
    pub ddf: Option<String>,
    /// The data.
    pub content: Content,
}

/// Data, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// An object of children, or the value of a leaf.
    Value {
        /// The name of the node: in the approved dialect the data stands in a member of this name. There it may be that of the instance's root
        /// with all that leads to the node, see [`MoItem::value`].
        name: Option<String>,
        /// The data.
        value: Json,
    },
    /// A status instead, such as 304. In the draft dialect only.
    Status(StatusCode),
}

/// A document of management object data, as it is fetched and sent by HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoDocument {
    /// How it is spelt.
    pub dialect: Dialect,
    /// The data.
    pub items: Vec<MoItem>,
}

impl SupportedMo {
    pub(super) fn parse(value: Value<'_>, dialect: Dialect, limits: &Limits) -> Result<Self> {
        let value = object(value)?;
        let moid = match dialect {
            Dialect::Draft => Some(string(need(value, "MOID")?)?),
            Dialect::Approved => maybe_string(value, "MOID")?,
        };
        let instances = need(value, instances(dialect))?;
        Ok(Self {
            moid,
            ddf: maybe_string(value, "DDF")?,
            instances: read::strings(instances, limits.items)?,
        })
    }

    pub(super) fn emit(&self, dialect: Dialect) -> Result<Json> {
        let mut out = Members::default();
        if self.moid.is_none() {
            return Err(Error::new(
                Code::Schema,
                Fault::Caller,
                "missing identifier of an object",
            ));
        }
        out.maybe("MOID", self.moid.as_deref());
        out.maybe("DDF", self.ddf.as_deref());
        out.put(instances(dialect), strings(&self.instances));
        Ok(out.into())
    }
}

const fn instances(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Draft => "Path",
        Dialect::Approved => "MIID",
    }
}

impl MoItem {
    /// Data that was read at a place.
    pub fn new(uri: impl Into<String>, name: Option<String>, value: Json) -> Self {
        Self {
            uri: uri.into(),
            cv: None,
            ddf: None,
            content: Content::Value { name, value },
        }
    }

    /// The data of the node that the URI names. `root` is the name of the instance's root: where the data begins with it instead of the
    /// node's own, the way down is taken. Nothing where there is no data, or none for the node.
    pub fn value(&self, root: Option<&str>) -> Option<&Json> {
        let Content::Value { name, value } = &self.content else {
            return None;
        };
        let (Some(name), Some(uri)) = (name, ClientUri::parse(&self.uri).ok()) else {
            return Some(value);
        };
        match uri.path.last() {
            None => Some(value).filter(|_| root.is_none_or(|root| root == name)),
            Some(step) if step.as_name() == Some(name) => Some(value),
            Some(_) if root == Some(name) => {
                let mut steps = uri.path.iter();
                steps.try_fold(value, |value, step| value.get(step.as_name()?))
            }
            Some(_) => None,
        }
    }

    /// An element of `MOD` or of a document in the draft dialect.
    pub(super) fn parse_draft(value: Value<'_>) -> Result<Self> {
        let value = object(value)?;
        let content = match (value.get("MO"), value.get("Code")) {
            (Some(data), None) => Content::Value {
                name: None,
                value: data.to_json(),
            },
            (None, Some(code)) => Content::Status(status(code)?),
            _ => {
                let error = value.error(Code::Schema, "not one of MO and Code");
                return Err(error.expecting("exactly one"));
            }
        };
        Ok(Self {
            uri: string(need(value, "URI")?)?,
            cv: maybe_string(value, "CV")?,
            ddf: maybe_string(value, "DDF")?,
            content,
        })
    }

    /// An element of `MO` or of a document in the approved dialect.
    pub(super) fn parse_approved(value: Value<'_>) -> Result<Self> {
        let value = object(value)?;
        let data = object(need(value, "MOData")?)?;
        let mut members = data.members();
        let (Some((name, inner)), None) = (members.next(), members.next()) else {
            let error = data.error(Code::Schema, "not one node outermost");
            return Err(error.expecting("an object with one member"));
        };
        Ok(Self {
            uri: string(need(value, "ClientURI")?)?,
            cv: maybe_string(value, "CV")?,
            ddf: maybe_string(value, "DDF")?,
            content: Content::Value {
                name: Some(string(name)?),
                value: inner.to_json(),
            },
        })
    }

    pub(super) fn emit(&self, dialect: Dialect) -> Result<Json> {
        let mut out = Members::default();
        match (dialect, &self.content) {
            (Dialect::Draft, content) => {
                out.put("URI", self.uri.as_str());
                out.maybe("CV", self.cv.as_deref());
                out.maybe("DDF", self.ddf.as_deref());
                match content {
                    Content::Value { value, .. } => out.put("MO", value.clone()),
                    Content::Status(code) => out.put("Code", i64::from(code.0)),
                }
            }
            (Dialect::Approved, Content::Value { name, value }) => {
                out.maybe("DDF", self.ddf.as_deref());
                out.put("ClientURI", self.uri.as_str());
                out.maybe("CV", self.cv.as_deref());
                let name = name.clone().or_else(|| self.own_name());
                let name = name.ok_or_else(|| {
                    let problem = "missing name of an instance's root";
                    let error = Error::new(Code::Schema, Fault::Caller, problem).within("name");
                    error.expecting("the name of its node, which the draft dialect does not say")
                })?;
                out.put("MOData", Json::Object(vec![(name, value.clone())]));
            }
            (Dialect::Approved, Content::Status(_)) => {
                let problem = "the approved dialect has no place for the status of an object";
                return Err(Error::new(Code::Schema, Fault::Caller, problem));
            }
        }
        Ok(out.into())
    }

    /// The name of the node as the URI has it; none of an instance's root.
    fn own_name(&self) -> Option<String> {
        let uri = ClientUri::parse(&self.uri).ok()?;
        Some(uri.path.last()?.as_name()?.to_owned())
    }
}

impl MoDocument {
    /// Reads a document; which dialect it has is seen from its first element.
    ///
    /// # Errors
    ///
    /// As those of [`Package::decode`](super::Package::decode).
    pub fn decode(body: &[u8], limits: &Limits) -> Result<Self> {
        let document = json::parse(body, limits)?;
        let empty = || Error::input(Code::Schema, "empty");
        let root = document.root().ok_or_else(empty)?;
        let is_draft = root
            .elements()
            .next()
            .is_some_and(|first| first.get("URI").is_some() && first.get("ClientURI").is_none());
        let (dialect, parse): (_, fn(Value<'_>) -> Result<MoItem>) = match is_draft {
            true => (Dialect::Draft, MoItem::parse_draft),
            false => (Dialect::Approved, MoItem::parse_approved),
        };
        let items = read::array(root, limits.items, "items")?
            .map(parse)
            .collect::<Result<_>>()?;
        Ok(Self { dialect, items })
    }

    /// The document as octets; `indent` is for people.
    ///
    /// # Errors
    ///
    /// [`Code::Schema`] for what the dialect has no place for.
    pub fn encode(&self, indent: bool) -> Result<Vec<u8>> {
        let items = each("items", &self.items, |item| item.emit(self.dialect))?;
        json::write(&Json::Array(items), indent)
    }
}

/// The data with a result: one, several, or none.
pub(super) fn several(
    value: Value<'_>,
    limits: &Limits,
    parse: fn(Value<'_>) -> Result<MoItem>,
) -> Result<Vec<MoItem>> {
    match value.kind() {
        Kind::Array => read::array(value, limits.items, "items")?
            .map(parse)
            .collect(),
        _ => Ok(vec![parse(value)?]),
    }
}
