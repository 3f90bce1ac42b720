//! What servers asked to be done outside of sessions: data that is sent when it changes (SUB), and where data is fetched when it is missing
//! (DEFAULT). Both are kept with the tree until they are taken back, or the account or the instance is gone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::dm2::{Accept, Dialect, MediaType, MoDocument, MoItem, Step, bare_moid};
use crate::error::{Error, Result};
use crate::limits::MAX_OBJECT;
use crate::order::gathered;
use crate::status::StatusCode;
use crate::syncml::Encoding;
use crate::tnds::{self, Tnds};
use crate::tree::instances::{Instances, Resolved, Spelling};
use crate::tree::node::Owner;
use crate::tree::operation::{HostCall, HostValues};
use crate::tree::store::{Descent, Tree};

use super::access::{Access, Deed, Requester, Seen};
use super::read::Reading;

/// The most subscriptions, and the most defaults.
const MAX_KEPT: usize = 1_000;
/// Octets of the longest address that is kept.
const MAX_LEN: usize = 4_096;
/// Milliseconds for which changes are gathered.
const MERGED: u64 = 1_000;
/// Milliseconds after which an exchange is taken for failed.
const EXCHANGE: u64 = 60_000;
/// Milliseconds behind each failure; then the changes are given up.
const PAUSES: [u64; 2] = [2_000, 8_000];

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The server.
    pub server: String,
    /// What it wants to know of: a ClientURI.
    pub uri: String,
    /// Where it is sent to.
    pub url: String,
    is_draft: bool,
    /// Whether a name in front of its path was that of an instance, which in the draft dialect depends on how many there are.
    is_named: bool,
    is_tnds: bool,
    /// The hash of the data that the server knows.
    told: Hash,
    state: State,
}

type Hash = [u8; 16];

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Idle,
    /// Something has changed, which is told at this time, after so many failures.
    Waiting(u64, u8),
    /// This is under way until this time.
    Sending(u64, u8, Sent),
}

/// What was sent: its hash, and the revision that the tree had then.
type Sent = (Hash, u32);

/// Where data of an object is fetched when it is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultSource {
    /// The server that said so.
    pub server: String,
    /// The ServerURI.
    pub url: String,
}

/// All that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::tree) struct Services {
    /// The revision of the tree when this changed last.
    pub(in crate::tree) changed: u32,
    subscriptions: Vec<Subscription>,
    /// By identifiers without `urn:`.
    defaults: BTreeMap<String, DefaultSource>,
}

impl Services {
    /// The same if it is what could have been asked for: no more than is kept, and nothing twice.
    ///
    /// # Errors
    ///
    /// [`Code::Snapshot`](crate::Code::Snapshot).
    pub(in crate::tree) fn checked(self) -> Result<Self> {
        let list = &self.subscriptions;
        let keys: BTreeSet<(&str, &str)> =
            gathered(list.iter().map(|one| (&*one.server, &*one.uri)));
        let mut sources = self.defaults.iter();
        let is_sound = keys.len() == list.len()
            && list.len().max(self.defaults.len()) <= MAX_KEPT
            && list.iter().all(|one| one.url.len() <= MAX_LEN)
            && sources.all(|(moid, one)| moid.len().max(one.url.len()) <= MAX_LEN);
        match is_sound {
            true => Ok(self),
            false => Err(Error::snapshot("subscriptions or sources that cannot be")),
        }
    }
}

/// Data that is to be sent by HTTP PUT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePut {
    /// The server whose subscription it is.
    pub server: String,
    /// The ClientURI of the subscription.
    pub uri: String,
    /// Where it goes.
    pub url: String,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// What is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// What is to be sent now. What came of it is to be [told](Tree::told).
    pub puts: Vec<DuePut>,
    /// When to ask again although nothing changes until then, in milliseconds since 1970.
    pub next: Option<u64>,
}

/// Whether it is done, or a host is to be asked for values first.
pub type Subscribing = std::result::Result<Option<Vec<HostCall>>, StatusCode>;

