//! Looking for octets, eight at a time. This is most of what reading does, and wasm has no instruction that does more at once.

use crate::steps;

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// The highest bit of each octet that is zero. Above the first there may be some that are not.
#[inline(always)]
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// The same of each octet that is `octet`.
#[inline(always)]
pub(super) const fn equal(word: u64, octet: u8) -> u64 {
    zeros(word ^ (ONES * octet as u64))
}

/// The same of each octet that is one of two which differ in the bits of `mask` alone.
#[inline(always)]
pub(super) const fn alike(word: u64, octet: u8, mask: u8) -> u64 {
    zeros((word | (ONES * mask as u64)) ^ (ONES * (octet | mask) as u64))
}

/// The same of each octet below `bound`, which is at most 128.
#[inline(always)]
pub(super) const fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(ONES * bound as u64) & !word & HIGHS
}

/// Octets in front of the first that is sought; all if there is none. `marks` tells of eight octets which are, by the functions above.
#[inline(always)]
pub(super) fn count_before(octets: &[u8], marks: impl Fn(u64) -> u64) -> usize {
    let (words, tail) = octets.as_chunks::<8>();
    let mut count = 0;
    for word in words {
        let found = marks(u64::from_le_bytes(*word));
        if found != 0 {
            return counted(count + (found.trailing_zeros() / 8) as usize);
        }
        count += 8;
    }
    // What is behind the end is none of what is sought: an octet at the end is repeated there, which is found where it stands itself.
    let mut last = [0; 8];
    for (to, from) in last
        .iter_mut()
        .zip(tail.iter().chain(tail.last().into_iter().cycle()))
    {
        *to = *from;
    }
    let found = marks(u64::from_le_bytes(last));
    let rest = if tail.is_empty() || found == 0 {
        tail.len()
    } else {
        (found.trailing_zeros() / 8) as usize
    };
    counted(count + rest)
}

fn counted(count: usize) -> usize {
    steps::add(count + 1);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is sought, eight octets at a time and one by one.
    type Sought = (fn(u64) -> u64, fn(u8) -> bool);

    const SOUGHT: [Sought; 4] = [
        (|word| equal(word, b'<'), |octet| octet == b'<'),
        (
            |word| alike(word, b'<', 2) | equal(word, b'&'),
            |octet| matches!(octet, b'<' | b'>' | b'&'),
        ),
        (
            |word| below(word, 0x20) | equal(word, 0xef),
            |octet| octet < 0x20 || octet == 0xef,
        ),
        (|word| equal(word, 0), |octet| octet == 0),
    ];

    #[test]
    fn the_first_is_found_wherever_it_stands_and_whatever_is_beside_it() {
        for (marks, is_sought) in SOUGHT {
            for length in 0..20 {
                for at in 0..length {
                    for octet in 0..=255u8 {
                        for filler in [b'a', octet.wrapping_sub(1), octet.wrapping_add(1), 0x80] {
                            let mut octets = vec![filler; length];
                            octets[at] = octet;
                            let expected = octets.iter().position(|octet| is_sought(*octet));
                            let found = count_before(&octets, marks);
                            assert_eq!(found, expected.unwrap_or(length), "{octets:?}");
                        }
                    }
                }
            }
        }
    }
}
