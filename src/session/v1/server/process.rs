//! What the commands of an authenticated device mean.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use crate::auth::Authenticated;
use crate::session::event::{AbortedBy, InitiatedBy, ServerEvent};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{
    Alert, Command, Data, Item, Message, Operation, RawChild, Results, Status, refers,
};
use crate::uri::NodeUri;

use super::ServerSession;
use super::state::{Due, Next, Pending, Sent, ServerProof, SetUp, State, Verdict};

/// The severities that Mark may name (section 6.7.1.8).
const MARKS: [&str; 7] = [
    "fatal",
    "critical",
    "minor",
    "warning",
    "informational",
    "harmless",
    "indeterminate",
];

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
    for command in &message.commands {
        match command {
            Command::Status(status) => on_status(state, status, events),
            Command::Results(results) => on_results(state, results, events),
            _ => {
                let id = command.number().filter(|id| seen.insert((*id).to_owned()));
                let mut pending = Pending {
                    cmd_ref: id.unwrap_or_default().to_owned(),
                    cmd: command.name().to_owned(),
                    code: StatusCode::BAD_REQUEST,
                    alerts: Vec::new(),
                };
                if id.is_some() {
                    pending.code = on_command(
                        session,
                        state,
                        command,
                        &mut pending.alerts,
                        due,
                        &mut is_aborted,
                        events,
                    );
                }
                due.statuses.push(pending);
            }
        }
    }
    if !state.started && message.is_final {
        state.started = true;
        let SetUp {
            by_server,
            dev_info,
        } = mem::take(&mut state.set_up);
        let started = ServerEvent::Started {
            device_id: state.device.clone(),
            version: state
                .version
                .unwrap_or(crate::session::v1::version::Version::V1_2),
            initiated_by: if by_server {
                InitiatedBy::Server
            } else {
                InitiatedBy::Client
            },
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
        state.queue.clear();
        forget(state, events);
        return Next::End;
    }
    if state.received >= limits.messages {
        events.push(ServerEvent::Aborted {
            by: AbortedBy::Server,
            reason: Some("too many messages".to_owned()),
        });
        return Next::Abort;
    }
    if message.is_final {
        state.empty_turns = 0;
        forget(state, events);
        return Next::Commands;
    }
    let is_empty = message.commands.iter().all(|command| match command {
        Command::Status(status) => status.is_of_header(),
        Command::Alert(alert) => alert.code == Some(AlertCode::NEXT_MESSAGE),
        _ => false,
    });
    state.empty_turns = if is_empty { state.empty_turns + 1 } else { 0 };
    if state.empty_turns > limits.empty_turns {
        events.push(ServerEvent::Aborted {
            by: AbortedBy::Server,
            reason: Some("too many empty messages".to_owned()),
        });
        return Next::Abort;
    }
    Next::More
}

/// The device's package is complete: what it has not answered, it will not answer.
fn forget(state: &mut State, events: &mut Vec<ServerEvent>) {
    for sent in state
        .sent
        .drain(..)
        .filter(|sent| !sent.answered.iter().all(|answered| *answered))
    {
        events.push(ServerEvent::Unknown {
            command: sent.command,
            child: sent.shape.child,
        });
    }
}

fn on_command(
    session: &ServerSession,
    state: &mut State,
    command: &Command,
    alerts: &mut Vec<u32>,
    due: &mut Due,
    is_aborted: &mut bool,
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
            Some(AlertCode::NEXT_MESSAGE | AlertCode::NO_END_OF_DATA) => StatusCode::OK,
            Some(AlertCode::SESSION_ABORT) => {
                *is_aborted = true;
                StatusCode::OK
            }
            Some(code @ (AlertCode::CLIENT_EVENT | AlertCode::GENERIC_ALERT)) => {
                on_event(session, state, code, alert, alerts, due, events)
            }
            Some(_) => StatusCode::UNSUPPORTED_FEATURE,
        },
        Command::Replace(operation) => on_dev_info(operation, state),
        Command::Unknown(_) => StatusCode::BAD_REQUEST,
        // A client may send nothing but Replace of its DevInfo, Results and Alert (chapter 6).
        _ => StatusCode::NOT_ALLOWED,
    }
}

