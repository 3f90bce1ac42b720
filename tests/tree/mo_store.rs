//! Documents of management objects, stored in the tree: whole, or nothing of them.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::ddf::{AccessType, AccessTypes};
use omadm::tree::{Fetched, HostValues, Reading, Storing, Written};
use omadm::{Data, Encoding, Format, Limits, Node, StatusCode};

use crate::client_uri::M;
use crate::desk::leaf;
use crate::mo::{access, device, read, store, whole};

#[test]
fn va06_a_sparse_tree_from_the_root_is_walked_down() {
    let mut tree = device();
    let sparse = r#"[{"ClientURI":"M/north/Mode","MOData":{"Pump":{"Mode":"eco"}}}]"#;
    assert_eq!(store(&mut tree, sparse, Some("M/north/Mode")), Ok(vec![]));
    assert!(read(&tree, "M/north/Mode").unwrap().contains("eco"));
    let other = r#"[{"ClientURI":"M/north/Mode","MOData":{"Other":{"Mode":"x"}}}]"#;
    assert_eq!(store(&mut tree, other, Some("M/north/Mode")), Err(400));
    // Without a place in the command the document says it.
    let own = r#"[{"ClientURI":"M/north/Mode","MOData":{"Mode":"off"}}]"#;
    assert_eq!(
        store(&mut tree, own, None),
        Ok(vec!["M/north/Mode".to_owned()])
    );
    let draft = r#"[{"URI":"M/north/Mode","MO":"on"}]"#;
    assert_eq!(
        store(&mut tree, draft, None),
        Ok(vec!["M/north/Mode".to_owned()])
    );
    assert!(read(&tree, "M/north/Mode").unwrap().contains("\"on\""));
}

#[test]
fn s5_new_instances_are_named_by_the_device() {
    let mut tree = device();
    let east = r#"[{"ClientURI":"M/east/","MOData":{"Pump":{"Serial":"P-300","Mode":"off"}}},
                   {"ClientURI":"M/m1/","MOData":{"Pump":{"Serial":"P-400"}}}]"#;
    let made = store(&mut tree, east, None).unwrap();
    assert_eq!(made, ["M/m1/", "M/m2/"]);
    assert_eq!(
        read(&tree, "M/m1/").unwrap(),
        r#"[{"ClientURI":"M/m1/","MOData":{"Pump":{"Mode":"off","Serial":"P-300"}}}]"#
    );
    assert!(tree.find("./Pump/m2/Serial").unwrap().is_some());
    // All or nothing.
    let bad = r#"[{"ClientURI":"M/x/","MOData":{"Pump":{"Serial":"1"}}},
                  {"ClientURI":"M/north/Mode/deep","MOData":{"deep":"1"}}]"#;
    assert_eq!(store(&mut tree, bad, None), Err(404));
}

#[test]
fn new_objects_find_a_home() {
    let fan = "urn:oma:mo:ext-acme-fan:1.0";
    for (spelt, name, home) in [
        (fan, "Fan", "Fan"),
        ("oma:mo:ext-acme-fan:1.0", "Fan", "Fan"),
        // What is taken, or the device's own, is left alone.
        (fan, "Pump", "ext-acme-fan"),
        (fan, "DACMO", "ext-acme-fan"),
        (fan, "DevInfo", "ext-acme-fan"),
    ] {
        let mut tree = device();
        let document =
            format!(r#"[{{"ClientURI":"{spelt}/f/","MOData":{{"{name}":{{"Speed":3}}}}}}]"#);
        let made = store(&mut tree, &document, None).unwrap();
        assert_eq!(made, [format!("{spelt}/m1/")]);
        let speed = tree.find(&format!("./{home}/m1/Speed")).unwrap();
        assert!(speed.is_some(), "{spelt} {name}");
        assert_eq!(tree.instances(fan), [format!("./{home}/m1")]);
    }
    // In the draft dialect a name behind the identifier is one of a new instance where it is written as such.
    let mut tree = device();
    for made in ["m1", "m2"] {
        let document = format!(r#"[{{"URI":"{fan}/f/","MO":{{"Speed":3}}}}]"#);
        store(&mut tree, &document, None).unwrap();
        let speed = format!("./ext-acme-fan/{made}/Speed");
        assert!(tree.find(&speed).unwrap().is_some());
    }
}

#[test]
fn what_a_document_leaves_out_is_gone_unless_it_could_not_be_in_it() {
    let mut tree = device();
    let key = leaf("k").with_access(AccessTypes::of(&[AccessType::Replace, AccessType::Delete]));
    tree.set("./Pump/north/Key", key).unwrap();
    let document = r#"[{"ClientURI":"M/north/","MOData":{"Pump":{"Serial":"P-101","Run":{"2":{"Hours":8}}}}}]"#;
    assert_eq!(store(&mut tree, document, Some("M/north/")), Ok(vec![]));
    let mut left = tree.entries("./Pump/north").unwrap();
    left.sort();
    let below = [
        "",
        "/Key",
        "/Reset",
        "/Run",
        "/Run/2",
        "/Run/2/Hours",
        "/Serial",
    ];
    assert_eq!(left, below.map(|below| format!("Pump/north{below}")));
}

#[test]
fn documents_that_do_not_fit_change_nothing() {
    for (document, to, status) in [
        // Only the maker is read only.
        (
            r#"[{"ClientURI":"D//Man","MOData":{"Man":"Acme"}}]"#,
            Some("D//Man"),
            405,
        ),
        (
            r#"[{"ClientURI":"D//Man","MOData":{"Man":"Evil"}}]"#,
            None,
            405,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Pump":"x"}}]"#,
            Some("M/north/"),
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Pump":{"Run":1}}}]"#,
            Some("M/north/"),
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Pump":{"Serial":{}}}}]"#,
            Some("M/north/"),
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Run":{"Serial":"x"}}}]"#,
            Some("M/north/"),
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Run":{"Serial":"x"}}}]"#,
            None,
            200,
        ),
        (r#"[]"#, Some("M/north/"), 400),
        (r#"[]"#, None, 200),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Pump":{}}},{"ClientURI":"M/n/","MOData":{"Pump":{}}}]"#,
            Some("M/north/"),
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Mode":"x"}}]"#,
            Some("M/*/Mode"),
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Mode":"x"}}]"#,
            Some("M/north/Mode?cv=1"),
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Mode":"x"}}]"#,
            Some("M/west/Mode"),
            404,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"x":"x"}}]"#,
            Some("M/north/Mode/x"),
            404,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"x":"x"}}]"#,
            Some("M/north/a/x"),
            404,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"x":"x"}}]"#,
            Some("M/north/x"),
            200,
        ),
        (r#"[{"ClientURI":"M/*/","MOData":{"Pump":{}}}]"#, None, 400),
        (
            r#"[{"ClientURI":"D//","MOData":{"DevInfo":{"a/b":"x"}}}]"#,
            None,
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Pump":{"..":"x"}}}]"#,
            None,
            400,
        ),
        (
            r#"[{"ClientURI":"M/n/","MOData":{"Pump":{"":"x"}}}]"#,
            None,
            400,
        ),
        (
            r#"[{"ClientURI":"https://x/","MOData":{"Pump":{}}}]"#,
            None,
            400,
        ),
        (r#"[{"URI":"M/north/","Code":304}]"#, None, 400),
    ] {
        let mut tree = device();
        let stored = store(&mut tree, document, to);
        assert_eq!(
            stored.map_or_else(|code| code, |_| 200),
            status,
            "{document} {to:?}"
        );
    }
}

