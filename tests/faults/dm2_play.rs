//! One run of DM 2.0: two hosts, a network between them, and what goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use omadm::dm2::Dialect;
use omadm::{ClientEvent, Code, Env, NewCommand, Outgoing, Received, Tree};

use super::dice::Dice;
use super::dm2_flow::{DEVICE, Flow};
use super::dm2_host::{Device, Entropy, Server};
use super::fault::Hurt;
use super::flow::Side;
use super::hurt::hurt;

/// How often a package of the draft dialect is sent before the device gives up.
const ATTEMPTS: usize = 3;

/// Where a host dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    BeforeSend,
    AfterSend,
    BeforeServe,
    AfterServe,
    BeforeReply,
    AfterReply,
    /// Of a ticket: before it is served, and behind that.
    Ticket,
    TicketDone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    DropRequest,
    DropReply,
    Twice,
    TwiceLate,
    HurtRequest(Hurt),
    HurtReply(Hurt),
    BadGateway,
    /// The reply before this one comes in its place.
    Stale,
    /// HTTP asks for credentials first.
    Challenge,
    /// Somebody else says the same.
    Stranger,
    Crash(Point),
    Older(Side),
    Entropy(Side),
    Abort(Side),
    Vanish(Side),
    TicketFails,
    AbortTicket,
}

impl Kind {
    pub(crate) fn all(bits: u64) -> Vec<Self> {
        let hurts = [
            Hurt::Cut(4),
            Hurt::Cut(12),
            Hurt::Short,
            Hurt::Page,
            Hurt::Noise,
            Hurt::Nothing,
        ];
        let hurts = hurts.into_iter().chain((0..bits).map(Hurt::Flip));
        let hurts = hurts.flat_map(|hurt| [Self::HurtRequest(hurt), Self::HurtReply(hurt)]);
        let points = [
            Point::BeforeSend,
            Point::AfterSend,
            Point::BeforeServe,
            Point::AfterServe,
            Point::BeforeReply,
            Point::AfterReply,
            Point::Ticket,
            Point::TicketDone,
        ];
        let sides = [Side::Device, Side::Server].into_iter();
        let sides = sides.flat_map(|side| {
            [
                Self::Older(side),
                Self::Entropy(side),
                Self::Abort(side),
                Self::Vanish(side),
            ]
        });
        let others = [
            Self::DropRequest,
            Self::DropReply,
            Self::Twice,
            Self::TwiceLate,
            Self::BadGateway,
            Self::Stale,
            Self::Challenge,
            Self::Stranger,
            Self::TicketFails,
            Self::AbortTicket,
        ];
        let points = points.into_iter().map(Self::Crash);
        others
            .into_iter()
            .chain(hurts)
            .chain(points)
            .chain(sides)
            .collect()
    }

    pub(crate) fn is_of_ticket(self) -> bool {
        use Kind::{AbortTicket, Crash, TicketFails};
        matches!(
            self,
            TicketFails | AbortTicket | Crash(Point::Ticket | Point::TicketDone)
        )
    }

    /// The approved dialect numbers nothing: there a package that comes twice is two packages, and a reply of before is one.
    pub(crate) fn is_in(self, dialect: Dialect) -> bool {
        let is_of_numbers = matches!(self, Self::Twice | Self::TwiceLate | Self::Stale);
        dialect == Dialect::Draft || !is_of_numbers
    }

    /// Whether nothing may come of it.
    pub(crate) fn is_mended(self, dialect: Dialect) -> bool {
        match self {
            Self::Challenge | Self::Stranger | Self::Entropy(_) | Self::Twice | Self::TwiceLate => {
                true
            }
            Self::Crash(
                Point::BeforeSend | Point::AfterReply | Point::Ticket | Point::TicketDone,
            ) => true,
            // The device sends the same again, which it may do where packages have numbers.
            Self::Crash(_) | Self::DropRequest | Self::DropReply => dialect == Dialect::Draft,
            _ => false,
        }
    }

