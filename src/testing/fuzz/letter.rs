//! What a peer says: messages put together of what real ones hold, some of them hurt.

use std::fmt::Write as _;

use crate::auth::{Account, AccountState, Credential, Party, Scheme, Secret};
use crate::limits::Limits;
use crate::session::Received;
use crate::syncml::{Command, Encoding, Message};

use super::octets::{Octets, pick};

pub(super) const DEVICE: &str = "IMEI:1";
pub(super) const URL: &str = "https://a.example/dm";

/// What proves both sides to each other, as it is and as Basic tells it.
const PASSWORDS: [&str; 2] = ["OhBehave", "SrvPw-1"];
const BASIC: [&str; 2] = ["QnJ1Y2UyOk9oQmVoYXZl", "bWdtdDpTcnZQdy0x"];

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Device,
    Server,
}

/// Behind the header's Source.
const HEADERS: [&str; 10] = [
    "",
    "",
    "",
    "<Meta><MaxMsgSize xmlns='syncml:metinf'>1000</MaxMsgSize></Meta>",
    "<Meta><MaxMsgSize xmlns='syncml:metinf'>1600</MaxMsgSize><MaxObjSize xmlns='syncml:metinf'>5000</MaxObjSize></Meta>",
    "<Meta><MaxMsgSize xmlns='syncml:metinf'>4000</MaxMsgSize></Meta>",
    "<Meta><MaxMsgSize xmlns='syncml:metinf'>1</MaxMsgSize></Meta>",
    "<Meta><MaxObjSize xmlns='syncml:metinf'>300</MaxObjSize></Meta>",
    "<Meta><MaxObjSize xmlns='syncml:metinf'>x</MaxObjSize></Meta>",
    "<NoResp/>",
];

/// What both say. `#` is the CmdID, `$` the number of the peer's last message.
const BOTH: [&str; 7] = [
    "<Alert><CmdID>#</CmdID><Data>1222</Data></Alert>",
    "<Alert><CmdID>#</CmdID><Data>1222</Data></Alert>",
    "<Alert><CmdID>#</CmdID><Data>1223</Data></Alert>",
    "<Alert><CmdID>#</CmdID><Data>1225</Data><Item><Target><LocURI>./Big</LocURI></Target></Item></Alert>",
    "<Status><CmdID>#</CmdID><MsgRef>$</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>401</Data></Status>",
    "<Status><CmdID>#</CmdID><MsgRef>$</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-md5</Type><NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce></Meta></Chal><Data>401</Data></Status>",
    "<Put><CmdID>#</CmdID></Put>",
];

/// What a device says. `@` is a value, `%` twice its length.
const OF_DEVICE: [&str; 9] = [
    "<Alert><CmdID>#</CmdID><Data>1201</Data></Alert><Replace><CmdID>2#</CmdID><Item><Source><LocURI>./DevInfo/Man</LocURI></Source><Data>@</Data></Item></Replace>",
    "<Replace><CmdID>#</CmdID><Item><Source><LocURI>./DevInfo/Mod</LocURI></Source><Meta><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/></Item></Replace>",
    "<Replace><CmdID>#</CmdID><Item><Source><LocURI>./DevInfo/Mod</LocURI></Source><Data>@</Data></Item></Replace>",
    "<Alert><CmdID>#</CmdID><Data>1226</Data><Item><Source><LocURI>./A</LocURI></Source><Meta><Type xmlns='syncml:metinf'>org.x</Type><Format xmlns='syncml:metinf'>chr</Format></Meta><Data>@</Data></Item></Alert>",
    "<Alert><CmdID>#</CmdID><Data>1226</Data><Item><Meta><Type xmlns='syncml:metinf'>org.x</Type><Format xmlns='syncml:metinf'>chr</Format><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/></Item></Alert>",
    "<Alert><CmdID>#</CmdID><Data>1226</Data><Item><Meta><Type xmlns='syncml:metinf'>org.x</Type><Format xmlns='syncml:metinf'>chr</Format></Meta><Data>@</Data></Item></Alert>",
    "<Alert><CmdID>#</CmdID><Data>1224</Data><Item><Data>@</Data></Item></Alert>",
    "<Status><CmdID>#</CmdID><MsgRef>$</MsgRef><CmdRef>3</CmdRef><Cmd>Replace</Cmd><Data>213</Data></Status>",
    "<Results><CmdID>#</CmdID><MsgRef>$</MsgRef><CmdRef>3</CmdRef><Item><Source><LocURI>./A</LocURI></Source><Data>@</Data></Item></Results>",
];

