//! What a tree says of rights, followed from item to item of a message: an item costs what it changes, however much there is.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::btree_map::{self, BTreeMap};
use std::sync::Arc;

use crate::dm2::{ClientUri, Step, bare_moid};
use crate::order::gathered;
use crate::status::StatusCode;
use crate::tree::change::{By, Touched, line};
use crate::tree::instances::Instances;
use crate::tree::objects;
use crate::tree::store::{Entry, Tree};

use super::accounts::{self, Kept, Owners};
use super::called::{Called, Key, at_and_below};
use super::dacmo::{self, Control, Controls, Grants};
use super::home::is_within_any;
use super::put::checked;

/// What is known of a tree while commands are executed on it. It can be made again at any time, so executions are the same with and without it.
#[derive(Debug, Default)]
pub(in crate::tree) struct Standing {
    known: Option<Box<Known>>,
    watched: Option<Watched>,
    /// Where an Atomic began that is under way.
    mark: Option<Mark>,
    /// What subscriptions were to that is gone: the name is empty where it was the last of its object.
    lost: BTreeSet<Key>,
}

impl Clone for Standing {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Standing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Standing {}

/// Instances, access control objects and accounts of DM 2.0.
#[derive(Debug)]
struct Known {
    /// The nodes of which it holds.
    root: Arc<Entry>,
    called: Called,
    controls: Controls,
    grants: Grants,
    owners: Owners,
}

/// How to come back to what was known.
#[derive(Debug)]
struct Mark {
    root: Arc<Entry>,
    done: Vec<Done>,
}

/// What was known before a turn of that which it changed.
#[derive(Debug)]
struct Done {
    turn: Turn,
    replaced: Vec<(String, Control)>,
    gone: Vec<(String, Key, Control)>,
}

/// What subscriptions are to, as they were at a revision.
#[derive(Debug)]
struct Watched {
    changed: u32,
    instances: BTreeSet<Key>,
    objects: BTreeSet<String>,
}

/// Instances with their paths.
type Found = Vec<(String, Key)>;

/// What a draft changes of that.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The instances that were where all is another, and those that are.
    old: Found,
    new: Found,
    /// What instances were called that may be called something else.
    names: BTreeMap<String, Option<Key>>,
    /// What access control objects say.
    controls: Vec<(String, Control)>,
    /// The roots of new accounts.
    made: Vec<String>,
    /// The access control objects of instances that are gone.
    pub(super) gone: Vec<String>,
}

impl Turn {
    /// The instances that are gone.
    pub(super) fn lost(&self) -> Found {
        let stays: BTreeSet<&(String, Key)> = gathered(&self.new);
        let old = self.old.iter();
        old.filter(|one| !stays.contains(one)).cloned().collect()
    }
}

impl Standing {
    /// Follows a draft of a server, unless it changes what this may not.
    pub(super) fn turn(
        &mut self,
        tree: &Tree,
        next: &Tree,
        touched: &Touched<'_>,
        server: &str,
    ) -> Result<Turn, StatusCode> {
        let known = self.known.take();
        let known = known.filter(|known| Arc::ptr_eq(&known.root, tree.root()));
        let known = known.unwrap_or_else(|| {
            self.mark = None;
            Box::new(Known::of(tree))
        });
        let known = self.known.insert(known);
        let mut turn = known.follow(next, touched);
        match known.check(tree, next, touched, server, &mut turn) {
            Ok(()) => Ok(turn),
            Err(code) => {
                known.undo(&turn);
                Err(code)
            }
        }
    }

    /// The draft was not meant.
    pub(super) fn undo(&mut self, turn: &Turn) {
        if let Some(known) = &mut self.known {
            known.undo(turn);
        }
    }

    /// Takes the access control objects of instances that are gone out of the draft.
    pub(super) fn take_out(&mut self, next: &mut Tree, turn: &Turn) -> Result<(), StatusCode> {
        let Some(known) = &mut self.known else {
            return Ok(());
        };
        let taken = dacmo::take_out(next, &known.controls, &turn.gone);
        if taken.is_err() {
            known.undo(turn);
        }
        taken
    }

    /// The draft has taken the tree's place.
    pub(super) fn commit(&mut self, tree: &Tree, turn: Turn) {
        if let Some(known) = &mut self.known {
            let done = known.commit(tree, turn);
            if let Some(mark) = &mut self.mark {
                mark.done.push(done);
            }
        }
    }

