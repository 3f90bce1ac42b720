//! Which instances a server knows of, and what it may do with them.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dm2::{ClientUri, Dialect, Step, SupportedMo, bare_moid};
use crate::order::gathered;
use crate::status::StatusCode;
use crate::steps;
use crate::tree::instances::{Instance, Instances, Place, Resolved, Spelling};
use crate::tree::operation::{HostCall, HostCallKind, HostValues};
use crate::tree::rights::Actor;
use crate::tree::store::{Entry, Tree};
use crate::uri;

use super::codes::of_v2;
use super::dacmo::{Controls, Grants};

/// A server of DM 2.0 that wants something.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
    /// The identifier of the account, never what a header says.
    pub server: &'a str,
    /// How it spells addresses.
    pub dialect: Dialect,
    /// The identifiers of the objects that it was granted, where the host knows them. Otherwise the accounts in the tree say it; where
    /// there are none of DM 2.0, it was granted all.
    pub objects: Option<&'a [String]>,
    /// What tells the validators of this tree from those of one before it; without it there are none.
    pub epoch: Option<u64>,
    /// Milliseconds since 1970, where a clock is at hand.
    pub now: Option<u64>,
}

impl<'a> Requester<'a> {
    pub(super) fn actor(&self) -> Actor<'a> {
        Actor {
            server: self.server,
            now: self.now,
        }
    }

    pub(super) fn spelling(&self) -> Spelling {
        match self.dialect {
            Dialect::Draft => Spelling::Path,
            Dialect::Approved => Spelling::Instance,
        }
    }
}

/// What is done with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Its data is read.
    Read,
    /// It is changed or removed.
    Write,
    /// A node of it is run.
    Execute,
    /// What others may do with it is changed.
    Delegate,
}

/// What a server may do with an instance and all nodes in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Everything.
    pub const ALL: Self = Self(15);

    const LETTERS: [(char, Deed); 4] = [
        ('R', Deed::Read),
        ('W', Deed::Write),
        ('X', Deed::Execute),
        ('D', Deed::Delegate),
    ];

    /// One alone.
    pub const fn of(deed: Deed) -> Self {
        Self(1 << deed as u8)
    }

    /// Reads a mask: a subset of `RWXD`.
    pub fn parse(mask: &str) -> Option<Self> {
        let one = |rights: Self, letter| {
            let known = Self::LETTERS.iter().find(|(known, _)| *known == letter);
            known.map(|(_, deed)| rights.and(Self::of(*deed)))
        };
        mask.chars().try_fold(Self::NONE, one)
    }

    /// Whether it may be done.
    pub const fn allow(self, deed: Deed) -> bool {
        self.0 & Self::of(deed).0 != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl std::fmt::Display for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letters = Self::LETTERS.iter().filter(|(_, deed)| self.allow(*deed));
        letters
            .map(|(letter, _)| *letter)
            .try_for_each(|letter| std::fmt::Write::write_char(f, letter))
    }
}

/// What a server may see and do in a tree as it is. To be made anew when the tree has changed.
#[derive(Clone, Debug)]
pub struct Access<'a> {
    pub(super) requester: Requester<'a>,
    view: Arc<View>,
}

/// What a server may see and do in the nodes of a tree, to be used again as long as they are the same.
#[derive(Clone, Debug)]
pub struct Seen(Arc<View>);

/// The same, whatever the server wants.
#[derive(Debug)]
pub struct View {
    /// The nodes of the tree, or later ones of which all of this holds as well.
    root: Mutex<Arc<Entry>>,
    /// Those with which it may do anything.
    pub(super) shown: Instances,
    /// Those of objects that it was granted.
    pub(super) granted: Instances,
    /// What it may do with each instance of the tree, by the path of its root; nothing where the object was not granted.
    rights: BTreeMap<String, Option<Rights>>,
    /// The identifiers that it was granted; nothing for all.
    moids: Option<BTreeSet<String>>,
    pub(super) controls: Controls,
}

