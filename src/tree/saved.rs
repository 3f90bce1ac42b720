//! A tree at rest: whole, and as what has changed since.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::snapshot::{self, Kind};
use crate::status::StatusCode;
use crate::uri::{self, NodeUri};

use super::change::{By, Change, Changes};
use super::description::Described;
use super::node::Node;
use super::store::{Descent, Entry, Tree};

/// Nodes in document order, each with its path below the first, whose path is empty.
type Nodes = Vec<(String, Node)>;

#[derive(Serialize, Deserialize)]
struct Saved {
    revision: u32,
    /// The device descriptions, as they were given.
    descriptions: Vec<serde_bytes::ByteBuf>,
    nodes: Nodes,
}

#[derive(Serialize, Deserialize)]
struct Delta {
    from: u32,
    to: u32,
    touched: Vec<(String, Touched)>,
}

/// What has become of a node.
#[derive(Serialize, Deserialize)]
enum Touched {
    /// It is gone, with all that was below.
    Gone,
    /// The node itself is another, what is below has not changed.
    Alone(Node),
    /// It and all that is below are new.
    Whole(Nodes),
}

impl Tree {
    /// The tree as bytes.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where it cannot be written.
    pub fn save(&self) -> Result<Vec<u8>> {
        let saved = Saved {
            revision: self.revision(),
            descriptions: self
                .described
                .iter()
                .flat_map(|described| described.sources())
                .collect(),
            nodes: self.nodes(""),
        };
        snapshot::seal(Kind::Tree, &saved)
    }

    /// What has changed behind a revision, as bytes; nothing where not all of it is known any more, and the whole must be saved.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where it cannot be written.
    pub fn save_since(&self, revision: u32) -> Result<Option<Vec<u8>>> {
        let Some(changes) = self.changes.behind(revision) else {
            return Ok(None);
        };
        let changes: Vec<&Change> = changes.collect();
        let paths = |whole: bool| {
            let of_kind = changes.iter().filter(move |change| change.whole == whole);
            of_kind
                .map(|change| change.path.as_str())
                .collect::<BTreeSet<_>>()
        };
        let whole: BTreeSet<&str> = paths(true);
        let is_within = |path: &str| {
            let mut above = uri::split(path).map(|(parent, _)| parent);
            while let Some(at) = above {
                if whole.contains(at) {
                    return true;
                }
                above = uri::split(at).map(|(parent, _)| parent);
            }
            false
        };
        let mut touched = Vec::new();
        for path in whole.iter().filter(|path| !is_within(path)) {
            let now = match self.entry(path) {
                Some(_) => Touched::Whole(self.nodes(path)),
                None => Touched::Gone,
            };
            touched.push(((*path).to_owned(), now));
        }
        for path in paths(false) {
            if whole.contains(path) || is_within(path) {
                continue;
            }
            if let Some(node) = self.node(path) {
                touched.push((path.to_owned(), Touched::Alone(node.clone())));
            }
        }
        let delta = Delta {
            from: revision,
            to: self.revision(),
            touched,
        };
        snapshot::seal(Kind::TreeDelta, &delta).map(Some)
    }

    /// A tree from its bytes, and what had changed since, in order.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) for damaged, foreign or newer bytes, and for deltas that do not follow on each other;
    /// [`Code::Limit`](crate::Code::Limit) for more nodes than the limit.
    pub fn restore(full: &[u8], deltas: &[&[u8]], limits: &Limits) -> Result<Self> {
        let saved: Saved = snapshot::open(Kind::Tree, full)?;
        let mut tree = Self::new(limits);
        let mut nodes = saved.nodes.into_iter();
        match nodes.next() {
            Some((path, root)) if path.is_empty() && root.is_interior() => {
                tree.edit("", By::Replace, None, |node| *node = root)
                    .map_err(disorder)?;
            }
            _ => return Err(Error::snapshot("a tree without root")),
        }
        for (path, node) in nodes {
            tree.put(&path, node)?;
        }
        tree.set_revision(saved.revision);
        for delta in deltas {
            tree.follow(snapshot::open(Kind::TreeDelta, delta)?)?;
        }
        tree.described = Described::of(saved.descriptions)?;
        tree.changes = Changes::since(tree.revision());
        Ok(tree)
    }

    fn put(&mut self, path: &str, node: Node) -> Result<()> {
        let is_address = NodeUri::parse(&uri::display(path)).is_ok_and(|uri| uri.path() == path);
        if !is_address {
            return Err(Error::snapshot("a node without address"));
        }
        let entry = Arc::new(Entry::of(node));
        self.insert(path, entry, By::Add, None).map_err(disorder)
    }

