//! Messages with the right numbers by somebody who knows no password.

use omadm::tree::Found;
use omadm::{ClientEvent, Command, Encoding, Outgoing, ServerEvent};

use super::device::DeviceHost;
use super::flow::Side;
use super::server::ServerHost;
use super::witness::{Said, decode};

const REQUEST: &str = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>\
    <Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>Forged</Data></Item></Replace>\
    <Alert><CmdID>3</CmdID><Data>1226</Data><Correlator>forged</Correlator><Item><Meta>\
    <Format xmlns=\"syncml:metinf\">chr</Format><Type xmlns=\"syncml:metinf\">urn:oma:at:x:1.0:done</Type></Meta><Data>Forged</Data></Item></Alert>";

const REPLY: &str = "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./E</LocURI></Target><Data>Forged</Data></Item></Replace>\
    <Exec><CmdID>3</CmdID><Item><Target><LocURI>./Go</LocURI></Target><Data>Forged</Data></Item></Exec>";

/// Keeps the header, but for what proves its sender.
fn forged(out: &Outgoing, first: impl Fn(u32) -> String, body: &str) -> Option<Outgoing> {
    let mut message = decode(&out.body)?;
    message.header.cred = None;
    let msg_ref = message.commands.iter().find_map(|command| match command {
        Command::Status(status) if status.is_of_header() => status.msg_ref.as_ref()?.parse().ok(),
        _ => None,
    });
    message.commands.clear();
    message.is_final = true;
    let written = message.encode(Encoding::Xml, false).ok()?;
    let text = String::from_utf8(written).ok()?;
    let (head, tail) = text.split_once("<Final/>")?;
    let text = format!("{head}{}{body}<Final/>{tail}", first(msg_ref.unwrap_or(1)));
    Some(Outgoing {
        body: text.into_bytes(),
        content_type: Encoding::Xml.media_type(),
        hmac: None,
        url: Some(super::flow::URL.to_owned()),
        ..out.clone()
    })
}

pub(crate) fn request(out: &Outgoing) -> Option<Outgoing> {
    forged(out, |_| String::new(), REQUEST)
}

/// A reply; none where the server has proved itself for the session, and nothing but the transport tells who speaks.
pub(crate) fn reply(out: &Outgoing, said: &[Said]) -> Option<Outgoing> {
    let is_proof = |body: &[u8], hmac: bool| {
        hmac || decode(body).is_some_and(|message| message.header.cred.is_some())
    };
    let was_proved = said.iter().any(|(side, body, hmac)| {
        *side == Side::Server && *body != out.body && is_proof(body, hmac.is_some())
    });
    if was_proved && out.hmac.is_none() {
        return None;
    }
    let status = |msg_ref: u32| {
        format!(
            "<Status><CmdID>1</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>"
        )
    };
    forged(out, status, REPLY)
}

/// Nothing of it is at the device or at the server.
pub(crate) fn nothing_came_of_it(device: &DeviceHost<'_>, server: &ServerHost<'_>) {
    let is_forged = match device.stored.tree.find("./E") {
        Ok(Some(Found::Leaf(node))) => format!("{:?}", node.data()).contains("Forged"),
        _ => true,
    };
    assert!(!is_forged, "a stranger has changed the tree");
    let is_forged = |event: &ClientEvent| match event {
        ClientEvent::Exec { data, .. } => format!("{data:?}").contains("Forged"),
        _ => false,
    };
    assert!(
        !device.stored.log.iter().any(is_forged),
        "a stranger starts something"
    );
    let is_forged = |event: &ServerEvent| match event {
        ServerEvent::Alert { correlator, .. } => correlator.as_deref() == Some("forged"),
        ServerEvent::Started { dev_info, .. } => {
            dev_info.get("Man").is_some_and(|value| value == "Forged")
        }
        _ => false,
    };
    let mut sessions = server.stored.sessions.values();
    assert!(
        !sessions.any(|session| session.log.iter().any(is_forged)),
        "a stranger is believed"
    );
}
