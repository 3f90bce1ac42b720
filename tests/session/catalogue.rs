//! The rows P, X and W of the catalogue that only a session can answer, in both encodings.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Binding, ClientEvent, Code, Command, Encoding, Interaction, Limits, Message, Party, Scheme,
    ServerEvent,
};

use crate::pair::{Setup, bruce, decode};
use crate::peer::{
    BASIC, Desk, Device, Letter, PACKAGE_1, config, cred, of_header, reply, request, trusting,
};
use crate::say::{codes, others, statuses};

/// The letter in both encodings.
fn both(letter: &Letter<'_>) -> [Vec<u8>; 2] {
    let written = letter.write();
    let message = decode(&written);
    [written, message.encode(Encoding::Wbxml, false).unwrap()]
}

/// What a device that has said its first words answers to this body.
fn answers(letter: &Letter<'_>) -> Vec<String> {
    let [xml, wbxml] = both(letter).map(|body| {
        let mut device = Device::new(&Setup::default());
        device.say();
        device.try_hear(&body).unwrap();
        statuses(&device.say())
    });
    assert_eq!(xml, wbxml);
    xml
}

const MAN: &str = "<Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item>";

#[test]
fn p05_a_status_in_any_order_is_heard_and_ours_are_complete() {
    let status = |parts: [&str; 4]| format!("<Status>{}<Data>200</Data></Status>", parts.concat());
    let [id, msg_ref, cmd_ref, cmd] = [
        "<CmdID>9</CmdID>",
        "<MsgRef>1</MsgRef>",
        "<CmdRef>4</CmdRef>",
        "<Cmd>Get</Cmd>",
    ];
    for parts in [
        [id, msg_ref, cmd_ref, cmd],
        [msg_ref, cmd_ref, cmd, id],
        [cmd, cmd_ref, "", msg_ref],
    ] {
        for body in both(&request(2, "", &status(parts))) {
            let mut desk = crate::peer::asked();
            let heard = desk.hear_at(&body, None);
            assert!(
                matches!(&heard.events[..], [ServerEvent::Status { code, .. }, ..] if code.0 == 200),
                "{:?}",
                heard.events
            );
        }
    }
    // Without a CmdRef it is that of the header.
    for body in both(&reply(
        1,
        "",
        &of_header(1, 200, "").replace("<CmdRef>0</CmdRef>", ""),
    )) {
        let mut device = Device::new(&Setup::default());
        device.say();
        assert_eq!(device.try_hear(&body).unwrap(), [ClientEvent::Finished]);
    }
    let mut device = Device::new(&Setup::default());
    device.say();
    device.hear(&reply(1, "", &format!("<Get><CmdID>3</CmdID>{MAN}</Get>")));
    let body = String::from_utf8(device.next().unwrap().body).unwrap();
    let mut count = 0;
    for status in body.split("<Status>").skip(1) {
        let places = ["<CmdID>", "<MsgRef>", "<CmdRef>", "<Cmd>", "<Data>"]
            .map(|name| status.find(name).unwrap());
        assert!(places.is_sorted(), "{status}");
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn p10_the_session_id_comes_back_as_it_was_given() {
    for session in [
        "0",
        "1",
        "FFFF",
        "ab",
        "65535",
        "00",
        "Ab-c_d",
        &"9".repeat(32),
    ] {
        for body in both(&Letter {
            session,
            ..request(1, "", PACKAGE_1)
        }) {
            let mut desk = trusting();
            let heard = desk.hear_at(&body, None);
            assert_eq!(heard.message.header.session_id, session);
            assert_eq!(codes(&heard.message)[0], 200);
        }
        // Compared verbatim: none of these is the same session.
        let mut desk = trusting();
        desk.hear(&Letter {
            session,
            is_final: false,
            ..request(1, "", PACKAGE_1)
        });
        for other in [format!("0{session}"), session.to_lowercase() + "x"] {
            let other = Letter {
                session: &other[..other.len().min(32)],
                ..request(2, "", "")
            };
            if other.session != session {
                assert_eq!(desk.refuse(&other.write()).code(), Code::State);
            }
        }
    }
}

#[test]
fn p11_a_device_of_an_older_version_is_answered_in_its_own() {
    for (ver_dtd, ver_proto) in [("1.1", "DM/1.1"), ("1.2", "DM/1.2"), ("1.2", "DM/1.3")] {
        for body in both(&Letter {
            ver_dtd,
            ver_proto,
            ..request(1, "", PACKAGE_1)
        }) {
            let header = trusting().hear_at(&body, None).message.header;
            assert_eq!(
                (header.ver_dtd.as_str(), header.ver_proto.as_str()),
                (ver_dtd, ver_proto)
            );
        }
    }
}

#[test]
fn p19_p20_an_alert_with_an_empty_item_and_unknown_options() {
    for first in [
        "<Item></Item>",
        "<Item/>",
        "<Item><Data/></Item>",
        "<Item><Data>FOO=1&amp;MINDT=10&amp;=&amp;BAR</Data></Item>",
    ] {
        let alert = format!(
            "<Alert><CmdID>2</CmdID><Data>1101</Data>{first}<Item><Data>Go on?</Data></Item></Alert>"
        );
        for body in both(&reply(1, "", &alert)) {
            let mut device = Device::new(&Setup::default());
            device.say();
            let events = device.try_hear(&body).unwrap();
            let [ClientEvent::Interaction { command, .. }] = &events[..] else {
                panic!("{events:?}")
            };
            assert_eq!(command.interaction, Interaction::Confirm);
            assert_eq!(command.text, "Go on?");
            assert_eq!(
                command.options.min_display,
                first.contains("MINDT").then_some(10)
            );
        }
    }
}

#[test]
fn p21_nothing_but_status_and_final_ends_the_session() {
    for body in both(&reply(1, "", &of_header(1, 200, ""))) {
        let mut device = Device::new(&Setup::default());
        device.say();
        assert_eq!(device.try_hear(&body).unwrap(), [ClientEvent::Finished]);
        assert_eq!(device.next(), None);
    }
}

#[test]
fn x40_of_another_version_the_header_is_answered_505() {
    let written = String::from_utf8(request(1, "", PACKAGE_1).write()).unwrap();
    let wbxml = decode(written.as_bytes())
        .encode(Encoding::Wbxml, false)
        .unwrap();
    let of = |ns: &str| written.replace("SYNCML:SYNCML1.2", ns).into_bytes();
    let mut bodies = vec![
        of("SYNCML:SYNCML1.9"),
        of("SYNCML:SYNCML2.0"),
        of("syncml:syncml1.2"),
        of("urn:x"),
    ];
    // The root names its namespace by the one attribute that may stand there.
    let (head, body) = wbxml.split_at(5);
    assert_eq!((head, body[0]), (&b"\x02\xa4\x01\x6a\x00"[..], 0x6d));
    bodies.push([head, b"\xed\x04\x00\x03SYNCML:SYNCML1.9\0\x01", &body[1..]].concat());
    bodies.extend(both(&Letter {
        ver_dtd: "1.9",
        ..request(1, "", PACKAGE_1)
    }));
    for body in bodies {
        let heard = trusting().hear_at(&body, None);
        assert_eq!(
            statuses(&heard.message),
            ["1/0 SyncHdr 505"],
            "{}",
            String::from_utf8_lossy(&body)
        );
        assert!(
            !heard
                .events
                .iter()
                .any(|event| matches!(event, ServerEvent::Started { .. }))
        );
        assert_eq!(
            Encoding::detect(None, &heard.out.body),
            Encoding::detect(None, &body)
        );
    }
}

#[test]
fn x45_w19_unknown_elements_are_answered_400() {
    let body = "<Foo><CmdID>7</CmdID></Foo><Bar/><Sequence><CmdID>8</CmdID><Baz><CmdID>9</CmdID></Baz></Sequence>";
    assert_eq!(
        answers(&reply(1, "", body)),
        [
            "1/0 SyncHdr 200",
            "1/7 Foo 400",
            "1/ Bar 400",
            "1/8 Sequence 200",
            "1/9 Baz 400"
        ]
    );
}

#[test]
fn x47_commands_without_a_number() {
    for id in [
        "",
        "<CmdID>0</CmdID>",
        "<CmdID/>",
        "<CmdID>x</CmdID>",
        "<CmdID>1.5</CmdID>",
        "<CmdID>-1</CmdID>",
        "<CmdID>+1</CmdID>",
        "<CmdID>\u{661}</CmdID>",
    ] {
        for (name, inside) in [
            ("Get", MAN),
            ("Delete", MAN),
            ("Replace", MAN),
            ("Add", MAN),
            ("Exec", MAN),
        ] {
            let said = answers(&reply(1, "", &format!("<{name}>{id}{inside}</{name}>")));
            assert_eq!(
                said,
                ["1/0 SyncHdr 200".to_owned(), format!("1/ {name} 400")],
                "{id}"
            );
        }
    }
}

#[test]
fn x48_of_two_commands_with_one_number_the_first_runs() {
    let set = |value: &str| {
        format!(
            "<Replace><CmdID>5</CmdID>{}</Replace>",
            MAN.replace("</Target>", &format!("</Target><Data>{value}</Data>"))
        )
    };
    for (body, said) in [
        (
            format!("{}{}", set("one"), set("two")),
            ["1/5 Replace 200 ./DevInfo/Man", "1/ Replace 400"],
        ),
        (
            format!("{}<Get><CmdID>5</CmdID>{MAN}</Get>", set("one")),
            ["1/5 Replace 200 ./DevInfo/Man", "1/ Get 400"],
        ),
    ] {
        for body in both(&reply(1, "", &body)) {
            let mut device = Device::new(&Setup::default());
            device.say();
            device.try_hear(&body).unwrap();
            assert_eq!(statuses(&device.say())[1..], said);
            let found = device.tree.find("./DevInfo/Man").unwrap();
            let Some(omadm::tree::Found::Leaf(node)) = found else {
                panic!("{found:?}");
            };
            assert_eq!(node.data(), crate::pair::leaf("one").data());
        }
    }
}

#[test]
fn x54_credentials_that_are_no_base64_are_wrong_like_any_others() {
    let desk = || {
        Desk::new(
            &bruce(&[Scheme::Basic]),
            &Party::Transport,
            config(Binding::Transport, Limits::DEFAULT),
        )
    };
    let heard = |cred: &str| -> Vec<Message> {
        let bodies = both(&request(1, cred, PACKAGE_1));
        bodies
            .iter()
            .map(|body| desk().hear_at(body, None).message)
            .collect()
    };
    assert_eq!(codes(&heard(&cred("basic", BASIC))[0])[0], 212);
    let wrong = heard(&cred("basic", "QnJ1Y2UyOndyb25n"));
    assert_eq!(codes(&wrong[0])[0], 401);
    for data in [
        "",
        "*",
        "QnJ1Y2UyOk9oQmVoYXZ",
        "QnJ1Y2UyOk9oQmVoYXZl=",
        "QnJ1Y2UyOk9oQmVoYXZlQQ",
        "_-_-",
        "QQAA",
        "AAAA",
        "QnJ1Y2UyAE9oQmVoYXZl",
        "\u{e9}\u{e9}",
    ] {
        assert_eq!(heard(&cred("basic", data)), wrong, "{data}");
    }
}

#[test]
fn x56_addresses_that_are_too_long_are_answered_414() {
    for uri in [
        format!("./{}", "a".repeat(1 << 19)),
        format!("./{}a", "a/".repeat(10_000)),
        format!("./{}", "a".repeat(1025)),
        format!("./{}a", "a/".repeat(64)),
    ] {
        let item = format!("<Item><Target><LocURI>{uri}</LocURI></Target><Data>x</Data></Item>");
        for name in ["Get", "Replace", "Add", "Delete"] {
            let command = format!("<{name}><CmdID>3</CmdID>{item}</{name}>");
            let letter = reply(1, "", &command);
            for body in both(&letter) {
                let mut device = Device::new(&Setup::default());
                device.say();
                let before = device.tree.clone();
                device.try_hear(&body).unwrap();
                let said = device.say();
                assert_eq!(codes(&said), [200, 414], "{name} {}", uri.len());
                assert!(others(&said).is_empty() && device.tree == before);
                let Command::Status(status) = &said.commands[1] else {
                    panic!("{said:?}")
                };
                assert_eq!(status.cmd_ref.as_deref(), Some("3"));
            }
        }
    }
}

#[test]
fn c14_rights_are_those_of_the_account_whatever_the_header_says() {
    let acl = |list: &str| omadm::tree::Acl::parse(list).unwrap();
    let mut setup = Setup::default();
    for (name, list) in [
        ("Ours", "Get=mgmt.example"),
        ("Theirs", "Get=other.example"),
    ] {
        let node = crate::pair::leaf(name).with_acl(acl(list));
        setup.tree.set(&format!("./{name}"), node).unwrap();
    }
    let get = |id: u32, name: &str| {
        format!(
            "<Get><CmdID>{id}</CmdID><Item><Target><LocURI>./{name}</LocURI></Target></Item></Get>"
        )
    };
    let body = get(3, "Ours") + &get(4, "Theirs");
    for source in [
        "https://mgmt.example/dm",
        "other.example",
        "https://other.example/dm",
    ] {
        for letter in both(&Letter {
            source,
            ..reply(1, "", &body)
        }) {
            let mut device = Device::new(&setup);
            device.say();
            // A device may have nothing to do with such a header at all.
            if device.try_hear(&letter).is_ok() {
                assert_eq!(codes(&device.say()), [200, 200, 425], "{source}");
            } else {
                assert_ne!(source, "https://mgmt.example/dm");
            }
        }
    }
}
