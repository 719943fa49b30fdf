//! Texts that a schema lists: an enum that reads others too, and says of them what the schema does.
use super::{derives::derives, doc, docs, ident};
use crate::ir::{Def, Enum};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(crate) fn enumeration(def: &Def, values: &Enum) -> TokenStream {
    let name = ident(&def.ident);
    let about = docs(&def.docs);
    let derives = derives(def.traits, &["Serialize"]);
    let listed = values
        .variants
        .iter()
        .map(|variant| (&variant.wire, ident(&variant.ident)));
    let variants = listed.clone().map(|(wire, variant)| {
        let doc = doc(&format!("{}.", crate::docs::code(wire)));
        quote!(#doc #[serde(rename = #wire)] #variant,)
    });
    let texts = listed
        .clone()
        .map(|(wire, variant)| quote!(Self::#variant => #wire,));
    let all = listed.map(|(_, variant)| quote!(Self::#variant));
    let unknown = ident(&values.unknown);
    let others = doc(if values.open {
        "Any other text."
    } else {
        "A text that the document did not list when this code was made: kept where an event has it, else refused."
    });
    let from_str = from_str(def, values);
    let read = read(
        &name,
        &quote!(codegen::listed_text(reader, Self::ALL, Self::as_str, Self::#unknown)),
    );
    quote! {
        #about
        #derives
        #[serde(crate = "::tidings::codegen::serde")]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            #others
            #[serde(untagged)]
            #unknown(String),
        }
        impl #name {
            /// All that the document lists.
            pub const ALL: &'static [Self] = &[#(#all),*];

            /// The text on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    #(#texts)*
                    Self::#unknown(text) => text,
                }
            }
        }
        impl ::core::fmt::Display for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        #from_str
        #read
    }
}

/// How it is read: as a text. What serde derives takes `{"red": null}` for one too.
pub(super) fn read(name: &Ident, text: &TokenStream) -> TokenStream {
    quote! {
        impl<'de> codegen::serde::Deserialize<'de> for #name {
            fn deserialize<D: codegen::serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                #text
            }
        }
    }
}

/// A text that code writes is one of the listed, unless the schema takes every text.
fn from_str(def: &Def, values: &Enum) -> TokenStream {
    let name = ident(&def.ident);
    let schema = &def.ident;
    let listed = quote!(codegen::listed(#schema, Self::ALL, Self::as_str, text));
    let unknown = ident(&values.unknown);
    let (error, read) = if values.open {
        let read = quote!(Ok(#listed.unwrap_or_else(|_| Self::#unknown(text.to_owned()))));
        (quote!(::core::convert::Infallible), read)
    } else {
        (quote!(codegen::InvalidValue), listed)
    };
    quote! {
        impl ::core::str::FromStr for #name {
            type Err = #error;

            fn from_str(text: &str) -> Result<Self, #error> {
                #read
            }
        }
    }
}

/// The checks of one that takes no other texts.
pub(crate) fn checks(values: &Enum) -> TokenStream {
    let unknown = ident(&values.unknown);
    quote! {
        if let Self::#unknown(text) = self {
            violations.unlisted(at, text, Self::ALL.iter().map(Self::as_str));
        }
    }
}
