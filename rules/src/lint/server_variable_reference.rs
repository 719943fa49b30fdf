//! `server-variable-reference`: a server of version 2.4 refers to a variable, of which the specification says yes and no.

use tidings_document::api::Version;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::reference;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "server-variable-reference",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi-document-unresolved"],
        summary: "a server of version 2.4 refers to a variable",
        docs: r##"Version 2.4.0 is at odds with itself: its table of the Server Object has no references for variables, the example of its Components Object has one. Tidings
follows them; the official parser refuses them, which the profile `official` reports as an error. Since 2.5.0 they are allowed.

```yaml bad
asyncapi: 2.4.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: 'https://{region}.example.com'
    protocol: https
    variables: { region: { $ref: '#/components/serverVariables/region' } }
channels: {}
components:
  serverVariables:
    region: { default: eu }
```

```yaml good
asyncapi: 2.5.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: 'https://{region}.example.com'
    protocol: https
    variables: { region: { $ref: '#/components/serverVariables/region' } }
channels: {}
components:
  serverVariables:
    region: { default: eu }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if context.api.version != Version::V2_4 {
        return;
    }
    for server in &context.api.servers {
        let variables = server
            .node
            .get("variables")
            .and_then(|variables| variables.as_object());
        let values = variables.into_iter().flatten().map(|entry| &entry.value);
        out.extend(values.filter_map(reference).map(|target| {
            let message = "2.4.0 is not sure whether a reference may stand for a server variable";
            let mut found = Diagnostic::new(&LINT.rule, target.span, message);
            if context.is_official() {
                found.severity = Severity::Error;
            }
            found.help("write the variable itself, or go on to version 2.5.0")
        }));
    }
}
