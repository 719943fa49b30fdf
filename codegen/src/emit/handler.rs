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
    let (name, message) = (ident(&operation.method), ident(&operation.message.ident));
    let replies = operation.reply_channel.map(|index| {
        let replies = ident(&ir.channels[index].ident);
        quote!(#replies::channel(),)
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
    let call = if client::has_parameters(ir, operation) {
        quote! {
            let channel = message.metadata.channel()?;
            S::#name(&service, channel, message).await
        }
    } else {
        quote!(S::#name(&service, message).await)
    };
    quote! {
        #policy
        let service = ::std::sync::Arc::clone(&self.service);
        router.#on(#channel, #replies move |message: codegen::Received<#message>| {
            let service = ::std::sync::Arc::clone(&service);
            async move { #call }
        });
    }
}
