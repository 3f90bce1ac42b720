//! Who may do what with an instance: accounts, access control objects, and what nobody reads.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::{Dialect, MoDocument};
use omadm::tree::{
    Access, Fetched, HostValues, Reading, Removal, Requester, Rights, Storing, Written,
};
use omadm::{Data, Format, Limits, Node, Tree};

use crate::client_uri::{D, M, object};
use crate::desk::leaf;
use crate::mo::{device, whole};

pub(crate) const DACMO: &str = "urn:oma:mo:oma-dm-dacmo:1.0";
pub(crate) const ACCOUNT: &str = "urn:oma:mo:oma-dm-dmacc:1.2";

pub(crate) fn of<'a>(tree: &Tree, server: &'a str, objects: Option<&'a [String]>) -> Access<'a> {
    let requester = Requester {
        server,
        dialect: Dialect::Approved,
        objects,
        epoch: None,
        now: None,
    };
    Access::of(tree, requester)
}

pub(crate) fn spelt(uri: &str) -> String {
    whole(uri)
        .replace("C/", &[DACMO, "/"].concat())
        .replace("A/", &[ACCOUNT, "/"].concat())
}

pub(crate) fn control(
    tree: &mut Tree,
    name: &str,
    miid: &str,
    owner: &str,
    rights: &[(&str, &str)],
) {
    let at = |path: &str| format!("./DACMO/{name}{path}");
    tree.set(&at(""), object(DACMO)).unwrap();
    // The `urn:` of identifiers does not count.
    let moid = M.strip_prefix("urn:").unwrap();
    for (path, value) in [("/MOID", moid), ("/MIID", miid), ("/Owner", owner)] {
        tree.set(&at(path), leaf(value)).unwrap();
    }
    for (number, (server, mask)) in rights.iter().enumerate() {
        let at = |path: &str| at(&format!("/Rights/{number}{path}"));
        tree.set(&at("/SrvID"), leaf(server)).unwrap();
        tree.set(&at("/Mask"), leaf(mask)).unwrap();
    }
}

/// `one` made north and shares it, south is the device's and shared with nobody.
fn shared() -> Tree {
    let mut tree = device();
    let rights = [
        ("one", "RWXD"),
        ("two", "R"),
        ("three", "WX"),
        ("four", "RD"),
    ];
    control(&mut tree, "a", "north", "one", &rights);
    control(&mut tree, "b", "south", "local", &[]);
    tree
}

pub(crate) fn read(tree: &Tree, server: &str, uri: &str) -> u16 {
    match of(tree, server, None).read(tree, &spelt(uri), &HostValues::new()) {
        Ok(Reading::Found(_)) => 200,
        Ok(Reading::Empty) => 204,
        Ok(other) => panic!("{other:?}"),
        Err(status) => status.0,
    }
}

pub(crate) fn store(tree: &mut Tree, server: &str, document: &str, to: Option<&str>) -> u16 {
    let document = MoDocument::decode(spelt(document).as_bytes(), &Limits::DEFAULT).unwrap();
    let access = of(tree, server, None);
    let to = to.map(spelt);
    let (values, none) = (HostValues::new(), Written::new());
    match access.store(tree, Fetched::Mo(&document), to.as_deref(), &values, &none) {
        Ok(Storing::Done { .. }) => 200,
        Ok(Storing::Ask(call)) => panic!("{call:?}"),
        Err(status) => status.0,
    }
}

pub(crate) fn delete(tree: &mut Tree, server: &str, uri: &str) -> u16 {
    match of(tree, server, None).delete(tree, &spelt(uri), &HostValues::new()) {
        Ok(Removal::Done(_)) => 200,
        Ok(Removal::Ask(call)) => panic!("{call:?}"),
        Err(status) => status.0,
    }
}

const MODE: &str = r#"[{"ClientURI":"M/north/Mode","MOData":{"Mode":"eco"}}]"#;

