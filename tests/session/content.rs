//! Bad input, group S: what messages hold that they must not, or too much of it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Binding, Code, Limits, NewCommand, NewItem, Party, ServerConfig, ServerEvent, StatusCode,
};

use crate::pair::{Setup, text};
use crate::peer::{
    Desk, Device, Letter, NEXT, PACKAGE_1, asked, config, get, reply, request, status, told,
    trusting,
};
use crate::say::{chal, codes, others, statuses};

#[test]
fn s19_s20_a_client_may_not_command() {
    let item = "<Item><Target><LocURI>./A</LocURI></Target><Data>x</Data></Item>";
    let mut body = String::new();
    for (cmd_id, name) in (10..).zip(["Add", "Delete", "Exec", "Get", "Copy", "Replace"]) {
        body.push_str(&format!("<{name}><CmdID>{cmd_id}</CmdID>{item}</{name}>"));
    }
    for (cmd_id, name) in [(20, "Atomic"), (21, "Sequence")] {
        body.push_str(&format!(
            "<{name}><CmdID>{cmd_id}</CmdID><Get><CmdID>3{cmd_id}</CmdID>{item}</Get></{name}>"
        ));
    }
    for code in 1100..=1104 {
        body.push_str(&format!(
            "<Alert><CmdID>{code}</CmdID><Data>{code}</Data><Item/><Item><Data>?</Data></Item></Alert>"
        ));
    }
    let heard = asked().hear(&request(2, "", &format!("{body}{}", status(1, 4, 200))));
    assert_eq!(codes(&heard.message)[1..9], [405; 8]);
    assert_eq!(codes(&heard.message)[9..], [406; 5]);
    assert_eq!(told(&heard.events), ["0 200"]);
}

#[test]
fn s21_generic_alerts() {
    let alert = |meta: &str, data: &str| {
        format!(
            "<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Meta>{meta}</Meta>{data}</Item></Alert>"
        )
    };
    let good = "<Type xmlns=\"syncml:metinf\">urn:oma:at:x</Type><Format xmlns=\"syncml:metinf\">chr</Format>";
    let mark = |mark: &str| format!("{good}<Mark xmlns=\"syncml:metinf\">{mark}</Mark>");
    let foreign = good.replace("urn:oma:at:x", "urn:oma:at:y");
    let odd = good.replace("urn:oma:at:x", "no urn");
    let data = "<Data>d</Data>";
    for (body, code) in [
        (alert(good, data), 200),
        (alert(&mark("critical"), data), 200),
        (alert(&mark("loud"), data), 412),
        (alert(good, ""), 412),
        (alert(&good[..good.find("<Format").unwrap()], data), 412),
        (alert(&good[good.find("<Format").unwrap()..], data), 412),
        (alert("", data), 412),
        (alert(&foreign, data), 415),
        (alert(&odd, data), 200),
        (
            "<Alert><CmdID>5</CmdID><Data>1226</Data></Alert>".to_owned(),
            412,
        ),
        (alert("", data).replace("1226", "1224"), 200),
    ] {
        let config = ServerConfig {
            alert_types: vec!["urn:oma:at:x".to_owned(), "no urn".to_owned()],
            ..config(Binding::Transport, Limits::DEFAULT)
        };
        let mut desk = Desk::new(&Party::Transport, &Party::Transport, config);
        let heard = desk.hear(&request(1, "", &format!("{body}{}", PACKAGE_1)));
        assert_eq!(codes(&heard.message)[1], code, "{body}");
        let alerts = heard
            .events
            .iter()
            .filter(|event| matches!(event, ServerEvent::Alert { .. }));
        assert_eq!(alerts.count(), usize::from(code != 412));
    }
}

