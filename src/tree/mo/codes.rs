//! The statuses of DM 2.0: those of the tree by their nearest.

use crate::status::StatusCode;

/// The status that DM 2.0 has for an outcome of the tree.
pub(super) fn of_v2(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::PERMISSION_DENIED => StatusCode::FORBIDDEN,
        // It does not fit its format: the document is wrong, its media type is not.
        StatusCode::UNSUPPORTED_FORMAT | StatusCode::INCOMPLETE => StatusCode::BAD_REQUEST,
        StatusCode::DEVICE_FULL | StatusCode::URI_TOO_LONG | StatusCode::TOO_LARGE => {
            StatusCode::TOO_LARGE
        }
        StatusCode::BAD_REQUEST
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::NOT_ALLOWED => status,
        _ => StatusCode::COMMAND_FAILED,
    }
}
