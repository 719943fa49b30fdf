//! The compiled schemas of one message, and where in the document each of their keywords stands.
use anyhow::bail;
use serde_json::Value;
use tidings_document::{
    SchemaJson,
    api::{Api, Message, Payload, SchemaId},
    schema_json_with_map,
};
use tidings_schema::{Dialect, MessageSchemas, MessageValidator, Part, Schema, Violation};

/// Checks values against one message.
pub(crate) struct Checker<'api, 'a> {
    api: &'api Api<'a>,
    validator: MessageValidator,
    payload: Option<SchemaJson>,
    headers: Option<SchemaJson>,
}

impl<'api, 'a> Checker<'api, 'a> {
    /// Compiles the schemas of a message.
    ///
    /// # Errors
    /// When the payload is not described by a JSON Schema, or a schema cannot be used.
    pub(crate) fn new(api: &'api Api<'a>, message: &Message<'a>) -> anyhow::Result<Self> {
        if let Some(Payload {
            schema: None,
            format_text,
            ..
        }) = &message.payload
        {
            let (name, format) = (
                message.display_name(),
                format_text.map_or("", |format| format.value),
            );
            bail!(
                "the payload of `{name}` is described in `{format}`; only JSON Schema can be checked"
            );
        }
        let bundle = |id: Option<SchemaId>| id.map(|id| schema_json_with_map(api, id));
        let payload = bundle(message.payload.as_ref().and_then(|payload| payload.schema));
        let headers = bundle(message.headers);
        // Whatever language a schema was written in, its bundle is draft-07.
        let schema = |bundle: &SchemaJson| Schema::new(bundle.schema.clone(), Dialect::AsyncApi);
        let schemas = MessageSchemas {
            payload: payload.as_ref().map(schema),
            headers: headers.as_ref().map(schema),
        };
        match MessageValidator::compile(&schemas) {
            Ok(validator) => Ok(Self {
                api,
                validator,
                payload,
                headers,
            }),
            Err(errors) => {
                let reasons: Vec<_> = errors.iter().map(ToString::to_string).collect();
                bail!(
                    "the schemas of `{}` cannot be used: {}",
                    message.display_name(),
                    reasons.join("; ")
                )
            }
        }
    }

    /// Every violation; its schema pointer is one into the file that defines the schema.
    pub(crate) fn check(&self, payload: &Value, headers: Option<&Value>) -> Vec<Violation> {
        let mut violations = self.validator.validate(payload, headers);
        for found in &mut violations {
            let bundle = if found.part == Part::Headers {
                &self.headers
            } else {
                &self.payload
            };
            let origin = bundle
                .as_ref()
                .and_then(|bundle| bundle.origin(&found.schema));
            if let Some((id, rest)) = origin {
                found.schema = format!("{}{rest}", self.api[id].pointer);
            }
        }
        violations
    }
}
