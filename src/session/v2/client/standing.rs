//! What stays when the session is over: where data is fetched from that is missing, and what is sent whenever it changes.

use crate::status::StatusCode;

use super::execute::{Current, Scene, Step};
use super::transfer::check_url;

const NOT_IMPLEMENTED: StatusCode = StatusCode(501);

/// DEFAULT.
pub(super) fn default(url: &str, _moid: &str, scene: &mut Scene<'_>) -> Step {
    match check_url(url, scene.config()) {
        Ok(()) => NOT_IMPLEMENTED.into(),
        Err(code) => code.into(),
    }
}

/// SUB.
pub(super) fn subscribe(url: &str, _uri: &str, _current: &Current, scene: &mut Scene<'_>) -> Step {
    match check_url(url, scene.config()) {
        Ok(()) => NOT_IMPLEMENTED.into(),
        Err(code) => code.into(),
    }
}

/// UNSUB.
pub(super) fn unsubscribe(_uri: &str, _scene: &mut Scene<'_>) -> Step {
    NOT_IMPLEMENTED.into()
}
