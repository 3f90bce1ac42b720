//! The body for saved sessions: any octets, and what was saved and then changed.

use serde::ser::{Serialize, SerializeTuple, Serializer};

use crate::auth::AccountState;
use crate::env::Env;
use crate::error::{Code, Error, Fault};
use crate::session::{ClientSession, Part, Received, Saved, ServerSession};
use crate::snapshot::{self, Kind};

use super::client::Device;
use super::letter::tells;
use super::octets::Octets;
use super::server::Desk;

/// Any octets as a saved session: what was changed anywhere is refused, and what is taken is saved again as it was. Nothing else than a typed
/// error comes of the rest, even where somebody has made a new frame around it.
pub fn restore(input: &[u8]) {
    if tells(input) {
        return;
    }
    let octets = &mut Octets::of(input);
    match octets.next() % 2 {
        0 => {
            let desk = Desk::new(octets);
            each(octets, Side::Server(Box::new(desk)));
        }
        _ => {
            let device = Device::new(octets);
            each(octets, Side::Client(Box::new(device)));
        }
    }
}

enum Side {
    Server(Box<Desk>),
    Client(Box<Device>),
}

enum Session {
    Server(Box<ServerSession>),
    Client(Box<ClientSession>),
}

impl Side {
    fn step(&mut self, octets: &mut Octets<'_>) {
        match self {
            Self::Server(desk) => desk.step(octets),
            Self::Client(device) => device.step(octets),
        }
    }

    fn save(&self) -> Result<Saved, Error> {
        match self {
            Self::Server(desk) => desk.session.save(),
            Self::Client(device) => device.session.save(),
        }
    }

    fn restore(&self, saved: &Saved) -> Result<Session, Error> {
        Ok(match self {
            Self::Server(desk) => Session::Server(Box::new(ServerSession::restore(
                saved,
                desk.config.clone(),
            )?)),
            Self::Client(device) => Session::Client(Box::new(ClientSession::restore(
                saved,
                device.config.clone(),
            )?)),
        })
    }

    /// A new frame around a state.
    fn seal(&self, payload: &[u8]) -> Vec<u8> {
        let kind = match self {
            Self::Server(_) => Kind::Server,
            Self::Client(_) => Kind::Client,
        };
        snapshot::seal(kind, &Raw(payload)).unwrap_or_default()
    }
}

impl Session {
    fn save(&self) -> Result<Saved, Error> {
        match self {
            Self::Server(session) => session.save(),
            Self::Client(session) => session.save(),
        }
    }
}

/// Octets that are written as they are.
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for octet in self.0 {
            tuple.serialize_element(octet)?;
        }
        tuple.end()
    }
}

fn each(octets: &mut Octets<'_>, mut side: Side) {
    let (how, steps) = (octets.next(), octets.next());
    if how % 8 == 0 {
        return any(octets, &side);
    }
    for _ in 0..steps % 8 {
        side.step(octets);
    }
    // A reply may be due.
    let Ok(saved) = side.save() else { return };
    check_same(&side, &saved);
    let mut other = saved.clone();
    match how % 8 {
        1..=3 => octets.hurt(&mut other.state, 1 + how / 100),
        4 => {
            let at = octets.next().checked_rem(other.parts.len());
            if let Some(part) = at.and_then(|at| other.parts.get_mut(at)) {
                octets.hurt(&mut part.bytes, 1);
            }
        }
        5 => {
            let at = octets.next().checked_rem(other.parts.len());
            match at.filter(|_| how & 64 == 0) {
                Some(at) => drop(other.parts.remove(at)),
                None => return superfluous(&side, saved),
            }
        }
        _ => {
            let payload = saved.state.get(snapshot::FRAME_LEN..);
            let mut payload = payload.unwrap_or_default().to_vec();
            octets.hurt(&mut payload, 1 + how / 100);
            other.state = side.seal(&payload);
            if other.state != saved.state {
                return forged(&side, &other);
            }
        }
    }
    if other == saved {
        return;
    }
    match side.restore(&other) {
        Ok(_) => panic!("a damaged state is restored"),
        Err(error) => check(&error),
    }
}

/// Octets that nobody has saved.
fn any(octets: &mut Octets<'_>, side: &Side) {
    let (how, count) = (octets.next(), octets.next());
    let parts = (0..how % 4).map(|number| Part {
        id: format!("{}.{}", number / 2, number % 2),
        bytes: octets.take(count % 16).to_vec(),
    });
    let parts = parts.collect();
    let given = octets.take(usize::MAX);
    let plain = Saved {
        state: given.to_vec(),
        account: AccountState::default(),
        parts,
    };
    match side.restore(&plain) {
        Ok(session) => assert!(session.save().as_ref() == Ok(&plain), "saved otherwise"),
        Err(error) => check(&error),
    }
    let state = side.seal(given);
    forged(side, &Saved { state, ..plain });
}

/// The session is what was saved.
fn check_same(side: &Side, saved: &Saved) {
    match side.restore(saved).and_then(|session| session.save()) {
        Ok(again) => assert!(again == *saved, "saved otherwise"),
        Err(error) => panic!("{error}"),
    }
}

/// Parts that the session does not know, and another order, do no harm.
fn superfluous(side: &Side, saved: Saved) {
    let mut more = saved.clone();
    more.parts.push(Part {
        id: "4294967295.0".to_owned(),
        bytes: vec![1],
    });
    more.parts.push(Part {
        id: "0.4294967295".to_owned(),
        bytes: vec![1],
    });
    more.parts.reverse();
    match side.restore(&more).and_then(|session| session.save()) {
        Ok(again) => assert!(again == saved, "saved otherwise"),
        Err(error) => panic!("{error}"),
    }
}

/// A state with a good frame that no session may ever have had: where it is taken, it stays what it is, and the session speaks or refuses to.
fn forged(side: &Side, saved: &Saved) {
    let session = match side.restore(saved) {
        Ok(session) => session,
        Err(error) => return check(&error),
    };
    let Ok(settled) = session.save() else { return };
    match side.restore(&settled).map(|session| session.save()) {
        Ok(again) => assert!(again == Ok(settled), "saved otherwise"),
        Err(error) => check(&error),
    }
    let entropy = [1; Env::ENTROPY_LEN];
    let Ok(env) = Env::new(1, &entropy) else {
        return;
    };
    let body = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>2</MsgID><Target><LocURI>https://a.example/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>";
    match (session, side) {
        (Session::Server(mut session), Side::Server(desk)) => {
            let _ = session.receive(&Received::body(body.as_bytes()), Some(&desk.account));
            let _ = session.respond(&env);
            let _ = session.abort(None);
        }
        (Session::Client(mut session), Side::Client(device)) => {
            let mut tree = device.tree.clone();
            let _ = session.send(&tree, &env);
            let _ = session.receive(&mut tree, &Received::body(body.as_bytes()));
            let _ = session.send(&tree, &env);
            let _ = session.abort(None);
        }
        _ => {}
    }
}

fn check(error: &Error) {
    assert_eq!(
        (error.code(), error.fault()),
        (Code::Snapshot, Fault::Snapshot),
        "{error}"
    );
}
