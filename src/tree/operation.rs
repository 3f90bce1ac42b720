//! What the commands of a server do to the tree, and the status of each outcome (TND, section on commands).

use crate::error::Result;
use crate::status::StatusCode;
use crate::syncml::{Data, Item, Meta};
use crate::uri::NodeUri;

use super::node::Node;
use super::store::{Tree, host_uri};

/// What a Get finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'t> {
    /// A leaf.
    Leaf(&'t Node),
    /// An interior node with the names of its children.
    Interior(Option<&'t Node>, Vec<&'t str>),
}

/// Whether Add makes the nodes above a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ImplicitAdd {
    /// They must exist.
    #[default]
    No,
    /// They are made.
    Yes,
}

impl Tree {
    /// Looks a node up, from the host's side.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI.
    pub fn find(&self, uri: &str) -> Result<Option<Found<'_>>> {
        let uri = host_uri(uri)?;
        Ok(self.found(uri.path()))
    }

    /// The paths of all nodes at and below a URI, parents before children; the root's is empty.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a malformed URI.
    pub fn entries(&self, uri: &str) -> Result<Vec<String>> {
        Ok(self.paths(host_uri(uri)?.path()))
    }

    fn found(&self, path: &str) -> Option<Found<'_>> {
        match self.children(path) {
            Some(children) => Some(Found::Interior(
                self.node(path),
                children.keys().map(String::as_str).collect(),
            )),
            None => self.node(path).map(Found::Leaf),
        }
    }

    /// Get of one URI: the Item of the Results, or the status.
    pub(crate) fn get(&self, uri: &str) -> Result<Item, StatusCode> {
        let node_uri = addressed(uri)?;
        let found = self.found(node_uri.path()).ok_or(StatusCode::NOT_FOUND)?;
        let (meta, data) = match found {
            Found::Leaf(node) => (
                node.meta(),
                node.data()
                    .cloned()
                    .unwrap_or_else(|| Data::Text(String::new())),
            ),
            Found::Interior(node, names) => {
                let root = Node::interior(None);
                (node.unwrap_or(&root).meta(), Data::Text(names.join("/")))
            }
        };
        let source = Some(crate::syncml::Location::of(uri.trim()));
        Ok(Item {
            source,
            meta,
            data: Some(data),
            ..Item::default()
        })
    }

    /// Add of one Item. The error is the status; then nothing has changed.
    pub(crate) fn add(
        &mut self,
        item: &Item,
        meta: Option<&Meta>,
        implicit: ImplicitAdd,
    ) -> Result<String, StatusCode> {
        let uri = target(item)?;
        let path = uri.path();
        if self.format_at(path).is_some() {
            return Err(StatusCode::ALREADY_EXISTS);
        }
        let node = Node::of_item(item, meta, None)?;
        match implicit {
            ImplicitAdd::No => self.insert(path, node)?,
            ImplicitAdd::Yes => self.insert_with_parents(path, node)?,
        }
        Ok(path.to_owned())
    }

    /// Replace of one Item. The error is the status; then nothing has changed.
    pub(crate) fn replace(
        &mut self,
        item: &Item,
        meta: Option<&Meta>,
    ) -> Result<String, StatusCode> {
        let uri = target(item)?;
        let path = uri.path();
        let before = self.format_at(path).ok_or(StatusCode::NOT_FOUND)?;
        if before == crate::syncml::Format::Node {
            return Err(StatusCode::NOT_ALLOWED);
        }
        let node = Node::of_item(item, meta, Some(before))?;
        if node.is_interior() {
            return Err(StatusCode::UNSUPPORTED_FORMAT);
        }
        self.exchange(path, node)?;
        Ok(path.to_owned())
    }

    /// Delete of one Item. The error is the status; then nothing has changed.
    pub(crate) fn delete(&mut self, item: &Item) -> Result<String, StatusCode> {
        let uri = target(item)?;
        self.cut(uri.path())?;
        Ok(uri.path().to_owned())
    }
}

/// The address that an Item's Target gives.
fn target(item: &Item) -> Result<NodeUri, StatusCode> {
    addressed(item.target.as_ref().map_or("", |target| &target.uri))
}

