//! Who may do what where: lists, their inheritance, and the right that each command takes.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Limits, Node, Tree};

use crate::desk::{
    DESK, acl, add, add_node, as_server, code, copy, delete, document, exec, get, group, leaf,
    open, replace, rooted, set, value, with,
};

/// The example of the specification.
fn example() -> Tree {
    let mut tree = rooted("Add=*&Get=*");
    let interior = |list: &str| Node::interior(None).with_acl(acl(list));
    for (uri, node) in [
        ("./NodeA", interior("Get=ServerC&Replace=ServerC")),
        ("./NodeA/Node1", leaf("1").with_acl(acl("Get=*"))),
        ("./NodeB", interior("Get=ServerA&Replace=ServerA")),
        ("./NodeB/Node2", leaf("2")),
        (
            "./NodeB/Node3",
            interior("Get=ServerB&Replace=ServerB&Delete=ServerB"),
        ),
        ("./NodeB/Node3/Node4", leaf("4")),
        (
            "./NodeB/Node3/Node5",
            leaf("5").with_acl(acl("Get=ServerA&Replace=ServerA&Get=ServerB")),
        ),
        (
            "./NodeC",
            leaf("c").with_acl(acl("Get=ServerA&Replace=ServerA")),
        ),
    ] {
        tree.set(uri, node).unwrap();
    }
    tree
}

const SERVERS: [&str; 3] = ["ServerA", "ServerB", "ServerC"];

/// Each node, what each server has there, and who may change its list.
const TABLE: [(&str, [&str; 3], &str); 8] = [
    ("./NodeA", ["", "", "Get Replace"], "ServerC"),
    ("./NodeA/Node1", ["Get", "Get", "Get"], "ServerC"),
    ("./NodeB", ["Get Replace", "", ""], "ServerA"),
    ("./NodeB/Node2", ["Get Replace", "", ""], "ServerA"),
    (
        "./NodeB/Node3",
        ["", "Get Replace Delete", ""],
        "ServerA ServerB",
    ),
    (
        "./NodeB/Node3/Node4",
        ["", "Get Replace Delete", ""],
        "ServerB",
    ),
    ("./NodeB/Node3/Node5", ["Get Replace", "Get", ""], "ServerB"),
    ("./NodeC", ["Get Replace", "", ""], ""),
];

#[test]
fn the_example_comes_out_as_computed_for_every_server_command_and_node() {
    for (uri, rights, owners) in TABLE {
        let is_leaf = uri.contains(char::is_numeric) && !uri.ends_with("Node3") || uri == "./NodeC";
        for (server, rights) in SERVERS.into_iter().zip(rights) {
            let desk = as_server(server);
            let status = |body: String| desk.code(&mut example(), &body);
            let by = |right: &str, granted: u16| match rights.split(' ').any(|has| has == right) {
                true => granted,
                false => 425,
            };
            let case = format!("{server} {uri}");
            assert_eq!(status(get(uri)), by("Get", 200), "{case}");
            for property in ["ACL", "Format", "Name", "Title", "Type", "VerNo"] {
                let uri = format!("{uri}?prop={property}");
                assert_eq!(status(get(&uri)), by("Get", 200), "{case} {property}");
            }
            let interior = if is_leaf { 200 } else { 405 };
            assert_eq!(status(replace(uri, "x")), by("Replace", interior), "{case}");
            for property in ["Title", "Name"] {
                let uri = format!("{uri}?prop={property}");
                assert_eq!(status(replace(&uri, "x")), by("Replace", 200), "{case}");
            }
            assert_eq!(status(delete(uri)), by("Delete", 200), "{case}");
            assert_eq!(status(exec(uri)), 425, "{case}");
            // Nobody has Add below the root, and a leaf has no children whoever asks.
            let below = if is_leaf { 405 } else { 425 };
            assert_eq!(status(add(&format!("{uri}/New"), "x")), below, "{case}");
            let owns = if owners.contains(server) { 200 } else { 425 };
            let list = format!("{uri}?prop=ACL");
            assert_eq!(status(replace(&list, "Get=*")), owns, "{case}");
        }
    }
}