/// What a server says.
const OF_SERVER: [&str; 20] = [
    "<Get><CmdID>#</CmdID><Item><Target><LocURI>./Big</LocURI></Target></Item></Get>",
    "<Get><CmdID>#</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item><Item><Target><LocURI>./H</LocURI></Target></Item></Get>",
    "<Get><CmdID>#</CmdID><Item><Target><LocURI>./?list=StructData</LocURI></Target></Item></Get>",
    "<Replace><CmdID>#</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data>@</Data></Item></Replace>",
    "<Replace><CmdID>#</CmdID><Item><Target><LocURI>./H</LocURI></Target><Data>@</Data></Item></Replace>",
    "<Add><CmdID>#</CmdID><Item><Target><LocURI>./N</LocURI></Target><Meta><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/></Item></Add>",
    "<Add><CmdID>#</CmdID><Item><Target><LocURI>./N</LocURI></Target><Data>@</Data><MoreData/></Item></Add>",
    "<Add><CmdID>#</CmdID><Item><Target><LocURI>./N</LocURI></Target><Data>@</Data></Item></Add>",
    "<Replace><CmdID>#</CmdID><Item><Target><LocURI>./H</LocURI></Target><Meta><Format xmlns='syncml:metinf'>bin</Format><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/></Item></Replace>",
    "<Replace><CmdID>#</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data>1</Data></Item><Item><Target><LocURI>./H</LocURI></Target><Meta><Format xmlns='syncml:metinf'>bin</Format></Meta><Data>@</Data></Item></Replace>",
    "<Atomic><CmdID>#</CmdID><Replace><CmdID>3#</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data>2</Data></Item></Replace><Add><CmdID>4#</CmdID><Item><Target><LocURI>./N</LocURI></Target><Meta><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/></Item></Add></Atomic>",
    "<Atomic><CmdID>#</CmdID><Replace><CmdID>3#</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data>2</Data></Item></Replace><Add><CmdID>4#</CmdID><Item><Target><LocURI>./N</LocURI></Target><Data>@</Data></Item></Add></Atomic>",
    "<Atomic><CmdID>#</CmdID><Replace><CmdID>5#</CmdID><Item><Target><LocURI>./H</LocURI></Target><Data>2</Data></Item></Replace><Delete><CmdID>6#</CmdID><Item><Target><LocURI>./None</LocURI></Target></Item></Delete></Atomic>",
    "<Sequence><CmdID>#</CmdID><Get><CmdID>7#</CmdID><Item><Target><LocURI>./N</LocURI></Target></Item></Get><Replace><CmdID>8#</CmdID><Item><Target><LocURI>./A</LocURI></Target><Meta><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/></Item></Replace></Sequence>",
    "<Sequence><CmdID>#</CmdID><Get><CmdID>7#</CmdID><Item><Target><LocURI>./N</LocURI></Target></Item></Get><Replace><CmdID>8#</CmdID><Item><Target><LocURI>./A</LocURI></Target><Data>@</Data></Item></Replace></Sequence>",
    "<Delete><CmdID>#</CmdID><Item><Target><LocURI>./N</LocURI></Target></Item></Delete>",
    "<Exec><CmdID>#</CmdID><Item><Target><LocURI>./H</LocURI></Target><Data>@</Data></Item></Exec>",
    "<Exec><CmdID>#</CmdID><Item><Target><LocURI>./H</LocURI></Target><Meta><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/></Item></Exec>",
    "<Alert><CmdID>#</CmdID><Data>1101</Data><Item><Data>MINDT=1</Data></Item><Item><Data>@</Data></Item></Alert>",
    "<Copy><CmdID>#</CmdID><Item><Target><LocURI>./C</LocURI></Target><Source><LocURI>./Big</LocURI></Source></Item></Copy>",
];

