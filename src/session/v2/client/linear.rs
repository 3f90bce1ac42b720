//! Work of the device in sessions, counted in steps: what concerns many nodes, tickets or commands costs each alike but for a logarithm.

use crate::Version;
use crate::auth::{Account, AccountState, Party};
use crate::dm2::Dialect;
use crate::env::Env;
use crate::limits::Limits;
use crate::session::alert::ClientAlert;
use crate::session::client::{ClientConfig, Fetched, ObjectSettings, Outcome, Trigger};
use crate::session::event::ClientEvent;
use crate::session::transport::Received;
use crate::status::{AlertCode, StatusCode};
use crate::steps::{count, need_even_cost};
use crate::syncml::{Data, Encoding, Format};
use crate::tree::{Node, Owner, Tree};

use super::ClientSession;

const M: &str = "urn:oma:mo:x-pump:1.0";
const REPO: &str = "https://dm.example.org/x";

fn config() -> ClientConfig {
    ClientConfig {
        account: Account {
            device_id: "D".to_owned(),
            server_id: "S".to_owned(),
            client: Party::Transport,
            server: Party::Transport,
            notification: None,
            state: AccountState::default(),
        },
        url: "https://dm.example.org/dm".to_owned(),
        version: Version::V1_2,
        encoding: Encoding::Xml,
        dm2: Some(Dialect::Approved),
        origins: Vec::new(),
        interactions: Vec::new(),
        implicit_add: false,
        tree_alerts: false,
        max_msg_size: None,
        max_obj_size: None,
        objects: ObjectSettings {
            epoch: Some(7),
            ..ObjectSettings::default()
        },
        limits: Limits::UNBOUNDED,
    }
}

fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap()
}

/// So many instances with a leaf of this owner, and one to be run.
fn pumps(size: usize, owner: Owner) -> Tree {
    let mut tree = Tree::new(&Limits::UNBOUNDED);
    for at in 0..size {
        let uri = format!("./Pump/p{at:06}");
        let root = Node::interior(Some(M.to_owned()));
        tree.set(&uri, root).unwrap();
        tree.set(&format!("{uri}/Mode"), leaf("v").owned_by(owner))
            .unwrap();
        let reset = Node::leaf(Format::Null, None, None).unwrap();
        tree.set(&format!("{uri}/Reset"), reset.owned_by(Owner::Host))
            .unwrap();
    }
    tree
}

/// A host that does what it is asked, but write at one path; the document that it fetches.
struct Host {
    document: String,
    fails_at: Option<String>,
    /// It sets what it reads and writes in the tree, too.
    tells: bool,
    tickets: usize,
}

impl Host {
    fn new() -> Self {
        Self {
            document: String::new(),
            fails_at: None,
            tells: false,
            tickets: 0,
        }
    }

    fn answer(&mut self, event: &ClientEvent, tree: &mut Tree) -> Option<(u32, Outcome)> {
        let status = |status| Outcome::Status {
            status,
            data: Vec::new(),
        };
        let done = match event {
            ClientEvent::Read { ticket, uri } => {
                if self.tells {
                    tree.set(uri, leaf("h").owned_by(Owner::Host)).unwrap();
                }
                (*ticket, Outcome::Value(leaf("h")))
            }
            ClientEvent::Write { ticket, uri, .. } => {
                let code = match &self.fails_at {
                    Some(at) if at == uri => 500,
                    _ => 200,
                };
                (*ticket, status(code))
            }
            ClientEvent::Undo { ticket, .. } | ClientEvent::Exec { ticket, .. } => {
                (*ticket, status(200))
            }
            ClientEvent::Http { ticket, method, .. } => {
                let body = match *method {
                    "GET" => self.document.clone().into_bytes(),
                    _ => Vec::new(),
                };
                let fetched = Fetched {
                    status: 200,
                    content_type: Some("application/vnd.oma.dm.mo+json".to_owned()),
                    accept_mo: None,
                    body,
                };
                (*ticket, Outcome::Response(fetched))
            }
            _ => return None,
        };
        self.tickets += 1;
        Some(done)
    }
}

