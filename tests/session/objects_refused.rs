//! The rest of large objects that were refused or broken off is no value of its own, another value behind them is, and nothing is kept of a
//! chunk whose command is wrong.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Binding, Encoding, Limits, ServerConfig, ServerEvent};

use crate::objects_device::{answer, begun};
use crate::objects_server::{BOTH, Heard, Line};
use crate::pair::{Setup, text};
use crate::peer::{PACKAGE_1, config, told};
use crate::phone::{Chunk, ENCODINGS, Phone, broken, chunk, size};
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
