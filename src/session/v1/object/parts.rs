//! Octets that a session keeps beside its state, in parts that never change: whoever stores the session writes each of them once.
//!
//! The state knows of a run of parts only how many there are and what they come to, however many that is: a state that listed them would
//! be written again, as long as they are many, with each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::checksum::{Checksum, checksum};
use crate::error::Error;
use crate::order::gathered;
use crate::session::transport::Part;

use super::blocks::{Blocks, Place};

/// Octets of one part, at the most: less than stores take in one piece.
pub(super) const MOST: usize = 1 << 20;

/// The parts of a session. What is saved with its state is what they are; the octets are saved beside it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::session::v1) struct Parts {
    /// The number of the next run. None is given twice.
    next: u32,
    runs: BTreeMap<u32, Known>,
    /// Octets in all parts.
    #[serde(skip)]
    held: u64,
    #[serde(skip)]
    blocks: Blocks,
}

/// What is known of the parts of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Known {
    count: u32,
    /// Of the last part, with that of the one before for its kind.
    check: Checksum,
    /// Where each part ends in the run.
    #[serde(skip)]
    ends: Vec<usize>,
    /// Where the octets of each part are; nothing while they are lent.
    #[serde(skip)]
    places: Vec<Place>,
}

/// The check behind one more part.
fn chained(before: Checksum, octets: &[u8]) -> Checksum {
    checksum(u64::from_be_bytes(before), octets)
}

impl Known {
    /// Takes note of one more part.
    fn add(&mut self, octets: &[u8]) {
        self.count = self.count.saturating_add(1);
        self.check = chained(self.check, octets);
        self.ends.push(self.length() + octets.len());
    }

    fn length(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    fn is_lent(&self) -> bool {
        self.places.len() < self.ends.len()
    }

    /// Where the parts are in the run.
    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| *start..*end)
    }
}

/// Which part of which run: the name of the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::session::v1) struct Name {
    run: u32,
    index: u32,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.run, self.index)
    }
}

impl Name {
    /// The name that is written like this, and not otherwise.
    fn parse(id: &str) -> Option<Self> {
        let (run, index) = id.split_once('.')?;
        let (run, index) = (run.parse().ok()?, index.parse().ok()?);
        let name = Self { run, index };
        (name.to_string() == id).then_some(name)
    }
}

/// Octets that lie in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session::v1) struct Run {
    /// Nothing where there are no octets.
    number: Option<u32>,
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
        let known = |parts: &Self| -> Vec<_> {
            let runs = parts.runs.iter();
            runs.map(|(number, known)| (*number, known.count, known.check))
                .collect()
        };
        self.next == other.next && known(self) == known(other) && self.each().eq(other.each())
    }
}

impl Eq for Parts {}

impl Parts {
    /// Puts octets behind those of a run.
    pub(in crate::session::v1) fn append(&mut self, run: &mut Run, octets: &[u8]) {
        for octets in octets.chunks(MOST) {
            let known = self.known(run);
            let behind = known.places.last().map(|place| place.block);
            known.add(octets);
            let place = self.blocks.put(behind, octets);
            self.known(run).places.push(place);
            self.count(run, octets);
        }
    }

    /// A run of octets that are given away: they stay where they are.
    pub(in crate::session::v1) fn take_in(&mut self, octets: Vec<u8>) -> Run {
        let mut run = Run::default();
        let block = self.blocks.next();
        for part in octets.chunks(MOST) {
            let known = self.known(&mut run);
            let start = known.length();
            let range = start..start + part.len();
            known.add(part);
            known.places.push(Place { block, range });
            self.count(&mut run, part);
        }
        let parts = self.of(&run).map_or(0, |known| known.count);
        if parts > 0 {
            self.blocks.add(octets, parts);
        }
        run
    }

    /// Puts the octets of a run into one piece with room for so many, unless they are in one.
    pub(in crate::session::v1) fn gather(&mut self, run: &Run, room: usize) {
        let known = run.number.and_then(|number| self.runs.get_mut(&number));
        if let Some(known) = known {
            self.blocks.gather(&mut known.places, room);
        }
    }

