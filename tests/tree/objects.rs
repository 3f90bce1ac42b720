//! The standard objects: what a device says of itself, accounts and their secrets, the Inbox; objects by what they are.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::session::accounts;
use omadm::tree::{DevDetail, DevInfo};
use omadm::{Code, Data, Format, Limits, Node, Party, Scheme, Tree};

use crate::desk::{
    DESK, TNDS, acl, add, add_node, as_server, code, copy, delete, document, get, leaf, one, open,
    replace, rooted, set, target, value,
};

const DMACC: &str = "urn:oma:mo:oma-dm-dmacc:1.0";

/// An account of server `m.example`, named as said.
fn account(name: &str) -> String {
    let leaf = |name: &str, value: &str| {
        format!(
            "<Node><NodeName>{name}</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>{value}</Value></Node>"
        )
    };
    let inner = |name: &str, kind: &str, inside: &str| {
        format!(
            "<Node><NodeName>{name}</NodeName><RTProperties>{kind}</RTProperties>{inside}</Node>"
        )
    };
    let plain = "<Format><node/></Format><Type><DDFName/></Type>";
    let auth = leaf("AAuthLevel", "CLCRED")
        + &leaf("AAuthType", "DIGEST")
        + &leaf("AAuthName", "u")
        + &leaf("AAuthSecret", "s");
    let addr = inner(
        "AppAddr",
        plain,
        &inner("1", plain, &leaf("Addr", "https://m.example/dm")),
    );
    let inside = leaf("AppID", "w7")
        + &leaf("ServerID", "m.example")
        + &addr
        + &inner("AppAuth", plain, &inner("1", plain, &auth));
    let root = format!(
        "<ACL>Get=m.example&amp;Replace=m.example&amp;Delete=m.example</ACL><Format><node/></Format><Type><DDFName>{DMACC}</DDFName></Type>"
    );
    inner(name, &root, &inside)
}

fn info() -> DevInfo {
    DevInfo {
        dev_id: "IMEI:1".into(),
        man: "M".into(),
        model: "X".into(),
        dm_v: "1.2".into(),
        lang: "en-US".into(),
    }
}

/// What a device has that can be managed.
fn device() -> Tree {
    let mut tree = rooted("Add=*&Get=*&Replace=*&Delete=*");
    tree.set_dev_info(&info()).unwrap();
    tree.set_dev_detail(&DevDetail {
        dev_typ: "phone".into(),
        oem: "O".into(),
        versions: ["f".into(), "s".into(), "h".into()],
        max_depth: 20,
        max_tot_len: 127,
        max_seg_len: 32,
    })
    .unwrap();
    tree.set_inbox(acl("Add=*")).unwrap();
    tree
}

#[test]
fn a_device_says_what_it_is_and_nobody_else_does() {
    let mut tree = device();
    for (uri, text) in [
        ("./DevInfo", "DevId/DmV/Lang/Man/Mod"),
        ("./DevInfo/DevId", "IMEI:1"),
        ("./DevInfo?prop=Type", "urn:oma:mo:oma-dm-devinfo:1.0"),
        ("./DevDetail", "DevTyp/FwV/HwV/LrgObj/OEM/SwV/URI"),
        ("./DevDetail?prop=Type", "urn:oma:mo:oma-dm-devdetail:1.0"),
        ("./DevDetail/LrgObj", "true"),
        ("./DevDetail/LrgObj?prop=Format", "bool"),
        ("./DevDetail/URI/MaxTotLen", "127"),
        ("./DevDetail/SwV", "s"),
    ] {
        assert_eq!(value(&tree, uri), text, "{uri}");
    }
    for body in [
        replace("./DevInfo/DevId", "x"),
        replace("./DevInfo?prop=Name", "x"),
        delete("./DevInfo"),
        delete("./DevInfo/Lang"),
        delete("./DevDetail/URI/MaxDepth"),
        add("./DevInfo/New", "x"),
        set(
            "Replace",
            "./DevDetail",
            "xml",
            TNDS,
            &document("<Node><NodeName>DevDetail</NodeName></Node>"),
        ),
    ] {
        assert_eq!(code(&mut tree, &body), 405, "{body}");
    }
    assert_eq!(code(&mut tree, &get(&format!("./{}", "a".repeat(33)))), 414);
    // They are the device's to make.
    let desk = crate::desk::Desk {
        implicit_add: omadm::tree::ImplicitAdd::Yes,
        ..DESK
    };
    for uri in ["./DevInfo/DevId", "./DevDetail/URI/MaxDepth", "./Inbox/x"] {
        assert_eq!(desk.code(&mut open(), &add(uri, "1")), 405, "{uri}");
    }
    assert_eq!(desk.code(&mut open(), &add_node("./Inbox")), 405);
    let bad = DevInfo {
        man: "\u{1}".into(),
        ..info()
    };
    let mut tree = open();
    let before = tree.clone();
    assert_eq!(tree.set_dev_info(&bad).unwrap_err().code(), Code::Arg);
    assert_eq!(tree, before);
}

