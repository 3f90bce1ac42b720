//! Commands that move data by HTTP: HGET, HPUT, HPOST. The host makes the requests, one at a time; nothing is tried twice, but what a receiver
//! would have in another format.

use crate::dm2::{Accept, Content, Dialect, MediaType, MoDocument, MoItem, Outcome, is_server_uri};
use crate::error::{Code, Error};
use crate::json::Json;
use crate::limits::{Limits, MAX_OBJECT};
use crate::session::accounts::is_held_at;
use crate::session::client::ClientConfig;
use crate::status::StatusCode;
use crate::syncml::Encoding;
use crate::tnds::{MEDIA_TYPE_WBXML, MEDIA_TYPE_XML, Tnds, TndsNode};
use crate::tree::{Asked, Fetched, HostCall, Reader, Reading, Storing, Tree};
use crate::uri;

use super::execute::{Current, NO_CONTENT, Question, Reply, Scene, Step};

/// The formats that data is written in, the best first.
const WRITTEN: [&str; 3] = [MediaType::Mo.name(), MEDIA_TYPE_XML, MEDIA_TYPE_WBXML];

const BAD_GATEWAY: StatusCode = StatusCode(502);
const GATEWAY_TIMEOUT: StatusCode = StatusCode(504);

/// What the host is to ask or send for.
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
}

/// Whether an address may be opened at all: 400 for what is none, 403 for one that is not secure, unless the server itself is not.
pub(super) fn check_scheme(url: &str, config: &ClientConfig) -> Result<(), StatusCode> {
    let is_clean = !url.contains(|c: char| c.is_whitespace() || c.is_control());
    let origin = uri::origin(url).filter(|_| is_clean && is_server_uri(url));
    let origin = origin.ok_or(StatusCode::BAD_REQUEST)?;
    match origin.starts_with("https:") || uri::origin(&config.url) == Some(origin) {
        true => Ok(()),
        false => Err(StatusCode::FORBIDDEN),
    }
}

/// Whether data may go to an address, or come from it: it is of the server's own origin or of one that the host allows.
pub(super) fn check_url(url: &str, config: &ClientConfig) -> Result<(), StatusCode> {
    check_scheme(url, config)?;
    let origin = uri::origin(url);
    let allowed = std::iter::once(&config.url).chain(&config.origins);
    match allowed.map(|url| uri::origin(url)).any(|one| one == origin) {
        true => Ok(()),
        false => Err(StatusCode::FORBIDDEN),
    }
}

/// Whether what a command begins may be told to a server: the account's own, or one of another account in the tree (D44).
pub(super) fn check_receiver(
    url: &str,
    config: &ClientConfig,
    tree: &Tree,
) -> Result<(), StatusCode> {
    check_scheme(url, config)?;
    let origin = uri::origin(url).ok_or(StatusCode::BAD_REQUEST)?;
    let is_own = uri::origin(&config.url).as_ref() == Some(&origin);
    match is_own || is_held_at(tree, &origin) {
        true => Ok(()),
        false => Err(StatusCode::FORBIDDEN),
    }
}

/// What a response comes to: its body where it has succeeded.
fn settled(reply: &Reply) -> Result<&Reply, StatusCode> {
    match reply {
        Reply::Unreachable => Err(BAD_GATEWAY),
        Reply::Late => Err(GATEWAY_TIMEOUT),
        Reply::TooLarge => Err(StatusCode::TOO_LARGE),
        Reply::Fetched { status, .. } => match status {
            200..=299 => Ok(reply),
            401 | 403 => Err(StatusCode::FORBIDDEN),
            406 | 415 => Err(StatusCode(*status)),
            _ => Err(BAD_GATEWAY),
        },
    }
}

/// Data on its way out, in one format or another.
enum Data {
    Json(Vec<MoItem>),
    Tnds(Vec<TndsNode>),
}

impl Data {
    fn of(format: &str) -> Self {
        match format == MediaType::Mo.name() {
            true => Self::Json(Vec::new()),
            false => Self::Tnds(Vec::new()),
        }
    }

