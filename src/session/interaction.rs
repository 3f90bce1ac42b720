//! User interaction: the alerts 1100 to 1104 and their options (DM protocol, chapter 10).

mod options;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::markup::xml;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Item};

use options::{ECHOES, INPUT_TYPES, number};

pub use options::UiOptions;

/// The kinds of interaction that a host may be able to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InteractionKind {
    /// Show a text.
    Display,
    /// Ask yes or no.
    Confirm,
    /// Ask for a text.
    Input,
    /// Ask for one or some of several.
    Choose,
}

impl InteractionKind {
    /// The kind that an alert asks for.
    pub(crate) const fn of(code: AlertCode) -> Option<Self> {
        match code {
            AlertCode::DISPLAY => Some(Self::Display),
            AlertCode::CONFIRM => Some(Self::Confirm),
            AlertCode::TEXT_INPUT => Some(Self::Input),
            AlertCode::SINGLE_CHOICE | AlertCode::MULTIPLE_CHOICE => Some(Self::Choose),
            _ => None,
        }
    }
}

/// What an interaction asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interaction {
    /// Show the text.
    Display,
    /// Ask yes or no.
    Confirm,
    /// Ask for a text.
    Input,
    /// Ask for one of the choices, or for some of them.
    Choose {
        /// What there is to choose from.
        choices: Vec<String>,
        /// Whether several may be chosen.
        multiple: bool,
    },
}

/// An interaction with the user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UiCommand {
    /// What it asks.
    pub interaction: Interaction,
    /// The text to show.
    pub text: String,
    /// How to show it.
    pub options: UiOptions,
}

impl UiCommand {
    /// The kind, by which a host says what it can show.
    pub fn kind(&self) -> InteractionKind {
        match self.interaction {
            Interaction::Display => InteractionKind::Display,
            Interaction::Confirm => InteractionKind::Confirm,
            Interaction::Input => InteractionKind::Input,
            Interaction::Choose { .. } => InteractionKind::Choose,
        }
    }

    /// Makes sure that a device can be sent it.
    pub(crate) fn check(&self) -> Result<()> {
        if matches!(&self.interaction, Interaction::Choose { choices, .. } if choices.is_empty()) {
            return Err(Error::arg("nothing to choose from").expecting("at least one choice"));
        }
        let options = &self.options;
        let numbers = [options.min_display, options.max_display, options.max_length];
        if numbers.contains(&Some(0)) {
            return Err(Error::arg("an option that is 0").expecting("1 to 4294967295"));
        }
        let is_one = |letter: Option<char>, allowed: &str| {
            letter.is_none_or(|letter| allowed.contains(letter))
        };
        if !is_one(options.input_type, INPUT_TYPES) || !is_one(options.echo, ECHOES) {
            return Err(Error::arg("no type of input or echo")
                .expecting("one of A, N, D, T, P, I, and T or P"));
        }
        match &options.default {
            Some(default) if !self.may_offer(default) => Err(Error::arg(
                "a default response that nobody can give",
            )
            .expecting(
                "0 or 1 to confirm, text without control characters, numbers of choices with - between them",
            )),
            _ => Ok(()),
        }
    }

    /// Whether a default response is one that the user could give.
    fn may_offer(&self, default: &str) -> bool {
        match &self.interaction {
            Interaction::Display => true,
            Interaction::Input => xml::is_text(default),
            Interaction::Confirm => matches!(default, "0" | "1"),
            Interaction::Choose { multiple, .. } => {
                let numbers: Vec<&str> = default.split('-').collect();
                self.is_choice(&numbers) && (*multiple || numbers.len() == 1)
            }
        }
    }

    /// Whether these are numbers of choices, no two of them the same.
    fn is_choice(&self, numbers: &[&str]) -> bool {
        let Interaction::Choose { choices, .. } = &self.interaction else {
            return false;
        };
        let mut chosen = BTreeSet::new();
        numbers.iter().all(|text| {
            number(text)
                .is_some_and(|number| (number as usize) <= choices.len() && chosen.insert(number))
        })
    }

