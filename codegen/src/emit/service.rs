//! Those who are asked: service traits, and what routes messages to them.
use super::{
    client,
    code::{Piece, Pieces, block},
    doc, docs,
    handler::handler,
    ident, register,
};
use crate::{
    Role, Settings,
    ir::{ChannelIdx, Ir, Operation},
};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeSet;

/// Those of a side who are asked, and what they are asked.
pub(super) struct Side<'a> {
    pub(super) service: &'a str,
    pub(super) server: &'a str,
    /// What sends it examples.
    pub(super) contract: &'a str,
    pub(super) operations: Vec<&'a Operation>,
}

/// The application's side and the other, where the role has them and they are asked anything.
pub(super) fn sides(ir: &Ir, role: Role) -> [Option<Side<'_>>; 2] {
    let names = &ir.sides;
    let application = |operation: &&Operation| operation.receives && role.application();
    let counterpart = |operation: &&Operation| {
        !operation.receives && operation.reply.is_some() && role.counterpart()
    };
    let own = ir.operations.iter().filter(application).collect();
    let peer = ir.operations.iter().filter(counterpart).collect();
    let own = Side {
        service: &names.service,
        server: &names.server,
        contract: &names.contract,
        operations: own,
    };
    let peer = Side {
        service: &names.peer_service,
        server: &names.peer_server,
        contract: &names.peer_contract,
        operations: peer,
    };
    [own, peer].map(|side| (!side.operations.is_empty()).then_some(side))
}

pub(super) fn services<'a>(ir: &'a Ir, settings: &Settings) -> Pieces<'a> {
    let title = crate::docs::paragraph(&ir.title).join(" ");
    let [own, peer] = sides(ir, settings.role);
    let own = own.map(|side| service(ir, side, format!("What {title} does."), sent(ir, false)));
    let about = format!("What answers the requests of {title}.");
    let peer = peer.map(|side| service(ir, side, about, sent(ir, true)));
    Box::new(own.into_iter().chain(peer).flatten())
}

fn service<'a>(
    ir: &'a Ir,
    side: Side<'a>,
    about: String,
    sent: BTreeSet<ChannelIdx>,
) -> impl Iterator<Item = Piece> + 'a {
    let Side {
        service,
        server,
        operations,
        ..
    } = side;
    let about = doc(&format!(
        "{about} Implement it with `async fn`s, and wrap it in [`{server}`]."
    ));
    let server_about = doc(&format!("Routes messages to a [`{service}`]."));
    let (service, server) = (ident(service), ident(server));
    let holder = quote! {
        #server_about
        #[derive(Debug)]
        pub struct #server<S> {
            service: ::std::sync::Arc<S>,
        }
    };
    let methods = operations.clone().into_iter();
    let methods = methods.map(move |operation| method(ir, operation));
    let contract = block(
        about,
        quote!(pub trait #service: Send + Sync + 'static),
        methods.map(Piece::Whole),
    );
    let server = block(
        TokenStream::new(),
        quote!(impl<S: #service> #server<S>),
        registration(ir, operations, sent),
    );
    contract.chain([Piece::Whole(holder)]).chain(server)
}

/// The constructor of what routes messages, and its methods.
fn registration<'a>(
    ir: &'a Ir,
    operations: Vec<&'a Operation>,
    mut sent: BTreeSet<ChannelIdx>,
) -> impl Iterator<Item = Piece> + 'a {
    // What is handled is asked for anyway, and another server's is sent by another transport.
    sent.retain(|index| {
        let handled = |operation: &&Operation| [Some(operation.channel), operation.reply_channel];
        let mut handled = operations.iter().flat_map(handled).flatten();
        let meets = |other| ir.channels[*index].meets(&ir.channels[other]);
        handled.clone().all(|other| other != *index) && handled.any(meets)
    });
    let new = quote! {
        /// Wraps a service.
        #[must_use]
        pub fn new(service: S) -> Self {
            Self { service: ::std::sync::Arc::new(service) }
        }
    };
    let (fixed, open): (Vec<_>, Vec<_>) = operations
        .into_iter()
        .partition(|operation| client::channel(ir, operation).0.is_none());
    let register = (!fixed.is_empty()).then(|| {
        let required = required(ir, &fixed, !sent.is_empty());
        let handlers = fixed.into_iter().map(|operation| {
            let channel = client::channel(ir, operation).1;
            handler(ir, operation, &channel, &channel)
        });
        block(
            doc("Adds the handlers of all operations whose channel has a fixed address."),
            quote!(pub fn register(&self, router: &mut codegen::Router)),
            [required].into_iter().chain(handlers).map(Piece::Whole),
        )
    });
    let requires = (!sent.is_empty()).then(|| require_sent(ir, &sent));
    let has_sent = requires.is_some();
    let registers = open
        .into_iter()
        .map(move |operation| register::register(ir, operation, has_sent));
    let members = [Piece::Whole(new)]
        .into_iter()
        .chain(register.into_iter().flatten());
    let last = registers.chain(requires).map(Piece::Whole);
    members.chain(last)
}

/// The channels that a side sends to, the application's or its counterpart's, and those that replies to that come by.
fn sent(ir: &Ir, by_counterpart: bool) -> BTreeSet<ChannelIdx> {
    let operations = ir.operations.iter();
    let sends = operations.filter(|operation| operation.receives == by_counterpart);
    let channels = sends.flat_map(|operation| [Some(operation.channel), operation.reply_channel]);
    channels.flatten().collect()
}

/// Has the needs of channels checked that are only sent to.
fn require_sent(ir: &Ir, sent: &BTreeSet<ChannelIdx>) -> TokenStream {
    let needs = sent.iter().map(|index| {
        let channel = &ir.channels[*index];
        let name = ident(&channel.ident);
        let of_one = channel.needs.wildcards.then(|| quote!(.of_one()));
        quote!(router.require(#name::REQUIREMENT #of_one);)
    });
    quote! {
        /// What this side sends to.
        fn require_sent(router: &mut codegen::Router) {
            #(#needs)*
        }
    }
}

/// Has the needs of the operations' channels checked, each once.
fn required(ir: &Ir, operations: &[&Operation], has_sent: bool) -> TokenStream {
    let sent = has_sent.then(|| quote!(Self::require_sent(router);));
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
    quote!(#(router.require(#names::REQUIREMENT);)* #sent)
}

fn method(ir: &Ir, operation: &Operation) -> TokenStream {
    let about = docs(&operation.docs);
    let channel = client::has_parameters(ir, operation).then(|| {
        let name = ident(&ir.channels[operation.channel].ident);
        quote!(channel: #name,)
    });
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
            #channel
            message: codegen::Received<#message>,
        ) -> impl codegen::Answer<#output>;
    }
}
