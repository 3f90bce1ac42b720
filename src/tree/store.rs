//! The nodes of a tree.
//!
//! A tree is made of entries that copies of it share until one of them is changed: a copy costs nothing, and a change costs what is on the
//! way to it, however many children the nodes above have. A URI has at most [`MAX_SEGMENTS`](crate::uri::MAX_SEGMENTS) segments, so a tree is no deeper, and dropping one recurses no
//! deeper either.

use std::sync::{Arc, Weak};

use crate::limits::Limits;
use crate::status::StatusCode;
use crate::steps;
use crate::uri;

use super::acl::Acl;
use super::change::{By, Change, Changes};
use super::description::{Described, folded};
use super::mo::Services;
use super::names::Names;
use super::node::Node;

/// A node and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) node: Node,
    /// The children by their names.
    pub(super) children: Names<Arc<Self>>,
    /// The names of children for which case does not count, by what they are in lower case.
    pub(super) folded: Names<Arc<str>>,
}

/// A device's management tree. It outlives sessions.
#[derive(Clone, Debug)]
pub struct Tree {
    root: Arc<Entry>,
    count: u32,
    limit: u32,
    revision: u32,
    pub(super) changes: Changes,
    pub(super) described: Option<Arc<Described>>,
    /// What servers asked to be done outside of sessions; that of a draft does not count.
    pub(super) services: Services,
    /// Lives for as long as an Atomic is under way.
    held: Weak<()>,
}

/// Trees are equal that hold the same and have been changed as often.
impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root && self.revision == other.revision
    }
}

impl Eq for Tree {}

impl Entry {
    pub(super) fn of(node: Node) -> Self {
        Self {
            node,
            children: Names::default(),
            folded: Names::default(),
        }
    }

    /// How many nodes there are at and below it.
    pub(super) fn count(&self) -> u32 {
        let mut count: u32 = 0;
        let mut waiting = vec![self];
        while let Some(entry) = waiting.pop() {
            steps::add(1);
            count = count.saturating_add(1);
            waiting.extend(entry.children.iter().map(|(_, child)| &**child));
        }
        count
    }

    /// Visits the entry and what is below it, parents before children, with the paths below `path`, until told to stop descending.
    pub(super) fn visit<'t>(
        &'t self,
        path: &str,
        mut visit: impl FnMut(&str, &'t Self) -> Descent,
    ) {
        self.visit_with(path, (), |path, entry, ()| match visit(path, entry) {
            Descent::On => Some(()),
            Descent::Stop => None,
        });
    }

    /// The same with something that each entry hands down to those below it, unless it is to be the last.
    pub(super) fn visit_with<'t, T: Clone>(
        &'t self,
        path: &str,
        from_above: T,
        mut visit: impl FnMut(&str, &'t Self, T) -> Option<T>,
    ) {
        let mut waiting = vec![(path.to_owned(), self, from_above)];
        while let Some((path, entry, from_above)) = waiting.pop() {
            steps::add(path.len() + 1);
            let Some(handed) = visit(&path, entry, from_above) else {
                continue;
            };
            let children = entry.children.rev();
            waiting.extend(
                children.map(|(name, child)| (uri::join(&path, name), &**child, handed.clone())),
            );
        }
    }
}

/// Whether a visit goes on to what is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Descent {
    On,
    Stop,
}

impl Tree {
    /// A tree with nothing but its root, for at most [`Limits::nodes`] nodes. All servers may add to the root and read it.
    pub fn new(limits: &Limits) -> Self {
        let root = Node::interior(None).with_acl(Acl::of_root());
        Self {
            root: Arc::new(Entry::of(root)),
            count: 1,
            limit: limits.nodes,
            revision: 0,
            changes: Changes::since(0),
            described: None,
            services: Services::default(),
            held: Weak::new(),
        }
    }

    /// Notes that an Atomic is under way.
    pub(super) fn hold(&mut self, holder: &Arc<()>) {
        self.held = Arc::downgrade(holder);
    }

    /// Whether an Atomic is under way, which has the tree for itself until its end.
    pub fn is_held(&self) -> bool {
        self.holder().is_some()
    }

    /// The Atomic that is under way, if any.
    pub(super) fn holder(&self) -> Option<Arc<()>> {
        self.held.upgrade()
    }

