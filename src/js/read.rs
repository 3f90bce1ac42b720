//! Arguments on their way in: each is checked here before anything else sees it.
//!
//! `www/package/pack.js` reads an argument whole, each own enumerable property once, and a getter that throws lets its error through. Here
//! it is octets, in which nothing changes any more. Octets of the caller's, and large texts, stay where they are until they are asked for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use zeroize::Zeroize;

use crate::error::{Error, Fault, excerpt};

use super::border;
use super::write::{Failure, JsResult};

/// Elements of one array, at the most: far more than any message holds.
const MAX_ELEMENTS: u32 = 1_000_000;

/// What stands for a value, as `www/package/pack.js` has it.
mod tag {
    pub(super) const UNDEFINED: u8 = 0;
    pub(super) const NULL: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const TRUE: u8 = 3;
    pub(super) const NUMBER: u8 = 4;
    pub(super) const NUMBER_AND_TEXT: u8 = 5;
    pub(super) const TEXT: u8 = 6;
    pub(super) const BROKEN_TEXT: u8 = 7;
    pub(super) const ARRAY: u8 = 8;
    pub(super) const OBJECT: u8 = 9;
    pub(super) const OCTETS: u8 = 10;
    pub(super) const BIGINT: u8 = 11;
    pub(super) const OTHER: u8 = 12;
    pub(super) const HOLE: u8 = 13;
    pub(super) const ENDLESS: u8 = 14;
    pub(super) const NO_PAIRS: u8 = 16;
    pub(super) const HELD_TEXT: u8 = 17;
    pub(super) const NEAR_OCTETS: u8 = 18;
}

/// The length of a name with a lone surrogate.
const BROKEN_NAME: usize = 0xffff_ffff;

/// How an argument is read.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Whole.
    Any,
    /// Only what a `Received` has.
    Message,
    /// As an `Outcome`, whose response is a message.
    Outcome,
    /// Only what a `Saved` has.
    Saved,
}

/// An argument.
struct Pack {
    octets: Vec<u8>,
    size: usize,
    /// What stayed where it was.
    held: JsValue,
    name: Cow<'static, str>,
    /// Objects whose names are of the caller's choice.
    records: RefCell<Vec<usize>>,
}

/// Octets of a buffer that is used again.
const ROOM: usize = 1 << 12;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

impl Drop for Pack {
    fn drop(&mut self) {
        if let Some(used) = self.octets.get_mut(..self.size) {
            used.zeroize();
        }
        if self.octets.len() == ROOM {
            let octets = std::mem::take(&mut self.octets);
            BUFFERS.with_borrow_mut(|buffers| {
                if buffers.len() < 4 {
                    buffers.push(octets);
                }
            });
        }
    }
}

fn too_many() -> Failure {
    let error = Error::limit("bytes", "more than fits into the module");
    error.blaming(Fault::Caller).into()
}

impl Pack {
    fn read(value: &JsValue, name: Cow<'static, str>, kind: Kind) -> JsResult<Self> {
        let kept = BUFFERS.with_borrow_mut(Vec::pop);
        let mut pack = Self {
            octets: kept.unwrap_or_else(|| vec![0; ROOM]),
            size: 0,
            held: JsValue::UNDEFINED,
            name,
            records: RefCell::default(),
        };
        let size = border::pack(value, kind as u32, &mut pack.octets)?;
        if size == -1.0 {
            return Err(too_many());
        }
        if size < 0.0 {
            let size = (-1.0 - size) as usize;
            let mut octets = Vec::new();
            if octets.try_reserve_exact(size).is_err() {
                border::forget()?;
                return Err(too_many());
            }
            octets.resize(size, 0);
            pack.octets = octets;
            pack.size = size;
            border::unpack(&mut pack.octets)?;
        } else {
            pack.size = size as usize;
        }
        Ok(pack)
    }

    #[inline(always)]
    fn tag(&self, at: usize) -> u8 {
        self.octets.get(at).copied().unwrap_or(tag::OTHER)
    }

