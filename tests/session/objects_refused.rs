//! The rest of large objects that were refused or broken off is no value of its own, another value behind them is, and nothing is kept of a
//! chunk whose command is wrong.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Binding, Encoding, Limits, ServerConfig, ServerEvent};

use crate::objects_device::{answer, begun};
use crate::objects_received::chunk as result;
use crate::objects_server::{BOTH, Heard, Line};
use crate::pair::{Setup, text};
use crate::peer::{PACKAGE_1, config, told};
use crate::phone::{Chunk, ENCODINGS, Phone, broken, chunk, format_of, size};
use crate::say::codes;

fn small_phone(encoding: Encoding) -> Phone {
    let setup = Setup {
        max_obj_size: Some(10),
        ..Setup::default()
    };
    Phone::new(&setup, encoding)
}

#[test]
fn l04_l17_the_rest_of_a_refused_object_is_not_executed_and_another_value_is() {
    for encoding in ENCODINGS {
        // Eleven octets in three chunks, to the last.
        let mut phone = small_phone(encoding);
        phone.hear(&chunk(&size(11), "abcd", true).write(), false);
        assert_eq!(answer(&mut phone), [413]);
        phone.hear(&chunk("", "efgh", true).write(), false);
        assert_eq!(answer(&mut phone), [413]);
        phone.hear(&chunk("", "ijk", false).write(), true);
        assert_eq!(answer(&mut phone), [413]);
        assert_eq!(phone.value("./A"), None);
        // A smaller value instead, at once or behind something else.
        for behind in ["", "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>"] {
            let mut phone = small_phone(encoding);
            phone.hear(&chunk(&size(11), "abcd", true).write(), false);
            assert_eq!(answer(&mut phone), [413]);
            phone.hear(
                &(behind.to_owned() + &chunk("", "efg", false).write()),
                true,
            );
            assert_eq!(answer(&mut phone).last(), Some(&200));
            assert_eq!(phone.value("./A"), text("efg"));
        }
    }
}

#[test]
fn l03_what_follows_an_object_without_a_size_is_its_rest() {
    let other = Chunk {
        uri: "./B",
        ..chunk("", "x", false)
    };
    for encoding in ENCODINGS {
        let mut phone = small_phone(encoding);
        for _ in 0..2 {
            phone.hear(&chunk("", "abc", true).write(), false);
            assert_eq!(answer(&mut phone), [411]);
        }
        phone.hear(&chunk("", "def", false).write(), false);
        assert_eq!(answer(&mut phone), [411]);
        assert_eq!(phone.value("./A"), None);
        // Behind something else, and in the same message, it is not.
        for between in [true, false] {
            let mut phone = small_phone(encoding);
            let first = chunk("", "abc", true).write();
            let own = Chunk {
                id: 3,
                ..chunk("", "def", false)
            };
            if between {
                phone.hear(&first, false);
                assert_eq!(answer(&mut phone), [411]);
                phone.hear(&(other.write() + &own.write()), true);
                assert_eq!(answer(&mut phone), [200, 200]);
            } else {
                phone.hear(&(first + &own.write()), true);
                assert_eq!(answer(&mut phone), [411, 200]);
            }
            assert_eq!(phone.value("./A"), text("def"));
        }
    }
}

#[test]
fn l08_the_rest_of_an_object_that_was_broken_off_is_not_executed() {
    for encoding in ENCODINGS {
        let get = "<Get><CmdID>3</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";
        let rest = chunk("", "def", false).write();
        // In the same message, and in the next.
        let mut phone = begun(encoding);
        phone.hear(&(get.to_owned() + &rest), true);
        let message = phone.say();
        assert_eq!(broken(&message), ["./A"]);
        assert_eq!(codes(&message)[1..], [200, 411]);
        assert_eq!(phone.value("./A"), None);
        let mut phone = begun(encoding);
        phone.hear(get, false);
        assert_eq!(broken(&phone.say()), ["./A"]);
        phone.hear(&rest, true);
        assert_eq!(answer(&mut phone), [411]);
        assert_eq!(phone.value("./A"), None);
        phone.hear(&chunk("", "def", false).write(), true);
        assert_eq!(answer(&mut phone), [200], "one message is remembered");
    }
}

