//! JSON as JavaScript has it: whole numbers that a double cannot hold are BigInts, objects are records on their way out.

use crate::dm2::{Json, Number};
use crate::error::{Error, Fault};
use crate::limits::MAX_DEPTH;

use super::plain::{Out, Tag};
use super::read::Given;
use super::write::JsResult;

/// Values of one document, at the most: an array that holds itself has no end.
const MAX_VALUES: u32 = 1_000_000;

/// A value on its way out. It recurses as deep as the document, which the reader has bounded.
pub(super) fn show(out: &mut Out, json: &Json) {
    match json {
        Json::Null => out.tag(Tag::Null),
        Json::Bool(value) => out.truth(*value),
        Json::Number(number) => out.number_of(number.as_str()),
        Json::String(text) => out.string(text),
        Json::Array(values) => out.array(values.iter(), show),
        Json::Object(members) => {
            out.tag(Tag::Record);
            for (name, value) in members {
                out.string(name);
                show(out, value);
            }
            out.tag(Tag::End);
        }
    }
}

/// A value of the caller's.
pub(super) fn read(given: &Given) -> JsResult<Json> {
    let mut left = MAX_VALUES;
    value(given, MAX_DEPTH, &mut left)
}

/// Recursion is bounded by [`MAX_DEPTH`], the number of values by `left`.
fn value(given: &Given, depth: u32, left: &mut u32) -> JsResult<Json> {
    let wrong = || {
        given.wrong("null, a boolean, a finite number, a string, an array or an object of these")
    };
    let limit = |name, problem: String| Error::limit(name, problem).blaming(Fault::Caller);
    if depth == 0 {
        return Err(limit(
            "depth",
            format!("more than {MAX_DEPTH} values in each other"),
        )
        .into());
    }
    *left = left
        .checked_sub(1)
        .ok_or_else(|| limit("items", format!("more than {MAX_VALUES} values")))?;
    if given.is_null() {
        return Ok(Json::Null);
    }
    if let Some(value) = given.as_bool() {
        return Ok(Json::Bool(value));
    }
    if given.is_string() {
        return given.string().map(Json::String);
    }
    if let Some(text) = given.number_text() {
        return Number::new(text).map(Json::Number).ok_or_else(wrong);
    }
    if given.is_array() {
        let values = given.each(|inner| value(inner, depth - 1, left))?;
        return Ok(Json::Array(values));
    }
    if !given.is_object() {
        return Err(wrong());
    }
    let mut members = Vec::new();
    for (name, inner) in given.entries()? {
        if !inner.is_undefined() {
            members.push((name, value(&inner, depth - 1, left)?));
        }
    }
    Ok(Json::Object(members))
}
