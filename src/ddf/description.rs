//! The rules of one or several device descriptions.

use std::collections::BTreeMap;

use super::model::{CaseSense, Ddf, DdfNode};
use super::rule::Rule;
use crate::error::{Code, Error, Result, excerpt};
use crate::steps;
use crate::uri::{MAX_SEGMENTS, MAX_URI_LEN, display};

/// What stands for a name that is given at run time.
const PLACEHOLDER: &str = "*";

/// What one or several device descriptions come to: a rule for every node.
///
/// Descriptions of the same node are merged, see [`Rule`]; so are nodes side by side whose names are given at run time. Names that differ in
/// case only are different nodes here; where case does not count and none is spelled as asked for, the one described first is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Parents stand before their children; the root is the first.
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) parent: usize,
    /// None for a placeholder, and for the root.
    pub(super) name: Option<String>,
    /// None where only descendants are described.
    pub(super) rule: Option<Rule>,
    depth: usize,
    /// Octets of the path.
    octets: usize,
    fixed: BTreeMap<String, usize>,
    /// Children in whose names case does not count, by their names in lower case.
    folded: BTreeMap<String, usize>,
    placeholder: Option<usize>,
}

impl Description {
    /// Compiles descriptions.
    ///
    /// # Errors
    ///
    /// `Schema` where a Path is no URI of a node, a name is `.` or `..`, or a node lies deeper than 64 segments or 1,024 octets, which no
    /// tree holds; the path of the error is the URI.
    pub fn of(ddfs: &[Ddf]) -> Result<Self> {
        let mut description = Self {
            entries: vec![Entry::default()],
        };
        for ddf in ddfs {
            for node in &ddf.nodes {
                let parent = description.place(node.path.as_deref().unwrap_or("."))?;
                let mut open = vec![(parent, std::slice::from_ref(node).iter())];
                while let Some((parent, rest)) = open.last_mut() {
                    match rest.next() {
                        Some(node) => {
                            let index = description.describe(*parent, node)?;
                            open.push((index, node.nodes.iter()));
                        }
                        None => drop(open.pop()),
                    }
                }
            }
        }
        description.fold();
        Ok(description)
    }

    /// The rule of a node, by the segments of its path; no segment is the root. Fixed names come before placeholders.
    pub fn find(&self, segments: &[&str]) -> Option<&Rule> {
        self.walk(segments)?.rule.as_ref()
    }

    /// All rules, parents before their children, each with the URI of its node, in which `*` is a name that is given at run time.
    pub fn rules(&self) -> impl Iterator<Item = (String, &Rule)> {
        let all = self.entries.iter().enumerate();
        all.filter_map(|(index, entry)| Some((self.uri(index), entry.rule.as_ref()?)))
    }

    /// The most children with names that are given at run time which a node may have, children with fixed names not counted. None where
    /// there is no bound: by the description, or because the parent is not described.
    pub fn max_children(&self, parent: &[&str]) -> Option<u32> {
        let parent = self.walk(parent)?;
        let placeholder = parent
            .placeholder
            .and_then(|index| self.entries.get(index))
            .and_then(|entry| entry.rule.as_ref());
        match placeholder {
            Some(rule) => rule.occurrence.max(),
            None => parent.rule.as_ref().map(|_| 0),
        }
    }

    fn walk(&self, segments: &[&str]) -> Option<&Entry> {
        let mut entry = self.entries.first()?;
        for segment in segments {
            steps::add_lookup(segment.len(), entry.fixed.len());
            let folded = || {
                if entry.folded.is_empty() {
                    return None;
                }
                steps::add_lookup(segment.len(), entry.folded.len());
                entry.folded.get(&segment.to_ascii_lowercase())
            };
            let fixed = entry.fixed.get(*segment).or_else(folded).copied();
            entry = self.entries.get(fixed.or(entry.placeholder)?)?;
        }
        Some(entry)
    }

