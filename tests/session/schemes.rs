//! Every scheme in either direction, with every other: whole sessions, in both encodings, with both sides put to rest between messages
//! and every message delivered twice (see `pair`).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Binding, ClientEvent, Credential, NewCommand, Party, Scheme, Secret, ServerEvent, Version,
};

use crate::pair::{Run, Setup, bruce, nonces, password};
use crate::say::{chal, codes, cred, others, statuses, values};

pub(crate) const ALL: [Scheme; 4] = [Scheme::Basic, Scheme::Md5, Scheme::Hmac, Scheme::Sha256];
const BINDINGS: [Binding; 3] = [Binding::RespUri, Binding::PerMessage, Binding::Transport];

fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

fn server(schemes: &[Scheme]) -> Party {
    password("mgmt", "SrvPw-1", schemes)
}

/// A session in which the server asks for two values, in two of its messages, once the device has proved itself.
fn managed(after: usize, setup: Setup) -> Run {
    let run = Setup {
        commands: vec![
            (after, get("./DevInfo/Lang")),
            (after + 1, get("./DevInfo/Man")),
        ],
        ..setup
    }
    .run();
    let found = run.messages.iter().flat_map(values).collect::<Vec<_>>();
    assert_eq!(found, ["./DevInfo/Lang=en-US", "./DevInfo/Man=Factory"]);
    let unknown = run.server_events.iter().any(|event| {
        matches!(
            event,
            ServerEvent::Unknown { .. }
                | ServerEvent::Violation { .. }
                | ServerEvent::Aborted { .. }
        )
    });
    assert!(!unknown, "{:?}", run.server_events);
    assert_eq!(run.client_events.last(), Some(&ClientEvent::Finished));
    run
}

/// Whether the message with this index proves its sender by this scheme.
fn proves(run: &Run, at: usize, scheme: Scheme) -> bool {
    match scheme {
        Scheme::Hmac => run.hmacs[at].is_some() && run.messages[at].header.cred.is_none(),
        _ => run.hmacs[at].is_none() && cred(&run.messages[at]).as_deref() == Some(scheme.wire()),
    }
}

#[test]
fn a24_every_scheme_works_in_either_direction_under_every_binding() {
    for (client, own) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        for binding in BINDINGS {
            let run = managed(
                1,
                Setup {
                    client: bruce(&[client]),
                    server: server(&[own]),
                    binding,
                    device_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
                    server_state: nonces(Some(b"Nonce"), Some(b"ecnoN")),
                    ..Setup::default()
                },
            );
            let told = format!("{client:?} {own:?} {binding:?}");
            assert_eq!(run.messages.len(), 6, "{told}");
            let each = client == Scheme::Hmac || binding == Binding::PerMessage;
            for at in [0, 2, 4] {
                assert_eq!(proves(&run, at, client), at == 0 || each, "{told} {at}");
                let reply = &run.messages[at + 1];
                let code = match (at, each) {
                    (_, true) => 200,
                    (0, false) => 212,
                    _ => 200,
                };
                assert_eq!(codes(reply)[0], code, "{told} {at}");
                let has_nonce = client.needs_nonce() && (at == 0 || each);
                let nonce = chal(reply).and_then(|chal| chal.next_nonce);
                assert_eq!(nonce.map(|nonce| nonce.len()), has_nonce.then_some(24));
                let has_token = reply.header.resp_uri.is_some();
                assert_eq!(has_token, binding == Binding::RespUri, "{told}");
            }
            for at in [1, 3, 5] {
                let is_each = own == Scheme::Hmac;
                assert_eq!(proves(&run, at, own), at == 1 || is_each, "{told} {at}");
                let Some(answer) = run.messages.get(at + 1) else {
                    continue;
                };
                let code = match (at, is_each) {
                    (_, true) => 200,
                    (1, false) => 212,
                    _ => 200,
                };
                assert_eq!(codes(answer)[0], code, "{told} {at}");
                let has_nonce = own.needs_nonce() && (at == 1 || is_each);
                assert_eq!(chal(answer).is_some(), has_nonce, "{told} {at}");
            }
            assert!(run.device_state == run.server_state, "{told}");
            let named = run.server_events.iter().filter_map(|event| match event {
                ServerEvent::Authenticated { scheme } => Some(*scheme),
                _ => None,
            });
            assert_eq!(named.collect::<Vec<_>>(), [client.name()], "{told}");
        }
    }
}

