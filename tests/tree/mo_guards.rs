//! Accounts and access control objects against servers that go round the rules: by DM 1.x, by the first account, by what others keep.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::ddf::{AccessType, AccessTypes};
use omadm::tree::{Found, Owner};
use omadm::{Node, Tree};

use crate::client_uri::{D, M, object};
use crate::desk::{
    acl, add, as_server, copy, delete as remove, document, leaf, replace, set, shown,
};
use crate::mo::device;
use crate::mo_access::{ACCOUNT, DACMO, account, control, read, store};

const TNDS: &str = "application/vnd.syncml.dmtnds+xml";
const V1: &str = "urn:oma:mo:oma-dm-dmacc:1.0";

/// A device in which every server of DM 1.x may do everything.
pub(crate) fn open() -> Tree {
    let mut tree = device();
    let all = acl("Add=*&Delete=*&Exec=*&Get=*&Replace=*");
    tree.set(".", Node::interior(None).with_acl(all)).unwrap();
    tree
}

/// Two accounts, and an access control object that gives `one` all on north and `two` little.
pub(crate) fn kept() -> Tree {
    let mut tree = open();
    account(&mut tree, "one", &[ACCOUNT, M, DACMO]);
    account(&mut tree, "two", &[D, M]);
    control(
        &mut tree,
        "a",
        "north",
        "one",
        &[("one", "RWXD"), ("two", "R")],
    );
    tree
}

/// An interior node of a type, as DM 1.x adds it.
pub(crate) fn typed(uri: &str, kind: &str) -> String {
    set("Add", uri, "node", kind, "")
}

/// A serialised account.
fn serialised(uri: &str, server: &str) -> String {
    let leaf = |name: &str, value: &str| {
        format!("<Node><NodeName>{name}</NodeName><Value>{value}</Value></Node>")
    };
    let moid = format!("<Node><NodeName>1</NodeName>{}</Node>", leaf("MOID", D));
    let node = format!(
        "<Node><NodeName>{}</NodeName><RTProperties><Format><node/></Format><Type><DDFName>{ACCOUNT}</DDFName></Type></RTProperties>{}<Node><NodeName>Perm</NodeName>{moid}</Node></Node>",
        uri.rsplit('/').next().unwrap(),
        leaf("SrvID", server),
    );
    set("Add", uri, "xml", TNDS, &document(&node))
}

#[test]
fn by_dm_1_no_server_grants_itself_an_object_nor_passes_for_another() {
    for (body, status) in [
        (typed("./Z", ACCOUNT), 425),
        (serialised("./Z", "one"), 425),
        (serialised("./Z", "two"), 425),
        (serialised("./Z", "three"), 200),
        (add("./DMAcc/one/Perm/9", "x"), 405),
        (add("./DMAcc/one/Perm/0/More", "x"), 405),
        (replace("./DMAcc/one/Perm/0/MOID", D), 405),
        (replace("./DMAcc/two/SrvID", "one"), 405),
        (replace("./DMAcc/one/SrvID", "three"), 405),
        (replace("./DMAcc/two?prop=Name", "x"), 405),
        (replace("./DMAcc?prop=Name", "x"), 405),
        (remove("./DMAcc/two"), 405),
        (remove("./DMAcc/one/Perm"), 405),
        (remove("./DMAcc"), 405),
        (copy("./DMAcc/two/SrvID", "./DMAcc/one/SrvID"), 405),
        (replace("./DMAcc/two/Auth/Noti/Secret", "x"), 425),
        (remove("./DMAcc/two/Auth/Bootstrap"), 425),
        (remove("./DMAcc/two/Auth"), 425),
        (add("./DMAcc/two/Auth/More", "x"), 425),
        (replace("./DMAcc/two/SrvID?prop=Name", "x"), 405),
        (replace("./DMAcc/two/Perm?prop=Name", "x"), 405),
        (replace("./DMAcc/two/Ext?prop=Name", "Perm"), 418),
        (replace("./DMAcc/two/Ext?prop=Name", "ServerID"), 405),
        (replace("./DMAcc/two/Auth?prop=Name", "x"), 405),
        (replace("./DMAcc/one/ServerID", "three"), 405),
        (replace("./DMAcc/one/AppAuth/1/AAuthSecret", "x"), 200),
        (replace("./DMAcc/two/AppAuth/1/AAuthSecret", "x"), 425),
        // What is nobody's concern but the owner's list.
        (replace("./DMAcc/one/Auth/Trsp/Secret", "x"), 200),
        (add("./DMAcc/two/Name", "Two"), 200),
        (add("./DMAcc/two/Ext/More", "x"), 200),
        (replace("./DMAcc/two/Ext?prop=Name", "Other"), 200),
        (typed("./DMAcc/two/Ext/z", ACCOUNT), 425),
        (typed("./DMAcc/two/Ext/z", DACMO), 405),
        (replace("./DMAcc/two?prop=Title", "Two"), 200),
        (replace("./Pump/north/Mode", "x"), 200),
        (typed("./Z", V1), 200),
    ] {
        let mut tree = kept();
        for server in ["one", "two"] {
            for path in ["Ext/Some", "AppAuth/1/AAuthSecret"] {
                let uri = format!("./DMAcc/{server}/{path}");
                tree.set(&uri, leaf("good")).unwrap();
            }
        }
        tree.set("./DMAcc/one/ServerID", leaf("one")).unwrap();
        let before = shown(&tree);
        let code = as_server("one").code(&mut tree, &body);
        assert_eq!(code, status, "{body}");
        assert_eq!(shown(&tree) == before, status != 200, "{body}");
    }
    // Where there is none nobody makes one: all that is granted to all would be gone.
    assert_eq!(
        as_server("one").code(&mut open(), &serialised("./Z", "three")),
        425
    );
}

