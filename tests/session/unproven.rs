//! Bad input, group A, for every scheme: what a device makes of a server that has not proved itself, or asks for what it must not.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64, Encoding as _};
use omadm::{AbortedBy, ClientEvent, Code, Party, Scheme};

use crate::pair::{Setup, bruce, decode, nonces, password};
use crate::peer::{Device, chal as challenge, of_header, reply};
use crate::prove::{Proved, kind};
use crate::say::{chal, codes, others};
use crate::schemes::ALL;

const GET: &str =
    "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";
const DELETE: &str =
    "<Delete><CmdID>3</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Delete>";
const MGMT: (&str, &str) = ("mgmt", "SrvPw-1");
const WRONG: (&str, &str) = ("mgmt", "srvpw-1");
const DIGESTS: [Scheme; 3] = [Scheme::Md5, Scheme::Hmac, Scheme::Sha256];

fn setup(client: Party, own: &[Scheme]) -> Setup {
    Setup {
        client,
        server: password(MGMT.0, MGMT.1, own),
        device_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
        ..Setup::default()
    }
}

/// A device behind package 1 whose server proves itself by a scheme.
fn device(own: &[Scheme]) -> Device {
    let mut device = Device::new(&setup(Party::Transport, own));
    device.say();
    device
}

fn is_over(device: &mut Device, events: &[ClientEvent]) -> bool {
    let aborted = |event: &ClientEvent| {
        matches!(
            event,
            ClientEvent::Aborted {
                by: AbortedBy::Device,
                ..
            }
        )
    };
    events.iter().any(aborted) && device.next().is_none()
}

#[test]
fn a26_nothing_is_executed_before_the_server_has_proved_itself() {
    let commands = format!("<Sequence><CmdID>9</CmdID>{DELETE}</Sequence>{GET}");
    for scheme in ALL {
        for (proof, code) in [
            (None, 407),
            (Some((WRONG, &b"ecnoN"[..])), 401),
            (Some((MGMT, b"old")), 401),
            (Some((MGMT, b"")), 401),
        ] {
            // A password is right under every nonce.
            if scheme == Scheme::Basic && proof.is_some_and(|(who, _)| who == MGMT) {
                continue;
            }
            let mut device = device(&[scheme]);
            let before = (device.tree.clone(), device.state());
            let letter = reply(1, "", &commands);
            let events = match proof {
                Some((who, nonce)) => {
                    let proved = Proved::new(&letter, scheme, who, nonce);
                    device.try_hear_all(&proved.received()).unwrap()
                }
                None => device.hear(&letter),
            };
            assert!(events.is_empty(), "{scheme:?} {events:?}");
            assert!((device.tree.clone(), device.state()) == before);
            let told = device.say();
            assert_eq!(codes(&told), [code; 4], "{scheme:?}");
            assert!(others(&told).is_empty());
            let asked = chal(&told).unwrap();
            assert_eq!(asked.kind, scheme.wire());
            // The right answer to it is believed.
            let nonce = asked
                .next_nonce
                .map(|text| Base64::decode_vec(&text).unwrap());
            let letter = reply(2, "", &commands);
            let proved = Proved::new(&letter, scheme, MGMT, &nonce.unwrap_or_default());
            let events = device.try_hear_all(&proved.received()).unwrap();
            assert!(
                matches!(events[..], [ClientEvent::Changed { .. }]),
                "{events:?}"
            );
            assert!(codes(&device.say())[0] < 300);
        }
    }
}

#[test]
fn a13_an_answer_of_another_type_ends_the_session() {
    for (asked, given) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        if asked == given {
            continue;
        }
        let mut device = device(&[asked, given]);
        let before = device.tree.clone();
        device.hear(&reply(1, "", DELETE));
        let told = chal(&device.say()).unwrap();
        assert_eq!(told.kind, asked.wire());
        let nonce = told
            .next_nonce
            .map(|text| Base64::decode_vec(&text).unwrap());
        let letter = reply(2, "", DELETE);
        let proved = Proved::new(&letter, given, MGMT, &nonce.unwrap_or(b"ecnoN".to_vec()));
        let events = device.try_hear_all(&proved.received()).unwrap();
        assert!(is_over(&mut device, &events), "{asked:?} {given:?}");
        assert_eq!(device.tree, before);
    }
}

