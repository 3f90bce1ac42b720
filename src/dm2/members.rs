//! Objects on their way out.

use crate::error::Result;
use crate::json::Json;

/// The members of an object, in the order in which they are put.
#[derive(Default)]
pub(super) struct Members(Vec<(String, Json)>);

impl Members {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Json>) {
        self.0.push((name.to_owned(), value.into()));
    }

    pub(super) fn maybe(&mut self, name: &str, value: Option<impl Into<Json>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// An array, left out where there is nothing in it.
    pub(super) fn list(&mut self, name: &str, values: Vec<Json>) {
        if !values.is_empty() {
            self.put(name, Json::Array(values));
        }
    }
}

impl From<Members> for Json {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

/// Texts as an array.
pub(super) fn strings(texts: &[String]) -> Json {
    Json::Array(texts.iter().map(|text| text.as_str().into()).collect())
}

/// Each of a list as it is written; the path of an error says which it was.
pub(super) fn each<T>(
    name: &str,
    list: &[T],
    emit: impl Fn(&T) -> Result<Json>,
) -> Result<Vec<Json>> {
    let of = |(at, one)| emit(one).map_err(|error| error.inside(format!("{name}[{at}]")));
    list.iter().enumerate().map(of).collect()
}
