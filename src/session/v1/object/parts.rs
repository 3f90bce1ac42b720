//! Octets that a session keeps beside its state, in parts that never change: whoever stores the session writes each of them once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::auth::{Fingerprint, fingerprint};
use crate::error::{Error, Result};
use crate::session::transport::Part;

/// Octets of one part, at the most: less than stores take in one piece.
const MOST: usize = 1 << 20;

/// The parts of a session. What is saved with its state is what they are; the octets are saved beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Parts {
    /// The number of the next. None is given twice.
    next: u32,
    known: BTreeMap<u32, Known>,
    #[serde(skip)]
    octets: BTreeMap<u32, Vec<u8>>,
}

/// What a part is to be found by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    length: u32,
    print: Fingerprint,
}

/// Octets that lie in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Run {
    numbers: Vec<u32>,
    length: u32,
}

impl Run {
    /// How many octets there are.
    pub(in crate::session::v1) fn len(&self) -> u32 {
        self.length
    }
}

impl Parts {
    /// Puts octets behind those of a run.
    pub(in crate::session::v1) fn append(&mut self, run: &mut Run, octets: &[u8]) {
        for octets in octets.chunks(MOST) {
            let number = self.next;
            self.next = number.wrapping_add(1);
            let length = octets.len() as u32;
            let print = fingerprint(octets);
            self.known.insert(number, Known { length, print });
            self.octets.insert(number, octets.to_vec());
            run.numbers.push(number);
            run.length = run.length.saturating_add(length);
        }
    }

    /// Some octets of a run, as far as it has them.
    pub(in crate::session::v1) fn read(&self, run: &Run, range: Range<usize>) -> Vec<u8> {
        let mut read = Vec::with_capacity(range.len().min(run.length as usize));
        let (mut skip, mut left) = (range.start, range.len());
        for octets in run
            .numbers
            .iter()
            .filter_map(|number| self.octets.get(number))
        {
            if left == 0 {
                break;
            }
            let rest = octets.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(octets.len());
            let taken = rest.get(..left.min(rest.len())).unwrap_or_default();
            read.extend_from_slice(taken);
            left -= taken.len();
        }
        read
    }

    /// Gives the octets of a run away, in one piece, until it is [dropped](Self::drop): no part outlives its copy.
    pub(in crate::session::v1) fn lend(&mut self, run: &Run) -> Vec<u8> {
        let mut lent = Vec::new();
        for number in &run.numbers {
            if let Some(octets) = self.octets.remove(number) {
                if lent.is_empty() {
                    lent.reserve_exact((run.length as usize).max(octets.len()));
                }
                lent.extend_from_slice(&octets);
            }
        }
        lent
    }

    /// Whether the octets of a run are lent.
    pub(in crate::session::v1) fn is_lent(&self, run: &Run) -> bool {
        run.numbers
            .iter()
            .any(|number| !self.octets.contains_key(number))
    }

    /// Takes back what was lent.
    pub(in crate::session::v1) fn put_back(&mut self, run: &Run, lent: &[u8]) {
        for (number, part) in run.numbers.iter().zip(self.save_lent(run, lent)) {
            self.octets.insert(*number, part.bytes);
        }
    }

    /// The parts of what is lent.
    pub(in crate::session::v1) fn save_lent(&self, run: &Run, lent: &[u8]) -> Vec<Part> {
        let mut rest = lent;
        let mut saved = Vec::new();
        for number in &run.numbers {
            let length = self.known.get(number).map_or(0, |known| known.length);
            if let Some((octets, behind)) = rest.split_at_checked(length as usize) {
                saved.push(part(*number, octets));
                rest = behind;
            }
        }
        saved
    }

    /// Forgets the octets of a run.
    pub(in crate::session::v1) fn drop(&mut self, run: Run) {
        for number in run.numbers {
            self.known.remove(&number);
            self.octets.remove(&number);
        }
    }

