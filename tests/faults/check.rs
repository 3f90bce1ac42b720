//! What must hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use omadm::tree::Found;
use omadm::{AbortedBy, ClientEvent, Data, NewCommand, ServerEvent, Tree};

use super::device::DeviceHost;
use super::fault::Fault;
use super::flow::{Flow, Side};
use super::rest::AtRest;
use super::server::{ServerHost, Session};

/// A command by its number and its path in groups.
type Name = (u32, Vec<u32>);

fn value<'t>(device: &'t DeviceHost<'_>, tree: &'t Tree, uri: &str) -> Option<&'t str> {
    match tree.find(uri) {
        Ok(Some(Found::Leaf(node))) if node.owner() == omadm::tree::Owner::Host => {
            device.value(uri)
        }
        Ok(Some(Found::Leaf(node))) => node.data().and_then(Data::as_text),
        _ => None,
    }
}

/// Whether each effect of a command is there; nothing for a command without.
fn effects(device: &DeviceHost<'_>, command: &NewCommand) -> Vec<bool> {
    let tree = &device.stored.tree;
    match command {
        NewCommand::Add(items) | NewCommand::Replace(items) => items
            .iter()
            .map(|item| {
                value(device, tree, &item.uri) == item.data.as_ref().and_then(Data::as_text)
            })
            .collect(),
        NewCommand::Delete(uris) => uris
            .iter()
            .map(|uri| matches!(tree.find(uri), Ok(None)))
            .collect(),
        NewCommand::Exec { uri, .. } => vec![device.effects.contains(&format!("exec {uri}"))],
        NewCommand::Interaction(command) => {
            vec![device.effects.contains(&format!("asked {}", command.text))]
        }
        _ => Vec::new(),
    }
}

/// Every command with its name, those of groups behind their group.
fn named(commands: &[NewCommand]) -> Vec<(Name, &NewCommand)> {
    let mut all = Vec::new();
    for (number, command) in (0..).zip(commands) {
        all.push(((number, Vec::new()), command));
        if let NewCommand::Atomic(group) | NewCommand::Sequence(group) = command {
            let child = |(at, command)| ((number, vec![at]), command);
            all.extend((0..).zip(group).map(child));
        }
    }
    all
}

/// All of an Atomic, or nothing; what the device's host does counts where no ticket is open.
/// Where the device was set back, its host has kept what it had done, and that does not count.
pub(crate) fn all_or_nothing(flow: &Flow, device: &DeviceHost<'_>, is_set_back: bool) {
    for command in flow.batches.iter().flatten() {
        let NewCommand::Atomic(commands) = command else {
            continue;
        };
        let is_of_host = |command: &NewCommand| matches!(command, NewCommand::Replace(items) if items[0].uri.starts_with("./H"));
        let is_left = is_set_back || device.is_busy() || is_left_undone(device);
        let counted = commands
            .iter()
            .filter(|command| !is_left || !is_of_host(command));
        let done: BTreeSet<bool> = counted
            .flat_map(|command| effects(device, command))
            .collect();
        assert!(done.len() <= 1, "a part of an Atomic");
    }
}

/// Every value is as it was, or all of what was sent.
pub(crate) fn whole_or_nothing(flow: &Flow, device: &DeviceHost<'_>) {
    let mut waiting: Vec<&NewCommand> = flow.batches.iter().flatten().collect();
    while let Some(command) = waiting.pop() {
        match command {
            NewCommand::Atomic(group) | NewCommand::Sequence(group) => waiting.extend(group),
            NewCommand::Add(items) | NewCommand::Replace(items) => {
                for item in items {
                    let now = value(device, &device.stored.tree, &item.uri);
                    let sent = item.data.as_ref().and_then(Data::as_text);
                    let before = value(device, &flow.tree, &item.uri);
                    let is_whole = now == sent || now == before;
                    assert!(is_whole, "{} is neither old nor new", item.uri);
                }
            }
            _ => {}
        }
    }
}

