//! What a device answers to our commands: Status and Results, each for what was asked and once.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use crate::order::gathered;
use crate::session::event::ServerEvent;
use crate::status::StatusCode;
use crate::syncml::{Alert, Command, Data, Item, Results, Status, refers};
use crate::uri::NodeUri;

use super::state::{Sent, ServerProof, State};

/// The commands of which a message has several Statuses that name no item: as Windows answers them, item by item in their order. Only those
/// of several items count.
pub(super) fn one_by_one<'m>(
    commands: &'m [Command],
    state: &State,
) -> BTreeSet<(&'m str, &'m str)> {
    let (mut seen, mut several) = (BTreeSet::new(), BTreeSet::new());
    let chunk = state.chunk.iter().flat_map(|chunk| &chunk.sent);
    let mut sent = state.sent.iter().chain(chunk).chain(&state.late);
    if sent.all(|sent| sent.shape.uris.len() < 2) {
        return several;
    }
    for command in commands {
        let Command::Status(status) = command else {
            continue;
        };
        if let (Some(msg_ref), Some(cmd_ref), []) = (
            &status.msg_ref,
            &status.cmd_ref,
            status.target_refs.as_slice(),
        ) {
            let named = (msg_ref.as_str(), cmd_ref.as_str());
            if !seen.insert(named) {
                several.insert(named);
            }
        }
    }
    several
}

/// A Status is for the one command that it names, and only once.
pub(super) fn on_status(
    state: &mut State,
    status: &Status,
    one_by_one: &BTreeSet<(&str, &str)>,
    events: &mut Vec<ServerEvent>,
) {
    if status.is_of_header() {
        return;
    }
    if is_of_chunk(state, status, events) {
        return;
    }
    let Some(sent) = named(
        &mut state.sent,
        status.msg_ref.as_deref(),
        status.cmd_ref.as_deref(),
    ) else {
        if !state.takes_nudge(status) && !is_refused(state, status) {
            events.push(violation(format!(
                "a Status for a {} that is not open",
                crate::error::excerpt(&status.cmd)
            )));
        }
        return;
    };
    let text = |item: &Item| {
        item.data
            .as_ref()
            .and_then(Data::as_text)
            .map(str::to_owned)
    };
    let first = sent.shape.first_item;
    let mut tell = |item: Option<u32>, uri: Option<&String>| {
        let item = match (first, item) {
            (Some(first), item) => Some(first.saturating_add(item.unwrap_or_default())),
            (None, item) => item,
        };
        events.push(ServerEvent::Status {
            code: status.code,
            uri: uri.cloned(),
            data: status.items.iter().filter_map(text).collect(),
            created: Vec::new(),
            command: sent.command,
            child: sent.shape.child.clone(),
            item,
        });
    };
    let reference = status.msg_ref.as_deref().zip(status.cmd_ref.as_deref());
    let is_of_next = reference.is_some_and(|reference| one_by_one.contains(&reference));
    if status.target_refs.is_empty() && sent.shape.uris.len() > 1 && is_of_next {
        let next = sent.answered.iter().position(|answered| !*answered);
        match next.and_then(|next| Some((next, sent.answered.get_mut(next)?))) {
            Some((next, answered)) => {
                *answered = true;
                tell(u32::try_from(next).ok(), sent.shape.uris.get(next));
            }
            None => events.push(violation("a second Status for an item".to_owned())),
        }
        return;
    }
    if status.target_refs.is_empty() || sent.shape.uris.len() < 2 {
        if sent.answered.iter().all(|answered| *answered) {
            events.push(violation("a second Status for a command".to_owned()));
            return;
        }
        sent.answered
            .iter_mut()
            .for_each(|answered| *answered = true);
        let only = match sent.shape.uris.as_slice() {
            [only] => Some(only),
            several if first.is_some() && status.target_refs.is_empty() => {
                for (index, uri) in (0..).zip(several) {
                    tell(Some(index), Some(uri));
                }
                return;
            }
            _ => None,
        };
        tell(None, status.target_refs.first().or(only));
        return;
    }
    let mut open: BTreeMap<NodeUri, Vec<usize>> = BTreeMap::new();
    for (index, uri) in sent.shape.uris.iter().enumerate().rev() {
        if let (Ok(uri), Some(false)) = (NodeUri::parse(uri), sent.answered.get(index)) {
            open.entry(uri).or_default().push(index);
        }
    }
    let mut strangers = 0;
    for uri in &status.target_refs {
        let index = NodeUri::parse(uri)
            .ok()
            .and_then(|uri| open.get_mut(&uri)?.pop());
        match index.and_then(|index| Some((index, sent.answered.get_mut(index)?))) {
            Some((index, answered)) => {
                *answered = true;
                tell(u32::try_from(index).ok(), Some(uri));
            }
            None => strangers += 1,
        }
    }
    if strangers > 0 {
        events.push(violation(
            "a Status for an item that is not open".to_owned(),
        ));
    }
}

