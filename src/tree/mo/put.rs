//! Putting nodes into a draft of the tree, each where it may be.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ddf::{AccessType, Scope as Described};
use crate::json::Json;
use crate::order::gathered;
use crate::status::StatusCode;
use crate::steps;
use crate::syncml::{Data, Format};
use crate::tree::change::By;
use crate::tree::instances::Instances;
use crate::tree::node::{Node, Owner};
use crate::tree::objects;
use crate::tree::operation::{HostCall, HostCallKind};
use crate::tree::store::{Descent, Entry, Tree};
use crate::uri;

use super::access::{Access, Deed, Rights};
use super::accounts::{self, Kept};
use super::asked::Asked;
use super::codes::of_v2;
use super::dacmo::{self, Control, Controls, Grants};
use super::given::{Given, What};
use super::home::{Homes, Numbered, is_within_any};
use super::store::{Written, need_write};
use super::value::{json_of, leaf_of};

/// A draft in the making.
pub(super) struct Put<'a, 'r> {
    access: &'a Access<'r>,
    pub(super) next: Tree,
    written: &'a Written,
    /// The roots of instances that are made, in the order in which they are.
    roots: Vec<String>,
    made: BTreeSet<String>,
    pub(super) homes: Homes,
    /// What the host is to be asked first.
    pub(super) ask: Asked,
}

impl<'a, 'r> Put<'a, 'r> {
    pub(super) fn new(access: &'a Access<'r>, next: Tree, written: &'a Written) -> Self {
        Self {
            access,
            next,
            written,
            roots: Vec::new(),
            made: BTreeSet::new(),
            homes: Homes::new(),
            ask: Asked::default(),
        }
    }

    /// Makes the root of an instance.
    pub(super) fn make_root(&mut self, path: &str, moid: &str) -> Result<(), StatusCode> {
        let home = uri::split(path).map_or("", |(home, _)| home);
        if self.next.node(home).is_none() {
            self.need_addable(home)?;
            self.add(home, Node::interior(None))?;
        }
        self.roots.push(path.to_owned());
        self.made.insert(path.to_owned());
        self.need_addable(path)?;
        let node = Node::interior(Some(moid.to_owned()));
        self.next.need_fitting(path, &node).map_err(of_v2)?;
        self.add(path, node)
    }

    /// Puts nodes at and below a path; what is there and not among them goes, if it may.
    pub(super) fn store(
        &mut self,
        tree: &Tree,
        base: &str,
        given: &Given<'_>,
    ) -> Result<(), StatusCode> {
        let paths: BTreeSet<&str> = gathered(given.iter().map(|(path, _)| path.as_str()));
        self.need_write(base)?;
        for (below, what) in given {
            let path = uri::join(base, below);
            self.need_write(&path)?;
            need_own(self.access, tree, &path)?;
            match self.next.node(&path) {
                Some(there) if there.is_interior() => match what {
                    What::Interior => {}
                    _ => return Err(StatusCode::BAD_REQUEST),
                },
                Some(_) => self.replace(&path, *what, below.is_empty())?,
                None => self.make(&path, *what)?,
            }
        }
        self.prune(base, &paths)
    }

