//! What the bindings of a channel and of its messages say: what the destination is called, and which headers of JMS a message has.
use super::{AMQP1, JMS};
use serde_json::Value;
use tidings::{Binding, Channel, ChannelKind, Error, ErrorKind, Message, Result, Str};

/// What a schema of a header may say: nothing that a value would have to be compared with.
const DESCRIBING: [&str; 8] = [
    "type",
    "title",
    "name",
    "description",
    "format",
    "examples",
    "deprecated",
    "$comment",
];
/// What says which values a header has; those of which all messages have the same may have it.
const VALUES: [&str; 3] = ["const", "default", "enum"];
/// The same of the schema that has them all.
const SCHEMA: [&str; 7] = [
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "$comment",
];

/// The headers of JMS, with the field of a message that each comes from; those without one every message has.
const HEADERS: [(&str, Option<Field>); 11] = [
    ("JMSMessageID", None),
    ("JMSDestination", None),
    ("JMSDeliveryMode", None),
    ("JMSPriority", None),
    ("JMSRedelivered", None),
    ("JMSTimestamp", Some(Field::Created)),
    ("JMSExpiration", Some(Field::Expires)),
    // As the binding's specification calls it.
    ("JMSExpires", Some(Field::Expires)),
    ("JMSCorrelationID", Some(Field::CorrelationId)),
    ("JMSReplyTo", Some(Field::ReplyTo)),
    ("JMSType", Some(Field::Name)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Created,
    Expires,
    CorrelationId,
    ReplyTo,
    Name,
}

/// What the bindings want of a message that is to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    /// It says when it was made.
    pub(crate) stamped: bool,
}

/// What the destination of a channel is called, where its binding says so; whatever it says is looked at.
pub(crate) fn destination(channel: &Channel) -> Result<Option<Str>> {
    Binding::none(channel, AMQP1)?;
    // Those of operations have no fields.
    Binding::of_operations(channel, JMS).try_for_each(|told| told?.known(&[]))?;
    Binding::of_messages(channel, JMS).try_for_each(|told| required(&told?).map(drop))?;
    of_channel(channel)
}

/// Whether the order of its messages is to outlive several who receive them.
pub(crate) fn is_fifo(channel: &Channel) -> bool {
    let own = channel.bindings.of(JMS);
    own.and_then(|told| told.get("destinationType")) == Some(&Value::from("fifo-queue"))
}

/// The same, for what can be looked at only where messages are received.
pub(crate) fn check_receiving(channel: &Channel) -> Result<()> {
    destination(channel).map(drop)
}

fn of_channel(channel: &Channel) -> Result<Option<Str>> {
    let told = Binding::of_channel(channel, JMS)?;
    told.known(&["destination", "destinationType"])?;
    let text = |field: &str| {
        let value = told.get(field).filter(|value| !value.is_null());
        value.map(|value| told.text(field, value)).transpose()
    };
    let is_queue = channel.kind == ChannelKind::PointToPoint;
    match text("destinationType")? {
        None | Some("queue" | "fifo-queue") if is_queue => {}
        None => {}
        Some("topic") if !is_queue => {}
        Some(kind @ ("queue" | "fifo-queue" | "topic")) => {
            let why =
                format!("is `{kind}`, which does not fit a channel of that kind; leave it out");
            return Err(told.cannot("destinationType", &why));
        }
        Some(kind) => {
            let what = format!("is `{kind}`, which is none; write `queue` or `fifo-queue`");
            return Err(told.wrong("destinationType", &what));
        }
    }
    let name = text("destination")?;
    if name.is_some() && channel.wildcard {
        let why = "is one name for every channel of its template, of which none could be told from another; leave it out";
        return Err(told.cannot("destination", why));
    }
    Ok(name.map(Str::from))
}

/// The headers that a message must have, by its binding.
fn required(told: &Binding<'_>) -> Result<Vec<(&'static str, Field)>> {
    told.known(&["headers"])?;
    let schema = told.part("headers")?;
    schema.known(&SCHEMA)?;
    let properties = schema.part("properties")?;
    for (name, header) in properties.all_fields() {
        known(&properties, name)?;
        if *header != Value::Bool(true) {
            check_header(name, &properties.at(name, header)?)?;
        }
    }
    let found = names(&schema)?
        .into_iter()
        .map(|name| known(&properties, name));
    let found = found.collect::<Result<Vec<_>>>()?.into_iter();
    Ok(found
        .filter_map(|(name, field)| Some((name, field?)))
        .collect())
}