/// What values are made of, and how often.
const GRAINS: [&str; 6] = ["x", "QUJD", "é", "&lt;", "\u{1f600}", " "];
const COUNTS: [usize; 8] = [0, 1, 3, 10, 30, 80, 200, 700];
const CODES: [u16; 16] = [
    200, 200, 200, 213, 213, 213, 212, 202, 401, 404, 407, 411, 413, 424, 500, 508,
];

/// A talk, as the peer of a session knows it.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    side: Side,
    /// MsgID of its last message.
    msg_id: u32,
    /// Octets of its last message, and of all.
    last: Vec<u8>,
    pub(super) octets: usize,
    /// The last message that it has heard, and where it is to send the next.
    heard: Option<Message>,
    pub(super) url: Option<String>,
    /// Whether nothing that it says is hurt, so that no credentials stand where they do not belong.
    is_proper: bool,
    /// What it has said that it takes: for the next message alone, and for all.
    takes_now: Option<u32>,
    takes: Option<u32>,
}

impl Talk {
    pub(super) fn new(side: Side) -> Self {
        Self {
            side,
            msg_id: 0,
            last: Vec::new(),
            octets: 0,
            heard: None,
            url: None,
            is_proper: true,
            takes_now: None,
            takes: None,
        }
    }

    /// The next body: a letter, a hurt one, the last once more, or any octets.
    pub(super) fn next(&mut self, octets: &mut Octets<'_>) -> Vec<u8> {
        let kind = octets.next();
        match kind % 16 {
            0 => {
                self.is_proper = false;
                let count = octets.next();
                self.last = octets.take(count).to_vec();
            }
            1 => {}
            2..=4 => {
                self.is_proper = false;
                self.last = self.letter(octets);
                octets.hurt(&mut self.last, 1 + kind / 100);
            }
            _ => self.last = self.letter(octets),
        }
        self.octets += self.last.len();
        self.last.clone()
    }

    fn letter(&mut self, octets: &mut Octets<'_>) -> Vec<u8> {
        let style = octets.next();
        self.msg_id = match style & 15 {
            0 => self.msg_id,
            1 => 1,
            2 => self.msg_id.saturating_add(2),
            _ => self.msg_id.saturating_add(1),
        };
        let [of_device, of_server] = BASIC;
        let (target, source, basic) = match self.side {
            Side::Device => (URL, DEVICE, of_device),
            Side::Server => (DEVICE, URL, of_server),
        };
        let cred = match style >> 4 & 3 {
            0 => format!(
                "<Cred><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta><Data>{basic}</Data></Cred>"
            ),
            1 => "<Cred><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta><Data>AAAA</Data></Cred>".to_owned(),
            _ => String::new(),
        };
        let mut body = String::new();
        let mut cmd_id = 0;
        if style & 64 == 0 {
            self.answers(&mut body, &mut cmd_id, octets);
        }
        let count = octets.next();
        for _ in 0..count % 4 {
            cmd_id += 1;
            let all: &[&str] = match self.side {
                Side::Device => &OF_DEVICE,
                Side::Server => &OF_SERVER,
            };
            let template = match octets.next() {
                kind @ 200.. => pick(&BOTH, kind),
                kind => pick(all, kind),
            };
            body += &self.filled(template, cmd_id, octets);
        }
        let is_final = if count & 16 == 0 { "<Final/>" } else { "" };
        let header = octets.one(&HEADERS);
        let (before, behind) = match header.starts_with("<Meta") {
            true => (cred.as_str(), header),
            false => (header, cred.as_str()),
        };
        let text = format!(
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>{}</MsgID>\
            <Target><LocURI>{target}</LocURI></Target><Source><LocURI>{source}</LocURI></Source>{before}{behind}</SyncHdr><SyncBody>{body}{is_final}</SyncBody></SyncML>",
            self.msg_id
        );
        let written = (style & 128 != 0).then(|| {
            let message = Message::decode(text.as_bytes(), Encoding::Xml, &Limits::DEFAULT);
            message.and_then(|message| message.encode(Encoding::Wbxml, false))
        });
        match written {
            Some(Ok(written)) => written,
            _ => text.into_bytes(),
        }
    }

