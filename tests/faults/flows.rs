//! The flows, each with what comes of it where nothing fails.

use omadm::{
    AccountState, AlertCode, ClientAlert, Data, Format, Interaction, NewCommand, Scheme, Trigger,
    UiCommand, UiOptions, Version,
};

use super::flow::{DONE, Flow, Side, Takes, add, delete, get, item, leaf, replace};

/// How many commands there are in an Atomic.
const IN_ATOMIC: usize = 6;

pub(crate) fn flows() -> Vec<Flow> {
    let mut flows = vec![
        started_by_the_device(),
        started_by_a_notification(),
        basic(),
        md5_with_a_stale_nonce(),
        sha256(),
        hmac(),
        results_over_several_messages(),
        sequence_with_a_confirmation(),
        exec_with_a_later_alert(),
        abort(Side::Device),
        abort(Side::Server),
        atomic(None),
        large_object_to_the_device(),
        large_object_from_the_device(),
    ];
    flows.extend((0..IN_ATOMIC).map(|at| atomic(Some(at))));
    flows
}

pub(crate) fn told(told: &[&str]) -> Vec<String> {
    told.iter().map(|told| (*told).to_owned()).collect()
}

pub(crate) fn takes(message: u32, object: Option<u32>) -> Takes {
    Takes {
        message: Some(message),
        object,
    }
}

fn nonces(client: &[u8], server: &[u8]) -> AccountState {
    AccountState {
        client_nonce: Some(client.to_vec()),
        server_nonce: Some(server.to_vec()),
        ..AccountState::default()
    }
}

/// What there is to do in a session that is about something else.
fn errands() -> Vec<Vec<NewCommand>> {
    vec![
        vec![
            replace("./E", "new"),
            get("./A/B"),
            NewCommand::Exec {
                report_to: None,
                uri: "./Go".to_owned(),
                data: None,
                format: None,
                mime: None,
                correlator: Some("order".to_owned()),
            },
        ],
        vec![add("./A/N", "n"), delete("./F"), get("./R")],
    ]
}

fn started_by_the_device() -> Flow {
    Flow {
        name: "started by the device".to_owned(),
        batches: errands(),
        told: told(&["0 200", "1 200", "2 200", "3 200", "4 200", "5 200"]),
        messages: 3,
        ..Flow::default()
    }
}

fn started_by_a_notification() -> Flow {
    Flow {
        name: "started by a notification".to_owned(),
        trigger: Trigger::Server {
            session_id: 0x2a,
            requested: Vec::new(),
        },
        ..started_by_the_device()
    }
}

fn basic() -> Flow {
    Flow {
        batches: errands(),
        told: started_by_the_device().told,
        messages: 3,
        ..Flow::proved("basic", Version::V1_2, Scheme::Basic)
    }
}

fn md5_with_a_stale_nonce() -> Flow {
    Flow {
        batches: errands(),
        device_state: nonces(b"an old nonce", b"nonce of the server"),
        server_state: nonces(b"a newer nonce", b"a nonce that is gone"),
        told: started_by_the_device().told,
        messages: 4,
        ..Flow::proved("md5 with a stale nonce", Version::V1_2, Scheme::Md5)
    }
}

fn sha256() -> Flow {
    Flow {
        batches: errands(),
        device_state: nonces(b"nonce of the device", b"nonce of the server"),
        server_state: nonces(b"nonce of the device", b"nonce of the server"),
        told: started_by_the_device().told,
        messages: 3,
        ..Flow::proved("sha-256", Version::V1_3, Scheme::Sha256)
    }
}

fn hmac() -> Flow {
    Flow {
        batches: errands(),
        device_state: nonces(b"nonce of the device", b"nonce of the server"),
        server_state: nonces(b"nonce of the device", b"nonce of the server"),
        told: started_by_the_device().told,
        messages: 3,
        ..Flow::proved("hmac", Version::V1_2, Scheme::Hmac)
    }
}

fn results_over_several_messages() -> Flow {
    let mut flow = Flow {
        name: "results over several messages".to_owned(),
        server_takes: takes(1_200, None),
        told: told(&["0 200", "1 200"]),
        messages: 6,
        ..Flow::default()
    };
    let uris = (0..4).map(|number| format!("./L{number}"));
    for uri in uris.clone() {
        let node = leaf(&format!("{uri} ").repeat(60));
        flow.tree.set(&uri, node).unwrap();
    }
    flow.batches = vec![vec![NewCommand::Get(uris.collect()), replace("./E", "new")]];
    flow
}

/// A value that fits no message of these flows, each place of which is told from the others.
pub(crate) fn large(octets: usize) -> String {
    let numbers = (0..).map(|number: usize| format!("{number:03}."));
    let mut value: String = numbers.take(octets.div_ceil(4)).collect();
    value.truncate(octets);
    value
}

/// One for the tree, and in an Atomic one for the host.
fn large_object_to_the_device() -> Flow {
    large_objects_to_the_device(1_750)
}

