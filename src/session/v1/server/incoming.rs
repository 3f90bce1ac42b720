//! Values that come in chunks (chapter 8): the command of a chunk means nothing until the value is whole.

use serde::{Deserialize, Serialize};

use crate::auth::{Fingerprint, fingerprint};
use crate::limits::MAX_OBJECT;
use crate::session::event::{Direction, ServerEvent};
use crate::session::v1::object::assembly::{Assembly, Bounds, Purpose, declared, octets};
use crate::session::v1::object::parts::Run;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Command, Item, Meta};

use super::ServerSession;
use super::alerts::dev_info_name;
use super::answers::{Asked, asked_for, open_get};
use super::state::{Due, Sent, State};

/// An object of which not all has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Incoming {
    assembly: Assembly,
    mark: Option<String>,
}

/// What a command comes to that has chunks in it.
pub(super) struct Taken {
    /// The command with those items that are whole by now; nothing where none is.
    pub(super) command: Option<Command>,
    /// The Status of the chunks: 213 where more are to come, 200 with the last.
    pub(super) code: StatusCode,
}

impl Incoming {
    /// What must be kept for it.
    pub(super) fn run(&self) -> Run {
        self.assembly.clone().into_arrived().run
    }

    /// Where its octets lie, and how many are to be expected.
    pub(super) fn expected(&self) -> (Run, usize) {
        self.assembly.expected()
    }

    #[cfg(test)]
    pub(super) fn of(assembly: Assembly) -> Self {
        let mark = None;
        Self { assembly, mark }
    }

    /// Whether it can be.
    pub(super) fn is_sound(&self) -> bool {
        self.assembly.is_sound()
    }
}

/// Takes the chunks out of a command; nothing where it has none. A command that comes between the chunks of another breaks that off, and a
/// chunk is not kept where its command is refused as it stands.
pub(super) fn take_chunks(
    session: &ServerSession,
    state: &mut State,
    command: &Command,
    is_wrong: bool,
    due: &mut Due,
    events: &mut Vec<ServerEvent>,
) -> Option<Taken> {
    if is_silent(command) {
        return None;
    }
    let (items, meta) = parts_of(command);
    let is_plain = state.incoming.is_none() && state.refused.is_empty();
    if is_plain && !items.iter().any(|item| item.more_data) {
        return None;
    }
    if items.is_empty() {
        break_off(state, due, events);
        state.refused.pass();
        return None;
    }
    let around = around(command);
    let is_foreign = holds_foreign(command);
    let refusal = match is_wrong {
        true => Some(StatusCode::BAD_REQUEST),
        false => is_foreign.then_some(StatusCode::NOT_ALLOWED),
    };
    let (mut whole, mut code) = (Vec::new(), None);
    for item in items {
        let purpose = Purpose::of(command.name(), item, meta, around);
        let size = declared(item, meta);
        let open = state.incoming.as_ref();
        let goes_on = open.is_some_and(|open| open.assembly.goes_on(&purpose, size));
        if !goes_on || refusal.is_some() {
            break_off(state, due, events);
        }
        if let Some(refusal) = refusal.filter(|_| goes_on || item.more_data) {
            state.refused.refuse(purpose, refusal, size, item);
            code = Some(refusal);
            continue;
        }
        let length = item.data.as_ref().map_or(0, |data| octets(data).len()) as u64;
        if state.incoming.is_none() {
            let again = state.refused.claims(&purpose, size, item);
            if again.is_some() {
                code = again;
                continue;
            }
            if !item.more_data {
                whole.push(item.clone());
                continue;
            }
            let told = events.len();
            let begun = begin(session, state, command, item, purpose.clone(), size, events);
            if let Err(refusal) = begun {
                if events.len() == told {
                    events.push(refused(state, command, &purpose, refusal));
                }
                state.refused.note(purpose, refusal, size.ok(), length);
                code = Some(refusal);
                continue;
            }
        }
        let open = state.incoming.as_ref().map(|open| &open.assembly);
        let known = open.map(|open| (open.size(), u64::from(open.received()) + length));
        match go_on(session, state, command, item, events) {
            Ok(None) => code = Some(StatusCode::CHUNK_KEPT),
            Ok(Some(item)) => {
                code = Some(code.unwrap_or(StatusCode::OK));
                whole.push(item);
            }
            Err(refusal) => {
                events.push(refused(state, command, &purpose, refusal));
                if let Some((size, total)) = known.filter(|_| item.more_data) {
                    state.refused.note(purpose, refusal, Some(size), total);
                }
                code = Some(refusal);
            }
        }
    }
    if is_foreign {
        whole.clear();
    }
    let command = with_items(command, whole);
    code.map(|code| Taken { command, code })
}

