//! Carrying out the commands of package 2, in their order, each whatever became of those before it.
//!
//! A command that needs the host stops; once the host has answered all that was asked of it begins anew, with what is known by then. So nothing
//! of it is done before all is known, and it does not matter what the tree has become meanwhile.

use std::mem;

use serde::{Deserialize, Serialize};

use crate::dm2::{Command, Dialect, MoDocument, Outcome as Answer, Request as Package, fold};
use crate::error::{Error, Result};
use crate::order::gathered;
use crate::session::client::{ClientConfig, Failure, Fetched, Outcome};
use crate::session::event::{AbortedBy, ClientEvent};
use crate::status::StatusCode;
use crate::tree::{
    Access, Changed, Found, HostCall, HostCallKind, HostValues, Seen, Tree, Written,
};
use crate::uri;

use super::ClientSession;
use super::commands;
use super::places;
use super::state::Phase;
use super::transfer::{self, Request};
use super::waiting::Waiting;

/// Nothing to be given back: the nodes have no value.
pub(super) const NO_CONTENT: StatusCode = StatusCode(204);

/// A package in the midst of its execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Execution {
    /// The package as it came: it is read again when the session is restored.
    #[serde(with = "serde_bytes")]
    pub(super) body: Vec<u8>,
    /// What came in a header beside it.
    pub(super) accept_mo: Option<String>,
    /// Which command is next.
    next: u32,
    results: Vec<Answer>,
    /// Octets of the data in the results.
    octets: u64,
    /// Nodes in the results.
    items: u32,
    current: Current,
    ticket: Option<Ticket>,
    /// It was aborted for this reason, and what was written is taken back.
    aborted: Option<Option<String>>,
}

/// What is known for the command that is carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Current {
    /// Values that the host has given.
    pub(super) values: HostValues,
    /// What it is to be asked next.
    waiting: Waiting,
    /// What takes back what the host has written.
    written: Vec<HostCall>,
    /// Why what was written is to be taken back, and how much of it was.
    failed: Option<StatusCode>,
    undone: u32,
    /// What came of the request.
    pub(super) reply: Option<Reply>,
    /// What was sent: a status for each place, 200 for those whose data was in it.
    pub(super) sent: Option<Vec<StatusCode>>,
    /// The format in which the receiver wants what it did not take.
    pub(super) format: Option<String>,
    /// What came of Exec or SHOW.
    pub(super) status: Option<StatusCode>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reply {
    Fetched {
        status: u16,
        content_type: Option<String>,
        accept_mo: Option<String>,
        #[serde(with = "serde_bytes")]
        body: Vec<u8>,
    },
    Unreachable,
    Late,
    TooLarge,
}

/// A question to the host that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ticket {
    id: u32,
    about: About,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum About {
    Call(HostCall),
    /// A value to write; this takes it back.
    Write(HostCall),
    Undo,
    Http,
    Show,
}

/// What the host is asked.
pub(super) enum Question {
    Call(HostCall, Option<String>),
    Undo(HostCall),
    Http(Request),
    Show(String),
}

/// How a command ends, for now.
pub(super) enum Step {
    /// It is done: a result for each place that it names.
    Done(Vec<Answer>),
    /// The host is asked first.
    Ask(Question),
}

impl From<StatusCode> for Step {
    fn from(code: StatusCode) -> Self {
        Self::Done(vec![Answer::of(code)])
    }
}

/// Who a command is carried out for, and where.
pub(super) struct Scene<'a> {
    pub(super) session: &'a ClientSession,
    pub(super) tree: &'a mut Tree,
    pub(super) events: &'a mut Vec<ClientEvent>,
    /// What the server says of the formats that are taken where data is sent.
    pub(super) accept_mo: Option<&'a str>,
    /// Octets and nodes that results may still hold.
    pub(super) room: (u64, u32),
    pub(super) seen: &'a mut Option<Seen>,
}

impl<'a> Scene<'a> {
    pub(super) fn config(&self) -> &ClientConfig {
        &self.session.config
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.session.state.dialect
    }

    /// What the server may see and do in the tree as it is.
    pub(super) fn access(&mut self) -> Access<'a> {
        Access::again(self.tree, places::requester(self.session), self.seen)
    }

    /// Tells the host which nodes have changed.
    pub(super) fn changed(&mut self, changed: impl IntoIterator<Item = Changed>) {
        let changed = changed
            .into_iter()
            .map(|Changed { path, by }| ClientEvent::Changed {
                uri: uri::display(&path),
                by,
            });
        self.events.extend(changed);
    }
}

