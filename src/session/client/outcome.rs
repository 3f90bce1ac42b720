//! What became of what the host was asked.

use crate::tree::Node;

/// What became of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A status. Of an interaction: 200 yes or shown, 304 no, 214 cancelled, 408 timed out, with what the user typed or chose; where the server
    /// offers a default response, 408 means that one. Of anything else: what became of it, such as 200, 202 for what goes on, or 500, but
    /// not 401 or 407, which ask for credentials.
    Status {
        /// The status.
        status: u16,
        /// What the user typed or chose.
        data: Vec<String>,
    },
    /// The value that was to be read.
    Value(Node),
    /// What came of an HTTP request, whatever its status.
    Response(Fetched),
    /// Nothing came of it.
    Failed(Failure),
}

/// An HTTP response to a request of a session of DM 2.0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `OMADM-Accept`.
    pub accept_mo: Option<String>,
    /// The body, after any coding of the transport was undone.
    pub body: Vec<u8>,
}

/// Why there is no HTTP response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The name, the connection, TLS, a redirection to another origin.
    Network,
    /// It took too long.
    Timeout,
    /// Its body is larger than the host reads.
    TooLarge,
}

impl Outcome {
    /// A status without anything else.
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            data: Vec::new(),
        }
    }
}
