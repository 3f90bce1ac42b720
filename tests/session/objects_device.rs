//! Large objects that a device is sent (catalogue group L): chunks in letters written by hand, the device at rest after every step.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{ClientEvent, Code, Encoding, Limits};

use crate::pair::{Setup, leaf, text};
use crate::peer::NEXT;
use crate::phone::{Chunk, ENCODINGS, Phone, broken, chunk, format_of, progress, size};
use crate::say::{codes, others, statuses};

pub(crate) fn phones() -> impl Iterator<Item = Phone> {
    ENCODINGS
        .into_iter()
        .map(|encoding| Phone::new(&Setup::default(), encoding))
}

/// The codes behind that of the header.
pub(crate) fn answer(phone: &mut Phone) -> Vec<u16> {
    let message = phone.say();
    let codes = codes(&message);
    assert_eq!(codes[0], 200);
    codes[1..].to_vec()
}

/// A phone that has the first chunk of `abcdef` for `./A`.
pub(crate) fn begun(encoding: Encoding) -> Phone {
    let mut phone = Phone::new(&Setup::default(), encoding);
    phone.hear(&chunk(&size(6), "abc", true).write(), false);
    assert_eq!(answer(&mut phone), [213]);
    phone
}

#[test]
fn l01_l14_three_chunks_are_one_command() {
    for mut phone in phones() {
        phone.tree.set("./R", leaf("old")).unwrap();
        for (command, uri, code) in [
            ("Add", "./A", 200),
            ("Replace", "./R", 200),
            ("Add", "./A", 418),
        ] {
            let revision = phone.tree.revision();
            let size = size(9);
            let say = |meta: &str, data: &str, more: bool| {
                Chunk {
                    command,
                    uri,
                    ..chunk(meta, data, more)
                }
                .write()
            };
            let events = phone.hear(&say(&size, "abc", true), false);
            assert_eq!(progress(&events), [(3, 9)]);
            let first = phone.say();
            assert_eq!(
                statuses(&first)[1],
                format!("{}/2 {command} 213 {uri}", phone.msg_id)
            );
            assert_eq!(others(&first), ["1222"]);
            assert!(!first.is_final);
            let events = phone.hear(&say("", "def", true), false);
            assert_eq!(progress(&events), [(6, 9)]);
            assert_eq!(answer(&mut phone), [213]);
            assert_eq!(phone.tree.revision(), revision);
            let events = phone.hear(&say("", "ghi", false), true);
            assert_eq!(progress(&events), [(9, 9)]);
            let last = phone.say();
            assert_eq!(
                statuses(&last)[1],
                format!("{}/2 {command} {code} {uri}", phone.msg_id)
            );
            assert!(last.is_final && others(&last).is_empty());
            let step = if code == 200 { 1 } else { 0 };
            assert_eq!(phone.tree.revision(), revision + step);
            assert_eq!(phone.value(uri), text("abcdefghi"));
            phone.assert_empty();
        }
        let sizes: Vec<usize> = phone.written.values().map(Vec::len).collect();
        assert_eq!(
            sizes, [3; 6],
            "each chunk is written once, the last is executed at once"
        );
        assert!(phone.hear("", true).contains(&ClientEvent::Finished));
    }
}

#[test]
fn l01_a_final_that_comes_too_early_does_not_end_the_object() {
    for mut phone in phones() {
        phone.hear(&chunk(&size(4), "ab", true).write(), true);
        let message = phone.say();
        assert!(!message.is_final);
        assert_eq!(others(&message), ["1222"]);
        phone.hear(&chunk("", "cd", false).write(), true);
        assert_eq!(answer(&mut phone), [200]);
        assert_eq!(phone.value("./A"), text("abcd"));
    }
}

#[test]
fn l02_l06_chunks_that_do_not_come_to_their_size_are_424() {
    for (said, chunks, expected) in [
        (6, vec!["abc", "def"], vec![213, 200]),
        (7, vec!["abc", "def"], vec![213, 424]),
        (5, vec!["abc", "def"], vec![213, 424]),
        (2, vec!["abc"], vec![424]),
        (4, vec!["abc", "de", ""], vec![213, 424]),
    ] {
        for mut phone in phones() {
            let mut told = Vec::new();
            for (at, data) in chunks.iter().enumerate() {
                let meta = if at == 0 { size(said) } else { String::new() };
                let more = at + 1 < chunks.len() || chunks.len() == 1;
                phone.hear(&chunk(&meta, data, more).write(), !more);
                told.extend(answer(&mut phone));
                if told.last() == Some(&424) {
                    phone.assert_empty();
                    break;
                }
            }
            assert_eq!(told, expected, "{said} {chunks:?}");
            let is_there = expected.last() == Some(&200);
            assert_eq!(phone.value("./A").is_some(), is_there);
            // The sender may try again.
            let two = size(2);
            let again = Chunk {
                uri: "./B",
                ..chunk(&two, "x", true)
            };
            phone.hear(&again.write(), false);
            assert_eq!(answer(&mut phone), [213]);
        }
    }
}

