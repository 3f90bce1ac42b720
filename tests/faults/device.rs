//! The host of the device: what it stores in one transaction, what it does for tickets, and how it comes back from a crash.

use std::collections::BTreeMap;

use omadm::{
    ClientAlert, ClientEvent, ClientSession, Encoding, Env, Error, Fault as Blame, Limits, Outcome,
    Outgoing, Received, Tree,
};

use super::fault::{Kind, Point};
use super::flow::{Flow, Side, Takes, leaf};
use super::needles::{needles, shows};
use super::rest::AtRest;
use super::trouble::Trouble;

/// What is stored in one transaction.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) saved: Option<AtRest>,
    pub(crate) tree: Tree,
    /// The ticket that waits, as its event says it.
    open: Option<ClientEvent>,
    /// All events of the session.
    pub(crate) log: Vec<ClientEvent>,
    /// Alerts to raise, so many messages later.
    todo: Vec<(usize, ClientAlert)>,
    /// How many were raised in the session.
    raised: usize,
}

pub(crate) struct DeviceHost<'f> {
    flow: &'f Flow,
    encoding: Encoding,
    /// Whether the session is put to rest after every step.
    rests: bool,
    /// Whether what is restored is saved again.
    pub(crate) is_thorough: bool,
    pub(crate) stored: Stored,
    history: Vec<Stored>,
    live: Option<ClientSession>,
    /// What was done for tickets, each of which is done once whatever is forgotten.
    done: BTreeMap<(usize, u32, String), Outcome>,
    /// The same in words, and the values that the host keeps.
    pub(crate) effects: Vec<String>,
    values: BTreeMap<String, Vec<String>>,
    pub(crate) takes: Takes,
    pub(crate) limits: Limits,
    sessions: usize,
    has_begun: bool,
    /// The message that is out, as it was first sent.
    out: Option<Outgoing>,
    needles: Vec<Vec<u8>>,
}

/// What came of a step.
pub(crate) enum Step<T> {
    Done(T),
    /// The host has lost its memory.
    Lost,
}

impl<'f> DeviceHost<'f> {
    pub(crate) fn new(flow: &'f Flow, encoding: Encoding, rests: bool) -> Self {
        Self {
            flow,
            encoding,
            rests,
            is_thorough: true,
            stored: Stored {
                saved: None,
                tree: flow.tree.clone(),
                open: None,
                log: Vec::new(),
                todo: Vec::new(),
                raised: 0,
            },
            history: Vec::new(),
            live: None,
            done: BTreeMap::new(),
            effects: Vec::new(),
            values: BTreeMap::new(),
            takes: flow.device_takes,
            limits: Limits::DEFAULT,
            sessions: 1,
            has_begun: false,
            out: None,
            needles: needles(flow),
        }
    }

    /// Forgets the session; the account stays.
    pub(crate) fn another_session(&mut self) {
        self.crash();
        self.sessions += 1;
        self.out = None;
        self.has_begun = false;
        self.stored.open = None;
        self.stored.log.clear();
        self.stored.raised = 0;
        self.takes = self.flow.device_takes;
        self.limits = Limits::DEFAULT;
    }

    /// The memory is gone, and what was stored is read again.
    pub(crate) fn crash(&mut self) {
        self.live = None;
        let saved = self.stored.tree.save().unwrap();
        let tree = Tree::restore(&saved, &[], &self.limits).unwrap();
        assert_eq!(tree, self.stored.tree);
        self.stored.tree = tree;
    }

    /// What was stored so many commits ago is put back.
    pub(crate) fn set_back(&mut self, commits: usize) {
        for _ in 0..commits {
            if let Some(stored) = self.history.pop() {
                self.stored = stored;
            }
        }
        self.out = None;
        self.crash();
    }

    fn restored(&self, saved: &AtRest) -> ClientSession {
        let state = saved.account.clone();
        let config = self
            .flow
            .client_config(self.encoding, self.takes, &self.limits, state);
        let session = ClientSession::restore(&saved.saved(), config).unwrap();
        assert!(
            !self.is_thorough || saved.is(&session.save().unwrap()),
            "at rest"
        );
        session
    }