/// Whether a Replace is not for DevInfo alone, in whatever it says: then nothing of it is taken.
fn holds_foreign(command: &Command) -> bool {
    let Command::Replace(operation) = command else {
        return false;
    };
    let mut items = operation.items.iter();
    items.any(|item| dev_info_name(item).is_none())
}

/// What may come between the chunks of an object: the demand for the next message, and the end of the session.
fn is_silent(command: &Command) -> bool {
    let silent = [AlertCode::NEXT_MESSAGE, AlertCode::SESSION_ABORT];
    match command {
        Command::Status(_) => true,
        Command::Alert(alert) => alert.code.is_some_and(|code| silent.contains(&code)),
        _ => false,
    }
}

/// The items of a command, and the Meta of all of them.
fn parts_of(command: &Command) -> (&[Item], Option<&Meta>) {
    match command {
        Command::Results(results) => (&results.items, results.meta.as_deref()),
        Command::Alert(alert) => (&alert.items, None),
        other => other.operation().map_or((&[], None), |operation| {
            (&operation.items, operation.meta.as_deref())
        }),
    }
}

/// What else tells its items from others.
fn around(command: &Command) -> Option<Fingerprint> {
    let said = match command {
        Command::Results(results) => format!("{:?} {:?}", results.msg_ref, results.cmd_ref),
        Command::Alert(alert) => format!("{:?} {:?}", alert.code, alert.correlator),
        _ => return None,
    };
    Some(fingerprint(said.as_bytes()))
}

fn with_items(command: &Command, items: Vec<Item>) -> Option<Command> {
    if items.is_empty() {
        return None;
    }
    let mut command = command.clone();
    match &mut command {
        Command::Results(results) => results.items = items,
        Command::Alert(alert) => alert.items = items,
        Command::Replace(operation) | Command::Add(operation) | Command::Exec(operation) => {
            operation.items = items;
        }
        _ => return None,
    }
    Some(command)
}

fn bounds(session: &ServerSession, state: &State) -> Bounds {
    let most = u64::from(session.config.limits.object_bytes).min(session.most);
    Bounds {
        object: session.config.max_obj_size.unwrap_or(MAX_OBJECT),
        room: most.saturating_sub(state.parts.held()),
    }
}

/// The first chunk: whether the object is wanted and has room.
fn begin(
    session: &ServerSession,
    state: &mut State,
    command: &Command,
    item: &Item,
    purpose: Purpose,
    size: Result<u32, StatusCode>,
    events: &mut Vec<ServerEvent>,
) -> Result<(), StatusCode> {
    match command {
        Command::Results(results) => {
            if asked_for(&state.sent, results, item) != Asked::Yes {
                let reason = "a large object that was not asked for".to_owned();
                events.push(ServerEvent::Violation { reason });
                return Err(StatusCode::BAD_REQUEST);
            }
        }
        Command::Alert(_) | Command::Replace(_) => {}
        _ => return Err(StatusCode::NOT_ALLOWED),
    }
    let size = size?;
    state.refused.forget(&purpose);
    let assembly = Assembly::new(purpose, size, bounds(session, state))?;
    let meta = item.meta.as_ref();
    state.incoming = Some(Incoming {
        mark: meta.and_then(|meta| meta.mark.clone()),
        assembly,
    });
    Ok(())
}

