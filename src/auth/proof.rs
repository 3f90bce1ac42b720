//! Proof: who made a message is established here, and nothing else can make an [`Authenticated`].

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use blake2::{Blake2b256, Digest as _};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::env::NONCE_LEN;
use crate::syncml::Cred;

use super::account::Party;
use super::credential::Credential;
use super::hash::Hash;
use super::mac::{MacHeader, hash_of_body, mac};
use super::scheme::Scheme;

/// What identifies octets without keeping them.
pub(crate) type Fingerprint = [u8; 32];

/// The fingerprint of some octets: BLAKE2b, as each message has one, and WebAssembly takes less than a third of the time that it takes for
/// SHA-256.
pub(crate) fn fingerprint(octets: &[u8]) -> Fingerprint {
    Blake2b256::digest(octets).into()
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
    Wrong(Scheme),
    /// They are right.
    Right {
        proof: Authenticated,
        scheme: Scheme,
        /// Only under the nonce of a resynchronization.
        by_resync: bool,
    },
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

/// What a message gives as proof of its sender.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// The Cred of its header.
    pub(crate) cred: Option<&'a Cred>,
    /// `x-syncml-hmac` of the transport.
    pub(crate) hmac: Option<&'a str>,
    /// The octets over which that goes.
    pub(crate) body: &'a [u8],
}

/// The nonces that may have been used; an empty one is none.
#[derive(Clone, Copy)]
pub(crate) struct Nonces<'a> {
    /// Those that were issued.
    pub(crate) issued: [&'a [u8]; 2],
    /// Whether the nonce of a resynchronization may have been used.
    pub(crate) resync: bool,
}

/// The nonce of a notification that resynchronizes.
pub(crate) const RESYNC_NONCE: [u8; 4] = [0; 4];

impl Evidence<'_> {
    /// The scheme by which this is to be judged: nothing where there is no proof, and none where it is of a type that these credentials
    /// do not allow.
    fn scheme(&self, credential: &Credential) -> Option<Option<Scheme>> {
        // A MAC counts for those who may use one; others may send what they like beside a Cred.
        let allows = |scheme: &Scheme| credential.schemes().contains(scheme);
        if self.hmac.is_some() && (allows(&Scheme::Hmac) || self.cred.is_none()) {
            return Some(Some(Scheme::Hmac).filter(allows));
        }
        let kind = Scheme::from_wire(&self.cred?.kind);
        // A MAC never stands in a Cred.
        Some(kind.filter(|scheme| *scheme != Scheme::Hmac && allows(scheme)))
    }
}

/// Checks what a message gives against what is known of the user, with any of the nonces that were issued. Where the user is not
/// known, `credential` is a made-up one, which is never right: the work and the verdict are those of wrong credentials.
pub(crate) fn verify(
    given: &Evidence<'_>,
    credential: &Credential,
    is_known: bool,
    nonces: &Nonces<'_>,
) -> Verdict {
    let scheme = match given.scheme(credential) {
        None => return Verdict::Missing,
        Some(None) => return Verdict::WrongType,
        Some(Some(scheme)) => scheme,
    };
    let matches = match (scheme, given.cred) {
        (Scheme::Basic, Some(cred)) => Matches {
            issued: basic(cred, credential),
            resync: Choice::from(0),
        },
        (Scheme::Md5, Some(cred)) => digest(cred, credential, Hash::Md5, nonces),
        (Scheme::Sha256, Some(cred)) => digest(cred, credential, Hash::Sha256, nonces),
        (Scheme::Hmac, _) => hmac(given, credential, nonces),
        (_, None) => return Verdict::Missing,
    };
    let is_known = Choice::from(u8::from(is_known));
    if bool::from((matches.issued | matches.resync) & is_known) {
        Verdict::Right {
            proof: Authenticated(()),
            scheme,
            by_resync: bool::from(matches.resync & !matches.issued),
        }
    } else {
        Verdict::Wrong(scheme)
    }
}

/// Under which nonces a proof is right.
struct Matches {
    issued: Choice,
    resync: Choice,
}

impl Nonces<'_> {
    /// Tries every nonce, also those that are none, so that the work is always the same.
    fn any(&self, is_right: impl Fn(&[u8]) -> Choice) -> Matches {
        let mut issued = Choice::from(0);
        for nonce in self.issued {
            issued |= is_right(nonce) & Choice::from(u8::from(!nonce.is_empty()));
        }
        Matches {
            issued,
            resync: is_right(&RESYNC_NONCE) & Choice::from(u8::from(self.resync)),
        }
    }
}

