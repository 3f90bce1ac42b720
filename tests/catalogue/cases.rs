//! Every case of the table, decoded, and looked at.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::syncml::{Form, inspect};
use omadm::{Encoding, Error, Limits, Message, Result};
use serde_json::{Value, json};

use crate::table::{Table, title};

/// The most octets of the input that an error may quote.
const MAX_QUOTED: usize = 64;

/// Reads a body as JavaScript's `decode` does.
pub(crate) fn decode(body: &[u8], content_type: Option<&str>) -> Result<(Message, Form)> {
    let encoding = Encoding::detect(content_type, body)?;
    Message::decode_with_form(body, encoding, &Limits::DEFAULT)
}

/// An error as the table has it: what is not said is null.
fn said(error: &Error) -> Value {
    json!({
        "code": error.code().as_str(),
        "fault": error.fault().as_str(),
        "offset": error.offset(),
        "path": error.path(),
        "expected": error.expected(),
        "limit": error.exceeded(),
        "status": error.status(),
        "http": error.http(),
    })
}

/// What the table says of an error, with what most have in common.
fn wanted(error: &Value, mark: Option<usize>) -> Value {
    let mut wanted = json!({
        "code": null, "fault": "input", "offset": mark, "path": null, "expected": null, "limit": null, "status": 400, "http": 400,
    });
    let members = error.as_object().unwrap().clone();
    wanted.as_object_mut().unwrap().extend(members);
    wanted
}

/// The first run of octets of the input that is longer than an error may quote. Of long inputs their beginning counts.
fn overquoted<'t>(text: &'t str, body: &[u8]) -> Option<&'t [u8]> {
    let body = &body[..body.len().min(2000)];
    let mut runs = text.as_bytes().windows(MAX_QUOTED + 1);
    runs.find(|run| body.windows(run.len()).any(|octets| octets == *run))
}

/// What is written reads as what was written, in both encodings where they can carry it. XML says of octets that they are base64,
/// WBXML says of markup that it is: with that said, what is written twice is the same.
pub(crate) fn check_written(message: &Message, form: &Form) -> Result<(), String> {
    let mut written = vec![message.encode_as(form).map_err(|error| error.to_string())?];
    if *form != Form::Xml {
        written.extend(message.encode(Encoding::Xml, false).ok());
    }
    for (body, by_octet) in written.iter().zip([true, false]) {
        let (again, form) = decode(body, None).map_err(|error| format!("written: {error}"))?;
        let is_said = serde_json::to_string(message)
            .unwrap()
            .contains("\"markup\":");
        if by_octet && !is_said && again != *message {
            return Err("written, it reads as something else".to_owned());
        }
        let twice = again.encode_as(&form).map_err(|error| error.to_string())?;
        if decode(&twice, None) != Ok((again, form)) {
            return Err("written twice, it reads as something else".to_owned());
        }
    }
    Ok(())
}

fn check(table: &Table, case: &Value) -> Result<(), String> {
    let input = table.expand(&case["input"]);
    let content_type = case["contentType"].as_str();
    let decoded = decode(&input.body, content_type);
    let seen = inspect(&input.body, content_type, &Limits::DEFAULT);
    if let (Some(members), Ok((message, form))) = (case["outcome"]["value"].as_object(), &decoded) {
        let value = serde_json::to_value(message).unwrap();
        for (pointer, wanted) in members {
            let found = value.pointer(pointer);
            if found != Some(wanted) {
                return Err(format!("{pointer} is {found:?}"));
            }
        }
        check_written(message, form)?;
    }
    if let (Some(other), Ok((message, form))) = (case["outcome"]["equals"].as_str(), &decoded) {
        let other = table.expand(&table.case(other)["input"]);
        if decode(&other.body, None)
            .map(|(message, _)| message)
            .as_ref()
            != Ok(message)
        {
            return Err(format!("something else: {message:?}"));
        }
        check_written(message, form)?;
    }
    let error = &case["outcome"]["error"];
    match (&decoded, error.is_object()) {
        (Ok((message, _)), false) => {
            if seen.error.is_some()
                || seen.message.map(|(message, _)| message).as_ref() != Some(message)
            {
                return Err("inspect sees something else".to_owned());
            }
        }
        (Ok(_), true) => return Err("is accepted".to_owned()),
        (Err(error), false) => return Err(format!("{error:?}")),
        (Err(found), true) => {
            let (found_members, wanted) = (said(found), wanted(error, input.mark));
            if found_members != wanted {
                return Err(format!(
                    "{found:?}\n  found  {found_members}\n  wanted {wanted}"
                ));
            }
            if let Some(run) = overquoted(&found.to_string(), &input.body) {
                return Err(format!("quotes {}", String::from_utf8_lossy(run)));
            }
            if seen.error.as_ref() != Some(found) || seen.message.is_some() {
                return Err(format!("inspect says {:?}", seen.error));
            }
        }
    }
    Ok(())
}

fn check_group(group: char) {
    let table = Table::read();
    let cases = table.cases().iter();
    let of_group = cases.filter(|case| case["row"].as_str().unwrap().starts_with(group));
    let (mut count, mut wrong) = (0, Vec::new());
    for case in of_group {
        count += 1;
        let is_open = case["open"].as_bool() == Some(true);
        match check(&table, case) {
            Err(problem) if !is_open => wrong.push(format!("{}: {problem}", title(case))),
            Ok(()) if is_open => wrong.push(format!("{}: is open no more", title(case))),
            _ => {}
        }
    }
    assert!(count > 50, "{count}");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_must_be_accepted() {
    check_group('P');
}

#[test]
fn what_must_be_refused_in_xml() {
    check_group('X');
}

#[test]
fn what_must_be_refused_in_wbxml() {
    check_group('W');
}
