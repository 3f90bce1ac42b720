//! The memory in which the octets of parts lie.

use std::collections::BTreeMap;
use std::ops::Range;

use super::parts::MOST;

/// Where the octets of a part are.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) block: u32,
    pub(super) range: Range<usize>,
}

/// Octets of several parts in one piece of memory each, so that what is given back can be used for something as large as all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    next: u32,
    pub(super) all: BTreeMap<u32, Block>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) octets: Vec<u8>,
    parts: u32,
}

impl Blocks {
    /// The number of the next block.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// An empty block with room for so many octets; with none where there is no memory for them.
    pub(super) fn reserve(&mut self, room: usize) -> u32 {
        let mut octets = Vec::new();
        let _ = octets.try_reserve_exact(room);
        let number = self.next;
        self.add(octets, 0);
        number
    }

    /// Puts octets behind those of a block, or into a new one with room for more of the same length.
    pub(super) fn put(&mut self, behind: Option<u32>, octets: &[u8]) -> Place {
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

    /// Puts parts into one block with room for so many octets, one behind the other. The first may be in such a one: then all are.
    pub(super) fn gather(&mut self, places: &mut [Place], room: usize) {
        let block = places.first().and_then(|place| self.all.get(&place.block));
        let mut octets = Vec::new();
        let has_room = block.is_none_or(|block| block.octets.capacity() >= room);
        if has_room || octets.try_reserve_exact(room).is_err() {
            return;
        }
        let number = self.next;
        for place in &mut *places {
            let start = octets.len();
            octets.extend_from_slice(self.get(place));
            self.release(place);
            *place = Place {
                block: number,
                range: start..octets.len(),
            };
        }
        self.add(octets, u32::try_from(places.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn add(&mut self, octets: Vec<u8>, parts: u32) {
        self.all.insert(self.next, Block { octets, parts });
        self.next = self.next.wrapping_add(1);
    }

    pub(super) fn get(&self, place: &Place) -> &[u8] {
        let block = self.all.get(&place.block);
        let octets = block.and_then(|block| block.octets.get(place.range.clone()));
        octets.unwrap_or_default()
    }

    /// The octets of a block that holds nothing but all of these places, one behind the other.
    pub(super) fn whole(&mut self, places: &[Place], length: usize) -> Option<Vec<u8>> {
        let number = places.first()?.block;
        let block = self.all.get(&number)?;
        let mut end = 0;
        let is_next = |place: &Place| {
            let start = std::mem::replace(&mut end, place.range.end);
            place.block == number && place.range.start == start
        };
        let is_whole = places.iter().all(is_next)
            && block.parts as usize == places.len()
            && block.octets.len() == length;
        is_whole
            .then(|| self.all.remove(&number))?
            .map(|block| block.octets)
    }

    /// One part less in a block, which goes with the last.
    pub(super) fn release(&mut self, place: &Place) {
        let left = self.all.get_mut(&place.block).map(|block| {
            block.parts = block.parts.saturating_sub(1);
            block.parts
        });
        if left == Some(0) {
            self.all.remove(&place.block);
        }
    }
}
