//! Packages of several messages: whose turn it is, who ends what, and what goes over into the next message.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Binding, ClientEvent, Code, Limits, NewCommand, Party, Received, ServerEvent, ServerSession,
};

use crate::pair::{DEVICE, Setup, URL, leaf, server_config};
use crate::peer::{
    ABORT, Desk, Device, Letter, NEXT, PACKAGE_1, asked, config, get, of_header, reply, request,
    status, told, trusting,
};
use crate::phone::progress_of_ours;
use crate::say::{codes, others, statuses, values};

pub(crate) fn takes(octets: &str) -> String {
    format!("<Meta><MaxMsgSize xmlns=\"syncml:metinf\">{octets}</MaxMsgSize></Meta>")
}

/// Alerts of a device, with CmdIDs from 11.
fn alerts(count: u32) -> String {
    let alert = |id| {
        format!("<Alert><CmdID>{id}</CmdID><Data>1224</Data><Item><Data>x</Data></Item></Alert>")
    };
    (11..11 + count).map(alert).collect()
}

fn going_on<'a>(msg_id: u32, body: &'a str) -> Letter<'a> {
    Letter {
        is_final: false,
        ..request(msg_id, "", body)
    }
}

/// A server that has said only a part of its Statuses: the third of its states.
fn sending() -> Desk {
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    let body = format!("{PACKAGE_1}{}", alerts(30));
    let heard = desk.hear(&request(1, &takes("1000"), &body));
    assert!(!heard.message.is_final && !heard.out.done);
    assert!(others(&heard.message).is_empty());
    desk
}

#[test]
fn s14_each_state_of_a_server_has_its_answer() {
    // The first: its package is complete, and the device's goes on.
    let mut desk = asked();
    desk.server.push(get("./B")).unwrap();
    for (msg_id, body) in [(2, String::new()), (3, alerts(2)), (4, status(1, 4, 200))] {
        let heard = desk.hear(&going_on(msg_id, &body));
        assert_eq!(others(&heard.message), ["1222"]);
        assert_eq!(
            statuses(&heard.message).len(),
            1 + body.matches("1224").count()
        );
        assert!(!heard.message.is_final && !heard.out.done);
    }
    // The second: the device's package is complete.
    let heard = desk.hear(&request(5, "", ""));
    assert_eq!(others(&heard.message), ["Get"]);
    assert!(heard.message.is_final && !heard.out.done);

    // The third: its own goes on, whatever the device says, until all is said.
    let mut desk = sending();
    let mut said = 0;
    for msg_id in 2..20 {
        let heard = desk.hear(&going_on(msg_id, NEXT));
        assert!(heard.out.body.len() <= 1000);
        assert!(statuses(&heard.message)[0].ends_with("SyncHdr 200"));
        said += 1;
        if heard.message.is_final {
            assert_eq!(others(&heard.message), ["Get"]);
            break;
        }
        assert!(others(&heard.message).is_empty());
    }
    assert!((3..15).contains(&said), "{said}");
}

#[test]
fn s14_every_status_is_said_once_and_in_order() {
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    let body = format!("{PACKAGE_1}{}", alerts(40));
    let mut told = Vec::new();
    let mut letter = request(1, "", &body);
    let size = takes("1000");
    letter.header = &size;
    for msg_id in 2..40 {
        let heard = desk.hear(&letter);
        assert!(heard.out.body.len() <= 1000);
        let room = 1000 - heard.out.body.len();
        assert!(
            heard.message.is_final || room < 120,
            "{room} octets are left"
        );
        told.extend(
            statuses(&heard.message)
                .into_iter()
                .filter(|told| told.starts_with("1/") && !told.contains("SyncHdr")),
        );
        if heard.message.is_final {
            break;
        }
        letter = going_on(msg_id, NEXT);
    }
    let expected: Vec<String> = (11..51).map(|id| format!("1/{id} Alert 200")).collect();
    assert_eq!(told[..2], ["1/1 Alert 200", "1/2 Replace 200"]);
    assert_eq!(told[2..], expected);
}