#[test]
fn l03_l04_l17_a_first_chunk_says_a_size_that_can_be() {
    let setup = Setup {
        max_obj_size: Some(10),
        ..Setup::default()
    };
    for (meta, code) in [
        (String::new(), 411),
        (size(0), 400),
        (size(-1), 400),
        (size("many"), 400),
        (size(""), 400),
        (size(1u64 << 32), 400),
        (size("18446744073709551616"), 400),
        (size(u32::MAX), 413),
        (size(11), 413),
        (size(10), 213),
    ] {
        for encoding in ENCODINGS {
            let mut phone = Phone::new(&setup, encoding);
            phone.hear(&chunk(&meta, "abc", true).write(), false);
            assert_eq!(answer(&mut phone), [code], "{meta}");
            if code == 213 {
                phone.hear(&chunk("", "defghij", false).write(), true);
                assert_eq!(answer(&mut phone), [200]);
                continue;
            }
            phone.assert_empty();
            // Of an object whose size nobody knows, what follows is the rest, and no value.
            phone.hear(&chunk("", "def", false).write(), code != 413);
            if code != 413 {
                assert_eq!(answer(&mut phone), [code]);
                assert_eq!(phone.value("./A"), None);
                phone.hear(&chunk("", "def", false).write(), true);
            }
            assert_eq!(answer(&mut phone), [200], "it is a value of its own");
            assert_eq!(phone.value("./A"), text("def"));
        }
    }
}

#[test]
fn l04_a_size_in_the_meta_of_the_command_is_one_that_can_be() {
    for (said, code) in [
        ("0", 400),
        ("-1", 400),
        ("many", 400),
        ("4294967296", 400),
        ("6", 213),
    ] {
        for mut phone in phones() {
            let meta = format!("<CmdID>2</CmdID><Meta>{}</Meta>", size(said));
            let first = chunk("", "abc", true).write();
            let first = first.replace("<CmdID>2</CmdID>", &meta);
            phone.hear(&first, false);
            assert_eq!(answer(&mut phone), [code], "{said}");
            if code == 400 {
                phone.assert_empty();
            }
        }
    }
}

#[test]
fn l17_an_object_in_one_piece_has_the_same_bound() {
    let setup = Setup {
        max_obj_size: Some(10),
        ..Setup::default()
    };
    for encoding in ENCODINGS {
        for (data, code) in [("abcdefghij", 200), ("abcdefghijk", 413)] {
            let mut phone = Phone::new(&setup, encoding);
            phone.hear(&chunk("", data, false).write(), true);
            assert_eq!(answer(&mut phone), [code]);
            let group = format!(
                "<Atomic><CmdID>5</CmdID>{}</Atomic>",
                Chunk {
                    uri: "./B",
                    ..chunk("", data, false)
                }
                .write()
            );
            phone.hear(&group, true);
            let expected = if code == 200 { [200, 200] } else { [507, 413] };
            assert_eq!(answer(&mut phone), expected);
        }
    }
}

#[test]
fn the_largest_object_is_announced_where_it_is_said() {
    for (max_obj_size, expected) in [(None, None), (Some(7), Some(7))] {
        let setup = Setup {
            max_obj_size,
            ..Setup::default()
        };
        let mut phone = Phone::new(&setup, Encoding::Xml);
        phone.hear(NEXT, true);
        assert_eq!(phone.say().header.max_obj_size, expected);
    }
}

