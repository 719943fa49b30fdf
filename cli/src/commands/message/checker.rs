//! The compiled schemas of one message, and where in the document each of their keywords stands.
use anyhow::{Context, bail};
use tidings_document::{
    Diagnostic, Document, SchemaJson, Span,
    api::{Api, Message, Payload, SchemaId},
    schema_json_with_map,
};
use tidings_schema::{
    AvroJson, Distance, Instance, MessageSchemas, MessageValidator, Part, Schema, SchemaError,
    Violation,
};

use super::other::{self, OtherPayload};

/// How payloads are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Encoding {
    /// JSON; for an Avro schema Avro's own JSON encoding, with unions as in {"string": "x"}, for Protobuf its own too
    Json,
    /// JSON; for an Avro schema as people write it: values of unions bare, fields with defaults optional
    Plain,
    /// The binary encoding of Avro or of Protobuf, without any header
    Binary,
}

/// How schemas are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) encoding: Encoding,
    /// Whether `format` is checked.
    pub(crate) formats: bool,
}

/// A payload, read as far as that does not depend on its message.
pub(crate) enum Read<'b> {
    Json(Instance),
    Binary(&'b [u8]),
}

/// Checks values against one message.
pub(crate) struct Checker<'api, 'a> {
    pub(crate) name: &'a str,
    document: &'a Document,
    api: &'api Api<'a>,
    encoding: Encoding,
    validator: MessageValidator,
    payload: Option<SchemaJson>,
    headers: Option<SchemaJson>,
    other: Option<OtherPayload<'a>>,
}

impl<'api, 'a> Checker<'api, 'a> {
    /// Compiles the schemas of a message.
    ///
    /// # Errors
    /// When the payload's schema is in a language that cannot be checked, or a schema cannot be used.
    pub(crate) fn new(
        document: &'a Document,
        api: &'api Api<'a>,
        message: &Message<'a>,
        Settings { encoding, formats }: Settings,
    ) -> anyhow::Result<Self> {
        let name = message.display_name();
        let other = other::compile(document, api, message)
            .with_context(|| format!("`{name}` cannot be checked"))?;
        if other.is_none() {
            refuse_other_languages(message.payload.as_ref(), name)?;
        }
        if other.is_none() && encoding == Encoding::Binary {
            bail!(
                "`--encoding binary` is for payloads in Avro or Protobuf, which that of `{name}` is not"
            );
        }
        let bundle = |id: Option<SchemaId>| id.map(|id| schema_json_with_map(api, id));
        let payload = bundle(message.payload.as_ref().and_then(|payload| payload.schema));
        let headers = bundle(message.headers);
        let schema = |bundle: &SchemaJson| Schema {
            formats,
            ..Schema::self_described(bundle.schema.clone())
        };
        let schemas = MessageSchemas {
            payload: payload.as_ref().map(schema),
            headers: headers.as_ref().map(schema),
        };
        match MessageValidator::compile(&schemas) {
            Ok(validator) => Ok(Self {
                name,
                document,
                api,
                encoding,
                validator,
                payload,
                headers,
                other,
            }),
            Err(errors) => {
                let reason = |error: &SchemaError| {
                    let bundle = match error.part {
                        Part::Headers => &headers,
                        _ => &payload,
                    };
                    unusable(document, api, bundle.as_ref(), error)
                };
                let reasons: Vec<_> = errors.iter().map(reason).collect();
                bail!(
                    "the schemas of `{name}` cannot be used: {}",
                    reasons.join("; ")
                )
            }
        }
    }

    /// The keywords of the schemas that no value is checked by.
    pub(crate) fn ignored_keywords(&self) -> Vec<Diagnostic> {
        let bundles = self.payload.iter().chain(&self.headers);
        let ids = bundles.flat_map(SchemaJson::schemas);
        tidings_rules::ignored_keywords(self.api, ids)
    }

    /// Whether a payload keeps the message's schema; faster than listing what it breaks.
    pub(crate) fn is_valid(&self, payload: &Read<'_>) -> bool {
        match (payload, &self.other) {
            (Read::Json(payload), None) => self.validator.is_valid_payload(payload),
            (Read::Json(payload), Some(other)) => other.is_valid_json(payload.value(), self.form()),
            (Read::Binary(..), _) => self.payload(payload).is_empty(),
        }
    }

    /// Every violation of a payload.
    ///
    /// The schema pointers of violations are ones into the file that defines the schema, whose name goes before where it is
    /// not the document's own.
    pub(crate) fn payload(&self, payload: &Read<'_>) -> Vec<Violation> {
        match (payload, &self.other) {
            (Read::Json(payload), None) => {
                let found = self.validator.validate_payload(payload);
                self.placed(found, self.payload.as_ref())
            }
            (Read::Json(payload), Some(other)) => other.validate_json(payload.value(), self.form()),
            (Read::Binary(bytes), Some(other)) => other.validate_binary(bytes),
            // Such a message is refused from the start.
            (Read::Binary(_), None) => Vec::new(),
        }
    }

    /// How far an invalid payload is from the message.
    pub(crate) fn distance(&self, payload: &Read<'_>) -> Distance {
        match (payload, &self.other) {
            (Read::Json(payload), None) => self.validator.distance_of_payload(payload),
            _ => Distance::of_violations(&self.payload(payload)),
        }
    }

    fn form(&self) -> AvroJson {
        match self.encoding {
            Encoding::Plain => AvroJson::Plain,
            Encoding::Json | Encoding::Binary => AvroJson::Tagged,
        }
    }

    /// Every violation of headers.
    pub(crate) fn headers(&self, headers: &Instance) -> Vec<Violation> {
        let found = self.validator.validate_headers(headers);
        self.placed(found, self.headers.as_ref())
    }

    fn placed(&self, mut found: Vec<Violation>, bundle: Option<&SchemaJson>) -> Vec<Violation> {
        for found in &mut found {
            let origin = bundle.and_then(|bundle| bundle.origin(&found.schema));
            if let Some((id, rest)) = origin {
                let schema = &self.api[id];
                let file = self.other_file(schema.node.span);
                found.schema = format!("{file}{}{rest}", schema.pointer);
            }
        }
        found
    }

    /// What goes before a pointer into the file of a place; nothing for the document's own.
    fn other_file(&self, place: Span) -> String {
        match self.document.root() {
            Some(root) if root.span.file == place.file => String::new(),
            _ => format!("{}#", self.document.sources().path(place.file).display()),
        }
    }
}

/// Why a schema cannot be used, with its place in the document where that is known.
pub(super) fn unusable(
    document: &Document,
    api: &Api<'_>,
    bundle: Option<&SchemaJson>,
    error: &SchemaError,
) -> String {
    let Some((id, rest)) = bundle.and_then(|bundle| bundle.origin(&error.pointer)) else {
        return error.to_string();
    };
    let schema = &api[id];
    let place = other::place(document, schema.node.span);
    format!("{}, at {place} (`{}{rest}`)", error.message, schema.pointer)
}

fn refuse_other_languages(payload: Option<&Payload<'_>>, name: &str) -> anyhow::Result<()> {
    if let Some(Payload {
        schema: None,
        format_text,
        ..
    }) = payload
    {
        let format = format_text.map_or("", |format| format.value);
        bail!(
            "the payload of `{name}` is described in `{format}`; only JSON Schema, Avro and Protobuf can be checked"
        );
    }
    Ok(())
}
