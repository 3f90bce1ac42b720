//! Recorded sessions of real devices are fed to the server.
//!
//! The recordings are not part of this repository. Where they are missing the tests say how many cases they skipped.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only the recordings are read, and what is skipped must be said"
)]

#[path = "corpus/recordings.rs"]
mod recordings;

use omadm::syncml::{Chal, Status};
use omadm::{
    Account, AccountState, Binding, Command, Credential, Encoding, Env, Interaction, Limits,
    Message, NewCommand, Party, Received, Scheme, Secret, ServerConfig, ServerEvent, ServerSession,
    UiCommand, UiOptions,
};

use recordings::{read, with_corpus};

/// The nonce of every challenge in the recordings.
const NONCE: &[u8] = b"srvnonce1";

fn decode(body: &[u8]) -> Message {
    Message::decode(body, Encoding::Xml, &Limits::DEFAULT).unwrap()
}

fn credential(user: &str, password: &str, scheme: Scheme) -> Party {
    let secret = Secret::Password(password.as_bytes().to_vec().into());
    Party::Credential(Credential::new(user.to_owned(), secret, vec![scheme]).unwrap())
}

fn account(device: &str, client: Scheme) -> Account {
    Account {
        device_id: device.to_owned(),
        server_id: "funambol".to_owned(),
        client: credential("funambol", "funambol", client),
        server: credential("funambol", "srvpwd", Scheme::Md5),
        state: AccountState::default(),
    }
}

fn server(url: &str) -> ServerSession {
    ServerSession::new(ServerConfig {
        server_id: "funambol".to_owned(),
        url: url.to_owned(),
        binding: Binding::RespUri,
        strangers: Vec::new(),
        alert_types: Vec::new(),
        max_msg_size: None,
        limits: Limits::DEFAULT,
    })
}

/// What a Status says, without the numbers and texts that two servers may choose differently.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    msg_ref: Option<String>,
    cmd_ref: Option<String>,
    cmd: String,
    target_refs: Vec<String>,
    source_refs: Vec<String>,
    code: u16,
    chal: Option<String>,
}

fn said(message: &Message) -> Vec<Said> {
    let say = |status: &Status| Said {
        msg_ref: status.msg_ref.clone(),
        cmd_ref: status.cmd_ref.clone(),
        cmd: status.cmd.clone(),
        target_refs: status.target_refs.clone(),
        source_refs: status.source_refs.clone(),
        code: status.code.0,
        chal: status.chal.as_ref().map(|Chal { kind, .. }| kind.clone()),
    };
    let statuses = message.commands.iter().filter_map(|command| match command {
        Command::Status(status) => Some(say(status)),
        _ => None,
    });
    statuses.collect()
}

fn ui(interaction: Interaction, text: &str, options: UiOptions) -> NewCommand {
    NewCommand::Interaction(UiCommand {
        interaction,
        text: text.to_owned(),
        options,
    })
}

/// The commands of the recorded second reply.
fn recorded_commands() -> Vec<NewCommand> {
    let choices = || vec!["A".to_owned(), "B".to_owned()];
    let options = |max_display, default: &str| UiOptions {
        max_display: Some(max_display),
        default: Some(default.to_owned()),
        ..UiOptions::default()
    };
    let input = UiOptions {
        max_length: Some(30),
        input_type: Some('I'),
        echo: Some('P'),
        ..options(20, "hello andy!")
    };
    vec![
        ui(
            Interaction::Display,
            "Hello",
            UiOptions {
                min_display: Some(3),
                ..UiOptions::default()
            },
        ),
        ui(Interaction::Confirm, "OK?", options(60, "1")),
        ui(Interaction::Input, "Text", input),
        ui(
            Interaction::Choose {
                choices: choices(),
                multiple: false,
            },
            "One of",
            options(20, "2"),
        ),
        ui(
            Interaction::Choose {
                choices: choices(),
                multiple: true,
            },
            "Many of",
            options(20, "1-2"),
        ),
        NewCommand::Get(vec!["./DevInfo/Lang".to_owned()]),
    ]
}

#[test]
fn a_motorola_device_is_answered_as_it_was_recorded() {
    with_corpus(3, |corpus| {
        let folder = corpus.join("transcripts/motdm-xml-ui");
        let entropy: Vec<u8> = (1..=32).collect();
        let env = Env::new(0, &entropy).unwrap();
        let mut session = server("http://127.0.0.1:8845/dm");
        let mut account = account("000000011234564", Scheme::Md5);
        let mut events = Vec::new();
        for turn in 1..=3 {
            let body = read(&folder.join(format!("0{turn}-client.xml")));
            events.push(
                session
                    .receive(&Received::body(&body), Some(&account))
                    .unwrap(),
            );
            if turn == 2 {
                for command in recorded_commands() {
                    session.push(command).unwrap();
                }
            }
            let reply = session.respond(&env).unwrap();
            let recorded = decode(&read(&folder.join(format!("0{turn}-server.xml"))));
            let ours = decode(&reply.body);
            assert_eq!(said(&ours), said(&recorded), "message {turn}");
            assert_eq!(ours.is_final, recorded.is_final);
            assert_eq!(ours.header.msg_id, recorded.header.msg_id);
            assert_eq!(reply.done, turn == 3);
            // The device was told another nonce than ours: what the host has stored is what counts.
            account.state = session.save().unwrap().account;
            account.state.client_nonce = Some(NONCE.to_vec());
            // The recorded digests of the server are over the device's nonce: first none, then the one of its challenge.
            if turn < 3 {
                let data = |message: &Message| message.header.cred.as_ref().unwrap().data.clone();
                assert_eq!(data(&ours), data(&recorded), "message {turn}");
            }
        }
        let authenticated = ServerEvent::Authenticated { scheme: "md5" };
        assert_eq!(events[0], [ServerEvent::Unauthenticated { retry: true }]);
        assert_eq!(events[1][0], authenticated);
        assert!(
            matches!(&events[1][1], ServerEvent::Started { device_id, dev_info, .. }
            if device_id == "000000011234564" && dev_info["Mod"] == "A780" && dev_info.len() == 9)
        );
        let typed: Vec<_> = events[2].iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(typed.len(), 7, "{typed:#?}");
        assert!(matches!(&events[2][2], ServerEvent::Status { data, .. } if data == &["10.0.0.1"]));
        assert!(matches!(&events[2][4], ServerEvent::Status { data, .. } if data == &["1", "2"]));
        assert!(
            matches!(&events[2][6], ServerEvent::Results { items, command: 5, .. } if items.len() == 1)
        );
    });
}

#[test]
fn the_first_message_of_an_intel_device_is_answered_as_it_was_recorded() {
    with_corpus(1, |corpus| {
        let folder = corpus.join("transcripts/xml-basic");
        let entropy: Vec<u8> = (1..=32).collect();
        let mut session = server("http://127.0.0.1:8080/funambol/dm");
        let body = read(&folder.join("01-client.xml"));
        let events = session
            .receive(
                &Received::body(&body),
                Some(&account("DMCtest", Scheme::Basic)),
            )
            .unwrap();
        let reply = session.respond(&Env::new(0, &entropy).unwrap()).unwrap();
        let recorded = decode(&read(&folder.join("01-server.xml")));
        assert_eq!(said(&decode(&reply.body)), said(&recorded));
        assert_eq!(events[0], ServerEvent::Authenticated { scheme: "basic" });
        assert!(matches!(&events[1], ServerEvent::Started { dev_info, .. }
            if dev_info["Ext/Intel/test1"] == "data of test1" && !dev_info.contains_key("Ext")));
    });
}
