//! The two hosts of a session of DM 2.0. What a step comes to is stored in one piece, and a crash goes back to what is stored.

use std::collections::BTreeMap;

use omadm::auth::NotificationPolicy;
use omadm::dm2::{Dialect, Headers, Request};
use omadm::session::{Failure, ObjectSettings};
use omadm::tree::Found;
use omadm::{
    Account, AccountState, Binding, ClientConfig, ClientEvent, ClientSession, Code, Data, Encoding,
    Env, Error, Limits, Outcome, Outgoing, Party, Received, Saved, ServerConfig, ServerEvent,
    ServerSession, Tree, Trigger, Version,
};

use super::dm2_flow::{DEVICE, EPOCH, Flow, SERVER, alert, outcome, tree};

pub(crate) type Entropy = [u8; Env::ENTROPY_LEN];

fn account() -> Account {
    Account {
        device_id: DEVICE.to_owned(),
        server_id: SERVER.to_owned(),
        client: Party::Transport,
        server: Party::Transport,
        notification: None,
        state: AccountState::default(),
    }
}

/// What a server's host has stored.
#[derive(Clone, PartialEq)]
pub(crate) struct AtServer {
    saved: Saved,
    batches: usize,
    pub(crate) told: Vec<String>,
    /// The commands of the last package, as lines that tell that they are not answered.
    asking: Vec<String>,
    /// How many commands have gone out.
    sent: usize,
    is_over: bool,
    /// Its host has ended the session, and no package has said so.
    is_aborted: bool,
}

pub(crate) struct Server<'f> {
    flow: &'f Flow,
    config: ServerConfig,
    session: ServerSession,
    stored: AtServer,
    before: Vec<AtServer>,
    /// Whether each step begins with what is stored.
    rests: bool,
}

impl AtServer {
    /// Whether nothing has changed; ahead of the first package a session may have taken either protocol for its own.
    pub(crate) fn is_as(&self, before: &Self) -> bool {
        let saved = match before.told.is_empty() {
            true => &self.saved,
            false => &before.saved,
        };
        let before = Self {
            saved: saved.clone(),
            ..before.clone()
        };
        *self == before
    }
}

fn place(command: u32, item: Option<u32>) -> String {
    item.map_or(command.to_string(), |item| format!("{command}[{item}]"))
}

/// What a server's host learns, in short.
fn said(event: &ServerEvent) -> Option<String> {
    Some(match event {
        ServerEvent::Status {
            code,
            command,
            item,
            created,
            ..
        } => {
            let created = if created.is_empty() { "" } else { " +" };
            format!("{} {code}{created}", place(*command, *item))
        }
        ServerEvent::Unknown { command, item, .. } => format!("{} ?", place(*command, *item)),
        ServerEvent::Started { .. } => "started".to_owned(),
        ServerEvent::Alert { .. } => "alert".to_owned(),
        ServerEvent::Data { .. } => "data".to_owned(),
        ServerEvent::Aborted { by, .. } => format!("aborted {by:?}"),
        ServerEvent::Violation { reason } => format!("violation {reason}"),
        _ => return None,
    })
}

impl<'f> Server<'f> {
    pub(crate) fn new(flow: &'f Flow, rests: bool) -> Self {
        let config = ServerConfig {
            server_id: SERVER.to_owned(),
            url: "https://dm2.example.org/dm".to_owned(),
            binding: Binding::Transport,
            strangers: Vec::new(),
            accept_mo: flow.accept_mo.map(str::to_owned),
            alert_types: vec!["urn:oma:at:acme:1.0:hot".to_owned()],
            max_msg_size: None,
            max_obj_size: None,
            limits: Limits::DEFAULT,
        };
        let session = ServerSession::new(config.clone());
        let stored = AtServer {
            saved: session.save().unwrap(),
            batches: 0,
            told: Vec::new(),
            asking: Vec::new(),
            sent: 0,
            is_over: false,
            is_aborted: false,
        };
        Self {
            flow,
            config,
            session,
            stored,
            before: Vec::new(),
            rests,
        }
    }

    pub(crate) fn told(&self) -> &[String] {
        &self.stored.told
    }

    pub(crate) fn stored(&self) -> AtServer {
        self.stored.clone()
    }

    /// What is told where what was asked last is not answered.
    pub(crate) fn asking(&self) -> Vec<String> {
        self.stored.asking.clone()
    }