#[test]
fn what_else_is_true_of_the_example() {
    for server in SERVERS {
        let desk = as_server(server);
        assert_eq!(desk.code(&mut example(), &add("./Mine", "x")), 200);
        assert_ne!(
            desk.code(&mut example(), &replace("./NodeA/Node1", "x")),
            200
        );
        assert_ne!(desk.code(&mut example(), &delete("./NodeA/Node1")), 200);
    }
    let read = |server, uri: &str| {
        let ran = as_server(server).run(&mut example(), &get(uri));
        ran.found().join("")
    };
    let list = "./NodeA/Node1?prop=ACL";
    assert_eq!(read("ServerA", list), format!("{list} - - Get=*"));
    let list = "./NodeB/Node3/Node4?prop=ACL";
    assert_eq!(read("ServerB", list), format!("{list} - - "));
    let mut tree = example();
    tree.forget_server("ServerB");
    let list = |uri: &str| {
        let ran = as_server("ServerA").run(&mut tree.clone(), &get(&format!("{uri}?prop=ACL")));
        ran.found()[0].rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(list("./NodeB/Node3"), "");
    assert_eq!(list("./NodeB/Node3/Node5"), "Get=ServerA&Replace=ServerA");
    let desk = as_server("ServerA");
    assert_eq!(
        desk.code(&mut tree.clone(), &get("./NodeB/Node3/Node4")),
        200
    );
}

/// A tree in which `S` has these rights on everything, but nobody has any on the root beside Get.
fn granting(rights: &str) -> Tree {
    let mut tree = rooted("Add=*&Get=*");
    let list = rights
        .split(' ')
        .filter(|right| !right.is_empty())
        .map(|right| format!("{right}=S"))
        .collect::<Vec<_>>()
        .join("&");
    let list = if list.is_empty() {
        "Exec=T".to_owned()
    } else {
        list
    };
    tree.set("./N", Node::interior(None).with_acl(acl(&list)))
        .unwrap();
    tree.set("./N/I", Node::interior(None)).unwrap();
    tree.set("./N/I/B", leaf("b")).unwrap();
    tree.set("./N/L", leaf("l")).unwrap();
    tree
}

#[test]
fn c01_each_command_takes_its_right_and_no_other() {
    const ALL: [&str; 5] = ["Add", "Delete", "Exec", "Get", "Replace"];
    let tnds = |name: &str| {
        document(&format!(
            "<Node><NodeName>{name}</NodeName><Node><NodeName>B</NodeName><Value>x</Value></Node></Node>"
        ))
    };
    let xml = |command, uri, name| set(command, uri, "xml", crate::desk::TNDS, &tnds(name));
    for (body, needed, granted) in [
        (add("./N/X", "x"), "Add", 200),
        (add_node("./N/X"), "Add", 200),
        (add("./N/I/X", "x"), "Add", 200),
        (xml("Add", "./N/X", "X"), "Add", 200),
        (delete("./N/L"), "Delete", 200),
        (delete("./N/I"), "Delete", 200),
        // Nobody stands behind it.
        (exec("./N/L"), "Exec", 405),
        (exec("./N/I"), "Exec", 405),
        (get("./N/L"), "Get", 200),
        (get("./N/I"), "Get", 200),
        (get("./N/I?list=Struct"), "Get", 200),
        (get("./N/I?list=TNDS"), "Get", 200),
        (get("./N/I?prop=Name"), "Get", 200),
        (replace("./N/L", "x"), "Replace", 200),
        (replace("./N/I", "x"), "Replace", 405),
        (xml("Replace", "./N/I", "I"), "Replace", 200),
        (replace("./N/L?prop=Name", "x"), "Replace", 200),
        (replace("./N/I?prop=Title", "x"), "Replace", 200),
        (replace("./N/I?prop=ACL", "Get=*"), "Replace", 200),
        (replace("./N/L?prop=ACL", "Get=*"), "Replace", 200),
        (copy("./N/L", "./N/X"), "Get Add", 200),
        (copy("./N/I", "./N/X"), "Get Add", 200),
        (copy("./N/L", "./N/I/B"), "Get Replace", 200),
    ] {
        let needed: Vec<&str> = needed.split(' ').collect();
        for set in 0..1 << ALL.len() {
            let rights: Vec<&str> = (0..ALL.len())
                .filter(|at| set >> at & 1 == 1)
                .map(|at| ALL[at])
                .collect();
            let is_granted = needed.iter().all(|right| rights.contains(right));
            let expected = if is_granted { granted } else { 425 };
            let mut tree = granting(&rights.join(" "));
            assert_eq!(code(&mut tree, &body), expected, "{rights:?} {body}");
        }
    }
}

#[test]
fn c02_a_list_holds_as_a_whole_and_is_never_merged() {
    let mut tree = rooted("Add=*&Get=*&Replace=S&Delete=S");
    tree.set("./A/B/C", leaf("c")).unwrap();
    assert_eq!(code(&mut tree.clone(), &replace("./A/B/C", "x")), 200);
    assert_eq!(code(&mut tree.clone(), &delete("./A/B/C")), 200);
    tree.set("./A", Node::interior(None).with_acl(acl("Delete=S")))
        .unwrap();
    for (body, status) in [
        (get("./A/B/C"), 425),
        (replace("./A/B/C", "x"), 425),
        (add("./A/B/D", "x"), 425),
        (delete("./A/B/C"), 200),
    ] {
        assert_eq!(code(&mut tree.clone(), &body), status, "{body}");
    }
    tree.set("./A/B", Node::interior(None).with_acl(acl("Get=T")))
        .unwrap();
    assert_eq!(code(&mut tree, &delete("./A/B/C")), 425);
    assert_eq!(as_server("T").code(&mut tree, &get("./A/B/C")), 200);
}

#[test]
fn c03_only_the_exact_identifier_has_the_right() {
    let mut tree = rooted("Add=*&Get=*");
    tree.set("./A", leaf("a").with_acl(acl("Get=*&Replace=srvA")))
        .unwrap();
    for (server, status) in [
        ("srvA", 200),
        ("srvA2", 425),
        ("SRVA", 425),
        ("srv", 425),
        ("A", 425),
        ("", 425),
        ("*", 425),
        ("srvA+x", 425),
        (" srvA", 425),
    ] {
        let desk = as_server(server);
        assert_eq!(
            desk.code(&mut tree.clone(), &replace("./A", "x")),
            status,
            "{server}"
        );
        assert_eq!(desk.code(&mut tree.clone(), &get("./A")), 200, "{server}");
    }
}

#[test]
fn c04_the_list_of_a_leaf_takes_the_right_on_its_parent() {
    let mut tree = rooted("Add=*&Get=*");
    tree.set("./P", Node::interior(None).with_acl(acl("Get=*&Replace=T")))
        .unwrap();
    tree.set("./P/L", leaf("l").with_acl(acl("Get=*&Replace=S")))
        .unwrap();
    tree.set(
        "./P/I",
        Node::interior(None).with_acl(acl("Get=*&Replace=S")),
    )
    .unwrap();
    assert_eq!(code(&mut tree.clone(), &replace("./P/L", "x")), 200);
    for (server, uri, status) in [
        ("S", "./P/L?prop=ACL", 425),
        ("T", "./P/L?prop=ACL", 200),
        ("S", "./P/I?prop=ACL", 200),
        ("T", "./P/I?prop=ACL", 200),
        ("U", "./P/I?prop=ACL", 425),
    ] {
        let body = replace(uri, "Get=U");
        assert_eq!(
            as_server(server).code(&mut tree.clone(), &body),
            status,
            "{server} {uri}"
        );
    }
    // Nor can a document do what the property cannot.
    let smuggled = |list: &str| {
        let inside = format!(
            "<Node><NodeName>L</NodeName><RTProperties>{list}<Type/></RTProperties><Value>x</Value></Node>"
        );
        set(
            "Replace",
            "./P/L",
            "xml",
            crate::desk::TNDS,
            &document(&inside),
        )
    };
    let body = smuggled("<ACL>Get=*&amp;Replace=S&amp;Delete=S</ACL>");
    assert_eq!(code(&mut tree.clone(), &body), 425);
    assert_eq!(
        code(
            &mut tree.clone(),
            &smuggled("<ACL>Get=*&amp;Replace=S</ACL>")
        ),
        200
    );
    let mut silent = tree.clone();
    assert_eq!(code(&mut silent, &smuggled("")), 200);
    assert_eq!(value(&silent, "./P/L?prop=ACL"), "Get=*&Replace=S");
}

#[test]
fn c05_an_inherited_list_is_not_told() {
    let mut tree = rooted("Add=*&Get=*");
    tree.set("./A", leaf("a")).unwrap();
    assert_eq!(value(&tree, "./A?prop=ACL"), "");
    assert_eq!(value(&tree, ".?prop=ACL"), "Add=*&Get=*");
}

#[test]
fn c06_a_malformed_list_is_refused_and_the_old_one_stays() {
    let long = format!("Get={}", "a".repeat(1 << 16));
    let mut tree = with(&[("./A", "a")]);
    assert_eq!(
        code(&mut tree, &replace("./A?prop=ACL", "Get=*&Replace=S")),
        200
    );
    for bad in [
        "Get", "Get=", "=*", "Foo=*", "Get=a++b", "Get=a b", " ", "Copy=a", "get=a", "*", "Get=a&",
        &long,
    ] {
        assert_eq!(code(&mut tree, &replace("./A?prop=ACL", bad)), 400, "{bad}");
        assert_eq!(value(&tree, "./A?prop=ACL"), "Get=*&Replace=S");
    }
    // A command named twice is merged.
    assert_eq!(
        code(&mut tree, &replace("./A?prop=ACL", "Get=S&Replace=S&Get=T")),
        200
    );
    assert_eq!(value(&tree, "./A?prop=ACL"), "Get=S+T&Replace=S");
    assert_eq!(code(&mut tree, &replace("./A?prop=ACL", "")), 200);
    assert_eq!(value(&tree, "./A?prop=ACL"), "");
}

#[test]
fn c10_delete_takes_the_right_on_the_addressed_node_alone() {
    let mut tree = open();
    tree.set("./A/B", leaf("b").with_acl(acl("Get=*"))).unwrap();
    assert_eq!(code(&mut tree.clone(), &delete("./A/B")), 425);
    assert_eq!(code(&mut tree, &delete("./A")), 200);
    assert_eq!(tree.len(), 1);
}

#[test]
fn c11_a_list_that_was_changed_in_a_failing_atomic_is_the_old_one_again() {
    let mut tree = with(&[("./A", "a"), ("./B/C", "c")]);
    let before = tree.clone();
    let body = group(
        "Atomic",
        &[
            replace("./A?prop=ACL", "Get=*"),
            replace(".?prop=ACL", "Add=*"),
            replace("./B?prop=ACL", "Get=T"),
            get("./missing"),
        ],
    );
    let codes = DESK.run(&mut tree, &body).codes();
    // What follows is done under the new lists: the root's no longer grants Replace on `./B`.
    assert_eq!(codes, [507, 216, 216, 425, 215]);
    assert_eq!(tree, before);
}

#[test]
fn the_root_always_lets_everybody_add() {
    let mut tree = open();
    for list in ["", "Get=*", "Add=S&Get=*", "Replace=S"] {
        assert_eq!(code(&mut tree, &replace(".?prop=ACL", list)), 405, "{list}");
    }
    assert_eq!(
        code(&mut tree, &replace(".?prop=ACL", "Add=*&Replace=S")),
        200
    );
    assert_eq!(
        as_server("T").code(&mut tree, &replace(".?prop=ACL", "Add=*")),
        425
    );
    // Not even the host can take its list away.
    tree.set(".", Node::interior(None)).unwrap();
    assert_eq!(as_server("T").code(&mut tree, &get(".")), 200);
    assert_eq!(value(&tree, ".?prop=ACL"), "Add=*&Get=*");
}

#[test]
fn who_makes_an_interior_node_can_use_it() {
    for (root, expected) in [
        ("Add=*&Get=*", "Add=S&Delete=S&Get=*&Replace=S"),
        ("Add=*&Get=S", "Add=S&Delete=S&Get=S&Replace=S"),
        ("Add=*&Get=S&Replace=S", ""),
    ] {
        let mut tree = rooted(root);
        assert_eq!(code(&mut tree, &add_node("./I")), 200);
        assert_eq!(value(&tree, "./I?prop=ACL"), expected);
        assert_eq!(code(&mut tree, &add("./L", "l")), 200);
        assert_eq!(value(&tree, "./L?prop=ACL"), "");
        if root.contains("Replace") {
            continue;
        }
        for (body, status) in [
            (add("./I/L", "l"), 200),
            (replace("./I/L", "m"), 200),
            (replace("./I/L?prop=ACL", "Get=S"), 200),
            (delete("./I"), 200),
            (replace("./L", "m"), 425),
            (delete("./L"), 425),
        ] {
            assert_eq!(code(&mut tree, &body), status, "{root} {body}");
        }
        let mut tree = rooted(root);
        let desk = crate::desk::Desk {
            implicit_add: omadm::tree::ImplicitAdd::Yes,
            ..DESK
        };
        assert_eq!(desk.code(&mut tree, &add("./I/J/L", "l")), 200);
        assert_eq!(value(&tree, "./I?prop=ACL"), expected);
        assert_eq!(value(&tree, "./I/J?prop=ACL"), "");
    }
}

#[test]
fn two_servers_see_different_trees() {
    let mut tree = example();
    let list = |server, tree: &mut Tree| {
        let ran = as_server(server).run(tree, &get(".?list=Struct"));
        let uris = ran.answers[0].results.iter().map(|value| value.uri.clone());
        uris.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        list("ServerA", &mut tree),
        ". ./NodeB ./NodeB/Node2 ./NodeC"
    );
    assert_eq!(list("ServerB", &mut tree), ".");
    assert_eq!(list("ServerC", &mut tree), ". ./NodeA ./NodeA/Node1");
}

#[test]
fn an_account_that_is_gone_leaves_nothing_of_itself() {
    let mut tree = Tree::new(&Limits::DEFAULT);
    tree.set(
        ".",
        Node::interior(None).with_acl(acl("Add=S&Get=S+T&Replace=T")),
    )
    .unwrap();
    tree.set("./A", leaf("a").with_acl(acl("Get=S&Replace=S")))
        .unwrap();
    tree.set("./B", leaf("b").with_acl(acl("Get=S+T"))).unwrap();
    tree.set("./C", leaf("c").with_acl(acl("Get=ST"))).unwrap();
    let (before, revision) = (tree.clone(), tree.revision());
    tree.forget_server("nobody");
    assert_eq!(tree, before);
    tree.forget_server("S");
    let lists = crate::desk::shown(&tree);
    assert!(
        lists.starts_with(". node None None Add=*&Get=T&Replace=T \n"),
        "{lists}"
    );
    assert!(
        lists.contains("Text(\"a\"))  \n") && lists.contains("Text(\"b\")) Get=T \n"),
        "{lists}"
    );
    assert!(lists.contains("Text(\"c\")) Get=ST \n"), "{lists}");
    let changes = crate::desk::told(&tree.changes(revision).unwrap());
    assert_eq!(changes, ["- Replace ", "- Replace A", "- Replace B"]);
}
