//! Proof: who made a message is established here, and nothing else can make an [`Authenticated`].

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use md5::{Digest as _, Md5};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::env::NONCE_LEN;
use crate::syncml::Cred;

use super::account::{Credential, Party, Secret};
use super::scheme::Scheme;

/// What identifies octets without keeping them.
pub(crate) type Fingerprint = [u8; 32];

/// The fingerprint of some octets.
pub(crate) fn fingerprint(octets: &[u8]) -> Fingerprint {
    Sha256::digest(octets).into()
}

/// The proof that the peer which sent a message is the one of the account. Only this module makes one.
#[derive(Debug)]
pub(crate) struct Authenticated(());

/// What became of the credentials of a message.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// There are none.
    Missing,
    /// They are of a type that the account does not allow.
    WrongType,
    /// They are wrong.
    Wrong,
    /// They are right.
    Right(Authenticated, Scheme),
}

impl Authenticated {
    /// The transport has proved the party.
    pub(crate) fn by_transport(party: &Party) -> Option<Self> {
        matches!(party, Party::Transport).then_some(Self(()))
    }

    /// The message came to the address that only the authenticated peer was told.
    pub(crate) fn by_token(expected: &[u8; NONCE_LEN], given: Option<&str>) -> Option<Self> {
        let given = Base64UrlUnpadded::decode_vec(given?).ok()?;
        bool::from(expected.ct_eq(given.as_slice())).then_some(Self(()))
    }

    /// The message repeats the credentials that were found right.
    pub(crate) fn by_repetition(expected: &Fingerprint, cred: Option<&Cred>) -> Option<Self> {
        let given = fingerprint(cred?.data.as_bytes());
        bool::from(expected.ct_eq(&given)).then_some(Self(()))
    }

    /// The message answers one of ours over a connection that we opened, and its sender proved itself before.
    pub(crate) fn by_reply_to_proven(proven: Option<Scheme>) -> Option<(Self, Scheme)> {
        proven.map(|scheme| (Self(()), scheme))
    }
}

/// Checks credentials against what is known of the user, with any of the nonces that were issued. An unknown user costs the same
/// work as a known one.
pub(crate) fn verify(
    cred: Option<&Cred>,
    credential: Option<&Credential>,
    nonces: &[&[u8]],
) -> Verdict {
    let Some(cred) = cred else {
        return Verdict::Missing;
    };
    let nobody;
    let (credential, is_known) = match credential {
        Some(credential) => (credential, Choice::from(1)),
        None => {
            let secret = Secret::Password(Zeroizing::new(b"nobody".to_vec()));
            // Of the type that strangers are asked for, so that a wrong one fares as with a known user.
            let Ok(made) = Credential::new("nobody".to_owned(), secret, vec![Scheme::Md5]) else {
                return Verdict::Wrong;
            };
            nobody = made;
            (&nobody, Choice::from(0))
        }
    };
    let scheme = match Scheme::from_wire(&cred.kind) {
        Some(scheme) if credential.schemes().contains(&scheme) => scheme,
        Some(_) | None => return Verdict::WrongType,
    };
    let matches = match scheme {
        Scheme::Basic => basic(cred, credential),
        Scheme::Md5 => md5(cred, credential, nonces),
    };
    if bool::from(matches & is_known) {
        Verdict::Right(Authenticated(()), scheme)
    } else {
        Verdict::Wrong
    }
}

fn basic(cred: &Cred, credential: &Credential) -> Choice {
    let decoded = Base64::decode_vec(&cred.data);
    // Clear text is legal only where no Format says otherwise.
    let given = match decoded {
        Ok(octets) => Zeroizing::new(octets),
        Err(_) if cred.format.is_none() => Zeroizing::new(cred.data.clone().into_bytes()),
        Err(_) => return Choice::from(0),
    };
    match credential.user_and_password() {
        Some(expected) => expected.as_slice().ct_eq(given.as_slice()),
        None => credential
            .hash()
            .as_bytes()
            .ct_eq(Base64::encode_string(&Md5::digest(&*given)).as_bytes()),
    }
}

