//! Reading: the data of nodes for the session and for documents.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::ddf::AccessType;
use crate::dm2::{ClientUri, MoItem, Step};
use crate::status::StatusCode;
use crate::steps;
use crate::syncml::Format;
use crate::tnds::TndsNode;
use crate::tree::change::Latest;
use crate::tree::instances::{Place, Resolved};
use crate::tree::news::News;
use crate::tree::node::{Node, Owner};
use crate::tree::operation::{HostCall, HostValues};
use crate::tree::store::Tree;
use crate::uri;

use super::access::{Access, Deed};
use super::codes::of_v2;
use super::data::{Nodes, to_json, to_tnds};
use super::home::is_within_any;

/// How many nodes the addresses of one command may lead past. One that has a wildcard leads past many in few octets, and need find nothing.
const MOST_PASSED: usize = 1_000_000;

/// What comes of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// The data, at least one.
    Found(Vec<T>),
    /// The nodes are there and have no value: 204.
    Empty,
    /// Nothing has changed behind the validator in the address: 304.
    Fresh,
    /// The host is to be asked for values first; then all is to be done again with them. A [`Reader`] has asked for them if there are none.
    Ask(Vec<HostCall>),
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

/// Reads one place after the other in a tree that stays as it is; where addresses lead past more than a million nodes the rest are 413. What the host is to be asked comes out for all of a place at once, and nothing
/// for a place that has been asked for.
pub struct Reader<'a, 'r> {
    access: &'a Access<'r>,
    tree: &'a Tree,
    values: &'a HostValues,
    /// The paths of places that wait for the host.
    pending: BTreeSet<String>,
    /// The validators of instances by their paths, and the last changes once there are several.
    validators: BTreeMap<String, Option<String>>,
    latest: Option<Latest>,
    /// How many nodes addresses may still lead past.
    left: Cell<usize>,
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
        self.reader(tree, values).read(text)
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
        self.reader(tree, values).read_tnds(text)
    }
}

impl<'r> Access<'r> {
    /// Reads several places.
    pub fn reader<'a>(&'a self, tree: &'a Tree, values: &'a HostValues) -> Reader<'a, 'r> {
        Reader {
            access: self,
            tree,
            values,
            pending: BTreeSet::new(),
            validators: BTreeMap::new(),
            latest: None,
            left: Cell::new(MOST_PASSED),
        }
    }
}

impl Reader<'_, '_> {
    /// As [`Access::read`].
    ///
    /// # Errors
    ///
    /// The status to answer.
    pub fn read(&mut self, text: &str) -> Result<Reading<MoItem>, StatusCode> {
        self.gather(text, |found| {
            let data = to_json(found.nodes)?;
            let item = MoItem::new(found.uri, Some(found.name), data);
            Some(MoItem {
                cv: found.cv,
                ..item
            })
        })
    }

    /// As [`Access::read_tnds`].
    ///
    /// # Errors
    ///
    /// The status to answer.
    pub fn read_tnds(&mut self, text: &str) -> Result<Reading<TndsNode>, StatusCode> {
        self.gather(text, |found| {
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

    /// The validator of the instance at a path: with a tag of what in it is closed to the server, if anything is, as that changes without it.
    fn validator(&mut self, path: &str) -> Option<String> {
        steps::add_lookup(path.len(), self.validators.len());
        if let Some(known) = self.validators.get(path) {
            return known.clone();
        }
        let made = self.new_validator(path);
        self.validators.insert(path.to_owned(), made.clone());
        made
    }

    fn new_validator(&mut self, path: &str) -> Option<String> {
        let epoch = self.access.requester.epoch?;
        let changes = &self.tree.changes;
        let cv = match self.validators.is_empty() {
            false => {
                let latest = self.latest.get_or_insert_with(|| changes.latest());
                self.tree.validator_at(epoch, path, || latest.of(path))
            }
            true => self.tree.validator(epoch, path),
        };
        let mut closed = self.access.closed_below(path).peekable();
        if closed.peek().is_none() {
            return cv;
        }
        let mut hash = Sha256::new();
        for path in closed {
            hash.update(path.as_bytes());
            // No path holds it.
            hash.update(b"\0");
        }
        let tag = hash.finalize();
        let tag = tag.first_chunk().copied().map(u64::from_be_bytes)?;
        cv.map(|cv| format!("{cv}.{tag:016x}"))
    }

    fn gather<T>(
        &mut self,
        text: &str,
        made: impl FnMut(Found<'_>) -> Option<T>,
    ) -> Result<Reading<T>, StatusCode> {
        let (access, tree) = (self.access, self.tree);
        let (uri, places) = match access.resolve_within(tree, text, self.values, &self.left)? {
            (_, Resolved::Ask(calls)) => return Ok(Reading::Ask(calls)),
            (uri, Resolved::Places(places)) => (uri, places),
        };
        let (mut readable, mut refused) = (Vec::new(), None);
        for place in places {
            let need = access.need(Deed::Read, &place.path).and_then(|()| {
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
        let first = readable.first().filter(|_| uri.cv.is_some());
        if first.is_some_and(|place| self.validator(&place.instance.path) == uri.cv) {
            return Ok(Reading::Fresh);
        }
        let (mut found, mut wanted, mut is_pending) = (Vec::new(), Vec::new(), false);
        for place in readable {
            if is_within_any(&self.pending, &place.path) {
                is_pending = true;
                continue;
            }
            let nodes = match access.nodes(tree, &place, self.values) {
                Ok(nodes) => nodes,
                Err(calls) => {
                    self.pending.insert(place.path);
                    wanted.extend(calls);
                    continue;
                }
            };
            if nodes.is_empty() || is_pending || !wanted.is_empty() {
                continue;
            }
            let is_root = uri.is_root();
            let (name, own) = match uri::split(&place.path) {
                Some((_, name)) if !is_root => (name, name),
                _ => (&*place.instance.name, &*place.instance.miid),
            };
            let root = Some(&place.instance.path).filter(|_| is_root);
            found.push(Found {
                uri: access.spelt(text, &uri, &place),
                cv: root.and_then(|root| self.validator(root)),
                name: name.to_owned(),
                own: own.to_owned(),
                nodes,
            });
        }
        if is_pending || !wanted.is_empty() {
            return Ok(Reading::Ask(wanted));
        }
        let found: Vec<T> = found.into_iter().filter_map(made).collect();
        Ok(match found.is_empty() {
            true => Reading::Empty,
            false => Reading::Found(found),
        })
    }
}

impl Access<'_> {
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
    ) -> Result<Nodes<'t>, Vec<HostCall>> {
        let (mut nodes, mut calls): (Nodes<'t>, _) = (Vec::new(), Vec::new());
        let Some(entry) = tree.entry(&place.path) else {
            return Ok(nodes);
        };
        entry.visit_with(&place.path, None, |path, entry, above: Option<usize>| {
            let is_top = path == place.path;
            if is_valueless(&entry.node) || (!is_top && !self.reads(tree, path)) {
                return None;
            }
            match tree.value(path, &entry.node, values) {
                Ok(node) => {
                    let name = uri::split(path).map_or("", |(_, name)| name);
                    nodes.push((above, name.to_owned(), node));
                }
                Err(call) => calls.push(call),
            }
            Some(Some(nodes.len().saturating_sub(1)))
        });
        match calls.is_empty() {
            true => Ok(nodes),
            false => Err(calls),
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
