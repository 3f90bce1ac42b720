//! What the packages of a session hold, message by message (DM protocol, 6.3 to 6.6; the change request on closing, 7.3 to 7.6).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Command, Data, Format, Interaction, Item, Message, NewCommand, NewItem, Node, Scheme, Trigger,
    UiCommand, UiOptions, Version,
};

use crate::pair::{DEVICE, Run, Setup, URL, bruce, leaf, outcome, text};
use crate::peer::{PACKAGE_1, asked, get, request, status, trusting};
use crate::say::{cmd_ids, others, statuses};

const DEV_INFO: [&str; 5] = [
    "./DevInfo/DevId",
    "./DevInfo/DmV",
    "./DevInfo/Lang",
    "./DevInfo/Man",
    "./DevInfo/Mod",
];

fn item(uri: &str, data: Option<Data>) -> NewItem {
    NewItem {
        uri: uri.to_owned(),
        data,
        format: None,
        mime: None,
    }
}

fn notified(session_id: u16) -> Trigger {
    Trigger::Server {
        session_id,
        requested: Vec::new(),
    }
}

/// Package 1, three packages of operations with their answers, and a last one with nothing but Status.
fn setup(version: Version, trigger: Trigger) -> Setup {
    let question = UiCommand {
        interaction: Interaction::Confirm,
        text: "Now?".to_owned(),
        options: UiOptions::default(),
    };
    let number = NewItem {
        format: Some(Format::Int),
        ..item("./Number", text("7"))
    };
    let octets = NewItem {
        mime: Some("image/x".to_owned()),
        ..item("./Octets", Some(Data::Octets(vec![0, 255])))
    };
    let mut tree = Setup::default().tree;
    tree.set("./A/B", leaf("b")).unwrap();
    let typed = Node::leaf(Format::Chr, Some("text/x".to_owned()), text("t"));
    tree.set("./A/Typed", typed.unwrap()).unwrap();
    Setup {
        client: bruce(&[Scheme::Basic]),
        version,
        trigger,
        tree,
        commands: vec![
            (
                1,
                NewCommand::Sequence(vec![
                    NewCommand::Interaction(question),
                    NewCommand::Add(vec![item("./Text", text("x")), number, octets]),
                ]),
            ),
            (1, get("./A/B")),
            (
                2,
                NewCommand::Replace(vec![item("./DevInfo/Lang", text("fr"))]),
            ),
            (
                2,
                NewCommand::Get(
                    ["./Text", "./Number", "./Octets", "./A", "./A/Typed"]
                        .map(str::to_owned)
                        .to_vec(),
                ),
            ),
            (3, NewCommand::Delete(vec!["./A/B".to_owned()])),
        ],
        outcomes: vec![outcome(200)],
        ..Setup::default()
    }
}

/// The session in both versions whose packages are written down, begun by either side.
fn sessions() -> Vec<(Version, Run)> {
    let mut runs = Vec::new();
    for version in [Version::V1_2, Version::V1_3] {
        for trigger in [Trigger::Client, notified(0x1a2b)] {
            let run = setup(version, trigger).run();
            assert_eq!(run.messages.len(), 8);
            runs.push((version, run));
        }
    }
    runs
}

/// The messages of the device and those of the server.
fn sides(run: &Run) -> [Vec<&Message>; 2] {
    [0, 1].map(|side| run.messages.iter().skip(side).step_by(2).collect())
}

/// All commands in document order, those inside of Sequence included.
fn commands(message: &Message) -> Vec<&Command> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Command> = message.commands.iter().rev().collect();
    while let Some(command) = waiting.pop() {
        found.push(command);
        if let Command::Sequence(group) | Command::Atomic(group) = command {
            waiting.extend(group.commands.iter().rev());
        }
    }
    found
}

fn items<'a>(messages: &[&'a Message], name: &str) -> Vec<&'a Item> {
    let all = messages.iter().flat_map(|message| commands(message));
    all.filter(|command| command.name() == name)
        .flat_map(|command| match command {
            Command::Get(operation)
            | Command::Delete(operation)
            | Command::Add(operation)
            | Command::Replace(operation) => operation.items.iter(),
            Command::Results(results) => results.items.iter(),
            _ => [].iter(),
        })
        .collect()
}