fn md5(cred: &Cred, credential: &Credential, nonces: &[&[u8]]) -> Choice {
    let given = Base64::decode_vec(&cred.data).unwrap_or_default();
    // Without a nonce of ours the digest is compared too, so that the work is the same, and refused.
    let mut matches = credential.digest(b"").as_slice().ct_eq(given.as_slice()) & Choice::from(0);
    for nonce in nonces.iter().filter(|nonce| !nonce.is_empty()) {
        matches |= credential.digest(nonce).as_slice().ct_eq(given.as_slice());
    }
    matches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(schemes: Vec<Scheme>) -> Credential {
        Credential::new(
            "Bruce2".to_owned(),
            Secret::Password(Zeroizing::new(b"OhBehave".to_vec())),
            schemes,
        )
        .unwrap()
    }

    fn cred(kind: &str, data: &str) -> Cred {
        Cred {
            kind: kind.to_owned(),
            format: Some("b64".to_owned()),
            data: data.to_owned(),
            ..Cred::default()
        }
    }

    fn is_right(cred: &Cred, credential: &Credential, nonces: &[&[u8]]) -> bool {
        matches!(
            verify(Some(cred), Some(credential), nonces),
            Verdict::Right(..)
        )
    }

    #[test]
    fn a03_md5_over_the_decoded_nonce_only() {
        let bruce = credential(vec![Scheme::Md5]);
        assert!(is_right(
            &cred("syncml:auth-md5", "Zz6EivR3yeaaENcRN6lpAQ=="),
            &bruce,
            &[b"Nonce"]
        ));
        assert!(!is_right(
            &cred("syncml:auth-md5", "CmO/kTaDnxgwUdBvdtRh4A=="),
            &bruce,
            &[b"Nonce"]
        ));
        assert!(
            !is_right(
                &cred("syncml:auth-md5", "lEf25jyjHbCcTbj4p/1pUw=="),
                &bruce,
                &[b""]
            ),
            "an empty nonce is none"
        );
        assert!(!is_right(
            &cred("syncml:auth-md5", "lEf25jyjHbCcTbj4p/1pUw=="),
            &bruce,
            &[]
        ));
    }

    #[test]
    fn a04_basic_and_the_garbled_example() {
        let bruce = credential(vec![Scheme::Basic]);
        assert!(is_right(
            &cred("syncml:auth-basic", "QnJ1Y2UyOk9oQmVoYXZl"),
            &bruce,
            &[]
        ));
        assert!(!is_right(
            &cred("syncml:auth-basic", "OnJ1Y2UyOk9oOmVoYXZ1"),
            &bruce,
            &[]
        ));
        assert!(
            !is_right(&cred("syncml:auth-basic", "Bruce2:OhBehave"), &bruce, &[]),
            "b64 was said"
        );
        let clear = Cred {
            format: None,
            ..cred("syncml:auth-basic", "Bruce2:OhBehave")
        };
        assert!(is_right(&clear, &bruce, &[]));
    }

    #[test]
    fn x54_what_is_no_base64_is_wrong_like_any_other() {
        let bruce = credential(vec![Scheme::Basic, Scheme::Md5]);
        for data in [
            "",
            "*",
            "QnJ1Y2UyOk9oQmVoYXZ",
            "QnJ1Y2UyOk9oQmVoYXZl=",
            "_-_-",
        ] {
            for kind in ["syncml:auth-basic", "syncml:auth-md5"] {
                assert!(
                    matches!(
                        verify(Some(&cred(kind, data)), Some(&bruce), &[b"Nonce"]),
                        Verdict::Wrong
                    ),
                    "{kind} {data}"
                );
            }
        }
    }

    #[test]
    fn types_that_the_account_does_not_allow() {
        let bruce = credential(vec![Scheme::Md5]);
        let basic = cred("syncml:auth-basic", "QnJ1Y2UyOk9oQmVoYXZl");
        assert!(matches!(
            verify(Some(&basic), Some(&bruce), &[]),
            Verdict::WrongType
        ));
        assert!(matches!(
            verify(Some(&cred("syncml:auth-x", "")), Some(&bruce), &[]),
            Verdict::WrongType
        ));
        assert!(matches!(verify(None, Some(&bruce), &[]), Verdict::Missing));
    }

    #[test]
    fn a30_nobody_is_never_right() {
        for data in ["bm9ib2R5Om5vYm9keQ==", "QnJ1Y2UyOk9oQmVoYXZl"] {
            assert!(matches!(
                verify(Some(&cred("syncml:auth-basic", data)), None, &[]),
                Verdict::WrongType
            ));
        }
        let secret = Secret::Password(Zeroizing::new(b"nobody".to_vec()));
        let nobody = Credential::new("nobody".to_owned(), secret, vec![Scheme::Md5]).unwrap();
        let right = nobody.cred(Scheme::Md5, b"Nonce").unwrap();
        assert!(is_right(&right, &nobody, &[b"Nonce"]));
        assert!(matches!(
            verify(Some(&right), None, &[b"Nonce"]),
            Verdict::Wrong
        ));
    }

    #[test]
    fn tokens_and_repeated_credentials() {
        let token = [0xab; NONCE_LEN];
        assert!(Authenticated::by_token(&token, Some("q6urq6urq6urq6urq6urqw")).is_some());
        for wrong in [
            None,
            Some(""),
            Some("ab"),
            Some("Q6urq6urq6urq6urq6urqw"),
            Some("q6urq6urq6urq6urq6urqw=="),
        ] {
            assert!(Authenticated::by_token(&token, wrong).is_none());
        }
        let right = cred("syncml:auth-md5", "x");
        let print = fingerprint(b"x");
        assert!(Authenticated::by_repetition(&print, Some(&right)).is_some());
        assert!(
            Authenticated::by_repetition(&print, Some(&cred("syncml:auth-md5", "y"))).is_none()
        );
        assert!(Authenticated::by_repetition(&print, None).is_none());
    }
}
