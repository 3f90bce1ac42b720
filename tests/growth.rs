//! What work allocates grows no faster than its input, family by family. Its steps are counted inside the crate.
#![cfg(not(target_arch = "wasm32"))]

use std::alloc::System;

use omadm::testing::growth::{FAMILIES, Work};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Times and octets.
type Counts = [usize; 2];

/// What is allocated by the work on an input, and by that on one eight times as long.
fn allocated(family: fn(usize) -> Work) -> [Counts; 2] {
    [1 << 13, 1 << 16].map(|size| {
        let work = family(size);
        let region = Region::new(ALLOCATOR);
        work();
        let change = region.change();
        [
            change.allocations + change.reallocations,
            change.bytes_allocated,
        ]
    })
}

/// Whether eight times the input takes at most ten times as much.
fn is_linear([small, large]: [Counts; 2]) -> bool {
    small.iter().zip(large).all(|(few, many)| many <= 10 * few)
}

/// Allocates anew all that it has with each octet of the input.
fn quadratic(size: usize) -> Work {
    Box::new(move || (0..size / 64).for_each(|at| drop(Vec::<u8>::with_capacity(at * 64))))
}

/// One test, because the allocator counts for all threads.
#[test]
fn allocations_grow_no_faster_than_the_input() {
    assert!(
        !is_linear(allocated(quadratic)),
        "what is quadratic is seen"
    );
    let mut wrong = Vec::new();
    for (name, family) in FAMILIES {
        let counts = allocated(family);
        let [few, many] = counts;
        if few.iter().zip(many).all(|(few, many)| many < 4 * few) {
            wrong.push(format!("{name} is over too soon: {counts:?}"));
        }
        if !is_linear(counts) {
            wrong.push(format!("{name}: {counts:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
