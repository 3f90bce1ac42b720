//! Work on instances, counted in steps: what concerns many of them costs each alike but for a logarithm.

use crate::dm2::{Dialect, MoDocument};
use crate::limits::Limits;
use crate::status::StatusCode;
use crate::steps::{Family, count, need_even_cost};
use crate::syncml::{Atomic, Command, Data, Format, Item, Meta, Operation};
use crate::tree::{
    Access, Acl, Actor, Execution, Fetched, HostValues, ImplicitAdd, Node, Owner, Progress,
    Reading, Removal, Requester, Storing, Terms, Tree, Verdict, Written,
};

const M: &str = "urn:oma:mo:x-pump:1.0";
const DACMO: &str = "urn:oma:mo:oma-dm-dacmo:1.0";
const DMACC: &str = "urn:oma:mo:oma-dm-dmacc:1.2";

fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap()
}

fn of(moid: &str) -> Node {
    Node::interior(Some(moid.to_owned()))
}

/// So many instances with a leaf each.
fn pumps(size: usize) -> Tree {
    let mut tree = Tree::new(&Limits::UNBOUNDED);
    for at in 0..size {
        tree.set(&format!("./Pump/p{at:06}"), of(M)).unwrap();
        tree.set(&format!("./Pump/p{at:06}/Mode"), leaf("v"))
            .unwrap();
    }
    tree
}

/// The same where the leaves are the host's.
fn hosted(size: usize) -> Tree {
    let mut tree = pumps(size);
    for at in 0..size {
        let uri = format!("./Pump/p{at:06}/Mode");
        tree.set(&uri, leaf("v").owned_by(Owner::Host)).unwrap();
    }
    tree
}

/// The same, to which one server has all rights; so many other servers have accounts that grant them the object.
fn controlled(size: usize) -> Tree {
    let mut tree = pumps(size);
    for at in 0..size {
        let uri = format!("./DACMO/d{at:06}");
        tree.set(&uri, of(DACMO)).unwrap();
        for (name, value) in [
            ("MOID", M),
            ("MIID", &*format!("p{at:06}")),
            ("Owner", "one"),
            ("Rights/1/SrvID", "one"),
            ("Rights/1/Mask", "RWXD"),
        ] {
            tree.set(&format!("{uri}/{name}"), leaf(value)).unwrap();
        }
        let uri = format!("./DMAcc/a{at:06}");
        tree.set(&uri, of(DMACC)).unwrap();
        tree.set(&format!("{uri}/SrvID"), leaf(&format!("s{at:06}")))
            .unwrap();
        tree.set(&format!("{uri}/Perm/1/MOID"), leaf(M)).unwrap();
    }
    tree
}

fn requester(granted: &[String]) -> Requester<'_> {
    Requester {
        server: "one",
        dialect: Dialect::Approved,
        objects: Some(granted),
        epoch: Some(7),
        now: Some(0),
    }
}

fn access<'a>(tree: &Tree, granted: &'a [String]) -> Access<'a> {
    Access::of(tree, requester(granted))
}

/// Stores so many items, each as `item` has it.
fn store(tree: &mut Tree, size: usize, item: impl Fn(usize) -> String) -> usize {
    let items: Vec<String> = (0..size).map(item).collect();
    let text = format!("[{}]", items.join(","));
    let document = MoDocument::decode(text.as_bytes(), &Limits::UNBOUNDED).unwrap();
    let granted = [M, DACMO, DMACC].map(str::to_owned);
    let (values, written) = (HostValues::new(), Written::new());
    count(|| {
        let access = access(tree, &granted);
        let stored = access.store(tree, Fetched::Mo(&document), None, &values, &written);
        let Ok(Storing::Done { created, .. }) = stored else {
            panic!("{stored:?}")
        };
        assert_eq!(created.len(), size);
    })
}

