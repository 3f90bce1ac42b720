//! What the host is to be asked, gathered on the way.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::steps;
use crate::tree::operation::{HostCall, HostCallKind};

/// Calls in the order in which they came up, one for each node: of several values to write it is the last that counts, as
/// in the tree.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    calls: Vec<HostCall>,
    /// Where in them a path is.
    paths: BTreeMap<String, usize>,
}

impl Asked {
    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls.
    pub fn into_calls(self) -> Vec<HostCall> {
        self.calls
    }
}

impl Extend<HostCall> for Asked {
    fn extend<T: IntoIterator<Item = HostCall>>(&mut self, calls: T) {
        for call in calls {
            steps::add_lookup(call.path.len(), self.paths.len());
            match self.paths.entry(call.path.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(self.calls.len());
                    self.calls.push(call);
                }
                Entry::Occupied(entry) if call.kind == HostCallKind::Write => {
                    let before = self.calls.get_mut(*entry.get());
                    before.into_iter().for_each(|before| *before = call.clone());
                }
                Entry::Occupied(_) => {}
            }
        }
    }
}
