//! Accounts: the relation of one device with one server.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{Error, Result};
use crate::syncml::Cred;

use super::scheme::Scheme;

/// Octets of the longest user or password.
const MAX_LEN: usize = 4096;

/// What proves a user: the password, or what a server may keep instead of it.
#[derive(Clone)]
pub enum Secret {
    /// The password.
    Password(Zeroizing<Vec<u8>>),
    /// B64(MD5(user:password)): enough for [`Scheme::Md5`], and to check [`Scheme::Basic`].
    Md5(Zeroizing<String>),
}

/// The credentials of one party.
#[derive(Clone)]
pub struct Credential {
    user: String,
    secret: Secret,
    schemes: Vec<Scheme>,
}

/// How a party proves itself.
#[derive(Clone, Debug)]
pub enum Party {
    /// The transport has proved it, for instance by a certificate.
    Transport,
    /// By credentials in the messages.
    Credential(Credential),
}

/// The relation of one device with one server.
#[derive(Clone, Debug)]
pub struct Account {
    /// Source/LocURI of the device's messages.
    pub device_id: String,
    /// The server's identifier.
    pub server_id: String,
    /// What proves the device.
    pub client: Party,
    /// What proves the server.
    pub server: Party,
    /// What changes with every session.
    pub state: AccountState,
}

/// What changes of an account: its nonces, decoded, and what its server knows of the tree.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    /// For the next digest of the device, issued by the server.
    #[serde(with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub client_nonce: Option<Vec<u8>>,
    /// For the next digest of the server, issued by the device.
    #[serde(with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub server_nonce: Option<Vec<u8>>,
    /// The revision of the device's tree that the server knows of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree_revision: Option<u32>,
}

impl Credential {
    /// Credentials for at least one scheme, the first being the one asked for.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) without scheme, for a user that holds a colon, for an empty secret, and where either exceeds
    /// 4096 octets.
    pub fn new(user: String, secret: Secret, schemes: Vec<Scheme>) -> Result<Self> {
        let len = match &secret {
            Secret::Password(password) => password.len(),
            Secret::Md5(hash) => {
                if Base64::decode_vec(hash).map_or(0, |octets| octets.len()) != 16 {
                    return Err(Error::arg("secret.md5 is no digest")
                        .expecting("B64(MD5(user:password)), 24 characters"));
                }
                hash.len()
            }
        };
        if user.is_empty() || user.contains(':') || user.len() > MAX_LEN {
            return Err(Error::arg("no user name").expecting("1 to 4096 octets without a colon"));
        }
        if len == 0 || len > MAX_LEN {
            return Err(Error::arg("no secret").expecting("1 to 4096 octets"));
        }
        if schemes.is_empty() {
            return Err(Error::arg("no scheme").expecting("at least one scheme"));
        }
        Ok(Self {
            user,
            secret,
            schemes,
        })
    }

    /// The user.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The schemes that may be used, the preferred one first.
    pub fn schemes(&self) -> &[Scheme] {
        &self.schemes
    }

    /// The password, where it is kept.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        allow(dead_code, reason = "only JavaScript is shown it")
    )]
    pub(crate) fn password(&self) -> Option<&[u8]> {
        match &self.secret {
            Secret::Password(password) => Some(password),
            Secret::Md5(_) => None,
        }
    }

    /// The scheme to ask for.
    pub(crate) fn preferred(&self) -> Scheme {
        self.schemes.first().copied().unwrap_or(Scheme::Md5)
    }

    /// The Cred by which this party proves itself; nothing if what is kept of the secret does not suffice.
    pub(crate) fn cred(&self, scheme: Scheme, nonce: &[u8]) -> Option<Cred> {
        let data = match scheme {
            Scheme::Basic => Base64::encode_string(&self.user_and_password()?),
            Scheme::Md5 => Base64::encode_string(&self.digest(nonce)),
        };
        Some(Cred {
            kind: scheme.wire().to_owned(),
            format: Some("b64".to_owned()),
            data,
            ..Cred::default()
        })
    }

    /// The octets of `user:password`, where the password is kept.
    pub(super) fn user_and_password(&self) -> Option<Zeroizing<Vec<u8>>> {
        match &self.secret {
            Secret::Password(password) => Some(Zeroizing::new(
                [self.user.as_bytes(), b":", password].concat(),
            )),
            Secret::Md5(_) => None,
        }
    }

    /// B64(MD5(user:password)).
    pub(super) fn hash(&self) -> Zeroizing<String> {
        match &self.secret {
            Secret::Password(password) => {
                let hash = Md5::new()
                    .chain_update(&self.user)
                    .chain_update(b":")
                    .chain_update(password)
                    .finalize();
                Zeroizing::new(Base64::encode_string(&hash))
            }
            Secret::Md5(hash) => hash.clone(),
        }
    }

    /// MD5(B64(MD5(user:password)):nonce), the nonce decoded (DM Security, section on MD5 digests).
    pub(super) fn digest(&self, nonce: &[u8]) -> [u8; 16] {
        let hash = self.hash();
        Md5::new()
            .chain_update(hash.as_bytes())
            .chain_update(b":")
            .chain_update(nonce)
            .finalize()
            .into()
    }
}

