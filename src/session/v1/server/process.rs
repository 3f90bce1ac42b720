//! What the commands of an authenticated device mean.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::mem;

use crate::auth::Authenticated;
use crate::session::event::{AbortedBy, InitiatedBy, ServerEvent};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Command, Message};

use super::ServerSession;
use super::alerts::{on_dev_info, on_event, on_tree};
use super::answers::{on_no_end, on_results, on_status, one_by_one};
use super::incoming::{end_of_message, take_chunks};
use super::state::{Due, Next, Package, Pending, SetUp, State};

/// Commands of SyncML that are none of device management (Representation Protocol, on what DM uses).
const OF_OTHERS: [&str; 5] = ["Map", "Move", "Put", "Search", "Sync"];

/// Takes note of everything in a message. It cannot fail: what is wrong with a command is the code of its Status.
pub(super) fn process(
    session: &ServerSession,
    state: &mut State,
    message: &Message,
    _proof: &Authenticated,
    due: &mut Due,
    events: &mut Vec<ServerEvent>,
) {
    let mut is_aborted = false;
    let mut seen = BTreeSet::new();
    let begin = events.len();
    let one_by_one = one_by_one(&message.commands, state);
    for command in &message.commands {
        let number = command.number();
        let is_known = number.is_none_or(|number| seen.contains(number));
        let is_wrong = is_known || command.holds_cred();
        let taken = take_chunks(session, state, command, is_wrong, due, events);
        let of_chunks = taken.as_ref().map(|taken| taken.code);
        let whole = match taken {
            Some(taken) => taken.command.map(Cow::Owned),
            None => Some(Cow::Borrowed(command)),
        };
        match command {
            Command::Status(status) => on_status(state, status, &one_by_one, events),
            Command::Results(_) => {
                // The value of what came in chunks is not copied: it may be large.
                if let Some(Command::Results(results)) = whole.map(Cow::into_owned) {
                    on_results(state, results, events);
                }
                // Results have a Status where they are chunks.
                if let Some(code) = of_chunks {
                    let id = command.number().filter(|id| seen.insert((*id).to_owned()));
                    due.statuses.push(Pending {
                        cmd_ref: id.unwrap_or_default().to_owned(),
                        cmd: command.name().to_owned(),
                        code,
                        alerts: Vec::new(),
                    });
                }
            }
            _ => {
                let id = command.number().filter(|id| seen.insert((*id).to_owned()));
                let mut pending = Pending {
                    cmd_ref: id.unwrap_or_default().to_owned(),
                    cmd: command.name().to_owned(),
                    code: StatusCode::BAD_REQUEST,
                    alerts: Vec::new(),
                };
                // An abort is one, whatever its number.
                is_aborted |= is_abort(command);
                if id.is_some() && !command.holds_cred() {
                    let code = whole.as_deref().map(|command| {
                        on_command(session, state, command, &mut pending.alerts, due, events)
                    });
                    let codes = [code, of_chunks.filter(|code| *code != StatusCode::OK)];
                    let code = codes.into_iter().flatten().max();
                    pending.code = code.unwrap_or(StatusCode::OK);
                }
                if is_aborted {
                    due.abort.get_or_insert(due.statuses.len());
                }
                due.statuses.push(pending);
            }
        }
    }
    end_of_message(state, message.is_final, due, events);
    if !state.started && message.is_final {
        state.started = true;
        let SetUp {
            by_server,
            dev_info,
            ..
        } = mem::take(&mut state.set_up);
        let started = ServerEvent::Started {
            device_id: state.device.clone(),
            version: state
                .version
                .unwrap_or(crate::session::v1::version::Version::V1_2)
                .into(),
            dialect: None,
            initiated_by: if by_server {
                InitiatedBy::Server
            } else {
                InitiatedBy::Client
            },
            bootstrap: false,
            notification: None,
            dev_info,
        };
        events.insert(begin, started);
    }
    due.next = next(session, state, message, is_aborted, events);
}

