//! The schemes of the application layer.

use serde::{Deserialize, Serialize};

/// A scheme by which a party proves itself in its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// `syncml:auth-basic`: user and password, as they are.
    Basic,
    /// `syncml:auth-md5`: a digest of user, password and a nonce.
    Md5,
    /// `syncml:auth-MAC`: a digest of user, password, a nonce and the whole message, in the header `x-syncml-hmac` of the transport.
    Hmac,
    /// `syncml:auth-SHA256`: as `Md5`, with SHA-256. Asked only of devices that speak DM 1.3, unless it is all that the account allows.
    Sha256,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::Basic, Self::Md5, Self::Hmac, Self::Sha256];

    /// The type in Meta.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Basic => "syncml:auth-basic",
            Self::Md5 => "syncml:auth-md5",
            Self::Hmac => "syncml:auth-MAC",
            Self::Sha256 => "syncml:auth-SHA256",
        }
    }

    /// The scheme of a type; letters count the same in either case.
    pub fn from_wire(kind: &str) -> Option<Self> {
        let kind = kind.trim();
        if kind.eq_ignore_ascii_case("syncml:auth-sha-256") {
            return Some(Self::Sha256);
        }
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.wire().eq_ignore_ascii_case(kind))
    }

    /// The name in events and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Md5 => "md5",
            Self::Hmac => "hmac",
            Self::Sha256 => "sha256",
        }
    }

    /// Whether a nonce goes into the proof.
    pub const fn needs_nonce(self) -> bool {
        !matches!(self, Self::Basic)
    }

    /// Whether every message needs a proof of its own: nothing can accept the peer for the whole session.
    pub const fn is_per_message(self) -> bool {
        matches!(self, Self::Hmac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_understood_in_every_spelling() {
        for scheme in Scheme::ALL {
            assert_eq!(Scheme::from_wire(scheme.wire()), Some(scheme));
            assert_eq!(
                Scheme::from_wire(&scheme.wire().to_uppercase()),
                Some(scheme)
            );
        }
        for (kind, scheme) in [
            ("syncml:auth-mac", Some(Scheme::Hmac)),
            (" syncml:auth-sha256 ", Some(Scheme::Sha256)),
            ("syncml:auth-sha-256", Some(Scheme::Sha256)),
            ("syncml:auth-SHA-512", None),
            ("syncml:auth-X509", None),
            ("md5", None),
            ("", None),
        ] {
            assert_eq!(Scheme::from_wire(kind), scheme, "{kind}");
        }
    }
}
