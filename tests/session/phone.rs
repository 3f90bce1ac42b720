//! A device that rests after every step and hears letters in either encoding, and what is said to it of large objects.

use std::collections::BTreeMap;

use omadm::syncml::Alert;
use omadm::{
    AlertCode, ClientConfig, ClientEvent, ClientSession, Command, Data, Direction, Encoding, Env,
    Item, Limits, Message, Outcome, Received, Result, Tree, Trigger,
};

use crate::pair::{Setup, decode, entropy};
use crate::peer::{Letter, of_header, reply};

pub(crate) const ENCODINGS: [Encoding; 2] = [Encoding::Xml, Encoding::Wbxml];

pub(crate) struct Phone {
    pub(crate) client: ClientSession,
    pub(crate) tree: Tree,
    encoding: Encoding,
    config: ClientConfig,
    steps: usize,
    /// MsgID of the server's last message, and of the phone's.
    pub(crate) msg_id: u32,
    pub(crate) said: u32,
    /// Every part that was ever written.
    pub(crate) written: BTreeMap<String, Vec<u8>>,
    pub(crate) events: Vec<ClientEvent>,
}

impl Phone {
    /// A phone that has sent package 1 of session 1.
    pub(crate) fn new(setup: &Setup, encoding: Encoding) -> Self {
        let config = setup.client_config_in(encoding);
        let trigger = Trigger::Server {
            session_id: 1,
            requested: Vec::new(),
        };
        let env = entropy(0);
        let client = ClientSession::new(config.clone(), trigger, &Env::new(0, &env).unwrap());
        let mut phone = Self {
            client,
            tree: setup.tree.clone(),
            encoding,
            config,
            steps: 0,
            msg_id: 0,
            said: 0,
            written: BTreeMap::new(),
            events: Vec::new(),
        };
        phone.say();
        phone
    }

    /// Saves and restores; no part may change once it is written.
    fn rest(&mut self) {
        let saved = self.client.save().unwrap();
        for part in &saved.parts {
            let before = self.written.insert(part.id.clone(), part.bytes.clone());
            assert!(before.is_none_or(|before| before == part.bytes));
            assert!(!part.bytes.is_empty());
        }
        for at in 0..saved.parts.len() {
            let mut less = saved.clone();
            less.parts.remove(at);
            let refused = ClientSession::restore(&less, self.config.clone());
            assert_eq!(refused.unwrap_err().code(), omadm::Code::Snapshot);
        }
        self.client = ClientSession::restore(&saved, self.config.clone()).unwrap();
        assert!(self.client.save().unwrap() == saved);
    }

    pub(crate) fn try_say(&mut self) -> Option<Message> {
        self.steps += 1;
        let entropy = entropy(self.steps);
        let env = Env::new(0, &entropy).unwrap();
        let out = self.client.send(&self.tree, &env).unwrap()?;
        self.rest();
        let message = decode(&out.body);
        self.said = message.header.msg_id;
        Some(message)
    }

    pub(crate) fn say(&mut self) -> Message {
        self.try_say().unwrap()
    }

    pub(crate) fn write(&self, letter: &Letter<'_>) -> Vec<u8> {
        let body = letter.write();
        match self.encoding {
            Encoding::Xml => body,
            encoding => {
                let message = Message::decode(&body, Encoding::Xml, &Limits::DEFAULT).unwrap();
                message.encode(encoding, false).unwrap()
            }
        }
    }

    pub(crate) fn try_hear(&mut self, body: &[u8]) -> Result<Vec<ClientEvent>> {
        let events = self.client.receive(&mut self.tree, &Received::body(body))?;
        self.rest();
        self.events.extend(events.clone());
        Ok(events)
    }

    /// The server's next message: a Status of the header, and these commands.
    pub(crate) fn hear(&mut self, commands: &str, is_final: bool) -> Vec<ClientEvent> {
        self.hear_with("", commands, is_final)
    }

    pub(crate) fn hear_with(
        &mut self,
        header: &str,
        commands: &str,
        is_final: bool,
    ) -> Vec<ClientEvent> {
        let body = self.next_body(header, commands, is_final);
        self.try_hear(&body).unwrap()
    }

