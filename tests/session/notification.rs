//! Notifications and whoever makes them: the rows of group N of the catalogue, and what the forms demand of a digest.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::auth::{
    Ignored, Nonce, NotificationPolicy, VerifiedNotification, sign_notification,
    verify_notification,
};
use omadm::notification::{Initiator, UiMode, V1};
use omadm::{Account, Code, Credential, Notification, NotificationForm, Party, Scheme, Secret};

use crate::package0::signed_of_dm_2;
use crate::pair::{nonces, password};

/// Four zero octets.
pub(crate) const ZERO: [u8; 4] = [0; 4];
pub(crate) const NOW: u64 = 1_700_000_000_000;
pub(crate) const NAME: &str = "mgmt.example.com";
const NONCE: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8];

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let octet = |pair: &[u32]| (pair[0] << 4 | pair[1]) as u8;
    digits.chunks(2).map(octet).collect()
}

pub(crate) fn account(name: &str, user: &str, secret: &str, nonce: Option<&[u8]>) -> Account {
    Account {
        device_id: "IMEI:1".to_owned(),
        server_id: name.to_owned(),
        client: Party::Transport,
        server: password(user, secret, &[Scheme::Md5]),
        notification: None,
        state: nonces(None, nonce),
    }
}

pub(crate) fn own() -> Account {
    account(NAME, NAME, "SrvPw-1", Some(NONCE))
}

pub(crate) fn trigger() -> V1 {
    V1 {
        ui_mode: UiMode::Informative,
        ..V1::new(NAME, 1)
    }
}

/// A policy under which the nonce of a resynchronization counts.
fn resync() -> NotificationPolicy {
    NotificationPolicy {
        resync: true,
        ..NotificationPolicy::default()
    }
}

pub(crate) fn of_form(form: NotificationForm) -> NotificationPolicy {
    NotificationPolicy {
        form,
        ..NotificationPolicy::default()
    }
}

fn verify(body: &[u8], account: &Account) -> Result<VerifiedNotification, Ignored> {
    verify_notification(body, account, &NotificationPolicy::default(), NOW)
}

fn sign(v1: &V1, account: &Account) -> Vec<u8> {
    let notification = Notification::V1(v1.clone());
    sign_notification(&notification, account, Nonce::Stored)
        .unwrap()
        .body
}

/// As the server whose name it is not, but with its password.
fn sign_as(v1: &V1, nonce: &[u8]) -> Vec<u8> {
    let mut other = account(&v1.server_id, NAME, "SrvPw-1", Some(nonce));
    // Without the password itself the user of the credentials goes into the digest.
    let md5 = "I2JREGdpqjuF5rI3BFcutg==";
    let secret = Secret::Hashes {
        md5: Some(md5.to_owned().into()),
        sha256: None,
    };
    let credential = Credential::new(NAME.to_owned(), secret, vec![Scheme::Md5]).unwrap();
    other.server = Party::Credential(credential);
    sign(v1, &other)
}

/// Every vector of DM 1.x: what is written, and what is believed.
#[test]
fn known_answers_of_md5() {
    let v1 = |version, ui: u8, by: Initiator, session_id, name: &str| V1 {
        version,
        ui_mode: ui.into(),
        initiator: by,
        ..V1::new(name, session_id)
    };
    use Initiator::{Server, User};
    let vendor = V1 {
        vendor: vec![0xde, 0xad, 0xbe, 0xef],
        ..v1(11, 0, Server, 0xa1, "s")
    };
    let example = "com.mgmtsrv.manage";
    for (v1, secret, nonce, hex) in [
        (
            v1(11, 1, User, 0x1234, example),
            "srvpw",
            Some(&b"Nonce"[..]),
            "59af2bf6f16d21f0b7a0b9d318606da702d0000000123412636f6d2e6d676d747372762e6d616e616765",
        ),
        (
            v1(11, 2, Server, 1, NAME),
            "SrvPw-1",
            Some(NONCE),
            "291cd675cfb6925cc92b7c48cf85cfec02e80000000001106d676d742e6578616d706c652e636f6d",
        ),
        (
            v1(11, 3, Server, 0xffff, NAME),
            "SrvPw-1",
            Some(&ZERO),
            "5ddec3f141099d66145239c31431b4d402f8000000ffff106d676d742e6578616d706c652e636f6d",
        ),
        (
            vendor,
            "p",
            None,
            "6f72a80cb224615d39bc74969c6bb07502c800000000a10173deadbeef",
        ),
        (
            v1(12, 1, Server, 0xa1, NAME),
            "SrvPw-1",
            Some(NONCE),
            "119a14c76c32e994e2a393e4ee30ec29031800000000a1106d676d742e6578616d706c652e636f6d",
        ),
    ] {
        let account = account(&v1.server_id, &v1.server_id, secret, nonce);
        let body = sign(&v1, &account);
        assert_eq!(body, octets(hex));
        let verified = verify(&body, &account).unwrap();
        assert_eq!(verified.notification, Notification::V1(v1.clone()));
        assert!(verified.is_signed && !verified.resync && !verified.state.resync);
        assert_eq!(verified.state.triggers.numbers(), [v1.session_id]);
        // By the user of the credentials, who has the same name, and by what a server keeps instead of the password.
        let other = Account {
            server_id: "another".to_owned(),
            ..account.clone()
        };
        assert_eq!(verify(&body, &other), Err(Ignored::Server));
    }
    let body = sign(&trigger(), &own());
    assert_eq!(sign_as(&trigger(), NONCE), body);
}

