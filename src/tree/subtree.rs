//! Whole sub-trees as the value of Add and Replace (TNDS): all of their nodes or none.

use crate::error::Error;
use crate::limits::Limits;
use crate::status::StatusCode;
use crate::syncml::{Item, Meta};
use crate::tnds::{Misplaced, Placed, Placement, Reading, SubTree, Tnds};
use crate::uri;

use super::acl::Acl;
use super::change::By;
use super::node::Node;
use super::objects;
use super::operation::Effect;
use super::rights::Actor;
use super::store::{Descent, Tree};

impl Tree {
    /// Add of a sub-tree where nothing is; `missing` are the nodes to be made above it.
    pub(super) fn add_subtree(
        &mut self,
        path: &str,
        missing: Vec<String>,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        let subtree = resolved(item, meta, path, Placement::Target)?;
        let mut nodes: Vec<(String, Node)> = missing
            .into_iter()
            .map(|path| (path, Node::interior(None)))
            .collect();
        if subtree.reading == Reading::Children {
            nodes.push((path.to_owned(), Node::interior(None)));
        }
        nodes.extend(placed(subtree)?);
        for (path, node) in &nodes {
            self.need_access_to_add(path)?;
            self.need_fitting(path, node)?;
        }
        self.add_all(nodes, By::Add, actor)
    }

    /// Add of an object to the Inbox: where it goes is for the device to say, by what it is.
    pub(super) fn add_to_inbox(
        &mut self,
        inbox: &str,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        self.need(super::acl::Right::Add, inbox, actor)?;
        let subtree = resolved(item, meta, inbox, Placement::Inbox)?;
        let mut next = self.clone();
        let mut changed = Vec::new();
        let nodes = &subtree.nodes;
        for (top, node) in nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.parent.is_none())
        {
            let place = objects::place(&next, node.mime.as_deref().unwrap_or_default(), &node.name);
            let place = place.ok_or(StatusCode::UNSUPPORTED_FEATURE)?;
            let mut paths: Vec<Option<String>> = vec![None; nodes.len()];
            let mut made = Vec::new();
            for (index, node) in nodes.iter().enumerate() {
                let path = match node.parent {
                    None if index == top => place.clone(),
                    None => continue,
                    Some(parent) => match paths.get(parent).cloned().flatten() {
                        Some(parent) => uri::join(&parent, &node.name),
                        None => continue,
                    },
                };
                if let Some(slot) = paths.get_mut(index) {
                    *slot = Some(path.clone());
                }
                made.push((path, Node::of_placed(node)?));
            }
            for above in next.missing_from_top(&place) {
                made.insert(0, (above, Node::interior(None)));
            }
            match next.add_all(made, By::Add, actor)? {
                Effect::Changed(more) => changed.extend(more),
                _ => return Err(StatusCode::COMMAND_FAILED),
            }
        }
        *self = next;
        Ok(Effect::Changed(changed))
    }

    /// The nodes that are missing above a path, the lowest first.
    fn missing_from_top(&self, path: &str) -> Vec<String> {
        let mut missing = Vec::new();
        let mut at = path;
        while let Some((parent, _)) =
            uri::split(at).filter(|(parent, _)| self.node(parent).is_none())
        {
            missing.push(parent.to_owned());
            at = parent;
        }
        missing
    }

    /// Whether a sub-tree can take the place of a leaf: where it is nothing but a leaf itself.
    pub(super) fn tnds_stands_for(&self, path: &str, item: &Item, meta: Option<&Meta>) -> bool {
        let subtree = resolved(item, meta, path, Placement::Target);
        subtree.is_ok_and(|subtree| subtree.reading == Reading::Target && subtree.nodes.len() == 1)
    }

    /// Replace of a sub-tree: what is not in the document is gone afterwards.
    pub(super) fn replace_subtree(
        &mut self,
        path: &str,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        let subtree = resolved(item, meta, path, Placement::Target)?;
        let reading = subtree.reading;
        let mut nodes = placed(subtree)?;
        if reading == Reading::Children {
            let kept = self.node(path).cloned().ok_or(StatusCode::NOT_FOUND)?;
            nodes.insert(0, (path.to_owned(), kept));
        }
        let mut before = Vec::new();
        if let Some(entry) = self.entry(path) {
            entry.visit(path, |path, _| {
                before.push(path.to_owned());
                Descent::On
            });
        }
        // What is built in can be written, but neither go nor become something else.
        for path in before.iter().filter(|path| self.is_permanent(path)) {
            let same = nodes.iter().find(|(known, _)| known == path);
            let kept = self.node(path).map(Node::is_interior);
            if same.map(|(_, node)| node.is_interior()) != kept {
                return Err(StatusCode::NOT_ALLOWED);
            }
        }
        for (path, node) in &mut nodes {
            self.need_fitting(path, node)?;
            match self.node(path) {
                Some(there) => node.stand_in_for(there, actor.seconds()),
                None => self.need_access_to_add(path)?,
            }
        }
        let is_root = path.is_empty();
        if is_root {
            return Err(StatusCode::NOT_ALLOWED);
        }
        let mut next = self.clone();
        next.take(path, By::Replace, Some(actor.server))?;
        let effect = next.add_all(nodes, By::Replace, actor)?;
        *self = next;
        Ok(effect)
    }
}

