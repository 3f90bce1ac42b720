//! Serialised trees as the value of Add and Replace: all of their nodes or none, in both readings.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64, Encoding as _};
use omadm::ddf::{AccessType, AccessTypes};
use omadm::tnds::Tnds;
use omadm::tree::{ImplicitAdd, Owner, Scope};
use omadm::{Encoding, Limits, Node, Tree};

use crate::desk::{
    DESK, Desk, STAMP, TNDS, acl, code, document, get, leaf, open, replace, rooted, set, shown,
    told, value, with,
};

const T3: &str = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName><RTProperties><Format><node/></Format>\
    <Type><DDFName>com.x/1.0/X</DDFName></Type></RTProperties><Node><NodeName>L</NodeName><RTProperties><Format><chr/></Format>\
    <Type><MIME>text/plain</MIME></Type></RTProperties><Value>v</Value></Node></Node></MgmtTree>";

fn node(name: &str, inside: &str) -> String {
    format!("<Node><NodeName>{name}</NodeName>{inside}</Node>")
}

fn value_of(text: &str) -> String {
    format!("<Value>{text}</Value>")
}

fn interior() -> &'static str {
    "<RTProperties><Format><node/></Format><Type/></RTProperties>"
}

fn add(uri: &str, document: &str) -> String {
    set("Add", uri, "xml", TNDS, document)
}

fn put(uri: &str, document: &str) -> String {
    set("Replace", uri, "xml", TNDS, document)
}

#[test]
fn t3_a_tree_is_added_once() {
    let mut tree = open();
    let ran = DESK.run(&mut tree, &add("./X", T3));
    assert_eq!(
        (ran.codes(), ran.changed),
        (vec![200], vec!["Add X".to_owned(), "Add X/L".to_owned()])
    );
    assert_eq!(value(&tree, "./X?prop=Type"), "com.x/1.0/X");
    assert_eq!(value(&tree, "./X/L"), "v");
    assert_eq!(value(&tree, "./X/L?prop=TStamp"), STAMP);
    assert_eq!(code(&mut tree, &add("./X", T3)), 418);
    let again = value(&tree, "./X?list=TNDS-ACL-TStamp-VerNo");
    assert_eq!(again, T3);
}

#[test]
fn t2_nested_and_by_path_is_the_same() {
    let leaf = node("GWName", &value_of("gw.yyy.se"));
    let nested = node("Vendor", &node("ISP", &node("GWInfo", &leaf)));
    let by_path = |path: &str, name: &str, inside: &str| {
        format!("<Node><NodeName>{name}</NodeName><Path>{path}</Path>{inside}</Node>")
    };
    let flat = [
        node("Vendor", interior()),
        by_path("Vendor", "ISP", interior()),
        by_path("Vendor/ISP", "GWInfo", interior()),
        by_path("Vendor/ISP/GWInfo", "GWName", &value_of("gw.yyy.se")),
    ]
    .concat();
    let mut trees = Vec::new();
    for form in [nested, flat] {
        let mut tree = open();
        assert_eq!(code(&mut tree, &add("./Vendor", &document(&form))), 200);
        assert_eq!(value(&tree, "./Vendor/ISP/GWInfo/GWName"), "gw.yyy.se");
        trees.push(shown(&tree));
    }
    assert_eq!(trees[0], trees[1]);
}

#[test]
fn the_nodes_may_be_the_target_or_stand_below_it() {
    let l = node("L", &value_of("v"));
    for (uri, inside, leaf) in [
        ("./X", node("X", &l), "./X/L"),
        ("./X", node("", &l), "./X/L"),
        ("./X", node("Y", &l), "./X/Y/L"),
        ("./X", node("Y", &l) + &node("Z", &l), "./X/Z/L"),
        ("./I/X", node("X", &l), "./I/X/L"),
        ("./I/X", node("I", &l), "./I/X/I/L"),
    ] {
        let mut tree = with(&[("./I/A", "a")]);
        assert_eq!(
            code(&mut tree, &add(uri, &document(&inside))),
            200,
            "{inside}"
        );
        assert_eq!(value(&tree, leaf), "v", "{uri} {inside}");
        // Replace finds the same places.
        let inside = inside.replace(">v<", ">w<");
        assert_eq!(
            code(&mut tree, &put(uri, &document(&inside))),
            200,
            "{inside}"
        );
        assert_eq!(value(&tree, leaf), "w", "{uri} {inside}");
    }
    let mut tree = with(&[("./X/A", "a")]);
    assert_eq!(code(&mut tree, &replace("./X?prop=Title", "t")), 200);
    assert_eq!(code(&mut tree, &put("./X", &document(&node("Y", &l)))), 200);
    assert_eq!(value(&tree, "./X"), "Y");
    // The target itself is not in the document.
    assert_eq!(value(&tree, "./X?prop=Title"), "t");
}

