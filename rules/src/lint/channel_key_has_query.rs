//! `channel-key-has-query`: the key of a channel has `?` or `#` in it.

use tidings_document::api::Place;
use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::places::within;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "channel-key-has-query",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi3-channel-no-query-nor-fragment"],
        summary: "the key of a channel has `?` or `#` in it",
        docs: r##"From version 3 on the key of a channel is a name of its own, not its address. With `?` or `#` in it, it looks like the address of a
version 2 document that was not moved to `address`, references to it are hard to write, and the official parser refuses it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders?region=eu:
    address: orders
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
    if context.is_v2() {
        return;
    }
    let channels = context
        .api
        .channels
        .iter()
        .filter(|channel| channel.place == Place::Root);
    for key in channels.map(|channel| channel.key) {
        if let Some(at) = key.value.find(['?', '#']) {
            let message = format!(
                "channel key `{}` has `{}` in it",
                key.value,
                &key.value[at..=at]
            );
            out.push(
                Diagnostic::new(&LINT.rule, within(key, at..key.value.len()), message)
                    .help("name the channel freely and put its address under `address`"),
            );
        }
    }
}
