//! Messages: a struct each, with its constructors and its way to the wire and back.
use super::{
    avro,
    code::{Piece, Pieces},
    construct::{entry, given, initial, lints, parameter as parameter_of},
    correlation::{hooks, id},
    derives::derives,
    doc, docs,
    headers::headers,
    ident, key, limits, protobuf,
    set::set,
    ty, whole,
};
use crate::{
    Validate,
    ir::{Codec, Field, Format, Ir, Message, Ty, protobuf::Encoding},
    lower::needs_check,
};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// All messages, their headers and the sets of them.
pub(super) fn messages(ir: &Ir) -> Pieces<'_> {
    let headers = ir.headers.iter().map(move |item| self::headers(ir, item));
    let messages = ir
        .messages
        .iter()
        .map(move |message| self::message(ir, message));
    let sets = ir.operations.iter().flat_map(move |operation| {
        let request = set(ir, operation, &operation.message, false);
        let reply = operation
            .reply
            .as_ref()
            .and_then(|reply| set(ir, operation, reply, true));
        [request, reply].into_iter().flatten()
    });
    Box::new(headers.chain(messages).chain(sets).map(Piece::Whole))
}

fn message(ir: &Ir, message: &Message) -> TokenStream {
    let name = ident(&message.ident);
    let about = docs(&message.docs);
    let derives = derives(message.traits, &[]);
    let headers = message.headers.map(|index| ident(&ir.headers[index].ident));
    let payload = message.payload.as_ref().map(|slot| ty(ir, slot));
    let headers_field = headers.as_ref().map(|headers| {
        quote! {
            /// Headers.
            pub headers: #headers,
        }
    });
    let payload_field = payload.as_ref().map(|payload| {
        quote! {
            /// Payload.
            pub payload: #payload,
        }
    });
    let body = if headers.is_none() && payload.is_none() {
        quote!(;)
    } else {
        quote!({ #headers_field #payload_field })
    };
    let construct = construct(ir, message);
    let schema = avro::schema(message).or_else(|| protobuf::schema(message));
    let typed = typed(ir, message);
    quote! {
        #about
        #derives
        pub struct #name #body
        #construct
        #schema
        #typed
    }
}

/// `new` with the payload and the headers that are required, and a setter for each header that may be left out; nothing where there are no headers.
fn construct(ir: &Ir, message: &Message) -> TokenStream {
    let name = ident(&message.ident);
    let payload = message.payload.as_ref().map(|slot| ty(ir, slot));
    let parameter = payload.as_ref().map(|payload| quote!(payload: #payload,));
    let value = payload.as_ref().map(|_| quote!(payload,));
    let Some(headers) = message.headers.map(|index| &ir.headers[index]) else {
        return TokenStream::new();
    };
    let headers_name = ident(&headers.ident);
    let mut arguments = given(ir, &headers.fields);
    arguments.retain(|field| fresh(message, field).is_none());
    let parameters = arguments.iter().map(|field| {
        let (name, slot) = (ident(&field.ident), parameter_of(ir, &field.slot));
        quote!(#name: #slot,)
    });
    let values = headers.fields.iter().map(|field| {
        let name = ident(&field.ident);
        let fresh = fresh(message, field).filter(|_| field.required);
        let value = fresh.unwrap_or_else(|| initial(ir, field, &name));
        entry(&name, &value)
    });
    let setters = headers
        .fields
        .iter()
        .filter(|field| !field.required)
        .map(|field| setter(ir, field));
    let about = doc(&about_new(message, &headers.fields));
    let others: &[&str] = if payload.is_some() { &["payload"] } else { &[] };
    let lints = lints(&arguments, others);
    let from = arguments.is_empty().then(|| from(&name, payload.as_ref()));
    quote! {
        impl #name {
            #about
            #[must_use]
            #lints
            pub fn new(#parameter #(#parameters)*) -> Self {
                Self { headers: #headers_name { #(#values),* }, #value }
            }
            #(#setters)*
        }
        #from
    }
}

/// What `new` makes of itself.
fn about_new(message: &Message, fields: &[Field]) -> String {
    let is_fresh = |field: &Field| {
        field.required
            && message.correlation.as_ref() == Some(&field.wire)
            && fresh(message, field).is_some()
    };
    let id = fields.iter().any(is_fresh);
    let all = fields.iter().all(|field| field.required);
    match (id, all) {
        (false, true) => "A message.",
        (true, true) => "A message with a fresh correlation id.",
        (false, false) => "A message without the headers that may be left out.",
        (true, false) => {
            "A message with a fresh correlation id, without the headers that may be left out."
        }
    }
    .to_owned()
}

/// What a header has that the runtime or the type knows: a fresh correlation id, or room for the reply's address.
fn fresh(message: &Message, field: &Field) -> Option<TokenStream> {
    // Set on sending.
    if message.reply_to.as_ref() == Some(&field.wire)
        && matches!(field.slot.ty, Ty::Text(Format::Plain))
    {
        return field.slot.rules.is_none().then(|| quote!(String::new()));
    }
    if message.correlation.as_ref() != Some(&field.wire) || field.slot.rules.is_some() {
        return None;
    }
    match field.slot.ty {
        Ty::Text(Format::Uuid) => Some(quote!(codegen::uuid::Uuid::now_v7())),
        Ty::Text(Format::Plain) => Some(quote!(codegen::uuid::Uuid::now_v7().to_string())),
        _ => None,
    }
}

fn setter(ir: &Ir, field: &Field) -> TokenStream {
    let (name, slot) = (ident(&field.ident), ty(ir, &field.slot));
    let method = ident(&format!("with_{}", field.ident.trim_start_matches("r#")));
    let doc = doc(&format!(
        "Sets the header {}.",
        crate::docs::code(&field.wire)
    ));
    quote! {
        #doc
        #[must_use]
        pub fn #method(mut self, value: impl Into<#slot>) -> Self {
            self.headers.#name = Some(value.into());
            self
        }
    }
}

/// From the payload alone, or from nothing where there is none.
fn from(name: &Ident, payload: Option<&TokenStream>) -> TokenStream {
    match payload {
        Some(payload) => quote! {
            impl From<#payload> for #name {
                fn from(payload: #payload) -> Self {
                    Self::new(payload)
                }
            }
        },
        None => quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        },
    }
}

/// What makes a message of the struct, as data for the runtime.
fn typed(ir: &Ir, message: &Message) -> TokenStream {
    let (name, wire) = (ident(&message.ident), &message.wire);
    let payload = message.payload.as_ref().map(|slot| {
        let (codec, payload) = (codec(message), ty(ir, slot));
        let descriptor = protobuf::of(message).map(|name| quote!((#name)));
        quote!(= #codec #descriptor as #payload)
    });
    let headers = message.headers.map(|index| {
        let headers = ident(&ir.headers[index].ident);
        quote!(headers = #headers;)
    });
    let content_type = (message.content_type != "application/json").then(|| {
        let content_type = &message.content_type;
        quote!(content_type = #content_type;)
    });
    let hooks = hooks(message);
    let (check, beside) = check(ir, message);
    let whole = whole::schemas(message);
    let id = id(ir, message);
    let key = key::of_message(ir, message).map(|key| quote!(key = |message| #key;));
    quote! {
        #beside
        codegen::message! {
            #name(#wire) #payload;
            #headers
            #content_type
            #hooks
            #check
            #whole
            #id
            #key
        }
    }
}

/// What its body is written by.
fn codec(message: &Message) -> Ident {
    ident(match &message.codec {
        Codec::Json => "json",
        Codec::MessagePack => "message_pack",
        Codec::Cbor => "cbor",
        Codec::Text => "text",
        Codec::Avro(_) => "schema",
        Codec::Protobuf(payload) => match payload.encoding {
            Encoding::Binary => "protobuf",
            Encoding::Json => "protobuf_json",
            Encoding::Registered { .. } => "schema",
        },
        Codec::Bytes => "bytes",
    })
}

/// Which of headers and payload are held to limits, and when; and how that is done, where the payload has limits of its own.
fn check(ir: &Ir, message: &Message) -> (Option<TokenStream>, Option<TokenStream>) {
    let when = ident(match ir.validate {
        Validate::Off => "none",
        _ if message.event => "of_event",
        _ => "new",
    });
    let headers = message
        .headers
        .is_some_and(|index| ir.headers[index].validates);
    let payload = message.payload.as_ref();
    let payload = payload.filter(|slot| needs_check(slot, &ir.defs));
    if let Some(payload) = payload.filter(|slot| !limits::is_plain(ir, slot)) {
        let headers = headers.then(|| quote!(violations.within(at, "headers", &self.headers);));
        let payload = limits::payload(ir, payload);
        let check = limits::implementation(&message.ident, &quote!(#headers #payload));
        return (Some(quote!(checked = #when;)), Some(check));
    }
    let headers = headers.then(|| quote!(headers));
    let payload = payload.map(|_| quote!(payload));
    let parts: Vec<_> = headers.into_iter().chain(payload).collect();
    let check = (!parts.is_empty()).then(|| quote!(check = #when(#(#parts),*);));
    (check, None)
}
