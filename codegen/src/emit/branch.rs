//! Unions whose values are written under the name of their type.
use super::{derives::derives, docs, ident, ty};
use crate::ir::{Def, Ir, Union};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn union(ir: &Ir, def: &Def, union: &Union, names: &[String]) -> TokenStream {
    let name = ident(&def.ident);
    let about = docs(&def.docs);
    let derives = derives(def.traits, &["Serialize", "Deserialize"]);
    let variants = union.variants.iter().zip(names).map(|(variant, wire)| {
        let about = docs(&variant.docs);
        let (name, slot) = (ident(&variant.ident), ty(ir, &variant.slot));
        quote!(#about #[serde(rename = #wire)] #name(#slot),)
    });
    quote! {
        #about
        #derives
        #[serde(crate = "::tidings::codegen::serde")]
        pub enum #name {
            #(#variants)*
        }
    }
}
