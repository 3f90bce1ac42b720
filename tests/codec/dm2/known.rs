//! Known answers: every vector, what it says, and that it is written as it was.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::{
    Alert, AlertItem, Command, Content, Dialect, Headers, Initiation, Json, MediaType, MoDocument,
    MoItem, Package, Reason, Request, Response, SessionInfo, SupportedMo,
};
use omadm::{AlertCode, Limits, StatusCode};

use super::vectors::{VECTORS, text};
use super::{decode, device, json};

const DEVICE: &str = "MEID:A1000012345678";
const PUMP: &str = "urn:oma:mo:ext-acme-pump:1.0";

fn initiation(name: &str) -> Initiation {
    match decode(text(name)).unwrap().0 {
        Package::Initiation(package) => package,
        other => panic!("{other:?}"),
    }
}

fn request(name: &str) -> Request {
    match decode(text(name)).unwrap().0 {
        Package::Request(package) => package,
        other => panic!("{other:?}"),
    }
}

fn response(name: &str) -> Response {
    match decode(text(name)).unwrap().0 {
        Package::Response(package) => package,
        other => panic!("{other:?}"),
    }
}

fn session(id: &str, seq: u32) -> Option<SessionInfo> {
    let id = id.to_owned();
    Some(SessionInfo { id, seq })
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn every_vector_is_written_as_it_was_read() {
    for (name, kind, dialect, text) in VECTORS {
        if *kind == MediaType::Mo {
            let document = MoDocument::decode(text.as_bytes(), &Limits::DEFAULT).unwrap();
            assert_eq!(document.dialect, *dialect);
            let written = document.encode(false).unwrap();
            assert_eq!(json(&written), json(text), "{name}");
            continue;
        }
        let (package, found) = decode(text).unwrap();
        assert_eq!(
            (found, package.kind().media_type()),
            (*dialect, *kind),
            "{name}"
        );
        // The media type says the same.
        let declared = Headers {
            content_type: some(kind.name()),
            ..device()
        };
        let again = Package::decode(text.as_bytes(), &declared, &Limits::DEFAULT).unwrap();
        assert_eq!(again, (package.clone(), *dialect));
        let written = package.encode(*dialect, false).unwrap();
        // END goes last.
        if !["V_A10"].contains(name) {
            assert_eq!(json(&written), json(text), "{name}");
        }
        let shown = package.encode(*dialect, true).unwrap();
        assert_eq!(json(shown), json(written), "{name}");
    }
}

#[test]
fn package_1_of_the_draft() {
    let minimal = Initiation {
        device_id: some(DEVICE),
        session: session("7F", 1),
        reason: Some(Reason::Client),
        ..Initiation::default()
    };
    assert_eq!(initiation("V_D01"), minimal);
    let full = initiation("V_D02");
    assert_eq!(full.session, session("4D2", 1));
    assert_eq!(
        full.reason,
        Some(Reason::Server {
            notification_id: None
        })
    );
    let pump = SupportedMo {
        moid: some("oma:mo:ext-acme-pump:1.0"),
        ddf: None,
        instances: vec!["/north/".into(), "/south/".into()],
    };
    assert_eq!((full.supported.len(), &full.supported[1]), (2, &pump));
    assert_eq!(
        full.supported[0].ddf.as_deref(),
        Some("https://ddf.example.org/devinfo.ddf")
    );
    assert_eq!(full.data[0].cv.as_deref(), Some("5f.12"));
    assert_eq!(
        full.data[0].value(None).unwrap().get("Man"),
        Some(&"Acme".into())
    );
    assert_eq!(
        full.data[1].content,
        Content::Status(StatusCode::NOT_MODIFIED)
    );
    let alert = Alert {
        code: AlertCode::GENERIC_ALERT,
        correlator: some("c-9"),
        items: vec![AlertItem {
            kind: some("Reversed-Domain-Name:com.example.acme.overheat"),
            source: some("oma:mo:ext-acme-pump:1.0/north/Run/2/State"),
            target: None,
            mark: some("warning"),
            format: some("int"),
            data: Some(3.into()),
        }],
    };
    assert_eq!(full.alerts, [alert]);
}

#[test]
fn package_2_of_the_draft() {
    let full = request("V_D03");
    let names: Vec<_> = full
        .commands
        .iter()
        .map(|command| command.name().unwrap())
        .collect();
    assert_eq!(names, ["HPOST", "GET", "EXEC", "END"]);
    assert_eq!(full.commands[0].targets(), 2);
    assert_eq!(full.results, [StatusCode::OK]);
    assert!(
        full.accept_mo
            .unwrap()
            .starts_with("application/vnd.oma.dm.mo+json, ")
    );
    let none = decode(r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1}}"#)
        .unwrap()
        .0;
    let Package::Request(none) = none else {
        panic!("{none:?}")
    };
    assert!(none.ends() && none.commands.is_empty());
    assert!(!request("V_D04").ends());
    // An empty list is never sent.
    let written = Package::Request(none)
        .encode(Dialect::Draft, false)
        .unwrap();
    assert_eq!(json(written)["Cmds"], json(r#"[{"END":[]}]"#));
}

#[test]
fn package_3_of_the_draft() {
    let each = response("V_D05");
    assert_eq!(each.results.len(), 3);
    assert_eq!(each.results[2].objects.len(), 2);
    assert_eq!(each.results[2].objects[1].value(None), Some(&"auto".into()));
    let folded = response("V_D06");
    assert_eq!(
        folded.results[1].objects,
        [MoItem::new(
            "oma:mo:ext-acme-pump:1.0/north/Mode",
            None,
            "auto".into()
        )]
    );
    assert!(response("S4_1").aborts() && !folded.aborts());
}

#[test]
fn the_examples_of_the_change_request() {
    let device = "IMEI:493005100592800";
    let first = r#"{"SessionInfo":{"DevID":"IMEI:493005100592800","SessionID":"1234","PkgSeq":1,"ReasonForSession":1200},
        "MOS":[{"MOID":"oma:mo:oma-dm-devinfo:1.0","DDF":"http://www.vendor.com/DDF/devinfo10.ddf","Path":["/"]}],
        "MOD":[{"URI":"oma:mo:oma-dm-devinfo:1.0/","MO":{"DevID":"IMEI:493005100592800","Man":"Vendor","DmV":"2.0"}}],
        "Alerts":[{"Code":1226,"Correlator":"abc123","Item":{"Source":"a source","Data":{"TBD":"TBD"}}}]}"#;
    let second = r#"{"SessionInfo":{"SessionID":"1234","PkgSeq":1,"AcceptMO":"application/vnd.oma.dm.mo+json"},
        "Cmds":[{"HPOST":["ServerURI","ClientURI1","ClientURI2"]},{"GET":["ClientURI"]}],"Results":[{"Code":200}]}"#;
    let third = r#"{"SessionInfo":{"DevID":"IMEI:493005100592800","SessionID":"1234","PkgSeq":3},
        "Results":[{"Code":200},{"Code":200},{"Code":200,"MOD":{"URI":"ClientURI","MO":{"NodeName1":"Value","NodeName2":"Value"}}}],
        "Alerts":[{"Code":1226,"Correlator":"ert123","Item":{"Source":"a source","Data":{"TBD":"TBD"}}}]}"#;
    let (Package::Initiation(first), Dialect::Draft) = decode(first).unwrap() else {
        panic!()
    };
    let (Package::Request(second), Dialect::Draft) = decode(second).unwrap() else {
        panic!()
    };
    let (Package::Response(third), Dialect::Draft) = decode(third).unwrap() else {
        panic!()
    };
    assert_eq!(first.device_id.as_deref(), Some(device));
    let seq = [first.session, second.session, third.session].map(|session| session.unwrap().seq);
    assert_eq!(seq, [1, 1, 3]);
    let outcomes =
        omadm::dm2::distribute(&second.commands, third.results, Dialect::Draft, false).unwrap();
    assert!(!outcomes.mismatch);
    assert_eq!(outcomes.commands[1].results[0].objects.len(), 1);
}