#[test]
fn d59_rights_are_those_of_the_instance() {
    for (server, reads, writes, runs) in [
        ("one", 200, 200, 200),
        ("two", 200, 403, 403),
        ("three", 403, 200, 200),
        ("four", 200, 403, 403),
        ("five", 403, 403, 403),
        ("local", 403, 403, 403),
    ] {
        let mut tree = shared();
        assert_eq!(read(&tree, server, "M/north/Mode"), reads, "{server}");
        assert_eq!(
            store(&mut tree, server, MODE, Some("M/north/Mode")),
            writes,
            "{server}"
        );
        let run = of(&tree, server, None).exec(&tree, &spelt("M/north/Reset"), &HostValues::new());
        assert_eq!(
            run.map_or_else(|status| status.0, |_| 200),
            runs,
            "{server}"
        );
        assert_eq!(
            delete(&mut tree, server, "M/north/Run/1"),
            writes,
            "{server}"
        );
        // Only where it is named is it there at all.
        assert_eq!(read(&tree, server, "M/south/"), 403);
        assert_eq!(read(&tree, server, "M/west/"), 404);
        let listed = of(&tree, server, None).supported();
        let pumps = listed
            .iter()
            .find(|object| object.moid.as_deref() == Some(M));
        let knows = server != "five" && server != "local";
        assert_eq!(
            pumps.map(|pumps| pumps.instances.len()),
            knows.then_some(1),
            "{server}"
        );
    }
}

#[test]
fn without_access_control_every_server_has_all_rights() {
    let mut tree = device();
    assert_eq!(read(&tree, "any", "M/north/"), 200);
    assert_eq!(store(&mut tree, "any", MODE, Some("M/north/Mode")), 200);
    assert_eq!(delete(&mut tree, "any", "M/south/"), 200);
    // A home for access control objects is enough for access control.
    tree.set("./DACMO", Node::interior(None)).unwrap();
    assert_eq!(read(&tree, "any", "M/north/"), 403);
}

#[test]
fn who_may_not_read_learns_nothing_from_conditions_and_wildcards() {
    let tree = shared();
    for (server, uri, status) in [
        ("two", "M/(x)/Mode?nv=(x)/Serial:P-100", 200),
        ("three", "M/(x)/Mode?nv=(x)/Serial:P-100", 404),
        ("two", "M/(x)/Mode?nv=(x)/Serial:P-200", 404),
        ("two", "M/*/Mode", 200),
        ("two", "M//Mode", 200),
        ("three", "M/*/Mode", 403),
        ("five", "M/*/Mode", 403),
        ("five", "M//Mode", 403),
        ("five", "M/west/", 404),
        ("five", "M/(x)/Mode?nv=(x)/Serial:P-100", 404),
    ] {
        assert_eq!(read(&tree, server, uri), status, "{server} {uri}");
    }
}

#[test]
fn d59_what_is_closed_is_closed_however_it_is_spelt() {
    let mut tree = device();
    tree.set("./DACMO", Node::interior(None)).unwrap();
    let man = r#"[{"ClientURI":"D//Man","MOData":{"Man":"x"}}]"#;
    for uri in ["D/0/Man", "D//Man", "D//", "D/*/Man", "M//Nope"] {
        assert_eq!(read(&tree, "one", uri), 403, "{uri}");
        assert_eq!(delete(&mut tree, "one", uri), 403, "{uri}");
    }
    assert_eq!(store(&mut tree, "one", man, None), 403);
    assert_eq!(store(&mut tree, "one", man, Some("D//Man")), 403);
    for (objects, status) in [(None, 403), (Some(&[][..]), 404)] {
        let requester = Requester {
            server: "one",
            dialect: Dialect::Draft,
            objects,
            epoch: None,
            now: None,
        };
        let access = Access::of(&tree, requester);
        for uri in ["D/Man", "D/", "D//Man", "D/0/Man", "M/*/Mode"] {
            let found = access.read(&tree, &spelt(uri), &HostValues::new());
            assert_eq!(found.unwrap_err().0, status, "{uri}");
        }
    }
    // One of its own can still be made beside them.
    let pump = r#"[{"ClientURI":"M/x/","MOData":{"Pump":{"Mode":"eco"}}}]"#;
    assert_eq!(store(&mut tree, "one", pump, None), 200);
    assert_eq!(read(&tree, "one", "M//Mode"), 200);
    for uri in ["M//Nope", "M/*/Nope"] {
        assert_eq!(read(&tree, "one", uri), 404, "{uri}");
    }
}

