//! The numbers of notifications that are remembered.

use serde::{Deserialize, Serialize};

/// Numbers that are remembered.
const MOST: usize = 32;

/// The numbers of the last 32 notifications, the newest last.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<u16>", from = "Vec<u16>")]
pub struct Triggers {
    numbers: [u16; MOST],
    count: u8,
}

impl Triggers {
    /// The numbers, the newest last.
    pub fn numbers(&self) -> &[u16] {
        let count = usize::from(self.count);
        self.numbers.get(..count).unwrap_or_default()
    }

    /// Whether a number is among them.
    pub fn contains(&self, number: u16) -> bool {
        self.numbers().contains(&number)
    }

    /// Puts a number behind the others, of which the oldest makes room.
    pub fn remember(&mut self, number: u16) {
        let known = self.numbers().iter().copied();
        let mut known: Vec<u16> = known.filter(|known| *known != number).collect();
        known.push(number);
        *self = known.into();
    }

    /// Takes a number out.
    pub fn forget(&mut self, number: u16) {
        let known = self.numbers().iter().copied();
        *self = known
            .filter(|known| *known != number)
            .collect::<Vec<_>>()
            .into();
    }
}

/// Of more than 32 the last.
impl From<Vec<u16>> for Triggers {
    fn from(given: Vec<u16>) -> Self {
        let surplus = given.len().saturating_sub(MOST);
        let mut triggers = Self::default();
        for (slot, number) in triggers.numbers.iter_mut().zip(given.iter().skip(surplus)) {
            *slot = *number;
            triggers.count += 1;
        }
        triggers
    }
}

impl From<Triggers> for Vec<u16> {
    fn from(triggers: Triggers) -> Self {
        triggers.numbers().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_remembered_once() {
        let mut triggers = Triggers::default();
        assert!(!triggers.contains(0));
        for number in 0..40 {
            triggers.remember(number);
        }
        triggers.remember(20);
        let expected: Vec<u16> = (8..20).chain(21..40).chain([20]).collect();
        assert_eq!(triggers.numbers(), expected);
        triggers.forget(9);
        triggers.forget(9);
        assert!(!triggers.contains(9) && triggers.contains(8));
        assert_eq!(triggers.numbers().len(), 31);
        let all = Triggers::from((0..100).collect::<Vec<u16>>());
        assert_eq!(all.numbers(), (68..100).collect::<Vec<u16>>());
    }
}
