//! What the host is asked for one command, one call after the other.
//!
//! What a command needs of the host comes up all at once. The command begins anew when all of it is answered, not behind each answer.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::tree::{Found, HostCall, HostCallKind, HostValues, Node, Owner, Tree};
use crate::uri;

/// Calls that are to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    calls: VecDeque<HostCall>,
    /// The revision of the tree with which they came up.
    revision: u32,
    /// Octets of the values that the host had given by then, and has given since.
    before: u64,
    since: u64,
}

impl Waiting {
    /// The first of the calls that came up in a tree, with the values that are known, and the others.
    pub(super) fn of(
        calls: Vec<HostCall>,
        tree: &Tree,
        values: &HostValues,
    ) -> Option<(HostCall, Self)> {
        let mut calls = VecDeque::from(calls);
        let first = calls.pop_front()?;
        let others = Self {
            calls,
            revision: tree.revision(),
            before: values.values().map(octets).sum(),
            since: 0,
        };
        Some((first, others))
    }

    /// The host has given a value.
    pub(super) fn took(&mut self, value: &Node) {
        self.since = self.since.saturating_add(octets(value));
    }

    /// The next call. Nothing where the command is to begin anew, because there is none, the tree has become another, or there is so much more
    /// data now that it may be too much; `most` are octets that never are.
    pub(super) fn next(&mut self, tree: &Tree, values: &HostValues, most: u64) -> Option<HostCall> {
        let is_more = self.since > self.before.max(most);
        if is_more || !tree.only_host_values_since(self.revision) {
            self.calls.clear();
        }
        self.revision = tree.revision();
        loop {
            let call = self.calls.pop_front()?;
            match call.kind {
                HostCallKind::Read if values.contains_key(&call.path) => {}
                _ if is_of_host(tree, &call.path) => return Some(call),
                _ => self.calls.clear(),
            }
        }
    }
}

fn octets(node: &Node) -> u64 {
    node.data().map_or(0, |data| data.len() as u64)
}

fn is_of_host(tree: &Tree, path: &str) -> bool {
    let found = tree.find(&uri::display(path));
    matches!(found, Ok(Some(Found::Leaf(node))) if node.owner() == Owner::Host)
}
