//! The arrows of ARCHITECTURE.md: which room may import which, and which room may name which
//! library. Reads the tokens of every file below `src/`, so that macros are seen as well.

#![allow(clippy::unwrap_used, reason = "the whole binary is a test")]

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/scan.rs"]
mod scan;

use std::path::{Path, PathBuf};

use rules::{LIBRARIES, ROOMS, may_import};
use scan::violations;

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn every_import_follows_an_arrow() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = rust_files(&root.join("src"));
    assert!(files.len() > 20, "only {} files were found", files.len());
    let mut broken = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(root).unwrap().to_str().unwrap();
        broken.extend(violations(name, &source));
    }
    assert!(broken.is_empty(), "{} broken arrows:\n{}", broken.len(), broken.join("\n"));
}

/// The one violation that `source`, as the file `name`, has.
fn the_violation(name: &str, source: &str) -> String {
    let found = violations(name, source);
    assert_eq!(found.len(), 1, "{name}: {source}\n{found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn every_forbidden_arrow_is_caught() {
    for (from, _) in ROOMS {
        for (to, _) in ROOMS {
            let file = format!("src/{from}/a/b.rs");
            let source = format!("//! A file.\n\nuse crate::{to}::thing::Thing;\n");
            if from == to || may_import(from, to) {
                assert_eq!(violations(&file, &source), Vec::<String>::new(), "{from} -> {to}");
            } else {
                let expected = format!("{file}:3: {from} may not import {to}");
                assert_eq!(the_violation(&file, &source), expected);
            }
        }
    }
}

/// Spelled out once more, so that an error in the table or in its closure shows.
#[test]
fn the_arrows_are_those_of_the_map() {
    let expected = [
        ("kernel", ""),
        ("config", "kernel"),
        ("domain", "kernel"),
        ("crypto", "kernel config domain"),
        ("storage", "kernel config domain"),
        ("i18n", "kernel config"),
        ("outbound", "kernel config"),
        ("mail", "kernel config domain crypto storage i18n"),
        ("federation", "kernel config domain crypto outbound"),
        ("identity", "kernel config domain crypto storage i18n outbound mail federation"),
        ("protocol", "kernel config domain crypto storage i18n outbound mail federation identity"),
        (
            "jobs",
            "kernel config domain crypto storage i18n outbound mail federation identity protocol",
        ),
        ("observe", "kernel config domain storage"),
        (
            "http",
            "kernel config domain crypto storage i18n outbound mail federation identity protocol \
             observe",
        ),
        (
            "app",
            "kernel config domain crypto storage i18n outbound mail federation identity protocol \
             jobs observe http",
        ),
        (
            "demo",
            "kernel config domain crypto storage i18n outbound mail federation identity protocol \
             jobs observe http app",
        ),
        (
            "cli",
            "kernel config domain crypto storage i18n outbound mail federation identity protocol \
             jobs observe http app demo",
        ),
    ];
    assert_eq!(expected.len(), ROOMS.len());
    for (from, list) in expected {
        for (to, _) in ROOMS {
            let allowed = list.split_whitespace().any(|room| room == *to);
            assert_eq!(may_import(from, to), allowed, "{from} -> {to}");
        }
    }
}

#[test]
fn every_way_to_write_an_import_is_seen() {
    let expected =
        |line: u32| format!("src/domain/user/name.rs:{line}: domain may not import storage");
    for (line, source) in [
        (1, "use crate::storage;"),
        (1, "use ::latchkey::storage::db;"),
        (1, "use crate::storage as rows;"),
        (1, "use crate::storage::*;"),
        (1, "pub(crate) use crate::storage::db::Db;"),
        (2, "use crate::{kernel::env,\n    storage::db};"),
        (3, "use crate::{kernel::{env,\n ids::{UserId}},\n    storage::{db, tx::{self, Tx}}};"),
        (1, "use super::super::super::storage::db;"),
        (1, "use super::super::{super::storage::db};"),
        (1, "use self::super::super::super::storage;"),
        (1, "mod inner { use super::super::super::super::storage::db; }"),
        (1, "mod inner { mod more { use crate::storage::db; } }"),
        (2, "fn f() {\n let x = crate::storage::db::open(); }"),
        (1, "fn f(x: &crate::storage::Db) {}"),
        (1, "fn f() -> Vec<crate::storage::Db> { todo() }"),
        (1, "impl crate::storage::Row for X {}"),
        (1, "struct X(Option<Box<dyn crate::storage::Row>>);"),
        (1, "#[derive(crate::storage::Row)] struct X;"),
        (1, "fn f() { println!(\"{}\", crate::storage::NAME); }"),
        (1, "fn f() { assert_eq!(a, [vec![crate::storage::NAME]]); }"),
        (1, "macro_rules! m { () => { $crate::storage::NAME } }"),
        (1, "fn f() { crate::storage::db::<u8>(); }"),
        (1, "#[cfg(test)] mod tests { use crate::storage::db; }"),
    ] {
        assert_eq!(the_violation("src/domain/user/name.rs", source), expected(line), "{source}");
    }
    // `super` counts from the room for its mod.rs, and one level deeper for other files.
    let mod_rs = the_violation("src/domain/mod.rs", "use super::storage::db;");
    assert_eq!(mod_rs, "src/domain/mod.rs:1: domain may not import storage");
    let file = the_violation("src/domain/user.rs", "use super::super::storage::db;");
    assert_eq!(file, "src/domain/user.rs:1: domain may not import storage");
}

#[test]
fn what_is_no_import_is_let_be() {
    for source in [
        "use super::storage::Shelf;",
        "use crate::domain::storage::Shelf;",
        "use self::storage::Shelf;",
        "use crate::{kernel::{env::Env, secret::Secret}, domain::user};",
        "//! See [`crate::storage`].\n/* crate::storage */ pub(crate) fn f() {}",
        "fn f() -> &'static str { \"crate::storage::db\" }",
        "pub(in crate::domain) fn f(&self) { self.storage.get() }",
        "fn f(&self) { let storage = self; storage::<u8>(self) }",
        "mod inner { use super::super::user::storage::Shelf; }",
    ] {
        let found = violations("src/domain/user/name.rs", source);
        assert_eq!(found, Vec::<String>::new(), "{source}");
    }
}

#[test]
fn arrows_cannot_be_hidden() {
    for source in [
        "use crate as root;",
        "use crate::*;",
        "use crate::{self as root};",
        "use super::super::super::*;",
        "use super::super::super as root;",
        "extern crate self as root;",
    ] {
        let text = the_violation("src/domain/user/name.rs", source);
        assert!(text.contains(":1: the whole crate is imported"), "{source}: {text}");
    }
    let text = the_violation("src/domain/user.rs", "use crate::attic::Box;");
    assert_eq!(text, "src/domain/user.rs:1: attic is no room of the map");
    let text = the_violation("src/attic/mod.rs", "");
    assert_eq!(text, "src/attic/mod.rs:1: attic is no room of the map");
    let text = the_violation("src/helpers.rs", "");
    assert_eq!(text, "src/helpers.rs:1: helpers is no room of the map");
}

#[test]
fn main_calls_the_commands_only() {
    assert_eq!(violations("src/main.rs", "fn main() { latchkey::cli::run() }").len(), 0);
    let text = the_violation("src/main.rs", "fn main() { latchkey::app::run() }");
    assert_eq!(text, "src/main.rs:1: main may not import app");
    assert_eq!(violations("src/lib.rs", "pub mod storage;").len(), 0);
    let text = the_violation("src/lib.rs", "pub use crate::storage::db;");
    assert_eq!(text, "src/lib.rs:1: lib may not import storage");
}

#[test]
fn every_library_has_its_places() {
    for (library, places) in LIBRARIES {
        for (room, _) in ROOMS {
            let file = format!("src/{room}/file.rs");
            let allowed = places.iter().any(|place| file.starts_with(place));
            for source in [
                format!("use {library}::Thing;"),
                format!("use ::{library}::Thing;"),
                format!("use {library};"),
                format!("use {{serde::Serialize, {library}::{{a, b}}}};"),
                format!("use {library} as other;"),
                format!("extern crate {library};"),
                format!("fn f(x: {library}::Thing) {{}}"),
                format!("fn f() {{ println!(\"{{}}\", {library}::NAME) }}"),
                format!("#[derive({library}::Thing)] struct X;"),
                format!("use {library}_more::Thing;"),
            ] {
                let found = violations(&file, &source);
                assert_eq!(found.is_empty(), allowed, "{file}: {source}: {found:?}");
            }
        }
    }
    let text = the_violation("src/http/oauth/token.rs", "\nuse diesel::prelude::*;");
    assert_eq!(text, "src/http/oauth/token.rs:2: diesel may only be named in src/storage/");
    // Not a whole room, but a file or a folder of it.
    for (file, source, allowed) in [
        ("src/crypto/jose.rs", "use josekit::jws;", true),
        ("src/crypto/jose/tests.rs", "use josekit::jws;", true),
        ("src/crypto/keyring.rs", "use josekit::jws;", false),
        ("src/protocol/engine/mod.rs", "use oxide_auth::primitives;", true),
        ("src/protocol/token/mod.rs", "use oxide_auth::primitives;", false),
        ("src/http/pages/login.rs", "use askama::Template;", true),
        ("src/mail/welcome.rs", "use askama::Template;", true),
        ("src/demo/relying_party.rs", "use actix_web::web;", true),
        ("src/app/server.rs", "use actix_web::HttpServer;", true),
        ("src/cli/serve.rs", "use actix_web::rt;", false),
        ("src/cli/migrate.rs", "use diesel::prelude::*;", false),
        ("src/protocol/token/mod.rs", "use actix_web::web;", false),
    ] {
        assert_eq!(violations(file, source).is_empty(), allowed, "{file}: {source}");
    }
}

/// `Secret` cannot be compared, hashes of secrets compare in constant time, and nobody takes a
/// secret out of its wrapping to compare it after all. The two entries of a new password that one
/// person makes at a terminal are no secret from each other.
#[test]
fn case_332_secrets_are_compared_in_constant_time() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    assert!(!read("src/kernel/secret.rs").contains("PartialEq"));
    let hash = read("src/kernel/token_hash.rs");
    assert!(hash.contains("impl PartialEq for TokenHash") && !hash.contains("derive(PartialEq"));
    let mut compared = Vec::new();
    for file in rust_files(&root.join("src")) {
        let source = std::fs::read_to_string(&file).unwrap();
        let product = source.split("#[cfg(test)]").next().unwrap();
        for line in product.lines() {
            let sides = |operator| line.split_once(operator);
            let Some((left, right)) = sides(" == ").or_else(|| sides(" != ")) else { continue };
            let operands = [left.rsplit(' ').next(), right.split(' ').next()];
            if operands.into_iter().flatten().any(|operand| operand.contains("expose()")) {
                compared.push(format!("{}: {}", file.display(), line.trim()));
            }
        }
    }
    let allowed = "src/cli/prompt.rs: if first.expose() == second.expose() {";
    compared.retain(|line| !line.ends_with(allowed));
    assert!(compared.is_empty(), "{compared:#?}");
}
