//! Octets that real devices and servers sent: what each gives, that nothing of it is lost, and that no part of it passes for the whole.
//!
//! The recordings are not part of this repository. Where they are missing the tests say how many cases they skipped.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only the recordings are read, and what is skipped must be said"
)]

#[path = "corpus/recordings.rs"]
mod recordings;

use std::env;
use std::fs;
use std::path::Path;
use std::thread;

use omadm::syncml::{Form, inspect};
use omadm::{Code, Encoding, Limits, Message, Outline};

use recordings::{read, say, with_corpus};

/// Messages and what passes for messages.
const MESSAGES: usize = 64;

/// What is refused of that, why and where.
const REFUSED: [(&str, Code, usize); 8] = [
    ("motorola/testalertconfirm.xml", Code::Syntax, 461),
    ("motorola/testalertsinglechoice.xml", Code::Syntax, 459),
    ("motorola/testalerttextinput.xml", Code::Syntax, 459),
    ("provisioning/BROWSER.xml", Code::Syntax, 2014),
    ("provisioning/MMS.xml", Code::Syntax, 1821),
    ("transcripts/xml-basic/02-client.xml", Code::Char, 1718),
    (
        "windows/learn-diagnosticlog-exec-snap.xml",
        Code::Schema,
        58,
    ),
    (
        "windows/learn-edam-alert-1224-win32csp.xml",
        Code::Schema,
        0,
    ),
];

/// What the senders of WBXML write otherwise than we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// None: octet for octet the same.
    Canonical,
    /// An empty value is an element with an empty string in it.
    EmptyStrings,
    /// The value of an item is OPAQUE where it is text.
    OpaqueText,
}

const HABITS: [(&str, Habit); 8] = [
    ("motorola/testadd.wbxml", Habit::EmptyStrings),
    ("motorola/testget.wbxml", Habit::Canonical),
    (
        "transcripts/motdm-basic-wbxml/01-client.wbxml",
        Habit::EmptyStrings,
    ),
    (
        "transcripts/motdm-basic-wbxml/01-server.wbxml",
        Habit::OpaqueText,
    ),
    (
        "transcripts/motdm-basic-wbxml/02-client.wbxml",
        Habit::Canonical,
    ),
    (
        "transcripts/motdm-basic-wbxml/02-server.wbxml",
        Habit::OpaqueText,
    ),
    (
        "transcripts/motdm-basic-wbxml/03-client.wbxml",
        Habit::Canonical,
    ),
    (
        "transcripts/motdm-basic-wbxml/03-server.wbxml",
        Habit::Canonical,
    ),
];

/// A file: its path in the corpus, and what it holds.
struct Recording {
    name: String,
    octets: Vec<u8>,
}

impl Recording {
    fn encoding(&self) -> Encoding {
        Encoding::detect(None, &self.octets).unwrap()
    }

    fn decode(&self) -> omadm::Result<(Message, Form)> {
        Message::decode_with_form(&self.octets, self.encoding(), &Limits::DEFAULT)
    }

