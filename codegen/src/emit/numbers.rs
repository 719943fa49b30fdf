//! Numbers that a schema names: an enum that reads others too.
use super::{derives::derives, doc, docs, ident, integer};
use crate::ir::{Def, Numbers};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn numbers(def: &Def, values: &Numbers) -> TokenStream {
    let name = ident(&def.ident);
    let about = docs(&def.docs);
    let derives = derives(def.traits, &["Serialize", "Deserialize"]);
    let variants = values.variants.iter().enumerate().map(|(at, variant)| {
        let about = doc(&format!("{}.", crate::docs::code(&variant.wire)));
        let default = (at == 0).then(|| quote!(#[default]));
        let variant = ident(&variant.ident);
        quote!(#about #default #variant,)
    });
    let unknown = ident(&values.unknown);
    let named = values.variants.iter().map(|variant| {
        let number = integer(variant.number.into());
        (ident(&variant.ident), number)
    });
    let all = named.clone().map(|(variant, _)| quote!(Self::#variant));
    let numbers = named
        .clone()
        .map(|(variant, number)| quote!(#name::#variant => #number,));
    let known = named.map(|(variant, number)| quote!(#number => Self::#variant,));
    quote! {
        #about
        #derives
        #[serde(crate = "::tidings::codegen::serde", from = "i32", into = "i32")]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            /// A number that had no name when this code was made.
            #unknown(i32),
        }
        impl #name {
            /// All that have a name.
            pub const ALL: &'static [Self] = &[#(#all),*];
        }
        impl From<i32> for #name {
            fn from(number: i32) -> Self {
                match number {
                    #(#known)*
                    other => Self::#unknown(other),
                }
            }
        }
        impl From<#name> for i32 {
            fn from(value: #name) -> Self {
                match value {
                    #(#numbers)*
                    #name::#unknown(number) => number,
                }
            }
        }
    }
}
