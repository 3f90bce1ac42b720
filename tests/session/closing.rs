//! How sessions go on and how they end (DM protocol, chapters 6 and 6.1; the change request on closing, 7 and 7.1).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{ClientEvent, Code, Command, NewCommand, NewItem, Scheme, ServerEvent};

use crate::pair::{Setup, bruce, password, text};
use crate::peer::{
    ABORT, Device, Letter, NEXT, PACKAGE_1, asked, chal, get, of_header, reply, request, status,
    trusting,
};
use crate::say::{codes, others, statuses, values};

const GET: &str =
    "<Get><CmdID>4</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";

#[test]
fn what_ends_a_session_and_what_does_not() {
    // What the server says in package 2, or in package 4.
    for msg_id in [1, 2] {
        let header = of_header(msg_id, 200, "");
        let all = format!(
            "{header}<Status><CmdID>2</CmdID><MsgRef>{msg_id}</MsgRef><CmdRef>1</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>\
            <Status><CmdID>3</CmdID><MsgRef>{msg_id}</MsgRef><CmdRef>2</CmdRef><Cmd>Replace</Cmd><Data>200</Data></Status>"
        );
        let show = "<Alert><CmdID>4</CmdID><Data>1100</Data><Item/><Item><Data>Hello</Data></Item></Alert>";
        let challenge = of_header(msg_id, 407, &chal("md5", Some("AQ==")));
        for (body, goes_on) in [
            (String::new(), false),
            (header.clone(), false),
            (all.clone(), false),
            (format!("{all}{ABORT}"), false),
            (format!("{all}{GET}"), true),
            (format!("{all}{show}"), true),
            (format!("{header}{NEXT}"), true),
            (NEXT.to_owned(), true),
            (challenge, true),
        ] {
            let mut device = Device::new(&Setup {
                client: bruce(&[Scheme::Md5]),
                ..Setup::default()
            });
            device.say();
            if msg_id == 2 {
                let first = format!("{}{GET}", of_header(1, 200, ""));
                device.hear(&reply(1, "", &first));
                assert_eq!(values(&device.say()).len(), 1);
            }
            let events = device.hear(&reply(msg_id, "", &body));
            if let Some(ClientEvent::Interaction { ticket, .. }) = events.first() {
                let shown = omadm::Outcome::status(200);
                let ticket = *ticket;
                device
                    .client
                    .complete(&mut device.tree, ticket, &shown)
                    .unwrap();
            }
            assert_eq!(device.next().is_some(), goes_on, "{msg_id} {body}");
            assert_eq!(
                events.contains(&ClientEvent::Finished),
                !goes_on && !body.contains("1223"),
                "{msg_id} {body}"
            );
        }
    }
}

#[test]
fn every_message_of_a_device_gets_a_reply() {
    let answer = status(1, 4, 200);
    for (body, is_final) in [
        ("", true),
        ("", false),
        (answer.as_str(), true),
        (&answer, false),
        (NEXT, true),
        (ABORT, true),
        ("<Foo/>", true),
        ("<Get><CmdID>3</CmdID></Get>", true),
    ] {
        let heard = asked().hear(&Letter {
            is_final,
            ..request(2, "", body)
        });
        assert_eq!(statuses(&heard.message)[0], "2/0 SyncHdr 200", "{body}");
    }
    for (body, is_final) in [(PACKAGE_1, true), (PACKAGE_1, false), ("", true)] {
        let heard = trusting().hear(&Letter {
            is_final,
            ..request(1, "", body)
        });
        assert_eq!(statuses(&heard.message)[0], "1/0 SyncHdr 200", "{body}");
    }
}

#[test]
fn sequence_and_atomic_run_in_the_order_sent() {
    let on = |id: u32, name: &str, value: &str| {
        format!(
            "<{name}><CmdID>{id}</CmdID><Item><Target><LocURI>./A</LocURI></Target>{value}</Item></{name}>"
        )
    };
    let group = |name: &str, commands: &[String]| {
        format!("<{name}><CmdID>2</CmdID>{}</{name}>", commands.concat())
    };
    let add = on(3, "Add", "<Data>one</Data>");
    let set = on(4, "Replace", "<Data>two</Data>");
    let read = on(5, "Get", "");
    let delete = on(6, "Delete", "");
    let read_again = on(7, "Get", "");
    for (body, said, found) in [
        (
            group(
                "Sequence",
                &[
                    add.clone(),
                    set.clone(),
                    read.clone(),
                    delete.clone(),
                    read_again.clone(),
                ],
            ),
            &[200, 200, 200, 200, 200, 200, 404][..],
            &["./A=two"][..],
        ),
        (
            group(
                "Sequence",
                &[
                    delete.clone(),
                    read.clone(),
                    set.clone(),
                    add.clone(),
                    read_again.clone(),
                ],
            ),
            &[200, 200, 404, 404, 404, 200, 200],
            &["./A=one"],
        ),
        (
            group("Atomic", &[add.clone(), set.clone()]) + &read_again,
            &[200, 200, 200, 200, 200],
            &["./A=two"],
        ),
        (
            group("Atomic", &[add.clone(), set.clone(), delete.clone()]) + &read_again,
            &[200, 200, 200, 200, 200, 404],
            &[],
        ),
        // The first of them fails: nothing is left of it, and the other is not tried.
        (
            group("Atomic", &[set, add]) + &read_again,
            &[200, 507, 404, 215, 404],
            &[],
        ),
    ] {
        let mut device = Device::new(&Setup::default());
        device.say();
        device.hear(&reply(1, "", &body));
        let message = device.say();
        assert_eq!(codes(&message), said, "{body}");
        assert_eq!(values(&message), found, "{body}");
    }
}

