//! Credentials: what a party proves itself with.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::syncml::Cred;

use super::hash::Hash;
use super::mac::MacKey;
use super::scheme::Scheme;

/// Octets of the longest user or password.
const MAX_LEN: usize = 4096;

/// What proves a user: the password, or what a server may keep instead of it.
#[derive(Clone)]
pub enum Secret {
    /// The password.
    Password(Zeroizing<Vec<u8>>),
    /// Hashes of the password. Either suffices to check [`Scheme::Basic`], none to use it.
    Hashes {
        /// B64(MD5(user:password)): enough for [`Scheme::Md5`] and [`Scheme::Hmac`].
        md5: Option<Zeroizing<String>>,
        /// B64(SHA-256(user:password)): enough for [`Scheme::Sha256`].
        sha256: Option<Zeroizing<String>>,
    },
}

/// The credentials of one party.
#[derive(Clone)]
pub struct Credential {
    user: String,
    secret: Secret,
    schemes: Vec<Scheme>,
}

impl Credential {
    /// Credentials for at least one scheme, the first being the one asked for.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) without scheme, for a user that holds a colon, for an empty secret, where either exceeds 4096
    /// octets, for hashes that do not suffice for a scheme, and for [`Scheme::Hmac`] with a user that is not printable ASCII, because
    /// it goes into a header of the transport.
    pub fn new(user: String, secret: Secret, schemes: Vec<Scheme>) -> Result<Self> {
        if user.is_empty() || user.contains(':') || user.len() > MAX_LEN {
            return Err(Error::arg("no user name").expecting("1 to 4096 octets without a colon"));
        }
        if schemes.is_empty() {
            return Err(Error::arg("no scheme").expecting("at least one scheme"));
        }
        if schemes.contains(&Scheme::Hmac)
            && !user.bytes().all(|octet| matches!(octet, 0x20..=0x7e))
        {
            return Err(Error::arg("a user name that cannot stand in a header")
                .expecting("printable ASCII for the scheme hmac"));
        }
        match &secret {
            Secret::Password(password) if password.is_empty() || password.len() > MAX_LEN => {
                return Err(Error::arg("no secret").expecting("1 to 4096 octets"));
            }
            Secret::Password(_) => {}
            Secret::Hashes { md5, sha256 } => {
                check_hash(md5.as_deref(), Hash::Md5)?;
                check_hash(sha256.as_deref(), Hash::Sha256)?;
            }
        }
        let made = Self {
            user,
            secret,
            schemes,
        };
        match made.schemes.iter().find(|scheme| !made.suffices(**scheme)) {
            Some(scheme) => Err(Error::arg("the hashes do not suffice for a scheme")
                .expecting(format!("what {} needs", scheme.name()))),
            None => Ok(made),
        }
    }

