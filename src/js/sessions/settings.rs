//! Configurations and accounts as the caller gives them.

use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use crate::auth::{Account, AccountState, Credential, NotificationPolicy, Party, Scheme, Secret};
use crate::dm2::{Accept, Dialect};
use crate::env::NONCE_LEN;
use crate::limits::Limits;
use crate::notification::{LAST_SECOND, NotificationForm, UiMode};
use crate::session::{
    Binding, ClientAlert, ClientConfig, Failure, Fetched, InteractionKind, ObjectSettings, Outcome,
    Part, ServerConfig, Trigger, Version,
};
use crate::status::AlertCode;
use crate::syncml::Encoding;

use crate::js::arguments::{Message, data, format, limits};
use crate::js::codec::ENCODINGS;
use crate::js::read::{Given, Kind, optional};
use crate::js::write::{Failure as JsFailure, JsResult};

const VERSIONS: [(&str, Version); 3] = [
    ("1.1", Version::V1_1),
    ("1.2", Version::V1_2),
    ("1.3", Version::V1_3),
];

pub(super) fn server_config(value: JsValue) -> JsResult<ServerConfig> {
    let given = Given::new(value, "config")?;
    given.only(&[
        "serverId",
        "url",
        "binding",
        "strangers",
        "alertTypes",
        "acceptMo",
        "maxMsgSize",
        "maxObjSize",
        "limits",
    ])?;
    let bindings = [
        ("respUri", Binding::RespUri),
        ("perMessage", Binding::PerMessage),
        ("transport", Binding::Transport),
    ];
    Ok(ServerConfig {
        server_id: given.need("serverId")?.string()?,
        url: given.need("url")?.string()?,
        binding: given.need("binding")?.one_of(&bindings)?,
        strangers: given.maybe("strangers", schemes)?.unwrap_or_default(),
        accept_mo: given.maybe("acceptMo", accept_mo)?,
        alert_types: given
            .maybe("alertTypes", Given::strings)?
            .unwrap_or_default(),
        max_msg_size: given.maybe("maxMsgSize", Given::number)?,
        max_obj_size: given.maybe("maxObjSize", Given::number)?,
        limits: limits(given.get("limits")?.as_ref())?,
    })
}

/// What is sent in a header must be what it is.
fn accept_mo(given: &Given) -> JsResult<String> {
    let formats = given.string()?;
    match Accept::check(&formats) {
        Ok(()) => Ok(formats),
        Err(_) => Err(given.wrong("media types as in the header Accept")),
    }
}

pub(super) fn client_config(value: JsValue) -> JsResult<ClientConfig> {
    let given = Given::new(value, "config")?;
    given.only(&[
        "account",
        "url",
        "version",
        "dialect",
        "encoding",
        "origins",
        "interactions",
        "implicitAdd",
        "treeAlerts",
        "maxMsgSize",
        "maxObjSize",
        "objects",
        "limits",
    ])?;
    let kinds = [
        ("display", InteractionKind::Display),
        ("confirm", InteractionKind::Confirm),
        ("input", InteractionKind::Input),
        ("choose", InteractionKind::Choose),
    ];
    let interactions = |given: &Given| given.each(|kind| kind.one_of(&kinds));
    let versions = VERSIONS.map(|(name, version)| (name, Some(version)));
    let known = [&versions[..], &[("2.0", None)]].concat();
    let version = given.need("version")?.one_of(&known)?;
    let dialect = given.maybe("dialect", |given| match version {
        Some(_) => Err(given.wrong("none, but with version 2.0")),
        None => dialect(given),
    })?;
    // They say how messages of DM 1.x are written.
    let (dm2, encoding) = match version {
        Some(_) => (None, Some(given.need("encoding")?)),
        None => (Some(dialect.unwrap_or_default()), given.get("encoding")?),
    };
    let encoding = encoding.map(|given| given.one_of(&ENCODINGS)).transpose()?;
    Ok(ClientConfig {
        account: account(&given.need("account")?)?,
        url: given.need("url")?.string()?,
        version: version.unwrap_or(Version::V1_2),
        encoding: encoding.unwrap_or(Encoding::Xml),
        dm2,
        origins: given.maybe("origins", Given::strings)?.unwrap_or_default(),
        interactions: given
            .maybe("interactions", interactions)?
            .unwrap_or_default(),
        implicit_add: given.maybe("implicitAdd", Given::boolean)?.unwrap_or(false),
        tree_alerts: given.maybe("treeAlerts", Given::boolean)?.unwrap_or(false),
        max_msg_size: given.maybe("maxMsgSize", Given::number)?,
        max_obj_size: given.maybe("maxObjSize", Given::number)?,
        objects: given.maybe("objects", objects)?.unwrap_or_default(),
        limits: limits(given.get("limits")?.as_ref())?,
    })
}

