//! What is said of schemas in Avro and Protobuf with its help, and of locations in schemas with the one that is meant.
use expect_test::expect;

use super::*;

/// `message (help; fix)` of each finding of a rule about a message with these fields.
fn told(rule: &str, message: &str) -> String {
    let text = format!(
        "asyncapi: 3.1.0\ninfo: {{ title: a, version: '1' }}\n\
         channels: {{ c: {{ address: c, messages: {{ m: {message} }} }} }}\n"
    );
    let opened = open_text(
        Path::new("a.yaml"),
        text.clone().into(),
        &Default::default(),
    );
    let (document, _) = opened.unwrap();
    let (api, _) = read(&document);
    let found = run(&api.unwrap(), Profile::Strict, &|_| false);
    let line = |found: &Diagnostic| {
        let place = document.sources().slice(found.span);
        let help = found.help.as_deref().unwrap_or_default();
        let fix = found
            .fix
            .as_ref()
            .map_or(String::new(), |fix| format!("; {}", fix.title));
        format!(
            "  {} `{place}`: {} ({help}{fix})",
            found.severity.as_str(),
            found.message
        )
    };
    let own = found.iter().filter(|found| found.rule.id == rule);
    own.map(line).collect::<Vec<_>>().join("\n")
}

fn all(rule: &str, messages: &[String]) -> String {
    let lines = messages
        .iter()
        .map(|message| format!("{message}\n{}", told(rule, message)));
    lines.collect::<Vec<_>>().join("\n")
}

fn avro(version: &str, schema: &str) -> String {
    format!(
        "{{ payload: {{ schemaFormat: 'application/vnd.apache.avro;version={version}', schema: {schema} }} }}"
    )
}

#[test]
fn avro_schemas_are_told_with_help() {
    let union =
        "{ type: record, name: A, fields: [{ name: a, type: ['null', string], default: x }] }";
    let field = |field: &str| {
        avro(
            "1.9.0",
            &format!("{{ type: record, name: A, fields: [{{ name: a, {field} }}] }}"),
        )
    };
    let messages = [
        avro("1.9.0", union),
        avro("1.11.0", union),
        avro("1.12.0", union),
        avro("2.0", union),
        avro("1", union),
        field("type: ['null', string, string]"),
        field("type: ['null', [string]]"),
        field("type: int, default: x"),
        field("type: [int, string], default: true"),
        field("type: { type: enum, name: E, symbols: [X, Y] }, default: Z"),
        field("type: null"),
        field("type: strin"),
        field("type: a.b.Unknown"),
        field("type: B }, { name: b, type: { type: record, name: B, fields: [] }"),
        field("type: 7"),
        avro("1.9.0", "{ type: array, items: [null, string] }"),
        avro(
            "1.9.0",
            "{ type: record, name: A, fields: [{ name: a, type: A }, { name: a, type: A }] }",
        ),
    ];
    expect![[r#"
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: ['null', string], default: x }] } } }
          error `x`: default `"x"` of field `a` is of type `string`, but the union begins with `null` (put the type of the default first in the union; only Avro 1.12 takes any of its types)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.11.0', schema: { type: record, name: A, fields: [{ name: a, type: ['null', string], default: x }] } } }
          error `x`: default `"x"` of field `a` is of type `string`, but the union begins with `null` (put the type of the default first in the union; only Avro 1.12 takes any of its types)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.12.0', schema: { type: record, name: A, fields: [{ name: a, type: ['null', string], default: x }] } } }
          warning `x`: default `"x"` of field `a` is of type `string`, but the union begins with `null` (readers of Avro before 1.12 refuse it: put the type of the default first)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=2.0', schema: { type: record, name: A, fields: [{ name: a, type: ['null', string], default: x }] } } }
          warning `x`: default `"x"` of field `a` is of type `string`, but the union begins with `null` (readers of Avro before 1.12 refuse it: put the type of the default first)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1', schema: { type: record, name: A, fields: [{ name: a, type: ['null', string], default: x }] } } }
          error `x`: default `"x"` of field `a` is of type `string`, but the union begins with `null` (put the type of the default first in the union; only Avro 1.12 takes any of its types)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: ['null', string, string] }] } } }
          error `string`: type `string` is in the union twice (leave one of them out)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: ['null', [string]] }] } } }
          error `[string]`: a union may not hold a union (write its types into the outer one)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: int, default: x }] } } }
          error `x`: default `"x"` of field `a` does not fit its type `int` (write a value of the type of the field)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: [int, string], default: true }] } } }
          error `true`: default `true` of field `a` is of no type of the union (write one of the first type of the union)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: { type: enum, name: E, symbols: [X, Y] }, default: Z }] } } }
          error `Z`: default `"Z"` of field `a` does not fit its type `E` (write a value of the type of the field)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: null }] } } }

        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: strin }] } } }
          error `strin`: type `strin` is not known (did you mean `string`?)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: a.b.Unknown }] } } }
          error `a.b.Unknown`: type `a.b.Unknown` is not known (define it in this schema, before it is used, or in another one of the document)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: B }, { name: b, type: { type: record, name: B, fields: [] } }] } } }
          error `B`: type `B` is not known (a type of this name is defined further down or in another namespace: move it up, or write the whole name)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: 7 }] } } }

        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: array, items: [null, string] } } }

        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: A }, { name: a, type: A }] } } }
          error `a`: field `a` is defined twice (define it once, and use its name elsewhere)"#]].assert_eq(&all("avro-schema-invalid", &messages));
    let misplaced = [
        field("type: long, logicalType: timestamp-millis"),
        field("type: ['null', long], logicalType: timestamp-millis"),
        field("type: { type: long, logicalType: timestamp-millis }"),
        field("type: bytes, logicalType: decimal, precision: 4, scale: 2"),
    ];
    expect![[r#"
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: long, logicalType: timestamp-millis }] } } }
          warning `timestamp-millis`: `logicalType` beside the type of field `a` has no effect (put it into the type: `"type": {"type": "long", "logicalType": "timestamp-millis"}`)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: ['null', long], logicalType: timestamp-millis }] } } }
          warning `timestamp-millis`: `logicalType` beside the type of field `a` has no effect (put it into the type, beside the `type` of that)
        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: { type: long, logicalType: timestamp-millis } }] } } }

        { payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: A, fields: [{ name: a, type: bytes, logicalType: decimal, precision: 4, scale: 2 }] } } }
          warning `decimal`: `logicalType` beside the type of field `a` has no effect (put it into the type: `"type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}`)"#]].assert_eq(&all("avro-logical-type-misplaced", &misplaced));
}