    #[inline(always)]
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let octets = self.octets.get(at..).and_then(<[u8]>::first_chunk);
        octets.copied().unwrap_or([0; N])
    }

    #[inline(always)]
    fn word(&self, at: usize) -> usize {
        u32::from_le_bytes(self.array(at)) as usize
    }

    fn double(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.array(at))
    }

    /// What stands behind its length.
    #[inline(always)]
    fn letters(&self, at: usize) -> &[u8] {
        let start = at.saturating_add(4);
        let end = start.saturating_add(self.word(at));
        self.octets.get(start..end).unwrap_or_default()
    }

    /// Where a value ends.
    fn end(&self, at: usize) -> usize {
        let size = match self.tag(at) {
            tag::NUMBER => 9,
            tag::NUMBER_AND_TEXT => self.word(at + 9).saturating_add(13),
            tag::TEXT | tag::BIGINT => self.word(at + 1).saturating_add(5),
            tag::ARRAY | tag::OBJECT => self.word(at + 1).saturating_add(9),
            tag::OCTETS | tag::NEAR_OCTETS | tag::HELD_TEXT => 13,
            _ => 1,
        };
        at.saturating_add(size)
    }

    /// What is in an array or object: names, of which elements have none, and where the values stand.
    fn inside(&self, at: usize) -> Inside<'_> {
        Inside {
            pack: self,
            at: at + 9,
            left: self.word(at + 5),
            is_object: self.tag(at) == tag::OBJECT,
        }
    }

    /// How an error speaks of what stands somewhere.
    fn name_of(&self, place: usize) -> String {
        let mut name = self.name.clone().into_owned();
        let mut around = 0;
        while around != place {
            let mut index = 0_u32;
            let Some((key, inner)) = self.inside(around).find(|(_, inner)| {
                let is_around = place < self.end(*inner);
                index += 1;
                is_around
            }) else {
                return name;
            };
            match key.map(|key| String::from_utf8_lossy(key.unwrap_or_default())) {
                None => name.push_str(&format!("[{}]", index - 1)),
                Some(key) if self.records.borrow().contains(&around) => {
                    name.push_str(&format!("[{key:?}]"));
                }
                Some(key) => name.push_str(&format!(".{key}")),
            }
            around = inner;
        }
        name
    }
}

struct Inside<'p> {
    pack: &'p Pack,
    at: usize,
    left: usize,
    is_object: bool,
}

impl<'p> Iterator for Inside<'p> {
    /// A name is absent of an element, and inside where it has a lone surrogate.
    type Item = (Option<Option<&'p [u8]>>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut name = None;
        if self.is_object {
            if self.pack.word(self.at) == BROKEN_NAME {
                name = Some(None);
                self.at += 4;
            } else {
                let letters = self.pack.letters(self.at);
                name = Some(Some(letters));
                self.at += 4 + letters.len();
            }
        }
        let at = self.at;
        self.at = self.pack.end(at);
        Some((name, at))
    }
}

/// A value that the caller gave.
pub(super) struct Given {
    pack: Rc<Pack>,
    at: usize,
}

impl Given {
    pub(super) fn new(value: JsValue, name: impl Into<Cow<'static, str>>) -> JsResult<Self> {
        Self::of(value, name, Kind::Any)
    }

    pub(super) fn of(
        value: JsValue,
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
    ) -> JsResult<Self> {
        let mut pack = Pack::read(&value, name.into(), kind)?;
        // The last octet says whether there is anything.
        if pack.tag(pack.size.saturating_sub(1)) == 1 {
            pack.held = border::held()?;
        }
        Ok(Self {
            pack: Rc::new(pack),
            at: 0,
        })
    }

    fn place(&self, at: usize) -> Self {
        Self {
            pack: Rc::clone(&self.pack),
            at,
        }
    }

    fn tag(&self) -> u8 {
        self.pack.tag(self.at)
    }

    fn name(&self) -> String {
        self.pack.name_of(self.at)
    }

    /// The error that this is not what it must be.
    pub(super) fn wrong(&self, expected: impl Into<Cow<'static, str>>) -> Failure {
        Error::arg(format!("bad {}", self.name()))
            .expecting(expected)
            .into()
    }

    /// An own property of an object; absent where it is undefined or not there.
    pub(super) fn get(&self, name: &'static str) -> JsResult<Option<Given>> {
        let wanted = Some(Some(name.as_bytes()));
        let found = self.members()?.find(|(name, _)| *name == wanted);
        let value = found.map(|(_, at)| self.place(at));
        Ok(value.filter(|value| value.tag() != tag::UNDEFINED))
    }

    /// An own property that must be there.
    pub(super) fn need(&self, key: &'static str) -> JsResult<Given> {
        self.get(key)?
            .ok_or_else(|| Error::arg(format!("{}.{key} is missing", self.name())).into())
    }

