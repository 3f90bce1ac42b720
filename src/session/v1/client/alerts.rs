//! The device's own alerts: those of its host, and what package 1 tells of the tree (DM protocol, sections 6.3, 6.7 and 6.8).
//!
//! An alert of the host waits until a message takes it along, and then until the server says what it makes of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::session::alert::ClientAlert;
use crate::session::event::ClientEvent;
use crate::session::v1::object::LARGE;
use crate::session::v1::object::parts::Run;
use crate::session::v1::version::Version;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Alert, Command, Message};
use crate::tree::{News, Tree, Value};

use super::ClientSession;
use super::commands::Saying;
use super::objects::Object;
use super::state::{Phase, State};

/// An alert of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Raised {
    number: u32,
    /// What is said: where it fits no message, with its value in parts, until it is answered. Nothing where
    /// it is larger than the server takes.
    saying: Option<Saying>,
    /// Whether it is among what is to be said.
    is_queued: bool,
    /// MsgID and CmdID under which it went out.
    sent: Option<(u32, u32)>,
}

/// Takes an alert in; it goes out with the next message that can hold it.
pub(super) fn raise(session: &mut ClientSession, alert: ClientAlert) -> Result<u32> {
    alert.check(session.config.version)?;
    if matches!(session.state.phase, Phase::Over | Phase::Aborting) {
        return Err(Error::state("the session is over").expecting("another session"));
    }
    let most = session.config.limits.commands as usize;
    if session.state.alerts.len() >= most {
        return Err(Error::limit("commands", format!("more than {most} alerts")));
    }
    let number = session.state.next_alert;
    session.state.next_alert = number.wrapping_add(1);
    session.state.alerts.push(Raised {
        number,
        saying: Some(Saying::Raised { number, alert }),
        is_queued: false,
        sent: None,
    });
    Ok(number)
}

/// The alerts of the host that nothing takes along yet.
pub(super) fn raised(state: &mut State) -> Vec<Saying> {
    let waiting = state.alerts.iter_mut().filter(|raised| !raised.is_queued);
    let say = |raised: &mut Raised| {
        raised.is_queued = true;
        raised.saying.clone()
    };
    waiting.filter_map(say).collect()
}

/// An alert of the host is too large for a message: its value lies in parts from now on.
pub(super) fn enlarge(state: &mut State, number: u32, object: &Object) {
    let mut alerts = state.alerts.iter_mut();
    if let Some(raised) = alerts.find(|raised| raised.number == number) {
        raised.saying = Some(Saying::Object(object.clone()));
    }
}

/// The server does not take an object: where it is an alert, that is never said.
pub(super) fn drop(state: &mut State, object: &Object) {
    let mut alerts = state.alerts.iter_mut();
    if let Some(raised) = alerts.find(|raised| Some(raised.number) == object.raised()) {
        raised.saying = None;
    }
    state.parts.drop(object.run().clone());
}

/// Whether an object is of an alert that is not answered: its octets may have to be said once more.
pub(super) fn holds(state: &State, object: &Object) -> bool {
    let number = object.raised();
    state
        .alerts
        .iter()
        .any(|raised| Some(raised.number) == number)
}

/// Whether what is to be said once more of the large ones begins at their beginning.
pub(super) fn are_sound(alerts: &[Raised]) -> bool {
    alerts.iter().all(|raised| match &raised.saying {
        Some(Saying::Object(object)) => object.is_sound() && !object.is_begun(),
        Some(Saying::Raised { .. }) | None => true,
        Some(_) => false,
    })
}

/// Octets of the large values that do not lie in parts.
pub(super) fn large_values(alerts: &[Raised]) -> u64 {
    let octets = alerts.iter().filter_map(|raised| match &raised.saying {
        Some(Saying::Raised { alert, .. }) => Some(alert.data.len()),
        _ => None,
    });
    octets.filter(|octets| *octets >= LARGE).sum::<usize>() as u64
}

/// The octets of the large ones.
pub(super) fn runs(alerts: &[Raised]) -> impl Iterator<Item = &Run> {
    alerts.iter().filter_map(|raised| match &raised.saying {
        Some(Saying::Object(object)) => Some(object.run()),
        _ => None,
    })
}

