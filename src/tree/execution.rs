//! Executing commands on the tree, one after the other, so that it can stop for the host at any of them and go on later.
//!
//! Where execution stands is a path of indices, one for the list of commands and one for each Atomic and Sequence around; nothing here
//! recurses. What an Atomic does, it does to a copy of the tree, which takes the tree's place when all of it has succeeded.

mod answer;
mod atomic;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Fault, Result};
use crate::status::StatusCode;
use crate::syncml::{Alert, Command, Item, Meta};

use super::mo::guard;
use super::mo::standing::Standing;
use super::node::Node;
use super::operation::{Effect, HostCall, HostCallKind, HostValues, ImplicitAdd};
use super::rights::Actor;
use super::store::Tree;

pub use answer::{Answer, Changed, Value};

use answer::found;
use atomic::Atomic;

/// What the host, or its user, is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// To read, write or start something.
    Call(HostCall),
    /// To take back what was written in an Atomic that has failed: the value is the one before.
    Undo(HostCall),
    /// To show an alert.
    Alert(Alert),
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A status, and what the user typed or chose.
    Status(StatusCode, Vec<String>),
    /// The value that was asked for.
    Value(Node),
}

/// What is done about an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is answered.
    Answer(StatusCode),
    /// The host is asked to show it.
    Ask,
}

/// The terms under which commands are executed.
pub struct Terms<'a> {
    /// Who they come from.
    pub actor: Actor<'a>,
    /// Whether Add makes missing parents.
    pub implicit_add: ImplicitAdd,
    /// What is done about an alert.
    pub alert: &'a dyn Fn(&Alert) -> Verdict,
    /// The status of an item that is not executed, by the indices of its command, those of the groups around ahead, and its own.
    pub settled: &'a dyn Fn(&[u32], usize) -> Option<StatusCode>,
    /// Whether these answers, those of an Atomic among them, fit one message.
    pub fits: &'a dyn Fn(&[Answer]) -> bool,
    /// Whether a value that the command with this CmdID has found fits a message of its own.
    pub takes: &'a dyn Fn(&str, &Value) -> bool,
}

/// Whether execution has come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All is done.
    Done,
    /// A question is open.
    Asked(Question),
}

/// Commands in the midst of their execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// The index of the next command, behind the indices of the groups around it.
    cursor: Vec<u32>,
    /// The depth of the cursor at which the rest is passed over, after a "no" in a Sequence or in a group that is not executed.
    bypass: Option<u32>,
    /// The user has cancelled: the rest is passed over.
    is_cancelled: bool,
    seen: BTreeSet<String>,
    /// The command that is executed, as far as it has come.
    current: Current,
    asked: Option<Asked>,
    atomic: Option<Atomic>,
    answers: Vec<Answer>,
    #[serde(skip)]
    standing: Standing,
}

/// How far a command with several items has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Current {
    codes: Vec<StatusCode>,
    /// What the host was asked to do, and what came of it.
    called: Option<(HostCall, StatusCode)>,
    results: Vec<Value>,
    values: HostValues,
}

/// The kind of question that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Asked {
    Call(HostCall),
    Undo,
    Alert,
}

impl Execution {
    /// At the first command.
    pub fn new() -> Self {
        Self {
            cursor: vec![0],
            bypass: None,
            is_cancelled: false,
            seen: BTreeSet::new(),
            current: Current::default(),
            asked: None,
            atomic: None,
            answers: Vec::new(),
            standing: Standing::default(),
        }
    }

    /// Whether a question is open.
    pub fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether no other execution has the tree for itself.
    pub fn may_change(&self, tree: &Tree) -> bool {
        match &self.atomic {
            Some(atomic) => atomic.may_hold(tree),
            None => !tree.is_held(),
        }
    }

