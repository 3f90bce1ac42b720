//! Management objects as DM 2.0 reads, stores and removes them.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::ddf::{AccessType, AccessTypes};
use omadm::dm2::{Dialect, MoDocument};
use omadm::tree::{
    Access, Deed, Fetched, HostCallKind, HostValues, Owner, Reading, Removal, Requester, Scope,
    Storing, Written,
};
use omadm::{Data, Format, Limits, Node, Tree};

use crate::client_uri::{D, M, int, object, pumps};
use crate::desk::{leaf, open};

pub(crate) const SERVER: &str = "srv-1";
const EPOCH: u64 = 0x5f;

pub(crate) fn requester(dialect: Dialect) -> Requester<'static> {
    Requester {
        server: SERVER,
        dialect,
        objects: None,
        epoch: Some(EPOCH),
        now: None,
    }
}

pub(crate) fn access(tree: &Tree) -> Access<'static> {
    Access::of(tree, requester(Dialect::Approved))
}

pub(crate) fn whole(uri: &str) -> String {
    uri.replace("M/", &[M, "/"].concat())
        .replace("D/", &[D, "/"].concat())
}

/// The device of the notes, whose pumps are reset by the host, and whose maker is built in.
pub(crate) fn device() -> Tree {
    let mut tree = pumps();
    let get = AccessTypes::of(&[AccessType::Get]);
    for miid in ["north", "south"] {
        let reset = Node::leaf(Format::Null, None, None).unwrap();
        let reset = reset.owned_by(Owner::Host);
        tree.set(&format!("./Pump/{miid}/Reset"), reset).unwrap();
    }
    let man = leaf("Acme").with_access(get).with_scope(Scope::Permanent);
    tree.set("./DevInfo/Man", man).unwrap();
    tree
}

fn written(items: Vec<omadm::dm2::MoItem>, dialect: Dialect) -> String {
    let document = MoDocument { dialect, items };
    String::from_utf8(document.encode(false).unwrap()).unwrap()
}

/// What is read, as a document without validators; otherwise the status.
fn read_as(tree: &Tree, uri: &str, dialect: Dialect) -> Result<String, u16> {
    let access = Access::of(tree, requester(dialect));
    match access.read(tree, &whole(uri), &HostValues::new()) {
        Ok(Reading::Found(mut items)) => {
            for item in &mut items {
                item.cv = None;
            }
            Ok(written(items, dialect).replace(M, "M").replace(D, "D"))
        }
        Ok(Reading::Empty) => Err(204),
        Ok(Reading::Fresh) => Err(304),
        Ok(Reading::Ask(call)) => panic!("{call:?}"),
        Err(status) => Err(status.0),
    }
}

pub(crate) fn read(tree: &Tree, uri: &str) -> Result<String, u16> {
    read_as(tree, uri, Dialect::Approved)
}

pub(crate) fn store(tree: &mut Tree, document: &str, to: Option<&str>) -> Result<Vec<String>, u16> {
    let document = MoDocument::decode(whole(document).as_bytes(), &Limits::DEFAULT).unwrap();
    let access = Access::of(tree, requester(document.dialect));
    let to = to.map(whole);
    let before = tree.clone();
    let stored = access.store(
        tree,
        Fetched::Mo(&document),
        to.as_deref(),
        &HostValues::new(),
        &Written::new(),
    );
    match stored {
        Ok(Storing::Done { created, .. }) => {
            let short = |uri: String| uri.replace(M, "M");
            Ok(created.into_iter().map(short).collect())
        }
        Ok(Storing::Ask(call)) => panic!("{call:?}"),
        Err(status) => {
            assert_eq!(*tree, before, "{status}");
            Err(status.0)
        }
    }
}

pub(crate) fn delete(tree: &mut Tree, uri: &str) -> u16 {
    let before = tree.clone();
    match access(tree).delete(tree, &whole(uri), &HostValues::new()) {
        Ok(Removal::Done(_)) => 200,
        Ok(Removal::Ask(call)) => panic!("{call:?}"),
        Err(status) => {
            assert_eq!(*tree, before);
            status.0
        }
    }
}

const NORTH: &str = r#"{"Mode":"auto","Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":7,"State":"hot"}},"Serial":"P-100"}"#;

