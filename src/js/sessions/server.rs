//! The server's session as a handle.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::session::ServerSession;

use super::budget::Share;
use super::commands;
use super::platform::Moment;
use super::session;
use super::settings;
use crate::js::arguments::Message;
use crate::js::plain;
use crate::js::read::{Given, optional};
use crate::js::write::JsResult;

/// See `DmServerSession` in `types.d.ts`.
#[wasm_bindgen]
pub struct RawServerSession {
    session: ServerSession,
    limits: crate::limits::Limits,
    share: Share,
}

#[wasm_bindgen]
impl RawServerSession {
    /// A session that waits for its first message.
    #[wasm_bindgen(constructor)]
    pub fn new(config: JsValue) -> JsResult<Self> {
        let config = settings::server_config(config)?;
        Ok(Self {
            limits: config.limits.clone(),
            session: ServerSession::new(config),
            share: Share::default(),
        })
    }

    /// A session as it was saved.
    pub fn restore(saved: JsValue, config: JsValue) -> JsResult<Self> {
        let saved = settings::saved(saved)?;
        let config = settings::server_config(config)?;
        let limits = config.limits.clone();
        let parts = saved.parts();
        let session = ServerSession::restore_apart(
            &saved.state,
            saved.account.clone(),
            config,
            Share::room(),
            parts,
        )?;
        let mut share = Share::default();
        share.hold(session.object_bytes());
        Ok(Self {
            session,
            limits,
            share,
        })
    }

    /// Takes a message in.
    pub fn receive(
        &mut self,
        message: JsValue,
        account: JsValue,
        env: JsValue,
    ) -> JsResult<JsValue> {
        let message = Message::read(message, &self.limits)?;
        let account = settings::known_account(account)?;
        if !env.is_undefined() {
            Moment::read(env)?;
        }
        self.session.set_room(Share::room());
        let headers = message.dm2();
        let received = message.received(&headers);
        let events = self.session.receive(&received, account.as_ref())?;
        self.share.hold(self.session.object_bytes());
        session::server_events(&events)
    }

    /// Queues a command.
    pub fn push(&mut self, command: JsValue) -> JsResult<u32> {
        let command = commands::command(command)?;
        self.session.set_room(Share::room());
        let number = self.session.push(command)?;
        self.share.hold(self.session.object_bytes());
        Ok(number)
    }

    /// Takes back a command that has not been sent yet.
    pub fn cancel(&mut self, command: JsValue) -> JsResult<bool> {
        let command = Given::new(command, "command")?.number()?;
        let was_queued = self.session.cancel(command);
        self.share.hold(self.session.object_bytes());
        Ok(was_queued)
    }

    /// The host's verdict on an alert.
    pub fn answer(&mut self, alert: JsValue, status: JsValue) -> JsResult<()> {
        let alert = Given::new(alert, "alert")?.number()?;
        Ok(self
            .session
            .answer(alert, Given::new(status, "status")?.short()?)?)
    }

    /// The reply.
    pub fn respond(&mut self, env: JsValue) -> JsResult<JsValue> {
        let moment = Moment::read(env)?;
        let out = self.session.respond(&moment.env()?)?;
        self.share.hold(self.session.object_bytes());
        plain::object(|object| {
            session::outgoing(object, &out);
            object.maybe_number("status", out.status);
            object.flag("repeated", out.repeated);
            if !out.too_large.is_empty() {
                object.member("tooLarge", &out.too_large);
            }
            if !out.unsupported.is_empty() {
                object.member("unsupported", &out.unsupported);
            }
        })
    }

    /// Lets the session end with the reply that is due.
    pub fn finish(&mut self) {
        self.session.finish();
    }

    /// Ends the session with the next reply.
    pub fn abort(&mut self, reason: JsValue) -> JsResult<JsValue> {
        let reason = optional(reason, "reason")?
            .map(|reason| reason.string())
            .transpose()?;
        let events = self.session.abort(reason);
        self.share.hold(self.session.object_bytes());
        session::server_events(&events)
    }

    /// The session at rest.
    pub fn save(&self, stored: JsValue) -> JsResult<JsValue> {
        let stored = optional(stored, "stored")?.map(|stored| stored.strings());
        session::saved(stored.transpose()?, |part| self.session.save_apart(part))
    }
}