    /// Gives a leaf its value.
    fn replace(&mut self, path: &str, what: What<'_>, is_named: bool) -> Result<(), StatusCode> {
        let there = self.next.node(path).ok_or(StatusCode::NOT_FOUND)?;
        let rule = self.next.rule(path);
        let is_fixed = rule.is_none() && self.next.is_permanent(path);
        let mut formats = vec![there.format()];
        if let Some(rule) = rule {
            formats.extend(rule.formats.iter().filter(|one| **one != there.format()));
        }
        let mime = there.mime();
        let writable = || self.next.need_access(AccessType::Replace, path);
        if is_named {
            writable()?;
        }
        let mut value = leaf(what, &formats, mime);
        // Nothing says what it must stay.
        if let (Err(StatusCode::BAD_REQUEST), What::Json(json), None, false) =
            (&value, what, rule, is_fixed)
        {
            value = leaf_of(json, &[], None);
        }
        let value = value?;
        // What is read of it may be less than how it is written.
        let is_same = match what {
            What::Json(json) => *json == json_of(there),
            _ => false,
        };
        // Nobody finds out by writing what he may not read.
        let may_read = self.is_new(path) || self.access.need(Deed::Read, path).is_ok();
        let is_readable = may_read && self.next.need_access(AccessType::Get, path).is_ok();
        let is_same = is_readable && (is_same || value.has_value_of(there));
        // Of the host's leaves this is only the last that was told.
        let is_kept = there.owner() == Owner::Tree || writable().is_err();
        if is_same && is_kept && !is_named {
            return Ok(());
        }
        writable()?;
        if is_fixed && (value.format() != there.format() || value.mime() != there.mime()) {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.next.need_fitting(path, &value).map_err(of_v2)?;
        if there.owner() == Owner::Host && !self.written.contains(path) {
            self.ask.extend([HostCall {
                kind: HostCallKind::Write,
                path: path.to_owned(),
                data: value.data().cloned(),
                format: Some(value.format().name().to_owned()),
                mime: value.mime().map(str::to_owned),
            }]);
        }
        if is_same && there.owner() == Owner::Tree {
            return Ok(());
        }
        let actor = self.access.requester.actor();
        self.next
            .set_value(path, value, &actor)
            .map(drop)
            .map_err(of_v2)
    }

    /// Makes a node where there is none.
    fn make(&mut self, path: &str, what: What<'_>) -> Result<(), StatusCode> {
        self.need_addable(path)?;
        let rule = self.next.rule(path);
        let node = match what {
            What::Interior => {
                let mime = rule.and_then(|rule| rule.ddf_name.clone());
                Node::interior(mime.filter(|mime| !mime.is_empty()))
            }
            what => {
                let formats = rule.map(|rule| rule.formats.clone()).unwrap_or_default();
                let mimes = rule.map(crate::ddf::Rule::mimes).unwrap_or_default();
                leaf(what, &formats, mimes.first().copied())?
            }
        };
        self.next.need_fitting(path, &node).map_err(of_v2)?;
        self.add(path, node)
    }

    fn add(&mut self, path: &str, node: Node) -> Result<(), StatusCode> {
        let actor = self.access.requester.actor();
        let nodes = vec![(path.to_owned(), node)];
        let added = self.next.add_all(nodes, By::Add, &actor);
        added.map(drop).map_err(of_v2)
    }

    /// 405 unless a node can be made at a path. What is built in comes with the node above it.
    fn need_addable(&self, path: &str) -> Result<(), StatusCode> {
        let comes_along = self.is_new(path)
            && !self.made.contains(path)
            && self
                .next
                .rule(path)
                .is_some_and(|rule| rule.scope == Described::Permanent);
        if comes_along {
            return Ok(());
        }
        self.next.need_access_to_add(path)
    }

    /// Whether a path is in an instance that is made.
    fn is_new(&self, path: &str) -> bool {
        is_within_any(&self.made, path)
    }

    fn need_write(&self, path: &str) -> Result<(), StatusCode> {
        match self.is_new(path) {
            true => Ok(()),
            false => need_write(self.access, path),
        }
    }

    /// Takes out what is below a path and not among those that stay.
    fn prune(&mut self, base: &str, stay: &BTreeSet<&str>) -> Result<(), StatusCode> {
        let Some(entry) = self.next.entry(base) else {
            return Ok(());
        };
        let mut nodes: Vec<(String, bool)> = Vec::new();
        entry.visit(base, |path, entry| {
            let below = path.get(base.len()..).unwrap_or_default();
            let below = below.strip_prefix('/').unwrap_or(below);
            steps::add_lookup(below.len(), stay.len());
            // No document could have held what is in there.
            let is_closed = path != base
                && (self.access.is_root(path)
                    || self.next.need_access(AccessType::Get, path).is_err());
            let stays = is_closed
                || stay.contains(below)
                || entry.node.owner() == Owner::Host
                || self.next.is_permanent(path)
                || self.next.need_access(AccessType::Delete, path).is_err();
            nodes.push((path.to_owned(), stays));
            match is_closed {
                true => Descent::Stop,
                false => Descent::On,
            }
        });
        // What is above something that stays, stays.
        let mut kept: BTreeSet<&str> = BTreeSet::new();
        for (path, stays) in nodes.iter().rev() {
            if *stays || kept.contains(path.as_str()) {
                kept.insert(path);
                kept.extend(uri::split(path).map(|(parent, _)| parent));
            }
        }
        let gone = nodes.iter().map(|(path, _)| path.as_str());
        let gone: Vec<&str> = gone.filter(|path| !kept.contains(path)).collect();
        let server = self.access.requester.server;
        for path in gone {
            if self.next.entry(path).is_some() {
                self.next
                    .take(path, By::Delete, Some(server))
                    .map_err(of_v2)?;
            }
        }
        Ok(())
    }

    /// 403 or 405 where the draft changes of rights and keys what this server may not.
    pub(super) fn check(&self, tree: &Tree) -> Result<(), StatusCode> {
        let server = self.access.requester.server;
        accounts::need_own_names(tree, &self.next, &self.roots, server)?;
        dacmo::need_same_names(tree, &self.next, &self.access.controls)?;
        check(self.access, tree, &self.next)
    }

    /// The draft, in which the server has all rights on what it has made.
    pub(super) fn finish(mut self) -> Result<Tree, StatusCode> {
        if !self.access.controls.are_kept || self.roots.is_empty() {
            return Ok(self.next);
        }
        let all = Instances::of(&self.next, |_| true);
        dacmo::keep_home(&mut self.next)?;
        let mut names = Numbered::new();
        for root in &self.roots {
            let Some(instance) = all.at(root) else {
                continue;
            };
            // What was left of one that was called the same.
            let left = self.access.controls.paths_of(&dacmo::key(instance));
            dacmo::take(&mut self.next, left)?;
            let path = names.next(&self.next, dacmo::HOME);
            let path = path.ok_or(StatusCode::COMMAND_FAILED)?;
            let server = self.access.requester.server;
            let text =
                |text: &str| Node::leaf(Format::Chr, None, Some(Data::Text(text.to_owned())));
            let nodes = [
                ("", Ok(Node::interior(Some(dacmo::DACMO.to_owned())))),
                ("MOID", text(&instance.moid)),
                ("MIID", text(&instance.miid)),
                ("Owner", text(server)),
                ("Rights", Ok(Node::interior(None))),
                ("Rights/1", Ok(Node::interior(None))),
                ("Rights/1/SrvID", text(server)),
                ("Rights/1/Mask", text(&Rights::ALL.to_string())),
            ];
            for (below, node) in nodes {
                let entry = Arc::new(Entry::of(node.map_err(of_v2)?));
                let path = uri::join(&path, below);
                // It is the device that keeps it, not the server.
                self.next
                    .insert(&path, entry, By::Add, None)
                    .map_err(of_v2)?;
            }
        }
        Ok(self.next)
    }
}

/// The leaf that something makes where it may have these formats.
fn leaf(what: What<'_>, formats: &[Format], mime: Option<&str>) -> Result<Node, StatusCode> {
    match what {
        What::Interior => Err(StatusCode::BAD_REQUEST),
        What::Json(json) => leaf_of(json, formats, mime),
        What::Typed {
            format,
            mime: own,
            data,
        } => {
            let empty = || Data::Text(String::new());
            let data = data.cloned().unwrap_or_else(empty);
            let mime = own.or(mime).map(str::to_owned);
            Node::leaf(format, mime, Some(data)).map_err(of_v2)
        }
        What::Raw(of, body) => {
            let is_octets = |format: &Format| matches!(format, Format::Bin | Format::B64);
            let is_text = of
                .trim_start()
                .get(..5)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("text/"));
            let mime = mime.map(str::to_owned);
            match formats.iter().find(|format| is_octets(format)) {
                Some(format) => {
                    let data = Data::Octets(body.to_vec());
                    Node::leaf(*format, mime, Some(data)).map_err(of_v2)
                }
                None if is_text => {
                    let text = std::str::from_utf8(body).map_err(|_| StatusCode::BAD_REQUEST)?;
                    leaf_of(&Json::from(text), formats, mime.as_deref())
                }
                None => Err(StatusCode::UNSUPPORTED_FORMAT),
            }
        }
    }
}

