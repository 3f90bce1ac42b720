//! Whole sub-trees as the value of Add and Replace (TNDS): all of their nodes or none.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ddf::AccessType;
use crate::error::Error;
use crate::limits::Limits;
use crate::order::gathered;
use crate::status::StatusCode;
use crate::steps;
use crate::syncml::{Item, Meta};
use crate::tnds::{Misplaced, Placed, Placement, Reading, SubTree, Tnds};
use crate::uri;

use super::acl::{Acl, Right};
use super::change::By;
use super::node::{Known, Node, Owner};
use super::objects;
use super::operation::{Effect, ImplicitAdd, is_tnds};
use super::rights::Actor;
use super::store::{Entry, Tree};

impl Tree {
    /// Add of a sub-tree where nothing is; `missing` are the nodes to be made above it. A document that is none is 400; a node that cannot be
    /// made gives the status that it would have alone. Lists in the document hold, whoever they name: they are those of the one who makes
    /// the nodes.
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

    /// Add of an object to the Inbox, as a document or as a node with its Type: where it goes is for the device to say, by what it is, and
    /// nothing of it stays here. What is no object known here is 406. `name` is given where the Target has it.
    ///
    /// No other right is asked for than Add on the Inbox.
    pub(super) fn add_to_inbox(
        &mut self,
        target: &str,
        name: Option<&str>,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        const INBOX: &str = "Inbox";
        self.need(Right::Add, INBOX, actor)?;
        self.need_access(AccessType::Add, INBOX)?;
        let given: Vec<(Option<usize>, String, Node)> = match (is_tnds(item, meta), name) {
            (true, name) => {
                let placement = name.map_or(Placement::Inbox, |_| Placement::Target);
                let subtree = resolved(item, meta, target, placement)?;
                let given = |placed: Placed| {
                    let node = Node::of_placed(&placed)?;
                    Ok((placed.parent, placed.name, node))
                };
                subtree
                    .nodes
                    .into_iter()
                    .map(given)
                    .collect::<Result<_, _>>()?
            }
            (false, Some(name)) => {
                let node = Node::of_item(item, meta, &Known::default())?;
                vec![(None, name.to_owned(), node)]
            }
            (false, None) => return Err(StatusCode::ALREADY_EXISTS),
        };
        let mut next = self.draft();
        let mut changed = Vec::with_capacity(given.len());
        let mut paths: Vec<String> = Vec::with_capacity(given.len());
        for (parent, name, node) in given {
            let path = match parent.and_then(|parent| paths.get(parent)) {
                Some(parent) => uri::join(parent, &name),
                None => {
                    let mime = node.mime().filter(|_| node.is_interior());
                    let place = objects::place(&next, mime.unwrap_or_default(), &name);
                    place.ok_or(StatusCode::UNSUPPORTED_FEATURE)?
                }
            };
            next.need_described(&path, &node)?;
            let missing = next.missing_above(&path, ImplicitAdd::Yes)?;
            // The place is the device's choice, and gives the server no right there.
            for above in missing {
                let entry = Arc::new(Entry::of(Node::interior(None)));
                next.insert(&above, entry, By::Add, None)?;
                changed.push((above, By::Add));
            }
            let nodes = vec![(path.clone(), node)];
            if let Effect::Changed(made) = next.add_all(nodes, By::Add, actor)? {
                changed.extend(made);
            }
            paths.push(path);
        }
        self.adopt(next);
        Ok(Effect::Changed(changed))
    }

    /// Whether a sub-tree can take the place of a leaf: where it is nothing but one node, be it a leaf or not.
    pub(super) fn tnds_stands_for(&self, path: &str, item: &Item, meta: Option<&Meta>) -> bool {
        let subtree = resolved(item, meta, path, Placement::Target);
        subtree.is_ok_and(|subtree| subtree.reading == Reading::Target && subtree.nodes.len() == 1)
    }

