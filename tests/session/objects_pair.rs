//! Large objects between a server and a device of ours, in both encodings, at rest and repeated (catalogue group L).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    ClientEvent, Data, Format, Limits, NewCommand, NewItem, Node, ServerEvent, StatusCode,
};

use crate::pair::{Host, Run, Setup, leaf, text};
use crate::peer::get;
use crate::phone::ENCODINGS;

fn add(uri: &str, data: Data, format: Option<Format>) -> NewCommand {
    NewCommand::Add(vec![NewItem {
        uri: uri.to_owned(),
        data: Some(data),
        format,
        mime: None,
    }])
}

/// Both sides take messages of so many octets.
fn setup(octets: u32) -> Setup {
    Setup {
        limits: Limits {
            bytes: octets,
            ..Limits::DEFAULT
        },
        ..Setup::default()
    }
}

/// Runs in both encodings, which cut differently, as hosts would that rest and repeat or do not.
fn run(mut setup: Setup, commands: Vec<NewCommand>) -> [Run; 2] {
    setup.commands = commands.into_iter().map(|command| (1, command)).collect();
    ENCODINGS.map(|encoding| {
        let run = |rests, repeats| {
            setup.run_at(Host {
                encoding,
                rests,
                repeats,
            })
        };
        let plain = run(false, false);
        for (rests, repeats) in [(true, false), (false, true), (true, true)] {
            let other = run(rests, repeats);
            assert!(other.bodies == plain.bodies);
            assert_eq!(other.server_events, plain.server_events);
            assert_eq!(other.client_events, plain.client_events);
            assert_eq!(other.tree, plain.tree);
        }
        for body in &plain.bodies {
            assert!(body.len() <= setup.limits.bytes as usize);
        }
        plain
    })
}

/// The same, once in each encoding.
pub(crate) fn run_all(setup: &Setup) -> [Run; 2] {
    ENCODINGS.map(|encoding| {
        setup.run_at(Host {
            encoding,
            rests: true,
            repeats: false,
        })
    })
}

fn codes(run: &Run) -> Vec<(u32, Vec<u32>, u16)> {
    let codes = run.server_events.iter().filter_map(|event| match event {
        ServerEvent::Status {
            command,
            child,
            code,
            ..
        } => Some((*command, child.clone(), code.0)),
        _ => None,
    });
    codes.collect()
}

fn value(run: &Run, uri: &str) -> Option<Data> {
    match run.tree.find(uri).unwrap()? {
        omadm::tree::Found::Leaf(node) => node.data().cloned(),
        _ => None,
    }
}

#[test]
fn l01_l14_l16_values_of_any_kind_come_to_the_device() {
    let long = "a€<&\r".repeat(500);
    let octets: Vec<u8> = (0..4000u32).map(|octet| (octet * 7) as u8).collect();
    let markup = format!("<a>{}</a>", "x&amp;y".repeat(400));
    for size in [1500, 2500] {
        for run in run(
            setup(size),
            vec![
                add("./Text", Data::Text(long.clone()), None),
                add("./Bin", Data::Octets(octets.clone()), Some(Format::Bin)),
                add("./Xml", Data::Markup(markup.clone()), Some(Format::Xml)),
                get("./DevInfo/Man"),
            ],
        ) {
            let all: Vec<u16> = codes(&run).into_iter().map(|(_, _, code)| code).collect();
            assert_eq!(all, [200; 4], "{:?}", run.server_events);
            assert_eq!(value(&run, "./Text"), text(&long));
            assert_eq!(value(&run, "./Bin"), Some(Data::Octets(octets.clone())));
            assert_eq!(value(&run, "./Xml"), Some(Data::Markup(markup.clone())));
            let is_progress = |event: &&ClientEvent| matches!(event, ClientEvent::Progress { .. });
            assert!(run.client_events.iter().filter(is_progress).count() > 3);
        }
    }
}

#[test]
fn l24_values_of_any_kind_come_to_the_server() {
    let mut setup = setup(1500);
    let long = "a€<&\r".repeat(400);
    setup.tree.set("./Text", leaf(&long)).unwrap();
    setup.tree.set("./Small", leaf("v")).unwrap();
    for run in run(setup, vec![get("./Small"), get("./Text"), get("./Small")]) {
        let found: Vec<Option<Data>> = run
            .server_events
            .iter()
            .filter_map(|event| match event {
                ServerEvent::Results { items, .. } => Some(items),
                _ => None,
            })
            .flatten()
            .map(|item| item.data.clone())
            .collect();
        assert_eq!(found, [text("v"), text(&long), text("v")]);
    }
}

#[test]
fn l24_octets_come_to_the_server() {
    let octets: Vec<u8> = (0..9000u32).map(|octet| (octet * 7) as u8).collect();
    let mut setup = setup(1500);
    let node = Node::leaf(Format::Bin, None, Some(Data::Octets(octets.clone()))).unwrap();
    setup.tree.set("./Bin", node).unwrap();
    for run in run(setup, vec![get("./Bin")]) {
        let found = run.server_events.iter().find_map(|event| match event {
            ServerEvent::Results { items, .. } => items[0].data.clone(),
            _ => None,
        });
        let found = match found.unwrap() {
            Data::Octets(found) => found,
            Data::Text(text) => {
                use base64ct::Encoding as _;
                base64ct::Base64::decode_vec(&text).unwrap()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(found, octets);
    }
}

#[test]
fn a_group_with_a_large_object_is_all_or_nothing() {
    let long = "v".repeat(5000);
    let group = |uri: &str| {
        vec![
            add("./B", Data::Text("b".to_owned()), None),
            add(uri, Data::Text(long.clone()), None),
        ]
    };
    for (uri, expected) in [("./A", [200, 200, 200]), ("./DevInfo/Man", [507, 216, 418])] {
        for run in run(setup(1500), vec![NewCommand::Atomic(group(uri))]) {
            assert_eq!(
                codes(&run),
                [
                    (0, vec![], expected[0]),
                    (0, vec![0], expected[1]),
                    (0, vec![1], expected[2])
                ]
            );
            assert_eq!(value(&run, "./B").is_some(), expected[0] == 200);
        }
    }
    for run in run(setup(1500), vec![NewCommand::Sequence(group("./A"))]) {
        assert_eq!(codes(&run).len(), 3);
        assert_eq!(value(&run, "./A"), text(&long));
    }
}

#[test]
fn l17_the_device_says_how_large_an_object_may_be() {
    for (octets, expected) in [(5000, Some(StatusCode::OK)), (5001, None)] {
        let setup = Setup {
            max_obj_size: Some(5000),
            ..setup(1500)
        };
        for run in run(
            setup,
            vec![add("./A", Data::Text("v".repeat(octets)), None)],
        ) {
            let code = codes(&run).first().map(|(_, _, code)| StatusCode(*code));
            assert_eq!(code, expected, "{:?}", run.server_events);
            assert_eq!(value(&run, "./A").is_some(), expected.is_some());
        }
    }
}
