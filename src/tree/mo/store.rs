//! Storing fetched data (HGET): the whole document or nothing of it.

use std::collections::BTreeSet;

use crate::dm2::{ClientUri, MoDocument, Step, split_moid};
use crate::status::StatusCode;
use crate::tnds::Tnds;
use crate::tree::execution::Changed;
use crate::tree::instances::{Place, Resolved};
use crate::tree::node::Node;
use crate::tree::operation::{HostCall, HostValues};
use crate::tree::store::Tree;
use crate::uri;

use super::access::{Access, Deed};
use super::asked::Asked;
use super::dacmo;
use super::given;
use super::home::NewPlace;
use super::put::Put;

/// A document that was fetched.
#[derive(Clone, Copy, Debug)]
pub enum Fetched<'d> {
    /// Data of management objects.
    Mo(&'d MoDocument),
    /// A serialised tree: the top nodes are instances, with their Type as identifier or with a Path, which is then what stands before NodeName
    /// in the ClientURI.
    Tnds(&'d Tnds),
    /// Anything else: the value of a leaf.
    Raw {
        /// Its media type.
        mime: &'d str,
        /// Its octets.
        body: &'d [u8],
    },
}

/// The paths of the host's nodes to which it has written what it was asked to.
pub type Written = BTreeSet<String>;

/// What comes of storing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storing {
    /// It is done.
    Done {
        /// The ClientURIs of the places that the device chose: one for each item, none where the command named the place.
        created: Vec<String>,
        /// What has changed.
        changed: Vec<Changed>,
    },
    /// The host is to be asked all of this first; then all is to be done again, with the values or with the paths among the written ones. It
    /// may ask for more.
    Ask(Vec<HostCall>),
}

/// Where data goes.
struct Site {
    /// The path of the node, which need not exist.
    path: String,
    /// The path of the root of its instance, and what that is called in data.
    root: String,
    name: String,
    /// The identifier of an instance that is to be made.
    new: Option<String>,
}

/// Why there is no place.
enum Stop {
    Status(StatusCode),
    Ask(Vec<HostCall>),
}

impl From<StatusCode> for Stop {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

impl Stop {
    fn unless_all_closed(self, access: &Access<'_>, text: &str) -> Self {
        match self {
            Self::Status(code) => Self::Status(access.unless_all_closed(code, text)),
            Self::Ask(calls) => Self::Ask(calls),
        }
    }
}

impl Access<'_> {
    /// Stores a document at a place or, where none is named, where each item says: in the instance of its address, or in a new one, which the
    /// device calls `m1`, `m2` and so on. What is left out at a place that exists is gone afterwards, unless it is built in, cannot be deleted,
    /// cannot be read, or is the host's.
    ///
    /// The error is the status to answer, and nothing has changed: 400 for an address that is malformed or stands for several nodes, and for
    /// data that does not fit; 403 and 404 as those of [`need`](Self::need); 404 where nothing is above the place; 405 for what cannot be made or
    /// changed; 413 for more than the tree may hold; 415 for a raw body that is no value of the leaf; 503 while an Atomic of another session
    /// is under way.
    pub fn store(
        &self,
        tree: &mut Tree,
        document: Fetched<'_>,
        to: Option<&str>,
        values: &HostValues,
        written: &Written,
    ) -> Result<Storing, StatusCode> {
        match self.try_store(tree, document, to, values, written) {
            Ok(done) => Ok(done),
            Err(Stop::Ask(calls)) => Ok(Storing::Ask(calls)),
            Err(Stop::Status(status)) => Err(status),
        }
    }

    fn try_store(
        &self,
        tree: &mut Tree,
        document: Fetched<'_>,
        to: Option<&str>,
        values: &HostValues,
        written: &Written,
    ) -> Result<Storing, Stop> {
        if tree.is_held() {
            return Err(StatusCode(503).into());
        }
        let mut put = Put::new(self, tree.draft(), written);
        let mut made: Vec<(String, String)> = Vec::new();
        match to {
            Some(to) => {
                let site = self.site(tree, to, values);
                let site = site.map_err(|stop| stop.unless_all_closed(self, to))?;
                let relative = site.path.get(site.root.len()..).unwrap_or_default();
                let given = given::one(document, relative, &site.name)?;
                put.store(tree, &site.path, &given)?;
            }
            None => {
                let mut asked = Asked::default();
                for item in given::items(document)? {
                    match self.store_item(tree, &mut put, item, values) {
                        Ok(place) => made.push(place),
                        Err(Stop::Ask(calls)) => asked.extend(calls),
                        // What goes before it may be what is wrong.
                        Err(_) if !asked.is_empty() => break,
                        Err(status) => return Err(status),
                    }
                }
                if !asked.is_empty() {
                    return Err(Stop::Ask(asked.into_calls()));
                }
            }
        }
        put.check(tree)?;
        let asked = std::mem::take(&mut put.ask);
        if !asked.is_empty() {
            return Err(Stop::Ask(asked.into_calls()));
        }
        let next = put.finish()?;
        let created = self.created(&next, made);
        Ok(Storing::Done {
            created,
            changed: adopt(tree, next),
        })
    }

