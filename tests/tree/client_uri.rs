//! Which nodes a ClientURI of DM 2.0 stands for: every case of the project's notes, and those of the public digest of the specification.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{HostCallKind, HostValues, Instances, Owner, Resolved, Spelling};
use omadm::{Data, Format, Node, StatusCode, Tree};

use crate::desk::{leaf, open};

pub(crate) const M: &str = "urn:oma:mo:ext-acme-pump:1.0";
pub(crate) const D: &str = "urn:oma:mo:oma-dm-devinfo:1.2";

pub(crate) fn object(moid: &str) -> Node {
    Node::interior(Some(moid.to_owned()))
}

pub(crate) fn int(value: &str) -> Node {
    Node::leaf(Format::Int, None, Some(Data::Text(value.to_owned()))).unwrap()
}

/// The device of the notes.
pub(crate) fn pumps() -> Tree {
    let mut tree = open();
    let mut set = |uri: &str, node: Node| tree.set(uri, node).unwrap();
    for (miid, serial, runs) in [
        (
            "north",
            "P-100",
            &[("1", "12", "ok"), ("2", "7", "hot")][..],
        ),
        ("south", "P-200", &[("1", "12", "ok")][..]),
    ] {
        let at = |path: &str| format!("./Pump/{miid}{path}");
        set(&at(""), object(M));
        set(&at("/Serial"), leaf(serial));
        set(&at("/Mode"), leaf("auto"));
        set(&at("/Reset"), Node::leaf(Format::Null, None, None).unwrap());
        for (run, hours, state) in runs {
            set(&at(&format!("/Run/{run}/Hours")), int(hours));
            set(&at(&format!("/Run/{run}/State")), leaf(state));
        }
    }
    set("./DevInfo", object(D));
    set("./DevInfo/Man", leaf("Acme"));
    tree
}

fn resolve(tree: &Tree, uri: &str, spelling: Spelling) -> Result<Vec<String>, u16> {
    let instances = Instances::of(tree, |_| true);
    let found = instances.resolve(tree, uri, spelling, &HostValues::new());
    match found.map_err(|status| status.0)?.1 {
        Resolved::Places(places) => Ok(places.into_iter().map(|place| place.path).collect()),
        Resolved::Ask(call) => panic!("{call:?}"),
    }
}

