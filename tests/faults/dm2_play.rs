//! One run of DM 2.0: two hosts, a network between them, and what goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use omadm::dm2::Dialect;
use omadm::{ClientEvent, Code, Env, NewCommand, Outgoing, Received, Tree};

use super::dice::Dice;
use super::dm2_fault::{Deceit, Fault, Kind, Point};
use super::dm2_flow::{DEVICE, Flow};
use super::dm2_host::{Device, Entropy, Server};
use super::fault::Hurt;
use super::flow::Side;
use super::hurt::hurt;

/// How often a package of the draft dialect is sent before the device gives up.
const ATTEMPTS: usize = 3;

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
    /// The bodies of the packages.
    pub(crate) said: Vec<(Side, String)>,
    /// Where the device has sent each of its packages.
    pub(crate) urls: BTreeSet<(usize, String)>,
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
    /// A package that is to come again behind that of so many.
    late: Option<(usize, Outgoing)>,
    is_over: bool,
    struck: usize,
    said: Vec<(Side, String)>,
    urls: BTreeSet<(usize, String)>,
    is_first: bool,
}

fn request<T>(out: &Outgoing, peer: Option<&str>, then: impl FnOnce(&Received<'_>) -> T) -> T {
    let headers: Vec<_> = out
        .headers
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    then(&Received {
        content_type: Some(out.content_type),
        headers: &headers,
        url: out.url.as_deref(),
        peer,
        ..Received::body(&out.body)
    })
}

fn is_first(out: &Outgoing) -> bool {
    out.content_type.contains("initiation")
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
        said: Vec::new(),
        urls: BTreeSet::new(),
        is_first: true,
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
        said: run.said.clone(),
        urls: run.urls.clone(),
    };
    // What is left is told in another session, in which nothing fails.
    run.faults.clear();
    (run.gone, run.is_over, run.late) = (None, false, None);
    run.is_first = false;
    for _ in 0..=case.flow.batches.len() {
        let entropy = run.dice.octets();
        run.device.again(&entropy);
        run.session();
    }
    let dialect = case.flow.dialect;
    let faults = case.faults.iter();
    let deceit = faults.map(|fault| fault.kind.deceives(dialect)).max();
    let deceit = deceit.unwrap_or(Deceit::None);
    if deceit < Deceit::All {
        run.check(case.flow, deceit);
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
            self.note(Side::Device, &out);
            let answer = self.carry(&out);
            if let Some((reply, 200)) = &answer {
                self.note(Side::Server, reply);
            }
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

    /// Only the first session is looked at.
    fn note(&mut self, side: Side, out: &Outgoing) {
        if self.is_first {
            let text = String::from_utf8_lossy(&out.body).into_owned();
            self.said.push((side, text));
            let place = self.taken + 1;
            self.urls.extend(out.url.clone().map(|url| (place, url)));
        }
    }

    fn strikes_behind(&mut self, kind: Kind) -> bool {
        self.taken -= 1;
        let strikes = self.strikes(kind);
        self.taken += 1;
        strikes
    }

    fn tickets(&mut self) {
        for count in 0.. {
            let Some((number, event)) = self.device.open() else {
                return;
            };
            assert!(count < 60, "it asks for ever: {event:?}");
            self.tickets = self.tickets.max(number as usize);
            if self.strikes(Kind::Crash(Point::Ticket)) {
                self.device.crash();
                continue;
            }
            if self.strikes(Kind::AbortTicket) {
                self.device.abort();
                continue;
            }
            if self.is_first && self.device.flow.aborts_at == Some(number) {
                self.device.abort();
                continue;
            }
            let late = self.device.flow.late_alert.map(|(ticket, _)| ticket);
            if self.is_first && late == Some(number) {
                self.device.raise_late();
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

    fn serve(&mut self, out: &Outgoing, peer: Option<&str>) -> Result<Outgoing, u16> {
        let entropy = self.entropy(Side::Server);
        let reply = request(out, peer, |received| self.server.serve(received, &entropy));
        self.is_over |= reply.as_ref().is_ok_and(|reply| reply.done);
        reply
    }

    /// What is refused with this status and changes nothing.
    fn is_refused(&mut self, out: &Outgoing, peer: Option<&str>, status: u16) {
        let before = self.server.stored();
        let found = self.serve(out, peer).err();
        // Behind the end it does not matter who says something.
        let status = match status {
            401 | 403 if self.server.is_over() && !is_first(out) => 400,
            status => status,
        };
        assert_eq!(found, Some(status));
        let now = self.server.stored();
        assert!(now.is_as(&before), "{status}, and believed");
    }

    /// A package that is none of the device's comes behind that which was served last. What the server's host learns of it.
    fn intrudes(&mut self, out: &Outgoing) -> (Result<Outgoing, u16>, Vec<String>) {
        let before = self.server.told().len();
        let reply = self.serve(out, Some(DEVICE));
        (reply, self.server.told()[before..].to_vec())
    }

    /// Package 1 begins anew, and what the server has asked for by then is not answered any more.
    fn begins_anew(&mut self, out: &Outgoing) {
        let lost = self.server.asking().into_iter();
        let expected: Vec<String> = lost.chain(["started".to_owned()]).collect();
        let (reply, mut told) = self.intrudes(out);
        // What stands in it is told once more.
        told.retain(|line| !matches!(&**line, "alert" | "data"));
        assert!(reply.is_ok() && told == expected, "{told:?}");
    }

    /// A package comes again, `late` where another has come since.
    fn comes_again(&mut self, out: &Outgoing, reply: &Outgoing, late: bool) {
        let is_draft = self.device.flow.dialect == Dialect::Draft;
        let is_over = self.server.is_over();
        match (is_draft, is_first(out)) {
            (true, _) if !late => {
                let before = self.server.stored();
                let again = self.serve(out, Some(DEVICE)).unwrap();
                assert!(again.repeated && again.body == reply.body, "served twice");
                assert!(self.server.stored().told == before.told);
            }
            (true, false) => self.is_refused(out, Some(DEVICE), 400),
            (true, true) if !is_over => self.is_refused(out, Some(DEVICE), 400),
            (_, true) => self.begins_anew(out),
            (false, false) if is_over => self.is_refused(out, Some(DEVICE), 400),
            // Nothing tells it from the answer to what was said last.
            (false, false) => {
                let (reply, told) = self.intrudes(out);
                assert!(reply.is_ok() && !told.is_empty(), "{told:?}");
            }
        }
    }

    /// Another package comes with the number of the last.
    fn has_same_number(&mut self, out: &Outgoing) {
        let mut other = out.clone();
        other.body.push(b' ');
        match (self.server.is_over(), is_first(out)) {
            (true, true) => self.begins_anew(&other),
            (true, false) => self.is_refused(&other, Some(DEVICE), 400),
            (false, _) => {
                let lost = self.server.asking();
                let (reply, told) = self.intrudes(&other);
                assert_eq!(reply.err(), Some(400));
                assert_eq!(told.first().map(|line| &line[..14]), Some("aborted Server"));
                assert_eq!(told[1..], lost[..]);
                // That was the end.
                if !is_first(out) {
                    self.is_refused(out, Some(DEVICE), 400);
                }
            }
        }
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
            self.is_refused(out, Some("IMEI:evil"), 403);
        }
        for (kind, status) in [
            (Kind::OtherType, 415),
            (Kind::OtherAccept, 406),
            (Kind::Anonymous, 401),
        ] {
            if self.strikes(kind) {
                let peer = Some(DEVICE).filter(|_| kind != Kind::Anonymous);
                self.is_refused(&altered(out, kind), peer, status);
                return Some((page(out), status));
            }
        }
        if self.strikes(Kind::Crash(Point::BeforeServe)) {
            self.server.crash();
            return None;
        }
        let at = self.taken + 1;
        let late = self.late.take_if(|(before, _)| *before < at);
        if self.strikes(Kind::TwiceLate) {
            self.late = Some((at, out.clone()));
        }
        let by = self.hurt_by(|kind| match kind {
            Kind::HurtRequest(hurt) => Some(hurt),
            _ => None,
        });
        let mut sent = out.clone();
        if let Some(by) = by {
            hurt(&mut sent, by);
        }
        let reply = match self.serve(&sent, Some(DEVICE)) {
            Ok(reply) => reply,
            Err(status) => {
                // S8: what ends the session is the end, also to the package as it was.
                if matches!(by, Some(Hurt::Cut(_) | Hurt::Short)) && !is_first(out) {
                    assert_eq!(status, 400);
                    self.is_refused(out, Some(DEVICE), 400);
                }
                return Some((page(out), status));
            }
        };
        if let Some((_, late)) = late {
            self.comes_again(&late, &reply, true);
        }
        if self.strikes(Kind::Twice) {
            self.comes_again(&sent, &reply, false);
        }
        if self.strikes(Kind::SameNumber) {
            self.has_same_number(&sent);
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
        if self.strikes(Kind::NoPackage) {
            let text = String::from_utf8(reply.body).unwrap();
            let (before, name) = match self.device.flow.dialect {
                Dialect::Draft => (text.split("\"Cmds\":").next().unwrap(), "Cmds"),
                Dialect::Approved => ("{", "CMD"),
            };
            reply.body = format!("{before}\"{name}\":\"END\"}}").into_bytes();
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
    fn check(&self, flow: &Flow, deceit: Deceit) {
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
        let count = |first: &str| told.iter().filter(|line| line.starts_with(first)).count();
        let heard = self.device.heard().iter();
        let (mut answered, mut unanswered) = (0, 0);
        for event in heard {
            answered += usize::from(matches!(
                event,
                ClientEvent::Answered { .. } | ClientEvent::Delivered { .. }
            ));
            unanswered += usize::from(matches!(event, ClientEvent::Unanswered { .. }));
        }
        assert!(answered <= count("alert"), "an alert that nobody has heard");
        let raised = self.device.raised();
        assert_eq!(answered + unanswered, raised, "what became of the alerts");
        self.device.check_world();
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
            let is_believed = is_said && deceit == Deceit::None;
            assert!(
                times == 1 || !is_believed,
                "{uri} is said to be done: {told:?}"
            );
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

/// A package with other headers.
fn altered(out: &Outgoing, kind: Kind) -> Outgoing {
    let mut other = out.clone();
    match kind {
        Kind::OtherType => other.content_type = "text/plain",
        Kind::OtherAccept => {
            other.headers.retain(|(name, _)| *name != "accept");
            other.headers.push(("accept", "text/html".to_owned()));
        }
        _ => {}
    }
    other
}
