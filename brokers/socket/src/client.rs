//! The connecting end: publishes, subscribes and asks over a connection that comes back by itself.
mod arrivals;
mod calls;
mod demand;
mod driver;
mod line;
mod state;
mod subscribers;
mod subscription;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use subscription::{RemoteSettler, RemoteSubscription};

use crate::{
    Address, SocketSettings,
    batch::Failed,
    dial::Dial,
    wire::{CHUNK, Fault, Frame, MAX_NAME, bytes, encoded_size, share, too_large},
};
use driver::LAST_WORDS;
use line::Line;
use state::Shared;
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tidings::{
    Channel, ChannelKind, Error, ErrorKind, Message, Result, Str, SubscribeSpec,
    memory::inbox_address,
    transport::{Confirm, Ensure, Group, State, Wanted},
};
use tokio::{
    sync::{oneshot, watch},
    time::{Instant, timeout, timeout_at},
};
use uuid::Uuid;
use waiting::Waiting;

/// Most unsettled replies.
const INBOX_PREFETCH: usize = 1024;
const MAX_PREFETCH: usize = 1 << 16;

/// Nobody was there in time, and why.
fn nobody(shared: &Shared, wait: Duration) -> Error {
    let cause = match shared.last_failure() {
        Some(full) if full.kind() == ErrorKind::Busy => return full,
        cause => cause,
    };
    let why = cause.as_ref().map(|cause| format!(" ({})", cause.reason()));
    let why = why.unwrap_or_default();
    let reason =
        format!("nobody answers there after {wait:?}{why}; start what listens there first");
    let error = Error::new(ErrorKind::Timeout, "connect", reason).with("address", &shared.address);
    // Else it is looked for in vain.
    let error = match (&shared.address, std::env::current_dir()) {
        (Address::Unix(path), Ok(folder)) if path.is_relative() => {
            error.with("folder", folder.display())
        }
        _ => error,
    };
    match cause {
        Some(cause) => error.because(cause),
        None => error,
    }
}

/// A subscription, and what tells its first confirmation.
pub(crate) type Begun = (RemoteSubscription, oneshot::Receiver<Result<()>>);

#[derive(Clone)]
pub(crate) struct Client {
    line: Arc<Line>,
}

impl Client {
    pub(crate) async fn connect(address: Address, settings: SocketSettings) -> Result<Self> {
        let wait = settings.connect_wait;
        let dial = Dial::new(&address, &settings)?;
        let shared = Arc::new(Shared::new(address, settings));
        let client = Self {
            line: Arc::new(Line::open(shared, dial)),
        };
        match timeout(wait, client.shared().connected()).await {
            Ok(outcome) => outcome.map(|()| client),
            Err(_) => Err(nobody(client.shared(), wait)),
        }
    }

    fn shared(&self) -> &Shared {
        &self.line.shared
    }

    pub(crate) fn address(&self) -> &Address {
        &self.shared().address
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.shared().standing()
    }

    /// In chunks of a fair size, one after the other, so that the order of the batch is kept.
    pub(crate) async fn publish(
        &self,
        channel: &Channel,
        batch: &[Message],
        deadline: Instant,
        confirm: Confirm,
    ) -> Vec<Result<()>> {
        if let Err(error) = check_name(&channel.address, "publish") {
            return vec![Err(error); batch.len()];
        }
        let mut failed = Failed::default();
        let mut outcomes: Vec<Result<()>> = Vec::with_capacity(batch.len());
        while outcomes.len() < batch.len() {
            let rest = &batch[outcomes.len()..];
            let refused = failed
                .skips(&rest[0], channel)
                .or_else(|| Some(too_large(&rest[0])?.with("channel", &channel.address)));
            let chunk = match refused {
                Some(_) => &rest[..1],
                None => chunk(rest, &failed, channel),
            };
            let of_chunk = match refused {
                Some(error) => vec![Err(error)],
                None => {
                    self.publish_chunk(channel, chunk.to_vec(), deadline, confirm)
                        .await
                }
            };
            for (message, outcome) in chunk.iter().zip(&of_chunk) {
                failed.note(message, outcome);
            }
            outcomes.extend(of_chunk);
        }
        outcomes
    }

