//! A tree at rest: whole, and as what has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::order::gathered;
use crate::snapshot::{self, Kind};
use crate::status::StatusCode;
use crate::steps;
use crate::uri::{self, NodeUri};

use super::change::{By, Changes, Noted, line};
use super::description::Described;
use super::mo::Services;
use super::node::Node;
use super::store::{Descent, Entry, Tree};

/// Nodes in document order, each with its path below the first, whose path is empty.
type Nodes = Vec<(String, Node)>;

#[derive(Serialize, Deserialize)]
struct Saved {
    revision: u32,
    /// The device descriptions, as they were given.
    descriptions: Vec<serde_bytes::ByteBuf>,
    nodes: Nodes,
    /// The revision of the last change of each object, in the order of their roots.
    objects: Vec<u32>,
    services: Services,
}

#[derive(Serialize, Deserialize)]
struct Delta {
    from: u32,
    to: u32,
    touched: Vec<(String, Touched)>,
    /// The revision of the last change of each object that has changed and is still there, by the paths of their roots.
    objects: Vec<(String, u32)>,
    /// What servers asked for, where that has changed.
    services: Option<Services>,
}

/// What has become of a node.
#[derive(Serialize, Deserialize)]
enum Touched {
    /// It is gone, with all that was below.
    Gone,
    /// The node itself is another, what is below has not changed.
    Alone(Node),
    /// It and all that is below are new.
    Whole(Nodes),
}

impl Tree {
    /// The tree as bytes.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where it cannot be written.
    pub fn save(&self) -> Result<Vec<u8>> {
        let nodes = self.nodes("");
        let saved = Saved {
            revision: self.revision(),
            descriptions: self
                .described
                .iter()
                .flat_map(|described| described.sources())
                .collect(),
            objects: self.changes.last_of_each(&roots(&nodes)),
            nodes,
            services: self.services.clone(),
        };
        snapshot::seal(Kind::Tree, &saved)
    }

    /// What has changed behind a revision, as bytes; nothing where not all of it is known any more, and the whole must be saved.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) where it cannot be written.
    pub fn save_since(&self, revision: u32) -> Result<Option<Vec<u8>>> {
        let delta = self.delta(revision).map(|delta| Delta {
            objects: self.objects_of(&delta.touched),
            ..delta
        });
        let seal = |delta| snapshot::seal(Kind::TreeDelta, &delta);
        delta.map(seal).transpose()
    }

    /// The same without what has become of objects.
    fn delta(&self, revision: u32) -> Option<Delta> {
        let changes = self.changes.touched(revision)?;
        let mut touched = Vec::new();
        for path in changes.whole {
            let now = match self.entry(path) {
                Some(_) => Touched::Whole(self.nodes(path)),
                None => Touched::Gone,
            };
            touched.push((path.to_owned(), now));
        }
        for path in changes.alone {
            if let Some(node) = self.node(path) {
                touched.push((path.to_owned(), Touched::Alone(node.clone())));
            }
        }
        Some(Delta {
            from: revision,
            to: self.revision(),
            touched,
            objects: Vec::new(),
            services: Some(&self.services)
                .filter(|services| services.changed > revision)
                .cloned(),
        })
    }

    /// When the objects changed last that are at, above or below what was touched.
    fn objects_of(&self, touched: &[(String, Touched)]) -> Vec<(String, u32)> {
        let mut paths = BTreeSet::new();
        for (path, touched) in touched {
            let is_object =
                |path: &&str| self.node(path).is_some_and(|node| node.object().is_some());
            paths.extend(line(path).filter(is_object).map(str::to_owned));
            if let Touched::Whole(nodes) = touched {
                let inner = roots(nodes).into_iter();
                paths.extend(inner.map(|below| uri::join(path, &below)));
            }
        }
        paths.remove("");
        let paths: Vec<String> = paths.into_iter().collect();
        let last = self.changes.last_of_each(&paths);
        paths.into_iter().zip(last).collect()
    }

