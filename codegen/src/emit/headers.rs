//! The typed headers of messages: a struct, how it is written and how it is read.
use super::{derives::derives, docs, ident, limits, ty};
use crate::ir::{Field, Headers, Ir, Message, Traits};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::BTreeSet;

pub(crate) fn headers(ir: &Ir, headers: &Headers) -> TokenStream {
    let name = ident(&headers.ident);
    let about = docs(&headers.docs);
    let derives = derives(
        Traits {
            copy: false,
            ..headers.traits
        },
        &[],
    );
    let fields = headers.fields.iter().map(|field| {
        let (about, name, slot) = (docs(&field.docs), ident(&field.ident), ty(ir, &field.slot));
        let slot = if field.required {
            slot
        } else {
            quote!(Option<#slot>)
        };
        let seen = match field.fixed(ir) {
            Some(_) => quote!(pub(crate)),
            None => quote!(pub),
        };
        quote!(#about #seen #name: #slot,)
    });
    let locals = locals(&headers.fields);
    let writes = headers.fields.iter().map(write);
    let fields_read = headers.fields.iter().zip(&locals).map(|(field, local)| {
        let name = ident(&field.ident);
        quote!(#name: #local)
    });
    let required = headers.fields.iter().zip(&locals);
    let required = required.filter(|(field, _)| field.required);
    let required: Vec<_> = required.map(|(_, local)| local).collect();
    let all_there = match &required[..] {
        [] => None,
        [only] => Some(quote!(let Some(#only) = #only else { return Err(headers.invalid()) };)),
        names => Some(
            quote!(let (#(Some(#names),)*) = (#(#names,)*) else { return Err(headers.invalid()) };),
        ),
    };
    let reads = headers
        .fields
        .iter()
        .zip(&locals)
        .map(|(field, local)| read(field, local));
    let validate = headers.validates.then(|| {
        let fields = headers
            .fields
            .iter()
            .map(|field| (&*field.wire, &*field.ident, field.required, &field.slot));
        limits::implementation(&headers.ident, &limits::fields(ir, fields))
    });
    quote! {
        #about
        #derives
        #[non_exhaustive]
        pub struct #name {
            #(#fields)*
        }
        impl #name {
            fn write(&self, name: &str, message: &mut codegen::Message) -> Result<(), codegen::InvalidMessage> {
                #(#writes)*
                Ok(())
            }
            fn read(name: &str, message: &codegen::Message) -> Result<Self, codegen::InvalidMessage> {
                let mut headers = codegen::Headers::of(name, message);
                #(#reads)*
                #all_there
                headers.done(Self { #(#fields_read),* })
            }
        }
        #validate
    }
}

/// The headers that the document describes of any of the messages.
pub(super) fn described(ir: &Ir, messages: &[&Message]) -> Option<TokenStream> {
    let headers = messages.iter().filter_map(|message| message.headers);
    let fields = headers.flat_map(|index| &ir.headers[index].fields);
    let names: BTreeSet<_> = fields.map(|field| &field.wire).collect();
    let names = names.into_iter();
    (names.len() > 0).then(|| quote!(const HEADERS: &'static [&'static str] = &[#(#names),*];))
}

fn write(field: &Field) -> TokenStream {
    let (wire, name) = (&field.wire, ident(&field.ident));
    quote!(codegen::set_header_json(name, message, #wire, &self.#name)?;)
}

fn read(field: &Field, local: &Ident) -> TokenStream {
    let wire = &field.wire;
    let how = ident(if field.required {
        "required"
    } else {
        "optional"
    });
    quote!(let #local = headers.#how(#wire);)
}

/// A variable for each header, other than all that the function has; numbers where names are hard to tell apart.
fn locals(fields: &[Field]) -> Vec<Ident> {
    let names: Vec<&str> = fields
        .iter()
        .map(|field| field.ident.trim_start_matches("r#"))
        .collect();
    let others = |index: usize| names[index + 1..].iter();
    let alike = (0..names.len()).any(|index| others(index).any(|name| alike(names[index], name)));
    let local = |(index, name): (usize, &&str)| {
        ident(&if alike {
            // Twice, so that no two of these are alike either.
            format!("header_{index}_{index}")
        } else {
            format!("{name}_header")
        })
    };
    names.iter().enumerate().map(local).collect()
}

/// Whether at most one character tells the names apart.
fn alike(one: &str, other: &str) -> bool {
    let start = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let (one, other) = (&one.as_bytes()[start..], &other.as_bytes()[start..]);
    let end = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    one.len().max(other.len()) - end <= 1
}
