//! `channel-parameter-empty`: a channel's address has `{}` in it.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-parameter-empty",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-channel-no-empty-parameter"],
        summary: "a channel's address has `{}` in it",
        docs: r##"A parameter stands in the address by its name. An empty pair of braces is one whose name was forgotten.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders/{}
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders/{id}
    parameters: { id: { description: Number of the order. } }
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
        if let Some(at) = address.value.find("{}") {
            let message = format!("address `{}` has a parameter without a name", address.value);
            out.push(Diagnostic::new(
                &LINT.rule,
                within(address, at..at + 2),
                message,
            ));
        }
    }
}
