//! User interaction: the alerts 1100 to 1104 and their options (DM protocol, chapter 10).

use serde::{Deserialize, Serialize};

use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Item};

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

/// How an interaction is shown; every option is a hint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiOptions {
    /// MINDT: seconds that it is shown at least.
    pub min_display: Option<u32>,
    /// MAXDT: seconds to wait for the user.
    pub max_display: Option<u32>,
    /// DR: the response that is offered.
    pub default: Option<String>,
    /// MAXLEN: characters of the longest input.
    pub max_length: Option<u32>,
    /// IT: what may be typed, one of `A N D T P I`.
    pub input_type: Option<char>,
    /// ET: whether typing is shown, one of `T P`.
    pub echo: Option<char>,
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
    pub(crate) fn of_alert(alert: &Alert) -> Result<Self, StatusCode> {
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
        Ok(Self {
            interaction,
            text: shown,
            options,
        })
    }
}

impl UiOptions {
    /// The options as the first Item carries them: URL-encoded pairs.
    fn encode(&self) -> String {
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let letter = |letter: Option<char>| letter.map(String::from);
        let pairs = [
            ("MINDT", number(self.min_display)),
            ("MAXDT", number(self.max_display)),
            ("DR", self.default.clone()),
            ("MAXLEN", number(self.max_length)),
            ("IT", letter(self.input_type)),
            ("ET", letter(self.echo)),
        ];
        let pairs = pairs
            .into_iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", url_encode(&value?))));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Understands what it can and skips the rest without error, as section 10.3 demands.
    fn decode(text: &str) -> Self {
        let mut options = Self::default();
        for (key, value) in text
            .trim()
            .split('&')
            .filter_map(|pair| pair.split_once('='))
        {
            let number = value.parse().ok();
            let letter = |allowed: &str| {
                value
                    .chars()
                    .next()
                    .filter(|c| value.len() == 1 && allowed.contains(*c))
            };
            match key {
                "MINDT" => options.min_display = number,
                "MAXDT" => options.max_display = number,
                "DR" => options.default = Some(url_decode(value)),
                "MAXLEN" => options.max_length = number,
                "IT" => options.input_type = letter("ANDTPI"),
                "ET" => options.echo = letter("TP"),
                _ => {}
            }
        }
        options
    }
}

fn url_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, octet| {
        match octet {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'!'
            | b'~'
            | b'*'
            | b'\''
            | b'('
            | b')' => {
                out.push(char::from(octet));
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
        out
    })
}

fn url_decode(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = |octet: &u8| char::from(*octet).to_digit(16);
        let escaped = match behind {
            [high, low, ..] if *first == b'%' => hex(high)
                .zip(hex(low))
                .map(|(high, low)| (high * 16 + low) as u8),
            _ => None,
        };
        rest = if escaped.is_some() {
            behind.get(2..).unwrap_or_default()
        } else {
            behind
        };
        octets.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    String::from_utf8_lossy(&octets).into_owned()
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
        UiCommand::of_alert(&command.to_alert("1".to_owned())).unwrap()
    }

    #[test]
    fn every_interaction_survives_the_alert() {
        let options = UiOptions {
            min_display: Some(10),
            max_display: Some(30),
            default: Some("John Doe & 100 % ü+".to_owned()),
            max_length: Some(30),
            input_type: Some('N'),
            echo: Some('P'),
        };
        let choose = |multiple| Interaction::Choose {
            choices: vec!["a".to_owned(), String::new()],
            multiple,
        };
        for interaction in [
            Interaction::Display,
            Interaction::Confirm,
            Interaction::Input,
            choose(true),
            choose(false),
        ] {
            for options in [options.clone(), UiOptions::default()] {
                let command = UiCommand {
                    interaction: interaction.clone(),
                    text: "Text?".to_owned(),
                    options,
                };
                assert_eq!(round(&command), command);
            }
        }
    }

    #[test]
    fn p20_unknown_options_are_skipped() {
        let options = UiOptions::decode("FOO=1&MINDT=10&MAXDT=x&IT=Z&&=&DR=a%2");
        let expected = UiOptions {
            min_display: Some(10),
            default: Some("a%2".to_owned()),
            ..UiOptions::default()
        };
        assert_eq!(options, expected);
    }

    #[test]
    fn options_are_written_as_section_10_3_writes_them() {
        let options = UiOptions {
            max_display: Some(30),
            default: Some("John Doe".to_owned()),
            ..UiOptions::default()
        };
        assert_eq!(options.encode(), "MAXDT=30&DR=John+Doe");
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
