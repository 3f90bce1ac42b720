//! Peers that say what they like: messages written by hand, to a server at its desk or to a device.

use omadm::{
    Account, AccountState, Binding, ClientEvent, ClientSession, Env, Limits, Message, NewCommand,
    Outgoing, Party, Received, Result, ServerConfig, ServerEvent, ServerSession, Tree,
};

use crate::pair::{DEVICE, Setup, URL, account, decode, entropy, nonces, server_config};
use crate::say::others;
use crate::secrets::hidden;

/// The credentials of Bruce2.
pub(crate) const BASIC: &str = "QnJ1Y2UyOk9oQmVoYXZl";
/// Alert and DevInfo.
pub(crate) const PACKAGE_1: &str = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>\
    <Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>Factory</Data></Item></Replace>";

/// A message, part by part.
#[derive(Clone)]
pub(crate) struct Letter<'a> {
    pub(crate) ver_dtd: &'a str,
    pub(crate) ver_proto: &'a str,
    pub(crate) session: &'a str,
    pub(crate) msg_id: u32,
    pub(crate) target: &'a str,
    pub(crate) source: &'a str,
    /// Everything of the header behind Source.
    pub(crate) header: &'a str,
    pub(crate) body: &'a str,
    pub(crate) is_final: bool,
}

impl Letter<'_> {
    pub(crate) fn write(&self) -> Vec<u8> {
        let is_final = if self.is_final { "<Final/>" } else { "" };
        format!(
            "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>{}</VerDTD><VerProto>{}</VerProto>\
            <SessionID>{}</SessionID><MsgID>{}</MsgID><Target><LocURI>{}</LocURI></Target>\
            <Source><LocURI>{}</LocURI></Source>{}</SyncHdr><SyncBody>{}{is_final}</SyncBody></SyncML>",
            self.ver_dtd, self.ver_proto, self.session, self.msg_id, self.target, self.source, self.header, self.body
        )
        .into_bytes()
    }
}

/// What a device says.
pub(crate) fn request<'a>(msg_id: u32, header: &'a str, body: &'a str) -> Letter<'a> {
    Letter {
        ver_dtd: "1.2",
        ver_proto: "DM/1.2",
        session: "1",
        msg_id,
        target: URL,
        source: DEVICE,
        header,
        body,
        is_final: true,
    }
}

/// What a server says to a device whose session is 1.
pub(crate) fn reply<'a>(msg_id: u32, header: &'a str, body: &'a str) -> Letter<'a> {
    Letter {
        target: DEVICE,
        source: URL,
        ver_proto: "DM/1.3",
        ..request(msg_id, header, body)
    }
}

/// Credentials of some type.
pub(crate) fn cred(kind: &str, data: &str) -> String {
    format!(
        "<Cred><Meta><Format xmlns=\"syncml:metinf\">b64</Format>\
        <Type xmlns=\"syncml:metinf\">syncml:auth-{kind}</Type></Meta><Data>{data}</Data></Cred>"
    )
}

/// The Status of a header, with a challenge or nothing behind Cmd.
pub(crate) fn of_header(msg_ref: u32, code: u16, chal: &str) -> String {
    format!(
        "<Status><CmdID>1</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>{chal}<Data>{code}</Data></Status>"
    )
}

/// A challenge of some type; the nonce is base64, where there is one.
pub(crate) fn chal(kind: &str, nonce: Option<&str>) -> String {
    let nonce = nonce.map_or(String::new(), |nonce| {
        format!("<NextNonce xmlns=\"syncml:metinf\">{nonce}</NextNonce>")
    });
    format!(
        "<Chal><Meta><Format xmlns=\"syncml:metinf\">b64</Format>\
        <Type xmlns=\"syncml:metinf\">syncml:auth-{kind}</Type>{nonce}</Meta></Chal>"
    )
}

/// A server with one account, which rests after every reply.
pub(crate) struct Desk {
    pub(crate) server: ServerSession,
    config: ServerConfig,
    pub(crate) account: Option<Account>,
    steps: usize,
}