/// A chunk of the open object. With the last it is whole: its item, with its value.
fn go_on(
    session: &ServerSession,
    state: &mut State,
    command: &Command,
    item: &Item,
    events: &mut Vec<ServerEvent>,
) -> Result<Option<Item>, StatusCode> {
    let bounds = bounds(session, state);
    let Some(mut open) = state.incoming.take() else {
        return Err(StatusCode::COMMAND_FAILED);
    };
    let is_last = !item.more_data;
    let chunk = item.data.as_ref();
    if let Err(code) = open.assembly.take(chunk, is_last, &mut state.parts, bounds) {
        open.assembly.drop(&mut state.parts);
        return Err(code);
    }
    let length = chunk.map_or(0, |data| octets(data).len());
    state.moved = state.moved.saturating_add(length as u64);
    events.push(progress(state, command, &open.assembly));
    if !is_last {
        state.incoming = Some(open);
        return Ok(None);
    }
    let arrived = open.assembly.into_arrived();
    let mut item = item.clone();
    arrived.fill(&mut item, &mut state.parts, &session.config.limits);
    state.parts.drop(arrived.run);
    let meta = item.meta.get_or_insert_default();
    meta.mark = meta.mark.take().or(open.mark);
    if *meta == Meta::default() {
        item.meta = None;
    }
    Ok(Some(item))
}

/// The Get that has asked for an object: what Results say of another command is none of it.
fn asker<'s>(state: &'s State, command: &Command) -> Option<&'s Sent> {
    match command {
        Command::Results(results) => open_get(&state.sent, results),
        _ => None,
    }
}

/// An object is not taken: its command has no Results, whatever the device has said of it.
fn refused(state: &State, command: &Command, purpose: &Purpose, code: StatusCode) -> ServerEvent {
    let uri = purpose.source.clone().or(purpose.target.clone());
    match asker(state, command) {
        Some(sent) => ServerEvent::Status {
            code,
            uri,
            data: Vec::new(),
            created: Vec::new(),
            command: sent.command,
            child: sent.shape.child.clone(),
            item: None,
        },
        None => ServerEvent::Violation {
            reason: format!("a large object is refused with {}", code.0),
        },
    }
}

/// How far an object has come, of the command that asked for it, or of what the device tells by itself.
fn progress(state: &State, command: &Command, assembly: &Assembly) -> ServerEvent {
    let sent = asker(state, command);
    let Purpose { source, target, .. } = assembly.purpose();
    let place = || source.clone().or(target.clone()).unwrap_or_default();
    ServerEvent::Progress {
        direction: Direction::Received,
        bytes: assembly.received(),
        total: Some(assembly.size()),
        uri: sent.is_none().then(place),
        command: sent.map(|sent| sent.command),
        child: sent.map_or_else(Vec::new, |sent| sent.shape.child.clone()),
        item: None,
    }
}

/// Something else has come than the next chunk: the device is told which object is broken (Alert 1225).
pub(super) fn break_off(state: &mut State, due: &mut Due, events: &mut Vec<ServerEvent>) {
    let Some(open) = state.incoming.take() else {
        return;
    };
    let purpose = open.assembly.purpose();
    state.refused.broken(&open.assembly);
    due.broken = Some((purpose.target.clone(), purpose.source.clone()));
    open.assembly.drop(&mut state.parts);
    let reason = "a large object that is not complete".to_owned();
    events.push(ServerEvent::Violation { reason });
}

/// Behind a message: an object that is not complete with its package never will be, and a refused one is forgotten that did not come again.
pub(super) fn end_of_message(
    state: &mut State,
    is_final: bool,
    due: &mut Due,
    events: &mut Vec<ServerEvent>,
) {
    if is_final {
        break_off(state, due, events);
    }
    state.refused.end_of_message();
}
