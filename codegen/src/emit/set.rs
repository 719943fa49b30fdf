//! Enums of the messages that an operation takes or gives.
use super::{derives::derives, doc, docs, headers::described, ident};
use crate::ir::{Ir, Message, Operation, Set, Style, Traits};
use proc_macro2::TokenStream;
use quote::quote;

/// The enum for several messages of an operation.
pub(crate) fn set(ir: &Ir, operation: &Operation, set: &Set, reply: bool) -> Option<TokenStream> {
    if set.messages.len() < 2 {
        return None;
    }
    let name = ident(&set.ident);
    let key = crate::docs::code(&operation.key);
    let what = if reply { "reply to" } else { "message of" };
    if let Some((other, enumeration)) = &set.same {
        let other = crate::docs::code(other);
        let about = doc(&format!(
            "Every {what} {key}, the same as every {what} {other}."
        ));
        let enumeration = ident(enumeration);
        return Some(quote!(#about pub type #name = #enumeration;));
    }
    let about = doc(&format!("Every {what} {key}."));
    // A new event must not break those who listen; a new reply is for the requester to handle.
    let open = (operation.style == Style::Publish).then(|| quote!(#[non_exhaustive]));
    let messages: Vec<&Message> = set
        .messages
        .iter()
        .map(|index| &ir.messages[*index])
        .collect();
    let derives = derives(
        Traits {
            eq: messages.iter().all(|message| message.traits.eq),
            ..Traits::default()
        },
        &[],
    );
    let variants: Vec<_> = set.variants.iter().map(|name| ident(name)).collect();
    let alternatives =
        messages
            .iter()
            .zip(&variants)
            .zip(&set.boxed)
            .map(|((message, name), boxed)| {
                let (about, ty) = (
                    docs(&message.docs),
                    if *boxed {
                        quote!(Box<#name>)
                    } else {
                        quote!(#name)
                    },
                );
                quote!(#about #name(#ty),)
            });
    let names = wires(&messages);
    let headers = described(ir, &messages);
    Some(quote! {
        #about
        #derives
        #open
        pub enum #name {
            #(#alternatives)*
        }
        codegen::set! {
            #name;
            variants![#(#variants),*];
            names![#(#names),*];
            #headers
        }
    })
}

/// Names on the wire, each once.
fn wires<'a>(messages: &[&'a Message]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for message in messages {
        if !names.contains(&message.wire.as_str()) {
            names.push(&message.wire);
        }
    }
    names
}
