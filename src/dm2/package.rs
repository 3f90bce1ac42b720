//! The packages, which dialect and which of them octets are, and their encoding.

use serde::Serialize;

use crate::error::{Code, Error, Fault, Result};
use crate::json::{self, Document, Json, Kind, Value};
use crate::limits::Limits;
use crate::status::StatusCode;

use super::alert::Alert;
use super::command::Command;
use super::http::{Headers, MediaType};
use super::object::{MoItem, SupportedMo};
use super::results::Outcome;
use super::{Dialect, approved, draft};

/// Which package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageKind {
    /// Package 1: the device begins a session.
    Initiation,
    /// Package 2: the server has something to be done.
    Request,
    /// Package 3: the device says what became of it.
    Response,
}

/// A package of either dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Package {
    /// Package 1.
    Initiation(Initiation),
    /// Package 2.
    Request(Request),
    /// Package 3.
    Response(Response),
}

/// Characters of the longest identifier of a session that is read.
const MAX_SESSION_ID: usize = 32;

/// What the draft dialect says of the session in each package; the approved one says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// The session's identifier: 1 to 32 characters.
    pub id: String,
    /// The number of the device's package, or of the one that is answered: 1 to 4294967295.
    pub seq: u32,
}

/// Whether a session may have such an identifier.
pub(crate) fn is_session_id(id: &str) -> bool {
    (1..=MAX_SESSION_ID).contains(&id.chars().count())
}

/// Why a session was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A notification asked for it.
    Server {
        /// Its number, in the approved dialect.
        notification_id: Option<u16>,
    },
    /// The device wanted it.
    Client,
    /// The device has been bootstrapped.
    Bootstrap,
    /// Another number, in the draft dialect.
    Other(u32),
}

/// Package 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Initiation {
    /// The device's identifier; in the approved dialect it is a header.
    pub device_id: Option<String>,
    /// The session; in the draft dialect alone, and always there.
    pub session: Option<SessionInfo>,
    /// Why the session was begun; the draft dialect always says it.
    pub reason: Option<Reason>,
    /// The objects that the device has.
    pub supported: Vec<SupportedMo>,
    /// What the notification asked for; in the draft dialect alone.
    pub data: Vec<MoItem>,
    /// Alerts.
    pub alerts: Vec<Alert>,
}

/// Package 2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The session; in the draft dialect alone, and always there.
    pub session: Option<SessionInfo>,
    /// The formats that are taken where HPUT and HPOST send to, as in the HTTP header Accept. In the approved dialect it is a header.
    pub accept_mo: Option<String>,
    /// What is to be done, in this order. None is the same as END alone.
    pub commands: Vec<Command>,
    /// What became of the alerts of the package that is answered; in the draft dialect alone.
    pub results: Vec<StatusCode>,
}

/// Package 3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The device's identifier; in the approved dialect it is a header.
    pub device_id: Option<String>,
    /// The session; in the draft dialect alone, and always there.
    pub session: Option<SessionInfo>,
    /// The results in the order of the commands, see [`distribute`](super::distribute).
    pub results: Vec<Outcome>,
    /// Alerts.
    pub alerts: Vec<Alert>,
}

impl PackageKind {
    /// The media type.
    pub const fn media_type(self) -> MediaType {
        match self {
            Self::Initiation => MediaType::Initiation,
            Self::Request => MediaType::Request,
            Self::Response => MediaType::Response,
        }
    }

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initiation => "initiation",
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

impl Initiation {
    /// Reads package 1 as a server does: the dialect is that of the device, and the approved one needs the header `OMADM-DevID`.
    ///
    /// # Errors
    ///
    /// As those of [`Package::decode`].
    pub fn decode(body: &[u8], headers: &Headers, limits: &Limits) -> Result<(Self, Dialect)> {
        let document = json::parse(body, limits)?;
        let root = root(&document)?;
        let dialect = dialect_of_initiation(root)?;
        let initiation = match dialect {
            Dialect::Draft => draft::initiation(root, limits)?,
            Dialect::Approved => {
                need_device(headers)?;
                approved::initiation(root, headers, limits)?
            }
        };
        Ok((initiation, dialect))
    }
}

impl Request {
    /// Reads package 2 as a device does, which compares the dialect with its own.
    ///
    /// # Errors
    ///
    /// As those of [`Package::decode`].
    pub fn decode(body: &[u8], headers: &Headers, limits: &Limits) -> Result<(Self, Dialect)> {
        let document = json::parse(body, limits)?;
        let root = root(&document)?;
        let dialect = dialect_of_request(root)?;
        let request = match dialect {
            Dialect::Draft => draft::request(root, limits)?,
            Dialect::Approved => approved::request(root, headers, limits)?,
        };
        Ok((request, dialect))
    }

