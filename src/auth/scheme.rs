//! The schemes of the application layer.

use serde::{Deserialize, Serialize};

/// A scheme by which a party proves itself in Cred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// `syncml:auth-basic`: user and password, as they are.
    Basic,
    /// `syncml:auth-md5`: a digest of user, password and a nonce.
    Md5,
}

impl Scheme {
    /// The type in Meta.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Basic => "syncml:auth-basic",
            Self::Md5 => "syncml:auth-md5",
        }
    }

    /// The scheme of a type; letters count the same in either case.
    pub fn from_wire(kind: &str) -> Option<Self> {
        [Self::Basic, Self::Md5]
            .into_iter()
            .find(|scheme| scheme.wire().eq_ignore_ascii_case(kind.trim()))
    }

    /// Whether a nonce goes into the credentials.
    pub const fn needs_nonce(self) -> bool {
        match self {
            Self::Basic => false,
            Self::Md5 => true,
        }
    }
}