/// Client Event and Generic Alert: an event for each item, and the worst of their codes (section 6.7).
fn on_event(
    session: &ServerSession,
    state: &mut State,
    code: AlertCode,
    alert: &Alert,
    alerts: &mut Vec<u32>,
    due: &mut Due,
    events: &mut Vec<ServerEvent>,
) -> StatusCode {
    if alert.items.is_empty() {
        return StatusCode::INCOMPLETE;
    }
    let mut worst = StatusCode::OK;
    for item in &alert.items {
        let verdict = item_code(session, code, item);
        if verdict == StatusCode::INCOMPLETE {
            worst = worst.max(verdict);
            continue;
        }
        let id = state.next_alert;
        state.next_alert = id.wrapping_add(1);
        alerts.push(id);
        due.verdicts.push(Verdict { id, code: verdict });
        events.push(ServerEvent::Alert {
            id,
            code,
            item: Box::new(item.clone()),
            alert_type: alert_type(item).map(str::to_owned),
            correlator: alert.correlator.clone(),
        });
    }
    worst
}

/// The type of an alert. A published example of Windows writes it beside Meta instead of inside.
fn alert_type(item: &Item) -> Option<&str> {
    let inside = item.meta.as_ref().and_then(|meta| meta.mime.as_deref());
    let beside = item
        .extra
        .iter()
        .find(|element| element.name == "Type")
        .and_then(|element| match element.children.as_slice() {
            [RawChild::Text(kind)] => Some(kind.trim()),
            _ => None,
        });
    inside.or(beside)
}

/// What becomes of one item of an alert, unless the host says otherwise.
fn item_code(session: &ServerSession, code: AlertCode, item: &Item) -> StatusCode {
    let meta = item.meta.as_ref();
    let mark = meta.and_then(|meta| meta.mark.as_deref());
    let is_mark = |mark: &str| MARKS.contains(&mark);
    if code == AlertCode::CLIENT_EVENT {
        return if item.data.is_none() {
            StatusCode::INCOMPLETE
        } else {
            StatusCode::OK
        };
    }
    let kind = alert_type(item);
    let format = meta.and_then(|meta| meta.format.as_deref());
    match kind {
        Some(_) if format.is_none() || item.data.is_none() || !mark.is_none_or(is_mark) => {
            StatusCode::INCOMPLETE
        }
        None => StatusCode::INCOMPLETE,
        Some(kind)
            if session
                .config
                .alert_types
                .iter()
                .any(|handled| handled == kind) =>
        {
            StatusCode::OK
        }
        Some(_) => StatusCode::UNSUPPORTED_FORMAT,
    }
}

/// A client's Replace tells its DevInfo and nothing else; one foreign item spoils it.
fn on_dev_info(operation: &Operation, state: &mut State) -> StatusCode {
    let mut values = Vec::new();
    for item in &operation.items {
        let place = item.source.as_ref().or(item.target.as_ref());
        let uri = place.and_then(|place| NodeUri::parse(&place.uri).ok());
        let name = uri
            .as_ref()
            .filter(|uri| uri.query().is_none())
            .and_then(|uri| uri.path().strip_prefix("DevInfo/"));
        let Some(name) = name else {
            return StatusCode::NOT_ALLOWED;
        };
        let is_interior =
            item.meta.as_ref().and_then(|meta| meta.format.as_deref()) == Some("node");
        if let Some(Data::Text(value)) = &item.data
            && !is_interior
        {
            values.push((name.to_owned(), value.clone()));
        }
    }
    state.set_up.dev_info.extend(values);
    StatusCode::OK
}

