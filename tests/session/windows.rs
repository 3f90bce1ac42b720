//! The dialect of Windows' MDM client, in messages of the shapes that it sends, with names and values of our own.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};

use omadm::syncml::Chal;
use omadm::{
    AbortedBy, Binding, ClientEvent, Code, Command, Encoding, InitiatedBy, Limits, NewCommand,
    Party, Scheme, ServerConfig, ServerEvent,
};

use crate::pair::{Setup, account, nonces, password};
use crate::peer::{
    Desk, Device, Heard, Letter, config, cred, get, of_header, reply, request, told,
};
use crate::say::{chal, codes, others, statuses, values};

const WINDOWS: &str = "B61E09D7C2";
const SERVICE: &str = "https://fleet.example/manage/dm.svc";
const CALLED: &str = "https://fleet.example/manage/dm.svc?mode=Maintenance&amp;Platform=WoA";

/// What follows the alert that starts a session: CmdIDs go on from 3.
const LOGIN: &str = "<Alert><CmdID>3</CmdID><Data>1224</Data><Item><Meta><Type xmlns=\"syncml:metinf\">com.microsoft/MDM/LoginStatus</Type></Meta>\
    <Data>user</Data></Item></Alert>";

/// Package 1 behind its Status: CmdIDs from 2, DevInfo without Meta.
fn package_1() -> String {
    let info = [
        ("DevId", WINDOWS),
        ("Man", "Dune Instruments"),
        ("Mod", "Slate 4"),
        ("DmV", "1.3"),
        ("Lang", "en-GB"),
    ];
    let items: String = info
        .iter()
        .map(|(name, value)| format!("<Item><Source><LocURI>./DevInfo/{name}</LocURI></Source><Data>{value}</Data></Item>"))
        .collect();
    format!(
        "<Alert><CmdID>2</CmdID><Data>1201</Data></Alert>{LOGIN}<Replace><CmdID>4</CmdID>{items}</Replace>"
    )
}

/// What the device says; every session has the number 0.
fn says<'a>(msg_id: u32, header: &'a str, body: &'a str) -> Letter<'a> {
    Letter {
        session: "0",
        target: CALLED,
        source: WINDOWS,
        ..request(msg_id, header, body)
    }
}

fn service(client: &Party) -> Desk {
    let config = ServerConfig {
        url: SERVICE.to_owned(),
        alert_types: vec!["com.microsoft:mdm.unenrollment.userrequest".to_owned()],
        ..config(Binding::Transport, Limits::DEFAULT)
    };
    let mut desk = Desk::new(client, &Party::Transport, config);
    desk.account = Some(omadm::Account {
        device_id: WINDOWS.to_owned(),
        ..account(client, &Party::Transport, nonces(None, None))
    });
    desk
}

fn plain() -> Desk {
    service(&Party::Transport)
}

/// A desk that has asked for all of this in its first reply; the first command has the CmdID 5.
fn asked(commands: &[NewCommand]) -> Desk {
    let mut desk = plain();
    for command in commands {
        desk.server.push(command.clone()).unwrap();
    }
    let heard = desk.hear(&says(1, "", &package_1()));
    assert_eq!(others(&heard.message).len(), commands.len());
    desk
}

/// The digest of `slate` and `basalt-17` over the nonce of a challenge.
fn digest(chal: &Chal) -> String {
    let user = Base64::encode_string(&Md5::digest(b"slate:basalt-17"));
    let nonce = Base64::decode_vec(chal.next_nonce.as_ref().unwrap()).unwrap();
    let all = [user.as_bytes(), b":", &nonce].concat();
    Base64::encode_string(&Md5::digest(&all))
}

fn alerts(heard: &Heard) -> Vec<String> {
    let say = |event: &ServerEvent| match event {
        ServerEvent::Alert {
            code,
            alert_type,
            item,
            ..
        } => Some(format!(
            "{code} {} {}",
            alert_type.as_deref().unwrap_or("?"),
            item.data
                .as_ref()
                .and_then(omadm::Data::as_text)
                .unwrap_or("?")
        )),
        _ => None,
    };
    heard.events.iter().filter_map(say).collect()
}

