//! Octets that a session keeps beside its state, in parts that never change: whoever stores the session writes each of them once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::checksum::{Checksum, checksum};
use crate::error::Error;
use crate::session::transport::Part;

/// Octets of one part, at the most: less than stores take in one piece.
const MOST: usize = 1 << 20;

/// The parts of a session. What is saved with its state is what they are; the octets are saved beside it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::session::v1) struct Parts {
    /// The number of the next. None is given twice.
    next: u32,
    known: BTreeMap<u32, Known>,
    /// Octets in all parts.
    #[serde(skip)]
    held: u64,
    #[serde(skip)]
    octets: BTreeMap<u32, Place>,
    #[serde(skip)]
    blocks: Blocks,
}

/// What a part is to be found by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    length: u32,
    check: Checksum,
}

/// Where the octets of a part are.
#[derive(Clone, Debug)]
struct Place {
    block: u32,
    range: Range<usize>,
}

/// Octets of several parts in one piece of memory each, so that what is given back can be used for something as large as all of them.
#[derive(Clone, Debug, Default)]
struct Blocks {
    next: u32,
    all: BTreeMap<u32, Block>,
}

#[derive(Clone, Debug, Default)]
struct Block {
    octets: Vec<u8>,
    parts: u32,
}

impl Blocks {
    /// Puts octets behind those of a block, or into a new one with room for more of the same length.
    fn put(&mut self, behind: Option<u32>, octets: &[u8]) -> Place {
        let last = behind.filter(|block| {
            let block = self.all.get(block);
            block.is_some_and(|block| block.octets.capacity() - block.octets.len() >= octets.len())
        });
        if last.is_none() {
            // As much again as there is, and no more than what is behind: whoever sends little makes nothing large.
            let before = behind.and_then(|block| self.all.get(&block));
            let most = before.map_or(0, |block| block.octets.len() * 2).min(MOST);
            let count = (most / octets.len().max(1)).max(1);
            self.add(Vec::with_capacity(count * octets.len()), 0);
        }
        let block = last.unwrap_or(self.next.wrapping_sub(1));
        let mut range = 0..0;
        if let Some(block) = self.all.get_mut(&block) {
            range.start = block.octets.len();
            block.octets.extend_from_slice(octets);
            range.end = block.octets.len();
            block.parts += 1;
        }
        Place { block, range }
    }

    fn add(&mut self, octets: Vec<u8>, parts: u32) {
        self.all.insert(self.next, Block { octets, parts });
        self.next = self.next.wrapping_add(1);
    }

    fn get(&self, place: &Place) -> &[u8] {
        let block = self.all.get(&place.block);
        let octets = block.and_then(|block| block.octets.get(place.range.clone()));
        octets.unwrap_or_default()
    }

    /// One part less in a block, which goes with the last.
    fn release(&mut self, place: &Place) {
        let left = self.all.get_mut(&place.block).map(|block| {
            block.parts = block.parts.saturating_sub(1);
            block.parts
        });
        if left == Some(0) {
            self.all.remove(&place.block);
        }
    }
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

/// Where the octets lie makes no difference.
impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.next == other.next && self.known == other.known && self.each().eq(other.each())
    }
}

impl Eq for Parts {}

impl Parts {
    /// Puts octets behind those of a run.
    pub(in crate::session::v1) fn append(&mut self, run: &mut Run, octets: &[u8]) {
        for octets in octets.chunks(MOST) {
            let behind = run.numbers.last().and_then(|last| self.octets.get(last));
            let place = self.blocks.put(behind.map(|place| place.block), octets);
            let number = self.number(run, octets);
            self.octets.insert(number, place);
        }
    }

    /// A run of octets that are given away: they stay where they are.
    pub(in crate::session::v1) fn take_in(&mut self, octets: Vec<u8>) -> Run {
        let (mut run, mut start) = (Run::default(), 0);
        let block = self.blocks.next;
        for part in octets.chunks(MOST) {
            let number = self.number(&mut run, part);
            let range = start..start + part.len();
            start = range.end;
            self.octets.insert(number, Place { block, range });
        }
        let parts = run.numbers.len() as u32;
        if parts > 0 {
            self.blocks.add(octets, parts);
        }
        run
    }

