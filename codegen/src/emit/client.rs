//! Those who send or listen: a client for each side, with a method for each operation.
use super::{
    code::{Piece, Pieces, block},
    docs, ident, key,
};
use crate::{
    Settings,
    docs::{Docs, join},
    ir::{Address, Ir, Operation, Set, Style},
};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(super) fn clients<'a>(ir: &'a Ir, settings: &Settings) -> Pieces<'a> {
    let role = settings.role;
    let title = crate::docs::paragraph(&ir.title).join(" ");
    let own = role.counterpart().then(|| {
        let methods = ir.operations.iter().filter_map(move |operation| {
            match (operation.receives, operation.style) {
                (true, _) => Some(method(ir, operation)),
                (false, Style::Publish) => Some(subscribe(ir, operation)),
                (false, _) => None,
            }
        });
        let about = format!("Talks to {title}, and listens to it. Cheap to clone.");
        client(&ir.sides.client, about, methods)
    });
    let peer = role.application().then(|| {
        let operations = ir.operations.iter();
        let methods = operations
            .filter(|operation| !operation.receives)
            .map(move |operation| method(ir, operation));
        let about = format!("Sends what {title} sends. Cheap to clone.");
        client(&ir.sides.peer_client, about, methods)
    });
    let sides = own.into_iter().flatten();
    Box::new(sides.chain(peer.into_iter().flatten()))
}

/// A client with methods; nothing where there are none.
fn client<'a>(
    name: &'a str,
    about: String,
    methods: impl Iterator<Item = TokenStream> + 'a,
) -> impl Iterator<Item = Piece> + 'a {
    let mut methods = methods.peekable();
    let client = methods.peek().is_some().then(|| {
        let name = ident(name);
        let holder = holder(&name, &vec![about]);
        let body = block(
            TokenStream::new(),
            quote!(impl #name),
            methods.map(Piece::Whole),
        );
        std::iter::once(Piece::Whole(holder)).chain(body)
    });
    client.into_iter().flatten()
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
        codegen::client!(#name);
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

/// One or many channels of an address with parameters as a parameter, and as an expression; else as [`channel`].
pub(crate) fn channels(ir: &Ir, operation: &Operation) -> (Option<TokenStream>, TokenStream) {
    let channel = &ir.channels[operation.channel];
    match channel.address {
        Address::Template { .. } => {
            let filter = ident(&channel.filter);
            (
                Some(quote!(channels: impl Into<#filter>,)),
                quote!(Into::<#filter>::into(channels).channel()),
            )
        }
        Address::Fixed(_) | Address::Dynamic => self::channel(ir, operation),
    }
}

/// Whether the channel is one of several, told apart by parameters of their address.
pub(crate) fn has_parameters(ir: &Ir, operation: &Operation) -> bool {
    let address = &ir.channels[operation.channel].address;
    matches!(address, Address::Template { .. })
}

/// What sends the message of an operation, seen by whoever calls it.
fn method(ir: &Ir, operation: &Operation) -> TokenStream {
    let message = ident(&operation.message.ident);
    let (parameter, channel) = channel(ir, operation);
    let (output, more) = match &operation.reply {
        Some(reply) => {
            let reply = ident(&reply.ident);
            let replies = asked_at(ir, operation).map(|replies| quote!(.replies(#replies)));
            (quote!(Request<'_, #message, #reply>), replies)
        }
        None => (quote!(Publish<'_, #message>), None),
    };
    let (make, with_key) = match operation.reply {
        Some(_) => ("requesting", "Request"),
        None => ("publishing", "Publish"),
    };
    let (make, with_key) = (ident(make), ident(with_key));
    let made = match key::of_operation(ir, operation) {
        None => quote!(self.client.#make(#channel, message)),
        Some(key) => quote! {
            let message: #message = message.into();
            let key = #key;
            codegen::#with_key::new(&self.client, #channel, message, key)
        },
    };
    let about = docs(&about(operation));
    let name = ident(&operation.method);
    quote! {
        #about
        pub fn #name(&self, #parameter message: impl Into<#message>) -> codegen::#output {
            #made #more
        }
    }
}

/// The channel that replies come by, where the document says no address for each request.
pub(super) fn asked_at(ir: &Ir, operation: &Operation) -> Option<TokenStream> {
    let mut messages = operation.message.messages.iter();
    let addressed = messages.any(|index| ir.messages[*index].reply_to.is_some());
    let replies = operation.reply_channel.filter(|_| !addressed)?;
    let replies = ident(&ir.channels[replies].ident);
    Some(quote!(#replies::channel()))
}

/// What the call does, what the document says of the operation, and what is done with what the call gives.
fn about(operation: &Operation) -> Docs {
    let message = link(&operation.message);
    let reply = operation.reply.as_ref().map(link).unwrap_or_default();
    let does = match operation.style {
        Style::Request => format!(
            "Asks by {message}, which is answered by {reply}. Await it to send it and get the reply; set its timeout first where 30 seconds are not right."
        ),
        Style::Gather => format!(
            "Asks all by {message}; each answers by {reply}. Its replies are gathered until there are so many of them, or the time is over; awaited, it gets the first."
        ),
        Style::OneWay => format!("Sends {message}, which nobody answers. Await it to send it."),
        Style::Publish => format!("Publishes {message}. Await it to publish it."),
    };
    join([vec![does], operation.docs.clone()])
}

fn link(set: &Set) -> String {
    format!("[`{}`]", set.ident)
}

/// What listens to the events of an operation.
fn subscribe(ir: &Ir, operation: &Operation) -> TokenStream {
    let (parameter, channels) = channels(ir, operation);
    let message = ident(&operation.message.ident);
    let name = ident(&operation.subscribe);
    let does = format!("Listens to {}.", link(&operation.message));
    let refusal = match has_parameters(ir, operation) {
        true => {
            "When the transport cannot subscribe, or has no wildcards where these are several channels."
        }
        false => "When the transport cannot subscribe.",
    };
    let does = format!(
        "{does} Subscribers of one group share the messages; without a group each gets all."
    );
    let refusal = ["# Errors".to_owned(), refusal.to_owned()].to_vec();
    let about = docs(&join([vec![does], operation.docs.clone(), refusal]));
    quote! {
        #about
        pub async fn #name(
            &self,
            #parameter
            group: Option<&str>,
        ) -> Result<codegen::Subscription<#message>, codegen::Error> {
            self.client.subscribe(&#channels, group).await
        }
    }
}
