//! What stays when the session is over: where data is fetched from that is missing, and what is sent whenever it changes.

use crate::status::StatusCode;

use super::execute::{Current, Scene, Step};
use super::transfer::check_url;

/// DEFAULT.
pub(super) fn default(url: &str, moid: &str, scene: &mut Scene<'_>) -> Step {
    let access = scene.access();
    let done = check_url(url, scene.config());
    let done = done.and_then(|()| access.set_default(scene.tree, url, moid));
    done.map_or_else(|code| code, |()| StatusCode::OK).into()
}

/// SUB.
pub(super) fn subscribe(
    url: &str,
    uri: &str,
    current: &mut Current,
    scene: &mut Scene<'_>,
) -> Step {
    if let Err(code) = check_url(url, scene.config()) {
        return code.into();
    }
    let access = scene.access();
    match access.subscribe(scene.tree, url, uri, &current.values) {
        Ok(None) => StatusCode::OK.into(),
        Ok(Some(calls)) => current.ask(calls, scene.tree),
        Err(code) => code.into(),
    }
}

/// UNSUB.
pub(super) fn unsubscribe(uri: &str, scene: &mut Scene<'_>) -> Step {
    let access = scene.access();
    let done = access.unsubscribe(scene.tree, uri);
    done.map_or_else(|code| code, |()| StatusCode::OK).into()
}
