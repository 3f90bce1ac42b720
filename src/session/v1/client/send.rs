//! The client's messages: package 1, answers, abort.

use crate::auth::{Party, Scheme, challenge};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::session::transport::Outgoing;
use crate::session::v1::reply::Kept;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{
    Alert, Command, Cred, Data, Form, Header, Item, Location, Message, Meta, Operation, Results,
    Status,
};
use crate::tree::{Answer, Found, Tree, Value};
use crate::uri;

use super::ClientSession;
use super::state::{ClientProof, Phase};

pub(super) fn send(
    session: &mut ClientSession,
    tree: &Tree,
    env: &Env<'_>,
) -> Result<Option<Outgoing>> {
    let mut commands = Commands {
        commands: Vec::new(),
        msg_ref: String::new(),
    };
    let is_abort = session.state.phase == Phase::Aborting;
    let nonce = match &session.state.phase {
        Phase::Over => return Ok(None),
        Phase::Executing(execution) if execution.is_stopped() => {
            return Err(Error::state("a ticket is open").expecting("complete"));
        }
        Phase::Executing(_) => return Err(Error::state("execution has not ended")),
        Phase::Waiting => return again(session).map(Some),
        Phase::SetUp => {
            let nonce = commands.header_status(session, env);
            let code = if session.state.by_server {
                AlertCode::SERVER_INITIATED
            } else {
                AlertCode::CLIENT_INITIATED
            };
            commands.alert(code);
            commands.dev_info(tree)?;
            nonce
        }
        Phase::Answering(answers) => {
            let nonce = commands.header_status(session, env);
            answers.iter().for_each(|answer| commands.answer(answer));
            if session.state.more {
                commands.alert(AlertCode::NEXT_MESSAGE);
            }
            nonce
        }
        Phase::Aborting => {
            let nonce = commands.header_status(session, env);
            commands.alert(AlertCode::SESSION_ABORT);
            nonce
        }
    };
    let is_final = is_abort || !session.state.more;
    let message = Message {
        header: header(session),
        commands: commands.commands,
        is_final,
    };
    let form = Form::of_version(session.config.encoding, &message.header.ver_dtd);
    let (kept, body) = Kept::write(&message, &form)?;

    let state = &mut session.state;
    state.msg_id = message.header.msg_id;
    state.now = env.now;
    state.gave_cred = message.header.cred.is_some();
    state.out = Some(kept);
    state.phase = if is_abort {
        Phase::Over
    } else {
        Phase::Waiting
    };
    match nonce {
        // With 212 it is for the next session, with a challenge for the next message.
        Some((StatusCode::AUTHENTICATED, nonce)) => {
            state.issued_nonce = session.account.server_nonce.replace(nonce);
        }
        Some((_, nonce)) => state.issued_nonce = Some(nonce),
        None => {}
    }
    Ok(Some(outgoing(session, body)))
}

/// Whether these answers fit into one message that the server takes.
pub(super) fn fits(session: &ClientSession, answers: &[Answer]) -> bool {
    let Some(cap) = session.state.peer_max_msg_size else {
        return true;
    };
    let mut commands = Commands {
        commands: Vec::new(),
        msg_ref: session
            .state
            .last
            .as_ref()
            .map_or_else(String::new, |last| last.msg_id.to_string()),
    };
    answers.iter().for_each(|answer| commands.answer(answer));
    let message = Message {
        header: header(session),
        commands: commands.commands,
        is_final: true,
    };
    let form = Form::of_version(session.config.encoding, &message.header.ver_dtd);
    let body = message.encode_as(&form);
    body.is_ok_and(|body| body.len() <= cap as usize)
}

/// The message that is out, octet for octet.
fn again(session: &ClientSession) -> Result<Outgoing> {
    let credential = session.config.account.client.credential();
    let body = session
        .state
        .out
        .as_ref()
        .map(|out| out.body(credential))
        .transpose()?
        .unwrap_or_default();
    Ok(outgoing(session, body))
}

fn outgoing(session: &ClientSession, body: Vec<u8>) -> Outgoing {
    let url = session
        .state
        .resp_uri
        .as_ref()
        .unwrap_or(&session.config.url)
        .clone();
    Outgoing {
        body,
        content_type: session.config.encoding.media_type(),
        url: Some(url),
        done: session.state.phase == Phase::Over,
        repeated: false,
        too_large: Vec::new(),
    }
}

