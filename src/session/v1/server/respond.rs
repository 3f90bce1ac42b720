//! The reply: Status for all that was received, then what fits of what the host has queued.

use std::collections::BTreeMap;
use std::mem;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::order::gathered;
use crate::session::event::{AbortedBy, ServerEvent};
use crate::session::transport::Outgoing;
use crate::session::v1::reply::Kept;
use crate::session::v1::room::Detail;
use crate::status::{AlertCode, StatusCode};

use super::ServerSession;
use super::draft::{Draft, Opening, Said};
use super::state::{Due, Handled, Next, OWN, Owed, Package, Phase, Turn};

pub(super) fn respond(session: &mut ServerSession, env: &Env<'_>) -> Result<Outgoing> {
    match &session.turn {
        Turn::Rest => Err(Error::state("no reply is due").expecting("receive first")),
        Turn::Repeated(body) => {
            let last = session.state.last.as_ref();
            let encoding = last.map_or_else(Default::default, |last| last.reply.encoding);
            let done = last.is_some_and(|last| last.done);
            let outgoing = Outgoing {
                body: body.clone(),
                content_type: encoding.media_type(),
                hmac: last.and_then(|last| last.reply.hmac.clone()),
                headers: Vec::new(),
                status: Some(200),
                url: None,
                done,
                repeated: true,
                too_large: Vec::new(),
                unsupported: Vec::new(),
            };
            session.turn = Turn::Rest;
            Ok(outgoing)
        }
        Turn::Due(due) => {
            let encoding = due.form.encoding();
            let (unsupported, mut too_large) = match due.next {
                Next::Commands if !session.state.abort => (
                    session.state.set_aside(),
                    session.state.set_aside_large(encoding),
                ),
                _ => (Vec::new(), Vec::new()),
            };
            let mut reply = Reply::plan(session, due, env);
            if reply.done && session.state.renews && due.asks_for_nonce() && !session.state.abort {
                session.state.ask_for_nonce();
                reply = Reply::plan(session, due, env);
            }
            let written = reply.body.take();
            let message = &reply.draft.message;
            let (kept, body) = match (due.next, written) {
                (Next::Silence, _) => (Kept::nothing(encoding), Vec::new()),
                (_, Some(body)) => {
                    let kept = Kept::of(message, &due.form, due.mac.as_ref(), &body);
                    (kept, body)
                }
                (_, None) => Kept::write(message, &due.form, due.mac.as_ref())?,
            };
            let done = reply.done;
            too_large.extend_from_slice(&reply.said.too_large);
            too_large.retain(|command| *command != OWN);
            let hmac = kept.hmac.clone();
            apply(session, reply, kept);
            Ok(Outgoing {
                body,
                content_type: encoding.media_type(),
                hmac,
                headers: Vec::new(),
                status: Some(200),
                url: None,
                done,
                repeated: false,
                too_large,
                unsupported,
            })
        }
    }
}

/// A device that takes no message that could be written gets none, and the session ends (the binding to HTTP knows an empty body).
pub(super) fn heed_size(session: &ServerSession, due: &mut Due) -> Option<ServerEvent> {
    let opening = Opening::of(session, due, &Default::default(), &Default::default());
    let alert = match due.next {
        Next::More | Next::Commands | Next::Abort => Some(AlertCode::SESSION_ABORT),
        Next::Challenge | Next::End | Next::Silence => None,
    };
    let draft = Draft::begin(session, due, &opening, Detail::Least);
    if draft.holds(&[], alert, true) {
        return None;
    }
    let is_told = due.is_stranger || matches!(due.next, Next::Abort | Next::End);
    due.next = Next::Silence;
    (!is_told).then(|| ServerEvent::Aborted {
        by: AbortedBy::Server,
        reason: Some("no message is as small as the device wants it".to_owned()),
    })
}

/// A reply and what the session is to become by it.
struct Reply {
    opening: Opening,
    draft: Draft,
    done: bool,
    said: Said,
    owed: Vec<Owed>,
    package: Package,
    /// The message as it is written, where it is known to fit.
    body: Option<Vec<u8>>,
}

impl Reply {
    /// With all detail, unless that leaves no room for what is to be said.
    fn plan(session: &ServerSession, due: &Due, env: &Env<'_>) -> Self {
        let opening = Opening::of(session, due, &env.nonce(), &env.token());
        let plan = |detail, trusts| Self::plan_with(session, due, opening.clone(), detail, trusts);
        let mut in_doubt = Vec::new();
        for (detail, trusts) in [
            (Detail::Full, true),
            (Detail::Full, false),
            (Detail::NoRefs, false),
        ] {
            let mut plan = plan(detail, trusts);
            plan.body = plan.draft.written();
            if plan.body.is_none() {
                continue;
            }
            if plan.is_progress() && !plan.said.makes_room {
                return plan;
            }
            in_doubt.push(plan);
        }
        let least = plan(Detail::Least, false);
        // Detail is no reason to let a command wait that has room without it.
        let is_as_good = |plan: &Self| {
            (plan.is_progress() || !least.is_progress())
                && (!plan.said.makes_room || least.said.makes_room)
        };
        match in_doubt.iter().position(is_as_good) {
            Some(found) => in_doubt.swap_remove(found),
            None => least,
        }
    }

