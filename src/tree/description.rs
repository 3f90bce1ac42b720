//! What the device descriptions of a tree say of its nodes: where there are any, only what they describe can be.

use std::sync::Arc;

use crate::ddf::{CaseSense, Ddf, Description, Rule};
use crate::dm2::bare_moid;
use crate::error::{Error, Result};
use crate::limits::{Limits, MAX_DEPTH};
use crate::status::StatusCode;
use crate::syncml::{Data, Format};
use crate::uri;

use super::names::Names;
use super::node::Node;
use super::store::{Descent, Entry, Tree};

/// A name as it is compared where case does not count: by the letters of ASCII alone, as descriptions compare theirs. What other letters
/// are the same differs between devices and from year to year.
pub(super) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Descriptions, as they were given and as rules.
#[derive(Debug)]
pub(super) struct Described {
    sources: Vec<serde_bytes::ByteBuf>,
    rules: Description,
    folds_case: bool,
}

impl Described {
    /// The rules of descriptions; nothing where there are none.
    pub(super) fn of(sources: Vec<serde_bytes::ByteBuf>) -> Result<Option<Arc<Self>>> {
        if sources.is_empty() {
            return Ok(None);
        }
        let limits = Limits {
            depth: MAX_DEPTH,
            ..Limits::UNBOUNDED
        };
        let ddfs: Vec<Ddf> = sources
            .iter()
            .map(|source| Ddf::decode(source, &limits))
            .collect::<Result<_>>()?;
        let rules = Description::of(&ddfs)?;
        let folds_case = rules
            .rules()
            .any(|(_, rule)| rule.case_sense == CaseSense::Cis);
        Ok(Some(Arc::new(Self {
            sources,
            rules,
            folds_case,
        })))
    }

    pub(super) fn sources(&self) -> Vec<serde_bytes::ByteBuf> {
        self.sources.clone()
    }

    pub(super) fn rules(&self) -> &Description {
        &self.rules
    }

    /// Whether upper and lower case are the same anywhere.
    pub(super) fn folds_case(&self) -> bool {
        self.folds_case
    }

    /// Whether upper and lower case are the same in the last segment of a path.
    pub(super) fn ignores_case(&self, path: &str) -> bool {
        self.find(path)
            .is_some_and(|rule| rule.case_sense == CaseSense::Cis)
    }

    /// Where instances of an object are kept that are named at run time, and the identifier as it is spelt there.
    pub(super) fn home(&self, moid: &str) -> Option<(String, String)> {
        let of = |(uri, rule): (String, &Rule)| {
            let name = rule.ddf_name.as_deref().filter(|_| rule.placeholder)?;
            let home = uri.strip_prefix("./")?.strip_suffix("/*")?;
            let is_one = bare_moid(name) == bare_moid(moid) && !home.contains('*');
            is_one.then(|| (home.to_owned(), name.to_owned()))
        };
        self.rules.rules().find_map(of)
    }

    fn find(&self, path: &str) -> Option<&Rule> {
        let segments: Vec<&str> = uri::segments(path).collect();
        self.rules.find(&segments)
    }
}

impl Tree {
    /// A tree that is as device descriptions (DDF) say: their nodes with their default values. From then on servers can do only what they
    /// describe with what they describe, and below it only what they describe can be.
    ///
    /// # Errors
    ///
    /// What is wrong with a description, and [`Code::Limit`](crate::Code::Limit) for a node too many.
    pub fn described(sources: &[&[u8]], limits: &Limits) -> Result<Self> {
        let sources = sources
            .iter()
            .map(|source| serde_bytes::ByteBuf::from(source.to_vec()));
        let mut tree = Self::new(limits);
        tree.described = Described::of(sources.collect())?;
        let start = tree
            .described
            .as_ref()
            .map(|described| described.rules().instantiate());
        for start in start.unwrap_or_default() {
            let mime = Some(start.mime).filter(|mime| !mime.is_empty());
            let node = match start.format {
                Format::Node => Node::interior(mime),
                format => Node::leaf(format, mime, start.value)
                    .map_err(|_| Error::arg("a default value that does not fit its format"))?,
            };
            tree.set(&start.uri, node)?;
        }
        Ok(tree)
    }

