//! Proving ourselves to the device: what it says of our credentials, and which go with the reply (DM protocol, chapter 9).

use std::mem;

use crate::auth::{Account, Credential, Demand, MacKey, Party, RESYNC_NONCE, Scheme};
use crate::error::{Code, Result};
use crate::session::v1::version::Version;
use crate::status::StatusCode;
use crate::syncml::{Command, Cred, Message};

use super::ServerSession;
use super::state::{Sent, ServerProof, State};

/// What the device says of our own credentials, in its Status for our header.
pub(super) enum Said {
    Accepted(Option<Vec<u8>>),
    Once(Option<Demand>),
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
    let demand = status.chal.as_deref().map(Demand::of).transpose();
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
        (StatusCode::OK, demand) => Some(Said::Once(demand?)),
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
    let credential = account.and_then(|account| account.server.credential())?;
    let used = used(state, credential);
    match said {
        Said::Accepted(nonce) => {
            if used.is_per_message() {
                return Some("the device accepts for the session what every message needs");
            }
            state.server = ServerProof::Accepted(used);
            state.in_flight.clear();
            take_nonce(session, state, nonce);
            None
        }
        Said::Once(demand) => {
            if let Some(demand) = &demand
                && demand.scheme != used
            {
                return Some(CHANGED);
            }
            let nonce = demand.and_then(|demand| demand.nonce);
            // A device that asks for no proof passes over the MAC; one that has asked gives a nonce for the next.
            let was_asked = matches!(state.server, ServerProof::Asked(_) | ServerProof::Each(_));
            if used.is_per_message() && was_asked && nonce.is_none() {
                return Some("the device gives no nonce for the next message");
            }
            if was_asked || nonce.is_some() {
                state.server = ServerProof::Each(used);
            }
            state.in_flight.clear();
            take_nonce(session, state, nonce);
            None
        }
        Said::Asks(demand) => {
            if !credential.schemes().contains(&demand.scheme) {
                return Some(
                    "the device asks for credentials of a type that the account does not allow",
                );
            }
            let is_settled = !matches!(state.server, ServerProof::Open);
            if is_settled && demand.scheme != used {
                return Some(CHANGED);
            }
            if matches!(state.server, ServerProof::Asked(_)) {
                return Some(REFUSED);
            }
            state.server = ServerProof::Asked(demand.scheme);
            take_nonce(session, state, demand.nonce);
            // The device has executed nothing: what was sent goes out again, with credentials.
            state.chunk = None;
            for waiting in mem::take(&mut state.in_flight).into_iter().rev() {
                let number = waiting.number;
                let of_it = |sent: &Sent| sent.command == number;
                let is_untouched = |sent: &Sent| !sent.answered.contains(&true);
                if state
                    .sent
                    .iter()
                    .filter(|sent| of_it(sent))
                    .all(is_untouched)
                {
                    state.sent.retain(|sent| !of_it(sent));
                    state.queue.push_front(waiting);
                }
            }
            None
        }
        Said::Refuses => Some(REFUSED),
    }
}

const CHANGED: &str = "the device asks for credentials of another type than before";
const REFUSED: &str = "the device refuses the server's credentials";

/// A nonce that the device has given replaces the one before.
fn take_nonce(session: &mut ServerSession, state: &mut State, nonce: Option<Vec<u8>>) {
    if let Some(nonce) = nonce {
        session.account.server_nonce = Some(nonce);
        state.resync = false;
    }
}

/// The scheme of our credentials.
fn used(state: &State, credential: &Credential) -> Scheme {
    match state.server {
        ServerProof::Accepted(scheme) | ServerProof::Asked(scheme) | ServerProof::Each(scheme) => {
            scheme
        }
        ServerProof::Open => credential.preferred(state.version == Some(Version::V1_3)),
    }
}

/// Our proof in a reply.
pub(super) struct OwnProof {
    pub(super) cred: Option<Cred>,
    pub(super) mac: Option<MacKey>,
    /// Our user, where the proof is a digest.
    pub(super) user: Option<String>,
}

/// Our proof, unless the device has accepted us for the session. It is for nobody but the device: a stranger learns neither a digest nor
/// that there is an account.
pub(super) fn own_proof(
    session: &ServerSession,
    account: &Account,
    header: StatusCode,
) -> Option<OwnProof> {
    let credential = account.server.credential()?;
    let state = &session.state;
    if matches!(state.server, ServerProof::Accepted(_)) || !header.is_success() {
        return None;
    }
    let scheme = used(state, credential);
    let nonce = match state.resync {
        true => &RESYNC_NONCE[..],
        false => session.account.server_nonce.as_deref().unwrap_or_default(),
    };
    let is_mac = scheme == Scheme::Hmac;
    Some(OwnProof {
        cred: credential.cred(scheme, nonce),
        mac: is_mac.then(|| credential.mac_key(nonce)),
        user: scheme.needs_nonce().then(|| credential.user().to_owned()),
    })
}
