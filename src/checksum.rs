//! XXH64, a checksum of what is at rest: against damage, not against people, who can make other octets that fit.
//!
//! Sessions at rest are read and written with every message, and a cryptographic hash would take longer than all else that is done to them.

/// The checksum of some octets.
pub(crate) type Checksum = [u8; 8];

const P1: u64 = 0x9e37_79b1_85eb_ca87;
const P2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const P3: u64 = 0x1656_67b1_9e37_79f9;
const P4: u64 = 0x85eb_ca77_c2b2_ae63;
const P5: u64 = 0x27d4_eb2f_1656_67c5;

/// The checksum of octets of this kind.
pub(crate) fn checksum(kind: u64, octets: &[u8]) -> Checksum {
    let (blocks, rest) = octets.as_chunks::<32>();
    let mut sum = match blocks {
        [] => kind.wrapping_add(P5),
        _ => joined(kind, blocks),
    };
    sum = sum.wrapping_add(octets.len() as u64);
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        sum ^= round(0, u64::from_le_bytes(*word));
        sum = sum.rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
    }
    let (halves, rest) = rest.as_chunks::<4>();
    for half in halves {
        sum ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(P1);
        sum = sum.rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
    }
    for octet in rest {
        sum ^= u64::from(*octet).wrapping_mul(P5);
        sum = sum.rotate_left(11).wrapping_mul(P1);
    }
    sum = (sum ^ (sum >> 33)).wrapping_mul(P2);
    sum = (sum ^ (sum >> 29)).wrapping_mul(P3);
    (sum ^ (sum >> 32)).to_be_bytes()
}

/// Four lanes, which the processor works on at once.
fn joined(kind: u64, blocks: &[[u8; 32]]) -> u64 {
    let first = kind.wrapping_add(P2);
    let mut lanes = [first.wrapping_add(P1), first, kind, kind.wrapping_sub(P1)];
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = round(*lane, u64::from_le_bytes(*word));
        }
    }
    let turned = lanes.iter().zip([1, 7, 12, 18]);
    let sum = turned.fold(0, |sum: u64, (lane, bits)| {
        sum.wrapping_add(lane.rotate_left(bits))
    });
    lanes.into_iter().fold(sum, |sum, lane| {
        (sum ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4)
    })
}

/// Maps what was before, and the word, one to one.
fn round(lane: u64, word: u64) -> u64 {
    let lane = lane.wrapping_add(word.wrapping_mul(P2));
    lane.rotate_left(31).wrapping_mul(P1)
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