#[test]
fn s21_the_host_has_the_last_word_and_the_worst_item_counts() {
    let item = "<Item><Meta><Type xmlns=\"syncml:metinf\">t</Type><Format xmlns=\"syncml:metinf\">chr</Format></Meta><Data>d</Data></Item>";
    let body = format!("<Alert><CmdID>5</CmdID><Data>1226</Data>{item}{item}<Item/></Alert>");
    for (items, verdicts, code) in [
        (body.clone(), [200, 202], 412),
        (body.replace("<Item/>", ""), [200, 202], 202),
        (body.replace("<Item/>", ""), [500, 200], 500),
    ] {
        let mut desk = trusting();
        let events = desk.receive(&request(1, "", &items).write(), None).unwrap();
        let ids = events.iter().filter_map(|event| match event {
            ServerEvent::Alert { id, .. } => Some(*id),
            _ => None,
        });
        for (id, verdict) in ids.zip(verdicts) {
            desk.server.answer(id, verdict).unwrap();
        }
        assert!(desk.server.answer(77, 200).is_err());
        assert!(desk.server.answer(0, 99).is_err());
        let reply = crate::pair::decode(&desk.respond().body);
        assert_eq!(codes(&reply)[1], code);
    }
}

#[test]
fn s23_dev_info_of_all_kinds() {
    let item =
        |uri: &str| format!("<Item><Source><LocURI>{uri}</LocURI></Source><Data>x</Data></Item>");
    let replace = |items: &str| format!("<Replace><CmdID>2</CmdID>{items}</Replace>");
    let whole = "<Item><Source><LocURI>./DevInfo</LocURI></Source>\
        <Meta><Format xmlns=\"syncml:metinf\">node</Format></Meta></Item>";
    for (body, code, known) in [
        (String::new(), None, 0),
        (replace(""), Some(200), 0),
        (replace(&item("./DevInfo/Man")), Some(200), 1),
        // The node that holds them is none outside, and has no value.
        (
            replace(&[whole, &item("./DevInfo/Man")].concat()),
            Some(200),
            1,
        ),
        (replace(&item("./DevInfo")), Some(200), 0),
        (
            replace(&[item("./DevInfo/Man"), item("./A")].concat()),
            Some(405),
            0,
        ),
        (replace(&item("./DevInfoX/Man")), Some(405), 0),
        (replace(&item("./DevInfo/Man?prop=Name")), Some(405), 0),
        (replace("<Item><Data>x</Data></Item>"), Some(405), 0),
    ] {
        let heard = trusting().hear(&request(1, "", &body));
        assert_eq!(codes(&heard.message).get(1).copied(), code, "{body}");
        let Some(ServerEvent::Started { dev_info, .. }) = heard.events.get(1) else {
            panic!("{:?}", heard.events)
        };
        assert_eq!(dev_info.len(), known);
    }
    let many = replace(&item("./DevInfo/Man").repeat(10_001));
    let error = trusting().refuse(&request(1, "", &many).write());
    assert_eq!(
        (error.code(), error.exceeded()),
        (Code::Limit, Some("items"))
    );
}

#[test]
fn s25_v4_v5_v6_versions_that_are_not_spoken() {
    for (ver_dtd, ver_proto, code, spoken) in [
        ("1.2", "DM/9.9", 513, "DM/1.1 DM/1.2 DM/1.3"),
        ("1.2", "DM/1.9", 513, "DM/1.1 DM/1.2 DM/1.3"),
        ("1.2", "SyncML/1.2", 513, "DM/1.1 DM/1.2 DM/1.3"),
        ("9.9", "DM/1.2", 505, "1.1 1.2"),
    ] {
        let mut desk = trusting();
        desk.server.push(get("./A")).unwrap();
        let heard = desk.hear(&Letter {
            ver_dtd,
            ver_proto,
            ..request(1, "", PACKAGE_1)
        });
        assert_eq!(codes(&heard.message), [code]);
        assert!(heard.out.done && others(&heard.message).is_empty());
        let omadm::Command::Status(status) = &heard.message.commands[0] else {
            panic!("no status")
        };
        let listed: Vec<_> = status
            .items
            .iter()
            .map(|item| item.data.as_ref().unwrap().as_text().unwrap())
            .collect();
        assert_eq!(listed.join(" "), spoken);
    }
    let mut device = Device::new(&Setup::default());
    device.say();
    let newer = Letter {
        ver_proto: "DM/1.4",
        ..reply(1, "", NEXT)
    };
    assert_eq!(device.refuse(&newer.write()).code(), Code::Version);
}

