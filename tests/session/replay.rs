//! What came once must not count again: spent nonces, commands that were answered, and senders that are somebody else.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use omadm::{
    Binding, ClientEvent, Code, Command, Limits, NewCommand, NewItem, Outcome, Party, Received,
    Scheme, ServerEvent, StatusCode,
};

use crate::pair::{DEVICE, Setup, bruce, text};
use crate::peer::{
    Desk, Device, PACKAGE_1, asked, chal, config, cred, get, of_header, reply, request, status,
    told, trusting,
};
use crate::say::others;

/// MD5 of Bruce2, OhBehave over the nonce `Nonce` (DM Security, example of the digest).
const DIGEST: &str = "Zz6EivR3yeaaENcRN6lpAQ==";

#[test]
fn a06_a_spent_nonce_is_refused_though_the_host_hands_it_in_again() {
    for binding in [Binding::RespUri, Binding::PerMessage] {
        let mut desk = Desk::new(
            &bruce(&[Scheme::Md5]),
            &Party::Transport,
            config(binding, Limits::DEFAULT),
        );
        let stale = desk.account.clone();
        desk.server.push(get("./A")).unwrap();
        let first = request(1, &cred("md5", DIGEST), PACKAGE_1).write();
        let heard = desk.hear_at(&first, None);
        assert_eq!(
            heard.events[0],
            ServerEvent::Authenticated { scheme: "md5" }
        );
        desk.account = stale;
        let error =
            desk.refuse(&request(1, &cred("md5", DIGEST), &format!("{PACKAGE_1} ")).write());
        assert_eq!(error.code(), Code::State, "no restart with it");
        if binding == Binding::PerMessage {
            let heard = desk.hear(&request(2, &cred("md5", DIGEST), &status(1, 4, 200)));
            assert!(matches!(
                heard.events[..],
                [
                    ServerEvent::Unauthenticated { .. },
                    ServerEvent::Unknown { command: 0, .. }
                ]
            ));
        }
    }
}

#[test]
fn s27_a_command_that_fits_no_message_is_told_at_once() {
    let meta = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1000</MaxMsgSize></Meta>";
    let mut desk = trusting();
    let item = NewItem {
        uri: "./A".to_owned(),
        data: text(&"x".repeat(2000)),
        format: None,
        mime: None,
    };
    let small = NewItem {
        data: text("y"),
        ..item.clone()
    };
    // Only what comes last can be told in chunks.
    let items = vec![item, small];
    desk.server.push(NewCommand::Replace(items)).unwrap();
    let heard = desk.hear(&request(1, meta, PACKAGE_1));
    assert_eq!((heard.out.too_large, heard.out.done), (vec![0], true));
    assert!(!desk.server.cancel(0), "it is no longer queued");
}

#[test]
fn a_command_that_was_answered_is_not_sent_again() {
    let mut desk = Desk::new(
        &Party::Transport,
        &bruce(&[Scheme::Md5]),
        config(Binding::Transport, Limits::DEFAULT),
    );
    desk.server.push(get("./A")).unwrap();
    desk.hear(&request(1, "", PACKAGE_1));
    let mut answer = request(2, "", "");
    let body = status(1, 4, 200);
    answer.body = &body;
    answer.is_final = false;
    assert_eq!(told(&desk.hear(&answer).events), ["0 200"]);
    let refusal = of_header(2, 401, &chal("md5", Some("Tm9uY2U=")));
    let heard = desk.hear(&request(3, "", &refusal));
    assert!(
        !others(&heard.message).contains(&"Get".to_owned()),
        "{:?}",
        others(&heard.message)
    );
}

#[test]
fn s07_a25_a_message_of_another_peer_is_not_of_the_device() {
    let mut desk = trusting();
    let first = request(1, "", PACKAGE_1).write();
    let mut hear = |body: &[u8], peer| {
        let received = Received {
            peer: Some(peer),
            ..Received::body(body)
        };
        let events = desk
            .server
            .receive(&received, desk.account.as_ref())
            .unwrap();
        desk.respond();
        events
    };
    assert_eq!(
        hear(&first, "IMEI:other")[0],
        ServerEvent::Unauthenticated { retry: false }
    );
    let second = request(1, "", &format!("{PACKAGE_1} ")).write();
    assert_eq!(
        hear(&second, DEVICE)[0],
        ServerEvent::Authenticated {
            scheme: "transport"
        }
    );
}

