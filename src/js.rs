//! Floor 5, JavaScript: the raw exports under the hand-written API of the package.
//!
//! Every argument is checked in `read`, by hand, because the glue of wasm-bindgen checks none. Values go out as plain data. An error
//! goes out as a plain object, which the package turns into a `DmError`.

mod arguments;
mod border;
#[cfg(feature = "sessions")]
mod budget;
#[cfg(feature = "sessions")]
mod client;
mod codec;
#[cfg(feature = "sessions")]
mod commands;
mod dm2;
mod document;
mod headers;
mod json;
mod message;
mod nodes;
mod notification;
mod plain;
#[cfg(feature = "sessions")]
mod platform;
mod read;
mod serialize;
#[cfg(feature = "sessions")]
mod server;
#[cfg(feature = "sessions")]
mod services;
#[cfg(feature = "sessions")]
mod session;
#[cfg(feature = "sessions")]
mod settings;
#[cfg(feature = "sessions")]
mod signed;
#[cfg(feature = "sessions")]
mod tree;
mod write;
