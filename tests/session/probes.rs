//! Neighbours of what other tests try: options, alerts, groups and answers that are nearly right.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    AlertCode, ClientAlert, ClientEvent, Code, Command, Data, Interaction, InteractionKind, Limits,
    NewCommand, Scheme, ServerEvent, UiCommand, UiOptions,
};

use crate::commands::{get, run, tree, value};
use crate::interaction::{answer, choose};
use crate::pair::{Setup, bruce, leaf};
use crate::peer::{BASIC, Device, PACKAGE_1, cred, of_header, reply, request, trusting};
use crate::say::{codes, others};

fn alert(data: &str) -> ClientAlert {
    ClientAlert {
        code: AlertCode::GENERIC_ALERT,
        alert_type: "urn:oma:at:probe:1.0:happened".to_owned(),
        format: None,
        mark: None,
        source: None,
        target: None,
        correlator: None,
        data: Data::Text(data.to_owned()),
    }
}

fn shown(options: &str) -> UiOptions {
    let mut device = Device::new(&Setup::default());
    device.say();
    let body = format!(
        "<Alert><CmdID>2</CmdID><Data>1102</Data><Item><Data>{options}</Data></Item><Item><Data>t</Data></Item></Alert>"
    );
    match &device.hear(&reply(1, "", &body))[..] {
        [ClientEvent::Interaction { command, .. }] => command.options.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_option_that_means_nothing_is_skipped_and_leaves_the_others_alone() {
    let ten = UiOptions {
        min_display: Some(10),
        ..UiOptions::default()
    };
    for options in [
        "MINDT=10",
        "MINDT=10&amp;MINDT=x",
        "MINDT=10&amp;mindt=7",
        "MINDT=10&amp;DR",
        "&amp;&amp;MINDT=10&amp;=1&amp;",
        "%4DINDT=10",
        "MINDT=10&amp;MAXDT=4294967296",
        "MINDT=10&amp;MAXDT=-3",
        "MINDT=10&amp;MAXDT=%2B3",
        "MINDT=10&amp;MAXDT=0",
        "MINDT=10&amp;MAXDT=1.5",
        "MINDT=10&amp;MAXLEN=",
        "MINDT=10&amp;IT=n",
        "MINDT=10&amp;IT=NN",
        "MINDT=10&amp;ET=X",
        "MINDT=10&amp;DR=%FF",
        "MINDT=10&amp;DR=%00",
        "MINDT=10&amp;DR=a%ef%bf%bf",
        "MINDT=10;MAXDT=2&amp;MINDT=10",
    ] {
        assert_eq!(shown(options), ten, "{options}");
    }
}

#[test]
fn what_cannot_be_shown_is_406_however_it_is_written() {
    for (body, of_all, of_one) in [
        ("<Data>1101</Data><Item/>", 412, 412),
        (
            "<Data>1103</Data><Item/><Item><Data>t</Data></Item>",
            412,
            406,
        ),
        ("<Data>1100</Data>", 412, 406),
        ("", 412, 412),
        ("<Data>1226</Data>", 406, 406),
        ("<Data>222</Data>", 406, 406),
        ("<Data>1201</Data>", 406, 406),
    ] {
        let one = vec![InteractionKind::Confirm];
        for (interactions, code) in [(Setup::default().interactions, of_all), (one, of_one)] {
            let mut device = Device::new(&Setup {
                interactions,
                ..Setup::default()
            });
            device.say();
            let body = format!("<Alert><CmdID>2</CmdID>{body}</Alert>");
            device.hear(&reply(1, "", &body));
            assert_eq!(codes(&device.say()), [200, code], "{body}");
        }
    }
}

#[test]
fn s17_an_abort_inside_a_group_is_one() {
    for group in ["Sequence", "Atomic"] {
        let setup = Setup {
            tree: tree(),
            ..Setup::default()
        };
        let mut device = Device::new(&setup);
        device.say();
        let body = format!(
            "<{group}><CmdID>2</CmdID><Replace><CmdID>3</CmdID><Item><Target><LocURI>./E</LocURI></Target><Data>x</Data></Item></Replace>\
            <Alert><CmdID>4</CmdID><Data>1223</Data></Alert></{group}>"
        );
        let events = device.hear(&reply(1, "", &body));
        assert!(
            matches!(events.last(), Some(ClientEvent::Aborted { .. })),
            "{events:?}"
        );
        assert!(device.next().is_none());
        assert_eq!(value(&device.tree, "./E").as_deref(), Some("e"));
    }
}

#[test]
fn s17_an_abort_is_one_whatever_its_number() {
    for cmd_id in [
        "",
        "<CmdID>0</CmdID>",
        "<CmdID>1</CmdID>",
        "<CmdID>7</CmdID>",
    ] {
        let mut desk = trusting();
        desk.server.push(get(&["./A"])).unwrap();
        let body = format!("{PACKAGE_1}<Alert>{cmd_id}<Data>1223</Data></Alert>");
        let heard = desk.hear(&request(1, "", &body));
        assert!(
            heard.out.done && others(&heard.message).is_empty(),
            "{cmd_id}"
        );
        let code = if cmd_id.contains('7') { 200 } else { 400 };
        assert_eq!(codes(&heard.message), [200, 200, 200, code]);
        assert!(matches!(
            heard.events.last(),
            Some(ServerEvent::Aborted { .. })
        ));
    }
}

#[test]
fn alerts_stay_unanswered_where_the_host_aborts() {
    let mut device = Device::new(&Setup::default());
    device.client.raise(alert("a")).unwrap();
    device.say();
    device.client.raise(alert("b")).unwrap();
    let events = device.client.abort(None);
    assert!(
        matches!(
            &events[..],
            [
                ClientEvent::Unanswered { alert: 0 },
                ClientEvent::Unanswered { alert: 1 },
                ClientEvent::Aborted { .. }
            ]
        ),
        "{events:?}"
    );
}

#[test]
fn the_status_of_an_alert_counts_though_the_server_aborts() {
    let mut device = Device::new(&Setup::default());
    device.client.raise(alert("a")).unwrap();
    let said = device.say();
    let cmd_id = said
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Alert(alert) if alert.code == Some(AlertCode::GENERIC_ALERT) => {
                alert.cmd_id.clone()
            }
            _ => None,
        })
        .unwrap();
    let body = format!(
        "{}<Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>{cmd_id}</CmdRef><Cmd>Alert</Cmd><Data>202</Data></Status>\
        <Alert><CmdID>3</CmdID><Data>1223</Data></Alert>",
        of_header(1, 200, "")
    );
    let events = device.hear(&reply(1, "", &body));
    assert!(
        matches!(
            &events[..],
            [
                ClientEvent::Answered { alert: 0, .. },
                ClientEvent::Aborted { .. }
            ]
        ),
        "{events:?}"
    );
}