#[test]
fn s14_what_overflows_the_demand_for_more_is_said_later() {
    let mut desk = asked();
    let heard = desk.hear(&Letter {
        header: &takes("1000"),
        ..going_on(2, &alerts(20))
    });
    assert_eq!(others(&heard.message), ["1222"]);
    assert!(heard.out.body.len() <= 1000);
    let mut said = statuses(&heard.message).len() - 1;
    for msg_id in 3..20 {
        let heard = desk.hear(&going_on(msg_id, &status(1, 4, 200)));
        assert_eq!(others(&heard.message), ["1222"]);
        assert!(heard.out.body.len() <= 1000);
        said += statuses(&heard.message).len() - 1;
        if said >= 20 {
            break;
        }
    }
    assert_eq!(said, 20);
}

#[test]
fn s12_a_device_that_ends_its_package_too_early_does_not_end_ours() {
    let mut desk = sending();
    let heard = desk.hear(&request(2, "", &status(1, 99, 200)));
    assert_eq!(told(&heard.events), ["violation", "violation"]);
    assert!(!heard.message.is_final && !heard.out.done);
    assert!(others(&heard.message).is_empty());
    let mut last = heard;
    for msg_id in 3..20 {
        last = desk.hear(&going_on(msg_id, NEXT));
        if last.message.is_final {
            break;
        }
    }
    assert_eq!(others(&last.message), ["Get"]);
    assert!(last.message.is_final && !last.out.done);
}

#[test]
fn s12_s13_a_device_ends_its_package_behind_the_servers_and_takes_no_command_before() {
    let mut setup = Setup::default();
    for node in 0..9 {
        let value = leaf(&"v".repeat(300));
        setup.tree.set(&format!("./N{node}"), value).unwrap();
    }
    let mut device = Device::new(&setup);
    device.say();
    let gets: String = (0..9)
        .map(|node| {
            format!(
                "<Get><CmdID>{}</CmdID><Item><Target><LocURI>./N{node}</LocURI></Target></Item></Get>",
                node + 2
            )
        })
        .collect();
    let size = takes("1500");
    // The server's package goes on: ours must not end, though all could be said.
    device.hear(&Letter {
        is_final: false,
        header: &size,
        ..reply(1, "", &of_header(1, 200, ""))
    });
    let message = device.say();
    assert_eq!(others(&message), ["1222"]);
    assert!(!message.is_final);
    device.hear(&reply(2, "", &format!("{}{gets}", of_header(2, 200, ""))));
    let mut told = Vec::new();
    let mut found = Vec::new();
    for msg_id in 3..30 {
        let message = device.say();
        told.extend(statuses(&message));
        found.extend(values(&message));
        assert!(!others(&message).contains(&"1222".to_owned()));
        if message.is_final {
            break;
        }
        let delete =
            "<Delete><CmdID>2</CmdID><Item><Target><LocURI>./N8</LocURI></Target></Item></Delete>";
        let body = format!("{}{delete}", of_header(msg_id, 200, ""));
        device.hear(&Letter {
            is_final: msg_id % 2 == 0,
            ..reply(msg_id, "", &body)
        });
    }
    assert_eq!(found.len(), 9);
    let refused = told.iter().filter(|told| told.ends_with("Delete 400"));
    assert!(refused.count() > 2, "{told:?}");
    assert!(device.tree.find("./N8").unwrap().is_some());
    assert!(told.contains(&"2/10 Get 200 ./N8".to_owned()), "{told:?}");
}

#[test]
fn s12_a_server_that_asks_for_more_than_eight_messages_is_given_them() {
    let mut setup = Setup::default();
    for node in 0..30 {
        let value = leaf(&"v".repeat(300));
        setup.tree.set(&format!("./Dir/N{node}"), value).unwrap();
    }
    let mut device = Device::new(&setup);
    device.say();
    let list = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./Dir?list=StructData</LocURI></Target></Item></Get>";
    device.hear(&reply(1, &takes("1000"), list));
    let mut messages = 0;
    let mut found = 0;
    for msg_id in 2..100 {
        let message = device.say();
        messages += 1;
        found += values(&message).len();
        if message.is_final {
            break;
        }
        device.hear(&Letter {
            is_final: false,
            ..reply(msg_id, "", &format!("{}{NEXT}", of_header(msg_id, 200, "")))
        });
    }
    assert_eq!(found, 31);
    assert!(messages > 20);
}

