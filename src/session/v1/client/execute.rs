//! Executing a message on the tree: the commands are the tree's business, the tickets and what users are shown are the session's.

use serde::{Deserialize, Serialize};

use crate::auth::Authenticated;
use crate::error::{Error, Result};
use crate::markup::xml;
use crate::session::client::Outcome;
use crate::session::event::ClientEvent;
use crate::session::interaction::{InteractionKind, UiCommand};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Command, Encoding, Message};
use crate::tree::{
    Actor, Answer, Execution as Commands, HostCall, HostCallKind, ImplicitAdd, Progress, Question,
    Reply, Terms, Tree, Value, Verdict,
};
use crate::uri;

use super::chunks::Chunks;

/// What the host can do, and under which terms commands are executed.
pub(super) struct Surroundings<'a> {
    pub(super) server: &'a str,
    pub(super) now: u64,
    pub(super) interactions: &'a [InteractionKind],
    pub(super) implicit_add: bool,
    pub(super) fits: &'a dyn Fn(&[Answer]) -> bool,
    pub(super) takes: &'a dyn Fn(&str, &Value) -> bool,
}

/// A question to the host that has no answer yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ticket {
    id: u32,
    kind: TicketKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum TicketKind {
    Interaction(InteractionKind),
    Read,
    /// Exec, a value to write, or one to take back.
    Deed,
}

/// A message in the midst of its execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Execution {
    /// The message as it came: it is read again when the session is restored.
    #[serde(with = "serde_bytes")]
    pub(super) body: Vec<u8>,
    pub(super) encoding: Encoding,
    /// What of it came in chunks.
    pub(super) chunks: Chunks,
    commands: Commands,
    ticket: Option<Ticket>,
    /// It was aborted for this reason, and what was written is taken back.
    aborted: Option<Option<String>>,
}

impl Execution {
    pub(super) fn new(body: Vec<u8>, encoding: Encoding, chunks: Chunks) -> Self {
        Self {
            body,
            encoding,
            chunks,
            commands: Commands::new(),
            ticket: None,
            aborted: None,
        }
    }

    /// The reason of an abort, which may be none.
    pub(super) fn aborted(&self) -> Option<&Option<String>> {
        self.aborted.as_ref()
    }

    /// Executes nothing more, and asks the host to take back what an Atomic under way has written; gives the first such question.
    pub(super) fn abort(
        &mut self,
        message: &Message,
        reason: Option<String>,
        next_ticket: &mut u32,
    ) -> Result<Option<ClientEvent>> {
        self.aborted = Some(reason);
        self.ticket = None;
        match self.commands.abort(&message.commands) {
            Some(question) => self.ask(message, question, next_ticket).map(Some),
            None => Ok(None),
        }
    }

    /// Opens a ticket.
    fn ask(
        &mut self,
        message: &Message,
        question: Question,
        next_ticket: &mut u32,
    ) -> Result<ClientEvent> {
        let id = *next_ticket;
        *next_ticket = next_ticket.wrapping_add(1).max(1);
        let (kind, event) = self.event(message, id, question)?;
        self.ticket = Some(Ticket { id, kind });
        Ok(event)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.ticket.is_some()
    }

    /// Whether no other session has the tree for itself.
    pub(super) fn may_change(&self, tree: &Tree) -> bool {
        self.commands.may_change(tree)
    }

