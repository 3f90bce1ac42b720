//! Chapter 12: one server for devices of three versions, one device for servers of two, and what neither speaks.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Form, PublicId};
use omadm::{
    AbortedBy, Binding, ClientEvent, Code, Command, Encoding, Env, Limits, Message, Party,
    Received, ServerEvent, ServerSession, StatusCode, Version,
};

use crate::pair::{DEVICE, Setup, account, decode, entropy, nonces};
use crate::peer::{
    Desk, Device, Letter, NEXT, PACKAGE_1, config, get, of_header, reply, request, trusting,
};
use crate::say::{codes, others, statuses, values};

/// What a server makes of package 1, with one Get queued: the codes, and the versions of the answer.
fn answered(body: &[u8]) -> (Vec<u16>, String, String) {
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    let heard = desk.hear_at(body, None);
    let written = String::from_utf8(heard.out.body).unwrap();
    let root = written.split_inclusive('>').next().unwrap().to_owned();
    let header = &heard.message.header;
    (
        codes(&heard.message),
        format!(
            "{} {} {:?}",
            header.ver_dtd,
            header.ver_proto,
            others(&heard.message)
        ),
        root,
    )
}

#[test]
fn v1_to_v7_the_first_message_decides_the_version() {
    let ok: &[u16] = &[200, 200, 200];
    for (id, xmlns, ver_dtd, ver_proto, answer, said) in [
        (
            "V-1",
            "SYNCML:SYNCML1.1",
            "1.1",
            "DM/1.1",
            ok,
            "1.1 DM/1.1 [\"Get\"]",
        ),
        (
            "V-2",
            "SYNCML:SYNCML1.2",
            "1.2",
            "DM/1.2",
            ok,
            "1.2 DM/1.2 [\"Get\"]",
        ),
        (
            "V-3",
            "SYNCML:SYNCML1.2",
            "1.2",
            " DM/1.3",
            ok,
            "1.2 DM/1.3 [\"Get\"]",
        ),
        (
            "V-4",
            "SYNCML:SYNCML1.2",
            "1.2",
            "DM/1.9",
            &[513],
            "1.2 DM/1.2 []",
        ),
        (
            "V-5",
            "SYNCML:SYNCML1.2",
            "1.9",
            "DM/1.2",
            &[505],
            "1.2 DM/1.2 []",
        ),
        (
            "V-6",
            "SYNCML:SYNCML1.2",
            "1.2",
            "SyncML/1.2",
            &[513],
            "1.2 DM/1.2 []",
        ),
        ("V-7", "", "1.2", "DM/1.2", ok, "1.2 DM/1.2 [\"Get\"]"),
        // Both are known, but do not belong together: each is answered as it is.
        (
            "1.1 with DM/1.2",
            "SYNCML:SYNCML1.1",
            "1.1",
            "DM/1.2",
            ok,
            "1.1 DM/1.2 [\"Get\"]",
        ),
        (
            "1.2 with DM/1.1",
            "SYNCML:SYNCML1.2",
            "1.2",
            "DM/1.1",
            ok,
            "1.2 DM/1.1 [\"Get\"]",
        ),
        // Windows takes a server's namespace 1.1 with VerDTD 1.2, and some devices write it.
        (
            "xmlns 1.1 with VerDTD 1.2",
            "SYNCML:SYNCML1.1",
            "1.2",
            "DM/1.2",
            ok,
            "1.2 DM/1.2 [\"Get\"]",
        ),
    ] {
        let letter = Letter {
            ver_dtd,
            ver_proto,
            ..request(1, "", PACKAGE_1)
        };
        let body = String::from_utf8(letter.write()).unwrap();
        let declared = if xmlns.is_empty() {
            String::new()
        } else {
            format!(" xmlns=\"{xmlns}\"")
        };
        let body = body.replacen(" xmlns=\"SYNCML:SYNCML1.2\"", &declared, 1);
        let (codes, versions, root) = answered(body.as_bytes());
        assert_eq!(codes, answer, "{id}");
        assert_eq!(versions, said, "{id}");
        let spoken = &versions[..3];
        assert_eq!(
            root,
            format!("<SyncML xmlns=\"SYNCML:SYNCML{spoken}\">"),
            "{id}"
        );
    }
}

