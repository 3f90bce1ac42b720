//! What a host queues before it is known which protocol the device speaks, and what that makes of it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::dm2::{Dialect, Headers, PackageKind, Peek, peek};
use omadm::{Code, Data, Env, Limits, NewCommand, NewItem, Received, ServerConfig, ServerSession};
use serde_json::Value;

use crate::dm2_server_desk::{
    DEVICE, Desk, HELLO, INITIATION, RESPONSE, account, config, cont, delete, exec, get, hget,
    hput, json, named, of, owned, parsed, show,
};

const MAN: &str = "urn:oma:mo:oma-dm-devinfo:1.2//Man";

/// Package 1 of a device of DM 1.2.
fn old(device: &str) -> Vec<u8> {
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
        <SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>https://dm.example.org/dm</LocURI></Target>\
        <Source><LocURI>{device}</LocURI></Source></SyncHdr><SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert>\
        <Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>A</Data></Item></Replace>\
        <Final/></SyncBody></SyncML>"
    )
    .into_bytes()
}

fn large() -> String {
    "x".repeat(4096)
}

/// Some for each protocol, and some for both.
fn commands() -> Vec<NewCommand> {
    let value = NewItem {
        uri: "./Vendor/A".to_owned(),
        data: Some(Data::Text(large())),
        format: None,
        mime: None,
    };
    let data = Some(Data::Text(large()));
    vec![
        get("./DevInfo/Man"),
        get(MAN),
        NewCommand::Replace(vec![value]),
        NewCommand::Exec {
            uri: "./Vendor/Run".to_owned(),
            data,
            format: None,
            mime: None,
            correlator: None,
            report_to: None,
        },
        show("https://ui.example.org/"),
        NewCommand::Sequence(vec![
            NewCommand::Delete(owned(&["urn:a:b:1.0/x/A", "urn:a:b:1.0/x/B"])),
            exec("urn:a:b:1.0/x/C", None),
        ]),
        NewCommand::Atomic(vec![delete("./Vendor/B")]),
        delete("./Vendor/C"),
    ]
}

#[test]
fn a_device_of_2_0_is_sent_what_has_words_there() {
    for is_saved in [false, true] {
        let mut desk = Desk::new();
        desk.push(commands());
        if is_saved {
            let saved = desk.session.save().unwrap();
            desk.session = ServerSession::restore(&saved, config()).unwrap();
        }
        assert!(desk.session.cancel(7) && !desk.session.cancel(7));
        desk.hear(named(INITIATION), HELLO[1]).unwrap();
        let out = desk.reply();
        assert_eq!(out.unsupported, [0, 2, 3, 6]);
        assert_eq!(desk.session.object_bytes(), 0);
        assert_eq!(
            json(&out),
            parsed(
                r#"{"CMD":[["GET","urn:oma:mo:oma-dm-devinfo:1.2//Man"],["SHOW","https://ui.example.org/"],
                ["DELETE","urn:a:b:1.0/x/A"],["DELETE","urn:a:b:1.0/x/B"],["EXEC","urn:a:b:1.0/x/C"]]}"#
            )
        );
        // The numbers go on.
        assert_eq!(desk.session.push(get(MAN)).unwrap(), 8);
        let status = r#"{"Status":[{"sc":204},{"sc":200},{"sc":200},{"sc":404},{"sc":202}]}"#;
        let (events, said) = desk.say(named(RESPONSE), status);
        assert_eq!(
            events,
            [
                "1 204 devinfo//Man",
                "4 200",
                "5.0[0] 200 a:b:1.0/x/A",
                "5.0[1] 404 a:b:1.0/x/B",
                "5.1 202 a:b:1.0/x/C",
            ]
        );
        assert_eq!(said["CMD"][0][0], "GET");
    }
}