#[test]
fn package_1_as_approved() {
    let own = Initiation {
        device_id: some(DEVICE),
        reason: Some(Reason::Client),
        ..Initiation::default()
    };
    assert_eq!(initiation("V_A01"), own);
    let full = initiation("V_A02");
    assert_eq!(
        full.reason,
        Some(Reason::Server {
            notification_id: Some(42)
        })
    );
    assert_eq!(full.supported[1].instances, ["north", "south"]);
    let item = &full.alerts[0].items[0];
    assert_eq!(
        (full.alerts.len(), item.data.clone()),
        (1, Some(200.into()))
    );
    assert_eq!(item.mark.as_deref(), Some("informational"));
    assert_eq!(
        initiation("S5_1").reason,
        Some(Reason::Server {
            notification_id: Some(4660)
        })
    );
}

#[test]
fn all_twelve_commands() {
    let uri = |path: &str| format!("{PUMP}/{path}");
    let url = |text: &str| format!("https://{text}");
    let expected = [
        Command::Hget {
            from: url("repo.example.org/new/pump.json"),
            to: None,
        },
        Command::Hget {
            from: url("repo.example.org/cfg/mode.json"),
            to: Some(uri("north/Mode")),
        },
        Command::Hput {
            from: vec![uri("*/Run/")],
            to: url("repo.example.org/dev/7"),
        },
        Command::Hpost {
            from: vec![
                "urn:oma:mo:oma-dm-devinfo:1.2//".into(),
                uri("north/?cv=5f.12"),
            ],
            to: url("repo.example.org/in"),
        },
        Command::Delete {
            uri: uri("north/Run/2"),
        },
        Command::Exec {
            uri: uri("south/Reset"),
            report_to: Some(url("dm2.example.org/async")),
        },
        Command::Get {
            uri: "urn:oma:mo:oma-sessioninfomo:1.0//CBT".into(),
        },
        Command::Show {
            url: url("ui.example.org/ask?ui=77"),
        },
        Command::Cont {
            url: url("dm3.example.org/next?t=9a"),
        },
        Command::Default {
            url: url("repo.example.org/def/dcmo"),
            moid: "urn:oma:mo:oma-dcmo:1.0".into(),
        },
        Command::Sub {
            url: url("repo.example.org/chg/7"),
            uri: uri("north/Run/"),
        },
        Command::Unsub {
            uri: uri("south/Run/"),
        },
    ];
    assert_eq!(request("V_A03").commands, expected);
    // In either order, and in the draft.
    let swapped = format!(
        r#"{{"CMD":[["EXEC","{}","https://dm2.example.org/async"]]}}"#,
        uri("south/Reset")
    );
    let (Package::Request(swapped), _) = decode(swapped).unwrap() else {
        panic!()
    };
    assert_eq!(swapped.commands, expected[5..6]);
    let draft = Request {
        session: session("1", 1),
        commands: expected.to_vec(),
        ..Request::default()
    };
    let written = Package::Request(draft.clone())
        .encode(Dialect::Draft, false)
        .unwrap();
    assert_eq!(
        json(&written)["Cmds"][5],
        json(format!(
            r#"{{"EXEC":["https://dm2.example.org/async","{}"]}}"#,
            uri("south/Reset")
        ))
    );
    assert_eq!(
        decode(written).unwrap(),
        (Package::Request(draft), Dialect::Draft)
    );
}

