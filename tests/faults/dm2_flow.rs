//! Sessions of DM 2.0 to be: what the server's host wants, and what the device's host answers. Those of the notes are among them.

use omadm::ddf::{AccessType, AccessTypes};
use omadm::dm2::Dialect;
use omadm::notification::{Draft, DraftOption};
use omadm::session::Fetched;
use omadm::tree::{Owner, Scope};
use omadm::{
    AlertCode, ClientAlert, ClientEvent, Data, Format, Limits, NewCommand, Node, Notification,
    Outcome, Tree,
};

pub(crate) const DEVICE: &str = "MEID:A1000012345678";
pub(crate) const SERVER: &str = "srv-1";
pub(crate) const S8: &str = "S8 failures of HTTP";
pub(crate) const EPOCH: u64 = 0x5f;
const PUMP: &str = "urn:oma:mo:ext-acme-pump:1.0";
const INFO: &str = "urn:oma:mo:oma-dm-devinfo:1.2";

pub(crate) struct Flow {
    pub(crate) name: &'static str,
    pub(crate) dialect: Dialect,
    /// The notification that asks for the session.
    pub(crate) notification: Option<Vec<u8>>,
    /// The types of the alerts that the device raises at the start.
    pub(crate) alerts: Vec<&'static str>,
    /// Another that it raises while this ticket is open.
    pub(crate) late_alert: Option<(u32, &'static str)>,
    /// What is pushed ahead of each package 2.
    pub(crate) batches: Vec<Vec<NewCommand>>,
    /// Whether the last batch goes out with END.
    pub(crate) finishes: bool,
    pub(crate) accept_mo: Option<&'static str>,
    /// The ticket at which the user switches the device off.
    pub(crate) aborts_at: Option<u32>,
    /// What the server's host learns: command, place, code.
    pub(crate) told: &'static [&'static str],
    /// How many packages the device sends.
    pub(crate) packages: usize,
}

fn leaf(value: &str) -> Node {
    Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap()
}

/// The device of the notes; three values of the southern pump are its host's. A tree that was at rest knows of no change before that, so that
/// this one has been: its validators are those of a session that rests.
pub(crate) fn tree() -> Tree {
    let mut tree = Tree::new(&Limits::DEFAULT);
    let mut set = |uri: &str, node: Node| tree.set(uri, node).unwrap();
    set("./DevInfo", Node::interior(Some(INFO.to_owned())));
    for (name, value) in [("DevID", DEVICE), ("Man", "Acme"), ("Mod", "P9")] {
        let only = AccessTypes::of(&[AccessType::Get]);
        let node = leaf(value).with_scope(Scope::Permanent);
        let node = if name == "Man" {
            node.with_access(only)
        } else {
            node
        };
        set(&format!("./DevInfo/{name}"), node);
    }
    for miid in ["north", "south"] {
        let at = |path: &str| format!("./Pump/{miid}{path}");
        set(&at(""), Node::interior(Some(PUMP.to_owned())));
        set(&at("/Mode"), leaf("auto"));
        let reset = Node::leaf(Format::Null, None, None).unwrap();
        set(&at("/Reset"), reset.owned_by(Owner::Host));
        for run in ["1", "2"] {
            set(&at(&format!("/Run/{run}/State")), leaf("ok"));
        }
    }
    for name in ["Level", "Limit", "Low"] {
        let node = leaf("7").owned_by(Owner::Host);
        set(&format!("./Pump/south/{name}"), node);
    }
    Tree::restore(&tree.save().unwrap(), &[], &Limits::DEFAULT).unwrap()
}

pub(crate) fn alert(kind: &str) -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: kind.to_owned(),
        format: None,
        mark: None,
        source: Some("./Pump/north/Mode".to_owned()),
        target: None,
        correlator: None,
        data: Data::Text("x".to_owned()),
    }
}

