//! `schema-unsatisfiable`: no value keeps a schema.

use std::collections::HashSet;

use tidings_document::api::{Api, SchemaId, SchemaKind, SchemaObject, Type, Types};
use tidings_document::{Diagnostic, Number, Profile, Rule, Severity};
use tidings_schema::{Values, Work, values};

use super::{Context, Lint};
use crate::contradiction::contradiction;
use crate::definitions::{Definitions, Outline};
use crate::overlap::parts;
use crate::places::key_place;
use crate::schemas::is_of;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        id: "schema-unsatisfiable",
        severity: Severity::Warning,
        since: "0.1.0",
        profile: Profile::Recommended,
        codes: &[],
        summary: "no value keeps a schema",
        docs: r##"The keywords of the schema contradict each other, so that every value breaks one of them: bounds the wrong way round, a constant that the pattern
refuses, or, most often, `allOf` with a part whose `additionalProperties: false` refuses what another part requires: each part looks at its own
`properties` only. A message with such a payload can never be sent.

Only what is proved is reported, at the smallest schema that has no values, with two sayings that contradict each other where these are found; `false`, which says just that, is left alone.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          allOf:
            - { type: object, properties: { id: { type: string } }, additionalProperties: false }
            - { type: object, properties: { size: { type: integer } }, required: [size] }
```

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload: { type: object, properties: { size: { type: integer, minimum: 10, maximum: 1 } } }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        payload:
          allOf:
            - { type: object, properties: { id: { type: string } } }
            - { type: object, properties: { size: { type: integer, minimum: 1, maximum: 10 } }, required: [size] }
```
"##,
    },
    check,
};

/// Schemas that are looked at in one document.
const MOST: usize = 400;

fn check(context: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let api = context.api;
    let ids = (0..).map(SchemaId).zip(&api.schemas).map(|(id, _)| id);
    let suspects: Vec<SchemaId> = ids.filter(|id| may_clash(api, *id)).take(MOST).collect();
    let Some(definitions) = Definitions::new(api, suspects.iter().copied()) else {
        return;
    };
    let mut work = Work::of_document();
    let mut clash = |outline: Outline| match values(&outline.schema, &mut work) {
        Values::None(keywords) => Some(keywords),
        _ => None,
    };
    let empty: HashSet<SchemaId> = suspects
        .into_iter()
        .filter(|id| clash(definitions.outline(*id)).is_some())
        .collect();
    let mut ids: Vec<_> = empty.iter().copied().collect();
    ids.sort_unstable();
    for id in ids {
        // What has no values only because a part of it has none is no defect of its own.
        let mut others = empty.clone();
        others.remove(&id);
        if let Some(keywords) = clash(definitions.outline_but(id, &others)) {
            out.push(finding(api, id, &keywords));
        }
    }
}

fn finding(api: &Api<'_>, id: SchemaId, keywords: &[String]) -> Diagnostic {
    let node = api[id].node;
    let own: Vec<&str> = keywords
        .iter()
        .map(String::as_str)
        .filter(|keyword| *keyword != "type" && node.get(keyword).is_some())
        .collect();
    let keys = if own.is_empty() { &["allOf"] } else { &own[..] };
    let found = |why: &str| {
        let message = format!("no value keeps this schema{why}");
        Diagnostic::new(&LINT.rule, key_place(node, keys), message)
    };
    if let Some(found_out) = contradiction(api, id) {
        let [one, other] = found_out.places;
        return found(&format!(": {}", found_out.text))
            .help("mend one of the two")
            .related(one, "the one")
            .related(other, "the other");
    }
    let why = match &own[..] {
        [] | [_] => String::new(),
        all => format!(": `{}` contradict each other", all.join("` and `")),
    };
    found(&why)
        .help("mend what contradicts; where `additionalProperties: false` refuses what another part of `allOf` requires, leave it out")
}

/// Whether the schema has keywords of which some combinations leave no value; most schemas have none.
fn may_clash(api: &Api<'_>, id: SchemaId) -> bool {
    let Some(object) = api[id].object() else {
        return false;
    };
    crosses(api, object)
        || lacks_room(api, object)
        || constant_clashes(object)
        || (restricts(object)
            && (object.not.is_some() || object.enumeration.is_some() || object.constant.is_some()))
        || (object.not.is_some() && object.types.is_some())
        || branches_clash(api, object)
        || (!object.all_of.is_empty() && parts_clash(api, id))
}