#[test]
fn a12_the_type_of_a_proven_server_stays_the_same() {
    for (first, second) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        if first == second {
            continue;
        }
        let mut device = device(&[first, second]);
        let before = device.tree.clone();
        let proved = Proved::new(&reply(1, "", GET), first, MGMT, b"ecnoN");
        device.try_hear_all(&proved.received()).unwrap();
        let told = device.say();
        assert!(codes(&told)[0] < 300, "{first:?}");
        let nonce = chal(&told).and_then(|chal| chal.next_nonce);
        let nonce = nonce.map(|text| Base64::decode_vec(&text).unwrap());
        let letter = reply(2, "", DELETE);
        let proved = Proved::new(&letter, second, MGMT, &nonce.unwrap_or_default());
        let events = device.try_hear_all(&proved.received()).unwrap();
        assert!(is_over(&mut device, &events), "{first:?} {second:?}");
        assert_eq!(device.tree, before);
    }
}

#[test]
fn a27_without_commands_an_unproven_server_is_not_challenged() {
    for scheme in ALL {
        for who in [None, Some(WRONG)] {
            let mut device = device(&[scheme]);
            let state = device.state();
            let said = of_header(1, 200, "");
            let letter = reply(1, "", &said);
            let events = match who {
                Some(who) => {
                    let proved = Proved::new(&letter, scheme, who, b"ecnoN");
                    device.try_hear_all(&proved.received()).unwrap()
                }
                None => device.hear(&letter),
            };
            // A digest may be over a nonce that has been used up in the last reply of a session.
            if who.is_some() && scheme.needs_nonce() {
                assert_eq!(events, [ClientEvent::Finished], "{scheme:?}");
                assert_eq!(device.next(), None);
                assert_eq!(device.state(), state, "nothing of it is kept");
            } else {
                assert!(is_over(&mut device, &events), "{scheme:?}");
            }
        }
    }
}

#[test]
fn a_device_may_ask_again_and_again_whether_there_is_anything_to_do() {
    for scheme in DIGESTS {
        let mut setup = setup(bruce(&[scheme]), &[scheme]);
        for session in 0..6 {
            let run = setup.run();
            assert_eq!(
                run.client_events.last(),
                Some(&ClientEvent::Finished),
                "{scheme:?} {session}"
            );
            setup.device_state = run.device_state;
            setup.server_state = run.server_state;
        }
    }
}

#[test]
fn a08_a_server_that_is_wrong_again_is_told_so_and_left() {
    for (scheme, is_missing) in ALL
        .iter()
        .flat_map(|scheme| [(*scheme, true), (*scheme, false)])
    {
        let mut device = device(&[scheme]);
        let before = device.tree.clone();
        let mut msg_id = 9;
        let mut wrong = |device: &mut Device| {
            msg_id += 1;
            let proved = Proved::new(&reply(msg_id, "", DELETE), scheme, WRONG, b"ecnoN");
            device.try_hear_all(&proved.received()).unwrap()
        };
        if is_missing {
            device.hear(&reply(9, "", DELETE));
            assert_eq!(codes(&device.say()), [407, 407]);
        }
        assert_eq!(wrong(&mut device), []);
        assert_eq!(codes(&device.say()), [401, 401]);
        let events = wrong(&mut device);
        assert!(matches!(events[..], [ClientEvent::Aborted { .. }]));
        let out = device.next().unwrap();
        let told = decode(&out.body);
        assert_eq!(codes(&told), [401, 401], "{scheme:?}");
        assert_eq!(others(&told), ["1223"]);
        assert_eq!(chal(&told).unwrap().kind, scheme.wire());
        assert!(out.done && told.is_final);
        assert!(is_over(&mut device, &events));
        assert_eq!(device.tree, before);
    }
}