impl std::ops::Deref for Access<'_> {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl<'a> Access<'a> {
    /// What a server may do in a tree.
    ///
    /// An object that it was not granted is not there for it. Rights are those that the access control objects of the tree give
    /// (`urn:oma:mo:oma-dm-dacmo:1.0`); where the tree has neither any of them nor a node `./DACMO` for them, every server has all rights.
    pub fn of(tree: &Tree, requester: Requester<'a>) -> Self {
        let view = Arc::new(View::of(tree, requester));
        Self { requester, view }
    }

    /// The same, which is made anew only where the tree is not as the server saw it last: the same server, with the same objects granted.
    pub fn again(tree: &Tree, requester: Requester<'a>, seen: &mut Option<Seen>) -> Self {
        let known = seen.as_ref().map(|seen| &seen.0);
        if let Some(view) = known.filter(|view| view.is_of(tree.root())) {
            let view = Arc::clone(view);
            return Self { requester, view };
        }
        let access = Self::of(tree, requester);
        *seen = Some(Seen(Arc::clone(&access.view)));
        access
    }
}

impl View {
    fn of(tree: &Tree, requester: Requester<'_>) -> Self {
        let all = Instances::of(tree, |_| true);
        let moids = match requester.objects {
            Some(moids) => Some(
                moids
                    .iter()
                    .map(|moid| bare_moid(moid).to_owned())
                    .collect(),
            ),
            None => Grants::of(tree, &all).to(requester.server),
        };
        let controls = Controls::of(tree, &all);
        let rights = |instance: &Instance| {
            let is_granted = is_granted(moids.as_ref(), &instance.moid);
            is_granted.then(|| controls.rights(instance, requester.server))
        };
        let rights = all
            .iter()
            .map(|instance| (instance.path.clone(), rights(instance)));
        let rights: BTreeMap<String, Option<Rights>> = gathered(rights);
        let right = |instance: &Instance| rights.get(&instance.path).copied().flatten();
        let readable = rights.iter().map(|(path, rights)| {
            let is_readable = rights.is_some_and(|rights| rights.allow(Deed::Read));
            (path.clone(), is_readable)
        });
        let all = all.readable(gathered(readable));
        let granted = all.only(|instance| right(instance).is_some());
        let is_shown = |instance: &Instance| right(instance).is_some_and(|one| one != Rights::NONE);
        let shown = granted.clone().only(is_shown);
        Self {
            root: Mutex::new(Arc::clone(tree.root())),
            shown,
            granted,
            rights,
            moids,
            controls,
        }
    }
}

impl View {
    fn root(&self) -> MutexGuard<'_, Arc<Entry>> {
        // Half a pointer is never there.
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_of(&self, root: &Arc<Entry>) -> bool {
        Arc::ptr_eq(&self.root(), root)
    }

    /// Holds of a tree as it is now, in which no instance, account or access control object is another than in what was there before.
    pub(super) fn keep(&self, before: &Arc<Entry>, tree: &Tree) {
        if self.is_of(before) {
            *self.root() = Arc::clone(tree.root());
        }
    }
}

