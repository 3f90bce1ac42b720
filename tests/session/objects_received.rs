//! Large objects at a server whose device is written by hand: it takes Results and alerts in chunks.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    Binding, Command, Data, Direction, Encoding, Env, Item, Limits, Message, Party, Received,
    ServerConfig, ServerEvent, ServerSession,
};

use crate::objects_server::{BOTH, Heard, Line, replace};
use crate::pair::{account, decode, entropy, nonces};
use crate::peer::{NEXT, PACKAGE_1, config, request, told};
use crate::phone::size;

/// A device that has been asked for `./A` (CmdID 4 of message 1, number 0), and has not said anything yet.
fn asked(encoding: Encoding, config: ServerConfig) -> Line {
    let mut line = Line::with(encoding, config);
    line.server.push(crate::peer::get("./A")).unwrap();
    line.say("", PACKAGE_1, true);
    line
}

/// A chunk of Results for `./A`, behind the Status of the header and of the Get.
pub(crate) fn chunk(cmd_id: u32, size: &str, data: &str, is_last: bool) -> String {
    let meta = if size.is_empty() {
        String::new()
    } else {
        format!("<Meta><Size xmlns=\"syncml:metinf\">{size}</Size></Meta>")
    };
    let more = if is_last { "" } else { "<MoreData/>" };
    format!(
        "<Results><CmdID>{cmd_id}</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item>\
        <Source><LocURI>./A</LocURI></Source>{meta}<Data>{data}</Data>{more}</Item></Results>"
    )
}

fn small(max_obj_size: Option<u32>) -> ServerConfig {
    ServerConfig {
        max_obj_size,
        ..config(Binding::Transport, Limits::DEFAULT)
    }
}

/// The codes of all Statuses but that of the header.
fn codes(heard: &Heard) -> Vec<u16> {
    crate::say::codes(&heard.message)[1..].to_vec()
}

fn value(events: &[ServerEvent]) -> Vec<Item> {
    let mut found = Vec::new();
    for event in events {
        if let ServerEvent::Results { items, .. } = event {
            found.extend(items.clone());
        }
    }
    found
}

#[test]
fn l01_l12_l14_chunks_of_results_come_to_one_value() {
    for encoding in BOTH {
        let mut line = asked(encoding, small(Some(1000)));
        let first = line.say("", &chunk(2, "9", "abc", false), false);
        assert_eq!(codes(&first), [213]);
        assert_eq!(crate::say::others(&first.message), ["1222"]);
        assert!(value(&first.events).is_empty() && line.held() == 3);
        // The same once more, octet for octet.
        let again = line.written("", &chunk(2, "9", "abc", false), false);
        let again = line.hear(&again);
        assert!(again.out.repeated && again.out.body == first.out.body);
        assert_eq!(line.held(), 3);
        let second = line.say("", &chunk(2, "", "def", false), false);
        assert_eq!((codes(&second), line.held()), (vec![213], 6));
        let third = line.say("", &chunk(2, "", "ghi", true), true);
        assert_eq!(codes(&third), [200]);
        let items = value(&third.events);
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].data, Some(Data::Text("abcdefghi".to_owned())));
        assert_eq!((&items[0].meta, items[0].more_data), (&None, false));
        // The last chunk was never at rest.
        assert_eq!((line.held(), line.written), (0, 6));
        let progress = |heard: &Heard| {
            heard.events.iter().find_map(|event| match event {
                ServerEvent::Progress { bytes, total, .. } => Some((*bytes, *total)),
                _ => None,
            })
        };
        assert_eq!(progress(&second), Some((6, Some(9))));
        assert_eq!(third.message.header.max_obj_size, Some(1000));
    }
}

