//! The numbers of notifications that are remembered, and what stands for a number where there is none.

use serde::{Deserialize, Serialize};

/// Numbers that are remembered.
const MOST: usize = 32;

/// The numbers of the last 32 notifications, the newest last.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<T>", from = "Vec<T>")]
#[serde(bound(
    serialize = "T: Copy + Serialize",
    deserialize = "T: Copy + Default + Deserialize<'de>"
))]
pub struct Triggers<T = u16> {
    numbers: [T; MOST],
    count: u8,
}

impl<T: Copy + Default + PartialEq> Triggers<T> {
    /// The numbers, the newest last.
    pub fn numbers(&self) -> &[T] {
        let count = usize::from(self.count);
        self.numbers.get(..count).unwrap_or_default()
    }

    /// Whether a number is among them.
    pub fn contains(&self, number: T) -> bool {
        self.numbers().contains(&number)
    }

    /// Puts a number behind the others, of which the oldest makes room.
    pub fn remember(&mut self, number: T) {
        let known = self.numbers().iter().copied();
        let mut known: Vec<T> = known.filter(|known| *known != number).collect();
        known.push(number);
        *self = known.into();
    }

    /// Takes a number out.
    pub fn forget(&mut self, number: T) {
        let known = self.numbers().iter().copied();
        *self = known
            .filter(|known| *known != number)
            .collect::<Vec<_>>()
            .into();
    }
}

/// Of more than 32 the last.
impl<T: Copy + Default> From<Vec<T>> for Triggers<T> {
    fn from(given: Vec<T>) -> Self {
        let surplus = given.len().saturating_sub(MOST);
        let mut triggers = Self {
            numbers: [T::default(); MOST],
            count: 0,
        };
        for (slot, number) in triggers.numbers.iter_mut().zip(given.iter().skip(surplus)) {
            *slot = *number;
            triggers.count += 1;
        }
        triggers
    }
}

impl<T: Copy> From<Triggers<T>> for Vec<T> {
    fn from(triggers: Triggers<T>) -> Self {
        let numbers = triggers.numbers.iter().copied();
        numbers.take(usize::from(triggers.count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_remembered_once() {
        let mut triggers: Triggers = Triggers::default();
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
