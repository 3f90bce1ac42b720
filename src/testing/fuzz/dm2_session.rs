//! The bodies for sessions of DM 2.0: octets are what the peer and the host say, with rests in between.

use crate::auth::{Account, AccountState, Party};
use crate::dm2::Dialect;
use crate::env::Env;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::session::{
    Binding, ClientAlert, ClientConfig, ClientEvent, ClientSession, Fetched, NewCommand,
    ObjectSettings, Outcome, Received, ServerConfig, ServerSession, Trigger, Version,
};
use crate::status::AlertCode;
use crate::syncml::{Data, Encoding, Format};
use crate::tree::{Node, Owner, Tree};

use super::octets::{Octets, pick};

/// Steps that an input may take: more of them find less.
const MOST_STEPS: usize = 32;
/// Octets that a session takes at rest for each step beside what it was told.
const MOST_SAVED: usize = 4 << 10;
const DEVICE: &str = "IMEI:1";
const URL: &str = "https://a.example/dm";
const REQUEST: &str = "application/vnd.oma.dm.request+json";

/// What a device says: `$` is a number, `@` a list of results.
const OF_DEVICE: [&str; 10] = [
    r#"{"SessionInfo":{"DevID":"IMEI:1","SessionID":"1","PkgSeq":$,"ReasonForSession":1201}}"#,
    r#"{"SessionInfo":{"DevID":"IMEI:1","SessionID":"2","PkgSeq":$,"ReasonForSession":1200},"MOS":[{"MOID":"urn:a:b:1.0","Path":["/"]}],"MOD":[{"URI":"urn:a:b:1.0/x/","MO":{"A":1}}],"Alerts":[{"Code":1226,"Item":{"Type":"t","Data":"x"}}]}"#,
    r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}"#,
    r#"{"MOS":[{"MOID":"urn:a:b:1.0","MIID":["x"]}],"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","Data":{"NotificationID":7}}]}"#,
    r#"{"SessionInfo":{"DevID":"IMEI:1","SessionID":"1","PkgSeq":$},"Results":[@]}"#,
    r#"{"SessionInfo":{"DevID":"IMEI:1","SessionID":"1","PkgSeq":$},"Results":[@]}"#,
    r#"{"SessionInfo":{"DevID":"IMEI:1","SessionID":"2","PkgSeq":$},"Results":[@],"Alerts":[{"Code":1223}]}"#,
    r#"{"Status":[@]}"#,
    r#"{"Status":[@],"Alert":[{"AlertType":"t","Data":{"DM1x":"x"}}]}"#,
    r#"{"Status":[@]}"#,
];

/// What a server says: `$` is a number, `@` are commands.
const OF_SERVER: [&str; 5] = [
    r#"{"SessionInfo":{"SessionID":"1","PkgSeq":$},"Cmds":[@]}"#,
    r#"{"SessionInfo":{"SessionID":"1","PkgSeq":$},"Cmds":[@],"Results":[{"Code":200}]}"#,
    r#"{"SessionInfo":{"SessionID":"1","PkgSeq":$,"AcceptMO":"application/vnd.syncml.dmtnds+xml"},"Cmds":[@]}"#,
    r#"{"CMD":[@]}"#,
    r#"{"CMD":[@]}"#,
];

