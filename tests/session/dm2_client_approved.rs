//! The worked sessions of the notes in the approved dialect, from the device's side.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::Dialect;
use omadm::session::Fetched;
use omadm::{
    AbortedBy, AlertCode, ClientAlert, ClientEvent, Code, Data, Format, Outcome, Received, Trigger,
};

use crate::dm2_device::{Asked, DEVICE, Device, aborted, fetched, http, json, masked};

const BY_SERVER: Trigger = Trigger::Server {
    session_id: 4660,
    requested: Vec::new(),
};

/// A device that has sent package 1.
fn begun() -> Device {
    let mut device = Device::new(Dialect::Approved, Trigger::Client);
    device.next().unwrap();
    device
}

fn exec_of(events: &[ClientEvent]) -> (u32, &str, Option<&str>) {
    match events {
        [
            ClientEvent::Exec {
                ticket,
                uri,
                report_to,
                ..
            },
        ] => (*ticket, uri, report_to.as_deref()),
        _ => panic!("{events:?}"),
    }
}

#[test]
fn s5_a_new_instance_and_an_exec_that_goes_on() {
    let mut device = Device::new(Dialect::Approved, BY_SERVER);
    device.config.objects.always_listed = true;
    device.rest();
    let first = device.next().unwrap();
    let headers = [
        ("accept", "application/vnd.oma.dm.request+json".to_owned()),
        ("omadm-devid", DEVICE.to_owned()),
    ];
    assert_eq!(first.headers, headers);
    assert_eq!(
        masked(&first.body),
        json(
            r#"{"MOS":[{"MOID":"urn:oma:mo:ext-acme-pump:1.0","MIID":["north","south"]},
                       {"MOID":"urn:oma:mo:oma-dm-devinfo:1.2","MIID":["0"]}],
                "Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"int","Data":{"NotificationID":4660}}]}"#
        )
    );
    let events = device.hears(
        r#"{"CMD":[["HGET","https://repo.example.org/new/pump-east.json"],["EXEC","urn:oma:mo:ext-acme-pump:1.0/south/Reset"]]}"#,
    );
    let Asked {
        ticket,
        method,
        url,
        headers,
        body,
    } = http(&events);
    assert_eq!(
        (method, url),
        ("GET", "https://repo.example.org/new/pump-east.json")
    );
    assert!(
        headers[0].1.starts_with("application/vnd.oma.dm.mo+json"),
        "{headers:?}"
    );
    assert!(body.is_empty());
    let east = r#"[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/east/","MOData":{"Pump":{"Serial":"P-300","Mode":"off"}}}]"#;
    let events = device.tells(ticket, &fetched(200, east));
    assert!(device.tree.find("./Pump/m1/Mode").unwrap().is_some());
    let (changed, asked) = events.split_at(events.len() - 1);
    assert!(
        changed
            .iter()
            .all(|event| matches!(event, ClientEvent::Changed { .. }))
    );
    assert!(!changed.is_empty());
    let (ticket, uri, report_to) = exec_of(asked);
    assert_eq!((uri, report_to), ("./Pump/south/Reset", None));
    // 401 and 407 ask who somebody is.
    let refused = device
        .session
        .complete(&mut device.tree, ticket, &Outcome::status(401));
    assert_eq!(refused.unwrap_err().code(), Code::Arg);
    assert_eq!(device.tells(ticket, &Outcome::status(202)), []);
    let third = device.next().unwrap();
    assert_eq!(third.headers[1], ("omadm-devid", DEVICE.to_owned()));
    assert_eq!(
        masked(&third.body),
        json(r#"{"Status":[{"sc":200,"URI":["urn:oma:mo:ext-acme-pump:1.0/m1/"]},{"sc":202}]}"#)
    );
    assert_eq!(
        device.hears(r#"{"CMD":[["END"]]}"#),
        [ClientEvent::Finished]
    );
    assert!(device.is_over());
}

#[test]
fn s5_the_outcome_in_a_session_of_its_own() {
    let mut device = Device::new(Dialect::Approved, Trigger::Client);
    let alert = ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "Reversed-Domain-Name:com.example.acme.resetdone".to_owned(),
        format: Some(Format::Int),
        mark: None,
        source: Some("./Pump/south/Reset".to_owned()),
        target: None,
        correlator: None,
        data: Data::Text("0".to_owned()),
    };
    let unsaid = ClientAlert {
        correlator: Some("c".to_owned()),
        ..alert.clone()
    };
    assert_eq!(device.session.raise(unsaid).unwrap_err().code(), Code::Arg);
    let number = device.session.raise(alert).unwrap();
    let first = json(
        r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},
            {"AlertType":"Reversed-Domain-Name:com.example.acme.resetdone","SourceURI":"urn:oma:mo:ext-acme-pump:1.0/south/Reset","DataType":"int","Data":{"DM1x":0}}]}"#,
    );
    assert_eq!(device.sends(), ("initiation", first));
    let events = device.hears(r#"{"CMD":[["END"]]}"#);
    let delivered = ClientEvent::Delivered { alert: number };
    assert_eq!(events, [delivered, ClientEvent::Finished]);
}

