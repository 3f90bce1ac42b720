//! What can be seen of JSON, also of what is cut off or broken.

use crate::error::Error;
use crate::json::{self, Kind, Value};
use crate::limits::Limits;
use crate::markup::outline::Outline;

/// Everything that could be read, by ranges of octets, and what was wrong then. The whole is called `json`; members go by their names and
/// begin with them, elements of an array are called `[1]`, `[2]` and so on.
pub fn inspect(body: &[u8], limits: &Limits) -> (Outline, Option<Error>) {
    let (document, error) = json::parse_partial(body, limits);
    let mut whole = Outline::new("json", 0..body.len(), None);
    if let Some(root) = document.root() {
        fill(&mut whole, root);
    }
    (whole, error)
}

/// It recurses as deep as the document, which the reader has bounded.
fn fill(piece: &mut Outline, value: Value<'_>) {
    match value.kind() {
        Kind::Object => {
            for (name, value) in value.members() {
                let range = name.range().start..value.range().end;
                let mut inside = Outline::new(name.string().unwrap_or_default(), range, None);
                fill(&mut inside, value);
                piece.children.push(inside);
            }
        }
        Kind::Array => {
            for (at, value) in value.elements().enumerate() {
                let mut inside = Outline::new(format!("[{}]", at + 1), value.range(), None);
                fill(&mut inside, value);
                piece.children.push(inside);
            }
        }
        Kind::String => piece.text = value.string().map(|text| text.into_owned()),
        Kind::Null | Kind::True | Kind::False | Kind::Number => {
            piece.text = Some(value.literal().to_owned());
        }
    }
}
