//! Bad input, rows S01 to S03, at a host that puts its sessions to rest; and devices that say the same octets each time.

use omadm::{AbortedBy, AlertCode, Command, Encoding, Message, Outgoing, Received, ServerEvent};

use super::every::clean;
use super::fault::{Fault, Kind};
use super::flow::{Flow, Side, URL};
use super::flows::{flows, large_objects_to_the_device};
use super::play::{Case, play};
use super::rest::AtRest;
use super::server::{Answer, ServerHost};
use super::trouble::Trouble;
use super::witness::decode;

/// A server, and what a device says to it where nothing fails.
struct Desk<'f> {
    server: ServerHost<'f>,
    trouble: Trouble,
    requests: Vec<Vec<u8>>,
}

fn flow(name: &str) -> Flow {
    flows().into_iter().find(|flow| flow.name == name).unwrap()
}

impl<'f> Desk<'f> {
    fn new(flow: &'f Flow) -> Self {
        let said = play(&clean(flow, Encoding::Xml)).said;
        let of_device = said.into_iter().filter(|said| said.0 == Side::Device);
        Self {
            server: ServerHost::new(flow, true),
            trouble: Trouble::new(&[], 1),
            requests: of_device.map(|said| said.1).take(flow.messages).collect(),
        }
    }

    fn hear(&mut self, body: &[u8]) -> Result<Outgoing, u16> {
        let received = Received {
            url: Some(URL),
            ..Received::body(body)
        };
        match self.server.serve(&mut self.trouble, &received) {
            Answer::Reply(reply) => Ok(reply),
            Answer::Refused(status) => Err(status),
            Answer::Lost => panic!("nothing fails here"),
        }
    }

    /// Each message that the device says, by its number from 1 on.
    fn nth(&mut self, number: usize) -> Result<Outgoing, u16> {
        let body = self.requests[number - 1].clone();
        self.hear(&body)
    }

    fn log(&self) -> Vec<ServerEvent> {
        let sessions = self.server.stored.sessions.values();
        sessions.flat_map(|session| session.log.clone()).collect()
    }

    fn count(&self, is: fn(&ServerEvent) -> bool) -> usize {
        self.log().iter().filter(|event| is(event)).count()
    }
}

/// The same message in other octets.
fn reworded(body: &[u8]) -> Vec<u8> {
    [body, b"\n"].concat()
}

fn is_started(event: &ServerEvent) -> bool {
    matches!(event, ServerEvent::Started { .. })
}

fn is_aborted(event: &ServerEvent) -> bool {
    matches!(
        event,
        ServerEvent::Aborted {
            by: AbortedBy::Server,
            ..
        }
    )
}

fn holds_abort(message: &Message) -> bool {
    message.commands.iter().any(|command| {
        matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::SESSION_ABORT))
    })
}

#[test]
fn s01_the_same_octets_get_the_stored_reply_and_nothing_is_done_again() {
    let flow = flow("started by the device");
    let mut desk = Desk::new(&flow);
    for number in 1..=flow.messages {
        let first = desk.nth(number).unwrap();
        let log = desk.log();
        for _ in 0..3 {
            let again = desk.nth(number).unwrap();
            assert!(again.repeated);
            assert_eq!(again.body, first.body);
            assert_eq!(again.done, number == flow.messages);
        }
        assert_eq!(desk.log(), log);
    }
}

#[test]
fn s01_behind_the_end_message_1_begins_a_session_whatever_its_octets() {
    let flow = flow("started by the device");
    let mut desk = Desk::new(&flow);
    for number in 1..=flow.messages {
        desk.nth(number).unwrap();
    }
    let reply = desk.nth(1).unwrap();
    assert!(!reply.repeated);
    assert_eq!(desk.count(is_started), 2);
    assert_eq!(decode(&reply.body).unwrap().header.msg_id, 1);
    assert_eq!(desk.nth(2).map(|reply| reply.repeated), Err(400), "over");
}

#[test]
fn s01_a_device_that_begins_every_session_with_the_same_octets_is_served_each_time() {
    for name in ["started by the device", "basic"] {
        let flow = Flow {
            batches: Vec::new(),
            messages: 1,
            ..flow(name)
        };
        let mut desk = Desk::new(&flow);
        for session in 1..=4 {
            let reply = desk.nth(1).unwrap();
            assert!(reply.done && !reply.repeated, "{name}");
            assert_eq!(desk.count(is_started), session);
            let is_proof = |event: &ServerEvent| matches!(event, ServerEvent::Authenticated { .. });
            assert_eq!(desk.count(is_proof), session);
        }
    }
}

#[test]
fn s01_a_digest_in_the_same_octets_begins_one_session_only() {
    let flow = Flow {
        batches: Vec::new(),
        messages: 1,
        ..flow("sha-256")
    };
    let mut desk = Desk::new(&flow);
    assert!(desk.nth(1).unwrap().done);
    for _ in 0..4 {
        // It is told that its nonce is spent, with another; what is said twice is answered alike.
        let reply = desk.nth(1).unwrap();
        assert!(!reply.done);
        let again = desk.nth(1).unwrap();
        assert!(again.repeated && again.body == reply.body);
        assert_eq!(desk.count(is_started), 1);
    }
}

