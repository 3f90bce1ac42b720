//! What is kept of instances when they go or are called something else, by whichever way: rights and subscriptions are of one instance alone.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::HostValues;
use omadm::{Limits, Node, Tree};

use crate::client_uri::{M, object};
use crate::desk::{
    DESK, TNDS, as_server, delete as remove, document, group, leaf, replace, set, shown,
};
use crate::mo_access::{DACMO, control, delete, of, read, spelt, store};
use crate::mo_guards::{kept, open, typed};

const PUMP: &str = r#"[{"ClientURI":"M/x/","MOData":{"Pump":{"Mode":"eco"}}}]"#;

/// A device on which `a` has made `m1` and wants to know of it.
fn made() -> Tree {
    let mut tree = open();
    tree.set("./DACMO", Node::interior(None)).unwrap();
    assert_eq!(store(&mut tree, "a", PUMP, None), 200);
    assert!(tree.find("./Pump/m1").unwrap().is_some());
    let uri = spelt("M/m1/Mode");
    let access = of(&tree, "a", None);
    let done = access.subscribe(&mut tree, "https://a.example/", &uri, &HostValues::new());
    assert_eq!(done, Ok(None));
    tree
}

/// That nothing is left of `m1`, and the next one is its maker's alone.
fn need_nothing_left(mut tree: Tree, way: &str) {
    assert!(tree.find("./DACMO/m1").unwrap().is_none(), "{way}");
    assert!(tree.subscriptions().is_empty(), "{way}");
    assert_eq!(store(&mut tree, "b", PUMP, None), 200, "{way}");
    let reads = ["a", "b"].map(|server| read(&tree, server, "M/m1/Mode"));
    assert_eq!(reads, [403, 200], "{way}");
    assert_eq!(delete(&mut tree, "a", "M/m1/"), 403, "{way}");
}

#[test]
fn d59_rights_and_subscriptions_go_with_their_instance() {
    let without = document("<Node><NodeName>Pump</NodeName></Node>");
    for body in [
        remove("./Pump/m1"),
        remove("./Pump"),
        group("Atomic", &[remove("./Pump/m1")]),
        group("Sequence", &[remove("./Pump/m1")]),
        set("Replace", "./Pump", "xml", TNDS, &without),
    ] {
        let mut tree = made();
        let ran = as_server("c").run(&mut tree, &body);
        assert!(ran.codes().iter().all(|code| *code == 200), "{body}");
        let told = "Delete DACMO/m1".to_owned();
        assert!(ran.changed.contains(&told), "{body}: {:?}", ran.changed);
        need_nothing_left(tree, &body);
    }
    let mut tree = made();
    assert_eq!(delete(&mut tree, "a", "M/m1/"), 200);
    need_nothing_left(tree, "DELETE");
    let mut tree = made();
    assert!(tree.remove("./Pump/m1").unwrap());
    need_nothing_left(tree, "the host");
    // What was there before anything was kept of it.
    let mut tree = made();
    assert_eq!(delete(&mut tree, "a", "M/m1/"), 200);
    control(&mut tree, "old", "m1", "a", &[("a", "RWXD")]);
    control(&mut tree, "older", "m1", "a", &[("a", "RWXD")]);
    assert_eq!(store(&mut tree, "b", PUMP, None), 200);
    assert_eq!(read(&tree, "a", "M/m1/Mode"), 403);
    assert_eq!(read(&tree, "b", "M/m1/Mode"), 200);
}

#[test]
fn who_wanted_to_know_of_an_instance_is_not_told_of_the_next_of_its_name() {
    let again = || typed("./Pump/m1", M);
    for body in [
        [remove("./Pump/m1"), again()].concat(),
        [remove("./Pump"), typed("./Pump", ""), again()].concat(),
        [remove("./Pump/m1"), group("Atomic", &[again()])].concat(),
        [group("Atomic", &[remove("./Pump/m1")]), again()].concat(),
        [remove("./Pump/m1"), replace("./Pump/south?prop=Name", "m1")].concat(),
    ] {
        let mut tree = made();
        let codes = as_server("c").codes(&mut tree, &body);
        assert!(codes.iter().all(|code| *code == 200), "{body}: {codes:?}");
        assert!(tree.find("./Pump/m1").unwrap().is_some(), "{body}");
        assert!(tree.subscriptions().is_empty(), "{body}");
        assert_eq!(read(&tree, "a", "M/m1/"), 403, "{body}");
    }
}

#[test]
fn what_stays_keeps_its_rights_and_subscriptions() {
    let mut tree = made();
    for body in [
        remove("./Pump/south"),
        remove("./Pump/m1/Mode"),
        replace("./Pump/m1?prop=Title", "x"),
        group("Atomic", &[remove("./Pump/m1"), remove("./missing")]),
        group("Atomic", &[remove("./Pump/north")]),
    ] {
        DESK.run(&mut tree, &body);
        assert!(tree.find("./DACMO/m1").unwrap().is_some(), "{body}");
        assert_eq!(tree.subscriptions().len(), 1, "{body}");
    }
    let codes = DESK.codes(&mut tree, &group("Atomic", &[remove("./Pump/m1")]));
    assert_eq!(codes, [200, 200]);
    assert!(tree.subscriptions().is_empty());
}

