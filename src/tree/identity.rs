//! Management objects by their identity: the Type of their root, not their place.

use crate::uri;

use super::objects;
use super::store::{Descent, Tree};

impl Tree {
    /// The URIs of the roots of all objects with this identifier, a version left out standing for all versions: interior nodes of that
    /// Type. The older form of a DM account's identifier counts as well.
    pub fn instances(&self, moid: &str) -> Vec<String> {
        let mut found = Vec::new();
        let Some(root) = self.entry("") else {
            return found;
        };
        root.visit("", |path, entry| {
            let mime = entry.node.mime().filter(|_| entry.node.is_interior());
            let is_one = mime.is_some_and(|mime| is_of(mime, moid));
            if is_one {
                found.push(uri::display(path));
            }
            Descent::On
        });
        found
    }

    /// The revision of the last change at or below a node; nothing where it does not exist, or where the change is no longer remembered.
    pub fn revision_of(&self, uri: &str) -> Option<u32> {
        let parsed = super::host::host_uri(uri).ok()?;
        let path = parsed.path();
        self.node(path)?;
        self.changes.last_at(path)
    }
}

fn is_of(mime: &str, moid: &str) -> bool {
    let same_version = mime == moid;
    let any_version = mime
        .strip_prefix(moid)
        .is_some_and(|version| version.starts_with(':'));
    let older = objects::is_account(mime) && objects::is_account(&format!("{moid}:"));
    same_version || any_version || older
}