fn added(at: usize) -> String {
    format!(r#"{{"ClientURI":"{M}/new{at}/","MOData":{{"Pump":{{"Mode":"x"}}}}}}"#)
}

/// What is asked of the host where nothing is known.
fn asked(size: usize, uri: &str) -> usize {
    let tree = hosted(size);
    let granted = [M.to_owned()];
    count(|| {
        let found = access(&tree, &granted).read(&tree, uri, &HostValues::new());
        let Ok(Reading::Ask(calls)) = found else {
            panic!("{found:?}")
        };
        assert_eq!(calls.len(), size);
    })
}

/// What a server of DM 1.x does in one command to a tree in which everybody may do everything.
fn by_dm_1(
    mut tree: Tree,
    server: &str,
    command: fn(Operation) -> Command,
    items: impl IntoIterator<Item = Item>,
) -> usize {
    let list = Acl::parse("Add=*&Delete=*&Get=*&Replace=*").unwrap();
    tree.set(".", Node::interior(None).with_acl(list)).unwrap();
    let command = command(Operation {
        cmd_id: Some("1".to_owned()),
        items: items.into_iter().collect(),
        ..Operation::default()
    });
    let (steps, codes) = executed(tree, server, &[command]);
    assert!(
        codes.iter().all(|code| *code == StatusCode::OK),
        "{codes:?}"
    );
    steps
}

/// The steps of commands, and their statuses.
fn executed(mut tree: Tree, server: &str, commands: &[Command]) -> (usize, Vec<StatusCode>) {
    let terms = Terms {
        actor: Actor {
            server,
            now: Some(0),
        },
        implicit_add: ImplicitAdd::No,
        alert: &|_| Verdict::Ask,
        fits: &|_| true,
        settled: &|_, _| None,
        takes: &|_, _| true,
    };
    let mut execution = Execution::new();
    let steps = count(|| {
        let done = execution.run(commands, &mut tree, &terms, &mut Vec::new());
        assert_eq!(done.unwrap(), Progress::Done);
    });
    let codes = execution.answers().iter().map(|one| one.code);
    (steps, codes.collect())
}

/// So many items with a value, each as `uri` has it.
fn items(size: usize, value: &str, uri: impl Fn(usize) -> String) -> Vec<Item> {
    let item = |at| Item {
        data: Some(Data::Text(value.to_owned())),
        ..Item::at(uri(at))
    };
    (0..size).map(item).collect()
}

/// So many items with an object.
fn objects(size: usize, moid: &str, uri: impl Fn(usize) -> String) -> Vec<Item> {
    let typed = |item| Item {
        meta: Some(Meta::of("node", moid)),
        data: None,
        ..item
    };
    items(size, "", uri).into_iter().map(typed).collect()
}

/// Many instances with their access control and accounts, and subscriptions to some.
fn watched(size: usize) -> Tree {
    let mut tree = controlled(size);
    let granted = [M.to_owned()];
    for at in (0..size).step_by(16) {
        let access = access(&tree, &granted);
        let uri = format!("{M}/p{at:06}/Mode");
        let done = access.subscribe(&mut tree, "https://a.example/", &uri, &HostValues::new());
        assert_eq!(done, Ok(None));
    }
    tree
}

const BY_DM_1: [Family; 9] = [
    ("groups that fail", |size| {
        let mut tree = controlled(size);
        let list = Acl::parse("Add=*&Delete=*&Get=*&Replace=*").unwrap();
        tree.set(".", Node::interior(None).with_acl(list)).unwrap();
        let group = |at: usize| {
            let operation = |id: usize, uri: &str, value: &str| Operation {
                cmd_id: Some((at * 5 + 5 + id).to_string()),
                items: items(1, value, |_| uri.to_owned()),
                ..Operation::default()
            };
            let mask = format!("./DACMO/d{:06}/Rights/1/Mask", at + 1);
            let own = format!("./Pump/p{at:06}");
            Command::Atomic(Atomic {
                cmd_id: Some((at * 5 + 5).to_string()),
                commands: vec![
                    Command::Replace(operation(1, &format!("{own}/Mode"), "w")),
                    Command::Replace(operation(2, &mask, "RX")),
                    Command::Delete(operation(3, &own, "")),
                    Command::Delete(operation(4, "./Nope", "")),
                ],
                ..Atomic::default()
            })
        };
        let groups: Vec<Command> = (0..size - 1).map(group).collect();
        let (steps, codes) = executed(tree, "one", &groups);
        let failed = codes.iter().filter(|code| **code == StatusCode::NOT_FOUND);
        assert_eq!(failed.count(), size - 1);
        steps
    }),
    ("additions to an account", |size| {
        let mut tree = controlled(size);
        tree.set("./DMAcc/a000000/Ext", Node::interior(None))
            .unwrap();
        let added = items(size, "v", |at| format!("./DMAcc/a000000/Ext/{at:06}"));
        by_dm_1(tree, "one", Command::Add, added)
    }),
    ("keys of an account", |size| {
        let mut tree = controlled(size);
        tree.set("./DMAcc/a000000/Auth", Node::interior(None))
            .unwrap();
        let added = items(size, "v", |at| format!("./DMAcc/a000000/Auth/{at:06}"));
        by_dm_1(tree, "s000000", Command::Add, added)
    }),
    ("titles of the root", |size| {
        let titles = items(size, "v", |_| ".?prop=Title".to_owned());
        by_dm_1(controlled(size), "one", Command::Replace, titles)
    }),
    ("rights", |size| {
        let masks = items(size, "RX", |at| format!("./DACMO/d{at:06}/Rights/1/Mask"));
        by_dm_1(controlled(size), "one", Command::Replace, masks)
    }),
    ("values between rights", |size| {
        let mut mixed = items(size, "RX", |at| format!("./DACMO/d{at:06}/Rights/1/Mask"));
        mixed.extend(items(size, "v", |at| format!("./Pump/p{at:06}/Mode")));
        mixed.rotate_left(size / 2);
        by_dm_1(controlled(size), "one", Command::Replace, mixed)
    }),
    ("instances that come", |size| {
        let added = objects(size, M, |at| format!("./Pump/n{at:06}"));
        by_dm_1(watched(size), "one", Command::Add, added)
    }),
    ("instances that go", |size| {
        let gone = items(size, "", |at| format!("./Pump/p{at:06}"));
        by_dm_1(watched(size), "one", Command::Delete, gone)
    }),
    ("instances of one name", |size| {
        let mut tree = controlled(size);
        for at in 0..size {
            tree.set(&format!("./N{at:06}"), Node::interior(None))
                .unwrap();
        }
        let added = objects(size, M, |at| format!("./N{at:06}/same"));
        by_dm_1(tree, "one", Command::Add, added)
    }),
];

const FAMILIES: [Family; 16] = [
    ("removing one after the other", |size| {
        let mut tree = controlled(size);
        let (granted, mut seen) = ([M.to_owned()], None);
        count(|| {
            for at in 0..size {
                let access = Access::again(&tree, requester(&granted), &mut seen);
                let uri = format!("{M}/p{at:06}/Mode");
                let gone = access.delete(&mut tree, &uri, &HostValues::new());
                assert!(matches!(gone, Ok(Removal::Done(_))), "{gone:?}");
            }
        })
    }),
    ("subscriptions that are due", |size| {
        let mut tree = pumps(size);
        let (granted, mut seen) = ([M.to_owned()], None);
        for at in 0..size {
            let access = Access::again(&tree, requester(&granted), &mut seen);
            let uri = format!("{M}/p{at:06}/Mode");
            let done = access.subscribe(&mut tree, "https://a.example/", &uri, &HostValues::new());
            assert_eq!(done, Ok(None));
        }
        for at in 0..size {
            let uri = format!("./Pump/p{at:06}/Mode");
            tree.set(&uri, leaf("w")).unwrap();
        }
        count(|| {
            assert_eq!(tree.due(0, None, |_| None).next, Some(1_000));
            assert_eq!(tree.due(1_000, None, |_| None).puts.len(), size);
        })
    }),
    ("new instances", |size| {
        store(&mut Tree::new(&Limits::UNBOUNDED), size, added)
    }),
    ("new instances beside others", |size| {
        store(&mut pumps(size), size, added)
    }),
    ("new instances with their access control", |size| {
        store(&mut controlled(size), size, added)
    }),
    ("new accounts", |size| {
        store(&mut controlled(1), size, |at| {
            format!(
                r#"{{"ClientURI":"{DMACC}/new{at}/","MOData":{{"DMAcc":{{"SrvID":"t{at}"}}}}}}"#
            )
        })
    }),
    ("new instances of as many objects", |size| {
        let granted: Vec<String> = (0..size).map(|at| format!("x-{at}/y")).collect();
        let mut tree = Tree::new(&Limits::UNBOUNDED);
        for (at, moid) in granted.iter().enumerate() {
            tree.set(&format!("./H{at}/old"), of(moid)).unwrap();
        }
        let items = granted.iter().map(|moid| {
            let moid = moid.replace('/', "%2F");
            format!(r#"{{"ClientURI":"{moid}/new/","MOData":{{"X":{{"Mode":"x"}}}}}}"#)
        });
        let text = format!("[{}]", items.collect::<Vec<_>>().join(","));
        let document = MoDocument::decode(text.as_bytes(), &Limits::UNBOUNDED).unwrap();
        let (values, written) = (HostValues::new(), Written::new());
        count(|| {
            let access = access(&tree, &granted);
            let stored = access.store(&mut tree, Fetched::Mo(&document), None, &values, &written);
            assert!(matches!(stored, Ok(Storing::Done { .. })), "{stored:?}");
        })
    }),
    ("changed instances", |size| {
        store(&mut pumps(size), size, |at| {
            format!(r#"{{"ClientURI":"{M}/p{at:06}/Mode","MOData":{{"Mode":"x"}}}}"#)
        })
    }),
    ("delegations", |size| {
        store(&mut controlled(size), size, |at| {
            format!(
                r#"{{"ClientURI":"{DACMO}/d{at:06}/Rights","MOData":{{"Rights":{{"1":{{"SrvID":"one","Mask":"RWXD"}},"2":{{"SrvID":"s{at:06}","Mask":"R"}}}}}}}}"#
            )
        })
    }),
    ("values of the host", |size| {
        asked(size, &format!("{M}/*/Mode"))
    }),
    ("conditions on values of the host", |size| {
        asked(size, &format!("{M}/(x)/?nv=(x)/Mode:w"))
    }),
    ("validators", |size| {
        let tree = pumps(size);
        let granted = [M.to_owned()];
        count(|| {
            let access = access(&tree, &granted);
            let found = access.read(&tree, &format!("{M}/*/"), &HostValues::new());
            let Ok(Reading::Found(items)) = found else {
                panic!("{found:?}")
            };
            assert!(items.iter().all(|item| item.cv.is_some()) && items.len() == size);
        })
    }),
    ("objects at rest", |size| {
        let mut tree = pumps(size);
        let (saved, revision) = (tree.save().unwrap(), tree.revision());
        for at in 0..size {
            let uri = format!("./Pump/p{at:06}/Mode");
            tree.set(&uri, leaf("w")).unwrap();
        }
        count(|| {
            let delta = tree.save_since(revision).unwrap().unwrap();
            let restored = Tree::restore(&saved, &[&delta], &Limits::UNBOUNDED).unwrap();
            let again = restored.save().unwrap();
            Tree::restore(&again, &[], &Limits::UNBOUNDED).unwrap()
        })
    }),
    ("objects that come and go", |size| {
        let mut tree = pumps(size);
        for at in 0..size {
            let uri = format!("./Pump/p{at:06}");
            assert!(tree.remove(&uri).unwrap());
            tree.set(&uri, of(M)).unwrap();
        }
        count(|| tree.save().unwrap())
    }),
    ("removing all", |size| {
        let mut tree = controlled(size);
        let granted = [M.to_owned()];
        count(|| {
            let access = access(&tree, &granted);
            let gone = access.delete(&mut tree, &format!("{M}/*/"), &HostValues::new());
            assert!(matches!(gone, Ok(Removal::Done(_))), "{gone:?}");
            assert!(tree.find("./DACMO/d000000").unwrap().is_none());
        })
    }),
    ("fresh data", |size| {
        let mut tree = pumps(size);
        for at in 0..size {
            tree.set(&format!("./Pump/p000000/{at:06}"), leaf("v"))
                .unwrap();
        }
        let granted = [M.to_owned()];
        let cv = tree.validator(7, "Pump/p000000").unwrap();
        count(|| {
            let (access, none) = (access(&tree, &granted), HostValues::new());
            let mut reader = access.reader(&tree, &none);
            for _ in 0..size {
                let found = reader.read(&format!("{M}/p000000/?cv={cv}"));
                assert!(matches!(found, Ok(Reading::Fresh)), "{found:?}");
            }
        })
    }),
];

#[test]
fn what_a_server_may_do_is_kept_only_where_it_is_the_same() {
    let mut tree = controlled(3);
    tree.set("./Pump/p000002/In", of(M)).unwrap();
    tree.set("./DMAcc/a000000/SrvID", leaf("one")).unwrap();
    let granted = [M, DACMO, DMACC].map(str::to_owned);
    let mut seen = None;
    // What is removed, and whether nothing else has changed by it.
    for (uri, is_kept) in [
        (format!("{M}/p000000/Mode"), true),
        (format!("{DACMO}/d000000/Rights/1"), false),
        (format!("{M}/p000001/"), false),
        (format!("{M}/p000002/Mode"), true),
        (format!("{M}/p000002/"), false),
    ] {
        let access = Access::again(&tree, requester(&granted), &mut seen);
        let gone = access.delete(&mut tree, &uri, &HostValues::new());
        if uri.ends_with("p000002/") {
            // The one inside has no access control object.
            assert_eq!(gone, Err(StatusCode::FORBIDDEN));
            continue;
        }
        assert!(matches!(gone, Ok(Removal::Done(_))), "{uri}: {gone:?}");
        let root = tree.root();
        assert_eq!(access.is_of(root), is_kept, "{uri}");
        let again = Access::again(&tree, requester(&granted), &mut seen);
        let anew = self::access(&tree, &granted);
        assert_eq!(again.supported(), anew.supported(), "{uri}");
        for path in tree.paths("") {
            assert_eq!(again.rights_at(&path), anew.rights_at(&path), "{path}");
        }
    }
}

#[test]
fn what_wildcards_lead_past_in_one_command_is_bounded() {
    let mut tree = pumps(400);
    for at in 0..400 {
        tree.set(&format!("./Pump/p000000/{at:06}"), leaf("v"))
            .unwrap();
    }
    let (granted, none) = ([M.to_owned()], HostValues::new());
    let access = access(&tree, &granted);
    for (uri, each) in [
        (format!("{M}/*/Nope"), 800),
        (format!("{M}/(x)/?nv=(x)/Mode:nope"), 800),
        (format!("{M}/(x)/?nv=(x)/Mode:v&nv=(x)/Mode:nope"), 1_200),
        (format!("{M}/p000000/*/Nope"), 803),
    ] {
        let mut reader = access.reader(&tree, &none);
        let mut read = || reader.read(&uri).unwrap_err();
        let fine = (0..3_000).take_while(|_| read() == StatusCode::NOT_FOUND);
        let fine = fine.count();
        assert_eq!(fine, 1_000_000 / each, "{uri}");
        assert_eq!(read(), StatusCode::TOO_LARGE);
        // The next command begins anew.
        let again = access.reader(&tree, &none).read(&uri);
        assert_eq!(again.unwrap_err(), StatusCode::NOT_FOUND);
    }
}

#[test]
fn many_instances_cost_each_alike() {
    need_even_cost(&FAMILIES, [100, 800], 100);
}

#[test]
fn items_of_dm_1_cost_each_alike() {
    need_even_cost(&BY_DM_1, [100, 800], 100);
}