#[test]
fn a10_a_nonce_of_an_unproven_server_is_for_this_attempt_only() {
    for scheme in DIGESTS {
        let setup = setup(bruce(&[scheme]), &[Scheme::Basic]);
        let mut device = Device::new(&setup);
        device.say();
        let asks = of_header(1, 401, &challenge(kind(scheme), Some("Tm9uY2Ux")));
        device.hear(&reply(1, "", &asks));
        let out = device.next().unwrap();
        // It is used, and not stored.
        let again = decode(&out.body);
        let letter = reply(1, "", "");
        let expected = Proved::new(&letter, scheme, ("Bruce2", "OhBehave"), b"Nonce1");
        match scheme {
            Scheme::Hmac => assert!(again.header.cred.is_none() && out.hmac.is_some()),
            _ => assert_eq!(again.header.cred, decode(&expected.body).header.cred),
        }
        assert!(device.state() == setup.device_state);
        let nonce = challenge(kind(scheme), Some("AAAAAAAA"));
        let accepts = format!("{}{GET}", of_header(2, 200, &nonce));
        device.hear(&reply(2, "", &accepts));
        assert!(device.state() == setup.device_state);
        device.say();
        let accepts = format!("{}{GET}", of_header(3, 200, &nonce));
        let proved = Proved::new(&reply(3, "", &accepts), Scheme::Basic, MGMT, b"");
        device.try_hear_all(&proved.received()).unwrap();
        assert_eq!(device.state().client_nonce.as_deref(), Some(&[0; 6][..]));
    }
}

#[test]
fn a11_no_type_is_used_that_the_account_does_not_allow() {
    for (allowed, asked) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        let mut device = Device::new(&setup(bruce(&[allowed]), &[Scheme::Basic]));
        device.say();
        let nonce = asked.needs_nonce().then_some("Tm9uY2Ux");
        let asks = of_header(1, 401, &challenge(kind(asked), nonce));
        let events = device.hear(&reply(1, "", &asks));
        if allowed == asked && allowed != Scheme::Basic {
            assert!(device.next().is_some());
            continue;
        }
        assert!(events.contains(&ClientEvent::Unauthenticated));
        assert!(is_over(&mut device, &events), "{allowed:?} {asked:?}");
    }
}

#[test]
fn a12_a_challenge_of_another_type_than_before_ends_the_session() {
    for (first, second) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        if first == second {
            continue;
        }
        let nonce = |scheme: Scheme| scheme.needs_nonce().then_some("Tm9uY2Ux");
        let said = |msg_id, code, scheme: Scheme| {
            let chal = challenge(kind(scheme), nonce(scheme));
            format!("{}{GET}", of_header(msg_id, code, &chal))
        };
        let before = match first {
            Scheme::Basic => said(1, 200, first),
            _ => said(1, 401, first),
        };
        for code in [200, 401] {
            let mut device = Device::new(&setup(bruce(&[first, second]), &[Scheme::Basic]));
            device.say();
            device.hear(&reply(1, "", &before));
            device.say();
            let events = device.hear(&reply(2, "", &said(2, code, second)));
            assert!(is_over(&mut device, &events), "{first:?} {second:?} {code}");
        }
    }
}

#[test]
fn a17_challenges_that_are_none_are_errors_for_every_scheme() {
    let long = Base64::encode_string(&[7; 257]);
    let longest = Base64::encode_string(&[7; 256]);
    for scheme in DIGESTS {
        let kind = kind(scheme);
        let twice = challenge(kind, Some("AQ==")).repeat(2);
        for (chal, code) in [
            (twice, Code::Schema),
            (challenge(kind, None), Code::Schema),
            (challenge(kind, Some("")), Code::Schema),
            (challenge(kind, Some("!")), Code::Schema),
            (challenge(kind, Some(&long)), Code::Limit),
        ] {
            let mut device = Device::new(&setup(bruce(&[scheme]), &[Scheme::Basic]));
            device.say();
            let body = reply(1, "", &of_header(1, 401, &chal)).write();
            assert_eq!(device.refuse(&body).code(), code, "{scheme:?} {chal:.80}");
        }
        for nonce in ["AQ==", longest.as_str()] {
            let mut device = Device::new(&setup(bruce(&[scheme]), &[Scheme::Basic]));
            device.say();
            device.hear(&reply(
                1,
                "",
                &of_header(1, 401, &challenge(kind, Some(nonce))),
            ));
            let out = device.next().unwrap();
            let has_cred = decode(&out.body).header.cred.is_some();
            assert!(has_cred != out.hmac.is_some(), "{scheme:?}");
        }
    }
}