    /// What became of the commands, in their order.
    pub(super) fn take_answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.commands).into_answers()
    }

    /// Executes up to the end, or to the next command that needs the host; tells whether it is the end.
    pub(super) fn run(
        &mut self,
        message: &Message,
        tree: &mut Tree,
        surroundings: &Surroundings<'_>,
        next_ticket: &mut u32,
        _proof: &Authenticated,
        events: &mut Vec<ClientEvent>,
    ) -> Result<bool> {
        let terms = Terms {
            actor: Actor {
                server: surroundings.server,
                now: Some(surroundings.now),
            },
            implicit_add: if surroundings.implicit_add {
                ImplicitAdd::Yes
            } else {
                ImplicitAdd::No
            },
            alert: &|alert| verdict(alert, surroundings.interactions),
            settled: &|path, item| self.chunks.settled(path, item),
            fits: surroundings.fits,
            takes: surroundings.takes,
        };
        let mut changed = Vec::new();
        let progress = self
            .commands
            .run(&message.commands, tree, &terms, &mut changed)?;
        let changed = changed.into_iter().map(|changed| ClientEvent::Changed {
            uri: uri::display(&changed.path),
            by: changed.by,
        });
        events.extend(changed);
        let Progress::Asked(question) = progress else {
            return Ok(true);
        };
        events.push(self.ask(message, question, next_ticket)?);
        Ok(false)
    }

    fn event(
        &self,
        message: &Message,
        ticket: u32,
        question: Question,
    ) -> Result<(TicketKind, ClientEvent)> {
        Ok(match question {
            Question::Alert(alert) => {
                let command = UiCommand::of_alert(&alert)
                    .map_err(|_| Error::state("an alert that cannot be shown"))?;
                let kind = TicketKind::Interaction(command.kind());
                (kind, ClientEvent::Interaction { ticket, command })
            }
            Question::Call(HostCall {
                kind: HostCallKind::Read,
                path,
                ..
            }) => {
                let uri = uri::display(&path);
                (TicketKind::Read, ClientEvent::Read { ticket, uri })
            }
            Question::Call(call) if call.kind == HostCallKind::Exec => {
                let correlator = match self.commands.command(&message.commands) {
                    Some(Command::Exec(operation)) => operation.correlator.clone(),
                    _ => None,
                };
                let event = ClientEvent::Exec {
                    ticket,
                    uri: uri::display(&call.path),
                    data: call.data,
                    format: call.format,
                    mime: call.mime,
                    correlator,
                    report_to: None,
                };
                (TicketKind::Deed, event)
            }
            Question::Call(call) => {
                let event = ClientEvent::Write {
                    ticket,
                    uri: uri::display(&call.path),
                    data: call.data,
                    format: call.format,
                    mime: call.mime,
                };
                (TicketKind::Deed, event)
            }
            Question::Undo(call) => {
                let event = ClientEvent::Undo {
                    ticket,
                    uri: uri::display(&call.path),
                    data: call.data,
                    format: call.format,
                    mime: call.mime,
                };
                (TicketKind::Deed, event)
            }
        })
    }

    /// The host's answer to the open ticket.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg); then the ticket stays open.
    pub(super) fn complete(
        &mut self,
        message: &Message,
        ticket: u32,
        outcome: &Outcome,
    ) -> Result<()> {
        let open = self
            .ticket
            .filter(|open| open.id == ticket)
            .ok_or_else(|| Error::arg("no such ticket is open"))?;
        let reply = match outcome {
            Outcome::Value(node) => Reply::Value(node.clone()),
            Outcome::Response(_) | Outcome::Failed(_) => {
                return Err(
                    Error::arg("nothing was to be fetched").expecting("a status or a value")
                );
            }
            Outcome::Status { status, data } => {
                let status = StatusCode(*status);
                check(open.kind, status, data)?;
                self.check_answer(message, open.kind, status, data)?;
                let in_time = (status, data.clone());
                let default = (status == StatusCode::TIMEOUT)
                    .then(|| self.interaction(message)?.default_response())
                    .flatten();
                let (status, data) = default.unwrap_or(in_time);
                Reply::Status(status, data)
            }
        };
        self.commands.reply(&message.commands, reply)?;
        self.ticket = None;
        Ok(())
    }

    /// Refuses what no user can have typed or chosen.
    fn check_answer(
        &self,
        message: &Message,
        kind: TicketKind,
        status: StatusCode,
        data: &[String],
    ) -> Result<()> {
        let is_answered = status == StatusCode::OK && matches!(kind, TicketKind::Interaction(_));
        match self.interaction(message) {
            Some(command) if is_answered && !command.may_answer(data) => {
                Err(Error::arg("no answer of a user to this")
                    .expecting("one text, the number of one choice from 1 on, or those of several"))
            }
            _ => Ok(()),
        }
    }

    /// What the user is asked, where that is the open question.
    fn interaction(&self, message: &Message) -> Option<UiCommand> {
        match self.commands.command(&message.commands)? {
            Command::Alert(alert) => UiCommand::of_alert(alert).ok(),
            _ => None,
        }
    }
}

