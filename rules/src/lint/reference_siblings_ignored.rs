//! `reference-siblings-ignored`: what stands beside `$ref` is ignored.

use tidings_document::{Diagnostic, Node, Object, Profile, Rule, Severity, Value};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "reference-siblings-ignored",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "what stands beside `$ref` is ignored",
        docs: r##"A reference stands for what it leads to; fields beside it have no effect, also in schemas of draft-07, AsyncAPI's own. To add to what is referred to,
write `allOf: [{ $ref: … }]` in schemas. Schemas that state a newer draft, in which siblings count, are left alone, and so are channels of version 2,
whose `$ref` may have siblings.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { $ref: '#/components/schemas/Order', minLength: 3 }
components:
  schemas:
    Order: { type: string }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { allOf: [{ $ref: '#/components/schemas/Order' }, { minLength: 3 }] }
components:
  schemas:
    Order: { type: string }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let document = context.api.document;
    for tree in document
        .sources()
        .iter()
        .filter_map(|file| document.tree(file))
    {
        look(tree, &[], context, out);
    }
}

/// Keys whose values are data, in which `$ref` is a word like any other.
const DATA: &[&str] = &["const", "default", "enum", "example", "examples"];

fn look(node: &Node, way: &[&str], context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    match &node.value {
        Value::Object(object) => {
            let is_channel =
                context.is_v2() && matches!(way, ["channels", _] | ["components", "channels", _]);
            if node.reference().is_some() && !is_channel {
                out.extend(finding(object));
                return;
            }
            if is_newer(object) {
                return;
            }
            let is_map = matches!(
                way.last(),
                Some(&"properties" | &"patternProperties" | &"definitions" | &"schemas")
            );
            for entry in object {
                let key = entry.key.as_str();
                if is_map || !(DATA.contains(&key) || key.starts_with("x-")) {
                    // Only the beginning of the way and its last step matter.
                    let mut next = way[..way.len().min(3)].to_vec();
                    next.push(key);
                    look(&entry.value, &next, context, out);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                look(item, &["", "", "", ""], context, out);
            }
        }
        _ => {}
    }
}

/// Whether a schema says that it is of a draft in which siblings of a reference count.
fn is_newer(object: &Object) -> bool {
    let says = |key: &str, words: &[&str]| {
        let text = object.get(key).and_then(Node::as_str);
        text.is_some_and(|text| words.iter().any(|word| text.contains(word)))
    };
    says("$schema", &["2019-09", "2020-12"])
        || says(
            "schemaFormat",
            &[
                "2019-09",
                "2020-12",
                "openapi;version=3.1",
                "openapi+json;version=3.1",
                "openapi+yaml;version=3.1",
            ],
        )
}

fn finding(object: &Object) -> Option<Diagnostic> {
    let siblings = object
        .iter()
        .filter(|entry| entry.key != "$ref" && !entry.key.starts_with("x-"));
    let siblings: Vec<_> = siblings.collect();
    let first = siblings.first()?;
    let names: Vec<&str> = siblings.iter().map(|entry| entry.key.as_str()).collect();
    let has = if names.len() == 1 { "has" } else { "have" };
    let message = format!("`{}` beside `$ref` {has} no effect", names.join("`, `"));
    let found = Diagnostic::new(&LINT.rule, first.key_span, message);
    Some(found.help("remove it, or in a schema write `allOf: [{ $ref: … }]` beside it"))
}