    /// Whether the session is over once it is carried out.
    pub fn ends(&self) -> bool {
        self.commands.is_empty() || self.commands.contains(&Command::End)
    }
}

impl Response {
    /// Reads package 3 of a session in a dialect; the approved one needs the header `OMADM-DevID`.
    ///
    /// # Errors
    ///
    /// As those of [`Package::decode`].
    pub fn decode(
        body: &[u8],
        headers: &Headers,
        dialect: Dialect,
        limits: &Limits,
    ) -> Result<Self> {
        let document = json::parse(body, limits)?;
        let root = root(&document)?;
        match dialect {
            Dialect::Draft => draft::response(root, limits),
            Dialect::Approved => {
                need_device(headers)?;
                approved::response(root, headers, limits)
            }
        }
    }

    /// Whether the device says that it has stopped.
    pub fn aborts(&self) -> bool {
        let abort = crate::status::AlertCode::SESSION_ABORT;
        self.alerts.iter().any(|alert| alert.code == abort)
    }
}

impl Package {
    /// Reads a package of either dialect. Which one it is `headers` say or, without a content type, its members.
    ///
    /// This is for looking at packages: the header `OMADM-DevID` may be missing.
    ///
    /// # Errors
    ///
    /// [`Code::Syntax`], [`Code::Truncated`], [`Code::Trailing`], [`Code::Encoding`] and [`Code::Char`] for what is not JSON,
    /// [`Code::Schema`] for what is no package, a missing member, a wrong type or a name that stands twice, [`Code::Number`] for what is not
    /// the number that it must be, [`Code::Limit`]; [`Code::Charset`] for a declared charset that is none of ours. Each says where.
    pub fn decode(body: &[u8], headers: &Headers, limits: &Limits) -> Result<(Self, Dialect)> {
        let declared = headers.media_type()?;
        let document = json::parse(body, limits)?;
        let root = root(&document)?;
        let kind = match declared {
            Some(MediaType::Initiation) => PackageKind::Initiation,
            Some(MediaType::Request) => PackageKind::Request,
            Some(MediaType::Response) => PackageKind::Response,
            Some(MediaType::Mo) => {
                return Err(root.error(Code::Schema, "data of objects, not a package"));
            }
            None => kind_of(root)?,
        };
        Ok(match kind {
            PackageKind::Initiation => {
                let dialect = dialect_of_initiation(root)?;
                let initiation = match dialect {
                    Dialect::Draft => draft::initiation(root, limits),
                    Dialect::Approved => approved::initiation(root, headers, limits),
                };
                (Self::Initiation(initiation?), dialect)
            }
            PackageKind::Request => {
                let dialect = dialect_of_request(root)?;
                let request = match dialect {
                    Dialect::Draft => draft::request(root, limits),
                    Dialect::Approved => approved::request(root, headers, limits),
                };
                (Self::Request(request?), dialect)
            }
            PackageKind::Response => {
                let dialect = match root.get("SessionInfo") {
                    Some(_) => Dialect::Draft,
                    None => Dialect::Approved,
                };
                let response = match dialect {
                    Dialect::Draft => draft::response(root, limits),
                    Dialect::Approved => approved::response(root, headers, limits),
                };
                (Self::Response(response?), dialect)
            }
        })
    }