#[test]
fn protobuf_schemas_are_told_with_help() {
    let proto = |text: &str| {
        let text = format!("syntax = \\\"proto3\\\"; {text}");
        format!(
            "{{ payload: {{ schemaFormat: 'application/vnd.google.protobuf;version=3', schema: \"{text}\" }} }}"
        )
    };
    let messages = [
        proto("message A { string a = 1; }"),
        proto("message A { strin a = 1; }"),
        proto("message A { Bee b = 1; } message Bees { string a = 1; }"),
        proto("message A { Kin b = 1; } enum Kind { X = 0; }"),
        proto("message A { Other b = 1; }"),
        proto("message A { string a = 1; string b = 1; }"),
        proto("import \\\"google/protobuf/timestmp.proto\\\"; message A { string a = 1; }"),
        proto("import \\\"none/of/these.proto\\\"; message A { string a = 1; }"),
        proto("message A {"),
        proto("message A { string a = 1; } message B { string b = 1; }"),
    ];
    expect![[r#"
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A { string a = 1; }" } }

        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A { strin a = 1; }" } }
          error `strin`: name `strin` is not defined (did you mean `string`?)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A { Bee b = 1; } message Bees { string a = 1; }" } }
          error `Bee`: name `Bee` is not defined (did you mean `Bees`?)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A { Kin b = 1; } enum Kind { X = 0; }" } }
          error `Kin`: name `Kin` is not defined (did you mean `Kind`?)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A { Other b = 1; }" } }
          error `Other`: name `Other` is not defined (define it, or `import` the file that does)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A { string a = 1; string b = 1; }" } }
          error `1`: field number `1` is already used (give each field a number of its own)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; import \"google/protobuf/timestmp.proto\"; message A { string a = 1; }" } }
          error `google/protobuf/timestmp.proto`: import `google/protobuf/timestmp.proto` was not found (did you mean `google/protobuf/timestamp.proto`?)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; import \"none/of/these.proto\"; message A { string a = 1; }" } }
          error `none/of/these.proto`: import `none/of/these.proto` was not found (it was looked for in `.`, `..`; name the folder that paths start from with `--proto-path DIR`)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A {" } }
          error `{`: expected a message field, oneof, reserved range, enum, message, option or `}`, but reached end of file (close every `{` with `}`)
        { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema: "syntax = \"proto3\"; message A { string a = 1; } message B { string b = 1; }" } }
          error `syntax = \"proto3\"; message A { string a = 1; } message B { string b = 1; }`: the payload may be any of the messages `A`, `B` (mark the one that is meant by a comment `// @RootNode` in front of it, or name it like the AsyncAPI message)"#]].assert_eq(&all("protobuf-schema-invalid", &messages));
}

