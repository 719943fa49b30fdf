//! Those who send or listen: clients, publishers and subscribers.
use super::{
    code::{Piece, Pieces, block},
    docs, ident, key,
    outgoing::{Makes, twin},
};
use crate::{
    Settings,
    docs::Docs,
    ir::{Address, Ir, Operation, Style},
};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(super) fn clients<'a>(ir: &'a Ir, settings: &Settings) -> Pieces<'a> {
    let role = settings.role;
    let title = crate::docs::paragraph(&ir.title).join(" ");
    let own = role.counterpart().then(|| {
        let operations = ir.operations.iter().filter(|operation| operation.receives);
        client(
            ir,
            &ir.sides.client,
            format!("Talks to {title}. Cheap to clone."),
            operations,
        )
    });
    let peer = role.application().then(|| {
        let operations = ir
            .operations
            .iter()
            .filter(|operation| !operation.receives && operation.reply.is_some());
        client(
            ir,
            &ir.sides.peer_client,
            format!("Sends the requests that {title} makes. Cheap to clone."),
            operations,
        )
    });
    let events = || {
        ir.operations
            .iter()
            .filter(|operation| operation.style == Style::Publish)
    };
    let publishers = events()
        .filter(move |_| role.application())
        .map(move |operation| publisher(ir, operation));
    let subscribers = events()
        .filter(move |_| role.counterpart())
        .map(move |operation| subscriber(ir, operation));
    let sides = own.into_iter().flatten().chain(peer.into_iter().flatten());
    let events = publishers.chain(subscribers);
    Box::new(sides.chain(events.map(Piece::Whole)))
}

/// A client with a method for each of some operations; nothing where there are none.
fn client<'a>(
    ir: &'a Ir,
    name: &'a str,
    about: String,
    operations: impl Iterator<Item = &'a Operation> + 'a,
) -> impl Iterator<Item = Piece> + 'a {
    let mut methods = operations.map(|operation| method(ir, operation)).peekable();
    let client = methods.peek().is_some().then(|| {
        let name = ident(name);
        let holder = holder(&name, &vec![about]);
        let members = std::iter::once(new("client")).chain(methods);
        let body = block(
            TokenStream::new(),
            quote!(impl #name),
            members.map(Piece::Whole),
        );
        std::iter::once(Piece::Whole(holder)).chain(body)
    });
    client.into_iter().flatten()
}

/// A client that does one thing.
fn single(name: &str, about: &Docs, what: &str, methods: &TokenStream) -> TokenStream {
    let name = ident(name);
    let (holder, new) = (holder(&name, about), new(what));
    quote! {
        #holder
        impl #name {
            #new
            #methods
        }
    }
}

/// A struct around the runtime's client, which may have layers.
fn holder(name: &Ident, about: &Docs) -> TokenStream {
    let about = docs(about);
    quote! {
        #about
        #[derive(Debug, Clone)]
        pub struct #name {
            client: codegen::Client,
        }

        /// Over the transport of that client, with its layers.
        impl ::core::convert::From<codegen::Client> for #name {
            fn from(client: codegen::Client) -> Self {
                Self { client }
            }
        }
    }
}

/// The constructor of such a struct.
fn new(what: &str) -> TokenStream {
    let about = super::doc(&format!("A {what} over any transport."));
    quote! {
        #about
        #[must_use]
        pub fn new(transport: ::std::sync::Arc<dyn codegen::DynTransport>) -> Self {
            Self { client: codegen::Client::new(transport) }
        }
    }
}