    /// The command that is executed.
    pub fn command<'c>(&self, commands: &'c [Command]) -> Option<&'c Command> {
        let (index, around) = self.cursor.split_last()?;
        inside(commands, around).get(*index as usize)
    }

    /// What became of the commands so far, in their order.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The same, taken out.
    pub fn into_answers(self) -> Vec<Answer> {
        self.answers
    }

    /// Executes up to the end, or to the next question. `changed` grows by the nodes that have changed for good.
    ///
    /// The host may change the tree while a question is open: an Atomic goes on with that, or fails where what it has done no longer fits.
    ///
    /// # Errors
    ///
    /// [`Code::Busy`] while an Atomic of another execution is under way, [`Code::State`] while a question is open; then nothing has changed.
    /// [`Code::Snapshot`] where this was saved with another tree.
    pub fn run(
        &mut self,
        commands: &[Command],
        tree: &mut Tree,
        terms: &Terms<'_>,
        changed: &mut Vec<Changed>,
    ) -> Result<Progress> {
        if self.is_asking() {
            return Err(Error::state("a question is open"));
        }
        if !self.may_change(tree) {
            let problem = "an Atomic of another session is under way";
            return Err(Error::new(Code::Busy, Fault::Caller, problem).expecting("its end"));
        }
        self.resume(commands, tree)?;
        let question = self.go_on(commands, tree, terms, changed);
        self.standing.settle(tree);
        Ok(question.map_or(Progress::Done, Progress::Asked))
    }

    fn go_on(
        &mut self,
        commands: &[Command],
        tree: &mut Tree,
        terms: &Terms<'_>,
        changed: &mut Vec<Changed>,
    ) -> Option<Question> {
        loop {
            if let Some(question) = self.undo() {
                return Some(question);
            }
            let (index, around) = self.cursor.split_last()?;
            let Some(command) = inside(commands, around).get(*index as usize) else {
                self.leave(tree, terms, changed);
                continue;
            };
            if matches!(command, Command::Status(_) | Command::Results(_)) {
                self.advance();
                continue;
            }
            let is_begun = self.current != Current::default();
            let cmd_id = command
                .number()
                .filter(|id| is_begun || !self.seen.contains(*id));
            let Some(cmd_id) = cmd_id.map(str::to_owned) else {
                self.refuse(command, "", StatusCode::BAD_REQUEST);
                continue;
            };
            self.seen.insert(cmd_id.clone());
            let meta = meta_for(command, commands, around);
            let meta = meta.as_deref();
            let question = self.step(command, &cmd_id, meta, tree, terms, changed);
            if question.is_some() {
                return question;
            }
        }
    }

    /// Takes in what came of the open question; [`run`](Self::run) goes on from there.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`] for a reply of the wrong kind; then the question stays open.
    pub fn reply(&mut self, commands: &[Command], reply: Reply) -> Result<()> {
        let Some(asked) = &self.asked else {
            return Err(Error::state("no question is open"));
        };
        match (asked, reply) {
            (Asked::Call(call), Reply::Value(node)) if call.kind == HostCallKind::Read => {
                if node.is_interior() {
                    return Err(
                        Error::arg("a value of format node").expecting("the value of a leaf")
                    );
                }
                self.current.values.insert(call.path.clone(), node);
            }
            (Asked::Call(call), Reply::Status(code, _)) if call.kind == HostCallKind::Read => {
                if code.is_success() {
                    return Err(
                        Error::arg("no value").expecting("a value, or the status of a failure")
                    );
                }
                self.current.codes.push(code);
                self.current.values.clear();
            }
            (Asked::Call(call), Reply::Status(code, _)) => {
                if let Some(atomic) = &mut self.atomic {
                    atomic.told();
                }
                self.current.called = Some((call.clone(), code));
            }
            (Asked::Undo, Reply::Status(code, _)) => {
                if let Some(atomic) = &mut self.atomic {
                    atomic.undone(code);
                }
            }
            (Asked::Alert, Reply::Status(code, data)) => self.shown(commands, code, data)?,
            (_, Reply::Value(_)) => {
                return Err(Error::arg("a value that was not asked for").expecting("a status"));
            }
        }
        self.asked = None;
        Ok(())
    }

    /// Executes nothing more: an Atomic under way has failed, and what was executed so far is answered. Gives what the host is to take back
    /// first; [`run`](Self::run) goes on with that.
    pub fn abort(&mut self, commands: &[Command]) -> Option<Question> {
        self.asked = None;
        let current = std::mem::take(&mut self.current);
        if let Some(command) = self.command(commands) {
            let cmd_id = command.number().unwrap_or_default();
            if let Some(atomic) = &mut self.atomic {
                atomic.abandon(cmd_id);
            }
            if let Some(operation) = command.operation() {
                self.answer_each(command.name(), operation, cmd_id, current);
            }
        } else if let Some(atomic) = &mut self.atomic {
            atomic.abandon("");
        }
        self.cursor.clear();
        self.undo()
    }

    /// Executes one command or goes on with it, unless the host is to be asked first.
    fn step(
        &mut self,
        command: &Command,
        cmd_id: &str,
        meta: Option<&Meta>,
        tree: &mut Tree,
        terms: &Terms<'_>,
        changed: &mut Vec<Changed>,
    ) -> Option<Question> {
        let is_passed_over = self.is_cancelled || self.bypass.is_some();
        let in_atomic = self.atomic.is_some();
        let in_group = self.cursor.len() > 1;
        match command {
            Command::Sequence(_) | Command::Atomic(_) if is_passed_over => {
                self.answer(command, cmd_id, StatusCode::NOT_EXECUTED);
                self.enter();
            }
            Command::Sequence(_) if !in_atomic => {
                self.answer(command, cmd_id, StatusCode::OK);
                self.enter();
            }
            Command::Atomic(_) if !in_group => {
                self.standing.begin(tree);
                self.atomic = Some(Atomic::begin(tree, self.answers.len()));
                self.answer(command, cmd_id, StatusCode::OK);
                self.enter();
            }
            // Nested where it must not be: nothing of it is executed, and an Atomic around it fails.
            Command::Sequence(_) | Command::Atomic(_) => {
                self.answer(command, cmd_id, StatusCode::COMMAND_FAILED);
                self.fail();
                self.enter();
                self.bypass.get_or_insert(self.cursor.len() as u32);
            }
            _ if is_passed_over => self.refuse(command, cmd_id, StatusCode::NOT_EXECUTED),
            Command::Get(_) | Command::Exec(_) if in_atomic => {
                self.refuse(command, cmd_id, StatusCode::COMMAND_FAILED);
            }
            _ if command.holds_cred() => {
                self.refuse(command, cmd_id, StatusCode::BAD_REQUEST);
            }
            Command::Alert(alert) => match (terms.alert)(alert) {
                Verdict::Answer(code) => self.refuse(command, cmd_id, code),
                Verdict::Ask => {
                    self.asked = Some(Asked::Alert);
                    return Some(Question::Alert(alert.clone()));
                }
            },
            Command::Unknown(_) | Command::Status(_) | Command::Results(_) => {
                self.refuse(command, cmd_id, StatusCode::BAD_REQUEST);
            }
            _ => return self.items(command, cmd_id, meta, tree, terms, changed),
        }
        None
    }

    /// Carries a command out, item by item: they are independent of each other.
    fn items(
        &mut self,
        command: &Command,
        cmd_id: &str,
        meta: Option<&Meta>,
        tree: &mut Tree,
        terms: &Terms<'_>,
        changed: &mut Vec<Changed>,
    ) -> Option<Question> {
        let operation = command.operation()?;
        while let Some(item) = operation.items.get(self.current.codes.len()) {
            self.note_written(cmd_id);
            if let Some(code) = (terms.settled)(&self.cursor, self.current.codes.len()) {
                self.current.codes.push(code);
                continue;
            }
            let called = self.current.called.take();
            let place = match &mut self.atomic {
                // It was woken before any command.
                Some(atomic) => atomic.tree()?,
                None => &mut *tree,
            };
            let (standing, values) = (&mut self.standing, &self.current.values);
            let done = |place: &mut Tree| effect(command, item, meta, place, terms, values);
            let effect = match called {
                Some((call, code)) => guard::called(place, standing, call, code, &terms.actor),
                None if guard::may_concern(place, command, item, meta) => {
                    guard::guarded(place, standing, &terms.actor, done)
                }
                None => guard::unguarded(place, standing, done),
            };
            let code = match effect {
                Ok(Effect::Ask(call)) => {
                    if let Some(atomic) = &mut self.atomic {
                        atomic.asking(&call);
                    }
                    self.asked = Some(Asked::Call(call.clone()));
                    return Some(Question::Call(call));
                }
                Ok(Effect::Found(items)) => {
                    let asked = item.target.as_ref().map_or("", |target| &target.uri);
                    let place = self.current.codes.len();
                    let mut values = found(items, asked, place);
                    if values.iter().all(|value| (terms.takes)(cmd_id, value)) {
                        self.current.results.append(&mut values);
                        StatusCode::OK
                    } else {
                        StatusCode::TOO_LARGE
                    }
                }
                Ok(Effect::Done(code)) => code,
                Ok(Effect::Changed(nodes)) => {
                    let nodes = nodes.into_iter().map(|(path, by)| Changed { path, by });
                    match &mut self.atomic {
                        Some(atomic) => atomic.changed.extend(nodes),
                        None => changed.extend(nodes),
                    }
                    StatusCode::OK
                }
                Err(code) => code,
            };
            self.current.codes.push(code);
            self.current.values.clear();
        }
        let current = std::mem::take(&mut self.current);
        let is_fine =
            current.codes.iter().all(|code| code.is_success()) && !operation.items.is_empty();
        self.answer_items(command.name(), operation, cmd_id, current);
        if !is_fine {
            self.fail();
        }
        self.advance();
        None
    }

    /// The user has answered, or not.
    fn shown(&mut self, commands: &[Command], code: StatusCode, data: Vec<String>) -> Result<()> {
        let Some(command) = self.command(commands) else {
            return Err(Error::new(
                Code::State,
                Fault::Caller,
                "nothing is executed",
            ));
        };
        let in_sequence = self.cursor.len() > 1 && self.atomic.is_none();
        self.answer(command, command.cmd_id().unwrap_or_default(), code);
        if let Some(answer) = self.answers.last_mut() {
            answer.data = data;
        }
        // Section 10.2: "no" passes over the rest of its Sequence, cancelling over the rest of the message; either makes an Atomic fail.
        match code {
            StatusCode::NOT_MODIFIED if in_sequence => self.bypass = Some(self.cursor.len() as u32),
            StatusCode::CANCELLED | StatusCode::TIMEOUT => {
                self.fail();
                self.is_cancelled = true;
            }
            code if code.is_success() => {}
            _ => self.fail(),
        }
        self.advance();
        Ok(())
    }

    fn answer(&mut self, command: &Command, cmd_ref: &str, code: StatusCode) {
        self.answers
            .push(Answer::new(cmd_ref, command.name(), code));
    }

    /// Answers a command that is over with that.
    fn refuse(&mut self, command: &Command, cmd_ref: &str, code: StatusCode) {
        self.answer(command, cmd_ref, code);
        if !code.is_success() && code != StatusCode::NOT_EXECUTED {
            self.fail();
        }
        self.advance();
    }

    fn enter(&mut self) {
        self.cursor.push(0);
    }

    fn advance(&mut self) {
        self.current = Current::default();
        if let Some(index) = self.cursor.last_mut() {
            *index += 1;
        }
    }

    /// Behind the last command of a group, execution goes on behind the group.
    fn leave(&mut self, tree: &mut Tree, terms: &Terms<'_>, changed: &mut Vec<Changed>) {
        let depth = self.cursor.len() as u32;
        self.bypass = self.bypass.filter(|bypass| *bypass < depth);
        self.cursor.pop();
        self.advance();
        if self.cursor.len() == 1 {
            self.end_atomic(tree, terms, changed);
        }
    }
}