#[test]
fn p21_a_message_with_nothing_but_1222_goes_on() {
    for is_final in [true, false] {
        let mut device = Device::new(&Setup::default());
        device.say();
        let body = format!("{}{}", of_header(1, 200, ""), NEXT.replace(">1<", ">2<"));
        let events = device.hear(&Letter {
            is_final,
            ..reply(1, "", &body)
        });
        assert_eq!(events, []);
        let message = device.say();
        assert_eq!(
            statuses(&message),
            ["1/0 SyncHdr 200", "1/2 Alert 200"],
            "{is_final}"
        );
        assert_eq!(message.is_final, is_final);
    }
}

#[test]
fn p21_a_package_that_goes_on_with_nothing_but_status_is_no_end() {
    let mut device = Device::new(&Setup::default());
    device.say();
    let events = device.hear(&Letter {
        is_final: false,
        ..reply(1, "", &of_header(1, 200, ""))
    });
    assert_eq!(events, []);
    assert_eq!(others(&device.say()), ["1222"]);
    let events = device.hear(&reply(2, "", &of_header(2, 200, "")));
    assert_eq!(events, [ClientEvent::Finished]);
    assert_eq!(device.next(), None);
}

#[test]
fn s26_a_device_aborts_where_the_server_wants_messages_of_no_size() {
    for size in ["0", "1", "50", "999", "-1", "big", ""] {
        let mut device = Device::new(&Setup::default());
        device.say();
        let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>.</LocURI></Target></Item></Get>";
        let events = device.hear(&reply(1, &takes(size), get));
        assert!(
            matches!(events[..], [ClientEvent::Aborted { .. }]),
            "{events:?}"
        );
        let message = device.say();
        assert_eq!(statuses(&message), ["1/0 SyncHdr 400"]);
        assert_eq!(others(&message), ["1223"]);
        assert!(message.is_final);
        assert_eq!(device.next(), None);
    }
}

#[test]
fn s26_in_the_midst_of_a_session_too() {
    let mut desk = asked();
    let heard = desk.hear(&request(2, &takes("50"), &status(1, 4, 200)));
    assert_eq!(told(&heard.events), ["Server", "0 unknown"]);
    assert_eq!(codes(&heard.message), [400]);
    assert_eq!(others(&heard.message), ["1223"]);
    assert!(heard.out.done);
}

#[test]
fn s26_a_size_that_is_announced_later_counts_from_then() {
    let mut desk = trusting();
    for _ in 0..60 {
        desk.server.push(get("./A")).unwrap();
    }
    let first = desk.hear(&request(1, &takes("3000"), PACKAGE_1));
    assert!((2900..=3000).contains(&first.out.body.len()));
    let second = desk.hear(&request(2, &takes("1200"), ""));
    assert!((1100..=1200).contains(&second.out.body.len()));
    let third = desk.hear(&request(3, "", ""));
    assert!((1100..=1200).contains(&third.out.body.len()));
    let fourth = desk.hear(&request(4, &takes("99999999999"), ""));
    assert!(fourth.out.body.len() > 1200);
    assert!(others(&fourth.message).len() > 10);
}

#[test]
fn s26_a_server_that_takes_less_than_it_has_asked_for_is_told_it_in_chunks() {
    let mut setup = Setup::default();
    setup.tree.set("./Big", leaf(&"v".repeat(1500))).unwrap();
    setup.tree.set("./Pad", leaf(&"w".repeat(1500))).unwrap();
    let mut device = Device::new(&setup);
    device.say();
    let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./Pad</LocURI></Target></Item>\
        <Item><Target><LocURI>./Big</LocURI></Target></Item></Get>";
    device.hear(&reply(1, &takes("2200"), get));
    let message = device.say();
    assert!(!message.is_final);
    assert!(values(&message).is_empty(), "a value that fits is not cut");
    let (size, mut told) = (takes("1000"), String::new());
    for msg_id in 2..30 {
        let body = format!("{}{NEXT}", of_header(msg_id, 200, ""));
        let events = device.hear(&Letter {
            is_final: false,
            header: &size,
            ..reply(msg_id, "", &body)
        });
        assert_eq!(events.len(), progress_of_ours(&events).len());
        let out = device.next().unwrap();
        assert!(out.body.len() <= 1000);
        let message = crate::pair::decode(&out.body);
        told.extend(values(&message));
        if message.is_final {
            break;
        }
    }
    let told = told.replace("./Pad=", "").replace("./Big=", "");
    assert_eq!(told, ["w", "v"].map(|letter| letter.repeat(1500)).concat());
}

