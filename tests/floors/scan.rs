//! Rust text to tokens, as far as paths need it, and the paths in them.

/// A word, a sign, or `::`, with the line that it stands on. Comments and literals are gone.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// The tokens of a source, without those of items under `#[cfg(test)]`.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    without_tests(&lex(text))
}

/// The modules that are declared as `#[cfg(test)] mod name;`.
pub(crate) fn test_modules(text: &str) -> Vec<String> {
    let tokens = lex(text);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if let Some(end) = cfg_test(&tokens, at) {
            let item = past_attributes(&tokens, end);
            let declared: Vec<&str> = tokens[item..]
                .iter()
                .take(3)
                .map(|token| token.text.as_str())
                .collect();
            if let ["mod", name, ";"] = declared[..] {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn lex(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let start = at;
        let next = chars.get(at + 1).copied();
        match chars[at] {
            '/' if next == Some('/') => at = find(&chars, at, |c| c == '\n'),
            '/' if next == Some('*') => at = after_block_comment(&chars, at),
            '"' => at = after_string(&chars, at + 1),
            '\'' => at = after_quote(&chars, at),
            c if c.is_alphanumeric() || c == '_' => {
                at = find(&chars, at, |c| !c.is_alphanumeric() && c != '_');
                let word: String = chars[start..at].iter().collect();
                if let Some(end) = after_prefixed_string(&chars, at, &word) {
                    at = end;
                } else {
                    tokens.push(Token { text: word, line });
                }
            }
            ':' if next == Some(':') => {
                tokens.push(Token {
                    text: "::".to_owned(),
                    line,
                });
                at += 2;
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token {
                        text: c.to_string(),
                        line,
                    });
                }
                at += 1;
            }
        }
        line += chars[start..at.min(chars.len())]
            .iter()
            .filter(|c| **c == '\n')
            .count();
    }
    tokens
}

fn find(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    chars[from..]
        .iter()
        .position(|c| wanted(*c))
        .map_or(chars.len(), |offset| from + offset)
}

fn after_block_comment(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < chars.len() {
        match chars[at..] {
            ['/', '*', ..] => (at, depth) = (at + 2, depth + 1),
            ['*', '/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn after_string(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// After a character literal, or after the mark of a lifetime.
fn after_quote(chars: &[char], from: usize) -> usize {
    match chars[from..] {
        ['\'', '\\', ..] => find(chars, from + 3, |c| c == '\'') + 1,
        ['\'', _, '\'', ..] => from + 3,
        _ => from + 1,
    }
}

/// After `r"…"`, `r#"…"#`, `b"…"` and their kin, when the word is such a prefix.
fn after_prefixed_string(chars: &[char], from: usize, word: &str) -> Option<usize> {
    if !["r", "b", "br", "c", "cr"].contains(&word) {
        return None;
    }
    let quote = find(chars, from, |c| c != '#');
    let hashes = quote - from;
    if chars.get(quote) != Some(&'"') || (hashes > 0 && !word.contains('r')) {
        return None;
    }
    if !word.contains('r') {
        return Some(after_string(chars, quote + 1));
    }
    let mut at = quote + 1;
    while at < chars.len() {
        at = find(chars, at, |c| c == '"') + 1;
        if chars[at.min(chars.len())..]
            .iter()
            .take_while(|c| **c == '#')
            .take(hashes)
            .count()
            == hashes
        {
            return Some(at + hashes);
        }
    }
    Some(at)
}

/// The index after `#[cfg(test)]`, when it begins here.
fn cfg_test(tokens: &[Token], at: usize) -> Option<usize> {
    let wanted = ["#", "[", "cfg", "(", "test", ")", "]"];
    let found = tokens.get(at..at + wanted.len())?;
    found
        .iter()
        .map(|token| token.text.as_str())
        .eq(wanted)
        .then_some(at + wanted.len())
}

fn past_attributes(tokens: &[Token], mut at: usize) -> usize {
    while at + 1 < tokens.len() && tokens[at].text == "#" && tokens[at + 1].text == "[" {
        at = after(tokens, at + 1, "]");
    }
    at
}

/// After the bracket `last` that closes what opens from here, or after a semicolon outside of brackets.
fn after(tokens: &[Token], from: usize, last: &str) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => continue,
        }
        if depth == 0 && token.text == last {
            return at + 1;
        }
    }
    tokens.len()
}

fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = cfg_test(tokens, at) {
            at = after(tokens, past_attributes(tokens, end), "}");
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// A path in a source: its names, its line, and the inline modules that it stands in.
pub(crate) struct Found {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    pub(crate) scope: Vec<String>,
}

/// Every path that starts with one of the words, spread out: `crate::{a::b, c}` is two.
pub(crate) fn paths(tokens: &[Token], starts: &[&str]) -> Vec<Found> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    let mut open: Vec<Option<String>> = Vec::new();
    for at in 0..tokens.len() {
        match text(at) {
            "{" => open.push((at > 1 && text(at - 2) == "mod").then(|| text(at - 1).to_owned())),
            "}" => drop(open.pop()),
            word if starts.contains(&word) && (at == 0 || !["::", "$"].contains(&text(at - 1))) => {
                let scope: Vec<String> = open.iter().flatten().cloned().collect();
                let mut spread = Vec::new();
                branch(tokens, &mut at.clone(), Vec::new(), &mut spread);
                found.extend(spread.into_iter().map(|(path, line)| Found {
                    path,
                    line,
                    scope: scope.clone(),
                }));
            }
            _ => {}
        }
    }
    found
}

/// Reads one branch of a tree of paths; groups nest no deeper than a person writes them.
fn branch(
    tokens: &[Token],
    at: &mut usize,
    mut path: Vec<String>,
    found: &mut Vec<(Vec<String>, usize)>,
) {
    let line = tokens.get(*at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(*at) {
        if token.text == "{" {
            *at += 1;
            while tokens.get(*at).is_some_and(|token| token.text != "}") {
                let before = *at;
                branch(tokens, at, path.clone(), found);
                if *at == before || tokens.get(*at).is_some_and(|token| token.text == ",") {
                    *at += 1;
                }
            }
            *at += 1;
            return;
        }
        path.push(token.text.clone());
        *at += 1;
        if tokens.get(*at).is_none_or(|token| token.text != "::") {
            break;
        }
        *at += 1;
        // A turbofish ends the path.
        if tokens.get(*at).is_some_and(|token| token.text == "<") {
            break;
        }
    }
    if tokens.get(*at).is_some_and(|token| token.text == "as") {
        *at += 2;
    }
    found.push((path, line));
}
