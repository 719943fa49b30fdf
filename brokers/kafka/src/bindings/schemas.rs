//! Every field that the binding's schemas have makes a difference, or is refused by its name.
use super::{client, group, groups, message, messages, server};
use crate::topic;
use serde_json::{Value, json};
use tidings::{Bindings, Channel, Result, Server};
use tidings_document::{Level, binding_paths};

/// What generated code takes keys by, so that nothing is left to do here.
const BY_CODE: &str = "key";

/// Values that a field may have, and one that it may not.
fn values(path: &str) -> (Vec<Value>, Value) {
    let (one, other) = match path {
        "topic" => (json!("one"), json!("other")),
        "partitions" | "replicas" => (json!(1), json!(2)),
        "topicConfiguration.cleanup.policy" => (json!(["compact"]), json!(["compact", "delete"])),
        "groupId" | "clientId" => (json!({ "const": "one" }), json!({ "enum": ["other"] })),
        "schemaIdLocation" => return (vec![json!("payload")], json!("header")),
        path if path.ends_with(".validation") => (json!(true), json!(false)),
        path if path.ends_with(".strategy") => (json!("one"), json!("other")),
        path if path.starts_with("topicConfiguration.") => (json!(1000), json!(-1)),
        // Refused whatever they say.
        _ => return (Vec::new(), json!("one")),
    };
    (vec![one, other], json!({ "maxLength": 0 }))
}

/// What is created, read and written by a binding.
fn outcome(level: Level, binding: &Value) -> Result<String> {
    let told = match level {
        Level::Server => {
            let bindings = Bindings::new([("kafka", binding.clone())]);
            let asked = Server::new("kafka", "kafka://a:1").with_bindings(bindings);
            return server(&asked).map(|()| String::new());
        }
        Level::Channel => json!({ "own": { "kafka": binding } }),
        Level::Operation => json!({ "operations": { "receive": { "kafka": binding } } }),
        Level::Message => json!({ "messages": { "Order": { "kafka": binding } } }),
    };
    let channel = Channel::publish_subscribe("orders");
    let channel = channel.with_bindings(Bindings::read(&told.to_string()));
    let topic = topic::of("subscribe", &channel)?;
    messages(&channel)?;
    message(&channel, Some("Order"), b"\0\0\0\0\x01")?;
    let has_number = message(&channel, Some("Order"), b"").is_err();
    let member = (group(&channel)?, groups(&channel)?, client(&channel)?);
    let properties = (topic.partitions, topic.replicas, topic.properties);
    Ok(format!(
        "{} {properties:?} {member:?} {has_number}",
        topic.name
    ))
}

/// A binding that says one thing; names of properties have dots.
fn saying(path: &str, value: &Value) -> Value {
    match path.split_once('.') {
        Some((holder, field)) => json!({ holder: { field: value } }),
        None => json!({ path: value }),
    }
}

fn check(level: Level, path: &str) {
    let (good, bad) = values(path);
    let all = good
        .iter()
        .map(|value| outcome(level, &saying(path, value)));
    let mut all: Vec<String> = all.collect::<Result<_>>().expect(path);
    all.push(outcome(level, &json!({})).expect("nothing is said"));
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "{path} makes no difference: {all:?}");
    let error = outcome(level, &saying(path, &bad))
        .expect_err(path)
        .to_string();
    assert!(
        error.contains(&format!("`{path}` of the `kafka` binding")),
        "{path}: {error}"
    );
}

#[test]
fn every_field_of_the_schemas_is_honoured_or_refused_by_name() {
    for (level, name) in Level::ALL {
        let paths = binding_paths("kafka", level);
        assert!(paths.len() > 2, "{name}: {paths:?}");
        let within = |path: &String| path.split_once('.').map(|(holder, _)| holder.to_owned());
        let holders: Vec<_> = paths.iter().filter_map(within).collect();
        for path in paths.iter().filter(|path| !holders.contains(path)) {
            match &**path {
                "bindingVersion" => assert!(outcome(level, &json!({ path: "0.3.0" })).is_ok()),
                BY_CODE => assert!(outcome(level, &json!({ path: { "type": "string" } })).is_ok()),
                path => check(level, path),
            }
        }
        // And one that no schema has.
        check(level, "colour");
    }
}
