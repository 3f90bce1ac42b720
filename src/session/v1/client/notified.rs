//! Sessions that a notification asks for (DM protocol, section 6.2): one at a time for each server.

use crate::auth::{
    Ignored, NotificationPolicy, VerifiedNotification, take_notification, verify_notification,
};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::notification::{Notification, NotificationForm, UiMode, V1};
use crate::session::client::{ClientConfig, Trigger};

use super::ClientSession;

impl ClientSession {
    /// A session for a notification that has just come (Alert 1200), with its SessionID. `requested` is what else package 1 of DM 1.3 is to hold:
    /// objects by their identifiers, of which the form of DM 1.x says nothing.
    ///
    /// Only where no session with this server is open: while one is, [`notify`](Self::notify) takes its notifications.
    ///
    /// # Errors
    ///
    /// [`Code::Auth`](crate::Code::Auth) for a notification that is to be ignored, with the reason in its text; nobody is to be told.
    /// [`Code::Arg`](crate::Code::Arg) where the policy names another form than that of DM 1.x.
    pub(crate) fn notified(
        mut config: ClientConfig,
        notification: &[u8],
        requested: Vec<String>,
        policy: &NotificationPolicy,
        env: &Env<'_>,
    ) -> Result<Self> {
        let verified = verify_notification(notification, &config.account, policy, env.now);
        let VerifiedNotification {
            notification,
            state,
            ..
        } = verified.map_err(Ignored::error)?;
        let Notification::V1(V1 {
            session_id,
            ui_mode,
            ..
        }) = notification
        else {
            return Err(of_another(notification.form()));
        };
        config.account.state = state;
        let trigger = Trigger::Server {
            session_id,
            requested,
        };
        let mut session = Self::new(config, trigger, env);
        session.state.ui_mode = Some(ui_mode);
        Ok(session)
    }

    /// The same session, of which the user is to see so much: one by [`Trigger::Server`], for a notification that [`notify`](Self::notify) has taken.
    #[must_use]
    pub(crate) fn with_ui_mode(mut self, mode: UiMode) -> Self {
        self.state.ui_mode = Some(mode);
        self
    }

    /// How much the user is to see of the session, where it was made from a notification.
    pub(crate) fn ui_mode(&self) -> Option<UiMode> {
        self.state.ui_mode
    }

    /// Takes a notification of this server that has come while the session is open. One that counts is remembered in the account's state:
    /// the session that it asks for is to be started once this one is over, as [`Trigger::Server`]. That of this session, sent again, is
    /// [`Ignored::Repeated`]. Within, why it is to be ignored; then nothing has changed.
    ///
    /// # Errors
    ///
    /// [`Code::Arg`](crate::Code::Arg) where the policy names another form than that of DM 1.x.
    pub(crate) fn notify(
        &mut self,
        notification: &[u8],
        policy: &NotificationPolicy,
        now: u64,
    ) -> Result<Result<VerifiedNotification, Ignored>> {
        if policy.form != NotificationForm::V1 {
            return Err(of_another(policy.form));
        }
        let (account, state) = (&self.config.account, &mut self.account);
        Ok(take_notification(notification, account, state, policy, now))
    }
}

/// What asks for no session of DM 1.x.
fn of_another(form: NotificationForm) -> Error {
    let error = Error::arg(format!("a notification of form {}", form.name()));
    error.expecting(NotificationForm::V1.name())
}
