//! Sorting and gathering with little code. The standard library's sorts weigh some kilobytes of the module for every type that is sorted, and so does
//! every set and map that is collected, because they sort first.

/// Sorts by heap: n log n whatever comes.
pub(crate) fn sort<T: Ord>(items: &mut [T]) {
    if items.is_sorted() {
        return;
    }
    for root in (0..items.len() / 2).rev() {
        sink(items, root, items.len());
    }
    for last in (1..items.len()).rev() {
        items.swap(0, last);
        sink(items, 0, last);
    }
}

/// Puts the item at `root` below those of the heap's first `count` that are greater.
fn sink<T: Ord>(items: &mut [T], mut root: usize, count: usize) {
    loop {
        let (left, right) = (2 * root + 1, 2 * root + 2);
        let is_right = right < count && items.get(left) < items.get(right);
        let child = if is_right { right } else { left };
        if child >= count || items.get(root) >= items.get(child) {
            return;
        }
        items.swap(root, child);
        root = child;
    }
}

/// Sorts by a key; items with the same key stay in their order.
pub(crate) fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> usize) {
    let mut order: Vec<(usize, usize)> = items.iter().map(key).zip(0..).collect();
    if order.is_sorted() {
        return;
    }
    sort(&mut order);
    let mut places = vec![0; items.len()];
    for (place, (_, item)) in order.into_iter().enumerate() {
        if let Some(known) = places.get_mut(item) {
            *known = place;
        }
    }
    for at in 0..items.len() {
        // Each swap brings one item to its place.
        while let Some(place) = places.get(at).copied().filter(|place| *place != at) {
            items.swap(at, place);
            places.swap(at, place);
        }
    }
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
