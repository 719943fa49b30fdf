//! Validated newtypes: a text or number whose limits hold from its construction on.
use super::{base_ty, derives::derives, docs, ident, limits};
use crate::ir::{Def, Ir, Slot, Traits, Ty};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(crate) fn newtype(ir: &Ir, def: &Def, slot: &Slot) -> TokenStream {
    let name = ident(&def.ident);
    let docs = docs(&def.docs);
    let inner = base_ty(ir, slot);
    let text = matches!(slot.ty, Ty::Text(_));
    let copy = def.traits.copy;
    let derives = derives(
        Traits {
            default: false,
            ..def.traits
        },
        &["Serialize", "Deserialize"],
    );
    let order = if matches!(slot.ty, Ty::Float) {
        quote!(PartialOrd)
    } else {
        quote!(PartialOrd, Ord)
    };
    let from = if text {
        "String".to_owned()
    } else {
        inner.to_string()
    };
    let access = if text {
        text_access(&name)
    } else {
        number_access(&name, &inner, copy)
    };
    let checks = limits::checks(
        ir,
        slot,
        limits::Place::owned("value"),
        &limits::At::constant("ROOT"),
    );
    let wire = &def.ident;
    quote! {
        #docs
        #derives
        #[derive(#order)]
        #[serde(crate = "::tidings::codegen::serde", try_from = #from)]
        pub struct #name(#inner);

        #access

        impl TryFrom<#inner> for #name {
            type Error = codegen::InvalidValue;

            fn try_from(value: #inner) -> Result<Self, Self::Error> {
                let mut violations = codegen::Violations::new();
                #checks
                codegen::check_value(#wire, violations)?;
                Ok(Self(value))
            }
        }

        impl From<#name> for #inner {
            fn from(value: #name) -> Self {
                value.0
            }
        }

        impl ::core::fmt::Display for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.0, f)
            }
        }
    }
}

fn text_access(name: &Ident) -> TokenStream {
    quote! {
        impl #name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl ::core::str::FromStr for #name {
            type Err = codegen::InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text.to_owned())
            }
        }
    }
}

fn number_access(name: &Ident, inner: &TokenStream, copy: bool) -> TokenStream {
    let get = match copy {
        true => quote!(pub const fn get(self) -> #inner { self.0 }),
        false => quote!(pub const fn get(&self) -> &#inner { &self.0 }),
    };
    quote! {
        impl #name {
            /// The number.
            #[must_use]
            #get
        }
    }
}