    /// A tree from its bytes, and what had changed since, in order.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot) for damaged, foreign or newer bytes, and for deltas that do not follow on each other;
    /// [`Code::Limit`](crate::Code::Limit) for more nodes than the limit.
    pub fn restore(full: &[u8], deltas: &[&[u8]], limits: &Limits) -> Result<Self> {
        let saved: Saved = snapshot::open(Kind::Tree, full)?;
        let mut tree = Self::new(limits);
        tree.described = Described::of(saved.descriptions)?;
        let paths = roots(&saved.nodes);
        if paths.len() != saved.objects.len() {
            return Err(Error::snapshot("objects in disorder"));
        }
        let mut objects: BTreeMap<String, u32> = paths.into_iter().zip(saved.objects).collect();
        let mut nodes = saved.nodes.into_iter();
        match nodes.next() {
            Some((path, root)) if path.is_empty() && root.is_interior() => {
                tree.edit("", By::Replace, None, |node| *node = root)
                    .map_err(disorder)?;
            }
            _ => return Err(Error::snapshot("a tree without root")),
        }
        for (path, node) in nodes {
            tree.put(&path, node)?;
        }
        tree.set_revision(saved.revision);
        tree.services = saved.services.checked()?;
        for delta in deltas {
            let mut delta: Delta = snapshot::open(Kind::TreeDelta, delta)?;
            objects.extend(std::mem::take(&mut delta.objects));
            tree.follow(delta)?;
        }
        // One that was gone meanwhile, or none, is among those of the delta that made it again.
        objects.retain(|path, _| tree.node(path).is_some_and(|node| node.object().is_some()));
        if objects.values().any(|last| *last > tree.revision()) {
            return Err(Error::snapshot("objects in disorder"));
        }
        tree.changes = Changes::behind_these(tree.revision(), objects);
        Ok(tree)
    }

    fn put(&mut self, path: &str, node: Node) -> Result<()> {
        steps::add(node.size() + path.len() + 1);
        let is_address = NodeUri::parse(&uri::display(path)).is_ok_and(|uri| uri.path() == path);
        if !is_address {
            return Err(Error::snapshot("a node without address"));
        }
        let entry = Arc::new(Entry::of(node));
        self.insert(path, entry, By::Add, None).map_err(disorder)
    }

    /// Does again what a delta says. The tree is thrown away where that fails.
    fn follow(&mut self, delta: Delta) -> Result<()> {
        if delta.from != self.revision() {
            let problem = format!("a delta behind revision {}", delta.from);
            let expected = format!("revision {}", self.revision());
            return Err(Error::snapshot(problem).expecting(expected));
        }
        // What goes makes room for what comes.
        for (path, touched) in &delta.touched {
            let goes = matches!(touched, Touched::Gone | Touched::Whole(_));
            if goes && self.node(path).is_some() {
                self.take(path, By::Delete, None).map_err(disorder)?;
            }
        }
        for (path, touched) in delta.touched {
            match touched {
                Touched::Gone => {}
                Touched::Alone(node) => {
                    let there = self.node(&path).map(Node::is_interior);
                    if there != Some(node.is_interior()) {
                        return Err(Error::snapshot("nodes in disorder"));
                    }
                    self.edit(&path, By::Replace, None, |slot| *slot = node)
                        .map_err(disorder)?;
                }
                Touched::Whole(nodes) => {
                    for (below, node) in nodes {
                        self.put(&uri::join(&path, &below), node)?;
                    }
                }
            }
        }
        if let Some(services) = delta.services {
            self.services = services.checked()?;
        }
        self.set_revision(delta.to);
        Ok(())
    }

    /// The nodes at and below a path.
    fn nodes(&self, path: &str) -> Nodes {
        let mut nodes = Vec::new();
        if let Some(entry) = self.entry(path) {
            entry.visit("", |below, entry| {
                nodes.push((below.to_owned(), entry.node.clone()));
                Descent::On
            });
        }
        nodes
    }
}

/// A copy of a tree on which an Atomic works; at rest only what it differs by.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    base: u32,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Awake(Box<Tree>),
    /// Until it is made again.
    AtRest(Rest),
}

