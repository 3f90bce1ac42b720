//! Reading: the data of nodes for the session and for documents.

use crate::ddf::AccessType;
use crate::dm2::{ClientUri, MoItem, Step};
use crate::status::StatusCode;
use crate::syncml::Format;
use crate::tnds::TndsNode;
use crate::tree::instances::{Place, Resolved};
use crate::tree::news::News;
use crate::tree::node::{Node, Owner};
use crate::tree::operation::{HostCall, HostValues};
use crate::tree::store::Tree;
use crate::uri;

use super::access::{Access, Deed};
use super::codes::of_v2;
use super::data::{Nodes, to_json, to_tnds};

/// What comes of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// The data, at least one.
    Found(Vec<T>),
    /// The nodes are there and have no value: 204.
    Empty,
    /// Nothing has changed behind the validator in the address: 304.
    Fresh,
    /// The host is to be asked for a value first; then all is to be done again with it.
    Ask(HostCall),
}

/// The data of one place.
struct Found<'t> {
    uri: String,
    cv: Option<String>,
    /// What it is called in data.
    name: String,
    /// The last segment of its address.
    own: String,
    nodes: Nodes<'t>,
}

impl Access<'_> {
    /// The data of the nodes that a ClientURI stands for. `values` are those that the host has given.
    ///
    /// What the server may not read, or nobody, is left out below them and where an address has a wildcard, as is what has no value; named
    /// itself it is an error. Secrets of accounts are never read. An instance's root comes with the validator.
    ///
    /// The error is the status to answer: that of [`resolve`](Self::resolve), 403 without the right, 405 for what is not read.
    pub fn read(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
    ) -> Result<Reading<MoItem>, StatusCode> {
        self.gather(tree, text, values, |found| {
            let data = to_json(found.nodes)?;
            let item = MoItem::new(found.uri, Some(found.name), data);
            Some(MoItem {
                cv: found.cv,
                ..item
            })
        })
    }

    /// The same as nodes of a serialised tree: NodeName is the last segment of the ClientURI, that of an instance its MIID, and Path is what
    /// stands before it.
    ///
    /// The error is as that of [`read`](Self::read).
    pub fn read_tnds(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
    ) -> Result<Reading<TndsNode>, StatusCode> {
        self.gather(tree, text, values, |found| {
            let node = to_tnds(found.nodes)?;
            let uri = found.uri.trim_end_matches('/');
            let (path, _) = uri.rsplit_once('/').unwrap_or((uri, ""));
            Some(TndsNode {
                name: Some(found.own),
                path: Some(path.to_owned()),
                ..node
            })
        })
    }

    fn gather<T>(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
        made: impl FnMut(Found<'_>) -> Option<T>,
    ) -> Result<Reading<T>, StatusCode> {
        let (uri, places) = match self.resolve(tree, text, values)? {
            (_, Resolved::Ask(call)) => return Ok(Reading::Ask(call)),
            (uri, Resolved::Places(places)) => (uri, places),
        };
        let (mut readable, mut refused) = (Vec::new(), None);
        for place in places {
            let need = self.need(Deed::Read, &place.path).and_then(|()| {
                tree.need_access(AccessType::Get, &place.path)
                    .map_err(of_v2)
            });
            match need {
                Ok(()) => readable.push(place),
                Err(status) => {
                    refused.get_or_insert(status);
                }
            }
        }
        let spans = uri
            .instance
            .iter()
            .chain(&uri.path)
            .any(|step| *step == Step::All);
        if let Some(status) = refused.filter(|_| !spans || readable.is_empty()) {
            return Err(status);
        }
        let validator = readable
            .first()
            .and_then(|place| tree.validator(self.requester.epoch?, &place.instance.path));
        if uri.cv.is_some() && uri.cv == validator {
            return Ok(Reading::Fresh);
        }
        let mut found = Vec::new();
        for place in readable {
            let nodes = match self.nodes(tree, &place, values) {
                Ok(nodes) => nodes,
                Err(call) => return Ok(Reading::Ask(call)),
            };
            if nodes.is_empty() {
                continue;
            }
            let is_root = uri.is_root();
            let (name, own) = match uri::split(&place.path) {
                Some((_, name)) if !is_root => (name, name),
                _ => (&*place.instance.name, &*place.instance.miid),
            };
            let epoch = self.requester.epoch.filter(|_| is_root);
            found.push(Found {
                uri: self.spelt(text, &uri, &place),
                cv: epoch.and_then(|epoch| tree.validator(epoch, &place.instance.path)),
                name: name.to_owned(),
                own: own.to_owned(),
                nodes,
            });
        }
        let found: Vec<T> = found.into_iter().filter_map(made).collect();
        Ok(match found.is_empty() {
            true => Reading::Empty,
            false => Reading::Found(found),
        })
    }

    /// The address of a place: as it was asked for where it stands for one node only, otherwise with the identifier as it was spelt.
    pub(super) fn spelt(&self, text: &str, uri: &ClientUri, place: &Place<'_>) -> String {
        let mut steps = uri.instance.iter().chain(&uri.path);
        if steps.all(|step| step.as_name().is_some()) {
            let (text, _) = text.split_once('?').unwrap_or((text, ""));
            return text.to_owned();
        }
        self.address(&uri.moid, place)
    }

    /// The address of a place with the identifier as it is spelt there.
    pub(super) fn address(&self, moid: &str, place: &Place<'_>) -> String {
        let spelling = self.requester.spelling();
        let address = self.shown.address(place, spelling);
        let own = Step::Name(place.instance.moid.clone()).to_string();
        let rest = address.strip_prefix(&own).unwrap_or_default();
        [&Step::Name(moid.to_owned()).to_string(), rest].concat()
    }

    /// The nodes at and below a place that may be read and have values.
    fn nodes<'t>(
        &self,
        tree: &'t Tree,
        place: &Place<'_>,
        values: &'t HostValues,
    ) -> Result<Nodes<'t>, HostCall> {
        let (mut nodes, mut call): (Nodes<'t>, _) = (Vec::new(), None);
        let Some(entry) = tree.entry(&place.path) else {
            return Ok(nodes);
        };
        entry.visit_with(&place.path, None, |path, entry, above: Option<usize>| {
            let is_top = path == place.path;
            let is_left_out =
                call.is_some() || is_valueless(&entry.node) || (!is_top && !self.reads(tree, path));
            if is_left_out {
                return None;
            }
            match tree.value(path, &entry.node, values) {
                Ok(node) => {
                    let name = uri::split(path).map_or("", |(_, name)| name);
                    nodes.push((above, name.to_owned(), node));
                }
                Err(ask) => call = Some(ask),
            }
            Some(Some(nodes.len().saturating_sub(1)))
        });
        match call {
            Some(call) => Err(call),
            None => Ok(nodes),
        }
    }

    /// What others than the server have changed behind a revision, by URIs of the tree, as far as it may read it in its instances.
    /// Nothing where not all of it is known any more.
    pub fn news(&self, tree: &Tree, since: u32) -> Option<News> {
        let shows = |path: &str| {
            let is_there = tree.entry(path).is_some();
            self.need(Deed::Read, path).is_ok()
                && (!is_there || tree.need_access(AccessType::Get, path).is_ok())
        };
        tree.news_of(since, self.requester.server, shows)
    }

    /// Whether a node may be read where the one above it may.
    pub(super) fn reads(&self, tree: &Tree, path: &str) -> bool {
        let is_granted = !self.is_root(path) || self.need(Deed::Read, path).is_ok();
        is_granted && tree.need_access(AccessType::Get, path).is_ok()
    }
}

/// Whether a leaf of the host is there to be run and has no value.
pub(super) fn is_valueless(node: &Node) -> bool {
    node.format() == Format::Null && node.owner() == Owner::Host
}