    /// Whether this is what a user can have typed or chosen: one text, the number of one choice, or the numbers of any.
    pub(crate) fn may_answer(&self, data: &[String]) -> bool {
        let numbers: Vec<&str> = data.iter().map(String::as_str).collect();
        match &self.interaction {
            Interaction::Display | Interaction::Confirm => data.is_empty(),
            Interaction::Input => {
                // Of a telephone number a plus sign can only be the first (section 10.3.5).
                let is_number = self.options.input_type == Some('P');
                let is_first = |text: &str| text.rfind('+').is_none_or(|at| at == 0);
                matches!(numbers.as_slice(), [text] if !is_number || is_first(text))
            }
            Interaction::Choose { multiple, .. } => {
                (*multiple || data.len() == 1) && self.is_choice(&numbers)
            }
        }
    }

    /// What counts as the answer of a user who did not answer in time: the default response, where one is offered that may be given (section
    /// 10.3.2).
    pub(crate) fn default_response(&self) -> Option<(StatusCode, Vec<String>)> {
        let default = self.options.default.as_deref()?;
        if !self.may_offer(default) {
            return None;
        }
        let (status, data) = match &self.interaction {
            Interaction::Display => return None,
            Interaction::Confirm if default == "0" => (StatusCode::NOT_MODIFIED, Vec::new()),
            Interaction::Confirm => (StatusCode::OK, Vec::new()),
            Interaction::Input => (StatusCode::OK, vec![default.to_owned()]),
            Interaction::Choose { .. } => {
                let numbers = default.split('-').filter_map(number);
                (
                    StatusCode::OK,
                    numbers.map(|number| number.to_string()).collect(),
                )
            }
        };
        self.may_answer(&data).then_some((status, data))
    }

    /// The alert: options, text, choices, each an Item of its own.
    pub(crate) fn to_alert(&self, cmd_id: String) -> Alert {
        let (code, choices) = match &self.interaction {
            Interaction::Display => (AlertCode::DISPLAY, &[][..]),
            Interaction::Confirm => (AlertCode::CONFIRM, &[][..]),
            Interaction::Input => (AlertCode::TEXT_INPUT, &[][..]),
            Interaction::Choose {
                choices,
                multiple: false,
            } => (AlertCode::SINGLE_CHOICE, choices.as_slice()),
            Interaction::Choose {
                choices,
                multiple: true,
            } => (AlertCode::MULTIPLE_CHOICE, choices.as_slice()),
        };
        let options = self.options.encode();
        let mut items = vec![if options.is_empty() {
            Item::default()
        } else {
            Item::text(options)
        }];
        items.push(Item::text(self.text.as_str()));
        items.extend(choices.iter().map(|choice| Item::text(choice.as_str())));
        Alert {
            cmd_id: Some(cmd_id),
            code: Some(code),
            items,
            ..Alert::default()
        }
    }

