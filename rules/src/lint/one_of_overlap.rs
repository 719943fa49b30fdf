//! `one-of-overlap`: a value fits two branches of `oneOf`, which allows none that fits more than one.

use tidings_document::api::{Api, SchemaId, SchemaObject};
use tidings_document::{Diagnostic, Node, Profile, Rule, Severity, union_of};

use super::{Context, Lint};
use crate::overlap::{Common, Judge, Plain, parts, shown};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "one-of-overlap",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "a value fits two branches of `oneOf`, which allows none that fits more than one",
        docs: r##"`oneOf` takes the values that fit exactly one branch. One that is written after one branch and happens to fit another as well is refused,
and code that reads it cannot know which branch is meant. Make the branches differ: by their types, by a required property with a `const` of its own,
or by `additionalProperties: false`; or write `anyOf`.

Only what is proved is reported, with a value that fits both. Where there is a `discriminator`, those branches are compared that have the same constant
for its property: it tells the others apart.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  payments:
    address: payments
    messages:
      paid:
        payload:
          oneOf:
            - { type: object, required: [card], properties: { card: { type: string } } }
            - { type: object, properties: { voucher: { type: string } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  payments:
    address: payments
    messages:
      paid:
        payload:
          oneOf:
            - { type: object, required: [card], properties: { card: { type: string } } }
            - { type: object, required: [voucher], properties: { voucher: { type: string } } }
```
"##,
    },
    check,
};

/// Pairs of branches whose values are compared in one document.
const MOST: usize = 400;
/// Branches of one list that are looked at.
const MOST_BRANCHES: usize = 60;

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let mut suspects: Vec<(SchemaId, usize, usize)> = Vec::new();
    for (id, schema) in (0..).map(SchemaId).zip(&api.schemas) {
        let branches = schema.object().map_or(&[][..], |object| &object.one_of);
        if branches.len() < 2
            || suspects.len() >= MOST
            || branches.iter().all(|id| is_condition(api[*id].object()))
            || union_of(api, &[id], branches).is_some()
        {
            continue;
        }
        let plain: Vec<Plain<'_>> = branches
            .iter()
            .take(MOST_BRANCHES)
            .map(|id| Plain::of(api, *id))
            .collect();
        let tag = discriminator(api, id, branches);
        for (at, branch) in plain.iter().enumerate() {
            let earlier = (0..at).filter(|earlier| {
                let earlier = &plain[*earlier];
                tag.is_none_or(|tag| earlier.shares(branch, tag))
                    && !earlier.is_apart(branch, false)
            });
            suspects.extend(earlier.map(|earlier| (id, earlier, at)));
        }
    }
    suspects.truncate(MOST);
    let Some(mut judge) = Judge::new(api, suspects.iter().map(|(id, ..)| *id)) else {
        return;
    };
    let mut found = None;
    for (id, one, other) in suspects {
        // One pair says enough of a list.
        if found == Some(id) {
            continue;
        }
        let Some(object) = api[id].object() else {
            continue;
        };
        let pair = [object.one_of[one], object.one_of[other]];
        if let Common::Value(value) = judge.common(pair, Some(id)) {
            found = Some(id);
            let value = shown(&value);
            let message =
                format!("branches {one} and {other} of `oneOf` overlap: `{value}` fits both");
            let [one, other] = [one, other].map(|at| branch_span(api[id].node, at));
            out.push(
                Diagnostic::new(&LINT.rule, other, message)
                    .related(one, "the other branch")
                    .help("make the branches differ in a required property, or write `anyOf`"),
            );
        }
    }
}

/// The property that a discriminator of a schema, or of its first branch, names.
fn discriminator<'a>(api: &'a Api<'a>, id: SchemaId, branches: &[SchemaId]) -> Option<&'a str> {
    let mut ids = [id].into_iter().chain(branches.first().copied());
    ids.find_map(|id| {
        let mut parts = parts(api, id, |object| object.all_of.clone()).into_iter();
        parts.find_map(|part| part.discriminator)
    })
    .map(|name| name.value)
}

/// Whether a branch only says which properties there must be: such lists are meant to tell combinations apart.
fn is_condition(branch: Option<&SchemaObject<'_>>) -> bool {
    branch.is_some_and(|branch| {
        branch.types.is_none()
            && branch.properties.is_empty()
            && branch.constant.is_none()
            && branch.enumeration.is_none()
            && branch.items.is_none()
            && branch.all_of.is_empty()
            && branch.one_of.is_empty()
    })
}

fn branch_span(node: &Node, at: usize) -> tidings_document::Span {
    let branches = node.get("oneOf").and_then(Node::as_array);
    branches
        .and_then(|branches| branches.get(at))
        .map_or(node.span, |branch| branch.span)
}
