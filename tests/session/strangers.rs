//! Bad input, group A, for every scheme: what a server answers to whoever has not proved itself.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Binding, Party, Scheme, ServerConfig, ServerEvent};

use crate::pair::{bruce, decode, nonces, password, server_config};
use crate::peer::{Desk, Letter, PACKAGE_1, get, request, status};
use crate::prove::Proved;
use crate::say::{chal, codes, others, statuses};
use crate::schemes::ALL;

const BRUCE: (&str, &str) = ("Bruce2", "OhBehave");
const WRONG: (&str, &str) = ("Bruce2", "ohbehave");
const NOBODY: (&str, &str) = ("nobody", "nobody");

fn config(strangers: &[Scheme], binding: Binding) -> ServerConfig {
    ServerConfig {
        strangers: strangers.to_vec(),
        binding,
        ..server_config()
    }
}

fn desk(scheme: Scheme) -> Desk {
    let own = password("mgmt", "SrvPw-1", &[Scheme::Md5]);
    Desk::new(&bruce(&[scheme]), &own, config(&[], Binding::RespUri))
}

/// What a device says that speaks this version.
fn letter<'a>(msg_id: u32, ver_proto: &'a str, body: &'a str) -> Letter<'a> {
    Letter {
        ver_proto,
        ..request(msg_id, "", body)
    }
}

#[test]
fn a01_a02_a08_missing_wrong_and_wrong_again() {
    let atomic = format!(
        "{PACKAGE_1}<Atomic><CmdID>7</CmdID><Add><CmdID>8</CmdID></Add></Atomic><Foo><CmdID>9</CmdID></Foo>"
    );
    for scheme in ALL {
        for (first, last) in [
            (None, Some(b"old")),
            (Some(b"old"), Some(b"old")),
            (None, None),
        ] {
            let mut desk = desk(scheme);
            desk.server.push(get("./DevInfo/Man")).unwrap();
            let mut seen = Vec::new();
            for (msg_id, nonce) in [(1, first), (2, last)] {
                let letter = letter(msg_id, "DM/1.3", &atomic);
                let heard = match nonce {
                    Some(nonce) => {
                        let proved = Proved::new(&letter, scheme, WRONG, nonce);
                        desk.hear_all(&proved.received())
                    }
                    None => desk.hear(&letter),
                };
                let is_last = msg_id == 2 && (first.is_some() || last.is_none());
                let is_wrong = nonce.is_some() || (is_last && scheme == Scheme::Hmac);
                let code = if is_wrong { 401 } else { 407 };
                assert_eq!(codes(&heard.message), [code; 6], "{scheme:?} {msg_id}");
                assert_eq!(
                    statuses(&heard.message)[3..],
                    [("7 Atomic"), ("8 Add"), ("9 Foo")]
                        .map(|name| format!("{msg_id}/{name} {code}"))
                );
                assert!(others(&heard.message).is_empty());
                assert!(heard.message.header.cred.is_none() && heard.out.hmac.is_none());
                assert_eq!(
                    heard.events,
                    [ServerEvent::Unauthenticated { retry: !is_last }]
                );
                assert_eq!(heard.out.done, is_last);
                let asked = chal(&heard.message).unwrap();
                assert_eq!(asked.kind, scheme.wire());
                assert_eq!(asked.format.as_deref(), Some("b64"));
                let len = asked.next_nonce.as_ref().map(String::len);
                assert_eq!(len, scheme.needs_nonce().then_some(24));
                seen.push(asked.next_nonce);
            }
            assert!(
                !scheme.needs_nonce() || seen[0] != seen[1],
                "fresh each time"
            );
        }
    }
}

#[test]
fn a13_a25_a_right_proof_of_another_type_ends_the_session_that_was_asked_for_one() {
    for (asked, given) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        let own = password("mgmt", "SrvPw-1", &[Scheme::Md5]);
        let schemes = [asked, given];
        let config = config(&[], Binding::RespUri);
        let mut desk = Desk::new(&bruce(&schemes), &own, config);
        desk.hear(&letter(1, "DM/1.3", PACKAGE_1));
        let nonce = desk.state().client_nonce.clone().unwrap_or_default();
        let letter = letter(2, "DM/1.3", PACKAGE_1);
        let heard = desk.hear_all(&Proved::new(&letter, given, BRUCE, &nonce).received());
        if asked == given {
            assert!(codes(&heard.message)[0] < 300);
            continue;
        }
        assert_eq!(
            codes(&heard.message),
            [401, 401, 401],
            "{asked:?} {given:?}"
        );
        assert!(heard.out.done);
        assert_eq!(
            heard.events,
            [ServerEvent::Unauthenticated { retry: false }]
        );
    }
}

