//! URIs: the address of a node in the tree, and what is needed of absolute ones.

use std::fmt;

use crate::status::StatusCode;

/// Octets of the longest path of a node, and of the longest query.
pub(crate) const MAX_URI_LEN: usize = 1024;
/// Segments of the longest URI of a node.
pub(crate) const MAX_SEGMENTS: usize = 64;

/// What may stand around a URI, and so not around a segment: the first and the last would lose it.
pub(crate) const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The address of a node, relative to the device's root, in its one canonical spelling (TND, section on addressing).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeUri {
    /// Segments joined by `/`; empty for the root.
    path: String,
    query: Option<String>,
}

impl NodeUri {
    /// Reads `.`, `./A/B`, `A/B`, each with or without a query. The error is the status to answer: 400 where the URI is malformed,
    /// 414 where it is too long.
    pub(crate) fn parse(text: &str) -> Result<Self, StatusCode> {
        Self::split(text).map(|(path, query)| Self {
            path: path.to_owned(),
            query: query.map(str::to_owned),
        })
    }

    /// The same, where path and query need not outlive the text.
    pub(crate) fn split(text: &str) -> Result<(&str, Option<&str>), StatusCode> {
        let text = match text.as_bytes() {
            [b'!'..=0xff, .., b'!'..=0xff] => text,
            _ => text.trim_matches(BLANKS),
        };
        let mark = text.bytes().position(|octet| octet == b'?');
        let (path, query) = match mark.and_then(|at| text.split_at_checked(at)) {
            Some((path, query)) => (path, query.get(1..)),
            None => (text, None),
        };
        let below = path.strip_prefix("./").unwrap_or(path);
        // Each part by itself, so that no spelling of a path is too long if another is not.
        if below.len().max(query.map_or(0, str::len)) > MAX_URI_LEN {
            return Err(StatusCode::URI_TOO_LONG);
        }
        if query.is_some_and(|query| query.contains('?')) {
            return Err(StatusCode::BAD_REQUEST);
        }
        if path == "." {
            return Ok(("", query));
        }
        // Octet by octet, as this is done for every node of a message.
        let mut segments = 0;
        let mut each = below.as_bytes().split(|octet| *octet == b'/');
        let is_well_formed = each.all(|segment| {
            segments += 1;
            is_segment(segment)
        });
        if !is_well_formed || !is_writable(below) {
            return Err(StatusCode::BAD_REQUEST);
        }
        if segments > MAX_SEGMENTS {
            return Err(StatusCode::URI_TOO_LONG);
        }
        Ok((below, query))
    }

    /// The same with another path.
    pub(crate) fn with_path(self, path: String) -> Self {
        Self { path, ..self }
    }

    /// The segments joined by `/`; empty for the root.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What follows the `?`.
    pub(crate) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }
}

/// Whether what is writable is a segment. Of all blanks only one is writable.
fn is_segment(segment: &[u8]) -> bool {
    let is_bare = !matches!(segment, [b' ', ..] | [.., b' ']);
    is_bare && !matches!(segment, b"" | b"." | b"..")
}

/// Whether there is nothing in it that messages cannot hold. Most are of ASCII.
fn is_writable(path: &str) -> bool {
    let is_unwritable = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    path.bytes().all(|octet| matches!(octet, b' '..=b'~')) || !path.chars().any(is_unwritable)
}

/// As it is written on the wire.
impl fmt::Display for NodeUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&display(&self.path))?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

/// The segments of a path; none for the root.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The path of what is below a path.
pub(crate) fn join(path: &str, below: &str) -> String {
    match (path, below) {
        ("", below) => below.to_owned(),
        (path, "") => path.to_owned(),
        _ => format!("{path}/{below}"),
    }
}

/// The path of the parent and the last segment of a path; nothing for the root.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    match path.rsplit_once('/') {
        Some(parts) => Some(parts),
        None if path.is_empty() => None,
        None => Some(("", path)),
    }
}

/// The URI of a path, as it is written on the wire.
pub(crate) fn display(path: &str) -> String {
    if path.is_empty() {
        ".".to_owned()
    } else {
        format!("./{path}")
    }
}

/// Scheme, host and port of an absolute http or https URI, in lower case, the port always given. Nothing for any other text, and
/// nothing for one that holds user information.
pub(crate) fn origin(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let authority = rest
        .split(['/', '?', '#', '\\'])
        .next()?
        .to_ascii_lowercase();
    if authority.contains('@')
        || authority
            .chars()
            .any(|c| c.is_control() || c.is_whitespace())
    {
        return None;
    }
    let bracket = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.get(bracket..).unwrap_or_default().rfind(':') {
        Some(colon) => (
            authority.get(..bracket + colon)?,
            authority.get(bracket + colon + 1..)?,
        ),
        None => (authority.as_str(), ""),
    };
    let port = if port.is_empty() { default_port } else { port };
    let is_port = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    (!host.is_empty() && is_port).then(|| format!("{scheme}://{host}:{port}"))
}

