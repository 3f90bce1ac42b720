//! The header of the client's messages, what proves us in them, and what the server's header changes.

use crate::auth::{Credential, MacKey, RESYNC_NONCE, Scheme};
use crate::session::v1::version::Version;
use crate::status::StatusCode;
use crate::syncml::{Header, Location};
use crate::uri;

use super::ClientSession;
use super::objects;
use super::state::ClientProof;

pub(super) fn header(session: &ClientSession) -> Header {
    let ClientSession { config, state, .. } = session;
    let proving = proving(session);
    let digest = proving
        .as_ref()
        .filter(|proving| proving.scheme.needs_nonce());
    Header {
        ver_dtd: config.version.ver_dtd().to_owned(),
        ver_proto: config.version.ver_proto().to_owned(),
        session_id: state.session_id.clone(),
        msg_id: state.msg_id.saturating_add(1),
        target: Location::of(config.url.as_str()),
        source: Location {
            uri: config.account.device_id.clone(),
            name: digest.map(|digest| digest.credential.user().to_owned()),
            ..Location::default()
        },
        cred: proving
            .as_ref()
            .and_then(|proving| proving.credential.cred(proving.scheme, proving.nonce)),
        max_msg_size: Some(
            config
                .max_msg_size
                .unwrap_or(u32::MAX)
                .min(config.limits.bytes),
        ),
        max_obj_size: config.max_obj_size,
        ..Header::default()
    }
}

/// What makes the MAC of the next message, where that is our proof.
pub(super) fn mac(session: &ClientSession) -> Option<MacKey> {
    let proving = proving(session).filter(|proving| proving.scheme == Scheme::Hmac)?;
    Some(proving.credential.mac_key(proving.nonce))
}

/// The scheme of our proof: what the server asks for, else what the account prefers.
pub(super) fn scheme(session: &ClientSession, credential: &Credential) -> Scheme {
    match &session.state.client {
        ClientProof::Accepted(scheme)
        | ClientProof::Asked { scheme, .. }
        | ClientProof::Each(scheme) => *scheme,
        ClientProof::Open => credential.preferred(session.config.version >= Version::V1_3),
    }
}

/// How we prove ourselves.
struct Proving<'s> {
    credential: &'s Credential,
    scheme: Scheme,
    nonce: &'s [u8],
}

/// Until the server has accepted us for the session, as far as a nonce is known for a digest.
fn proving(session: &ClientSession) -> Option<Proving<'_>> {
    let credential = session.config.account.client.credential()?;
    let scheme = match &session.state.client {
        ClientProof::Accepted(_) => return None,
        ClientProof::Open | ClientProof::Asked { .. } | ClientProof::Each(_) => {
            scheme(session, credential)
        }
    };
    let state = &session.state;
    let offered = state.offered_nonce.as_deref();
    let resync = state.resync.then_some(&RESYNC_NONCE[..]);
    let stored = session.account.client_nonce.as_deref();
    let nonce = match offered.or(resync).or(stored) {
        None if scheme.needs_nonce() => return None,
        nonce => nonce.unwrap_or_default(),
    };
    Some(Proving {
        credential,
        scheme,
        nonce,
    })
}

/// What the server takes from now on.
pub(super) fn take_max_msg_size(
    session: &mut ClientSession,
    header: &Header,
) -> Result<(), String> {
    let Some(size) = header.max_msg_size else {
        return Ok(());
    };
    if size < session.config.limits.min_msg_size {
        if let Some(last) = &mut session.state.last {
            (last.code, last.chal) = (StatusCode::BAD_REQUEST, None);
        }
        return Err("the server takes no message of a reasonable size".to_owned());
    }
    let before = session.state.peer_max_msg_size.replace(size);
    if before.is_none_or(|before| size < before) {
        objects::prepare_waiting(session);
    }
    Ok(())
}

/// RespURI says where the next message goes, within the origins that the host allows.
pub(super) fn take_resp_uri(session: &mut ClientSession, header: &Header) -> Result<(), String> {
    let Some(resp_uri) = &header.resp_uri else {
        return Ok(());
    };
    let config = &session.config;
    let origin = uri::origin(resp_uri);
    let is_secure = |origin: &&String| origin.starts_with("https:");
    let is_listed = |origin: &String| {
        let mut listed = config.origins.iter().filter_map(|url| uri::origin(url));
        listed.any(|listed| listed == *origin)
    };
    let is_allowed = origin.is_some()
        && (origin == uri::origin(&config.url)
            || origin.as_ref().filter(is_secure).is_some_and(is_listed));
    if !is_allowed {
        return Err("RespURI names an origin that is not allowed".to_owned());
    }
    session.state.resp_uri = Some(resp_uri.clone());
    Ok(())
}