#[test]
fn a01_a07_a09_every_scheme_recovers_from_missing_and_stale_nonces() {
    for (client, own) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
        for (device, at_server) in [
            (nonces(None, None), nonces(None, None)),
            (
                nonces(Some(b"old"), Some(b"older")),
                nonces(Some(b"new"), Some(b"newer")),
            ),
            (nonces(Some(b"old"), None), nonces(None, Some(b"newer"))),
            (nonces(None, Some(b"older")), nonces(Some(b"new"), None)),
        ] {
            let run = Setup {
                client: bruce(&[client]),
                server: server(&[own]),
                device_state: device,
                server_state: at_server,
                commands: vec![(1, get("./DevInfo/Lang"))],
                ..Setup::default()
            }
            .run();
            let told = format!("{client:?} {own:?}");
            let found = run.messages.iter().flat_map(values).collect::<Vec<_>>();
            assert_eq!(found, ["./DevInfo/Lang=en-US"], "{told}");
            // Without any challenge it is 4: each side is challenged once, at the most.
            assert!(run.messages.len() <= 8, "{told} {}", run.messages.len());
            let (one, other) = (&run.device_state, &run.server_state);
            let is_shared = |scheme: Scheme, one, other| !scheme.needs_nonce() || one == other;
            assert!(is_shared(client, &one.client_nonce, &other.client_nonce));
            assert!(is_shared(own, &one.server_nonce, &other.server_nonce));
            let refusals = run
                .server_events
                .iter()
                .filter(|event| matches!(event, ServerEvent::Unauthenticated { .. }));
            let expected = usize::from(client != Scheme::Basic);
            assert_eq!(refusals.count(), expected, "{told}");
            for reply in run.messages.iter().skip(1).step_by(2) {
                if matches!(codes(reply)[0], 401 | 407) {
                    assert!(others(reply).is_empty(), "{told}");
                    assert!(codes(reply).iter().all(|code| *code == codes(reply)[0]));
                    assert_eq!(chal(reply).unwrap().kind, client.wire());
                }
            }
        }
    }
}

#[test]
fn the_preferred_scheme_is_asked_for_first() {
    let every = [Scheme::Sha256, Scheme::Hmac, Scheme::Md5, Scheme::Basic];
    for (schemes, version, asked) in [
        (&every[..], Version::V1_3, Scheme::Sha256),
        (&every, Version::V1_2, Scheme::Hmac),
        (&every, Version::V1_1, Scheme::Hmac),
        (&every[1..], Version::V1_3, Scheme::Hmac),
        (&every[2..], Version::V1_3, Scheme::Md5),
        (&[Scheme::Basic, Scheme::Md5], Version::V1_3, Scheme::Basic),
        (&[Scheme::Sha256, Scheme::Md5], Version::V1_2, Scheme::Md5),
        // Nothing else is allowed: that is how it is configured.
        (&[Scheme::Sha256], Version::V1_2, Scheme::Sha256),
    ] {
        let run = Setup {
            client: bruce(schemes),
            server: server(schemes),
            version,
            commands: vec![(1, get("./DevInfo/Lang")), (2, get("./DevInfo/Lang"))],
            ..Setup::default()
        }
        .run();
        let challenges: Vec<_> = run.messages.iter().filter_map(chal).collect();
        assert!(!challenges.is_empty() || asked == Scheme::Basic);
        for chal in challenges {
            assert_eq!(chal.kind, asked.wire(), "{schemes:?} {version:?}");
        }
        assert!(proves(
            &run,
            if asked == Scheme::Basic { 0 } else { 2 },
            asked
        ));
    }
}

#[test]
fn a_server_that_keeps_hashes_only_proves_devices_and_itself() {
    let kept = |md5: Option<&str>, sha256: Option<&str>, scheme| {
        let [md5, sha256] = [md5, sha256].map(|hash| hash.map(|hash| hash.to_owned().into()));
        let secret = Secret::Hashes { md5, sha256 };
        Party::Credential(Credential::new("Bruce2".to_owned(), secret, vec![scheme]).unwrap())
    };
    let md5 = Some("PtEdr8lBQ45IbT1bZIkrOQ==");
    let sha256 = Some("R97sly7ZBZJBy453p8EcsTXjWZs9+cyuHXyPGRtKXlU=");
    for (scheme, md5, sha256) in [
        (Scheme::Md5, md5, None),
        (Scheme::Hmac, md5, None),
        (Scheme::Sha256, None, sha256),
    ] {
        let party = kept(md5, sha256, scheme);
        managed(
            2,
            Setup {
                client: party.clone(),
                server: party,
                ..Setup::default()
            },
        );
    }
}

#[test]
fn the_transport_on_one_side_and_any_scheme_on_the_other() {
    for scheme in ALL {
        for (client, own) in [
            (bruce(&[scheme]), Party::Transport),
            (Party::Transport, server(&[scheme])),
        ] {
            let run = managed(
                1,
                Setup {
                    client,
                    server: own,
                    ..Setup::default()
                },
            );
            assert!(run.device_state == run.server_state);
        }
    }
}

#[test]
fn a_proof_that_nobody_asks_for_disturbs_nobody() {
    for scheme in ALL {
        let state = || nonces(Some(b"Nonce"), Some(b"ecnoN"));
        let mut setup = Setup {
            client: bruce(&[scheme]),
            server: Party::Transport,
            device_state: state(),
            server_state: state(),
            commands: vec![(1, get("./DevInfo/Lang")), (2, get("./DevInfo/Man"))],
            ..Setup::default()
        };
        setup.at_server = Some((Party::Transport, Party::Transport));
        let run = setup.run();
        let found = run.messages.iter().flat_map(values).collect::<Vec<_>>();
        assert_eq!(
            found,
            ["./DevInfo/Lang=en-US", "./DevInfo/Man=Factory"],
            "{scheme:?}"
        );
        (setup.client, setup.server) = (Party::Transport, Party::Transport);
        setup.at_server = Some((Party::Transport, server(&[scheme])));
        let run = setup.run();
        let found = run.messages.iter().flat_map(values).collect::<Vec<_>>();
        assert_eq!(
            found,
            ["./DevInfo/Lang=en-US", "./DevInfo/Man=Factory"],
            "{scheme:?}"
        );
        assert_eq!(statuses(&run.messages[2])[0], "1/0 SyncHdr 200");
    }
}