impl Access<'_> {
    /// Subscribes to what a ClientURI stands for; the same again goes elsewhere. Nothing is sent before something changes. Where calls come
    /// out, the host is to be asked first.
    ///
    /// The error is the status to answer: that of [`read`](Self::read), 400 for an address with a validator, 413 for one too many.
    pub fn subscribe(
        &self,
        tree: &mut Tree,
        url: &str,
        uri: &str,
        values: &HostValues,
    ) -> Subscribing {
        let (parsed, places) = match self.resolve(tree, uri, values)? {
            (_, Resolved::Ask(calls)) => return Ok(Some(calls)),
            (parsed, Resolved::Places(places)) => (parsed, places),
        };
        if parsed.cv.is_some() {
            return Err(StatusCode::BAD_REQUEST);
        }
        for place in &places {
            self.need(Deed::Read, &place.path)?;
        }
        let told = self.data_of(tree, uri, self.requester.dialect, false).1;
        let server = self.requester.server;
        let list = &tree.services.subscriptions;
        let known = list.iter().position(|one| one.is(server, uri));
        if (known.is_none() && list.len() >= MAX_KEPT) || url.len() > MAX_LEN {
            return Err(StatusCode::TOO_LARGE);
        }
        let subscription = Subscription {
            server: server.to_owned(),
            uri: uri.to_owned(),
            url: url.to_owned(),
            is_draft: self.requester.dialect == Dialect::Draft,
            is_named: matches!(parsed.instance, Some(Step::Name(_))),
            is_tnds: false,
            told,
            state: State::Idle,
        };
        tree.serve(|services| {
            let list = &mut services.subscriptions;
            match known.and_then(|at| list.get_mut(at)) {
                Some(known) => *known = subscription,
                None => list.push(subscription),
            }
        });
        Ok(None)
    }

    /// Takes a subscription back. The error is 404 where there is none with the address spelt like this.
    pub fn unsubscribe(&self, tree: &mut Tree, uri: &str) -> Result<(), StatusCode> {
        let server = self.requester.server;
        let list = &tree.services.subscriptions;
        if !list.iter().any(|one| one.is(server, uri)) {
            return Err(StatusCode::NOT_FOUND);
        }
        tree.serve(|services| services.subscriptions.retain(|one| !one.is(server, uri)));
        Ok(())
    }

    /// Keeps where data of an object is fetched when it is missing, instead of what was kept for it. The error is 403 where the object was not
    /// granted, 413 for one too many.
    pub fn set_default(&self, tree: &mut Tree, url: &str, moid: &str) -> Result<(), StatusCode> {
        if !self.grants(moid) {
            return Err(StatusCode::FORBIDDEN);
        }
        let moid = bare_moid(moid).to_owned();
        let defaults = &tree.services.defaults;
        let is_full = defaults.len() >= MAX_KEPT && !defaults.contains_key(&moid);
        if is_full || url.len() > MAX_LEN || moid.len() > MAX_LEN {
            return Err(StatusCode::TOO_LARGE);
        }
        let source = DefaultSource {
            server: self.requester.server.to_owned(),
            url: url.to_owned(),
        };
        tree.serve(|services| services.defaults.insert(moid, source));
        Ok(())
    }

    /// The data that an address stands for as a document, and its hash. Nothing where there is none, or the server may not read it. Values of the
    /// host are those that the tree was told last.
    fn data_of(
        &self,
        tree: &Tree,
        uri: &str,
        dialect: Dialect,
        is_tnds: bool,
    ) -> (Option<Vec<u8>>, Hash) {
        let values = self.known_values(tree, uri);
        let written = |items| MoDocument { dialect, items }.encode(false).ok();
        let (body, known) = match self.read(tree, uri, &values) {
            Ok(Reading::Found(items)) => {
                let bare = |item: &MoItem| MoItem {
                    cv: None,
                    ..item.clone()
                };
                // What changes with the validator alone is nothing that the server could read.
                let known = written(items.iter().map(bare).collect());
                (written(items), known)
            }
            _ => (None, None),
        };
        let digest = Sha256::digest(known.unwrap_or_default());
        let mut hash = Hash::default();
        hash.iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        let body = body.and_then(|body| match is_tnds {
            false => Some(body),
            true => match self.read_tnds(tree, uri, &values) {
                Ok(Reading::Found(nodes)) => {
                    let document = Tnds {
                        nodes,
                        ..Tnds::default()
                    };
                    document.encode(Encoding::Xml, false).ok()
                }
                _ => None,
            },
        });
        (body, hash)
    }

    /// The values of the host's nodes as the tree was told them last.
    fn known_values(&self, tree: &Tree, uri: &str) -> HostValues {
        let mut values = HostValues::new();
        // What an address depends on may be the host's as well: each is asked for once.
        let places = loop {
            match self.resolve(tree, uri, &values) {
                Ok((_, Resolved::Ask(calls))) => {
                    for call in calls {
                        let Some(node) = tree.node(&call.path) else {
                            return values;
                        };
                        values.insert(call.path, node.clone());
                    }
                }
                Ok((_, Resolved::Places(places))) => break places,
                Err(_) => return values,
            }
        };
        for place in places {
            if let Some(entry) = tree.entry(&place.path) {
                entry.visit(&place.path, |path, entry| {
                    if entry.node.owner() == Owner::Host {
                        values.insert(path.to_owned(), entry.node.clone());
                    }
                    Descent::On
                });
            }
        }
        values
    }
}