#[test]
fn a12_the_type_of_a_proven_device_stays_the_same() {
    for (first, second) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        if first == second {
            continue;
        }
        for binding in [Binding::RespUri, Binding::PerMessage] {
            let own = password("mgmt", "SrvPw-1", &[Scheme::Md5]);
            let config = config(&[], binding);
            let mut desk = Desk::new(&bruce(&[first, second]), &own, config);
            desk.server.push(get("./DevInfo/Man")).unwrap();
            let one = Proved::new(&letter(1, "DM/1.3", PACKAGE_1), first, BRUCE, b"Nonce");
            assert!(codes(&desk.hear_all(&one.received()).message)[0] < 300);
            let nonce = desk.state().client_nonce.clone().unwrap_or_default();
            let answer = status(1, 4, 200);
            let other = Proved::new(&letter(2, "DM/1.3", &answer), second, BRUCE, &nonce);
            let heard = desk.hear_all(&other.received());
            assert_eq!(codes(&heard.message)[0], 401, "{first:?} {second:?}");
            assert!(heard.out.done);
        }
    }
}

/// What whoever knocks can see: statuses, elements, lengths, whether it may go on.
fn shape(
    desk: &mut Desk,
    ver_proto: &str,
    proofs: &[Option<(Scheme, (&str, &str))>],
) -> Vec<String> {
    let mut seen = Vec::new();
    for (msg_id, proof) in (1..).zip(proofs) {
        let letter = letter(msg_id, ver_proto, PACKAGE_1);
        let taken = match proof {
            Some((scheme, who)) => {
                desk.take(&Proved::new(&letter, *scheme, *who, b"old").received())
            }
            None => desk.receive(&letter.write(), None),
        };
        seen.push(match taken {
            Ok(events) => {
                let out = desk.respond();
                let message = decode(&out.body);
                let asked = chal(&message)
                    .map(|chal| (chal.kind, chal.next_nonce.map(|nonce| nonce.len())));
                format!(
                    "{events:?} {:?} {asked:?} {:?} {} {} {}",
                    statuses(&message),
                    message.header,
                    out.body.len(),
                    out.hmac.is_some(),
                    out.done
                )
            }
            Err(error) => format!("{error}"),
        });
    }
    seen
}

#[test]
fn a30_an_unknown_device_is_answered_like_a_known_one_with_a_wrong_password() {
    let lists = [
        &[Scheme::Basic][..],
        &[Scheme::Md5],
        &[Scheme::Hmac],
        &[Scheme::Sha256],
        &[Scheme::Sha256, Scheme::Md5],
        &[Scheme::Hmac, Scheme::Md5, Scheme::Basic],
    ];
    for (at, schemes) in lists.into_iter().enumerate() {
        let ver_proto = if at % 2 == 0 { "DM/1.2" } else { "DM/1.3" };
        let own = password("mgmt", "SrvPw-1", &[Scheme::Md5]);
        let tries = ALL
            .iter()
            .flat_map(|scheme| [WRONG, NOBODY].map(|who| Some((*scheme, who))));
        let tries: Vec<_> = std::iter::once(None).chain(tries).collect();
        for proofs in tries
            .iter()
            .flat_map(|one| [[*one, *one, None], [None, *one, *one], [*one, None, *one]])
        {
            let config = || config(schemes, Binding::RespUri);
            let mut known = Desk::new(&bruce(schemes), &own, config());
            let mut unknown = Desk::new(&Party::Transport, &own, config());
            unknown.account = None;
            let expected = shape(&mut known, ver_proto, &proofs);
            assert!(expected[0].contains("40") && expected[0].contains("syncml:auth-"));
            assert_eq!(
                shape(&mut unknown, ver_proto, &proofs),
                expected,
                "{schemes:?} {proofs:?}"
            );
            // Nor does it show that the nonces of an account have been used, or that it waits for a resynchronization.
            let mut fresh = Desk::new(&bruce(schemes), &own, config());
            fresh.account.as_mut().unwrap().state = nonces(None, None);
            fresh.account.as_mut().unwrap().state.resync = true;
            assert_eq!(shape(&mut fresh, ver_proto, &proofs), expected);
        }
    }
}
