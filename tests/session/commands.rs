//! What servers ask and what becomes of it: values, Sequence, the user (DM protocol, chapters 6 and 10).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{By, Found};
use omadm::{
    ClientEvent, Command, Data, Format, Interaction, InteractionKind, Limits, NewCommand, NewItem,
    Outcome, ServerEvent, Tree, UiCommand, UiOptions,
};

use crate::pair::{Run, Setup, leaf, outcome, text};
use crate::say::{cmd_ids, codes, others, statuses, values};

fn get(uris: &[&str]) -> NewCommand {
    NewCommand::Get(uris.iter().map(|uri| (*uri).to_owned()).collect())
}

fn delete(uris: &[&str]) -> NewCommand {
    NewCommand::Delete(uris.iter().map(|uri| (*uri).to_owned()).collect())
}

fn item(uri: &str, value: &str) -> NewItem {
    NewItem {
        uri: uri.to_owned(),
        data: text(value),
        format: None,
        mime: None,
    }
}

fn replace(uri: &str, value: &str) -> NewCommand {
    NewCommand::Replace(vec![item(uri, value)])
}

fn ask(interaction: Interaction) -> NewCommand {
    NewCommand::Interaction(UiCommand {
        interaction,
        text: "Now?".to_owned(),
        options: UiOptions::default(),
    })
}

fn confirm() -> NewCommand {
    ask(Interaction::Confirm)
}

fn tree() -> Tree {
    let mut tree = Setup::default().tree;
    for (uri, value) in [("./A/B", "b"), ("./A/C/D", "d"), ("./E", "e")] {
        tree.set(uri, leaf(value)).unwrap();
    }
    tree
}

/// Runs the commands in one message.
fn run(commands: Vec<NewCommand>, outcomes: Vec<Outcome>) -> Run {
    let setup = Setup {
        tree: tree(),
        commands: commands.into_iter().map(|command| (1, command)).collect(),
        outcomes,
        ..Setup::default()
    };
    setup.run()
}

fn value(tree: &Tree, uri: &str) -> Option<String> {
    match tree.find(uri).unwrap() {
        Some(Found::Leaf(node)) => node.data().and_then(Data::as_text).map(str::to_owned),
        Some(Found::Interior(..)) => Some("interior".to_owned()),
        None => None,
    }
}

/// `command.child code`, for each Status that the host is told of.
fn told(run: &Run) -> Vec<String> {
    let say = |event: &ServerEvent| match event {
        ServerEvent::Status {
            code,
            command,
            child,
            item,
            ..
        } => {
            let path: String = child.iter().map(|step| format!(".{step}")).collect();
            let item = item.map(|item| format!("#{item}")).unwrap_or_default();
            Some(format!("{command}{path}{item} {code}"))
        }
        ServerEvent::Unknown { command, .. } => Some(format!("{command} unknown")),
        ServerEvent::Violation { reason } => Some(reason.clone()),
        _ => None,
    };
    run.server_events.iter().filter_map(say).collect()
}

#[test]
fn every_command_does_what_it_says() {
    let run = run(
        vec![
            NewCommand::Add(vec![item("./A/F", "f")]),
            replace("./E", "new"),
            delete(&["./A/C"]),
            get(&["./A", "./E", "./A/F", "."]),
        ],
        vec![],
    );
    assert_eq!(codes(&run.messages[2]), [200, 200, 200, 200, 200]);
    assert_eq!(
        values(&run.messages[2]),
        ["./A=B/F", "./E=new", "./A/F=f", ".=A/DevInfo/E"]
    );
    assert_eq!(value(&run.tree, "./A/C/D"), None);
    assert_eq!(
        run.client_events[..3],
        [
            ("./A/F", By::Add),
            ("./E", By::Replace),
            ("./A/C", By::Delete)
        ]
        .map(|(uri, by)| {
            ClientEvent::Changed {
                uri: uri.to_owned(),
                by,
            }
        })
    );
    assert_eq!(told(&run), ["0 200", "1 200", "2 200", "3 200"]);
}

#[test]
fn an_interior_node_is_answered_with_the_names_of_its_children_and_its_format() {
    let run = run(vec![get(&["./A"])], vec![]);
    let Some(Command::Results(results)) = run.messages[2].commands.last() else {
        panic!("no results")
    };
    let meta = results.items[0].meta.as_ref().unwrap();
    assert_eq!(meta.format.as_deref(), Some("node"));
    assert_eq!(results.items[0].data, text("B/C"));
}