    /// Whether it has said END or was told that it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.stored.is_over
    }

    /// How many commands have been pushed that are answered.
    pub(crate) fn asked(&self) -> usize {
        let all = &self.flow.batches;
        let asked = all.len() - usize::from(self.flow.finishes);
        all.iter()
            .take(self.stored.batches.min(asked))
            .map(Vec::len)
            .sum()
    }

    /// Whether all is told that was asked for.
    fn is_settled(&self, events: &[ServerEvent]) -> bool {
        let told = self.stored.told.iter().cloned();
        let told: Vec<String> = told.chain(events.iter().filter_map(said)).collect();
        (0..self.asked()).all(|number| {
            let number = number.to_string();
            let of = |line: &String| line.split(['[', ' ']).next() == Some(&*number);
            told.iter().any(of)
        })
    }

    pub(crate) fn crash(&mut self) {
        let saved = &self.stored.saved;
        self.session = ServerSession::restore(saved, self.config.clone()).unwrap();
        assert!(self.session.save().unwrap() == *saved, "saved otherwise");
    }

    pub(crate) fn set_back(&mut self) {
        if let Some(before) = self.before.pop() {
            self.stored = before;
            self.crash();
        }
    }

    pub(crate) fn abort(&mut self) {
        self.keep();
        let events = self.session.abort(Some("enough".to_owned()));
        assert!(self.session.abort(None).is_empty(), "aborted twice");
        self.stored.is_aborted = !events.is_empty();
        self.stored.told.extend(events.iter().filter_map(said));
        self.store();
    }

    /// What is stored now may be gone back to.
    fn keep(&mut self) {
        self.before.push(self.stored.clone());
    }

    fn store(&mut self) {
        self.stored.saved = self.session.save().unwrap();
        if self.rests {
            self.crash();
        }
    }

    /// What a package asks, in the order in which it was pushed; behind END nothing is answered.
    fn asks(&mut self, out: &Outgoing) {
        let stored = &mut self.stored;
        (stored.asking, stored.is_over) = (Vec::new(), true);
        if out.status == Some(200) {
            let read = Request::decode(&out.body, &Headers::default(), &Limits::DEFAULT);
            let (package, _) = read.unwrap();
            let count = package.commands.len() - usize::from(package.ends());
            stored.is_over = package.ends();
            if std::mem::take(&mut stored.is_aborted) {
                assert!(count == 0 && stored.is_over, "it goes on behind an abort");
            }
            let numbers = stored.sent..stored.sent + count;
            stored.sent += count;
            if !stored.is_over {
                stored.asking = numbers.map(|number| format!("{number} ?")).collect();
            }
        }
    }

    /// A request: what is said to it, or the HTTP status that refuses it.
    pub(crate) fn serve(
        &mut self,
        received: &Received<'_>,
        entropy: &Entropy,
    ) -> Result<Outgoing, u16> {
        let refused = |error: Error| Err(error.http().unwrap_or(500));
        // Who has no credentials has no account.
        let account = received.peer.map(|_| account());
        let events = match self.session.receive(received, account.as_ref()) {
            Ok(events) => events,
            Err(error) => {
                assert!(self.session.save().unwrap() == self.stored.saved, "{error}");
                return refused(error);
            }
        };
        let is_new = |event: &ServerEvent| {
            !matches!(
                event,
                ServerEvent::Repeated | ServerEvent::Unauthenticated { .. }
            )
        };
        let is_over = |event: &ServerEvent| matches!(event, ServerEvent::Aborted { .. });
        let mut next = self.stored.batches;
        if events.iter().any(is_new) && !events.iter().any(is_over) || events.is_empty() {
            for command in self.flow.batches.get(next).into_iter().flatten() {
                self.session.push(command.clone()).unwrap();
            }
            next = self.flow.batches.len().min(next + 1);
            let is_last = self.flow.finishes && next == self.flow.batches.len();
            if is_last && self.is_settled(&events) {
                self.session.finish();
            }
        }
        let out = match self.session.respond(&Env::new(1, entropy).unwrap()) {
            Ok(out) => out,
            Err(error) => panic!("{error}"),
        };
        assert!(out.unsupported.is_empty() && out.too_large.is_empty());
        self.keep();
        self.stored.told.extend(events.iter().filter_map(said));
        self.stored.batches = next;
        if events.iter().any(is_new) || events.is_empty() {
            self.asks(&out);
        }
        self.store();
        match out.status {
            Some(200) => Ok(out),
            status => Err(status.unwrap_or(500)),
        }
    }
}

/// What a device's host has stored.
#[derive(Clone)]
struct AtDevice {
    saved: Saved,
    tree: Vec<u8>,
    /// A ticket that is open.
    open: Option<ClientEvent>,
    /// A package is out.
    is_out: bool,
    heard: Vec<ClientEvent>,
    /// How many alerts its host has raised.
    raised: usize,
}

