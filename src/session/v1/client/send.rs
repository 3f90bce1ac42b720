//! The client's messages: package 1, answers, abort.

use crate::env::Env;
use crate::error::{Error, Result};
use crate::session::transport::Outgoing;
use crate::session::v1::reply::Kept;
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Form, Message};
use crate::tree::{Answer, Tree};

use super::ClientSession;
use super::alerts;
use super::commands::Commands;
use super::header::header;
use super::state::Phase;

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
            alerts::raised(session, &mut commands);
            for (code, values) in alerts::of_tree(session, tree) {
                commands.tell(code, &values);
            }
            nonce
        }
        Phase::Answering(answers) => {
            let nonce = commands.header_status(session, env);
            answers.iter().for_each(|answer| commands.answer(answer));
            alerts::raised(session, &mut commands);
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
    if session.state.phase == Phase::SetUp && session.config.tree_alerts {
        session.state.tree_revision = Some(tree.revision());
    }
    alerts::sent(session, &message);

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
        unsupported: Vec::new(),
    }
}
