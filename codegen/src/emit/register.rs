//! Handlers of operations whose channel's address is not always the same: added for one channel, or for several.
use super::{client, doc, handler::handler, ident};
use crate::ir::{Ir, Operation};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn register(ir: &Ir, operation: &Operation, has_sent: bool) -> TokenStream {
    let sent = has_sent.then(|| quote!(Self::require_sent(router);));
    let about = doc(&format!(
        "Adds the handler of {}.",
        crate::docs::code(&operation.key)
    ));
    let (parameter, channel) = client::channels(ir, operation);
    let register = ident(&operation.register);
    let name = ident(&ir.channels[operation.channel].ident);
    let replies = operation.reply_channel.map(|index| {
        let replies = ident(&ir.channels[index].ident);
        quote!(router.require(#replies::REQUIREMENT);)
    });
    let handler = handler(ir, operation, &quote!(channel), &quote!(channel.clone()));
    quote! {
        #about
        pub fn #register(&self, router: &mut codegen::Router, #parameter) {
            let channel = #channel;
            router.require(#name::REQUIREMENT.of(&channel));
            #replies
            #sent
            #handler
        }
    }
}
