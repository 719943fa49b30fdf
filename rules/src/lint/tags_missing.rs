//! `tags-missing`: the document has no `tags`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "tags-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-tags"],
        summary: "the document has no `tags`",
        docs: r##"Tags of the document let catalogues group APIs.

In version 3 the official parser leaves this alone; the profile `strict` asks for it all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
tags: [{ name: shop }]
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    if api.info.tags.is_empty() && api.node.get("tags").is_none() {
        let message = "document has no `tags`";
        out.push(
            Diagnostic::new(
                &LINT.rule,
                key_place(api.node, &["tags", "asyncapi"]),
                message,
            )
            .help("add `tags`"),
        );
    }
}
