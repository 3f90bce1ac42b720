//! The user: what is asked, what is answered, and what that does to the commands around it (DM protocol, chapter 10).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::Owner;
use omadm::{
    ClientEvent, Interaction, InteractionKind, NewCommand, Outcome, ServerEvent, UiCommand,
    UiOptions,
};

use crate::commands::{add, ask, confirm, delete, get, replace, run, told, tree, value};
use crate::pair::{Setup, leaf, outcome};
use crate::say::{cmd_ids, codes, others, statuses, values};

#[test]
fn yes_goes_on() {
    let run = run(
        vec![NewCommand::Sequence(vec![confirm(), replace("./E", "1")])],
        vec![outcome(200)],
    );
    assert_eq!(
        statuses(&run.messages[2]),
        [
            "1/0 SyncHdr 200",
            "1/4 Sequence 200",
            "1/5 Alert 200",
            "1/6 Replace 200 ./E"
        ]
    );
    assert_eq!(cmd_ids(&run.messages[1]), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("1"));
    assert_eq!(told(&run), ["0 200", "0.0 200", "0.1 200"]);
}

#[test]
fn no_in_a_sequence_passes_over_the_rest_of_it() {
    let inner = NewCommand::Sequence(vec![replace("./E", "1"), get(&["./E"])]);
    let run = run(
        vec![
            NewCommand::Sequence(vec![get(&["./A/B"]), confirm(), inner, delete(&["./E"])]),
            replace("./A/B", "after"),
        ],
        vec![outcome(304)],
    );
    assert_eq!(
        statuses(&run.messages[2]),
        [
            "1/0 SyncHdr 200",
            "1/4 Sequence 200",
            "1/5 Get 200 ./A/B",
            "1/6 Alert 304",
            "1/7 Sequence 215",
            "1/8 Replace 215",
            "1/9 Get 215",
            "1/10 Delete 215",
            "1/11 Replace 200 ./A/B",
        ]
    );
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("e"));
    assert_eq!(value(&run.tree, "./A/B").as_deref(), Some("after"));
    assert_eq!(values(&run.messages[2]), ["./A/B=b"]);
}

#[test]
fn no_in_an_inner_sequence_leaves_the_outer_one_alone() {
    let inner = NewCommand::Sequence(vec![confirm(), replace("./E", "inner")]);
    let run = run(
        vec![NewCommand::Sequence(vec![inner, replace("./E", "outer")])],
        vec![outcome(304)],
    );
    assert_eq!(codes(&run.messages[2]), [200, 200, 200, 304, 215, 200]);
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("outer"));
}

#[test]
fn no_at_the_top_has_no_effect_on_other_commands() {
    let run = run(vec![confirm(), replace("./E", "1")], vec![outcome(304)]);
    assert_eq!(codes(&run.messages[2]), [200, 304, 200]);
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("1"));
}

#[test]
fn cancelling_passes_over_the_rest_of_the_message() {
    for code in [214, 408] {
        let run = run(
            vec![
                replace("./A/B", "before"),
                NewCommand::Sequence(vec![confirm(), replace("./E", "1")]),
                replace("./E", "2"),
                confirm(),
            ],
            vec![outcome(code)],
        );
        assert_eq!(
            codes(&run.messages[2]),
            [200, 200, 200, code, 215, 215, 215]
        );
        assert_eq!(value(&run.tree, "./E").as_deref(), Some("e"));
        assert_eq!(value(&run.tree, "./A/B").as_deref(), Some("before"));
    }
}

#[test]
fn every_interaction_is_shown_and_its_answer_carried_back() {
    let run = run(
        vec![
            ask(Interaction::Display),
            ask(Interaction::Input),
            ask(choose(false)),
            ask(choose(true)),
        ],
        vec![
            answer(&[]),
            answer(&["CNN & <co>"]),
            answer(&["2"]),
            answer(&["2", "1"]),
        ],
    );
    assert_eq!(others(&run.messages[1]), ["1100", "1102", "1103", "1104"]);
    assert_eq!(codes(&run.messages[2]), [200; 5]);
    let data: Vec<_> = run
        .server_events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Status { data, .. } => Some(data.join("|")),
            _ => None,
        })
        .collect();
    assert_eq!(data, ["", "CNN & <co>", "2", "2|1"]);
    let shown: Vec<_> = run
        .client_events
        .iter()
        .filter_map(|event| match event {
            ClientEvent::Interaction { ticket, command } => Some((*ticket, command.kind())),
            _ => None,
        })
        .collect();
    assert_eq!(
        shown,
        [
            (1, InteractionKind::Display),
            (2, InteractionKind::Input),
            (3, InteractionKind::Choose),
            (4, InteractionKind::Choose)
        ]
    );
}

#[test]
fn what_the_host_cannot_show_is_answered_406() {
    let run = Setup {
        interactions: vec![InteractionKind::Confirm],
        commands: vec![
            (1, ask(Interaction::Display)),
            (1, ask(Interaction::Input)),
            (1, get(&["./DevInfo/Man"])),
        ],
        ..Setup::default()
    }
    .run();
    assert_eq!(codes(&run.messages[2]), [200, 406, 406, 200]);
}