#[test]
fn package_1_again_after_the_challenge_begins_with_its_status() {
    let mut desk = service(&password("slate", "basalt-17", &[Scheme::Md5]));
    let first = desk.hear(&says(1, "", &package_1()));
    assert_eq!(
        statuses(&first.message),
        [
            "1/0 SyncHdr 407",
            "1/2 Alert 407",
            "1/3 Alert 407",
            "1/4 Replace 407"
        ]
    );
    let challenge = chal(&first.message).unwrap();
    assert_eq!(challenge.kind, "syncml:auth-md5");

    desk.server.push(get("./DevDetail/SwV")).unwrap();
    let status = of_header(1, 200, "");
    let digest = digest(&challenge);
    let header = cred("md5", &digest);
    let again = says(2, &header, "").write();
    // The user's name stands in Source.
    let again = String::from_utf8(again)
        .unwrap()
        .replace(
            &format!("<LocURI>{WINDOWS}</LocURI></Source>"),
            &format!("<LocURI>{WINDOWS}</LocURI><LocName>slate</LocName></Source>"),
        )
        .replace("<SyncBody>", &format!("<SyncBody>{status}{}", package_1()));
    let second = desk.hear_at(again.as_bytes(), None);
    assert_eq!(
        statuses(&second.message),
        [
            "2/0 SyncHdr 212",
            "2/2 Alert 200",
            "2/3 Alert 200",
            "2/4 Replace 200"
        ]
    );
    assert_eq!(others(&second.message), ["Get"]);
    assert_eq!(second.message.header.msg_id, 2);
    assert_eq!(
        second.events[0],
        ServerEvent::Authenticated { scheme: "md5" }
    );
    assert!(
        matches!(&second.events[1], ServerEvent::Started { device_id, initiated_by: InitiatedBy::Client, dev_info, .. }
        if device_id == WINDOWS && dev_info.len() == 5 && dev_info["Mod"] == "Slate 4")
    );
    assert_eq!(alerts(&second), ["1224 com.microsoft/MDM/LoginStatus user"]);

    // It repeats its credentials for as long as the session goes on.
    let answer = [
        of_header(2, 200, ""),
        status_of(2, 5, "Get", "200"),
        results(2, 5, "./DevDetail/SwV", "10.0.1"),
    ]
    .concat();
    let third = desk.hear(&says(3, &header, &answer));
    assert_eq!(told(&third.events), ["0 200", "1 items"]);
    assert_eq!(codes(&third.message)[0] / 100, 2);
    assert!(third.out.done);
}

fn status_of(msg_ref: u32, cmd_ref: u32, cmd: &str, code: &str) -> String {
    format!(
        "<Status><CmdID>2</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>{cmd}</Cmd><Data>{code}</Data></Status>"
    )
}

fn results(msg_ref: u32, cmd_ref: u32, uri: &str, value: &str) -> String {
    format!(
        "<Results><CmdID>3</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>Get</Cmd>\
        <Item><Source><LocURI>{uri}</LocURI></Source><Data>{value}</Data></Item></Results>"
    )
}

#[test]
fn the_query_of_the_address_is_echoed() {
    let heard = plain().hear(&says(1, "", &package_1()));
    let meant = CALLED.replace("&amp;", "&");
    assert_eq!(heard.message.header.source.uri, meant);
    let Command::Status(status) = &heard.message.commands[0] else {
        panic!("no status")
    };
    assert_eq!(status.target_refs, [meant]);
    assert_eq!(status.source_refs, [WINDOWS]);
    // Another path is another server.
    let body = package_1();
    let elsewhere = Letter {
        target: "https://fleet.example/other?mode=Maintenance",
        ..says(1, "", &body)
    };
    assert_eq!(codes(&plain().hear(&elsewhere).message), [404]);
}

#[test]
fn a_header_without_meta_means_no_bound() {
    let large = NewCommand::Get(
        (0..2000)
            .map(|at| format!("./Vendor/Dune/{at:060}"))
            .collect(),
    );
    let mut desk = plain();
    desk.server.push(large).unwrap();
    let heard = desk.hear(&says(1, "", &package_1()));
    assert_eq!(others(&heard.message), ["Get"]);
    assert!(heard.out.too_large.is_empty() && heard.out.body.len() > 100_000);
}

