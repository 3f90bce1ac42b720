//! The form of DM 1.1 to 1.2.1 (DM Notification Initiated Session 1.2.1, chapter 6).
//!
//! ```text
//! octet  0..16  digest, MD5
//!       16..24  version 10 bits, ui-mode 2, initiator 1, future use 27, session id 16, length 8
//!       24..    name of the server, as long as the length says
//!               vendor's octets, all that is left
//! ```

use serde::Serialize;

use crate::error::{Code, Error, Result};

use super::reader::{Reader, bits};
use super::{Decoded, Initiator, MD5_LEN, Notification, UiMode, is_zero};

/// Octets of digest and header: the least there can be.
const HEAD_LEN: usize = 24;
/// The versions that have this form: ten times that of DM.
const VERSIONS: std::ops::RangeInclusive<u64> = 10..=13;

/// A notification of DM 1.x.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct V1 {
    /// Ten times the version, 10 to 13. All of DM 1.1 to 1.2.1 write 11.
    pub version: u16,
    /// How much the user is to see.
    pub ui_mode: UiMode,
    /// Who wanted the session.
    pub initiator: Initiator,
    /// For future use, 27 bits: nobody sets them.
    #[serde(skip_serializing_if = "is_zero")]
    pub reserved: u32,
    /// Which session is asked for: 1 to 65535. The same for a notification that is sent again.
    pub session_id: u16,
    /// The server's identifier, 1 to 255 octets of UTF-8.
    pub server_id: String,
    /// What the vendor adds.
    #[serde(with = "serde_bytes", skip_serializing_if = "Vec::is_empty")]
    pub vendor: Vec<u8>,
}

impl V1 {
    /// The version that is written.
    pub const VERSION: u16 = 11;

    /// A notification of a server, without anything that may be left out.
    pub fn new(server_id: impl Into<String>, session_id: u16) -> Self {
        Self {
            version: Self::VERSION,
            ui_mode: UiMode::default(),
            initiator: Initiator::default(),
            reserved: 0,
            session_id,
            server_id: server_id.into(),
            vendor: Vec::new(),
        }
    }

    /// All behind the digest, which is what it goes over.
    pub(crate) fn emit(&self) -> Result<Vec<u8>> {
        let length = u8::try_from(self.server_id.len()).ok();
        let length = length.filter(|length| *length > 0).ok_or_else(|| {
            Error::arg("bad name of the server").expecting("1 to 255 octets of UTF-8")
        })?;
        if !VERSIONS.contains(&u64::from(self.version)) {
            return Err(Error::arg("bad version").expecting("10 to 13"));
        }
        if self.reserved >= 1 << 27 {
            return Err(Error::arg("bad reserved bits").expecting("27 bits"));
        }
        let header = u64::from(self.version) << 54
            | u64::from(u8::from(self.ui_mode)) << 52
            | u64::from(u8::from(self.initiator)) << 51
            | u64::from(self.reserved) << 24
            | u64::from(self.session_id) << 8
            | u64::from(length);
        Ok([
            &header.to_be_bytes()[..],
            self.server_id.as_bytes(),
            &self.vendor,
        ]
        .concat())
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Decoded> {
    if reader.left() < HEAD_LEN {
        let problem = format!("{} octets", reader.left());
        let error = Error::input(Code::Truncated, problem);
        return Err(error
            .at(reader.left())
            .expecting("digest and header, 24 octets"));
    }
    reader.take(MD5_LEN, "digest")?;
    reader.note_octets("digest", 0..MD5_LEN);
    let header = reader.number(8, "header")?;
    let version = bits(header, 54, 10);
    reader.note("version", 16..18, version);
    if !VERSIONS.contains(&version) {
        return Err(Error::input(Code::Version, format!("version {version}"))
            .at(MD5_LEN)
            .within("header/version")
            .expecting("10 to 13"));
    }
    let ui_mode = bits(header, 52, 2) as u8;
    let initiator = bits(header, 51, 1) as u8;
    let reserved = bits(header, 24, 27) as u32;
    let session_id = bits(header, 8, 16) as u16;
    let length = bits(header, 0, 8) as usize;
    reader.note("ui-mode", 17..18, ui_mode);
    reader.note("initiator", 17..18, initiator);
    reader.note("future-use", 17..21, reserved);
    reader.note("session-id", 21..23, super::session_text(session_id));
    reader.note("length", 23..24, length);
    if length == 0 {
        return Err(Error::input(Code::Schema, "no name of a server")
            .at(HEAD_LEN - 1)
            .within("header/length")
            .expecting("1 to 255 octets"));
    }
    let named = reader.counted(length, HEAD_LEN - 1, "header/length")?;
    let server_id = reader.server_id(named, HEAD_LEN..reader.at(), "server-identifier")?;
    let from = reader.at();
    let vendor = reader.rest().to_vec();
    if !vendor.is_empty() {
        reader.note_octets("vendor", from..reader.at());
    }
    Ok(Decoded {
        notification: Notification::V1(V1 {
            version: version as u16,
            ui_mode: ui_mode.into(),
            initiator: initiator.into(),
            reserved,
            session_id,
            server_id,
            vendor,
        }),
        digest: Some(0..MD5_LEN),
    })
}