/// A Status is for the one command that it names, and only once.
fn on_status(state: &mut State, status: &Status, events: &mut Vec<ServerEvent>) {
    if status.is_of_header() {
        return;
    }
    let Some(sent) = named(
        &mut state.sent,
        status.msg_ref.as_deref(),
        status.cmd_ref.as_deref(),
    ) else {
        if !is_refused(state, status) {
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
    let mut tell = |item: Option<u32>, uri: Option<&String>| {
        events.push(ServerEvent::Status {
            code: status.code,
            uri: uri.cloned(),
            data: status.items.iter().filter_map(text).collect(),
            command: sent.command,
            child: sent.shape.child.clone(),
            item,
        });
    };
    if status.target_refs.is_empty() || sent.shape.uris.len() < 2 {
        if sent.answered.iter().all(|answered| *answered) {
            events.push(violation("a second Status for a command".to_owned()));
            return;
        }
        sent.answered
            .iter_mut()
            .for_each(|answered| *answered = true);
        tell(None, status.target_refs.first().or(sent.shape.uris.first()));
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

/// Whether a device that asks for our credentials says so of a command too, which goes out again.
fn is_refused(state: &State, status: &Status) -> bool {
    let is_refusal = matches!(
        status.code,
        StatusCode::INVALID_CREDENTIALS
            | StatusCode::MISSING_CREDENTIALS
            | StatusCode::NOT_EXECUTED
    );
    is_refusal && matches!(state.server, ServerProof::Asked(..)) && state.is_answered_by(status)
}

/// Results count as far as they were asked for.
fn on_results(state: &mut State, results: &Results, events: &mut Vec<ServerEvent>) {
    // Windows leaves MsgRef out and means the first message, which is the only one that it can mean.
    let msg_ref = results.msg_ref.as_deref().or(Some("1"));
    let Some(sent) = named(&mut state.sent, msg_ref, results.cmd_ref.as_deref())
        .filter(|sent| sent.shape.is_get)
    else {
        events.push(violation("Results for a Get that is not open".to_owned()));
        return;
    };
    let asked: Vec<NodeUri> = sent
        .shape
        .uris
        .iter()
        .filter_map(|uri| NodeUri::parse(uri).ok())
        .collect();
    let exact: BTreeSet<&str> = asked.iter().map(NodeUri::path).collect();
    let lists: Vec<&NodeUri> = asked.iter().filter(|uri| is_list(uri)).collect();
    let was_asked = |item: &&Item| {
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
            return asked.len() == 1;
        };
        NodeUri::parse(place).is_ok_and(|found| {
            exact.contains(found.path()) || lists.iter().any(|asked| covers(asked, &found))
        })
    };
    let items: Vec<Item> = results.items.iter().filter(was_asked).cloned().collect();
    if items.len() < results.items.len() {
        events.push(violation(
            "Results for a node that was not asked for".to_owned(),
        ));
    }
    if !items.is_empty() {
        events.push(ServerEvent::Results {
            items,
            command: sent.command,
            child: sent.shape.child.clone(),
        });
    }
}

fn is_list(uri: &NodeUri) -> bool {
    uri.query().is_some_and(|query| query.starts_with("list="))
}

/// Whether `found` is below the node whose list was asked for.
fn covers(asked: &NodeUri, found: &NodeUri) -> bool {
    let below = found.path().strip_prefix(asked.path());
    below.is_some_and(|rest| asked.path().is_empty() || rest.starts_with('/'))
}

fn named<'s>(
    sent: &'s mut [Sent],
    msg_ref: Option<&str>,
    cmd_ref: Option<&str>,
) -> Option<&'s mut Sent> {
    let cmd_id: u32 = cmd_ref?.parse().ok()?;
    sent.iter_mut()
        .find(|sent| sent.shape.cmd_id == cmd_id && refers(msg_ref, sent.msg_id))
}

fn violation(reason: String) -> ServerEvent {
    ServerEvent::Violation { reason }
}
