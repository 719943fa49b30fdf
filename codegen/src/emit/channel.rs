//! Channels as types, with their parameters.
use super::{
    code::{Piece, Pieces},
    doc, docs, ident, json,
    requirement::{needs, requirements},
};
use crate::ir::{Address, AddressPart, Channel, Ir, Parameter};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::HashSet;

/// All channels, and what they need; a parameter that several have is printed once.
pub(super) fn channels(ir: &Ir) -> Pieces<'_> {
    let mut printed: HashSet<&str> = HashSet::new();
    let all = requirements(ir);
    let channels = ir.channels.iter().flat_map(move |channel| {
        let parameters = channel.parameters.iter();
        let new = parameters.filter(|parameter| printed.insert(&parameter.ident));
        let mut items: Vec<_> = new.map(self::parameter).collect();
        items.push(self::channel(channel));
        items
    });
    Box::new(channels.chain(all).map(Piece::Whole))
}

fn parameter(parameter: &Parameter) -> TokenStream {
    if parameter.values.is_empty() {
        free(parameter)
    } else {
        listed(parameter)
    }
}

fn channel(channel: &Channel) -> TokenStream {
    let name = ident(&channel.ident);
    let about = docs(&channel.docs);
    let kind = ident(match channel.publish_subscribe {
        true => "PublishSubscribe",
        false => "PointToPoint",
    });
    let needs = needs(channel);
    let bindings = (!channel.bindings.is_null()).then(|| {
        let bindings = json(&channel.bindings);
        quote!(bindings = #bindings;)
    });
    match &channel.address {
        Address::Fixed(text) => quote! {
            #about
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
            pub struct #name;
            codegen::channel! {
                #name = #kind(#text);
                #needs
                #bindings
            }
        },
        Address::Template { text, parts } => {
            let fields = fields(channel);
            let filter = filter(channel, parts);
            quote! {
                #about
                #[derive(Debug, Clone, PartialEq, Eq, Hash)]
                pub struct #name {
                    #fields
                }
                codegen::channels! {
                    #name = #kind(#text);
                    #needs
                    #bindings
                    #filter
                }
            }
        }
        Address::Dynamic => {
            let key = &channel.key;
            quote! {
                #about
                #[derive(Debug, Clone, PartialEq, Eq, Hash)]
                pub struct #name {
                    address: codegen::Str,
                }
                codegen::told_channel! {
                    #name = #kind(#key);
                    #needs
                    #bindings
                }
            }
        }
    }
}

/// A field for each parameter.
fn fields(channel: &Channel) -> TokenStream {
    let fields = channel.parameters.iter().map(|parameter| {
        let (about, field) = (docs(&parameter.docs), ident(&parameter.field));
        let ty = ident(&parameter.ident);
        quote!(#about pub #field: #ty,)
    });
    fields.collect()
}

/// The address as a format, the type for some or all of its channels, and the parameters.
fn filter(channel: &Channel, parts: &[AddressPart]) -> TokenStream {
    let format = parts.iter().map(|part| match part {
        AddressPart::Text(text) => text.replace('{', "{{").replace('}', "}}"),
        AddressPart::Parameter(_) => "{}".to_owned(),
    });
    let format: String = format.collect();
    let values = parts.iter().filter_map(|part| match part {
        AddressPart::Text(_) => None,
        AddressPart::Parameter(index) => Some(ident(&channel.parameters[*index].field)),
    });
    let filter = ident(&channel.filter);
    let parameters = channel.parameters.iter().map(|parameter| {
        let (field, ty) = (ident(&parameter.field), ident(&parameter.ident));
        let wire = &parameter.wire;
        quote!(#field = #ty(#wire);)
    });
    quote! {
        address!(#format #(, #values)*);
        struct #filter;
        #(#parameters)*
    }
}

/// A parameter that has a list of values.
fn listed(parameter: &Parameter) -> TokenStream {
    let name = ident(&parameter.ident);
    let about = docs(&parameter.docs);
    let values = parameter.values.iter();
    let values = values.map(|value| (&value.wire, ident(&value.ident)));
    let variants = values.clone().map(|(text, variant)| {
        let about = doc(&format!("{}.", crate::docs::code(text)));
        quote!(#about #variant,)
    });
    let texts = values.map(|(text, variant)| quote!(#variant = #text;));
    let wire = &parameter.wire;
    quote! {
        #about
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
        }
        codegen::values! {
            #name(#wire);
            #(#texts)*
        }
    }
}

/// A parameter of any text that keeps to its part of the address.
fn free(parameter: &Parameter) -> TokenStream {
    let name = ident(&parameter.ident);
    let about = docs(&parameter.docs);
    let (wire, forbidden) = (&parameter.wire, &parameter.forbidden);
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct #name(String);
        codegen::parameter!(#name(#wire), not [#(#forbidden),*]);
    }
}