    /// A number that grows with every change; all that an Atomic does is one change.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// How many nodes there are, the root included.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.count == 1
    }

    /// A copy to work on, which takes this tree's place with [`adopt`](Self::adopt) if all goes well. It knows its own changes alone.
    pub(super) fn draft(&self) -> Self {
        Self {
            root: Arc::clone(&self.root),
            count: self.count,
            limit: self.limit,
            revision: self.revision,
            changes: Changes::unbounded(self.revision),
            described: self.described.clone(),
            services: Services::default(),
            held: Weak::clone(&self.held),
        }
    }

    /// Takes over a draft with all of its changes.
    pub(super) fn adopt(&mut self, draft: Self) {
        self.root = draft.root;
        self.count = draft.count;
        self.revision = draft.revision;
        draft.changes.hand_over(&mut self.changes);
    }

    /// Takes over a draft; all of its changes are one.
    pub(super) fn adopt_as_one(&mut self, draft: Self) {
        if draft.revision == self.revision {
            return;
        }
        self.root = draft.root;
        self.count = draft.count;
        self.revision = self.revision.wrapping_add(1);
        draft
            .changes
            .at_once(self.revision)
            .hand_over(&mut self.changes);
    }

    pub(super) fn set_revision(&mut self, revision: u32) {
        self.revision = revision;
    }

    /// All of the nodes: as long as it is held, the same as another tree's only where those are the same.
    pub(super) const fn root(&self) -> &Arc<Entry> {
        &self.root
    }

    /// The entry at a path; the root's is empty.
    pub(super) fn entry(&self, path: &str) -> Option<&Entry> {
        steps::add(path.len());
        let mut at = &*self.root;
        for name in uri::segments(path) {
            at = at.children.get(name)?;
        }
        Some(at)
    }

    /// The node at a path.
    pub(super) fn node(&self, path: &str) -> Option<&Node> {
        self.entry(path).map(|entry| &entry.node)
    }

    /// The nodes from the root down to a path, as far as they exist.
    pub(super) fn line<'t>(&'t self, path: &str) -> Vec<&'t Node> {
        let mut at = &*self.root;
        steps::add(path.len());
        let mut line = vec![&at.node];
        for name in uri::segments(path) {
            let Some(child) = at.children.get(name) else {
                break;
            };
            at = child;
            line.push(&at.node);
        }
        line
    }

    /// The entry at a path, to be changed.
    fn entry_mut(&mut self, path: &str) -> Option<&mut Entry> {
        // Nothing is copied for a path that leads nowhere.
        self.entry(path)?;
        let mut at = Arc::make_mut(&mut self.root);
        for name in uri::segments(path) {
            at = Arc::make_mut(at.children.get_mut(name)?);
        }
        Some(at)
    }

    /// Changes a node in place.
    pub(super) fn edit(
        &mut self,
        path: &str,
        by: By,
        server: Option<&str>,
        edit: impl FnOnce(&mut Node),
    ) -> Result<(), StatusCode> {
        let entry = self.entry_mut(path).ok_or(StatusCode::NOT_FOUND)?;
        edit(&mut entry.node);
        self.note(path, by, server, false);
        Ok(())
    }

    /// Puts an entry below an interior node where there is none.
    pub(super) fn insert(
        &mut self,
        path: &str,
        entry: Arc<Entry>,
        by: By,
        server: Option<&str>,
    ) -> Result<(), StatusCode> {
        let (parent, name) = uri::split(path).ok_or(StatusCode::ALREADY_EXISTS)?;
        let around = self.entry(parent).ok_or(StatusCode::NOT_FOUND)?;
        if !around.node.is_interior() {
            return Err(StatusCode::NOT_ALLOWED);
        }
        let folds = self.ignores_case(path);
        if around.children.contains(name) || (folds && around.folded.contains(&folded(name))) {
            return Err(StatusCode::ALREADY_EXISTS);
        }
        let count = self.count.saturating_add(entry.count());
        if count > self.limit {
            return Err(StatusCode::DEVICE_FULL);
        }
        let entry = self.refolded(path, entry);
        if let Some(around) = self.entry_mut(parent) {
            let name: Arc<str> = Arc::from(name);
            if folds {
                around
                    .folded
                    .insert(Arc::from(folded(&name)), Arc::clone(&name));
            }
            around.children.insert(name, entry);
        }
        self.count = count;
        self.note(path, by, server, true);
        Ok(())
    }

    /// Takes a node and everything below it out.
    pub(super) fn take(
        &mut self,
        path: &str,
        by: By,
        server: Option<&str>,
    ) -> Result<Arc<Entry>, StatusCode> {
        let entry = self.detach(path)?;
        self.note(path, by, server, true);
        Ok(entry)
    }

    /// The same, of which nothing is told: something else takes its place.
    pub(super) fn detach(&mut self, path: &str) -> Result<Arc<Entry>, StatusCode> {
        let (parent, name) = uri::split(path).ok_or(StatusCode::NOT_ALLOWED)?;
        self.entry(path).ok_or(StatusCode::NOT_FOUND)?;
        let folds = self.ignores_case(path);
        let around = self.entry_mut(parent).ok_or(StatusCode::NOT_FOUND)?;
        let entry = around.children.remove(name).ok_or(StatusCode::NOT_FOUND)?;
        if folds {
            around.folded.remove(&folded(name));
        }
        self.count = self.count.saturating_sub(entry.count());
        Ok(entry)
    }

    fn note(&mut self, path: &str, by: By, server: Option<&str>, whole: bool) {
        self.revision = self.revision.wrapping_add(1);
        self.changes.note(Change {
            revision: self.revision,
            path: path.to_owned(),
            by,
            server: server.map(str::to_owned),
            whole,
        });
    }

    /// The paths of all nodes at and below `path`, parents before children.
    pub(crate) fn paths(&self, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(entry) = self.entry(path) {
            entry.visit(path, |path, _| {
                found.push(path.to_owned());
                Descent::On
            });
        }
        found
    }
}