/// The channel as a parameter, where its address is not always the same, and as an expression.
pub(crate) fn channel(ir: &Ir, operation: &Operation) -> (Option<TokenStream>, TokenStream) {
    let channel = &ir.channels[operation.channel];
    let name = ident(&channel.ident);
    match channel.address {
        Address::Fixed(_) => (None, quote!(#name::channel())),
        Address::Template { .. } | Address::Dynamic => {
            (Some(quote!(channel: &#name,)), quote!(channel.channel()))
        }
    }
}

/// Every channel of an address with parameters, as an expression.
pub(crate) fn every(ir: &Ir, operation: &Operation) -> Option<TokenStream> {
    let channel = &ir.channels[operation.channel];
    let name = ident(&channel.ident);
    matches!(channel.address, Address::Template { .. }).then(|| quote!(#name::every()))
}

fn method(ir: &Ir, operation: &Operation) -> TokenStream {
    let message = ident(&operation.message.ident);
    let reply = operation.reply.as_ref().map(|reply| ident(&reply.ident));
    let (parameter, channel) = channel(ir, operation);
    match (operation.style, reply) {
        (Style::Request, Some(reply)) => {
            request(ir, operation, (&message, &reply), (&parameter, &channel))
        }
        (Style::Gather, Some(reply)) => {
            gather(ir, operation, (&message, &reply), (&parameter, &channel))
        }
        _ => one_way(ir, operation, &message, (&parameter, &channel)),
    }
}

/// What makes a request of the variable `message`, and what has to be done before.
fn build(
    ir: &Ir,
    operation: &Operation,
    message: &Ident,
    channel: &TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let replies = asked_at(ir, operation).map(|replies| quote!(.replies(#replies)));
    let key = key::of_operation(ir, operation);
    let before = key.as_ref().map(|key| {
        quote! {
            let message: #message = message.into();
            let key = #key;
        }
    });
    let (message, key) = match key {
        None => (quote!(message.into()), None),
        Some(_) => (quote!(message), Some(quote!(.key(key)))),
    };
    (
        before,
        quote!(self.client.request_builder(#channel, #message)#key #replies),
    )
}

/// The channel that replies come by, where the document says no address for each request.
fn asked_at(ir: &Ir, operation: &Operation) -> Option<TokenStream> {
    let mut messages = operation.message.messages.iter();
    let addressed = messages.any(|index| ir.messages[*index].reply_to.is_some());
    let replies = operation.reply_channel.filter(|_| !addressed)?;
    let replies = ident(&ir.channels[replies].ident);
    Some(quote!(#replies::channel()))
}

type ChannelTokens<'a> = (&'a Option<TokenStream>, &'a TokenStream);

fn request(
    ir: &Ir,
    operation: &Operation,
    (message, reply): (&Ident, &Ident),
    (parameter, channel): ChannelTokens<'_>,
) -> TokenStream {
    let more = vec![
        "Await the request to send it; set its timeout first where 30 seconds are not right."
            .to_owned(),
    ];
    let about = docs(&crate::docs::join([operation.docs.clone(), more]));
    let name = ident(&operation.method);
    let twin = asking_twin(ir, operation, (parameter, channel));
    let (before, build) = build(ir, operation, message, channel);
    quote! {
        #about
        pub fn #name(
            &self,
            #parameter
            message: impl Into<#message>,
        ) -> codegen::Request<'_, #message, #reply> {
            #before
            #build
        }
        #twin
    }
}

fn gather(
    ir: &Ir,
    operation: &Operation,
    (message, reply): (&Ident, &Ident),
    (parameter, channel): ChannelTokens<'_>,
) -> TokenStream {
    let more = vec![
        "Gathers the replies until there are `limit` of them, or the deadline is over.".to_owned(),
    ];
    let about = docs(&crate::docs::join([operation.docs.clone(), more, errors()]));
    let name = ident(&operation.method);
    let twin = asking_twin(ir, operation, (parameter, channel));
    let (before, build) = build(ir, operation, message, channel);
    quote! {
        #about
        pub async fn #name(
            &self,
            #parameter
            message: impl Into<#message>,
            limit: usize,
            deadline: ::core::time::Duration,
        ) -> Result<codegen::Responses<#reply>, codegen::SendError> {
            #before
            let request: codegen::Request<'_, #message, #reply> = #build;
            request.gather(limit, deadline).await
        }
        #twin
    }
}

fn one_way(
    ir: &Ir,
    operation: &Operation,
    message: &Ident,
    tokens: ChannelTokens<'_>,
) -> TokenStream {
    let about = docs(&crate::docs::join([operation.docs.clone(), errors()]));
    let names = (&ident(&operation.method), &ident(&operation.outgoing));
    sending(ir, operation, message, tokens, &about, names)
}

/// A method that sends a message, and one that makes it ready to be sent.
fn sending(
    ir: &Ir,
    operation: &Operation,
    message: &Ident,
    (parameter, channel): ChannelTokens<'_>,
    about: &TokenStream,
    (send, outgoing): (&Ident, &Ident),
) -> TokenStream {
    let argument = parameter.as_ref().map(|_| quote!(channel,));
    let names = (send, outgoing);
    let twin = twin(ir, operation, &Makes::Message, names, (parameter, channel));
    quote! {
        #about
        pub async fn #send(
            &self,
            #parameter
            message: impl Into<#message>,
        ) -> Result<(), codegen::SendError> {
            self.client.publish_made(Self::#outgoing(#argument message)?).await
        }
        #twin
    }
}

/// The twin of a method that asks.
fn asking_twin(ir: &Ir, operation: &Operation, tokens: ChannelTokens<'_>) -> TokenStream {
    let names = (&ident(&operation.method), &ident(&operation.outgoing));
    let makes = Makes::Request(asked_at(ir, operation));
    twin(ir, operation, &makes, names, tokens)
}

fn errors() -> Docs {
    vec![
        "# Errors".to_owned(),
        "When the message is not valid, or the transport does not take it.".to_owned(),
    ]
}

fn publisher(ir: &Ir, operation: &Operation) -> TokenStream {
    let (parameter, channel) = channel(ir, operation);
    let message = ident(&operation.message.ident);
    let about = docs(&crate::docs::join([
        vec!["Publishes a message.".to_owned()],
        errors(),
    ]));
    let names = (&ident("publish"), &ident("outgoing"));
    let methods = sending(
        ir,
        operation,
        &message,
        (&parameter, &channel),
        &about,
        names,
    );
    let about = crate::docs::join([
        operation.docs.clone(),
        vec!["The publishing side.".to_owned()],
    ]);
    single(&operation.publisher, &about, "publisher", &methods)
}

fn subscriber(ir: &Ir, operation: &Operation) -> TokenStream {
    let (parameter, channel) = channel(ir, operation);
    let message = ident(&operation.message.ident);
    let all = every(ir, operation).map(|every| {
        quote! {
            /// Listens to every channel of the address at once; `metadata().channel()` of what comes tells by which.
            ///
            /// # Errors
            /// When the transport has no wildcards, or cannot subscribe.
            pub async fn subscribe_all(
                &self,
                group: Option<&str>,
            ) -> Result<codegen::Subscription<#message>, codegen::Error> {
                self.client.subscribe(&#every, group).await
            }
        }
    });
    let methods = quote! {
        /// Listens. Subscribers of one group share the messages; without a group each gets all.
        ///
        /// # Errors
        /// When the transport cannot subscribe.
        pub async fn subscribe(
            &self,
            #parameter
            group: Option<&str>,
        ) -> Result<codegen::Subscription<#message>, codegen::Error> {
            self.client.subscribe(&#channel, group).await
        }
        #all
    };
    let about = crate::docs::join([
        operation.docs.clone(),
        vec!["The listening side.".to_owned()],
    ]);
    single(&operation.subscriber, &about, "subscriber", &methods)
}
