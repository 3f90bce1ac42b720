//! What is remembered of objects that were refused or broken off: their rest, if it comes all the same, is no value of its own, and is not
//! executed as one.

use serde::{Deserialize, Serialize};

use crate::status::StatusCode;
use crate::syncml::Item;

use super::assembly::{Assembly, Purpose, octets};

/// How many objects are remembered. Who sends more of them at a time than this has its oldest forgotten.
const MOST: usize = 8;

/// Objects that are not taken, as long as chunks keep coming.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Refusals {
    /// The oldest first, one for each place.
    kept: Vec<Refused>,
    /// Whether this message has brought something of these, or a new one.
    is_fed: bool,
    /// Whether it has brought something that is no chunk.
    is_passed: bool,
}

/// An object that is not taken, up to its last chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refused {
    purpose: Purpose,
    /// What its rest is answered with.
    code: StatusCode,
    /// Octets of the rest. Nothing where nobody knows: then its rest is whatever looks like it and stands directly behind.
    left: Option<u64>,
    /// A chunk of it is in this message, which has no other.
    is_here: bool,
}

impl Refused {
    /// Whether an item is of the rest. A chunk for the same place that says something else of its value is none the less no value of its own.
    fn is_followed_by(
        &self,
        next: &Purpose,
        declared: Result<u32, StatusCode>,
        item: &Item,
    ) -> bool {
        let is_end = || self.left.is_none_or(|left| left == length(item));
        let is_like = self.purpose.is_at(next) && declared == Err(StatusCode::SIZE_REQUIRED);
        !self.is_here && is_like && (item.more_data || is_end())
    }

    /// Whether something else may be for its place. A Get has one value for each node: what follows a refused one is its rest.
    fn may_be_passed(&self) -> bool {
        self.purpose.command != "Results"
    }
}

impl Refusals {
    /// Whether nothing is remembered.
    pub(in crate::session::v1) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// An object whose chunk is refused with a code, and more follows. `size` is what it was announced to have, where that is known; `total`
    /// is what has come of it.
    pub(in crate::session::v1) fn note(
        &mut self,
        purpose: Purpose,
        code: StatusCode,
        size: Option<u32>,
        total: u64,
    ) {
        let mut refused = Refused {
            purpose,
            code,
            left: size.and_then(|size| u64::from(size).checked_sub(total)),
            is_here: true,
        };
        if !refused.may_be_passed() {
            refused.left = None;
        }
        self.push(refused);
    }

    /// An object that something else has broken off.
    pub(in crate::session::v1) fn broken(&mut self, open: &Assembly) {
        self.push(Refused {
            purpose: open.purpose().clone(),
            code: StatusCode::SIZE_REQUIRED,
            left: Some(u64::from(open.size().saturating_sub(open.received()))),
            is_here: false,
        });
    }

    /// A chunk that is refused as it stands, whatever it says. Where it says a size again, it may be the next or a first one: then nobody
    /// knows what is left.
    pub(in crate::session::v1) fn refuse(
        &mut self,
        purpose: Purpose,
        code: StatusCode,
        declared: Result<u32, StatusCode>,
        item: &Item,
    ) {
        // The last may come again, with another number.
        if item.more_data && self.claims(&purpose, declared, item).is_none() {
            let is_known = self
                .kept
                .iter()
                .any(|refused| refused.purpose.is_at(&purpose));
            let size = declared.ok().filter(|_| !is_known);
            self.note(purpose, code, size, length(item));
        }
    }

    fn push(&mut self, refused: Refused) {
        self.forget(&refused.purpose);
        if self.kept.len() >= MOST {
            self.kept.remove(0);
        }
        self.kept.push(refused);
        self.is_fed = true;
    }

    /// An object for the same place begins anew.
    pub(in crate::session::v1) fn forget(&mut self, purpose: &Purpose) {
        self.kept.retain(|refused| !refused.purpose.is_at(purpose));
    }

    /// What an item is answered with that is of a rest; nothing for any other.
    pub(in crate::session::v1) fn claims(
        &mut self,
        next: &Purpose,
        declared: Result<u32, StatusCode>,
        item: &Item,
    ) -> Option<StatusCode> {
        let mut kept = self.kept.iter_mut().enumerate();
        let found = kept.find(|(_, refused)| refused.is_followed_by(next, declared, item));
        let Some((at, refused)) = found else {
            if !item.more_data {
                self.pass();
            }
            return None;
        };
        let code = refused.code;
        if item.more_data {
            let left = refused.left.and_then(|left| left.checked_sub(length(item)));
            (refused.left, refused.is_here) = (left, true);
        } else {
            self.kept.remove(at);
        }
        self.is_fed = true;
        Some(code)
    }

    /// Something has come that has no chunk in it: it ends the memory of a rest whose length nobody knows.
    pub(in crate::session::v1) fn pass(&mut self) {
        let is_kept = |refused: &Refused| {
            refused.left.is_some() || refused.is_here || !refused.may_be_passed()
        };
        self.kept.retain(is_kept);
        self.is_passed = true;
    }

    /// Behind a message: with the first that has something else in it, and no chunk of any of these, all are forgotten.
    pub(in crate::session::v1) fn end_of_message(&mut self) {
        if self.is_passed && !self.is_fed {
            self.kept.clear();
        }
        (self.is_fed, self.is_passed) = (false, false);
        for refused in &mut self.kept {
            refused.is_here = false;
        }
    }
}

fn length(item: &Item) -> u64 {
    item.data.as_ref().map_or(0, |data| octets(data).len()) as u64
}
