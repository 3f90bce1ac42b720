//! What fits is sent in one message, and what does not is cut to the size of a message to the octet: both sides, both encodings, any value.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Command, Data, Encoding, Format, Item, Message, NewCommand, NewItem, Node};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::objects_results::{get, items, kept, phone_with, takes};
use crate::objects_server::{BOTH, Line, answer, last, meta};
use crate::peer::{NEXT, PACKAGE_1};
use crate::say::others;

/// A value, and how it travels in chunks.
#[derive(Clone, Debug)]
struct Value {
    data: Data,
    format: Option<Format>,
}

impl Value {
    fn travels(&self, encoding: Encoding) -> Vec<u8> {
        use base64ct::Encoding as _;
        match &self.data {
            Data::Text(text) | Data::Markup(text) => text.clone().into_bytes(),
            Data::Octets(octets) => match (encoding, self.format) {
                (Encoding::Wbxml, Some(Format::Bin)) => octets.clone(),
                _ => base64ct::Base64::encode_string(octets).into_bytes(),
            },
        }
    }
}

/// The items of a command.
fn items_mut(command: &mut Command) -> Option<&mut Vec<Item>> {
    match command {
        Command::Atomic(group) | Command::Sequence(group) => items_mut(group.commands.last_mut()?),
        Command::Add(operation) | Command::Replace(operation) | Command::Exec(operation) => {
            Some(&mut operation.items)
        }
        Command::Results(results) => Some(&mut results.items),
        _ => None,
    }
}

/// The item with a value of ours, and what it is in.
fn large(message: &mut Message) -> &mut Item {
    let commands = message.commands.iter_mut().rev();
    commands
        .filter_map(|command| items_mut(command)?.last_mut())
        .next()
        .unwrap()
}

fn length(message: &Message, encoding: Encoding) -> usize {
    message.encode(encoding, false).unwrap().len()
}

/// The message with a little more of the value in it: a character, or an octet.
fn with_more(message: &Message, rest: &[u8]) -> Message {
    let mut grown = message.clone();
    let item = large(&mut grown);
    match item.data.as_mut().unwrap() {
        Data::Text(told) => {
            let next = str::from_utf8(rest).unwrap().chars().next().unwrap();
            told.push(next);
        }
        Data::Octets(told) => told.push(rest[0]),
        Data::Markup(_) => panic!("a chunk is no markup"),
    }
    grown
}

/// A later message with all of the value instead of its chunk, and without anything that it may do without.
fn with_all(message: &Message, value: &Value) -> Message {
    let mut whole = message.clone();
    whole.is_final = true;
    for command in &mut whole.commands {
        if let Command::Status(status) = command {
            status.target_refs.clear();
            status.source_refs.clear();
        }
    }
    let item = large(&mut whole);
    item.more_data = false;
    item.data = Some(value.data.clone());
    if let Some(meta) = &mut item.meta {
        meta.format = value.format.map(|format| format.name().to_owned());
        if meta.format.is_none() && meta.mime.is_none() {
            item.meta = None;
        }
    }
    whole
}

/// The messages of a value, and the octets that its reader takes.
fn check(messages: &[Message], value: &Value, most: usize, encoding: Encoding) {
    let travels = value.travels(encoding);
    let mut told = 0;
    for message in messages {
        assert!(length(message, encoding) <= most);
        let mut message = message.clone();
        let item = large(&mut message).clone();
        if messages.len() == 1 {
            assert!(!item.more_data && item.meta.is_none_or(|meta| meta.size.is_none()));
            return;
        }
        told += item.data.as_ref().unwrap().len();
        if item.more_data {
            let more = with_more(&message, &travels[told..]);
            assert!(length(&more, encoding) > most, "there is room for more");
        }
    }
    assert_eq!(told, travels.len());
    let whole = with_all(&messages[1], value);
    assert!(
        length(&whole, encoding) > most,
        "it fits one message of {}: {}",
        length(&whole, encoding),
        String::from_utf8_lossy(&whole.encode(Encoding::Xml, false).unwrap())
    );
}

