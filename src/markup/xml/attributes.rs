//! The inside of a start tag: attributes and namespace declarations (XML 1.0, 3.1 and 3.3.3).

use std::borrow::Cow;

use super::chars::{malformed_reference, reference};
use super::cursor::Cursor;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::markup::element::NsId;
use crate::steps;

/// An attribute as read; for a declaration `local` is the prefix it binds, empty for the default namespace.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
    pub(super) value: Cow<'a, str>,
    pub(super) offset: usize,
    pub(super) end: usize,
    /// Found out once all declarations of the tag are known.
    pub(super) ns: NsId,
}

/// All attributes of one start tag.
#[derive(Debug, Default)]
pub(super) struct Attributes<'a> {
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) declarations: Vec<Attribute<'a>>,
}

impl<'a> Attributes<'a> {
    /// Reads everything behind the name of a start tag, and stops at the first thing that is wrong or too much.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'a>, limits: &Limits) -> Result<()> {
        self.attributes.clear();
        self.declarations.clear();
        while !cursor.rest().is_empty() {
            let blanks = cursor.blanks();
            if cursor.rest().is_empty() {
                return Ok(());
            }
            if !blanks {
                return Err(cursor
                    .unexpected()
                    .expecting("a blank or the end of the tag"));
            }
            self.read_one(cursor, limits)?;
        }
        Ok(())
    }

    fn read_one(&mut self, cursor: &mut Cursor<'a>, limits: &Limits) -> Result<()> {
        let offset = cursor.offset();
        let name = cursor.name()?;
        let declared = match (name.prefix, name.local) {
            ("", "xmlns") => Some(""),
            ("xmlns", prefix) => Some(prefix),
            ("", local) if local.starts_with("xmlns:") => {
                return Err(Error::input(Code::Syntax, "a bad prefix declared").at(offset));
            }
            _ => None,
        };
        let (list, limit, called) = match declared {
            Some(_) => (&mut self.declarations, limits.namespaces, "namespaces"),
            None => (&mut self.attributes, limits.attributes, "attributes"),
        };
        if list.len() >= limit as usize {
            let problem = format!("more than {limit} {called} on one element");
            return Err(Error::limit(called, problem).at(offset));
        }
        cursor.blanks();
        cursor.expect("=")?;
        cursor.blanks();
        let start = cursor.offset() + 1;
        let value = normalized(cursor.quoted()?, start)?;
        list.push(Attribute {
            prefix: name.prefix,
            local: declared.unwrap_or(name.local),
            value,
            offset,
            end: cursor.offset(),
            ns: NsId::NONE,
        });
        Ok(())
    }

    /// Refuses a prefix that is declared twice.
    pub(super) fn check_declarations(&self) -> Result<()> {
        let length = |declaration: &Attribute<'_>| declaration.local.len();
        count_comparisons(&self.declarations, length);
        let repeated = repeated(&self.declarations, |declaration| declaration.local);
        repeated.map_or(Ok(()), |attribute| Err(twice(attribute)))
    }

    /// Refuses two attributes of the same expanded name.
    pub(super) fn check_attributes(&self) -> Result<()> {
        count_comparisons(&self.attributes, |attribute| attribute.local.len());
        let repeated = repeated(&self.attributes, |attribute| {
            (attribute.ns, attribute.local)
        });
        repeated.map_or(Ok(()), |attribute| Err(twice(attribute)))
    }
}

fn twice(attribute: &Attribute<'_>) -> Error {
    Error::input(Code::Syntax, "an attribute given twice").at(attribute.offset)
}

/// Comparing all with all is quickest while they are few, and no alternative when many are allowed.
const FEW: usize = 32;

/// Adds the steps that [`repeated`] takes at most, for keys of these lengths.
fn count_comparisons<T>(items: &[T], length: impl Fn(&T) -> usize) {
    let each = match items.len() {
        number @ ..=FEW => number / 2,
        number => number.ilog2() as usize + 1,
    };
    steps::add(items.iter().map(|item| 1 + length(item)).sum::<usize>() * each);
}

/// The first item whose key an earlier one has already.
fn repeated<'l, T, K: Ord>(items: &'l [T], key: impl Fn(&'l T) -> K) -> Option<&'l T> {
    if items.len() <= FEW {
        return items.iter().enumerate().find_map(|(at, item)| {
            let mut before = items.iter().take(at);
            before.any(|other| key(other) == key(item)).then_some(item)
        });
    }
    let mut order: Vec<(K, usize)> = items.iter().map(key).zip(0..).collect();
    crate::order::sort(&mut order);
    let repeats = order.windows(2).filter_map(|pair| match pair {
        [(one, _), (two, at)] if one == two => Some(*at),
        _ => None,
    });
    items.get(repeats.min()?)
}

/// The value between the quotes with references resolved and every blank a space.
fn normalized(raw: &str, offset: usize) -> Result<Cow<'_, str>> {
    let special = |octet: &u8| matches!(octet, b'<' | b'&' | b'\t' | b'\n' | b'\r');
    steps::add(raw.len());
    let Some(first) = raw.as_bytes().iter().position(special) else {
        return Ok(Cow::Borrowed(raw));
    };
    steps::add(2 * raw.len());
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut next = first;
    loop {
        let (before, from) = rest.split_at_checked(next).unwrap_or((rest, ""));
        value.push_str(before);
        let at = offset + raw.len() - from.len();
        let mut characters = from.chars();
        rest = match characters.next() {
            None => return Ok(Cow::Owned(value)),
            Some('<') => {
                let error = Error::input(Code::Syntax, "`<` in the value of an attribute");
                return Err(error.expecting("`&lt;`").at(at));
            }
            Some('&') => {
                let behind = characters.as_str();
                let Some((body, behind)) = behind.split_once(';') else {
                    return Err(malformed_reference().at(at));
                };
                value.push(reference(body, at)?);
                behind
            }
            Some(blank) => {
                value.push(' ');
                let behind = characters.as_str();
                let pair = (blank == '\r').then(|| behind.strip_prefix('\n')).flatten();
                pair.unwrap_or(behind)
            }
        };
        next = rest
            .as_bytes()
            .iter()
            .position(special)
            .unwrap_or(rest.len());
    }
}
