//! What channels need of a transport, as constants.
use super::{ident, integer};
use crate::ir::{Channel, Ir};
use proc_macro2::TokenStream;
use quote::quote;

/// What one channel needs, where it needs anything.
pub(super) fn needs(channel: &Channel) -> Option<TokenStream> {
    let needs = &channel.needs;
    let flags = [
        (needs.groups, "with_groups"),
        (needs.key_order, "with_key_order"),
        (needs.replies, "with_replies"),
        (needs.wildcards, "with_wildcards"),
    ];
    let flags = flags.into_iter().filter(|(is_needed, _)| *is_needed);
    let flags = flags.map(|(_, name)| {
        let name = ident(name);
        quote!(.#name())
    });
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
    let needs: Vec<_> = flags.chain(sizes).collect();
    (!needs.is_empty()).then(|| quote!(needs #(#needs)*;))
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