    /// Made-up credentials, for whoever is not known.
    pub(crate) fn nobody(schemes: &[Scheme]) -> Self {
        Self {
            user: "nobody".to_owned(),
            secret: Secret::Password(Zeroizing::new(b"nobody".to_vec())),
            schemes: match schemes {
                [] => vec![Scheme::Md5],
                schemes => schemes.to_vec(),
            },
        }
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
    pub(crate) fn password(&self) -> Option<&[u8]> {
        match &self.secret {
            Secret::Password(password) => Some(password),
            Secret::Hashes { .. } => None,
        }
    }

    /// The scheme to ask for: the first that the peer can be expected to speak, else the first.
    pub(crate) fn preferred(&self, speaks_sha256: bool) -> Scheme {
        let suits = |scheme: &&Scheme| speaks_sha256 || **scheme != Scheme::Sha256;
        let suiting = self.schemes.iter().find(suits);
        suiting
            .or(self.schemes.first())
            .copied()
            .unwrap_or(Scheme::Md5)
    }

    /// The Cred by which this party proves itself; nothing for a scheme that has none, or if what is kept of the secret does not
    /// suffice.
    pub(crate) fn cred(&self, scheme: Scheme, nonce: &[u8]) -> Option<Cred> {
        let data = match (scheme, &self.secret) {
            (Scheme::Basic, Secret::Password(password)) => {
                let joined = Zeroizing::new([self.user.as_bytes(), b":", password].concat());
                Base64::encode_string(&joined)
            }
            (Scheme::Md5, _) => Base64::encode_string(&self.digest(Hash::Md5, nonce)),
            (Scheme::Sha256, _) => Base64::encode_string(&self.digest(Hash::Sha256, nonce)),
            (Scheme::Basic | Scheme::Hmac, _) => return None,
        };
        Some(Cred {
            kind: scheme.wire().to_owned(),
            format: Some("b64".to_owned()),
            data,
            ..Cred::default()
        })
    }

    /// What makes the MACs of this party.
    pub(crate) fn mac_key(&self, nonce: &[u8]) -> MacKey {
        MacKey::new(self.user.clone(), self.hash(Hash::Md5), nonce)
    }

    /// The hash by which [`Scheme::Basic`] is checked.
    pub(super) fn hash_of_basic(&self) -> Hash {
        match &self.secret {
            Secret::Hashes { sha256: None, .. } => Hash::Md5,
            Secret::Password(_) | Secret::Hashes { .. } => Hash::Sha256,
        }
    }

    /// B64(H(user:password)); empty where it is neither kept nor can be made. The work is the same in every case.
    pub(super) fn hash(&self, hash: Hash) -> Zeroizing<String> {
        let (password, kept) = match (&self.secret, hash) {
            (Secret::Password(password), _) => (password.as_slice(), None),
            (Secret::Hashes { md5, .. }, Hash::Md5) => (&[][..], Some(md5)),
            (Secret::Hashes { sha256, .. }, Hash::Sha256) => (&[][..], Some(sha256)),
        };
        let octets = Zeroizing::new(hash.of(&[self.user.as_bytes(), b":", password]));
        let made = Zeroizing::new(Base64::encode_string(std::hint::black_box(&octets)));
        match kept {
            Some(kept) => kept.clone().unwrap_or_default(),
            None => made,
        }
    }

    /// B64(H(user:password)) of any user.
    pub(super) fn secret_of(hash: Hash, user: &str, password: &[u8]) -> Zeroizing<String> {
        let octets = Zeroizing::new(hash.of(&[user.as_bytes(), b":", password]));
        Zeroizing::new(Base64::encode_string(&octets))
    }

    /// H(B64(H(user:password)):nonce), the nonce decoded (DM Security, section on MD5 digests).
    pub(super) fn digest(&self, hash: Hash, nonce: &[u8]) -> Vec<u8> {
        hash.of(&[self.hash(hash).as_bytes(), b":", nonce])
    }

    fn suffices(&self, scheme: Scheme) -> bool {
        match (&self.secret, scheme) {
            (Secret::Password(_), _) => true,
            (Secret::Hashes { md5, sha256 }, Scheme::Basic) => md5.is_some() || sha256.is_some(),
            (Secret::Hashes { md5, .. }, Scheme::Md5 | Scheme::Hmac) => md5.is_some(),
            (Secret::Hashes { sha256, .. }, Scheme::Sha256) => sha256.is_some(),
        }
    }
}

fn check_hash(given: Option<&String>, hash: Hash) -> Result<()> {
    let is_hash = |text: &String| {
        Base64::decode_vec(text).is_ok_and(|octets| Zeroizing::new(octets).len() == hash.len())
    };
    match (hash, given.is_none_or(is_hash)) {
        (_, true) => Ok(()),
        (Hash::Md5, false) => Err(Error::arg("secret.md5 is no digest")
            .expecting("B64(MD5(user:password)), 24 characters")),
        (Hash::Sha256, false) => Err(Error::arg("secret.sha256 is no digest")
            .expecting("B64(SHA-256(user:password)), 44 characters")),
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

#[cfg(test)]
mod tests {
    use super::super::AccountState;
    use super::*;

    const ALL: [Scheme; 4] = [Scheme::Md5, Scheme::Basic, Scheme::Hmac, Scheme::Sha256];
    const MD5: &str = "PtEdr8lBQ45IbT1bZIkrOQ==";
    const SHA256: &str = "R97sly7ZBZJBy453p8EcsTXjWZs9+cyuHXyPGRtKXlU=";

    fn password(user: &str, password: &str) -> Credential {
        let secret = Secret::Password(Zeroizing::new(password.as_bytes().to_vec()));
        Credential::new(
            user.to_owned(),
            secret,
            vec![Scheme::Md5, Scheme::Basic, Scheme::Sha256],
        )
        .unwrap()
    }

    fn hashes(md5: Option<&str>, sha256: Option<&str>, schemes: &[Scheme]) -> Result<Credential> {
        let secret = Secret::Hashes {
            md5: md5.map(|hash| Zeroizing::new(hash.to_owned())),
            sha256: sha256.map(|hash| Zeroizing::new(hash.to_owned())),
        };
        Credential::new("Bruce2".to_owned(), secret, schemes.to_vec())
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
        for (nonce, digest) in [
            (&b"Nonce"[..], "Zz6EivR3yeaaENcRN6lpAQ=="),
            (
                b"\x2c\x6d\xe2\x65\x08\x61\x76\x62\x8d\x1e",
                "LAK2i25Fh0nxxGGaAzRRpg==",
            ),
            (b"", "lEf25jyjHbCcTbj4p/1pUw=="),
            (b"\0\0\0\0", "cnPI6nO9RgujiHU0y58kNA=="),
            (b"0x00000000", "/rEaWnNuFj+omqNv8Zls6w=="),
        ] {
            assert_eq!(data(&bruce, Scheme::Md5, nonce), digest);
        }
        let nonce = Base64::decode_vec("RLLe7tWM313qHMq9ooUZUPJX0RqU9mEZuyoVF+jXhqQ=").unwrap();
        let client1 = password("client1", "secret1");
        assert_eq!(
            data(&client1, Scheme::Md5, &nonce),
            "4G/FOQmEZYGcpOC8zTPfNA=="
        );
        let server = password("mgmt.example.com", "SrvPw-1");
        assert_eq!(
            data(&server, Scheme::Md5, &[1, 2, 3, 4, 5, 6, 7, 8]),
            "gYuUWAjllopunvCgauO0Bg=="
        );
    }

    #[test]
    fn known_answers_of_sha256() {
        let bruce = password("Bruce2", "OhBehave");
        assert_eq!(*bruce.hash(Hash::Sha256), SHA256);
        for (nonce, digest) in [
            (
                &b"Nonce"[..],
                "xjzyGlkt3ohlGLPxKSYkHAOvDen344MH8tMN+TuV5E4=",
            ),
            (
                b"\x2c\x6d\xe2\x65\x08\x61\x76\x62\x8d\x1e",
                "A+v/eUcgwdXQDT2VPeAvO6eH8eJy6UCR8O73c8RtqSE=",
            ),
        ] {
            let cred = bruce.cred(Scheme::Sha256, nonce).unwrap();
            assert_eq!(cred.data, digest);
            assert_eq!(cred.kind, "syncml:auth-SHA256");
            assert_eq!(cred.format.as_deref(), Some("b64"));
        }
    }

    #[test]
    fn a_stored_hash_serves_its_own_schemes() {
        let stored = hashes(Some(MD5), None, &[Scheme::Md5, Scheme::Hmac, Scheme::Basic]).unwrap();
        assert_eq!(
            data(&stored, Scheme::Md5, b"Nonce"),
            "Zz6EivR3yeaaENcRN6lpAQ=="
        );
        assert!(stored.cred(Scheme::Basic, b"").is_none(), "it checks only");
        let stored = hashes(None, Some(SHA256), &[Scheme::Sha256]).unwrap();
        assert_eq!(
            data(&stored, Scheme::Sha256, b"Nonce"),
            "xjzyGlkt3ohlGLPxKSYkHAOvDen344MH8tMN+TuV5E4="
        );
        hashes(Some(MD5), Some(SHA256), &ALL).unwrap();
        for (md5, sha256, schemes) in [
            (Some(MD5), None, &[Scheme::Sha256][..]),
            (None, Some(SHA256), &[Scheme::Md5]),
            (None, Some(SHA256), &[Scheme::Sha256, Scheme::Hmac]),
            (None, None, &[Scheme::Basic]),
            (Some(SHA256), None, &[Scheme::Md5]),
            (Some(""), None, &[Scheme::Md5]),
            (None, Some(MD5), &[Scheme::Sha256]),
        ] {
            let code = hashes(md5, sha256, schemes).unwrap_err().code();
            assert_eq!(code, crate::Code::Arg);
        }
    }

    #[test]
    fn a_user_of_hmac_fits_into_a_header() {
        let made = |user: &str| {
            let secret = Secret::Password(Zeroizing::new(b"x".to_vec()));
            Credential::new(user.to_owned(), secret, vec![Scheme::Hmac]).is_ok()
        };
        assert!(made("Robert \"Bob\" \\ Jordan"));
        assert!(!made("Zoë") && !made("a\r\nb") && !made("a\tb"));
    }

    #[test]
    fn sha256_is_skipped_for_those_who_do_not_speak_it() {
        let of = |schemes: &[Scheme]| {
            let credential = hashes(Some(MD5), Some(SHA256), schemes).unwrap();
            [true, false].map(|speaks| credential.preferred(speaks))
        };
        assert_eq!(
            of(&[Scheme::Sha256, Scheme::Md5]),
            [Scheme::Sha256, Scheme::Md5]
        );
        assert_eq!(of(&[Scheme::Sha256]), [Scheme::Sha256; 2]);
        assert_eq!(of(&[Scheme::Hmac, Scheme::Sha256]), [Scheme::Hmac; 2]);
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let credential = password("Bruce2", "OhBehave");
        let mut state = AccountState::default();
        state.client_nonce = Some(b"Nonce".to_vec());
        let shown = format!("{credential:?} {state:?} {:?}", credential.secret);
        assert!(
            !shown.contains("OhBehave") && !shown.contains("78, 111"),
            "{shown}"
        );
    }
}
