//! Where the nodes of a document belong (TNDS, sections on Path and on the commands that carry trees).
//!
//! The specification can be read in two ways: the node directly under MgmtTree is what the command names, or stands below that. A document
//! with one such node, named like the target or not at all, is read in the first way, any other in the second; what is added to
//! `./Inbox` always in the second.

use std::collections::BTreeMap;
use std::fmt;

use super::{Tnds, TndsNode};
use crate::error::{Code, Error};
use crate::order;
use crate::status::StatusCode;
use crate::steps;
use crate::syncml::{Data, Format};
use crate::uri::{MAX_SEGMENTS, MAX_URI_LEN, NodeUri, split};

/// What kind of place a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The inbox: names directly under MgmtTree are proposals and may be missing.
    Inbox,
    /// The Target of Add or Replace, or the Source of Results.
    Target,
}

/// How the nodes directly under MgmtTree relate to what the command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The first node of the list is the target itself.
    Target,
    /// The nodes without parent are children of the target, which is no node of the list.
    Children,
}

/// The nodes of a document, each at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubTree {
    /// Which reading it is.
    pub reading: Reading,
    /// The path below which the nodes without parent stand: segments joined by `/`, empty for the root of the tree.
    pub base: String,
    /// The nodes; parents before children.
    pub nodes: Vec<Placed>,
}

/// A node at its place. What the document leaves out has its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The index of the node above in the same list; nothing for one directly at the base.
    pub parent: Option<usize>,
    /// The name: one segment. Empty where the recipient is to choose it, and for the root of the tree.
    pub name: String,
    /// The format; [`Format::Node`] for an interior node.
    pub format: Format,
    /// The media type of a leaf or the identifier of a management object.
    pub mime: Option<String>,
    /// The value: of every leaf but one of format `null`, of no interior node.
    pub data: Option<Data>,
    /// The access control list.
    pub acl: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// When the node changed last.
    pub tstamp: Option<String>,
    /// How often the value has changed.
    pub ver_no: Option<u16>,
}

impl Placed {
    /// Whether it is an interior node.
    pub fn is_interior(&self) -> bool {
        self.format == Format::Node
    }
}

impl SubTree {
    /// The path of a node, by its index: segments joined by `/`, names still to be chosen left out; empty for the root of the tree.
    /// Made at each call, for all paths of a deep tree together may be very much longer than the document.
    pub fn path(&self, index: usize) -> String {
        let mut names = Vec::new();
        let mut at = self.nodes.get(index);
        while let Some(node) = at {
            names.push(node.name.as_str());
            at = node.parent.and_then(|parent| self.nodes.get(parent));
        }
        names.push(&self.base);
        names.reverse();
        names.retain(|name| !name.is_empty());
        names.join("/")
    }
}

/// A document that cannot be placed: what is wrong, and the status to answer, which is that of adding the one node alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The status to answer.
    pub status: StatusCode,
    /// What is wrong with which node.
    pub error: Error,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Misplaced {}

impl Misplaced {
    fn new(status: StatusCode, problem: &'static str, path: String) -> Self {
        let error = Error::input(Code::Schema, problem).within(path);
        Self { status, error }
    }
}

impl Tnds {
    /// Says where each node belongs when a command names `target`, a URI whose query does not count.
    ///
    /// # Errors
    ///
    /// Says which node is malformed or too far down (status 400, 414), is given twice (418), has a Path to nowhere (404), stands below a
    /// leaf (405), or lies beside the target (400).
    pub fn resolve(self, target: &str, placement: Placement) -> Result<SubTree, Misplaced> {
        let target = NodeUri::parse(target)
            .map_err(|status| Misplaced::new(status, "no URI of a node", String::new()))?;
        let target = target.path();
        let named = split(target).map_or("", |(_, name)| name);
        let flat = flat(self.nodes);
        let top = top(&flat).filter(|node| {
            let name = node.name.as_deref().unwrap_or_default();
            placement == Placement::Target
                && (name.is_empty() || name == named || (named.is_empty() && name == "."))
        });
        let top = top.map(|top| Top {
            ordinal: top.ordinal,
            name: named,
        });
        let base = match &top {
            Some(_) => split(target).map_or("", |(above, _)| above),
            None => target,
        };
        let parents = Positions::of(&flat, base, placement, top.as_ref())?;
        let reading = if top.is_some() {
            Reading::Target
        } else {
            Reading::Children
        };
        let nodes = placed(flat, &parents, top.as_ref());
        Ok(SubTree {
            reading,
            base: base.to_owned(),
            nodes,
        })
    }
}

/// The one node that is the target, and how it is called: not at all if it is the root of the tree.
struct Top<'t> {
    ordinal: usize,
    name: &'t str,
}

impl Top<'_> {
    fn is(&self, node: &Flat) -> bool {
        node.above.is_none() && node.ordinal == self.ordinal
    }
}

/// A node without those inside it.
struct Flat {
    /// The index of the node around it.
    above: Option<usize>,
    /// The how many-th node it is there.
    ordinal: usize,
    name: Option<String>,
    path: Option<String>,
    node: TndsNode,
}

