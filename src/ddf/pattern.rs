//! Patterns of values: regular expressions as XML Schema and .NET both have them, matched against the whole value.
//!
//! A pattern becomes a program whose threads run side by side over the value, so that matching takes time in proportion to the length of
//! both, whatever the pattern is. What cannot be done that way (references back, looking around) is no pattern here.

mod class;
mod syntax;

use self::class::Class;
use self::syntax::Syntax;
use crate::steps;

/// The most instructions of a program, and the most steps of writing one.
const MAX_PROGRAM: usize = 4096;

/// The most steps of matching one value: some hundred milliseconds.
const MAX_WORK: usize = 1 << 27;

/// The most instructions of several patterns together.
const MAX_PROGRAMS: usize = 4 * MAX_PROGRAM;

/// Compiles several patterns; nothing if one of them cannot be compiled, or if all together are too large.
pub(super) fn compile(texts: &[String]) -> Option<Vec<Pattern>> {
    let mut size = 0;
    let compiled = texts.iter().map(|text| {
        let pattern = Pattern::new(text)?;
        size += pattern.program.len();
        (size <= MAX_PROGRAMS).then_some(pattern)
    });
    compiled.collect()
}

/// Whether looking for all the patterns in a value of so many octets, or in each of its parts, takes no more steps than it may.
pub(super) fn is_affordable(patterns: &[Pattern], octets: usize) -> bool {
    let size: usize = patterns.iter().map(|pattern| pattern.program.len()).sum();
    octets.saturating_mul(size) <= MAX_WORK
}

#[derive(Clone, Debug)]
enum Instruction {
    /// Takes a character of the class and goes on.
    Take(usize),
    /// Goes on at the start of the value only.
    Start,
    /// Goes on at its end only.
    End,
    Jump(usize),
    /// Goes on at both places.
    Split(usize, usize),
    Match,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    program: Vec<Instruction>,
    classes: Vec<Class>,
}

impl Pattern {
    /// Compiles a pattern; nothing if it is none, is none that can be matched in linear time, or is too large.
    pub(super) fn new(text: &str) -> Option<Self> {
        let (syntax, classes) = syntax::parse(text)?;
        let mut writer = Writer {
            program: Vec::new(),
            steps: 0,
        };
        writer.write(&syntax)?;
        writer.push(Instruction::Match)?;
        Some(Self {
            program: writer.program,
            classes,
        })
    }

    /// Whether the whole value matches.
    pub(super) fn matches(&self, value: &str) -> bool {
        let mut now = Threads::new(self.program.len());
        let mut next = Threads::new(self.program.len());
        now.add(&self.program, 0, true, value.is_empty());
        for (at, character) in value.char_indices() {
            let at_end = at + character.len_utf8() == value.len();
            next.clear();
            for index in now.list.iter().copied() {
                steps::add(1);
                if let Some(Instruction::Take(class)) = self.program.get(index)
                    && self
                        .classes
                        .get(*class)
                        .is_some_and(|class| class.contains(character))
                {
                    next.add(&self.program, index + 1, false, at_end);
                }
            }
            std::mem::swap(&mut now, &mut next);
            if now.list.is_empty() {
                return false;
            }
        }
        let mut threads = now.list.iter();
        threads.any(|index| matches!(self.program.get(*index), Some(Instruction::Match)))
    }
}

/// Writes a program. Recursion is bounded by how deep groups may nest.
struct Writer {
    program: Vec<Instruction>,
    steps: usize,
}

impl Writer {
    fn push(&mut self, instruction: Instruction) -> Option<usize> {
        if self.program.len() == MAX_PROGRAM {
            return None;
        }
        self.program.push(instruction);
        Some(self.program.len() - 1)
    }

    fn set(&mut self, index: usize, instruction: Instruction) {
        if let Some(place) = self.program.get_mut(index) {
            *place = instruction;
        }
    }

    fn write(&mut self, syntax: &Syntax) -> Option<()> {
        self.steps += 1;
        if self.steps > MAX_PROGRAM {
            return None;
        }
        match syntax {
            Syntax::Class(class) => self.push(Instruction::Take(*class)).map(drop),
            Syntax::Start => self.push(Instruction::Start).map(drop),
            Syntax::End => self.push(Instruction::End).map(drop),
            Syntax::Sequence(parts) => parts.iter().try_for_each(|part| self.write(part)),
            Syntax::Choice(choices) => self.write_choice(choices),
            Syntax::Repeat(inside, least, most) => self.write_repeat(inside, *least, *most),
        }
    }

    fn write_choice(&mut self, choices: &[Syntax]) -> Option<()> {
        let mut ends = Vec::new();
        let Some((last, others)) = choices.split_last() else {
            return Some(());
        };
        for choice in others {
            let split = self.push(Instruction::Jump(0))?;
            self.write(choice)?;
            ends.push(self.push(Instruction::Jump(0))?);
            self.set(split, Instruction::Split(split + 1, self.program.len()));
        }
        self.write(last)?;
        self.land(ends);
        Some(())
    }

    fn write_repeat(&mut self, inside: &Syntax, least: u32, most: Option<u32>) -> Option<()> {
        for _ in 0..least {
            self.write(inside)?;
        }
        let Some(most) = most else {
            let split = self.push(Instruction::Jump(0))?;
            self.write(inside)?;
            self.push(Instruction::Jump(split))?;
            self.set(split, Instruction::Split(split + 1, self.program.len()));
            return Some(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.push(Instruction::Jump(0))?);
            self.write(inside)?;
        }
        let end = self.program.len();
        for split in splits {
            self.set(split, Instruction::Split(split + 1, end));
        }
        Some(())
    }

