//! All or nothing: what succeeds together, what is taken back, and who has the tree meanwhile.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::tree::{Execution, HostCallKind, Owner, Progress, Question, Reply, Verdict};
use omadm::{Code, Data, Limits, Node, StatusCode, Tree};

use crate::desk::{
    DESK, Desk, acl, add, add_node, commands, confirm, delete, exec, failed, get, group, leaf, ok,
    replace, shown, target, told, value, with,
};

fn atomic(commands: &[String]) -> String {
    group("Atomic", commands)
}

fn tree() -> Tree {
    let mut tree = with(&[("./A", "a"), ("./B/C", "c")]);
    for name in ["H1", "H2", "H3"] {
        tree.set(&format!("./{name}"), leaf("old").owned_by(Owner::Host))
            .unwrap();
    }
    tree
}

fn status(code: u16) -> Reply {
    Reply::Status(StatusCode(code), Vec::new())
}

#[test]
fn t01_what_succeeds_together_is_one_step() {
    let mut tree = tree();
    let revision = tree.revision();
    let ran = DESK.run(
        &mut tree,
        &atomic(&[add("./N", "n"), replace("./A", "b"), delete("./B")]),
    );
    assert_eq!(ran.codes(), [200, 200, 200, 200]);
    assert_eq!(ran.changed, ["Add N", "Replace A", "Delete B"]);
    assert_eq!(tree.revision(), revision + 1);
    let changes = tree.changes(revision).unwrap();
    assert!(changes.iter().all(|change| change.revision == revision + 1));
    assert_eq!(told(&changes), ["S Add N", "S Replace A", "S Delete B"]);
    assert_eq!(value(&tree, "."), "A/H1/H2/H3/N");
    // Nothing at all is no step.
    let before = tree.clone();
    assert_eq!(DESK.run(&mut tree, &atomic(&[])).codes(), [200]);
    assert_eq!(tree, before);
}

#[test]
fn t02_wherever_it_fails_nothing_has_happened() {
    let fine = [
        add("./N", "n"),
        replace("./A", "b"),
        add("./B/D", "d"),
        replace("./B?prop=Name", "E"),
        delete("./E/C"),
        replace("./E?prop=ACL", "Get=*&Replace=*"),
    ];
    for (bad, code) in [
        (get("./missing"), 500),
        (delete("./missing"), 404),
        (add("./A", "x"), 418),
        (crate::desk::set("Replace", "./A", "int", "", "x"), 415),
    ] {
        for at in 0..=fine.len() {
            let mut commands = fine.to_vec();
            commands.insert(at, bad.clone());
            let mut tree = tree();
            let before = tree.clone();
            let ran = DESK.run(&mut tree, &atomic(&commands));
            let expected: Vec<u16> = (0..commands.len())
                .map(|now| match now.cmp(&at) {
                    std::cmp::Ordering::Less => 216,
                    std::cmp::Ordering::Equal => code,
                    std::cmp::Ordering::Greater => 215,
                })
                .collect();
            assert_eq!(ran.codes(), [vec![507], expected].concat(), "{bad} at {at}");
            assert!(ran.changed.is_empty());
            assert_eq!(tree, before);
            assert_eq!(shown(&tree), shown(&before));
            assert!(tree.changes(before.revision()).unwrap().is_empty());
        }
    }
    // What stands behind it is executed again.
    let mut tree = tree();
    let body = atomic(&[add("./N", "n"), delete("./missing")]) + &add("./M", "m");
    assert_eq!(DESK.run(&mut tree, &body).codes(), [507, 216, 404, 200]);
    assert_eq!(value(&tree, "."), "A/B/H1/H2/H3/M");
}

#[test]
fn t02_the_items_of_one_command_fail_together() {
    let item = |uri: &str| format!("<Item>{}<Data>x</Data></Item>", target(uri));
    let several = format!(
        "<Add><CmdID/>{}{}{}</Add>",
        item("./N"),
        item("./A"),
        item("./M")
    );
    let mut tree = tree();
    let before = tree.clone();
    let ran = DESK.run(&mut tree, &atomic(&[several, add("./O", "o")]));
    assert_eq!(ran.codes(), [507, 216, 418, 216, 215]);
    assert_eq!(tree, before);
}

