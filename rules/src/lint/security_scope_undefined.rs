//! `security-scope-undefined`: a scope is asked for that the security scheme does not have.

use tidings_document::api::SecurityScheme;
use tidings_document::{Diagnostic, Profile, Rule, Severity, Text};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "security-scope-undefined",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-server-security", "asyncapi2-operation-security"],
        summary: "a scope is asked for that the security scheme does not have",
        docs: r##"Scopes are those of the scheme's OAuth 2 flows; schemes of other types, but for OpenID Connect, have none. Version 2 asks for scopes where
it asks for the scheme, version 3 in the scheme's own `scopes`.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: mqtt://example.com
    protocol: mqtt
    security: [{ shop: [order, cancel] }]
channels: {}
components:
  securitySchemes:
    shop:
      type: oauth2
      flows:
        clientCredentials: { tokenUrl: 'https://example.com/token', scopes: { order: Place orders. } }
```

```yaml good
asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    url: mqtt://example.com
    protocol: mqtt
    security: [{ shop: [order] }]
channels: {}
components:
  securitySchemes:
    shop:
      type: oauth2
      flows:
        clientCredentials: { tokenUrl: 'https://example.com/token', scopes: { order: Place orders. } }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
servers:
  production:
    host: example.com
    protocol: mqtt
    security:
      - type: oauth2
        scopes: [order, cancel]
        flows:
          clientCredentials: { tokenUrl: 'https://example.com/token', availableScopes: { order: Place orders. } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if !context.is_v2() {
        let schemes = context.api.security_schemes.iter();
        let asked =
            schemes.flat_map(|scheme| scheme.scopes.iter().map(move |scope| (scheme, scope)));
        let asked = asked.filter(|(scheme, scope)| !has(scheme, scope.value));
        out.extend(asked.map(|(scheme, scope)| finding(scheme, *scope)));
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
    for asked in servers.chain(operations) {
        let Some(scheme) = asked.scheme.map(|id| &context.api[id]) else {
            continue;
        };
        for scope in asked
            .scopes
            .iter()
            .filter(|scope| !has(scheme, scope.value))
        {
            out.push(finding(scheme, *scope));
        }
    }
}

fn finding(scheme: &SecurityScheme<'_>, scope: Text<'_>) -> Diagnostic {
    let message = format!(
        "security scheme `{}` has no scope `{}`",
        scheme.key.value, scope.value
    );
    let found = Diagnostic::new(&LINT.rule, scope.span, message);
    found
        .help("write a scope of the scheme, or add this one to its flows")
        .related(scheme.key.span, "the scheme")
}

fn has(scheme: &SecurityScheme<'_>, scope: &str) -> bool {
    match scheme.kind.value {
        "openIdConnect" => true,
        "oauth2" => scheme
            .flows
            .iter()
            .flat_map(|flow| &flow.scopes)
            .any(|(name, _)| name.value == scope),
        _ => false,
    }
}