    /// An Atomic begins on a tree.
    pub(in crate::tree) fn begin(&mut self, tree: &mut Tree) {
        self.settle(tree);
        let Some(known) = &mut self.known else {
            return;
        };
        // The first that fails takes what is known with it, no other one does.
        if !Arc::ptr_eq(&known.root, tree.root()) {
            **known = Known::of(tree);
        }
        self.mark = Some(Mark {
            root: Arc::clone(tree.root()),
            done: Vec::new(),
        });
    }

    /// It has succeeded.
    pub(super) fn succeed(&mut self) {
        self.mark = None;
    }

    /// It has failed: the tree is as it was when it began.
    pub(in crate::tree) fn give_up(&mut self) {
        let Some((known, mark)) = self.known.as_mut().zip(self.mark.take()) else {
            return;
        };
        // Grants are only ever more.
        if mark.done.iter().all(|done| done.turn.made.is_empty()) {
            for done in mark.done.into_iter().rev() {
                known.take_back(done);
            }
            known.root = mark.root;
        }
    }

    /// Whether anything is known.
    pub(super) const fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// A tree has changed in nothing that this is about.
    pub(super) fn keep(&mut self, before: &Arc<Entry>, tree: &Tree) {
        let known = self.known.as_mut();
        let known = known.filter(|known| Arc::ptr_eq(&known.root, before));
        if let Some(known) = known {
            known.root = Arc::clone(tree.root());
        }
    }

    /// Notes which of the instances that are gone from a tree subscriptions were to; these are forgotten when it is [settled](Self::settle).
    pub(super) fn lose(&mut self, tree: &Tree, lost: &[(String, Key)]) {
        if lost.is_empty() || tree.subscriptions().is_empty() {
            return;
        }
        let changed = tree.services.changed;
        let watched = self.watched.take();
        let watched = watched.filter(|watched| watched.changed == changed);
        let watched = self
            .watched
            .insert(watched.unwrap_or_else(|| Watched::of(tree)));
        let known = self.known.as_ref();
        let known = known.filter(|known| Arc::ptr_eq(&known.root, tree.root()));
        for (path, key) in lost {
            let [own, by_path, any] = names(path, key);
            let (moid, _) = key;
            let is_last = known.is_none_or(|known| !known.called.has(moid));
            let are_watched = [
                watched.instances.remove(&own),
                watched.instances.remove(&by_path),
                is_last && watched.objects.remove(moid),
            ];
            let gone = [own, by_path, any].into_iter().zip(are_watched);
            let gone = gone.filter(|(_, is_watched)| *is_watched);
            self.lost.extend(gone.map(|(name, _)| name));
        }
    }

    /// Forgets subscriptions to instances that are gone.
    pub(in crate::tree) fn settle(&mut self, tree: &mut Tree) {
        if !self.lost.is_empty() {
            self.lost.clear();
            tree.forget_gone();
        }
    }

    /// The same before one that is called the same takes its place.
    pub(super) fn settle_before(&mut self, tree: &mut Tree, turn: &Turn) {
        let is_lost = |(path, key): &(String, Key)| {
            names(path, key).iter().any(|name| self.lost.contains(name))
        };
        if !self.lost.is_empty() && turn.new.iter().any(is_lost) {
            self.settle(tree);
        }
    }
}

/// What an instance may be called, by its path and by what it would be called if no other were, and what stands for all of its object.
fn names(path: &str, key: &Key) -> [Key; 3] {
    let (moid, _) = key;
    let of = |name: &str| (moid.clone(), name.to_owned());
    [key.clone(), of(path), of("")]
}

impl Watched {
    fn of(tree: &Tree) -> Self {
        let mut watched = Self {
            changed: tree.services.changed,
            instances: BTreeSet::new(),
            objects: BTreeSet::new(),
        };
        for one in tree.subscriptions() {
            let Ok(uri) = ClientUri::parse(&one.uri) else {
                continue;
            };
            let moid = bare_moid(&uri.moid).to_owned();
            if let Some(name) = uri.instance.as_ref().and_then(Step::as_name) {
                let name = name.to_owned();
                watched.instances.insert((moid.clone(), name));
            }
            watched.objects.insert(moid);
        }
        watched
    }
}

impl Known {
    fn of(tree: &Tree) -> Self {
        let all = Instances::of(tree, |_| true);
        let mut owners = Owners::default();
        for account in all.of_object(dacmo::ACCOUNT) {
            owners.add(tree, &account.path);
        }
        Self {
            root: Arc::clone(tree.root()),
            called: Called::of(tree),
            controls: Controls::of(tree, &all),
            grants: Grants::of(tree, &all),
            owners,
        }
    }

