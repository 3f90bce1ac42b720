//! Sorting and gathering with little code. The standard library's sorts weigh some kilobytes of the module for every type that is sorted, and so does
//! every set and map that is collected, because they sort first.

use std::collections::BinaryHeap;
use std::mem;

/// Sorts: n log n whatever comes.
pub(crate) fn sort<T: Ord>(items: &mut Vec<T>) {
    if !items.is_sorted() {
        *items = BinaryHeap::from(mem::take(items)).into_sorted_vec();
    }
}

/// Sorts by a key; items with the same key stay in their order.
pub(crate) fn sort_by_key<T>(items: &mut Vec<T>, key: impl Fn(&T) -> usize) {
    let mut order: Vec<(usize, usize)> = items.iter().map(key).zip(0..).collect();
    if order.is_sorted() {
        return;
    }
    sort(&mut order);
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    let places = order.into_iter().map(|(_, place)| place);
    items.extend(places.filter_map(|place| unsorted.get_mut(place)?.take()));
}

/// A set or map of what comes; of several with one key the last holds.
pub(crate) fn gathered<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut all = C::default();
    all.extend(items);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut seed = 1_u32;
        for count in (0..40).chain([100, 1_000]) {
            for spread in [1, 3, u32::MAX] {
                let next = |_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 8) % spread
                };
                let mut items: Vec<u32> = (0..count).map(next).collect();
                let mut marked: Vec<(u32, usize)> = items.iter().copied().zip(0..).collect();
                let mut expected = marked.clone();
                expected.sort_by_key(|(key, _)| *key);
                sort_by_key(&mut marked, |(key, _)| *key as usize);
                assert_eq!(marked, expected);
                sort(&mut items);
                assert!(items.iter().eq(expected.iter().map(|(key, _)| key)));
            }
        }
    }
}