#[test]
fn a_ticket_takes_only_an_outcome_of_its_own() {
    let setup = Setup {
        commands: vec![(1, confirm())],
        ..Setup::default()
    };
    let mut tree = setup.tree.clone();
    let entropy = crate::pair::entropy(1);
    let env = omadm::Env::new(0, &entropy).unwrap();
    let mut client = setup.device();
    let mut server = omadm::ServerSession::new(setup.server_config());
    let account =
        crate::pair::account(&setup.client, &setup.server, omadm::AccountState::default());
    let request = client.send(&tree, &env).unwrap().unwrap();
    server
        .receive(&omadm::Received::body(&request.body), Some(&account))
        .unwrap();
    server.push(confirm()).unwrap();
    let reply = server.respond(&env).unwrap();
    let received = omadm::Received::body(&reply.body);
    client.receive(&mut tree, &received).unwrap();
    let before = client.save().unwrap();
    let yes_with_data = Outcome::Status {
        status: 200,
        data: vec!["x".to_owned()],
    };
    for (ticket, wrong) in [
        (2, outcome(200)),
        (0, outcome(200)),
        (1, outcome(0)),
        (1, outcome(404)),
        (1, yes_with_data),
    ] {
        let error = client.complete(&mut tree, ticket, &wrong).unwrap_err();
        assert_eq!(error.code(), omadm::Code::Arg);
        assert_eq!(client.save().unwrap(), before);
    }
    assert!(client.receive(&mut tree, &received).is_err());
    client.complete(&mut tree, 1, &outcome(304)).unwrap();
    assert!(client.complete(&mut tree, 1, &outcome(200)).is_err());
}

pub(crate) fn answer(data: &[&str]) -> Outcome {
    Outcome::Status {
        status: 200,
        data: data.iter().map(|text| (*text).to_owned()).collect(),
    }
}

pub(crate) fn choose(multiple: bool) -> Interaction {
    Interaction::Choose {
        choices: ["Red", "Green", "Blue"].map(str::to_owned).to_vec(),
        multiple,
    }
}

/// Every kind, with what the user says where all is well.
fn kinds() -> [(Interaction, Outcome); 5] {
    [
        (Interaction::Display, outcome(200)),
        (Interaction::Confirm, outcome(200)),
        (Interaction::Input, answer(&["x"])),
        (choose(false), answer(&["2"])),
        (choose(true), answer(&["3", "1"])),
    ]
}

#[test]
fn t09_yes_no_cancel_and_time_out_at_every_place() {
    let ways = kinds().into_iter().flat_map(|(interaction, fine)| {
        let ends = [
            fine,
            outcome(304),
            outcome(214),
            outcome(408),
            outcome(416),
            outcome(500),
        ];
        ends.map(|end| (interaction.clone(), end))
    });
    for (interaction, end) in ways {
        let Outcome::Status { status, .. } = &end else {
            continue;
        };
        let status = *status;
        if status == 304 && interaction != Interaction::Confirm {
            continue;
        }
        let asked = || ask(interaction.clone());
        let (before, behind) = (|| replace("./A/B", "before"), || replace("./E", "behind"));
        // Directly in the body: only cancelling counts for the others.
        let is_cancelled = matches!(status, 214 | 408);
        let top = run(vec![before(), asked(), behind()], vec![end.clone()]);
        let rest = if is_cancelled { 215 } else { 200 };
        assert_eq!(
            codes(&top.messages[2]),
            [200, 200, status, rest],
            "{interaction:?}"
        );
        let kept = if is_cancelled { "e" } else { "behind" };
        assert_eq!(value(&top.tree, "./E").as_deref(), Some(kept));
        assert_eq!(value(&top.tree, "./A/B").as_deref(), Some("before"));

        // In a Sequence: "no" passes over the rest of it, cancelling over the rest of the message.
        let sequence = NewCommand::Sequence(vec![before(), asked(), behind(), get(&["./E"])]);
        let inside = run(vec![sequence, add("./N", "n")], vec![end.clone()]);
        let (rest, outside) = match status {
            304 => (215, 200),
            214 | 408 => (215, 215),
            _ => (200, 200),
        };
        assert_eq!(
            codes(&inside.messages[2]),
            [200, 200, 200, status, rest, rest, outside],
            "{interaction:?}"
        );
        assert_eq!(value(&inside.tree, "./N").is_some(), outside == 200);
        assert_eq!(told(&inside)[2], format!("0.1 {status}"));

        // In an Atomic: whatever is not a success makes it fail, and cancelling passes over what is behind it too.
        let atomic = NewCommand::Atomic(vec![before(), asked(), behind()]);
        let whole = run(vec![atomic, add("./N", "n")], vec![end.clone()]);
        let expected = match status {
            200 => [200, 200, 200, 200, 200, 200],
            214 | 408 => [200, 507, 216, status, 215, 215],
            _ => [200, 507, 216, status, 215, 200],
        };
        assert_eq!(codes(&whole.messages[2]), expected, "{interaction:?}");
        let kept = if status == 200 { "before" } else { "b" };
        assert_eq!(value(&whole.tree, "./A/B").as_deref(), Some(kept));
    }
}

