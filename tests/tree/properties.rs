//! The properties of nodes: what they say, who may change them, and what follows.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::ddf::AccessTypes;
use omadm::tree::{Found, Owner, Scope};
use omadm::{Data, Format, Node, Tree};

use crate::desk::{
    STAMP, add, add_node, code, copy, delete, exec, get, leaf, one, open, replace, set, shown,
    target, value, with,
};

const ALL: [&str; 8] = [
    "ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo",
];

/// What each property says, in the order of [`ALL`], or the status.
fn properties(tree: &Tree, uri: &str) -> Vec<String> {
    let read = |name: &&str| {
        let uri = format!("{uri}?prop={name}");
        match code(&mut tree.clone(), &get(&uri)) {
            200 => value(tree, &uri),
            code => code.to_string(),
        }
    };
    ALL.iter().map(read).collect()
}

#[test]
fn t17_a_new_node_has_the_properties_that_it_was_made_with() {
    let mut tree = open();
    for (body, uri, expected) in [
        (
            add("./A", "é"),
            "./A",
            ["", "chr", "A", "2", "", STAMP, "text/plain", "0"],
        ),
        (
            set("Add", "./B", "int", "text/x", "-1"),
            "./B",
            ["", "int", "B", "2", "", STAMP, "text/x", "0"],
        ),
        (
            set("Add", "./C", "b64", "application/x", "AQIDBA=="),
            "./C",
            ["", "bin", "C", "4", "", STAMP, "application/x", "0"],
        ),
        (
            add_node("./D"),
            "./D",
            ["", "node", "D", "406", "", STAMP, "", "0"],
        ),
        (
            one(
                "Add",
                &format!(
                    "{}<Meta><Format xmlns='syncml:metinf'>node</Format><Type xmlns='syncml:metinf'>com.x/1.0/P</Type></Meta>",
                    target("./E")
                ),
            ),
            "./E",
            ["", "node", "E", "406", "", STAMP, "com.x/1.0/P", "0"],
        ),
        (
            set("Add", "./F", "null", "", ""),
            "./F",
            ["", "null", "F", "0", "", STAMP, "text/plain", "0"],
        ),
    ] {
        assert_eq!(code(&mut tree, &body), 200, "{body}");
        assert_eq!(properties(&tree, uri), expected, "{uri}");
    }
    assert_eq!(
        properties(&tree, "."),
        [
            "Add=*&Delete=*&Exec=*&Get=*&Replace=*",
            "node",
            ".",
            "406",
            "",
            "406",
            "",
            "1"
        ]
    );
}

#[test]
fn t17_what_is_no_property_is_406_and_what_is_none_to_change_405() {
    let mut tree = with(&[("./A/B", "b")]);
    for uri in ["./A", "./A/B", "."] {
        for query in [
            "prop=",
            "foo=ACL",
            "prop=acl",
            "prop=Value",
            "prop",
            "",
            "=",
            "list=",
            "list=X",
        ] {
            let uri = format!("{uri}?{query}");
            for body in [
                get(&uri),
                replace(&uri, "x"),
                delete(&uri),
                add(&uri, "x"),
                exec(&uri),
            ] {
                let expected = match query {
                    // A list is nothing that could be changed.
                    query if query.starts_with("list=") && !body.starts_with("<Get") => 405,
                    _ => 406,
                };
                assert_eq!(code(&mut tree, &body), expected, "{body}");
            }
        }
        for name in ALL {
            let uri = format!("{uri}?prop={name}");
            for body in [
                delete(&uri),
                add(&uri, "x"),
                exec(&uri),
                copy(&uri, "./C"),
                copy("./A", &uri),
            ] {
                assert_eq!(code(&mut tree, &body), 405, "{body}");
            }
            if !matches!(name, "ACL" | "Name" | "Title") {
                assert_eq!(code(&mut tree, &replace(&uri, "chr")), 405, "{uri}");
            }
        }
    }
    assert_eq!(code(&mut tree, &get("./missing?prop=Name")), 404);
    assert_eq!(code(&mut tree, &replace("./missing?prop=Name", "x")), 404);
    let empty = |uri: &str| one("Replace", &target(uri));
    for name in ["ACL", "Name", "Title"] {
        assert_eq!(code(&mut tree, &empty(&format!("./A?prop={name}"))), 412);
    }
}

