//! `version-not-latest`: the document is of an older version of the specification.

use tidings_document::api::Version;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::value_place;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "version-not-latest",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-latest-version"],
        summary: "the document is of an older version of the specification",
        docs: r##"Newer versions say more, and tools support them longer. A document of version 3.0 becomes one of 3.1 by changing the number.

```yaml bad
asyncapi: 3.0.0
info: { title: Orders, version: 1.0.0 }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let latest = Version::ALL[Version::ALL.len() - 1];
    if context.api.version != latest.0 {
        let message = format!(
            "version `{}` is not the latest of the specification",
            context.api.version.as_str()
        );
        let place = value_place(context.api.node, "asyncapi");
        out.push(
            Diagnostic::new(&LINT.rule, place, message)
                .help(format!("the latest is `{}`", latest.1)),
        );
    }
}