#[test]
fn l02_l06_chunks_that_do_not_come_to_their_size_are_424() {
    for encoding in BOTH {
        for (size, chunks, expected) in [
            ("10", vec!["abc", "def", "ghi"], vec![213, 213, 424]),
            ("8", vec!["abc", "def", "ghi"], vec![213, 213, 424]),
            ("5", vec!["abc", "def", "ghi"], vec![213, 424, 424]),
            (
                "5",
                vec!["abc", "def", "ghi", "jkl"],
                vec![213, 424, 424, 424],
            ),
            ("2", vec!["abc", "def"], vec![424, 424]),
        ] {
            let mut line = asked(encoding, small(None));
            for (at, code) in expected.iter().enumerate() {
                let is_last = at + 1 == chunks.len();
                let size = if at == 0 { size } else { "" };
                let heard = line.say("", &chunk(2, size, chunks[at], is_last), is_last);
                assert_eq!(codes(&heard), [*code], "{size} {at}");
                assert!(value(&heard.events).is_empty());
                assert!((line.held() > 0) == (*code == 213));
            }
        }
    }
}

#[test]
fn l03_l04_a_first_chunk_without_a_good_size_is_not_kept() {
    let mut cases = vec![
        ("", 411),
        ("0", 400),
        ("-1", 400),
        ("4294967296", 400),
        ("18446744073709551616", 400),
        ("many", 400),
        ("1001", 413),
        ("4294967295", 413),
        ("1000", 213),
    ];
    cases.push(("1", 424));
    for encoding in BOTH {
        for (size, code) in &cases {
            let mut line = asked(encoding, small(Some(1000)));
            let heard = line.say("", &chunk(2, size, "abc", false), false);
            assert_eq!(codes(&heard), [*code], "{size}");
            assert_eq!(line.held() > 0, *code == 213);
            // Who goes on all the same gets the same again, and nothing is taken for the value.
            if *code != 213 {
                for is_last in [false, true] {
                    let heard = line.say("", &chunk(2, "", "def", is_last), is_last);
                    assert_eq!(codes(&heard), [*code], "{size}");
                    assert!(value(&heard.events).is_empty());
                }
            }
        }
    }
}

#[test]
fn l07_chunks_for_ever_end_with_an_abort() {
    for encoding in BOTH {
        let limits = Limits {
            messages: 20,
            ..Limits::DEFAULT
        };
        let mut line = asked(encoding, config(Binding::Transport, limits));
        line.say("", &chunk(2, "9", "", false), false);
        for turn in 0.. {
            assert!(turn < 20);
            let heard = line.say("", &chunk(2, "", "", false), false);
            if heard.out.done {
                assert_eq!(crate::say::others(&heard.message), ["1223"]);
                assert_eq!(line.held(), 0);
                break;
            }
            assert_eq!(codes(&heard), [213]);
        }
    }
}

/// The Target and Source of Alert 1225.
fn broken(message: &Message) -> Vec<String> {
    let alerts = message.commands.iter().filter_map(|command| match command {
        Command::Alert(alert) if alert.code == Some(omadm::AlertCode(1225)) => Some(alert),
        _ => None,
    });
    let items = alerts.flat_map(|alert| &alert.items);
    let place = |item: &Item| item.target.clone().or(item.source.clone()).unwrap().uri;
    items.map(place).collect()
}