#[test]
fn s01_every_session_has_the_number_0() {
    let mut desk = asked(&[get("./DevDetail/SwV")]);
    let answer = [
        of_header(1, 200, ""),
        status_of(1, 5, "Get", "200"),
        results(1, 5, "./DevDetail/SwV", "10"),
    ]
    .concat();
    let end = desk.hear(&says(2, "", &answer));
    assert_eq!(told(&end.events), ["0 200", "1 items"]);
    assert!(end.out.done);
    for _ in 0..2 {
        let next = desk.hear(&says(1, "", &package_1()));
        assert!(
            next.events
                .iter()
                .any(|event| matches!(event, ServerEvent::Started { .. }))
        );
        assert_eq!(next.message.header.session_id, "0");
        assert_eq!(next.message.header.msg_id, 1);
        assert!(next.out.done);
    }
    // A device that was switched off in the midst of a session begins anew with the same number.
    let mut desk = asked(&[get("./DevDetail/SwV")]);
    let body = package_1().replace("Slate 4", "Slate 5");
    let anew = desk.hear(&says(1, "", &body));
    assert!(anew.events.iter().any(|event| matches!(event, ServerEvent::Started { dev_info, .. } if dev_info["Mod"] == "Slate 5")));
    assert!(
        anew.events
            .iter()
            .any(|event| matches!(event, ServerEvent::Unknown { command: 0, .. }))
    );
}

#[test]
fn one_status_for_each_item_and_one_results() {
    let uris = ["./DevDetail/SwV", "./DevDetail/Ext/None", "./DevDetail/HwV"].map(str::to_owned);
    let items: String = [("./DevDetail/SwV", "10"), ("./DevDetail/HwV", "A")]
        .map(|(uri, value)| {
            format!("<Item><Source><LocURI>{uri}</LocURI></Source><Data>{value}</Data></Item>")
        })
        .concat();
    let all =
        format!("<Results><CmdID>6</CmdID><MsgRef>1</MsgRef><CmdRef>5</CmdRef>{items}</Results>");
    let statuses = |codes: &[&str]| {
        codes
            .iter()
            .map(|code| status_of(1, 5, "Get", code))
            .collect::<String>()
    };
    let place = |event: &ServerEvent| match event {
        ServerEvent::Status {
            code, uri, item, ..
        } => Some(format!("{code} {} {item:?}", uri.as_deref().unwrap_or("?"))),
        ServerEvent::Violation { .. } => Some("violation".to_owned()),
        _ => None,
    };
    let each = [
        "200 ./DevDetail/SwV Some(0)",
        "404 ./DevDetail/Ext/None Some(1)",
        "200 ./DevDetail/HwV Some(2)",
    ];
    for (codes, seen, is_left) in [
        (&["200", "404", "200"][..], &each[..], false),
        (&["200", "404"], &each[..2], true),
        (
            &["200", "404", "200", "200"],
            &[each[0], each[1], each[2], "violation"],
            false,
        ),
        // One alone is for all of them.
        (&["404"], &["404 ? None"], false),
    ] {
        let mut desk = asked(&[NewCommand::Get(uris.to_vec())]);
        let answer = [of_header(1, 200, ""), statuses(codes), all.clone()].concat();
        let heard = desk.hear(&says(2, "", &answer));
        let found: Vec<_> = heard.events.iter().filter_map(place).collect();
        assert_eq!(found, seen);
        assert!(
            heard.events.iter().any(
                |event| matches!(event, ServerEvent::Results { items, .. } if items.len() == 2)
            )
        );
        let unknown = heard
            .events
            .iter()
            .any(|event| matches!(event, ServerEvent::Unknown { .. }));
        assert_eq!(unknown, is_left);
    }
    // For a command of one item a second Status stays one too many.
    let mut desk = asked(&[get("./DevDetail/SwV")]);
    let heard = desk.hear(&says(
        2,
        "",
        &[of_header(1, 200, ""), statuses(&["200", "404"])].concat(),
    ));
    assert_eq!(told(&heard.events), ["0 200", "violation"]);
}

#[test]
fn client_events_of_every_kind() {
    let of_type = |kind: &str| format!("<Meta><Type xmlns=\"syncml:metinf\">{kind}</Type></Meta>");
    for (item, code, event) in [
        (format!("{}<Data>none</Data>", of_type("com.microsoft/MDM/LoginStatus")), 200, "1224 com.microsoft/MDM/LoginStatus none"),
        (format!("{}<Data>Bootstrapping</Data>", of_type("com.microsoft/MDM/DevicePrepSync")), 200, "1224 com.microsoft/MDM/DevicePrepSync Bootstrapping"),
        (format!("{}<Data>eyJ0</Data>", of_type("com.microsoft/MDM/AADUserToken")), 200, "1224 com.microsoft/MDM/AADUserToken eyJ0"),
        // A published example has Type beside an empty Meta.
        ("<Meta/><Type>com.microsoft.mdm.synctype</Type><Data>mixed</Data>".to_owned(), 200, "1224 com.microsoft.mdm.synctype mixed"),
        ("<Meta></Meta><Type xmlns=\"syncml:metinf\">com.microsoft.mdm.synctype</Type><Data>device</Data>".to_owned(), 200, "1224 com.microsoft.mdm.synctype device"),
        (
            "<Source><LocURI>./Device/Vendor/Dune/MSI/%7B6F9D%7D/DownloadInstall</LocURI></Source><Meta>\
            <Type xmlns=\"syncml:metinf\">Reversed-Domain-Name:com.microsoft.mdm.win32csp_install</Type>\
            <Format xmlns=\"syncml:metinf\">int</Format><Mark xmlns=\"syncml:metinf\">informational</Mark></Meta><Data>0</Data>".to_owned(),
            200,
            "1224 Reversed-Domain-Name:com.microsoft.mdm.win32csp_install 0",
        ),
        (of_type("com.microsoft/MDM/LoginStatus"), 412, ""),
    ] {
        let body = package_1().replace(LOGIN, &format!("<Alert><CmdID>3</CmdID><Data>1224</Data><Item>{item}</Item></Alert>"));
        let heard = plain().hear(&says(1, "", &body));
        assert_eq!(codes(&heard.message), [200, 200, code, 200], "{item}");
        assert_eq!(alerts(&heard).concat(), event);
    }
}

