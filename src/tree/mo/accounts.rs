//! Accounts of DM 2.0 and whose they are: no server gives itself an object, takes one from another, or passes for another.

use std::collections::BTreeMap;

use crate::dm2::bare_moid;
use crate::status::StatusCode;
use crate::syncml::Data;
use crate::tree::change::Touched;
use crate::tree::instances::Instances;
use crate::tree::node::Node;
use crate::tree::objects;
use crate::tree::store::{Descent, Tree};
use crate::uri;

use super::dacmo;

/// The leaf that says whose an account of DM 2.0 is.
const SERVER: &str = "SrvID";
/// The same of DM 1.x.
const SERVER_V1: &str = "ServerID";

/// What of an account of DM 2.0 is not for every server that may write, and what would be of one of DM 1.x.
pub(super) const KEPT: [&str; 5] = [SERVER, SERVER_V1, objects::PERM, "Auth", "AppAuth"];

/// What of these says whose it is, and what that was granted.
const GRANTS: [&str; 3] = [SERVER, SERVER_V1, objects::PERM];

/// Which accounts are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Those of DM 1.x too, which no server of DM 2.0 has lists to read for.
    All,
    /// Those of DM 2.0: of the others the lists of their nodes say who may do what.
    OfDm2,
}

impl Kept {
    /// Whether a Type is that of such an account.
    pub(super) fn includes(self, mime: &str) -> bool {
        match self {
            Self::All => objects::is_account(mime),
            Self::OfDm2 => bare_moid(mime) == bare_moid(dacmo::ACCOUNT),
        }
    }
}

/// The root of the account around a path, whose rest is `below`, and whether it is that of a server.
pub(super) fn owned<'p>(tree: &Tree, path: &'p str, below: &str, server: &str) -> (&'p str, bool) {
    let root = path.get(..path.len().saturating_sub(below.len()));
    let root = root.unwrap_or_default().trim_end_matches('/');
    (root, text(tree, root) == Some(server))
}

/// Whether the root of an account is that of one of DM 2.0.
pub(super) fn is_of_dm2(tree: &Tree, root: &str) -> bool {
    let mime = tree.node(root).and_then(Node::mime);
    mime.is_some_and(|mime| Kept::OfDm2.includes(mime))
}

/// Whose an account is.
fn text<'t>(tree: &'t Tree, root: &str) -> Option<&'t str> {
    let name = match is_of_dm2(tree, root) {
        true => SERVER,
        false => SERVER_V1,
    };
    tree.node(&uri::join(root, name))?.data()?.as_text()
}

/// The roots of all such accounts.
fn roots(tree: &Tree, kept: Kept) -> Vec<String> {
    let all = Instances::of(tree, |instance| kept.includes(&instance.moid));
    all.iter().map(|instance| instance.path.clone()).collect()
}

/// What an account says of its server and of the objects that that was granted.
fn grants<'t>(tree: &'t Tree, root: &str) -> [Vec<(String, Option<&'t Data>)>; 3] {
    GRANTS.map(|name| values(tree, &uri::join(root, name)))
}

/// The values at and below a path.
pub(super) fn values<'t>(tree: &'t Tree, path: &str) -> Vec<(String, Option<&'t Data>)> {
    let mut found = Vec::new();
    if let Some(entry) = tree.entry(path) {
        entry.visit(path, |path, entry| {
            found.push((path.to_owned(), entry.node.data()));
            Descent::On
        });
    }
    found
}

/// What the root of an account is: with another Type, or as a leaf, it is none.
fn kind<'t>(tree: &'t Tree, root: &str) -> Option<(bool, Option<&'t str>)> {
    let node = tree.node(root)?;
    Some((node.is_interior(), node.mime()))
}

/// 405 where the accounts that were there say something else in a draft, are of another Type, or are gone with what they said. Looked at is
/// what has changed.
pub(super) fn need_same_grants(
    tree: &Tree,
    next: &Tree,
    touched: &Touched<'_>,
    kept: Kept,
) -> Result<(), StatusCode> {
    let is_root = |node: &Node| node.object().is_some_and(|mime| kept.includes(mime));
    // Whether it is of what an account around it says.
    let is_grant = |path: &str| {
        let line = tree.line(path);
        let mut roots = line.iter().enumerate().skip(1);
        roots.any(|(depth, node)| {
            let below = path.splitn(depth + 1, '/').nth(depth);
            let name = uri::segments(below.unwrap_or_default()).next();
            is_root(node) && name.is_some_and(|name| GRANTS.contains(&name))
        })
    };
    let mut is_same = touched.alone.iter().all(|path| {
        let value = |tree: &'_ Tree| tree.node(path).map(|node| node.data().cloned());
        !is_grant(path) || value(tree) == value(next)
    });
    for path in &touched.whole {
        if is_grant(path) {
            is_same &= values(tree, path) == values(next, path);
        }
        let Some(entry) = tree.entry(path) else {
            continue;
        };
        entry.visit(path, |root, entry| {
            if is_root(&entry.node) {
                is_same &= kind(tree, root) == kind(next, root);
                is_same &= grants(tree, root) == grants(next, root);
            }
            Descent::On
        });
    }
    match is_same {
        true => Ok(()),
        false => Err(StatusCode::NOT_ALLOWED),
    }
}

/// 403 where one of the new instances is an account of the server itself, or of one that has an account; where it is one of nobody; and where it
/// is the first in DM 2.0, which would take from all others what they were granted without any.
pub(super) fn need_own_names(
    tree: &Tree,
    next: &Tree,
    made: &[String],
    server: &str,
) -> Result<(), StatusCode> {
    let is_account = |root: &&String| {
        let mime = next.node(root).and_then(Node::mime);
        mime.is_some_and(objects::is_account)
    };
    let made: Vec<&String> = made.iter().filter(is_account).collect();
    if made.is_empty() {
        return Ok(());
    }
    let mut owners = Owners::default();
    for root in roots(next, Kept::All) {
        owners.add(next, &root);
    }
    let is_first = roots(tree, Kept::OfDm2).is_empty();
    let has_another = |own: &str| owners.count(own) > 1;
    need_new_owners(next, made, server, has_another, is_first)
}

/// How many accounts servers have.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<String, usize>);

impl Owners {
    /// One more, at a path.
    pub(super) fn add(&mut self, tree: &Tree, root: &str) {
        if let Some(own) = text(tree, root) {
            *self.0.entry(own.to_owned()).or_default() += 1;
        }
    }

    /// How many a server has.
    pub(super) fn count(&self, server: &str) -> usize {
        self.0.get(server).copied().unwrap_or_default()
    }
}

/// The same where it is known which servers have another account than the new one, and whether no account was there.
pub(super) fn need_new_owners<'m>(
    next: &Tree,
    made: impl IntoIterator<Item = &'m String>,
    server: &str,
    has_another: impl Fn(&str) -> bool,
    is_first: bool,
) -> Result<(), StatusCode> {
    let may_be = |root: &String| match text(next, root) {
        Some(own) if own == server || has_another(own) => false,
        own => !is_of_dm2(next, root) || (own.is_some() && !is_first),
    };
    match made.into_iter().all(may_be) {
        true => Ok(()),
        false => Err(StatusCode::FORBIDDEN),
    }
}