#[test]
fn by_dm_1_an_account_stays_one_of_its_type() {
    let leaf = |name: &str, value: &str| {
        format!("<Node><NodeName>{name}</NodeName><Value>{value}</Value></Node>")
    };
    let inner =
        |name: &str, inside: &str| format!("<Node><NodeName>{name}</NodeName>{inside}</Node>");
    let kind = |kind: &str| match kind {
        "" => String::new(),
        kind => format!(
            "<RTProperties><Format><node/></Format><Type><DDFName>{kind}</DDFName></Type></RTProperties>"
        ),
    };
    let perm = |first: &str| {
        let moids = [(first, "0"), (M, "1")].map(|(moid, name)| inner(name, &leaf("MOID", moid)));
        inner("Perm", &moids.concat())
    };
    let account = |of: &str, first: &str| {
        let inside = [kind(of), leaf("SrvID", "two"), perm(first)].concat();
        inner("two", &inside)
    };
    for (uri, inside, status) in [
        ("./DMAcc/two", account(ACCOUNT, D), 200),
        ("./DMAcc/two", account(ACCOUNT, M), 405),
        ("./DMAcc/two", account("", D), 405),
        ("./DMAcc/two", account(V1, D), 405),
        ("./DMAcc/two", account("urn:x:y:1.0", D), 405),
        ("./DMAcc/two", leaf("two", "x"), 405),
        ("./DMAcc", inner("DMAcc", &account("", D)), 405),
    ] {
        let mut tree = kept();
        let before = shown(&tree);
        let body = set("Replace", uri, "xml", TNDS, &document(&inside));
        assert_eq!(as_server("two").code(&mut tree, &body), status, "{body}");
        assert_eq!(shown(&tree) == before, status != 200, "{body}");
    }
}

#[test]
fn by_dm_1_no_leaf_becomes_an_account_or_a_home_of_rights() {
    for (kind, status) in [(ACCOUNT, 425), (DACMO, 405), ("urn:x:y:1.0", 200)] {
        let node = format!(
            "<Node><NodeName>leaf</NodeName><RTProperties><Format><node/></Format><Type><DDFName>{kind}</DDFName></Type></RTProperties></Node>"
        );
        let mut tree = open();
        tree.set("./Pump/north", object(M)).unwrap();
        tree.set("./Pump/north/Mode", leaf("auto")).unwrap();
        tree.set("./Z/leaf", leaf("x")).unwrap();
        let body = set("Replace", "./Z/leaf", "xml", TNDS, &document(&node));
        let before = shown(&tree);
        assert_eq!(as_server("one").code(&mut tree, &body), status, "{kind}");
        assert_eq!(shown(&tree) == before, status != 200, "{kind}");
        assert_eq!(read(&tree, "two", "M/north/Mode"), 200);
        let first = serialised("./A", "evil");
        assert_eq!(as_server("one").code(&mut tree, &first), 425);
    }
}

