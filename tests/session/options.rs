//! What may be asked of a user and how, and what users can answer (DM protocol, sections 10.2 and 10.3).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{
    ClientEvent, Code, Command, Data, Interaction, NewCommand, Outcome, UiCommand, UiOptions,
};

use crate::commands::{ask, run};
use crate::interaction::{answer, choose};
use crate::pair::{Setup, outcome};
use crate::peer::{Device, PACKAGE_1, reply, request, trusting};
use crate::say::codes;

#[test]
fn every_option_of_section_10_3_comes_to_the_host_and_what_is_of_no_use_does_not() {
    let all = |default: Option<&str>| UiOptions {
        min_display: Some(10),
        max_display: Some(20),
        default: default.map(str::to_owned),
        max_length: Some(30),
        input_type: Some('N'),
        echo: Some('P'),
    };
    let of_others = |default: Option<&str>| UiOptions {
        max_length: None,
        input_type: None,
        echo: None,
        ..all(default)
    };
    for (interaction, outcome, sent, shown) in [
        (
            Interaction::Display,
            outcome(200),
            all(Some("x")),
            of_others(None),
        ),
        (
            Interaction::Confirm,
            outcome(200),
            all(Some("1")),
            of_others(Some("1")),
        ),
        (
            Interaction::Input,
            answer(&["John Doe"]),
            all(Some("John Doe & co = 100%+")),
            all(Some("John Doe & co = 100%+")),
        ),
        (
            choose(false),
            answer(&["3"]),
            all(Some("3")),
            of_others(Some("3")),
        ),
        (
            choose(true),
            answer(&["2", "3"]),
            all(Some("2-3")),
            of_others(Some("2-3")),
        ),
    ] {
        let command = |options| UiCommand {
            interaction: interaction.clone(),
            text: "Which? <&>".to_owned(),
            options,
        };
        let run = run(vec![NewCommand::Interaction(command(sent))], vec![outcome]);
        assert_eq!(
            run.client_events[0],
            ClientEvent::Interaction {
                ticket: 1,
                command: command(shown)
            }
        );
        let Command::Alert(alert) = &run.messages[1].commands[3] else {
            panic!("no alert")
        };
        // Options, text, choices, in this order.
        let texts: Vec<_> = alert
            .items
            .iter()
            .map(|item| {
                item.data
                    .as_ref()
                    .and_then(Data::as_text)
                    .unwrap_or_default()
            })
            .collect();
        assert!(texts[0].starts_with("MINDT=10&MAXDT=20&DR="), "{texts:?}");
        assert_eq!(texts[1], "Which? <&>");
        let has_choices = matches!(interaction, Interaction::Choose { .. });
        let choices = ["Red", "Green", "Blue"];
        assert_eq!(texts[2..], choices[..if has_choices { 3 } else { 0 }]);
    }
}

#[test]
fn p19_p20_alerts_of_other_servers_are_shown_as_far_as_they_can_be() {
    let item = |text: &str| format!("<Item><Data>{text}</Data></Item>");
    for (code, items, said, options) in [
        (1100, ["<Item/>".to_owned(), item("t")].concat(), None, ""),
        (
            1100,
            [
                item("MINDT=x&amp;FOO=1&amp;MAXDT=7&amp;DR=1"),
                item("t"),
                item("odd"),
            ]
            .concat(),
            None,
            "7",
        ),
        (1101, [item("DR=7"), item("t")].concat(), None, ""),
        (
            1103,
            [item("DR=2"), item("t"), item("a")].concat(),
            None,
            "",
        ),
        (
            1104,
            [item("DR=2-1"), item("t"), item("a"), item("b")].concat(),
            None,
            "2-1",
        ),
        (
            1102,
            [item("IT=X&amp;ET=P&amp;MAXLEN=-1"), item("t")].concat(),
            None,
            "P",
        ),
        (1100, String::new(), Some(412), ""),
        (1101, item("MINDT=1"), Some(412), ""),
        (1101, ["<Item/>", "<Item/>"].concat(), Some(412), ""),
        (
            1103,
            ["<Item/>".to_owned(), item("t")].concat(),
            Some(412),
            "",
        ),
        (
            1105,
            ["<Item/>".to_owned(), item("t")].concat(),
            Some(406),
            "",
        ),
        (1199, String::new(), Some(406), ""),
    ] {
        let mut device = Device::new(&Setup::default());
        device.say();
        let body = format!("<Alert><CmdID>2</CmdID><Data>{code}</Data>{items}</Alert>");
        let events = device.hear(&reply(1, "", &body));
        match events.first() {
            Some(ClientEvent::Interaction { ticket, command }) => {
                assert_eq!(said, None, "{body}");
                assert_eq!(command.text, "t");
                let UiOptions {
                    min_display,
                    max_display,
                    default,
                    max_length,
                    input_type,
                    echo,
                } = &command.options;
                assert_eq!((min_display, max_length, input_type), (&None, &None, &None));
                let shown: String = max_display
                    .map(|seconds| seconds.to_string())
                    .into_iter()
                    .chain(default.clone())
                    .chain(echo.map(String::from))
                    .collect();
                assert_eq!(shown, options, "{body}");
                device
                    .client
                    .complete(&mut device.tree, *ticket, &outcome(214))
                    .unwrap();
                assert_eq!(codes(&device.say()), [200, 214]);
            }
            _ => assert_eq!(codes(&device.say()).get(1).copied(), said, "{body}"),
        }
    }
}

