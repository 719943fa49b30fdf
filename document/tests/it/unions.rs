//! How alternatives are told apart: by a discriminator and its mapping, by constants, by names, or not at all.
use tidings_document::{
    TagValue, Union,
    api::{Api, SchemaId},
    heirs_of, is_heir, union_of,
};

use super::json_schema::with_payload;

const ASYNCAPI: &str = "application/vnd.aai.asyncapi;version=3.0.0";
const OPENAPI: &str = "application/vnd.oai.openapi;version=3.0.0";

/// `property: value -> schema, …`, with `!` behind the property where no discriminator names it.
fn shown(api: &Api<'_>, union: Option<Union<'_>>) -> String {
    let Some(union) = union else {
        return "none".to_owned();
    };
    let name = |id: SchemaId| api[id].name.as_deref().unwrap_or("?");
    let branch = |id: SchemaId, values: &[TagValue<'_>]| {
        assert_eq!(union.values_of(id), Some(values));
        let value = |value: &TagValue<'_>| {
            let json = value.to_json();
            assert_eq!(
                json.as_str()
                    .map_or_else(|| json.to_string(), str::to_owned),
                value.to_string()
            );
            json.to_string()
        };
        let values: Vec<_> = values.iter().map(value).collect();
        format!("{} -> {}", values.join("|"), name(id))
    };
    let branches: Vec<_> = union
        .branches
        .iter()
        .map(|one| branch(one.schema, &one.values))
        .collect();
    format!(
        "{}{}: {}",
        union.property,
        if union.is_stated { "" } else { "!" },
        branches.join(", ")
    )
}

/// Compares how the alternatives of the first schema are told apart.
#[track_caller]
fn check(format: &str, schemas: &str, expected: &str) {
    let found = with_payload(format, schemas, |api, id| {
        let object = api[id].object().unwrap();
        let listed: Vec<SchemaId> = object
            .one_of
            .iter()
            .chain(&object.any_of)
            .copied()
            .collect();
        match listed.is_empty() {
            true => shown(api, heirs_of(api, id)),
            false => shown(api, union_of(api, &[id], &listed)),
        }
    });
    assert_eq!(found, expected, "{schemas}");
}

/// Two alternatives of these bodies, beside what the schema says itself.
#[track_caller]
fn check_two(format: &str, about: &str, one: &str, other: &str, expected: &str) {
    let schemas = format!(
        "S: {{oneOf: [{{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/B'}}]{about}}}\nA: {one}\nB: {other}"
    );
    check(format, &schemas, expected);
}

#[test]
fn constants_of_what_all_require_tell_alternatives_apart() {
    let kind = |value: &str| format!("{{required: [x, kind], properties: {{kind: {value}}}}}");
    for (one, other, expected) in [
        ("{const: a}", "{const: b}", "kind!: \"a\" -> A, \"b\" -> B"),
        ("{const: 1}", "{enum: [2, 3]}", "kind!: 1 -> A, 2|3 -> B"),
        (
            "{enum: [a, b, c], const: b}",
            "{const: a}",
            "kind!: \"b\" -> A, \"a\" -> B",
        ),
        (
            "{const: 1}",
            "{allOf: [{enum: [2, 3]}, {enum: [3, 4]}]}",
            "kind!: 1 -> A, 3 -> B",
        ),
        ("{const: a}", "{const: a}", "none"),
        ("{const: a}", "{const: 1}", "none"),
        ("{const: 1.5}", "{const: 2}", "none"),
        ("{const: true}", "{const: false}", "none"),
        ("{const: a}", "{enum: []}", "none"),
        ("{const: a}", "{type: string}", "none"),
    ] {
        check_two(ASYNCAPI, "", &kind(one), &kind(other), expected);
    }
    check_two(
        ASYNCAPI,
        "",
        &kind("{const: a}"),
        "{properties: {kind: {const: b}}}",
        "none",
    );
    let around = ", required: [kind]";
    check_two(
        ASYNCAPI,
        around,
        "{properties: {kind: {const: a}}}",
        "{allOf: [{properties: {kind: {const: b}}}]}",
        "kind!: \"a\" -> A, \"b\" -> B",
    );
}

