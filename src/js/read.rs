//! Arguments on their way in: each is checked here before anything else sees it.
//!
//! Only own properties count, each is read once, and a getter that throws lets its error through.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{Error, excerpt};

use super::foreign;
use super::write::{Failure, JsResult};

/// Elements of one array, at the most: far more than any message holds.
pub(super) const MAX_ELEMENTS: u32 = 1_000_000;

/// A value that the caller gave, with the name by which an error speaks of it.
pub(super) struct Given {
    value: JsValue,
    name: Rc<Name>,
    /// Whether it is known to be an object.
    is_object: Cell<bool>,
}

/// It is put together only for an error.
enum Name {
    Root(Cow<'static, str>),
    Key(Rc<Self>, &'static str),
    Entry(Rc<Self>, String),
    Index(Rc<Self>, u32),
}

/// The recursion is bounded by the depth to which values are read.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Key(around, key) => write!(f, "{around}.{key}"),
            Self::Entry(around, key) => write!(f, "{around}[{key:?}]"),
            Self::Index(around, index) => write!(f, "{around}[{index}]"),
        }
    }
}

thread_local! {
    /// Names of properties as JavaScript has them, by where they lie: there are no more than the sources have.
    static KEYS: RefCell<BTreeMap<(usize, usize), JsValue>> = const { RefCell::new(BTreeMap::new()) };
}

/// The name of a property, made once.
pub(super) fn key(name: &'static str) -> JsValue {
    KEYS.with_borrow_mut(|keys| {
        let place = (name.as_ptr() as usize, name.len());
        let known = keys.entry(place).or_insert_with(|| JsValue::from_str(name));
        known.clone()
    })
}

impl Given {
    pub(super) fn new(value: JsValue, name: impl Into<Cow<'static, str>>) -> Self {
        Self::named(value, Name::Root(name.into()))
    }

    fn named(value: JsValue, name: Name) -> Self {
        Self {
            value,
            name: Rc::new(name),
            is_object: Cell::new(false),
        }
    }

    /// The error that this is not what it must be.
    pub(super) fn wrong(&self, expected: impl Into<Cow<'static, str>>) -> Failure {
        Error::arg(format!("bad {}", self.name))
            .expecting(expected)
            .into()
    }

    pub(super) fn raw(&self) -> &JsValue {
        &self.value
    }

    /// An own property of an object; absent where it is undefined or not there.
    pub(super) fn get(&self, name: &'static str) -> JsResult<Option<Given>> {
        let object = self.object()?;
        let own = key(name);
        if !foreign::has_own(object, &own)? {
            return Ok(None);
        }
        let value = Reflect::get(object, &own)?;
        let name = || Name::Key(Rc::clone(&self.name), name);
        Ok((!value.is_undefined()).then(|| Given::named(value, name())))
    }

    /// An own property that must be there.
    pub(super) fn need(&self, key: &'static str) -> JsResult<Given> {
        self.get(key)?
            .ok_or_else(|| Error::arg(format!("{}.{key} is missing", self.name)).into())
    }

