//! Both sides prove themselves, in all the ways that this release speaks (DM protocol, chapter 9).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Binding, ClientEvent, NewCommand, Party, Scheme, ServerEvent, Version};

use crate::pair::{Run, Setup, bruce, nonces, password};
use crate::say::{chal, codes, cred, others, statuses, values};

/// B64(digest) of Bruce2 and OhBehave over the octets of "Nonce", as the specification prints it.
const DIGEST: &str = "Zz6EivR3yeaaENcRN6lpAQ==";

fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

/// A session in which the server asks for the language once the device has proved itself in the message with that number.
fn asking(after: usize, setup: Setup) -> Run {
    let run = Setup {
        commands: vec![(after, get("./DevInfo/Lang"))],
        ..setup
    }
    .run();
    let found = run.messages.iter().flat_map(values).collect::<Vec<_>>();
    assert_eq!(found, ["./DevInfo/Lang=en-US"]);
    let results = run
        .server_events
        .iter()
        .filter(|event| matches!(event, ServerEvent::Results { .. }));
    assert_eq!(results.count(), 1);
    run
}

fn schemes(run: &Run) -> Vec<&str> {
    let named = run.server_events.iter().filter_map(|event| match event {
        ServerEvent::Authenticated { scheme } => Some(*scheme),
        _ => None,
    });
    named.collect()
}

fn credentials(run: &Run) -> Vec<Option<String>> {
    run.messages.iter().map(cred).collect()
}

#[test]
fn basic_is_accepted_for_the_session() {
    let run = asking(
        1,
        Setup {
            client: bruce(&[Scheme::Basic]),
            binding: Binding::RespUri,
            ..Setup::default()
        },
    );
    let kind = || Some("syncml:auth-basic".to_owned());
    assert_eq!(credentials(&run), [kind(), None, None, None]);
    let sent = &run.messages[0];
    assert_eq!(
        sent.header.cred.as_ref().unwrap().data,
        "QnJ1Y2UyOk9oQmVoYXZl"
    );
    assert_eq!(sent.header.source.name, None);
    assert_eq!(
        statuses(&run.messages[1]),
        ["1/0 SyncHdr 212", "1/1 Alert 200", "1/2 Replace 200"]
    );
    assert_eq!(chal(&run.messages[1]), None);
    assert_eq!(schemes(&run), ["basic"]);
    assert_eq!(run.client_events[0], ClientEvent::Authenticated);
    assert_eq!(run.client_events.last(), Some(&ClientEvent::Finished));
}

#[test]
fn md5_without_a_nonce_is_asked_for_first() {
    let run = asking(
        2,
        Setup {
            client: bruce(&[Scheme::Md5]),
            ..Setup::default()
        },
    );
    let [first, challenge, second, welcome, ..] = run.messages.as_slice() else {
        panic!("{}", run.messages.len())
    };
    assert_eq!(cred(first), None);
    assert_eq!(others(first), ["1201", "Replace"]);
    assert_eq!(
        statuses(challenge),
        ["1/0 SyncHdr 407", "1/1 Alert 407", "1/2 Replace 407"]
    );
    assert!(others(challenge).is_empty() && challenge.is_final);
    let asked = chal(challenge).unwrap();
    assert_eq!(
        (asked.kind.as_str(), asked.format.as_deref()),
        ("syncml:auth-md5", Some("b64"))
    );
    assert_eq!(asked.next_nonce.unwrap().len(), 24, "16 octets");
    assert_eq!(
        (second.header.msg_id, &second.header.session_id),
        (2, &first.header.session_id)
    );
    assert_eq!(cred(second).as_deref(), Some("syncml:auth-md5"));
    assert_eq!(second.header.source.name.as_deref(), Some("Bruce2"));
    assert_eq!(statuses(second), ["1/0 SyncHdr 200"]);
    assert_eq!(others(second), others(first));
    assert_eq!(codes(welcome), [212, 200, 200]);
    assert_eq!(
        run.server_events[..2],
        [
            ServerEvent::Unauthenticated { retry: true },
            ServerEvent::Authenticated { scheme: "md5" },
        ]
    );
    assert!(
        matches!(&run.server_events[2], ServerEvent::Started { dev_info, .. } if dev_info["Man"] == "Factory")
    );
}

