//! What package 1 tells of the tree: what has changed since the last session, and what a notification asks for (DM protocol, sections 6.3, 6.8).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{Acl, Owner};
use omadm::{
    AlertCode, ClientEvent, Command, Data, Encoding, Message, Node, ServerEvent, Tree, Trigger,
    Version,
};

use crate::commands::{delete, replace};
use crate::pair::{Host, Setup, leaf};
use crate::peer::{ABORT, Device, Letter, PACKAGE_1, get, of_header, reply, request, trusting};
use crate::say::{codes, others};

/// A tree that several servers share, and what its account knows of it.
fn shared() -> Setup {
    let mut setup = Setup {
        tree_alerts: true,
        ..Setup::default()
    };
    for (uri, value, acl) in [
        ("./A/Seen", "1", ""),
        ("./A/Hidden", "1", "Get=other.example"),
    ] {
        let node = leaf(value).with_acl(Acl::parse(acl).unwrap());
        setup.tree.set(uri, node).unwrap();
    }
    setup.device_state.tree_revision = Some(setup.tree.revision());
    setup
}

/// The alerts on the tree in package 1, with the places that they name.
fn on_tree(message: &Message) -> Vec<(u32, Vec<String>)> {
    let say = |command: &Command| match command {
        Command::Alert(alert) if matches!(alert.code, Some(AlertCode(1227 | 1228))) => {
            let places = alert.items.iter().map(|item| {
                assert!(item.data.is_none() && item.meta.is_none() && item.target.is_none());
                item.source.as_ref().unwrap().uri.clone()
            });
            Some((alert.code.unwrap().0, places.collect()))
        }
        _ => None,
    };
    message.commands.iter().filter_map(say).collect()
}

fn told(events: &[ServerEvent]) -> Vec<String> {
    let say = |event: &ServerEvent| match event {
        ServerEvent::TreeUnchanged => Some("unchanged".to_owned()),
        ServerEvent::TreeChanged { uris } => Some(uris.join(" ")),
        _ => None,
    };
    events.iter().filter_map(say).collect()
}

#[test]
fn package_1_tells_what_others_have_changed_since_the_last_session() {
    type Change = fn(&mut Tree);
    for (change, expected) in [
        ((|_| {}) as Change, Some((1227, vec![]))),
        (
            |tree| tree.set("./A/Seen", leaf("2")).unwrap(),
            Some((1228, vec!["./A/Seen"])),
        ),
        (
            |tree| {
                tree.set(
                    "./A/Hidden",
                    leaf("2").with_acl(Acl::parse("Get=other.example").unwrap()),
                )
                .unwrap()
            },
            None,
        ),
        (
            |tree| {
                tree.set("./B/C", leaf("2")).unwrap();
                tree.set("./B/C", leaf("3")).unwrap();
                assert!(tree.remove("./A/Seen").unwrap());
                let hidden = leaf("2").with_acl(Acl::parse("Get=other.example").unwrap());
                tree.set("./A/Hidden", hidden).unwrap();
            },
            Some((1228, vec!["./A/Seen", "./B", "./B/C"])),
        ),
    ] {
        let mut setup = shared();
        change(&mut setup.tree);
        let run = setup.run();
        let expected: Vec<(u32, Vec<String>)> = expected
            .into_iter()
            .map(|(code, uris)| (code, uris.into_iter().map(str::to_owned).collect()))
            .collect();
        assert_eq!(on_tree(&run.messages[0]), expected);
        let events: Vec<String> = expected
            .iter()
            .map(|(code, uris)| {
                if *code == 1227 {
                    "unchanged".to_owned()
                } else {
                    uris.join(" ")
                }
            })
            .collect();
        assert_eq!(told(&run.server_events), events);
        assert!(codes(&run.messages[1]).iter().all(|code| *code == 200));
        assert_eq!(run.device_state.tree_revision, Some(run.tree.revision()));
    }
}

#[test]
fn what_a_server_has_changed_itself_is_no_news_to_it() {
    let first = Setup {
        commands: vec![(1, replace("./A/Seen", "2")), (2, delete(&["./A/Seen"]))],
        ..shared()
    };
    let run = first.run();
    assert_eq!(run.device_state.tree_revision, Some(run.tree.revision()));
    let next = Setup {
        tree: run.tree.clone(),
        device_state: run.device_state,
        ..shared()
    };
    assert_eq!(on_tree(&next.run().messages[0]), [(1227, vec![])]);
}

