//! Numbers as they are written: never rounded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of JSON, kept as it is written. Two that are written differently are not equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Number(String);

/// The largest double and half of what is between it and the next: what is above is infinite. More digits are not looked at.
const MAX_DIGITS: &str = "17976931348623158079";
/// Digits before the point of the largest double.
const MAX_MAGNITUDE: i64 = 309;

impl Number {
    /// A number from its text, where that is one of JSON and finite as a double.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let is_one = length(&text) == Ok(text.len()) && is_finite(&text);
        is_one.then_some(Self(text))
    }

    /// What a reader has found to be one.
    pub(crate) fn of_read(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value where it is integral, also if it is written as `200.0` or `2e2`, and fits.
    pub fn as_i64(&self) -> Option<i64> {
        integer(&self.0)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many octets at the start of a text are a number; else where it is none.
pub(super) fn length(text: &str) -> Result<usize, usize> {
    let digits = |from: usize| {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        from + rest
            .iter()
            .take_while(|octet| octet.is_ascii_digit())
            .count()
    };
    let is_at = |at: usize, octets: &[u8]| {
        let octet = text.as_bytes().get(at);
        octet.is_some_and(|octet| octets.contains(octet))
    };
    let need = |from: usize| match digits(from) {
        end if end > from => Ok(end),
        _ => Err(from),
    };
    let start = usize::from(is_at(0, b"-"));
    let mut end = need(start)?;
    if is_at(start, b"0") && end > start + 1 {
        return Err(start + 1);
    }
    if is_at(end, b".") {
        end = need(end + 1)?;
    }
    if is_at(end, b"eE") {
        end = need(end + 1 + usize::from(is_at(end + 1, b"+-")))?;
    }
    Ok(end)
}

/// The digits of a number without zeros around them, and how many of them stand before the point, which may be more than there are.
fn scaled(text: &str) -> (String, i64) {
    let text = text.trim_start_matches('-');
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    // Nothing that is this far away comes back.
    let far = if exponent.starts_with('-') {
        i64::MIN / 4
    } else {
        i64::MAX / 4
    };
    let exponent = exponent
        .parse()
        .unwrap_or(far)
        .clamp(i64::MIN / 4, i64::MAX / 4);
    let digits = [whole, fraction].concat();
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let before = whole.len() as i64 - leading as i64;
    let digits = digits.trim_matches('0').to_owned();
    (digits, before.saturating_add(exponent))
}

/// Whether a number is finite as a double.
pub(super) fn is_finite(text: &str) -> bool {
    let (digits, before) = scaled(text);
    let first = digits.get(..MAX_DIGITS.len()).unwrap_or(&digits);
    digits.is_empty() || before < MAX_MAGNITUDE || (before == MAX_MAGNITUDE && first <= MAX_DIGITS)
}

/// The value of a number that is integral and fits.
pub(super) fn integer(text: &str) -> Option<i64> {
    let (mut digits, before) = scaled(text);
    if digits.is_empty() {
        return Some(0);
    }
    let before = usize::try_from(before)
        .ok()
        .filter(|before| *before <= 19)?;
    let zeros = before.checked_sub(digits.len())?;
    digits.extend(std::iter::repeat_n('0', zeros));
    if text.starts_with('-') {
        digits.insert(0, '-');
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integral_numbers_have_their_exact_values() {
        for (text, value) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0e99999999999999999999", Some(0)),
            ("200.0", Some(200)),
            ("2e2", Some(200)),
            ("0.02E+4", Some(200)),
            ("20000e-2", Some(200)),
            ("-7", Some(-7)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1e19", None),
            ("1.5", None),
            ("15e-1", None),
            ("1e-99999999999999999999", None),
            ("1e300", None),
        ] {
            assert_eq!(Number::new(text).unwrap().as_i64(), value, "{text}");
        }
    }

    #[test]
    fn numbers_are_those_of_json_and_finite() {
        let huge = ["1", &"0".repeat(309)].concat();
        for bad in [
            "",
            "-",
            "+1",
            "01",
            "-01",
            ".5",
            "1.",
            "1.e1",
            "1e",
            "1e+",
            "1 ",
            " 1",
            "0x1",
            "NaN",
            "1e999",
            "-1e309",
            "1.8e308",
            "1e99999999999999999999",
            "17976931348623158080e289",
            &huge,
        ] {
            assert_eq!(Number::new(bad), None, "{bad}");
        }
        for good in [
            "1.7976931348623157e308",
            "0.0000017e314",
            "1e-400",
            "1E+2",
            "-0.0",
        ] {
            assert!(Number::new(good).is_some(), "{good}");
            assert!(good.parse::<f64>().unwrap().is_finite());
        }
    }
}
