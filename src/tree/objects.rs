//! The standard objects: what is closed to servers, where objects that come to the Inbox go, and ready trees (Standardized Objects).

use crate::ddf::{AccessType, AccessTypes};
use crate::error::Result;
use crate::status::StatusCode;
use crate::syncml::{Data, Format};
use crate::uri;

use super::acl::Acl;
use super::node::{Node, Scope};
use super::store::Tree;

/// Type of the root of a DM account without `urn:`, whatever its version.
const DMACC: &str = "oma:mo:oma-dm-dmacc";
/// The older form of the same.
const DMACC_W7: &str = "org.openmobilealliance/1.0/w7";
const DEVINFO: &str = "urn:oma:mo:oma-dm-devinfo:1.0";
const DEVDETAIL: &str = "urn:oma:mo:oma-dm-devdetail:1.0";
const INBOX: &str = "urn:oma:mo:oma-dm-inbox:1.0";

/// What the Types of all roots of DM accounts begin with, without `urn:`.
pub(super) const ACCOUNTS: [&str; 2] = [DMACC, DMACC_W7];

/// Where devices keep the objects that have a fixed place.
pub(super) const FIXED: [&str; 3] = ["DevInfo", "DevDetail", "Inbox"];

/// What of an account nobody may read.
const SECRETS: [&str; 2] = ["AAuthSecret", "AAuthData"];

/// The same in an account of DM 2.0, by where it is below its root.
const SECRETS_V2: [&str; 5] = [
    "Auth/Bootstrap/ClientPubKey",
    "Auth/Bootstrap/ClientSecretKey",
    "Auth/Bootstrap/ServerPubKey",
    "Auth/Noti/Secret",
    "Auth/Trsp/Secret",
];

/// What an account of DM 2.0 says of the objects that its server was granted, which no server learns.
pub(super) const PERM: &str = "Perm";

/// Whether a node is closed to a command whatever its description says: secrets of accounts and the Inbox are not read.
pub(super) fn is_closed(tree: &Tree, access: AccessType, path: &str) -> bool {
    if !matches!(access, AccessType::Get | AccessType::Copy) {
        return false;
    }
    let is_below_inbox = uri::segments(path).next() == Some("Inbox") && is_inbox(tree, "Inbox");
    is_below_inbox || is_secret(tree, path) || is_of_perm(tree, path)
}

/// The part of a path that is below the root of a DM account, if it is.
pub(super) fn below_account<'p>(tree: &Tree, path: &'p str) -> Option<&'p str> {
    below_account_in(&tree.line(path), path)
}

/// The same where the nodes from the root down are known.
fn below_account_in<'p>(line: &[&Node], path: &'p str) -> Option<&'p str> {
    let is_one = |node: &&Node| node.is_interior() && node.mime().is_some_and(is_account);
    let depth = line.iter().position(is_one)?;
    let mut names = path.splitn(depth + 1, '/');
    names.nth(depth).filter(|_| depth > 0)
}

fn is_of_perm(tree: &Tree, path: &str) -> bool {
    uri::segments(path).any(|name| name == PERM)
        && below_account(tree, path).is_some_and(|below| uri::segments(below).next() == Some(PERM))
}

/// Whether a node holds a secret of an account.
pub(super) fn is_secret(tree: &Tree, path: &str) -> bool {
    is_secret_as(tree, path, path)
}

/// Whether a node would hold a secret of an account if it and those above it were `called` so, which are as many.
pub(super) fn is_secret_as(tree: &Tree, path: &str, called: &str) -> bool {
    let own = uri::split(called).map_or("", |(_, name)| name);
    let is_own = |name: &str| name.eq_ignore_ascii_case(own);
    let is_of_v1 = SECRETS.iter().any(|secret| is_own(secret));
    let mut keys = SECRETS_V2.iter().filter_map(|key| key.rsplit('/').next());
    if !is_of_v1 && !keys.any(is_own) {
        return false;
    }
    let line = tree.line(path);
    let mut types = line.iter().filter_map(|node| node.mime());
    let is_key = |below: &str| SECRETS_V2.iter().any(|key| key.eq_ignore_ascii_case(below));
    (is_of_v1 && types.any(is_account)) || below_account_in(&line, called).is_some_and(is_key)
}

/// Whether a Type is that of a DM account.
pub(super) fn is_account(mime: &str) -> bool {
    let version = crate::dm2::bare_moid(mime).strip_prefix(DMACC);
    version.is_some_and(|version| version.is_empty() || version.starts_with(':'))
        || mime == DMACC_W7
}

/// The name that an object is to have which is added here: that of a node right below the Inbox, none for the Inbox itself. Nothing where
/// this is elsewhere.
pub(super) fn inbox_name<'p>(tree: &Tree, path: &'p str) -> Option<Option<&'p str>> {
    let name = match path.strip_prefix("Inbox")? {
        "" => None,
        below => Some(below.strip_prefix('/').filter(|name| !name.contains('/'))?),
    };
    is_inbox(tree, "Inbox").then_some(name)
}

/// Whether a path is below the Inbox, where nothing is kept.
pub(super) fn is_in_inbox(tree: &Tree, path: &str) -> bool {
    path.starts_with("Inbox/") && is_inbox(tree, "Inbox")
}

