//! Packages of DM 2.0 as plain data, both ways.

use wasm_bindgen::JsValue;

use crate::dm2::{
    Alert, AlertItem, Command, Content, Dialect, Headers, Initiation, MediaType, MoDocument,
    MoItem, Outcome, Package, PackageKind, Reason, Request, Response, SessionInfo, SupportedMo,
};
use crate::error::Fault;
use crate::status::{AlertCode, StatusCode};

use super::json;
use super::plain::{self, Out};
use super::read::Given;
use super::write::JsResult;

const DIALECTS: [(&str, Dialect); 2] = [
    (Dialect::Draft.name(), Dialect::Draft),
    (Dialect::Approved.name(), Dialect::Approved),
];
const PACKAGES: [(&str, PackageKind); 3] = [
    (PackageKind::Initiation.name(), PackageKind::Initiation),
    (PackageKind::Request.name(), PackageKind::Request),
    (PackageKind::Response.name(), PackageKind::Response),
];

/// A package as plain data.
pub(super) fn plain(out: &mut Out, package: &Package, dialect: Dialect) {
    out.object(|out| {
        out.kind("type", "dm2");
        out.kind("dialect", dialect.name());
        out.inside("package", |out| show_package(out, package));
    });
}

fn show_package(out: &mut Out, package: &Package) {
    out.kind("kind", package.kind().name());
    match package {
        Package::Initiation(package) => {
            out.maybe("deviceId", package.device_id.as_deref());
            show_session(out, package.session.as_ref());
            if let Some(reason) = package.reason {
                out.inside("reason", |out| show_reason(out, reason));
            }
            out.list("supported", &package.supported, show_supported);
            out.list("data", &package.data, show_item);
            out.list("alerts", &package.alerts, show_alert);
        }
        Package::Request(package) => {
            show_session(out, package.session.as_ref());
            out.maybe("acceptMo", package.accept_mo.as_deref());
            out.list("commands", &package.commands, show_command);
            out.list("results", &package.results, |out, code| {
                out.whole(code.0.into());
            });
        }
        Package::Response(package) => {
            out.maybe("deviceId", package.device_id.as_deref());
            show_session(out, package.session.as_ref());
            out.list("results", &package.results, show_outcome);
            out.list("alerts", &package.alerts, show_alert);
        }
    }
}

/// Data of objects as plain data.
pub(super) fn plain_mo(out: &mut Out, document: &MoDocument) {
    out.object(|out| {
        out.kind("type", "mo");
        out.kind("dialect", document.dialect.name());
        out.list("items", &document.items, show_item);
    });
}

fn show_session(out: &mut Out, session: Option<&SessionInfo>) {
    if let Some(session) = session {
        out.text("sessionId", &session.id);
        out.number("seq", session.seq);
    }
}

fn show_reason(out: &mut Out, reason: Reason) {
    match reason {
        Reason::Server { notification_id } => {
            out.kind("by", "server");
            out.maybe_number("notificationId", notification_id);
        }
        Reason::Client => out.kind("by", "client"),
        Reason::Bootstrap => out.kind("by", "bootstrap"),
        Reason::Other(code) => {
            out.kind("by", "other");
            out.number("code", code);
        }
    }
}

pub(super) fn show_supported(out: &mut Out, mo: &SupportedMo) {
    out.object(|out| {
        out.maybe("moid", mo.moid.as_deref());
        out.maybe("ddf", mo.ddf.as_deref());
        out.texts("instances", &mo.instances);
    });
}

pub(super) fn show_item(out: &mut Out, item: &MoItem) {
    out.object(|out| show_members(out, item));
}

/// The members of an item.
pub(super) fn show_members(out: &mut Out, item: &MoItem) {
    out.text("uri", &item.uri);
    out.maybe("cv", item.cv.as_deref());
    out.maybe("ddf", item.ddf.as_deref());
    match &item.content {
        Content::Value { name, value } => {
            out.maybe("name", name.as_deref());
            out.key("value");
            json::show(out, value);
        }
        Content::Status(code) => out.number("code", code.0),
    }
}

fn show_alert(out: &mut Out, alert: &Alert) {
    out.object(|out| {
        out.number("code", alert.code.0);
        out.maybe("correlator", alert.correlator.as_deref());
        out.list("items", &alert.items, |out, item| {
            out.object(|out| show_alert_item(out, item));
        });
    });
}

fn show_alert_item(out: &mut Out, item: &AlertItem) {
    out.maybe("type", item.kind.as_deref());
    out.maybe("source", item.source.as_deref());
    out.maybe("target", item.target.as_deref());
    out.maybe("mark", item.mark.as_deref());
    out.maybe("format", item.format.as_deref());
    if let Some(data) = &item.data {
        out.key("data");
        json::show(out, data);
    }
}

fn show_outcome(out: &mut Out, outcome: &Outcome) {
    out.object(|out| {
        out.number("code", outcome.code.0);
        out.list("objects", &outcome.objects, show_item);
        out.texts("created", &outcome.created);
    });
}