/// All nodes in the order of the document.
fn flat(nodes: Vec<TndsNode>) -> Vec<Flat> {
    let mut flat: Vec<Flat> = Vec::with_capacity(nodes.len());
    let mut waiting = vec![(None, nodes.into_iter().enumerate())];
    while let Some((above, siblings)) = waiting.last_mut() {
        let Some((ordinal, mut node)) = siblings.next() else {
            waiting.pop();
            continue;
        };
        steps::add(1);
        let inside = std::mem::take(&mut node.children);
        let above = *above;
        waiting.push((Some(flat.len()), inside.into_iter().enumerate()));
        flat.push(Flat {
            above,
            ordinal,
            name: node.name.take(),
            path: node.path.take().filter(|path| !path.is_empty()),
            node,
        });
    }
    flat
}

/// The only node directly under MgmtTree without Path.
fn top(flat: &[Flat]) -> Option<&Flat> {
    let mut tops = flat
        .iter()
        .filter(|node| node.above.is_none() && node.path.is_none());
    let top = tops.next();
    top.filter(|_| tops.next().is_none())
}

/// Where a node stands in the document, as elements are counted there.
fn path_of(flat: &[Flat], index: usize) -> String {
    let mut names = Vec::new();
    let mut at = flat.get(index);
    while let Some(node) = at {
        names.push(match node.ordinal {
            0 => "Node".to_owned(),
            ordinal => format!("Node[{}]", ordinal + 1),
        });
        at = node.above.and_then(|above| flat.get(above));
    }
    names.reverse();
    names.join("/")
}

/// A place in the tree that the document speaks of.
struct Position {
    above: usize,
    depth: usize,
    length: usize,
    node: Option<usize>,
}

/// All places that the document speaks of; the first is the base.
struct Positions<'n> {
    all: Vec<Position>,
    names: BTreeMap<(usize, &'n str), usize>,
}

/// The place of the base.
const BASE: usize = 0;

impl<'n> Positions<'n> {
    /// The node above each node, and how far down it stands.
    fn of(
        flat: &'n [Flat],
        base: &str,
        placement: Placement,
        top: Option<&Top<'n>>,
    ) -> Result<Vec<(Option<usize>, usize)>, Misplaced> {
        let mut positions = Self {
            all: vec![Position {
                above: BASE,
                depth: base.split('/').filter(|name| !name.is_empty()).count(),
                length: base.len(),
                node: None,
            }],
            names: BTreeMap::new(),
        };
        // Where each node stands.
        let mut places = Vec::with_capacity(flat.len());
        for (index, node) in flat.iter().enumerate() {
            let misplaced =
                |(status, problem)| Misplaced::new(status, problem, path_of(flat, index));
            let above = node.above.and_then(|above| places.get(above).copied());
            let is_top = top.filter(|top| top.is(node));
            let place = positions
                .place(node, above, placement, is_top)
                .map_err(misplaced)?;
            let position = positions.all.get_mut(place);
            if position.is_some_and(|position| position.node.replace(index).is_some()) {
                return Err(misplaced((
                    StatusCode::ALREADY_EXISTS,
                    "a node given twice",
                )));
            }
            places.push(place);
        }
        let is_leaf = |node: &Flat| {
            let format = node.node.format;
            format.is_some_and(|format| format != Format::Node)
                || (format.is_none() && node.node.data.is_some())
        };
        let mut parents = Vec::with_capacity(flat.len());
        for (index, place) in places.into_iter().enumerate() {
            let misplaced =
                |status, problem| Err(Misplaced::new(status, problem, path_of(flat, index)));
            let Some(position) = positions.all.get(place) else {
                continue;
            };
            let above = positions.all.get(position.above);
            let parent = above.and_then(|above| above.node).filter(|_| place != BASE);
            let is_at_base = place == BASE || position.above == BASE;
            match parent.and_then(|parent| flat.get(parent)) {
                None if !is_at_base => {
                    return misplaced(StatusCode::NOT_FOUND, "Path to a node that is not there");
                }
                None if top
                    .is_some_and(|top| flat.get(index).is_some_and(|node| !top.is(node))) =>
                {
                    return misplaced(StatusCode::BAD_REQUEST, "a node beside the target");
                }
                Some(parent) if is_leaf(parent) => {
                    return misplaced(StatusCode::NOT_ALLOWED, "a node below a leaf");
                }
                _ => parents.push((parent, position.depth)),
            }
        }
        Ok(parents)
    }