    /// Reads one place more: its status, or what the host is to be asked.
    fn add(
        &mut self,
        reader: &mut Reader<'_, '_>,
        uri: &str,
    ) -> Result<StatusCode, Result<Vec<HostCall>, StatusCode>> {
        fn add<T>(
            all: &mut Vec<T>,
            found: Result<Reading<T>, StatusCode>,
        ) -> Result<StatusCode, Result<Vec<HostCall>, StatusCode>> {
            match found {
                Err(code) => Err(Err(code)),
                Ok(Reading::Ask(calls)) => Err(Ok(calls)),
                Ok(Reading::Empty) => Ok(NO_CONTENT),
                Ok(Reading::Fresh) => Ok(StatusCode::NOT_MODIFIED),
                Ok(Reading::Found(found)) => {
                    all.extend(found);
                    Ok(StatusCode::OK)
                }
            }
        }
        match self {
            Self::Json(items) => add(items, reader.read(uri)),
            Self::Tnds(nodes) => add(nodes, reader.read_tnds(uri)),
        }
    }

    /// Octets that the last so many things take at least, whatever they are written in.
    fn octets(&self, count: usize) -> usize {
        match self {
            Self::Json(items) => items.iter().rev().take(count).map(of_item).sum(),
            Self::Tnds(nodes) => nodes.iter().rev().take(count).map(of_node).sum(),
        }
    }

    const fn len(&self) -> usize {
        match self {
            Self::Json(items) => items.len(),
            Self::Tnds(nodes) => nodes.len(),
        }
    }

    /// The body of the request; 500 for what no document can hold.
    fn encode(self, format: &str, dialect: Dialect) -> Result<Vec<u8>, StatusCode> {
        let body = match self {
            Self::Json(items) => MoDocument { dialect, items }.encode(false),
            Self::Tnds(nodes) => {
                let tnds = Tnds {
                    nodes,
                    ..Tnds::default()
                };
                let encoding = match format == MEDIA_TYPE_WBXML {
                    true => Encoding::Wbxml,
                    false => Encoding::Xml,
                };
                tnds.encode(encoding, false)
            }
        };
        body.map_err(|_| StatusCode::COMMAND_FAILED)
    }
}

fn of_item(item: &MoItem) -> usize {
    let Content::Value { value, .. } = &item.content else {
        return item.uri.len();
    };
    let (mut octets, mut waiting) = (item.uri.len(), vec![value]);
    while let Some(json) = waiting.pop() {
        octets += match json {
            Json::String(text) => text.len() + 2,
            Json::Number(number) => number.as_str().len(),
            Json::Null | Json::Bool(_) => 4,
            Json::Array(values) => {
                waiting.extend(values);
                2
            }
            Json::Object(members) => {
                waiting.extend(members.iter().map(|(_, value)| value));
                // Each name has quotes and a colon.
                members.iter().map(|(name, _)| name.len() + 3).sum()
            }
        };
    }
    octets
}

fn of_node(node: &TndsNode) -> usize {
    let (mut octets, mut waiting) = (0, vec![node]);
    while let Some(node) = waiting.pop() {
        let name = node.name.as_ref().map_or(0, String::len);
        let data = node.data.as_ref().map_or(0, crate::syncml::Data::len);
        // Tags and ends of Node and NodeName, also in WBXML.
        octets += name + data + 4;
        waiting.extend(&node.children);
    }
    octets
}

/// HPUT and HPOST: the data of all places in one request, or nothing of it.
pub(super) fn send(
    method: &'static str,
    from: &[String],
    to: &str,
    current: &mut Current,
    scene: &mut Scene<'_>,
) -> Step {
    if let Err(code) = check_url(to, scene.config()) {
        return each(vec![code; from.len()]);
    }
    let format = format(current.format.as_deref().or(scene.accept_mo));
    let outcome = match (current.reply.as_ref().map(settled), current.sent.take()) {
        (Some(outcome), Some(codes)) => Some((outcome.map(drop), codes)),
        _ => None,
    };
    if let Some((outcome, mut codes)) = outcome {
        let code = match outcome {
            Ok(()) => StatusCode::OK,
            // It is what was sent that counts, and what was said of that is not known.
            Err(StatusCode::TOO_LARGE) => BAD_GATEWAY,
            Err(code) => code,
        };
        let is_refused = code == StatusCode::UNSUPPORTED_FORMAT && current.format.is_none();
        let other = is_refused.then(|| another(current.reply.as_ref(), format));
        let Some(other) = other.flatten() else {
            conclude(&mut codes, code);
            return each(codes);
        };
        (current.format, current.reply) = (Some(other), None);
        return send(method, from, to, current, scene);
    }
    let mut data = Data::of(format.unwrap_or(MediaType::Mo.name()));
    let mut codes = match gather(&mut data, from, current, scene) {
        Ok(codes) => codes,
        Err(step) => return *step,
    };
    if !codes.contains(&StatusCode::OK) {
        return each(codes);
    }
    let most = scene.config().limits.object_bytes as usize;
    let body = match format {
        None => Err(StatusCode::UNSUPPORTED_FEATURE),
        Some(format) => data.encode(format, scene.dialect()).and_then(|body| {
            let is_taken = body.len() <= most;
            is_taken
                .then_some((format, body))
                .ok_or(StatusCode::TOO_LARGE)
        }),
    };
    match body {
        Ok((format, body)) => {
            current.sent = Some(codes);
            Step::Ask(Question::Http(Request {
                method,
                url: to.to_owned(),
                headers: vec![("content-type", format.to_owned())],
                body: Some(body),
            }))
        }
        Err(code) => {
            conclude(&mut codes, code);
            each(codes)
        }
    }
}