    pub(crate) fn next_body(&mut self, header: &str, commands: &str, is_final: bool) -> Vec<u8> {
        self.msg_id += 1;
        let body = format!("{}{commands}", of_header(self.said, 200, ""));
        self.write(&Letter {
            is_final,
            ..reply(self.msg_id, header, &body)
        })
    }

    pub(crate) fn complete(&mut self, ticket: u32, status: u16) -> Vec<ClientEvent> {
        let outcome = Outcome::status(status);
        let events = self
            .client
            .complete(&mut self.tree, ticket, &outcome)
            .unwrap();
        self.rest();
        self.events.extend(events.clone());
        events
    }

    pub(crate) fn value(&self, uri: &str) -> Option<Data> {
        match self.tree.find(uri).unwrap()? {
            omadm::tree::Found::Leaf(node) => node.data().cloned(),
            _ => None,
        }
    }

    /// Nothing of an object is kept.
    pub(crate) fn assert_empty(&self) {
        assert_eq!(self.client.object_bytes(), 0);
        assert!(self.client.save().unwrap().parts.is_empty());
    }
}

/// An item, as it is said in a letter.
#[derive(Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) command: &'a str,
    pub(crate) id: u32,
    pub(crate) uri: &'a str,
    /// Elements of Meta.
    pub(crate) meta: &'a str,
    pub(crate) data: &'a str,
    pub(crate) more: bool,
}

pub(crate) const fn chunk<'a>(meta: &'a str, data: &'a str, more: bool) -> Chunk<'a> {
    Chunk {
        command: "Add",
        id: 2,
        uri: "./A",
        meta,
        data,
        more,
    }
}

impl Chunk<'_> {
    pub(crate) fn write(&self) -> String {
        let more = if self.more { "<MoreData/>" } else { "" };
        let meta = match self.meta {
            "" => String::new(),
            meta => format!("<Meta>{meta}</Meta>"),
        };
        let Self {
            command,
            id,
            uri,
            data,
            ..
        } = self;
        format!(
            "<{command}><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target>{meta}\
            <Data>{data}</Data>{more}</Item></{command}>"
        )
    }
}

pub(crate) fn size(size: impl std::fmt::Display) -> String {
    format!("<Size xmlns=\"syncml:metinf\">{size}</Size>")
}

pub(crate) fn format_of(format: &str) -> String {
    format!("<Format xmlns=\"syncml:metinf\">{format}</Format>")
}

/// The places that Alerts 1225 name.
pub(crate) fn broken(message: &Message) -> Vec<String> {
    let alerts = message.commands.iter().filter_map(|command| match command {
        Command::Alert(alert) if alert.code == Some(AlertCode::NO_END_OF_DATA) => Some(alert),
        _ => None,
    });
    let place = |item: &Item| item.target.as_ref().map(|target| target.uri.clone());
    alerts
        .flat_map(|alert: &Alert| alert.items.iter().filter_map(place))
        .collect()
}

pub(crate) fn progress(events: &[ClientEvent]) -> Vec<(u32, u32)> {
    let progress = events.iter().filter_map(|event| match event {
        ClientEvent::Progress {
            direction: Direction::Received,
            bytes,
            total,
            ..
        } => Some((*bytes, *total)),
        _ => None,
    });
    progress.collect()
}

/// How far our own objects have come, octets and of how many, where there is nothing else.
pub(crate) fn progress_of_ours(events: &[ClientEvent]) -> Vec<(u32, u32)> {
    let progress = events.iter().map(|event| match event {
        ClientEvent::Progress {
            direction: Direction::Sent,
            bytes,
            total,
            ..
        } => (*bytes, *total),
        other => panic!("{other:?}"),
    });
    progress.collect()
}

impl Phone {
    /// Answers, and hears the next.
    pub(crate) fn hear_after(&mut self, commands: &str, is_final: bool) -> Vec<ClientEvent> {
        self.say();
        self.hear(commands, is_final)
    }
}