#[test]
fn what_is_no_tree_or_stands_where_none_can_is_refused() {
    let l = node("L", &value_of("v"));
    let x = document(&node("X", &l));
    for (body, status) in [
        (add("./L", &x), 418),
        (add("./L/X", &x), 405),
        (add("./missing/X", &x), 404),
        (add(".", &x), 418),
        (put("./missing", &x), 404),
        // It is the value of the leaf.
        (put("./L", &x), 200),
        (put(".", &document(&node("", &l))), 405),
        (put(".", &x), 405),
        (add("./X", ""), 400),
        (add("./X", "<MgmtTree/>"), 400),
        (
            add(
                "./X",
                "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>2.0</VerDTD><Node><NodeName>X</NodeName></Node></MgmtTree>",
            ),
            400,
        ),
        (set("Add", "./X", "chr", TNDS, "no base64!"), 400),
        (set("Add", "./X", "b64", TNDS, "AAAA"), 400),
    ] {
        assert_eq!(
            code(&mut with(&[("./L", "l"), ("./I/A", "a")]), &body),
            status,
            "{body}"
        );
    }
    let desk = Desk {
        implicit_add: ImplicitAdd::Yes,
        ..DESK
    };
    let mut tree = open();
    assert_eq!(desk.code(&mut tree, &add("./I/J/X", &x)), 200);
    assert_eq!(value(&tree, "./I/J/X/L"), "v");
}

#[test]
fn t25_one_bad_node_of_a_thousand_leaves_the_whole_tree_alone() {
    let typed = |format: &str, value: &str| {
        format!(
            "<RTProperties><Format><{format}/></Format><Type/></RTProperties>{}",
            value_of(value)
        )
    };
    let many = |at: usize, bad: &str| {
        let good = |at: usize| node(&format!("N{at}"), &value_of("x"));
        let nodes: Vec<String> = (0..1000)
            .map(|now| if now == at { bad.to_owned() } else { good(now) })
            .collect();
        document(&node("X", &nodes.concat()))
    };
    for (bad, status) in [
        (node("B", &typed("int", "x")), 415),
        (node("B", &typed("bool", "yes")), 415),
        (node("N5", &value_of("twice")), 418),
        (node("a/b", &value_of("x")), 400),
        (node("..", &value_of("x")), 400),
        (node("a?b", &value_of("x")), 400),
        (node(&"a".repeat(1024), &value_of("x")), 414),
        (node("Long1", &value_of("x")), 414),
        (
            node(
                "B",
                &format!(
                    "<RTProperties><ACL>Foo=*</ACL><Type/></RTProperties>{}",
                    value_of("x")
                ),
            ),
            400,
        ),
        (
            node(
                "B",
                &format!(
                    "<RTProperties><Title>{}</Title><Type/></RTProperties>{}",
                    "t".repeat(256),
                    value_of("x")
                ),
            ),
            413,
        ),
    ] {
        for at in [6, 500, 999] {
            let document = many(at, &bad);
            let mut tree = with(&[("./X2/A", "a"), ("./DevDetail/URI/MaxSegLen", "4")]);
            assert_eq!(code(&mut tree, &add("./X", &document)), status, "{bad}");
            let document = document.replace("<NodeName>X<", "<NodeName>X2<");
            assert_eq!(code(&mut tree, &put("./X2", &document)), status, "{bad}");
        }
    }
    let mut tree = open();
    assert_eq!(code(&mut tree, &add("./X", &many(1000, ""))), 200);
    assert_eq!(tree.len(), 1002);
    let mut tree = Tree::new(&Limits {
        nodes: 1001,
        ..Limits::DEFAULT
    });
    assert_eq!(code(&mut tree, &add("./X", &many(1000, ""))), 420);
}