#[test]
fn b1_an_account_goes_from_the_inbox_to_its_place() {
    for (name, place) in [
        ("1", "./DMAcc/1"),
        ("Mine", "./DMAcc/Mine"),
        ("", "./DMAcc/1"),
    ] {
        let mut tree = device();
        let body = set("Add", "./Inbox", "xml", TNDS, &document(&account(name)));
        let ran = as_server("m.example").run(&mut tree, &body);
        assert_eq!(ran.codes(), [200]);
        assert_eq!(
            ran.changed[..2],
            ["Add DMAcc".to_owned(), format!("Add {}", &place[2..])]
        );
        let read = |uri: &str| {
            let ran = as_server("m.example").run(&mut tree.clone(), &get(&format!("{place}{uri}")));
            (ran.codes()[0], ran.found().join(""))
        };
        assert_eq!(
            read("/ServerID").1,
            format!("{place}/ServerID - - m.example")
        );
        assert_eq!(
            read("?prop=ACL").1,
            format!("{place}?prop=ACL - - Delete=m.example&Get=m.example&Replace=m.example")
        );
        assert_eq!(read("/AppAuth/1/AAuthSecret").0, 405);
        assert_eq!(tree.instances("urn:oma:mo:oma-dm-dmacc"), [place]);
        let found = accounts(&tree);
        assert_eq!(
            (found.len(), &*found[0].server_id, &*found[0].device_id),
            (1, "m.example", "IMEI:1")
        );
        assert!(matches!(found[0].client, Party::Credential(_)));
        assert!(matches!(found[0].server, Party::Transport));
        // Again it is another account.
        assert_eq!(as_server("m.example").code(&mut tree, &body), 200);
        assert_eq!(accounts(&tree).len(), 2);
        assert_eq!(value(&tree, "./DMAcc").split('/').count(), 2);
    }
}

#[test]
fn nothing_stays_in_the_inbox_and_nothing_is_read_there() {
    let mut tree = device();
    for (body, status) in [
        (get("./Inbox"), 425),
        (add("./Inbox", "x"), 418),
        (add_node("./Inbox"), 418),
        (add("./Inbox/x", "x"), 406),
        (add_node("./Inbox/x"), 406),
        (add("./Inbox/x/y", "x"), 404),
        (
            set(
                "Add",
                "./Inbox",
                "xml",
                TNDS,
                &document("<Node><NodeName>1</NodeName></Node>"),
            ),
            406,
        ),
        (
            set(
                "Add",
                "./Inbox",
                "xml",
                TNDS,
                &document(&(account("1") + "<Node><NodeName>2</NodeName></Node>")),
            ),
            406,
        ),
        (set("Add", "./Inbox", "xml", TNDS, "<x/>"), 400),
        (delete("./Inbox"), 425),
        (copy("./Inbox", "./Out"), 425),
        (copy("./DevInfo", "./Inbox/x"), 405),
    ] {
        assert_eq!(code(&mut tree, &body), status, "{body}");
    }
    let accounts_too =
        document(&(account("") + &account("A") + &account("A").replace(">A<", ">B<")));
    let body = set("Add", "./Inbox", "xml", TNDS, &accounts_too);
    assert_eq!(code(&mut tree, &body), 200);
    assert_eq!(value(&tree, "./DMAcc"), "1/A/B");
    let named = set(
        "Add",
        "./Inbox/New",
        "xml",
        TNDS,
        &document(&account("New")),
    );
    assert_eq!(code(&mut tree, &named), 200);
    assert_eq!(value(&tree, "./DMAcc"), "1/A/B/New");
    let item = format!(
        "{}<Meta><Format xmlns='syncml:metinf'>node</Format><Type xmlns='syncml:metinf'>{DMACC}</Type></Meta>",
        target("./Inbox/Empty")
    );
    assert_eq!(code(&mut tree, &one("Add", &item)), 200);
    assert_eq!(value(&tree, "./DMAcc"), "1/A/B/Empty/New");
    // Where everybody may read it is still closed.
    tree.set_inbox(acl("Add=T&Get=*")).unwrap();
    assert_eq!(code(&mut tree, &get("./Inbox")), 405);
    assert_eq!(code(&mut tree, &get("./Inbox?list=Struct")), 405);
    assert_eq!(code(&mut tree, &copy("./Inbox", "./Out")), 405);
    assert_eq!(code(&mut tree, &body), 425);
    assert!(
        !DESK
            .run(&mut tree, &get(".?list=Struct"))
            .found()
            .concat()
            .contains("Inbox")
    );
}