#[test]
fn s02_other_octets_with_the_same_number_end_the_session_of_the_device() {
    let flow = flow("started by the device");
    for number in 2..=flow.messages - 1 {
        let mut desk = Desk::new(&flow);
        for number in 1..=number {
            desk.nth(number).unwrap();
        }
        let log = desk.log();
        let other = reworded(&desk.requests[number - 1]);
        let reply = desk.hear(&other).unwrap();
        assert!(reply.done && holds_abort(&decode(&reply.body).unwrap()));
        assert_eq!(desk.count(is_aborted), 1);
        let is_end =
            |event: &ServerEvent| is_aborted(event) || matches!(event, ServerEvent::Unknown { .. });
        let heard = desk.log();
        assert!(
            heard[log.len()..].iter().all(is_end),
            "nothing of it counts"
        );
        assert_eq!(desk.nth(number + 1).err(), Some(400), "over");
    }
}

#[test]
fn s02_other_octets_of_a_stranger_change_nothing() {
    for name in ["basic", "sha-256", "hmac"] {
        let flow = flow(name);
        let mut desk = Desk::new(&flow);
        let first = play(&clean(&flow, Encoding::Xml)).said[0].clone();
        let received = Received {
            url: Some(URL),
            hmac: first.2.as_deref(),
            ..Received::body(&first.1)
        };
        let Answer::Reply(reply) = desk.server.serve(&mut desk.trouble, &received) else {
            panic!("{name}: refused")
        };
        let before = desk.server.stored.clone();
        let mut message = decode(&first.1).unwrap();
        message.header.cred = None;
        let stranger = message.encode(Encoding::Xml, false).unwrap();
        let stranger = reworded(&stranger);
        assert_eq!(desk.hear(&stranger).err(), Some(400), "{name}");
        let after = &desk.server.stored;
        assert!(after.account == before.account);
        for (id, session) in &before.sessions {
            let saved = |saved: &Option<AtRest>| saved.as_ref().unwrap().saved();
            assert!(saved(&after.sessions[id].saved) == saved(&session.saved));
        }
        let Answer::Reply(again) = desk.server.serve(&mut desk.trouble, &received) else {
            panic!("{name}: refused")
        };
        assert!(again.repeated && again.body == reply.body);
    }
}

#[test]
fn s03_an_older_number_is_refused_and_the_session_goes_on() {
    let flow = flow("results over several messages");
    let mut desk = Desk::new(&flow);
    for number in 1..=flow.messages {
        assert!(!desk.nth(number).unwrap().repeated);
        let log = desk.log();
        for older in 2..number {
            assert_eq!(desk.nth(older).err(), Some(400));
            let other = reworded(&desk.requests[older - 1]);
            assert_eq!(desk.hear(&other).err(), Some(400));
        }
        assert_eq!(desk.log(), log);
    }
    let told = super::check::codes(desk.server.stored.sessions.values().next().unwrap());
    assert_eq!(told.into_values().collect::<Vec<_>>(), [200, 200]);
}

#[test]
fn s03_a_number_may_be_skipped() {
    let flow = flow("started by the device");
    let mut desk = Desk::new(&flow);
    desk.nth(1).unwrap();
    let text = String::from_utf8(desk.requests[1].clone()).unwrap();
    let skipping = text.replace("<MsgID>2</MsgID>", "<MsgID>7</MsgID>");
    let reply = desk.hear(skipping.as_bytes()).unwrap();
    let codes = super::check::codes(desk.server.stored.sessions.values().next().unwrap());
    assert_eq!(codes.into_values().collect::<Vec<_>>(), [200, 200, 200]);
    assert!(!reply.done);
    assert_eq!(desk.nth(2).err(), Some(400), "it is older now");
}

#[test]
fn a_device_whose_server_takes_one_status_a_message_comes_to_an_end() {
    let flow = flow("large object to the device");
    for at in 1..=flow.messages {
        let kind = Kind::Takes(Side::Server, 1_000);
        let report = play(&Case {
            faults: vec![Fault { kind, at }],
            ..clean(&flow, Encoding::Xml)
        });
        // What an Atomic has to say may not fit into one message, and then it is rolled back.
        let codes: Vec<&str> = report.told.iter().map(String::as_str).collect();
        let is_told = matches!(codes[..], ["0 200", "1 200" | "1 517", .., "2 200"]);
        assert!(is_told, "{codes:?}");
        assert!(report.messages < 20, "{}", report.messages);
    }
}

/// The nonce for the next message stands in each: without it, some of these would fit whole.
#[test]
fn a_value_that_never_has_the_room_that_it_might_have_goes_in_chunks() {
    for length in (1_450..1_850).step_by(5) {
        let flow = large_objects_to_the_device(length);
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let told = play(&clean(&flow, encoding)).told;
            assert_eq!(told, flow.told, "{length} {encoding:?}");
        }
    }
}
