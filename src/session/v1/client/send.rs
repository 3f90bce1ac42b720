//! The client's messages: package 1, answers, abort, each as far as it fits into what the server takes.

use std::mem;

use crate::auth::challenge;
use crate::env::{Env, NONCE_LEN};
use crate::error::{Code, Error, Fault, Result};
use crate::session::transport::Outgoing;
use crate::session::v1::reply::Kept;
use crate::session::v1::room::{Detail, Room, about, most, new_alert};
use crate::status::{AlertCode, StatusCode};
use crate::syncml::{Command, Form, Message, Pieces, Status};
use crate::tree::{Answer, Tree};

use super::ClientSession;
use super::alerts;
use super::commands::Saying;
use super::header::{header, mac};
use super::objects::{self, Object, PROBE};
use super::state::{Phase, ServerProof};

/// About how many octets the header of a message takes.
const HEADER: usize = 512;

pub(super) fn send(
    session: &mut ClientSession,
    tree: &Tree,
    env: &Env<'_>,
) -> Result<Option<Outgoing>> {
    let state = &mut session.state;
    match &mut state.phase {
        Phase::Over => return Ok(None),
        Phase::Executing(execution) if execution.is_stopped() => {
            return Err(Error::state("a ticket is open").expecting("complete"));
        }
        Phase::Executing(_) => return Err(Error::state("execution has not ended")),
        Phase::Waiting => return again(session).map(Some),
        Phase::SetUp => {
            let dev_info = Saying::dev_info(tree)?;
            check_dev_info(session, None, dev_info.iter())?;
            let state = &mut session.state;
            let code = if state.by_server {
                AlertCode::SERVER_INITIATED
            } else {
                AlertCode::CLIENT_INITIATED
            };
            // Nothing of the server's has to end before package 1 does.
            state.more = false;
            let set_up = [Saying::Alert(code)].into_iter().chain(dev_info);
            let set_up: Vec<Saying> = set_up.chain(alerts::raised(state)).collect();
            if session.config.tree_alerts {
                session.state.tree_revision = Some(tree.revision());
            }
            let of_tree = alerts::of_tree(session, tree);
            let set_up = set_up.into_iter().chain(of_tree).collect();
            session.state.unsaid = objects::prepare(session, set_up).into();
        }
        Phase::Answering(_) => {
            // What the server takes may be less than when package 1 began.
            let alert = state.more.then_some(AlertCode::NEXT_MESSAGE);
            check_dev_info(session, alert, session.state.unsaid.iter())?;
            let state = &mut session.state;
            let answers = match &mut state.phase {
                Phase::Answering(answers) => mem::take(answers),
                _ => Vec::new(),
            };
            let mut sayings = state.sayings(answers);
            // A server that is refused is told nothing else (chapter 9.1).
            if !matches!(state.server, ServerProof::Open { asked: Some(_), .. }) {
                sayings.extend(alerts::raised(state));
            }
            let sayings = objects::prepare(session, sayings);
            session.state.queue(sayings);
            session.state.promised = 0;
        }
        Phase::Aborting => {}
    }
    session.state.hold_back();
    let is_abort = session.state.phase == Phase::Aborting;
    let nonce = env.nonce();
    let mut draft = Draft::plan(session, &nonce);
    let said = |draft: &Draft| (draft.parts == 0 && draft.cut.is_none()).then_some(draft.whole);
    while let Some(fitting) = draft.as_ref().and_then(said)
        && session.state.drop_demands(fitting)
    {
        draft = Draft::plan(session, &nonce);
    }
    let Some(draft) = draft else {
        session.state.phase = Phase::Over;
        objects::settle(session);
        return Ok(None);
    };
    let mac = mac(session);
    let (kept, body) = Kept::write(&draft.message, &draft.form, mac.as_ref())?;
    alerts::sent(session, &draft.message, draft.whole);

    let state = &mut session.state;
    let msg_id = draft.message.header.msg_id;
    objects::said(state, draft.whole, (msg_id, draft.last));
    if let Some(cut) = draft.cut {
        objects::sent(state, cut.end, (msg_id, cut.cmd_id));
    }
    if draft.parts > 0
        && let Some(next) = state.unsaid.pop_front()
        && let Some(rest) = next.split(draft.parts).1
    {
        state.unsaid.push_front(rest);
    }
    state.msg_id = draft.message.header.msg_id;
    state.now = env.now;
    state.gave_cred = draft.message.header.cred.is_some() || mac.is_some();
    state.out = Some(kept);
    state.answered = state.last.as_ref().map_or(0, |last| last.msg_id);
    if is_abort {
        state.phase = Phase::Over;
        state.unsaid.clear();
        state.parts.clear();
    } else {
        state.phase = Phase::Waiting;
    }
    match draft.nonce {
        // With 212 it is for the next session, with a challenge for the next message.
        Some(StatusCode::AUTHENTICATED) => {
            state.renews = draft.is_challenged;
            state.issued_nonce = session.account.renew_server_nonce(nonce.to_vec());
        }
        // With 200 it is for the next message, which no earlier nonce fits.
        Some(StatusCode::OK) => {
            state.issued_nonce = None;
            state.renews = draft.is_challenged;
            session.account.renew_server_nonce(nonce.to_vec());
        }
        // If the server's answer is lost, this is what it has from then on.
        Some(_) => {
            session.account.challenge_server(nonce);
            state.issued_nonce = Some(nonce.to_vec());
        }
        None => {}
    }
    Ok(Some(outgoing(session, body)))
}