fn basic(cred: &Cred, credential: &Credential) -> Choice {
    // Clear text is legal only where no Format says otherwise.
    let (given, is_read) = match Base64::decode_vec(&cred.data) {
        Ok(octets) => (Zeroizing::new(octets), 1),
        Err(_) => (
            Zeroizing::new(cred.data.clone().into_bytes()),
            u8::from(cred.format.is_none()),
        ),
    };
    // Hashes are compared, so that not even the length of the password shows.
    let hash = credential.hash_of_basic();
    let given = Zeroizing::new(Base64::encode_string(&hash.of(&[&given])));
    credential.hash(hash).as_bytes().ct_eq(given.as_bytes()) & Choice::from(is_read)
}

fn digest(cred: &Cred, credential: &Credential, hash: Hash, nonces: &Nonces<'_>) -> Matches {
    let given = Base64::decode_vec(&cred.data).unwrap_or_default();
    nonces.any(|nonce| {
        credential
            .digest(hash, nonce)
            .as_slice()
            .ct_eq(given.as_slice())
    })
}

fn hmac(given: &Evidence<'_>, credential: &Credential, nonces: &Nonces<'_>) -> Matches {
    let header = given.hmac.and_then(MacHeader::parse);
    let octets = header.as_ref().map(MacHeader::octets).unwrap_or_default();
    let user = header.map(|header| header.user).unwrap_or_default();
    let is_user = user.as_bytes().ct_eq(credential.user().as_bytes());
    let secret = credential.hash(Hash::Md5);
    let body = hash_of_body(given.body);
    nonces.any(|nonce| {
        mac(&secret, nonce, &body)
            .as_slice()
            .ct_eq(octets.as_slice())
            & is_user
    })
}

#[cfg(test)]
mod tests {
    use super::super::credential::Secret;
    use super::*;
    use crate::steps;

    const ALL: [Scheme; 4] = [Scheme::Basic, Scheme::Md5, Scheme::Hmac, Scheme::Sha256];
    const RIGHT: [(&str, &str); 3] = [
        ("syncml:auth-basic", "QnJ1Y2UyOk9oQmVoYXZl"),
        ("syncml:auth-md5", "Zz6EivR3yeaaENcRN6lpAQ=="),
        (
            "syncml:auth-sha-256",
            "xjzyGlkt3ohlGLPxKSYkHAOvDen344MH8tMN+TuV5E4=",
        ),
    ];
    const MAC: &str = "mac=urdCeS3JUmjFgi8SX3webw==, username=\"Bruce2\"";

