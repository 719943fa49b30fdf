//! What the generator tells about a document: where the output says less than the schema does.
use tidings_document::{Diagnostic, Profile, Rule, Severity, Span};

/// A schema that no Rust type was found for.
pub(crate) static TYPE_OPAQUE: Rule = Rule {
    id: "type-opaque",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "a schema has no Rust type of its own",
    docs: r##"The generator makes only types that read every valid value without loss. Where it cannot prove that, such as for a `oneOf` of
two kinds of numbers, the value stays a `serde_json::Value`: nothing is lost, and it is checked all the same, but the code that uses it is on its own. Branches that are
all objects become one struct with the properties of all. A `discriminator`, or a property with another `const` in each branch, makes types of them. A payload in another
language than JSON Schema, Avro and Protobuf, such as RAML, stays bytes, and so does one whose content type says no encoding that generated code knows.

```yaml bad
asyncapi: 3.1.0
info: { title: Deliveries, version: 1.0.0 }
channels:
  deliveries:
    messages:
      ordered:
        payload:
          oneOf:
            - { type: integer }
            - { type: number, maximum: 5 }
operations:
  deliver:
    action: receive
    channel: { $ref: '#/channels/deliveries' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Deliveries, version: 1.0.0 }
channels:
  deliveries:
    messages:
      ordered:
        payload:
          oneOf:
            - { type: object, required: [to], properties: { to: { const: home }, street: { type: string } } }
            - { type: object, required: [to], properties: { to: { const: shop }, shop: { type: string } } }
operations:
  deliver:
    action: receive
    channel: { $ref: '#/channels/deliveries' }
```
"##,
};

