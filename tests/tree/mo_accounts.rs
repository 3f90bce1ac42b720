//! Accounts of DM 2.0 in other hands: grants, names and keys, and what is found out by writing.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::Limits;
use omadm::ddf::{AccessType, AccessTypes};
use omadm::dm2::MoDocument;
use omadm::tree::{Fetched, HostValues, Storing, Written};

use crate::client_uri::{D, M};
use crate::desk::leaf;
use crate::mo::device;
use crate::mo_access::{ACCOUNT, account, delete, of, read, spelt, store};

#[test]
fn no_server_grants_itself_an_object_nor_passes_for_another() {
    let granting = |path: &str, name: &str, data: &str| {
        format!(r#"[{{"ClientURI":"A/{path}","MOData":{{"{name}":{data}}}}}]"#)
    };
    let moid = format!(r#"{{"MOID":"{D}"}}"#);
    let perm = |server: &str| format!(r#"{{"SrvID":"{server}","Perm":{{"1":{moid}}}}}"#);
    for (document, status) in [
        (granting("one/Perm/9", "9", &moid), 405),
        (granting("one/Perm/0", "0", &moid), 405),
        (granting("one/", "DMAcc", &perm("one")), 405),
        (granting("two/", "DMAcc", r#"{"SrvID":"one"}"#), 405),
        (granting("two/SrvID", "SrvID", r#""one""#), 405),
        (granting("one/SrvID", "SrvID", r#""two""#), 405),
        (granting("x/", "DMAcc", &perm("one")), 403),
        (granting("x/", "DMAcc", &perm("two")), 403),
        (granting("x/", "DMAcc", &perm("three")), 200),
        (granting("one/", "DMAcc", r#"{"SrvID":"one"}"#), 200),
    ] {
        let mut tree = device();
        account(&mut tree, "one", &[ACCOUNT]);
        account(&mut tree, "two", &[D]);
        assert_eq!(
            store(&mut tree, "one", &document, None),
            status,
            "{document}"
        );
        assert_eq!(read(&tree, "one", "D//Man"), 404, "{document}");
    }
    let mut tree = device();
    account(&mut tree, "one", &[ACCOUNT]);
    account(&mut tree, "two", &[D]);
    // Without any account there would be all objects for all.
    for uri in [
        "A/two/Perm",
        "A/two/Perm/0",
        "A/two/SrvID",
        "A/two/",
        "A/*/",
    ] {
        assert_eq!(delete(&mut tree, "one", uri), 405, "{uri}");
    }
}

#[test]
fn keys_are_not_found_out_by_writing_them() {
    for server in ["one", "two"] {
        let mut statuses = Vec::new();
        for guess in ["AAAA", "BwcHBw=="] {
            let mut tree = device();
            account(&mut tree, "one", &[ACCOUNT]);
            account(&mut tree, "two", &[ACCOUNT]);
            let key = format!(r#"{{"ClientSecretKey":"{guess}"}}"#);
            for (path, name, data) in [
                ("Auth/Bootstrap", "Bootstrap", key.clone()),
                ("Auth", "Auth", format!(r#"{{"Bootstrap":{key}}}"#)),
                (
                    "Auth/Bootstrap/ClientSecretKey",
                    "ClientSecretKey",
                    format!(r#""{guess}""#),
                ),
            ] {
                let document =
                    format!(r#"[{{"ClientURI":"A/one/{path}","MOData":{{"{name}":{data}}}}}]"#);
                statuses.push(store(&mut tree, server, &document, None));
            }
        }
        let expected = if server == "one" { 200 } else { 403 };
        assert_eq!(statuses, [expected; 6], "{server}");
    }
}

#[test]
fn the_host_is_asked_although_it_told_the_same_before() {
    let mut tree = device();
    let told = leaf("auto").owned_by(omadm::tree::Owner::Host);
    tree.set("./Pump/north/Mode", told).unwrap();
    for (document, to) in [
        (
            r#"[{"ClientURI":"M/north/","MOData":{"Pump":{"Mode":"auto"}}}]"#,
            "M/north/",
        ),
        (
            r#"[{"ClientURI":"M/north/Mode","MOData":{"Mode":"auto"}}]"#,
            "M/north/Mode",
        ),
    ] {
        let document = MoDocument::decode(spelt(document).as_bytes(), &Limits::DEFAULT).unwrap();
        let (values, none) = (HostValues::new(), Written::new());
        let access = of(&tree, "one", None);
        let fetched = Fetched::Mo(&document);
        let stored = access.store(&mut tree, fetched, Some(&spelt(to)), &values, &none);
        let Ok(Storing::Ask(calls)) = stored else {
            panic!("{to}: {stored:?}")
        };
        let paths: Vec<&str> = calls.iter().map(|call| &*call.path).collect();
        assert_eq!(paths, ["Pump/north/Mode"]);
    }
}

#[test]
fn grants_are_not_found_out_by_writing_them() {
    for guess in [D, M] {
        for place in ["one/Perm/1", "two/Perm/0"] {
            let mut tree = device();
            account(&mut tree, "one", &[ACCOUNT, D]);
            account(&mut tree, "two", &[D]);
            for (path, name, data) in [
                (
                    "",
                    place.rsplit('/').next().unwrap(),
                    format!(r#"{{"MOID":"{guess}"}}"#),
                ),
                ("/MOID", "MOID", format!(r#""{guess}""#)),
            ] {
                let document =
                    format!(r#"[{{"ClientURI":"A/{place}{path}","MOData":{{"{name}":{data}}}}}]"#);
                assert_eq!(store(&mut tree, "one", &document, None), 405, "{document}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_is_not_found_out_by_writing_it() {
    for guess in ["1234", "4321"] {
        let mut tree = device();
        let only = AccessTypes::of(&[AccessType::Delete]);
        let pin = leaf("1234").with_access(only);
        tree.set("./Pump/north/Pin", pin).unwrap();
        let document = format!(
            r#"[{{"ClientURI":"M/north/","MOData":{{"Pump":{{"Mode":"eco","Pin":"{guess}"}}}}}}]"#
        );
        assert_eq!(store(&mut tree, "one", &document, None), 405, "{guess}");
        assert_eq!(read(&tree, "one", "M/north/Pin"), 405);
    }
}
