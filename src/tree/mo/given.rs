//! What a document says, whatever it is written in: items with their addresses, and their nodes.

use crate::dm2::{Content, Step, split_moid};
use crate::json::Json;
use crate::order;
use crate::status::StatusCode;
use crate::steps;
use crate::syncml::{Data, Format};
use crate::tnds::TndsNode;
use crate::uri;

use super::store::Fetched;

/// What a node is to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'d> {
    Interior,
    /// A value of JSON, which any format may fit.
    Json(&'d Json),
    /// A value with its format.
    Typed {
        format: Format,
        mime: Option<&'d str>,
        data: Option<&'d Data>,
    },
    /// The body of a document of this media type.
    Raw(&'d str, &'d [u8]),
}

/// Nodes by their paths below the first, whose path is empty; parents before children.
pub(super) type Given<'d> = Vec<(String, What<'d>)>;

/// Data of an instance or of a node in it.
pub(super) struct Item<'d> {
    pub(super) uri: String,
    /// The identifier as it is spelt there.
    pub(super) moid: String,
    /// Whether it is all of an instance.
    pub(super) is_root: bool,
    source: Source<'d>,
}

enum Source<'d> {
    /// Under its name, where it has one.
    Json(Option<&'d str>, &'d Json),
    Tnds(&'d TndsNode),
}

/// Whether a text may be the name of a node.
pub(super) fn is_name(name: &str) -> bool {
    !name.contains('/')
        && uri::NodeUri::parse(&uri::display(name))
            .is_ok_and(|uri| uri.path() == name && uri.query().is_none())
}

/// The items of a document that says itself where they belong. 415 for a document that cannot.
pub(super) fn items<'d>(document: Fetched<'d>) -> Result<Vec<Item<'d>>, StatusCode> {
    match document {
        Fetched::Mo(document) => {
            let item = |item: &'d crate::dm2::MoItem| match &item.content {
                Content::Value { name, value } => {
                    Item::of(item.uri.clone(), Source::Json(name.as_deref(), value))
                }
                Content::Status(_) => Err(StatusCode::BAD_REQUEST),
            };
            document.items.iter().map(item).collect()
        }
        Fetched::Tnds(document) => {
            let item = |node: &'d TndsNode| {
                let name = Step::Name(node.name.clone().unwrap_or_default());
                let path = node.path.as_deref().filter(|path| !path.is_empty());
                let uri = match (path, &node.mime) {
                    (Some(path), _) => format!("{}/{name}", path.trim_end_matches('/')),
                    (None, Some(moid)) => format!("{}/{name}/", Step::Name(moid.clone())),
                    (None, None) => return Err(StatusCode::BAD_REQUEST),
                };
                Item::of(uri, Source::Tnds(node))
            };
            document.nodes.iter().map(item).collect()
        }
        Fetched::Raw { .. } => Err(StatusCode::UNSUPPORTED_FORMAT),
    }
}

/// The nodes of a document that is for one place: `relative` is its path from the root of the instance, `root` what that is called.
pub(super) fn one<'d>(
    document: Fetched<'d>,
    relative: &str,
    root: &str,
) -> Result<Given<'d>, StatusCode> {
    if let Fetched::Raw { mime, body } = document {
        return Ok(vec![(String::new(), What::Raw(mime, body))]);
    }
    let source = match document {
        Fetched::Mo(document) => match document.items.as_slice() {
            [item] => match &item.content {
                Content::Value { name, value } => Some(Source::Json(name.as_deref(), value)),
                Content::Status(_) => None,
            },
            _ => None,
        },
        Fetched::Tnds(document) => match document.nodes.as_slice() {
            [node] => Some(Source::Tnds(node)),
            _ => None,
        },
        Fetched::Raw { .. } => None,
    };
    source.ok_or(StatusCode::BAD_REQUEST)?.given(relative, root)
}

