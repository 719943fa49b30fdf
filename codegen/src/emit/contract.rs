//! What the document's examples say of code: the examples, what sends them to a service, and tests.
use super::{
    client,
    code::{Code, Piece, Pieces},
    doc, ident, json_text,
    service::{Side, sides},
    stand_in::{can_answer, stand_in},
};
use crate::{
    Settings,
    ir::{Address, Channel, Codec, Ir, Message, Operation},
};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::BTreeSet;

/// What the module says of itself.
pub(super) const ABOUT: &str = "The document's examples, and what sends them to a service.";

/// Nothing where there are no tests, or nothing to make them of.
pub(super) fn contract<'a>(ir: &'a Ir, settings: &Settings) -> Pieces<'a> {
    let messages = ir
        .messages
        .iter()
        .filter(|message| !message.examples.is_empty());
    let messages: Vec<_> = messages.collect();
    if !settings.tests || messages.is_empty() {
        return Box::new(std::iter::empty());
    }
    let sides = sides(ir, settings.role).into_iter().flatten();
    let sides: Vec<_> = sides.filter(|side| is_asked(ir, side)).collect();
    let examples = messages.iter().map(|message| examples(ir, message));
    let services = sides.iter().map(|side| sends(ir, side));
    let tests = tests(ir, &messages, &sides);
    let items: Vec<_> = examples.chain(services).chain([tests]).collect();
    Box::new(items.into_iter().map(Piece::Whole))
}

/// The same in a module of its own, within the file of that code.
pub(super) fn module<'a>(ir: &'a Ir, settings: &Settings, code: &Code) -> Pieces<'a> {
    let alone = Code::of(contract(ir, settings));
    let used = code.defined.iter();
    let used = used.filter(|name| alone.mentioned.contains(*name));
    let used: Vec<_> = used.map(|name| ident(name)).collect();
    let items = contract(ir, settings).map(|piece| match piece {
        Piece::Whole(tokens) => tokens,
        Piece::Open(..) | Piece::Close => TokenStream::new(),
    });
    let about = doc(ABOUT);
    let module = (!alone.is_empty()).then(|| {
        quote! {
            #about
            pub mod contract {
                use ::tidings::codegen;
                use super::{#(#used),*};
                #(#items)*
            }
        }
    });
    Box::new(module.into_iter().map(Piece::Whole))
}

fn is_asked(ir: &Ir, side: &Side<'_>) -> bool {
    let mut operations = side.operations.iter();
    operations.any(|operation| ir.with_examples(&operation.message).next().is_some())
}

/// The examples of a message as a static.
fn examples(ir: &Ir, message: &Message) -> TokenStream {
    let about = doc(&format!("The examples of [`{}`].", message.ident));
    let (name, ty) = (ident(&message.examples_ident), ident(&message.ident));
    let write = ident(match message.codec {
        Codec::MessagePack => "message_pack",
        Codec::Cbor => "cbor",
        Codec::Text => "text",
        Codec::Json | Codec::Avro(_) | Codec::Protobuf(_) | Codec::Bytes => "json",
    });
    let all = message.examples.iter().map(|example| {
        let (name, headers) = (&example.name, json_text(&example.headers));
        let payload = json_text(example.payload.as_deref().unwrap_or_default());
        quote!(codegen::Example::new(#name, #headers, #payload))
    });
    let dropping = (!ir.is_whole).then(|| quote!(.dropping()));
    quote! {
        #about
        pub static #name: codegen::Examples<#ty> = codegen::Examples::new(codegen::#write, &[#(#all),*])#dropping;
    }
}

/// The function that sends a service all examples of what it is asked.
fn sends(ir: &Ir, side: &Side<'_>) -> TokenStream {
    let (service, server) = (ident(side.service), ident(side.server));
    let name = ident(side.contract);
    let is_open = |operation: &&&Operation| client::channel(ir, operation).0.is_some();
    let open: Vec<_> = side.operations.iter().filter(is_open).collect();
    let fixed = (open.len() < side.operations.len()).then(|| quote!(server.register(&mut router);));
    let open = open.into_iter().map(|operation| {
        let (register, channel) = (ident(&operation.register), open_channel(ir, operation));
        quote!(server.#register(&mut router, &#channel);)
    });
    let sent = side.operations.iter().flat_map(|operation| {
        ir.with_examples(&operation.message)
            .map(move |message| send(ir, operation, message))
    });
    quote! {
        /// Sends a service in process the examples of all that it is asked, each of which is tried once.
        ///
        /// # Errors
        /// When it does not handle one, or answers other than the document says.
        pub async fn #name(service: impl #service) -> Result<(), codegen::BoxError> {
            let server = #server::new(service);
            let mut router = codegen::Router::new();
            #fixed
            #(#open)*
            let harness = codegen::Harness::strict(router).await?;
            #(#sent)*
            Ok(())
        }
    }
}

/// Sends all examples of a message of an operation.
fn send(ir: &Ir, operation: &Operation, message: &Message) -> TokenStream {
    let examples = ident(&message.examples_ident);
    let channel = match client::channel(ir, operation) {
        (None, channel) => channel,
        (Some(_), _) => {
            let channel = open_channel(ir, operation);
            quote!(#channel.channel())
        }
    };
    let Some(reply) = &operation.reply else {
        return quote!(harness.tell(&#channel, &#examples).await?;);
    };
    let reply = ident(&reply.ident);
    let replies = match client::asked_at(ir, operation) {
        Some(replies) => quote!(Some(#replies)),
        None => quote!(None),
    };
    quote!(harness.ask::<_, #reply>(&#channel, #replies, &#examples).await?;)
}

/// A channel of an address that is not always the same.
fn open_channel(ir: &Ir, operation: &Operation) -> TokenStream {
    let channel = &ir.channels[operation.channel];
    let name = ident(&channel.ident);
    if matches!(channel.address, Address::Dynamic) {
        return quote!(#name::new("example"));
    }
    let values = values(channel).map(|(field, value)| quote!(#field: #value.parse()?));
    quote!(#name { #(#values),* })
}

/// A value for each parameter: the first that is listed, or any.
fn values(channel: &Channel) -> impl Iterator<Item = (Ident, &str)> {
    channel.parameters.iter().map(|parameter| {
        let listed = parameter.values.first().map(|value| &*value.wire);
        (ident(&parameter.field), listed.unwrap_or("example"))
    })
}

/// A test of each message that has examples, and one of each service.
fn tests(ir: &Ir, messages: &[&Message], sides: &[Side<'_>]) -> TokenStream {
    let mut used = BTreeSet::new();
    let messages = messages.iter().map(|message| {
        let (name, examples) = (ident(&message.test), ident(&message.examples_ident));
        quote! {
            #[test]
            fn #name() -> Result<(), codegen::BoxError> {
                #examples.check()
            }
        }
    });
    let sides = sides.iter().filter(|side| can_answer(ir, side));
    let services: Vec<_> = sides.map(|side| stand_in(ir, side, &mut used)).collect();
    let used = used.iter().map(|name| ident(name));
    let uses = (!services.is_empty()).then(|| quote!(use super::super::{#(#used),*};));
    quote! {
        #[cfg(test)]
        mod tests {
            use super::*;
            #uses
            #(#messages)*
            #(#services)*
        }
    }
}
