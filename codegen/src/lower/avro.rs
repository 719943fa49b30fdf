//! Payloads in Avro: the same graph of types as that of JSON, and the text of the schema, along which the runtime reads and writes them.
mod framing;
mod given;
mod schema;
mod types;

use super::Ctx;
use crate::{
    docs::code,
    ir::{Avro, Codec, Slot},
};
use framing::framing;
use schema::{Named, Schema};
use serde_json::Value as Json;
use std::collections::HashMap;
use tidings_document::{
    AvroTypes, Span,
    api::{Message, Payload},
};
use types::Maker;

/// The content type of Avro where none is stated.
pub(super) const CONTENT_TYPE: &str = "avro/binary";

/// The Avro schemas of a document.
#[derive(Default)]
pub(super) struct Schemas<'a> {
    trees: Option<AvroTypes<'a, 'a>>,
    /// What names became, beside what defines them.
    types: HashMap<String, (Named, Slot)>,
}

impl<'a> Ctx<'a> {
    /// The type of a payload in Avro, and how it is written; else why it stays bytes, and where that is said.
    pub(super) fn avro(
        &mut self,
        message: &Message<'a>,
        payload: &Payload<'a>,
        hint: &str,
    ) -> Result<(Slot, Codec), (Span, String)> {
        let trees = &mut self.avro.trees;
        let trees = trees.get_or_insert_with(|| AvroTypes::new(self.api));
        let json = trees.schema(payload).to_json();
        let opaque = |reason: String| {
            let span = payload.node.span;
            (span, format!("an Avro payload stays bytes: {reason}"))
        };
        let kafka = self.bindings_of(&message.about)["kafka"].take();
        let framing = framing(self.api.content_type_of(message), &kafka).map_err(opaque)?;
        let schema = schema::schema(&json)
            .map_err(|(at, reason)| opaque(format!("{} {reason}", place(&at))))?;
        let slot = self.avro_types(&schema, hint);
        let schema = without_docs(json);
        Ok((slot, Codec::Avro(Avro { schema, framing })))
    }

    /// The types of a schema: those that there are already, unless one of its names stands for something else elsewhere.
    fn avro_types(&mut self, schema: &Schema, hint: &str) -> Slot {
        let names = || schema.names.iter();
        let same = |(name, named): (&String, &Named)| {
            let known = self.avro.types.get(name);
            known.is_none_or(|(known, _)| known == named)
        };
        let shares = names().all(same);
        let known = |(name, _): (&String, &Named)| {
            let (_, slot) = self.avro.types.get(name).filter(|_| shares)?;
            Some((name.clone(), slot.clone()))
        };
        let slots = names().filter_map(known).collect();
        let mut maker = Maker {
            ctx: self,
            schema,
            slots,
        };
        let slot = maker.slot(&schema.root, &format!("{hint} payload"));
        let slots = maker.slots;
        for (name, named) in names().filter(|_| shares) {
            if let Some(slot) = slots.get(name) {
                let known = || (named.clone(), slot.clone());
                self.avro.types.entry(name.clone()).or_insert_with(known);
            }
        }
        slot
    }
}

fn place(pointer: &str) -> String {
    match pointer {
        "" => "its schema".to_owned(),
        pointer => code(pointer),
    }
}

/// The schema without its descriptions, which the types have.
fn without_docs(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let entries = map.into_iter().filter(|(key, _)| key != "doc");
            let entries = entries.map(|(key, value)| match key.as_str() {
                "default" => (key, value),
                _ => (key, without_docs(value)),
            });
            Json::Object(entries.collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_docs).collect()),
        other => other,
    }
}
