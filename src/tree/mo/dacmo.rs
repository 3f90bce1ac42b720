//! What the objects of the tree say of rights: accounts of the objects that their servers were granted, access control objects of instances.
//!
//! ```text
//! ./DACMO/<x>        urn:oma:mo:oma-dm-dacmo:1.0, one for each instance
//!   MOID MIID        the instance
//!   Owner            the server that made it, or `local`
//!   Rights/<x>       SrvID, and Mask: a subset of RWXD
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::dm2::bare_moid;
use crate::order::gathered;
use crate::status::StatusCode;
use crate::steps;
use crate::tree::change::By;
use crate::tree::instances::{Instance, Instances};
use crate::tree::node::Node;
use crate::tree::store::{Entry, Tree};
use crate::uri;

use super::access::{Deed, Rights};
use super::called::Key;
use super::codes::of_v2;

/// The access control object.
pub(super) const DACMO: &str = "urn:oma:mo:oma-dm-dacmo:1.0";
/// Where its instances are.
pub(super) const HOME: &str = "DACMO";
/// The owner of what the device made itself.
const LOCAL: &str = "local";
/// The account of DM 2.0.
pub(super) const ACCOUNT: &str = "urn:oma:mo:oma-dm-dmacc:1.2";

/// What one access control object says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    /// The identifier of the object without `urn:`, and of the instance.
    pub(super) of: Key,
    pub(super) owner: String,
    pub(super) rights: BTreeMap<String, Rights>,
}

impl Control {
    /// What a server may do. The one that made the instance may do all, until it says otherwise itself.
    pub(super) fn rights(&self, server: &str) -> Rights {
        // No server is the device, whatever it is called.
        let of_owner = if self.owner == server && server != LOCAL {
            Rights::ALL
        } else {
            Rights::NONE
        };
        self.rights.get(server).copied().unwrap_or(of_owner)
    }
}

/// What all of them say.
#[derive(Clone, Debug, Default)]
pub(super) struct Controls {
    /// Whether rights are kept at all.
    pub(super) are_kept: bool,
    /// By the paths of their roots.
    pub(super) by_path: BTreeMap<String, Control>,
    /// The paths by the instances that they are of.
    by_instance: BTreeMap<Key, BTreeSet<String>>,
}

impl Controls {
    pub(super) fn of(tree: &Tree, all: &Instances) -> Self {
        let control = |instance: &Instance| {
            let entry = tree.entry(&instance.path)?;
            Some((instance.path.clone(), control(entry)))
        };
        let by_path: BTreeMap<String, Control> = gathered(all.of_object(DACMO).filter_map(control));
        let mut by_instance: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
        for (path, control) in &by_path {
            let paths = by_instance.entry(control.of.clone()).or_default();
            paths.insert(path.clone());
        }
        Self {
            are_kept: has_home(tree) || !by_path.is_empty(),
            by_instance,
            by_path,
        }
    }

    /// The paths of the objects that are of an instance.
    pub(super) fn paths_of<'s>(&'s self, key: &Key) -> impl Iterator<Item = &'s String> + use<'s> {
        let (_, miid) = key;
        steps::add_lookup(miid.len(), self.by_instance.len());
        self.by_instance.get(key).into_iter().flatten()
    }

    /// The path of the object that is of an instance: of several the first holds.
    pub(super) fn path_of(&self, instance: &Instance) -> Option<&str> {
        self.paths_of(&key(instance)).next().map(String::as_str)
    }

    /// The object at a path is gone.
    pub(super) fn forget(&mut self, path: &str) -> Option<Control> {
        let control = self.by_path.remove(path)?;
        if let Some(paths) = self.by_instance.get_mut(&control.of) {
            paths.remove(path);
        }
        Some(control)
    }

    /// It is there again.
    pub(super) fn put(&mut self, path: String, control: Control) {
        let paths = self.by_instance.entry(control.of.clone()).or_default();
        paths.insert(path.clone());
        self.by_path.insert(path, control);
    }

    /// The path of the outermost object at or above a path.
    pub(super) fn around(&self, path: &str) -> Option<&str> {
        let (mut at, mut found) = (Some(path), None);
        while let Some(path) = at {
            steps::add_lookup(path.len(), self.by_path.len());
            found = self.by_path.get_key_value(path).or(found);
            at = uri::split(path).map(|(parent, _)| parent);
        }
        found.map(|(root, _)| root.as_str())
    }

    /// What a server may do with an instance. An access control object shows to whom it gives any right, and who may delegate changes it.
    pub(super) fn rights(&self, instance: &Instance, server: &str) -> Rights {
        if !self.are_kept {
            return Rights::ALL;
        }
        match self.by_path.get(&instance.path) {
            Some(control) => {
                let own = control.rights(server);
                let read = Rights::of(Deed::Read);
                match own {
                    Rights::NONE => Rights::NONE,
                    own if own.allow(Deed::Delegate) => read.and(Rights::of(Deed::Write)),
                    _ => read,
                }
            }
            None => {
                let control = self
                    .path_of(instance)
                    .and_then(|path| self.by_path.get(path));
                control.map_or(Rights::NONE, |control| control.rights(server))
            }
        }
    }
}

/// Whether a Type is that of an access control object.
pub(super) fn is_control(mime: &str) -> bool {
    bare_moid(mime) == bare_moid(DACMO)
}

