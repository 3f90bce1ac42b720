//! The form of DM 2.0 as first proposed: what it adds to that of DM 1.3 (change request on the packages, section 8.1).
//!
//! The proposal names VER, the options and their lengths, the figures with the bits are not public. They are laid out so:
//!
//! ```text
//! VER 4 bits, number of options 5, ui-mode 2, initiator 1, reserved 4, session id 16
//! each option: number 4 bits, length 12, value
//! digest, MD5, or nothing where the account has no secret for it
//! ```

use serde::Serialize;

use crate::error::{Code, Error, Result};

use super::reader::{Reader, bits, number, wrong_option};
use super::{Decoded, Initiator, MD5_LEN, Notification, UiMode, is_naught};

/// The version of the layout.
const VER: u64 = 2;
/// The most options: their count has 5 bits.
const MOST: usize = 31;
/// The option that names the server.
const SERVER_ID: u8 = 1;

/// A notification of DM 2.0 as first proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// How much the user is to see.
    pub ui_mode: UiMode,
    /// Who wanted the session.
    pub initiator: Initiator,
    /// Reserved, 4 bits: nobody sets them.
    #[serde(skip_serializing_if = "is_naught")]
    pub reserved: u8,
    /// Which session is asked for: 1 to 65535.
    pub session_id: u16,
    /// The server's identifier, 1 to 256 octets of UTF-8: option 1.
    pub server_id: String,
    /// The other options, by ascending numbers; at most 30.
    pub options: Vec<DraftOption>,
}

/// An option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DraftOption {
    /// 2 to 15, such as [`DraftOption::REQUESTED_MO`].
    pub number: u8,
    /// At most 4095 octets; for what is known here as many as its table says.
    #[serde(with = "serde_bytes")]
    pub value: Vec<u8>,
}

/// An object that package 1 is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The index of the management object; which identifier it stands for is between device and server.
    pub index: u16,
    /// What the server's copy had as its change validator: only what has changed since is wanted.
    pub validator: Option<Vec<u8>>,
}

impl DraftOption {
    /// Targeted-MO: the index of an object that the session is about.
    pub const TARGETED_MO: u8 = 2;
    /// Requested-MO: the index of an object that package 1 is to hold.
    pub const REQUESTED_MO: u8 = 3;
    /// Preferred-Bearer.
    pub const PREFERRED_BEARER: u8 = 4;
    /// Connect-Reason, as text.
    pub const CONNECT_REASON: u8 = 5;
    /// Vendor-Info.
    pub const VENDOR_INFO: u8 = 6;
    /// Requested-MO-CV: as Requested-MO, unless the object has still this change validator.
    pub const REQUESTED_MO_CV: u8 = 7;
    /// REQ-MOS: package 1 is to list the objects that the device has. The proposal leaves the number open.
    pub const REQ_MOS: u8 = 8;

    /// The octets that a value may have, and whether there may be several such options.
    const fn rule(number: u8) -> (std::ops::RangeInclusive<usize>, bool) {
        match number {
            SERVER_ID => (1..=256, false),
            Self::TARGETED_MO | Self::REQUESTED_MO => (1..=2, true),
            Self::PREFERRED_BEARER => (1..=1, true),
            Self::CONNECT_REASON | Self::VENDOR_INFO => (1..=4095, false),
            Self::REQUESTED_MO_CV => (3..=256, true),
            Self::REQ_MOS => (0..=0, false),
            _ => (0..=4095, true),
        }
    }

    const fn name(number: u8) -> &'static str {
        match number {
            SERVER_ID => "Server-ID",
            Self::TARGETED_MO => "Targeted-MO",
            Self::REQUESTED_MO => "Requested-MO",
            Self::PREFERRED_BEARER => "Preferred-Bearer",
            Self::CONNECT_REASON => "Connect-Reason",
            Self::VENDOR_INFO => "Vendor-Info",
            Self::REQUESTED_MO_CV => "Requested-MO-CV",
            Self::REQ_MOS => "REQ-MOS",
            _ => "option",
        }
    }

    /// What breaks the table: the number behind the one before, and the length.
    fn problem(before: u8, option: u8, length: usize) -> Option<String> {
        let (lengths, repeats) = Self::rule(option);
        if before == 0 && option != SERVER_ID {
            Some(format!("option {option} before the name of the server"))
        } else if option < before || (option == before && !repeats) {
            Some(format!("option {option} behind option {before}"))
        } else if !lengths.contains(&length) {
            Some(format!("option {option} of {length} octets"))
        } else {
            None
        }
    }
}

impl Draft {
    /// A notification of a server, without any other option.
    pub fn new(server_id: impl Into<String>, session_id: u16) -> Self {
        Self {
            ui_mode: UiMode::default(),
            initiator: Initiator::default(),
            reserved: 0,
            session_id,
            server_id: server_id.into(),
            options: Vec::new(),
        }
    }

