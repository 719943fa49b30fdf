//! `security-scheme-unused`: no server or operation asks for a security scheme.

use tidings_document::{Diagnostic, Entry, Node, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "security-scheme-unused",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-unused-securityScheme"],
        summary: "no server or operation asks for a security scheme",
        docs: r##"A security scheme of `components` counts where a server or an operation asks for it: by name in version 2, by reference in version 3.
One that nothing asks for is left over, or the `security` is missing.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
channels: {}
components:
  securitySchemes:
    password: { type: userPassword }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
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

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: example.com
    protocol: mqtt
    security: [{ $ref: '#/components/securitySchemes/password' }]
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
        let unused = context.unused_components().iter();
        let schemes = unused.filter(|component| component.kind == "securitySchemes");
        out.extend(schemes.map(|scheme| finding(scheme.entry)));
        return;
    }
    let schemes = context
        .api
        .components
        .and_then(|components| components.get("securitySchemes"));
    for scheme in schemes.and_then(Node::as_object).into_iter().flatten() {
        let servers = context
            .api
            .servers
            .iter()
            .flat_map(|server| &server.security);
        let mut asked = servers.chain(
            context
                .api
                .operations
                .iter()
                .flat_map(|operation| &operation.security),
        );
        if !asked.any(|asked| asked.name.is_some_and(|name| name.value == scheme.key)) {
            out.push(finding(scheme));
        }
    }
}

fn finding(scheme: &Entry) -> Diagnostic {
    let message = format!("nothing asks for security scheme `{}`", scheme.key);
    Diagnostic::new(&LINT.rule, scheme.key_span, message).help("remove it, or add it to `security`")
}