    /// Follows what instances are called.
    fn follow(&mut self, next: &Tree, touched: &Touched<'_>) -> Turn {
        let mut turn = Turn::default();
        for top in &touched.whole {
            for path in self.called.below(top) {
                self.note(&path, None, &mut turn);
                if let Some(key) = self.called.take(&path) {
                    turn.old.push((path, key));
                }
            }
            for (path, key) in at_and_below(next, top) {
                self.note(&path, Some(&key), &mut turn);
                self.called.put(path.clone(), key.clone());
                turn.new.push((path, key));
            }
        }
        turn
    }

    /// Notes what those are called that may be called something else.
    fn note(&self, path: &str, new: Option<&Key>, turn: &mut Turn) {
        let key = new.cloned().or_else(|| self.called.own_key(path));
        let near = key.map(|key| self.called.near(path, &key));
        for path in near.into_iter().flatten() {
            if let btree_map::Entry::Vacant(slot) = turn.names.entry(path) {
                let key = self.called.key(slot.key());
                slot.insert(key);
            }
        }
    }

    fn undo(&mut self, turn: &Turn) {
        for (path, _) in &turn.new {
            self.called.take(path);
        }
        for (path, key) in &turn.old {
            self.called.put(path.clone(), key.clone());
        }
    }

    fn check(
        &self,
        tree: &Tree,
        next: &Tree,
        touched: &Touched<'_>,
        server: &str,
        turn: &mut Turn,
    ) -> Result<(), StatusCode> {
        accounts::need_same_grants(tree, next, touched, Kept::OfDm2)?;
        let grants = || Cow::Borrowed(&self.grants);
        turn.controls = checked(server, &self.controls, tree, next, Kept::OfDm2, grants)?;
        let [old, new] = [&turn.old, &turn.new].map(|found| of_object(found, dacmo::ACCOUNT));
        turn.made = new
            .difference(&old)
            .map(|path| (*path).to_owned())
            .collect();
        self.need_new_names(next, &turn.made, server)?;
        let [old, new] = [&turn.old, &turn.new].map(|found| of_object(found, dacmo::DACMO));
        let are_kept = dacmo::has_home(next) || !self.controls.by_path.is_empty();
        if old != new || are_kept != self.controls.are_kept {
            // The device makes them itself.
            return Err(StatusCode::NOT_ALLOWED);
        }
        turn.gone = self.need_same_names(tree, next, &turn.names)?;
        Ok(())
    }

    /// See [`accounts::need_own_names`].
    fn need_new_names(&self, next: &Tree, made: &[String], server: &str) -> Result<(), StatusCode> {
        if made.is_empty() {
            return Ok(());
        }
        let mut others = Owners::default();
        for path in made {
            others.add(next, path);
        }
        for kind in objects::ACCOUNTS {
            let of_v1 = |path: &&String| !accounts::is_of_dm2(next, path);
            for path in self.called.beginning(kind).filter(of_v1) {
                others.add(next, path);
            }
        }
        let has_another = |own: &str| others.count(own) + self.owners.count(own) > 1;
        let is_first = !self.grants.are_kept;
        accounts::need_new_owners(next, made, server, has_another, is_first)
    }

    /// The access control objects of instances that are gone; 405 where one that has some is called something else.
    fn need_same_names(
        &self,
        tree: &Tree,
        next: &Tree,
        names: &BTreeMap<String, Option<Key>>,
    ) -> Result<Vec<String>, StatusCode> {
        let changes = next.changes.behind(tree.revision()).into_iter().flatten();
        let renamed = changes.filter(|change| change.by == By::Rename);
        let renamed: BTreeSet<String> = gathered(renamed.map(|change| change.path.clone()));
        let mut gone = Vec::new();
        for (path, before) in names {
            let Some(before) = before else {
                continue;
            };
            let mut controls = self.controls.paths_of(before).peekable();
            let is_same = self.called.key(path).as_ref() == Some(before);
            if is_same || controls.peek().is_none() {
                continue;
            }
            if next.node(path).is_some() || is_within_any(&renamed, path) {
                return Err(StatusCode::NOT_ALLOWED);
            }
            gone.extend(controls.cloned());
        }
        Ok(gone)
    }

