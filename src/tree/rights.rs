//! Who may do what where: the list that holds for a node, and what the device can do on it.

use crate::ddf::{self, AccessType};
use crate::status::StatusCode;
use crate::uri::{self, NodeUri};

use super::acl::{Acl, Right};
use super::description::folded;
use super::node::{Owner, Scope};
use super::objects;
use super::store::Tree;

/// The server that a command comes from, as it was authenticated, and when.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The ServerID of the account, never what a header says.
    pub server: &'a str,
    /// Milliseconds since 1970, where a clock is at hand.
    pub now: Option<u64>,
}

impl Actor<'_> {
    /// Seconds since 1970.
    pub(super) fn seconds(&self) -> Option<u64> {
        self.now.map(|now| now / 1000)
    }
}

/// What a device publishes of the URIs that it takes; nothing is no limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct UriLimits {
    depth: Option<usize>,
    total: Option<usize>,
    segment: Option<usize>,
}

impl UriLimits {
    /// Whether a path is within the limits, addressed with so many characters.
    fn fit(self, path: &str, characters: usize) -> bool {
        let within = |limit: Option<usize>, length: usize| limit.is_none_or(|most| length <= most);
        let longest = uri::segments(path).map(|name| name.chars().count()).max();
        within(self.total, characters)
            && within(self.depth, uri::segments(path).count())
            && within(self.segment, longest.unwrap_or_default())
    }

    /// 414 unless a path can be addressed, in its shortest spelling.
    pub(super) fn need(self, path: &str) -> Result<(), StatusCode> {
        let is_address = NodeUri::parse(&uri::display(path)).is_ok();
        if is_address && self.fit(path, path.chars().count()) {
            Ok(())
        } else {
            Err(StatusCode::URI_TOO_LONG)
        }
    }
}

impl Tree {
    /// The address of a node in the one spelling under which it is kept. The error is the status: 400 where it is malformed, 414 where it
    /// exceeds what the device publishes below `./DevDetail/URI`.
    ///
    /// The root is no segment; of the whole URI all characters count, `./` and the query included.
    pub(super) fn resolve(&self, uri: &str) -> Result<NodeUri, StatusCode> {
        let parsed = NodeUri::parse(uri)?;
        let characters = uri.trim_matches(uri::BLANKS).chars().count();
        if !self.uri_limits().fit(parsed.path(), characters) {
            return Err(StatusCode::URI_TOO_LONG);
        }
        Ok(match self.as_kept(parsed.path()) {
            Some(kept) => parsed.with_path(kept),
            None => parsed,
        })
    }

    /// How long URIs may be (DevDetail, URI). Text that is no number of 16 bits is no limit.
    pub(super) fn uri_limits(&self) -> UriLimits {
        let limit = |name: &str| {
            let path = ["DevDetail/URI/", name].concat();
            let limit = self.node(&path).and_then(|node| node.data()?.as_text());
            let limit = limit.and_then(|limit| limit.trim().parse::<u16>().ok());
            limit.filter(|limit| *limit != 0).map(usize::from)
        };
        UriLimits {
            depth: limit("MaxDepth"),
            total: limit("MaxTotLen"),
            segment: limit("MaxSegLen"),
        }
    }

    /// The spelling of an existing path where the description says that upper and lower case are the same.
    pub(super) fn as_kept(&self, path: &str) -> Option<String> {
        let described = self
            .described
            .as_ref()
            .filter(|described| described.folds_case())?;
        let mut kept = String::new();
        for name in uri::segments(path) {
            let entry = self.entry(&kept);
            let is_there = entry.is_some_and(|entry| entry.children.contains(name));
            let wanted = uri::join(&kept, name);
            let same = entry
                .filter(|_| !is_there && described.ignores_case(&wanted))
                .and_then(|entry| entry.folded.get(&folded(name)));
            kept = same.map_or(wanted, |same| uri::join(&kept, same));
        }
        Some(kept)
    }

    /// The list that holds for a node: its own, else that of the nearest node above that has one. Lists are never merged.
    pub(super) fn effective_acl(&self, path: &str) -> Option<&Acl> {
        let line = self.line(path);
        line.into_iter()
            .rev()
            .map(|node| node.acl())
            .find(|acl| !acl.is_empty())
    }

    /// Whether a server has a right on a node.
    pub(super) fn grants(&self, right: Right, path: &str, actor: &Actor<'_>) -> bool {
        let acl = self.effective_acl(path);
        acl.is_some_and(|acl| acl.allows(right, actor.server))
    }

    /// 425 unless the server has the right.
    pub(super) fn need(
        &self,
        right: Right,
        path: &str,
        actor: &Actor<'_>,
    ) -> Result<(), StatusCode> {
        if self.grants(right, path, actor) {
            Ok(())
        } else {
            Err(StatusCode::PERMISSION_DENIED)
        }
    }

    /// 405 unless the device can do it on an existing node.
    pub(super) fn need_access(&self, access: AccessType, path: &str) -> Result<(), StatusCode> {
        let is_described = self.rule(path).is_none_or(|rule| rule.access(access));
        let is_open = self
            .node(path)
            .is_some_and(|node| node.access().contains(access));
        if is_described && is_open && !objects::is_closed(self, access, path) {
            Ok(())
        } else {
            Err(StatusCode::NOT_ALLOWED)
        }
    }

    /// 405 unless a node can be made here. Descriptions say it of the node that is made, some devices of the one above: either will do.
    ///
    /// `./DevInfo`, `./DevDetail` and `./Inbox` are the device's own to make: what stands there tells servers what the device is, and holds
    /// for the URIs of all of them.
    pub(super) fn need_access_to_add(&self, path: &str) -> Result<(), StatusCode> {
        let parent = uri::split(path).map_or("", |(parent, _)| parent);
        // A parent that is made along with it is looked at by itself.
        let is_new = self.node(parent).is_none();
        let by_parent = is_new || self.need_access(AccessType::Add, parent).is_ok();
        let allowed = match (self.rule(path), self.rule(parent)) {
            _ if objects::FIXED.contains(&path) || objects::is_in_inbox(self, path) => false,
            (Some(rule), _) => {
                rule.scope == ddf::Scope::Dynamic && (rule.access(AccessType::Add) || by_parent)
            }
            // A description says of all that can be.
            (None, Some(_)) => false,
            (None, None) => by_parent,
        };
        if allowed {
            Ok(())
        } else {
            Err(StatusCode::NOT_ALLOWED)
        }
    }

    /// Whether a node is built in.
    pub(super) fn is_permanent(&self, path: &str) -> bool {
        path.is_empty()
            || self
                .node(path)
                .is_some_and(|node| node.scope() == Scope::Permanent)
            || self
                .rule(path)
                .is_some_and(|rule| rule.scope == ddf::Scope::Permanent)
    }

    /// Whether the host is to be asked.
    pub(super) fn is_of_host(&self, path: &str) -> bool {
        self.node(path)
            .is_some_and(|node| node.owner() == Owner::Host)
    }
}
