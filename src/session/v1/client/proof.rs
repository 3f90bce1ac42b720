//! Who proves what: whether the server is who it says, and what it says of our own credentials (DM protocol, chapter 9).

use crate::auth::{Authenticated, Demand, Evidence, Nonces, Party, Scheme, Verdict, verify};
use crate::error::{Code, Result};
use crate::session::event::ClientEvent;
use crate::session::transport::Received;
use crate::session::v1::version::Version;
use crate::status::StatusCode;
use crate::syncml::{Command, Header, Message};

use super::ClientSession;
use super::header::scheme;
use super::state::{ClientProof, ServerProof};

/// What the server says of our credentials and of our message.
pub(super) enum Said {
    Nothing,
    Accepted {
        demand: Option<Demand>,
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
        return match status.chal.as_deref().map(Demand::of) {
            Some(Ok(demand)) => Ok(Said::Asks(demand)),
            // A type that is not spoken here cannot be answered; a broken challenge is an error.
            Some(Err(error)) if error.code() != Code::Auth => Err(error),
            Some(Err(_)) | None => Ok(Said::Refuses(status.code)),
        };
    }
    if !status.code.is_success() {
        return Ok(Said::Refuses(status.code));
    }
    Ok(Said::Accepted {
        demand: status.chal.as_deref().map(Demand::of).transpose()?,
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
        /// Whether it may try again.
        retry: bool,
    },
}

impl Server {
    /// The code and the challenge of our Status for its header.
    pub(super) fn answer(&self) -> (StatusCode, Option<Scheme>) {
        match self {
            Self::Proven { code, chal, .. } => (*code, *chal),
            Self::Stranger { code, scheme, .. } => (*code, Some(*scheme)),
        }
    }
}

pub(super) fn identify(
    session: &ClientSession,
    header: &Header,
    received: &Received<'_>,
) -> Server {
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
                    retry: false,
                },
            };
        }
    };
    let (proven, asked) = match session.state.server {
        ServerProof::Proven(scheme) => (Some(scheme), None),
        ServerProof::Open { asked, .. } => (None, asked),
    };
    if let Some(scheme) = proven.filter(|scheme| !scheme.is_per_message())
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
    let speaks_sha256 = Version::of(header) == Ok(Version::V1_3);
    let scheme = asked.unwrap_or_else(|| credential.preferred(speaks_sha256));
    let stranger = |code, retry| Server::Stranger {
        code,
        scheme,
        retry,
    };
    let given = Evidence {
        cred: header.cred.as_ref(),
        hmac: received.hmac,
        body: received.body,
    };
    let issued = [
        session.account.server_nonce.as_deref(),
        session.state.issued_nonce.as_deref(),
    ];
    let nonces = Nonces {
        issued: issued.map(Option::unwrap_or_default),
        resync: session.state.may_resync,
    };
    match verify(&given, credential, true, &nonces) {
        // The type stays the same for the whole session, and an answer is of the type that was asked for.
        Verdict::Right { scheme, .. } | Verdict::Wrong(scheme)
            if proven.or(asked).is_some_and(|known| known != scheme) =>
        {
            stranger(StatusCode::INVALID_CREDENTIALS, false)
        }
        Verdict::Right { proof, scheme, .. } => {
            let is_per_message = scheme.is_per_message();
            let gives_nonce = is_per_message || (proven.is_none() && scheme.needs_nonce());
            Server::Proven {
                proof,
                scheme: Some(scheme),
                code: if is_per_message {
                    StatusCode::OK
                } else {
                    StatusCode::AUTHENTICATED
                },
                chal: gives_nonce.then_some(scheme),
            }
        }
        Verdict::Missing => {
            let is_bound = proven.filter(|scheme| !scheme.is_per_message());
            let is_wrong = proven.or(asked).is_some_and(Scheme::is_per_message);
            match Authenticated::by_reply_to_proven(is_bound) {
                Some((proof, scheme)) => Server::Proven {
                    proof,
                    scheme: Some(scheme),
                    code: StatusCode::OK,
                    chal: None,
                },
                // A MAC that was asked for and is not there counts as a wrong one.
                None if is_wrong => stranger(StatusCode::INVALID_CREDENTIALS, false),
                None => stranger(StatusCode::MISSING_CREDENTIALS, true),
            }
        }
        Verdict::WrongType => stranger(StatusCode::INVALID_CREDENTIALS, asked.is_none()),
        Verdict::Wrong(_) => stranger(StatusCode::INVALID_CREDENTIALS, true),
    }
}

/// What it means that the server accepts our message; the reason where that ends the session.
pub(super) fn accepted(
    session: &mut ClientSession,
    demand: Option<Demand>,
    for_session: bool,
    events: &mut Vec<ClientEvent>,
) -> Result<(), String> {
    let credential = session.config.account.client.credential();
    let known = credential.map(|credential| scheme(session, credential));
    // A server that asks for no credentials has not judged any.
    let judged = known.filter(|_| session.state.gave_cred);
    let is_settled = !matches!(session.state.client, ClientProof::Open);
    if let (Some(scheme), Some(demand)) = (judged, &demand)
        && scheme != demand.scheme
        && !for_session
    {
        return Err(CHANGED.to_owned());
    }
    let has_nonce = demand.as_ref().is_some_and(|demand| demand.nonce.is_some());
    if judged.is_some_and(Scheme::is_per_message) {
        if for_session {
            return Err("the server accepts for the session what every message needs".to_owned());
        }
        // A server that asks for no proof passes over the MAC; one that has asked gives a nonce for the next.
        if !has_nonce {
            return match is_settled {
                true => Err("the server gives no nonce for the next message".to_owned()),
                false => Ok(()),
            };
        }
    }
    if let Some(nonce) = demand.and_then(|demand| demand.nonce) {
        session.state.offered_nonce = Some(nonce);
    }
    let Some(scheme) = judged else {
        return Ok(());
    };
    if matches!(session.state.client, ClientProof::Accepted(_)) {
        return Ok(());
    }
    if !matches!(session.state.client, ClientProof::Each(_)) {
        events.push(ClientEvent::Authenticated);
    }
    session.state.client = if for_session {
        ClientProof::Accepted(scheme)
    } else {
        ClientProof::Each(scheme)
    };
    Ok(())
}

const CHANGED: &str = "the server asks for credentials of another type than before";

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
    let known = scheme(session, credential);
    let (is_settled, was_given, times) = match session.state.client {
        ClientProof::Asked { times, .. } => (true, true, times),
        ClientProof::Each(_) => (true, true, 0),
        ClientProof::Accepted(_) => (true, false, 0),
        ClientProof::Open => (false, session.state.gave_cred, 0),
    };
    // Chapter 9.1: the type stays the same for the whole session.
    if is_settled && known != demand.scheme {
        return Err(CHANGED.to_owned());
    }
    // A password does not get better by being sent again, a digest does with a new nonce, once.
    let is_same = was_given && known == demand.scheme;
    if times > 0 || (is_same && !demand.scheme.needs_nonce()) {
        return Err("the server refuses the device's credentials".to_owned());
    }
    session.state.offered_nonce = demand.nonce;
    session.state.client = ClientProof::Asked {
        scheme: demand.scheme,
        times: times + 1,
    };
    Ok(())
}
