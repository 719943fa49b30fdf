//! The Protobuf schemas of a document, each compiled once.
use std::{cell::RefCell, collections::HashMap};

use tidings_document::api::{Api, Message, ProtoId};
use tidings_schema::{ProtobufFile, ProtobufImport, ProtobufSchema, ProtobufValidator};

/// Those that were asked for; nothing for what cannot be compiled.
#[derive(Default)]
pub(crate) struct Schemas(RefCell<HashMap<ProtoId, Option<ProtobufSchema>>>);

impl Schemas {
    /// The schema of a message's payload, if that is described in Protobuf and can be told.
    pub(crate) fn payload(
        &self,
        api: &Api<'_>,
        message: &Message<'_>,
    ) -> Option<ProtobufValidator> {
        let id = message.payload.as_ref()?.proto?;
        let mut schemas = self.0.borrow_mut();
        let schema = schemas.entry(id).or_insert_with(|| compiled(api, id));
        schema.as_ref()?.payload(&message.names()).ok()
    }
}

fn compiled(api: &Api<'_>, id: ProtoId) -> Option<ProtobufSchema> {
    let needed = api.needed_protos(id);
    let files = needed.iter().map(|needed| {
        let imports = needed.imports.iter().cloned();
        ProtobufFile {
            name: needed.proto.name.clone(),
            text: needed.proto.text,
            imports: imports.map(ProtobufImport::from).collect(),
        }
    });
    ProtobufSchema::compile(&files.collect::<Vec<_>>()).ok()
}