#[test]
fn items_of_one_command_may_fare_differently() {
    let run = run(
        vec![
            NewCommand::Replace(vec![item("./E", "1"), item("./X", "2"), item("./A", "3")]),
            delete(&["./X", "./Y"]),
            get(&["./E", "./X"]),
        ],
        vec![],
    );
    assert_eq!(
        statuses(&run.messages[2]),
        [
            "1/0 SyncHdr 200",
            "1/4 Replace 200 ./E",
            "1/4 Replace 404 ./X",
            "1/4 Replace 405 ./A",
            "1/5 Delete 404",
            "1/6 Get 200 ./E",
            "1/6 Get 404 ./X",
        ]
    );
    assert_eq!(values(&run.messages[2]), ["./E=1"]);
    assert_eq!(
        told(&run),
        [
            "0#0 200", "0#1 404", "0#2 405", "1 404", "2#0 200", "2#1 404"
        ]
    );
}

#[test]
fn octets_come_through_in_both_directions() {
    let octets: Vec<u8> = (0..=255).collect();
    let add = NewItem {
        uri: "./Bin".to_owned(),
        data: Some(Data::Octets(octets.clone())),
        format: None,
        mime: Some("application/octet-stream".to_owned()),
    };
    let run = Setup {
        commands: vec![(1, NewCommand::Add(vec![add])), (2, get(&["./Bin"]))],
        ..Setup::default()
    }
    .run();
    let Some(Found::Leaf(node)) = run.tree.find("./Bin").unwrap() else {
        panic!("no node")
    };
    assert_eq!(node.data(), Some(&Data::Octets(octets)));
    assert_eq!(
        (node.format(), node.mime()),
        (Format::Bin, Some("application/octet-stream"))
    );
    let sent = run.messages[1]
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Add(operation) => operation.items[0].data.clone(),
            _ => None,
        });
    let found = run.messages[4]
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Results(results) => Some(results.items[0].clone()),
            _ => None,
        });
    let found = found.unwrap();
    assert_eq!(found.data, sent, "base64 here and there");
    let meta = found.meta.unwrap();
    assert_eq!(
        (meta.format.as_deref(), meta.mime.as_deref()),
        (Some("b64"), Some("application/octet-stream"))
    );
}

#[test]
fn a_device_may_make_missing_parents() {
    for (implicit_add, code) in [(false, 404), (true, 200)] {
        let run = Setup {
            implicit_add,
            commands: vec![(1, NewCommand::Add(vec![item("./X/Y/Z", "z")]))],
            ..Setup::default()
        }
        .run();
        assert_eq!(codes(&run.messages[2]), [200, code]);
        assert_eq!(value(&run.tree, "./X/Y/Z").is_some(), implicit_add);
    }
}

#[test]
fn a_full_device_says_so() {
    let mut tree = Tree::new(&Limits {
        nodes: 7,
        ..Limits::DEFAULT
    });
    tree.set("./DevInfo/DevId", leaf("x")).unwrap();
    let many = (0..6)
        .map(|at| item(&format!("./N{at}"), "n"))
        .collect::<Vec<_>>();
    let run = Setup {
        tree,
        commands: vec![(1, NewCommand::Add(many))],
        ..Setup::default()
    }
    .run();
    assert_eq!(codes(&run.messages[2]), [200, 200, 200, 200, 200, 420, 420]);
}

#[test]
fn yes_goes_on() {
    let run = run(
        vec![NewCommand::Sequence(vec![confirm(), replace("./E", "1")])],
        vec![outcome(200)],
    );
    assert_eq!(
        statuses(&run.messages[2]),
        [
            "1/0 SyncHdr 200",
            "1/4 Sequence 200",
            "1/5 Alert 200",
            "1/6 Replace 200 ./E"
        ]
    );
    assert_eq!(cmd_ids(&run.messages[1]), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("1"));
    assert_eq!(told(&run), ["0 200", "0.0 200", "0.1 200"]);
}

#[test]
fn no_in_a_sequence_passes_over_the_rest_of_it() {
    let inner = NewCommand::Sequence(vec![replace("./E", "1"), get(&["./E"])]);
    let run = run(
        vec![
            NewCommand::Sequence(vec![get(&["./A/B"]), confirm(), inner, delete(&["./E"])]),
            replace("./A/B", "after"),
        ],
        vec![outcome(304)],
    );
    assert_eq!(
        statuses(&run.messages[2]),
        [
            "1/0 SyncHdr 200",
            "1/4 Sequence 200",
            "1/5 Get 200 ./A/B",
            "1/6 Alert 304",
            "1/7 Sequence 215",
            "1/8 Replace 215",
            "1/9 Get 215",
            "1/10 Delete 215",
            "1/11 Replace 200 ./A/B",
        ]
    );
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("e"));
    assert_eq!(value(&run.tree, "./A/B").as_deref(), Some("after"));
    assert_eq!(values(&run.messages[2]), ["./A/B=b"]);
}

