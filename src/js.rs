//! Floor 5, JavaScript: the raw exports under the hand-written API of the package.
//!
//! Every argument is checked in `read`, by hand, because the glue of wasm-bindgen checks none. Values go out as plain data. An error
//! goes out as a plain object, which the package turns into a `DmError`.

mod arguments;
mod border;
mod codec;
mod dm2;
mod document;
mod headers;
mod json;
mod message;
mod nodes;
mod notification;
mod plain;
mod read;
mod serialize;
#[cfg(feature = "sessions")]
mod sessions;
mod write;
