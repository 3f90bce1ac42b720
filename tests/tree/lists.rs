//! Lists of whole sub-trees: as items, as items with values, as one document.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{Owner, Reply};
use omadm::{Data, Encoding, Format, Limits, Node, Tree};

use omadm::tnds::{Placement, Reading, Tnds};

use crate::desk::{
    DESK, STAMP, TNDS, acl, add, as_server, code, get, leaf, open, replace, set, value, with,
};

fn data(format: Format, text: &str) -> Node {
    Node::leaf(format, None, Some(Data::Text(text.to_owned()))).unwrap()
}

/// The tree of vector T1.
fn vector() -> Tree {
    let mut tree = open();
    for (uri, node) in [
        ("./A/C", Node::interior(None)),
        ("./A/D/E/G", data(Format::Chr, "g")),
        ("./A/D/E/H", data(Format::B64, "AQI=")),
        (
            "./A/D/F",
            Node::leaf(Format::Xml, None, Some(Data::Markup("<f/>".into()))).unwrap(),
        ),
    ] {
        tree.set(uri, node).unwrap();
    }
    tree
}

fn found(tree: &Tree, uri: &str) -> Vec<String> {
    let ran = DESK.run(&mut tree.clone(), &get(uri));
    assert_eq!(ran.codes(), [200], "{uri}");
    ran.found()
}

#[test]
fn t1_the_structure_of_a_sub_tree() {
    assert_eq!(
        found(&vector(), "./A?list=Struct"),
        [
            "./A node - -",
            "./A/C node - -",
            "./A/D node - -",
            "./A/D/E node - -",
            "./A/D/E/G - - -",
            "./A/D/E/H b64 - -",
            "./A/D/F xml - -",
        ]
    );
    assert_eq!(
        found(&vector(), "./A/D?list=StructData"),
        [
            "./A/D node - -",
            "./A/D/E node - -",
            "./A/D/E/G - - g",
            "./A/D/E/H b64 - AQI=",
            "./A/D/F xml - <f/>",
        ]
    );
    for (uri, names) in [("./A", "C/D"), ("./A/C", ""), ("./A/D", "E/F")] {
        assert_eq!(value(&vector(), uri), names);
    }
    assert_eq!(found(&vector(), ".?list=Struct").len(), 8);
    assert_eq!(found(&vector(), "./A/D/F?list=Struct"), ["./A/D/F xml - -"]);
}

#[test]
fn a_list_of_one_document() {
    let mut tree = open();
    let body = set(
        "Add",
        "./X",
        "xml",
        TNDS,
        &crate::desk::document(
            "<Node><NodeName>X</NodeName><RTProperties><Format><node/></Format><Type><DDFName>com.x/1.0/X</DDFName></Type></RTProperties>\
        <Node><NodeName>L</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>v</Value></Node></Node>",
        ),
    );
    assert_eq!(code(&mut tree, &body), 200);
    assert_eq!(code(&mut tree, &replace("./X/L?prop=Title", "t")), 200);
    assert_eq!(
        code(&mut tree, &replace("./X?prop=ACL", "Get=*&Replace=*")),
        200
    );
    let all = format!(
        "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>X</NodeName><RTProperties><ACL>Get=*&amp;Replace=*</ACL>\
        <Format><node/></Format><TStamp>{STAMP}</TStamp><Type><DDFName>com.x/1.0/X</DDFName></Type><VerNo>1</VerNo></RTProperties>\
        <Node><NodeName>L</NodeName><RTProperties><Format><chr/></Format><Title>t</Title><TStamp>{STAMP}</TStamp>\
        <Type><MIME>text/plain</MIME></Type><VerNo>1</VerNo></RTProperties><Value>v</Value></Node></Node></MgmtTree>"
    );
    assert_eq!(
        found(&tree, "./X?list=TNDS"),
        [format!("./X xml {TNDS} {all}")]
    );
    // What is left out is the same whichever way it is said.
    for (one, other) in [
        ("+ACL+Format+Title+TStamp+Type+VerNo+Value", ""),
        ("-ACL", "+Format+Title+TStamp+Type+VerNo+Value"),
        ("-ACL-Title-TStamp-VerNo-Value-Format", "+Type"),
        ("+Value+ACL", "-Format-Title-TStamp-Type-VerNo"),
    ] {
        let read = |list: &str| {
            found(&tree, &format!("./X?list=TNDS{list}"))[0]
                .split_once(' ')
                .unwrap()
                .1
                .to_owned()
        };
        assert_eq!(read(one), read(other), "{one}");
    }
    let bare = found(&tree, "./X?list=TNDS+Value").concat();
    assert!(
        bare.contains("<Value>v</Value>") && !bare.contains("<ACL>") && !bare.contains("VerNo")
    );
    let list = found(&tree, "./X?list=TNDS-Value").concat();
    assert!(!list.contains("<Value>"), "{list}");
}