impl Tree {
    /// Puts the nodes of a document at or below a URI, from the host's side, see [`Tnds::resolve`]: what is there is exchanged.
    ///
    /// # Errors
    ///
    /// What is wrong with the document; then nothing has changed.
    pub fn set_tnds(&mut self, uri: &str, tnds: Tnds) -> Result<(), Error> {
        let subtree = tnds
            .resolve(uri, Placement::Target)
            .map_err(|misplaced| misplaced.error)?;
        let mut next = self.clone();
        for (index, node) in subtree.nodes.iter().enumerate() {
            let path = subtree.path(index);
            let made = Node::of_placed(node).map_err(|status| {
                Error::arg(format!("a node that would be answered {status}")).within(path.as_str())
            })?;
            next.set(&uri::display(&path), made)?;
        }
        *self = next;
        Ok(())
    }
}

/// The nodes of an Item's document at their places.
fn resolved(
    item: &Item,
    meta: Option<&Meta>,
    path: &str,
    placement: Placement,
) -> Result<SubTree, StatusCode> {
    let own = item.meta.as_ref().and_then(|meta| meta.mime.as_deref());
    let mime = own.or_else(|| meta?.mime.as_deref()).unwrap_or_default();
    let data = item.data.as_ref().ok_or(StatusCode::INCOMPLETE)?;
    let tnds =
        Tnds::of_data(data, mime, &Limits::UNBOUNDED).map_err(|_| StatusCode::BAD_REQUEST)?;
    tnds.resolve(&uri::display(path), placement)
        .map_err(|Misplaced { status, .. }| status)
}

fn placed(subtree: SubTree) -> Result<Vec<(String, Node)>, StatusCode> {
    let node = |(index, node): (usize, &Placed)| Ok((subtree.path(index), Node::of_placed(node)?));
    subtree.nodes.iter().enumerate().map(node).collect()
}

impl Node {
    /// The node that a document describes.
    fn of_placed(placed: &Placed) -> Result<Self, StatusCode> {
        let mut node = if placed.is_interior() {
            Self::interior(placed.mime.clone())
        } else {
            Self::leaf(placed.format, placed.mime.clone(), placed.data.clone())?
        };
        if let Some(acl) = &placed.acl {
            node.set_acl(Acl::parse(acl).ok_or(StatusCode::BAD_REQUEST)?);
        }
        if let Some(title) = &placed.title {
            node.set_title(title)?;
        }
        node.set_history(None, placed.ver_no.unwrap_or(0));
        Ok(node)
    }
}
