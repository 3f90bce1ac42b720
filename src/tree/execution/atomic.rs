//! All or nothing: what an Atomic does is done to a copy of the tree, and taken back where the host has done something already.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::status::StatusCode;
use crate::syncml::Command;
use crate::tree::mo::guard;
use crate::tree::operation::{HostCall, HostCallKind};
use crate::tree::saved::Staged;
use crate::tree::store::Tree;

use super::{Asked, Changed, Current, Execution, Question, Terms};

/// The depth of the cursor inside an Atomic, which stands in the list of commands itself.
const INSIDE: u32 = 2;

/// An Atomic under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Atomic {
    /// The answer of the Atomic itself, by its place among the answers.
    answer: usize,
    staged: Staged,
    /// Holds the tree for as long as this is under way.
    #[serde(skip)]
    hold: Arc<()>,
    pub(super) changed: Vec<Changed>,
    written: Vec<Written>,
    /// What is there that the host is asked to write over.
    asking: Option<HostCall>,
    /// The status of the Atomic, where it has failed.
    failed: Option<StatusCode>,
    /// All commands are passed; what was written is taken back.
    is_ending: bool,
    /// The commands whose effects could not be taken back, by their CmdIDs.
    stuck: Vec<String>,
}

/// What the host has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    cmd_ref: String,
    /// What was there before.
    before: HostCall,
}

impl Atomic {
    /// On a tree that nobody else holds.
    pub(super) fn begin(tree: &mut Tree, answer: usize) -> Self {
        let hold = Arc::new(());
        let staged = Staged::of(tree);
        tree.hold(&hold);
        Self {
            answer,
            staged,
            hold,
            changed: Vec::new(),
            written: Vec::new(),
            asking: None,
            failed: None,
            is_ending: false,
            stuck: Vec::new(),
        }
    }

    /// Goes on after a rest: the copy is made of the tree again, and follows what the host has changed there meanwhile. Tells whether what was
    /// done fits there still; if it does not, the copy is that of the tree.
    fn resume(&mut self, tree: &mut Tree) -> Result<bool> {
        let fits = self.staged.resume(tree)?;
        tree.hold(&self.hold);
        Ok(fits)
    }

    /// Whether it is this Atomic that holds the tree, or nobody.
    pub(super) fn may_hold(&self, tree: &Tree) -> bool {
        tree.holder()
            .is_none_or(|holder| Arc::ptr_eq(&holder, &self.hold))
    }

    /// The tree that its commands work on, unless it is at rest.
    pub(super) fn tree(&mut self) -> Option<&mut Tree> {
        self.staged.tree()
    }

    /// The host is asked something.
    pub(super) fn asking(&mut self, call: &HostCall) {
        self.asking = (call.kind == HostCallKind::Write)
            .then(|| self.before(call))
            .flatten();
    }

    /// The host has said what came of that.
    pub(super) fn told(&mut self) {
        self.asking = None;
    }

    /// What a host that writes this writes over.
    fn before(&mut self, call: &HostCall) -> Option<HostCall> {
        let node = self.tree()?.node(&call.path)?;
        Some(HostCall {
            kind: HostCallKind::Write,
            path: call.path.clone(),
            data: node.data().cloned(),
            format: Some(node.format().name().to_owned()),
            mime: node.mime().map(str::to_owned),
        })
    }

    /// The host has written something, which it will have to take back if this fails.
    pub(super) fn written(&mut self, cmd_ref: &str, call: &HostCall) {
        if let Some(before) = self.before(call) {
            self.written.push(Written {
                cmd_ref: cmd_ref.to_owned(),
                before,
            });
        }
    }

    /// Nothing more of it is executed. What the host was asked to write it may have written.
    pub(super) fn abandon(&mut self, cmd_ref: &str) {
        if let Some(before) = self.asking.take() {
            self.written.push(Written {
                cmd_ref: cmd_ref.to_owned(),
                before,
            });
        }
        self.failed.get_or_insert(StatusCode::ATOMIC_FAILED);
        self.is_ending = true;
    }

    /// The host has taken back what it wrote last, or could not.
    pub(super) fn undone(&mut self, code: StatusCode) {
        if let Some(written) = self.written.pop()
            && !code.is_success()
        {
            self.stuck.push(written.cmd_ref);
        }
    }
}

impl Execution {
    /// Goes on with an Atomic. Where it no longer fits the tree it fails, and with it the command that is executed.
    pub(super) fn resume(&mut self, commands: &[Command], tree: &mut Tree) -> Result<()> {
        let Some(atomic) = self.atomic.as_mut() else {
            return Ok(());
        };
        if atomic.resume(tree)? || atomic.failed.is_some() {
            return Ok(());
        }
        let command = self.command(commands);
        match command.filter(|_| self.current != Current::default()) {
            Some(command) => {
                let cmd_id = command.number().unwrap_or_default();
                self.note_written(cmd_id);
                self.refuse(command, cmd_id, StatusCode::COMMAND_FAILED);
            }
            None => self.fail(),
        }
        Ok(())
    }

    /// Notes what the host has written just now, if it has.
    pub(super) fn note_written(&mut self, cmd_id: &str) {
        if let (Some((call, code)), Some(atomic)) = (&self.current.called, &mut self.atomic)
            && call.kind == HostCallKind::Write
            && code.is_success()
        {
            atomic.written(cmd_id, call);
        }
    }

    /// An Atomic that is under way fails: the rest of it is passed over.
    pub(super) fn fail(&mut self) {
        if let Some(atomic) = &mut self.atomic {
            atomic.failed.get_or_insert(StatusCode::ATOMIC_FAILED);
            self.bypass.get_or_insert(INSIDE);
        }
    }

    /// All commands of an Atomic are passed.
    pub(super) fn end_atomic(
        &mut self,
        tree: &mut Tree,
        terms: &Terms<'_>,
        changed: &mut Vec<Changed>,
    ) {
        let Some(mut atomic) = self.atomic.take() else {
            return;
        };
        let answers = self.answers.get(atomic.answer..).unwrap_or_default();
        if atomic.failed.is_none() && !(terms.fits)(answers) {
            atomic.failed = Some(StatusCode::ATOMIC_TOO_LARGE);
        }
        if atomic.failed.is_none() {
            let before = tree.draft();
            atomic.staged.commit(tree);
            guard::committed(tree, &mut self.standing, &before);
            changed.append(&mut atomic.changed);
            return;
        }
        atomic.is_ending = true;
        self.atomic = Some(atomic);
    }

    /// What the host is to take back next, of an Atomic that has failed; the last first.
    pub(super) fn undo(&mut self) -> Option<Question> {
        let atomic = self.atomic.as_mut().filter(|atomic| atomic.is_ending)?;
        if let Some(written) = atomic.written.last() {
            self.asked = Some(Asked::Undo);
            return Some(Question::Undo(written.before.clone()));
        }
        let atomic = self.atomic.take()?;
        self.standing.give_up();
        let mut answers = self.answers.iter_mut().skip(atomic.answer);
        if let (Some(answer), Some(code)) = (answers.next(), atomic.failed) {
            answer.code = code;
        }
        let executed = |code: StatusCode| {
            code.is_success() && code != StatusCode::NOT_EXECUTED && code != StatusCode::CANCELLED
        };
        for answer in answers.filter(|answer| executed(answer.code)) {
            answer.code = if atomic.stuck.contains(&answer.cmd_ref) {
                StatusCode::ROLL_BACK_FAILED
            } else {
                StatusCode::ROLLED_BACK
            };
            answer.data.clear();
            answer.results.clear();
        }
        None
    }
}
