//! Random commands, executed by the tree and by the model: statuses, what was found and what is there are the same; alone and in an Atomic,
//! at once and with a rest between.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::RefCell;
use std::collections::BTreeSet;

use omadm::tree::Found;
use omadm::{Limits, Node, Tree};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::desk::{acl, add, add_node, as_server, copy, delete, get, group, replace};
use crate::model::{Deed, List, Model, written};

const SERVERS: [&str; 2] = ["S", "T"];
const RIGHTS: [&str; 5] = ["Add", "Delete", "Exec", "Get", "Replace"];
/// The nodes that a tree may have.
const ROOM: usize = 7;

fn path() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        1 => Just(String::new()),
        20 => prop::collection::vec(name, 1..4).prop_map(|names| names.join("/")),
    ]
}

fn list() -> impl Strategy<Value = List> {
    let who = prop_oneof![
        3 => Just(BTreeSet::from(["*"])),
        2 => Just(BTreeSet::from(["S"])),
        1 => Just(BTreeSet::from(["T"])),
        1 => Just(BTreeSet::from(["S", "T"])),
    ];
    let right = prop::sample::select(RIGHTS.to_vec());
    prop::collection::btree_map(right, who, 0..6)
}

fn deed() -> impl Strategy<Value = Deed> {
    let text = || "[a-c<&é]{0,3}";
    prop_oneof![
        2 => path().prop_map(Deed::Get),
        5 => (path(), text()).prop_map(|(path, text)| Deed::Add(path, text)),
        5 => path().prop_map(Deed::AddNode),
        3 => (path(), text()).prop_map(|(path, text)| Deed::Replace(path, text)),
        2 => path().prop_map(Deed::Delete),
        3 => (path(), path()).prop_map(|(from, to)| Deed::Copy(from, to)),
        3 => (path(), "[a-d]").prop_map(|(path, name)| Deed::Rename(path, name)),
        1 => (path(), text()).prop_map(|(path, text)| Deed::Title(path, text)),
        3 => (path(), list()).prop_map(|(path, list)| Deed::SetList(path, list)),
    ]
}