#[test]
fn d59_nothing_that_has_rights_of_its_own_is_called_something_else() {
    let plain = document("<Node><NodeName>north</NodeName></Node>");
    let other = document(
        "<Node><NodeName>north</NodeName><RTProperties><Format><node/></Format><Type><DDFName>urn:x:y:1.0</DDFName></Type></RTProperties></Node>",
    );
    for (body, status) in [
        (typed("./X/north", M), 405),
        (typed("./X/north", &M.replace("urn:", "")), 405),
        (replace("./Pump/north?prop=Name", "x"), 405),
        (replace("./Pump?prop=Name", "x"), 405),
        (set("Replace", "./Pump/north", "xml", TNDS, &plain), 405),
        (set("Replace", "./Pump/north", "xml", TNDS, &other), 405),
        (replace("./X/Y?prop=Name", "north"), 405),
        // Of these nothing is kept.
        (typed("./X/south", M), 200),
        (typed("./X/north", "urn:x:y:1.0"), 200),
        (replace("./Pump/south?prop=Name", "x"), 200),
        (remove("./Pump/south"), 200),
        (remove("./Pump/north"), 200),
    ] {
        let mut tree = kept();
        tree.set("./X/Y", object(M)).unwrap();
        let before = shown(&tree);
        let code = as_server("two").code(&mut tree, &body);
        assert_eq!(code, status, "{body}");
        assert_eq!(shown(&tree) == before, status != 200, "{body}");
    }
    // Where there are two of a name, the other one is not called by it alone again.
    let mut tree = kept();
    tree.set("./X/north", object(M)).unwrap();
    control(&mut tree, "a", "Pump/north", "one", &[("one", "RWXD")]);
    control(&mut tree, "b", "X/north", "two", &[("two", "RWXD")]);
    assert_eq!(read(&tree, "one", "M/Pump%2Fnorth/Mode"), 200);
    assert_eq!(as_server("two").code(&mut tree, &remove("./X/north")), 405);
    assert_eq!(delete(&mut tree, "two", "M/X%2Fnorth/"), 405);
    assert_eq!(read(&tree, "one", "M/Pump%2Fnorth/Mode"), 200);
}

#[test]
fn a_name_that_two_had_is_free_again_for_what_nothing_is_kept_of() {
    let mut tree = kept();
    tree.set("./X/south", object(M)).unwrap();
    control(&mut tree, "b", "X/south", "two", &[("two", "RWXD")]);
    assert_eq!(as_server("two").code(&mut tree, &remove("./X/south")), 200);
    assert!(tree.find("./DACMO/b").unwrap().is_none());
    // Several changes of a message, one behind the other.
    let body = [
        typed("./X", ""),
        typed("./X/south", M),
        remove("./X/south"),
        typed("./X/south", M),
        typed("./X/north", M),
        remove("./Pump/north"),
        typed("./X/north", M),
        typed("./Pump/north", M),
    ]
    .concat();
    let codes = as_server("two").codes(&mut tree, &body);
    assert_eq!(codes, [418, 200, 200, 200, 405, 200, 200, 200]);
    assert!(tree.find("./DACMO/a").unwrap().is_none());
}

#[test]
fn what_a_group_that_fails_has_done_to_rights_does_not_count() {
    let mask = |at: usize, mask| replace(&format!("./DACMO/a/Rights/{at}/Mask"), mask);
    let failing = |body: String| group("Atomic", &[body, remove("./missing")]);
    let warm = mask(1, "R");
    for (body, after, statuses) in [
        (failing(mask(0, "R")), mask(1, "RW"), [507, 216, 404, 200]),
        (
            failing(remove("./Pump/north")),
            typed("./X/north", M),
            [507, 216, 404, 405],
        ),
        (
            failing(typed("./X/south", M)),
            remove("./X/south"),
            [507, 216, 404, 404],
        ),
        (
            group("Atomic", &[mask(0, "R"), remove("./X/Y")]),
            mask(1, "RW"),
            [200, 200, 200, 425],
        ),
        (
            group("Atomic", &[remove("./Pump/north"), remove("./X/Y")]),
            typed("./X/north", M),
            [200, 200, 200, 200],
        ),
    ] {
        // Whether or not anything was known before.
        for ahead in ["", &warm, &[&*warm, &*body, &*body].concat()] {
            let mut tree = kept();
            tree.set("./X/Y", leaf("y")).unwrap();
            let body = [ahead, &body, &after].concat();
            let codes = as_server("one").codes(&mut tree, &body);
            let last = codes.len().saturating_sub(statuses.len());
            if statuses[0] == 507 || !ahead.contains("Atomic") {
                assert_eq!(codes[last..], statuses, "{body}");
            }
        }
    }
}

