//! `tag-duplicate`: a list of tags has the same name twice.

use std::collections::HashMap;

use tidings_document::api::{About, Api, Tag};
use tidings_document::{Change, Diagnostic, Fix, Node, Profile, Rule, Severity};

use super::{Context, Lint};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "tag-duplicate",
        severity: Severity::Error,
        since: "0.1.0",
        profile: Profile::Official,
        codes: &["asyncapi2-tags-uniqueness"],
        summary: "a list of tags has the same name twice",
        docs: r##"Tags group things by name, so a name twice in one list adds nothing, and of two descriptions only one is shown.

In version 2 names must be unique, an error; in version 3 that they are not is a warning, and the official parser does not look at it.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    tags:
      - { name: shop }
      - { name: shop, description: What the shop does. }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    tags:
      - { name: shop, description: What the shop does. }
```
"##,
    },
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let severity = match context.is_v2() {
        true => Severity::Error,
        false => Severity::Warning,
    };
    for tags in lists(context.api) {
        let mut seen: HashMap<_, &Tag<'_>> = HashMap::new();
        for tag in tags {
            let name = tag.name;
            if let Some(first) = seen.get(name.value) {
                // Tags that are alike in all are one item twice, which is reported.
                if !context.is_official() && first.node.is_same(tag.node) {
                    continue;
                }
                let message = format!("tag `{}` is in the list twice", name.value);
                out.push(
                    Diagnostic::new(&LINT.rule, name.span, message)
                        .weighing(severity)
                        .related(first.name.span, "first use")
                        .fix(fix(first, tag)),
                );
            } else {
                seen.insert(name.value, tag);
            }
        }
    }
}

/// One of two tags can go when it says nothing that the other does not.
fn fix(first: &Tag<'_>, second: &Tag<'_>) -> Option<Fix> {
    let (one, other) = (first.node, second.node);
    let says_name_only = |tag: &Node| tag.as_object().is_some_and(|fields| fields.len() == 1);
    let gone = if says_name_only(other) || one.is_same(other) {
        other
    } else if says_name_only(one) {
        one
    } else {
        return None;
    };
    let is_later = one.span.end <= other.span.start;
    let title = "remove the one that says less";
    is_later.then(|| Fix::new(title, Change::Item(gone.span)))
}

fn lists<'a>(api: &'a Api<'a>) -> impl Iterator<Item = &'a [Tag<'a>]> {
    let servers = api.servers.iter().map(|server| &server.about);
    let channels = api.channels.iter().map(|channel| &channel.about);
    let operations = api.operations.iter().map(|operation| &operation.about);
    let messages = api.messages.iter().map(|message| &message.about);
    let tags = |about: &'a About<'a>| about.tags.as_slice();
    std::iter::once(api.info.tags.as_slice()).chain(
        servers
            .chain(channels)
            .chain(operations)
            .chain(messages)
            .map(tags),
    )
}