/// What the host is asked: `write H1 value`, `undo H1 value`.
fn asked(ran: &crate::desk::Ran) -> Vec<String> {
    let text = |data: &Option<Data>| match data {
        Some(Data::Text(text)) => text.clone(),
        data => format!("{data:?}"),
    };
    ran.asked
        .iter()
        .map(|question| match question {
            Question::Call(call) => format!("{:?} {} {}", call.kind, call.path, text(&call.data)),
            Question::Undo(call) => format!("Undo {} {}", call.path, text(&call.data)),
            Question::Alert(_) => "Alert".to_owned(),
        })
        .collect()
}

#[test]
fn t03_the_host_takes_back_what_it_wrote_the_last_first() {
    let body = atomic(&[
        replace("./H1", "1"),
        add("./N", "n"),
        replace("./H2", "2"),
        replace("./H1", "3"),
        delete("./missing"),
        replace("./H3", "4"),
    ]);
    // Which of the questions to take something back fails.
    for (stuck, codes) in [
        (None, [507, 216, 216, 216, 216, 404, 215]),
        (Some(3), [507, 216, 216, 216, 516, 404, 215]),
        (Some(4), [507, 216, 216, 516, 216, 404, 215]),
        (Some(5), [507, 516, 216, 216, 216, 404, 215]),
    ] {
        let mut tree = tree();
        let before = tree.clone();
        let ran = DESK.run_with(&mut tree, &body, &|_, at| {
            if Some(at) == stuck { failed() } else { ok() }
        });
        assert_eq!(ran.codes(), codes, "{stuck:?}");
        assert_eq!(
            asked(&ran),
            [
                "Write H1 1",
                "Write H2 2",
                "Write H1 3",
                "Undo H1 1",
                "Undo H2 old",
                "Undo H1 old"
            ]
        );
        assert_eq!(tree, before);
    }
}

#[test]
fn t29_where_the_host_fails_the_atomic_fails() {
    let body = atomic(&[replace("./H1", "1"), replace("./H2", "2"), add("./N", "n")]);
    for failure in [400, 403, 500] {
        let mut tree = tree();
        let before = tree.clone();
        let ran = DESK.run_with(&mut tree, &body, &|_, at| {
            if at == 1 { status(failure) } else { ok() }
        });
        assert_eq!(ran.codes(), [507, 216, failure, 215]);
        assert_eq!(asked(&ran), ["Write H1 1", "Write H2 2", "Undo H1 old"]);
        assert_eq!(tree, before);
    }
    let mut tree = tree();
    let ran = DESK.run_with(&mut tree, &body, &|_, _| ok());
    assert_eq!(ran.codes(), [200, 200, 200, 200]);
    assert_eq!(value(&tree, "./H2?prop=VerNo"), "1");
    // Outside of an Atomic nothing is taken back.
    let ran = DESK.run_with(
        &mut tree,
        &(replace("./H1", "5") + &delete("./missing")),
        &|_, _| ok(),
    );
    assert_eq!((ran.codes(), ran.asked.len()), (vec![200, 404], 1));
}

#[test]
fn t04_what_must_not_stand_in_one_another() {
    let sequence = |commands: &[String]| group("Sequence", commands);
    let n = || add("./N", "n");
    for (body, codes, is_changed) in [
        (
            atomic(&[n(), atomic(&[add("./M", "m")]), add("./O", "o")]),
            vec![507, 216, 500, 215, 215],
            false,
        ),
        (
            atomic(&[n(), get("./A"), add("./O", "o")]),
            vec![507, 216, 500, 215],
            false,
        ),
        (
            atomic(&[n(), exec("./H1"), add("./O", "o")]),
            vec![507, 216, 500, 215],
            false,
        ),
        (
            atomic(&[
                n(),
                sequence(&[add("./M", "m"), add("./P", "p")]),
                add("./O", "o"),
            ]),
            vec![507, 216, 500, 215, 215, 215],
            false,
        ),
        (
            atomic(&[sequence(&[atomic(&[n()])])]),
            vec![507, 500, 215, 215],
            false,
        ),
        (
            sequence(&[
                n(),
                atomic(&[add("./M", "m"), add("./P", "p")]),
                add("./O", "o"),
            ]),
            vec![200, 200, 500, 215, 215, 200],
            true,
        ),
        (
            sequence(&[atomic(&[]), sequence(&[atomic(&[n()])]), n()]),
            vec![200, 500, 200, 500, 215, 200],
            true,
        ),
    ] {
        let mut tree = tree();
        let before = tree.clone();
        assert_eq!(DESK.run(&mut tree, &body).codes(), codes, "{body}");
        assert_eq!(tree != before, is_changed);
        assert_eq!(tree.find("./M").unwrap(), None);
    }
}

