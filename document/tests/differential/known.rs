//! Differences that are meant, each with the clause of the specification that justifies ours.
use serde_json::Value;

use crate::{Case, Finding, official::VERSIONS, pointer::parent};

/// Whose finding it is that the other does not share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Official,
}

pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) clause: &'static str,
    pub(crate) side: Side,
    /// Whether a finding is of this kind.
    pub(crate) is: fn(&Case, &Finding) -> bool,
    /// A document that the judges differ on for this reason alone.
    pub(crate) example: &'static str,
}

pub(crate) const DIFFERENCES: &[Known] = &[
    Known {
        name: "parameters that are no objects",
        clause: "Parameters Object: its values are Parameter Objects or references; the meta-schemas do not ask for objects",
        side: Side::Ours,
        is: |_, found| found.message.contains("must be a parameter, not "),
        example: r#"{"asyncapi": "3.1.0", "info": {"title": "a", "version": "1"}, "components": {"parameters": {"a": "b"}}}"#,
    },
    Known {
        name: "formats that the meta-schemas do not list",
        clause: "`schemaFormat`: a media type with any version names the language that the schema is written in",
        side: Side::Ours,
        is: |case, found| {
            let is_within = |pointer: &str| !is_listed(case, stated_format(case, pointer));
            // What a reference within leads to is elsewhere.
            let by_reference = case.mutant.what == "reference" && is_within(&case.mutant.pointer);
            is_within(&found.pointer) || by_reference
        },
        example: r#"{"asyncapi": "2.2.0", "info": {"title": "a", "version": "1"}, "channels": {}, "components": {"messages": {"a":
            {"schemaFormat": "application/vnd.aai.asyncapi;version=2.6.0", "payload": {"type": "text"}}}}}"#,
    },
    Known {
        name: "boolean schemas",
        clause: "Schema Object, 3.0: a superset of JSON Schema draft-07, whose section 4.3.1 has boolean schemas",
        side: Side::Official,
        is: |case, found| {
            let value = case.mutant.document.pointer(&found.pointer);
            value.is_some_and(Value::is_boolean)
                && found.message.ends_with("is not of type \"object\"")
        },
        example: r#"{"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}, "components": {"schemas": {"a": true}}}"#,
    },
    Known {
        name: "dialects that are no URIs",
        clause: "JSON Schema Core draft-07, section 7: the value of `$schema` must be a URI; the official parser asserts no formats there",
        side: Side::Ours,
        is: |_, found| {
            found
                .message
                .starts_with("format-mismatch: `$schema` must be a URI")
        },
        example: r#"{"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}, "components": {"schemas": {"a": {"$schema": "draft 7"}}}}"#,
    },
    Known {
        name: "references for the text that tells what an object is",
        clause: "Reference Object: it stands for the objects that the specification names, not for text such as `scheme`",
        side: Side::Ours,
        is: |case, found| {
            let object = |pointer: &str| case.mutant.document.pointer(pointer);
            [found.pointer.as_str(), parent(&found.pointer)]
                .into_iter()
                .any(|place| {
                    let mut told = TELLING.iter().filter_map(|name| object(place)?.get(name));
                    told.any(|text| text.get("$ref").is_some())
                })
        },
        example: r##"{"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}, "x-a": "bearer", "components": {"securitySchemes":
            {"a": {"type": "http", "scheme": {"$ref": "#/x-a"}, "bearerFormat": "b"}}}}"##,
    },
    Known {
        name: "Solace destinations of no type",
        clause: "Solace binding, Destination Object: `destinationType` says which of the other fields count; the meta-schema takes one without \
                 it where the fields of exactly one type are wrong",
        side: Side::Ours,
        is: |_, found| found.message == "field-missing: a destination must have `destinationType`",
        example: r#"{"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}, "components": {"operationBindings":
            {"a": {"solace": {"destinations": [{"queue": "b"}]}}}}}"#,
    },
    Known {
        name: "references to schemas of OpenAPI",
        clause: "Message Object: what `$ref` in a payload leads to is the schema, whatever its format; the meta-schemas take references only within schemas of OpenAPI",
        side: Side::Official,
        is: |case, found| {
            found.message == "no reference may stand here"
                && found.pointer.ends_with("/payload")
                && stated_format(case, &found.pointer).contains("openapi")
        },
        example: r##"{"asyncapi": "2.4.0", "info": {"title": "a", "version": "1"}, "channels": {}, "components": {"schemas": {"b": {"type": "string"}},
            "messages": {"a": {"schemaFormat": "application/vnd.oai.openapi;version=3.0.0", "payload": {"$ref": "#/components/schemas/b"}}}}}"##,
    },
    Known {
        name: "references whose target is no text",
        clause: "Reference Object: `$ref` is a string; the meta-schemas do not look at it",
        side: Side::Ours,
        is: |_, found| {
            found
                .message
                .starts_with("type-mismatch: `$ref` must be text")
        },
        example: r##"{"asyncapi": "2.3.0", "info": {"title": "a", "version": "1"}, "channels": {}, "x-a": "#/components/schemas/b",
            "components": {"schemas": {"a": {"$ref": {"$ref": "#/x-a"}}, "b": {"type": "string"}}}}"##,
    },
    Known {
        name: "replies without a channel",
        clause: "Operation Reply Object: the messages of a reply are those of its `channel`; the meta-schemas ask for none of its fields",
        side: Side::Ours,
        is: |_, found| found.message.starts_with("reply-channel-missing: "),
        example: r##"{"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}, "channels": {"a": {"address": "a"}},
            "operations": {"b": {"action": "send", "channel": {"$ref": "#/channels/a"}, "reply": {}}}}"##,
    },
    Known {
        name: "components whose names are none",
        clause: "Components Object, 2.x: all of its fields are objects whose keys match `^[a-zA-Z0-9\\.\\-_]+$`; the meta-schemas look at no \
                 value of another key",
        side: Side::Ours,
        is: |_, found| {
            let mut parts = found.pointer.split('/').skip(1);
            let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            parts.next() == Some("components")
                && parts.nth(1).is_some_and(|name| !name.chars().all(is_part))
        },
        example: r#"{"asyncapi": "2.2.0", "info": {"title": "a", "version": "1"}, "channels": {}, "components": {"correlationIds": {"a:b": "c"}}}"#,
    },
];

