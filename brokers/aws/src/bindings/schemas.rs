//! Every field that the bindings' schemas have is kept, so that leaving it out makes a difference, or refused by its name.
use super::{queue, topic};
use serde_json::{Value, json};
use tidings::{Bindings, Channel, Result, Server};
use tidings_document::{Level, binding_paths};

/// What says something only where it is not as it has to be here, with such a value.
const CHECKED: [(&str, &str); 2] = [
    ("consumers[].protocol", r#""https""#),
    ("consumers[].rawMessageDelivery", "false"),
];

/// A queue that is described in full.
fn described(name: &str) -> Value {
    json!({
        "name": name, "fifoQueue": true, "deduplicationScope": "messageGroup",
        "fifoThroughputLimit": "perMessageGroupId", "deliveryDelay": 1, "visibilityTimeout": 2,
        "receiveMessageWaitTime": 3, "messageRetentionPeriod": 60, "tags": { "owner": "me" },
        "redrivePolicy": { "deadLetterQueue": { "name": "dead" }, "maxReceiveCount": 5 },
        "policy": policy(),
    })
}

fn policy() -> Value {
    json!({ "statements": [{ "effect": "Allow", "principal": "*", "action": "*" }] })
}

/// A channel of each kind by its bindings, and where in these the binding of a protocol and a level is.
struct Case {
    protocol: &'static str,
    level: Level,
    place: &'static str,
    all: Value,
    is_topic: bool,
}

fn cases() -> [Case; 4] {
    let sqs = json!({ "own": { "sqs": { "queue": described("own"), "deadLetterQueue": described("dead") } } });
    let consumer = json!({
        "protocol": "sqs", "endpoint": { "name": "billing" }, "rawMessageDelivery": true,
        "filterPolicy": { "kind": ["paid"] }, "filterPolicyScope": "MessageBody",
        "redrivePolicy": { "deadLetterQueue": { "name": "lost" }, "maxReceiveCount": 3 },
    });
    let own = json!({
        "name": "own", "ordering": { "type": "FIFO", "contentBasedDeduplication": true },
        "policy": policy(), "tags": { "owner": "me" },
    });
    let mut billing = described("billing");
    // The consumer's counts before it.
    billing["redrivePolicy"] = Value::Null;
    let topic = |billing: Value, consumer: Value| {
        json!({
            "own": { "sns": own },
            "operations": { "tell": { "sns": { "topic": { "name": "own" }, "consumers": [consumer] }, "sqs": { "queues": [billing] } } },
        })
    };
    let without = |mut value: Value, field: &str| {
        drop(value.as_object_mut().map(|all| all.remove(field)));
        value
    };
    let plain = without(billing, "redrivePolicy");
    let sns = topic(plain, consumer.clone());
    let queues = topic(described("billing"), without(consumer, "redrivePolicy"));
    // Which the other says as well.
    let (mut channel, mut operation) = (sns.clone(), sns);
    channel["operations"]["tell"]["sns"] =
        without(channel["operations"]["tell"]["sns"].take(), "topic");
    operation["own"]["sns"] = without(operation["own"]["sns"].take(), "name");
    let case = |protocol, level, place, all, is_topic| Case {
        protocol,
        level,
        place,
        all,
        is_topic,
    };
    [
        case("sqs", Level::Channel, "/own/sqs", sqs, false),
        case("sns", Level::Channel, "/own/sns", channel, true),
        case(
            "sns",
            Level::Operation,
            "/operations/tell/sns",
            operation,
            true,
        ),
        case(
            "sqs",
            Level::Operation,
            "/operations/tell/sqs",
            queues,
            true,
        ),
    ]
}

/// What is read of a channel, whatever that is.
fn outcome(case: &Case, all: &Value) -> Result<String> {
    let bindings = Bindings::read(&all.to_string());
    match case.is_topic {
        true => {
            let channel = Channel::publish_subscribe("events").with_bindings(bindings);
            topic(&channel).map(|topic| format!("{topic:?}"))
        }
        false => {
            let channel = Channel::point_to_point("orders").with_bindings(bindings);
            queue(&channel).map(|queue| format!("{queue:?}"))
        }
    }
}

/// The object that has a field, and the field's name.
fn holder<'a>(case: &Case, all: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let pointer = path.replace("[]", "/0").replace('.', "/");
    let pointer = format!("{}/{pointer}", case.place);
    let (holder, field) = pointer.rsplit_once('/')?;
    Some((all.pointer_mut(holder)?, field.to_owned()))
}

