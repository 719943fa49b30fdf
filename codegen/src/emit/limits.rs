//! Checks of the limits that types do not guarantee: each one call of the runtime's collector.
use super::{check, float, ident, integer, union::tag_text};
use crate::{
    ir::{Def, Field, FreeTag, Ir, Kind, Limit, Rules, Slot, Struct, Tag, Ty, Union},
    lower::needs_check,
};
use proc_macro2::{Ident, TokenStream};
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
    /// How many loops are around it.
    loops: usize,
}

impl At {
    /// A variable that is a reference already.
    pub(crate) fn variable() -> Self {
        Self {
            base: quote!(at),
            reference: quote!(at),
            loops: 0,
        }
    }

    /// One of the runtime's constants.
    pub(crate) fn constant(name: &str) -> Self {
        let name = ident(name);
        let base = quote!(codegen::Pointer::#name);
        Self {
            reference: quote!(&#base),
            base,
            loops: 0,
        }
    }

    fn step(&self, step: &TokenStream) -> Self {
        let base = &self.base;
        let base = quote!(#base.#step);
        Self {
            reference: quote!(&#base),
            base,
            loops: self.loops,
        }
    }

    /// The place of what a loop comes by, and the variable of it: loops within others have their own.
    fn within(&self, step: &str) -> (Self, Ident) {
        let loops = self.loops + 1;
        let (method, name) = (
            ident(step),
            match loops {
                1 => ident(step),
                _ => format_ident!("{step}_{loops}"),
            },
        );
        let at = Self {
            loops,
            ..self.step(&quote!(#method(#name)))
        };
        (at, name)
    }
}

/// What a definition is validated by that has something to check.
pub(crate) fn validate(ir: &Ir, def: &Def) -> Option<TokenStream> {
    let checks = match &def.kind {
        _ if !def.validates => return None,
        Kind::Struct(object) => return Some(structure(ir, def, object)),
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
        Kind::Alias(_)
        | Kind::Const { .. }
        | Kind::Enum(_)
        | Kind::Newtype(_)
        | Kind::Numbers(_) => return None,
    };
    let whole = whole(ir, def);
    Some(implementation(&def.ident, &quote!(#checks #whole)))
}

/// What the runtime checks of a value as a whole.
fn whole(ir: &Ir, def: &Def) -> Option<TokenStream> {
    def.checks.map(|index| {
        let (name, checks) = (check::name(ir, index), exact(ir, "checks"));
        quote!(violations.#checks(at, self, #name);)
    })
}

fn structure(ir: &Ir, def: &Def, object: &Struct) -> TokenStream {
    let properties = object.fields.iter().map(Property::of);
    let extra = object.extra.as_ref();
    let known = extra.filter(|_| !object.fields.is_empty()).map(|extra| {
        let (name, wires) = (ident(&extra.ident), object.fields.iter());
        let wires = wires.map(|field| &field.wire);
        quote!(#name, #(#wires),*)
    });
    let typed = extra.filter(|extra| needs_check(&extra.slot, &ir.defs));
    if typed.is_none() && def.checks.is_none() && all_plain(ir, properties.clone()) {
        return short(ir, &def.ident, properties, known);
    }
    let checks = fields(ir, properties);
    let known = known.map(|known| quote!(codegen::known!(at, violations, self.#known);));
    let typed = typed.map(|extra| {
        let name = ident(&extra.ident);
        entries(ir, &extra.slot, &quote!(&self.#name), &At::variable())
    });
    let whole = whole(ir, def);
    implementation(&def.ident, &quote!(#checks #known #typed #whole))
}

/// A property of an object, or a header: what is checked of it, and where.
#[derive(Clone, Copy)]
pub(crate) struct Property<'a> {
    wire: &'a str,
    ident: &'a str,
    required: bool,
    slot: &'a Slot,
}

impl<'a> Property<'a> {
    pub(crate) fn of(field: &'a Field) -> Self {
        Self {
            wire: &field.wire,
            ident: &field.ident,
            required: field.required,
            slot: &field.slot,
        }
    }
}

/// What these properties of a type are validated by.
pub(crate) fn validation<'a>(
    ir: &Ir,
    name: &str,
    properties: impl Iterator<Item = Property<'a>> + Clone,
) -> TokenStream {
    match all_plain(ir, properties.clone()) {
        true => short(ir, name, properties, None),
        false => implementation(name, &fields(ir, properties)),
    }
}

fn all_plain<'a>(ir: &Ir, mut properties: impl Iterator<Item = Property<'a>>) -> bool {
    properties.all(|it| !needs_check(it.slot, &ir.defs) || is_plain(ir, it.slot))
}

/// Checks that are all of types, as data.
fn short<'a>(
    ir: &Ir,
    name: &str,
    properties: impl Iterator<Item = Property<'a>>,
    known: Option<TokenStream>,
) -> TokenStream {
    let within = properties.filter(|it| needs_check(it.slot, &ir.defs));
    let within = within.map(|it| {
        let (name, wire) = (ident(it.ident), it.wire);
        quote!(#name = #wire)
    });
    let within: Vec<_> = within.collect();
    let within = (!within.is_empty()).then(|| quote!(, within(#(#within),*)));
    let (name, known) = (ident(name), known.map(|known| quote!(, known(#known))));
    quote!(codegen::validate!(#name #within #known);)
}

/// Whether all that is checked of such a value is what its type is checked by.
pub(crate) fn is_plain(ir: &Ir, slot: &Slot) -> bool {
    if slot.rules.is_some() {
        return false;
    }
    match &slot.ty {
        Ty::Float => true,
        Ty::Def(id) => match &ir.defs[*id].kind {
            Kind::Alias(slot) => is_plain(ir, slot),
            _ => ir.defs[*id].validates,
        },
        Ty::List(slot) | Ty::Map(slot) => is_plain(ir, slot),
        _ => false,
    }
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

/// Checks of properties.
fn fields<'a>(ir: &Ir, properties: impl Iterator<Item = Property<'a>>) -> TokenStream {
    properties
        .filter(|it| needs_check(it.slot, &ir.defs))
        .map(|it| property(ir, it))
        .collect()
}

fn property(ir: &Ir, property: Property<'_>) -> TokenStream {
    let Property {
        wire,
        ident: name,
        required,
        slot,
    } = property;
    let name = ident(name);
    if is_plain(ir, slot) {
        return quote!(violations.within(at, #wire, &self.#name););
    }
    let layers = usize::from(!required) + usize::from(slot.nullable);
    let at = At::variable().step(&quote!(key(#wire)));
    optional(ir, slot, layers, Place::field(&quote!(#name)), &at)
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
            variant.free_tag.is_some() || needs_check(&variant.slot, &ir.defs)
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

/// The check of a tag that may be another than the variant's.
fn tag(ir: &Ir, union: &Union, index: usize) -> Option<TokenStream> {
    let variant = &union.variants[index];
    let free = variant.free_tag?;
    let Tag::Property { wire, values } = &union.tag else {
        return None;
    };
    let texts: Vec<_> = values[index].iter().map(tag_text).collect();
    match free {
        FreeTag::Written => Some(quote!(violations.tag_of(at, value, #wire, &[#(#texts),*]);)),
        FreeTag::Field(field) => {
            let text = tag_field(ir, &variant.slot, field)?;
            Some(quote!(violations.tag(&at.key(#wire), #text, &[#(#texts),*]);))
        }
    }
}

/// The text of the field that has the tag of a `value`.
fn tag_field(ir: &Ir, slot: &Slot, field: usize) -> Option<TokenStream> {
    let Ty::Def(id) = slot.ty else { return None };
    let object = match &ir.defs[id].kind {
        Kind::Alias(slot) => return tag_field(ir, slot, field),
        Kind::Struct(object) => object,
        _ => return None,
    };
    let field = &object.fields[field];
    let name = ident(&field.ident);
    let shown = match constant(ir, &field.slot) {
        Some(text) => quote!(|_| #text),
        None => quote!(|tag| tag.as_str()),
    };
    Some(match (field.required, field.slot.nullable) {
        (true, false) => quote!(value.#name.as_str()),
        (false, true) => {
            quote!(value.#name.as_ref().and_then(Option::as_ref).map_or("", #shown))
        }
        _ => quote!(value.#name.as_ref().map_or("", #shown)),
    })
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
            let (at, index) = at.within("index");
            let layers = item.nullable.into();
            let inner = optional(ir, item, layers, Place::referred("item"), &at);
            quote!(for (#index, item) in #base.iter().enumerate() { #inner })
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
    let (at, key) = at.within("key");
    let layers = value.nullable.into();
    let inner = optional(ir, value, layers, Place::referred("item"), &at);
    quote!(for (#key, item) in #map { #inner })
}

fn rules(ir: &Ir, rules: &Rules, ty: &Ty, place: &Place, at: &At) -> TokenStream {
    let (place_at, at) = (&at.base, &at.reference);
    let Place {
        base,
        copy,
        reference,
    } = place;
    let one = |name: &str, limit: &Limit| {
        let (name, value) = (format_ident!("{name}"), literal(limit));
        match limit {
            Limit::Decimal(_) => quote!(violations.#name(#at, #reference, &#value);),
            _ => quote!(violations.#name(#at, #copy, #value);),
        }
    };
    let number = |name: &str, limit: &Option<Limit>| limit.as_ref().map(|limit| one(name, limit));
    let divisors = rules.divisors.iter();
    let divisors: TokenStream = divisors
        .map(|divisor| one("multiple_of", divisor))
        .collect();
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
        Some(divisors),
        count("min_items", rules.min_items, &length),
        count("max_items", rules.max_items, &length),
        rules.unique_items.then(|| {
            let method = exact(ir, "unique_items");
            quote!(violations.#method(#at, #reference);)
        }),
        count("min_properties", rules.min_properties, &length),
        count("max_properties", rules.max_properties, &length),
        one_of(rules, ty, place, at),
        rules.format.map(|format| {
            let format = ident(format);
            quote!(violations.format(#at, #reference, codegen::Format::#format);)
        }),
    ];
    let patterns = rules
        .patterns
        .iter()
        .map(|pattern| quote!(codegen::pattern!(#place_at, violations, #base, #pattern);));
    let whole = rules.checks.map(|index| {
        let name = check::name(ir, index);
        let method = match ty {
            Ty::Json => ident("json"),
            _ => exact(ir, "checks"),
        };
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
            let values = rules.one_of.iter().map(literal);
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

/// What the runtime calls a method of values whose numbers count to the last digit, where they do.
fn exact(ir: &Ir, method: &str) -> Ident {
    match ir.is_exact {
        true => format_ident!("exact_{method}"),
        false => ident(method),
    }
}

pub(crate) fn literal(limit: &Limit) -> TokenStream {
    match limit {
        Limit::Integer(value) => integer(*value),
        Limit::Float(value) => float(*value),
        Limit::Decimal(text) => quote!(codegen::decimal(#text)),
    }
}

fn text(limit: &Limit) -> String {
    match limit {
        Limit::Integer(value) => value.to_string(),
        Limit::Float(value) => value.to_string(),
        Limit::Decimal(text) => text.clone(),
    }
}