#[test]
fn every_header_says_the_versions_of_the_session() {
    for (version, run) in sessions() {
        let ver_proto = if version == Version::V1_2 {
            "DM/1.2"
        } else {
            "DM/1.3"
        };
        for message in &run.messages {
            assert_eq!(message.header.ver_dtd, "1.2");
            assert_eq!(message.header.ver_proto, ver_proto);
        }
    }
}

#[test]
fn one_session_id_is_kept_to_the_end() {
    for (_, run) in sessions() {
        let first = &run.messages[0].header.session_id;
        assert!(!first.is_empty());
        for message in &run.messages {
            assert_eq!(message.header.session_id, *first);
        }
    }
}

#[test]
fn a_notified_device_takes_the_session_id_of_the_notification() {
    for (session_id, written) in [
        (0, "0"),
        (9, "9"),
        (10, "A"),
        (0x0f, "F"),
        (0x10, "10"),
        (0xabc, "ABC"),
        (0x1000, "1000"),
        (0xffff, "FFFF"),
    ] {
        let run = Setup {
            trigger: notified(session_id),
            ..Setup::default()
        }
        .run();
        assert_eq!(others(&run.messages[0])[0], "1200");
        for message in &run.messages {
            assert_eq!(message.header.session_id, written);
        }
    }
}

#[test]
fn every_message_has_a_number_and_answers_refer_to_it() {
    for (_, run) in sessions() {
        for side in sides(&run) {
            let numbers: Vec<_> = side.iter().map(|message| message.header.msg_id).collect();
            assert_eq!(numbers, [1, 2, 3, 4]);
        }
        for pair in run.messages.windows(2) {
            let answered = pair[0].header.msg_id.to_string();
            for command in &pair[1].commands {
                let msg_ref = match command {
                    Command::Status(status) => &status.msg_ref,
                    Command::Results(results) => &results.msg_ref,
                    _ => continue,
                };
                assert_eq!(msg_ref.as_deref(), Some(answered.as_str()));
            }
        }
    }
}

#[test]
fn target_and_source_name_the_two_ends() {
    for (_, run) in sessions() {
        let [device, server] = sides(&run);
        for (messages, target, source) in [(device, URL, DEVICE), (server, DEVICE, URL)] {
            for message in messages {
                assert_eq!(message.header.target.uri, target);
                assert_eq!(message.header.source.uri, source);
            }
        }
    }
}

#[test]
fn package_1_says_who_began_and_what_the_device_is() {
    for (at, (_, run)) in sessions().iter().enumerate() {
        let first = &run.messages[0];
        let [Command::Alert(alert), Command::Replace(dev_info)] = first.commands.as_slice() else {
            panic!("{:?}", first.commands)
        };
        let code = if at % 2 == 0 { 1201 } else { 1200 };
        assert_eq!(alert.code.map(|code| code.0), Some(code));
        assert!(alert.cmd_id.is_some() && dev_info.cmd_id.is_some());
        assert!(alert.items.is_empty() && first.is_final);
        let mut told = Vec::new();
        for item in &dev_info.items {
            assert!(item.data.is_some() && item.target.is_none());
            told.push(item.source.as_ref().unwrap().uri.as_str());
        }
        told.sort_unstable();
        assert_eq!(told, DEV_INFO);
    }
}

#[test]
fn every_command_has_a_number_of_its_own() {
    for (_, run) in sessions() {
        for message in &run.messages {
            let ids = cmd_ids(message);
            let counted: Vec<_> = (1..=ids.len()).map(|id| id.to_string()).collect();
            assert_eq!(ids, counted);
        }
    }
}

#[test]
fn commands_and_results_name_their_nodes() {
    for (_, run) in sessions() {
        let [device, server] = sides(&run);
        for (name, uris) in [
            ("Add", &["./Text", "./Number", "./Octets"][..]),
            ("Replace", &["./DevInfo/Lang"]),
            ("Delete", &["./A/B"]),
            (
                "Get",
                &[
                    "./A/B",
                    "./Text",
                    "./Number",
                    "./Octets",
                    "./A",
                    "./A/Typed",
                ],
            ),
        ] {
            let found = items(&server, name);
            let targets: Vec<_> = found
                .iter()
                .map(|item| item.target.as_ref().unwrap().uri.as_str())
                .collect();
            assert_eq!(targets, uris, "{name}");
            assert!(found.iter().all(|item| item.source.is_none()));
            let has_data = matches!(name, "Add" | "Replace");
            assert!(found.iter().all(|item| item.data.is_some() == has_data));
        }
        let found = items(&device, "Results");
        let sources: Vec<_> = found
            .iter()
            .map(|item| item.source.as_ref().unwrap().uri.as_str())
            .collect();
        assert_eq!(
            sources,
            [
                "./A/B",
                "./Text",
                "./Number",
                "./Octets",
                "./A",
                "./A/Typed"
            ]
        );
    }
}

