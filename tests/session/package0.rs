//! Notifications of DM 2.0 and their digests, and what a server does not send.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::auth::{
    Ignored, Nonce, NotificationSecret, new_notification_number, sign_notification,
    verify_notification,
};
use omadm::notification::{Approved, Draft, DraftOption, V1};
use omadm::{Account, AccountState, Code, Env, Notification, NotificationForm, Party};

use crate::notification::{NAME, NOW, account, octets, of_form, own, trigger};

fn secret(secret: &[u8], auth_data: &[u8]) -> Option<NotificationSecret> {
    Some(NotificationSecret::new(secret.to_vec().into(), auth_data.to_vec().into()).unwrap())
}

fn of_dm_2(of: Option<NotificationSecret>) -> Account {
    Account {
        server: Party::Transport,
        notification: of,
        ..account("srv-1", "srv-1", "unused", None)
    }
}

/// N-D3 behind N-D2, and N-A4.
pub(crate) fn signed_of_dm_2() -> [(NotificationForm, Vec<u8>, Account); 2] {
    let draft = octets(
        "21B004D2100573727 62D3170040001723770050002723431 6BBF5EE8E4D815503C91AF9A08EAA93A",
    );
    let approved = octets(
        "22001573 72762D31 22002A 1F11 9DDFFDD3814C123169F5ED4AABFE7EF8AFEA8A89517250AB704B3C008862EE21 14655 3F100",
    );
    [
        (
            NotificationForm::Draft,
            draft,
            of_dm_2(secret(b"pw", b"nonce1")),
        ),
        (
            NotificationForm::Approved,
            approved,
            of_dm_2(secret(b"topsecret", &[1, 2, 3, 4])),
        ),
    ]
}

#[test]
fn known_answers_of_dm_2() {
    for (form, body, account) in signed_of_dm_2() {
        let verified = verify_notification(&body, &account, &of_form(form), NOW).unwrap();
        let again = sign_notification(&verified.notification, &account, Nonce::Stored).unwrap();
        assert_eq!(again.body, body);
        let found = verify_notification(
            &body,
            &Account {
                state: verified.state,
                ..account
            },
            &of_form(form),
            NOW,
        );
        assert_eq!(found, Err(Ignored::Repeated));
    }
    let mut bad = signed_of_dm_2()[1].1.clone();
    let last = 13 + 31;
    assert_eq!(bad[last], 0x21);
    bad[last] = 0x22;
    let account = of_dm_2(secret(b"topsecret", &[1, 2, 3, 4]));
    let found = verify_notification(&bad, &account, &of_form(NotificationForm::Approved), NOW);
    assert_eq!(found, Err(Ignored::Digest));
}

#[test]
fn a_digest_is_there_exactly_where_the_account_has_a_secret() {
    for (form, body, account) in signed_of_dm_2() {
        let policy = of_form(form);
        let bare = of_dm_2(None);
        assert_eq!(
            verify_notification(&body, &bare, &policy, NOW),
            Err(Ignored::Digest)
        );
        let notification = verify_notification(&body, &account, &policy, NOW)
            .unwrap()
            .notification;
        let unsigned = sign_notification(&notification, &bare, Nonce::Stored)
            .unwrap()
            .body;
        assert_eq!(
            verify_notification(&unsigned, &account, &policy, NOW),
            Err(Ignored::Digest)
        );
        let verified = verify_notification(&unsigned, &bare, &policy, NOW).unwrap();
        assert!(!verified.is_signed);
        assert_eq!(verified.notification, notification);
    }
}

#[test]
fn the_time_of_the_approved_form() {
    let account = of_dm_2(secret(b"topsecret", b""));
    let policy = of_form(NotificationForm::Approved);
    let at = |seconds, id| {
        let approved = Approved {
            id: Some(id),
            timestamp: Some(seconds),
            ..Approved::new("srv-1")
        };
        sign_notification(&Notification::Approved(approved), &account, Nonce::Stored)
            .unwrap()
            .body
    };
    let now = NOW / 1000;
    for (seconds, is_right) in [
        (now, true),
        (now - 86_400, true),
        (now + 86_400, true),
        (now - 86_401, false),
        (now + 86_401, false),
        ((1 << 53) - 1, false),
        (0, false),
    ] {
        let found = verify_notification(&at(seconds, 1), &account, &policy, NOW);
        assert_eq!(
            found.map(drop),
            if is_right {
                Ok(())
            } else {
                Err(Ignored::Stale)
            },
            "{seconds}"
        );
    }
    let mut device = account.clone();
    device.state = verify_notification(&at(now, 1), &device, &policy, NOW)
        .unwrap()
        .state;
    assert_eq!(device.state.trigger_time, Some(now));
    let older = verify_notification(&at(now - 1, 2), &device, &policy, NOW);
    assert_eq!(older, Err(Ignored::Stale));
    // What has no number of its own is known by its time.
    let bare = |seconds| {
        let approved = Approved {
            timestamp: Some(seconds),
            ..Approved::new("srv-1")
        };
        let signed =
            sign_notification(&Notification::Approved(approved), &account, Nonce::Stored).unwrap();
        verify_notification(&signed.body, &device, &policy, NOW).map(drop)
    };
    assert_eq!(bare(now), Err(Ignored::Repeated));
    assert_eq!(bare(now + 1), Ok(()));
    assert!(verify_notification(&at(now, 2), &device, &policy, NOW).is_ok());
    assert_eq!(
        verify_notification(&at(now, 1), &device, &policy, NOW),
        Err(Ignored::Repeated)
    );
}

