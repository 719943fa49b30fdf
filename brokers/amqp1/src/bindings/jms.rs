//! What the bindings of a channel and of its messages say: what the destination is called, and which headers of JMS a message has.
use super::told::Told;
use serde_json::{Map, Value};
use tidings::{Channel, ChannelKind, Error, ErrorKind, Message, Result, Str};

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
    let mut name = None;
    for told in Told::all(channel) {
        match (told.is_jms(), told.owner()) {
            (true, None) => name = of_channel(told)?.or(name),
            (true, Some(("message", _))) => drop(required(told)?),
            // Those of operations have no fields, and of the other protocol none has.
            _ => told.known(&[])?,
        }
    }
    Ok(name)
}

/// Whether the order of its messages is to outlive several who receive them.
pub(crate) fn is_fifo(channel: &Channel) -> bool {
    let mut own = Told::all(channel).filter(|told| told.is_jms() && told.owner().is_none());
    own.any(|told| told.value.get("destinationType") == Some(&Value::from("fifo-queue")))
}

/// The same, for what can be looked at only where messages are received.
pub(crate) fn check_receiving(channel: &Channel) -> Result<()> {
    destination(channel).map(drop)
}

fn of_channel(told: Told<'_>) -> Result<Option<Str>> {
    told.known(&["destination", "destinationType"])?;
    let text = |field: &str| match told.value.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(told.invalid(&format!("`{field}`"), "is no text")),
    };
    let is_queue = told.channel.kind == ChannelKind::PointToPoint;
    match text("destinationType")? {
        None | Some("queue" | "fifo-queue") if is_queue => {}
        None => {}
        Some("topic") if !is_queue => {}
        Some(kind @ ("queue" | "fifo-queue" | "topic")) => {
            let kind = format!("`destinationType` `{kind}`");
            return Err(
                told.unsupported(&kind, "does not fit a channel of that kind; leave it out")
            );
        }
        Some(kind) => {
            let kind = format!("`destinationType` `{kind}`");
            return Err(told.invalid(&kind, "is none; write `queue` or `fifo-queue`"));
        }
    }
    let name = text("destination")?;
    if name.is_some() && told.channel.wildcard {
        let why = "is one name for every channel of its template, of which none could be told from another; leave it out";
        return Err(told.unsupported("`destination`", why));
    }
    Ok(name.map(Str::from))
}

/// The headers that a message must have, by its binding.
fn required(told: Told<'_>) -> Result<Vec<(&'static str, Field)>> {
    told.known(&["headers"])?;
    let Some(schema) = told.value.get("headers") else {
        return Ok(Vec::new());
    };
    let Value::Object(schema) = schema else {
        return Err(told.invalid("`headers`", "is no schema"));
    };
    says_only(told, "headers.", schema, &SCHEMA)?;
    let empty = Map::new();
    let properties = match schema.get("properties") {
        None => &empty,
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err(told.invalid("`headers.properties`", "is no object")),
    };
    for (name, header) in properties {
        known(told, name)?;
        match header {
            Value::Object(header) => check_header(told, name, header)?,
            Value::Bool(true) => {}
            _ => {
                let what = format!("`headers.properties.{name}`");
                return Err(told.invalid(&what, "is no schema"));
            }
        }
    }
    let no_names = || told.invalid("`headers.required`", "is no list of names");
    let all: Vec<&str> = match schema.get("required") {
        None => Vec::new(),
        Some(Value::Array(all)) => {
            let names: Option<_> = all.iter().map(Value::as_str).collect();
            names.ok_or_else(no_names)?
        }
        Some(_) => return Err(no_names()),
    };
    let found = all.into_iter().map(|name| known(told, name));
    let found = found.collect::<Result<Vec<_>>>()?.into_iter();
    Ok(found
        .filter_map(|(name, field)| Some((name, field?)))
        .collect())
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
fn check_header(told: Told<'_>, name: &str, header: &Map<String, Value>) -> Result<()> {
    let part = format!("headers.properties.{name}.");
    let fields = header.keys().map(String::as_str);
    let fixed = always(name);
    for field in fields.filter(|field| VALUES.contains(field)) {
        let Some(fixed) = &fixed else { continue };
        let is_so = match &header[field] {
            Value::Array(all) if field == "enum" => all.contains(fixed),
            told => told == fixed,
        };
        if !is_so {
            let why = format!("does not allow {fixed}, which every message has");
            return Err(told.unsupported(&format!("`{part}{field}`"), &why));
        }
    }
    let fixed = if fixed.is_some() { &VALUES[..] } else { &[] };
    says_only(told, &part, header, &[&DESCRIBING[..], fixed].concat())
}

fn known(told: Told<'_>, name: &str) -> Result<(&'static str, Option<Field>)> {
    let header = HEADERS.iter().find(|(known, _)| *known == name);
    header.copied().ok_or_else(|| {
        let why =
            "is no header of JMS that is known; say it in the `headers` of the message itself";
        told.unsupported(&format!("`headers.properties.{name}`"), why)
    })
}

fn says_only(
    told: Told<'_>,
    part: &str,
    schema: &Map<String, Value>,
    known: &[&str],
) -> Result<()> {
    let mut fields = schema.keys();
    match fields.find(|field| !known.contains(&field.as_str()) && !field.starts_with("x-")) {
        Some(field) => Err(told.unsupported(
            &format!("`{part}{field}`"),
            "is not looked at; leave it out",
        )),
        None => Ok(()),
    }
}

/// Whether a message has what its binding says that it must have.
pub(crate) fn check_message(channel: &Channel, message: &Message) -> Result<Headers> {
    let mut headers = Headers::default();
    let Some(name) = message.name.as_deref() else {
        return Ok(headers);
    };
    let own = |told: &Told<'_>| told.is_jms() && told.owner() == Some(("message", name));
    for told in Told::all(channel).filter(own) {
        for (header, field) in required(told)? {
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
                let reason = format!(
                    "message `{name}` must have `{header}` by its `jms` binding, and has none"
                );
                return Err(Error::new(ErrorKind::Invalid, "publish", reason));
            }
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
                "`destinaton` of its `jms` binding",
            ),
            (
                json!({ "own": { "jms": { "destination": 1 } } }),
                "`destination`",
            ),
            (
                json!({ "own": { "jms": { "destinationType": "topic" } } }),
                "`destinationType` `topic`",
            ),
            (
                json!({ "own": { "jms": { "destinationType": "fifo" } } }),
                "`destinationType` `fifo`",
            ),
            (
                json!({ "own": { "amqp1": { "is": "queue" } } }),
                "`is` of its `amqp1` binding",
            ),
            (
                json!({ "operations": { "send": { "jms": { "priority": 1 } } } }),
                "`priority` of the `jms` binding of operation `send`",
            ),
            (
                json!({ "operations": { "send": { "amqp1": { "a": 1 } } } }),
                "operation `send`",
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
                "its `jms` binding is no object",
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
