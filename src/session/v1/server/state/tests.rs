//! States that no session has: sealed as if one had, they are refused.

use super::*;
use crate::error::Code;
use crate::limits::Limits;
use crate::session::command::{NewCommand, NewItem};
use crate::session::server::{self, Binding, ServerConfig};
use crate::session::v1::object::assembly::{Assembly, Bounds, Purpose};
use crate::session::v1::server::ServerSession;
use crate::syncml::{Data, Item};

const SIZE: u32 = 3_000;

fn config() -> ServerConfig {
    ServerConfig {
        server_id: "desk".to_owned(),
        url: "https://desk/dm".to_owned(),
        binding: Binding::Transport,
        strangers: Vec::new(),
        accept_mo: None,
        alert_types: Vec::new(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    }
}

/// What becomes of a session in which two large values wait, once it has been changed.
fn restored(change: impl FnOnce(&mut State)) -> Result<(), Code> {
    let mut session = ServerSession::new(config());
    let item = |uri: &str| NewItem {
        uri: uri.to_owned(),
        data: Some(Data::Text("x".repeat(SIZE as usize))),
        format: None,
        mime: None,
    };
    let items = vec![item("./A"), item("./B")];
    session.push(NewCommand::Replace(items)).unwrap();
    change(&mut session.state);
    let saved = server::ServerSession::from(session).save().unwrap();
    let again = server::ServerSession::restore(&saved, config()).map_err(|error| error.code())?;
    assert_eq!(again.save().unwrap(), saved);
    Ok(())
}

fn told(waiting: &mut Waiting, told: u32) {
    waiting.cut = waiting.cut(Encoding::Xml);
    waiting.cut.as_mut().unwrap().told = told;
}

#[test]
fn no_more_is_told_of_a_value_than_there_is() {
    for (octets, expected) in [
        (0, Ok(())),
        (SIZE, Ok(())),
        (SIZE + 1, Err(Code::Snapshot)),
        (u32::MAX, Err(Code::Snapshot)),
    ] {
        let is = restored(|state| told(state.queue.front_mut().unwrap(), octets));
        assert_eq!(is, expected, "{octets}");
    }
}

#[test]
fn the_size_that_is_told_is_that_of_the_value() {
    for (size, expected) in [
        (SIZE, Ok(())),
        (SIZE + 1, Err(Code::Snapshot)),
        (SIZE - 1, Err(Code::Snapshot)),
    ] {
        let is = restored(|state| {
            let waiting = state.queue.front_mut().unwrap();
            told(waiting, 9);
            waiting.cut.as_mut().unwrap().size = size;
        });
        assert_eq!(is, expected, "{size}");
    }
}

#[test]
fn every_value_has_a_place_in_its_command() {
    for uris in [vec![], vec!["./A"]] {
        let is = restored(|state| {
            let item = |uri: &&str| NewItem {
                uri: (*uri).to_owned(),
                data: None,
                format: None,
                mime: None,
            };
            let items = uris.iter().map(item).collect();
            let waiting = state.queue.front_mut().unwrap();
            waiting.replace(NewCommand::Replace(items));
        });
        assert_eq!(is, Err(Code::Snapshot), "{uris:?}");
    }
}

#[test]
fn what_is_in_flight_is_looked_at_like_what_waits() {
    for (octets, expected) in [(SIZE, Ok(())), (SIZE + 1, Err(Code::Snapshot))] {
        let is = restored(|state| {
            let mut waiting = state.queue.pop_front().unwrap();
            told(&mut waiting, octets);
            state.in_flight.push(waiting);
        });
        assert_eq!(is, expected, "{octets}");
    }
}

#[test]
fn no_more_has_come_of_an_object_than_was_announced() {
    for (size, expected) in [(5, Ok(())), (4, Err(Code::Snapshot))] {
        let is = restored(|state| {
            let purpose = Purpose::of("Results", &Item::at("./A"), None, None);
            let bounds = Bounds {
                object: 9,
                room: 99,
            };
            let mut open = Assembly::new(purpose, 9, bounds).unwrap();
            let chunk = Data::Text("abcde".to_owned());
            open.take(Some(&chunk), false, &mut state.parts, bounds)
                .unwrap();
            state.incoming = Some(Incoming::of(open.announced(size)));
        });
        assert_eq!(is, expected, "{size}");
    }
}
