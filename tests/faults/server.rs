//! The host of the server: one session per SessionID, stored with the account and with all that was learnt, in one transaction.

use std::collections::BTreeMap;

use omadm::{
    AccountState, Encoding, Env, Limits, Message, NewCommand, Outgoing, Received, ServerEvent,
    ServerSession,
};

use super::device::assert_blame;
use super::fault::{Kind, Point};
use super::flow::{Flow, Side, Takes};
use super::needles::{needles, shows};
use super::rest::AtRest;
use super::trouble::Trouble;

/// A session and what its host knows of it.
#[derive(Clone, Default)]
pub(crate) struct Session {
    pub(crate) saved: Option<AtRest>,
    pub(crate) log: Vec<ServerEvent>,
    /// The commands by their numbers, and those that the device cannot be sent.
    pub(crate) pushed: Vec<NewCommand>,
    pub(crate) gone: Vec<u32>,
    /// How many batches are queued.
    batches: usize,
    pub(crate) is_done: bool,
}

#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) account: AccountState,
}

pub(crate) struct ServerHost<'f> {
    flow: &'f Flow,
    rests: bool,
    /// Whether what is restored is saved again.
    pub(crate) is_thorough: bool,
    pub(crate) stored: Stored,
    history: Vec<Stored>,
    live: Option<(String, ServerSession)>,
    /// What is queued in place of the flow's.
    pub(crate) batches: Vec<Vec<NewCommand>>,
    pub(crate) takes: Takes,
    pub(crate) limits: Limits,
    needles: Vec<Vec<u8>>,
}

/// What the device gets to see.
pub(crate) enum Answer {
    Reply(Outgoing),
    /// An error of HTTP.
    Refused(u16),
    /// Nothing.
    Lost,
}

impl<'f> ServerHost<'f> {
    pub(crate) fn new(flow: &'f Flow, rests: bool) -> Self {
        Self {
            flow,
            rests,
            is_thorough: true,
            stored: Stored {
                sessions: BTreeMap::new(),
                account: flow.server_state.clone(),
            },
            history: Vec::new(),
            live: None,
            batches: flow.batches.clone(),
            takes: flow.server_takes,
            limits: Limits::DEFAULT,
            needles: needles(flow),
        }
    }

    pub(crate) fn crash(&mut self) {
        self.live = None;
    }

    pub(crate) fn set_back(&mut self, commits: usize) {
        for _ in 0..commits {
            if let Some(stored) = self.history.pop() {
                self.stored = stored;
            }
        }
        self.crash();
    }

    /// Everything is again as it is for a new session.
    pub(crate) fn settle(&mut self, batches: Vec<Vec<NewCommand>>) {
        self.crash();
        self.batches = batches;
        self.takes = self.flow.server_takes;
        self.limits = Limits::DEFAULT;
    }

    fn restored(&self, saved: &AtRest) -> ServerSession {
        let config = self.flow.server_config(self.takes, &self.limits);
        let session = ServerSession::restore(&saved.saved(), config).unwrap();
        assert!(
            !self.is_thorough || saved.is(&session.save().unwrap()),
            "at rest"
        );
        session
    }

    fn wake(&mut self, id: &str) -> ServerSession {
        if let Some((_, live)) = self.live.take_if(|(live, _)| live == id) {
            return live;
        }
        let session = self.stored.sessions.get(id);
        match session.and_then(|session| session.saved.as_ref()) {
            Some(saved) => self.restored(saved),
            None => ServerSession::new(self.flow.server_config(self.takes, &self.limits)),
        }
    }

    fn commit(&mut self, id: String, server: ServerSession, mut stored: Stored) {
        let saved = server.save().unwrap();
        let session = stored.sessions.entry(id.clone()).or_default();
        let most = (server.object_bytes(), self.flow.at_rest);
        let at_rest = AtRest::store(session.saved.as_ref(), &saved, most);
        if self.is_thorough && !self.needles.is_empty() {
            let shown = format!("{server:?} {saved:?} {:?}", session.log);
            assert!(!at_rest.shows(&self.needles), "a secret at rest");
            assert!(!shows(&self.needles, shown.as_bytes()), "a secret is shown");
        }
        stored.account = saved.account;
        session.saved = Some(at_rest);
        self.history
            .push(std::mem::replace(&mut self.stored, stored));
        self.live = (!self.rests).then_some((id, server));
    }

