//! What the objects of the tree say of rights: accounts of the objects that their servers were granted, access control objects of instances.
//!
//! ```text
//! ./DACMO/<x>        urn:oma:mo:oma-dm-dacmo:1.0, one for each instance
//!   MOID MIID        the instance
//!   Owner            the server that made it, or `local`
//!   Rights/<x>       SrvID, and Mask: a subset of RWXD
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::dm2::bare_moid;
use crate::order::gathered;
use crate::tree::instances::{Instance, Instances};
use crate::tree::store::{Entry, Tree};

use super::access::{Deed, Rights};

/// The access control object.
pub(super) const DACMO: &str = "urn:oma:mo:oma-dm-dacmo:1.0";
/// Where its instances are.
pub(super) const HOME: &str = "DACMO";
/// The owner of what the device made itself.
const LOCAL: &str = "local";
/// The account of DM 2.0.
const ACCOUNT: &str = "urn:oma:mo:oma-dm-dmacc:1.2";

/// What one access control object says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    /// The identifier of the object without `urn:`, and of the instance.
    pub(super) of: (String, String),
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
    by_instance: BTreeMap<(String, String), String>,
}

impl Controls {
    pub(super) fn of(tree: &Tree, all: &Instances) -> Self {
        let control = |instance: &Instance| {
            let entry = tree.entry(&instance.path)?;
            Some((instance.path.clone(), control(entry)))
        };
        let by_path: BTreeMap<String, Control> = gathered(all.of_object(DACMO).filter_map(control));
        // Of several for one instance the first holds.
        let by_instance = by_path.iter().rev();
        let by_instance = by_instance.map(|(path, control)| (control.of.clone(), path.clone()));
        let has_home = tree.node(HOME).is_some_and(|node| node.is_interior());
        Self {
            are_kept: has_home || !by_path.is_empty(),
            by_instance: by_instance.collect(),
            by_path,
        }
    }

    /// The path of the object that is of an instance.
    pub(super) fn path_of(&self, instance: &Instance) -> Option<&str> {
        let key = (bare_moid(&instance.moid).to_owned(), instance.miid.clone());
        self.by_instance.get(&key).map(String::as_str)
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

/// The identifiers, without `urn:`, that the accounts in the tree grant a server; nothing for all of them, where there are no accounts of DM 2.0.
pub(super) fn granted(tree: &Tree, all: &Instances, server: &str) -> Option<BTreeSet<String>> {
    let mut accounts = all.of_object(ACCOUNT).peekable();
    accounts.peek()?;
    let mut granted = BTreeSet::new();
    for account in accounts.filter_map(|account| tree.entry(&account.path)) {
        if text(account, "SrvID") == Some(server)
            && let Some(perm) = account.children.get("Perm")
        {
            let moids = perm
                .children
                .iter()
                .filter_map(|(_, one)| text(one, "MOID"));
            granted.extend(moids.map(|moid| bare_moid(moid).to_owned()));
        }
    }
    Some(granted)
}
