//! One run: two hosts, a network between them, and what goes wrong.

use std::collections::BTreeMap;

use omadm::{ClientEvent, Encoding, Outgoing, Received, ServerEvent, Tree};

use super::check::{
    agree, all_or_nothing, at_most_once, codes, nothing_is_kept, nothing_is_lost, progress_grows,
    read_once, whole_or_nothing,
};
use super::device::{DeviceHost, Step, ticket};
use super::fault::{Fault, Hurt, Kind, Point};
use super::flow::{Flow, Side, get};
use super::forge;
use super::hurt::hurt;
use super::server::{Answer, ServerHost};
use super::trouble::Trouble;
use super::witness::{Said, Witness, is_believed};

/// How often a message is sent before its sender gives up.
const ATTEMPTS: usize = 5;
/// A run to be.
#[derive(Clone)]
pub(crate) struct Case<'f> {
    pub(crate) flow: &'f Flow,
    pub(crate) encoding: Encoding,
    pub(crate) rests: bool,
    pub(crate) seed: u64,
    pub(crate) faults: Vec<Fault>,
    /// Whether what is restored is saved again each time, and another session follows, in which nothing fails.
    pub(crate) is_thorough: bool,
}

/// What came of it.
#[derive(Clone, PartialEq)]
pub(crate) struct Report {
    /// The events of each session of the server, but for repetitions, and of the device.
    pub(crate) server: Vec<Vec<ServerEvent>>,
    pub(crate) device: Vec<ClientEvent>,
    pub(crate) effects: Vec<String>,
    pub(crate) tree: Tree,
    /// What the server's host was told: number, path, code.
    pub(crate) told: Vec<String>,
    pub(crate) messages: usize,
    pub(crate) tickets: usize,
    pub(crate) said: Vec<Said>,
    /// The objects that were told to their ends, and how many chunks were answered 213.
    pub(crate) objects: Vec<String>,
    pub(crate) kept: usize,
    /// How many of the faults have struck.
    pub(crate) struck: usize,
}

struct Run<'f> {
    flow: &'f Flow,
    trouble: Trouble,
    device: DeviceHost<'f>,
    server: ServerHost<'f>,
    witness: Witness<'f>,
    /// Requests and replies that come late, and ahead of which message.
    late: Vec<(usize, Outgoing)>,
    stale: Vec<(usize, Outgoing)>,
    /// How many replies the device has taken.
    taken: usize,
    turns: usize,
    gone: Option<Side>,
    /// The reply that the device has taken last and not answered yet.
    reply: Option<Outgoing>,
}

fn received<'o>(flow: &Flow, out: &'o Outgoing, status: Option<u16>) -> Received<'o> {
    let by_transport = flow.client.credential().is_none() && status.is_none();
    Received {
        body: &out.body,
        content_type: Some(out.content_type),
        hmac: out.hmac.as_deref(),
        url: out.url.as_deref(),
        status,
        peer: by_transport.then_some(super::flow::DEVICE),
        ..Received::default()
    }
}

pub(crate) fn play(case: &Case<'_>) -> Report {
    let flow = case.flow;
    let mut run = Run {
        flow,
        trouble: Trouble::new(&case.faults, case.seed),
        device: DeviceHost::new(flow, case.encoding, case.rests),
        server: ServerHost::new(flow, case.rests),
        witness: Witness::new(flow, &case.faults),
        late: Vec::new(),
        stale: Vec::new(),
        taken: 0,
        turns: 0,
        gone: None,
        reply: None,
    };
    run.device.is_thorough = case.is_thorough;
    run.server.is_thorough = case.is_thorough;
    run.session(true);
    for (_, out) in std::mem::take(&mut run.late) {
        run.trouble.at = usize::MAX;
        run.serve(&out);
    }
    run.check(&case.faults);
    let report = run.report();
    if case.is_thorough {
        run.trouble.is_over();
        if !case
            .faults
            .iter()
            .any(|fault| fault.kind.sets_back().is_some())
        {
            run.replay();
        }
        run.another();
    }
    report
}