    /// One request, from the transport to the transport.
    pub(crate) fn serve(&mut self, trouble: &mut Trouble, received: &Received<'_>) -> Answer {
        let peek = Encoding::detect(received.content_type, received.body)
            .and_then(|encoding| Message::peek(received.body, encoding, &self.limits));
        let id = match peek {
            Ok(peek) => peek.session_id,
            Err(error) => {
                assert_blame(&error);
                return Answer::Refused(error.http().unwrap_or(400));
            }
        };
        let mut server = self.wake(&id);
        let known = self.stored.sessions.get(&id);
        let before = known.and_then(|session| session.saved.clone());
        let is_as_before = |server: &ServerSession| {
            let before = before.as_ref();
            before.is_none_or(|before| before.is(&server.save().unwrap()))
        };
        let account = self.flow.account(self.stored.account.clone());
        let events = match server.receive(received, Some(&account)) {
            Ok(events) => events,
            Err(error) => {
                assert_blame(&error);
                assert!(is_as_before(&server), "{error} has changed it");
                self.live = (!self.rests).then_some((id, server));
                return Answer::Refused(error.http().unwrap_or(400));
            }
        };
        if trouble.crashes(Point::Heard) {
            self.crash();
            return Answer::Lost;
        }
        let mut stored = self.stored.clone();
        let session = stored.sessions.entry(id.clone()).or_default();
        let is_repeated = events == [ServerEvent::Repeated];
        if !is_repeated {
            let is_device = !events
                .iter()
                .any(|event| matches!(event, ServerEvent::Unauthenticated { .. }));
            session.log.extend(events);
            if is_device {
                self.host(session, &mut server, trouble);
            }
        }
        let source = |forgets| Kind::Entropy {
            side: Side::Server,
            forgets,
        };
        // Without entropy nothing is said: later, or the device comes again.
        trouble.fails_to_give(source(false));
        if trouble.fails_to_give(source(true)) {
            self.crash();
            return Answer::Lost;
        }
        let (now, entropy) = trouble.env();
        let out = server.respond(&Env::new(now, &entropy).unwrap()).unwrap();
        assert_eq!(out.repeated, is_repeated);
        if trouble.crashes(Point::Responded) {
            self.crash();
            return Answer::Lost;
        }
        if is_repeated {
            assert!(is_as_before(&server), "a repetition changes it");
            self.live = (!self.rests).then_some((id, server));
            return Answer::Reply(out);
        }
        session.gone.extend(&out.too_large);
        session.gone.extend(&out.unsupported);
        session.is_done = out.done;
        self.commit(id, server, stored);
        if trouble.crashes(Point::RespondedAndStored) {
            self.crash();
            return Answer::Lost;
        }
        Answer::Reply(out)
    }

    /// What the host does with what it has learnt.
    fn host(&self, session: &mut Session, server: &mut ServerSession, trouble: &mut Trouble) {
        let has = |is: fn(&ServerEvent) -> bool| session.log.iter().any(is);
        let is_started = has(|event| matches!(event, ServerEvent::Started { .. }));
        let is_aborted = has(|event| matches!(event, ServerEvent::Aborted { .. }));
        if is_aborted {
            return;
        }
        if is_started && let Some(batch) = self.batches.get(session.batches) {
            session.batches += 1;
            for command in batch {
                let number = server.push(command.clone()).unwrap();
                assert_eq!(number as usize, session.pushed.len());
                session.pushed.push(command.clone());
            }
        }
        let by_flow = self.flow.abort == Some((trouble.at, Side::Server));
        let by_fault = trouble.strikes(Kind::Abort {
            side: Side::Server,
            due: true,
        });
        if by_flow || by_fault {
            session.log.extend(server.abort(None));
        }
    }

    /// Whether a command still waits for a session of the device.
    pub(crate) fn is_queued(&self, session: &Session, number: u32) -> bool {
        let saved = session.saved.as_ref();
        saved.is_some_and(|saved| self.restored(saved).cancel(number))
    }

    /// The host ends all sessions that are at rest.
    pub(crate) fn abort(&mut self) {
        let ids: Vec<String> = self.stored.sessions.keys().cloned().collect();
        for id in ids {
            let mut server = self.wake(&id);
            let mut stored = self.stored.clone();
            if let Some(session) = stored.sessions.get_mut(&id) {
                session.log.extend(server.abort(None));
            }
            self.commit(id, server, stored);
        }
    }
}
