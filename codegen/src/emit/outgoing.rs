//! The twins of what sends messages, which only make them.
use super::{docs, ident, key};
use crate::ir::{Ir, Operation};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// What a twin makes.
pub(super) enum Makes {
    /// A message that nobody answers.
    Message,
    /// A request, whose replies come by that channel, or by one that the caller tells.
    Request(Option<TokenStream>),
}

/// The twin of the method `send`: a function of that name without a client.
pub(super) fn twin(
    ir: &Ir,
    operation: &Operation,
    makes: &Makes,
    (send, name): (&Ident, &Ident),
    (parameter, channel): (&Option<TokenStream>, &TokenStream),
) -> TokenStream {
    let message = ident(&operation.message.ident);
    let replies = matches!(makes, Makes::Request(None));
    let replies = replies.then(|| quote!(replies: &codegen::Channel,));
    let made = match makes {
        Makes::Message => quote!(codegen::outgoing(&#channel, &message)),
        Makes::Request(None) => {
            quote!(codegen::outgoing_request(&#channel, &message, Some(replies)))
        }
        Makes::Request(Some(_)) => {
            quote!(codegen::outgoing_request(&#channel, &message, None))
        }
    };
    let make = match key::of_operation(ir, operation) {
        None => made,
        Some(key) => quote! {
            let key = #key;
            Ok(#made?.with_key(key))
        },
    };
    let about = about(makes, send);
    quote! {
        #about
        pub fn #name(
            #parameter
            message: impl Into<#message>,
            #replies
        ) -> Result<codegen::Outgoing, codegen::SendError> {
            let message: #message = message.into();
            #make
        }
    }
}

fn about(makes: &Makes, send: &Ident) -> TokenStream {
    let method = crate::docs::code(&send.to_string());
    let replies = match makes {
        Makes::Message => String::new(),
        Makes::Request(Some(replies)) => {
            let replies = replies.to_string().replace(' ', "");
            format!(
                " Its replies come by [`{}`].",
                replies.trim_end_matches("::channel()")
            )
        }
        Makes::Request(None) => " Its replies go to the channel `replies`.".to_owned(),
    };
    docs(&[
        format!(
            "The message that {method} sends, to be stored, or collected by the context of a handler.{replies}"
        ),
        String::new(),
        "# Errors".to_owned(),
        "When the message is not valid.".to_owned(),
    ])
}
