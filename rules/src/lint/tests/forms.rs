//! Forms of schemas, headers, content types, names and bindings: cases beyond the examples of the documentation.

use super::*;

/// What one rule says of a document, each with its help.
fn said(rule: &str, text: &str) -> Vec<String> {
    let opened = open_text(Path::new("api.yaml"), text.into(), &Default::default());
    let (document, _) = opened.unwrap();
    let (api, _) = read(&document);
    let mut found = run(&api.unwrap(), Profile::Recommended, &|_| false);
    found.retain(|found| found.rule.id == rule);
    let line = |found: Diagnostic| format!("{}; {}", found.message, found.help.unwrap_or_default());
    found.into_iter().map(line).collect()
}

#[track_caller]
fn check(rule: &str, text: &str, expected: &[&str]) {
    let found = said(rule, text);
    let fits = |(found, expected): (&String, &&str)| found.contains(expected);
    assert_eq!(found.len(), expected.len(), "{text}: {found:#?}");
    assert!(
        found.iter().zip(expected).all(fits),
        "{text}: {found:#?} {expected:#?}"
    );
}

fn message(version: &str, message: &str, components: &str) -> String {
    let channels = match version.starts_with('2') {
        true => format!("{{ a: {{ publish: {{ message: {message} }} }} }}"),
        false => format!("{{ a: {{ address: a, messages: {{ m: {message} }} }} }}"),
    };
    format!(
        "asyncapi: {version}\ninfo: {{ title: a, version: '1' }}\nchannels: {channels}\ncomponents: {{ schemas: {{ {components} }} }}\n"
    )
}

const VERSIONS: [&str; 3] = ["2.0.0", "2.6.0", "3.1.0"];

#[test]
fn headers_are_maps() {
    let told = &["`headers` must be a map"][..];
    let schemas = "List: { type: array }, Other: { $ref: '#/components/schemas/List' }, Map: { type: object }, Part: { allOf: [{ $ref: '#/components/schemas/Map' }, { description: a }] }";
    let of = |version: &str, headers: &str| {
        message(version, &format!("{{ headers: {headers} }}"), schemas)
    };
    for version in VERSIONS {
        for headers in [
            "{ allOf: [{ description: a }, { type: [string, 'null'] }] }",
            "{ oneOf: [{ type: string }, { $ref: '#/components/schemas/List' }] }",
            "{ allOf: [{ $ref: '#/components/schemas/Other' }] }",
            "{ const: a }",
        ] {
            check("headers-not-object", &of(version, headers), told);
        }
        for headers in [
            "{ type: object }",
            "{ $ref: '#/components/schemas/Part' }",
            "{ oneOf: [{ type: string }, { type: object }] }",
            "{ properties: { a: { type: string } } }",
            "{}",
        ] {
            check("headers-not-object", &of(version, headers), &[]);
        }
    }
    check(
        "headers-not-object",
        &of("3.0.0", "{ $ref: '#/components/schemas/Other' }"),
        told,
    );
    check(
        "headers-not-object",
        &of("3.0.0", "{ type: [object, 'null'] }"),
        &[],
    );
}

#[test]
fn content_types_are_media_types() {
    for version in VERSIONS {
        let own = message(version, "{ contentType: avro }", "");
        check(
            "media-type-malformed",
            &own,
            &["did you mean `application/vnd.apache.avro`?"],
        );
        let default = format!(
            "{}defaultContentType: application json\n",
            message(version, "{}", "")
        );
        check(
            "media-type-malformed",
            &default,
            &["`defaultContentType` must be a media type"],
        );
    }
}

#[test]
fn enums_list_values() {
    for version in VERSIONS {
        let text = message(
            version,
            "{ payload: { $ref: '#/components/schemas/A' } }",
            "A: { items: { enum: [] } }, B: { enum: [a] }",
        );
        check("enum-empty", &text, &["lists no value"]);
    }
    let stated = |format: &str| {
        message(
            "3.0.0",
            &format!("{{ payload: {{ schemaFormat: '{format}', schema: {{ enum: [] }} }} }}"),
            "",
        )
    };
    check(
        "enum-empty",
        &stated("application/schema+json;version=2020-12"),
        &["lists no value"],
    );
    check(
        "enum-empty",
        &stated("application/schema+json;version=draft-04"),
        &[],
    );
}

#[test]
fn components_and_servers_have_plain_names() {
    for version in VERSIONS {
        let text = message(
            version,
            "{}",
            "'a b/c': { type: string }, a.b_c-d: { type: string }, 'ü': { type: string }",
        );
        check(
            "component-name-invalid",
            &text,
            &["such as `a-b-c`", "`ü` is no name of a component"],
        );
    }
    let servers = |version: &str, server: &str| {
        format!(
            "{}servers: {{ a.b: {server} }}\n",
            message(version, "{}", "")
        )
    };
    let two = servers("2.6.0", "{ url: 'mqtt://a', protocol: mqtt }");
    check(
        "component-name-invalid",
        &two,
        &["`a.b` is no name of a server"],
    );
    let three = servers("3.0.0", "{ host: a, protocol: mqtt }");
    check("component-name-invalid", &three, &[]);
}