fn each(codes: Vec<StatusCode>) -> Step {
    Step::Done(codes.into_iter().map(Outcome::of).collect())
}

/// What became of the data that was to be sent.
fn conclude(codes: &mut [StatusCode], code: StatusCode) {
    for own in codes.iter_mut().filter(|own| **own == StatusCode::OK) {
        *own = code;
    }
}

/// The most welcome format that data is written in; nothing where none is.
fn format(accept: Option<&str>) -> Option<&'static str> {
    match accept.map(Accept::parse) {
        None => Some(MediaType::Mo.name()),
        Some(Ok(accept)) => accept.best(&WRITTEN),
        Some(Err(_)) => None,
    }
}

/// Reads all places: a status for each, or why nothing is sent.
fn gather(
    data: &mut Data,
    from: &[String],
    current: &mut Current,
    scene: &mut Scene<'_>,
) -> Result<Vec<StatusCode>, Box<Step>> {
    let access = scene.access();
    let mut reader = access.reader(scene.tree, &current.values);
    let (mut codes, mut asked, mut is_refused) = (Vec::new(), Asked::default(), false);
    let mut unread = None;
    let most = scene.config().limits.object_bytes as usize;
    let mut octets: usize = 0;
    for uri in from {
        let before = data.len();
        let code = match data.add(&mut reader, uri) {
            Ok(code) => code,
            Err(Err(code)) => {
                is_refused = true;
                code
            }
            Err(Ok(wanted)) => {
                // Which value the host could not give: the first that is wanted and not there.
                if let (Some(code), None, true) = (current.refused(), &unread, asked.is_empty()) {
                    unread = wanted.first().map(|call| (uri, call.path.clone(), code));
                }
                let own = unread.as_ref().filter(|(place, path, _)| {
                    *place == uri || wanted.iter().any(|call| call.path == *path)
                });
                match own {
                    Some((.., code)) => {
                        is_refused = true;
                        *code
                    }
                    None => {
                        asked.extend(wanted);
                        StatusCode::NOT_EXECUTED
                    }
                }
            }
        };
        codes.push(code);
        octets = octets.saturating_add(data.octets(data.len() - before));
        // What would not go out is not gathered: an address of few octets may be that of much data, many times over.
        if octets > most {
            conclude(&mut codes, StatusCode::TOO_LARGE);
            codes.resize(from.len(), StatusCode::TOO_LARGE);
            return Err(Box::new(each(codes)));
        }
    }
    if is_refused {
        for code in codes.iter_mut().filter(|code| code.0 < 400) {
            *code = StatusCode::NOT_EXECUTED;
        }
        return Err(Box::new(each(codes)));
    }
    match asked.is_empty() {
        true => Ok(codes),
        false => Err(Box::new(current.ask(asked.into_calls(), scene.tree))),
    }
}

/// The format that a receiver names which has not taken another.
fn another(reply: Option<&Reply>, format: Option<&str>) -> Option<String> {
    let Some(Reply::Fetched { accept_mo, .. }) = reply else {
        return None;
    };
    let accept = Accept::parse(accept_mo.as_deref()?).ok()?;
    let other = accept.best(&WRITTEN);
    other.filter(|_| other != format).map(str::to_owned)
}