#[test]
fn s26_where_no_message_is_small_enough_there_is_none() {
    let name = "x".repeat(900);
    let source = format!("{DEVICE}{name}");
    let mut desk = trusting();
    desk.account.as_mut().unwrap().device_id = source.clone();
    desk.server.push(get("./A")).unwrap();
    let letter = Letter {
        source: &source,
        header: &takes("1000"),
        ..request(1, "", PACKAGE_1)
    };
    let body = letter.write();
    let events = desk.receive(&body, None).unwrap();
    assert_eq!(told(&events).last().unwrap(), "Server");
    let out = desk.respond();
    assert!(out.done && out.body.is_empty());
    // Nobody else learns more.
    let mut desk = Desk::new(
        &crate::pair::bruce(&[omadm::Scheme::Basic]),
        &Party::Transport,
        server_config(),
    );
    desk.receive(&body, None).unwrap();
    assert!(desk.respond().body.is_empty());

    let mut device = Device::new(&Setup::default());
    device.say();
    device.hear(&reply(1, "", &of_header(1, 200, "")));
    let setup = Setup::default();
    let mut config = setup.client_config();
    config.url = format!("{URL}?{name}");
    let env = crate::pair::entropy(1);
    let env = omadm::Env::new(0, &env).unwrap();
    let mut tree = setup.tree.clone();
    let trigger = omadm::Trigger::Server {
        session_id: 1,
        requested: Vec::new(),
    };
    let mut client = omadm::ClientSession::new(config, trigger, &env);
    client.send(&tree, &env).unwrap().unwrap();
    let body = reply(1, &takes("1000"), NEXT).write();
    let events = client.receive(&mut tree, &Received::body(&body)).unwrap();
    assert!(matches!(events[..], [ClientEvent::Aborted { .. }]));
    assert_eq!(client.send(&tree, &env).unwrap(), None);
}

#[test]
fn s27_a_command_that_fits_only_a_message_of_its_own_waits_for_one() {
    let mut desk = trusting();
    let big = NewCommand::Get(vec!["./A".to_owned(); 7]);
    desk.server.push(big).unwrap();
    desk.server.push(get("./A")).unwrap();
    let body = format!("{PACKAGE_1}{}", alerts(2));
    let heard = desk.hear(&request(1, &takes("1000"), &body));
    assert!(others(&heard.message).is_empty() && heard.out.too_large.is_empty());
    assert!(!heard.message.is_final && !heard.out.done);
    let heard = desk.hear(&going_on(2, NEXT));
    assert_eq!(others(&heard.message)[0], "Get");
    assert!(heard.message.is_final && heard.out.body.len() <= 1000);
}

#[test]
fn s27_what_a_device_calls_its_commands_does_not_hold_up_a_server() {
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    let name = "N".repeat(2000);
    let body = format!("{PACKAGE_1}<{name}><CmdID>7</CmdID></{name}>{}", alerts(1));
    let heard = desk.hear(&request(1, &takes("1000"), &body));
    assert!(heard.out.body.len() <= 1000);
    let mut last = heard;
    for msg_id in 2..9 {
        if last.message.is_final {
            break;
        }
        last = desk.hear(&going_on(msg_id, NEXT));
    }
    assert_eq!(others(&last.message), ["Get"]);
}

#[test]
fn s15_a_server_says_1222_eight_times_in_vain() {
    let mut desk = asked();
    for msg_id in 2..10 {
        let body = if msg_id % 2 == 0 {
            NEXT.to_owned()
        } else {
            of_header(msg_id - 1, 200, "")
        };
        assert_eq!(
            others(&desk.hear(&going_on(msg_id, &body)).message),
            ["1222"]
        );
    }
    let heard = desk.hear(&going_on(10, NEXT));
    assert_eq!(others(&heard.message), ["1223"]);
    // Whatever says something begins the count anew.
    let mut desk = asked();
    for msg_id in 2..40 {
        let body = if msg_id % 8 == 0 {
            alerts(1)
        } else {
            NEXT.to_owned()
        };
        assert_eq!(
            others(&desk.hear(&going_on(msg_id, &body)).message),
            ["1222"]
        );
    }
}