#[test]
fn t05_answers_that_do_not_fit_one_message_take_everything_back() {
    let body = atomic(&[add("./N", "n"), replace("./H1", "1")]);
    for (room, codes) in [(3, vec![200, 200, 200]), (2, vec![517, 216, 216])] {
        let desk = Desk { room, ..DESK };
        let mut tree = tree();
        let before = tree.clone();
        let ran = desk.run_with(&mut tree, &body, &|_, _| ok());
        assert_eq!(ran.codes(), codes);
        assert_eq!(tree == before, room == 2);
        assert_eq!(ran.asked.len(), if room == 2 { 2 } else { 1 });
    }
}

#[test]
fn t06_between_any_two_steps_the_tree_is_as_before() {
    let body = atomic(&[
        add("./N", "n"),
        replace("./H1", "1"),
        delete("./B"),
        replace("./H2", "2"),
        replace("./A", "x"),
        replace("./H3", "3"),
    ]);
    let commands = commands(&body);
    let fits = |_: &[_]| true;
    let terms = DESK.terms(&|_| Verdict::Ask, &fits);
    let mut tree = tree();
    let before = tree.clone();
    let mut execution = Execution::new();
    let mut steps = 0;
    let mut changed = Vec::new();
    while let Progress::Asked(_) = execution
        .run(&commands, &mut tree, &terms, &mut changed)
        .unwrap()
    {
        steps += 1;
        // What a crash leaves.
        let saved = Tree::restore(&tree.save().unwrap(), &[], &Limits::DEFAULT).unwrap();
        assert_eq!(saved, before);
        assert!(changed.is_empty());
        execution.reply(&commands, ok()).unwrap();
    }
    assert_eq!(steps, 3);
    assert_eq!(changed.len(), 6);
    assert_eq!(value(&tree, "."), "A/H1/H2/H3/N");
    assert_eq!(tree.revision(), before.revision() + 1);
}

#[test]
fn t07_one_node_again_and_again() {
    let steps = [
        add("./X", "1"),
        replace("./X", "2"),
        delete("./X"),
        add("./X", "3"),
    ];
    let mut tree = tree();
    assert_eq!(DESK.run(&mut tree, &atomic(&steps)).codes(), [200; 5]);
    assert_eq!(value(&tree, "./X"), "3");
    assert_eq!(value(&tree, "./X?prop=VerNo"), "0");
    for at in 0..=steps.len() {
        let mut commands = steps.to_vec();
        commands.insert(at, delete("./missing"));
        let mut tree = crate::atomic::tree();
        let before = tree.clone();
        DESK.run(&mut tree, &atomic(&commands));
        assert_eq!(tree, before);
    }
    // A node may change what it is.
    let mut tree = crate::atomic::tree();
    let body = atomic(&[
        delete("./A"),
        add_node("./A"),
        add("./A/B", "b"),
        replace("./H1", "x"),
    ]);
    let ran = DESK.run_with(&mut tree, &body, &|_, _| ok());
    assert_eq!(ran.codes(), [200; 5]);
    assert_eq!(value(&tree, "./A/B"), "b");
}

#[test]
fn t09_a_no_takes_an_atomic_back_and_passes_over_a_sequence() {
    for (reply, own, is_over) in [
        (304, 304, false),
        (214, 214, true),
        (408, 408, true),
        (200, 200, false),
    ] {
        let rest = if is_over { 215 } else { 200 };
        let host = |_: &Question, _: usize| status(reply);
        let run = |body: String| {
            let mut tree = tree();
            DESK.run_with(&mut tree, &body, &host).codes()
        };
        let three = [add("./N", "n"), confirm(), add("./M", "m")];
        let inside = if reply == 200 {
            vec![200, 200, 200, 200]
        } else {
            vec![507, 216, own, 215]
        };
        assert_eq!(
            run(atomic(&three) + &add("./O", "o")),
            [inside, vec![rest]].concat()
        );
        let passed = if reply == 200 { 200 } else { 215 };
        assert_eq!(
            run(group("Sequence", &three) + &add("./O", "o")),
            [200, 200, own, passed, rest]
        );
        assert_eq!(run(confirm() + &add("./O", "o")), [own, rest]);
    }
}