    /// What the descriptions say of a path.
    pub(super) fn rule(&self, path: &str) -> Option<&Rule> {
        self.described.as_ref()?.find(path)
    }

    /// Whether upper and lower case are the same in the last segment of a path.
    pub(super) fn ignores_case(&self, path: &str) -> bool {
        let described = self.described.as_ref().filter(|one| one.folds_case());
        described.is_some_and(|described| described.ignores_case(path))
    }

    /// An entry as it is at a path: which of the names below it are the same but for case depends on the place.
    pub(super) fn refolded(&self, path: &str, entry: Arc<Entry>) -> Arc<Entry> {
        let folds = self.described.as_ref().is_some_and(|one| one.folds_case());
        if !folds || entry.children.is_empty() {
            return entry;
        }
        let mut paths = Vec::new();
        entry.visit("", |below, _| {
            paths.push(below.to_owned());
            Descent::On
        });
        let mut entry = entry;
        for below in paths {
            let around = uri::join(path, &below);
            if let Some(at) = entry_at(&mut entry, &below) {
                let mut same = Names::default();
                for name in at.children.names() {
                    if self.ignores_case(&uri::join(&around, name)) {
                        same.insert(Arc::from(folded(name)), Arc::clone(name));
                    }
                }
                at.folded = same;
            }
        }
        entry
    }

    /// 415 unless a node is what the descriptions say of its place.
    pub(super) fn need_fitting(&self, path: &str, node: &Node) -> Result<(), StatusCode> {
        let Some(rule) = self.rule(path) else {
            return Ok(());
        };
        let empty = Data::Text(String::new());
        let fits = match (rule.is_interior(), node.is_interior()) {
            (true, true) => true,
            (false, false) => {
                let value = node.data().unwrap_or(&empty);
                node.format() == Format::Null
                    || rule.check(value, node.format(), node.mime()).is_ok()
            }
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(StatusCode::UNSUPPORTED_FORMAT)
        }
    }

    /// 405 unless the descriptions know of a place, or of nothing around it; 415 unless the node is what they say of it.
    pub(super) fn need_described(&self, path: &str, node: &Node) -> Result<(), StatusCode> {
        let parent = uri::split(path).map_or("", |(parent, _)| parent);
        if self.rule(path).is_none() && self.rule(parent).is_some() {
            return Err(StatusCode::NOT_ALLOWED);
        }
        self.need_fitting(path, node)
    }

    /// 420 unless there may be one more node at a place (DDF, Occurrence): to a server the device is full there. Children with fixed names do
    /// not count; that there is one of each is the tree's nature.
    pub(super) fn need_occurrence(&self, path: &str) -> Result<(), StatusCode> {
        let Some(described) = &self.described else {
            return Ok(());
        };
        let is_named_at_run_time = self.rule(path).is_some_and(|rule| rule.placeholder);
        let Some((parent, _)) = uri::split(path).filter(|_| is_named_at_run_time) else {
            return Ok(());
        };
        let segments: Vec<&str> = uri::segments(parent).collect();
        let Some(most) = described.rules.max_children(&segments) else {
            return Ok(());
        };
        let Some(entry) = self.entry(parent) else {
            return Ok(());
        };
        // Only where those with fixed names make the difference, each is looked at.
        if entry.children.len() < most as usize {
            return Ok(());
        }
        let is_placeholder = |name: &&Arc<str>| {
            let rule = self.rule(&uri::join(parent, name));
            rule.is_some_and(|rule| rule.placeholder)
        };
        let names = entry.children.names().filter(is_placeholder);
        let count = names.take(most as usize).count();
        if count < most as usize {
            Ok(())
        } else {
            Err(StatusCode::DEVICE_FULL)
        }
    }
}

/// The entry at a path below another one.
fn entry_at<'e>(entry: &'e mut Arc<Entry>, below: &str) -> Option<&'e mut Entry> {
    uri::segments(below).try_fold(Arc::make_mut(entry), |at, name| {
        at.children.get_mut(name).map(Arc::make_mut)
    })
}
