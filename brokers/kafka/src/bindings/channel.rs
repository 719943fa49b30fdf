//! What the binding of a channel says of its topic.
use super::{KAFKA, operation::operations};
use serde_json::Value;
use tidings::{Binding, Channel, Result, Str};

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
pub(crate) fn channel(channel: &Channel) -> Result<Told> {
    operations(channel)?;
    let binding = Binding::of_channel(channel, KAFKA)?;
    let mut told = Told {
        name: None,
        partitions: None,
        replicas: None,
        properties: Vec::new(),
    };
    for (field, value) in binding.fields() {
        let number = || value.as_u64().filter(|number| *number > 0);
        let is_kept = match field {
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
            _ => false,
        };
        if !is_kept {
            return Err(binding.refused(field));
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
        let told = channel(&of(json!({
            "topic": "orders-v1", "partitions": 3, "replicas": 2, "bindingVersion": "0.5.0",
            "topicConfiguration": { "cleanup.policy": ["delete", "compact"], "retention.ms": 1000 },
        })))?;
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
            (json!("orders"), "`kafka` binding is no object"),
        ] {
            let error = channel(&of(wrong)).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains(field)), "{field}");
        }
        Ok(())
    }
}