/// Whether two absolute URIs name the same resource, query and fragment aside.
pub(crate) fn same_resource(one: &str, two: &str) -> bool {
    fn path(uri: &str) -> &str {
        let rest = uri.trim().split_once("://").map_or("", |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
    }
    match (origin(one), origin(two)) {
        (Some(a), Some(b)) => a == b && path(one) == path(two),
        _ => one.trim() == two.trim(),
    }
}

/// The value of a parameter in the query of an absolute URI; the last, where there are several.
pub(crate) fn parameter<'u>(uri: &'u str, name: &str) -> Option<&'u str> {
    let query = uri.split_once('?')?.1.split('#').next()?;
    query
        .rsplit('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A URI with a parameter added to its query.
pub(crate) fn with_parameter(uri: &str, name: &str, value: &str) -> String {
    let uri = uri.split('#').next().unwrap_or_default();
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{name}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_have_one_canonical_form() {
        assert_eq!(NodeUri::parse("./A/B"), NodeUri::parse("A/B"));
        assert_eq!(NodeUri::parse(".").unwrap().path(), "");
        assert_eq!(
            NodeUri::parse("./A?prop=ACL").unwrap().query(),
            Some("prop=ACL")
        );
        assert_eq!(
            (split("A/B"), split("A"), split("")),
            (Some(("A", "B")), Some(("", "A")), None)
        );
    }

    #[test]
    fn t20_malformed_is_400_and_too_long_is_414() {
        for bad in [
            "./", "/", "/A", "A/", "A//B", "./A/../B", "A/./B", "../A", "", "./a/../b", ".//a",
            "a?x?y", "a\u{0}b", "./a /b", "./ a", "a/ b", "a ?x",
        ] {
            assert_eq!(NodeUri::parse(bad), Err(StatusCode::BAD_REQUEST), "{bad}");
        }
        assert_eq!(
            NodeUri::parse(&"a".repeat(1025)),
            Err(StatusCode::URI_TOO_LONG)
        );
        let longest = "a".repeat(1024);
        for spelling in [
            longest.clone(),
            format!("./{longest}"),
            format!("./{longest}?x"),
        ] {
            assert_eq!(NodeUri::parse(&spelling).unwrap().path(), longest);
            assert_eq!(
                NodeUri::parse(&spelling.replacen('a', "aa", 1)),
                Err(StatusCode::URI_TOO_LONG)
            );
        }
        assert_eq!(
            NodeUri::parse(&format!("a?{}", "b".repeat(1025))),
            Err(StatusCode::URI_TOO_LONG)
        );
        assert_eq!(
            NodeUri::parse(&["a"; 65].join("/")),
            Err(StatusCode::URI_TOO_LONG)
        );
        assert!(NodeUri::parse(&["a"; 64].join("/")).is_ok());
    }

    #[test]
    fn origins_hold_scheme_host_and_port() {
        assert_eq!(
            origin("HTTPS://Example.com/dm?x").as_deref(),
            Some("https://example.com:443")
        );
        assert_eq!(
            origin("http://[::1]:8080").as_deref(),
            Some("http://[::1]:8080")
        );
        assert_eq!(origin("http://[::1]/").as_deref(), Some("http://[::1]:80"));
        for bad in [
            "javascript:alert(1)",
            "https://user@host/",
            "ftp://h/",
            "https:///x",
            "h",
            "https://h:99999x/",
            "https://a b/",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_resource_is_the_same_whatever_its_query() {
        assert!(same_resource(
            "http://h/dm",
            "HTTP://H:80/dm?mode=Maintenance"
        ));
        assert!(!same_resource("http://h/dm", "http://h/dm2"));
        assert!(!same_resource("http://h/dm", "https://h/dm"));
        assert!(same_resource("mgmt", " mgmt "));
        assert_eq!(
            with_parameter("http://h/?a=b", "sid", "c"),
            "http://h/?a=b&sid=c"
        );
        assert_eq!(parameter("http://h/?a=b&sid=c#x", "sid"), Some("c"));
        assert_eq!(parameter("http://h/?xsid=c", "sid"), None);
        assert_eq!(parameter("http://h/?sid=a&sid=b&c", "sid"), Some("b"));
    }
}