#[test]
fn every_address_of_the_notes() {
    let tree = pumps();
    let all = |paths: &[&str]| Ok(paths.iter().map(|path| path.to_string()).collect());
    let none = |status: u16| Err(status);
    for (id, uri, expected) in [
        ("U01", "M/north/", all(&["Pump/north"])),
        ("U02", "M//", none(400)),
        ("U03", "D//Man", all(&["DevInfo/Man"])),
        ("U04", "M/(x)/?nv=(x)/Serial:P-200", all(&["Pump/south"])),
        (
            "U05",
            "M/(x)/Run/2/State?nv=(x)/Serial:P-100",
            all(&["Pump/north/Run/2/State"]),
        ),
        (
            "U06",
            "M/north/Run/(r)/Hours?nv=(r)/State:hot",
            all(&["Pump/north/Run/2/Hours"]),
        ),
        (
            "U07",
            "M/(x)/Run/(r)/Hours?nv=(x)/Serial:P-100&nv=(r)/State:ok",
            all(&["Pump/north/Run/1/Hours"]),
        ),
        (
            "U08",
            "M/*/Mode",
            all(&["Pump/north/Mode", "Pump/south/Mode"]),
        ),
        (
            "U09",
            "M/north/Run/*/State",
            all(&["Pump/north/Run/1/State", "Pump/north/Run/2/State"]),
        ),
        (
            "U10",
            "M/*/Run/*/Hours",
            all(&[
                "Pump/north/Run/1/Hours",
                "Pump/north/Run/2/Hours",
                "Pump/south/Run/1/Hours",
            ]),
        ),
        (
            "U11",
            "M/(x)/Mode?nv=(x)/Serial:P-100&nv=(x)/Mode:manual",
            none(404),
        ),
        ("U12", "M/(x)/Mode?nv=(x)/Mode:auto", none(400)),
        ("U13", "M/west/", none(404)),
        ("U14", "M/north/Nope", none(404)),
        ("U15", "M/(x)/Mode", none(400)),
        ("U16", "M/(xy)/Mode", none(400)),
        ("U17", "M/north/?cv=r7", all(&["Pump/north"])),
        ("U18", "urn:oma:mo:ext-acme-fan:1.0//", none(404)),
        (
            "U19",
            "oma:mo:ext-acme-pump:1.0/north/",
            all(&["Pump/north"]),
        ),
        ("U20", "M/n%2Forth/", none(404)),
        ("U21", "M/north/?depth=1", none(400)),
        ("U22", "M/north/Mode?nv=(z)/Serial:P-100", none(400)),
        ("U23", "M/north/Run/", all(&["Pump/north/Run"])),
        ("U24", "M/north", all(&["Pump/north"])),
        ("U25", "M", none(400)),
        ("U26", "M/*/Mode?cv=r7", none(400)),
        (
            "U27",
            "M/*/Run/(r)/Hours?nv=(r)/State:hot",
            all(&["Pump/north/Run/2/Hours"]),
        ),
        // Below a wildcard a branch with several is malformed, and branches without one drop out, until none is left.
        (
            "D72",
            "M/*/Run/(r)/Hours?nv=(r)/Hours:12",
            all(&["Pump/north/Run/1/Hours", "Pump/south/Run/1/Hours"]),
        ),
        ("D72", "M/*/(r)/Hours?nv=(r)/Nope:1", none(404)),
        ("D33", "M/*/Nope", none(404)),
        ("D33", "M/north/Mode/*", none(404)),
        (
            "D33",
            "M/north/(r)?nv=(r)/1/Hours:12",
            all(&["Pump/north/Run"]),
        ),
        (
            "D33",
            "URN:oma:mo:ext-acme-pump:1.0/north/Reset",
            all(&["Pump/north/Reset"]),
        ),
        // Whatever it says, it stays below the root of an instance.
        ("J17", "../..", none(400)),
        ("J17", "M/north/../../DevInfo", none(400)),
        ("J17", "M/north/%2e%2e/south", none(400)),
        ("J17", "https://a.example/x", none(400)),
        ("J17", "./Pump/north", none(400)),
        ("J17", "Pump/north/Mode", none(404)),
    ] {
        let uri = match uri.split_once('/') {
            Some(("M", rest)) => format!("{M}/{rest}"),
            Some(("D", rest)) => format!("{D}/{rest}"),
            None if uri == "M" => M.to_owned(),
            _ => uri.to_owned(),
        };
        assert_eq!(
            resolve(&tree, &uri, Spelling::Instance),
            expected,
            "{id} {uri}"
        );
    }
}

#[test]
fn every_address_of_the_draft() {
    let tree = pumps();
    for (uri, expected) in [
        ("oma:mo:oma-dm-devinfo:1.2/", Ok("DevInfo")),
        ("oma:mo:oma-dm-devinfo:1.2/Man", Ok("DevInfo/Man")),
        ("oma:mo:oma-dm-devinfo:1.2//Man", Ok("DevInfo/Man")),
        ("oma:mo:oma-dm-devinfo:1.2/Man?cv=1", Ok("DevInfo/Man")),
        ("oma:mo:oma-dm-devinfo:1.2/(x)?nv=(x)/Man:Acme", Err(404)),
        ("oma:mo:ext-acme-pump:1.0/south/Mode", Ok("Pump/south/Mode")),
        ("oma:mo:ext-acme-pump:1.0/Mode", Err(404)),
        ("oma:mo:ext-acme-pump:1.0/", Err(400)),
        ("oma:mo:ext-acme-pump:1.0//", Err(400)),
        ("oma:mo:oma-dm-devinfo:1.2", Err(400)),
        ("oma:mo:oma-dm-devinfo:1.2/../Man", Err(400)),
    ] {
        let found = resolve(&tree, uri, Spelling::Path);
        assert_eq!(found, expected.map(|path| vec![path.to_owned()]), "{uri}");
    }
}

