//! Messages with their headers, and enums of the messages that an operation takes or gives.
use super::{doc, docs, ident, limits, ty, types::derives};
use crate::{
    ir::{Field, Format, Headers, Ir, Kind, Message, Operation, Set, Slot, Style, Traits, Ty},
    lower::needs_check,
};
use proc_macro2::TokenStream;
use quote::quote;

/// All messages, their headers and the sets of them.
pub(crate) fn messages(ir: &Ir) -> TokenStream {
    let headers = ir.headers.iter().map(|headers| self::headers(ir, headers));
    let messages = ir.messages.iter().map(|message| self::message(ir, message));
    let sets = ir.operations.iter().flat_map(|operation| {
        let request = set(ir, operation, &operation.message, false);
        let reply = operation
            .reply
            .as_ref()
            .and_then(|reply| set(ir, operation, reply, true));
        [request, reply].into_iter().flatten()
    });
    quote!(#(#headers)* #(#messages)* #(#sets)*)
}

fn headers(ir: &Ir, headers: &Headers) -> TokenStream {
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
    let writes = headers.fields.iter().map(write);
    let fields_read = headers.fields.iter().map(|field| {
        let (name, local) = (ident(&field.ident), local(field));
        if field.required {
            quote!(#name: #local)
        } else {
            quote!(#name: #local.flatten())
        }
    });
    let required: Vec<_> = headers
        .fields
        .iter()
        .filter(|field| field.required)
        .map(local)
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
    let reads = headers.fields.iter().map(read);
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

fn read(field: &Field) -> TokenStream {
    let (wire, local) = (&field.wire, local(field));
    let read = quote!(codegen::header_json(name, message, #wire));
    if !field.required {
        return quote!(let #local = invalid.take(#read););
    }
    let pointer = format!(
        "/headers/{}",
        field.wire.replace('~', "~0").replace('/', "~1")
    );
    quote!(let #local = invalid.take(#read.and_then(|value| codegen::required(name, #pointer, value)));)
}

/// A variable for a header, other than all that the function has.
fn local(field: &Field) -> proc_macro2::Ident {
    ident(&format!("{}_header", field.ident.trim_start_matches("r#")))
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
    let deref = deref(ir, message);
    let typed = typed(ir, message);
    quote! {
        #about
        #derives
        pub struct #name #body
        #construct
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
        return field.slot.rules.is_empty().then(|| quote!(String::new()));
    }
    if message.correlation.as_ref() != Some(&field.wire) || !field.slot.rules.is_empty() {
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
    let checked = check.is_some().then(|| quote!(self.check()?;));
    let body = match &message.payload {
        None => quote!(codegen::Bytes::new()),
        Some(slot) if matches!(slot.ty, Ty::Bytes) => quote!(self.payload.clone()),
        Some(_) => quote!(codegen::json(#wire, &self.payload)?),
    };
    let named = quote!(codegen::Message::named(#wire, #content_type, #body));
    let property = property(ir, message);
    let in_payload = property
        .map(|(name, slot, required)| id_of(ir, &quote!(self.payload.#name), slot, required));
    let in_payload = in_payload.map(|id| quote!(message.correlation_id = #id;));
    let encode = if message.headers.is_some() || in_payload.is_some() {
        let write = message
            .headers
            .map(|_| quote!(self.headers.write(#wire, &mut message)?;));
        let correlation = correlation(ir, message);
        quote! {
            let mut message = #named;
            #write
            #correlation
            #in_payload
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
    Some(quote! {
        impl #name {
            fn check(&self) -> Result<(), codegen::InvalidMessage> {
                let mut found = codegen::Violations::new();
                let violations = &mut found;
                #headers
                #payload
                codegen::check(#wire, found)
            }
        }
    })
}

/// The header with the correlation id is the message's own correlation id too.
fn correlation(ir: &Ir, message: &Message) -> Option<TokenStream> {
    let headers = &ir.headers[message.headers?];
    let field = headers
        .fields
        .iter()
        .find(|field| message.correlation.as_ref() == Some(&field.wire))?;
    let name = ident(&field.ident);
    let id = id_of(ir, &quote!(self.headers.#name), &field.slot, field.required);
    has_text(ir, &field.slot).then(|| quote!(message.correlation_id = #id;))
}

/// The property of the payload that holds the correlation id, and whether it is required.
fn property<'a>(ir: &'a Ir, message: &Message) -> Option<(proc_macro2::Ident, &'a Slot, bool)> {
    let wire = message.correlation_property.as_ref()?;
    let Ty::Def(id) = message.payload.as_ref().filter(|slot| !slot.nullable)?.ty else {
        return None;
    };
    let Kind::Struct(object) = &ir.defs[id].kind else {
        return None;
    };
    let field = object.fields.iter().find(|field| field.wire == *wire)?;
    (has_text(ir, &field.slot) && !field.slot.nullable)
        .then(|| (ident(&field.ident), &field.slot, field.required))
}

/// Whether values of the slot are shown as they are on the wire.
fn has_text(ir: &Ir, slot: &Slot) -> bool {
    match &slot.ty {
        Ty::Text(_) | Ty::Int(_) => true,
        Ty::Def(id) => match &ir.defs[*id].kind {
            Kind::Newtype(_) | Kind::Enum(_) => true,
            Kind::Alias(inner) => !inner.nullable && matches!(inner.ty, Ty::Text(_) | Ty::Int(_)),
            _ => false,
        },
        _ => false,
    }
}

/// An optional id from a field.
fn id_of(ir: &Ir, field: &TokenStream, slot: &Slot, required: bool) -> TokenStream {
    let text = match &slot.ty {
        Ty::Text(Format::Plain) => true,
        Ty::Def(id) if matches!(&ir.defs[*id].kind, Kind::Alias(inner) if matches!(inner.ty, Ty::Text(Format::Plain))) => {
            true
        }
        Ty::Def(id) => {
            matches!(&ir.defs[*id].kind, Kind::Enum(_))
                || matches!(&ir.defs[*id].kind, Kind::Newtype(inner) if matches!(inner.ty, Ty::Text(_)))
        }
        _ => false,
    };
    match (text, required) {
        (true, true) => quote!(Some(#field.as_str().into())),
        (true, false) => quote!(#field.as_ref().map(|id| id.as_str().into())),
        (false, true) => quote!(Some(#field.to_string().into())),
        (false, false) => quote!(#field.as_ref().map(|id| id.to_string().into())),
    }
}

fn decode(ir: &Ir, message: &Message, checked: bool) -> TokenStream {
    let wire = &message.wire;
    let headers = message.headers.map(|index| {
        let name = ident(&ir.headers[index].ident);
        quote!(#name::read(#wire, message))
    });
    let payload = message.payload.as_ref().map(|slot| match slot.ty {
        Ty::Bytes => (false, quote!(message.body.clone())),
        _ => (true, quote!(codegen::from_json(#wire, message))),
    });
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
        quote!(#before let decoded = #read; decoded.check()?; Ok(decoded))
    } else {
        quote!(#before Ok(#read))
    }
}

/// Copies the properties of the wire to and from the headers that the document has for them.
fn hooks(ir: &Ir, message: &Message) -> TokenStream {
    let wire = &message.wire;
    let pairs = [
        ("correlation_id", "correlation", &message.correlation),
        ("reply_to", "reply_address", &message.reply_to),
    ];
    let pairs: Vec<_> = pairs
        .iter()
        .filter_map(|(field, function, header)| {
            Some((ident(field), ident(function), header.as_ref()?))
        })
        .collect();
    let in_payload = property(ir, message).map(|(name, slot, required)| {
        let id = id_of(ir, &quote!(decoded.payload.#name), slot, required);
        quote! {
            fn correlation(message: &codegen::Message) -> Option<codegen::Str> {
                let decoded = Self::decode(message).ok();
                decoded.and_then(|decoded| #id).or_else(|| message.correlation_id.clone())
            }
        }
    });
    if pairs.is_empty() {
        return in_payload.unwrap_or_default();
    }
    let stamps = pairs.iter().map(|(field, _, header)| {
        quote! {
            if let Some(value) = message.#field.clone() {
                codegen::set_header(message, #header, value);
            }
        }
    });
    let reads = pairs.iter().map(|(field, function, header)| {
        quote! {
            fn #function(message: &codegen::Message) -> Option<codegen::Str> {
                let header = codegen::header_text(#wire, message, #header);
                header.ok().flatten().map(Into::into).or_else(|| message.#field.clone())
            }
        }
    });
    quote! {
        fn stamp(message: &mut codegen::Message) {
            #(#stamps)*
        }
        #(#reads)*
        #in_payload
    }
}

/// The same for a set, as the first of its messages that has such headers does it.
fn delegates(ir: &Ir, messages: &[&Message]) -> TokenStream {
    let stamped = |message: &&&Message| message.correlation.is_some() || message.reply_to.is_some();
    let hooked = |message: &&&Message| stamped(message) || property(ir, message).is_some();
    let Some(message) = messages.iter().find(hooked) else {
        return TokenStream::new();
    };
    let name = ident(&message.ident);
    let correlation = message.correlation.is_some() || property(ir, message).is_some();
    let pairs = [
        ("correlation", correlation),
        ("reply_address", message.reply_to.is_some()),
    ];
    let reads = pairs.iter().filter(|(_, has)| *has).map(|(function, _)| {
        let function = ident(function);
        quote! {
            fn #function(message: &codegen::Message) -> Option<codegen::Str> {
                #name::#function(message)
            }
        }
    });
    let stamp = stamped(&message).then(|| {
        quote! {
            fn stamp(message: &mut codegen::Message) {
                #name::stamp(message);
            }
        }
    });
    quote!(#stamp #(#reads)*)
}

/// The enum for several messages of an operation.
fn set(ir: &Ir, operation: &Operation, set: &Set, reply: bool) -> Option<TokenStream> {
    if set.messages.len() < 2 {
        return None;
    }
    let name = ident(&set.ident);
    let key = crate::docs::code(&operation.key);
    let about = doc(&if reply {
        format!("Every reply to {key}.")
    } else {
        format!("Every message of {key}.")
    });
    // A new event must not break those who listen; a new reply is for the requester to handle.
    let open = (operation.style == Style::Publish).then(|| quote!(#[non_exhaustive]));
    let messages: Vec<&Message> = set
        .messages
        .iter()
        .map(|index| &ir.messages[*index])
        .collect();
    let derives = derives(
        Traits {
            eq: messages.iter().all(|message| message.traits.eq),
            ..Traits::default()
        },
        &[],
    );
    let variants: Vec<_> = set.variants.iter().map(|name| ident(name)).collect();
    let alternatives =
        messages
            .iter()
            .zip(&variants)
            .zip(&set.boxed)
            .map(|((message, name), boxed)| {
                let (about, ty) = (
                    docs(&message.docs),
                    if *boxed {
                        quote!(Box<#name>)
                    } else {
                        quote!(#name)
                    },
                );
                quote!(#about #name(#ty),)
            });
    let conversions = variants.iter().zip(&set.boxed).map(|(variant, boxed)| {
        let value = if *boxed {
            quote!(Box::new(message))
        } else {
            quote!(message)
        };
        quote! {
            impl From<#variant> for #name {
                fn from(message: #variant) -> Self {
                    Self::#variant(#value)
                }
            }
        }
    });
    let names = wires(&messages);
    let candidates = messages.iter().zip(&variants).map(|(message, variant)| {
        let wire = &message.wire;
        quote!((#wire, |message| #variant::decode(message).map(Self::from)))
    });
    let hooks = delegates(ir, &messages);
    Some(quote! {
        #about
        #derives
        #open
        pub enum #name {
            #(#alternatives)*
        }
        #(#conversions)*
        impl codegen::TypedMessage for #name {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn encode(&self) -> Result<codegen::Message, codegen::InvalidMessage> {
                match self {
                    #(Self::#variants(message) => message.encode(),)*
                }
            }
            fn decode(message: &codegen::Message) -> Result<Self, codegen::InvalidMessage> {
                codegen::decode_one(message, &[#(#candidates),*])
            }
            #hooks
        }
    })
}

/// Names on the wire, each once.
fn wires<'a>(messages: &[&'a Message]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for message in messages {
        if !names.contains(&message.wire.as_str()) {
            names.push(&message.wire);
        }
    }
    names
}
