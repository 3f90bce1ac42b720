//! Executing a message on the tree, one command after the other, so that it can stop at any of them and go on later.
//!
//! Where execution stands is a path of indices, one for the message and one for each Sequence around; nothing here recurses.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::auth::Authenticated;
use crate::error::{Error, Result};
use crate::markup::xml;
use crate::session::event::ClientEvent;
use crate::session::interaction::{InteractionKind, UiCommand};
use crate::status::StatusCode;
use crate::syncml::{Command, Data, Encoding, Item, Message, Meta, Operation};
use crate::tree::{ImplicitAdd, Tree};
use crate::uri;

use super::{Outcome, is_outcome};

/// What the host can do.
pub(super) struct Surroundings {
    pub(super) interactions: Vec<InteractionKind>,
    pub(super) implicit_add: bool,
}

/// What became of a command: one Status, and the Results that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) cmd_ref: String,
    pub(super) cmd: String,
    pub(super) target_ref: Option<String>,
    pub(super) code: StatusCode,
    pub(super) data: Vec<String>,
    pub(super) results: Vec<Value>,
}

/// What a Get found at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    pub(super) uri: String,
    pub(super) format: Option<String>,
    pub(super) mime: Option<String>,
    pub(super) data: Data,
}

/// A question to the host that has no answer yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ticket {
    id: u32,
    kind: InteractionKind,
}

/// A message in the midst of its execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Execution {
    /// The message as it came: it is read again when the session is restored.
    #[serde(with = "serde_bytes")]
    pub(super) body: Vec<u8>,
    pub(super) encoding: Encoding,
    /// The index of the next command, behind the indices of the Sequences around it.
    cursor: Vec<u32>,
    /// The depth of the cursor at which the rest is passed over, after a "no" in a Sequence.
    bypass: Option<u32>,
    /// The user has cancelled: the rest of the message is passed over.
    is_cancelled: bool,
    ticket: Option<Ticket>,
    seen: BTreeSet<String>,
    pub(super) answers: Vec<Answer>,
}

/// Whether execution has come to the end of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Done,
    Stopped,
}