pub(crate) struct Device<'f> {
    pub(crate) flow: &'f Flow,
    config: ClientConfig,
    session: ClientSession,
    pub(crate) tree: Tree,
    stored: AtDevice,
    before: Vec<AtDevice>,
    /// What has been done in the world, by session and ticket.
    pub(crate) done: BTreeMap<(usize, u32), String>,
    /// What its values are that it was asked to write; nothing where it could not take one back.
    world: BTreeMap<String, Option<Data>>,
    number: usize,
    rests: bool,
}

/// The ticket of an event.
fn ticket(event: &ClientEvent) -> Option<u32> {
    match event {
        ClientEvent::Http { ticket, .. }
        | ClientEvent::Exec { ticket, .. }
        | ClientEvent::Show { ticket, .. }
        | ClientEvent::Read { ticket, .. }
        | ClientEvent::Write { ticket, .. }
        | ClientEvent::Undo { ticket, .. } => Some(*ticket),
        _ => None,
    }
}

/// What serving a ticket does.
fn effect(event: &ClientEvent) -> String {
    match event {
        ClientEvent::Http {
            method, url, body, ..
        } => format!("{method} {url} {}", body.as_ref().map_or(0, Vec::len)),
        ClientEvent::Exec { uri, .. } => format!("EXEC {uri}"),
        ClientEvent::Show { url, .. } => format!("SHOW {url}"),
        ClientEvent::Read { uri, .. } => format!("read {uri}"),
        ClientEvent::Write { uri, data, .. } => format!("write {uri} {data:?}"),
        _ => "undo".to_owned(),
    }
}

impl<'f> Device<'f> {
    pub(crate) fn new(flow: &'f Flow, rests: bool, entropy: &Entropy) -> Self {
        let index = [(1, "oma-dm-devinfo:1.2"), (2, "ext-acme-pump:1.0")];
        let config = ClientConfig {
            account: account(),
            url: "https://dm2.example.org/dm".to_owned(),
            version: Version::V1_2,
            encoding: Encoding::Xml,
            dm2: Some(flow.dialect),
            origins: vec!["https://repo.example.org".to_owned()],
            interactions: Vec::new(),
            implicit_add: false,
            tree_alerts: false,
            max_msg_size: None,
            max_obj_size: None,
            objects: ObjectSettings {
                epoch: Some(EPOCH),
                index: index
                    .map(|(index, moid)| (index, format!("oma:mo:{moid}")))
                    .into(),
                ..ObjectSettings::default()
            },
            limits: Limits::DEFAULT,
        };
        let env = Env::new(1, entropy).unwrap();
        let session = match &flow.notification {
            None => ClientSession::new(config.clone(), Trigger::Client, &env),
            Some(body) => {
                let policy = NotificationPolicy {
                    form: omadm::NotificationForm::Draft,
                    ..NotificationPolicy::default()
                };
                let config = config.clone();
                ClientSession::notified(config, body, Vec::new(), &policy, &env).unwrap()
            }
        };
        let tree = tree();
        let stored = AtDevice {
            saved: session.save().unwrap(),
            tree: tree.save().unwrap(),
            open: None,
            is_out: false,
            heard: Vec::new(),
            raised: 0,
        };
        let mut device = Self {
            flow,
            config,
            session,
            tree,
            stored,
            before: Vec::new(),
            done: BTreeMap::new(),
            world: BTreeMap::new(),
            number: 0,
            rests,
        };
        for kind in &flow.alerts {
            device.raise(kind);
        }
        device.store();
        device
    }

    /// Another session of the same device.
    pub(crate) fn again(&mut self, entropy: &Entropy) {
        // The one before may have been left in its midst; nobody serves what it asks now.
        let events = self.session.abort(None);
        self.stored.heard.extend(events);
        let env = Env::new(2, entropy).unwrap();
        self.session = ClientSession::new(self.config.clone(), Trigger::Client, &env);
        (self.stored.open, self.stored.is_out) = (None, false);
        self.number += 1;
        self.store();
    }

    fn raise(&mut self, kind: &str) {
        self.session.raise(alert(kind)).unwrap();
        self.stored.raised += 1;
    }

    /// What the host raises amid the session, if it has not yet.
    pub(crate) fn raise_late(&mut self) {
        let kind = self.flow.late_alert.map(|(_, kind)| kind);
        if let Some(kind) = kind.filter(|_| self.stored.raised == self.flow.alerts.len()) {
            self.raise(kind);
            self.store();
        }
    }

    /// How many alerts its host has raised.
    pub(crate) fn raised(&self) -> usize {
        self.stored.raised
    }

    pub(crate) fn heard(&self) -> &[ClientEvent] {
        &self.stored.heard
    }