/// Some devices put the user of the credentials into the digest, the text the name in the message.
#[test]
fn either_name_may_be_in_the_digest() {
    let both = account(NAME, "user", "SrvPw-1", Some(NONCE));
    let by_name = sign(&trigger(), &both);
    assert_eq!(by_name, sign(&trigger(), &own()));
    let secret = Secret::Hashes {
        md5: Some("Ub1+DZdjxXhT62x1Y0b2Zg==".to_owned().into()),
        sha256: None,
    };
    let credential = Credential::new("user".to_owned(), secret, vec![Scheme::Md5]).unwrap();
    let stored = Account {
        server: Party::Credential(credential),
        ..both.clone()
    };
    let by_user = sign(&trigger(), &stored);
    assert_ne!(by_user[..16], by_name[..16]);
    assert!(verify(&by_name, &both).is_ok() && verify(&by_user, &both).is_ok());
    assert!(verify(&by_user, &stored).is_ok());
    assert_eq!(verify(&by_name, &stored), Err(Ignored::Digest));
    assert_eq!(verify(&by_user, &own()), Err(Ignored::Digest));
}

#[test]
fn n01_shorter_than_digest_and_header_is_ignored() {
    let body = sign(&trigger(), &own());
    for length in 0..24 {
        assert_eq!(verify(&body[..length], &own()), Err(Ignored::Malformed));
    }
    for length in 24..body.len() {
        assert_eq!(verify(&body[..length], &own()), Err(Ignored::Digest));
    }
}

/// The name of the server is as long as the header says, and what is behind it counts.
#[test]
fn n02_lengths_that_do_not_fit_are_ignored_though_signed() {
    let vendor = V1 {
        vendor: b"octets".to_vec(),
        ..trigger()
    };
    let body = sign(&vendor, &own());
    let found = verify(&body, &own()).unwrap().notification;
    assert_eq!(found, Notification::V1(vendor));
    for length in [0, 15, 17, 255] {
        let mut other = body.clone();
        other[23] = length;
        assert_eq!(verify(&other, &own()), Err(Ignored::Digest));
        let expected = if length == 15 || length == 17 {
            Ignored::Server
        } else {
            Ignored::Malformed
        };
        assert_eq!(verify(&signed(&other[16..]), &own()), Err(expected));
    }
}

/// Octets behind a right digest, whatever they are.
fn signed(trigger: &[u8]) -> Vec<u8> {
    let digest = crate::prove::notification(NAME, "SrvPw-1", NONCE, trigger);
    [&digest, trigger].concat()
}

