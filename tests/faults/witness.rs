//! Everything that was said: no message longer than its reader takes, no nonce for two proofs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64ct::{Base64, Encoding as _};
use md5::{Digest as _, Md5};
use omadm::{Command, Encoding, Limits, Message, Outgoing, Scheme};

use super::fault::Fault;
use super::flow::{Flow, Side};
use super::objects::{self, Chunks};

/// Who said a message, its octets, and its MAC.
pub(crate) type Said = (Side, Vec<u8>, Option<String>);

/// Nonces by the message and its MAC.
type Macs = BTreeMap<(Vec<u8>, String), Vec<u8>>;

pub(crate) struct Witness<'f> {
    flow: &'f Flow,
    pub(crate) said: Vec<Said>,
    /// Every nonce that was said.
    nonces: Vec<Vec<u8>>,
    /// What each side has proved itself by in which session, and in which message. Behind the last message of a session there is no new nonce:
    /// the next session begins with the one of that message.
    proofs: BTreeMap<(u8, String, Vec<u8>), usize>,
    /// By what each side has proved itself to the other, and in which session.
    believed: BTreeMap<(u8, Vec<u8>), String>,
    /// Who was set back, and may not know what it has used.
    set_back: Option<Side>,
    is_device_set_back: bool,
    /// Whether nobody is misled or left alone: those send once more what nobody has believed.
    is_strict: bool,
    /// Whether somebody may believe what nobody has said.
    is_misled: bool,
    /// Which nonce a MAC was made with, by the message and the MAC.
    macs: RefCell<Macs>,
    /// What was read of messages.
    read: RefCell<BTreeMap<Vec<u8>, Rc<Option<Message>>>>,
    /// What each takes, as the other was told last.
    device_takes: Room,
    server_takes: Room,
    /// What the server and the device have said in chunks, and how many of those were answered 213.
    pub(crate) chunks: [Chunks; 2],
    pub(crate) kept: usize,
}

/// The longest message and the largest object that somebody takes.
#[derive(Clone, Copy)]
struct Room {
    message: u32,
    object: u32,
}

impl Room {
    const ANY: Self = Self {
        message: u32::MAX,
        object: u32::MAX,
    };

    fn told(&mut self, message: &Message) {
        self.message = message.header.max_msg_size.unwrap_or(self.message);
        self.object = message.header.max_obj_size.unwrap_or(self.object);
    }
}

/// What is of interest in a message.
pub(crate) fn decode(body: &[u8]) -> Option<Message> {
    let encoding = Encoding::detect(None, body).ok()?;
    Message::decode(body, encoding, &Limits::DEFAULT).ok()
}

/// Whether it says that the message before it was believed.
pub(crate) fn is_believed(answer: &[u8]) -> bool {
    decode(answer).is_some_and(|answer| accepts(&answer))
}

fn accepts(answer: &Message) -> bool {
    answer.commands.iter().any(|command| {
        matches!(command, Command::Status(status) if status.is_of_header() && status.code.is_success())
    })
}

impl<'f> Witness<'f> {
    pub(crate) fn new(flow: &'f Flow, faults: &[Fault]) -> Self {
        let states = [&flow.device_state, &flow.server_state];
        let of = states.into_iter().flat_map(|state| {
            let both = [&state.client_nonce, &state.server_nonce];
            both.into_iter().flatten().cloned().collect::<Vec<_>>()
        });
        Self {
            flow,
            said: Vec::new(),
            nonces: of.collect(),
            proofs: BTreeMap::new(),
            believed: BTreeMap::new(),
            is_device_set_back: faults
                .iter()
                .any(|fault| fault.kind.sets_back() == Some(Side::Device)),
            set_back: faults.iter().find_map(|fault| fault.kind.sets_back()),
            is_misled: faults.iter().any(|fault| fault.kind.may_deceive(flow)),
            is_strict: faults.iter().all(|fault| fault.kind.is_mended()),
            macs: RefCell::default(),
            read: RefCell::default(),
            device_takes: Room::ANY,
            server_takes: Room::ANY,
            chunks: Default::default(),
            kept: 0,
        }
    }

    /// Looks at a message as it leaves its sender.
    pub(crate) fn hear(&mut self, side: Side, out: &Outgoing) {
        let said = (side, out.body.clone(), out.hmac.clone());
        if out.body.is_empty() || self.said.contains(&said) {
            return;
        }
        let takes = match side {
            Side::Device => self.server_takes,
            Side::Server => self.device_takes,
        };
        assert!(
            out.body.len() <= takes.message as usize,
            "{side:?}: {} octets for {}",
            out.body.len(),
            takes.message
        );
        let message = self.read(&out.body);
        let message = message.as_ref().as_ref().unwrap();
        if side == Side::Device {
            self.device_takes.told(message);
        }
        if self.flow.has_objects() && self.set_back.is_none() && !self.is_misled {
            let chunks = &mut self.chunks[side as usize];
            chunks.hear(self.flow, message, takes.object, self.is_strict);
        }
        for command in &message.commands {
            if let Command::Status(status) = command
                && let Some(nonce) = status.chal.as_ref().and_then(|c| c.next_nonce.as_ref())
            {
                self.nonces.push(Base64::decode_vec(nonce).unwrap());
            }
        }
        let proof = self.proof(side, message, &out.body, out.hmac.as_deref());
        if let Some(proof) = proof.filter(|_| self.is_strict) {
            let number = self.said.len();
            let key = (side as u8, message.header.session_id.clone(), proof);
            if let Some(before) = self.proofs.insert(key, number) {
                panic!("{side:?} proves itself in message {number} as in message {before}");
            }
        }
        self.said.push(said);
    }