    /// Whether one side goes back behind what it has said, or believes what nobody said: then they need not agree.
    pub(crate) fn may_deceive(self) -> bool {
        let is_flip = |hurt| matches!(hurt, Hurt::Flip(_));
        match self {
            Self::Older(_) => true,
            Self::HurtRequest(hurt) | Self::HurtReply(hurt) => is_flip(hurt),
            _ => false,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// The package of the device, or the ticket; the first is 1.
    pub(crate) at: usize,
}

#[derive(Clone)]
pub(crate) struct Case<'f> {
    pub(crate) flow: &'f Flow,
    pub(crate) rests: bool,
    pub(crate) seed: u64,
    pub(crate) faults: Vec<Fault>,
}

#[derive(Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) told: Vec<String>,
    pub(crate) heard: Vec<ClientEvent>,
    pub(crate) done: BTreeMap<(usize, u32), String>,
    pub(crate) tree: Tree,
    pub(crate) packages: usize,
    pub(crate) tickets: usize,
    /// How many of the faults have struck.
    pub(crate) struck: usize,
}

struct Run<'f> {
    device: Device<'f>,
    server: Server<'f>,
    faults: Vec<Fault>,
    dice: Dice,
    /// How many replies the device has taken.
    taken: usize,
    tickets: usize,
    packages: usize,
    gone: Option<Side>,
    before: Option<Outgoing>,
    late: Option<Outgoing>,
    is_over: bool,
    struck: usize,
}