#[test]
fn l07_chunks_without_octets_come_to_an_end() {
    let setup = Setup {
        limits: Limits {
            messages: 20,
            ..Limits::DEFAULT
        },
        ..Setup::default()
    };
    for encoding in ENCODINGS {
        let mut phone = Phone::new(&setup, encoding);
        let first = size(9);
        let mut meta = first.as_str();
        for _ in 0..18 {
            phone.hear(&chunk(meta, "", true).write(), false);
            assert_eq!(answer(&mut phone), [213]);
            assert_eq!(phone.client.object_bytes(), 0);
            meta = "";
        }
        phone.hear(&chunk("", "", true).write(), false);
        assert_eq!(answer(&mut phone), [213]);
        let events = phone.hear(&chunk("", "", true).write(), false);
        assert!(
            matches!(events.last(), Some(ClientEvent::Aborted { .. })),
            "{events:?}"
        );
        assert_eq!(others(&phone.say()), ["1223"]);
        assert!(phone.try_say().is_none());
        phone.assert_empty();
    }
}

#[test]
fn l08_l09_whatever_stands_between_chunks_breaks_the_object_off() {
    let item = |uri: &str| format!("<Item><Target><LocURI>{uri}</LocURI></Target></Item>");
    let command = |name: &str, uri: &str| format!("<{name}><CmdID>3</CmdID>{}</{name}>", item(uri));
    let last = chunk("", "def", false);
    let format = format_of("b64");
    let own_size = format!("{}{}", format_of("chr"), size(5));
    for (between, expected, is_there) in [
        (Chunk { uri: "./B", ..last }.write(), vec![200], false),
        (
            Chunk {
                command: "Replace",
                ..last
            }
            .write(),
            vec![404],
            false,
        ),
        (
            Chunk {
                meta: &format,
                data: "QUJD",
                ..last
            }
            .write(),
            vec![200],
            true,
        ),
        (
            Chunk {
                meta: &own_size,
                more: true,
                ..last
            }
            .write(),
            vec![213],
            false,
        ),
        (command("Get", "./DevInfo/Man"), vec![200], false),
        (command("Delete", "./B"), vec![404], false),
        (command("Exec", "./B"), vec![404], false),
        (
            "<Alert><CmdID>3</CmdID><Data>1100</Data></Alert>".to_owned(),
            vec![412],
            false,
        ),
        (
            "<Nothing><CmdID>3</CmdID></Nothing>".to_owned(),
            vec![400],
            false,
        ),
        (
            "<Sequence><CmdID>3</CmdID></Sequence>".to_owned(),
            vec![200],
            false,
        ),
        (
            format!("<Atomic><CmdID>3</CmdID>{}</Atomic>", last.write()),
            vec![200, 200],
            true,
        ),
        // The next chunk comes too late.
        (
            format!(
                "{}{}",
                command("Get", "./DevInfo/Man"),
                Chunk { more: true, ..last }.write()
            ),
            vec![200, 411],
            false,
        ),
    ] {
        for encoding in ENCODINGS {
            if encoding == Encoding::Wbxml && between.contains("Nothing") {
                continue;
            }
            let mut phone = begun(encoding);
            phone.hear(&between, true);
            let message = phone.say();
            assert_eq!(broken(&message), ["./A"], "{between}");
            let codes = codes(&message);
            assert_eq!(codes[1..], expected, "{between}");
            assert_eq!(phone.value("./A").is_some(), is_there);
            if expected != [213] {
                phone.assert_empty();
            }
        }
    }
}

#[test]
fn l08_what_is_no_command_does_not_stand_between_chunks() {
    for encoding in ENCODINGS {
        let mut phone = begun(encoding);
        // The server's demand for the next, or only its Status.
        for between in [NEXT, ""] {
            phone.hear(between, false);
            let message = phone.say();
            assert!(broken(&message).is_empty() && !message.is_final);
        }
        let body = format!("{NEXT}{}", chunk("", "def", false).write());
        phone.hear(&body, true);
        assert_eq!(answer(&mut phone), [200, 200]);
        assert_eq!(phone.value("./A"), text("abcdef"));
    }
}

#[test]
fn l08_the_end_of_the_package_breaks_the_object_off() {
    for encoding in ENCODINGS {
        let mut phone = begun(encoding);
        assert!(phone.hear("", true).is_empty());
        let message = phone.say();
        assert_eq!(broken(&message), ["./A"]);
        assert!(message.is_final);
        phone.assert_empty();
        assert!(phone.hear("", true).contains(&ClientEvent::Finished));
    }
}

