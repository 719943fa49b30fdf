//! The schemas of a message that is held to the whole of them, and where it is.
use super::{ident, json};
use crate::ir::{Codec, Message};
use proc_macro2::TokenStream;
use quote::quote;

/// A function that gives them, where there are any.
pub(super) fn schemas(message: &Message) -> Option<TokenStream> {
    if message.whole.is_empty() {
        return None;
    }
    let name = ident(&message.ident);
    let text = |schema: &Option<serde_json::Value>| match schema.as_ref().map(json) {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    };
    let (payload, headers) = (text(&message.whole.payload), text(&message.whole.headers));
    Some(quote! {
        impl #name {
            fn whole() -> &'static codegen::Whole {
                static WHOLE: codegen::Whole = codegen::Whole::new(#payload, #headers);
                &WHOLE
            }
        }
    })
}

/// The check of a `message` that was written.
pub(super) fn of_written(message: &Message) -> Option<TokenStream> {
    let check = check(message, &quote!(&message), &quote!(self))?;
    Some(quote!(#check?;))
}

/// The check of a `message` before it is read, and that of what was `decoded`: one of them, where there is any.
pub(super) fn of_read(message: &Message) -> (Option<TokenStream>, Option<TokenStream>) {
    let check = check(message, &quote!(message), &quote!(decoded));
    let check = check.map(|check| quote!(#check?;));
    match is_by_value(message) {
        true => (None, check),
        false => (check, None),
    }
}

/// JSON is looked at as it is on the wire, which has every digit; the rest by its value.
fn check(message: &Message, written: &TokenStream, value: &TokenStream) -> Option<TokenStream> {
    if message.whole.is_empty() {
        return None;
    }
    Some(match is_by_value(message) {
        true => quote!(Self::whole().check_value::<Self>(#written, &#value.payload)),
        false => quote!(Self::whole().check::<Self>(#written)),
    })
}

fn is_by_value(message: &Message) -> bool {
    message.whole.payload.is_some() && !matches!(message.codec, Codec::Json)
}