    fn heard_id(&self) -> u32 {
        self.heard.as_ref().map_or(0, |heard| heard.header.msg_id)
    }

    /// Says something to each command that was heard.
    fn answers(&self, body: &mut String, cmd_id: &mut u32, octets: &mut Octets<'_>) {
        let Some(heard) = &self.heard else { return };
        let mut waiting: Vec<&Command> = heard.commands.iter().rev().collect();
        let mut say = |of: &str, cmd: &str, code: u16| {
            *cmd_id += 1;
            let id = self.heard_id();
            let _ = write!(
                body,
                "<Status><CmdID>{cmd_id}</CmdID><MsgRef>{id}</MsgRef><CmdRef>{of}</CmdRef><Cmd>{cmd}</Cmd><Data>{code}</Data></Status>"
            );
        };
        let code = if octets.next() & 15 == 0 { 401 } else { 200 };
        say("0", "SyncHdr", code);
        let mut asked = Vec::new();
        while let Some(command) = waiting.pop() {
            let (Some(of), false) = (
                command.number(),
                matches!(command, Command::Status(_) | Command::Results(_)),
            ) else {
                continue;
            };
            say(of, command.name(), octets.one(&CODES));
            match command {
                Command::Atomic(group) | Command::Sequence(group) => {
                    waiting.extend(group.commands.iter().rev());
                }
                Command::Get(_) => asked.push(of.to_owned()),
                _ => {}
            }
        }
        for of in asked {
            *cmd_id += 1;
            let item = match octets.next() % 4 {
                0 => continue,
                1 => "<Data>@</Data>",
                2 => "<Meta><Size xmlns='syncml:metinf'>%</Size></Meta><Data>@</Data><MoreData/>",
                _ => "<Data>@</Data><MoreData/>",
            };
            let item = self.filled(item, *cmd_id, octets);
            let id = self.heard_id();
            let _ = write!(
                body,
                "<Results><CmdID>{cmd_id}</CmdID><MsgRef>{id}</MsgRef><CmdRef>{of}</CmdRef><Item><Source><LocURI>./A</LocURI></Source>{item}</Item></Results>"
            );
        }
    }

    fn filled(&self, template: &str, cmd_id: u32, octets: &mut Octets<'_>) -> String {
        let mut filled = template.replace('#', &cmd_id.to_string());
        filled = filled.replace('$', &self.heard_id().to_string());
        if filled.contains('@') {
            let choice = octets.next();
            let grain = pick(&GRAINS, choice);
            let count = pick(&COUNTS, choice / GRAINS.len());
            let octets = if grain == "&lt;" { 1 } else { grain.len() };
            let size = match choice {
                240.. => pick(&["0", "x", "4294967295", "99999999999"], choice).to_owned(),
                _ => (2 * octets * count).to_string(),
            };
            filled = filled.replace('@', &grain.repeat(count));
            filled = filled.replace('%', &size);
        }
        filled
    }

    pub(super) fn received<'r>(&'r self, body: &'r [u8]) -> Received<'r> {
        Received {
            url: self.url.as_deref(),
            ..Received::body(body)
        }
    }

    /// What it said is answered.
    pub(super) fn heeded(&mut self, body: &[u8]) {
        self.takes_now = read(body).and_then(|message| size(&message));
    }

    /// What it said was taken for its own.
    pub(super) fn believed(&mut self, body: &[u8]) {
        if let Some(message) = read(body) {
            if message.header.msg_id == 1 {
                self.takes = None;
            }
            self.takes = size(&message).or(self.takes);
        }
    }

