//! Languages of schemas, as `schemaFormat` names them.
use super::reader::Reader;
use crate::{Diagnostic, Text, api::SchemaFormat, rules};

/// The language of a stated format; an unknown one is worth a warning.
pub(crate) fn format_of(reader: &mut Reader<'_, '_>, text: Option<Text<'_>>) -> SchemaFormat {
    let Some(text) = text else {
        return SchemaFormat::AsyncApi;
    };
    let format = schema_format(text.value);
    let message = match format {
        SchemaFormat::Other => format!("schema format `{}` is not known", text.value),
        SchemaFormat::Raml => format!("schemas in `{}` are not looked into", text.value),
        _ => return format,
    };
    let found = Diagnostic::new(&rules::SCHEMA_FORMAT_UNKNOWN, text.span, message);
    reader.diagnostics.push(found);
    format
}

/// The language that a `schemaFormat` names.
pub(crate) fn schema_format(text: &str) -> SchemaFormat {
    let (media, version) = text.split_once(';').unwrap_or((text, ""));
    let media = media.trim().to_ascii_lowercase();
    let media = media.trim_end_matches("+json").trim_end_matches("+yaml");
    match media {
        "application/vnd.aai.asyncapi" => SchemaFormat::AsyncApi,
        "application/schema" if version.contains("2020-12") => SchemaFormat::JsonSchema2020,
        "application/schema" if version.contains("2019-09") => SchemaFormat::JsonSchema2019,
        "application/schema" if version.contains("draft-04") => SchemaFormat::JsonSchema04,
        "application/schema" if version.contains("draft-06") => SchemaFormat::JsonSchema06,
        "application/schema" => SchemaFormat::JsonSchema,
        "application/vnd.oai.openapi" if version.contains("3.1") => SchemaFormat::JsonSchema2020,
        "application/vnd.oai.openapi" => SchemaFormat::OpenApi30,
        "application/vnd.apache.avro" => SchemaFormat::Avro,
        "application/vnd.google.protobuf" | "application/x-protobuf" | "application/protobuf" => {
            SchemaFormat::Protobuf
        }
        "application/raml" => SchemaFormat::Raml,
        _ => SchemaFormat::Other,
    }
}
