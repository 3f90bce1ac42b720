//! Ranges of numbers: `[0-999]`, also several, also below zero.

use crate::order;
use crate::steps;

/// Numbers in ranges, in order and apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(i128, i128)>);

impl Ranges {
    /// Reads one range or several: `[a-b]` or `[a]`, brackets optional, separated by commas, semicolons, bars or blanks. Nothing if it is
    /// something else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        steps::add(text.len());
        let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '[' | ']');
        let mut ranges = Vec::new();
        for part in text.split(is_between).filter(|part| !part.is_empty()) {
            // A sign stands before the first digit, so the dash between two numbers is the first behind that.
            let digits = part.strip_prefix('-').unwrap_or(part);
            let sign = part.len() - digits.len();
            let (first, last) = match digits.find('-') {
                Some(dash) => part.split_at_checked(sign + dash)?,
                None => (part, ""),
            };
            let first = number(first)?;
            let last = match last.strip_prefix('-') {
                Some(last) => number(last)?,
                None => first,
            };
            if last < first {
                return None;
            }
            ranges.push((first, last));
        }
        (!ranges.is_empty()).then(|| Self::of(ranges))
    }

    /// All that is in one of several.
    pub(super) fn union(all: Vec<Self>) -> Self {
        Self::of(all.into_iter().flat_map(|ranges| ranges.0).collect())
    }

    fn of(mut ranges: Vec<(i128, i128)>) -> Self {
        order::sort(&mut ranges);
        let mut joined: Vec<(i128, i128)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    pub(super) fn contains(&self, number: i128) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        let range = after.checked_sub(1).and_then(|at| self.0.get(at));
        range.is_some_and(|(_, last)| number <= *last)
    }
}

/// A decimal number, or a hexadecimal one behind `0x`.
pub(super) fn number(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let hexadecimal = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    let (radix, digits) = match hexadecimal {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    // Thirty digits of either radix fit.
    let is_number =
        matches!(digits.len(), 1..=30) && digits.chars().all(|digit| digit.is_digit(radix));
    let number = i128::from_str_radix(digits, radix)
        .ok()
        .filter(|_| is_number)?;
    Some(sign * number)
}

#[cfg(test)]
mod tests {
    use super::{Ranges, number};

    #[test]
    fn ranges_hold_their_numbers() {
        for (text, inside, outside) in [
            ("[0-999]", &[0, 5, 999][..], &[-1, 1000][..]),
            ("[-1-100]", &[-1, 0, 100], &[-2, 101]),
            ("[-20--10]", &[-20, -10], &[-21, -9]),
            ("[0-4294967295]", &[4_294_967_295], &[4_294_967_296]),
            ("[0-2],[4],[6-7]", &[0, 2, 4, 7], &[3, 5, 8]),
            ("0-2; 1-3", &[0, 3], &[4]),
            ("[0x10-0x1F]", &[16, 31], &[15, 32]),
        ] {
            let ranges = Ranges::parse(text).unwrap();
            for number in inside {
                assert!(ranges.contains(*number), "{text} {number}");
            }
            for number in outside {
                assert!(!ranges.contains(*number), "{text} {number}");
            }
        }
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in [
            "", "[]", "x", "[1-x]", "[5-1]", "[1-2-3]", "[-]", "[--1]", "1.5", "+1", "[1-]",
        ] {
            assert_eq!(Ranges::parse(text), None, "{text}");
        }
        assert_eq!(number(&"9".repeat(31)), None);
        assert_eq!(number("0x"), None);
        assert_eq!(number("-0xff"), Some(-255));
    }
}
