//! The instances of management objects in a tree, and which nodes a ClientURI of DM 2.0 stands for.
//!
//! Addresses of DM 2.0 begin at an instance, not at the root of a tree. The root of an instance is an interior node whose Type is the
//! identifier of the object (MOID). What the instance is called there (MIID) and what its root is called in data follows from the place:
//!
//! | the root is at | MIID | name in data |
//! |---|---|---|
//! | `./DevInfo`, right below the root of the tree | `0` | `DevInfo` |
//! | `./Pump/north`, below a node without Type | `north` | `Pump` |
//! | anywhere else, or where two instances would be called the same | its whole path | its own |

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::ddf::AccessType;
use crate::dm2::{ClientUri, Condition, Step, SupportedMo, bare_moid, split_moid};
use crate::status::StatusCode;
use crate::steps;
use crate::syncml::{Data, Format};
use crate::uri;

use super::node::{Node, Owner};
use super::operation::{HostCall, HostValues};
use super::store::{Descent, Entry, Tree};

/// The MIID of an instance that needs none to be told from others.
const ONLY: &str = "0";

/// Octets of the hash of a path in a validator, as hexadecimal digits.
const TAG_DIGITS: usize = 8;

/// An instance of a management object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The identifier of the object, as the Type of its root has it.
    pub moid: String,
    /// The identifier of the instance among those of the object.
    pub miid: String,
    /// The path of its root.
    pub path: String,
    /// What its root is called in data.
    pub name: String,
}

/// The instances of a tree as it is. To be made anew when the tree has changed.
#[derive(Clone, Debug, Default)]
pub struct Instances {
    all: Vec<Instance>,
    /// By identifiers without `urn:`.
    of: BTreeMap<String, Object>,
    /// The identifiers that hold a `/`, without `urn:` and as they are spelt, and the octets of the longest.
    slashed: BTreeMap<String, String>,
    longest: usize,
    /// Whether the values of each instance of the tree may be read, by the paths of their roots; where an instance is missing they may.
    readable: Arc<BTreeMap<String, bool>>,
}

/// The instances of an object, by where they are in the list of all.
#[derive(Clone, Debug, Default)]
struct Object {
    /// In the order of their paths.
    all: Vec<usize>,
    /// By what they are called.
    named: BTreeMap<String, usize>,
}

/// A node that a ClientURI stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'i> {
    /// The instance.
    pub instance: &'i Instance,
    /// The path of the node in the tree.
    pub path: String,
}

/// What a ClientURI stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved<'i> {
    /// These nodes, at least one, in the order of the tree.
    Places(Vec<Place<'i>>),
    /// The host is to be asked for values on which it depends, in this order; with them it may ask for more.
    Ask(Vec<HostCall>),
}

/// How addresses are spelt where an object has one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `MOID//path`: the approved dialect.
    Instance,
    /// `MOID/path`, as in the draft dialect; the other is understood as well.
    Path,
}

impl Instances {
    /// The instances that `is_shown`: to a peer that may not know of the others they are not there.
    pub fn of(tree: &Tree, is_shown: impl FnMut(&Instance) -> bool) -> Self {
        let mut all = Vec::new();
        if let Some(root) = tree.entry("") {
            // Whether the node above has a Type is handed down.
            root.visit_with("", true, |path, entry, is_typed_above| {
                let moid = entry.node.object();
                if let (Some(moid), Some((parent, own))) = (moid, uri::split(path)) {
                    all.push(instance(moid, path, parent, own, is_typed_above));
                }
                Some(moid.is_some())
            });
        }
        tell_apart(&mut all);
        Self::listed(all, Arc::default()).only(is_shown)
    }

    /// Those of them that `is_shown`.
    pub(super) fn only(mut self, is_shown: impl FnMut(&Instance) -> bool) -> Self {
        self.all.retain(is_shown);
        Self::listed(self.all, self.readable)
    }

    /// The same to somebody to whom not all of the tree is readable: conditions never hold of what is not.
    pub(super) fn readable(mut self, readable: BTreeMap<String, bool>) -> Self {
        self.readable = Arc::new(readable);
        self
    }