#[test]
fn t30_a_tree_without_room_takes_everything_back() {
    let mut tree = Tree::new(&Limits {
        nodes: 4,
        ..Limits::DEFAULT
    });
    tree.set(
        ".",
        Node::interior(None).with_acl(acl("Add=*&Delete=*&Get=*&Replace=*")),
    )
    .unwrap();
    tree.set("./A", leaf("a")).unwrap();
    let before = tree.clone();
    let body = atomic(&[
        add("./B", "b"),
        replace("./A", "x"),
        add("./C", "c"),
        add("./D", "d"),
        add("./E", "e"),
    ]);
    assert_eq!(
        DESK.run(&mut tree, &body).codes(),
        [507, 216, 216, 216, 420, 215]
    );
    assert_eq!(tree, before);
    // What goes makes room.
    let body = atomic(&[
        add("./B", "b"),
        add("./C", "c"),
        delete("./A"),
        add("./D", "d"),
    ]);
    assert_eq!(DESK.run(&mut tree, &body).codes(), [200; 5]);
    assert_eq!(tree.len(), 4);
}

/// Runs up to the first question.
fn begun(tree: &mut Tree, body: &str) -> (Vec<omadm::Command>, Execution) {
    let commands = commands(body);
    let fits = |_: &[_]| true;
    let terms = DESK.terms(&|_| Verdict::Ask, &fits);
    let mut execution = Execution::new();
    let progress = execution
        .run(&commands, tree, &terms, &mut Vec::new())
        .unwrap();
    assert!(matches!(progress, Progress::Asked(_)));
    (commands, execution)
}

/// Goes on with the same reply to everything; the statuses, and how many questions there were.
fn ended(
    tree: &mut Tree,
    commands: &[omadm::Command],
    execution: &mut Execution,
    reply: Reply,
) -> (Vec<u16>, Vec<Question>) {
    let fits = |_: &[_]| true;
    let terms = DESK.terms(&|_| Verdict::Ask, &fits);
    let mut questions = Vec::new();
    loop {
        execution.reply(commands, reply.clone()).unwrap();
        match execution
            .run(commands, tree, &terms, &mut Vec::new())
            .unwrap()
        {
            Progress::Asked(question) => questions.push(question),
            Progress::Done => break,
        }
    }
    (
        execution
            .answers()
            .iter()
            .map(|answer| answer.code.0)
            .collect(),
        questions,
    )
}

#[test]
fn an_atomic_has_the_tree_for_itself() {
    let mut tree = tree();
    let (commands_of_first, mut first) = begun(
        &mut tree,
        &atomic(&[replace("./A", "x"), replace("./H1", "1")]),
    );
    assert!(tree.is_held() && first.may_change(&tree));
    let before = tree.clone();
    let others = [add("./N", "n"), atomic(&[add("./N", "n")]), get("./A")];
    for body in &others {
        let commands = commands(body);
        let fits = |_: &[_]| true;
        let terms = DESK.terms(&|_| Verdict::Ask, &fits);
        let mut second = Execution::new();
        assert!(!second.may_change(&tree));
        let refused = second.run(&commands, &mut tree, &terms, &mut Vec::new());
        assert_eq!(refused.unwrap_err().code(), Code::Busy);
        assert_eq!((second, &tree), (Execution::new(), &before));
    }
    // At rest it holds nothing, but goes on where it stood.
    let saved = postcard::to_allocvec(&first).unwrap();
    drop(first);
    assert!(!tree.is_held());
    first = postcard::from_bytes(&saved).unwrap();
    assert_eq!(
        ended(&mut tree, &commands_of_first, &mut first, ok()).0,
        [200, 200, 200]
    );
    assert!(!tree.is_held());
    assert_eq!(DESK.run(&mut tree, &others[1]).codes(), [200, 200]);
    assert_eq!(value(&tree, "./A"), "x");
}

