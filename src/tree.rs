//! Floor 3, the management tree: nodes with formats and types, and what the commands do to them (TND).
//!
//! Interior nodes are the keys of one map and hold their children in another, so nothing recurses however deep a tree grows.

mod node;
mod operation;
mod store;

pub use node::Node;
pub use operation::Found;
pub(crate) use operation::ImplicitAdd;
pub use store::Tree;
