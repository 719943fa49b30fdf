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
    let Some(contact) = &context.api.info.contact else {
        return;
    };
    let fields = [
        (contact.name.is_none(), "`name`"),
        (contact.url.is_none(), "`url`"),
        (contact.email.is_none(), "`email`"),
    ];
    let missing = fields.iter().filter(|(is_missing, _)| *is_missing);
    let missing: Vec<&str> = missing.map(|(_, name)| *name).collect();
    if let Some((last, others)) = missing.split_last() {
        let names = match others {
            [] => (*last).to_owned(),
            others => format!("{} and {last}", others.join(", ")),
        };
        let place = info_place(context.api.node, "contact");
        out.push(Diagnostic::new(
            &LINT.rule,
            place,
            format!("`contact` lacks {names}"),
        ));
    }
}
