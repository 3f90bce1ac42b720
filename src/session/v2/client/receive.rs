//! Taking package 2 in: does it belong here, what does the server make of our alerts, what is there to be done.

use crate::dm2::{Dialect, MediaType, Request};
use crate::error::{Code, Error, Fault, Result};
use crate::session::event::{AbortedBy, ClientEvent};
use crate::session::transport::Received;
use crate::tree::Tree;

use super::ClientSession;
use super::alerts;
use super::execute::{self, Execution};
use super::state::{Phase, State};

/// Takes the server's reply. What is none ends the session: nothing tells the server of it, and nobody sends the same again.
pub(super) fn receive(
    session: &mut ClientSession,
    tree: &mut Tree,
    received: &Received<'_>,
) -> Result<Vec<ClientEvent>> {
    match session.state.phase {
        Phase::Waiting => {}
        Phase::Over => return Err(Error::state("the session is over")),
        _ => return Err(Error::state("no reply is expected").expecting("send first")),
    }
    if tree.is_held() {
        return Err(busy());
    }
    let mut events = Vec::new();
    match received.status {
        None | Some(200) => {}
        Some(401) if !session.state.is_challenged => {
            session.state.is_challenged = true;
            events.push(ClientEvent::Unauthenticated);
            return Ok(events);
        }
        Some(status) => {
            events.extend((status == 401).then_some(ClientEvent::Unauthenticated));
            end(
                session,
                &mut events,
                AbortedBy::Server,
                format!("http status {status}"),
            );
            return Ok(events);
        }
    }
    let (package, accept_mo) = match read(session, received) {
        Ok(read) => read,
        Err(error) => {
            end(session, &mut events, AbortedBy::Device, error.to_string());
            return Ok(events);
        }
    };
    alerts::answered(&mut session.state, &package.results, &mut events);
    let execution = Execution::new(received.body.to_vec(), accept_mo);
    session.state.phase = Phase::Executing(Box::new(execution));
    session.package = Some(package);
    execute::run(session, tree, &mut events);
    Ok(events)
}

/// The package, if it is one for this session, and what the header says of formats.
fn read(session: &ClientSession, received: &Received<'_>) -> Result<(Request, Option<String>)> {
    let headers = received.dm2_headers()?;
    if headers.content_type.is_some() && headers.media_type()? != Some(MediaType::Request) {
        let error = Error::peer(Code::Schema, "another media type");
        return Err(error.expecting(MediaType::Request.name()));
    }
    let limits = &session.config.limits;
    let (package, dialect) = Request::decode(received.body, &headers, limits)?;
    check(&session.state, &package, dialect)?;
    Ok((package, headers.accept_mo))
}

/// That a package in a dialect is one for this session.
pub(super) fn check(state: &State, package: &Request, dialect: Dialect) -> Result<()> {
    if dialect != state.dialect {
        let problem = format!("a package in the {} dialect", dialect.name());
        return Err(Error::peer(Code::State, problem).expecting(state.dialect.name()));
    }
    if let Some(info) = package
        .session
        .as_ref()
        .filter(|_| dialect == Dialect::Draft)
    {
        if info.id != state.beginning.session_id {
            return Err(Error::peer(Code::State, "a package of another session"));
        }
        if info.seq != state.seq {
            return Err(Error::peer(Code::State, "the answer to another package"));
        }
    }
    Ok(())
}

/// The error that another session has the tree for itself.
pub(super) fn busy() -> Error {
    let problem = "an Atomic of another session is under way";
    Error::new(Code::Busy, Fault::Caller, problem).expecting("its end")
}

fn end(session: &mut ClientSession, events: &mut Vec<ClientEvent>, by: AbortedBy, reason: String) {
    session.state.phase = Phase::Over;
    let reason = Some(reason);
    events.push(ClientEvent::Aborted { by, reason });
}
