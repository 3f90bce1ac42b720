//! What stands before the body: version, public identifier, character set, string table (WBXML 1.3, section 5.1).

use std::str;

use super::form::{PublicId, WbxmlForm};
use super::octets::Octets;
use crate::error::{Code, Error, Result, excerpt};
use crate::markup::pages::{Language, UNKNOWN_ID};
use crate::steps;

/// MIBenum of US-ASCII and UTF-8; 0 is unknown and counts as UTF-8.
const US_ASCII: u32 = 3;
const UTF_8: u32 = 106;

/// A piece of the head, for those who look at octets: its name, where it stands, and what it says.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) name: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: String,
}

/// What is noted of the head, where anybody wants to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(pub(crate) Option<Vec<Note>>);

impl Notes {
    fn add<T: Into<String>>(
        &mut self,
        name: &'static str,
        start: usize,
        octets: &Octets<'_>,
        text: impl FnOnce() -> T,
    ) {
        if let Some(notes) = &mut self.0 {
            notes.push(Note {
                name,
                start,
                end: octets.offset(),
                text: text().into(),
            });
        }
    }
}

/// The head of a document.
pub(super) struct Head<'a> {
    pub(super) form: WbxmlForm,
    /// Nothing where the public identifier says nothing.
    pub(super) language: Option<Language>,
    pub(super) table: Table<'a>,
}

/// The strings that the body refers to.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    text: &'a str,
    is_ascii: bool,
}

impl<'a> Head<'a> {
    /// Reads the head; `notes` grow by what could be read, also where something is wrong.
    pub(super) fn read(octets: &mut Octets<'a>, notes: &mut Notes) -> Result<Self> {
        let mut start = octets.offset();
        let version = octets.octet()?;
        notes.add("version", start, octets, || version_name(version));
        if !(1..=3).contains(&version) {
            let problem = format!("version {}", version_name(version));
            let error = Error::input(Code::Version, problem).at(start);
            return Err(error.expecting("1.1, 1.2 or 1.3"));
        }
        let id_start = octets.offset();
        let number = octets.number()?;
        let index = match number {
            0 => Some(octets.number()?),
            _ => None,
        };
        notes.add("public identifier", id_start, octets, || match index {
            None => format!("0x{number:04X}"),
            Some(index) => format!("string {index}"),
        });
        if index.is_none() && number != UNKNOWN_ID && Language::of_number(number).is_none() {
            let problem = format!("public identifier 0x{number:X}");
            let error = Error::input(Code::Version, problem).at(id_start);
            return Err(error.expecting("that of SyncML, DevInf or DM DDF"));
        }
        start = octets.offset();
        let charset = octets.number()?;
        notes.add("character set", start, octets, || charset.to_string());
        let is_ascii = match charset {
            US_ASCII => true,
            0 | UTF_8 => false,
            _ => {
                let error = Error::input(Code::Charset, format!("character set {charset}"));
                return Err(error.at(start).expecting("106 for UTF-8"));
            }
        };
        start = octets.offset();
        let bytes = octets.counted("string table")?;
        notes.add("string table", start, octets, || {
            String::from_utf8_lossy(bytes)
        });
        let text = text(bytes, octets.offset() - bytes.len(), is_ascii)?;
        let table = Table { text, is_ascii };
        let (public_id, unterminated, rest) = match index {
            None => (PublicId::Number(number), false, text),
            Some(index) => table.public_id(index, id_start)?,
        };
        let language = public_id.language();
        if language.is_none() && public_id != PublicId::Number(UNKNOWN_ID) {
            let PublicId::Text(text) = &public_id else {
                return Err(octets.truncated());
            };
            let problem = format!("public identifier {}", excerpt(text));
            let error = Error::input(Code::Version, problem).at(id_start);
            return Err(error.expecting("that of SyncML, DevInf or DM DDF"));
        }
        let form = WbxmlForm {
            version,
            public_id,
            string_table: !rest.is_empty(),
            unterminated,
        };
        Ok(Self {
            form,
            language,
            table,
        })
    }
}

fn version_name(version: u8) -> String {
    format!("{}.{}", (version >> 4) + 1, version & 0x0f)
}

impl<'a> Table<'a> {
    /// The string at an index; it ends with a NUL inside the table. `at` is where it is referred to.
    pub(super) fn string(self, index: u32, at: usize) -> Result<&'a str> {
        let rest = self.text.get(index as usize..).unwrap_or_default();
        match rest.split_once('\0') {
            Some((string, _)) => {
                steps::add(string.len() + 1);
                Ok(string)
            }
            None => {
                let problem = format!("no string at {index} of the string table");
                let error = Error::input(Code::Range, problem).at(at);
                Err(error.expecting("the start of a string with its NUL"))
            }
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Whether the document is in US-ASCII.
    pub(super) fn is_ascii(self) -> bool {
        self.is_ascii
    }

    /// The public identifier, which alone may lack its NUL, whether it does, and the table without it.
    fn public_id(self, index: u32, at: usize) -> Result<(PublicId, bool, &'a str)> {
        let rest = self.text.get(index as usize..).unwrap_or_default();
        if rest.is_empty() {
            let problem = format!("no public identifier at {index} of the string table");
            return Err(Error::input(Code::Range, problem).at(at));
        }
        let (id, unterminated, behind) = match rest.split_once('\0') {
            Some((id, behind)) => (id, false, behind),
            None => (rest, true, ""),
        };
        let other = if index == 0 { behind } else { self.text };
        Ok((PublicId::Text(id.to_owned()), unterminated, other))
    }
}

/// The last part of an input that was found to be UTF-8. To look at one string at a time costs more than most strings are long.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Known<'a> {
    /// The string of which `octets` begin the rest of the input at `start`, if it is UTF-8 and neither ends within a character.
    #[inline]
    pub(super) fn string(
        &mut self,
        rest: &'a [u8],
        length: usize,
        start: usize,
    ) -> Option<&'a str> {
        if start > self.start + self.text.len() || self.text.is_empty() {
            // Up to where it is UTF-8 the rest is not looked at again.
            let valid = match str::from_utf8(rest) {
                Ok(text) => Ok(text),
                Err(error) => str::from_utf8(rest.get(..error.valid_up_to()).unwrap_or_default()),
            };
            self.text = valid.unwrap_or_default();
            self.start = start;
            steps::add(2 * self.text.len());
        }
        let from = start.checked_sub(self.start)?;
        self.text.get(from..from + length)
    }
}

/// Octets as text of the document's character set; `start` is where they stand.
pub(super) fn text(octets: &[u8], start: usize, is_ascii: bool) -> Result<&str> {
    steps::add(octets.len());
    let text = str::from_utf8(octets).map_err(|error| {
        let at = start + error.valid_up_to();
        Error::input(Code::Encoding, "not UTF-8").at(at)
    })?;
    match text.bytes().position(|octet| is_ascii && !octet.is_ascii()) {
        Some(at) => Err(Error::input(Code::Encoding, "not US-ASCII as declared").at(start + at)),
        None => Ok(text),
    }
}