/// What a copy differs by, and how it came to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rest {
    #[serde(with = "serde_bytes")]
    delta: Vec<u8>,
    log: Vec<Noted>,
}

/// Paths, and all that is above them.
struct Lines {
    paths: BTreeSet<String>,
    above: BTreeSet<String>,
}

impl FromIterator<String> for Lines {
    fn from_iter<I: IntoIterator<Item = String>>(paths: I) -> Self {
        let paths: BTreeSet<String> = gathered(paths);
        let above = paths.iter().flat_map(|path| line(path).skip(1));
        let above = gathered(above.map(str::to_owned));
        Self { paths, above }
    }
}

impl Lines {
    /// Whether a path is one of them, or above or below one of them.
    fn meet(&self, path: &str) -> bool {
        self.paths.contains(path)
            || self.above.contains(path)
            || line(path).skip(1).any(|above| self.paths.contains(above))
    }
}

impl Staged {
    pub(super) fn of(tree: &Tree) -> Self {
        Self {
            base: tree.revision(),
            state: State::Awake(Box::new(tree.draft())),
        }
    }

    /// The copy, unless it is at rest.
    pub(super) fn tree(&mut self) -> Option<&mut Tree> {
        match &mut self.state {
            State::Awake(tree) => Some(tree),
            State::AtRest(_) => None,
        }
    }

    /// Makes the copy again where there is none, or where the tree has changed meanwhile: then it is the tree with what the copy differed by.
    /// Tells whether that fits there still; otherwise the copy is that of the tree.
    pub(super) fn resume(&mut self, tree: &Tree) -> Result<bool> {
        if matches!(self.state, State::Awake(_)) && self.base == tree.revision() {
            return Ok(true);
        }
        let rest = self.rest()?;
        let mut delta: Delta = snapshot::open(Kind::TreeDelta, &rest.delta)?;
        // Each change of the copy counts from where the tree stands now.
        let base = tree.revision();
        let changes = delta.to.wrapping_sub(delta.from);
        (delta.from, delta.to) = (base, base.wrapping_add(changes));
        let mut copy = tree.draft();
        // What the host has done meanwhile stands: where it has touched the same nodes, or the line to them, the copy is out of date.
        let is_apart = tree.changes.behind(self.base).is_some_and(|mut changes| {
            let path = |noted: &Noted| noted.path.clone();
            let ours: Lines = rest.log.iter().map(path).collect();
            changes.all(|change| !ours.meet(&change.path))
        });
        let fits = is_apart && copy.follow(delta).is_ok();
        if fits {
            copy.changes = Changes::of_log(base, rest.log);
        } else {
            copy = tree.draft();
        }
        *self = Self {
            base,
            state: State::Awake(Box::new(copy)),
        };
        Ok(fits)
    }

    /// The copy takes the tree's place: all that was done is one change.
    pub(super) fn commit(self, tree: &mut Tree) {
        if let State::Awake(copy) = self.state {
            tree.adopt_as_one(*copy);
        }
    }

    fn rest(&self) -> Result<Rest> {
        match &self.state {
            State::AtRest(rest) => Ok(rest.clone()),
            State::Awake(tree) => {
                // When objects changed is known once it is done.
                let delta = tree
                    .delta(self.base)
                    .ok_or_else(|| Error::snapshot("more changes than are remembered"))?;
                let delta = snapshot::seal(Kind::TreeDelta, &delta)?;
                let log = tree.changes.log();
                Ok(Rest { delta, log })
            }
        }
    }
}

/// Compared are the trees, at rest and awake alike.
impl PartialEq for Staged {
    fn eq(&self, other: &Self) -> bool {
        self.base == other.base && self.rest().ok() == other.rest().ok()
    }
}

impl Eq for Staged {}

impl Serialize for Staged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rest = self.rest().map_err(S::Error::custom)?;
        (self.base, rest).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Staged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (base, rest) = <(u32, Rest)>::deserialize(deserializer)?;
        Ok(Self {
            base,
            state: State::AtRest(rest),
        })
    }
}

