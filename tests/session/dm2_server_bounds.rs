//! What one package of DM 2.0 can cost the server, and what it must not change there.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, Limits, ServerConfig};

use crate::dm2_server_desk::{
    DEVICE, Desk, HELLO, INITIATION, RESPONSE, config, get, hput, json, of, parsed,
};

const MAN: &str = "urn:oma:mo:oma-dm-devinfo:1.2//Man";

fn hello_with(alerts: &str) -> String {
    HELLO[0].replace("1201}", &format!(r#"1201}},"Alerts":[{alerts}]"#))
}

#[test]
fn a_correlator_is_not_told_with_more_items_than_a_message_holds() {
    let item = r#"{"Type":"a.b"}"#;
    let limits = Limits {
        bytes: 50_000,
        ..Limits::DEFAULT
    };
    for (items, expected) in [(50, 50), (51, 0)] {
        let mut desk = Desk::with(ServerConfig {
            limits: limits.clone(),
            ..config()
        });
        let (correlator, items) = ("c".repeat(1_000), vec![item; items].join(","));
        let alert = format!(r#"{{"Code":1226,"Correlator":"{correlator}","Item":[{items}]}}"#);
        let events = desk.hear(of(INITIATION), &hello_with(&alert)).unwrap();
        let alerts = events.iter().filter(|event| event.starts_with("alert"));
        assert_eq!(alerts.count(), expected);
        let code = if expected > 0 { 415 } else { 412 };
        let codes = parsed(&format!(r#"[{{"Code":{code}}}]"#));
        assert_eq!(json(&desk.reply())["Results"], codes);
    }
}

#[test]
fn formats_that_cannot_be_asked_for_are_refused_before_anything_is_heard() {
    for (formats, is_good) in [
        ("application/vnd.oma.dm.mo+json", true),
        ("a/b;q=0.5, c/d", true),
        (" a/b", false),
        ("a/b\n", false),
        ("", false),
        ("none", false),
    ] {
        let mut desk = Desk::with(ServerConfig {
            accept_mo: Some(formats.to_owned()),
            ..config()
        });
        let before = desk.session.save().unwrap();
        match desk.hear(of(INITIATION), HELLO[0]) {
            Ok(_) => assert!(is_good, "{formats:?}"),
            Err(error) => {
                assert!(!is_good, "{formats:?}");
                assert_eq!(error.code(), Code::Arg);
                assert!(desk.session.save().unwrap() == before);
            }
        }
    }
}

#[test]
fn d28_no_package_asks_for_more_results_than_are_taken() {
    let limits = Limits {
        items: 5,
        ..Limits::DEFAULT
    };
    let mut desk = Desk::with(ServerConfig { limits, ..config() });
    let url = "https://data.example/x";
    desk.push([
        hput(url, &[MAN; 3]),
        hput(url, &[MAN; 2]),
        hput(url, &[MAN]),
    ]);
    desk.push([hput(url, &[MAN; 6])]);
    desk.hear(of(INITIATION), HELLO[0]).unwrap();
    let out = desk.reply();
    assert_eq!(json(&out)["Cmds"].as_array().unwrap().len(), 2);
    let body = format!(
        r#"{{"SessionInfo":{{"DevID":"{DEVICE}","SessionID":"7F","PkgSeq":2}},"Results":[{}]}}"#,
        [r#"{"Code":200}"#; 5].join(",")
    );
    desk.hear(of(RESPONSE), &body).unwrap();
    let out = desk.reply();
    assert_eq!(out.too_large, [3]);
    assert_eq!(json(&out)["Cmds"].as_array().unwrap().len(), 1);
}

#[test]
fn d60_what_stands_beside_a_bootstrap_is_told() {
    let of_bootstrap = r#"{"Type":"urn:oma:at:dm:2.0:BootstrapComplete"}"#;
    let alert = format!(r#"{{"Code":1226,"Item":[{of_bootstrap},{{"Type":"x.y","Data":"1"}}]}}"#);
    let events = Desk::new().hear(of(INITIATION), &hello_with(&alert));
    let events = events.unwrap();
    assert_eq!(
        events[1..],
        [
            "started draft Client bootstrapped",
            "alert 0 1226 x.y - - - 1"
        ]
    );
    // A session that a notification asked for was not begun by a bootstrap: there it is an alert like any other.
    let alert = format!(r#"{{"Code":1226,"Item":{of_bootstrap}}}"#);
    let body = hello_with(&alert).replace("1201", "1200");
    let events = Desk::new().hear(of(INITIATION), &body).unwrap();
    assert!(events.iter().any(|event| event.starts_with("alert 0")));
}

#[test]
fn d56_a_package_3_that_belongs_elsewhere_changes_nothing_even_if_it_cannot_be_read() {
    let stray = |session: &str, seq: u32| {
        format!(
            r#"{{"SessionInfo":{{"DevID":"{DEVICE}","SessionID":"{session}","PkgSeq":{seq}}}}}"#
        )
    };
    for (session, seq, is_ours) in [("OLD", 2, false), ("7F", 1, false), ("7F", 2, true)] {
        let mut desk = Desk::new();
        desk.push([get(MAN)]);
        desk.hear(of(INITIATION), HELLO[0]).unwrap();
        desk.reply();
        let before = desk.session.save().unwrap();
        let heard = desk.hear(of(RESPONSE), &stray(session, seq));
        assert_eq!(heard.is_ok(), is_ours, "{session} {seq}");
        if !is_ours {
            assert!(desk.session.save().unwrap() == before);
        }
    }
}
