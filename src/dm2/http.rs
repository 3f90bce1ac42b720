//! What HTTP says of packages: media types, and the headers beside them.

use crate::error::{Code, Error, Fault, Result, excerpt};

use super::Dialect;
use super::package::Package;

/// The media types of DM 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// Package 1.
    Initiation,
    /// Package 2.
    Request,
    /// Package 3.
    Response,
    /// Data of management objects.
    Mo,
}

/// The headers of a message that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Accept`.
    pub accept: Option<String>,
    /// `OMADM-DevID`: the device's identifier, in the approved dialect.
    pub device_id: Option<String>,
    /// `OMADM-Accept`: the formats that are taken where HPUT, HPOST and SUB send to, in the approved dialect.
    pub accept_mo: Option<String>,
}

/// The header Accept, and what is written like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept(Vec<Range>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    kind: String,
    subtype: String,
    /// In thousandths.
    quality: u16,
}

const CONTENT_TYPE: &str = "content-type";
const ACCEPT: &str = "accept";
const DEVICE_ID: &str = "omadm-devid";
const ACCEPT_MO: &str = "omadm-accept";

impl MediaType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Initiation, Self::Request, Self::Response, Self::Mo];

    /// As it stands in a header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initiation => "application/vnd.oma.dm.initiation+json",
            Self::Request => "application/vnd.oma.dm.request+json",
            Self::Response => "application/vnd.oma.dm.response+json",
            Self::Mo => "application/vnd.oma.dm.mo+json",
        }
    }

    /// The one that a Content-Type names, if any; parameters other than the charset mean nothing.
    ///
    /// # Errors
    ///
    /// [`Code::Charset`] for one of ours in another charset than UTF-8.
    pub fn of_content_type(content_type: &str) -> Result<Option<Self>> {
        let mut parts = content_type.split(';');
        let own = parts.next().unwrap_or_default().trim();
        let found = Self::ALL
            .into_iter()
            .find(|known| own.eq_ignore_ascii_case(known.name()));
        let charsets = parts.filter_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_charset = name.trim().eq_ignore_ascii_case("charset");
            is_charset.then(|| value.trim().trim_matches('"'))
        });
        for charset in charsets.filter(|_| found.is_some()) {
            if !charset.eq_ignore_ascii_case("utf-8") {
                let problem = format!("charset {}", excerpt(charset));
                return Err(Error::input(Code::Charset, problem).expecting("utf-8"));
            }
        }
        Ok(found)
    }
}

impl Headers {
    /// Takes what counts from the headers of a message; names count in either case.
    ///
    /// # Errors
    ///
    /// [`Code::Schema`], the peer's fault, for a header of DM that stands twice or holds what no header can, and for a second Content-Type that
    /// says something else.
    pub fn read<'n, 'v>(headers: impl IntoIterator<Item = (&'n str, &'v str)>) -> Result<Self> {
        let mut found = Self::default();
        for (name, value) in headers {
            let value = value.trim_matches([' ', '\t']);
            let slots = [
                (CONTENT_TYPE, &mut found.content_type),
                (ACCEPT, &mut found.accept),
                (DEVICE_ID, &mut found.device_id),
                (ACCEPT_MO, &mut found.accept_mo),
            ];
            let known = slots
                .into_iter()
                .find(|(known, _)| name.eq_ignore_ascii_case(known));
            let Some((name, slot)) = known else {
                continue;
            };
            let wrong =
                |problem: &str| Error::peer(Code::Schema, format!("header {name} {problem}"));
            if !is_value(value) {
                return Err(wrong("that is none"));
            }
            match slot {
                None => *slot = Some(value.to_owned()),
                // A list may be in several parts.
                Some(before) if name == ACCEPT || name == ACCEPT_MO => {
                    before.push_str(", ");
                    before.push_str(value);
                }
                Some(before) if name == CONTENT_TYPE && before == value => {}
                Some(_) => return Err(wrong("that stands twice")),
            }
        }
        Ok(found)
    }

    /// Those of a package in a dialect.
    ///
    /// # Errors
    ///
    /// [`Code::Schema`], the caller's fault, for what no header can hold.
    pub fn of(package: &Package, dialect: Dialect) -> Result<Self> {
        let approved =
            |value: &Option<String>| value.clone().filter(|_| dialect == Dialect::Approved);
        let (is_request, device_id, accept_mo) = match package {
            Package::Initiation(package) => (false, approved(&package.device_id), None),
            Package::Response(package) => (false, approved(&package.device_id), None),
            Package::Request(package) => (true, None, approved(&package.accept_mo)),
        };
        if ![&device_id, &accept_mo]
            .into_iter()
            .flatten()
            .all(|value| is_value(value))
        {
            let problem = "a value that no header can hold";
            return Err(Error::new(Code::Schema, Fault::Caller, problem));
        }
        let of = |kind: MediaType| Some(kind.name().to_owned());
        Ok(Self {
            content_type: of(package.kind().media_type()),
            accept: of(MediaType::Request).filter(|_| !is_request),
            device_id,
            accept_mo,
        })
    }

