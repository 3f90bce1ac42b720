//! Sessions at rest: a state belongs to the nonces that it was saved with, and is restored only where it can be and there is room for it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::auth::AccountState;
use crate::checksum::Checksum;
use crate::error::{Error, Result};
pub(super) use crate::session::command::within;
use crate::session::transport::Part;
use crate::snapshot::{self, Kind};

use super::object::parts::{Parts, Run};

/// The state of a session of either side.
pub(super) trait AtRest: Serialize + DeserializeOwned {
    /// How it is sealed.
    const KIND: Kind;
    /// Of whom it is not, in words.
    const FOREIGN: &'static str;

    /// Device and server.
    fn owners(&self) -> (&str, &str);

    /// Whether what it says of itself can be.
    fn is_sound(&self) -> bool;

    /// The octets of its large objects.
    fn parts(&mut self) -> &mut Parts;

    /// The object that is coming in, and how many octets are to be expected of it.
    fn growing(&self) -> Option<(Run, usize)>;

    /// How many octets it keeps of large objects.
    fn object_bytes(&self) -> u64;
}

/// Seals a state together with what it belongs to.
pub(super) fn seal<S: AtRest>(state: &S, account: &AccountState) -> Result<Vec<u8>> {
    let tie = tie(state, account)?;
    snapshot::seal(S::KIND, &(tie, state))
}

/// The state as it was sealed, with its parts: where it `is_ours`, and for no more than `room` octets of large objects.
pub(super) fn restore<S: AtRest, E: From<Error>>(
    sealed: &[u8],
    account: &AccountState,
    is_ours: impl FnOnce(&S) -> bool,
    room: u64,
    parts: impl Iterator<Item = Result<Part, E>>,
) -> Result<S, E> {
    let (sealed_with, mut state): (Checksum, S) = snapshot::open(S::KIND, sealed)?;
    if !is_ours(&state) {
        return Err(Error::snapshot(S::FOREIGN).into());
    }
    if sealed_with != tie(&state, account)? {
        let error = Error::snapshot("saved with other nonces");
        return Err(error.expecting("the account that was saved with it").into());
    }
    if !state.is_sound() {
        return Err(Error::snapshot("damaged").into());
    }
    let growing = state.growing();
    let growing = growing.filter(|(_, size)| *size as u64 <= room);
    state.parts().restore(parts, growing)?;
    within(state.object_bytes(), room)?;
    Ok(state)
}

/// What a state belongs to. The other fields of an account are said to the host, or by it, and are none of the session.
fn tie<S: AtRest>(state: &S, account: &AccountState) -> Result<Checksum> {
    let AccountState {
        client_nonce,
        server_nonce,
        ..
    } = account;
    snapshot::tie(&(state.owners(), client_nonce, server_nonce))
}