fn header(session: &ClientSession) -> Header {
    let ClientSession { config, state, .. } = session;
    let cred = cred(session);
    let is_digest = cred
        .as_ref()
        .and_then(|cred| Scheme::from_wire(&cred.kind))
        .is_some_and(Scheme::needs_nonce);
    let user = config
        .account
        .client
        .credential()
        .map(|credential| credential.user().to_owned());
    Header {
        ver_dtd: config.version.ver_dtd().to_owned(),
        ver_proto: config.version.ver_proto().to_owned(),
        session_id: state.session_id.clone(),
        msg_id: state.msg_id.saturating_add(1),
        target: Location::of(config.url.as_str()),
        source: Location {
            uri: config.account.device_id.clone(),
            name: user.filter(|_| is_digest),
            ..Location::default()
        },
        cred,
        max_msg_size: Some(
            config
                .max_msg_size
                .unwrap_or(u32::MAX)
                .min(config.limits.bytes),
        ),
        ..Header::default()
    }
}

/// Our credentials: until the server has accepted them for the session, as far as a nonce is known for a digest.
fn cred(session: &ClientSession) -> Option<Cred> {
    let Party::Credential(credential) = &session.config.account.client else {
        return None;
    };
    let scheme = match &session.state.client {
        ClientProof::Accepted(_) => return None,
        ClientProof::Asked { scheme, .. } | ClientProof::Each(scheme) => *scheme,
        ClientProof::Open => credential.preferred(),
    };
    let nonce = session
        .state
        .offered_nonce
        .as_ref()
        .or(session.account.client_nonce.as_ref());
    match nonce {
        None if scheme.needs_nonce() => None,
        nonce => credential.cred(scheme, nonce.map_or(&[], Vec::as_slice)),
    }
}

/// The commands of a message, numbered as they come.
struct Commands {
    commands: Vec<Command>,
    msg_ref: String,
}

impl Commands {
    fn next_id(&self) -> Option<String> {
        Some((self.commands.len() + 1).to_string())
    }

    /// The Status of the server's header, and the nonce that goes with it.
    fn header_status(
        &mut self,
        session: &ClientSession,
        env: &Env<'_>,
    ) -> Option<(StatusCode, Vec<u8>)> {
        let last = session.state.last.as_ref()?;
        let nonce = env.nonce().to_vec();
        self.msg_ref = last.msg_id.to_string();
        self.commands.push(Command::Status(Status {
            cmd_id: self.next_id(),
            msg_ref: Some(self.msg_ref.clone()),
            cmd_ref: Some("0".to_owned()),
            cmd: "SyncHdr".to_owned(),
            target_refs: vec![last.target.clone()],
            source_refs: vec![last.source.clone()],
            chal: last.chal.map(|scheme| challenge(scheme, &nonce)),
            code: last.code,
            ..Status::default()
        }));
        last.chal
            .filter(|scheme| scheme.needs_nonce())
            .map(|_| (last.code, nonce))
    }

    fn alert(&mut self, code: AlertCode) {
        let alert = Alert {
            cmd_id: self.next_id(),
            code: Some(code),
            ..Alert::default()
        };
        self.commands.push(Command::Alert(alert));
    }

    /// The values below `./DevInfo` (section 6.3).
    fn dev_info(&mut self, tree: &Tree) -> Result<()> {
        let mut items = Vec::new();
        for path in tree.paths("DevInfo") {
            let uri = uri::display(&path);
            if let Some(Found::Leaf(node)) = tree.find(&uri)? {
                let data = node
                    .data()
                    .cloned()
                    .or_else(|| Some(Data::Text(String::new())));
                items.push(Item {
                    source: Some(Location::of(uri)),
                    meta: node.meta(),
                    data,
                    ..Item::default()
                });
            }
        }
        // A device that knows nothing of itself says nothing: a command without Item is none.
        if !items.is_empty() {
            let operation = Operation {
                cmd_id: self.next_id(),
                items,
                ..Operation::default()
            };
            self.commands.push(Command::Replace(operation));
        }
        Ok(())
    }

    /// A Status, and behind it the Results that belong to it.
    fn answer(&mut self, answer: &Answer) {
        self.commands.push(Command::Status(Status {
            cmd_id: self.next_id(),
            msg_ref: Some(self.msg_ref.clone()),
            cmd_ref: Some(answer.cmd_ref.clone()),
            cmd: answer.cmd.clone(),
            target_refs: answer.target_ref.iter().cloned().collect(),
            code: answer.code,
            items: answer.data.iter().map(Item::text).collect(),
            ..Status::default()
        }));
        if answer.results.is_empty() {
            return;
        }
        self.commands.push(Command::Results(Results {
            cmd_id: self.next_id(),
            msg_ref: Some(self.msg_ref.clone()),
            cmd_ref: Some(answer.cmd_ref.clone()),
            items: answer.results.iter().map(item).collect(),
            ..Results::default()
        }));
    }
}

fn item(value: &Value) -> Item {
    let has_meta = value.format.is_some() || value.mime.is_some();
    let meta = Meta {
        format: value.format.clone(),
        mime: value.mime.clone(),
        ..Meta::default()
    };
    Item {
        source: Some(Location::of(value.uri.as_str())),
        meta: has_meta.then_some(meta),
        data: value.data.clone(),
        ..Item::default()
    }
}
