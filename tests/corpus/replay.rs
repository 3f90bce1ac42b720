//! A server of ours that recorded messages of a device are fed to, and its answers beside the recorded ones.

use std::path::PathBuf;

use omadm::syncml::{Chal, Status};
use omadm::{
    Account, AccountState, Binding, Command, Credential, Data, Encoding, Env, Limits, Message,
    NewCommand, Party, Received, Scheme, Secret, ServerConfig, ServerEvent, ServerSession,
};

use crate::recordings::read;

/// The nonce of every challenge in the recordings.
pub(crate) const NONCE: &[u8] = b"srvnonce1";

pub(crate) fn decode(body: &[u8]) -> Message {
    let encoding = Encoding::detect(None, body).unwrap();
    Message::decode(body, encoding, &Limits::DEFAULT).unwrap()
}

pub(crate) fn credential(user: &str, password: &str, scheme: Scheme) -> Party {
    let secret = Secret::Password(password.as_bytes().to_vec().into());
    Party::Credential(Credential::new(user.to_owned(), secret, vec![scheme]).unwrap())
}

pub(crate) fn account(device: &str, client: Scheme) -> Account {
    Account {
        device_id: device.to_owned(),
        server_id: "funambol".to_owned(),
        client: credential("funambol", "funambol", client),
        server: credential("funambol", "srvpwd", Scheme::Md5),
        notification: None,
        state: AccountState::default(),
    }
}

pub(crate) fn server(url: &str) -> ServerSession {
    ServerSession::new(ServerConfig {
        accept_mo: None,
        server_id: "funambol".to_owned(),
        url: url.to_owned(),
        binding: Binding::RespUri,
        strangers: Vec::new(),
        alert_types: Vec::new(),
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    })
}

/// What a Status says, without the numbers and texts that two servers may choose differently.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) msg_ref: Option<String>,
    pub(crate) cmd_ref: Option<String>,
    pub(crate) cmd: String,
    pub(crate) target_refs: Vec<String>,
    pub(crate) source_refs: Vec<String>,
    pub(crate) code: u16,
    pub(crate) chal: Option<String>,
}

pub(crate) fn said(message: &Message) -> Vec<Said> {
    let say = |status: &Status| Said {
        msg_ref: status.msg_ref.clone(),
        cmd_ref: status.cmd_ref.clone(),
        cmd: status.cmd.clone(),
        target_refs: status.target_refs.clone(),
        source_refs: status.source_refs.clone(),
        code: status.code.0,
        chal: status.chal.as_deref().map(|Chal { kind, .. }| kind.clone()),
    };
    let statuses = message.commands.iter().filter_map(|command| match command {
        Command::Status(status) => Some(say(status)),
        _ => None,
    });
    statuses.collect()
}

pub(crate) fn digest(message: &Message) -> &str {
    &message.header.cred.as_ref().unwrap().data
}

/// A recorded session, fed to a server of ours turn by turn.
pub(crate) struct Replay {
    pub(crate) folder: PathBuf,
    pub(crate) ending: &'static str,
    pub(crate) url: &'static str,
    /// The address that the device calls next: the one that our last answer gave, where the recorded server gave none.
    pub(crate) called: Option<String>,
    pub(crate) session: ServerSession,
    pub(crate) account: Account,
    /// The digests of the recorded server that were ours too.
    pub(crate) digests: u32,
}

/// What our server made of a recorded message.
pub(crate) struct Turn {
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) ours: Message,
    pub(crate) recorded: Message,
    pub(crate) done: bool,
    /// What the device is not sent.
    pub(crate) unsupported: Vec<u32>,
}

impl Replay {
    pub(crate) fn new(
        folder: PathBuf,
        ending: &'static str,
        url: &'static str,
        account: Account,
    ) -> Self {
        let session = server(url);
        Self {
            folder,
            ending,
            url,
            called: None,
            session,
            account,
            digests: 0,
        }
    }

    pub(crate) fn read(&self, turn: u32, side: &str) -> Vec<u8> {
        read(&self.folder.join(format!("0{turn}-{side}.{}", self.ending)))
    }

