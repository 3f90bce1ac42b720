//! The alerts of the host: they wait until a package takes them along, and in the draft dialect until the server says what it makes of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::dm2::{Alert, AlertItem, Dialect, Reason};
use crate::error::{Error, Result};
use crate::session::alert::ClientAlert;
use crate::session::event::ClientEvent;
use crate::status::{AlertCode, StatusCode};
use crate::tree::{News, Tree};

use super::ClientSession;
use super::places;
use super::state::{Phase, State};

/// An alert of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Raised {
    number: u32,
    alert: ClientAlert,
    /// A package has taken it along.
    is_sent: bool,
}

/// Takes an alert in; it goes out with the next package.
pub(super) fn raise(session: &mut ClientSession, alert: ClientAlert) -> Result<u32> {
    alert.check_dm2(session.state.dialect)?;
    if matches!(session.state.phase, Phase::Over | Phase::Aborting(_)) {
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
        alert,
        is_sent: false,
    });
    Ok(number)
}

/// Whether those of a state can be: each has a number of its own, and those are sent that the package takes along which is out.
pub(super) fn is_sound(state: &State) -> bool {
    let numbers: BTreeSet<u32> = state.alerts.iter().map(|raised| raised.number).collect();
    let is_distinct = numbers.len() == state.alerts.len() && !numbers.contains(&state.next_alert);
    let sent = state.alerts.iter().filter(|raised| raised.is_sent);
    let sent: Vec<u32> = sent.map(|raised| raised.number).collect();
    let out = state.out.iter().filter(|_| state.phase == Phase::Waiting);
    let out = out.flat_map(|out| out.alerts.iter().flatten().copied());
    is_distinct && out.eq(sent)
}

/// What the next package takes along.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) alerts: Vec<Alert>,
    /// The same by the host's numbers.
    pub(super) numbers: Vec<Option<u32>>,
}

/// The alerts of the host that no package has taken along yet.
pub(super) fn waiting(session: &ClientSession, tree: &Tree) -> Taken {
    let mut taken = Taken::default();
    let waiting = session.state.alerts.iter().filter(|raised| !raised.is_sent);
    let mut waiting = waiting.peekable();
    if waiting.peek().is_none() {
        return taken;
    }
    let access = places::access(session, tree);
    for raised in waiting {
        let address = |uri: &str| places::address(&access, session.state.dialect, uri);
        taken.alerts.push(raised.alert.to_dm2(address));
        taken.numbers.push(Some(raised.number));
    }
    taken
}

/// What package 1 of the draft dialect tells of the tree, unasked, as that of DM 1.3 does.
fn of_tree(session: &ClientSession, tree: &Tree) -> Option<Alert> {
    let dialect = session.state.dialect;
    let is_told = tells_tree(session);
    let since = session.account.tree_revision.filter(|_| is_told)?;
    let access = places::access(session, tree);
    let (code, uris) = match places::news(&access, dialect, tree, since)? {
        News::Unchanged => (AlertCode::TREE_UNCHANGED, Vec::new()),
        News::Changed(uris) => (AlertCode::TREE_CHANGED, uris),
    };
    let item = |uri| AlertItem {
        source: Some(uri),
        ..AlertItem::default()
    };
    Some(Alert {
        code,
        correlator: None,
        items: uris.into_iter().map(item).collect(),
    })
}

/// Whether package 1 tells of the tree: the approved dialect has no words for it.
pub(super) fn tells_tree(session: &ClientSession) -> bool {
    session.config.tree_alerts && session.state.dialect == Dialect::Draft
}

impl Taken {
    /// With what package 1 tells of the tree ahead of those of the host.
    pub(super) fn with_tree(mut self, session: &ClientSession, tree: &Tree) -> Self {
        if let Some(alert) = of_tree(session, tree) {
            self.alerts.insert(0, alert);
            self.numbers.insert(0, None);
        }
        self
    }

    /// What stands ahead of those of the host: in the draft dialect the codec tells of a bootstrap by an alert.
    pub(super) fn behind(mut self, reason: Reason, dialect: Dialect) -> Self {
        if reason == Reason::Bootstrap && dialect == Dialect::Draft {
            self.numbers.insert(0, None);
        }
        self
    }
}

/// A package with these alerts is on its way.
pub(super) fn sent(state: &mut State, numbers: &[Option<u32>]) {
    let numbers: BTreeSet<u32> = numbers.iter().flatten().copied().collect();
    for raised in &mut state.alerts {
        raised.is_sent |= numbers.contains(&raised.number);
    }
}

/// What the server says of the alerts of our last package: in the draft dialect a status each, in the approved one that it has them.
pub(super) fn answered(state: &mut State, results: &[StatusCode], events: &mut Vec<ClientEvent>) {
    let Some(out) = state.out.take() else {
        return;
    };
    let mut results = results.iter();
    let done: BTreeSet<u32> = out.alerts.iter().flatten().copied().collect();
    state.alerts.retain(|raised| !done.contains(&raised.number));
    for alert in out.alerts {
        let code = results.next();
        let Some(alert) = alert else {
            continue;
        };
        let event = match (state.dialect, code) {
            (Dialect::Draft, Some(code)) => ClientEvent::Answered { alert, code: *code },
            (Dialect::Draft, None) => ClientEvent::Unanswered { alert },
            (Dialect::Approved, _) => ClientEvent::Delivered { alert },
        };
        events.push(event);
    }
}

/// Behind the end of a session nobody answers the alerts that are left, and the server knows the tree; the event that says why stays last.
pub(super) fn settle(session: &mut ClientSession, tree: &Tree, events: &mut Vec<ClientEvent>) {
    forget(session, events);
    if events.last() == Some(&ClientEvent::Finished)
        && let Some(since) = session.state.tree_revision.take()
    {
        session.account.tree_revision = tree.known_to(since, &session.config.account.server_id);
    }
}

/// The alerts that nobody will answer any more, where the session is over.
pub(super) fn forget(session: &mut ClientSession, events: &mut Vec<ClientEvent>) {
    if !matches!(session.state.phase, Phase::Over | Phase::Aborting(_)) {
        return;
    }
    let end = events.len().saturating_sub(1);
    let left = session.state.alerts.drain(..);
    let unanswered = left.map(|raised| ClientEvent::Unanswered {
        alert: raised.number,
    });
    events.splice(end..end, unanswered);
}