#[test]
fn no_in_an_inner_sequence_leaves_the_outer_one_alone() {
    let inner = NewCommand::Sequence(vec![confirm(), replace("./E", "inner")]);
    let run = run(
        vec![NewCommand::Sequence(vec![inner, replace("./E", "outer")])],
        vec![outcome(304)],
    );
    assert_eq!(codes(&run.messages[2]), [200, 200, 200, 304, 215, 200]);
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("outer"));
}

#[test]
fn no_at_the_top_has_no_effect_on_other_commands() {
    let run = run(vec![confirm(), replace("./E", "1")], vec![outcome(304)]);
    assert_eq!(codes(&run.messages[2]), [200, 304, 200]);
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("1"));
}

#[test]
fn cancelling_passes_over_the_rest_of_the_message() {
    for code in [214, 408] {
        let run = run(
            vec![
                replace("./A/B", "before"),
                NewCommand::Sequence(vec![confirm(), replace("./E", "1")]),
                replace("./E", "2"),
                confirm(),
            ],
            vec![outcome(code)],
        );
        assert_eq!(
            codes(&run.messages[2]),
            [200, 200, 200, code, 215, 215, 215]
        );
        assert_eq!(value(&run.tree, "./E").as_deref(), Some("e"));
        assert_eq!(value(&run.tree, "./A/B").as_deref(), Some("before"));
    }
}

#[test]
fn every_interaction_is_shown_and_its_answer_carried_back() {
    let choose = |multiple| Interaction::Choose {
        choices: vec!["Red".to_owned(), "Green".to_owned()],
        multiple,
    };
    let answer = |data: &[&str]| Outcome::Status {
        status: 200,
        data: data.iter().map(|text| (*text).to_owned()).collect(),
    };
    let run = run(
        vec![
            ask(Interaction::Display),
            ask(Interaction::Input),
            ask(choose(false)),
            ask(choose(true)),
        ],
        vec![
            answer(&[]),
            answer(&["CNN & <co>"]),
            answer(&["2"]),
            answer(&["1", "2"]),
        ],
    );
    assert_eq!(others(&run.messages[1]), ["1100", "1102", "1103", "1104"]);
    assert_eq!(codes(&run.messages[2]), [200; 5]);
    let data: Vec<_> = run
        .server_events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Status { data, .. } => Some(data.join("|")),
            _ => None,
        })
        .collect();
    assert_eq!(data, ["", "CNN & <co>", "2", "1|2"]);
    let shown: Vec<_> = run
        .client_events
        .iter()
        .filter_map(|event| match event {
            ClientEvent::Interaction { ticket, command } => Some((*ticket, command.kind())),
            _ => None,
        })
        .collect();
    assert_eq!(
        shown,
        [
            (1, InteractionKind::Display),
            (2, InteractionKind::Input),
            (3, InteractionKind::Choose),
            (4, InteractionKind::Choose)
        ]
    );
}

#[test]
fn what_the_host_cannot_show_is_answered_406() {
    let run = Setup {
        interactions: vec![InteractionKind::Confirm],
        commands: vec![
            (1, ask(Interaction::Display)),
            (1, ask(Interaction::Input)),
            (1, get(&["./DevInfo/Man"])),
        ],
        ..Setup::default()
    }
    .run();
    assert_eq!(codes(&run.messages[2]), [200, 406, 406, 200]);
}

#[test]
fn a_ticket_takes_only_an_outcome_of_its_own() {
    let setup = Setup {
        commands: vec![(1, confirm())],
        ..Setup::default()
    };
    let mut tree = setup.tree.clone();
    let entropy = crate::pair::entropy(1);
    let env = omadm::Env::new(0, &entropy).unwrap();
    let mut client = setup.device();
    let mut server = omadm::ServerSession::new(setup.server_config());
    let account =
        crate::pair::account(&setup.client, &setup.server, omadm::AccountState::default());
    let request = client.send(&tree, &env).unwrap().unwrap();
    server
        .receive(&omadm::Received::body(&request.body), Some(&account))
        .unwrap();
    server.push(confirm()).unwrap();
    let reply = server.respond(&env).unwrap();
    let received = omadm::Received::body(&reply.body);
    client.receive(&mut tree, &received).unwrap();
    let before = client.save().unwrap();
    let yes_with_data = Outcome::Status {
        status: 200,
        data: vec!["x".to_owned()],
    };
    for (ticket, wrong) in [
        (2, outcome(200)),
        (0, outcome(200)),
        (1, outcome(0)),
        (1, outcome(404)),
        (1, yes_with_data),
    ] {
        let error = client.complete(&mut tree, ticket, &wrong).unwrap_err();
        assert_eq!(error.code(), omadm::Code::Arg);
        assert_eq!(client.save().unwrap(), before);
    }
    assert!(client.receive(&mut tree, &received).is_err());
    client.complete(&mut tree, 1, &outcome(304)).unwrap();
    assert!(client.complete(&mut tree, 1, &outcome(200)).is_err());
}
