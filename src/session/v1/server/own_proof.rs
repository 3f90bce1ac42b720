//! Proving ourselves to the device: what it says of our credentials, and which go with the reply (DM protocol, chapter 9).

use std::mem;

use crate::auth::{Account, Demand, Party};
use crate::error::{Code, Result};
use crate::status::StatusCode;
use crate::syncml::{Command, Cred, Message};

use super::ServerSession;
use super::state::{Sent, ServerProof, State};

/// What the device says of our own credentials, in its Status for our header.
pub(super) enum Said {
    Accepted(Option<Vec<u8>>),
    Once(Option<Vec<u8>>),
    Asks(Demand),
    Refuses,
}

pub(super) fn demand(
    message: &Message,
    state: &State,
    account: Option<&Account>,
) -> Result<Option<Said>> {
    if account.is_none_or(|account| matches!(account.server, Party::Transport)) {
        return Ok(None);
    }
    let status = message.commands.iter().find_map(|command| match command {
        Command::Status(status) if status.is_of_header() && state.is_answered_by(status) => {
            Some(status)
        }
        _ => None,
    });
    let Some(status) = status else {
        return Ok(None);
    };
    let demand = status.chal.as_ref().map(Demand::of).transpose();
    Ok(match (status.code, demand) {
        (StatusCode::AUTHENTICATED, demand) => {
            Some(Said::Accepted(demand?.and_then(|demand| demand.nonce)))
        }
        (StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS, Ok(Some(demand))) => {
            Some(Said::Asks(demand))
        }
        (StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS, Err(error))
            if error.code() != Code::Auth =>
        {
            return Err(error);
        }
        (StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS, _) => {
            Some(Said::Refuses)
        }
        (StatusCode::OK, demand) => Some(Said::Once(demand?.and_then(|demand| demand.nonce))),
        _ => None,
    })
}

/// Does what the device says of our credentials; gives the reason where that ends the session.
pub(super) fn asked(
    session: &mut ServerSession,
    state: &mut State,
    said: Said,
    account: Option<&Account>,
) -> Option<&'static str> {
    let allowed = account
        .and_then(|account| account.server.credential())
        .map_or(&[][..], |credential| credential.schemes());
    match said {
        Said::Accepted(nonce) => {
            state.server = ServerProof::Accepted;
            state.in_flight.clear();
            session.account.server_nonce = nonce.or_else(|| session.account.server_nonce.take());
            None
        }
        Said::Once(nonce) => {
            state.in_flight.clear();
            session.account.server_nonce = nonce.or_else(|| session.account.server_nonce.take());
            None
        }
        Said::Asks(demand) => {
            let times = match state.server {
                ServerProof::Asked(_, times) => times,
                ServerProof::Open | ServerProof::Accepted => 0,
            };
            if !allowed.contains(&demand.scheme) {
                return Some(
                    "the device asks for credentials of a type that the account does not allow",
                );
            }
            if times >= 2 {
                return Some("the device refuses the server's credentials");
            }
            state.server = ServerProof::Asked(demand.scheme, times + 1);
            session.account.server_nonce =
                demand.nonce.or_else(|| session.account.server_nonce.take());
            // The device has executed nothing: what was sent goes out again, with credentials.
            for (number, command) in mem::take(&mut state.in_flight).into_iter().rev() {
                let of_it = |sent: &Sent| sent.command == number;
                let is_untouched = |sent: &Sent| !sent.answered.contains(&true);
                if state
                    .sent
                    .iter()
                    .filter(|sent| of_it(sent))
                    .all(is_untouched)
                {
                    state.sent.retain(|sent| !of_it(sent));
                    state.queue.push_front((number, command));
                }
            }
            None
        }
        Said::Refuses => Some("the device refuses the server's credentials"),
    }
}

/// Our credentials, unless the device has accepted them for the session, with our user where they are a digest. Our password is for
/// nobody but the device.
pub(super) fn credentials(
    session: &ServerSession,
    account: &Account,
    header: StatusCode,
) -> Option<(Cred, Option<String>)> {
    let credential = account.server.credential()?;
    let scheme = match session.state.server {
        ServerProof::Accepted => return None,
        ServerProof::Asked(scheme, _) => scheme,
        ServerProof::Open => credential.preferred(),
    };
    if !scheme.needs_nonce() && !header.is_success() {
        return None;
    }
    let cred = credential.cred(
        scheme,
        session.account.server_nonce.as_deref().unwrap_or_default(),
    )?;
    Some((
        cred,
        scheme.needs_nonce().then(|| credential.user().to_owned()),
    ))
}