    /// Makes jumps go to where the program ends now.
    fn land(&mut self, jumps: Vec<usize>) {
        let end = self.program.len();
        for jump in jumps {
            self.set(jump, Instruction::Jump(end));
        }
    }
}

/// The places in the program where matching stands, each once.
struct Threads {
    list: Vec<usize>,
    known: Vec<bool>,
    visited: Vec<usize>,
    open: Vec<usize>,
}

impl Threads {
    fn new(program: usize) -> Self {
        Self {
            list: Vec::new(),
            known: vec![false; program],
            visited: Vec::new(),
            open: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.list.clear();
        for index in self.visited.drain(..) {
            if let Some(known) = self.known.get_mut(index) {
                *known = false;
            }
        }
    }

    /// Adds a place and all that can be reached from there without taking a character.
    fn add(&mut self, program: &[Instruction], from: usize, at_start: bool, at_end: bool) {
        self.open.push(from);
        while let Some(index) = self.open.pop() {
            steps::add(1);
            match self.known.get_mut(index) {
                Some(known) if !*known => *known = true,
                _ => continue,
            }
            self.visited.push(index);
            match program.get(index) {
                Some(Instruction::Jump(to)) => self.open.push(*to),
                Some(Instruction::Split(one, other)) => self.open.extend([*other, *one]),
                Some(Instruction::Start) if at_start => self.open.push(index + 1),
                Some(Instruction::End) if at_end => self.open.push(index + 1),
                Some(Instruction::Take(_) | Instruction::Match) => self.list.push(index),
                Some(Instruction::Start | Instruction::End) | None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_WORK, Pattern, compile, is_affordable};
    use crate::steps::count;

    #[test]
    fn whole_values_match() {
        for (pattern, matching, others) in [
            ("abc", &["abc"][..], &["ab", "abcd", "xabc", ""][..]),
            ("", &[""], &["a"]),
            ("a|ab", &["a", "ab"], &["b", "aab"]),
            ("^a|b$", &["a", "b"], &["ab"]),
            (
                "^(\\d\\.)?(\\d)$",
                &["1", "1.2"],
                &["12", "1.", ".2", "1.2.3"],
            ),
            (
                "^([0-9a-fA-F]{5}-){3}[0-9a-fA-F]{5}$",
                &["12345-abcde-ABCDE-00000"],
                &["12345-abcde-ABCDE", "12345-abcde-ABCDE-0000g"],
            ),
            ("a*", &["", "aaa"], &["b"]),
            ("a+?b??", &["a", "aab"], &["b"]),
            ("a{2}", &["aa"], &["a", "aaa"]),
            ("a{2,}", &["aa", "aaaa"], &["a"]),
            ("(?:ab){1,2}", &["ab", "abab"], &["", "ababab"]),
            ("(a*)*b", &["b", "aab"], &["a"]),
            ("(a|){3}", &["", "aaa"], &["aaaa"]),
            ("[^a-c]", &["d", "é"], &["a", ""]),
            ("[]a-]+", &["]-a"], &["b"]),
            ("[\\w.-]+@\\S\\D\\W", &["a.b-c@xy "], &["@xy ", "a@x1 "]),
            (".\\x41\\u00e9\\t\\\\", &["ßAé\t\\"], &["\nAé\t\\"]),
            ("a{,2}|{}", &["a{,2}", "{}"], &["aa"]),
            ("(?<year>\\d{4})", &["2020"], &["202"]),
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            for value in matching {
                assert!(compiled.matches(value), "{pattern} {value}");
            }
            for value in others {
                assert!(!compiled.matches(value), "{pattern} {value}");
            }
        }
    }

    #[test]
    fn what_cannot_be_matched_is_no_pattern() {
        for text in [
            "(a",
            "a)",
            "a)|(b",
            "[a",
            "[b-a]",
            "[]",
            "*a",
            "a**",
            "a\\",
            "\\1",
            "\\bx",
            "\\p{L}",
            "(?=a)",
            "(?!a)",
            "(?i)a",
            "a{3,2}",
            "a{5000}",
            "(((a{99}){99}){99}){99}",
            "(){9999}",
            "((){99}){99}",
            "a++",
            "\\x4",
            "\\uzzzz",
            "\\x+4",
            "[a-z-[aeiou]]",
            "(?<a",
            "a{99999999999}",
        ] {
            assert!(Pattern::new(text).is_none(), "{text}");
        }
        let nested = |depth: usize| "(".repeat(depth) + &")".repeat(depth);
        assert!(Pattern::new(&nested(30)).is_some());
        assert!(Pattern::new(&nested(40)).is_none());
        assert!(Pattern::new(&nested(100_000)).is_none());
    }

    #[test]
    fn matching_is_linear() {
        let pattern = Pattern::new("(a|a|aa)*(a*)*b").unwrap();
        let work = |size: usize| count(|| pattern.matches(&"a".repeat(size)));
        let (small, large) = (work(1000), work(10_000));
        assert!(large <= 11 * small, "{small} {large}");
    }

    #[test]
    fn several_patterns_have_bounds_together() {
        let wide = |count| compile(&vec!["a{2000}".to_owned(); count]);
        let patterns = wide(8).unwrap();
        assert!(wide(9).is_none());
        assert!(is_affordable(&patterns, MAX_WORK / (8 * 2001)));
        assert!(!is_affordable(&patterns, MAX_WORK / (8 * 2001) + 1));
        assert!(compile(&["a".to_owned(), "(".to_owned()]).is_none());
    }
}
