//! What can be asked of a value that the caller made.
//!
//! Any such value may be a Proxy or have getters: each question may run code of the caller's, and that code may throw. All imports here
//! catch, as those of `Reflect` do. Most others of js-sys do not: what they throw passes through the module like a trap.

use js_sys::{Array, Function, Reflect, Symbol, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::Error;

use super::write::JsResult;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object, js_name = hasOwn)]
    pub(super) fn has_own(object: &JsValue, key: &JsValue) -> Result<bool, JsValue>;

    /// The names of the own enumerable properties, in an array of ours.
    #[wasm_bindgen(catch, js_namespace = Object)]
    pub(super) fn keys(object: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    pub(super) fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    /// The double that a text says.
    #[wasm_bindgen(catch, js_name = parseFloat)]
    pub(super) fn parse_float(text: &str) -> Result<f64, JsValue>;

    /// Milliseconds since 1970, by a clock that tests like to replace.
    #[wasm_bindgen(catch, js_namespace = Date)]
    pub(super) fn now() -> Result<f64, JsValue>;

    /// Copies what is inside a typed array. Refuses one that is longer than `to`, and a detached one.
    #[wasm_bindgen(catch, js_namespace = ["Uint8Array", "prototype", "set"], js_name = call)]
    fn copy_into(to: &mut [u8], from: &JsValue) -> Result<(), JsValue>;
}

/// Getters of `%TypedArray%.prototype`: they look into an array, past whatever its owner has defined on it.
struct Inside {
    name: Function,
    length: Function,
}

thread_local! {
    static INSIDE: Result<Inside, JsValue> = Inside::new();
}

impl Inside {
    fn new() -> Result<Self, JsValue> {
        let own = Reflect::get_prototype_of(&Uint8Array::new_with_length(0))?;
        let shared = Reflect::get_prototype_of(&own)?;
        let getter = |key: &JsValue| {
            let property = Reflect::get_own_property_descriptor(&shared, key)?;
            Reflect::get(&property, &JsValue::from_str("get"))?.dyn_into::<Function>()
        };
        Ok(Self {
            name: getter(&Symbol::to_string_tag())?,
            length: getter(&JsValue::from_str("length"))?,
        })
    }

    fn octets(&self, value: &JsValue) -> Result<Option<f64>, JsValue> {
        if self.name.call0(value)? != "Uint8Array" {
            return Ok(None);
        }
        Ok(self.length.call0(value)?.as_f64())
    }
}

/// How many octets are in a Uint8Array of any realm, of any subclass: 0 where it is detached. Absent where the value is something else.
pub(super) fn octets(value: &JsValue) -> JsResult<Option<f64>> {
    let octets = INSIDE.with(|inside| match inside {
        Ok(inside) => inside.octets(value),
        Err(error) => Err(error.clone()),
    });
    Ok(octets?)
}

/// The octets of a Uint8Array in which there are `length`.
pub(super) fn copy(value: &JsValue, length: f64) -> JsResult<Vec<u8>> {
    let too_many = |_| Error::limit("bytes", "more octets than fit into the module");
    let length = length as usize;
    let mut octets = Vec::new();
    octets.try_reserve_exact(length).map_err(too_many)?;
    octets.resize(length, 0);
    copy_into(&mut octets, value)?;
    Ok(octets)
}
