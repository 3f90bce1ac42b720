//! Large objects at a server whose device is written by hand: it sends commands in chunks.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use omadm::{Binding, Party};
use omadm::{
    Command, Data, Encoding, Env, Item, Limits, Message, NewCommand, NewItem, Outgoing, Received,
    ServerConfig, ServerEvent, ServerSession,
};

use crate::pair::{account, decode, entropy, nonces};
use crate::peer::{NEXT, PACKAGE_1, config, request, told};

/// A device that answers in one encoding, and its server, which rests after every reply.
pub(crate) struct Line {
    pub(crate) server: ServerSession,
    pub(crate) config: ServerConfig,
    pub(crate) encoding: Encoding,
    pub(crate) msg_id: u32,
    /// Octets of every part that was stored, by its id: none is stored twice with others.
    stored: std::collections::BTreeMap<String, Vec<u8>>,
    pub(crate) written: usize,
}

/// What a server made of a message.
pub(crate) struct Heard {
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) message: Message,
    pub(crate) out: Outgoing,
}

impl Line {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self::with(encoding, config(Binding::Transport, Limits::DEFAULT))
    }

    pub(crate) fn with(encoding: Encoding, config: ServerConfig) -> Self {
        Self {
            server: ServerSession::new(config.clone()),
            config,
            encoding,
            msg_id: 0,
            stored: std::collections::BTreeMap::new(),
            written: 0,
        }
    }

    /// A message of the device, as it goes out.
    pub(crate) fn written(&self, header: &str, body: &str, is_final: bool) -> Vec<u8> {
        let mut letter = request(self.msg_id, header, body);
        letter.is_final = is_final;
        let octets = letter.write();
        let message = Message::decode(&octets, Encoding::Xml, &Limits::DEFAULT).unwrap();
        match self.encoding {
            Encoding::Xml => octets,
            Encoding::Wbxml => message.encode(Encoding::Wbxml, false).unwrap(),
        }
    }

    /// The next message of the device and what is replied.
    pub(crate) fn say(&mut self, header: &str, body: &str, is_final: bool) -> Heard {
        self.msg_id += 1;
        let octets = self.written(header, body, is_final);
        self.hear(&octets)
    }

    pub(crate) fn hear(&mut self, octets: &[u8]) -> Heard {
        let account = account(&Party::Transport, &Party::Transport, nonces(None, None));
        let received = Received::body(octets);
        let events = self.server.receive(&received, Some(&account)).unwrap();
        let entropy = entropy(self.msg_id as usize);
        let out = self
            .server
            .respond(&Env::new(0, &entropy).unwrap())
            .unwrap();
        self.rest(out.body.len());
        let message = decode(&out.body);
        Heard {
            events,
            message,
            out,
        }
    }

    /// Saves the session, writes what is new of it, and restores it from what was written.
    fn rest(&mut self, reply: usize) {
        let mut saved = self.server.save().unwrap();
        let present: Vec<String> = saved.parts.iter().map(|part| part.id.clone()).collect();
        self.stored.retain(|id, _| present.contains(id));
        for part in &saved.parts {
            if let Some(stored) = self.stored.get(&part.id) {
                assert_eq!(*stored, part.bytes, "a part changes");
            } else {
                self.written += part.bytes.len();
                self.stored.insert(part.id.clone(), part.bytes.clone());
            }
        }
        for part in &mut saved.parts {
            part.bytes = self.stored[&part.id].clone();
        }
        // The last reply is in it.
        assert!(saved.state.len() < reply + 4_000);
        self.server = ServerSession::restore(&saved, self.config.clone()).unwrap();
    }

    /// Octets of the parts at rest.
    pub(crate) fn held(&self) -> usize {
        self.stored.values().map(Vec::len).sum()
    }
}

pub(crate) fn meta(max_msg_size: usize, max_obj_size: Option<usize>) -> String {
    let object = max_obj_size.map_or(String::new(), |size| {
        format!("<MaxObjSize xmlns=\"syncml:metinf\">{size}</MaxObjSize>")
    });
    format!("<Meta><MaxMsgSize xmlns=\"syncml:metinf\">{max_msg_size}</MaxMsgSize>{object}</Meta>")
}

/// The Status of the header, and those of commands by CmdID, Cmd and code; behind them the demand for the next message.
pub(crate) fn answer(msg_ref: u32, codes: &[(u32, &str, u16)], asks: bool) -> String {
    let mut body = format!(
        "<Status><CmdID>1</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>"
    );
    for (id, (cmd_ref, cmd, code)) in (2..).zip(codes) {
        body.push_str(&format!(
            "<Status><CmdID>{id}</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>{cmd}</Cmd><Data>{code}</Data></Status>"
        ));
    }
    if asks {
        let id = codes.len() + 2;
        body.push_str(&NEXT.replace("<CmdID>1<", &format!("<CmdID>{id}<")));
    }
    body
}

