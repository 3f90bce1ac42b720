//! `encodeNotification`, `verifyNotification`, `encodePush` and `decodePush`, and notifications as the caller gives them.

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
use crate::dm2::Dialect;
use crate::error::Fault;
use crate::limits::Limits;
use crate::notification::{
    Approved, ApprovedOption, Draft, DraftOption, LAST_SECOND, Notification, NotificationForm,
    Push, UiMode, V1, Wrapper,
};

use super::platform::Moment;
use super::read::{Given, optional};
use super::settings;
use super::write::{self, JsResult};

/// The forms by their names.
const FORMS: [(&str, NotificationForm); 3] = [
    (NotificationForm::V1.name(), NotificationForm::V1),
    (NotificationForm::Draft.name(), NotificationForm::Draft),
    (
        NotificationForm::Approved.name(),
        NotificationForm::Approved,
    ),
];

/// The last second of a notification that is made: what is beyond, in the year 5138, is meant in milliseconds.
const SECONDS: u64 = 100_000_000_000;

/// What the caller leaves out: the server, and a number.
pub(super) struct Missing<'a> {
    server_id: &'a str,
    number: &'a dyn Fn() -> u16,
}

/// A notification as the caller gives it; without `missing` whole, and with what only a reader may have found.
pub(super) fn notification(given: &Given, missing: Option<&Missing<'_>>) -> JsResult<Notification> {
    let form = given.need("form")?.one_of(&FORMS)?;
    let only = |known: &[&str]| {
        let known = [known, &["form", "serverId"]].concat();
        match missing {
            None => given.only(&[&known[..], &["reserved"]].concat()),
            Some(_) => given.only(&known),
        }
    };
    let server_id = match (given.maybe("serverId", Given::string)?, missing) {
        (Some(server_id), _) => server_id,
        (None, Some(missing)) => missing.server_id.to_owned(),
        (None, None) => given.need("serverId")?.string()?,
    };
    let bits = |key: &'static str, most: u32| {
        given.maybe(key, |given| match given.number()? {
            number if number <= most => Ok(number),
            _ => Err(given.wrong(format!("a whole number from 0 to {most}"))),
        })
    };
    let session_id = || match (given.maybe("sessionId", Given::short)?, missing) {
        (Some(session_id), _) => Ok(session_id),
        (None, Some(missing)) => Ok((missing.number)()),
        (None, None) => given.need("sessionId")?.short(),
    };
    let ui_mode = || Ok::<_, write::Failure>(given.maybe("uiMode", ui_mode)?.unwrap_or_default());
    let initiator = || Ok::<_, write::Failure>((bits("initiator", 1)?.unwrap_or(1) as u8).into());
    Ok(match form {
        NotificationForm::V1 => {
            only(&["version", "uiMode", "initiator", "sessionId", "vendor"])?;
            Notification::V1(V1 {
                version: given.maybe("version", Given::short)?.unwrap_or(V1::VERSION),
                ui_mode: ui_mode()?,
                initiator: initiator()?,
                reserved: bits("reserved", (1 << 27) - 1)?.unwrap_or(0),
                vendor: given
                    .maybe("vendor", |vendor| {
                        vendor.octets_up_to(Limits::DEFAULT.bytes, "bytes")
                    })?
                    .unwrap_or_default(),
                ..V1::new(server_id, session_id()?)
            })
        }
        NotificationForm::Draft => {
            only(&["uiMode", "initiator", "sessionId", "options"])?;
            let option = |given: &Given| {
                given.only(&["number", "value"])?;
                Ok(DraftOption {
                    number: u8::try_from(given.need("number")?.number()?)
                        .map_err(|_| given.wrong("a number from 2 to 15"))?,
                    value: given.need("value")?.octets_up_to(4095, "bytes")?,
                })
            };
            let options = given.maybe("options", |options| options.each(option))?;
            Notification::Draft(Draft {
                ui_mode: ui_mode()?,
                initiator: initiator()?,
                reserved: bits("reserved", 15)?.unwrap_or(0) as u8,
                options: options.unwrap_or_default(),
                ..Draft::new(server_id, session_id()?)
            })
        }
        NotificationForm::Approved => {
            only(&[
                "connection",
                "id",
                "timestamp",
                "longTimestamp",
                "requestMos",
                "options",
            ])?;
            let flag = |key| {
                let given = given.maybe(key, Given::boolean)?;
                Ok::<_, write::Failure>(given.unwrap_or(false))
            };
            let option = |given: &Given| {
                given.only(&["number", "value"])?;
                Ok(ApprovedOption {
                    number: given.need("number")?.short()?,
                    value: given.need("value")?.octets_up_to(270, "bytes")?,
                })
            };
            let options = given.maybe("options", |options| options.each(option))?;
            let kind = |given: &Given| {
                u8::try_from(given.number()?).map_err(|_| given.wrong("a number from 0 to 255"))
            };
            let connection = given.maybe("connection", |types| types.each(kind))?;
            Notification::Approved(Approved {
                reserved: bits("reserved", 127)?.unwrap_or(0) as u8,
                connection: connection.unwrap_or_default(),
                id: match (given.maybe("id", Given::short)?, missing) {
                    (None, Some(missing)) => Some((missing.number)()),
                    (id, _) => id,
                },
                timestamp: given.maybe("timestamp", |time| match missing {
                    None => time.seconds(LAST_SECOND),
                    Some(_) => time.seconds(SECONDS),
                })?,
                long_timestamp: flag("longTimestamp")?,
                options: options.unwrap_or_default(),
                request_mos: flag("requestMos")?,
                ..Approved::new(server_id)
            })
        }
    })
}

