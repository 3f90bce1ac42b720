//! Large objects and limits: a MaxObjSize that shrinks, more messages for what takes more, a device that changes its encoding.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    AlertCode, Binding, ClientAlert, ClientConfig, ClientEvent, ClientSession, Data, Encoding, Env,
    Limits, NewCommand, Received, ServerConfig, ServerSession, Trigger,
};

use crate::objects_device::answer;
use crate::objects_results::{get, items, joined, kept, phone_with, takes, takes_object, tell};
use crate::objects_server::{BOTH, Line, item, last, meta, replace, take_all};
use crate::pair::{Setup, account, entropy, leaf, text};
use crate::peer::{NEXT, PACKAGE_1, config, told};
use crate::phone::{ENCODINGS, Phone, chunk, progress_of_ours, size};
use crate::say::{codes, others, statuses};

/// Get of several items.
fn get_all(id: u32, uris: &[&str]) -> String {
    let item = |uri: &&str| format!("<Item><Target><LocURI>{uri}</LocURI></Target></Item>");
    let items: String = uris.iter().map(item).collect();
    format!("<Get><CmdID>{id}</CmdID>{items}</Get>")
}

#[test]
fn l17_l24_what_is_too_large_by_now_is_413_for_its_item_and_no_other() {
    let cases: [(&[&str], &[&str]); 3] = [
        (&["./Large"], &["1/3 Get 413 ./Large"]),
        (
            &["./Small", "./Large", "./Tiny"],
            &[
                "1/3 Get 200 ./Small",
                "1/3 Get 413 ./Large",
                "1/3 Get 200 ./Tiny",
            ],
        ),
        (&["./Large", "./Large"], &["1/3 Get 413"]),
    ];
    for encoding in ENCODINGS {
        for (uris, expected) in cases {
            let nodes = [
                ("./One", leaf(&"v".repeat(3000))),
                ("./Large", leaf(&"v".repeat(4000))),
                ("./Small", leaf("s")),
                ("./Tiny", leaf("t")),
            ];
            let mut phone = phone_with(&nodes, encoding);
            let gets = get(2, "./One") + &get_all(3, uris);
            phone.hear_with(&takes(1500), &gets, true);
            let (id, item) = items(&phone.say()).pop().unwrap();
            assert!(item.more_data);
            let heard = kept(phone.said, id, 213);
            let events = phone.hear_with(&takes_object(1500, 3999), &heard, false);
            assert_eq!(progress_of_ours(&events).len(), 1);
            let told = tell(&mut phone, encoding);
            let messages = told.messages.iter();
            let said: Vec<String> = messages
                .flat_map(|(message, _)| statuses(message))
                .filter(|status| status.contains("Get"))
                .collect();
            assert_eq!(said, expected, "{uris:?}");
            let values: Vec<&str> = told
                .chunks
                .iter()
                .filter(|item| item.source.as_ref().unwrap().uri != "./One")
                .map(|item| item.data.as_ref().unwrap().as_text().unwrap())
                .collect();
            let expected: &[&str] = if uris.len() == 3 { &["s", "t"] } else { &[] };
            assert_eq!(values, expected);
            phone.assert_empty();
        }
    }
}

#[test]
fn l17_l24_what_was_said_to_come_and_cannot_come_ends_the_session() {
    for encoding in ENCODINGS {
        let big = leaf(&"v".repeat(4000));
        let mut phone = phone_with(&[("./One", big.clone()), ("./Two", big)], encoding);
        phone.hear_with(&takes(1500), &get_all(2, &["./One", "./Two"]), true);
        let message = phone.say();
        assert_eq!(codes(&message), [200, 200], "the Status is out");
        let (id, _) = items(&message).pop().unwrap();
        let heard = kept(phone.said, id, 213);
        // An object as large as that is still taken.
        let events = phone.hear_with(&takes_object(1500, 4000), &heard, false);
        assert_eq!(progress_of_ours(&events).len(), 1);
        let (id, _) = items(&phone.say()).pop().unwrap();
        let heard = kept(phone.said, id, 213);
        let events = phone.hear_with(&takes_object(1500, 3999), &heard, false);
        assert!(
            matches!(
                &events[..],
                [
                    ClientEvent::Progress { .. },
                    ClientEvent::Aborted {
                        reason: Some(_),
                        ..
                    }
                ]
            ),
            "{events:?}"
        );
        phone.assert_empty();
        let message = phone.say();
        assert_eq!(others(&message), ["1223"]);
        assert!(message.is_final && items(&message).is_empty());
        assert!(phone.try_say().is_none());
    }
}

