//! What each command does to a node, and the status of each outcome.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::ddf::{AccessType, AccessTypes};
use omadm::tree::{HostCallKind, ImplicitAdd, Owner, Question, Reply, Scope};
use omadm::{Data, Format, Limits, Node, StatusCode, Tree};

use crate::desk::{
    DESK, Desk, acl, add, add_node, code, copy, delete, exec, get, group, leaf, ok, one, open,
    replace, set, shown, target, value, with,
};

/// A tree with something of every kind.
fn tree() -> Tree {
    let mut tree = with(&[("./I/A", "a"), ("./I/B", "b"), ("./L", "l")]);
    let access = |types: &[AccessType]| AccessTypes::of(types);
    for (uri, node) in [
        ("./E", Node::interior(None)),
        ("./P", Node::interior(None).with_scope(Scope::Permanent)),
        ("./P/L", leaf("p").with_scope(Scope::Permanent)),
        ("./D/P", leaf("p").with_scope(Scope::Permanent)),
        ("./None", leaf("n").with_access(access(&[]))),
        (
            "./Closed",
            Node::interior(None).with_access(access(&[AccessType::Get])),
        ),
        (
            "./Closed/L",
            leaf("c").with_access(access(&[AccessType::Get])),
        ),
        ("./Denied", Node::interior(None).with_acl(acl("Exec=T"))),
        ("./Denied/L", leaf("d")),
        ("./Host", leaf("h").owned_by(Owner::Host)),
        ("./Go", Node::interior(None).owned_by(Owner::Host)),
    ] {
        tree.set(uri, node).unwrap();
    }
    tree
}

fn implicit() -> Desk {
    Desk {
        implicit_add: ImplicitAdd::Yes,
        ..DESK
    }
}

fn found(body: &str) -> Vec<String> {
    let ran = DESK.run(&mut tree(), body);
    assert_eq!(ran.codes(), [200], "{body}");
    ran.found()
}

#[test]
fn t17_get_finds_values_names_and_nothing_that_is_not_there() {
    for (uri, item) in [
        ("./L", "./L - - l"),
        ("L", "L - - l"),
        ("./I", "./I node - A/B"),
        ("./E", "./E node - "),
        (".", ". node - Closed/D/Denied/E/Go/Host/I/L/None/P"),
        // All names are listed, whoever may read the nodes.
        ("./Go", "./Go node - "),
    ] {
        assert_eq!(found(&get(uri)), [item]);
    }
    for (uri, status) in [
        ("./missing", 404),
        ("./L/below", 404),
        ("./I/missing", 404),
        ("./i", 404),
        ("./Denied", 425),
        ("./Denied/L", 425),
        ("./None", 405),
        ("", 400),
    ] {
        assert_eq!(code(&mut tree(), &get(uri)), status, "{uri}");
    }
}

#[test]
fn get_tells_format_and_type_unless_they_are_the_defaults() {
    let mut tree = open();
    for (name, format, mime, data, shown) in [
        ("A", "bool", "", "true", "./A bool - true"),
        (
            "B",
            "b64",
            "application/x",
            "AQI=",
            "./B bin application/x [1, 2]",
        ),
        ("C", "", "text/xml", "c", "./C - text/xml c"),
        ("D", "xml", "", "<a/>", "./D xml - <a/>"),
        ("E", "null", "", "", "./E null - "),
        ("F", "date", "", "2001-01-01", "./F date - 2001-01-01"),
        ("G", "float", "", "1.5", "./G float - 1.5"),
        ("H", "", "", "", "./H - - "),
    ] {
        let uri = format!("./{name}");
        assert_eq!(
            code(&mut tree, &set("Add", &uri, format, mime, data)),
            200,
            "{name}"
        );
        assert_eq!(DESK.run(&mut tree, &get(&uri)).found(), [shown]);
    }
}

