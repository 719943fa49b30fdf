//! Channels as types, with their parameters.
use super::{
    code::{Piece, Pieces},
    doc, docs, ident, json,
    requirement::{requirement, requirements},
};
use crate::ir::{Address, AddressPart, Channel, Ir, Parameter};
use proc_macro2::{Ident, Literal, TokenStream};
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
    let kind = if channel.publish_subscribe {
        ident("publish_subscribe")
    } else {
        ident("point_to_point")
    };
    let requirement = requirement(channel);
    let (bound, bindings) = bindings(channel);
    match &channel.address {
        Address::Fixed(text) => fixed(channel, &about, text, &kind),
        Address::Template { text, parts } => template(&about, &name, channel, (text, parts), &kind),
        Address::Dynamic => quote! {
            #about
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            pub struct #name {
                address: codegen::Str,
            }
            impl #name {
                #requirement
                /// The channel at an address.
                pub fn new(address: impl Into<codegen::Str>) -> Self {
                    Self { address: address.into() }
                }
                /// The channel as the runtime knows it.
                #[must_use]
                pub fn channel(&self) -> codegen::Channel {
                    codegen::Channel::#kind(::std::sync::Arc::clone(&self.address))#bound
                }
                #bindings
            }
        },
    }
}

fn fixed(channel: &Channel, about: &TokenStream, text: &str, kind: &Ident) -> TokenStream {
    let name = ident(&channel.ident);
    let requirement = requirement(channel);
    let (bound, bindings) = bindings(channel);
    quote! {
        #about
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct #name;
        impl #name {
            /// The address.
            pub const ADDRESS: &'static str = #text;
            #requirement

            /// The channel as the runtime knows it.
            #[must_use]
            pub fn channel() -> codegen::Channel {
                codegen::Channel::#kind(Self::ADDRESS)#bound
            }
            #bindings
        }
    }
}

