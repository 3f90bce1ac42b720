//! Whether a value is one of its format.

use crate::limits::Limits;
use crate::markup::xml;
use crate::steps;
use crate::syncml::{Data, Format};

use super::range::number;
use super::read::BLANKS;

/// Whether two formats are the same value: octets are base64 wherever a message cannot hold them.
pub(super) fn is_same(one: Format, other: Format) -> bool {
    let is_binary = |format| matches!(format, Format::B64 | Format::Bin);
    one == other || (is_binary(one) && is_binary(other))
}

/// Whether the value is one of the format.
pub(super) fn is_of(value: &Data, format: Format) -> bool {
    steps::add(value.len());
    match (format, value) {
        // What comes with an interior node says nothing of a value.
        (Format::Node, _)
        | (Format::Bin | Format::B64, Data::Octets(_))
        | (Format::Bin | Format::Chr, Data::Text(_))
        | (Format::Chr | Format::Xml, Data::Markup(_)) => true,
        (Format::Null, value) => value.is_empty(),
        (Format::B64, Data::Text(text)) => Data::decode_base64(text).is_ok(),
        (Format::Xml, Data::Text(text)) => is_xml(text),
        (_, Data::Text(text)) => is_simple(text.trim_matches(BLANKS), format),
        (_, Data::Octets(_) | Data::Markup(_)) => false,
    }
}

fn is_simple(text: &str, format: Format) -> bool {
    match format {
        Format::Bool => matches!(text, "true" | "false"),
        Format::Int => is_int(text),
        Format::Float => is_float(text),
        Format::Date => is_date(text),
        Format::Time => is_time(text),
        _ => false,
    }
}

/// A document, or what can stand inside an element.
fn is_xml(text: &str) -> bool {
    xml::check_fragment(text, "", &Limits::UNBOUNDED).is_ok()
        || xml::parse(text.as_bytes(), &Limits::UNBOUNDED).is_ok()
}

/// 32 bits, with a sign or, as Windows has it, without.
fn is_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let bounds = i128::from(i32::MIN)..=i128::from(u32::MAX);
    all_digits(digits) && number(text).is_some_and(|number| bounds.contains(&number))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// A float of XML Schema.
fn is_float(text: &str) -> bool {
    if matches!(text, "INF" | "-INF" | "NaN") {
        return true;
    }
    let unsigned = |text: &str| -> usize { usize::from(text.starts_with(['+', '-'])) };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let mantissa = mantissa.get(unsigned(mantissa)..).unwrap_or_default();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.is_empty() || all_digits(text);
    let has_digit = !whole.is_empty() || !fraction.is_empty();
    has_digit
        && are_digits(whole)
        && are_digits(fraction)
        && exponent.is_none_or(|text| all_digits(text.get(unsigned(text)..).unwrap_or_default()))
}

/// The numbers of a text of digits, each of so many digits, with or without the separator between all of them.
fn parts<const N: usize>(text: &str, digits: [usize; N], separator: char) -> Option<[u32; N]> {
    let separated = text.contains(separator);
    let mut rest = text;
    let mut found = [0; N];
    for (index, (length, place)) in digits.into_iter().zip(&mut found).enumerate() {
        if separated && index > 0 {
            rest = rest.strip_prefix(separator)?;
        }
        let (part, behind) = rest.split_at_checked(length)?;
        *place = part.parse().ok().filter(|_| all_digits(part))?;
        rest = behind;
    }
    rest.is_empty().then_some(found)
}

/// A date of ISO 8601: `2020-02-29` or `20200229`.
fn is_date(text: &str) -> bool {
    let Some([year, month, day]) = parts(text, [4, 2, 2], '-') else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// A time of ISO 8601: `23:59:59` or `235959`, with a fraction and `Z` or a zone behind it, or without.
fn is_time(text: &str) -> bool {
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at_checked(at).unwrap_or((text, "")),
        None => (text, ""),
    };
    let is_zone = match zone {
        "" | "Z" => true,
        other => {
            let signed = other.strip_prefix(['+', '-']);
            let zone = signed.and_then(|zone| parts(zone, [2, 2], ':'));
            zone.is_some_and(|[hours, minutes]| hours <= 14 && minutes <= 59)
        }
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let clock = parts(clock, [2, 2, 2], ':');
    is_zone
        && fraction.is_none_or(all_digits)
        && clock
            .is_some_and(|[hours, minutes, seconds]| hours <= 23 && minutes <= 59 && seconds <= 60)
}

#[cfg(test)]
mod tests {
    use super::is_of;
    use crate::syncml::{Data, Format};

    #[test]
    fn values_are_of_their_format() {
        for (format, good, bad) in [
            (
                Format::Bool,
                &["true", "false", " true "][..],
                &["", "True", "1"][..],
            ),
            (
                Format::Int,
                &["0", "-2147483648", "4294967295", "007"],
                &["", "-", "+1", "0x1", "4294967296", "-2147483649", "1.0"],
            ),
            (
                Format::Float,
                &["1", "-1.5E+3", ".5", "5.", "INF", "NaN"],
                &["", ".", "e1", "1e", "+INF", "1e1.0", "--1"],
            ),
            (
                Format::Date,
                &["2020-02-29", "20200229", "20001231"],
                &[
                    "",
                    "2021-02-29",
                    "1900-02-29",
                    "2020-0229",
                    "2020-13-01",
                    "2020-00-01",
                    "2020-1-1",
                    "202002290",
                ],
            ),
            (
                Format::Time,
                &[
                    "23:59:60",
                    "235959",
                    "00:00:00.5Z",
                    "12:00:00+02:00",
                    "120000-0530",
                ],
                &[
                    "",
                    "24:00:00",
                    "12:00",
                    "12:60:00",
                    "12:00:00.",
                    "12:00:00+15:00",
                    "12:0000",
                    "12:00:00ZZ",
                ],
            ),
            (Format::Null, &[""], &["x"]),
            (Format::B64, &["", "AAEC", "AA EC\n"], &["A", "=="]),
            (
                Format::Xml,
                &["", "<a/>", "<a/><b/>", "<?xml version='1.0'?><a/>"],
                &["<a>", "&", "</a>"],
            ),
            (Format::Chr, &["", "x"], &[]),
            (Format::Node, &["", "x"], &[]),
        ] {
            for text in good {
                assert!(
                    is_of(&Data::Text((*text).to_owned()), format),
                    "{format:?} {text}"
                );
            }
            for text in bad {
                assert!(
                    !is_of(&Data::Text((*text).to_owned()), format),
                    "{format:?} {text}"
                );
            }
        }
        let octets = Data::Octets(vec![0xff]);
        let markup = Data::Markup("<a/>".to_owned());
        let of = |value| Format::Chr == value || Format::Xml == value;
        for format in [
            Format::Bin,
            Format::B64,
            Format::Chr,
            Format::Xml,
            Format::Int,
            Format::Bool,
        ] {
            let is_binary = matches!(format, Format::Bin | Format::B64);
            assert_eq!(is_of(&octets, format), is_binary, "{format:?}");
            assert_eq!(is_of(&markup, format), of(format), "{format:?}");
        }
    }
}
