//! Values on their way out: plain data, and errors as plain objects.

use wasm_bindgen::JsValue;

use crate::error::Error;

use super::plain::{self, Out};

/// What a call comes to when it fails.
pub enum Failure {
    /// An error of ours.
    Error(Error),
    /// What code of the caller's threw while an argument was read. It may look like anything, also like an error of ours.
    Thrown(JsValue),
}

/// A result whose error JavaScript understands.
pub(super) type JsResult<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// Says where, unless it does.
    #[cfg(feature = "sessions")]
    pub(super) fn within(self, path: &str) -> Self {
        match self {
            Self::Error(error) => Self::Error(error.within(crate::error::excerpt(path))),
            thrown @ Self::Thrown(_) => thrown,
        }
    }
}

impl From<JsValue> for Failure {
    fn from(thrown: JsValue) -> Self {
        Self::Thrown(thrown)
    }
}

/// An error as a plain object.
impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        // Where there is no room for an object any more, there is what was thrown for want of it.
        plain::object(|out| failure.show(out)).unwrap_or_else(|failure| match failure {
            Failure::Thrown(thrown) => thrown,
            Failure::Error(_) => Self::UNDEFINED,
        })
    }
}

impl Failure {
    /// The members of the error.
    pub(super) fn show(self, out: &mut Out) {
        let (error, cause) = match self {
            Self::Error(error) => (error, None),
            Self::Thrown(cause) => (Error::arg("reading an argument threw"), Some(cause)),
        };
        out.text("code", error.code().as_str());
        out.text("fault", error.fault().as_str());
        out.text("message", &error.to_string());
        out.maybe("limit", error.exceeded());
        out.maybe("expected", error.expected());
        out.maybe_number("status", error.status());
        out.maybe_number("http", error.http());
        out.maybe_number("offset", error.offset().map(|offset| offset as u64));
        out.maybe("path", error.path());
        if let Some(cause) = cause {
            out.key("cause");
            out.value(cause);
        }
    }
}

/// A document as it goes over HTTP.
pub(super) fn body(octets: &[u8], media_type: &'static str) -> JsResult<JsValue> {
    plain::object(|out| show_body(out, octets, media_type))
}

/// The members of such a document.
pub(super) fn show_body(out: &mut Out, octets: &[u8], media_type: &'static str) {
    out.octets("body", octets);
    out.kind("contentType", media_type);
    out.inside("headers", |out| out.kind("content-type", media_type));
}
