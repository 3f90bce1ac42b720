//! The form of DM 2.0 as approved.
//!
//! ```text
//! VER 4 bits, number of options 5, reserved 7
//! each option: delta to the number before 4 bits, length 4, value; length 15 is 15 and what the next octet says
//! ```

use std::ops::Range;

use serde::Serialize;

use crate::error::{Code, Error, Result};

use super::reader::{Reader, bits, number, wrong_option};
use super::{Decoded, Notification, SHA256_LEN, is_naught};

/// The version of the layout, not of DM.
const VER: u64 = 2;
/// The most options: their count has 5 bits.
const MOST: usize = 31;
/// The longest value: what a length of 15 and one more octet come to.
const LONGEST: usize = 15 + 255;

const SERVER_ID: u16 = 1;
const CONNECTION: u16 = 2;
const ID: u16 = 3;
const DIGEST: u16 = 4;
const TIMESTAMP: u16 = 5;
const REQ_MOS: u16 = 6;

/// The last second that JavaScript can name exactly, too.
pub(crate) const LAST_SECOND: u64 = (1 << 53) - 1;

/// A notification of DM 2.0 as approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Approved {
    /// Reserved, 7 bits: nobody sets them.
    #[serde(skip_serializing_if = "is_naught")]
    pub reserved: u8,
    /// The server's identifier, 1 to 270 octets of UTF-8.
    pub server_id: String,
    /// The types of connection that are preferred, the best first: 0 any, 1 cellular, 2 wireless LAN, 3 wired. At most 270.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connection: Vec<u8>,
    /// The notification's own number; the same for one that is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u16>,
    /// When it was sent, in seconds since 1970: at most 9,007,199,254,740,991.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// The time has eight octets where four would do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub long_timestamp: bool,
    /// Package 1 is to list the objects that the device has.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub request_mos: bool,
    /// Options that are not known here, by ascending numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ApprovedOption>,
}

/// An option that nothing is known of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApprovedOption {
    /// From 7, and at most 15 more than that of the option before.
    pub number: u16,
    /// At most 270 octets.
    #[serde(with = "serde_bytes")]
    pub value: Vec<u8>,
}

impl Approved {
    /// A notification of a server, without any other option.
    pub fn new(server_id: impl Into<String>) -> Self {
        Self {
            reserved: 0,
            server_id: server_id.into(),
            connection: Vec::new(),
            id: None,
            timestamp: None,
            long_timestamp: false,
            request_mos: false,
            options: Vec::new(),
        }
    }

    /// The octets, with this digest if it is not empty.
    pub(crate) fn emit(&self, digest: &[u8]) -> Result<Vec<u8>> {
        let id = self.id.map(u16::to_be_bytes);
        // Four octets until 2106.
        let timestamp = self
            .timestamp
            .map(|seconds| match u32::try_from(seconds) {
                Ok(seconds) if !self.long_timestamp => seconds.to_be_bytes().to_vec(),
                _ => seconds.to_be_bytes().to_vec(),
            })
            .unwrap_or_default();
        if self.server_id.is_empty() || self.server_id.len() > LONGEST {
            return Err(Error::arg("bad name of the server").expecting("1 to 270 octets of UTF-8"));
        }
        if self.connection.len() > LONGEST {
            return Err(Error::arg("too many types of connection").expecting("at most 270"));
        }
        if self.timestamp > Some(LAST_SECOND) {
            return Err(Error::arg("bad time").expecting("at most 9007199254740991 seconds"));
        }
        if self.long_timestamp && self.timestamp.is_none() {
            return Err(Error::arg("no time").expecting("one of eight octets"));
        }
        if self.options.iter().any(|option| option.number <= REQ_MOS) {
            return Err(Error::arg("a known option").expecting("numbers from 7"));
        }
        if self.reserved >= 1 << 7 {
            return Err(Error::arg("bad reserved bits").expecting("7 bits"));
        }
        let values = [
            (SERVER_ID, self.server_id.as_bytes()),
            (CONNECTION, self.connection.as_slice()),
            (ID, id.as_ref().map(<[u8; 2]>::as_slice).unwrap_or_default()),
            (DIGEST, digest),
            (TIMESTAMP, timestamp.as_slice()),
            (REQ_MOS, &[]),
        ];
        let is_there = |(number, value): &(u16, &[u8])| match *number {
            REQ_MOS => self.request_mos,
            _ => !value.is_empty(),
        };
        let values = values.into_iter().filter(is_there);
        let others = self.options.iter();
        let others = others.map(|option| (option.number, option.value.as_slice()));
        let mut options = Vec::new();
        let (mut count, mut before) = (0_u16, 0);
        for (number, value) in values.chain(others) {
            let delta = number.checked_sub(before).filter(|delta| *delta <= 15);
            let is_kept = usize::from(count) < MOST && value.len() <= LONGEST;
            let Some(delta) = delta.filter(|_| is_kept).map(|delta| delta << 4) else {
                return Err(Error::arg(format!("bad option {number}"))
                    .expecting("at most 31 by ascending numbers, of at most 270 octets"));
            };
            match u8::try_from(value.len().saturating_sub(15)) {
                Ok(more) if value.len() >= 15 => options.extend([delta as u8 | 15, more]),
                _ => options.push(delta as u8 | value.len() as u8),
            }
            options.extend_from_slice(value);
            (count, before) = (count + 1, number);
        }
        let header = (VER as u16) << 12 | count << 7 | u16::from(self.reserved);
        Ok([&header.to_be_bytes()[..], &options].concat())
    }
}

