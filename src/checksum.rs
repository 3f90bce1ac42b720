//! XXH64, a checksum of what is at rest: against damage, not against people, who can make other octets that fit.
//!
//! Sessions at rest are read and written with every message, and a cryptographic hash would take longer than all else that is done to them.

use twox_hash::XxHash64;

/// The checksum of some octets.
pub(crate) type Checksum = [u8; 8];

/// The checksum of octets of this kind.
pub(crate) fn checksum(kind: u64, octets: &[u8]) -> Checksum {
    XxHash64::oneshot(kind, octets).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn known_answers() {
        for (octets, expected) in [
            (&b""[..], 0xef46_db37_51d8_e999_u64),
            (b"a", 0xd24e_c4f1_a98c_6e5b),
            (b"abc", 0x44bc_2cf5_ad77_0999),
            (
                b"Nobody inspects the spammish repetition",
                0xfbce_a83c_8a37_8bf1,
            ),
        ] {
            assert_eq!(u64::from_be_bytes(checksum(0, octets)), expected);
        }
    }

    #[test]
    fn every_flipped_bit_every_length_and_every_kind_makes_another() {
        let octets: Vec<u8> = (0..200u32).map(|at| (at * 31) as u8).collect();
        let mut seen = BTreeSet::new();
        let mut add = |kind, octets: &[u8]| assert!(seen.insert(checksum(kind, octets)));
        for end in 0..=octets.len() {
            add(0, &octets[..end]);
        }
        add(1, &octets);
        for bit in 0..octets.len() * 8 {
            let mut flipped = octets.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            add(0, &flipped);
        }
        for zeros in 2..100 {
            add(0, &vec![0; zeros]);
        }
    }

    #[test]
    fn octets_that_change_places_make_another() {
        let octets: Vec<u8> = (0..96).collect();
        let mut seen = BTreeSet::from([checksum(0, &octets)]);
        for one in 0..octets.len() {
            for other in one + 1..octets.len() {
                let mut swapped = octets.clone();
                swapped.swap(one, other);
                assert!(seen.insert(checksum(0, &swapped)), "{one} {other}");
            }
        }
    }
}
