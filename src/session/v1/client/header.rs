//! The header of the client's messages, credentials included.

use crate::auth::{Party, Scheme};
use crate::syncml::{Cred, Header, Location};

use super::ClientSession;
use super::state::ClientProof;

pub(super) fn header(session: &ClientSession) -> Header {
    let ClientSession { config, state, .. } = session;
    let cred = cred(session);
    let is_digest = cred
        .as_ref()
        .and_then(|cred| Scheme::from_wire(&cred.kind))
        .is_some_and(Scheme::needs_nonce);
    let user = config
        .account
        .client
        .credential()
        .map(|credential| credential.user().to_owned());
    Header {
        ver_dtd: config.version.ver_dtd().to_owned(),
        ver_proto: config.version.ver_proto().to_owned(),
        session_id: state.session_id.clone(),
        msg_id: state.msg_id.saturating_add(1),
        target: Location::of(config.url.as_str()),
        source: Location {
            uri: config.account.device_id.clone(),
            name: user.filter(|_| is_digest),
            ..Location::default()
        },
        cred,
        max_msg_size: Some(
            config
                .max_msg_size
                .unwrap_or(u32::MAX)
                .min(config.limits.bytes),
        ),
        ..Header::default()
    }
}

/// Our credentials: until the server has accepted them for the session, as far as a nonce is known for a digest.
fn cred(session: &ClientSession) -> Option<Cred> {
    let Party::Credential(credential) = &session.config.account.client else {
        return None;
    };
    let scheme = match &session.state.client {
        ClientProof::Accepted(_) => return None,
        ClientProof::Asked { scheme, .. } | ClientProof::Each(scheme) => *scheme,
        ClientProof::Open => credential.preferred(),
    };
    let nonce = session
        .state
        .offered_nonce
        .as_ref()
        .or(session.account.client_nonce.as_ref());
    match nonce {
        None if scheme.needs_nonce() => None,
        nonce => credential.cred(scheme, nonce.map_or(&[], Vec::as_slice)),
    }
}
