//! DM 2.0: both dialects.

#[path = "dm2/client_uri.rs"]
mod client_uri;
#[path = "dm2/corpus.rs"]
mod corpus;
#[path = "dm2/damage.rs"]
mod damage;
#[path = "dm2/generated.rs"]
mod generated;
#[path = "dm2/headers.rs"]
mod headers;
#[path = "dm2/known.rs"]
mod known;
#[path = "dm2/refused.rs"]
mod refused;
#[path = "dm2/results.rs"]
mod results;
#[path = "dm2/vectors.rs"]
pub(crate) mod vectors;

use omadm::dm2::{Dialect, Headers, Package};
use omadm::{Code, Limits};

/// Headers with the identifier of the device.
fn device() -> Headers {
    Headers::read([("OMADM-DevID", "MEID:A1000012345678")]).unwrap()
}

fn decode(body: impl AsRef<[u8]>) -> omadm::Result<(Package, Dialect)> {
    Package::decode(body.as_ref(), &device(), &Limits::DEFAULT)
}

/// Code, offset and path of what is wrong.
fn wrong(body: impl AsRef<[u8]>) -> (Code, usize, String) {
    let error = decode(body).unwrap_err();
    let path = error.path().unwrap_or_default().to_owned();
    (error.code(), error.offset().unwrap(), path)
}

fn json(body: impl AsRef<[u8]>) -> serde_json::Value {
    serde_json::from_slice(body.as_ref()).unwrap()
}
