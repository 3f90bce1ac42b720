//! The DM Client's side of a session of DM 2.0.
//!
//! ```text
//!  set-up ── send ──▶ waiting ── receive ──▶ executing ⇄ a ticket is open (complete)
//!                      ▲  │                      │
//!                      │  └─▶ over               ├─▶ over, behind END
//!                      └──────── send ◀──────────┘ results are due
//! ```
//!
//! What is sent stands in `send`, how a reply is taken in `receive`; commands are carried out in `execute`, those that move data by HTTP in
//! `transfer`.

mod alerts;
mod beginning;
mod commands;
mod execute;
#[cfg(test)]
mod linear;
mod places;
mod receive;
mod send;
mod standing;
mod state;
mod transfer;
mod waiting;

use std::{fmt, mem};

use crate::auth::{
    AccountState, Ignored, NotificationPolicy, VerifiedNotification, take_notification,
    verify_notification,
};
use crate::dm2::{Dialect, Headers, Request};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::notification::UiMode;
use crate::session::alert::ClientAlert;
use crate::session::client::{ClientConfig, Outcome, Trigger};
use crate::session::event::{AbortedBy, ClientEvent};
use crate::session::transport::{Outgoing, Received};
use crate::snapshot::{self, Kind};
use crate::tree::{Seen, Tree};

use beginning::Beginning;
use state::{Phase, State};

/// One management session at the device.
pub(crate) struct ClientSession {
    config: ClientConfig,
    state: State,
    account: AccountState,
    /// The package that is carried out, while a ticket is open; kept as octets in the state.
    package: Option<Request>,
    /// What the server may see in the tree as it was when it was looked at last.
    seen: Option<Seen>,
}

/// What was said is not for logs.
impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession")
            .field("device", &self.config.account.device_id)
            .field("dialect", &self.state.dialect)
            .field("session_id", &self.state.beginning.session_id)
            .field("seq", &self.state.seq)
            .finish_non_exhaustive()
    }
}

impl ClientSession {
    pub(crate) fn new(
        config: ClientConfig,
        dialect: Dialect,
        trigger: Trigger,
        env: &Env<'_>,
    ) -> Self {
        let number = match &trigger {
            Trigger::Server { session_id, .. } => Some(*session_id),
            Trigger::Client | Trigger::Bootstrap => None,
        };
        let beginning = Beginning::of_trigger(trigger, dialect, env);
        let mut session = Self::begin(config, dialect, beginning);
        if let Some(number) = number {
            // Even if it was verified elsewhere, it begins no other.
            session.account.triggers.remember(number);
        }
        session
    }

    fn begin(config: ClientConfig, dialect: Dialect, beginning: Beginning) -> Self {
        let mut account = config.account.state.clone();
        // The nonces of DM 1.x are none of this session's.
        account.resync = false;
        Self {
            state: State::new(dialect, beginning, account_id(&config)),
            config,
            account,
            package: None,
            seen: None,
        }
    }

    pub(crate) fn notified(
        mut config: ClientConfig,
        dialect: Dialect,
        notification: &[u8],
        policy: &NotificationPolicy,
        env: &Env<'_>,
    ) -> Result<Self> {
        let verified = verify_notification(notification, &config.account, policy, env.now);
        let VerifiedNotification {
            notification,
            state,
            ..
        } = verified.map_err(Ignored::error)?;
        let beginning =
            Beginning::of_notification(&notification, dialect, &config.objects.index, env)?;
        config.account.state = state;
        Ok(Self::begin(config, dialect, beginning))
    }

    pub(crate) fn ui_mode(&self) -> Option<UiMode> {
        self.state.beginning.ui_mode
    }

    pub(crate) fn with_ui_mode(mut self, mode: UiMode) -> Self {
        self.state.beginning.ui_mode = Some(mode);
        self
    }

    pub(crate) fn notify(
        &mut self,
        notification: &[u8],
        policy: &NotificationPolicy,
        now: u64,
    ) -> Result<Result<VerifiedNotification, Ignored>> {
        beginning::check_form(policy.form, self.state.dialect)?;
        let (account, state) = (&self.config.account, &mut self.account);
        Ok(take_notification(notification, account, state, policy, now))
    }

