//! The derives of types.
use super::ident;
use crate::ir::Traits;
use proc_macro2::TokenStream;
use quote::quote;

/// What a line holds.
const WIDTH: usize = 88;

/// The derives of a type: serde's too, under the runtime's names for them, and on a line of their own where one would be too long.
pub(crate) fn derives(traits: Traits, serde: &[&str]) -> TokenStream {
    let own = [
        (true, "Debug"),
        (true, "Clone"),
        (traits.copy, "Copy"),
        (true, "PartialEq"),
        (traits.eq, "Eq"),
        (traits.eq, "Hash"),
        (traits.default, "Default"),
    ];
    let own = own.into_iter().filter(|(is, _)| *is);
    let own: Vec<&str> = own.map(|(_, name)| name).collect();
    let line = format!(
        "#[derive({}, codegen::{})]",
        own.join(", "),
        serde.join(", codegen::")
    );
    let [own, serde] = [&own, serde].map(|names| {
        let names = names.iter().map(|name| ident(name));
        names.collect::<Vec<_>>()
    });
    match serde[..] {
        [] => quote!(#[derive(#(#own),*)]),
        _ if line.len() <= WIDTH => quote!(#[derive(#(#own),*, #(codegen::#serde),*)]),
        _ => quote!(#[derive(#(#own),*)] #[derive(#(codegen::#serde),*)]),
    }
}
