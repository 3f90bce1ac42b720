//! WAP Push: what a notification is wrapped in on its way through short messages (DM Notification, section on WAP Push; WSP, chapter 8).
//!
//! ```text
//! user data header of the short message   06 05 04 0B84 C002      destination port 2948, source port
//! WSP, connectionless                     TID 06 03 C4 AF 87      Push, 3 octets of headers: media type, application
//! ```

use std::ops::Range;

use serde::Serialize;

use crate::error::{Code, Error, Result};

use super::NotificationForm;
use super::reader::Reader;

/// The port of WAP Push.
const PORT: u64 = 2948;
/// The kind of PDU.
const PUSH: u8 = 0x06;
/// The media types.
const MEDIA_TYPE: u8 = 0xc4;
const MEDIA_TYPE_2: u8 = 0xd8;
/// The header X-Wap-Application-Id, and the application syncml.dm.
const APPLICATION: [u8; 2] = [0xaf, 0x87];
/// Elements of a user data header: ports, and a part of several with a short and with a long number.
const PORTS: u8 = 0x05;
const PARTS: [u8; 2] = [0x00, 0x08];

/// How far a notification is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Wrapper {
    /// As a Push of the connectionless WSP, for what takes care of ports itself.
    Wsp,
    /// With a user data header in front that says the ports: the user data of a short message. One short message holds 140 octets;
    /// what is longer is for the host to cut.
    Sms {
        /// The port it comes from.
        source: u16,
    },
}

/// A notification as WAP Push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Push {
    /// How far it is wrapped.
    pub wrapper: Wrapper,
    /// What the sender knows the Push by; the device makes nothing of it.
    pub transaction: u8,
    /// What is inside. The forms of DM 2.0 have one media type: of a Push that was read this is what the octets say.
    pub form: NotificationForm,
}

impl Push {
    /// The octets, with a notification inside.
    pub fn wrap(&self, notification: &[u8]) -> Vec<u8> {
        let mut wrapped = Vec::with_capacity(13 + notification.len());
        if let Wrapper::Sms { source } = self.wrapper {
            wrapped.extend_from_slice(&[0x06, PORTS, 0x04]);
            wrapped.extend_from_slice(&(PORT as u16).to_be_bytes());
            wrapped.extend_from_slice(&source.to_be_bytes());
        }
        let media_type = match self.form {
            NotificationForm::V1 => MEDIA_TYPE,
            NotificationForm::Draft | NotificationForm::Approved => MEDIA_TYPE_2,
        };
        wrapped.extend_from_slice(&[self.transaction, PUSH, 3, media_type]);
        wrapped.extend_from_slice(&APPLICATION);
        wrapped.extend_from_slice(notification);
        wrapped
    }

    /// Looks into a WAP Push: what it is, and where the notification stands in it.
    ///
    /// # Errors
    ///
    /// [`Code::Truncated`], [`Code::Range`] for lengths that point outside, [`Code::Schema`] for what is no Push of a notification, and for one of
    /// several short messages, which the host has to put together.
    pub fn unwrap(octets: &[u8]) -> Result<(Self, Range<usize>)> {
        let mut reader = Reader::new(octets);
        let wrapper = match octets.get(1) {
            Some(&PUSH) => Wrapper::Wsp,
            _ => user_data_header(&mut reader)?,
        };
        let transaction = reader.number(1, "WSP/TID")? as u8;
        let at = reader.at();
        let kind = reader.number(1, "WSP/type")?;
        if kind != u64::from(PUSH) {
            return Err(wrong(format!("PDU {kind:#04x}"), at, "WSP/type").expecting("Push, 0x06"));
        }
        let said_at = reader.at();
        let length = wide(&mut reader)?;
        let start = reader.at();
        let headers = reader.counted(length, said_at, "WSP/headers")?;
        let (first, others) = headers.split_first().unwrap_or((&0, &[]));
        let body = reader.at()..octets.len();
        let form = match *first {
            MEDIA_TYPE => Some(NotificationForm::V1),
            MEDIA_TYPE_2 => {
                let media_type = NotificationForm::Approved.media_type();
                NotificationForm::detect(Some(media_type), reader.rest())
            }
            _ => None,
        };
        let form = form.ok_or_else(|| {
            let problem = format!("media type {first:#04x}");
            wrong(problem, start, "WSP/headers").expecting("0xc4 or 0xd8")
        })?;
        if application(others).is_some_and(|application| application != [APPLICATION[1]]) {
            let problem = "for another application".to_owned();
            return Err(wrong(problem, start + 1, "WSP/headers").expecting("0x87"));
        }
        let push = Self {
            wrapper,
            transaction,
            form,
        };
        Ok((push, body))
    }
}

fn wrong(problem: String, at: usize, path: &'static str) -> Error {
    Error::input(Code::Schema, problem).at(at).within(path)
}

/// Elements of a number, a length and that many octets each.
fn user_data_header(reader: &mut Reader<'_>) -> Result<Wrapper> {
    const PATH: &str = "user data header";
    let length = reader.number(1, PATH)? as usize;
    let end = reader.at() + length;
    if length > reader.left() {
        let error = Error::input(Code::Range, format!("length {length}"));
        return Err(error.at(0).within(PATH));
    }
    let mut source = None;
    while reader.at() < end {
        let start = reader.at();
        let element = reader.number(1, PATH)? as u8;
        let length = reader.number(1, PATH)? as usize;
        if length > end.saturating_sub(reader.at()) {
            let error = Error::input(Code::Range, format!("length {length}"));
            return Err(error.at(start + 1).within(PATH));
        }
        let value = reader.take(length, PATH)?;
        match (element, value) {
            (PORTS, [high, low, from @ ..]) if from.len() == 2 => {
                let port = u16::from_be_bytes([*high, *low]);
                if u64::from(port) != PORT {
                    return Err(wrong(format!("port {port}"), start + 2, PATH).expecting("2948"));
                }
                source = Some(super::reader::number(from) as u16);
            }
            (element, [.., parts, _]) if PARTS.contains(&element) && *parts > 1 => {
                let problem = format!("one of {parts} short messages");
                return Err(wrong(problem, start, PATH).expecting("all of them together"));
            }
            _ => {}
        }
    }
    let source = source.ok_or_else(|| wrong("no ports".to_owned(), 0, PATH))?;
    Ok(Wrapper::Sms { source })
}

/// A number of 7 bits in each octet, all but the last with the highest bit set.
fn wide(reader: &mut Reader<'_>) -> Result<usize> {
    let start = reader.at();
    let mut number = 0_usize;
    for _ in 0..4 {
        let octet = reader.number(1, "WSP/headers")? as usize;
        number = number << 7 | octet & 0x7f;
        if octet & 0x80 == 0 {
            return Ok(number);
        }
    }
    let error = Error::input(Code::Number, "a length of more than four octets");
    Err(error.at(start).within("WSP/headers"))
}

/// What the header X-Wap-Application-Id says, where it is there; other headers are passed over.
fn application(headers: &[u8]) -> Option<&[u8]> {
    let mut rest = headers;
    while let [field, after @ ..] = rest {
        // A name as text ends as its value does.
        let length = match (field, after) {
            (..0x80, _) => return None,
            (_, [octet @ 1..=30, ..]) => 1 + usize::from(*octet),
            (_, [octet, ..]) if *octet >= 0x80 => 1,
            (_, text) => text.iter().position(|octet| *octet == 0)? + 1,
        };
        let (value, behind) = after.split_at_checked(length)?;
        if *field == APPLICATION[0] {
            return Some(value);
        }
        rest = behind;
    }
    None
}
