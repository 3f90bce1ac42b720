//! What a device says: why the session began and what the device has, and what became of commands.

use std::collections::BTreeMap;

use crate::auth::Triggers;
use crate::dm2::{CommandOutcome, Initiation, Outcome, Reason, distribute};
use crate::notification::session_text;
use crate::session::command::Said;
use crate::session::event::{AbortedBy, InitiatedBy, ServerEvent};
use crate::session::protocol::Protocol;

use super::state::{Due, State};

/// What package 1 says, but for its alerts. `sent`: the notifications whose sessions have not come.
pub(super) fn start(
    state: &mut State,
    package: Initiation,
    sent: &Triggers,
    events: &mut Vec<ServerEvent>,
) {
    let initiated_by = match package.reason {
        Some(Reason::Server { .. }) => InitiatedBy::Server,
        _ => InitiatedBy::Client,
    };
    let id = package.session.as_ref().map(|session| &session.id);
    state.notified = match package.reason {
        Some(Reason::Server {
            notification_id: Some(number),
        }) => Some(number),
        Some(Reason::Server { .. }) => {
            let mut sent = sent.numbers().iter().copied();
            sent.find(|number| Some(&session_text(*number)) == id)
        }
        _ => None,
    };
    events.push(ServerEvent::Started {
        device_id: state.device.clone(),
        version: Protocol::V2,
        dialect: Some(state.dialect),
        initiated_by,
        bootstrap: package.reason == Some(Reason::Bootstrap),
        notification: state.notified,
        dev_info: BTreeMap::new(),
    });
    let strange = match package.reason {
        Some(Reason::Other(number)) => Some(format!("ReasonForSession {number}")),
        None => Some("no alert says why the session was begun".to_owned()),
        _ => None,
    };
    events.extend(strange.map(|reason| ServerEvent::Violation { reason }));
    if !package.supported.is_empty() {
        let objects = package.supported;
        events.push(ServerEvent::Supported { objects });
    }
    let data = package.data.into_iter();
    events.extend(data.map(|item| ServerEvent::Data { item }));
}

/// What became of the commands of the last package 2.
pub(super) fn results(
    state: &mut State,
    results: Vec<Outcome>,
    aborts: bool,
    due: &mut Due,
    events: &mut Vec<ServerEvent>,
) {
    let sent = std::mem::take(&mut state.sent);
    let parts = sent.iter().flat_map(|(number, command)| {
        let said = command.for_dm2().unwrap_or_default();
        said.into_iter().map(|said| (*number, said))
    });
    let (parts, commands): (Vec<_>, Vec<_>) = parts
        .map(|(number, said)| ((number, said.child, said.item), said.command))
        .unzip();
    let found = results.len();
    let distributed = distribute(&commands, results, state.dialect, aborts);
    let wrong = match &distributed {
        Ok(outcomes) => outcomes
            .mismatch
            .then(|| format!("{found} results of {} commands", commands.len())),
        Err(error) => Some(error.to_string()),
    };
    let outcomes = distributed.unwrap_or_default().commands;
    let mut outcomes = outcomes.into_iter();
    for ((number, child, item), command) in parts.into_iter().zip(commands) {
        let said = Said {
            child,
            item,
            command,
        };
        let outcome = outcomes.next().unwrap_or_default();
        result(number, &said, outcome, events);
    }
    if let Some(wrong) = wrong {
        due.is_end = true;
        events.push(ServerEvent::Aborted {
            by: AbortedBy::Server,
            reason: Some(wrong),
        });
    }
}

/// What became of a command, or of each place that it names.
fn result(number: u32, said: &Said, outcome: CommandOutcome, events: &mut Vec<ServerEvent>) {
    let uris = said.uris();
    let is_each = outcome.expected > 1;
    let place = |at: usize| match is_each {
        true => u32::try_from(at).ok(),
        false => said.item,
    };
    let found = outcome.results.len();
    for (at, result) in outcome.results.into_iter().enumerate() {
        let (child, item) = (said.child.clone(), place(at));
        if !result.objects.is_empty() {
            events.push(ServerEvent::Results {
                items: Vec::new(),
                objects: result.objects,
                command: number,
                child: child.clone(),
                item,
            });
        }
        let is_of_one = is_each || uris.len() == 1;
        let uri = uris.get(at).filter(|_| is_of_one);
        events.push(ServerEvent::Status {
            code: result.code,
            uri: uri.map(|uri| (*uri).to_owned()),
            data: Vec::new(),
            created: result.created,
            command: number,
            child,
            item,
        });
    }
    let lost = found..outcome.expected.max(1);
    events.extend(lost.map(|at| ServerEvent::Unknown {
        command: number,
        child: said.child.clone(),
        item: place(at),
    }));
}
