//! Floor 1, syntax: one neutral tree of elements for XML and WBXML. Knows nothing of SyncML but the names in the code pages.

pub(crate) mod element;
pub(crate) mod outline;
pub(crate) mod pages;
mod scan;
pub(crate) mod sink;
pub(crate) mod wbxml;
pub(crate) mod xml;