#[test]
fn what_is_no_list_is_406() {
    for list in [
        "",
        "struct",
        "StructDat",
        "Struct+ACL",
        "TNDS+",
        "TNDS-",
        "TNDS+ACL-Type",
        "TNDS-ACL+Type",
        "TNDS+Name",
        "TNDS+Size",
        "TNDS+acl",
        "TNDS+ACL+",
        "TNDS ACL",
        "TNDSACL",
        "TNDS+ACL Type",
        "Struct=",
        "TNDS+ACL&list=Struct",
        "TNDS++ACL",
    ] {
        assert_eq!(
            code(&mut vector(), &get(&format!("./A?list={list}"))),
            406,
            "{list}"
        );
    }
    assert_eq!(code(&mut vector(), &get("./missing?list=Struct")), 404);
    assert_eq!(code(&mut vector(), &get("./A?list=TNDS+ACL+ACL")), 200);
}

#[test]
fn what_may_not_be_read_is_left_out_with_what_is_below() {
    let mut tree = vector();
    tree.set("./A/D/E", Node::interior(None).with_acl(acl("Get=T")))
        .unwrap();
    tree.set("./A/D/E/G", leaf("g").with_acl(acl("Get=*")))
        .unwrap();
    assert_eq!(
        found(&tree, "./A?list=Struct"),
        [
            "./A node - -",
            "./A/C node - -",
            "./A/D node - -",
            "./A/D/F xml - -"
        ]
    );
    let document = found(&tree, "./A?list=TNDS").concat();
    assert!(
        document.contains("<NodeName>F")
            && !document.contains("<NodeName>E")
            && !document.contains("<NodeName>G")
    );
    assert_eq!(code(&mut tree, &get("./A/D/E?list=Struct")), 425);
    // A plain Get names them all.
    assert_eq!(value(&tree, "./A/D"), "E/F");
    let ran = as_server("T").run(&mut tree, &get("./A/D/E?list=Struct"));
    assert_eq!(ran.found().len(), 3);
    // A list further up does not hold where a nearer one is silent on the right.
    tree.set("./A", Node::interior(None).with_acl(acl("Get=S")))
        .unwrap();
    assert_eq!(as_server("T").code(&mut tree, &get("./A/C")), 425);
    let ran = as_server("T").run(&mut tree, &get(".?list=Struct"));
    assert_eq!(ran.found(), [". node - -"]);
}

#[test]
fn values_of_the_host_are_asked_for_in_order() {
    let mut tree = with(&[("./A/M", "m")]);
    for name in ["H", "K", "Z"] {
        tree.set(&format!("./A/{name}"), leaf("").owned_by(Owner::Host))
            .unwrap();
    }
    let ran = DESK.run_with(&mut tree, &get("./A?list=StructData"), &|_, at| {
        Reply::Value(leaf(&at.to_string()))
    });
    assert_eq!(ran.asked.len(), 3);
    assert_eq!(
        ran.found(),
        [
            "./A node - -",
            "./A/H - - 0",
            "./A/K - - 1",
            "./A/M - - m",
            "./A/Z - - 2"
        ]
    );
    // Structure alone needs no values.
    assert_eq!(
        DESK.run(&mut tree, &get("./A?list=Struct")).found().len(),
        5
    );
    assert_eq!(
        DESK.run(&mut tree, &get("./A?list=TNDS-Value")).codes(),
        [200]
    );
}

#[test]
fn a_document_that_was_read_makes_the_same_tree_elsewhere() {
    let mut tree = vector();
    assert_eq!(code(&mut tree, &add("./A/C/T", "a\n<&>\"é😀")), 200);
    for uri in ["./A", "./A/D", "./A/D/E/H"] {
        let text = value(&tree, &format!("{uri}?list=TNDS-ACL-VerNo-TStamp"));
        let read = Tnds::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap();
        assert_eq!(
            read.clone()
                .resolve(uri, Placement::Target)
                .unwrap()
                .reading,
            Reading::Target
        );
        let mut again = tree.clone();
        let document = set("Replace", uri, "xml", TNDS, &text);
        assert_eq!(code(&mut again, &document), 200, "{text}");
        assert_eq!(crate::desk::shown(&again), crate::desk::shown(&tree));
        assert_eq!(
            value(&again, &format!("{uri}?list=TNDS-ACL-VerNo-TStamp")),
            text
        );
    }
}