#[test]
fn package_3_as_approved() {
    let full = response("V_A04");
    assert_eq!(full.results.len(), 12);
    assert_eq!(full.results[0].created, [format!("{PUMP}/m1/")]);
    assert_eq!(full.results[5].code, StatusCode::ACCEPTED);
    assert_eq!(full.results[6].objects[0].value(None), Some(&"LTE".into()));
    // Where the data stands is not public: elsewhere it counts as well, also by itself.
    for place in ["MO", "MOD", "MOData"] {
        let body = format!(
            r#"{{"Status":[{{"sc":200,"{place}":{{"ClientURI":"a//b","MOData":{{"b":1}}}}}}]}}"#
        );
        let (Package::Response(found), _) = decode(body).unwrap() else {
            panic!()
        };
        assert_eq!(
            found.results[0].objects[0]
                .value(None)
                .and_then(Json::as_i64),
            Some(1)
        );
    }
}

#[test]
fn data_may_begin_with_the_root_of_the_instance() {
    let item = |name: &str| {
        MoDocument::decode(text(name).as_bytes(), &Limits::DEFAULT)
            .unwrap()
            .items
            .remove(0)
    };
    let whole = item("V_A05");
    assert_eq!(whole.cv.as_deref(), Some("5f.13"));
    assert_eq!(
        whole.value(Some("Pump")).unwrap().get("Serial"),
        Some(&"P-100".into())
    );
    assert_eq!(whole.value(Some("Fan")), None);
    let sparse = item("V_A06");
    assert_eq!(sparse.value(Some("Pump")), Some(&"eco".into()));
    assert_eq!(sparse.value(None), None);
    let own = MoItem::new(format!("{PUMP}/north/Mode"), some("Mode"), "eco".into());
    assert_eq!(own.value(Some("Pump")), Some(&"eco".into()));
    assert_eq!(own.value(Some("Mode")), Some(&"eco".into()));
}

