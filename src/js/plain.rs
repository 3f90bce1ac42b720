//! Plain data on its way out: written here in a compact form, built over there in one go.
//!
//! Beside the form stands all the text, one string behind the other: it is decoded once, and cut over there. Structs are objects, maps are
//! records (objects without a prototype), octets are Uint8Arrays.

use std::cell::{Cell, RefCell};

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::error::{Code, Error, Fault};

use super::border;
use super::write::JsResult;

/// What comes next in the form. `www/package/border.js` has the same list.
#[repr(u8)]
pub(super) enum Tag {
    End,
    Undefined,
    Null,
    False,
    True,
    /// A whole number below 2^28.
    Small,
    /// Eight octets of a double.
    Double,
    Text,
    /// A name that never changes.
    Word,
    Array,
    /// Pairs of a name and a value up to [`End`](Self::End).
    Object,
    /// Pairs of a text and a value up to [`End`](Self::End).
    Record,
    /// The next value of those that are kept.
    Kept,
    /// The text of a number that a double may hold or not.
    Number,
    /// Values up to [`End`](Self::End).
    List,
}

/// A buffer of more octets is not kept for the next value.
const SPARE: usize = 1 << 16;

/// The largest whole number that a double can tell from its neighbours.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// A value that is being written. It cannot fail but at its end.
#[derive(Default)]
pub(super) struct Out {
    form: Vec<u8>,
    text: String,
    failure: Option<JsValue>,
    is_refused: bool,
}

thread_local! {
    static LAST: Cell<Option<Out>> = const { Cell::new(None) };
    static NAMES: RefCell<Names> = RefCell::default();
}

/// A value as plain data.
pub(super) fn plain<T: Serialize + ?Sized>(value: &T) -> JsResult<JsValue> {
    show(|out| out.plain(value))
}

/// The one value that `write` writes.
pub(super) fn show(write: impl FnOnce(&mut Out)) -> JsResult<JsValue> {
    let mut out = LAST.take().unwrap_or_default();
    write(&mut out);
    out.done()
}

/// Octets as a Uint8Array of their own.
pub(super) fn octets(octets: &[u8]) -> JsResult<JsValue> {
    show(|out| out.bytes(octets))
}

/// An object with the members that `write` writes.
pub(super) fn object(write: impl FnOnce(&mut Out)) -> JsResult<JsValue> {
    show(|out| out.object(write))
}

impl Out {
    fn done(mut self) -> JsResult<JsValue> {
        let failure = self.failure.take();
        let built = match failure {
            None if !self.is_refused => border::build(&self.form, &self.text),
            _ => border::abandon().map(|()| JsValue::UNDEFINED),
        };
        let is_refused = self.is_refused;
        if self.form.capacity() <= SPARE && self.text.capacity() <= SPARE {
            self.form.clear();
            self.text.clear();
            self.is_refused = false;
            LAST.set(Some(self));
        }
        if is_refused {
            return Err(Error::new(Code::State, Fault::Host, "a value cannot be given out").into());
        }
        match failure {
            Some(failure) => Err(failure.into()),
            None => Ok(built?),
        }
    }

    /// There is a value that JavaScript cannot hold.
    pub(super) fn refuse(&mut self) {
        self.is_refused = true;
        self.tag(Tag::Undefined);
    }

    pub(super) fn tag(&mut self, tag: Tag) {
        self.form.push(tag as u8);
    }

    /// Seven bits an octet, the last of which has none behind it.
    pub(super) fn count(&mut self, mut count: usize) {
        while let low @ 0x80.. = count {
            self.form.push((low & 0x7f) as u8 | 0x80);
            count >>= 7;
        }
        self.form.push(count as u8);
    }

    /// The name of what comes next, which is a member.
    pub(super) fn key(&mut self, name: &'static str) {
        match NAMES.with_borrow_mut(|names| names.number(name)) {
            Ok(number) => self.count(number as usize),
            Err(failure) => {
                self.failure = Some(failure);
            }
        }
    }

    pub(super) fn word(&mut self, word: &'static str) {
        self.tag(Tag::Word);
        self.key(word);
    }

    /// Text is counted as JavaScript does.
    pub(super) fn string(&mut self, text: &str) {
        // A large one goes out by itself: beside the others it would be there twice.
        if text.len() > SPARE {
            return self.value(JsValue::from_str(text));
        }
        self.tag(Tag::Text);
        self.letters(text);
    }

    fn letters(&mut self, text: &str) {
        let length = if text.is_ascii() {
            text.len()
        } else {
            text.encode_utf16().count()
        };
        self.count(length);
        self.text.push_str(text);
    }

    pub(super) fn truth(&mut self, truth: bool) {
        self.tag(if truth { Tag::True } else { Tag::False });
    }

    pub(super) fn whole(&mut self, number: u64) {
        match number {
            0..=0x0fff_ffff => {
                self.tag(Tag::Small);
                self.count(number as usize);
            }
            0x1000_0000..=MAX_SAFE => self.double(number as f64),
            _ => self.refuse(),
        }
    }

