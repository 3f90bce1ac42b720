//! The form of a WBXML document: what two encoders may choose differently, so that a reply can be written as its reader writes.

use serde::{Deserialize, Serialize};

use crate::markup::pages::Language;

/// A public identifier: a registered number, or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicId {
    /// A number, such as 0x1201 for SyncML 1.2.
    Number(u32),
    /// A text, such as `-//SYNCML//DTD SyncML 1.2//EN`; it stands in the string table.
    Text(String),
}

impl PublicId {
    pub(super) fn language(&self) -> Option<Language> {
        match self {
            Self::Number(number) => Language::of_number(*number),
            Self::Text(text) => Language::of_text(text),
        }
    }
}

/// How a WBXML document is written where the format leaves a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WbxmlForm {
    /// The minor version of WBXML: 1 to 3 for 1.1 to 1.3.
    pub version: u8,
    /// What the document says it is.
    pub public_id: PublicId,
    /// Whether there are strings in the string table beside the public identifier.
    pub string_table: bool,
    /// The text of the public identifier has no terminating NUL, as encoders built on the reference toolkit write it.
    pub unterminated: bool,
}

impl WbxmlForm {
    /// What every reader takes: WBXML 1.2, a number, no string table. `version` is the VerDTD of the message.
    pub fn of_version(ver_dtd: &str) -> Self {
        let number = match ver_dtd {
            "1.0" => 0x0fd1,
            "1.1" => 0x0fd3,
            _ => 0x1201,
        };
        Self {
            version: 2,
            public_id: PublicId::Number(number),
            string_table: false,
            unterminated: false,
        }
    }
}