#[test]
fn l08_l09_what_comes_between_breaks_an_object_off() {
    let alert = "<Alert><CmdID>2</CmdID><Data>1226</Data><Item><Meta><Format xmlns=\"syncml:metinf\">chr</Format>\
        <Type xmlns=\"syncml:metinf\">a:b</Type></Meta><Data>x</Data></Item></Alert>";
    let replace = "<Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Lang</LocURI></Source><Data>de</Data></Item></Replace>";
    let elsewhere = chunk(2, "", "def", true).replace("./A", "./B");
    let other_get = chunk(2, "", "def", true).replace("<CmdRef>4", "<CmdRef>5");
    let other_format = chunk(2, "", "def", true).replace(
        "<Data>",
        "<Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta><Data>",
    );
    let again = chunk(2, "6", "uvw", false);
    let whole = chunk(2, "", "def", false) + &chunk(3, "", "ghi", true);
    for encoding in BOTH {
        for (between, codes_then, is_broken) in [
            (alert, vec![415], true),
            (replace, vec![200], true),
            (&*elsewhere, vec![], true),
            (&*other_get, vec![], true),
            (&*other_format, vec![], true),
            (&*again, vec![213], true),
            (NEXT, vec![200], false),
            (&*whole, vec![213, 200], false),
        ] {
            let mut line = asked(encoding, small(None));
            line.say("", &chunk(2, "9", "abc", false), false);
            let heard = line.say("", between, false);
            let expected: &[&str] = if is_broken { &["./A"] } else { &[] };
            assert_eq!(broken(&heard.message), expected, "{between}");
            assert_eq!(codes(&heard), codes_then, "{between}");
            let is_violation = told(&heard.events).contains(&"violation".to_owned());
            assert_eq!(is_violation, is_broken);
            let last = crate::say::others(&heard.message).pop();
            assert_eq!(last.as_deref(), Some("1222"));
        }
    }
}

#[test]
fn l08_an_object_that_is_not_complete_with_its_package_is_broken() {
    for encoding in BOTH {
        let mut line = asked(encoding, small(None));
        line.say("", &chunk(2, "9", "abc", false), false);
        let heard = line.say("", &chunk(2, "", "def", false), true);
        assert_eq!(broken(&heard.message), ["./A"]);
        assert_eq!(line.held(), 0);
        assert!(value(&heard.events).is_empty());
    }
}

#[test]
fn l13_a_msg_id_that_is_skipped_inside_an_object_is_refused() {
    for encoding in BOTH {
        let mut line = asked(encoding, small(None));
        line.say("", &chunk(2, "9", "abc", false), false);
        let before = line.server.save().unwrap();
        line.msg_id += 2;
        let late = line.written("", &chunk(2, "", "ghi", true), true);
        let account = account(&Party::Transport, &Party::Transport, nonces(None, None));
        let refused = line.server.receive(&Received::body(&late), Some(&account));
        assert_eq!(refused.unwrap_err().code(), omadm::Code::State);
        assert_eq!(line.server.save().unwrap(), before);
        line.msg_id -= 2;
        let heard = line.say("", &chunk(2, "", "defghi", true), true);
        assert_eq!(codes(&heard), [200]);
    }
}

#[test]
fn l15_nothing_is_kept_of_an_object_behind_an_abort() {
    for encoding in BOTH {
        let mut line = asked(encoding, small(None));
        line.say("", &chunk(2, "9", "abc", false), false);
        let heard = line.say("", crate::peer::ABORT, true);
        assert!(heard.out.done && value(&heard.events).is_empty());
        assert_eq!((line.held(), line.server.object_bytes()), (0, 0));
    }
}

#[test]
fn l16_chunks_are_joined_before_anything_is_decoded() {
    // Base64 cut anywhere, and a character of two octets cut in the middle.
    let mut line = asked(Encoding::Xml, small(None));
    let meta = "<Format xmlns=\"syncml:metinf\">b64</Format>";
    let b64 = |size: &str, data: &str, is_last: bool| {
        chunk(2, size, data, is_last).replacen("<Meta>", &format!("<Meta>{meta}"), 1)
    };
    line.say("", &b64("8", "Y", false), false);
    line.say("", &b64("", "WJjZG", false), false);
    let heard = line.say("", &b64("", "U=", true), true);
    let items = value(&heard.events);
    assert_eq!(items[0].data, Some(Data::Text("YWJjZGU=".to_owned())));
    let format = items[0].meta.as_ref().unwrap().format.as_deref();
    assert_eq!(format, Some("b64"));
    let mut line = asked(Encoding::Wbxml, small(None));
    let mut heard = None;
    for (octets, is_last) in [(&b"a\xc3"[..], false), (b"\xa9b", true)] {
        line.msg_id += 1;
        let size = if is_last { "" } else { "4" };
        let letter = chunk(2, size, "@", is_last);
        let mut letter = request(line.msg_id, "", &letter);
        letter.is_final = is_last;
        let mut message =
            Message::decode(&letter.write(), Encoding::Xml, &Limits::DEFAULT).unwrap();
        if let Some(Command::Results(results)) = message.commands.last_mut() {
            results.items[0].data = Some(Data::Octets(octets.to_vec()));
        }
        let body = message.encode(Encoding::Wbxml, false).unwrap();
        heard = Some(line.hear(&body));
    }
    let items = value(&heard.unwrap().events);
    assert_eq!(items[0].data, Some(Data::Text("aéb".to_owned())));
}