/// What a schema requires.
fn names<'a>(schema: &Binding<'a>) -> Result<Vec<&'a str>> {
    let Some(required) = schema.get("required") else {
        return Ok(Vec::new());
    };
    let all = required.as_array();
    let names = all.and_then(|all| all.iter().map(Value::as_str).collect());
    names.ok_or_else(|| schema.wrong("required", "is no list of names"))
}

/// What every message has in a header, where that is the same in all.
fn always(header: &str) -> Option<Value> {
    match header {
        "JMSDeliveryMode" => Some("PERSISTENT".into()),
        "JMSPriority" => Some(4.into()),
        _ => None,
    }
}

/// Refuses what a header's schema says of its values and is not so.
fn check_header(name: &str, header: &Binding<'_>) -> Result<()> {
    let fixed = always(name);
    for field in VALUES {
        let (Some(fixed), Some(told)) = (&fixed, header.get(field)) else {
            continue;
        };
        let is_so = match told {
            Value::Array(all) if field == "enum" => all.contains(fixed),
            told => told == fixed,
        };
        if !is_so {
            let why = format!("does not allow {fixed}, which every message has");
            return Err(header.cannot(field, &why));
        }
    }
    let fixed = if fixed.is_some() { &VALUES[..] } else { &[] };
    header.known(&[&DESCRIBING[..], fixed].concat())
}

fn known(properties: &Binding<'_>, name: &str) -> Result<(&'static str, Option<Field>)> {
    let header = HEADERS.iter().find(|(known, _)| *known == name);
    header.copied().ok_or_else(|| {
        let why =
            "is no header of JMS that is known; say it in the `headers` of the message itself";
        properties.cannot(name, why)
    })
}