/// Package 1 of some version in WBXML with some public identifier.
fn wbxml(ver_dtd: &str, ver_proto: &str, public_id: PublicId) -> Vec<u8> {
    let letter = Letter {
        ver_dtd,
        ver_proto,
        ..request(1, "", PACKAGE_1)
    };
    let Form::Wbxml(form) = Form::of_version(Encoding::Wbxml, ver_dtd) else {
        panic!("no WBXML")
    };
    let form = omadm::syncml::WbxmlForm { public_id, ..form };
    decode(&letter.write())
        .encode_as(&Form::Wbxml(form))
        .unwrap()
}

#[test]
fn v8_the_public_identifier_is_echoed_and_ver_dtd_decides() {
    for (ver_dtd, ver_proto, number) in [
        ("1.1", "DM/1.1", 0x0fd3),
        ("1.2", "DM/1.2", 0x1201),
        ("1.2", "DM/1.3", 0x1201),
        ("1.2", "DM/1.2", 0x0fd3),
        ("1.1", "DM/1.1", 0x1201),
    ] {
        let body = wbxml(ver_dtd, ver_proto, PublicId::Number(number));
        let heard = trusting().hear_at(&body, None);
        assert_eq!(codes(&heard.message), [200, 200, 200]);
        let (message, form) =
            Message::decode_with_form(&heard.out.body, Encoding::Wbxml, &Limits::DEFAULT).unwrap();
        assert_eq!(message.header.ver_dtd, ver_dtd);
        assert_eq!(message.header.ver_proto, ver_proto);
        let Form::Wbxml(form) = form else {
            panic!("no WBXML")
        };
        assert_eq!(form.public_id, PublicId::Number(number));
    }
}

#[test]
fn v9_an_alert_of_a_later_version_is_processed() {
    let generic = "<Alert><CmdID>3</CmdID><Data>1226</Data><Item><Meta><Type>urn:x</Type><Format>chr</Format></Meta><Data>d</Data></Item></Alert>";
    let body = [PACKAGE_1, generic].concat();
    for handled in [false, true] {
        let mut config = config(Binding::Transport, Limits::DEFAULT);
        config
            .alert_types
            .extend(handled.then(|| "urn:x".to_owned()));
        let mut desk = Desk::new(&Party::Transport, &Party::Transport, config);
        let heard = desk.hear(&Letter {
            ver_dtd: "1.1",
            ver_proto: "DM/1.1",
            ..request(1, "", &body)
        });
        assert_eq!(
            codes(&heard.message),
            [200, 200, 200, if handled { 200 } else { 415 }]
        );
    }
}