impl<'d> Item<'d> {
    fn of(uri: String, source: Source<'d>) -> Result<Self, StatusCode> {
        let (moid, rest) = split_moid(&uri, [])?;
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name = rest.strip_suffix('/').unwrap_or(rest);
        Ok(Self {
            is_root: !name.contains(['/', '?', '*', '(']),
            moid,
            source,
            uri,
        })
    }

    /// What the root is called in the data.
    pub(super) fn name(&self) -> Option<&'d str> {
        match self.source {
            Source::Json(name, _) => name,
            Source::Tnds(_) => None,
        }
    }

    /// The nodes, for a place at this path from the root of an instance that is called so.
    pub(super) fn given(
        &self,
        relative: &str,
        root: &str,
        is_new: bool,
    ) -> Result<Given<'d>, StatusCode> {
        // A new instance is called what the data calls it.
        let root = self.name().filter(|_| is_new).unwrap_or(root);
        self.source.given(relative, root)
    }
}

impl<'d> Source<'d> {
    fn given(&self, relative: &str, root: &str) -> Result<Given<'d>, StatusCode> {
        match self {
            Self::Json(name, json) => of_json(value(*name, json, relative, root)?),
            Self::Tnds(node) => of_tnds(node),
        }
    }
}

/// The data of the node at a path. Under the name of the root instead of its own, it is all that leads to it.
fn value<'d>(
    name: Option<&str>,
    json: &'d Json,
    relative: &str,
    root: &str,
) -> Result<&'d Json, StatusCode> {
    let Some(name) = name else {
        return Ok(json);
    };
    let own = uri::split(relative).map_or(root, |(_, own)| own);
    if name == own {
        return Ok(json);
    }
    let found = uri::segments(relative).try_fold(json, |json, name| json.get(name));
    found
        .filter(|_| name == root)
        .ok_or(StatusCode::BAD_REQUEST)
}

fn of_json(json: &Json) -> Result<Given<'_>, StatusCode> {
    let mut given: Given<'_> = Vec::new();
    let mut waiting = vec![(String::new(), json)];
    while let Some((path, json)) = waiting.pop() {
        steps::add(path.len() + 1);
        match json {
            Json::Object(members) => {
                for (name, inner) in members.iter().rev() {
                    waiting.push((below(&path, name)?, inner));
                }
                given.push((path, What::Interior));
            }
            json => given.push((path, What::Json(json))),
        }
    }
    Ok(given)
}

fn of_tnds(node: &TndsNode) -> Result<Given<'_>, StatusCode> {
    let mut given: Given<'_> = Vec::new();
    let mut waiting = vec![(String::new(), node)];
    while let Some((path, node)) = waiting.pop() {
        steps::add(path.len() + 1);
        for inner in node.children.iter().rev() {
            let name = inner.name.as_deref().unwrap_or_default();
            if inner.path.as_deref().is_some_and(|path| !path.is_empty()) {
                return Err(StatusCode::BAD_REQUEST);
            }
            waiting.push((below(&path, name)?, inner));
        }
        let is_interior = match node.format {
            Some(format) => format == Format::Node,
            None => node.data.is_none(),
        };
        if !is_interior && !node.children.is_empty() {
            return Err(StatusCode::BAD_REQUEST);
        }
        let what = match is_interior {
            true => What::Interior,
            false => What::Typed {
                format: node.format.unwrap_or_default(),
                mime: node.mime.as_deref().filter(|mime| !mime.is_empty()),
                data: node.data.as_ref(),
            },
        };
        given.push((path, what));
    }
    let mut paths: Vec<&str> = given.iter().map(|(path, _)| path.as_str()).collect();
    let count = paths.len();
    order::sort(&mut paths);
    paths.dedup();
    if paths.len() != count {
        return Err(StatusCode::BAD_REQUEST);
    }
    Ok(given)
}

/// The path of a node in a document: 400 where its name is none, 413 where it is too deep.
fn below(path: &str, name: &str) -> Result<String, StatusCode> {
    if !is_name(name) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let below = uri::join(path, name);
    if below.len() > uri::MAX_URI_LEN {
        return Err(StatusCode::TOO_LARGE);
    }
    Ok(below)
}
