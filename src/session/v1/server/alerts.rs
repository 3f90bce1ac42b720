//! What a device tells without being asked: Generic Alerts, Client Events and its DevInfo.

use std::collections::BTreeMap;

use crate::limits::Limits;
use crate::session::alert::{MARKS, is_same_type};
use crate::session::event::ServerEvent;
use crate::session::v1::version::Version;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Data, Format, Item, Operation, RawChild};
use crate::tnds::{self, Tnds};
use crate::uri::NodeUri;

use super::ServerSession;
use super::state::{Due, State, Verdict};

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
    let correlators = alert.correlator.as_ref().map_or(0, String::len);
    // Each item is told with it.
    if correlators.saturating_mul(alert.items.len()) > session.config.limits.bytes as usize {
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
        due.verdicts.push(Verdict {
            id,
            of: code,
            code: verdict,
        });
        events.push(ServerEvent::Alert {
            id,
            code,
            item: Box::new(item.clone()),
            alert_type: alert_type(item).map(str::to_owned),
            correlator: alert.correlator.clone(),
            data: None,
        });
    }
    worst
}

/// What package 1 of DM 1.3 tells of the tree: the objects that were asked for, and what has changed. Elsewhere there are no such alerts.
pub(super) fn on_tree(
    session: &ServerSession,
    state: &State,
    code: AlertCode,
    alert: &Alert,
    events: &mut Vec<ServerEvent>,
) -> StatusCode {
    if state.started || state.version != Some(Version::V1_3) {
        return StatusCode::UNSUPPORTED_FEATURE;
    }
    let source = |item: &Item| item.source.as_ref().map(|source| source.uri.clone());
    let is_node = |uri: &String| NodeUri::parse(uri).is_ok();
    match code {
        AlertCode::TREE_UNCHANGED => {
            events.push(ServerEvent::TreeUnchanged);
            StatusCode::OK
        }
        AlertCode::TREE_CHANGED => {
            // One sentence of section 6.8 puts the URI into Data, the rules of the structure into Source.
            let data = |item: &Item| item.data.as_ref()?.as_text().map(str::to_owned);
            let uri = |item: &Item| source(item).or_else(|| data(item)).filter(is_node);
            let uris: Vec<String> = alert.items.iter().filter_map(uri).collect();
            let is_whole = !uris.is_empty() && uris.len() == alert.items.len();
            if !uris.is_empty() {
                events.push(ServerEvent::TreeChanged { uris });
            }
            match is_whole {
                true => StatusCode::OK,
                false => StatusCode::INCOMPLETE,
            }
        }
        _ if alert.items.is_empty() => StatusCode::INCOMPLETE,
        _ => {
            let mut worst = StatusCode::OK;
            for item in &alert.items {
                match (source(item).filter(is_node), object(session, item)) {
                    (Some(uri), Ok(value)) => events.push(ServerEvent::Object {
                        uri,
                        value: value.nodes,
                    }),
                    (None, Ok(_)) => worst = worst.max(StatusCode::INCOMPLETE),
                    (_, Err(code)) => worst = worst.max(code),
                }
            }
            worst
        }
    }
}

/// The object in an Item: 412 where there is none, 415 for another media type, 400 for what is no serialised tree.
fn object(session: &ServerSession, item: &Item) -> Result<Tnds, StatusCode> {
    let data = item.data.as_ref().ok_or(StatusCode::INCOMPLETE)?;
    let mime = item.meta.as_ref().and_then(|meta| meta.mime.as_deref());
    let mime = mime.unwrap_or(tnds::MEDIA_TYPE_XML);
    if !tnds::is_media_type(mime) {
        return Err(StatusCode::UNSUPPORTED_FORMAT);
    }
    // It may have come in chunks.
    let limits = &session.config.limits;
    let limits = Limits {
        bytes: limits.bytes.max(limits.object_bytes),
        text_bytes: limits.text_bytes.max(limits.object_bytes),
        ..limits.clone()
    };
    Tnds::of_data(data, mime, &limits).map_err(|_| StatusCode::BAD_REQUEST)
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
        Some(kind) => {
            let is_known = format.and_then(|format| Format::from_name(format.trim()));
            let mut handled = session.config.alert_types.iter();
            match is_known.is_some() && handled.any(|handled| is_same_type(handled, kind)) {
                true => StatusCode::OK,
                false => StatusCode::UNSUPPORTED_FORMAT,
            }
        }
    }
}

/// A client's Replace tells its DevInfo and nothing else; one foreign item spoils it.
pub(super) fn on_dev_info(operation: &Operation, state: &mut State) -> StatusCode {
    let mut values = BTreeMap::new();
    for item in &operation.items {
        let Some(name) = dev_info_name(item) else {
            return StatusCode::NOT_ALLOWED;
        };
        let is_interior =
            item.meta.as_ref().and_then(|meta| meta.format.as_deref()) == Some("node");
        if let Some(Data::Text(value)) = &item.data
            && !(is_interior || name.is_empty())
        {
            values.insert(name, value.clone());
        }
    }
    // Nobody is told of what comes behind package 1.
    match state.started || state.set_up.hear(values) {
        true => StatusCode::OK,
        false => StatusCode::TOO_LARGE,
    }
}

/// Where in DevInfo an item belongs: its name, which is empty for the root; nothing for what is elsewhere.
pub(super) fn dev_info_name(item: &Item) -> Option<String> {
    let place = item.source.as_ref().or(item.target.as_ref())?;
    let uri = NodeUri::parse(&place.uri).ok()?;
    if uri.query().is_some() {
        return None;
    }
    match uri.path() {
        "DevInfo" => Some(String::new()),
        path => path.strip_prefix("DevInfo/").map(str::to_owned),
    }
}