#[test]
fn l17_an_object_may_be_as_large_as_was_announced_and_no_larger() {
    for encoding in BOTH {
        for (size, expected) in [(1000, vec![213, 200]), (1001, vec![413, 413])] {
            let mut line = asked(encoding, small(Some(1000)));
            let first = line.say(
                "",
                &chunk(2, &size.to_string(), &"x".repeat(600), false),
                false,
            );
            let second = line.say("", &chunk(2, "", &"x".repeat(size - 600), true), true);
            assert_eq!([codes(&first), codes(&second)].concat(), expected);
            assert_eq!(value(&second.events).len(), usize::from(size == 1000));
        }
    }
}

#[test]
fn l19_objects_beyond_the_room_of_a_session_or_of_all_are_413() {
    for encoding in BOTH {
        let limits = Limits {
            object_bytes: 1000,
            ..Limits::DEFAULT
        };
        let mut line = asked(encoding, config(Binding::Transport, limits));
        let heard = line.say("", &chunk(2, "1001", "abc", false), false);
        assert_eq!((codes(&heard), line.held()), (vec![413], 0));
        let mut line = asked(encoding, small(None));
        line.server.set_room(5);
        let heard = line.say("", &chunk(2, "6", "abc", false), false);
        assert_eq!((codes(&heard), line.held()), (vec![413], 0));
        let mut line = asked(encoding, small(None));
        let heard = line.say("", &chunk(2, "6", "abc", false), false);
        assert_eq!(codes(&heard), [213]);
        line.server.set_room(2);
        let heard = line.say("", &chunk(2, "", "def", true), true);
        assert_eq!((codes(&heard), line.held()), (vec![413], 0));
        // All chunks of a message share the room.
        let mut line = asked(encoding, small(None));
        line.say("", &chunk(2, "10", "abc", false), false);
        line.server.set_room(4);
        let both = chunk(2, "", "def", false) + &chunk(3, "", "ghi", false);
        let heard = line.say("", &both, false);
        assert_eq!((codes(&heard), line.held()), (vec![213, 413], 0));
    }
}

#[test]
fn l19_a_value_that_is_refused_leaves_the_session_as_it_was() {
    let limits = Limits {
        object_bytes: 1000,
        ..Limits::DEFAULT
    };
    let mut line = Line::with(Encoding::Xml, config(Binding::Transport, limits));
    let value = |length| replace("./A", Data::Text("x".repeat(length)));
    line.server.push(value(600)).unwrap();
    let before = line.server.save().unwrap();
    let error = line.server.push(value(600)).unwrap_err();
    assert_eq!(error.exceeded(), Some("objectBytes"));
    assert!(line.server.save().unwrap() == before);
}

