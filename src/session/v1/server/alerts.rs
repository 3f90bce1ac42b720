//! What a device tells without being asked: Generic Alerts, Client Events and its DevInfo.

use crate::session::event::ServerEvent;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Data, Item, Operation, RawChild};
use crate::uri::NodeUri;

use super::ServerSession;
use super::state::{Due, State, Verdict};

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

/// Client Event and Generic Alert: an event for each item, and the worst of their codes (section 6.7).
pub(super) fn on_event(
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
pub(super) fn on_dev_info(operation: &Operation, state: &mut State) -> StatusCode {
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