    fn credential(schemes: &[Scheme]) -> Credential {
        Credential::new(
            "Bruce2".to_owned(),
            Secret::Password(Zeroizing::new(b"OhBehave".to_vec())),
            schemes.to_vec(),
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

    fn nonces<'a>(one: &'a [u8], other: &'a [u8]) -> Nonces<'a> {
        Nonces {
            issued: [one, other],
            resync: false,
        }
    }

    fn of_cred(cred: &Cred) -> Evidence<'_> {
        Evidence {
            cred: Some(cred),
            hmac: None,
            body: b"",
        }
    }

    fn of_mac<'a>(hmac: &'a str, body: &'a [u8]) -> Evidence<'a> {
        Evidence {
            cred: None,
            hmac: Some(hmac),
            body,
        }
    }

    fn is_right(given: &Evidence<'_>, credential: &Credential, nonce: &[u8]) -> bool {
        let verdicts = [nonces(nonce, b""), nonces(b"", nonce)].map(|nonces| {
            matches!(
                verify(given, credential, true, &nonces),
                Verdict::Right { .. }
            )
        });
        assert_eq!(verdicts[0], verdicts[1]);
        verdicts[0]
    }

    /// The answer of another implementation: sessions at rest hold fingerprints.
    #[test]
    fn fingerprints_are_blake2b_of_256_bits() {
        let shown = fingerprint(b"abc").map(|octet| format!("{octet:02x}"));
        assert_eq!(
            shown.concat(),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        );
    }

    #[test]
    fn a03_digests_over_the_decoded_nonce_only() {
        let bruce = credential(&ALL);
        for (kind, data) in &RIGHT[1..] {
            assert!(is_right(&of_cred(&cred(kind, data)), &bruce, b"Nonce"));
            assert!(!is_right(&of_cred(&cred(kind, data)), &bruce, b"nonce"));
            assert!(!is_right(&of_cred(&cred(kind, data)), &bruce, b""));
        }
        for (data, nonce) in [
            ("CmO/kTaDnxgwUdBvdtRh4A==", &b"Nonce"[..]),
            (
                "kpKgquN4uuyvg2Io01gZ5A==",
                b"\x2c\x6d\xe2\x65\x08\x61\x76\x62\x8d\x1e",
            ),
            // Over an empty nonce, which is none.
            ("lEf25jyjHbCcTbj4p/1pUw==", b""),
        ] {
            let given = cred("syncml:auth-md5", data);
            assert!(!is_right(&of_cred(&given), &bruce, nonce), "{data}");
        }
    }

    #[test]
    fn a04_basic_and_the_garbled_example() {
        let bruce = credential(&[Scheme::Basic]);
        let is_right = |data: &str, format: Option<&str>| {
            let given = Cred {
                format: format.map(str::to_owned),
                ..cred("syncml:auth-basic", data)
            };
            is_right(&of_cred(&given), &bruce, b"")
        };
        assert!(is_right("QnJ1Y2UyOk9oQmVoYXZl", Some("b64")));
        assert!(!is_right("OnJ1Y2UyOk9oOmVoYXZ1", Some("b64")));
        assert!(!is_right("Bruce2:OhBehave", Some("b64")), "b64 was said");
        assert!(is_right("Bruce2:OhBehave", None));
    }

    #[test]
    fn basic_is_checked_by_either_hash() {
        let [md5, sha256] = [
            "PtEdr8lBQ45IbT1bZIkrOQ==",
            "R97sly7ZBZJBy453p8EcsTXjWZs9+cyuHXyPGRtKXlU=",
        ]
        .map(|hash| Some(Zeroizing::new(hash.to_owned())));
        for (md5, sha256) in [(md5.clone(), None), (None, sha256.clone()), (md5, sha256)] {
            let secret = Secret::Hashes { md5, sha256 };
            let stored = Credential::new("Bruce2".into(), secret, vec![Scheme::Basic]).unwrap();
            for (data, is) in [("QnJ1Y2UyOk9oQmVoYXZl", true), ("QnJ1Y2UyOng=", false)] {
                let given = cred("syncml:auth-basic", data);
                assert_eq!(is_right(&of_cred(&given), &stored, b""), is, "{data}");
            }
        }
    }

    #[test]
    fn a21_a_mac_is_right_for_its_own_body_user_and_nonce() {
        let bruce = credential(&[Scheme::Hmac]);
        assert!(is_right(&of_mac(MAC, b"<SyncML/>"), &bruce, b"Nonce"));
        let unpadded = MAC.replace("==", "");
        assert!(is_right(&of_mac(&unpadded, b"<SyncML/>"), &bruce, b"Nonce"));
        let stranger = MAC.replace("Bruce2", "Bruce3");
        for (header, body, nonce) in [
            (MAC, &b"<SyncML/?"[..], &b"Nonce"[..]),
            (MAC, b"", b"Nonce"),
            (MAC, b"<SyncML/>", b"nonce"),
            (MAC, b"<SyncML/>", b""),
            (&stranger, b"<SyncML/>", b"Nonce"),
            ("", b"<SyncML/>", b"Nonce"),
            ("username=\"Bruce2\", mac=AA==", b"<SyncML/>", b"Nonce"),
        ] {
            assert!(!is_right(&of_mac(header, body), &bruce, nonce), "{header}");
        }
    }

    #[test]
    fn x54_what_is_no_base64_is_wrong_like_any_other() {
        let bruce = credential(&ALL);
        for data in [
            "",
            "*",
            "QnJ1Y2UyOk9oQmVoYXZ",
            "QnJ1Y2UyOk9oQmVoYXZl=",
            "_-_-",
        ] {
            for (kind, _) in RIGHT {
                let given = cred(kind, data);
                let verdict = verify(&of_cred(&given), &bruce, true, &nonces(b"Nonce", b""));
                assert!(matches!(verdict, Verdict::Wrong(_)), "{kind} {data}");
            }
        }
    }

    #[test]
    fn types_that_the_account_does_not_allow() {
        let verdict = |given: &Evidence<'_>, schemes: &[Scheme]| {
            let nonces = nonces(b"Nonce", b"");
            match verify(given, &credential(schemes), true, &nonces) {
                Verdict::Missing => "missing",
                Verdict::WrongType => "type",
                Verdict::Wrong(_) => "wrong",
                Verdict::Right { scheme, .. } => scheme.name(),
            }
        };
        let nothing = Evidence {
            cred: None,
            hmac: None,
            body: b"",
        };
        let [basic, md5, sha256] = RIGHT.map(|(kind, data)| cred(kind, data));
        let (other, mac) = (cred("syncml:auth-x", ""), cred("syncml:auth-MAC", ""));
        let header = of_mac(MAC, b"<SyncML/>");
        let both = Evidence {
            cred: Some(&md5),
            ..header
        };
        for (given, schemes, expected) in [
            (nothing, &ALL[..], "missing"),
            (of_cred(&basic), &ALL, "basic"),
            (of_cred(&basic), &ALL[1..], "type"),
            (of_cred(&sha256), &ALL, "sha256"),
            (of_cred(&sha256), &ALL[..3], "type"),
            (of_cred(&other), &ALL, "type"),
            // A MAC never stands in a Cred.
            (of_cred(&mac), &ALL, "type"),
            (header, &ALL, "hmac"),
            (header, &[Scheme::Md5], "type"),
            (both, &ALL, "hmac"),
            (both, &[Scheme::Md5], "md5"),
        ] {
            assert_eq!(verdict(&given, schemes), expected, "{schemes:?}");
        }
    }

