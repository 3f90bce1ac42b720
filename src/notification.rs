//! Package#0, the notification by which a server asks a device for a session: plain data, its parse and its emit.
//!
//! | form | versions | layout |
//! |---|---|---|
//! | [`V1`] | DM 1.1 to 1.2.1, and every client of DM 1.3 | MD5 digest, fixed header, name of the server, vendor's octets |
//! | [`Draft`] | DM 2.0 as first proposed | header, options of number and length, MD5 digest |
//! | [`Approved`] | DM 2.0 as approved | header, options of delta and length, among them a SHA-256 digest |
//!
//! DM 1.3 adds a form of which too little is public, so nothing writes or reads it; its clients take the first form, too. What is known:
//!
//! - it is big-endian: a header of fixed size, options of number, length and value, and behind them a digest;
//! - the header says a version, UI mode, initiator, session id and how many options there are, which come by ascending numbers;
//! - its media type is [`MEDIA_TYPE_2`], in WAP Push 0x58.
//!
//! | number | option | octets | how often |
//! |---|---|---|---|
//! | 1 | Server-ID, text | 1 to 256 | once |
//! | 2 | Targeted-MO, a number | 1 to 2 | any |
//! | 3 | Requested-MO, a number | 1 to 2 | any |
//! | 4 | Preferred-Bearer, a number | 1 | any |
//! | 5 | Connect-Reason, text | 1 to 4095 | at most once |
//! | 6 | Vendor-Info, text | 1 to 4095 | at most once |
//!
//! What is not: how many bits the fields of the header and of an option's number and length have, what the digest is of, and which numbers stand
//! for which objects and bearers. [`Draft`] chooses figures for them.
//!
//! Neither does anything in the octets tell the two forms of DM 2.0 apart: the account says which it is. Whether a digest is right is known a
//! floor above, in [`auth`](crate::auth).

mod approved;
mod detect;
mod draft;
mod push;
mod reader;
mod v1;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::markup::outline::Outline;

#[cfg(target_arch = "wasm32")]
pub(crate) use approved::LAST_SECOND;
pub use approved::{Approved, ApprovedOption};
pub use draft::{Draft, DraftOption, Requested};
pub use push::{Push, Wrapper};
pub use v1::V1;

use reader::Reader;

/// The media type of the form of DM 1.1 to 1.2.1.
pub const MEDIA_TYPE: &str = "application/vnd.syncml.notification";
/// The media type of the forms of DM 1.3 and 2.0.
pub const MEDIA_TYPE_2: &str = "application/vnd.syncml.dm.notification";

/// Octets of an MD5 digest.
pub(crate) const MD5_LEN: usize = 16;
/// Octets of a SHA-256 digest.
pub(crate) const SHA256_LEN: usize = 32;

/// Which layout a notification has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationForm {
    /// DM 1.1 to 1.2.1.
    #[default]
    #[serde(rename = "1.2")]
    V1,
    /// DM 2.0 as first proposed.
    #[serde(rename = "2.0-draft")]
    Draft,
    /// DM 2.0 as approved.
    #[serde(rename = "2.0")]
    Approved,
}

/// How much the user is to see of the session (2 bits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", from = "u8")]
pub enum UiMode {
    /// 0: the device decides.
    #[default]
    Unspecified,
    /// 1: nothing.
    Background,
    /// 2: that it takes place.
    Informative,
    /// 3: the user is asked before it begins.
    Interaction,
}

/// Who wanted the session (1 bit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", from = "u8")]
pub enum Initiator {
    /// 0: the user.
    User,
    /// 1: the server.
    #[default]
    Server,
}

/// What a notification says, without its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "form")]
pub enum Notification {
    /// DM 1.1 to 1.2.1.
    #[serde(rename = "1.2")]
    V1(V1),
    /// DM 2.0 as first proposed.
    #[serde(rename = "2.0-draft")]
    Draft(Draft),
    /// DM 2.0 as approved.
    #[serde(rename = "2.0")]
    Approved(Approved),
}

/// A notification that was read. Nothing of it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// What it says.
    pub notification: Notification,
    /// Where its digest stands, in octets from the start of the input.
    pub digest: Option<Range<usize>>,
}

impl NotificationForm {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::V1, Self::Draft, Self::Approved];

    /// The name in settings and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "1.2",
            Self::Draft => "2.0-draft",
            Self::Approved => "2.0",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::V1 => MEDIA_TYPE,
            Self::Draft | Self::Approved => MEDIA_TYPE_2,
        }
    }

    /// The form of a body: by its content type or, without one, by its octets. Nothing where it is no notification: of the other documents of
    /// the family none is taken for one, because none can begin like one.
    ///
    /// Of the two forms of DM 2.0 the one is meant in which the octets can be read; where they can be in both, the one in which nothing
    /// reserved is set, or the approved one unless the name of the server holds what begins an option in the draft.
    pub fn detect(content_type: Option<&str>, body: &[u8]) -> Option<Self> {
        detect::detect(content_type, body)
    }
}