    /// The objects that package 1 is to hold, in the order in which they are asked for.
    pub fn requested(&self) -> impl Iterator<Item = Requested> {
        self.options
            .iter()
            .filter_map(|DraftOption { number: of, value }| {
                let (index, validator) = match *of {
                    DraftOption::REQUESTED_MO => (value.as_slice(), None),
                    DraftOption::REQUESTED_MO_CV => {
                        let (index, validator) = value.split_at_checked(2)?;
                        (index, Some(validator.to_vec()))
                    }
                    _ => return None,
                };
                Some(Requested {
                    index: number(index) as u16,
                    validator,
                })
            })
    }

    /// Whether package 1 is to list the objects that the device has.
    pub fn requests_list(&self) -> bool {
        let mut numbers = self.options.iter().map(|option| option.number);
        numbers.any(|number| number == DraftOption::REQ_MOS)
    }

    /// All in front of the digest, which is what it goes over.
    pub(crate) fn emit(&self) -> Result<Vec<u8>> {
        let wrong = |problem: String| Error::arg(problem).within("options");
        let count = self.options.len() + 1;
        if count > MOST {
            return Err(wrong(format!("{count} options")).expecting("at most 31"));
        }
        if self.reserved >= 1 << 4 {
            return Err(Error::arg("bad reserved bits").expecting("4 bits"));
        }
        let header = VER << 28
            | (count as u64) << 23
            | u64::from(u8::from(self.ui_mode)) << 21
            | u64::from(u8::from(self.initiator)) << 20
            | u64::from(self.reserved) << 16
            | u64::from(self.session_id);
        let mut emitted = (header as u32).to_be_bytes().to_vec();
        let named = (SERVER_ID, self.server_id.as_bytes());
        let others = self.options.iter();
        let others = others.map(|option| (option.number, option.value.as_slice()));
        let mut before = 0;
        for (number, value) in std::iter::once(named).chain(others) {
            let problem = DraftOption::problem(before, number, value.len());
            if let Some(problem) = problem.or((number > 15).then(|| format!("option {number}"))) {
                return Err(wrong(problem));
            }
            let head = u16::from(number) << 12 | value.len() as u16;
            emitted.extend_from_slice(&head.to_be_bytes());
            emitted.extend_from_slice(value);
            before = number;
        }
        Ok(emitted)
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Decoded> {
    let header = reader.number(4, "header")?;
    let ver = bits(header, 28, 4);
    reader.note("VER", 0..1, ver);
    if ver != VER {
        return Err(Error::input(Code::Version, format!("version {ver}"))
            .at(0)
            .within("header/VER")
            .expecting("2"));
    }
    let count = bits(header, 23, 5) as usize;
    let ui_mode = bits(header, 21, 2) as u8;
    let initiator = bits(header, 20, 1) as u8;
    let reserved = bits(header, 16, 4) as u8;
    let session_id = header as u16;
    reader.note("option-count", 0..2, count);
    reader.note("ui-mode", 1..2, ui_mode);
    reader.note("initiator", 1..2, initiator);
    reader.note("reserved", 1..2, reserved);
    reader.note("session-id", 2..4, super::session_text(session_id));
    let mut server_id = None;
    let mut options = Vec::new();
    let mut before = 0;
    for _ in 0..count {
        let start = reader.at();
        let head = reader.number(2, "options")?;
        let (of, length) = (bits(head, 12, 4) as u8, bits(head, 0, 12) as usize);
        if let Some(problem) = DraftOption::problem(before, of, length) {
            return Err(wrong_option(problem, start));
        }
        let value = reader.counted(length, start, "options")?;
        if of == SERVER_ID {
            server_id = Some(reader.server_id(value, start + 2..reader.at(), "options")?);
        } else {
            reader.note_octets(DraftOption::name(of), start + 2..reader.at());
            let value = value.to_vec();
            options.push(DraftOption { number: of, value });
        }
        before = of;
    }
    let server_id = server_id.ok_or_else(|| wrong_option("no name of a server".into(), 0))?;
    let from = reader.at();
    let digest = match reader.left() {
        0 => None,
        MD5_LEN => {
            reader.take(MD5_LEN, "digest")?;
            reader.note_octets("digest", from..reader.at());
            Some(from..reader.at())
        }
        left => {
            let problem = format!("{left} octets behind the options");
            let error = Error::input(Code::Trailing, problem);
            return Err(error.at(from).expecting("a digest of 16 octets, or none"));
        }
    };
    Ok(Decoded {
        notification: Notification::Draft(Draft {
            ui_mode: ui_mode.into(),
            initiator: initiator.into(),
            reserved,
            session_id,
            server_id,
            options,
        }),
        digest,
    })
}
