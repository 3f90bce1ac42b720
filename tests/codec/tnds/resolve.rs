//! Where the nodes of a serialised tree belong.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::Format;
use omadm::tnds::{Placement, Reading, SubTree, Tnds, TndsNode};
use omadm::{Code, Data, Encoding, Limits, StatusCode};

use super::{B1_XML, T3, decode, interior, leaf, tnds, tree, value};

/// A node with a Path, or without.
fn at(path: Option<&str>, node: TndsNode) -> TndsNode {
    TndsNode {
        path: path.map(str::to_owned),
        ..node
    }
}

fn paths(found: &SubTree) -> Vec<String> {
    (0..found.nodes.len())
        .map(|index| found.path(index))
        .collect()
}

/// Reading, base and paths.
fn resolved(tnds: Tnds, target: &str) -> (Reading, String, Vec<String>) {
    let found = tnds.resolve(target, Placement::Target).unwrap();
    for (index, node) in found.nodes.iter().enumerate() {
        assert!(node.parent.is_none_or(|parent| parent < index));
        if let Some(parent) = node.parent {
            assert!(found.nodes[parent].is_interior());
        }
        assert_eq!(node.data.is_none(), node.is_interior());
    }
    let paths = paths(&found);
    (found.reading, found.base, paths)
}

#[test]
fn t2_nested_nodes_and_paths_are_the_same_tree() {
    let nested = interior(
        "Vendor",
        vec![interior(
            "ISP",
            vec![interior("GWInfo", vec![leaf("GWName", "gw.yyy.se")])],
        )],
    );
    let flat = || {
        vec![
            at(None, interior("Vendor", vec![])),
            at(Some("Vendor"), interior("ISP", vec![])),
            at(Some("Vendor/ISP"), interior("GWInfo", vec![])),
            at(Some("Vendor/ISP/GWInfo"), leaf("GWName", "gw.yyy.se")),
        ]
    };
    let expected = tnds(vec![nested])
        .resolve("./Vendor", Placement::Target)
        .unwrap();
    assert_eq!(
        paths(&expected),
        [
            "Vendor",
            "Vendor/ISP",
            "Vendor/ISP/GWInfo",
            "Vendor/ISP/GWInfo/GWName"
        ]
    );
    assert_eq!(expected.nodes[3].data, value("gw.yyy.se"));
    let again = tnds(flat()).resolve("Vendor", Placement::Target);
    assert_eq!(again.as_ref(), Ok(&expected));
    // In another order, and without saying what is interior.
    let mut reversed = flat();
    reversed.reverse();
    for node in &mut reversed {
        node.format = None;
    }
    reversed[3].name = Some(String::new());
    let again = tnds(reversed).resolve("./Vendor?list=TNDS", Placement::Target);
    assert_eq!(again.as_ref(), Ok(&expected));
}

#[test]
fn t3_the_node_is_the_target() {
    let found = decode(T3).resolve("./X", Placement::Target).unwrap();
    assert_eq!((found.reading, found.base.as_str()), (Reading::Target, ""));
    assert_eq!(paths(&found), ["X", "X/L"]);
    assert_eq!(found.nodes[0].format, Format::Node);
    assert_eq!(found.nodes[0].mime.as_deref(), Some("com.x/1.0/X"));
    assert_eq!(
        (found.nodes[1].parent, &found.nodes[1].data),
        (Some(0), &value("v"))
    );
}