    /// What is known of a run, which begins with this unless it has begun.
    fn known(&mut self, run: &mut Run) -> &mut Known {
        let next = &mut self.next;
        let number = *run.number.get_or_insert_with(|| {
            let number = *next;
            *next = number.wrapping_add(1);
            number
        });
        self.runs.entry(number).or_default()
    }

    fn count(&mut self, run: &mut Run, octets: &[u8]) {
        self.held += octets.len() as u64;
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        run.length = run.length.saturating_add(length);
    }

    fn of(&self, run: &Run) -> Option<&Known> {
        self.runs.get(&run.number?)
    }

    /// Some octets of a run, as far as it has them.
    pub(in crate::session::v1) fn read(&self, run: &Run, range: Range<usize>) -> Vec<u8> {
        let Some(known) = self.of(run).filter(|known| !known.is_lent()) else {
            return Vec::new();
        };
        let end = range.end.min(known.length());
        let mut read = Vec::with_capacity(end.saturating_sub(range.start));
        let first = known.ends.partition_point(|end| *end <= range.start);
        for (part, place) in known.ranges().zip(&known.places).skip(first) {
            if part.start >= end {
                break;
            }
            let from = range.start.saturating_sub(part.start);
            let to = end.min(part.end) - part.start;
            let octets = self.blocks.get(place).get(from..to);
            read.extend_from_slice(octets.unwrap_or_default());
        }
        read
    }

    /// Gives the octets of a run away, in one piece, until it is [dropped](Self::drop): no block outlives its copy, and those that lie in one
    /// piece are not copied.
    pub(in crate::session::v1) fn lend(&mut self, run: &Run) -> Vec<u8> {
        let mut lent = Vec::new();
        let known = run.number.and_then(|number| self.runs.get_mut(&number));
        let Some(known) = known else { return lent };
        let places = std::mem::take(&mut known.places);
        if let Some(whole) = self.blocks.whole(&places, known.length()) {
            return whole;
        }
        lent.reserve_exact(known.length());
        for place in places {
            lent.extend_from_slice(self.blocks.get(&place));
            self.blocks.release(&place);
        }
        lent
    }

    /// Whether the octets of a run are lent.
    pub(in crate::session::v1) fn is_lent(&self, run: &Run) -> bool {
        self.of(run).is_some_and(Known::is_lent)
    }

    /// Takes back what was lent.
    pub(in crate::session::v1) fn put_back(&mut self, run: &Run, lent: &[u8]) {
        let known = run.number.and_then(|number| self.runs.get_mut(&number));
        let Some(known) = known.filter(|known| known.is_lent()) else {
            return;
        };
        let mut places: Vec<Place> = Vec::with_capacity(known.ends.len());
        for octets in known.ranges().map_while(|range| lent.get(range)) {
            let behind = places.last().map(|place| place.block);
            places.push(self.blocks.put(behind, octets));
        }
        known.places = places;
    }

