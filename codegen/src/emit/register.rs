//! Handlers of operations whose channel's address is not always the same: added for one channel, or for all.
use super::{client, doc, handler::handler, ident};
use crate::ir::{Ir, Operation};
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn registers(ir: &Ir, operation: &Operation, has_sent: bool) -> TokenStream {
    let sent = has_sent.then(|| quote!(Self::require_sent(router);));
    let key = crate::docs::code(&operation.key);
    let (parameter, channel) = client::channel(ir, operation);
    let method = operation.method.trim_start_matches("r#");
    let (register, add) = (ident(&operation.register), ident(&format!("add_{method}")));
    let name = ident(&ir.channels[operation.channel].ident);
    let about = doc(&format!(
        "Adds the handler of {key} for one of its channels."
    ));
    let all = client::every(ir, operation).map(|every| {
        let register = ident(&operation.register_all);
        let about = doc(&format!(
            "Adds the handler of {key} for all of its channels at once; `metadata.channel()` tells by which a message came."
        ));
        quote! {
            #about
            pub fn #register(&self, router: &mut codegen::Router) {
                router.require(#name::REQUIREMENT);
                self.#add(router, #every);
            }
        }
    });
    let replies = operation.reply_channel.map(|index| {
        let replies = ident(&ir.channels[index].ident);
        quote!(router.require(#replies::REQUIREMENT);)
    });
    let handler = handler(ir, operation, &quote!(channel), &quote!(channel.clone()));
    quote! {
        #about
        pub fn #register(&self, router: &mut codegen::Router, #parameter) {
            router.require(#name::REQUIREMENT.of_one());
            self.#add(router, #channel);
        }
        #all
        fn #add(&self, router: &mut codegen::Router, channel: codegen::Channel) {
            #replies
            #sent
            #handler
        }
    }
}
