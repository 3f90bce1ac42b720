//! The piece of JavaScript on the other side: `www/package/border.js`, an object of its own for each instance.
//!
//! Whatever may run code of the caller's, or fail for want of room, catches: what is thrown past an import passes through the module
//! like a trap.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// From now on this number stands for this name.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn learn(number: u32, name: &str) -> Result<(), JsValue>;

    /// Keeps a copy of octets for the value that is built next.
    #[wasm_bindgen(catch, js_namespace = border, js_name = keepOctets)]
    pub(super) fn keep_octets(octets: &[u8]) -> Result<(), JsValue>;

    /// Keeps a value for the value that is built next.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn keep(value: JsValue) -> Result<(), JsValue>;

    /// Forgets what is kept.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn abandon() -> Result<(), JsValue>;

    /// Builds a value, of its form and of all its text.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn build(form: &[u8], text: &str) -> Result<JsValue, JsValue>;

    /// Reads all of a value, and writes it where there is room for it. Gives the number of octets that it takes; -1 where they are too many.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn pack(value: &JsValue, kind: u32, room: &mut [u8]) -> Result<f64, JsValue>;

    /// Writes what did not fit.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn unpack(room: &mut [u8]) -> Result<(), JsValue>;

    /// Forgets what was read.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn forget() -> Result<(), JsValue>;

    /// What stayed where it was of the value that was read last: octets, and large texts.
    #[wasm_bindgen(catch, js_namespace = border)]
    pub(super) fn held() -> Result<JsValue, JsValue>;

    /// Copies one of these. Refuses an array that is longer, and a detached one.
    #[wasm_bindgen(catch, js_namespace = border, js_name = copyHeld)]
    pub(super) fn copy_held(held: &JsValue, number: u32, to: &mut [u8]) -> Result<(), JsValue>;

    /// Milliseconds since 1970, by a clock that tests like to replace.
    #[wasm_bindgen(catch, js_namespace = Date)]
    pub(super) fn now() -> Result<f64, JsValue>;
}
