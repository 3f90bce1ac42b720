//! Large objects that a device is sent: what they come to, inside groups, for the host, and at rest.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Meta, Operation};
use omadm::tree::Owner;
use omadm::{ClientEvent, Code, Command, Data, Encoding, Item, Limits};

use crate::objects_device::{answer, begun, phones};
use crate::pair::{Setup, leaf, text};
use crate::phone::{Chunk, ENCODINGS, Phone, broken, chunk, format_of, size};
use crate::say::{codes, others, statuses};

#[test]
fn l16_text_is_joined_before_it_is_decoded() {
    // Base64 of 0 to 7, cut inside its groups; blanks count as well.
    for chunks in [
        ["AAECA", "wQFBgc", "="],
        ["A", "AECAwQFBg", "c="],
        ["AAEC\nAw", "", "QFBgc="],
    ] {
        for mut phone in phones() {
            let whole: usize = chunks.iter().map(|chunk| chunk.len()).sum();
            let meta = format!("{}{}", format_of("b64"), size(whole));
            phone.hear(&chunk(&meta, chunks[0], true).write(), false);
            let meta = format_of("b64");
            phone.hear_after(&chunk(&meta, chunks[1], true).write(), false);
            phone.hear_after(&chunk("", chunks[2], false).write(), true);
            assert_eq!(answer(&mut phone), [200]);
            let octets = (0..8).collect();
            assert_eq!(phone.value("./A"), Some(Data::Octets(octets)));
        }
    }
    for mut phone in phones() {
        let meta = format!("{}{}", format_of("xml"), size("<a>x&amp;y</a>".len()));
        phone.hear(&chunk(&meta, "&lt;a>x&amp;am", true).write(), false);
        phone.hear_after(&chunk("", "p;y&lt;/a>", false).write(), true);
        assert_eq!(answer(&mut phone), [200]);
        let markup = Data::Markup("<a>x&amp;y</a>".to_owned());
        assert_eq!(phone.value("./A"), Some(markup));
    }
}

fn of_octets(octets: &[u8], format: Option<&str>, size: Option<u32>, more_data: bool) -> Command {
    let meta = Meta {
        format: format.map(str::to_owned),
        size,
        ..Meta::default()
    };
    Command::Add(Operation {
        cmd_id: Some("2".to_owned()),
        items: vec![Item {
            meta: Some(meta),
            data: Some(Data::Octets(octets.to_vec())),
            more_data,
            ..Item::at("./A")
        }],
        ..Operation::default()
    })
}

#[test]
fn l16_octets_are_joined_before_they_are_text() {
    let euro = "a€b".as_bytes();
    for (format, expected) in [
        (None, Data::Text("a€b".to_owned())),
        (Some("bin"), Data::Octets(euro.to_vec())),
    ] {
        for cut in 0..=euro.len() {
            let mut phone = Phone::new(&Setup::default(), Encoding::Wbxml);
            let (first, second) = euro.split_at(cut);
            let said = Some(euro.len() as u32);
            // An encoder that writes all values as octets says nothing of them.
            let body = |phone: &mut Phone, octets: &[u8], size, more| {
                let given = vec![of_octets(octets, Some("bin"), size, more)];
                let mut message = crate::pair::decode(&phone.next_body("", "", !more));
                message.commands.extend(given);
                let body = message.encode(Encoding::Wbxml, false).unwrap();
                match format {
                    Some(_) => body,
                    None => without_format(&body),
                }
            };
            let letter = body(&mut phone, first, said, true);
            phone.try_hear(&letter).unwrap();
            assert_eq!(answer(&mut phone), [213]);
            let letter = body(&mut phone, second, None, false);
            phone.try_hear(&letter).unwrap();
            assert_eq!(answer(&mut phone), [200], "{format:?} {cut}");
            assert_eq!(phone.value("./A"), Some(expected.clone()), "{cut}");
        }
    }
}

/// Takes the element Format out of a message in WBXML that says `bin`.
fn without_format(body: &[u8]) -> Vec<u8> {
    let format = [&[0x47, 0x03][..], b"bin", &[0x00, 0x01]].concat();
    let at = body
        .windows(format.len())
        .position(|part| part == format)
        .unwrap();
    [&body[..at], &body[at + format.len()..]].concat()
}

#[test]
fn l19_what_there_is_no_room_for_is_413() {
    for encoding in ENCODINGS {
        let setup = Setup {
            limits: Limits {
                object_bytes: 5,
                ..Limits::DEFAULT
            },
            ..Setup::default()
        };
        let mut phone = Phone::new(&setup, encoding);
        phone.hear(&chunk(&size(6), "abc", true).write(), false);
        assert_eq!(answer(&mut phone), [413]);

        // Others need the room meanwhile.
        let mut phone = begun(encoding);
        phone.client.set_room(1);
        phone.hear(&chunk("", "de", true).write(), false);
        assert_eq!(answer(&mut phone), [413]);
        phone.assert_empty();
        phone.hear(&chunk("", "f", false).write(), true);
        assert_eq!(answer(&mut phone), [413], "the rest is no value of its own");
        assert_eq!(phone.value("./A"), None);
        phone.hear(&chunk("", "f", false).write(), true);
        assert_eq!(answer(&mut phone), [200], "but this is");
        assert_eq!(phone.value("./A"), text("f"));
    }
}