    /// The Statuses of our answer are those of the recorded one.
    pub(crate) fn turn(&mut self, turn: u32, commands: Vec<NewCommand>) -> Turn {
        let body = self.read(turn, "client");
        self.turn_with(turn, &body, commands)
    }

    pub(crate) fn turn_with(&mut self, turn: u32, body: &[u8], commands: Vec<NewCommand>) -> Turn {
        let entropy = [u8::try_from(turn).unwrap(); 32];
        let received = Received {
            url: self.called.as_deref(),
            ..Received::body(body)
        };
        let events = self
            .session
            .receive(&received, Some(&self.account))
            .unwrap();
        for command in commands {
            self.session.push(command).unwrap();
        }
        let reply = self
            .session
            .respond(&Env::new(0, &entropy).unwrap())
            .unwrap();
        let recorded = decode(&self.read(turn, "server"));
        let ours = decode(&reply.body);
        let mut expected = said(&recorded);
        // The recorded server accepts the credentials of the session anew where a message has none; there is nothing to accept.
        if decode(body).header.cred.is_none() && expected[0].code == 212 {
            expected[0].code = 200;
        }
        assert_eq!(said(&ours), expected, "message {turn}");
        // Both servers answer the same challenges of the device.
        if let (Some(ours), Some(recorded)) = (&ours.header.cred, &recorded.header.cred)
            && ours.kind == recorded.kind
        {
            assert_eq!(ours.data, recorded.data, "message {turn}");
            self.digests += 1;
        }
        self.called = ours.header.resp_uri.clone().or(self.called.take());
        assert_eq!(ours.header.msg_id, recorded.header.msg_id);
        assert_eq!(ours.header.ver_dtd, recorded.header.ver_dtd);
        assert_eq!(ours.header.ver_proto, recorded.header.ver_proto);
        // The device was told another nonce than ours.
        self.account.state = self.session.save().unwrap().account;
        self.account.state.client_nonce = Some(NONCE.to_vec());
        Turn {
            events,
            ours,
            recorded,
            done: reply.done,
            unsupported: reply.unsupported,
        }
    }

    /// The session is over for us, and goes on in the recording: a server that remembers nothing but the account takes it up.
    pub(crate) fn begin_anew(&mut self) {
        self.session = server(self.url);
        self.called = None;
    }
}

/// The names of the commands that are no Status, with their CmdIDs.
pub(crate) fn commands(message: &Message) -> Vec<String> {
    let name = |command: &Command| match command {
        Command::Status(_) => None,
        other => Some(format!("{} {}", other.cmd_id().unwrap(), other.name())),
    };
    message.commands.iter().filter_map(name).collect()
}

/// What the events say: `number[/child] code`, `number=value`, or what else it is.
pub(crate) fn told(events: &[ServerEvent]) -> Vec<String> {
    let path = |command: u32, child: &[u32]| {
        let child: String = child.iter().map(|step| format!("/{step}")).collect();
        format!("{command}{child}")
    };
    let say = |event: &ServerEvent| match event {
        ServerEvent::Status {
            code,
            command,
            child,
            ..
        } => format!("{} {code}", path(*command, child)),
        ServerEvent::Results {
            items,
            command,
            child,
            ..
        } => {
            let value = items[0].data.as_ref().and_then(Data::as_text);
            let value: String = value.unwrap_or("?").chars().take(20).collect();
            format!("{}={value}", path(*command, child))
        }
        ServerEvent::Unknown { command, child, .. } => format!("{} ?", path(*command, child)),
        ServerEvent::Violation { .. } => "violation".to_owned(),
        ServerEvent::Unauthenticated { .. } => "unauthenticated".to_owned(),
        ServerEvent::Authenticated { scheme } => (*scheme).to_owned(),
        ServerEvent::Started { version, .. } => version.name().to_owned(),
        ServerEvent::Aborted { by, .. } => format!("aborted by {by:?}"),
        other => format!("{other:?}"),
    };
    events.iter().map(say).collect()
}