#[test]
fn s21_the_user_unenrolls() {
    let alert = |kind: &str| {
        format!(
            "{LOGIN}<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Meta><Type xmlns=\"syncml:metinf\">{kind}</Type>\
        <Format xmlns=\"syncml:metinf\">int</Format><Mark xmlns=\"syncml:metinf\">critical</Mark></Meta><Data>1</Data></Item></Alert>"
        )
    };
    for (kind, code) in [
        ("com.microsoft:mdm.unenrollment.userrequest", 200),
        ("com.microsoft:mdm.SCEPcertinstall.result", 415),
    ] {
        let body = package_1().replace(LOGIN, &alert(kind));
        let heard = plain().hear(&says(1, "", &body));
        assert_eq!(codes(&heard.message), [200, 200, 200, code, 200]);
        assert_eq!(alerts(&heard)[1], format!("1226 {kind} 1"));
    }
}

#[test]
fn s17_a_result_that_is_too_large_aborts() {
    let abort = "<Alert><CmdID>9</CmdID><Data>1223</Data></Alert>";
    for (status, seen) in [
        (status_of(1, 5, "Get", "200"), &["0 200", "Device"][..]),
        (String::new(), &["Device", "0 unknown"]),
    ] {
        let mut desk = asked(&[get("./Vendor/Dune/Log")]);
        let heard = desk.hear(&says(
            2,
            "",
            &[of_header(1, 200, ""), status, abort.to_owned()].concat(),
        ));
        assert_eq!(told(&heard.events), seen);
        assert!(heard.events.contains(&ServerEvent::Aborted {
            by: AbortedBy::Device,
            reason: None
        }));
        assert_eq!(
            statuses(&heard.message),
            ["2/0 SyncHdr 200", "2/9 Alert 200"]
        );
        assert!(others(&heard.message).is_empty() && heard.out.done);
    }
}

#[test]
fn w2_the_original_error_is_tolerated() {
    let mut desk = asked(&[NewCommand::Delete(vec!["./Vendor/Dune/None".to_owned()])]);
    let answer = [of_header(1, 200, ""), status_of(1, 5, "Delete", "404")].concat();
    let letter = String::from_utf8(says(2, "", &answer).write())
        .unwrap()
        .replace(
            "<SyncBody>",
            "<SyncBody xmlns:msft=\"http://schemas.microsoft.com/MobileDevice/MDM\">",
        )
        .replace("<Data>404", "<Data msft:originalerror=\"0x86000002\">404");
    let heard = desk.hear_at(letter.as_bytes(), None);
    assert_eq!(told(&heard.events), ["0 404"]);
    // Without the declaration it is no XML.
    let undeclared = letter.replace(
        " xmlns:msft=\"http://schemas.microsoft.com/MobileDevice/MDM\"",
        "",
    );
    let mut desk = asked(&[get("./A")]);
    assert_eq!(desk.refuse(undeclared.as_bytes()).code(), Code::Ns);
}

#[test]
fn results_may_lack_msg_ref_and_hold_cmd() {
    let mut desk = asked(&[get("./DevDetail/SwV")]);
    let found = results(1, 5, "./DevDetail/SwV", "10").replace("<MsgRef>1</MsgRef>", "");
    let heard = desk.hear(&says(
        2,
        "",
        &[of_header(1, 200, ""), status_of(1, 5, "Get", "200"), found].concat(),
    ));
    assert_eq!(told(&heard.events), ["0 200", "1 items"]);
}

