//! What of the tree the server may see, and what it is told of it unasked.

use crate::dm2::{Content, Dialect, MoItem};
use crate::status::StatusCode;
use crate::tree::{
    Access, Found, HostValues, Instance, Owner, Place, Reading, Requester, Spelling, Tree,
};
use crate::uri::{self, NodeUri};

use super::ClientSession;
use super::beginning::Wanted;

/// What the server may see and do in the tree as it is.
pub(super) fn access<'s>(session: &'s ClientSession, tree: &Tree) -> Access<'s> {
    Access::of(tree, requester(session))
}

/// The server.
pub(super) fn requester(session: &ClientSession) -> Requester<'_> {
    let config = &session.config;
    Requester {
        server: &config.account.server_id,
        dialect: session.state.dialect,
        objects: config.objects.granted.as_deref(),
        epoch: config.objects.epoch,
        now: Some(session.state.now),
    }
}

/// The data of objects that a notification wants: each instance that the server may read, or that it has it already. Values of the host's are
/// those that the tree was told last.
pub(super) fn wanted(
    access: &Access<'_>,
    dialect: Dialect,
    tree: &Tree,
    wanted: &[Wanted],
) -> Vec<MoItem> {
    let mut items = Vec::new();
    let mut values = HostValues::new();
    for Wanted { moid, .. } in wanted {
        for instance in access.instances().of_object(moid) {
            values.extend(told(tree, &instance.path));
        }
    }
    let mut reader = access.reader(tree, &values);
    for Wanted { moid, known } in wanted {
        for instance in access.instances().of_object(moid) {
            let uri = access
                .instances()
                .address(&root(instance), spelling(dialect));
            let Ok(Reading::Found(found)) = reader.read(&uri) else {
                continue;
            };
            for mut item in found {
                let is_known = |cv: &String| known.as_ref().is_some_and(|all| all.contains(cv));
                if item.cv.as_ref().is_some_and(is_known) {
                    item.cv = None;
                    item.content = Content::Status(StatusCode::NOT_MODIFIED);
                }
                items.push(item);
            }
        }
    }
    items
}

/// The ClientURI of a node that the host names by its place in the tree; nothing where the server may not know of it.
pub(super) fn address(access: &Access<'_>, dialect: Dialect, uri: &str) -> Option<String> {
    let path = path_of(uri)?;
    let instance = access.instances().around(&path)?;
    let place = Place { instance, path };
    Some(access.instances().address(&place, spelling(dialect)))
}

/// How addresses are spelt that the server is told.
const fn spelling(dialect: Dialect) -> Spelling {
    match dialect {
        Dialect::Draft => Spelling::Path,
        Dialect::Approved => Spelling::Instance,
    }
}

/// The path of a node that the host names.
fn path_of(uri: &str) -> Option<String> {
    let uri = NodeUri::parse(uri).ok()?;
    uri.query().is_none().then(|| uri.path().to_owned())
}

fn root(instance: &Instance) -> Place<'_> {
    Place {
        instance,
        path: instance.path.clone(),
    }
}

/// The values of the host's at and below a place, as the tree was told them last.
fn told(tree: &Tree, path: &str) -> HostValues {
    let mut values = HostValues::new();
    let paths = tree.entries(&uri::display(path)).unwrap_or_default();
    for path in paths {
        let found = tree.find(&uri::display(&path));
        if let Ok(Some(Found::Leaf(node))) = found
            && node.owner() == Owner::Host
        {
            values.insert(path, node.clone());
        }
    }
    values
}
