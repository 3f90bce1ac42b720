//! What servers of DM 1.x write at accounts of DM 2.0 and at access control objects: the rules are those of DM 2.0, in whichever command it comes.

use crate::status::StatusCode;
use crate::syncml::{Command, Item, Meta};
use crate::tree::node::Node;
use crate::tree::operation::{Effect, HostCall, HostCallKind, is_tnds};
use crate::tree::rights::Actor;
use crate::tree::store::{Descent, Tree};
use crate::uri;

use super::access::{Access, Requester};
use super::accounts::{self, Kept};
use super::dacmo;
use super::put;

/// Whether what a command does to an item may concern rights: of a leaf that takes another value its place says it, but a document can make
/// of it what is none.
pub(in crate::tree) fn may_concern(
    tree: &Tree,
    command: &Command,
    item: &Item,
    meta: Option<&Meta>,
) -> bool {
    let uri = item.target.as_ref().map_or("", |target| &target.uri);
    match command {
        Command::Get(_) | Command::Exec(_) => false,
        Command::Replace(_) => tree.resolve(uri).is_ok_and(|uri| {
            let is_leaf = tree
                .node(uri.path())
                .is_some_and(|node| !node.is_interior());
            uri.query().is_some()
                || !is_leaf
                || is_tnds(item, meta)
                || is_kept(tree, uri.path(), Kept::OfDm2)
        }),
        _ => true,
    }
}

/// Carries something out that a server of DM 1.x wants, unless it changes what this server may not: 405 and 425, and nothing has changed.
pub(in crate::tree) fn guarded(
    tree: &mut Tree,
    actor: &Actor<'_>,
    change: impl FnOnce(&mut Tree) -> Result<Effect, StatusCode>,
) -> Result<Effect, StatusCode> {
    let mut next = tree.draft();
    let effect = change(&mut next)?;
    match &effect {
        Effect::Changed(_) => {
            need_rights(tree, &next, actor)?;
            tree.adopt(next);
        }
        // What may not be is not asked for.
        Effect::Ask(call) if call.kind == HostCallKind::Write => {
            next.called(call.clone(), StatusCode::OK, actor)?;
            need_rights(tree, &next, actor)?;
        }
        _ => {}
    }
    Ok(effect)
}

/// The same of what the host has done meanwhile.
pub(in crate::tree) fn called(
    tree: &mut Tree,
    call: HostCall,
    code: StatusCode,
    actor: &Actor<'_>,
) -> Result<Effect, StatusCode> {
    match call.kind == HostCallKind::Write && is_kept(tree, &call.path, Kept::OfDm2) {
        true => guarded(tree, actor, |tree| tree.called(call, code, actor)),
        false => tree.called(call, code, actor),
    }
}

fn need_rights(tree: &Tree, next: &Tree, actor: &Actor<'_>) -> Result<(), StatusCode> {
    // Where a node was renamed, the accounts and objects that it holds are gone from where they were.
    let is_concerned = |path: &str| {
        [tree, next]
            .into_iter()
            .any(|tree| is_kept(tree, path, Kept::OfDm2) || holds(tree, path, is_of_rights))
    };
    let changes = next.changes.behind(tree.revision());
    if changes.is_some_and(|mut changes| !changes.any(|change| is_concerned(&change.path))) {
        return Ok(());
    }
    let requester = Requester {
        server: actor.server,
        dialect: crate::dm2::Dialect::Draft,
        objects: None,
        epoch: None,
        now: actor.now,
    };
    let access = Access::of(tree, requester);
    let checked = put::check(&access, tree, next, Kept::OfDm2)
        .and_then(|()| accounts::need_new_names(tree, next, actor.server))
        .and_then(|()| dacmo::need_same_objects(&access.controls, next));
    checked.map_err(|code| match code {
        StatusCode::FORBIDDEN => StatusCode::PERMISSION_DENIED,
        code => code,
    })
}

/// Whether a change at a path may change what accounts of a kind or access control objects say, without one of their roots. Most of what is
/// in accounts says neither rights nor keys, and costs nothing.
pub(super) fn is_kept(tree: &Tree, path: &str, kept: Kept) -> bool {
    let line = tree.line(path);
    let mimes = || line.iter().filter_map(|node| node.mime());
    let is_named = || uri::segments(path).any(|name| accounts::KEPT.contains(&name));
    uri::segments(path).next() == Some(dacmo::HOME)
        || mimes().any(dacmo::is_control)
        || (mimes().any(|mime| kept.includes(mime)) && is_named())
}

/// Whether such a node is at or below a path.
pub(super) fn holds(tree: &Tree, path: &str, is_one: impl Fn(&Node) -> bool) -> bool {
    let mut found = false;
    if let Some(entry) = tree.entry(path) {
        entry.visit(path, |_, entry| {
            found |= is_one(&entry.node);
            if found { Descent::Stop } else { Descent::On }
        });
    }
    found
}

/// Whether it is the root of an account of DM 2.0 or of an access control object.
fn is_of_rights(node: &Node) -> bool {
    let is_one = |mime: &str| Kept::OfDm2.includes(mime) || dacmo::is_control(mime);
    node.is_interior() && node.mime().is_some_and(is_one)
}