#[test]
fn j05_names_of_javascript_are_names() {
    let mut tree = device();
    let document = r#"[{"ClientURI":"M/p/","MOData":{"Pump":{"__proto__":"a","constructor":{"prototype":1}}}}]"#;
    assert_eq!(store(&mut tree, document, None).unwrap(), ["M/m1/"]);
    assert!(
        read(&tree, "M/m1/")
            .unwrap()
            .contains(r#"{"__proto__":"a","constructor":{"prototype":1}}"#)
    );
}

#[test]
fn serialised_trees_say_the_same() {
    let mut tree = device();
    let found = access(&tree).read_tnds(&tree, &whole("M/*/"), &HostValues::new());
    let Ok(Reading::Found(nodes)) = found else {
        panic!("{found:?}")
    };
    let places = nodes
        .iter()
        .map(|node| (node.path.as_deref(), node.name.as_deref()));
    assert!(places.eq([(Some(M), Some("north")), (Some(M), Some("south"))]));
    let document = omadm::tnds::Tnds {
        nodes,
        ..omadm::tnds::Tnds::default()
    };
    let text = document.encode(Encoding::Xml, false).unwrap();
    let document = omadm::tnds::Tnds::decode(&text, Encoding::Xml, &Limits::DEFAULT).unwrap();
    let (values, none) = (HostValues::new(), Written::new());
    let before = tree.clone();
    let access = access(&tree);
    let stored = access.store(&mut tree, Fetched::Tnds(&document), None, &values, &none);
    let Ok(Storing::Done { created, .. }) = stored else {
        panic!("{stored:?}")
    };
    assert_eq!(created, [format!("{M}/north/"), format!("{M}/south/")]);
    assert_eq!(tree, before);
    // Without a Path the Type is the object.
    let text = format!(
        "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>e</NodeName><RTProperties><Type><DDFName>{M}</DDFName></Type></RTProperties><Node><NodeName>Mode</NodeName><Value>off</Value></Node></Node></MgmtTree>"
    );
    let document =
        omadm::tnds::Tnds::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap();
    let stored = access.store(&mut tree, Fetched::Tnds(&document), None, &values, &none);
    assert!(matches!(stored, Ok(Storing::Done { created, .. }) if created == [format!("{M}/m1/")]));
}

#[test]
fn d37_raw_bodies_are_values_of_leaves() {
    let mut tree = device();
    let image = Node::leaf(Format::Bin, None, Some(Data::Octets(vec![1]))).unwrap();
    tree.set("./Pump/north/Image", image).unwrap();
    let body = [0_u8, 255];
    for (mime, body, to, expected) in [
        ("image/png", &body[..], Some("M/north/Image"), Ok(())),
        ("text/plain", b"eco", Some("M/north/Mode"), Ok(())),
        (
            "Text/Plain; charset=utf-8",
            b"eco",
            Some("M/north/New"),
            Ok(()),
        ),
        ("text/plain", &body, Some("M/north/Mode"), Err(400)),
        ("image/png", &body, Some("M/north/Mode"), Err(415)),
        ("image/png", &body, Some("M/north/"), Err(400)),
        ("text/plain", b"x", None, Err(415)),
    ] {
        let to = to.map(whole);
        let raw = Fetched::Raw { mime, body };
        let stored = access(&tree).store(
            &mut tree,
            raw,
            to.as_deref(),
            &HostValues::new(),
            &Written::new(),
        );
        let stored = stored.map(drop).map_err(|status: StatusCode| status.0);
        assert_eq!(stored, expected, "{mime} {to:?}");
    }
    assert!(read(&tree, "M/north/Image").unwrap().contains("AP8="));
}
