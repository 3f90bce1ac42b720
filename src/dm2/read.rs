//! Values on their way in: each is what it must be, or an error says where it is not.

use std::ops::RangeInclusive;

use crate::error::{Code, Error, Result};
use crate::json::{Kind, Value};
use crate::status::StatusCode;

/// The error that a value is of a wrong type.
pub(super) fn wrong(value: Value<'_>, expected: &'static str) -> Error {
    let problem = format!("{} stands there", value.kind().name());
    value.error(Code::Schema, problem).expecting(expected)
}

pub(super) fn object<'d>(value: Value<'d>) -> Result<Value<'d>> {
    match value.kind() {
        Kind::Object => Ok(value),
        _ => Err(wrong(value, "an object")),
    }
}

/// A member that must be there.
pub(super) fn need<'d>(object: Value<'d>, name: &'static str) -> Result<Value<'d>> {
    let missing = || object.error(Code::Schema, format!("missing {name}"));
    object.get(name).ok_or_else(missing)
}

pub(super) fn string(value: Value<'_>) -> Result<String> {
    let text = value.string().ok_or_else(|| wrong(value, "a string"))?;
    Ok(text.into_owned())
}

/// The text of a member, where it is there.
pub(super) fn maybe_string(object: Value<'_>, name: &str) -> Result<Option<String>> {
    object.get(name).map(string).transpose()
}

/// An integral number in a range; it may be written as `200.0`.
pub(super) fn number(value: Value<'_>, range: RangeInclusive<u32>) -> Result<u32> {
    let number = value
        .integer()
        .and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let error = value.error(Code::Number, "not such a number");
            error.expecting(format!(
                "a whole number from {} to {}",
                range.start(),
                range.end()
            ))
        })
}

/// A status code: three digits.
pub(super) fn status(value: Value<'_>) -> Result<StatusCode> {
    Ok(StatusCode(number(value, 100..=999)? as u16))
}

/// The elements of an array, counted before anything is made of them.
pub(super) fn array<'d>(
    value: Value<'d>,
    most: u32,
    limit: &'static str,
) -> Result<impl Iterator<Item = Value<'d>>> {
    if value.kind() != Kind::Array {
        return Err(wrong(value, "an array"));
    }
    if let Some(excess) = value.elements().nth(most as usize) {
        let place = excess.error(Code::Limit, "");
        let error = Error::limit(limit, format!("more than {most} elements"));
        let error = error.at(excess.range().start);
        return Err(error.within(place.path().unwrap_or_default()));
    }
    Ok(value.elements())
}

/// The texts in an array.
pub(super) fn strings(value: Value<'_>, most: u32) -> Result<Vec<String>> {
    array(value, most, "items")?.map(string).collect()
}

/// A list that may be missing, each of its elements read by `read`.
pub(super) fn list<'d, T>(
    object: Value<'d>,
    name: &str,
    most: u32,
    read: impl FnMut(Value<'d>) -> Result<T>,
) -> Result<Vec<T>> {
    match object.get(name) {
        Some(value) => array(value, most, "items")?.map(read).collect(),
        None => Ok(Vec::new()),
    }
}
