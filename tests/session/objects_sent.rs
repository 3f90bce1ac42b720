//! Large objects that a server sends, to a device that is written by hand: what ends them, groups, limits that change.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Binding, Command, Data, Encoding, Format, Limits, NewCommand, Party, ServerConfig, ServerEvent,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::objects_server::{BOTH, Line, answer, item, last, meta, replace, take_all};
use crate::peer::{Desk, NEXT, PACKAGE_1, chal, config, get, of_header, request, told};
use crate::say::{others, statuses};

fn long(octets: usize) -> Data {
    Data::Text("x".repeat(octets))
}

/// A server that has sent the first chunk of `./A`, the value of its first command.
fn begun(encoding: Encoding, command: NewCommand) -> (Line, u32, String, u32) {
    let mut line = Line::new(encoding);
    line.server.push(command).unwrap();
    let first = line.say(&meta(1500, None), PACKAGE_1, true);
    let (id, name, item) = last(&first.message);
    assert!(item.more_data && !first.message.is_final && !first.out.done);
    (line, id, name, first.message.header.msg_id)
}

#[test]
fn l02_l03_l04_l17_any_status_but_213_ends_an_object_and_is_that_of_its_command() {
    for encoding in BOTH {
        for code in [200, 202, 400, 411, 413, 420, 424, 425, 500] {
            let (mut line, id, name, msg_ref) = begun(encoding, replace("./A", long(5000)));
            line.server.push(get("./B")).unwrap();
            let body = answer(msg_ref, &[(id, &name, code)], true);
            let heard = line.say("", &body, false);
            let expected = match code {
                // The device has but a part of it.
                200 | 202 => vec!["violation".to_owned(), "0 unknown".to_owned()],
                code => vec![format!("0 {code}")],
            };
            assert_eq!(told(&heard.events), expected);
            assert_eq!(others(&heard.message), ["Get"], "what comes next, comes");
            assert!(heard.message.is_final);
            let body = answer(heard.message.header.msg_id, &[(3, "Get", 404)], false);
            let end = line.say("", &body, true);
            assert_eq!(told(&end.events), ["1 404"]);
            assert_eq!((end.out.done, line.held()), (true, 0));
        }
    }
}

#[test]
fn l08_an_object_that_the_device_has_broken_off_is_given_up() {
    let alert = |place: &str| {
        format!("<Alert><CmdID>7</CmdID><Data>1225</Data>{place}</Alert>").replace(
            "<Item/>",
            "<Item><Target><LocURI>./A</LocURI></Target></Item>",
        )
    };
    for encoding in BOTH {
        for place in ["<Item/>", ""] {
            let (mut line, _, _, msg_ref) = begun(encoding, replace("./A", long(5000)));
            let body = answer(msg_ref, &[], false) + &alert(place);
            let heard = line.say("", &body, true);
            assert_eq!(told(&heard.events)[0], "0 unknown");
            assert!(heard.out.done && line.held() == 0);
        }
        // Another object's.
        let (mut line, id, name, msg_ref) = begun(encoding, replace("./B", long(5000)));
        let body = answer(msg_ref, &[(id, &name, 213)], true) + &alert("<Item/>");
        let heard = line.say("", &body, false);
        assert!(!told(&heard.events).contains(&"0 unknown".to_owned()));
        assert!(last(&heard.message).2.data.is_some());
    }
}

#[test]
fn l01_nothing_new_comes_between_and_what_fits_follows_the_last_chunk() {
    for encoding in BOTH {
        let mut line = Line::new(encoding);
        for command in [
            get("./B"),
            replace("./A", long(2600)),
            get("./C"),
            get("./D"),
        ] {
            line.server.push(command).unwrap();
        }
        let mut heard = line.say(&meta(1500, None), PACKAGE_1, true);
        assert_eq!(others(&heard.message), ["Get", "Replace"]);
        let mut names = Vec::new();
        for _ in 0..9 {
            let msg_ref = heard.message.header.msg_id;
            let (id, name, chunk) = last(&heard.message);
            assert!(chunk.more_data && !heard.message.is_final);
            heard = line.say("", &answer(msg_ref, &[(id, &name, 213)], true), false);
            names = others(&heard.message);
            if heard.message.is_final {
                break;
            }
            assert_eq!(names, ["Replace"], "nothing new in between");
        }
        assert_eq!(names, ["Replace", "Get", "Get"]);
    }
}

