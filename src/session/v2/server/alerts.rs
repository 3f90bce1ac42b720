//! What a device tells without being asked.

use crate::dm2::{Alert, AlertItem, Json};
use crate::session::alert::is_same_type;
use crate::session::event::{AbortedBy, ServerEvent};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Data, Item, Location, Meta};

use super::ServerSession;
use super::state::{Ack, Due, Verdict};

/// The alerts of a package in their order. `is_first`: of package 1, which alone tells of the tree, and `is_bootstrap` where that has told of a bootstrap.
pub(super) fn on_alerts(
    session: &mut ServerSession,
    alerts: Vec<Alert>,
    (is_first, is_bootstrap): (bool, bool),
    due: &mut Due,
    events: &mut Vec<ServerEvent>,
) {
    let is_handled = |kind: &str, handled: &[String]| {
        let mut handled = handled.iter();
        handled.any(|handled| is_same_type(handled, kind))
    };
    let most = session.config.limits.bytes as usize;
    for mut alert in alerts {
        let mut ack = Ack {
            code: StatusCode::OK,
            verdicts: Vec::new(),
        };
        // It has been told where the session began.
        let is_told = is_bootstrap && alert.tells_bootstrap();
        alert.items.retain(|item| !is_told || !item.is_bootstrap());
        let correlators = alert.correlator.as_ref().map_or(0, String::len);
        match alert.code {
            _ if is_told && alert.items.is_empty() => {}
            // Each item is told with it.
            _ if correlators.saturating_mul(alert.items.len()) > most => {
                ack.code = StatusCode::INCOMPLETE;
            }
            AlertCode::SESSION_ABORT => {
                due.is_end = true;
                events.push(ServerEvent::Aborted {
                    by: AbortedBy::Device,
                    reason: None,
                });
            }
            AlertCode::TREE_UNCHANGED if is_first => events.push(ServerEvent::TreeUnchanged),
            AlertCode::TREE_CHANGED if is_first => {
                let uris = alert.items.into_iter().filter_map(|item| item.source);
                let uris = uris.collect();
                events.push(ServerEvent::TreeChanged { uris });
            }
            code @ (AlertCode::GENERIC_ALERT | AlertCode::CLIENT_EVENT) => {
                if alert.items.is_empty() {
                    ack.code = StatusCode::INCOMPLETE;
                }
                for item in alert.items {
                    let verdict = match (code, &item.kind) {
                        (AlertCode::CLIENT_EVENT, _) => StatusCode::OK,
                        (_, None) => StatusCode::INCOMPLETE,
                        (_, Some(kind)) if is_handled(kind, &session.config.alert_types) => {
                            StatusCode::OK
                        }
                        _ => StatusCode::UNSUPPORTED_FORMAT,
                    };
                    let id = session.state.next_alert;
                    session.state.next_alert = id.wrapping_add(1);
                    ack.verdicts.push(Verdict {
                        id,
                        of: code,
                        code: verdict,
                    });
                    let correlator = alert.correlator.clone();
                    events.push(event(id, code, correlator, item));
                }
            }
            _ => ack.code = StatusCode::UNSUPPORTED_FEATURE,
        }
        due.acks.push(ack);
    }
}

/// The item as one of DM 1.x has it, for hosts that know those.
fn event(id: u32, code: AlertCode, correlator: Option<String>, item: AlertItem) -> ServerEvent {
    let meta = Meta {
        format: item.format,
        mime: item.kind.clone(),
        mark: item.mark,
        ..Meta::default()
    };
    let text = item.data.as_ref().and_then(text);
    ServerEvent::Alert {
        id,
        code,
        item: Box::new(Item {
            target: item.target.map(Location::of),
            source: item.source.map(Location::of),
            meta: (meta != Meta::default()).then_some(meta),
            data: text.map(Data::Text),
            ..Item::default()
        }),
        alert_type: item.kind,
        correlator,
        data: item.data,
    }
}

/// A value without structure as text.
fn text(data: &Json) -> Option<String> {
    match data {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
