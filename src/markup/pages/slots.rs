//! Where a name stands in a table of names, without a look at all of them.

/// Where looking begins is below this: twice as many places as the longest table has names, and more.
const STARTS: usize = 128;
/// Behind them is room for all that begin at the last.
const PLACES: usize = 192;
/// The place is free.
const NONE: u8 = u8::MAX;

/// The places of the names of one table, made when this is compiled.
pub(super) struct Slots([u8; PLACES]);

impl Slots {
    /// Those of a table. The empty name has none.
    pub(super) const fn of(names: &[&str]) -> Self {
        let mut slots = [NONE; PLACES];
        let mut index = 0;
        let mut left = names;
        while let Some((name, rest)) = left.split_first() {
            let (_, mut free) = slots.split_at_mut(start(name));
            while let Some((slot, behind)) = free.split_first_mut() {
                if name.is_empty() {
                    break;
                }
                if *slot == NONE {
                    *slot = index;
                    break;
                }
                free = behind;
            }
            index += 1;
            left = rest;
        }
        Self(slots)
    }

    /// The index of a name in the table that this was made of.
    #[inline]
    pub(super) fn find(&self, names: &[&str], name: &str) -> Option<u8> {
        let mut places = self.0.get(start(name)..)?.iter();
        // At the first place that is free no name is found.
        places
            .by_ref()
            .map_while(|index| Some((*index, *names.get(usize::from(*index))?)))
            .find(|(_, known)| *known == name)
            .map(|(index, _)| index)
    }
}

/// Where looking for a name begins. Hardly two names of a table begin at the same place.
const fn start(name: &str) -> usize {
    let (first, last) = match name.as_bytes() {
        [first, .., last] => (*first as usize, *last as usize),
        [only] => (*only as usize, *only as usize),
        [] => (0, 0),
    };
    (first * 7 + last * 19 + name.len() * 15) % STARTS
}
