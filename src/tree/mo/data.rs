//! The data of nodes: as JSON, and as nodes of a serialised tree.

use crate::json::Json;
use crate::tnds::TndsNode;
use crate::tree::node::Node;

use super::value::json_of;

/// Nodes with what is above each of them in the same list, parents before children; the first has nothing above.
pub(super) type Nodes<'n> = Vec<(Option<usize>, String, &'n Node)>;

/// Puts each into what is above it, the last first; the first is what comes of it all.
fn folded<T>(
    nodes: Nodes<'_>,
    mut of: impl FnMut(&str, &Node) -> T,
    mut put: impl FnMut(&mut T, String, T),
    mut close: impl FnMut(&mut T),
) -> Option<T> {
    let made = nodes
        .into_iter()
        .map(|(above, name, node)| (above, of(&name, node), name));
    let mut made: Vec<_> = made.collect();
    while let Some((above, mut one, name)) = made.pop() {
        close(&mut one);
        match above.and_then(|above| made.get_mut(above)) {
            Some((_, above, _)) => put(above, name, one),
            None => return Some(one),
        }
    }
    None
}

/// The data of the first node with all that is below it.
pub(super) fn to_json(nodes: Nodes<'_>) -> Option<Json> {
    let put = |above: &mut Json, name, one| {
        if let Json::Object(members) = above {
            members.push((name, one));
        }
    };
    let close = |one: &mut Json| {
        if let Json::Object(members) = one {
            members.reverse();
        }
    };
    folded(nodes, |_, node| json_of(node), put, close)
}

/// The same as a node of a serialised tree.
pub(super) fn to_tnds(nodes: Nodes<'_>) -> Option<TndsNode> {
    let of = |name: &str, node: &Node| TndsNode {
        name: Some(name.to_owned()),
        format: Some(node.format()),
        mime: node.mime().map(str::to_owned),
        data: node.data().cloned(),
        ..TndsNode::default()
    };
    let put = |above: &mut TndsNode, _, one| above.children.push(one);
    folded(nodes, of, put, |one| one.children.reverse())
}