/// What has neither number nor time is known by its digest.
#[test]
fn n06_a_replay_without_number_and_time_asks_for_nothing() {
    let policy = of_form(NotificationForm::Approved);
    let bare = |connection| {
        Notification::Approved(Approved {
            connection,
            ..Approved::new("srv-1")
        })
    };
    let mut device = of_dm_2(secret(b"topsecret", b""));
    let body = |connection| {
        let signed = sign_notification(&bare(connection), &device, Nonce::Stored);
        signed.unwrap().body
    };
    let bodies: Vec<_> = (0..33).map(|kind| body(vec![kind])).collect();
    for body in &bodies[..32] {
        let verified = verify_notification(body, &device, &policy, NOW).unwrap();
        device.state = verified.state;
    }
    for body in &bodies[..32] {
        let found = verify_notification(body, &device, &policy, NOW);
        assert_eq!(found, Err(Ignored::Repeated));
    }
    let verified = verify_notification(&bodies[32], &device, &policy, NOW).unwrap();
    assert_eq!(verified.state.trigger_digests.numbers().len(), 32);
    // Nothing is kept of what has a number, and of what proves nothing.
    let [_, (_, body, account)] = signed_of_dm_2();
    let verified = verify_notification(&body, &account, &policy, NOW).unwrap();
    assert_eq!(verified.state.trigger_digests.numbers(), [0; 0]);
    let unsigned = of_dm_2(None);
    let body = bare(vec![]).encode(None).unwrap();
    let verified = verify_notification(&body, &unsigned, &policy, NOW).unwrap();
    assert_eq!(verified.state.trigger_digests.numbers(), [0; 0]);
}

/// N-D1 and N-D2, without a digest.
#[test]
fn an_unsigned_draft_is_refused_for_its_digest_however_short_it_is() {
    let account = of_dm_2(secret(b"pw", b"nonce1"));
    for (hex, why) in [
        ("20B004D2100573 72762D31", Ignored::Digest),
        (
            "21B004D2100573 72762D31 7004000172377005000272 3431",
            Ignored::Digest,
        ),
        ("30B004D2100573 72762D31", Ignored::Version),
        ("20B004D2100573 72762D", Ignored::Malformed),
        ("", Ignored::Malformed),
    ] {
        let found = verify_notification(
            &octets(hex),
            &account,
            &of_form(NotificationForm::Draft),
            NOW,
        );
        assert_eq!(found, Err(why), "{hex}");
    }
}

#[test]
fn n13_no_session_has_the_number_0() {
    let account = of_dm_2(secret(b"pw", b"nonce1"));
    let policy = of_form(NotificationForm::Draft);
    let draft = Draft::new("srv-1", 0);
    let bare = of_dm_2(None);
    let body = Notification::Draft(draft.clone()).encode(None).unwrap();
    let found = verify_notification(&body, &bare, &policy, NOW);
    assert_eq!(found, Err(Ignored::Malformed));
    let body = Notification::Draft(draft).encode(Some(&[0; 16])).unwrap();
    let found = verify_notification(&body, &account, &policy, NOW);
    assert_eq!(found, Err(Ignored::Digest));
}

#[test]
fn what_a_server_does_not_send() {
    let of = |notification: Notification| {
        sign_notification(&notification, &own(), Nonce::Stored)
            .unwrap_err()
            .code()
    };
    assert_eq!(of(Notification::V1(V1::new("another", 1))), Code::Arg);
    assert_eq!(of(Notification::V1(V1::new(NAME, 0))), Code::Arg);
    assert_eq!(
        of(Notification::V1(V1 {
            reserved: 1,
            ..trigger()
        })),
        Code::Arg
    );
    assert_eq!(of(Notification::Draft(Draft::new(NAME, 0))), Code::Arg);
    let option = DraftOption {
        number: 5,
        value: vec![],
    };
    let draft = Draft {
        options: vec![option],
        ..Draft::new(NAME, 1)
    };
    assert_eq!(of(Notification::Draft(draft.clone())), Code::Arg);
    let draft = Draft {
        options: vec![],
        ..draft
    };
    for of in [
        Notification::Draft(draft),
        Notification::Approved(Approved::new(NAME)),
    ] {
        let error = sign_notification(&of, &own(), Nonce::Resync).unwrap_err();
        assert_eq!(error.code(), Code::Arg);
    }
    for (secret, auth_data) in [(0, 0), (4097, 0), (1, 4097)] {
        let made = NotificationSecret::new(vec![1; secret].into(), vec![1; auth_data].into());
        assert_eq!(made.unwrap_err().code(), Code::Arg);
    }
}

#[test]
fn numbers_are_new() {
    let entropy: Vec<u8> = (0..32).collect();
    let env = Env::new(0, &entropy).unwrap();
    let mut state = AccountState::default();
    let first = new_notification_number(&state, &env);
    assert_eq!(first, 0x1011);
    state.triggers.remember(first);
    assert_eq!(new_notification_number(&state, &env), 0x1012);
    let zeros = [0; 32];
    let env = Env::new(0, &zeros).unwrap();
    assert_eq!(new_notification_number(&state, &env), 1);
    let mut state = AccountState::default();
    state.triggers.remember(0xffff);
    let ones = [0xff; 32];
    assert_eq!(
        new_notification_number(&state, &Env::new(0, &ones).unwrap()),
        1
    );
}
