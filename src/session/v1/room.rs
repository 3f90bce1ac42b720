//! How much fits into a message that the peer takes.

use crate::error::{Code, Error};
use crate::limits::Limits;
use crate::syncml::{Command, Form, Message};

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

/// What a message may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    octets: usize,
    commands: usize,
    items: usize,
}

impl Room {
    /// What the peer takes, and we would take ourselves: of how many commands and items it takes it says nothing.
    pub(super) fn of(limits: &Limits, max_msg_size: Option<u32>) -> Self {
        Self {
            octets: max_msg_size.unwrap_or(u32::MAX).min(limits.bytes) as usize,
            commands: limits.commands as usize,
            items: limits.items as usize,
        }
    }

    /// Octets that it holds.
    pub(super) fn octets(self) -> usize {
        self.octets
    }

    /// Whether it holds a message.
    pub(super) fn holds(self, message: &Message, form: &Form) -> bool {
        self.left(message, form).is_some_and(|left| left >= 0)
    }

    /// How many octets more it holds than the message: negative where it holds less, nothing where no number of octets helps.
    pub(super) fn left(self, message: &Message, form: &Form) -> Option<i64> {
        let (mut commands, mut items) = (0, 0);
        let mut waiting: Vec<&Command> = message.commands.iter().collect();
        while let Some(command) = waiting.pop() {
            commands += 1;
            items += match command {
                Command::Atomic(group) | Command::Sequence(group) => {
                    waiting.extend(&group.commands);
                    0
                }
                Command::Alert(alert) => alert.items.len(),
                // A Status names the items that it is for, which count as well.
                Command::Status(status) => {
                    let references = status.target_refs.len() + status.source_refs.len();
                    status.items.len() + references
                }
                Command::Results(results) => results.items.len(),
                other => other
                    .operation()
                    .map_or(0, |operation| operation.items.len()),
            };
        }
        if commands > self.commands || items > self.items {
            return None;
        }
        let body = message.encode_as(form).ok()?;
        let octets = |octets: usize| i64::try_from(octets).ok();
        octets(self.octets)?.checked_sub(octets(body.len())?)
    }
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
