//! What a new value has in the fields that nobody fills in.
use super::{base_ty, float, ident, integer};
use crate::ir::{Given, Ir, Kind, Slot, Ty};
use proc_macro2::TokenStream;
use quote::quote;

/// The value of a field as an expression, where it has one of its own.
pub(super) fn given(ir: &Ir, slot: &Slot) -> Option<TokenStream> {
    let given = slot.given.as_deref()?;
    let value = match given {
        Given::Null => return Some(quote!(None)),
        Given::Nothing => return Some(quote!(())),
        Given::Bool(value) => quote!(#value),
        Given::Integer(value) => integer(i128::from(*value)),
        Given::Float(value) => float(*value),
        Given::Text(text) if text.is_empty() => quote!(String::new()),
        Given::Text(text) => quote!(#text.to_owned()),
        Given::Empty if matches!(slot.ty, Ty::Map(_)) => {
            quote!(::std::collections::BTreeMap::new())
        }
        Given::Empty => quote!(Vec::new()),
        Given::OfType => {
            let ty = base_ty(ir, slot);
            quote!(<#ty>::default())
        }
        Given::Variant(id, variant) => {
            let def = &ir.defs[*id];
            let Kind::Enum(values) = &def.kind else {
                return None;
            };
            let (name, variant) = (ident(&def.ident), ident(&values.variants[*variant].ident));
            quote!(#name::#variant)
        }
    };
    let value = if slot.boxed {
        quote!(Box::new(#value))
    } else {
        value
    };
    Some(if slot.nullable {
        quote!(Some(#value))
    } else {
        value
    })
}
