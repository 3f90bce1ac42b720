//! What can go wrong: one error type that says whose fault it is, where, and what was expected.

use std::borrow::Cow;
use std::fmt;

/// Shorthand for a result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error: a closed set, equal in Rust, in wasm and in JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// Not well-formed.
    Syntax,
    /// The input ends before the document does.
    Truncated,
    /// Something follows the end of the document.
    Trailing,
    /// Not UTF-8, or declared as something else.
    Encoding,
    /// A character that XML does not allow.
    Char,
    /// A DOCTYPE that declares something.
    Dtd,
    /// An undefined entity.
    Entity,
    /// A namespace error.
    Ns,
    /// Well-formed, but not a message.
    Schema,
    /// An unknown WBXML token.
    Token,
    /// An offset or a length that points outside.
    Range,
    /// A version that is not spoken here.
    Version,
    /// A character set that is not supported.
    Charset,
    /// A number that is none, or is out of its range.
    Number,
    /// One of the [`Limits`](crate::limits::Limits) is exceeded.
    Limit,
    /// The call or message does not fit the state of the session.
    State,
    /// Credentials are missing, wrong, or of the wrong type.
    Auth,
    /// Saved bytes are damaged, foreign or newer.
    Snapshot,
    /// Too little randomness.
    Entropy,
    /// An argument of the caller is not what it must be.
    Arg,
    /// The handle has been freed.
    Disposed,
    /// The handle is in use by a call further out.
    Busy,
    /// The instance has trapped and must be made anew.
    Poisoned,
}

impl Code {
    /// The name by which JavaScript knows the kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Truncated => "truncated",
            Self::Trailing => "trailing",
            Self::Encoding => "encoding",
            Self::Char => "char",
            Self::Dtd => "dtd",
            Self::Entity => "entity",
            Self::Ns => "ns",
            Self::Schema => "schema",
            Self::Token => "token",
            Self::Range => "range",
            Self::Version => "version",
            Self::Charset => "charset",
            Self::Number => "number",
            Self::Limit => "limit",
            Self::State => "state",
            Self::Auth => "auth",
            Self::Snapshot => "snapshot",
            Self::Entropy => "entropy",
            Self::Arg => "arg",
            Self::Disposed => "disposed",
            Self::Busy => "busy",
            Self::Poisoned => "poisoned",
        }
    }
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The bytes are not a document.
    Input,
    /// The peer broke the protocol.
    Peer,
    /// The caller broke the contract of this API.
    Caller,
    /// The saved bytes.
    Snapshot,
    /// The platform, the network or the store.
    Host,
}

impl Fault {
    /// The name by which JavaScript knows the fault.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Peer => "peer",
            Self::Caller => "caller",
            Self::Snapshot => "snapshot",
            Self::Host => "host",
        }
    }
}

/// An error: kind, fault, place and expectation. It never holds a secret and at most 64 octets of the input.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    code: Code,
    fault: Fault,
    problem: Cow<'static, str>,
    expected: Option<Cow<'static, str>>,
    limit: Option<&'static str>,
    offset: Option<usize>,
    path: Option<String>,
    http: Option<u16>,
}