#[test]
fn l20_what_waits_is_stored_in_parts_of_at_most_a_mebibyte() {
    let mut line = Line::new(Encoding::Xml);
    let value = "x".repeat(2_500_000);
    line.server.push(replace("./A", Data::Text(value))).unwrap();
    let saved = line.server.save().unwrap();
    let sizes: Vec<usize> = saved.parts.iter().map(|part| part.bytes.len()).collect();
    assert_eq!(sizes, [1 << 20, 1 << 20, 2_500_000 - (2 << 20)]);
    assert!(saved.state.len() < 1_000);
    assert!(line.server.cancel(0));
    assert!(line.server.save().unwrap().parts.is_empty());
    // Nothing may be missing or other.
    let damaged = [
        saved.parts[1..].to_vec(),
        Vec::new(),
        {
            let mut parts = saved.parts.clone();
            parts[2].bytes[7] ^= 1;
            parts
        },
        {
            let mut parts = saved.parts.clone();
            parts[0].bytes.pop();
            parts
        },
    ];
    for parts in damaged {
        let saved = omadm::Saved {
            parts,
            ..saved.clone()
        };
        let error = ServerSession::restore(&saved, line.config.clone()).unwrap_err();
        assert_eq!(error.code(), omadm::Code::Snapshot);
    }
}

#[test]
fn s10_an_object_that_was_not_asked_for_is_not_kept() {
    let mut line = asked(Encoding::Xml, small(None));
    let body = chunk(2, "9", "abc", false).replace("./A", "./B");
    let heard = line.say("", &body, false);
    assert_eq!((codes(&heard), line.held()), (vec![400], 0));
    assert_eq!(told(&heard.events), ["violation"]);
}

#[test]
fn l01_a_large_alert_is_told_when_it_is_whole() {
    for encoding in BOTH {
        let config = ServerConfig {
            alert_types: vec!["a:b".to_owned()],
            ..small(None)
        };
        let mut line = Line::with(encoding, config);
        line.say("", PACKAGE_1, false);
        let part = |size: &str, data: &str, is_last: bool| {
            let more = if is_last { "" } else { "<MoreData/>" };
            format!(
                "<Alert><CmdID>2</CmdID><Data>1226</Data><Item><Source><LocURI>./Where</LocURI></Source><Meta><Format xmlns=\"syncml:metinf\">chr</Format>\
                <Type xmlns=\"syncml:metinf\">a:b</Type>{size}</Meta><Data>{data}</Data>{more}</Item></Alert>"
            )
        };
        let size = "<Size xmlns=\"syncml:metinf\">6</Size>";
        let progress = |bytes| ServerEvent::Progress {
            direction: Direction::Received,
            bytes,
            total: Some(6),
            uri: Some("./Where".to_owned()),
            command: None,
            child: Vec::new(),
            item: None,
        };
        let heard = line.say("", &part(size, "abc", false), false);
        assert_eq!(
            (codes(&heard), heard.events),
            (vec![213], vec![progress(3)])
        );
        let heard = line.say("", &part("", "def", true), true);
        assert_eq!(codes(&heard), [200]);
        assert!(heard.events.contains(&progress(6)), "{:?}", heard.events);
        let items = heard.events.iter().filter_map(|event| match event {
            ServerEvent::Alert { item, .. } => item.data.clone(),
            _ => None,
        });
        assert_eq!(items.collect::<Vec<_>>(), [Data::Text("abcdef".to_owned())]);
    }
}