/// What was read is what is there, and of each Get once.
pub(crate) fn read_once(flow: &Flow, device: &DeviceHost<'_>, session: &Session) {
    let mut seen = BTreeSet::new();
    for event in &session.log {
        let (items, command) = match event {
            ServerEvent::Started { .. } => {
                seen.clear();
                continue;
            }
            ServerEvent::Results { items, command, .. } => (items, command),
            _ => continue,
        };
        for item in items {
            let uri = &item.source.as_ref().unwrap().uri;
            assert!(seen.insert((*command, uri.clone())), "{uri} is read twice");
            let read = item.data.as_ref().and_then(Data::as_text);
            let trees = [&flow.tree, &device.stored.tree];
            let is_there = |tree: &&Tree| match tree.find(uri) {
                Ok(Some(Found::Leaf(node))) if node.owner() == omadm::tree::Owner::Host => {
                    read == Some("of the host")
                }
                Ok(Some(Found::Leaf(node))) => node.data().and_then(Data::as_text) == read,
                _ => false,
            };
            assert!(trees.iter().any(is_there), "{uri} is read as {read:?}");
        }
    }
}

/// Nothing is kept of an object behind the end, but of what is still queued.
pub(crate) fn nothing_is_kept(device: &DeviceHost<'_>, server: &ServerHost<'_>) {
    let held = device.stored.saved.as_ref().map(AtRest::held);
    assert!(
        !device.is_over() || held.unwrap_or_default() == 0,
        "the device keeps {held:?}"
    );
    for session in server.stored.sessions.values().filter(|s| s.is_done) {
        let held = session.saved.as_ref().map(AtRest::held);
        let mut numbers = 0..session.pushed.len() as u32;
        assert!(
            held.unwrap_or_default() == 0
                || numbers.any(|number| server.is_queued(session, number)),
            "the server keeps {held:?}"
        );
    }
}

/// How far an object has come grows up to its size, and begins anew only where the session does.
pub(crate) fn progress_grows(device: &DeviceHost<'_>, server: &ServerHost<'_>) {
    let mut far: BTreeMap<(&str, String), u32> = BTreeMap::new();
    for event in &device.stored.log {
        if let ClientEvent::Progress {
            direction,
            uri,
            bytes,
            total,
        } = event
        {
            let way = (&uri[..], format!("{direction:?}"));
            let before = far.insert(way, *bytes).unwrap_or_default();
            assert!(before < *bytes && bytes <= total, "progress of {uri}");
        }
    }
    for session in server.stored.sessions.values() {
        let mut far = BTreeMap::new();
        for event in &session.log {
            match event {
                ServerEvent::Started { .. } => far.clear(),
                ServerEvent::Progress {
                    bytes,
                    total,
                    uri,
                    command,
                    child,
                    ..
                } => {
                    let before = far
                        .insert((command, uri, child), *bytes)
                        .unwrap_or_default();
                    let is_within = total.is_none_or(|total| *bytes <= total);
                    assert!(
                        before < *bytes && is_within,
                        "progress of {command:?} {uri:?}"
                    );
                }
                _ => {}
            }
        }
    }
}

/// Whether the device's host could not take back what it had done.
fn is_left_undone(device: &DeviceHost<'_>) -> bool {
    let mut effects = device.effects.iter();
    effects.any(|effect| effect.starts_with("not undone"))
}

