//! A walk through all that a message holds, for changing it.

use omadm::syncml::{Attributes, Chal, Cred, Location, Meta, RawElement};
use omadm::{Command, Item, Message};

/// Something in a message.
pub(crate) enum Part<'m> {
    /// The text of an element.
    Text(&'m mut String),
    /// Attributes.
    Attributes(&'m mut Attributes),
    /// Elements that have no name of their own.
    Extra(&'m mut Vec<RawElement>),
    /// An element of SyncBody that is no command.
    Unknown(&'m mut RawElement),
    /// An item. Its parts are visited too, after it.
    Item(&'m mut Item),
    /// A command other than Atomic and Sequence. Its parts are visited too, after it.
    Command(&'m mut Command),
}

/// What is done at each part; it is told the namespace of the message.
type Visit<'v> = dyn FnMut(Part<'_>, &'static str) + 'v;

struct Walk<'v> {
    visit: &'v mut Visit<'v>,
    ns: &'static str,
}

/// Visits every part of the message.
pub(crate) fn visit<'v>(message: &mut Message, visit: &'v mut Visit<'v>) {
    let header = &mut message.header;
    let ns = match header.ver_dtd.as_str() {
        "1.1" => "SYNCML:SYNCML1.1",
        _ => "SYNCML:SYNCML1.2",
    };
    let mut walk = Walk { visit, ns };
    walk.text(&mut header.ver_proto);
    walk.text(&mut header.session_id);
    walk.location(&mut header.target);
    walk.location(&mut header.source);
    walk.maybe(&mut header.resp_uri);
    header.cred.iter_mut().for_each(|cred| walk.cred(cred));
    walk.extra(&mut header.extra);
    walk.commands(&mut message.commands);
}

impl Walk<'_> {
    fn text(&mut self, text: &mut String) {
        (self.visit)(Part::Text(text), self.ns);
    }

    fn maybe(&mut self, text: &mut Option<String>) {
        text.iter_mut().for_each(|text| self.text(text));
    }

    fn extra(&mut self, extra: &mut Vec<RawElement>) {
        (self.visit)(Part::Extra(extra), self.ns);
    }

    fn attributes(&mut self, attributes: &mut Attributes) {
        (self.visit)(Part::Attributes(attributes), self.ns);
    }

    fn location(&mut self, location: &mut Location) {
        self.text(&mut location.uri);
        self.maybe(&mut location.name);
        self.extra(&mut location.extra);
    }

    fn meta(&mut self, meta: Option<&mut Meta>) {
        if let Some(meta) = meta {
            self.maybe(&mut meta.format);
            self.maybe(&mut meta.mime);
            self.maybe(&mut meta.mark);
            self.maybe(&mut meta.next_nonce);
            self.maybe(&mut meta.text);
            (self.visit)(Part::Extra(&mut meta.extra), "syncml:metinf");
        }
    }

    fn cred(&mut self, cred: &mut Cred) {
        self.text(&mut cred.kind);
        self.maybe(&mut cred.format);
        self.text(&mut cred.data);
        self.extra(&mut cred.extra);
    }

    fn chal(&mut self, chal: &mut Chal) {
        self.text(&mut chal.kind);
        self.maybe(&mut chal.format);
        self.maybe(&mut chal.next_nonce);
        self.extra(&mut chal.extra);
    }

    fn items(&mut self, items: &mut [Item]) {
        for item in items {
            (self.visit)(Part::Item(item), self.ns);
            let places = [&mut item.target, &mut item.source];
            places
                .into_iter()
                .flatten()
                .for_each(|place| self.location(place));
            self.meta(item.meta.as_mut());
            self.attributes(&mut item.attributes);
            self.extra(&mut item.extra);
        }
    }

    fn commands(&mut self, commands: &mut [Command]) {
        for command in commands {
            if !matches!(command, Command::Atomic(_) | Command::Sequence(_)) {
                (self.visit)(Part::Command(command), self.ns);
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &mut Command) {
        match command {
            Command::Add(operation)
            | Command::Replace(operation)
            | Command::Delete(operation)
            | Command::Copy(operation)
            | Command::Get(operation)
            | Command::Exec(operation) => {
                self.maybe(&mut operation.cmd_id);
                self.meta(operation.meta.as_deref_mut());
                self.maybe(&mut operation.correlator);
                self.items(&mut operation.items);
                self.extra(&mut operation.extra);
            }
            Command::Alert(alert) => {
                self.maybe(&mut alert.cmd_id);
                self.maybe(&mut alert.correlator);
                self.items(&mut alert.items);
                self.attributes(&mut alert.attributes);
                self.extra(&mut alert.extra);
            }
            Command::Atomic(group) | Command::Sequence(group) => {
                self.maybe(&mut group.cmd_id);
                self.meta(group.meta.as_deref_mut());
                self.commands(&mut group.commands);
            }
            Command::Status(status) => {
                self.maybe(&mut status.cmd_id);
                self.maybe(&mut status.msg_ref);
                self.maybe(&mut status.cmd_ref);
                self.text(&mut status.cmd);
                for target in &mut status.target_refs {
                    self.text(target);
                }
                for source in &mut status.source_refs {
                    self.text(source);
                }
                status.cred.iter_mut().for_each(|cred| self.cred(cred));
                status.chal.iter_mut().for_each(|chal| self.chal(chal));
                self.items(&mut status.items);
                self.attributes(&mut status.attributes);
                self.extra(&mut status.extra);
            }
            Command::Results(results) => {
                self.maybe(&mut results.cmd_id);
                self.maybe(&mut results.msg_ref);
                self.maybe(&mut results.cmd_ref);
                self.meta(results.meta.as_deref_mut());
                self.maybe(&mut results.target_ref);
                self.maybe(&mut results.source_ref);
                self.items(&mut results.items);
                self.extra(&mut results.extra);
            }
            Command::Unknown(unknown) => {
                self.maybe(&mut unknown.cmd_id);
                (self.visit)(Part::Unknown(&mut unknown.element), self.ns);
            }
        }
    }
}
