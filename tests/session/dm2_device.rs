//! The device of the notes on DM 2.0 with a session that rests after every step, and a server that is played by hand.

use omadm::dm2::Dialect;
use omadm::session::{Fetched, ObjectSettings};
use omadm::tree::Owner;
use omadm::{
    AbortedBy, Account, AccountState, ClientConfig, ClientEvent, ClientSession, Data, Encoding,
    Env, Format, Limits, Node, Outcome, Outgoing, Party, Received, Tree, Trigger, Version,
};
use serde_json::Value;

use crate::pair::entropy;

pub(crate) const DEVICE: &str = "MEID:A1000012345678";
pub(crate) const SERVER: &str = "srv-1";
pub(crate) const URL: &str = "https://dm2.example.org/dm";
pub(crate) const PUMP: &str = "urn:oma:mo:ext-acme-pump:1.0";
pub(crate) const EPOCH: u64 = 0x5f;

pub(crate) fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap()
}

fn int(value: &str) -> Node {
    Node::leaf(Format::Int, None, Some(Data::Text(value.to_owned()))).unwrap()
}

/// Two pumps, and what the device is; its identifier is `0`.
pub(crate) fn pumps(devinfo: &str) -> Tree {
    let mut tree = Tree::new(&Limits::DEFAULT);
    let mut set = |uri: &str, node: Node| tree.set(uri, node).unwrap();
    set("./DevInfo", Node::interior(Some(devinfo.to_owned())));
    for (name, value) in [
        ("DevID", DEVICE),
        ("Man", "Acme"),
        ("Mod", "P9"),
        ("DmV", "2.0"),
        ("Lang", "en"),
    ] {
        set(
            &format!("./DevInfo/{name}"),
            leaf(value).with_scope(omadm::tree::Scope::Permanent),
        );
    }
    for (miid, serial, runs) in [
        (
            "north",
            "P-100",
            &[("1", "12", "ok"), ("2", "7", "hot")][..],
        ),
        ("south", "P-200", &[("1", "12", "ok")][..]),
    ] {
        let at = |path: &str| format!("./Pump/{miid}{path}");
        set(&at(""), Node::interior(Some(PUMP.to_owned())));
        set(&at("/Serial"), leaf(serial));
        set(&at("/Mode"), leaf("auto"));
        let reset = Node::leaf(Format::Null, None, None).unwrap();
        set(&at("/Reset"), reset.owned_by(Owner::Host));
        for (run, hours, state) in runs {
            set(&at(&format!("/Run/{run}/Hours")), int(hours));
            set(&at(&format!("/Run/{run}/State")), leaf(state));
        }
    }
    tree
}

/// A device with a session under way.
pub(crate) struct Device {
    pub(crate) session: ClientSession,
    pub(crate) config: ClientConfig,
    pub(crate) tree: Tree,
    steps: usize,
}

pub(crate) fn config(dialect: Dialect) -> ClientConfig {
    ClientConfig {
        account: Account {
            device_id: DEVICE.to_owned(),
            server_id: SERVER.to_owned(),
            client: Party::Transport,
            server: Party::Transport,
            notification: None,
            state: AccountState::default(),
        },
        url: URL.to_owned(),
        version: Version::V1_2,
        encoding: Encoding::Xml,
        dm2: Some(dialect),
        origins: vec!["https://repo.example.org".to_owned()],
        interactions: Vec::new(),
        implicit_add: false,
        tree_alerts: false,
        max_msg_size: None,
        max_obj_size: None,
        objects: ObjectSettings {
            epoch: Some(EPOCH),
            ..ObjectSettings::default()
        },
        limits: Limits::DEFAULT,
    }
}

impl Device {
    pub(crate) fn new(dialect: Dialect, trigger: Trigger) -> Self {
        let devinfo = match dialect {
            Dialect::Draft => "urn:oma:mo:oma-dm-devinfo:1.0",
            Dialect::Approved => "urn:oma:mo:oma-dm-devinfo:1.2",
        };
        Self::with(config(dialect), trigger, pumps(devinfo))
    }

    pub(crate) fn with(config: ClientConfig, trigger: Trigger, tree: Tree) -> Self {
        let entropy = entropy(0);
        let env = Env::new(0, &entropy).unwrap();
        Self {
            session: ClientSession::new(config.clone(), trigger, &env),
            config,
            tree,
            steps: 0,
        }
    }