fn alert(data: &str) -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "urn:oma:at:test:1.0".to_owned(),
        format: None,
        mark: None,
        source: None,
        target: None,
        correlator: None,
        data: Data::Text(data.to_owned()),
    }
}

#[test]
fn l17_an_alert_that_is_larger_than_the_server_takes_is_not_sent() {
    for encoding in ENCODINGS {
        for (octets, is_sent) in [(100, true), (101, false), (5000, false)] {
            let mut phone = phone_with(&[], encoding);
            phone.hear_with(&takes_object(1500, 100), NEXT, true);
            let alert = phone.client.raise(alert(&"x".repeat(octets))).unwrap();
            let message = phone.say();
            assert_eq!(items(&message).len(), usize::from(is_sent));
            assert!(message.is_final);
            let events = phone.hear("", true);
            assert!(
                events.contains(&ClientEvent::Unanswered { alert }),
                "{events:?}"
            );
        }
        // One that waits when the server says so.
        let mut phone = phone_with(&[("./Big", leaf(&"v".repeat(4000)))], encoding);
        phone.hear_with(&takes(1500), &get(2, "./Big"), true);
        phone.client.raise(alert(&"x".repeat(4001))).unwrap();
        let (id, _) = items(&phone.say()).pop().unwrap();
        let heard = kept(phone.said, id, 213);
        phone.hear_with(&takes_object(1500, 4000), &heard, false);
        let told = tell(&mut phone, encoding);
        assert!(told.chunks.iter().all(|item| item.source.is_some()));
        phone.assert_empty();
    }
}

#[test]
fn l24_an_end_that_the_server_misses_is_that_of_the_object_that_it_names() {
    let missed = |uri: &str| {
        format!(
            "<Alert><CmdID>7</CmdID><Data>1225</Data><Item><Source><LocURI>{uri}</LocURI></Source></Item></Alert>"
        )
    };
    for encoding in ENCODINGS {
        let nodes = [
            ("./One", leaf(&"v".repeat(4000))),
            ("./Two", leaf(&"w".repeat(3000))),
        ];
        let mut phone = phone_with(&nodes, encoding);
        let gets = get(2, "./One") + &get(3, "./Two");
        phone.hear_with(&takes(1500), &gets, true);
        let (id, _) = items(&phone.say()).pop().unwrap();
        phone.hear_with(&takes_object(1500, 3999), &kept(phone.said, id, 213), false);
        // The first is given up, and the second begun: of the first the server misses the end.
        let message = phone.say();
        let (id, item) = items(&message).pop().unwrap();
        assert_eq!(item.source.unwrap().uri, "./Two");
        let mut chunks = vec![items(&message).pop().unwrap().1];
        let heard = missed("./One") + &kept(phone.said, id, 213);
        phone.hear(&heard, false);
        chunks.extend(tell(&mut phone, encoding).chunks);
        assert_eq!(joined(&chunks), "w".repeat(3000).as_bytes());

        // Its own end.
        let mut phone = phone_with(&nodes, encoding);
        phone.hear_with(&takes(1500), &get(2, "./Two"), true);
        let (id, _) = items(&phone.say()).pop().unwrap();
        phone.hear(&(missed("./Two") + &kept(phone.said, id, 213)), false);
        phone.assert_empty();
        assert!(phone.say().is_final);
    }
}

fn few_messages() -> Limits {
    Limits {
        messages: 20,
        ..Limits::DEFAULT
    }
}

#[test]
fn l01_l07_messages_that_bring_octets_do_not_count_and_others_do() {
    let setup = Setup {
        limits: few_messages(),
        ..Setup::default()
    };
    for encoding in ENCODINGS {
        let mut phone = Phone::new(&setup, encoding);
        phone.hear(&chunk(&size(12_800), &"v".repeat(256), true).write(), false);
        for _ in 2..50 {
            assert_eq!(answer(&mut phone), [213]);
            phone.hear(&chunk("", &"v".repeat(256), true).write(), false);
        }
        assert_eq!(answer(&mut phone), [213]);
        phone.hear(&chunk("", &"v".repeat(256), false).write(), true);
        assert_eq!(answer(&mut phone), [200]);
        // A crumb a message comes to its end: 20 messages, and one for each 128 octets.
        let mut phone = Phone::new(&setup, encoding);
        phone.hear(&chunk(&size(12_800), "v", true).write(), false);
        for turn in 2.. {
            assert!(turn < 22);
            assert_eq!(answer(&mut phone), [213]);
            let events = phone.hear(&chunk("", "v", true).write(), false);
            if matches!(events.last(), Some(ClientEvent::Aborted { .. })) {
                assert_eq!(others(&phone.say()), ["1223"]);
                break;
            }
        }
    }
}

