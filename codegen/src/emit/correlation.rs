//! Correlation ids and addresses of replies, where the document keeps them in headers or in the payload.
use super::ident;
use crate::ir::{Format, Ir, Kind, Message, Slot, Ty};
use proc_macro2::TokenStream;
use quote::quote;

/// The headers that the document has for properties of the wire.
pub(crate) fn hooks(message: &Message) -> TokenStream {
    let pairs = [
        ("correlation", &message.correlation),
        ("reply_to", &message.reply_to),
    ];
    let headers = pairs.iter().filter_map(|(name, header)| {
        let (name, header) = (ident(name), header.as_ref()?);
        Some(quote!(#name = #header;))
    });
    quote!(#(#headers)*)
}

/// How the id is read that the payload has, or else a header, which is the message's own correlation id too.
pub(crate) fn id(ir: &Ir, message: &Message) -> Option<TokenStream> {
    if let Some((name, slot, required)) = property(ir, message) {
        let id = id_of(ir, &quote!(message.payload.#name), slot, required);
        return Some(quote!(id_within = |message| #id;));
    }
    let headers = &ir.headers[message.headers?];
    let field = headers
        .fields
        .iter()
        .find(|field| message.correlation.as_ref() == Some(&field.wire))?;
    let name = ident(&field.ident);
    let id = id_of(
        ir,
        &quote!(message.headers.#name),
        &field.slot,
        field.required,
    );
    has_text(ir, &field.slot).then(|| quote!(id = |message| #id;))
}

/// The property of the payload that holds the correlation id, and whether it is required.
fn property<'a>(ir: &'a Ir, message: &Message) -> Option<(proc_macro2::Ident, &'a Slot, bool)> {
    let wire = message.correlation_property.as_ref()?;
    let Ty::Def(id) = message.payload.as_ref().filter(|slot| !slot.nullable)?.ty else {
        return None;
    };
    let Kind::Struct(object) = &ir.defs[id].kind else {
        return None;
    };
    let field = object.fields.iter().find(|field| field.wire == *wire)?;
    (has_text(ir, &field.slot) && !field.slot.nullable)
        .then(|| (ident(&field.ident), &field.slot, field.required))
}

/// Whether values of the slot are shown as they are on the wire.
fn has_text(ir: &Ir, slot: &Slot) -> bool {
    match &slot.ty {
        Ty::Text(_) | Ty::Int(_) => true,
        Ty::Def(id) => match &ir.defs[*id].kind {
            Kind::Newtype(_) | Kind::Enum(_) => true,
            Kind::Alias(inner) => !inner.nullable && matches!(inner.ty, Ty::Text(_) | Ty::Int(_)),
            _ => false,
        },
        _ => false,
    }
}

/// An optional id from a field.
fn id_of(ir: &Ir, field: &TokenStream, slot: &Slot, required: bool) -> TokenStream {
    let text = match &slot.ty {
        Ty::Text(Format::Plain) => true,
        Ty::Def(id) if matches!(&ir.defs[*id].kind, Kind::Alias(inner) if matches!(inner.ty, Ty::Text(Format::Plain))) => {
            true
        }
        Ty::Def(id) => {
            matches!(&ir.defs[*id].kind, Kind::Enum(_))
                || matches!(&ir.defs[*id].kind, Kind::Newtype(inner) if matches!(inner.ty, Ty::Text(_)))
        }
        _ => false,
    };
    match (text, required) {
        (true, true) => quote!(Some(#field.as_str().into())),
        (true, false) => quote!(#field.as_ref().map(|id| id.as_str().into())),
        (false, true) => quote!(Some(#field.to_string().into())),
        (false, false) => quote!(#field.as_ref().map(|id| id.to_string().into())),
    }
}