    /// Saved and restored, the session is what it was.
    pub(crate) fn rest(&mut self) {
        let saved = self.session.save().unwrap();
        self.session = ClientSession::restore(&saved, self.config.clone()).unwrap();
        assert!(self.session.save().unwrap() == saved);
        // Trees rest, too.
        self.tree = Tree::restore(&self.tree.save().unwrap(), &[], &Limits::DEFAULT).unwrap();
    }

    /// The next package, which is the same when it is asked for again.
    pub(crate) fn next(&mut self) -> Option<Outgoing> {
        self.steps += 1;
        let entropy = entropy(self.steps);
        let env = Env::new(1_700_000_000_000, &entropy).unwrap();
        let out = self.session.send(&self.tree, &env).unwrap();
        self.rest();
        if let Some(out) = out.as_ref().filter(|out| !out.done) {
            let again = self.session.send(&self.tree, &env).unwrap();
            assert!(again.as_ref() == Some(out));
        }
        out
    }

    /// The next package with its media type, as JSON without what validators are.
    pub(crate) fn sends(&mut self) -> (&'static str, Value) {
        let out = self.next().unwrap();
        let kind = out
            .content_type
            .strip_prefix("application/vnd.oma.dm.")
            .unwrap();
        (kind.strip_suffix("+json").unwrap(), masked(&out.body))
    }

    /// Package 2 comes.
    pub(crate) fn hears(&mut self, body: &str) -> Vec<ClientEvent> {
        self.takes(&Received {
            content_type: Some("application/vnd.oma.dm.request+json"),
            status: Some(200),
            ..Received::body(body.as_bytes())
        })
    }

    pub(crate) fn takes(&mut self, received: &Received<'_>) -> Vec<ClientEvent> {
        let events = self.session.receive(&mut self.tree, received).unwrap();
        self.rest();
        events
    }

    /// The host has done what a ticket wants.
    pub(crate) fn tells(&mut self, ticket: u32, outcome: &Outcome) -> Vec<ClientEvent> {
        // Another ticket is none.
        let other = self.session.complete(&mut self.tree, ticket + 1, outcome);
        assert_eq!(other.unwrap_err().code(), omadm::Code::Arg);
        let events = self
            .session
            .complete(&mut self.tree, ticket, outcome)
            .unwrap();
        self.rest();
        events
    }

    pub(crate) fn is_over(&mut self) -> bool {
        self.next().is_none()
    }
}

/// JSON in which every validator is a star.
pub(crate) fn masked(body: &[u8]) -> Value {
    fn mask(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members.iter_mut() {
                    match &**name {
                        "CV" => *value = Value::from("*"),
                        _ => mask(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(mask),
            _ => {}
        }
    }
    let mut value = serde_json::from_slice(body).unwrap();
    mask(&mut value);
    value
}

/// JSON as it is written in a test.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn fetched(status: u16, body: &str) -> Outcome {
    Outcome::Response(Fetched {
        status,
        content_type: Some("application/vnd.oma.dm.mo+json".to_owned()),
        accept_mo: None,
        body: body.as_bytes().to_vec(),
    })
}

/// A request that the host is to make.
pub(crate) struct Asked<'e> {
    pub(crate) ticket: u32,
    pub(crate) method: &'static str,
    pub(crate) url: &'e str,
    pub(crate) headers: Vec<(&'static str, &'e str)>,
    pub(crate) body: &'e [u8],
}

/// The first request that the host is to make.
pub(crate) fn http(events: &[ClientEvent]) -> Asked<'_> {
    let found = events.iter().find_map(|event| match event {
        ClientEvent::Http {
            ticket,
            method,
            url,
            headers,
            body,
        } => {
            let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
            Some(Asked {
                ticket: *ticket,
                method,
                url,
                headers: headers.collect(),
                body: body.as_deref().unwrap_or_default(),
            })
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no request in {events:?}"))
}

/// Why the session was aborted, and by whom.
pub(crate) fn aborted(events: &[ClientEvent]) -> (AbortedBy, &str) {
    match events.last() {
        Some(ClientEvent::Aborted { by, reason }) => (*by, reason.as_deref().unwrap_or_default()),
        _ => panic!("not aborted: {events:?}"),
    }
}
