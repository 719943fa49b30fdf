//! What a document's Kafka bindings say of a channel: kept, or refused by name.
use serde_json::Value;
use tidings::{Channel, Error, ErrorKind, Result, Server, Str};

/// The protocol of the bindings.
const KAFKA: &str = "kafka";

/// What a channel's topic is to be like.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its name, where that is not the address.
    pub(crate) name: Option<Str>,
    /// How many partitions it has.
    pub(crate) partitions: Option<usize>,
    /// How many replicas each of them has.
    pub(crate) replicas: Option<u16>,
    /// Its properties.
    pub(crate) properties: Vec<(String, String)>,
}

/// What the binding of the channel says; what makes no sense, or is not known, is told by name.
pub(crate) fn channel(operation: &'static str, channel: &Channel) -> Result<Told> {
    let mut told = Told {
        name: None,
        partitions: None,
        replicas: None,
        properties: Vec::new(),
    };
    let fields = channel.bindings.of(KAFKA).and_then(Value::as_object);
    for (field, value) in fields.into_iter().flatten() {
        let number = || value.as_u64().filter(|number| *number > 0);
        let is_kept = match &**field {
            "topic" => {
                told.name = value.as_str().map(Into::into);
                told.name.is_some()
            }
            "partitions" => {
                told.partitions = number().and_then(|number| number.try_into().ok());
                told.partitions.is_some()
            }
            "replicas" => {
                told.replicas = number().and_then(|number| number.try_into().ok());
                told.replicas.is_some()
            }
            "topicConfiguration" => match properties(value) {
                Some(properties) => {
                    told.properties = properties;
                    true
                }
                None => false,
            },
            "bindingVersion" => true,
            extension => extension.starts_with("x-"),
        };
        if !is_kept {
            return Err(refused(operation, channel, field));
        }
    }
    Ok(told)
}

/// The properties of a topic, as the cluster writes them.
fn properties(value: &Value) -> Option<Vec<(String, String)>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let written = |value: &Value| match value {
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(text).collect();
            Some(items?.join(","))
        }
        single => text(single),
    };
    let fields = value.as_object()?.iter();
    let fields = fields.filter(|(name, _)| !name.starts_with("x-"));
    fields
        .map(|(name, value)| Some((name.clone(), written(value)?)))
        .collect()
}

/// The groups that the channel's operations allow; none where they say nothing.
pub(crate) fn groups(channel: &Channel) -> Vec<&str> {
    texts(channel, "groupId")
}

/// How the channel's operations name the client, where they do.
pub(crate) fn client(channel: &Channel) -> Option<&str> {
    texts(channel, "clientId").into_iter().next()
}

/// What the schemas of an operations' field allow, by `const` or `enum`.
fn texts<'a>(channel: &'a Channel, field: &str) -> Vec<&'a str> {
    let operations = channel.bindings.operations(KAFKA);
    let schemas = operations.filter_map(|(_, binding)| binding.get(field));
    let values = schemas.flat_map(|schema| {
        let several = schema.get("enum").and_then(Value::as_array);
        schema
            .get("const")
            .into_iter()
            .chain(several.into_iter().flatten())
    });
    values.filter_map(Value::as_str).collect()
}

/// Whether a message of that name can be written as its binding says: ids of schemas, and what looks them up, are not. One without a
/// name may be any of the channel's.
pub(crate) fn message(channel: &Channel, name: Option<&str>) -> Result<()> {
    let unknown = match name {
        Some(name) => channel.bindings.message(KAFKA, name).and_then(unknown),
        None => any_unknown(channel),
    };
    unknown.map_or(Ok(()), |field| Err(refused("publish", channel, field)))
}

/// Whether what comes by a channel can be read as the bindings of its messages say.
pub(crate) fn messages(channel: &Channel) -> Result<()> {
    let unknown = any_unknown(channel);
    unknown.map_or(Ok(()), |field| Err(refused("subscribe", channel, field)))
}