/// What a server does: one deed, several in an Atomic, or a rest.
#[derive(Clone, Debug)]
enum Step {
    One(&'static str, Deed),
    Atomic(&'static str, Vec<Deed>),
    Rest,
}

fn step() -> impl Strategy<Value = Step> {
    let server = || prop::sample::select(SERVERS.to_vec());
    prop_oneof![
        12 => (server(), deed()).prop_map(|(server, deed)| Step::One(server, deed)),
        3 => (server(), prop::collection::vec(deed(), 0..6)).prop_map(|(server, deeds)| Step::Atomic(server, deeds)),
        1 => Just(Step::Rest),
    ]
}

fn uri(path: &str) -> String {
    if path.is_empty() {
        ".".to_owned()
    } else {
        format!("./{path}")
    }
}

fn command(deed: &Deed) -> String {
    let property =
        |path: &str, name: &str, text: &str| replace(&format!("{}?prop={name}", uri(path)), text);
    match deed {
        Deed::Get(path) => get(&uri(path)),
        Deed::Add(path, text) => add(&uri(path), text),
        Deed::AddNode(path) => add_node(&uri(path)),
        Deed::Replace(path, text) => replace(&uri(path), text),
        Deed::Delete(path) => delete(&uri(path)),
        Deed::Copy(from, to) => copy(&uri(from), &uri(to)),
        Deed::Rename(path, name) => property(path, "Name", name),
        Deed::Title(path, text) => property(path, "Title", text),
        Deed::SetList(path, list) => property(path, "ACL", &written(list)),
    }
}

/// Each node of the tree is in the model, and the other way round.
fn check(tree: &Tree, model: &Model) {
    let paths = tree.entries(".").unwrap();
    assert_eq!(paths.len(), model.things.len());
    assert_eq!(tree.len() as usize, paths.len());
    for (path, thing) in &model.things {
        let found = tree.find(&uri(path)).unwrap().unwrap();
        let (node, value) = match &found {
            Found::Leaf(node) => (
                node,
                node.data()
                    .and_then(|data| data.as_text())
                    .map(str::to_owned),
            ),
            Found::Interior(node, names) => {
                assert_eq!(names, &model.children(path));
                (node, None)
            }
        };
        assert_eq!(value, thing.value, "{path}");
        assert_eq!(node.title(), thing.title, "{path}");
        assert_eq!(node.acl(), &acl(&written(&thing.list)), "{path}");
    }
}

/// The statuses that an Atomic has by the model.
fn atomic(model: &mut Model, server: &'static str, deeds: &[Deed]) -> Vec<u16> {
    let before = model.clone();
    let mut codes = vec![200];
    let mut failed = false;
    for deed in deeds {
        codes.push(match deed {
            _ if failed => 215,
            Deed::Get(_) => 500,
            deed => model.does(server, deed).0,
        });
        failed |= codes.last() != Some(&200) && codes.last() != Some(&215);
    }
    if failed {
        *model = before;
        for code in &mut codes {
            if *code == 200 {
                *code = 216;
            }
        }
        codes[0] = 507;
    }
    codes
}

/// Executes steps; all statuses that there were.
fn fold(steps: &[Step]) -> BTreeSet<u16> {
    let mut seen = BTreeSet::new();
    let root = List::from([
        ("Add", BTreeSet::from(["*"])),
        ("Delete", BTreeSet::from(["S"])),
        ("Get", BTreeSet::from(["*"])),
        ("Replace", BTreeSet::from(["S"])),
    ]);
    let limits = Limits {
        nodes: ROOM as u32,
        ..Limits::DEFAULT
    };
    let mut tree = Tree::new(&limits);
    tree.set(".", Node::interior(None).with_acl(acl(&written(&root))))
        .unwrap();
    let mut model = Model::new(root, ROOM);
    let (full, mut deltas, mut saved) = (tree.save().unwrap(), Vec::new(), tree.revision());
    for step in steps {
        let before = tree.clone();
        match step {
            Step::One(server, deed) => {
                let ran = as_server(server).run(&mut tree, &command(deed));
                let (code, found) = model.does(server, deed);
                assert_eq!(ran.codes(), [code], "{deed:?}");
                seen.insert(code);
                let shown = ran.answers[0]
                    .results
                    .first()
                    .and_then(|value| value.data.clone());
                assert_eq!(
                    shown.and_then(|data| data.as_text().map(str::to_owned)),
                    found
                );
                if code != 200 {
                    assert_eq!(tree, before, "{deed:?}");
                }
            }
            Step::Atomic(server, deeds) => {
                let body: Vec<String> = deeds.iter().map(command).collect();
                let ran = as_server(server).run(&mut tree, &group("Atomic", &body));
                let codes = atomic(&mut model, server, deeds);
                assert_eq!(ran.codes(), codes, "{deeds:?}");
                seen.extend(&codes);
                if codes[0] != 200 {
                    assert_eq!(tree, before);
                }
                assert!(tree.revision() - before.revision() <= 1);
            }
            Step::Rest => {
                deltas.push(tree.save_since(saved).unwrap().unwrap());
                saved = tree.revision();
                let given: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
                let restored = Tree::restore(&full, &given, &limits).unwrap();
                assert_eq!(restored, tree);
                assert_eq!(
                    Tree::restore(&tree.save().unwrap(), &[], &limits).unwrap(),
                    tree
                );
                tree = restored;
            }
        }
        check(&tree, &model);
    }
    seen
}

#[test]
fn the_tree_does_what_the_model_does() {
    let config = Config {
        cases: if cfg!(target_arch = "wasm32") {
            100
        } else {
            500
        },
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let steps = prop::collection::vec(step(), 1..60);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let seen = RefCell::new(BTreeSet::new());
    let outcome = runner.run(&steps, |steps| {
        seen.borrow_mut().extend(fold(&steps));
        Ok(())
    });
    outcome.unwrap();
    if cfg!(target_arch = "wasm32") {
        return;
    }
    let all = [200, 215, 216, 403, 404, 405, 418, 420, 425, 500, 507];
    assert_eq!(seen.take(), BTreeSet::from(all));
}
