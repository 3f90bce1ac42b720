//! Accounts of DM 2.0 and whose they are: no server gives itself an object, takes one from another, or passes for another.

use std::collections::BTreeMap;

use crate::status::StatusCode;
use crate::syncml::Data;
use crate::tree::instances::Instances;
use crate::tree::node::Node;
use crate::tree::objects;
use crate::tree::store::{Descent, Tree};
use crate::uri;

/// The leaf that says whose an account is.
const SERVER: &str = "SrvID";

/// The root of the account around a path, whose rest is `below`, and whether it is that of a server.
pub(super) fn owned<'p>(tree: &Tree, path: &'p str, below: &str, server: &str) -> (&'p str, bool) {
    let root = path.get(..path.len().saturating_sub(below.len()));
    let root = root.unwrap_or_default().trim_end_matches('/');
    (root, text(tree, root) == Some(server))
}

fn text<'t>(tree: &'t Tree, root: &str) -> Option<&'t str> {
    tree.node(&uri::join(root, SERVER))?.data()?.as_text()
}

/// The roots of all accounts.
fn roots(tree: &Tree) -> Vec<String> {
    let all = Instances::of(tree, |instance| objects::is_account(&instance.moid));
    all.iter().map(|instance| instance.path.clone()).collect()
}

/// What an account says of its server and of the objects that that was granted.
fn grants<'t>(tree: &'t Tree, root: &str) -> Vec<(String, Option<&'t Data>)> {
    let mut found = Vec::new();
    for path in [SERVER, objects::PERM].map(|name| uri::join(root, name)) {
        if let Some(entry) = tree.entry(&path) {
            entry.visit(&path, |path, entry| {
                found.push((path.to_owned(), entry.node.data()));
                Descent::On
            });
        }
    }
    found
}

/// 405 where the accounts that were there say something else in a draft, or are gone with what they said.
pub(super) fn need_same_grants(tree: &Tree, next: &Tree) -> Result<(), StatusCode> {
    let mut roots = roots(tree).into_iter();
    match roots.all(|root| grants(tree, &root) == grants(next, &root)) {
        true => Ok(()),
        false => Err(StatusCode::NOT_ALLOWED),
    }
}

/// 403 where one of the new instances is an account of the server itself, or of one that has an account.
pub(super) fn need_own_names(next: &Tree, made: &[String], server: &str) -> Result<(), StatusCode> {
    let is_account = |root: &&String| {
        let mime = next.node(root).and_then(Node::mime);
        mime.is_some_and(objects::is_account)
    };
    let mut made = made.iter().filter(is_account).peekable();
    if made.peek().is_none() {
        return Ok(());
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let roots = roots(next);
    for own in roots.iter().filter_map(|root| text(next, root)) {
        *counts.entry(own).or_default() += 1;
    }
    let is_own = |own: &str| own != server && counts.get(own).is_none_or(|count| *count == 1);
    match made.all(|root| text(next, root).is_none_or(is_own)) {
        true => Ok(()),
        false => Err(StatusCode::FORBIDDEN),
    }
}
