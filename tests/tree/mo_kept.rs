//! Change validators over the rest of a tree: the same before and behind it, and none twice for different contents.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::collections::BTreeMap;

use omadm::tree::{Found, HostValues, Reading};
use omadm::{Limits, Node, Tree};

use crate::client_uri::{D, M, object};
use crate::desk::{DESK, group, leaf, open, replace};
use crate::mo::{SERVER, access, device, whole};
use crate::mo_access::control;

const EPOCH: u64 = 0x5f;
/// How many changes a tree remembers.
const REMEMBERED: u32 = 10_000;
/// Where objects are or may be, and nodes that are none.
const PATHS: [&str; 7] = [
    "Pump/north",
    "Pump/south",
    "Pump/east",
    "DevInfo",
    "Pump",
    "Pump/north/Run",
    "Pump/south/Run/1",
];

fn cv(tree: &Tree, path: &str) -> Option<String> {
    tree.validator(EPOCH, path)
}

fn restored(full: &[u8], deltas: &[Vec<u8>]) -> Tree {
    let deltas: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
    Tree::restore(full, &deltas, &Limits::DEFAULT).unwrap()
}

/// Whether GET says that nothing has changed.
fn is_fresh(tree: &Tree, uri: &str, cv: &str) -> bool {
    let found = access(tree).read(tree, &whole(&format!("{uri}?cv={cv}")), &HostValues::new());
    match found {
        Ok(Reading::Fresh) => true,
        Ok(Reading::Found(_)) => false,
        other => panic!("{other:?}"),
    }
}

/// The nodes at and below a path, with all that a reader may see.
fn contents(tree: &Tree, path: &str) -> Vec<String> {
    let entries = tree.entries(&format!("./{path}")).unwrap();
    let shown = |uri: String| {
        let node = match tree.find(&uri).unwrap().unwrap() {
            Found::Leaf(node) | Found::Interior(node, _) => node,
        };
        format!("{uri} {:?} {:?} {}", node.mime(), node.data(), node.title())
    };
    entries.into_iter().map(shown).collect()
}

#[test]
fn d65_a_validator_is_the_same_behind_a_rest() {
    let mut tree = device();
    tree.set("./Pump/north/Mode", leaf("eco")).unwrap();
    tree.set("./DevInfo/Lang", leaf("en")).unwrap();
    let all =
        |tree: &Tree| ["Pump/north", "Pump/south", "DevInfo"].map(|path| cv(tree, path).unwrap());
    let (full, known) = (tree.save().unwrap(), all(&tree));
    let mut back = restored(&full, &[]);
    assert_eq!(all(&back), known);
    for (uri, cv) in ["M/north/", "M/south/", "D//"].into_iter().zip(&known) {
        assert!(is_fresh(&back, uri, cv), "{uri}");
    }
    // What changes behind it has another one; it alone.
    back.set("./Pump/north/Run/1/State", leaf("hot")).unwrap();
    assert!(!is_fresh(&back, "M/north/", &known[0]));
    assert_eq!(all(&back)[1..], known[1..]);
    // The same with what has changed since.
    let mut deltas = Vec::new();
    for (uri, at) in [
        ("./Pump/south/Mode", 1),
        ("./DevInfo/Man", 2),
        ("./Pump/south/Mode", 1),
    ] {
        let (before, revision) = (all(&tree), tree.revision());
        tree.set(uri, leaf(uri)).unwrap();
        deltas.push(tree.save_since(revision).unwrap().unwrap());
        let back = restored(&full, &deltas);
        let (now, paths) = (all(&back), ["M/north/", "M/south/", "D//"]);
        assert_eq!(now, all(&tree), "{uri}");
        assert!(!is_fresh(&back, paths[at], &before[at]), "{uri}");
        for (path, cv) in paths.into_iter().zip(&now) {
            assert!(is_fresh(&back, path, cv), "{uri} {path}");
        }
    }
    // At rest again, it is known still.
    let back = restored(&full, &deltas);
    assert_eq!(all(&restored(&back.save().unwrap(), &[])), all(&tree));
}

