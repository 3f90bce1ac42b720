//! What is remembered of an object that was refused or broken off: its rest, if it comes all the same, is no value of its own, and is not
//! executed as one.

use serde::{Deserialize, Serialize};

use crate::status::StatusCode;
use crate::syncml::Item;

use super::assembly::{Assembly, Purpose, octets};

/// An object that is not taken, up to the end of the message behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Refused {
    purpose: Purpose,
    /// What its rest is answered with.
    code: StatusCode,
    /// Octets of the rest. Nothing where nobody knows: then its rest is whatever looks like it and stands directly behind.
    left: Option<u64>,
    /// A chunk of it is in this message, which has no other.
    is_here: bool,
    /// It was in this message, and may be in the next.
    is_new: bool,
}

impl Refused {
    /// One whose chunk is refused with a code, and more follows. `size` is what it was announced to have, where that is known; `total` is
    /// what has come of it.
    pub(in crate::session::v1) fn at(
        purpose: Purpose,
        code: StatusCode,
        size: Option<u32>,
        total: u64,
    ) -> Self {
        Self {
            purpose,
            code,
            left: size.and_then(|size| u64::from(size).checked_sub(total)),
            is_here: true,
            is_new: true,
        }
    }

    /// One that something else has broken off.
    pub(in crate::session::v1) fn broken(open: &Assembly) -> Self {
        Self {
            purpose: open.purpose().clone(),
            code: StatusCode::SIZE_REQUIRED,
            left: Some(u64::from(open.size().saturating_sub(open.received()))),
            is_here: false,
            is_new: true,
        }
    }

    /// What an item is answered with that is of the rest; nothing for any other. Something else ends the memory of a rest whose length
    /// nobody knows.
    pub(in crate::session::v1) fn claims(
        slot: &mut Option<Self>,
        next: &Purpose,
        declared: Result<u32, StatusCode>,
        item: &Item,
    ) -> Option<StatusCode> {
        let refused = slot.as_mut().filter(|refused| !refused.is_here)?;
        let length = item.data.as_ref().map_or(0, |data| octets(data).len()) as u64;
        let is_like = refused.purpose.covers(next) && declared == Err(StatusCode::SIZE_REQUIRED);
        let is_end = || refused.left.is_none_or(|left| left == length);
        if !is_like || !(item.more_data || is_end()) {
            Self::pass(slot);
            return None;
        }
        let code = refused.code;
        if item.more_data {
            refused.left = refused.left.and_then(|left| left.checked_sub(length));
            (refused.is_here, refused.is_new) = (true, true);
        } else {
            *slot = None;
        }
        Some(code)
    }

    /// Something has come that has no chunk in it.
    pub(in crate::session::v1) fn pass(slot: &mut Option<Self>) {
        slot.take_if(|refused| refused.left.is_none() && !refused.is_here);
    }

    /// Behind a message: what was not in it is forgotten.
    pub(in crate::session::v1) fn end_of_message(slot: &mut Option<Self>) {
        slot.take_if(|refused| !refused.is_new);
        if let Some(refused) = slot {
            (refused.is_here, refused.is_new) = (false, false);
        }
    }
}