    /// The entry that a Path names.
    fn place(&mut self, path: &str) -> Result<usize> {
        steps::add(path.len());
        let problem = || Error::input(Code::Schema, "a Path that is no URI").within(excerpt(path));
        let inside = match path {
            "." | "./" => return Ok(0),
            path => path.strip_prefix("./").unwrap_or(path),
        };
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let mut index = 0;
        for segment in inside.split('/') {
            if matches!(segment, "" | "." | "..") {
                return Err(problem().expecting("`./A/B`"));
            }
            let name = (segment != PLACEHOLDER).then_some(segment);
            index = self.child(index, name)?;
        }
        Ok(index)
    }

    fn describe(&mut self, parent: usize, node: &DdfNode) -> Result<usize> {
        let index = match node.name.as_deref() {
            Some(".") if parent == 0 && node.path.is_none() => 0,
            Some(name @ ("." | "..")) => {
                let problem = format!("a node called `{name}`");
                let error = Error::input(Code::Schema, problem);
                return Err(error.within(excerpt(&self.uri(parent))));
            }
            name => self.child(parent, name)?,
        };
        let rule = Rule::of(node);
        if let Some(entry) = self.entries.get_mut(index) {
            match &mut entry.rule {
                Some(known) => known.merge(rule),
                none => *none = Some(rule),
            }
        }
        Ok(index)
    }

    /// The child of that name, made if there is none yet.
    fn child(&mut self, parent: usize, name: Option<&str>) -> Result<usize> {
        let shown = name.unwrap_or(PLACEHOLDER);
        let next = self.entries.len();
        let Some(entry) = self.entries.get_mut(parent) else {
            return Ok(parent);
        };
        steps::add_lookup(shown.len(), entry.fixed.len());
        let known = match name {
            Some(name) => entry.fixed.get(name).copied(),
            None => entry.placeholder,
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let (depth, octets) = (entry.depth + 1, entry.octets + 1 + shown.len());
        if depth > MAX_SEGMENTS || octets > MAX_URI_LEN {
            let problem =
                format!("a node beyond {MAX_SEGMENTS} segments or {MAX_URI_LEN} octets of its URI");
            let error = Error::input(Code::Schema, problem);
            return Err(error.within(excerpt(&self.uri(parent))));
        }
        match name {
            Some(name) => drop(entry.fixed.insert(name.to_owned(), next)),
            None => entry.placeholder = Some(next),
        }
        self.entries.push(Entry {
            parent,
            name: name.map(str::to_owned),
            depth,
            octets,
            ..Entry::default()
        });
        Ok(next)
    }

    /// Hands down whether case counts, and lists the names in which it does not.
    fn fold(&mut self) {
        let mut senses: Vec<CaseSense> = Vec::with_capacity(self.entries.len());
        let mut folded = Vec::new();
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let inherited = senses.get(entry.parent).copied().unwrap_or_default();
            let declared = entry.rule.as_ref().and_then(|rule| rule.declared_case);
            let sense = declared.unwrap_or(inherited);
            senses.push(sense);
            if let Some(rule) = &mut entry.rule {
                rule.case_sense = sense;
            }
            if let (CaseSense::Cis, Some(name)) = (sense, &entry.name) {
                folded.push((entry.parent, name.to_ascii_lowercase(), index));
            }
        }
        for (parent, name, index) in folded {
            if let Some(parent) = self.entries.get_mut(parent) {
                steps::add_lookup(name.len(), parent.folded.len());
                parent.folded.entry(name).or_insert(index);
            }
        }
    }

    /// The URI of an entry.
    fn uri(&self, index: usize) -> String {
        let mut segments = Vec::new();
        let mut at = index;
        while at != 0
            && let Some(entry) = self.entries.get(at)
        {
            segments.push(entry.name.as_deref().unwrap_or(PLACEHOLDER));
            at = entry.parent;
        }
        segments.reverse();
        display(&segments.join("/"))
    }
}
