//! Messages go to a topic, ten in a request, each with an outcome of its own.
use super::topic::{Spot, Topics, missing};
use crate::{
    fault,
    packing::{self, group},
    waves::{self, Limits, Parcel},
};
use aws_sdk_sns::types::{
    MessageAttributeValue, PublishBatchRequestEntry, builders::PublishBatchRequestEntryBuilder,
};
use std::time::SystemTime;
use tidings::{Channel, Error, ErrorKind, Message, Result, Str};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// Most bytes of a message as it travels, and of a request.
pub(crate) const WIRE: usize = 256 << 10;

const LIMITS: Limits = Limits {
    count: 10,
    bytes: WIRE,
    requests: 8,
};

impl Topics {
    pub(crate) async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let found = self.find(channel, deadline).await;
        let pack = |message: &Message| match &found {
            Ok((spot, _)) => pack(spot, message),
            Err(error) => Err(error.clone()),
        };
        let outcomes = waves::publish(batch, LIMITS, deadline, pack, |entries| async {
            match &found {
                Ok((spot, arn)) => self.send(&spot.name, arn, entries).await,
                Err(error) => Err(error.clone()),
            }
        });
        outcomes.await
    }

    /// The topic of a channel and its ARN, unless it is too late to ask.
    async fn find(&self, channel: &Channel, deadline: Instant) -> Result<(Spot, Str)> {
        self.core.check_open("publish")?;
        let spot = Spot::of("publish", channel)?;
        let asking = timeout_at(deadline, self.arn("publish", &spot.name));
        let outcome = asking.await.unwrap_or_else(|_| Err(fault::late("publish")));
        // Nothing was sent.
        let arn = outcome.map_err(|error| {
            let error = fault::unsent("publish", &error);
            error.with("channel", &channel.address)
        })?;
        Ok((spot, arn))
    }

    async fn send(
        &self,
        name: &str,
        arn: &str,
        entries: Vec<PublishBatchRequestEntryBuilder>,
    ) -> Result<Vec<Result<()>>> {
        self.core.check_open("publish")?;
        let entries = entries.into_iter().enumerate();
        let entries = entries.map(|(at, entry)| entry.id(at.to_string()).build());
        let entries: Vec<PublishBatchRequestEntry> = entries
            .collect::<Result<_, _>>()
            .map_err(|error| fault::unwritten("publish", error))?;
        let mut outcomes: Vec<Result<()>> = entries
            .iter()
            .map(|_| Err(fault::late("publish")))
            .collect();
        let asking = self.client.publish_batch().topic_arn(arn);
        let asking = asking.set_publish_batch_request_entries(Some(entries));
        let answer = self.core.ask("publish", asking.send()).await;
        let answer = answer.map_err(|error| match error.kind() {
            ErrorKind::NotFound => missing("publish", name),
            _ => error,
        })?;
        let place = |id: &str| id.parse::<usize>().ok();
        for one in answer.successful() {
            let at = one.id().and_then(place);
            if let Some(outcome) = at.and_then(|at| outcomes.get_mut(at)) {
                *outcome = Ok(());
            }
        }
        for one in answer.failed() {
            if let Some(outcome) = place(one.id()).and_then(|at| outcomes.get_mut(at)) {
                let error = fault::entry("publish", one.sender_fault(), one.code(), one.message());
                *outcome = Err(error.with("topic", name));
            }
        }
        Ok(outcomes)
    }
}

fn pack(spot: &Spot, message: &Message) -> Result<Parcel<PublishBatchRequestEntryBuilder>> {
    if message
        .not_before
        .is_some_and(|time| time > SystemTime::now())
    {
        let reason = "SNS holds no message back; leave `not_before` out";
        return Err(Error::new(ErrorKind::Unsupported, "publish", reason));
    }
    let of = spot.is_fifo.then(|| group(message));
    let packed = packing::pack(message, of.as_deref(), WIRE)?;
    let size = packed.size();
    let mut entry = PublishBatchRequestEntry::builder().message(packed.body);
    if let Some(of) = of {
        // Not the message's own, by which what is sent again on purpose would be lost without a word for five minutes.
        let id = Uuid::now_v7().to_string();
        entry = entry.message_group_id(of).message_deduplication_id(id);
    }
    for (name, value) in packed.attributes {
        let value = MessageAttributeValue::builder()
            .data_type(packing::STRING)
            .string_value(value);
        let value = value
            .build()
            .map_err(|error| fault::unwritten("publish", error))?;
        entry = entry.message_attributes(name, value);
    }
    Ok(Parcel { entry, size })
}
