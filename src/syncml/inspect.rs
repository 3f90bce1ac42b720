//! What can be seen in octets, also in those that are no whole message.

use crate::error::Error;
use crate::limits::Limits;
use crate::markup::outline::Outline;
use crate::markup::{wbxml, xml};

use super::encoding::{Encoding, Form};
use super::message::Message;

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Everything that could be read, by ranges of octets; an empty one where the octets are neither XML nor WBXML.
    pub outline: Outline,
    /// The message, where it is one.
    pub message: Option<(Message, Form)>,
    /// Why it is none.
    pub error: Option<Error>,
}

/// Looks at octets, as far as they can be read. `content_type` decides between the encodings where it is given and known.
pub fn inspect(body: &[u8], content_type: Option<&str>, limits: &Limits) -> Inspection {
    let encoding = match Encoding::detect(content_type, body) {
        Ok(encoding) => encoding,
        Err(error) => {
            let seen = Encoding::detect(None, body).ok();
            let outline = seen.map_or_else(
                || Outline::new("octets", 0..body.len(), None),
                |encoding| outline(body, encoding, limits).0,
            );
            return Inspection {
                outline,
                message: None,
                error: Some(error),
            };
        }
    };
    let (outline, error) = outline(body, encoding, limits);
    let message = match error {
        Some(error) => Err(error),
        None => Message::decode_with_form(body, encoding, limits),
    };
    let (message, error) = match message {
        Ok(message) => (Some(message), None),
        Err(error) => (None, Some(error)),
    };
    Inspection {
        outline,
        message,
        error,
    }
}

fn outline(body: &[u8], encoding: Encoding, limits: &Limits) -> (Outline, Option<Error>) {
    match encoding {
        Encoding::Xml => xml::outline(body, limits),
        Encoding::Wbxml => wbxml::outline(body, limits),
    }
}
