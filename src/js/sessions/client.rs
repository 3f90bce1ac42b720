//! The client's session as a handle.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::limits::{Limits, MAX_OBJECT};
use crate::notification::NotificationForm;
use crate::session::ClientSession;

use super::budget::Share;
use super::platform::Moment;
use super::session;
use super::settings::{self, Beginning};
use super::signed;
use super::tree::RawTree;
use crate::js::arguments::Message;
use crate::js::plain;
use crate::js::read::{Given, Kind, optional};
use crate::js::write::JsResult;

/// See `DmClientSession` in `types.d.ts`.
#[wasm_bindgen]
pub struct RawClientSession {
    session: ClientSession,
    limits: Limits,
    /// Octets of the largest object that is taken.
    largest: u32,
    share: Share,
    /// That of the notifications that come for the device.
    form: NotificationForm,
}

#[wasm_bindgen]
impl RawClientSession {
    /// A session that is about to send its first message.
    #[wasm_bindgen(constructor)]
    pub fn new(config: JsValue, trigger: JsValue, env: JsValue) -> JsResult<Self> {
        let config = settings::client_config(config)?;
        let form = signed::form_for(config.dm2);
        let (beginning, alerts) = settings::trigger(trigger, form)?;
        let moment = Moment::read(env)?;
        let limits = config.limits.clone();
        let largest = config.max_obj_size.unwrap_or(MAX_OBJECT);
        let env = moment.env()?;
        let mut session = match beginning {
            Beginning::Trigger(trigger, ui_mode) => {
                let session = ClientSession::new(config, trigger, &env);
                match ui_mode {
                    Some(mode) => session.with_ui_mode(mode),
                    None => session,
                }
            }
            Beginning::Notification {
                body,
                policy,
                requested,
            } => ClientSession::notified(config, &body, requested, &policy, &env)?,
        };
        let mut share = Share::default();
        for alert in alerts {
            session.set_room(Share::room());
            session.raise(alert)?;
            share.hold(session.object_bytes());
        }
        Ok(Self {
            session,
            limits,
            share,
            largest,
            form,
        })
    }

    /// A session as it was saved.
    pub fn restore(saved: JsValue, config: JsValue) -> JsResult<Self> {
        let saved = settings::saved(saved)?;
        let config = settings::client_config(config)?;
        let limits = config.limits.clone();
        let largest = config.max_obj_size.unwrap_or(MAX_OBJECT);
        let form = signed::form_for(config.dm2);
        let parts = saved.parts();
        let session = ClientSession::restore_apart(
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
            largest,
            share,
            form,
        })
    }

    /// How much the user is to see, as the notification says.
    #[wasm_bindgen(getter, js_name = uiMode)]
    pub fn ui_mode(&self) -> JsValue {
        let mode = self.session.ui_mode().map(u8::from);
        mode.map_or(JsValue::UNDEFINED, JsValue::from)
    }

    /// Takes a notification that has come meanwhile.
    pub fn notify(&mut self, body: JsValue, options: JsValue, env: JsValue) -> JsResult<JsValue> {
        let body = Given::new(body, "body")?.octets()?;
        let policy = signed::policy(optional(options, "options")?.as_ref(), self.form)?;
        let now = Moment::read(env)?.env()?.now;
        signed::verdict(self.session.notify(&body, &policy, now)?)
    }

    /// Queues an alert.
    pub fn raise(&mut self, alert: JsValue) -> JsResult<u32> {
        let alert = settings::alert(&Given::new(alert, "alert")?)?;
        self.session.set_room(Share::room());
        let number = self.session.raise(alert)?;
        self.share.hold(self.session.object_bytes());
        Ok(number)
    }

    /// The next message.
    pub fn send(&mut self, tree: &RawTree, env: JsValue) -> JsResult<JsValue> {
        let moment = Moment::read(env)?;
        let out = self.session.send(&tree.tree, &moment.env()?)?;
        self.share.hold(self.session.object_bytes());
        let Some(out) = out else {
            return Ok(JsValue::UNDEFINED);
        };
        plain::object(|object| {
            session::outgoing(object, &out);
            object.maybe("url", out.url.as_deref());
        })
    }

    /// Takes a reply in.
    pub fn receive(
        &mut self,
        tree: &mut RawTree,
        message: JsValue,
        env: JsValue,
    ) -> JsResult<JsValue> {
        let message = Message::read(message, &self.limits)?;
        if !env.is_undefined() {
            Moment::read(env)?;
        }
        self.session.set_room(Share::room());
        let headers = message.dm2();
        let received = message.received(&headers);
        let events = self.session.receive(&mut tree.tree, &received)?;
        self.share.hold(self.session.object_bytes());
        plain::plain(&events)
    }

    /// Goes on behind a ticket.
    pub fn complete(
        &mut self,
        tree: &mut RawTree,
        ticket: JsValue,
        outcome: JsValue,
    ) -> JsResult<JsValue> {
        let ticket = Given::new(ticket, "ticket")?.number()?;
        let given = Given::of(outcome, "outcome", Kind::Outcome)?;
        let outcome = settings::outcome(&given, self.largest)?;
        self.session.set_room(Share::room());
        let events = self.session.complete(&mut tree.tree, ticket, &outcome)?;
        self.share.hold(self.session.object_bytes());
        plain::plain(&events)
    }

    /// Ends the session with the next message.
    pub fn abort(&mut self, reason: JsValue) -> JsResult<JsValue> {
        let reason = optional(reason, "reason")?
            .map(|reason| reason.string())
            .transpose()?;
        let events = self.session.abort(reason);
        self.share.hold(self.session.object_bytes());
        plain::plain(&events)
    }

    /// The session at rest.
    pub fn save(&self, stored: JsValue) -> JsResult<JsValue> {
        let stored = optional(stored, "stored")?.map(|stored| stored.strings());
        session::saved(stored.transpose()?, |part| self.session.save_apart(part))
    }
}