    #[test]
    fn the_nonce_of_a_resynchronization_counts_where_it_may() {
        let bruce = credential(&ALL);
        let given = cred("syncml:auth-md5", "cnPI6nO9RgujiHU0y58kNA==");
        let verdict = |resync, nonce| {
            let issued = [nonce, &b""[..]];
            match verify(&of_cred(&given), &bruce, true, &Nonces { issued, resync }) {
                Verdict::Right { by_resync, .. } => Some(by_resync),
                _ => None,
            }
        };
        assert_eq!(verdict(true, b"Nonce"), Some(true));
        assert_eq!(verdict(false, b"Nonce"), None);
        assert_eq!(verdict(true, &[0; 4]), Some(false));
        let text = cred("syncml:auth-md5", "/rEaWnNuFj+omqNv8Zls6w==");
        let resync = Nonces {
            issued: [b"Nonce", b""],
            resync: true,
        };
        let verdict = verify(&of_cred(&text), &bruce, true, &resync);
        assert!(
            matches!(verdict, Verdict::Wrong(_)),
            "octets, not their names"
        );
    }

    #[test]
    fn a30_nobody_is_never_right() {
        let nobody = Credential::nobody(&ALL);
        for scheme in [Scheme::Basic, Scheme::Md5, Scheme::Sha256] {
            let right = nobody.cred(scheme, b"Nonce").unwrap();
            assert!(is_right(&of_cred(&right), &nobody, b"Nonce"));
            let verdict = verify(&of_cred(&right), &nobody, false, &nonces(b"Nonce", b""));
            assert!(matches!(verdict, Verdict::Wrong(_)));
        }
        let header = nobody.mac_key(b"Nonce").header(b"x");
        assert!(is_right(&of_mac(&header, b"x"), &nobody, b"Nonce"));
        let verdict = verify(
            &of_mac(&header, b"x"),
            &nobody,
            false,
            &nonces(b"Nonce", b""),
        );
        assert!(matches!(verdict, Verdict::Wrong(_)));
    }

    /// The hashes that are computed are as many, whatever is known and whatever is given.
    #[test]
    fn a30_an_unknown_user_costs_what_a_known_one_costs() {
        let hashed = |md5: &str, sha256: &str| Secret::Hashes {
            md5: Some(Zeroizing::new(md5.to_owned())),
            sha256: Some(Zeroizing::new(sha256.to_owned())),
        };
        let stored = hashed(
            "PtEdr8lBQ45IbT1bZIkrOQ==",
            "R97sly7ZBZJBy453p8EcsTXjWZs9+cyuHXyPGRtKXlU=",
        );
        let stored = Credential::new("Bruce2".to_owned(), stored, ALL.to_vec()).unwrap();
        let (known, nobody) = (credential(&ALL), Credential::nobody(&ALL));
        let users = [(&known, true), (&stored, true), (&nobody, false)];
        let given = |scheme: usize| {
            let creds = RIGHT.map(|(kind, data)| cred(kind, data));
            let wrong = RIGHT.map(|(kind, _)| cred(kind, "QnJ1Y2UyOng="));
            let macs = [MAC, "mac=AA==, username=\"x\"", "no header"];
            let count = |given: &Evidence<'_>| {
                let mut counts = Vec::new();
                for (credential, is_known) in users {
                    for nonces in [nonces(b"Nonce", b"other"), nonces(b"", b"")] {
                        counts.push(steps::count(|| {
                            verify(given, credential, is_known, &nonces)
                        }));
                    }
                }
                counts
            };
            match (creds.get(scheme), wrong.get(scheme)) {
                (Some(right), Some(wrong)) => {
                    [count(&of_cred(right)), count(&of_cred(wrong))].concat()
                }
                _ => macs.map(|mac| count(&of_mac(mac, b"<SyncML/>"))).concat(),
            }
        };
        for (scheme, hashes) in [(0, 2), (1, 6), (2, 6), (3, 5)] {
            let counts = given(scheme);
            assert!(counts.len() >= 12);
            assert!(
                counts.iter().all(|count| *count == hashes),
                "{scheme} {counts:?}"
            );
        }
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