#[test]
fn rights_are_kept_when_the_last_that_said_them_are_gone() {
    let elsewhere = || {
        let mut tree = open();
        tree.set("./AC/1", object(DACMO)).unwrap();
        for (path, value) in [
            ("MOID", M),
            ("MIID", "north"),
            ("Owner", "one"),
            ("Rights/1/SrvID", "one"),
            ("Rights/1/Mask", "RWXD"),
        ] {
            tree.set(&format!("./AC/1/{path}"), leaf(value)).unwrap();
        }
        tree
    };
    type Way = (&'static str, fn(&mut Tree) -> u16);
    let ways: [Way; 3] = [
        ("DELETE", |tree| delete(tree, "one", "M/north/")),
        ("DM 1.x", |tree| {
            as_server("one").code(tree, &remove("./Pump/north"))
        }),
        ("the host", |tree| {
            assert!(tree.remove("./Pump/north").unwrap());
            200
        }),
    ];
    for (name, way) in ways {
        let mut tree = elsewhere();
        assert_eq!(read(&tree, "two", "M/south/"), 403);
        assert_eq!(way(&mut tree), 200, "{name}");
        assert!(tree.find("./AC/1").unwrap().is_none(), "{name}");
        assert_eq!(read(&tree, "two", "M/south/"), 403, "{name}");
        let mut tree = elsewhere();
        tree.set("./DACMO", leaf("x")).unwrap();
        let expected = if name == "the host" { 200 } else { 405 };
        assert_eq!(way(&mut tree), expected, "{name}");
        assert!(tree.find("./AC/1").unwrap().is_some(), "{name}");
    }
    // One that is made has a place for what is kept of it.
    let mut tree = elsewhere();
    assert_eq!(store(&mut tree, "one", PUMP, None), 200);
    assert_eq!(read(&tree, "one", "M/m1/Mode"), 200);
    assert_eq!(read(&tree, "two", "M/m1/Mode"), 403);
}

#[test]
fn the_host_may_take_rights_away() {
    for path in ["./DACMO", "./DACMO/m1"] {
        let mut tree = made();
        assert_eq!(read(&tree, "b", "M/m1/Mode"), 403);
        assert!(tree.remove(path).unwrap());
        assert!(tree.find(path).unwrap().is_none(), "{path}");
        let is_open = path == "./DACMO";
        assert_eq!(
            read(&tree, "b", "M/m1/Mode"),
            if is_open { 200 } else { 403 }
        );
    }
}

#[test]
fn no_instance_that_is_made_takes_the_name_of_one_with_rights() {
    const PART: &str = "urn:oma:mo:ext-example-part:1.0";
    let node = |name: &str, kind: &str, inside: &str| {
        format!(
            "<Node><NodeName>{name}</NodeName><DFProperties><AccessType><Add/><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><ZeroOrMore/></Occurrence><Scope><Dynamic/></Scope><DFType><DDFName>{kind}</DDFName></DFType></DFProperties>{inside}</Node>"
        )
    };
    // What is made there is an object by its description.
    let parts = node("Parts", "", &node("", PART, ""));
    let source = document(&node("Pump", "", &node("", M, &parts)));
    let mut tree = Tree::described(&[source.as_bytes()], &Limits::DEFAULT).unwrap();
    for name in ["north", "south"] {
        tree.set(&format!("./Pump/{name}"), object(M)).unwrap();
        let parts = format!("./Pump/{name}/Parts");
        tree.set(&parts, Node::interior(None)).unwrap();
        control(&mut tree, name, name, "b", &[("b", "RWXD")]);
    }
    tree.set("./Pump/north/Parts/one", object(PART)).unwrap();
    control(&mut tree, "part", "one", "a", &[("a", "RWXD")]);
    tree.set("./DACMO/part/MOID", leaf(PART)).unwrap();
    let before = tree.clone();
    let made = |name: &str| {
        format!(r#"[{{"ClientURI":"M/south/Parts/","MOData":{{"Parts":{{"{name}":{{}}}}}}}}]"#)
    };
    let to = Some("M/south/Parts/");
    assert_eq!(store(&mut tree, "b", &made("one"), to), 405);
    assert!(tree == before);
    assert_eq!(store(&mut tree, "b", &made("two"), to), 200);
}

#[test]
fn an_object_with_a_slash_in_its_name_keeps_its_subscriptions() {
    const LAWMO: &str = "org.openmobilealliance/1.0/w7";
    let mut tree = open();
    for name in ["a", "b"] {
        tree.set(&format!("./W/{name}"), object(LAWMO)).unwrap();
        tree.set(&format!("./W/{name}/Name"), leaf("n")).unwrap();
    }
    let access = of(&tree, "one", None);
    let uri = format!("{LAWMO}/a/Name");
    let done = access.subscribe(&mut tree, "https://a.example/", &uri, &HostValues::new());
    assert_eq!(done, Ok(None));
    assert!(tree.remove("./Pump/south").unwrap());
    assert_eq!(tree.subscriptions().len(), 1);
    assert!(tree.remove("./W/a").unwrap());
    assert!(tree.subscriptions().is_empty());
}
