//! A document made of nodes by their paths.

use std::collections::BTreeMap;

use super::{Tnds, TndsNode};
use crate::error::{Error, Result, excerpt};
use crate::steps;
use crate::uri::split;

impl Tnds {
    /// The document of a sub-tree: its first node directly under MgmtTree, named like the last segment of its path, and everything else
    /// inside it, without any Path. Both readings of such a document mean the same.
    ///
    /// The nodes come with their paths (segments joined by `/`, empty for the root of the tree), parents before children, in any order
    /// besides. Their own names and paths, and nodes inside them, do not count.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for no node at all, for one that does not lie below the first or stands before its parent, and
    /// for a path given twice.
    pub fn of_nodes(nodes: impl IntoIterator<Item = (String, TndsNode)>) -> Result<Self> {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut list: Vec<(Option<usize>, TndsNode)> = Vec::new();
        for (path, node) in nodes {
            steps::add_lookup(2 * path.len(), places.len());
            let parent = split(&path).and_then(|(above, _)| places.get(above).copied());
            if parent.is_none() != list.is_empty() {
                let problem = format!("a node without its parent: {}", excerpt(&path));
                return Err(Error::arg(problem).expecting("parents before children"));
            }
            let node = TndsNode {
                name: Some(split(&path).map_or("", |(_, name)| name).to_owned()),
                path: None,
                children: Vec::new(),
                ..node
            };
            if places.contains_key(&path) {
                let problem = format!("a path given twice: {}", excerpt(&path));
                return Err(Error::arg(problem));
            }
            places.insert(path, list.len());
            list.push((parent, node));
        }
        // Each goes into its parent once everything is in it, the last first.
        while let Some((parent, mut node)) = list.pop() {
            node.children.reverse();
            match parent.and_then(|parent| list.get_mut(parent)) {
                Some((_, parent)) => parent.children.push(node),
                None => {
                    return Ok(Self {
                        nodes: vec![node],
                        ..Self::default()
                    });
                }
            }
        }
        Err(Error::arg("no node"))
    }
}