#[test]
fn locations_are_looked_for_in_all_that_a_schema_describes() {
    let at = |location: &str, schema: &str| {
        format!(
            "{{ payload: {schema}, correlationId: {{ location: '$message.payload#/{location}' }} }}"
        )
    };
    let object = "{ type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }";
    let messages = [
        at("orderId", object),
        at("orderid", object),
        at("orderIdd", object),
        at("ordrI", object),
        at("other", object),
        at("inner/a~1b", object),
        at("inner/a~1c", object),
        at("inner/none/b", object),
        at("a", "{}"),
        at("a", "true"),
        at("a", "{ type: string }"),
        at("a", "{ properties: { b: {} }, additionalProperties: true }"),
        at(
            "a",
            "{ properties: { b: {} }, additionalProperties: false }",
        ),
        at("a", "{ additionalProperties: false }"),
        at("a", "{ patternProperties: { ^x: {} } }"),
        at("0/a", "{ type: array, items: { properties: { a: {} } } }"),
        at("0/b", "{ type: array, items: { properties: { a: {} } } }"),
        at(
            "1/b",
            "{ type: array, items: [{ properties: { a: {} } }, { properties: { b: {} } }] }",
        ),
        at(
            "0/b",
            "{ type: array, items: [{ properties: { a: {} } }, { properties: { b: {} } }] }",
        ),
        at(
            "a",
            "{ allOf: [{ properties: { b: {} } }, { properties: { a: {} } }] }",
        ),
        at(
            "a",
            "{ oneOf: [{ properties: { b: {} } }, { properties: { c: {} } }] }",
        ),
        at(
            "a",
            "{ if: { properties: { b: {} } }, then: { properties: { a: {} } } }",
        ),
        at(
            "a",
            "{ properties: { b: {} }, dependencies: { b: { properties: { a: {} } } } }",
        ),
    ];
    expect![[r#"
        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/orderId' } }

        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/orderid' } }
          warning `'$message.payload#/orderid'`: correlation id `$message.payload#/orderid` is not in the schema of message `m` (did you mean `$message.payload#/orderId`?; write `$message.payload#/orderId`)
        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/orderIdd' } }
          warning `'$message.payload#/orderIdd'`: correlation id `$message.payload#/orderIdd` is not in the schema of message `m` (did you mean `$message.payload#/orderId`?; write `$message.payload#/orderId`)
        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/ordrI' } }
          warning `'$message.payload#/ordrI'`: correlation id `$message.payload#/ordrI` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/other' } }
          warning `'$message.payload#/other'`: correlation id `$message.payload#/other` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/inner/a~1b' } }

        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/inner/a~1c' } }
          warning `'$message.payload#/inner/a~1c'`: correlation id `$message.payload#/inner/a~1c` is not in the schema of message `m` (did you mean `$message.payload#/inner/a~1b`?)
        { payload: { type: object, properties: { orderId: { type: string }, inner: { type: object, properties: { a/b: { type: string } } } } }, correlationId: { location: '$message.payload#/inner/none/b' } }
          warning `'$message.payload#/inner/none/b'`: correlation id `$message.payload#/inner/none/b` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: {}, correlationId: { location: '$message.payload#/a' } }

        { payload: true, correlationId: { location: '$message.payload#/a' } }

        { payload: { type: string }, correlationId: { location: '$message.payload#/a' } }

        { payload: { properties: { b: {} }, additionalProperties: true }, correlationId: { location: '$message.payload#/a' } }

        { payload: { properties: { b: {} }, additionalProperties: false }, correlationId: { location: '$message.payload#/a' } }
          warning `'$message.payload#/a'`: correlation id `$message.payload#/a` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: { additionalProperties: false }, correlationId: { location: '$message.payload#/a' } }
          warning `'$message.payload#/a'`: correlation id `$message.payload#/a` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: { patternProperties: { ^x: {} } }, correlationId: { location: '$message.payload#/a' } }

        { payload: { type: array, items: { properties: { a: {} } } }, correlationId: { location: '$message.payload#/0/a' } }

        { payload: { type: array, items: { properties: { a: {} } } }, correlationId: { location: '$message.payload#/0/b' } }
          warning `'$message.payload#/0/b'`: correlation id `$message.payload#/0/b` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: { type: array, items: [{ properties: { a: {} } }, { properties: { b: {} } }] }, correlationId: { location: '$message.payload#/1/b' } }

        { payload: { type: array, items: [{ properties: { a: {} } }, { properties: { b: {} } }] }, correlationId: { location: '$message.payload#/0/b' } }
          warning `'$message.payload#/0/b'`: correlation id `$message.payload#/0/b` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: { allOf: [{ properties: { b: {} } }, { properties: { a: {} } }] }, correlationId: { location: '$message.payload#/a' } }

        { payload: { oneOf: [{ properties: { b: {} } }, { properties: { c: {} } }] }, correlationId: { location: '$message.payload#/a' } }
          warning `'$message.payload#/a'`: correlation id `$message.payload#/a` is not in the schema of message `m` (describe it in the schema, or correct the location)
        { payload: { if: { properties: { b: {} } }, then: { properties: { a: {} } } }, correlationId: { location: '$message.payload#/a' } }

        { payload: { properties: { b: {} }, dependencies: { b: { properties: { a: {} } } } }, correlationId: { location: '$message.payload#/a' } }
    "#]].assert_eq(&all("correlation-location-not-in-schema", &messages));
}