    fn listed(all: Vec<Instance>, readable: Arc<BTreeMap<String, bool>>) -> Self {
        let mut of: BTreeMap<String, Object> = BTreeMap::new();
        let mut slashed = BTreeMap::new();
        for (at, instance) in all.iter().enumerate() {
            let moid = bare_moid(&instance.moid).to_owned();
            if moid.contains('/') {
                slashed.insert(moid.clone(), instance.moid.clone());
            }
            let object = of.entry(moid).or_default();
            object.all.push(at);
            object.named.insert(instance.miid.clone(), at);
        }
        let longest = slashed.keys().map(String::len).max();
        Self {
            all,
            of,
            slashed,
            longest: longest.unwrap_or_default(),
            readable,
        }
    }

    /// Whether a value may be looked at: the nearest instance around it counts.
    fn shows_value(&self, path: &str) -> bool {
        let mut at = Some(path);
        while let Some(path) = at {
            steps::add_lookup(path.len(), self.readable.len());
            if let Some(is_readable) = self.readable.get(path) {
                return *is_readable;
            }
            at = uri::split(path).map(|(parent, _)| parent);
        }
        true
    }

    /// All of them, in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = &Instance> {
        self.all.iter()
    }

    /// The instances of an object; its identifier counts with and without `urn:`.
    pub fn of_object(&self, moid: &str) -> impl Iterator<Item = &Instance> {
        let found = self.of.get(bare_moid(moid));
        let found = found.into_iter().flat_map(|object| &object.all);
        found.filter_map(|at| {
            steps::add(1);
            self.all.get(*at)
        })
    }

    /// The instance of an object that is called so.
    pub(super) fn named(&self, moid: &str, miid: &str) -> Option<&Instance> {
        steps::add_lookup(miid.len(), self.all.len());
        let at = self.of.get(bare_moid(moid))?.named.get(miid)?;
        self.all.get(*at)
    }

    /// The instance whose root is at a path.
    pub(super) fn at(&self, path: &str) -> Option<&Instance> {
        steps::add_lookup(path.len(), self.all.len());
        let by_path = |one: &Instance| uri::segments(&one.path).cmp(uri::segments(path));
        let at = self.all.binary_search_by(by_path).ok()?;
        self.all.get(at)
    }

    /// The nearest instance around a path.
    pub fn around(&self, path: &str) -> Option<&Instance> {
        let mut at = Some(path);
        while let Some(path) = at {
            if let Some(instance) = self.at(path) {
                return Some(instance);
            }
            at = uri::split(path).map(|(parent, _)| parent);
        }
        None
    }

    fn count(&self, moid: &str) -> usize {
        let found = self.of.get(bare_moid(moid));
        found.map_or(0, |object| object.all.len())
    }

    /// The objects as package 1 lists them, in the order of their identifiers.
    pub fn supported(&self, spelling: Spelling) -> Vec<SupportedMo> {
        let supported = |(moid, object): (&String, &Object)| {
            let first = object.all.first().and_then(|at| self.all.get(*at));
            let moid = first.map_or(moid, |instance| &instance.moid);
            let instances = self.of_object(moid).map(|instance| match spelling {
                Spelling::Instance => instance.miid.clone(),
                Spelling::Path => self.start(instance, spelling),
            });
            SupportedMo {
                moid: Some(moid.clone()),
                ddf: None,
                instances: instances.collect(),
            }
        };
        self.of.iter().map(supported).collect()
    }

    /// What leads from the identifier of the object to the root of an instance.
    fn start(&self, instance: &Instance, spelling: Spelling) -> String {
        let is_only = self.count(&instance.moid) == 1;
        match spelling {
            Spelling::Path if is_only => "/".to_owned(),
            _ => format!("/{}/", Step::Name(instance.miid.clone())),
        }
    }

    /// The ClientURI of a node.
    pub fn address(&self, place: &Place<'_>, spelling: Spelling) -> String {
        let own = place.path.strip_prefix(&*place.instance.path);
        let names = uri::segments(own.unwrap_or_default());
        let names: Vec<String> = names
            .map(|name| Step::Name(name.to_owned()).to_string())
            .collect();
        let moid = Step::Name(place.instance.moid.clone());
        let start = self.start(place.instance, spelling);
        format!("{moid}{start}{}", names.join("/"))
    }

    /// The identifiers with a `/` with which a text may begin.
    fn begin<'i>(&'i self, text: &'i str) -> impl Iterator<Item = &'i str> {
        let text = bare_moid(text);
        let ends = text.match_indices('/').map(|(end, _)| end);
        let ends = ends.take_while(|end| *end <= self.longest);
        let moids = ends.filter_map(|end| {
            steps::add_lookup(end, self.slashed.len());
            self.slashed.get(text.get(..end)?)
        });
        moids.map(String::as_str)
    }

    /// Reads a ClientURI; 400 where it is none.
    pub(super) fn parse(&self, text: &str, spelling: Spelling) -> Result<ClientUri, StatusCode> {
        let known = || self.begin(text);
        if spelling == Spelling::Path {
            let (moid, rest) = split_moid(text, known())?;
            let path = rest.strip_prefix('/').ok_or(StatusCode::BAD_REQUEST)?;
            // Of an object without instances any path is one that is not there.
            if !path.starts_with('/') && self.count(&moid) <= 1 {
                return ClientUri::parse_only(moid, path);
            }
        }
        ClientUri::parse_known(text, known())
    }

    /// The nodes that a ClientURI stands for, and what it says besides. `values` are those that the host has given.
    ///
    /// The error is the status to answer: 400 for what is malformed, for one instance or node of several where only one can be meant; 404 for
    /// what is not there. Below a wildcard what is not there is passed over.
    pub fn resolve(
        &self,
        tree: &Tree,
        text: &str,
        spelling: Spelling,
        values: &HostValues,
    ) -> Result<(ClientUri, Resolved<'_>), StatusCode> {
        self.resolve_within(tree, text, spelling, values, &Cell::new(usize::MAX))
    }

    /// The same, but 413 for what takes more than `left` nodes to find; what it takes is taken off.
    pub(super) fn resolve_within(
        &self,
        tree: &Tree,
        text: &str,
        spelling: Spelling,
        values: &HostValues,
        left: &Cell<usize>,
    ) -> Result<(ClientUri, Resolved<'_>), StatusCode> {
        let uri = self.parse(text, spelling)?;
        let search = Search {
            instances: self,
            tree,
            uri: &uri,
            values,
            left,
        };
        let found = match search.run() {
            Ok(places) => Resolved::Places(places),
            Err(Stop::Ask(calls)) => Resolved::Ask(calls),
            Err(Stop::Status(status)) => return Err(status),
        };
        Ok((uri, found))
    }
}

