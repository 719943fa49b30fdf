//! `default-content-type-missing`: the document has no `defaultContentType`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "default-content-type-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-defaultContentType"],
        summary: "the document has no `defaultContentType`",
        docs: r##"Messages that state no `contentType` have the `defaultContentType`; without both nobody knows how a payload is encoded.

In version 3 the official parser leaves this alone; the profile `strict` asks for it all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
defaultContentType: application/json
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    if api.default_content_type.is_none() {
        let message = "document has no `defaultContentType`";
        out.push(
            Diagnostic::new(
                &LINT.rule,
                key_place(api.node, &["defaultContentType", "asyncapi"]),
                message,
            )
            .help("add `defaultContentType`, such as `application/json`"),
        );
    }
}
