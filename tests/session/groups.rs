//! Atomic, Copy and Exec, devices that answer as they like, and devices that know less (Representation Protocol, section on commands).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::Owner;
use omadm::{
    AlertCode, Binding, ClientAlert, ClientEvent, Code, Command, Data, Format, Limits, NewCommand,
    NewItem, Node, Party, Scheme, ServerEvent, StatusCode, Tree, Version,
};

use crate::commands::{add, delete, get, item, replace, run, told, tree, value};
use crate::pair::{Run, Setup, bruce, outcome, text};
use crate::peer::{
    BASIC, Desk, Letter, PACKAGE_1, config, cred, request, told as told_in_short, trusting,
};
use crate::say::{cmd_ids, codes, others, statuses, values};

fn copy(from: &str, to: &str) -> NewCommand {
    NewCommand::Copy {
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

fn exec(uri: &str, correlator: Option<&str>) -> NewCommand {
    NewCommand::Exec {
        uri: uri.to_owned(),
        data: text("<now> & then"),
        format: None,
        mime: Some("text/x-order".to_owned()),
        correlator: correlator.map(str::to_owned),
        report_to: None,
    }
}

#[test]
fn t01_an_atomic_is_answered_before_its_commands() {
    let run = run(
        vec![
            NewCommand::Atomic(vec![
                add("./A/F", "f"),
                replace("./E", "new"),
                copy("./E", "./A/G"),
                delete(&["./A/C"]),
            ]),
            get(&["./A"]),
        ],
        vec![],
    );
    assert_eq!(
        statuses(&run.messages[2]),
        [
            "1/0 SyncHdr 200",
            "1/4 Atomic 200",
            "1/5 Add 200 ./A/F",
            "1/6 Replace 200 ./E",
            "1/7 Copy 200 ./A/G",
            "1/8 Delete 200 ./A/C",
            "1/9 Get 200 ./A",
        ]
    );
    assert_eq!(values(&run.messages[2]), ["./A=B/F/G"]);
    assert_eq!(value(&run.tree, "./A/G").as_deref(), Some("new"));
    assert_eq!(run.tree.revision(), tree().revision() + 1, "one change");
    assert_eq!(
        told(&run),
        ["0 200", "0.0 200", "0.1 200", "0.2 200", "0.3 200", "1 200"]
    );
}

#[test]
fn t02_an_atomic_that_fails_is_taken_back() {
    for at in 0..3 {
        let mut commands = vec![replace("./E", "1"), add("./N", "2"), delete(&["./A/B"])];
        commands.insert(
            at,
            NewCommand::Replace(vec![item("./E", "3"), item("./X", "4")]),
        );
        let run = run(vec![NewCommand::Atomic(commands)], vec![]);
        let mut expected = vec![200, 507];
        expected.extend(vec![216; at]);
        expected.extend([200, 404]);
        expected.extend(vec![215; 3 - at]);
        // What was done of the command that failed is taken back too.
        expected[2 + at] = 216;
        assert_eq!(codes(&run.messages[2]), expected);
        assert_eq!(run.tree, tree());
        assert_eq!(told(&run).len(), 6);
        assert!(
            !run.client_events
                .iter()
                .any(|event| matches!(event, ClientEvent::Changed { .. }))
        );
    }
}

#[test]
fn a_copy_takes_a_leaf_or_all_that_is_below() {
    let run = run(
        vec![
            copy("./A", "./Z"),
            copy("./E", "./A/B"),
            copy("./X", "./Y"),
            copy("./E", "./A"),
        ],
        vec![],
    );
    assert_eq!(
        statuses(&run.messages[2])[1..],
        [
            "1/4 Copy 200 ./Z",
            "1/5 Copy 200 ./A/B",
            "1/6 Copy 404 ./Y",
            "1/7 Copy 418 ./A"
        ]
    );
    assert_eq!(value(&run.tree, "./Z/C/D").as_deref(), Some("d"));
    assert_eq!(value(&run.tree, "./A/B").as_deref(), Some("e"));
    let Command::Copy(operation) = &run.messages[1].commands[3] else {
        panic!("no copy")
    };
    let place = |place: &Option<omadm::syncml::Location>| place.as_ref().unwrap().uri.clone();
    let item = &operation.items[0];
    assert_eq!(
        (place(&item.source), place(&item.target)),
        ("./A".to_owned(), "./Z".to_owned())
    );
}

fn executable() -> Tree {
    let mut tree = tree();
    tree.set("./Go", Node::interior(None).owned_by(Owner::Host))
        .unwrap();
    tree
}

fn report(correlator: &str) -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "urn:oma:at:x:1.0:done".to_owned(),
        format: Some(Format::Int),
        mark: None,
        source: Some("./Go".to_owned()),
        target: None,
        correlator: Some(correlator.to_owned()),
        data: Data::Text("200".to_owned()),
    }
}

