//! The typed headers of messages: a struct, and the name of each on the wire.
use super::{derives::derives, docs, ident, limits, ty};
use crate::ir::{Headers, Ir, Message, Traits};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeSet;

pub(crate) fn headers(ir: &Ir, headers: &Headers) -> TokenStream {
    let name = ident(&headers.ident);
    let about = docs(&headers.docs);
    let derives = derives(
        Traits {
            copy: false,
            ..headers.traits
        },
        &[],
    );
    let fields = headers.fields.iter().map(|field| {
        let (about, name, slot) = (docs(&field.docs), ident(&field.ident), ty(ir, &field.slot));
        let slot = if field.required {
            slot
        } else {
            quote!(Option<#slot>)
        };
        let seen = match field.fixed(ir) {
            Some(_) => quote!(pub(crate)),
            None => quote!(pub),
        };
        quote!(#about #seen #name: #slot,)
    });
    let wires = headers.fields.iter().map(|field| {
        let (name, wire) = (ident(&field.ident), &field.wire);
        let how = ident(if field.required {
            "required"
        } else {
            "optional"
        });
        quote!(#name = #how(#wire);)
    });
    let validate = headers.validates.then(|| {
        let fields = headers.fields.iter().map(limits::Property::of);
        limits::validation(ir, &headers.ident, fields)
    });
    quote! {
        #about
        #derives
        #[non_exhaustive]
        pub struct #name {
            #(#fields)*
        }
        codegen::headers! {
            #name;
            #(#wires)*
        }
        #validate
    }
}

/// The headers that the document describes of any of the messages.
pub(super) fn described(ir: &Ir, messages: &[&Message]) -> Option<TokenStream> {
    let headers = messages.iter().filter_map(|message| message.headers);
    let fields = headers.flat_map(|index| &ir.headers[index].fields);
    let names: BTreeSet<_> = fields.map(|field| &field.wire).collect();
    let names = names.into_iter();
    (names.len() > 0).then(|| quote!(headers![#(#names),*];))
}