    /// Makes octets known as the next part of a run.
    fn number(&mut self, run: &mut Run, octets: &[u8]) -> u32 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        let length = octets.len() as u32;
        let check = checksum(0, octets);
        self.known.insert(number, Known { length, check });
        self.held += u64::from(length);
        run.numbers.push(number);
        run.length = run.length.saturating_add(length);
        number
    }

    /// Some octets of a run, as far as it has them.
    pub(in crate::session::v1) fn read(&self, run: &Run, range: Range<usize>) -> Vec<u8> {
        let mut read = Vec::with_capacity(range.len().min(run.length as usize));
        let (mut skip, mut left) = (range.start, range.len());
        for place in run
            .numbers
            .iter()
            .filter_map(|number| self.octets.get(number))
        {
            if left == 0 {
                break;
            }
            let octets = self.blocks.get(place);
            let rest = octets.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(octets.len());
            let taken = rest.get(..left.min(rest.len())).unwrap_or_default();
            read.extend_from_slice(taken);
            left -= taken.len();
        }
        read
    }

    /// Gives the octets of a run away, in one piece, until it is [dropped](Self::drop): no block outlives its copy.
    pub(in crate::session::v1) fn lend(&mut self, run: &Run) -> Vec<u8> {
        let mut lent = Vec::new();
        for number in &run.numbers {
            if let Some(place) = self.octets.remove(number) {
                let octets = self.blocks.get(&place);
                if lent.is_empty() {
                    lent.reserve_exact((run.length as usize).max(octets.len()));
                }
                lent.extend_from_slice(octets);
                self.blocks.release(&place);
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
        let parts: Vec<(u32, Range<usize>)> = self.ranges(run).collect();
        let mut behind = None;
        for (number, range) in parts {
            if let Some(octets) = lent.get(range) {
                let place = self.blocks.put(behind, octets);
                behind = Some(place.block);
                self.octets.insert(number, place);
            }
        }
    }

    /// The parts of what is lent.
    pub(in crate::session::v1) fn each_lent<'l>(
        &self,
        run: &Run,
        lent: &'l [u8],
    ) -> impl Iterator<Item = (u32, &'l [u8])> {
        let ranges = self.ranges(run);
        ranges.filter_map(|(number, range)| Some((number, lent.get(range)?)))
    }

    /// Where the parts of a run are in it.
    fn ranges(&self, run: &Run) -> impl Iterator<Item = (u32, Range<usize>)> {
        run.numbers.iter().scan(0, |start, number| {
            let length = self.known.get(number).map_or(0, |known| known.length);
            let range = *start..*start + length as usize;
            *start = range.end;
            Some((*number, range))
        })
    }

    /// Forgets the octets of a run.
    pub(in crate::session::v1) fn drop(&mut self, run: Run) {
        for number in run.numbers {
            self.forget(number);
        }
    }

    fn forget(&mut self, number: u32) {
        if let Some(known) = self.known.remove(&number) {
            self.held -= u64::from(known.length);
        }
        if let Some(place) = self.octets.remove(&number) {
            self.blocks.release(&place);
        }
    }

    /// Forgets all but the octets of these runs.
    pub(in crate::session::v1) fn keep<'r>(&mut self, runs: impl Iterator<Item = &'r Run>) {
        let kept: BTreeSet<u32> = runs.flat_map(|run| run.numbers.iter().copied()).collect();
        let others = self.known.keys().filter(|number| !kept.contains(number));
        let others: Vec<u32> = others.copied().collect();
        for number in others {
            self.forget(number);
        }
    }

    /// Forgets all.
    pub(in crate::session::v1) fn clear(&mut self) {
        *self = Self {
            next: self.next,
            ..Self::default()
        };
    }

    /// Octets in all parts.
    pub(in crate::session::v1) fn held(&self) -> u64 {
        self.held
    }

    /// The parts, to be stored.
    pub(in crate::session::v1) fn each(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let places = self.octets.iter();
        places.map(|(number, place)| (*number, self.blocks.get(place)))
    }

    /// Puts the octets back in, one part after the other. Parts that are unknown are none of the session any more.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where a part is missing or another than was stored.
    pub(in crate::session::v1) fn restore<E: From<Error>>(
        &mut self,
        saved: impl Iterator<Item = Result<Part, E>>,
    ) -> Result<(), E> {
        let mut behind: Option<(u32, u32)> = None;
        for part in saved {
            let part = part?;
            let number = part.id.parse().ok();
            let number = number.filter(|number: &u32| number.to_string() == part.id);
            let Some((number, known)) =
                number.and_then(|number| Some((number, self.known.get(&number)?)))
            else {
                continue;
            };
            if part.bytes.len() != known.length as usize || checksum(0, &part.bytes) != known.check
            {
                return Err(Error::snapshot(format!("part {number} is damaged")).into());
            }
            if self.octets.contains_key(&number) {
                return Err(Error::snapshot("a part is there twice").into());
            }
            let before = behind.filter(|(before, _)| before.wrapping_add(1) == number);
            let place = self.blocks.put(before.map(|(_, block)| block), &part.bytes);
            behind = Some((number, place.block));
            self.octets.insert(number, place);
        }
        let mut known = self.known.keys();
        if let Some(number) = known.find(|number| !self.octets.contains_key(number)) {
            return Err(Error::snapshot(format!("part {number} is missing")).into());
        }
        self.held = self
            .known
            .values()
            .map(|known| u64::from(known.length))
            .sum();
        Ok(())
    }
}