/// What the server's host is told of alerts: Correlator and data.
fn reports(run: &Run) -> Vec<(Option<&str>, Option<&str>)> {
    run.server_events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Alert {
                correlator, item, ..
            } => Some((
                correlator.as_deref(),
                item.data.as_ref().and_then(Data::as_text),
            )),
            _ => None,
        })
        .collect()
}

#[test]
fn what_takes_its_time_is_accepted_and_reported_later_in_the_session_or_in_another() {
    let first = Setup {
        tree: executable(),
        commands: vec![
            (1, exec("./Go", Some("order 1"))),
            (1, exec("./Go", Some("order 2"))),
            (1, exec("./Go", None)),
            (1, exec("./E", None)),
        ],
        outcomes: vec![outcome(202), outcome(202), outcome(500)],
        alert_types: vec!["urn:oma:at:x:1.0:done".to_owned()],
        alerts: vec![(2, report("order 1"))],
        ..Setup::default()
    };
    let run = first.run();
    assert_eq!(
        statuses(&run.messages[2])[1..],
        [
            "1/4 Exec 202 ./Go",
            "1/5 Exec 202 ./Go",
            "1/6 Exec 500 ./Go",
            "1/7 Exec 405 ./E"
        ]
    );
    let asked: Vec<_> = run
        .client_events
        .iter()
        .filter_map(|event| match event {
            ClientEvent::Exec {
                uri,
                data,
                mime,
                correlator,
                ..
            } => Some((
                uri.as_str(),
                data.clone(),
                mime.as_deref(),
                correlator.as_deref(),
            )),
            _ => None,
        })
        .collect();
    let order = |correlator| {
        (
            "./Go",
            text("<now> & then"),
            Some("text/x-order"),
            correlator,
        )
    };
    assert_eq!(
        asked,
        [order(Some("order 1")), order(Some("order 2")), order(None)]
    );
    assert_eq!(told(&run), ["0 202", "1 202", "2 500", "3 405"]);
    assert_eq!(reports(&run), [(Some("order 1"), Some("200"))]);
    let answered = |run: &Run| {
        run.client_events.contains(&ClientEvent::Answered {
            alert: 0,
            code: StatusCode::OK,
        })
    };
    assert!(answered(&run));

    let later = Setup {
        tree: run.tree.clone(),
        alert_types: first.alert_types,
        alerts: vec![(1, report("order 2"))],
        ..Setup::default()
    }
    .run();
    assert_eq!(others(&later.messages[0]), ["1201", "Replace", "1226"]);
    assert_eq!(reports(&later), [(Some("order 2"), Some("200"))]);
    assert!(answered(&later));
}

#[test]
fn windows_answers_the_items_of_a_get_one_by_one_with_one_results() {
    let uris = ["./A", "./B", "./C"].map(str::to_owned).to_vec();
    let one = |id: u32, named: &str, code: u16| {
        format!(
            "<Status><CmdID>{id}</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Get</Cmd>{named}<Data>{code}</Data></Status>"
        )
    };
    let target = |uri: &str| format!("<TargetRef>{uri}</TargetRef>");
    let results = "<Results><CmdID>9</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Get</Cmd>\
        <Item><Source><LocURI>./A</LocURI></Source><Data>1</Data></Item>\
        <Item><Source><LocURI>./C</LocURI></Source><Data>3</Data></Item></Results>";
    for (body, expected) in [
        // Nothing but the order says which is which.
        (
            [
                one(2, "", 200),
                one(3, "", 404),
                one(4, "", 200),
                results.to_owned(),
            ]
            .concat(),
            vec!["0 200", "0 404", "0 200", "2 items"],
        ),
        (
            [
                one(2, &target("./C"), 200),
                one(3, &target("./B"), 404),
                one(4, &target("./A"), 200),
                results.to_owned(),
            ]
            .concat(),
            vec!["0 200", "0 404", "0 200", "2 items"],
        ),
        (
            [one(2, "", 200), one(3, "", 404), results.to_owned()].concat(),
            vec!["0 200", "0 404", "2 items", "0 unknown"],
        ),
        (
            [
                one(2, "", 200),
                one(3, "", 200),
                one(4, "", 200),
                one(5, "", 200),
            ]
            .concat(),
            vec!["0 200", "0 200", "0 200", "violation"],
        ),
        (
            [one(2, "", 200), results.to_owned()].concat(),
            vec!["0 200", "2 items"],
        ),
    ] {
        let mut desk = trusting();
        desk.server.push(NewCommand::Get(uris.clone())).unwrap();
        desk.hear(&request(1, "", PACKAGE_1));
        let heard = desk.hear(&request(2, "", &body));
        assert_eq!(told_in_short(&heard.events), expected, "{body}");
        for event in &heard.events {
            if let ServerEvent::Status {
                code,
                uri,
                item: Some(item),
                ..
            } = event
            {
                assert_eq!(uri.as_deref(), Some(["./A", "./B", "./C"][*item as usize]));
                assert_eq!(code.0 == 404, *item == 1 && body.contains("404"));
            }
        }
    }
}