/// Whether a message has what its binding says that it must have.
pub(crate) fn check_message(channel: &Channel, message: &Message) -> Result<Headers> {
    let mut headers = Headers::default();
    let Some(name) = message.name.as_deref() else {
        return Ok(headers);
    };
    for (header, field) in required(&Binding::of_message(channel, JMS, name)?)? {
        let is_there = match field {
            Field::Created => {
                headers.stamped = true;
                true
            }
            Field::Expires => message.expires.is_some(),
            Field::CorrelationId => message.correlation_id.is_some(),
            Field::ReplyTo => message.reply_to.is_some(),
            Field::Name => true,
        };
        if !is_there {
            let reason =
                format!("message `{name}` must have `{header}` by its `jms` binding, and has none");
            return Err(Error::new(ErrorKind::Invalid, "publish", reason));
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn bound(told: &Value) -> Channel {
        Channel::point_to_point("orders").with_bindings(Bindings::read(&told.to_string()))
    }

    fn own(binding: &Value) -> Channel {
        bound(&json!({ "own": { "jms": binding } }))
    }

    #[test]
    fn a_channel_says_what_it_is_called() {
        assert_eq!(destination(&Channel::point_to_point("a")).unwrap(), None);
        let told = json!({ "destination": "q", "destinationType": "fifo-queue", "bindingVersion": "0.0.1", "x-a": 1 });
        assert_eq!(destination(&own(&told)).unwrap().as_deref(), Some("q"));
    }

    #[test]
    fn what_cannot_be_honoured_is_named() {
        for (told, says) in [
            (
                json!({ "own": { "jms": { "destinaton": "q" } } }),
                "`destinaton` of the `jms` binding",
            ),
            (
                json!({ "own": { "jms": { "destination": 1 } } }),
                "`destination`",
            ),
            (
                json!({ "own": { "jms": { "destinationType": "topic" } } }),
                "`destinationType` of the `jms` binding is `topic`",
            ),
            (
                json!({ "own": { "jms": { "destinationType": "fifo" } } }),
                "`destinationType` of the `jms` binding is `fifo`",
            ),
            (
                json!({ "own": { "amqp1": { "is": "queue" } } }),
                "`is` of the `amqp1` binding",
            ),
            (
                json!({ "operations": { "send": { "jms": { "priority": 1 } } } }),
                "`priority` of the `jms` binding of operation `send`",
            ),
            (
                json!({ "operations": { "send": { "amqp1": { "a": 1 } } } }),
                "`a` of the `amqp1` binding of operation `send`",
            ),
            (
                json!({ "messages": { "Order": { "amqp1": { "a": 1 } } } }),
                "message `Order`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "header": {} } } } }),
                "`header` of the `jms` binding of message `Order`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "properties": { "tenant": {} } } } } } }),
                "`headers.properties.tenant`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "oneOf": [] } } } } }),
                "`headers.oneOf`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "properties": { "JMSPriority": { "const": 9 } } } } } } }),
                "`headers.properties.JMSPriority.const`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "properties": { "JMSDeliveryMode": { "enum": ["NON_PERSISTENT"] } } } } } } }),
                "`headers.properties.JMSDeliveryMode.enum`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "properties": { "JMSDeliveryMode": { "default": "NON_PERSISTENT" } } } } } } }),
                "`headers.properties.JMSDeliveryMode.default`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "properties": { "JMSType": { "default": "a" } } } } } } }),
                "`headers.properties.JMSType.default`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "properties": [] } } } } }),
                "`headers.properties`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "properties": { "JMSType": 1 } } } } } }),
                "`headers.properties.JMSType`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "required": "JMSType" } } } } }),
                "`headers.required`",
            ),
            (
                json!({ "messages": { "Order": { "jms": { "headers": { "required": [1] } } } } }),
                "`headers.required`",
            ),
            (
                json!({ "own": { "jms": "queue" } }),
                "the `jms` binding is no object",
            ),
            (
                json!({ "messages": { "Order": { "amqp1": [] } } }),
                "the `amqp1` binding of message `Order` is no object",
            ),
        ] {
            let error = destination(&bound(&told)).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("channel `orders`"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_specification_s_own_example_is_taken() {
        let text =
            |description: &str| json!({ "type": ["string", "null"], "description": description });
        let headers = json!({
            "type": "object",
            "required": ["JMSMessageID"],
            "properties": {
                "JMSMessageID": text("A unique message identifier."),
                "JMSTimestamp": { "type": "integer", "description": "The time the message was sent." },
                "JMSDeliveryMode": { "type": "string", "enum": ["PERSISTENT", "NON_PERSISTENT"], "default": "PERSISTENT" },
                "JMSPriority": { "type": "integer", "default": 4 },
                "JMSExpires": { "type": "integer" },
                "JMSType": text("The type."),
                "JMSCorrelationID": text("The request."),
                "JMSReplyTo": text("Where replies go."),
            },
        });
        let channel = bound(&json!({ "messages": { "Order": { "jms": { "headers": headers } } } }));
        let order = Message::named("Order", "text/plain", "a");
        assert_eq!(check_message(&channel, &order).unwrap(), Headers::default());
    }

    #[test]
    fn one_name_is_none_for_every_channel_of_a_template() {
        let told = json!({ "own": { "jms": { "destination": "q" } } });
        let all = Channel::wildcard(ChannelKind::PublishSubscribe, "orders.{region}");
        let error = destination(&all.with_bindings(Bindings::read(&told.to_string()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("`destination`"), "{error}");
    }

    #[test]
    fn a_message_has_the_headers_that_it_must_have() {
        let channel = bound(&json!({ "messages": { "Order": { "jms": { "headers": {
            "type": "object", "required": ["JMSMessageID", "JMSTimestamp", "JMSCorrelationID"],
            "properties": { "JMSCorrelationID": { "type": "string", "description": "of the request" } },
        } } } } }));
        let mut order = Message::named("Order", "text/plain", "a");
        let error = check_message(&channel, &order).unwrap_err().to_string();
        assert!(
            error.contains("message `Order`") && error.contains("`JMSCorrelationID`"),
            "{error}"
        );
        order.correlation_id = Some("1".into());
        assert_eq!(
            check_message(&channel, &order).unwrap(),
            Headers { stamped: true }
        );
        let other = Message::named("Other", "text/plain", "a");
        assert_eq!(check_message(&channel, &other).unwrap(), Headers::default());
    }
}
