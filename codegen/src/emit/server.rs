//! Servers as functions that give them.
use super::{
    code::{Piece, Pieces},
    construct::lints_of,
    docs, ident, json,
};
use crate::{
    docs::{self as text, Docs},
    ir::{Ir, Server, ServerVariable},
};
use proc_macro2::TokenStream;
use quote::quote;

/// What the module says of itself.
pub(super) const ABOUT: &str = "Servers of the document: what they leave open is told by whoever connects, such as by `with_environment`.";

pub(super) fn servers(ir: &Ir) -> Pieces<'_> {
    Box::new(ir.servers.iter().map(server).map(Piece::Whole))
}

/// All of them in a module of their own, within a file.
pub(super) fn module(ir: &Ir) -> Pieces<'_> {
    let functions = ir.servers.iter().map(server);
    let about = super::doc(ABOUT);
    let module = (!ir.servers.is_empty()).then(|| {
        quote! {
            #about
            pub mod servers {
                use ::tidings::codegen;
                #(#functions)*
            }
        }
    });
    Box::new(module.into_iter().map(Piece::Whole))
}

fn server(server: &Server) -> TokenStream {
    let about = docs(&text::join([
        server.docs.clone(),
        asked(server),
        errors(server),
    ]));
    let name = ident(&server.ident);
    let (protocol, url) = (&server.protocol, &server.url);
    let variables = server.variables.iter().map(variable);
    let schemes = server.schemes.iter().map(|scheme| {
        let (name, kind) = (&scheme.name, &scheme.kind);
        quote!(.with_scheme(#name, #kind))
    });
    let bindings = (!server.bindings.is_null()).then(|| {
        let json = json(&serde_json::json!({ "own": server.bindings }));
        quote!(.with_bindings(codegen::Bindings::read(#json)))
    });
    let made = quote! {
        codegen::Server::new(#protocol, #url)#(#variables)*#(#schemes)*#bindings
    };
    let open: Vec<_> = open(server).collect();
    if open.is_empty() {
        return quote! {
            #about
            #[must_use]
            pub fn #name() -> codegen::Server {
                #made
            }
        };
    }
    let fields: Vec<_> = open.iter().map(|variable| ident(&variable.field)).collect();
    let names: Vec<_> = open.iter().map(|variable| &*variable.field).collect();
    let lints = lints_of(&names, 0);
    let mut told = open.iter().map(|variable| {
        let (wire, field) = (&variable.wire, ident(&variable.field));
        quote!(.with_value(#wire, #field))
    });
    let first = told.next();
    let body = quote!(#made #first #(?#told)*);
    quote! {
        #about
        #lints
        pub fn #name(#(#fields: &str),*) -> Result<codegen::Server, codegen::Error> {
            #body
        }
    }
}

/// The variables that have no value of their own.
fn open(server: &Server) -> impl Iterator<Item = &ServerVariable> {
    let variables = server.variables.iter();
    variables.filter(|variable| variable.default.is_none())
}

fn variable(variable: &ServerVariable) -> TokenStream {
    let (name, allowed) = (&variable.wire, &variable.allowed);
    let default = match &variable.default {
        Some(default) => quote!(Some(#default)),
        None => quote!(None),
    };
    quote!(.with_variable(#name, #default, &[#(#allowed),*]))
}

/// What it asks for, and what may be told of it.
fn asked(server: &Server) -> Docs {
    let schemes = server.schemes.iter();
    let schemes: Vec<_> = schemes
        .map(|scheme| {
            format!(
                "{} ({})",
                text::code(&scheme.name),
                text::code(&scheme.kind)
            )
        })
        .collect();
    let told = server.variables.iter().filter_map(|variable| {
        let default = variable.default.as_ref()?;
        Some(format!(
            "{} (else {})",
            text::code(&variable.wire),
            text::code(default)
        ))
    });
    let told: Vec<_> = told.collect();
    let mut lines = Docs::new();
    if !told.is_empty() {
        lines.push(format!("Variables: {}.", told.join(", ")));
    }
    if !schemes.is_empty() {
        lines.push(format!("Asks for one of: {}.", schemes.join(", ")));
    }
    text::join(lines.into_iter().map(|line| vec![line]))
}

fn errors(server: &Server) -> Docs {
    let listed = open(server).next().is_some();
    let lines = ["# Errors", "When the document does not allow a value."];
    if listed {
        lines.map(str::to_owned).to_vec()
    } else {
        Docs::new()
    }
}