#[test]
fn t09_a_time_out_with_a_default_response_is_that_response() {
    let ask = |interaction: &Interaction, default: &str| {
        NewCommand::Interaction(UiCommand {
            interaction: interaction.clone(),
            text: "Now?".to_owned(),
            options: UiOptions {
                max_display: Some(20),
                default: Some(default.to_owned()),
                ..UiOptions::default()
            },
        })
    };
    for (interaction, default, status, data) in [
        (Interaction::Confirm, "1", 200, &[][..]),
        (Interaction::Confirm, "0", 304, &[]),
        (Interaction::Input, "John Doe", 200, &["John Doe"]),
        (Interaction::Input, "", 200, &[""]),
        (choose(false), "3", 200, &["3"]),
        (choose(true), "02-3", 200, &["2", "3"]),
        (Interaction::Display, "1", 408, &[]),
    ] {
        let asked = ask(&interaction, default);
        let behind = || replace("./E", "behind");
        let rest = |otherwise| if status == 408 { 215 } else { otherwise };
        let top = run(vec![asked.clone(), behind()], vec![outcome(408)]);
        assert_eq!(
            codes(&top.messages[2]),
            [200, status, rest(200)],
            "{interaction:?}"
        );
        assert!(top.server_events.iter().any(|event| matches!(event,
            ServerEvent::Status { data: said, command: 0, .. } if said == data)));
        // A default of "no" is a "no".
        let inner = NewCommand::Sequence(vec![asked.clone(), behind()]);
        let inside = run(vec![inner], vec![outcome(408)]);
        let bypassed = if status == 304 { 215 } else { rest(200) };
        assert_eq!(codes(&inside.messages[2]), [200, 200, status, bypassed]);
        let atomic = NewCommand::Atomic(vec![asked, behind()]);
        let whole = run(vec![atomic], vec![outcome(408)]);
        let expected = match status {
            200 => [200, 200, 200, 200],
            _ => [200, 507, status, 215],
        };
        assert_eq!(codes(&whole.messages[2]), expected, "{interaction:?}");
        // Whoever cancels has answered.
        let cancelled = run(vec![ask(&interaction, default)], vec![outcome(214)]);
        assert_eq!(codes(&cancelled.messages[2]), [200, 214]);
    }
}

#[test]
fn t09_what_the_host_has_written_is_taken_back_after_a_no() {
    let mut tree = tree();
    tree.set("./Host", leaf("old").owned_by(Owner::Host))
        .unwrap();
    let atomic = NewCommand::Atomic(vec![
        replace("./Host", "new"),
        confirm(),
        replace("./E", "behind"),
    ]);
    for (undone, code) in [(200, 216), (500, 516)] {
        let run = Setup {
            tree: tree.clone(),
            commands: vec![(1, atomic.clone()), (1, get(&["./A/B"]))],
            outcomes: vec![outcome(200), outcome(304), outcome(undone)],
            ..Setup::default()
        }
        .run();
        assert_eq!(codes(&run.messages[2]), [200, 507, code, 304, 215, 200]);
        let asked: Vec<_> = run
            .client_events
            .iter()
            .map(|event| match event {
                ClientEvent::Write { uri, data, .. } => format!("write {uri} {data:?}"),
                ClientEvent::Interaction { .. } => "ask".to_owned(),
                ClientEvent::Undo { uri, data, .. } => format!("undo {uri} {data:?}"),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            asked[..3],
            [
                "write ./Host Some(Text(\"new\"))",
                "ask",
                "undo ./Host Some(Text(\"old\"))"
            ]
        );
    }
}

#[test]
fn interactions_in_a_package_that_ends_are_resumed_one_after_the_other() {
    let run = run(
        vec![
            confirm(),
            add("./N", "1"),
            NewCommand::Sequence(vec![
                ask(Interaction::Input),
                replace("./N", "2"),
                confirm(),
                replace("./N", "3"),
            ]),
            ask(choose(true)),
        ],
        vec![outcome(304), answer(&[""]), outcome(304), answer(&[])],
    );
    assert_eq!(
        codes(&run.messages[2]),
        [200, 304, 200, 200, 200, 200, 304, 215, 200]
    );
    assert_eq!(value(&run.tree, "./N").as_deref(), Some("2"));
}

#[test]
fn what_the_host_cannot_show_makes_an_atomic_fail_and_a_sequence_go_on() {
    let run = Setup {
        tree: tree(),
        interactions: vec![InteractionKind::Input],
        commands: vec![
            (
                1,
                NewCommand::Sequence(vec![confirm(), replace("./E", "1")]),
            ),
            (
                1,
                NewCommand::Atomic(vec![delete(&["./E"]), confirm(), delete(&["./A"])]),
            ),
        ],
        ..Setup::default()
    }
    .run();
    assert_eq!(
        codes(&run.messages[2]),
        [200, 200, 406, 200, 507, 216, 406, 215]
    );
    assert_eq!(value(&run.tree, "./E").as_deref(), Some("1"));
}