/// An instance by where its root is.
fn instance(moid: &str, path: &str, parent: &str, own: &str, is_typed_above: bool) -> Instance {
    let name = match uri::split(parent) {
        Some((_, above)) if !is_typed_above => above,
        _ => own,
    };
    Instance {
        moid: moid.to_owned(),
        miid: own_name(path, parent, own, is_typed_above).to_owned(),
        path: path.to_owned(),
        name: name.to_owned(),
    }
}

/// What an instance is called unless another one would be called the same.
pub(super) fn own_name<'p>(
    path: &'p str,
    parent: &str,
    own: &'p str,
    is_typed_above: bool,
) -> &'p str {
    match uri::split(parent) {
        None => ONLY,
        Some(_) if !is_typed_above => own,
        Some(_) => path,
    }
}

/// Those that are called the same go by their paths, which are told apart. A path without a slash may be what another one is called, so this is
/// done twice; a name has no slash.
fn tell_apart(all: &mut [Instance]) {
    for _ in 0..2 {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        let key =
            |instance: &Instance| (bare_moid(&instance.moid).to_owned(), instance.miid.clone());
        for instance in &*all {
            *counts.entry(key(instance)).or_default() += 1;
        }
        for instance in all.iter_mut() {
            if counts.get(&key(instance)).is_some_and(|count| *count > 1) {
                instance.miid.clone_from(&instance.path);
            }
        }
    }
}