impl Access<'_> {
    /// The instances that the server knows of.
    pub fn instances(&self) -> &Instances {
        &self.shown
    }

    /// The objects as package 1 lists them.
    pub fn supported(&self) -> Vec<SupportedMo> {
        self.shown.supported(self.requester.spelling())
    }

    /// Whether an object was granted to the server; its identifier counts with and without `urn:`.
    pub fn grants(&self, moid: &str) -> bool {
        is_granted(self.moids.as_ref(), moid)
    }

    /// What the server may do at a path: what it may do with the nearest instance around it. Nothing where that was not granted.
    pub(super) fn rights_at(&self, path: &str) -> Option<Rights> {
        let mut at = Some(path);
        while let Some(path) = at {
            steps::add_lookup(path.len(), self.rights.len());
            if let Some(rights) = self.rights.get(path) {
                return *rights;
            }
            at = uri::split(path).map(|(parent, _)| parent);
        }
        None
    }

    /// Whether the root of an instance is at a path.
    pub(super) fn is_root(&self, path: &str) -> bool {
        self.rights.contains_key(path)
    }

    /// The roots of instances inside that at a path which may not be read.
    pub(super) fn closed_below(&self, path: &str) -> impl Iterator<Item = &str> {
        steps::add_lookup(path.len(), self.rights.len());
        let start = [path, "/"].concat();
        let behind = self
            .rights
            .range::<str, _>((Bound::Excluded(&*start), Bound::Unbounded));
        let inside = behind.take_while(move |(path, _)| path.starts_with(&start));
        let closed = inside.filter(|(_, rights)| {
            steps::add(1);
            !rights.is_some_and(|rights| rights.allow(Deed::Read))
        });
        closed.map(|(path, _)| path.as_str())
    }

    /// 404 at a path of an object that was not granted, 403 where the right is missing.
    pub fn need(&self, deed: Deed, path: &str) -> Result<(), StatusCode> {
        match self.rights_at(path) {
            None => Err(StatusCode::NOT_FOUND),
            Some(rights) if rights.allow(deed) => Ok(()),
            Some(_) => Err(StatusCode::FORBIDDEN),
        }
    }

    /// The nodes that a ClientURI stands for, and what it says besides; rights on them are not looked at.
    ///
    /// The error is the status to answer: that of [`Instances::resolve`], and 403 where an instance with which the server may do nothing is
    /// named, or is one that an address without a name stands for while the server may do something with none of the object. To all other
    /// addresses such instances are not there.
    pub fn resolve(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
    ) -> Result<(ClientUri, Resolved<'_>), StatusCode> {
        self.resolve_within(tree, text, values, &Cell::new(usize::MAX))
    }

    /// The same, but 413 for what takes more than `left` nodes to find; what it takes is taken off.
    pub(super) fn resolve_within(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
        left: &Cell<usize>,
    ) -> Result<(ClientUri, Resolved<'_>), StatusCode> {
        let found = self.find(tree, text, values, left);
        found.map_err(|code| self.unless_all_closed(code, text))
    }

    /// The same as [`resolve`](Self::resolve), but 404 for what no name leads to: there an instance may be made.
    pub(super) fn resolve_named(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
    ) -> Result<(ClientUri, Resolved<'_>), StatusCode> {
        self.find(tree, text, values, &Cell::new(usize::MAX))
    }

    fn find(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
        left: &Cell<usize>,
    ) -> Result<(ClientUri, Resolved<'_>), StatusCode> {
        let spelling = self.requester.spelling();
        let found = self
            .shown
            .resolve_within(tree, text, spelling, values, left);
        match found {
            Err(StatusCode::NOT_FOUND) if self.is_closed(text) => Err(StatusCode::FORBIDDEN),
            found => found,
        }
    }

    /// 403 instead of 404 for an address that stands for the only instance or for all of them, where the server may do nothing with any.
    pub(super) fn unless_all_closed(&self, code: StatusCode, text: &str) -> StatusCode {
        let uri = self.granted.parse(text, self.requester.spelling());
        let is_one = uri.is_ok_and(|uri| {
            matches!(uri.instance, None | Some(Step::All))
                && self.granted.of_object(&uri.moid).next().is_some()
                && self.shown.of_object(&uri.moid).next().is_none()
        });
        match code {
            StatusCode::NOT_FOUND if is_one => StatusCode::FORBIDDEN,
            code => code,
        }
    }

    /// Whether an address names an instance with which the server may do nothing.
    fn is_closed(&self, text: &str) -> bool {
        let uri = self.granted.parse(text, Spelling::Instance);
        uri.is_ok_and(|uri| {
            let name = uri.instance.as_ref().and_then(Step::as_name);
            name.is_some_and(|name| {
                self.granted.named(&uri.moid, name).is_some()
                    && self.shown.named(&uri.moid, name).is_none()
            })
        })
    }

    /// What is to be asked of the host so that a node is run: to run it, or first for values on which the address depends.
    ///
    /// The error is the status to answer: 400 where the address is malformed or stands for several nodes, 404, 403, and 405 for what cannot be
    /// run.
    pub fn exec(
        &self,
        tree: &Tree,
        text: &str,
        values: &HostValues,
    ) -> Result<Vec<HostCall>, StatusCode> {
        let places = match self.resolve(tree, text, values)?.1 {
            Resolved::Ask(calls) => return Ok(calls),
            Resolved::Places(places) => places,
        };
        let [Place { path, .. }] = places.as_slice() else {
            return Err(StatusCode::BAD_REQUEST);
        };
        self.need(Deed::Execute, path)?;
        tree.need_startable(path).map_err(of_v2)?;
        Ok(vec![HostCall {
            kind: HostCallKind::Exec,
            path: path.clone(),
            data: None,
            format: None,
            mime: None,
        }])
    }
}

fn is_granted(moids: Option<&BTreeSet<String>>, moid: &str) -> bool {
    moids.is_none_or(|moids| moids.contains(bare_moid(moid)))
}