/// An error where a value below `./DevInfo` fits no message, in which it would be the only one: package 1 says all of them (section 6.3), and
/// they are not cut.
fn check_dev_info<'s>(
    session: &ClientSession,
    alert: Option<AlertCode>,
    mut sayings: impl Iterator<Item = &'s Saying>,
) -> Result<()> {
    let of_dev_info = sayings.find_map(|saying| match saying {
        Saying::DevInfo(values) => Some(values),
        _ => None,
    });
    let Some(values) = of_dev_info else {
        return Ok(());
    };
    let draft = Draft::begin(session, Detail::Least, &Default::default());
    let id = draft.message.commands.len() + 1;
    for value in values {
        let alone = Saying::DevInfo(vec![value.clone()]).command(id, 1);
        if !draft.holds(&[alone], alert, true) {
            let most = draft.room.octets();
            let problem = format!("a value of the device that no message of {most} octets holds");
            return Err(Error::new(Code::Limit, Fault::Caller, problem)
                .within(value.uri.as_str())
                .expecting("shorter values below ./DevInfo"));
        }
    }
    Ok(())
}

/// Whether the server takes any message at all.
pub(super) fn can_speak(session: &ClientSession) -> bool {
    let draft = Draft::begin(session, Detail::Least, &Default::default());
    draft.holds(&[], Some(AlertCode::SESSION_ABORT), true)
}

/// Whether these answers fit into one message that the server takes.
pub(super) fn fits(session: &ClientSession, answers: &[Answer]) -> bool {
    let sayings = answers
        .iter()
        .flat_map(|answer| Saying::of_answer(last_id(session), answer.clone()));
    let commands: Vec<Command> = (2..)
        .zip(sayings)
        .map(|(id, saying)| saying.command(id, saying.parts()))
        .collect();
    Draft::in_the_end(session).holds_all(&commands)
}

fn last_id(session: &ClientSession) -> u32 {
    session.state.last.as_ref().map_or(0, |last| last.msg_id)
}

/// A message that grows up to what the server takes.
pub(super) struct Draft {
    message: Message,
    form: Form,
    pub(super) room: Room,
    /// The alert at its end.
    alert: Option<AlertCode>,
    /// The code of the header's Status, where a nonce goes with it. The one before it is used up, even where there is no room for it.
    nonce: Option<StatusCode>,
    /// Whether the nonce is in it.
    is_challenged: bool,
    /// How much of what waits is in it, and how many parts of what follows.
    whole: usize,
    parts: usize,
    /// How far the object is told with it that goes on in the next.
    cut: Option<Cut>,
    /// CmdID of the last chunk of an object.
    last: u32,
}

/// A chunk that is not the last.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// Where it ends.
    end: usize,
    octets: usize,
    cmd_id: u32,
    is_first: bool,
}

impl Draft {
    /// The header, and the Status of the server's unless it has been said.
    fn begin(session: &ClientSession, detail: Detail, nonce: &[u8; NONCE_LEN]) -> Self {
        let state = &session.state;
        let last = state
            .last
            .as_ref()
            .filter(|last| last.msg_id != state.answered);
        let nonce_for = last.and_then(|last| last.chal);
        let chal = nonce_for.filter(|_| {
            let is_for_later = last.is_some_and(|last| last.code == StatusCode::AUTHENTICATED);
            !is_for_later || detail != Detail::Least
        });
        let reference = |uri: &String| match detail {
            Detail::Full => vec![uri.clone()],
            Detail::NoRefs | Detail::Least => Vec::new(),
        };
        let status = last.map(|last| {
            Command::Status(Status {
                cmd_id: Some("1".to_owned()),
                msg_ref: Some(last.msg_id.to_string()),
                cmd_ref: Some("0".to_owned()),
                cmd: "SyncHdr".to_owned(),
                target_refs: reference(&last.target),
                source_refs: reference(&last.source),
                chal: chal.map(|scheme| challenge(scheme, nonce).into()),
                code: last.code,
                ..Status::default()
            })
        });
        let header = header(session);
        Self {
            form: Form::of_version(session.config.encoding, &header.ver_dtd),
            message: Message {
                header,
                commands: status.into_iter().collect(),
                is_final: true,
            },
            room: Room::of(&session.config.limits, state.peer_max_msg_size),
            alert: match state.phase {
                Phase::Aborting => Some(AlertCode::SESSION_ABORT),
                _ if state.more => Some(AlertCode::NEXT_MESSAGE),
                _ => None,
            },
            is_challenged: chal.is_some(),
            nonce: nonce_for
                .filter(|scheme| scheme.needs_nonce())
                .and(last.map(|last| last.code)),
            whole: 0,
            parts: 0,
            cut: None,
            last: 0,
        }
    }

