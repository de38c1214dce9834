//! Reads what a file uses, tests left out, and finds circles: files that use each other, directly or by way of others.
//!
//! A file uses another where it names something that the other one defines. What a `mod.rs` merely hands on
//! (`pub use child::Name`) counts as the child's.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A module's path inside the crate: `["session", "coordinator", "state"]`.
type Module = Vec<String>;

/// What one file says.
#[derive(Default)]
pub struct File {
    /// Every path in it, as written, those of `pub use` left out.
    paths: Vec<Vec<String>>,
    /// What it hands on: the name, and the path that it stands for.
    handed_on: BTreeMap<String, Vec<String>>,
    /// Every word in it outside `use` statements.
    words: BTreeSet<String>,
}

/// The module that a file is: `session/wire.rs` is `session::wire`, `session/mod.rs` is `session`.
pub fn module(file: &std::path::Path) -> Module {
    let mut parts: Module = file
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_str().unwrap().to_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The circles among these files, each as the modules that lead back to the first.
pub fn circles(files: &[(Module, String)]) -> Vec<String> {
    let files: BTreeMap<Module, File> = files
        .iter()
        .map(|(module, code)| (module.clone(), File::read(code)))
        .collect();
    let uses: BTreeMap<&Module, BTreeSet<Module>> = files
        .iter()
        .map(|(module, file)| (module, file.uses(module, &files)))
        .collect();
    let mut found = BTreeSet::new();
    for start in uses.keys() {
        if let Some(mut circle) = way_back(start, &uses) {
            // Each circle once, wherever it was entered.
            circle.sort();
            let names: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            found.insert(names.join(", "));
        }
    }
    found.into_iter().collect()
}

/// The shortest way from a module back to itself.
fn way_back(start: &Module, uses: &BTreeMap<&Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in &uses[&way[way.len() - 1]] {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    let mut further = way.clone();
                    further.push(next.clone());
                    longer.push(further);
                }
            }
        }
        ways = longer;
    }
    None
}

impl File {
    /// Reads a file's code.
    pub fn read(code: &str) -> Self {
        let mut file = Self::default();
        let tokens: TokenStream = code.parse().expect("the file compiles");
        file.take_in(&tokens.into_iter().collect::<Vec<_>>());
        file
    }

    fn take_in(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            if is_test_only(&tokens[at..]) {
                at += 2;
                at += 1 + tokens[at..]
                    .iter()
                    .position(ends_an_item)
                    .expect("an item ends");
                continue;
            }
            if is_word(&tokens[at], "use") {
                let end = at + tokens[at..].iter().position(is_semicolon).unwrap();
                let is_handed_on = at > 0 && is_visibility(&tokens[..at]);
                let (paths, _) = paths(&tokens[at + 1..end]);
                for path in paths {
                    let name = path.last().unwrap().clone();
                    let is_ours = ["crate", "super", "self"].contains(&path[0].as_str());
                    assert!(
                        name != "*" || !is_ours,
                        "no `use` of everything in {path:?}: it hides who uses what"
                    );
                    if is_handed_on {
                        self.handed_on.insert(name, path);
                    } else {
                        self.paths.push(path);
                    }
                }
                at = end + 1;
                continue;
            }
            match &tokens[at] {
                TokenTree::Group(group) => {
                    self.take_in(&group.stream().into_iter().collect::<Vec<_>>());
                    at += 1;
                }
                TokenTree::Ident(word) => {
                    self.words.insert(word.to_string());
                    let (mut found, taken) = paths(&tokens[at..]);
                    self.paths.append(&mut found);
                    at += taken.max(1);
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
            }
        }
    }

    /// The rooms that it names with `crate::`.
    pub fn rooms(&self) -> impl Iterator<Item = &str> {
        let paths = self.paths.iter().chain(self.handed_on.values());
        paths.filter_map(|path| match &path[..] {
            [first, room, ..] if first == "crate" => Some(room.as_str()),
            _ => None,
        })
    }

    /// The modules of this crate whose definitions the file names.
    fn uses(&self, own: &Module, files: &BTreeMap<Module, Self>) -> BTreeSet<Module> {
        let mut used = BTreeSet::new();
        let handed_on = self
            .handed_on
            .iter()
            .filter(|(name, _)| self.words.contains(*name))
            .map(|(_, path)| path);
        for path in self.paths.iter().chain(handed_on) {
            if let Some(module) = definition(own, path, files, 0) {
                used.insert(module);
            }
        }
        used.remove(own);
        used
    }
}

/// The module that defines what `path` names in the module `own`, if it is one of these files.
fn definition(
    own: &Module,
    path: &[String],
    files: &BTreeMap<Module, File>,
    depth: usize,
) -> Option<Module> {
    assert!(depth < 20, "names are handed on in a circle: {path:?}");
    let mut module = own.clone();
    let mut rest = path;
    let mut is_anchored = false;
    while let [first, others @ ..] = rest {
        match first.as_str() {
            "crate" => module.clear(),
            "self" => {}
            "super" => {
                module.pop();
            }
            _ => break,
        }
        is_anchored = true;
        rest = others;
    }
    let mut entered = false;
    while let [first, others @ ..] = rest {
        module.push(first.clone());
        if !files.contains_key(&module) {
            module.pop();
            break;
        }
        entered = true;
        rest = others;
    }
    if !is_anchored && !entered {
        return None;
    }
    let file = files.get(&module)?;
    match rest.first().and_then(|name| file.handed_on.get(name)) {
        Some(path) => definition(&module, path, files, depth + 1),
        None => Some(module),
    }
}

/// The paths with at least one `::` that begin at the first token, groups spelled out, and how many tokens they take.
fn paths(tokens: &[TokenTree]) -> (Vec<Vec<String>>, usize) {
    let mut found = Vec::new();
    let mut path = Vec::new();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) => path.push(word.to_string()),
            Some(TokenTree::Punct(star)) if star.as_char() == '*' && !path.is_empty() => {
                path.push("*".to_owned());
            }
            Some(TokenTree::Group(group))
                if group.delimiter() == Delimiter::Brace && !path.is_empty() =>
            {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner.split(|token| is_punct(token, ',')) {
                    for mut rest in paths(part).0 {
                        let mut whole = path.clone();
                        whole.append(&mut rest);
                        found.push(whole);
                    }
                    if let [TokenTree::Ident(word)] = part {
                        let mut whole = path.clone();
                        if word != "self" {
                            whole.push(word.to_string());
                        }
                        found.push(whole);
                    }
                }
                return (found, at + 1);
            }
            _ => break,
        }
        at += 1;
        let is_followed = tokens.get(at).is_some_and(|token| is_punct(token, ':'))
            && tokens.get(at + 1).is_some_and(|token| is_punct(token, ':'));
        if !is_followed {
            break;
        }
        at += 2;
    }
    if path.len() > 1 {
        found.push(path);
    }
    (found, at)
}

/// Whether `#[cfg(test)]` stands here.
fn is_test_only(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [hash, TokenTree::Group(group), ..]
        if is_punct(hash, '#') && group.to_string().replace(' ', "") == "[cfg(test)]")
}

fn ends_an_item(token: &TokenTree) -> bool {
    is_semicolon(token)
        || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// Whether what stands before `use` hands it on: `pub`, or `pub(...)`.
fn is_visibility(before: &[TokenTree]) -> bool {
    match before {
        [.., word, TokenTree::Group(_)] | [.., word] => is_word(word, "pub"),
        [] => false,
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_semicolon(token: &TokenTree) -> bool {
    is_punct(token, ';')
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
