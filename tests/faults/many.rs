//! Objects of hundreds of chunks in both directions, and peers that say something else to a chunk than 213.

use omadm::{Command, Encoding, Message, Outgoing, Received, ServerEvent, StatusCode};

use super::check::{codes, nothing_is_kept, whole_or_nothing};
use super::device::{DeviceHost, Step};
use super::every::{clean, differ};
use super::fault::{Fault, Kind, Point};
use super::flow::{DEVICE, Flow, Side, URL, get, leaf, replace};
use super::flows::{large, takes, told};
use super::play::{Case, play};
use super::server::{Answer, ServerHost};
use super::trouble::Trouble;
use super::witness::decode;

/// A value each way, of so many octets, in messages of 1,000.
fn both_ways(octets: usize) -> Flow {
    let most = u32::try_from(octets).unwrap();
    let mut flow = Flow {
        name: "small chunks".to_owned(),
        device_takes: takes(1_000, Some(most)),
        server_takes: takes(1_000, Some(most)),
        batches: vec![vec![replace("./E", &large(octets)), get("./L")]],
        told: told(&["0 200", "1 200"]),
        objects: told(&["./L", "./E"]),
        messages: octets / 50,
        at_rest: 2 * octets + (20 << 10),
        ..Flow::default()
    };
    flow.tree.set("./L", leaf(&large(octets))).unwrap();
    flow
}

#[test]
fn l01_l14_hundreds_of_chunks_each_way_with_a_rest_after_every_message() {
    for (encoding, octets) in [(Encoding::Xml, 24_000), (Encoding::Wbxml, 80_000)] {
        let flow = both_ways(octets);
        let case = clean(&flow, encoding);
        let report = play(&case);
        assert!(report.kept >= 200, "{encoding:?}: {}", report.kept);
        assert_eq!((&report.told, &report.objects), (&flow.told, &flow.objects));
        let quarter = report.messages / 4;
        let faults = [Kind::DropReply, Kind::Twice, Kind::Crash(Point::Received)];
        let faulty = play(&Case {
            faults: faults.map(|kind| Fault { kind, at: quarter }).to_vec(),
            is_thorough: false,
            ..case
        });
        assert_eq!(faulty.struck, faults.len());
        assert_eq!(differ(&faulty, &report), None);
    }
}

/// What a side says of a chunk that it has kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Nothing: it asks for the next message only.
    Nothing,
    /// That the command is done.
    Done,
}

impl Word {
    /// The message with this in the place of each 213.
    fn instead(self, out: &Outgoing, encoding: Encoding) -> Outgoing {
        let mut message: Message = decode(&out.body).unwrap();
        let is_kept = |command: &Command| matches!(command, Command::Status(status) if status.code == StatusCode::CHUNK_KEPT);
        match self {
            Self::Nothing => message.commands.retain(|command| !is_kept(command)),
            Self::Done => {
                for command in &mut message.commands {
                    if let Command::Status(status) = command
                        && status.code == StatusCode::CHUNK_KEPT
                    {
                        status.code = StatusCode::OK;
                    }
                }
            }
        }
        Outgoing {
            body: message.encode(encoding, false).unwrap(),
            ..out.clone()
        }
    }
}

/// What the server's host is told in a session in which one side never says 213, and what of the objects has arrived.
fn session(
    flow: &Flow,
    encoding: Encoding,
    (side, word): (Side, Word),
) -> (Vec<String>, [bool; 2]) {
    let mut trouble = Trouble::new(&[], 1);
    let mut device = DeviceHost::new(flow, encoding, true);
    let mut server = ServerHost::new(flow, true);
    let said = |by: Side, out: &Outgoing| match by == side {
        true => word.instead(out, encoding),
        false => out.clone(),
    };
    let mut is_new = true;
    for _ in 0..flow.most_turns() {
        let Step::Done(out) = device.send(&mut trouble, is_new) else {
            panic!("nothing fails here")
        };
        is_new = false;
        let Some(out) = out else { break };
        let out = said(Side::Device, &out);
        let received = Received {
            url: Some(URL),
            peer: Some(DEVICE),
            ..Received::body(&out.body)
        };
        let Answer::Reply(reply) = server.serve(&mut trouble, &received) else {
            panic!("refused")
        };
        let reply = said(Side::Server, &reply);
        let received = Received {
            status: Some(200),
            ..Received::body(&reply.body)
        };
        let is_on = device.receive(&mut trouble, &received);
        assert!(out.done || matches!(is_on, Step::Done(true)));
        whole_or_nothing(flow, &device);
    }
    assert!(device.is_over(), "it goes on for ever");
    nothing_is_kept(&device, &server);
    let session = server.stored.sessions.values().next().unwrap();
    let read = session.log.iter().any(|event| match event {
        ServerEvent::Results { items, .. } => items.iter().any(|item| {
            let value = item.data.as_ref().and_then(omadm::Data::as_text);
            value.is_some_and(|value| value == large(value.len()))
        }),
        _ => false,
    });
    let written = device
        .stored
        .log
        .iter()
        .any(|event| matches!(event, omadm::ClientEvent::Changed { uri, .. } if uri == "./E"));
    let unknown = session.log.iter().filter_map(|event| match event {
        ServerEvent::Unknown { command, .. } => Some(format!("{command} unknown")),
        _ => None,
    });
    let codes = codes(session).into_iter();
    let codes = codes.map(|((number, _), code)| format!("{number} {code}"));
    (codes.chain(unknown).collect(), [written, read])
}

#[test]
fn a_peer_that_never_says_213() {
    let flow = both_ways(3_000);
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for (side, word, codes, came) in [
            (
                Side::Device,
                Word::Nothing,
                ["0 200", "1 200"],
                [true, true],
            ),
            // It says that all is done before it can be: nobody knows what it has made of that.
            (
                Side::Device,
                Word::Done,
                ["1 200", "0 unknown"],
                [false, true],
            ),
            (
                Side::Server,
                Word::Nothing,
                ["0 200", "1 200"],
                [true, true],
            ),
            (Side::Server, Word::Done, ["0 200", "1 200"], [true, true]),
        ] {
            let told = session(&flow, encoding, (side, word));
            let codes = codes.map(str::to_owned).to_vec();
            assert_eq!(told, (codes, came), "{encoding:?} {side:?} {word:?}");
        }
    }
}