impl Subscription {
    fn is(&self, server: &str, uri: &str) -> bool {
        self.server == server && self.uri == uri
    }

    fn dialect(&self) -> Dialect {
        match self.is_draft {
            true => Dialect::Draft,
            false => Dialect::Approved,
        }
    }

    /// The dialect as which its address is read: a name that was an instance's stays it when there is but one left.
    fn spelt(&self) -> Dialect {
        match self.is_named {
            true => Dialect::Approved,
            false => self.dialect(),
        }
    }

    /// What is to be sent now, if anything.
    fn due(
        &mut self,
        tree: &Tree,
        requester: Requester<'_>,
        seen: &mut Option<Seen>,
    ) -> Option<DuePut> {
        let now = requester.now.unwrap_or_default();
        match self.state {
            // What is under way may be what the server knows next.
            State::Sending(until, ..) if now < until => return None,
            State::Sending(_, failures, sent) => self.fail(failures, sent, now),
            State::Idle | State::Waiting(..) => {}
        }
        if let State::Waiting(at, _) = self.state
            && now < at
        {
            return None;
        }
        let access = Access::again(tree, requester, seen);
        let (body, hash) = access.data_of(tree, &self.uri, self.dialect(), self.is_tnds);
        if hash == self.told || body.is_none() {
            self.told = hash;
            self.state = State::Idle;
            return None;
        }
        let failures = match self.state {
            State::Idle => {
                self.state = State::Waiting(now.saturating_add(MERGED), 0);
                return None;
            }
            State::Waiting(_, failures) | State::Sending(_, failures, _) => failures,
        };
        let sent = (hash, tree.revision());
        self.state = State::Sending(now.saturating_add(EXCHANGE), failures, sent);
        Some(DuePut {
            server: self.server.clone(),
            uri: self.uri.clone(),
            url: self.url.clone(),
            content_type: match self.is_tnds {
                true => tnds::MEDIA_TYPE_XML,
                false => MediaType::Mo.name(),
            },
            body: body?,
        })
    }

    /// When something is to be done with it although nothing changes until then.
    fn next(&self) -> Option<u64> {
        match self.state {
            State::Idle => None,
            State::Waiting(at, _) | State::Sending(at, ..) => Some(at),
        }
    }

    /// Tries later, or gives what was sent up.
    fn fail(&mut self, failures: u8, (sent, _): Sent, now: u64) {
        self.state = match PAUSES.get(usize::from(failures)) {
            Some(pause) => State::Waiting(now.saturating_add(*pause), failures + 1),
            None => {
                self.told = sent;
                State::Idle
            }
        };
    }

    /// Takes another format where the server takes one that can be written and was not tried.
    fn takes_another(&mut self, accept: Option<&str>) -> bool {
        let accept = accept.and_then(|accept| Accept::parse(accept).ok());
        let other = match self.is_tnds {
            true => MediaType::Mo.name(),
            false => tnds::MEDIA_TYPE_XML,
        };
        let is_taken = accept.is_some_and(|accept| accept.best(&[other]).is_some());
        self.is_tnds ^= is_taken;
        is_taken
    }
}

impl Tree {
    /// Changes what is kept for servers.
    fn serve<T>(&mut self, change: impl FnOnce(&mut Services) -> T) {
        change(&mut self.services);
        let revision = self.revision().wrapping_add(1);
        self.set_revision(revision);
        self.services.changed = revision;
    }

