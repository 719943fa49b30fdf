//! `schema-example-singular`: `example` in a dialect of schemas that has `examples` only.

use tidings_document::api::{Schema, SchemaFormat, SchemaKind};
use tidings_document::{Change, Diagnostic, Entry, Fix, Profile, Rule, Severity, Sources};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-example-singular",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a schema has `example`, which its dialect does not know",
        docs: r##"`example` is a keyword of OpenAPI. The dialect of AsyncAPI's schemas, draft-07, has `examples`, a list; what stands under `example` is a remark that tools
need not show or check.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, example: mug-blue }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: string, examples: [mug-blue] }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let sources = context.api.document.sources();
    for (schema, entry) in context.api.schemas.iter().filter_map(example) {
        let is_alone = schema.node.get("examples").is_none();
        let fix = is_alone.then(|| fix(sources, entry)).flatten();
        out.push(
            Diagnostic::new(
                &LINT.rule,
                entry.key_span,
                "`example` is no keyword of this dialect",
            )
            .help("write `examples: [ … ]`, a list")
            .fix(fix),
        );
    }
}

/// Whether schemas of a dialect may have `example`: those of OpenAPI, of which 3.1 is JSON Schema 2020-12.
pub(super) fn is_keyword(format: SchemaFormat) -> bool {
    matches!(
        format,
        SchemaFormat::OpenApi30 | SchemaFormat::JsonSchema2020
    )
}

fn example<'s, 'a>(schema: &'s Schema<'a>) -> Option<(&'s Schema<'a>, &'a Entry)> {
    let is_read = matches!(schema.kind, SchemaKind::Object(_)) && !is_keyword(schema.format);
    let entry = schema.node.as_object()?.entry("example")?;
    is_read.then_some((schema, entry))
}

/// The key in the plural, and the value as the only item of a list.
fn fix(sources: &Sources, entry: &Entry) -> Option<Fix> {
    let key = Change::Scalar(entry.key_span, "examples".to_owned());
    let item = Change::Text(entry.value.span, listed(sources, entry)?);
    Some(Fix {
        title: "write `examples`".to_owned(),
        changes: vec![key, item],
    })
}

/// The text of the value as a list of one item; nothing where it is not certain to mean the same there.
fn listed(sources: &Sources, entry: &Entry) -> Option<String> {
    let (key, value) = (entry.key_span, entry.value.span);
    let text = sources.text(value.file);
    let between = text.get(key.end as usize..value.start as usize)?;
    let written = text.get(value.start as usize..value.end as usize)?;
    if between.trim() != ":" {
        return None;
    }
    if between.contains('\n') && !written.starts_with(['{', '[', '"', '\'']) {
        return Some(format!("- {}", written.trim_end().replace('\n', "\n  ")));
    }
    let is_whole = written.starts_with(['{', '[', '"', '\'']);
    let is_plain = !written.contains(['\n', ',', '[', ']', '{', '}', '#', '|', '>', '&', '*', '!']);
    (is_whole || is_plain).then(|| format!("[{written}]"))
}
