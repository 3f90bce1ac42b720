//! Sessions of DM 2.0 from the server's side, package by package: the worked examples S1 to S9 and the packages of a full device.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Code, NewCommand, ServerConfig};

use crate::dm2_server_desk::{
    DEVICE, Desk, HELLO, INITIATION, Manner, RESPONSE, account, config, cont, delete, exec, get,
    hget, hpost, hput, json, named, of, parsed, show,
};

const M: &str = "oma:mo:ext-acme-pump:1.0";

fn pump(path: &str) -> String {
    format!("urn:{M}{path}")
}

#[test]
fn s1_a_device_begins_and_two_rounds_succeed() {
    let mut desk = Desk::new();
    desk.push([get("oma:mo:oma-dm-devinfo:1.0/")]);
    let (events, said) = desk.say(of(INITIATION), HELLO[0]);
    assert_eq!(events, ["authenticated transport", "started draft Client"]);
    assert_eq!(
        said,
        parsed(
            r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":1},"Cmds":[{"GET":["oma:mo:oma-dm-devinfo:1.0/"]}]}"#
        )
    );
    let events = desk
        .hear(
            of(RESPONSE),
            r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":2},
            "Results":[{"Code":200,"MOD":{"URI":"oma:mo:oma-dm-devinfo:1.0/","CV":"5f.12","MO":{"DevID":"MEID:A1000012345678","Man":"Acme","Mod":"P9","DmV":"2.0","Lang":"en"}}}]}"#,
        )
        .unwrap();
    assert_eq!(
        events,
        [
            "0 devinfo/#5f.12={DevID Man Mod DmV Lang}",
            "0 200 devinfo/"
        ]
    );
    desk.push([delete("oma:mo:ext-acme-pump:1.0/north/Run/2")]);
    desk.session.finish();
    let out = desk.reply();
    assert!(out.done);
    assert_eq!(
        json(&out),
        parsed(
            r#"{"SessionInfo":{"SessionID":"7F","PkgSeq":2},"Cmds":[{"DELETE":["oma:mo:ext-acme-pump:1.0/north/Run/2"]},{"END":[]}]}"#
        )
    );
}

#[test]
fn s2_a_notification_asked_and_one_object_is_fresh() {
    let mut desk = Desk::new();
    desk.account
        .as_mut()
        .unwrap()
        .state
        .triggers
        .remember(0x4d2);
    let events = desk
        .hear(
            of(INITIATION),
            r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":1,"ReasonForSession":1200},
            "MOD":[{"URI":"oma:mo:oma-dm-devinfo:1.0/","Code":304},
            {"URI":"oma:mo:ext-acme-pump:1.0/north/","CV":"r42","MO":{"Serial":"P-100","Mode":"auto","Run":{"1":{"Hours":12,"State":"ok"},"2":{"Hours":8,"State":"hot"}}}},
            {"URI":"oma:mo:ext-acme-pump:1.0/south/","Code":304}]}"#,
        )
        .unwrap();
    assert_eq!(
        events,
        [
            "authenticated transport",
            "started draft Server by 1234",
            "object devinfo/#=304",
            "object pump/north/#r42={Serial Mode Run}",
            "object pump/south/#=304",
        ]
    );
    let out = desk.reply();
    assert!(out.done);
    assert_eq!(
        json(&out),
        parsed(r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},"Cmds":[{"END":[]}]}"#)
    );
    // The notification is not waited for any more.
    let account = desk.session.save().unwrap().account;
    assert!(account.triggers.numbers().is_empty());
}

