//! A session at rest, as its host stores it: the state is written each time, each part once.

use std::collections::{BTreeMap, BTreeSet};

use omadm::{AccountState, Part, Saved};

use super::needles::shows;

/// The longest that the state of a session of these flows may be.
const MOST_STATE: usize = 12 << 10;

#[derive(Clone)]
pub(crate) struct AtRest {
    state: Vec<u8>,
    pub(crate) account: AccountState,
    /// What is written, and what was written and is gone.
    parts: BTreeMap<String, Vec<u8>>,
    gone: BTreeSet<String>,
}

impl AtRest {
    /// Stores what is new of a session, and drops what is gone. At rest it takes less than `most` octets.
    pub(crate) fn store(
        before: Option<&Self>,
        saved: &Saved,
        (object_bytes, most): (u64, usize),
    ) -> Self {
        let mut parts = before.map_or_else(BTreeMap::new, |before| before.parts.clone());
        let mut gone = before.map_or_else(BTreeSet::new, |before| before.gone.clone());
        let is_there = |id: &String| saved.parts.iter().any(|part| part.id == *id);
        gone.extend(parts.keys().filter(|id| !is_there(id)).cloned());
        parts.retain(|id, _| is_there(id));
        for Part { id, bytes } in &saved.parts {
            assert!(!gone.contains(id), "a part has the number of another");
            match parts.get(id) {
                Some(written) => assert!(written == bytes, "a part changes"),
                None => {
                    parts.insert(id.clone(), bytes.clone());
                }
            }
        }
        assert_eq!(parts.len(), saved.parts.len(), "a part is there twice");
        let octets: usize = parts.values().map(Vec::len).sum();
        // Of a device with answers that it has not said yet.
        assert!(octets as u64 <= object_bytes, "what objects take");
        // Those answers are in the state, where no value is in parts.
        let state = saved.state.len();
        assert!(state < MOST_STATE || octets == 0, "a state of {state}");
        assert!(state + octets < most, "{state} and {octets}");
        Self {
            state: saved.state.clone(),
            account: saved.account.clone(),
            parts,
            gone,
        }
    }

    /// What the session is restored from.
    pub(crate) fn saved(&self) -> Saved {
        let part = |(id, bytes): (&String, &Vec<u8>)| Part {
            id: id.clone(),
            bytes: bytes.clone(),
        };
        Saved {
            state: self.state.clone(),
            account: self.account.clone(),
            parts: self.parts.iter().map(part).collect(),
        }
    }

    /// Whether this is the session as it is stored.
    pub(crate) fn is(&self, saved: &Saved) -> bool {
        let is_part = |part: &Part| self.parts.get(&part.id) == Some(&part.bytes);
        self.state == saved.state
            && self.account == saved.account
            && self.parts.len() == saved.parts.len()
            && saved.parts.iter().all(is_part)
    }

    /// Whether any of these stands in it.
    pub(crate) fn shows(&self, needles: &[Vec<u8>]) -> bool {
        let mut all = self.parts.values().chain([&self.state]);
        all.any(|octets| shows(needles, octets))
    }

    /// Octets in parts.
    pub(crate) fn held(&self) -> usize {
        self.parts.values().map(Vec::len).sum()
    }
}
