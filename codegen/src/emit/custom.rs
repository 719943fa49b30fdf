//! What was told of types, in their code.
use crate::{custom::Custom, ir::Traits};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

/// An item with attributes that were told behind its documentation; what it derives anyway is derived once.
pub(super) fn customized(item: TokenStream, custom: &Custom, traits: Traits) -> TokenStream {
    let has = |path: &String| match path.as_str() {
        "Debug" | "Clone" | "PartialEq" => true,
        "Copy" => traits.copy,
        "Eq" | "Hash" => traits.eq,
        "Default" => traits.default,
        _ => false,
    };
    let derive = custom.derive.iter().filter(|path| !has(path));
    let custom = Custom {
        derive: derive.cloned().collect(),
        ..custom.clone()
    };
    // What is no Rust was refused before.
    let above = custom.above().unwrap_or_default();
    let tokens: Vec<TokenTree> = item.into_iter().collect();
    let docs = tokens.chunks(2).take_while(|pair| is_doc(pair)).count() * 2;
    let (docs, rest) = tokens.split_at(docs);
    quote!(#(#docs)* #above #(#rest)*)
}

fn is_doc(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(group)] = tokens else {
        return false;
    };
    let mut inner = group.stream().into_iter();
    let first = inner.next();
    hash.as_char() == '#'
        && group.delimiter() == Delimiter::Bracket
        && matches!(first, Some(TokenTree::Ident(name)) if name == "doc")
}