#[test]
fn md5_with_a_nonce_needs_no_challenge_and_moves_it() {
    let run = asking(
        1,
        Setup {
            client: bruce(&[Scheme::Md5]),
            device_state: nonces(Some(b"Nonce"), None),
            server_state: nonces(Some(b"Nonce"), None),
            ..Setup::default()
        },
    );
    let given = run.messages[0].header.cred.as_ref().unwrap();
    assert_eq!(given.data, DIGEST);
    assert_eq!(codes(&run.messages[1]), [212, 200, 200]);
    let next = run.device_state.client_nonce.clone().unwrap();
    assert_eq!(next.len(), 16);
    assert_ne!(next, b"Nonce");
    assert_eq!(run.server_state.client_nonce, Some(next));
    assert!(chal(&run.messages[1]).is_some());
    assert!(chal(&run.messages[3]).is_none());
}

#[test]
fn a07_a_stale_nonce_costs_exactly_one_challenge() {
    let run = asking(
        2,
        Setup {
            client: bruce(&[Scheme::Md5]),
            device_state: nonces(Some(b"old"), None),
            server_state: nonces(Some(b"Nonce"), None),
            ..Setup::default()
        },
    );
    let kind = || Some("syncml:auth-md5".to_owned());
    assert_eq!(credentials(&run), [kind(), None, kind(), None, None, None]);
    assert_eq!(codes(&run.messages[1]), [401, 401, 401]);
    assert_eq!(codes(&run.messages[3]), [212, 200, 200]);
    assert!(run.device_state.client_nonce == run.server_state.client_nonce);
}

#[test]
fn a09_both_sides_stale_at_once_need_one_more_round() {
    let run = asking(
        2,
        Setup {
            client: bruce(&[Scheme::Md5]),
            server: password("mgmt", "SrvPw-1", &[Scheme::Md5]),
            device_state: nonces(Some(b"old"), Some(b"older")),
            server_state: nonces(Some(b"Nonce"), Some(b"oldest")),
            ..Setup::default()
        },
    );
    assert_eq!(run.messages.len(), 6);
    assert_eq!(codes(&run.messages[1]), [401, 401, 401]);
    // The server keeps its digest for the device: a stranger is not given one.
    assert_eq!(statuses(&run.messages[2]), ["1/0 SyncHdr 407"]);
    assert_eq!(codes(&run.messages[3]), [212, 200, 200]);
    assert_eq!(codes(&run.messages[4]), [212, 200]);
    assert!(run.device_state == run.server_state);
    assert!(run.device_state.server_nonce.is_some());
}

#[test]
fn the_transport_is_proof_enough() {
    let run = asking(1, Setup::default());
    assert_eq!(credentials(&run), [None, None, None, None]);
    assert_eq!(codes(&run.messages[1]), [200, 200, 200]);
    assert_eq!(codes(&run.messages[2]), [200, 200]);
    assert_eq!(schemes(&run), ["transport"]);
}

#[test]
fn a_server_proves_itself_with_basic() {
    let run = asking(
        1,
        Setup {
            client: bruce(&[Scheme::Basic]),
            server: password("mgmt", "SrvPw-1", &[Scheme::Basic]),
            ..Setup::default()
        },
    );
    let kind = || Some("syncml:auth-basic".to_owned());
    assert_eq!(credentials(&run), [kind(), kind(), None, None]);
    assert_eq!(statuses(&run.messages[2])[0], "1/0 SyncHdr 212");
    assert_eq!(chal(&run.messages[2]), None);
}

#[test]
fn a_server_proves_itself_with_md5_over_the_stored_nonce() {
    let run = asking(
        1,
        Setup {
            client: bruce(&[Scheme::Basic]),
            server: password("mgmt.example.com", "SrvPw-1", &[Scheme::Md5]),
            device_state: nonces(None, Some(&[1, 2, 3, 4, 5, 6, 7, 8])),
            server_state: nonces(None, Some(&[1, 2, 3, 4, 5, 6, 7, 8])),
            ..Setup::default()
        },
    );
    let reply = &run.messages[1].header;
    assert_eq!(
        reply.cred.as_ref().unwrap().data,
        "gYuUWAjllopunvCgauO0Bg=="
    );
    assert_eq!(reply.source.name.as_deref(), Some("mgmt.example.com"));
    assert_eq!(codes(&run.messages[2]), [212, 200]);
    assert!(chal(&run.messages[2]).is_some());
    assert_eq!(run.device_state.server_nonce.as_ref().unwrap().len(), 16);
    assert!(run.device_state.server_nonce == run.server_state.server_nonce);
}