    /// A property read by `read`, where it is there.
    pub(super) fn maybe<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Given) -> JsResult<T>,
    ) -> JsResult<Option<T>> {
        self.get(key)?.map(|given| read(&given)).transpose()
    }

    fn object(&self) -> JsResult<&JsValue> {
        if self.is_object.get() {
            return Ok(&self.value);
        }
        let is_object = self.value.is_object() && !foreign::is_array(&self.value)?;
        if is_object {
            self.is_object.set(true);
            Ok(&self.value)
        } else {
            Err(self.wrong("an object"))
        }
    }

    /// Refuses an object with an own property of another name than these: a misspelt one would do nothing. One that is undefined is not there.
    pub(super) fn only(&self, known: &[&str]) -> JsResult<()> {
        let object = self.object()?;
        for key in foreign::keys(object)?.iter() {
            let name = Given::new(key.clone(), "a property name").string()?;
            if !known.contains(&name.as_str()) && !Reflect::get(object, &key)?.is_undefined() {
                let problem = format!("{}.{} is unknown", self.name, excerpt(&name));
                return Err(Error::arg(problem).expecting(known.join(", ")).into());
            }
        }
        Ok(())
    }

    /// Own enumerable properties: names and values.
    pub(super) fn entries(&self) -> JsResult<Vec<(String, Given)>> {
        let object = self.object()?;
        let mut entries = Vec::new();
        for key in foreign::keys(object)?.iter() {
            let name = Given::new(key.clone(), "a property name").string()?;
            let value = Reflect::get(object, &key)?;
            let path = Name::Entry(Rc::clone(&self.name), name.clone());
            entries.push((name, Given::named(value, path)));
        }
        Ok(entries)
    }

    /// A string without lone surrogates, which could not be given back.
    pub(super) fn string(&self) -> JsResult<String> {
        let text = self
            .value
            .as_string()
            .ok_or_else(|| self.wrong("a string"))?;
        let is_whole = !text.contains('\u{fffd}')
            || self
                .value
                .unchecked_ref::<js_sys::JsString>()
                .is_valid_utf16();
        if is_whole {
            Ok(text)
        } else {
            Err(self.wrong("a string without lone surrogates"))
        }
    }

    pub(super) fn boolean(&self) -> JsResult<bool> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number from 0 to 4294967295.
    pub(super) fn number(&self) -> JsResult<u32> {
        let number = self.value.as_f64().unwrap_or(f64::NAN);
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
        let number = self.value.as_f64().unwrap_or(f64::NAN);
        let is_moment = (0.0..=9_007_199_254_740_991.0).contains(&number);
        if is_moment {
            Ok(number as u64)
        } else {
            Err(self.wrong("milliseconds since 1970"))
        }
    }

    /// A time in whole seconds, at most so many.
    pub(super) fn seconds(&self, most: u64) -> JsResult<u64> {
        let number = self.value.as_f64().unwrap_or(f64::NAN);
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

    /// The octets of a Uint8Array, counted before they are copied. Its own properties, such as `length`, count for nothing.
    pub(super) fn octets_up_to(&self, most: u32, limit: &'static str) -> JsResult<Vec<u8>> {
        let length = foreign::octets(&self.value)?.ok_or_else(|| self.wrong("a Uint8Array"))?;
        if length > f64::from(most) {
            let error = Error::limit(limit, format!("more than {most} octets"));
            return Err(error.at(most as usize).into());
        }
        foreign::copy(&self.value, length)
    }

    pub(super) fn is_octets(&self) -> JsResult<bool> {
        Ok(foreign::octets(&self.value)?.is_some())
    }

    pub(super) fn is_string(&self) -> bool {
        self.value.is_string()
    }

    /// The number of elements of an array.
    pub(super) fn len(&self) -> JsResult<u32> {
        if !foreign::is_array(&self.value)? {
            return Err(self.wrong("an array"));
        }
        let length = Reflect::get(&self.value, &JsValue::from_str("length"))?;
        match Given::new(length, "length").number() {
            Ok(length) if length <= MAX_ELEMENTS => Ok(length),
            _ => Err(self.wrong(format!("an array of at most {MAX_ELEMENTS} elements"))),
        }
    }

    /// An element of an array, which must be there.
    pub(super) fn at(&self, index: u32) -> JsResult<Given> {
        let key = JsValue::from(index);
        if !foreign::has_own(&self.value, &key)? {
            return Err(self.wrong("an array without holes"));
        }
        let value = Reflect::get(&self.value, &key)?;
        let name = Name::Index(Rc::clone(&self.name), index);
        Ok(Given::named(value, name))
    }

    /// The elements of an array, each read by `read` before the next is looked at.
    pub(super) fn each<T>(&self, mut read: impl FnMut(&Given) -> JsResult<T>) -> JsResult<Vec<T>> {
        (0..self.len()?)
            .map(|index| read(&self.at(index)?))
            .collect()
    }

    pub(super) fn strings(&self) -> JsResult<Vec<String>> {
        self.each(Given::string)
    }

    /// One of some words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> JsResult<T> {
        let given = self.value.as_string();
        let found = words
            .iter()
            .find(|(word, _)| given.as_deref() == Some(*word));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(words.join(" or "))
        })
    }
}

/// An argument that may be left out.
pub(super) fn optional(value: JsValue, name: &'static str) -> Option<Given> {
    (!value.is_undefined()).then(|| Given::new(value, name))
}
