//! `binding-value-invalid`: a field of a binding in version 2 has a value that its protocol does not take.

use tidings_document::{Diagnostic, Profile, Rule, Severity, binding_structure, bindings};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "binding-value-invalid",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a field of a binding has a value that its protocol does not take",
        docs: r##"Each field of a binding has its type, and some their bounds or words, by the specification of the protocol's bindings. In version 3 reading looks at them;
version 2 leaves bindings open, so that a wrong value goes unnoticed there. Values are compared with the stated `bindingVersion`, or with the newest.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { partitions: '3' } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    bindings: { kafka: { partitions: 3 } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if !context.is_v2() {
        return;
    }
    let mut seen = std::collections::HashSet::new();
    for (level, binding) in bindings(context.api) {
        let found = binding_structure(context.api, level, binding);
        let news = found.into_iter().filter(|found| seen.insert(found.span));
        out.extend(news.map(|found| Diagnostic {
            rule: &LINT.rule,
            severity: LINT.rule.severity,
            ..found
        }));
    }
}