/// Commands: a name, and what it is said of.
const COMMANDS: [(&str, &str); 16] = [
    ("GET", r#""urn:a:b:1.0/x/""#),
    ("GET", r#""urn:a:b:1.0/*/H""#),
    ("GET", r#""urn:a:b:1.0/x/?cv=1.2""#),
    ("DELETE", r#""urn:a:b:1.0/x/A""#),
    ("DELETE", r#""urn:a:b:1.0/*/""#),
    ("EXEC", r#""urn:a:b:1.0/x/R""#),
    ("EXEC", r#""https://a.example/r","urn:a:b:1.0/x/R""#),
    ("HGET", r#""https://a.example/g""#),
    ("HGET", r#""https://a.example/g","urn:a:b:1.0/x/H""#),
    (
        "HPUT",
        r#""https://a.example/p","urn:a:b:1.0/x/","urn:a:b:1.0/x/H""#,
    ),
    ("HPOST", r#""https://b.example/p","urn:a:b:1.0/x/A""#),
    ("SHOW", r#""https://b.example/""#),
    ("CONT", r#""https://a.example/c""#),
    ("SUB", r#""https://a.example/s","urn:a:b:1.0/x/A""#),
    ("TWIST", r#""""#),
    ("END", ""),
];

fn account() -> Account {
    Account {
        device_id: DEVICE.to_owned(),
        server_id: "s".to_owned(),
        client: Party::Transport,
        server: Party::Transport,
        notification: None,
        state: AccountState::default(),
    }
}

/// A template with its blanks filled in, hurt here and there.
fn letter(
    octets: &mut Octets<'_>,
    templates: &[&str],
    list: impl Fn(&mut Octets<'_>) -> String,
) -> Vec<u8> {
    let (which, number) = (octets.next(), octets.next());
    let seq = pick(&["1", "2", "3", "4", "5", "9", "0", "4294967295"], number);
    let list = list(octets);
    let text = pick(templates, which).replace('$', seq).replace('@', &list);
    let mut body = text.into_bytes();
    if number >= 224 {
        octets.hurt(&mut body, 1 + (number & 3));
    }
    body
}

fn results(octets: &mut Octets<'_>) -> String {
    let count = octets.next() % 5;
    let one = |octets: &mut Octets<'_>| {
        let codes = [
            r#"{"Code":200}"#,
            r#"{"sc":200}"#,
            r#"{"Code":404}"#,
            r#"{"sc":404}"#,
            r#"{"Code":200,"MOD":[{"URI":"urn:a:b:1.0/x/","MO":{"A":"é"}}]}"#,
            r#"{"sc":200,"MO":[{"ClientURI":"urn:a:b:1.0/x/","MOData":{"x":1}}],"URI":["urn:a:b:1.0/m1/"]}"#,
        ];
        pick(&codes, octets.next()).to_owned()
    };
    let all: Vec<String> = (0..count).map(|_| one(octets)).collect();
    all.join(",")
}

fn commands(octets: &mut Octets<'_>, is_draft: bool) -> String {
    let count = octets.next() % 5;
    let one = |octets: &mut Octets<'_>| {
        let (name, said) = pick(&COMMANDS, octets.next());
        match (is_draft, said.is_empty()) {
            (true, _) => format!(r#"{{"{name}":[{said}]}}"#),
            (false, true) => format!(r#"["{name}"]"#),
            (false, false) => format!(r#"["{name}",{said}]"#),
        }
    };
    let all: Vec<String> = (0..count).map(|_| one(octets)).collect();
    all.join(",")
}

/// Whatever a device of DM 2.0 says, in whatever order: what fails changes nothing, and what is saved is what is there and goes on as it does.
pub fn dm2_server(input: &[u8]) {
    let octets = &mut Octets::of(input);
    let config = ServerConfig {
        server_id: "s".to_owned(),
        url: URL.to_owned(),
        binding: Binding::Transport,
        strangers: Vec::new(),
        accept_mo: None,
        alert_types: Vec::new(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits {
            messages: 12,
            commands: 8,
            ..Limits::DEFAULT
        },
    };
    let mut session = ServerSession::new(config.clone());
    let mut twin: Option<ServerSession> = None;
    let mut told = 0;
    for step in 0..MOST_STEPS {
        if octets.is_empty() {
            break;
        }
        let kind = octets.next();
        let entropy = [step as u8; Env::ENTROPY_LEN];
        let mut both = |act: &dyn Fn(&mut ServerSession) -> Result<String>| {
            let before = session.save();
            let done = act(&mut session);
            if let Some(twin) = &mut twin {
                assert!(act(twin) == done, "a restored session is another");
            }
            if done.is_err() {
                assert!(session.save() == before, "an error changes something");
            }
            done
        };
        match kind % 8 {
            0..=2 => {
                let body = letter(octets, &OF_DEVICE, results);
                told += body.len();
                let is_first = !body
                    .windows(9)
                    .any(|part| part == b"\"Results\"" || part == b"\"Status\":");
                let own = if is_first { "initiation" } else { "response" };
                let own = format!("application/vnd.oma.dm.{own}+json");
                let headers = [("accept", REQUEST), ("omadm-devid", DEVICE)];
                let is_old = body.starts_with(br#"{"SessionInfo"#);
                let received = Received {
                    content_type: (kind & 64 == 0).then_some(&*own),
                    headers: if is_old {
                        headers.get(..1).unwrap_or_default()
                    } else {
                        &headers
                    },
                    peer: (kind & 128 == 0).then_some(DEVICE),
                    ..Received::body(&body)
                };
                let account = (kind & 32 == 0).then(account);
                let taken = both(&|session| {
                    let events = session.receive(&received, account.as_ref())?;
                    Ok(format!("{events:?}"))
                });
                if kind & 16 == 0 && taken.is_ok() {
                    let out = both(&|session| {
                        let out = session.respond(&Env::new(step as u64, &entropy)?)?;
                        Ok(format!("{:?} {:?} {}", out.status, out.body, out.done))
                    });
                    assert!(out.is_ok(), "{out:?}");
                }
            }
            3 => drop(both(&|session| {
                let out = session.respond(&Env::new(step as u64, &entropy)?)?;
                Ok(format!("{:?} {:?} {}", out.status, out.body, out.done))
            })),
            4 | 5 => {
                let uri = "urn:a:b:1.0/x/".to_owned();
                let command = match kind >> 3 & 7 {
                    0 => NewCommand::Get(vec![uri.clone(), uri]),
                    1 => NewCommand::Delete(vec![uri]),
                    2 => NewCommand::Hput {
                        from: vec![uri.clone(), uri],
                        to: URL.to_owned(),
                    },
                    3 => NewCommand::Show {
                        url: URL.to_owned(),
                    },
                    4 => NewCommand::Sequence(vec![NewCommand::Get(vec![uri])]),
                    5 => NewCommand::Atomic(vec![NewCommand::Get(vec![uri])]),
                    6 => NewCommand::Show {
                        url: "x".repeat(kind),
                    },
                    _ => NewCommand::Hget {
                        from: URL.to_owned(),
                        to: None,
                    },
                };
                told += 1_000;
                drop(both(&|session| {
                    Ok(session.push(command.clone())?.to_string())
                }));
            }
            6 => match session.save() {
                Ok(saved) => twin = ServerSession::restore(&saved, config.clone()).ok(),
                Err(error) => assert_eq!(error.code(), Code::State, "{error}"),
            },
            _ if kind & 64 == 0 => drop(both(&|session| {
                session.finish();
                Ok(String::new())
            })),
            _ => drop(both(&|session| Ok(format!("{:?}", session.abort(None))))),
        }
        let Ok(saved) = session.save() else {
            continue;
        };
        assert!(saved.state.len() <= (step + 2) * MOST_SAVED + 8 * told);
        match ServerSession::restore(&saved, config.clone()) {
            Ok(restored) => assert!(restored.save() == Ok(saved), "saved otherwise"),
            Err(error) => panic!("{error}"),
        }
    }
}

fn node(format: Format, text: Option<&str>) -> Result<Node> {
    let data = text.map(|text| Data::Text(text.to_owned()));
    Node::leaf(format, None, data).map_err(|_| Error::arg("no leaf"))
}

/// A tree with an object, a value of the host, and something that is run.
fn tree() -> Result<Tree> {
    let mut tree = Tree::new(&Limits::DEFAULT);
    let leaf = |text: &str| node(Format::Chr, Some(text));
    tree.set("./X", Node::interior(None))?;
    tree.set("./X/x", Node::interior(Some("urn:a:b:1.0".to_owned())))?;
    tree.set("./X/x/A", leaf("a")?)?;
    tree.set("./X/x/H", leaf("h")?.owned_by(Owner::Host))?;
    let run = node(Format::Null, None)?;
    tree.set("./X/x/R", run.owned_by(Owner::Host))?;
    Ok(tree)
}

fn outcome(kind: usize) -> Result<Outcome> {
    let fetched = |status, body: &str| {
        Outcome::Response(Fetched {
            status,
            content_type: Some("application/vnd.oma.dm.mo+json".to_owned()),
            accept_mo: None,
            body: body.as_bytes().to_vec(),
        })
    };
    Ok(match kind % 8 {
        0 => fetched(
            200,
            r#"[{"ClientURI":"urn:a:b:1.0/y/","MOData":{"B":{"A":"b"}}}]"#,
        ),
        1 => fetched(
            200,
            r#"[{"ClientURI":"urn:a:b:1.0/x/H","MOData":{"H":"b"}}]"#,
        ),
        2 => fetched(pick(&[204, 401, 415, 503, 99], kind >> 3), "x"),
        3 => Outcome::Value(node(Format::Chr, Some("v"))?),
        4 => Outcome::status(pick(&[500, 202, 99], kind >> 3)),
        _ => Outcome::status(200),
    })
}

/// Whatever a server of DM 2.0 says, in whatever order: what fails changes neither session nor tree, and what is saved is what is there and
/// goes on as it does, be a ticket open or not.
pub fn dm2_client(input: &[u8]) {
    if let Err(error) = device(&mut Octets::of(input)) {
        panic!("{error}");
    }
}

fn device(octets: &mut Octets<'_>) -> Result<()> {
    let of = octets.next();
    let is_draft = of & 1 == 0;
    let config = ClientConfig {
        account: account(),
        url: URL.to_owned(),
        version: Version::V1_2,
        encoding: Encoding::Xml,
        dm2: Some(if is_draft {
            Dialect::Draft
        } else {
            Dialect::Approved
        }),
        origins: Vec::new(),
        interactions: Vec::new(),
        implicit_add: false,
        tree_alerts: false,
        max_msg_size: None,
        max_obj_size: (of & 2 != 0).then_some(40),
        objects: ObjectSettings {
            epoch: (of & 4 == 0).then_some(1),
            always_listed: of & 8 != 0,
            ..ObjectSettings::default()
        },
        limits: Limits {
            messages: 12,
            commands: 4,
            ..Limits::DEFAULT
        },
    };
    let mut tree = tree()?;
    let env = Env::new(0, &[0; Env::ENTROPY_LEN])?;
    let trigger = Trigger::Server {
        session_id: 1,
        requested: Vec::new(),
    };
    let mut session = ClientSession::new(config.clone(), trigger, &env);
    let mut twin: Option<(ClientSession, Tree)> = None;
    let (mut ticket, mut told) = (0, 0);
    for step in 0..MOST_STEPS {
        if octets.is_empty() {
            break;
        }
        let kind = octets.next();
        let entropy = [step as u8; Env::ENTROPY_LEN];
        let mut both = |act: &dyn Fn(&mut ClientSession, &mut Tree) -> Result<Vec<ClientEvent>>| {
            let before = (session.save()?, tree.clone());
            let done = act(&mut session, &mut tree);
            if let Some((twin, other)) = &mut twin {
                assert!(
                    act(twin, other) == done && *other == tree,
                    "a restored session is another"
                );
            }
            let after = (session.save()?, tree.clone());
            assert!(
                done.is_ok() || after == before,
                "an error changes something"
            );
            done
        };
        let send = |session: &mut ClientSession, tree: &mut Tree| {
            session
                .send(tree, &Env::new(step as u64, &entropy)?)
                .map(|_| Vec::new())
        };
        let events = match kind % 8 {
            0..=2 => {
                if kind & 16 == 0 {
                    drop(both(&send));
                }
                let body = letter(octets, &OF_SERVER, |octets| commands(octets, is_draft));
                told += body.len();
                let received = Received {
                    content_type: (kind & 64 == 0).then_some(REQUEST),
                    status: Some(if kind >= 240 { 401 } else { 200 }),
                    ..Received::body(&body)
                };
                both(&|session, tree| session.receive(tree, &received))
            }
            3 => both(&send),
            4 | 5 => {
                let outcome = outcome(octets.next())?;
                let ticket = if kind >= 240 { 0 } else { ticket };
                both(&|session, tree| session.complete(tree, ticket, &outcome))
            }
            6 if kind & 64 == 0 => {
                let alert = ClientAlert {
                    code: AlertCode::GENERIC_ALERT,
                    alert_type: "t".to_owned(),
                    format: None,
                    mark: None,
                    source: Some("./X/x/A".to_owned()),
                    target: None,
                    correlator: None,
                    data: Data::Text("y".repeat(kind)),
                };
                told += 1_000;
                both(&|session, _| session.raise(alert.clone()).map(|_| Vec::new()))
            }
            6 => both(&|session, _| Ok(session.abort(None))),
            _ => {
                let restored = ClientSession::restore(&session.save()?, config.clone())?;
                twin = Some((restored, tree.clone()));
                Ok(Vec::new())
            }
        };
        for event in events.iter().flatten() {
            if let ClientEvent::Http { ticket: open, .. }
            | ClientEvent::Exec { ticket: open, .. }
            | ClientEvent::Show { ticket: open, .. }
            | ClientEvent::Read { ticket: open, .. }
            | ClientEvent::Write { ticket: open, .. }
            | ClientEvent::Undo { ticket: open, .. } = event
            {
                ticket = *open;
            }
        }
        let saved = session.save()?;
        assert!(saved.state.len() <= (step + 2) * MOST_SAVED + 8 * told);
        let restored = ClientSession::restore(&saved, config.clone())?;
        assert!(restored.save()? == saved, "saved otherwise");
    }
    Ok(())
}