impl Run<'_> {
    /// From the first message to the end, or until somebody gives up.
    fn session(&mut self, mut is_new: bool) {
        let mut attempts = 0;
        let mut has_given_up = false;
        loop {
            self.turns += 1;
            assert!(self.turns < self.flow.most_turns(), "it goes on for ever");
            self.trouble.at = self.taken + 1;
            self.ahead();
            if self.gone == Some(Side::Device) {
                return;
            }
            self.device.serve_tickets(&mut self.trouble);
            let out = match self.device.send(&mut self.trouble, is_new) {
                Step::Lost => {
                    is_new &= !self.device.has_begun();
                    continue;
                }
                Step::Done(None) => return,
                Step::Done(Some(out)) => out,
            };
            is_new = false;
            self.witness.hear(Side::Device, &out);
            if let Some(reply) = self.reply.take() {
                self.witness.answered(Side::Server, &reply, &out);
            }
            attempts += 1;
            let answer = self.carry(&out);
            if out.done {
                return;
            }
            if answer.is_some_and(|answer| self.deliver(&answer)) {
                (attempts, self.taken) = (0, self.taken + 1);
                self.check_step();
            } else if attempts >= ATTEMPTS {
                if has_given_up {
                    return;
                }
                has_given_up = true;
                self.device.abort(&mut self.trouble);
            }
        }
    }

    /// What happens ahead of a message.
    fn ahead(&mut self) {
        let due: Vec<usize> = (0..self.late.len())
            .filter(|place| self.late[*place].0 <= self.taken)
            .collect();
        for place in due.into_iter().rev() {
            let (_, out) = self.late.swap_remove(place);
            let at = std::mem::replace(&mut self.trouble.at, usize::MAX);
            // Nobody waits for what is said to it.
            if let Answer::Reply(reply) = self.serve(&out) {
                self.witness.hear(Side::Server, &reply);
            }
            self.trouble.at = at;
        }
        let at = self.trouble.at;
        let trouble = &mut self.trouble;
        if trouble.crashes(Point::BeforeSend) {
            self.device.crash();
        }
        while let Some(by) = trouble.take(at, false, |kind| match kind {
            Kind::Clock(by) => Some(by),
            _ => None,
        }) {
            trouble.jump(by);
        }
        while let Some((side, commits)) = trouble.take(at, false, |kind| match kind {
            Kind::Older(side, commits) => Some((side, commits)),
            _ => None,
        }) {
            match side {
                Side::Device => self.device.set_back(commits),
                Side::Server => self.server.set_back(commits),
            }
        }
        while let Some((side, changes)) = trouble.take(at, false, |kind| match kind {
            Kind::Takes(side, _) | Kind::TakesObjects(side, _) | Kind::Messages(side) => {
                Some((side, kind))
            }
            _ => None,
        }) {
            let (takes, limits) = match side {
                Side::Device => (&mut self.device.takes, &mut self.device.limits),
                Side::Server => (&mut self.server.takes, &mut self.server.limits),
            };
            match changes {
                Kind::Takes(_, octets) => takes.message = Some(octets),
                Kind::TakesObjects(_, octets) => takes.object = Some(octets),
                _ => limits.messages = u32::try_from(at).unwrap(),
            }
            self.device.crash();
            self.server.crash();
        }
        if let Some(side) = trouble.take(at, false, |kind| match kind {
            Kind::Vanish(side) => Some(side),
            _ => None,
        }) {
            self.gone = Some(side);
        }
        let abort = |side| Kind::Abort { side, due: false };
        let is_due = self.flow.abort == Some((at - 1, Side::Device));
        if trouble.strikes(abort(Side::Device)) || (is_due && !self.device.is_over()) {
            self.device.abort(&mut self.trouble);
        }
        if self.trouble.strikes(abort(Side::Server)) {
            self.server.abort();
        }
    }

    fn serve(&mut self, out: &Outgoing) -> Answer {
        let wire = received(self.flow, out, None);
        let answer = self.server.serve(&mut self.trouble, &wire);
        if let Answer::Reply(reply) = &answer
            && !reply.repeated
        {
            self.witness.answered(Side::Device, out, reply);
        }
        answer
    }

    /// A request to the server, and what comes back.
    fn carry(&mut self, out: &Outgoing) -> Option<(Outgoing, u16)> {
        let trouble = &mut self.trouble;
        if self.gone == Some(Side::Server) || trouble.strikes(Kind::DropRequest) {
            return None;
        }
        if trouble.strikes(Kind::BadGateway { served: false }) {
            return Some((page(), 502));
        }
        if trouble.crashes(Point::BeforeServe) {
            self.server.crash();
            return None;
        }
        if let Some(late) = trouble.take(trouble.at, false, |kind| match kind {
            Kind::TwiceLate(late) => Some(late),
            _ => None,
        }) {
            self.late.push((self.taken + late, out.clone()));
        }
        if trouble.strikes(Kind::ForgeRequest)
            && self.flow.has_credentials()
            && let Some(forged) = forge::request(out)
        {
            let _ = self.serve(&forged);
        }
        let trouble = &mut self.trouble;
        let hurt_by = trouble.take(trouble.at, false, |kind| match kind {
            Kind::HurtRequest(hurt) => Some(hurt),
            _ => None,
        });
        let is_at_once = trouble.strikes(Kind::TwiceAtOnce);
        let is_twice = trouble.strikes(Kind::Twice);
        let mut out = out.clone();
        if let Some(by) = hurt_by {
            hurt(&mut out, by);
        }
        if is_at_once {
            // Both begin from the same state; one of them is stored, the other finds that and begins again.
            let before = self.server.stored.clone();
            let wire = received(self.flow, &out, None);
            drop(self.server.serve(&mut self.trouble, &wire));
            self.server.stored = before;
            self.server.crash();
        }
        let reply = match self.serve(&out) {
            Answer::Reply(reply) => reply,
            Answer::Refused(status) => return Some((page(), status)),
            Answer::Lost => return None,
        };
        self.witness.hear(Side::Server, &reply);
        // Behind the end MsgID 1 begins a new session.
        let is_new = reply.done && self.taken == 0;
        if (is_at_once || is_twice) && !is_new {
            let Answer::Reply(again) = self.serve(&out) else {
                panic!("a repetition is refused")
            };
            assert!(again.repeated, "a repetition is taken for another message");
            assert!(again.body == reply.body && again.hmac == reply.hmac);
        }
        if is_twice {
            self.stale.push((self.taken + 1, reply.clone()));
        }
        let trouble = &mut self.trouble;
        if let Some(late) = trouble.take(trouble.at, false, |kind| match kind {
            Kind::StaleReply(late) => Some(late),
            _ => None,
        }) {
            self.stale.push((self.taken + late, reply.clone()));
        }
        if trouble.strikes(Kind::DropReply) {
            return None;
        }
        if trouble.strikes(Kind::BadGateway { served: true }) {
            return Some((page(), 502));
        }
        Some((reply, 200))
    }

    /// A reply to the device; tells whether it has gone on by it.
    fn deliver(&mut self, (reply, status): &(Outgoing, u16)) -> bool {
        if self.trouble.crashes(Point::BeforeReply) {
            self.device.crash();
            return false;
        }
        let (taken, flow) = (self.taken, self.flow);
        let is_due = |(at, _): &(usize, Outgoing)| *at <= taken;
        while let Some(place) = self.stale.iter().position(is_due) {
            let (_, stale) = self.stale.swap_remove(place);
            let wire = received(flow, &stale, Some(200));
            let step = self.device.receive(&mut self.trouble, &wire);
            if matches!(step, Step::Done(true)) {
                let may_be = self.witness.is_set_back();
                assert!(may_be, "a reply of before is taken for this one");
                return true;
            }
        }
        if self.trouble.strikes(Kind::ForgeReply)
            && *status == 200
            && flow.has_credentials()
            && let Some(forged) = forge::reply(reply, &self.witness.said)
        {
            let wire = received(flow, &forged, Some(200));
            if let Step::Done(true) = self.device.receive(&mut self.trouble, &wire) {
                return true;
            }
        }
        let mut reply = reply.clone();
        let at = self.trouble.at;
        if let Some(by) = self.trouble.take(at, false, |kind| match kind {
            Kind::HurtReply(hurt) => Some(hurt),
            _ => None,
        }) {
            // A page has a type of its own.
            hurt(&mut reply, by);
        }
        let wire = received(flow, &reply, Some(*status));
        let step = self.device.receive(&mut self.trouble, &wire);
        let is_taken = matches!(step, Step::Done(true));
        if is_taken {
            self.witness.taken(&reply);
            self.reply = Some(reply);
        }
        is_taken
    }

    /// What must hold at every moment.
    fn check_step(&self) {
        all_or_nothing(self.flow, &self.device, self.witness.is_set_back());
        if !self.witness.is_misled() {
            whole_or_nothing(self.flow, &self.device);
        }
        forge::nothing_came_of_it(&self.device, &self.server);
    }

    /// What must hold at the end.
    fn check(&self, faults: &[Fault]) {
        self.check_step();
        let is_honest = !faults.iter().any(|fault| {
            fault.kind.may_deceive(self.witness.flow()) || fault.kind.sets_back().is_some()
        });
        nothing_is_kept(&self.device, &self.server);
        if is_honest {
            at_most_once(&self.device, &self.server, faults);
            progress_grows(&self.device, &self.server);
        }
        for session in self.server.stored.sessions.values() {
            if is_honest {
                agree(&self.device, session);
                nothing_is_lost(&self.device, &self.server, session);
                read_once(self.flow, &self.device, session);
            }
        }
    }

    fn report(&self) -> Report {
        let sessions = self.server.stored.sessions.values();
        // How far an object has come is told chunk by chunk, and how large those are depends on how they are written.
        let is_progress = |shown: String| self.flow.is_tight() && shown.starts_with("Progress");
        let events = |log: &Vec<ServerEvent>| {
            let kept = log
                .iter()
                .filter(|event| !is_progress(format!("{event:?}")));
            kept.flat_map(one_by_one).collect()
        };
        let mut of_client = self.device.stored.log.clone();
        of_client.retain(|event| !is_progress(format!("{event:?}")));
        let mut told = Vec::new();
        for session in sessions.clone() {
            for ((number, child), code) in codes(session) {
                let path: String = child.iter().map(|at| format!(".{at}")).collect();
                told.push(format!("{number}{path} {code}"));
            }
        }
        let of_device = self
            .witness
            .said
            .iter()
            .filter(|said| said.0 == Side::Device);
        let tickets = self.device.stored.log.iter().filter_map(ticket);
        Report {
            server: sessions.map(|session| events(&session.log)).collect(),
            device: of_client,
            effects: self.device.effects.clone(),
            tree: self.device.stored.tree.clone(),
            told,
            messages: of_device.count(),
            tickets: tickets.max().unwrap_or(0) as usize,
            said: self.witness.said.clone(),
            objects: self
                .witness
                .chunks
                .iter()
                .flat_map(|chunks| chunks.said.clone())
                .collect(),
            kept: self.witness.kept,
            struck: self.trouble.struck,
        }
    }

    /// What has proved the device proves nobody behind the end, also where the server's host hands in the account as it was before.
    /// A MAC is told apart by the nonce that was handed in last, which a host that stores nonces has.
    fn replay(&mut self) {
        self.trouble.at = usize::MAX;
        let before = self.server.stored.clone();
        let olds = (!self.flow.is_sealed()).then(|| self.flow.server_state.clone());
        for account in [before.account.clone()].into_iter().chain(olds) {
            for (_, body, hmac) in self.witness.proofs_of_device() {
                self.server.stored = before.clone();
                self.server.stored.account = account.clone();
                self.server.crash();
                let wire = Received {
                    hmac: hmac.as_deref(),
                    url: Some(super::flow::URL),
                    ..Received::body(&body)
                };
                let answer = self.server.serve(&mut self.trouble, &wire);
                if let Answer::Reply(reply) = answer {
                    let is_known = reply.repeated || !is_believed(&reply.body);
                    assert!(is_known, "a proof is believed twice");
                }
            }
        }
        self.server.stored = before;
        self.server.crash();
    }

    /// Behind all that there is another session, in which nothing fails.
    fn another(&mut self) {
        self.trouble.is_over();
        (self.gone, self.reply) = (None, None);
        self.witness.another_session();
        self.stale.clear();
        let known: BTreeMap<_, _> = self.server.stored.sessions.clone();
        self.server.settle(vec![vec![get("./DevInfo/Man")]]);
        self.device.another_session();
        (self.taken, self.turns) = (self.flow.most_turns(), 0);
        self.session(true);
        let is_new = |id: &&String| !known.contains_key(*id);
        let sessions = &self.server.stored.sessions;
        let id = sessions.keys().find(is_new).expect("no other session");
        let codes = codes(&sessions[id]);
        assert_eq!(
            codes.values().copied().collect::<Vec<_>>(),
            [200],
            "the session behind it fails: {:?} {:?}",
            sessions[id].log,
            self.device.stored.log
        );
        assert_eq!(self.device.stored.log.last(), Some(&ClientEvent::Finished));
    }
}

/// Results item by item, for how many fit into one message depends on how it is written; and no repetitions.
fn one_by_one(event: &ServerEvent) -> Vec<ServerEvent> {
    match event {
        ServerEvent::Repeated => Vec::new(),
        ServerEvent::Results {
            items,
            command,
            child,
            ..
        } => items
            .iter()
            .map(|item| ServerEvent::Results {
                items: vec![item.clone()],
                objects: Vec::new(),
                command: *command,
                child: child.clone(),
                item: None,
            })
            .collect(),
        other => vec![other.clone()],
    }
}

/// What a proxy says.
fn page() -> Outgoing {
    let mut page = Outgoing {
        body: Vec::new(),
        content_type: "text/html",
        hmac: None,
        headers: Vec::new(),
        status: None,
        url: None,
        done: false,
        repeated: false,
        too_large: Vec::new(),
        unsupported: Vec::new(),
    };
    hurt(&mut page, Hurt::Page);
    page
}
