//! How an interaction is shown: the options in the first Item of its alert (DM protocol, section 10.3).

use serde::{Deserialize, Serialize};

/// What IT may say (section 10.3.5).
pub(super) const INPUT_TYPES: &str = "ANDTPI";
/// What ET may say (section 10.3.6).
pub(super) const ECHOES: &str = "TP";

/// How an interaction is shown; every option is a hint. Those that an interaction has no use for are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiOptions {
    /// MINDT: seconds that it is shown at least.
    pub min_display: Option<u32>,
    /// MAXDT: seconds to wait for the user.
    pub max_display: Option<u32>,
    /// DR: the response that is offered, and that counts where the user gives none in time. Of a confirmation `1` for yes or `0` for no, of a choice the number of one from 1 on, of several
    /// choices such numbers with `-` between them.
    pub default: Option<String>,
    /// MAXLEN: characters of the longest input.
    pub max_length: Option<u32>,
    /// IT: what may be typed, one of `A N D T P I`.
    pub input_type: Option<char>,
    /// ET: whether typing is shown, one of `T P`.
    pub echo: Option<char>,
}

impl UiOptions {
    /// The options as the first Item carries them: URL-encoded pairs.
    pub(super) fn encode(&self) -> String {
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
    pub(super) fn decode(text: &str) -> Self {
        let mut options = Self::default();
        for (key, value) in text
            .trim()
            .split('&')
            .filter_map(|pair| pair.split_once('='))
        {
            let (Some(key), Some(value)) = (url_decode(key), url_decode(value)) else {
                continue;
            };
            let letter = |allowed: &str| {
                let first = value.chars().next();
                first.filter(|c| value.len() == 1 && allowed.contains(*c))
            };
            let before = &options;
            match key.as_str() {
                "MINDT" => options.min_display = number(&value).or(before.min_display),
                "MAXDT" => options.max_display = number(&value).or(before.max_display),
                "MAXLEN" => options.max_length = number(&value).or(before.max_length),
                "IT" => options.input_type = letter(INPUT_TYPES).or(before.input_type),
                "ET" => options.echo = letter(ECHOES).or(before.echo),
                "DR" => options.default = Some(value),
                _ => {}
            }
        }
        options
    }
}

/// A positive number in decimal digits.
pub(super) fn number(text: &str) -> Option<u32> {
    let is_decimal = text.bytes().all(|octet| octet.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_decimal);
    number.filter(|number| *number > 0)
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

/// Nothing where the escapes come to no text.
fn url_decode(text: &str) -> Option<String> {
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
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p20_unknown_options_are_skipped() {
        let options = UiOptions::decode("FOO=1&MINDT=%310&MAXDT=+1&MAXLEN=0&IT=Z&&=&DR=a%2");
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
}
