//! What comes from a queue.
use super::{held::Handle, queues::Queues, sending::seconds};
use crate::{
    fault,
    packing::{Attribute, Came, unpack},
};
use aws_sdk_sqs::{
    operation::receive_message::{ReceiveMessageInput, builders::ReceiveMessageInputBuilder},
    types::{Message as Wire, MessageSystemAttributeName as Name},
};
use bytes::Bytes;
use std::time::Duration;
use tidings::{Message, Result};

/// Most that come at once.
pub(crate) const AT_ONCE: usize = 10;

/// A message that is out, which its handle settles.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) message: Message,
    pub(crate) handle: String,
    pub(crate) attempt: u32,
}

impl Queues {
    /// What is asked for, as soon as there is something, or nothing after a while.
    pub(crate) async fn receive(&self, url: &str, asked: &Asking<'_>) -> Result<Vec<Received>> {
        let asking = asking(asked).queue_url(url);
        let asking = asking.send_with(&self.client);
        let within = asked.wait + self.core.0.settings.timeout;
        let came = self.core.ask_within("receive", within, asking).await?;
        let messages = came.messages.unwrap_or_default();
        Ok(messages.into_iter().map(read).collect())
    }

    /// Keeps what is out for that many seconds from now on, 0 gives it back; an outcome for each handle.
    pub(crate) async fn keep(
        &self,
        operation: &'static str,
        url: &str,
        handles: &[(&Handle, i32)],
    ) -> Result<Vec<Result<()>>> {
        let entries = handles.iter().enumerate().map(|(at, (handle, time))| {
            let entry = aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry::builder();
            let entry = entry.id(at.to_string()).receipt_handle(&handle.receipt);
            entry.visibility_timeout(*time).build()
        });
        let entries = entries
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| fault::unwritten(operation, error))?;
        let asking = self.client.change_message_visibility_batch().queue_url(url);
        let asking = asking.set_entries(Some(entries)).send();
        let answer = self.core.ask(operation, asking).await?;
        Ok(outcomes(operation, handles.len(), answer.failed()))
    }

    /// Deletes what is done; an outcome for each handle.
    pub(crate) async fn done(
        &self,
        url: &str,
        handles: &[(&Handle, i32)],
    ) -> Result<Vec<Result<()>>> {
        let entries = handles.iter().enumerate().map(|(at, (handle, _))| {
            let entry = aws_sdk_sqs::types::DeleteMessageBatchRequestEntry::builder();
            let entry = entry.id(at.to_string()).receipt_handle(&handle.receipt);
            entry.build()
        });
        let entries = entries
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| fault::unwritten("settle", error))?;
        let asking = self.client.delete_message_batch().queue_url(url);
        let asking = asking.set_entries(Some(entries)).send();
        let answer = self.core.ask("settle", asking).await?;
        Ok(outcomes("settle", handles.len(), answer.failed()))
    }
}

/// What is asked for: so many messages at most, which are out for that lease.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asking<'a> {
    pub(crate) most: usize,
    pub(crate) wait: Duration,
    pub(crate) lease: Duration,
    /// On FIFO, by which AWS gives the same again where its answer was lost.
    pub(crate) attempt: Option<&'a str>,
}

/// The lease is told each time: who changes the queue meanwhile would end leases that are thought to be held.
fn asking(asked: &Asking<'_>) -> ReceiveMessageInputBuilder {
    ReceiveMessageInput::builder()
        .max_number_of_messages(i32::try_from(asked.most.min(AT_ONCE)).unwrap_or(1))
        .wait_time_seconds(seconds(asked.wait))
        .visibility_timeout(seconds(asked.lease))
        .set_receive_request_attempt_id(asked.attempt.map(str::to_owned))
        .message_attribute_names("All")
        .message_system_attribute_names(Name::All)
}

fn outcomes(
    operation: &'static str,
    count: usize,
    failed: &[aws_sdk_sqs::types::BatchResultErrorEntry],
) -> Vec<Result<()>> {
    let mut outcomes = vec![Ok(()); count];
    for one in failed {
        let at = one.id().parse::<usize>().ok();
        if let Some(outcome) = at.and_then(|at| outcomes.get_mut(at)) {
            let error = fault::entry(operation, one.sender_fault(), one.code(), one.message());
            *outcome = Err(error);
        }
    }
    outcomes
}

fn read(wire: Wire) -> Received {
    let told = wire.attributes.unwrap_or_default();
    let attributes = wire.message_attributes.unwrap_or_default().into_iter();
    let attributes = attributes.map(|(name, value)| {
        let binary = value
            .binary_value
            .map(|bytes| Bytes::from(bytes.into_inner()));
        let text = value.string_value.map(Bytes::from);
        let (kind, value) = (value.data_type, text.or(binary).unwrap_or_default());
        (name, Attribute { kind, value })
    });
    let message = unpack(Came {
        body: wire.body.unwrap_or_default(),
        attributes: attributes.collect(),
        id: wire.message_id.unwrap_or_default(),
        group: told.get(&Name::MessageGroupId).cloned(),
        sent: told
            .get(&Name::SentTimestamp)
            .and_then(|time| time.parse().ok()),
    });
    let attempt = told.get(&Name::ApproximateReceiveCount);
    Received {
        message,
        handle: wire.receipt_handle.unwrap_or_default(),
        attempt: attempt.and_then(|count| count.parse().ok()).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_out_for_the_lease_that_is_held() {
        let second = Duration::from_secs(1);
        let asked = asking(&Asking {
            most: 20,
            wait: second * 5,
            lease: second * 30,
            attempt: None,
        });
        assert_eq!(*asked.get_visibility_timeout(), Some(30));
        assert_eq!(*asked.get_max_number_of_messages(), Some(10));
        let asked = asking(&Asking {
            lease: Duration::from_millis(1500),
            ..Asking::default()
        });
        assert_eq!(*asked.get_visibility_timeout(), Some(2));
    }
}
