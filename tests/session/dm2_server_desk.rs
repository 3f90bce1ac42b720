//! A server to which a device of DM 2.0 talks, its packages written by hand. The session rests after every reply.

use omadm::dm2::{Content, Dialect, Json, MoItem};
use omadm::{
    Account, AccountState, Binding, Env, Error, Limits, NewCommand, Outgoing, Party, Received,
    ServerConfig, ServerEvent, ServerSession,
};
use serde_json::Value;

pub(crate) const DEVICE: &str = "MEID:A1000012345678";
pub(crate) const INITIATION: &str = "application/vnd.oma.dm.initiation+json";
pub(crate) const REQUEST: &str = "application/vnd.oma.dm.request+json";
pub(crate) const RESPONSE: &str = "application/vnd.oma.dm.response+json";

/// The same device in either dialect.
pub(crate) const HELLO: [&str; 2] = [
    r#"{"SessionInfo":{"DevID":"MEID:A1000012345678","SessionID":"7F","PkgSeq":1,"ReasonForSession":1201}}"#,
    r#"{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}"#,
];

/// How a device says it.
#[derive(Clone, Copy)]
pub(crate) struct Manner<'a> {
    pub(crate) content_type: Option<&'a str>,
    pub(crate) accept: Option<&'a str>,
    pub(crate) device: Option<&'a str>,
    pub(crate) peer: Option<&'a str>,
}

pub(crate) fn of(content_type: &str) -> Manner<'_> {
    Manner {
        content_type: Some(content_type),
        accept: Some(REQUEST),
        device: None,
        peer: None,
    }
}

/// The same with the header of the approved dialect.
pub(crate) fn named(content_type: &str) -> Manner<'_> {
    Manner {
        device: Some(DEVICE),
        ..of(content_type)
    }
}

pub(crate) fn config() -> ServerConfig {
    ServerConfig {
        server_id: "srv-1".to_owned(),
        url: "https://dm.example.org/dm".to_owned(),
        binding: Binding::Transport,
        strangers: vec![],
        accept_mo: None,
        alert_types: vec![],
        max_msg_size: None,
        max_obj_size: None,
        limits: Limits::DEFAULT,
    }
}

pub(crate) fn account() -> Account {
    Account {
        device_id: DEVICE.to_owned(),
        server_id: "srv-1".to_owned(),
        client: Party::Transport,
        server: Party::Transport,
        notification: None,
        state: AccountState::default(),
    }
}

pub(crate) struct Desk {
    pub(crate) session: ServerSession,
    pub(crate) config: ServerConfig,
    pub(crate) account: Option<Account>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: ServerConfig) -> Self {
        Self {
            session: ServerSession::new(config.clone()),
            config,
            account: Some(account()),
        }
    }

    /// Takes a package in; what it means in short.
    pub(crate) fn hear(&mut self, manner: Manner<'_>, body: &str) -> Result<Vec<String>, Error> {
        Ok(told(&self.hear_all(manner, body.as_bytes())?))
    }

    pub(crate) fn hear_all(
        &mut self,
        manner: Manner<'_>,
        body: &[u8],
    ) -> Result<Vec<ServerEvent>, Error> {
        let headers = [("Accept", manner.accept), ("OMADM-DevID", manner.device)];
        let headers: Vec<(&str, &str)> = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let message = Received {
            content_type: manner.content_type,
            headers: &headers,
            peer: manner.peer,
            ..Received::body(body)
        };
        self.session.receive(&message, self.account.as_ref())
    }

    /// The reply; then the session rests and is restored.
    pub(crate) fn reply(&mut self) -> Outgoing {
        let out = self
            .session
            .respond(&Env::new(0, &[7; 32]).unwrap())
            .unwrap();
        let saved = self.session.save().unwrap();
        self.session = ServerSession::restore(&saved, self.config.clone()).unwrap();
        let again = self.session.save().unwrap();
        assert!(again == saved, "saved otherwise");
        out
    }

    /// Takes a package in and answers it: what it means, and package 2.
    pub(crate) fn say(&mut self, manner: Manner<'_>, body: &str) -> (Vec<String>, Value) {
        let events = self.hear(manner, body).unwrap();
        let out = self.reply();
        assert_eq!((out.status, out.content_type), (Some(200), REQUEST));
        (events, json(&out))
    }

    pub(crate) fn push(&mut self, commands: impl IntoIterator<Item = NewCommand>) {
        for command in commands {
            self.session.push(command).unwrap();
        }
    }
}

pub(crate) fn json(out: &Outgoing) -> Value {
    serde_json::from_slice(&out.body).unwrap()
}

pub(crate) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn shown(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        Json::Array(values) => format!("[{}]", values.len()),
        Json::Object(members) => {
            let names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
            format!("{{{}}}", names.join(" "))
        }
    }
}

fn item(item: &MoItem) -> String {
    let content = match &item.content {
        Content::Value { name, value } => {
            format!("{}{}", name.as_deref().unwrap_or_default(), shown(value))
        }
        Content::Status(code) => code.to_string(),
    };
    let cv = item.cv.as_deref().unwrap_or_default();
    format!("{}#{cv}={content}", short(&item.uri))
}

/// An address without what all of the tests' have in common.
fn short(uri: &str) -> String {
    let uri = uri.strip_prefix("urn:").unwrap_or(uri);
    let uri = uri.strip_prefix("oma:mo:").unwrap_or(uri);
    uri.replace("ext-acme-pump:1.0", "pump")
        .replace("oma-dm-devinfo:1.0", "devinfo")
        .replace("oma-dm-devinfo:1.2", "devinfo")
}

