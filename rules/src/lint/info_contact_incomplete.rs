//! `info-contact-incomplete`: `contact` lacks `name`, `url` or `email`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::info_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "info-contact-incomplete",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-info-contact-properties"],
        summary: "`contact` lacks `name`, `url` or `email`",
        docs: r##"`contact` is of use with a name, a URL and a mail address.

In version 3 the official parser leaves this alone; here it is asked for all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0, contact: { name: Shop team } }
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
    if info.contact.as_ref().is_some_and(|contact| {
        contact.name.is_none() || contact.url.is_none() || contact.email.is_none()
    }) {
        out.push(Diagnostic::new(
            &LINT.rule,
            info_place(context.api.node, "contact"),
            "`contact` lacks `name`, `url` or `email`",
        ));
    }
}