#[test]
fn answers_that_no_user_can_give_are_refused_and_the_ticket_stays_open() {
    for (interaction, wrong, right) in [
        (
            Interaction::Display,
            vec![answer(&["x"]), outcome(304)],
            outcome(200),
        ),
        (Interaction::Confirm, vec![answer(&["1"])], outcome(304)),
        (
            Interaction::Input,
            vec![
                answer(&[]),
                answer(&["a", "b"]),
                answer(&["\u{1}"]),
                outcome(304),
            ],
            answer(&["a"]),
        ),
        (
            choose(false),
            vec![
                answer(&[]),
                answer(&["0"]),
                answer(&["4"]),
                answer(&["Red"]),
                answer(&["1", "2"]),
                answer(&[" 1"]),
            ],
            answer(&["3"]),
        ),
        (
            choose(true),
            vec![
                answer(&["1", "1"]),
                answer(&["3", "4"]),
                answer(&["1-2"]),
                answer(&["99999999999"]),
            ],
            answer(&["3", "2", "1"]),
        ),
    ] {
        let setup = Setup::default();
        let mut device = Device::new(&setup);
        device.say();
        let alert = {
            let mut desk = trusting();
            desk.server.push(ask(interaction.clone())).unwrap();
            let heard = desk.hear(&request(1, "", PACKAGE_1));
            heard
                .message
                .commands
                .into_iter()
                .find_map(|command| match command {
                    Command::Alert(alert) => Some(alert),
                    _ => None,
                })
        }
        .unwrap();
        let items: String = alert
            .items
            .iter()
            .map(|item| match &item.data {
                Some(data) => format!("<Item><Data>{}</Data></Item>", data.as_text().unwrap()),
                None => "<Item/>".to_owned(),
            })
            .collect();
        let code = alert.code.unwrap();
        let body = format!("<Alert><CmdID>2</CmdID><Data>{code}</Data>{items}</Alert>");
        device.hear(&reply(1, "", &body));
        for wrong in wrong {
            let before = device.client.save().unwrap();
            let error = device
                .client
                .complete(&mut device.tree, 1, &wrong)
                .unwrap_err();
            assert_eq!(error.code(), Code::Arg, "{interaction:?} {wrong:?}");
            assert_eq!(device.client.save().unwrap(), before);
        }
        device.client.complete(&mut device.tree, 1, &right).unwrap();
        let said = device.say();
        let Command::Status(status) = &said.commands[1] else {
            panic!("no status")
        };
        let Outcome::Status { status: code, data } = right else {
            continue;
        };
        let carried: Vec<_> = status
            .items
            .iter()
            .map(|item| item.data.as_ref().unwrap().as_text().unwrap())
            .collect();
        assert_eq!(
            (status.code.0, carried),
            (code, data.iter().map(String::as_str).collect())
        );
    }
}