/// What the device's host makes of a ticket.
pub(crate) fn outcome(event: &ClientEvent) -> Outcome {
    let fetched = |status, body: &str| {
        Outcome::Response(Fetched {
            status,
            content_type: Some("application/vnd.oma.dm.mo+json".to_owned()),
            accept_mo: None,
            body: body.as_bytes().to_vec(),
        })
    };
    match event {
        ClientEvent::Http { method, url, .. } if *method == "GET" => match () {
            () if url.ends_with("gone.json") => fetched(404, ""),
            () if url.ends_with("ok.json") => fetched(
                200,
                &format!(r#"[{{"ClientURI":"{INFO}//Man","MOData":{{"Man":"x"}}}}]"#),
            ),
            () if url.ends_with("level.json") => fetched(
                200,
                &format!(
                    r#"[{{"ClientURI":"{PUMP}/south/Level","MOData":{{"Level":"9"}}}},{{"ClientURI":"{PUMP}/south/Limit","MOData":{{"Limit":"8"}}}},{{"ClientURI":"{PUMP}/south/Low","MOData":{{"Low":"1"}}}}]"#
                ),
            ),
            () if url.ends_with("mode.json") => fetched(
                200,
                &format!(r#"[{{"ClientURI":"{PUMP}/north/Mode","MOData":{{"Mode":"eco"}}}}]"#),
            ),
            () => fetched(
                200,
                &format!(
                    r#"[{{"ClientURI":"{PUMP}/east/","MOData":{{"Pump":{{"Mode":"off"}}}}}}]"#
                ),
            ),
        },
        ClientEvent::Http { .. } => fetched(204, ""),
        ClientEvent::Exec { uri, .. } if uri.contains("south") => Outcome::status(202),
        ClientEvent::Read { .. } => Outcome::Value(leaf("7")),
        _ => Outcome::status(200),
    }
}

fn pump(path: &str) -> String {
    format!("{PUMP}/{path}")
}

fn repo(path: &str) -> String {
    format!("https://repo.example.org/{path}")
}

fn get(uri: String) -> NewCommand {
    NewCommand::Get(vec![uri])
}

fn delete(uri: String) -> NewCommand {
    NewCommand::Delete(vec![uri])
}

fn exec(uri: String) -> NewCommand {
    NewCommand::Exec {
        uri,
        data: None,
        format: None,
        mime: None,
        correlator: None,
        report_to: None,
    }
}

fn hget(from: String, to: Option<String>) -> NewCommand {
    NewCommand::Hget { from, to }
}

fn hput(to: String, from: &[&str]) -> NewCommand {
    let from = from.iter().map(|path| pump(path)).collect();
    NewCommand::Hput { from, to }
}

fn show() -> NewCommand {
    NewCommand::Show {
        url: "https://ui.example.org/sorry".to_owned(),
    }
}

/// The validator that the server has of before.
fn fresh(path: &str) -> String {
    tree().validator(EPOCH, path).unwrap()
}

/// S2: one object is fresh, the other is not.
fn of_two() -> Vec<DraftOption> {
    let fresh = fresh("DevInfo");
    let option = |index: u8, cv: &str| DraftOption {
        number: DraftOption::REQUESTED_MO_CV,
        value: [&[0, index], cv.as_bytes()].concat(),
    };
    vec![option(1, &fresh), option(2, "5f.0")]
}

fn notified(options: Vec<DraftOption>) -> Vec<u8> {
    let notification = Notification::Draft(Draft {
        options,
        ..Draft::new(SERVER.to_owned(), 0x4d2)
    });
    notification.encode(None).unwrap()
}

/// S4: the user switches the device off while the second command waits for its host, for which its value is one of the host's here. To the
/// approved dialect silence is all there is.
fn switched_off(dialect: Dialect) -> Flow {
    let info = format!("{INFO}//");
    let from = vec![info, pump("north/")];
    let to = repo("in");
    Flow {
        name: "S4 the device aborts",
        dialect,
        notification: (dialect == Dialect::Draft).then(|| notified(Vec::new())),
        alerts: Vec::new(),
        late_alert: None,
        batches: vec![
            vec![NewCommand::Hpost { from, to }, get(pump("south/Level"))],
            vec![get(pump("north/Mode"))],
        ],
        finishes: false,
        accept_mo: None,
        aborts_at: Some(2),
        told: match dialect {
            Dialect::Draft => &["started", "0[0] 200", "0[1] 200", "1 ?", "aborted Device"],
            Dialect::Approved => &["started"],
        },
        packages: match dialect {
            Dialect::Draft => 2,
            Dialect::Approved => 1,
        },
    }
}

/// Every flow, in the dialects that have it.
pub(crate) fn flows() -> Vec<Flow> {
    let [draft, approved] = [Dialect::Draft, Dialect::Approved];
    let flow = |name, dialect, batches, told, packages| Flow {
        name,
        dialect,
        notification: None,
        alerts: Vec::new(),
        late_alert: None,
        batches,
        finishes: false,
        accept_mo: None,
        aborts_at: None,
        told,
        packages,
    };
    let fresh = fresh("Pump/north");
    let mut all = Vec::new();
    for dialect in [draft, approved] {
        all.push(Flow {
            finishes: true,
            ..flow(
                "S1 two rounds",
                dialect,
                vec![
                    vec![get(format!("{INFO}//"))],
                    vec![delete(pump("north/Run/2"))],
                ],
                &["started", "0 200"],
                2,
            )
        });
        all.push(Flow {
            alerts: vec!["urn:oma:at:acme:1.0:unknown", "urn:oma:at:acme:1.0:hot"],
            ..flow(
                "S3 failures",
                dialect,
                vec![vec![
                    get(pump("west/")),
                    delete(format!("{INFO}//Man")),
                    hput(repo("x"), &["north/", "north/Nope"]),
                    exec(pump("*/Reset")),
                ]],
                match dialect {
                    Dialect::Draft => &[
                        "started", "alert", "alert", "0 404", "1 405", "2[0] 215", "2[1] 404",
                        "3 400",
                    ],
                    Dialect::Approved => &[
                        "started", "alert", "alert", "0 404", "1 405", "2 404", "3 400",
                    ],
                },
                2,
            )
        });
        all.push(switched_off(dialect));
        all.push(flow(
            "S5 a new instance and an Exec that goes on",
            dialect,
            vec![
                vec![hget(repo("east.json"), None), exec(pump("south/Reset"))],
                vec![exec(pump("north/Reset")), get(pump("m1/Mode"))],
            ],
            &["started", "0 200 +", "1 202", "2 200", "3 200"],
            3,
        ));
        all.push(flow(
            "S6 what has not changed",
            dialect,
            vec![vec![
                get(format!("{}?cv={fresh}", pump("north/"))),
                get(format!("{}?cv=5f.0", pump("north/Mode"))),
                get(pump("north/")),
            ]],
            &["started", "0 304", "1 200", "2 200"],
            2,
        ));
        all.push(flow(
            "S7 failures, access, another address",
            dialect,
            vec![
                vec![
                    hget(repo("gone.json"), Some(pump("north/Mode"))),
                    hget(repo("ok.json"), Some(format!("{INFO}//Man"))),
                    get(pump("/")),
                    get("urn:oma:mo:ext-acme-safe:1.0//".to_owned()),
                    NewCommand::Cont {
                        url: "https://dm2.example.org/s/9a".to_owned(),
                    },
                ],
                vec![show()],
            ],
            &[
                "started", "0 502", "1 405", "2 400", "3 404", "4 200", "5 200",
            ],
            3,
        ));
        all.push(Flow {
            accept_mo: Some("application/x-other"),
            ..flow(
                "S9 a format that nobody writes",
                dialect,
                vec![vec![hput(repo("in"), &["north/"]), get(pump("north/Mode"))]],
                &["started", "0 406", "1 200"],
                2,
            )
        });
        // What goes wrong in it are faults.
        all.push(flow(
            S8,
            dialect,
            vec![
                vec![exec(pump("north/Reset"))],
                vec![get(pump("north/Mode"))],
            ],
            &["started", "0 200", "1 200"],
            3,
        ));
        all.push(Flow {
            late_alert: Some((2, "urn:oma:at:acme:1.0:hot")),
            ..flow(
                "values of the host",
                dialect,
                vec![
                    vec![
                        hput(repo("a"), &["south/Level", "north/Mode"]),
                        hget(repo("level.json"), None),
                    ],
                    vec![get(pump("*/Mode")), show(), delete(pump("north/"))],
                ],
                match dialect {
                    Dialect::Draft => &[
                        "started", "0[0] 200", "0[1] 200", "1 200 +", "alert", "2 200", "3 200",
                        "4 200",
                    ],
                    Dialect::Approved => &[
                        "started", "0 200", "1 200 +", "alert", "2 200", "3 200", "4 200",
                    ],
                },
                3,
            )
        });
        all.push(flow(
            "three rounds",
            dialect,
            vec![
                vec![exec(pump("north/Reset"))],
                vec![get(pump("north/Mode"))],
                vec![delete(pump("north/Run/2"))],
            ],
            &["started", "0 200", "1 200", "2 200"],
            4,
        ));
        all.push(flow(
            "what stays behind the session",
            dialect,
            vec![
                vec![
                    NewCommand::Sub {
                        url: repo("chg"),
                        uri: pump("north/Mode"),
                    },
                    NewCommand::Default {
                        url: repo("def"),
                        moid: PUMP.to_owned(),
                    },
                    NewCommand::Unsub {
                        uri: pump("south/Mode"),
                    },
                ],
                vec![hget(repo("mode.json"), Some(pump("north/Mode")))],
            ],
            &["started", "0 200", "1 200", "2 404", "3 200"],
            3,
        ));
    }
    all.push(Flow {
        notification: Some(notified(of_two())),
        ..flow(
            "S2 one object is fresh",
            draft,
            vec![vec![get(pump("north/Mode"))]],
            &["started", "data", "data", "data", "0 200"],
            2,
        )
    });
    all
}