/// A server behind package 1 that takes objects of ten octets, and alerts of a type.
fn desk(encoding: Encoding) -> Line {
    let config = ServerConfig {
        max_obj_size: Some(10),
        alert_types: vec!["a:b".to_owned()],
        ..config(Binding::Transport, Limits::DEFAULT)
    };
    let mut line = Line::with(encoding, config);
    line.server.push(crate::peer::get("./A")).unwrap();
    line.say("", PACKAGE_1, true);
    line
}

fn alert(id: &str, size: &str, data: &str, more: bool) -> String {
    let more = if more { "<MoreData/>" } else { "" };
    format!(
        "<Alert>{id}<Data>1226</Data><Item><Meta><Format xmlns=\"syncml:metinf\">chr</Format>\
        <Type xmlns=\"syncml:metinf\">a:b</Type>{size}</Meta><Data>{data}</Data>{more}</Item></Alert>"
    )
}

fn alerts(heard: &Heard) -> Vec<String> {
    let alerts = heard.events.iter().filter_map(|event| match event {
        ServerEvent::Alert { item, .. } => item.data.as_ref()?.as_text().map(str::to_owned),
        _ => None,
    });
    alerts.collect()
}

#[test]
fn l17_an_alert_behind_a_refused_one_is_heard() {
    let id = "<CmdID>2</CmdID>";
    for encoding in BOTH {
        let mut line = desk(encoding);
        let heard = line.say("", &alert(id, &size(11), "abcd", true), false);
        assert_eq!(codes(&heard.message)[1..], [413]);
        let heard = line.say("", &alert(id, "", "xyz", false), false);
        assert_eq!(codes(&heard.message)[1..], [200]);
        assert_eq!(alerts(&heard), ["xyz"]);
        // In the same message, too.
        let both =
            alert(id, &size(11), "abcd", true) + &alert("<CmdID>3</CmdID>", "", "efghijk", false);
        let heard = line.say("", &both, false);
        assert_eq!(codes(&heard.message)[1..], [413, 200]);
        assert_eq!(alerts(&heard), ["efghijk"]);
        // But not the rest.
        line.say("", &alert(id, &size(11), "abcd", true), false);
        let heard = line.say("", &alert(id, "", "efghijk", false), false);
        assert_eq!(codes(&heard.message)[1..], [413]);
        assert!(alerts(&heard).is_empty());
    }
}