/// Nothing is done twice: no effect, no event of a command, no answer to an alert.
pub(crate) fn at_most_once(device: &DeviceHost<'_>, server: &ServerHost<'_>, faults: &[Fault]) {
    let is_set_back = |side| faults.iter().any(|f| f.kind.sets_back() == Some(side));
    if is_set_back(Side::Server) {
        return;
    }
    let mut seen = BTreeSet::new();
    for effect in &device.effects {
        // A device that is set back has forgotten what it has asked its host.
        assert!(
            seen.insert(effect) || is_set_back(Side::Device),
            "twice: {effect}"
        );
    }
    let mut seen = BTreeSet::new();
    for event in &device.stored.log {
        match event {
            ClientEvent::Changed { uri, .. } => {
                assert!(seen.insert(format!("changed {uri}")), "{uri} changes twice");
            }
            ClientEvent::Answered { alert, .. } | ClientEvent::Unanswered { alert } => {
                assert!(seen.insert(format!("alert {alert}")), "{alert} twice");
            }
            _ => {}
        }
    }
    for session in server.stored.sessions.values() {
        let mut seen = BTreeSet::new();
        let mut commands: BTreeMap<Name, usize> = BTreeMap::new();
        let gets: BTreeSet<Name> = named(&session.pushed)
            .into_iter()
            .filter(|(_, command)| matches!(command, NewCommand::Get(_)))
            .map(|(name, _)| name)
            .collect();
        for event in &session.log {
            match event {
                ServerEvent::Started { .. } => {
                    seen.clear();
                }
                ServerEvent::Alert { correlator, .. } => {
                    assert!(seen.insert(format!("{correlator:?}")), "an alert twice");
                }
                ServerEvent::Status {
                    code,
                    command,
                    child,
                    item,
                    ..
                } => {
                    // That the server does not take the large value of a Get stands beside what the device has said.
                    let is_refused = *code == omadm::StatusCode::TOO_LARGE
                        && gets.contains(&(*command, child.clone()));
                    let name = format!("{command} {child:?} {item:?} {is_refused}");
                    assert!(seen.insert(name), "{command} is answered twice");
                    *commands.entry((*command, child.clone())).or_default() += 1;
                }
                ServerEvent::Unknown { command, child, .. } => {
                    let name = format!("{command} {child:?} unknown");
                    assert!(seen.insert(name), "{command} is unknown twice");
                }
                _ => {}
            }
        }
    }
}

/// The worst code of each command.
pub(crate) fn codes(session: &Session) -> BTreeMap<Name, u16> {
    let mut codes = BTreeMap::new();
    for event in &session.log {
        if let ServerEvent::Status {
            code,
            command,
            child,
            ..
        } = event
        {
            let worst = codes.entry((*command, child.clone())).or_insert(code.0);
            *worst = code.0.max(*worst);
        }
    }
    codes
}

/// A code as far as it says that something was done: a child of an Atomic that has failed says 216 or 215.
pub(crate) fn is_done(code: u16) -> bool {
    matches!(code, 200..=213)
}

/// What could not be taken back is told as that.
fn is_told_as_left(device: &DeviceHost<'_>, codes: &BTreeMap<Name, u16>) -> bool {
    let is_of_atomic = |name: &&Name| name.1.is_empty();
    !is_left_undone(device)
        || codes.keys().filter(is_of_atomic).count() == 0
        || codes.values().any(|code| *code == 516)
}

/// What the server's host believes is so at the device.
pub(crate) fn agree(device: &DeviceHost<'_>, session: &Session) {
    let codes = codes(session);
    assert!(
        is_told_as_left(device, &codes),
        "nobody says what is left of an Atomic"
    );
    for (name, command) in named(&session.pushed) {
        let done = effects(device, command);
        let Some(code) = codes.get(&name) else {
            continue;
        };
        let (number, child) = &name;
        if is_done(*code) {
            assert!(
                !done.contains(&false),
                "{number} {child:?} is {code}, and nothing was done"
            );
        } else if !is_left_undone(device) {
            let is_none = done.iter().all(|done| !done) || done.len() > 1;
            assert!(is_none, "{number} {child:?} is {code}, and it was done");
        }
    }
}

/// Of every command that is gone from the queue something is said, and of every alert.
pub(crate) fn nothing_is_lost(device: &DeviceHost<'_>, server: &ServerHost<'_>, session: &Session) {
    let mut aborted = false;
    let mut said: BTreeSet<u32> = session.gone.iter().copied().collect();
    for event in &session.log {
        match event {
            ServerEvent::Status { command, .. } | ServerEvent::Unknown { command, .. } => {
                said.insert(*command);
            }
            // The device wants nothing more of what is queued.
            ServerEvent::Aborted {
                by: AbortedBy::Device,
                ..
            } => aborted = true,
            _ => {}
        }
    }
    if session.is_done && !aborted {
        for number in 0..session.pushed.len() as u32 {
            assert!(
                said.contains(&number) || server.is_queued(session, number),
                "nobody says what became of {number}"
            );
        }
    }
    if device.is_over() {
        let is_of_alert = |event: &&ClientEvent| {
            matches!(
                event,
                ClientEvent::Answered { .. } | ClientEvent::Unanswered { .. }
            )
        };
        let answers = device.stored.log.iter().filter(is_of_alert).count();
        assert_eq!(
            answers,
            device.raised(),
            "nobody says what became of an alert"
        );
    }
}
