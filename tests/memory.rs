//! How much memory reading takes: in proportion to what comes, and never what a length in it promises.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only what the test itself makes is read"
)]

use omadm::dm2::MoDocument;
use omadm::syncml::{Command, Status, inspect};
use omadm::{Encoding, Limits, Message, StatusCode};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Octets that may be taken whatever the input is.
const BASE: usize = 1 << 20;

/// The most that is in use at once while `work` runs, above what is before.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let result = work();
    let peak = ALLOCATOR.peak_usage();
    drop(result);
    peak.saturating_sub(before)
}

/// An ordinary message with so many items: a device's answer to a server that reads its tree.
fn answer(items: usize) -> Message {
    let one = "<Item><Source><LocURI>./Vendor/MSFT/Policy/Config/Update/ActiveHoursEnd</LocURI></Source><Meta>\
        <Format xmlns='syncml:metinf'>chr</Format><Type xmlns='syncml:metinf'>text/plain</Type></Meta>\
        <Data>The quick brown fox jumps over the lazy dog and goes on to the river, the hill and the sea.</Data></Item>";
    let text = format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
        <MsgID>1</MsgID><Target><LocURI>https://mgmt.example/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source></SyncHdr>\
        <SyncBody><Results><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef>{}</Results><Final/></SyncBody></SyncML>",
        one.repeat(items)
    );
    Message::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap()
}

/// A message of so many Statuses, as a device answers commands that say nothing.
fn statuses(count: usize) -> Message {
    let mut message = answer(0);
    message.commands = (1..=count)
        .map(|at| {
            Command::Status(Status {
                cmd_id: Some(at.to_string()),
                msg_ref: Some("1".to_owned()),
                cmd_ref: Some(at.to_string()),
                cmd: "Replace".to_owned(),
                target_refs: vec![format!("./Vendor/Tideline/Policy/Rule{at}/Frequency")],
                code: StatusCode(200),
                ..Status::default()
            })
        })
        .collect();
    message
}

/// WBXML whose first element of SyncBody is what is given.
fn tokens(inside: &[u8]) -> Vec<u8> {
    [b"\x02\xa4\x01\x6a\x00\x6d\x6b", inside].concat()
}

/// One test, because the allocator counts for all threads.
#[test]
fn memory_follows_the_input() {
    for items in [4, 150, 3000] {
        let message = answer(items);
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let body = message.encode(encoding, false).unwrap();
            let taken = peak(|| Message::decode(&body, encoding, &Limits::DEFAULT).unwrap());
            assert!(
                taken <= 6 * body.len() + BASE,
                "{encoding:?}: {taken} for {} octets",
                body.len()
            );
        }
    }
    let many = Limits {
        commands: 10_000,
        ..Limits::DEFAULT
    };
    for count in [50, 5_400] {
        let message = statuses(count);
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let body = message.encode(encoding, false).unwrap();
            let taken = peak(|| Message::decode(&body, encoding, &many).unwrap());
            // What is read, and not beside it a tree of all that was to be read.
            assert!(
                taken <= 6 * body.len() + BASE,
                "{count} Statuses, {encoding:?}: {taken} for {} octets",
                body.len()
            );
        }
    }
    for nodes in [10, 1000, 9000] {
        let node = |at: usize| {
            format!(
                r#""Node{at}":{{"Name":"A name of some length, as devices have it","State":"ok","Hours":{at}}}"#
            )
        };
        let nodes: Vec<String> = (0..nodes).map(node).collect();
        let body = format!(
            r#"[{{"ClientURI":"a/1/","MOData":{{"Root":{{{}}}}}}}]"#,
            nodes.join(",")
        );
        let taken = peak(|| MoDocument::decode(body.as_bytes(), &Limits::DEFAULT).unwrap());
        assert!(
            taken <= 6 * body.len() + BASE,
            "DM 2.0: {taken} for {} octets",
            body.len()
        );
    }
    let declared = [
        (
            "w07: a string table",
            b"\x02\xa4\x01\x6a\x8f\xff\xff\xff\x7f".to_vec(),
        ),
        (
            "w07: of 2^31 octets",
            b"\x02\xa4\x01\x6a\x88\x80\x80\x80\x00".to_vec(),
        ),
        ("w11: opaque data", tokens(b"\x4f\xc3\x8f\xff\xff\xff\x7f")),
        ("w08: a reference", tokens(b"\x4f\x83\x8f\xff\xff\xff\x7f")),
    ];
    for (name, body) in declared {
        let taken = peak(|| {
            assert!(Message::decode(&body, Encoding::Wbxml, &Limits::DEFAULT).is_err());
            inspect(&body, None, &Limits::DEFAULT)
        });
        assert!(taken < 1 << 14, "{name}: {taken}");
    }
    let string = [&b"a".repeat(1_000_000)[..], b"\0"].concat();
    let mut w32 = b"\x02\xa4\x01\x6a\xbd\x84\x41".to_vec();
    w32.extend(string);
    w32.extend(b"\x6d\x6b");
    w32.extend(b"\x4f\x83\x00\x01".repeat(10_000));
    let taken = peak(|| {
        let error = Message::decode(&w32, Encoding::Wbxml, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.exceeded(), Some("textBytes"));
    });
    assert!(taken <= 8 * w32.len(), "w32: {taken}");
    let long = "u".repeat(40_000);
    let uses = "<p:y/>".repeat(100_000);
    let text = format!("<SyncML xmlns:p='{long}'>{uses}</SyncML>");
    let taken = peak(|| {
        let error = Message::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.exceeded(), Some("textBytes"));
    });
    assert!(taken <= 6 * text.len() + BASE, "long namespaces: {taken}");
}