/// The name of a part.
pub(in crate::session::v1) fn id(number: u32) -> String {
    number.to_string()
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

    fn restored(parts: &Parts, saved: &[Part]) -> Result<Parts, Error> {
        let state = postcard::to_allocvec(parts).unwrap();
        assert!(state.len() < 200, "octets are no state");
        let mut restored: Parts = postcard::from_bytes(&state).unwrap();
        restored.restore(saved.iter().cloned().map(Ok::<_, Error>))?;
        Ok(restored)
    }

    fn part((number, octets): (u32, &[u8])) -> Part {
        Part {
            id: id(number),
            bytes: octets.to_vec(),
        }
    }

    fn stored(parts: &Parts) -> Vec<Part> {
        parts.each().map(part).collect()
    }

    #[test]
    fn l14_l20_parts_are_small_never_change_and_come_back() {
        let (mut parts, first, second) = filled();
        assert_eq!((first.len(), second.len()), (5, MOST as u32 + 1));
        assert_eq!(parts.held(), MOST as u64 + 6);
        let saved = stored(&parts);
        let sizes: Vec<_> = saved.iter().map(|part| part.bytes.len()).collect();
        assert_eq!(sizes, [3, MOST, 1, 2]);
        assert!(restored(&parts, &saved).unwrap() == parts);
        let lent = parts.lend(&first);
        assert_eq!(lent, b"abcde");
        assert_eq!(stored(&parts).len(), 2);
        assert!(parts.is_lent(&first) && !parts.is_lent(&second));
        let again = [
            parts.each_lent(&first, &lent).map(part).collect(),
            stored(&parts),
        ]
        .concat();
        assert!(stored(&restored(&parts, &again).unwrap()) == saved);
        parts.drop(first);
        assert_eq!(parts.held(), MOST as u64 + 1);
        let mut next = Run::default();
        parts.append(&mut next, b"x");
        let later = stored(&parts);
        let ids: Vec<_> = later.iter().map(|part| part.id.as_str()).collect();
        assert_eq!(ids, ["1", "2", "4"], "no number comes twice");
        assert!(later[..2] == saved[1..3]);
        // What the host did not delete yet does no harm.
        let all = [&saved[..1], &saved[3..], &later[..]].concat();
        assert!(restored(&parts, &all).unwrap() == parts);
        parts.drop(second);
        assert_eq!(parts.held(), 1);
        parts.clear();
        assert!(stored(&parts).is_empty() && parts.held() == 0);
    }

    #[test]
    fn l14_a_part_that_is_missing_or_another_is_refused() {
        let (parts, ..) = filled();
        let saved = stored(&parts);
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

    #[test]
    fn l20_parts_that_follow_each_other_lie_together() {
        let (mut parts, mut run) = (Parts::default(), Run::default());
        for at in 0..1000u32 {
            parts.append(&mut run, &vec![at as u8; 5_000]);
        }
        assert!(parts.blocks.all.len() < 15, "{}", parts.blocks.all.len());
        let again = restored_freely(&parts);
        assert!(again == parts && again.blocks.all.len() < 15);
        let room = |parts: &Parts| {
            let blocks = parts.blocks.all.values();
            blocks.map(|block| block.octets.capacity()).sum::<usize>()
        };
        for parts in [&parts, &again] {
            assert!(room(parts) <= 5_000_000 + MOST, "{}", room(parts));
        }
        let (mut small, mut other) = (Parts::default(), Run::default());
        small.append(&mut other, b"abc");
        assert_eq!(room(&small), 3);
        assert_eq!(parts.lend(&run).len(), 5_000_000);
        assert!(parts.blocks.all.is_empty());
    }

    /// As `restored`, however many parts there are.
    fn restored_freely(parts: &Parts) -> Parts {
        let mut restored: Parts =
            postcard::from_bytes(&postcard::to_allocvec(parts).unwrap()).unwrap();
        let saved = stored(parts).into_iter().map(Ok::<_, Error>);
        restored.restore(saved).unwrap();
        restored
    }

    #[test]
    fn l01_a_value_that_is_given_away_stays_where_it_is() {
        for length in [0, 1, MOST - 1, MOST, MOST + 1, 3 * MOST + 7] {
            let value: Vec<u8> = (0..length).map(|at| (at / 3) as u8).collect();
            let mut parts = Parts::default();
            let run = parts.take_in(value.clone());
            assert_eq!(run.len() as usize, length);
            assert_eq!(parts.held() as usize, length);
            assert!(parts.read(&run, 0..length) == value);
            let (mut copied, mut other) = (Parts::default(), Run::default());
            copied.append(&mut other, &value);
            assert!(copied == parts && run == other);
        }
    }
}
