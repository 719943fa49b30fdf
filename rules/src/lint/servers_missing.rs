//! `servers-missing`: the document has no `servers`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "servers-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-servers"],
        summary: "the document has no `servers`",
        docs: r##"A document without servers says what is exchanged, but not where.

In version 3 the official parser leaves this alone; the profile `strict` asks for it all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers: { production: { url: 'mqtt://example.com', protocol: mqtt } }
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    if !api
        .servers
        .iter()
        .any(|server| server.place == tidings_document::api::Place::Root)
    {
        let message = "document has no `servers`";
        out.push(
            Diagnostic::new(
                &LINT.rule,
                key_place(api.node, &["servers", "asyncapi"]),
                message,
            )
            .help("add the servers of the API"),
        );
    }
}