    /// Finds or makes the place of a node.
    fn place(
        &mut self,
        node: &'n Flat,
        above: Option<usize>,
        placement: Placement,
        top: Option<&Top<'n>>,
    ) -> Result<usize, (StatusCode, &'static str)> {
        let malformed = |problem| (StatusCode::BAD_REQUEST, problem);
        if let Some(top) = top {
            return match top.name {
                "" => Ok(BASE),
                name => self.enter(BASE, name),
            };
        }
        let above = match (above, node.path.as_deref()) {
            (Some(_), Some(_)) => return Err(malformed("Path of a node inside another")),
            (Some(above), None) => above,
            (None, None) => BASE,
            (None, Some(path)) => self.enter_path(path)?,
        };
        match node.name.as_deref() {
            None | Some("") if node.above.is_none() && placement == Placement::Inbox => {
                self.push(above, "")
            }
            None => Err(malformed("missing NodeName")),
            Some(name) => {
                steps::add(2 * name.len());
                let uri = NodeUri::parse(&format!("./{name}"))
                    .map_err(|status| (status, "NodeName that is no segment of a URI"))?;
                if uri.path() != name || name.contains('/') || uri.query().is_some() {
                    return Err(malformed("NodeName that is no segment of a URI"));
                }
                self.enter(above, name)
            }
        }
    }

    /// The place that a Path names, itself and all above it.
    fn enter_path(&mut self, path: &'n str) -> Result<usize, (StatusCode, &'static str)> {
        const PROBLEM: &str = "Path that is no URI of a node";
        steps::add(2 * path.len());
        let uri = NodeUri::parse(path).map_err(|status| (status, PROBLEM))?;
        if uri.path().is_empty() {
            return Ok(BASE);
        }
        let path = path.strip_prefix("./").unwrap_or(path);
        if uri.path() != path || uri.query().is_some() {
            return Err((StatusCode::BAD_REQUEST, PROBLEM));
        }
        path.split('/')
            .try_fold(BASE, |above, name| self.enter(above, name))
    }

    /// The place below another with this name.
    fn enter(&mut self, above: usize, name: &'n str) -> Result<usize, (StatusCode, &'static str)> {
        steps::add_lookup(name.len(), self.names.len());
        if let Some(known) = self.names.get(&(above, name)) {
            return Ok(*known);
        }
        let place = self.push(above, name)?;
        self.names.insert((above, name), place);
        Ok(place)
    }

    fn push(&mut self, above: usize, name: &str) -> Result<usize, (StatusCode, &'static str)> {
        let (depth, length) = self
            .all
            .get(above)
            .map_or((0, 0), |above| (above.depth, above.length));
        let slash = usize::from(length > 0);
        let (depth, length) = (depth + 1, length + slash + name.len());
        if depth > MAX_SEGMENTS || length > MAX_URI_LEN {
            return Err((StatusCode::URI_TOO_LONG, "a node with too long a URI"));
        }
        self.all.push(Position {
            above,
            depth,
            length,
            node: None,
        });
        Ok(self.all.len() - 1)
    }
}

/// The nodes in an order in which each stands behind its parent: that of the document where that is one.
fn placed(
    flat: Vec<Flat>,
    parents: &[(Option<usize>, usize)],
    top: Option<&Top<'_>>,
) -> Vec<Placed> {
    let mut is_interior = vec![false; flat.len()];
    for (parent, _) in parents {
        if let Some(is_interior) = parent.and_then(|parent| is_interior.get_mut(parent)) {
            *is_interior = true;
        }
    }
    let mut nodes: Vec<(usize, usize, Placed)> = flat
        .into_iter()
        .zip(parents)
        .zip(is_interior)
        .enumerate()
        .map(|(index, ((flat, (parent, depth)), is_interior))| {
            let is_top = top.filter(|top| top.is(&flat));
            let name = is_top.map(|top| top.name.to_owned());
            let name = name.or(flat.name).unwrap_or_default();
            (
                index,
                *depth,
                Placed::of(flat.node, name, *parent, is_interior),
            )
        })
        .collect();
    let is_behind = |(index, (parent, _)): (usize, &(Option<usize>, usize))| {
        parent.is_none_or(|parent| parent < index)
    };
    if !parents.iter().enumerate().all(is_behind) {
        order::sort_by_key(&mut nodes, |(_, depth, _)| *depth);
        let mut moved = vec![0; nodes.len()];
        for (now, (before, ..)) in nodes.iter().enumerate() {
            if let Some(moved) = moved.get_mut(*before) {
                *moved = now;
            }
        }
        for (.., node) in &mut nodes {
            node.parent = node.parent.and_then(|parent| moved.get(parent).copied());
        }
    }
    steps::add(2 * nodes.len());
    nodes.into_iter().map(|(.., node)| node).collect()
}

impl Placed {
    fn of(node: TndsNode, name: String, parent: Option<usize>, has_nodes_below: bool) -> Self {
        let format = match (node.format, &node.data) {
            (Some(format), _) => format,
            (None, _) if has_nodes_below => Format::Node,
            (None, Some(Data::Octets(_))) => Format::Bin,
            (None, Some(Data::Markup(_))) => Format::Xml,
            (None, _) => Format::Chr,
        };
        let data = match (format, node.data) {
            (Format::Node | Format::Null, _) => None,
            (_, Some(data)) => Some(data),
            (Format::Bin, None) => Some(Data::Octets(Vec::new())),
            (_, None) => Some(Data::Text(String::new())),
        };
        Self {
            parent,
            name,
            format,
            mime: node.mime,
            data,
            acl: node.acl,
            title: node.title,
            tstamp: node.tstamp,
            ver_no: node.ver_no,
        }
    }
}
