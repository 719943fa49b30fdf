//! The typed headers of messages: a struct, how it is written and how it is read.
use super::{derives::derives, docs, ident, limits, ty};
use crate::ir::{Field, Headers, Ir, Traits};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use tidings_document::escaped_token;

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
        quote!(#about pub #name: #slot,)
    });
    let locals = locals(&headers.fields);
    let writes = headers.fields.iter().map(write);
    let fields_read = headers.fields.iter().zip(&locals).map(|(field, local)| {
        let name = ident(&field.ident);
        if field.required {
            quote!(#name: #local)
        } else {
            quote!(#name: #local.flatten())
        }
    });
    let required: Vec<_> = headers
        .fields
        .iter()
        .zip(&locals)
        .filter(|(field, _)| field.required)
        .map(|(_, local)| local)
        .collect();
    let all_there = match &required[..] {
        [] => quote!(if !invalid.is_empty() {
            return Err(invalid);
        }),
        [only] => quote!(let Some(#only) = #only else { return Err(invalid) };),
        names => quote!(let (#(Some(#names),)*) = (#(#names,)*) else { return Err(invalid) };),
    };
    let optional_only =
        (!required.is_empty() && required.len() < headers.fields.len()).then(|| {
            quote!(if !invalid.is_empty() {
                return Err(invalid);
            })
        });
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
        limits::function(&headers.ident, &limits::fields(ir, fields))
    });
    quote! {
        #about
        #derives
        pub struct #name {
            #(#fields)*
        }
        impl #name {
            fn write(&self, name: &str, message: &mut codegen::Message) -> Result<(), codegen::InvalidMessage> {
                #(#writes)*
                Ok(())
            }
            fn read(name: &str, message: &codegen::Message) -> Result<Self, codegen::InvalidMessage> {
                let mut invalid = codegen::InvalidMessage::new(name);
                #(#reads)*
                #all_there
                #optional_only
                Ok(Self { #(#fields_read),* })
            }
        }
        #validate
    }
}

fn write(field: &Field) -> TokenStream {
    let (wire, name) = (&field.wire, ident(&field.ident));
    quote!(codegen::set_header_json(name, message, #wire, &self.#name)?;)
}

fn read(field: &Field, local: &Ident) -> TokenStream {
    let wire = &field.wire;
    let read = quote!(codegen::header_json(name, message, #wire));
    if !field.required {
        return quote!(let #local = invalid.take(#read););
    }
    let pointer = format!("/headers/{}", escaped_token(&field.wire));
    quote!(let #local = invalid.take(#read.and_then(|value| codegen::required(name, #pointer, value)));)
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
