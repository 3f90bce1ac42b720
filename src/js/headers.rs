//! The headers that count among those of a message: its type, its MAC, and those of DM 2.0.

use super::read::Given;
use super::write::JsResult;

/// What counts.
#[derive(Clone, Default)]
pub(super) struct Headers {
    pub(super) content_type: Option<String>,
    pub(super) hmac: Option<String>,
    /// Those of DM 2.0 as they came, by their names in lower case.
    pub(super) dm2: Vec<(&'static str, String)>,
}

impl Headers {
    /// Takes note of a header: a string, or as Node has them an array of strings or undefined.
    fn note(&mut self, name: &str, value: &Given) -> JsResult<()> {
        if value.is_undefined() {
            return Ok(());
        }
        if !value.is_array() {
            self.note_one(name, value.string()?);
            return Ok(());
        }
        for value in value.strings()? {
            self.note_one(name, value);
        }
        Ok(())
    }

    /// Of several content types the first counts.
    fn note_one(&mut self, name: &str, value: String) {
        if name.eq_ignore_ascii_case(CONTENT_TYPE) {
            self.content_type.get_or_insert(value);
        } else if let Some(name) = DM2.iter().find(|known| name.eq_ignore_ascii_case(known)) {
            self.dm2.push((name, value));
        } else if name.eq_ignore_ascii_case(HMAC) {
            // Of several none can be right, whatever they say.
            self.hmac = Some(match self.hmac {
                Some(_) => ", ".to_owned(),
                None => value,
            });
        }
    }
}

const CONTENT_TYPE: &str = "content-type";
const HMAC: &str = "x-syncml-hmac";
const DM2: [&str; 3] = ["accept", "omadm-devid", "omadm-accept"];

/// Headers of whatever kind, of which `www/package/pack.js` has found those that count.
pub(super) fn headers(headers: &Given) -> JsResult<Headers> {
    if headers.has_no_pairs() {
        return Err(headers.wrong("pairs of name and value"));
    }
    if !headers.is_object() {
        return Err(headers.wrong("headers"));
    }
    let mut found = Headers::default();
    for (name, value) in headers.entries()? {
        found.note(&name, &value)?;
    }
    Ok(found)
}