/// A tree with an account below `./SyncML`, on which `S` may do everything.
fn with_account() -> Tree {
    let mut tree = open();
    let read = omadm::tnds::Tnds::decode(
        document(&account("1")).as_bytes(),
        omadm::Encoding::Xml,
        &Limits::DEFAULT,
    );
    tree.set_tnds("./SyncML/DMAcc", read.unwrap()).unwrap();
    tree.set(
        "./SyncML/DMAcc/1",
        Node::interior(Some(DMACC.into())).with_acl(acl("Add=*&Delete=*&Exec=*&Get=*&Replace=*")),
    )
    .unwrap();
    let nonce = Node::leaf(Format::Bin, None, Some(Data::Octets(vec![1, 2]))).unwrap();
    tree.set("./SyncML/DMAcc/1/AppAuth/1/AAuthData", nonce)
        .unwrap();
    tree
}

#[test]
fn secrets_are_written_but_never_read() {
    let auth = "./SyncML/DMAcc/1/AppAuth/1";
    for secret in ["AAuthSecret", "AAuthData"] {
        let uri = format!("{auth}/{secret}");
        let mut tree = with_account();
        for (body, status) in [
            (get(&uri), 405),
            (get(&format!("{uri}?list=StructData")), 405),
            (get(&format!("{uri}?prop=Size")), 405),
            (copy(&uri, "./Out"), 405),
            (copy(auth, "./Out"), 405),
            (copy("./SyncML/DMAcc/1", "./SyncML/DMAcc/2"), 405),
            (copy("./SyncML", "./Out"), 405),
            // Under another name it would be none any more.
            (replace(&format!("{uri}?prop=Name"), "Open"), 405),
            (get(&format!("{uri}?prop=Type")), 200),
            (get(auth), 200),
        ] {
            assert_eq!(code(&mut tree, &body), status, "{body}");
        }
        for list in ["Struct", "StructData", "TNDS", "TNDS+Value"] {
            for uri in [".", "./SyncML", auth] {
                let found = DESK
                    .run(&mut tree, &get(&format!("{uri}?list={list}")))
                    .found()
                    .concat();
                assert!(
                    !found.contains(secret)
                        && found.contains("AppAuth") | found.contains("AAuthName"),
                    "{found}"
                );
            }
        }
        assert_eq!(code(&mut tree, &replace(&uri, "new")), 200);
        assert_eq!(code(&mut tree, &delete(&uri)), 200);
        assert_eq!(code(&mut tree, &add(&uri, "newer")), 200);
        assert_eq!(code(&mut tree, &get(&uri)), 405);
        // Renaming what is above leaves the account an account.
        assert_eq!(
            code(&mut tree, &replace(&format!("{auth}?prop=Name"), "2")),
            200
        );
        assert_eq!(
            code(
                &mut tree,
                &get(&format!("./SyncML/DMAcc/1/AppAuth/2/{secret}"))
            ),
            405
        );
        // The same name elsewhere is no secret.
        assert_eq!(code(&mut tree, &add(&format!("./{secret}"), "open")), 200);
        assert_eq!(value(&tree, &format!("./{secret}")), "open");
    }
}