#[test]
fn package_1_may_come_in_several_messages() {
    let mut desk = trusting();
    let mut first = request(1, "", "<Alert><CmdID>1</CmdID><Data>1200</Data></Alert>");
    first.is_final = false;
    assert!(
        !desk
            .hear(&first)
            .events
            .iter()
            .any(|event| matches!(event, ServerEvent::Started { .. }))
    );
    let dev_info = "<Replace><CmdID>1</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>F</Data></Item></Replace>";
    let heard = desk.hear(&request(2, "", dev_info));
    assert!(
        matches!(&heard.events[0], ServerEvent::Started { dev_info, initiated_by, .. }
        if dev_info["Man"] == "F" && *initiated_by == omadm::InitiatedBy::Server)
    );
}

#[test]
fn a_refused_message_leaves_an_open_session_alone() {
    let mut desk = asked();
    let mut astray = request(2, "", "");
    astray.target = "http://other/dm";
    let heard = desk.hear(&astray);
    assert!(!heard.out.done);
    assert_eq!(
        told(&desk.hear(&request(2, "", &status(1, 4, 200))).events),
        ["0 200"]
    );
}

/// The digest of Bruce2 over a nonce that is given as base64.
fn digest(nonce: &str) -> String {
    let hash = Base64::encode_string(&Md5::digest("Bruce2:OhBehave"));
    let nonce = Base64::decode_vec(nonce).unwrap();
    Base64::encode_string(
        &Md5::new()
            .chain_update(hash)
            .chain_update(":")
            .chain_update(nonce)
            .finalize(),
    )
}

#[test]
fn a_server_may_repeat_what_proved_it() {
    let mut device = Device::new(&Setup {
        server: bruce(&[Scheme::Md5]),
        ..Setup::default()
    });
    let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
    let said = |msg_ref| format!("{}{get}", of_header(msg_ref, 200, ""));
    device.say();
    device.hear(&reply(1, "", &said(1)));
    let Command::Status(refused) = &device.say().commands[0] else {
        panic!("a Status")
    };
    assert_eq!(refused.code, StatusCode::MISSING_CREDENTIALS);
    let nonce = refused
        .chal
        .as_ref()
        .and_then(|chal| chal.next_nonce.clone())
        .unwrap();
    let proof = cred("md5", &digest(&nonce));
    for (msg_id, events) in [(2, 0), (3, 0), (4, 0)] {
        assert_eq!(
            device.hear(&reply(msg_id, &proof, &said(msg_id))).len(),
            events,
            "nothing but work"
        );
        let answer = device.say();
        let Command::Status(accepted) = &answer.commands[0] else {
            panic!("a Status")
        };
        assert_eq!(accepted.code, StatusCode::AUTHENTICATED);
        assert_eq!(answer.commands[2].name(), "Results");
    }
}

#[test]
fn what_no_message_can_carry_is_no_answer() {
    let setup = Setup::default();
    let mut device = Device::new(&setup);
    device.say();
    let ask = "<Alert><CmdID>2</CmdID><Data>1102</Data><Item/><Item><Data>?</Data></Item></Alert>";
    device.hear(&reply(1, "", &format!("{}{ask}", of_header(1, 200, ""))));
    let mut answer = |data: &str| {
        let outcome = Outcome::Status {
            status: 200,
            data: vec![data.to_owned()],
        };
        device.client.complete(&mut device.tree, 1, &outcome)
    };
    assert_eq!(answer("a\u{1}").unwrap_err().code(), Code::Arg);
    assert!(answer("a").is_ok(), "the ticket is still open");
    assert_eq!(device.say().commands.len(), 2);
}

#[test]
fn an_unknown_device_is_refused_in_so_many_words() {
    for scheme in [Scheme::Basic, Scheme::Md5] {
        let party = bruce(&[scheme]);
        let mut device = Device::new(&Setup {
            client: party.clone(),
            ..Setup::default()
        });
        let mut told = Vec::new();
        // Nobody remembers a device without an account: every message is the first of a session.
        while let Some(out) = device.next() {
            let mut desk = Desk::new(
                &party,
                &Party::Transport,
                config(Binding::RespUri, Limits::DEFAULT),
            );
            desk.account = None;
            let reply = desk.hear_at(&out.body, None).out;
            told.extend(device.try_hear(&reply.body).unwrap());
        }
        assert_eq!(told[0], ClientEvent::Unauthenticated);
        assert!(matches!(told[1..], [ClientEvent::Aborted { .. }]));
    }
}

#[test]
fn an_empty_reply_ends_a_session_only_behind_a_proven_server() {
    let mut device = Device::new(&Setup {
        server: bruce(&[Scheme::Basic]),
        ..Setup::default()
    });
    device.say();
    assert!(matches!(
        device.try_hear(b"").unwrap()[..],
        [ClientEvent::Aborted { .. }]
    ));
    let mut device = Device::new(&Setup::default());
    device.say();
    assert_eq!(device.try_hear(b"").unwrap(), [ClientEvent::Finished]);
}
