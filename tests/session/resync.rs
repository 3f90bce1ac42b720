//! Resynchronization: the nonce of four zero octets, for both directions, once, after the server has sent a notification under it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{AccountState, ClientEvent, NewCommand, Party, Scheme, ServerEvent, ServerSession};

use crate::pair::{Setup, bruce, nonces, password, server_config};
use crate::peer::{Desk, Device, PACKAGE_1, cred as credentials, of_header, reply, request};
use crate::prove::{digest, hmac};
use crate::say::{chal, codes, values};

/// B64(digest) of Bruce2 and OhBehave over four zero octets.
const ZERO: &str = "cnPI6nO9RgujiHU0y58kNA==";
/// The same over the octets of "Nonce".
const DIGEST: &str = "Zz6EivR3yeaaENcRN6lpAQ==";
const GET: &str =
    "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";

fn resynced(client: &[u8], server: &[u8]) -> AccountState {
    let mut state = nonces(Some(client), Some(server));
    state.resync = true;
    state
}

fn desk(schemes: &[Scheme]) -> Desk {
    let own = password("mgmt", "SrvPw-1", &[Scheme::Md5]);
    let mut desk = Desk::new(&bruce(schemes), &own, server_config());
    desk.account.as_mut().unwrap().state = resynced(b"Nonce", b"ecnoN");
    desk
}

#[test]
fn a09_both_sides_meet_without_a_further_message() {
    let schemes = [Scheme::Md5, Scheme::Hmac, Scheme::Sha256];
    for (client, own) in schemes
        .iter()
        .flat_map(|one| schemes.map(|other| (*one, other)))
    {
        let run = Setup {
            client: bruce(&[client]),
            server: password("mgmt", "SrvPw-1", &[own]),
            device_state: resynced(b"old", b"older"),
            server_state: resynced(b"new", b"newer"),
            commands: vec![
                (1, NewCommand::Get(vec!["./DevInfo/Man".to_owned()])),
                (2, NewCommand::Get(vec!["./DevInfo/Mod".to_owned()])),
            ],
            ..Setup::default()
        }
        .run();
        assert_eq!(run.messages.len(), 6, "{client:?} {own:?}");
        if client == Scheme::Md5 {
            assert_eq!(run.messages[0].header.cred.as_ref().unwrap().data, ZERO);
        }
        assert!(codes(&run.messages[1])[0] < 300 && codes(&run.messages[2])[0] < 300);
        assert_eq!(run.messages.iter().flat_map(values).count(), 2);
        assert!(run.device_state == run.server_state && !run.device_state.resync);
        for nonce in [
            &run.device_state.client_nonce,
            &run.device_state.server_nonce,
        ] {
            assert_eq!(nonce.as_ref().map(Vec::len), Some(16));
        }
    }
}

#[test]
fn one_side_that_does_not_know_of_it_costs_one_challenge() {
    for knows in [true, false] {
        let states = [
            resynced(b"old", b"older"),
            nonces(Some(b"new"), Some(b"newer")),
        ];
        let [one, other] = states;
        let (device_state, server_state) = if knows { (one, other) } else { (other, one) };
        let run = Setup {
            client: bruce(&[Scheme::Md5]),
            server: password("mgmt", "SrvPw-1", &[Scheme::Md5]),
            device_state,
            server_state,
            commands: vec![(1, NewCommand::Get(vec!["./DevInfo/Man".to_owned()]))],
            ..Setup::default()
        }
        .run();
        assert_eq!(run.messages.len(), 6);
        assert_eq!(codes(&run.messages[1]), [401, 401, 401]);
        assert!(run.device_state == run.server_state && !run.device_state.resync);
    }
}

#[test]
fn a06_the_nonce_is_accepted_after_a_notification_only() {
    for (is_sent, code) in [(true, 212), (false, 401)] {
        let mut desk = desk(&[Scheme::Md5]);
        desk.account.as_mut().unwrap().state.resync = is_sent;
        let heard = desk.hear(&request(1, &credentials("md5", ZERO), PACKAGE_1));
        assert_eq!(codes(&heard.message)[0], code);
        // The server uses it too, for a device that has.
        let own = heard.message.header.cred.map(|cred| cred.data);
        let expected = is_sent.then(|| digest("mgmt", "SrvPw-1", &[0; 4]));
        assert_eq!(own, expected);
        assert!(!desk.state().resync);
    }
}