#[test]
fn s26_sizes_that_no_message_fits_into() {
    let meta = |size: &str| {
        format!("<Meta><MaxMsgSize xmlns=\"syncml:metinf\">{size}</MaxMsgSize></Meta>")
    };
    for small in ["0", "1", "50", "999", "-1", "big", "", "1.5"] {
        let heard = trusting().hear(&request(1, &meta(small), PACKAGE_1));
        assert_eq!(codes(&heard.message), [400]);
        assert_eq!(others(&heard.message), ["1223"]);
        assert!(heard.out.done);
    }
    for large in ["1000", "9223372036854775808"] {
        let heard = trusting().hear(&request(1, &meta(large), PACKAGE_1));
        assert_eq!(codes(&heard.message), [200, 200, 200]);
    }
}

#[test]
fn s27_no_message_is_larger_than_what_the_device_takes() {
    let meta = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1500</MaxMsgSize></Meta>";
    let mut desk = trusting();
    let big = NewItem {
        uri: "./A".to_owned(),
        data: text(&"x".repeat(1500)),
        format: None,
        mime: None,
    };
    let small = NewItem {
        data: text("y"),
        ..big.clone()
    };
    // Only what comes last can be told in chunks.
    let items = vec![big, small];
    desk.server.push(NewCommand::Replace(items)).unwrap();
    for _ in 0..20 {
        desk.server.push(get("./A")).unwrap();
    }
    let mut answered = 0;
    let mut too_large = 0;
    let mut body = PACKAGE_1.to_owned();
    for msg_id in 1..20 {
        let heard = desk.hear(&request(msg_id, if msg_id == 1 { meta } else { "" }, &body));
        assert!(heard.out.body.len() <= 1500);
        answered += heard
            .events
            .iter()
            .filter(|event| {
                matches!(
                    event,
                    ServerEvent::Status {
                        code: StatusCode::OK,
                        ..
                    }
                )
            })
            .count();
        too_large += heard.out.too_large.len();
        if heard.out.done {
            break;
        }
        body = heard
            .message
            .commands
            .iter()
            .filter(|command| command.name() == "Get")
            .map(|command| status(msg_id, command.cmd_id().unwrap().parse().unwrap(), 200))
            .collect();
    }
    assert_eq!((answered, too_large), (20, 1));
}

#[test]
fn s29_a_session_has_an_end() {
    let limits = Limits {
        messages: 5,
        ..Limits::DEFAULT
    };
    let mut desk = Desk::new(
        &Party::Transport,
        &Party::Transport,
        config(Binding::Transport, limits.clone()),
    );
    let mut replies = 0;
    for msg_id in 1..100 {
        desk.server.push(get("./A")).unwrap();
        let heard = desk.hear(&request(msg_id, "", PACKAGE_1));
        replies += 1;
        if heard.out.done {
            assert_eq!(others(&heard.message), ["1223"]);
            break;
        }
    }
    assert!((5..7).contains(&replies), "{replies}");

    let mut device = Device::new(&Setup {
        limits,
        ..Setup::default()
    });
    let get = "<Get><CmdID>1</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
    let mut sent = Vec::new();
    for msg_id in 1..100 {
        let Some(out) = device.next() else { break };
        sent.push(crate::pair::decode(&out.body));
        if out.done {
            break;
        }
        device.hear(&reply(msg_id, "", get));
    }
    assert!((5..8).contains(&sent.len()), "{}", sent.len());
    assert_eq!(others(sent.last().unwrap()), ["Results", "1223"]);
}