#[test]
fn s3_failures_of_all_kinds() {
    let mut desk = Desk::new();
    let north = format!("{M}/north/");
    desk.push([
        get(&format!("{M}/west/")),
        delete("oma:mo:oma-dm-devinfo:1.0/Man"),
        hput(
            "https://repo.example.org/x",
            &[&north, &format!("{M}/north/Nope")],
        ),
        // The command that no device knows is told in another test: a host cannot say it.
        exec(&format!("{M}/*/Reset"), None),
    ]);
    let (events, said) = desk.say(
        of(INITIATION),
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"80","PkgSeq":1,"ReasonForSession":1201},
        "Alerts":[{"Code":1226,"Item":{"Type":"urn:oma:at:acme:1.0:unknown","Format":"xml","Data":"<a/>"}}]}"#,
    );
    assert_eq!(
        events[2..],
        ["alert 0 1226 urn:oma:at:acme:1.0:unknown - - - <a/>"]
    );
    assert_eq!(
        said,
        parsed(
            r#"{"SessionInfo":{"SessionID":"80","PkgSeq":1},
            "Cmds":[{"GET":["oma:mo:ext-acme-pump:1.0/west/"]},
            {"DELETE":["oma:mo:oma-dm-devinfo:1.0/Man"]},
            {"HPUT":["https://repo.example.org/x","oma:mo:ext-acme-pump:1.0/north/","oma:mo:ext-acme-pump:1.0/north/Nope"]},
            {"EXEC":["oma:mo:ext-acme-pump:1.0/*/Reset"]}],
            "Results":[{"Code":415}]}"#
        )
    );
    let (events, said) = desk.say(
        of(RESPONSE),
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"80","PkgSeq":2},
        "Results":[{"Code":404},{"Code":405},{"Code":215},{"Code":404},{"Code":400}]}"#,
    );
    assert_eq!(
        events,
        [
            "0 404 pump/west/",
            "1 405 devinfo/Man",
            "2[0] 215 pump/north/",
            "2[1] 404 pump/north/Nope",
            "3 400 pump/*/Reset",
        ]
    );
    assert_eq!(
        said,
        parsed(r#"{"SessionInfo":{"SessionID":"80","PkgSeq":2},"Cmds":[{"END":[]}]}"#)
    );
}

/// Package 1 of a full device, answered by two commands of three places.
fn full(desk: &mut Desk) -> Vec<String> {
    desk.push([
        hpost(
            "https://repo.example.org/in",
            &[
                "oma:mo:oma-dm-devinfo:1.0/",
                "oma:mo:ext-acme-pump:1.0/north/",
            ],
        ),
        get("oma:mo:ext-acme-pump:1.0/*/Mode"),
    ]);
    let (events, said) = desk.say(
        of(INITIATION),
        r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":1,"ReasonForSession":1200},
        "MOS":[{"MOID":"oma:mo:oma-dm-devinfo:1.0","DDF":"https://ddf.example.org/devinfo.ddf","Path":["/"]},
        {"MOID":"oma:mo:ext-acme-pump:1.0","Path":["/north/","/south/"]}],
        "MOD":[{"URI":"oma:mo:oma-dm-devinfo:1.0/","CV":"5f.12","MO":{"Man":"Acme"}},
        {"URI":"oma:mo:ext-acme-pump:1.0/north/","Code":304}],
        "Alerts":[{"Code":1226,"Correlator":"c-9","Item":{"Source":"oma:mo:ext-acme-pump:1.0/north/Run/2/State","Type":"Reversed-Domain-Name:com.example.acme.overheat","Format":"int","Mark":"warning","Data":3}}]}"#,
    );
    assert_eq!(
        said,
        parsed(
            r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":1},
            "Cmds":[{"HPOST":["https://repo.example.org/in","oma:mo:oma-dm-devinfo:1.0/","oma:mo:ext-acme-pump:1.0/north/"]},
            {"GET":["oma:mo:ext-acme-pump:1.0/*/Mode"]}],
            "Results":[{"Code":200}]}"#
        )
    );
    events
}

fn full_desk() -> Desk {
    Desk::with(ServerConfig {
        alert_types: vec!["Reversed-Domain-Name:com.example.acme.overheat".to_owned()],
        ..config()
    })
}

#[test]
fn vd2_vd4_what_a_full_package_1_says_is_told() {
    let events = full(&mut full_desk());
    assert_eq!(
        events,
        [
            "authenticated transport",
            "started draft Server",
            "supported devinfo / pump /north/,/south/",
            "object devinfo/#5f.12={Man}",
            "object pump/north/#=304",
            "alert 0 1226 Reversed-Domain-Name:com.example.acme.overheat pump/north/Run/2/State warning c-9 3",
        ]
    );
}

