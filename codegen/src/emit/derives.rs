//! The derives of types.
use super::ident;
use crate::ir::Traits;
use proc_macro2::TokenStream;
use quote::quote;

/// The derives of a type: serde's too, under the runtime's name for it.
pub(crate) fn derives(traits: Traits, serde: &[&str]) -> TokenStream {
    let copy = traits.copy.then(|| quote!(Copy,));
    let eq = traits.eq.then(|| quote!(Eq, Hash,));
    let default = traits.default.then(|| quote!(Default,));
    let serde = serde.iter().map(|name| {
        let name = ident(name);
        quote!(codegen::serde::#name)
    });
    let serde = quote!(#(#serde),*);
    let serde = (!serde.is_empty()).then(|| quote!(#[derive(#serde)]));
    quote!(#[derive(Debug, Clone, #copy PartialEq, #eq #default)] #serde)
}
