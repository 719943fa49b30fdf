//! Each function with what it finds and what it lets pass.
use expect_test::expect;

use super::{REFERENCES, VALUES, finds, function};

#[test]
fn truthy_falsy_defined_and_undefined_see_values_as_javascript_does() {
    finds(
        &function("$.x.*", "", "truthy", ""),
        VALUES,
        expect![[r#"
        api.yaml:3:9 /x/none warning[r] `none` must be truthy: not missing, empty or false
        api.yaml:4:7 /x/no warning[r] `no` must be truthy: not missing, empty or false
        api.yaml:5:9 /x/zero warning[r] `zero` must be truthy: not missing, empty or false
        api.yaml:6:10 /x/empty warning[r] `empty` must be truthy: not missing, empty or false
    "#]],
    );
    finds(
        &function("$.x.*", "", "falsy", ""),
        VALUES,
        expect![[r#"
        api.yaml:7:9 /x/text warning[r] `text` must be falsy: missing, empty or false
        api.yaml:8:3 /x/list warning[r] `list` must be falsy: missing, empty or false
        api.yaml:9:3 /x/object warning[r] `object` must be falsy: missing, empty or false
    "#]],
    );
    let each = |name, fields: &[&str]| {
        let thens = fields
            .iter()
            .map(|field| format!("      - {{ field: {field}, function: {name} }}\n"));
        format!(
            "rules:\n  r:\n    given: $.x\n    then:\n{}",
            thens.collect::<String>()
        )
    };
    finds(
        &each("defined", &["none", "gone", "object.gone.more"]),
        VALUES,
        expect![[r#"
            api.yaml:2:1 /x warning[r] `x.gone` must be defined
            api.yaml:9:3 /x/object warning[r] `object.gone.more` must be defined
        "#]],
    );
    finds(
        &each("undefined", &["none", "gone", "text"]),
        VALUES,
        expect![[r#"
            api.yaml:3:9 /x/none warning[r] `none` must not be defined
            api.yaml:7:9 /x/text warning[r] `text` must not be defined
        "#]],
    );
}

#[test]
fn length_counts_signs_items_and_keys_and_takes_numbers_as_they_are() {
    finds(
        &function("$.x.*", "", "length", "{ min: 1, max: 2 }"),
        VALUES,
        expect![[r#"
            api.yaml:5:9 /x/zero warning[r] `zero` must have a length of at least 1, not 0
            api.yaml:6:10 /x/empty warning[r] `empty` must have a length of at least 1, not 0
            api.yaml:7:9 /x/text warning[r] `text` must have a length of at most 2, not 3
            api.yaml:8:3 /x/list warning[r] `list` must have a length of at most 2, not 3
        "#]],
    );
}

#[test]
fn enumeration_compares_scalars() {
    finds(
        &function("$.x.*", "", "enumeration", "{ values: [abc, 0.0, null] }"),
        VALUES,
        expect![[r#"
            api.yaml:4:7 /x/no warning[r] `false` is none of `"abc"`, `0.0`, `null`
            api.yaml:6:10 /x/empty warning[r] `""` is none of `"abc"`, `0.0`, `null`
        "#]],
    );
}

#[test]
fn pattern_takes_flags_and_its_opposite() {
    let document = "a: [Abc, abc, xyz, 1]\n";
    finds(
        &function(
            "$.a[*]",
            "",
            "pattern",
            "{ match: '/^a/i', notMatch: 'c$' }",
        ),
        document,
        expect![[r#"
            api.yaml:1:5 /a/0 warning[r] `Abc` must not match `c$`
            api.yaml:1:10 /a/1 warning[r] `abc` must not match `c$`
            api.yaml:1:15 /a/2 warning[r] `xyz` does not match `/^a/i`
        "#]],
    );
}

#[test]
fn casing_is_of_keys_too() {
    let document = "channels: { order-placed: {}, orderPlaced: {}, Order2: {} }\n";
    finds(
        &function("$.channels", "@key", "casing", "{ type: camel }"),
        document,
        expect![[r#"
            api.yaml:1:13 /channels/order-placed warning[r] `order-placed` is not in camel case
            api.yaml:1:48 /channels/Order2 warning[r] `Order2` is not in camel case
        "#]],
    );
}

#[test]
fn alphabetical_names_the_first_that_stands_wrong() {
    finds(
        &function("$.x[list,object]", "", "alphabetical", ""),
        VALUES,
        expect![[r#"
            api.yaml:8:10 /x/list/0 warning[r] `c` belongs behind `a`
            api.yaml:9:16 /x/object/b warning[r] `b` belongs behind `a`
        "#]],
    );
    let tags = "tags: [{ name: b }, { name: a }]\n";
    finds(
        &function("$", "tags", "alphabetical", "{ keyedBy: name }"),
        tags,
        expect![[r#"
            api.yaml:1:1 /tags warning[r] `b` belongs behind `a`
        "#]],
    );
    finds(
        &function("$", "tags", "alphabetical", ""),
        tags,
        expect![[r#"
            api.yaml:1:1 /tags warning[r] `tags` must hold numbers and texts to be put in order
        "#]],
    );
}

#[test]
fn or_and_xor_look_for_keys() {
    let document = "a: [{}, { x: 1 }, { x: 1, y: 2 }]\n";
    finds(
        &function("$.a.*", "", "or", "{ properties: [x, y] }"),
        document,
        expect![[r#"
            api.yaml:1:5 /a/0 warning[r] none of `x`, `y` is there
        "#]],
    );
    finds(
        &function("$.a.*", "", "xor", "{ properties: [x, y] }"),
        document,
        expect![[r#"
            api.yaml:1:5 /a/0 warning[r] none of `x`, `y` is there
            api.yaml:1:19 /a/2 warning[r] only one of `x`, `y` may be there
        "#]],
    );
}

#[test]
fn typed_enum_compares_values_with_the_type() {
    let document = "\
a: { type: integer, enum: [1, 1.5, x] }
b: { type: [string, 'null'], enum: [x, null, 1] }
c: { type: number, enum: [1, 2.5] }
";
    finds(
        &function("$.*", "", "typedEnum", ""),
        document,
        expect![[r#"
        api.yaml:1:31 /a/enum/1 warning[r] `1.5` is not of type `integer`
        api.yaml:1:36 /a/enum/2 warning[r] `"x"` is not of type `integer`
        api.yaml:2:46 /b/enum/2 warning[r] `1` is not of type `string`, `null`
    "#]],
    );
}

#[test]
fn unreferenced_objects_are_found() {
    let options = "{ reusableObjectsLocation: '#/components/schemas' }";
    let rule = function(
        "$.components.schemas",
        "",
        "unreferencedReusableObject",
        options,
    );
    finds(
        &rule,
        REFERENCES,
        expect![[r#"
        api.yaml:4:5 /components/schemas/Unused warning[r] `Unused` is referred to nowhere
    "#]],
    );
}

#[test]
fn schemas_are_compiled_once_and_violations_have_their_places() {
    let options =
        "{ schema: { type: object, required: [type], properties: { type: { const: object } } } }";
    let rule = function("$.components.schemas.*", "", "schema", options);
    finds(
        &rule,
        REFERENCES,
        expect![[r#"
        api.yaml:4:21 /components/schemas/Unused/type warning[r] `"string"` is not `"object"`
    "#]],
    );
    let missing = function("$.components", "servers", "schema", options);
    finds(
        &missing,
        REFERENCES,
        expect![[r#"
        api.yaml:1:1 /components warning[r] `components.servers` must exist
    "#]],
    );
    let all = function(
        "$.components.schemas.Unused",
        "",
        "schema",
        "{ allErrors: true, schema: { required: [a, b] } }",
    );
    finds(
        &all,
        REFERENCES,
        expect![[r#"
        api.yaml:4:5 /components/schemas/Unused warning[r] property `a` is missing
        api.yaml:4:5 /components/schemas/Unused warning[r] property `b` is missing
    "#]],
    );
}

#[test]
fn values_that_many_references_make_large_are_looked_at_for_a_bounded_time() {
    let schemas = (0..30).map(|at| format!("    S{at}: {{ a: {{ $ref: '#/components/schemas/S{0}' }}, b: {{ $ref: '#/components/schemas/S{0}' }} }}\n", at + 1));
    let document = format!(
        "asyncapi: 3.0.0\ninfo: {{ title: a, version: '1' }}\ncomponents:\n  schemas:\n{}    S30: {{}}\n",
        schemas.collect::<String>()
    );
    finds(
        "rules: { any: { given: '$.components.schemas[*]', then: { function: schema, functionOptions: { schema: { type: object } } } } }",
        &document,
        expect![[r#"
            api.yaml:1:1  warning[any] rule `any` was not checked to its end: it reaches too many places
        "#]],
    );
}