#[test]
fn unknown_elements_and_commands_without_number_are_answered_400() {
    let odd = "<Reboot><CmdID>6</CmdID></Reboot><Alert><Data>1224</Data><Item><Data>x</Data></Item></Alert>";
    let heard = plain().hear(&says(1, "", &[package_1().as_str(), odd].concat()));
    assert_eq!(
        statuses(&heard.message)[1..],
        [
            "1/2 Alert 200",
            "1/3 Alert 200",
            "1/4 Replace 200",
            "1/6 Reboot 400",
            "1/ Alert 400"
        ]
    );
    assert!(
        heard
            .events
            .iter()
            .any(|event| matches!(event, ServerEvent::Started { .. }))
    );

    let mut device = Device::new(&Setup::default());
    device.say();
    let get = |cmd_id: &str| {
        format!("<Get>{cmd_id}<Item><Target><LocURI>./DevInfo/Mod</LocURI></Target></Item></Get>")
    };
    let body = [
        of_header(1, 200, "").as_str(),
        "<Reboot><CmdID>2</CmdID></Reboot>",
        "<Sequence><CmdID>3</CmdID><Reboot><CmdID>4</CmdID></Reboot>",
        &get("<CmdID>5</CmdID>"),
        "</Sequence>",
        &get(""),
        &get("<CmdID>6</CmdID>"),
        "<Atomic><CmdID>7</CmdID><Reboot><CmdID>8</CmdID></Reboot></Atomic>",
    ]
    .concat();
    device.hear(&reply(1, "", &body));
    let answer = device.say();
    assert_eq!(
        statuses(&answer)[1..],
        [
            "1/2 Reboot 400",
            "1/3 Sequence 200",
            "1/4 Reboot 400",
            "1/5 Get 200 ./DevInfo/Mod",
            "1/ Get 400",
            "1/6 Get 200 ./DevInfo/Mod",
            "1/7 Atomic 507",
            "1/8 Reboot 400",
        ]
    );
    assert_eq!(values(&answer).len(), 2);
}

#[test]
fn a_server_may_write_the_namespace_of_1_1() {
    let mut device = Device::new(&Setup::default());
    device.say();
    let ask = [
        of_header(1, 200, "").as_str(),
        "<Get><CmdID>5</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>",
    ]
    .concat();
    let body = Letter {
        ver_proto: "DM/1.2",
        ..reply(1, "", &ask)
    }
    .write();
    let body = String::from_utf8(body)
        .unwrap()
        .replace("SYNCML:SYNCML1.2", "SYNCML:SYNCML1.1");
    device.try_hear(body.as_bytes()).unwrap();
    let out = device.next().unwrap();
    assert!(
        out.body
            .windows(16)
            .any(|octets| octets == b"SYNCML:SYNCML1.2")
    );
    assert_eq!(
        values(&crate::pair::decode(&out.body)),
        ["./DevInfo/Man=Factory"]
    );
}

#[test]
fn an_answer_of_no_octets_ends_the_session() {
    let mut device = Device::new(&Setup::default());
    device.say();
    assert_eq!(device.try_hear(b"").unwrap(), [ClientEvent::Finished]);
    assert!(device.next().is_none());
    // A server that was to prove itself has not done so by saying nothing.
    let mut device = Device::new(&Setup {
        server: password("fleet", "basalt-18", &[Scheme::Basic]),
        ..Setup::default()
    });
    device.say();
    let events = device.try_hear(b"").unwrap();
    assert!(matches!(
        events.as_slice(),
        [ClientEvent::Aborted {
            by: AbortedBy::Server,
            reason: Some(_)
        }]
    ));
    assert!(device.next().is_none());
}

#[test]
fn all_of_it_in_wbxml() {
    let mut desk = plain();
    desk.server.push(get("./DevDetail/SwV")).unwrap();
    let as_wbxml = |letter: &Letter<'_>| {
        crate::pair::decode(&letter.write())
            .encode(Encoding::Wbxml, false)
            .unwrap()
    };
    let first = desk.hear_at(&as_wbxml(&says(1, "", &package_1())), None);
    assert_eq!(codes(&first.message), [200, 200, 200, 200]);
    let answer = [
        of_header(1, 200, ""),
        status_of(1, 5, "Get", "200"),
        results(1, 5, "./DevDetail/SwV", "10"),
    ]
    .concat();
    let second = desk.hear_at(&as_wbxml(&says(2, "", &answer)), None);
    assert_eq!(told(&second.events), ["0 200", "1 items"]);
}
