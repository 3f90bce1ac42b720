//! What the specifications demand of single parts of messages, and no other test looks at (DM protocol, chapters 6 and 7).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Alert, Location, Meta};
use omadm::tree::Acl;
use omadm::{
    AccountState, AlertCode, Binding, ClientAlert, ClientConfig, ClientEvent, ClientSession, Code,
    Command, Data, Encoding, Env, Format, Item, Limits, Message, NewCommand, Node, Party, Received,
    Scheme, ServerConfig, ServerEvent, ServerSession, Trigger, Version,
};

use crate::alerts::{TYPE, generic};
use crate::commands::{get, item};
use crate::pair::{Host, Run, Setup, account, bruce, decode, entropy, leaf};
use crate::peer::{Desk, Device, NEXT, PACKAGE_1, config, of_header, reply, request};
use crate::say::{codes, others, values};

const MARKS: [&str; 7] = [
    "fatal",
    "critical",
    "minor",
    "warning",
    "informational",
    "harmless",
    "indeterminate",
];

fn alerts(message: &Message, code: u32) -> Vec<&Alert> {
    message
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Alert(alert) if alert.code == Some(AlertCode(code)) => Some(alert),
            _ => None,
        })
        .collect()
}

fn copy(from: &str, to: &str) -> NewCommand {
    NewCommand::Copy {
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

/// In both encodings.
fn in_both(setup: &Setup) -> [Run; 2] {
    [Encoding::Xml, Encoding::Wbxml].map(|encoding| {
        setup.run_at(Host {
            encoding,
            rests: true,
            repeats: true,
        })
    })
}

#[test]
fn only_a_copy_needs_a_source_and_has_it_in_every_package() {
    for version in [Version::V1_2, Version::V1_3] {
        let setup = Setup {
            version,
            commands: vec![
                (1, copy("./DevInfo/Man", "./A")),
                (2, NewCommand::Sequence(vec![copy("./DevInfo/Mod", "./B")])),
                (2, NewCommand::Add(vec![item("./C", "c")])),
                (3, NewCommand::Atomic(vec![copy("./DevInfo/Lang", "./D")])),
                (3, get(&["./D"])),
            ],
            ..Setup::default()
        };
        for run in in_both(&setup) {
            let mut places = Vec::new();
            for message in run.messages.iter().skip(1).step_by(2) {
                let mut waiting: Vec<&Command> = message.commands.iter().rev().collect();
                while let Some(command) = waiting.pop() {
                    let items = match command {
                        Command::Sequence(group) | Command::Atomic(group) => {
                            waiting.extend(group.commands.iter().rev());
                            continue;
                        }
                        Command::Copy(of) | Command::Add(of) | Command::Get(of) => &of.items,
                        _ => continue,
                    };
                    for item in items {
                        let uri = |place: &Option<Location>| {
                            place.as_ref().map_or("-", |place| &place.uri).to_owned()
                        };
                        places.push([uri(&item.source), uri(&item.target)].join(" "));
                    }
                }
            }
            assert_eq!(
                places,
                [
                    "./DevInfo/Man ./A",
                    "./DevInfo/Mod ./B",
                    "- ./C",
                    "./DevInfo/Lang ./D",
                    "- ./D"
                ]
            );
        }
    }
}

#[test]
fn requested_objects_are_items_of_alerts_1229() {
    const MOID: &str = "urn:oma:mo:x:1.0";
    let mut setup = Setup {
        trigger: Trigger::Server {
            session_id: 7,
            requested: vec![MOID.to_owned()],
        },
        ..Setup::default()
    };
    for name in ["A", "B", "C"] {
        let acl = if name == "B" { "Get=other.example" } else { "" };
        let root = Node::interior(Some(MOID.to_owned())).with_acl(Acl::parse(acl).unwrap());
        setup.tree.set(&format!("./{name}"), root).unwrap();
        setup.tree.set(&format!("./{name}/V"), leaf(name)).unwrap();
    }
    for run in in_both(&setup) {
        let first = &run.messages[0];
        assert_eq!(others(first), ["1200", "Replace", "1229", "1229"]);
        let Command::Replace(dev_info) = &first.commands[1] else {
            panic!("no DevInfo")
        };
        for item in &dev_info.items {
            assert!(item.source.as_ref().unwrap().uri.starts_with("./DevInfo/"));
        }
        for ((alert, name), cmd_id) in alerts(first, 1229).iter().zip(["A", "C"]).zip(["3", "4"]) {
            let data = alert.items[0].data.clone();
            let of_tree = Item {
                source: Some(Location::of(format!("./{name}"))),
                meta: Some(Meta::of("xml", "application/vnd.syncml.dmtnds+xml")),
                data: data.clone(),
                ..Item::default()
            };
            assert_eq!(
                **alert,
                Alert {
                    cmd_id: Some(cmd_id.to_owned()),
                    code: Some(AlertCode(1229)),
                    items: vec![of_tree],
                    ..Alert::default()
                }
            );
            let Some(Data::Markup(markup)) = data else {
                panic!("{data:?}")
            };
            assert!(
                markup.starts_with("<MgmtTree xmlns=\"syncml:dmddf1.2\">"),
                "{markup}"
            );
            assert!(markup.contains(&format!("<NodeName>{name}</NodeName>")));
            assert!(markup.contains(&format!("<Value>{name}</Value>")));
        }
    }
}

#[test]
fn a_change_of_the_tree_is_told_by_places_and_nothing_else() {
    let mut setup = Setup {
        tree_alerts: true,
        ..Setup::default()
    };
    setup.device_state.tree_revision = Some(setup.tree.revision());
    setup.tree.set("./A/B", leaf("b")).unwrap();
    setup.tree.set("./DevInfo/Lang", leaf("de")).unwrap();
    for run in in_both(&setup) {
        let place = |uri: &str| Item {
            source: Some(Location::of(uri)),
            ..Item::default()
        };
        let told = Alert {
            cmd_id: Some("3".to_owned()),
            code: Some(AlertCode(1228)),
            items: vec![place("./A"), place("./A/B"), place("./DevInfo/Lang")],
            ..Alert::default()
        };
        assert_eq!(alerts(&run.messages[0], 1228), [&told]);
        assert!(alerts(&run.messages[0], 1227).is_empty());
    }
}

#[test]
fn a_generic_alert_is_made_as_section_6_7_1_says() {
    let whole = ClientAlert {
        format: Some(Format::Int),
        mark: Some("minor".to_owned()),
        source: Some("./DevInfo".to_owned()),
        correlator: Some("c".to_owned()),
        ..generic("7")
    };
    let setup = Setup {
        alerts: vec![(1, whole), (1, generic("text")), (1, generic(""))],
        ..Setup::default()
    };
    for run in in_both(&setup) {
        let made = |id: &str, format: &str, data: &str| Alert {
            cmd_id: Some(id.to_owned()),
            code: Some(AlertCode(1226)),
            items: vec![Item {
                meta: Some(Meta::of(format, TYPE)),
                data: Some(Data::Text(data.to_owned())),
                ..Item::default()
            }],
            ..Alert::default()
        };
        let mut whole = made("3", "int", "7");
        whole.correlator = Some("c".to_owned());
        whole.items[0].source = Some(Location::of("./DevInfo"));
        whole.items[0].meta.as_mut().unwrap().mark = Some("minor".to_owned());
        let expected = [whole, made("4", "chr", "text"), made("5", "chr", "")];
        assert_eq!(
            alerts(&run.messages[0], 1226),
            expected.iter().collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_generic_alert_has_the_type_that_the_host_gives_it() {
    for version in [Version::V1_2, Version::V1_3] {
        for kind in [
            "urn:oma:at:dcmo:1.0:operationcomplete",
            "Reversed-Domain-Name: org.openmobilealliance.dm.samplealert",
            "Content-Type: application/samplealert",
            "org.openmobilealliance.dm.firmwareupdate.userrequest",
        ] {
            let mut setup = Setup {
                version,
                ..Setup::default()
            };
            let alert = ClientAlert {
                alert_type: kind.to_owned(),
                ..generic("x")
            };
            setup.alerts = vec![(1, alert)];
            let run = setup.run();
            let alert = run
                .messages
                .iter()
                .find_map(|message| alerts(message, 1226).pop());
            let alert = alert.unwrap();
            let meta = alert.items[0].meta.as_ref().unwrap();
            assert_eq!(meta.mime.as_deref(), Some(kind));
        }
    }
    for kind in ["", " "] {
        let alert = ClientAlert {
            alert_type: kind.to_owned(),
            ..generic("x")
        };
        let error = Setup::default().device().raise(alert).unwrap_err();
        assert_eq!(error.code(), Code::Arg);
    }
}

#[test]
fn the_data_of_an_alert_are_in_the_format_that_it_says() {
    let text = |text: &str| Data::Text(text.to_owned());
    for (format, data, said) in [
        (None, text("x"), Some("chr")),
        (
            None,
            Data::Markup("<a xmlns=\"\"/>".to_owned()),
            Some("xml"),
        ),
        (Some(Format::Int), text("-7"), Some("int")),
        (Some(Format::Int), text("seven"), None),
        (Some(Format::Int), text(""), None),
        (Some(Format::Int), Data::Octets(vec![7]), None),
        (Some(Format::Bool), text("true"), Some("bool")),
        (Some(Format::Bool), text("yes"), None),
        (Some(Format::Bin), text("x"), None),
        (Some(Format::Xml), text("x"), Some("xml")),
        (Some(Format::B64), text("AA=="), Some("b64")),
        (Some(Format::B64), text("?"), None),
        (Some(Format::Null), text(""), Some("null")),
        (Some(Format::Null), text("x"), None),
        (Some(Format::Node), text("A/B"), None),
    ] {
        let alert = ClientAlert {
            format,
            data: data.clone(),
            ..generic("")
        };
        let Some(said) = said else {
            for code in [AlertCode::GENERIC_ALERT, AlertCode::CLIENT_EVENT] {
                let alert = ClientAlert {
                    code,
                    ..alert.clone()
                };
                let error = Setup::default().device().raise(alert).unwrap_err();
                assert_eq!(error.code(), Code::Arg, "{format:?} {data:?}");
            }
            continue;
        };
        let setup = Setup {
            alerts: vec![(1, alert)],
            ..Setup::default()
        };
        for run in in_both(&setup) {
            let item = &alerts(&run.messages[0], 1226)[0].items[0];
            assert_eq!(item.meta, Some(Meta::of(said, TYPE)));
            assert_eq!(item.data, Some(data.clone()));
        }
    }
}

#[test]
fn every_mark_is_one_of_seven_at_both_ends() {
    for (mark, is_one) in MARKS
        .map(|mark| (mark, true))
        .into_iter()
        .chain(["loud", "Fatal", "", "minor,fatal"].map(|mark| (mark, false)))
    {
        let alert = ClientAlert {
            mark: Some(mark.to_owned()),
            ..generic("x")
        };
        let raised = Setup::default().device().raise(alert.clone());
        assert_eq!(
            raised.map_err(|error| error.code()),
            is_one.then_some(0).ok_or(Code::Arg)
        );
        let setup = Setup {
            alerts: vec![(1, alert)],
            alert_types: vec![TYPE.to_owned()],
            ..Setup::default()
        };
        if is_one {
            let run = setup.run();
            let meta = alerts(&run.messages[0], 1226)[0].items[0].meta.clone();
            assert_eq!(meta.unwrap().mark.as_deref(), Some(mark));
        }
        let mut desk = Desk::new(&Party::Transport, &Party::Transport, setup.server_config());
        let body = format!(
            "{PACKAGE_1}<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Meta><Type xmlns=\"syncml:metinf\">{TYPE}</Type>\
            <Format xmlns=\"syncml:metinf\">chr</Format><Mark xmlns=\"syncml:metinf\">{mark}</Mark></Meta><Data>x</Data></Item></Alert>"
        );
        let heard = desk.hear(&request(1, "", &body));
        assert_eq!(
            codes(&heard.message)[3],
            if is_one { 200 } else { 412 },
            "{mark}"
        );
    }
}

#[test]
fn a_generic_alert_is_answered_by_a_code_of_section_6_7() {
    const ALLOWED: [u16; 8] = [200, 202, 401, 406, 407, 412, 415, 500];
    let whole = format!(
        "<Alert><CmdID>5</CmdID><Data>1226</Data><Item><Meta><Type xmlns=\"syncml:metinf\">{TYPE}</Type>\
        <Format xmlns=\"syncml:metinf\">chr</Format></Meta><Data>x</Data></Item></Alert>"
    );
    // Whatever the host says.
    let setup = Setup {
        alert_types: vec![TYPE.to_owned()],
        ..Setup::default()
    };
    let of_host: Vec<u16> = [0, 199, 304]
        .into_iter()
        .chain(200..220)
        .chain(400..426)
        .chain(500..518)
        .chain([599, 600, 65_535])
        .filter(|verdict| {
            let mut desk = Desk::new(&Party::Transport, &Party::Transport, setup.server_config());
            let body = request(1, "", &format!("{PACKAGE_1}{whole}")).write();
            let events = desk.receive(&body, None).unwrap();
            let id = events.iter().find_map(|event| match event {
                ServerEvent::Alert { id, .. } => Some(*id),
                _ => None,
            });
            let said = desk.server.answer(id.unwrap(), *verdict).is_ok();
            let code = codes(&decode(&desk.respond().body))[3];
            assert_eq!(code, if said { *verdict } else { 200 });
            said
        })
        .collect();
    assert_eq!(of_host, ALLOWED);
    // Whatever is wrong with it, and whoever sends it.
    for (from, to) in [
        ("", ""),
        (TYPE, "urn:oma:at:y:1.0:event"),
        (TYPE, ""),
        (">chr<", ">text<"),
        (">chr<", ">int<"),
        ("<Data>x</Data>", ""),
        ("<Meta>", "<Meta><Mark xmlns=\"syncml:metinf\">x</Mark>"),
        ("<Item>", "<Item/><Item>"),
        ("<Item>", "<Source><LocURI>?</LocURI></Source><Item>"),
        ("<Item>", "<Item><Source><LocURI>/</LocURI></Source>"),
    ] {
        for (client, allowed) in [
            (Party::Transport, &ALLOWED[..]),
            (bruce(&[Scheme::Basic]), &[407]),
        ] {
            for version in ["DM/1.2", "DM/1.3"] {
                let config = ServerConfig {
                    alert_types: vec![TYPE.to_owned()],
                    ..config(Binding::RespUri, Limits::DEFAULT)
                };
                let mut desk = Desk::new(&client, &Party::Transport, config);
                let body = format!("{PACKAGE_1}{}", whole.replace(from, to));
                let heard = desk.hear(&crate::peer::Letter {
                    ver_proto: version,
                    ..request(1, "", &body)
                });
                let code = codes(&heard.message)[3];
                assert!(allowed.contains(&code), "{code} {body}");
            }
        }
    }
}

#[test]
fn l24_an_alert_that_no_message_can_hold_is_sent_in_chunks() {
    let list =
        "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo</LocURI></Target></Item></Get>";
    let takes = "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">1000</MaxMsgSize></Meta>";
    // How long the message is that holds an alert of so many octets.
    let sent = |octets: usize| {
        let mut device = Device::new(&Setup::default());
        device.say();
        device.hear(&reply(1, takes, list));
        let number = device.client.raise(generic(&"x".repeat(octets))).unwrap();
        let (mut length, mut whole) = (None, 0);
        let mut events = Vec::new();
        for msg_id in 2..30 {
            let Some(out) = device.next() else { break };
            assert!(out.body.len() <= 1000);
            let message = decode(&out.body);
            for alert in alerts(&message, 1226) {
                let data = alert.items[0].data.as_ref();
                length = Some(out.body.len()).filter(|_| data.map(Data::len) == Some(octets));
                whole += data.map_or(0, Data::len);
            }
            let next = if message.is_final { "" } else { NEXT };
            let body = format!("{}{next}", of_header(msg_id, 200, ""));
            events.extend(device.hear(&reply(msg_id, "", &body)));
        }
        assert!(events.contains(&ClientEvent::Unanswered { alert: number }));
        assert_eq!(whole, octets);
        length
    };
    let (mut fitting, mut above) = (0, 1000);
    while above - fitting > 1 {
        let between = (fitting + above) / 2;
        match sent(between) {
            Some(_) => fitting = between,
            None => above = between,
        }
    }
    assert_eq!(sent(fitting), Some(1000));
    assert!(
        [above, above + 1, 2000]
            .iter()
            .all(|octets| sent(*octets).is_none())
    );
}

/// A session with packages of several messages, of either side: requests and replies.
fn long(version: Version, encoding: Encoding) -> [Vec<Message>; 2] {
    let mut setup = Setup {
        version,
        ..Setup::default()
    };
    for node in 0..21 {
        let value = leaf(&"v".repeat(200));
        setup.tree.set(&format!("./Dir/N{node}"), value).unwrap();
    }
    let config = ClientConfig {
        max_msg_size: Some(1000),
        ..setup.client_config_in(encoding)
    };
    let env = entropy(0);
    let env = Env::new(0, &env).unwrap();
    let mut client = ClientSession::new(config, Trigger::Client, &env);
    let event = ClientAlert {
        code: AlertCode::CLIENT_EVENT,
        ..generic("x")
    };
    for _ in 0..80 {
        client.raise(event.clone()).unwrap();
    }
    let mut server = ServerSession::new(ServerConfig {
        max_msg_size: Some(1000),
        ..setup.server_config()
    });
    server.push(get(&["./Dir?list=StructData"])).unwrap();
    let account = account(&setup.client, &setup.server, AccountState::default());
    let mut tree = setup.tree.clone();
    let mut said = [Vec::new(), Vec::new()];
    while let Some(out) = client.send(&tree, &env).unwrap() {
        said[0].push(decode(&out.body));
        let received = Received::body(&out.body);
        server.receive(&received, Some(&account)).unwrap();
        let out = server.respond(&env).unwrap();
        said[1].push(decode(&out.body));
        client
            .receive(&mut tree, &Received::body(&out.body))
            .unwrap();
    }
    said
}

#[test]
fn final_is_in_the_last_message_of_a_package_and_in_no_other() {
    for version in [Version::V1_2, Version::V1_3] {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let [requests, replies] = long(version, encoding);
            let (mut found, mut answered, mut asked) = (0, 0, None);
            let last = requests.len() - 1;
            for (at, (request, reply)) in requests.iter().zip(&replies).enumerate() {
                found += values(request).len();
                for command in &reply.commands {
                    match command {
                        Command::Status(status) if !status.is_of_header() => {
                            answered += usize::from(status.msg_ref.as_deref() == Some("1"));
                        }
                        Command::Get(_) => asked = Some(at),
                        _ => {}
                    }
                }
                // Package 1 is one message, since the device knows of no bound; package 3 is all that is behind package 2.
                assert_eq!(request.is_final, at == 0 || at == last, "{at}");
                // Package 2 ends with the Get, package 4 is one message.
                let is_last = asked == Some(at) || at == last;
                assert_eq!(reply.is_final, is_last, "{at}");
                assert!(asked.is_none() || answered == 82, "{at}");
                assert!(at < last || found == 22);
            }
            let asked = asked.unwrap();
            assert!(asked > 1 && last - asked > 4, "{asked} {last}");
        }
    }
}
