//! Finds the paths in a file and holds them against the rules.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::rules::{LIBRARIES, is_room, may_import};

/// The broken rules of one file, each as `file:line: what`. `file` is relative to the package.
pub(crate) fn violations(file: &str, source: &str) -> Vec<String> {
    // A file that does not parse might hide an import.
    syn::parse_file(source).unwrap_or_else(|error| panic!("{file}: {error}"));
    let module = module_of(file);
    let room = module.first().cloned();
    let mut scan = Scan { file, room: room.clone(), found: Vec::new() };
    if let Some(room) = room
        && !is_room(&room)
    {
        scan.found.push((1, format!("{room} is no room of the map")));
    }
    scan.level(&list(source.parse().unwrap()), &module);
    scan.found.sort();
    scan.found.dedup();
    scan.found.iter().map(|(line, text)| format!("{file}:{line}: {text}")).collect()
}

/// The module that a file is: `src/a/b.rs` is `a::b`, `src/a/mod.rs` is `a`, and `src/lib.rs` and
/// `src/main.rs` are the root.
fn module_of(file: &str) -> Vec<String> {
    let path = file.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")).unwrap();
    if matches!(path, "lib" | "main") {
        return Vec::new();
    }
    path.strip_suffix("/mod").unwrap_or(path).split('/').map(str::to_owned).collect()
}

struct Scan<'a> {
    file: &'a str,
    /// The room the file is in; none for the two roots.
    room: Option<String>,
    found: Vec<(usize, String)>,
}

impl Scan<'_> {
    /// Looks through the tokens between one pair of brackets, and those inside.
    fn level(&mut self, tokens: &[TokenTree], module: &[String]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(word) => {
                    self.library(word);
                    if let Some((name, body)) = inline_module(&tokens[at..]) {
                        self.level(&body, &[module, &[name]].concat());
                        at += 2;
                    } else {
                        self.word(tokens, at, module);
                    }
                }
                TokenTree::Group(group) => self.level(&list(group.stream()), module),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
    }

    /// Follows the path that begins with the word at `at`, if one into the crate does.
    fn word(&mut self, tokens: &[TokenTree], at: usize, module: &[String]) {
        let word = tokens[at].to_string();
        let starts = at < 2 || !colons(tokens, at - 2);
        let continues = colons(tokens, at + 1) || is_word(tokens.get(at + 1), "as");
        // `extern crate self as name` is another name for the root.
        let root_alias = word == "self" && at > 0 && is_word(tokens.get(at - 1), "crate");
        let base = match word.as_str() {
            "latchkey" => Vec::new(),
            "crate" if starts => Vec::new(),
            "self" if root_alias => Vec::new(),
            "self" | "super" if starts => module.to_vec(),
            _ => return,
        };
        if continues {
            self.path(&tokens[at..], base, line(&tokens[at]));
        }
    }

    /// Follows one path, or one branch of a use tree, to its ends. `path` is what it stands for so
    /// far, counted from the root of the crate, and `line` where the room in it was named.
    fn path(&mut self, mut tokens: &[TokenTree], mut path: Vec<String>, mut line: usize) {
        loop {
            match tokens.first() {
                Some(TokenTree::Ident(word)) => {
                    match plain(word).as_str() {
                        "crate" | "self" => {}
                        "latchkey" if path.is_empty() => {}
                        "super" => drop(path.pop()),
                        name => path.push(name.to_owned()),
                    }
                    if path.len() <= 1 {
                        line = self::line(&tokens[0]);
                    }
                    if !colons(tokens, 1) {
                        return self.judge(&path, line, is_word(tokens.get(1), "as"));
                    }
                    tokens = &tokens[3..];
                }
                Some(TokenTree::Group(group)) => {
                    let branches = list(group.stream());
                    for branch in branches.split(|token| is_mark(Some(token), ',')) {
                        if !branch.is_empty() {
                            self.path(branch, path.clone(), line);
                        }
                    }
                    return;
                }
                // A star, the end, a turbofish, or a fragment of a macro.
                other => return self.judge(&path, line, is_mark(other, '*')),
            }
        }
    }

    /// Holds one whole path against the arrows. `renamed` when it is given another name, or when
    /// everything in it is imported: harmless, unless that hides from us which room is meant.
    fn judge(&mut self, path: &[String], line: usize, renamed: bool) {
        let from = match &self.room {
            Some(room) => room,
            None if self.file == "src/main.rs" => "main",
            None => "lib",
        };
        let broken = match path.first() {
            None if renamed => "the whole crate is imported, which hides the arrows".to_owned(),
            None => return,
            Some(to) if to == from => return,
            Some(to) if !is_room(to) => format!("{to} is no room of the map"),
            Some(to) if may_import(from, to) => return,
            Some(to) => format!("{from} may not import {to}"),
        };
        self.found.push((line, broken));
    }

    fn library(&mut self, word: &Ident) {
        let name = plain(word);
        for (library, places) in LIBRARIES {
            let meant =
                name.strip_prefix(library).is_some_and(|r| r.is_empty() || r.starts_with('_'));
            if meant && !places.iter().any(|place| self.file.starts_with(place)) {
                let places = places.join(", ");
                let text = format!("{library} may only be named in {places}");
                self.found.push((word.span().start().line, text));
            }
        }
    }
}

/// `mod name { … }` at the beginning of `tokens`.
fn inline_module(tokens: &[TokenTree]) -> Option<(String, Vec<TokenTree>)> {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
            if word == "mod" =>
        {
            Some((plain(name), list(body.stream())))
        }
        _ => None,
    }
}

fn list(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

/// The name without the mark of a raw identifier.
fn plain(word: &Ident) -> String {
    let name = word.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(found)) if found == word)
}

fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == mark)
}

/// Whether `::` stands at `at`.
fn colons(tokens: &[TokenTree], at: usize) -> bool {
    is_mark(tokens.get(at), ':') && is_mark(tokens.get(at + 1), ':')
}
