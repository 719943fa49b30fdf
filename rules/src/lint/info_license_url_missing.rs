//! `info-license-url-missing`: `license` has no `url`.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::info_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "info-license-url-missing",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Strict,
        codes: &["asyncapi-info-license-url"],
        summary: "`license` has no `url`",
        docs: r##"The name of a licence does not say where its text is.

In version 3 the official parser leaves this alone; the profile `strict` asks for it all the same.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0, license: { name: MIT } }
channels: {}
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0, license: { name: MIT, url: 'https://example.com/mit' } }
channels: {}
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let info = &context.api.info;
    if info
        .license
        .as_ref()
        .is_some_and(|license| license.url.is_none())
    {
        out.push(Diagnostic::new(
            &LINT.rule,
            info_place(context.api.node, "license"),
            "`license` has no `url`",
        ));
    }
}
