//! The two hash functions of the schemes.

use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::steps;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    /// The hash of what the parts make together.
    pub(super) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        steps::add(1);
        match self {
            Self::Md5 => parts
                .iter()
                .fold(Md5::new(), |hash, part| hash.chain_update(part))
                .finalize()
                .to_vec(),
            Self::Sha256 => parts
                .iter()
                .fold(Sha256::new(), |hash, part| hash.chain_update(part))
                .finalize()
                .to_vec(),
        }
    }

    /// Octets of a hash.
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha256 => 32,
        }
    }
}