    fn restore(&mut self) {
        let saved = &self.stored.saved;
        self.session = ClientSession::restore(saved, self.config.clone()).unwrap();
        assert!(self.session.save().unwrap() == *saved, "saved otherwise");
        self.tree = Tree::restore(&self.stored.tree, &[], &Limits::DEFAULT).unwrap();
    }

    /// Whether a package was out in the approved dialect cannot be told behind a crash, and it is never sent again.
    pub(crate) fn crash(&mut self) {
        self.restore();
        if self.stored.is_out && self.flow.dialect == Dialect::Approved {
            self.abort();
        }
    }

    pub(crate) fn set_back(&mut self) {
        if let Some(before) = self.before.pop() {
            self.stored = before;
            self.crash();
        }
    }

    /// What is stored now may be gone back to.
    fn keep(&mut self) {
        self.before.push(self.stored.clone());
    }

    fn store(&mut self) {
        self.stored.saved = self.session.save().unwrap();
        self.stored.tree = self.tree.save().unwrap();
        if self.rests {
            self.restore();
        }
    }

    fn note(&mut self, events: Vec<ClientEvent>) {
        self.stored.open = events.iter().find(|event| ticket(event).is_some()).cloned();
        self.stored.heard.extend(events);
        self.store();
    }

    pub(crate) fn abort(&mut self) {
        let events = self.session.abort(Some("enough".to_owned()));
        assert!(self.session.abort(None).is_empty(), "aborted twice");
        self.keep();
        self.stored.is_out = false;
        // Without events it was aborted before, and what is to be taken back still is.
        if !events.is_empty() {
            self.note(events);
        }
    }

    pub(crate) fn send(&mut self, entropy: &Entropy) -> Option<Outgoing> {
        let env = Env::new(3, entropy).unwrap();
        let out = match self.session.send(&self.tree, &env) {
            Ok(out) => out?,
            Err(error) => panic!("{error}"),
        };
        self.keep();
        self.stored.is_out = !out.done;
        self.store();
        Some(out)
    }

    /// The ticket that is open.
    pub(crate) fn open(&self) -> Option<(u32, ClientEvent)> {
        let event = self.stored.open.clone()?;
        Some((ticket(&event)?, event))
    }

    /// What was written for a command that has failed is taken back, and what the tree says of the rest is so.
    pub(crate) fn check_world(&self) {
        for (uri, data) in self.world.iter().filter(|(_, data)| data.is_some()) {
            let found = self.tree.find(uri);
            let Ok(Some(Found::Leaf(node))) = found else {
                panic!("{uri}: {found:?}");
            };
            assert_eq!(node.data(), data.as_ref(), "{uri}");
        }
    }

    /// Does what a ticket wants: once, however often it is asked.
    pub(crate) fn act(&mut self, number: u32, event: &ClientEvent) {
        let effect = effect(event);
        let done = self.done.entry((self.number, number));
        assert_eq!(*done.or_insert_with(|| effect.clone()), effect);
        if let ClientEvent::Write { uri, data, .. } | ClientEvent::Undo { uri, data, .. } = event {
            self.world.insert(uri.clone(), data.clone());
        }
    }

    pub(crate) fn complete(&mut self, ticket: u32, event: &ClientEvent, fails: bool) {
        let outcome = match (fails, event) {
            (false, _) => outcome(event),
            (true, ClientEvent::Http { .. }) => Outcome::Failed(Failure::Timeout),
            (true, _) => Outcome::status(500),
        };
        if let (true, ClientEvent::Undo { uri, .. }) = (fails, event) {
            self.world.insert(uri.clone(), None);
        }
        let saved = self.session.save().unwrap();
        let other = self.session.complete(&mut self.tree, ticket + 1, &outcome);
        assert_eq!(other.err().map(|error| error.code()), Some(Code::Arg));
        assert!(
            self.session.save().unwrap() == saved,
            "an error changes something"
        );
        let events = self.session.complete(&mut self.tree, ticket, &outcome);
        self.keep();
        self.note(events.unwrap());
        let again = self.session.complete(&mut self.tree, ticket, &outcome);
        assert_eq!(again.err().map(|error| error.code()), Some(Code::Arg));
        assert!(self.session.save().unwrap() == self.stored.saved);
    }

    /// A reply; tells whether the session goes on by it.
    pub(crate) fn receive(&mut self, received: &Received<'_>) -> bool {
        let events = self.session.receive(&mut self.tree, received).unwrap();
        let is_asked = events == [ClientEvent::Unauthenticated];
        self.keep();
        self.stored.is_out &= is_asked;
        self.note(if is_asked { Vec::new() } else { events });
        !is_asked
    }
}