/// A value each way, in more messages than a session has otherwise.
#[test]
fn l01_l24_a_session_has_as_many_messages_as_its_objects_take() {
    for encoding in BOTH {
        let (octets, limits) = (20_000, few_messages());
        let setup = Setup::default();
        let client_config = ClientConfig {
            max_msg_size: Some(1200),
            limits: limits.clone(),
            ..setup.client_config_in(encoding)
        };
        let mut tree = setup.tree.clone();
        let (read, written) = ("r".repeat(octets), "w".repeat(octets));
        tree.set("./R", leaf(&read)).unwrap();
        let env = entropy(0);
        let env = Env::new(0, &env).unwrap();
        let mut client = ClientSession::new(client_config, Trigger::Client, &env);
        let mut server = ServerSession::new(ServerConfig {
            max_msg_size: Some(1200),
            ..config(Binding::Transport, limits.clone())
        });
        server
            .push(NewCommand::Add(vec![item(
                "./W",
                Data::Text(written.clone()),
            )]))
            .unwrap();
        server
            .push(NewCommand::Get(vec!["./R".to_owned()]))
            .unwrap();
        let account = account(&setup.client, &setup.server, setup.server_state.clone());
        let mut found = Vec::new();
        let mut messages = 0;
        while let Some(out) = client.send(&tree, &env).unwrap() {
            let received = Received::body(&out.body);
            for event in server.receive(&received, Some(&account)).unwrap() {
                match event {
                    omadm::ServerEvent::Results { items, .. } => found.extend(items),
                    omadm::ServerEvent::Progress { .. } => {}
                    event => {
                        assert!(messages == 0 || !told(&[event]).contains(&"violation".to_owned()))
                    }
                }
            }
            let reply = server.respond(&env).unwrap();
            client
                .receive(&mut tree, &Received::body(&reply.body))
                .unwrap();
            messages += 1;
        }
        assert!(messages > limits.messages, "{messages}");
        assert_eq!(found.len(), 1);
        assert!(found[0].data == text(&read));
        let Some(omadm::tree::Found::Leaf(node)) = tree.find("./W").unwrap() else {
            panic!("no value");
        };
        assert!(node.data().cloned() == text(&written));
    }
}

#[test]
fn l16_a_device_that_changes_its_encoding_is_sent_the_object_from_its_beginning() {
    let octets: Vec<u8> = (0..3000u32).map(|octet| octet as u8).collect();
    for is_missed in [false, true] {
        let mut line = Line::new(Encoding::Wbxml);
        line.server
            .push(replace("./A", Data::Octets(octets.clone())))
            .unwrap();
        let first = line.say(&meta(1500, None), PACKAGE_1, true);
        let (id, name, item) = last(&first.message);
        assert!(item.more_data);
        let kept = crate::objects_server::answer(1, &[(id, &name, 213)], true);
        line.encoding = Encoding::Xml;
        let anew = line.say("", &kept, false);
        assert!(anew.out.too_large.is_empty());
        let (id, name, item) = last(&anew.message);
        assert_eq!(item.meta.unwrap().size, Some(4000), "it is base64 now");
        // The device misses the end of what it has, and takes the new one.
        let missed = "<Alert><CmdID>8</CmdID><Data>1225</Data><Item><Target><LocURI>./A</LocURI></Target></Item></Alert>";
        let missed = if is_missed { missed } else { "" };
        let msg_ref = anew.message.header.msg_id;
        let kept = crate::objects_server::answer(msg_ref, &[(id, &name, 213)], true);
        let told_so_far = last(&anew.message).2.data.unwrap().len();
        let heard = line.say("", &(missed.to_owned() + &kept), false);
        assert_eq!(told(&heard.events).len(), 1, "{:?}", heard.events);
        let (got, end, _) = take_all(&mut line, heard);
        assert_eq!(told_so_far + got.octets.len(), 4000);
        assert!(end.message.is_final);
    }
    // Text is the same in both.
    let mut line = Line::new(Encoding::Wbxml);
    line.server
        .push(replace("./A", Data::Text("v".repeat(4000))))
        .unwrap();
    let first = line.say(&meta(1500, None), PACKAGE_1, true);
    let (id, name, item) = last(&first.message);
    let kept = crate::objects_server::answer(1, &[(id, &name, 213)], true);
    line.encoding = Encoding::Xml;
    let before = item.data.unwrap().len();
    let heard = line.say("", &kept, false);
    let (got, ..) = take_all(&mut line, heard);
    assert_eq!(before + got.octets.len(), 4000);
}