fn request<T>(out: &Outgoing, peer: &str, then: impl FnOnce(&Received<'_>) -> T) -> T {
    let headers: Vec<_> = out
        .headers
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    then(&Received {
        content_type: Some(out.content_type),
        headers: &headers,
        url: out.url.as_deref(),
        peer: Some(peer),
        ..Received::body(&out.body)
    })
}

pub(crate) fn play(case: &Case<'_>) -> Report {
    let mut dice = Dice::of(case.seed);
    let mut run = Run {
        device: Device::new(case.flow, case.rests, &dice.octets()),
        server: Server::new(case.flow, case.rests),
        faults: case.faults.clone(),
        dice,
        taken: 0,
        tickets: 0,
        packages: 0,
        gone: None,
        before: None,
        late: None,
        is_over: false,
        struck: 0,
    };
    run.session();
    let report = Report {
        told: run.server.told().to_vec(),
        heard: run.device.heard().to_vec(),
        done: run.device.done.clone(),
        tree: run.device.tree.clone(),
        packages: run.packages,
        tickets: run.tickets,
        struck: run.struck,
    };
    // What is left is told in another session, in which nothing fails.
    run.faults.clear();
    (run.gone, run.is_over, run.late) = (None, false, None);
    for _ in 0..=case.flow.batches.len() {
        let entropy = run.dice.octets();
        run.device.again(&entropy);
        run.session();
    }
    if !case.faults.iter().any(|fault| fault.kind.may_deceive()) {
        run.check(case.flow);
    }
    report
}

impl Run<'_> {
    fn strikes(&mut self, kind: Kind) -> bool {
        let at = if kind.is_of_ticket() {
            self.tickets
        } else {
            self.taken + 1
        };
        let found = |fault: &Fault| fault.kind == kind && fault.at == at;
        let Some(place) = self.faults.iter().position(found) else {
            return false;
        };
        self.faults.swap_remove(place);
        self.struck += 1;
        true
    }

    fn hurt_by(&mut self, matching: impl Fn(Kind) -> Option<Hurt>) -> Option<Hurt> {
        let kind = self.faults.iter().map(|fault| fault.kind);
        let kinds: Vec<_> = kind.filter(|kind| matching(*kind).is_some()).collect();
        kinds
            .into_iter()
            .find(|kind| self.strikes(*kind))
            .and_then(matching)
    }

    /// Octets that are new; a source that gives too little is refused.
    fn entropy(&mut self, side: Side) -> Entropy {
        if self.strikes(Kind::Entropy(side)) {
            let error = Env::new(3, &[0; Env::ENTROPY_LEN - 1]).err();
            assert_eq!(error.map(|error| error.code()), Some(Code::Entropy));
        }
        self.dice.octets()
    }

    /// From the first package to the end, or until somebody gives up.
    fn session(&mut self) {
        let mut attempts = 0;
        for _ in 0..60 {
            self.tickets();
            if self.strikes(Kind::Vanish(Side::Device)) {
                return;
            }
            if self.strikes(Kind::Vanish(Side::Server)) {
                self.gone = Some(Side::Server);
            }
            for (kind, is_device) in [
                (Kind::Older(Side::Device), true),
                (Kind::Older(Side::Server), false),
            ] {
                if self.strikes(kind) {
                    match is_device {
                        true => self.device.set_back(),
                        false => self.server.set_back(),
                    }
                    self.tickets();
                }
            }
            if self.strikes(Kind::Crash(Point::BeforeSend)) {
                self.device.crash();
            }
            if self.strikes(Kind::Abort(Side::Device)) {
                self.device.abort();
            }
            if self.strikes(Kind::Abort(Side::Server)) {
                self.server.abort();
            }
            let entropy = self.entropy(Side::Device);
            let Some(out) = self.device.send(&entropy) else {
                return;
            };
            self.packages += usize::from(attempts == 0);
            if self.strikes(Kind::Crash(Point::AfterSend)) {
                self.device.crash();
                attempts += 1;
                continue;
            }
            let answer = self.carry(&out);
            if out.done {
                return;
            }
            match answer {
                Some((reply, status)) => {
                    if self.deliver(reply, status) {
                        (attempts, self.taken) = (0, self.taken + 1);
                        if self.strikes_behind(Kind::Crash(Point::AfterReply)) {
                            self.device.crash();
                        }
                    } else {
                        attempts += 1;
                    }
                }
                None => {
                    attempts += 1;
                    if self.device.flow.dialect == Dialect::Approved || attempts >= ATTEMPTS {
                        self.device.abort();
                    }
                }
            }
        }
        panic!("it goes on for ever");
    }

    fn strikes_behind(&mut self, kind: Kind) -> bool {
        self.taken -= 1;
        let strikes = self.strikes(kind);
        self.taken += 1;
        strikes
    }

    fn tickets(&mut self) {
        while let Some((number, event)) = self.device.open() {
            self.tickets = self.tickets.max(number as usize);
            if self.strikes(Kind::Crash(Point::Ticket)) {
                self.device.crash();
                continue;
            }
            if self.strikes(Kind::AbortTicket) {
                self.device.abort();
                continue;
            }
            let fails = self.strikes(Kind::TicketFails);
            if !fails {
                self.device.act(number, &event);
            }
            if self.strikes(Kind::Crash(Point::TicketDone)) {
                self.device.crash();
                continue;
            }
            self.device.complete(number, &event, fails);
        }
    }

    fn serve(&mut self, out: &Outgoing, peer: &str) -> Result<Outgoing, u16> {
        let entropy = self.entropy(Side::Server);
        let reply = request(out, peer, |received| self.server.serve(received, &entropy));
        self.is_over |= reply.as_ref().is_ok_and(|reply| reply.done);
        reply
    }

    /// A request to the server, and what comes back.
    fn carry(&mut self, out: &Outgoing) -> Option<(Outgoing, u16)> {
        if self.gone == Some(Side::Server) || self.strikes(Kind::DropRequest) {
            return None;
        }
        if self.strikes(Kind::Challenge) {
            return Some((page(out), 401));
        }
        if self.strikes(Kind::BadGateway) {
            return Some((page(out), 502));
        }
        if self.strikes(Kind::Stranger) {
            let told = self.server.told().to_vec();
            assert_eq!(self.serve(out, "IMEI:evil").err(), Some(403));
            assert!(self.server.told() == told, "a stranger is believed");
        }
        if self.strikes(Kind::Crash(Point::BeforeServe)) {
            self.server.crash();
            return None;
        }
        if let Some(late) = self.late.take().filter(|_| !self.is_over) {
            let told = self.server.told().to_vec();
            assert_eq!(self.serve(&late, DEVICE).err(), None);
            assert!(
                self.server.told() == told,
                "a package of before is believed"
            );
        }
        if self.strikes(Kind::TwiceLate) {
            self.late = Some(out.clone());
        }
        let by = self.hurt_by(|kind| match kind {
            Kind::HurtRequest(hurt) => Some(hurt),
            _ => None,
        });
        let mut sent = out.clone();
        if let Some(by) = by {
            hurt(&mut sent, by);
        }
        let reply = match self.serve(&sent, DEVICE) {
            Ok(reply) => reply,
            Err(status) => return Some((page(out), status)),
        };
        if self.strikes(Kind::Twice) {
            let told = self.server.told().to_vec();
            let again = self.serve(&sent, DEVICE).unwrap();
            assert!(
                again.repeated && again.body == reply.body,
                "it is served twice"
            );
            assert!(self.server.told() == told);
        }
        if self.strikes(Kind::Crash(Point::AfterServe)) {
            self.server.crash();
            return None;
        }
        let before = self.before.replace(reply.clone());
        if self.strikes(Kind::DropReply) {
            return None;
        }
        match before.filter(|_| self.strikes(Kind::Stale)) {
            Some(before) => Some((before, 200)),
            None => Some((reply, 200)),
        }
    }

    /// A reply to the device; tells whether the session goes on by it.
    fn deliver(&mut self, mut reply: Outgoing, status: u16) -> bool {
        if self.strikes(Kind::Crash(Point::BeforeReply)) {
            self.device.crash();
            return false;
        }
        let by = self.hurt_by(|kind| match kind {
            Kind::HurtReply(hurt) => Some(hurt),
            _ => None,
        });
        if let Some(by) = by {
            hurt(&mut reply, by);
        }
        let headers: Vec<_> = reply
            .headers
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        self.device.receive(&Received {
            content_type: Some(reply.content_type),
            headers: &headers,
            status: Some(status),
            ..Received::body(&reply.body)
        })
    }

    /// Behind everything: nothing is lost without a word, nothing is told twice, nothing is done twice, and what is said was done.
    fn check(&self, flow: &Flow) {
        let told: Vec<&str> = self.server.told().iter().map(String::as_str).collect();
        let is_of_command = |line: &&&str| line.starts_with(|first: char| first.is_ascii_digit());
        let keys = told.iter().filter(is_of_command);
        let keys: Vec<&str> = keys.filter_map(|line| line.split(' ').next()).collect();
        let set: BTreeSet<&str> = keys.iter().copied().collect();
        assert_eq!(set.len(), keys.len(), "told twice: {told:?}");
        let numbers: BTreeSet<&str> = set.iter().filter_map(|key| key.split('[').next()).collect();
        for command in 0..self.server.asked() {
            assert!(
                numbers.contains(&*command.to_string()),
                "{command} is lost: {told:?}"
            );
        }
        let mut done: Vec<&str> = self.device.done.values().map(String::as_str).collect();
        done.retain(|effect| effect.starts_with(|first: char| first.is_ascii_uppercase()));
        let commands = flow.batches.iter().flatten();
        for (number, command) in commands.enumerate() {
            let NewCommand::Exec { uri, .. } = command else {
                continue;
            };
            let node = uri.replace("urn:oma:mo:ext-acme-pump:1.0", "./Pump");
            let times = done
                .iter()
                .filter(|effect| **effect == format!("EXEC {node}"))
                .count();
            assert!(times <= 1, "{uri} is done {times} times");
            let is_said = told.contains(&&*format!("{number} 200"));
            assert!(times == 1 || !is_said, "{uri} is said to be done: {told:?}");
        }
        let count = done.len();
        done.sort_unstable();
        done.dedup();
        assert_eq!(
            done.len(),
            count,
            "something is done twice: {:?}",
            self.device.done
        );
    }
}

/// What something between the two says.
fn page(out: &Outgoing) -> Outgoing {
    Outgoing {
        body: b"<html></html>".to_vec(),
        content_type: "text/html",
        headers: Vec::new(),
        ..out.clone()
    }
}