#[test]
fn s6_what_has_not_changed() {
    let mut device = begun();
    device.tree.remove("./Pump/north/Reset").unwrap();
    let cv = device
        .tree
        .validator(crate::dm2_device::EPOCH, "Pump/north")
        .unwrap();
    let body = format!(
        r#"{{"CMD":[["GET","urn:oma:mo:ext-acme-pump:1.0/north/?cv={cv}"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/Mode?cv=5f.11"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/"]]}}"#
    );
    assert_eq!(device.hears(&body), []);
    let out = device.next().unwrap();
    assert!(String::from_utf8(out.body.clone()).unwrap().contains(&cv));
    assert_eq!(
        masked(&out.body),
        json(
            r#"{"Status":[{"sc":304},
               {"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","MOData":{"Mode":"auto"}}]},
               {"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/","CV":"*","MOData":{"Pump":{"Serial":"P-100","Mode":"auto",
                "Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":7,"State":"hot"}}}}}]}]}"#
        )
    );
}

#[test]
fn d44_outcomes_are_told_to_servers_of_which_the_device_has_an_account() {
    let dmacc =
        |version: &str| omadm::Node::interior(Some(format!("urn:oma:mo:oma-dm-dmacc:{version}")));
    let exec =
        |url: &str| format!(r#"["EXEC","{url}","urn:oma:mo:ext-acme-pump:1.0/south/Reset"]"#);
    for (version, node, address) in [
        ("1.2", "SrvURI", "https://other.example.org/dm"),
        ("1.0", "AppAddr/1/Addr", "HTTPS://Other.example.org:443/1.x"),
        ("1.2", "SrvURI", "http://other.example.org/dm"),
        ("1.2", "Name", "https://other.example.org/dm"),
    ] {
        let is_held = node != "Name" && !address.starts_with("http:");
        let mut device = begun();
        // That data may go there is another matter.
        let origins = &mut device.config.origins;
        origins.push("https://allowed.example.org".to_owned());
        // The account in the tree grants nothing to the server of the session.
        device.config.objects.granted = Some(vec!["urn:oma:mo:ext-acme-pump:1.0".to_owned()]);
        device.rest();
        device.tree.set("./Acc", dmacc(version)).unwrap();
        let place = format!("./Acc/{node}");
        device
            .tree
            .set(&place, crate::dm2_device::leaf(address))
            .unwrap();
        let events = device.hears(&format!(
            r#"{{"CMD":[{},{},{},{}]}}"#,
            exec("https://allowed.example.org/dm"),
            exec("http://other.example.org/dm"),
            exec("https://other.example.org:8443/dm"),
            exec("https://other.example.org/told?for=7"),
        ));
        if is_held {
            let (ticket, uri, report_to) = exec_of(&events);
            let told = Some("https://other.example.org/told?for=7");
            assert_eq!((uri, report_to), ("./Pump/south/Reset", told));
            device.tells(ticket, &Outcome::status(200));
        }
        let last = if is_held { 202 } else { 403 };
        let codes = [403, 403, 403, last].map(|code| serde_json::json!({ "sc": code }));
        assert_eq!(
            device.sends().1["Status"],
            serde_json::json!(codes),
            "{node}"
        );
    }
}

#[test]
fn s7_failures_access_control_and_another_address() {
    let mut device = begun();
    device.config.objects.granted = Some(vec![
        "oma:mo:ext-acme-pump:1.0".to_owned(),
        "urn:oma:mo:oma-dm-devinfo:1.2".to_owned(),
    ]);
    device
        .config
        .origins
        .push("https://other.example.org".to_owned());
    device.rest();
    let safe = omadm::Node::interior(Some("urn:oma:mo:ext-acme-safe:1.0".to_owned()));
    device.tree.set("./Safe", safe).unwrap();
    let man = crate::dm2_device::leaf("Acme")
        .with_access(omadm::ddf::AccessTypes::of(&[omadm::ddf::AccessType::Get]));
    device.tree.set("./DevInfo/Man", man).unwrap();
    let events = device.hears(
        r#"{"CMD":[["HGET","https://repo.example.org/gone.json","urn:oma:mo:ext-acme-pump:1.0/north/Mode"],
            ["HGET","https://repo.example.org/ok.json","urn:oma:mo:oma-dm-devinfo:1.2//Man"],
            ["GET","urn:oma:mo:ext-acme-pump:1.0//"],
            ["GET","urn:oma:mo:ext-acme-safe:1.0//"],
            ["CONT","https://evil.example.org/s/9a"],
            ["CONT","https://dm2.example.org/s/9a"]]}"#,
    );
    let events = device.tells(http(&events).ticket, &fetched(404, "gone"));
    let Asked { ticket, url, .. } = http(&events);
    assert_eq!(url, "https://repo.example.org/ok.json");
    let man = r#"[{"ClientURI":"urn:oma:mo:oma-dm-devinfo:1.2//Man","MOData":{"Man":"Evil"}}]"#;
    assert_eq!(device.tells(ticket, &fetched(200, man)), []);
    let out = device.next().unwrap();
    assert_eq!(out.url.as_deref(), Some("https://dm2.example.org/s/9a"));
    assert_eq!(
        masked(&out.body),
        json(r#"{"Status":[{"sc":502},{"sc":405},{"sc":400},{"sc":404},{"sc":403},{"sc":200}]}"#)
    );
    let events = device.hears(r#"{"CMD":[["SHOW","https://ui.example.org/sorry?ui=78"],["END"]]}"#);
    let [ClientEvent::Show { ticket, url }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(url, "https://ui.example.org/sorry?ui=78");
    assert_eq!(
        device.tells(*ticket, &Outcome::status(501)),
        [ClientEvent::Finished]
    );
    assert!(device.is_over());
}

#[test]
fn s8_http_that_fails() {
    // 401 once: the same package goes out again.
    let mut device = begun();
    let status = |status| Received {
        status: Some(status),
        ..Received::body(b"")
    };
    let first = device.next().unwrap();
    assert_eq!(device.takes(&status(401)), [ClientEvent::Unauthenticated]);
    assert!(device.next().unwrap() == first);
    let events = device.takes(&status(401));
    assert_eq!(events[0], ClientEvent::Unauthenticated);
    assert_eq!(aborted(&events), (AbortedBy::Server, "http status 401"));
    assert!(device.is_over());
    for code in [400, 403, 404, 415, 500, 503] {
        let mut device = begun();
        let events = device.takes(&status(code));
        assert_eq!(aborted(&events).0, AbortedBy::Server, "{code}");
        assert!(device.is_over());
    }
}

#[test]
fn s8_what_is_no_package() {
    let type_of = "application/vnd.oma.dm.request+json";
    for (content_type, body) in [
        (type_of, r#"{"CMD": "END"}"#),
        (type_of, r#"{"CMD":{"GET":["x"]}}"#),
        (type_of, r#"{"CMD":[["END"]],"SessionInfo":{}}"#),
        (type_of, "[]"),
        (type_of, ""),
        (type_of, r#"{"CMD":[["END"]"#),
        // The other dialect.
        (type_of, r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1}}"#),
        ("text/html", "<html>log in</html>"),
        ("text/html", r#"{"CMD":[["END"]]}"#),
        (
            "application/vnd.oma.dm.response+json",
            r#"{"CMD":[["END"]]}"#,
        ),
        (
            "application/vnd.oma.dm.request+json; charset=latin1",
            r#"{"CMD":[["END"]]}"#,
        ),
    ] {
        let mut device = begun();
        let before = device.tree.clone();
        let events = device.takes(&Received {
            content_type: Some(content_type),
            status: Some(200),
            ..Received::body(body.as_bytes())
        });
        assert_eq!(aborted(&events).0, AbortedBy::Device, "{body}");
        assert!(device.is_over(), "{body}");
        assert!(device.tree == before);
    }
}

#[test]
fn s9_a_format_that_is_not_written() {
    for (accept, expected) in [
        ("application/x-other", Err(406)),
        (
            "application/vnd.syncml.dmtnds+xml",
            Ok("application/vnd.syncml.dmtnds+xml"),
        ),
        (
            "application/vnd.syncml.dmtnds+xml;q=0.5, */*",
            Ok("application/vnd.oma.dm.mo+json"),
        ),
    ] {
        let mut device = begun();
        let body = r#"{"CMD":[["HPUT","https://repo.example.org/dev/7","urn:oma:mo:ext-acme-pump:1.0/north/"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/Mode"]]}"#;
        let events = device.takes(&Received {
            headers: &[("OMADM-Accept", accept)],
            status: Some(200),
            ..Received::body(body.as_bytes())
        });
        let code = match expected {
            Ok(format) => {
                let Asked {
                    ticket,
                    method,
                    headers,
                    ..
                } = http(&events);
                assert_eq!((method, headers), ("PUT", vec![("content-type", format)]));
                assert_eq!(device.tells(ticket, &fetched(204, "")), []);
                200
            }
            Err(code) => {
                assert_eq!(events, []);
                code
            }
        };
        let expected = format!(
            r#"{{"Status":[{{"sc":{code}}},{{"sc":200,"MO":[{{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","MOData":{{"Mode":"auto"}}}}]}}]}}"#
        );
        assert_eq!(device.sends(), ("response", json(&expected)));
    }
}

#[test]
fn another_format_once() {
    let mut device = begun();
    let events = device.hears(
        r#"{"CMD":[["HPUT","https://repo.example.org/dev/7","urn:oma:mo:ext-acme-pump:1.0/north/Mode"]]}"#,
    );
    let refused = |accept: &str| {
        Outcome::Response(Fetched {
            status: 415,
            accept_mo: Some(accept.to_owned()),
            ..Fetched::default()
        })
    };
    let tnds = "application/vnd.syncml.dmtnds+xml";
    let events = device.tells(http(&events).ticket, &refused(tnds));
    let Asked {
        ticket, headers, ..
    } = http(&events);
    assert_eq!(headers, [("content-type", tnds)]);
    assert_eq!(
        device.tells(ticket, &refused("application/vnd.oma.dm.mo+json")),
        []
    );
    assert_eq!(device.sends().1, json(r#"{"Status":[{"sc":415}]}"#));
}
