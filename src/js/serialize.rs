//! What serde says of a value, written as plain data.

use std::fmt;

use serde::ser::{self, Serialize};

use super::plain::{Out, Tag};

/// A value that plain data has no form for.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no plain data")
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Done = Result<(), Refused>;

/// The elements of an array or the members of an object, and what ends them.
pub(super) struct Parts<'o> {
    out: &'o mut Out,
    ends: u8,
}

impl Parts<'_> {
    fn end(self) -> Done {
        for _ in 0..self.ends {
            self.out.tag(Tag::End);
        }
        Ok(())
    }
}

/// Whole numbers.
macro_rules! whole {
    ($($name:ident($type:ty);)*) => {
        $(fn $name(self, value: $type) -> Done {
            self.whole(u64::from(value));
            Ok(())
        })*
    };
}

impl<'o> ser::Serializer for &'o mut Out {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Parts<'o>;
    type SerializeTuple = Parts<'o>;
    type SerializeTupleStruct = Parts<'o>;
    type SerializeTupleVariant = Parts<'o>;
    type SerializeMap = Parts<'o>;
    type SerializeStruct = Parts<'o>;
    type SerializeStructVariant = Parts<'o>;

    whole! {
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
    }

    fn serialize_bool(self, value: bool) -> Done {
        self.truth(value);
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Done {
        let is_safe = value.unsigned_abs() < 1 << 53;
        match u64::try_from(value) {
            Ok(value) => self.whole(value),
            Err(_) if is_safe => self.double(value as f64),
            Err(_) => self.refuse(),
        }
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Done {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Done {
        self.double(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Done {
        self.string(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Done {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Done {
        self.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.tag(Tag::Undefined);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.word(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.tag(Tag::Object);
        self.key(variant);
        value.serialize(&mut *self)?;
        self.tag(Tag::End);
        Ok(())
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Parts<'o>, Refused> {
        let Some(len) = len else {
            self.tag(Tag::List);
            return Ok(Parts { out: self, ends: 1 });
        };
        self.tag(Tag::Array);
        self.count(len);
        Ok(Parts { out: self, ends: 0 })
    }

    fn serialize_tuple(self, len: usize) -> Result<Parts<'o>, Refused> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Parts<'o>, Refused> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Parts<'o>, Refused> {
        self.tag(Tag::Object);
        self.key(variant);
        self.tag(Tag::Array);
        self.count(len);
        Ok(Parts { out: self, ends: 1 })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'o>, Refused> {
        self.tag(Tag::Record);
        Ok(Parts { out: self, ends: 1 })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'o>, Refused> {
        self.tag(Tag::Object);
        Ok(Parts { out: self, ends: 1 })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'o>, Refused> {
        self.tag(Tag::Object);
        self.key(variant);
        self.tag(Tag::Object);
        Ok(Parts { out: self, ends: 2 })
    }
}

/// An element is a value.
macro_rules! elements {
    ($($kind:ident $name:ident;)*) => {
        $(impl ser::$kind for Parts<'_> {
            type Ok = ();
            type Error = Refused;

            fn $name<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                value.serialize(&mut *self.out)
            }

            fn end(self) -> Done {
                self.end()
            }
        })*
    };
}

elements! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// A member is a name and a value.
macro_rules! members {
    ($($kind:ident;)*) => {
        $(impl ser::$kind for Parts<'_> {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
                self.out.key(key);
                value.serialize(&mut *self.out)
            }

            fn end(self) -> Done {
                self.end()
            }
        })*
    };
}

members! {
    SerializeStruct;
    SerializeStructVariant;
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        key.serialize(&mut *self.out)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(&mut *self.out)
    }

    fn end(self) -> Done {
        self.end()
    }
}
