//! Where the server takes smaller messages than before, nothing that fits into none of them is left out without a word.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Command, Encoding, Limits, Message, StatusCode};

use crate::objects_results::{get, items, kept, takes};
use crate::pair::{Setup, leaf};
use crate::phone::{ENCODINGS, Phone};

/// What the phone says of a Get with CmdID 3, from its next message to the last: all of its values, and the codes of Status.
fn told(phone: &mut Phone) -> (Vec<String>, Vec<(StatusCode, bool)>) {
    let (mut values, mut codes) = (Vec::new(), Vec::new());
    for _ in 0..600 {
        let Some(message) = phone.try_say() else {
            return (values, codes);
        };
        codes.extend(of_get(&message));
        let found = items(&message);
        values.extend(found.iter().filter_map(|(_, item)| {
            let (uri, data) = (&item.source.as_ref()?.uri, item.data.as_ref()?);
            uri.contains("long")
                .then(|| data.as_text().unwrap().to_owned())
        }));
        if message.is_final {
            return (values, codes);
        }
        let last = found.last().filter(|(_, item)| item.more_data);
        let next = last.map_or(crate::peer::NEXT.to_owned(), |(id, _)| {
            kept(phone.said, *id, 213)
        });
        phone.hear(&next, false);
    }
    panic!("the session goes on for ever");
}

/// The Statuses for that Get, and whether they name the place.
fn of_get(message: &Message) -> Vec<(StatusCode, bool)> {
    let of = |command: &Command| match command {
        Command::Status(status)
            if status.cmd_ref.as_deref() == Some("3") && status.cmd == "Get" =>
        {
            Some((status.code, !status.target_refs.is_empty()))
        }
        _ => None,
    };
    message.commands.iter().filter_map(of).collect()
}

/// A value whose place has many octets, behind another that is told in chunks.
fn asked(encoding: Encoding, value: usize) -> Phone {
    let name = format!("./long{}", "n".repeat(400));
    let nodes = [
        ("./Big", leaf(&"b".repeat(4_000))),
        (name.as_str(), leaf(&"v".repeat(value))),
    ];
    let mut setup = Setup {
        limits: Limits {
            min_msg_size: 0,
            ..Limits::DEFAULT
        },
        ..Setup::default()
    };
    for (uri, node) in nodes {
        setup.tree.set(uri, node).unwrap();
    }
    let mut phone = Phone::new(&setup, encoding);
    let gets = get(2, "./Big") + &get(3, &name);
    phone.hear_with(&takes(2_500), &gets, true);
    phone
}

#[test]
fn l24_a_value_whose_place_fits_no_message_any_more_is_413() {
    for encoding in ENCODINGS {
        for value in [3, 3_000] {
            let (mut whole, mut named, mut bare) = (0, 0, 0);
            for most in (340..1_500).step_by(40) {
                let mut phone = asked(encoding, value);
                let first = phone.say();
                let before = of_get(&first);
                let (id, _) = items(&first).pop().unwrap();
                let heard = kept(phone.said, id, 213);
                let events = phone.hear_with(&takes(most), &heard, false);
                let (values, codes) = told(&mut phone);
                let codes = [before, codes].concat();
                let said: usize = values.iter().map(String::len).sum();
                let is_over = format!("{events:?}").contains("Aborted");
                let refused = (StatusCode(413), true);
                let barely = (StatusCode(413), false);
                match said {
                    said if said == value => whole += 1,
                    // The server takes no message at all, or none of use.
                    0 if is_over || codes.is_empty() => {}
                    0 if codes.contains(&refused) => named += 1,
                    0 if codes.contains(&barely) => bare += 1,
                    _ => panic!("{encoding:?} {most}: {said} octets, {codes:?} {events:?}"),
                }
                phone.assert_empty();
            }
            assert!(whole > 9 && bare > 3, "{encoding:?} {whole} {named} {bare}");
        }
    }
}
