//! Counts work in tests, so that they can tell linear from quadratic without a clock. Elsewhere it does nothing and costs nothing.
//!
//! A step is an octet that is looked at or copied once more after the tokenizer has found it, or a node that is added or passed,
//! or a hash of credentials.
//! Where the work depends on luck, as in a map, the most that it can be is counted.

#[cfg(test)]
mod counter {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn add(steps: usize) {
        STEPS.set(STEPS.get() + steps);
    }

    /// The steps that `work` takes.
    pub(crate) fn count<T>(work: impl FnOnce() -> T) -> usize {
        let before = STEPS.get();
        let _ = work();
        STEPS.get() - before
    }

    /// Work with a name, and what it takes at a size.
    pub(crate) type Family = (&'static str, fn(usize) -> usize);

    /// Fails for work of two sizes whose steps grow faster than the size does, but for a logarithm. It takes `least` steps at the smaller
    /// one, or nothing was counted.
    pub(crate) fn need_even_cost(families: &[Family], sizes: [usize; 2], least: usize) {
        let [small, large] = sizes;
        let mut failed = Vec::new();
        for (name, work) in families {
            let [few, many] = sizes.map(work);
            // In proportion, and up to twice that for the logarithm.
            if few < least || many * small > 2 * few * large {
                failed.push(format!(
                    "{name}: {few} steps for {small}, {many} for {large}"
                ));
            }
        }
        assert!(failed.is_empty(), "{failed:#?}");
    }
}

#[cfg(test)]
pub(crate) use counter::{add, count, need_even_cost};

/// Adds steps to those of this thread.
#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn add(_: usize) {}

/// Adds what it takes at most to find a key of `length` octets in an ordered map of `entries`.
pub(crate) fn add_lookup(length: usize, entries: usize) {
    add((length + 1) * (entries + 1).ilog2() as usize);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up() {
        let work = || {
            add(5);
            add_lookup(3, 8);
        };
        assert_eq!(count(work), 5 + 4 * 3);
    }

    #[test]
    #[should_panic(expected = "a square: 100 steps for 10, 6400 for 80")]
    fn work_that_grows_with_the_square_is_found() {
        let square: fn(usize) -> usize = |size| count(|| add(size * size));
        need_even_cost(&[("a square", square)], [10, 80], 10);
    }
}
