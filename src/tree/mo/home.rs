//! Where instances that are made go, and what they are called.

use std::collections::{BTreeMap, BTreeSet};

use crate::dm2::bare_moid;
use crate::steps;
use crate::tree::instances::Instances;
use crate::tree::objects;
use crate::tree::store::Tree;
use crate::uri;

use super::dacmo;
use super::given;

/// What is no home for new objects.
const RESERVED: [&str; 4] = ["DevInfo", "DevDetail", "Inbox", dacmo::HOME];

/// The homes of objects in a draft.
pub(super) struct Homes {
    /// The instances that there were before, once they are wanted.
    before: Option<Instances>,
    /// By identifiers without `urn:`.
    objects: BTreeMap<String, Home>,
}

/// Where the instances of an object are kept.
#[derive(Clone, Debug)]
struct Home {
    path: String,
    /// The identifier as it is spelt there.
    moid: String,
    /// What was given out last.
    number: usize,
    /// It takes no second one: beneath another instance those of an object are told apart by their paths.
    is_full: bool,
}

/// The place of an instance that is to be made.
pub(super) struct NewPlace {
    pub(super) path: String,
    /// The identifier as it is to be spelt.
    pub(super) moid: String,
    /// What the root is called in data.
    pub(super) name: String,
}

impl Homes {
    pub(super) const fn new() -> Self {
        Self {
            before: None,
            objects: BTreeMap::new(),
        }
    }

    /// The next free place for an instance of an object. `tree` is what the draft `next` began with, `name` is what the data calls it.
    pub(super) fn next(
        &mut self,
        tree: &Tree,
        next: &Tree,
        moid: &str,
        name: Option<&str>,
    ) -> Option<NewPlace> {
        let before = self
            .before
            .get_or_insert_with(|| Instances::of(tree, |_| true));
        let key = bare_moid(moid);
        steps::add_lookup(key.len(), self.objects.len());
        if !self.objects.contains_key(key) {
            let home = Home::of(before, next, moid, name)?;
            self.objects.insert(key.to_owned(), home);
        }
        let home = self.objects.get_mut(key).filter(|home| !home.is_full)?;
        let is_free = |path: &String| {
            let (_, name) = uri::split(path).unwrap_or_default();
            before.named(moid, name).is_none() && next.entry(path).is_none()
        };
        let numbers = home.number + 1..=usize::MAX;
        let mut names = numbers.map(|number| (number, format!("{}/m{number}", home.path)));
        let (number, path) = names.find(|(_, path)| is_free(path))?;
        home.number = number;
        let is_typed = next
            .node(&home.path)
            .is_some_and(|node| node.mime().is_some_and(|mime| !mime.is_empty()));
        home.is_full = is_typed && before.of_object(moid).next().is_none();
        let (_, name) = uri::split(&home.path)?;
        Some(NewPlace {
            path,
            moid: home.moid.clone(),
            name: name.to_owned(),
        })
    }
}

impl Home {
    fn at(path: String, moid: String) -> Self {
        Self {
            path,
            moid,
            number: 0,
            is_full: false,
        }
    }

    /// Beside those that are there, where descriptions or the standard say, else by a name of its own right below the root.
    fn of(before: &Instances, next: &Tree, moid: &str, name: Option<&str>) -> Option<Self> {
        let mut others = before.of_object(moid).peekable();
        if others.peek().is_some() {
            return others.find_map(|other| {
                let (parent, own) = uri::split(&other.path)?;
                let is_home = !parent.is_empty() && other.miid == own;
                is_home.then(|| Self::at(parent.to_owned(), other.moid.clone()))
            });
        }
        if let Some((home, moid)) = next.described.as_ref().and_then(|one| one.home(moid)) {
            return Some(Self::at(home, moid));
        }
        let bare = bare_moid(moid);
        let moid = match bare.starts_with("oma:") {
            true => format!("urn:{bare}"),
            false => moid.to_owned(),
        };
        let standard = objects::home(&moid).map(str::to_owned);
        let own = bare.rsplit(':').nth(1).unwrap_or(bare).replace('/', "-");
        let candidates = match standard {
            Some(home) => vec![home],
            None => name.map(str::to_owned).into_iter().chain([own]).collect(),
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
        Some(Self::at(home, moid))
    }
}

/// Names for what the device makes at one place: `m1`, `m2` and so on.
pub(super) struct Numbered {
    number: usize,
}

impl Numbered {
    pub(super) const fn new() -> Self {
        Self { number: 0 }
    }

    /// The next path below `home` at which nothing is.
    pub(super) fn next(&mut self, next: &Tree, home: &str) -> Option<String> {
        let mut names = (self.number + 1..=usize::MAX).map(|number| {
            let path = format!("{home}/m{number}");
            (number, path)
        });
        let (number, path) = names.find(|(_, path)| next.entry(path).is_none())?;
        self.number = number;
        Some(path)
    }
}

/// Whether any of these paths is at or above one.
pub(super) fn is_within_any(roots: &BTreeSet<String>, path: &str) -> bool {
    let mut at = Some(path);
    while let Some(path) = at.filter(|_| !roots.is_empty()) {
        steps::add_lookup(path.len(), roots.len());
        if roots.contains(path) {
            return true;
        }
        at = uri::split(path).map(|(parent, _)| parent);
    }
    false
}
