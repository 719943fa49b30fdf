//! `channel-address-has-query`: a channel's address has a query or a fragment.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-address-has-query",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-channel-no-query-nor-fragment"],
        summary: "a channel's address has a query or a fragment",
        docs: r##"An address is not a URL: what follows `?` or `#` is not part of it. The specification asks to say it with bindings, such as
`query` of the WebSockets channel binding.

In version 3 the official parser looks at the channel's key instead; see `channel-key-has-query`.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  order:
    address: orders?region=eu
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  order:
    address: orders
    bindings:
      ws:
        query:
          type: object
          properties:
            region: { type: string }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for address in context
        .api
        .channels
        .iter()
        .filter_map(|channel| channel.address)
    {
        if let Some(at) = address.value.find(['?', '#']) {
            let tail = &address.value[at..];
            let message = format!(
                "address `{}` has a query or fragment `{tail}`",
                address.value
            );
            out.push(
                Diagnostic::new(
                    &LINT.rule,
                    within(address, at..address.value.len()),
                    message,
                )
                .help("say it with a binding of the channel"),
            );
        }
    }
}