#[test]
fn l08_a_chunk_whose_command_is_wrong_is_not_kept() {
    let taken = "<Alert><CmdID>2</CmdID><Data>1222</Data></Alert>";
    for encoding in BOTH {
        for (ahead, id) in [
            ("", ""),
            ("", "<CmdID>0</CmdID>"),
            (taken, "<CmdID>2</CmdID>"),
        ] {
            if encoding == Encoding::Wbxml && id.is_empty() {
                continue;
            }
            // A first chunk, and the last of one that is open.
            let mut line = desk(encoding);
            let body = ahead.to_owned() + &alert(id, &size(6), "abc", true);
            let heard = line.say("", &body, false);
            assert_eq!(codes(&heard.message).last(), Some(&400), "{id}");
            assert_eq!(line.held(), 0);
            let mut line = desk(encoding);
            line.say("", &alert("<CmdID>2</CmdID>", &size(6), "abc", true), false);
            assert_eq!(line.held(), 3);
            let body = ahead.to_owned() + &alert(id, "", "def", false);
            let heard = line.say("", &body, false);
            assert_eq!(codes(&heard.message).last(), Some(&400), "{id}");
            assert_eq!(crate::say::others(&heard.message), ["1225", "1222"]);
            assert!(alerts(&heard).is_empty() && line.held() == 0);
            assert!(told(&heard.events).contains(&"violation".to_owned()));
        }
        // Results as well.
        let results = |id: &str, meta: &str, data: &str, more: &str| {
            format!(
                "<Results>{id}<MsgRef>1</MsgRef><CmdRef>4</CmdRef><Item><Source><LocURI>./A</LocURI></Source>\
                <Meta>{meta}</Meta><Data>{data}</Data>{more}</Item></Results>"
            )
        };
        let mut line = desk(encoding);
        let (six, zero) = (size(6), "<CmdID>0</CmdID>");
        let heard = line.say("", &results(zero, &six, "abc", "<MoreData/>"), false);
        assert_eq!(
            (codes(&heard.message)[1..].to_vec(), line.held()),
            (vec![400], 0)
        );
        line.say(
            "",
            &results("<CmdID>2</CmdID>", &six, "abc", "<MoreData/>"),
            false,
        );
        let heard = line.say("", &results(zero, "", "def", ""), false);
        assert_eq!(
            (codes(&heard.message)[1..].to_vec(), line.held()),
            (vec![400], 0)
        );
        assert!(
            !heard
                .events
                .iter()
                .any(|event| matches!(event, ServerEvent::Results { .. }))
        );
    }
}

#[test]
fn a_device_does_not_keep_a_chunk_whose_command_is_wrong() {
    for encoding in ENCODINGS {
        let get = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";
        for (ahead, id) in [("", 0), (get, 2)] {
            let given = |meta: &str, data: &str, more| {
                let chunk = Chunk {
                    id,
                    ..chunk(meta, data, more)
                };
                ahead.to_owned() + &chunk.write()
            };
            let mut phone = small_phone(encoding);
            phone.hear(&given(&size(6), "abc", true), true);
            assert_eq!(answer(&mut phone).last(), Some(&400));
            phone.assert_empty();
            let mut phone = begun(encoding);
            phone.hear(&given("", "def", false), true);
            let message = phone.say();
            assert_eq!(broken(&message), ["./A"]);
            assert_eq!(codes(&message).last(), Some(&400));
            assert_eq!(phone.value("./A"), None);
            phone.assert_empty();
        }
    }
}

/// A Get whose CmdID the chunk behind it has, too.
const TAKEN: &str =
    "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>";

#[test]
fn l08_the_rest_behind_a_chunk_whose_command_is_wrong_is_not_executed() {
    for encoding in ENCODINGS {
        // A middle chunk, alone and with all of Meta repeated.
        let nine = size(9);
        for (meta, code) in [("", 411), (&nine, 400)] {
            let mut phone = Phone::new(&Setup::default(), encoding);
            phone.hear(&chunk(&nine, "abc", true).write(), false);
            assert_eq!(answer(&mut phone), [213]);
            phone.hear(
                &(TAKEN.to_owned() + &chunk(meta, "def", true).write()),
                false,
            );
            assert_eq!(broken(&phone.say()), ["./A"]);
            phone.hear(&chunk("", "ghi", false).write(), true);
            assert_eq!(answer(&mut phone), [code]);
            assert_eq!(phone.value("./A"), None);
        }
        // The first, also with a size that nobody knows, and in a group.
        for (meta, group) in [(size(6), ""), (String::new(), ""), (size(6), "Atomic")] {
            let within = |chunk: Chunk<'_>| match group {
                "" => chunk.write(),
                group => format!("<{group}><CmdID>7</CmdID>{}</{group}>", chunk.write()),
            };
            let mut phone = Phone::new(&Setup::default(), encoding);
            phone.hear(
                &(TAKEN.to_owned() + &within(chunk(&meta, "abc", true))),
                false,
            );
            phone.say();
            phone.hear(&within(chunk("", "def", false)), true);
            assert_eq!(answer(&mut phone).last(), Some(&400), "{meta} {group}");
            assert_eq!(phone.value("./A"), None);
            phone.hear(&within(chunk("", "def", false)), true);
            assert_eq!(phone.value("./A"), text("def"));
        }
        // The last comes again.
        let mut phone = begun(encoding);
        phone.hear(
            &(TAKEN.to_owned() + &chunk("", "def", false).write()),
            false,
        );
        assert_eq!(broken(&phone.say()), ["./A"]);
        phone.hear(&chunk("", "def", false).write(), true);
        assert_eq!(answer(&mut phone), [411]);
        assert_eq!(phone.value("./A"), None);
    }
}

