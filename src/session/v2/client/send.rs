//! What the client sends: packages 1 and 3, and the last word of a session that is aborted.

use std::mem;

use crate::dm2::{
    Alert, Dialect, Headers, Initiation, Outcome, Package, PackageKind, Response, SessionInfo,
};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::session::transport::Outgoing;
use crate::status::AlertCode;
use crate::tree::{Access, Tree};

use super::ClientSession;
use super::alerts::{self, Taken};
use super::places;
use super::state::{Out, Phase};

/// The next package, or the one that is out.
pub(super) fn send(
    session: &mut ClientSession,
    tree: &Tree,
    env: &Env<'_>,
) -> Result<Option<Outgoing>> {
    match &session.state.phase {
        Phase::Over => return Ok(None),
        Phase::Executing(_) => {
            return Err(Error::state("a ticket is open").expecting("complete first"));
        }
        Phase::Waiting => return again(session).map(Some),
        Phase::SetUp | Phase::Answering(_) | Phase::Aborting(_) => {}
    }
    let (package, taken) = match &session.state.phase {
        Phase::SetUp => initiation(session, tree),
        Phase::Answering(results) => {
            let taken = alerts::waiting(session, tree);
            response(session, results.clone(), taken)
        }
        Phase::Aborting(results) => {
            let abort = Alert {
                code: AlertCode::SESSION_ABORT,
                correlator: None,
                items: Vec::new(),
            };
            let taken = Taken {
                alerts: vec![abort],
                numbers: vec![None],
            };
            response(session, results.clone(), taken)
        }
        Phase::Waiting | Phase::Executing(_) | Phase::Over => return Ok(None),
    };
    let body = package.encode(session.state.dialect, false)?;
    let headers = Headers::of(&package, session.state.dialect)?;
    let tells_tree = alerts::tells_tree(session);
    let state = &mut session.state;
    if tells_tree && state.phase == Phase::SetUp {
        state.tree_revision = Some(tree.revision());
    }
    state.now = env.now;
    state.seq = state.seq.saturating_add(1);
    state.is_challenged = false;
    alerts::sent(state, &taken.numbers);
    let next = match mem::replace(&mut state.phase, Phase::Over) {
        Phase::Aborting(_) => Phase::Over,
        _ => Phase::Waiting,
    };
    state.phase = next;
    let out = outgoing(session, body.clone(), package.kind(), &headers);
    session.state.out = Some(Out {
        body,
        alerts: taken.numbers,
    });
    Ok(Some(out))
}

/// What the draft dialect says of the session.
fn info(session: &ClientSession) -> Option<SessionInfo> {
    let state = &session.state;
    (state.dialect == Dialect::Draft).then(|| SessionInfo {
        id: state.beginning.session_id.clone(),
        seq: state.seq.saturating_add(1),
    })
}

fn initiation(session: &ClientSession, tree: &Tree) -> (Package, Taken) {
    let beginning = &session.state.beginning;
    let reason = beginning.reason();
    let taken = alerts::waiting(session, tree)
        .with_tree(session, tree)
        .behind(reason, session.state.dialect);
    let is_listed = beginning.is_listed || session.config.objects.always_listed;
    let is_asked = is_listed || !beginning.wanted.is_empty();
    let access = is_asked.then(|| places::access(session, tree));
    let listed = access.as_ref().filter(|_| is_listed);
    let data = access
        .iter()
        .flat_map(|access| places::wanted(access, session.state.dialect, tree, &beginning.wanted));
    let package = Initiation {
        device_id: Some(session.config.account.device_id.clone()),
        session: info(session),
        reason: Some(reason),
        supported: listed.map(Access::supported).unwrap_or_default(),
        data: data.collect(),
        alerts: taken.alerts.clone(),
    };
    (Package::Initiation(package), taken)
}

fn response(session: &ClientSession, results: Vec<Outcome>, taken: Taken) -> (Package, Taken) {
    let package = Response {
        device_id: Some(session.config.account.device_id.clone()),
        session: info(session),
        results,
        alerts: taken.alerts.clone(),
    };
    (Package::Response(package), taken)
}

/// The package that is out, octet for octet.
fn again(session: &ClientSession) -> Result<Outgoing> {
    let body = session.state.out.as_ref().map(|out| out.body.clone());
    let device_id = Some(session.config.account.device_id.clone());
    // The headers depend on the kind alone, which the number tells.
    let package = match session.state.seq {
        1 => Package::Initiation(Initiation {
            device_id,
            ..Initiation::default()
        }),
        _ => Package::Response(Response {
            device_id,
            ..Response::default()
        }),
    };
    let headers = Headers::of(&package, session.state.dialect)?;
    let body = body.unwrap_or_default();
    Ok(outgoing(session, body, package.kind(), &headers))
}

fn outgoing(
    session: &ClientSession,
    body: Vec<u8>,
    kind: PackageKind,
    headers: &Headers,
) -> Outgoing {
    let own = session.state.url.as_ref();
    let headers = headers.list().filter(|(name, _)| *name != "content-type");
    Outgoing {
        body,
        content_type: kind.media_type().name(),
        hmac: None,
        headers: headers
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
        status: None,
        url: Some(own.unwrap_or(&session.config.url).clone()),
        done: session.state.phase == Phase::Over,
        repeated: false,
        too_large: Vec::new(),
        unsupported: Vec::new(),
    }
}
