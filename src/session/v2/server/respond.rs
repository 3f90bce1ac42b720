//! Package 2: the answers to the alerts, then what the host has queued, or END.

use std::mem;

use crate::dm2::{Command, Dialect, Headers, Package, PackageKind, Request, SessionInfo};
use crate::error::{Error, Result};
use crate::session::command::{NewCommand, Said};
use crate::session::transport::Outgoing;

use super::ServerSession;
use super::state::{Due, Handled, Phase, State, Turn};

/// Octets of a package that are not of its commands.
const FRAME: usize = 1024;

pub(super) fn respond(session: &mut ServerSession) -> Result<Outgoing> {
    match &session.turn {
        Turn::Rest => Err(Error::state("no reply is due").expecting("receive first")),
        Turn::Repeated(body) => {
            let repeated = Outgoing {
                repeated: true,
                done: session.state.phase == Phase::Over,
                ..outgoing(body.clone(), 200)
            };
            session.turn = Turn::Rest;
            Ok(repeated)
        }
        Turn::Refused(status) => {
            let refused = Outgoing {
                done: session.state.phase == Phase::Over,
                ..outgoing(Vec::new(), *status)
            };
            session.turn = Turn::Rest;
            Ok(refused)
        }
        Turn::Due(due) => {
            let plan = Plan::of(session, due);
            let package = Package::Request(request(session, due, &plan));
            let dialect = session.state.dialect;
            let body = package.encode(dialect, false)?;
            let headers = Headers::of(&package, dialect)?;
            let headers = headers.list().filter(|(name, _)| *name != "content-type");
            let headers = headers.map(|(name, value)| (name, value.to_owned()));
            let out = Outgoing {
                headers: headers.collect(),
                done: plan.is_end,
                unsupported: plan.unsupported.clone(),
                too_large: plan.too_large.clone(),
                ..outgoing(body, 200)
            };
            apply(session, plan, &out.body);
            Ok(out)
        }
    }
}

fn outgoing(body: Vec<u8>, status: u16) -> Outgoing {
    Outgoing {
        body,
        content_type: PackageKind::Request.media_type().name(),
        hmac: None,
        headers: Vec::new(),
        status: Some(status),
        url: None,
        done: false,
        repeated: false,
        too_large: Vec::new(),
        unsupported: Vec::new(),
    }
}

/// What a package says of what waits.
#[derive(Default)]
struct Plan {
    /// Commands of the queue that are taken out of it.
    taken: usize,
    sent: Vec<(u32, NewCommand)>,
    said: Vec<Said>,
    unsupported: Vec<u32>,
    too_large: Vec<u32>,
    is_end: bool,
}

impl Plan {
    fn of(session: &ServerSession, due: &Due) -> Self {
        let mut plan = Self::default();
        if !due.is_end && !session.state.abort {
            plan.fill(session);
        }
        plan.is_end = plan.said.is_empty() || due.is_last;
        plan
    }

    /// As much as one package may hold by our own limits, which stand for the device's: it says none.
    fn fill(&mut self, session: &ServerSession) {
        let limits = &session.config.limits;
        // END may go with them.
        let most = (limits.commands as usize).saturating_sub(1);
        let most_octets = (limits.bytes as usize).saturating_sub(FRAME);
        // The draft has a result for each of them.
        let most_targets = limits.items as usize;
        let (mut octets, mut targets) = (0, 0);
        for (number, command) in &session.state.queue {
            if let Some(said) = command.for_dm2() {
                let own: usize = said.iter().map(Said::octets).sum();
                let results: usize = said.iter().map(|said| said.command.targets()).sum();
                if said.len() > most || own > most_octets || results > most_targets {
                    self.too_large.push(*number);
                } else if self.said.len() + said.len() > most
                    || octets + own > most_octets
                    || targets + results > most_targets
                {
                    return;
                } else {
                    octets += own;
                    targets += results;
                    self.said.extend(said);
                    self.sent.push((*number, command.clone()));
                }
            } else {
                self.unsupported.push(*number);
            }
            self.taken += 1;
        }
    }
}

fn request(session: &ServerSession, due: &Due, plan: &Plan) -> Request {
    let State {
        dialect,
        session_id,
        seq,
        ..
    } = &session.state;
    let is_draft = *dialect == Dialect::Draft;
    let commands = plan.said.iter().map(|said| said.command.clone());
    let end = plan.is_end.then_some(Command::End);
    let acks = due.acks.iter().filter(|_| is_draft);
    Request {
        session: session_id.clone().map(|id| SessionInfo { id, seq: *seq }),
        accept_mo: session.config.accept_mo.clone(),
        commands: commands.chain(end).collect(),
        results: acks.map(|ack| ack.code()).collect(),
    }
}

fn apply(session: &mut ServerSession, plan: Plan, body: &[u8]) {
    let Turn::Due(due) = mem::replace(&mut session.turn, Turn::Rest) else {
        return;
    };
    let state = &mut session.state;
    let taken = plan.taken.min(state.queue.len());
    state.queue.drain(..taken);
    state.phase = if plan.is_end {
        Phase::Over
    } else {
        Phase::Open
    };
    // With END nothing is answered.
    state.sent = if plan.is_end { Vec::new() } else { plan.sent };
    state.abort = false;
    let reply = || Handled {
        body: due.body,
        reply: body.to_vec(),
    };
    state.last = state.session_id.is_some().then(reply);
}
