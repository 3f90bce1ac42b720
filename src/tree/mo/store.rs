//! Storing fetched data (HGET): the whole document or nothing of it.

use std::collections::BTreeSet;

use crate::dm2::{ClientUri, MoDocument, Step, split_moid};
use crate::order::gathered;
use crate::status::StatusCode;
use crate::tnds::Tnds;
use crate::tree::execution::Changed;
use crate::tree::instances::{Instances, Place, Resolved};
use crate::tree::node::Node;
use crate::tree::operation::{HostCall, HostValues};
use crate::tree::store::Tree;
use crate::uri;

use super::access::{Access, Deed};
use super::dacmo;
use super::given;
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
    /// The host is to be asked first; then all is to be done again, with the value or with the path among the written ones.
    Ask(HostCall),
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
    Ask(HostCall),
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
            Self::Ask(call) => Self::Ask(call),
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
            Err(Stop::Ask(call)) => Ok(Storing::Ask(call)),
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
                for item in given::items(document)? {
                    let site = match self.site(tree, &item.uri, values) {
                        Err(Stop::Status(StatusCode::NOT_FOUND)) => {
                            let made = self.new_site(&put.next, &item);
                            made.map_err(|code| self.unless_all_closed(code, &item.uri))?
                        }
                        site if self.is_hint(tree, &item.uri) => match site? {
                            site if tree.entry(&site.path).is_none() => {
                                self.new_site(&put.next, &item)?
                            }
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
                    made.push((item.moid, site.path));
                }
            }
        }
        put.check(tree)?;
        if let Some(call) = put.ask.take() {
            return Err(Stop::Ask(call));
        }
        let next = put.finish()?;
        let created = self.created(&next, made);
        Ok(Storing::Done {
            created,
            changed: adopt(tree, next),
        })
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
    fn new_site(&self, next: &Tree, item: &given::Item<'_>) -> Result<Site, StatusCode> {
        if !item.is_root || !self.grants(&item.moid) {
            return Err(StatusCode::NOT_FOUND);
        }
        if crate::dm2::bare_moid(&item.moid) == crate::dm2::bare_moid(dacmo::DACMO) {
            return Err(StatusCode::FORBIDDEN);
        }
        let (home, moid) = self.home(next, item).ok_or(StatusCode::NOT_ALLOWED)?;
        let all = Instances::of(next, |_| true);
        let taken: BTreeSet<&str> = gathered(all.of_object(&moid).map(|one| &*one.miid));
        let is_free = |path: &String| {
            let (_, name) = uri::split(path).unwrap_or_default();
            !taken.contains(name) && next.entry(path).is_none()
        };
        let around = next.entry(&home).map_or(0, |entry| entry.children.len());
        let mut names = (1..=around + taken.len() + 1).map(|number| format!("{home}/m{number}"));
        let path = names.find(is_free).ok_or(StatusCode::COMMAND_FAILED)?;
        let (_, name) = uri::split(&home).ok_or(StatusCode::NOT_ALLOWED)?;
        Ok(Site {
            root: path.clone(),
            name: name.to_owned(),
            path,
            new: Some(moid),
        })
    }

    /// Where instances of an object are kept, and how its identifier is spelt: beside those that are there, where descriptions or the
    /// standard say, else by a name of its own right below the root.
    fn home(&self, next: &Tree, item: &given::Item<'_>) -> Option<(String, String)> {
        let all = Instances::of(next, |_| true);
        let mut others = all.of_object(&item.moid).peekable();
        if others.peek().is_some() {
            return others.find_map(|other| {
                let (parent, own) = uri::split(&other.path)?;
                let is_home = !parent.is_empty() && other.miid == own;
                is_home.then(|| (parent.to_owned(), other.moid.clone()))
            });
        }
        if let Some(home) = next.described.as_ref().and_then(|one| one.home(&item.moid)) {
            return Some(home);
        }
        let bare = crate::dm2::bare_moid(&item.moid);
        let moid = match bare.starts_with("oma:") {
            true => format!("urn:{bare}"),
            false => item.moid.clone(),
        };
        let standard = crate::tree::objects::home(&moid).map(str::to_owned);
        let own = bare.rsplit(':').nth(1).unwrap_or(bare).replace('/', "-");
        let named = item.name().map(str::to_owned);
        let candidates = match standard {
            Some(home) => vec![home],
            None => named.into_iter().chain([own]).collect(),
        };
        let is_home = |home: &String| match next.entry(home) {
            _ if !given::is_name(home) || RESERVED.contains(&home.as_str()) => false,
            None => true,
            // What others keep there is theirs.
            Some(entry) => {
                entry.node.is_interior()
                    && entry.node.mime().is_none_or(str::is_empty)
                    && entry.children.is_empty()
            }
        };
        let home = candidates.into_iter().find(is_home)?;
        Some((home, moid))
    }

    /// The addresses of what was stored, with the identifiers as they were spelt.
    fn created(&self, next: &Tree, made: Vec<(String, String)>) -> Vec<String> {
        let later = Access::of(next, self.requester);
        let address = |(moid, path): (String, String)| {
            let around = later.shown.iter().filter(|instance| {
                let below = path.strip_prefix(&*instance.path);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            let instance = around.max_by_key(|instance| instance.path.len())?;
            Some(later.address(&moid, &Place { instance, path }))
        };
        made.into_iter().filter_map(address).collect()
    }
}

/// What is no home for new objects.
const RESERVED: [&str; 4] = ["DevInfo", "DevDetail", "Inbox", dacmo::HOME];

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
        Resolved::Ask(call) => return Err(Stop::Ask(call)),
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
