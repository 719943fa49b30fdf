//! How structs are made: `new` with what the document requires, and a setter for whatever may be left out.
use super::{base_ty, doc, given::given, ident, ty};
use crate::{
    docs::code,
    ir::{Def, Field, Format, Given, Ir, Slot, Struct, Ty},
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Most arguments, truth values among them, and names of one letter that clippy lets a function have.
const ARGUMENTS: usize = 7;
const BOOLS: usize = 3;
const LETTERS: usize = 4;

/// `new` and the setters.
pub(super) fn construct(ir: &Ir, def: &Def, object: &Struct) -> TokenStream {
    let name = ident(&def.ident);
    let new = new(ir, def, object);
    let free = |field: &&Field| match field.slot.given.as_deref() {
        Some(given) => *given != Given::Nothing,
        None => !field.required,
    };
    let setters = object.fields.iter().filter(free);
    let setters = setters.map(|field| setter(ir, field));
    let default = default(ir, def, object);
    quote! {
        impl #name {
            #new
            #(#setters)*
        }
        #default
    }
}

/// What `new` takes.
fn arguments<'o>(ir: &Ir, object: &'o Struct) -> Vec<&'o Field> {
    let is_argument =
        |field: &&Field| field.required && field.slot.given.is_none() && !field.is_fixed(ir);
    object.fields.iter().filter(is_argument).collect()
}

/// The default of a type that `new` makes of nothing, where that is not what the types of its fields begin with.
fn default(ir: &Ir, def: &Def, object: &Struct) -> Option<TokenStream> {
    let name = ident(&def.ident);
    let by_new = arguments(ir, object).is_empty() && !def.traits.default;
    by_new.then(|| {
        quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    })
}

fn new(ir: &Ir, def: &Def, object: &Struct) -> TokenStream {
    let arguments = arguments(ir, object);
    let lints = lints(&arguments);
    let parameters = arguments.iter().map(|field| {
        let (name, slot) = (ident(&field.ident), parameter(ir, &field.slot));
        quote!(#name: #slot)
    });
    let values = object.fields.iter().map(|field| {
        let name = ident(&field.ident);
        if let Some(value) = given(ir, &field.slot) {
            return quote!(#name: #value);
        }
        match &field.slot {
            _ if !field.required => quote!(#name: None),
            slot if field.is_fixed(ir) => {
                let constant = base_ty(ir, slot);
                quote!(#name: #constant::default())
            }
            slot if !slot.nullable && (slot.boxed || converts(slot)) => {
                let value = value(&name, slot);
                quote!(#name: #value)
            }
            _ => quote!(#name),
        }
    });
    let extra = object.extra.as_ref().map(|extra| ident(&extra.ident));
    let extra = extra.map(|extra| quote!(#extra: ::std::collections::BTreeMap::new()));
    let values = values.chain(extra);
    let body = if arguments.is_empty() && def.traits.default {
        quote!(Self::default())
    } else {
        quote!(Self { #(#values),* })
    };
    quote! {
        /// What the document requires, without what may be left out.
        #[must_use]
        #lints
        pub fn new(#(#parameters),*) -> Self {
            #body
        }
    }
}

fn setter(ir: &Ir, field: &Field) -> TokenStream {
    let plain = field.ident.trim_start_matches("r#");
    let (name, method) = (ident(&field.ident), format_ident!("with_{plain}"));
    let about = doc(&format!("Sets {}.", code(&field.wire)));
    let slot = Slot {
        nullable: false,
        ..field.slot.clone()
    };
    let parameter = parameter(ir, &slot);
    let value = value(&name, &slot);
    let options = usize::from(field.slot.nullable) + usize::from(!field.required);
    let value = (0..options).fold(value, |value, _| quote!(Some(#value)));
    quote! {
        #about
        #[must_use]
        pub fn #method(mut self, #name: #parameter) -> Self {
            self.#name = #value;
            self
        }
    }
}

/// The type of an argument for a slot.
fn parameter(ir: &Ir, slot: &Slot) -> TokenStream {
    if slot.nullable {
        return ty(ir, slot);
    }
    let plain = base_ty(ir, slot);
    if converts(slot) {
        quote!(impl Into<#plain>)
    } else {
        plain
    }
}

/// The value of a slot that is not null, from its argument.
fn value(name: &Ident, slot: &Slot) -> TokenStream {
    let value = if converts(slot) {
        quote!(#name.into())
    } else {
        quote!(#name)
    };
    if slot.boxed {
        quote!(Box::new(#value))
    } else {
        value
    }
}

/// Whether an argument may be anything that becomes the type.
fn converts(slot: &Slot) -> bool {
    matches!(slot.ty, Ty::Text(Format::Plain) | Ty::Json)
}

/// What linters would say of the arguments, which are the document's.
fn lints(arguments: &[&Field]) -> TokenStream {
    let names: Vec<&str> = arguments.iter().map(|field| &*field.ident).collect();
    let bools = arguments
        .iter()
        .filter(|field| is_bool(&field.slot))
        .count();
    let letters = names
        .iter()
        .filter(|name| name.chars().count() == 1)
        .count();
    let many = [
        (names.len() > ARGUMENTS, "too_many_arguments"),
        (bools > BOOLS, "fn_params_excessive_bools"),
        (letters > LETTERS, "many_single_char_names"),
    ];
    let many = many.into_iter().filter(|(is, _)| *is).map(|(_, lint)| {
        let lint = format_ident!("{lint}");
        quote!(#[expect(clippy::#lint, reason = "the document has them")])
    });
    let alike = are_alike(&names)
        .then(|| quote!(#[allow(clippy::similar_names, reason = "the document has them")]));
    quote!(#(#many)* #alike)
}

fn is_bool(slot: &Slot) -> bool {
    matches!(slot.ty, Ty::Bool) && !slot.nullable
}

/// Whether two of the names differ in one letter at most, or in their ends.
fn are_alike(names: &[&str]) -> bool {
    let alike = |left: &str, right: &str| {
        let count = left.chars().count().max(right.chars().count());
        let same = left.chars().zip(right.chars()).filter(|(a, b)| a == b);
        let back = left.chars().rev().zip(right.chars().rev());
        let same = same.count().max(back.filter(|(a, b)| a == b).count());
        same + 1 >= count
    };
    let mut rest = names.iter().enumerate();
    rest.any(|(index, left)| names[index + 1..].iter().any(|right| alike(left, right)))
}
