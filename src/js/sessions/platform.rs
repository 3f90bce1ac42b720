//! What the platform gives where the caller leaves it out: the time, and randomness.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Crypto;

use crate::env::Env;
use crate::error::{Code, Error, Fault};

use crate::js::border;
use crate::js::read::optional;
use crate::js::write::JsResult;

/// The time and the randomness of one call.
pub(super) struct Moment {
    now: u64,
    entropy: Vec<u8>,
}

impl Moment {
    /// What the caller gives, or the platform's.
    pub(super) fn read(env: JsValue) -> JsResult<Self> {
        let Some(env) = optional(env, "env")? else {
            return Ok(Self {
                now: now()?,
                entropy: random()?,
            });
        };
        let now = env.need("now")?.moment()?;
        let entropy = env.need("entropy")?.octets_up_to(65_536, "bytes")?;
        Env::new(now, &entropy)?;
        Ok(Self { now, entropy })
    }

    pub(super) fn env(&self) -> JsResult<Env<'_>> {
        Ok(Env::new(self.now, &self.entropy)?)
    }
}

impl Drop for Moment {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.entropy);
    }
}

pub(super) fn now() -> JsResult<u64> {
    let missing = |_| Error::new(Code::State, Fault::Host, "the platform gives no time");
    Ok(border::now().map_err(missing)? as u64)
}

fn random() -> JsResult<Vec<u8>> {
    let missing = || {
        Error::new(
            Code::Entropy,
            Fault::Host,
            "the platform gives no randomness",
        )
    };
    let crypto =
        Reflect::get(&js_sys::global(), &JsValue::from_str("crypto")).map_err(|_| missing())?;
    if !crypto.is_object() {
        return Err(missing().into());
    }
    let mut entropy = vec![0; Env::ENTROPY_LEN];
    crypto
        .unchecked_ref::<Crypto>()
        .get_random_values_with_u8_array(&mut entropy)
        .map_err(|_| missing())?;
    Ok(entropy)
}
