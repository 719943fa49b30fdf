//! Messages go to a queue, ten in a request, each with an outcome of its own.
use super::{
    queue::Place,
    queues::{LIMITS, Queues, WIRE},
};
use crate::{
    collecting::Collecting,
    fault, names, packing,
    putting::Put,
    sending::{self, Failed},
    waves::{Limits, Parcel},
};
use aws_sdk_sqs::{
    primitives::Blob,
    types::{
        MessageAttributeValue, SendMessageBatchRequestEntry,
        builders::SendMessageBatchRequestEntryBuilder,
    },
};
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};
use tidings::{Channel, Error, ErrorKind, Message, Result};
use tokio::time::Instant;

/// Longest time that a queue holds a message back for.
pub(crate) const LONGEST_DELAY: Duration = Duration::from_secs(900);

impl Queues {
    pub(crate) async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let found = self.find(channel, deadline).await;
        sending::publish(self, &found, batch, deadline, pack).await
    }

    /// The queue of a channel, which is there, and its name.
    async fn find(&self, channel: &Channel, deadline: Instant) -> Result<(Place, String)> {
        let place = Place::of("publish", channel)?;
        let asking = self.url("publish", &place.name);
        sending::find(&self.core, channel, deadline, asking).await?;
        let name = place.name.clone();
        Ok((place, name))
    }
}

impl Put for Queues {
    type Entry = SendMessageBatchRequestEntryBuilder;
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
        let url = self.url("publish", name).await?;
        let entries = entries.into_iter().enumerate();
        let entries = entries.map(|(at, entry)| entry.id(at.to_string()).build());
        let entries: Vec<SendMessageBatchRequestEntry> = entries
            .collect::<Result<_, _>>()
            .map_err(|error| fault::unwritten("publish", error))?;
        let count = entries.len();
        let asking = self.client.send_message_batch().queue_url(&*url);
        let asking = asking.set_entries(Some(entries)).send();
        let within = sending::within(&self.core, LIMITS, bytes);
        let asked = self.core.ask_within("publish", within, asking);
        let answer = asked.await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                self.forget(name);
                error.retryable(names::is_new(name))
            }
            _ => error,
        })?;
        let done = answer.successful().iter().map(|one| one.id());
        let failed = answer.failed().iter().map(|one| Failed {
            id: one.id(),
            is_ours: one.sender_fault(),
            code: one.code(),
            text: one.message(),
        });
        Ok(sending::outcomes(count, done, failed, ("queue", name)))
    }
}

fn pack(place: &Place, message: &Message) -> Result<Parcel<SendMessageBatchRequestEntryBuilder>> {
    let delay = delay(place, message)?;
    let of = sending::grouped(message, place.is_fifo);
    let group = of.as_ref().map(|(group, _)| &**group);
    let packed = packing::pack(message, group, WIRE, &BTreeSet::new())?;
    let size = packed.size();
    let mut entry = SendMessageBatchRequestEntry::builder()
        .message_body(packed.body)
        .set_delay_seconds(delay);
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

/// For how many seconds it is held back, where it is.
fn delay(place: &Place, message: &Message) -> Result<Option<i32>> {
    let left = |time: SystemTime| time.duration_since(SystemTime::now()).ok();
    let Some(left) = message.not_before.and_then(left) else {
        return Ok(None);
    };
    let refused = |reason: String| Err(Error::new(ErrorKind::Unsupported, "publish", reason));
    if place.is_fifo {
        return refused("a FIFO queue holds back no single message; leave `not_before` out".into());
    }
    if left > LONGEST_DELAY {
        let most = LONGEST_DELAY.as_secs();
        return refused(format!("SQS holds a message back for {most} s at most"));
    }
    Ok(Some(seconds(left)))
}

/// In whole seconds, none of them too few.
pub(crate) fn seconds(time: Duration) -> i32 {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::Queue;

    fn place(name: &str) -> Place {
        Place::named(name.to_owned(), Queue::default())
    }

    #[test]
    fn what_is_for_later_says_so_in_whole_seconds() -> Result<()> {
        let mut message = Message::new("a");
        assert_eq!(delay(&place("a"), &message)?, None);
        let after = |seconds: f64| Some(SystemTime::now() + Duration::from_secs_f64(seconds));
        message.not_before = after(1.5);
        assert_eq!(delay(&place("a"), &message)?, Some(2));
        let error = delay(&place("a.fifo"), &message).err();
        assert!(error.is_some_and(|error| error.to_string().contains("`not_before`")));
        message.not_before = after(1000.0);
        let error = delay(&place("a"), &message).err();
        assert_eq!(
            error.map(|error| error.kind()),
            Some(ErrorKind::Unsupported)
        );
        message.not_before = Some(SystemTime::UNIX_EPOCH);
        assert_eq!(delay(&place("a.fifo"), &message)?, None);
        Ok(())
    }

    #[test]
    fn fifo_queues_have_groups_and_ids() -> Result<()> {
        let mut message = Message::new("a");
        message.key = Some("O-1".into());
        let entry = pack(&place("a.fifo"), &message)?.entry;
        assert_eq!(entry.get_message_group_id().as_deref(), Some("O-1"));
        let again = pack(&place("a.fifo"), &message)?.entry;
        let ids = [&entry, &again].map(|entry| entry.get_message_deduplication_id());
        assert!(ids[0].is_some() && ids[0] != ids[1], "it would be lost");
        let entry = pack(&place("a"), &message)?.entry;
        assert_eq!(entry.get_message_group_id(), &None);
        Ok(())
    }
}
