//! The floors of the house, and who breaks them.

use super::scan::{Found, paths, test_modules, tokens};

/// The modules of each floor, from the ground up. Those of the ground floor stand on each other, in this order.
const FLOORS: [&[&str]; 6] = [
    &[
        "steps", "order", "checksum", "error", "limits", "env", "status", "uri", "snapshot",
    ],
    &["markup", "json"],
    &[
        "syncml",
        "dm2",
        "notification",
        "tnds",
        "ddf",
        "bootstrap",
        "devinfo",
    ],
    &["tree", "auth", "received", "lint"],
    &["session"],
    &["js", "testing"],
];

/// What the other modules of its floor may stand on.
const BASE: &str = "syncml";

/// Modules that share a floor or a parent and must not know each other.
const APART: [[&str; 2]; 3] = [
    ["session::v1::server", "session::v1::client"],
    ["session::v2::server", "session::v2::client"],
    ["session::v1", "session::v2"],
];

/// The crates of the JavaScript floor.
const JAVASCRIPT: [&str; 4] = ["wasm_bindgen", "serde_wasm_bindgen", "js_sys", "web_sys"];

/// A file below `src/`, by its path in the repository.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

/// What breaks the rules, each with file and line. `lib.rs` is the map and free of them; so are tests.
pub(crate) fn violations(sources: &[Source<'_>]) -> Vec<String> {
    let tests: Vec<Vec<String>> = sources
        .iter()
        .flat_map(|source| {
            let own = module(source.path);
            test_modules(source.text)
                .into_iter()
                .map(move |name| [own.clone(), vec![name]].concat())
        })
        .collect();
    let mut found = Vec::new();
    for source in sources {
        let own = module(source.path);
        if own.is_empty() || tests.iter().any(|test| own.starts_with(test)) {
            continue;
        }
        for (line, problem) in problems(&own, source.text) {
            found.push(format!("{}:{line}: {problem}", source.path));
        }
    }
    found
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`; `src/lib.rs` is the root.
fn module(path: &str) -> Vec<String> {
    let path = path.strip_prefix("src/").unwrap_or(path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" {
        Vec::new()
    } else {
        path.split('/').map(str::to_owned).collect()
    }
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&name))
}

fn problems(own: &[String], text: &str) -> Vec<(usize, String)> {
    let Some(storey) = floor(&own[0]) else {
        return vec![(1, format!("the module `{}` stands on no floor", own[0]))];
    };
    let tokens = tokens(text);
    let mut found = Vec::new();
    for found_path in paths(&tokens, &["crate", "super"]) {
        let from = [own, &found_path.scope].concat();
        if let Some(imported) = resolve(&from, &found_path.path)
            && let Some(problem) = problem(own, storey, &imported)
        {
            found.push((found_path.line, problem));
        }
    }
    if own[0] != "js" {
        for Found { path, line, .. } in paths(&tokens, &JAVASCRIPT) {
            found.push((line, format!("`{}` is known only in `js`", path[0])));
        }
    }
    found.sort();
    found
}

/// The path from the root, for a path in the module `from`.
fn resolve(from: &[String], path: &[String]) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    let whole = if ups == 0 {
        path[1..].to_vec()
    } else {
        let base = from.get(..from.len().checked_sub(ups)?)?;
        [base, &path[ups..]].concat()
    };
    (!whole.is_empty()).then_some(whole)
}

fn problem(own: &[String], storey: usize, imported: &[String]) -> Option<String> {
    let shown = imported.join("::");
    let Some(theirs) = floor(&imported[0]) else {
        return Some(format!(
            "`crate::{shown}` names no module of a floor: import from where it is defined"
        ));
    };
    for [one, other] in APART {
        for (from, to) in [(one, other), (other, one)] {
            if within(own, from) && within(imported, to) {
                return Some(format!("`{from}` imports from `{to}`"));
            }
        }
    }
    let allowed = theirs < storey
        || imported[0] == own[0]
        || (storey == theirs && imported[0] == BASE)
        || (storey == 0 && theirs == 0 && rank(&imported[0]) < rank(&own[0]));
    (!allowed).then(|| {
        format!(
            "`{}` on floor {storey} imports `{shown}` on floor {theirs}",
            own[0]
        )
    })
}

/// The place of a module on the ground floor.
fn rank(name: &str) -> Option<usize> {
    FLOORS[0].iter().position(|module| *module == name)
}

fn within(path: &[String], module: &str) -> bool {
    let wanted: Vec<&str> = module.split("::").collect();
    path.len() >= wanted.len()
        && path
            .iter()
            .zip(&wanted)
            .all(|(name, wanted)| name == wanted)
}

#[cfg(test)]
mod tests {
    use super::{Source, violations};

    fn one(path: &str, text: &str) -> Vec<String> {
        violations(&[Source { path, text }])
    }

    #[test]
    fn downwards_and_inwards_is_allowed() {
        let text = "use crate::error::{Code, Error};\nuse crate::markup::xml;\nuse super::outbox::Outbox;\npub fn f() -> crate::tree::Tree {}";
        assert_eq!(one("src/session/v1/server.rs", text), [""; 0]);
        assert_eq!(one("src/limits.rs", "use crate::error::Error;"), [""; 0]);
        assert_eq!(one("src/uri.rs", "use crate::status::Status;"), [""; 0]);
        assert_eq!(
            one(
                "src/js/tree.rs",
                "use js_sys::Object; use crate::session::v1::server::Server;"
            ),
            [""; 0]
        );
        assert_eq!(
            one("src/lib.rs", "pub use js::X; pub use crate::anything::Y;"),
            [""; 0]
        );
    }

    #[test]
    fn upwards_is_found_with_its_line() {
        assert_eq!(
            one(
                "src/markup/xml.rs",
                "\nuse crate::{error::Error,\n  syncml::{Item, Meta as M}};"
            ),
            [
                "src/markup/xml.rs:3: `markup` on floor 1 imports `syncml::Item` on floor 2",
                "src/markup/xml.rs:3: `markup` on floor 1 imports `syncml::Meta` on floor 2",
            ]
        );
        assert_eq!(
            one("src/error.rs", "fn f(l: &crate::limits::Limits) {}").len(),
            1
        );
        assert_eq!(one("src/session.rs", "use crate::js;").len(), 1);
    }

    #[test]
    fn super_is_followed() {
        assert_eq!(
            one("src/markup/xml.rs", "use super::element::Element;"),
            [""; 0]
        );
        assert_eq!(
            one("src/markup/xml.rs", "use super::super::tree::Tree;").len(),
            1
        );
        let inline = "mod inner { use super::NONCE; fn f() { if true {} } } use super::tree::Tree;";
        assert_eq!(
            one("src/env.rs", inline),
            ["src/env.rs:1: `env` on floor 0 imports `tree::Tree` on floor 3"]
        );
    }

    #[test]
    fn messages_are_the_base_of_their_floor() {
        assert_eq!(
            one("src/ddf/rule.rs", "use crate::syncml::{Data, Format};"),
            [""; 0]
        );
        assert_eq!(
            one("src/syncml/data.rs", "use crate::ddf::Ddf;"),
            ["src/syncml/data.rs:1: `syncml` on floor 2 imports `ddf::Ddf` on floor 2"]
        );
        assert_eq!(one("src/ddf.rs", "use crate::tnds::Tnds;").len(), 1);
    }

    #[test]
    fn neighbours_do_not_know_each_other() {
        assert_eq!(
            one("src/tree/acl.rs", "use crate::auth::Authenticated;").len(),
            1
        );
        assert_eq!(one("src/lint.rs", "use crate::tree::Tree;").len(), 1);
        assert_eq!(one("src/limits.rs", "use crate::uri::Uri;").len(), 1);
        assert_eq!(
            one("src/session/v1/client.rs", "use super::server::Server;").len(),
            1
        );
        assert_eq!(
            one(
                "src/session/v1/server/turn.rs",
                "use crate::session::v1::client::execute;"
            )
            .len(),
            1
        );
        assert_eq!(
            one(
                "src/session/v2/client.rs",
                "use crate::session::v1::outbox::Outbox;"
            )
            .len(),
            1
        );
    }

    #[test]
    fn javascript_stays_on_top() {
        assert_eq!(
            one("src/session.rs", "use wasm_bindgen::prelude::*;").len(),
            1
        );
        assert_eq!(one("src/tree.rs", "fn f(x: &js_sys::Object) {}").len(), 1);
    }

    #[test]
    fn the_root_and_unknown_modules_are_no_source() {
        assert_eq!(one("src/tree.rs", "use crate::Error;").len(), 1);
        assert_eq!(one("src/misc.rs", "").len(), 1);
    }

    #[test]
    fn comments_literals_and_tests_do_not_count() {
        let text = r##"
            //! crate::js::A
            /* crate::js::B /* nested */ crate::js::C */
            const A: &str = "crate::js::D \" crate::js::E";
            const B: &str = r#"crate::js::F " crate::js::G"#;
            const C: (char, char, &[u8]) = ('"', '\'', b"crate::js::H");
            fn f<'a>(x: &'a str) -> &'a str { x }
            #[cfg(test)]
            mod tests { use crate::js::I; fn g() { if true {} } }
            #[cfg(test)]
            #[allow(unused)]
            use crate::js::J;
            #[cfg(test)]
            pub(crate) fn fixture(x: &str) -> crate::js::K { todo!() }
        "##;
        assert_eq!(one("src/error.rs", text), [""; 0]);
        let after = format!("{text}\nuse crate::js::L;");
        assert_eq!(
            one("src/error.rs", &after).len(),
            1,
            "what follows a test module counts again"
        );
    }

    #[test]
    fn test_modules_in_files_of_their_own_do_not_count() {
        let parent = Source {
            path: "src/tree.rs",
            text: "#[cfg(test)]\nmod tests;\nmod acl;",
        };
        let tests = Source {
            path: "src/tree/tests.rs",
            text: "use crate::session::Session;",
        };
        let acl = Source {
            path: "src/tree/acl.rs",
            text: "use crate::session::Session;",
        };
        let found = violations(&[parent, tests, acl]);
        assert_eq!(
            found,
            ["src/tree/acl.rs:1: `tree` on floor 3 imports `session::Session` on floor 4"]
        );
    }
}
