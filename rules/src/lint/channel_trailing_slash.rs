//! `channel-trailing-slash`: a channel's address ends with a slash.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-trailing-slash",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-channel-no-trailing-slash"],
        summary: "a channel's address ends with a slash",
        docs: r##"To most brokers `orders` and `orders/` are different addresses, and the second one is mostly a slip.

The official parser checks this in version 2 only.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders/
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
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
        let length = address.value.len();
        if length > 1 && address.value.ends_with('/') {
            let message = format!("address `{}` ends with a slash", address.value);
            out.push(Diagnostic::new(
                &LINT.rule,
                within(address, length - 1..length),
                message,
            ));
        }
    }
}
