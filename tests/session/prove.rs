//! Proofs made by hand, as DM Security defines them.

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use omadm::{Received, Scheme};
use sha2::Sha256;

use crate::peer::{Letter, cred};

fn md5(parts: &[&[u8]]) -> String {
    Base64::encode_string(&Md5::digest(parts.concat()))
}

fn sha256(parts: &[&[u8]]) -> String {
    Base64::encode_string(&Sha256::digest(parts.concat()))
}

/// The data of an md5 Cred.
pub(crate) fn digest(user: &str, password: &str, nonce: &[u8]) -> String {
    let secret = md5(&[user.as_bytes(), b":", password.as_bytes()]);
    md5(&[secret.as_bytes(), b":", nonce])
}

/// The header `x-syncml-hmac` of a body.
pub(crate) fn hmac(user: &str, password: &str, nonce: &[u8], body: &[u8]) -> String {
    let secret = md5(&[user.as_bytes(), b":", password.as_bytes()]);
    let body = md5(&[body]);
    let mac = md5(&[secret.as_bytes(), b":", nonce, b":", body.as_bytes()]);
    format!("algorithm=MD5, username=\"{user}\", mac={mac}")
}

/// The digest of a notification of DM 1.x.
pub(crate) fn notification(user: &str, password: &str, nonce: &[u8], trigger: &[u8]) -> Vec<u8> {
    let secret = md5(&[user.as_bytes(), b":", password.as_bytes()]);
    under_secret(&secret, nonce, trigger)
}

/// The same under B64(H(user:password)).
pub(crate) fn under_secret(secret: &str, nonce: &[u8], trigger: &[u8]) -> Vec<u8> {
    let trigger = md5(&[trigger]);
    let digest = md5(&[secret.as_bytes(), b":", nonce, b":", trigger.as_bytes()]);
    Base64::decode_vec(&digest).unwrap()
}

/// The name of a scheme in its type.
pub(crate) fn kind(scheme: Scheme) -> &'static str {
    scheme.wire().trim_start_matches("syncml:auth-")
}

/// A message whose sender proves itself by a scheme.
pub(crate) struct Proved {
    pub(crate) body: Vec<u8>,
    pub(crate) hmac: Option<String>,
}

impl Proved {
    /// The letter with the proof added.
    pub(crate) fn new(
        letter: &Letter<'_>,
        scheme: Scheme,
        (user, password): (&str, &str),
        nonce: &[u8],
    ) -> Self {
        let data = match scheme {
            Scheme::Basic => Base64::encode_string(format!("{user}:{password}").as_bytes()),
            Scheme::Md5 => digest(user, password, nonce),
            Scheme::Sha256 => {
                let secret = sha256(&[user.as_bytes(), b":", password.as_bytes()]);
                sha256(&[secret.as_bytes(), b":", nonce])
            }
            Scheme::Hmac => {
                let body = letter.write();
                let hmac = Some(hmac(user, password, nonce, &body));
                return Self { body, hmac };
            }
        };
        let header = format!("{}{}", letter.header, cred(kind(scheme), &data));
        let letter = Letter {
            header: &header,
            ..letter.clone()
        };
        Self {
            body: letter.write(),
            hmac: None,
        }
    }

    pub(crate) fn received(&self) -> Received<'_> {
        Received {
            hmac: self.hmac.as_deref(),
            ..Received::body(&self.body)
        }
    }
}
