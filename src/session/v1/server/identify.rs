//! Who made a message: credentials, MAC, token, transport (DM protocol, chapter 9).

use crate::auth::{
    Account, Authenticated, Credential, Evidence, Nonces, Party, Scheme, Verdict, fingerprint,
    verify,
};
use crate::env::NONCE_LEN;
use crate::session::server::Binding;
use crate::session::transport::Received;
use crate::session::v1::version::Version;
use crate::status::StatusCode;
use crate::syncml::{Cred, Header};
use crate::uri;

use super::ServerSession;
use super::state::{Challenge, ClientProof, State};

/// The parameter of RespURI that holds the token.
pub(super) const TOKEN: &str = "sid";

/// What is known of the sender of a message.
pub(super) enum Identity {
    /// It is the device of the account.
    Device(Device),
    /// It may be anybody.
    Stranger {
        code: StatusCode,
        scheme: Scheme,
        /// Whether it may try again.
        retry: bool,
    },
}

/// A device that has proved itself.
pub(super) struct Device {
    pub(super) proof: Authenticated,
    /// By what, if not by the transport.
    pub(super) scheme: Option<Scheme>,
    pub(super) code: StatusCode,
    pub(super) chal: Challenge,
    /// The name of the scheme, where it has proved itself just now.
    pub(super) newly: Option<&'static str>,
    /// It has used the nonce of a resynchronization.
    pub(super) by_resync: bool,
}

pub(super) fn identify(
    session: &ServerSession,
    state: &State,
    header: &Header,
    received: &Received<'_>,
    account: Option<&Account>,
) -> Identity {
    let nobody = Credential::nobody(&session.config.strangers);
    let credential = account.and_then(|account| account.client.credential());
    let is_another = account.is_some_and(|account| account.device_id != header.source.uri)
        || received.peer.is_some_and(|peer| peer != header.source.uri);
    let account = account.filter(|_| !is_another);
    let is_proven = matches!(state.client, ClientProof::Proven { .. });
    // The type stays the same for the whole session.
    let scheme = match state.client {
        ClientProof::Open {
            asked: Some(scheme),
            ..
        }
        | ClientProof::Proven {
            scheme: Some(scheme),
            ..
        } => scheme,
        _ => credential
            .unwrap_or(&nobody)
            .preferred(Version::of(header) == Ok(Version::V1_3)),
    };
    let stranger = |code, retry| Identity::Stranger {
        code,
        scheme,
        retry,
    };
    if let Some(account) = account
        && let Some(proof) = Authenticated::by_transport(&account.client)
    {
        return Identity::Device(Device {
            newly: (!is_proven).then_some("transport"),
            ..bound(proof)
        });
    }
    let given = Evidence {
        cred: header.cred.as_ref(),
        hmac: received.hmac,
        body: received.body,
    };
    let verdict = judge(
        session,
        state,
        &given,
        account,
        credential.unwrap_or(&nobody),
    );
    // The transport has proved one device, and the message names another, whether there is such a one or not.
    if is_another {
        return stranger(StatusCode::INVALID_CREDENTIALS, is_proven);
    }
    match (&state.client, verdict) {
        // For whom the host does not know any more no token counts.
        (ClientProof::Proven { .. }, _) if account.is_none() => {
            stranger(StatusCode::INVALID_CREDENTIALS, true)
        }
        (ClientProof::Proven { .. }, verdict) => {
            go_on(session, state, header.cred.as_ref(), received, verdict)
                .map_or_else(|(code, retry)| stranger(code, retry), Identity::Device)
        }
        (
            ClientProof::Open { asked, .. },
            Verdict::Right { scheme, .. } | Verdict::Wrong(scheme),
        ) if asked.is_some_and(|asked| asked != scheme) => {
            // The answer to a challenge is of the type that was asked for, even if another would be right.
            stranger(StatusCode::INVALID_CREDENTIALS, false)
        }
        (
            ClientProof::Open { .. },
            Verdict::Right {
                proof,
                scheme,
                by_resync,
            },
        ) => Identity::Device(Device {
            newly: Some(scheme.name()),
            by_resync,
            ..accept(session, proof, scheme, Use::New)
        }),
        // A MAC that was asked for and is not there counts as a wrong one.
        (ClientProof::Open { asked, .. }, Verdict::Missing)
            if asked.is_some_and(Scheme::is_per_message) =>
        {
            stranger(StatusCode::INVALID_CREDENTIALS, false)
        }
        (ClientProof::Open { missing, .. }, Verdict::Missing) => {
            stranger(StatusCode::MISSING_CREDENTIALS, *missing == 0)
        }
        (ClientProof::Open { asked, .. }, Verdict::WrongType) => {
            stranger(StatusCode::INVALID_CREDENTIALS, asked.is_none())
        }
        (ClientProof::Open { wrong, .. }, Verdict::Wrong(_)) => {
            stranger(StatusCode::INVALID_CREDENTIALS, *wrong == 0)
        }
    }
}

