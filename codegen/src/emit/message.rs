//! Messages: a struct each, with its constructors and its way to the wire and back.
use super::{
    avro,
    code::{Piece, Pieces},
    construct::{entry, given, initial, lints, parameter as parameter_of},
    correlation::{correlation, hooks, id_of, property},
    derives::derives,
    doc, docs,
    headers::{described, headers},
    ident, key, limits, protobuf,
    set::set,
    ty, whole,
};
use crate::{
    Validate,
    ir::{Codec, Field, Format, Ir, Message, Ty},
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
    let schema = avro::schema(message);
    let whole = whole::schemas(message);
    let deref = deref(ir, message);
    let typed = typed(ir, message);
    quote! {
        #about
        #derives
        pub struct #name #body
        #construct
        #schema
        #whole
        #deref
        #typed
    }
}

/// `new` with the payload and the headers that are required, and a setter for each header that may be left out.
fn construct(ir: &Ir, message: &Message) -> TokenStream {
    let name = ident(&message.ident);
    let payload = message.payload.as_ref().map(|slot| ty(ir, slot));
    let parameter = payload.as_ref().map(|payload| quote!(payload: #payload,));
    let value = payload.as_ref().map(|_| quote!(payload,));
    let Some(headers) = message.headers.map(|index| &ir.headers[index]) else {
        let Some(payload) = payload else {
            return TokenStream::new();
        };
        let from = from(&name, Some(&payload));
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
    let wire = &message.wire;
    let check = check(ir, message);
    let is_checked = check.is_some() && ir.validate != Validate::Off;
    let checked = is_checked.then(|| quote!(codegen::check(self, codegen::Violations::new())?;));
    let whole = whole::of_written(message);
    let (made, done) = made(message);
    let property = property(ir, message);
    let in_payload = property
        .map(|(name, slot, required)| id_of(ir, &quote!(self.payload.#name), slot, required));
    let in_payload = in_payload.map(|id| quote!(message.correlation_id = #id;));
    let key = key::of_message(ir, message).map(|key| quote!(message.key = #key;));
    let is_changed = message.headers.is_some() || in_payload.is_some() || key.is_some();
    let encode = if is_changed {
        let write = message
            .headers
            .map(|_| quote!(self.headers.write(#wire, &mut message)?;));
        let correlation = correlation(ir, message);
        quote! {
            let mut message = #made;
            #write
            #correlation
            #in_payload
            #key
            #whole
            Ok(message)
        }
    } else if whole.is_some() {
        quote!(let message = #made; #whole Ok(message))
    } else {
        done
    };
    let decode = decode(ir, message, is_checked);
    let hooks = hooks(ir, message);
    let parameter = if message.headers.is_none() && reads_nothing(message) && whole.is_none() {
        quote!(_message)
    } else {
        quote!(message)
    };
    let headers = described(ir, &[message]);
    let body_type = body_type(message);
    quote! {
        #check
        impl codegen::TypedMessage for #name {
            const NAMES: &'static [&'static str] = &[#wire];
            #body_type
            #headers
            #hooks

            fn encode(&self) -> Result<codegen::Message, codegen::InvalidMessage> {
                #checked
                #encode
            }
            fn decode(#parameter: &codegen::Message) -> Result<Self, codegen::InvalidMessage> {
                #decode
            }
        }
    }
}

/// What its body is, where that is other than JSON of its own type.
fn body_type(message: &Message) -> TokenStream {
    let content_type = &message.content_type;
    let other = (content_type != "application/json")
        .then(|| quote!(const CONTENT_TYPE: &'static str = #content_type;));
    let opaque = is_opaque(message).then(|| {
        quote!(
            const OPAQUE: bool = true;
        )
    });
    quote!(#other #opaque)
}

/// Whether its body is bytes, or none.
fn is_opaque(message: &Message) -> bool {
    message.payload.is_none() || matches!(message.codec, Codec::Bytes)
}

/// The message of the payload as an expression, and as a result.
fn made(message: &Message) -> (TokenStream, TokenStream) {
    let wire = &message.wire;
    let body = match &message.codec {
        _ if message.payload.is_none() => quote!(codegen::Bytes::new()),
        Codec::Json => {
            let made = quote!(codegen::json_message::<Self>(&self.payload));
            return (quote!(#made?), made);
        }
        Codec::MessagePack => quote!(codegen::message_pack(#wire, &self.payload)?),
        Codec::Cbor => quote!(codegen::cbor(#wire, &self.payload)?),
        Codec::Text => quote!(codegen::text(#wire, &self.payload)?),
        Codec::Avro(_) => quote!(Self::schema().write(#wire, &self.payload)?),
        Codec::Protobuf(payload) => {
            let (name, [write, _]) = (protobuf::name(payload.message), protobuf::methods(*payload));
            quote!(#name.#write(#wire, &self.payload)?)
        }
        Codec::Bytes => quote!(self.payload.clone()),
    };
    let made = quote!(codegen::bytes_message::<Self>(#body));
    (made.clone(), quote!(Ok(#made)))
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
        Codec::Protobuf(payload) => {
            let (name, [_, read]) = (protobuf::name(payload.message), protobuf::methods(*payload));
            quote!(#name.#read(#wire, message))
        }
        Codec::Bytes => return (false, quote!(message.body.clone())),
    };
    (true, read)
}

fn reads_nothing(message: &Message) -> bool {
    message.payload.is_none()
}

/// What headers and payload are validated by, where they have limits.
fn check(ir: &Ir, message: &Message) -> Option<TokenStream> {
    let headers = message
        .headers
        .is_some_and(|index| ir.headers[index].validates);
    let headers = headers
        .then(|| quote!(codegen::Validate::check(&self.headers, &at.key("headers"), violations);));
    let payload = message
        .payload
        .as_ref()
        .filter(|slot| needs_check(slot, &ir.defs))
        .map(|slot| limits::payload(ir, slot));
    (headers.is_some() || payload.is_some())
        .then(|| limits::implementation(&message.ident, &quote!(#headers #payload)))
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
            let before = quote!(let (headers, payload) = codegen::both(#headers, #payload)?;);
            (Some(before), quote!(Self { headers, payload }))
        }
    };
    let (whole_before, whole_after) = whole::of_read(message);
    if checked {
        let found = ident(if message.event { "of_event" } else { "new" });
        quote! {
            #whole_before
            #before
            let decoded = #read;
            codegen::check(&decoded, codegen::Violations::#found())?;
            #whole_after
            Ok(decoded)
        }
    } else if whole_after.is_some() {
        quote!(#before let decoded = #read; #whole_after Ok(decoded))
    } else {
        quote!(#whole_before #before Ok(#read))
    }
}