#[test]
fn commands_are_sent_again_after_the_device_asks_the_server_for_credentials() {
    let set = |value: &str| omadm::NewItem {
        uri: "./DevInfo/Lang".to_owned(),
        data: crate::pair::text(value),
        format: None,
        mime: None,
    };
    let run = Setup {
        client: bruce(&[Scheme::Basic]),
        server: password("mgmt", "SrvPw-1", &[Scheme::Md5]),
        commands: vec![
            (
                1,
                NewCommand::Sequence(vec![
                    get("./DevInfo/Man"),
                    NewCommand::Replace(vec![set("fr")]),
                ]),
            ),
            (2, get("./DevInfo/Lang")),
        ],
        ..Setup::default()
    }
    .run();
    assert_eq!(others(&run.messages[1]), ["Sequence"]);
    assert_eq!(
        statuses(&run.messages[2]),
        [
            "1/0 SyncHdr 401",
            "1/4 Sequence 401",
            "1/5 Get 401",
            "1/6 Replace 401"
        ]
    );
    assert_eq!(others(&run.messages[2]), [""; 0]);
    assert_eq!(others(&run.messages[3]), ["Sequence", "Get"]);
    assert_eq!(codes(&run.messages[4]), [212, 200, 200, 200, 200]);
    assert_eq!(
        values(&run.messages[4]),
        ["./DevInfo/Man=Factory", "./DevInfo/Lang=fr"]
    );
    let changes = run
        .client_events
        .iter()
        .filter(|event| matches!(event, ClientEvent::Changed { .. }));
    assert_eq!(changes.count(), 1);
    let told: Vec<_> = run
        .server_events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Status { code, command, .. } => Some((code.0, *command)),
            ServerEvent::Unknown { .. } | ServerEvent::Violation { .. } => Some((0, 0)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(200, 0), (200, 0), (200, 0), (200, 1)]);
}

#[test]
fn a_session_is_bound_by_the_token_in_resp_uri() {
    let run = asking(
        1,
        Setup {
            client: bruce(&[Scheme::Basic]),
            binding: Binding::RespUri,
            ..Setup::default()
        },
    );
    let token = run.messages[1].header.resp_uri.clone().unwrap();
    assert!(token.starts_with("https://mgmt.example/dm?sid="));
    assert_eq!(token.len(), "https://mgmt.example/dm?sid=".len() + 22);
    assert_eq!(run.messages[3].header.resp_uri, Some(token));
}

#[test]
fn credentials_on_every_message_are_answered_200_every_time() {
    for (scheme, has_chal) in [(Scheme::Basic, false), (Scheme::Md5, true)] {
        let run = Setup {
            client: bruce(&[scheme]),
            binding: Binding::PerMessage,
            device_state: nonces(Some(b"Nonce"), None),
            server_state: nonces(Some(b"Nonce"), None),
            commands: vec![(1, get("./DevInfo/Man")), (2, get("./DevInfo/Mod"))],
            ..Setup::default()
        }
        .run();
        assert_eq!(run.messages.len(), 6);
        let mut seen = Vec::new();
        for (request, reply) in [(0, 1), (2, 3), (4, 5)] {
            let given = run.messages[request].header.cred.clone().unwrap();
            assert_eq!(given.kind, scheme.wire());
            seen.push(given.data);
            assert_eq!(codes(&run.messages[reply])[0], 200);
            assert_eq!(chal(&run.messages[reply]).is_some(), has_chal);
        }
        seen.dedup();
        assert_eq!(
            seen.len(),
            if has_chal { 3 } else { 1 },
            "a digest is new each time"
        );
        assert_eq!(schemes(&run).len(), 1);
    }
}

#[test]
fn p11_every_version_is_answered_in_its_own() {
    for (version, ver_dtd, ver_proto) in [
        (Version::V1_1, "1.1", "DM/1.1"),
        (Version::V1_2, "1.2", "DM/1.2"),
        (Version::V1_3, "1.2", "DM/1.3"),
    ] {
        let run = asking(
            2,
            Setup {
                client: bruce(&[Scheme::Md5]),
                server: password("mgmt", "SrvPw-1", &[Scheme::Md5]),
                version,
                ..Setup::default()
            },
        );
        let root = format!("<SyncML xmlns=\"SYNCML:SYNCML{ver_dtd}\">");
        for (message, body) in run.messages.iter().zip(&run.bodies) {
            assert_eq!(message.header.ver_dtd, ver_dtd);
            assert_eq!(message.header.ver_proto, ver_proto);
            assert!(String::from_utf8_lossy(body).contains(&root));
        }
        assert!(run.server_events.iter().any(
            |event| matches!(event, ServerEvent::Started { version: told, .. } if *told == version)
        ));
    }
}

#[test]
fn a_session_without_commands_ends_with_the_first_reply() {
    for client in [Party::Transport, bruce(&[Scheme::Basic])] {
        let run = Setup {
            client,
            ..Setup::default()
        }
        .run();
        assert_eq!(run.messages.len(), 2);
        assert!(others(&run.messages[1]).is_empty() && run.messages[1].is_final);
        assert_eq!(run.client_events.last(), Some(&ClientEvent::Finished));
    }
}
