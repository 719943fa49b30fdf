//! Explanations are about the alternative that was meant, and what they cost does not explode.

mod alternatives;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::{Dialect, Distance, Schema, Validator, Violation};

fn lines(found: &[Violation]) -> String {
    let line = |found: &Violation| format!("{found} ({})", found.schema);
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn check(dialect: Dialect, schema: Value, value: &Value, expect: Expect) {
    let validator = Validator::compile(&Schema::new(schema, dialect)).unwrap();
    expect.assert_eq(&lines(&validator.validate(value)));
}

/// Filters that lie inside each other, in three ways.
fn filter() -> Value {
    let branch = |required: &[&str], also: (&str, Value)| {
        json!({ "type": "object", "required": required,
            "properties": { "not": { "$ref": "#/definitions/filter" }, "field": { "type": "string" }, (also.0): also.1 } })
    };
    let all = json!({ "type": "array", "items": { "$ref": "#/definitions/filter" } });
    json!({ "$ref": "#/definitions/filter", "definitions": { "filter": { "oneOf": [
        branch(&["not"], ("also", json!({}))),
        branch(&["field", "value"], ("value", json!({ "type": "string" }))),
        branch(&["all"], ("all", all)),
    ] } } })
}

fn negated(times: usize, inner: Value) -> Value {
    (0..times).fold(inner, |inner, _| json!({ "not": inner }))
}

#[test]
fn recursive_unions_are_followed_by_the_branch_that_was_meant() {
    let wrong = json!({ "field": "a", "value": 1 });
    check(
        Dialect::AsyncApi,
        filter(),
        &negated(2, wrong.clone()),
        expect![
            "`1` is not of type `string` (the closest of 3 alternatives), in the value at `/not/not/value` (/definitions/filter/oneOf/1/properties/value/type)"
        ],
    );
    check(
        Dialect::AsyncApi,
        filter(),
        &json!({ "all": [{ "field": "a", "value": "b" }, wrong] }),
        expect![
            "`1` is not of type `string` (the closest of 3 alternatives), in the value at `/all/1/value` (/definitions/filter/oneOf/1/properties/value/type)"
        ],
    );
}

/// What is wrong with a value; where that takes exponential time or memory, the test does not end.
#[track_caller]
fn explained(schema: Value, value: &Value) -> Vec<Violation> {
    let validator = Validator::compile(&Schema::new(schema, Dialect::AsyncApi)).unwrap();
    let found = validator.validate(value);
    assert!(!found.is_empty());
    found
}

#[test]
fn depth_costs_no_more_than_it_holds() {
    let found = explained(filter(), &negated(120, json!({ "field": "a", "value": 1 })));
    assert!(found[0].instance.ends_with("/not/value"), "{found:?}");
    // Each level twice, by ways that meet again.
    let twice = json!({ "allOf": [{ "$ref": "#/definitions/n" }, { "$ref": "#/definitions/n" }], "definitions": { "n": {
        "anyOf": [{ "type": "string" }, { "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" } }, "required": ["b"] }] } } });
    let deep = (0..100).fold(json!(1), |inner, _| json!({ "a": inner, "b": { "a": 1 } }));
    assert!(!explained(twice, &deep).is_empty());
}

#[test]
fn wide_unions_cost_their_width() {
    let branches: Vec<Value> = (0..400)
        .map(|at| json!({ "properties": { "kind": { "const": at }, "size": { "type": "integer" }, "next": { "$ref": "#" } },
            "required": ["kind", "size"] }))
        .collect();
    let values: Vec<Value> = (0..400)
        .map(|at| json!({ "kind": at, "size": "big", "next": { "kind": at, "size": 1 } }))
        .collect();
    let found = explained(json!({ "oneOf": branches, "type": "object" }), &values[7]);
    assert_eq!(found[0].schema, "/oneOf/7/properties/size/type");
    let many = json!({ "items": { "$ref": "#/definitions/one" }, "definitions": { "one": { "oneOf": branches } } });
    let many: Value =
        serde_json::from_str(&many.to_string().replace("\"#\"", "\"#/definitions/one\"")).unwrap();
    let found = explained(many, &Value::from(values));
    assert_eq!(found.len(), 201);
    assert_eq!(found[200].keyword, "limit");
}