#[test]
fn n03_every_bit_counts() {
    let vendor = V1 {
        vendor: vec![0x55; 3],
        ..trigger()
    };
    let body = sign(&vendor, &own());
    for bit in 0..body.len() * 8 {
        let mut flipped = body.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        for policy in [NotificationPolicy::default(), resync()] {
            let found = verify_notification(&flipped, &own(), &policy, NOW);
            assert_eq!(found, Err(Ignored::Digest), "bit {bit}");
        }
    }
    for (form, body, account) in signed_of_dm_2() {
        let policy = of_form(form);
        let verified = verify_notification(&body, &account, &policy, NOW).unwrap();
        assert!(verified.is_signed);
        for bit in 0..body.len() * 8 {
            let mut flipped = body.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let found = verify_notification(&flipped, &account, &policy, NOW);
            let expected = [Ignored::Digest, Ignored::Malformed, Ignored::Version];
            let is_draft = form == NotificationForm::Draft;
            let expected = if is_draft { &expected[..1] } else { &expected };
            assert!(expected.contains(&found.unwrap_err()), "{form:?} bit {bit}");
        }
        for end in 0..body.len() {
            assert!(verify_notification(&body[..end], &account, &policy, NOW).is_err());
        }
    }
}

#[test]
fn n04_digests_of_something_else() {
    let body = sign(&trigger(), &own());
    let other = sign(&V1::new(NAME, 2), &own());
    let empty = crate::prove::notification(NAME, "SrvPw-1", NONCE, b"");
    for digest in [&[0; 16][..], &empty, &other[..16], &[0xff; 16]] {
        let forged = [digest, &body[16..]].concat();
        assert_eq!(verify(&forged, &own()), Err(Ignored::Digest));
    }
    // Without a secret nothing is right, neither what an empty one would come to.
    for server in [
        Party::Transport,
        Party::Credential(
            Credential::new(
                NAME.to_owned(),
                Secret::Hashes {
                    md5: None,
                    sha256: Some(
                        "R97sly7ZBZJBy453p8EcsTXjWZs9+cyuHXyPGRtKXlU="
                            .to_owned()
                            .into(),
                    ),
                },
                vec![Scheme::Sha256],
            )
            .unwrap(),
        ),
    ] {
        let bare = Account { server, ..own() };
        let unkeyed = crate::prove::under_secret("", NONCE, &body[16..]);
        for digest in [&unkeyed[..], &body[..16]] {
            let forged = [digest, &body[16..]].concat();
            assert_eq!(verify(&forged, &bare), Err(Ignored::Digest));
        }
        let error = sign_notification(&Notification::V1(trigger()), &bare, Nonce::Stored);
        assert_eq!(error.unwrap_err().code(), Code::Auth);
    }
}

#[test]
fn n05_of_another_server() {
    // Names that begin alike, end alike, or differ in case, under a right digest.
    let longer = format!("{NAME}.evil");
    let shouted = NAME.to_uppercase();
    let names = [
        "mgmt.example.co",
        &longer,
        "m",
        "xmgmt.example.com",
        &shouted,
        "mgmt.example.com\0",
    ];
    for name in names {
        let body = sign_as(&V1::new(name, 1), NONCE);
        assert_eq!(verify(&body, &own()), Err(Ignored::Server), "{name:?}");
        // As the message names itself.
        let body = sign(
            &V1::new(name, 1),
            &account(name, name, "SrvPw-1", Some(NONCE)),
        );
        assert_eq!(verify(&body, &own()), Err(Ignored::Digest), "{name:?}");
    }
    let stranger = account("unknown", "unknown", "other", Some(NONCE));
    assert_eq!(
        verify(&sign(&V1::new("unknown", 1), &stranger), &own()),
        Err(Ignored::Digest)
    );
}

#[test]
fn n06_p24_a_replay_asks_for_nothing() {
    let body = sign(&trigger(), &own());
    let mut account = own();
    account.state = verify(&body, &account).unwrap().state;
    assert_eq!(verify(&body, &account), Err(Ignored::Repeated));
    // Another one with its number, and one with another.
    let same = V1 {
        vendor: vec![1],
        ..trigger()
    };
    assert_eq!(
        verify(&sign(&same, &own()), &account),
        Err(Ignored::Repeated)
    );
    assert!(verify(&sign(&V1::new(NAME, 2), &own()), &account).is_ok());
    // The nonce has changed: the number does not even come to be looked at.
    account.state.server_nonce = Some(b"another".to_vec());
    assert_eq!(verify(&body, &account), Err(Ignored::Digest));
    // The last 32 are remembered.
    let mut account = own();
    for number in 1..=33 {
        account.state = verify(&sign(&V1::new(NAME, number), &own()), &account)
            .unwrap()
            .state;
    }
    for (number, is_known) in [(1, false), (2, true), (33, true)] {
        let found = verify(&sign(&V1::new(NAME, number), &own()), &account);
        assert_eq!(found.is_err(), is_known, "{number}");
    }
}

