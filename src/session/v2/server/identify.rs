//! Who sent a package: what the transport says, compared with what the package and the account say.

use crate::auth::{Account, Party};
use crate::session::transport::Received;

/// The HTTP status by which a sender is refused.
pub(super) const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;

/// Whether a sender has been proved to be a device; else the HTTP status to refuse it with.
pub(super) fn identify(
    device: &str,
    message: &Received<'_>,
    account: Option<&Account>,
) -> Result<(), u16> {
    // The transport has proved one device, and the package names another.
    if message.peer.is_some_and(|peer| peer != device) {
        return Err(FORBIDDEN);
    }
    match account {
        None => Err(UNAUTHORIZED),
        Some(account) if account.device_id != device => Err(FORBIDDEN),
        Some(account) => match (&account.client, message.peer) {
            (Party::Transport, _) | (Party::Credential(_), Some(_)) => Ok(()),
            // Packages hold no credentials: the host has not checked those of HTTP.
            (Party::Credential(_), None) => Err(UNAUTHORIZED),
        },
    }
}
