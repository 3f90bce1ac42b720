//! What servers of DM 1.x write at accounts of DM 2.0 and at access control objects: the rules are those of DM 2.0, in whichever command it comes.

use std::sync::Arc;

use crate::dm2::bare_moid;
use crate::status::StatusCode;
use crate::syncml::{Command, Item, Meta};
use crate::tree::change::By;
use crate::tree::node::Node;
use crate::tree::operation::{Effect, HostCall, HostCallKind, is_tnds};
use crate::tree::rights::Actor;
use crate::tree::store::{Descent, Tree};
use crate::uri;

use super::accounts::{self, Kept};
use super::called::at_and_below;
use super::dacmo;
use super::standing::{Standing, Turn};

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
/// With instances that are gone goes what is kept of them.
pub(in crate::tree) fn guarded(
    tree: &mut Tree,
    standing: &mut Standing,
    actor: &Actor<'_>,
    change: impl FnOnce(&mut Tree) -> Result<Effect, StatusCode>,
) -> Result<Effect, StatusCode> {
    let mut next = tree.draft();
    let mut effect = change(&mut next)?;
    match &mut effect {
        Effect::Changed(nodes) => {
            let Some(turn) = turn(tree, standing, &next, actor)? else {
                unguarded(tree, standing, |tree| tree.adopt(next));
                return Ok(effect);
            };
            standing.take_out(&mut next, &turn)?;
            nodes.extend(turn.gone.iter().map(|path| (path.clone(), By::Delete)));
            standing.settle_before(tree, &turn);
            tree.adopt(next);
            let lost = turn.lost();
            standing.commit(tree, turn);
            standing.lose(tree, &lost);
        }
        // What may not be is not asked for.
        Effect::Ask(call) if call.kind == HostCallKind::Write => {
            next.called(call.clone(), StatusCode::OK, actor)?;
            if let Some(turn) = turn(tree, standing, &next, actor)? {
                standing.undo(&turn);
            }
        }
        _ => {}
    }
    Ok(effect)
}

/// Does what concerns no rights.
pub(in crate::tree) fn unguarded<T>(
    tree: &mut Tree,
    standing: &mut Standing,
    change: impl FnOnce(&mut Tree) -> T,
) -> T {
    // Nodes that are held are copied when they change.
    let before = standing.is_known().then(|| Arc::clone(tree.root()));
    let done = change(tree);
    if let Some(before) = before {
        standing.keep(&before, tree);
    }
    done
}

/// The same of what the host has done meanwhile.
pub(in crate::tree) fn called(
    tree: &mut Tree,
    standing: &mut Standing,
    call: HostCall,
    code: StatusCode,
    actor: &Actor<'_>,
) -> Result<Effect, StatusCode> {
    match call.kind == HostCallKind::Write && is_kept(tree, &call.path, Kept::OfDm2) {
        true => guarded(tree, standing, actor, |tree| tree.called(call, code, actor)),
        false => unguarded(tree, standing, |tree| tree.called(call, code, actor)),
    }
}

/// What a draft changes of rights, if anything.
fn turn(
    tree: &Tree,
    standing: &mut Standing,
    next: &Tree,
    actor: &Actor<'_>,
) -> Result<Option<Turn>, StatusCode> {
    let touched = next.changes.touched(tree.revision());
    let touched = touched.ok_or(StatusCode::COMMAND_FAILED)?;
    let trees = [tree, next];
    let is_named = |path: &&str| trees.iter().any(|tree| is_kept(tree, path, Kept::OfDm2));
    // Where a node was renamed, the objects that it holds are gone from where they were.
    let is_whole = |path: &&str| {
        let is_object = |node: &Node| node.object().is_some();
        is_named(path) || trees.iter().any(|tree| holds(tree, path, is_object))
    };
    if !touched.whole.iter().any(is_whole) && !touched.alone.iter().any(is_named) {
        return Ok(None);
    }
    let turn = standing.turn(tree, next, &touched, actor.server);
    turn.map(Some).map_err(|code| match code {
        StatusCode::FORBIDDEN => StatusCode::PERMISSION_DENIED,
        code => code,
    })
}

/// An Atomic has changed a tree that was as it is in `before`. Notes what servers asked for of instances that are gone with it.
pub(in crate::tree) fn committed(tree: &Tree, standing: &mut Standing, before: &Tree) {
    standing.succeed();
    if tree.subscriptions().is_empty() {
        return;
    }
    let mut lost: Vec<_> = match tree.changes.touched(before.revision()) {
        Some(touched) => {
            let whole = touched.whole.iter();
            whole.flat_map(|path| at_and_below(before, path)).collect()
        }
        None => at_and_below(before, ""),
    };
    let is_gone = |path: &str, moid: &str| {
        let node = tree.node(path).and_then(Node::object);
        node.is_none_or(|now| bare_moid(now) != moid)
    };
    lost.retain(|(path, (moid, _))| is_gone(path, moid));
    standing.lose(tree, &lost);
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
pub(in crate::tree) fn holds(tree: &Tree, path: &str, is_one: impl Fn(&Node) -> bool) -> bool {
    let mut found = false;
    if let Some(entry) = tree.entry(path) {
        entry.visit(path, |_, entry| {
            found |= is_one(&entry.node);
            if found { Descent::Stop } else { Descent::On }
        });
    }
    found
}
