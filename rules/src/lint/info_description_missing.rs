//! `info-description-missing`: `info` has no `description`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "info-description-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-info-description"],
        summary: "`info` has no `description`",
        docs: r##"A description tells readers what the API is for before they read the rest.

In version 3 the official parser leaves this alone; the profile `strict` asks for it all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0, description: Takes orders. }
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let info = &context.api.info;
    if info.description.is_none_or(|text| text.value.is_empty()) {
        out.push(Diagnostic::new(
            &LINT.rule,
            key_place(context.api.node, &["info", "asyncapi"]),
            "`info` has no `description`",
        ));
    }
}