/// Whether a Status is for a chunk that is to be followed by more. What is not done about a command in a group is done with the last chunk;
/// anything but 213 else ends the object, and is the Status of its command, unless that would be a success: the device has not all of it.
fn is_of_chunk(state: &mut State, status: &Status, events: &mut Vec<ServerEvent>) -> bool {
    let (msg_ref, cmd_ref) = (status.msg_ref.as_deref(), status.cmd_ref.as_deref());
    let is_kept = |code: StatusCode| code == StatusCode::CHUNK_KEPT;
    if let Some(late) = position(&state.late, msg_ref, cmd_ref) {
        let late = state.late.swap_remove(late);
        // Behind the last chunk its Status decides.
        if status.code.is_success() || state.chunk.is_none() {
            return true;
        }
        state.refuse_earlier(late);
        return false;
    }
    let Some(chunk) = &mut state.chunk else {
        return false;
    };
    let Some(named) = position(&chunk.sent, msg_ref, cmd_ref) else {
        return false;
    };
    let is_told = named + 1 == chunk.sent.len();
    match status.code {
        code if is_kept(code) => {
            chunk.is_answered = true;
            state.take_chunk(events);
        }
        code if code.is_success() && !is_told => {}
        code if code.is_success() => {
            let reason = format!("status {} for a chunk that is not the last", code.0);
            events.push(violation(reason));
            lose_chunk(state, events);
        }
        _ => {
            state.give_up_chunk();
            return false;
        }
    }
    true
}

/// The device says that it has lost the rest of an object (Alert 1225): its command will not be executed.
pub(super) fn on_no_end(state: &mut State, alert: &Alert, events: &mut Vec<ServerEvent>) {
    let Some(chunk) = &mut state.chunk else {
        return;
    };
    if std::mem::take(&mut chunk.is_anew) {
        return;
    }
    let told = chunk.sent.last().and_then(|sent| sent.shape.uris.last());
    let told = told.and_then(|uri| NodeUri::parse(uri).ok());
    let is_it = |item: &Item| {
        let places = [&item.target, &item.source].into_iter().flatten();
        let mut uris = places.map(|place| NodeUri::parse(&place.uri).ok());
        uris.any(|uri| uri == told)
    };
    let says_place = |item: &&Item| item.target.is_some() || item.source.is_some();
    let mut places = alert.items.iter().filter(says_place).peekable();
    if places.peek().is_some() && !places.any(is_it) {
        return;
    }
    lose_chunk(state, events);
}

/// The object is not told any further, and nobody knows what becomes of its command.
fn lose_chunk(state: &mut State, events: &mut Vec<ServerEvent>) {
    let Some(chunk) = state.chunk.take() else {
        return;
    };
    state.queue.pop_front();
    let lost = chunk.sent.into_iter();
    events.extend(lost.map(|sent| ServerEvent::Unknown {
        command: sent.command,
        child: sent.shape.child,
        item: None,
    }));
}

/// Whether a device that asks for our credentials says so of a command too, which goes out again.
fn is_refused(state: &State, status: &Status) -> bool {
    let is_refusal = matches!(
        status.code,
        StatusCode::INVALID_CREDENTIALS
            | StatusCode::MISSING_CREDENTIALS
            | StatusCode::NOT_EXECUTED
    );
    is_refusal && matches!(state.server, ServerProof::Asked(_)) && state.is_answered_by(status)
}

/// Whether an item of Results was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It was.
    Yes,
    /// By no Get that is open.
    NoGet,
    /// Something else was.
    NotThis,
}