#[test]
fn what_is_no_command_has_a_result_of_its_own() {
    let draft = request("V_D10").commands;
    assert!(matches!(draft[0], Command::Malformed(_)), "{draft:?}");
    assert!(matches!(&draft[1], Command::Unknown { name, .. } if name == "FROB"));
    assert!(matches!(draft[2], Command::Get { .. }));
    let approved = request("V_A09").commands;
    assert!(matches!(
        approved[..2],
        [Command::Malformed(_), Command::Malformed(_)]
    ));
    assert!(matches!(&approved[2], Command::Unknown { name, .. } if name == "get"));
    for entry in [
        r#"{"GET":"x"}"#,
        "{}",
        "1",
        "[]",
        r#"{"GET":[1]}"#,
        r#"{"GET":["a","b"]}"#,
        r#"{"HPUT":["https://a"]}"#,
        r#"{"SHOW":["a","b"]}"#,
        r#"{"END":["x"]}"#,
        r#"{"END":1}"#,
        r#"{"FROB":1}"#,
        r#"{"EXEC":["https://a","https://b"]}"#,
        r#"{"DELETE":["https://a"]}"#,
    ] {
        let body = format!(
            r#"{{"SessionInfo":{{"SessionID":"1","PkgSeq":1}},"Cmds":[{entry},{{"END":[]}}]}}"#
        );
        let (Package::Request(found), _) = decode(&body).unwrap() else {
            panic!()
        };
        assert!(
            matches!(found.commands[..], [Command::Malformed(_), Command::End]),
            "{entry}: {found:?}"
        );
    }
    for entry in [
        r#"{"END":null}"#,
        r#"{"END":""}"#,
        r#"{"END":{}}"#,
        r#"{"END":[]}"#,
    ] {
        let body = format!(r#"{{"SessionInfo":{{"SessionID":"1","PkgSeq":1}},"Cmds":[{entry}]}}"#);
        let (Package::Request(found), _) = decode(&body).unwrap() else {
            panic!()
        };
        assert_eq!(found.commands, [Command::End], "{entry}");
    }
}

#[test]
fn end_goes_last_and_once() {
    let found =
        decode(r#"{"CMD":[["END"],["DELETE","urn:oma:mo:ext-acme-pump:1.0/m1/"],["END"]]}"#)
            .unwrap()
            .0;
    let Package::Request(request) = &found else {
        panic!()
    };
    assert!(request.ends() && request.commands.len() == 3);
    let written = found.encode(Dialect::Approved, false).unwrap();
    assert_eq!(
        json(written),
        json(r#"{"CMD":[["DELETE","urn:oma:mo:ext-acme-pump:1.0/m1/"],["END"]]}"#)
    );
}

#[test]
fn after_a_bootstrap() {
    let package = Package::Initiation(Initiation {
        device_id: some(DEVICE),
        session: session("1", 1),
        reason: Some(Reason::Bootstrap),
        ..Initiation::default()
    });
    let written = package.encode(Dialect::Draft, false).unwrap();
    let read = json(&written);
    assert_eq!(read["SessionInfo"]["ReasonForSession"], 1201);
    assert_eq!(
        read["Alerts"][0]["Item"]["Type"],
        "urn:oma:at:dm:2.0:BootstrapComplete"
    );
    let (Package::Initiation(read), _) = decode(&written).unwrap() else {
        panic!()
    };
    assert_eq!(
        (read.reason, read.alerts.len()),
        (Some(Reason::Bootstrap), 1)
    );
    let again = Package::Initiation(read.clone())
        .encode(Dialect::Draft, false)
        .unwrap();
    assert_eq!(again, written);
    // The approved dialect says it once, too.
    let approved = Package::Initiation(Initiation {
        session: None,
        ..read
    });
    let written = approved.encode(Dialect::Approved, false).unwrap();
    assert_eq!(
        json(written),
        json(r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}"#)
    );
}

#[test]
fn what_a_dialect_cannot_say_is_not_left_out() {
    use omadm::{Code, Fault};
    let package = |name: &str| decode(text(name)).unwrap().0;
    let mut loses = vec![];
    for (name, kind, dialect, _) in VECTORS {
        let other = match dialect {
            Dialect::Draft => Dialect::Approved,
            Dialect::Approved => Dialect::Draft,
        };
        if *kind == MediaType::Mo {
            continue;
        }
        match package(name).encode(other, false) {
            Ok(_) => loses.push(*name),
            Err(error) => assert_eq!(
                (error.code(), error.fault()),
                (Code::Schema, Fault::Caller),
                "{name}"
            ),
        }
    }
    // Every package of the draft has a session, which the approved dialect has not, and the other way round.
    assert!(loses.is_empty(), "{loses:?}");
}