#[test]
fn a_device_sends_dev_info_results_and_alerts_only() {
    let set = NewItem {
        uri: "./DevInfo/Lang".to_owned(),
        data: text("fr"),
        format: None,
        mime: None,
    };
    let run = Setup {
        client: bruce(&[Scheme::Md5]),
        server: password("mgmt", "SrvPw-1", &[Scheme::Md5]),
        commands: vec![
            (2, get("./DevInfo/Man")),
            (2, NewCommand::Replace(vec![set])),
            (3, get("./DevInfo")),
        ],
        ..Setup::default()
    }
    .run();
    let mut device = Device::new(&Setup::default());
    let mut sent = vec![device.say()];
    device.hear(&Letter {
        is_final: false,
        ..reply(1, "", &format!("{}{GET}", of_header(1, 200, "")))
    });
    sent.push(device.say());
    device.client.abort(None);
    sent.extend(run.messages.iter().step_by(2).cloned());
    sent.extend(device.next().map(|out| crate::pair::decode(&out.body)));
    assert!(sent.len() > 6);
    let mut dev_info = 0;
    for message in &sent {
        for command in &message.commands {
            match command {
                Command::Status(_) | Command::Results(_) => {}
                Command::Alert(alert) => assert!(!alert.code.unwrap().is_interaction()),
                Command::Replace(operation) => {
                    dev_info += 1;
                    let of_device = |item: &omadm::Item| {
                        let source = item.source.as_ref().unwrap();
                        source.uri.starts_with("./DevInfo/")
                    };
                    assert!(operation.items.iter().all(of_device));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    // Once for each package 1: of the other session, and twice of this one, whose nonces are stale.
    assert_eq!(dev_info, 3);
}

#[test]
fn what_comes_after_ones_own_abort_is_discarded() {
    let mut device = Device::new(&Setup::default());
    device.say();
    device.hear(&reply(1, "", GET));
    device.client.abort(None);
    let farewell = device.next().unwrap();
    assert!(farewell.done);
    let set = "<Replace><CmdID>5</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target><Data>x</Data></Item></Replace>";
    for body in [set, NEXT, ABORT, &of_header(2, 200, "")] {
        let refused = device.refuse(&reply(2, "", body).write());
        assert_eq!(refused.code(), Code::State);
    }
    assert_eq!(device.next(), None);

    let mut desk = asked();
    desk.server.abort(None);
    let heard = desk.hear(&request(2, "", ""));
    assert_eq!(others(&heard.message), ["1223"]);
    assert!(heard.out.done);
    for body in [&status(1, 4, 200), &status(2, 2, 200), NEXT, ABORT] {
        let refused = desk.refuse(&request(3, "", body).write());
        assert_eq!(refused.code(), Code::State);
    }
}

#[test]
fn a_generic_alert_goes_to_the_server_only() {
    let alert = "<Alert><CmdID>4</CmdID><Data>1226</Data><Item><Meta><Type xmlns=\"syncml:metinf\">t</Type>\
        <Format xmlns=\"syncml:metinf\">chr</Format></Meta><Data>x</Data></Item></Alert>";
    let mut device = Device::new(&Setup::default());
    device.say();
    assert_eq!(device.hear(&reply(1, "", alert)), []);
    assert_eq!(
        statuses(&device.say()),
        ["1/0 SyncHdr 200", "1/4 Alert 406"]
    );
    let heard = trusting().hear(&request(1, "", &format!("{PACKAGE_1}{alert}")));
    let is_alert = |event: &ServerEvent| matches!(event, ServerEvent::Alert { .. });
    assert!(heard.events.iter().any(is_alert));
}