fn at<'a>(uri: &'a str, chunk: Chunk<'a>) -> Chunk<'a> {
    Chunk { uri, ..chunk }
}

#[test]
fn l08_the_rests_of_several_objects_are_not_executed() {
    let (nine, eleven) = (size(9), size(11));
    for encoding in ENCODINGS {
        // Each breaks the other off.
        let mut phone = small_phone(encoding);
        for (chunk, code) in [
            (at("./A", chunk(&nine, "abc", true)), 213),
            (at("./B", chunk(&nine, "uvw", true)), 213),
            (at("./A", chunk("", "def", true)), 411),
            (at("./B", chunk("", "xy", true)), 411),
            (at("./A", chunk("", "ghi", false)), 411),
            (at("./B", chunk("", "z012", false)), 411),
        ] {
            phone.hear(&chunk.write(), false);
            assert_eq!(answer(&mut phone), [code], "{}", chunk.data);
        }
        assert_eq!((phone.value("./A"), phone.value("./B")), (None, None));
        // One is refused, the other comes between.
        for (meta, code) in [(eleven.as_str(), 413), ("", 411)] {
            let mut phone = small_phone(encoding);
            for (chunk, code) in [
                (at("./A", chunk(meta, "abcdefgh", true)), code),
                (at("./B", chunk(&nine, "uvw", true)), 213),
                (at("./B", chunk("", "xyz012", false)), 200),
                (at("./A", chunk("", "ijk", false)), code),
            ] {
                phone.hear(&chunk.write(), false);
                assert_eq!(answer(&mut phone), [code], "{}", chunk.data);
            }
            assert_eq!(phone.value("./A"), None);
            assert_eq!(phone.value("./B"), text("uvwxyz012"));
        }
        // Of many at a time a few are remembered with what was wrong, the others by their places.
        let mut phone = small_phone(encoding);
        let uris: Vec<String> = (0..20).map(|at| format!("./N{at}")).collect();
        for uri in &uris {
            phone.hear(&at(uri, chunk(&eleven, "abcd", true)).write(), false);
            assert_eq!(answer(&mut phone), [413]);
        }
        assert!(phone.client.save().unwrap().state.len() < 3_000);
        for uri in &uris[12..] {
            phone.hear(&at(uri, chunk("", "efghijk", false)).write(), false);
            assert_eq!(answer(&mut phone), [413], "{uri}");
        }
        for uri in &uris[..12] {
            phone.hear(&at(uri, chunk("", "efghijk", false)).write(), false);
            assert_eq!(answer(&mut phone), [411], "{uri}");
            assert_eq!(phone.value(uri), None);
        }
        phone.hear(&at("./N0", chunk("", "efg", false)).write(), true);
        assert_eq!(answer(&mut phone), [200]);
        assert_eq!(phone.value("./N0"), text("efg"));
    }
}

#[test]
fn l09_the_rest_behind_a_chunk_of_another_format_is_not_executed() {
    let (chr, int) = (format_of("chr"), format_of("int"));
    let first = chr.clone() + &size(9);
    for encoding in ENCODINGS {
        for last in [&chr, &int, ""] {
            let mut phone = Phone::new(&Setup::default(), encoding);
            phone.hear(&chunk(&first, "abc", true).write(), false);
            assert_eq!(answer(&mut phone), [213]);
            phone.hear(&chunk(&int, "123", true).write(), false);
            assert_eq!(broken(&phone.say()), ["./A"]);
            phone.hear(&chunk(last, "456", false).write(), true);
            assert_eq!(answer(&mut phone), [411]);
            assert_eq!(phone.value("./A"), None);
        }
    }
}