impl Error {
    /// An error of the given kind and fault; `problem` is a lower-case fragment, such as `missing CmdID`.
    pub fn new(code: Code, fault: Fault, problem: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            fault,
            problem: problem.into(),
            expected: None,
            limit: None,
            offset: None,
            path: None,
            http: None,
        }))
    }

    /// The input is at fault.
    pub fn input(code: Code, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, Fault::Input, problem)
    }

    /// The peer is at fault.
    pub fn peer(code: Code, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, Fault::Peer, problem)
    }

    /// The caller called at a moment when the state does not allow it.
    pub fn state(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::State, Fault::Caller, problem)
    }

    /// The caller gave an argument that is not what it must be.
    pub fn arg(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Arg, Fault::Caller, problem)
    }

    /// Saved bytes cannot be restored.
    pub fn snapshot(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Snapshot, Fault::Snapshot, problem)
    }

    /// The limit called `name` (as in [`Limits`](crate::limits::Limits)) is exceeded.
    pub fn limit(name: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(Code::Limit, Fault::Input, problem);
        error.0.limit = Some(name);
        error
    }

    /// Adds what would have been right.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<Cow<'static, str>>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Adds the place in the input, in octets from its start. A place already known stays.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Adds the place in the message, such as `SyncBody/Replace[2]/Item`. A path already known stays; the empty path, the root's, says nothing.
    #[must_use]
    pub fn within(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        if self.0.path.is_none() && !path.is_empty() {
            self.0.path = Some(path);
        }
        self
    }

    /// The same in what is a part of something: the path goes on from there.
    #[must_use]
    pub(crate) fn inside(mut self, around: impl Into<String>) -> Self {
        let around = around.into();
        self.0.path = Some(match self.0.path.take() {
            Some(path) => format!("{around}.{path}"),
            None => around,
        });
        self
    }

    /// Takes the place in the input away, where there is no input.
    #[must_use]
    pub(crate) fn without_offset(mut self) -> Self {
        self.0.offset = None;
        self
    }

    /// Adds the HTTP status with which a server answers, where it is not the one of the kind.
    #[must_use]
    pub fn with_http(mut self, http: u16) -> Self {
        self.0.http = Some(http);
        self
    }

    /// Turns the blame: what a peer's bytes would be blamed for is the caller's when the caller supplied it.
    #[must_use]
    pub fn blaming(mut self, fault: Fault) -> Self {
        self.0.fault = fault;
        self
    }

    /// The kind.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// What would have been right.
    pub fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// The name of the limit that is exceeded.
    pub fn exceeded(&self) -> Option<&'static str> {
        self.0.limit
    }

    /// Octets from the start of the input.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// Where in the message, such as `SyncBody/Replace[2]/Item`.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// The DM status that a peer is sent for it (status codes of the Representation Protocol).
    pub fn status(&self) -> Option<u16> {
        match (self.0.fault, self.0.code) {
            (Fault::Caller | Fault::Snapshot, _) => None,
            (Fault::Host, _) => Some(500),
            (_, Code::Auth) => Some(401),
            (_, Code::Version) => Some(505),
            (_, Code::Limit) => Some(413),
            (_, Code::Charset) => Some(415),
            (Fault::Input | Fault::Peer, _) => Some(400),
        }
    }

    /// The HTTP status with which a server answers the request.
    pub fn http(&self) -> Option<u16> {
        if self.0.http.is_some() {
            return self.0.http;
        }
        match (self.0.fault, self.0.code) {
            (Fault::Caller | Fault::Snapshot, _) => Some(500),
            (Fault::Host, _) => Some(503),
            (_, Code::Limit) => Some(413),
            (_, Code::Charset) => Some(415),
            (Fault::Input | Fault::Peer, _) => Some(400),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.problem)?;
        if let Some(expected) = &self.0.expected {
            write!(f, ", expected {expected}")?;
        }
        if let Some(path) = &self.0.path {
            write!(f, " in {path}")?;
        }
        if let Some(offset) = self.0.offset {
            write!(f, " at byte {offset}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}): {self}",
            self.0.code.as_str(),
            self.0.fault.as_str()
        )
    }
}

impl std::error::Error for Error {}

/// At most 40 characters of the input for an error text, so that none quotes more than 64 octets of ordinary text.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if shown.len() + character.len_utf8() > 48 {
            shown.push('…');
            break;
        }
        shown.push(if character.is_control() {
            '\u{fffd}'
        } else {
            character
        });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_problem_expectation_path_and_offset() {
        let error = Error::input(Code::Schema, "missing CmdID")
            .within("SyncBody/Replace[2]")
            .at(412);
        assert_eq!(
            error.to_string(),
            "missing CmdID in SyncBody/Replace[2] at byte 412"
        );
        assert_eq!(error.status(), Some(400));
        assert_eq!(error.http(), Some(400));
    }

    #[test]
    fn the_innermost_place_stays() {
        let error = Error::input(Code::Number, "x")
            .at(3)
            .at(9)
            .within("a")
            .within("b");
        assert_eq!((error.offset(), error.path()), (Some(3), Some("a")));
    }

    #[test]
    fn excerpts_stay_within_64_octets() {
        for text in [
            "x".repeat(1000),
            "é".repeat(1000),
            "😀".repeat(1000),
            "\u{1}".repeat(1000),
        ] {
            assert!(excerpt(&text).len() <= 64, "{}", excerpt(&text).len());
        }
    }
}
