//! What the bindings of a channel's operations say: who may receive, and as whom.
use super::KAFKA;
use serde_json::Value;
use tidings::{Binding, Channel, Result};

/// Refuses what the bindings of a channel's operations say and nobody looks at.
pub(crate) fn operations(channel: &Channel) -> Result<()> {
    Binding::of_operations(channel, KAFKA).try_for_each(|binding| {
        let binding = binding?;
        binding.known(&["groupId", "clientId"])?;
        let mut fields = binding.fields();
        let unheeded = fields.find_map(|(field, value)| Some((field, unheeded(value)?)));
        unheeded.map_or(Ok(()), |(field, keyword)| {
            let why = format!(
                "has the keyword `{keyword}`, which nobody looks at; name what it may be by `enum` or `const`"
            );
            Err(binding.cannot(field, &why))
        })
    })
}

/// A keyword of a schema that says more than `texts` reads; a schema of any text says nothing.
fn unheeded(schema: &Value) -> Option<&str> {
    let heeded = [
        "type",
        "enum",
        "const",
        "title",
        "description",
        "examples",
        "default",
    ];
    let mut keywords = schema.as_object().into_iter().flatten();
    let unheeded = keywords.find(|(keyword, value)| match &***keyword {
        "type" => *value != "string",
        keyword => !heeded.contains(&keyword) && !keyword.starts_with("x-"),
    });
    unheeded.map(|(keyword, _)| &**keyword)
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

#[cfg(test)]
mod tests {
    use super::super::channel;
    use super::*;
    use serde_json::json;
    use tidings::Bindings;

    fn of(operations: &Value) -> Channel {
        let told = json!({ "operations": operations }).to_string();
        Channel::publish_subscribe("orders").with_bindings(Bindings::read(&told))
    }

    #[test]
    fn operations_allow_groups_and_name_clients() -> Result<()> {
        let told = of(&json!({
            "a": { "kafka": { "groupId": { "type": "string", "enum": ["billing", "audit"] }, "x-of-ours": 1 } },
            "b": { "kafka": { "groupId": { "const": "mail" }, "clientId": { "const": "me" }, "bindingVersion": "0.5.0" } },
            "c": { "kafka": { "groupId": { "type": "string", "description": "any" } } },
        }));
        assert_eq!(groups(&told), ["billing", "audit", "mail"]);
        assert_eq!(client(&told), Some("me"));
        channel(&told).map(drop)
    }

    #[test]
    fn what_nobody_looks_at_is_refused_by_name() {
        for (wrong, says) in [
            (json!({ "acks": "all" }), "`acks`"),
            (
                json!({ "groupId": { "type": "string", "pattern": "^a" } }),
                "keyword `pattern`",
            ),
            (
                json!({ "groupId": { "type": "integer" } }),
                "keyword `type`",
            ),
            (
                json!({ "clientId": { "minLength": 3 } }),
                "keyword `minLength`",
            ),
        ] {
            let told = of(&json!({ "work": { "kafka": wrong } }));
            let error = channel(&told).err().map(|error| error.to_string());
            let error = error.expect(says);
            let parts = [says, "operation `work`", "channel `orders`"];
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }
}