impl Party {
    /// The credentials, where the messages carry them.
    pub fn credential(&self) -> Option<&Credential> {
        match self {
            Self::Transport => None,
            Self::Credential(credential) => Some(credential),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("user", &self.user)
            .field("schemes", &self.schemes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountState(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(user: &str, password: &str) -> Credential {
        let secret = Secret::Password(Zeroizing::new(password.as_bytes().to_vec()));
        Credential::new(user.to_owned(), secret, vec![Scheme::Md5, Scheme::Basic]).unwrap()
    }

    fn data(credential: &Credential, scheme: Scheme, nonce: &[u8]) -> String {
        credential.cred(scheme, nonce).unwrap().data
    }

    #[test]
    fn known_answers_of_basic() {
        assert_eq!(
            data(&password("Bruce2", "OhBehave"), Scheme::Basic, b""),
            "QnJ1Y2UyOk9oQmVoYXZl"
        );
        assert_eq!(
            data(&password("Zoë", "p:w"), Scheme::Basic, b""),
            "Wm/DqzpwOnc="
        );
    }

    #[test]
    fn known_answers_of_md5() {
        let bruce = password("Bruce2", "OhBehave");
        assert_eq!(
            data(&bruce, Scheme::Md5, b"Nonce"),
            "Zz6EivR3yeaaENcRN6lpAQ=="
        );
        let nonce = b"\x2c\x6d\xe2\x65\x08\x61\x76\x62\x8d\x1e";
        assert_eq!(data(&bruce, Scheme::Md5, nonce), "LAK2i25Fh0nxxGGaAzRRpg==");
        assert_eq!(data(&bruce, Scheme::Md5, b""), "lEf25jyjHbCcTbj4p/1pUw==");
        assert_eq!(
            data(&bruce, Scheme::Md5, b"\0\0\0\0"),
            "cnPI6nO9RgujiHU0y58kNA=="
        );
        let server = password("mgmt.example.com", "SrvPw-1");
        assert_eq!(
            data(&server, Scheme::Md5, &[1, 2, 3, 4, 5, 6, 7, 8]),
            "gYuUWAjllopunvCgauO0Bg=="
        );
    }

    #[test]
    fn a_stored_hash_serves_md5_but_not_basic() {
        let secret = Secret::Md5(Zeroizing::new("PtEdr8lBQ45IbT1bZIkrOQ==".to_owned()));
        let stored = Credential::new("Bruce2".to_owned(), secret, vec![Scheme::Md5]).unwrap();
        assert_eq!(
            data(&stored, Scheme::Md5, b"Nonce"),
            "Zz6EivR3yeaaENcRN6lpAQ=="
        );
        assert!(stored.cred(Scheme::Basic, b"").is_none());
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let credential = password("Bruce2", "OhBehave");
        let state = AccountState {
            client_nonce: Some(b"Nonce".to_vec()),
            server_nonce: None,
            tree_revision: None,
        };
        let shown = format!("{credential:?} {state:?} {:?}", credential.secret);
        assert!(
            !shown.contains("OhBehave") && !shown.contains("78, 111"),
            "{shown}"
        );
    }
}