fn show_command(out: &mut Out, command: &Command) {
    out.object(|out| {
        let name = command.name().map(str::to_ascii_lowercase);
        out.text(
            "type",
            match command {
                Command::Unknown { .. } => "unknown",
                _ => name.as_deref().unwrap_or("malformed"),
            },
        );
        show_arguments(out, command);
    });
}

fn show_arguments(out: &mut Out, command: &Command) {
    match command {
        Command::Hget { from, to } => {
            out.text("from", from);
            out.maybe("to", to.as_deref());
        }
        Command::Hput { from, to } | Command::Hpost { from, to } => {
            out.texts("from", from);
            out.text("to", to);
        }
        Command::Delete { uri } | Command::Get { uri } | Command::Unsub { uri } => {
            out.text("uri", uri);
        }
        Command::Exec { uri, report_to } => {
            out.text("uri", uri);
            out.maybe("reportTo", report_to.as_deref());
        }
        Command::Show { url } | Command::Cont { url } => out.text("url", url),
        Command::End => {}
        Command::Default { url, moid } => {
            out.text("url", url);
            out.text("moid", moid);
        }
        Command::Sub { url, uri } => {
            out.text("url", url);
            out.text("uri", uri);
        }
        Command::Unknown { name, arguments } => {
            out.text("name", name);
            out.texts("arguments", arguments);
        }
        Command::Malformed(entry) => {
            out.key("entry");
            json::show(out, entry);
        }
    }
}

/// A package of the caller's as octets, with its headers.
pub(super) fn encode(given: &Given, indent: bool) -> JsResult<JsValue> {
    given.only(&["type", "dialect", "package"])?;
    let dialect = given.need("dialect")?.one_of(&DIALECTS)?;
    let package = package(&given.need("package")?)?;
    let headers = Headers::of(&package, dialect)?;
    let body = package.encode(dialect, indent);
    let body = body.map_err(|error| error.blaming(Fault::Caller).inside("package"))?;
    sent(&body, &headers)
}

/// Data of objects of the caller's, likewise.
pub(super) fn encode_mo(given: &Given, indent: bool) -> JsResult<JsValue> {
    given.only(&["type", "dialect", "items"])?;
    let document = MoDocument {
        dialect: given.need("dialect")?.one_of(&DIALECTS)?,
        items: given.need("items")?.each(item)?,
    };
    let body = document
        .encode(indent)
        .map_err(|error| error.blaming(Fault::Caller))?;
    let headers = Headers {
        content_type: Some(MediaType::Mo.name().to_owned()),
        ..Headers::default()
    };
    sent(&body, &headers)
}

fn sent(body: &[u8], headers: &Headers) -> JsResult<JsValue> {
    plain::object(|out| {
        out.octets("body", body);
        out.maybe("contentType", headers.content_type.as_deref());
        out.inside("headers", |out| {
            for (name, value) in headers.list() {
                out.text(name, value);
            }
        });
    })
}

/// A list that may be left out.
fn list<T>(
    given: &Given,
    key: &'static str,
    read: impl FnMut(&Given) -> JsResult<T>,
) -> JsResult<Vec<T>> {
    Ok(given
        .maybe(key, |list| list.each(read))?
        .unwrap_or_default())
}

fn text(given: &Given, key: &'static str) -> JsResult<String> {
    given.need(key)?.string()
}

fn maybe(given: &Given, key: &'static str) -> JsResult<Option<String>> {
    given.maybe(key, Given::string)
}

fn code(given: &Given) -> JsResult<StatusCode> {
    match given.short()? {
        code @ 100..=999 => Ok(StatusCode(code)),
        _ => Err(given.wrong("a whole number from 100 to 999")),
    }
}

fn package(given: &Given) -> JsResult<Package> {
    Ok(match given.need("kind")?.one_of(&PACKAGES)? {
        PackageKind::Initiation => {
            given.only(&[
                "kind",
                "deviceId",
                "sessionId",
                "seq",
                "reason",
                "supported",
                "data",
                "alerts",
            ])?;
            Package::Initiation(Initiation {
                device_id: maybe(given, "deviceId")?,
                session: session(given)?,
                reason: given.maybe("reason", reason)?,
                supported: list(given, "supported", supported)?,
                data: list(given, "data", item)?,
                alerts: list(given, "alerts", alert)?,
            })
        }
        PackageKind::Request => {
            given.only(&[
                "kind",
                "sessionId",
                "seq",
                "acceptMo",
                "commands",
                "results",
            ])?;
            Package::Request(Request {
                session: session(given)?,
                accept_mo: maybe(given, "acceptMo")?,
                commands: list(given, "commands", command)?,
                results: list(given, "results", code)?,
            })
        }
        PackageKind::Response => {
            given.only(&["kind", "deviceId", "sessionId", "seq", "results", "alerts"])?;
            Package::Response(Response {
                device_id: maybe(given, "deviceId")?,
                session: session(given)?,
                results: list(given, "results", outcome)?,
                alerts: list(given, "alerts", alert)?,
            })
        }
    })
}

