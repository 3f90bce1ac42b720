//! The commands one by one, but those that move data by HTTP.

use crate::dm2::{Command, Outcome};
use crate::status::StatusCode;
use crate::tree::{Reading, Removal};

use super::execute::{Current, NO_CONTENT, Question, Scene, Step, size};
use super::{standing, transfer};

/// Carries a command out, as far as it goes without the host.
pub(super) fn step(command: &Command, current: &mut Current, scene: &mut Scene<'_>) -> Step {
    match command {
        Command::Get { uri } => get(uri, current, scene),
        Command::Delete { uri } => delete(uri, current, scene),
        Command::Exec { uri, report_to } => exec(uri, report_to.as_deref(), current, scene),
        Command::Show { url } => show(url, current, scene),
        Command::Hget { from, to } => transfer::fetch(from, to.as_deref(), current, scene),
        Command::Hput { from, to } => transfer::send("PUT", from, to, current, scene),
        Command::Hpost { from, to } => transfer::send("POST", from, to, current, scene),
        Command::Default { url, moid } => standing::default(url, moid, scene),
        Command::Sub { url, uri } => standing::subscribe(url, uri, current, scene),
        Command::Unsub { uri } => standing::unsubscribe(uri, scene),
        Command::Unknown { .. } => StatusCode(501).into(),
        Command::Malformed(_) => StatusCode::BAD_REQUEST.into(),
        Command::Cont { .. } | Command::End => StatusCode::OK.into(),
    }
}

/// GET: the data comes back in the session, as far as there is room for it.
fn get(uri: &str, current: &mut Current, scene: &mut Scene<'_>) -> Step {
    let found = scene.access().read(scene.tree, uri, &current.values);
    let objects = match found {
        Err(code) => return code.into(),
        Ok(Reading::Ask(calls)) => return current.ask(calls, scene.tree),
        Ok(Reading::Empty) => return NO_CONTENT.into(),
        Ok(Reading::Fresh) => return StatusCode::NOT_MODIFIED.into(),
        Ok(Reading::Found(objects)) => objects,
    };
    let found = Outcome {
        objects,
        ..Outcome::of(StatusCode::OK)
    };
    let (octets, items) = size(&found, scene.dialect());
    if octets > scene.room.0 || items > scene.room.1 {
        return StatusCode::TOO_LARGE.into();
    }
    Step::Done(vec![found])
}

/// EXEC: for the host to do. Who is to report elsewhere does so later, in a session of its own.
fn exec(uri: &str, report_to: Option<&str>, current: &mut Current, scene: &mut Scene<'_>) -> Step {
    // What the host has done is done, whatever the address stands for by now.
    if let Some(code) = current.status {
        return match code.is_success() && report_to.is_some() {
            true => StatusCode::ACCEPTED.into(),
            false => code.into(),
        };
    }
    let receiver = report_to.map(|url| transfer::check_receiver(url, scene.config(), scene.tree));
    if let Some(Err(code)) = receiver {
        return code.into();
    }
    match scene.access().exec(scene.tree, uri, &current.values) {
        Err(code) => code.into(),
        Ok(calls) => match current.ask(calls, scene.tree) {
            Step::Ask(Question::Call(call, _)) => {
                Step::Ask(Question::Call(call, report_to.map(str::to_owned)))
            }
            step => step,
        },
    }
}

/// SHOW: the host opens the page, and the rest does not wait for the user.
fn show(url: &str, current: &Current, scene: &Scene<'_>) -> Step {
    match (transfer::check_scheme(url, scene.config()), current.status) {
        (Err(code), _) | (Ok(()), Some(code)) => code.into(),
        (Ok(()), None) => Step::Ask(Question::Show(url.to_owned())),
    }
}

/// DELETE: all that the address stands for, or nothing.
fn delete(uri: &str, current: &mut Current, scene: &mut Scene<'_>) -> Step {
    let access = scene.access();
    match access.delete(scene.tree, uri, &current.values) {
        Ok(Removal::Done(changed)) => {
            scene.changed(changed);
            StatusCode::OK.into()
        }
        Ok(Removal::Ask(calls)) => current.ask(calls, scene.tree),
        Err(code) => code.into(),
    }
}