#[test]
fn data_is_read_as_the_notes_have_it() {
    let tree = device();
    for (uri, expected) in [
        (
            "M/north/",
            Ok(format!(
                r#"[{{"ClientURI":"M/north/","MOData":{{"Pump":{NORTH}}}}}]"#
            )),
        ),
        (
            "M/north/Mode?cv=5f.11",
            Ok(r#"[{"ClientURI":"M/north/Mode","MOData":{"Mode":"auto"}}]"#.to_owned()),
        ),
        (
            "M/*/Mode",
            Ok(r#"[{"ClientURI":"M/north/Mode","MOData":{"Mode":"auto"}},{"ClientURI":"M/south/Mode","MOData":{"Mode":"auto"}}]"#.to_owned()),
        ),
        (
            "M/(x)/Run/1/?nv=(x)/Serial:P-200",
            Ok(r#"[{"ClientURI":"M/south/Run/1","MOData":{"1":{"Hours":12,"State":"ok"}}}]"#.to_owned()),
        ),
        ("M/north/Reset", Err(204)),
        ("M/west/", Err(404)),
        ("M//", Err(400)),
    ] {
        assert_eq!(read(&tree, uri), expected, "{uri}");
    }
    let draft = read_as(&tree, "D/", Dialect::Draft).unwrap();
    assert_eq!(draft, r#"[{"URI":"D/","MO":{"Man":"Acme"}}]"#);
    let draft = read_as(&tree, "M/*/Mode", Dialect::Draft).unwrap();
    assert!(draft.starts_with(r#"[{"URI":"M/north/Mode","MO":"auto"}"#));
}

#[test]
fn identifiers_stay_as_they_were_spelt() {
    let tree = device();
    let short = M.strip_prefix("urn:").unwrap();
    for (uri, expected) in [
        (
            format!("{short}/*/Run/2/State"),
            format!("{short}/north/Run/2/State"),
        ),
        (format!("{short}/north/Mode"), format!("{short}/north/Mode")),
    ] {
        let found = access(&tree).read(&tree, &uri, &HostValues::new());
        let Ok(Reading::Found(items)) = found else {
            panic!("{found:?}")
        };
        assert_eq!(items[0].uri, expected);
    }
}

#[test]
fn every_format_has_its_type() {
    let mut tree = open();
    tree.set("./Box/a", object(M)).unwrap();
    let text = |format, value: &str| {
        let data = Some(Data::Text(value.to_owned()));
        Node::leaf(format, None, data).unwrap()
    };
    for (name, node) in [
        ("chr", leaf("x")),
        ("date", text(Format::Date, "2020-02-29")),
        ("float", text(Format::Float, "1.50")),
        ("int", int("-7")),
        ("bool", text(Format::Bool, "true")),
        ("null", Node::leaf(Format::Null, None, None).unwrap()),
        (
            "bin",
            Node::leaf(Format::Bin, None, Some(Data::Octets(vec![0, 255]))).unwrap(),
        ),
        ("b64", text(Format::B64, "AP8=")),
        ("node", Node::interior(None)),
    ] {
        tree.set(&format!("./Box/a/{name}"), node).unwrap();
    }
    let expected = r#"{"b64":"AP8=","bin":"AP8=","bool":true,"chr":"x","date":"2020-02-29","float":1.5,"int":-7,"node":{},"null":null}"#;
    let document = format!(r#"[{{"ClientURI":"M/a/","MOData":{{"Box":{expected}}}}}]"#);
    assert_eq!(read(&tree, "M/a/").unwrap(), document);
    // What was read says the same when it is stored, and changes nothing.
    let before = tree.clone();
    assert_eq!(store(&mut tree, &document, Some("M/a/")), Ok(vec![]));
    assert!(tree == before);
}

#[test]
fn texts_are_taken_for_every_format_and_nothing_else_is() {
    for (name, given, expected) in [
        ("Hours", "\"13\"", Ok("13")),
        ("Hours", "13", Ok("13")),
        ("Hours", "13.0", Ok("13")),
        ("Hours", "\"many\"", Ok("many")),
        ("Hours", "2147483648", Ok("2147483648")),
        ("Hours", "[1]", Err(400)),
        ("Hours", "{}", Err(400)),
        ("State", "\"cold\"", Ok("cold")),
        ("State", "true", Ok("true")),
    ] {
        let mut tree = device();
        let document = format!(r#"[{{"ClientURI":"M/x/","MOData":{{"{name}":{given}}}}}]"#);
        let uri = format!("M/north/Run/1/{name}");
        let stored = store(&mut tree, &document, Some(&uri));
        let uri = format!("./Pump/north/Run/1/{name}");
        let node = tree.find(&uri).unwrap().unwrap();
        let omadm::tree::Found::Leaf(node) = node else {
            panic!("no leaf")
        };
        let value = node
            .data()
            .and_then(|data| data.as_text().map(str::to_owned));
        assert_eq!(
            stored.map(|_| value.unwrap()),
            expected.map(str::to_owned),
            "{name} {given}"
        );
    }
}

#[test]
fn d65_validators_stand_at_roots_and_answer_304() {
    let mut tree = device();
    let cv = |tree: &Tree, uri: &str| match access(tree).read(tree, &whole(uri), &HostValues::new())
    {
        Ok(Reading::Found(items)) => items[0].cv.clone(),
        other => panic!("{other:?}"),
    };
    // What is there to be run has no value; one that the host keeps may change unseen.
    let kept = leaf("9").owned_by(Owner::Host);
    tree.set("./Pump/north/Level", kept).unwrap();
    assert_eq!(tree.validator(0x5f, "Pump/north"), None);
    assert!(tree.validator(0x5f, "Pump/south").is_some());
    tree.remove("./Pump/north/Level").unwrap();
    let first = cv(&tree, "M/north/").unwrap();
    assert!(first.starts_with("5f."), "{first}");
    assert_eq!(cv(&tree, "M/north/Mode"), None);
    assert_eq!(read(&tree, &format!("M/north/?cv={first}")), Err(304));
    assert_eq!(read(&tree, &format!("M/north/Mode?cv={first}")), Err(304));
    assert!(read(&tree, "M/north/?cv=5f.0").is_ok());
    tree.set("./Pump/north/Mode", leaf("eco")).unwrap();
    assert!(read(&tree, &format!("M/north/Mode?cv={first}")).is_ok());
    assert_ne!(cv(&tree, "M/north/").unwrap(), first);
}

#[test]
fn what_the_host_keeps_is_asked_for() {
    let mut tree = device();
    tree.set("./Pump/north/Mode", leaf("old").owned_by(Owner::Host))
        .unwrap();
    let uri = whole("M/north/Mode");
    let asked = access(&tree).read(&tree, &uri, &HostValues::new());
    let Ok(Reading::Ask(calls)) = asked else {
        panic!("{asked:?}")
    };
    let [call] = <[_; 1]>::try_from(calls).unwrap();
    assert_eq!(
        (call.kind, &*call.path),
        (HostCallKind::Read, "Pump/north/Mode")
    );
    let values = HostValues::from([(call.path, leaf("now"))]);
    let found = access(&tree).read(&tree, &uri, &values);
    let Ok(Reading::Found(items)) = found else {
        panic!("{found:?}")
    };
    assert!(written(items, Dialect::Approved).contains(r#"{"Mode":"now"}"#));
    // Writing waits for the host as well, and nothing changes before it has written.
    let document = br#"[{"ClientURI":"x:y/z/Mode","MOData":{"Mode":"new"}}]"#;
    let document = MoDocument::decode(document, &Limits::DEFAULT).unwrap();
    let before = tree.clone();
    let (none, values) = (Written::new(), HostValues::new());
    let to = Some(&*uri);
    let asked = access(&tree).store(&mut tree, Fetched::Mo(&document), to, &values, &none);
    let Ok(Storing::Ask(calls)) = asked else {
        panic!("{asked:?}")
    };
    let [call] = <[_; 1]>::try_from(calls).unwrap();
    assert_eq!(call.kind, HostCallKind::Write);
    assert_eq!(call.data, Some(Data::Text("new".to_owned())));
    assert_eq!(tree, before);
    let done = Written::from([call.path]);
    let stored = access(&tree).store(&mut tree, Fetched::Mo(&document), to, &values, &done);
    assert!(matches!(stored, Ok(Storing::Done { changed, .. }) if changed.len() == 1));
}

#[test]
fn d42_all_are_removed_or_none() {
    let mut tree = device();
    assert_eq!(delete(&mut tree, "M/north/Run/2"), 200);
    assert_eq!(delete(&mut tree, "M/north/Run/2"), 404);
    assert_eq!(delete(&mut tree, "D//Man"), 405);
    assert_eq!(delete(&mut tree, "D//"), 405);
    assert_eq!(delete(&mut tree, "M/north/Mode?cv=1"), 400);
    // One of two is built in.
    tree.set("./Pump/south/Mode", leaf("x").with_scope(Scope::Permanent))
        .unwrap();
    assert_eq!(delete(&mut tree, "M/*/Mode"), 405);
    assert_eq!(delete(&mut tree, "M/*/Run/*/Hours"), 200);
    assert_eq!(delete(&mut tree, "M/*/"), 405);
    assert_eq!(delete(&mut tree, "M/north/"), 200);
    assert_eq!(read(&tree, "M/north/"), Err(404));
}

#[test]
fn what_is_run_is_one_node_that_can_be() {
    let tree = device();
    let exec = |uri: &str| access(&tree).exec(&tree, &whole(uri), &HostValues::new());
    let [call] = <[_; 1]>::try_from(exec("M/south/Reset").unwrap()).unwrap();
    assert_eq!(
        (call.kind, &*call.path),
        (HostCallKind::Exec, "Pump/south/Reset")
    );
    for (uri, status) in [
        ("M/*/Reset", 400),
        ("M/north/Mode", 405),
        ("M/west/Reset", 404),
        ("M//Reset", 400),
    ] {
        assert_eq!(exec(uri).unwrap_err().0, status, "{uri}");
    }
    assert_eq!(
        access(&tree).need(Deed::Execute, "Pump/south/Reset"),
        Ok(())
    );
}