#[test]
fn formats_are_for_types() {
    let of = |schema: &str| message("3.0.0", &format!("{{ payload: {schema} }}"), "");
    check(
        "format-without-effect",
        &of("{ type: [integer, 'null'], format: uuid }"),
        &["make the type `string`"],
    );
    check(
        "format-without-effect",
        &of("{ type: string, format: double }"),
        &["make the type `number`"],
    );
    for format in ["int32", "uint16"] {
        let text = of(&format!("{{ type: string, format: {format} }}"));
        check("format-without-effect", &text, &["make the type `integer`"]);
    }
    check(
        "format-misspelt",
        &of("{ type: string, format: uri-ref }"),
        &["did you mean `uri-reference`?"],
    );
    for fine in [
        "{ type: string, format: int64 }",
        "{ type: [integer, string], format: date-time }",
        "{ type: integer, format: unix-time }",
        "{ format: date }",
        "{ type: integer, format: double }",
    ] {
        check("format-without-effect", &of(fine), &[]);
        check("format-misspelt", &of(fine), &[]);
    }
}

fn binding(place: &str, binding: &str) -> String {
    let bindings = |of: &str| {
        if place == of {
            format!("bindings: {binding}")
        } else {
            String::new()
        }
    };
    format!(
        "asyncapi: 2.6.0\ninfo: {{ title: a, version: '1' }}\nservers: {{ s: {{ url: 'a:1', protocol: kafka, {} }} }}\n\
        channels: {{ a: {{ {} publish: {{ {} message: {{ payload: {{}}, {} }} }} }} }}\n",
        bindings("server"),
        Some(bindings("channel"))
            .filter(|text| !text.is_empty())
            .map_or(String::new(), |text| text + ","),
        Some(bindings("operation"))
            .filter(|text| !text.is_empty())
            .map_or(String::new(), |text| text + ","),
        bindings("message"),
    )
}

#[test]
fn values_of_bindings_of_version_2_are_checked() {
    for (place, of, expected) in [
        (
            "server",
            "{ kafka: { schemaRegistryUrl: 1 } }",
            &["`schemaRegistryUrl` must be text"][..],
        ),
        (
            "channel",
            "{ kafka: { partitions: 0 } }",
            &["`partitions` must be 1 or more"],
        ),
        (
            "channel",
            "{ kafka: { topicConfiguration: { retention.ms: x }, bindingVersion: 9.9.9 } }",
            &["`retention.ms` must be"],
        ),
        (
            "channel",
            "{ kafka: { partitions: x, bindingVersion: 0.1.0 } }",
            &["`partitions` must be an integer"],
        ),
        ("channel", "{ kafka: { partition: x } }", &[]),
        (
            "channel",
            "{ amqp: { is: queue, queue: { durable: x } } }",
            &["`durable` must be"],
        ),
        (
            "operation",
            "{ kafka: { clientId: mine } }",
            &["`clientId` must be"],
        ),
        ("operation", "{ mqtt: { qos: 3 } }", &["`qos` "]),
        (
            "message",
            "{ kafka: { key: { type: strin } } }",
            &["`type` may not be `strin`"],
        ),
        ("message", "{ ours: { key: 1 } }", &[]),
    ] {
        check("binding-value-invalid", &binding(place, of), expected);
    }
}

#[test]
fn versions_of_bindings_are_known_ones() {
    for (version, expected) in [
        ("0.5.0", &[][..]),
        ("latest", &[]),
        ("0.1.0", &[]),
        (
            "0.6.0",
            &["there is no version `0.6.0` of the `kafka` binding"],
        ),
        ("newest", &["it may be `0.5.0`"]),
    ] {
        let of = format!("{{ kafka: {{ topic: a, bindingVersion: {version} }} }}");
        check(
            "binding-version-unknown",
            &binding("channel", &of),
            expected,
        );
    }
    let unknown = "{ kafka: { topics: a, bindingVersion: 7.0.0 } }";
    check(
        "binding-field-unknown",
        &binding("channel", unknown),
        &["has no field `topics`"],
    );
    check(
        "binding-protocol-unknown",
        &binding("server", "{ schema registry: {} }"),
        &["no bindings of protocol `schema registry`"],
    );
}

#[test]
fn a_schema_with_its_format_is_none_within_schemas() {
    let told = |payload: &str| {
        message(
            "3.0.0",
            &format!("{{ payload: {payload} }}"),
            "N: { schemaFormat: application/schema+json;version=draft-07, schema: { type: object } }, S: { schemaFormat: 3 } }, messages: { O: { payload: {} }",
        )
    };
    for (payload, expected) in [
        (
            "{ properties: { a: { $ref: '#/components/schemas/N' } } }",
            &["`schemaFormat` is no keyword of AsyncAPI's dialect"][..],
        ),
        (
            "{ oneOf: [{ $ref: '#/components/messages/O' }, { $ref: '#/components/messages/O/payload' }] }",
            &["`payload` is no keyword of AsyncAPI's dialect"],
        ),
        (
            "{ properties: { messages: { properties: { payload: {} } } } }",
            &[],
        ),
        ("{ $ref: '#/components/schemas/N' }", &[]),
        ("{ $ref: '#/components/schemas/N/schema' }", &[]),
        (
            "{ properties: { schemaFormat: {}, schema: {}, a: { $ref: '#/components/schemas/S' } } }",
            &[],
        ),
    ] {
        check("schema-keyword-ignored", &told(payload), expected);
    }
}

