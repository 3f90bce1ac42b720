//! Sessions at rest belong to the nonces that they were saved with, whatever other sessions of the account have come to.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    AccountState, AlertCode, Binding, ClientAlert, ClientSession, Code, Data, Fault, Limits,
    Result, Saved, Scheme, ServerConfig, ServerSession,
};

use crate::pair::{Setup, nonces, password};
use crate::peer::{Desk, Device, PACKAGE_1, config, request};

const MGMT: (&str, &str) = ("mgmt", "SrvPw-1");
const BRUCE: (&str, &str) = ("Bruce2", "OhBehave");

fn server_config() -> ServerConfig {
    config(Binding::Transport, Limits::DEFAULT)
}

fn party(of: (&str, &str)) -> omadm::Party {
    password(of.0, of.1, &[Scheme::Md5])
}

/// A server that has asked a device for its credentials, and the account as it is then.
fn desk(state: AccountState) -> Desk {
    let mut desk = Desk::new(&party(BRUCE), &party(MGMT), server_config());
    desk.account.as_mut().unwrap().state = state;
    desk.hear(&request(1, "", PACKAGE_1));
    desk
}

/// What was saved, with another account.
fn with(saved: &Saved, account: AccountState) -> Saved {
    Saved {
        account,
        ..saved.clone()
    }
}

/// Nonces that are not these.
fn others(own: &AccountState) -> Vec<AccountState> {
    let of = |change: &dyn Fn(&mut AccountState)| {
        let mut state = own.clone();
        change(&mut state);
        state
    };
    let all = vec![
        AccountState::default(),
        nonces(Some(b"Nonce"), None),
        of(&|state| state.client_nonce = Some(b"older".to_vec())),
        of(&|state| state.server_nonce = Some(b"older".to_vec())),
        of(&|state| state.client_nonce = None),
        of(&|state| state.server_nonce = None),
        of(&|state| std::mem::swap(&mut state.client_nonce, &mut state.server_nonce)),
    ];
    let is_other = |state: &AccountState| {
        (&state.client_nonce, &state.server_nonce) != (&own.client_nonce, &own.server_nonce)
    };
    all.into_iter().filter(is_other).collect()
}

fn check<T>(saved: &Saved, restore: impl Fn(&Saved) -> Result<T>) {
    assert!(restore(saved).is_ok());
    let others = others(&saved.account);
    assert!(others.len() >= 4);
    for account in others {
        let error = restore(&with(saved, account)).err().unwrap();
        assert_eq!(
            (error.code(), error.fault()),
            (Code::Snapshot, Fault::Snapshot)
        );
        let shown = format!("{error} {error:?}");
        let nonces = [&saved.account.client_nonce, &saved.account.server_nonce];
        for nonce in nonces.into_iter().flatten() {
            assert!(!shown.contains(&String::from_utf8_lossy(nonce).into_owned()));
        }
    }
    // What the host says or is told in it is none of the session.
    let mut account = saved.account.clone();
    account.resync = !account.resync;
    account.tree_revision = Some(7);
    assert!(restore(&with(saved, account)).is_ok());
}

#[test]
fn b22_a_server_is_not_restored_with_other_nonces() {
    let mut desk = desk(nonces(Some(b"Nonce"), Some(b"ecnoN")));
    let saved = desk.server.save().unwrap();
    assert!(saved.account.client_nonce.is_some());
    check(&saved, |saved| {
        ServerSession::restore(saved, server_config())
    });
    // Of the same session, before its next message.
    let before = saved.account.clone();
    desk.hear(&request(2, "", PACKAGE_1));
    let later = desk.server.save().unwrap();
    assert_ne!(later.account.client_nonce, before.client_nonce);
    assert!(ServerSession::restore(&with(&later, before), server_config()).is_err());
}

#[test]
fn b22_a_client_is_not_restored_with_other_nonces() {
    let setup = Setup {
        client: party(BRUCE),
        server: party(MGMT),
        device_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
        ..Setup::default()
    };
    let mut device = Device::new(&setup);
    let restore = |saved: &Saved| ClientSession::restore(saved, setup.client_config());
    check(&device.client.save().unwrap(), restore);
    device.say();
    check(&device.client.save().unwrap(), restore);
}

/// A host that keeps the newest nonces of an account apart hands them in with the message, and leaves those of each session with it.
#[test]
fn a_session_at_rest_goes_on_behind_another_of_the_same_account() {
    let one = desk(nonces(Some(b"Nonce"), None));
    let at_rest = one.server.save().unwrap();
    let other = desk(at_rest.account.clone());
    let newest = {
        let mut other = other;
        other.hear(&request(2, "", PACKAGE_1));
        other.state()
    };
    assert_ne!(newest.client_nonce, at_rest.account.client_nonce);
    let error = ServerSession::restore(&with(&at_rest, newest.clone()), server_config());
    assert_eq!(error.unwrap_err().code(), Code::Snapshot);
    let mut one = one;
    one.account.as_mut().unwrap().state = newest;
    let nonce = at_rest.account.client_nonce.clone().unwrap();
    let letter = crate::prove::Proved::new(&request(2, "", PACKAGE_1), Scheme::Md5, BRUCE, &nonce);
    one.server = ServerSession::restore(&at_rest, server_config()).unwrap();
    let heard = one.hear_all(&letter.received());
    assert_eq!(crate::say::codes(&heard.message)[0], 212);
}

fn alert(octets: usize) -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "org.x".to_owned(),
        format: None,
        mark: None,
        source: None,
        target: None,
        correlator: None,
        data: Data::Text("x".repeat(octets)),
    }
}

#[test]
fn l19_a_large_alert_for_which_there_is_no_room_is_not_raised() {
    for (room, object_bytes, octets, is_raised) in [
        (u64::MAX, 67_108_864, 3_000, true),
        (3_000, 67_108_864, 3_000, true),
        (2_999, 67_108_864, 3_000, false),
        (u64::MAX, 3_000, 3_000, true),
        (u64::MAX, 2_999, 3_000, false),
        // What is small is bounded by the count of alerts.
        (0, 0, 511, true),
        (0, 67_108_864, 512, false),
    ] {
        let setup = Setup {
            limits: Limits {
                object_bytes,
                ..Limits::DEFAULT
            },
            ..Setup::default()
        };
        let mut device = Device::new(&setup);
        device.client.set_room(room);
        let before = device.client.save().unwrap();
        match device.client.raise(alert(octets)) {
            Ok(_) => assert!(is_raised, "{room} {octets}"),
            Err(error) => {
                assert!(!is_raised, "{room} {octets}");
                assert_eq!((error.code(), error.fault()), (Code::Limit, Fault::Caller));
                assert_eq!(device.client.save().unwrap(), before);
            }
        }
    }
}

#[test]
fn l19_large_alerts_count_from_when_they_are_raised() {
    let setup = Setup {
        limits: Limits {
            object_bytes: 10_000,
            ..Limits::DEFAULT
        },
        ..Setup::default()
    };
    let mut device = Device::new(&setup);
    for raised in 1..=3 {
        assert!(device.client.raise(alert(3_000)).is_ok());
        assert_eq!(device.client.object_bytes(), raised * 3_000);
    }
    let before = device.client.save().unwrap();
    assert_eq!(
        device.client.raise(alert(3_000)).unwrap_err().code(),
        Code::Limit
    );
    assert_eq!(device.client.save().unwrap(), before);
    let again = ClientSession::restore(&before, setup.client_config()).unwrap();
    assert_eq!(again.object_bytes(), 9_000);
}
