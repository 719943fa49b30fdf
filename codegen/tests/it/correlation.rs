//! Correlation ids that the document keeps in the payload, and names of operations that have none.
use super::code;

/// How the id of a message is read from the property `id` of its payload, which has this schema.
fn read_from(schema: &str, required: &str) -> Option<String> {
    let text = code(&format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ m: {{ correlationId: {{ location: '$message.payload#/id' }},
  payload: {{ type: object, required: [{required}], properties: {{ id: {schema} }} }} }} }} }} }}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }} }} }}
components: {{ schemas: {{
  Plain: {{ type: string }}, Short: {{ type: string, maxLength: 9 }}, Number: {{ type: integer }}, Small: {{ type: integer, minimum: 1 }},
  Word: {{ enum: [a, b] }}, Maybe: {{ type: [string, 'null'] }}, Object: {{ type: object, properties: {{ a: {{}} }} }} }} }}
"
    ));
    let (_, rest) = text.split_once("return message.correlation_id.clone(); }; ")?;
    let rest = rest.replace(" .", ".");
    let end = rest.find(".or_else(").or_else(|| rest.find(" }")).unwrap();
    let read = rest[..end].trim_end_matches(')');
    Some(read.to_owned())
}

#[test]
fn ids_in_payloads_are_read_as_text() {
    let named = |name: &str| format!("{{ $ref: '#/components/schemas/{name}' }}");
    for (schema, expected, optional) in [
        (
            "{ type: string }".to_owned(),
            "as_str().into(",
            "as_ref().map(|id| id.as_str().into(",
        ),
        (
            "{ type: integer }".to_owned(),
            "to_string().into(",
            "as_ref().map(|id| id.to_string().into(",
        ),
        (
            "{ type: string, format: uuid }".to_owned(),
            "to_string().into(",
            "as_ref().map(|id| id.to_string().into(",
        ),
        (
            named("Plain"),
            "as_str().into(",
            "as_ref().map(|id| id.as_str().into(",
        ),
        (
            named("Short"),
            "as_str().into(",
            "as_ref().map(|id| id.as_str().into(",
        ),
        (
            named("Word"),
            "as_str().into(",
            "as_ref().map(|id| id.as_str().into(",
        ),
        (
            named("Number"),
            "to_string().into(",
            "as_ref().map(|id| id.to_string().into(",
        ),
        (
            named("Small"),
            "to_string().into(",
            "as_ref().map(|id| id.to_string().into(",
        ),
    ] {
        let required = read_from(&schema, "id").unwrap_or_default();
        assert_eq!(
            required,
            format!("Some(decoded.payload.id.{expected}"),
            "{schema}"
        );
        let maybe = read_from(&schema, "").unwrap_or_default();
        assert_eq!(maybe, format!("decoded.payload.id.{optional}"), "{schema}");
    }
}

#[test]
fn ids_that_are_no_text_stay_where_they_are() {
    for schema in [
        "{ type: number }",
        "{ type: boolean }",
        "{ type: [string, 'null'] }",
        "{}",
        "{ $ref: '#/components/schemas/Object' }",
        "{ $ref: '#/components/schemas/Maybe' }",
    ] {
        assert_eq!(read_from(schema, "id"), None, "{schema}");
    }
}

#[test]
fn operations_without_an_id_are_called_by_what_they_do() {
    let message = "message: { name: Placed, payload: { type: string } }";
    let two = "message: { oneOf: [{ name: Placed, payload: { type: string } }, { name: Paid, payload: { type: string } }] }";
    for (operation, name) in [
        (format!("publish: {{ {message} }}"), "receive Placed"),
        (format!("subscribe: {{ {message} }}"), "send Placed"),
        (format!("publish: {{ {two} }}"), "receive orders/new"),
        (format!("subscribe: {{ {two} }}"), "send orders/new"),
        (
            format!("publish: {{ operationId: hear, {message} }}"),
            "hear",
        ),
    ] {
        let text = code(&format!(
            "asyncapi: 2.6.0\ninfo: {{ title: T, version: '1' }}\nchannels: {{ orders/new: {{ {operation} }} }}\n"
        ));
        assert!(
            text.contains(&format!("[`{name}`](")),
            "{operation}: {text}"
        );
    }
}

#[test]
fn messages_of_a_set_keep_their_own_headers() {
    let set = |one: &str, other: &str| {
        let message = |header: &str| match header {
            "" => "{ payload: { type: string } }".to_owned(),
            _ => format!(
                "{{ correlationId: {{ location: '$message.header#/{header}' }}, headers: {{ type: object, properties: {{ {header}: {{ type: string }} }} }}, payload: {{ type: string }} }}"
            ),
        };
        let text = code(&format!(
            "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ one: {}, other: {} }} }} }}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }} }} }}
",
            message(one),
            message(other)
        ));
        let (_, set) = text
            .split_once("TypedMessage for OCommand")
            .unwrap_or(("", &text));
        let (_, body) = set
            .split_once("fn correlation(message: &codegen::Message) -> Option<codegen::Str> { ")?;
        Some(
            body.split_once(" } fn ")
                .or_else(|| body.split_once(" } }"))
                .unwrap()
                .0
                .to_owned(),
        )
    };
    let all = [
        set("", ""),
        set("a", "a"),
        set("a", "b"),
        set("a", ""),
        set("", "b"),
    ];
    let lines = all.map(|body| body.unwrap_or_else(|| "none".to_owned()));
    expect_test::expect![[r#"
        none
        One::correlation(message)
        match message.name.as_deref() { Some("other") => Other::correlation(message), _ => One::correlation(message),
        match message.name.as_deref() { Some("other") => Other::correlation(message), _ => One::correlation(message),
        match message.name.as_deref() { Some("one") => One::correlation(message), _ => Other::correlation(message),"#]].assert_eq(&lines.join("\n"));
}