impl Notification {
    /// Reads a notification of a form.
    ///
    /// # Errors
    ///
    /// [`Code::Truncated`](crate::Code::Truncated) where it ends too soon, [`Code::Trailing`](crate::Code::Trailing) where something follows,
    /// [`Code::Range`](crate::Code::Range) for a length that points outside, [`Code::Version`](crate::Code::Version) for a version that is
    /// not of this form, [`Code::Schema`](crate::Code::Schema) for options that are missing, repeated, out of order or of a wrong length,
    /// [`Code::Encoding`](crate::Code::Encoding) for a name of a server that is not UTF-8, [`Code::Limit`](crate::Code::Limit). Each says where.
    pub fn decode(body: &[u8], form: NotificationForm, limits: &Limits) -> Result<Decoded> {
        Self::read(body, form, limits).1
    }

    /// What can be seen in octets of a form, also in those that are no whole notification.
    pub fn inspect(
        body: &[u8],
        form: NotificationForm,
        limits: &Limits,
    ) -> (Outline, Result<Decoded>) {
        Self::read(body, form, limits)
    }

    fn read(body: &[u8], form: NotificationForm, limits: &Limits) -> (Outline, Result<Decoded>) {
        let mut reader = Reader::new(body);
        let decoded = limits.check_bytes(body.len()).and_then(|()| match form {
            NotificationForm::V1 => v1::read(&mut reader),
            NotificationForm::Draft => draft::read(&mut reader),
            NotificationForm::Approved => approved::read(&mut reader),
        });
        (reader.outline(), decoded)
    }

    /// The octets, with the digest in its place: 16 octets in the form of DM 1.x and in the draft, 32 in the approved form. Only the forms
    /// of DM 2.0 can be without.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) for a digest of another length, and for what the form has no place for: a name of the server that is empty
    /// or too long, a version or reserved bits that are too large, options out of order, of a wrong length or too many.
    pub fn encode(&self, digest: Option<&[u8]>) -> Result<Vec<u8>> {
        let lengths = match self {
            Self::V1(_) | Self::Draft(_) => MD5_LEN,
            Self::Approved(_) => SHA256_LEN,
        };
        let fits = digest.map_or(!matches!(self, Self::V1(_)), |digest| {
            digest.len() == lengths
        });
        if !fits {
            return Err(Error::arg("bad digest").expecting(format!("{lengths} octets")));
        }
        let digest = digest.unwrap_or_default();
        match self {
            Self::V1(v1) => Ok([digest, &v1.emit()?].concat()),
            Self::Draft(draft) => Ok([&draft.emit()?, digest].concat()),
            Self::Approved(approved) => approved.emit(digest),
        }
    }

    /// The form.
    pub const fn form(&self) -> NotificationForm {
        match self {
            Self::V1(_) => NotificationForm::V1,
            Self::Draft(_) => NotificationForm::Draft,
            Self::Approved(_) => NotificationForm::Approved,
        }
    }

    /// The server that it names.
    pub fn server_id(&self) -> &str {
        match self {
            Self::V1(v1) => &v1.server_id,
            Self::Draft(draft) => &draft.server_id,
            Self::Approved(approved) => &approved.server_id,
        }
    }

    /// The number by which one that is sent again is known: the session's, in the approved form its own, which may be left out.
    pub const fn number(&self) -> Option<u16> {
        match self {
            Self::V1(v1) => Some(v1.session_id),
            Self::Draft(draft) => Some(draft.session_id),
            Self::Approved(approved) => approved.id,
        }
    }

    /// The SessionID of package 1, where the form has one.
    pub fn session_id(&self) -> Option<String> {
        match self {
            Self::V1(V1 { session_id, .. }) | Self::Draft(Draft { session_id, .. }) => {
                Some(session_text(*session_id))
            }
            Self::Approved(_) => None,
        }
    }

    /// How much the user is to see; the approved form does not say.
    pub const fn ui_mode(&self) -> UiMode {
        match self {
            Self::V1(v1) => v1.ui_mode,
            Self::Draft(draft) => draft.ui_mode,
            Self::Approved(_) => UiMode::Unspecified,
        }
    }

    /// Reserved bits, which nobody but a reader may have set.
    pub(crate) const fn reserved(&self) -> u32 {
        match self {
            Self::V1(v1) => v1.reserved,
            Self::Draft(draft) => draft.reserved as u32,
            Self::Approved(approved) => approved.reserved as u32,
        }
    }
}

/// The number of a session as SessionID has it: upper-case hexadecimal without leading zeros (DM protocol, section 6.3).
pub fn session_text(session_id: u16) -> String {
    format!("{session_id:X}")
}

impl From<UiMode> for u8 {
    fn from(mode: UiMode) -> Self {
        match mode {
            UiMode::Unspecified => 0,
            UiMode::Background => 1,
            UiMode::Informative => 2,
            UiMode::Interaction => 3,
        }
    }
}

/// Of its two lowest bits.
impl From<u8> for UiMode {
    fn from(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Unspecified,
            1 => Self::Background,
            2 => Self::Informative,
            _ => Self::Interaction,
        }
    }
}

impl From<Initiator> for u8 {
    fn from(initiator: Initiator) -> Self {
        match initiator {
            Initiator::User => 0,
            Initiator::Server => 1,
        }
    }
}

/// Of its lowest bit.
impl From<u8> for Initiator {
    fn from(bits: u8) -> Self {
        match bits & 1 {
            0 => Self::User,
            _ => Self::Server,
        }
    }
}

/// Whether a value is nothing, and so left out of what is shown.
fn is_zero(reserved: &u32) -> bool {
    *reserved == 0
}

/// Likewise, for the shorter ones.
fn is_naught(reserved: &u8) -> bool {
    *reserved == 0
}
