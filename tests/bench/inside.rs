//! The codec in wasm with nothing of JavaScript between: what the package does inside of its module, and the bare loop over quick-xml's
//! events in the same module. Nothing of it is shipped.
#![cfg(target_arch = "wasm32")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a module that is loaded by the bench alone"
)]

#[path = "work.rs"]
mod work;

use std::hint::black_box;

use omadm::{Encoding, Limits, Message};
use wasm_bindgen::prelude::wasm_bindgen;

/// A message that lies in the module's memory.
#[wasm_bindgen]
pub struct Inside {
    body: Vec<u8>,
    encoding: Encoding,
    message: Message,
}

#[wasm_bindgen]
impl Inside {
    #[wasm_bindgen(constructor)]
    pub fn new(body: Vec<u8>) -> Self {
        let encoding = Encoding::detect(None, &body).unwrap();
        let message = Message::decode(&body, encoding, &Limits::UNBOUNDED).unwrap();
        Self {
            body,
            encoding,
            message,
        }
    }

    /// Tokenizes it so many times.
    pub fn events(&self, count: u32) {
        repeat(count, || work::events(&self.body));
    }

    /// Reads it so many times.
    pub fn decode(&self, count: u32) {
        repeat(count, || work::decode(&self.body, self.encoding));
    }

    /// Writes it so many times, in its own encoding.
    pub fn encode(&self, count: u32) {
        repeat(count, || work::encode(&self.message, self.encoding));
    }
}

fn repeat<T>(count: u32, work: impl Fn() -> T) {
    for _ in 0..count {
        black_box(work());
    }
}