    /// Does again what a delta says. The tree is thrown away where that fails.
    fn follow(&mut self, delta: Delta) -> Result<()> {
        if delta.from != self.revision() {
            let problem = format!("a delta behind revision {}", delta.from);
            let expected = format!("revision {}", self.revision());
            return Err(Error::snapshot(problem).expecting(expected));
        }
        for (path, touched) in delta.touched {
            let is_there = self.node(&path).is_some();
            match touched {
                Touched::Alone(node) => {
                    let same = self
                        .node(&path)
                        .is_some_and(|there| there.is_interior() == node.is_interior());
                    if !same {
                        return Err(Error::snapshot("nodes in disorder"));
                    }
                    self.edit(&path, By::Replace, None, |slot| *slot = node)
                        .map_err(disorder)?;
                }
                Touched::Gone if !is_there => {}
                Touched::Gone => {
                    self.take(&path, By::Delete, None).map_err(disorder)?;
                }
                Touched::Whole(nodes) => {
                    if is_there {
                        self.take(&path, By::Delete, None).map_err(disorder)?;
                    }
                    for (below, node) in nodes {
                        self.put(&uri::join(&path, &below), node)?;
                    }
                }
            }
        }
        self.set_revision(delta.to);
        Ok(())
    }

    /// The nodes at and below a path.
    fn nodes(&self, path: &str) -> Nodes {
        let mut nodes = Vec::new();
        if let Some(entry) = self.entry(path) {
            entry.visit("", |below, entry| {
                nodes.push((below.to_owned(), entry.node.clone()));
                Descent::On
            });
        }
        nodes
    }
}

/// A copy of a tree on which an Atomic works; at rest only what it differs by.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    base: u32,
    tree: Tree,
    /// What the copy differs by, until it is made again.
    rest: Option<Vec<u8>>,
}

impl Staged {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut copy = tree.clone();
        copy.changes = Changes::unbounded(tree.revision());
        Self {
            base: tree.revision(),
            tree: copy,
            rest: None,
        }
    }

    pub(super) fn tree(&mut self) -> &mut Tree {
        &mut self.tree
    }

    /// Makes the copy again where there is none, or where the tree has changed meanwhile.
    pub(super) fn resume(&mut self, tree: &Tree) -> Result<()> {
        if self.rest.is_none() && self.base == tree.revision() {
            return Ok(());
        }
        let rest = match self.rest.take() {
            Some(rest) => rest,
            None => self.delta()?,
        };
        let mut delta: Delta = snapshot::open(Kind::TreeDelta, &rest)?;
        let mut copy = Self::of(tree);
        (delta.from, delta.to) = (
            copy.base,
            copy.base.wrapping_add(delta.to.wrapping_sub(delta.from)),
        );
        copy.tree.follow(delta)?;
        *self = copy;
        Ok(())
    }

    /// The copy takes the tree's place: all that was done is one change.
    pub(super) fn commit(self, tree: &mut Tree) {
        if self.tree.revision() == self.base {
            return;
        }
        let revision = self.base.wrapping_add(1);
        let mut changes = tree.changes.clone();
        for change in self.tree.changes.behind(self.base).into_iter().flatten() {
            changes.note(Change {
                revision,
                ..change.clone()
            });
        }
        *tree = self.tree;
        tree.changes = changes;
        tree.set_revision(revision);
    }

    fn delta(&self) -> Result<Vec<u8>> {
        let delta = self.tree.save_since(self.base)?;
        delta.ok_or_else(|| Error::snapshot("more changes than are remembered"))
    }
}

/// Compared are the trees, at rest and awake alike.
impl PartialEq for Staged {
    fn eq(&self, other: &Self) -> bool {
        let delta = |staged: &Self| match &staged.rest {
            Some(rest) => Some(rest.clone()),
            None => staged.delta().ok(),
        };
        self.base == other.base && delta(self) == delta(other)
    }
}

impl Eq for Staged {}

impl Serialize for Staged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let delta = match &self.rest {
            Some(rest) => rest.clone(),
            None => self.delta().map_err(S::Error::custom)?,
        };
        (self.base, serde_bytes::Bytes::new(&delta)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Staged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (base, rest) = <(u32, serde_bytes::ByteBuf)>::deserialize(deserializer)?;
        Ok(Self {
            base,
            tree: Tree::new(&Limits::DEFAULT),
            rest: Some(rest.into_vec()),
        })
    }
}

fn disorder(status: StatusCode) -> Error {
    match status {
        StatusCode::DEVICE_FULL => Error::limit("nodes", "more nodes than the tree may have"),
        _ => Error::snapshot("nodes in disorder"),
    }
}