/// Both members, or none.
fn session(given: &Given) -> JsResult<Option<SessionInfo>> {
    let id = maybe(given, "sessionId")?;
    let seq = given.maybe("seq", Given::number)?;
    match (id, seq) {
        (Some(id), Some(seq)) => Ok(Some(SessionInfo { id, seq })),
        (None, None) => Ok(None),
        _ => Err(given.wrong("sessionId and seq, or neither")),
    }
}

fn reason(given: &Given) -> JsResult<Reason> {
    let kinds = [
        (
            "server",
            Reason::Server {
                notification_id: None,
            },
        ),
        ("client", Reason::Client),
        ("bootstrap", Reason::Bootstrap),
        ("other", Reason::Other(0)),
    ];
    let kind = given.need("by")?.one_of(&kinds)?;
    Ok(match kind {
        Reason::Server { .. } => {
            given.only(&["by", "notificationId"])?;
            Reason::Server {
                notification_id: given.maybe("notificationId", Given::short)?,
            }
        }
        Reason::Other(_) => {
            given.only(&["by", "code"])?;
            Reason::Other(given.need("code")?.number()?)
        }
        kind => {
            given.only(&["by"])?;
            kind
        }
    })
}

fn supported(given: &Given) -> JsResult<SupportedMo> {
    given.only(&["moid", "ddf", "instances"])?;
    Ok(SupportedMo {
        moid: maybe(given, "moid")?,
        ddf: maybe(given, "ddf")?,
        instances: list(given, "instances", Given::string)?,
    })
}

fn item(given: &Given) -> JsResult<MoItem> {
    let content = match given.maybe("code", code)? {
        Some(code) => {
            given.only(&["uri", "cv", "ddf", "code"])?;
            Content::Status(code)
        }
        None => {
            given.only(&["uri", "cv", "ddf", "name", "value"])?;
            Content::Value {
                name: maybe(given, "name")?,
                value: json::read(&given.need("value")?)?,
            }
        }
    };
    Ok(MoItem {
        uri: text(given, "uri")?,
        cv: maybe(given, "cv")?,
        ddf: maybe(given, "ddf")?,
        content,
    })
}

fn alert(given: &Given) -> JsResult<Alert> {
    given.only(&["code", "correlator", "items"])?;
    let item = |given: &Given| {
        given.only(&["type", "source", "target", "mark", "format", "data"])?;
        Ok(AlertItem {
            kind: maybe(given, "type")?,
            source: maybe(given, "source")?,
            target: maybe(given, "target")?,
            mark: maybe(given, "mark")?,
            format: maybe(given, "format")?,
            data: given.maybe("data", json::read)?,
        })
    };
    Ok(Alert {
        code: AlertCode(given.need("code")?.number()?),
        correlator: maybe(given, "correlator")?,
        items: list(given, "items", item)?,
    })
}

fn outcome(given: &Given) -> JsResult<Outcome> {
    given.only(&["code", "objects", "created"])?;
    Ok(Outcome {
        code: code(&given.need("code")?)?,
        objects: list(given, "objects", item)?,
        created: list(given, "created", Given::string)?,
    })
}

fn command(given: &Given) -> JsResult<Command> {
    let kinds = KINDS.map(|(name, members)| (name, (name, members)));
    let (kind, members) = given.need("type")?.one_of(&kinds)?;
    given.only(&[&["type"], members].concat())?;
    let uri = || text(given, "uri");
    let url = || text(given, "url");
    Ok(match kind {
        "hget" => Command::Hget {
            from: text(given, "from")?,
            to: maybe(given, "to")?,
        },
        "hput" => Command::Hput {
            from: given.need("from")?.strings()?,
            to: text(given, "to")?,
        },
        "hpost" => Command::Hpost {
            from: given.need("from")?.strings()?,
            to: text(given, "to")?,
        },
        "delete" => Command::Delete { uri: uri()? },
        "exec" => Command::Exec {
            uri: uri()?,
            report_to: maybe(given, "reportTo")?,
        },
        "get" => Command::Get { uri: uri()? },
        "show" => Command::Show { url: url()? },
        "cont" => Command::Cont { url: url()? },
        "end" => Command::End,
        "default" => Command::Default {
            url: url()?,
            moid: text(given, "moid")?,
        },
        "sub" => Command::Sub {
            url: url()?,
            uri: uri()?,
        },
        "unsub" => Command::Unsub { uri: uri()? },
        "unknown" => Command::Unknown {
            name: text(given, "name")?,
            arguments: list(given, "arguments", Given::string)?,
        },
        _ => Command::Malformed(json::read(&given.need("entry")?)?),
    })
}

/// The commands by their names, with their members.
const KINDS: [(&str, &[&str]); 14] = [
    ("hget", &["from", "to"]),
    ("hput", &["from", "to"]),
    ("hpost", &["from", "to"]),
    ("delete", &["uri"]),
    ("exec", &["uri", "reportTo"]),
    ("get", &["uri"]),
    ("show", &["url"]),
    ("cont", &["url"]),
    ("end", &[]),
    ("default", &["url", "moid"]),
    ("sub", &["url", "uri"]),
    ("unsub", &["uri"]),
    ("unknown", &["name", "arguments"]),
    ("malformed", &["entry"]),
];
