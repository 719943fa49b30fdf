//! The Avro schema of a message's payload.
use super::{ident, json};
use crate::ir::{Codec, Framing, Message};
use proc_macro2::TokenStream;
use quote::quote;

/// A function that gives the schema, where the payload has one.
pub(super) fn schema(message: &Message) -> Option<TokenStream> {
    let Codec::Avro(avro) = &message.codec else {
        return None;
    };
    let name = ident(&message.ident);
    let text = json(&avro.schema);
    let framing = ident(match avro.framing {
        Framing::Datum => "Datum",
        Framing::SingleObject => "SingleObject",
        Framing::Registry => "Registry",
    });
    Some(quote! {
        impl #name {
            /// The Avro schema of the payload.
            #[must_use]
            pub fn schema() -> &'static codegen::avro::Schema {
                static SCHEMA: codegen::avro::Schema =
                    codegen::avro::Schema::new(#text, codegen::avro::Framing::#framing);
                &SCHEMA
            }
        }
    })
}