#[test]
fn vd5_vd6_results_of_places_and_of_commands() {
    let cases: [(&str, &[&str]); 2] = [
        (
            r#"[{"Code":200},{"Code":200},{"Code":200,"MOD":[{"URI":"oma:mo:ext-acme-pump:1.0/north/Mode","MO":"auto"},{"URI":"oma:mo:ext-acme-pump:1.0/south/Mode","MO":"auto"}]}]"#,
            &[
                "0[0] 200 devinfo/",
                "0[1] 200 pump/north/",
                "1 pump/north/Mode#=auto & pump/south/Mode#=auto",
                "1 200 pump/*/Mode",
            ],
        ),
        (
            r#"[{"Code":200},{"Code":200,"MOD":{"URI":"oma:mo:ext-acme-pump:1.0/north/Mode","MO":"auto"}}]"#,
            &["0 200", "1 pump/north/Mode#=auto", "1 200 pump/*/Mode"],
        ),
    ];
    for (results, expected) in cases {
        let mut desk = full_desk();
        full(&mut desk);
        let body = format!(
            r#"{{"SessionInfo":{{"DevID":"{DEVICE}","SessionID":"4D2","PkgSeq":2}},"Results":{results}}}"#
        );
        let (events, _) = desk.say(of(RESPONSE), &body);
        assert_eq!(events, expected);
    }
}

#[test]
fn s4_a_device_aborts_with_the_results_so_far() {
    let mut desk = full_desk();
    full(&mut desk);
    desk.push([get("oma:mo:oma-dm-devinfo:1.0/Man")]);
    let events = desk
        .hear(
            of(RESPONSE),
            r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"4D2","PkgSeq":2},"Results":[{"Code":200},{"Code":200}],"Alerts":[{"Code":1223}]}"#,
        )
        .unwrap();
    assert_eq!(
        events,
        [
            "0[0] 200 devinfo/",
            "0[1] 200 pump/north/",
            "1 ?",
            "aborted Device -",
        ]
    );
    let out = desk.reply();
    assert!(out.done);
    assert_eq!(
        json(&out),
        parsed(
            r#"{"SessionInfo":{"SessionID":"4D2","PkgSeq":2},"Cmds":[{"END":[]}],"Results":[{"Code":200}]}"#
        )
    );
}

