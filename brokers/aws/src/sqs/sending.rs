//! Messages go to a queue, ten in a request, each with an outcome of its own.
use super::queue::{Place, Queues};
use crate::{
    fault,
    packing::{self, group},
    waves::{self, Limits, Parcel},
};
use aws_sdk_sqs::types::{
    MessageAttributeValue, SendMessageBatchRequestEntry,
    builders::SendMessageBatchRequestEntryBuilder,
};
use std::time::{Duration, SystemTime};
use tidings::{Channel, Error, ErrorKind, Message, Result, Str};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// Most bytes of a message as it travels, and of a request.
pub(crate) const WIRE: usize = 1 << 20;

const LIMITS: Limits = Limits {
    count: 10,
    bytes: WIRE,
    requests: 8,
};

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
        let pack = |message: &Message| match &found {
            Ok((place, _)) => pack(place, message),
            Err(error) => Err(error.clone()),
        };
        let outcomes = waves::publish(batch, LIMITS, deadline, pack, |entries| async {
            match &found {
                Ok((place, url)) => self.send(&place.name, url, entries).await,
                Err(error) => Err(error.clone()),
            }
        });
        outcomes.await
    }

    /// The queue of a channel and where it is, unless it is too late to ask.
    async fn find(&self, channel: &Channel, deadline: Instant) -> Result<(Place, Str)> {
        self.core.check_open("publish")?;
        let place = Place::of("publish", channel)?;
        let asking = timeout_at(deadline, self.url("publish", &place.name));
        let outcome = asking.await.unwrap_or_else(|_| Err(fault::late("publish")));
        // Nothing was sent.
        let url = outcome.map_err(|error| {
            let error = fault::unsent("publish", &error);
            error.with("channel", &channel.address)
        })?;
        Ok((place, url))
    }

    async fn send(
        &self,
        name: &str,
        url: &str,
        entries: Vec<SendMessageBatchRequestEntryBuilder>,
    ) -> Result<Vec<Result<()>>> {
        self.core.check_open("publish")?;
        let entries = entries.into_iter().enumerate();
        let entries = entries.map(|(at, entry)| entry.id(at.to_string()).build());
        let entries: Vec<SendMessageBatchRequestEntry> = entries
            .collect::<Result<_, _>>()
            .map_err(|error| fault::unwritten("publish", error))?;
        let unanswered = || Err(fault::late("publish"));
        let mut outcomes: Vec<Result<()>> = entries.iter().map(|_| unanswered()).collect();
        let asking = self.client.send_message_batch().queue_url(url);
        let asked = self
            .core
            .ask("publish", asking.set_entries(Some(entries)).send());
        let answer = asked.await.inspect_err(|error| {
            if error.kind() == ErrorKind::NotFound {
                self.forget(name);
            }
        })?;
        let place = |id: &str| id.parse::<usize>().ok();
        for one in answer.successful() {
            if let Some(outcome) = place(one.id()).and_then(|at| outcomes.get_mut(at)) {
                *outcome = Ok(());
            }
        }
        for one in answer.failed() {
            if let Some(outcome) = place(one.id()).and_then(|at| outcomes.get_mut(at)) {
                let error = fault::entry("publish", one.sender_fault(), one.code(), one.message());
                *outcome = Err(error.with("queue", name));
            }
        }
        Ok(outcomes)
    }
}

fn pack(place: &Place, message: &Message) -> Result<Parcel<SendMessageBatchRequestEntryBuilder>> {
    let delay = delay(place, message)?;
    let of = place.is_fifo.then(|| group(message));
    let packed = packing::pack(message, of.as_deref(), WIRE)?;
    let size = packed.size();
    let mut entry = SendMessageBatchRequestEntry::builder()
        .message_body(packed.body)
        .set_delay_seconds(delay);
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