    /// The interaction that an alert asks for. The error is the status to answer: 412 where a part is missing.
    pub(crate) fn of_alert(alert: &Alert) -> std::result::Result<Self, StatusCode> {
        let text = |item: &Item| {
            item.data
                .as_ref()
                .and_then(|data| data.as_text())
                .map(str::to_owned)
        };
        let mut items = alert.items.iter();
        let options = items.next().ok_or(StatusCode::INCOMPLETE)?;
        let options = text(options)
            .map(|options| UiOptions::decode(&options))
            .unwrap_or_default();
        let shown = items.next().and_then(text).ok_or(StatusCode::INCOMPLETE)?;
        let choices: Vec<String> = items.map(|item| text(item).unwrap_or_default()).collect();
        let interaction = match alert.code {
            Some(AlertCode::DISPLAY) => Interaction::Display,
            Some(AlertCode::CONFIRM) => Interaction::Confirm,
            Some(AlertCode::TEXT_INPUT) => Interaction::Input,
            Some(AlertCode::SINGLE_CHOICE | AlertCode::MULTIPLE_CHOICE) if choices.is_empty() => {
                return Err(StatusCode::INCOMPLETE);
            }
            Some(AlertCode::SINGLE_CHOICE) => Interaction::Choose {
                choices,
                multiple: false,
            },
            Some(AlertCode::MULTIPLE_CHOICE) => Interaction::Choose {
                choices,
                multiple: true,
            },
            Some(_) | None => return Err(StatusCode::UNSUPPORTED_FEATURE),
        };
        let mut command = Self {
            interaction,
            text: shown,
            options,
        };
        command.pass_over();
        Ok(command)
    }

    /// Forgets the options that this interaction has no use for (section 10.3).
    fn pass_over(&mut self) {
        let kind = self.kind();
        if kind != InteractionKind::Input {
            self.options.max_length = None;
            self.options.input_type = None;
            self.options.echo = None;
        }
        let default = self.options.default.take();
        self.options.default =
            default.filter(|default| kind != InteractionKind::Display && self.may_offer(default));
    }
}