#[test]
fn l08_an_item_behind_a_chunk_breaks_it_off() {
    for mut phone in phones() {
        let six = size(6);
        let both = [
            chunk(&six, "abc", true),
            Chunk {
                id: 3,
                uri: "./B",
                ..chunk("", "x", false)
            },
        ];
        phone.hear(&both.map(|chunk| chunk.write()).concat(), true);
        let message = phone.say();
        assert_eq!(broken(&message), ["./A"]);
        assert_eq!(codes(&message)[1..], [213, 200]);
        assert!(message.is_final);
        phone.assert_empty();
    }
}

#[test]
fn only_commands_with_values_come_in_chunks() {
    for mut phone in phones() {
        phone.tree.set("./A", leaf("v")).unwrap();
        for command in ["Get", "Delete", "Copy"] {
            let six = size(6);
            let given = Chunk {
                command,
                ..chunk(&six, "abc", true)
            };
            phone.hear(&given.write(), true);
            assert_eq!(answer(&mut phone), [400], "{command}");
        }
        let alert = "<Alert><CmdID>2</CmdID><Data>1100</Data><Item><Data>MINDT=1</Data></Item>\
            <Item><Data>Hello</Data><MoreData/></Item></Alert>";
        phone.hear(alert, true);
        assert_eq!(answer(&mut phone), [400]);
        let nameless = chunk(&size(6), "abc", true)
            .write()
            .replace("<CmdID>2</CmdID>", "");
        phone.hear(&nameless, true);
        assert_eq!(answer(&mut phone), [400]);
        phone.assert_empty();
        assert_eq!(phone.value("./A"), text("v"));
    }
}

#[test]
fn a_chunk_is_the_last_item_of_a_command() {
    for mut phone in phones() {
        let item = |uri: &str, rest: &str| {
            format!("<Item><Target><LocURI>{uri}</LocURI></Target>{rest}</Item>")
        };
        let first = item("./A", "<Data>v</Data>");
        let second = item(
            "./B",
            &format!("<Meta>{}</Meta><Data>abc</Data><MoreData/>", size(6)),
        );
        phone.hear(
            &format!("<Add><CmdID>2</CmdID>{first}{second}</Add>"),
            false,
        );
        let message = phone.say();
        assert_eq!(
            statuses(&message)[1..],
            ["1/2 Add 200 ./A", "1/2 Add 213 ./B"]
        );
        let rest = item("./B", "<Data>def</Data>");
        phone.hear(&format!("<Add><CmdID>2</CmdID>{rest}</Add>"), true);
        assert_eq!(statuses(&phone.say())[1..], ["2/2 Add 200 ./B"]);
        assert_eq!(
            (phone.value("./A"), phone.value("./B")),
            (text("v"), text("abcdef"))
        );
    }
}

#[test]
fn l12_l13_a_chunk_that_comes_again_counts_once_and_one_that_is_lost_is_missed() {
    for encoding in ENCODINGS {
        let mut phone = begun(encoding);
        let body = phone.next_body("", &chunk("", "de", true).write(), false);
        phone.try_hear(&body).unwrap();
        let answered = phone.say();
        assert_eq!(phone.try_hear(&body).unwrap(), []);
        assert_eq!(phone.say(), answered, "the same answer again");
        assert_eq!(phone.client.object_bytes(), 5);
        // One is skipped.
        phone.msg_id += 1;
        let lost = phone.next_body("", &chunk("", "f", false).write(), true);
        let before = phone.client.save().unwrap();
        assert_eq!(phone.try_hear(&lost).unwrap_err().code(), Code::State);
        assert!(phone.client.save().unwrap() == before);
        phone.msg_id -= 2;
        phone.hear(&chunk("", "f", false).write(), true);
        assert_eq!(answer(&mut phone), [200]);
        assert_eq!(phone.value("./A"), text("abcdef"));
        // Elsewhere one may be skipped.
        phone.msg_id += 1;
        phone.hear(NEXT, true);
    }
}

#[test]
fn l15_an_abort_frees_what_was_kept() {
    for encoding in ENCODINGS {
        let mut phone = begun(encoding);
        assert_eq!(phone.client.object_bytes(), 3);
        phone.client.abort(None);
        phone.assert_empty();
        assert_eq!(others(&phone.say()), ["1223"]);

        let mut phone = begun(encoding);
        let abort = "<Alert><CmdID>2</CmdID><Data>1223</Data></Alert>";
        phone.hear(abort, true);
        phone.assert_empty();
        assert!(phone.value("./A").is_none());
    }
}