#[test]
fn l19_dev_info_is_bounded_however_it_comes() {
    for encoding in BOTH {
        for chunks in [1, 2] {
            let mut line = Line::with(encoding, small(None));
            let value = "v".repeat(1000 / chunks);
            // Larger than what rests behind other messages.
            let say = |line: &mut Line, body: &str, is_final| {
                line.msg_id += 1;
                let octets = line.written("", body, is_final);
                let account = account(&Party::Transport, &Party::Transport, nonces(None, None));
                let received = Received::body(&octets);
                let events = line.server.receive(&received, Some(&account)).unwrap();
                let env = entropy(line.msg_id as usize);
                let out = line.server.respond(&Env::new(0, &env).unwrap()).unwrap();
                (events, crate::say::codes(&decode(&out.body))[1..].to_vec())
            };
            let mut told = Vec::new();
            for at in 0..40 {
                // The second tells the first once more.
                let name = format!("./DevInfo/N{:02}", if at == 1 { 0 } else { at });
                for chunk in 1..=chunks {
                    let size = match chunk {
                        1 if chunks > 1 => size(1000),
                        _ => String::new(),
                    };
                    let more = if chunk < chunks { "<MoreData/>" } else { "" };
                    let item = format!(
                        "<Item><Source><LocURI>{name}</LocURI></Source><Meta>{size}</Meta>\
                        <Data>{value}</Data>{more}</Item>"
                    );
                    let replace = format!("<Replace><CmdID>2</CmdID>{item}</Replace>");
                    told = say(&mut line, &replace, false).1;
                }
                let is_kept = at <= 32;
                assert_eq!(told, [if is_kept { 200 } else { 413 }], "{at}");
            }
            let state = line.server.save().unwrap().state.len();
            assert!(state < 40_000, "{state}");
            let (events, _) = say(&mut line, PACKAGE_1, true);
            let started = events.iter().find_map(|event| match event {
                ServerEvent::Started { dev_info, .. } => Some(dev_info.len()),
                _ => None,
            });
            assert_eq!(started, Some(33));
        }
    }
}

#[test]
fn l01_how_far_a_value_of_dev_info_has_come_is_told_by_its_place() {
    for encoding in BOTH {
        let mut line = Line::with(encoding, small(None));
        line.say("", PACKAGE_1, false);
        let part = |size: &str, data: &str, more: &str| {
            format!(
                "<Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Ext/A</LocURI></Source>{size}\
                <Data>{data}</Data>{more}</Item></Replace>"
            )
        };
        let size = "<Meta><Size xmlns=\"syncml:metinf\">5</Size></Meta>";
        let first = line.say("", &part(size, "abc", "<MoreData/>"), false);
        let last = line.say("", &part("", "de", ""), true);
        let far = |heard: &Heard| {
            let far = heard.events.iter().find_map(|event| match event {
                ServerEvent::Progress {
                    bytes,
                    uri: Some(uri),
                    command: None,
                    ..
                } if uri == "./DevInfo/Ext/A" => Some(*bytes),
                _ => None,
            });
            far.unwrap()
        };
        assert_eq!((far(&first), far(&last)), (3, 5));
    }
}

#[test]
fn l17_a_value_that_is_not_taken_is_told_to_the_host() {
    for encoding in BOTH {
        // Nothing was announced, and no more than 16 MiB is taken.
        let mut line = asked(encoding, small(None));
        let heard = line.say("", &chunk(2, "16777217", "abc", false), false);
        assert_eq!(codes(&heard).last(), Some(&413));
        assert_eq!(told(&heard.events).last().unwrap(), "0 413");
        let mut line = asked(encoding, small(Some(10)));
        let heard = line.say("", &chunk(2, "11", "abc", false), false);
        assert_eq!(told(&heard.events).last().unwrap(), "0 413");
    }
}

/// The error of a chunk is none of a command that it has nothing to do with.
#[test]
fn l03_l17_chunks_for_no_get_are_no_status_of_the_command_they_name() {
    for encoding in BOTH {
        for size in ["", "0", "2000", "9"] {
            let mut line = Line::with(encoding, small(Some(1000)));
            let run = omadm::NewCommand::Exec {
                uri: "./A".to_owned(),
                data: None,
                format: None,
                mime: None,
                correlator: None,
                report_to: None,
            };
            line.server.push(run).unwrap();
            line.say("", PACKAGE_1, true);
            let heard = line.say("", &chunk(2, size, "abc", false), false);
            assert_eq!(codes(&heard), [400], "{size}");
            assert_eq!(told(&heard.events), ["violation"], "{size}");
            let heard = line.say("", &crate::peer::status(1, 4, 200), true);
            assert_eq!(told(&heard.events).last().unwrap(), "0 200", "{size}");
        }
    }
}