#[test]
fn version_and_moment_change_with_every_change() {
    let mut tree = with(&[("./A", "a")]);
    // The host has no clock.
    assert_eq!(properties(&tree, "./A")[5..], ["406", "text/plain", "0"]);
    for (at, body) in [
        replace("./A", "b"),
        replace("./A", "b"),
        replace("./A?prop=Title", "T"),
        replace("./A?prop=ACL", "Get=*&Replace=*"),
        replace("./A?prop=Name", "B"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(code(&mut tree, &body), 200, "{body}");
        let uri = if body.contains("Name") { "./B" } else { "./A" };
        assert_eq!(
            value(&tree, &format!("{uri}?prop=VerNo")),
            (at + 1).to_string()
        );
        assert_eq!(value(&tree, &format!("{uri}?prop=TStamp")), STAMP);
    }
    tree.set("./B", leaf("c")).unwrap();
    assert_eq!(properties(&tree, "./B")[5..], ["406", "text/plain", "6"]);
    let before = value(&tree, ".?prop=VerNo");
    assert_eq!(code(&mut tree, &add("./C", "c")), 200);
    assert_eq!(
        value(&tree, ".?prop=VerNo"),
        before,
        "a child is no change of its parent"
    );
}

#[test]
fn the_version_begins_anew_behind_65535() {
    let document = |ver_no: u32| {
        crate::desk::document(&format!(
            "<Node><NodeName>A</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type><VerNo>{ver_no}</VerNo></RTProperties><Value>a</Value></Node>"
        ))
    };
    let mut tree = open();
    let body = set("Add", "./A", "xml", crate::desk::TNDS, &document(65_535));
    assert_eq!(code(&mut tree, &body), 200);
    assert_eq!(value(&tree, "./A?prop=VerNo"), "65535");
    assert_eq!(code(&mut tree, &replace("./A", "b")), 200);
    assert_eq!(value(&tree, "./A?prop=VerNo"), "0");
}

#[test]
fn titles_have_at_most_255_octets() {
    let mut tree = with(&[("./A/B", "b")]);
    for (title, status) in [
        ("T", 200),
        ("", 200),
        (&"é".repeat(127), 200),
        (&"a".repeat(255), 200),
        (&"a".repeat(256), 413),
        (&"é".repeat(128), 413),
    ] {
        for uri in ["./A", "./A/B"] {
            let uri = format!("{uri}?prop=Title");
            let before = value(&tree, &uri);
            assert_eq!(
                code(&mut tree, &replace(&uri, title)),
                status,
                "{}",
                title.len()
            );
            let after = if status == 200 { title } else { &before };
            assert_eq!(value(&tree, &uri), after);
        }
    }
    assert!(leaf("x").with_title("\u{1}").is_err());
}

#[test]
fn a_rename_takes_everything_below_along() {
    let mut tree = with(&[("./A/B/C", "c"), ("./A/D", "d"), ("./X", "x")]);
    assert_eq!(code(&mut tree, &replace("./A/B?prop=ACL", "Get=*")), 200);
    let (before, count) = (shown(&tree), tree.len());
    assert_eq!(code(&mut tree, &replace("./A?prop=Name", "Z")), 200);
    assert_eq!(shown(&tree).replace("\nZ", "\nA"), {
        let mut lines: Vec<&str> = before.lines().collect();
        let x = lines
            .iter()
            .position(|line| line.starts_with("X "))
            .unwrap();
        let x = lines.remove(x);
        lines.insert(1, x);
        lines.join("\n") + "\n"
    });
    assert_eq!(tree.len(), count);
    assert_eq!(code(&mut tree, &get("./A")), 404);
    assert_eq!(code(&mut tree, &replace("./Z/B/C", "x")), 425);
    // To its own name is nothing.
    assert_eq!(code(&mut tree, &replace("./Z?prop=Name", "Z")), 200);
}

#[test]
fn what_a_node_cannot_be_called() {
    let mut tree = with(&[("./A/B", "b"), ("./A/C", "c"), ("./a", "")]);
    for (name, status) in [
        ("C", 418),
        ("", 500),
        (".", 500),
        ("..", 500),
        ("a/b", 500),
        ("./b", 500),
        ("a?b", 500),
        (" b", 500),
        ("b ", 500),
        ("a\tb", 500),
        (&"b".repeat(1025), 414),
        (&"b".repeat(1023), 414),
        (&"b".repeat(1022), 200),
    ] {
        let mut tree = tree.clone();
        assert_eq!(
            code(&mut tree, &replace("./A/B?prop=Name", name)),
            status,
            "{name}"
        );
    }
    // Octets and markup are no names.
    let octets = set("Replace", "./A/B?prop=Name", "b64", "", "Yg==");
    assert_eq!(
        code(&mut tree, &octets),
        200,
        "the format of a property does not count"
    );
    for uri in ["./A", "./a"] {
        let below = format!("{uri}?prop=Name");
        assert_eq!(
            code(&mut tree, &replace(&below, "A")),
            if uri == "./A" { 200 } else { 418 }
        );
    }
}

#[test]
fn what_is_below_must_be_addressable_afterwards() {
    let long = "b".repeat(1000);
    let mut tree = with(&[(&format!("./A/{long}"), "b")]);
    assert_eq!(
        code(
            &mut tree.clone(),
            &replace("./A?prop=Name", &"a".repeat(23))
        ),
        200
    );
    assert_eq!(
        code(&mut tree, &replace("./A?prop=Name", &"a".repeat(24))),
        414
    );
    tree.set("./DevDetail/URI/MaxTotLen", leaf("1010")).unwrap();
    assert_eq!(
        code(&mut tree.clone(), &replace("./A?prop=Name", &"a".repeat(9))),
        200
    );
    assert_eq!(
        code(&mut tree, &replace("./A?prop=Name", &"a".repeat(10))),
        414
    );
}

#[test]
fn what_is_built_in_keeps_its_name_and_type() {
    let mut tree = open();
    let node = Node::interior(None).with_scope(Scope::Permanent);
    tree.set("./P", node).unwrap();
    let value = Node::leaf(
        Format::Int,
        Some("text/x".into()),
        Some(Data::Text("1".into())),
    );
    tree.set("./P/L", value.unwrap().with_scope(Scope::Permanent))
        .unwrap();
    for (body, status) in [
        (replace("./P?prop=Name", "Q"), 405),
        (replace("./P/L?prop=Name", "Q"), 405),
        (replace(".?prop=Name", "Q"), 405),
        (replace("./P?prop=Title", "t"), 200),
        (replace("./P/L?prop=ACL", "Get=*&Replace=*"), 200),
        (replace("./P/L", "2"), 200),
        (set("Replace", "./P/L", "int", "text/x", "3"), 200),
        (replace("./P/L", "x"), 415),
        (set("Replace", "./P/L", "chr", "", "3"), 405),
        (set("Replace", "./P/L", "", "text/plain", "3"), 405),
    ] {
        assert_eq!(code(&mut tree, &body), status, "{body}");
    }
    let Some(Found::Leaf(node)) = tree.find("./P/L").unwrap() else {
        panic!("no leaf");
    };
    assert_eq!((node.format(), node.mime()), (Format::Int, Some("text/x")));
    assert_eq!(node.data(), Some(&Data::Text("3".into())));
}

#[test]
fn access_is_about_values_not_properties() {
    let mut tree = open();
    let node = leaf("x").with_access(AccessTypes::of(&[]));
    tree.set("./A", node).unwrap();
    for (body, status) in [
        (get("./A"), 405),
        (get("./A?prop=Size"), 405),
        (get("./A?prop=Name"), 200),
        (get("./A?prop=ACL"), 200),
        (replace("./A", "y"), 405),
        (replace("./A?prop=Title", "t"), 200),
        (delete("./A"), 405),
        (exec("./A"), 405),
        (copy("./A", "./B"), 405),
    ] {
        assert_eq!(code(&mut tree, &body), status, "{body}");
    }
    tree.set("./H", leaf("old").owned_by(Owner::Host)).unwrap();
    assert_eq!(code(&mut tree, &get("./H?prop=Size")), 406);
}
