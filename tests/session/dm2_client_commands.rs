//! The commands of DM 2.0 at the device one by one: results, requests to the host, and what may go where.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::session::{Failure, Fetched};
use omadm::tree::Owner;
use omadm::{ClientEvent, Code, Outcome, Trigger};

use crate::dm2_device::{Asked, Device, fetched, http, json, leaf};

const M: &str = "urn:oma:mo:ext-acme-pump:1.0";

pub(crate) fn begun(dialect: Dialect) -> Device {
    let trigger = Trigger::Server {
        session_id: 0x7f,
        requested: Vec::new(),
    };
    let mut device = Device::new(dialect, trigger);
    device.next().unwrap();
    device
}

/// A device that has got these commands in the approved dialect.
fn told(commands: &str) -> (Device, Vec<ClientEvent>) {
    let mut device = begun(Dialect::Approved);
    let events = device.hears(&format!(r#"{{"CMD":[{commands}]}}"#));
    (device, events)
}

/// The statuses of package 3.
pub(crate) fn codes(device: &mut Device) -> Vec<u64> {
    let (kind, package) = device.sends();
    assert_eq!(kind, "response");
    let results = match package.get("Status") {
        Some(results) => results,
        None => &package["Results"],
    };
    let code = |result: &serde_json::Value| {
        let code = result.get("sc").or_else(|| result.get("Code"));
        code.and_then(serde_json::Value::as_u64).unwrap()
    };
    results.as_array().unwrap().iter().map(code).collect()
}

#[test]
fn v_a09_v_d10_bad_commands_leave_the_others_alone() {
    let (mut device, events) = told(
        r#"[],["GET"],["get","urn:oma:mo:oma-dm-devinfo:1.2//Man"],["GET","urn:oma:mo:oma-dm-devinfo:1.2//Man"]"#,
    );
    assert_eq!(events, []);
    assert_eq!(codes(&mut device), [400, 400, 501, 200]);
    let mut device = begun(Dialect::Draft);
    device.hears(
        r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1},
            "Cmds":[{"GET":["oma:mo:oma-dm-devinfo:1.0/Man"],"DELETE":["oma:mo:oma-dm-devinfo:1.0/Man"]},
                    {"FROB":["oma:mo:oma-dm-devinfo:1.0/Man"]},
                    {"GET":["oma:mo:oma-dm-devinfo:1.0/Man"]}]}"#,
    );
    assert_eq!(codes(&mut device), [400, 501, 200]);
}

