//! What sessions of both sides give out: events, messages, states and accounts.

use std::collections::BTreeSet;

use wasm_bindgen::JsValue;

use crate::auth::{Account, AccountState, Party, Triggers};
use crate::error::Error;
use crate::order::gathered;
use crate::session::{Outgoing, ServerEvent};

use crate::js::dm2;
use crate::js::json;
use crate::js::plain::{self, Out};
use crate::js::write::JsResult;

/// The events of a server. What holds JSON is written by hand, for numbers that a double cannot hold.
pub(super) fn server_events(events: &[ServerEvent]) -> JsResult<JsValue> {
    plain::show(|out| {
        out.array(events.iter(), |out, event| {
            out.object_with(event, |out| match event {
                ServerEvent::Alert {
                    data: Some(data), ..
                } => {
                    out.key("data");
                    json::show(out, data);
                }
                ServerEvent::Supported { objects } => {
                    out.list("objects", objects, dm2::show_supported);
                }
                ServerEvent::Data { item } => dm2::show_members(out, item),
                ServerEvent::Results { objects, .. } if !objects.is_empty() => {
                    out.list("objects", objects, dm2::show_item);
                }
                _ => {}
            });
        });
    })
}

/// The parts of a message that both sides have.
pub(super) fn outgoing(out: &mut Out, sent: &Outgoing) {
    out.octets("body", &sent.body);
    out.kind("contentType", sent.content_type);
    out.inside("headers", |out| {
        out.kind("content-type", sent.content_type);
        out.maybe("x-syncml-hmac", sent.hmac.as_deref());
        for (name, value) in &sent.headers {
            out.text(name, value);
        }
    });
    out.flag("done", sent.done);
}

/// A session at rest, without the parts that are stored. `save` gives them one by one: each leaves the module before the next is looked at.
pub(super) fn saved(
    stored: Option<Vec<String>>,
    save: impl FnOnce(&mut dyn FnMut(String, &[u8])) -> Result<(Vec<u8>, AccountState), Error>,
) -> JsResult<JsValue> {
    let is_since = stored.is_some();
    let mut gone: BTreeSet<String> = gathered(stored.into_iter().flatten());
    let mut parts = Vec::new();
    let mut failure = None;
    let (state, account) = save(&mut |id, bytes| {
        if gone.remove(&id) || failure.is_some() {
            return;
        }
        let part = plain::object(|out| {
            out.text("id", &id);
            out.octets("bytes", bytes);
        });
        match part {
            Ok(part) => parts.push(part),
            Err(error) => failure = Some(error),
        }
    })?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    plain::object(|out| {
        out.octets("state", &state);
        out.inside("account", |out| account_state(out, &account));
        out.key("parts");
        out.array(parts.into_iter(), Out::value);
        if is_since {
            out.key("gone");
            out.array(gone.iter(), |out, id| out.string(id));
        }
    })
}

/// An account as it was found.
pub(super) fn account(out: &mut Out, account: &Account) {
    out.object(|out| {
        out.text("deviceId", &account.device_id);
        out.text("serverId", &account.server_id);
        out.key("client");
        party(out, &account.client);
        out.key("server");
        party(out, &account.server);
        out.inside("state", |out| account_state(out, &account.state));
    });
}

fn party(out: &mut Out, party: &Party) {
    let Some(credential) = party.credential() else {
        return out.word("transport");
    };
    out.object(|out| {
        out.text("user", credential.user());
        out.inside("secret", |out| {
            if let Some(password) = credential.password() {
                out.octets("password", password);
            }
        });
        out.member("schemes", credential.schemes());
    });
}

/// Numbers that are remembered, if there are any.
fn numbers<T: Copy + Into<u64>>(out: &mut Out, name: &'static str, remembered: Triggers<T>) {
    let numbers = Vec::from(remembered);
    if !numbers.is_empty() {
        out.list(name, &numbers, |out, number| out.whole((*number).into()));
    }
}

/// The members of what an account remembers.
pub(super) fn account_state(out: &mut Out, state: &AccountState) {
    let nonces = [
        ("clientNonce", state.client_nonce.as_deref()),
        ("serverNonce", state.server_nonce.as_deref()),
        (
            "triggerNonce",
            state.trigger_nonce.as_ref().map(|nonce| &nonce[..]),
        ),
        (
            "challengeNonce",
            state.challenge_nonce.as_ref().map(|nonce| &nonce[..]),
        ),
    ];
    for (name, nonce) in nonces {
        if let Some(nonce) = nonce {
            out.octets(name, nonce);
        }
    }
    if state.resync {
        out.flag("resync", true);
    }
    out.maybe_number("treeRevision", state.tree_revision);
    numbers(out, "triggers", state.triggers);
    out.maybe_number("triggerNumber", state.trigger_number);
    numbers(out, "triggerDigests", state.trigger_digests);
    out.maybe_number("triggerTime", state.trigger_time);
    out.maybe_number("resyncTime", state.resync_time);
}
