//! DM 2.0: packages 1, 2 and 3 as plain data, their two dialects, their headers, and the addresses in them.
//!
//! The draft dialect is that of the change request that proposed the packages, the approved one that of the specification of 2016, as far as it
//! is public. Both say the same over one model: [`Initiation`], [`Request`], [`Response`]. What one of them cannot say is an error where
//! it is written, never left out; a server takes the dialect from package 1 and answers in it.
//!
//! Reading is strict: a name that stands twice, a wrong type, a missing member, a number that is none, and whatever follows the end are errors
//! with offset and path. Members that are not known here are passed over, within the limits. A command that cannot be read is kept as
//! [`Command::Malformed`], one that is not known as [`Command::Unknown`]: each has a result of its own, and the others are carried out.

mod alert;
mod approved;
mod client_uri;
mod command;
mod draft;
mod http;
mod inspect;
mod members;
mod object;
mod package;
mod peek;
mod read;
mod results;

use serde::{Deserialize, Serialize};

pub use crate::json::{Json, Number};
pub use alert::{Alert, AlertItem};
pub use client_uri::{ClientUri, Condition, Step};
pub(crate) use client_uri::{bare_moid, split as split_moid};
pub use command::{Command, is_server_uri};
pub use http::{Accept, Headers, MediaType};
pub use inspect::inspect;
pub use object::{Content, MoDocument, MoItem, SupportedMo};
pub(crate) use package::is_session_id;
pub use package::{Initiation, Package, PackageKind, Reason, Request, Response, SessionInfo};
pub(crate) use peek::named_session;
pub use peek::{Peek, peek};
pub use results::{CommandOutcome, Outcome, Outcomes, distribute, fold};

/// Which spelling of DM 2.0 a package has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// As the change request has it.
    #[default]
    Draft,
    /// As the specification of 2016 has it, so far as it is public.
    Approved,
}

impl Dialect {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Draft, Self::Approved];

    /// The name in settings and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
        }
    }
}