/// A keyword that generated code does not check.
pub(crate) static LIMIT_UNCHECKED: Rule = Rule {
    id: "limit-unchecked",
    severity: Severity::Info,
    since: "0.1.0",
    profile: Profile::Strict,
    codes: &[],
    summary: "a keyword of a schema is not checked by generated code",
    docs: r##"Types and their checks cover nearly all keywords. What is said of all headers of a message together (`minProperties`, `not`, `if` and the like), `unevaluatedProperties` and
`unevaluatedItems` are left to validation against the schema itself: generated code takes, and sends, values that break them. Often a plainer keyword says the same.

A limit of integers is checked to the last digit up to 128 bits, and every limit of what `--numbers exact` keeps as it is written; another one with more digits than 64 bits hold by the nearest
number that they hold.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    messages:
      placed:
        headers: { type: object, minProperties: 1, properties: { tenant: { type: string } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    messages:
      placed:
        headers: { type: object, required: [tenant], properties: { tenant: { type: string } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
"##,
};

/// Numbers that cannot be kept as they are written.
pub(crate) static NUMBER_ROUNDED: Rule = Rule {
    id: "number-rounded",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "an encoding has not all digits of numbers that are told to be exact",
    docs: r##"By `--numbers exact` a `number` is kept as it is written, which JSON has a form for. MessagePack and CBOR have numbers of 64 bits: one with more digits
is rounded when it is sent, and is read without the zeros at its end. JSON mends it, and so does a text in the place of the number.

```yaml bad
asyncapi: 3.1.0
info: { title: Prices, version: 1.0.0 }
defaultContentType: application/msgpack
channels:
  prices:
    messages:
      told: { payload: { type: object, required: [price], properties: { price: { type: number } } } }
operations:
  tell:
    action: send
    channel: { $ref: '#/channels/prices' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Prices, version: 1.0.0 }
defaultContentType: application/json
channels:
  prices:
    messages:
      told: { payload: { type: object, required: [price], properties: { price: { type: number } } } }
operations:
  tell:
    action: send
    channel: { $ref: '#/channels/prices' }
```
"##,
};

/// Dates that are not written as they came.
pub(crate) static DATE_TIME_SHORTENED: Rule = Rule {
    id: "date-time-shortened",
    severity: Severity::Info,
    since: "0.1.0",
    profile: Profile::Strict,
    codes: &[],
    summary: "a `date-time` is written in the shortest way, whichever way it came",
    docs: r##"By `--date-time jiff`, `chrono` or `time` a `date-time` is a type of that library, which knows an instant and not how it was written: it is written again with as
few digits of its seconds as say all, `T` and `Z`. `jiff`'s has no offset, so that it is written in UTC, and refuses the last day of the year 9999; of a leap second, `jiff` and `time` make the
second before. What looks at the text, such as a `const` in `contains` or `not`, or `uniqueItems`, looks at the one that is written. Without that option, the runtime's own type keeps all of it, and by `--date-time text` the
text does.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    messages:
      placed: { payload: { type: object, required: [at], properties: { at: { type: string, format: date-time } } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    messages:
      placed: { payload: { type: object, required: [on], properties: { on: { type: string, format: date } } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
"##,
};

/// An operation that nothing, or less, was generated for.
pub(crate) static OPERATION_SKIPPED: Rule = Rule {
    id: "operation-skipped",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "an operation, or its reply, was left out of the generated code",
    docs: r##"An operation needs a channel and at least one message, and so does its reply. Without a message there is nothing to send or to
receive, so no method is generated; an operation whose reply has none is generated as one without a reply.

```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders: { address: orders }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```

```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed: { payload: { type: string } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
"##,
};

/// A key that generated code cannot set.
pub(crate) static KEY_UNUSABLE: Rule = Rule {
    id: "key-unusable",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "the key of a message was left out of the generated code",
    docs: r##"Messages of one key are handled in order. The key is one value of the message, or several: `x-tidings-key` says where they
stand (`$message.payload#/orderId`, `$message.header#/tenant`, `$channel.parameters.region`). A place that no message has, and one
that is a list or an object, makes no key, and neither does the schema of a Kafka key alone, unless exactly one property has the same:
messages are sent without one then, in no particular order.
```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        x-tidings-key: $message.payload#/orderID
        payload: { type: object, properties: { orderId: { type: string } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages:
      placed:
        x-tidings-key: $message.payload#/orderId
        payload: { type: object, properties: { orderId: { type: string } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
"##,
};

/// A policy, or a part of one, that generated code cannot keep.
pub(crate) static POLICY_UNUSABLE: Rule = Rule {
    id: "policy-unusable",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "a policy, or a part of one, was left out of the generated code",
    docs: r##"`x-tidings-policy` says what is done about messages that could not be handled. It takes what the runtime's settings take, each with a
value that fits; all operations of a channel share one policy.
```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    x-tidings-policy: { attempt: 3 }
    messages:
      placed: { payload: { type: string } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    x-tidings-policy: { attempts: 3, timeout: 30s }
    messages:
      placed: { payload: { type: string } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
"##,
};

/// A channel that the broker of the command line cannot carry.
pub(crate) static BROKER_UNABLE: Rule = Rule {
    id: "broker-unable",
    severity: Severity::Error,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "a broker cannot do what a channel needs",
    docs: r##"`tidings generate rust --broker NAME` compares what the document needs of a transport, channel by channel, with what that of the
broker can do: kinds of channels, groups, order by key, replies, wildcards, delays and sizes. At run time a service that starts finds the
same. Another broker mends it, or a document that asks for less.
```yaml bad
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    bindings: { kafka: { topicConfiguration: { max.message.bytes: 104857600 } } }
    messages:
      placed: { payload: { type: string } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
```yaml good
asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    bindings: { kafka: { topicConfiguration: { max.message.bytes: 1048576 } } }
    messages:
      placed: { payload: { type: string } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
```
"##,
};

/// What is told of a type that there is not.
pub(crate) static TYPE_OPTION_UNUSED: Rule = Rule {
    id: "type-option-unused",
    severity: Severity::Warning,
    since: "0.1.0",
    profile: Profile::Recommended,
    codes: &[],
    summary: "what the configuration says of a schema's type changes nothing",
    docs: r##"`[generate.rust.types]` of `tidings.toml` tells what stands in the place of a type, what it derives, and what is written above it. A
schema that nothing uses has no type, and neither has a plain text or number without a name; one with a name is another name for
`String` or a number, which can have attributes, but derives nothing. Here `Note` is told to derive `PartialOrd`:

```yaml bad
asyncapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
channels:
  notes:
    messages:
      written: { payload: { $ref: '#/components/schemas/Note' } }
operations:
  write:
    action: receive
    channel: { $ref: '#/channels/notes' }
components:
  schemas:
    Note: { type: string }
```

```yaml good
asyncapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
channels:
  notes:
    messages:
      written: { payload: { $ref: '#/components/schemas/Note' } }
operations:
  write:
    action: receive
    channel: { $ref: '#/channels/notes' }
components:
  schemas:
    Note: { type: object, properties: { text: { type: string } } }
```
"##,
};

/// What the generator reports.
pub static RULES: &[&Rule] = &[
    &TYPE_OPAQUE,
    &LIMIT_UNCHECKED,
    &NUMBER_ROUNDED,
    &DATE_TIME_SHORTENED,
    &OPERATION_SKIPPED,
    &KEY_UNUSABLE,
    &POLICY_UNUSABLE,
    &BROKER_UNABLE,
    &TYPE_OPTION_UNUSED,
];

pub(crate) fn diagnostic(rule: &'static Rule, span: Span, message: String) -> Diagnostic {
    Diagnostic::new(rule, span, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The ids and severities of what the generator tells of a document that reading finds no fault with.
    fn notes(text: &str) -> Vec<(&'static str, Severity)> {
        let bytes = text.as_bytes().to_vec();
        let reading = tidings_document::Settings::default();
        let (document, mut found) =
            tidings_document::open_text(Path::new("block.yaml"), bytes, &reading).unwrap();
        let (api, more) = tidings_document::read(&document);
        found.extend(more);
        assert_eq!(found, [], "{text}");
        let note = crate::Custom {
            derive: vec!["PartialOrd".to_owned()],
            ..crate::Custom::default()
        };
        let settings = crate::Settings {
            broker: crate::Broker::named("memory"),
            numbers: crate::Numbers::Exact,
            date_time: crate::DateTimes::Jiff,
            customs: crate::Customs([("#/components/schemas/Note".to_owned(), note)].into()),
            ..crate::Settings::default()
        };
        let (_, notes) = crate::generate(&api.unwrap(), &settings);
        notes
            .iter()
            .map(|note| (note.rule.id, note.severity))
            .collect()
    }

    fn blocks<'t>(rule: &Rule, kind: &str) -> Vec<&'t str> {
        let open = format!("```yaml {kind}\n");
        let found: Vec<_> = rule
            .docs
            .split(&open)
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(!found.is_empty(), "{} has no {kind} block", rule.id);
        found
    }

    #[test]
    fn bad_blocks_give_exactly_their_rule_and_good_blocks_nothing() {
        for rule in RULES {
            for text in blocks(rule, "bad") {
                assert_eq!(notes(text), [(rule.id, rule.severity)], "{text}");
            }
            for text in blocks(rule, "good") {
                assert_eq!(notes(text), [], "{text}");
            }
        }
    }
}
