//! What of a message WBXML has a place for: no attributes, and no namespaces but those of the code pages.

use omadm::syncml::{Chal, Cred, Location, Meta, RawChild, RawElement};
use omadm::{Command, Item, Message};

const METINF: &str = "syncml:metinf";

/// Leaves out what WBXML cannot carry.
pub(crate) fn reduce(message: &mut Message) {
    let ns = match message.header.ver_dtd.as_str() {
        "1.1" => "SYNCML:SYNCML1.1",
        _ => "SYNCML:SYNCML1.2",
    };
    let header = &mut message.header;
    mixed(&mut header.extra, ns);
    location(&mut header.target, ns);
    location(&mut header.source, ns);
    header.cred.iter_mut().for_each(|own| cred(own, ns));
    message.commands.iter_mut().for_each(|own| command(own, ns));
}

fn command(command: &mut Command, ns: &str) {
    match command {
        Command::Add(operation)
        | Command::Replace(operation)
        | Command::Delete(operation)
        | Command::Copy(operation)
        | Command::Get(operation)
        | Command::Exec(operation) => {
            operation.meta.as_deref_mut().into_iter().for_each(meta);
            operation.items.iter_mut().for_each(|own| item(own, ns));
            all(&mut operation.extra, ns);
        }
        Command::Alert(alert) => {
            alert.attributes.clear();
            alert.items.iter_mut().for_each(|own| item(own, ns));
            all(&mut alert.extra, ns);
        }
        Command::Atomic(group) | Command::Sequence(group) => {
            group.meta.as_deref_mut().into_iter().for_each(meta);
            group
                .commands
                .iter_mut()
                .for_each(|own| self::command(own, ns));
        }
        Command::Status(status) => {
            status.attributes.clear();
            status.cred.iter_mut().for_each(|own| cred(own, ns));
            status.chal.iter_mut().for_each(|own| chal(own, ns));
            status.items.iter_mut().for_each(|own| item(own, ns));
            all(&mut status.extra, ns);
        }
        Command::Results(results) => {
            results.meta.as_deref_mut().into_iter().for_each(meta);
            results.items.iter_mut().for_each(|own| item(own, ns));
            all(&mut results.extra, ns);
        }
        Command::Unknown(unknown) => element(&mut unknown.element, ns),
    }
}

fn item(item: &mut Item, ns: &str) {
    item.attributes.clear();
    item.target.iter_mut().for_each(|own| location(own, ns));
    item.source.iter_mut().for_each(|own| location(own, ns));
    item.meta.iter_mut().for_each(meta);
    all(&mut item.extra, ns);
}

fn location(location: &mut Location, ns: &str) {
    all(&mut location.extra, ns);
}

fn cred(cred: &mut Cred, ns: &str) {
    mixed(&mut cred.extra, ns);
}

fn chal(chal: &mut Chal, ns: &str) {
    mixed(&mut chal.extra, ns);
}

fn meta(meta: &mut Meta) {
    all(&mut meta.extra, METINF);
}

/// Elements of Meta and others, told by their namespace; those of Meta come last.
fn mixed(extra: &mut [RawElement], ns: &str) {
    for own in extra.iter_mut() {
        let ns = if own.ns == METINF { METINF } else { ns };
        element(own, ns);
    }
    extra.sort_by_key(|own| own.ns == METINF);
}

fn all(extra: &mut [RawElement], ns: &str) {
    extra.iter_mut().for_each(|own| element(own, ns));
}

fn element(own: &mut RawElement, ns: &str) {
    ns.clone_into(&mut own.ns);
    own.attributes.clear();
    for child in &mut own.children {
        if let RawChild::Element(inner) = child {
            element(inner, ns);
        }
    }
}
