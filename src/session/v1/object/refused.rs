//! What is remembered of objects that were refused or broken off: their rest, if it comes all the same, is no value of its own, and is not
//! executed as one.

use serde::{Deserialize, Serialize};

use crate::checksum::Checksum;
use crate::status::StatusCode;
use crate::syncml::Item;

use super::assembly::{Assembly, Purpose, octets};

/// How many objects are remembered with all that is said of them.
const MOST: usize = 8;

/// Of how many more is remembered where they belong, and how much is left of them: as many as there are messages to a session with a new
/// one in each. Who sends still more at a time is refused every value, which may be the rest of any, until a message comes without one.
const MOST_OLDER: usize = 1_000;

/// Objects that are not taken, as long as chunks keep coming.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Refusals {
    /// The oldest first, one for each place.
    kept: Vec<Refused>,
    /// Those before.
    older: Vec<Older>,
    /// Whether there were more.
    is_full: bool,
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

/// An object that is not taken, and long ago: its place, and octets of its rest where they are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Older {
    place: Checksum,
    left: Option<u64>,
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
        self.kept.is_empty() && self.older.is_empty() && !self.is_full
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
            let Refused { purpose, left, .. } = self.kept.remove(0);
            let place = purpose.place();
            match self.older.len() >= MOST_OLDER {
                true => self.is_full = true,
                false => self.older.push(Older { place, left }),
            }
        }
        self.kept.push(refused);
        self.is_fed = true;
    }

    /// An object for the same place begins anew.
    pub(in crate::session::v1) fn forget(&mut self, purpose: &Purpose) {
        self.kept.retain(|refused| !refused.purpose.is_at(purpose));
        if !self.older.is_empty() {
            let place = purpose.place();
            self.older.retain(|older| older.place != place);
        }
    }

    /// The same of one that was refused long ago, or of what may be one.
    fn claims_older(
        &mut self,
        next: &Purpose,
        declared: Result<u32, StatusCode>,
        item: &Item,
    ) -> Option<StatusCode> {
        let code = StatusCode::SIZE_REQUIRED;
        if declared != Err(code) || (self.older.is_empty() && !self.is_full) {
            return None;
        }
        let (place, length) = (next.place(), length(item));
        let mut older = self.older.iter_mut().enumerate();
        let found = older.find(|(_, older)| {
            let is_end = older.left.is_none_or(|left| left == length);
            older.place == place && (item.more_data || is_end)
        });
        match found {
            Some((_, older)) if item.more_data => {
                older.left = older.left.and_then(|left| left.checked_sub(length));
            }
            Some((at, _)) => {
                self.older.remove(at);
            }
            None if self.is_full && !item.more_data => {}
            None => return None,
        }
        self.is_fed = true;
        Some(code)
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
            let code = self.claims_older(next, declared, item);
            if code.is_none() && !item.more_data {
                self.pass();
            }
            return code;
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
            self.older.clear();
            self.is_full = false;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syncml::Data;

    const MISSING: Result<u32, StatusCode> = Err(StatusCode::SIZE_REQUIRED);

    fn purpose(at: usize) -> Purpose {
        Purpose::of("Add", &Item::at(format!("./N{at}")), None, None)
    }

    fn item(data: &str, more_data: bool) -> Item {
        Item {
            data: Some(Data::Text(data.to_owned())),
            more_data,
            ..Item::at("./A")
        }
    }

    /// So many objects of nine octets, of which three have come.
    fn refused(count: usize) -> Refusals {
        let mut refusals = Refusals::default();
        for at in 0..count {
            refusals.note(purpose(at), StatusCode::TOO_LARGE, Some(9), 3);
            refusals.end_of_message();
        }
        refusals
    }

    #[test]
    fn l08_the_rest_of_no_object_is_a_value_however_many_there_are() {
        for count in [1, MOST, MOST + 1, MOST + MOST_OLDER, MOST + MOST_OLDER + 9] {
            let mut refusals = refused(count);
            for at in 0..count {
                let chunk = refusals.claims(&purpose(at), MISSING, &item("de", true));
                // One that is not remembered is a first chunk without a size.
                let is_remembered = at < MOST_OLDER || at + MOST >= count;
                assert_eq!(chunk.is_some(), is_remembered, "{at} of {count}");
                refusals.end_of_message();
                let rest = refusals.claims(&purpose(at), MISSING, &item("fghi", false));
                assert!(rest.is_some(), "{at} of {count}");
                refusals.end_of_message();
            }
        }
    }

    #[test]
    fn a_value_that_is_no_rest_is_taken_unless_there_are_too_many() {
        for (count, is_taken) in [
            (MOST + 1, true),
            (MOST + MOST_OLDER, true),
            (MOST + MOST_OLDER + 1, false),
        ] {
            let mut refusals = refused(count);
            for _ in 0..2 {
                let other = refusals.claims(&purpose(9_999), MISSING, &item("x", false));
                assert_eq!(other.is_none(), is_taken, "{count}");
                refusals.end_of_message();
            }
            refusals.pass();
            refusals.end_of_message();
            assert!(refusals.is_empty(), "{count}");
        }
    }
}
