//! Removing nodes (DELETE): all that an address stands for, or none.

use std::sync::Arc;

use crate::ddf::{AccessType, Scope as Described};
use crate::dm2::bare_moid;
use crate::status::StatusCode;
use crate::tree::change::By;
use crate::tree::execution::Changed;
use crate::tree::instances::Resolved;
use crate::tree::node::Scope;
use crate::tree::operation::{HostCall, HostValues};
use crate::tree::store::{Descent, Tree};

use super::access::{Access, Deed};
use super::accounts::Kept;
use super::codes::of_v2;
use super::dacmo;
use super::guard::{holds, is_kept};
use super::put::check;
use super::store::adopt;

/// What comes of removing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is done; this has changed.
    Done(Vec<Changed>),
    /// The host is to be asked for values first; then all is to be done again with them.
    Ask(Vec<HostCall>),
}

impl Access<'_> {
    /// Removes the nodes that a ClientURI stands for, with all that is below them. With an instance goes its access control object.
    ///
    /// The error is the status to answer, and nothing has changed: that of [`resolve`](Self::resolve), 403 without the right on what is there
    /// and on every instance inside it, 405 for what is built in or cannot be deleted, 503 while an Atomic of another session is under way.
    pub fn delete(
        &self,
        tree: &mut Tree,
        text: &str,
        values: &HostValues,
    ) -> Result<Removal, StatusCode> {
        if tree.is_held() {
            return Err(StatusCode(503));
        }
        let (uri, places) = match self.resolve(tree, text, values)? {
            (_, Resolved::Ask(calls)) => return Ok(Removal::Ask(calls)),
            (uri, Resolved::Places(places)) => (uri, places),
        };
        // Nothing tells the server that the condition did not hold.
        if uri.cv.is_some() {
            return Err(StatusCode::BAD_REQUEST);
        }
        let (mut next, mut is_concerned) = (tree.draft(), false);
        for place in &places {
            let path = &*place.path;
            self.need(Deed::Write, path)?;
            self.need_deletable(tree, path)?;
            let is_control = bare_moid(&place.instance.moid) == bare_moid(dacmo::DACMO);
            if is_control
                && !path
                    .get(place.instance.path.len()..)
                    .unwrap_or_default()
                    .starts_with("/Rights/")
            {
                return Err(StatusCode::NOT_ALLOWED);
            }
            // Where instances go, their access control objects do.
            is_concerned |=
                is_kept(tree, path, Kept::All) || holds(tree, path, |node| node.object().is_some());
            // It may be gone with another one.
            if next.entry(path).is_some() {
                next.take(path, By::Delete, Some(self.requester.server))
                    .map_err(of_v2)?;
            }
        }
        if is_concerned {
            check(self, tree, &next)?;
            dacmo::need_same_names(tree, &next, &self.controls)?;
            self.take_controls(&mut next)?;
        }
        let before = Arc::clone(tree.root());
        let changed = adopt(tree, next);
        match is_concerned {
            true => tree.forget_gone(),
            false => self.keep(&before, tree),
        }
        Ok(Removal::Done(changed))
    }

    /// Removes the access control objects of instances that are gone from a draft.
    fn take_controls(&self, next: &mut Tree) -> Result<(), StatusCode> {
        let gone = self
            .granted
            .iter()
            .filter(|instance| next.entry(&instance.path).is_none());
        let controls: Vec<&String> = gone
            .flat_map(|instance| self.controls.paths_of(&dacmo::key(instance)))
            .collect();
        dacmo::take_out(next, &self.controls, controls)
    }

    fn need_deletable(&self, tree: &Tree, path: &str) -> Result<(), StatusCode> {
        if tree.is_permanent(path) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        tree.need_access(AccessType::Delete, path).map_err(of_v2)?;
        let Some(entry) = tree.entry(path) else {
            return Err(StatusCode::NOT_FOUND);
        };
        // What a description says is built in goes with what it was made with.
        let is_described = tree.rule(path).is_some();
        let mut found = Ok(());
        entry.visit(path, |below, entry| {
            let is_built_in = entry.node.scope() == Scope::Permanent
                || (!is_described
                    && tree
                        .rule(below)
                        .is_some_and(|rule| rule.scope == Described::Permanent));
            if is_built_in {
                found = Err(StatusCode::NOT_ALLOWED);
            } else if self.is_root(below) && self.need(Deed::Write, below).is_err() {
                found = Err(StatusCode::FORBIDDEN);
            }
            match found {
                Ok(()) => Descent::On,
                Err(_) => Descent::Stop,
            }
        });
        found
    }
}