fn dialect(given: &Given) -> JsResult<Dialect> {
    given.one_of(&Dialect::ALL.map(|dialect| (dialect.name(), dialect)))
}

/// What a device says of its management objects in DM 2.0.
fn objects(given: &Given) -> JsResult<ObjectSettings> {
    given.only(&["index", "granted", "epoch", "alwaysListed"])?;
    let index = |given: &Given| {
        let entries = given.entries()?.into_iter();
        let entry = |(number, moid): (String, Given)| {
            let number = number.parse::<u16>();
            let number = number.map_err(|_| given.wrong("keys from 0 to 65535"))?;
            Ok((number, moid.string()?))
        };
        entries.map(entry).collect::<JsResult<_>>()
    };
    Ok(ObjectSettings {
        index: given.maybe("index", index)?.unwrap_or_default(),
        granted: given.maybe("granted", Given::strings)?,
        epoch: given.maybe("epoch", Given::number)?.map(u64::from),
        always_listed: given
            .maybe("alwaysListed", Given::boolean)?
            .unwrap_or(false),
    })
}

/// What begins a session.
pub(super) enum Beginning {
    /// What the host knows, and how much the user is to see.
    Trigger(Trigger, Option<UiMode>),
    /// A notification that is to be verified, under this policy, and what else it asks for.
    Notification {
        body: Vec<u8>,
        policy: NotificationPolicy,
        requested: Vec<String>,
    },
}

/// Why a session starts, and the alerts that it starts with. A notification is of this form unless its policy says another.
pub(super) fn trigger(
    value: JsValue,
    form: NotificationForm,
) -> JsResult<(Beginning, Vec<ClientAlert>)> {
    let given = Given::new(value, "trigger")?;
    let own = given.need("by")?.one_of(&[
        ("user", Some(&Trigger::Client)),
        ("bootstrap", Some(&Trigger::Bootstrap)),
        ("server", None),
    ])?;
    let alerts = given.maybe("alerts", |alerts| alerts.each(alert))?;
    let alerts = alerts.unwrap_or_default();
    let Some(own) = own else {
        let requested = given.maybe("requested", Given::strings)?;
        let requested = requested.unwrap_or_default();
        if let Some(notification) = given.get("notification")? {
            given.only(&["by", "notification", "policy", "requested", "alerts"])?;
            let beginning = Beginning::Notification {
                body: notification.octets()?,
                policy: super::signed::policy(given.get("policy")?.as_ref(), form)?,
                requested,
            };
            return Ok((beginning, alerts));
        }
        given.only(&["by", "sessionId", "uiMode", "requested", "alerts"])?;
        let ui_mode = given.maybe("uiMode", crate::js::notification::ui_mode)?;
        let trigger = Trigger::Server {
            session_id: given.need("sessionId")?.short()?,
            requested,
        };
        return Ok((Beginning::Trigger(trigger, ui_mode), alerts));
    };
    given.only(&["by", "alerts"])?;
    Ok((Beginning::Trigger(own.clone(), None), alerts))
}