#[test]
fn the_two_readings() {
    let one = |name: Option<&str>| {
        let inside = vec![leaf("L", "v")];
        tnds(vec![TndsNode {
            name: name.map(str::to_owned),
            ..interior("", inside)
        }])
    };
    let is = |reading, base: &str, paths: &[&str]| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        (reading, base.to_owned(), paths)
    };
    for name in [Some("B"), Some(""), None] {
        assert_eq!(
            resolved(one(name), "./A/B"),
            is(Reading::Target, "A", &["A/B", "A/B/L"]),
            "{name:?}"
        );
    }
    for (target, reading, base, paths) in [
        ("./A", Reading::Children, "A", ["A/B", "A/B/L"]),
        ("./B/A", Reading::Children, "B/A", ["B/A/B", "B/A/B/L"]),
        ("./A/b", Reading::Children, "A/b", ["A/b/B", "A/b/B/L"]),
        (".", Reading::Children, "", ["B", "B/L"]),
    ] {
        assert_eq!(resolved(one(Some("B")), target), is(reading, base, &paths));
    }
    for name in ["", "."] {
        assert_eq!(
            resolved(one(Some(name)), "."),
            is(Reading::Target, "", &["", "L"]),
            "the root of the tree"
        );
    }
    // The children of a node as a list, as some answer.
    let list = tnds(vec![
        interior("Ext", vec![]),
        interior("Bearer", vec![]),
        at(Some("Bearer"), leaf("GSM", "1")),
        at(Some("./Bearer"), leaf("CDMA", "1")),
        at(Some("."), leaf("Man", "M")),
    ]);
    assert_eq!(
        resolved(list, "./DevInfo"),
        is(
            Reading::Children,
            "DevInfo",
            &[
                "DevInfo/Ext",
                "DevInfo/Bearer",
                "DevInfo/Bearer/GSM",
                "DevInfo/Bearer/CDMA",
                "DevInfo/Man"
            ]
        )
    );
    // One that is named like the target among several is its child.
    let several = || vec![leaf("A", "1"), leaf("B", "2")];
    assert_eq!(
        resolved(tnds(several()), "./A"),
        is(Reading::Children, "A", &["A/A", "A/B"])
    );
    // Without a Path there is none that is the target.
    let only_paths = tnds(vec![at(Some("."), interior("A", vec![]))]);
    assert_eq!(
        resolved(only_paths, "./A"),
        is(Reading::Children, "A", &["A/A"])
    );
}

#[test]
fn names_in_the_inbox_are_proposals() {
    let found = decode(B1_XML).resolve("./Inbox", Placement::Inbox).unwrap();
    assert_eq!(
        (found.reading, found.base.as_str()),
        (Reading::Children, "Inbox")
    );
    assert_eq!(found.nodes[0].name, "1");
    assert_eq!(
        found.nodes[0].acl.as_deref(),
        Some("Get=m.example&Replace=m.example&Delete=m.example")
    );
    assert_eq!(found.nodes.len(), 12);
    assert_eq!(found.path(11), "Inbox/1/AppAuth/1/AAuthSecret");
    let inbox = tnds(vec![interior("Inbox", vec![])]);
    let found = inbox.resolve("./Inbox", Placement::Inbox).unwrap();
    assert_eq!(paths(&found), ["Inbox/Inbox"]);
    let nameless = || TndsNode {
        name: None,
        ..interior("", vec![leaf("L", "v")])
    };
    let found = tnds(vec![nameless(), nameless(), interior("A", vec![])])
        .resolve("./Inbox", Placement::Inbox)
        .unwrap();
    let names: Vec<_> = found
        .nodes
        .iter()
        .map(|node| (node.parent, node.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (None, ""),
            (Some(0), "L"),
            (None, ""),
            (Some(2), "L"),
            (None, "A")
        ]
    );
}

#[test]
fn kinds_and_values_that_are_not_given() {
    let node = |format: Option<&str>, value: &str| {
        let format = format.map_or(String::new(), |format| {
            format!("<RTProperties><Format><{format}/></Format></RTProperties>")
        });
        let text = format!("<Node><NodeName>A</NodeName>{format}{value}</Node>");
        let found = decode(&tree(&text)).resolve("./A", Placement::Target);
        let node = found.unwrap().nodes.remove(0);
        (node.format, node.data)
    };
    let octets = |octets: &[u8]| Some(Data::Octets(octets.to_vec()));
    assert_eq!(node(None, ""), (Format::Chr, value("")));
    assert_eq!(node(Some("bin"), ""), (Format::Bin, octets(b"")));
    assert_eq!(node(Some("null"), ""), (Format::Null, None));
    assert_eq!(node(Some("null"), "<Value/>"), (Format::Null, None));
    assert_eq!(
        node(Some("node"), "<Value>a/b</Value>"),
        (Format::Node, None)
    );
    assert_eq!(
        node(None, "<Value><a/></Value>"),
        (Format::Xml, Some(Data::Markup("<a/>".to_owned())))
    );
    assert_eq!(
        node(None, "<Node><NodeName>B</NodeName></Node>"),
        (Format::Node, None)
    );
}

