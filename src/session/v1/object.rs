//! Large objects (chapter 8): values that fit no message go and come in chunks. Knows neither side.

pub(super) mod cut;