#[test]
fn a_device_of_1_2_is_sent_what_has_words_there() {
    let mut desk = Desk::new();
    desk.push(commands());
    // What somebody says in DM 2.0 decides nothing as long as nobody is let in.
    desk.account = None;
    assert_eq!(
        desk.hear(of(INITIATION), HELLO[0]).unwrap(),
        ["unauthenticated true"]
    );
    assert_eq!(desk.reply().status, Some(401));
    desk.account = Some(account());
    let body = old(DEVICE);
    let message = Received::body(&body);
    desk.session
        .receive(&message, desk.account.as_ref())
        .unwrap();
    let out = desk
        .session
        .respond(&Env::new(0, &[7; 32]).unwrap())
        .unwrap();
    assert_eq!(out.status, Some(200));
    assert_eq!(out.unsupported, [1, 4, 5]);
    let text = String::from_utf8(out.body).unwrap();
    assert!(text.contains("./Vendor/C") && text.contains(&large()));
    assert!(!text.contains("urn:a:b") && !text.contains("ui.example"));
}

#[test]
fn what_no_protocol_has_words_for_cannot_be_pushed() {
    let both = |uri: &str| NewCommand::Sequence(vec![get("./A"), get(uri)]);
    let moid = |moid: &str| NewCommand::Default {
        url: "https://a/b".to_owned(),
        moid: moid.to_owned(),
    };
    for bad in [
        hget("ftp://a/b", None),
        hget("https:", None),
        hget("https://a/ b", None),
        hget("https://a/b", Some("./DevInfo/Man")),
        hget("https://a/b", Some("https://a/b")),
        hput("https://a/b", &[]),
        hput("https://a/b", &[MAN, "./DevInfo"]),
        show(MAN),
        cont("/dm"),
        exec(MAN, Some("repo")),
        exec("./A", Some("https://a/b")),
        moid("https://a/b"),
        moid(""),
        moid("a b:c"),
        get("urn:a:b:1.0"),
        get("urn:a:b:1.0/(x)/A"),
        both(&format!("{MAN}?depth=1")),
        both("urn:a:b:1.0//A"),
        NewCommand::Sequence(vec![]),
        NewCommand::Get(vec![]),
    ] {
        let error = Desk::new().session.push(bad.clone()).unwrap_err();
        assert_eq!(error.code(), Code::Arg, "{bad:?}");
    }
    for good in [
        hget("HTTP://a/b", None),
        get("oma:mo:oma-dm-devinfo:1.0/"),
        get("oma:mo:oma-dm-devinfo:1.0/Man"),
        moid("com.acme/1.0/Thing"),
    ] {
        assert_eq!(Desk::new().session.push(good), Ok(0));
    }
}

fn limited(commands: u32, bytes: u32) -> Desk {
    let limits = Limits {
        commands,
        bytes,
        ..Limits::DEFAULT
    };
    Desk::with(ServerConfig { limits, ..config() })
}