#[test]
fn l01_what_fits_is_never_cut_and_what_does_not_is_cut_by_one_octet() {
    for encoding in BOTH {
        let mut was_cut = false;
        for octets in 900..1400 {
            let mut line = Line::new(encoding);
            line.server.push(replace("./A", long(octets))).unwrap();
            let first = line.say(&meta(1500, None), PACKAGE_1, true);
            let mut reply = &first;
            // The Statuses of package 1 may want a message of their own.
            let more;
            if others(&first.message).is_empty() {
                more = line.say("", &answer(1, &[], true), true);
                reply = &more;
            }
            let (_, _, item) = last(&reply.message);
            assert!(reply.out.body.len() <= 1500);
            assert!(item.more_data || !was_cut, "{octets}");
            assert_eq!(
                item.more_data,
                item.meta.is_some_and(|meta| meta.size.is_some())
            );
            was_cut = item.more_data;
        }
        assert!(was_cut);
    }
}

#[test]
fn l17_what_is_larger_than_the_device_takes_is_not_sent() {
    for encoding in BOTH {
        for (octets, is_sent) in [(2000, true), (2001, false)] {
            let mut line = Line::new(encoding);
            line.server.push(replace("./A", long(octets))).unwrap();
            let heard = line.say(&meta(1500, Some(2000)), PACKAGE_1, true);
            assert_eq!(heard.out.too_large.is_empty(), is_sent);
            assert_eq!(others(&heard.message).is_empty(), !is_sent);
            assert_eq!(line.held() > 0, is_sent);
        }
    }
    // Base64 counts as it is transported.
    for (octets, is_sent) in [(1500, true), (1501, false)] {
        let mut line = Line::new(Encoding::Xml);
        let value = Data::Octets(vec![7; octets]);
        line.server.push(replace("./A", value)).unwrap();
        let heard = line.say(&meta(1500, Some(2000)), PACKAGE_1, true);
        assert_eq!(heard.out.too_large.is_empty(), is_sent);
    }
}

#[test]
fn l17_limits_that_change_hold_from_the_next_chunk_on() {
    for encoding in BOTH {
        let (mut line, id, name, msg_ref) = begun(encoding, replace("./A", long(9000)));
        let body = answer(msg_ref, &[(id, &name, 213)], true);
        let heard = line.say(&meta(1200, None), &body, false);
        assert!((1190..=1200).contains(&heard.out.body.len()));
        let (id, name, _) = last(&heard.message);
        let body = answer(heard.message.header.msg_id, &[(id, &name, 213)], true);
        let heard = line.say(&meta(3000, None), &body, false);
        assert!((2990..=3000).contains(&heard.out.body.len()));
        // What has become larger than the device takes is given up.
        let (id, name, _) = last(&heard.message);
        let body = answer(heard.message.header.msg_id, &[(id, &name, 213)], true);
        let heard = line.say(&meta(3000, Some(8999)), &body, false);
        assert_eq!((heard.out.too_large, line.held()), (vec![0], 0));
        assert!(others(&heard.message).is_empty() && heard.message.is_final);
    }
}

#[test]
fn l01_a_group_is_repeated_around_the_chunks_of_its_last_item() {
    for encoding in BOTH {
        for is_atomic in [true, false] {
            let commands = vec![
                NewCommand::Delete(vec!["./B".to_owned()]),
                NewCommand::Add(vec![item("./C", long(10)), item("./A", long(4000))]),
            ];
            let group = match is_atomic {
                true => NewCommand::Atomic(commands),
                false => NewCommand::Sequence(commands),
            };
            let mut line = Line::new(encoding);
            line.server.push(group).unwrap();
            let first = line.say(&meta(1500, None), PACKAGE_1, true);
            let (got, end, events) = take_all(&mut line, first);
            assert!(got.octets == b"x".repeat(4000) && got.chunks > 2);
            assert!(events.iter().all(|event| matches!(
                event,
                ServerEvent::Progress { command: Some(0), child, item: Some(1), .. } if child == &[1]
            )));
            let Some(Command::Atomic(group) | Command::Sequence(group)) =
                end.message.commands.last()
            else {
                panic!("no group");
            };
            assert_eq!(group.commands.len(), 2);
            let (id, name, _) = last(&end.message);
            let codes = [
                (id - 2, if is_atomic { "Atomic" } else { "Sequence" }, 200),
                (id - 1, "Delete", 200),
                (id, &name, 200),
            ];
            let body = answer(end.message.header.msg_id, &codes, false);
            let heard = line.say("", &body, true);
            assert_eq!(told(&heard.events), ["0 200", "0 200", "0 200"]);
        }
    }
}