#[test]
fn s29_a_session_of_100_000_messages_ends() {
    let limits = Limits {
        messages: 20,
        ..Limits::DEFAULT
    };
    let config = config(Binding::Transport, limits);
    let mut desk = Desk::new(&Party::Transport, &Party::Transport, config);
    let mut count = 0;
    for msg_id in 1..100_000 {
        desk.server.push(get("./A")).unwrap();
        let body = if msg_id == 1 { PACKAGE_1 } else { "" };
        let heard = desk.hear(&request(msg_id, "", body));
        count += 1;
        if heard.out.done {
            assert_eq!(others(&heard.message), ["1223"]);
            break;
        }
    }
    assert!((19..22).contains(&count), "{count}");
}

#[test]
fn s30_a_second_message_waits_for_the_reply_to_the_first() {
    let mut desk = asked();
    let one = request(2, "", &status(1, 4, 200)).write();
    let two = request(3, "", ABORT).write();
    let events = desk.receive(&one, None).unwrap();
    assert_eq!(told(&events), ["0 200"]);
    for body in [&two, &one] {
        let error = desk.receive(body, None).unwrap_err();
        assert_eq!(error.code(), Code::State);
        assert!(desk.server.save().is_err(), "nothing is at rest");
    }
    desk.server.push(get("./B")).unwrap();
    assert_eq!(others(&crate::pair::decode(&desk.respond().body)), ["Get"]);
    // The second sees what the first has done.
    let heard = desk.hear_at(&two, None);
    assert!(told(&heard.events).contains(&"1 unknown".to_owned()));

    // Two that begin with the same state at rest: the host keeps one of them.
    let desk = asked();
    let saved = desk.server.save().unwrap();
    let [mut first, mut second] = [(); 2].map(|()| {
        let config = config(Binding::Transport, Limits::DEFAULT);
        ServerSession::restore(&saved, config).unwrap()
    });
    let account = desk.account.as_ref();
    let heard = [&mut first, &mut second].map(|server| {
        let received = Received::body(&one);
        server.receive(&received, account).unwrap()
    });
    assert_eq!(heard[0], heard[1]);

    let mut device = Device::new(&Setup::default());
    device.say();
    let confirm =
        "<Alert><CmdID>2</CmdID><Data>1101</Data><Item/><Item><Data>?</Data></Item></Alert>";
    device.hear(&reply(1, "", confirm));
    let error = device.refuse(&reply(2, "", confirm).write());
    assert_eq!(error.code(), Code::State);
}

#[test]
fn s01_s03_an_unanswered_message_is_given_again_octet_for_octet() {
    let mut setup = Setup::default();
    for node in 0..4 {
        let value = leaf(&"v".repeat(300));
        setup.tree.set(&format!("./N{node}"), value).unwrap();
    }
    let mut device = Device::new(&setup);
    let first = device.next().unwrap();
    for _ in 0..3 {
        assert!(device.next().unwrap() == first);
        device.client = setup.rested_client(&device.client);
    }
    let list = "<Get><CmdID>2</CmdID><Item><Target><LocURI>.?list=StructData</LocURI></Target></Item></Get>";
    device.hear(&reply(1, &takes("1000"), list));
    // A part of a package too.
    let part = device.next().unwrap();
    assert!(!crate::pair::decode(&part.body).is_final);
    for _ in 0..3 {
        assert!(device.next().unwrap() == part);
    }
    // At the server, in each of its states.
    let mut desk = sending();
    let next = going_on(2, NEXT).write();
    let heard = desk.hear_at(&next, None);
    for _ in 0..2 {
        let again = desk.hear_at(&next, None);
        assert_eq!(again.events, [ServerEvent::Repeated]);
        assert_eq!(again.out.body, heard.out.body);
    }
}