/// Whether a lower bound lies above its upper bound, or more is required than may be there.
fn crosses(api: &Api<'_>, object: &SchemaObject<'_>) -> bool {
    let is_above = |least: Option<u64>, most: Option<u64>| {
        least.zip(most).is_some_and(|(least, most)| least > most)
    };
    let number = |number: &Option<Number>| number.as_ref().and_then(|number| number.as_f64());
    let (least, most) = (number(&object.minimum), number(&object.maximum));
    let (above, below) = (
        number(&object.exclusive_minimum),
        number(&object.exclusive_maximum),
    );
    let least = least.into_iter().chain(above).reduce(f64::max);
    let most = most.into_iter().chain(below).reduce(f64::min);
    let required = u64::try_from(object.required.len()).ok();
    // Integers, and multiples, may all lie beside a narrow range.
    let is_whole = object.types.and_then(Types::only) == Some(Type::Integer);
    let step = number(&object.multiple_of).or(is_whole.then_some(1.0));
    let between = least.zip(most).map(|(least, most)| most - least);
    between.is_some_and(|width| width <= 0.0 || step.is_some_and(|step| width <= step))
        || is_above(object.min_length, object.max_length)
        || is_above(object.min_items, object.max_items)
        || is_above(object.min_properties, object.max_properties)
        || is_above(required, object.max_properties)
        || requires_nothing(api, object)
}

/// Whether more properties must be there than the schema knows, and it takes no others.
fn lacks_room(api: &Api<'_>, object: &SchemaObject<'_>) -> bool {
    let rest = object.additional_properties;
    let is_closed =
        rest.is_some_and(|id| is_false(api, id)) && object.pattern_properties.is_empty();
    let known = u64::try_from(object.properties.len()).ok();
    let least = object.min_properties.zip(known);
    let lacks = least.is_some_and(|(least, known)| least > known);
    // A name that is missing among others is mostly misspelt, which another rule tells.
    is_closed && (lacks || (object.properties.is_empty() && !object.required.is_empty()))
}

/// Whether the one value is of no type of the schema, or not among its values.
fn constant_clashes(object: &SchemaObject<'_>) -> bool {
    let Some(constant) = object.constant else {
        return false;
    };
    let listed = object.enumeration;
    object.types.is_some_and(|types| !is_of(constant, types))
        || listed.is_some_and(|all| !all.iter().any(|value| value.is_same(constant)))
}

/// Whether a property is required that may have no value.
fn requires_nothing(api: &Api<'_>, object: &SchemaObject<'_>) -> bool {
    let refused = object
        .properties
        .iter()
        .filter(|property| is_false(api, property.schema));
    refused.into_iter().any(|property| {
        object
            .required
            .iter()
            .any(|name| name.value == property.name.value)
    })
}

fn is_false(api: &Api<'_>, id: SchemaId) -> bool {
    matches!(api[id].kind, SchemaKind::Bool(false))
}

/// Whether plain values are restricted beyond their type.
fn restricts(object: &SchemaObject<'_>) -> bool {
    object.pattern.is_some()
        || object.min_length.is_some()
        || object.max_length.is_some()
        || object.minimum.is_some()
        || object.maximum.is_some()
        || object.exclusive_minimum.is_some()
        || object.exclusive_maximum.is_some()
        || object.multiple_of.is_some()
}

/// Whether the schema refuses properties that are not its own, while alternatives may require others.
fn branches_clash(api: &Api<'_>, object: &SchemaObject<'_>) -> bool {
    let is_closed = object
        .additional_properties
        .is_some_and(|id| is_false(api, id));
    let branches = object.one_of.iter().chain(&object.any_of);
    let types = |id: &SchemaId| api[*id].object().and_then(|branch| branch.types);
    let mut branches = branches.peekable();
    branches.peek().is_some()
        && (is_closed
            || object.types.is_some_and(|own| {
                branches.all(|id| types(id).is_some_and(|branch| differ(own, branch)))
            }))
}

fn differ(one: Types, other: Types) -> bool {
    !one.iter().any(|kind| other.contains(kind))
}

/// Whether parts of `allOf` say something of the same things.
fn parts_clash(api: &Api<'_>, id: SchemaId) -> bool {
    let parts = parts(api, id, |object| object.all_of.clone());
    let mut properties = HashSet::new();
    let mut types: Option<Types> = None;
    let mut limited = 0;
    for part in &parts {
        let is_plain = part
            .additional_properties
            .is_none_or(|id| matches!(api[id].kind, SchemaKind::Bool(true)));
        if !is_plain
            || part.not.is_some()
            || part.property_names.is_some()
            || part.max_properties.is_some()
        {
            return true;
        }
        limited +=
            usize::from(restricts(part) || part.constant.is_some() || part.enumeration.is_some());
        let mut own = HashSet::new();
        for property in &part.properties {
            own.insert(property.name.value);
            if is_false(api, property.schema) || properties.contains(property.name.value) {
                return true;
            }
        }
        properties.extend(own);
        if let Some(own) = part.types {
            if types.is_some_and(|before| differ(before, own)) {
                return true;
            }
            types = Some(own);
        }
    }
    limited > 1
}
