//! The headers that count among those of a message: its type, its MAC, and those of DM 2.0.

use std::cell::RefCell;

use js_sys::{Function, Reflect, Symbol};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::foreign;
use super::read::{Given, MAX_ELEMENTS};
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
    /// Takes note of a header that counts: a string, or as Node has them an array of strings or undefined.
    fn note(&mut self, name: &str, value: &Given) -> JsResult<()> {
        if !counts(name) || value.raw().is_undefined() {
            return Ok(());
        }
        let values = match foreign::is_array(value.raw())? {
            true => value.strings()?,
            false => vec![value.string()?],
        };
        for value in values {
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
        } else {
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

/// The names of all that count, in lower case.
fn counting() -> impl Iterator<Item = &'static str> {
    [CONTENT_TYPE, HMAC].into_iter().chain(DM2)
}

fn counts(name: &str) -> bool {
    counting().any(|known| name.eq_ignore_ascii_case(known))
}

/// A Headers object; a Map, or pairs; else whatever has `forEach`; else a record.
pub(super) fn headers(headers: &Given) -> JsResult<Headers> {
    if !headers.raw().is_object() {
        return Err(headers.wrong("headers"));
    }
    if headers.raw().is_instance_of::<web_sys::Headers>() {
        return of_platform(headers);
    }
    if let Some(iterator) = method(headers.raw(), &Symbol::iterator())? {
        return among_pairs(headers, &iterator.call0(headers.raw())?);
    }
    if let Some(for_each) = method(headers.raw(), &JsValue::from_str("forEach"))? {
        return among_visited(headers.raw(), &for_each);
    }
    let mut found = Headers::default();
    for (name, value) in headers.entries()? {
        found.note(&name, &value)?;
    }
    Ok(found)
}

/// Asks the platform's own `get`, whatever the object or an heir of it says of itself.
fn of_platform(headers: &Given) -> JsResult<Headers> {
    let class = Reflect::get(&js_sys::global(), &JsValue::from_str("Headers"))?;
    let prototype = Reflect::get(&class, &JsValue::from_str("prototype"))?;
    let get =
        method(&prototype, &JsValue::from_str("get"))?.ok_or_else(|| headers.wrong("headers"))?;
    let mut found = Headers::default();
    for name in counting() {
        let value = get.call1(headers.raw(), &JsValue::from_str(name))?;
        if !value.is_null() {
            found.note(name, &Given::new(value, "a header"))?;
        }
    }
    Ok(found)
}

fn method(object: &JsValue, name: &JsValue) -> JsResult<Option<Function>> {
    Ok(Reflect::get(object, name)?.dyn_into().ok())
}

fn among_pairs(headers: &Given, iterator: &JsValue) -> JsResult<Headers> {
    let wrong = || headers.wrong("pairs of name and value");
    if !iterator.is_object() {
        return Err(wrong());
    }
    let next = method(iterator, &JsValue::from_str("next"))?.ok_or_else(wrong)?;
    let mut found = Headers::default();
    for _ in 0..MAX_ELEMENTS {
        let step = next.call0(iterator)?;
        if !step.is_object() {
            return Err(wrong());
        }
        if Reflect::get(&step, &JsValue::from_str("done"))?.is_truthy() {
            return Ok(found);
        }
        let pair = Reflect::get(&step, &JsValue::from_str("value"))?;
        let pair = Given::new(pair, "a header");
        if pair.len()? < 2 {
            return Err(wrong());
        }
        let name = pair.at(0)?.string()?;
        if counts(&name) {
            found.note(&name, &pair.at(1)?)?;
        }
    }
    Err(wrong())
}

/// A number for each visit, and the visits that are going on: `forEach` is the caller's, and may lead to another one.
#[derive(Default)]
struct Visits {
    last: u32,
    open: Vec<(u32, Vec<(String, JsValue)>)>,
}

thread_local! {
    static VISITS: RefCell<Visits> = RefCell::default();
    /// One for ever: callers may keep it and call it whenever they like, and a Closure that has been dropped throws like a trap.
    static VISITOR: Closure<dyn Fn(JsValue, JsValue, JsValue)> = Closure::new(visit);
}

/// Headers of one visit, at the most.
const MAX_FOUND: usize = 16;

/// Notes what counts, unless that visit is over.
fn visit(number: JsValue, value: JsValue, name: JsValue) {
    let Some(name) = name.as_string().filter(|name| counts(name)) else {
        return;
    };
    VISITS.with_borrow_mut(|visits| {
        let open = visits.open.iter_mut();
        let own = open.rev().find(|(open, _)| number == f64::from(*open));
        if let Some((_, found)) = own
            && found.len() < MAX_FOUND
        {
            found.push((name, value));
        }
    });
}

fn among_visited(headers: &JsValue, for_each: &Function) -> JsResult<Headers> {
    let number = VISITS.with_borrow_mut(|visits| {
        visits.last = visits.last.wrapping_add(1);
        visits.open.push((visits.last, Vec::new()));
        JsValue::from(visits.last)
    });
    let visitor = VISITOR.with(|visitor| {
        let visitor: &Function = visitor.as_ref().unchecked_ref();
        visitor.bind1(&JsValue::UNDEFINED, &number)
    });
    let done = for_each.call1(headers, &visitor);
    let seen = VISITS.with_borrow_mut(|visits| visits.open.pop());
    done?;
    let mut found = Headers::default();
    for (name, value) in seen.map(|(_, seen)| seen).unwrap_or_default() {
        found.note(&name, &Given::new(value, "a header"))?;
    }
    Ok(found)
}
