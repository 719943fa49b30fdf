//! Topics as SNS has them, as far as tests look: what a queue's policy does not let through is thrown away without a word.
use crate::{
    queues::{Outcome, last},
    server::{State, lock},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Mutex};

const ARN: &str = "arn:aws:sns:here:123456789012";

#[derive(Default)]
pub(crate) struct Topics {
    pub(crate) all: BTreeMap<String, Map<String, Value>>,
    /// Topics, queues' ARNs and attributes of subscriptions, by their ARNs.
    pub(crate) subscriptions: BTreeMap<String, (String, String, Map<String, Value>)>,
}

pub(crate) fn act(state: &Mutex<State>, action: &str, told: &Value) -> Outcome {
    let state = &mut *lock(state);
    let get = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let said = match action {
        "ListTopics" => {
            let all = state.topics.all.keys();
            let all = all.map(|arn| format!("<member><TopicArn>{arn}</TopicArn></member>"));
            format!("<Topics>{}</Topics>", all.collect::<String>())
        }
        "CreateTopic" => {
            let arn = format!("{ARN}:{}", get("Name"));
            state
                .topics
                .all
                .insert(arn.clone(), entries(told, "Attributes.entry"));
            format!("<TopicArn>{arn}</TopicArn>")
        }
        "GetTopicAttributes" => match state.topics.all.get(&get("TopicArn")) {
            Some(attributes) => written(attributes),
            None => return Err((404, "NotFound")),
        },
        "SetTopicAttributes" => match state.topics.all.get_mut(&get("TopicArn")) {
            Some(attributes) => {
                attributes.insert(get("AttributeName"), get("AttributeValue").into());
                String::new()
            }
            None => return Err((404, "NotFound")),
        },
        "Subscribe" => {
            let (topic, queue) = (get("TopicArn"), get("Endpoint"));
            let arn = format!("{topic}:{}", last(&queue));
            let one = (topic, queue, entries(told, "Attributes.entry"));
            state.topics.subscriptions.insert(arn.clone(), one);
            format!("<SubscriptionArn>{arn}</SubscriptionArn>")
        }
        "Unsubscribe" => {
            state.topics.subscriptions.remove(&get("SubscriptionArn"));
            String::new()
        }
        "ListSubscriptionsByTopic" => {
            let topic = get("TopicArn");
            let all = state.topics.subscriptions.iter();
            let all = all.filter(|(_, (of, ..))| *of == topic).map(|(arn, (of, queue, _))| {
                format!(
                    "<member><TopicArn>{of}</TopicArn><SubscriptionArn>{arn}</SubscriptionArn><Endpoint>{queue}</Endpoint></member>"
                )
            });
            format!("<Subscriptions>{}</Subscriptions>", all.collect::<String>())
        }
        "GetSubscriptionAttributes" => {
            match state.topics.subscriptions.get(&get("SubscriptionArn")) {
                Some((.., attributes)) => written(attributes),
                None => return Err((404, "NotFound")),
            }
        }
        "PublishBatch" => publish(state, told),
        _ => return Err((400, "InvalidAction")),
    };
    Ok(format!(
        "<{action}Response><{action}Result>{said}</{action}Result></{action}Response>"
    ))
}

fn publish(state: &mut State, told: &Value) -> String {
    let topic = told["TopicArn"].as_str().unwrap_or_default().to_owned();
    let of_topic = state.topics.subscriptions.values();
    let of_topic = of_topic.filter(|(of, ..)| *of == topic);
    let queues: Vec<String> = of_topic
        .map(|(_, queue, _)| last(queue).to_owned())
        .collect();
    let mut done = String::new();
    for at in 1.. {
        let entry = format!("PublishBatchRequestEntries.member.{at}");
        let get = |name: &str| told[format!("{entry}.{name}")].as_str();
        let Some(id) = get("Id") else { break };
        let attributes = entries(told, &format!("{entry}.MessageAttributes.entry"));
        for queue in &queues {
            if state.queues.lets(queue, &topic) {
                let (body, group) = (get("Message").unwrap_or_default(), get("MessageGroupId"));
                state
                    .queues
                    .put(queue, body, Value::Object(attributes.clone()), group);
            }
        }
        done += &format!("<member><Id>{id}</Id><MessageId>1</MessageId></member>");
    }
    format!("<Successful>{done}</Successful><Failed></Failed>")
}

/// A map of a form: by `key` and `value`, or `Name` and an attribute of a message.
fn entries(told: &Value, prefix: &str) -> Map<String, Value> {
    let mut all = Map::new();
    for at in 1.. {
        let get = |name: &str| told[format!("{prefix}.{at}.{name}")].as_str();
        let Some(name) = get("key").or_else(|| get("Name")) else {
            return all;
        };
        let value = match (
            get("value"),
            get("Value.DataType"),
            get("Value.StringValue"),
        ) {
            (Some(value), ..) => value.into(),
            (None, kind, text) => json!({ "DataType": kind, "StringValue": text }),
        };
        all.insert(name.to_owned(), value);
    }
    all
}

fn written(attributes: &Map<String, Value>) -> String {
    let escaped = |value: &str| value.replace('&', "&amp;").replace('<', "&lt;");
    let all = attributes.iter().map(|(name, value)| {
        let value = escaped(value.as_str().unwrap_or_default());
        format!("<entry><key>{name}</key><value>{value}</value></entry>")
    });
    format!("<Attributes>{}</Attributes>", all.collect::<String>())
}