/// What comes of a binding where a field has that value, or is not there.
fn changed(case: &Case, path: &str, value: Option<Value>) -> Result<String> {
    let mut all = case.all.clone();
    if let Some((holder, field)) = holder(case, &mut all, path) {
        match value {
            Some(value) => holder[field] = value,
            None => drop(holder.as_object_mut().map(|fields| fields.remove(&field))),
        }
    }
    outcome(case, &all)
}

fn check(case: &Case, path: &str) {
    let mut all = case.all.clone();
    let place = holder(case, &mut all, path);
    let Some((holder, field)) = place else {
        // What has it is refused itself.
        let (before, _) = path.rsplit_once('.').unwrap_or_default();
        return check(case, before);
    };
    let is_said = holder.get(&field).is_some();
    let as_it_is = outcome(case, &case.all).expect("all of it is kept");
    if is_said && changed(case, path, None).is_err() {
        return;
    }
    if is_said && changed(case, path, None).is_ok_and(|without| without != as_it_is) {
        return;
    }
    let other = CHECKED.iter().find(|(checked, _)| *checked == path);
    let other = other.and_then(|(_, other)| serde_json::from_str(other).ok());
    assert!(
        !is_said || other.is_some(),
        "{path} is kept, and makes no difference"
    );
    let refused = changed(case, path, Some(other.unwrap_or_else(|| json!("odd"))));
    // What may be said instead of a name, and makes another of it, or is not what the rest says.
    let is_instead = matches!(&*field, "arn" | "url");
    if is_instead && refused.as_ref().map_or(true, |other| *other != as_it_is) {
        return;
    }
    let error = refused.expect_err(path).to_string();
    assert!(error.contains(&field), "{path}: {error}");
}

#[test]
fn every_field_of_the_schemas_is_kept_or_refused_by_name() {
    for case in cases() {
        let paths = binding_paths(case.protocol, case.level);
        assert!(paths.len() > 4, "{paths:?}");
        for path in paths.iter().filter(|path| *path != "bindingVersion") {
            check(&case, path);
        }
        // And one that no schema has.
        check(&case, "colour");
    }
}

#[test]
fn servers_and_messages_have_no_fields_and_whatever_they_say_is_refused_by_name() {
    for protocol in ["sqs", "sns", "kinesis"] {
        assert!(binding_paths(protocol, Level::Server).is_empty());
        assert!(binding_paths(protocol, Level::Message).is_empty());
        let said = json!({ "bindingVersion": "1", "x-of-ours": 1, "colour": "red" });
        let own = Bindings::new([(protocol, said.clone())]);
        let server = Server::new(protocol, "sqs://here").with_bindings(own);
        let told = json!({ "messages": { "Paid": { protocol: said } } });
        let of_message =
            |channel: Channel| channel.with_bindings(Bindings::read(&told.to_string()));
        let mut refused = vec![super::server(Some(&server))];
        if protocol != "kinesis" {
            refused.push(queue(&of_message(Channel::point_to_point("a"))).map(drop));
            refused.push(topic(&of_message(Channel::publish_subscribe("a"))).map(drop));
        }
        for outcome in refused {
            let error = outcome.expect_err(protocol).to_string();
            let says = format!("`colour` of the `{protocol}` binding");
            assert!(error.contains(&says), "{error}");
        }
    }
}
