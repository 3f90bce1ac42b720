//! The bodies for URIs of nodes and access control lists.

use crate::tree::{Acl, Right};
use crate::uri::{self, NodeUri};

/// Octets of the longest list that is taken.
const MAX_ACL: usize = 8192;

/// Addresses: what is one has one canonical spelling, which reaches nothing outside the tree; and origins of absolute URIs.
pub fn uri(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    if let Some(origin) = uri::origin(text) {
        assert_eq!(uri::origin(&origin).as_ref(), Some(&origin));
        assert!(uri::same_resource(text, text));
    }
    let longer = uri::with_parameter(text, "sid", "1");
    assert_eq!(uri::parameter(&longer, "sid").is_some(), !longer.is_empty());
    let Ok(parsed) = NodeUri::parse(text) else {
        return;
    };
    let path = parsed.path();
    let segments: Vec<&str> = uri::segments(path).collect();
    assert_eq!(segments.join("/"), path, "{text:?}");
    assert!(segments.len() <= uri::MAX_SEGMENTS && path.len() <= uri::MAX_URI_LEN);
    for segment in &segments {
        let is_name = !segment.is_empty() && !matches!(*segment, "." | "..");
        assert!(
            is_name && !segment.contains(['/', '?', '\0', '\n']),
            "{text:?}"
        );
    }
    let shown = parsed.to_string();
    assert_eq!(NodeUri::parse(&shown).as_ref(), Ok(&parsed), "{text:?}");
    let bare = shown.strip_prefix("./").unwrap_or(&shown);
    assert_eq!(NodeUri::parse(bare).as_ref(), Ok(&parsed), "{text:?}");
    if let Some((above, name)) = uri::split(path) {
        assert_eq!(uri::join(above, name), path);
        let above = NodeUri::parse(&uri::display(above));
        assert!(above.is_ok_and(|above| above.path().len() < path.len()));
    }
}

/// Access control lists: what is one has one canonical text, which says the same.
pub fn acl(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let Some(acl) = Acl::parse(text) else {
        return;
    };
    let canonical = acl.to_string();
    assert!(
        text.len() <= MAX_ACL && canonical.len() <= text.len(),
        "{text:?}"
    );
    assert_eq!(Acl::parse(&canonical).as_ref(), Some(&acl), "{text:?}");
    assert_eq!(acl.is_empty(), text.is_empty());
    let named = |right: Right| {
        text.split('&')
            .any(|entry| entry.starts_with(&format!("{right:?}=")))
    };
    for right in [
        Right::Add,
        Right::Delete,
        Right::Exec,
        Right::Get,
        Right::Replace,
    ] {
        let entries = text.split('&').filter_map(|entry| entry.split_once('='));
        let servers: Vec<&str> = entries
            .filter(|(name, _)| *name == format!("{right:?}"))
            .flat_map(|(_, servers)| servers.split('+'))
            .collect();
        let all = servers.contains(&"*");
        assert!(servers.iter().all(|server| acl.allows(right, server)));
        assert_eq!(acl.allows(right, "nobody by that name"), all);
        assert_eq!(named(right), !servers.is_empty());
    }
}