    /// Hears a message, which must be one that it takes.
    pub(super) fn hear(&mut self, body: &[u8], limits: &Limits) {
        let most = self
            .takes_now
            .take()
            .or(self.takes)
            .unwrap_or(u32::MAX)
            .min(limits.bytes);
        assert!(
            body.len() <= most as usize,
            "{} octets for a peer that takes {most}",
            body.len()
        );
        if body.is_empty() {
            return;
        }
        let Some(message) = read(body) else {
            panic!("no message: {}", String::from_utf8_lossy(body));
        };
        self.url = message.header.resp_uri.clone();
        self.heard = Some(message);
    }

    /// What is told to hosts, stored or logged shows no password, and no credentials that were where they belong.
    pub(super) fn check_hidden(&self, shown: &[u8], is_logged: bool) {
        let telling = |needle: &str| contains(shown, needle.as_bytes());
        let passwords = PASSWORDS.iter().any(|needle| telling(needle));
        let tells = is_logged && self.is_proper && BASIC.iter().any(|needle| telling(needle));
        assert!(
            !passwords && !tells,
            "a secret in {}",
            String::from_utf8_lossy(shown)
        );
    }
}

/// Whether the input says a password by itself, which engines do learn.
pub(super) fn tells(input: &[u8]) -> bool {
    let mut needles = PASSWORDS.iter().chain(&BASIC);
    needles.any(|needle| contains(input, needle.get(..4).unwrap_or_default().as_bytes()))
}

fn contains(octets: &[u8], needle: &[u8]) -> bool {
    let first = needle.first().copied().unwrap_or_default();
    let starts = octets
        .iter()
        .enumerate()
        .filter(|(_, octet)| **octet == first);
    let mut found = starts.filter_map(|(at, _)| octets.get(at..));
    found.any(|rest| rest.starts_with(needle))
}

/// What a message says that its sender takes, unless that is so little that it is refused.
fn size(message: &Message) -> Option<u32> {
    let said = message.header.max_msg_size;
    said.filter(|size| *size >= Limits::DEFAULT.min_msg_size)
}

fn read(body: &[u8]) -> Option<Message> {
    let encoding = Encoding::detect(None, body).ok()?;
    Message::decode(body, encoding, &Limits::UNBOUNDED).ok()
}

/// What both sides know of each other.
pub(super) fn account(kind: usize) -> Account {
    let credential = |user: &str, password: &str, schemes: &[Scheme]| {
        let secret = Secret::Password(password.as_bytes().to_vec().into());
        match Credential::new(user.to_owned(), secret, schemes.to_vec()) {
            Ok(credential) => Party::Credential(credential),
            Err(error) => panic!("{error}"),
        }
    };
    let both = |schemes: &[Scheme]| {
        let [device, server] = PASSWORDS;
        (
            credential("Bruce2", device, schemes),
            credential("mgmt", server, schemes),
        )
    };
    let (client, server) = match kind & 3 {
        0 | 1 => (Party::Transport, Party::Transport),
        2 => both(&[Scheme::Basic]),
        _ => both(&[Scheme::Basic, Scheme::Md5, Scheme::Hmac]),
    };
    Account {
        notification: None,
        device_id: DEVICE.to_owned(),
        server_id: "a.example".to_owned(),
        client,
        server,
        state: AccountState {
            client_nonce: Some(b"Nonce".to_vec()),
            server_nonce: Some(b"Other".to_vec()),
            ..AccountState::default()
        },
    }
}

/// Bounds, some of them narrow.
pub(super) fn limits(kind: usize) -> Limits {
    let narrow = |narrow: u32, wide: u32, bit: usize| if kind & bit == 0 { wide } else { narrow };
    Limits {
        object_bytes: narrow(100, narrow(700, Limits::DEFAULT.object_bytes, 8), 16),
        commands: narrow(12, Limits::DEFAULT.commands, 32),
        items: narrow(20, Limits::DEFAULT.items, 64),
        messages: narrow(6, Limits::DEFAULT.messages, 128),
        bytes: 1 << 16,
        ..Limits::DEFAULT
    }
}

/// The largest object that is taken.
pub(super) fn max_obj_size(kind: usize) -> Option<u32> {
    match kind & 7 {
        0..=4 => None,
        5 => Some(100),
        6 => Some(1_000),
        _ => Some(u32::MAX),
    }
}