#[test]
fn large_values_are_told_up_to_a_number_of_violations() {
    let many = Value::from(vec![1; 100_000]);
    let found = explained(json!({ "items": { "type": "string" } }), &many);
    assert_eq!(
        found[200].message,
        "more is wrong than the `200` ways that are told"
    );
    let mut distinct: Vec<Value> = (0..100_000).map(Value::from).collect();
    let unique =
        json!({ "uniqueItems": true, "anyOf": [{ "uniqueItems": true }, { "maxItems": 1 }] });
    distinct.push(json!(7));
    assert_eq!(
        explained(unique, &Value::from(distinct))[0].keyword,
        "uniqueItems"
    );
    let mut names: serde_json::Map<_, _> = (0..100_000)
        .map(|at| (format!("n{at}"), json!(at)))
        .collect();
    names.insert("N".to_owned(), json!(1));
    let named = json!({ "propertyNames": { "pattern": "^n" }, "patternProperties": { "^n": { "minimum": 1 } } });
    let found = explained(named, &Value::from(names));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn patterns_that_explode_do_so_a_bounded_number_of_times() {
    let text = "a".repeat(64);
    let schema = json!({ "items": { "anyOf": [{ "pattern": "^(?=a)(a|a)*b$" }, { "pattern": "^(?=a)(a|aa)*c$" }] } });
    explained(schema, &Value::from(vec![text; 50]));
}

#[test]
fn every_kind_of_keyword_that_holds_schemas_is_explained() {
    let schema = json!({
        "properties": {
            "a": { "dependencies": { "x": ["y"], "z": { "required": ["w"] } } },
            "b": { "if": { "required": ["x"] }, "then": { "maxProperties": 1 }, "else": { "minProperties": 1 } },
            "c": { "not": { "anyOf": [{ "type": "string" }, { "const": 1 }] } },
            "d": { "contains": { "$ref": "#/definitions/even" } },
            "e": { "propertyNames": { "enum": ["x"] } },
            "f": { "patternProperties": { "^x": { "type": "string" } }, "additionalProperties": { "type": "null" } },
            "g": { "items": [{ "type": "string" }], "additionalItems": false },
            "h": { "items": [{ "type": "string" }], "additionalItems": { "type": "null" } },
            "i": { "items": false },
        },
        "definitions": { "even": { "multipleOf": 2 } },
    });
    let value = json!({
        "a": { "x": 1, "z": 1 }, "b": {}, "c": 1, "d": [1, 3], "e": { "y": 1 }, "f": { "x1": 1, "q": 1, "r": null },
        "g": [1, 2], "h": ["", null, 2], "i": [1],
    });
    check(
        Dialect::Draft7,
        schema,
        &value,
        expect![[r#"
        property `y` is missing, in the value at `/a` (/properties/a/dependencies)
        property `w` is missing, in the value at `/a` (/properties/a/dependencies/z/required)
        the object has fewer than `1` properties, in the value at `/b` (/properties/b/else/minProperties)
        `1` is of a kind that is ruled out, in the value at `/c` (/properties/c/not)
        the array lacks an item of the kind that it must contain, in the value at `/d` (/properties/d/contains)
        property name is not allowed: `"y"` is not one of `"x"`, in the value at `/e` (/properties/e/propertyNames/enum)
        `1` is not of type `string`, in the value at `/f/x1` (/properties/f/patternProperties/^x/type)
        `1` is not of type `null`, in the value at `/f/q` (/properties/f/additionalProperties/type)
        the array has more than `1` items, in the value at `/g` (/properties/g/additionalItems)
        `1` is not of type `string`, in the value at `/g/0` (/properties/g/items/0/type)
        `2` is not of type `null`, in the value at `/h/2` (/properties/h/additionalItems/type)
        `1` is not allowed here, in the value at `/i/0` (/properties/i/items)"#]],
    );
}

#[test]
fn what_nothing_speaks_of_is_named() {
    let schema = json!({
        "allOf": [{ "properties": { "a": { "type": "string" } } }],
        "anyOf": [{ "properties": { "b": { "const": 1 } }, "required": ["b"] }, { "properties": { "c": {} } }],
        "properties": { "l": { "prefixItems": [{ "type": "string" }], "contains": { "const": 7 }, "unevaluatedItems": false } },
        "unevaluatedProperties": { "type": "boolean" },
    });
    let value = json!({ "a": 1, "b": 2, "c": 3, "l": ["", 7, 8], "d": true, "e~": 5 });
    check(
        Dialect::Draft202012,
        schema,
        &value,
        expect![[r#"
        property `b` is not allowed, in the value at `/b` (/unevaluatedProperties)
        property `e~` is not allowed, in the value at `/e~0` (/unevaluatedProperties)
        `1` is not of type `string`, in the value at `/a` (/allOf/0/properties/a/type)
        the array has `1` items too many, in the value at `/l` (/properties/l/unevaluatedItems)"#]],
    );
}

#[test]
fn what_fits_several_of_any_is_no_fault() {
    let any = json!({ "anyOf": [{ "type": "integer" }, { "minimum": 0 }], "maximum": 1 });
    check(
        Dialect::AsyncApi,
        any,
        &json!(5),
        expect!["`5` is greater than `1`, in the value (/maximum)"],
    );
    let one = json!({ "oneOf": [{ "type": "integer" }, { "minimum": 0 }], "maximum": 1 });
    check(
        Dialect::AsyncApi,
        one,
        &json!(5),
        expect![[r#"
        `5` is greater than `1`, in the value (/maximum)
        `5` fits several alternatives that should exclude each other: `0`, `1`, in the value (/oneOf)"#]],
    );
}

#[test]
fn what_stands_beside_a_reference_counts_since_2019_09() {
    let schema = json!({ "$ref": "#/definitions/a", "maximum": 1, "definitions": { "a": { "type": "string" } } });
    check(
        Dialect::Draft7,
        schema.clone(),
        &json!(5),
        expect!["`5` is not of type `string`, in the value (/definitions/a/type)"],
    );
    check(
        Dialect::Draft201909,
        schema,
        &json!(5),
        expect![[r#"
        `5` is greater than `1`, in the value (/maximum)
        `5` is not of type `string`, in the value (/definitions/a/type)"#]],
    );
}

#[test]
fn of_counted_items_only_what_is_wrong_is_told() {
    let keyword = |count, least, most| {
        let wrong = crate::wording::contains(count, least, most);
        wrong.map(|(keyword, _)| keyword)
    };
    assert_eq!(keyword(1.0, Some(2.0), Some(3.0)), Some("minContains"));
    assert_eq!(keyword(4.0, Some(2.0), Some(3.0)), Some("maxContains"));
    assert_eq!(keyword(0.0, None, Some(3.0)), Some("contains"));
    for (count, least, most) in [
        (2.0, Some(2.0), Some(3.0)),
        (3.0, Some(2.0), Some(3.0)),
        (0.0, Some(0.0), None),
        (1.0, None, None),
    ] {
        assert_eq!(keyword(count, least, most), None, "{count}");
    }
}

#[test]
fn items_are_counted_since_2019_09() {
    let schema = json!({ "contains": { "const": 1 }, "minContains": 2, "maxContains": 3 });
    let told = |dialect| {
        let validator = Validator::compile(&Schema::new(schema.clone(), dialect)).unwrap();
        let counts = [0, 1, 2, 3, 4];
        let each = counts.map(|count| {
            format!(
                "{count}: {}",
                lines(&validator.validate(&json!(vec![1; count])))
            )
        });
        each.join("\n")
    };
    expect![[r#"
        0: the array lacks an item of the kind that it must contain, in the value (/contains)
        1: 
        2: 
        3: 
        4: "#]]
    .assert_eq(&told(Dialect::Draft7));
    expect![[r#"
        0: the array has too few items of the kind that it must contain, in the value (/minContains)
        1: the array has too few items of the kind that it must contain, in the value (/minContains)
        2: 
        3: 
        4: the array has too many items of the kind that it may contain, in the value (/maxContains)"#]].assert_eq(&told(Dialect::Draft202012));
}

#[test]
fn a_name_that_is_not_allowed_is_told_of_its_keyword() {
    let schema = Schema::new(
        json!({ "propertyNames": { "maxLength": 1 } }),
        Dialect::AsyncApi,
    );
    let found = Validator::compile(&schema)
        .unwrap()
        .validate(&json!({ "a": 1, "bc": 2 }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].keyword, "propertyNames");
    assert!(
        found[0]
            .message
            .starts_with("property name is not allowed: "),
        "{found:?}"
    );
}

#[test]
fn a_value_that_nests_too_deeply_is_told_at_its_place() {
    let deep = (0..300).fold(json!(1), |inner, _| json!([inner]));
    let schema = Schema::new(json!({}), Dialect::AsyncApi);
    let found = Validator::compile(&schema)
        .unwrap()
        .validate(&json!({ "a": deep }));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].instance.starts_with("/a/0"),
        "{}",
        found[0].instance
    );
}

#[test]
fn what_breaks_less_and_further_inside_is_nearer() {
    let violations = |schema: Value, value: Value| {
        let validator = Validator::compile(&Schema::new(schema, Dialect::AsyncApi)).unwrap();
        Distance::of_violations(&validator.validate(&value))
    };
    let object = json!({ "type": "object", "properties": { "a": { "type": "string" }, "b": { "type": "string" } } });
    let one = violations(object.clone(), json!({ "a": 1 }));
    let two = violations(object.clone(), json!({ "a": 1, "b": 2 }));
    let whole = violations(object, json!(1));
    assert!(one < two && two < whole, "{one:?} {two:?} {whole:?}");
}

/// Pets that their `petType` tells apart, as a schema of a document is written for us.
fn pets() -> Value {
    let pet = |name: &str, own: &str| {
        json!({ "$comment": "discriminator", "required": ["petType"], "properties": { "petType": { "enum": [name] } },
            "allOf": [{ "type": "object", "required": [own], "properties": { (own): { "type": "integer" } } }] })
    };
    json!({ "oneOf": [pet("Cat", "lives"), { "type": "null" }, pet("Dog", "bones")] })
}

#[test]
fn the_alternative_that_a_discriminator_means_is_the_one_that_is_told_of() {
    // Everything else speaks for a cat.
    check(
        Dialect::AsyncApi,
        pets(),
        &json!({ "petType": "Dog", "lives": 9 }),
        expect!["property `bones` is missing, in the value (/oneOf/2/allOf/0/required)"],
    );
}

#[test]
fn a_discriminator_that_means_no_alternative_is_told_once() {
    check(
        Dialect::AsyncApi,
        pets(),
        &json!({ "petType": "Bird", "lives": "a" }),
        expect![[
            r#"`petType` is `"Bird"`, which is none of `"Cat"`, `"Dog"`, in the value at `/petType` (/oneOf/0/properties/petType/enum)"#
        ]],
    );
    check(
        Dialect::AsyncApi,
        pets(),
        &json!({ "lives": 9 }),
        expect![[
            r#"property `petType` is missing, which is one of `"Cat"`, `"Dog"`, in the value (/oneOf/0/required)"#
        ]],
    );
    check(
        Dialect::AsyncApi,
        pets(),
        &json!("Cat"),
        expect![[r#"`"Cat"` fits none of the 3 alternatives, in the value (/oneOf)"#]],
    );
}

#[test]
fn what_a_base_says_of_its_discriminator_is_not_told_besides() {
    let mut base = pets();
    let own = json!({ "type": "object", "required": ["petType", "name"],
        "properties": { "petType": { "type": "string", "enum": ["Cat", "Dog"] } } });
    base.as_object_mut()
        .unwrap()
        .extend(own.as_object().unwrap().clone());
    for (value, expect) in [
        (
            json!({ "petType": 1, "name": "a" }),
            expect![[
                r#"`petType` is `1`, which is none of `"Cat"`, `"Dog"`, in the value at `/petType` (/oneOf/0/properties/petType/enum)"#
            ]],
        ),
        (
            json!({ "petType": "Bird" }),
            expect![[r#"
            property `name` is missing, in the value (/required)
            `petType` is `"Bird"`, which is none of `"Cat"`, `"Dog"`, in the value at `/petType` (/oneOf/0/properties/petType/enum)"#]],
        ),
        (
            json!({}),
            expect![[r#"
            property `name` is missing, in the value (/required)
            property `petType` is missing, which is one of `"Cat"`, `"Dog"`, in the value (/oneOf/0/required)"#]],
        ),
    ] {
        check(Dialect::AsyncApi, base.clone(), &value, expect);
    }
}

#[test]
fn what_is_reached_by_several_ways_is_told_once() {
    let part = || json!({ "$ref": "#/definitions/part" });
    let schema = json!({
        "anyOf": [{ "properties": { "a": { "type": "integer" }, "b": part() } }, { "type": "string" }],
        "properties": { "a": { "type": "integer" }, "b": part() },
        "patternProperties": { "^a": { "type": "integer" }, "^b": part() },
        "definitions": { "part": { "properties": { "c": { "minimum": 3 } } } },
    });
    check(
        Dialect::AsyncApi,
        schema,
        &json!({ "a": "x", "b": { "c": 1 } }),
        expect![[r#"
            `"x"` is not of type `integer`, in the value at `/a` (/properties/a/type)
            `1` is less than `3` (the closest of 2 alternatives), in the value at `/b/c` (/definitions/part/properties/c/minimum)"#]],
    );
}

/// A pattern that does not end on these strings, and one on which it is quick.
const COSTLY: &str = "^(a|a)*(?=b)b$";

fn costly(count: usize) -> Value {
    (0..count)
        .map(|at| format!("{}{at}", "a".repeat(60)))
        .collect()
}

#[test]
fn what_patterns_take_is_bounded_for_a_whole_value() {
    let schema = json!({ "items": { "pattern": COSTLY } });
    for count in [1, 100, 3_000] {
        let found = explained(schema.clone(), &costly(count));
        let messages: Vec<_> = found.iter().map(ToString::to_string).collect();
        expect![[r#"`"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` is too costly to check against the pattern, which steps back too often, in the value at `/0`"#]]
        .assert_eq(&messages.join("\n"));
        assert_eq!(
            (found[0].keyword.as_str(), found[0].schema.as_str()),
            ("limit", "/items/pattern")
        );
    }
}

#[test]
fn what_is_too_costly_is_never_valid() {
    let pattern = || json!({ "pattern": COSTLY });
    let named: Value = costly(500)
        .as_array()
        .unwrap()
        .iter()
        .map(|name| (name.as_str().unwrap().to_owned(), json!(1)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    for (schema, value) in [
        (json!({ "items": { "not": pattern() } }), costly(500)),
        (
            json!({ "items": { "anyOf": [pattern(), pattern()] } }),
            costly(500),
        ),
        (json!({ "contains": pattern() }), costly(500)),
        (
            json!({ "items": { "if": pattern(), "then": false } }),
            costly(500),
        ),
        (
            json!({ "patternProperties": { COSTLY: false } }),
            named.clone(),
        ),
        (
            json!({ "patternProperties": { COSTLY: {} }, "additionalProperties": false }),
            named.clone(),
        ),
        (json!({ "propertyNames": pattern() }), named),
    ] {
        let found = explained(schema.clone(), &value);
        assert!(
            found[0].message.contains("too costly to check"),
            "{schema}: {found:?}"
        );
    }
}

#[test]
fn what_ends_in_time_is_checked_among_much() {
    let schema = json!({ "items": { "pattern": "^(?!.*--)(?=.*x)[a-z-]+$" } });
    let mut values = vec!["a-b-".repeat(20) + "x"; 5_000];
    let validator = Validator::compile(&Schema::new(schema, Dialect::AsyncApi)).unwrap();
    assert!(validator.is_valid(&Value::from(values.clone())));
    values[4_321].push_str("--");
    let found = validator.validate(&Value::from(values));
    assert_eq!(
        (
            found.len(),
            found[0].instance.as_str(),
            found[0].keyword.as_str()
        ),
        (1, "/4321", "pattern")
    );
}