#[test]
fn s5_an_instance_is_made_and_a_command_takes_its_time() {
    let mut desk = Desk::new();
    desk.account.as_mut().unwrap().state.triggers.remember(4660);
    desk.push([
        hget("https://repo.example.org/new/pump-east.json", None),
        exec(&pump("/south/Reset"), None),
    ]);
    let (events, said) = desk.say(
        named(INITIATION),
        r#"{"MOS":[{"MOID":"urn:oma:mo:oma-dm-devinfo:1.2","MIID":["0"]},{"MOID":"urn:oma:mo:ext-acme-pump:1.0","MIID":["north","south"]}],
        "Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"int","Data":{"NotificationID":4660}}]}"#,
    );
    assert_eq!(
        events,
        [
            "authenticated transport",
            "started approved Server by 4660",
            "supported devinfo 0 pump north,south",
        ]
    );
    assert_eq!(
        said,
        parsed(
            r#"{"CMD":[["HGET","https://repo.example.org/new/pump-east.json"],["EXEC","urn:oma:mo:ext-acme-pump:1.0/south/Reset"]]}"#
        )
    );
    let (events, said) = desk.say(
        named(RESPONSE),
        r#"{"Status":[{"sc":200,"URI":["urn:oma:mo:ext-acme-pump:1.0/m1/"]},{"sc":202}]}"#,
    );
    assert_eq!(events, ["0 200 +pump/m1/", "1 202 pump/south/Reset"]);
    assert_eq!(said, parsed(r#"{"CMD":[["END"]]}"#));
    assert!(
        desk.session
            .save()
            .unwrap()
            .account
            .triggers
            .numbers()
            .is_empty()
    );
    // Minutes later, in a session of its own.
    desk.account.as_mut().unwrap().state = desk.session.save().unwrap().account;
    let (events, said) = desk.say(
        named(INITIATION),
        r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},
        {"AlertType":"Reversed-Domain-Name:com.example.acme.resetdone","SourceURI":"urn:oma:mo:ext-acme-pump:1.0/south/Reset","DataType":"int","Data":{"DM1x":0}}]}"#,
    );
    assert_eq!(
        events,
        [
            "authenticated transport",
            "started approved Client",
            "alert 0 1226 Reversed-Domain-Name:com.example.acme.resetdone pump/south/Reset - - 0",
        ]
    );
    assert_eq!(said, parsed(r#"{"CMD":[["END"]]}"#));
}

#[test]
fn s6_what_has_not_changed_is_not_sent_again() {
    let mut desk = Desk::new();
    desk.push([
        get(&pump("/north/?cv=5f.12")),
        get(&pump("/north/Mode?cv=5f.11")),
        get(&pump("/north/")),
    ]);
    let (_, said) = desk.say(named(INITIATION), HELLO[1]);
    assert_eq!(
        said,
        parsed(
            r#"{"CMD":[["GET","urn:oma:mo:ext-acme-pump:1.0/north/?cv=5f.12"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/Mode?cv=5f.11"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/"]]}"#
        )
    );
    let (events, _) = desk.say(
        named(RESPONSE),
        r#"{"Status":[{"sc":304},
        {"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","MOData":{"Mode":"auto"}}]},
        {"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/","CV":"5f.12","MOData":{"Pump":{"Serial":"P-100","Mode":"auto"}}}]}]}"#,
    );
    assert_eq!(
        events,
        [
            "0 304 pump/north/?cv=5f.12",
            "1 pump/north/Mode#=Modeauto",
            "1 200 pump/north/Mode?cv=5f.11",
            "2 pump/north/#5f.12=Pump{Serial Mode}",
            "2 200 pump/north/",
        ]
    );
}

#[test]
fn s7_failures_and_a_session_that_goes_on_elsewhere() {
    let mut desk = Desk::new();
    desk.push([
        hget(
            "https://repo.example.org/gone.json",
            Some(&pump("/north/Mode")),
        ),
        hget(
            "https://repo.example.org/ok.json",
            Some("urn:oma:mo:oma-dm-devinfo:1.2//Man"),
        ),
        get(&pump("//")),
        get("urn:oma:mo:ext-acme-safe:1.0//"),
        cont("https://dm2.example.org/s/9a"),
    ]);
    let (_, said) = desk.say(named(INITIATION), HELLO[1]);
    assert_eq!(
        said,
        parsed(
            r#"{"CMD":[["HGET","https://repo.example.org/gone.json","urn:oma:mo:ext-acme-pump:1.0/north/Mode"],
            ["HGET","https://repo.example.org/ok.json","urn:oma:mo:oma-dm-devinfo:1.2//Man"],
            ["GET","urn:oma:mo:ext-acme-pump:1.0//"],
            ["GET","urn:oma:mo:ext-acme-safe:1.0//"],
            ["CONT","https://dm2.example.org/s/9a"]]}"#
        )
    );
    let events = desk
        .hear(
            named(RESPONSE),
            r#"{"Status":[{"sc":502},{"sc":405},{"sc":400},{"sc":404},{"sc":200}]}"#,
        )
        .unwrap();
    assert_eq!(
        events,
        [
            "0 502 pump/north/Mode",
            "1 405 devinfo//Man",
            "2 400 pump//",
            "3 404 ext-acme-safe:1.0//",
            "4 200",
        ]
    );
    desk.push([show("https://ui.example.org/sorry?ui=78")]);
    desk.session.finish();
    let out = desk.reply();
    assert_eq!(
        json(&out),
        parsed(r#"{"CMD":[["SHOW","https://ui.example.org/sorry?ui=78"],["END"]]}"#)
    );
    assert!(out.done);
}