fn is_within(inner: &str, outer: &str) -> bool {
    let below = inner.strip_prefix(outer);
    outer.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What in an account is for its own server alone: of DM 2.0, and of DM 1.x.
const KEYS: [&str; 2] = ["Auth", "AppAuth"];

/// Whether a path below an account is one of keys.
fn is_key(below: &str) -> bool {
    KEYS.iter().any(|keys| is_within(below, keys))
}

/// 403 for a path of keys of another server's account, 405 for one of what an account grants, whatever their values are.
fn need_own(access: &Access<'_>, tree: &Tree, path: &str) -> Result<(), StatusCode> {
    let Some(below) = objects::below_account(tree, path) else {
        return Ok(());
    };
    if is_within(below, objects::PERM) {
        return Err(StatusCode::NOT_ALLOWED);
    }
    let (_, is_own) = accounts::owned(tree, path, below, access.requester.server);
    match is_own || !is_key(below) {
        true => Ok(()),
        false => Err(StatusCode::FORBIDDEN),
    }
}

/// 403 or 405 where the draft of a server of DM 2.0 changes of rights and keys what this may not, see [`checked`].
pub(super) fn check(access: &Access<'_>, tree: &Tree, next: &Tree) -> Result<(), StatusCode> {
    let Some(touched) = next.changes.touched(tree.revision()) else {
        return Ok(());
    };
    accounts::need_same_grants(tree, next, &touched, Kept::All)?;
    let grants = || Cow::Owned(Grants::of(tree, &Instances::of(tree, |_| true)));
    let server = access.requester.server;
    checked(server, &access.controls, tree, next, Kept::All, grants).map(drop)
}

/// 403 where a draft changes keys of another server's account, or rights beyond what this server may delegate; 405 where it changes what an
/// access control object is of. Gives what those say that it changes.
pub(super) fn checked<'g>(
    server: &str,
    controls: &Controls,
    tree: &Tree,
    next: &Tree,
    kept: Kept,
    grants: impl FnOnce() -> Cow<'g, Grants>,
) -> Result<Vec<(String, Control)>, StatusCode> {
    let Some(changes) = next.changes.behind(tree.revision()) else {
        return Ok(Vec::new());
    };
    let mut touched: BTreeSet<&str> = BTreeSet::new();
    for change in changes {
        let path = change.path.as_str();
        if let Some(below) = objects::below_account(tree, path)
            && (is_key(below) || (change.whole && KEYS.iter().any(|keys| is_within(keys, below))))
        {
            let (root, is_own) = accounts::owned(tree, path, below, server);
            let is_kept = kept == Kept::All || accounts::is_of_dm2(tree, root);
            // What is above may have changed without them.
            let differ = |keys: &&str| {
                let keys = uri::join(root, keys);
                accounts::values(tree, &keys) != accounts::values(next, &keys)
            };
            if !is_own && is_kept && (is_key(below) || KEYS.iter().any(differ)) {
                return Err(StatusCode::FORBIDDEN);
            }
        }
        touched.extend(controls.around(path));
    }
    if touched.is_empty() {
        return Ok(Vec::new());
    }
    let grants = grants();
    let mut changed = Vec::with_capacity(touched.len());
    for root in touched {
        let after = dacmo::control_at(next, root);
        let (Some(before), Some(after)) = (controls.by_path.get(root), after) else {
            return Err(StatusCode::NOT_ALLOWED);
        };
        delegated(server, &grants, before, &after)?;
        changed.push((root.to_owned(), after));
    }
    Ok(changed)
}

/// Whether a server may make one of the other.
fn delegated(
    server: &str,
    grants: &Grants,
    before: &Control,
    after: &Control,
) -> Result<(), StatusCode> {
    if before.of != after.of || before.owner != after.owner {
        return Err(StatusCode::NOT_ALLOWED);
    }
    let own = before.rights(server);
    if !own.allow(Deed::Delegate) {
        return Err(StatusCode::FORBIDDEN);
    }
    let named: BTreeSet<&String> = gathered(before.rights.keys().chain(after.rights.keys()));
    for name in named {
        let (was, is) = (before.rights(name), after.rights(name));
        let (more, less) = (is.without(was), was.without(is));
        if more.without(own) != Rights::NONE
            || (*name == before.owner && name != server && less != Rights::NONE)
        {
            return Err(StatusCode::FORBIDDEN);
        }
        if more != Rights::NONE && !grants.allow(name, &before.of.0) {
            return Err(StatusCode::FORBIDDEN);
        }
    }
    Ok(())
}
