//! How much fits into a message that the peer takes.

use crate::error::{Code, Error};
use crate::syncml::{Form, Message};

/// What may be left out of the Status of a header where the message would be too long otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Nothing.
    Full,
    /// TargetRef and SourceRef.
    NoRefs,
    /// These, and the nonce for the next session.
    Least,
}

impl Detail {
    /// The most telling first.
    pub(super) const ALL: [Self; 3] = [Self::Full, Self::NoRefs, Self::Least];
}

/// Whether a message is refused for a MaxMsgSize that is no number.
pub(super) fn is_of_max_msg_size(error: &Error) -> bool {
    error.code() == Code::Number
        && error
            .path()
            .is_some_and(|path| path.starts_with("SyncHdr") && path.ends_with("MaxMsgSize"))
}

/// Octets of a message; one that cannot be written is longer than any other.
pub(super) fn octets(message: &Message, form: &Form) -> usize {
    message
        .encode_as(form)
        .map_or(usize::MAX, |body| body.len())
}

/// The most of `count` things of which so many fit. Fewer than what fits fit as well.
pub(super) fn most(count: usize, mut fits: impl FnMut(usize) -> bool) -> usize {
    let (mut fitting, mut next) = (0, 1);
    while next <= count && fits(next) {
        fitting = next;
        next = next.saturating_mul(2);
    }
    let mut above = next.min(count.saturating_add(1));
    while above - fitting > 1 {
        let between = fitting + (above - fitting) / 2;
        if fits(between) {
            fitting = between;
        } else {
            above = between;
        }
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_found() {
        for count in 0..20 {
            for room in 0..25 {
                assert_eq!(most(count, |n| n <= room), count.min(room));
            }
        }
    }
}