#[test]
fn s8_failures_of_http() {
    for (dialect, hello) in HELLO.into_iter().enumerate() {
        let manner = |kind| [of(kind), named(kind)][dialect];
        let mut desk = Desk::new();
        let refused = |desk: &mut Desk, manner: Manner<'_>, body: &str| {
            let error = desk.hear(manner, body).unwrap_err();
            // Nothing is due.
            assert_eq!(
                desk.session
                    .respond(&omadm::Env::new(0, &[7; 32]).unwrap())
                    .unwrap_err()
                    .code(),
                Code::State
            );
            error.http()
        };
        assert_eq!(refused(&mut desk, manner("text/plain"), hello), Some(415));
        let html = Manner {
            accept: Some("text/html"),
            ..manner(INITIATION)
        };
        assert_eq!(refused(&mut desk, html, hello), Some(406));
        let latin = "application/vnd.oma.dm.initiation+json; charset=latin1";
        assert_eq!(refused(&mut desk, manner(latin), hello), Some(415));
        let big = format!("{hello}{}", " ".repeat(1 << 20));
        assert_eq!(refused(&mut desk, manner(INITIATION), &big), Some(413));
        assert_eq!(
            refused(&mut desk, manner(RESPONSE), r#"{"Status":[]}"#),
            Some(400)
        );
        // Without an account nobody is known.
        desk.account = None;
        assert_eq!(
            desk.hear(manner(INITIATION), hello).unwrap(),
            ["unauthenticated true"]
        );
        let out = desk.reply();
        assert_eq!(
            (out.status, out.body.len(), out.done),
            (Some(401), 0, false)
        );
        desk.account = Some(account());
        desk.push([get("urn:oma:mo:oma-dm-devinfo:1.2//Man")]);
        let (events, _) = desk.say(manner(INITIATION), hello);
        assert_eq!(events.len(), 2);
        let cut = r#"{"Status":[{"sc":200}"#;
        assert_eq!(
            desk.hear(manner(RESPONSE), cut).unwrap(),
            [
                "aborted Server ends too soon, expected a comma or the end in Status at byte 21",
                "0 ?"
            ]
        );
        let out = desk.reply();
        assert_eq!((out.status, out.body.len(), out.done), (Some(400), 0, true));
        let late = [
            r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":2},"Results":[{"Code":200}]}"#,
            r#"{"Status":[{"sc":200}]}"#,
        ][dialect];
        let error = desk.hear(manner(RESPONSE), late).unwrap_err();
        assert_eq!((error.code(), error.http()), (Code::State, Some(400)));
    }
}

#[test]
fn s9_the_formats_that_are_taken_are_told() {
    let formats = "application/vnd.syncml.dmtnds+xml";
    let with = || {
        Desk::with(ServerConfig {
            accept_mo: Some(formats.to_owned()),
            ..config()
        })
    };
    let commands = || {
        [
            hput("https://repo.example.org/dev/7", &[&pump("/north/")]),
            get(&pump("/north/Mode")),
        ]
    };
    let mut desk = with();
    desk.push(commands());
    desk.hear(named(INITIATION), HELLO[1]).unwrap();
    let out = desk.reply();
    assert_eq!(out.headers, [("omadm-accept", formats.to_owned())]);
    assert_eq!(
        json(&out),
        parsed(
            r#"{"CMD":[["HPUT","https://repo.example.org/dev/7","urn:oma:mo:ext-acme-pump:1.0/north/"],["GET","urn:oma:mo:ext-acme-pump:1.0/north/Mode"]]}"#
        )
    );
    let (events, _) = desk.say(
        named(RESPONSE),
        r#"{"Status":[{"sc":406},{"sc":200,"MO":[{"ClientURI":"urn:oma:mo:ext-acme-pump:1.0/north/Mode","MOData":{"Mode":"auto"}}]}]}"#,
    );
    assert_eq!(
        events,
        [
            "0 406 pump/north/",
            "1 pump/north/Mode#=Modeauto",
            "1 200 pump/north/Mode"
        ]
    );
    let mut desk = with();
    desk.push(commands());
    desk.hear(of(INITIATION), HELLO[0]).unwrap();
    let out = desk.reply();
    assert!(out.headers.is_empty());
    assert_eq!(json(&out)["SessionInfo"]["AcceptMO"], formats);
}