#[test]
fn more_commands_than_a_message_holds_go_into_several() {
    let limits = Limits {
        commands: 20,
        ..Limits::DEFAULT
    };
    let run = Setup {
        tree: tree(),
        limits,
        commands: (0..50).map(|_| (1, get(&["./E"]))).collect(),
        ..Setup::default()
    }
    .run();
    let found = run
        .server_events
        .iter()
        .filter(|event| matches!(event, ServerEvent::Results { .. }));
    assert_eq!(found.count(), 50);
}

#[test]
fn more_items_than_a_message_holds_go_into_several() {
    let limits = Limits {
        items: 20,
        ..Limits::DEFAULT
    };
    let mut tree = tree();
    for index in 0..50 {
        tree.set(&format!("./L/{index}"), leaf("x")).unwrap();
    }
    let run = Setup {
        tree,
        limits,
        commands: vec![(1, get(&["./L?list=StructData"]))],
        ..Setup::default()
    }
    .run();
    let found: usize = run
        .server_events
        .iter()
        .map(|event| match event {
            ServerEvent::Results { items, .. } => items.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(found, 51);
}

#[test]
fn a_refusal_of_an_unproven_server_holds_nothing_but_statuses() {
    let setup = Setup {
        server: bruce(&[Scheme::Basic]),
        ..Setup::default()
    };
    let mut device = Device::new(&setup);
    device.say();
    device.client.raise(alert("secret")).unwrap();
    let body = format!(
        "{}<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>",
        of_header(1, 200, "")
    );
    device.hear(&reply(1, "", &body));
    let said = device.say();
    assert_eq!(codes(&said), [407, 407]);
    assert!(others(&said).is_empty(), "{:?}", others(&said));
    // Once it has proved itself, it is told.
    device.hear(&reply(
        2,
        &cred("basic", BASIC),
        "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>",
    ));
    let said = device.say();
    assert_eq!(codes(&said), [212, 200]);
    assert_eq!(others(&said), ["Results", "1226"]);
}

#[test]
fn the_meta_of_a_group_holds_for_the_commands_inside() {
    let meta = "<Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>";
    for (group, own, format) in [
        ("Atomic", "", "int"),
        ("Sequence", "", "int"),
        (
            "Atomic",
            "<Meta><Format xmlns=\"syncml:metinf\">chr</Format></Meta>",
            "chr",
        ),
        (
            "Atomic",
            "<Meta><Type xmlns=\"syncml:metinf\">a/b</Type></Meta>",
            "int",
        ),
    ] {
        let setup = Setup {
            tree: tree(),
            ..Setup::default()
        };
        let mut device = Device::new(&setup);
        device.say();
        let body = format!(
            "<{group}><CmdID>2</CmdID>{meta}<Add><CmdID>3</CmdID>{own}<Item><Target><LocURI>./N</LocURI></Target><Data>7</Data></Item></Add></{group}>"
        );
        device.hear(&reply(1, "", &body));
        assert_eq!(codes(&device.say()), [200, 200, 200]);
        let Some(omadm::tree::Found::Leaf(node)) = device.tree.find("./N").unwrap() else {
            panic!("no leaf")
        };
        assert_eq!(node.format().name(), format, "{group} {own}");
    }
}

#[test]
fn dev_info_that_comes_later_is_taken_and_not_kept() {
    let mut desk = trusting();
    desk.server.push(crate::peer::get("./A")).unwrap();
    desk.hear(&request(1, "", PACKAGE_1));
    let before = desk.server.save().unwrap().state.len();
    for msg_id in 2..12 {
        desk.server.push(crate::peer::get("./A")).unwrap();
        let item = format!(
            "<Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Ext/{msg_id}</LocURI></Source><Data>{}</Data></Item></Replace>",
            "x".repeat(1000)
        );
        let heard = desk.hear(&request(msg_id, "", &item));
        assert_eq!(codes(&heard.message), [200, 200]);
    }
    let after = desk.server.save().unwrap().state.len();
    assert!(after < before + 2000, "{before} {after}");
}

#[test]
fn what_no_device_could_offer_cannot_be_pushed() {
    let ask = |interaction, default: &str| {
        NewCommand::Interaction(UiCommand {
            interaction,
            text: "?".to_owned(),
            options: UiOptions {
                default: Some(default.to_owned()),
                ..UiOptions::default()
            },
        })
    };
    for bad in [
        ask(Interaction::Input, "\0"),
        ask(Interaction::Input, "a\u{ffff}"),
        ask(choose(true), "1-4"),
    ] {
        let error = trusting().server.push(bad.clone()).unwrap_err();
        assert!(matches!(error.code(), Code::Arg | Code::Char), "{bad:?}");
    }
}

#[test]
fn s19_commands_of_data_synchronization_are_405_and_unknown_ones_400() {
    for (name, code) in [
        ("Map", 405),
        ("Move", 405),
        ("Put", 405),
        ("Search", 405),
        ("Sync", 405),
        ("Puts", 400),
    ] {
        let body = format!("{PACKAGE_1}<{name}><CmdID>3</CmdID></{name}>");
        let heard = trusting().hear(&request(1, "", &body));
        assert_eq!(codes(&heard.message), [200, 200, 200, code], "{name}");
    }
}

#[test]
fn a_status_for_all_items_names_none_of_them() {
    let said = |uris: &[&str]| {
        let run = run(vec![get(uris)], vec![]);
        let mut uris = run
            .server_events
            .into_iter()
            .filter_map(|event| match event {
                ServerEvent::Status { uri, item, .. } => Some((uri, item)),
                _ => None,
            });
        (uris.next().unwrap(), uris.next())
    };
    assert_eq!(said(&["./E"]), ((Some("./E".to_owned()), None), None));
    assert_eq!(said(&["./E", "./A/B"]), ((None, None), None));
    let (first, second) = said(&["./E", "./X"]);
    assert_eq!(first, (Some("./E".to_owned()), Some(0)));
    assert_eq!(second, Some((Some("./X".to_owned()), Some(1))));
}

#[test]
fn package_1_goes_into_several_messages_where_one_holds_too_few_commands() {
    let limits = Limits {
        commands: 20,
        ..Limits::DEFAULT
    };
    let run = Setup {
        limits,
        alerts: (0..20)
            .map(|index| (1, alert(&index.to_string())))
            .collect(),
        ..Setup::default()
    }
    .run();
    let heard = run
        .server_events
        .iter()
        .filter(|event| matches!(event, ServerEvent::Alert { .. }));
    let answered = run
        .client_events
        .iter()
        .filter(|event| matches!(event, ClientEvent::Answered { .. }));
    assert_eq!((heard.count(), answered.count()), (20, 20));
    assert!(
        run.messages
            .iter()
            .all(|message| message.commands.len() <= 20)
    );
}

#[test]
fn a_group_of_more_commands_than_a_message_holds_is_set_aside() {
    let limits = Limits {
        commands: 20,
        ..Limits::DEFAULT
    };
    let config = crate::peer::config(omadm::Binding::Transport, limits);
    let trusted = omadm::Party::Transport;
    let mut desk = crate::peer::Desk::new(&trusted, &trusted, config);
    let many = |count| NewCommand::Sequence(vec![get(&["./E"]); count]);
    for count in [25, 19, 10] {
        desk.server.push(many(count)).unwrap();
    }
    let heard = desk.hear(&request(1, "", PACKAGE_1));
    assert_eq!(heard.out.too_large, [0, 1]);
    assert_eq!(others(&heard.message), ["Sequence"]);
}

#[test]
fn what_is_shown_and_typed_comes_through_octet_for_octet() {
    for said in [
        "  two  words ",
        "a\r\nb\tc\r",
        "\n",
        "]]>&amp;",
        "\u{1f600} ü",
        "<b>bold</b>",
    ] {
        let asked = UiCommand {
            interaction: Interaction::Choose {
                choices: vec![said.to_owned(), said.to_owned()],
                multiple: true,
            },
            text: said.to_owned(),
            options: UiOptions::default(),
        };
        let typed = UiCommand {
            interaction: Interaction::Input,
            options: UiOptions {
                default: Some(said.to_owned()),
                ..UiOptions::default()
            },
            ..asked.clone()
        };
        let run = run(
            vec![
                NewCommand::Interaction(asked.clone()),
                NewCommand::Interaction(typed.clone()),
            ],
            vec![answer(&["2", "1"]), answer(&[said])],
        );
        let shown: Vec<_> = run
            .client_events
            .iter()
            .filter_map(|event| match event {
                ClientEvent::Interaction { command, .. } => Some(command),
                _ => None,
            })
            .collect();
        assert_eq!(shown, [&asked, &typed]);
        let data: Vec<_> = run
            .server_events
            .iter()
            .filter_map(|event| match event {
                ServerEvent::Status { data, .. } => Some(data.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(data, [vec!["2", "1"], vec![said]]);
    }
}

#[test]
fn p18_the_meta_of_results_holds_for_their_items() {
    let mut desk = trusting();
    desk.server.push(get(&["./A", "./B", "./C"])).unwrap();
    desk.hear(&request(1, "", PACKAGE_1));
    let part =
        |name: &str, value: &str| format!("<{name} xmlns=\"syncml:metinf\">{value}</{name}>");
    let item = |uri: &str, meta: &str| {
        format!("<Item><Source><LocURI>{uri}</LocURI></Source>{meta}<Data>1</Data></Item>")
    };
    let own = format!("<Meta>{}</Meta>", part("Format", "int"));
    let long = format!("<Meta>{}</Meta>", part("Type", &"t".repeat(300)));
    let around = [part("Format", "chr"), part("Type", "a/b")].concat();
    let body = format!(
        "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Get</Cmd><Data>200</Data></Status>\
        <Results><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Meta>{around}</Meta>{}{}{}</Results>",
        item("./A", ""),
        item("./B", &own),
        item("./C", &long)
    );
    let heard = desk.hear(&request(2, "", &body));
    let items = heard.events.iter().find_map(|event| match event {
        ServerEvent::Results { items, .. } => Some(items),
        _ => None,
    });
    let said: Vec<_> = items
        .unwrap()
        .iter()
        .map(|item| {
            let meta = item.meta.as_ref().unwrap();
            (
                meta.format.as_deref().unwrap(),
                meta.mime.as_ref().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(said, [("chr", 3), ("int", 3), ("chr", 300)]);
}