/// What the options were that are known.
#[derive(Default)]
struct Options {
    server_id: Option<String>,
    connection: Vec<u8>,
    id: Option<u16>,
    digest: Option<Range<usize>>,
    timestamp: Option<u64>,
    long_timestamp: bool,
    request_mos: bool,
    others: Vec<ApprovedOption>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Decoded> {
    let header = reader.number(2, "header")?;
    let ver = bits(header, 12, 4);
    reader.note("VER", 0..1, ver);
    if ver != VER {
        return Err(Error::input(Code::Version, format!("version {ver}"))
            .at(0)
            .within("header/VER")
            .expecting("2"));
    }
    let count = bits(header, 7, 5) as usize;
    let reserved = bits(header, 0, 7) as u8;
    reader.note("option-count", 0..2, count);
    reader.note("reserved", 1..2, reserved);
    let mut found = Options::default();
    let mut before = 0;
    for _ in 0..count.min(MOST) {
        before = option(reader, before, &mut found)?;
    }
    if reader.left() > 0 {
        let problem = format!("{} octets behind the options", reader.left());
        let error = Error::input(Code::Trailing, problem).at(reader.at());
        return Err(error.expecting(format!("{count} options")));
    }
    let missing = || wrong_option("no name of a server".into(), 2);
    Ok(Decoded {
        notification: Notification::Approved(Approved {
            reserved,
            server_id: found.server_id.ok_or_else(missing)?,
            connection: found.connection,
            id: found.id,
            timestamp: found.timestamp,
            long_timestamp: found.long_timestamp,
            request_mos: found.request_mos,
            options: found.others,
        }),
        digest: found.digest,
    })
}

/// Reads an option behind the one with the number `before`; gives its own.
fn option(reader: &mut Reader<'_>, before: u16, found: &mut Options) -> Result<u16> {
    let start = reader.at();
    let head = reader.number(1, "options")?;
    let of = before + bits(head, 4, 4) as u16;
    let length = match bits(head, 0, 4) {
        15 => 15 + reader.number(1, "options")?,
        length => length,
    };
    if before == 0 && of != SERVER_ID {
        let problem = format!("option {of} before the name of the server");
        return Err(wrong_option(problem, start));
    }
    if of == before && of <= REQ_MOS {
        return Err(wrong_option(format!("option {of} twice"), start));
    }
    let (name, fits) = match of {
        SERVER_ID => ("Server-ID", length > 0),
        CONNECTION => ("PREFERRED-CON-TYPE", length > 0),
        ID => ("NOTIFICATION-ID", length == 2),
        DIGEST => ("SHA256-DIGEST", length == SHA256_LEN as u64),
        TIMESTAMP => ("TIMESTAMP", length == 4 || length == 8),
        REQ_MOS => ("REQ-MOS", length == 0),
        _ => ("option", true),
    };
    if !fits {
        let problem = format!("option {of} of {length} octets");
        return Err(wrong_option(problem, start));
    }
    let from = reader.at();
    let value = reader.counted(length as usize, start, "options")?;
    let range = from..reader.at();
    match of {
        SERVER_ID => {
            found.server_id = Some(reader.server_id(value, range, "options")?);
            return Ok(of);
        }
        CONNECTION => found.connection = value.to_vec(),
        ID => found.id = Some(number(value) as u16),
        DIGEST => found.digest = Some(range.clone()),
        TIMESTAMP if number(value) > LAST_SECOND => {
            let error = Error::input(Code::Number, "a time that never comes");
            return Err(error.at(from).within("options"));
        }
        TIMESTAMP => {
            found.timestamp = Some(number(value));
            found.long_timestamp = value.len() == 8 && number(value) <= u64::from(u32::MAX);
        }
        REQ_MOS => found.request_mos = true,
        of => found.others.push(ApprovedOption {
            number: of,
            value: value.to_vec(),
        }),
    }
    match of {
        ID | TIMESTAMP => reader.note(name, range, number(value)),
        REQ_MOS => reader.note(name, start..reader.at(), ""),
        _ => reader.note_octets(name, range),
    }
    Ok(of)
}
