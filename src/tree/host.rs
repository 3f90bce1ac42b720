//! The tree as its host sees it: everything is allowed that keeps a tree a tree.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::status::StatusCode;
use crate::uri::{self, NodeUri};

use super::acl::Acl;
use super::change::{By, Change};
use super::mo::guard::holds;
use super::mo::standing::removed;
use super::node::Node;
use super::store::{Entry, Tree};

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'t> {
    /// A leaf.
    Leaf(&'t Node),
    /// An interior node with the names of its children.
    Interior(&'t Node, Vec<&'t str>),
}

impl Tree {
    /// Looks a node up.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI.
    pub fn find(&self, uri: &str) -> Result<Option<Found<'_>>> {
        let uri = host_uri(uri)?;
        let entry = self.entry(&self.kept(&uri));
        Ok(entry.map(|entry| {
            if entry.node.is_interior() {
                let names = entry.children.names().map(|name| &**name).collect();
                Found::Interior(&entry.node, names)
            } else {
                Found::Leaf(&entry.node)
            }
        }))
    }

    /// The paths of all nodes at and below a URI, parents before children; the root's is empty.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI.
    pub fn entries(&self, uri: &str) -> Result<Vec<String>> {
        Ok(self.paths(&self.kept(&host_uri(uri)?)))
    }

    /// Whether nothing has changed behind a revision but values of leaves that are the host's, as far as that is remembered.
    pub fn only_host_values_since(&self, revision: u32) -> bool {
        let is_value = |change: &Change| {
            change.by == By::Replace && !change.whole && self.is_of_host(&change.path)
        };
        let changes = self.changes.behind(revision);
        self.revision() >= revision && changes.is_some_and(|mut changes| changes.all(is_value))
    }

    /// Sets a node: nodes above it are made, what is there is exchanged, children stay where interior follows on interior.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI, for a node below a leaf, for a leaf in the place of an interior node or the
    /// other way round; [`Code::Limit`](crate::Code::Limit) for a node too many. Then nothing has changed.
    pub fn set(&mut self, uri: &str, node: Node) -> Result<()> {
        let path = &*self.kept(&host_uri(uri)?);
        match self.node(path) {
            Some(there) if there.is_interior() != node.is_interior() => {
                let problem = if there.is_interior() {
                    "an interior node has no value"
                } else {
                    "a leaf stands there"
                };
                return Err(Error::arg(problem).expecting("a new URI"));
            }
            Some(there) => {
                let mut node = node;
                node.follow(there);
                // The root always has a list.
                if path.is_empty() && node.acl().is_empty() {
                    node.set_acl(Acl::of_root());
                }
                return self
                    .edit(path, By::Replace, None, |slot| *slot = node)
                    .map_err(refused);
            }
            None => {}
        }
        let mut next = self.draft();
        let mut missing = Vec::new();
        let mut at = path;
        while let Some((parent, _)) =
            uri::split(at).filter(|(parent, _)| next.node(parent).is_none())
        {
            missing.push(parent);
            at = parent;
        }
        for parent in missing.into_iter().rev() {
            let entry = Arc::new(Entry::of(Node::interior(None)));
            next.insert(parent, entry, By::Add, None).map_err(refused)?;
        }
        let entry = Arc::new(Entry::of(node));
        next.insert(path, entry, By::Add, None).map_err(refused)?;
        self.adopt(next);
        Ok(())
    }

    /// Removes a node and everything below it; tells whether there was one. With instances of management objects go their access control objects
    /// and the subscriptions to them.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI, and for the root.
    pub fn remove(&mut self, uri: &str) -> Result<bool> {
        let uri = host_uri(uri)?;
        let path = self.kept(&uri);
        let is_object = |node: &Node| node.object().is_some();
        let before = holds(self, &path, is_object).then(|| self.draft());
        match self.take(&path, By::Delete, None) {
            Ok(_) => {
                if let Some(before) = before {
                    removed(&before, self, &path);
                }
                Ok(true)
            }
            Err(StatusCode::NOT_FOUND) => Ok(false),
            Err(_) => Err(Error::arg("the root stays")),
        }
    }

    /// The path of an address, as it is kept.
    fn kept(&self, uri: &NodeUri) -> String {
        self.as_kept(uri.path())
            .unwrap_or_else(|| uri.path().to_owned())
    }

    /// What has changed behind a revision, the oldest first; nothing where not all of it is known any more.
    pub fn changes(&self, revision: u32) -> Option<Vec<&Change>> {
        self.changes.behind(revision).map(Iterator::collect)
    }

    /// Takes a server, whose account is gone, out of all access control lists, and forgets its subscriptions and defaults. A right that nobody is left for is nobody's, but at the root
    /// everybody's; a list without rights inherits again. When an account is gone is for the host to say: there may be another one.
    pub fn forget_server(&mut self, server: &str) {
        self.forget_services(server);
        for path in self.paths("") {
            let mut acl = self
                .node(&path)
                .map(|node| node.acl().clone())
                .unwrap_or_default();
            if acl.forget(server, path.is_empty()) {
                let done = self.edit(&path, By::Replace, None, |node| {
                    node.set_acl(acl);
                    node.touch(None);
                });
                debug_assert!(done.is_ok(), "the node is there");
            }
        }
    }
}

fn refused(status: StatusCode) -> Error {
    match status {
        StatusCode::DEVICE_FULL => Error::limit("nodes", "more nodes than the tree may have"),
        _ => Error::arg("a node above it is a leaf"),
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
