//! What has changed in a tree, and by whom.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

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

/// The last changes of a tree.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    /// The revision behind which all changes are known.
    from: u32,
    known: VecDeque<Change>,
    most: usize,
}

impl Changes {
    pub(super) fn since(revision: u32) -> Self {
        Self {
            from: revision,
            known: VecDeque::new(),
            most: MAX_CHANGES,
        }
    }

    /// The same, which forgets nothing.
    pub(super) fn unbounded(revision: u32) -> Self {
        Self {
            most: usize::MAX,
            ..Self::since(revision)
        }
    }

    pub(super) fn note(&mut self, change: Change) {
        if self.known.len() >= self.most
            && let Some(oldest) = self.known.pop_front()
        {
            self.from = oldest.revision;
        }
        self.known.push_back(change);
    }

    /// The revision of the last change at or below a path.
    pub(super) fn last_at(&self, path: &str) -> Option<u32> {
        let is_at = |change: &&Change| {
            let below = change.path.strip_prefix(path);
            path.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.known
            .iter()
            .rev()
            .find(is_at)
            .map(|change| change.revision)
    }

    /// The changes behind a revision, where all of them are known.
    pub(super) fn behind(&self, revision: u32) -> Option<impl Iterator<Item = &Change>> {
        let late = move |change: &&Change| change.revision > revision;
        (revision >= self.from).then(|| self.known.iter().filter(late))
    }
}