#[test]
fn what_does_not_fit_waits_and_what_never_fits_is_set_aside() {
    let mut desk = limited(4, 1 << 20);
    let three = |name: &str| {
        let uris = (0..3).map(|at| format!("urn:a:b:1.0/{name}/{at}"));
        NewCommand::Get(uris.collect())
    };
    let four = NewCommand::Get((0..4).map(|at| format!("urn:a:b:1.0/x/{at}")).collect());
    desk.push([get(MAN), three("y"), four, get(MAN), get(MAN)]);
    desk.hear(named(INITIATION), HELLO[1]).unwrap();
    let count = |said: &Value| said["CMD"].as_array().unwrap().len();
    let out = desk.reply();
    assert_eq!((count(&json(&out)), out.too_large.len()), (1, 0));
    desk.hear(named(RESPONSE), r#"{"Status":[{"sc":200}]}"#)
        .unwrap();
    let out = desk.reply();
    assert_eq!((count(&json(&out)), out.too_large), (3, vec![2]));
    let (_, said) = desk.say(
        named(RESPONSE),
        r#"{"Status":[{"sc":200},{"sc":200},{"sc":200}]}"#,
    );
    assert_eq!(count(&said), 2);
    // By octets, too.
    let mut desk = limited(1000, 4096);
    let long = |octets| get(&format!("urn:a:b:1.0/x/{}", "n".repeat(octets)));
    desk.push([long(1000), long(1000), long(1000), long(3500)]);
    desk.hear(named(INITIATION), HELLO[1]).unwrap();
    let out = desk.reply();
    assert!(out.body.len() <= 4096);
    assert_eq!((count(&json(&out)), out.too_large.len()), (2, 0));
    desk.hear(named(RESPONSE), r#"{"Status":[{"sc":200},{"sc":200}]}"#)
        .unwrap();
    let out = desk.reply();
    assert!(out.body.len() <= 4096);
    assert_eq!((count(&json(&out)), out.too_large), (1, vec![3]));
}

#[test]
fn the_room_for_large_objects_outlives_a_refused_package_of_another_protocol() {
    let mut desk = Desk::new();
    desk.account = None;
    desk.hear(of(INITIATION), HELLO[0]).unwrap();
    assert_eq!(desk.reply().status, Some(401));
    // Behind its rest, which forgets it.
    desk.session.set_room(10);
    let body = old(DEVICE);
    let known = desk
        .session
        .receive(&Received::body(&body), Some(&account()));
    assert!(known.is_ok());
    let item = NewItem {
        uri: "./Vendor/A".to_owned(),
        data: Some(Data::Text("x".repeat(100_000))),
        format: None,
        mime: None,
    };
    let error = desk.session.push(NewCommand::Add(vec![item])).unwrap_err();
    assert_eq!(error.code(), Code::Limit);
}

#[test]
fn large_values_count_while_a_refused_package_leaves_them_queued() {
    for hello in HELLO {
        let mut desk = Desk::new();
        desk.push(commands());
        let held = 2 * large().len() as u64;
        assert_eq!(desk.session.object_bytes(), held);
        let known = desk.account.take();
        desk.hear(named(INITIATION), hello).unwrap();
        assert_eq!(desk.session.object_bytes(), held);
        assert_eq!(desk.reply().status, Some(401));
        assert_eq!(desk.session.object_bytes(), held);
        // What else is queued there counts as well, and is bounded.
        desk.session.set_room(600);
        let value = |octets: usize| {
            let item = NewItem {
                uri: "./Vendor/A".to_owned(),
                data: Some(Data::Text("x".repeat(octets))),
                format: None,
                mime: None,
            };
            NewCommand::Add(vec![item])
        };
        let error = desk.session.push(value(601)).unwrap_err();
        assert_eq!(error.code(), Code::Limit);
        let last = desk.session.push(value(600)).unwrap();
        assert_eq!(desk.session.object_bytes(), held + 600);
        assert!(desk.session.cancel(last));
        assert_eq!(desk.session.object_bytes(), held);
        desk.account = known;
        desk.hear(named(INITIATION), hello).unwrap();
        let out = desk.reply();
        assert!(out.unsupported.contains(&2));
        assert_eq!(desk.session.object_bytes(), 0);
    }
}

#[test]
fn a_package_says_of_whom_it_is_before_anything_is_trusted() {
    let with = |device: Option<&str>| Headers {
        device_id: device.map(str::to_owned),
        ..Headers::default()
    };
    let seen = |body: &str, device| peek(body.as_bytes(), &with(device), &Limits::DEFAULT);
    let expected = Peek {
        protocol: 2,
        package: PackageKind::Initiation,
        dialect: Dialect::Draft,
        source: DEVICE.to_owned(),
        session_id: "7F".to_owned(),
        msg_id: 1,
    };
    assert_eq!(seen(HELLO[0], None), Ok(expected.clone()));
    let approved = Peek {
        dialect: Dialect::Approved,
        session_id: String::new(),
        msg_id: 0,
        ..expected
    };
    assert_eq!(seen(HELLO[1], Some(DEVICE)), Ok(approved));
    assert_eq!(
        seen(r#"{"Status":[]}"#, Some(DEVICE)).unwrap().package,
        PackageKind::Response
    );
    for bad in [HELLO[1], "[]", "{", r#"{"SessionInfo":{}}"#] {
        assert!(seen(bad, None).is_err(), "{bad}");
    }
}