#[test]
fn one_server_manages_devices_of_three_versions_at_once() {
    let config = config(Binding::Transport, Limits::DEFAULT);
    let versions = [
        (Version::V1_1, "1.1", "DM/1.1"),
        (Version::V1_2, "1.2", "DM/1.2"),
        (Version::V1_3, "1.2", "DM/1.3"),
    ];
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        // All three have begun before the first goes on, and take turns.
        let mut sessions: Vec<_> = versions
            .iter()
            .map(|(version, ..)| {
                let setup = Setup {
                    version: *version,
                    ..Setup::default()
                };
                let client = setup.device_in(encoding);
                (
                    client,
                    setup.tree,
                    ServerSession::new(config.clone()),
                    Vec::new(),
                )
            })
            .collect();
        let account = account(&Party::Transport, &Party::Transport, nonces(None, None));
        for turn in 1..=2 {
            for (client, tree, server, seen) in &mut sessions {
                let bytes = entropy(turn);
                let env = Env::new(0, &bytes).unwrap();
                let request = client.send(tree, &env).unwrap().unwrap();
                let events = server
                    .receive(&Received::body(&request.body), Some(&account))
                    .unwrap();
                if turn == 1 {
                    server.push(get("./DevInfo/Mod")).unwrap();
                }
                let reply = server.respond(&env).unwrap();
                assert_eq!(reply.content_type, encoding.media_type());
                client.receive(tree, &Received::body(&reply.body)).unwrap();
                seen.push((request.body, reply.body, events));
            }
        }
        for ((client, tree, _, seen), (version, ver_dtd, ver_proto)) in
            sessions.iter_mut().zip(versions)
        {
            assert!(
                client
                    .send(tree, &Env::new(0, &entropy(9)).unwrap())
                    .unwrap()
                    .is_none()
            );
            for body in seen.iter().flat_map(|(request, reply, _)| [request, reply]) {
                let (message, form) =
                    Message::decode_with_form(body, encoding, &Limits::DEFAULT).unwrap();
                assert_eq!(message.header.ver_dtd, ver_dtd);
                assert_eq!(message.header.ver_proto, ver_proto);
                match form {
                    Form::Xml => {
                        let root = format!("<SyncML xmlns=\"SYNCML:SYNCML{ver_dtd}\">");
                        assert!(String::from_utf8_lossy(body).contains(&root));
                    }
                    Form::Wbxml(form) => {
                        let number = if ver_dtd == "1.1" { 0x0fd3 } else { 0x1201 };
                        assert_eq!(
                            (form.version, form.public_id),
                            (2, PublicId::Number(number))
                        );
                    }
                }
            }
            assert!(seen[0].2.iter().any(|event| matches!(event, ServerEvent::Started { version: told, .. } if *told == version)));
            assert_eq!(values(&decode(&seen[1].0)), ["./DevInfo/Mod=Phone"]);
        }
    }
}

#[test]
fn a_device_of_1_3_works_with_servers_of_1_2_and_1_3() {
    for (version, ver_proto, is_understood) in [
        (Version::V1_3, "DM/1.3", true),
        (Version::V1_3, "DM/1.2", true),
        (Version::V1_3, "DM/1.1", true),
        (Version::V1_2, "DM/1.3", false),
        (Version::V1_3, "DM/1.4", false),
        (Version::V1_2, "DM/1.2", true),
    ] {
        let mut device = Device::new(&Setup {
            version,
            ..Setup::default()
        });
        device.say();
        let ask = [of_header(1, 200, "").as_str(), "<Get><CmdID>4</CmdID><Item><Target><LocURI>./DevInfo/Mod</LocURI></Target></Item></Get>"].concat();
        let said = Letter {
            ver_proto,
            ..reply(1, "", &ask)
        };
        if !is_understood {
            assert_eq!(device.refuse(&said.write()).code(), Code::Version);
            continue;
        }
        device.hear(&said);
        // It goes on in the version in which it began: that does not change inside a session.
        let answer = device.say();
        assert_eq!(answer.header.ver_proto, version_of(version));
        assert_eq!(values(&answer), ["./DevInfo/Mod=Phone"]);
        device.hear(&Letter {
            ver_proto,
            ..reply(2, "", &of_header(2, 200, ""))
        });
        assert!(device.next().is_none());
    }
}

fn version_of(version: Version) -> &'static str {
    match version {
        Version::V1_1 => "DM/1.1",
        Version::V1_2 => "DM/1.2",
        Version::V1_3 => "DM/1.3",
    }
}

#[test]
fn the_version_of_a_server_stays_the_same() {
    let mut device = Device::new(&Setup::default());
    device.say();
    let first = [of_header(1, 200, "").as_str(), NEXT].concat();
    device.hear(&Letter {
        ver_proto: "DM/1.2",
        is_final: false,
        ..reply(1, "", &first)
    });
    device.say();
    let second = of_header(2, 200, "");
    for ver_proto in ["DM/1.3", "DM/1.1"] {
        let changed = Letter {
            ver_proto,
            ..reply(2, "", &second)
        };
        assert_eq!(device.refuse(&changed.write()).code(), Code::Version);
    }
    let events = device.hear(&Letter {
        ver_proto: "DM/1.2",
        ..reply(2, "", &second)
    });
    assert_eq!(events, [ClientEvent::Finished]);
}

