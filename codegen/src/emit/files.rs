//! Puts the parts together: files of a crate, or one module.
use super::{
    about::{header, link, style},
    channel, client, ident, message, package, service, types,
};
use crate::{
    File, Layout, Settings,
    docs::{self as text, Docs},
    ir::Ir,
    names,
};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use std::{collections::BTreeSet, fmt::Write, mem::Discriminant};
use syn::{
    Item,
    parse::{ParseStream, Parser},
};

/// A part of the code, which is a module of a crate.
struct Part {
    name: &'static str,
    about: &'static str,
    tokens: TokenStream,
}

/// The files for the whole IR.
pub(crate) fn files(ir: &Ir, settings: &Settings) -> Vec<File> {
    let part = |name, about, tokens| Part {
        name,
        about,
        tokens,
    };
    let mut parts = vec![
        part(
            "types",
            "Types of the document's schemas.",
            types::types(ir),
        ),
        part(
            "messages",
            "Messages with their headers.",
            message::messages(ir),
        ),
        part(
            "channels",
            "Channels and their parameters.",
            channel::channels(ir),
        ),
        part(
            "client",
            "Those who send and those who listen.",
            client::clients(ir, settings),
        ),
        part(
            "service",
            "Those who are asked.",
            service::services(ir, settings),
        ),
    ];
    parts.retain(|part| !part.tokens.is_empty());
    let version = &ir.version;
    let constant = quote! {
        /// `info.version` of the document that this code was made from.
        pub const API_VERSION: &str = #version;
    };
    let name = settings
        .name
        .clone()
        .unwrap_or_else(|| names::package(&ir.title));
    match settings.layout {
        Layout::Module => {
            let all = parts.into_iter().map(|part| part.tokens);
            let path = format!("{}.rs", name.replace('-', "_"));
            vec![File {
                path,
                text: print(
                    settings,
                    &root_docs(ir, settings),
                    quote!(#constant #(#all)*),
                ),
            }]
        }
        Layout::Crate => {
            let mut files = vec![
                package::manifest(ir, settings, &name),
                package::readme(ir, settings),
                root(ir, settings, &parts, &constant),
            ];
            files.extend(modules(settings, parts));
            files
        }
    }
}

fn root(ir: &Ir, settings: &Settings, parts: &[Part], constant: &TokenStream) -> File {
    let mut names: Vec<_> = parts.iter().map(|part| ident(part.name)).collect();
    names.sort();
    // What prettyplease prints is not always what rustfmt would, so rustfmt leaves it as it is.
    let tokens = quote! {
        #(#[rustfmt::skip] mod #names;)*
        #(pub use #names::*;)*
        #constant
    };
    File {
        path: "src/lib.rs".to_owned(),
        text: print(settings, &root_docs(ir, settings), tokens),
    }
}

/// One file a part; each takes the types of the others by name.
fn modules(settings: &Settings, parts: Vec<Part>) -> impl Iterator<Item = File> {
    let defined: Vec<BTreeSet<String>> = parts.iter().map(|part| items(&part.tokens)).collect();
    let all: BTreeSet<String> = defined.iter().flatten().cloned().collect();
    parts.into_iter().zip(defined).map(move |(part, own)| {
        let used = if part.name == "types" || part.name == "channels" {
            BTreeSet::new()
        } else {
            mentioned(&part.tokens)
        };
        let imports: Vec<_> = used
            .iter()
            .filter(|name| all.contains(*name) && !own.contains(*name))
            .map(|name| ident(name))
            .collect();
        let imports = (!imports.is_empty()).then(|| quote!(use crate::{#(#imports),*};));
        let mut tokens = imports.unwrap_or_default();
        tokens.extend(part.tokens);
        let about = vec![part.about.to_owned()];
        File {
            path: format!("src/{}.rs", part.name),
            text: print(settings, &about, tokens),
        }
    })
}

/// Names of the types, traits and aliases that the code defines.
fn items(tokens: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
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
    names
}

/// All words of the code that may stand for what another part defines: what follows `::` belongs to what stands before, and
/// variants and associated types are names of their own.
fn mentioned(tokens: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut stack = vec![(tokens.clone(), false)];
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
    names
}

/// An item as it is printed.
struct Printed {
    text: String,
    /// Which of the short kinds it is, of which several stand together.
    short: Option<Discriminant<Item>>,
}

/// A file's text: header, documentation, items with an empty line between them.
fn print(settings: &Settings, about: &Docs, tokens: TokenStream) -> String {
    let mut out = header(settings, "//");
    for line in about {
        let _ = writeln!(
            out,
            "{}",
            if line.is_empty() {
                "//!".to_owned()
            } else {
                format!("//! {line}")
            }
        );
    }
    let codegen = mentioned(&tokens).contains("codegen").then(|| {
        printed(syn::parse_quote!(
            use ::tidings::codegen;
        ))
    });
    let (uses, rest) = match items_of.parse2(tokens) {
        Ok(items) => items,
        // Cannot happen: every emitter prints whole items. Show what is wrong, rather than nothing.
        Err(error) => return out + &error.to_compile_error().to_string(),
    };
    let mut before = None;
    for item in codegen.into_iter().chain(uses).chain(rest) {
        if item.short.is_none() || item.short != before {
            out.push('\n');
        }
        spaced(&mut out, &item.text);
        before = item.short;
    }
    out
}

/// Private imports, and the other items. Each is printed as soon as it is read: all at once would take much memory.
fn items_of(input: ParseStream<'_>) -> syn::Result<(Vec<Printed>, Vec<Printed>)> {
    let (mut uses, mut rest) = (Vec::new(), Vec::new());
    while !input.is_empty() {
        let item: Item = input.parse()?;
        match &item {
            Item::Use(import) if !is_public(import) => uses.push(printed(item)),
            _ => rest.push(printed(item)),
        }
    }
    Ok((uses, rest))
}

fn printed(item: Item) -> Printed {
    let short = matches!(item, Item::Use(_) | Item::Mod(_));
    let short = short.then(|| std::mem::discriminant(&item));
    let file = syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    };
    Printed {
        text: prettyplease::unparse(&file),
        short,
    }
}

fn is_public(item: &syn::ItemUse) -> bool {
    matches!(item.vis, syn::Visibility::Public(_))
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

/// Whether a function begins here that has more lines than a person should write.
fn is_long(lines: &[&str]) -> bool {
    const LIMIT: usize = 100;
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

fn root_docs(ir: &Ir, settings: &Settings) -> Docs {
    let title = text::paragraph(&format!("{} {}", ir.title, ir.version)).join(" ");
    let mut table = vec![
        "| Operation | Style | Channel |".to_owned(),
        "|---|---|---|".to_owned(),
    ];
    for operation in &ir.operations {
        let channel = &ir.channels[operation.channel];
        let address = match &channel.address {
            crate::ir::Address::Fixed(text) | crate::ir::Address::Template { text, .. } => text,
            crate::ir::Address::Dynamic => "(known at run time)",
        };
        let cell = |text: &str| text::code(text).replace('|', "\\|");
        table.push(format!(
            "| [{}]({}) | {} | {} |",
            cell(&operation.key),
            link(ir, operation, settings.role),
            style(operation),
            cell(address)
        ));
    }
    let table = if ir.operations.is_empty() {
        Docs::new()
    } else {
        table
    };
    text::join([vec![format!("# {title}")], ir.docs.clone(), table])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_other_things_are_no_mentions() {
        let tokens = quote! {
            pub enum Set { Deref(Order), #[serde(rename = "x")] Error { at: Place }, Other }
            impl codegen::TypedMessage for Set {
                type Result = Vec<Item>;
                fn read(it: ::core::ops::Sync) -> Self { Self::Received(make::<Kept>(it)) }
            }
        };
        let found = mentioned(&tokens);
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
