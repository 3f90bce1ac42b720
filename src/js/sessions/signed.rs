//! `encodeNotification` and `verifyNotification`: notifications with what proves them.

#![expect(
    unreachable_pub,
    reason = "wasm-bindgen exports nothing that is not pub"
)]

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::auth::{
    Account, Ignored, Nonce, NotificationPolicy, NotificationSecret, VerifiedNotification,
    new_notification_number, sign_notification, verify_notification,
};
use crate::dm2::Dialect;
use crate::notification::NotificationForm;

use super::platform::Moment;
use super::session::account_state;
use super::settings;
use crate::js::notification::{FORMS, Missing, notification};
use crate::js::plain;
use crate::js::read::{Given, optional};
use crate::js::write::{self, JsResult};

/// A notification for an account, signed.
#[wasm_bindgen(js_name = encodeNotification)]
pub fn encode_notification(
    given: JsValue,
    account: JsValue,
    options: JsValue,
    env: JsValue,
) -> JsResult<JsValue> {
    let account = settings::account(&Given::new(account, "account")?)?;
    let moment = Moment::read(env)?;
    let env = moment.env()?;
    let number = || new_notification_number(&account.state, &env);
    let missing = Missing {
        server_id: &account.server_id,
        number: &number,
    };
    let notification = notification(&Given::new(given, "notification")?, Some(&missing))?;
    let mut nonce = Nonce::Stored;
    if let Some(options) = optional(options, "options")? {
        options.only(&["resync"])?;
        if options.maybe("resync", Given::boolean)? == Some(true) {
            nonce = Nonce::Resync;
        }
    }
    let signed = sign_notification(&notification, &account, nonce)?;
    plain::object(|out| {
        write::show_body(out, &signed.body, notification.form().media_type());
        out.member("notification", &notification);
        out.inside("state", |out| account_state(out, &signed.state));
    })
}

/// Whether a notification is one of the account's server.
#[wasm_bindgen(js_name = verifyNotification)]
pub fn verify(
    given: JsValue,
    account: JsValue,
    options: JsValue,
    env: JsValue,
) -> JsResult<JsValue> {
    let body = Given::new(given, "body")?.octets()?;
    let account: Account = settings::account(&Given::new(account, "account")?)?;
    let policy = policy(optional(options, "options")?.as_ref(), NotificationForm::V1)?;
    let now = Moment::read(env)?.env()?.now;
    verdict(verify_notification(&body, &account, &policy, now))
}

/// The form of the notifications for a device: that of DM 1.x, or of DM 2.0 in a dialect.
pub(super) const fn form_for(dialect: Option<Dialect>) -> NotificationForm {
    match dialect {
        None => NotificationForm::V1,
        Some(Dialect::Draft) => NotificationForm::Draft,
        Some(Dialect::Approved) => NotificationForm::Approved,
    }
}

/// What a device lets a notification do, which is of this form unless another is given.
pub(super) fn policy(
    given: Option<&Given>,
    form: NotificationForm,
) -> JsResult<NotificationPolicy> {
    let mut policy = NotificationPolicy {
        form,
        ..NotificationPolicy::default()
    };
    let Some(given) = given else {
        return Ok(policy);
    };
    given.only(&["form", "resync", "resyncInterval", "maxAge"])?;
    if let Some(form) = given.maybe("form", |form| form.one_of(&FORMS))? {
        policy.form = form;
    }
    if let Some(resync) = given.maybe("resync", Given::boolean)? {
        policy.resync = resync;
    }
    if let Some(interval) = given.maybe("resyncInterval", Given::moment)? {
        policy.resync_interval = interval;
    }
    if let Some(age) = given.maybe("maxAge", Given::moment)? {
        policy.max_age = age;
    }
    Ok(policy)
}

/// What became of it, as plain data.
pub(super) fn verdict(found: Result<VerifiedNotification, Ignored>) -> JsResult<JsValue> {
    plain::object(|out| {
        out.flag("ok", found.is_ok());
        match found {
            Ok(verified) => {
                out.member("notification", &verified.notification);
                out.flag("signed", verified.is_signed);
                if verified.resync {
                    out.flag("resync", true);
                }
                out.inside("state", |out| account_state(out, &verified.state));
            }
            Err(ignored) => out.text("reason", ignored.name()),
        }
    })
}

/// What proves the notifications of DM 2.0, as the caller gives it.
pub(super) fn secret(given: &Given) -> JsResult<NotificationSecret> {
    given.only(&["secret", "authData"])?;
    let octets = |given: &Given| given.octets().map(Zeroizing::new);
    let secret = octets(&given.need("secret")?)?;
    let auth_data = given.maybe("authData", octets)?.unwrap_or_default();
    Ok(NotificationSecret::new(secret, auth_data)?)
}