/// The second of them, in an Atomic, is of so many octets.
pub(crate) fn large_objects_to_the_device(second: usize) -> Flow {
    Flow {
        device_takes: takes(2_000, Some(9_000)),
        device_state: nonces(b"nonce of the device", b"nonce of the server"),
        server_state: nonces(b"nonce of the device", b"nonce of the server"),
        batches: vec![vec![
            replace("./E", &large(2_300)),
            NewCommand::Atomic(vec![add("./A/N", "n"), replace("./H1", &large(second))]),
            get("./A/B"),
        ]],
        told: told(&["0 200", "1 200", "1.0 200", "1.1 200", "2 200"]),
        objects: told(&["./E", "./H1"]),
        messages: 6,
        ..Flow::proved("large object to the device", Version::V1_2, Scheme::Hmac)
    }
}

fn large_object_from_the_device() -> Flow {
    let mut flow = Flow {
        server_takes: takes(2_000, Some(9_000)),
        device_state: nonces(b"nonce of the device", b"nonce of the server"),
        server_state: nonces(b"nonce of the device", b"nonce of the server"),
        batches: vec![vec![get("./L"), replace("./E", "new")]],
        told: told(&["0 200", "1 200"]),
        objects: told(&["./L"]),
        messages: 5,
        ..Flow::proved(
            "large object from the device",
            Version::V1_3,
            Scheme::Sha256,
        )
    };
    flow.tree.set("./L", leaf(&large(4_000))).unwrap();
    flow
}

/// An Atomic of six commands, two of which go to the host of the device; one of them fails, or none does.
fn atomic(failing: Option<usize>) -> Flow {
    let mut commands = vec![
        replace("./E", "new"),
        replace("./H1", "one"),
        add("./A/N", "n"),
        replace("./H2", "two"),
        NewCommand::Replace(vec![item("./A/B", "1"), item("./A/C", "2")]),
        delete("./F"),
    ];
    if let Some(failing) = failing {
        commands[failing] = replace("./Missing", "x");
    }
    // Those that follow on the failing one are not executed, those ahead of it are rolled back.
    let code = |at: usize| match failing {
        None => 200,
        Some(failing) if at < failing => 216,
        Some(failing) if at == failing => 404,
        Some(_) => 215,
    };
    let mut said = vec![match failing {
        None => "0 200".to_owned(),
        Some(_) => "0 507".to_owned(),
    }];
    for at in 0..IN_ATOMIC {
        // The command with two Items has a Status for both, or for each.
        said.push(format!("0.{at} {}", code(at)));
    }
    said.push("1 200".to_owned());
    Flow {
        name: match failing {
            None => "atomic".to_owned(),
            Some(at) => format!("atomic that fails at {at}"),
        },
        batches: vec![vec![NewCommand::Atomic(commands), get("./A/C")]],
        told: said,
        messages: 2,
        ..Flow::default()
    }
}

fn sequence_with_a_confirmation() -> Flow {
    let confirm = NewCommand::Interaction(UiCommand {
        interaction: Interaction::Confirm,
        text: "Now?".to_owned(),
        options: UiOptions::default(),
    });
    Flow {
        name: "sequence with a confirmation".to_owned(),
        batches: vec![vec![
            NewCommand::Sequence(vec![
                replace("./E", "new"),
                confirm,
                replace("./F", "newer"),
                get("./A/B"),
            ]),
            add("./A/N", "n"),
        ]],
        told: told(&["0 200", "0.0 200", "0.1 200", "0.2 200", "0.3 200", "1 200"]),
        messages: 2,
        ..Flow::default()
    }
}

fn exec_with_a_later_alert() -> Flow {
    let report = ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: DONE.to_owned(),
        format: Some(Format::Int),
        mark: None,
        source: Some("./Go".to_owned()),
        target: None,
        correlator: Some("order".to_owned()),
        data: Data::Text("200".to_owned()),
    };
    let mut batches = errands();
    batches.push(vec![get("./E")]);
    Flow {
        name: "exec with a later alert".to_owned(),
        batches,
        exec: 202,
        report: Some((1, report)),
        told: told(&[
            "0 200", "1 200", "2 202", "3 200", "4 200", "5 200", "6 200",
        ]),
        messages: 4,
        ..Flow::default()
    }
}

fn abort(by: Side) -> Flow {
    let (name, said): (_, &[&str]) = match by {
        // Its last message says what it has done.
        Side::Device => (
            "abort by the device",
            &["0 200", "1 200", "2 200", "3 200", "4 200", "5 200"],
        ),
        Side::Server => ("abort by the server", &["0 200", "1 200", "2 200"]),
    };
    Flow {
        name: name.to_owned(),
        abort: Some((2, by)),
        told: told(said),
        messages: match by {
            Side::Device => 3,
            Side::Server => 2,
        },
        ..started_by_the_device()
    }
}