    async fn publish_chunk(
        &self,
        channel: &Channel,
        messages: Vec<Message>,
        deadline: Instant,
        confirm: Confirm,
    ) -> Vec<Result<()>> {
        let count = messages.len();
        let channel = channel.clone();
        let share = share(bytes(&messages));
        // A little less than there is, so that the answer is here in time.
        let within = deadline
            .saturating_duration_since(Instant::now())
            .mul_f64(0.9);
        let frame = |request| Frame::Publish {
            request,
            within,
            settled: confirm == Confirm::Settled,
            channel,
            messages,
        };
        let called = self.call("publish", share, deadline, frame).await;
        let wrong = || {
            Error::new(
                ErrorKind::Unexpected,
                "publish",
                "the other end confirmed another number of messages",
            )
        };
        match called {
            Ok(outcomes) if outcomes.len() == count => outcomes
                .into_iter()
                .map(|outcome| outcome.map_err(|fault| fault.into_error("publish")))
                .collect(),
            Ok(_) => vec![Err(wrong()); count],
            Err(error) => vec![Err(error); count],
        }
    }

    pub(crate) async fn ensure(&self, wanted: &[Wanted], how: Ensure) -> Result<()> {
        for wanted in wanted {
            check_name(&wanted.channel.address, "ensure")?;
            check_name(wanted.group.as_deref().unwrap_or_default(), "ensure")?;
        }
        let deadline = Instant::now() + self.shared().settings.answer_wait;
        for some in wanted.chunks(1024) {
            let frame = |request| Frame::Ensure {
                request,
                how,
                wanted: some.to_vec(),
            };
            for outcome in self.call("ensure", 0, deadline, frame).await? {
                outcome.map_err(|fault| fault.into_error("ensure"))?;
            }
        }
        Ok(())
    }