    /// Forgets all but the octets of these runs.
    pub(in crate::session::v1) fn keep<'r>(&mut self, runs: impl Iterator<Item = &'r Run>) {
        let kept: BTreeSet<u32> = runs.flat_map(|run| run.numbers.iter().copied()).collect();
        self.known.retain(|number, _| kept.contains(number));
        self.octets.retain(|number, _| kept.contains(number));
    }

    /// Forgets all.
    pub(in crate::session::v1) fn clear(&mut self) {
        self.known.clear();
        self.octets.clear();
    }

    /// Octets in all parts.
    pub(in crate::session::v1) fn held(&self) -> u64 {
        self.known
            .values()
            .map(|known| u64::from(known.length))
            .sum()
    }

    /// The parts, to be stored.
    pub(in crate::session::v1) fn save(&self) -> Vec<Part> {
        let octets = self.octets.iter();
        octets
            .map(|(number, octets)| part(*number, octets))
            .collect()
    }

    /// Puts the octets back in. Parts that are unknown are none of the session any more.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where a part is missing or another than was stored.
    pub(in crate::session::v1) fn restore(&mut self, saved: &[Part]) -> Result<()> {
        let mut by_id: BTreeMap<&str, &Part> = BTreeMap::new();
        for part in saved {
            if by_id.insert(part.id.as_str(), part).is_some() {
                return Err(Error::snapshot("a part is there twice"));
            }
        }
        let mut octets = BTreeMap::new();
        for (number, known) in &self.known {
            let part = by_id
                .get(number.to_string().as_str())
                .ok_or_else(|| Error::snapshot(format!("part {number} is missing")))?;
            if part.bytes.len() != known.length as usize || fingerprint(&part.bytes) != known.print
            {
                return Err(Error::snapshot(format!("part {number} is damaged")));
            }
            octets.insert(*number, part.bytes.clone());
        }
        self.octets = octets;
        Ok(())
    }
}

fn part(number: u32, octets: &[u8]) -> Part {
    Part {
        id: number.to_string(),
        bytes: octets.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn filled() -> (Parts, Run, Run) {
        let mut parts = Parts::default();
        let (mut first, mut second) = (Run::default(), Run::default());
        parts.append(&mut first, b"abc");
        parts.append(&mut second, &vec![7; MOST + 1]);
        parts.append(&mut first, b"");
        parts.append(&mut first, b"de");
        (parts, first, second)
    }

    fn restored(parts: &Parts, saved: &[Part]) -> Result<Parts> {
        let state = postcard::to_allocvec(parts).unwrap();
        assert!(state.len() < 200, "octets are no state");
        let mut restored: Parts = postcard::from_bytes(&state).unwrap();
        restored.restore(saved)?;
        Ok(restored)
    }

    #[test]
    fn l14_l20_parts_are_small_never_change_and_come_back() {
        let (mut parts, first, second) = filled();
        assert_eq!((first.len(), second.len()), (5, MOST as u32 + 1));
        assert_eq!(parts.held(), MOST as u64 + 6);
        let saved = parts.save();
        let sizes: Vec<_> = saved.iter().map(|part| part.bytes.len()).collect();
        assert_eq!(sizes, [3, MOST, 1, 2]);
        assert!(restored(&parts, &saved).unwrap() == parts);
        let lent = parts.lend(&first);
        assert_eq!(lent, b"abcde");
        assert_eq!(parts.save().len(), 2);
        assert!(parts.is_lent(&first) && !parts.is_lent(&second));
        let again = [parts.save_lent(&first, &lent), parts.save()].concat();
        assert!(restored(&parts, &again).unwrap().save() == saved);
        parts.drop(first);
        assert_eq!(parts.held(), MOST as u64 + 1);
        let mut next = Run::default();
        parts.append(&mut next, b"x");
        let later = parts.save();
        let ids: Vec<_> = later.iter().map(|part| part.id.as_str()).collect();
        assert_eq!(ids, ["1", "2", "4"], "no number comes twice");
        assert!(later[..2] == saved[1..3]);
        // What the host did not delete yet does no harm.
        let all = [&saved[..1], &saved[3..], &later[..]].concat();
        assert!(restored(&parts, &all).unwrap() == parts);
        parts.drop(second);
        assert_eq!(parts.held(), 1);
        parts.clear();
        assert!(parts.save().is_empty() && parts.held() == 0);
    }

    #[test]
    fn l14_a_part_that_is_missing_or_another_is_refused() {
        let (parts, ..) = filled();
        let saved = parts.save();
        for at in 0..saved.len() {
            let mut missing = saved.clone();
            missing.remove(at);
            let mut shorter = saved.clone();
            shorter[at].bytes.pop();
            let mut flipped = saved.clone();
            flipped[at].bytes[0] ^= 1;
            let twice = [&saved[..], &saved[at..=at]].concat();
            for bad in [missing, shorter, flipped, twice] {
                assert_eq!(restored(&parts, &bad).unwrap_err().code(), Code::Snapshot);
            }
        }
    }

    #[test]
    fn any_piece_of_a_run_can_be_read() {
        let (parts, first, second) = filled();
        for from in 0..7 {
            for to in from..9 {
                let expected: Vec<u8> = b"abcde".iter().copied().take(to).skip(from).collect();
                assert_eq!(parts.read(&first, from..to), expected);
            }
        }
        assert_eq!(parts.read(&second, MOST - 1..usize::MAX), [7, 7]);
    }
}