#[test]
fn t11_add_makes_what_is_not_there() {
    for (body, status) in [
        (add("./N", "n"), 200),
        (add("./I/N", "n"), 200),
        (add("./P/N", "n"), 200),
        (add_node("./N"), 200),
        (add("./L", "n"), 418),
        (add("./I", "n"), 418),
        (add_node("./L"), 418),
        (add_node("./I"), 418),
        (add(".", "n"), 418),
        (add("./P", "n"), 418),
        (add("./Denied/N", "n"), 425),
        (add("./Closed/N", "n"), 405),
        (add("./L/N", "n"), 405),
        (add("./missing/N", "n"), 404),
        (set("Add", "./N", "nonsense", "", "n"), 415),
        (set("Add", "./N", "int", "", "n"), 415),
        (set("Add", "./N", "b64", "", "*"), 400),
        (one("Add", &target("./N")), 412),
    ] {
        assert_eq!(code(&mut tree(), &body), status, "{body}");
    }
    let mut tree = tree();
    let with_data = set("Add", "./N", "node", "", "ignored");
    assert_eq!(code(&mut tree, &with_data), 200);
    assert_eq!(value(&tree, "./N"), "");
    assert_eq!(code(&mut tree, &add("./N/L", "n")), 200);
}

#[test]
fn t12_parents_are_made_all_or_none_where_that_is_the_way() {
    assert_eq!(code(&mut tree(), &add("./X/Y/Z", "z")), 404);
    for (uri, status) in [
        ("./X/Y/Z", 200),
        ("./I/Y/Z", 200),
        ("./L/Y/Z", 405),
        ("./I/A/Z", 405),
        ("./Denied/Y/Z", 425),
        ("./Closed/Y/Z", 405),
    ] {
        let mut tree = tree();
        assert_eq!(implicit().code(&mut tree, &add(uri, "z")), status, "{uri}");
    }
    let mut tree = Tree::new(&Limits {
        nodes: 3,
        ..Limits::DEFAULT
    });
    assert_eq!(implicit().code(&mut tree, &add("./X/Y/Z", "z")), 420);
    assert_eq!(implicit().code(&mut tree, &add("./X/Y", "z")), 200);
    let mut tree = open();
    let ran = implicit().run(&mut tree, &add("./X/Y/Z", "z"));
    assert_eq!(ran.changed, ["Add X", "Add X/Y", "Add X/Y/Z"]);
}

#[test]
fn t13_replace_changes_what_is_there_and_makes_nothing() {
    for (body, status) in [
        (replace("./L", "n"), 200),
        (replace("./L", ""), 200),
        (replace("./P/L", "n"), 200),
        (replace("./missing", "n"), 404),
        (replace("./L/below", "n"), 404),
        (replace("./I", "n"), 405),
        (replace(".", "n"), 405),
        (replace("./None", "n"), 405),
        (replace("./Denied/L", "n"), 425),
        (set("Replace", "./L", "int", "", "n"), 415),
        (set("Replace", "./L", "node", "", "n"), 415),
        (set("Replace", "./L", "nonsense", "", "n"), 415),
        (one("Replace", &target("./L")), 412),
    ] {
        assert_eq!(code(&mut tree(), &body), status, "{body}");
    }
    assert_eq!(
        implicit().code(&mut tree(), &replace("./missing", "n")),
        404
    );
    let mut tree = tree();
    for (format, mime, data, shown) in [
        ("int", "text/x", "1", "./L int text/x 1"),
        ("", "", "1", "./L - - 1"),
        ("null", "", "gone", "./L null - "),
        ("b64", "", "AQI=", "./L bin - [1, 2]"),
        ("", "", "", "./L - - "),
    ] {
        assert_eq!(
            code(&mut tree, &set("Replace", "./L", format, mime, data)),
            200
        );
        assert_eq!(DESK.run(&mut tree, &get("./L")).found(), [shown]);
    }
}

