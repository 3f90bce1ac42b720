//! Differential tests: generated messages go through libwbxml and libxml2, and come back as they went.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "only what is generated here is read"
)]

#[path = "oracle/cases.rs"]
mod cases;
#[path = "oracle/dress.rs"]
mod dress;
#[path = "oracle/known.rs"]
mod known;
#[path = "oracle/libwbxml.rs"]
mod libwbxml;
#[path = "oracle/libxml2.rs"]
mod libxml2;
#[path = "codec/strategies.rs"]
mod strategies;
#[path = "oracle/values.rs"]
mod values;
#[path = "oracle/visit.rs"]
mod visit;

use std::io::Write as _;

use base64ct::{Base64, Encoding as _};
use omadm::testing::xml_events;
use omadm::{Data, Encoding, Limits, Message};

use cases::Cases;
use dress::{Dice, dress};
use known::{KNOWN, Way, restrict};
use values::messages;
use visit::{Part, visit};

/// Says it even where the output of tests that pass is not shown.
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

fn decode(body: &[u8], encoding: Encoding) -> Result<Message, String> {
    Message::decode(body, encoding, &Limits::UNBOUNDED)
        .map_err(|error| format!("{error}: {error:?}\n{}", String::from_utf8_lossy(body)))
}

#[derive(Default)]
struct State {
    counts: [u64; KNOWN.len()],
}

/// The message with markup as what it says, not how, and octets as XML has them (TND, on the property Format).
fn by_value(message: &Message) -> Message {
    let mut message = message.clone();
    visit(&mut message, &mut |part, ns| {
        let Part::Item(item) = part else { return };
        match &mut item.data {
            Some(Data::Markup(markup)) => {
                let whole = format!("<Data xmlns='{ns}'>{markup}</Data>");
                *markup = xml_events(whole.as_bytes()).unwrap();
            }
            Some(Data::Octets(octets)) => {
                item.data = Some(Data::Text(Base64::encode_string(octets)));
                item.meta.get_or_insert_default().format = Some("b64".to_owned());
            }
            _ => {}
        }
    });
    message
}

fn compare(theirs: &Message, ours: &Message, shown: &[u8]) -> Result<(), String> {
    if theirs == ours || by_value(theirs) == by_value(ours) {
        return Ok(());
    }
    let text = |message: &Message| {
        let body = message.encode(Encoding::Xml, false).unwrap_or_default();
        String::from_utf8_lossy(&body).into_owned()
    };
    let shown = shown.escape_ascii();
    Err(format!(
        "we:   {}\nthey: {}\nfrom  {shown}",
        text(ours),
        text(theirs)
    ))
}

#[test]
fn wbxml_says_to_libwbxml_what_it_says_to_us() {
    let cases = Cases::of_environment();
    say(&format!("{cases:?}"));
    let states = cases.run(messages, |_, message, state: &mut State| {
        let mut message = message.clone();
        restrict(&mut message, Way::ToXml, &mut state.counts);
        let body = message
            .encode(Encoding::Wbxml, false)
            .map_err(|error| error.to_string())?;
        let text = libwbxml::to_xml(&body)?;
        let read = decode(&text, Encoding::Xml)?;
        compare(&read, &message, &text)
    });
    report(&states, Way::ToXml);
}

#[test]
fn xml_says_to_libwbxml_what_it_says_to_us() {
    let cases = Cases::of_environment();
    say(&format!("{cases:?}"));
    let states = cases.run(messages, |number, message, state: &mut State| {
        let version = ["1.1", "1.2", "1.3"][(number % 3) as usize];
        for way in [Way::ToWbxml, Way::ToPlainWbxml] {
            let mut message = message.clone();
            restrict(&mut message, way, &mut state.counts);
            let text = message
                .encode(Encoding::Xml, false)
                .map_err(|error| error.to_string())?;
            let body =
                libwbxml::to_wbxml(&text, version, way == Way::ToWbxml).map_err(|problem| {
                    format!("{problem}\nwe:   {}", String::from_utf8_lossy(&text))
                })?;
            let read = decode(&body, Encoding::Wbxml)?;
            compare(&read, &message, &body)?;
        }
        Ok(())
    });
    report(&states, Way::ToWbxml);
}

fn report(states: &[State; 2], way: Way) {
    for (place, known) in KNOWN.iter().enumerate() {
        if known.ways.contains(&way) {
            let count: u64 = states.iter().map(|state| state.counts[place]).sum();
            say(&format!("{way:?}: {count} x {}: {}", known.what, known.why));
        }
    }
}

/// Compares events; shows where they part.
fn same(ours: &Option<String>, theirs: &Option<String>, number: u64, shown: &str) {
    if ours != theirs {
        let (ours, theirs) = (ours.as_deref(), theirs.as_deref());
        let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
        let mut lines = ours.lines().zip(theirs.lines());
        let first = lines.find(|(ours, theirs)| ours != theirs);
        panic!("case {number}: we and they say {first:#?}\n{shown}");
    }
}

#[test]
fn xml_says_to_libxml2_what_it_says_to_us() {
    let cases = Cases::of_environment();
    say(&format!("{cases:?}"));
    cases.run_batches(messages, |batch| {
        let mut documents = Vec::new();
        for (number, message) in batch {
            let plain = message.encode(Encoding::Xml, false).unwrap();
            let events = xml_events(&plain).unwrap();
            let dressed = dress(&events, &mut Dice::of(*number)).into_bytes();
            let found = xml_events(&dressed).unwrap_or_else(|error| {
                let shown = String::from_utf8_lossy(&dressed);
                panic!("case {number}: {error}\n{shown}")
            });
            let shown = String::from_utf8_lossy(&dressed);
            same(&Some(found), &Some(events), *number, &shown);
            let read = decode(&dressed, Encoding::Xml).unwrap();
            if let Err(problem) = compare(&read, message, &dressed) {
                panic!("case {number}: {problem}");
            }
            documents.extend([plain, dressed, message.encode(Encoding::Xml, true).unwrap()]);
        }
        let folder = format!("oracle-{}", batch[0].0);
        for (place, theirs) in libxml2::events(&folder, &documents).iter().enumerate() {
            let ours = xml_events(&documents[place]).ok();
            let number = batch[place / 3].0;
            let shown = String::from_utf8_lossy(&documents[place]);
            same(&ours, theirs, number, &shown);
        }
    });
}