/// `2`, `2.0.1` within Sequences, `2[1]` of one of several places.
fn place(command: u32, child: &[u32], item: Option<u32>) -> String {
    let mut place = command.to_string();
    for step in child {
        place.push_str(&format!(".{step}"));
    }
    if let Some(item) = item {
        place.push_str(&format!("[{item}]"));
    }
    place
}

/// What events say, in short.
pub(crate) fn told(events: &[ServerEvent]) -> Vec<String> {
    events.iter().map(one).collect()
}

fn one(event: &ServerEvent) -> String {
    match event {
        ServerEvent::Started {
            device_id,
            version,
            dialect,
            initiated_by,
            bootstrap,
            notification,
            dev_info,
        } => {
            assert_eq!((&**device_id, version.name()), (DEVICE, "2.0"));
            assert!(dev_info.is_empty());
            let bootstrap = if *bootstrap { " bootstrapped" } else { "" };
            let number = notification.map_or(String::new(), |number| format!(" by {number}"));
            let dialect = dialect.map(Dialect::name).unwrap_or_default();
            format!("started {dialect} {initiated_by:?}{bootstrap}{number}")
        }
        ServerEvent::Authenticated { scheme } => format!("authenticated {scheme}"),
        ServerEvent::Unauthenticated { retry } => format!("unauthenticated {retry}"),
        ServerEvent::Alert {
            id,
            code,
            item,
            alert_type,
            correlator,
            data,
        } => {
            let source = item.source.as_ref().map(|source| short(&source.uri));
            let meta = item.meta.as_ref();
            let mark = meta.and_then(|meta| meta.mark.clone());
            format!(
                "alert {id} {code} {} {} {} {} {}",
                alert_type.as_deref().unwrap_or("-"),
                source.as_deref().unwrap_or("-"),
                mark.as_deref().unwrap_or("-"),
                correlator.as_deref().unwrap_or("-"),
                data.as_ref().map(shown).as_deref().unwrap_or("-"),
            )
        }
        ServerEvent::Supported { objects } => {
            let objects: Vec<String> = objects
                .iter()
                .map(|object| {
                    let moid = object.moid.as_deref().map(short).unwrap_or_default();
                    format!(" {moid} {}", object.instances.join(","))
                })
                .collect();
            format!("supported{}", objects.join(""))
        }
        ServerEvent::Data { item: data } => format!("object {}", item(data)),
        ServerEvent::TreeChanged { uris } => format!("changed {}", uris.join(" ")),
        ServerEvent::TreeUnchanged => "unchanged".to_owned(),
        ServerEvent::Status {
            code,
            uri,
            data,
            created,
            command,
            child,
            item,
        } => {
            assert!(data.is_empty());
            let place = place(*command, child, *item);
            let uri = uri
                .as_deref()
                .map(short)
                .map_or(String::new(), |uri| format!(" {uri}"));
            let created: String = created
                .iter()
                .map(|uri| format!(" +{}", short(uri)))
                .collect();
            format!("{place} {code}{uri}{created}")
        }
        ServerEvent::Results {
            items,
            objects,
            command,
            child,
            item: which,
        } => {
            assert!(items.is_empty());
            let objects: Vec<String> = objects.iter().map(item).collect();
            format!("{} {}", place(*command, child, *which), objects.join(" & "))
        }
        ServerEvent::Unknown {
            command,
            child,
            item,
        } => format!("{} ?", place(*command, child, *item)),
        ServerEvent::Violation { reason } => format!("violation {reason}"),
        ServerEvent::Repeated => "repeated".to_owned(),
        ServerEvent::Aborted { by, reason } => {
            let reason = reason.as_deref().unwrap_or("-");
            format!("aborted {by:?} {reason}")
        }
        ServerEvent::Object { .. } | ServerEvent::Progress { .. } => format!("{event:?}"),
    }
}

pub(crate) fn get(uri: &str) -> NewCommand {
    NewCommand::Get(vec![uri.to_owned()])
}

pub(crate) fn delete(uri: &str) -> NewCommand {
    NewCommand::Delete(vec![uri.to_owned()])
}

pub(crate) fn exec(uri: &str, report_to: Option<&str>) -> NewCommand {
    NewCommand::Exec {
        uri: uri.to_owned(),
        data: None,
        format: None,
        mime: None,
        correlator: None,
        report_to: report_to.map(str::to_owned),
    }
}

pub(crate) fn hget(from: &str, to: Option<&str>) -> NewCommand {
    NewCommand::Hget {
        from: from.to_owned(),
        to: to.map(str::to_owned),
    }
}

pub(crate) fn owned(uris: &[&str]) -> Vec<String> {
    uris.iter().map(|uri| (*uri).to_owned()).collect()
}

pub(crate) fn hput(to: &str, from: &[&str]) -> NewCommand {
    let from = owned(from);
    NewCommand::Hput {
        from,
        to: to.to_owned(),
    }
}

pub(crate) fn hpost(to: &str, from: &[&str]) -> NewCommand {
    let from = owned(from);
    NewCommand::Hpost {
        from,
        to: to.to_owned(),
    }
}

pub(crate) fn show(url: &str) -> NewCommand {
    NewCommand::Show {
        url: url.to_owned(),
    }
}

pub(crate) fn cont(url: &str) -> NewCommand {
    NewCommand::Cont {
        url: url.to_owned(),
    }
}