#[test]
fn t14_delete_takes_everything_below_along_or_nothing() {
    for (uri, status) in [
        ("./L", 200),
        ("./I", 200),
        ("./I/A", 200),
        ("./E", 200),
        // Each is deletable, though not by itself.
        ("./Go", 200),
        (".", 405),
        ("./P", 405),
        ("./P/L", 405),
        // What is built in is below it.
        ("./D", 405),
        ("./Closed", 405),
        ("./None", 405),
        ("./Denied", 425),
        ("./Denied/L", 425),
        ("./missing", 404),
        ("./L/below", 404),
    ] {
        let mut tree = tree();
        assert_eq!(code(&mut tree, &delete(uri)), status, "{uri}");
        assert_eq!(
            tree.find(uri).unwrap().is_none(),
            matches!(status, 200 | 404)
        );
    }
    let mut tree = tree();
    tree.set(
        "./W/L",
        leaf("w").with_access(AccessTypes::of(&[AccessType::Get])),
    )
    .unwrap();
    assert_eq!(code(&mut tree, &delete("./W/L")), 405);
    assert_eq!(code(&mut tree, &delete("./W")), 200);
    let ran = DESK.run(&mut tree, &delete("./I"));
    assert_eq!(ran.changed, ["Delete I"]);
}

#[test]
fn t16_exec_is_for_the_host_to_do() {
    for (uri, status) in [
        ("./L", 405),
        ("./I", 405),
        (".", 405),
        ("./missing", 404),
        ("./None", 405),
        ("./Denied/L", 425),
    ] {
        assert_eq!(code(&mut tree(), &exec(uri)), status, "{uri}");
    }
    let mut tree = tree();
    tree.set(
        "./No",
        leaf("n")
            .owned_by(Owner::Host)
            .with_access(AccessTypes::of(&[AccessType::Get])),
    )
    .unwrap();
    assert_eq!(code(&mut tree, &exec("./No")), 405);
    let before = tree.clone();
    for (status, answered) in [(200, 200), (202, 202), (403, 403), (500, 500), (510, 510)] {
        let body = set("Exec", "./Go", "int", "text/x", "7");
        let ran = DESK.run_with(&mut tree, &body, &|question, _| {
            let Question::Call(call) = question else {
                panic!("{question:?}");
            };
            assert_eq!((call.kind, &*call.path), (HostCallKind::Exec, "Go"));
            assert_eq!(call.data, Some(Data::Text("7".into())));
            assert_eq!(call.format.as_deref(), Some("int"));
            assert_eq!(call.mime.as_deref(), Some("text/x"));
            Reply::Status(StatusCode(status), Vec::new())
        });
        assert_eq!(ran.codes(), [answered]);
        assert_eq!(ran.asked.len(), 1);
        assert_eq!(tree, before);
    }
}

#[test]
fn copies_are_new_nodes_with_the_same_values() {
    for (from, to, status) in [
        ("./L", "./N", 200),
        ("./L", "./I/A", 200),
        ("./I", "./N", 200),
        ("./I", "./E/N", 200),
        ("./E", "./N", 200),
        ("./missing", "./N", 404),
        ("./L", "./missing/N", 404),
        ("./L", "./L/N", 403),
        ("./L", "./I", 418),
        ("./I", "./E", 418),
        ("./I", "./L", 403),
        ("./L", "./L", 403),
        ("./I", "./I/N", 403),
        ("./I", "./I", 403),
        (".", "./N", 425),
        ("./L", "./Host", 403),
        ("./None", "./N", 405),
        ("./Denied", "./N", 425),
        ("./L", "./Denied/N", 425),
        ("./L", "./Denied/L", 425),
        ("./L", "./Closed/N", 405),
        ("./L", "./Closed/L", 405),
        ("./L", "./None", 405),
    ] {
        assert_eq!(code(&mut tree(), &copy(from, to)), status, "{from} {to}");
    }
    let mut tree = tree();
    assert_eq!(code(&mut tree, &replace("./I/A?prop=Title", "t")), 200);
    assert_eq!(code(&mut tree, &replace("./I/A?prop=ACL", "Get=*")), 200);
    let ran = DESK.run(&mut tree, &copy("./I", "./E/N"));
    assert_eq!(ran.changed, ["Copy E/N", "Copy E/N/A", "Copy E/N/B"]);
    assert_eq!(value(&tree, "./E/N/A"), "a");
    for (property, text) in [("Title", ""), ("ACL", ""), ("VerNo", "0"), ("Name", "A")] {
        assert_eq!(value(&tree, &format!("./E/N/A?prop={property}")), text);
    }
    // A copy over a leaf changes its value alone.
    let ran = DESK.run(&mut tree, &copy("./L", "./E/N/B"));
    assert_eq!(
        (ran.codes(), ran.changed),
        (vec![200], vec!["Copy E/N/B".to_owned()])
    );
    assert_eq!(value(&tree, "./E/N/B?prop=VerNo"), "1");
    assert_eq!(value(&tree, "./E/N/B"), "l");
    // What is built in is copied as what servers make.
    assert_eq!(code(&mut tree, &copy("./P", "./Q")), 200);
    assert_eq!(code(&mut tree, &delete("./Q")), 200);
}