/// What it takes to carry these commands out; the statuses and the tickets.
fn carried(tree: &mut Tree, host: &mut Host, commands: &[String]) -> (usize, Vec<StatusCode>) {
    let entropy = [7; 64];
    let env = Env::new(0, &entropy).unwrap();
    let mut session = ClientSession::new(config(), Dialect::Approved, Trigger::Client, &env);
    session.send(tree, &env).unwrap();
    let body = format!(r#"{{"CMD":[{}]}}"#, commands.join(","));
    let received = Received::body(body.as_bytes());
    let steps = count(|| {
        let mut events = session.receive(tree, &received).unwrap();
        while let Some((ticket, outcome)) = events.iter().find_map(|event| host.answer(event, tree))
        {
            events = session.complete(tree, ticket, &outcome).unwrap();
        }
    });
    let super::Phase::Answering(results) = &session.state.phase else {
        panic!("no results are due")
    };
    (steps, results.iter().map(|result| result.code).collect())
}

/// The same, where all commands come to this status and the host gets so many tickets.
fn come_to(
    code: u16,
    tickets: usize,
    tree: &mut Tree,
    host: &mut Host,
    commands: &[String],
) -> usize {
    let (steps, codes) = carried(tree, host, commands);
    assert!(codes.iter().all(|one| one.0 == code), "{codes:?}");
    assert_eq!(host.tickets, tickets);
    steps
}

fn each(size: usize, command: impl Fn(usize) -> String) -> Vec<String> {
    (0..size).map(command).collect()
}

fn document(size: usize) -> String {
    let items = each(size, |at| {
        format!(r#"{{"ClientURI":"{M}/p{at:06}/Mode","MOData":{{"Mode":"x"}}}}"#)
    });
    format!("[{}]", items.join(","))
}

fn hget() -> [String; 1] {
    [format!(r#"["HGET","{REPO}"]"#)]
}

type Family = (&'static str, fn(usize) -> usize);

const FAMILIES: [Family; 12] = [
    ("reading values of the host", |size| {
        let get = [format!(r#"["GET","{M}/*/Mode"]"#)];
        let mut tree = pumps(size, Owner::Host);
        come_to(200, size, &mut tree, &mut Host::new(), &get)
    }),
    ("reading values of the host that tells them", |size| {
        let get = [format!(r#"["GET","{M}/*/Mode"]"#)];
        let mut host = Host {
            tells: true,
            ..Host::new()
        };
        let mut tree = pumps(size, Owner::Host);
        come_to(200, size, &mut tree, &mut host, &get)
    }),
    ("a condition on values of the host", |size| {
        let get = [format!(r#"["GET","{M}/(x)/Mode?nv=(x)/Mode:w"]"#)];
        let mut tree = pumps(size, Owner::Host);
        come_to(404, size, &mut tree, &mut Host::new(), &get)
    }),
    ("sending values of the host", |size| {
        let from = each(size, |at| format!(r#""{M}/p{at:06}/Mode""#));
        let hput = [format!(r#"["HPUT","{REPO}",{}]"#, from.join(","))];
        let mut tree = pumps(size, Owner::Host);
        come_to(200, size + 1, &mut tree, &mut Host::new(), &hput)
    }),
    ("sending whole instances", |size| {
        let from = each(size, |at| format!(r#""{M}/p{at:06}/""#));
        let hput = [format!(r#"["HPUT","{REPO}",{}]"#, from.join(","))];
        let mut tree = pumps(size, Owner::Tree);
        come_to(200, 1, &mut tree, &mut Host::new(), &hput)
    }),
    ("writing values of the host", |size| {
        let mut host = Host {
            document: document(size),
            ..Host::new()
        };
        let mut tree = pumps(size, Owner::Host);
        come_to(200, size + 1, &mut tree, &mut host, &hget())
    }),
    ("taking back what the host has written", |size| {
        let mut host = Host {
            document: document(size),
            fails_at: Some(format!("./Pump/p{:06}/Mode", size - 1)),
            ..Host::new()
        };
        let mut tree = pumps(size, Owner::Host);
        come_to(500, 2 * size, &mut tree, &mut host, &hget())
    }),
    ("reading one by one", |size| {
        let get = each(size, |at| format!(r#"["GET","{M}/p{at:06}/Mode"]"#));
        let mut tree = pumps(size, Owner::Tree);
        come_to(200, 0, &mut tree, &mut Host::new(), &get)
    }),
    ("running one by one", |size| {
        let exec = each(size, |at| format!(r#"["EXEC","{M}/p{at:06}/Reset"]"#));
        let mut tree = pumps(size, Owner::Tree);
        come_to(200, size, &mut tree, &mut Host::new(), &exec)
    }),
    ("defaults", |size| {
        let default = each(size, |at| format!(r#"["DEFAULT","{REPO}","x-{at}"]"#));
        let mut tree = pumps(size, Owner::Tree);
        come_to(200, 0, &mut tree, &mut Host::new(), &default)
    }),
    ("subscriptions", |size| {
        let sub = |at| format!(r#"["SUB","{REPO}","{M}/p{at:06}/Mode"]"#);
        let unsub = |at| format!(r#"["UNSUB","{M}/p{at:06}/Mode"]"#);
        let commands = [each(size, sub), each(size, unsub)].concat();
        let mut tree = pumps(size, Owner::Tree);
        come_to(200, 0, &mut tree, &mut Host::new(), &commands)
    }),
    ("alerts", |size| {
        let entropy = [7; 64];
        let env = Env::new(0, &entropy).unwrap();
        let tree = pumps(size, Owner::Tree);
        let mut session = ClientSession::new(config(), Dialect::Approved, Trigger::Client, &env);
        for at in 0..size {
            let alert = ClientAlert {
                code: AlertCode::GENERIC_ALERT,
                alert_type: "urn:x".to_owned(),
                format: None,
                mark: None,
                source: Some(format!("./Pump/p{at:06}/Mode")),
                target: None,
                correlator: None,
                data: Data::Text("v".to_owned()),
            };
            session.raise(alert).unwrap();
        }
        count(|| session.send(&tree, &env).unwrap())
    }),
];

#[test]
fn many_tickets_and_commands_cost_each_alike() {
    need_even_cost(&FAMILIES, [100, 800], 100);
}
