//! Puts the parts together: files of a crate, or one module.
use super::{
    about::{header, link, style},
    channel, client,
    code::{Code, Piece, Pieces, printed},
    contract, ident, message, package, server, service, types,
};
use crate::{
    File, Layout, Settings,
    docs::{self as text, Docs},
    ir::Ir,
};
use proc_macro2::TokenStream;
use quote::quote;
use std::{collections::BTreeSet, fmt::Write};
use syn::Item;
use tidings_document::masked_everywhere;

/// A part of the code, which is a module of a crate.
struct Part<'a> {
    name: &'static str,
    about: &'static str,
    pieces: Pieces<'a>,
}

/// The parts whose items stay in their modules.
const CONTRACT: &str = "contract";
const SERVERS: &str = "servers";

/// The files for the whole IR.
pub(crate) fn files(ir: &Ir, settings: &Settings) -> Vec<File> {
    let parts = parts(ir, settings);
    let version = &ir.version;
    let constant = quote! {
        /// `info.version` of the document that this code was made from.
        pub const API_VERSION: &str = #version;
    };
    let name = settings.package(&ir.title);
    match settings.layout {
        Layout::Module => {
            let mut code = Code::of(std::iter::once(Piece::Whole(constant)));
            let pieces = parts.into_iter().flat_map(|part| part.pieces);
            let pieces = pieces.chain(server::module(ir));
            pieces.for_each(|piece| code.add(piece));
            let contract = contract::module(ir, settings, &code);
            contract.for_each(|piece| code.add(piece));
            let path = format!("{}.rs", name.replace('-', "_"));
            let text =
                header(settings, "//") + &enclosed(&body(&root_docs(ir, settings), None, code));
            vec![File { path, text }]
        }
        Layout::Crate => {
            let servers = Part {
                name: SERVERS,
                about: server::ABOUT,
                pieces: server::servers(ir),
            };
            let contract = Part {
                name: CONTRACT,
                about: contract::ABOUT,
                pieces: contract::contract(ir, settings),
            };
            let codes = parts
                .into_iter()
                .chain([contract, servers])
                .map(|part| (part.name, part.about, Code::of(part.pieces)));
            let codes: Vec<_> = codes.filter(|(_, _, code)| !code.is_empty()).collect();
            let names: Vec<_> = codes.iter().map(|(name, ..)| *name).collect();
            let mut files = vec![
                package::manifest(ir, settings, &name),
                package::readme(ir, settings),
                root(ir, settings, &names, &constant),
            ];
            files.extend(modules(settings, codes));
            files
        }
    }
}

/// The parts, of which each piece is made when it is asked for.
fn parts<'a>(ir: &'a Ir, settings: &'a Settings) -> [Part<'a>; 5] {
    let part = |name, about, pieces| Part {
        name,
        about,
        pieces,
    };
    [
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
    ]
}

fn root(ir: &Ir, settings: &Settings, parts: &[&str], constant: &TokenStream) -> File {
    let (open, inner): (Vec<&str>, Vec<&str>) = parts
        .iter()
        .copied()
        .partition(|name| [CONTRACT, SERVERS].contains(name));
    let mut names: Vec<_> = inner.iter().map(|name| ident(name)).collect();
    names.sort();
    let open = open.iter().map(|name| ident(name));
    // What prettyplease prints is not always what rustfmt would, so rustfmt leaves it as it is.
    let tokens = quote! {
        #(#[rustfmt::skip] mod #names;)*
        #(#[rustfmt::skip] pub mod #open;)*
        #(pub use #names::*;)*
        #constant
    };
    let code = Code::of(std::iter::once(Piece::Whole(tokens)));
    File {
        path: "src/lib.rs".to_owned(),
        text: print(settings, &root_docs(ir, settings), None, code),
    }
}

/// One file a part; each takes the types of the others by name.
fn modules(
    settings: &Settings,
    codes: Vec<(&'static str, &'static str, Code)>,
) -> impl Iterator<Item = File> {
    let all = codes.iter().flat_map(|(_, _, code)| &code.defined);
    let all: BTreeSet<String> = all.cloned().collect();
    codes.into_iter().map(move |(name, about, code)| {
        let is_used =
            |name: &&String| code.mentioned.contains(*name) && !code.defined.contains(*name);
        let used = all.iter().filter(is_used);
        let used = used.filter(|_| name != "types" && name != "channels");
        let imports: Vec<_> = used.map(|name| ident(name)).collect();
        let imports = (!imports.is_empty()).then(|| syn::parse_quote!(use crate::{#(#imports),*};));
        File {
            path: format!("src/{name}.rs"),
            text: print(settings, &vec![about.to_owned()], imports, code),
        }
    })
}

/// A file's text.
fn print(settings: &Settings, about: &Docs, imports: Option<Item>, code: Code) -> String {
    header(settings, "//") + &body(about, imports, code)
}

/// What begins the text of a module. An `include!` takes no documentation of the whole at its place, and rustfmt leaves alone only
/// what it is told to within a file, so that all of it stands in a module within.
const BEFORE: &str = "pub use generated::*;

#[rustfmt::skip]
mod generated {
";

/// The text of a module, but for its header.
fn enclosed(body: &str) -> String {
    let lines = body.lines();
    let inner = lines.fold(BEFORE.to_owned(), |mut out, line| {
        let indent = if line.is_empty() { "" } else { "    " };
        let _ = writeln!(out, "{indent}{line}");
        out
    });
    inner + "}\n"
}

/// Documentation, imports, items with an empty line between them.
fn body(about: &Docs, imports: Option<Item>, code: Code) -> String {
    let mut out = String::new();
    for line in about {
        let _ = writeln!(
            out,
            "{}",
            if line.is_empty() {
                "//!".to_owned()
            } else {
                masked_everywhere(&format!("//! {line}")).into_owned()
            }
        );
    }
    let codegen = code.mentioned.contains("codegen");
    let codegen = codegen.then(|| {
        syn::parse_quote!(
            use ::tidings::codegen;
        )
    });
    let uses: String = codegen.into_iter().chain(imports).map(printed).collect();
    if !uses.is_empty() {
        out = out + "\n" + &uses;
    }
    code.text_behind(&out)
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