    pub(crate) fn raise(&mut self, alert: ClientAlert) -> Result<u32> {
        alerts::raise(self, alert)
    }

    pub(crate) fn send(&mut self, tree: &Tree, env: &Env<'_>) -> Result<Option<Outgoing>> {
        send::send(self, tree, env)
    }

    pub(crate) fn receive(
        &mut self,
        tree: &mut Tree,
        received: &Received<'_>,
    ) -> Result<Vec<ClientEvent>> {
        let mut events = receive::receive(self, tree, received)?;
        alerts::settle(self, tree, &mut events);
        Ok(events)
    }

    pub(crate) fn complete(
        &mut self,
        tree: &mut Tree,
        ticket: u32,
        outcome: &Outcome,
    ) -> Result<Vec<ClientEvent>> {
        let Phase::Executing(execution) = &mut self.state.phase else {
            return Err(Error::arg("no ticket is open"));
        };
        if tree.is_held() {
            return Err(receive::busy());
        }
        execution.complete(ticket, outcome)?;
        let mut events = Vec::new();
        execute::run(self, tree, &mut events);
        alerts::settle(self, tree, &mut events);
        Ok(events)
    }

    pub(crate) fn abort(&mut self, reason: Option<String>) -> Vec<ClientEvent> {
        let package = self.package.take();
        let results = match mem::replace(&mut self.state.phase, Phase::Over) {
            phase @ (Phase::Over | Phase::Aborting(_)) => {
                self.state.phase = phase;
                return Vec::new();
            }
            Phase::Executing(mut execution) => {
                let mut events = Vec::new();
                if execution.is_aborted() {
                    self.package = package;
                    self.state.phase = Phase::Executing(execution);
                } else if let Some(package) = package {
                    execution.abort(reason);
                    execute::wind_up(self, execution, package, &mut events);
                    alerts::forget(self, &mut events);
                }
                return events;
            }
            Phase::Answering(results) => Some(results),
            Phase::Waiting => Some(Vec::new()),
            Phase::SetUp => None,
        };
        self.stop(results);
        let by = AbortedBy::Device;
        let mut events = vec![ClientEvent::Aborted { by, reason }];
        alerts::forget(self, &mut events);
        events
    }

    /// Ends the session: in the draft dialect a last package says so, with these results, if the server waits for any.
    fn stop(&mut self, results: Option<Vec<crate::dm2::Outcome>>) {
        self.state.phase = match (results, self.state.dialect) {
            (Some(results), Dialect::Draft) => Phase::Aborting(results),
            _ => Phase::Over,
        };
    }

    /// The session at rest: the state, and that of the account.
    pub(crate) fn save(&self) -> Result<(Vec<u8>, AccountState)> {
        let sealed = snapshot::seal(Kind::ClientV2, &self.state)?;
        Ok((sealed, self.account.clone()))
    }

    pub(crate) fn restore(
        state: &[u8],
        account: AccountState,
        config: ClientConfig,
        dialect: Dialect,
    ) -> Result<Self> {
        let state: State = snapshot::open(Kind::ClientV2, state)?;
        if state.account != account_id(&config) {
            return Err(Error::snapshot("of another account"));
        }
        if state.dialect != dialect {
            return Err(Error::snapshot("of another dialect").expecting(dialect.name()));
        }
        let package = match &state.phase {
            Phase::Executing(execution) => {
                let headers = Headers {
                    accept_mo: execution.accept_mo.clone(),
                    ..Headers::default()
                };
                let decoded = Request::decode(&execution.body, &headers, &config.limits);
                let checked = decoded.and_then(|(package, of)| {
                    receive::check(&state, &package, of)?;
                    Ok(package)
                });
                Some(checked.map_err(|_| Error::snapshot("damaged"))?)
            }
            _ => None,
        };
        if !state.is_sound(package.as_ref()) {
            return Err(Error::snapshot("damaged"));
        }
        Ok(Self {
            config,
            state,
            account,
            package,
            seen: None,
        })
    }
}

/// What a saved session belongs to.
fn account_id(config: &ClientConfig) -> (String, String) {
    (
        config.account.device_id.clone(),
        config.account.server_id.clone(),
    )
}