    /// The subscriptions, in the order in which they were made.
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.services.subscriptions
    }

    /// Where data of an object is to be fetched when it is missing; its identifier counts with and without `urn:`.
    pub fn default_source(&self, moid: &str) -> Option<&DefaultSource> {
        self.services.defaults.get(bare_moid(moid))
    }

    /// What is to be sent at a time because it has changed. To be asked after changes, and at the time that comes out. Changes within a second
    /// are told at once; what fails is tried twice more, and then given up. No more comes at a time than 16 MiB and one piece of data. `epoch` is as that of [`validator`](Self::validator), and
    /// `granted` says which objects a server was granted, as [`Requester::objects`].
    pub fn due<'g>(
        &mut self,
        now: u64,
        epoch: Option<u64>,
        granted: impl Fn(&str) -> Option<&'g [String]>,
    ) -> Due {
        let mut list = std::mem::take(&mut self.services.subscriptions);
        let before = list.clone();
        let (mut due, mut octets) = (Due::default(), 0);
        let mut seen: BTreeMap<String, Option<Seen>> = BTreeMap::new();
        for subscription in &mut list {
            if octets >= MAX_OBJECT as usize {
                // It is looked at later, whether it has changed or not.
                due.next = Some(now);
                if subscription.state == State::Idle {
                    subscription.state = State::Waiting(now.saturating_add(MERGED), 0);
                }
                continue;
            }
            let server = subscription.server.clone();
            let requester = Requester {
                server: &server,
                dialect: subscription.spelt(),
                objects: granted(&server),
                epoch,
                now: Some(now),
            };
            let seen = seen.entry(server.clone()).or_default();
            if let Some(put) = subscription.due(self, requester, seen) {
                octets += put.body.len();
                due.puts.push(put);
            }
        }
        due.next = due
            .next
            .or(list.iter().filter_map(Subscription::next).min());
        let is_changed = list != before;
        self.services.subscriptions = list;
        if is_changed {
            self.serve(|_| ());
        }
        due
    }

    /// Takes in what came of sending: the HTTP status, or nothing where there was no answer in time, and with 415 the header `OMADM-Accept`,
    /// for which another format is tried at once. What is unknown by now is passed over. Out comes when to ask again what is [due](Self::due), as
    /// [`Due::next`]: at once where the tree has changed since this was sent.
    pub fn told(
        &mut self,
        server: &str,
        uri: &str,
        status: Option<u16>,
        accept: Option<&str>,
        now: u64,
    ) -> Option<u64> {
        let has_changed = self.take_outcome(server, uri, status, accept, now);
        let list = self.services.subscriptions.iter();
        let next = list.filter_map(Subscription::next).min();
        has_changed.then_some(now).or(next)
    }

    /// Takes in what came of sending. Tells whether what was sent is done with, but the tree has changed since.
    fn take_outcome(
        &mut self,
        server: &str,
        uri: &str,
        status: Option<u16>,
        accept: Option<&str>,
        now: u64,
    ) -> bool {
        let mut list = self.services.subscriptions.iter_mut();
        let Some(one) = list.find(|one| one.is(server, uri)) else {
            return false;
        };
        let State::Sending(_, failures, sent) = one.state else {
            return false;
        };
        match status {
            Some(200..=299) => {
                one.told = sent.0;
                one.state = State::Idle;
            }
            Some(415) if failures == 0 && one.takes_another(accept) => {
                one.state = State::Waiting(now, 1);
            }
            _ => one.fail(failures, sent, now),
        }
        let is_done = one.state == State::Idle;
        let since = self.changes.behind(sent.1);
        let has_changed = since.is_none_or(|mut since| since.next().is_some());
        self.serve(|_| ());
        is_done && has_changed
    }

    /// Forgets what a server asked for, whose account is gone.
    pub(in crate::tree) fn forget_services(&mut self, server: &str) {
        let services = &self.services;
        let is_known = services
            .subscriptions
            .iter()
            .any(|one| one.server == server)
            || services.defaults.values().any(|one| one.server == server);
        if is_known {
            self.serve(|services| {
                services.subscriptions.retain(|one| one.server != server);
                services.defaults.retain(|_, one| one.server != server);
            });
        }
    }

    /// Forgets subscriptions to instances that are gone.
    pub(super) fn forget_gone(&mut self) {
        if self.services.subscriptions.is_empty() {
            return;
        }
        let all = Instances::of(self, |_| true);
        let is_there = |one: &Subscription| {
            let Ok(uri) = all.parse(&one.uri, Spelling::Instance) else {
                return true;
            };
            match &uri.instance {
                Some(Step::Name(name)) if one.is_named => all.named(&uri.moid, name).is_some(),
                Some(Step::Name(_)) | None => all.of_object(&uri.moid).next().is_some(),
                Some(_) => true,
            }
        };
        let list = &self.services.subscriptions;
        if !list.iter().all(is_there) {
            self.serve(|services| services.subscriptions.retain(is_there));
        }
    }
}