#[test]
fn l08_l17_the_rest_of_results_is_not_told_as_a_value() {
    let is_value = |heard: &Heard| {
        let mut events = heard.events.iter();
        events.any(|event| matches!(event, ServerEvent::Results { .. }))
    };
    let other = |cmd_id, size: &str, data: &str, is_last| {
        let chunk = result(cmd_id, size, data, is_last);
        chunk
            .replace("./A", "./B")
            .replace("<CmdRef>4", "<CmdRef>5")
    };
    for encoding in BOTH {
        for chunks in [
            // A chunk has no number that may be.
            vec![
                (result(2, "9", "abc", false), 213),
                (result(0, "", "def", false), 400),
                (result(2, "", "ghi", true), 411),
            ],
            vec![
                (result(0, "6", "abc", false), 400),
                (result(2, "", "def", true), 400),
            ],
            // Each breaks the other off.
            vec![
                (result(2, "6", "abc", false), 213),
                (other(2, "6", "uvw", false), 213),
                (result(2, "", "def", true), 411),
                (other(2, "", "xyz", true), 411),
            ],
            // Another comes between.
            vec![
                (result(2, "11", "abc", false), 413),
                (other(2, "11", "uvw", false), 413),
                (result(2, "", "def", true), 413),
                (other(2, "", "xyz", true), 413),
            ],
        ] {
            let config = ServerConfig {
                max_obj_size: Some(10),
                ..config(Binding::Transport, Limits::DEFAULT)
            };
            let mut line = Line::with(encoding, config);
            line.server.push(crate::peer::get("./A")).unwrap();
            line.server.push(crate::peer::get("./B")).unwrap();
            line.say("", PACKAGE_1, true);
            for (chunk, code) in chunks {
                let heard = line.say("", &chunk, false);
                assert_eq!(codes(&heard.message)[1..], [code], "{chunk}");
                assert!(!is_value(&heard), "{chunk}");
            }
            assert_eq!(line.held(), 0);
        }
    }
}

#[test]
fn s19_s23_a_replace_outside_dev_info_is_not_kept_in_chunks_either() {
    let replace = |items: &[(&str, &str, &str, bool)]| {
        let item = |(uri, meta, data, more): &(&str, &str, &str, bool)| {
            let more = if *more { "<MoreData/>" } else { "" };
            format!(
                "<Item><Source><LocURI>{uri}</LocURI></Source><Meta>{meta}</Meta>\
                <Data>{data}</Data>{more}</Item>"
            )
        };
        let items: String = items.iter().map(item).collect();
        format!("<Replace><CmdID>2</CmdID>{items}</Replace>")
    };
    let (man, six) = ("./DevInfo/Man", size(6));
    let whole = (man, "", "Spoof", false);
    for encoding in BOTH {
        for (first, rest) in [
            (vec![("./Foo", six.as_str(), "abc", true)], "./Foo"),
            (vec![whole, ("./Foo", &six, "abc", true)], "./Foo"),
            (
                vec![("./Foo", "", "x", false), (man, &six, "abc", true)],
                man,
            ),
        ] {
            let mut line = Line::new(encoding);
            let begin = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>";
            let heard = line.say("", &(begin.to_owned() + &replace(&first)), false);
            assert_eq!(codes(&heard.message)[1..], [200, 405]);
            assert_eq!(line.held(), 0);
            let heard = line.say("", &replace(&[(rest, "", "def", false)]), true);
            assert_eq!(codes(&heard.message)[1..], [405]);
            let info = heard.events.iter().find_map(|event| match event {
                ServerEvent::Started { dev_info, .. } => Some(dev_info.len()),
                _ => None,
            });
            assert_eq!(info, Some(0));
        }
    }
}