/// The paths of those nodes that are roots of objects.
fn roots(nodes: &Nodes) -> Vec<String> {
    let roots = nodes.iter().filter(|(_, node)| node.object().is_some());
    let paths = roots.map(|(path, _)| path.clone());
    paths.filter(|path| !path.is_empty()).collect()
}

fn disorder(status: StatusCode) -> Error {
    match status {
        StatusCode::DEVICE_FULL => Error::limit("nodes", "more nodes than the tree may have"),
        _ => Error::snapshot("nodes in disorder"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dm2::Dialect;
    use crate::error::Code;
    use crate::tree::{Access, HostValues, Requester, Subscription};

    fn kept(server: &str, uri: &str, url: &str) -> Subscription {
        let mut tree = Tree::new(&Limits::DEFAULT);
        let pump = Node::interior(Some("M".to_owned()));
        tree.set("./Pump", pump).unwrap();
        let requester = Requester {
            server,
            dialect: Dialect::Approved,
            objects: None,
            epoch: None,
            now: None,
        };
        let access = Access::of(&tree, requester);
        let done = access.subscribe(&mut tree, "u", "M/*/", &HostValues::new());
        assert_eq!(done, Ok(None));
        let mut one = tree.subscriptions()[0].clone();
        (one.uri, one.url) = (uri.to_owned(), url.to_owned());
        one
    }

    fn services(list: Vec<Subscription>, sources: &[(String, String)]) -> Services {
        let source = |(moid, url): &(String, String)| (moid.clone(), ("a".to_owned(), url.clone()));
        let sources: BTreeMap<String, (String, String)> = sources.iter().map(source).collect();
        let bytes = postcard::to_allocvec(&(1_u32, list, sources)).unwrap();
        postcard::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn subscriptions_that_cannot_be_are_not_restored() {
        let many = |count: usize| -> Vec<Subscription> {
            let one = |at| kept("a", &format!("M/{at}/"), "https://a.example/");
            (0..count).map(one).collect()
        };
        let long = "u".repeat(4_097);
        let sources = |count: usize| -> Vec<(String, String)> {
            (0..count)
                .map(|at| (at.to_string(), "u".to_owned()))
                .collect()
        };
        for (list, sources, is_fine) in [
            (many(0), sources(1_000), true),
            (many(0), sources(1_001), false),
            (many(0), vec![("m".to_owned(), long.clone())], false),
            (many(0), vec![(long.clone(), "u".to_owned())], false),
            (
                many(0),
                vec![(long[1..].to_owned(), long[1..].to_owned())],
                true,
            ),
            (many(1_000), sources(0), true),
            (many(1_001), sources(0), false),
            (
                vec![kept("a", "M/", "u"), kept("b", "M/", "u")],
                sources(0),
                true,
            ),
            (
                vec![kept("a", "M/", "u"), kept("a", "M//", "u")],
                sources(0),
                true,
            ),
            (
                vec![kept("a", "M/", "u"), kept("a", "M/", "v")],
                sources(0),
                false,
            ),
            (vec![kept("a", "M/", &long[1..])], sources(0), true),
            (vec![kept("a", "M/", &long)], sources(0), false),
        ] {
            let count = list.len();
            let mut tree = Tree::new(&Limits::DEFAULT);
            let plain = tree.save().unwrap();
            tree.services = services(list, &sources);
            let revision = tree.revision();
            tree.set_revision(revision + 1);
            let delta = tree.save_since(revision).unwrap().unwrap();
            let full = tree.save().unwrap();
            let back = [
                Tree::restore(&full, &[], &Limits::DEFAULT),
                Tree::restore(&plain, &[&delta], &Limits::DEFAULT),
            ];
            for back in back {
                match back {
                    Ok(back) => assert!(is_fine && back.subscriptions().len() == count),
                    Err(error) => assert!(!is_fine && error.code() == Code::Snapshot, "{error}"),
                }
            }
        }
    }
}
