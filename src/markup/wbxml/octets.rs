//! A place in the octets of a document, and what can be taken from it (WBXML 1.3, section 5).

use crate::error::{Code, Error, Result};
use crate::markup::scan::{below, count_before, equal};

/// Octets of the longest number.
const MAX_NUMBER: usize = 5;

/// Reads octets from their start to their end.
#[derive(Clone)]
pub(super) struct Octets<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Octets<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0 }
    }

    /// Octets from the start of the input.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.input.len()
    }

    /// Goes to the end of the input, and gives its place.
    pub(super) fn pass_all(&mut self) -> usize {
        self.at = self.input.len();
        self.at
    }

    /// What is still to be read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn octet(&mut self) -> Result<u8> {
        let octet = self.input.get(self.at).copied();
        let octet = octet.ok_or_else(|| self.truncated())?;
        self.at += 1;
        Ok(octet)
    }

    /// A `mb_u_int32`: groups of seven bits, at most five octets.
    pub(super) fn number(&mut self) -> Result<u32> {
        let start = self.at;
        let mut value: u64 = 0;
        for _ in 0..MAX_NUMBER {
            let octet = self.octet()?;
            value = (value << 7) | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                let out_of_range = || Error::input(Code::Range, "a number above 2^32-1").at(start);
                return u32::try_from(value).map_err(|_| out_of_range());
            }
        }
        let error = Error::input(Code::Range, "a number of more than 5 octets").at(start);
        Err(error.expecting("at most 5 octets"))
    }

    /// As many octets as the length in front of them says; `what` is for the error.
    pub(super) fn counted(&mut self, what: &'static str) -> Result<&'a [u8]> {
        let start = self.at;
        let length = self.number()? as usize;
        let rest = self.input.get(self.at..).unwrap_or_default();
        let Some(taken) = rest.get(..length) else {
            let problem = format!("{what} of {length} octets where {} are left", rest.len());
            return Err(Error::input(Code::Range, problem).at(start));
        };
        self.at += length;
        Ok(taken)
    }

    /// The octets up to the next NUL, which is passed, and whether there is surely nothing among them that XML forbids.
    #[inline]
    pub(super) fn terminated(&mut self) -> Result<(&'a [u8], bool)> {
        let rest = self.rest();
        let mut length = count_before(rest, |word| below(word, 0x20) | equal(word, 0xef));
        let plain = rest.get(length) == Some(&0);
        if !plain {
            let behind = rest.get(length..).unwrap_or_default();
            length += count_before(behind, |word| equal(word, 0));
        }
        let Some(taken) = rest.get(..length).filter(|_| length < rest.len()) else {
            self.at = self.input.len();
            return Err(self.truncated().expecting("a NUL behind the string"));
        };
        self.at += length + 1;
        Ok((taken, plain))
    }

    pub(super) fn truncated(&self) -> Error {
        Error::input(Code::Truncated, "the input ends too early").at(self.input.len())
    }
}

/// Appends a `mb_u_int32` in its shortest form.
pub(super) fn push_number(out: &mut Vec<u8>, number: u32) {
    for group in (1..MAX_NUMBER).rev() {
        let rest = number >> (7 * group);
        if rest > 0 {
            out.push(0x80 | (rest & 0x7f) as u8);
        }
    }
    out.push((number & 0x7f) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_the_specification_writes_them() {
        for (number, octets) in [
            (0, &[0x00][..]),
            (0x7f, &[0x7f]),
            (0x80, &[0x81, 0x00]),
            (0xa0, &[0x81, 0x20]),
            (0xff, &[0x81, 0x7f]),
            (0x100, &[0x82, 0x00]),
            (0x3fff, &[0xff, 0x7f]),
            (0x4000, &[0x81, 0x80, 0x00]),
            (0xfd1, &[0x9f, 0x51]),
            (0xfd3, &[0x9f, 0x53]),
            (0x1201, &[0xa4, 0x01]),
            (u32::MAX, &[0x8f, 0xff, 0xff, 0xff, 0x7f]),
        ] {
            let mut written = Vec::new();
            push_number(&mut written, number);
            assert_eq!(written, octets);
            assert_eq!(Octets::new(octets).number().unwrap(), number);
        }
        let padded = [0x80, 0x80, 0x80, 0x80, 0x06];
        assert_eq!(Octets::new(&padded).number().unwrap(), 6);
    }

    #[test]
    fn w03_numbers_that_are_none() {
        for (octets, code, at) in [
            (&[0x80; 6][..], Code::Range, 0),
            (&[0xff, 0xff, 0xff, 0xff, 0x7f], Code::Range, 0),
            (&[0x90, 0x80, 0x80, 0x80, 0x00], Code::Range, 0),
            (&[0x80; 1000], Code::Range, 0),
            (&[0x80, 0x80], Code::Truncated, 2),
            (&[], Code::Truncated, 0),
        ] {
            let error = Octets::new(octets).number().unwrap_err();
            assert_eq!((error.code(), error.offset()), (code, Some(at)));
        }
    }
}