    fn wake(&mut self, trouble: &mut Trouble, is_new: bool) -> ClientSession {
        if let Some(live) = self.live.take() {
            return live;
        }
        match &self.stored.saved {
            Some(saved) if !is_new => self.restored(saved),
            before => {
                let state = before
                    .as_ref()
                    .map_or_else(|| self.flow.device_state.clone(), |s| s.account.clone());
                let config =
                    self.flow
                        .client_config(self.encoding, self.takes, &self.limits, state);
                let trigger = match self.sessions {
                    1 => self.flow.trigger.clone(),
                    _ => omadm::Trigger::Client,
                };
                let (now, entropy) = trouble.env();
                ClientSession::new(config, trigger, &Env::new(now, &entropy).unwrap())
            }
        }
    }

    /// Stores all of it, or nothing.
    fn commit(&mut self, session: ClientSession, mut stored: Stored) {
        let saved = session.save().unwrap();
        let before = self.stored.saved.as_ref().filter(|_| self.has_begun);
        let at_rest = AtRest::store(before, &saved, (session.object_bytes(), self.flow.at_rest));
        if self.is_thorough && !self.needles.is_empty() {
            let shown = format!("{session:?} {saved:?} {:?}", stored.log);
            assert!(!at_rest.shows(&self.needles), "a secret at rest");
            assert!(!shows(&self.needles, shown.as_bytes()), "a secret is shown");
        }
        stored.saved = Some(at_rest);
        self.history
            .push(std::mem::replace(&mut self.stored, stored));
        self.live = (!self.rests).then_some(session);
        self.has_begun = true;
    }

    /// The next message, stored before it goes out; the one that is out goes out as it was.
    pub(crate) fn send(&mut self, trouble: &mut Trouble, is_new: bool) -> Step<Option<Outgoing>> {
        let kind = |forgets| Kind::Entropy {
            side: Side::Device,
            forgets,
        };
        let mut session = self.wake(trouble, is_new);
        for forgets in [false, true] {
            if trouble.fails_to_give(kind(forgets)) {
                self.live = (!forgets && !self.rests).then_some(session);
                return Step::Lost;
            }
        }
        let mut stored = self.stored.clone();
        for (left, alert) in std::mem::take(&mut stored.todo) {
            match left {
                0 if self.out.is_none() => {
                    stored.raised += usize::from(session.raise(alert).is_ok());
                }
                left => stored
                    .todo
                    .push((left - usize::from(self.out.is_none()), alert)),
            }
        }
        let (now, entropy) = trouble.env();
        let env = Env::new(now, &entropy).unwrap();
        let sent = session.send(&stored.tree, &env).unwrap();
        if let (Some(sent), Some(out)) = (&sent, &self.out) {
            assert!(sent == out, "what is out goes out as it was");
        }
        if trouble.crashes(Point::Sent) {
            self.crash();
            return Step::Lost;
        }
        self.commit(session, stored);
        self.out = sent.clone().filter(|sent| !sent.done);
        if trouble.crashes(Point::SentAndStored) {
            self.crash();
            return Step::Lost;
        }
        Step::Done(sent)
    }

    /// Takes a reply in; tells whether the session has gone on by it.
    pub(crate) fn receive(&mut self, trouble: &mut Trouble, received: &Received<'_>) -> Step<bool> {
        let before = self.stored.saved.clone().unwrap();
        let mut session = self.wake(trouble, false);
        let mut stored = self.stored.clone();
        let events = match session.receive(&mut stored.tree, received) {
            Ok(events) => events,
            Err(error) => {
                assert_blame(&error);
                assert!(
                    before.is(&session.save().unwrap()),
                    "{error} has changed it"
                );
                assert_eq!(stored.tree, self.stored.tree);
                self.live = (!self.rests).then_some(session);
                return Step::Done(false);
            }
        };
        stored.log.extend(events.iter().cloned());
        stored.open = events.into_iter().find(|event| ticket(event).is_some());
        if trouble.crashes(Point::Received) {
            self.crash();
            return Step::Lost;
        }
        self.commit(session, stored);
        let stored = self.stored.saved.as_ref();
        let is_on = stored.is_none_or(|stored| !stored.is(&before.saved()));
        if is_on {
            self.out = None;
        }
        if trouble.crashes(Point::ReceivedAndStored) {
            self.crash();
        }
        self.serve_tickets(trouble);
        Step::Done(is_on)
    }

