//! The content type among the headers of a message.

use std::cell::RefCell;

use js_sys::{Function, Reflect, Symbol};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::read::{Given, MAX_ELEMENTS};
use super::write::JsResult;

/// A Headers object; a Map, or pairs; else whatever has `forEach`; else a record.
pub(super) fn content_type(headers: &Given<'_>) -> JsResult<Option<String>> {
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
    for (name, value) in headers.entries()? {
        if is_content_type(&name) {
            return value.string().map(Some);
        }
    }
    Ok(None)
}

/// Asks the platform's own `get`, whatever the object or an heir of it says of itself.
fn of_platform(headers: &Given<'_>) -> JsResult<Option<String>> {
    let class = Reflect::get(&js_sys::global(), &JsValue::from_str("Headers"))?;
    let prototype = Reflect::get(&class, &JsValue::from_str("prototype"))?;
    let get =
        method(&prototype, &JsValue::from_str("get"))?.ok_or_else(|| headers.wrong("headers"))?;
    let value = get.call1(headers.raw(), &JsValue::from_str("content-type"))?;
    if value.is_null() {
        Ok(None)
    } else {
        Given::new(value, "a header").string().map(Some)
    }
}

fn is_content_type(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
}

fn method(object: &JsValue, name: &JsValue) -> JsResult<Option<Function>> {
    Ok(Reflect::get(object, name)?.dyn_into().ok())
}

fn among_pairs(headers: &Given<'_>, iterator: &JsValue) -> JsResult<Option<String>> {
    let wrong = || headers.wrong("pairs of name and value");
    if !iterator.is_object() {
        return Err(wrong());
    }
    let next = method(iterator, &JsValue::from_str("next"))?.ok_or_else(wrong)?;
    for _ in 0..MAX_ELEMENTS {
        let step = next.call0(iterator)?;
        if !step.is_object() {
            return Err(wrong());
        }
        if Reflect::get(&step, &JsValue::from_str("done"))?.is_truthy() {
            return Ok(None);
        }
        let pair = Reflect::get(&step, &JsValue::from_str("value"))?;
        let pair = Given::new(pair, "a header");
        if pair.len()? < 2 {
            return Err(wrong());
        }
        if is_content_type(&pair.at(0)?.string()?) {
            return pair.at(1)?.string().map(Some);
        }
    }
    Err(wrong())
}

/// A number for each visit, and the visits that are going on: `forEach` is the caller's, and may lead to another one.
#[derive(Default)]
struct Visits {
    last: u32,
    open: Vec<(u32, Option<JsValue>)>,
}

thread_local! {
    static VISITS: RefCell<Visits> = RefCell::default();
    /// One for ever: callers may keep it and call it whenever they like, and a Closure that has been dropped throws like a trap.
    static VISITOR: Closure<dyn Fn(JsValue, JsValue, JsValue)> = Closure::new(visit);
}

/// Notes the content type, unless that visit is over.
fn visit(number: JsValue, value: JsValue, name: JsValue) {
    if !name.as_string().is_some_and(|name| is_content_type(&name)) {
        return;
    }
    VISITS.with_borrow_mut(|visits| {
        let open = visits.open.iter_mut();
        let own = open.rev().find(|(open, _)| number == f64::from(*open));
        if let Some((_, found)) = own {
            *found = Some(value);
        }
    });
}

fn among_visited(headers: &JsValue, for_each: &Function) -> JsResult<Option<String>> {
    let number = VISITS.with_borrow_mut(|visits| {
        visits.last = visits.last.wrapping_add(1);
        visits.open.push((visits.last, None));
        JsValue::from(visits.last)
    });
    let visitor = VISITOR.with(|visitor| {
        let visitor: &Function = visitor.as_ref().unchecked_ref();
        visitor.bind1(&JsValue::UNDEFINED, &number)
    });
    let done = for_each.call1(headers, &visitor);
    let seen = VISITS.with_borrow_mut(|visits| visits.open.pop());
    done?;
    seen.and_then(|(_, found)| found)
        .map(|value| Given::new(value, "a header").string())
        .transpose()
}
