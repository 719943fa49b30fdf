//! How structs are made: `new` with what the document requires, and a setter for whatever may be left out.
use super::{base_ty, given::given as default_of, ident, limits::literal, ty};
use crate::ir::{Def, Field, Fixed, Format, Given, Ir, Slot, Struct, Ty};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Most arguments, truth values among them, and names of one letter that clippy lets a function have.
const ARGUMENTS: usize = 7;
const BOOLS: usize = 3;
const LETTERS: usize = 4;
/// Names that clippy takes for what somebody forgot to name.
const PLACEHOLDERS: [&str; 3] = ["foo", "baz", "quux"];

/// `new` and the setters.
pub(super) fn construct(ir: &Ir, def: &Def, object: &Struct) -> TokenStream {
    let name = ident(&def.ident);
    let arguments = given(ir, &object.fields);
    let parameters = arguments.iter().map(|field| {
        let (name, slot) = (ident(&field.ident), parameter(ir, &field.slot));
        quote!(#name: #slot)
    });
    let extra = object.extra.as_ref().map(|extra| ident(&extra.ident));
    let constants = object.fields.iter().filter(|field| is_constant(ir, field));
    let rest = constants.map(|field| ident(&field.ident)).chain(extra);
    let known = object.fields.iter().filter_map(|field| {
        let (name, value) = (ident(&field.ident), begins_with(ir, field)?);
        Some(quote!(#name = #value;))
    });
    let setters = |is_given: bool| {
        let fields = object.fields.iter();
        let fields = fields.filter(move |field| field.slot.given.is_some() == is_given);
        fields
            .filter(|field| is_free(field))
            .map(|field| setter(ir, field))
    };
    let free = setters(false);
    let given: Vec<_> = setters(true).collect();
    let given = (!given.is_empty()).then(|| quote!(codegen::setters! { #name; #(#given)* }));
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
        codegen::object! {
            #name(#(#rest),*) = |#(#parameters),*| { #(#known)* };
            #(#free)*
        }
        #given
        #default
    }
}

/// Whether there is a setter for it.
fn is_free(field: &Field) -> bool {
    match field.slot.given.as_deref() {
        Some(given) => *given != Given::Nothing,
        None => !field.required,
    }
}

/// Whether its type has one value.
fn is_constant(ir: &Ir, field: &Field) -> bool {
    field.slot.given.is_none() && matches!(field.fixed(ir), Some(Fixed::OfType))
}

/// What a field begins with that is neither an argument nor empty.
fn begins_with(ir: &Ir, field: &Field) -> Option<TokenStream> {
    default_of(ir, &field.slot).or_else(|| match field.fixed(ir)? {
        Fixed::OfType => None,
        Fixed::Number(number) => Some(literal(&number)),
        Fixed::Bool(value) => Some(quote!(#value)),
    })
}

/// The fields whose values somebody has to give.
pub(super) fn given<'a>(ir: &Ir, fields: &'a [Field]) -> Vec<&'a Field> {
    let has_none =
        |field: &&Field| field.required && field.slot.given.is_none() && field.fixed(ir).is_none();
    fields.iter().filter(has_none).collect()
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
        Some(Fixed::Number(number)) => literal(&number),
        Some(Fixed::Bool(value)) => quote!(#value),
        None if !field.required => quote!(None),
        None if !slot.nullable && (slot.boxed || converts(slot)) => value(argument, slot),
        None => quote!(#argument),
    }
}

fn setter(ir: &Ir, field: &Field) -> TokenStream {
    let plain = field.ident.trim_start_matches("r#");
    let (name, method) = (ident(&field.ident), format_ident!("with_{plain}"));
    let slot = Slot {
        nullable: false,
        ..field.slot.clone()
    };
    let parameter = parameter(ir, &slot);
    let value = value(&name, &slot);
    let options = usize::from(field.slot.nullable) + usize::from(!field.required);
    let value = (0..options).fold(value, |value, _| quote!(Some(#value)));
    quote!(#method = |#name: #parameter| #value;)
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
        Ty::Text(Format::Plain | Format::DateTime | Format::Day | Format::Base64)
            | Ty::Json
            | Ty::Decimal
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
    lints_of(&names, bools)
}

/// The same of arguments of these names, so many of which are truth values.
pub(super) fn lints_of(names: &[&str], bools: usize) -> TokenStream {
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
    let placeholder = names.iter().any(|name| PLACEHOLDERS.contains(name));
    let some = [
        (are_alike(names), "similar_names"),
        (placeholder, "disallowed_names"),
    ];
    let some = some.into_iter().filter(|(is, _)| *is).map(|(_, lint)| {
        let lint = format_ident!("{lint}");
        quote!(#[allow(clippy::#lint, reason = "the document has them")])
    });
    quote!(#(#many)* #(#some)*)
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