/// The last command of a message, its CmdID, and its last item, groups opened.
pub(crate) fn last(message: &Message) -> (u32, String, Item) {
    let mut command = message.commands.last().unwrap();
    while let Command::Atomic(group) | Command::Sequence(group) = command {
        command = group.commands.last().unwrap();
    }
    let (Command::Add(operation) | Command::Replace(operation) | Command::Exec(operation)) =
        command
    else {
        panic!("{command:?}");
    };
    let id = operation.cmd_id.clone().unwrap().parse().unwrap();
    let name = command.name().to_owned();
    (id, name, operation.items.last().unwrap().clone())
}

pub(crate) fn replace(uri: &str, data: Data) -> NewCommand {
    NewCommand::Replace(vec![item(uri, data)])
}

pub(crate) fn item(uri: &str, data: Data) -> NewItem {
    NewItem {
        uri: uri.to_owned(),
        data: Some(data),
        format: None,
        mime: None,
    }
}

fn chunk_octets(item: &Item) -> Vec<u8> {
    match item.data.clone().unwrap() {
        Data::Text(text) => text.into_bytes(),
        Data::Octets(octets) => octets,
        Data::Markup(_) => panic!("a chunk is no markup"),
    }
}

/// An object as its device has put it together.
#[derive(Debug, Default)]
pub(crate) struct Got {
    pub(crate) octets: Vec<u8>,
    pub(crate) size: Option<u32>,
    pub(crate) chunks: usize,
    pub(crate) items: Vec<Item>,
    pub(crate) sizes: Vec<usize>,
}

/// Takes all chunks of the first object and says 213 to each but the last; gives the reply with the last, too.
pub(crate) fn take_all(line: &mut Line, first: Heard) -> (Got, Heard, Vec<ServerEvent>) {
    let (mut got, mut heard, mut events) = (Got::default(), first, Vec::new());
    loop {
        let (id, name, item) = last(&heard.message);
        let size = item.meta.as_ref().and_then(|meta| meta.size);
        got.octets.extend(chunk_octets(&item));
        got.chunks += 1;
        got.sizes.push(heard.out.body.len());
        if got.chunks == 1 {
            got.size = size;
        } else {
            assert_eq!(size, None, "Size stands in the first chunk only");
        }
        let is_last = !item.more_data;
        got.items.push(item);
        if is_last {
            return (got, heard, events);
        }
        assert!(!heard.message.is_final && !heard.out.done);
        let msg_ref = heard.message.header.msg_id;
        let body = answer(msg_ref, &[(id, &name, 213)], true);
        heard = line.say("", &body, false);
        events.extend(heard.events.iter().cloned());
    }
}

pub(crate) const BOTH: [Encoding; 2] = [Encoding::Xml, Encoding::Wbxml];

fn text(octets: usize) -> String {
    "ab<cd&é€".chars().cycle().take(octets).collect()
}

#[test]
fn l01_l14_an_object_goes_out_in_chunks_which_are_stored_once() {
    for encoding in BOTH {
        let mut line = Line::new(encoding);
        let value = text(200_000);
        let octets = value.len();
        line.server
            .push(replace("./A", Data::Text(value.clone())))
            .unwrap();
        let first = line.say(&meta(20_000, None), PACKAGE_1, true);
        let (got, last_reply, events) = take_all(&mut line, first);
        assert!(got.octets == value.as_bytes());
        assert_eq!(got.size, Some(octets as u32));
        assert!(got.chunks > 10);
        assert!(last_reply.message.is_final && !last_reply.out.done);
        // Every message but the last is as long as it may be, but for what a character or its escape takes.
        let (_, full) = got.sizes.split_last().unwrap();
        assert!(full.iter().all(|size| (19_990..=20_000).contains(size)));
        assert_eq!(line.written, octets);
        let mut bytes = 0;
        for event in &events {
            match event {
                ServerEvent::Progress {
                    bytes: now, total, ..
                } => {
                    assert!(*now > bytes && *total == Some(octets as u32));
                    bytes = *now;
                }
                other => panic!("{other:?}"),
            }
        }
        let (id, name, _) = last(&last_reply.message);
        let msg_ref = last_reply.message.header.msg_id;
        let end = line.say("", &answer(msg_ref, &[(id, &name, 200)], false), true);
        assert_eq!(told(&end.events), ["0 200"]);
        assert!(end.out.done);
        assert_eq!(line.held(), 0);
    }
}
