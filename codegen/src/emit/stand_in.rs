//! A service that answers with the document's examples, and the test that it handles them.
use super::{client, ident, service::Side};
use crate::ir::{Ir, Message, Operation};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// Whether there is an example of an answer wherever there is one of a question.
pub(super) fn can_answer(ir: &Ir, side: &Side<'_>) -> bool {
    side.operations.iter().all(|operation| {
        let is_asked = ir.with_examples(&operation.message).next().is_some();
        !is_asked || operation.reply.is_none() || answer(ir, operation).is_some()
    })
}

/// The reply of an operation that has an example.
fn answer<'a>(ir: &'a Ir, operation: &Operation) -> Option<&'a Message> {
    ir.with_examples(operation.reply.as_ref()?).next()
}

/// The stand-in of a service, and its test; it adds the types that they name.
pub(super) fn stand_in(ir: &Ir, side: &Side<'_>, used: &mut BTreeSet<String>) -> TokenStream {
    let (service, test) = (ident(side.service), ident(side.contract));
    let name = format_ident!("Any{}", side.service);
    used.insert(side.service.to_owned());
    let methods: Vec<_> = side
        .operations
        .iter()
        .map(|operation| method(ir, operation, used))
        .collect();
    quote! {
        struct #name;

        impl #service for #name {
            #(#methods)*
        }

        #[test]
        fn #test() -> Result<(), codegen::BoxError> {
            codegen::run(super::#test(#name))
        }
    }
}

fn method(ir: &Ir, operation: &Operation, used: &mut BTreeSet<String>) -> TokenStream {
    let (name, message) = (ident(&operation.method), ident(&operation.message.ident));
    used.insert(operation.message.ident.clone());
    let channel = client::has_parameters(ir, operation).then(|| {
        let channel = &ir.channels[operation.channel].ident;
        used.insert(channel.clone());
        let channel = ident(channel);
        quote!(_: #channel,)
    });
    let (output, answer) = match (&operation.reply, answer(ir, operation)) {
        (None, _) => (quote!(()), quote!(Ok(()))),
        (Some(reply), answer) => {
            used.insert(reply.ident.clone());
            let answer = match answer.map(|message| ident(&message.examples_ident)) {
                Some(examples) => quote!(#examples.answer()),
                None => quote!(Err(codegen::HandlerError::reject("there is no example"))),
            };
            let reply = ident(&reply.ident);
            (quote!(#reply), answer)
        }
    };
    quote! {
        async fn #name(&self, #channel _: codegen::Received<#message>) -> Result<#output, codegen::HandlerError> {
            #answer
        }
    }
}
