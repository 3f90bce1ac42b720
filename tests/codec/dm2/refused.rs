//! What is refused, and where: the rows J of the catalogue that are of reading.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::{Command, Dialect, Headers, Initiation, MoDocument, Package, Response};
use omadm::{Code, Fault, Limits};

use super::vectors::{VECTORS, text};
use super::{decode, device, wrong};

const SESSION: &str = r#""SessionInfo":{"SessionID":"1","PkgSeq":1}"#;

/// Package 1 of the draft with this as PkgSeq.
fn numbered(seq: &str) -> String {
    format!(
        r#"{{"SessionInfo":{{"DevID":"d","SessionID":"1","PkgSeq":{seq},"ReasonForSession":1201}}}}"#
    )
}

fn seq(text: &str) -> Result<u32, Code> {
    match decode(numbered(text)) {
        Ok((Package::Initiation(package), Dialect::Draft)) => Ok(package.session.unwrap().seq),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.code()),
    }
}

#[test]
fn j01_what_is_no_object() {
    for body in ["", " \n", "null", "[]", "\"x\"", "1", "true"] {
        assert_eq!(wrong(body).0, Code::Schema, "{body:?}");
    }
    // An object without anything is a package of the approved dialect that says nothing.
    assert!(decode("{}").is_ok());
}

#[test]
fn j02_cut_continued_and_marked() {
    for (name, _, _, text) in VECTORS.iter().filter(|vector| vector.3.starts_with('{')) {
        for cut in 1..text.len() {
            let error = decode(&text.as_bytes()[..cut]).unwrap_err();
            assert_eq!(
                (error.code(), error.offset()),
                (Code::Truncated, Some(cut)),
                "{name} {cut}"
            );
        }
        for tail in ["x", "{}", ",", "\0", text] {
            assert_eq!(
                wrong(format!("{text} {tail}")).0,
                Code::Trailing,
                "{name} {tail}"
            );
        }
        assert_eq!(
            decode(format!("\u{feff}{text}\r\n")).unwrap(),
            decode(text).unwrap()
        );
    }
    assert_eq!(wrong(b"\xff\xfe{\0}\0"), (Code::Encoding, 0, String::new()));
    assert_eq!(wrong("{}\u{feff}").0, Code::Trailing);
}