#[test]
fn the_host_is_asked_for_its_values_and_told_what_to_write() {
    let now = || Reply::Value(leaf("now"));
    let read = |question: &Question, _: usize| match question {
        Question::Call(call) if call.kind == HostCallKind::Read => now(),
        Question::Call(call) => {
            assert_eq!((call.kind, &*call.path), (HostCallKind::Write, "Host"));
            assert_eq!(call.data, Some(Data::Text("new".into())));
            ok()
        }
        question => panic!("{question:?}"),
    };
    for (body, found) in [
        (get("./Host"), vec!["./Host - - now"]),
        (get("./Host?prop=Name"), vec!["./Host?prop=Name - - Host"]),
        (get("./Host?list=StructData"), vec!["./Host - - now"]),
        (copy("./Host", "./N"), vec![]),
        (replace("./Host", "new"), vec![]),
    ] {
        let mut tree = tree();
        let ran = DESK.run_with(&mut tree, &body, &read);
        assert_eq!(
            (ran.codes(), ran.found()),
            (
                vec![200],
                found.iter().map(|&text| text.to_owned()).collect()
            )
        );
        assert_eq!(ran.asked.len(), usize::from(!body.contains("prop")));
        if body.starts_with("<Copy") {
            assert_eq!(value(&tree, "./N"), "now");
        }
    }
    for (body, status) in [
        (get("./Host"), 500),
        (get(".?list=StructData"), 500),
        (copy("./Host", "./N"), 500),
        (replace("./Host", "new"), 500),
    ] {
        let mut tree = tree();
        let before = tree.clone();
        let ran = DESK.run_with(&mut tree, &body, &|_, _| crate::desk::failed());
        assert_eq!(ran.codes(), [status], "{body}");
        assert_eq!((tree, ran.found().len()), (before, 0));
    }
}

#[test]
fn t29_a_reply_of_the_wrong_kind_leaves_the_question_open() {
    use omadm::Code;
    use omadm::tree::{Execution, Progress, Verdict};
    let mut tree = tree();
    let wrong = |reply| matches!(reply, Reply::Value(_));
    for (body, wrong_replies, right) in [
        (
            get("./Host"),
            vec![ok(), Reply::Value(Node::interior(None))],
            Reply::Value(leaf("x")),
        ),
        (replace("./Host", "x"), vec![Reply::Value(leaf("x"))], ok()),
        (exec("./Go"), vec![Reply::Value(leaf("x"))], ok()),
    ] {
        let commands = crate::desk::commands(&body);
        let fits = |_: &[_]| true;
        let terms = DESK.terms(&|_| Verdict::Ask, &fits);
        let mut execution = Execution::new();
        assert_eq!(
            execution.reply(&commands, ok()).unwrap_err().code(),
            Code::State
        );
        let progress = execution
            .run(&commands, &mut tree, &terms, &mut Vec::new())
            .unwrap();
        assert!(matches!(progress, Progress::Asked(_)));
        let refused = execution.run(&commands, &mut tree, &terms, &mut Vec::new());
        assert_eq!(refused.unwrap_err().code(), Code::State);
        let before = execution.clone();
        for reply in wrong_replies {
            let _ = wrong(reply.clone());
            assert_eq!(
                execution.reply(&commands, reply).unwrap_err().code(),
                Code::Arg
            );
            assert_eq!(execution, before);
        }
        execution.reply(&commands, right).unwrap();
        let progress = execution
            .run(&commands, &mut tree, &terms, &mut Vec::new())
            .unwrap();
        assert_eq!(progress, Progress::Done);
        assert_eq!(execution.answers()[0].code, StatusCode::OK);
    }
}