/// Whether an item was asked for by the Get that the Results name.
pub(super) fn asked_for(sent: &[Sent], results: &Results, item: &Item) -> Asked {
    match open_get(sent, results) {
        None => Asked::NoGet,
        Some(sent) if Wanted::by(sent).holds(results, item) => Asked::Yes,
        Some(_) => Asked::NotThis,
    }
}

/// The Get that Results name, if it is open.
pub(super) fn open_get<'s>(sent: &'s [Sent], results: &Results) -> Option<&'s Sent> {
    // Windows leaves MsgRef out and means the first message, which is the only one that it can mean.
    let msg_ref = results.msg_ref.as_deref().or(Some("1"));
    let at = position(sent, msg_ref, results.cmd_ref.as_deref())?;
    sent.get(at).filter(|sent| sent.shape.is_get)
}

/// The nodes that a Get asks for.
struct Wanted<'s> {
    /// Their paths, and which of them are lists.
    exact: BTreeSet<&'s str>,
    lists: Vec<&'s str>,
    count: usize,
}

impl<'s> Wanted<'s> {
    fn by(sent: &'s Sent) -> Self {
        let uris = sent.shape.uris.iter();
        let asked: Vec<_> = uris.filter_map(|uri| NodeUri::split(uri).ok()).collect();
        let is_list = |query: Option<&str>| query.is_some_and(|query| query.starts_with("list="));
        let lists = asked.iter().filter(|(_, query)| is_list(*query));
        Self {
            lists: lists.map(|(path, _)| *path).collect(),
            count: asked.len(),
            exact: gathered(asked.into_iter().map(|(path, _)| path)),
        }
    }

    fn holds(&self, results: &Results, item: &Item) -> bool {
        let place = item
            .source
            .as_ref()
            .or(item.target.as_ref())
            .map(|place| place.uri.as_str());
        let place = place
            .or(results.source_ref.as_deref())
            .or(results.target_ref.as_deref());
        // An only item that names no place can only be what was asked for.
        let Some(place) = place else {
            return self.count == 1;
        };
        NodeUri::split(place).is_ok_and(|(found, _)| {
            let mut lists = self.lists.iter();
            self.exact.contains(found) || lists.any(|asked| covers(asked, found))
        })
    }
}

/// Results count as far as they were asked for.
pub(super) fn on_results(state: &State, mut results: Results, events: &mut Vec<ServerEvent>) {
    let Some(sent) = open_get(&state.sent, &results) else {
        events.push(violation("Results for a Get that is not open".to_owned()));
        return;
    };
    let wanted = Wanted::by(sent);
    let mut items = mem::take(&mut results.items);
    let count = items.len();
    items.retain(|item| wanted.holds(&results, item));
    for item in &mut items {
        inherit(item, &results);
    }
    if items.len() < count {
        events.push(violation(
            "Results for a node that was not asked for".to_owned(),
        ));
    }
    if !items.is_empty() {
        events.push(ServerEvent::Results {
            items,
            objects: Vec::new(),
            command: sent.command,
            child: sent.shape.child.clone(),
            item: None,
        });
    }
}

/// Adds what the Meta of all items says.
fn inherit(item: &mut Item, results: &Results) {
    let outer = results.meta.as_deref();
    if let Some(outer) = outer.filter(|meta| meta.format.is_some() || meta.mime.is_some()) {
        item.meta.get_or_insert_default().inherit(outer);
    }
}

/// Whether `found` is below the node whose list was asked for.
fn covers(asked: &str, found: &str) -> bool {
    let below = found.strip_prefix(asked);
    below.is_some_and(|rest| asked.is_empty() || rest.starts_with('/'))
}

fn named<'s>(
    sent: &'s mut [Sent],
    msg_ref: Option<&str>,
    cmd_ref: Option<&str>,
) -> Option<&'s mut Sent> {
    let at = position(sent, msg_ref, cmd_ref)?;
    sent.get_mut(at)
}

/// Where the command is that MsgRef and CmdRef name.
pub(super) fn position(
    sent: &[Sent],
    msg_ref: Option<&str>,
    cmd_ref: Option<&str>,
) -> Option<usize> {
    let cmd_id: u32 = cmd_ref?.parse().ok()?;
    sent.iter()
        .position(|sent| sent.shape.cmd_id == cmd_id && refers(msg_ref, sent.msg_id))
}

fn violation(reason: String) -> ServerEvent {
    ServerEvent::Violation { reason }
}