    /// Replace of a sub-tree: what is not in the document is gone afterwards. The right is that on the addressed node alone.
    ///
    /// What is there before and after is still what it is for the device. So what is built in neither goes (405) nor becomes something else
    /// (405), a value that cannot be replaced must stay the same (405), and so must one that the host keeps (403). The list of a leaf that is
    /// addressed stays unless the document has one, which takes the right to change it (425).
    pub(super) fn replace_subtree(
        &mut self,
        path: &str,
        item: &Item,
        meta: Option<&Meta>,
        actor: &Actor<'_>,
    ) -> Result<Effect, StatusCode> {
        let subtree = resolved(item, meta, path, Placement::Target)?;
        let target = self.node(path).ok_or(StatusCode::NOT_FOUND)?;
        if path.is_empty() {
            return Err(StatusCode::NOT_ALLOWED);
        }
        let reading = subtree.reading;
        let mut nodes = placed(subtree)?;
        if reading == Reading::Children {
            nodes.insert(0, (path.to_owned(), target.clone()));
        }
        if let Some((_, node)) = nodes.first_mut().filter(|_| !target.is_interior()) {
            if node.acl().is_empty() {
                node.set_acl(target.acl().clone());
            } else if node.acl() != target.acl() {
                self.need_right_on_acl(path, false, actor)?;
            }
        }
        let gone = self.gone(path, &nodes)?;
        for (path, node) in &mut nodes {
            match self.node(path) {
                Some(there) => self.stand_in(path, node, there, actor)?,
                None => self.need_access_to_add(path)?,
            }
            self.need_fitting(path, node)?;
        }
        let mut next = self.draft();
        let mut changed: Vec<(String, By)> = Vec::with_capacity(gone.len() + nodes.len());
        for path in gone {
            next.take(&path, By::Delete, Some(actor.server))?;
            changed.push((path, By::Delete));
        }
        next.detach(path)?;
        if let Effect::Changed(made) = next.add_all(nodes, By::Replace, actor)? {
            changed.extend(made);
        }
        // An account that is called something else would give its secrets away.
        let is_told = |(path, _): &(String, By)| {
            let stays = next.node(path).is_some();
            stays && objects::is_secret(self, path) && !objects::is_secret(&next, path)
        };
        if changed.iter().any(is_told) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.adopt(next);
        Ok(Effect::Changed(changed))
    }

    /// What is at and below a path but not among these nodes, each with all that is below it; 405 where any of that is built in.
    fn gone(&self, path: &str, nodes: &[(String, Node)]) -> Result<Vec<String>, StatusCode> {
        let stays: BTreeSet<&str> = gathered(nodes.iter().map(|(path, _)| path.as_str()));
        let (mut gone, mut found) = (Vec::new(), Ok(()));
        let Some(entry) = self.entry(path) else {
            return Ok(gone);
        };
        entry.visit_with(path, true, |path, _, is_above| {
            steps::add_lookup(path.len(), stays.len());
            let is_there = is_above && stays.contains(path);
            if !is_there && self.is_permanent(path) {
                found = Err(StatusCode::NOT_ALLOWED);
            }
            if !is_there && is_above {
                gone.push(path.to_owned());
            }
            found.is_ok().then_some(is_there)
        });
        found.map(|()| gone)
    }

    /// Lets a node take the place of one that is there, if it may.
    fn stand_in(
        &self,
        path: &str,
        node: &mut Node,
        there: &Node,
        actor: &Actor<'_>,
    ) -> Result<(), StatusCode> {
        if self.is_permanent(path) && self.rule(path).is_none() {
            if !node.says_type() {
                node.set_mime(there.mime());
            }
            if node.format() != there.format() || node.mime() != there.mime() {
                return Err(StatusCode::NOT_ALLOWED);
            }
        } else if self.is_permanent(path) && node.is_interior() != there.is_interior() {
            return Err(StatusCode::NOT_ALLOWED);
        }
        if !there.is_interior() && !node.has_value_of(there) {
            self.need_access(AccessType::Replace, path)?;
            if there.owner() == Owner::Host {
                return Err(StatusCode::FORBIDDEN);
            }
        }
        node.stand_in_for(there, actor.seconds());
        Ok(())
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
        let mut next = self.draft();
        for (index, node) in subtree.nodes.iter().enumerate() {
            let path = subtree.path(index);
            let made = Node::of_placed(node).map_err(|status| {
                Error::arg(format!("a node that would be answered {status}")).within(path.as_str())
            })?;
            next.set(&uri::display(&path), made)?;
        }
        self.adopt(next);
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
