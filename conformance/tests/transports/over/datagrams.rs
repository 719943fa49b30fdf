//! Publish-subscribe without anything to settle, as over multicast.
use std::{sync::Arc, time::Duration};
use tidings::{
    Capabilities, Channel, Error, ErrorKind, Memory, Message, Result, Str, SubscribeSpec, Token,
    Transport, Verdict,
    memory::{MemorySettler, MemorySubscription},
    transport::{Confirm, Ensure, Event, Settler, State, Subscription, Wanted},
};
use tidings_conformance::{Harness, Setup};
use tokio::{sync::watch, time::Instant};

/// What a datagram holds, about.
const LARGEST: usize = 60_000;

struct Datagrams(Memory);

struct Receiver(MemorySubscription);

struct Nothing;

pub(crate) fn harness() -> Harness {
    let open = || async {
        let memory = Memory::new();
        let ends = (Datagrams(memory.clone()), Datagrams(memory));
        Ok(Setup::pair(Arc::new(ends.0), Arc::new(ends.1)))
    };
    let any = Channel::publish_subscribe("any");
    Harness::new(
        "datagrams",
        Datagrams(Memory::new()).capabilities(&any),
        open,
    )
}

fn unsupported(operation: &'static str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        operation,
        "datagrams go to everybody",
    )
}

impl Transport for Datagrams {
    type Subscription = Receiver;

    fn capabilities(&self, _: &Channel) -> Capabilities {
        let mut all = Capabilities::none(LARGEST);
        all.publish_subscribe = true;
        all.confirm = Confirm::Socket;
        all
    }

    async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
    ) -> Vec<Result<()>> {
        let mut outcomes: Vec<Result<()>> = Vec::new();
        for (at, message) in batch.iter().enumerate() {
            let before = batch.iter().zip(&outcomes);
            let mut failed = before.filter(|(_, outcome)| outcome.is_err());
            let is_behind =
                message.key.is_some() && failed.any(|(other, _)| other.key == message.key);
            let outcome = match message.size() {
                _ if is_behind => Err(Error::new(
                    ErrorKind::Skipped,
                    "publish",
                    "an earlier one failed",
                )),
                size if size > LARGEST => {
                    Err(Error::new(ErrorKind::TooLarge, "publish", "no datagram"))
                }
                _ => self
                    .0
                    .publish(channel, &batch[at..=at], deadline)
                    .await
                    .remove(0),
            };
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn subscribe(&self, spec: &SubscribeSpec) -> Result<Receiver> {
        Transport::subscribe(&self.0, spec).await.map(Receiver)
    }

    async fn inbox(&self, _: Option<&Channel>) -> Result<(Str, Receiver)> {
        Err(unsupported("inbox"))
    }

    async fn ensure(&self, _: &[Wanted], _: Ensure) -> Result<()> {
        Ok(())
    }

    fn state(&self) -> watch::Receiver<State> {
        Transport::state(&self.0)
    }

    async fn close(&self, grace: Duration) -> Result<()> {
        Transport::close(&self.0, grace).await
    }
}

impl Subscription for Receiver {
    type Settler = Nothing;

    fn settler(&self) -> Nothing {
        Nothing
    }

    async fn next(&mut self, max: usize) -> Result<Event> {
        let event = self.0.next(max).await?;
        if let Event::Deliveries(deliveries) = &event {
            let acks = deliveries
                .iter()
                .map(|incoming| (incoming.token, Verdict::Ack));
            let settler: MemorySettler = self.0.settler();
            settler.settle(&acks.collect::<Vec<_>>()).await;
        }
        Ok(event)
    }
}

impl Settler for Nothing {
    async fn settle(&self, _: &[(Token, Verdict)]) -> Vec<(Token, Error)> {
        Vec::new()
    }
}
