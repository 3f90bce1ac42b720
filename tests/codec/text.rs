//! Messages as text.

use omadm::{Command, Data, Encoding, Error, Limits, Message};

pub(crate) const NS: &str = " xmlns=\"SYNCML:SYNCML1.2\"";

/// The header of a device.
pub(crate) const HEADER: &str = "<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>\
    <Target><LocURI>http://s/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source>";

/// A message with this header and body.
pub(crate) fn message(header: &str, body: &str) -> String {
    format!("<SyncML{NS}><SyncHdr>{header}</SyncHdr><SyncBody>{body}</SyncBody></SyncML>")
}

/// A Replace of one Item with this inside.
pub(crate) fn item(inner: &str) -> String {
    message(
        HEADER,
        &format!("<Replace><CmdID>1</CmdID><Item>{inner}</Item></Replace><Final/>"),
    )
}

pub(crate) fn read(text: &str) -> Result<Message, Error> {
    Message::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT)
}

pub(crate) fn decode(text: &str) -> Message {
    read(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

pub(crate) fn encode(message: &Message) -> String {
    String::from_utf8(message.encode(Encoding::Xml, false).unwrap()).unwrap()
}

/// The value of the first Item.
pub(crate) fn data(message: &Message) -> Option<&Data> {
    match &message.commands[0] {
        Command::Replace(operation) => operation.items[0].data.as_ref(),
        other => panic!("{other:?}"),
    }
}