#[test]
fn objects_that_were_not_granted_are_not_there() {
    let mut tree = device();
    let granted = [D.strip_prefix("urn:").unwrap().to_owned()];
    let access = of(&tree, "one", Some(&granted));
    let read = |uri: &str| access.read(&tree, &spelt(uri), &HostValues::new());
    assert!(read("D//Man").is_ok());
    for uri in ["M/north/", "M//", "M/*/Mode", "M/west/"] {
        assert_eq!(read(uri).unwrap_err().0, 404, "{uri}");
    }
    let moids: Vec<_> = access
        .supported()
        .into_iter()
        .map(|object| object.moid)
        .collect();
    assert_eq!(moids, [Some(D.to_owned())]);
    let document = spelt(r#"[{"ClientURI":"M/x/","MOData":{"Pump":{}}}]"#);
    let document = MoDocument::decode(document.as_bytes(), &Limits::DEFAULT).unwrap();
    let (values, none) = (HostValues::new(), Written::new());
    let stored = access.store(&mut tree, Fetched::Mo(&document), None, &values, &none);
    assert_eq!(stored.unwrap_err().0, 404);
}

/// An account of DM 2.0.
pub(crate) fn account(tree: &mut Tree, name: &str, objects: &[&str]) {
    let at = |path: &str| format!("./DMAcc/{name}{path}");
    tree.set(&at(""), object(ACCOUNT)).unwrap();
    tree.set(&at("/SrvID"), leaf(name)).unwrap();
    tree.set(&at("/Perm"), Node::interior(None)).unwrap();
    for (number, moid) in objects.iter().enumerate() {
        tree.set(&at(&format!("/Perm/{number}/MOID")), leaf(moid))
            .unwrap();
    }
    let octets = || Node::leaf(Format::Bin, None, Some(Data::Octets(vec![7; 4]))).unwrap();
    for path in [
        "/Auth/Noti/Secret",
        "/Auth/Trsp/Secret",
        "/Auth/Trsp/Data",
        "/Auth/Bootstrap/ClientSecretKey",
        "/Auth/Bootstrap/ClientPubKey",
        "/Auth/Bootstrap/ServerPubKey",
    ] {
        tree.set(&at(path), octets()).unwrap();
    }
}

#[test]
fn the_accounts_in_the_tree_say_what_was_granted() {
    let mut tree = device();
    account(&mut tree, "one", &[M, ACCOUNT]);
    account(&mut tree, "two", &[D]);
    for (server, uri, status) in [
        ("one", "M/north/", 200),
        ("one", "D//Man", 404),
        ("two", "M/north/", 404),
        ("two", "D//Man", 200),
        // Its account is gone.
        ("three", "D//Man", 404),
    ] {
        assert_eq!(read(&tree, server, uri), status, "{server} {uri}");
    }
}

#[test]
fn d58_d61_secrets_are_never_read() {
    let mut tree = device();
    account(&mut tree, "one", &[ACCOUNT]);
    let all = of(&tree, "one", None).read(&tree, &spelt("A/one/"), &HostValues::new());
    let Ok(Reading::Found(items)) = all else {
        panic!("{all:?}")
    };
    let value = items[0].value(None).unwrap();
    let auth = value.get("Auth").unwrap();
    assert_eq!(
        auth.get("Trsp").unwrap().get("Data").unwrap().as_str(),
        Some("BwcHBw==")
    );
    let text = format!("{value:?}");
    for name in [
        "Secret",
        "Perm",
        "ClientSecretKey",
        "ClientPubKey",
        "ServerPubKey",
    ] {
        assert!(!text.contains(name), "{name} in {text}");
    }
    for (uri, status) in [
        ("A/one/Auth/Noti/Secret", 405),
        ("A/one/Auth/Trsp/Secret", 405),
        ("A/one/Auth/Bootstrap/ClientSecretKey", 405),
        ("A/one/Perm", 405),
        ("A/one/Perm/0/MOID", 405),
        ("A/one/Auth/*/Secret", 405),
        ("A/one/Auth/Trsp/*", 200),
        ("A/(x)/?nv=(x)/SrvID:one", 200),
        ("A/(x)/?nv=(x)/Auth/Noti/Secret:BwcHBw%3D%3D", 404),
        ("A/(x)/?nv=(x)/Auth/Noti/Secret:BwcHBw==", 404),
    ] {
        assert_eq!(read(&tree, "one", uri), status, "{uri}");
    }
    let tnds = of(&tree, "one", None).read_tnds(&tree, &spelt("A/one/"), &HostValues::new());
    assert!(!format!("{tnds:?}").contains("Secret"));
    // They can be written.
    let secret = r#"[{"ClientURI":"A/one/Auth/Noti/Secret","MOData":{"Secret":"AAAA"}}]"#;
    assert_eq!(store(&mut tree, "one", secret, None), 200);
}

#[test]
fn keys_of_the_bootstrap_are_those_of_their_server() {
    let mut tree = device();
    account(&mut tree, "one", &[ACCOUNT]);
    account(&mut tree, "two", &[ACCOUNT]);
    let key = r#"{"ClientPubKey":"AAAA"}"#;
    let other = r#"{"ClientPubKey":"BBBB"}"#;
    for (server, path, data, status) in [
        (
            "one",
            "Auth/Bootstrap",
            format!(r#"{{"Bootstrap":{key}}}"#),
            200,
        ),
        (
            "two",
            "Auth/Bootstrap",
            format!(r#"{{"Bootstrap":{other}}}"#),
            403,
        ),
        ("two", "Auth/Bootstrap/ClientPubKey", other.to_owned(), 403),
        (
            "two",
            "Auth/Trsp/Secret",
            r#"{"Secret":"AAAA"}"#.to_owned(),
            403,
        ),
    ] {
        let document = format!(r#"[{{"ClientURI":"A/one/{path}","MOData":{data}}}]"#);
        assert_eq!(
            store(&mut tree, server, &document, None),
            status,
            "{server} {path}"
        );
    }
    for uri in [
        "A/one/Auth",
        "A/one/Auth/Bootstrap",
        "A/one/Auth/Bootstrap/ClientPubKey",
    ] {
        assert_eq!(delete(&mut tree, "two", uri), 403, "{uri}");
    }
    assert_eq!(delete(&mut tree, "one", "A/one/Auth/Bootstrap"), 200);
}

#[test]
fn the_maker_of_an_instance_has_all_rights_and_nobody_else_any() {
    let mut tree = shared();
    let made = r#"[{"ClientURI":"M/x/","MOData":{"Pump":{"Mode":"off"}}}]"#;
    assert_eq!(store(&mut tree, "five", made, None), 200);
    assert_eq!(read(&tree, "five", "M/m1/Mode"), 200);
    assert_eq!(read(&tree, "one", "M/m1/Mode"), 403);
    assert_eq!(read(&tree, "five", "C/m1/Owner"), 200);
    assert_eq!(read(&tree, "five", "C/a/Owner"), 403);
    assert_eq!(read(&tree, "two", "C/a/Owner"), 200);
    let count = tree.instances(DACMO).len();
    assert_eq!(delete(&mut tree, "five", "M/m1/"), 200);
    assert_eq!(tree.instances(DACMO).len(), count - 1);
}

/// What comes of another mask for a server, or of one more.
fn delegate(by: &str, rights: &[(&str, &str)]) -> (u16, Tree) {
    let mut tree = shared();
    account(&mut tree, "one", &[M, DACMO]);
    for server in ["two", "three", "four"] {
        account(&mut tree, server, &[M, DACMO]);
    }
    account(&mut tree, "stranger", &[DACMO]);
    let entry = |(number, (server, mask)): (usize, &(&str, &str))| {
        format!(r#""{number}":{{"SrvID":"{server}","Mask":"{mask}"}}"#)
    };
    let entries: Vec<String> = rights.iter().enumerate().map(entry).collect();
    let document = format!(
        r#"[{{"ClientURI":"C/a/Rights","MOData":{{"Rights":{{{}}}}}}}]"#,
        entries.join(",")
    );
    (store(&mut tree, by, &document, None), tree)
}

#[test]
fn d59_nobody_grants_what_he_lacks_nor_takes_from_the_owner() {
    let (one, two, three, four) = (
        ("one", "RWXD"),
        ("two", "R"),
        ("three", "WX"),
        ("four", "RD"),
    );
    for (by, rights, status) in [
        ("one", &[one, ("two", "RWXD"), three, four][..], 200),
        ("one", &[one], 200),
        ("one", &[("one", "RD"), two, three, four], 200),
        ("four", &[one, two, ("three", "RWX"), four], 200),
        ("four", &[one, ("two", "RW"), three, four], 403),
        ("four", &[one, two, ("three", "W"), four], 200),
        ("four", &[("one", "RWD"), two, three, four], 403),
        ("four", &[one, two, three, ("four", "RWD")], 403),
        ("one", &[one, two, three, four, ("stranger", "R")], 403),
        ("two", &[one, two, three, four], 403),
        ("three", &[one, two, ("three", "WXD"), four], 403),
    ] {
        let (found, tree) = delegate(by, rights);
        assert_eq!(found, status, "{by} {rights:?}");
        if by == "one" && rights.len() == 1 {
            assert_eq!(read(&tree, "two", "M/north/Mode"), 403);
        }
    }
}

#[test]
fn access_control_objects_stay_what_they_are_of() {
    let mut tree = shared();
    for (uri, data, status) in [
        ("C/a/MIID", r#"{"MIID":"south"}"#, 405),
        ("C/a/Owner", r#"{"Owner":"two"}"#, 405),
        ("C/a/Rights/1/Mask", r#"{"Mask":"RW"}"#, 200),
        (
            "C/new/",
            r#"{"DACMO":{"MOID":"x","MIID":"y","Owner":"one"}}"#,
            403,
        ),
    ] {
        let document = format!(r#"[{{"ClientURI":"{uri}","MOData":{data}}}]"#);
        assert_eq!(store(&mut tree, "one", &document, None), status, "{uri}");
    }
    for (server, uri, status) in [
        ("one", "C/a/", 405),
        ("one", "C/a/Rights", 405),
        ("one", "C/a/Owner", 405),
        ("two", "C/a/Rights/1", 403),
        ("one", "C/a/Rights/1", 200),
    ] {
        assert_eq!(delete(&mut tree, server, uri), status, "{server} {uri}");
    }
    assert_eq!(read(&tree, "two", "M/north/Mode"), 403);
}

#[test]
fn masks_are_read_as_they_are_written() {
    for mask in ["", "R", "RW", "RWXD", "XD"] {
        assert_eq!(Rights::parse(mask).unwrap().to_string(), mask);
    }
    assert_eq!(Rights::parse("DR").unwrap().to_string(), "RD");
    for bad in ["r", "RQ", " ", "R W"] {
        assert_eq!(Rights::parse(bad), None, "{bad}");
    }
}

#[test]
fn an_instance_inside_another_has_rights_of_its_own() {
    let mut tree = device();
    tree.set("./Pump/north/Part", object("urn:oma:mo:ext-acme-part:1.0"))
        .unwrap();
    tree.set("./Pump/north/Part/X", leaf("hidden")).unwrap();
    let granted = [M.to_owned()];
    let values = HostValues::new();
    let access = of(&tree, "one", Some(&granted));
    let Ok(Reading::Found(items)) = access.read(&tree, &spelt("M/north/"), &values) else {
        panic!("nothing found")
    };
    assert!(items[0].value(None).unwrap().get("Part").is_none());
    for (uri, status) in [
        ("M/north/Part", 404),
        ("M/north/Part/X", 404),
        ("M/north/*/X", 404),
    ] {
        let found = access.read(&tree, &spelt(uri), &values);
        assert_eq!(found.unwrap_err().0, status, "{uri}");
    }
    let document = br#"[{"ClientURI":"a/b/","MOData":{"Pump":{"Part":{"X":"mine"}}}}]"#;
    let document = MoDocument::decode(document, &Limits::DEFAULT).unwrap();
    let (to, none) = (spelt("M/north/"), Written::new());
    let stored = access.store(&mut tree, Fetched::Mo(&document), Some(&to), &values, &none);
    assert_eq!(stored.unwrap_err().0, 404);
    // What replaces all of the outer one leaves the inner one alone.
    let document = br#"[{"ClientURI":"a/b/","MOData":{"Pump":{"Mode":"x"}}}]"#;
    let document = MoDocument::decode(document, &Limits::DEFAULT).unwrap();
    let stored = access.store(&mut tree, Fetched::Mo(&document), Some(&to), &values, &none);
    assert!(matches!(stored, Ok(Storing::Done { .. })));
    assert!(tree.find("./Pump/north/Part/X").unwrap().is_some());
    assert!(tree.find("./Pump/north/Serial").unwrap().is_none());
    let removed = access.delete(&mut tree, &to, &values);
    assert_eq!(removed.unwrap_err().0, 403);
}