/// What the reply is for (chapter 7.1, the states of a server).
fn next(
    session: &ServerSession,
    state: &mut State,
    message: &Message,
    aborted: bool,
    events: &mut Vec<ServerEvent>,
) -> Next {
    let limits = &session.config.limits;
    if aborted {
        events.push(ServerEvent::Aborted {
            by: AbortedBy::Device,
            reason: None,
        });
        state.give_up_chunk();
        state.queue.clear();
        // Whoever has ended the session is not asked to end it.
        state.abort = false;
        forget(state, events);
        return Next::End;
    }
    // The host has ended the session: what is open now will not be answered.
    if state.abort {
        forget(state, events);
        return Next::Abort;
    }
    let abort = |state: &mut State, events: &mut Vec<ServerEvent>, reason: &str| {
        events.push(ServerEvent::Aborted {
            by: AbortedBy::Server,
            reason: Some(reason.to_owned()),
        });
        forget(state, events);
        Next::Abort
    };
    if state.received >= limits.most_messages(state.moved) {
        return abort(state, events, "too many messages");
    }
    // Who takes fewer answers than it asks for must not make us keep more and more of them.
    if state.owed.len() > limits.commands as usize {
        return abort(
            state,
            events,
            "more commands than replies have room to answer",
        );
    }
    match (state.package, message.is_final) {
        (Package::Sending, is_final) => {
            if is_final {
                let reason = "a package that ends before ours has ended".to_owned();
                events.push(ServerEvent::Violation { reason });
            }
            if message.commands.iter().any(is_next) {
                state.take_chunk(events);
            }
            if state.chunk.as_ref().is_none_or(|chunk| chunk.is_taken) {
                state.empty_turns = 0;
                return Next::Commands;
            }
        }
        (Package::Sent | Package::Received, true) => {
            state.package = Package::Received;
            state.empty_turns = 0;
            forget(state, events);
            return Next::Commands;
        }
        (Package::Sent | Package::Received, false) => {}
    }
    let is_empty = message.commands.iter().all(|command| match command {
        Command::Status(status) => status.is_of_header(),
        command => is_next(command),
    });
    state.empty_turns = if is_empty { state.empty_turns + 1 } else { 0 };
    if state.empty_turns > limits.empty_turns {
        return abort(state, events, "too many empty messages");
    }
    Next::More
}

/// The device's package is complete, or the session is over: what it has not answered, it will not answer.
pub(super) fn forget(state: &mut State, events: &mut Vec<ServerEvent>) {
    state.nudges.clear();
    state.late.clear();
    if let Some(open) = state.incoming.take() {
        state.parts.drop(open.run());
    }
    state.give_up_chunk();
    for sent in state
        .sent
        .drain(..)
        .filter(|sent| !sent.answered.iter().all(|answered| *answered))
    {
        events.push(ServerEvent::Unknown {
            command: sent.command,
            child: sent.shape.child,
            item: None,
        });
    }
}

fn is_next(command: &Command) -> bool {
    matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE))
}

fn is_abort(command: &Command) -> bool {
    matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::SESSION_ABORT))
}

fn on_command(
    session: &ServerSession,
    state: &mut State,
    command: &Command,
    alerts: &mut Vec<u32>,
    due: &mut Due,
    events: &mut Vec<ServerEvent>,
) -> StatusCode {
    match command {
        Command::Alert(alert) => match alert.code {
            None => StatusCode::INCOMPLETE,
            Some(AlertCode::CLIENT_INITIATED) => {
                state.set_up.by_server = false;
                StatusCode::OK
            }
            Some(AlertCode::SERVER_INITIATED) => {
                state.set_up.by_server = true;
                StatusCode::OK
            }
            Some(AlertCode::NO_END_OF_DATA) => {
                on_no_end(state, alert, events);
                StatusCode::OK
            }
            Some(AlertCode::NEXT_MESSAGE | AlertCode::SESSION_ABORT) => StatusCode::OK,
            Some(code @ (AlertCode::CLIENT_EVENT | AlertCode::GENERIC_ALERT)) => {
                on_event(session, state, code, alert, alerts, due, events)
            }
            Some(
                code @ (AlertCode::TREE_UNCHANGED
                | AlertCode::TREE_CHANGED
                | AlertCode::REQUESTED_OBJECT),
            ) => on_tree(session, state, code, alert, events),
            Some(_) => StatusCode::UNSUPPORTED_FEATURE,
        },
        Command::Replace(operation) => on_dev_info(operation, state),
        Command::Unknown(_) if !OF_OTHERS.contains(&command.name()) => StatusCode::BAD_REQUEST,
        // A client may send nothing but Replace of its DevInfo, Results and Alert (chapter 6).
        _ => StatusCode::NOT_ALLOWED,
    }
}