/// What a server made of a message.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) message: Message,
    pub(crate) out: Outgoing,
}

impl Desk {
    pub(crate) fn new(client: &Party, server: &Party, config: ServerConfig) -> Self {
        let state = nonces(Some(b"Nonce"), None);
        Self {
            server: ServerSession::new(config.clone()),
            config,
            account: Some(account(client, server, state)),
            steps: 100,
        }
    }

    pub(crate) fn receive(&mut self, body: &[u8], url: Option<&str>) -> Result<Vec<ServerEvent>> {
        let received = Received {
            url,
            ..Received::body(body)
        };
        self.take(&received)
    }

    pub(crate) fn take(&mut self, received: &Received<'_>) -> Result<Vec<ServerEvent>> {
        let result = self.server.receive(received, self.account.as_ref());
        let problem = result.as_ref().err().map(ToString::to_string);
        let shown = format!(
            "{received:?} {result:?} {problem:?} {:?} {:?}",
            self.server, self.account
        );
        hidden(&shown, received.body, received.hmac);
        result
    }

    pub(crate) fn respond(&mut self) -> Outgoing {
        self.steps += 1;
        let entropy = entropy(self.steps);
        let out = self
            .server
            .respond(&Env::new(0, &entropy).unwrap())
            .unwrap();
        let saved = self.server.save().unwrap();
        let shown = format!("{out:?} {saved:?} {:?}", self.server);
        hidden(&shown, &out.body, out.hmac.as_deref());
        self.server = ServerSession::restore(&saved, self.config.clone()).unwrap();
        if let Some(account) = &mut self.account {
            account.state = saved.account;
        }
        out
    }

    pub(crate) fn hear_at(&mut self, body: &[u8], url: Option<&str>) -> Heard {
        let events = self.receive(body, url).unwrap();
        let out = self.respond();
        Heard {
            events,
            message: decode(&out.body),
            out,
        }
    }

    /// A message with the header `x-syncml-hmac`.
    pub(crate) fn hear_mac(&mut self, body: &[u8], hmac: &str) -> Heard {
        let received = Received {
            hmac: Some(hmac),
            ..Received::body(body)
        };
        self.hear_all(&received)
    }

    pub(crate) fn hear_all(&mut self, received: &Received<'_>) -> Heard {
        let events = self.take(received).unwrap();
        let out = self.respond();
        Heard {
            events,
            message: decode(&out.body),
            out,
        }
    }

    pub(crate) fn hear(&mut self, letter: &Letter<'_>) -> Heard {
        self.hear_at(&letter.write(), None)
    }

    /// A message that must be refused, and change nothing.
    pub(crate) fn refuse(&mut self, body: &[u8]) -> omadm::Error {
        let before = self.server.save().unwrap();
        let error = self.receive(body, None).unwrap_err();
        assert_eq!(self.server.save().unwrap(), before);
        error
    }

    pub(crate) fn state(&self) -> AccountState {
        self.server.save().unwrap().account
    }
}

/// A device whose session is 1, and its tree.
pub(crate) struct Device {
    pub(crate) client: ClientSession,
    pub(crate) tree: Tree,
    steps: usize,
}

impl Device {
    pub(crate) fn new(setup: &Setup) -> Self {
        let setup = Setup {
            trigger: omadm::Trigger::Server {
                session_id: 1,
                requested: Vec::new(),
            },
            version: setup.version,
            tree: setup.tree.clone(),
            client: setup.client.clone(),
            server: setup.server.clone(),
            device_state: setup.device_state.clone(),
            limits: setup.limits.clone(),
            max_obj_size: setup.max_obj_size,
            tree_alerts: setup.tree_alerts,
            interactions: setup.interactions.clone(),
            ..Setup::default()
        };
        Self {
            client: setup.device(),
            tree: setup.tree,
            steps: 200,
        }
    }