/// Refuses what a ticket cannot have become.
fn check(kind: TicketKind, status: StatusCode, data: &[String]) -> Result<()> {
    // Those two go with a challenge (section 9.1), which is ours.
    let asks_who = matches!(
        status,
        StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS
    );
    let (is_outcome, expected) = match kind {
        TicketKind::Interaction(kind) => (
            is_shown(kind, status),
            "200, 214, 408, 416, 500, or 304 to a confirmation",
        ),
        TicketKind::Read => (
            matches!(status.0, 400..=599) && !asks_who,
            "a value, or 400 to 599 but 401 and 407",
        ),
        TicketKind::Deed => (
            matches!(status.0, 200..=299 | 400..=599) && !asks_who,
            "200 to 299, or 400 to 599 but 401 and 407",
        ),
    };
    if !is_outcome {
        return Err(Error::arg("no outcome of this ticket").expecting(expected));
    }
    let takes_data = status == StatusCode::OK
        && matches!(
            kind,
            TicketKind::Interaction(InteractionKind::Input | InteractionKind::Choose)
        );
    if !takes_data && !data.is_empty() {
        return Err(Error::arg("this outcome has no data"));
    }
    if !data.iter().all(|text| xml::is_text(text)) {
        return Err(Error::arg("data that no message can carry")
            .expecting("text without control characters"));
    }
    Ok(())
}

/// The codes that an interaction may end with.
fn is_shown(kind: InteractionKind, status: StatusCode) -> bool {
    match status {
        StatusCode::OK | StatusCode::CANCELLED | StatusCode::TIMEOUT => true,
        StatusCode::NOT_MODIFIED => kind == InteractionKind::Confirm,
        // Cannot be shown, or failed.
        StatusCode(416) | StatusCode::COMMAND_FAILED => true,
        _ => false,
    }
}

/// What is done about an alert: the host shows what it can.
fn verdict(alert: &Alert, interactions: &[InteractionKind]) -> Verdict {
    let Some(code) = alert.code else {
        return Verdict::Answer(StatusCode::INCOMPLETE);
    };
    // Nobody is shown a part of something.
    if alert.items.iter().any(|item| item.more_data) {
        return Verdict::Answer(StatusCode::BAD_REQUEST);
    }
    match InteractionKind::of(code) {
        Some(kind) if interactions.contains(&kind) => match UiCommand::of_alert(alert) {
            Ok(_) => Verdict::Ask,
            Err(code) => Verdict::Answer(code),
        },
        // Alerts of the session itself were heeded when the message came in.
        None if is_of_session(alert) => Verdict::Answer(StatusCode::OK),
        Some(_) | None => Verdict::Answer(StatusCode::UNSUPPORTED_FEATURE),
    }
}

/// Alerts 1222, 1223 and 1225.
pub(super) fn is_session_alert(command: &Command) -> bool {
    matches!(command, Command::Alert(alert) if is_of_session(alert))
}

fn is_of_session(alert: &Alert) -> bool {
    matches!(
        alert.code,
        Some(AlertCode::NEXT_MESSAGE | AlertCode::SESSION_ABORT | AlertCode::NO_END_OF_DATA)
    )
}