#[test]
fn the_examples_of_the_digest() {
    let mut tree = open();
    for (miid, id, setting) in [("left", "GPS", "0xA1"), ("right", "Temperature", "0xB2")] {
        let at = |path: &str| format!("./Mo/{miid}{path}");
        tree.set(&at(""), object("urn:oma:mo:moid:1.0")).unwrap();
        tree.set(&at("/ID"), leaf(id)).unwrap();
        tree.set(&at("/Setting"), leaf(setting)).unwrap();
        for (data, date) in [("1", "12.1"), ("2", "12.2")] {
            tree.set(&at(&format!("/Data/{data}/Date")), leaf(date))
                .unwrap();
            tree.set(&at(&format!("/Data/{data}/Value")), leaf("v"))
                .unwrap();
        }
    }
    for (uri, expected) in [
        ("left/", Ok("left")),
        ("/", Err(400)),
        ("(x)/?nv=(x)/ID:Temperature", Ok("right")),
        ("(x)/Data/1/Value?nv=(x)/ID:GPS", Ok("left/Data/1/Value")),
        (
            "right/Data/(x)/Value?nv=(x)/Date:12.1",
            Ok("right/Data/1/Value"),
        ),
        (
            "(x)/Data/(y)/Value?nv=(x)/ID:GPS&nv=(y)/Date:12.2",
            Ok("left/Data/2/Value"),
        ),
        ("*/Setting", Ok("left/Setting right/Setting")),
        (
            "(x)/Data/*/Value?nv=(x)/ID:GPS",
            Ok("left/Data/1/Value left/Data/2/Value"),
        ),
        (
            "(x)/Data/*/Value?nv=(x)/ID:GPS&nv=(x)/Setting:0xB2",
            Err(404),
        ),
        (
            "*/Data/*/Value",
            Ok("left/Data/1/Value left/Data/2/Value right/Data/1/Value right/Data/2/Value"),
        ),
    ] {
        let found = resolve(
            &tree,
            &format!("urn:oma:mo:moid:1.0/{uri}"),
            Spelling::Instance,
        );
        let paths = found.map(|paths| {
            paths
                .iter()
                .map(|path| path.replacen("Mo/", "", 1))
                .collect::<Vec<_>>()
                .join(" ")
        });
        assert_eq!(paths, expected.map(str::to_owned), "{uri}");
    }
}

