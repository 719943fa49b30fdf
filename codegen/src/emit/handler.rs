//! What hands the messages of an operation to the service.
use super::{client, ident, json};
use crate::ir::{Ir, Operation};
use proc_macro2::TokenStream;
use quote::quote;

/// Adds the handler of an operation to the variable `router`, for the channel of an expression; `same` is that channel again.
pub(super) fn handler(
    ir: &Ir,
    operation: &Operation,
    channel: &TokenStream,
    same: &TokenStream,
) -> TokenStream {
    let name = ident(&operation.method);
    let replies = operation.reply_channel.map(|index| {
        let replies = ident(&ir.channels[index].ident);
        quote!(, #replies::channel())
    });
    let on = ident(match (&operation.reply, &replies) {
        (None, _) => "on",
        (Some(_), None) => "on_request",
        (Some(_), Some(_)) => "on_request_with",
    });
    let policy = (!operation.policy.is_empty()).then(|| {
        let policy = json(&serde_json::Value::Object(operation.policy.clone()));
        quote!(router.documented(#same, codegen::policy(#policy));)
    });
    let own = client::has_parameters(ir, operation).then(|| quote!(channel));
    quote! {
        #policy
        codegen::handle!(router.#on(#channel #replies), self, S::#name(#own));
    }
}