/// Checks what was given. The work is the same whether or not there is an account.
fn judge(
    session: &ServerSession,
    state: &State,
    given: &Evidence<'_>,
    account: Option<&Account>,
    credential: &Credential,
) -> Verdict {
    let handed = account.and_then(|account| account.state.client_nonce.as_deref());
    let handed = handed.unwrap_or_default();
    let is_spent = state.spent == Some(fingerprint(handed));
    let issued = session.account.client_nonce.as_deref();
    let nonces = Nonces {
        issued: [
            issued.unwrap_or_default(),
            if is_spent { &[] } else { handed },
        ],
        resync: !state.is_resynced && account.is_some_and(|account| account.state.resync),
    };
    verify(given, credential, account.is_some(), &nonces)
}

/// A later message of a session that has been proven; else the code to refuse it with, and whether its sender may try again.
fn go_on(
    session: &ServerSession,
    state: &State,
    cred: Option<&Cred>,
    received: &Received<'_>,
    verdict: Verdict,
) -> Result<Device, (StatusCode, bool)> {
    let ClientProof::Proven {
        scheme: known,
        cred: repeated,
        token,
        peer,
    } = &state.client
    else {
        return Err((StatusCode::MISSING_CREDENTIALS, true));
    };
    let is_per_message = known.is_some_and(Scheme::is_per_message);
    if !is_per_message {
        let by = proven(
            session,
            cred,
            received,
            known.zip(repeated.as_ref()),
            token.as_ref(),
            peer.as_deref(),
        );
        match by {
            Some(Bound::Cred(proof, scheme)) => {
                return Ok(accept(session, proof, scheme, Use::Repeated));
            }
            Some(Bound::Otherwise(proof)) => return Ok(bound(proof)),
            None => {}
        }
    }
    match verdict {
        // The type stays the same for the whole session.
        Verdict::Right { proof, scheme, .. } if known.is_none_or(|known| known == scheme) => {
            Ok(accept(session, proof, scheme, Use::New))
        }
        Verdict::Missing if !is_per_message => Err((StatusCode::MISSING_CREDENTIALS, true)),
        Verdict::Missing | Verdict::WrongType | Verdict::Wrong(_) | Verdict::Right { .. } => {
            Err((StatusCode::INVALID_CREDENTIALS, false))
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
    known: Option<(Scheme, &[u8; 32])>,
    token: Option<&[u8; NONCE_LEN]>,
    peer: Option<&str>,
) -> Option<Bound> {
    if let Some(given) = cred {
        // A device may repeat its credentials after 212; on every message a digest is new.
        let (scheme, repeated) = known?;
        let proof = Authenticated::by_repetition(repeated, cred)?;
        let is_new_each_time =
            session.config.binding == Binding::PerMessage && scheme.needs_nonce();
        let is_same = Scheme::from_wire(&given.kind) == Some(scheme);
        return (is_same && !is_new_each_time).then_some(Bound::Cred(proof, scheme));
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

/// The device by other proof than credentials.
fn bound(proof: Authenticated) -> Device {
    Device {
        proof,
        scheme: None,
        code: StatusCode::OK,
        chal: Challenge::None,
        newly: None,
        by_resync: false,
    }
}

/// Whether credentials have used up the nonce that was issued.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// They have.
    New,
    /// They repeat earlier ones.
    Repeated,
}

/// 212 where the proof holds for the session, 200 where every message needs its own. A nonce that was issued and not used yet stays.
fn accept(session: &ServerSession, proof: Authenticated, scheme: Scheme, usage: Use) -> Device {
    let is_per_message = session.config.binding == Binding::PerMessage || scheme.is_per_message();
    let code = if is_per_message {
        StatusCode::OK
    } else {
        StatusCode::AUTHENTICATED
    };
    let chal = match usage {
        _ if !scheme.needs_nonce() => Challenge::None,
        Use::New => Challenge::Fresh(scheme),
        Use::Repeated => Challenge::Again(scheme),
    };
    Device {
        proof,
        scheme: Some(scheme),
        code,
        chal,
        newly: None,
        by_resync: false,
    }
}

/// What a message with these credentials may repeat later.
pub(super) fn repeatable(header: &Header) -> Option<[u8; 32]> {
    header
        .cred
        .as_ref()
        .map(|cred| fingerprint(cred.data.as_bytes()))
}
