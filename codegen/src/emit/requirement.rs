//! What channels need of a transport, as constants.
use super::{ident, integer};
use crate::ir::{Address, Channel, Ir};
use proc_macro2::TokenStream;
use quote::quote;

/// The constant of one channel.
pub(super) fn requirement(channel: &Channel) -> TokenStream {
    let kind = ident(match channel.publish_subscribe {
        true => "PublishSubscribe",
        false => "PointToPoint",
    });
    let key = &channel.key;
    let address = match channel.address {
        Address::Dynamic => quote!(#key),
        Address::Fixed(_) | Address::Template { .. } => quote!(Self::ADDRESS),
    };
    let needs = &channel.needs;
    let flags = [
        (needs.groups, "with_groups"),
        (needs.key_order, "with_key_order"),
        (needs.replies, "with_replies"),
        (needs.wildcards, "with_wildcards"),
    ];
    let flags = flags.into_iter().filter(|(is_needed, _)| *is_needed);
    let flags = flags.map(|(_, name)| ident(name));
    let sizes = [
        (i128::from(needs.delay_seconds), "with_delay"),
        (needs.header_bytes as i128, "with_header_bytes"),
        (needs.message_bytes as i128, "with_message_bytes"),
    ];
    let sizes = sizes.into_iter().filter(|(size, _)| *size > 0);
    let sizes = sizes.map(|(size, name)| {
        let (name, size) = (ident(name), integer(size));
        quote!(.#name(#size))
    });
    quote! {
        /// What it needs of a transport.
        pub const REQUIREMENT: codegen::Requirement =
            codegen::Requirement::new(codegen::ChannelKind::#kind, #address)#(.#flags())*#(#sizes)*;
    }
}

/// That of all channels.
pub(super) fn requirements(ir: &Ir) -> Option<TokenStream> {
    let names: Vec<_> = ir
        .channels
        .iter()
        .map(|channel| ident(&channel.ident))
        .collect();
    (!names.is_empty()).then(|| {
        quote! {
            /// What every channel needs of a transport: see [`codegen::Requirement::check`].
            pub const REQUIREMENTS: &[codegen::Requirement] = &[#(#names::REQUIREMENT),*];
        }
    })
}
