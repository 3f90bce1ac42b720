//! Differential tests: generated messages go through libwbxml and libxml2, and come back as they went.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::explicit_write,
    clippy::indexing_slicing,
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
use omadm::syncml::{Form, PublicId, WbxmlForm};
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

/// The forms of WBXML that we write: versions, public identifiers, with and without shared strings.
fn form(number: u64, ver_dtd: &str) -> Form {
    let form = WbxmlForm::of_version(ver_dtd);
    let is_text = (number / 3).is_multiple_of(3);
    Form::Wbxml(WbxmlForm {
        version: [1, 2, 3][(number % 3) as usize],
        public_id: match is_text {
            true => PublicId::Text(format!("-//SYNCML//DTD SyncML {ver_dtd}//EN")),
            false => form.public_id,
        },
        string_table: (number / 9).is_multiple_of(2),
        unterminated: is_text && (number / 18).is_multiple_of(2),
    })
}

/// Takes a message through libwbxml; what comes back must be what went.
fn through_libwbxml(message: &Message, way: Way, number: u64) -> Result<(), String> {
    if way == Way::Xml {
        let form = form(number, &message.header.ver_dtd);
        let body = message
            .encode_as(&form)
            .map_err(|error| error.to_string())?;
        let text = libwbxml::to_xml(&body)?;
        return compare(&decode(&text, Encoding::Xml)?, message, &text);
    }
    let text = message
        .encode(Encoding::Xml, false)
        .map_err(|error| error.to_string())?;
    let version = ["1.1", "1.2", "1.3"][(number % 3) as usize];
    let body = libwbxml::to_wbxml(&text, version, way == Way::Wbxml)
        .map_err(|problem| format!("{problem}\nwe:   {}", String::from_utf8_lossy(&text)))?;
    compare(&decode(&body, Encoding::Wbxml)?, message, &body)
}

type Counts = [u64; KNOWN.len()];

fn check(ways: &[Way]) {
    let cases = Cases::of_environment();
    let counts = cases.run(messages, |number, message, counts: &mut Counts| {
        ways.iter().try_for_each(|way| {
            let mut message = message.clone();
            restrict(&mut message, *way, None, counts);
            through_libwbxml(&message, *way, number)
        })
    });
    let mut said = format!("{ways:?}: {cases:?} agree, without");
    for (known, (one, other)) in KNOWN.iter().zip(counts[0].iter().zip(&counts[1])) {
        if ways.iter().any(|way| known.ways.contains(way)) {
            said += &format!("\n   {} x {} ({})", one + other, known.what, known.why);
        }
    }
    say(&said);
}

#[test]
fn wbxml_says_to_libwbxml_what_it_says_to_us() {
    check(&[Way::Xml]);
}

#[test]
fn xml_says_to_libwbxml_what_it_says_to_us() {
    check(&[Way::Wbxml, Way::PlainWbxml]);
}

#[test]
fn known_differences_are_there() {
    let cases = Cases {
        seed: 1,
        first: 0,
        count: 300,
    };
    let (strategy, mut missing) = (messages(), Vec::new());
    for known in &KNOWN {
        for way in known.ways {
            let differs = |number: u64| {
                let mut message = cases.case(&strategy, number);
                restrict(&mut message, *way, Some(known.what), &mut Counts::default());
                through_libwbxml(&message, *way, number).is_err()
            };
            if !(0..cases.count).any(differs) {
                missing.push((known.what, *way));
            }
        }
    }
    assert_eq!(missing, []);
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
    say(&format!(
        "libxml2: {cases:?} agree, plain, dressed and indented"
    ));
}
