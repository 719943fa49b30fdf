//! `id-missing`: the document has no `id`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "id-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-id"],
        summary: "the document has no `id`",
        docs: r##"`id` names the application as a URI, so that tools can tell documents apart.

In version 3 the official parser leaves this alone; the profile `strict` asks for it all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
id: urn:com:example:orders
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    if api.id.is_none() {
        let message = "document has no `id`";
        out.push(
            Diagnostic::new(
                &LINT.rule,
                key_place(api.node, &["id", "asyncapi"]),
                message,
            )
            .help("add `id`, such as `urn:com:example:orders`"),
        );
    }
}
