//! The worked sessions of the notes in the draft dialect, from the device's side.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::{AlertCode, ClientAlert, ClientEvent, Data, Format, Outcome, StatusCode, Trigger};

use crate::dm2_device::{Asked, Device, fetched, http, json, leaf};

const BY_SERVER: Trigger = Trigger::Server {
    session_id: 0x7f,
    requested: Vec::new(),
};

fn session(session_id: u16) -> Trigger {
    Trigger::Server {
        session_id,
        requested: Vec::new(),
    }
}

#[test]
fn s1_two_rounds() {
    let mut device = Device::new(Dialect::Draft, BY_SERVER);
    let first = device.next().unwrap();
    assert_eq!(first.url.as_deref(), Some("https://dm2.example.org/dm"));
    assert_eq!(first.content_type, "application/vnd.oma.dm.initiation+json");
    let accept = ("accept", "application/vnd.oma.dm.request+json".to_owned());
    assert_eq!(first.headers, [accept]);
    assert_eq!(
        crate::dm2_device::masked(&first.body),
        json(
            r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":1,"ReasonForSession":1200}}"#
        )
    );
    let events = device.hears(
        r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1},"Cmds":[{"GET":["oma:mo:oma-dm-devinfo:1.0/"]}]}"#,
    );
    assert_eq!(events, []);
    let third = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":2},
            "Results":[{"Code":200,"MOD":{"URI":"oma:mo:oma-dm-devinfo:1.0/","CV":"*",
            "MO":{"DevID":"MEID:A1000012345678","Man":"Acme","Mod":"P9","DmV":"2.0","Lang":"en"}}}]}"#,
    );
    assert_eq!(device.sends(), ("response", third));
    let events = device.hears(
        r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":2},"Cmds":[{"DELETE":["oma:mo:ext-acme-pump:1.0/north/Run/2"]},{"END":[]}]}"#,
    );
    assert!(
        matches!(&events[..], [ClientEvent::Changed { uri, .. }, ClientEvent::Finished] if uri == "./Pump/north/Run/2")
    );
    assert!(device.tree.find("./Pump/north/Run/2").unwrap().is_none());
    assert!(device.is_over());
}

#[test]
fn s3_failures_of_all_kinds() {
    let mut device = Device::new(Dialect::Draft, session(0x80));
    let alert = ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "urn:oma:at:acme:1.0:unknown".to_owned(),
        format: Some(Format::Xml),
        mark: None,
        source: None,
        target: None,
        correlator: None,
        data: Data::Markup("<a/>".to_owned()),
    };
    let number = device.session.raise(alert).unwrap();
    let first = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"80","PkgSeq":1,"ReasonForSession":1200},
            "Alerts":[{"Code":1226,"Item":{"Type":"urn:oma:at:acme:1.0:unknown","Format":"xml","Data":"<a/>"}}]}"#,
    );
    assert_eq!(device.sends(), ("initiation", first));
    let events = device.hears(
        r#"{"SessionInfo":{"SessionID":"80","PkgSeq":1},
            "Cmds":[{"GET":["oma:mo:ext-acme-pump:1.0/west/"]},
                    {"DELETE":["oma:mo:oma-dm-devinfo:1.0/Man"]},
                    {"HPUT":["https://repo.example.org/x","oma:mo:ext-acme-pump:1.0/north/","oma:mo:ext-acme-pump:1.0/north/Nope"]},
                    {"TWIST":[]},
                    {"EXEC":["oma:mo:ext-acme-pump:1.0/*/Reset"]}],
            "Results":[{"Code":415}]}"#,
    );
    let code = StatusCode(415);
    let answered = ClientEvent::Answered {
        alert: number,
        code,
    };
    assert_eq!(events, [answered]);
    let third = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"80","PkgSeq":2},
            "Results":[{"Code":404},{"Code":405},{"Code":215},{"Code":404},{"Code":501},{"Code":400}]}"#,
    );
    assert_eq!(device.sends(), ("response", third));
    let events =
        device.hears(r#"{"SessionInfo":{"SessionID":"80","PkgSeq":2},"Cmds":[{"END":[]}]}"#);
    assert_eq!(events, [ClientEvent::Finished]);
    assert!(device.is_over());
}

#[test]
fn d33_an_unknown_object_is_not_there() {
    let mut device = Device::new(Dialect::Draft, session(0x4d2));
    device.sends();
    device.hears(
        r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},
            "Cmds":[{"GET":["oma:mo:ext-acme-fan:1.0/"]},{"GET":["oma:mo:ext-acme-fan:1.0//"]},
                    {"GET":["oma:mo:ext-acme-fan:1.0/Man"]},{"GET":["oma:mo:ext-acme-fan:1.0/x/y"]},
                    {"DELETE":["oma:mo:ext-acme-fan:1.0/"]},{"GET":["oma:mo:ext-acme-fan:1.0/(x)"]},
                    {"GET":["oma:mo:ext-acme-pump:1.0/"]}]}"#,
    );
    let third = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},
            "Results":[{"Code":404},{"Code":404},{"Code":404},{"Code":404},{"Code":404},{"Code":400},{"Code":400}]}"#,
    );
    assert_eq!(device.sends(), ("response", third));
}

