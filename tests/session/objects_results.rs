//! Large objects that a device sends: Results and alerts whose values fit no message.

use std::slice;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::Owner;
use omadm::{
    AlertCode, ClientAlert, ClientEvent, Code, Command, Data, Direction, Encoding, Format, Item,
    Limits, Message, Node, StatusCode,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::pair::{Setup, leaf};
use crate::peer::NEXT;
use crate::phone::{ENCODINGS, Phone, broken, chunk, progress_of_ours, size};
use crate::say::{codes, others, statuses};

pub(crate) fn takes(octets: u32) -> String {
    format!("<Meta><MaxMsgSize xmlns=\"syncml:metinf\">{octets}</MaxMsgSize></Meta>")
}

pub(crate) fn takes_object(octets: u32, object: usize) -> String {
    format!(
        "<Meta><MaxMsgSize xmlns=\"syncml:metinf\">{octets}</MaxMsgSize>\
        <MaxObjSize xmlns=\"syncml:metinf\">{object}</MaxObjSize></Meta>"
    )
}

pub(crate) fn get(id: u32, uri: &str) -> String {
    format!("<Get><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target></Item></Get>")
}

pub(crate) fn phone_with(nodes: &[(&str, Node)], encoding: Encoding) -> Phone {
    let mut setup = Setup::default();
    for (uri, node) in nodes {
        setup.tree.set(uri, node.clone()).unwrap();
    }
    Phone::new(&setup, encoding)
}

/// The items of Results and alerts in a message, with the CmdIDs of their commands.
pub(crate) fn items(message: &Message) -> Vec<(u32, Item)> {
    let commands = message.commands.iter();
    let items = commands.flat_map(|command| {
        let items = match command {
            Command::Results(results) => results.items.as_slice(),
            Command::Alert(alert) if alert.code != Some(AlertCode::NEXT_MESSAGE) => &alert.items,
            _ => &[],
        };
        let id = command.cmd_id().unwrap().parse().unwrap();
        items.iter().map(move |item| (id, item.clone()))
    });
    items.collect()
}

/// What a server says to a chunk.
pub(crate) fn kept(said: u32, cmd_id: u32, code: u16) -> String {
    format!(
        "<Status><CmdID>2</CmdID><MsgRef>{said}</MsgRef><CmdRef>{cmd_id}</CmdRef><Cmd>Results</Cmd><Data>{code}</Data></Status>{}",
        NEXT.replace(">1<", ">3<")
    )
}

/// All chunks of the first object that the phone sends, up to its last message.
pub(crate) struct Told {
    pub(crate) messages: Vec<(Message, usize)>,
    pub(crate) chunks: Vec<Item>,
}

pub(crate) fn tell(phone: &mut Phone, encoding: Encoding) -> Told {
    let mut told = Told {
        messages: Vec::new(),
        chunks: Vec::new(),
    };
    // How far the object has come, and its size.
    let mut going = None;
    for _ in 0..600 {
        let message = phone.say();
        let length = message.encode(encoding, false).unwrap().len();
        let found = items(&message);
        told.chunks
            .extend(found.iter().map(|(_, item)| item.clone()));
        told.messages.push((message.clone(), length));
        if message.is_final {
            return told;
        }
        let last = found.last().filter(|(_, item)| item.more_data);
        let answer = last.map_or(NEXT.to_owned(), |(id, _)| kept(phone.said, *id, 213));
        let progress = progress_of_ours(&phone.hear(&answer, false));
        let mut expected = Vec::new();
        for (_, item) in &found {
            let declared = item.meta.as_ref().and_then(|meta| meta.size);
            let length = joined(slice::from_ref(item)).len() as u32;
            going = declared.map(|total| (0, total)).or(going);
            // Of an object that was begun before, the first event says how far it was.
            let begun = progress.first().filter(|_| item.more_data);
            let begun = || begun.map(|(far, total)| (far - length, *total));
            if let Some((far, total)) = going.or_else(begun) {
                let far = far + length;
                expected.push((far, total));
                going = item.more_data.then_some((far, total));
            }
        }
        assert_eq!(progress, expected);
    }
    panic!("the session goes on for ever");
}

/// The octets of chunks as they travel.
pub(crate) fn joined(chunks: &[Item]) -> Vec<u8> {
    let octets = chunks.iter().map(|item| match item.data.clone().unwrap() {
        Data::Text(text) => text.into_bytes(),
        Data::Octets(octets) => octets,
        Data::Markup(markup) => panic!("{markup}"),
    });
    octets.collect::<Vec<_>>().concat()
}

/// MoreData on all but the last, Size on the first of several, and nothing else about them different.
pub(crate) fn check(chunks: &[Item], uri: &str, size: usize) {
    for (at, item) in chunks.iter().enumerate() {
        assert_eq!(item.more_data, at + 1 < chunks.len());
        let said = item.meta.as_ref().and_then(|meta| meta.size);
        let is_first = at == 0 && chunks.len() > 1;
        assert_eq!(said, is_first.then_some(size as u32));
        assert_eq!(item.source.as_ref().unwrap().uri, uri);
        let qualities = |item: &Item| {
            let meta = item.meta.clone().unwrap_or_default();
            (meta.format, meta.mime)
        };
        assert_eq!(qualities(item), qualities(&chunks[0]));
    }
}

#[test]
fn l24_a_value_that_fits_no_message_is_cut_to_the_octet() {
    for encoding in ENCODINGS {
        let value = "v".repeat(5000);
        let nodes = [
            ("./A", leaf("a")),
            ("./Big", leaf(&value)),
            ("./Z", leaf("z")),
        ];
        let mut phone = phone_with(&nodes, encoding);
        let gets = [get(2, "./A"), get(3, "./Big"), get(4, "./Z")].concat();
        phone.hear_with(&takes(1500), &gets, true);
        let told = tell(&mut phone, encoding);
        let (before, rest) = told.chunks.split_first().unwrap();
        let (behind, chunks) = rest.split_last().unwrap();
        assert_eq!(before.data, Some(Data::Text("a".to_owned())));
        assert_eq!(behind.data, Some(Data::Text("z".to_owned())));
        check(chunks, "./Big", 5000);
        assert_eq!(joined(chunks), value.as_bytes());
        let count = told.messages.len();
        for (at, (message, length)) in told.messages.iter().enumerate() {
            let is_last = at + 1 == count;
            assert_eq!(message.is_final, is_last);
            assert!(is_last || *length == 1500, "{length}");
            // Nothing is new between the chunks.
            assert!(others(message).iter().all(|name| name == "Results"));
        }
        let codes: Vec<u16> = told
            .messages
            .iter()
            .flat_map(|(message, _)| codes(message))
            .collect();
        assert!(codes.iter().all(|code| *code == 200));
        phone.assert_empty();
        // The object was written once, in one part.
        assert_eq!(phone.written.len(), 1);
        assert!(phone.hear("", true).contains(&ClientEvent::Finished));
    }
}

#[test]
fn l24_octets_and_markup_travel_as_what_can_be_cut() {
    let octets: Vec<u8> = (0..3000u32).map(|octet| (octet * 7) as u8).collect();
    let bin = Node::leaf(Format::Bin, None, Some(Data::Octets(octets.clone()))).unwrap();
    let markup = format!("<a>{}</a>", "x&amp;y".repeat(400));
    let xml = Node::leaf(Format::Xml, None, Some(Data::Markup(markup.clone()))).unwrap();
    for encoding in ENCODINGS {
        let nodes = [("./Bin", bin.clone()), ("./Xml", xml.clone())];
        let mut phone = phone_with(&nodes, encoding);
        phone.hear_with(&takes(2000), &get(2, "./Bin"), true);
        let told = tell(&mut phone, encoding);
        let (travels, format) = match encoding {
            Encoding::Xml => {
                use base64ct::Encoding as _;
                (base64ct::Base64::encode_string(&octets).into_bytes(), "b64")
            }
            Encoding::Wbxml => (octets.clone(), "bin"),
        };
        assert!(told.chunks.len() > 1);
        check(&told.chunks, "./Bin", travels.len());
        assert_eq!(joined(&told.chunks), travels);
        let said = told.chunks[0].meta.clone().unwrap().format;
        assert_eq!(said.as_deref(), Some(format));

        phone.hear(&get(2, "./Xml"), true);
        let told = tell(&mut phone, encoding);
        check(&told.chunks, "./Xml", markup.len());
        assert_eq!(joined(&told.chunks), markup.as_bytes());
    }
}

#[test]
fn l24_what_is_larger_than_the_server_takes_is_413() {
    for encoding in ENCODINGS {
        for (octets, code) in [(3000, 200), (3001, 413)] {
            let mut phone = phone_with(&[("./Big", leaf(&"v".repeat(octets)))], encoding);
            phone.hear_with(&takes_object(1500, 3000), &get(2, "./Big"), true);
            let told = tell(&mut phone, encoding);
            let first = &told.messages[0].0;
            assert_eq!(codes(first), [200, code]);
            assert_eq!(
                joined(&told.chunks).len(),
                if code == 200 { octets } else { 0 }
            );
            assert_eq!(told.messages.len() > 1, code == 200);
        }
        // A value that fits a message as well.
        let mut phone = phone_with(&[("./Small", leaf("abcdef"))], encoding);
        phone.hear_with(&takes_object(5000, 5), &get(2, "./Small"), true);
        let message = phone.say();
        assert_eq!(codes(&message), [200, 413]);
        assert!(others(&message).is_empty());
    }
}

#[test]
fn l24_the_largest_object_counts_as_it_is_when_it_is_sent() {
    for encoding in ENCODINGS {
        let big = leaf(&"v".repeat(4000));
        let mut phone = phone_with(&[("./One", big.clone()), ("./Two", big)], encoding);
        let gets = [get(2, "./One"), get(3, "./Two")].concat();
        phone.hear_with(&takes(1500), &gets, true);
        let message = phone.say();
        assert!(items(&message).last().unwrap().1.more_data);
        // What is being sent is given up, and what waits is not sent either.
        let (id, _) = items(&message)[0].clone();
        phone.hear_with(&takes_object(1500, 3999), &kept(phone.said, id, 213), false);
        let message = phone.say();
        assert!(items(&message).is_empty());
        let told = statuses(&message);
        assert!(
            message.is_final || told.iter().any(|told| told.ends_with("413 ./Two")),
            "{told:?}"
        );
        phone.assert_empty();
    }
}

#[test]
fn l24_a_stranger_does_not_say_how_large_an_object_may_be() {
    let mut setup = Setup {
        server: crate::pair::password("mgmt", "SrvPw-1", &[omadm::Scheme::Basic]),
        ..Setup::default()
    };
    setup.tree.set("./Big", leaf(&"v".repeat(4000))).unwrap();
    let mut phone = Phone::new(&setup, Encoding::Xml);
    phone.hear_with(&takes_object(1500, 5), &get(2, "./Big"), true);
    assert_eq!(codes(&phone.say()), [407, 407]);
    // base64 of mgmt:SrvPw-1
    let cred = crate::peer::cred("basic", "bWdtdDpTcnZQdy0x");
    phone.hear_with(&cred, &get(2, "./Big"), true);
    let told = tell(&mut phone, Encoding::Xml);
    assert_eq!(joined(&told.chunks).len(), 4000);
}

#[test]
fn l24_the_next_chunk_heeds_the_new_size_of_a_message() {
    for encoding in ENCODINGS {
        let value = "v".repeat(9000);
        let mut phone = phone_with(&[("./Big", leaf(&value))], encoding);
        phone.hear_with(&takes(3000), &get(2, "./Big"), true);
        let mut chunks = Vec::new();
        for next in [1200, 2500, 1700, 4000, 4000, 4000] {
            let message = phone.say();
            let found = items(&message);
            chunks.extend(found.iter().map(|(_, item)| item.clone()));
            if message.is_final {
                break;
            }
            phone.hear_with(&takes(next), &kept(phone.said, found[0].0, 213), false);
        }
        check(&chunks, "./Big", 9000);
        assert_eq!(joined(&chunks), value.as_bytes());
    }
}

#[test]
fn l24_an_object_that_the_server_does_not_take_is_not_told_to_its_end() {
    let refusals: [fn(u32, u32) -> String; 3] = [
        |said, id| kept(said, id, 413),
        |said, id| kept(said, id, 424),
        |_, _| "<Alert><CmdID>2</CmdID><Data>1225</Data></Alert>".to_owned(),
    ];
    for refuse in refusals {
        for encoding in ENCODINGS {
            let nodes = [("./Big", leaf(&"v".repeat(5000))), ("./Z", leaf("z"))];
            let mut phone = phone_with(&nodes, encoding);
            let gets = [get(2, "./Big"), get(3, "./Z")].concat();
            phone.hear_with(&takes(1500), &gets, true);
            let message = phone.say();
            let id = items(&message).last().unwrap().0;
            assert_eq!(phone.hear(&refuse(phone.said, id), false), []);
            phone.assert_empty();
            let told = tell(&mut phone, encoding);
            assert_eq!(joined(&told.chunks), b"z");
            assert_eq!(told.messages.len(), 1);
        }
    }
}

#[test]
fn l24_commands_between_our_chunks_are_too_soon() {
    for encoding in ENCODINGS {
        let value = "v".repeat(5000);
        let mut phone = phone_with(&[("./Big", leaf(&value))], encoding);
        phone.hear_with(&takes(1500), &get(2, "./Big"), true);
        let mut chunks: Vec<Item> = items(&phone.say())
            .into_iter()
            .map(|(_, item)| item)
            .collect();
        phone.hear(&chunk("", "v", false).write(), true);
        let message = phone.say();
        assert_eq!(codes(&message), [200, 400]);
        chunks.extend(items(&message).into_iter().map(|(_, item)| item));
        phone.hear(NEXT, false);
        chunks.extend(tell(&mut phone, encoding).chunks);
        check(&chunks, "./Big", 5000);
        assert_eq!(joined(&chunks), value.as_bytes());
        assert!(phone.value("./A").is_none());
    }
}

#[test]
fn l24_an_object_of_ours_waits_for_the_end_of_the_servers() {
    for encoding in ENCODINGS {
        let mut phone = phone_with(&[("./Big", leaf(&"v".repeat(5000)))], encoding);
        let six = size(6);
        let both = [get(3, "./Big"), chunk(&six, "abc", true).write()].concat();
        phone.hear_with(&takes(1500), &both, false);
        let message = phone.say();
        assert_eq!(codes(&message), [200, 200, 213]);
        assert_eq!(others(&message), ["1222"]);
        phone.hear(&chunk("", "d", true).write(), false);
        let message = phone.say();
        assert_eq!(
            (codes(&message), others(&message)),
            (vec![200, 213], vec!["1222".to_owned()])
        );
        phone.hear(&chunk("", "ef", false).write(), true);
        let told = tell(&mut phone, encoding);
        assert_eq!(joined(&told.chunks).len(), 5000);
        assert!(
            told.messages
                .iter()
                .all(|(message, _)| broken(message).is_empty())
        );
    }
}

#[test]
fn l24_what_there_is_no_room_for_is_413() {
    for encoding in ENCODINGS {
        let setup = Setup {
            limits: Limits {
                object_bytes: 8000,
                ..Limits::DEFAULT
            },
            ..Setup::default()
        };
        let mut phone = Phone::new(&setup, encoding);
        for uri in ["./One", "./Two"] {
            phone.tree.set(uri, leaf(&"v".repeat(5000))).unwrap();
        }
        let gets = [get(2, "./One"), get(3, "./Two")].concat();
        phone.hear_with(&takes(1500), &gets, true);
        let told = tell(&mut phone, encoding);
        check(&told.chunks, "./One", 5000);
        let codes: Vec<u16> = told
            .messages
            .iter()
            .flat_map(|(message, _)| codes(message))
            .collect();
        assert!(codes.contains(&413));
    }
}

#[test]
fn l19_l24_neither_tickets_nor_other_sessions_make_room_for_answers() {
    let mut setup = Setup::default();
    setup.limits.object_bytes = 10_000;
    let exec = leaf("x").owned_by(Owner::Host);
    setup.tree.set("./X", exec).unwrap();
    let uris: Vec<String> = (0..4).map(|at| format!("./B{at}")).collect();
    for uri in &uris {
        setup.tree.set(uri, leaf(&"v".repeat(8000))).unwrap();
    }
    for (encoding, has_tickets) in [
        (Encoding::Xml, false),
        (Encoding::Xml, true),
        (Encoding::Wbxml, true),
    ] {
        let mut phone = Phone::new(&setup, encoding);
        let mut body = String::new();
        for (id, uri) in (10..).zip(&uris) {
            body += &get(id, uri);
            if has_tickets {
                let id = id + 10;
                body += &format!(
                    "<Exec><CmdID>{id}</CmdID><Item><Target><LocURI>./X</LocURI></Target></Item></Exec>"
                );
            }
        }
        let mut events = phone.hear_with(&takes(2000), &body, true);
        let ticket = |events: &[ClientEvent]| {
            events.iter().find_map(|event| match event {
                ClientEvent::Exec { ticket, .. } => Some(*ticket),
                _ => None,
            })
        };
        while let Some(ticket) = ticket(&events) {
            // Before anything is said, it counts.
            assert_eq!(phone.client.object_bytes(), 8000);
            events = phone.complete(ticket, 200);
        }
        assert_eq!(phone.client.object_bytes(), 8000);
        let told = tell(&mut phone, encoding);
        let codes = told.messages.iter().flat_map(|(message, _)| codes(message));
        assert_eq!(codes.filter(|code| *code == 413).count(), 3);
        phone.assert_empty();
    }
}

#[test]
fn an_alert_of_the_host_is_answered_when_its_last_chunk_is() {
    for encoding in ENCODINGS {
        let mut phone = phone_with(&[], encoding);
        phone.hear_with(&takes(1500), NEXT, true);
        let octets: Vec<u8> = (0..4000u32).map(|octet| octet as u8).collect();
        let alert = ClientAlert {
            code: AlertCode::GENERIC_ALERT,
            alert_type: "urn:oma:at:test:1.0".to_owned(),
            format: None,
            mark: None,
            source: Some("./DevInfo".to_owned()),
            target: None,
            correlator: None,
            data: Data::Octets(octets.clone()),
        };
        let number = phone.client.raise(alert).unwrap();
        let told = tell(&mut phone, encoding);
        assert!(told.chunks.len() > 2);
        let size = match encoding {
            Encoding::Xml => octets.len().div_ceil(3) * 4,
            Encoding::Wbxml => octets.len(),
        };
        check(&told.chunks, "./DevInfo", size);
        let id = items(&told.messages.last().unwrap().0)[0].0;
        let events = phone.hear(&kept(phone.said, id, 200), true);
        let total = size as u32;
        let expected = [
            ClientEvent::Progress {
                direction: Direction::Sent,
                uri: "./DevInfo".to_owned(),
                bytes: total,
                total,
            },
            ClientEvent::Answered {
                alert: number,
                code: StatusCode::OK,
            },
        ];
        assert!(events.starts_with(&expected), "{events:?}");
    }
}

#[test]
fn an_abort_ends_an_object() {
    let mut phone = phone_with(&[("./Big", leaf(&"v".repeat(5000)))], Encoding::Xml);
    phone.hear_with(&takes(1500), &get(2, "./Big"), true);
    assert!(!phone.say().is_final);
    assert_eq!(phone.client.object_bytes(), 5000);
    phone.client.abort(None);
    phone.assert_empty();
    let message = phone.say();
    assert!(message.is_final && items(&message).is_empty());
    assert_eq!(others(&message), ["1223"]);
}

#[test]
fn l14_an_object_of_ours_needs_its_parts() {
    let mut phone = phone_with(&[("./Big", leaf(&"v".repeat(5000)))], Encoding::Xml);
    phone.hear_with(&takes(1500), &get(2, "./Big"), true);
    phone.say();
    let mut saved = phone.client.save().unwrap();
    assert!(
        saved.state.len() < 4000,
        "what is sent lies beside the state"
    );
    saved.parts[0].bytes.pop();
    let refused = omadm::ClientSession::restore(&saved, Setup::default().client_config());
    assert_eq!(refused.unwrap_err().code(), Code::Snapshot);
}

#[test]
fn l24_values_and_sizes_of_any_kind() {
    let letters = prop::sample::select(vec!["v", "&", "<", "é", "€", "😀", "\r", "x<y"]);
    let value = (letters, 0..4000usize, 0..700usize);
    let case = (prop::collection::vec(value, 1..5), 1000..3000u32);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(40)
    };
    let run = TestRunner::new(config).run(&case, |(values, most)| {
        values_and_sizes(&values, most);
        Ok(())
    });
    run.unwrap();
}