/// Fields whose text tells what an object is.
const TELLING: &[&str] = &[
    "type",
    "scheme",
    "is",
    "destinationType",
    "schemaFormat",
    "bindingVersion",
];

/// The `schemaFormat` that the schema around a place is written in.
fn stated_format<'a>(case: &'a Case, pointer: &str) -> &'a str {
    let mut place = pointer;
    while !place.is_empty() {
        place = parent(place);
        let holder = case.mutant.document.pointer(place);
        if let Some(format) = holder.and_then(|holder| holder.get("schemaFormat")) {
            return format.as_str().unwrap_or_default();
        }
    }
    // A reference led here; where the mutation is a format, it is that one.
    let mutated = case.mutant.document.pointer(&case.mutant.pointer);
    let mutated = mutated.and_then(Value::as_str).unwrap_or_default();
    if mutated.starts_with("application/") {
        mutated
    } else {
        OWN_FORMAT
    }
}

/// Of schemas that state none.
const OWN_FORMAT: &str = "application/vnd.aai.asyncapi;version=2.0.0";

/// Whether the meta-schemas look at schemas of this format.
fn is_listed(case: &Case, format: &str) -> bool {
    let Some((media, version)) = format.split_once(";version=") else {
        return false;
    };
    let media = media.trim_end_matches("+json").trim_end_matches("+yaml");
    let own = case.mutant.document["asyncapi"]
        .as_str()
        .unwrap_or_default();
    match media {
        "application/vnd.aai.asyncapi" => version <= own && VERSIONS.contains(&version),
        "application/schema" => media != format && version == "draft-07",
        "application/vnd.oai.openapi" => version == "3.0.0",
        "application/vnd.apache.avro" => version == "1.9.0",
        _ => false,
    }
}

/// Index of the difference that explains why the two judge differently: all that we find must be explained, and something
/// of what the official parser finds, which says one thing in many ways.
pub(crate) fn explained(case: &Case) -> Option<usize> {
    let (side, findings) = match case.ours.is_empty() {
        true => (Side::Official, &case.official),
        false => (Side::Ours, &case.ours),
    };
    let explains = |finding: &Finding| {
        let mut all = DIFFERENCES.iter();
        all.position(|known| known.side == side && (known.is)(case, finding))
    };
    match side {
        Side::Ours => {
            let all: Option<Vec<usize>> = findings.iter().map(explains).collect();
            all?.first().copied()
        }
        Side::Official => findings.iter().find_map(explains),
    }
}