#[test]
fn a_group_is_executed_when_its_chunk_is_whole() {
    for name in ["Atomic", "Sequence"] {
        for (last, codes, there) in [
            ("def", vec![200, 200, 200], true),
            (
                "de",
                if name == "Atomic" {
                    vec![507, 216, 424]
                } else {
                    vec![200, 200, 424]
                },
                false,
            ),
        ] {
            for mut phone in phones() {
                let revision = phone.tree.revision();
                let group = |id: u32, meta: &str, data: &str, more: bool| {
                    let small = Chunk {
                        id: id + 1,
                        uri: "./B",
                        ..chunk("", "v", false)
                    };
                    let large = Chunk {
                        id: id + 2,
                        ..chunk(meta, data, more)
                    };
                    format!(
                        "<{name}><CmdID>{id}</CmdID>{}{}</{name}>",
                        small.write(),
                        large.write()
                    )
                };
                let six = size(6);
                phone.hear(&group(2, &six, "abc", true), false);
                let message = phone.say();
                assert_eq!(statuses(&message)[1..], ["1/4 Add 213 ./A"]);
                assert_eq!(others(&message), ["1222"]);
                phone.hear(&group(5, "", "", true), false);
                assert_eq!(statuses(&phone.say())[1..], ["2/7 Add 213 ./A"]);
                assert_eq!(phone.tree.revision(), revision);
                phone.hear(&group(8, "", last, false), true);
                assert_eq!(answer(&mut phone), codes);
                assert_eq!(phone.value("./A"), text("abcdef").filter(|_| there));
                let kept = there || name == "Sequence";
                assert_eq!(phone.value("./B"), text("v").filter(|_| kept));
                phone.assert_empty();
            }
        }
    }
}

#[test]
fn l09_a_group_that_is_another_does_not_go_on() {
    for mut phone in phones() {
        let group = |data: &str, large: Chunk<'_>| {
            let small = Chunk {
                id: 3,
                uri: "./B",
                ..chunk("", data, false)
            };
            let large = Chunk { id: 4, ..large };
            format!(
                "<Atomic><CmdID>2</CmdID>{}{}</Atomic>",
                small.write(),
                large.write()
            )
        };
        phone.hear(&group("v", chunk(&size(6), "abc", true)), false);
        assert_eq!(answer(&mut phone), [213]);
        phone.hear(&group("w", chunk("", "def", false)), true);
        let message = phone.say();
        assert_eq!(broken(&message), ["./A"]);
        assert_eq!(codes(&message)[1..], [200, 200, 200]);
        assert_eq!(phone.value("./A"), text("def"));
        assert_eq!(phone.value("./B"), text("w"));
        // A chunk that is not the last of its group is none.
        let wrong = format!(
            "<Sequence><CmdID>2</CmdID>{}{}</Sequence>",
            Chunk {
                id: 3,
                uri: "./C",
                ..chunk(&size(6), "abc", true)
            }
            .write(),
            Chunk {
                id: 4,
                uri: "./D",
                ..chunk("", "v", false)
            }
            .write()
        );
        phone.hear(&wrong, true);
        assert_eq!(answer(&mut phone), [200, 400, 200]);
        phone.assert_empty();
    }
}

#[test]
fn l14_a_large_value_for_the_host_outlives_the_rest_while_its_ticket_is_open() {
    for encoding in ENCODINGS {
        let mut setup = Setup::default();
        let hosts = leaf("old").owned_by(Owner::Host);
        setup.tree.set("./H", hosts.clone()).unwrap();
        setup.tree.set("./X", hosts).unwrap();
        for (command, uri) in [("Replace", "./H"), ("Exec", "./X")] {
            let mut phone = Phone::new(&setup, encoding);
            let say = |meta: &str, data: &str, more: bool| {
                Chunk {
                    command,
                    uri,
                    ..chunk(meta, data, more)
                }
                .write()
            };
            let six = size(6);
            phone.hear(&say(&six, "abc", true), false);
            assert_eq!(answer(&mut phone), [213]);
            let events = phone.hear(&say("", "def", false), true);
            let given = events.iter().find_map(|event| match event {
                ClientEvent::Write { ticket, data, .. }
                | ClientEvent::Exec { ticket, data, .. } => Some((*ticket, data.clone())),
                _ => None,
            });
            let (ticket, data) = given.unwrap();
            assert_eq!(data, text("abcdef"));
            assert_eq!(phone.client.save().unwrap().parts.len(), 2);
            phone.complete(ticket, 200);
            assert_eq!(answer(&mut phone), [200]);
            phone.assert_empty();
            assert_eq!(phone.written.len(), 2);
        }
    }
}

#[test]
fn l14_a_part_that_is_missing_or_another_is_refused_and_one_too_many_is_none() {
    let phone = begun(Encoding::Xml);
    let saved = phone.client.save().unwrap();
    assert_eq!(saved.parts.len(), 1);
    let config = || Setup::default().client_config();
    let mut other = saved.clone();
    other.parts[0].bytes[0] ^= 1;
    let mut none = saved.clone();
    none.parts.clear();
    for bad in [other, none] {
        let refused = omadm::ClientSession::restore(&bad, config()).unwrap_err();
        assert_eq!(refused.code(), Code::Snapshot);
    }
    let mut more = saved.clone();
    more.parts.push(omadm::Part {
        id: "77".to_owned(),
        bytes: vec![1],
    });
    let restored = omadm::ClientSession::restore(&more, config()).unwrap();
    assert!(restored.save().unwrap() == saved);
}
