//! For the tests and the fuzzing of this project. No part of the API: it changes without notice.

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::markup::element::{Child, Children};
use crate::markup::outline::Outline;
use crate::markup::xml;

pub mod fuzz;
pub mod growth;

/// What XML says, one event a line: `<{namespace}name` and `>` around what is inside, `@{namespace}name=value` for an
/// attribute, sorted, `"` before text. Backslash, carriage return and line feed are written `\\`, `\r` and `\n`.
pub fn xml_events(input: &[u8]) -> Result<String> {
    let document = xml::parse(input, &Limits::UNBOUNDED)?;
    let escaped = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('\r', "\\r")
            .replace('\n', "\\n")
    };
    let mut out = String::new();
    let mut open: Vec<Children<'_>> = Vec::new();
    let mut next = Some(Child::Element(document.root()));
    loop {
        match next {
            Some(Child::Element(element)) => {
                out += &format!("<{{{}}}{}\n", escaped(element.ns()), element.name());
                let mut attributes: Vec<String> = element
                    .attributes()
                    .map(|(ns, name, value)| {
                        format!("@{{{}}}{name}={}\n", escaped(ns), escaped(value))
                    })
                    .collect();
                attributes.sort();
                out.extend(attributes);
                open.push(element.children());
            }
            Some(Child::Text(text)) => out += &format!("\"{}\n", escaped(text)),
            Some(Child::Octets(_) | Child::Markup(_)) => {}
            None => {
                open.pop();
                out += ">\n";
            }
        }
        match open.last_mut() {
            Some(children) => next = children.next(),
            None => return Ok(out),
        }
    }
}

/// What can be read of XML under the default limits, and what was wrong then.
pub fn xml_outline(input: &[u8]) -> (Outline, Option<Error>) {
    xml::outline(input, &Limits::DEFAULT)
}
