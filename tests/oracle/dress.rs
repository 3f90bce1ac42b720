//! The same XML in other clothes: everything that a writer may choose and that changes nothing of what is said.

use std::iter::Peekable;
use std::str::Lines;

/// What chance decides: the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides` (SplitMix64).
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.roll(one_in) == 0
    }
}

const DECLARATIONS: [&str; 6] = [
    "",
    "",
    "\u{feff}",
    "<?xml version=\"1.0\"?>",
    "<?xml version='1.0' encoding='utf-8'?>\r\n",
    "\u{feff}<?xml\tversion = '1.0' encoding=\"UTF-8\"\nstandalone='yes' ?>",
];
const DOCTYPES: [&str; 5] = [
    "",
    "",
    "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" 'http://x/y.dtd'>",
    "<!DOCTYPE\tSyncML SYSTEM '\"' >",
    "<!DOCTYPE SyncML>",
];
const ASIDES: [&str; 7] = [
    "<!---->",
    "<!-- - <Final/> & é -->",
    "<?p?>",
    "<?target a=\"b\" <>?>",
    "<!--]]>-->",
    "<?xml-stylesheet ?>",
    "<!-- x --><?y z??>",
];
const BLANKS: [&str; 5] = [" ", "\n", "\t", "\r\n", "  \t"];
const PREFIXES: [&str; 5] = ["", "a", "s", "é-1.x", "Data"];

/// The document that these events tell of, dressed as the dice say.
pub(crate) fn dress(events: &str, dice: &mut Dice) -> String {
    let mut out = dice.one_of(&DECLARATIONS).to_owned();
    aside(&mut out, dice, true);
    out += dice.one_of(&DOCTYPES);
    aside(&mut out, dice, true);
    let mut scope = Vec::new();
    element(&mut events.lines().peekable(), &mut scope, &mut out, dice);
    aside(&mut out, dice, true);
    out
}

/// Perhaps comments and instructions; blanks too where they mean nothing.
fn aside(out: &mut String, dice: &mut Dice, with_blanks: bool) {
    while dice.chance(8) {
        *out += dice.one_of(&ASIDES);
        if with_blanks {
            blank(out, dice);
        }
    }
}

fn blank(out: &mut String, dice: &mut Dice) {
    if dice.chance(3) {
        *out += dice.one_of(&BLANKS);
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                other => other.unwrap(),
            },
            other => other,
        });
    }
    out
}

/// `{namespace}name`, as two.
fn split(name: &str) -> (String, String) {
    // No name holds a brace; a namespace may.
    let (ns, name) = name.strip_prefix('{').unwrap().rsplit_once('}').unwrap();
    (unescaped(ns), name.to_owned())
}

type Scope = Vec<(String, String)>;

fn in_scope<'s>(scope: &'s Scope, prefix: &str) -> &'s str {
    let found = scope.iter().rev().find(|(known, _)| known == prefix);
    found.map_or("", |(_, ns)| ns)
}

/// The prefixes of one element and its attributes.
#[derive(Default)]
struct Prefixes {
    /// Those that may not be declared again.
    used: Vec<String>,
    declared: Scope,
}

impl Prefixes {
    fn declare(&mut self, prefix: &str, ns: &str, scope: &mut Scope) {
        for declarations in [&mut self.declared, scope] {
            declarations.push((prefix.to_owned(), ns.to_owned()));
        }
    }

    /// A prefix for a namespace: one that is there, or a new one. An attribute needs one that is not empty.
    fn choose(
        &mut self,
        ns: &str,
        is_attribute: bool,
        scope: &mut Scope,
        dice: &mut Dice,
    ) -> String {
        if ns.is_empty() {
            if !is_attribute && !in_scope(scope, "").is_empty() {
                self.declare("", "", scope);
            }
            return String::new();
        }
        let fitting = PREFIXES
            .into_iter()
            .filter(|prefix| !is_attribute || !prefix.is_empty());
        let (there, others): (Vec<&str>, Vec<&str>) =
            fitting.partition(|prefix| in_scope(scope, prefix) == ns);
        let is_used = |prefix: &&str| self.used.iter().any(|used| used == prefix);
        let free: Vec<&str> = others
            .into_iter()
            .filter(|prefix| !is_used(prefix))
            .collect();
        let chosen = if !there.is_empty() && (free.is_empty() || !dice.chance(6)) {
            dice.one_of(&there)
        } else {
            let new = dice.one_of(&free);
            self.declare(new, ns, scope);
            new
        };
        self.used.push(chosen.to_owned());
        chosen.to_owned()
    }
}

