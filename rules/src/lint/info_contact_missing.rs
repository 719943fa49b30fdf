//! `info-contact-missing`: `info` has no `contact`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::key_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "info-contact-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-info-contact"],
        summary: "`info` has no `contact`",
        docs: r##"`contact` says whom to ask.

In version 3 the official parser leaves this alone; the profile `strict` asks for it all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0, contact: { name: Shop team, url: 'https://example.com', email: shop@example.com } }
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let info = &context.api.info;
    if info.contact.is_none() {
        out.push(Diagnostic::new(
            &LINT.rule,
            key_place(context.api.node, &["info", "asyncapi"]),
            "`info` has no `contact`",
        ));
    }
}
