//! Keys of messages, as expressions.
use super::ident;
use crate::ir::{Ir, Key, KeyPart, Kind, Message, Operation, Step};
use proc_macro2::TokenStream;
use quote::quote;

/// The key that a message sets itself, which is the variable `message`.
pub(super) fn of_message(ir: &Ir, message: &Message) -> Option<TokenStream> {
    key(ir, &quote!(message), message, &message.key, None)
}

/// The key that an operation gives its message, which is the variable `message`; nothing where it gives none.
pub(super) fn of_operation(ir: &Ir, operation: &Operation) -> Option<TokenStream> {
    let set = &operation.message;
    let one = |place: usize| {
        let (index, key) = (set.messages.get(place)?, operation.keys.get(place)?);
        self::key(
            ir,
            &quote!(message),
            &ir.messages[*index],
            key,
            Some(operation),
        )
    };
    if set.messages.len() < 2 {
        return one(0);
    }
    let keys: Vec<_> = (0..set.messages.len()).map(one).collect();
    keys.iter().any(Option::is_some).then_some(())?;
    let name = ident(&set.ident);
    let arms = set.variants.iter().zip(&keys).filter_map(|(variant, key)| {
        let (variant, key) = (ident(variant), key.as_ref()?);
        Some(quote!(#name::#variant(message) => #key,))
    });
    let without = set
        .variants
        .iter()
        .zip(&keys)
        .filter(|(_, key)| key.is_none());
    let without: Vec<_> = without.map(|(variant, _)| ident(variant)).collect();
    let rest = (!without.is_empty()).then(|| quote!(#(#name::#without(_))|* => None,));
    Some(quote!(match &message { #(#arms)* #rest }))
}

fn key(
    ir: &Ir,
    base: &TokenStream,
    message: &Message,
    key: &Key,
    operation: Option<&Operation>,
) -> Option<TokenStream> {
    let parts = key
        .iter()
        .map(|part| self::part(ir, base, message, part, operation));
    let parts: Vec<_> = parts.collect::<Option<_>>()?;
    match &parts[..] {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(quote!(codegen::keys([#(#several),*]))),
    }
}

fn part(
    ir: &Ir,
    base: &TokenStream,
    message: &Message,
    part: &KeyPart,
    operation: Option<&Operation>,
) -> Option<TokenStream> {
    Some(match part {
        KeyPart::Payload { options, steps } => way(ir, quote!(#base.payload), *options, steps),
        KeyPart::Within(pointer) => quote!(codegen::key_at(&#base.payload, #pointer)),
        KeyPart::Header(index) => {
            let headers = &ir.headers[message.headers?];
            let field = ident(&headers.fields[*index].ident);
            quote!(codegen::key(&#base.headers.#field))
        }
        KeyPart::Parameter(index) => {
            let channel = &ir.channels[operation?.channel];
            let field = ident(&channel.parameters[*index].field);
            quote!(codegen::key(channel.#field.as_str()))
        }
        KeyPart::Literal(text) => quote!(codegen::key(#text)),
    })
}

/// From field to field, through the options on the way.
fn way(ir: &Ir, at: TokenStream, options: usize, steps: &[Step]) -> TokenStream {
    let Some((step, rest)) = steps.split_first() else {
        return quote!(codegen::key(&#at));
    };
    let Kind::Struct(object) = &ir.defs[step.def].kind else {
        return quote!(None);
    };
    let field = ident(&object.fields[step.field].ident);
    if options == 0 {
        return way(ir, quote!(#at.#field), step.options, rest);
    }
    let inner = (1..options).map(|_| quote!(.and_then(Option::as_ref)));
    let on = way(ir, quote!(value.#field), step.options, rest);
    quote!(#at.as_ref()#(#inner)*.and_then(|value| #on))
}