#[test]
fn s25_a_device_that_changes_the_version_ends_the_session() {
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    desk.hear(&request(1, "", PACKAGE_1));
    let answer = [
        of_header(1, 200, "").as_str(),
        crate::peer::status(1, 4, 200).as_str(),
    ]
    .concat();
    let heard = desk.hear(&Letter {
        ver_proto: "DM/1.3",
        ..request(2, "", &answer)
    });
    assert_eq!(statuses(&heard.message), ["2/0 SyncHdr 513"]);
    assert_eq!(others(&heard.message), ["1223"]);
    assert_eq!(heard.message.header.ver_proto, "DM/1.2");
    let Command::Status(status) = &heard.message.commands[0] else {
        panic!("no status")
    };
    assert_eq!(
        status.items[0].data.as_ref().unwrap().as_text(),
        Some("DM/1.2")
    );
    assert!(heard.out.done);
    assert_eq!(
        heard.events,
        [
            ServerEvent::Aborted {
                by: AbortedBy::Server,
                reason: Some("the version changes within the session".to_owned()),
            },
            ServerEvent::Unknown {
                command: 0,
                child: Vec::new(),
                item: None,
            }
        ]
    );
}

#[test]
fn s25_a_device_that_is_refused_learns_what_is_spoken_and_begins_anew() {
    for (code, offered, words) in [
        (
            513,
            &["DM/1.1", "DM/1.2"][..],
            ", and speaks DM/1.1, DM/1.2",
        ),
        (505, &["1.1"], ", and speaks 1.1"),
        (513, &[], ""),
    ] {
        // An older server answers in its own version; one that is newer than all it can be asked for, too.
        for ver_proto in ["DM/1.1", "DM/1.2", "DM/1.3", "DM/2.7"] {
            let mut device = Device::new(&Setup {
                version: Version::V1_2,
                ..Setup::default()
            });
            device.say();
            let items: String = offered
                .iter()
                .map(|version| format!("<Item><Data>{version}</Data></Item>"))
                .collect();
            let refusal = format!(
                "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>{code}</Data>{items}</Status>"
            );
            let events = device.hear(&Letter {
                ver_proto,
                ..reply(1, "", &refusal)
            });
            assert_eq!(
                events,
                [ClientEvent::Aborted {
                    by: AbortedBy::Server,
                    reason: Some(format!("the server refuses the message with {code}{words}")),
                }]
            );
            assert!(device.next().is_none());
        }
    }
    // The older version is for a new session, which the host starts.
    let old = Setup {
        version: Version::V1_1,
        ..Setup::default()
    }
    .run();
    assert_eq!(old.messages[0].header.ver_proto, "DM/1.1");
    assert_eq!(old.client_events.last(), Some(&ClientEvent::Finished));
}

#[test]
fn s25_our_own_refusal_reaches_a_device_of_a_later_version() {
    let mut desk = trusting();
    let heard = desk.hear(&Letter {
        ver_proto: "DM/1.9",
        ..request(1, "", PACKAGE_1)
    });
    assert!(heard.out.done);
    assert_eq!(codes(&heard.message), [StatusCode::UNSUPPORTED_PROTOCOL.0]);
    assert_eq!(heard.message.header.target.uri, DEVICE);
    let mut device = Device::new(&Setup::default());
    device.say();
    let mut message = heard.message;
    message.header.session_id = "1".to_owned();
    let body = message.encode(Encoding::Xml, false).unwrap();
    let events = device.try_hear(&body).unwrap();
    let told = format!("{events:?}");
    assert!(told.contains("DM/1.1, DM/1.2, DM/1.3"), "{told}");
}