fn qualified(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}:{name}")
    }
}

fn element(events: &mut Peekable<Lines<'_>>, scope: &mut Scope, out: &mut String, dice: &mut Dice) {
    let before = scope.len();
    let (ns, name) = split(events.next().unwrap().strip_prefix('<').unwrap());
    let mut prefixes = Prefixes::default();
    let name = qualified(&prefixes.choose(&ns, false, scope, dice), &name);
    let mut attributes = Vec::new();
    while let Some(attribute) = events.next_if(|event| event.starts_with('@')) {
        // No namespace that is generated holds an equals sign.
        let (key, value) = attribute[1..].split_once('=').unwrap();
        let (ns, name) = split(key);
        let prefix = prefixes.choose(&ns, true, scope, dice);
        attributes.push((qualified(&prefix, &name), unescaped(value)));
    }
    for (prefix, ns) in prefixes.declared {
        let name = match &*prefix {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        let place = dice.roll(attributes.len() + 1);
        attributes.insert(place, (name, ns));
    }
    *out += "<";
    *out += &name;
    for (name, value) in attributes {
        *out += dice.one_of(&BLANKS);
        *out += &name;
        blank(out, dice);
        *out += "=";
        blank(out, dice);
        let quote = dice.one_of(&['"', '\'']);
        out.push(quote);
        for character in value.chars() {
            let must = matches!(character, '<' | '&' | '\t' | '\n' | '\r') || character == quote;
            push(character, must, out, dice);
        }
        out.push(quote);
    }
    blank(out, dice);
    if events.next_if_eq(&">").is_some() {
        if dice.chance(2) {
            *out += "/>";
        } else {
            *out += ">";
            aside(out, dice, false);
            close(&name, out, dice);
        }
        scope.truncate(before);
        return;
    }
    *out += ">";
    loop {
        aside(out, dice, false);
        let event = *events.peek().unwrap();
        if event.starts_with('<') {
            element(events, scope, out, dice);
            continue;
        }
        events.next();
        match event.strip_prefix('"') {
            Some(said) => text(&unescaped(said), out, dice),
            None => break,
        }
    }
    close(&name, out, dice);
    scope.truncate(before);
}

fn close(name: &str, out: &mut String, dice: &mut Dice) {
    *out += "</";
    *out += name;
    blank(out, dice);
    *out += ">";
}

/// A character, or a reference to it.
fn push(character: char, must_be_reference: bool, out: &mut String, dice: &mut Dice) {
    if !must_be_reference && !dice.chance(8) {
        out.push(character);
        return;
    }
    let number = u32::from(character);
    let named = match character {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        '"' => "&quot;",
        '\'' => "&apos;",
        _ => "",
    };
    *out += &match dice.roll(4) {
        0 => format!("&#{number};"),
        1 => format!("&#x{number:X};"),
        2 => format!("&#x00{number:x};"),
        _ if named.is_empty() => format!("&#000{number};"),
        _ => named.to_owned(),
    };
}

/// A line feed as any of the line ends that mean one (XML, 2.11).
fn line_end(out: &mut String, next: Option<char>, dice: &mut Dice) {
    // A return before another line feed would swallow it.
    *out += match next {
        Some('\n') => dice.one_of(&["\n", "\r\n"]),
        _ => dice.one_of(&["\n", "\r\n", "\r"]),
    };
}

fn text(said: &str, out: &mut String, dice: &mut Dice) {
    let characters: Vec<char> = said.chars().collect();
    let mut at = 0;
    while at < characters.len() {
        let piece = &characters[at..(at + 1 + dice.roll(8)).min(characters.len())];
        at += piece.len();
        let whole: String = piece.iter().collect();
        let is_section = dice.chance(3) && !whole.contains('\r') && !whole.contains("]]>");
        if is_section {
            *out += "<![CDATA[";
        }
        for (place, &character) in piece.iter().enumerate() {
            // The last of a piece cannot see what the next writes first.
            let next = piece.get(place + 1).copied().or(Some('\n'));
            match character {
                '\n' if dice.chance(2) => line_end(out, next, dice),
                _ if is_section => out.push(character),
                _ => push(
                    character,
                    matches!(character, '<' | '>' | '&' | '\r'),
                    out,
                    dice,
                ),
            }
        }
        if is_section {
            *out += "]]>";
        }
        aside(out, dice, false);
    }
}
