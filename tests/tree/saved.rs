//! Trees at rest: whole, as what has changed since, and what is refused.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{Owner, Scope};
use omadm::{Code, Limits, Node, Tree};

use crate::desk::{
    DESK, TNDS, acl, add, add_node, copy, delete, document, group, leaf, replace, set, shown, told,
    with,
};

fn tree() -> Tree {
    let mut tree = with(&[("./A/B/C", "c"), ("./A/D", "d"), ("./X", "x")]);
    tree.set(
        "./H",
        leaf("h").owned_by(Owner::Host).with_scope(Scope::Permanent),
    )
    .unwrap();
    tree
}

fn restore(full: &[u8], deltas: &[&[u8]]) -> omadm::Result<Tree> {
    Tree::restore(full, deltas, &Limits::DEFAULT)
}

fn steps() -> Vec<String> {
    let subtree = |inside: &str| document(&format!("<Node><NodeName>A</NodeName>{inside}</Node>"));
    let leaf = "<Node><NodeName>L</NodeName><Value>l</Value></Node>";
    vec![
        add("./N", "n"),
        replace("./X", "y"),
        replace("./A?prop=Name", "Z"),
        replace("./Z/B/C", "after"),
        replace("./Z?prop=Name", "A"),
        delete("./X"),
        add_node("./X"),
        add("./X/Y", "y"),
        replace("./X?prop=ACL", "Get=*&Replace=S&Delete=S"),
        replace("./X?prop=Title", "t"),
        set("Replace", "./A", "xml", TNDS, &subtree(leaf)),
        replace("./A/L", "again"),
        copy("./A", "./M"),
        delete("./A"),
        add("./A", "a leaf now"),
        replace("./A", "changed"),
        set("Add", "./T/A", "xml", TNDS, &subtree(leaf)),
        replace(".?prop=Title", "root"),
        group(
            "Atomic",
            &[
                add("./O", "o"),
                delete("./O"),
                delete("./M"),
                replace("./N", "in atomic"),
            ],
        ),
        group("Atomic", &[add("./O", "o"), delete("./missing")]),
        delete("./missing"),
    ]
}

#[test]
fn full_and_deltas_are_the_tree_wherever_it_is_saved() {
    // Saved after every step, after every other, ..., once at the end.
    let count = steps().len();
    for every in 1..=count {
        let mut tree = tree();
        let full = tree.save().unwrap();
        let (mut deltas, mut saved) = (Vec::new(), tree.revision());
        for (at, step) in steps().iter().enumerate() {
            DESK.run_with(&mut tree, step, &|_, _| crate::desk::ok());
            if at % every == every - 1 || at == count - 1 {
                deltas.push(tree.save_since(saved).unwrap().unwrap());
                saved = tree.revision();
                let given: Vec<&[u8]> = deltas.iter().map(Vec::as_slice).collect();
                let restored = restore(&full, &given).unwrap();
                assert_eq!(restored, tree, "{step}");
                assert_eq!(shown(&restored), shown(&tree));
                assert_eq!(restored.len(), tree.len());
                assert_eq!(restored.save().unwrap(), tree.save().unwrap());
            }
        }
    }
}

#[test]
fn a_delta_is_small_where_little_has_changed() {
    let mut tree = tree();
    for at in 0..1000 {
        tree.set(&format!("./Many/N{at}"), leaf("n")).unwrap();
    }
    let revision = tree.revision();
    let nothing = tree.save_since(revision).unwrap().unwrap();
    tree.set("./Many/N7", leaf("m")).unwrap();
    let little = tree.save_since(revision).unwrap().unwrap();
    let full = tree.save().unwrap();
    assert!(nothing.len() < 40 && little.len() < 100 && full.len() > 10_000);
    assert_eq!(restore(&full, &[]).unwrap(), tree);
}

#[test]
fn deltas_out_of_order_of_another_tree_or_damaged_are_refused() {
    let mut tree = tree();
    let full = tree.save().unwrap();
    let mut deltas = Vec::new();
    for at in 0..3 {
        let revision = tree.revision();
        tree.set(&format!("./N{at}"), leaf("n")).unwrap();
        deltas.push(tree.save_since(revision).unwrap().unwrap());
    }
    let [a, b, c] = [&*deltas[0], &*deltas[1], &*deltas[2]];
    assert_eq!(restore(&full, &[a, b, c]).unwrap(), tree);
    for wrong in [
        &[b][..],
        &[a, c],
        &[a, a],
        &[b, a],
        &[a, b, c, c],
        &[&full],
        &[b"".as_slice()],
    ] {
        assert_eq!(restore(&full, wrong).unwrap_err().code(), Code::Snapshot);
    }
    assert_eq!(restore(a, &[]).unwrap_err().code(), Code::Snapshot);
    for sealed in [&full, &deltas[0]] {
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1 << (at % 8);
            let cut = &sealed[..at];
            let outcomes = if sealed == &full {
                [restore(&damaged, &[]), restore(cut, &[])]
            } else {
                [restore(&full, &[&damaged]), restore(&full, &[cut])]
            };
            for outcome in outcomes {
                assert_eq!(outcome.unwrap_err().code(), Code::Snapshot, "{at}");
            }
        }
    }
    let few = Limits {
        nodes: 3,
        ..Limits::DEFAULT
    };
    assert_eq!(
        Tree::restore(&full, &[], &few).unwrap_err().code(),
        Code::Limit
    );
    let enough = Limits {
        nodes: tree.len() - 1,
        ..Limits::DEFAULT
    };
    assert_eq!(
        Tree::restore(&full, &[a, b, c], &enough)
            .unwrap_err()
            .code(),
        Code::Limit
    );
}