    /// Whether it says something that waits, if anything does.
    fn is_progress(&self) -> bool {
        self.said.statuses > 0
            || self.said.taken > 0
            || self.said.rest.is_some()
            || (self.owed.is_empty() && !self.said.makes_room)
    }

    fn plan_with(
        session: &ServerSession,
        due: &Due,
        opening: Opening,
        detail: Detail,
        trusts: bool,
    ) -> Self {
        let mut draft = Draft::begin(session, due, &opening, detail);
        draft.trusts = trusts;
        draft.no_end(due);
        let state = &session.state;
        let mut owed: Vec<Owed> = if due.is_stranger {
            Vec::new()
        } else {
            state.owed.clone()
        };
        let verdicts = due.verdicts.iter();
        let verdicts: BTreeMap<u32, StatusCode> =
            gathered(verdicts.map(|said| (said.id, said.code)));
        owed.extend(due.statuses.iter().map(|pending| {
            let verdicts = pending.alerts.iter().filter_map(|id| verdicts.get(id));
            let code = verdicts.copied().fold(pending.code, StatusCode::max);
            let is_challenge = matches!(
                code,
                StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS
            );
            Owed {
                msg_ref: due.msg_id,
                cmd_ref: pending.cmd_ref.clone(),
                cmd: pending.cmd.clone(),
                code,
                asks: is_challenge && !pending.alerts.is_empty(),
            }
        }));
        let abort = due.abort.map(|at| owed.len() - due.statuses.len() + at);
        let is_abort = (state.abort && !due.is_stranger) || due.next == Next::Abort;
        let mut said = Said::default();
        let mut package = Package::Sent;
        match due.next {
            _ if is_abort => {
                said.statuses = draft.statuses(&owed, Some(AlertCode::SESSION_ABORT), true);
                draft.alert(AlertCode::SESSION_ABORT);
            }
            Next::More => {
                said.statuses = draft.statuses(&owed, Some(AlertCode::NEXT_MESSAGE), false);
                draft.alert(AlertCode::NEXT_MESSAGE);
                draft.message.is_final = false;
                if state.package == Package::Sending {
                    package = Package::Sending;
                }
            }
            Next::Commands => {
                said.statuses = draft.statuses(&owed, None, false);
                // What fits into no message is not said.
                while said.statuses == 0 && !owed.is_empty() {
                    owed.remove(0);
                    said.statuses = draft.statuses(&owed, None, false);
                }
                if said.statuses == owed.len() {
                    draft.commands(session, &mut said);
                }
                draft.message.is_final =
                    said.statuses == owed.len() && !said.makes_room && said.chunk.is_none();
                if !draft.message.is_final {
                    package = Package::Sending;
                }
            }
            Next::Challenge | Next::Abort | Next::End | Next::Silence => {
                said.statuses = draft.statuses(&owed, None, true);
                if let Some(at) = abort.filter(|at| *at >= said.statuses) {
                    let status = owed.remove(at);
                    owed.insert(0, status);
                    draft.message.commands.truncate(draft.opening_len());
                    said.statuses = draft.statuses(&owed, None, true);
                }
            }
        }
        owed.drain(..said.statuses);
        let goes_on = match due.next {
            _ if is_abort => false,
            Next::More | Next::Challenge => true,
            Next::Commands => !said.sent.is_empty() || !draft.message.is_final,
            Next::Abort | Next::End | Next::Silence => false,
        };
        Self {
            done: !due.is_stranger && !goes_on,
            opening,
            draft,
            said,
            owed,
            package,
            body: None,
        }
    }
}

fn apply(session: &mut ServerSession, reply: Reply, kept: Kept) {
    let Turn::Due(due) = mem::replace(&mut session.turn, Turn::Rest) else {
        return;
    };
    let state = &mut session.state;
    state.msg_id = reply.draft.message.header.msg_id;
    // The one before it is used up, even where there is no room to tell this one.
    if let Some(nonce) = reply.opening.client_nonce {
        session.account.client_nonce = Some(nonce);
    }
    if due.is_stranger {
        return;
    }
    state.told_msg_id = state.msg_id;
    if due.next == Next::More {
        let cmd_id = u32::try_from(reply.draft.message.commands.len()).unwrap_or(u32::MAX);
        state.nudges.push((state.msg_id, cmd_id));
    }
    if let Some(client) = reply.opening.client {
        state.client = client;
    }
    let Said {
        taken,
        sent,
        too_large,
        makes_room,
        chunk,
        rest,
        before,
        ..
    } = reply.said;
    let taken = state.queue.drain(..taken.min(state.queue.len()));
    state.in_flight = taken
        .filter(|waiting| !too_large.contains(&waiting.number))
        .chain(before)
        .collect();
    if let (Some(rest), Some(first)) = (rest, state.queue.front_mut()) {
        *first = rest;
    }
    if due.next != Next::More {
        state.next_chunk(chunk);
    }
    state.renews &= sent.is_empty();
    state.sent.extend(sent);
    state.package = reply.package;
    state.owed = reply.owed;
    state.made_room = makes_room;
    state.phase = if reply.done { Phase::Over } else { Phase::Open };
    if reply.done {
        state.owed.clear();
    }
    state.abort = false;
    state.sweep();
    state.last = Some(Handled {
        msg_id: due.msg_id,
        body: due.body,
        reply: kept,
        done: reply.done,
    });
}