    pub(crate) fn next(&mut self) -> Option<Outgoing> {
        self.steps += 1;
        let entropy = entropy(self.steps);
        let out = self
            .client
            .send(&self.tree, &Env::new(0, &entropy).unwrap())
            .unwrap();
        if let Some(out) = &out {
            let shown = format!("{out:?} {:?} {:?}", self.client, self.client.save());
            hidden(&shown, &out.body, out.hmac.as_deref());
        }
        out
    }

    pub(crate) fn say(&mut self) -> Message {
        decode(&self.next().unwrap().body)
    }

    pub(crate) fn try_hear(&mut self, body: &[u8]) -> Result<Vec<ClientEvent>> {
        self.try_hear_all(&Received::body(body))
    }

    /// A message with the header `x-syncml-hmac`.
    pub(crate) fn hear_mac(&mut self, letter: &Letter<'_>, hmac: &str) -> Vec<ClientEvent> {
        let body = letter.write();
        let received = Received {
            hmac: Some(hmac),
            ..Received::body(&body)
        };
        self.try_hear_all(&received).unwrap()
    }

    pub(crate) fn try_hear_all(&mut self, received: &Received<'_>) -> Result<Vec<ClientEvent>> {
        let result = self.client.receive(&mut self.tree, received);
        let problem = result.as_ref().err().map(ToString::to_string);
        let shown = format!(
            "{received:?} {result:?} {problem:?} {:?} {:?}",
            self.client,
            self.client.save()
        );
        hidden(&shown, received.body, received.hmac);
        result
    }

    pub(crate) fn hear(&mut self, letter: &Letter<'_>) -> Vec<ClientEvent> {
        self.try_hear(&letter.write()).unwrap()
    }

    /// A message that must be refused, and change nothing.
    pub(crate) fn refuse(&mut self, body: &[u8]) -> omadm::Error {
        let before = (self.client.save().unwrap(), self.tree.clone());
        let error = self.try_hear(body).unwrap_err();
        assert!((self.client.save().unwrap(), self.tree.clone()) == before);
        error
    }

    /// Without the number of the session, which is remembered from the start.
    pub(crate) fn state(&self) -> AccountState {
        let mut state = self.client.save().unwrap().account;
        state.triggers.forget(1);
        state
    }
}

pub(crate) const NEXT: &str = "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>";
pub(crate) const ABORT: &str = "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>";

pub(crate) fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

pub(crate) fn config(binding: Binding, limits: Limits) -> ServerConfig {
    ServerConfig {
        binding,
        limits,
        ..server_config()
    }
}

/// A server whose devices the transport has proved.
pub(crate) fn trusting() -> Desk {
    let config = config(Binding::Transport, Limits::DEFAULT);
    Desk::new(&Party::Transport, &Party::Transport, config)
}

/// The same behind package 1, with one Get of `./A` (number 0, CmdID 4) that waits for its answer.
pub(crate) fn asked() -> Desk {
    let mut desk = trusting();
    desk.server.push(get("./A")).unwrap();
    let heard = desk.hear(&request(1, "", PACKAGE_1));
    assert_eq!(others(&heard.message), ["Get"]);
    desk
}

pub(crate) fn status(msg_ref: u32, cmd_ref: u32, code: u16) -> String {
    format!(
        "<Status><CmdID>9</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>Get</Cmd><Data>{code}</Data></Status>"
    )
}

pub(crate) fn told(events: &[ServerEvent]) -> Vec<String> {
    let name = |event: &ServerEvent| match event {
        ServerEvent::Status { code, command, .. } => format!("{command} {code}"),
        ServerEvent::Results { items, .. } => format!("{} items", items.len()),
        ServerEvent::Unknown { command, .. } => format!("{command} unknown"),
        ServerEvent::Violation { .. } => "violation".to_owned(),
        ServerEvent::Aborted { by, .. } => format!("{by:?}"),
        other => format!("{other:?}"),
    };
    events.iter().map(name).collect()
}
