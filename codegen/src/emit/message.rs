//! Messages: a struct each, with its constructors and its way to the wire and back.
use super::{
    avro,
    code::{Piece, Pieces},
    correlation::{correlation, hooks, id_of, property},
    derives::derives,
    doc, docs,
    headers::headers,
    ident, key, limits,
    set::set,
    ty,
};
use crate::{
    ir::{Codec, Field, Format, Ir, Message, Ty},
    lower::needs_check,
};
use proc_macro2::TokenStream;
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
    let schema = avro::schema(message);
    let deref = deref(ir, message);
    let typed = typed(ir, message);
    quote! {
        #about
        #derives
        pub struct #name #body
        #construct
        #schema
        #deref
        #typed
    }
}

/// `new`, and a setter for each header that may be left out.
fn construct(ir: &Ir, message: &Message) -> TokenStream {
    let name = ident(&message.ident);
    let payload = message.payload.as_ref().map(|slot| ty(ir, slot));
    let parameter = payload.as_ref().map(|payload| quote!(payload: #payload,));
    let value = payload.as_ref().map(|_| quote!(payload,));
    let Some(headers) = message.headers.map(|index| &ir.headers[index]) else {
        if payload.is_none() {
            return TokenStream::new();
        }
        let from = from(message, payload.as_ref());
        return quote! {
            impl #name {
                /// A message.
                #[must_use]
                pub const fn new(#parameter) -> Self {
                    Self { #value }
                }
            }
            #from
        };
    };
    let headers_name = ident(&headers.ident);
    let fresh = |field: &Field| fresh(message, field);
    let simple = headers
        .fields
        .iter()
        .all(|field| !field.required || fresh(field).is_some());
    let setters = headers
        .fields
        .iter()
        .filter(|field| !field.required)
        .map(|field| setter(ir, field));
    let (docs, parameter, headers) = if simple {
        let values = headers.fields.iter().map(|field| {
            let name = ident(&field.ident);
            let value = if field.required {
                fresh(field).unwrap_or_default()
            } else {
                quote!(None)
            };
            quote!(#name: #value,)
        });
        let id = headers.fields.iter().any(|field| field.required);
        let docs = if id {
            "A message with a fresh correlation id and no other headers."
        } else {
            "A message without headers."
        };
        (
            doc(docs),
            parameter,
            quote!(headers: #headers_name { #(#values)* },),
        )
    } else {
        (
            doc("A message."),
            Some(quote!(headers: #headers_name, #parameter)),
            quote!(headers,),
        )
    };
    let from = match &payload {
        _ if !simple => None,
        Some(payload) => from(message, Some(payload)),
        None => Some(quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        }),
    };
    quote! {
        impl #name {
            #docs
            #[must_use]
            pub fn new(#parameter) -> Self {
                Self { #headers #value }
            }
            #(#setters)*
        }
        #from
    }
}

/// A fresh value for the header that holds the correlation id; that of the reply's address is set on sending.
fn fresh(message: &Message, field: &Field) -> Option<TokenStream> {
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

fn from(message: &Message, payload: Option<&TokenStream>) -> Option<TokenStream> {
    let name = ident(&message.ident);
    payload.map(|payload| {
        quote! {
            impl From<#payload> for #name {
                fn from(payload: #payload) -> Self {
                    Self::new(payload)
                }
            }
        }
    })
}

/// A message whose payload is a type of its own gives its fields directly.
fn deref(ir: &Ir, message: &Message) -> Option<TokenStream> {
    let name = ident(&message.ident);
    let payload = message
        .payload
        .as_ref()
        .filter(|slot| matches!(slot.ty, Ty::Def(_)) && !slot.nullable)?;
    let payload = ty(ir, payload);
    Some(quote! {
        impl ::core::ops::Deref for #name {
            type Target = #payload;

            fn deref(&self) -> &Self::Target {
                &self.payload
            }
        }
    })
}

fn typed(ir: &Ir, message: &Message) -> TokenStream {
    let name = ident(&message.ident);
    let (wire, content_type) = (&message.wire, &message.content_type);
    let check = check(ir, message);
    let checked = check.is_some().then(|| {
        let violations = message.event.then(|| quote!(codegen::Violations::new()));
        quote!(self.check(#violations)?;)
    });
    let body = match &message.payload {
        None => quote!(codegen::Bytes::new()),
        Some(_) => write(message),
    };
    let named = quote!(codegen::Message::named(#wire, #content_type, #body));
    let property = property(ir, message);
    let in_payload = property
        .map(|(name, slot, required)| id_of(ir, &quote!(self.payload.#name), slot, required));
    let in_payload = in_payload.map(|id| quote!(message.correlation_id = #id;));
    let key = key::of_message(ir, message).map(|key| quote!(message.key = #key;));
    let encode = if message.headers.is_some() || in_payload.is_some() || key.is_some() {
        let write = message
            .headers
            .map(|_| quote!(self.headers.write(#wire, &mut message)?;));
        let correlation = correlation(ir, message);
        quote! {
            let mut message = #named;
            #write
            #correlation
            #in_payload
            #key
            Ok(message)
        }
    } else {
        quote!(Ok(#named))
    };
    let decode = decode(ir, message, check.is_some());
    let hooks = hooks(ir, message);
    let parameter = if message.headers.is_none() && reads_nothing(message) {
        quote!(_message)
    } else {
        quote!(message)
    };
    quote! {
        #check
        impl codegen::TypedMessage for #name {
            const NAMES: &'static [&'static str] = &[#wire];

            fn encode(&self) -> Result<codegen::Message, codegen::InvalidMessage> {
                #checked
                #encode
            }
            fn decode(#parameter: &codegen::Message) -> Result<Self, codegen::InvalidMessage> {
                #decode
            }
            #hooks
        }
    }
}

/// The payload as a body.
fn write(message: &Message) -> TokenStream {
    let wire = &message.wire;
    match &message.codec {
        Codec::Json => quote!(codegen::json(#wire, &self.payload)?),
        Codec::MessagePack => quote!(codegen::message_pack(#wire, &self.payload)?),
        Codec::Cbor => quote!(codegen::cbor(#wire, &self.payload)?),
        Codec::Text => quote!(codegen::text(#wire, &self.payload)?),
        Codec::Avro(_) => quote!(Self::schema().write(#wire, &self.payload)?),
        Codec::Bytes => quote!(self.payload.clone()),
    }
}

/// The payload of a body, and whether that may fail.
fn read(message: &Message) -> (bool, TokenStream) {
    let wire = &message.wire;
    let read = match &message.codec {
        Codec::Json => quote!(codegen::from_json(#wire, message)),
        Codec::MessagePack => quote!(codegen::from_message_pack(#wire, message)),
        Codec::Cbor => quote!(codegen::from_cbor(#wire, message)),
        Codec::Text => quote!(codegen::from_text(#wire, message)),
        Codec::Avro(_) => quote!(Self::schema().read(#wire, message)),
        Codec::Bytes => return (false, quote!(message.body.clone())),
    };
    (true, read)
}

fn reads_nothing(message: &Message) -> bool {
    message.payload.is_none()
}

/// A function for the limits of headers and payload, where there are any.
fn check(ir: &Ir, message: &Message) -> Option<TokenStream> {
    let headers = message
        .headers
        .is_some_and(|index| ir.headers[index].validates);
    let headers =
        headers.then(|| quote!(self.headers.validate(&codegen::Pointer::HEADERS, violations);));
    let payload = message
        .payload
        .as_ref()
        .filter(|slot| needs_check(slot, &ir.defs))
        .map(|slot| limits::payload(ir, slot));
    if headers.is_none() && payload.is_none() {
        return None;
    }
    let (name, wire) = (ident(&message.ident), &message.wire);
    let (parameter, found) = if message.event {
        (Some(quote!(, mut found: codegen::Violations)), None)
    } else {
        let found = quote!(let mut found = codegen::Violations::new(););
        (None, Some(found))
    };
    Some(quote! {
        impl #name {
            fn check(&self #parameter) -> Result<(), codegen::InvalidMessage> {
                #found
                let violations = &mut found;
                #headers
                #payload
                codegen::check(#wire, found)
            }
        }
    })
}

fn decode(ir: &Ir, message: &Message, checked: bool) -> TokenStream {
    let wire = &message.wire;
    let headers = message.headers.map(|index| {
        let name = ident(&ir.headers[index].ident);
        quote!(#name::read(#wire, message))
    });
    let payload = message.payload.as_ref().map(|_| read(message));
    let (before, read) = match (headers, payload) {
        (None, None) => (None, quote!(Self)),
        (None, Some((false, payload))) => (None, quote!(Self { payload: #payload })),
        (None, Some((true, payload))) => (None, quote!(Self { payload: #payload? })),
        (Some(headers), None) => (None, quote!(Self { headers: #headers? })),
        (Some(headers), Some((false, payload))) => {
            (None, quote!(Self { headers: #headers?, payload: #payload }))
        }
        (Some(headers), Some((true, payload))) => {
            let before = quote! {
                let mut invalid = codegen::InvalidMessage::new(#wire);
                let headers = invalid.take(#headers);
                let payload = invalid.take(#payload);
                let (Some(headers), Some(payload)) = (headers, payload) else { return Err(invalid) };
            };
            (Some(before), quote!(Self { headers, payload }))
        }
    };
    if checked {
        let violations = message
            .event
            .then(|| quote!(codegen::Violations::of_event()));
        quote!(#before let decoded = #read; decoded.check(#violations)?; Ok(decoded))
    } else {
        quote!(#before Ok(#read))
    }
}
