//! Floor 3, the management tree: nodes, their properties and rights, and what the commands of a server do to them (TND).
//!
//! | module | what is in it |
//! |---|---|
//! | `node` `acl` | one node: value, properties, what may be done on it, and by whom |
//! | `store` `names` `change` `saved` | all nodes, what has changed, and trees at rest |
//! | `description` `rights` | what descriptions and lists say of a place |
//! | `operation` `property` `list` `subtree` | what a single command does |
//! | `execution` | commands one after the other, Atomic and Sequence, questions to the host |
//! | `mo` `instances` | management objects as DM 2.0 addresses, reads and stores them |
//! | `host` `identity` `objects` `news` | the tree as its host sees it; objects by what they are; the standard objects; what servers are told unasked |

mod acl;
mod change;
mod description;
mod execution;
mod host;
mod identity;
mod instances;
#[cfg(test)]
mod linear;
mod list;
mod mo;
mod names;
mod news;
mod node;
mod objects;
mod operation;
mod property;
mod rights;
mod saved;
mod store;
mod subtree;

pub use acl::{Acl, Right, is_server_id};
pub use change::{By, Change};
pub use execution::{Answer, Changed, Execution, Progress, Question, Reply, Terms, Value, Verdict};
pub use host::Found;
pub use instances::{Instance, Instances, Place, Resolved, Spelling};
pub use mo::{
    Access, Asked, Deed, DefaultSource, Due, DuePut, Fetched, Reader, Reading, Removal, Requester,
    Rights, Seen, Storing, Subscribing, Subscription, Written,
};
pub use news::News;
pub use node::{Node, Owner, Scope};
pub use objects::{DevDetail, DevInfo};
pub use operation::{Effect, HostCall, HostCallKind, HostValues, ImplicitAdd};
pub use rights::Actor;
pub use store::Tree;