#[test]
fn t28_items_are_independent_of_each_other() {
    let item = |uri: &str| format!("<Item>{}<Data>n</Data></Item>", target(uri));
    let body = format!(
        "<Add><CmdID/>{}{}{}</Add>",
        item("./N"),
        item("./L"),
        item("./N/X")
    );
    let mut tree = tree();
    let ran = DESK.run(&mut tree, &body);
    assert_eq!(ran.codes(), [200, 418, 405]);
    let targets: Vec<_> = ran
        .answers
        .iter()
        .map(|answer| answer.target_ref.clone().unwrap())
        .collect();
    assert_eq!(targets, ["./N", "./L", "./N/X"]);
    assert_eq!(value(&tree, "./N"), "n");
    let body = format!("<Get><CmdID/>{}{}</Get>", item("./L"), item("./N"));
    let ran = DESK.run(&mut tree, &body);
    assert_eq!(ran.codes(), [200]);
    assert_eq!(ran.found(), ["./L - - l", "./N - - n"]);
    assert_eq!(DESK.codes(&mut tree, "<Get><CmdID/></Get>"), [412]);
}

#[test]
fn t10_a_sequence_goes_on_behind_what_fails() {
    let mut tree = tree();
    let body = group(
        "Sequence",
        &[add("./N", "n"), get("./missing"), replace("./N", "m")],
    );
    assert_eq!(DESK.run(&mut tree, &body).codes(), [200, 200, 404, 200]);
    assert_eq!(value(&tree, "./N"), "m");
    let inner = group("Sequence", &[add("./N", "n"), delete("./N")]);
    let body = group("Sequence", &[inner, add("./N", "o"), get("./N")]);
    assert_eq!(
        DESK.run(&mut tree, &body).codes(),
        [200, 200, 418, 200, 200, 200]
    );
    assert_eq!(value(&tree, "./N"), "o");
    assert_eq!(DESK.run(&mut tree, &group("Sequence", &[])).codes(), [200]);
}

#[test]
fn t22_a_full_tree_says_so_and_goes_on() {
    let mut tree = Tree::new(&Limits {
        nodes: 1001,
        ..Limits::DEFAULT
    });
    tree.set(
        ".",
        Node::interior(None).with_acl(acl("Add=*&Delete=*&Get=*&Replace=*")),
    )
    .unwrap();
    let mut codes = Vec::new();
    for at in 0..1100 {
        codes.push(code(&mut tree, &add(&format!("./N{at}"), "n")));
    }
    assert!(codes[..1000].iter().all(|code| *code == 200));
    assert!(codes[1000..].iter().all(|code| *code == 420));
    assert_eq!(tree.len(), 1001);
    assert_eq!(code(&mut tree, &copy("./N1", "./M")), 420);
    assert_eq!(code(&mut tree, &replace("./N1", "m")), 200);
    assert_eq!(code(&mut tree, &replace("./N1?prop=Name", "M")), 200);
    assert_eq!(code(&mut tree, &delete("./N2")), 200);
    assert_eq!(code(&mut tree, &add("./N2", "n")), 200);
    assert_eq!(code(&mut tree, &add("./N3000", "n")), 420);
    assert!(tree.set("./N3000", leaf("n")).is_err());
    let restored = Tree::restore(&tree.save().unwrap(), &[], &Limits::DEFAULT).unwrap();
    assert_eq!(restored, tree);
}

#[test]
fn values_must_be_of_their_format() {
    let mut tree = tree();
    let before = shown(&tree);
    for (format, bad) in [
        ("int", "1.0"),
        ("int", ""),
        ("int", "+1"),
        ("int", "2147483648"),
        ("bool", "1"),
        ("bool", "True"),
    ] {
        for command in [
            set("Add", "./N", format, "", bad),
            set("Replace", "./L", format, "", bad),
        ] {
            assert_eq!(code(&mut tree, &command), 415, "{command}");
        }
    }
    assert_eq!(shown(&tree), before);
    assert!(Node::leaf(Format::Node, None, None).is_err());
}
