//! The nodes of a tree, by their paths.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::snapshot::{self, Kind};
use crate::status::StatusCode;
use crate::syncml::Format;
use crate::uri::{self, NodeUri};

use super::node::Node;

type Children = BTreeMap<String, Node>;

/// A device's management tree. It outlives sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The children of every interior node, by its path; the root has the empty path.
    interiors: BTreeMap<String, Children>,
    count: u32,
    limit: u32,
    revision: u32,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    revision: u32,
    nodes: Vec<(String, Node)>,
}

impl Tree {
    /// A tree with nothing but its root, for at most [`Limits::nodes`] nodes.
    pub fn new(limits: &Limits) -> Self {
        let mut interiors = BTreeMap::new();
        interiors.insert(String::new(), Children::new());
        Self {
            interiors,
            count: 1,
            limit: limits.nodes,
            revision: 0,
        }
    }

    /// A number that grows with every change.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// The node at a path; the root is none of its own.
    pub(super) fn node(&self, path: &str) -> Option<&Node> {
        let (parent, name) = uri::split(path)?;
        self.interiors.get(parent)?.get(name)
    }

    /// The children of an interior node.
    pub(super) fn children(&self, path: &str) -> Option<&Children> {
        self.interiors.get(path)
    }

    /// Makes a node below an interior one. The error is the status to answer.
    pub(super) fn insert(&mut self, path: &str, node: Node) -> Result<(), StatusCode> {
        let (parent, name) = uri::split(path).ok_or(StatusCode::ALREADY_EXISTS)?;
        let is_interior = node.is_interior();
        let Some(children) = self.interiors.get_mut(parent) else {
            let is_leaf = self.node(parent).is_some();
            return Err(if is_leaf {
                StatusCode::NOT_ALLOWED
            } else {
                StatusCode::NOT_FOUND
            });
        };
        if children.contains_key(name) {
            return Err(StatusCode::ALREADY_EXISTS);
        }
        if self.count >= self.limit {
            return Err(StatusCode::DEVICE_FULL);
        }
        children.insert(name.to_owned(), node);
        if is_interior {
            self.interiors.insert(path.to_owned(), Children::new());
        }
        self.count += 1;
        self.revision += 1;
        Ok(())
    }

    /// Exchanges a leaf for another leaf.
    pub(super) fn exchange(&mut self, path: &str, node: Node) -> Result<(), StatusCode> {
        let slot = uri::split(path)
            .and_then(|(parent, name)| self.interiors.get_mut(parent)?.get_mut(name));
        let slot = slot.ok_or(StatusCode::NOT_FOUND)?;
        *slot = node;
        self.revision += 1;
        Ok(())
    }

    /// Removes a node and everything below it.
    pub(super) fn cut(&mut self, path: &str) -> Result<(), StatusCode> {
        let (parent, name) = uri::split(path).ok_or(StatusCode::NOT_ALLOWED)?;
        let node = self
            .interiors
            .get_mut(parent)
            .and_then(|children| children.remove(name));
        let node = node.ok_or(StatusCode::NOT_FOUND)?;
        self.count -= 1;
        self.revision += 1;
        let mut doomed = if node.is_interior() {
            vec![path.to_owned()]
        } else {
            Vec::new()
        };
        while let Some(path) = doomed.pop() {
            let children = self.interiors.remove(&path).unwrap_or_default();
            self.count -= children.len() as u32;
            doomed.extend(
                children
                    .iter()
                    .filter(|(_, node)| node.is_interior())
                    .map(|(name, _)| format!("{path}/{name}")),
            );
        }
        Ok(())
    }

