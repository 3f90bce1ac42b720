//! What is there beside the codec: both sides' sessions, trees, and notifications that are signed.

mod budget;
mod client;
mod commands;
mod platform;
mod server;
mod services;
mod session;
mod settings;
mod signed;
mod tree;