/// An address without query: properties and lists are an optional feature that is missing here.
fn addressed(uri: &str) -> Result<NodeUri, StatusCode> {
    let uri = NodeUri::parse(uri)?;
    if uri.query().is_some() {
        Err(StatusCode::UNSUPPORTED_FEATURE)
    } else {
        Ok(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::syncml::Format;

    fn tree() -> Tree {
        let mut tree = Tree::new(&Limits::DEFAULT);
        for (uri, value) in [("./A/B", "b"), ("./A/C/D", "d"), ("./E", "e")] {
            let node = Node::leaf(Format::Chr, None, Some(Data::Text(value.to_owned()))).unwrap();
            tree.set(uri, node).unwrap();
        }
        tree
    }

    fn item(uri: &str, value: &str) -> Item {
        Item {
            data: Some(Data::Text(value.to_owned())),
            ..Item::at(uri)
        }
    }

    fn value(tree: &Tree, uri: &str) -> Option<String> {
        tree.get(uri)
            .ok()
            .and_then(|item| item.data?.as_text().map(str::to_owned))
    }

    #[test]
    fn t17_get() {
        let tree = tree();
        assert_eq!(value(&tree, "./A").as_deref(), Some("B/C"));
        assert_eq!(value(&tree, ".").as_deref(), Some("A/E"));
        assert_eq!(value(&tree, "A/C/D").as_deref(), Some("d"));
        assert_eq!(tree.get("./X"), Err(StatusCode::NOT_FOUND));
        assert_eq!(
            tree.get("./A?prop=Foo"),
            Err(StatusCode::UNSUPPORTED_FEATURE)
        );
        assert_eq!(tree.get("./A/"), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn t11_t12_add() {
        let mut tree = tree();
        let before = tree.clone();
        assert_eq!(
            tree.add(&item("./A/B", "x"), None, ImplicitAdd::No),
            Err(StatusCode::ALREADY_EXISTS)
        );
        assert_eq!(
            tree.add(&item(".", "x"), None, ImplicitAdd::No),
            Err(StatusCode::ALREADY_EXISTS)
        );
        assert_eq!(
            tree.add(&item("./A/B/F", "x"), None, ImplicitAdd::Yes),
            Err(StatusCode::NOT_ALLOWED)
        );
        assert_eq!(
            tree.add(&item("./X/Y/Z", "x"), None, ImplicitAdd::No),
            Err(StatusCode::NOT_FOUND)
        );
        assert_eq!(tree, before);
        assert!(
            tree.add(&item("./X/Y/Z", "x"), None, ImplicitAdd::Yes)
                .is_ok()
        );
        assert_eq!(value(&tree, "./X").as_deref(), Some("Y"));
    }

    #[test]
    fn t13_replace() {
        let mut tree = tree();
        assert_eq!(
            tree.replace(&item("./X", "x"), None),
            Err(StatusCode::NOT_FOUND)
        );
        assert_eq!(
            tree.replace(&item("./A", "x"), None),
            Err(StatusCode::NOT_ALLOWED)
        );
        assert_eq!(
            tree.replace(&Item::at("./E"), None),
            Err(StatusCode::INCOMPLETE)
        );
        assert!(tree.replace(&item("./E", "x"), None).is_ok());
        assert_eq!(value(&tree, "./E").as_deref(), Some("x"));
    }

    #[test]
    fn t14_delete_takes_what_is_below() {
        let mut tree = tree();
        assert_eq!(tree.delete(&Item::at(".")), Err(StatusCode::NOT_ALLOWED));
        assert_eq!(tree.delete(&Item::at("./X")), Err(StatusCode::NOT_FOUND));
        assert!(tree.delete(&Item::at("./A")).is_ok());
        assert_eq!(tree.paths(""), ["", "E"]);
        assert!(
            tree.add(&item("./A", "again"), None, ImplicitAdd::No)
                .is_ok()
        );
    }

    #[test]
    fn t22_a_full_tree_stays_usable() {
        let mut tree = Tree::new(&Limits {
            nodes: 3,
            ..Limits::DEFAULT
        });
        assert!(tree.add(&item("./1", ""), None, ImplicitAdd::No).is_ok());
        assert_eq!(
            tree.add(&item("./X/Y", ""), None, ImplicitAdd::Yes),
            Err(StatusCode::DEVICE_FULL)
        );
        assert_eq!(tree.paths(""), ["", "1"], "all parents or none");
        assert!(tree.add(&item("./2", ""), None, ImplicitAdd::No).is_ok());
        assert_eq!(
            tree.add(&item("./3", ""), None, ImplicitAdd::No),
            Err(StatusCode::DEVICE_FULL)
        );
        assert!(tree.delete(&Item::at("./1")).is_ok());
        assert!(tree.add(&item("./3", ""), None, ImplicitAdd::No).is_ok());
    }

    #[test]
    fn t31_names_are_stored_as_they_are() {
        let mut tree = Tree::new(&Limits::DEFAULT);
        for name in [
            "__proto__",
            "constructor",
            &"x".repeat(255),
            "😀",
            "a b",
            "%2F",
        ] {
            assert!(
                tree.add(&item(&format!("./{name}"), name), None, ImplicitAdd::No)
                    .is_ok(),
                "{name}"
            );
            assert_eq!(value(&tree, name).as_deref(), Some(name));
        }
    }

    #[test]
    fn saved_and_restored_is_the_same_tree() {
        let tree = tree();
        let saved = tree.save().unwrap();
        assert_eq!(Tree::restore(&saved, &Limits::DEFAULT).unwrap(), tree);
        assert!(
            Tree::restore(
                &saved,
                &Limits {
                    nodes: 2,
                    ..Limits::DEFAULT
                }
            )
            .is_err()
        );
        assert!(Tree::restore(&saved[1..], &Limits::DEFAULT).is_err());
    }
}