#[test]
fn a_delta_of_a_full_tree_needs_no_more_room_than_the_tree() {
    let limits = Limits {
        nodes: 4,
        ..Limits::DEFAULT
    };
    let mut tree = Tree::new(&limits);
    tree.set(
        ".",
        Node::interior(None).with_acl(acl("Add=*&Delete=*&Get=*&Replace=*")),
    )
    .unwrap();
    tree.set("./Z/Y/X", leaf("x")).unwrap();
    let (full, revision) = (tree.save().unwrap(), tree.revision());
    assert_eq!(
        crate::desk::code(&mut tree, &replace("./Z?prop=Name", "A")),
        200
    );
    let delta = tree.save_since(revision).unwrap().unwrap();
    assert_eq!(Tree::restore(&full, &[&delta], &limits).unwrap(), tree);
}

#[test]
fn changes_say_who_did_what() {
    let mut tree = tree();
    let revision = tree.revision();
    tree.set("./Host/New", leaf("n")).unwrap();
    tree.remove("./X").unwrap();
    assert_eq!(tree.remove("./X"), Ok(false));
    assert_eq!(tree.remove(".").unwrap_err().code(), Code::Arg);
    for step in [
        add("./N", "n"),
        replace("./N?prop=Name", "M"),
        copy("./A", "./K"),
        delete("./M"),
    ] {
        assert_eq!(crate::desk::code(&mut tree, &step), 200);
    }
    assert_eq!(
        told(&tree.changes(revision).unwrap()),
        [
            "- Add Host",
            "- Add Host/New",
            "- Delete X",
            "S Add N",
            "S Rename N",
            "S Rename M",
            "S Copy K",
            "S Copy K/B",
            "S Copy K/B/C",
            "S Copy K/D",
            "S Delete M",
        ]
    );
    let revisions: Vec<u32> = tree
        .changes(revision)
        .unwrap()
        .iter()
        .map(|change| change.revision)
        .collect();
    assert!(revisions.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(revisions.last(), Some(&tree.revision()));
    assert_eq!(tree.changes(tree.revision()).unwrap().len(), 0);
    // A tree that was restored knows of nothing before.
    let restored = restore(&tree.save().unwrap(), &[]).unwrap();
    assert_eq!(restored.changes(revision), None);
    assert_eq!(restored.save_since(revision), Ok(None));
    assert_eq!(restored.changes(tree.revision()).unwrap().len(), 0);
}

#[test]
fn ten_thousand_changes_are_remembered() {
    let mut tree = tree();
    let first = tree.revision();
    for at in 0..10_000 {
        tree.set("./X", leaf(&at.to_string())).unwrap();
    }
    assert_eq!(tree.changes(first).unwrap().len(), 10_000);
    tree.set("./X", leaf("")).unwrap();
    assert_eq!(tree.changes(first), None);
    assert_eq!(tree.save_since(first), Ok(None));
    assert_eq!(tree.changes(first + 1).unwrap().len(), 10_000);
    assert!(tree.save_since(first + 1).unwrap().is_some());
    // The last that is remembered of the others is none any more.
    assert_eq!(tree.revision_of("./A"), None);
}

#[test]
fn what_the_host_cannot_do() {
    let mut tree = tree();
    let before = tree.clone();
    for (uri, node) in [
        ("./A", leaf("x")),
        ("./X", Node::interior(None)),
        ("./X/Y", leaf("x")),
        (".", leaf("x")),
        ("./A/", leaf("x")),
        ("./A?prop=ACL", leaf("x")),
    ] {
        assert_eq!(tree.set(uri, node).unwrap_err().code(), Code::Arg, "{uri}");
        assert_eq!(tree, before);
    }
    assert_eq!(tree.remove("./A/../X").unwrap_err().code(), Code::Arg);
    assert_eq!(
        tree.entries("./A"),
        Ok(["A", "A/B", "A/B/C", "A/D"].map(str::to_owned).to_vec())
    );
    assert_eq!(tree.entries("./missing"), Ok(vec![]));
}
