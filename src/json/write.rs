//! Writing.

use std::fmt::Write as _;

use crate::error::{Error, Fault, Result};
use crate::limits::MAX_DEPTH;

use super::value::Json;

/// What is still to be written.
enum Open<'j> {
    Array(std::slice::Iter<'j, Json>),
    Object(std::slice::Iter<'j, (String, Json)>),
}

/// A value as UTF-8 without byte order mark; `indent` is for people.
///
/// # Errors
///
/// [`Code::Limit`](crate::Code::Limit) for values in each other that no reader would take.
pub(crate) fn write(json: &Json, indent: bool) -> Result<Vec<u8>> {
    let mut out = String::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut value = Some(json);
    loop {
        if let Some(json) = value.take() {
            if open.len() > MAX_DEPTH as usize {
                let problem = format!("more than {MAX_DEPTH} values in each other");
                return Err(Error::limit("depth", problem).blaming(Fault::Caller));
            }
            begin(json, &mut out, &mut open);
        }
        let depth = open.len();
        let line = |out: &mut String, depth: usize| {
            if indent {
                out.push('\n');
                out.extend(std::iter::repeat_n("  ", depth));
            }
        };
        let (next, bracket) = match open.last_mut() {
            Some(Open::Array(rest)) => (rest.next().map(|value| (None, value)), ']'),
            Some(Open::Object(rest)) => {
                let member = rest.next();
                (member.map(|(name, value)| (Some(name), value)), '}')
            }
            None => return Ok(out.into_bytes()),
        };
        let is_first = out.ends_with(['[', '{']);
        match next {
            Some((name, json)) => {
                if !is_first {
                    out.push(',');
                }
                line(&mut out, depth);
                if let Some(name) = name {
                    string(name, &mut out);
                    out.push_str(if indent { ": " } else { ":" });
                }
                value = Some(json);
            }
            None => {
                if !is_first {
                    line(&mut out, depth - 1);
                }
                out.push(bracket);
                open.pop();
            }
        }
    }
}

fn begin<'j>(json: &'j Json, out: &mut String, open: &mut Vec<Open<'j>>) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(number) => out.push_str(number.as_str()),
        Json::String(text) => string(text, out),
        Json::Array(values) => {
            out.push('[');
            open.push(Open::Array(values.iter()));
        }
        Json::Object(members) => {
            out.push('{');
            open.push(Open::Object(members.iter()));
        }
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
