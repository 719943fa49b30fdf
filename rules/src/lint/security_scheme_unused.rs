//! `security-scheme-unused`: no server or operation asks for a security scheme of version 2.

use tidings_document::{Diagnostic, Node, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "security-scheme-unused",
        severity: Severity::Info,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-unused-securityScheme"],
        summary: "no server or operation asks for a security scheme of version 2",
        docs: r##"A security scheme of `components` counts where a server or an operation asks for it by name. One that nothing asks for is left over, or the `security` is missing.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
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
            let message = format!("nothing asks for security scheme `{}`", scheme.key);
            out.push(
                Diagnostic::new(&LINT.rule, scheme.key_span, message)
                    .help("remove it, or add it to `security`"),
            );
        }
    }
}
