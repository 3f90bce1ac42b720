//! The allowed values of a node, ready to be compared with.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::microsoft::{AllowedValues, ValueType};
use super::pattern::{Pattern, compile, is_affordable};
use super::range::{Ranges, number};
use super::read::BLANKS;
use crate::json::is_json;
use crate::steps;
use crate::syncml::Format;

/// The values that a node takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) kind: ValueType,
    test: Test,
    delimiter: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Any,
    /// What the values are is not known here: schemas, policy templates, security descriptors, and what is not understood.
    Unknown,
    /// One of them, in canonical spelling.
    Members(BTreeSet<String>),
    /// Any of these bits, or none.
    Bits(i128),
    Ranges(Ranges),
    /// Compiled where a value comes: a compiled pattern is many times as large as its text.
    Patterns(Vec<String>),
    Json,
}

impl Allowed {
    pub(super) fn of(values: &AllowedValues, format: Format) -> Self {
        let texts = || values.values.iter().map(|value| value.value.as_str());
        let test = match values.value_type {
            ValueType::None => Test::Any,
            ValueType::Json => Test::Json,
            ValueType::Xsd | ValueType::Admx | ValueType::Sddl => Test::Unknown,
            _ if values.values.is_empty() => Test::Unknown,
            ValueType::Enum => {
                let count = values.values.len();
                let member = |text: &str| {
                    steps::add_lookup(text.len(), count);
                    canonical(text, format).into_owned()
                };
                Test::Members(texts().map(member).collect())
            }
            ValueType::Flag => {
                let bits = texts().map(|text| number(text).filter(|bits| *bits >= 0));
                let all = bits.collect::<Option<Vec<_>>>();
                all.map_or(Test::Unknown, |all| {
                    Test::Bits(all.into_iter().fold(0, |one, other| one | other))
                })
            }
            ValueType::Range => {
                let ranges = texts().map(Ranges::parse).collect::<Option<Vec<_>>>();
                ranges.map_or(Test::Unknown, |all| Test::Ranges(Ranges::union(all)))
            }
            ValueType::RegEx => Test::Patterns(texts().map(str::to_owned).collect()),
        };
        Self {
            kind: values.value_type,
            test,
            delimiter: values
                .delimiter
                .clone()
                .filter(|delimiter| !delimiter.is_empty()),
        }
    }

    /// Whether values are looked at in full.
    pub(super) fn is_enforced(&self) -> bool {
        match &self.test {
            Test::Unknown => false,
            Test::Patterns(texts) => compile(texts).is_some(),
            _ => true,
        }
    }

    /// Whether the value, or each part of it where it is a list, is allowed. An empty list is, and a delimiter may end one.
    pub(super) fn contains(&self, value: &str, format: Format) -> bool {
        steps::add(value.len());
        let patterns = match &self.test {
            Test::Patterns(texts) => match compile(texts) {
                Some(patterns) => patterns,
                None => return true,
            },
            _ => Vec::new(),
        };
        if !is_affordable(&patterns, value.len()) {
            return false;
        }
        match &self.delimiter {
            None => self.contains_part(value, format, &patterns),
            Some(_) if value.is_empty() => true,
            Some(delimiter) => value
                .strip_suffix(delimiter.as_str())
                .unwrap_or(value)
                .split(delimiter.as_str())
                .all(|part| self.contains_part(part, format, &patterns)),
        }
    }

    fn contains_part(&self, part: &str, format: Format, patterns: &[Pattern]) -> bool {
        match &self.test {
            Test::Any | Test::Unknown => true,
            Test::Members(members) => {
                steps::add_lookup(part.len(), members.len());
                members.contains(&*canonical(part, format))
            }
            Test::Bits(bits) => number(part.trim_matches(BLANKS))
                .is_some_and(|number| number >= 0 && number & !bits == 0),
            Test::Ranges(ranges) => {
                number(part.trim_matches(BLANKS)).is_some_and(|number| ranges.contains(number))
            }
            Test::Patterns(_) => patterns.iter().any(|pattern| pattern.matches(part)),
            Test::Json => is_json(part),
        }
    }
}

/// One spelling for each number and each truth value.
fn canonical(text: &str, format: Format) -> Cow<'_, str> {
    let inside = text.trim_matches(BLANKS);
    match (format, inside) {
        (Format::Bool, "1") => Cow::Borrowed("true"),
        (Format::Bool, "0") => Cow::Borrowed("false"),
        (Format::Bool, word) => Cow::Owned(word.to_ascii_lowercase()),
        (Format::Int, digits) => number(digits).map_or(Cow::Borrowed(digits), |number| {
            Cow::Owned(number.to_string())
        }),
        _ => Cow::Borrowed(text),
    }
}