#[test]
fn t25_paths_in_circles_and_to_nowhere() {
    let by_path = |path: &str, name: &str| {
        format!(
            "<Node><NodeName>{name}</NodeName><Path>{path}</Path>{}</Node>",
            interior()
        )
    };
    for (inside, status) in [
        (by_path("X/A/B", "A") + &by_path("X/A", "B"), 404),
        (
            node("X", interior()) + &by_path("X/A/B", "A") + &by_path("X/A", "B"),
            404,
        ),
        (node("X", interior()) + &by_path("X/missing", "A"), 404),
        (node("X", interior()) + &by_path("../Y", "A"), 400),
        (node("X", interior()) + &by_path("/X", "A"), 400),
        (node("X", interior()) + &by_path("Y", "A"), 404),
    ] {
        let got = code(&mut open(), &add("./X", &document(&inside)));
        assert_eq!(got, status, "{inside}");
    }
}

#[test]
fn t25_a_list_in_the_document_holds_from_then_on() {
    let inside = node(
        "X",
        &format!(
            "<RTProperties><ACL>Get=S&amp;Replace=S</ACL><Format><node/></Format><Type/></RTProperties>{}",
            node("L", &value_of("v"))
        ),
    );
    let mut tree = rooted("Add=*&Get=*");
    assert_eq!(code(&mut tree, &add("./X", &document(&inside))), 200);
    assert_eq!(value(&tree, "./X?prop=ACL"), "Get=S&Replace=S");
    assert_eq!(
        crate::desk::as_server("T").code(&mut tree, &get("./X/L")),
        425
    );
    // Without a list the one who made it gets one.
    let silent = document(&node("Y", &node("Z", &node("L", &value_of("v")))));
    assert_eq!(code(&mut tree, &add("./Y", &silent)), 200);
    assert_eq!(
        value(&tree, "./Y?prop=ACL"),
        "Add=S&Delete=S&Get=*&Replace=S"
    );
    assert_eq!(value(&tree, "./Y/Z?prop=ACL"), "");
}

#[test]
fn replace_leaves_nothing_of_what_was_there() {
    let mut tree = with(&[("./X/A", "a"), ("./X/B/C", "c"), ("./X/D/E", "e")]);
    let revision = tree.revision();
    let inside = node(
        "X",
        &(node("A", &value_of("n")) + &node("D", &node("F", &value_of("f")))),
    );
    let ran = DESK.run(&mut tree, &put("./X", &document(&inside)));
    assert_eq!(ran.codes(), [200]);
    let changed = [
        "Delete X/B",
        "Delete X/D/E",
        "Replace X",
        "Replace X/A",
        "Replace X/D",
        "Replace X/D/F",
    ];
    assert_eq!(ran.changed, changed);
    let changes = told(&tree.changes(revision).unwrap());
    assert_eq!(changes, changed.map(|change| format!("S {change}")));
    assert_eq!(value(&tree, "./X"), "A/D");
    assert_eq!(value(&tree, "./X/D"), "F");
    assert_eq!(value(&tree, "./X/A?prop=VerNo"), "1");
    assert_eq!(value(&tree, "./X/D/F?prop=VerNo"), "0");
    assert_eq!(value(&tree, "./X/D/F?prop=TStamp"), STAMP);
    assert_eq!(tree.len(), 5);
    // A leaf may become a leaf, and what is none any more something else.
    assert_eq!(
        code(
            &mut tree,
            &put("./X/A", &document(&node("A", &value_of("m"))))
        ),
        200
    );
    assert_eq!(value(&tree, "./X/A"), "m");
    assert_eq!(
        code(&mut tree, &put("./X/A", &document(&node("A", interior())))),
        200
    );
    assert_eq!(value(&tree, "./X/A"), "");
}