/// What identifies an instance.
pub(super) fn key(instance: &Instance) -> Key {
    (bare_moid(&instance.moid).to_owned(), instance.miid.clone())
}

/// Whether there is a place for access control objects: then rights are kept.
pub(super) fn has_home(tree: &Tree) -> bool {
    tree.node(HOME).is_some_and(|node| node.is_interior())
}

/// What an access control object says, if one is at a path.
pub(super) fn control_at(tree: &Tree, path: &str) -> Option<Control> {
    let entry = tree.entry(path)?;
    entry
        .node
        .object()
        .is_some_and(is_control)
        .then(|| control(entry))
}

/// Takes access control objects out of a tree: it is the device that keeps them.
pub(super) fn take<'c>(
    next: &mut Tree,
    gone: impl IntoIterator<Item = &'c String>,
) -> Result<(), StatusCode> {
    for path in gone {
        if next.entry(path).is_some() {
            next.take(path, By::Delete, None).map_err(of_v2)?;
        }
    }
    Ok(())
}

/// The same of those of instances that are gone. Rights are kept as before: where these were all, a place for others is left, or else it is 405.
pub(super) fn take_out<'c>(
    next: &mut Tree,
    controls: &Controls,
    gone: impl IntoIterator<Item = &'c String>,
) -> Result<(), StatusCode> {
    take(next, gone)?;
    let mut others = controls.by_path.keys();
    let are_kept = has_home(next) || others.any(|path| next.entry(path).is_some());
    match controls.are_kept && !are_kept {
        true => keep_home(next),
        false => Ok(()),
    }
}

/// Makes the place for access control objects where there is none; 405 where it cannot be made.
pub(super) fn keep_home(next: &mut Tree) -> Result<(), StatusCode> {
    if has_home(next) {
        return Ok(());
    }
    let home = Arc::new(Entry::of(Node::interior(None)));
    let made = next.insert(HOME, home, By::Add, None);
    made.map_err(|_| StatusCode::NOT_ALLOWED)
}

/// 405 where an instance that has an access control object is called something else in a draft: what that says would be of none.
pub(super) fn need_same_names(
    tree: &Tree,
    next: &Tree,
    controls: &Controls,
) -> Result<(), StatusCode> {
    if controls.by_path.is_empty() {
        return Ok(());
    }
    let [before, after] = [tree, next].map(|tree| Instances::of(tree, |_| true));
    let is_same = |instance: &Instance| {
        let now = after.at(&instance.path);
        let is_other = now.is_some_and(|now| key(now) != key(instance));
        !is_other || controls.path_of(instance).is_none()
    };
    match before.iter().all(is_same) {
        true => Ok(()),
        false => Err(StatusCode::NOT_ALLOWED),
    }
}

/// The text of a leaf below an entry.
fn text<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    entry.children.get(name)?.node.data()?.as_text()
}

fn control(entry: &Entry) -> Control {
    let leaf = |name| text(entry, name).unwrap_or_default();
    let mut rights: BTreeMap<String, Rights> = BTreeMap::new();
    let entries = entry.children.get("Rights").into_iter();
    for (_, entry) in entries.flat_map(|rights| rights.children.iter()) {
        if let (Some(server), Some(mask)) = (text(entry, "SrvID"), text(entry, "Mask")) {
            // What is no mask gives nothing.
            let mask = Rights::parse(mask).unwrap_or_default();
            let slot = rights.entry(server.to_owned()).or_default();
            *slot = slot.and(mask);
        }
    }
    Control {
        of: (bare_moid(leaf("MOID")).to_owned(), leaf("MIID").to_owned()),
        owner: leaf("Owner").to_owned(),
        rights,
    }
}

/// The identifiers, without `urn:`, that the accounts in the tree grant each server.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants {
    /// Whether there are accounts of DM 2.0. Where there are none, all servers are granted all.
    pub(super) are_kept: bool,
    by_server: BTreeMap<String, BTreeSet<String>>,
}

impl Grants {
    pub(super) fn of(tree: &Tree, all: &Instances) -> Self {
        let mut grants = Self::default();
        for account in all.of_object(ACCOUNT) {
            grants.add(tree, &account.path);
        }
        grants
    }

    /// What the account at a path says besides.
    pub(super) fn add(&mut self, tree: &Tree, path: &str) {
        self.are_kept = true;
        if let Some(account) = tree.entry(path)
            && let Some(server) = text(account, "SrvID")
            && let Some(perm) = account.children.get("Perm")
        {
            let moids = perm.children.iter();
            let moids = moids.filter_map(|(_, one)| text(one, "MOID"));
            let granted = self.by_server.entry(server.to_owned()).or_default();
            granted.extend(moids.map(|moid| bare_moid(moid).to_owned()));
        }
    }

    /// Whether an object was granted to a server.
    pub(super) fn allow(&self, server: &str, moid: &str) -> bool {
        let granted = self.by_server.get(server);
        !self.are_kept || granted.is_some_and(|moids| moids.contains(bare_moid(moid)))
    }

    /// What a server was granted; nothing for all.
    pub(super) fn to(mut self, server: &str) -> Option<BTreeSet<String>> {
        let granted = self.by_server.remove(server).unwrap_or_default();
        self.are_kept.then_some(granted)
    }
}
