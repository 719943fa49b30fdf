//! What the binding of a channel says of its topic.
use super::{KAFKA, operation::operations};
use serde_json::Value;
use tidings::{Binding, Channel, Result, Str};

/// As many as the cluster counts.
const PARTITIONS: u64 = 0x7fff_ffff;

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
        let count = |most: u64| match binding.whole(field, value, most)? {
            0 => Err(binding.wrong(field, "is none at all")),
            count => Ok(count),
        };
        match field {
            "topic" => told.name = Some(binding.text(field, value)?.into()),
            "partitions" => told.partitions = usize::try_from(count(PARTITIONS)?).ok(),
            "replicas" => told.replicas = u16::try_from(count(u16::MAX.into())?).ok(),
            "topicConfiguration" => told.properties = properties(&binding.part(field)?)?,
            _ => return Err(binding.refused(field)),
        }
    }
    Ok(told)
}

/// The properties of a topic, as the cluster writes them.
fn properties(binding: &Binding<'_>) -> Result<Vec<(String, String)>> {
    let all = binding.fields().map(|(name, value)| {
        let written = written(value);
        let written = written.ok_or_else(|| binding.wrong(name, "is no value of a property"))?;
        Ok((name.to_owned(), written))
    });
    all.collect()
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(items) if !items.iter().any(Value::is_array) => {
            let items: Option<Vec<String>> = items.iter().map(written).collect();
            Some(items?.join(","))
        }
        _ => None,
    }
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
                "`topicConfiguration.a`",
            ),
            (json!({ "partitions": 1_u64 << 31 }), "`partitions`"),
            (json!({ "replicas": 1 << 16 }), "`replicas`"),
            (json!({ "topicConfiguration": 1 }), "`topicConfiguration`"),
            (json!({ "colour": "red" }), "`colour`"),
            (json!("orders"), "`kafka` binding is no object"),
        ] {
            let error = channel(&of(wrong)).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains(field)), "{field}");
        }
        Ok(())
    }
}
