//! `component-name-invalid`: a component has a name that the specification does not allow.

use tidings_document::{Diagnostic, Entry, Node, Profile, Rule, Severity, Text};

use super::{Context, Lint};
use crate::places::keys;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "component-name-invalid",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a component or a server has a name that the specification does not allow",
        docs: r##"The keys in `components` are of letters, digits, `.`, `-` and `_`: the specification demands it, and references to other names need escapes that tools
disagree on. The official parser does not look at what stands under another name at all. The keys of `servers` in version 2 have no `.` either,
which is a warning: tools take other names there.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { payload: { $ref: '#/components/schemas/Order line' } }
components:
  schemas:
    Order line: { type: object }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { payload: { $ref: '#/components/schemas/OrderLine' } }
components:
  schemas:
    OrderLine: { type: object }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let kinds = context.api.components.and_then(Node::as_object);
    let kinds = kinds
        .into_iter()
        .flatten()
        .filter(|kind| !kind.key.starts_with("x-"));
    let entries = kinds.flat_map(|kind| kind.value.as_object().into_iter().flatten());
    let bad = entries
        .map(Entry::name)
        .filter(|name| !fits(name.value, true));
    out.extend(bad.map(|name| finding(name, "component", "`.`, `-` and `_`")));
    let servers = keys(context.api.node, "servers").filter(|_| context.is_v2());
    let bad = servers.filter(|name| !fits(name.value, false));
    // The table of the Servers Object has a pattern, but no sentence demands it, and tools take other names.
    out.extend(bad.map(|name| Diagnostic {
        severity: Severity::Warning,
        ..finding(name, "server", "`-` and `_`")
    }));
}

fn fits(name: &str, with_dots: bool) -> bool {
    let fits = |c: char| is_plain(c) || (with_dots && c == '.');
    !name.is_empty() && name.chars().all(fits)
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn finding(name: Text<'_>, what: &str, signs: &str) -> Diagnostic {
    let found = match name.value {
        "" => Diagnostic::new(&LINT.rule, name.span, format!("a {what} has an empty name")),
        name_of => {
            let message = format!("`{name_of}` is no name of a {what}");
            Diagnostic::new(&LINT.rule, name.span, message)
        }
    };
    let plain: String = name
        .value
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    let example = match plain.trim_matches('-') {
        "" => String::new(),
        plain => format!(", such as `{plain}`"),
    };
    found.help(format!(
        "take letters, digits, {signs}{example}, here and in the references to it"
    ))
}
