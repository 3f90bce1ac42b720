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
/// The same as text.
const APPLICATION_NAME: &[u8] = b"X-Wap-Application-Id";
const APPLICATION_URI: &[u8] = b"x-wap-application:syncml.dm";
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
        let body = reader.at()..octets.len();
        let malformed = || {
            let error = wrong(
                "headers that cannot be read".to_owned(),
                start,
                "WSP/headers",
            );
            error.expecting("a media type and an application")
        };
        let (said, others) = media_type(headers).ok_or_else(malformed)?;
        let form = match said {
            MEDIA_TYPE => Some(NotificationForm::V1),
            MEDIA_TYPE_2 => {
                let media_type = NotificationForm::Approved.media_type();
                NotificationForm::detect(Some(media_type), reader.rest())
            }
            _ => None,
        };
        let form = form.ok_or_else(|| {
            let problem = format!("media type {said:#04x}");
            wrong(problem, start, "WSP/headers").expecting("0xc4 or 0xd8")
        })?;
        if application(others).ok_or_else(malformed)? == Application::Other {
            let problem = "for another application".to_owned();
            let at = start + headers.len() - others.len();
            return Err(wrong(problem, at, "WSP/headers").expecting("0x87"));
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

/// What the header X-Wap-Application-Id says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Application {
    /// Nothing: it is not there.
    Unsaid,
    /// That of device management.
    Management,
    Other,
}

/// The media type, which may have parameters, and the headers behind it.
fn media_type(headers: &[u8]) -> Option<(u8, &[u8])> {
    let (value, others) = value(headers)?;
    let media_type = match value {
        Value::Short(media_type) => media_type,
        Value::Counted(octets) | Value::Text(octets) => *octets.first()?,
    };
    Some((media_type, others))
}

/// Looks through all headers behind the media type; others than the one are passed over. Nothing where they cannot be read.
fn application(headers: &[u8]) -> Option<Application> {
    let mut rest = headers;
    let mut found = Application::Unsaid;
    while let [field, after @ ..] = rest {
        let is_it;
        (is_it, rest) = match field {
            0x80.. => (*field == APPLICATION[0], after),
            // Whose meaning the page of codes before it decides is nothing that can be passed over.
            ..0x20 | 0x7f => return None,
            _ => {
                let (name, after) = text(rest)?;
                (name.eq_ignore_ascii_case(APPLICATION_NAME), after)
            }
        };
        let said;
        (said, rest) = value(rest)?;
        // One of several for another is enough.
        found = match (is_it, found) {
            (true, Application::Unsaid | Application::Management) if said.is_management() => {
                Application::Management
            }
            (true, _) => Application::Other,
            (false, found) => found,
        };
    }
    Some(found)
}

/// The value of a header (WSP, section 8.4.1.2).
enum Value<'a> {
    /// One octet, the highest bit of which is set.
    Short(u8),
    /// Octets behind their length.
    Counted(&'a [u8]),
    Text(&'a [u8]),
}

impl Value<'_> {
    /// Whether it names the application syncml.dm: by its number, short or long, or by its name.
    fn is_management(&self) -> bool {
        match self {
            Self::Short(number) => *number == APPLICATION[1],
            Self::Counted(number) => *number == [APPLICATION[1] & 0x7f],
            Self::Text(name) => name.eq_ignore_ascii_case(APPLICATION_URI),
        }
    }
}

/// The value that octets begin with, and what is behind it.
fn value(octets: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (length, rest) = match octets {
        [short, rest @ ..] if *short >= 0x80 => return Some((Value::Short(*short), rest)),
        [length, rest @ ..] if *length <= 30 => (usize::from(*length), rest),
        [31, rest @ ..] => {
            let mut reader = Reader::new(rest);
            let length = wide(&mut reader).ok()?;
            (length, reader.rest())
        }
        _ => {
            let (text, rest) = text(octets)?;
            return Some((Value::Text(text), rest));
        }
    };
    let (counted, behind) = rest.split_at_checked(length)?;
    Some((Value::Counted(counted), behind))
}

/// Text without the zero that ends it, and what is behind that.
fn text(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = octets.iter().position(|octet| *octet == 0)?;
    let (text, rest) = octets.split_at_checked(end)?;
    Some((text, rest.get(1..)?))
}