#[test]
fn meta_says_what_is_not_the_default() {
    fn said<'a>(item: &'a Item) -> [Option<&'a str>; 2] {
        let of = |part: fn(&'a omadm::syncml::Meta) -> &'a Option<String>| {
            item.meta.as_ref().and_then(|meta| part(meta).as_deref())
        };
        // What the defaults are may be said or left out.
        [
            of(|meta| &meta.format).filter(|format| *format != "chr"),
            of(|meta| &meta.mime).filter(|mime| *mime != "text/plain"),
        ]
    }
    for (_, run) in sessions() {
        let [device, server] = sides(&run);
        let added: Vec<_> = items(&server, "Add").into_iter().map(said).collect();
        let octets = [Some("b64"), Some("image/x")];
        assert_eq!(added, [[None, None], [Some("int"), None], octets]);
        let found: Vec<_> = items(&device, "Results").into_iter().map(said).collect();
        assert_eq!(
            found,
            [
                [None, None],
                [None, None],
                [Some("int"), None],
                octets,
                [Some("node"), None],
                [None, Some("text/x")],
            ]
        );
    }
}

#[test]
fn the_last_message_of_every_package_is_final() {
    // Every package of these sessions is one message.
    for (_, run) in sessions() {
        assert!(run.messages.iter().all(|message| message.is_final));
    }
    let mut desk = asked();
    desk.server.push(get("./B")).unwrap();
    let mut goes_on = request(2, "", "");
    goes_on.is_final = false;
    assert!(!desk.hear(&goes_on).message.is_final);
    let heard = desk.hear(&request(3, "", &status(1, 4, 200)));
    assert!(heard.message.is_final && !heard.out.done);
    let heard = desk.hear(&request(4, "", &status(3, 2, 200)));
    assert!(heard.message.is_final && heard.out.done);
}

#[test]
fn everything_that_was_sent_is_answered() {
    let mut results = 0;
    for (_, run) in sessions() {
        for pair in run.messages.windows(2) {
            let mut expected = vec!["0".to_owned()];
            let asking = commands(&pair[0]).into_iter();
            let asking = asking.filter(|command| !matches!(command.name(), "Status" | "Results"));
            expected.extend(asking.filter_map(|command| command.cmd_id().map(str::to_owned)));
            let mut answered = Vec::new();
            for command in &pair[1].commands {
                match command {
                    Command::Status(status) => answered.extend(status.cmd_ref.clone()),
                    Command::Results(of) => {
                        results += of.items.len();
                        let get = expected
                            .iter()
                            .position(|id| of.cmd_ref.as_ref() == Some(id));
                        assert!(get.is_some());
                    }
                    _ => {}
                }
            }
            // A command with several Items may have a Status for each of them.
            answered.dedup();
            assert_eq!(answered, expected);
        }
    }
    assert_eq!(results, 4 * 6);

    let alerts = "<Alert><CmdID>7</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>\
        <Alert><CmdID>8</CmdID><Data>1226</Data><Item><Meta><Type xmlns=\"syncml:metinf\">t</Type>\
        <Format xmlns=\"syncml:metinf\">chr</Format></Meta><Data>x</Data></Item></Alert>";
    let heard = trusting().hear(&request(1, "", &format!("{PACKAGE_1}{alerts}")));
    assert_eq!(
        statuses(&heard.message),
        [
            "1/0 SyncHdr 200",
            "1/1 Alert 200",
            "1/2 Replace 200",
            "1/7 Alert 200",
            "1/8 Alert 415"
        ]
    );
    let answer = format!(
        "{}<Results><CmdID>5</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./A</LocURI></Source>\
        <Data>a</Data></Item></Results>{alerts}",
        status(1, 4, 200)
    );
    let heard = asked().hear(&request(2, "", &answer));
    assert_eq!(
        statuses(&heard.message),
        ["2/0 SyncHdr 200", "2/7 Alert 200", "2/8 Alert 415"]
    );
}