    pub(super) fn double(&mut self, number: f64) {
        self.tag(Tag::Double);
        self.form.extend_from_slice(&number.to_le_bytes());
    }

    /// A number by its text: a BigInt where it is whole and no double holds it.
    pub(super) fn number_of(&mut self, text: &str) {
        self.tag(Tag::Number);
        self.letters(text);
    }

    pub(super) fn bytes(&mut self, octets: &[u8]) {
        self.tag(Tag::Kept);
        if let Err(failure) = border::keep_octets(octets) {
            self.failure = Some(failure);
        }
    }

    pub(super) fn value(&mut self, value: JsValue) {
        self.tag(Tag::Kept);
        if let Err(failure) = border::keep(value) {
            self.failure = Some(failure);
        }
    }

    pub(super) fn plain<T: Serialize + ?Sized>(&mut self, value: &T) {
        if value.serialize(&mut *self).is_err() {
            self.is_refused = true;
        }
    }

    pub(super) fn array<T>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
        mut show: impl FnMut(&mut Self, T),
    ) {
        self.tag(Tag::Array);
        self.count(values.len());
        for value in values {
            show(self, value);
        }
    }

    pub(super) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.tag(Tag::Object);
        write(self);
        self.tag(Tag::End);
    }

    /// The members of `value`, which is a struct, and those that `write` writes.
    pub(super) fn object_with<T: Serialize>(&mut self, value: &T, write: impl FnOnce(&mut Self)) {
        self.plain(value);
        let end = self.form.pop();
        debug_assert_eq!(end, Some(Tag::End as u8), "a struct ends so");
        write(self);
        self.tag(Tag::End);
    }
}

/// Members.
impl Out {
    pub(super) fn text(&mut self, name: &'static str, text: &str) {
        self.key(name);
        self.string(text);
    }

    pub(super) fn maybe(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    pub(super) fn kind(&mut self, name: &'static str, word: &'static str) {
        self.key(name);
        self.word(word);
    }

    pub(super) fn number(&mut self, name: &'static str, number: impl Into<u64>) {
        self.key(name);
        self.whole(number.into());
    }

    pub(super) fn maybe_number(&mut self, name: &'static str, number: Option<impl Into<u64>>) {
        if let Some(number) = number {
            self.number(name, number);
        }
    }

    pub(super) fn flag(&mut self, name: &'static str, flag: bool) {
        self.key(name);
        self.truth(flag);
    }

    pub(super) fn octets(&mut self, name: &'static str, octets: &[u8]) {
        self.key(name);
        self.bytes(octets);
    }

    pub(super) fn member<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.key(name);
        self.plain(value);
    }

    pub(super) fn inside(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        self.key(name);
        self.object(write);
    }

    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        values: &[T],
        show: impl FnMut(&mut Self, &T),
    ) {
        self.key(name);
        self.array(values.iter(), show);
    }

    pub(super) fn texts<T: AsRef<str>>(&mut self, name: &'static str, texts: &[T]) {
        self.list(name, texts, |out, text| out.string(text.as_ref()));
    }
}

/// Names by where they lie: there are no more than the sources have. A table with open places, never more than half full.
#[derive(Default)]
struct Names {
    places: Vec<Option<Name>>,
    known: u32,
}

#[derive(Clone, Copy)]
struct Name {
    at: (usize, usize),
    number: u32,
}

impl Names {
    /// The number that stands for a name, from 1.
    fn number(&mut self, name: &'static str) -> Result<u32, JsValue> {
        let at = (name.as_ptr() as usize, name.len());
        if let Some(known) = self.find(at) {
            return Ok(known);
        }
        let number = self.known + 1;
        border::learn(number, name)?;
        self.known = number;
        if self.known as usize * 2 > self.places.len() {
            let wider = (self.places.len() * 2).max(256);
            let places = std::mem::replace(&mut self.places, vec![None; wider]);
            for place in places.into_iter().flatten() {
                self.put(place);
            }
        }
        self.put(Name { at, number });
        Ok(number)
    }

    /// The places where a name may be, the likeliest first.
    fn places(&self, at: (usize, usize)) -> impl Iterator<Item = usize> + use<> {
        let mask = self.places.len().wrapping_sub(1);
        let start = at.0.wrapping_mul(0x9e37_79b1) >> 7;
        (0..=mask).map(move |step| (start.wrapping_add(at.1).wrapping_add(step)) & mask)
    }

    fn find(&self, at: (usize, usize)) -> Option<u32> {
        if self.places.is_empty() {
            return None;
        }
        for place in self.places(at) {
            match self.places.get(place).copied().flatten() {
                Some(name) if name.at == at => return Some(name.number),
                Some(_) => {}
                None => return None,
            }
        }
        None
    }

    fn put(&mut self, name: Name) {
        for place in self.places(name.at) {
            if let Some(place @ None) = self.places.get_mut(place) {
                *place = Some(name);
                return;
            }
        }
    }
}