#[test]
fn v_a10_d24_everything_in_the_last_package_is_done() {
    let (mut device, events) = told(&format!(r#"["END"],["DELETE","{M}/south/"]"#));
    assert_eq!(events.last(), Some(&ClientEvent::Finished));
    assert!(device.tree.find("./Pump/south").unwrap().is_none());
    assert!(device.is_over());
    // Its tickets are answered, too, and nobody is told what became of them.
    let (mut device, events) = told(&format!(
        r#"["END"],["HPUT","https://repo.example.org/x","{M}/south/Mode"]"#
    ));
    let events = device.tells(http(&events).ticket, &fetched(500, ""));
    assert_eq!(events, [ClientEvent::Finished]);
    assert!(device.is_over());
}

#[test]
fn d06_no_command_is_the_end() {
    let (mut device, events) = told("");
    assert_eq!(events, [ClientEvent::Finished]);
    assert!(device.is_over());
    let mut device = begun(Dialect::Draft);
    let events = device.hears(r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1}}"#);
    assert_eq!(events, [ClientEvent::Finished]);
    assert!(device.is_over());
}

#[test]
fn d52_what_http_comes_to() {
    let garbage = |body: &[u8]| {
        Outcome::Response(Fetched {
            status: 200,
            content_type: Some("application/vnd.oma.dm.mo+json".to_owned()),
            accept_mo: None,
            body: body.to_vec(),
        })
    };
    let html = Outcome::Response(Fetched {
        status: 200,
        content_type: Some("text/html".to_owned()),
        accept_mo: None,
        body: b"<html>".to_vec(),
    });
    for (outcome, of_get, of_put) in [
        (Outcome::Failed(Failure::Network), 502, 502),
        (Outcome::Failed(Failure::Timeout), 504, 504),
        (Outcome::Failed(Failure::TooLarge), 413, 502),
        (fetched(500, ""), 502, 502),
        (fetched(503, ""), 502, 502),
        (fetched(400, ""), 502, 502),
        (fetched(404, ""), 502, 502),
        (fetched(401, ""), 403, 403),
        (fetched(403, ""), 403, 403),
        (fetched(406, ""), 406, 406),
        (fetched(415, ""), 415, 415),
        (fetched(302, ""), 502, 502),
        (garbage(b""), 502, 200),
        (garbage(b"[{"), 502, 200),
        (garbage(b"[{\"ClientURI\":1}]"), 502, 200),
        (html, 415, 200),
    ] {
        let commands = format!(
            r#"["HGET","https://repo.example.org/a"],["HPUT","https://repo.example.org/b","{M}/south/Mode"],["HPOST","https://repo.example.org/c","{M}/south/Mode"]"#
        );
        let (mut device, events) = told(&commands);
        let before = device.tree.clone();
        let events = device.tells(http(&events).ticket, &outcome);
        let events = device.tells(http(&events).ticket, &outcome);
        assert_eq!(http(&events).method, "POST");
        assert_eq!(device.tells(http(&events).ticket, &outcome), []);
        assert_eq!(codes(&mut device), [of_get, of_put, of_put], "{outcome:?}");
        assert!(device.tree == before);
    }
}

#[test]
fn j18_nothing_goes_or_comes_where_it_must_not() {
    for (url, code) in [
        ("https://evil.example.org/x", 403),
        ("https://repo.example.org:444/x", 403),
        ("https://dm2.example.org.evil.example/x", 403),
        ("https://169.254.169.254/latest", 403),
        ("http://repo.example.org/x", 403),
        ("http://dm2.example.org/x", 403),
        ("https://repo.example.org@evil.example.org/x", 400),
        ("https:repo.example.org/x", 400),
        ("https:///x", 400),
        ("https://repo.example.org/a b", 400),
        (r"https://repo.example.org\n/", 400),
        ("file:///etc/passwd", 400),
        ("data:text/plain,x", 400),
        ("ftp://repo.example.org/x", 400),
    ] {
        let commands = [
            format!(r#"["HGET","{url}"]"#),
            format!(r#"["HGET","{url}","{M}/south/Mode"]"#),
            format!(r#"["HPUT","{url}","{M}/south/Mode"]"#),
            format!(r#"["HPOST","{url}","{M}/south/Mode"]"#),
            format!(r#"["CONT","{url}"]"#),
            format!(r#"["DEFAULT","{url}","{M}"]"#),
            format!(r#"["SUB","{url}","{M}/south/Mode"]"#),
        ];
        let (mut device, events) = told(&commands.join(","));
        assert_eq!(events, [], "{url}");
        let out = device.next().unwrap();
        assert_eq!(out.url.as_deref(), Some(crate::dm2_device::URL));
        let mut expected = vec![code; commands.len()];
        // Two that are no ServerURI by their looks are too many addresses of nodes.
        if !url.starts_with("http") {
            expected[1] = 400;
        }
        let sent = crate::dm2_device::masked(&out.body);
        let expected: Vec<_> = expected
            .iter()
            .map(|code| serde_json::json!({ "sc": code }))
            .collect();
        assert_eq!(sent["Status"], serde_json::Value::from(expected), "{url}");
    }
}

#[test]
fn exec_of_one_node_that_can_be_run() {
    let (mut device, events) = told(&format!(
        r#"["EXEC","{M}/south/Mode"],["EXEC","{M}/*/Reset"],["EXEC","{M}/south/Nope"],["EXEC","https://evil.example.org/","{M}/south/Reset"],["EXEC","https://dm2.example.org/async","{M}/south/Reset"]"#
    ));
    let [
        ClientEvent::Exec {
            ticket,
            uri,
            report_to: Some(report_to),
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(
        (uri.as_str(), report_to.as_str()),
        ("./Pump/south/Reset", "https://dm2.example.org/async")
    );
    device.tells(*ticket, &Outcome::status(200));
    assert_eq!(codes(&mut device), [405, 400, 404, 403, 202]);
}

#[test]
fn v_a07_either_order() {
    let (mut device, events) = told(&format!(
        r#"["EXEC","{M}/south/Reset","https://dm2.example.org/async"]"#
    ));
    let [
        ClientEvent::Exec {
            ticket, report_to, ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(report_to.as_deref(), Some("https://dm2.example.org/async"));
    device.tells(*ticket, &Outcome::status(503));
    assert_eq!(codes(&mut device), [503]);
}

#[test]
fn d46_pages() {
    for (status, taken) in [
        (200, true),
        (403, true),
        (500, true),
        (501, true),
        (404, false),
        (304, false),
    ] {
        let (mut device, events) = told(
            r#"["SHOW","https://ui.example.org/ask?ui=77"],["SHOW","http://ui.example.org/"]"#,
        );
        let [ClientEvent::Show { ticket, .. }] = &events[..] else {
            panic!("{events:?}");
        };
        let outcome = Outcome::status(status);
        if taken {
            assert_eq!(device.tells(*ticket, &outcome), []);
            assert_eq!(codes(&mut device), [u64::from(status), 403]);
        } else {
            let refused = device.session.complete(&mut device.tree, *ticket, &outcome);
            assert_eq!(refused.unwrap_err().code(), Code::Arg);
        }
    }
}

#[test]
fn d41_nothing_is_sent_where_there_is_nothing_to_send() {
    let mut device = begun(Dialect::Draft);
    device.tree.remove("./Pump/north/Reset").unwrap();
    let cv = device
        .tree
        .validator(crate::dm2_device::EPOCH, "Pump/south")
        .unwrap();
    let m = M.strip_prefix("urn:").unwrap();
    let events = device.hears(&format!(
        r#"{{"SessionInfo":{{"SessionID":"7F","PkgSeq":1}},
            "Cmds":[{{"HPUT":["https://repo.example.org/x","{m}/south/?cv={cv}","{m}/south/Mode?cv={cv}"]}},
                    {{"HPUT":["https://repo.example.org/x","{m}/south/Reset"]}},
                    {{"GET":["{m}/south/Reset"]}},
                    {{"HPUT":["https://repo.example.org/x","{m}/south/?cv={cv}","{m}/north/Mode?cv={cv}"]}}]}}"#
    ));
    let Asked { ticket, body, .. } = http(&events);
    let sent = format!(r#"[{{"URI":"{m}/north/Mode","MO":"auto"}}]"#);
    assert_eq!(crate::dm2_device::masked(body), json(&sent));
    device.tells(ticket, &fetched(200, ""));
    assert_eq!(codes(&mut device), [304, 304, 204, 204, 304, 200]);
}

#[test]
fn d45_what_is_too_large_for_a_package() {
    let mut device = begun(Dialect::Approved);
    device.config.limits.bytes = 300;
    device.rest();
    device.hears(&format!(
        r#"{{"CMD":[["GET","{M}/*/Mode"],["GET","{M}/north/"],["GET","{M}/north/Mode"]]}}"#
    ));
    assert_eq!(codes(&mut device), [200, 413, 200]);
}

#[test]
fn d37_a_value_as_it_is() {
    let (mut device, events) = told(&format!(
        r#"["HGET","https://repo.example.org/x","{M}/south/Mode"],["HGET","https://repo.example.org/y","{M}/south/Mode"]"#
    ));
    let raw = |mime: &str| {
        Outcome::Response(Fetched {
            status: 200,
            content_type: Some(mime.to_owned()),
            accept_mo: None,
            body: b"eco".to_vec(),
        })
    };
    let events = device.tells(http(&events).ticket, &raw("text/plain; charset=utf-8"));
    device.tells(http(&events).ticket, &raw("image/png"));
    let mode = device.tree.find("./Pump/south/Mode").unwrap();
    let omadm::tree::Found::Leaf(node) = mode.unwrap() else {
        panic!("not a leaf");
    };
    assert_eq!(node.data().and_then(omadm::Data::as_text), Some("eco"));
    assert_eq!(codes(&mut device), [200, 415]);
}

#[test]
fn v_a03_v_a04_all_commands() {
    let mut device = begun(Dialect::Approved);
    device
        .config
        .origins
        .push("https://dm3.example.org".to_owned());
    device.rest();
    device.tree.remove("./Pump/north/Reset").unwrap();
    let dcmo = omadm::Node::interior(Some("urn:oma:mo:oma-dcmo:1.0".to_owned()));
    device.tree.set("./Dcmo", dcmo).unwrap();
    device.rest();
    let bearer = omadm::Node::interior(Some("urn:oma:mo:oma-sessioninfomo:1.0".to_owned()));
    device.tree.set("./SessionInfo", bearer).unwrap();
    device.tree.set("./SessionInfo/CBT", leaf("LTE")).unwrap();
    let cv = device
        .tree
        .validator(crate::dm2_device::EPOCH, "Pump/north")
        .unwrap();
    let mut events = device.hears(&format!(
        r#"{{"CMD":[["HPOST","https://repo.example.org/in","urn:oma:mo:oma-dm-devinfo:1.2//","{M}/north/?cv={cv}"],
            ["HGET","https://repo.example.org/new/pump.json"],
            ["HGET","https://repo.example.org/cfg/mode.json","{M}/north/Mode"],
            ["HPUT","https://repo.example.org/dev/7","{M}/*/Run/"],
            ["DELETE","{M}/north/Run/2"],
            ["EXEC","https://dm2.example.org/async","{M}/south/Reset"],
            ["GET","urn:oma:mo:oma-sessioninfomo:1.0//CBT"],
            ["SHOW","https://ui.example.org/ask?ui=77"],
            ["CONT","https://dm3.example.org/next?t=9a"],
            ["DEFAULT","https://repo.example.org/def/dcmo","urn:oma:mo:oma-dcmo:1.0"],
            ["SUB","https://repo.example.org/chg/7","{M}/north/Run/"],
            ["UNSUB","{M}/south/Run/"]]}}"#
    ));
    let new = format!(r#"[{{"ClientURI":"{M}/east/","MOData":{{"Pump":{{"Mode":"off"}}}}}}]"#);
    // A whole tree of which one leaf counts: V-A06.
    let mode =
        format!(r#"[{{"ClientURI":"{M}/north/Mode","MOData":{{"Pump":{{"Mode":"eco"}}}}}}]"#);
    let mut asked = Vec::new();
    while let Some(event) = events.pop() {
        let (ticket, outcome) = match event {
            ClientEvent::Http {
                ticket,
                method,
                url,
                body,
                ..
            } => {
                let body = body.map(|body| crate::dm2_device::masked(&body));
                asked.push((
                    method,
                    body.as_ref()
                        .and_then(|body| body.as_array())
                        .map_or(0, Vec::len),
                ));
                let body = match () {
                    () if url.ends_with("pump.json") => &new,
                    () if url.ends_with("mode.json") => &mode,
                    () => "",
                };
                (ticket, fetched(200, body))
            }
            ClientEvent::Exec { ticket, .. } => (ticket, Outcome::status(202)),
            ClientEvent::Show { ticket, .. } => (ticket, Outcome::status(501)),
            _ => continue,
        };
        events.extend(device.tells(ticket, &outcome));
    }
    assert_eq!(asked, [("POST", 1), ("GET", 0), ("GET", 0), ("PUT", 2)]);
    let out = device.next().unwrap();
    assert_eq!(
        out.url.as_deref(),
        Some("https://dm3.example.org/next?t=9a")
    );
    let third = format!(
        r#"{{"Status":[{{"sc":200}},{{"sc":200,"URI":["{M}/m1/"]}},{{"sc":200}},{{"sc":200}},{{"sc":200}},{{"sc":202}},
            {{"sc":200,"MO":[{{"ClientURI":"urn:oma:mo:oma-sessioninfomo:1.0//CBT","MOData":{{"CBT":"LTE"}}}}]}},
            {{"sc":501}},{{"sc":200}},{{"sc":200}},{{"sc":200}},{{"sc":404}}]}}"#
    );
    assert_eq!(crate::dm2_device::masked(&out.body), json(&third));
    let default = device.tree.default_source("oma:mo:oma-dcmo:1.0").unwrap();
    assert_eq!(default.url, "https://repo.example.org/def/dcmo");
    assert_eq!(
        device.tree.subscriptions()[0].url,
        "https://repo.example.org/chg/7"
    );
    // Spelt as before it ends.
    device.hears(&format!(r#"{{"CMD":[["UNSUB","{M}/north/Run/"],["UNSUB","{M}/north/Run/"],["SUB","https://repo.example.org/x","{M}/west/"]]}}"#));
    assert_eq!(codes(&mut device), [200, 404, 404]);
    assert!(device.tree.subscriptions().is_empty());
}

#[test]
fn what_is_too_large_to_send_is_not_gathered() {
    let sent = |count: usize| {
        let trigger = Trigger::Server {
            session_id: 0x7f,
            requested: Vec::new(),
        };
        let mut device = Device::new(Dialect::Approved, trigger);
        device.config.limits.object_bytes = 1_000_000;
        device.rest();
        device.next().unwrap();
        let big = leaf(&"x".repeat(200_000));
        device.tree.set("./Pump/south/Big", big).unwrap();
        let mut places = vec![format!("{M}/south/Big"); count];
        places.push(format!("{M}/nowhere/"));
        let places = places.join(r#"",""#);
        let put = format!(r#"["HPUT","https://repo.example.org/x","{places}"]"#);
        assert_eq!(device.hears(&format!(r#"{{"CMD":[{put}]}}"#)), []);
        codes(&mut device)
    };
    // All are looked at while there is room for them.
    assert_eq!(sent(2), [404]);
    assert_eq!(sent(10), [413]);
}

#[test]
fn d55_what_the_host_says_goes_out_as_a_status_of_dm2() {
    for (status, code) in [
        (200, 200),
        (201, 200),
        (202, 202),
        (204, 200),
        (215, 200),
        (400, 400),
        (403, 403),
        (404, 404),
        (405, 405),
        (406, 406),
        (413, 413),
        (415, 415),
        (418, 500),
        (425, 403),
        (503, 503),
        (510, 500),
        (599, 500),
    ] {
        let (mut device, events) = told(&format!(r#"["EXEC","{M}/south/Reset"]"#));
        let Some(ClientEvent::Exec { ticket, .. }) = events.last() else {
            panic!("{events:?}");
        };
        device.tells(*ticket, &Outcome::status(status));
        assert_eq!(codes(&mut device), [code], "EXEC {status}");
        if status < 300 {
            continue;
        }
        let mut device = begun(Dialect::Approved);
        let of_host = leaf("auto").owned_by(Owner::Host);
        device.tree.set("./Pump/south/Mode", of_host).unwrap();
        let events = device.hears(&format!(r#"{{"CMD":[["GET","{M}/south/Mode"]]}}"#));
        let Some(ClientEvent::Read { ticket, .. }) = events.last() else {
            panic!("{events:?}");
        };
        device.tells(*ticket, &Outcome::status(status));
        assert_eq!(codes(&mut device), [code], "GET {status}");
    }
}
