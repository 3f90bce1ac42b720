//! Wire numbers: status and alert codes (Representation Protocol, chapters on response status codes and alert codes).
//!
//! Both are open: an unknown number survives a round trip.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A response status code, the Data of a Status.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct StatusCode(pub u16);

/// An alert code, the Data of an Alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertCode(pub u32);

macro_rules! codes {
    ($type:ident: $($(#[$meta:meta])* $name:ident = $value:literal),+ $(,)?) => {
        #[allow(missing_docs, reason = "each is documented by the macro's caller")]
        impl $type {
            $($(#[$meta])* pub const $name: Self = Self($value);)+
        }
    };
}

codes! { StatusCode:
    /// Done; of a confirmation: yes.
    OK = 200,
    /// Accepted, the outcome comes with an alert.
    ACCEPTED = 202,
    /// The credentials hold for the whole session.
    AUTHENTICATED = 212,
    /// A chunk of a large object, which is kept until the last has come.
    CHUNK_KEPT = 213,
    /// The user cancelled the interaction.
    CANCELLED = 214,
    /// Skipped because of what another command did.
    NOT_EXECUTED = 215,
    /// Done, and rolled back.
    ROLLED_BACK = 216,
    /// Of a confirmation: no.
    NOT_MODIFIED = 304,
    /// Malformed.
    BAD_REQUEST = 400,
    /// The credentials are wrong.
    INVALID_CREDENTIALS = 401,
    /// Not possible, for another reason than rights.
    FORBIDDEN = 403,
    /// No such node.
    NOT_FOUND = 404,
    /// The target does not allow the command.
    NOT_ALLOWED = 405,
    /// An optional feature that is missing here.
    UNSUPPORTED_FEATURE = 406,
    /// Credentials are missing.
    MISSING_CREDENTIALS = 407,
    /// The user did not answer in time.
    TIMEOUT = 408,
    /// The first chunk of a large object does not say how large it is.
    SIZE_REQUIRED = 411,
    /// A part of the command is missing.
    INCOMPLETE = 412,
    /// Larger than what can be taken.
    TOO_LARGE = 413,
    /// A URI or a segment is too long.
    URI_TOO_LONG = 414,
    /// A media type or format that is not handled.
    UNSUPPORTED_FORMAT = 415,
    /// The target exists already.
    ALREADY_EXISTS = 418,
    /// No room for another node.
    DEVICE_FULL = 420,
    /// The chunks of a large object do not come to its size.
    SIZE_MISMATCH = 424,
    /// The rights do not suffice.
    PERMISSION_DENIED = 425,
    /// Failed for a reason of the recipient's own.
    COMMAND_FAILED = 500,
    /// The VerDTD is not spoken here.
    UNSUPPORTED_DTD = 505,
    /// A command of an Atomic failed.
    ATOMIC_FAILED = 507,
    /// The VerProto is not spoken here.
    UNSUPPORTED_PROTOCOL = 513,
    /// Done, and could not be rolled back.
    ROLL_BACK_FAILED = 516,
    /// The answers of an Atomic do not fit into one message.
    ATOMIC_TOO_LARGE = 517,
}

codes! { AlertCode:
    /// Show a text.
    DISPLAY = 1100,
    /// Ask yes or no.
    CONFIRM = 1101,
    /// Ask for a text.
    TEXT_INPUT = 1102,
    /// Ask for one of several.
    SINGLE_CHOICE = 1103,
    /// Ask for some of several.
    MULTIPLE_CHOICE = 1104,
    /// The session was started by a notification.
    SERVER_INITIATED = 1200,
    /// The session was started by the device.
    CLIENT_INITIATED = 1201,
    /// Send the next message of the package.
    NEXT_MESSAGE = 1222,
    /// The session ends at once.
    SESSION_ABORT = 1223,
    /// Something happened at the device.
    CLIENT_EVENT = 1224,
    /// A large object was interrupted.
    NO_END_OF_DATA = 1225,
    /// Something happened at the device, with a type and a mark.
    GENERIC_ALERT = 1226,
    /// Nothing in the tree has changed since the last session.
    TREE_UNCHANGED = 1227,
    /// These nodes have changed since the last session.
    TREE_CHANGED = 1228,
    /// An object that the notification has asked for.
    REQUESTED_OBJECT = 1229,
}

impl StatusCode {
    /// The class by which an unknown code is treated: its hundreds.
    pub const fn is_success(self) -> bool {
        self.0 / 100 == 2
    }
}

impl AlertCode {
    /// One of the user interactions of chapter 10.
    pub const fn is_interaction(self) -> bool {
        matches!(self.0, 1100..=1104)
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AlertCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
