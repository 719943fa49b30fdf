//! Payloads in Protobuf: the same graph of types as that of JSON, and what the runtime is told of messages, along which it reads and
//! writes them.
mod content;
mod numbers;
mod plain;
mod schema;
mod told;
mod types;

use super::Ctx;
use crate::ir::{
    Codec, Slot,
    protobuf::{Encoding, Payload},
};
use content::{Form, form};
use schema::Schemas;
use std::collections::HashMap;
use tidings_document::{
    Span,
    api::{self, Message, ProtoId},
};
use tidings_schema::{ProtobufKind, ProtobufOutline, ProtobufType};
use types::{Made, Maker};

/// The content type of Protobuf where none is stated.
pub(super) const CONTENT_TYPE: &str = "application/protobuf";

/// The Protobuf schemas of a document.
#[derive(Default)]
pub(super) struct Protobuf {
    schemas: Schemas,
    /// What names became, beside what defines them.
    types: HashMap<String, (ProtobufType, Made)>,
}

impl Ctx<'_> {
    /// The type of a payload in Protobuf, and how it is written; else why it stays bytes, and where that is said.
    pub(super) fn protobuf(
        &mut self,
        message: &Message<'_>,
        payload: &api::Payload<'_>,
        id: ProtoId,
    ) -> Result<(Slot, Codec), (Span, String)> {
        let opaque = |reason: String| {
            let span = payload.node.span;
            (span, format!("a Protobuf payload stays bytes: {reason}"))
        };
        let kafka = self.bindings_of(&message.about)["kafka"].take();
        let content_type = self.api.content_type_of(message);
        let form = form(content_type, &kafka).map_err(opaque)?;
        let schema = self.protobuf.schemas.payload(self.api, message, id);
        let schema = schema.map_err(opaque)?;
        let outline = schema.outline();
        types::is_typed(&outline, form == Form::Json).map_err(opaque)?;
        for name in types::extensions(&outline) {
            let reason = format!("{name} has no field: it stays bytes among the unknown fields");
            self.note(&crate::note::TYPE_OPAQUE, Some(payload.node.span), reason);
        }
        let made = self.protobuf_types(&outline);
        let encoding = match form {
            Form::Binary => Encoding::Binary,
            Form::Json => Encoding::Json,
            Form::Registered => Encoding::Registered {
                text: self.api[id].text.to_owned(),
                place: schema.place(),
            },
        };
        let message = made.table;
        Ok((made.slot, Codec::Protobuf(Payload { message, encoding })))
    }

    /// The types of a message: those that there are already, unless one of its names stands for something else elsewhere.
    fn protobuf_types(&mut self, outline: &ProtobufOutline) -> Made {
        let named: Vec<_> = outline
            .types
            .iter()
            .map(|of| by_name(outline, of))
            .collect();
        let same = |of: &ProtobufType| {
            let known = self.protobuf.types.get(&of.name);
            known.is_none_or(|(known, _)| known == of)
        };
        let shares = named.iter().all(same);
        let known = |of: &ProtobufType| {
            let (_, made) = self.protobuf.types.get(&of.name).filter(|_| shares)?;
            Some((of.name.clone(), made.clone()))
        };
        let made = named.iter().filter_map(known).collect();
        let mut maker = Maker {
            ctx: self,
            outline,
            made,
        };
        let root = maker.named(0);
        let made = maker.made;
        for of in named.into_iter().filter(|_| shares) {
            if let Some(own) = made.get(&of.name) {
                let entry = self.protobuf.types.entry(of.name.clone());
                entry.or_insert_with(|| (of, own.clone()));
            }
        }
        root
    }
}

/// A type whose fields name those that they are of, whatever their positions.
fn by_name(outline: &ProtobufOutline, of: &ProtobufType) -> ProtobufType {
    let mut of = of.clone();
    if let tidings_schema::ProtobufContent::Message(fields) = &mut of.content {
        for field in fields {
            if let ProtobufKind::Type(position) = field.kind {
                field.kind = ProtobufKind::Plain(outline.types[position].name.clone());
            }
        }
    }
    of
}
