//! Why a session begins, and what package 1 is to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dm2::{Dialect, Reason};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::notification::{Notification, NotificationForm, UiMode};
use crate::session::client::Trigger;

/// What a session begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beginning {
    /// In the draft dialect.
    pub(super) session_id: String,
    cause: Cause,
    /// Whether a notification wants the objects listed.
    pub(super) is_listed: bool,
    /// The objects of which a notification wants the data, in the draft dialect.
    pub(super) wanted: Vec<Wanted>,
    pub(super) ui_mode: Option<UiMode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Cause {
    Client,
    Bootstrap,
    /// A notification, with its number in the approved dialect.
    Server(Option<u16>),
}

/// An object of which the data is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    /// Its identifier.
    pub(super) moid: String,
    /// The validators of those instances that the server has; nothing where all are wanted, whatever it has.
    pub(super) known: Option<Vec<String>>,
}

impl Beginning {
    fn new(session_id: u16, cause: Cause) -> Self {
        Self {
            session_id: format!("{session_id:X}"),
            cause,
            is_listed: false,
            wanted: Vec::new(),
            ui_mode: None,
        }
    }

    /// As the host wants it.
    pub(super) fn of_trigger(trigger: Trigger, dialect: Dialect, env: &Env<'_>) -> Self {
        let own = own_id(env);
        match trigger {
            Trigger::Client => Self::new(own, Cause::Client),
            Trigger::Bootstrap => Self::new(own, Cause::Bootstrap),
            Trigger::Server {
                session_id,
                requested,
            } => {
                let number = (dialect == Dialect::Approved).then_some(session_id);
                let mut beginning = Self::new(session_id, Cause::Server(number));
                beginning.want_all(requested, dialect);
                beginning
            }
        }
    }

    /// As a notification wants it, which has been found right. Indices that stand for nothing are passed over.
    pub(super) fn of_notification(
        notification: &Notification,
        dialect: Dialect,
        mo_index: &BTreeMap<u16, String>,
        env: &Env<'_>,
    ) -> Result<Self> {
        match (notification, dialect) {
            (Notification::Draft(draft), Dialect::Draft) => {
                let mut beginning = Self::new(draft.session_id, Cause::Server(None));
                beginning.ui_mode = Some(draft.ui_mode);
                beginning.is_listed = draft.requests_list();
                for wanted in draft.requested() {
                    if let Some(moid) = mo_index.get(&wanted.index) {
                        // What is no text is nothing that was ever given out.
                        let text = |octets| String::from_utf8(octets).unwrap_or_default();
                        beginning.want(moid, wanted.validator.map(text));
                    }
                }
                Ok(beginning)
            }
            (Notification::Approved(approved), Dialect::Approved) => {
                let mut beginning = Self::new(own_id(env), Cause::Server(approved.id));
                beginning.is_listed = approved.request_mos;
                Ok(beginning)
            }
            _ => Err(of_another(notification.form(), dialect)),
        }
    }

    /// The approved dialect has no place for data in package 1.
    fn want_all(&mut self, requested: Vec<String>, dialect: Dialect) {
        for moid in requested.iter().filter(|_| dialect == Dialect::Draft) {
            self.want(moid, None);
        }
    }

    fn want(&mut self, moid: &str, known: Option<String>) {
        let before = self.wanted.iter_mut().find(|one| one.moid == moid);
        match (before, known) {
            (None, known) => self.wanted.push(Wanted {
                moid: moid.to_owned(),
                known: known.map(|cv| vec![cv]),
            }),
            (Some(before), None) => before.known = None,
            (Some(before), Some(cv)) => {
                if let Some(known) = &mut before.known {
                    known.push(cv);
                }
            }
        }
    }

    pub(super) fn reason(&self) -> Reason {
        match self.cause {
            Cause::Client => Reason::Client,
            Cause::Bootstrap => Reason::Bootstrap,
            Cause::Server(notification_id) => Reason::Server { notification_id },
        }
    }
}

/// That a policy is for notifications in this dialect.
///
/// # Errors
///
/// [`Code::Arg`](crate::Code::Arg) where it names another form.
pub(super) fn check_form(form: NotificationForm, dialect: Dialect) -> Result<()> {
    match form == form_of(dialect) {
        true => Ok(()),
        false => Err(of_another(form, dialect)),
    }
}

fn form_of(dialect: Dialect) -> NotificationForm {
    match dialect {
        Dialect::Draft => NotificationForm::Draft,
        Dialect::Approved => NotificationForm::Approved,
    }
}

/// What asks for no session in this dialect.
fn of_another(form: NotificationForm, dialect: Dialect) -> Error {
    let error = Error::arg(format!("a notification of form {}", form.name()));
    error.expecting(form_of(dialect).name())
}

/// A number for a session that no notification gives one.
fn own_id(env: &Env<'_>) -> u16 {
    let [high, low, ..] = env.token();
    u16::from_be_bytes([high, low]).max(1)
}