#[test]
fn va3_every_command_has_its_words() {
    let mut desk = Desk::new();
    let to = |path: &str| format!("https://repo.example.org/{path}");
    desk.push([
        hget(&to("new/pump.json"), None),
        hget(&to("cfg/mode.json"), Some(&pump("/north/Mode"))),
        hput(&to("dev/7"), &[&pump("/*/Run/")]),
        hpost(
            &to("in"),
            &["urn:oma:mo:oma-dm-devinfo:1.2//", &pump("/north/?cv=5f.12")],
        ),
        delete(&pump("/north/Run/2")),
        exec(&pump("/south/Reset"), Some("https://dm2.example.org/async")),
        get("urn:oma:mo:oma-sessioninfomo:1.0//CBT"),
        show("https://ui.example.org/ask?ui=77"),
        cont("https://dm3.example.org/next?t=9a"),
        NewCommand::Default {
            url: to("def/dcmo"),
            moid: "urn:oma:mo:oma-dcmo:1.0".to_owned(),
        },
        NewCommand::Sub {
            url: to("chg/7"),
            uri: pump("/north/Run/"),
        },
        NewCommand::Unsub {
            uri: pump("/south/Run/"),
        },
    ]);
    let (_, said) = desk.say(named(INITIATION), HELLO[1]);
    assert_eq!(
        said,
        parsed(
            r#"{"CMD":[["HGET","https://repo.example.org/new/pump.json"],
            ["HGET","https://repo.example.org/cfg/mode.json","urn:oma:mo:ext-acme-pump:1.0/north/Mode"],
            ["HPUT","https://repo.example.org/dev/7","urn:oma:mo:ext-acme-pump:1.0/*/Run/"],
            ["HPOST","https://repo.example.org/in","urn:oma:mo:oma-dm-devinfo:1.2//","urn:oma:mo:ext-acme-pump:1.0/north/?cv=5f.12"],
            ["DELETE","urn:oma:mo:ext-acme-pump:1.0/north/Run/2"],
            ["EXEC","https://dm2.example.org/async","urn:oma:mo:ext-acme-pump:1.0/south/Reset"],
            ["GET","urn:oma:mo:oma-sessioninfomo:1.0//CBT"],
            ["SHOW","https://ui.example.org/ask?ui=77"],
            ["CONT","https://dm3.example.org/next?t=9a"],
            ["DEFAULT","https://repo.example.org/def/dcmo","urn:oma:mo:oma-dcmo:1.0"],
            ["SUB","https://repo.example.org/chg/7","urn:oma:mo:ext-acme-pump:1.0/north/Run/"],
            ["UNSUB","urn:oma:mo:ext-acme-pump:1.0/south/Run/"]]}"#
        )
    );
    // Package 3 for it.
    let (events, _) = desk.say(
        named(RESPONSE),
        r#"{"Status":[{"sc":200,"URI":["urn:oma:mo:ext-acme-pump:1.0/m1/"]},{"sc":200},{"sc":200},{"sc":200},{"sc":200},{"sc":202},
        {"sc":200,"MO":[{"ClientURI":"urn:oma:mo:oma-sessioninfomo:1.0//CBT","MOData":{"CBT":"LTE"}}]},
        {"sc":501},{"sc":200},{"sc":200},{"sc":200},{"sc":404}]}"#,
    );
    assert_eq!(
        events,
        [
            "0 200 +pump/m1/",
            "1 200 pump/north/Mode",
            "2 200 pump/*/Run/",
            "3 200",
            "4 200 pump/north/Run/2",
            "5 202 pump/south/Reset",
            "6 oma-sessioninfomo:1.0//CBT#=CBTLTE",
            "6 200 oma-sessioninfomo:1.0//CBT",
            "7 501",
            "8 200",
            "9 200 oma-dcmo:1.0",
            "10 200 pump/north/Run/",
            "11 404 pump/south/Run/",
        ]
    );
}
