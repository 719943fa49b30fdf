//! The schemas of a message that is held to the whole of them, and where it is.
use super::{ident, json};
use crate::ir::{Codec, Message, Whole};
use proc_macro2::TokenStream;
use quote::quote;

/// Both, and whether the payload is looked at as it is on the wire or by its value; nothing where there are none. JSON on the wire has
/// every digit.
pub(super) fn schemas(message: &Message) -> Option<TokenStream> {
    let Whole { payload, headers } = &message.whole;
    if message.whole.is_empty() {
        return None;
    }
    let is_json = matches!(message.codec, Codec::Json);
    let way = ident(match payload {
        Some(_) if !is_json => "value",
        _ => "json",
    });
    let text = |schema: &Option<serde_json::Value>| match schema.as_ref().map(json) {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    };
    let (payload, headers) = (text(payload), text(headers));
    Some(quote!(whole = #way(#payload, #headers);))
}