    /// The package as octets in a dialect; `indent` is for people. Its headers are [`Headers::of`].
    ///
    /// # Errors
    ///
    /// [`Code::Schema`], the caller's fault, for what the dialect has no place for and for what it needs and is missing.
    pub fn encode(&self, dialect: Dialect, indent: bool) -> Result<Vec<u8>> {
        let json: Json = match (dialect, self) {
            (Dialect::Draft, Self::Initiation(package)) => draft::emit_initiation(package)?,
            (Dialect::Draft, Self::Request(package)) => draft::emit_request(package)?,
            (Dialect::Draft, Self::Response(package)) => draft::emit_response(package)?,
            (Dialect::Approved, Self::Initiation(package)) => approved::emit_initiation(package)?,
            (Dialect::Approved, Self::Request(package)) => approved::emit_request(package)?,
            (Dialect::Approved, Self::Response(package)) => approved::emit_response(package)?,
        };
        json::write(&json, indent)
    }

    /// Which package it is.
    pub const fn kind(&self) -> PackageKind {
        match self {
            Self::Initiation(_) => PackageKind::Initiation,
            Self::Request(_) => PackageKind::Request,
            Self::Response(_) => PackageKind::Response,
        }
    }
}

pub(super) fn root<'d>(document: &'d Document<'d>) -> Result<Value<'d>> {
    let root = document.root().filter(|root| root.kind() == Kind::Object);
    root.ok_or_else(|| {
        Error::input(Code::Schema, "not a package")
            .expecting("an object")
            .at(0)
    })
}

/// What a package is that nothing is said of.
pub(super) fn kind_of(root: Value<'_>) -> Result<PackageKind> {
    let has = |name: &str| root.get(name).is_some();
    let session = root.get("SessionInfo");
    let says = |name: &str| session.is_some_and(|session| session.get(name).is_some());
    Ok(if has("CMD") || has("Cmds") {
        PackageKind::Request
    } else if has("Status") {
        PackageKind::Response
    } else if session.is_some() && !says("ReasonForSession") {
        match says("DevID") {
            true => PackageKind::Response,
            false => PackageKind::Request,
        }
    } else if session.is_some() || root.members().next().is_none() || MEMBERS.into_iter().any(has) {
        // An empty object is a package of the approved dialect that says nothing.
        PackageKind::Initiation
    } else {
        let error = root.error(Code::Schema, "no package of either dialect");
        return Err(error.expecting("SessionInfo, CMD, Status, MOS or Alert"));
    })
}

/// What a package may consist of that says nothing of its session.
const MEMBERS: [&str; 5] = ["MOS", "Alert", "MOD", "Alerts", "Results"];

fn dialect_of_initiation(root: Value<'_>) -> Result<Dialect> {
    if root.get("SessionInfo").is_some() {
        return Ok(Dialect::Draft);
    }
    // What the draft alone has stands in no package of the approved dialect.
    match ["MOD", "Alerts", "Results"]
        .iter()
        .find(|name| root.get(name).is_some())
    {
        Some(_) => Err(root.error(Code::Schema, "missing SessionInfo")),
        None => Ok(Dialect::Approved),
    }
}

fn dialect_of_request(root: Value<'_>) -> Result<Dialect> {
    let is_draft = root
        .get("SessionInfo")
        .or_else(|| root.get("Cmds"))
        .is_some();
    match (is_draft, root.get("CMD").is_some()) {
        (true, false) => Ok(Dialect::Draft),
        (false, true) => Ok(Dialect::Approved),
        (true, true) => Err(root.error(Code::Schema, "members of both dialects")),
        (false, false) => Err(root.error(Code::Schema, "missing CMD")),
    }
}

fn need_device(headers: &Headers) -> Result<()> {
    match headers.device_id {
        Some(_) => Ok(()),
        None => Err(Error::peer(Code::Schema, "missing header OMADM-DevID")),
    }
}

/// The error that a dialect cannot say something.
pub(super) fn unsaid(problem: &'static str) -> Error {
    Error::new(Code::Schema, Fault::Caller, problem)
}
