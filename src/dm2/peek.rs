//! What a server must know of a package before anything is trusted.

use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::json;
use crate::limits::Limits;

use super::Dialect;
use super::http::{Headers, MediaType};
use super::package::{PackageKind, kind_of, root};
use super::read::{maybe_string, need, number, object};

/// What can be known of a package before anything is trusted: of whom it says to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Peek {
    /// The generation of the protocol: 2.
    pub protocol: u8,
    /// Which package.
    pub package: PackageKind,
    /// How it is spelt.
    pub dialect: Dialect,
    /// The device: `DevID`, or in the approved dialect the header `OMADM-DevID`.
    pub source: String,
    /// The session; empty in the approved dialect, in which a device has one.
    pub session_id: String,
    /// PkgSeq; 0 in the approved dialect, which has none.
    pub msg_id: u32,
}

/// The session and the number that a package names in the draft dialect, though what is behind them may be broken or missing.
pub(crate) fn named_session(body: &[u8], limits: &Limits) -> Option<(String, u32)> {
    let (document, _) = json::parse_partial(body, limits);
    let info = object(root(&document).ok()?.get("SessionInfo")?).ok()?;
    let id = maybe_string(info, "SessionID").ok()??;
    let seq = number(info.get("PkgSeq")?, 1..=u32::MAX).ok()?;
    Some((id, seq))
}

/// Says which device a package names; the rest of it need not be sound, but must be JSON.
///
/// # Errors
///
/// As those of [`Package::decode`](super::Package::decode).
pub fn peek(body: &[u8], headers: &Headers, limits: &Limits) -> Result<Peek> {
    let declared = headers.media_type()?;
    let document = json::parse(body, limits)?;
    let root = root(&document)?;
    let package = match declared {
        Some(MediaType::Initiation) => PackageKind::Initiation,
        Some(MediaType::Response) => PackageKind::Response,
        Some(MediaType::Request) => PackageKind::Request,
        Some(MediaType::Mo) => {
            return Err(root.error(Code::Schema, "data of objects, not a package"));
        }
        None => kind_of(root)?,
    };
    if package == PackageKind::Request {
        let error = Error::peer(Code::Schema, "a package of a server");
        return Err(error.expecting("one of a device, which names itself"));
    }
    let Some(info) = root.get("SessionInfo") else {
        let source = headers.device_id.clone();
        return Ok(Peek {
            protocol: 2,
            package,
            dialect: Dialect::Approved,
            source: source
                .ok_or_else(|| Error::peer(Code::Schema, "missing header OMADM-DevID"))?,
            session_id: String::new(),
            msg_id: 0,
        });
    };
    let info = object(info)?;
    need(info, "DevID")?;
    Ok(Peek {
        protocol: 2,
        package,
        dialect: Dialect::Draft,
        source: maybe_string(info, "DevID")?.unwrap_or_default(),
        session_id: maybe_string(info, "SessionID")?.unwrap_or_default(),
        msg_id: info
            .get("PkgSeq")
            .map(|seq| number(seq, 1..=u32::MAX))
            .transpose()?
            .unwrap_or_default(),
    })
}
