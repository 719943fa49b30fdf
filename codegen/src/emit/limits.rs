//! Checks of the limits that types do not guarantee: each one call of the runtime's collector.
use super::{check, float, ident, integer, listed};
use crate::{
    ir::{Def, Ir, Kind, Limit, Rules, Slot, Tag, TagValue, Ty, Union},
    lower::needs_check,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// How code gets at a value.
pub(crate) struct Place {
    /// For calls of its methods.
    base: TokenStream,
    /// As a value that is copied.
    copy: TokenStream,
    /// As a reference.
    reference: TokenStream,
}

impl Place {
    /// A variable that holds the value.
    pub(crate) fn owned(name: &str) -> Self {
        let name = ident(name);
        Self {
            base: quote!(#name),
            copy: quote!(#name),
            reference: quote!(&#name),
        }
    }

    /// A variable that refers to the value.
    fn referred(name: &str) -> Self {
        let name = ident(name);
        Self {
            base: quote!(#name),
            copy: quote!(*#name),
            reference: quote!(#name),
        }
    }

    /// A field of `self`.
    fn field(name: &TokenStream) -> Self {
        Self {
            base: quote!(self.#name),
            copy: quote!(self.#name),
            reference: quote!(&self.#name),
        }
    }
}

/// How code names a place in the message: to go on from there, and as a reference.
#[derive(Clone)]
pub(crate) struct At {
    base: TokenStream,
    reference: TokenStream,
}

impl At {
    /// A variable that is a reference already.
    pub(crate) fn variable() -> Self {
        Self {
            base: quote!(at),
            reference: quote!(at),
        }
    }

    /// One of the runtime's constants.
    pub(crate) fn constant(name: &str) -> Self {
        let name = ident(name);
        let base = quote!(codegen::Pointer::#name);
        Self {
            reference: quote!(&#base),
            base,
        }
    }

    fn step(&self, step: &TokenStream) -> Self {
        let base = &self.base;
        let base = quote!(#base.#step);
        Self {
            reference: quote!(&#base),
            base,
        }
    }
}

/// What a definition is validated by that has something to check.
pub(crate) fn validate(ir: &Ir, def: &Def) -> Option<TokenStream> {
    let checks = match &def.kind {
        _ if !def.validates => return None,
        Kind::Struct(object) => {
            let mut checks = fields(
                ir,
                object
                    .fields
                    .iter()
                    .map(|field| (&*field.wire, &*field.ident, field.required, &field.slot)),
            );
            if let Some(extra) = object.extra.as_ref().filter(|_| !object.fields.is_empty()) {
                let name = ident(&extra.ident);
                let wires = object.fields.iter().map(|field| &field.wire);
                checks.extend(quote!(violations.further(at, self.#name.keys(), &[#(#wires),*]);));
            }
            if let Some(extra) = object
                .extra
                .as_ref()
                .filter(|extra| needs_check(&extra.slot, &ir.defs))
            {
                let name = ident(&extra.ident);
                checks.extend(entries(
                    ir,
                    &extra.slot,
                    &quote!(&self.#name),
                    &At::variable(),
                ));
            }
            checks
        }
        Kind::Union(union) => variants(ir, union),
        Kind::Wrapper(slot) => {
            let mut slot = slot.clone();
            slot.boxed = false;
            optional(
                ir,
                &slot,
                slot.nullable.into(),
                Place::field(&quote!(0)),
                &At::variable(),
            )
        }
        Kind::Enum(values) if values.open => TokenStream::new(),
        Kind::Enum(values) => listed::checks(values),
        Kind::Alias(_) | Kind::Const { .. } | Kind::Newtype(_) | Kind::Numbers(_) => return None,
    };
    let whole = def.checks.map(|index| {
        let name = check::name(ir, index);
        quote!(violations.checks(at, self, #name);)
    });
    Some(implementation(&def.ident, &quote!(#checks #whole)))
}

/// The implementation that runs the checks.
pub(crate) fn implementation(name: &str, checks: &TokenStream) -> TokenStream {
    let name = ident(name);
    quote! {
        impl codegen::Validate for #name {
            fn check(&self, at: &codegen::Pointer<'_>, violations: &mut codegen::Violations) {
                #checks
            }
        }
    }
}

/// Checks of fields: name on the wire, identifier, whether it is required, and its slot.
pub(crate) fn fields<'a>(
    ir: &Ir,
    fields: impl Iterator<Item = (&'a str, &'a str, bool, &'a Slot)>,
) -> TokenStream {
    fields
        .filter(|(.., slot)| needs_check(slot, &ir.defs))
        .map(|(wire, name, required, slot)| {
            let name = ident(name);
            let layers = usize::from(!required) + usize::from(slot.nullable);
            optional(
                ir,
                slot,
                layers,
                Place::field(&quote!(#name)),
                &At::variable().step(&quote!(key(#wire))),
            )
        })
        .collect()
}

/// Checks of a message's payload.
pub(crate) fn payload(ir: &Ir, slot: &Slot) -> TokenStream {
    optional(
        ir,
        slot,
        slot.nullable.into(),
        Place::field(&quote!(payload)),
        &At::variable().step(&quote!(key("payload"))),
    )
}

/// Checks of a value inside so many options.
fn optional(ir: &Ir, slot: &Slot, layers: usize, place: Place, at: &At) -> TokenStream {
    if layers == 0 {
        return checks(ir, slot, place, at);
    }
    let pattern = (0..layers).fold(quote!(value), |inner, _| quote!(Some(#inner)));
    let reference = place.reference;
    let inner = checks(ir, slot, Place::referred("value"), at);
    quote!(if let #pattern = #reference { #inner })
}

fn variants(ir: &Ir, union: &Union) -> TokenStream {
    let (checked, rest): (Vec<_>, Vec<_>) =
        union.variants.iter().enumerate().partition(|(_, variant)| {
            variant.checked.is_some() || needs_check(&variant.slot, &ir.defs)
        });
    let arms = checked.iter().map(|(index, variant)| {
        let name = ident(&variant.ident);
        let tag = tag(ir, union, *index);
        let checks = checks(ir, &variant.slot, Place::referred("value"), &At::variable());
        (quote!(Self::#name(value)), quote!(#tag #checks))
    });
    let rest = rest.iter().map(|(_, variant)| {
        let name = ident(&variant.ident);
        quote!(Self::#name(_))
    });
    match &arms.collect::<Vec<_>>()[..] {
        [(pattern, checks)] if union.variants.len() > 1 => {
            quote!(if let #pattern = self { #checks })
        }
        arms => {
            let arms = arms
                .iter()
                .map(|(pattern, checks)| quote!(#pattern => { #checks }));
            let rest: Vec<_> = rest.collect();
            let rest = (!rest.is_empty()).then(|| quote!(#(#rest)|* => {}));
            quote!(match self { #(#arms)* #rest })
        }
    }
}

/// The check of a tag that may be set to another than the variant's.
fn tag(ir: &Ir, union: &Union, index: usize) -> Option<TokenStream> {
    let variant = &union.variants[index];
    let (Ty::Def(id), Tag::Property { wire, values }) = (&variant.slot.ty, &union.tag) else {
        return None;
    };
    let Kind::Struct(object) = &ir.defs[*id].kind else {
        return None;
    };
    let field = &object.fields[variant.checked?];
    let name = ident(&field.ident);
    let texts = values[index].iter().filter_map(|value| match value {
        TagValue::Text(text) => Some(text),
        TagValue::Integer(_) => None,
    });
    let shown = match constant(ir, &field.slot) {
        Some(text) => quote!(|_| #text),
        None => quote!(|tag| tag.as_str()),
    };
    let text = match (field.required, field.slot.nullable) {
        (true, false) => quote!(value.#name.as_str()),
        (false, true) => {
            quote!(value.#name.as_ref().and_then(Option::as_ref).map_or("", #shown))
        }
        _ => quote!(value.#name.as_ref().map_or("", #shown)),
    };
    Some(quote!(violations.tag(&at.key(#wire), #text, &[#(#texts),*]);))
}

/// The one text that a type has.
fn constant<'ir>(ir: &'ir Ir, slot: &Slot) -> Option<&'ir str> {
    let Ty::Def(id) = slot.ty else { return None };
    match &ir.defs[id].kind {
        Kind::Const { wire, .. } => Some(wire),
        Kind::Alias(slot) => constant(ir, slot),
        _ => None,
    }
}

/// Checks of a value that is there; `at` is an expression for its pointer.
pub(crate) fn checks(ir: &Ir, slot: &Slot, place: Place, at: &At) -> TokenStream {
    let Place {
        base,
        copy,
        reference,
    } = &place;
    let own = slot.rules.as_deref();
    let is_listed = own.is_some_and(|own| !own.one_of.is_empty());
    let own = own.map(|own| rules(ir, own, &slot.ty, &place, at));
    let inside = match &slot.ty {
        Ty::Float if !is_listed => {
            let at = &at.reference;
            quote!(violations.finite(#at, #copy);)
        }
        Ty::Def(id) if ir.defs[*id].validates => match &ir.defs[*id].kind {
            Kind::Alias(inner) => {
                let mut inner = inner.clone();
                let layers = usize::from(std::mem::take(&mut inner.nullable));
                return optional(ir, &inner, layers, place, at);
            }
            _ => {
                let at = &at.reference;
                quote!(codegen::Validate::check(#reference, #at, violations);)
            }
        },
        Ty::List(item) if needs_check(item, &ir.defs) => {
            let inner = optional(
                ir,
                item,
                item.nullable.into(),
                Place::referred("item"),
                &at.step(&quote!(index(index))),
            );
            quote!(for (index, item) in #base.iter().enumerate() { #inner })
        }
        Ty::Map(value) if needs_check(value, &ir.defs) => entries(ir, value, reference, at),
        Ty::Tuple(items) => items
            .iter()
            .enumerate()
            .filter(|(_, item)| needs_check(item, &ir.defs))
            .map(|(index, item)| {
                let position = proc_macro2::Literal::usize_unsuffixed(index);
                let place = Place {
                    base: quote!(#base.#position),
                    copy: quote!(#base.#position),
                    reference: quote!(&#base.#position),
                };
                optional(
                    ir,
                    item,
                    item.nullable.into(),
                    place,
                    &at.step(&quote!(index(#position))),
                )
            })
            .collect(),
        _ => TokenStream::new(),
    };
    quote!(#own #inside)
}

fn entries(ir: &Ir, value: &Slot, map: &TokenStream, at: &At) -> TokenStream {
    let inner = optional(
        ir,
        value,
        value.nullable.into(),
        Place::referred("item"),
        &at.step(&quote!(key(key))),
    );
    quote!(for (key, item) in #map { #inner })
}

fn rules(ir: &Ir, rules: &Rules, ty: &Ty, place: &Place, at: &At) -> TokenStream {
    let at = &at.reference;
    let Place {
        base,
        copy,
        reference,
    } = place;
    let number = |name: &str, limit: &Option<Limit>| {
        let name = format_ident!("{name}");
        limit.map(|limit| {
            let limit = literal(limit);
            quote!(violations.#name(#at, #copy, #limit);)
        })
    };
    let count = |name: &str, limit: Option<u64>, value: &TokenStream| {
        let name = format_ident!("{name}");
        limit.map(|limit| {
            let limit = integer(i128::from(limit.min(u64::from(u32::MAX))));
            quote!(violations.#name(#at, #value, #limit);)
        })
    };
    let length = quote!(#base.len());
    let parts = [
        count("min_length", rules.min_length, reference),
        count("max_length", rules.max_length, reference),
        number("minimum", &rules.minimum),
        number("maximum", &rules.maximum),
        number("exclusive_minimum", &rules.exclusive_minimum),
        number("exclusive_maximum", &rules.exclusive_maximum),
        number("multiple_of", &rules.multiple_of),
        count("min_items", rules.min_items, &length),
        count("max_items", rules.max_items, &length),
        rules
            .unique_items
            .then(|| quote!(violations.unique_items(#at, #reference);)),
        count("min_properties", rules.min_properties, &length),
        count("max_properties", rules.max_properties, &length),
        one_of(rules, ty, place, at),
        rules.format.map(|format| {
            let format = ident(format);
            quote!(violations.format(#at, #reference, codegen::Format::#format);)
        }),
    ];
    let patterns = rules.patterns.iter().map(|pattern| {
        quote!({
            static PATTERN: codegen::Pattern = codegen::Pattern::new(#pattern);
            violations.pattern(#at, #reference, &PATTERN);
        })
    });
    let whole = rules.checks.map(|index| {
        let name = check::name(ir, index);
        let method = ident(if matches!(ty, Ty::Json) {
            "json"
        } else {
            "checks"
        });
        quote!(violations.#method(#at, #reference, #name);)
    });
    quote!(#(#parts)* #(#patterns)* #whole)
}

/// A value that must be one of a few, in two statements so that no `if` stands alone in another.
fn one_of(rules: &Rules, ty: &Ty, place: &Place, at: &TokenStream) -> Option<TokenStream> {
    let Place {
        copy, reference, ..
    } = place;
    let (fits, reason) = match (rules.constant, ty) {
        (Some(true), Ty::Bool) => (copy.clone(), "is not true".to_owned()),
        (Some(false), Ty::Bool) => (quote!(!#copy), "is not false".to_owned()),
        _ if rules.one_of.is_empty() => return None,
        _ => {
            let values = rules.one_of.iter().map(|limit| literal(*limit));
            let texts: Vec<String> = rules.one_of.iter().map(text).collect();
            (
                quote!([#(#values),*].contains(#reference)),
                format!("is none of {}", texts.join(", ")),
            )
        }
    };
    Some(quote! {
        let fits = #fits;
        if !fits {
            violations.push(#at, #reason);
        }
    })
}

pub(crate) fn literal(limit: Limit) -> TokenStream {
    match limit {
        Limit::Integer(value) => integer(value),
        Limit::Float(value) => float(value),
    }
}

fn text(limit: &Limit) -> String {
    match limit {
        Limit::Integer(value) => value.to_string(),
        Limit::Float(value) => value.to_string(),
    }
}
