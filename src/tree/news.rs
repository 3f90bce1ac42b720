//! What a server is told of the tree before it asks: what has changed since its last session, and whole objects.

use std::collections::BTreeSet;

use crate::ddf::AccessType;
use crate::order::gathered;
use crate::uri;

use super::acl::Right;
use super::execution::Value;
use super::node::Owner;
use super::operation::{Effect, HostValues};
use super::rights::Actor;
use super::store::{Descent, Tree};

/// The most places that are named; where there are more, nodes above them stand for several.
const MAX_PLACES: usize = 100;

/// What has changed in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing.
    Unchanged,
    /// These nodes, by their URIs; none where the server may read none of them.
    Changed(Vec<String>),
}

impl Tree {
    /// What others than this server have changed behind a revision, as far as it may read it. Nothing where not all of it is known any more.
    pub fn news(&self, since: u32, server: &str) -> Option<News> {
        self.news_of(since, server, |path| self.shows(path, server))
    }

    /// The same, of what may be known of the places.
    pub(super) fn news_of(
        &self,
        since: u32,
        server: &str,
        shows: impl Fn(&str) -> bool,
    ) -> Option<News> {
        // A revision that this tree has not reached is one of another tree.
        let changes = self
            .changes(since)
            .filter(|_| since <= self.revision())?
            .into_iter()
            .filter(|change| change.server.as_deref() != Some(server));
        let paths: BTreeSet<&str> = gathered(changes.map(|change| change.path.as_str()));
        if paths.is_empty() {
            return Some(News::Unchanged);
        }
        let visible = paths.into_iter().filter(|path| shows(path));
        let mut places: BTreeSet<&str> = gathered(visible);
        let mut depth = places.iter().map(|path| uri::segments(path).count()).max();
        while let Some(most) = depth.filter(|most| *most > 1 && places.len() > MAX_PLACES) {
            let above = |path: &'_ str| -> usize {
                let parent = uri::split(path).filter(|_| uri::segments(path).count() == most);
                let shown = parent.filter(|(parent, _)| shows(parent));
                shown.map_or(path.len(), |(parent, _)| parent.len())
            };
            let folded = places.iter().filter_map(|path| path.get(..above(path)));
            places = folded.collect();
            depth = Some(most - 1);
        }
        Some(News::Changed(
            places.into_iter().map(uri::display).collect(),
        ))
    }

    /// The revision up to which nobody but this server has changed anything behind another; nothing where not all of it is known any more.
    pub fn known_to(&self, since: u32, server: &str) -> Option<u32> {
        let changes = self.changes(since).filter(|_| since <= self.revision())?;
        let foreign = changes
            .into_iter()
            .find(|change| change.server.as_deref() != Some(server));
        Some(foreign.map_or(self.revision(), |change| {
            change.revision.saturating_sub(1).max(since)
        }))
    }

    /// Whether a server may know of a place, where there is a node or was one.
    fn shows(&self, path: &str, server: &str) -> bool {
        let actor = Actor { server, now: None };
        let is_there = self.node(path).is_some();
        self.grants(Right::Get, path, &actor)
            && (!is_there || self.need_access(AccessType::Get, path).is_ok())
    }

    /// The serialised objects of an identifier that a server may read, each with its root as Source. Values of the host's are those that
    /// the tree was told last.
    pub fn objects_for(&self, moid: &str, server: &str) -> Vec<Value> {
        let actor = Actor { server, now: None };
        let read = |root: String| {
            let mut values = HostValues::new();
            let path = root.strip_prefix("./").unwrap_or_default();
            self.entry(path)?.visit(path, |path, entry| {
                if entry.node.owner() == Owner::Host {
                    values.insert(path.to_owned(), entry.node.clone());
                }
                Descent::On
            });
            match self.get(&format!("{root}?list=TNDS"), &actor, &values) {
                Ok(Effect::Found(items)) => items.into_iter().next().map(|item| {
                    let meta = item.meta.unwrap_or_default();
                    Value {
                        uri: root,
                        format: meta.format,
                        mime: meta.mime,
                        data: item.data,
                        item: 0,
                    }
                }),
                _ => None,
            }
        };
        self.instances(moid).into_iter().filter_map(read).collect()
    }
}
