//! Structs, enums, constants and aliases for the document's schemas.
use super::{
    check,
    code::{Piece, Pieces},
    construct::construct,
    custom::customized,
    derives::derives,
    docs, ident, limits,
    listed::{constant, enumeration},
    numbers::numbers,
    protobuf, ty, union, value,
};
use crate::{
    ir::{Def, Extra, Field, Ir, Kind, Native, Slot, Struct, Ty},
    names::serde_camel,
};
use proc_macro2::TokenStream;
use quote::quote;

/// All definitions, and behind them what they check.
pub(super) fn types(ir: &Ir) -> Pieces<'_> {
    let defs = ir.defs.iter().enumerate();
    let types = defs.map(|(id, def)| {
        let item = definition(ir, def);
        match ir.customs.get(&id) {
            Some(custom) => customized(item, custom, def.traits),
            None => item,
        }
    });
    let statics = check::statics(ir).chain(protobuf::statics(ir));
    Box::new(types.chain(statics).map(Piece::Whole))
}

fn definition(ir: &Ir, def: &Def) -> TokenStream {
    let item = match &def.kind {
        Kind::Struct(object) => structure(ir, def, object),
        Kind::Enum(values) => enumeration(ir, def, values),
        Kind::Numbers(values) => numbers(def, values),
        Kind::Const { wire, ident } => constant(def, wire, ident),
        Kind::Union(union) => union::union(ir, def, union),
        Kind::Newtype(slot) => value::newtype(ir, def, slot),
        Kind::Alias(slot) => alias(ir, def, slot),
        Kind::Wrapper(slot) => wrapper(ir, def, slot),
    };
    let validate = limits::validate(ir, def);
    quote!(#item #validate)
}

fn structure(ir: &Ir, def: &Def, object: &Struct) -> TokenStream {
    let name = ident(&def.ident);
    let docs = docs(&def.docs);
    // What serde keeps aside for further properties has its numbers in 64 bits.
    let open = object.extra.as_ref().filter(|_| ir.is_exact);
    let derived: &[&str] = match open {
        Some(_) => &["Serialize"],
        None => &["Serialize", "Deserialize"],
    };
    let derives = derives(def.traits, derived);
    let camel = object
        .fields
        .iter()
        .any(|field| plain(&field.ident) != field.wire && serde_camel(&field.ident) == field.wire);
    let rename = camel.then(|| quote!(, rename_all = "camelCase"));
    let closed = object.closed.then(|| quote!(, deny_unknown_fields));
    let expect = many_bools(object);
    let fields = object
        .fields
        .iter()
        .map(|field| self::field(ir, field, camel));
    let extra = object.extra.as_ref().map(|extra| {
        let field = ident(&extra.ident);
        let value = ty(ir, &extra.slot);
        let typed = open.is_none() && !matches!(extra.slot.ty, Ty::Json);
        let further = typed.then(|| quote!(, deserialize_with = "codegen::further"));
        quote! {
            /// Properties that have no field of their own, as they came; they are written again.
            #[serde(flatten #further)]
            pub #field: ::std::collections::BTreeMap<String, #value>,
        }
    });
    let construct = construct(ir, def, object);
    let read = open.map(|extra| read(&def.ident, &object.fields, extra));
    quote! {
        #docs
        #derives
        #[serde(crate = "::tidings::codegen::serde" #rename #closed)]
        #[non_exhaustive]
        #expect
        pub struct #name {
            #(#fields)*
            #extra
        }
        #read
        #construct
    }
}

/// How a struct is read that keeps further properties with exact numbers.
fn read(name: &str, fields: &[Field], extra: &Extra) -> TokenStream {
    let (name, further) = (ident(name), ident(&extra.ident));
    let fields = fields.iter().map(|field| {
        let (name, wire) = (ident(&field.ident), &field.wire);
        let how = ident(if field.required {
            "required"
        } else {
            "optional"
        });
        quote!(#name = #how(#wire);)
    });
    quote!(codegen::open! { #name(#further); #(#fields)* })
}

/// More than three truth values would be a smell in code that a person designs.
fn many_bools(object: &Struct) -> Option<TokenStream> {
    let plain = |field: &&Field| {
        matches!(field.slot.ty, Ty::Bool) && field.required && !field.slot.nullable
    };
    let many = object.fields.iter().filter(plain).count() > 3;
    many.then(
        || quote!(#[expect(clippy::struct_excessive_bools, reason = "the document has them")]),
    )
}

fn plain(ident: &str) -> &str {
    ident.trim_start_matches("r#")
}

fn field(ir: &Ir, field: &Field, camel: bool) -> TokenStream {
    let name = ident(&field.ident);
    let docs = docs(&field.docs);
    let slot = ty(ir, &field.slot);
    let by_rule = if camel {
        serde_camel(&field.ident)
    } else {
        plain(&field.ident).to_owned()
    };
    let wire = &field.wire;
    let mut options = Vec::new();
    if by_rule != *wire {
        options.push(quote!(rename = #wire));
    }
    match field.required {
        // What a schema has not is not there as a rule.
        true if matches!(field.slot.ty, Ty::Native(Native::Protobuf("UnknownFields"))) => {
            options.push(quote!(default));
        }
        true if field.slot.nullable => options.push(quote!(deserialize_with = "codegen::nullable")),
        true => {}
        // What is there is read by its own type: null is that of few, and absence of none.
        false => options.push(quote!(
            default,
            with = "codegen::given",
            skip_serializing_if = "Option::is_none"
        )),
    }
    let attribute = (!options.is_empty()).then(|| quote!(#[serde(#(#options),*)]));
    let slot = if field.required {
        slot
    } else {
        quote!(Option<#slot>)
    };
    let seen = if field.fixed(ir).is_some() {
        quote!(pub(crate))
    } else {
        quote!(pub)
    };
    quote!(#docs #attribute #seen #name: #slot,)
}

fn alias(ir: &Ir, def: &Def, slot: &Slot) -> TokenStream {
    let name = ident(&def.ident);
    let docs = docs(&def.docs);
    let slot = ty(ir, slot);
    quote!(#docs pub type #name = #slot;)
}

fn wrapper(ir: &Ir, def: &Def, slot: &Slot) -> TokenStream {
    let name = ident(&def.ident);
    let docs = docs(&def.docs);
    let derives = derives(def.traits, &["Serialize", "Deserialize"]);
    let slot = ty(ir, slot);
    quote! {
        #docs
        #derives
        #[serde(crate = "::tidings::codegen::serde", transparent)]
        pub struct #name(
            /// The value.
            pub #slot,
        );
    }
}
