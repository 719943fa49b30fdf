//! Code as text. Each item is read and printed as soon as it is made: all tokens at once would take much memory.
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::{collections::BTreeSet, mem::Discriminant};
use syn::{
    Item,
    parse::{ParseStream, Parser},
};

/// What an emitter gives: tokens of whole items, made when they are asked for.
pub(super) type Items<'a> = Box<dyn Iterator<Item = TokenStream> + 'a>;

/// Items as text, and the names in them.
#[derive(Default)]
pub(super) struct Code {
    text: String,
    /// Which of the short kinds the last item is, of which several stand together.
    last: Option<Discriminant<Item>>,
    /// Names of the types, traits and aliases that it defines.
    pub(super) defined: BTreeSet<String>,
    /// Its words that may stand for what another part defines.
    pub(super) mentioned: BTreeSet<String>,
}

impl Code {
    pub(super) fn of(items: impl Iterator<Item = TokenStream>) -> Self {
        let mut code = Self::default();
        items.for_each(|item| code.add(item));
        code
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn add(&mut self, tokens: TokenStream) {
        define(&tokens, &mut self.defined);
        mention(tokens.clone(), &mut self.mentioned);
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                self.item(input.parse()?);
            }
            Ok(())
        };
        // Cannot happen: every emitter prints whole items. Show what is wrong, rather than nothing.
        if let Err(error) = read.parse2(tokens) {
            self.text.push_str(&error.to_compile_error().to_string());
        }
    }

    fn item(&mut self, item: Item) {
        let short = matches!(item, Item::Use(_) | Item::Mod(_));
        let short = short.then(|| std::mem::discriminant(&item));
        if short.is_none() || short != self.last {
            self.text.push('\n');
        }
        spaced(&mut self.text, &printed(item));
        self.last = short;
    }

    /// The text with another before it.
    pub(super) fn text_behind(mut self, before: &str) -> String {
        self.text.insert_str(0, before);
        self.text.shrink_to_fit();
        self.text
    }
}

/// Adds the names of the types, traits and aliases that the code defines.
fn define(tokens: &TokenStream, names: &mut BTreeSet<String>) {
    let mut after_keyword = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) if after_keyword => {
                names.insert(word.to_string());
                after_keyword = false;
            }
            TokenTree::Ident(word) => {
                after_keyword = ["struct", "enum", "trait", "type"]
                    .iter()
                    .any(|keyword| word == keyword)
            }
            _ => after_keyword = false,
        }
    }
}

/// Adds all words of the code that may stand for what another part defines: what follows `::` belongs to what stands before, and
/// variants and associated types are names of their own.
fn mention(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let mut stack = vec![(tokens, false)];
    while let Some((tokens, are_variants)) = stack.pop() {
        let (mut colons, mut is_type, mut is_enum) = (0, false, false);
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    if colons < 2 && !is_type && !are_variants {
                        names.insert(word.to_string());
                    }
                    (colons, is_type) = (0, word == "type");
                    is_enum |= word == "enum";
                }
                TokenTree::Group(group) => {
                    let is_body = group.delimiter() == Delimiter::Brace;
                    stack.push((group.stream(), is_body && is_enum));
                    colons = 0;
                    is_enum &= !is_body;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Punct(_) | TokenTree::Literal(_) => colons = 0,
            }
        }
    }
}

/// An item as text.
pub(super) fn printed(item: Item) -> String {
    let file = syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    };
    prettyplease::unparse(&file)
}

/// The text with an empty line between the functions of a block.
fn spaced(out: &mut String, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let mut ended = false;
    for (index, line) in lines.iter().enumerate() {
        let starts =
            line.starts_with("    ") && !line.starts_with("     ") && !line.starts_with("    }");
        if ended && starts {
            out.push('\n');
        }
        if is_long(&lines[index..]) {
            out.push_str("    #[expect(clippy::too_many_lines, reason = \"one part for each that the document has\")]\n");
        }
        let signature =
            (line.starts_with("    )") || line.starts_with("    >")) && line.ends_with(';');
        ended = *line == "    }" || signature;
        out.push_str(line);
        out.push('\n');
    }
}

/// Lines of a function from which on `clippy::too_many_lines` speaks.
const LIMIT: usize = 100;

/// Whether a function begins here that has more lines than a person should write.
fn is_long(lines: &[&str]) -> bool {
    let first = lines
        .first()
        .and_then(|line| line.strip_prefix("    "))
        .unwrap_or_default();
    let starts = ["fn ", "pub fn ", "pub const fn ", "pub async fn "]
        .iter()
        .any(|start| first.starts_with(start));
    if !starts || lines.len() < LIMIT {
        return false;
    }
    let end = lines.iter().position(|line| *line == "    }").unwrap_or(0);
    let open = lines
        .iter()
        .take(end)
        .position(|line| line.ends_with('{'))
        .unwrap_or(end);
    end.saturating_sub(open + 1) > LIMIT
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn functions_are_long_from_more_lines_on_than_clippy_allows() {
        let function = |lines: usize| {
            let body = std::iter::repeat_n("        a();", lines);
            let head = ["    pub fn a(", "        b: C,", "    ) {"];
            head.into_iter()
                .chain(body)
                .chain(["    }", "    fn next() {}"])
                .collect::<Vec<_>>()
        };
        assert!(is_long(&function(LIMIT + 1)));
        assert!(!is_long(&function(LIMIT)) && !is_long(&function(1)));
        let mut other = function(LIMIT + 1);
        other[0] = "    pub struct A {";
        assert!(!is_long(&other));
    }

    #[test]
    fn words_that_name_other_things_are_no_mentions() {
        let tokens = quote! {
            pub enum Set { Deref(Order), #[serde(rename = "x")] Error { at: Place }, Other }
            impl codegen::TypedMessage for Set {
                type Result = Vec<Item>;
                fn read(it: ::core::ops::Sync) -> Self { Self::Received(make::<Kept>(it)) }
            }
        };
        let mut found = BTreeSet::new();
        mention(tokens, &mut found);
        for name in ["Order", "Place", "Item", "Kept", "codegen"] {
            assert!(found.contains(name), "{name}");
        }
        for name in [
            "Deref",
            "Error",
            "Other",
            "TypedMessage",
            "Result",
            "Sync",
            "Received",
        ] {
            assert!(!found.contains(name), "{name}");
        }
    }
}
