//! What the bindings of a channel's operations say: who may receive, and as whom.
use super::KAFKA;
use serde_json::Value;
use tidings::{Binding, Channel, Result, Str};

const GROUP: &str = "groupId";
const CLIENT: &str = "clientId";

/// Keywords of a schema that say nothing of what a value may be.
const SILENT: [&str; 3] = ["title", "description", "examples"];

/// Refuses what the bindings of a channel's operations say and nobody looks at.
pub(crate) fn operations(channel: &Channel) -> Result<()> {
    Binding::of_operations(channel, KAFKA).try_for_each(|binding| {
        let binding = binding?;
        binding.known(&[GROUP, CLIENT])?;
        texts(&binding, GROUP)?;
        texts(&binding, CLIENT).map(drop)
    })
}

/// The groups that the channel's operations allow; none where they say nothing.
pub(crate) fn groups(channel: &Channel) -> Result<Vec<&str>> {
    let lists = allowed(channel, GROUP)?;
    Ok(lists.into_iter().flat_map(|(_, texts)| texts).collect())
}

/// The group that the channel's operations allow, where all consumers are in one.
pub(crate) fn group(channel: &Channel) -> Result<Option<Str>> {
    agreed(channel, GROUP)
}

/// How the channel's operations name the client that receives, where they do.
pub(crate) fn client(channel: &Channel) -> Result<Option<Str>> {
    agreed(channel, CLIENT)
}

/// The first value that all operations allow which say what a field may be.
fn agreed(channel: &Channel, field: &'static str) -> Result<Option<Str>> {
    let lists = allowed(channel, field)?;
    let Some((_, first)) = lists.first() else {
        return Ok(None);
    };
    let excludes = |value: &str| lists.iter().find(|(_, texts)| !texts.contains(&value));
    match first.iter().find(|value| excludes(value).is_none()) {
        Some(value) => Ok(Some((*value).into())),
        None => {
            let why =
                "allows nothing that another operation of its channel does; say the same in both";
            let other = first.first().and_then(|value| excludes(value));
            let (binding, _) = other.unwrap_or(&lists[0]);
            Err(binding.cannot(field, why))
        }
    }
}

/// What the operations say that a field may be, those that say anything.
fn allowed<'a>(
    channel: &'a Channel,
    field: &'static str,
) -> Result<Vec<(Binding<'a>, Vec<&'a str>)>> {
    let all = Binding::of_operations(channel, KAFKA).map(|binding| {
        let binding = binding?;
        let texts = texts(&binding, field)?;
        Ok((binding, texts))
    });
    let all = all.collect::<Result<Vec<_>>>()?.into_iter();
    Ok(all.filter(|(_, texts)| !texts.is_empty()).collect())
}

/// What a field may be, by the `const` or `enum` of its schema; a schema of any text says nothing.
fn texts<'a>(binding: &Binding<'a>, field: &'static str) -> Result<Vec<&'a str>> {
    let schema = match binding.get(field) {
        None | Some(Value::Bool(true)) => return Ok(Vec::new()),
        Some(Value::Object(_)) => binding.part(field)?,
        Some(_) => {
            let what = "is no schema; name what it may be by `enum` or `const`";
            return Err(binding.wrong(field, what));
        }
    };
    if let Some(keyword) = schema.fields().find_map(unheeded) {
        let why = format!(
            "has the keyword `{keyword}`, which nobody looks at; name what it may be by `enum` or `const`"
        );
        return Err(binding.cannot(field, &why));
    }
    let (constant, several) = (schema.get("const"), schema.get("enum"));
    let values = match (constant, several) {
        (Some(constant), _) => std::slice::from_ref(constant),
        (None, Some(Value::Array(several))) if !several.is_empty() => several,
        (None, Some(_)) => return Err(binding.wrong(field, "has an `enum` that allows nothing")),
        (None, None) => &[],
    };
    let texts: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
    texts.ok_or_else(|| binding.wrong(field, "may be something that is no text"))
}

/// A keyword of a schema that says more than `texts` reads.
fn unheeded<'a>((keyword, value): (&'a str, &Value)) -> Option<&'a str> {
    let is_heeded = match keyword {
        "const" | "enum" => true,
        "type" => *value == "string",
        keyword => SILENT.contains(&keyword),
    };
    (!is_heeded).then_some(keyword)
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
        assert_eq!(groups(&told)?, ["billing", "audit", "mail"]);
        assert_eq!(client(&told)?.as_deref(), Some("me"));
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
            (
                json!({ "groupId": { "default": "billing" } }),
                "keyword `default`",
            ),
            (json!({ "groupId": "billing" }), "`groupId`"),
            (json!({ "groupId": null }), "`groupId`"),
            (json!({ "groupId": { "const": 7 } }), "`groupId`"),
            (json!({ "clientId": { "enum": ["a", 7] } }), "`clientId`"),
            (json!({ "clientId": { "enum": [] } }), "`clientId`"),
        ] {
            let told = of(&json!({ "work": { "kafka": wrong } }));
            let error = channel(&told).err().map(|error| error.to_string());
            let error = error.expect(says);
            let parts = [says, "operation `work`", "channel `orders`"];
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }

    #[test]
    fn what_one_receiver_is_called_is_what_all_operations_allow() -> Result<()> {
        let told = |one: Value, other: Value| {
            of(
                &json!({ "a": { "kafka": { "clientId": one } }, "b": { "kafka": { "clientId": other } } }),
            )
        };
        let several = json!({ "enum": ["a", "b"] });
        let agreed = told(several, json!({ "const": "b", "enum": ["a", "b"] }));
        assert_eq!(client(&agreed)?.as_deref(), Some("b"));
        assert_eq!(
            client(&told(json!(true), json!({ "type": "string" })))?,
            None
        );
        let differ = told(json!({ "const": "a" }), json!({ "const": "b" }));
        // Whoever sends is not called so.
        channel(&differ).map(drop)?;
        let error = client(&differ).expect_err("it has one name").to_string();
        let says = "`clientId` of the `kafka` binding of operation `b` allows nothing";
        assert!(error.contains(says), "{error}");
        Ok(())
    }
}
