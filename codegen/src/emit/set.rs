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
    let conversions = variants.iter().zip(&set.boxed).map(|(variant, boxed)| {
        let value = if *boxed {
            quote!(Box::new(message))
        } else {
            quote!(message)
        };
        quote! {
            impl From<#variant> for #name {
                fn from(message: #variant) -> Self {
                    Self::#variant(#value)
                }
            }
        }
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
        #(#conversions)*
        impl codegen::TypedMessage for #name {
            const NAMES: &'static [&'static str] = &[#(#names),*];
            const CANDIDATES: &'static [codegen::Candidate<Self>] = &[#(codegen::Candidate::of::<#variants>()),*];
            #headers

            fn encode(&self) -> Result<codegen::Message, codegen::InvalidMessage> {
                match self {
                    #(Self::#variants(message) => message.encode(),)*
                }
            }
            fn decode(message: &codegen::Message) -> Result<Self, codegen::InvalidMessage> {
                codegen::decode_one(message, Self::CANDIDATES)
            }
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
