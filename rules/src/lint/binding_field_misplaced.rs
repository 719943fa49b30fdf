//! `binding-field-misplaced`: a field of a binding stands at an object of another kind.

use tidings_document::api::Binding;
use tidings_document::{
    Diagnostic, Entry, Level, Profile, Rule, Severity, Text, binding_fields, bindings,
};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "binding-field-misplaced",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a field of a binding stands at an object of another kind",
        docs: r##"A protocol's binding has different fields for servers, channels, operations and messages. A field that belongs to another of them is not looked at
where it stands. In version 3 this is `field-unknown` where the object's own binding has fields; version 2 leaves all bindings open, and tells nobody.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    publish:
      bindings: { kafka: { topic: orders } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { topic: orders } }
    publish:
      bindings: { kafka: { clientId: { type: string } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (level, binding) in unchecked(context) {
        for field in strangers(level, binding) {
            let Some(right) = belongs_to(binding, field) else {
                continue;
            };
            let message = format!("{} has no field `{}`", called(level, binding), field.value);
            let help = format!("move it to the `bindings` of the {}", right.as_str());
            out.push(Diagnostic::new(&LINT.rule, field.span, message).help(help));
        }
    }
}

/// The bindings whose fields nobody has compared yet: in version 3 reading does where a protocol has any at the level.
pub(super) fn unchecked<'a>(context: &Context<'a>) -> impl Iterator<Item = (Level, Binding<'a>)> {
    let is_v2 = context.is_v2();
    bindings(context.api).filter(move |(level, binding)| {
        is_v2 || binding_fields(binding.protocol.value, *level).is_empty()
    })
}

/// A binding as messages call it.
pub(super) fn called(level: Level, binding: Binding<'_>) -> String {
    let (protocol, is) = (binding.protocol.value, level.as_str());
    let article = if level == Level::Operation { "an" } else { "a" };
    format!("the `{protocol}` binding of {article} {is}")
}

/// The fields that a binding does not have at its level.
pub(super) fn strangers<'a>(level: Level, binding: Binding<'a>) -> Vec<Text<'a>> {
    let known = binding_fields(binding.protocol.value, level);
    let entries = binding
        .node
        .as_object()
        .into_iter()
        .flatten()
        .map(Entry::name);
    let is_own = |name: &str| name == "bindingVersion" || name == "$ref" || name.starts_with("x-");
    entries
        .filter(|name| !is_own(name.value) && !known.contains(&name.value))
        .collect()
}

/// The level at which a protocol's binding has a field.
pub(super) fn belongs_to(binding: Binding<'_>, field: Text<'_>) -> Option<Level> {
    let mut levels = Level::ALL.into_iter().map(|(level, _)| level);
    levels.find(|level| binding_fields(binding.protocol.value, *level).contains(&field.value))
}