impl Execution {
    pub(super) fn new(body: Vec<u8>, accept_mo: Option<String>) -> Self {
        Self {
            body,
            accept_mo,
            next: 0,
            results: Vec::new(),
            octets: 0,
            items: 0,
            current: Current::default(),
            ticket: None,
            aborted: None,
        }
    }

    pub(super) const fn is_aborted(&self) -> bool {
        self.aborted.is_some()
    }

    /// Carries nothing more out.
    pub(super) fn abort(&mut self, reason: Option<String>) {
        self.aborted = Some(reason);
        self.ticket = None;
    }

    /// Whether it can be at rest: the last ticket is open, for a command that asks such a thing.
    pub(super) fn is_sound(&self, package: &Package, next_ticket: u32) -> bool {
        let command = package.commands.get(self.next as usize);
        let (Some(open), Some(command)) = (&self.ticket, command) else {
            return false;
        };
        open.id > 0
            && open.id.wrapping_add(1).max(1) == next_ticket
            && open.about.is_of(command)
            && (self.aborted.is_none() || open.about == About::Undo)
    }

    pub(super) fn into_results(self) -> Vec<Answer> {
        self.results
    }

    /// The host's answer to the open ticket.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg); then the ticket stays open.
    pub(super) fn complete(&mut self, ticket: u32, outcome: &Outcome) -> Result<()> {
        let open = self.ticket.as_ref().filter(|open| open.id == ticket);
        let open = open.ok_or_else(|| Error::arg("no such ticket is open"))?;
        let current = &mut self.current;
        match (&open.about, outcome) {
            (About::Call(call), Outcome::Value(node)) if call.kind == HostCallKind::Read => {
                if node.is_interior() {
                    let error = Error::arg("a value of format node");
                    return Err(error.expecting("the value of a leaf"));
                }
                current.waiting.took(node);
                current.values.insert(call.path.clone(), node.clone());
            }
            (About::Http, Outcome::Response(fetched)) => {
                if !(100..=599).contains(&fetched.status) {
                    let error = Error::arg("no status of HTTP");
                    return Err(error.expecting("100 to 599"));
                }
                current.reply = Some(Reply::of(fetched));
            }
            (About::Http, Outcome::Failed(failure)) => {
                current.reply = Some(match failure {
                    Failure::Network => Reply::Unreachable,
                    Failure::Timeout => Reply::Late,
                    Failure::TooLarge => Reply::TooLarge,
                });
            }
            (about, Outcome::Status { status, data }) => {
                let status = StatusCode(*status);
                about.check(status)?;
                let status = emitted(status);
                if !data.is_empty() {
                    return Err(Error::arg("this outcome has no data"));
                }
                match about {
                    About::Write(undo) if status.is_success() => current.written.push(undo.clone()),
                    About::Write(_) => current.fail(status),
                    About::Undo => current.undone = current.undone.saturating_add(1),
                    _ => {
                        current.waiting = Waiting::default();
                        current.status = Some(status);
                    }
                }
            }
            (about, _) => {
                return Err(Error::arg("no outcome of this ticket").expecting(about.expected()));
            }
        }
        self.ticket = None;
        Ok(())
    }

    /// Takes the results of a command in: one for each place in the draft dialect, one for all of them in the approved.
    fn take(&mut self, results: Vec<Answer>, dialect: Dialect) {
        let results = match dialect {
            Dialect::Draft => results,
            Dialect::Approved => fold(results).into_iter().collect(),
        };
        for result in &results {
            let (octets, items) = size(result, dialect);
            self.octets = self.octets.saturating_add(octets);
            self.items = self.items.saturating_add(items);
        }
        self.results.extend(results);
        self.current = Current::default();
        self.next = self.next.saturating_add(1);
    }
}

/// Octets and nodes of the data of a result.
pub(super) fn size(result: &Answer, dialect: Dialect) -> (u64, u32) {
    if result.objects.is_empty() {
        return (0, 0);
    }
    let document = MoDocument {
        dialect,
        items: result.objects.clone(),
    };
    let octets = document
        .encode(false)
        .map_or(u64::MAX, |body| body.len() as u64);
    let items = u32::try_from(result.objects.len()).unwrap_or(u32::MAX);
    (octets, items)
}

impl Current {
    /// Asks the host one thing after the other, unless it has been asked and could not do or give what was wanted.
    pub(super) fn ask(&mut self, calls: Vec<HostCall>, tree: &Tree) -> Step {
        if let Some(code) = self.status {
            return self.give_up(code);
        }
        match Waiting::of(calls, tree, &self.values) {
            Some((call, others)) => {
                self.waiting = others;
                Step::Ask(Question::Call(call, None))
            }
            None => self.give_up(StatusCode::COMMAND_FAILED),
        }
    }