    /// The paths of all nodes at and below `path`, parents before children.
    pub(crate) fn paths(&self, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = vec![path.to_owned()];
        while let Some(path) = waiting.pop() {
            if let Some(children) = self.interiors.get(&path) {
                let join = |name: &String| {
                    if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}/{name}")
                    }
                };
                waiting.extend(children.keys().rev().map(join));
            } else if self.node(&path).is_none() {
                continue;
            }
            found.push(path);
        }
        found
    }

    /// Sets a node from the host's side: nodes above it are made, a leaf is exchanged.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI, for a node below a leaf, or for a leaf in the place of an interior
    /// node; [`Code::Limit`](crate::Code::Limit) for a node too many. Then nothing has changed.
    pub fn set(&mut self, uri: &str, node: Node) -> Result<()> {
        let uri = host_uri(uri)?;
        let path = uri.path();
        match self.format_at(path) {
            Some(Format::Node) if node.is_interior() => return Ok(()),
            Some(Format::Node) => return Err(Error::arg("an interior node has no value")),
            Some(_) if node.is_interior() => {
                return Err(Error::arg("a leaf stands there").expecting("a new URI"));
            }
            Some(_) => {
                return self
                    .exchange(path, node)
                    .map_err(|_| Error::arg("no such node"));
            }
            None => {}
        }
        self.insert_with_parents(path, node)
            .map_err(|status| match status {
                StatusCode::DEVICE_FULL => {
                    Error::limit("nodes", format!("more than {} nodes", self.limit))
                }
                _ => Error::arg("a node above it is a leaf"),
            })
    }

    /// Removes a node and everything below it, from the host's side; tells whether there was one.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI, and for the root.
    pub fn remove(&mut self, uri: &str) -> Result<bool> {
        let uri = host_uri(uri)?;
        match self.cut(uri.path()) {
            Ok(()) => Ok(true),
            Err(StatusCode::NOT_FOUND) => Ok(false),
            Err(_) => Err(Error::arg("the root stays")),
        }
    }

    /// Makes a node and those above it, or none of them.
    pub(super) fn insert_with_parents(&mut self, path: &str, node: Node) -> Result<(), StatusCode> {
        let mut missing = Vec::new();
        let mut at = path;
        while let Some((parent, _)) = uri::split(at) {
            match self.format_at(parent) {
                None => missing.push(parent),
                Some(Format::Node) => break,
                Some(_) => return Err(StatusCode::NOT_ALLOWED),
            }
            at = parent;
        }
        if u64::from(self.count) + missing.len() as u64 + 1 > u64::from(self.limit) {
            return Err(StatusCode::DEVICE_FULL);
        }
        for parent in missing.into_iter().rev() {
            self.insert(parent, Node::interior(None))?;
        }
        self.insert(path, node)
    }

    /// The format of the node at a path, the root included.
    pub(super) fn format_at(&self, path: &str) -> Option<Format> {
        if path.is_empty() {
            Some(Format::Node)
        } else {
            self.node(path).map(Node::format)
        }
    }

    /// The tree as bytes.
    pub fn save(&self) -> Result<Vec<u8>> {
        let paths = self.paths("").into_iter().filter(|path| !path.is_empty());
        let nodes = paths
            .filter_map(|path| self.node(&path).cloned().map(|node| (path, node)))
            .collect();
        snapshot::seal(
            Kind::Tree,
            &Saved {
                revision: self.revision,
                nodes,
            },
        )
    }

    /// A tree from its bytes.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) for damaged, foreign or newer bytes; [`Code::Limit`](crate::Code::Limit) for more
    /// nodes than the limit.
    pub fn restore(saved: &[u8], limits: &Limits) -> Result<Self> {
        let Saved { revision, nodes } = snapshot::open(Kind::Tree, saved)?;
        let mut tree = Self::new(limits);
        for (path, node) in nodes {
            tree.insert(&path, node).map_err(|status| match status {
                StatusCode::DEVICE_FULL => {
                    Error::limit("nodes", format!("more than {} nodes", limits.nodes))
                }
                _ => Error::snapshot("nodes in disorder"),
            })?;
        }
        tree.revision = revision;
        Ok(tree)
    }
}

/// The address of a node that the host names.
pub(super) fn host_uri(uri: &str) -> Result<NodeUri> {
    match NodeUri::parse(uri) {
        Ok(parsed) if parsed.query().is_none() => Ok(parsed),
        Ok(_) | Err(_) => {
            Err(Error::arg("no URI of a node").expecting("a URI such as ./DevInfo/DevId"))
        }
    }
}
