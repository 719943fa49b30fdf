//! The Protobuf schemas of a document, each compiled once.
use std::collections::HashMap;
use tidings_document::api::{Api, Message, ProtoId};
use tidings_schema::{ProtobufFile, ProtobufImport, ProtobufSchema, ProtobufValidator};

/// Those that were asked for, or why there are none.
#[derive(Default)]
pub(super) struct Schemas(HashMap<ProtoId, Result<ProtobufSchema, String>>);

impl Schemas {
    /// The schema of a message's payload, or why there is none.
    pub(super) fn payload(
        &mut self,
        api: &Api<'_>,
        message: &Message<'_>,
        id: ProtoId,
    ) -> Result<ProtobufValidator, String> {
        let schema = self.0.entry(id).or_insert_with(|| compiled(api, id));
        let schema = schema.as_ref().map_err(String::clone)?;
        let payload = schema.payload(&message.names());
        payload.map_err(|error| error.to_string())
    }
}

fn compiled(api: &Api<'_>, id: ProtoId) -> Result<ProtobufSchema, String> {
    let needed = api.needed_protos(id);
    let files = needed.iter().map(|needed| {
        let imports = needed.imports.iter().cloned();
        ProtobufFile {
            name: needed.proto.name.clone(),
            text: needed.proto.text,
            imports: imports.map(ProtobufImport::from).collect(),
        }
    });
    ProtobufSchema::compile(&files.collect::<Vec<_>>()).map_err(|errors| {
        let first = errors.first().map(ToString::to_string);
        first.unwrap_or_else(|| "its schema cannot be used".to_owned())
    })
}
