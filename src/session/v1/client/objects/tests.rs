//! States that no session has: sealed as if one had, they are refused.

use super::*;
use crate::auth::{Account, AccountState, Party};
use crate::env::Env;
use crate::error::Code;
use crate::limits::Limits;
use crate::session::alert::ClientAlert;
use crate::session::client::{self, ClientConfig, ObjectSettings, Trigger};
use crate::session::v1::object::assembly::{Assembly, Bounds, Purpose};
use crate::session::v1::version::Version;

const SIZE: usize = 3_000;

fn config() -> ClientConfig {
    ClientConfig {
        account: Account {
            device_id: "IMEI:1".to_owned(),
            server_id: "desk".to_owned(),
            client: Party::Transport,
            server: Party::Transport,
            notification: None,
            state: AccountState::default(),
        },
        url: "https://desk/dm".to_owned(),
        version: Version::V1_3,
        encoding: Encoding::Xml,
        origins: Vec::new(),
        interactions: Vec::new(),
        implicit_add: false,
        tree_alerts: false,
        dm2: None,
        objects: ObjectSettings::default(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    }
}

fn alert() -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "org.x".to_owned(),
        format: None,
        mark: None,
        source: None,
        target: None,
        correlator: None,
        data: Data::Text("x".repeat(SIZE)),
    }
}

/// What becomes of a session that is about to tell an object, once it has been changed.
fn restored(change: impl FnOnce(&mut State)) -> Result<(), Code> {
    let mut session = ClientSession::new(
        config(),
        Trigger::Client,
        &Env::new(0, &[7; Env::ENTROPY_LEN]).unwrap(),
    );
    let saying = Saying::Raised {
        number: 0,
        alert: alert(),
    };
    let object = object(&mut session, saying);
    session.state.unsaid.push_back(object);
    change(&mut session.state);
    let saved = client::ClientSession::from(session).save().unwrap();
    let again = client::ClientSession::restore(&saved, config()).map_err(|error| error.code())?;
    assert_eq!(again.save().unwrap(), saved);
    Ok(())
}

fn told(state: &mut State, told: usize, sent: Option<(u32, u32)>) {
    let Some(Saying::Object(object)) = state.unsaid.front_mut() else {
        panic!("no object");
    };
    (object.told, object.sent) = (told, sent);
}

#[test]
fn no_more_is_told_of_an_object_than_there_is() {
    for (octets, expected) in [
        (0, Ok(())),
        (1, Ok(())),
        (SIZE, Ok(())),
        (SIZE + 1, Err(Code::Snapshot)),
        (usize::MAX, Err(Code::Snapshot)),
    ] {
        let is = restored(|state| told(state, octets, Some((1, 5))));
        assert_eq!(is, expected, "{octets}");
    }
}

#[test]
fn nothing_is_told_of_an_object_before_its_first_chunk() {
    assert_eq!(restored(|state| told(state, 0, None)), Ok(()));
    let is = restored(|state| told(state, 1, None));
    assert_eq!(is, Err(Code::Snapshot));
}

#[test]
fn an_object_is_of_something_that_has_a_value() {
    for other in [
        Saying::Alert(AlertCode::NEXT_MESSAGE),
        Saying::DevInfo(Vec::new()),
        Saying::Broken {
            target: None,
            source: None,
        },
    ] {
        let is = restored(|state| {
            if let Some(Saying::Object(object)) = state.unsaid.front_mut() {
                *object.saying = other;
            }
        });
        assert_eq!(is, Err(Code::Snapshot));
    }
    // Nor of another object.
    let is = restored(|state| {
        let inner = state.unsaid.front().cloned();
        if let (Some(Saying::Object(object)), Some(inner)) = (state.unsaid.front_mut(), inner) {
            *object.saying = inner;
        }
    });
    assert_eq!(is, Err(Code::Snapshot));
}

#[test]
fn no_more_has_come_of_an_object_than_was_announced() {
    for (size, expected) in [(5, Ok(())), (4, Err(Code::Snapshot))] {
        let is = restored(|state| {
            let purpose = || Purpose::of("Add", &Item::at("./A"), None, None);
            let bounds = Bounds {
                object: 9,
                room: 99,
            };
            let mut open = Assembly::new(purpose(), 9, bounds).unwrap();
            let chunk = Data::Text("abcde".to_owned());
            open.take(Some(&chunk), false, &mut state.parts, bounds)
                .unwrap();
            state.object = Some(open.announced(size));
        });
        assert_eq!(is, expected, "{size}");
    }
}