    /// The parts of what is lent.
    pub(in crate::session::v1) fn each_lent<'l>(
        &self,
        run: &Run,
        lent: &'l [u8],
    ) -> impl Iterator<Item = (Name, &'l [u8])> {
        let known = run.number.zip(self.of(run));
        let known = known.filter(|(_, known)| known.is_lent());
        known.into_iter().flat_map(move |(run, known)| {
            let ranges = (0..).zip(known.ranges());
            ranges.filter_map(move |(index, range)| Some((Name { run, index }, lent.get(range)?)))
        })
    }

    /// Forgets the octets of a run.
    pub(in crate::session::v1) fn drop(&mut self, run: Run) {
        if let Some(number) = run.number {
            self.forget(number);
        }
    }

    fn forget(&mut self, number: u32) {
        if let Some(known) = self.runs.remove(&number) {
            self.held -= known.length() as u64;
            for place in &known.places {
                self.blocks.release(place);
            }
        }
    }

    /// Forgets all but the octets of these runs.
    pub(in crate::session::v1) fn keep<'r>(&mut self, runs: impl Iterator<Item = &'r Run>) {
        let kept: BTreeSet<u32> = gathered(runs.filter_map(|run| run.number));
        let others = self.runs.keys().filter(|number| !kept.contains(number));
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
    pub(in crate::session::v1) fn each(&self) -> impl Iterator<Item = (Name, &[u8])> {
        self.runs.iter().flat_map(move |(run, known)| {
            let places = (0..).zip(&known.places);
            places.map(move |(index, place)| (Name { run: *run, index }, self.blocks.get(place)))
        })
    }

    /// Puts the octets back in, one part after the other. Parts that are unknown are none of the session any more, or not yet. Those of the
    /// run that `growing` is about are put in one piece, with room for so many octets.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where a part is missing, there twice or another than was stored.
    pub(in crate::session::v1) fn restore<E: From<Error>>(
        &mut self,
        saved: impl Iterator<Item = Result<Part, E>>,
        growing: Option<(Run, usize)>,
    ) -> Result<(), E> {
        let growing = growing.and_then(|(run, room)| Some((run.number?, room)));
        let Self {
            runs, held, blocks, ..
        } = self;
        let mut found: BTreeMap<Name, Place> = BTreeMap::new();
        // The block that grows, ahead of whatever else needs memory. Parts that come in another order lie in it as they come, and are copied
        // once when all is there.
        let grown = growing.map(|(_, room)| blocks.reserve(room));
        for part in saved {
            let part = part?;
            let is_known = |name: &Name| {
                let known = runs.get(&name.run);
                known.is_some_and(|known| name.index < known.count)
            };
            let Some(name) = Name::parse(&part.id).filter(is_known) else {
                continue;
            };
            if found.contains_key(&name) {
                return Err(Error::snapshot("a part is there twice").into());
            }
            let is_growing = growing.is_some_and(|(run, _)| run == name.run);
            let before = name
                .index
                .checked_sub(1)
                .map(|index| Name { index, ..name });
            let behind = before.and_then(|before| found.get(&before));
            let behind = if is_growing {
                grown
            } else {
                behind.map(|place| place.block)
            };
            let place = blocks.put(behind, &part.bytes);
            found.insert(name, place);
        }
        for (run, known) in runs {
            let said = std::mem::take(known);
            for index in 0..said.count {
                let name = Name { run: *run, index };
                let Some(place) = found.remove(&name) else {
                    return Err(Error::snapshot(format!("part {name} is missing")).into());
                };
                known.add(blocks.get(&place));
                known.places.push(place);
            }
            if known.check != said.check {
                return Err(Error::snapshot(format!("a part of {run} is damaged")).into());
            }
            *held += known.length() as u64;
        }
        Ok(())
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

    fn restored(parts: &Parts, saved: &[Part]) -> Result<Parts, Error> {
        let state = postcard::to_allocvec(parts).unwrap();
        assert!(state.len() < 200, "octets are no state");
        let mut restored: Parts = postcard::from_bytes(&state).unwrap();
        restored.restore(saved.iter().cloned().map(Ok::<_, Error>), None)?;
        Ok(restored)
    }

    fn part((name, octets): (Name, &[u8])) -> Part {
        Part {
            id: name.to_string(),
            bytes: octets.to_vec(),
        }
    }

    fn stored(parts: &Parts) -> Vec<Part> {
        parts.each().map(part).collect()
    }

    #[test]
    fn room_is_made_once_whatever_the_order() {
        let (mut parts, mut run) = (Parts::default(), Run::default());
        (0..40_u8).for_each(|octet| parts.append(&mut run, &[octet; 1_000]));
        let state = postcard::to_allocvec(&parts).unwrap();
        let sorted = stored(&parts);
        let mut by_text = sorted.clone();
        by_text.sort_by(|one, other| one.id.cmp(&other.id));
        let reversed: Vec<Part> = sorted.iter().rev().cloned().collect();
        for saved in [sorted.clone(), by_text, reversed] {
            let mut restored: Parts = postcard::from_bytes(&state).unwrap();
            let saved = saved.into_iter().map(Ok::<_, Error>);
            restored
                .restore(saved, Some((run.clone(), 50_000)))
                .unwrap();
            let blocks = restored.blocks.all.values();
            let room: usize = blocks.map(|block| block.octets.capacity()).sum();
            assert!(room <= 60_000, "{room}");
            assert!(restored.each().map(part).eq(sorted.iter().cloned()));
        }
    }

    #[test]
    fn what_lies_in_one_piece_is_lent_without_a_copy() {
        let (mut parts, mut run) = (Parts::default(), Run::default());
        (0..9).for_each(|_| parts.append(&mut run, &[7; 1_000]));
        let saved = stored(&parts).into_iter().map(Ok::<_, Error>);
        let state = postcard::to_allocvec(&parts).unwrap();
        let mut restored: Parts = postcard::from_bytes(&state).unwrap();
        restored
            .restore(saved, Some((run.clone(), 10_000)))
            .unwrap();
        let at = |parts: &Parts| parts.each().next().unwrap().1.as_ptr();
        let before = at(&restored);
        restored.append(&mut run, &[7; 1_000]);
        assert_eq!(at(&restored), before);
        let lent = restored.lend(&run);
        assert_eq!((lent.as_ptr(), lent.capacity()), (before, 10_000));
        assert_eq!(lent, [7; 10_000]);
        assert!(restored.is_lent(&run) && restored.blocks.all.is_empty());
        restored.put_back(&run, &lent);
        assert!(!restored.is_lent(&run) && restored.each().count() == 10);
        // Beside another run they do not.
        let (mut parts, first, _) = filled();
        assert_eq!(parts.lend(&first), b"abcde");
    }

    #[test]
    fn l14_l20_parts_are_small_never_change_and_come_back() {
        let (mut parts, first, second) = filled();
        assert_eq!((first.len(), second.len()), (5, MOST as u32 + 1));
        assert_eq!(parts.held(), MOST as u64 + 6);
        let saved = stored(&parts);
        let sizes: Vec<_> = saved.iter().map(|part| part.bytes.len()).collect();
        assert_eq!(sizes, [3, 2, MOST, 1]);
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
        assert_eq!(ids, ["1.0", "1.1", "2.0"], "no number comes twice");
        assert!(later[..2] == saved[2..]);
        // What the host did not delete yet does no harm, nor what it wrote behind this state.
        let beyond = ["1.2", "3.0"].map(|id| Part {
            id: id.to_owned(),
            bytes: vec![1],
        });
        let all = [&saved[..2], &later[..], &beyond[..]].concat();
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
            let mut swapped = saved.clone();
            let other = swapped[(at + 1) % saved.len()].bytes.clone();
            swapped[at].bytes = other;
            let mut moved = saved.clone();
            let octet = moved[0].bytes.pop().unwrap();
            moved[1].bytes.insert(0, octet);
            let mut renamed = saved.clone();
            renamed[at].id.insert(0, '0');
            for bad in [missing, shorter, flipped, twice, swapped, moved, renamed] {
                assert_eq!(restored(&parts, &bad).unwrap_err().code(), Code::Snapshot);
            }
        }
    }

    #[test]
    fn l14_the_state_of_many_parts_is_that_of_one() {
        let (mut parts, mut run) = (Parts::default(), Run::default());
        let lengths = [1, 10_000].map(|count| {
            while parts.held() < 2 * count {
                parts.append(&mut run, &(parts.held() as u16).to_be_bytes());
            }
            postcard::to_allocvec(&(&parts, &run)).unwrap().len()
        });
        assert!(lengths[1] <= lengths[0] + 4, "{lengths:?}");
        assert!(restored_freely(&parts) == parts);
        let mut saved = stored(&parts);
        saved.reverse();
        let again = restored(&parts, &saved).unwrap();
        assert!(again.read(&run, 0..20_000) == parts.read(&run, 0..20_000));
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
        restored.restore(saved, None).unwrap();
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
