//! How structs are made: `new` with what the document requires, and a setter for whatever may be left out.
use super::{base_ty, doc, given::given as default_of, ident, limits::literal, ty};
use crate::{
    docs::code,
    ir::{Def, Field, Fixed, Format, Given, Ir, Slot, Struct, Ty},
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
    let arguments = given(ir, &object.fields);
    let new = new(ir, def, object, &arguments);
    let free = |field: &&Field| match field.slot.given.as_deref() {
        Some(given) => *given != Given::Nothing,
        None => !field.required,
    };
    let setters = object.fields.iter().filter(free);
    let setters = setters.map(|field| setter(ir, field));
    let default = (arguments.is_empty() && !def.traits.default).then(|| {
        quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });
    quote! {
        impl #name {
            #new
            #(#setters)*
        }
        #default
    }
}

/// The fields whose values somebody has to give.
pub(super) fn given<'a>(ir: &Ir, fields: &'a [Field]) -> Vec<&'a Field> {
    let has_none =
        |field: &&Field| field.required && field.slot.given.is_none() && field.fixed(ir).is_none();
    fields.iter().filter(has_none).collect()
}

fn new(ir: &Ir, def: &Def, object: &Struct, arguments: &[&Field]) -> TokenStream {
    let lints = lints(arguments, &[]);
    let parameters = arguments.iter().map(|field| {
        let (name, slot) = (ident(&field.ident), parameter(ir, &field.slot));
        quote!(#name: #slot)
    });
    let values = object.fields.iter().map(|field| {
        let name = ident(&field.ident);
        entry(&name, &initial(ir, field, &name))
    });
    let extra = object.extra.as_ref().map(|extra| ident(&extra.ident));
    let extra = extra.map(|extra| quote!(#extra: ::std::collections::BTreeMap::new()));
    let values = values.chain(extra);
    let body = if def.traits.default && arguments.is_empty() {
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

/// A field of a struct expression.
pub(super) fn entry(name: &Ident, value: &TokenStream) -> TokenStream {
    if *name == value.to_string() {
        quote!(#name)
    } else {
        quote!(#name: #value)
    }
}

/// What a field begins with: its own value, none, or that of the argument.
pub(super) fn initial(ir: &Ir, field: &Field, argument: &Ident) -> TokenStream {
    let slot = &field.slot;
    if let Some(value) = default_of(ir, slot) {
        return value;
    }
    match field.fixed(ir) {
        Some(Fixed::OfType) => {
            let constant = base_ty(ir, slot);
            quote!(#constant::default())
        }
        Some(Fixed::Number(number)) => literal(number),
        Some(Fixed::Bool(value)) => quote!(#value),
        None if !field.required => quote!(None),
        None if !slot.nullable && (slot.boxed || converts(slot)) => value(argument, slot),
        None => quote!(#argument),
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
pub(super) fn parameter(ir: &Ir, slot: &Slot) -> TokenStream {
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
    matches!(
        slot.ty,
        Ty::Text(Format::Plain | Format::DateTime | Format::Day | Format::Base64) | Ty::Json
    )
}

/// What linters would say of the arguments, which are the document's but for those of other names.
pub(super) fn lints(arguments: &[&Field], others: &[&str]) -> TokenStream {
    let names = arguments.iter().map(|field| &*field.ident);
    let names: Vec<&str> = names.chain(others.iter().copied()).collect();
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
