//! Time and entropy, handed in: nothing below the JavaScript floor asks a clock or a random source.

use crate::error::{Code, Error, Fault, Result};

/// Octets of a nonce or token that we make.
pub(crate) const NONCE_LEN: usize = 16;

/// The moment of a call and randomness that was never used before.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    entropy: &'a [u8],
}

impl<'a> Env<'a> {
    /// Octets of entropy that every call needs.
    pub const ENTROPY_LEN: usize = 32;

    /// Checks that there is enough entropy: at least [`Env::ENTROPY_LEN`] octets.
    pub fn new(now: u64, entropy: &'a [u8]) -> Result<Self> {
        if entropy.len() < Self::ENTROPY_LEN {
            return Err(Error::new(Code::Entropy, Fault::Host, "too little entropy")
                .expecting("32 random octets"));
        }
        Ok(Self { now, entropy })
    }

    /// A fresh nonce for one direction of authentication.
    pub(crate) fn nonce(&self) -> [u8; NONCE_LEN] {
        self.part(0)
    }

    /// A fresh token, independent of the nonce.
    pub(crate) fn token(&self) -> [u8; NONCE_LEN] {
        self.part(NONCE_LEN)
    }

    fn part(&self, from: usize) -> [u8; NONCE_LEN] {
        let mut part = [0; NONCE_LEN];
        for (to, octet) in part.iter_mut().zip(self.entropy.iter().skip(from)) {
            *to = *octet;
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_entropy_is_refused() {
        assert_eq!(
            Env::new(0, &[1; 31]).err().map(|e| e.code()),
            Some(Code::Entropy)
        );
        let octets: Vec<u8> = (0..32).collect();
        let env = Env::new(0, &octets).unwrap();
        assert_ne!(env.nonce(), env.token());
    }
}