#[test]
fn what_contradicts_is_named() {
    let of = |schema: &str| {
        message(
            "3.0.0",
            &format!("{{ payload: {schema} }}"),
            "N: { type: number }, S: { allOf: [{ type: string }] }",
        )
    };
    for (schema, expected) in [
        (
            "{ type: integer, minimum: 10, maximum: 9 }",
            "`minimum: 10` and `maximum: 9` contradict each other",
        ),
        (
            "{ allOf: [{ type: integer, exclusiveMinimum: 5 }, { type: integer, maximum: 5 }] }",
            "`exclusiveMinimum: 5` and `maximum: 5`",
        ),
        (
            "{ allOf: [{ $ref: '#/components/schemas/N' }, { $ref: '#/components/schemas/S' }] }",
            "`type` must be `number` and `string`",
        ),
        (
            "{ type: object, required: [a], allOf: [{ properties: { a: { enum: [x, y] } } }, { properties: { a: { const: z } } }] }",
            "`a` must be `x` or `y` and `z`",
        ),
        (
            "{ allOf: [{ type: object, required: [a], properties: { a: { type: object, required: [b], properties: { b: { type: string } } } } }, { properties: { a: { properties: { b: { type: integer } } } } }] }",
            "`type` of `a.b` must be `string` and `integer`",
        ),
        (
            "{ allOf: [{ type: object, properties: { a: {} }, additionalProperties: false }, { type: object, required: [b] }] }",
            "property `b` is required and refused",
        ),
        (
            "{ type: object, required: [a], properties: { a: false } }",
            "property `a` is required and refused",
        ),
        (
            "{ type: string, const: 5 }",
            "the value must be `5`, and of type `string`",
        ),
        (
            "{ enum: [1, 2], const: 3 }",
            "the value must be `3` and `1` or `2`",
        ),
    ] {
        check("schema-unsatisfiable", &of(schema), &[expected]);
    }
}

#[test]
fn a_reference_to_a_server_variable_in_version_2_4_is_an_error_for_the_official_parser_only() {
    let text = crate::find("server-variable-reference").unwrap().docs;
    let text = blocks(text, "bad")[0];
    let severities = |profile| {
        let opened = open_text(Path::new("api.yaml"), text.into(), &Default::default());
        let (document, _) = opened.unwrap();
        let (api, _) = read(&document);
        let found = run(&api.unwrap(), profile, &|_| false);
        let own = found
            .into_iter()
            .filter(|found| found.rule.id == "server-variable-reference");
        own.map(|found| found.severity).collect::<Vec<_>>()
    };
    assert_eq!(severities(Profile::Official), [Severity::Error]);
    assert_eq!(severities(Profile::Recommended), [Severity::Info]);
}

#[test]
fn what_yaml_takes_for_a_number_is_no_text() {
    let of = |values: &str| {
        message(
            "3.0.0",
            &format!("{{ payload: {{ type: string, enum: [{values}] }} }}"),
            "",
        )
    };
    check(
        "enum-value-type-mismatch",
        &of("on, 12:30:45, 1_000, '.inf', inf"),
        &[],
    );
    check(
        "enum-value-type-mismatch",
        &of("a, -.inf"),
        &["`\"-.inf\"`"],
    );
}

#[test]
fn a_misspelt_parameter_is_told_as_the_one_that_is_meant() {
    let channel = |head: &str, address: &str, parameters: &str| match head.starts_with('2') {
        true => format!(
            "asyncapi: {head}\ninfo: {{ title: a, version: '1' }}\nchannels: {{ '{address}': {{ parameters: {parameters} }} }}\n"
        ),
        false => format!(
            "asyncapi: {head}\ninfo: {{ title: a, version: '1' }}\nchannels: {{ a: {{ address: '{address}', parameters: {parameters} }} }}\n"
        ),
    };
    for version in VERSIONS {
        let slip = channel(version, "a/{fleetID}/{zone}", "{ fleetId: {}, zone: {} }");
        check(
            "address-parameter-undefined",
            &slip,
            &["did you mean `fleetId`?"],
        );
        check(
            "channel-parameter-unused",
            &slip,
            &["did you mean `fleetID`?"],
        );
        // What has an entry of its own is not meant.
        let other = channel(version, "a/{zone1}", "{ zone1: {}, zone2: {} }");
        check("channel-parameter-unused", &other, &["remove it"]);
        let other = channel(version, "a/{zone1}/{zone2}", "{ zone1: {} }");
        check("address-parameter-undefined", &other, &["add `zone2`"]);
    }
}
