//! The frame around saved bytes: what they are, which version wrote them, and that nothing has changed since.

use crate::checksum::{Checksum, checksum};
use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

const MAGIC: &[u8; 4] = b"omdm";
const CHECK_LEN: usize = size_of::<Checksum>();
/// Octets of the frame in front of what is saved: magic, kind, version and check.
pub(crate) const FRAME_LEN: usize = MAGIC.len() + 2 + CHECK_LEN;
/// Of which kind octets are that are tied together: of none that is saved.
const TIE: u64 = 1 << 16;

/// What is saved. The number is part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A tree.
    Tree = 1,
    /// A session at the server.
    Server = 2,
    /// A session at the client.
    Client = 3,
    /// What has changed in a tree.
    TreeDelta = 4,
    /// A session of DM 2.0 at the server.
    ServerV2 = 5,
    /// A session of DM 2.0 at the client.
    ClientV2 = 6,
}

impl Kind {
    /// Grows with every change of what is saved.
    const fn version(self) -> u8 {
        match self {
            Self::Client | Self::Server => 6,
            Self::Tree => 6,
            Self::TreeDelta => 5,
            Self::ClientV2 | Self::ServerV2 => 2,
        }
    }
}

/// Saves a value.
pub(crate) fn seal<T: Serialize>(kind: Kind, value: &T) -> Result<Vec<u8>> {
    let payload =
        postcard::to_allocvec(value).map_err(|_| Error::snapshot("this state cannot be saved"))?;
    let mut sealed = Vec::with_capacity(FRAME_LEN + payload.len());
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&[kind as u8, kind.version()]);
    sealed.extend_from_slice(&check(kind, &payload));
    sealed.extend_from_slice(&payload);
    Ok(sealed)
}

/// What a state that is saved belongs to, to be sealed with it: no secret can be read out of it.
pub(crate) fn tie<T: Serialize>(value: &T) -> Result<Checksum> {
    let octets = postcard::to_allocvec(value).map(Zeroizing::new);
    let octets = octets.map_err(|_| Error::snapshot("this state cannot be saved"))?;
    Ok(checksum(TIE, &octets))
}

/// Whether octets say that they are of a kind; what else they are [`open`] knows.
pub(crate) fn is_of(kind: Kind, sealed: &[u8]) -> bool {
    let rest = sealed.strip_prefix(MAGIC);
    rest.and_then(<[u8]>::first) == Some(&(kind as u8))
}

/// Restores a value: all of it, or an error.
pub(crate) fn open<T: DeserializeOwned>(kind: Kind, sealed: &[u8]) -> Result<T> {
    let rest = sealed
        .strip_prefix(MAGIC)
        .ok_or_else(|| Error::snapshot("not saved by omadm"))?;
    let (&[of, version], rest) = rest
        .split_first_chunk::<2>()
        .ok_or_else(|| Error::snapshot("cut off"))?;
    if of != kind as u8 {
        return Err(Error::snapshot("another kind of state")
            .expecting(format!("{kind:?}").to_ascii_lowercase()));
    }
    if version != kind.version() {
        return Err(Error::snapshot(format!("version {version}"))
            .expecting(format!("version {}", kind.version())));
    }
    let (given, payload) = rest
        .split_first_chunk::<CHECK_LEN>()
        .ok_or_else(|| Error::snapshot("cut off"))?;
    if *given != check(kind, payload) {
        return Err(Error::snapshot("damaged"));
    }
    match postcard::take_from_bytes(payload) {
        Ok((value, [])) => Ok(value),
        Ok(_) | Err(_) => Err(Error::snapshot("damaged")),
    }
}

fn check(kind: Kind, payload: &[u8]) -> Checksum {
    let of = [kind as u8, kind.version()];
    checksum(u64::from(u16::from_be_bytes(of)), payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b22_cut_flipped_foreign_or_newer_bytes_are_refused() {
        let sealed = seal(Kind::Tree, &vec![1u32, 2, 3]).unwrap();
        assert_eq!(open::<Vec<u32>>(Kind::Tree, &sealed).unwrap(), [1, 2, 3]);
        assert_eq!(sealed[FRAME_LEN..], [3, 1, 2, 3]);
        for end in 0..sealed.len() {
            assert!(open::<Vec<u32>>(Kind::Tree, &sealed[..end]).is_err());
        }
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open::<Vec<u32>>(Kind::Tree, &flipped).is_err(), "bit {bit}");
        }
        assert!(open::<Vec<u32>>(Kind::Server, &sealed).is_err());
        let longer = [&sealed[..], &[0]].concat();
        assert!(open::<Vec<u32>>(Kind::Tree, &longer).is_err());
    }
}