    fn message(&self) -> (Message, Form) {
        self.decode()
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn is_refused(&self) -> bool {
        REFUSED.iter().any(|(name, ..)| *name == self.name)
    }
}

/// The files with such an ending in these folders, sorted.
fn recordings(corpus: &Path, folders: &[&str], endings: &[&str]) -> Vec<Recording> {
    let mut found = Vec::new();
    let mut open: Vec<_> = folders.iter().map(|folder| corpus.join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() {
                open.push(path);
            } else if ending.is_some_and(|ending| endings.contains(&ending)) {
                let name = path.strip_prefix(corpus).unwrap().to_str().unwrap();
                found.push(Recording {
                    name: name.to_owned(),
                    octets: read(&path),
                });
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn messages(corpus: &Path) -> Vec<Recording> {
    let folders = ["motorola", "provisioning", "transcripts", "windows"];
    let found = recordings(corpus, &folders, &["xml", "wbxml"]);
    assert_eq!(found.len(), MESSAGES);
    found
}

fn good_messages(corpus: &Path) -> Vec<Recording> {
    let mut found = messages(corpus);
    found.retain(|recording| !recording.is_refused());
    found
}

fn decode(body: &[u8], encoding: Encoding) -> Message {
    Message::decode(body, encoding, &Limits::DEFAULT).unwrap()
}

#[test]
fn messages_decode_or_fail_as_they_must() {
    with_corpus(MESSAGES, |corpus| {
        let mut refused = Vec::new();
        for recording in messages(corpus) {
            if let Err(error) = recording.decode() {
                refused.push((recording.name, error.code(), error.offset().unwrap()));
            }
        }
        let must = REFUSED.map(|(name, code, offset)| (name.to_owned(), code, offset));
        assert_eq!(refused, must);
    });
}

#[test]
fn messages_survive_in_their_own_encoding_and_in_the_other() {
    with_corpus(MESSAGES - REFUSED.len(), |corpus| {
        let recordings = good_messages(corpus);
        for recording in &recordings {
            let (message, form) = recording.message();
            let own = message.encode_as(&form).unwrap();
            assert_eq!(
                Message::decode_with_form(&own, recording.encoding(), &Limits::DEFAULT).unwrap(),
                (message.clone(), form),
                "{}",
                recording.name
            );
            // No recording has attributes, so that each can be written as WBXML.
            let mut at_last = message.clone();
            for encoding in [Encoding::Xml, Encoding::Wbxml, Encoding::Xml] {
                at_last = decode(&at_last.encode(encoding, false).unwrap(), encoding);
                assert_eq!(at_last, message, "{} in {encoding:?}", recording.name);
            }
        }
        let number = recordings.len();
        say(&format!(
            "{number} recorded messages survive in XML and in WBXML"
        ));
    });
}

#[test]
fn an_attribute_in_a_recording_is_refused_in_wbxml() {
    with_corpus(1, |corpus| {
        let name = "windows/msmdm-3.1.5.2-status-results.xml";
        let text = String::from_utf8(read(&corpus.join(name))).unwrap();
        let (before, after) = text.split_once("<Data>").unwrap();
        let text = format!("{before}<Data xmlns:m='urn:m' m:originalerror='0x1'>{after}");
        let message = decode(text.as_bytes(), Encoding::Xml);
        let error = message.encode(Encoding::Wbxml, false).unwrap_err();
        assert_eq!(error.code(), Code::Schema);
        assert_eq!(error.path(), Some("SyncBody/Status/Data"));
    });
}

/// The document as it would be without the habit. No recording holds the octets of a pattern anywhere else.
fn without(habit: Habit, octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
        match (habit, rest) {
            (Habit::EmptyStrings, [0x4f, 0x03, 0x00, 0x01, ..]) => {
                out.push(0x0f);
                at += 4;
            }
            (Habit::OpaqueText, [0xc3, length, text @ ..]) => {
                let length = usize::from(*length);
                out.push(0x03);
                out.extend_from_slice(&text[..length]);
                out.push(0x00);
                at += 2 + length;
            }
            _ => {
                out.push(rest[0]);
                at += 1;
            }
        }
    }
    out
}

#[test]
fn wbxml_is_written_as_it_came_but_for_known_habits() {
    with_corpus(HABITS.len(), |corpus| {
        let mut recordings = good_messages(corpus);
        recordings.retain(|recording| recording.encoding() == Encoding::Wbxml);
        let names: Vec<&str> = recordings.iter().map(|found| &*found.name).collect();
        assert_eq!(names, HABITS.map(|(name, _)| name));
        for (recording, (name, habit)) in recordings.iter().zip(HABITS) {
            let (message, form) = recording.message();
            let again = message.encode_as(&form).unwrap();
            assert_eq!(again, without(habit, &recording.octets), "{name}");
            let is_same = again == recording.octets;
            assert_eq!(is_same, habit == Habit::Canonical, "{name}");
        }
    });
}

#[test]
fn trees_and_descriptions_are_no_messages() {
    with_corpus(21, |corpus| {
        let found = recordings(corpus, &["trees", "ddf"], &["xml", "wbxml"]);
        assert_eq!(found.len(), 21);
        for recording in found {
            let error = recording.decode().unwrap_err();
            let is_wbxml = recording.name.ends_with(".wbxml");
            let must = match is_wbxml {
                true => (Code::Version, Some(4)),
                false => (Code::Schema, error.offset()),
            };
            assert_eq!((error.code(), error.offset()), must, "{}", recording.name);
        }
    });
}

/// How many pieces there are; each lies within the one around it, behind the one before it.
fn pieces(outline: &Outline, name: &str) -> usize {
    let (mut count, mut waiting) = (0, vec![outline]);
    while let Some(piece) = waiting.pop() {
        count += 1;
        let mut at = piece.start;
        for inside in &piece.children {
            assert!(
                at <= inside.start && inside.start <= inside.end && inside.end <= piece.end,
                "{name}: {} at {}..{}",
                inside.name,
                inside.start,
                inside.end
            );
            at = inside.end;
            waiting.push(inside);
        }
    }
    count
}

/// Octets of a long message: of its parts only every 16th is tried, but in `make soak`.
const LONG: usize = 4096;

/// Every part from the start is an error, and shows what is in it: never more than a longer one.
fn cut(recording: &Recording) -> usize {
    let (name, encoding) = (&recording.name, recording.encoding());
    // Blanks behind the root belong to no message.
    let octets = match encoding {
        Encoding::Xml => recording.octets.trim_ascii_end(),
        Encoding::Wbxml => &recording.octets,
    };
    let step = match octets.len() > LONG && env::var_os("OMADM_CASES").is_none() {
        true => 16,
        false => 1,
    };
    let (mut seen, mut count) = (0, 0);
    for end in (0..octets.len()).rev().step_by(step) {
        count += 1;
        let part = &octets[..end];
        let error = Message::decode(part, encoding, &Limits::DEFAULT)
            .err()
            .unwrap_or_else(|| panic!("{name} is whole at {end}"));
        // Half of the time would go into this.
        if end % 4 != 0 {
            continue;
        }
        let inspection = inspect(part, Some(encoding.media_type()), &Limits::DEFAULT);
        assert_eq!(inspection.error, Some(error), "{name} cut at {end}");
        assert_eq!(inspection.message, None, "{name} cut at {end}");
        let outline = inspection.outline;
        assert_eq!((outline.start, outline.end), (0, end), "{name}");
        let now = pieces(&outline, name);
        // Nearly everything is still there.
        let fits = match seen {
            0 => now > 20,
            _ => now <= seen,
        };
        assert!(fits, "{name} cut at {end}: {now} before {seen}");
        seen = now;
    }
    count
}

#[test]
fn w31_x24_every_part_is_an_error_and_is_shown() {
    with_corpus(MESSAGES - REFUSED.len(), |corpus| {
        let recordings = good_messages(corpus);
        let half = |odd: usize| -> usize {
            let mine = recordings.iter().skip(odd).step_by(2);
            mine.map(cut).sum()
        };
        let cuts = thread::scope(|scope| {
            let other = scope.spawn(|| half(1));
            half(0) + other.join().unwrap()
        });
        say(&format!(
            "{cuts} parts of {} recorded messages are errors",
            recordings.len()
        ));
    });
}
