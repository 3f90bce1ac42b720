//! Floor 1, syntax: one neutral tree of elements for XML and, later, WBXML. Knows nothing of SyncML.

pub(crate) mod element;
pub(crate) mod outline;
pub(crate) mod xml;
