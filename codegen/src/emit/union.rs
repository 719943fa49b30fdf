//! Unions: written as the branch they hold, read by what tells the branches apart.
use super::{branch, derives::derives, docs, ident, ty};
use crate::ir::{Def, Ir, JsonType, Tag, TagValue, Union};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(crate) fn union(ir: &Ir, def: &Def, union: &Union) -> TokenStream {
    let conversions = conversions(ir, def, union);
    let way = Way::of(ir);
    let read = match &union.tag {
        Tag::Branch(names) => {
            let named = branch::union(ir, def, union, names);
            return quote!(#named #conversions);
        }
        Tag::Property { wire, values } => by_property(&way, wire, values, &names(union)),
        Tag::Type(types) => by_type(&way, types, &names(union)),
        Tag::Key(keys) => by_key(&way, keys, &names(union)),
    };
    let Way { value, branch, .. } = &way;
    let of = match ir.is_exact {
        true => quote!(#value, #branch, serde::de::Error as _),
        false => quote!(#branch, serde::de::Error as _, serde_json::#value),
    };
    let name = ident(&def.ident);
    let about = docs(&def.docs);
    let derives = derives(def.traits, &["Serialize"]);
    let variants = union.variants.iter().map(|variant| {
        let (about, name, slot) = (
            docs(&variant.docs),
            ident(&variant.ident),
            ty(ir, &variant.slot),
        );
        quote!(#about #name(#slot),)
    });
    quote! {
        #about
        #derives
        #[serde(crate = "::tidings::codegen::serde", untagged)]
        pub enum #name {
            #(#variants)*
        }
        #conversions
        impl<'de> codegen::serde::Deserialize<'de> for #name {
            fn deserialize<D: codegen::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use ::tidings::codegen::{#of};
                let value = #value::deserialize(deserializer)?;
                let branch = #read;
                branch.map_err(D::Error::custom)
            }
        }
    }
}

/// What the runtime calls a value that a branch is read from, how it is, and the integer that it may be.
struct Way {
    value: Ident,
    branch: Ident,
    whole: Ident,
}

impl Way {
    fn of(ir: &Ir) -> Self {
        let [value, branch, whole] = match ir.is_exact {
            true => ["Json", "from_exact", "exact_whole"],
            false => ["Value", "from_value", "whole"],
        }
        .map(ident);
        Self {
            value,
            branch,
            whole,
        }
    }
}

/// From each branch, where no two are of the same type.
fn conversions(ir: &Ir, def: &Def, union: &Union) -> Option<TokenStream> {
    let name = ident(&def.ident);
    let types: Vec<String> = union
        .variants
        .iter()
        .map(|variant| super::base_ty(ir, &variant.slot).to_string())
        .collect();
    let variants = union.variants.iter().zip(&types);
    let branches = variants
        .filter(|(variant, ty)| {
            matches!(variant.slot.ty, crate::ir::Ty::Def(_))
                && types.iter().filter(|other| other == ty).count() == 1
        })
        .filter(|(variant, _)| !is_alias(ir, &variant.slot))
        .map(|(variant, _)| {
            let (name, ty) = (ident(&variant.ident), super::base_ty(ir, &variant.slot));
            quote!(#name(#ty))
        });
    let branches: Vec<_> = branches.collect();
    (!branches.is_empty()).then(|| quote!(codegen::branches!(#name; #(#branches),*);))
}

/// Whether the type is a name for another type, which a second branch may be too.
fn is_alias(ir: &Ir, slot: &crate::ir::Slot) -> bool {
    matches!(slot.ty, crate::ir::Ty::Def(id) if matches!(ir.defs[id].kind, crate::ir::Kind::Alias(_)))
}

fn names(union: &Union) -> Vec<Ident> {
    let variants = union.variants.iter();
    variants.map(|variant| ident(&variant.ident)).collect()
}

fn by_property(way: &Way, wire: &str, values: &[Vec<TagValue>], names: &[Ident]) -> TokenStream {
    let Way {
        value,
        branch,
        whole,
    } = way;
    let text = values
        .iter()
        .flatten()
        .any(|value| matches!(value, TagValue::Text(_)));
    let access = if text {
        quote!(#value::as_str)
    } else {
        quote!(codegen::#whole)
    };
    let arms = values.iter().zip(names).map(|(values, name)| {
        let values = values.iter().map(|value| match value {
            TagValue::Text(text) => quote!(#text),
            TagValue::Integer(number) => super::integer(i128::from(*number)),
        });
        quote!(Some(#(#values)|*) => #branch(value).map(Self::#name),)
    });
    let known: Vec<String> = values.iter().flatten().map(tag_text).collect();
    let error = format!("`{wire}` is none of `{}`", known.join("`, `"));
    quote! {
        match value.get(#wire).and_then(#access) {
            #(#arms)*
            _ => return Err(D::Error::custom(#error)),
        }
    }
}

pub(super) fn tag_text(value: &TagValue) -> String {
    match value {
        TagValue::Text(text) => text.clone(),
        TagValue::Integer(number) => number.to_string(),
    }
}

fn by_type(way: &Way, types: &[Vec<JsonType>], names: &[Ident]) -> TokenStream {
    let Way {
        value,
        branch,
        whole,
    } = way;
    let all = types.iter().zip(names);
    // An integer is a number too, so that it is asked for first.
    let integers = all
        .clone()
        .filter(|(types, _)| types.contains(&JsonType::Integer));
    let integers = integers.map(|(_, name)| {
        quote!(#value::Number(_) if codegen::#whole(&value).is_some() => #branch(value).map(Self::#name),)
    });
    let arms = all.clone().filter_map(|(types, name)| {
        let kinds = types.iter().filter(|kind| **kind != JsonType::Integer);
        let kinds: Vec<_> = kinds.map(|kind| pattern(value, *kind)).collect();
        (!kinds.is_empty()).then(|| quote!(#(#kinds)|* => #branch(value).map(Self::#name),))
    });
    let other = all.clone().find(|(types, _)| types.is_empty());
    let rest = match other {
        Some((_, name)) => quote!(_ => #branch(value).map(Self::#name),),
        None => {
            let plain = types
                .iter()
                .flatten()
                .filter(|kind| **kind != JsonType::Integer);
            let rest = if plain.count() == 5 {
                quote!(#value::Null)
            } else {
                quote!(_)
            };
            let none = "has none of the types that the document allows";
            quote!(#rest => return Err(D::Error::custom(#none)),)
        }
    };
    quote! {
        match value {
            #(#integers)*
            #(#arms)*
            #rest
        }
    }
}

fn pattern(value: &Ident, kind: JsonType) -> TokenStream {
    let name = ident(match kind {
        JsonType::Bool => "Bool",
        JsonType::Integer | JsonType::Number => "Number",
        JsonType::String => "String",
        JsonType::Array => "Array",
        JsonType::Object => "Object",
    });
    quote!(#value::#name(_))
}

fn by_key(way: &Way, keys: &[String], names: &[Ident]) -> TokenStream {
    let Way { branch, .. } = way;
    let has = keys.iter().map(|key| quote!(value.get(#key).is_some()));
    let arms = names.iter().enumerate().map(|(index, name)| {
        let flags = (0..names.len()).map(|other| {
            if other == index {
                quote!(true)
            } else {
                quote!(false)
            }
        });
        quote!([#(#flags),*] => #branch(value).map(Self::#name),)
    });
    let error = format!(
        "needs exactly one of the properties `{}`",
        keys.join("`, `")
    );
    quote! {
        match [#(#has),*] {
            #(#arms)*
            _ => return Err(D::Error::custom(#error)),
        }
    }
}
