//! What has changed in a tree, and by whom.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::order::gathered;
use crate::steps;
use crate::uri;

/// How many changes are remembered.
const MAX_CHANGES: usize = 10_000;

/// What a change was done by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// A new node.
    Add,
    /// Another value or property.
    Replace,
    /// A node that is gone.
    Delete,
    /// A copy of another node.
    Copy,
    /// Another name: once for the old, once for the new.
    Rename,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The revision that the tree had then.
    pub revision: u32,
    /// The path of the node; the root's is empty.
    pub path: String,
    /// What it was done by.
    pub by: By,
    /// The server that did it; nothing where it was the host.
    pub server: Option<String>,
    /// What is below is another as well.
    #[serde(skip)]
    pub(super) whole: bool,
}

/// A change at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Noted {
    pub(super) path: String,
    by: By,
    server: Option<String>,
    whole: bool,
}

/// The last changes of a tree.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    /// The revision behind which all changes are known.
    from: u32,
    known: VecDeque<Change>,
    most: usize,
    /// When these paths changed last, as it was known before: nothing that was forgotten since is at, above or below them.
    before: Before,
}

/// The revision of the last change that made a difference at or below each path.
pub(super) type Before = Arc<BTreeMap<String, u32>>;

/// The last changes by their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    from: u32,
    before: Before,
    /// The last change at or below each path.
    within: BTreeMap<String, u32>,
    /// The last with which all below each path became another.
    whole: BTreeMap<String, u32>,
}

impl Latest {
    /// The revision of the last change that made a difference at or below a path.
    pub(super) fn of(&self, path: &str) -> u32 {
        steps::add_lookup(path.len(), self.within.len());
        let mut last = self.within.get(path);
        for path in line(path) {
            steps::add_lookup(path.len(), self.whole.len());
            last = last.max(self.whole.get(path));
        }
        last.or_else(|| self.before.get(path))
            .copied()
            .unwrap_or(self.from)
    }
}

/// Where changes were made.
#[derive(Clone, Debug)]
pub(super) struct Touched<'c> {
    /// The paths at and below which all is another, none of them below another one.
    pub(super) whole: BTreeSet<&'c str>,
    /// The paths of nodes that are others alone, none of them at or below one of those.
    pub(super) alone: BTreeSet<&'c str>,
}

impl<'c> Touched<'c> {
    fn of(changes: &[&'c Change]) -> Self {
        steps::add(changes.iter().map(|change| change.path.len() + 1).sum());
        let paths = |whole: bool| -> BTreeSet<&'c str> {
            let of_kind = changes.iter().filter(move |change| change.whole == whole);
            gathered(of_kind.map(|change| change.path.as_str()))
        };
        let (all, mut alone) = (paths(true), paths(false));
        let is_one = |path: &str| {
            steps::add_lookup(path.len(), all.len());
            all.contains(path)
        };
        alone.retain(|path| !line(path).any(is_one));
        let mut whole = all.clone();
        whole.retain(|path| !line(path).skip(1).any(is_one));
        Self { whole, alone }
    }
}

/// A path and all that are above it, the root's last.
pub(super) fn line(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        uri::split(path).map(|(parent, _)| parent)
    })
}

/// Which of some paths are below a path.
fn below<'k, K: Borrow<str> + Ord, V>(
    paths: &'k BTreeMap<K, V>,
    path: &str,
) -> impl Iterator<Item = &'k str> {
    let prefix = match path {
        "" => String::new(),
        path => format!("{path}/"),
    };
    let behind = (Bound::Excluded(&*prefix), Bound::Unbounded);
    let behind = paths.range::<str, _>(behind);
    let keys = behind.map(|(key, _)| key.borrow());
    keys.take_while(move |key| key.starts_with(&prefix))
}

impl Changes {
    pub(super) fn since(revision: u32) -> Self {
        Self {
            from: revision,
            known: VecDeque::new(),
            most: MAX_CHANGES,
            before: Before::default(),
        }
    }

    /// The same where it is known when paths changed last.
    pub(super) fn behind_these(revision: u32, before: BTreeMap<String, u32>) -> Self {
        Self {
            before: Arc::new(before),
            ..Self::since(revision)
        }
    }

    /// The same, which forgets nothing.
    pub(super) fn unbounded(revision: u32) -> Self {
        Self {
            most: usize::MAX,
            ..Self::since(revision)
        }
    }

    /// What was noted, one revision after the other.
    pub(super) fn log(&self) -> Vec<Noted> {
        let noted = |change: &Change| Noted {
            path: change.path.clone(),
            by: change.by,
            server: change.server.clone(),
            whole: change.whole,
        };
        self.known.iter().map(noted).collect()
    }