impl Default for Execution {
    fn default() -> Self {
        Self::new()
    }
}

/// What one Item of a command comes to.
fn effect(
    command: &Command,
    item: &Item,
    meta: Option<&Meta>,
    tree: &mut Tree,
    terms: &Terms<'_>,
    values: &HostValues,
) -> Result<Effect, StatusCode> {
    let actor = &terms.actor;
    match command {
        Command::Get(_) => {
            let uri = item.target.as_ref().map_or("", |target| &target.uri);
            tree.get(uri, actor, values)
        }
        Command::Add(_) => tree.add(item, meta, actor, terms.implicit_add),
        Command::Replace(_) => tree.replace(item, meta, actor),
        Command::Delete(_) => tree.delete(item, actor),
        Command::Copy(_) => tree.copy(item, actor, values),
        Command::Exec(_) => tree.exec(item, meta, actor),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

/// Meta as it holds for the items of a command: its own, and what that is silent on as the groups around it say.
fn meta_for<'c>(
    command: &'c Command,
    commands: &'c [Command],
    around: &[u32],
) -> Option<Cow<'c, Meta>> {
    let own = command.operation()?.meta.as_deref();
    let mut meta = own.map(Cow::Borrowed);
    for depth in (1..=around.len()).rev() {
        let (index, around) = around.get(..depth)?.split_last()?;
        let Some(Command::Sequence(group) | Command::Atomic(group)) =
            inside(commands, around).get(*index as usize)
        else {
            continue;
        };
        let Some(outer) = group.meta.as_deref() else {
            continue;
        };
        let inner = meta.get_or_insert(Cow::Borrowed(outer));
        let is_silent = |field: fn(&Meta) -> bool| !field(inner) && field(outer);
        if is_silent(|meta| meta.format.is_some()) || is_silent(|meta| meta.mime.is_some()) {
            inner.to_mut().inherit(outer);
        }
    }
    meta
}

/// The commands of the list, or of the group that the indices lead to.
fn inside<'c>(commands: &'c [Command], around: &[u32]) -> &'c [Command] {
    around.iter().fold(commands, |commands, index| {
        match commands.get(*index as usize) {
            Some(Command::Sequence(group) | Command::Atomic(group)) => group.commands.as_slice(),
            _ => &[],
        }
    })
}
