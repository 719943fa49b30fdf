//! `security-scheme-undefined`: a security requirement of version 2 names a scheme that the document does not have.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "security-scheme-undefined",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-server-security", "asyncapi2-operation-security"],
        summary: "a security requirement of version 2 names a scheme that the document does not have",
        docs: r##"In version 2 a security requirement names a scheme of `components.securitySchemes`. With a name that is not there nobody can log in.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: mqtt://example.com
    protocol: mqtt
    security: [{ password: [] }, { tokn: [] }]
channels: {}
components:
  securitySchemes:
    password: { type: userPassword }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: mqtt://example.com
    protocol: mqtt
    security: [{ password: [] }]
channels: {}
components:
  securitySchemes:
    password: { type: userPassword }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if !context.is_v2() {
        return;
    }
    let servers = context
        .api
        .servers
        .iter()
        .flat_map(|server| &server.security);
    let operations = context
        .api
        .operations
        .iter()
        .flat_map(|operation| &operation.security);
    for name in servers
        .chain(operations)
        .filter(|asked| asked.scheme.is_none())
        .filter_map(|asked| asked.name)
    {
        let message = format!("security scheme `{}` does not exist", name.value);
        let names = context
            .api
            .security_schemes
            .iter()
            .map(|scheme| scheme.key.value);
        let found = Diagnostic::new(&LINT.rule, name.span, message);
        out.push(match tidings_document::nearest(name.value, names) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help("add it to `components.securitySchemes`"),
        });
    }
}
