//! Which names the files of a crate take from each other, read off their tokens.
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;

/// A file takes a name that another defines.
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) name: String,
}

/// Modules of a crate by their paths; that of its root is empty.
pub(super) struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

struct Module {
    file: String,
    /// What `use` brings in, by the name that it has here.
    imports: BTreeMap<String, Vec<String>>,
    /// All paths that are written in it, those of `use` among them.
    paths: Vec<Vec<String>>,
}

impl Crate {
    /// Reads the files of a crate, each with its name.
    pub(super) fn new(source: &str, files: &[(String, String)]) -> Self {
        let module = |(file, text): &(String, String)| {
            let inside = file
                .strip_prefix(source)
                .unwrap_or(file)
                .trim_start_matches('/');
            let path = inside.trim_end_matches(".rs").split('/').map(str::to_owned);
            let path: Vec<_> = path
                .filter(|part| !["lib", "main", "mod"].contains(&part.as_str()))
                .collect();
            let tokens: TokenStream = text.parse().expect("Rust");
            let mut module = Module {
                file: file.clone(),
                imports: BTreeMap::new(),
                paths: Vec::new(),
            };
            module.read(tokens.into_iter().collect());
            (path, module)
        };
        Self {
            modules: files.iter().map(module).collect(),
        }
    }

    /// What each file takes from another that is no part of it.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (at, module) in &self.modules {
            for path in &module.paths {
                let Some((to, name)) = self.resolve(at, path, 20) else {
                    continue;
                };
                if !to.starts_with(at) {
                    edges.push(Edge {
                        from: module.file.clone(),
                        to: self.modules[&to].file.clone(),
                        name,
                    });
                }
            }
        }
        edges
    }

    /// The module that defines what a path leads to from a module, and the name there.
    fn resolve(
        &self,
        from: &[String],
        path: &[String],
        most: usize,
    ) -> Option<(Vec<String>, String)> {
        let mut at: Vec<String> = from.to_vec();
        let mut rest = path;
        let mut is_first = true;
        while let Some((name, behind)) = rest.split_first() {
            let child = [&at[..], std::slice::from_ref(name)].concat();
            match name.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                _ if self.modules.contains_key(&child) => at = child,
                _ => {
                    let import = self
                        .modules
                        .get(&at)?
                        .imports
                        .get(name)
                        .filter(|import| *import != path || !is_first);
                    return match import {
                        Some(import) if most > 0 => {
                            let whole = [import, behind].concat();
                            self.resolve(&at, &whole, most - 1)
                        }
                        _ if is_first => None,
                        _ => Some((at, name.clone())),
                    };
                }
            }
            is_first = false;
            rest = behind;
        }
        // A module itself: what is taken from it is said elsewhere.
        None
    }
}

impl Module {
    fn read(&mut self, tokens: Vec<TokenTree>) {
        let mut at = 0;
        while at < tokens.len() {
            if let Some(behind) = test_module(&tokens[at..]) {
                at += behind;
                continue;
            }
            at += match &tokens[at] {
                TokenTree::Ident(word) if word == "use" => {
                    let end = tokens[at..].iter().position(|token| is(token, ';'));
                    let end = end.unwrap_or(tokens.len() - at);
                    self.import(&tokens[at + 1..at + end], &[]);
                    end
                }
                TokenTree::Ident(_) => {
                    let (path, width) = path(&tokens[at..]);
                    if path.len() > 1 {
                        self.paths.push(path);
                    }
                    width
                }
                TokenTree::Group(group) => {
                    self.read(group.stream().into_iter().collect());
                    1
                }
                _ => 1,
            };
        }
    }

    /// A tree of `use`, below a path.
    fn import(&mut self, tokens: &[TokenTree], above: &[String]) {
        for part in tokens.split(|token| is(token, ',')) {
            let (own, width) = path(part);
            let whole = [above, &own].concat();
            match part.get(width..) {
                Some([TokenTree::Ident(word), TokenTree::Ident(name), ..]) if word == "as" => {
                    self.bring(name.to_string(), whole)
                }
                Some([.., TokenTree::Group(group)]) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    self.import(&inner, &whole);
                }
                _ => {
                    // `{self, …}` brings in the module above.
                    let is_self =
                        whole.len() > 1 && whole.last().is_some_and(|name| name == "self");
                    let whole = if is_self {
                        whole[..whole.len() - 1].to_vec()
                    } else {
                        whole
                    };
                    if let Some(name) = whole.last().cloned() {
                        self.bring(name, whole);
                    }
                }
            }
        }
    }

    fn bring(&mut self, name: String, path: Vec<String>) {
        self.paths.push(path.clone());
        self.imports.insert(name, path);
    }
}

/// Words joined by `::` at the beginning, and how many tokens they take.
fn path(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut words = Vec::new();
    let mut at = 0;
    // `::name` is of another crate, which none of our modules is called like.
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        words.push(word.to_string());
        at += 1;
        match tokens.get(at..at + 2) {
            Some([one, two]) if is(one, ':') && is(two, ':') => at += 2,
            _ => break,
        }
    }
    (words, at.max(1))
}

/// How many tokens a module takes that only tests have, at the beginning.
fn test_module(tokens: &[TokenTree]) -> Option<usize> {
    let [hash, TokenTree::Group(attribute), rest @ ..] = tokens else {
        return None;
    };
    let is_test = is(hash, '#')
        && attribute
            .stream()
            .to_string()
            .replace(' ', "")
            .starts_with("cfg(test");
    let end = rest.iter().position(|token| matches!(token, TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace) || is(token, ';'));
    is_test.then_some(end? + 3)
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