#[test]
fn l01_a_group_whose_object_is_refused_has_the_status_of_each_command() {
    let commands = vec![
        NewCommand::Delete(vec!["./B".to_owned()]),
        replace("./A", long(4000)),
    ];
    let (mut line, id, name, msg_ref) = begun(Encoding::Xml, NewCommand::Atomic(commands));
    let codes = [
        (id - 2, "Atomic", 507),
        (id - 1, "Delete", 215),
        (id, &*name, 413),
    ];
    let heard = line.say("", &answer(msg_ref, &codes, false), true);
    let told = told(&heard.events);
    let told: Vec<_> = told.iter().filter(|told| *told != "violation").collect();
    assert_eq!(told, ["0 507", "0 215", "0 413"]);
}

#[test]
fn l01_items_ahead_of_a_large_one_go_in_a_command_of_their_own() {
    for encoding in BOTH {
        let items = vec![
            item("./B", long(3)),
            item("./C", long(4)),
            item("./A", long(4000)),
        ];
        let mut line = Line::new(encoding);
        line.server.push(NewCommand::Replace(items)).unwrap();
        let first = line.say(&meta(1800, None), PACKAGE_1, true);
        assert_eq!(others(&first.message), ["Replace", "Replace"]);
        let (id, name, _) = last(&first.message);
        let codes = [(id - 1, &*name, 200), (id, &*name, 213)];
        let body = answer(first.message.header.msg_id, &codes, true);
        let heard = line.say("", &body, false);
        let status = |event: &ServerEvent| match event {
            ServerEvent::Status { uri, item, .. } => (uri.clone().unwrap(), item.unwrap()),
            ServerEvent::Progress { item, .. } => ("progress".to_owned(), item.unwrap()),
            other => panic!("{other:?}"),
        };
        let told: Vec<_> = heard.events.iter().map(status).collect();
        let named = |uri: &str, item| (uri.to_owned(), item);
        assert_eq!(
            told,
            [named("./B", 0), named("./C", 1), named("progress", 2)]
        );
        assert_eq!(others(&heard.message), ["Replace"]);
        let (_, end, _) = take_all(&mut line, heard);
        let (id, name, _) = last(&end.message);
        let body = answer(end.message.header.msg_id, &[(id, &name, 200)], false);
        let heard = line.say("", &body, true);
        assert_eq!(status(&heard.events[0]), named("./A", 2));
        assert!(heard.out.done);
    }
}

#[test]
fn l01_exec_and_markup_are_cut_too() {
    for encoding in BOTH {
        let mut line = Line::new(encoding);
        let markup = format!("<a>{}</a>", "b<c/>".repeat(900));
        let exec = NewCommand::Exec {
            uri: "./E".to_owned(),
            data: Some(Data::Markup(markup.clone())),
            format: Some(Format::Xml),
            mime: Some("application/x+xml".to_owned()),
            correlator: Some("7".to_owned()),
            report_to: None,
        };
        line.server.push(exec).unwrap();
        let first = line.say(&meta(1500, None), PACKAGE_1, true);
        let (got, ..) = take_all(&mut line, first);
        assert!(got.octets == markup.as_bytes());
        for chunk in &got.items {
            let meta = chunk.meta.as_ref().unwrap();
            assert_eq!(meta.format.as_deref(), Some("xml"));
            assert_eq!(meta.mime.as_deref(), Some("application/x+xml"));
        }
    }
}

#[test]
fn l16_octets_are_base64_in_xml_and_octets_in_wbxml() {
    let octets: Vec<u8> = (0..3000).map(|octet| (octet % 251) as u8).collect();
    for (encoding, format) in [(Encoding::Xml, "b64"), (Encoding::Wbxml, "bin")] {
        let mut line = Line::new(encoding);
        line.server
            .push(replace("./A", Data::Octets(octets.clone())))
            .unwrap();
        let first = line.say(&meta(1499, None), PACKAGE_1, true);
        let (got, ..) = take_all(&mut line, first);
        let formats = got
            .items
            .iter()
            .map(|item| item.meta.clone().unwrap().format);
        assert!(formats.flatten().all(|said| said == format));
        assert_eq!(got.size, Some(got.octets.len() as u32));
        if encoding == Encoding::Wbxml {
            assert!(got.octets == octets);
        } else {
            assert_eq!(got.octets.len(), 4000);
        }
    }
}

