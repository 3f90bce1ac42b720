//! A management tree as simple as can be: a map from paths to nodes, and the rules of the specification one after the other.

use std::collections::{BTreeMap, BTreeSet};

/// Rights by server; `*` is everybody.
pub(crate) type List = BTreeMap<&'static str, BTreeSet<&'static str>>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thing {
    /// None where it has children instead.
    pub(crate) value: Option<String>,
    pub(crate) list: List,
    pub(crate) title: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) things: BTreeMap<String, Thing>,
    pub(crate) room: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Get(String),
    Add(String, String),
    AddNode(String),
    Replace(String, String),
    Delete(String),
    Copy(String, String),
    Rename(String, String),
    Title(String, String),
    SetList(String, List),
}

pub(crate) fn above(path: &str) -> Option<&str> {
    match path.rfind('/') {
        Some(at) => Some(&path[..at]),
        None if path.is_empty() => None,
        None => Some(""),
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Whether one path is another or below it.
fn is_at(path: &str, top: &str) -> bool {
    top.is_empty()
        || path == top
        || path
            .strip_prefix(top)
            .is_some_and(|rest| rest.starts_with('/'))
}

pub(crate) fn written(list: &List) -> String {
    let entry = |(right, servers): (&&str, &BTreeSet<&str>)| {
        let all = if servers.contains("*") {
            vec!["*"]
        } else {
            servers.iter().copied().collect()
        };
        format!("{right}={}", all.join("+"))
    };
    list.iter().map(entry).collect::<Vec<_>>().join("&")
}

impl Model {
    pub(crate) fn new(list: List, room: usize) -> Self {
        let root = Thing {
            value: None,
            list,
            title: String::new(),
        };
        Self {
            things: BTreeMap::from([(String::new(), root)]),
            room,
        }
    }

    fn may(&self, server: &str, right: &str, path: &str) -> bool {
        let mut at = path;
        loop {
            let list = self
                .things
                .get(at)
                .map(|thing| &thing.list)
                .filter(|list| !list.is_empty());
            if let Some(list) = list {
                return list
                    .get(right)
                    .is_some_and(|who| who.contains("*") || who.contains(server));
            }
            match above(at) {
                Some(up) => at = up,
                None => return false,
            }
        }
    }

    fn everybody_reads(&self, path: &str) -> bool {
        self.may("nobody in particular", "Get", path)
    }

    fn below(&self, path: &str) -> Vec<String> {
        self.things
            .keys()
            .filter(|other| is_at(other, path))
            .cloned()
            .collect()
    }

    pub(crate) fn children(&self, path: &str) -> Vec<&str> {
        let children = self
            .things
            .keys()
            .filter(|other| above(other) == Some(path));
        children.map(|child| name(child)).collect()
    }

    fn list_for_new(&self, server: &'static str, path: &str) -> List {
        let parent = above(path).unwrap();
        if self.may(server, "Replace", parent) {
            return List::new();
        }
        let readers = if self.everybody_reads(parent) {
            "*"
        } else {
            server
        };
        let mut list = List::from([("Get", BTreeSet::from([readers]))]);
        for right in ["Add", "Delete", "Replace"] {
            list.insert(right, BTreeSet::from([server]));
        }
        list
    }

    fn place_for_new(&self, server: &str, path: &str) -> Result<(), u16> {
        match self.things.get(above(path).unwrap()) {
            None => Err(404),
            Some(parent) if parent.value.is_some() => Err(405),
            Some(_) if !self.may(server, "Add", above(path).unwrap()) => Err(425),
            Some(_) => Ok(()),
        }
    }

    fn put(&mut self, server: &'static str, path: &str, value: Option<String>) -> Result<(), u16> {
        if self.things.len() >= self.room {
            return Err(420);
        }
        let list = match value {
            None => self.list_for_new(server, path),
            Some(_) => List::new(),
        };
        let thing = Thing {
            value,
            list,
            title: String::new(),
        };
        self.things.insert(path.to_owned(), thing);
        Ok(())
    }

    /// What a deed comes to: its status, and what a Get finds.
    pub(crate) fn does(&mut self, server: &'static str, deed: &Deed) -> (u16, Option<String>) {
        let before = self.clone();
        match self.tries(server, deed) {
            Ok(found) => (200, found),
            Err(status) => {
                *self = before;
                (status, None)
            }
        }
    }

    fn tries(&mut self, server: &'static str, deed: &Deed) -> Result<Option<String>, u16> {
        let need = |model: &Self, right: &str, path: &str| match model.may(server, right, path) {
            true => Ok(()),
            false => Err(425u16),
        };
        match deed {
            Deed::Get(path) => {
                let thing = self.things.get(path).ok_or(404u16)?;
                need(self, "Get", path)?;
                let found = thing
                    .value
                    .clone()
                    .unwrap_or_else(|| self.children(path).join("/"));
                return Ok(Some(found));
            }
            Deed::Add(path, _) | Deed::AddNode(path) => {
                if self.things.contains_key(path) {
                    return Err(418);
                }
                self.place_for_new(server, path)?;
                let value = match deed {
                    Deed::Add(_, value) => Some(value.clone()),
                    _ => None,
                };
                self.put(server, path, value)?;
            }
            Deed::Replace(path, value) => {
                let interior = self.things.get(path).ok_or(404u16)?.value.is_none();
                need(self, "Replace", path)?;
                if interior {
                    return Err(405);
                }
                self.things.get_mut(path).unwrap().value = Some(value.clone());
            }
            Deed::Delete(path) => {
                if !self.things.contains_key(path) {
                    return Err(404);
                }
                need(self, "Delete", path)?;
                if path.is_empty() {
                    return Err(405);
                }
                self.things.retain(|other, _| !is_at(other, path));
            }
            Deed::Copy(from, to) => {
                if !self.things.contains_key(from) {
                    return Err(404);
                }
                let copied = self.below(from);
                for path in &copied {
                    need(self, "Get", path)?;
                }
                if is_at(to, from) {
                    return Err(403);
                }
                let source = self.things[from].clone();
                match self.things.get(to) {
                    Some(target) if target.value.is_none() => return Err(418),
                    Some(_) => {
                        need(self, "Replace", to)?;
                        let value = source.value.ok_or(403u16)?;
                        self.things.get_mut(to).unwrap().value = Some(value);
                    }
                    None => {
                        self.place_for_new(server, to)?;
                        for path in copied {
                            let value = self.things[&path].value.clone();
                            let target = format!("{to}{}", &path[from.len()..]);
                            self.put(server, &target, value)?;
                        }
                    }
                }
            }
            Deed::Rename(path, new) => {
                if !self.things.contains_key(path) {
                    return Err(404);
                }
                need(self, "Replace", path)?;
                let Some(parent) = above(path) else {
                    return Err(405);
                };
                let to = if parent.is_empty() {
                    new.clone()
                } else {
                    format!("{parent}/{new}")
                };
                if &to == path {
                    return Ok(None);
                }
                if self.things.contains_key(&to) {
                    return Err(418);
                }
                for old in self.below(path) {
                    let thing = self.things.remove(&old).unwrap();
                    self.things
                        .insert(format!("{to}{}", &old[path.len()..]), thing);
                }
            }
            Deed::Title(path, title) => {
                if !self.things.contains_key(path) {
                    return Err(404);
                }
                need(self, "Replace", path)?;
                self.things.get_mut(path).unwrap().title = title.clone();
            }
            Deed::SetList(path, list) => {
                let thing = self.things.get(path).ok_or(404u16)?;
                let by_parent =
                    above(path).is_some_and(|parent| self.may(server, "Replace", parent));
                let by_itself = thing.value.is_none() && self.may(server, "Replace", path);
                if !by_parent && !by_itself {
                    return Err(425);
                }
                let all_add = list.get("Add").is_some_and(|who| who.contains("*"));
                if path.is_empty() && !all_add {
                    return Err(405);
                }
                self.things.get_mut(path).unwrap().list = list.clone();
            }
        }
        Ok(None)
    }
}