#[test]
fn x45_x47_x48_commands_that_are_none() {
    let item = "<Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item>";
    let unknown = "<Foo><CmdID>7</CmdID></Foo>";
    let body = format!(
        "<Get>{item}</Get><Get><CmdID>0</CmdID>{item}</Get><Get><CmdID></CmdID>{item}</Get><Get><CmdID>x</CmdID>{item}</Get>\
        <Delete><CmdID>5</CmdID>{item}</Delete><Delete><CmdID>5</CmdID>{item}</Delete>{unknown}\
        <Sequence><CmdID>8</CmdID><Bar/><Get><CmdID>5</CmdID>{item}</Get></Sequence>"
    );
    let mut device = Device::new(&Setup::default());
    device.say();
    device.hear(&reply(1, "", &body));
    assert_eq!(
        statuses(&device.say()),
        [
            "1/0 SyncHdr 200",
            "1/ Get 400",
            "1/ Get 400",
            "1/ Get 400",
            "1/ Get 400",
            "1/5 Delete 200 ./DevInfo/Man",
            "1/ Delete 400",
            "1/7 Foo 400",
            "1/8 Sequence 200",
            "1/ Bar 400",
            "1/ Get 400",
        ]
    );
    let replace = "<Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>second</Data></Item></Replace>";
    let body = format!(
        "{PACKAGE_1}{replace}<Foo/><Alert><Data>1224</Data><Item><Data>x</Data></Item></Alert>"
    );
    let heard = trusting().hear(&request(1, "", &body));
    assert_eq!(codes(&heard.message), [200, 200, 200, 400, 400, 400]);
    assert_eq!(statuses(&heard.message)[3], "1/ Replace 400");
    assert!(
        matches!(&heard.events[1], ServerEvent::Started { dev_info, .. } if dev_info["Man"] == "Factory")
    );
    assert_eq!(heard.events.len(), 2);
}

#[test]
fn v9_a_client_of_1_1_may_send_a_generic_alert() {
    let alert = "<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Meta><Type>t</Type><Format>chr</Format></Meta><Data>d</Data></Item></Alert>";
    let heard = trusting().hear(&Letter {
        ver_dtd: "1.1",
        ver_proto: "DM/1.1",
        ..request(1, "", &format!("{PACKAGE_1}{alert}"))
    });
    assert_eq!(codes(&heard.message), [200, 200, 200, 415]);
    assert_eq!(chal(&heard.message), None);
}

#[test]
fn w1_package_1_of_a_windows_device() {
    let config = ServerConfig {
        url: "https://m.example/ManagementServer/MDM.svc".to_owned(),
        ..config(Binding::Transport, Limits::DEFAULT)
    };
    let mut desk = Desk::new(&Party::Transport, &Party::Transport, config);
    let item = |name: &str, value: &str| {
        format!(
            "<Item><Source><LocURI>./DevInfo/{name}</LocURI></Source><Data>{value}</Data></Item>"
        )
    };
    let dev_info = [
        item("Man", "Contoso"),
        item("DmV", "1.3"),
        item("Lang", "en-US"),
    ]
    .concat();
    let body = format!(
        "<Alert><CmdID>2</CmdID><Data>1201</Data></Alert>\
        <Alert><CmdID>3</CmdID><Data>1224</Data><Item><Meta><Type xmlns=\"syncml:metinf\">com.microsoft/MDM/LoginStatus</Type></Meta><Data>user</Data></Item></Alert>\
        <Replace><CmdID>4</CmdID>{dev_info}</Replace>"
    );
    let heard = desk.hear(&Letter {
        target: "https://m.example/ManagementServer/MDM.svc?mode=Maintenance&amp;Platform=WoA",
        ..request(
            1,
            "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">524288</MaxMsgSize></Meta>",
            &body,
        )
    });
    assert_eq!(
        statuses(&heard.message),
        [
            "1/0 SyncHdr 200",
            "1/2 Alert 200",
            "1/3 Alert 200",
            "1/4 Replace 200"
        ]
    );
    assert!(heard.events.iter().any(|event| matches!(event,
        ServerEvent::Alert { alert_type: Some(kind), .. } if kind == "com.microsoft/MDM/LoginStatus")));
    assert!(
        heard
            .message
            .header
            .source
            .uri
            .ends_with("?mode=Maintenance&Platform=WoA")
    );
}