#[test]
fn l12_a_chunk_that_is_asked_for_twice_is_the_stored_one() {
    let (mut line, id, name, msg_ref) = begun(Encoding::Xml, replace("./A", long(5000)));
    let body = answer(msg_ref, &[(id, &name, 213)], true);
    let first = line.say("", &body, false);
    let octets = line.written("", &body, false);
    let again = line.hear(&octets);
    assert!(again.out.repeated && again.out.body == first.out.body);
    let (got, ..) = take_all(&mut line, again);
    assert!(got.octets.len() < 5000, "the first chunk was taken before");
}

#[test]
fn l15_an_object_that_is_aborted_is_unknown() {
    let (mut line, ..) = begun(Encoding::Xml, replace("./A", long(5000)));
    let heard = line.say("", crate::peer::ABORT, true);
    assert_eq!(told(&heard.events), ["Device", "0 unknown"]);
    assert!(heard.out.done && line.held() == 0);
    let (mut line, id, name, msg_ref) = begun(Encoding::Xml, replace("./A", long(5000)));
    line.server.abort(None);
    let body = answer(msg_ref, &[(id, &name, 213)], true);
    let heard = line.say("", &body, false);
    assert!(told(&heard.events).contains(&"0 unknown".to_owned()));
    assert_eq!(others(&heard.message), ["1223"]);
    assert_eq!((heard.out.done, line.held()), (true, 0));
}

#[test]
fn l15_a_device_that_starts_anew_is_sent_the_object_from_its_beginning() {
    let (mut line, id, name, msg_ref) = begun(Encoding::Xml, replace("./A", long(5000)));
    line.say("", &answer(msg_ref, &[(id, &name, 213)], true), false);
    line.msg_id = 0;
    let first = line.say(&meta(1500, None), PACKAGE_1, true);
    let (got, ..) = take_all(&mut line, first);
    assert_eq!((got.octets.len(), got.size), (5000, Some(5000)));
}

#[test]
fn l14_a_device_that_wants_credentials_first_is_sent_the_chunk_again() {
    let config = config(Binding::Transport, Limits::DEFAULT);
    let server = crate::pair::password("mgmt", "SrvPw-1", &[omadm::Scheme::Md5]);
    let mut desk = Desk::new(&Party::Transport, &server, config);
    desk.server.push(replace("./A", long(5000))).unwrap();
    let header = meta(2000, None);
    let first = desk.hear(&request(1, &header, PACKAGE_1));
    let (_, _, before) = last(&first.message);
    assert!(before.more_data);
    let refusal = of_header(1, 407, &chal("md5", Some("Tm9uY2U=")));
    let mut letter = request(2, "", &refusal);
    letter.is_final = false;
    let again = desk.hear(&letter);
    let (_, _, after) = last(&again.message);
    let text = |item: &omadm::Item| item.data.clone().unwrap().as_text().unwrap().to_owned();
    assert_eq!(after.meta, before.meta, "it begins anew");
    assert!(text(&after).len() > 300 && "x".repeat(5000).starts_with(&text(&after)));
}

#[test]
fn l01_a_device_that_says_neither_213_nor_1222_is_asked_and_in_the_end_left() {
    let (mut line, id, name, msg_ref) = begun(Encoding::Xml, replace("./A", long(5000)));
    let heard = line.say("", &answer(msg_ref, &[], false), false);
    assert_eq!(others(&heard.message), ["1222"]);
    assert!(!heard.message.is_final);
    // A late 213 goes on.
    let heard = line.say("", &answer(msg_ref, &[(id, &name, 213)], false), false);
    assert!(last(&heard.message).2.more_data);
    for turn in 0.. {
        assert!(turn < 20);
        let heard = line.say("", &answer(9, &[], false), false);
        if heard.out.done {
            assert_eq!(others(&heard.message), ["1223"]);
            assert!(told(&heard.events).contains(&"0 unknown".to_owned()));
            return;
        }
    }
}

#[test]
fn l01_the_demand_for_the_next_message_is_answered_with_the_next_chunk() {
    let (mut line, id, name, msg_ref) = begun(Encoding::Xml, replace("./A", long(5000)));
    let heard = line.say("", NEXT, false);
    let (_, _, item) = last(&heard.message);
    assert!(item.more_data && item.meta.is_none());
    assert_eq!(statuses(&heard.message)[1], "2/1 Alert 200");
    // The Status of the first chunk comes late, and breaks nothing.
    let late = answer(msg_ref, &[(id, &name, 213)], true);
    let heard = line.say("", &late, false);
    assert!(!told(&heard.events).contains(&"violation".to_owned()));
    let (got, end, _) = take_all(&mut line, heard);
    assert!(got.octets.len() < 4000 && end.message.is_final);
}