    /// A later message of the session, whose number is longer, with nothing that could be left out.
    pub(super) fn in_the_end(session: &ClientSession) -> Self {
        let mut draft = Self::begin(session, Detail::Least, &Default::default());
        let header = &mut draft.message.header;
        let most = session.config.limits.most_messages(u64::MAX);
        header.msg_id = header.msg_id.max(most);
        draft
    }

    /// The next message: with all detail, unless that leaves no room for what waits. Nothing where the server takes none.
    fn plan(session: &mut ClientSession, nonce: &[u8; NONCE_LEN]) -> Option<Self> {
        loop {
            for detail in Detail::ALL {
                let mut draft = Self::begin(session, detail, nonce);
                // Detail is no reason to cut an object into crumbs.
                let is_crumb = |cut: &Cut| cut.octets < PROBE && detail != Detail::Least;
                if draft.grow(session, true) && !draft.cut.as_ref().is_some_and(is_crumb) {
                    return Some(draft.uncut(session, detail, nonce));
                }
            }
            // What fits into no message is not said, but that it is not.
            let state = &mut session.state;
            let lesser = if let Some(Saying::Object(object)) = state.unsaid.front() {
                let lesser = object.saying().clone().lesser();
                objects::give_up(state);
                lesser
            } else {
                let (first, rest) = state.unsaid.pop_front()?.split(1);
                if let Some(rest) = rest {
                    state.unsaid.push_front(rest);
                }
                first.lesser()
            };
            if let Some(lesser) = lesser {
                state.unsaid.push_front(lesser);
            }
        }
    }

    /// This message, or one in which nothing is cut that fits into one piece, with less detail or in the next.
    fn uncut(self, session: &ClientSession, detail: Detail, nonce: &[u8; NONCE_LEN]) -> Self {
        if !self.cut.as_ref().is_some_and(|cut| cut.is_first) {
            return self;
        }
        let mut least = Self::begin(session, Detail::Least, nonce);
        if least.grow(session, true) && least.whole > self.whole {
            return least;
        }
        let mut without = Self::begin(session, detail, nonce);
        // Behind the Status of a demand for the next message, the next is no emptier.
        let mut ahead = session.state.unsaid.iter().take(self.whole);
        let is_ahead = ahead.any(|saying| !matches!(saying, Saying::Demanded { .. }));
        if is_ahead && self.next_holds(session) && without.grow(session, false) {
            return without;
        }
        self
    }

    /// Whether the next message holds all of the object that would be cut.
    fn next_holds(&self, session: &ClientSession) -> bool {
        let state = &session.state;
        let Some(Saying::Object(object)) = state.unsaid.get(self.whole) else {
            return false;
        };
        let mut next = Self::begin(session, Detail::Least, &Default::default());
        next.message.header.msg_id = self.message.header.msg_id.saturating_add(1);
        let is_last = !state.more && self.whole + 1 == state.unsaid.len();
        let entire = object.entire(&state.parts, 2, self.room.octets());
        entire.is_some_and(|command| next.holds(&[command], next.alert, is_last))
    }