    /// A property read by `read`, where it is there.
    pub(super) fn maybe<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Given) -> JsResult<T>,
    ) -> JsResult<Option<T>> {
        self.get(key)?.map(|given| read(&given)).transpose()
    }

    fn members(&self) -> JsResult<Inside<'_>> {
        match self.tag() {
            tag::OBJECT => Ok(self.pack.inside(self.at)),
            _ => Err(self.wrong("an object")),
        }
    }

    /// Refuses an object with an own property of another name than these: a misspelt one would do nothing. One that is undefined is not there.
    pub(super) fn only(&self, known: &[&str]) -> JsResult<()> {
        for (name, at) in self.members()? {
            let name = name.flatten().ok_or_else(bad_name)?;
            let is_known = known.iter().any(|known| known.as_bytes() == name);
            if !is_known && self.pack.tag(at) != tag::UNDEFINED {
                let name = String::from_utf8_lossy(name);
                let problem = format!("{}.{} is unknown", self.name(), excerpt(&name));
                return Err(Error::arg(problem).expecting(known.join(", ")).into());
            }
        }
        Ok(())
    }

    /// Own enumerable properties: names and values.
    pub(super) fn entries(&self) -> JsResult<Vec<(String, Given)>> {
        self.pack.records.borrow_mut().push(self.at);
        let entry = |(name, at): (Option<Option<&[u8]>>, usize)| {
            let name = name.flatten().ok_or_else(bad_name)?;
            Ok((text(name).ok_or_else(bad_name)?.to_owned(), self.place(at)))
        };
        self.members()?.map(entry).collect()
    }

    /// A string without lone surrogates, which could not be given back.
    #[inline(never)]
    pub(super) fn string(&self) -> JsResult<String> {
        self.text().map(Cow::into_owned)
    }

    /// The same; where it is, unless it is large.
    #[inline(never)]
    pub(super) fn text(&self) -> JsResult<Cow<'_, str>> {
        let found = match self.tag() {
            tag::TEXT => text(self.pack.letters(self.at + 1)).map(Cow::Borrowed),
            tag::HELD_TEXT => self.large_text()?.map(Cow::Owned),
            tag::BROKEN_TEXT => None,
            _ => return Err(self.wrong("a string")),
        };
        found.ok_or_else(|| self.wrong("a string without lone surrogates"))
    }

    #[inline(never)]
    fn large_text(&self) -> JsResult<Option<String>> {
        let octets = self.copied(self.length())?;
        Ok(String::from_utf8(octets).ok())
    }

    pub(super) fn boolean(&self) -> JsResult<bool> {
        self.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.tag() {
            tag::FALSE => Some(false),
            tag::TRUE => Some(true),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<f64> {
        let is_number = matches!(self.tag(), tag::NUMBER | tag::NUMBER_AND_TEXT);
        is_number.then(|| self.pack.double(self.at + 1))
    }

    /// A number or BigInt as JavaScript writes it.
    pub(super) fn number_text(&self) -> Option<Cow<'_, str>> {
        let letters = match self.tag() {
            tag::NUMBER => {
                let number = self.pack.double(self.at + 1) as i64;
                return Some(number.to_string().into());
            }
            tag::NUMBER_AND_TEXT => self.pack.letters(self.at + 9),
            tag::BIGINT => self.pack.letters(self.at + 1),
            _ => return None,
        };
        text(letters).map(Cow::Borrowed)
    }

    /// A whole number from 0 to 4294967295.
    pub(super) fn number(&self) -> JsResult<u32> {
        let number = self.as_number().unwrap_or(f64::NAN);
        let is_whole = number >= 0.0 && number <= f64::from(u32::MAX) && number.trunc() == number;
        if is_whole {
            Ok(number as u32)
        } else {
            Err(self.wrong("a whole number from 0 to 4294967295"))
        }
    }

    /// A whole number of 16 bits.
    pub(super) fn short(&self) -> JsResult<u16> {
        u16::try_from(self.number()?).map_err(|_| self.wrong("a whole number from 0 to 65535"))
    }

    /// A moment in milliseconds.
    pub(super) fn moment(&self) -> JsResult<u64> {
        let number = self.as_number().unwrap_or(f64::NAN);
        let is_moment = (0.0..=9_007_199_254_740_991.0).contains(&number);
        if is_moment {
            Ok(number as u64)
        } else {
            Err(self.wrong("milliseconds since 1970"))
        }
    }

    /// A time in whole seconds, at most so many.
    pub(super) fn seconds(&self, most: u64) -> JsResult<u64> {
        let number = self.as_number().unwrap_or(f64::NAN);
        let is_time = (0.0..=most as f64).contains(&number) && number.fract() == 0.0;
        if is_time {
            Ok(number as u64)
        } else {
            Err(self.wrong("whole seconds since 1970"))
        }
    }

    /// The octets of a Uint8Array.
    pub(super) fn octets(&self) -> JsResult<Vec<u8>> {
        self.octets_up_to(u32::MAX, "bytes")
    }

    /// The octets of a Uint8Array of any realm, counted before they are copied. Its own properties, such as `length`, count for nothing.
    pub(super) fn octets_up_to(&self, most: u32, limit: &'static str) -> JsResult<Vec<u8>> {
        if !self.is_octets() {
            return Err(self.wrong("a Uint8Array"));
        }
        let length = self.length();
        if length > f64::from(most) {
            let error = Error::limit(limit, format!("more than {most} octets"));
            return Err(error.at(most as usize).into());
        }
        if self.tag() == tag::NEAR_OCTETS {
            let start = self.pack.word(self.at + 1);
            let octets = self
                .pack
                .octets
                .get(start..start.saturating_add(length as usize));
            return Ok(octets.unwrap_or_default().to_vec());
        }
        self.copied(length)
    }

    /// Octets of what stayed where it was.
    fn length(&self) -> f64 {
        self.pack.double(self.at + 5)
    }

    #[inline(never)]
    fn copied(&self, length: f64) -> JsResult<Vec<u8>> {
        let too_many = |_| Error::limit("bytes", "more octets than fit into the module");
        let length = length as usize;
        let mut octets = Vec::new();
        octets.try_reserve_exact(length).map_err(too_many)?;
        octets.resize(length, 0);
        let number = self.pack.word(self.at + 1) as u32;
        border::copy_held(&self.pack.held, number, &mut octets)?;
        Ok(octets)
    }

    pub(super) fn is_octets(&self) -> bool {
        matches!(self.tag(), tag::OCTETS | tag::NEAR_OCTETS)
    }

    pub(super) fn is_string(&self) -> bool {
        matches!(self.tag(), tag::TEXT | tag::HELD_TEXT | tag::BROKEN_TEXT)
    }

    pub(super) fn is_null(&self) -> bool {
        self.tag() == tag::NULL
    }

    pub(super) fn is_undefined(&self) -> bool {
        self.tag() == tag::UNDEFINED
    }

    /// An object that is no array.
    pub(super) fn is_object(&self) -> bool {
        self.tag() == tag::OBJECT
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self.tag(), tag::ARRAY | tag::ENDLESS)
    }

    /// Headers that are no pairs of name and value, as they should be.
    pub(super) fn has_no_pairs(&self) -> bool {
        self.tag() == tag::NO_PAIRS
    }

    /// The elements of an array.
    pub(super) fn elements(&self) -> JsResult<impl Iterator<Item = JsResult<Given>>> {
        let inside = match self.tag() {
            tag::ARRAY => self.pack.inside(self.at),
            tag::ENDLESS => {
                return Err(self.wrong(format!("an array of at most {MAX_ELEMENTS} elements")));
            }
            _ => return Err(self.wrong("an array")),
        };
        Ok(inside.map(|(_, at)| match self.pack.tag(at) {
            tag::HOLE => Err(self.wrong("an array without holes")),
            _ => Ok(self.place(at)),
        }))
    }

    /// The elements of an array, each read by `read` before the next is looked at.
    pub(super) fn each<T>(&self, mut read: impl FnMut(&Given) -> JsResult<T>) -> JsResult<Vec<T>> {
        self.elements()?.map(|element| read(&element?)).collect()
    }

    pub(super) fn strings(&self) -> JsResult<Vec<String>> {
        self.each(Given::string)
    }

    /// One of some words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> JsResult<T> {
        let given = (self.tag() == tag::TEXT).then(|| self.pack.letters(self.at + 1));
        let found = words
            .iter()
            .find(|(word, _)| given == Some(word.as_bytes()));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(words.join(" or "))
        })
    }
}

fn text(letters: &[u8]) -> Option<&str> {
    std::str::from_utf8(letters).ok()
}

fn bad_name() -> Error {
    Error::arg("bad a property name").expecting("a string without lone surrogates")
}

/// An argument that may be left out.
pub(super) fn optional(value: JsValue, name: &'static str) -> JsResult<Option<Given>> {
    if value.is_undefined() {
        return Ok(None);
    }
    Given::new(value, name).map(Some)
}