#[test]
fn l19_a_host_cannot_queue_more_than_a_session_may_hold() {
    let limits = Limits {
        object_bytes: 5000,
        ..Limits::DEFAULT
    };
    let mut line = Line::with(Encoding::Xml, config(Binding::Transport, limits));
    assert_eq!(line.server.push(replace("./A", long(3000))).unwrap(), 0);
    let error = line.server.push(replace("./A", long(2001))).unwrap_err();
    assert_eq!(error.exceeded(), Some("objectBytes"));
    assert_eq!(line.server.object_bytes(), 3000);
    assert_eq!(line.server.push(replace("./A", long(2000))).unwrap(), 1);
    // Nor than other sessions leave, which is told once for all that is queued.
    let mut line = Line::new(Encoding::Xml);
    line.server.set_room(5000);
    assert_eq!(line.server.push(replace("./A", long(3000))).unwrap(), 0);
    let error = line.server.push(replace("./A", long(2001))).unwrap_err();
    assert_eq!(error.exceeded(), Some("objectBytes"));
    assert_eq!(error.fault(), omadm::Fault::Caller);
    assert_eq!(line.server.push(replace("./A", long(2000))).unwrap(), 1);
    assert_eq!(line.server.push(crate::peer::get("./A")).unwrap(), 2);
    assert_eq!(line.server.object_bytes(), 5000);
}

/// Any value, cut for any size of message.
#[test]
fn l01_any_value_comes_whole_in_messages_of_any_size() {
    let letters = prop::sample::select(vec!['a', '<', '&', '>', '\r', 'é', '€', '😀', ' ']);
    let text = prop::collection::vec(letters, 200..3000)
        .prop_map(|letters| Data::Text(letters.into_iter().collect()));
    let octets = prop::collection::vec(any::<u8>(), 200..3000).prop_map(Data::Octets);
    let value = prop_oneof![text, octets];
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    let algorithm = config.rng_algorithm;
    let rng = TestRng::deterministic_rng(algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let run = (value, 1200..3000usize, any::<bool>(), any::<bool>());
    runner
        .run(&run, |(value, takes, in_wbxml, in_group)| {
            let encoding = BOTH[usize::from(in_wbxml)];
            let mut line = Line::new(encoding);
            let command = replace("./A", value.clone());
            let command = match in_group {
                true => NewCommand::Atomic(vec![command]),
                false => command,
            };
            line.server.push(command).unwrap();
            let mut first = line.say(&meta(takes, None), PACKAGE_1, true);
            if others(&first.message).is_empty() {
                first = line.say("", &answer(1, &[], true), true);
            }
            let (got, ..) = take_all(&mut line, first);
            prop_assert!(got.sizes.iter().all(|size| *size <= takes));
            let is_cut = got.chunks > 1;
            prop_assert_eq!(got.size.is_some(), is_cut);
            let expected = match &value {
                Data::Text(text) => text.clone().into_bytes(),
                Data::Octets(octets) if in_wbxml => octets.clone(),
                _ => return Ok(()),
            };
            prop_assert!(got.octets == expected);
            Ok(())
        })
        .unwrap();
}

/// What a session says of itself.
#[test]
fn max_obj_size_is_announced_where_it_is_set() {
    for max_obj_size in [None, Some(70_000)] {
        let config = ServerConfig {
            max_obj_size,
            ..config(Binding::Transport, Limits::DEFAULT)
        };
        let mut line = Line::with(Encoding::Wbxml, config);
        let heard = line.say("", PACKAGE_1, true);
        assert_eq!(heard.message.header.max_obj_size, max_obj_size);
    }
}

#[test]
fn l14_a_value_that_was_queued_before_the_device_has_proved_itself_is_sent_behind_that() {
    let basic = crate::pair::bruce(&[omadm::Scheme::Basic]);
    let config = config(Binding::RespUri, Limits::DEFAULT);
    let mut desk = Desk::new(&basic, &Party::Transport, config);
    desk.server.push(replace("./A", long(5000))).unwrap();
    let header = meta(2000, None);
    let challenged = desk.hear(&request(1, &header, PACKAGE_1));
    assert!(others(&challenged.message).is_empty());
    let header = crate::peer::cred("basic", crate::peer::BASIC) + &header;
    let heard = desk.hear(&request(2, &header, PACKAGE_1));
    let (_, _, item) = last(&heard.message);
    assert!(item.more_data && desk.server.object_bytes() == 5000);
}
