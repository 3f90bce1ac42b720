//! What servers ask and what becomes of it: values, and what is of several items (DM protocol, chapter 6).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{By, Found};
use omadm::{
    ClientEvent, Command, Data, Format, Interaction, Limits, NewCommand, NewItem, Outcome,
    ServerEvent, Tree, UiCommand, UiOptions,
};

use crate::pair::{Run, Setup, leaf, text};
use crate::say::{codes, statuses, values};

pub(crate) fn get(uris: &[&str]) -> NewCommand {
    NewCommand::Get(uris.iter().map(|uri| (*uri).to_owned()).collect())
}

pub(crate) fn delete(uris: &[&str]) -> NewCommand {
    NewCommand::Delete(uris.iter().map(|uri| (*uri).to_owned()).collect())
}

pub(crate) fn item(uri: &str, value: &str) -> NewItem {
    NewItem {
        uri: uri.to_owned(),
        data: text(value),
        format: None,
        mime: None,
    }
}

pub(crate) fn replace(uri: &str, value: &str) -> NewCommand {
    NewCommand::Replace(vec![item(uri, value)])
}

pub(crate) fn add(uri: &str, value: &str) -> NewCommand {
    NewCommand::Add(vec![item(uri, value)])
}

pub(crate) fn ask(interaction: Interaction) -> NewCommand {
    NewCommand::Interaction(UiCommand {
        interaction,
        text: "Now?".to_owned(),
        options: UiOptions::default(),
    })
}

pub(crate) fn confirm() -> NewCommand {
    ask(Interaction::Confirm)
}

pub(crate) fn tree() -> Tree {
    let mut tree = Setup::default().tree;
    for (uri, value) in [("./A/B", "b"), ("./A/C/D", "d"), ("./E", "e")] {
        tree.set(uri, leaf(value)).unwrap();
    }
    tree
}

/// Runs the commands in one message.
pub(crate) fn run(commands: Vec<NewCommand>, outcomes: Vec<Outcome>) -> Run {
    let setup = Setup {
        tree: tree(),
        commands: commands.into_iter().map(|command| (1, command)).collect(),
        outcomes,
        ..Setup::default()
    };
    setup.run()
}

pub(crate) fn value(tree: &Tree, uri: &str) -> Option<String> {
    match tree.find(uri).unwrap() {
        Some(Found::Leaf(node)) => node.data().and_then(Data::as_text).map(str::to_owned),
        Some(Found::Interior(..)) => Some("interior".to_owned()),
        None => None,
    }
}

/// `command.child code`, for each Status that the host is told of.
pub(crate) fn told(run: &Run) -> Vec<String> {
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
