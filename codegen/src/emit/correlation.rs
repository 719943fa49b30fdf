//! Correlation ids and addresses of replies, where the document keeps them in headers or in the payload.
use super::ident;
use crate::ir::{Format, Ir, Kind, Message, Slot, Ty};
use proc_macro2::TokenStream;
use quote::quote;

/// The headers that the document has for properties of the wire, and how the id is read that stands in the payload.
pub(crate) fn hooks(ir: &Ir, message: &Message) -> TokenStream {
    let pairs = [
        ("CORRELATION", &message.correlation),
        ("REPLY_TO", &message.reply_to),
    ];
    let headers = pairs.iter().filter_map(|(constant, header)| {
        let (constant, header) = (ident(constant), header.as_ref()?);
        Some(quote!(const #constant: Option<&'static str> = Some(#header);))
    });
    let in_payload = property(ir, message).map(|(name, slot, required)| {
        let id = id_of(ir, &quote!(decoded.payload.#name), slot, required);
        let otherwise = (!required).then(|| quote!(.or_else(|| message.correlation_id.clone())));
        quote! {
            fn correlation(message: &codegen::Message) -> Option<codegen::Str> {
                let Ok(decoded) = Self::decode(message) else {
                    return message.correlation_id.clone();
                };
                #id #otherwise
            }
        }
    });
    quote!(#(#headers)* #in_payload)
}

/// The header with the correlation id is the message's own correlation id too.
pub(crate) fn correlation(ir: &Ir, message: &Message) -> Option<TokenStream> {
    let headers = &ir.headers[message.headers?];
    let field = headers
        .fields
        .iter()
        .find(|field| message.correlation.as_ref() == Some(&field.wire))?;
    let name = ident(&field.ident);
    let id = id_of(ir, &quote!(self.headers.#name), &field.slot, field.required);
    has_text(ir, &field.slot).then(|| quote!(message.correlation_id = #id;))
}

/// The property of the payload that holds the correlation id, and whether it is required.
pub(crate) fn property<'a>(
    ir: &'a Ir,
    message: &Message,
) -> Option<(proc_macro2::Ident, &'a Slot, bool)> {
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
pub(crate) fn id_of(ir: &Ir, field: &TokenStream, slot: &Slot, required: bool) -> TokenStream {
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