#[test]
fn what_the_host_changes_during_a_session_is_news_in_the_next() {
    let setup = shared();
    let mut device = Device::new(&setup);
    device.say();
    let set = "<Replace><CmdID>5</CmdID><Item><Target><LocURI>./A/Seen</LocURI></Target><Data>2</Data></Item></Replace>";
    device.hear(&reply(1, "", set));
    let known = device.tree.revision();
    device.tree.set("./DevInfo/Lang", leaf("de")).unwrap();
    device.say();
    let events = device.hear(&reply(2, "", &of_header(2, 200, "")));
    assert_eq!(events, [ClientEvent::Finished]);
    assert_eq!(device.state().tree_revision, Some(known));
    let next = Setup {
        device_state: device.state(),
        tree: device.tree,
        ..shared()
    };
    let places = vec!["./DevInfo/Lang".to_owned()];
    assert_eq!(on_tree(&next.run().messages[0]), [(1228, places)]);
}

#[test]
fn package_1_tells_nothing_where_it_does_not_know_or_is_not_to() {
    let silent = |setup: &Setup| on_tree(&setup.run().messages[0]).is_empty();
    assert!(!silent(&shared()));
    assert!(silent(&Setup {
        tree_alerts: false,
        ..shared()
    }));
    assert!(silent(&Setup {
        version: Version::V1_2,
        ..shared()
    }));
    let mut unknown = shared();
    unknown.device_state.tree_revision = None;
    assert!(silent(&unknown));
    // From now on it knows.
    let run = unknown.run();
    assert_eq!(run.device_state.tree_revision, Some(run.tree.revision()));
    // The revision of a tree that was put back, or of another.
    let mut ahead = shared();
    ahead.device_state.tree_revision = Some(ahead.tree.revision() + 1);
    assert!(silent(&ahead));
    // More changes than are remembered.
    let mut long = shared();
    for _ in 0..10_001 {
        long.tree.set("./A/Seen", leaf("x")).unwrap();
    }
    assert!(silent(&long));
}

#[test]
fn of_very_many_changes_the_nodes_above_are_told() {
    let mut setup = shared();
    for at in 0..150 {
        setup
            .tree
            .set(&format!("./A/B{}/C{at}", at % 3), leaf("x"))
            .unwrap();
    }
    let run = setup.run();
    let places = ["./A/B0", "./A/B1", "./A/B2"].map(str::to_owned).to_vec();
    assert_eq!(on_tree(&run.messages[0]), [(1228, places)]);
}

#[test]
fn an_aborted_session_leaves_what_the_server_knows_as_it_was() {
    let setup = shared();
    let mut device = Device::new(&setup);
    device.say();
    device.hear(&reply(1, "", ABORT));
    assert_eq!(
        device.state().tree_revision,
        setup.device_state.tree_revision
    );
}

const MOID: &str = "urn:oma:mo:x";

/// A device with three objects, of which the server may read two.
fn with_objects() -> Setup {
    let mut setup = Setup::default();
    for (name, acl) in [
        ("1", ""),
        ("2", "Get=other.example"),
        ("3", "Get=mgmt.example"),
    ] {
        let root = Node::interior(Some(format!("{MOID}:1.{name}")));
        let root = root.with_acl(Acl::parse(acl).unwrap());
        setup.tree.set(&format!("./X/{name}"), root).unwrap();
        setup
            .tree
            .set(&format!("./X/{name}/Value"), leaf(name))
            .unwrap();
        let kept = leaf("kept").owned_by(Owner::Host);
        setup.tree.set(&format!("./X/{name}/Kept"), kept).unwrap();
    }
    setup
}

fn requested(moids: &[&str]) -> Trigger {
    Trigger::Server {
        session_id: 7,
        requested: moids.iter().map(|moid| (*moid).to_owned()).collect(),
    }
}

#[test]
fn package_1_holds_the_objects_that_the_notification_asks_for_and_the_server_may_read() {
    for (moids, roots) in [
        (vec![MOID], vec!["./X/1", "./X/3"]),
        (vec!["urn:oma:mo:x:1.3", MOID], vec!["./X/3", "./X/1"]),
        (vec!["urn:oma:mo:x:1.2"], vec![]),
        (vec!["urn:oma:mo:y"], vec![]),
        (vec![], vec![]),
    ] {
        let setup = Setup {
            trigger: requested(&moids),
            ..with_objects()
        };
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let run = setup.run_at(Host {
                encoding,
                rests: true,
                repeats: true,
            });
            let mut expected = vec!["1200", "Replace"];
            expected.extend(vec!["1229"; roots.len()]);
            assert_eq!(others(&run.messages[0]), expected);
            assert!(codes(&run.messages[1]).iter().all(|code| *code == 200));
            let objects: Vec<_> = run
                .server_events
                .iter()
                .filter_map(|event| match event {
                    ServerEvent::Object { uri, value } => Some((uri.as_str(), value)),
                    _ => None,
                })
                .collect();
            assert_eq!(objects.len(), roots.len());
            for ((uri, value), root) in objects.into_iter().zip(&roots) {
                assert_eq!(uri, *root);
                let [node] = value.as_slice() else {
                    panic!("{value:?}")
                };
                let name = root.rsplit('/').next().unwrap();
                assert_eq!(node.name.as_deref(), Some(name));
                assert_eq!(node.mime, Some(format!("{MOID}:1.{name}")));
                let values: Vec<_> = node
                    .children
                    .iter()
                    .map(|child| child.data.as_ref().and_then(Data::as_text))
                    .collect();
                assert_eq!(values, [Some("kept"), Some(name)]);
            }
        }
    }
    let older = Setup {
        trigger: requested(&[MOID]),
        version: Version::V1_2,
        ..with_objects()
    };
    assert_eq!(others(&older.run().messages[0]), ["1200", "Replace"]);
}