    /// Fails, once the host has taken back what it has written.
    pub(super) fn give_up(&mut self, code: StatusCode) -> Step {
        self.fail(code);
        match self.to_undo() {
            Some(call) => Step::Ask(Question::Undo(call)),
            None => code.into(),
        }
    }

    /// What the host is to be asked next before the command begins anew.
    fn next_call(&mut self, tree: &Tree, most: u64) -> Option<HostCall> {
        self.waiting.next(tree, &self.values, most)
    }

    /// The command has failed with what the host has written.
    pub(super) fn fail(&mut self, code: StatusCode) {
        self.waiting = Waiting::default();
        self.failed.get_or_insert(code);
    }

    /// Why it has.
    pub(super) const fn failed(&self) -> Option<StatusCode> {
        self.failed
    }

    /// The paths to which the host has written.
    pub(super) fn written(&self) -> Written {
        self.written.iter().map(|call| call.path.clone()).collect()
    }

    /// What the host is to take back next: the value is the one before.
    fn to_undo(&self) -> Option<HostCall> {
        self.written.iter().nth_back(self.undone as usize).cloned()
    }

    /// The status of a value that the host could not give.
    pub(super) fn refused(&self) -> Option<StatusCode> {
        self.status
    }
}

impl Reply {
    fn of(fetched: &Fetched) -> Self {
        Self::Fetched {
            status: fetched.status,
            content_type: fetched.content_type.clone(),
            accept_mo: fetched.accept_mo.clone(),
            body: fetched.body.clone(),
        }
    }
}

impl About {
    /// Whether a command asks such a thing.
    const fn is_of(&self, command: &Command) -> bool {
        match command {
            Command::Hget { .. } => !matches!(self, Self::Show),
            Command::Hput { .. } | Command::Hpost { .. } => {
                matches!(self, Self::Call(_) | Self::Http)
            }
            Command::Show { .. } => matches!(self, Self::Show),
            _ => matches!(self, Self::Call(_)),
        }
    }

    const fn expected(&self) -> &'static str {
        match self {
            Self::Call(HostCall {
                kind: HostCallKind::Read,
                ..
            }) => "a value, or 400 to 599 but 401 and 407",
            Self::Call(_) | Self::Write(_) | Self::Undo => {
                "200 to 299, or 400 to 599 but 401 and 407"
            }
            Self::Http => "a response, or that there is none",
            Self::Show => "200, 403, 500 or 501",
        }
    }

    /// Refuses what a ticket cannot have become.
    fn check(&self, status: StatusCode) -> Result<()> {
        // Those ask for credentials.
        let is_failure = matches!(status.0, 400..=599) && !matches!(status.0, 401 | 407);
        let is_outcome = match self {
            Self::Call(call) if call.kind == HostCallKind::Read => is_failure,
            Self::Call(_) | Self::Write(_) | Self::Undo => is_failure || status.is_success(),
            Self::Http => false,
            Self::Show => matches!(status.0, 200 | 403 | 500 | 501),
        };
        if is_outcome {
            return Ok(());
        }
        Err(Error::arg("no outcome of this ticket").expecting(self.expected()))
    }
}

/// The status that DM 2.0 has for an outcome of the host.
fn emitted(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::ACCEPTED => status,
        status if status.is_success() => StatusCode::OK,
        StatusCode::PERMISSION_DENIED => StatusCode::FORBIDDEN,
        StatusCode(400 | 403..=406 | 413 | 415 | 500..=504) => status,
        _ => StatusCode::COMMAND_FAILED,
    }
}

/// What takes back what the host writes: the value before, as the tree knows it.
fn undo(call: &HostCall, tree: &Tree) -> HostCall {
    let before = match tree.find(&uri::display(&call.path)) {
        Ok(Some(Found::Leaf(node))) => Some(node),
        _ => None,
    };
    HostCall {
        kind: HostCallKind::Write,
        path: call.path.clone(),
        data: before.and_then(|node| node.data().cloned()),
        format: before.map(|node| node.format().name().to_owned()),
        mime: before.and_then(|node| node.mime().map(str::to_owned)),
    }
}

/// Ends a session that is aborted in the midst of a package, once the host has taken back what it has written for a command that is not done.
pub(super) fn wind_up(
    session: &mut ClientSession,
    mut execution: Box<Execution>,
    package: Package,
    events: &mut Vec<ClientEvent>,
) {
    if let Some(call) = execution.current.to_undo() {
        events.push(open(session, &mut execution, Question::Undo(call), None));
        session.state.phase = Phase::Executing(execution);
        session.package = Some(package);
        return;
    }
    let (by, reason) = (AbortedBy::Device, execution.aborted.take().flatten());
    // Nobody waits for the results of the last package.
    session.stop((!package.ends()).then(|| execution.into_results()));
    events.push(ClientEvent::Aborted { by, reason });
}

