//! Asks a broker whether something is there: the management of Artemis, and the statistics of Classic.
use crate::{error::error, line::Line, place::Kind};
use fe2o3_amqp::{
    Receiver, Sender,
    link::receiver::CreditMode,
    types::{
        messaging::{
            AmqpValue, ApplicationProperties, Body, DeleteOnClose, Message, Properties, Source,
            Target,
        },
        primitives::{SimpleValue, Value},
    },
};
use serde_json::Value as Json;
use std::time::Duration;
use tidings::{Error, ErrorKind, Result};
use tokio::time::timeout;
use uuid::Uuid;

/// Where Artemis answers what is asked of it.
const MANAGEMENT: &str = "activemq.management";
/// What begins the name of where Classic does, which ends with what is asked for.
const STATISTICS: &str = "ActiveMQ.Statistics.Destination.";
/// Has Classic answer, too, where there is nothing.
const END: &str = "ActiveMQ.Statistics.Destination.List.End.With.Null";
/// How long an answer may take, that a broker without what answers never gives.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a broker answers.
pub(crate) type Answer = Message<Body<Value>>;

/// A question, and how its answer is read.
pub(crate) struct Question {
    /// Where it goes: a link to there, or one to nowhere by which it goes to where it says itself.
    target: Target,
    to: Option<String>,
    application: Vec<(&'static str, SimpleValue)>,
    body: Value,
    is_there: fn(&Answer) -> bool,
    /// The kind that it is to be of, which Artemis names.
    kind: Option<&'static str>,
    /// What the broker lacks that does not answer.
    lacks: &'static str,
}

/// What there is of what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    It,
    Nothing,
    /// Something of its name, and of another kind.
    Another,
}

/// What attribute of Artemis' something has, which says of which kinds it is.
pub(crate) fn of_artemis(resource: &str, attribute: &str, kind: Kind) -> Question {
    let kind = match kind {
        Kind::Queue => "ANYCAST",
        Kind::Topic => "MULTICAST",
    };
    Question {
        kind: Some(kind),
        ..management(resource, ("_AMQ_Attribute", attribute), Value::Null)
    }
}

/// What Artemis is told of an address.
pub(crate) fn settings_of_artemis(address: &str) -> Question {
    let operation = ("_AMQ_OperationName", "getAddressSettingsAsJSON");
    let parameters = Value::String(Json::from(vec![address]).to_string());
    management("broker", operation, parameters)
}

fn management(resource: &str, asks: (&'static str, &str), body: Value) -> Question {
    let text = |text: &str| SimpleValue::String(text.to_owned());
    Question {
        target: Target::from(MANAGEMENT),
        to: None,
        application: vec![
            ("_AMQ_ResourceName", text(resource)),
            (asks.0, text(asks.1)),
        ],
        body,
        is_there: |answer| {
            let told = answer.application_properties.as_ref();
            let told = told.and_then(|told| told.0.get("_AMQ_OperationSucceeded"));
            matches!(told, Some(SimpleValue::Bool(true)))
        },
        kind: None,
        lacks: "the broker lets the user not ask its management what is there; grant `manage`, or do without the check",
    }
}

/// How often a message of that address may be delivered, before Artemis gives it up; none where it never does, or does not say.
pub(crate) fn deliveries(answer: &Answer) -> Option<u64> {
    let Body::Value(AmqpValue(Value::String(said))) = &answer.body else {
        return None;
    };
    let [said]: [String; 1] = serde_json::from_str(said).ok()?;
    let settings: Json = serde_json::from_str(&said).ok()?;
    settings.get("maxDeliveryAttempts")?.as_u64()
}

/// Whether Classic has figures of a queue or a topic.
pub(crate) fn of_classic(address: &str) -> Question {
    let (kind, name) = address.split_once("://").unwrap_or(("queue", address));
    Question {
        target: Target::default(),
        to: Some(format!("{kind}://{STATISTICS}{name}")),
        application: vec![(END, SimpleValue::Bool(true))],
        body: Value::Null,
        is_there: |answer| match &answer.body {
            Body::Value(AmqpValue(Value::Map(figures))) => {
                figures.contains_key(&Value::String("destinationName".to_owned()))
            }
            _ => false,
        },
        kind: None,
        lacks: "the broker does not say what is there; load its statistics plugin, or do without the check",
    }
}

impl Question {
    /// Asks, and says what there is.
    pub(crate) async fn ask(&self, line: &Line) -> Result<Found> {
        Ok(self.found(&self.answer(line).await?))
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn answer(&self, line: &Line) -> Result<Answer> {
        let mut session = line.session("ensure").await?;
        let answers = Source::builder()
            .dynamic(true)
            .add_lifetime_policy(DeleteOnClose {})
            .build();
        let mut receiver = Receiver::builder()
            .name(Uuid::now_v7().to_string())
            .source(answers)
            .verify_incoming_source(false)
            .credit_mode(CreditMode::Manual)
            .attach(&mut session)
            .await
            .map_err(|failure| error("ensure", &failure))?;
        let credit = receiver.set_credit(1).await;
        credit.map_err(|failure| error("ensure", &failure))?;
        let mut sender = Sender::builder()
            .name(Uuid::now_v7().to_string())
            .target(self.target.clone())
            .attach(&mut session)
            .await
            .map_err(|failure| error("ensure", &failure))?;
        let reply_to = receiver.source().as_ref();
        let reply_to = reply_to.and_then(|source| source.address.clone());
        let sent = sender.send(self.message(reply_to)).await;
        let sent = sent.map_err(|failure| error("ensure", &failure))?;
        let answer = match sent.is_accepted() {
            true => timeout(PATIENCE, receiver.recv::<Body<Value>>()).await.ok(),
            false => None,
        };
        let Some(answer) = answer else {
            return Err(Error::new(ErrorKind::Unsupported, "ensure", self.lacks));
        };
        let answer = answer.map_err(|failure| error("ensure", &failure))?;
        drop(receiver.accept(&answer).await);
        drop((
            sender.close().await,
            receiver.close().await,
            session.end().await,
        ));
        Ok(answer.into_message())
    }

    fn found(&self, answer: &Answer) -> Found {
        if !(self.is_there)(answer) {
            return Found::Nothing;
        }
        let said = format!("{:?}", answer.body);
        match self.kind {
            Some(kind) if !said.contains(kind) && said.contains("CAST") => Found::Another,
            _ => Found::It,
        }
    }

    fn message(&self, reply_to: Option<String>) -> Message<AmqpValue<Value>> {
        let mut application = ApplicationProperties::default();
        for (name, value) in &self.application {
            application.0.insert((*name).to_owned(), value.clone());
        }
        let mut properties = Properties::new();
        properties.to = self.to.clone();
        properties.reply_to = reply_to;
        Message::builder()
            .properties(properties)
            .application_properties(application)
            .value(self.body.clone())
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(settings: &str) -> Option<u64> {
        let said = Json::from(vec![settings]).to_string();
        deliveries(
            &Message::builder()
                .value(Value::String(said))
                .build()
                .map_body(Body::Value),
        )
    }

    #[test]
    fn how_often_artemis_delivers_is_read() {
        let settings = r#"{"DLA":"DLQ","maxDeliveryAttempts":10,"redeliveryDelay":0}"#;
        assert_eq!(said(settings), Some(10));
        assert_eq!(said(r#"{"maxDeliveryAttempts":-1}"#), None);
        assert_eq!(said("{}"), None);
    }
}