#[test]
fn null_and_repetitions_are_no_alternatives() {
    let kind =
        |value: &str| format!("{{required: [kind], properties: {{kind: {{const: {value}}}}}}}");
    for null in ["{type: 'null'}", "{const: null}", "{enum: [null]}"] {
        let schemas = format!(
            "S: {{anyOf: [{null}, {{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/B'}}]}}\nA: {}\nB: {}",
            kind("a"),
            kind("b")
        );
        check(ASYNCAPI, &schemas, "kind!: \"a\" -> A, \"b\" -> B");
    }
    let schemas = format!(
        "S: {{anyOf: [true, {{$ref: '#/components/schemas/A'}}]}}\nA: {}",
        kind("a")
    );
    check(ASYNCAPI, &schemas, "none");
    check(
        ASYNCAPI,
        &format!(
            "S: {{anyOf: [{{$ref: '#/components/schemas/A'}}]}}\nA: {}",
            kind("a")
        ),
        "none",
    );
    let mixed = format!(
        "S: {{anyOf: [{{enum: [null, {{}}]}}, {{$ref: '#/components/schemas/A'}}, {{$ref: '#/components/schemas/B'}}]}}\nA: {}\nB: {}",
        kind("a"),
        kind("b")
    );
    check(ASYNCAPI, &mixed, "none");
}

#[test]
fn a_discriminator_goes_by_mapping_then_constants_then_names() {
    let plain = "{required: [kind], properties: {kind: {type: string}}}";
    let about = ", discriminator: kind";
    check_two(
        ASYNCAPI,
        about,
        plain,
        plain,
        "kind: \"A\" -> A, \"B\" -> B",
    );
    let constant = "{properties: {kind: {const: b}}}";
    check_two(
        ASYNCAPI,
        about,
        plain,
        constant,
        "kind: \"A\" -> A, \"b\" -> B",
    );
    // A base that lists the values of all its heirs means their names.
    let listed = ", discriminator: kind, properties: {kind: {enum: [A, B]}}";
    check_two(ASYNCAPI, listed, "{}", "{}", "kind: \"A\" -> A, \"B\" -> B");
    let strange = ", discriminator: kind, properties: {kind: {enum: [x, y]}}";
    check_two(ASYNCAPI, strange, "{}", "{}", "none");
    let mapping =
        |mapping: &str| format!(", discriminator: {{propertyName: kind, mapping: {{{mapping}}}}}");
    check_two(
        OPENAPI,
        &mapping("a: A, b: '#/components/schemas/B', c: B"),
        "{}",
        "{}",
        "kind: \"a\" -> A, \"b\"|\"c\" -> B",
    );
    check_two(
        OPENAPI,
        &mapping("a: A"),
        "{}",
        "{}",
        "kind: \"a\" -> A, \"B\" -> B",
    );
    check_two(OPENAPI, &mapping("B: A"), "{}", "{}", "none");
    check_two(
        OPENAPI,
        &mapping("a: Nothing"),
        "{}",
        "{}",
        "kind: \"A\" -> A, \"B\" -> B",
    );
}

#[test]
fn discriminators_of_all_alternatives_count_where_they_agree() {
    let own = |name: &str| format!("{{discriminator: {name}, required: [kind]}}");
    check_two(
        ASYNCAPI,
        "",
        &own("kind"),
        &own("kind"),
        "kind: \"A\" -> A, \"B\" -> B",
    );
    check_two(ASYNCAPI, "", &own("kind"), &own("sort"), "none");
    check_two(ASYNCAPI, "", &own("kind"), "{}", "none");
    let nameless = "S: {discriminator: kind, oneOf: [{required: [kind]}, {$ref: '#/components/schemas/A'}]}\nA: {}";
    check(ASYNCAPI, nameless, "none");
}

#[test]
fn a_base_means_its_heirs_and_itself() {
    let base = "S: {discriminator: kind, required: [kind], properties: {kind: {type: string}}}";
    let heir = |name: &str, of: &str| {
        format!("\n{name}: {{allOf: [{{$ref: '#/components/schemas/{of}'}}]}}")
    };
    check(ASYNCAPI, base, "none");
    check(
        ASYNCAPI,
        &format!("{base}{}{}", heir("A", "S"), heir("B", "A")),
        "kind: \"A\" -> A, \"B\" -> B, \"S\" -> S",
    );
    let alone = "S: {required: [kind], properties: {kind: {type: string}}}";
    check(ASYNCAPI, &format!("{alone}{}", heir("A", "S")), "none");
    let closed = "S: {discriminator: kind, properties: {kind: {enum: [A, B]}}}";
    check(
        ASYNCAPI,
        &format!("{closed}{}{}", heir("A", "S"), heir("B", "S")),
        "kind: \"A\" -> A, \"B\" -> B",
    );
    let schemas = format!("{base}{}{}\nC: {{}}", heir("A", "S"), heir("B", "A"));
    with_payload(ASYNCAPI, &schemas, |api, base| {
        let named = |name: &str| {
            (0..)
                .map(SchemaId)
                .zip(&api.schemas)
                .find(|(_, schema)| schema.name.as_deref() == Some(name))
        };
        let is_one = |name: &str| named(name).is_some_and(|(id, _)| is_heir(api, id, base));
        assert!(is_one("A") && is_one("B"));
        assert!(!is_one("C") && !is_one("S"));
    });
}
