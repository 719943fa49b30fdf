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
    let (_, rest) = text.split_once("id_within = |message| ")?;
    let rest = rest.replace(" .", ".");
    let read = &rest[..rest.find([';', '}']).unwrap()];
    let read = read.trim_start_matches("{ ").trim_end();
    Some(read.trim_end_matches(')').to_owned())
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
            format!("Some(message.payload.id.{expected}"),
            "{schema}"
        );
        let maybe = read_from(&schema, "").unwrap_or_default();
        assert_eq!(maybe, format!("message.payload.id.{optional}"), "{schema}");
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
