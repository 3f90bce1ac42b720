//! Whether a text is JSON (RFC 8259).

use crate::steps;

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of an array just begun.
    ValueOrEnd,
    Key,
    /// A key, or the end of an object just begun.
    KeyOrEnd,
    /// A comma or the end of what is open, or the end of the text.
    After,
}

/// Whether the text is one JSON value. What is open is kept on a stack: nothing recurses.
pub(super) fn is_json(text: &str) -> bool {
    let mut cursor = Cursor { rest: text };
    let mut open: Vec<bool> = Vec::new();
    let mut next = Next::Value;
    loop {
        cursor.blanks();
        steps::add(1);
        let Some(first) = cursor.rest.bytes().next() else {
            return next == Next::After && open.is_empty();
        };
        next = match (next, first) {
            (Next::Value | Next::ValueOrEnd, b'{') => {
                cursor.skip(1);
                open.push(true);
                Next::KeyOrEnd
            }
            (Next::Value | Next::ValueOrEnd, b'[') => {
                cursor.skip(1);
                open.push(false);
                Next::ValueOrEnd
            }
            (Next::ValueOrEnd, b']') | (Next::KeyOrEnd, b'}') => {
                cursor.skip(1);
                open.pop();
                Next::After
            }
            (Next::Value | Next::ValueOrEnd, _) if cursor.scalar() => Next::After,
            (Next::Key | Next::KeyOrEnd, b'"') if cursor.string() && cursor.colon() => Next::Value,
            (Next::After, b',') if !open.is_empty() => {
                cursor.skip(1);
                if open.last() == Some(&true) {
                    Next::Key
                } else {
                    Next::Value
                }
            }
            (Next::After, b'}' | b']') if open.pop() == Some(first == b'}') => {
                cursor.skip(1);
                Next::After
            }
            _ => return false,
        };
    }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn skip(&mut self, octets: usize) {
        steps::add(octets);
        self.rest = self.rest.get(octets..).unwrap_or_default();
    }

    fn blanks(&mut self) {
        let trimmed = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.skip(self.rest.len() - trimmed.len());
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest.starts_with(token);
        if found {
            self.skip(token.len());
        }
        found
    }

    fn colon(&mut self) -> bool {
        self.blanks();
        self.eat(":")
    }

    fn scalar(&mut self) -> bool {
        if self.rest.starts_with('"') {
            return self.string();
        }
        self.eat("true") || self.eat("false") || self.eat("null") || self.number()
    }

    fn string(&mut self) -> bool {
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.skip(at + 1);
                    return true;
                }
                '\\' => match characters.next() {
                    Some((_, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {}
                    Some((_, 'u')) => {
                        for _ in 0..4 {
                            if !characters
                                .next()
                                .is_some_and(|(_, c)| c.is_ascii_hexdigit())
                            {
                                return false;
                            }
                        }
                    }
                    _ => return false,
                },
                '\0'..='\x1f' => return false,
                _ => {}
            }
        }
        false
    }

    fn digits(&mut self) -> usize {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        self.skip(digits);
        digits
    }

    fn number(&mut self) -> bool {
        self.eat("-");
        let leads_with_zero = self.rest.starts_with('0');
        let digits = self.digits();
        if digits == 0 || (leads_with_zero && digits > 1) {
            return false;
        }
        if self.eat(".") && self.digits() == 0 {
            return false;
        }
        if self.eat("e") || self.eat("E") {
            let _ = self.eat("+") || self.eat("-");
            return self.digits() > 0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_is_told_from_what_is_none() {
        for text in [
            "{}",
            "[]",
            " [ 1 , -0.5e+3, \"a\\u00e9\\n\" , true,false,null ] ",
            "{\"a\":{\"b\":[{}]},\"c\":0}",
            "0",
            "\"x\"",
        ] {
            assert!(is_json(text), "{text}");
        }
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\"}",
            "[1 2]",
            "01",
            "1.",
            "-",
            "1e",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            "[}",
            "{]",
            "nul",
            "1 1",
            "],",
            "\"a",
            "[1}",
        ] {
            assert!(!is_json(text), "{text}");
        }
        assert!(is_json(&("[".repeat(100_000) + &"]".repeat(100_000))));
    }
}
