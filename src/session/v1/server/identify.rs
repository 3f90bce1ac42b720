//! Who made a message: credentials, token, transport (DM protocol, chapter 9).

use crate::auth::{Account, Authenticated, Party, Scheme, Verdict, fingerprint, verify};
use crate::env::NONCE_LEN;
use crate::session::transport::Received;
use crate::status::StatusCode;
use crate::syncml::{Cred, Header};
use crate::uri;

use super::Binding;
use super::ServerSession;
use super::state::{Challenge, ClientProof, State};

/// The parameter of RespURI that holds the token.
pub(super) const TOKEN: &str = "sid";

/// What is known of the sender of a message.
pub(super) enum Identity {
    /// It is the device of the account.
    Device {
        proof: Authenticated,
        code: StatusCode,
        chal: Challenge,
        /// The name of the scheme, where it has proved itself just now.
        newly: Option<&'static str>,
    },
    /// It may be anybody.
    Stranger {
        code: StatusCode,
        scheme: Scheme,
        /// Whether it may try again.
        retry: bool,
    },
}

/// The scheme that is asked for where no account says which.
const DEFAULT: Scheme = Scheme::Md5;

pub(super) fn identify(
    session: &ServerSession,
    state: &State,
    header: &Header,
    received: &Received<'_>,
    account: Option<&Account>,
) -> Identity {
    let credential = match account.map(|account| &account.client) {
        Some(Party::Transport) => None,
        Some(Party::Credential(credential)) => Some(credential),
        None => None,
    };
    let is_another = account.is_some_and(|account| account.device_id != header.source.uri)
        || received.peer.is_some_and(|peer| peer != header.source.uri);
    let account = account.filter(|_| !is_another);
    let scheme = credential.map_or(DEFAULT, |credential| credential.preferred());
    let stranger = |code, retry| Identity::Stranger {
        code,
        scheme,
        retry,
    };
    if let Some(account) = account
        && let Some(proof) = Authenticated::by_transport(&account.client)
    {
        let newly = matches!(state.client, ClientProof::Open { .. }).then_some("transport");
        return Identity::Device {
            proof,
            code: StatusCode::OK,
            chal: Challenge::None,
            newly,
        };
    }
    // The transport has proved one device, and the message names another.
    if is_another && credential.is_none() {
        return stranger(StatusCode::INVALID_CREDENTIALS, false);
    }
    // The work is the same whether or not there is an account.
    let known = account.and(credential);
    let issued = session.account.client_nonce.as_deref().unwrap_or_default();
    let handed = account
        .and_then(|account| account.state.client_nonce.as_deref())
        .filter(|nonce| state.spent != Some(fingerprint(nonce)))
        .unwrap_or_default();
    let verdict = verify(header.cred.as_ref(), known, &[issued, handed]);
    match (&state.client, verdict) {
        (ClientProof::Proven { cred, token, peer }, verdict) => {
            let is_bound = |proof| Identity::Device {
                proof,
                code: StatusCode::OK,
                chal: Challenge::None,
                newly: None,
            };
            match proven(
                session,
                header.cred.as_ref(),
                received,
                cred.as_ref(),
                token.as_ref(),
                peer.as_deref(),
            ) {
                Some(Bound::Cred(proof, scheme)) => accept(session, proof, scheme, Use::Repeated),
                Some(Bound::Otherwise(proof)) => is_bound(proof),
                None => match verdict {
                    Verdict::Right(proof, scheme) => accept(session, proof, scheme, Use::New(None)),
                    Verdict::Missing => stranger(StatusCode::MISSING_CREDENTIALS, true),
                    Verdict::WrongType | Verdict::Wrong => {
                        stranger(StatusCode::INVALID_CREDENTIALS, false)
                    }
                },
            }
        }
        (ClientProof::Open { asked, .. }, Verdict::Right(proof, scheme)) => match asked {
            // The answer to a challenge is of the type that was asked for, even if another would be right.
            Some(asked) if *asked != scheme => stranger(StatusCode::INVALID_CREDENTIALS, false),
            _ => accept(session, proof, scheme, Use::New(Some(name(scheme)))),
        },
        (ClientProof::Open { missing, .. }, Verdict::Missing) => {
            stranger(StatusCode::MISSING_CREDENTIALS, *missing == 0)
        }
        (ClientProof::Open { asked, .. }, Verdict::WrongType) => {
            stranger(StatusCode::INVALID_CREDENTIALS, asked.is_none())
        }
        (ClientProof::Open { wrong, .. }, Verdict::Wrong) => {
            stranger(StatusCode::INVALID_CREDENTIALS, *wrong == 0)
        }
    }
}

enum Bound {
    Cred(Authenticated, Scheme),
    Otherwise(Authenticated),
}

/// Whether a later message belongs to the session that has been proven.
fn proven(
    session: &ServerSession,
    cred: Option<&Cred>,
    received: &Received<'_>,
    repeated: Option<&[u8; 32]>,
    token: Option<&[u8; NONCE_LEN]>,
    peer: Option<&str>,
) -> Option<Bound> {
    if let Some(given) = cred {
        // A device may repeat its credentials after 212; on every message a digest is new.
        let proof = Authenticated::by_repetition(repeated?, cred)?;
        let scheme = Scheme::from_wire(&given.kind)?;
        let is_new_each_time =
            session.config.binding == Binding::PerMessage && scheme.needs_nonce();
        return (!is_new_each_time).then_some(Bound::Cred(proof, scheme));
    }
    match session.config.binding {
        Binding::RespUri => {
            let given = received.url.and_then(|url| uri::parameter(url, TOKEN));
            Authenticated::by_token(token?, given).map(Bound::Otherwise)
        }
        Binding::Transport if received.peer == peer => {
            Authenticated::by_transport(&Party::Transport).map(Bound::Otherwise)
        }
        Binding::Transport => None,
        Binding::PerMessage => None,
    }
}

/// Whether credentials have used up the nonce that was issued.
enum Use {
    /// They have; the name of the scheme, where the device has proved itself just now.
    New(Option<&'static str>),
    /// They repeat earlier ones.
    Repeated,
}

/// 212 where the proof holds for the session, 200 where every message needs its own. A nonce that was issued and not used yet stays.
fn accept(session: &ServerSession, proof: Authenticated, scheme: Scheme, usage: Use) -> Identity {
    let per_message = session.config.binding == Binding::PerMessage;
    let code = if per_message {
        StatusCode::OK
    } else {
        StatusCode::AUTHENTICATED
    };
    let (chal, newly) = match usage {
        Use::New(newly) if scheme.needs_nonce() => (Challenge::Fresh(scheme), newly),
        Use::Repeated if scheme.needs_nonce() => (Challenge::Again(scheme), None),
        Use::New(newly) => (Challenge::None, newly),
        Use::Repeated => (Challenge::None, None),
    };
    Identity::Device {
        proof,
        code,
        chal,
        newly,
    }
}

fn name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Basic => "basic",
        Scheme::Md5 => "md5",
    }
}

/// What a message with these credentials may repeat later.
pub(super) fn repeatable(header: &Header) -> Option<[u8; 32]> {
    header
        .cred
        .as_ref()
        .map(|cred| fingerprint(cred.data.as_bytes()))
}