/// Opens a ticket.
fn open(
    session: &mut ClientSession,
    execution: &mut Execution,
    question: Question,
    tree: Option<&Tree>,
) -> ClientEvent {
    let id = session.state.next_ticket;
    session.state.next_ticket = id.wrapping_add(1).max(1);
    let (about, event) = ask(id, question);
    let about = match (about, tree) {
        (About::Call(call), Some(tree)) if call.kind == HostCallKind::Write => {
            About::Write(undo(&call, tree))
        }
        (about, _) => about,
    };
    execution.ticket = Some(Ticket { id, about });
    event
}

/// Carries commands out up to the end, or to the next that needs the host.
pub(super) fn run(session: &mut ClientSession, tree: &mut Tree, events: &mut Vec<ClientEvent>) {
    let Some(package) = session.package.take() else {
        return;
    };
    let Phase::Executing(mut execution) = mem::replace(&mut session.state.phase, Phase::Over)
    else {
        return;
    };
    if execution.is_aborted() {
        return wind_up(session, execution, package, events);
    }
    let mut seen = session.seen.take();
    while let Some(command) = package.commands.get(execution.next as usize) {
        let most = u64::from(session.config.limits.object_bytes);
        if let Some(call) = execution.current.next_call(tree, most) {
            let question = Question::Call(call, None);
            events.push(open(session, &mut execution, question, Some(tree)));
            session.state.phase = Phase::Executing(execution);
            (session.package, session.seen) = (Some(package), seen);
            return;
        }
        if let Command::Cont { url } = command {
            let code = transfer::check_url(url, &session.config);
            if code.is_ok() {
                session.state.url = Some(url.clone());
            }
            let code = code.map_or_else(|code| code, |()| StatusCode::OK);
            execution.take(vec![Answer::of(code)], session.state.dialect);
            continue;
        }
        // END stands for nothing that has a result.
        if *command == Command::End {
            execution.next = execution.next.saturating_add(1);
            continue;
        }
        let accept_mo = package.accept_mo.clone();
        let limits = &session.config.limits;
        let room = (
            u64::from(limits.bytes).saturating_sub(execution.octets),
            limits.items.saturating_sub(execution.items),
        );
        let mut scene = Scene {
            session,
            tree,
            events,
            accept_mo: accept_mo.as_deref(),
            room,
            seen: &mut seen,
        };
        match commands::step(command, &mut execution.current, &mut scene) {
            Step::Done(results) => execution.take(results, session.state.dialect),
            Step::Ask(question) => {
                events.push(open(session, &mut execution, question, Some(tree)));
                session.state.phase = Phase::Executing(execution);
                (session.package, session.seen) = (Some(package), seen);
                return;
            }
        }
    }
    if package.ends() {
        session.state.phase = Phase::Over;
        events.push(ClientEvent::Finished);
        return;
    }
    let results = execution.into_results();
    if session.state.seq >= session.config.limits.messages {
        session.stop(Some(results));
        events.push(ClientEvent::Aborted {
            by: AbortedBy::Device,
            reason: Some("too many messages".to_owned()),
        });
        return;
    }
    session.state.phase = Phase::Answering(results);
}

/// A question as an event, and what is remembered of it.
fn ask(ticket: u32, question: Question) -> (About, ClientEvent) {
    match question {
        Question::Call(call, report_to) => {
            let uri = uri::display(&call.path);
            let (data, format, mime) = (call.data.clone(), call.format.clone(), call.mime.clone());
            let event = match call.kind {
                HostCallKind::Read => ClientEvent::Read { ticket, uri },
                HostCallKind::Write => ClientEvent::Write {
                    ticket,
                    uri,
                    data,
                    format,
                    mime,
                },
                HostCallKind::Exec => ClientEvent::Exec {
                    ticket,
                    uri,
                    data,
                    format,
                    mime,
                    correlator: None,
                    report_to,
                },
            };
            (About::Call(call), event)
        }
        Question::Undo(call) => {
            let event = ClientEvent::Undo {
                ticket,
                uri: uri::display(&call.path),
                data: call.data,
                format: call.format,
                mime: call.mime,
            };
            (About::Undo, event)
        }
        Question::Http(request) => {
            let event = ClientEvent::Http {
                ticket,
                method: request.method,
                url: request.url,
                headers: gathered(request.headers),
                body: request.body,
            };
            (About::Http, event)
        }
        Question::Show(url) => (About::Show, ClientEvent::Show { ticket, url }),
    }
}
