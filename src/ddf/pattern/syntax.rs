//! The text of a pattern to its syntax.

use std::iter::Peekable;
use std::str::Chars;

use super::class::{Class, named};

/// How deep groups nest.
const MAX_NESTING: usize = 32;

/// The syntax of a pattern. Classes stand in a table of their own.
#[derive(Debug)]
pub(super) enum Syntax {
    Class(usize),
    Start,
    End,
    Sequence(Vec<Syntax>),
    Choice(Vec<Syntax>),
    /// The least number, and the greatest if there is one.
    Repeat(Box<Syntax>, u32, Option<u32>),
}

/// A group that is open: the choices before, and the sequence so far.
#[derive(Default)]
struct Group {
    choices: Vec<Syntax>,
    sequence: Vec<Syntax>,
}

impl Group {
    fn next_choice(&mut self) {
        let sequence = std::mem::take(&mut self.sequence);
        self.choices.push(Syntax::Sequence(sequence));
    }

    fn close(mut self) -> Syntax {
        self.next_choice();
        Syntax::Choice(self.choices)
    }
}

/// Reads a pattern; nothing if it is none.
pub(super) fn parse(text: &str) -> Option<(Syntax, Vec<Class>)> {
    let mut parser = Parser {
        rest: text.chars().peekable(),
        classes: Vec::new(),
    };
    let mut open = Vec::new();
    let mut group = Group::default();
    while let Some(character) = parser.rest.next() {
        let part = match character {
            '(' => {
                parser.pass_group_head()?;
                if open.len() == MAX_NESTING {
                    return None;
                }
                open.push(std::mem::take(&mut group));
                continue;
            }
            '|' => {
                group.next_choice();
                continue;
            }
            ')' => {
                let outside = open.pop()?;
                std::mem::replace(&mut group, outside).close()
            }
            '^' => Syntax::Start,
            '$' => Syntax::End,
            '*' | '+' | '?' => return None,
            '.' => parser.class(Class::any()),
            '[' => {
                let class = parser.bracket()?;
                parser.class(class)
            }
            '\\' => {
                let ranges = parser.escape()?;
                parser.class(Class::of(ranges, false))
            }
            other => parser.class(Class::one(other)),
        };
        group.sequence.push(parser.quantified(part)?);
    }
    open.is_empty().then(|| (group.close(), parser.classes))
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    classes: Vec<Class>,
}

impl Parser<'_> {
    fn class(&mut self, class: Class) -> Syntax {
        self.classes.push(class);
        Syntax::Class(self.classes.len() - 1)
    }

    fn eat(&mut self, character: char) -> bool {
        self.rest.next_if_eq(&character).is_some()
    }

    /// Passes `?:` or a name; whatever else stands behind a `?` is not understood.
    fn pass_group_head(&mut self) -> Option<()> {
        if !self.eat('?') || self.eat(':') {
            return Some(());
        }
        if !self.eat('<') {
            return None;
        }
        let mut length = 0;
        for character in self.rest.by_ref() {
            match character {
                '>' if length > 0 => return Some(()),
                '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => length += 1,
                _ => return None,
            }
        }
        None
    }

    /// The part as often as a quantifier behind it says. That one is to be lazy makes no difference to whether a whole value matches.
    fn quantified(&mut self, part: Syntax) -> Option<Syntax> {
        let (least, most) = match self.rest.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => match self.counts()? {
                Some(counts) => counts,
                None => return Some(part),
            },
            _ => return Some(part),
        };
        self.rest.next();
        self.eat('?');
        let is_twice = matches!(self.rest.peek(), Some('*' | '+' | '?'));
        (!is_twice).then(|| Syntax::Repeat(Box::new(part), least, most))
    }

    /// What stands between braces, up to the last of them; an inner nothing if it is no quantifier, and the brace is one like any other.
    #[allow(clippy::type_complexity, reason = "two numbers, the second optional")]
    fn counts(&mut self) -> Option<Option<(u32, Option<u32>)>> {
        let ahead: String = self.rest.clone().skip(1).take(16).collect();
        let Some((inside, _)) = ahead.split_once('}') else {
            return self.literal_brace(&ahead);
        };
        let (least, most) = match inside.split_once(',') {
            Some((least, most)) => (least, Some(most)),
            None => (inside, None),
        };
        let is_number = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
        if least.is_empty() || !is_number(least) || !most.is_none_or(is_number) {
            return Some(None);
        }
        let least: u32 = least.parse().ok()?;
        let most = match most {
            None => Some(least),
            Some("") => None,
            Some(most) => Some(most.parse().ok()?),
        };
        for _ in 0..inside.len() + 1 {
            self.rest.next();
        }
        most.is_none_or(|most| least <= most)
            .then_some(Some((least, most)))
    }

    /// A brace that no other closes nearby is no quantifier, unless numbers follow that are far too large.
    #[allow(clippy::type_complexity, reason = "as above")]
    fn literal_brace(&self, ahead: &str) -> Option<Option<(u32, Option<u32>)>> {
        let is_number = !ahead.is_empty() && ahead.bytes().all(|octet| octet.is_ascii_digit());
        (!is_number).then_some(None)
    }

    /// The set between brackets.
    fn bracket(&mut self) -> Option<Class> {
        let negated = self.eat('^');
        let mut ranges = Vec::new();
        let mut is_first = true;
        loop {
            let character = self.rest.next()?;
            let first = match character {
                ']' if !is_first => return Some(Class::of(ranges, negated)),
                '\\' => match *self.escape()? {
                    [(one, other)] if one == other => one,
                    ref set => {
                        ranges.extend_from_slice(set);
                        is_first = false;
                        continue;
                    }
                },
                // Taking one set from another is not understood.
                '-' if self.rest.peek() == Some(&'[') => return None,
                other => other,
            };
            is_first = false;
            let mut ahead = self.rest.clone();
            let is_range =
                ahead.next() == Some('-') && !matches!(ahead.peek(), Some(']' | '[') | None);
            if !is_range {
                ranges.push((first, first));
                continue;
            }
            self.rest.next();
            let last = match self.rest.next()? {
                '\\' => match *self.escape()? {
                    [(one, other)] if one == other => one,
                    _ => return None,
                },
                other => other,
            };
            if last < first {
                return None;
            }
            ranges.push((first, last));
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Option<Vec<(char, char)>> {
        let character = self.rest.next()?;
        let one = match character {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            other if other.is_ascii_alphanumeric() => return named(other),
            other => other,
        };
        Some(vec![(one, one)])
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        char::from_u32(code)
    }
}