#[test]
fn by_dm_1_rights_are_those_that_may_be_delegated() {
    let more = |server: &'static str| {
        let mut tree = kept();
        let codes = [
            add("./DACMO/a/Rights/9/SrvID", "two"),
            replace("./DACMO/a/Rights/1/Mask", "RW"),
            replace("./DACMO/a/MIID", "south"),
            remove("./DACMO/a"),
            remove("./DACMO"),
            replace("./DACMO/a?prop=Name", "x"),
        ]
        .map(|body| as_server(server).code(&mut tree, &body));
        (codes[1], read(&tree, "two", "M/north/Mode"), codes)
    };
    let (mask, _, codes) = more("one");
    assert_eq!(
        (mask, codes[2], codes[3], codes[4], codes[5]),
        (200, 405, 405, 405, 405)
    );
    let (mask, _, codes) = more("two");
    assert_eq!(
        (mask, codes[2], codes[3], codes[4], codes[5]),
        (425, 405, 405, 405, 405)
    );
    // A home for them, and one that is new, would close what was open.
    for mut tree in [open(), kept()] {
        let is_kept = tree.find("./DACMO").unwrap().is_some();
        for body in [
            typed("./DACMO", ""),
            typed("./Z", DACMO),
            typed("./DACMO/z", DACMO),
        ] {
            let before = shown(&tree);
            let code = as_server("one").code(&mut tree, &body);
            assert!(code != 200, "{is_kept} {body}");
            assert_eq!(shown(&tree), before, "{body}");
        }
    }
}

#[test]
fn by_dm_1_the_host_is_not_asked_for_what_may_not_be() {
    let mut tree = kept();
    let secret = leaf("x").owned_by(Owner::Host);
    tree.set("./DMAcc/two/SrvID", leaf("two").owned_by(Owner::Host))
        .unwrap();
    tree.set("./DMAcc/two/Auth/Noti/Secret", secret).unwrap();
    for (uri, status) in [
        ("./DMAcc/two/SrvID", 405),
        ("./DMAcc/two/Auth/Noti/Secret", 425),
    ] {
        assert_eq!(as_server("one").code(&mut tree, &replace(uri, "y")), status);
    }
}

#[test]
fn the_owner_of_the_device_may_do_all_of_it() {
    let mut tree = kept();
    tree.remove("./DMAcc/two").unwrap();
    tree.set("./DMAcc/one/SrvID", leaf("three")).unwrap();
    tree.set("./DACMO/a/Rights/0/Mask", leaf("R")).unwrap();
    tree.set("./Z", object(ACCOUNT)).unwrap();
}