    /// The same behind a revision.
    pub(super) fn of_log(from: u32, log: Vec<Noted>) -> Self {
        let mut changes = Self::unbounded(from);
        let mut revision = from;
        for noted in log {
            revision = revision.wrapping_add(1);
            changes.note(Change {
                revision,
                path: noted.path,
                by: noted.by,
                server: noted.server,
                whole: noted.whole,
            });
        }
        changes
    }

    pub(super) fn note(&mut self, change: Change) {
        if self.known.len() >= self.most
            && let Some(oldest) = self.known.pop_front()
        {
            self.from = oldest.revision;
            self.forget(&oldest);
        }
        self.known.push_back(change);
    }

    /// What a change that is known no more made a difference to has changed last with it, or later.
    fn forget(&mut self, change: &Change) {
        if self.before.is_empty() {
            return;
        }
        let before = Arc::make_mut(&mut self.before);
        for path in line(&change.path) {
            steps::add_lookup(path.len(), before.len());
            before.remove(path);
        }
        if change.whole {
            let gone: Vec<String> = below(before, &change.path).map(str::to_owned).collect();
            for path in gone {
                steps::add_lookup(path.len(), before.len());
                before.remove(&path);
            }
        }
    }

    fn before(&self, path: &str) -> u32 {
        steps::add_lookup(path.len(), self.before.len());
        self.before.get(path).copied().unwrap_or(self.from)
    }

    /// The same changes, as if all had been done at once.
    pub(super) fn at_once(mut self, revision: u32) -> Self {
        for change in &mut self.known {
            change.revision = revision;
        }
        self
    }

    /// Notes all changes elsewhere, too.
    pub(super) fn hand_over(self, to: &mut Self) {
        steps::add(self.known.len());
        for change in self.known {
            to.note(change);
        }
    }

    /// The revision of the last change at or below a path.
    pub(super) fn last_at(&self, path: &str) -> Option<u32> {
        let is_at = |change: &&Change| {
            steps::add(path.len() + 1);
            let below = change.path.strip_prefix(path);
            path.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.known
            .iter()
            .rev()
            .find(is_at)
            .map(|change| change.revision)
    }

    /// The revision of the last change that made a difference at or below a path, or one behind which no change did.
    pub(super) fn last_of(&self, path: &str) -> u32 {
        let is_within = |inner: &str, outer: &str| {
            steps::add(outer.len() + 1);
            let below = inner.strip_prefix(outer);
            outer.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let touches = |change: &&Change| {
            is_within(&change.path, path) || (change.whole && is_within(path, &change.path))
        };
        let last = self.known.iter().rev().find(touches);
        last.map_or_else(|| self.before(path), |change| change.revision)
    }

    /// What [`last_of`](Self::last_of) says of each path, which are all different.
    pub(super) fn last_of_each(&self, paths: &[String]) -> Vec<u32> {
        let mut last: Vec<u32> = paths.iter().map(|path| self.before(path)).collect();
        let paths = paths.iter().map(String::as_str);
        let mut waiting: BTreeMap<&str, &mut u32> = paths.zip(&mut last).collect();
        for change in self.known.iter().rev() {
            if waiting.is_empty() {
                break;
            }
            let inner: Vec<String> = match change.whole {
                true => below(&waiting, &change.path).map(str::to_owned).collect(),
                false => Vec::new(),
            };
            for path in line(&change.path).chain(inner.iter().map(String::as_str)) {
                steps::add_lookup(path.len(), waiting.len());
                if let Some(last) = waiting.remove(path) {
                    *last = change.revision;
                }
            }
        }
        last
    }

    /// What [`last_of`](Self::last_of) says of many paths.
    pub(super) fn latest(&self) -> Latest {
        let mut latest = Latest {
            from: self.from,
            before: Arc::clone(&self.before),
            ..Latest::default()
        };
        for change in &self.known {
            for path in line(&change.path) {
                steps::add_lookup(path.len(), latest.within.len());
                latest.within.insert(path.to_owned(), change.revision);
            }
            if change.whole {
                latest.whole.insert(change.path.clone(), change.revision);
            }
        }
        latest
    }

    /// Where changes were made behind a revision, where all of them are known.
    pub(super) fn touched(&self, revision: u32) -> Option<Touched<'_>> {
        let changes: Vec<&Change> = self.behind(revision)?.collect();
        Some(Touched::of(&changes))
    }

    /// The changes behind a revision, where all of them are known.
    pub(super) fn behind(&self, revision: u32) -> Option<impl Iterator<Item = &Change>> {
        let is_known = |change: &Change| change.revision <= revision;
        let first = self.known.partition_point(is_known);
        (revision >= self.from).then(|| self.known.range(first..))
    }
}