#[test]
fn a_device_of_an_older_version_is_sent_nothing_that_it_does_not_know() {
    let date = NewItem {
        format: Some(Format::Date),
        ..item("./A", "2026-11-20")
    };
    for (version, unsupported, sent) in [
        (Version::V1_1, vec![0, 2, 3], vec!["Exec", "Get"]),
        (
            Version::V1_2,
            vec![],
            vec!["Get", "Exec", "Sequence", "Atomic", "Get"],
        ),
    ] {
        let mut desk = trusting();
        for command in [
            get(&["./A?list=TNDS"]),
            exec("./Go", Some("c")),
            NewCommand::Sequence(vec![get(&["./A"]), get(&["./Inbox"])]),
            NewCommand::Atomic(vec![NewCommand::Replace(vec![date.clone()])]),
            get(&["./A?list=StructData"]),
        ] {
            desk.server.push(command).unwrap();
        }
        let (ver_dtd, ver_proto) = match version {
            Version::V1_1 => ("1.1", "DM/1.1"),
            _ => ("1.2", "DM/1.2"),
        };
        let heard = desk.hear(&Letter {
            ver_dtd,
            ver_proto,
            ..request(1, "", PACKAGE_1)
        });
        assert_eq!(heard.out.unsupported, unsupported);
        assert_eq!(heard.out.too_large, [0; 0]);
        assert_eq!(others(&heard.message), sent);
        let correlators: Vec<_> = heard
            .message
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Exec(operation) => Some(operation.correlator.as_deref()),
                _ => None,
            })
            .collect();
        let has = (version > Version::V1_1).then_some("c");
        assert_eq!(correlators, [has]);
        assert_eq!(cmd_ids(&heard.message)[3], "4");
    }
    // Nobody but the device says which version it is of.
    let config = config(Binding::RespUri, Limits::DEFAULT);
    let mut desk = Desk::new(&bruce(&[Scheme::Basic]), &Party::Transport, config);
    desk.server.push(get(&["./Inbox"])).unwrap();
    let old = Letter {
        ver_dtd: "1.1",
        ver_proto: "DM/1.1",
        ..request(1, "", PACKAGE_1)
    };
    let heard = desk.hear(&old);
    assert_eq!(
        (codes(&heard.message)[0], heard.out.unsupported),
        (407, vec![])
    );
    let proof = cred("basic", BASIC);
    let heard = desk.hear(&Letter {
        msg_id: 2,
        header: &proof,
        ..old
    });
    assert_eq!(
        (codes(&heard.message)[0], heard.out.unsupported),
        (212, vec![0])
    );
    // Where nothing else is left, the session ends.
    let mut desk = trusting();
    desk.server.push(get(&["./Inbox"])).unwrap();
    let heard = desk.hear(&Letter {
        ver_dtd: "1.1",
        ver_proto: "DM/1.1",
        ..request(1, "", PACKAGE_1)
    });
    assert!(heard.out.done);
    assert_eq!(heard.out.unsupported, [0]);
}

#[test]
fn t04_what_every_device_refuses_cannot_be_pushed() {
    for group in [
        NewCommand::Atomic(vec![get(&["./A"])]),
        NewCommand::Atomic(vec![exec("./Go", None)]),
        NewCommand::Atomic(vec![NewCommand::Sequence(vec![delete(&["./A"])])]),
        NewCommand::Sequence(vec![NewCommand::Atomic(vec![delete(&["./A"])])]),
    ] {
        let error = trusting().server.push(group).unwrap_err();
        assert_eq!(error.code(), Code::Arg);
    }
}
