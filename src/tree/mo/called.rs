//! What the instances of a tree are called, followed from change to change: each costs what has changed and a logarithm.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::dm2::bare_moid;
use crate::steps;
use crate::tree::instances::own_name;
use crate::tree::store::{Entry, Tree};
use crate::uri;

/// An instance by the identifier of its object, without `urn:`, and its own.
pub(super) type Key = (String, String);

/// The instances of a tree.
#[derive(Debug, Default)]
pub(super) struct Called {
    /// By the paths of their roots, each with what it would be called if no other were.
    all: BTreeMap<String, Key>,
    /// The paths by these.
    paths: BTreeMap<Key, BTreeSet<String>>,
}

impl Called {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut called = Self::default();
        for (path, key) in at_and_below(tree, "") {
            called.put(path, key);
        }
        called
    }

    /// The paths of those at and below a path.
    pub(super) fn below(&self, path: &str) -> Vec<String> {
        steps::add_lookup(path.len(), self.all.len());
        let start = [path, "/"].concat();
        let inside = self
            .all
            .range::<str, _>((Bound::Excluded(&*start), Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(|path| path.starts_with(&start));
        let own = self.all.get_key_value(path).map(|(path, _)| path);
        let found: Vec<String> = own.into_iter().chain(inside).cloned().collect();
        steps::add(found.iter().map(|path| path.len() + 1).sum());
        found
    }

    pub(super) fn put(&mut self, path: String, key: Key) {
        self.count_step(&path);
        let same = self.paths.entry(key.clone()).or_default();
        same.insert(path.clone());
        self.all.insert(path, key);
    }

    pub(super) fn take(&mut self, path: &str) -> Option<Key> {
        self.count_step(path);
        let key = self.all.remove(path)?;
        if let Some(same) = self.paths.get_mut(&key) {
            same.remove(path);
            if same.is_empty() {
                self.paths.remove(&key);
            }
        }
        Some(key)
    }

    /// What the instance at a path would be called if no other were.
    pub(super) fn own_key(&self, path: &str) -> Option<Key> {
        self.count_step(path);
        self.all.get(path).cloned()
    }

    /// What the instance at a path is called.
    pub(super) fn key(&self, path: &str) -> Option<Key> {
        self.count_step(path);
        let key = self.all.get(path)?;
        let (moid, _) = key;
        let is_told_apart = |key: &Key| self.paths.get(key).is_some_and(|same| same.len() > 1);
        // The path of another one, which goes by that.
        let (_, own) = key;
        let other = self.all.get(own).filter(|(other, _)| other == moid);
        let is_other = other.is_some_and(is_told_apart);
        match is_told_apart(key) || is_other {
            true => Some((moid.clone(), path.to_owned())),
            false => Some(key.clone()),
        }
    }

    /// Those that may be called something else when one comes to a path or goes from there, the one itself among them.
    pub(super) fn near(&self, path: &str, key: &Key) -> Vec<String> {
        self.count_step(path);
        let first = |key: &Key| {
            let same = self.paths.get(key).into_iter().flatten();
            same.take(2).cloned().collect::<Vec<_>>()
        };
        let mut near = first(key);
        near.push(path.to_owned());
        let (moid, _) = key;
        let of_paths = near
            .iter()
            .flat_map(|path| first(&(moid.clone(), path.clone())));
        let of_paths: Vec<String> = of_paths.collect();
        near.extend(of_paths);
        near
    }

    /// The paths of all of an object and of those whose identifiers begin alike.
    pub(super) fn beginning<'c>(&'c self, moid: &'c str) -> impl Iterator<Item = &'c String> {
        let start = (moid.to_owned(), String::new());
        let behind = self.paths.range(start..);
        let alike = behind.take_while(move |((of, _), _)| of.starts_with(moid));
        alike.flat_map(|(_, paths)| {
            steps::add(paths.len());
            paths
        })
    }

    /// Whether there is any of an object.
    pub(super) fn has(&self, moid: &str) -> bool {
        steps::add_lookup(moid.len(), self.paths.len());
        let start = (moid.to_owned(), String::new());
        let first = self.paths.range(start..).next();
        first.is_some_and(|((of, _), _)| of == moid)
    }

    fn count_step(&self, path: &str) {
        steps::add_lookup(path.len(), self.all.len());
    }
}

/// The instances at and below a path of a tree, each with what it would be called if no other were.
pub(super) fn at_and_below(tree: &Tree, path: &str) -> Vec<(String, Key)> {
    let mut found = Vec::new();
    let above = uri::split(path).and_then(|(parent, _)| tree.node(parent));
    // Right below the root it does not matter.
    let is_typed_above = above.is_none_or(|node| node.object().is_some());
    if let Some(entry) = tree.entry(path) {
        entry.visit_with(
            path,
            is_typed_above,
            |path, entry: &Entry, is_typed_above| {
                let moid = entry.node.object();
                if let (Some(moid), Some((parent, own))) = (moid, uri::split(path)) {
                    let miid = own_name(path, parent, own, is_typed_above);
                    found.push((
                        path.to_owned(),
                        (bare_moid(moid).to_owned(), miid.to_owned()),
                    ));
                }
                Some(moid.is_some())
            },
        );
    }
    found
}