#[test]
fn a06_the_nonce_is_accepted_once() {
    let zero = credentials("md5", ZERO);
    let mut desk = desk(&[Scheme::Md5]);
    assert_eq!(
        codes(&desk.hear(&request(1, &zero, PACKAGE_1)).message)[0],
        212
    );
    // The host has stored what the session gave it.
    desk.server = ServerSession::new(server_config());
    let heard = desk.hear(&request(1, &zero, PACKAGE_1));
    assert_eq!(codes(&heard.message)[0], 401);

    // It hands in what it had before, but the session remembers.
    let mut desk = self::desk(&[Scheme::Md5]);
    // A server without credentials of its own has no nonce to ask for: the session is over.
    desk.account.as_mut().unwrap().server = Party::Transport;
    assert!(desk.hear(&request(1, &zero, PACKAGE_1)).out.done);
    desk.account.as_mut().unwrap().state.resync = true;
    let heard = desk.hear(&request(1, &zero, ""));
    assert_eq!(codes(&heard.message)[0], 401);
    assert!(!desk.state().resync);

    // Another notification has been sent since.
    desk.account.as_mut().unwrap().state.resync = false;
    desk.hear(&request(2, "", PACKAGE_1));
    desk.account.as_mut().unwrap().state.resync = true;
    let heard = desk.hear(&request(1, &zero, PACKAGE_1));
    assert_eq!(codes(&heard.message)[0], 212);
}

#[test]
fn a_device_that_has_kept_its_nonce_uses_it_up() {
    let mut desk = desk(&[Scheme::Md5]);
    let heard = desk.hear(&request(1, &credentials("md5", DIGEST), PACKAGE_1));
    assert_eq!(codes(&heard.message)[0], 212);
    let own = heard.message.header.cred.map(|cred| cred.data);
    assert_eq!(own, Some(digest("mgmt", "SrvPw-1", b"ecnoN")));
    assert!(!desk.state().resync);
}

#[test]
fn whoever_proves_nothing_does_not_use_it_up() {
    let mut desk = desk(&[Scheme::Md5]);
    for (msg_id, cred) in [(1, String::new()), (2, credentials("md5", "AAAA"))] {
        let heard = desk.hear(&request(msg_id, &cred, PACKAGE_1));
        assert!(codes(&heard.message)[0] > 400);
        assert!(desk.state().resync);
    }
}

// ------------------------------------------------------------------------------------------------------- the device

fn device(own: Scheme, resync: bool) -> Device {
    let mut state = nonces(Some(b"Nonce"), Some(b"ecnoN"));
    state.resync = resync;
    Device::new(&Setup {
        client: bruce(&[Scheme::Md5]),
        server: password("mgmt", "SrvPw-1", &[own]),
        device_state: state,
        ..Setup::default()
    })
}

#[test]
fn the_device_believes_it_in_the_session_that_was_asked_for_under_it() {
    for (resync, code) in [(true, 200), (false, 401)] {
        let mut device = device(Scheme::Hmac, resync);
        let first = device.say();
        let data = first.header.cred.unwrap().data;
        assert_eq!(data, if resync { ZERO } else { DIGEST });
        assert!(!device.state().resync, "it is for one session");
        let said = format!("{}{GET}", of_header(1, 212, ""));
        let letter = reply(1, "", &said);
        device.hear_mac(&letter, &hmac("mgmt", "SrvPw-1", &[0; 4], &letter.write()));
        let told = device.say();
        assert_eq!(codes(&told), [code, code]);
        assert_ne!(chal(&told).unwrap().next_nonce.as_deref(), Some("AAAAAA=="));
        if !resync {
            continue;
        }
        // Once: every later message has a nonce of its own.
        let letter = reply(2, "", GET);
        let events = device.hear_mac(&letter, &hmac("mgmt", "SrvPw-1", &[0; 4], &letter.write()));
        let aborted = |event: &ClientEvent| matches!(event, ClientEvent::Aborted { .. });
        assert!(events.iter().any(aborted), "{events:?}");
    }
}

#[test]
fn a10_neither_nonce_is_stored_before_the_other_side_is_proven() {
    let mut device = device(Scheme::Md5, true);
    let before = nonces(Some(b"Nonce"), Some(b"ecnoN"));
    device.say();
    device.hear(&reply(1, "", GET));
    device.say();
    // The one of its challenge counts for notifications alone.
    let mut state = device.state();
    assert!(state.challenge_nonce.take().is_some());
    assert!(state == before);

    let mut desk = desk(&[Scheme::Md5]);
    let heard = desk.hear(&request(1, &credentials("md5", "AAAA"), PACKAGE_1));
    assert_eq!(heard.events, [ServerEvent::Unauthenticated { retry: true }]);
    assert_eq!(desk.state().server_nonce.as_deref(), Some(&b"ecnoN"[..]));
}