/// HGET: what is fetched is stored as a whole, or not at all.
pub(super) fn fetch(
    from: &str,
    to: Option<&str>,
    current: &mut Current,
    scene: &mut Scene<'_>,
) -> Step {
    if let Err(code) = check_url(from, scene.config()) {
        return code.into();
    }
    let body = match current.reply.as_ref().map(settled) {
        None => {
            return Step::Ask(Question::Http(Request {
                method: "GET",
                url: from.to_owned(),
                headers: vec![("accept", accept(to))],
                body: None,
            }));
        }
        Some(Err(code)) => return code.into(),
        Some(Ok(body)) => body,
    };
    // What the host could not write is as it was, and so is the rest when it has taken back what it has.
    if let Some(code) = current.failed() {
        return current.give_up(code);
    }
    let document = match Document::read(body, to, scene.config()) {
        Ok(document) => document,
        Err(code) => return code.into(),
    };
    let written = current.written();
    let access = scene.access();
    let stored = access.store(
        scene.tree,
        document.fetched(),
        to,
        &current.values,
        &written,
    );
    match stored {
        Ok(Storing::Done { created, changed }) => {
            scene.changed(changed);
            Step::Done(vec![Outcome {
                created,
                ..Outcome::of(StatusCode::OK)
            }])
        }
        Ok(Storing::Ask(calls)) => current.ask(calls, scene.tree),
        Err(code) => current.give_up(code),
    }
}

/// What is taken: data of objects, serialised trees, and for a place that is named whatever its value may be.
fn accept(to: Option<&str>) -> String {
    let mut accept = format!(
        "{}, {MEDIA_TYPE_XML};q=0.5, {MEDIA_TYPE_WBXML};q=0.5",
        MediaType::Mo.name()
    );
    if to.is_some() {
        accept.push_str(", */*;q=0.1");
    }
    accept
}

/// What was fetched.
enum Document<'b> {
    Mo(MoDocument),
    Tnds(Tnds),
    Raw(&'b str, &'b [u8]),
}

impl<'b> Document<'b> {
    /// Reads a body by its type; without one it is data of objects. 413 for what is larger than is taken, 415 for a type that means nothing
    /// here, 502 for a body that is none of its type.
    fn read(reply: &'b Reply, to: Option<&str>, config: &ClientConfig) -> Result<Self, StatusCode> {
        let Reply::Fetched {
            content_type, body, ..
        } = reply
        else {
            return Err(BAD_GATEWAY);
        };
        let most = config.max_obj_size.unwrap_or(MAX_OBJECT);
        if body.len() > most as usize {
            return Err(StatusCode::TOO_LARGE);
        }
        let declared = content_type.as_deref().unwrap_or(MediaType::Mo.name());
        let mime = declared.split(';').next().unwrap_or_default().trim();
        // What we take of an object we take of a document.
        let limits = Limits {
            bytes: most,
            text_bytes: most,
            ..config.limits.clone()
        };
        let unusable = |error: Error| match error.code() {
            Code::Limit => StatusCode::TOO_LARGE,
            Code::Charset => StatusCode::UNSUPPORTED_FORMAT,
            _ => BAD_GATEWAY,
        };
        let is = |known: &str| mime.eq_ignore_ascii_case(known);
        if MediaType::of_content_type(declared).map_err(unusable)? == Some(MediaType::Mo) {
            let document = MoDocument::decode(body, &limits).map_err(unusable)?;
            Ok(Self::Mo(document))
        } else if is(MEDIA_TYPE_XML) || is(MEDIA_TYPE_WBXML) {
            let encoding = match is(MEDIA_TYPE_WBXML) {
                true => Encoding::Wbxml,
                false => Encoding::Xml,
            };
            let tnds = Tnds::decode(body, encoding, &limits).map_err(unusable)?;
            Ok(Self::Tnds(tnds))
        } else if to.is_some() {
            Ok(Self::Raw(mime, body))
        } else {
            Err(StatusCode::UNSUPPORTED_FORMAT)
        }
    }

    fn fetched(&self) -> Fetched<'_> {
        match self {
            Self::Mo(document) => Fetched::Mo(document),
            Self::Tnds(document) => Fetched::Tnds(document),
            Self::Raw(mime, body) => Fetched::Raw { mime, body },
        }
    }
}