#[test]
fn the_first_account_is_not_a_server_s_to_make() {
    let perm = format!(r#"{{"SrvID":"three","Perm":{{"1":{{"MOID":"{M}"}}}}}}"#);
    for account in [r#"{"SrvName":"x"}"#, r#"{"SrvID":"one"}"#, &perm] {
        let mut tree = device();
        let made = format!(r#"[{{"ClientURI":"A/x/","MOData":{{"DMAcc":{account}}}}}]"#);
        assert_eq!(store(&mut tree, "one", &made, None), 403, "{account}");
        assert_eq!(read(&tree, "two", "M/north/Mode"), 200);
    }
    let mut tree = kept();
    let nobody = r#"[{"ClientURI":"A/x/","MOData":{"DMAcc":{"Name":"x"}}}]"#;
    assert_eq!(store(&mut tree, "one", nobody, None), 403);
}

#[test]
fn d61_a_secret_stays_one_whatever_is_renamed_above_it() {
    for (path, name, status) in [
        ("Auth/Bootstrap", "B", 405),
        ("Auth/Noti", "N", 405),
        ("Auth", "A", 405),
        ("Auth/Bootstrap", "bootstrap", 200),
        ("Auth/Trsp/Data", "D", 200),
        ("Ext", "E", 200),
    ] {
        let mut tree = kept();
        tree.set("./DMAcc/two/Ext/Secret", leaf("x")).unwrap();
        let before = shown(&tree);
        let body = replace(&format!("./DMAcc/two/{path}?prop=Name"), name);
        assert_eq!(as_server("two").code(&mut tree, &body), status, "{body}");
        assert_eq!(shown(&tree) == before, status != 200, "{body}");
    }
}

/// The account of another server in DM 1.x, which stands in the same tree.
#[test]
fn accounts_of_dm_1_are_as_closed() {
    for list in ["", "Get=two&Replace=two"] {
        let mut tree = device();
        let root = Node::interior(Some(V1.to_owned())).with_acl(acl(list));
        tree.set("./DMAcc/x", root).unwrap();
        for (path, value) in [
            ("ServerID", "two"),
            ("Name", "x"),
            ("AppAuth/1/AAuthLevel", "SRVCRED"),
            ("AppAuth/1/AAuthSecret", "good"),
        ] {
            tree.set(&format!("./DMAcc/x/{path}"), leaf(value)).unwrap();
        }
        for (path, name, one, two) in [
            ("AppAuth/1/AAuthSecret", "AAuthSecret", 403, 200),
            ("AppAuth/1/AAuthLevel", "AAuthLevel", 403, 200),
            ("ServerID", "ServerID", 405, 405),
            ("Name", "Name", 200, 200),
        ] {
            let document =
                format!(r#"[{{"ClientURI":"{V1}/x/{path}","MOData":{{"{name}":"one"}}}}]"#);
            for (server, status) in [("one", one), ("two", two)] {
                let mut tree = tree.clone();
                assert_eq!(
                    store(&mut tree, server, &document, None),
                    status,
                    "{server} {path}"
                );
            }
        }
    }
    // By DM 1.x they are as they were: its lists say who may.
    let mut tree = open();
    tree.set("./DMAcc/x", object(V1)).unwrap();
    tree.set("./DMAcc/x/ServerID", leaf("two")).unwrap();
    tree.set("./DMAcc/x/AppAuth/1/AAuthSecret", leaf("good"))
        .unwrap();
    for body in [
        replace("./DMAcc/x/AppAuth/1/AAuthSecret", "new"),
        replace("./DMAcc/x/ServerID", "three"),
        remove("./DMAcc/x"),
    ] {
        assert_eq!(as_server("one").code(&mut tree, &body), 200, "{body}");
    }
}

#[test]
fn keys_for_notifications_are_those_of_their_server_too() {
    for path in ["Noti/Secret", "Trsp/Secret", "Trsp/Data"] {
        let name = path.rsplit('/').next().unwrap();
        let document =
            format!(r#"[{{"ClientURI":"A/two/Auth/{path}","MOData":{{"{name}":"AAAA"}}}}]"#);
        for (server, status) in [("one", 403), ("two", 200)] {
            let mut tree = device();
            account(&mut tree, "one", &[ACCOUNT]);
            account(&mut tree, "two", &[ACCOUNT]);
            assert_eq!(
                store(&mut tree, server, &document, None),
                status,
                "{server} {path}"
            );
        }
    }
}

#[test]
fn who_may_only_write_finds_out_nothing_by_it() {
    let mut statuses = Vec::new();
    for serial in ["P-100", "P-101", "X"] {
        let mut tree = device();
        let leaf = read_only(&tree, "./Pump/north/Serial");
        tree.set("./Pump/north/Serial", leaf).unwrap();
        control(&mut tree, "a", "north", "local", &[("one", "W")]);
        assert_eq!(read(&tree, "one", "M/north/Serial"), 403);
        let document = format!(
            r#"[{{"ClientURI":"M/north/","MOData":{{"Pump":{{"Serial":"{serial}","Mode":"eco"}}}}}}]"#
        );
        statuses.push(store(&mut tree, "one", &document, None));
    }
    assert_eq!(statuses, [405; 3]);
}

fn read_only(tree: &Tree, uri: &str) -> Node {
    let Some(Found::Leaf(node)) = tree.find(uri).unwrap() else {
        panic!("no leaf at {uri}");
    };
    node.clone()
        .with_access(AccessTypes::of(&[AccessType::Get]))
}