    /// Does what the open tickets are for, each in a transaction of its own.
    pub(crate) fn serve_tickets(&mut self, trouble: &mut Trouble) {
        while let Some(event) = self.stored.open.clone() {
            let Some(number) = ticket(&event) else { return };
            let crashes =
                |trouble: &mut Trouble, point| trouble.strikes_ticket(number, Kind::Crash(point));
            if trouble.strikes_ticket(number, Kind::AbortTicket) {
                self.abort(trouble);
                continue;
            }
            if crashes(trouble, Point::TicketOpen) {
                self.crash();
                continue;
            }
            let outcome = self.act(trouble, number, &event);
            if crashes(trouble, Point::TicketServed) {
                self.crash();
                continue;
            }
            let mut session = self.wake(trouble, false);
            let mut stored = self.stored.clone();
            let events = session
                .complete(&mut stored.tree, number, &outcome)
                .unwrap();
            if crashes(trouble, Point::TicketComplete) {
                self.crash();
                continue;
            }
            let is_later = outcome == Outcome::status(202);
            stored
                .todo
                .extend(self.flow.report.clone().filter(|_| is_later));
            stored.log.extend(events.iter().cloned());
            stored.open = events.into_iter().find(|event| ticket(event).is_some());
            self.commit(session, stored);
            if crashes(trouble, Point::TicketStored) {
                self.crash();
            }
        }
    }

    /// What the ticket comes to; it is done if it has not been.
    fn act(&mut self, trouble: &mut Trouble, number: u32, event: &ClientEvent) -> Outcome {
        let key = (self.sessions, number, format!("{event:?}"));
        if let Some(outcome) = self.done.get(&key) {
            return outcome.clone();
        }
        let outcome = if trouble.strikes_ticket(number, Kind::TicketFails) {
            if let ClientEvent::Undo { uri, .. } = event {
                self.effects.push(format!("not undone {uri}"));
            }
            Outcome::status(500)
        } else {
            self.effect(event)
        };
        self.done.insert(key, outcome.clone());
        outcome
    }

    fn effect(&mut self, event: &ClientEvent) -> Outcome {
        let said = |data: &Option<omadm::Data>| {
            let text = data.as_ref().and_then(omadm::Data::as_text);
            text.unwrap_or_default().to_owned()
        };
        match event {
            ClientEvent::Interaction { command, .. } => {
                self.effects.push(format!("asked {}", command.text));
            }
            ClientEvent::Exec { uri, .. } => {
                self.effects.push(format!("exec {uri}"));
                return Outcome::status(self.flow.exec);
            }
            ClientEvent::Read { .. } => return Outcome::Value(leaf("of the host")),
            ClientEvent::Write { uri, data, .. } => {
                self.effects.push(format!("write {uri} {}", said(data)));
                self.values.entry(uri.clone()).or_default().push(said(data));
            }
            ClientEvent::Undo { uri, .. } => {
                self.effects.push(format!("undo {uri}"));
                self.values.entry(uri.clone()).or_default().pop();
            }
            _ => {}
        }
        Outcome::status(200)
    }

    /// The value that the host keeps of a node.
    pub(crate) fn value(&self, uri: &str) -> Option<&str> {
        self.values.get(uri)?.last().map(String::as_str)
    }

    /// Whether a ticket waits.
    pub(crate) fn is_busy(&self) -> bool {
        self.stored.open.is_some()
    }

    pub(crate) fn abort(&mut self, trouble: &mut Trouble) {
        if self.stored.saved.is_none() {
            return;
        }
        let mut session = self.wake(trouble, false);
        let mut stored = self.stored.clone();
        let events = session.abort(Some("the host has".to_owned()));
        if !events.is_empty() {
            stored.log.extend(events.iter().cloned());
            stored.open = events.into_iter().find(|event| ticket(event).is_some());
            self.out = None;
        }
        self.commit(session, stored);
    }

    /// How many alerts were raised in the session.
    pub(crate) fn raised(&self) -> usize {
        self.stored.raised
    }

    /// Whether a message of the session is stored.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether the session has an end, and its host knows.
    pub(crate) fn is_over(&self) -> bool {
        let is_end = |event: &ClientEvent| {
            matches!(event, ClientEvent::Finished | ClientEvent::Aborted { .. })
        };
        self.stored.log.iter().any(is_end)
    }
}

/// Nothing that a peer sends is the caller's fault.
pub(crate) fn assert_blame(error: &Error) {
    assert!(
        matches!(error.fault(), Blame::Input | Blame::Peer | Blame::Host),
        "{error}"
    );
}

pub(crate) fn ticket(event: &ClientEvent) -> Option<u32> {
    match event {
        ClientEvent::Interaction { ticket, .. }
        | ClientEvent::Exec { ticket, .. }
        | ClientEvent::Read { ticket, .. }
        | ClientEvent::Write { ticket, .. }
        | ClientEvent::Undo { ticket, .. } => Some(*ticket),
        _ => None,
    }
}