#[test]
fn n07_n09_the_nonce_of_a_resynchronization_counts_where_it_is_allowed() {
    let zero = account(NAME, NAME, "SrvPw-1", Some(&ZERO));
    let body = sign(&trigger(), &zero);
    assert_eq!(verify(&body, &own()), Err(Ignored::Digest));
    // As the first nonce is none, this one is none either.
    let fresh = account(NAME, NAME, "SrvPw-1", None);
    assert_eq!(verify(&body, &fresh), Err(Ignored::Digest));
    let verified = verify_notification(&body, &own(), &resync(), NOW).unwrap();
    assert!(verified.resync && verified.state.resync);
    // A wrong digest stays wrong.
    let mut wrong = body;
    wrong[0] ^= 1;
    assert_eq!(
        verify_notification(&wrong, &own(), &resync(), NOW),
        Err(Ignored::Digest)
    );
}

#[test]
fn n08_a_resynchronization_once_in_its_time() {
    let notification = |number| Notification::V1(V1::new(NAME, number));
    let server = own();
    let sent = sign_notification(&notification(1), &server, Nonce::Resync).unwrap();
    assert!(sent.state.resync);
    let mut device = own();
    let verified = verify_notification(&sent.body, &device, &resync(), NOW).unwrap();
    assert_eq!(verified.state.resync_time, Some(NOW));
    device.state = verified.state;
    let next = sign_notification(&notification(2), &server, Nonce::Resync)
        .unwrap()
        .body;
    let day = 86_400_000;
    for (now, is_taken) in [
        (NOW, false),
        (NOW + day - 1, false),
        (NOW - 1, false),
        (NOW - day, false),
        (0, false),
        (NOW + day, true),
    ] {
        let found = verify_notification(&next, &device, &resync(), now);
        match is_taken {
            true => assert!(found.unwrap().resync),
            false => assert_eq!(found, Err(Ignored::Resync)),
        }
    }
    // Under the nonce that was issued all goes on, and the last that counts decides.
    let usual = sign_notification(&notification(3), &server, Nonce::Stored).unwrap();
    assert!(!usual.state.resync);
    let verified = verify_notification(&usual.body, &device, &resync(), NOW).unwrap();
    assert!(!verified.state.resync && !verified.resync);
}

#[test]
fn n10_another_version_is_ignored_though_signed() {
    for version in (0..1024_u16).filter(|version| !(10..=13).contains(version)) {
        let mut body = sign(&trigger(), &own());
        body[16..18].copy_from_slice(&(version << 6 | 0x28).to_be_bytes());
        assert_eq!(verify(&signed(&body[16..]), &own()), Err(Ignored::Version));
    }
    for version in 10..=13 {
        let body = sign(
            &V1 {
                version,
                ..trigger()
            },
            &own(),
        );
        assert!(verify(&body, &own()).is_ok());
    }
}

#[test]
fn n14_a_name_is_looked_up_and_nothing_else() {
    let long = "n".repeat(255);
    for name in [
        "a\0b",
        "a\r\nx: y",
        "../../etc",
        "Zoë😀",
        "a/b?c#d",
        &long,
        " ",
    ] {
        let account = account(name, "user", "SrvPw-1", Some(NONCE));
        let body = sign(&V1::new(name, 1), &account);
        let verified = verify(&body, &account).unwrap();
        assert_eq!(verified.notification.server_id(), name);
        // It is part of no text that anyone could take for something else.
        for other in [
            own(),
            crate::notification::account("other", "user", "SrvPw-1", Some(NONCE)),
        ] {
            let ignored = verify(&body, &other).unwrap_err();
            assert!(
                ignored
                    .name()
                    .bytes()
                    .all(|octet| octet.is_ascii_lowercase())
            );
        }
    }
    let bytes = [&octets("02e8000000000102")[..], &[0xff, 0xfe]].concat();
    assert_eq!(verify(&signed(&bytes), &own()), Err(Ignored::Malformed));
}
