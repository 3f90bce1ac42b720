//! Challenges: asking for credentials, and understanding what is asked.

use base64ct::{Base64, Encoding as _};

use crate::error::{Code, Error, Result};
use crate::syncml::Chal;

use super::scheme::Scheme;

/// Octets of the longest nonce that is taken from a peer.
const MAX_NONCE: usize = 256;

/// A challenge that asks for a scheme, with the nonce where the scheme needs one.
pub(crate) fn challenge(scheme: Scheme, nonce: &[u8]) -> Chal {
    Chal {
        kind: scheme.wire().to_owned(),
        format: Some("b64".to_owned()),
        next_nonce: scheme.needs_nonce().then(|| Base64::encode_string(nonce)),
        ..Chal::default()
    }
}

/// What a peer's challenge asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) scheme: Scheme,
    /// The nonce to use, decoded.
    pub(crate) nonce: Option<Vec<u8>>,
}

impl Demand {
    /// Understands a challenge.
    ///
    /// # Errors
    ///
    /// [`Code::Auth`] for a type that is not spoken here, [`Code::Schema`] where the nonce is missing or no base64, [`Code::Limit`]
    /// for one of more than 256 octets.
    pub(crate) fn of(chal: &Chal) -> Result<Self> {
        let scheme = Scheme::from_wire(&chal.kind).ok_or_else(|| {
            Error::peer(Code::Auth, "challenge of an unknown type")
                .expecting("basic, md5, MAC or SHA256")
        })?;
        let nonce = match &chal.next_nonce {
            _ if !scheme.needs_nonce() => None,
            None => return Err(Error::peer(Code::Schema, "challenge without NextNonce")),
            Some(text) => {
                let nonce = Base64::decode_vec(text)
                    .map_err(|_| Error::peer(Code::Schema, "NextNonce is no base64"))?;
                if nonce.is_empty() {
                    return Err(Error::peer(Code::Schema, "NextNonce is empty"));
                }
                if nonce.len() > MAX_NONCE {
                    return Err(Error::peer(
                        Code::Limit,
                        "NextNonce of more than 256 octets",
                    ));
                }
                Some(nonce)
            }
        };
        Ok(Self { scheme, nonce })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn md5(next_nonce: Option<&str>) -> Chal {
        Chal {
            kind: "syncml:auth-MD5".to_owned(),
            next_nonce: next_nonce.map(str::to_owned),
            ..Chal::default()
        }
    }

    #[test]
    fn a17_short_nonces_are_taken_missing_and_endless_ones_are_not() {
        assert_eq!(Demand::of(&md5(Some("AQ=="))).unwrap().nonce, Some(vec![1]));
        let code = |chal: &Chal| Demand::of(chal).unwrap_err().code();
        assert_eq!(code(&md5(None)), Code::Schema);
        assert_eq!(code(&md5(Some(""))), Code::Schema);
        assert_eq!(code(&md5(Some("*"))), Code::Schema);
        assert_eq!(
            code(&md5(Some(&Base64::encode_string(&[7; 4096])))),
            Code::Limit
        );
    }

    #[test]
    fn what_we_ask_for_is_understood() {
        let demand = Demand::of(&challenge(Scheme::Md5, b"0123456789abcdef")).unwrap();
        assert_eq!(
            demand,
            Demand {
                scheme: Scheme::Md5,
                nonce: Some(b"0123456789abcdef".to_vec())
            }
        );
        assert_eq!(challenge(Scheme::Basic, b"x").next_nonce, None);
    }
}
