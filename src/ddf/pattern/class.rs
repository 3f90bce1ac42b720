//! Sets of characters.

use crate::order;

/// A set of characters, as ranges in order.
#[derive(Debug, Default)]
pub(super) struct Class {
    ranges: Vec<(char, char)>,
    negated: bool,
}

impl Class {
    pub(super) fn one(character: char) -> Self {
        Self::of(vec![(character, character)], false)
    }

    /// Every character but the end of a line.
    pub(super) fn any() -> Self {
        Self::of(vec![('\n', '\n'), ('\r', '\r')], true)
    }

    pub(super) fn of(mut ranges: Vec<(char, char)>, negated: bool) -> Self {
        order::sort(&mut ranges);
        let mut joined: Vec<(char, char)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self {
            ranges: joined,
            negated,
        }
    }

    pub(super) fn contains(&self, character: char) -> bool {
        let after = self
            .ranges
            .partition_point(|(first, _)| *first <= character);
        let range = after.checked_sub(1).and_then(|at| self.ranges.get(at));
        range.is_some_and(|(_, last)| character <= *last) != self.negated
    }
}

/// The ranges of `\d`, `\w` and `\s`, and of the same in capitals, which negate; of ASCII only.
pub(super) fn named(letter: char) -> Option<Vec<(char, char)>> {
    Some(match letter {
        'd' => vec![('0', '9')],
        'w' => vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        's' => vec![('\t', '\r'), (' ', ' ')],
        'D' => vec![('\0', '/'), (':', char::MAX)],
        'W' => vec![
            ('\0', '/'),
            (':', '@'),
            ('[', '^'),
            ('`', '`'),
            ('{', char::MAX),
        ],
        'S' => vec![('\0', '\u{8}'), ('\u{e}', '\u{1f}'), ('!', char::MAX)],
        _ => return None,
    })
}