#[test]
fn alerts_on_the_tree_are_answered_by_what_they_hold() {
    let alert = |code: u32, items: &str| {
        format!("<Alert><CmdID>5</CmdID><Data>{code}</Data>{items}</Alert>")
    };
    let source = |uri: &str, rest: &str| {
        format!("<Item><Source><LocURI>{uri}</LocURI></Source>{rest}</Item>")
    };
    let tnds = "<Meta><Format xmlns=\"syncml:metinf\">xml</Format><Type xmlns=\"syncml:metinf\">application/vnd.syncml.dmtnds+xml</Type></Meta>\
        <Data><MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><Value>1</Value></Node></MgmtTree></Data>";
    for (body, code, told) in [
        (alert(1227, ""), 200, 1),
        (alert(1228, &source("./A", "")), 200, 1),
        (alert(1228, "<Item><Data>./A</Data></Item>"), 200, 1),
        (alert(1228, ""), 412, 0),
        (alert(1228, "<Item/>"), 412, 0),
        (
            alert(1228, &[source("./A", ""), "<Item/>".to_owned()].concat()),
            412,
            1,
        ),
        (alert(1228, &source("/A", "")), 412, 0),
        (alert(1229, &source("./A", tnds)), 200, 1),
        (alert(1229, ""), 412, 0),
        (alert(1229, &source("./A", "")), 412, 0),
        (
            alert(1229, &source("./A", tnds).replace("Source", "Target")),
            412,
            0,
        ),
        (
            alert(
                1229,
                &source("./A", &tnds.replace("dmtnds+xml", "dmddf+xml")),
            ),
            415,
            0,
        ),
        (
            alert(1229, &source("./A", &tnds.replace("NodeName", "Nodename"))),
            400,
            0,
        ),
        (
            alert(1229, &[source("./A", tnds), source("./B", "")].concat()),
            412,
            1,
        ),
    ] {
        let mut desk = trusting();
        let letter = Letter {
            ver_proto: "DM/1.3",
            ..request(1, "", "")
        };
        let package = format!("{PACKAGE_1}{body}");
        let heard = desk.hear(&Letter {
            body: &package,
            ..letter.clone()
        });
        assert_eq!(codes(&heard.message)[3], code, "{body}");
        let events = heard.events.iter().filter(|event| {
            matches!(
                event,
                ServerEvent::Object { .. }
                    | ServerEvent::TreeChanged { .. }
                    | ServerEvent::TreeUnchanged
            )
        });
        assert_eq!(events.count(), told, "{body}");

        // There are none before DM 1.3.
        let older = trusting().hear(&request(1, "", &package));
        assert_eq!(codes(&older.message)[3], 406);
        assert_eq!(older.events.len(), 2);
        // Nor behind package 1.
        let mut desk = trusting();
        desk.server.push(get("./A")).unwrap();
        desk.hear(&Letter {
            body: PACKAGE_1,
            ..letter.clone()
        });
        let late = desk.hear(&Letter {
            msg_id: 2,
            body: &body,
            ..letter
        });
        assert_eq!(codes(&late.message)[1], 406);
    }
}

#[test]
fn who_starts_a_session_is_told_at_both_ends() {
    for (trigger, code, session) in [
        (Trigger::Client, "1201", None),
        (requested(&[]), "1200", Some("7")),
    ] {
        let run = Setup {
            trigger,
            ..Setup::default()
        }
        .run();
        assert_eq!(others(&run.messages[0])[0], code);
        if let Some(session) = session {
            assert_eq!(run.messages[0].header.session_id, session);
        }
        let by = run.server_events.iter().find_map(|event| match event {
            ServerEvent::Started { initiated_by, .. } => Some(format!("{initiated_by:?}")),
            _ => None,
        });
        assert_eq!(
            by.as_deref(),
            Some(if code == "1201" { "Client" } else { "Server" })
        );
    }
}