/// As JavaScript knows it: `type`, `text`, `choices`, `multiple`, `options`.
impl Serialize for UiCommand {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Tagged<'a>(&'a Interaction, &'a str, &'a UiOptions);
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Options<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            min_display: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            max_display: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            default: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            max_length: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            input_type: Option<char>,
            #[serde(skip_serializing_if = "Option::is_none")]
            echo: Option<char>,
        }
        #[derive(Serialize)]
        struct Plain<'a> {
            #[serde(rename = "type")]
            kind: InteractionKind,
            text: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            choices: Option<&'a [String]>,
            #[serde(skip_serializing_if = "Option::is_none")]
            multiple: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            options: Option<Options<'a>>,
        }
        if !serializer.is_human_readable() {
            return Tagged(&self.interaction, &self.text, &self.options).serialize(serializer);
        }
        let (choices, multiple) = match &self.interaction {
            Interaction::Choose { choices, multiple } => {
                (Some(choices.as_slice()), multiple.then_some(true))
            }
            Interaction::Display | Interaction::Confirm | Interaction::Input => (None, None),
        };
        let options = Options {
            min_display: self.options.min_display,
            max_display: self.options.max_display,
            default: self.options.default.as_deref(),
            max_length: self.options.max_length,
            input_type: self.options.input_type,
            echo: self.options.echo,
        };
        let options = (self.options != UiOptions::default()).then_some(options);
        Plain {
            kind: self.kind(),
            text: &self.text,
            choices,
            multiple,
            options,
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(command: &UiCommand) -> UiCommand {
        round_or(command).unwrap()
    }

    fn round_or(command: &UiCommand) -> Option<UiCommand> {
        UiCommand::of_alert(&command.to_alert("1".to_owned())).ok()
    }

    #[test]
    fn every_interaction_survives_the_alert() {
        let shown = UiOptions {
            min_display: Some(10),
            max_display: Some(30),
            ..UiOptions::default()
        };
        let typed = UiOptions {
            default: Some("John Doe & 100 % ü+".to_owned()),
            max_length: Some(30),
            input_type: Some('N'),
            echo: Some('P'),
            ..shown.clone()
        };
        let offered = |default: &str| UiOptions {
            default: Some(default.to_owned()),
            ..shown.clone()
        };
        let choose = |multiple| Interaction::Choose {
            choices: vec!["a".to_owned(), String::new()],
            multiple,
        };
        for (interaction, options) in [
            (Interaction::Display, shown.clone()),
            (Interaction::Confirm, offered("0")),
            (Interaction::Input, typed.clone()),
            (choose(true), offered("2-1")),
            (choose(false), offered("2")),
        ] {
            for options in [options, UiOptions::default()] {
                let command = UiCommand {
                    interaction: interaction.clone(),
                    text: "Text?".to_owned(),
                    options,
                };
                assert!(command.check().is_ok(), "{command:?}");
                assert_eq!(round(&command), command);
            }
            // What it has no use for is passed over.
            let command = UiCommand {
                interaction: interaction.clone(),
                text: "Text?".to_owned(),
                options: typed.clone(),
            };
            let is_input = interaction == Interaction::Input;
            assert_eq!(round(&command) == command, is_input);
            assert!(is_input || round(&command).options == shown);
        }
    }

    #[test]
    fn what_no_user_could_answer_cannot_be_asked() {
        let command = |interaction: Interaction, options: UiOptions| UiCommand {
            interaction,
            text: "?".to_owned(),
            options,
        };
        let choose = |multiple| Interaction::Choose {
            choices: vec!["a".to_owned(), "b".to_owned()],
            multiple,
        };
        let offered = |default: &str| UiOptions {
            default: Some(default.to_owned()),
            ..UiOptions::default()
        };
        for bad in [
            command(Interaction::Confirm, offered("2")),
            command(Interaction::Confirm, offered("")),
            command(choose(false), offered("0")),
            command(choose(false), offered("3")),
            command(choose(false), offered("1-2")),
            command(choose(true), offered("1-1")),
            command(choose(true), offered("1-")),
            command(choose(true), offered("+1")),
            command(
                Interaction::Choose {
                    choices: vec![],
                    multiple: true,
                },
                UiOptions::default(),
            ),
            command(
                Interaction::Display,
                UiOptions {
                    max_display: Some(0),
                    ..UiOptions::default()
                },
            ),
            command(
                Interaction::Input,
                UiOptions {
                    input_type: Some('Z'),
                    ..UiOptions::default()
                },
            ),
        ] {
            assert_eq!(bad.check().unwrap_err().code(), crate::Code::Arg, "{bad:?}");
            let heard = round_or(&bad);
            assert!(heard.is_none_or(|heard| heard.options == UiOptions::default()));
        }
        let data =
            |data: &[&str]| -> Vec<String> { data.iter().map(|text| (*text).to_owned()).collect() };
        for (interaction, may, may_not) in [
            (Interaction::Display, vec![data(&[])], vec![data(&["x"])]),
            (Interaction::Confirm, vec![data(&[])], vec![data(&["1"])]),
            (
                Interaction::Input,
                vec![data(&[""]), data(&["x"])],
                vec![data(&[]), data(&["x", "y"])],
            ),
            (
                choose(false),
                vec![data(&["1"]), data(&["2"])],
                vec![
                    data(&[]),
                    data(&["0"]),
                    data(&["3"]),
                    data(&["a"]),
                    data(&["1", "2"]),
                ],
            ),
            (
                choose(true),
                vec![data(&[]), data(&["2", "1"])],
                vec![data(&["1", "1"]), data(&["1", "3"]), data(&["-1"])],
            ),
        ] {
            let command = command(interaction, UiOptions::default());
            assert!(
                may.iter().all(|data| command.may_answer(data)),
                "{command:?}"
            );
            assert!(
                !may_not.iter().any(|data| command.may_answer(data)),
                "{command:?}"
            );
        }
    }

    #[test]
    fn p19_an_alert_without_options_has_an_empty_first_item() {
        let command = UiCommand {
            interaction: Interaction::Confirm,
            text: "?".to_owned(),
            options: UiOptions::default(),
        };
        let alert = command.to_alert("1".to_owned());
        assert_eq!(alert.items[0], Item::default());
        let cut = Alert {
            items: alert.items[..1].to_vec(),
            ..alert
        };
        assert_eq!(UiCommand::of_alert(&cut), Err(StatusCode::INCOMPLETE));
    }
}