#[test]
fn accounts_are_what_the_tree_says_of_them() {
    let mut tree = with_account();
    tree.set("./DevInfo/DevId", leaf("D")).unwrap();
    let auth = "./SyncML/DMAcc/1/AppAuth";
    let found = accounts(&tree);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].state.client_nonce, Some(vec![1, 2]));
    assert_eq!(found[0].device_id, "D");
    // The other side has credentials as well.
    for (name, text) in [
        ("AAuthLevel", "SRVCRED"),
        ("AAuthType", "BASIC"),
        ("AAuthName", "m"),
        ("AAuthSecret", "t"),
    ] {
        tree.set(&format!("{auth}/2/{name}"), leaf(text)).unwrap();
    }
    let found = accounts(&tree);
    assert!(matches!(
        (&found[0].client, &found[0].server),
        (Party::Credential(_), Party::Credential(_))
    ));
    // The transport proves a side that has no credentials, or says so.
    for (name, text) in [("AAuthType", "TRANSPORT"), ("AAuthLevel", "HTTP")] {
        let mut tree = tree.clone();
        tree.set(&format!("{auth}/2/{name}"), leaf(text)).unwrap();
        let found = accounts(&tree);
        assert!(matches!(found[0].server, Party::Transport), "{name}");
    }
    // Each type that is spoken here is a scheme of its own.
    for (kind, scheme) in [
        ("BASIC", Scheme::Basic),
        ("DIGEST", Scheme::Md5),
        ("HMAC", Scheme::Hmac),
    ] {
        let mut tree = tree.clone();
        tree.set(&format!("{auth}/2/AAuthType"), leaf(kind))
            .unwrap();
        let found = accounts(&tree);
        let credential = found[0].server.credential().unwrap();
        assert_eq!(credential.schemes(), [scheme]);
    }
    // What nobody could be asked to prove is no account: a type that is not spoken here, or half of the credentials.
    for kind in ["X509", "HTTP-DIGEST", "digest", ""] {
        let mut tree = tree.clone();
        tree.set(&format!("{auth}/2/AAuthType"), leaf(kind))
            .unwrap();
        assert_eq!(accounts(&tree).len(), 0, "{kind}");
    }
    for id in ["*", "a+b", "a&Replace=*", "a b"] {
        let mut tree = tree.clone();
        tree.set("./SyncML/DMAcc/1/ServerID", leaf(id)).unwrap();
        assert_eq!(accounts(&tree).len(), 0, "{id}");
    }
    {
        let mut tree = tree.clone();
        tree.remove(&format!("{auth}/2/AAuthSecret")).unwrap();
        assert_eq!(accounts(&tree).len(), 0);
    }
    // Several accounts, wherever they are; those that name no server are none.
    tree.set(
        "./Other/7",
        Node::interior(Some("org.openmobilealliance/1.0/w7".into())),
    )
    .unwrap();
    assert_eq!(accounts(&tree).len(), 1);
    tree.set("./Other/7/ServerID", leaf("other.example"))
        .unwrap();
    let ids: Vec<String> = accounts(&tree)
        .into_iter()
        .map(|account| account.server_id)
        .collect();
    assert_eq!(ids, ["other.example", "m.example"]);
    tree.set("./Other/7/ServerID", leaf("")).unwrap();
    assert_eq!(accounts(&tree).len(), 1);
}

#[test]
fn of_several_credentials_the_preferred_one_counts_else_the_first() {
    let mut tree = with_account();
    let auth = "./SyncML/DMAcc/1/AppAuth";
    for (name, text) in [
        ("AAuthLevel", "CLCRED"),
        ("AAuthType", "BASIC"),
        ("AAuthName", "second"),
        ("AAuthSecret", "t"),
    ] {
        tree.set(&format!("{auth}/2/{name}"), leaf(text)).unwrap();
    }
    let name = |tree: &Tree| match accounts(tree).remove(0).client {
        Party::Credential(credential) => credential.user().to_owned(),
        Party::Transport => String::new(),
    };
    assert_eq!(name(&tree), "u");
    for (preferred, expected) in [
        ("BASIC", "second"),
        ("DIGEST", "u"),
        ("", "u"),
        ("HMAC", "u"),
    ] {
        tree.set("./SyncML/DMAcc/1/AAuthPref", leaf(preferred))
            .unwrap();
        assert_eq!(name(&tree), expected, "{preferred}");
    }
}

#[test]
fn objects_are_found_by_what_they_are() {
    let mut tree = with_account();
    for (uri, mime) in [
        ("./A/1", "urn:oma:mo:oma-fumo:1.0"),
        ("./A/2", "urn:oma:mo:oma-fumo:1.1"),
        ("./A/3", "urn:oma:mo:oma-fumox:1.0"),
        ("./B", "com.x/1.2/ProductY"),
    ] {
        tree.set(uri, Node::interior(Some(mime.into()))).unwrap();
    }
    let mime = Some("urn:oma:mo:oma-fumo:1.0".to_owned());
    tree.set(
        "./Leaf",
        Node::leaf(Format::Chr, mime, Some(Data::Text(String::new()))).unwrap(),
    )
    .unwrap();
    for (moid, uris) in [
        ("urn:oma:mo:oma-fumo:1.0", &["./A/1"][..]),
        ("urn:oma:mo:oma-fumo", &["./A/1", "./A/2"]),
        ("urn:oma:mo:oma-fum", &[]),
        ("com.x/1.2/ProductY", &["./B"]),
        ("", &[]),
        (DMACC, &["./SyncML/DMAcc/1"]),
    ] {
        assert_eq!(tree.instances(moid), uris, "{moid}");
    }
    let revision = tree.revision();
    tree.set("./A/1/State", leaf("10")).unwrap();
    let after = tree.revision();
    assert_eq!(tree.revision_of("./A/1"), Some(after));
    assert!(tree.revision_of("./A/2").unwrap() <= revision);
    assert_eq!(tree.revision_of("./A"), Some(after));
    assert_eq!(tree.revision_of("."), Some(after));
    assert_eq!(tree.revision_of("./missing"), None);
    assert_eq!(tree.revision_of("./A/"), None);
    tree.remove("./A/1/State").unwrap();
    assert_eq!(tree.revision_of("./A/1"), Some(after + 1));
}