    /// The device has taken a reply in.
    pub(crate) fn taken(&mut self, reply: &Outgoing) {
        let message = self.read(&reply.body);
        if let Some(message) = message.as_ref() {
            self.server_takes.told(message);
        }
    }

    fn read(&self, body: &[u8]) -> Rc<Option<Message>> {
        if let Some(message) = self.read.borrow().get(body) {
            return message.clone();
        }
        let message = Rc::new(decode(body));
        let mut read = self.read.borrow_mut();
        read.insert(body.to_vec(), message.clone());
        message
    }

    /// Another session begins.
    pub(crate) fn another_session(&mut self) {
        (self.device_takes, self.server_takes) = (Room::ANY, Room::ANY);
        self.chunks = Default::default();
    }

    /// What the sender proves itself by, if it is good for one message only: a digest, or the nonce of a MAC.
    fn proof(
        &self,
        side: Side,
        message: &Message,
        body: &[u8],
        hmac: Option<&str>,
    ) -> Option<Vec<u8>> {
        let digest = message.header.cred.as_ref().filter(|cred| {
            Scheme::from_wire(&cred.kind).is_some_and(|scheme| scheme != Scheme::Basic)
        });
        let proof = digest.map(|cred| cred.data.clone().into_bytes());
        proof.or_else(|| self.nonce_of(side, body, hmac?))
    }

    /// Looks at a message that the other side has answered: in no session may one be believed for what has proved another.
    pub(crate) fn answered(&mut self, side: Side, said: &Outgoing, answer: &Outgoing) {
        if !self.flow.has_credentials() && !self.flow.has_objects() {
            return;
        }
        let both = (self.read(&said.body), self.read(&answer.body));
        let (Some(message), Some(answer)) = (both.0.as_ref(), both.1.as_ref()) else {
            return;
        };
        if !self.is_misled {
            self.kept += objects::answered(message, answer, self.is_strict);
        }
        let is_believed = accepts(answer);
        let proof = self.proof(side, message, &said.body, said.hmac.as_deref());
        if let Some(proof) = proof.filter(|_| is_believed && self.set_back.is_none()) {
            let session = message.header.session_id.clone();
            let before = self.believed.insert((side as u8, proof), session.clone());
            // A digest may be repeated in the session that it has proved, a MAC may not.
            let may_repeat = said.hmac.is_none();
            assert!(
                before.is_none_or(|before| may_repeat && before == session),
                "what has proved another message of the {side:?} is believed"
            );
        }
    }

    /// The messages by which the device has proved itself.
    pub(crate) fn proofs_of_device(&self) -> Vec<Said> {
        let is_proof = |said: &&Said| {
            let message = self.read(&said.1);
            let message = message.as_ref().as_ref();
            let proof = message.and_then(|m| self.proof(said.0, m, &said.1, said.2.as_deref()));
            said.0 == Side::Device
                && proof.is_some_and(|proof| self.believed.contains_key(&(said.0 as u8, proof)))
        };
        self.said.iter().filter(is_proof).cloned().collect()
    }

    /// Under which of the nonces this MAC is right; none where it is the empty one, which no peer takes.
    fn nonce_of(&self, side: Side, body: &[u8], hmac: &str) -> Option<Vec<u8>> {
        let user = match side {
            Side::Device => "Bruce2:OhBehave",
            Side::Server => "mgmt:SrvPw-1",
        };
        let known = (body.to_vec(), hmac.to_owned());
        if let Some(nonce) = self.macs.borrow().get(&known) {
            return Some(nonce.clone());
        }
        let of_user = Base64::encode_string(&Md5::digest(user));
        let of_body = Base64::encode_string(&Md5::digest(body));
        let mac = |nonce: &[u8]| {
            let digest = Md5::new()
                .chain_update(&of_user)
                .chain_update(":")
                .chain_update(nonce)
                .chain_update(":")
                .chain_update(&of_body)
                .finalize();
            format!("mac={}", Base64::encode_string(&digest))
        };
        if hmac.contains(&mac(b"")) {
            return None;
        }
        let mut nonces = self.nonces.iter().rev();
        let found = nonces.find(|nonce| hmac.contains(&mac(nonce))).cloned();
        if let Some(nonce) = &found {
            self.macs.borrow_mut().insert(known, nonce.clone());
        }
        found
    }

    /// Whether the device was set back.
    pub(crate) fn is_set_back(&self) -> bool {
        self.is_device_set_back
    }

    /// Whether somebody may believe what nobody has said.
    pub(crate) fn is_misled(&self) -> bool {
        self.is_misled
    }

    pub(crate) fn flow(&self) -> &'f Flow {
        self.flow
    }
}