    /// Takes in as much as fits, cuts what does not where it may, and goes on with what is cut; tells whether that is a message, and one of use.
    fn grow(&mut self, session: &ClientSession, may_cut: bool) -> bool {
        let state = &session.state;
        let is_abort = state.phase == Phase::Aborting;
        let is_last = |said_all: bool| is_abort || (!state.more && said_all);
        let count = state.unsaid.len();
        let first = self.message.commands.len() + 1;
        let mut commands: Vec<Command> = Vec::new();
        if !self.holds(&[], self.alert, is_last(count == 0)) {
            return false;
        }
        let is_object = |saying: &Saying| matches!(saying, Saying::Object(_));
        // An object waits for the end of the server's own.
        let is_held_back = is_abort || state.holds_back();
        let is_cut = |object: &Object| !is_held_back && (may_cut || object.is_begun());
        let octets = self.room.octets();
        let is_in_the_way = |saying: &Saying| match saying {
            Saying::Object(object) => is_held_back || !object.may_be_whole(octets),
            _ => false,
        };
        let whole = |(id, saying): (usize, &Saying)| match saying {
            Saying::Object(object) => object.entire(&state.parts, id, octets),
            _ => Some(saying.command(id, saying.parts())),
        };
        loop {
            let done = self.whole;
            let mut rest = state.unsaid.iter().skip(done);
            let before = rest.position(is_in_the_way).unwrap_or(count - done);
            let said = commands.len();
            let sayings = (first + said..).zip(state.unsaid.iter().skip(done));
            let mut sayings = sayings.take(before).map_while(whole).fuse();
            let (mut guess, mut left) = (0, self.left_about(&commands));
            for command in sayings.by_ref() {
                let rest = left.checked_sub(about(&command, self.form.encoding()));
                commands.push(command);
                let Some(rest) = rest else { break };
                (guess, left) = (guess + 1, rest);
            }
            let fitting = most(before, guess, |more| {
                let missing = (said + more).saturating_sub(commands.len());
                commands.extend(sayings.by_ref().take(missing));
                let is_last = is_last(done + more == count);
                let commands = commands.get(..said + more);
                commands.is_some_and(|commands| self.holds(commands, self.alert, is_last))
            });
            commands.truncate(said + fitting);
            self.whole = done + fitting;
            let id = first + commands.len();
            match state.unsaid.get(self.whole) {
                Some(Saying::Object(object)) if is_cut(object) => {
                    let around = (session.config.encoding, self.room.octets());
                    let is_end = self.whole + 1 == count;
                    let chunk = object.chunk(&state.parts, id, around, |command| {
                        let is_last = is_last(is_end && !objects::goes_on(command));
                        let commands = [&commands[..], std::slice::from_ref(command)].concat();
                        self.left(&commands, self.alert, is_last)
                    });
                    let Some((command, end)) = chunk else { break };
                    let goes_on = objects::goes_on(&command);
                    let cmd_id = u32::try_from(id).unwrap_or(u32::MAX);
                    commands.push(command);
                    if goes_on {
                        self.cut = Some(Cut {
                            end,
                            octets: end - object.told(),
                            cmd_id,
                            is_first: !object.is_begun(),
                        });
                        break;
                    }
                    if object.is_begun() {
                        self.last = cmd_id;
                    }
                    self.whole += 1;
                }
                Some(next) if next.parts() > 1 => {
                    self.parts = most(next.parts() - 1, 1, |parts| {
                        commands.push(next.command(id, parts));
                        let is_held = self.holds(&commands, self.alert, is_last(false));
                        commands.pop();
                        is_held
                    });
                    if self.parts > 0 {
                        commands.push(next.command(id, self.parts));
                    }
                    break;
                }
                _ => break,
            }
        }
        self.message.commands.append(&mut commands);
        self.message.is_final = is_last(self.whole == count);
        if let Some(alert) = self.alert {
            self.push_alert(alert);
        }
        let is_idle = state
            .unsaid
            .front()
            .is_none_or(|next| is_object(next) && is_held_back);
        is_abort || is_idle || self.whole > 0 || self.parts > 0 || self.cut.is_some()
    }

    fn push_alert(&mut self, code: AlertCode) {
        let alert = new_alert(self.message.commands.len() + 1, code);
        self.message.commands.push(alert);
    }

    /// About how many octets there is room for, behind these.
    fn left_about(&self, commands: &[Command]) -> usize {
        let own = self.message.commands.iter().chain(commands);
        let taken: usize = own.map(|own| about(own, self.form.encoding())).sum();
        self.room.octets().saturating_sub(HEADER + taken)
    }

    /// Whether the server takes the message with these behind it.
    fn holds(&self, commands: &[Command], alert: Option<AlertCode>, is_final: bool) -> bool {
        let left = self.left(commands, alert, is_final);
        left.is_some_and(|left| left >= 0)
    }

    /// How many octets more than that the server takes.
    fn left(&self, commands: &[Command], alert: Option<AlertCode>, is_final: bool) -> Option<i64> {
        let count = self.message.commands.len() + commands.len();
        let alert = alert.map(|code| new_alert(count + 1, code));
        let message = Pieces {
            header: &self.message.header,
            commands: &[&self.message.commands, commands, alert.as_slice()],
            is_final,
        };
        self.room.left(message, &self.form)
    }

    pub(super) fn holds_all(&self, commands: &[Command]) -> bool {
        self.holds(commands, self.alert, true)
    }
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
        hmac: session.state.out.as_ref().and_then(|out| out.hmac.clone()),
        headers: Vec::new(),
        status: None,
        url: Some(url),
        done: session.state.phase == Phase::Over,
        repeated: false,
        too_large: Vec::new(),
        unsupported: Vec::new(),
    }
}
