//! The alerts by which a server asks the user, as they stand in its messages (DM protocol, 10.2).

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{ClientEvent, Command, Interaction, NewCommand, ServerEvent, UiCommand, UiOptions};

use crate::pair::Setup;
use crate::peer::{Device, PACKAGE_1, request, trusting};

#[test]
fn alerts_hold_options_text_and_choices_in_that_order() {
    let choices = || ["Zurich", "Aarau", "", "Aarau"].map(str::to_owned).to_vec();
    let choose = |multiple| Interaction::Choose {
        choices: choices(),
        multiple,
    };
    for (interaction, code) in [
        (Interaction::Display, 1100),
        (Interaction::Confirm, 1101),
        (Interaction::Input, 1102),
        (choose(false), 1103),
        (choose(true), 1104),
    ] {
        for min_display in [None, Some(10)] {
            let asked = UiCommand {
                interaction: interaction.clone(),
                text: "Where?".to_owned(),
                options: UiOptions {
                    min_display,
                    ..UiOptions::default()
                },
            };
            let mut desk = trusting();
            desk.server
                .push(NewCommand::Interaction(asked.clone()))
                .unwrap();
            let heard = desk.hear(&request(1, "", PACKAGE_1));
            let Some(Command::Alert(alert)) = heard.message.commands.last() else {
                panic!("{:?}", heard.message)
            };
            assert_eq!(alert.code.map(|code| code.0), Some(code));
            let said: Vec<_> = alert
                .items
                .iter()
                .map(|item| item.data.as_ref().and_then(|data| data.as_text()))
                .collect();
            let mut expected = vec![min_display.map(|_| "MINDT=10"), Some("Where?")];
            let listed = choices();
            if matches!(interaction, Interaction::Choose { .. }) {
                expected.extend(listed.iter().map(|choice| Some(choice.as_str())));
            }
            let said: Vec<_> = said.iter().map(|text| text.unwrap_or_default()).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|text| text.unwrap_or_default())
                .collect();
            assert_eq!(said, expected);

            let mut device = Device::new(&Setup::default());
            device.say();
            let events = device.try_hear(&heard.out.body).unwrap();
            assert!(
                matches!(events.last(), Some(ClientEvent::Interaction { command, .. }) if *command == asked),
                "{events:?}"
            );
        }
    }
}

#[test]
fn choices_are_counted_from_1_in_their_order() {
    let choose = |multiple| {
        NewCommand::Interaction(UiCommand {
            interaction: Interaction::Choose {
                choices: ["c", "a", "b"].map(str::to_owned).to_vec(),
                multiple,
            },
            text: "Which?".to_owned(),
            options: UiOptions::default(),
        })
    };
    let chosen = |data: &[&str]| omadm::Outcome::Status {
        status: 200,
        data: data.iter().map(|text| (*text).to_owned()).collect(),
    };
    let run = Setup {
        commands: vec![(1, choose(false)), (1, choose(true))],
        outcomes: vec![chosen(&["1"]), chosen(&["3", "2"])],
        ..Setup::default()
    }
    .run();
    let told: Vec<_> = run
        .server_events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::Status { data, .. } => Some(data.join(" ")),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["1", "3 2"]);
    let shown: Vec<_> = run
        .client_events
        .iter()
        .filter_map(|event| match event {
            ClientEvent::Interaction { command, .. } => Some(command.interaction.clone()),
            _ => None,
        })
        .collect();
    for (at, interaction) in shown.iter().enumerate() {
        let Interaction::Choose { choices, multiple } = interaction else {
            panic!("{interaction:?}")
        };
        assert_eq!((choices.join(" ").as_str(), *multiple), ("c a b", at == 1));
    }
    assert_eq!(shown.len(), 2);
}