    /// Stores an item where it says; its identifier, and the place.
    fn store_item(
        &self,
        tree: &Tree,
        put: &mut Put<'_, '_>,
        item: given::Item<'_>,
        values: &HostValues,
    ) -> Result<(String, String), Stop> {
        let site = match self.site(tree, &item.uri, values) {
            Err(Stop::Status(StatusCode::NOT_FOUND)) => {
                let made = self.new_site(tree, put, &item);
                made.map_err(|code| self.unless_all_closed(code, &item.uri))?
            }
            site if self.is_hint(tree, &item.uri) => match site? {
                site if tree.entry(&site.path).is_none() => self.new_site(tree, put, &item)?,
                site => site,
            },
            site => site?,
        };
        if let Some(moid) = &site.new {
            put.make_root(&site.path, moid)?;
        }
        let relative = site.path.get(site.root.len()..).unwrap_or_default();
        let given = item.given(relative, &site.name, site.new.is_some())?;
        put.store(tree, &site.path, &given)?;
        Ok((item.moid, site.path))
    }

    /// The place of an address: of a node that is there, or of one that may come to be below it.
    fn site(&self, tree: &Tree, text: &str, values: &HostValues) -> Result<Site, Stop> {
        let found = match self.resolve_named(tree, text, values) {
            Err(StatusCode::NOT_FOUND) => None,
            found => Some(found?),
        };
        if let Some((uri, found)) = found {
            let place = only(&uri, found)?;
            return Ok(Site::of(&place, &[]));
        }
        let mut uri = self.shown.parse(text, self.requester.spelling())?;
        let Some(Step::Name(name)) = uri.path.pop() else {
            return Err(StatusCode::NOT_FOUND.into());
        };
        let (uri, found) = self.resolve_named(tree, &uri.to_string(), values)?;
        let place = only(&uri, found)?;
        let is_interior = tree.node(&place.path).is_some_and(Node::is_interior);
        if !is_interior {
            return Err(StatusCode::NOT_FOUND.into());
        }
        Ok(Site::of(&place, &[&name]))
    }

    /// Whether an address of the draft dialect may be that of an instance still to be made: `MOID/name/`, although there is only one.
    fn is_hint(&self, tree: &Tree, text: &str) -> bool {
        let is_new = |rest: &str| {
            let name = rest
                .strip_prefix('/')
                .and_then(|rest| rest.strip_suffix('/'));
            name.is_some_and(|name| !name.is_empty() && !name.contains(['/', '?']))
        };
        let is_missing =
            self.resolve_named(tree, text, &HostValues::new()) == Err(StatusCode::NOT_FOUND);
        is_missing && split_moid(text, []).is_ok_and(|(_, rest)| is_new(rest))
    }

    /// The place of an instance that is made, for data at the root of one that does not exist.
    fn new_site(
        &self,
        tree: &Tree,
        put: &mut Put<'_, '_>,
        item: &given::Item<'_>,
    ) -> Result<Site, StatusCode> {
        if !item.is_root || !self.grants(&item.moid) {
            return Err(StatusCode::NOT_FOUND);
        }
        if crate::dm2::bare_moid(&item.moid) == crate::dm2::bare_moid(dacmo::DACMO) {
            return Err(StatusCode::FORBIDDEN);
        }
        let place = put.homes.next(tree, &put.next, &item.moid, item.name());
        let NewPlace { path, moid, name } = place.ok_or(StatusCode::NOT_ALLOWED)?;
        Ok(Site {
            root: path.clone(),
            name,
            path,
            new: Some(moid),
        })
    }

    /// The addresses of what was stored, with the identifiers as they were spelt.
    fn created(&self, next: &Tree, made: Vec<(String, String)>) -> Vec<String> {
        let later = Access::of(next, self.requester);
        let address = |(moid, path): (String, String)| {
            let instance = later.shown.around(&path)?;
            Some(later.address(&moid, &Place { instance, path }))
        };
        made.into_iter().filter_map(address).collect()
    }
}

impl Site {
    fn of(place: &Place<'_>, below: &[&str]) -> Self {
        let path = below
            .iter()
            .fold(place.path.clone(), |path, name| uri::join(&path, name));
        Self {
            path,
            root: place.instance.path.clone(),
            name: place.instance.name.clone(),
            new: None,
        }
    }
}

/// The only place of an address that is to be changed. A condition on what has not changed is none that could be kept.
fn only<'i>(uri: &ClientUri, found: Resolved<'i>) -> Result<Place<'i>, Stop> {
    let mut places = match found {
        Resolved::Ask(calls) => return Err(Stop::Ask(calls)),
        Resolved::Places(places) => places.into_iter(),
    };
    match (places.next(), places.next()) {
        (Some(place), None) if uri.cv.is_none() => Ok(place),
        _ => Err(StatusCode::BAD_REQUEST.into()),
    }
}

/// Lets a draft take the place of a tree; tells what has changed.
pub(super) fn adopt(tree: &mut Tree, next: Tree) -> Vec<Changed> {
    let changes = next.changes.behind(tree.revision());
    let changed = changes.map(|changes| {
        let changed = changes.map(|change| Changed {
            path: change.path.clone(),
            by: change.by,
        });
        changed.collect()
    });
    tree.adopt_as_one(next);
    changed.unwrap_or_default()
}

/// 403 or 404 unless a place may be changed.
pub(super) fn need_write(access: &Access<'_>, path: &str) -> Result<(), StatusCode> {
    access.need(Deed::Write, path)
}