/// Whether a path is the Inbox.
pub(super) fn is_inbox(tree: &Tree, path: &str) -> bool {
    path == "Inbox"
        && tree
            .node(path)
            .is_some_and(|node| node.mime() == Some(INBOX))
}

/// Where the instances of a standard object are kept, by its identifier.
pub(super) fn home(mime: &str) -> Option<&'static str> {
    Some(if is_account(mime) {
        "DMAcc"
    } else if mime.starts_with("urn:oma:mo:oma-fumo:") {
        "FUMO"
    } else if mime.starts_with("urn:oma:mo:oma-scomo:") {
        "SCOMO"
    } else {
        return None;
    })
}

/// The path at which an object that came to the Inbox is kept, by its identifier; `name` is what it proposes to be called.
pub(super) fn place(tree: &Tree, mime: &str, name: &str) -> Option<String> {
    let home = home(mime)?;
    let is_free = |path: &String| tree.node(path).is_none();
    let proposed = Some(uri::join(home, name)).filter(|_| !name.is_empty());
    // One of these is free, mostly the first.
    let count = tree.entry(home).map_or(0, |entry| entry.children.len());
    let numbered = (1..=count + 1)
        .rev()
        .map(|number| format!("{home}/{number}"));
    proposed.into_iter().chain(numbered).find(is_free)
}

/// What a device says of itself in DevInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevInfo {
    /// Its identifier, a URN such as `IMEI:493005100592800`.
    pub dev_id: String,
    /// Its manufacturer.
    pub man: String,
    /// Its model.
    pub model: String,
    /// The version of its DM client.
    pub dm_v: String,
    /// The language of its user, such as `en-US`.
    pub lang: String,
}

/// What a device says of itself in DevDetail. Limits of 0 are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DevDetail {
    /// Its type.
    pub dev_typ: String,
    /// Its original manufacturer.
    pub oem: String,
    /// Versions of firmware, software and hardware.
    pub versions: [String; 3],
    /// The most segments of a URI.
    pub max_depth: u16,
    /// The most characters of a URI.
    pub max_tot_len: u16,
    /// The most characters of a segment.
    pub max_seg_len: u16,
}

fn leaf(format: Format, value: &str) -> Result<Node, StatusCode> {
    let node = Node::leaf(format, None, Some(Data::Text(value.to_owned())))?;
    Ok(node
        .with_scope(Scope::Permanent)
        .with_access(AccessTypes::of(&[AccessType::Get])))
}

fn interior(mime: &str) -> Node {
    Node::interior((!mime.is_empty()).then(|| mime.to_owned()))
        .with_scope(Scope::Permanent)
        .with_access(AccessTypes::of(&[AccessType::Get]))
}

impl Tree {
    /// Puts `./DevInfo` into the tree.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), and [`Code::Arg`](crate::Code::Arg) for a text that no message could carry.
    pub fn set_dev_info(&mut self, info: &DevInfo) -> Result<()> {
        let mut next = self.draft();
        next.set("./DevInfo", interior(DEVINFO))?;
        for (name, value) in [
            ("DevId", &info.dev_id),
            ("Man", &info.man),
            ("Mod", &info.model),
            ("DmV", &info.dm_v),
            ("Lang", &info.lang),
        ] {
            next.set_text(&["./DevInfo/", name].concat(), Format::Chr, value)?;
        }
        self.adopt(next);
        Ok(())
    }

    /// Puts `./DevDetail` into the tree; large objects are supported.
    ///
    /// # Errors
    ///
    /// Those of [`set_dev_info`](Self::set_dev_info).
    pub fn set_dev_detail(&mut self, detail: &DevDetail) -> Result<()> {
        let mut next = self.draft();
        next.set("./DevDetail", interior(DEVDETAIL))?;
        next.set("./DevDetail/URI", interior(""))?;
        let [fw, sw, hw] = &detail.versions;
        for (name, value) in [
            ("DevTyp", detail.dev_typ.clone()),
            ("OEM", detail.oem.clone()),
            ("FwV", fw.clone()),
            ("SwV", sw.clone()),
            ("HwV", hw.clone()),
            ("URI/MaxDepth", detail.max_depth.to_string()),
            ("URI/MaxTotLen", detail.max_tot_len.to_string()),
            ("URI/MaxSegLen", detail.max_seg_len.to_string()),
        ] {
            next.set_text(&["./DevDetail/", name].concat(), Format::Chr, &value)?;
        }
        next.set_text("./DevDetail/LrgObj", Format::Bool, "true")?;
        self.adopt(next);
        Ok(())
    }

    /// Puts `./Inbox` into the tree, to which servers add objects; `acl` says which.
    ///
    /// # Errors
    ///
    /// Those of [`set`](Self::set).
    pub fn set_inbox(&mut self, acl: Acl) -> Result<()> {
        let node = interior(INBOX).with_access(AccessTypes::of(&[AccessType::Add]));
        self.set("./Inbox", node.with_acl(acl))
    }

    fn set_text(&mut self, uri: &str, format: Format, value: &str) -> Result<()> {
        let node = leaf(format, value).map_err(|_| {
            crate::error::Error::arg("text that no message can carry")
                .expecting("text without control characters")
        })?;
        self.set(uri, node)
    }
}