#[test]
fn l24_the_rest_of_a_value_goes_ahead_of_one_that_waits_for_the_next_message() {
    values_and_sizes(&[("v", 1767, 212), ("é", 1962, 6), ("v", 0, 0)], 2557);
    values_and_sizes(&[("\r", 386, 25), ("é", 1316, 631)], 1706);
}

/// Several values under a MaxMsgSize: each whole where it fits, else in chunks that fill their messages.
fn values_and_sizes(values: &[(&str, usize, usize)], most: u32) {
    for encoding in ENCODINGS {
        let mut setup = Setup::default();
        let mut gets = String::new();
        let mut expected = Vec::new();
        for (node, (letter, times, tail)) in values.iter().enumerate() {
            let value = format!(
                "{}{}",
                letter.repeat(times / letter.len()),
                "t".repeat(*tail)
            );
            let uri = format!("./N{node}");
            setup.tree.set(&uri, leaf(&value)).unwrap();
            gets.push_str(&get(node as u32 + 2, &uri));
            expected.push((uri, value));
        }
        let mut phone = Phone::new(&setup, encoding);
        phone.hear_with(&takes(most), &gets, true);
        let told = tell(&mut phone, encoding);
        for (message, length) in &told.messages {
            assert!(*length <= most as usize);
            let is_cut = items(message)
                .last()
                .is_some_and(|(_, item)| item.more_data);
            // A character of four octets may not fit, nor what it is escaped as.
            assert!(!is_cut || *length + 8 > most as usize, "{length} of {most}");
        }
        for (uri, value) in expected {
            let is_of = |item: &&Item| item.source.as_ref().unwrap().uri == uri;
            let chunks: Vec<Item> = told.chunks.iter().filter(is_of).cloned().collect();
            check(&chunks, &uri, value.len());
            assert_eq!(String::from_utf8(joined(&chunks)).unwrap(), value);
        }
        phone.assert_empty();
    }
}
