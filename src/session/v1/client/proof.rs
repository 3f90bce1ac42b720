//! Who proves what: whether the server is who it says, and what it says of our own credentials (DM protocol, chapter 9).

use crate::auth::{Authenticated, Demand, Party, Scheme, Verdict, verify};
use crate::error::{Code, Result};
use crate::session::event::ClientEvent;
use crate::status::StatusCode;
use crate::syncml::{Command, Header, Message};

use super::ClientSession;
use super::state::{ClientProof, ServerProof};

/// What the server says of our credentials and of our message.
pub(super) enum Said {
    Nothing,
    Accepted {
        nonce: Option<Vec<u8>>,
        for_session: bool,
    },
    Asks(Demand),
    Refuses(StatusCode),
}

pub(super) fn said(session: &ClientSession, message: &Message) -> Result<Said> {
    let status = message.commands.iter().find_map(|command| match command {
        Command::Status(status)
            if status.is_of_header() && status.answers(session.state.msg_id) =>
        {
            Some(status)
        }
        _ => None,
    });
    let Some(status) = status else {
        return Ok(Said::Nothing);
    };
    let is_demand = matches!(
        status.code,
        StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS
    );
    if is_demand {
        return match status.chal.as_ref().map(Demand::of) {
            Some(Ok(demand)) => Ok(Said::Asks(demand)),
            // A type that is not spoken here cannot be answered; a broken challenge is an error.
            Some(Err(error)) if error.code() != Code::Auth => Err(error),
            Some(Err(_)) | None => Ok(Said::Refuses(status.code)),
        };
    }
    if !status.code.is_success() {
        return Ok(Said::Refuses(status.code));
    }
    let nonce = status
        .chal
        .as_ref()
        .map(Demand::of)
        .transpose()?
        .and_then(|demand| demand.nonce);
    Ok(Said::Accepted {
        nonce,
        for_session: status.code == StatusCode::AUTHENTICATED,
    })
}

/// Whether the server is who it says.
pub(super) enum Server {
    Proven {
        proof: Authenticated,
        scheme: Option<Scheme>,
        code: StatusCode,
        chal: Option<Scheme>,
    },
    Stranger {
        code: StatusCode,
        scheme: Scheme,
    },
}

impl Server {
    /// The code and the challenge of our Status for its header.
    pub(super) fn answer(&self) -> (StatusCode, Option<Scheme>) {
        match self {
            Self::Proven { code, chal, .. } => (*code, *chal),
            Self::Stranger { code, scheme } => (*code, Some(*scheme)),
        }
    }
}

pub(super) fn identify(session: &ClientSession, header: &Header) -> Server {
    let account = &session.config.account;
    let credential = match &account.server {
        Party::Credential(credential) => credential,
        Party::Transport => {
            return match Authenticated::by_transport(&account.server) {
                Some(proof) => Server::Proven {
                    proof,
                    scheme: None,
                    code: StatusCode::OK,
                    chal: None,
                },
                None => Server::Stranger {
                    code: StatusCode::MISSING_CREDENTIALS,
                    scheme: Scheme::Md5,
                },
            };
        }
    };
    let nonces = [
        session.account.server_nonce.as_deref(),
        session.state.issued_nonce.as_deref(),
    ]
    .map(Option::unwrap_or_default);
    let proven = match session.state.server {
        ServerProof::Proven(scheme) => Some(scheme),
        ServerProof::Open(_) => None,
    };
    if let Some(scheme) = proven
        && let Some(print) = &session.state.server_cred
        && let Some(proof) = Authenticated::by_repetition(print, header.cred.as_ref())
    {
        return Server::Proven {
            proof,
            scheme: Some(scheme),
            code: StatusCode::AUTHENTICATED,
            chal: None,
        };
    }
    let scheme = credential.preferred();
    match verify(header.cred.as_ref(), Some(credential), &nonces) {
        Verdict::Right(proof, scheme) => {
            let chal = (proven.is_none() && scheme.needs_nonce()).then_some(scheme);
            Server::Proven {
                proof,
                scheme: Some(scheme),
                code: StatusCode::AUTHENTICATED,
                chal,
            }
        }
        Verdict::Missing => match Authenticated::by_reply_to_proven(proven) {
            Some((proof, scheme)) => Server::Proven {
                proof,
                scheme: Some(scheme),
                code: StatusCode::OK,
                chal: None,
            },
            None => Server::Stranger {
                code: StatusCode::MISSING_CREDENTIALS,
                scheme,
            },
        },
        Verdict::WrongType | Verdict::Wrong => Server::Stranger {
            code: StatusCode::INVALID_CREDENTIALS,
            scheme,
        },
    }
}

pub(super) fn accepted(
    session: &mut ClientSession,
    nonce: Option<Vec<u8>>,
    for_session: bool,
    events: &mut Vec<ClientEvent>,
) {
    if let Some(nonce) = nonce {
        session.state.offered_nonce = Some(nonce);
    }
    let Party::Credential(credential) = &session.config.account.client else {
        return;
    };
    let scheme = match &session.state.client {
        ClientProof::Asked { scheme, .. } | ClientProof::Each(scheme) => *scheme,
        ClientProof::Open => credential.preferred(),
        ClientProof::Accepted(_) => return,
    };
    // A server that asks for no credentials has not judged any.
    if !session.state.gave_cred {
        return;
    }
    if !matches!(session.state.client, ClientProof::Each(_)) {
        events.push(ClientEvent::Authenticated);
    }
    session.state.client = if for_session {
        ClientProof::Accepted(scheme)
    } else {
        ClientProof::Each(scheme)
    };
}

/// The server asks for credentials: package 1 goes out again with them, if the account allows the type and it is worth the try.
pub(super) fn ask(session: &mut ClientSession, demand: Demand) -> Result<(), String> {
    let Party::Credential(credential) = &session.config.account.client else {
        return Err("the server asks for credentials that the account does not have".to_owned());
    };
    if !credential.schemes().contains(&demand.scheme) {
        return Err(
            "the server asks for credentials of a type that the account does not allow".to_owned(),
        );
    }
    let open = credential.preferred();
    let (settled, given, times) = match session.state.client {
        ClientProof::Asked { scheme, times } => (Some(scheme), Some(scheme), times),
        ClientProof::Each(scheme) => (Some(scheme), Some(scheme), 0),
        ClientProof::Accepted(scheme) => (Some(scheme), None, 0),
        ClientProof::Open => (None, Some(open).filter(|open| !open.needs_nonce()), 0),
    };
    // Chapter 9.1: the type stays the same for the whole session.
    if settled.is_some_and(|settled| settled != demand.scheme) {
        return Err("the server asks for credentials of another type than before".to_owned());
    }
    // A password does not get better by being sent again, a digest does with a new nonce, once.
    let is_futile = times > 0 || (demand.scheme == Scheme::Basic && given == Some(Scheme::Basic));
    if is_futile {
        return Err("the server refuses the device's credentials".to_owned());
    }
    session.state.offered_nonce = demand.nonce;
    session.state.client = ClientProof::Asked {
        scheme: demand.scheme,
        times: times + 1,
    };
    Ok(())
}