#[test]
fn what_is_built_in_closed_or_the_hosts_is_left_alone() {
    let mut tree = open();
    let permanent = |node: Node| node.with_scope(Scope::Permanent);
    for (uri, node) in [
        ("./X", Node::interior(Some("com.x/1.0/X".into()))),
        ("./X/P", permanent(leaf("p"))),
        (
            "./X/Q",
            permanent(Node::interior(Some("com.x/1.0/Q".into()))),
        ),
        (
            "./X/R",
            leaf("r").with_access(AccessTypes::of(&[AccessType::Get])),
        ),
        ("./X/H", leaf("h").owned_by(Owner::Host)),
    ] {
        tree.set(uri, node).unwrap();
    }
    let all = [("P", "p"), ("Q", ""), ("R", "r"), ("H", "h"), ("New", "n")];
    let body = |changed: &[(&str, &str)]| {
        let inside = |(name, text): (&str, &str)| {
            let change = changed.iter().find(|(changed, _)| *changed == name);
            match change.map_or(text, |(_, text)| text) {
                "gone" => String::new(),
                "" => node(name, interior()),
                text => node(name, &value_of(text)),
            }
        };
        let inside: Vec<String> = all.into_iter().map(inside).collect();
        put("./X", &document(&node("X", &inside.concat())))
    };
    for (changes, status) in [
        (&[][..], 200),
        (&[("P", "new")], 200),
        (&[("P", "gone")], 405),
        (&[("P", "")], 405),
        (&[("Q", "gone")], 405),
        (&[("Q", "leaf")], 405),
        (&[("R", "new")], 405),
        (&[("R", "gone")], 200),
        (&[("H", "new")], 403),
        (&[("H", "gone")], 200),
        (&[("New", "gone")], 200),
    ] {
        let mut tree = tree.clone();
        assert_eq!(code(&mut tree, &body(changes)), status, "{changes:?}");
        if status == 200 {
            assert_eq!(value(&tree, "./X/Q?prop=Type"), "com.x/1.0/Q");
            assert_eq!(code(&mut tree, &replace("./X/Q?prop=Name", "Z")), 405);
            assert_eq!(code(&mut tree, &crate::desk::delete("./X/P")), 405);
        }
    }
}

#[test]
fn the_right_is_that_on_the_addressed_node() {
    let mut tree = rooted("Add=*&Get=*");
    tree.set("./X", Node::interior(None).with_acl(acl("Get=*&Replace=S")))
        .unwrap();
    tree.set("./X/L", leaf("l").with_acl(acl("Get=T"))).unwrap();
    let new = document(&node("X", &node("L", &value_of("n"))));
    assert_eq!(
        crate::desk::as_server("T").code(&mut tree, &put("./X", &new)),
        425
    );
    assert_eq!(code(&mut tree, &put("./X/L", &new)), 425);
    assert_eq!(code(&mut tree, &put("./X", &new)), 200);
    // The list of the document was none, and the one above says nothing to its author.
    assert_eq!(
        value(&tree, "./X?prop=ACL"),
        "Add=S&Delete=S&Get=*&Replace=S"
    );
    assert_eq!(value(&tree, "./X/L?prop=ACL"), "");
}

#[test]
fn a_tree_comes_in_wbxml_as_well() {
    let tnds = Tnds::decode(T3.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap();
    let octets = tnds.encode(Encoding::Wbxml, false).unwrap();
    let base64 = Base64::encode_string(&octets);
    for (format, mime) in [
        ("b64", "application/vnd.syncml.dmtnds+wbxml"),
        ("bin", "application/vnd.syncml.dmtnds+wbxml"),
        ("b64", "Application/Vnd.SyncML.DmTnds+WBXML; charset=utf-8"),
    ] {
        let mut tree = open();
        assert_eq!(
            code(&mut tree, &set("Add", "./X", format, mime, &base64)),
            200,
            "{format} {mime}"
        );
        assert_eq!(value(&tree, "./X/L"), "v");
    }
}

#[test]
fn the_host_puts_a_document_into_the_tree_whole_or_not_at_all() {
    let mut tree = with(&[("./X/A", "a"), ("./Y", "y")]);
    let read = |text: &str| Tnds::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap();
    tree.set_tnds("./X", read(T3)).unwrap();
    assert_eq!(value(&tree, "./X"), "A/L");
    let before = tree.clone();
    for bad in [
        node("L", &value_of("v")) + &node("Y", &node("Z", &value_of("v"))),
        node(
            "N",
            "<RTProperties><Format><int/></Format><Type/></RTProperties><Value>x</Value>",
        ) + &node("M", ""),
    ] {
        assert!(tree.set_tnds(".", read(&document(&bad))).is_err(), "{bad}");
        assert_eq!(tree, before);
    }
    tree.set_tnds(".", read(&document(&node("Z", &node("L", &value_of("z"))))))
        .unwrap();
    assert_eq!(value(&tree, "./Z/L"), "z");
}
