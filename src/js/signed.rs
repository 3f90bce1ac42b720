//! `encodeNotification` and `verifyNotification`: notifications with what proves them.

#![expect(
    unreachable_pub,
    reason = "wasm-bindgen exports nothing that is not pub"
)]

use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::auth::{
    Account, Ignored, Nonce, NotificationPolicy, NotificationSecret, VerifiedNotification,
    new_notification_number, sign_notification, verify_notification,
};

use super::notification::{FORMS, Missing, notification};
use super::platform::Moment;
use super::read::{Given, optional};
use super::settings;
use super::write::{self, JsResult};

/// A notification for an account, signed.
#[wasm_bindgen(js_name = encodeNotification)]
pub fn encode_notification(
    given: JsValue,
    account: JsValue,
    options: JsValue,
    env: JsValue,
) -> JsResult<JsValue> {
    let account = settings::account(&Given::new(account, "account"))?;
    let moment = Moment::read(env)?;
    let env = moment.env()?;
    let number = || new_notification_number(&account.state, &env);
    let missing = Missing {
        server_id: &account.server_id,
        number: &number,
    };
    let notification = notification(&Given::new(given, "notification"), Some(&missing))?;
    let mut nonce = Nonce::Stored;
    if let Some(options) = optional(options, "options") {
        options.only(&["resync"])?;
        if options.maybe("resync", Given::boolean)? == Some(true) {
            nonce = Nonce::Resync;
        }
    }
    let signed = sign_notification(&notification, &account, nonce)?;
    let object = write::body(&signed.body, notification.form().media_type());
    write::set(&object, "notification", Some(write::plain(&notification)?));
    write::set(&object, "state", Some(write::account_state(&signed.state)));
    Ok(object.into())
}

/// Whether a notification is one of the account's server.
#[wasm_bindgen(js_name = verifyNotification)]
pub fn verify(
    given: JsValue,
    account: JsValue,
    options: JsValue,
    env: JsValue,
) -> JsResult<JsValue> {
    let body = Given::new(given, "body").octets()?;
    let account: Account = settings::account(&Given::new(account, "account"))?;
    let policy = policy(optional(options, "options").as_ref())?;
    let now = Moment::read(env)?.env()?.now;
    verdict(verify_notification(&body, &account, &policy, now))
}

/// What a device lets a notification do.
pub(super) fn policy(given: Option<&Given>) -> JsResult<NotificationPolicy> {
    let mut policy = NotificationPolicy::default();
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
    let object = Object::new();
    write::set(&object, "ok", Some(JsValue::from_bool(found.is_ok())));
    match found {
        Ok(verified) => {
            let flag = |is: bool| is.then(|| JsValue::from_bool(true));
            let signed = JsValue::from_bool(verified.is_signed);
            let notification = write::plain(&verified.notification)?;
            write::set(&object, "notification", Some(notification));
            write::set(&object, "signed", Some(signed));
            write::set(&object, "resync", flag(verified.resync));
            let state = write::account_state(&verified.state);
            write::set(&object, "state", Some(state));
        }
        Err(ignored) => {
            let reason = JsValue::from_str(ignored.name());
            write::set(&object, "reason", Some(reason));
        }
    }
    Ok(object.into())
}

/// What proves the notifications of DM 2.0, as the caller gives it.
pub(super) fn secret(given: &Given) -> JsResult<NotificationSecret> {
    given.only(&["secret", "authData"])?;
    let octets = |given: &Given| given.octets().map(Zeroizing::new);
    let secret = octets(&given.need("secret")?)?;
    let auth_data = given.maybe("authData", octets)?.unwrap_or_default();
    Ok(NotificationSecret::new(secret, auth_data)?)
}
