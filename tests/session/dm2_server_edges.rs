//! What comes again, comes late, comes from somebody else or says too little, in DM 2.0 at the server.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Account, Code, Credential, Env, Limits, Party, Scheme, Secret, ServerConfig, ServerSession,
};

use crate::dm2_server_desk::{
    DEVICE, Desk, HELLO, INITIATION, Manner, RESPONSE, account, config, get, hput, json, named, of,
    parsed,
};

const MAN: &str = "urn:oma:mo:oma-dm-devinfo:1.2//Man";

/// Package 3 of the session 7F.
fn results(seq: &str, results: &str) -> String {
    format!(
        r#"{{"SessionInfo":{{"DevID":"{DEVICE}","SessionID":"7F","PkgSeq":{seq}}},"Results":{results}}}"#
    )
}

fn hello(session: &str, seq: u32, reason: u32) -> String {
    format!(
        r#"{{"SessionInfo":{{"DevID":"{DEVICE}","SessionID":"{session}","PkgSeq":{seq},"ReasonForSession":{reason}}}}}"#
    )
}

/// In the draft dialect, with one command sent.
fn open() -> Desk {
    let mut desk = Desk::new();
    desk.push([get(MAN)]);
    desk.say(of(INITIATION), HELLO[0]);
    desk
}

/// Whatever fails changes nothing.
fn refused(desk: &mut Desk, manner: Manner<'_>, body: &str) -> (Code, Option<u16>) {
    let before = desk.session.save().unwrap();
    let error = desk.hear(manner, body).unwrap_err();
    assert!(desk.session.save().unwrap() == before);
    (error.code(), error.http())
}