impl Execution {
    pub(super) fn new(body: Vec<u8>, encoding: Encoding) -> Self {
        Self {
            body,
            encoding,
            cursor: vec![0],
            bypass: None,
            is_cancelled: false,
            ticket: None,
            seen: BTreeSet::new(),
            answers: Vec::new(),
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.ticket.is_some()
    }

    /// Executes up to the end, or to the next command that needs the host.
    pub(super) fn run(
        &mut self,
        message: &Message,
        tree: &mut Tree,
        surroundings: &Surroundings,
        next_ticket: &mut u32,
        _proof: &Authenticated,
        events: &mut Vec<ClientEvent>,
    ) -> Progress {
        while self.ticket.is_none() {
            let Some((index, around)) = self.cursor.split_last() else {
                return Progress::Done;
            };
            let commands = inside(message, around);
            let Some(command) = commands.get(*index as usize) else {
                self.leave();
                continue;
            };
            if matches!(command, Command::Status(_) | Command::Results(_)) {
                self.advance();
                continue;
            }
            let cmd_id = command.number().filter(|id| !self.seen.contains(*id));
            let Some(cmd_id) = cmd_id.map(str::to_owned) else {
                self.answer(command, "", StatusCode::BAD_REQUEST);
                self.advance();
                continue;
            };
            self.seen.insert(cmd_id.clone());
            self.step(command, &cmd_id, tree, surroundings, next_ticket, events);
        }
        Progress::Stopped
    }

    /// Executes one command, or opens a ticket for it.
    fn step(
        &mut self,
        command: &Command,
        cmd_id: &str,
        tree: &mut Tree,
        surroundings: &Surroundings,
        next_ticket: &mut u32,
        events: &mut Vec<ClientEvent>,
    ) {
        let is_passed_over = self.is_cancelled || self.bypass.is_some();
        match command {
            Command::Sequence(_) => {
                self.answer(
                    command,
                    cmd_id,
                    if is_passed_over {
                        StatusCode::NOT_EXECUTED
                    } else {
                        StatusCode::OK
                    },
                );
                self.cursor.push(0);
                return;
            }
            // All or nothing is an optional feature that is missing here: nothing, then.
            Command::Atomic(_) => {
                let code = if is_passed_over {
                    StatusCode::NOT_EXECUTED
                } else {
                    StatusCode::UNSUPPORTED_FEATURE
                };
                self.answer(command, cmd_id, code);
                self.cursor.push(0);
                self.bypass.get_or_insert(self.cursor.len() as u32);
                return;
            }
            _ if is_passed_over => self.answer(command, cmd_id, StatusCode::NOT_EXECUTED),
            Command::Get(operation) => self.get(operation, cmd_id, tree),
            Command::Add(operation) => {
                let implicit = if surroundings.implicit_add {
                    ImplicitAdd::Yes
                } else {
                    ImplicitAdd::No
                };
                let add = |item: &Item, meta: Option<&Meta>| tree.add(item, meta, implicit);
                self.change(command, operation, cmd_id, "add", add, events);
            }
            Command::Replace(operation) => {
                let replace = |item: &Item, meta: Option<&Meta>| tree.replace(item, meta);
                self.change(command, operation, cmd_id, "replace", replace, events);
            }
            Command::Delete(operation) => {
                let delete = |item: &Item, _: Option<&Meta>| tree.delete(item);
                self.change(command, operation, cmd_id, "delete", delete, events);
            }
            Command::Alert(alert) => match UiCommand::of_alert(alert) {
                Ok(ui) if surroundings.interactions.contains(&ui.kind()) => {
                    let ticket = Ticket {
                        id: *next_ticket,
                        kind: ui.kind(),
                    };
                    *next_ticket = next_ticket.wrapping_add(1).max(1);
                    self.ticket = Some(ticket);
                    events.push(ClientEvent::Interaction {
                        ticket: ticket.id,
                        command: ui,
                    });
                    return;
                }
                Ok(_) => self.answer(command, cmd_id, StatusCode::UNSUPPORTED_FEATURE),
                Err(_) if !alert.code.is_some_and(|code| code.is_interaction()) => {
                    // Alerts of the session itself were heeded when the message came in.
                    let code = if is_session_alert(command) {
                        StatusCode::OK
                    } else {
                        StatusCode::UNSUPPORTED_FEATURE
                    };
                    self.answer(command, cmd_id, code);
                }
                Err(code) => self.answer(command, cmd_id, code),
            },
            Command::Exec(_) | Command::Copy(_) => {
                self.answer(command, cmd_id, StatusCode::UNSUPPORTED_FEATURE)
            }
            Command::Unknown(_) | Command::Status(_) | Command::Results(_) => {
                self.answer(command, cmd_id, StatusCode::BAD_REQUEST);
            }
        }
        self.advance();
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
        let status = StatusCode(outcome.status);
        if !is_outcome(open.kind, status) {
            return Err(Error::arg("no outcome of this ticket")
                .expecting("200, 214, 408, or 304 to a confirmation"));
        }
        let takes_data = matches!(open.kind, InteractionKind::Input | InteractionKind::Choose)
            && status == StatusCode::OK;
        if !takes_data && !outcome.data.is_empty() {
            return Err(Error::arg("this outcome has no data"));
        }
        if !outcome.data.iter().all(|text| xml::is_text(text)) {
            return Err(Error::arg("data that no message can carry")
                .expecting("text without control characters"));
        }
        let Some((index, around)) = self.cursor.split_last() else {
            return Err(Error::state("nothing is executed"));
        };
        let Some(command) = inside(message, around).get(*index as usize) else {
            return Err(Error::state("nothing is executed"));
        };
        let in_sequence = !around.is_empty();
        self.answer(command, command.cmd_id().unwrap_or_default(), status);
        if let Some(answer) = self.answers.last_mut() {
            answer.data.clone_from(&outcome.data);
        }
        self.ticket = None;
        // Section 10.2: "no" passes over the rest of its Sequence, cancelling over the rest of the message.
        match status {
            StatusCode::NOT_MODIFIED if in_sequence => self.bypass = Some(self.cursor.len() as u32),
            StatusCode::CANCELLED | StatusCode::TIMEOUT => self.is_cancelled = true,
            _ => {}
        }
        self.advance();
        Ok(())
    }

    fn get(&mut self, operation: &Operation, cmd_id: &str, tree: &Tree) {
        let mut results = Vec::new();
        let codes = operation.items.iter().map(|item| {
            let uri = item.target.as_ref().map_or("", |target| &target.uri);
            match tree.get(uri) {
                Ok(found) => {
                    let meta = found.meta.unwrap_or_default();
                    let data = found.data.unwrap_or_else(|| Data::Text(String::new()));
                    results.push(Value {
                        uri: uri.to_owned(),
                        format: meta.format,
                        mime: meta.mime,
                        data,
                    });
                    StatusCode::OK
                }
                Err(code) => code,
            }
        });
        let codes: Vec<StatusCode> = codes.collect();
        self.answer_items("Get", operation, cmd_id, &codes);
        if let Some(answer) = self.answers.last_mut() {
            answer.results = results;
        }
    }

    /// A command that changes nodes: its items are independent of each other.
    fn change(
        &mut self,
        command: &Command,
        operation: &Operation,
        cmd_id: &str,
        by: &'static str,
        mut act: impl FnMut(&Item, Option<&Meta>) -> Result<String, StatusCode>,
        events: &mut Vec<ClientEvent>,
    ) {
        let codes = operation
            .items
            .iter()
            .map(|item| match act(item, operation.meta.as_ref()) {
                Ok(path) => {
                    events.push(ClientEvent::Changed {
                        uri: uri::display(&path),
                        by,
                    });
                    StatusCode::OK
                }
                Err(code) => code,
            });
        let codes: Vec<StatusCode> = codes.collect();
        self.answer_items(command.name(), operation, cmd_id, &codes);
    }

    /// One Status where all items fared alike, else one for each.
    fn answer_items(
        &mut self,
        name: &str,
        operation: &Operation,
        cmd_id: &str,
        codes: &[StatusCode],
    ) {
        let target = |item: &Item| item.target.as_ref().map(|target| target.uri.clone());
        let mut push = |target_ref, code| {
            let (cmd_ref, cmd) = (cmd_id.to_owned(), name.to_owned());
            self.answers.push(Answer {
                cmd_ref,
                cmd,
                target_ref,
                code,
                data: Vec::new(),
                results: Vec::new(),
            });
        };
        match (operation.items.as_slice(), codes) {
            ([], _) => push(None, StatusCode::INCOMPLETE),
            ([only], [code]) => push(target(only), *code),
            (_, [first, rest @ ..]) if rest.iter().all(|code| code == first) => push(None, *first),
            (items, codes) => items
                .iter()
                .zip(codes)
                .for_each(|(item, code)| push(target(item), *code)),
        }
    }

    fn answer(&mut self, command: &Command, cmd_ref: &str, code: StatusCode) {
        self.answers.push(Answer {
            cmd_ref: cmd_ref.to_owned(),
            cmd: command.name().to_owned(),
            target_ref: None,
            code,
            data: Vec::new(),
            results: Vec::new(),
        });
    }

    fn advance(&mut self) {
        if let Some(index) = self.cursor.last_mut() {
            *index += 1;
        }
    }

    /// Behind the last command of a Sequence, execution goes on behind the Sequence.
    fn leave(&mut self) {
        let depth = self.cursor.len() as u32;
        self.bypass = self.bypass.filter(|bypass| *bypass < depth);
        self.cursor.pop();
        self.advance();
    }
}

/// The commands of the message, or of the Sequence that the indices lead to.
fn inside<'m>(message: &'m Message, around: &[u32]) -> &'m [Command] {
    around.iter().fold(
        message.commands.as_slice(),
        |commands, index| match commands.get(*index as usize) {
            Some(Command::Sequence(group) | Command::Atomic(group)) => group.commands.as_slice(),
            _ => &[],
        },
    )
}

/// Alerts 1222, 1223 and 1225.
pub(super) fn is_session_alert(command: &Command) -> bool {
    use crate::status::AlertCode;
    let Command::Alert(alert) = command else {
        return false;
    };
    matches!(
        alert.code,
        Some(AlertCode::NEXT_MESSAGE | AlertCode::SESSION_ABORT | AlertCode::NO_END_OF_DATA)
    )
}