    /// Names and values, as they are sent.
    pub fn list(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            (CONTENT_TYPE, &self.content_type),
            (ACCEPT, &self.accept),
            (DEVICE_ID, &self.device_id),
            (ACCEPT_MO, &self.accept_mo),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// The media type of the body, if it is one of DM 2.0.
    ///
    /// # Errors
    ///
    /// As those of [`MediaType::of_content_type`].
    pub fn media_type(&self) -> Result<Option<MediaType>> {
        let content_type = self.content_type.as_deref();
        Ok(content_type
            .map(MediaType::of_content_type)
            .transpose()?
            .flatten())
    }

    /// Whether the sender takes a package 2: says nothing of what it takes, or says so.
    ///
    /// # Errors
    ///
    /// As those of [`Accept::parse`].
    pub fn takes_request(&self) -> Result<bool> {
        let accept = self.accept.as_deref().map(Accept::parse).transpose()?;
        Ok(accept.is_none_or(|accept| accept.quality(MediaType::Request.name()) > 0))
    }
}

/// Whether a text is the value of a header: visible characters of ASCII with blanks between them, and not nothing.
fn is_value(text: &str) -> bool {
    let is_visible = |octet: u8| matches!(octet, b' '..=b'~' | b'\t');
    !text.is_empty() && text.trim() == text && text.bytes().all(is_visible)
}

impl Accept {
    /// That a text can be sent as such a list.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`] where it is none, or no header can hold it.
    pub(crate) fn check(text: &str) -> Result<()> {
        if is_value(text) && Self::parse(text).is_ok() {
            return Ok(());
        }
        Err(Error::arg("formats that cannot be asked for")
            .expecting("media types as in the header Accept"))
    }

    /// Reads a list of media ranges with qualities (HTTP, Accept). Parameters other than `q` mean nothing here.
    ///
    /// # Errors
    ///
    /// [`Code::Schema`], the peer's fault, for what is no such list.
    pub fn parse(text: &str) -> Result<Self> {
        let ranges = text
            .split(',')
            .map(str::trim)
            .filter(|range| !range.is_empty());
        let ranges: Option<Vec<Range>> = ranges.map(Range::parse).collect();
        let ranges = ranges.filter(|ranges| !ranges.is_empty());
        ranges.map(Self).ok_or_else(|| {
            Error::peer(Code::Schema, "not a list of media types")
                .expecting("such as a/b;q=0.5, */*")
        })
    }

    /// How welcome a media type is, in thousandths; 0 where it is not. Of the ranges that name it the closest counts.
    pub fn quality(&self, media_type: &str) -> u16 {
        let (kind, subtype) = media_type.split_once('/').unwrap_or((media_type, ""));
        let close = |range: &&Range| match (&*range.kind, &*range.subtype) {
            ("*", "*") => Some(0),
            (own, "*") if own.eq_ignore_ascii_case(kind) => Some(1),
            (own, sub) if own.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => {
                Some(2)
            }
            _ => None,
        };
        let named = self
            .0
            .iter()
            .filter_map(|range| Some((close(&range)?, range.quality)));
        named
            .max_by_key(|(close, _)| *close)
            .map_or(0, |(_, quality)| quality)
    }

    /// The most welcome of some media types, the first of several that are as welcome; nothing where none is.
    pub fn best<'m>(&self, offered: &[&'m str]) -> Option<&'m str> {
        let welcome = offered.iter().map(|offer| (self.quality(offer), *offer));
        let welcome = welcome.filter(|(quality, _)| *quality > 0).rev();
        welcome
            .max_by_key(|(quality, _)| *quality)
            .map(|(_, offer)| offer)
    }
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let is_token = |text: &str| {
            let is_part =
                |octet: u8| octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&octet);
            !text.is_empty() && text.bytes().all(is_part)
        };
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let mut quality = 1000;
        for parameter in parts {
            let (name, value) = parameter.split_once('=')?;
            if name.trim().eq_ignore_ascii_case("q") {
                quality = thousandths(value.trim())?;
            }
        }
        Some(Self {
            kind: kind.to_owned(),
            subtype: subtype.to_owned(),
            quality,
        })
    }
}

/// `0` to `1` with at most three digits behind the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_short = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, fraction) {
        ("0", fraction) if is_short => Some(fraction),
        ("1", 0) if is_short => Some(1000),
        _ => None,
    }
}
