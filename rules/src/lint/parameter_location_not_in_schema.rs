//! `parameter-location-not-in-schema`: a parameter is said to be where no message has anything.

use tidings_document::{Diagnostic, Profile, Rule, Severity};

use super::{Context, Lint};
use crate::expression::Expression;
use crate::schemas::{lacks, meant};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "parameter-location-not-in-schema",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a parameter is said to be where no message has anything",
        docs: r##"`location` of a channel parameter says where messages hold its value. Where the schemas of all messages of the channel describe what there is, but not
this, nobody can find it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: 'orders/{region}'
    parameters:
      region: { location: '$message.payload#/region' }
    messages:
      placed:
        payload: { type: object, properties: { id: { type: string } } }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders/{region}
    parameters: { region: { location: '$message.payload#/Region' } }
    messages:
      placed: { payload: { type: object, properties: { region: { type: string } } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: 'orders/{region}'
    parameters:
      region: { location: '$message.payload#/region' }
    messages:
      placed:
        payload: { type: object, properties: { region: { type: string } } }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    for channel in api
        .channels
        .iter()
        .filter(|channel| !channel.messages.is_empty())
    {
        for location in channel
            .parameters
            .iter()
            .filter_map(|parameter| parameter.location)
        {
            let Some(expression) = Expression::parse(location.value) else {
                continue;
            };
            let mut messages = channel.messages.iter().map(|used| &api[used.message]);
            if messages.all(|message| lacks(api, message, &expression)) {
                let message = format!(
                    "parameter location `{}` is in the schema of no message of channel `{}`",
                    location.value, channel.key.value
                );
                let found = Diagnostic::new(&LINT.rule, location.span, message);
                let first = channel.messages.first().map(|used| &api[used.message]);
                let mended = first.map(|first| meant(api, first, location, &expression));
                out.extend(mended.map(|(help, fix)| found.help(help).fix(fix)));
            }
        }
    }
}