/// What V-D04 asks for, up to the request that goes out for HPOST.
fn posting() -> (Device, u32) {
    let mut device = Device::new(Dialect::Draft, session(0x4d2));
    device.sends();
    let events = device.hears(
        r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},
            "Cmds":[{"HPOST":["https://repo.example.org/in","oma:mo:oma-dm-devinfo:1.0/","oma:mo:ext-acme-pump:1.0/north/"]},
                    {"GET":["oma:mo:ext-acme-pump:1.0/*/Mode"]}]}"#,
    );
    let Asked {
        ticket,
        method,
        url,
        headers,
        body,
    } = http(&events);
    assert_eq!((method, url), ("POST", "https://repo.example.org/in"));
    assert_eq!(
        headers,
        [("content-type", "application/vnd.oma.dm.mo+json")]
    );
    let sent = json(
        r#"[{"URI":"oma:mo:oma-dm-devinfo:1.0/","CV":"*","MO":{"DevID":"MEID:A1000012345678","Man":"Acme","Mod":"P9","DmV":"2.0","Lang":"en"}},
            {"URI":"oma:mo:ext-acme-pump:1.0/north/","CV":"*","MO":{"Serial":"P-100","Mode":"auto",
             "Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":7,"State":"hot"}}}}]"#,
    );
    assert_eq!(crate::dm2_device::masked(body), sent);
    (device, ticket)
}

#[test]
fn v_d05_a_result_for_each_place() {
    let (mut device, ticket) = posting();
    assert_eq!(device.tells(ticket, &fetched(201, "")), []);
    let third = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},
            "Results":[{"Code":200},{"Code":200},
                       {"Code":200,"MOD":[{"URI":"oma:mo:ext-acme-pump:1.0/north/Mode","MO":"auto"},
                                          {"URI":"oma:mo:ext-acme-pump:1.0/south/Mode","MO":"auto"}]}]}"#,
    );
    assert_eq!(device.sends(), ("response", third));
}

#[test]
fn s4_the_device_aborts() {
    let mut device = Device::new(Dialect::Draft, session(0x4d2));
    device.sends();
    let events = device.hears(
        r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},
            "Cmds":[{"HPOST":["https://repo.example.org/in","oma:mo:oma-dm-devinfo:1.0/","oma:mo:ext-acme-pump:1.0/north/"]},
                    {"EXEC":["oma:mo:ext-acme-pump:1.0/south/Reset"]}]}"#,
    );
    let events = device.tells(http(&events).ticket, &fetched(200, ""));
    let [ClientEvent::Exec { ticket, uri, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(uri, "./Pump/south/Reset");
    let events = device.session.abort(Some("switched off".to_owned()));
    assert_eq!(crate::dm2_device::aborted(&events).1, "switched off");
    let void = device
        .session
        .complete(&mut device.tree, *ticket, &Outcome::status(200));
    assert!(void.is_err());
    let third = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},
            "Results":[{"Code":200},{"Code":200}],"Alerts":[{"Code":1223}]}"#,
    );
    let out = device.next().unwrap();
    assert!(out.done);
    assert_eq!(crate::dm2_device::masked(&out.body), third);
    assert!(device.is_over());
    assert_eq!(device.session.abort(None), []);
}

#[test]
fn d41_what_is_not_asked_for_has_not_failed() {
    let m = "oma:mo:ext-acme-pump:1.0";
    let mut device = Device::new(Dialect::Draft, session(0x4d2));
    for uri in ["./Pump/south/Mode", "./Pump/south/Serial"] {
        let node = leaf("old").owned_by(omadm::tree::Owner::Host);
        device.tree.set(uri, node).unwrap();
    }
    device.sends();
    let mut events = device.hears(&format!(
        r#"{{"SessionInfo":{{"SessionID":"4D2","PkgSeq":1}},
            "Cmds":[{{"HPUT":["https://repo.example.org/in","{m}/north/Mode","{m}/south/Mode","{m}/south/Serial","{m}/south/","{m}/south/Mode","{m}/south/Serial"]}},
                    {{"HPUT":["https://repo.example.org/in","{m}/south/Mode","{m}/south/Serial"]}}]}}"#
    ));
    for outcome in [
        Outcome::status(500),
        Outcome::Value(leaf("new")),
        Outcome::status(503),
    ] {
        let [ClientEvent::Read { ticket, .. }] = &events[..] else {
            panic!("{events:?}");
        };
        events = device.tells(*ticket, &outcome);
    }
    assert_eq!(events, []);
    let third = json(
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},
            "Results":[{"Code":215},{"Code":500},{"Code":215},{"Code":500},{"Code":500},{"Code":215},
                       {"Code":215},{"Code":503}]}"#,
    );
    assert_eq!(device.sends().1, third);
}

#[test]
fn a_value_that_a_document_gives_twice_is_the_last_for_host_and_tree() {
    let m = "oma:mo:ext-acme-pump:1.0";
    let mut device = Device::new(Dialect::Draft, session(0x4d2));
    let node = leaf("old").owned_by(omadm::tree::Owner::Host);
    device.tree.set("./Pump/south/Mode", node).unwrap();
    device.sends();
    let events = device.hears(
        r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},"Cmds":[{"HGET":["https://repo.example.org/x"]}]}"#,
    );
    let document =
        format!(r#"[{{"URI":"{m}/south/Mode","MO":"a"}},{{"URI":"{m}/south/Mode","MO":"b"}}]"#);
    let events = device.tells(http(&events).ticket, &fetched(200, &document));
    let [ClientEvent::Write { ticket, data, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    let asked = data.clone();
    device.tells(*ticket, &Outcome::status(200));
    let kept = device.tree.find("./Pump/south/Mode").unwrap();
    let Some(omadm::tree::Found::Leaf(kept)) = kept else {
        panic!("no leaf");
    };
    assert_eq!(kept.data(), asked.as_ref());
    assert_eq!(kept.data().and_then(|data| data.as_text()), Some("b"));
}
