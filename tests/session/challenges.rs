//! What a challenge brings about: the request again, with credentials, and the nonce of the next session (DM protocol, chapter 9).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use omadm::syncml::Chal;
use omadm::tree::Owner;
use omadm::{Code, Command, Message, Node, Party, Scheme, ServerEvent};

use crate::pair::{Setup, bruce, decode, nonces, outcome, password};
use crate::peer::{
    BASIC, Desk, Device, PACKAGE_1, chal, cred, get, of_header, reply, request, trusting,
};
use crate::say::{codes, others, statuses};

/// B64(MD5(B64(MD5(user:password)):nonce)).
fn digest(login: &str, nonce: &[u8]) -> String {
    let hash = Base64::encode_string(&Md5::digest(login));
    let parts = Md5::new().chain_update(hash).chain_update(":");
    Base64::encode_string(&parts.chain_update(nonce).finalize())
}

#[test]
fn a_challenged_device_sends_package_1_again() {
    let nonce = Some("Tm9uY2U=");
    for (schemes, asked, kind, data) in [
        (
            &[Scheme::Md5][..],
            chal("md5", nonce),
            "syncml:auth-md5",
            digest("Bruce2:OhBehave", b"Nonce"),
        ),
        (
            &[Scheme::Md5, Scheme::Basic],
            chal("basic", None),
            "syncml:auth-basic",
            BASIC.to_owned(),
        ),
    ] {
        let mut device = Device::new(&Setup {
            client: bruce(schemes),
            ..Setup::default()
        });
        let first = device.say();
        assert_eq!(first.header.cred, None, "there is no nonce yet");
        device.hear(&reply(1, "", &of_header(1, 407, &asked)));
        let again = device.say();
        let cred = again.header.cred.as_ref().unwrap();
        assert_eq!((cred.kind.as_str(), &cred.data), (kind, &data));
        assert_eq!(again.header.session_id, first.header.session_id);
        assert_eq!(others(&again), ["1200", "Replace"]);
        assert_eq!(again.commands[2], renumbered(&first.commands[1]));
        assert_eq!(statuses(&again), ["1/0 SyncHdr 200"]);
        assert!(again.is_final);
    }
}

/// The same command behind one Status.
fn renumbered(command: &omadm::Command) -> omadm::Command {
    let omadm::Command::Replace(operation) = command else {
        panic!("{command:?}")
    };
    omadm::Command::Replace(omadm::syncml::Operation {
        cmd_id: Some("3".to_owned()),
        ..operation.clone()
    })
}

#[test]
fn the_next_nonce_is_used_in_the_next_session() {
    let mut setup = Setup {
        client: bruce(&[Scheme::Md5]),
        server: password("mgmt", "SrvPw-1", &[Scheme::Md5]),
        device_state: nonces(Some(b"of the device"), Some(b"of the server")),
        server_state: nonces(Some(b"of the device"), Some(b"of the server")),
        commands: vec![(1, get("./DevInfo/Man"))],
        ..Setup::default()
    };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let run = setup.run();
        let state = &setup.device_state;
        let expected = [
            digest("Bruce2:OhBehave", state.client_nonce.as_ref().unwrap()),
            digest("mgmt:SrvPw-1", state.server_nonce.as_ref().unwrap()),
        ];
        let given = [0, 1].map(|at| run.messages[at].header.cred.clone().unwrap().data);
        assert_eq!(given, expected);
        assert_eq!(codes(&run.messages[1])[0], 212);
        assert_eq!(codes(&run.messages[2])[0], 212);
        seen.extend(given);
        // What 212 came with is what both sides go on with.
        let next = [1, 2].map(|at| crate::say::chal(&run.messages[at]).unwrap().next_nonce);
        let kept = [
            &run.device_state.client_nonce,
            &run.device_state.server_nonce,
        ];
        assert_eq!(
            next,
            kept.map(|nonce| nonce.as_ref().map(|nonce| Base64::encode_string(nonce)))
        );
        setup.device_state = run.device_state;
        setup.server_state = run.server_state;
    }
    assert!(seen[0] != seen[2] && seen[1] != seen[3]);
}

fn chals(message: &Message) -> Vec<Option<Chal>> {
    let chal = |command: &Command| match command {
        Command::Status(status) => status.chal.as_deref().cloned(),
        _ => None,
    };
    message.commands.iter().map(chal).collect()
}

fn alert_in(events: &[ServerEvent]) -> u32 {
    let id = |event: &ServerEvent| match event {
        ServerEvent::Alert { id, .. } => Some(*id),
        _ => None,
    };
    events.iter().find_map(id).unwrap()
}

/// Status 401 and 407 go with a challenge (section 9.1), of the type by which the device has proved itself and with its next nonce.
#[test]
fn a_host_that_asks_for_credentials_challenges() {
    let alert = "<Alert><CmdID>5</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>";
    let body = [PACKAGE_1, alert].concat();
    for code in [401, 407, 404] {
        let mut desk = Desk::new(
            &bruce(&[Scheme::Md5]),
            &Party::Transport,
            Setup::default().server_config(),
        );
        let asked = chals(&desk.hear(&request(1, "", "")).message);
        let nonce = asked[0].as_ref().unwrap().next_nonce.as_ref().unwrap();
        let data = digest("Bruce2:OhBehave", &Base64::decode_vec(nonce).unwrap());
        let proven = request(2, &cred("md5", &data), &body).write();
        let events = desk.receive(&proven, None).unwrap();
        let id = alert_in(&events);
        desk.server.answer(id, code).unwrap();
        let said = decode(&desk.respond().body);
        assert_eq!(codes(&said), [212, 200, 200, code]);
        let chals = chals(&said);
        assert_eq!(chals[1..3], [None, None]);
        assert_eq!(chals[3], chals[0].clone().filter(|_| code != 404));
        assert_eq!(chals[0].as_ref().unwrap().kind, "syncml:auth-md5");
    }
    // Where the transport has proved the device, there is a challenge all the same.
    let mut desk = trusting();
    let events = desk.receive(&request(1, "", &body).write(), None).unwrap();
    desk.server.answer(alert_in(&events), 401).unwrap();
    let said = decode(&desk.respond().body);
    assert_eq!(codes(&said), [200, 200, 200, 401]);
    assert!(chals(&said)[3].is_some());
}

/// Nor is there a challenge for a server.
#[test]
fn no_host_of_a_device_asks_for_credentials() {
    for command in ["Exec", "Get"] {
        let mut setup = Setup::default();
        let node = Node::leaf(omadm::Format::Chr, None, crate::pair::text("x")).unwrap();
        let node = node.owned_by(Owner::Host);
        setup.tree.set("./Go", node).unwrap();
        let mut device = Device::new(&setup);
        device.say();
        let body = format!(
            "<{command}><CmdID>2</CmdID><Item><Target><LocURI>./Go</LocURI></Target></Item></{command}>"
        );
        device.hear(&reply(1, "", &body));
        for code in [401, 407] {
            let error = device
                .client
                .complete(&mut device.tree, 1, &outcome(code))
                .unwrap_err();
            assert_eq!(error.code(), Code::Arg);
        }
        device
            .client
            .complete(&mut device.tree, 1, &outcome(404))
            .unwrap();
        assert_eq!(codes(&device.say()), [200, 404]);
    }
}
