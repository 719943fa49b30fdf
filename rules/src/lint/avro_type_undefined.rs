//! `avro-type-undefined`: an Avro schema names a type that nothing defines before.

use std::collections::HashSet;

use tidings_document::api::SchemaFormat;
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity, Value};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "avro-type-undefined",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-schemas"],
        summary: "an Avro schema names a type that is not defined",
        docs: r##"A type of an Avro schema is a primitive one or a name that the same schema defines further up. Names that another file defines are not known here, and JSON Schema's `object` or `integer` are no Avro types.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema: { type: record, name: Order, fields: [{ name: id, type: OrderId }] }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema: { type: record, name: Order, fields: [{ name: id, type: string }] }
```
"##,
    },
    check,
};

const PRIMITIVES: &[&str] = &[
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];

/// The names that are defined so far.
#[derive(Default)]
struct Names {
    known: HashSet<String>,
    /// Whether a reference was met, behind which any name may be defined.
    open: bool,
}

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let messages = context.api.messages.iter();
    let payloads = messages.filter_map(|message| message.payload.as_ref());
    let mut seen = HashSet::new();
    for payload in payloads.filter(|payload| payload.format == SchemaFormat::Avro) {
        if seen.insert(payload.node.span) {
            schema(payload.node, "", &mut Names::default(), out);
        }
    }
}

/// Looks at a schema in the order of its text, as Avro defines it.
fn schema(node: &Node, namespace: &str, names: &mut Names, out: &mut Vec<Diagnostic>) {
    match &node.value {
        Value::String(name) => type_name(node, name, namespace, names, out),
        Value::Array(branches) => branches
            .iter()
            .for_each(|branch| schema(branch, namespace, names, out)),
        Value::Object(_) if node.reference().is_some() => names.open = true,
        Value::Object(_) => object(node, namespace, names, out),
        _ => {}
    }
}

fn object(node: &Node, namespace: &str, names: &mut Names, out: &mut Vec<Diagnostic>) {
    let inner = match node.get("type") {
        None => return,
        Some(kind) => match kind.as_str() {
            Some("record" | "error" | "enum" | "fixed") => {
                return named(node, namespace, names, out);
            }
            Some("array") => node.get("items"),
            Some("map") => node.get("values"),
            _ => Some(kind),
        },
    };
    if let Some(inner) = inner {
        schema(inner, namespace, names, out);
    }
}

fn named(node: &Node, namespace: &str, names: &mut Names, out: &mut Vec<Diagnostic>) {
    let text = |field: &str| node.get(field).and_then(Node::as_str);
    let list = |field: &str| node.get(field).and_then(Node::as_array).unwrap_or_default();
    let name = full_name(
        text("name").unwrap_or_default(),
        text("namespace").unwrap_or(namespace),
    );
    let inner = name
        .rsplit_once('.')
        .map_or("", |(inner, _)| inner)
        .to_owned();
    names.known.insert(name);
    let aliases = list("aliases").iter().filter_map(Node::as_str);
    names
        .known
        .extend(aliases.map(|alias| full_name(alias, &inner)));
    if list("fields")
        .iter()
        .any(|field| field.reference().is_some())
    {
        names.open = true;
    }
    for field in list("fields").iter().filter_map(|field| field.get("type")) {
        schema(field, &inner, names, out);
    }
}

fn type_name(node: &Node, name: &str, namespace: &str, names: &Names, out: &mut Vec<Diagnostic>) {
    if names.open
        || PRIMITIVES.contains(&name)
        || names.known.contains(name)
        || names.known.contains(&full_name(name, namespace))
    {
        return;
    }
    let message = format!("Avro type `{name}` is not defined");
    let all = PRIMITIVES.iter().copied();
    let all = all.chain(names.known.iter().map(String::as_str));
    let found = Diagnostic::new(&LINT.rule, node.span, message);
    out.push(match tidings_document::nearest(name, all) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help("define it in this schema, before it is used"),
    });
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}
