//! What is measured of the codec below JavaScript, once each: natively in `codec.rs`, in wasm in `inside.rs`.

use omadm::{Encoding, Limits, Message};
use quick_xml::events::Event;

/// The bare loop over quick-xml's events, which is what any reader of XML stands on; gives their octets.
pub(crate) fn events(body: &[u8]) -> usize {
    let text = std::str::from_utf8(body).unwrap();
    let mut tokens = quick_xml::Reader::from_str(text);
    let mut octets = 0;
    loop {
        match tokens.read_event().unwrap() {
            Event::Eof => return octets,
            event => octets += event.len(),
        }
    }
}

/// A typed message; gives its commands.
pub(crate) fn decode(body: &[u8], encoding: Encoding) -> usize {
    let message = Message::decode(body, encoding, &Limits::UNBOUNDED).unwrap();
    message.commands.len()
}

/// A typed message in octets.
pub(crate) fn encode(message: &Message, encoding: Encoding) -> Vec<u8> {
    message.encode(encoding, false).unwrap()
}