#[test]
fn instances_are_told_apart() {
    let mut tree = open();
    for (uri, moid) in [
        ("./DevInfo", D),
        ("./Pump/north", M),
        ("./Other/north", M),
        ("./Pump/south", M),
        ("./A", "com.acme/1.0"),
        ("./B", "com.acme/1.0"),
        ("./X/A", "com.acme/1.0"),
        ("./Pump/south/Inner", "urn:inner"),
    ] {
        tree.set(uri, object(moid)).unwrap();
    }
    let instances = Instances::of(&tree, |_| true);
    let found: Vec<_> = instances
        .iter()
        .map(|one| (&*one.path, &*one.miid, &*one.name))
        .collect();
    let expected = [
        ("A", "A", "A"),
        ("B", "B", "B"),
        ("DevInfo", "0", "DevInfo"),
        ("Other/north", "Other/north", "Other"),
        ("Pump/north", "Pump/north", "Pump"),
        ("Pump/south", "south", "Pump"),
        ("Pump/south/Inner", "Pump/south/Inner", "Inner"),
        ("X/A", "X/A", "X"),
    ];
    assert_eq!(found, expected);
    // What package 1 announces leads where it says.
    for spelling in [Spelling::Instance, Spelling::Path] {
        for mo in instances.supported(spelling) {
            let moid = mo.moid.unwrap();
            let paths: Vec<_> = instances
                .of_object(&moid)
                .map(|one| one.path.clone())
                .collect();
            assert_eq!(mo.instances.len(), paths.len());
            for path in paths {
                let instance = instances.iter().find(|one| one.path == path).unwrap();
                let place = omadm::tree::Place {
                    instance,
                    path: path.clone(),
                };
                let uri = instances.address(&place, spelling);
                assert_eq!(resolve(&tree, &uri, spelling), Ok(vec![path]), "{uri}");
            }
        }
    }
    let paths = |moid: &str| {
        instances
            .supported(Spelling::Path)
            .into_iter()
            .find(|mo| mo.moid.as_deref() == Some(moid))
            .unwrap()
            .instances
    };
    assert_eq!(paths(D), ["/"]);
    assert_eq!(paths(M), ["/Other%2Fnorth/", "/Pump%2Fnorth/", "/south/"]);
    // An identifier with a slash is found as it stands, and escaped.
    for uri in ["com.acme/1.0/B", "com.acme%2F1.0/B/"] {
        assert_eq!(
            resolve(&tree, uri, Spelling::Instance),
            Ok(vec!["B".to_owned()]),
            "{uri}"
        );
    }
    // What is not shown is not there: the one that is left is the only one.
    let some = Instances::of(&tree, |one| one.miid == "south");
    let (_, found) = some
        .resolve(
            &tree,
            &format!("{M}//"),
            Spelling::Instance,
            &HostValues::new(),
        )
        .unwrap();
    assert!(matches!(found, Resolved::Places(places) if places[0].path == "Pump/south"));
    let status = some
        .resolve(
            &tree,
            &format!("{D}//"),
            Spelling::Instance,
            &HostValues::new(),
        )
        .unwrap_err();
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn values_are_compared_as_text() {
    let mut tree = open();
    tree.set("./O", object("m")).unwrap();
    let value = |format, data| Node::leaf(format, None, Some(data)).unwrap();
    for (name, node) in [
        ("Int", int("012")),
        ("Bin", value(Format::Bin, Data::Octets(vec![1, 2, 3]))),
        ("B64", value(Format::B64, Data::Text("AQID".into()))),
        ("Bool", value(Format::Bool, Data::Text("true".into()))),
        ("Xml", value(Format::Xml, Data::Markup("<a/>".into()))),
        ("Null", Node::leaf(Format::Null, None, None).unwrap()),
        ("Text", leaf("a:b &c")),
    ] {
        tree.set(&format!("./O/{name}"), node).unwrap();
    }
    for (condition, holds) in [
        ("Int:12", true),
        ("Int:012", false),
        ("Bin:AQID", true),
        ("B64:AQID", true),
        ("Bool:true", true),
        ("Bool:TRUE", false),
        ("Xml:<a/>", true),
        ("Null:", true),
        ("Text:a:b %26c", true),
        ("Text:", false),
        ("Nope:", false),
    ] {
        let found = resolve(
            &tree,
            &format!("m/(x)/?nv=(x)/{condition}"),
            Spelling::Instance,
        );
        assert_eq!(found.is_ok(), holds, "{condition}");
    }
}

#[test]
fn a_value_that_the_host_keeps_is_asked_for() {
    let mut tree = pumps();
    tree.set("./Pump/north/Serial", leaf("").owned_by(Owner::Host))
        .unwrap();
    let instances = Instances::of(&tree, |_| true);
    let uri = format!("{M}/(x)/Mode?nv=(x)/Serial:P-100");
    let mut values = HostValues::new();
    let found = instances
        .resolve(&tree, &uri, Spelling::Instance, &values)
        .unwrap()
        .1;
    let Resolved::Ask(calls) = found else {
        panic!("{found:?}")
    };
    let [call] = <[_; 1]>::try_from(calls).unwrap();
    assert_eq!(
        (call.kind, &*call.path),
        (HostCallKind::Read, "Pump/north/Serial")
    );
    values.insert(call.path, leaf("P-100"));
    let found = instances
        .resolve(&tree, &uri, Spelling::Instance, &values)
        .unwrap()
        .1;
    assert!(matches!(found, Resolved::Places(places) if places[0].path == "Pump/north/Mode"));
}

#[test]
fn a_validator_changes_with_its_instance_alone() {
    let mut tree = pumps();
    let all = |tree: &Tree| {
        ["Pump/north", "Pump/south", "DevInfo"].map(|path| tree.validator(0x5f, path).unwrap())
    };
    let before = all(&tree);
    assert!(
        before
            .iter()
            .all(|cv| cv.starts_with("5f.") && cv.len() <= 64)
    );
    assert!(
        before
            .iter()
            .all(|cv| cv.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'))
    );
    assert!(before[0] != before[1] && before[1] != before[2]);
    tree.set("./Pump/north/Run/1/Hours", int("13")).unwrap();
    let after = all(&tree);
    assert_eq!((before[0] != after[0], &before[1..]), (true, &after[1..]));
    tree.set("./Pump/south", object(M).with_title("t").unwrap())
        .unwrap();
    assert_ne!(all(&tree)[1], after[1]);
    assert!(tree.remove("./Pump/north/Run/2").unwrap());
    assert_ne!(all(&tree)[0], after[0]);
    assert_ne!(
        tree.validator(0x60, "DevInfo"),
        tree.validator(0x5f, "DevInfo")
    );
    assert_eq!(tree.validator(1, "Nope"), None);
    tree.set("./DevInfo/Man", leaf("").owned_by(Owner::Host))
        .unwrap();
    assert_eq!(tree.validator(1, "DevInfo"), None);
}