#[test]
fn interactions_that_no_user_can_answer_cannot_be_pushed() {
    let nothing = Interaction::Choose {
        choices: Vec::new(),
        multiple: false,
    };
    let error = trusting().server.push(ask(nothing.clone())).unwrap_err();
    assert_eq!(error.code(), Code::Arg);
    let error = trusting()
        .server
        .push(NewCommand::Atomic(vec![ask(nothing)]))
        .unwrap_err();
    assert_eq!(error.code(), Code::Arg);
    let offers = UiCommand {
        interaction: Interaction::Confirm,
        text: "?".to_owned(),
        options: UiOptions {
            default: Some("yes".to_owned()),
            ..UiOptions::default()
        },
    };
    let error = trusting()
        .server
        .push(NewCommand::Interaction(offers))
        .unwrap_err();
    assert_eq!(error.code(), Code::Arg);
}

#[test]
fn options_are_positive_numbers_and_encoded_as_in_a_url() {
    let ask = |interaction: Interaction, options: UiOptions| {
        NewCommand::Interaction(UiCommand {
            interaction,
            text: "?".to_owned(),
            options,
        })
    };
    let with = |set: fn(&mut UiOptions, u32), number| {
        let mut options = UiOptions::default();
        set(&mut options, number);
        options
    };
    let said = |interaction: &Interaction, options: UiOptions| -> omadm::Result<String> {
        let mut desk = trusting();
        desk.server.push(ask(interaction.clone(), options))?;
        let heard = desk.hear(&request(1, "", PACKAGE_1));
        let Some(Command::Alert(alert)) = heard.message.commands.last() else {
            panic!("no alert")
        };
        let text = alert.items[0].data.as_ref().unwrap().as_text();
        Ok(text.unwrap().to_owned())
    };
    for (name, set) in [
        (
            "MINDT",
            (|options, number| options.min_display = Some(number)) as fn(&mut UiOptions, u32),
        ),
        ("MAXDT", |options, number| {
            options.max_display = Some(number)
        }),
        ("MAXLEN", |options, number| {
            options.max_length = Some(number)
        }),
    ] {
        for interaction in [
            Interaction::Display,
            Interaction::Confirm,
            Interaction::Input,
        ] {
            let error: omadm::Error = said(&interaction, with(set, 0)).unwrap_err();
            assert_eq!(error.code(), Code::Arg, "{name}");
            for number in [1, 30, u32::MAX] {
                let text = said(&interaction, with(set, number)).unwrap();
                assert_eq!(text, format!("{name}={number}"));
            }
        }
    }
    for (default, written) in [
        ("John Doe", "DR=John+Doe"),
        ("a&b=c", "DR=a%26b%3Dc"),
        ("1+1 = 100%", "DR=1%2B1+%3D+100%25"),
        ("\u{fc}/#?", "DR=%C3%BC%2F%23%3F"),
    ] {
        let options = UiOptions {
            default: Some(default.to_owned()),
            ..UiOptions::default()
        };
        assert_eq!(said(&Interaction::Input, options).unwrap(), written);
    }
}

#[test]
fn a_plus_sign_of_a_telephone_number_stands_first() {
    for (input_type, typed, is_number) in [
        ("IT=P", "+4144", true),
        ("IT=P", "0041p44", true),
        ("IT=P", "", true),
        ("IT=P", "00+41", false),
        ("IT=P", "+41+44", false),
        ("IT=P", " +41", false),
        ("IT=A", "00+41", true),
        ("", "1+1", true),
    ] {
        let mut device = Device::new(&Setup::default());
        device.say();
        let body = format!(
            "<Alert><CmdID>2</CmdID><Data>1102</Data><Item><Data>{input_type}</Data></Item><Item><Data>?</Data></Item></Alert>"
        );
        device.hear(&reply(1, "", &body));
        let complete = |device: &mut Device, outcome: &Outcome| {
            device.client.complete(&mut device.tree, 1, outcome)
        };
        match complete(&mut device, &answer(&[typed])) {
            Ok(_) => assert!(is_number, "{typed}"),
            Err(error) => {
                assert!(!is_number, "{typed}");
                assert_eq!(error.code(), Code::Arg);
                complete(&mut device, &outcome(214)).unwrap();
            }
        }
        let expected = if is_number { 200 } else { 214 };
        assert_eq!(codes(&device.say()), [200, expected]);
    }
}