/// What package 1 of DM 1.3 tells of the tree: the objects that the notification has asked for, each in an alert of its own, and whether
/// anything has changed, with the places.
pub(super) fn of_tree(session: &ClientSession, tree: &Tree) -> Vec<Saying> {
    let ClientSession {
        config,
        state,
        account,
        ..
    } = session;
    let tell = |code, values| Saying::Tell { code, values };
    let mut alerts = Vec::new();
    if config.version < Version::V1_3 {
        return alerts;
    }
    let server = &config.account.server_id;
    let mut told = BTreeSet::new();
    for moid in &state.requested {
        for object in tree.objects_for(moid, server) {
            if told.insert(object.uri.clone()) {
                alerts.push(tell(AlertCode::REQUESTED_OBJECT, vec![object]));
            }
        }
    }
    let since = account.tree_revision.filter(|_| config.tree_alerts);
    match since.and_then(|since| tree.news(since, server)) {
        Some(News::Unchanged) => alerts.push(tell(AlertCode::TREE_UNCHANGED, Vec::new())),
        // What the server may not see is nothing to it, but not nothing.
        Some(News::Changed(uris)) if !uris.is_empty() => {
            let place = |uri| Value {
                uri,
                format: None,
                mime: None,
                data: None,
                item: 0,
            };
            let places = uris.into_iter().map(place).collect();
            alerts.push(tell(AlertCode::TREE_CHANGED, places));
        }
        Some(News::Changed(_)) | None => {}
    }
    alerts
}

/// Notes under which numbers a message takes alerts of the host along, with the first that was to be said.
pub(super) fn sent(session: &mut ClientSession, message: &Message, said: usize) {
    let State { unsaid, alerts, .. } = &mut session.state;
    let numbers = unsaid
        .iter()
        .take(said + 1)
        .filter_map(|saying| match saying {
            Saying::Raised { number, .. } => Some(*number),
            // Of one that is sent in chunks, the answer to the last of them counts.
            Saying::Object(object) => object.raised(),
            _ => None,
        });
    let cmd_ids = message.commands.iter().filter_map(|command| match command {
        Command::Alert(Alert {
            cmd_id,
            code: Some(AlertCode::CLIENT_EVENT | AlertCode::GENERIC_ALERT),
            ..
        }) => cmd_id.as_ref()?.parse().ok(),
        _ => None,
    });
    for (number, cmd_id) in numbers.zip(cmd_ids) {
        if let Some(raised) = alerts.iter_mut().find(|raised| raised.number == number) {
            raised.sent = Some((message.header.msg_id, cmd_id));
        }
    }
}

/// The server has not even looked at our last message: its alerts go out once more.
pub(super) fn unsent(session: &mut ClientSession) {
    let msg_id = session.state.msg_id;
    for raised in &mut session.state.alerts {
        raised.sent = raised.sent.filter(|(sent, _)| *sent != msg_id);
        raised.is_queued = raised.sent.is_some();
    }
}

/// What the server says of our alerts.
pub(super) fn answered(
    session: &mut ClientSession,
    message: &Message,
    events: &mut Vec<ClientEvent>,
) {
    if session.state.alerts.is_empty() {
        return;
    }
    let mut answers = BTreeMap::new();
    for command in &message.commands {
        if let Command::Status(status) = command
            && let Some(msg_ref) = status.msg_ref.as_deref().and_then(|text| text.parse().ok())
            && let Some(cmd_ref) = status.cmd_ref.as_deref().and_then(|text| text.parse().ok())
        {
            answers.entry((msg_ref, cmd_ref)).or_insert(status.code);
        }
    }
    let State {
        alerts,
        unsaid,
        parts,
        ..
    } = &mut session.state;
    alerts.retain(|raised| {
        let code = raised.sent.and_then(|sent: (u32, u32)| answers.get(&sent));
        let code = code.filter(|code| **code != StatusCode::CHUNK_KEPT);
        if let Some(code) = code {
            events.push(ClientEvent::Answered {
                alert: raised.number,
                code: *code,
            });
            // The rest of one that is answered too early is said nevertheless.
            let is_of = |saying: &Saying| matches!(saying, Saying::Object(object) if object.raised() == Some(raised.number));
            if let Some(Saying::Object(object)) = &raised.saying
                && !unsaid.iter().any(is_of)
            {
                parts.drop(object.run().clone());
            }
        }
        code.is_none()
    });
}

/// Behind the end of a session: alerts without an answer stay without, and the server knows the tree.
pub(super) fn settle(session: &mut ClientSession, tree: &Tree, events: &mut Vec<ClientEvent>) {
    if matches!(session.state.phase, Phase::Over | Phase::Aborting) {
        forget(session, events);
    }
    if events.last() == Some(&ClientEvent::Finished)
        && let Some(since) = session.state.tree_revision.take()
    {
        session.account.tree_revision = tree.known_to(since, &session.config.account.server_id);
    }
}

/// The alerts that nobody will answer any more, ahead of the event that says why.
pub(super) fn forget(session: &mut ClientSession, events: &mut Vec<ClientEvent>) {
    let end = events.len().saturating_sub(1);
    let unanswered = session.state.alerts.drain(..);
    let unanswered = unanswered.map(|raised| ClientEvent::Unanswered {
        alert: raised.number,
    });
    events.splice(end..end, unanswered);
}
