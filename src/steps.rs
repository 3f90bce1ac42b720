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
}

#[cfg(test)]
pub(crate) use counter::{add, count};

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
}
