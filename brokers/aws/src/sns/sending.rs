//! Messages go to a topic, ten in a request, each with an outcome of its own.
use super::topic::{LIMITS, Spot, Topics, WIRE, missing};
use crate::{
    collecting::Collecting,
    fault, packing,
    putting::Put,
    sending::{self, Failed},
    waves::{Limits, Parcel},
};
use aws_sdk_sns::{
    primitives::Blob,
    types::{
        MessageAttributeValue, PublishBatchRequestEntry, builders::PublishBatchRequestEntryBuilder,
    },
};
use std::time::SystemTime;
use tidings::{Channel, Error, ErrorKind, Message, Result};
use tokio::time::Instant;

impl Topics {
    pub(crate) async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let found = self.find(channel, deadline).await;
        sending::publish(self, &found, batch, deadline, pack).await
    }

    /// The topic of a channel and its name.
    async fn find(&self, channel: &Channel, deadline: Instant) -> Result<(Spot, String)> {
        let spot = Spot::of("publish", channel)?;
        let asking = self.arn("publish", &spot.name);
        let arn = sending::find(&self.core, channel, deadline, asking).await?;
        spot.check("publish", &arn)?;
        let name = spot.name.clone();
        Ok((spot, name))
    }
}

impl Put for Topics {
    type Entry = PublishBatchRequestEntryBuilder;
    const LIMITS: Limits = LIMITS;

    fn collecting(&self) -> &Collecting<Self::Entry> {
        &self.collecting
    }

    async fn put(
        &self,
        name: &str,
        entries: Vec<Self::Entry>,
        bytes: usize,
    ) -> Result<Vec<Result<()>>> {
        self.core.check_open("publish")?;
        let arn = self.arn("publish", name).await?;
        let entries = entries.into_iter().enumerate();
        let entries = entries.map(|(at, entry)| entry.id(at.to_string()).build());
        let entries: Vec<PublishBatchRequestEntry> = entries
            .collect::<Result<_, _>>()
            .map_err(|error| fault::unwritten("publish", error))?;
        let count = entries.len();
        let asking = self.client.publish_batch().topic_arn(&*arn);
        let asking = asking.set_publish_batch_request_entries(Some(entries));
        let within = sending::within(&self.core, LIMITS, bytes);
        let answer = self.core.ask_topics("publish", Some(within), asking.send());
        let answer = answer.await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => missing("publish", name),
            _ => error,
        })?;
        let done = answer.successful().iter().filter_map(|one| one.id());
        let failed = answer.failed().iter().map(|one| Failed {
            id: one.id(),
            is_ours: one.sender_fault(),
            code: one.code(),
            text: one.message(),
        });
        Ok(sending::outcomes(count, done, failed, ("topic", name)))
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
    let of = sending::grouped(message, spot.is_fifo);
    let group = of.as_ref().map(|(group, _)| &**group);
    let packed = packing::pack(message, group, WIRE, &spot.told.filtered)?;
    let size = packed.size();
    let mut entry = PublishBatchRequestEntry::builder().message(packed.body);
    if let Some((group, id)) = of {
        entry = entry.message_group_id(group).message_deduplication_id(id);
    }
    for (name, attribute) in packed.attributes {
        let value = MessageAttributeValue::builder().data_type(&attribute.kind);
        let value = match attribute.text() {
            Some(text) => value.string_value(text),
            None => value.binary_value(Blob::new(attribute.value)),
        };
        let value = value.build();
        let value = value.map_err(|error| fault::unwritten("publish", error))?;
        entry = entry.message_attributes(name, value);
    }
    Ok(Parcel { entry, size })
}