#[test]
fn t25_t20_t21_what_cannot_be_placed() {
    let named = |name: &str| tnds(vec![leaf(name, "1"), leaf("Z", "2")]);
    let nested = |name: &str| tnds(vec![interior("A", vec![leaf("B", ""), leaf(name, "")])]);
    let flat = |nodes: &[(&str, &str)]| {
        let nodes = nodes.iter().map(|(path, name)| {
            let path = Some(*path).filter(|path| !path.is_empty());
            at(path, interior(name, vec![]))
        });
        tnds(nodes.collect())
    };
    let long = "a".repeat(1023);
    let deep = ["a"; 64].join("/");
    let (segments, octets) = (format!("./{deep}"), format!("./{}", "b".repeat(1020)));
    let chain = (0..70).fold(leaf("z", ""), |inside, _| interior("z", vec![inside]));
    for (name, document, target, status, path) in [
        // Names.
        ("slash", named("a/b"), "./A", 400, "Node"),
        ("dot", named("."), "./A", 400, "Node"),
        ("dots", nested(".."), "./A", 400, "Node/Node[2]"),
        ("empty", nested(""), "./A", 400, "Node/Node[2]"),
        ("query", nested("B?prop=ACL"), "./A", 400, "Node/Node[2]"),
        ("control", nested("a\nb"), "./A", 400, "Node/Node[2]"),
        ("blank", nested("B "), "./A", 400, "Node/Node[2]"),
        ("long", nested(&long), "./A", 414, "Node/Node[2]"),
        (
            "no name",
            tnds(vec![leaf("A", ""), TndsNode::default()]),
            "./A",
            400,
            "Node[2]",
        ),
        // Duplicates.
        ("twice", nested("B"), "./A", 418, "Node/Node[2]"),
        ("twice at the top", named("Z"), "./A", 418, "Node[2]"),
        (
            "twice by path",
            flat(&[("", "A"), ("A", "B"), ("./A", "B")]),
            "./A",
            418,
            "Node[3]",
        ),
        (
            "target twice",
            flat(&[("", "A"), (".", "A")]),
            "./A",
            418,
            "Node[2]",
        ),
        // Paths.
        (
            "cycle of one",
            flat(&[("", "A"), ("B", "B")]),
            "./A",
            404,
            "Node[2]",
        ),
        (
            "cycle of two",
            flat(&[("", "A"), ("C", "B"), ("B", "C")]),
            "./X",
            404,
            "Node[2]",
        ),
        ("itself", flat(&[("A", "A")]), "./A", 404, "Node"),
        (
            "nowhere",
            flat(&[("", "A"), ("A/B", "C")]),
            "./A",
            404,
            "Node[2]",
        ),
        (
            "beside the target",
            flat(&[("", "A"), (".", "B")]),
            "./A",
            400,
            "Node[2]",
        ),
        (
            "under a neighbour",
            flat(&[("", "A"), ("B", "C")]),
            "./A",
            404,
            "Node[2]",
        ),
        (
            "up",
            flat(&[("", "A"), ("A/..", "B")]),
            "./A",
            400,
            "Node[2]",
        ),
        (
            "absolute",
            flat(&[("", "A"), ("/A", "B")]),
            "./A",
            400,
            "Node[2]",
        ),
        (
            "no segment",
            flat(&[("", "A"), ("A//B", "B")]),
            "./A",
            400,
            "Node[2]",
        ),
        (
            "at the end",
            flat(&[("", "A"), ("A/", "B")]),
            "./A",
            400,
            "Node[2]",
        ),
        (
            "of a property",
            flat(&[("", "A"), ("A?prop=ACL", "B")]),
            "./A",
            400,
            "Node[2]",
        ),
        (
            "too long",
            flat(&[("", "A"), (&"a".repeat(1025), "B")]),
            "./A",
            414,
            "Node[2]",
        ),
        (
            "inside another",
            tnds(vec![interior("A", vec![at(Some("A"), leaf("B", ""))])]),
            "./A",
            400,
            "Node/Node",
        ),
        // Below a leaf.
        (
            "below a leaf",
            tnds(vec![leaf("A", "1"), at(Some("A"), leaf("B", ""))]),
            "./A",
            405,
            "Node[2]",
        ),
        (
            "below a leaf without value",
            decode(&tree(
                "<Node><NodeName>A</NodeName><RTProperties><Format><chr/></Format></RTProperties>\
                <Node><NodeName>B</NodeName></Node></Node>",
            )),
            "./A",
            405,
            "Node/Node",
        ),
        // The whole URI.
        ("too deep", named("a"), &segments, 414, "Node"),
        (
            "too deep inside",
            tnds(vec![chain]),
            "./z",
            414,
            &["Node"; 65].join("/"),
        ),
        ("too long below", named("abcd"), &octets, 414, "Node"),
    ] {
        let misplaced = document.resolve(target, Placement::Target).unwrap_err();
        let path = Some(path).filter(|path| !path.is_empty());
        assert_eq!(misplaced.status, StatusCode(status), "{name}: {misplaced}");
        assert_eq!(misplaced.error.path(), path, "{name}");
        assert_eq!(misplaced.error.code(), Code::Schema, "{name}");
    }
    for (target, status) in [
        ("", 400),
        ("/A", 400),
        ("./A/", 400),
        (long.repeat(2).as_str(), 414),
    ] {
        let misplaced = named("a").resolve(target, Placement::Target).unwrap_err();
        assert_eq!(misplaced.status, StatusCode(status), "{target}");
        assert_eq!(misplaced.error.path(), None);
    }
    assert!(named("abc").resolve(&octets, Placement::Target).is_ok());
}