/// How much the user is to see.
pub(super) fn ui_mode(given: &Given) -> JsResult<UiMode> {
    match given.number()? {
        mode @ 0..=3 => Ok((mode as u8).into()),
        _ => Err(given.wrong("a whole number from 0 to 3")),
    }
}

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
    let object = body(&signed.body, notification.form());
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
    let policy = policy(optional(options, "options").as_ref(), NotificationForm::V1)?;
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

/// A notification as it goes over HTTP.
pub(super) fn body(octets: &[u8], form: NotificationForm) -> Object {
    let (object, headers) = (Object::new(), Object::new());
    let media_type = JsValue::from_str(form.media_type());
    write::set(&headers, "content-type", Some(media_type.clone()));
    write::set(&object, "body", Some(write::octets(octets)));
    write::set(&object, "contentType", Some(media_type));
    write::set(&object, "headers", Some(headers.into()));
    object
}

/// A notification as WAP Push.
#[wasm_bindgen(js_name = encodePush)]
pub fn encode_push(given: JsValue, options: JsValue) -> JsResult<JsValue> {
    let given = Given::new(given, "message");
    let message = settings::Message::read_any(&given, &Limits::DEFAULT)?;
    let received = message.received(&[]);
    let form = NotificationForm::detect(received.content_type, received.body);
    let mut push = Push {
        wrapper: Wrapper::Wsp,
        transaction: 1,
        form: form.ok_or_else(|| given.wrong("a notification"))?,
    };
    if let Some(options) = optional(options, "options") {
        options.only(&["transaction", "sms"])?;
        if let Some(number) = options.maybe("transaction", Given::number)? {
            push.transaction =
                u8::try_from(number).map_err(|_| options.wrong("a transaction from 0 to 255"))?;
        }
        let source = options.maybe("sms", |sms| {
            sms.only(&["source"])?;
            Ok(sms.maybe("source", Given::short)?.unwrap_or(0xc002))
        })?;
        if let Some(source) = source {
            push.wrapper = Wrapper::Sms { source };
        }
    }
    Ok(write::octets(&push.wrap(received.body)))
}

/// What a WAP Push holds.
#[wasm_bindgen(js_name = decodePush)]
pub fn decode_push(given: JsValue) -> JsResult<JsValue> {
    let octets = Given::new(given, "octets").octets_up_to(Limits::DEFAULT.bytes, "bytes")?;
    let (push, range) = Push::unwrap(&octets)?;
    let object = body(octets.get(range).unwrap_or_default(), push.form);
    let transaction = JsValue::from_f64(f64::from(push.transaction));
    write::set(&object, "transaction", Some(transaction));
    if let Wrapper::Sms { source } = push.wrapper {
        let sms = Object::new();
        write::set(&sms, "source", Some(JsValue::from_f64(f64::from(source))));
        write::set(&object, "sms", Some(sms.into()));
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

/// A document to be written: the notification, and its digest as it stood.
pub(super) fn document(given: &Given) -> JsResult<(Vec<u8>, NotificationForm)> {
    given.only(&["type", "notification", "digest"])?;
    let notification = notification(&given.need("notification")?, None)?;
    let digest = given.maybe("digest", |digest| digest.octets_up_to(32, "bytes"))?;
    let octets = notification.encode(digest.as_deref());
    let octets = octets.map_err(|error| error.blaming(Fault::Caller))?;
    Ok((octets, notification.form()))
}
