//! Texts that a schema lists: an enum that reads others too, and says of them what the schema does; and a text that is always the same.
use super::{check, derives::derives, doc, docs, ident};
use crate::ir::{Def, Enum, Ir};
use proc_macro2::TokenStream;
use quote::quote;

pub(crate) fn enumeration(ir: &Ir, def: &Def, values: &Enum) -> TokenStream {
    let name = ident(&def.ident);
    let about = docs(&def.docs);
    let derives = derives(def.traits, &[]);
    let listed = values.variants.iter();
    let listed = listed.map(|variant| (&variant.wire, ident(&variant.ident)));
    let variants = listed.clone().map(|(wire, variant)| {
        let doc = doc(&format!("{}.", crate::docs::code(wire)));
        quote!(#doc #variant,)
    });
    let texts = listed.map(|(wire, variant)| quote!(#variant = #wire;));
    let unknown = ident(&values.unknown);
    let (kind, others) = match values.open {
        true => ("open", "Any other text."),
        false => (
            "closed",
            "A text that the document did not list when this code was made: kept where an event has it, else refused.",
        ),
    };
    let (kind, others) = (ident(kind), doc(others));
    let checks = def.checks.map(|index| {
        let checks = check::name(ir, index);
        quote!((#checks))
    });
    quote! {
        #about
        #derives
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            #others
            #unknown(String),
        }
        codegen::listed! {
            #name::#unknown = #kind #checks;
            #(#texts)*
        }
    }
}

/// A text that is always the same: a type with one value.
pub(crate) fn constant(def: &Def, wire: &str, variant: &str) -> TokenStream {
    let name = ident(&def.ident);
    let about = docs(&def.docs);
    let derives = derives(def.traits, &[]);
    let doc = doc(&format!("{}.", crate::docs::code(wire)));
    let variant = ident(variant);
    quote! {
        #about
        #derives
        pub enum #name {
            #doc
            #[default]
            #variant,
        }
        codegen::constant!(#name::#variant = #wire);
    }
}
