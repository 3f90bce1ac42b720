//! The house rules that a compiler does not know: who may import whom, how long a file may be, and that every dependency has a reason.
//!
//! A file imports only from floors below its own, or from its own module. Each checker is a function of made-up or real sources.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "only the repository itself is read"
)]

#[path = "floors/imports.rs"]
mod imports;
#[path = "floors/scan.rs"]
mod scan;

use std::fs;
use std::path::{Path, PathBuf};

use imports::{Source, violations};

/// The most lines of a file.
const MAX_LINES: usize = 600;

/// What people write and read; data and generated files are neither.
const WRITTEN: [&str; 8] = ["rs", "js", "mjs", "ts", "html", "css", "md", "sh"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below the folder, by paths relative to the repository, sorted.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path
                    .file_name()
                    .is_some_and(|name| name != "node_modules" && name != "dist")
                {
                    open.push(path);
                }
            } else {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn extension(path: &Path) -> &str {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}

fn too_long(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MAX_LINES).then(|| format!("{path}: {lines} lines, at most {MAX_LINES}"))
}

/// The dependencies without a comment on the line above.
fn without_reason(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut explained = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            inside = table.ends_with("dependencies");
            // `[dependencies.name]` is a dependency by itself.
            if let Some((head, name)) = table.rsplit_once('.')
                && head.ends_with("dependencies")
                && !explained
            {
                found.push(name.to_owned());
            }
        } else if inside && !line.is_empty() && !line.starts_with('#') && !explained {
            found.push(
                line.split(['=', '.', ' '])
                    .next()
                    .unwrap_or(line)
                    .to_owned(),
            );
        }
        explained = line.starts_with('#') && line.len() > 2;
    }
    found
}

#[test]
fn imports_go_down() {
    let paths: Vec<PathBuf> = files("src")
        .into_iter()
        .filter(|path| extension(path) == "rs")
        .collect();
    assert!(!paths.is_empty(), "no source found");
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| {
            (
                path.to_str().unwrap().replace('\\', "/"),
                fs::read_to_string(root().join(path)).unwrap(),
            )
        })
        .collect();
    let sources: Vec<Source<'_>> = texts
        .iter()
        .map(|(path, text)| Source { path, text })
        .collect();
    let found = violations(&sources);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let mut found = Vec::new();
    for path in ["src", "tests", "www"]
        .into_iter()
        .flat_map(files)
        .filter(|path| WRITTEN.contains(&extension(path)))
    {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        found.extend(too_long(&path.display().to_string(), &text));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_dependency_has_a_reason() {
    let found = without_reason(&fs::read_to_string(root().join("Cargo.toml")).unwrap());
    assert!(found.is_empty(), "no comment above: {}", found.join(", "));
}

#[test]
fn a_long_file_is_found() {
    assert_eq!(too_long("a.rs", &"x\n".repeat(600)), None);
    assert_eq!(
        too_long("a.rs", &"x\n".repeat(601)),
        Some("a.rs: 601 lines, at most 600".to_owned())
    );
}

#[test]
fn a_dependency_without_a_reason_is_found() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\n# Why.\na = \"1\"\nb = \"1\"\n\nc.workspace = true\n#\nd = \"1\"\n\
        [target.'cfg(unix)'.dev-dependencies]\ne = { version = \"1\" }\n# Why.\nf = \"1\"\n[dependencies.g]\nversion = \"1\"\n[profile.release]\nlto = true\n";
    assert_eq!(without_reason(manifest), ["b", "c", "d", "e", "g"]);
}