/// Why a search ends without nodes.
enum Stop {
    Status(StatusCode),
    Ask(Vec<HostCall>),
}

impl From<StatusCode> for Stop {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

/// A node on the way.
type Branch<'t, 'i> = (&'i Instance, String, &'t Entry);

struct Search<'s, 'i> {
    instances: &'i Instances,
    tree: &'s Tree,
    uri: &'s ClientUri,
    values: &'s HostValues,
    /// How many nodes may still be looked at.
    left: &'s Cell<usize>,
}

impl<'s, 'i> Search<'s, 'i> {
    fn run(&self) -> Result<Vec<Place<'i>>, Stop> {
        let branch = |instance: &'i Instance| {
            let entry = self.tree.entry(&instance.path)?;
            Some((instance, instance.path.clone(), entry))
        };
        let moid = &self.uri.moid;
        self.spend(match &self.uri.instance {
            None | Some(Step::Name(_)) => 1,
            _ => self.instances.count(moid),
        })?;
        let all = || self.instances.of_object(moid).filter_map(branch).collect();
        let mut branches: Vec<Branch<'s, 'i>> = match &self.uri.instance {
            None if self.instances.count(moid) > 1 => return Err(StatusCode::BAD_REQUEST.into()),
            None | Some(Step::All) => all(),
            Some(Step::Name(miid)) => {
                let one = self.instances.named(moid, miid);
                one.and_then(branch).into_iter().collect()
            }
            Some(Step::Any(letter)) => self.only(all(), *letter)?,
        };
        for step in &self.uri.path {
            let (mut next, mut wanted) = (Vec::new(), Vec::new());
            for (instance, path, entry) in branches {
                self.spend(match step {
                    Step::Name(_) => 1,
                    _ => entry.children.len(),
                })?;
                let below = |(name, child): (_, &'s std::sync::Arc<Entry>)| {
                    steps::add(path.len() + 1);
                    (instance, uri::join(&path, name), &**child)
                };
                match step {
                    Step::Name(name) => {
                        let child = entry.children.get(name);
                        next.extend(child.map(|child| below((name, child))));
                    }
                    Step::All => next.extend(
                        entry
                            .children
                            .iter()
                            .map(|(name, child)| below((name, child))),
                    ),
                    Step::Any(letter) => {
                        let children = entry
                            .children
                            .iter()
                            .map(|(name, child)| below((name, child)));
                        match self.only(children.collect(), *letter) {
                            Err(Stop::Ask(calls)) => wanted.extend(calls),
                            // What goes before it may be what is wrong.
                            Err(_) if !wanted.is_empty() => break,
                            found => next.extend(found?),
                        }
                    }
                }
            }
            if !wanted.is_empty() {
                return Err(Stop::Ask(wanted));
            }
            branches = next;
        }
        if branches.is_empty() {
            return Err(StatusCode::NOT_FOUND.into());
        }
        let place = |(instance, path, _)| Place { instance, path };
        Ok(branches.into_iter().map(place).collect())
    }

    fn spend(&self, nodes: usize) -> Result<(), Stop> {
        let left = self.left.get().checked_sub(nodes);
        self.left.set(left.unwrap_or_default());
        left.map(drop).ok_or(StatusCode::TOO_LARGE.into())
    }

    /// The one for which all conditions of a letter hold, if there is one; 400 where there are several.
    fn only(
        &self,
        branches: Vec<Branch<'s, 'i>>,
        letter: char,
    ) -> Result<Vec<Branch<'s, 'i>>, Stop> {
        let conditions = self.uri.conditions.iter();
        let conditions: Vec<&Condition> = conditions.filter(|one| one.letter == letter).collect();
        self.spend(branches.len() * conditions.len())?;
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for branch in branches {
            let mut holds = conditions.iter().map(|one| self.holds(&branch, one));
            match holds.find(|holds| *holds != Ok(true)) {
                None => found.push(branch),
                Some(Err(call)) => wanted.push(call),
                Some(Ok(_)) => {}
            }
            if found.len() > 1 {
                return Err(StatusCode::BAD_REQUEST.into());
            }
        }
        match wanted.is_empty() {
            true => Ok(found),
            false => Err(Stop::Ask(wanted)),
        }
    }

    fn holds(
        &self,
        (_, path, entry): &Branch<'_, '_>,
        condition: &Condition,
    ) -> Result<bool, HostCall> {
        let mut at = *entry;
        let mut path = path.clone();
        for name in &condition.path {
            steps::add(name.len() + 1);
            let Some(child) = at.children.get(name) else {
                return Ok(false);
            };
            (path, at) = (uri::join(&path, name), &**child);
        }
        // Who may not read a value does not learn it by asking whether it is this or that.
        let is_shown = self.instances.shows_value(&path)
            && self.tree.need_access(AccessType::Get, &path).is_ok();
        if !is_shown {
            return Ok(false);
        }
        let node = self.tree.value(&path, &at.node, self.values)?;
        let text = text(node);
        steps::add(text.as_ref().map_or(0, |text| text.len()));
        Ok(text.is_some_and(|text| text == condition.value))
    }
}