#[test]
fn j03_depth() {
    for depth in [129, 10_000, 500_000] {
        for open in ["[", "{\"a\":"] {
            let body = format!("{{\"x\":{}", open.repeat(depth.min(1_000_000 / open.len())));
            let error = decode(body).unwrap_err();
            assert_eq!(error.exceeded(), Some("depth"), "{depth} {open}");
        }
    }
    let nested = |depth: usize| {
        let data = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        format!(r#"{{{SESSION},"Results":[],"x":{data}}}"#)
    };
    assert!(decode(nested(63)).is_ok());
    assert_eq!(wrong(nested(64)).0, Code::Limit);
}

#[test]
fn j04_a_name_that_stands_twice() {
    for (body, path) in [
        (format!(r#"{{{SESSION},{SESSION}}}"#), "SessionInfo"),
        (
            r#"{"SessionInfo":{"SessionID":"1","PkgSeq":1,"SessionID":"1"}}"#.into(),
            "SessionInfo/SessionID",
        ),
        (
            format!(r#"{{{SESSION},"Cmds":[{{"GET":["a"],"GET":["b"]}}]}}"#),
            "Cmds[1]/GET",
        ),
        (
            format!(r#"{{{SESSION},"x":[{{"y":1,"\u0079":2}}]}}"#),
            "x[1]/y",
        ),
        (r#"{"CMD":[],"CMD":[]}"#.into(), "CMD"),
    ] {
        let (code, _, found) = wrong(&body);
        assert_eq!((code, &*found), (Code::Schema, path), "{body}");
    }
    let twice = r#"[{"ClientURI":"a//","MOData":{"R":{"A":1,"A":2}}}]"#;
    let error = MoDocument::decode(twice.as_bytes(), &Limits::DEFAULT).unwrap_err();
    assert_eq!(
        (error.code(), error.path()),
        (Code::Schema, Some("[1]/MOData/R/A"))
    );
}

#[test]
fn j05_hostile_names_are_data() {
    let names = [
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "",
        "a/b",
        "\u{0}",
    ];
    let members: Vec<String> = names
        .iter()
        .map(|name| format!("{}:1", serde_json::Value::from(*name)))
        .collect();
    let body = format!(
        r#"[{{"ClientURI":"a//","MOData":{{"__proto__":{{{}}}}}}}]"#,
        members.join(",")
    );
    let document = MoDocument::decode(body.as_bytes(), &Limits::DEFAULT).unwrap();
    let value = document.items[0].value(None).unwrap();
    for name in names {
        assert_eq!(
            value.get(name).and_then(omadm::dm2::Json::as_i64),
            Some(1),
            "{name:?}"
        );
    }
    assert_eq!(
        super::json(document.encode(false).unwrap()),
        super::json(body)
    );
}

#[test]
fn j06_numbers_are_exact() {
    for (text, value) in [
        ("1.0", 1),
        ("1e0", 1),
        ("7", 7),
        ("4294967295", u32::MAX),
        ("20e-1", 2),
    ] {
        assert_eq!(seq(text), Ok(value), "{text}");
    }
    for text in [
        "-1",
        "0",
        "-0",
        "9007199254740993",
        "1e999",
        "\"1\"",
        "1.5",
        "4294967296",
        "4294967295.5",
        "null",
        "true",
        "[1]",
    ] {
        assert_eq!(seq(text), Err(Code::Number), "{text}");
    }
    let (code, offset, path) = wrong(numbered("1.5"));
    assert_eq!(
        (code, offset, &*path),
        (Code::Number, 53, "SessionInfo/PkgSeq")
    );
    for code in ["\"200\"", "99", "1000", "200.5", "-200"] {
        assert_eq!(
            wrong(format!(r#"{{"Status":[{{"sc":{code}}}]}}"#)).0,
            Code::Number,
            "{code}"
        );
        assert_eq!(
            wrong(format!(r#"{{{SESSION},"Results":[{{"Code":{code}}}]}}"#)).0,
            Code::Number,
            "{code}"
        );
    }
    assert!(decode(r#"{"Status":[{"sc":200.0},{"sc":2e2}]}"#).is_ok());
    // Data keeps its digits.
    let body = r#"[{"ClientURI":"a//","MOData":{"R":9007199254740993.0000000000000000001}}]"#;
    let document = MoDocument::decode(body.as_bytes(), &Limits::DEFAULT).unwrap();
    assert_eq!(
        String::from_utf8(document.encode(false).unwrap()).unwrap(),
        body
    );
}

#[test]
fn j08_escapes() {
    let device = |id: &str| {
        format!(
            r#"{{"SessionInfo":{{"DevID":"{id}","SessionID":"1","PkgSeq":1,"ReasonForSession":1201}}}}"#
        )
    };
    let (Package::Initiation(found), _) = decode(device("a\\u0000b\\ud83d\\ude00")).unwrap() else {
        panic!()
    };
    assert_eq!(found.device_id.as_deref(), Some("a\0b😀"));
    for (id, code) in [
        ("\\ud800", Code::Char),
        ("\\udfff", Code::Char),
        ("\\ud800x", Code::Char),
        ("\\ud800\\ud800", Code::Char),
        ("\\udc00\\ud800", Code::Syntax),
        ("\\x", Code::Syntax),
        ("\\u12g4", Code::Syntax),
        ("\t", Code::Syntax),
    ] {
        assert_eq!(
            wrong(device(id)),
            (
                code,
                if id.starts_with("\\u12") { 29 } else { 25 },
                "SessionInfo/DevID".into()
            ),
            "{id}"
        );
    }
}

#[test]
fn j09_octets_that_are_no_text() {
    for octets in [
        &b"\xff"[..],
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe9a",
    ] {
        let body = [b"{\"x\":\"", octets, b"\"}"].concat();
        assert_eq!(wrong(body), (Code::Encoding, 6, "x".into()), "{octets:x?}");
    }
}

#[test]
fn j11_more_than_there_may_be() {
    let long = format!("{{\"{}\":1}}", "k".repeat(1 << 20));
    assert_eq!(decode(long).unwrap_err().exceeded(), Some("bytes"));
    let limits = Limits {
        bytes: 1 << 25,
        ..Limits::DEFAULT
    };
    let exceeded = |body: &str| {
        Package::decode(body.as_bytes(), &device(), &limits)
            .unwrap_err()
            .exceeded()
    };
    let long = format!("{{\"{}\":1}}", "k".repeat((1 << 20) + 1));
    assert_eq!(exceeded(&long), Some("textBytes"));
    let names: Vec<String> = (0..140_000).map(|at| format!("\"{at}\":0")).collect();
    assert_eq!(exceeded(&format!("{{{}}}", names.join(","))), Some("items"));
    for (name, entry) in [("Cmds", "{}"), ("Cmds", "0"), ("CMD", "[]")] {
        let session = if name == "Cmds" { SESSION } else { "\"x\":1" };
        let body = |count: usize| {
            format!(
                r#"{{{session},"{name}":[{}]}}"#,
                vec![entry; count].join(",")
            )
        };
        assert_eq!(exceeded(&body(1_000_000)), Some("items"), "{name}");
        assert_eq!(exceeded(&body(1001)), Some("commands"), "{name}");
        assert!(decode(body(1000)).is_ok(), "{name}");
    }
    let results = |count: usize| {
        format!(
            r#"{{"Status":[{}]}}"#,
            vec!["{\"sc\":200}"; count].join(",")
        )
    };
    assert_eq!(exceeded(&results(10_001)), Some("items"));
    assert!(decode(results(10_000)).is_ok());
}

#[test]
fn j12_unknown_members_are_passed_over() {
    let plain = decode(text("S1_2")).unwrap();
    let more = r#"{"SessionInfo":{"x":[{"y":null}],"SessionID":"7F","PkgSeq":1,"DevID":5},"Cmds":[{"GET":["oma:mo:oma-dm-devinfo:1.0/"]}],"Alerts":7,"z":{}}"#;
    assert_eq!(decode(more).unwrap(), plain);
    let more = r#"{"Status":[{"sc":200,"Code":"x","y":{}}],"w":1}"#;
    assert_eq!(
        decode(more).unwrap(),
        decode(r#"{"Status":[{"sc":200}]}"#).unwrap()
    );
    let limits = Limits {
        items: 1,
        commands: 1,
        ..Limits::DEFAULT
    };
    let many = format!(r#"{{"Status":[],"x":[{}]}}"#, vec!["1"; 30].join(","));
    let error = Package::decode(many.as_bytes(), &device(), &limits).unwrap_err();
    assert_eq!(error.exceeded(), Some("items"));
}

#[test]
fn j13_commands_that_are_none_and_commands_that_are_not_known() {
    // The notes win over the row: each entry has a result of its own, 400 or 501, and the others run.
    let (Package::Request(found), _) = decode(text("V_D10")).unwrap() else {
        panic!()
    };
    let [
        Command::Malformed(_),
        Command::Unknown { name, arguments },
        Command::Get { .. },
    ] = &found.commands[..]
    else {
        panic!("{found:?}");
    };
    assert_eq!((&**name, arguments.len()), ("FROB", 1));
    assert_eq!(
        found.commands.iter().map(Command::targets).sum::<usize>(),
        3
    );
    assert_eq!(
        wrong(format!(r#"{{{SESSION},"Cmds":{{}}}}"#)),
        (Code::Schema, 51, "Cmds".into())
    );
}

#[test]
fn members_that_are_missing_or_of_a_wrong_type() {
    for (body, path) in [
        (r#"{"SessionInfo":[]}"#, "SessionInfo"),
        (
            r#"{"SessionInfo":{"DevID":"d","PkgSeq":1,"ReasonForSession":1}}"#,
            "SessionInfo",
        ),
        (
            r#"{"SessionInfo":{"DevID":1,"SessionID":"1","PkgSeq":1,"ReasonForSession":1}}"#,
            "SessionInfo/DevID",
        ),
        (
            r#"{"SessionInfo":{"DevID":"d","SessionID":"","PkgSeq":1,"ReasonForSession":1}}"#,
            "SessionInfo/SessionID",
        ),
        (
            r#"{"SessionInfo":{"DevID":"d","SessionID":"1","PkgSeq":1}}"#,
            "",
        ),
        (r#"{"MOD":[]}"#, ""),
        (r#"{"MOS":[{"MOID":"a"}]}"#, "MOS[1]"),
        (r#"{"MOS":[{"MIID":["a",1]}]}"#, "MOS[1]/MIID[2]"),
        (r#"{"MOS":null}"#, "MOS"),
        (r#"{"Alert":[{}]}"#, "Alert[1]"),
        (r#"{"Alert":[{"AlertType":"a","Data":1}]}"#, "Alert[1]/Data"),
        (
            r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}"#,
            "Alert[2]",
        ),
        (r#"{"Status":{}}"#, "Status"),
        (r#"{"Status":[1]}"#, "Status[1]"),
        (r#"{"Status":[{}]}"#, "Status[1]"),
        (
            r#"{"Status":[{"sc":200,"MO":[],"MOD":[]}]}"#,
            "Status[1]/MOD",
        ),
        (
            r#"{"Status":[{"sc":200,"MO":{"ClientURI":"a//","MOData":{}}}]}"#,
            "Status[1]/MO/MOData",
        ),
        (
            r#"{"Status":[{"sc":200,"MO":[{"ClientURI":"a//","MOData":{"a":1,"b":2}}]}]}"#,
            "Status[1]/MO[1]/MOData",
        ),
        (r#"{"CMD":{"GET":["x"]}}"#, "CMD"),
        (r#"{"CMD":[["END"]],"SessionInfo":{}}"#, ""),
        (r#"{"CMD":"END"}"#, "CMD"),
    ] {
        let (code, _, found) = wrong(body);
        assert_eq!((code, &*found), (Code::Schema, path), "{body}");
    }
    let data = |item: &str| {
        wrong(format!(r#"{{"SessionInfo":{{"DevID":"d","SessionID":"1","PkgSeq":1,"ReasonForSession":1200}},"MOD":[{item}]}}"#)).2
    };
    for item in [
        r#"{"URI":"a"}"#,
        r#"{"URI":"a","MO":1,"Code":304}"#,
        r#"{"MO":1}"#,
    ] {
        assert_eq!(data(item), "MOD[1]", "{item}");
    }
}

#[test]
fn a_server_takes_the_dialect_from_package_1() {
    let none = Headers::default();
    let read = |body: &str, headers: &Headers| {
        Initiation::decode(body.as_bytes(), headers, &Limits::DEFAULT)
    };
    assert_eq!(read(text("V_D01"), &none).unwrap().1, Dialect::Draft);
    assert_eq!(read(text("V_A01"), &device()).unwrap().1, Dialect::Approved);
    // V-A11
    let error = read(text("V_A01"), &none).unwrap_err();
    assert_eq!(
        (error.code(), error.fault(), error.http()),
        (Code::Schema, Fault::Peer, Some(400))
    );
    for member in ["MOD", "Alerts", "Results"] {
        let error = read(&format!("{{\"{member}\":[]}}"), &device()).unwrap_err();
        assert_eq!(
            (error.code(), error.http()),
            (Code::Schema, Some(400)),
            "{member}"
        );
    }
    let response = |name: &str, headers: &Headers, dialect| {
        Response::decode(text(name).as_bytes(), headers, dialect, &Limits::DEFAULT)
            .map_err(|error| error.code())
    };
    assert!(response("V_A04", &device(), Dialect::Approved).is_ok());
    assert!(response("V_D05", &none, Dialect::Draft).is_ok());
    assert_eq!(
        response("V_A04", &none, Dialect::Approved),
        Err(Code::Schema)
    );
    // The dialect does not change within a session.
    assert_eq!(
        response("V_A04", &device(), Dialect::Draft),
        Err(Code::Schema)
    );
    assert_eq!(
        response("V_D05", &device(), Dialect::Approved),
        Err(Code::Schema)
    );
}