fn template(
    about: &TokenStream,
    name: &Ident,
    channel: &Channel,
    (text, parts): (&str, &[AddressPart]),
    kind: &Ident,
) -> TokenStream {
    let fields = channel.parameters.iter().map(|parameter| {
        let (about, field, ty) = (
            docs(&parameter.docs),
            ident(&parameter.field),
            ident(&parameter.ident),
        );
        quote!(#about pub #field: #ty,)
    });
    let format: String = parts
        .iter()
        .map(|part| match part {
            AddressPart::Text(text) => text.replace('{', "{{").replace('}', "}}"),
            AddressPart::Parameter(_) => "{}".to_owned(),
        })
        .collect();
    let values = parts.iter().filter_map(|part| match part {
        AddressPart::Text(_) => None,
        AddressPart::Parameter(index) => Some(ident(&channel.parameters[*index].field)),
    });
    let names = channel.parameters.iter();
    let names: Vec<_> = names.map(|parameter| ident(&parameter.field)).collect();
    let requirement = requirement(channel);
    let (bound, bindings) = bindings(channel);
    let count = Literal::usize_unsuffixed(names.len());
    let places = (0..names.len()).map(Literal::usize_unsuffixed);
    let filter = filter(channel, name, bound.as_ref());
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct #name {
            #(#fields)*
        }
        impl #name {
            /// The address with its placeholders.
            pub const ADDRESS: &'static str = #text;
            #requirement

            /// The address with the values filled in.
            #[must_use]
            pub fn address(&self) -> String {
                format!(#format, #(self.#values),*)
            }
            /// The channel as the runtime knows it.
            #[must_use]
            pub fn channel(&self) -> codegen::Channel {
                codegen::Channel::#kind(self.address())#bound
            }
            #bindings
        }
        impl ::core::str::FromStr for #name {
            type Err = codegen::InvalidValue;

            fn from_str(address: &str) -> Result<Self, codegen::InvalidValue> {
                static ADDRESS: codegen::Address = codegen::Address::new(#name::ADDRESS);
                let values: [&str; #count] = ADDRESS.parameters(address)?;
                Ok(Self { #(#names: values[#places].parse()?),* })
            }
        }
        #filter
    }
}

/// A type for some or all of the channels of an address with parameters.
fn filter(channel: &Channel, name: &Ident, bound: Option<&TokenStream>) -> TokenStream {
    let filter = ident(&channel.filter);
    let about = doc(&format!(
        "Those of the channels [`{name}`] that have these values; where there is none, with any."
    ));
    let fields = channel.parameters.iter().map(|parameter| {
        let (about, field, ty) = (
            docs(&parameter.docs),
            ident(&parameter.field),
            ident(&parameter.ident),
        );
        quote!(#about pub #field: Option<#ty>,)
    });
    let values = channel.parameters.iter().map(|parameter| {
        let (wire, field) = (&parameter.wire, ident(&parameter.field));
        quote!((#wire, self.#field.as_ref().map(ToString::to_string)))
    });
    let told = channel.parameters.iter().map(|parameter| {
        let field = ident(&parameter.field);
        // Those of lists are copied.
        let clone = parameter.values.is_empty().then(|| quote!(.clone()));
        quote!(#field: Some(channel.#field #clone))
    });
    let kind = ident(match channel.publish_subscribe {
        true => "PublishSubscribe",
        false => "PointToPoint",
    });
    quote! {
        #about
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
        pub struct #filter {
            #(#fields)*
        }
        impl #filter {
            /// All of them.
            #[must_use]
            pub fn any() -> Self {
                Self::default()
            }
            /// The channels as the runtime knows them.
            #[must_use]
            pub fn channel(&self) -> codegen::Channel {
                let values = [#(#values),*];
                codegen::Channel::narrowed(codegen::ChannelKind::#kind, #name::ADDRESS, &values)#bound
            }
        }
        impl From<&#name> for #filter {
            fn from(channel: &#name) -> Self {
                Self { #(#told),* }
            }
        }
    }
}

/// What adds keys and bindings to a channel, and the function that has the bindings; nothing where there are none.
fn bindings(channel: &Channel) -> (Option<TokenStream>, Option<TokenStream>) {
    let keys = channel.needs.key_order.then(|| quote!(.with_keys()));
    if channel.bindings.is_null() {
        return (keys, None);
    }
    let (name, json) = (ident(&channel.ident), json(&channel.bindings));
    let function = quote! {
        fn bindings() -> codegen::Bindings {
            static BINDINGS: ::std::sync::LazyLock<codegen::Bindings> =
                ::std::sync::LazyLock::new(|| codegen::Bindings::read(#json));
            codegen::Bindings::clone(&BINDINGS)
        }
    };
    (
        Some(quote!(#keys.with_bindings(#name::bindings()))),
        Some(function),
    )
}

/// A parameter that has a list of values.
fn listed(parameter: &Parameter) -> TokenStream {
    let name = ident(&parameter.ident);
    let about = docs(&parameter.docs);
    let variants: Vec<_> = parameter
        .values
        .iter()
        .map(|value| ident(&value.ident))
        .collect();
    let texts: Vec<&str> = parameter
        .values
        .iter()
        .map(|value| value.wire.as_str())
        .collect();
    let abouts = texts
        .iter()
        .map(|text| doc(&format!("{}.", crate::docs::code(text))));
    let wire = &parameter.wire;
    let display = display(&name);
    quote! {
        #about
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#abouts #variants,)*
        }
        impl #name {
            /// The text in the address.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    #(Self::#variants => #texts,)*
                }
            }
        }
        impl ::core::str::FromStr for #name {
            type Err = codegen::InvalidValue;

            fn from_str(text: &str) -> Result<Self, codegen::InvalidValue> {
                codegen::listed(#wire, &[#(Self::#variants),*], |value| value.as_str(), text)
            }
        }
        #display
    }
}

/// A parameter of any text that keeps to its part of the address.
fn free(parameter: &Parameter) -> TokenStream {
    let name = ident(&parameter.ident);
    let about = docs(&parameter.docs);
    let wire = &parameter.wire;
    let forbidden = &parameter.forbidden;
    let display = display(&name);
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct #name(String);
        impl #name {
            /// The text in the address.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl ::core::str::FromStr for #name {
            type Err = codegen::InvalidValue;

            fn from_str(text: &str) -> Result<Self, codegen::InvalidValue> {
                codegen::parameter(#wire, text, &[#(#forbidden),*]).map(Self)
            }
        }
        #display
    }
}

fn display(name: &Ident) -> TokenStream {
    quote! {
        impl ::core::fmt::Display for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    }
}
