//! JSON as JavaScript has it: whole numbers that a double cannot hold are BigInts, objects are Maps on their way out.

use js_sys::{Array, BigInt, Map};
use wasm_bindgen::{JsCast, JsValue};

use crate::dm2::{Json, Number};
use crate::error::{Error, Fault};
use crate::limits::MAX_DEPTH;

use super::foreign;
use super::read::Given;
use super::write::JsResult;

/// Values of one document, at the most: an array that holds itself has no end.
const MAX_VALUES: u32 = 1_000_000;

/// The largest whole number that a double can tell from its neighbours.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// A value on its way out. It recurses as deep as the document, which the reader has bounded.
pub(super) fn out(json: &Json) -> JsResult<JsValue> {
    Ok(match json {
        Json::Null => JsValue::NULL,
        Json::Bool(value) => JsValue::from_bool(*value),
        Json::Number(number) => of_number(number)?,
        Json::String(text) => JsValue::from_str(text),
        Json::Array(values) => {
            let array = Array::new();
            for value in values {
                array.push(&out(value)?);
            }
            array.into()
        }
        Json::Object(members) => {
            let map = Map::new();
            for (name, value) in members {
                map.set(&JsValue::from_str(name), &out(value)?);
            }
            map.into()
        }
    })
}

fn of_number(number: &Number) -> JsResult<JsValue> {
    let text = number.as_str();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = digits.bytes().all(|octet| octet.is_ascii_digit());
    let is_safe = digits.parse::<u64>().is_ok_and(|value| value <= MAX_SAFE);
    if is_whole && !is_safe {
        let value = BigInt::new(&JsValue::from_str(text)).map_err(JsValue::from)?;
        return Ok(value.into());
    }
    Ok(JsValue::from_f64(foreign::parse_float(text)?))
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
    let raw = given.raw();
    if raw.is_null() {
        return Ok(Json::Null);
    }
    if let Some(value) = raw.as_bool() {
        return Ok(Json::Bool(value));
    }
    if raw.is_string() {
        return given.string().map(Json::String);
    }
    if raw.as_f64().is_some() || raw.is_bigint() {
        let text = match raw.dyn_ref::<BigInt>() {
            Some(number) => number.to_string(10).map_err(JsValue::from)?,
            None => raw
                .unchecked_ref::<js_sys::Number>()
                .to_string_with_radix(10)?,
        };
        let number = text.as_string().and_then(Number::new);
        return number.map(Json::Number).ok_or_else(wrong);
    }
    if !raw.is_object() || given.is_octets()? {
        return Err(wrong());
    }
    if foreign::is_array(raw)? {
        let values = given.each(|inner| value(inner, depth - 1, left))?;
        return Ok(Json::Array(values));
    }
    let mut members = Vec::new();
    for (name, inner) in given.entries()? {
        if !inner.raw().is_undefined() {
            members.push((name, value(&inner, depth - 1, left)?));
        }
    }
    Ok(Json::Object(members))
}
