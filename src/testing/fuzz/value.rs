//! What a message says, whichever way it came: the same for two messages that only differ in how values had to travel.

use base64ct::{Base64, Encoding as _};

use crate::syncml::{Command, Data, Item, Message, Meta, RawChild, RawElement};

/// The message with octets as the base64 that they are in XML, without the Formats that say how a value travels, and without Meta that
/// says nothing.
pub(super) fn of(message: &Message) -> Message {
    let mut message = message.clone();
    let mut raw = raw_of(&mut message);
    while let Some(element) = raw.pop() {
        join(element);
        raw.extend(inside(element));
    }
    message
}

/// Whether anything that the model has no name for is in this namespace.
pub(super) fn holds(message: &Message, ns: &str) -> bool {
    let mut message = message.clone();
    let mut raw = raw_of(&mut message);
    while let Some(element) = raw.pop() {
        if element.ns == ns {
            return true;
        }
        raw.extend(inside(element));
    }
    false
}

fn inside(element: &mut RawElement) -> impl Iterator<Item = &mut RawElement> {
    element.children.iter_mut().filter_map(|child| match child {
        RawChild::Element(element) => Some(element),
        RawChild::Text(_) | RawChild::Octets(_) => None,
    })
}

/// All that the model has no name for; values come to be as they are compared.
fn raw_of(message: &mut Message) -> Vec<&mut RawElement> {
    let mut raw: Vec<&mut RawElement> = Vec::new();
    let header = &mut message.header;
    raw.extend(&mut header.extra);
    raw.extend(header.cred.iter_mut().flat_map(|cred| &mut cred.extra));
    for location in [&mut header.target, &mut header.source] {
        raw.extend(&mut location.extra);
    }
    let mut waiting: Vec<&mut Command> = message.commands.iter_mut().collect();
    while let Some(command) = waiting.pop() {
        match command {
            Command::Add(operation)
            | Command::Replace(operation)
            | Command::Delete(operation)
            | Command::Copy(operation)
            | Command::Get(operation)
            | Command::Exec(operation) => {
                raw.extend(&mut operation.extra);
                raw.extend(in_meta(operation.meta.as_deref_mut()));
                raw.extend(in_items(&mut operation.items));
            }
            Command::Alert(alert) => {
                raw.extend(&mut alert.extra);
                raw.extend(in_items(&mut alert.items));
            }
            Command::Atomic(group) | Command::Sequence(group) => {
                raw.extend(&mut group.extra);
                raw.extend(in_meta(group.meta.as_deref_mut()));
                waiting.extend(&mut group.commands);
            }
            Command::Status(status) => {
                raw.extend(&mut status.extra);
                raw.extend(status.cred.iter_mut().flat_map(|cred| &mut cred.extra));
                raw.extend(status.chal.iter_mut().flat_map(|chal| &mut chal.extra));
                raw.extend(in_items(&mut status.items));
            }
            Command::Results(results) => {
                raw.extend(&mut results.extra);
                raw.extend(in_meta(results.meta.as_deref_mut()));
                raw.extend(in_items(&mut results.items));
            }
            Command::Unknown(unknown) => raw.push(&mut unknown.element),
        }
    }
    raw
}

fn in_meta(meta: Option<&mut Meta>) -> impl Iterator<Item = &mut RawElement> {
    meta.into_iter().flat_map(|meta| &mut meta.extra)
}

fn in_items(items: &mut [Item]) -> Vec<&mut RawElement> {
    let mut raw = Vec::new();
    for item in items {
        settle(item);
        raw.extend(&mut item.extra);
        raw.extend(in_meta(item.meta.as_mut()));
        for location in item.target.iter_mut().chain(&mut item.source) {
            raw.extend(&mut location.extra);
        }
    }
    raw
}

fn settle(item: &mut Item) {
    let travels = match &item.data {
        Some(Data::Octets(octets)) => {
            item.data = Some(Data::Text(Base64::encode_string(octets)));
            true
        }
        Some(Data::Markup(_)) => true,
        _ => false,
    };
    if let Some(meta) = &mut item.meta
        && (travels || meta.format.as_deref() == Some("b64"))
    {
        meta.format = None;
    }
    if item.meta == Some(Meta::default()) {
        item.meta = None;
    }
}

/// Octets as text, and text beside text as one.
fn join(element: &mut RawElement) {
    let mut joined: Vec<RawChild> = Vec::new();
    for child in std::mem::take(&mut element.children) {
        let text = match child {
            RawChild::Element(element) => {
                joined.push(RawChild::Element(element));
                continue;
            }
            RawChild::Text(text) => text,
            RawChild::Octets(octets) => Base64::encode_string(&octets),
        };
        match joined.last_mut() {
            Some(RawChild::Text(before)) => before.push_str(&text),
            _ if text.is_empty() => {}
            _ => joined.push(RawChild::Text(text)),
        }
    }
    element.children = joined;
}