fn any_unknown(channel: &Channel) -> Option<&str> {
    let mut messages = channel.bindings.messages(KAFKA);
    messages.find_map(|(_, binding)| unknown(binding))
}

/// A field of a message's binding that is not kept.
fn unknown(binding: &Value) -> Option<&str> {
    let fields = binding.as_object()?.keys().map(String::as_str);
    let is_kept =
        |field: &str| matches!(field, "key" | "bindingVersion") || field.starts_with("x-");
    fields.into_iter().find(|field| !is_kept(field))
}

/// What a server says that nothing comes of: nothing is registered, and no schema is looked up.
pub(crate) fn unused(server: &Server) -> Vec<&str> {
    let fields = server.bindings.of(KAFKA).and_then(Value::as_object);
    let names = fields.into_iter().flat_map(|fields| fields.keys());
    let names = names.map(String::as_str);
    names
        .filter(|name| *name != "bindingVersion" && !name.starts_with("x-"))
        .collect()
}

fn refused(operation: &'static str, channel: &Channel, field: &str) -> Error {
    let reason =
        format!("`{field}` of the Kafka binding cannot be kept as it is there; leave it out");
    Error::new(ErrorKind::Unsupported, operation, reason).with("channel", &channel.address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn of(binding: Value) -> Channel {
        Channel::publish_subscribe("orders").with_bindings(Bindings::new([(KAFKA, binding)]))
    }

    #[test]
    fn what_a_channel_says_is_kept_or_refused_by_name() -> Result<()> {
        let told = channel(
            "ensure",
            &of(json!({
                "topic": "orders-v1", "partitions": 3, "replicas": 2, "bindingVersion": "0.5.0",
                "topicConfiguration": { "cleanup.policy": ["delete", "compact"], "retention.ms": 1000 },
            })),
        )?;
        assert_eq!(told.name.as_deref(), Some("orders-v1"));
        assert_eq!((told.partitions, told.replicas), (Some(3), Some(2)));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [
            pair("cleanup.policy", "delete,compact"),
            pair("retention.ms", "1000"),
        ];
        assert_eq!(told.properties, expected);
        for (wrong, field) in [
            (json!({ "partitions": 0 }), "`partitions`"),
            (json!({ "topic": 7 }), "`topic`"),
            (
                json!({ "topicConfiguration": { "a": {} } }),
                "`topicConfiguration`",
            ),
            (json!({ "colour": "red" }), "`colour`"),
        ] {
            let error = channel("ensure", &of(wrong))
                .err()
                .map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains(field)), "{field}");
        }
        Ok(())
    }

    #[test]
    fn operations_allow_groups_and_name_clients() {
        let bindings = Bindings::read(
            r#"{"operations": {
                "a": {"kafka": {"groupId": {"type": "string", "enum": ["billing", "audit"]}}},
                "b": {"kafka": {"groupId": {"const": "mail"}, "clientId": {"const": "me"}}}
            }, "messages": {"Order": {"kafka": {"key": {}, "schemaIdLocation": "payload"}}}}"#,
        );
        let channel = Channel::publish_subscribe("orders").with_bindings(bindings);
        assert_eq!(groups(&channel), ["billing", "audit", "mail"]);
        assert_eq!(client(&channel), Some("me"));
        let error = message(&channel, Some("Order"))
            .err()
            .map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("`schemaIdLocation`")));
        assert!(message(&channel, Some("Other")).is_ok());
        for error in [message(&channel, None), messages(&channel)] {
            let error = error.err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains("`schemaIdLocation`")));
        }
        assert!(messages(&of(json!({}))).is_ok());
    }

    #[test]
    fn what_a_server_says_of_a_registry_is_unused() {
        let binding = json!({ "schemaRegistryUrl": "https://a", "bindingVersion": "0.5.0" });
        let server = Server::new("kafka", "kafka://a");
        assert!(unused(&server).is_empty());
        let server = server.with_bindings(Bindings::new([(KAFKA, binding)]));
        assert_eq!(unused(&server), ["schemaRegistryUrl"]);
    }
}
