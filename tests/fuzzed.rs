//! Every input of the corpus in tests/fuzz through every body, and what fuzzing has found.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "only the repository itself and what the tests make is read"
)]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use omadm::testing::fuzz::TARGETS;
use omadm::{Command, Data, Encoding, Limits, Message};

/// The inputs of a target, sorted.
fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let entries = fs::read_dir(folder.join(target)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn the_corpus_passes_every_body() {
    let mut failed = Vec::new();
    for (folder, _) in TARGETS {
        let inputs = corpus(folder);
        assert!(!inputs.is_empty(), "{folder}: no corpus");
        for path in inputs {
            let input = fs::read(&path).unwrap();
            for (target, body) in TARGETS {
                if catch_unwind(|| body(&input)).is_err() {
                    failed.push(format!("{target}: {}", path.display()));
                }
            }
        }
    }
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n"));
}

#[test]
fn every_target_is_built_and_is_one_line() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for (target, _) in TARGETS {
        let path = format!("fuzz_targets/{target}.rs");
        assert!(manifest.contains(&format!("path = \"{path}\"")), "{target}");
        let text = fs::read_to_string(fuzz.join(&path)).unwrap();
        let call = format!(
            "#![no_main]\nlibfuzzer_sys::fuzz_target!(|input: &[u8]| omadm::testing::fuzz::{target}(input));\n"
        );
        assert_eq!(text, call);
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}

/// A message with this at the end of its header, and this body.
fn message(header: &str, body: &str) -> String {
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
        <MsgID>1</MsgID><Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source>{header}</SyncHdr>\
        <SyncBody>{body}</SyncBody></SyncML>"
    )
}

fn decode(text: &str) -> Message {
    Message::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap()
}

fn encode(message: &Message) -> String {
    String::from_utf8(message.encode(Encoding::Xml, false).unwrap()).unwrap()
}

#[test]
fn the_wrapper_of_meta_says_nothing_wherever_it_stands() {
    let kind = "<Type xmlns='syncml:metinf'>t</Type>";
    let expected = decode(&message(&format!("<Meta>{kind}</Meta>"), ""));
    assert_eq!(expected.header.extra.len(), 1);
    let wrap = |inner: &str| format!("<MetInf xmlns='syncml:metinf'>{inner}</MetInf>");
    for header in [
        wrap(kind),
        format!("<Meta>{}</Meta>", wrap(kind)),
        format!("<Meta>{}</Meta>", wrap(&wrap(kind))),
        format!("<Meta><MetInf>{kind}</MetInf></Meta>"),
    ] {
        assert_eq!(decode(&message(&header, "")), expected, "{header}");
    }
}

#[test]
fn what_does_not_belong_into_meta_keeps_its_place_beside_it() {
    let header = "<Meta><Type xmlns='syncml:metinf'>t</Type><a xmlns='urn:x'/></Meta>";
    let read = decode(&message(header, ""));
    let names: Vec<&str> = read.header.extra.iter().map(|extra| &*extra.name).collect();
    assert_eq!(names, ["a", "Type"]);
    assert_eq!(decode(&encode(&read)), read);
}

#[test]
fn a_namespace_may_hold_a_brace() {
    let item = "<Replace><Item><Data xmlns:p='u}v{w' p:a='1'>x</Data></Item></Replace>";
    let read = decode(&message("", item));
    let written = encode(&read);
    assert!(written.contains("\"u}v{w\""), "{written}");
    assert_eq!(decode(&written), read);
}

#[test]
fn a_path_does_not_repeat_long_names() {
    let name = "x".repeat(5000);
    let text = format!("<SyncML><a><{name}><!");
    let error = Message::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap_err();
    let path = format!("a/{}…", "x".repeat(48));
    assert_eq!(error.path(), Some(&*path));
}

#[test]
fn opaque_without_an_element_is_no_markup() {
    let head = b"\x02\xa4\x01\x6a\x00\x6d\x6c\x71\x031.2\0\x01\x72\x03x\0\x01\x65\x031\0\x01\x5b\x031\0\x01\x6e\x57\x03a\0\x01\x01\
        \x67\x57\x03b\0\x01\x01\x01\x6b\x60\x54\x5a\0\x01\x47\x03xml\0\x01\x01\0\0\x4f\xc3\x08";
    for text in ["<!--a-->", "<?abcd?>", "a<?bcd?>"] {
        let body = [head, text.as_bytes(), b"\x01\x01\x01\x01\x01"].concat();
        let read = Message::decode(&body, Encoding::Wbxml, &Limits::DEFAULT).unwrap();
        let Command::Replace(replace) = &read.commands[0] else {
            unreachable!("{read:?}");
        };
        assert_eq!(replace.items[0].data, Some(Data::Text(text.to_owned())));
        assert_eq!(decode(&encode(&read)), read);
    }
}
