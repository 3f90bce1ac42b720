//! The access control list of a node: which servers may do what (TND, property ACL).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::steps;

/// Octets of the longest list that is taken.
const MAX_LEN: usize = 8192;

/// What a server may do, in the order in which a list names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Right {
    /// Make children.
    Add,
    /// Remove the node.
    Delete,
    /// Start what the node stands for.
    Exec,
    /// Read value, names of children and properties.
    Get,
    /// Change value, Name and Title.
    Replace,
}

impl Right {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Add, "Add"),
        (Self::Delete, "Delete"),
        (Self::Exec, "Exec"),
        (Self::Get, "Get"),
        (Self::Replace, "Replace"),
    ];

    fn from_name(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known)| *known == name);
        known.map(|(right, _)| *right)
    }

    fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(right, _)| *right == self);
        known.map_or("", |(_, name)| name)
    }
}

/// Who has a right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Servers {
    All,
    /// By their identifiers, in the order in which they were named.
    These(Vec<String>),
}

/// An access control list. The empty one says nothing: that of the nearest node above holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acl(Vec<(Right, Servers)>);

impl Acl {
    /// Reads a list; rights that are named twice are merged. Nothing where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut acl = Self::default();
        if text.is_empty() {
            return Some(acl);
        }
        if text.len() > MAX_LEN {
            return None;
        }
        let mut known = BTreeSet::new();
        for entry in text.split('&') {
            let (name, servers) = entry.split_once('=')?;
            let right = Right::from_name(name)?;
            for server in servers.split('+') {
                let is_server = server == "*" || is_server_id(server);
                if !is_server {
                    return None;
                }
                steps::add_lookup(server.len(), known.len());
                if known.insert((right, server)) {
                    acl.grant_new(right, server);
                }
            }
        }
        Some(acl)
    }

    /// The list of a root that says nothing else: everybody may add and read.
    pub fn of_root() -> Self {
        let all = |right| (right, Servers::All);
        Self(vec![all(Right::Add), all(Right::Get)])
    }

    /// Gives a server, which must not have it yet, a right; `*` stands for all.
    pub(super) fn grant_new(&mut self, right: Right, server: &str) {
        let at = self.0.partition_point(|(known, _)| *known < right);
        if self.0.get(at).is_none_or(|(known, _)| *known != right) {
            self.0.insert(at, (right, Servers::These(Vec::new())));
        }
        let Some((_, servers)) = self.0.get_mut(at) else {
            return;
        };
        match servers {
            Servers::All => {}
            _ if server == "*" => *servers = Servers::All,
            Servers::These(these) if is_server_id(server) => these.push(server.to_owned()),
            Servers::These(_) => {}
        }
    }

    /// Whether the list says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a server has a right by this list alone. Identifiers are compared octet for octet.
    pub fn allows(&self, right: Right, server: &str) -> bool {
        self.0.iter().any(|(known, servers)| {
            *known == right
                && match servers {
                    Servers::All => true,
                    // What is no identifier is nobody's.
                    Servers::These(_) if !is_server_id(server) => false,
                    Servers::These(these) => {
                        steps::add(these.len());
                        these.iter().any(|known| known == server)
                    }
                }
        })
    }

    /// Whether all servers have a right by this list.
    pub(super) fn allows_all(&self, right: Right) -> bool {
        self.0.contains(&(right, Servers::All))
    }

    /// Takes a server out; tells whether it was named. A right that nobody is left for is gone, at the root it falls to all.
    pub(super) fn forget(&mut self, server: &str, is_root: bool) -> bool {
        let mut was_named = false;
        for (_, servers) in &mut self.0 {
            if let Servers::These(these) = servers {
                let before = these.len();
                these.retain(|known| known != server);
                was_named |= these.len() != before;
                if these.is_empty() && is_root {
                    *servers = Servers::All;
                }
            }
        }
        self.0
            .retain(|(_, servers)| !matches!(servers, Servers::These(these) if these.is_empty()));
        was_named
    }
}

/// Whether a text can stand for a server in a list.
pub fn is_server_id(text: &str) -> bool {
    let is_part = |c: char| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(c, '=' | '&' | '*' | '+' | '\u{fffe}' | '\u{ffff}')
    };
    !text.is_empty() && text.chars().all(is_part)
}

/// Each right once, in the order Add, Delete, Exec, Get, Replace.
impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (right, servers)) in self.0.iter().enumerate() {
            let joint = if at == 0 { "" } else { "&" };
            write!(f, "{joint}{}=", right.name())?;
            match servers {
                Servers::All => f.write_str("*")?,
                Servers::These(these) => f.write_str(&these.join("+"))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_written_in_one_order() {
        for (text, canonical) in [
            ("", ""),
            ("Add=*&Get=*", "Add=*&Get=*"),
            ("Get=a+*", "Get=*"),
            ("Get=*+a", "Get=*"),
            ("Get=a&Replace=a&Get=b", "Get=a+b&Replace=a"),
            ("Get=a+a", "Get=a"),
            (
                "Replace=www.s.example-8765+321_i.example&Add=www.s.example-8765&Get=*",
                "Add=www.s.example-8765&Get=*&Replace=www.s.example-8765+321_i.example",
            ),
            ("Exec=é😀", "Exec=é😀"),
        ] {
            let acl = Acl::parse(text).unwrap();
            assert_eq!(acl.to_string(), canonical, "{text}");
            assert_eq!(Acl::parse(canonical), Some(acl));
        }
    }

    #[test]
    fn c06_what_is_no_list() {
        let long = format!("Get={}", "a".repeat(1 << 16));
        for bad in [
            "Copy=a",
            "get=a",
            "Get=",
            "Get=a b",
            "Get=a&",
            "Get=a++b",
            "*",
            "Get",
            "=*",
            "Foo=*",
            "&Get=a",
            " Get=a",
            "Get=a ",
            "Get=+a",
            "Get=a=b",
            "Get=a*",
            "Get=a\u{1}",
            "Get=a&&Add=a",
            &long,
        ] {
            assert_eq!(Acl::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn c03_servers_are_told_apart_exactly() {
        let acl = Acl::parse("Get=*&Replace=srvA").unwrap();
        assert!(acl.allows(Right::Replace, "srvA"));
        for other in ["srvA2", "SRVA", "srv", "A", "", "*", "srvA "] {
            assert!(!acl.allows(Right::Replace, other), "{other}");
            assert!(acl.allows(Right::Get, other), "{other}");
            assert!(!acl.allows(Right::Add, other), "{other}");
        }
    }

    #[test]
    fn a_server_that_is_gone_leaves_no_trace() {
        for (before, after, root) in [
            (
                "Get=ServerB&Replace=ServerB&Delete=ServerB",
                "",
                "Delete=*&Get=*&Replace=*",
            ),
            (
                "Get=ServerA&Replace=ServerA&Get=ServerB",
                "Get=ServerA&Replace=ServerA",
                "Get=ServerA&Replace=ServerA",
            ),
            ("Add=*&Get=ServerB", "Add=*", "Add=*&Get=*"),
        ] {
            let mut acl = Acl::parse(before).unwrap();
            assert!(acl.clone().forget("ServerB", false));
            acl.forget("ServerB", false);
            assert_eq!(acl.to_string(), after);
            assert!(!acl.forget("ServerB", false));
            let mut acl = Acl::parse(before).unwrap();
            acl.forget("ServerB", true);
            assert_eq!(acl.to_string(), root);
        }
    }
}