/// An alert of a device's host.
pub(super) fn alert(given: &Given) -> JsResult<ClientAlert> {
    given.only(&[
        "code",
        "alertType",
        "format",
        "mark",
        "source",
        "target",
        "correlator",
        "data",
    ])?;
    Ok(ClientAlert {
        code: AlertCode(given.need("code")?.number()?),
        alert_type: given.need("alertType")?.string()?,
        format: given.maybe("format", self::format)?,
        mark: given.maybe("mark", Given::string)?,
        source: given.maybe("source", Given::string)?,
        target: given.maybe("target", Given::string)?,
        correlator: given.maybe("correlator", Given::string)?,
        data: data(&given.need("data")?)?,
    })
}

pub(super) fn account(given: &Given) -> JsResult<Account> {
    given.only(&[
        "deviceId",
        "serverId",
        "client",
        "server",
        "notification",
        "state",
    ])?;
    let state = given
        .get("state")?
        .map(|state| account_state(&state))
        .transpose()?;
    Ok(Account {
        device_id: given.need("deviceId")?.string()?,
        server_id: given.need("serverId")?.string()?,
        client: party(&given.need("client")?)?,
        server: party(&given.need("server")?)?,
        notification: given.maybe("notification", super::signed::secret)?,
        state: state.unwrap_or_default(),
    })
}

/// An account that may be unknown.
pub(super) fn known_account(value: JsValue) -> JsResult<Option<Account>> {
    optional(value, "account")?
        .map(|given| account(&given))
        .transpose()
}

fn account_state(given: &Given) -> JsResult<AccountState> {
    given.only(&[
        "clientNonce",
        "serverNonce",
        "triggerNonce",
        "challengeNonce",
        "resync",
        "treeRevision",
        "triggers",
        "triggerNumber",
        "triggerDigests",
        "triggerTime",
        "resyncTime",
    ])?;
    let nonce = |given: &Given| given.octets_up_to(256, "bytes");
    let mut state = AccountState::default();
    state.client_nonce = given.maybe("clientNonce", nonce)?;
    state.server_nonce = given.maybe("serverNonce", nonce)?;
    let own_nonce = |given: &Given| {
        <[u8; NONCE_LEN]>::try_from(nonce(given)?).map_err(|_| given.wrong("16 octets"))
    };
    state.trigger_nonce = given.maybe("triggerNonce", own_nonce)?;
    state.challenge_nonce = given.maybe("challengeNonce", own_nonce)?;
    state.resync = given.maybe("resync", Given::boolean)?.unwrap_or(false);
    state.tree_revision = given.maybe("treeRevision", Given::number)?;
    let numbers = given.maybe("triggers", |given| given.each(Given::short))?;
    state.triggers = numbers.unwrap_or_default().into();
    state.trigger_number = given.maybe("triggerNumber", Given::short)?;
    let digests = given.maybe("triggerDigests", |given| given.each(Given::number))?;
    state.trigger_digests = digests.unwrap_or_default().into();
    state.trigger_time = given.maybe("triggerTime", |time| time.seconds(LAST_SECOND))?;
    state.resync_time = given.maybe("resyncTime", Given::moment)?;
    Ok(state)
}

fn party(given: &Given) -> JsResult<Party> {
    if given.is_string() {
        return given
            .one_of(&[("transport", ())])
            .map(|()| Party::Transport);
    }
    given.only(&["user", "secret", "schemes"])?;
    let user = given.need("user")?.string()?;
    let secret = given.need("secret")?;
    secret.only(&["password", "md5", "sha256"])?;
    let hash = |given: &Given| given.string().map(Zeroizing::new);
    let [md5, sha256] = [secret.maybe("md5", hash)?, secret.maybe("sha256", hash)?];
    let secret = match secret.get("password")? {
        Some(password) if md5.is_none() && sha256.is_none() => {
            let octets = match password.is_octets() {
                true => password.octets()?,
                false => password.string()?.into_bytes(),
            };
            Secret::Password(Zeroizing::new(octets))
        }
        None if md5.is_some() || sha256.is_some() => Secret::Hashes { md5, sha256 },
        _ => return Err(secret.wrong("either password, or md5 and sha256 or one of them")),
    };
    let schemes = schemes(&given.need("schemes")?)?;
    Ok(Party::Credential(Credential::new(user, secret, schemes)?))
}