#[test]
fn t25_one_bad_node_of_a_thousand() {
    for bad in [0, 1, 499, 999] {
        let mut nodes: Vec<_> = (0..1000).map(|n| leaf(&n.to_string(), "v")).collect();
        nodes[bad].name = Some("a/b".to_owned());
        let found = tnds(vec![interior("A", nodes)]).resolve("./A", Placement::Target);
        let path = match bad {
            0 => "Node/Node".to_owned(),
            _ => format!("Node/Node[{}]", bad + 1),
        };
        assert_eq!(found.unwrap_err().error.path(), Some(path.as_str()));
    }
}

#[test]
fn a_list_of_nodes_is_a_document() {
    let bare = |mut node: TndsNode| {
        node.name = None;
        node
    };
    let list = || {
        vec![
            ("A/B".to_owned(), bare(interior("", vec![]))),
            ("A/B/C".to_owned(), bare(interior("", vec![]))),
            // Sorted as text: a blank and an exclamation mark stand before the slash.
            ("A/B/C!".to_owned(), bare(leaf("", "1"))),
            ("A/B/C/D".to_owned(), bare(leaf("", "2"))),
            ("A/B/E".to_owned(), bare(leaf("", "3"))),
        ]
    };
    let expected = tnds(vec![interior(
        "B",
        vec![
            interior("C", vec![leaf("D", "2")]),
            leaf("C!", "1"),
            leaf("E", "3"),
        ],
    )]);
    let made = Tnds::of_nodes(list()).unwrap();
    assert_eq!(made, expected);
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let body = made.encode(encoding, false).unwrap();
        let read = Tnds::decode(&body, encoding, &Limits::DEFAULT).unwrap();
        let found = read.resolve("./A/B", Placement::Target).unwrap();
        assert_eq!(found.reading, Reading::Target);
        assert_eq!(
            paths(&found),
            ["A/B", "A/B/C", "A/B/C/D", "A/B/C!", "A/B/E"]
        );
    }
    let root = Tnds::of_nodes([
        (String::new(), interior("x", vec![leaf("gone", "")])),
        ("A".to_owned(), leaf("x", "1")),
    ]);
    assert_eq!(root, Ok(tnds(vec![interior("", vec![leaf("A", "1")])])));
    for bad in [
        vec![],
        vec!["A", "B"],
        vec!["A", "A"],
        vec!["A", "A/B/C", "A/B"],
        vec!["A/B", "A"],
        vec!["A", "A/B", "A/B"],
    ] {
        let list = bad
            .iter()
            .map(|path| ((*path).to_owned(), TndsNode::default()));
        assert_eq!(
            Tnds::of_nodes(list).unwrap_err().code(),
            Code::Arg,
            "{bad:?}"
        );
    }
}