#[test]
fn d65_objects_are_told_apart_over_a_rest_wherever_they_go() {
    let mut tree = device();
    let full = tree.save().unwrap();
    let mut deltas = Vec::new();
    let mut seen = BTreeMap::from([(cv(&tree, "Pump/north").unwrap(), "whole".to_owned())]);
    type Step = (&'static str, fn(&mut Tree));
    let steps: [Step; 8] = [
        ("another type", |tree| {
            tree.set("./Pump/north", object(D)).unwrap();
        }),
        ("no object", |tree| {
            tree.set("./Pump/north", Node::interior(None)).unwrap();
        }),
        ("changed meanwhile", |tree| {
            tree.set("./Pump/north/Mode", leaf("x")).unwrap();
        }),
        ("an object again", |tree| {
            tree.set("./Pump/north", object(M)).unwrap();
        }),
        ("gone", |tree| assert!(tree.remove("./Pump").unwrap())),
        ("there again", |tree| {
            tree.set("./Pump/north", object(M)).unwrap();
        }),
        ("elsewhere", |tree| {
            DESK.run(tree, &replace("./Pump?prop=Name", "Tank"));
            assert!(tree.find("./Tank/north").unwrap().is_some());
        }),
        ("back", |tree| {
            DESK.run(tree, &replace("./Tank?prop=Name", "Pump"));
            assert!(tree.find("./Pump/north").unwrap().is_some());
        }),
    ];
    for (name, step) in steps {
        let revision = tree.revision();
        step(&mut tree);
        deltas.push(tree.save_since(revision).unwrap().unwrap());
        let back = restored(&full, &deltas);
        let now = cv(&back, "Pump/north");
        let is_there = tree.find("./Pump/north").unwrap().is_some();
        assert_eq!(now.is_some(), is_there, "{name}");
        if let Some(now) = now {
            assert_eq!(seen.insert(now, name.to_owned()), None, "{name}");
        }
    }
    assert_eq!(seen.len(), 7);
}

/// Numbers that look like chance, the same each time.
struct Dice(u64);

impl Dice {
    fn of(&mut self, sides: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Does anything to a tree.
fn meddle(tree: &mut Tree, dice: &mut Dice, at: usize) {
    let roots = ["north", "south", "east"];
    let root = format!("./Pump/{}", roots[dice.of(3)]);
    let value = leaf(&at.to_string());
    match dice.of(9) {
        0 => drop(tree.remove(&root)),
        1 => drop(tree.remove("./Pump")),
        2 => drop(tree.set(&root, object([M, D][dice.of(2)]))),
        3 => drop(tree.set(&format!("{root}/Run/1/State"), value)),
        4 => drop(tree.set("./DevInfo/Man", value)),
        5 => drop(tree.set("./Other", value)),
        6 => drop(DESK.run(tree, &replace(&format!("{root}?prop=Name"), "east"))),
        7 => {
            let all = [
                replace(&format!("{root}/Mode"), &at.to_string()),
                replace("./DevInfo/Man", &at.to_string()),
            ];
            drop(DESK.run(tree, &group("Atomic", &all)));
        }
        _ => drop(tree.set(&format!("{root}/Mode"), value)),
    }
}

#[test]
fn d65_no_validator_is_there_twice_for_different_contents() {
    for seed in 0..20 {
        let (mut dice, mut tree) = (Dice(seed), device());
        let (mut full, mut deltas) = (tree.save().unwrap(), Vec::new());
        let mut saved = tree.revision();
        let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for at in 0..150 {
            meddle(&mut tree, &mut dice, at);
            let before = PATHS.map(|path| cv(&tree, path));
            match dice.of(8) {
                0 => {
                    full = tree.save().unwrap();
                    (deltas, saved) = (Vec::new(), tree.revision());
                    tree = restored(&full, &[]);
                }
                1 | 2 => {
                    deltas.push(tree.save_since(saved).unwrap().unwrap());
                    saved = tree.revision();
                    if dice.of(2) == 0 {
                        tree = restored(&full, &deltas);
                    }
                }
                _ => {}
            }
            for (path, before) in PATHS.into_iter().zip(before) {
                let now = cv(&tree, path);
                let is_object = matches!(tree.find(&format!("./{path}")), Ok(Some(Found::Interior(node, _))) if node.mime().is_some());
                // Of nodes that are no objects nothing is kept.
                assert!(!is_object || now == before, "{seed} {at} {path}");
                let Some(now) = now else { continue };
                let is = contents(&tree, path);
                let was = seen.entry(now).or_insert_with(|| is.clone());
                assert_eq!(*was, is, "{seed} {at} {path}");
            }
        }
    }
}

#[test]
fn d65_what_is_no_longer_remembered_has_changed() {
    let mut tree = open();
    tree.set("./Pump/north", object(M)).unwrap();
    tree.set("./Pump/south", object(M)).unwrap();
    tree.set("./Pump/south/Run/1/State", leaf("a")).unwrap();
    tree.set("./DevInfo", object(D)).unwrap();
    let mut tree = restored(&tree.save().unwrap(), &[]);
    let first = PATHS.map(|path| cv(&tree, path));
    tree.set("./Pump/south/Run/1/State", leaf("b")).unwrap();
    assert!(tree.remove("./Pump/north").unwrap());
    tree.set("./Pump/north", object(M)).unwrap();
    for at in 0..REMEMBERED {
        tree.set("./Other", leaf(&at.to_string())).unwrap();
    }
    assert!(tree.changes(tree.revision() - REMEMBERED - 1).is_none());
    let last = PATHS.map(|path| cv(&tree, path));
    for path in [0, 1] {
        assert_ne!(last[path], first[path], "{}", PATHS[path]);
    }
    // What nobody has touched is what it was.
    assert_eq!(last[3], first[3]);
    let back = restored(&tree.save().unwrap(), &[]);
    assert_eq!(
        [0, 1, 3].map(|at| cv(&back, PATHS[at])),
        [0, 1, 3].map(|at| last[at].clone())
    );
}

#[test]
fn d65_no_validator_is_of_an_instance_with_and_without_one_inside_it() {
    let mut tree = device();
    for (uri, node) in [
        ("./Pump/north/Mode", leaf("eco")),
        ("./Pump/north/Sub", object(M)),
        ("./Pump/north/Sub/S", leaf("s")),
        ("./Pump/north/Sub/In", object(M)),
        ("./Pump/north/Sub/In/T", leaf("t")),
        // What begins alike is beside it.
        ("./Pump/north!", object(M)),
    ] {
        tree.set(uri, node).unwrap();
    }
    let all = access(&tree);
    let miid = |path: &str| {
        let mut all = all.instances().iter();
        all.find(|one| one.path == path).unwrap().miid.clone()
    };
    let [sub, inner] = ["Pump/north/Sub", "Pump/north/Sub/In"].map(miid);
    for (name, miid, mask) in [
        ("a", "north", "R"),
        ("b", &*sub, "X"),
        ("c", &*inner, "R"),
        ("d", "north!", "X"),
    ] {
        control(&mut tree, name, miid, "local", &[(SERVER, mask)]);
    }
    let read = |tree: &Tree| {
        let found = access(tree).read(tree, &whole("M/north/"), &HostValues::new());
        let Ok(Reading::Found(items)) = found else {
            panic!("{found:?}")
        };
        (
            items[0].cv.clone().unwrap(),
            format!("{:?}", items[0].content),
        )
    };
    // Which rights were given in which order does not matter, but what is seen with them.
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (at, mask, shows) in [
        ("b", "X", [false, false]),
        ("b", "RX", [true, true]),
        ("c", "X", [true, false]),
        ("b", "", [false, false]),
        ("c", "R", [false, false]),
        ("b", "R", [true, true]),
        ("d", "R", [true, true]),
    ] {
        let uri = format!("./DACMO/{at}/Rights/0/Mask");
        tree.set(&uri, leaf(mask)).unwrap();
        let (cv, data) = read(&tree);
        assert_eq!(
            ["\"s\"", "\"t\""].map(|value| data.contains(value)),
            shows,
            "{data}"
        );
        assert!(cv.len() <= 64, "{cv}");
        for (known, data_then) in &seen {
            assert_eq!(is_fresh(&tree, "M/north/", known), *known == cv);
            assert!(*known != cv || *data_then == data, "{at} {mask}: {cv}");
        }
        seen.insert(cv, data);
    }
    assert!(seen.len() >= 3);
    // Where all is to be read, it is that of the tree.
    assert_eq!(Some(read(&tree).0), cv(&tree, "Pump/north"));
}
