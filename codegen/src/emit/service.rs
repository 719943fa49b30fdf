//! Those who are asked: service traits, and what routes messages to them.
use super::{client, code::Items, doc, docs, ident, json};
use crate::{
    Settings,
    ir::{Ir, Operation},
};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeSet;

pub(super) fn services<'a>(ir: &'a Ir, settings: &Settings) -> Items<'a> {
    let (role, sides) = (settings.role, &ir.sides);
    let title = crate::docs::paragraph(&ir.title).join(" ");
    let application: Vec<&Operation> = ir
        .operations
        .iter()
        .filter(|operation| operation.receives && role.application())
        .collect();
    let asked = |operation: &&Operation| {
        !operation.receives && operation.reply.is_some() && role.counterpart()
    };
    let counterpart: Vec<&Operation> = ir.operations.iter().filter(asked).collect();
    let own = service(
        ir,
        (&sides.service, &sides.server),
        &format!("What {title} does."),
        &application,
    );
    let peer = service(
        ir,
        (&sides.peer_service, &sides.peer_server),
        &format!("What answers the requests of {title}."),
        &counterpart,
    );
    Box::new(own.into_iter().chain(peer))
}

fn service(
    ir: &Ir,
    (service, server): (&str, &str),
    about: &str,
    operations: &[&Operation],
) -> Option<TokenStream> {
    if operations.is_empty() {
        return None;
    }
    let about = doc(&format!(
        "{about} Implement it with `async fn`s, and wrap it in [`{server}`]."
    ));
    let server_about = doc(&format!("Routes messages to a [`{service}`]."));
    let (service, server) = (ident(service), ident(server));
    let methods = operations.iter().map(|operation| method(operation));
    let (fixed, open): (Vec<_>, Vec<_>) = operations
        .iter()
        .copied()
        .partition(|operation| client::channel(ir, operation).0.is_none());
    let handlers: Vec<_> = fixed
        .iter()
        .map(|operation| handler(ir, operation, &client::channel(ir, operation).1))
        .collect();
    let required = required(ir, &fixed);
    let register = (!handlers.is_empty()).then(|| {
        quote! {
            /// Adds the handlers of all operations whose channel has a fixed address.
            pub fn register(&self, router: &mut codegen::Router) {
                #required
                #(#handlers)*
            }
        }
    });
    let registers = open
        .iter()
        .flat_map(|operation| register_open(ir, operation));
    quote! {
        #about
        pub trait #service: Send + Sync + 'static {
            #(#methods)*
        }
        #server_about
        #[derive(Debug)]
        pub struct #server<S> {
            service: ::std::sync::Arc<S>,
        }
        impl<S: #service> #server<S> {
            /// Wraps a service.
            #[must_use]
            pub fn new(service: S) -> Self {
                Self { service: ::std::sync::Arc::new(service) }
            }
            #register
            #(#registers)*
        }
    }
    .into()
}

/// Has the needs of the operations' channels checked, each once.
fn required(ir: &Ir, operations: &[&Operation]) -> TokenStream {
    let channels: BTreeSet<_> = operations
        .iter()
        .flat_map(|operation| {
            [Some(operation.channel), operation.reply_channel]
                .into_iter()
                .flatten()
        })
        .collect();
    let names = channels
        .into_iter()
        .map(|index| ident(&ir.channels[index].ident));
    quote!(#(router.require(#names::REQUIREMENT);)*)
}

fn method(operation: &Operation) -> TokenStream {
    let about = docs(&operation.docs);
    let (name, message) = (ident(&operation.method), ident(&operation.message.ident));
    let output = match &operation.reply {
        None => quote!(()),
        Some(reply) => {
            let reply = ident(&reply.ident);
            quote!(#reply)
        }
    };
    quote! {
        #about
        fn #name(
            &self,
            message: codegen::Received<#message>,
        ) -> impl ::core::future::Future<Output = Result<#output, codegen::HandlerError>> + Send;
    }
}

fn handler(ir: &Ir, operation: &Operation, channel: &TokenStream) -> TokenStream {
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
        quote!(router.documented(#channel, codegen::policy(#policy));)
    });
    quote! {
        #policy
        let service = ::std::sync::Arc::clone(&self.service);
        router.#on(#channel, #replies move |message: codegen::Received<#message>| {
            let service = ::std::sync::Arc::clone(&service);
            async move { S::#name(&service, message).await }
        });
    }
}

/// The handler of an operation, for one of its channels and for all of them.
fn register_open(ir: &Ir, operation: &Operation) -> Vec<TokenStream> {
    let key = crate::docs::code(&operation.key);
    let (parameter, channel) = client::channel(ir, operation);
    let name = ident(&ir.channels[operation.channel].ident);
    let replies = operation.reply_channel.map(|index| {
        let replies = ident(&ir.channels[index].ident);
        quote!(router.require(#replies::REQUIREMENT);)
    });
    let one = register(
        &format!("Adds the handler of {key} for one of its channels."),
        &operation.register,
        parameter,
        &{
            let handler = handler(ir, operation, &channel);
            quote!(router.require(#name::REQUIREMENT.of_one()); #replies #handler)
        },
    );
    let all = client::every(ir, operation).map(|every| {
        register(
            &format!("Adds the handler of {key} for all of its channels at once; `metadata.channel()` tells by which a message came."),
            &operation.register_all,
            None,
            &{
                let handler = handler(ir, operation, &every);
                quote!(router.require(#name::REQUIREMENT); #replies #handler)
            },
        )
    });
    std::iter::once(one).chain(all).collect()
}

fn register(
    about: &str,
    name: &str,
    parameter: Option<TokenStream>,
    handler: &TokenStream,
) -> TokenStream {
    let (about, name) = (doc(about), ident(name));
    quote! {
        #about
        pub fn #name(&self, router: &mut codegen::Router, #parameter) {
            #handler
        }
    }
}