fn of_server(value: &Value, most: usize, encoding: Encoding, in_group: bool) -> Vec<Message> {
    let mut line = Line::new(encoding);
    let command = NewCommand::Replace(vec![NewItem {
        uri: "./A".to_owned(),
        data: Some(value.data.clone()),
        format: value.format,
        mime: None,
    }]);
    let command = match in_group {
        true => NewCommand::Atomic(vec![command]),
        false => command,
    };
    line.server.push(command).unwrap();
    let mut heard = line.say(&meta(most, None), PACKAGE_1, true);
    // It may want a message of its own.
    if others(&heard.message).is_empty() {
        let body = answer(heard.message.header.msg_id, &[], true);
        heard = line.say("", &body, true);
    }
    let mut messages = Vec::new();
    loop {
        assert_eq!(length(&heard.message, encoding), heard.out.body.len());
        let (id, name, item) = last(&heard.message);
        let msg_ref = heard.message.header.msg_id;
        messages.push(heard.message);
        if !item.more_data {
            return messages;
        }
        let body = answer(msg_ref, &[(id, &name, 213)], true);
        heard = line.say("", &body, false);
    }
}

fn of_device(value: &Value, most: usize, encoding: Encoding) -> Vec<Message> {
    let node = Node::leaf(
        value.format.unwrap_or_default(),
        None,
        Some(value.data.clone()),
    )
    .unwrap();
    let mut phone = phone_with(&[("./A", node)], encoding);
    phone.hear_with(&takes(most as u32), &get(2, "./A"), true);
    let mut messages = Vec::new();
    loop {
        let message = phone.say();
        let found = items(&message).pop();
        let Some((id, item)) = found else {
            phone.hear(NEXT, false);
            continue;
        };
        messages.push(message);
        if !item.more_data {
            return messages;
        }
        phone.hear(&kept(phone.said, id, 213), false);
    }
}

fn check_all(value: &Value, most: usize) {
    for encoding in BOTH {
        for in_group in [false, true] {
            let messages = of_server(value, most, encoding, in_group);
            check(&messages, value, most, encoding);
        }
        check(&of_device(value, most, encoding), value, most, encoding);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let letters = || prop::sample::select(vec!['a', '<', '&', '>', '\r', 'é', '€', '😀', ' ']);
    let text = move || {
        let text = prop::collection::vec(letters(), 1..2500);
        text.prop_map(|letters| letters.into_iter().collect::<String>())
    };
    let octets = prop::collection::vec(any::<u8>(), 1..2500);
    prop_oneof![
        text().prop_map(|text| Value {
            data: Data::Text(format!("a{text}")),
            format: None
        }),
        text().prop_map(|text| Value {
            data: Data::Markup(format!(
                "<a>{}</a>",
                text.replace(['&', '<', '>', '\r'], "b<c/>")
            )),
            format: Some(Format::Xml),
        }),
        octets.prop_map(|octets| Value {
            data: Data::Octets(octets),
            format: Some(Format::Bin)
        }),
    ]
}

#[test]
fn l01_l24_any_value_goes_whole_where_it_fits_and_fills_its_messages_where_not() {
    let config = Config {
        cases: if cfg!(target_arch = "wasm32") { 8 } else { 40 },
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&(values(), 1200..2600usize), |(value, most)| {
            check_all(&value, most);
            Ok(())
        })
        .unwrap();
}

#[test]
fn l01_l24_at_the_edge_of_a_message_a_value_goes_whole_to_the_last_octet() {
    // Each octet more up to where it is cut, and a little beyond.
    let kinds: [fn(usize) -> Value; 3] = [
        |octets| Value {
            data: Data::Text("x".repeat(octets)),
            format: None,
        },
        |octets| Value {
            data: Data::Octets(vec![0xfe; octets]),
            format: Some(Format::Bin),
        },
        |octets| Value {
            data: Data::Markup(format!("<a>{}</a>", "x".repeat(octets))),
            format: Some(Format::Xml),
        },
    ];
    for kind in kinds {
        for encoding in BOTH {
            for side in 0..3 {
                let tell = |octets: usize| {
                    let value = kind(octets);
                    let messages = match side {
                        2 => of_device(&value, 1500, encoding),
                        side => of_server(&value, 1500, encoding, side == 1),
                    };
                    (messages, value)
                };
                let (mut fits, mut above) = (1, 1500);
                while above - fits > 1 {
                    let between = (fits + above) / 2;
                    match tell(between).0.len() {
                        1 => fits = between,
                        _ => above = between,
                    }
                }
                for octets in fits.saturating_sub(8)..above + 8 {
                    let (messages, value) = tell(octets);
                    assert_eq!(messages.len() == 1, octets <= fits);
                    check(&messages, &value, 1500, encoding);
                }
            }
        }
    }
}
