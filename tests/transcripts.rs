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
#[path = "corpus/replay.rs"]
mod replay;

use omadm::{
    Code, Credential, Data, Env, Format, Interaction, NewCommand, NewItem, Party, Received, Scheme,
    Secret, ServerEvent, UiCommand, UiOptions,
};

use recordings::{read, with_corpus};
use replay::{NONCE, Replay, Turn, account, commands, decode, digest, said, server, told};

/// Where the recorded server differs: it gives its digest to whoever calls in a device's name.
const NOT_TO_STRANGERS: &str =
    "whoever has not proved to be the device sees no credentials of ours, nor that there are any";

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
            // The recorded digest of the server is over the nonce of the device's challenge.
            match turn {
                1 => assert_eq!(ours.header.cred, None, "{NOT_TO_STRANGERS}"),
                2 => assert_eq!(digest(&ours), digest(&recorded)),
                _ => {}
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

fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

fn item(uri: &str, value: Option<&str>, format: Option<Format>) -> NewItem {
    NewItem {
        uri: uri.to_owned(),
        data: value.map(|value| Data::Text(value.to_owned())),
        format,
        mime: None,
    }
}

fn add(uri: &str, value: &str) -> NewCommand {
    NewCommand::Add(vec![item(uri, Some(value), None)])
}

fn replace(uri: &str, value: &str) -> NewCommand {
    NewCommand::Replace(vec![item(uri, Some(value), None)])
}

#[test]
fn a_session_in_dm_1_1_is_answered_as_it_was_recorded() {
    with_corpus(7, |corpus| {
        let mut replay = Replay::new(
            corpus.join("transcripts/motdm-dm11"),
            "xml",
            "http://127.0.0.1:8872/dm",
            account("000000011234564", Scheme::Md5),
        );
        let first = replay.turn(1, Vec::new());
        assert_eq!(told(&first.events), ["unauthenticated"]);
        assert_eq!(first.ours.header.cred, None, "{NOT_TO_STRANGERS}");

        // The recorded server asks for TNDS too, which a device of this version is not sent: something else stands in its place.
        let asked = [
            "./DevInfo/Mod",
            "./DevDetail",
            "./DevInfo?list=Struct",
            "./DevInfo?list=StructData",
            "./DevInfo",
            "./DevInfo",
            "./DMAcc/acc?prop=ACL",
            "./DevInfo/Mod?prop=Size",
            "./DevInfo/Mod?prop=Format",
            "./Nope",
        ];
        let second = replay.turn(2, asked.map(get).to_vec());
        assert_eq!(told(&second.events), ["md5", "1.1"]);
        assert_eq!(commands(&second.ours), commands(&second.recorded));
        assert_eq!(replay.digests, 1);

        // Its Statuses come first, then the Results, each list in as many as it has nodes.
        let profile = "./UnitTest/Profiles/p1";
        let proceed = UiOptions {
            min_display: Some(10),
            max_display: Some(60),
            default: Some("1".to_owned()),
            ..UiOptions::default()
        };
        let third = replay.turn(
            3,
            vec![
                NewCommand::Sequence(vec![
                    NewCommand::Add(vec![item(profile, None, Some(Format::Node))]),
                    add(&format!("{profile}/CurProfile"), "one"),
                ]),
                NewCommand::Sequence(vec![
                    NewCommand::Add(vec![item(
                        "./UnitTest/Profiles/p2",
                        None,
                        Some(Format::Node),
                    )]),
                    replace("./Nope/x", "zz"),
                ]),
                NewCommand::Sequence(vec![
                    get("./UnitTest/Profiles"),
                    get(&format!("{profile}/CurProfile")),
                ]),
                get("./DevInfo/Ext"),
                ui(Interaction::Confirm, "Proceed?", proceed),
            ],
        );
        let (statuses, results) = third.events.split_at(10);
        assert_eq!(
            told(statuses),
            [
                "0 200", "1 200", "2 200", "3 200", "4 200", "5 200", "6 406", "7 200", "8 200",
                "9 404"
            ]
        );
        assert_eq!(results.len(), 30);
        assert_eq!(told(&results[..2]), ["0=A780", "1=Bearer/SwV/PRLV/PRIC"]);
        assert_eq!(told(&results[28..]), ["7=4", "8=chr"]);

        let fourth = replay.turn(4, vec![replace("./TEST/lobchar", "0123456789")]);
        assert_eq!(
            told(&fourth.events),
            [
                "10 507", "10/0 216", "10/1 500", "11 507", "11/0 216", "11/1 404", "12 200",
                "12/0 200", "12/1 404", "13 405", "14 200", "12/0=",
            ]
        );
        // The device gives up. The recorded server went on all the same, which a session of ours does not.
        let fifth = replay.turn(5, Vec::new());
        assert_eq!(told(&fifth.events), ["15 500", "aborted by Device"]);
        assert!(fifth.done && commands(&fifth.ours).is_empty());
        let sixth = Received {
            body: &replay.read(6, "client"),
            ..Received::default()
        };
        let over = replay.session.receive(&sixth, Some(&replay.account));
        assert_eq!(over.unwrap_err().code(), Code::State);

        replay.begin_anew();
        let sixth = replay.turn(6, vec![get("./TEST/lobchar"), get("./DevInfo?list=TNDS")]);
        assert_eq!(sixth.unsupported, [1]);
        assert_eq!(told(&sixth.events), ["md5", "1.1", "violation"]);
        assert_eq!(commands(&sixth.ours), commands(&sixth.recorded));
        let seventh = replay.turn(7, Vec::new());
        assert_eq!(told(&seventh.events), ["0 404"]);
        assert_eq!(replay.digests, 6);
        assert!(seventh.done);
    });
}

/// Large objects are still to come: the value that the recorded server sent in two pieces goes in one, so its second piece has no
/// counterpart, nor has the Status 213 of the device.
#[test]
fn a_session_with_a_large_object_is_answered_as_it_was_recorded() {
    with_corpus(5, |corpus| {
        let mut replay = Replay::new(
            corpus.join("transcripts/motdm-xml-lob"),
            "xml",
            "http://127.0.0.1:8843/dm",
            account("000000011234564", Scheme::Md5),
        );
        assert_eq!(
            told(&replay.turn(1, Vec::new()).events),
            ["unauthenticated"]
        );
        let second = replay.turn(2, vec![add("./TEST/char", "0123456789")]);
        assert_eq!(told(&second.events), ["md5", "1.2"]);
        assert_eq!(commands(&second.ours), commands(&second.recorded));
        let third = replay.turn(3, Vec::new());
        assert_eq!(told(&third.events), ["0 213"]);
        assert_eq!(commands(&third.ours), ["3 Alert"]);
        assert!(!third.ours.is_final);
        let fourth = replay.turn(4, vec![get("./TEST/char")]);
        // Its Status for the second piece stands where ours has asked for the rest of its package.
        assert!(fourth.events.is_empty());
        assert_eq!(commands(&fourth.ours), commands(&fourth.recorded));
        let fifth = replay.turn(5, Vec::new());
        assert_eq!(told(&fifth.events), ["1 200", "1=0123456789"]);
        assert_eq!(replay.digests, 4);
        assert!(fifth.done);
    });
}

#[test]
fn a_session_in_wbxml_is_answered_as_it_was_recorded() {
    with_corpus(3, |corpus| {
        let mut account = account("000000011234564", Scheme::Basic);
        // The device wants basic of us, which the recorded server did not understand; ours gives it where the account allows it.
        let secret = Secret::Password(b"srvpwd".to_vec().into());
        let both = vec![Scheme::Md5, Scheme::Basic];
        account.server =
            Party::Credential(Credential::new("funambol".to_owned(), secret, both).unwrap());
        let mut replay = Replay::new(
            corpus.join("transcripts/motdm-basic-wbxml"),
            "wbxml",
            "http://127.0.0.1:8876/dm",
            account,
        );
        let first = replay.turn(1, vec![add("./TEST/char", "0123456789")]);
        assert_eq!(told(&first.events), ["basic", "1.2"]);
        assert_eq!(commands(&first.ours), commands(&first.recorded));
        let kind = |turn: &Turn| turn.ours.header.cred.as_ref().unwrap().kind.clone();
        assert_eq!(kind(&first), "syncml:auth-md5");
        assert_eq!(replay.digests, 1);
        let second = replay.turn(2, Vec::new());
        assert_eq!(kind(&second), "syncml:auth-basic");
        assert_eq!(commands(&second.ours), ["2 Add"]);
        assert_eq!(told(&second.events), [""; 0]);
        // It was recorded against a digest, so it asks once more. What it asked for it has been given: that ends the session.
        let third = replay.turn(3, Vec::new());
        assert_eq!(told(&third.events), ["0 407", "aborted by Server"]);
        assert_eq!(commands(&third.ours), ["2 Alert"]);
        assert!(third.done);
    });
}

#[test]
fn a_session_of_an_intel_device_is_answered_as_it_was_recorded() {
    with_corpus(4, |corpus| {
        let mut replay = Replay::new(
            corpus.join("transcripts/xml-basic"),
            "xml",
            "http://127.0.0.1:8080/funambol/dm",
            account("DMCtest", Scheme::Basic),
        );
        let x = "./Vendor/memory/x";
        let first = replay.turn(
            1,
            vec![
                add(x, "hello"),
                get(x),
                replace(x, "bye"),
                get("./Vendor/memory"),
                add("./Vendor/memory/z", "hello"),
                NewCommand::Delete(vec![x.to_owned()]),
            ],
        );
        assert_eq!(told(&first.events), ["basic", "1.2"]);
        // A NUL stands in a list of children: the message is no XML, and nothing of it counts.
        let body = replay.read(2, "client");
        let before = replay.session.save().unwrap();
        let error = replay
            .session
            .receive(&Received::body(&body), Some(&replay.account))
            .unwrap_err();
        assert_eq!(error.code(), Code::Char);
        assert!(replay.session.save().unwrap() == before);
        let mended: Vec<u8> = body.into_iter().filter(|octet| *octet != 0).collect();
        let big = || add("./Vendor/memory/big", "0123456789");
        let second = replay.turn_with(2, &mended, vec![big()]);
        assert_eq!(
            told(&second.events),
            [
                "0 200", "1 200", "1=hello", "2 200", "3 200", "3=x", "4 501", "5 200"
            ]
        );
        assert_eq!(commands(&second.ours), commands(&second.recorded));
        let third = replay.turn(3, vec![big()]);
        assert_eq!(told(&third.events), ["6 200"]);
        assert_eq!(commands(&third.ours), commands(&third.recorded));
        let fourth = replay.turn(4, Vec::new());
        assert_eq!(told(&fourth.events), ["7 418"]);
        assert!(fourth.done);
    });
}
