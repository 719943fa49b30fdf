//! What messages in Protobuf consist of, as statics that the runtime goes along.
use super::{ident, integer};
use crate::ir::{
    Codec, Ir, Message,
    protobuf::{Descriptor, Encoding, Enum, Field, Kind, Shape},
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The statics of all messages and enums.
pub(super) fn statics(ir: &Ir) -> impl Iterator<Item = TokenStream> {
    let messages = ir.protobuf.messages.iter().enumerate();
    let enums = ir.protobuf.enums.iter().enumerate();
    let messages = messages.map(|(number, of)| message(number, of));
    messages.chain(enums.map(|(number, of)| enumeration(number, of)))
}

/// The static of a message.
pub(super) fn name(number: usize) -> Ident {
    format_ident!("PROTOBUF_{}", number + 1)
}

/// That by which a payload is written and read.
pub(super) fn of(message: &Message) -> Option<Ident> {
    match &message.codec {
        Codec::Protobuf(payload) => match payload.encoding {
            Encoding::Registered { .. } => None,
            _ => Some(name(payload.message)),
        },
        _ => None,
    }
}

/// A function that gives the schema, where a registry numbers that of the payload.
pub(super) fn schema(message: &Message) -> Option<TokenStream> {
    let Codec::Protobuf(payload) = &message.codec else {
        return None;
    };
    let Encoding::Registered { text, place } = &payload.encoding else {
        return None;
    };
    let (name, descriptor) = (ident(&message.ident), name(payload.message));
    let place = place.iter().map(|position| integer((*position).into()));
    Some(quote! {
        impl #name {
            /// The Protobuf schema of the payload, as a registry has it.
            #[must_use]
            pub fn schema() -> &'static codegen::protobuf::Registered {
                static SCHEMA: codegen::protobuf::Registered =
                    codegen::protobuf::Registered::new(&#descriptor, #text, &[#(#place),*]);
                &SCHEMA
            }
        }
    })
}

fn name_of_enum(number: usize) -> Ident {
    format_ident!("PROTOBUF_ENUM_{}", number + 1)
}

fn message(number: usize, of: &Descriptor) -> TokenStream {
    let (name, full) = (name(number), &of.name);
    let fields = fields(&of.fields);
    quote! {
        pub(crate) static #name: codegen::protobuf::Descriptor = {
            use codegen::protobuf as p;
            p::Descriptor::new(#full, #fields)
        };
    }
}

fn enumeration(number: usize, of: &Enum) -> TokenStream {
    let (name, full) = (name_of_enum(number), &of.name);
    let values = of.values.iter().map(|(name, number)| {
        let number = integer((*number).into());
        quote!((#name, #number))
    });
    quote! {
        static #name: codegen::protobuf::Enum = codegen::protobuf::Enum::new(#full, &[#(#values),*]);
    }
}

fn fields(fields: &[Field]) -> TokenStream {
    let fields = fields.iter().map(field);
    quote!(&[#(#fields),*])
}

fn field(field: &Field) -> TokenStream {
    let (name, json) = (&field.name, &field.json);
    let number = integer(field.number.into());
    let kind = match &field.kind {
        Kind::Plain(name) => plain(name),
        Kind::Known(name) => {
            let name = ident(name);
            quote!(p::Kind::Message(&p::#name))
        }
        Kind::Message(number) => {
            let name = self::name(*number);
            quote!(p::Kind::Message(&#name))
        }
        Kind::Enum(number) => {
            let name = name_of_enum(*number);
            quote!(p::Kind::Enum(&#name))
        }
        Kind::Oneof(choices) => {
            let choices = fields(choices);
            return quote!(p::oneof(#name, #choices));
        }
    };
    let shape = match field.shape {
        Shape::Required => "required",
        Shape::Optional => "optional",
        Shape::Implicit => "implicit",
        Shape::Repeated => "repeated",
        Shape::Packed => "packed",
        Shape::Map(key) => {
            let key = plain(key);
            return quote!(p::map(#number, #name, #json, #key, #kind));
        }
    };
    let shape = ident(shape);
    quote!(p::#shape(#number, #name, #json, #kind))
}

fn plain(name: &str) -> TokenStream {
    let name = ident(name);
    quote!(p::Kind::#name)
}