fn schemes(given: &Given) -> JsResult<Vec<Scheme>> {
    let schemes = [Scheme::Basic, Scheme::Md5, Scheme::Hmac, Scheme::Sha256];
    let names = schemes.map(|scheme| (scheme.name(), scheme));
    given.each(|scheme| scheme.one_of(&names))
}

/// A session at rest, but for the parts: they may be large, and are not read until the one before is where it belongs.
pub(super) struct AtRest {
    pub(super) state: Vec<u8>,
    pub(super) account: AccountState,
    parts: Given,
}

impl AtRest {
    /// The parts, each read when it is asked for.
    pub(super) fn parts(&self) -> impl Iterator<Item = JsResult<Part>> {
        self.parts.elements().into_iter().flatten().map(|given| {
            let given = given?;
            given.only(&["id", "bytes"])?;
            Ok(Part {
                id: given.need("id")?.string()?,
                bytes: given.need("bytes")?.octets()?,
            })
        })
    }
}

pub(super) fn saved(value: JsValue) -> JsResult<AtRest> {
    let given = Given::of(value, "saved", Kind::Saved)?;
    let parts = given.need("parts")?;
    parts.elements().map(drop)?;
    Ok(AtRest {
        parts,
        state: given.need("state")?.octets()?,
        account: account_state(&given.need("account")?)?,
    })
}

/// What became of a ticket. The body of a response that has more octets than are taken is not copied.
pub(super) fn outcome(given: &Given, most: u32) -> JsResult<Outcome> {
    if given.get("value")?.is_some() {
        given.only(&["value", "format", "mime"])?;
        let format = given.maybe("format", format)?;
        let mime = given.maybe("mime", Given::string)?;
        let value = data(&given.need("value")?)?;
        return Ok(Outcome::Value(super::tree::node(
            format,
            mime,
            Some(value),
        )?));
    }
    if let Some(response) = given.get("response")? {
        given.only(&["response"])?;
        return fetched(&response, most);
    }
    if let Some(failed) = given.get("failed")? {
        given.only(&["failed"])?;
        let failures = [
            ("network", Failure::Network),
            ("timeout", Failure::Timeout),
            ("tooLarge", Failure::TooLarge),
        ];
        return failed.one_of(&failures).map(Outcome::Failed);
    }
    given.only(&["status", "data"])?;
    Ok(Outcome::Status {
        status: given.need("status")?.short()?,
        data: given.maybe("data", Given::strings)?.unwrap_or_default(),
    })
}

/// An HTTP response, as a message.
fn fetched(given: &Given, most: u32) -> JsResult<Outcome> {
    let limits = Limits {
        bytes: most,
        ..Limits::UNBOUNDED
    };
    let message = match Message::of(given, &limits) {
        Err(JsFailure::Error(error)) if error.exceeded() == Some("bytes") => {
            return Ok(Outcome::Failed(Failure::TooLarge));
        }
        message => message?,
    };
    let accept_mo = message
        .dm2
        .iter()
        .filter(|(name, _)| *name == "omadm-accept");
    let accept_mo: Vec<&str> = accept_mo.map(|(_, value)| value.as_str()).collect();
    let status = given.need("status")?.short()?;
    Ok(Outcome::Response(Fetched {
        status,
        accept_mo: (!accept_mo.is_empty()).then(|| accept_mo.join(", ")),
        content_type: message.content_type,
        body: message.body,
    }))
}