#[test]
fn j15_d13_a_package_that_comes_again_has_the_stored_reply() {
    let mut desk = Desk::new();
    desk.push([get(MAN)]);
    desk.hear(of(INITIATION), HELLO[0]).unwrap();
    let first = desk.reply();
    desk.push([get(MAN)]);
    for _ in 0..2 {
        assert_eq!(desk.hear(of(INITIATION), HELLO[0]).unwrap(), ["repeated"]);
        let again = desk.reply();
        assert!(again.repeated && !again.done);
        assert!(again.body == first.body);
    }
    let body = results("2", r#"[{"Code":200}]"#);
    desk.hear(of(RESPONSE), &body).unwrap();
    let second = desk.reply();
    // Not for somebody else.
    desk.account = None;
    assert_eq!(
        desk.hear(of(RESPONSE), &body).unwrap(),
        ["unauthenticated true"]
    );
    assert_eq!(desk.reply().status, Some(401));
    desk.account = Some(account());
    assert_eq!(desk.hear(of(RESPONSE), &body).unwrap(), ["repeated"]);
    assert!(desk.reply().body == second.body);
    let (_, said) = desk.say(of(RESPONSE), &results("7", r#"[{"Code":200}]"#));
    assert_eq!(said["Cmds"], parsed(r#"[{"END":[]}]"#));
    // Also behind the end.
    let body = results("7", r#"[{"Code":200}]"#);
    assert_eq!(desk.hear(of(RESPONSE), &body).unwrap(), ["repeated"]);
    assert!(desk.reply().done);
    assert_eq!(
        refused(&mut desk, of(RESPONSE), &results("8", "[]")),
        (Code::State, Some(400))
    );
}

#[test]
fn j15_packages_that_do_not_belong_here() {
    let mut desk = open();
    desk.say(of(RESPONSE), &results("5", r#"[{"Code":200}]"#));
    let mut desk = open();
    desk.push([get(MAN)]);
    desk.say(of(RESPONSE), &results("5", r#"[{"Code":200}]"#));
    let one = r#"[{"Code":200}]"#;
    let stray = (Code::State, Some(400));
    for body in [
        results("4", one),
        results("5", one).replace("7F", "7f"),
        results("6", one).replace(DEVICE, "IMEI:1"),
    ] {
        assert_eq!(refused(&mut desk, of(RESPONSE), &body), stray, "{body}");
    }
    // A late package 1 is no restart.
    assert_eq!(
        refused(&mut desk, of(INITIATION), &hello("7F", 4, 1201)),
        stray
    );
    // Nor does what is cut, as far as it says where it belongs.
    for stray in [results("4", one), results("6", one).replace("7F", "7f")] {
        let cut = stray.strip_suffix("}]}").unwrap();
        let found = refused(&mut desk, of(RESPONSE), cut);
        assert_eq!(found, (Code::Truncated, Some(400)), "{cut}");
    }
    // What was skipped may be.
    let (events, _) = desk.say(of(RESPONSE), &results("4294967295", one));
    assert_eq!(events, ["1 200 devinfo//Man"]);
    let mut desk = Desk::new();
    assert_eq!(refused(&mut desk, of(RESPONSE), &results("1", "[]")), stray);
    // In the approved dialect the device must stay the same.
    let mut desk = Desk::new();
    desk.push([get(MAN)]);
    desk.say(named(INITIATION), HELLO[1]);
    let other = Manner {
        device: Some("IMEI:1"),
        ..named(RESPONSE)
    };
    assert_eq!(
        refused(&mut desk, other, r#"{"Status":[{"sc":200}]}"#),
        stray
    );
    let nobody = Manner {
        device: None,
        ..other
    };
    assert_eq!(
        refused(&mut desk, nobody, r#"{"Status":[{"sc":200}]}"#),
        (Code::Schema, Some(400))
    );
    let (events, _) = desk.say(named(RESPONSE), r#"{"Status":[{"sc":200}]}"#);
    assert_eq!(events, ["0 200 devinfo//Man"]);
}

#[test]
fn d13_another_package_with_the_same_number_ends_the_session() {
    let mut desk = open();
    desk.push([get(MAN)]);
    desk.say(of(RESPONSE), &results("2", r#"[{"Code":200}]"#));
    let events = desk
        .hear(of(RESPONSE), &results("2", r#"[{"Code":404}]"#))
        .unwrap();
    assert_eq!(
        events,
        [
            "aborted Server a PkgSeq that was used before, with another package",
            "1 ?"
        ]
    );
    let out = desk.reply();
    assert_eq!((out.status, out.done, out.body.len()), (Some(400), true, 0));
}

#[test]
fn va11_d02_the_dialect_is_that_of_package_1() {
    let mut desk = Desk::new();
    let bad = (Code::Schema, Some(400));
    assert_eq!(refused(&mut desk, of(INITIATION), HELLO[1]), bad);
    for members in [r#"{"Alerts":[]}"#, r#"{"MOD":[]}"#, r#"{"Results":[]}"#] {
        assert_eq!(refused(&mut desk, named(INITIATION), members), bad);
    }
    for broken in ["", "null", "[]", "\"x\"", "1"] {
        let (code, http) = refused(&mut desk, named(INITIATION), broken);
        assert_eq!((code, http), bad, "{broken}");
    }
    // Members decide, not headers.
    let events = desk.hear(named(INITIATION), HELLO[0]).unwrap();
    assert_eq!(events[1], "started draft Client");
    desk.reply();
    // Without a content type the body says which package it is.
    let mut desk = Desk::new();
    desk.push([get(MAN)]);
    let plain = Manner {
        content_type: None,
        accept: None,
        ..named("")
    };
    let (events, _) = desk.say(plain, HELLO[1]);
    assert_eq!(events[1], "started approved Client");
    let (events, _) = desk.say(plain, r#"{"Status":[{"sc":200}]}"#);
    assert_eq!(events, ["0 200 devinfo//Man"]);
}

#[test]
fn vd7_vd8_j06_numbers_are_whole() {
    let with = |seq: &str| HELLO[0].replace(r#""PkgSeq":1"#, &format!(r#""PkgSeq":{seq}"#));
    for good in ["1.0", "1e0"] {
        let (_, said) = Desk::new().say(of(INITIATION), &with(good));
        assert_eq!(said["SessionInfo"]["PkgSeq"], 1);
    }
    for bad in ["1.5", "-1", "0", "9007199254740993", "\"1\""] {
        let error = Desk::new().hear(of(INITIATION), &with(bad)).unwrap_err();
        assert_eq!(error.http(), Some(400), "{bad}");
    }
    let cut = HELLO[0].strip_suffix('}').unwrap();
    assert_eq!(
        refused(&mut Desk::new(), of(INITIATION), cut),
        (Code::Truncated, Some(400))
    );
}

#[test]
fn j16_results_of_a_wrong_number_end_the_session() {
    let cases: [(&str, &[&str]); 3] = [
        (
            "[]",
            &[
                "0[0] ?",
                "0[1] ?",
                "0[2] ?",
                "1 ?",
                "aborted Server 0 results of 2 commands",
            ],
        ),
        (
            r#"[{"Code":200},{"Code":200},{"Code":200}]"#,
            &[
                "0[0] 200 a:b:1.0/x/",
                "0[1] 200 a:b:1.0/y/",
                "0[2] 200 a:b:1.0/z/",
                "1 ?",
                "aborted Server 3 results of 2 commands",
            ],
        ),
        (
            r#"[{"Code":200},{"Code":200},{"Code":200},{"Code":200},{"Code":200}]"#,
            &["0 ?", "1 ?", "aborted Server 5 results, expected at most 4"],
        ),
    ];
    for (given, expected) in cases {
        let mut desk = Desk::new();
        let uris = ["urn:a:b:1.0/x/", "urn:a:b:1.0/y/", "urn:a:b:1.0/z/"];
        desk.push([hput("https://a/b", &uris), get(MAN)]);
        desk.say(of(INITIATION), HELLO[0]);
        desk.push([get(MAN)]);
        let events = desk.hear(of(RESPONSE), &results("2", given)).unwrap();
        assert_eq!(events, expected, "{given}");
        let out = desk.reply();
        assert!(out.done);
        assert_eq!(json(&out)["Cmds"], parsed(r#"[{"END":[]}]"#));
    }
}

#[test]
fn d14_another_reason_is_the_device_s_own() {
    let events = Desk::new()
        .hear(of(INITIATION), &hello("9", 1, 1300))
        .unwrap();
    assert_eq!(
        events[1..],
        ["started draft Client", "violation ReasonForSession 1300"]
    );
    let events = Desk::new().hear(named(INITIATION), "{}").unwrap();
    assert_eq!(
        events[1..],
        [
            "started approved Client",
            "violation no alert says why the session was begun"
        ]
    );
}

#[test]
fn d68_a_new_package_1_takes_the_place_of_the_session() {
    for (dialect, hellos) in [[HELLO[0], &hello("80", 1, 1201)], [HELLO[1], HELLO[1]]]
        .into_iter()
        .enumerate()
    {
        let manner = |kind| [of(kind), named(kind)][dialect];
        let mut desk = Desk::new();
        desk.push([get(MAN)]);
        desk.say(manner(INITIATION), hellos[0]);
        desk.push([get("urn:a:b:1.0/x/")]);
        let (events, said) = desk.say(manner(INITIATION), hellos[1]);
        assert_eq!(events[..2], ["0 ?", "authenticated transport"]);
        assert!(said.to_string().contains("urn:a:b:1.0/x/"));
        assert!(!said.to_string().contains(MAN));
        let done = [
            results("2", r#"[{"Code":200}]"#).replace("7F", "80"),
            r#"{"Status":[{"sc":200}]}"#.to_owned(),
        ];
        let (events, _) = desk.say(manner(RESPONSE), &done[dialect]);
        assert_eq!(events, ["1 200 a:b:1.0/x/"]);
    }
}

/// A device that restarted may use the identifier of the session that it has forgotten.
#[test]
fn d68_a_package_1_of_the_same_session_id_begins_it_anew() {
    for (seq, then) in [(6, 7), (7, 9)] {
        let mut desk = open();
        desk.push([get(MAN)]);
        desk.say(of(RESPONSE), &results("5", r#"[{"Code":200}]"#));
        desk.push([get("urn:a:b:1.0/x/")]);
        let again = hello("7F", seq, 1201);
        let (events, said) = desk.say(of(INITIATION), &again);
        let begun = ["1 ?", "authenticated transport", "started draft Client"];
        assert_eq!(events, begun, "{seq}");
        assert_eq!(said["SessionInfo"]["PkgSeq"], seq);
        assert!(said.to_string().contains("urn:a:b:1.0/x/") && !said.to_string().contains(MAN));
        assert_eq!(desk.hear(of(INITIATION), &again).unwrap(), ["repeated"]);
        desk.reply();
        let body = results(&then.to_string(), r#"[{"Code":200}]"#);
        assert_eq!(desk.say(of(RESPONSE), &body).0, ["2 200 a:b:1.0/x/"]);
    }
}

#[test]
fn only_the_device_of_the_account_is_let_in() {
    let secret = Secret::Password(b"pw".to_vec().into());
    let credential = Credential::new("u".to_owned(), secret, vec![Scheme::Basic]).unwrap();
    let by_password = || Account {
        client: Party::Credential(credential.clone()),
        ..account()
    };
    let of_another = Account {
        device_id: "IMEI:1".to_owned(),
        ..account()
    };
    let cases = [
        (Some(account()), None, Ok(())),
        (Some(account()), Some(DEVICE), Ok(())),
        (Some(by_password()), Some(DEVICE), Ok(())),
        // The host has not checked the credentials of HTTP.
        (Some(by_password()), None, Err(401)),
        (Some(account()), Some("IMEI:1"), Err(403)),
        (Some(of_another), None, Err(403)),
        (None, Some(DEVICE), Err(401)),
        (None, None, Err(401)),
    ];
    for (account, peer, expected) in cases {
        let mut desk = open();
        let before = desk.session.save().unwrap();
        desk.account = account;
        let manner = Manner {
            peer,
            ..of(RESPONSE)
        };
        let body = results("2", r#"[{"Code":200}]"#);
        let events = desk.hear(manner, &body).unwrap();
        let out = desk.reply();
        match expected {
            Ok(()) => assert_eq!((&*events[0], out.status), ("0 200 devinfo//Man", Some(200))),
            Err(status) => {
                assert_eq!(events, [format!("unauthenticated {}", status == 401)]);
                assert_eq!(
                    (out.status, out.body.len(), out.done),
                    (Some(status), 0, false)
                );
                assert!(desk.session.save().unwrap() == before);
                // Nor does nonsense end the session.
                let error = desk.hear(manner, "{").unwrap_err();
                assert_eq!(error.http(), Some(400));
                assert!(desk.session.save().unwrap() == before);
            }
        }
    }
}

#[test]
fn d54_the_server_aborts_with_end() {
    // While a reply is due: what is queued is not sent.
    let mut desk = Desk::new();
    desk.push([get(MAN)]);
    desk.hear(of(INITIATION), HELLO[0]).unwrap();
    let events = desk.session.abort(Some("enough".to_owned()));
    assert_eq!(
        crate::dm2_server_desk::told(&events),
        ["aborted Server enough"]
    );
    assert!(desk.session.abort(None).is_empty());
    let out = desk.reply();
    assert!(out.done);
    assert_eq!(json(&out)["Cmds"], parsed(r#"[{"END":[]}]"#));
    // At rest: what was sent may still be answered.
    let mut desk = open();
    assert_eq!(desk.session.abort(None).len(), 1);
    desk.push([get(MAN)]);
    let (events, said) = desk.say(of(RESPONSE), &results("2", r#"[{"Code":200}]"#));
    assert_eq!(events, ["0 200 devinfo//Man"]);
    assert_eq!(said["Cmds"], parsed(r#"[{"END":[]}]"#));
    assert!(desk.session.abort(None).is_empty());
}

#[test]
fn alerts_are_answered_in_their_order_and_by_the_host() {
    // The blank is in printed examples.
    let kinds = ["Reversed-Domain-Name: a.b", "c.d"];
    let kinds = kinds.map(str::to_owned).to_vec();
    let mut desk = Desk::with(ServerConfig {
        alert_types: kinds,
        ..config()
    });
    let body = HELLO[0].replace(
        "1201}",
        r#"1201},"Alerts":[{"Code":1226,"Item":[{"Type":"Reversed-Domain-Name:a.b","Data":"x"},{"Type":"c.d","Data":[1]}]},{"Code":1226,"Item":{}},
        {"Code":1226},{"Code":1224,"Item":{"Data":{"a":1}}},{"Code":1228,"Item":{"Source":"urn:a:b:1.0/x/"}},{"Code":1227},{"Code":1222}]"#,
    );
    let events = desk.hear(of(INITIATION), &body).unwrap();
    assert_eq!(
        events[2..],
        [
            "alert 0 1226 Reversed-Domain-Name:a.b - - - x",
            "alert 1 1226 c.d - - - [1]",
            "alert 2 1226 - - - - -",
            "alert 3 1224 - - - - {a}",
            "changed urn:a:b:1.0/x/",
            "unchanged",
        ]
    );
    let code = |result: Result<(), omadm::Error>| result.map_err(|error| error.code());
    assert_eq!(code(desk.session.answer(0, 404)), Err(Code::Arg));
    assert_eq!(code(desk.session.answer(9, 200)), Err(Code::Arg));
    assert_eq!(code(desk.session.answer(1, 200)), Ok(()));
    assert_eq!(code(desk.session.answer(3, 404)), Ok(()));
    let out = desk.reply();
    let codes = r#"[{"Code":200},{"Code":412},{"Code":412},{"Code":404},{"Code":200},{"Code":200},{"Code":406}]"#;
    assert_eq!(json(&out)["Results"], parsed(codes));
    assert_eq!(code(desk.session.answer(0, 200)), Err(Code::Arg));
    // Nobody is told of the tree but in package 1.
    let mut desk = open();
    let body = results("2", r#"[{"Code":200}],"Alerts":[{"Code":1227}]"#);
    let (events, said) = desk.say(of(RESPONSE), &body);
    assert_eq!(events, ["0 200 devinfo//Man"]);
    assert_eq!(said["Results"], parsed(r#"[{"Code":406}]"#));
}

#[test]
fn a_session_has_an_end() {
    let limits = Limits {
        messages: 3,
        ..Limits::DEFAULT
    };
    let mut desk = Desk::with(ServerConfig { limits, ..config() });
    desk.push([get(MAN)]);
    desk.say(named(INITIATION), HELLO[1]);
    for at in 0..2 {
        desk.push([get(MAN)]);
        let (events, said) = desk.say(named(RESPONSE), r#"{"Status":[{"sc":200}]}"#);
        assert_eq!(events.len(), 1 + at);
        assert_eq!(said["CMD"] == parsed(r#"[["END"]]"#), at == 1);
    }
}

#[test]
fn b22_a_session_of_2_0_is_restored_whole_or_not_at_all() {
    let desk = open();
    let saved = desk.session.save().unwrap();
    for at in 0..saved.state.len() {
        let mut hurt = saved.clone();
        hurt.state[at] ^= 1;
        assert!(ServerSession::restore(&hurt, config()).is_err(), "{at}");
        hurt.state.truncate(at);
        assert!(ServerSession::restore(&hurt, config()).is_err(), "{at}");
    }
    let other = ServerConfig {
        server_id: "srv-2".to_owned(),
        ..config()
    };
    let error = ServerSession::restore(&saved, other).unwrap_err();
    assert_eq!(error.code(), Code::Snapshot);
    // Not while a reply is due.
    let mut desk = open();
    desk.hear(of(RESPONSE), &results("2", r#"[{"Code":200}]"#))
        .unwrap();
    assert_eq!(desk.session.save().unwrap_err().code(), Code::State);
    assert_eq!(
        desk.hear(of(RESPONSE), &results("3", "[]"))
            .unwrap_err()
            .code(),
        Code::State
    );
    assert_eq!(
        Desk::new()
            .session
            .respond(&Env::new(0, &[7; 32]).unwrap())
            .unwrap_err()
            .code(),
        Code::State
    );
}

#[test]
fn a_bootstrapped_device_says_so_in_both_dialects() {
    let approved = r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}"#;
    let draft = r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"1","PkgSeq":1,"ReasonForSession":1201},
        "Alerts":[{"Code":1226,"Item":{"Type":"urn:oma:at:dm:2.0:BootstrapComplete"}}]}"#;
    let events = Desk::new().hear(named(INITIATION), approved).unwrap();
    assert_eq!(events[1..], ["started approved Client bootstrapped"]);
    let mut desk = Desk::new();
    let (events, said) = desk.say(of(INITIATION), draft);
    // The alert that says it is answered, too, and is no event of its own.
    assert_eq!(events[1..], ["started draft Client bootstrapped"]);
    assert_eq!(said["Results"], parsed(r#"[{"Code":200}]"#));
}
