//! OMA Device Management, both sides, without I/O.

mod env;
mod error;
mod limits;
mod markup;

pub use env::Env;
pub use error::{Code, Error, Fault, Result};
pub use limits::Limits;