#[test]
fn an_atomic_follows_what_the_host_changes_meanwhile() {
    for rests in [false, true] {
        let mut tree = tree();
        let (commands, mut execution) = begun(
            &mut tree,
            &atomic(&[
                replace("./A", "x"),
                add("./N", "m"),
                replace("./H1", "1"),
                delete("./B"),
            ]),
        );
        if rests {
            let saved = postcard::to_allocvec(&execution).unwrap();
            execution = postcard::from_bytes(&saved).unwrap();
        }
        tree.set("./B/New", leaf("host")).unwrap();
        tree.set("./Z", leaf("z")).unwrap();
        let revision = tree.revision();
        let (codes, _) = ended(&mut tree, &commands, &mut execution, ok());
        assert_eq!(codes, [200; 5]);
        assert_eq!(value(&tree, "."), "A/H1/H2/H3/N/Z");
        assert_eq!(value(&tree, "./A"), "x");
        assert_eq!(tree.revision(), revision + 1);
        assert_eq!(
            told(&tree.changes(revision).unwrap()),
            ["S Replace A", "S Add N", "S Replace H1", "S Delete B"]
        );
    }
}

#[test]
fn an_atomic_that_no_longer_fits_the_tree_fails() {
    type Meanwhile = fn(&mut Tree);
    let cases: [(Meanwhile, &str); 3] = [
        (|tree| assert_eq!(tree.remove("./B"), Ok(true)), "gone"),
        (
            |tree| {
                tree.remove("./A").unwrap();
                tree.set("./A/B", leaf("b")).unwrap();
            },
            "another kind",
        ),
        (
            |tree| {
                tree.remove("./B").unwrap();
                tree.set("./B", leaf("b")).unwrap();
            },
            "no room",
        ),
    ];
    for (meanwhile, case) in cases {
        for rests in [false, true] {
            let mut tree = tree();
            let body = atomic(&[
                replace("./A", "x"),
                add("./B/D", "d"),
                replace("./H1", "1"),
                replace("./H2", "2"),
                add("./N", "n"),
            ]);
            let (commands, mut execution) = begun(&mut tree, &body);
            if rests {
                let saved = postcard::to_allocvec(&execution).unwrap();
                execution = postcard::from_bytes(&saved).unwrap();
            }
            meanwhile(&mut tree);
            let changed = tree.clone();
            let (codes, questions) = ended(&mut tree, &commands, &mut execution, ok());
            // The host had written `H1`, and takes it back.
            assert_eq!(codes, [507, 216, 216, 500, 215, 215], "{case}");
            assert!(
                matches!(&questions[..], [Question::Undo(call)] if call.path == "H1"),
                "{questions:?}"
            );
            assert_eq!(tree, changed, "{case}");
            assert!(!tree.is_held());
        }
    }
}

#[test]
fn a_value_written_to_a_node_that_is_gone_meanwhile_is_404() {
    let mut tree = tree();
    let (commands, mut execution) = begun(&mut tree, &replace("./H1", "1"));
    tree.remove("./H1").unwrap();
    assert_eq!(ended(&mut tree, &commands, &mut execution, ok()).0, [404]);
    let (commands, mut execution) = begun(&mut tree, &replace("./H2", "1"));
    tree.remove("./H2").unwrap();
    tree.set("./H2/X", leaf("x")).unwrap();
    assert_eq!(ended(&mut tree, &commands, &mut execution, ok()).0, [405]);
    assert_eq!(value(&tree, "./H2/X"), "x");
}

#[test]
fn values_of_the_host_are_read_for_a_copy_inside() {
    let mut tree = tree();
    let body = atomic(&[
        crate::desk::copy("./H1", "./N"),
        replace("./N", "m"),
        replace("./A", "b"),
    ]);
    let ran = DESK.run_with(&mut tree, &body, &|question, _| match question {
        Question::Call(call) if call.kind == HostCallKind::Read => Reply::Value(leaf("now")),
        question => panic!("{question:?}"),
    });
    assert_eq!(ran.codes(), [200; 4]);
    assert_eq!(value(&tree, "./N"), "m");
}