    fn commit(&mut self, tree: &Tree, mut turn: Turn) -> Done {
        let mut gone = Vec::with_capacity(turn.gone.len());
        for path in &turn.gone {
            if let (Some(key), Some(control)) = (self.called.take(path), self.controls.forget(path))
            {
                gone.push((path.clone(), key, control));
            }
        }
        let mut replaced = Vec::with_capacity(turn.controls.len());
        for (path, control) in std::mem::take(&mut turn.controls) {
            let before = self.controls.by_path.insert(path.clone(), control);
            replaced.extend(before.map(|before| (path, before)));
        }
        for path in &turn.made {
            self.grants.add(tree, path);
            self.owners.add(tree, path);
        }
        self.root = Arc::clone(tree.root());
        Done {
            turn,
            replaced,
            gone,
        }
    }

    fn take_back(&mut self, done: Done) {
        self.controls.by_path.extend(done.replaced);
        for (path, key, control) in done.gone {
            self.called.put(path.clone(), key);
            self.controls.put(path, control);
        }
        self.undo(&done.turn);
    }
}

/// The paths of those of an object.
fn of_object<'f>(found: &'f Found, object: &str) -> BTreeSet<&'f str> {
    let of_object = found
        .iter()
        .filter(|(_, (moid, _))| moid == bare_moid(object));
    gathered(of_object.map(|(path, _)| path.as_str()))
}

/// Takes out what is kept of instances that the host has removed at and below a path.
pub(in crate::tree) fn removed(before: &Tree, tree: &mut Tree, path: &str) {
    let all = Instances::of(before, |_| true);
    let controls = Controls::of(before, &all);
    let lost = at_and_below(before, path);
    let lost = lost.iter().filter_map(|(path, _)| all.at(path));
    let gone: Vec<String> = lost
        .flat_map(|instance| controls.paths_of(&dacmo::key(instance)).cloned())
        .collect();
    let mut next = tree.draft();
    let rights = controls.by_path.keys().map(String::as_str);
    let mut rights = rights.chain([dacmo::HOME]);
    // Where there is no place for others they stay: without any all would be open. But the host may take rights away.
    let taken = match rights.any(|kept| line(kept).any(|at| at == path)) {
        true => dacmo::take(&mut next, &gone),
        false => dacmo::take_out(&mut next, &controls, &gone),
    };
    if taken.is_ok() {
        tree.adopt(next);
    }
    tree.forget_gone();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::tree::node::Node;

    const PATHS: [&str; 16] = [
        "a", "b", "0", "P", "P/a", "P/b", "P/0", "Q", "Q/a", "Q/0", "Q/P", "P/a/a", "P/a/x",
        "P/a/x/a", "Q/P/b", "R",
    ];
    const MOIDS: [&str; 4] = ["", "urn:m", "m", "n"];

    /// What instances are called as the whole tree says it.
    fn all(tree: &Tree) -> BTreeMap<String, Key> {
        let all = Instances::of(tree, |_| true);
        all.iter()
            .map(|one| (one.path.clone(), dacmo::key(one)))
            .collect()
    }

    fn known(known: &Known) -> BTreeMap<String, Key> {
        let paths = PATHS.iter().filter_map(|path| {
            let key = known.called.key(path)?;
            Some(((*path).to_owned(), key))
        });
        paths.collect()
    }

    #[test]
    fn names_that_are_followed_are_those_of_the_whole_tree() {
        let mut seed = 1_u32;
        let mut dice = |sides: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % sides
        };
        let mut tree = Tree::new(&Limits::DEFAULT);
        let mut standing = Known::of(&tree);
        let mut changed = 0;
        for _ in 0..5_000 {
            let mut next = tree.draft();
            for _ in 0..=dice(3) {
                let path = PATHS[dice(PATHS.len())];
                let mime = MOIDS[dice(MOIDS.len())].to_owned();
                let node = Node::interior(Some(mime).filter(|mime| !mime.is_empty()));
                let _ = match dice(3) {
                    0 => next.take(path, By::Delete, None).map(drop),
                    _ => next.insert(path, Arc::new(Entry::of(node)), By::Add, None),
                };
            }
            let before = all(&tree);
            let touched = next.changes.touched(tree.revision()).unwrap();
            let turn = standing.follow(&next, &touched);
            let after = all(&next);
            assert_eq!(known(&standing), after);
            for (path, key) in &before {
                if after.get(path) != Some(key) {
                    changed += 1;
                    assert_eq!(turn.names.get(path), Some(&Some(key.clone())), "{path}");
                }
            }
            for (path, key) in turn
                .names
                .iter()
                .filter(|(path, _)| !before.contains_key(*path))
            {
                assert_eq!(*key, None, "{path}");
            }
            match dice(4) {
                0 => {
                    standing.undo(&turn);
                    assert_eq!(known(&standing), before);
                }
                _ => tree.adopt(next),
            }
        }
        assert!(changed > 1_000, "{changed}");
    }
}
