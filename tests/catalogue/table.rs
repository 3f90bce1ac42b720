//! The table of cases, which Rust and JavaScript read alike.
//!
//! An input is a list of pieces: text, `#` and octets in hexadecimal, `@` and the name of a part, `["*", count, piece]` for the same
//! piece again and again. The piece `^` is nothing but the place where the error is.

use serde_json::Value;

/// Octets, and the place that is marked in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    pub(crate) body: Vec<u8>,
    pub(crate) mark: Option<usize>,
}

/// The whole table.
pub(crate) struct Table(Value);

impl Table {
    pub(crate) fn read() -> Self {
        Self(serde_json::from_str(include_str!("cases.json")).unwrap())
    }

    /// The cases, each with its row, its name, its input and its outcome.
    pub(crate) fn cases(&self) -> &[Value] {
        self.0["cases"].as_array().unwrap()
    }

    /// The case with this row and name.
    pub(crate) fn case(&self, name: &str) -> &Value {
        let found = self.cases().iter().find(|case| title(case) == name);
        found.unwrap_or_else(|| panic!("no case `{name}`"))
    }

    /// Good messages in XML.
    pub(crate) fn samples(&self) -> Vec<&str> {
        let samples = self.0["samples"].as_array().unwrap();
        samples
            .iter()
            .map(|sample| sample.as_str().unwrap())
            .collect()
    }

    pub(crate) fn part(&self, name: &str) -> &str {
        self.0["parts"][name]
            .as_str()
            .unwrap_or_else(|| panic!("no part {name}"))
    }

    pub(crate) fn expand(&self, pieces: &Value) -> Input {
        let mut input = Input::default();
        for piece in pieces.as_array().unwrap() {
            self.add(piece, &mut input);
        }
        input
    }

    fn add(&self, piece: &Value, input: &mut Input) {
        if let Some(text) = piece.as_str() {
            match text.split_at_checked(1) {
                Some(("^", _)) => input.mark = Some(input.body.len()),
                Some(("#", digits)) => input.body.extend(hex(digits)),
                Some(("@", name)) => self.add(&Value::from(self.part(name)), input),
                _ => input.body.extend_from_slice(text.as_bytes()),
            }
            return;
        }
        let repeated = self.expand(&Value::from(vec![piece[2].clone()]));
        for _ in 0..piece[1].as_u64().unwrap() {
            input.body.extend_from_slice(&repeated.body);
        }
    }
}

/// How a case is called.
pub(crate) fn title(case: &Value) -> String {
    format!(
        "{} {}",
        case["row"].as_str().unwrap(),
        case["name"].as_str().unwrap()
    )
}

fn hex(digits: &str) -> Vec<u8> {
    let digits = digits.as_bytes();
    assert!(digits.len().is_multiple_of(2));
    let digit = |octet: u8| char::from(octet).to_digit(16).unwrap() as u8;
    digits
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}
