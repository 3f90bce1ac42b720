//! What the host is to be asked, gathered on the way.

use std::collections::BTreeSet;

use crate::steps;
use crate::tree::operation::HostCall;

/// Calls in the order in which they came up, one for each node.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    calls: Vec<HostCall>,
    paths: BTreeSet<String>,
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
            if self.paths.insert(call.path.clone()) {
                self.calls.push(call);
            }
        }
    }
}