    /// Sends a request, once the window has room for its share, and waits for what became of it, over as many connections
    /// as it takes.
    async fn call(
        &self,
        operation: &'static str,
        share: u32,
        deadline: Instant,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<Vec<Result<(), Fault>>> {
        let late = |is_unsent| {
            let (reason, is_ambiguous) = match is_unsent {
                true => ("there was no way to send it in time", false),
                false => (
                    "not confirmed in time; it may have been done all the same",
                    true,
                ),
            };
            let error =
                Error::new(ErrorKind::Timeout, operation, reason).with("address", self.address());
            if is_ambiguous {
                error.ambiguous()
            } else {
                error
            }
        };
        let window = &self.line.window;
        let _share = match window.try_acquire_many(share) {
            Ok(permit) => Some(permit),
            Err(_) => match timeout_at(deadline, window.acquire_many(share)).await {
                Ok(permit) => permit.ok(),
                Err(_) => return Err(late(true)),
            },
        };
        let (request, outcome) = self.shared().call(operation, frame)?;
        let mut waiting = Waiting::new(self.shared(), request, outcome);
        match timeout_at(deadline, waiting.outcome()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(late(waiting.withdraw())),
        }
    }

    pub(crate) async fn subscribe(&self, spec: &SubscribeSpec) -> Result<RemoteSubscription> {
        self.confirmed(self.begin(spec)?).await
    }

    pub(crate) async fn inbox(&self) -> Result<(Str, RemoteSubscription)> {
        let address = inbox_address();
        let begun = self.begin_inbox(&address)?;
        Ok((address, self.confirmed(begun).await?))
    }

    pub(crate) fn begin(&self, spec: &SubscribeSpec) -> Result<Begun> {
        // Without a group it gets one of its own, under which it is known again after a lost connection.
        let alone =
            spec.channel.kind == ChannelKind::PublishSubscribe && spec.group == Group::Alone;
        let mut spec = spec.clone();
        if alone {
            spec.group = Group::Shared(format!("private.{}", Uuid::now_v7()).into());
        }
        self.listen(spec, alone)
    }

    /// At an address that [`inbox_address`] made.
    pub(crate) fn begin_inbox(&self, address: &Str) -> Result<Begun> {
        let channel = Channel::point_to_point(address.clone());
        let spec = SubscribeSpec::new(channel).prefetch(INBOX_PREFETCH);
        self.listen(spec, true)
    }

    fn listen(&self, spec: SubscribeSpec, private: bool) -> Result<Begun> {
        let group = spec.group.name().cloned();
        check_name(&spec.channel.address, "subscribe")?;
        check_name(group.as_deref().unwrap_or_default(), "subscribe")?;
        let prefetch = u32::try_from(spec.prefetch.clamp(1, MAX_PREFETCH)).unwrap_or(1);
        let ahead = spec.ahead.min(spec.prefetch);
        let frame = |subscription| Frame::Subscribe {
            subscription,
            channel: spec.channel,
            group,
            prefetch,
            prefetch_bytes: spec.prefetch_bytes as u64,
            per_key: spec.per_key,
            private,
        };
        RemoteSubscription::open(self.line.clone(), ahead, frame)
    }

    async fn confirmed(&self, (subscription, confirmed): Begun) -> Result<RemoteSubscription> {
        let wait = self.shared().settings.answer_wait;
        match timeout(wait, confirmed).await {
            Ok(Ok(outcome)) => outcome.map(|()| subscription),
            Ok(Err(_)) => Err(calls::closed("subscribe")),
            Err(_) => {
                let reason = format!("not confirmed within {wait:?}");
                Err(Error::new(ErrorKind::Timeout, "subscribe", reason)
                    .with("address", self.address()))
            }
        }
    }

    pub(crate) async fn close(&self, grace: Duration) -> Result<()> {
        let shared = self.shared();
        let end = Instant::now() + grace;
        shared.begin_closing();
        let in_time = timeout_at(end, shared.drained()).await.is_ok();
        let driver = self
            .line
            .driver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut driver) = driver {
            if shared.say_goodbye() {
                let end = end.max(Instant::now() + LAST_WORDS);
                drop(timeout_at(end, &mut driver).await);
            }
            driver.abort();
        }
        shared.end(None);
        let reason = || format!("something was not settled or confirmed within {grace:?}");
        if in_time {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::Timeout, "close", reason()))
        }
    }
}

/// A connecting end that only hears.
pub(crate) struct Hearing(Shared);

impl Hearing {
    /// With a session that begins, one subscription and one call.
    pub(crate) fn begin(address: Address, settings: SocketSettings) -> Self {
        let shared = Shared::new(address, settings);
        let channel = Channel::point_to_point("a");
        shared.install(None).ok();
        let frame = |subscription| Frame::Subscribe {
            subscription,
            channel,
            group: None,
            prefetch: u32::MAX,
            prefetch_bytes: u64::MAX,
            per_key: None,
            private: false,
        };
        drop(shared.open_subscription(MAX_PREFETCH, frame));
        Self(shared)
    }

    /// Takes in a frame without its length; none where that is none, or makes no sense.
    pub(crate) fn take_in(&mut self, frame: bytes::Bytes) -> Option<()> {
        let size = frame.len();
        self.0.receive(Frame::decode(frame).ok()?, size).ok()
    }
}

/// As many messages as make a frame of a fair size, up to the first that is not to be sent with them.
fn chunk<'a>(rest: &'a [Message], failed: &Failed<'_>, channel: &Channel) -> &'a [Message] {
    let mut size = 0;
    let fits = |message: &&Message| {
        size += encoded_size(message);
        size <= CHUNK && too_large(message).is_none() && failed.skips(message, channel).is_none()
    };
    let count = rest.iter().take_while(fits).count();
    &rest[..count.max(1)]
}

pub(crate) fn check_name(name: &str, operation: &'static str) -> Result<()> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    let reason = format!(
        "an address or group of {} bytes is longer than {MAX_NAME}",
        name.len()
    );
    Err(Error::new(ErrorKind::Invalid, operation, reason))
}