/// The value of a leaf as conditions have it.
fn text(node: &Node) -> Option<Cow<'_, str>> {
    match (node.format(), node.data()) {
        (Format::Node, _) => None,
        (Format::Null, _) => Some(Cow::Borrowed("")),
        (_, None) => None,
        (Format::Int, Some(Data::Text(text))) => {
            let number = text.parse::<i64>().map(|number| number.to_string());
            Some(number.map_or(Cow::Borrowed(text), Cow::Owned))
        }
        (Format::Float, Some(Data::Text(text))) => {
            let number = float(text).map(|number| number.to_string());
            Some(number.map_or(Cow::Borrowed(text), Cow::Owned))
        }
        // As data has it, however it was written.
        (Format::B64, Some(Data::Text(text))) => {
            let octets = Data::decode_base64(text).ok();
            let canonical = octets.map(|octets| Base64::encode_string(&octets));
            Some(canonical.map_or(Cow::Borrowed(text), Cow::Owned))
        }
        (_, Some(Data::Text(text) | Data::Markup(text))) => Some(Cow::Borrowed(text)),
        (_, Some(Data::Octets(octets))) => Some(Cow::Owned(Base64::encode_string(octets))),
    }
}

/// The number that a text is, if it is finite.
pub(super) fn float(text: &str) -> Option<f64> {
    let number = text.trim().parse::<f64>().ok();
    number.filter(|number| number.is_finite())
}

impl Tree {
    /// The change validator of the instance at a path: it changes with every change at or below, and no other instance has the same. `epoch` is of
    /// the device, and another one whenever its tree begins anew. Nothing where the host keeps a value of the instance, which it may change
    /// unseen.
    pub fn validator(&self, epoch: u64, path: &str) -> Option<String> {
        self.validator_at(epoch, path, || self.changes.last_of(path))
    }

    /// The same, where it is known when the instance has changed.
    pub(super) fn validator_at(
        &self,
        epoch: u64,
        path: &str,
        revision: impl FnOnce() -> u32,
    ) -> Option<String> {
        let entry = self.entry(path)?;
        let mut is_kept = true;
        entry.visit(path, |_, entry| {
            // What is there to be run has no value.
            let is_valueless = entry.node.format() == Format::Null;
            is_kept &= entry.node.owner() == Owner::Tree || is_valueless;
            Descent::On
        });
        let revision = revision();
        let tag = Sha256::digest(path.as_bytes());
        let tag: String = tag
            .iter()
            .flat_map(|octet| [octet >> 4, octet & 15])
            .take(TAG_DIGITS)
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect();
        is_kept.then(|| format!("{epoch:x}.{revision}.{tag}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_compare_values_as_data_has_them() {
        let cases = [
            (Format::B64, "AQ\n  ID", "AQID"),
            (Format::Int, "-7", "-7"),
            (Format::Float, "1.50", "1.5"),
            (Format::Chr, " a ", " a "),
        ];
        for (format, value, expected) in cases {
            let node = Node::leaf(format, None, Some(Data::Text(value.to_owned()))).unwrap();
            assert_eq!(text(&node).as_deref(), Some(expected), "{format:?}");
        }
    }
}
