//! `schema-keyword-ignored`: a keyword that means nothing in the dialect of its schema, or that nothing here checks.

use tidings_document::api::{Api, Schema, SchemaFormat, SchemaId, SchemaKind};
use tidings_document::{Diagnostic, Profile, Rule, Severity, Span, Value};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-keyword-ignored",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a keyword of a schema is not checked",
        docs: r##"Each dialect of JSON Schema has keywords of its own, and takes those that it does not know for remarks. A schema that states no `schemaFormat` is AsyncAPI's, which is draft-07: `prefixItems`, `dependentRequired`, `dependentSchemas`, `minContains`, `maxContains`, `unevaluatedItems` and `unevaluatedProperties` came later, and `nullable` is OpenAPI 3.0's alone. `$dynamicRef` and `$recursiveRef` are not followed in any dialect. A reference in a
schema that leads to an object with `schemaFormat` leads to a schema that says nothing, and so does one to a message: the schema itself stands in `schema` of the one and in `payload` of the other.

State the dialect in `schemaFormat`, or say the same with a keyword of this one.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { note: { type: string, nullable: true } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { note: { type: [string, 'null'] } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let count = u32::try_from(context.api.schemas.len()).unwrap_or(u32::MAX);
    out.extend(ignored(context.api, (0..count).map(SchemaId)));
}

/// The keywords of some schemas that values are not checked by.
#[must_use]
pub fn ignored(api: &Api<'_>, schemas: impl Iterator<Item = SchemaId>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for id in schemas {
        let schema = &api[id];
        if !matches!(schema.kind, SchemaKind::Object(_)) {
            continue;
        }
        for keyword in KEYWORDS
            .iter()
            .filter(|keyword| !(keyword.known)(schema.format))
        {
            found.extend(place(schema, keyword).map(|place| {
                let message = match keyword.name.starts_with('$') {
                    true => format!("`{}` is not followed", keyword.name),
                    false => format!(
                        "`{}` is no keyword of {}",
                        keyword.name,
                        name(schema.format)
                    ),
                };
                Diagnostic::new(&LINT.rule, place, message).help(keyword.help)
            }));
        }
    }
    found
}

/// Where a schema has a keyword that would say something.
fn place(schema: &Schema<'_>, keyword: &Keyword) -> Option<Span> {
    let node = schema.node;
    let entry = node.as_object()?.entry(keyword.name)?;
    let says_something = match keyword.name {
        "nullable" => entry.value.value != Value::Bool(false),
        "schemaFormat" => node.get("schema").is_some(),
        "payload" => schema.pointer.rsplit('/').nth(1) == Some("messages"),
        _ => true,
    };
    says_something.then_some(entry.key_span)
}

/// A keyword that only some dialects know.
struct Keyword {
    name: &'static str,
    known: fn(SchemaFormat) -> bool,
    help: &'static str,
}

const NEWER: &str =
    "state a newer dialect, such as `schemaFormat: application/schema+json;version=2020-12`";

const fn newer(name: &'static str) -> Keyword {
    Keyword {
        name,
        known: SchemaFormat::is_newer,
        help: NEWER,
    }
}

static KEYWORDS: &[Keyword] = &[
    newer("dependentRequired"),
    newer("dependentSchemas"),
    newer("minContains"),
    newer("maxContains"),
    newer("unevaluatedItems"),
    newer("unevaluatedProperties"),
    Keyword {
        name: "prefixItems",
        known: |format| format == SchemaFormat::JsonSchema2020,
        help: "give `items` a list of schemas, or state `schemaFormat: application/schema+json;version=2020-12`",
    },
    Keyword {
        name: "nullable",
        known: |format| format == SchemaFormat::OpenApi30,
        help: "add `null` to the types: `type: [string, 'null']`",
    },
    Keyword {
        name: "schemaFormat",
        known: |_| false,
        help: "refer to the schema within this object, which stands in its `schema`: `$ref: '#/…/schema'`",
    },
    Keyword {
        name: "payload",
        known: |_| false,
        help: "this is a message: refer to the schema within it, `$ref: '#/…/payload'`",
    },
    Keyword {
        name: "$dynamicRef",
        known: |_| false,
        help: "write `$ref`",
    },
    Keyword {
        name: "$recursiveRef",
        known: |_| false,
        help: "write `$ref`",
    },
];

fn name(format: SchemaFormat) -> &'static str {
    match format {
        SchemaFormat::AsyncApi => "AsyncAPI's dialect, which is draft-07",
        SchemaFormat::OpenApi30 => "OpenAPI 3.0",
        SchemaFormat::JsonSchema2019 => "JSON Schema 2019-09",
        SchemaFormat::JsonSchema2020 => "JSON Schema 2020-12",
        _ => "the stated dialect of JSON Schema",
    }
}
